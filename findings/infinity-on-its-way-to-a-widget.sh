#!/usr/bin/env bash
# An infinite number in a widget's state becomes the text "inf" through a kernel, and invalid JSON through
# embed_minimal_html.
#
# Versions: anywidget 0.11.0, ipywidgets 8.1.9, traitlets 5.16.1, ipykernel 7.4.0, jupyter_client 8.10.0, nbclient
# 0.11.0, nbformat 5.11.1.
#
# The KL divergence of two distributions apart is infinite, and a diverged training gives NaN: both end in the lists
# that figures draw. JSON has neither. In an executed notebook, and so on the page built from it, they arrive as the
# strings "inf" and "nan": a sum in JavaScript then joins texts, and Number("inf") is NaN. Number.isFinite is false for
# both. embed_minimal_html writes the bare words Infinity and NaN instead, which JSON.parse refuses, and the one block
# of JSON holds every widget of the page. Python reads its own dialect back, so that a test in Python sees nothing.
#
# Seen, for kl = [0.5, inf, nan]:
#   executed notebook:   [0.5, 'inf', 'nan'], and a Float of inf is the text 'inf'
#   embed_minimal_html:  [0.5, Infinity, NaN], refused by a strict reader of JSON
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet \
    anywidget==0.11.0 ipywidgets==8.1.9 traitlets==5.16.1 ipykernel==7.4.0 jupyter_client==8.10.0 nbclient==0.11.0 \
    nbformat==5.11.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import io
import json
import os
import re
import sys

import nbclient
import nbformat
from ipywidgets.embed import embed_minimal_html

for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
    os.environ[name] = os.path.join(sys.prefix, "private")  # the reader's own kernels and settings stay out
os.makedirs(os.environ["IPYTHONDIR"])

CELL = """
import math
import anywidget
import traitlets


class Curve(anywidget.AnyWidget):
    _esm = "export default { render({ model, el }) {} }"
    kl = traitlets.List().tag(sync=True)
    last = traitlets.Float(1.0).tag(sync=True)


curve = Curve(kl=[0.5, math.inf, math.nan], last=math.inf)
"""
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL + "curve")])
nbclient.NotebookClient(notebook, kernel_name="python3").execute()
models = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
(state,) = [model["state"] for model in models if model["model_name"] == "AnyModel"]
print("executed notebook:", state["kl"], repr(state["last"]))
assert list(state["kl"]) == [0.5, "inf", "nan"] and state["last"] == "inf"


def strict(word):
    raise ValueError(f"{word} is not JSON")


space = {}
exec(CELL, space)
file = io.StringIO()
embed_minimal_html(file, views=[space["curve"]], title="curve")
pattern = re.compile(r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>', re.DOTALL)
block = pattern.search(file.getvalue()).group(1)
json.loads(block)  # Python's own reader takes it
try:
    json.loads(block, parse_constant=strict)
except ValueError as error:
    print("embed_minimal_html:", error)
else:
    raise SystemExit("embed_minimal_html now writes strict JSON")
PYTHON

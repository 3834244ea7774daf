#!/usr/bin/env bash
# A page written by ipywidgets' embed_minimal_html holds an anywidget without its program and without the values that
# were not changed.
#
# Versions: anywidget 0.11.0, ipywidgets 8.1.9, traitlets 5.16.1.
#
# embed_minimal_html leaves out of the page every state that equals its Python default, since the classic widgets know
# these in JavaScript too. The class of an anywidget is known in Python alone: its program, _esm, is such a default, and
# so is each value that stands as declared. The page is written without a word and has nothing to draw with.
# drop_defaults=False writes both.
#
# Seen, for a widget with theta = 0.5 as declared and offset changed to 2.0:
#   as is:                the state holds offset, not theta and not _esm; the program's text is nowhere in the page
#   drop_defaults=False:  the state holds _esm, theta and offset
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet anywidget==0.11.0 ipywidgets==8.1.9 traitlets==5.16.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import io
import json
import re

import anywidget
import traitlets
from ipywidgets.embed import embed_minimal_html


class Figure(anywidget.AnyWidget):
    _esm = "export default { render({ model, el }) { el.textContent = 'drawn ' + model.get('theta'); } }"
    theta = traitlets.Float(0.5).tag(sync=True)
    offset = traitlets.Float(1.0).tag(sync=True)


figure = Figure(offset=2.0)
pattern = re.compile(r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>', re.DOTALL)
for options in ({}, {"drop_defaults": False}):
    file = io.StringIO()
    embed_minimal_html(file, views=[figure], title="figure", **options)
    page = file.getvalue()
    models = json.loads(pattern.search(page).group(1))["state"].values()
    (state,) = [model["state"] for model in models if model["model_name"] == "AnyModel"]
    print(options, sorted(name for name in state if name in ("_esm", "theta", "offset")), "drawn" in page)
    assert state["offset"] == 2.0
    assert ("_esm" in state) == ("theta" in state) == ("drawn" in page) == bool(options)
PYTHON

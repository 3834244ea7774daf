"""What a chapter prints and records is the same on another processor and with another thread.

Each chapter runs again with the instruction sets of an old machine and two threads, and is
compared, byte for byte, with what the build kept. Cells tagged ``live`` train for the reader to
see: they decide nothing, nothing quotes them, and they are left out.
"""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from kernel_messages import execute

from tests.book.reading import not_there
from tests.conftest import ROOT

#: How an old processor computes: other kernels in torch, oneDNN, MKL, NumPy and OpenBLAS.
OTHER = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL "
    "AVX512_ICL",
    "OMP_NUM_THREADS": "2",
}
BUILT = ROOT / "_build" / "jupyter_execute" / "book"
CHAPTERS = sorted(
    path.stem for path in (ROOT / "book").glob("*.md") if "kernelspec" in path.read_text("utf-8")
)


def said(cell: Any) -> str:
    """What a cell leaves for a reader to read, and for the ledger to collect."""
    texts, claims = [], []
    for output in cell.get("outputs", ()):
        texts.append(output.get("text", ""))
        data = output.get("data", {})
        if "application/vnd.jupyter.widget-view+json" not in data:
            texts.append(data.get("text/plain", ""))
        claims.append(output.get("metadata", {}).get("wganlib"))
    return "".join(texts) + json.dumps([claim for claim in claims if claim], sort_keys=True)


def compared(notebook: Any) -> list[str]:
    return [
        "" if "live" in cell.metadata.get("tags", ()) else said(cell)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_says_the_same_on_another_processor(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = BUILT / f"{name}.ipynb"
    if not built.is_file():
        not_there(f"the output of {name}")
    kept = nbformat.read(built, as_version=4)
    again = nbformat.from_dict(kept)
    for cell in again.cells:
        if cell.cell_type == "code":
            cell["outputs"] = []
    for variable, value in OTHER.items():
        monkeypatch.setenv(variable, value)
    execute(again, ROOT / "book")
    assert compared(again) == compared(nbformat.read(built, as_version=4))


def test_the_comparison_sees_a_changed_number() -> None:
    """A placebo: one digit of one output, and a claim's value."""
    output = {"output_type": "stream", "name": "stdout", "text": "0.41\n"}
    cell = nbformat.v4.new_code_cell("print(0.41)", outputs=[nbformat.from_dict(output)])
    other = nbformat.from_dict(json.loads(json.dumps(cell)))
    other.outputs[0]["text"] = "0.42\n"
    assert said(cell) != said(other)
    live = nbformat.from_dict({**cell, "id": "other", "metadata": {"tags": ["live"]}})
    notebook = nbformat.v4.new_notebook(cells=[cell, live])
    assert compared(notebook) == [said(cell), ""]

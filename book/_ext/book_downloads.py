"""The site hands out its chapters as notebooks, with the library's wheel beside them.

A notebook that a reader takes from here runs where there is no repository: its first cell installs
the wheel, from the site's address where that is known, else from the notebook's own folder.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "notebooks"
#: What the wheel is made of; nothing is built in the tree itself.
PARTS = ("wganlib", "book", "pyproject.toml", "README.md", "LICENSE")


def build_wheel(target: Path) -> Path:
    """Build the wheel of the library and the book's package in a copy, and put it in a folder."""
    leave = shutil.ignore_patterns(".*", "_*ext", "__pycache__", "*.ipynb", "*.egg-info")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        copy.mkdir()
        for name in PARTS:
            part = ROOT / name
            if part.is_dir():
                shutil.copytree(part, copy / name, ignore=leave)
            else:
                shutil.copy2(part, copy / name)
        made = Path(folder) / "made"
        made.mkdir()
        code = f"from setuptools.build_meta import build_wheel as w; w({str(made)!r})"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=copy, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"the wheel could not be built:\n{done.stderr}")
        (name,) = (path.name for path in made.iterdir())
        target.mkdir(parents=True, exist_ok=True)
        for old in target.glob("wganlib-*.whl"):
            old.unlink()
        shutil.copy2(made / name, target / f"{name}.part")
        (target / f"{name}.part").replace(target / name)
    return target / name


def tool(name: str) -> Any:
    """Import one of the project's tools, which are scripts in a folder."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "tools"))


def write_downloads(app: Sphinx, error: Exception | None) -> None:
    """Write the notebooks and the wheel into the built site."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir) / FOLDER
    wheel = build_wheel(out)
    address = os.environ.get("BOOK_SITE_URL", "").rstrip("/")
    where = f"{address}/{FOLDER}/{wheel.name}" if address else wheel.name
    tool("make_notebooks").write_all(ROOT / "book", out, wheel=where)


def runs(page: str) -> bool:
    """Tell whether a page has cells that a reader may run."""
    source = ROOT / f"{page}.md"
    return source.is_file() and "\nkernelspec:" in source.read_text("utf-8").split("\n---\n")[0]


def add_button(app: Sphinx, page: str, template: str, context: Any, tree: Any) -> None:
    """Offer the notebook of a chapter first among its downloads."""
    if not runs(page):
        return
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            group["buttons"].insert(
                0,
                {
                    "type": "link",
                    "url": f"{context['pathto'](FOLDER, 1)}/{Path(page).name}.ipynb",
                    "text": ".ipynb",
                    "tooltip": "Download as a notebook",
                    "icon": "fas fa-code",
                    "label": "download-notebook-button",
                },
            )


def add_cost(app: Sphinx, page: str, template: str, context: Any, tree: Any) -> None:
    """Say at the foot of a chapter what running it takes, in the words of its notebook."""
    cost = tool("chapter_costs").sentence(Path(page).name) if runs(page) else ""
    if cost and "body" in context:
        address = f"{context['pathto'](FOLDER, 1)}/{Path(page).name}.ipynb"
        context["body"] += (
            f'<p class="wg-cost">To run this page yourself, take <a href="{address}">its '
            f"notebook</a>. {cost}</p>\n"
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_button, priority=950)
    app.connect("html-page-context", add_cost, priority=950)
    app.connect("build-finished", write_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

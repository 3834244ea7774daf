"""Write a clean notebook beside each chapter, for Colab and Binder, which open no MyST.

A notebook has no outputs and is the same byte for byte each time it is made.
"""

from __future__ import annotations

import argparse
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml
from chapter_costs import sentence
from plain_markdown import Book, Page, read_citations

ROOT = Path(__file__).resolve().parent.parent
# Tags that the notebook's own tools act on; the others only shape the book's page.
KEPT_TAGS = {"raises-exception", "parameters"}

SETUP = """\
# Set-up: run this cell first. Where the library is installed already, it installs nothing.
{cost}import importlib
import importlib.util
import os
import pathlib
import subprocess
import sys

# Networks as small as most of this book's train fastest on one thread, and on two of a busy
# machine many times slower. Chapters that need more say so themselves.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# POT imports every framework it finds; where all are installed, as in Colab, that takes
# many seconds. The book uses NumPy and torch only.
for framework in ("TENSORFLOW", "JAX", "CUPY"):
    os.environ.setdefault(f"POT_BACKEND_DISABLE_{{framework}}", "1")


def missing(module):
    return importlib.util.find_spec(module) is None


def install(*arguments):
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *arguments], check=True)


if missing("wganlib"):
    # The library's wheel, if it lies beside this notebook; it comes with the book's site.
    beside = sorted(map(str, pathlib.Path().glob("wganlib-*.whl")))
{source}
    # --no-deps: what is installed here already is new enough, and is left as it is.
    install("--no-deps", source)
    if missing("ot"):
        # 0.9.7 is 31 times as large as 0.9.6, and the first with a wheel for Python 3.14.
        install("POT>=0.9.5" + (",<0.9.7" if sys.version_info < (3, 14) else ""))
    if missing("anywidget"):
        install("anywidget>=0.9.18")
    importlib.invalidate_caches()
    del beside, source

del missing, install, framework
"""
FROM_ADDRESS = """\
    source = beside[-1] if beside else "{address}\""""
FROM_FOLDER = """\
    if not beside:
        raise ModuleNotFoundError(
            "The library `wganlib` is not installed here. Put {wheel} into the folder of this "
            "notebook (in Colab: the folder symbol on the left, then upload) and run this cell "
            "again. The file lies beside this notebook on the book's site; in a copy of the "
            "repository, `pip install -e .` does it too."
        )
    source = beside[-1]"""


@cache
def _configuration(root: Path) -> dict[str, Any]:
    path = root / "_config.yml"
    return (yaml.safe_load(path.read_text("utf-8")) or {}) if path.is_file() else {}


def repository_url(root: Path = ROOT) -> str:
    """Return the repository's address, or nothing: environment first, then ``_config.yml``."""
    github = os.environ.get("GITHUB_REPOSITORY", "")
    address = (
        os.environ.get("BOOK_REPO_URL", "")
        or (f"https://github.com/{github}" if github else "")
        or _configuration(root).get("repository", {}).get("url")
        or ""
    )
    return address.rstrip("/").removesuffix(".git")


def setup_cell(url: str, wheel: str = "", cost: str = "") -> str:
    """Return the code that makes the library importable, wherever the notebook is opened.

    A wheel beside the notebook comes first; else the address of one, else the repository's. The
    name of a wheel without an address is what the reader is asked to put there. ``cost`` is a
    sentence on time and memory.
    """
    if "/" in wheel:
        source = FROM_ADDRESS.format(address=wheel)
    elif url and not wheel:
        source = FROM_ADDRESS.format(address=f"git+{url}")
    else:
        source = FROM_FOLDER.format(wheel=wheel or "the file wganlib-….whl")
    cost = f"# {cost}\n" if cost else ""
    return SETUP.format(source=source, cost=cost).rstrip("\n")


def front_matter(text: str) -> dict[str, Any]:
    """Return the YAML block that opens a chapter."""
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    return (yaml.safe_load(found[1]) or {}) if found else {}


def is_chapter(path: Path) -> bool:
    """Whether a Markdown file holds code to run."""
    return "kernelspec" in front_matter(path.read_text("utf-8"))


def _macros(configuration: dict[str, Any]) -> dict[str, tuple[str, int]]:
    sphinx = configuration.get("sphinx", {}).get("config", {})
    tex = sphinx.get("mathjax3_config", {}).get("tex", {}).get("macros", {})
    return {
        name: (body, 0) if isinstance(body, str) else (body[0], body[1])
        for name, body in tex.items()
    }


def _markdown_cells(path: Path) -> list[str]:
    notebook = jupytext.read(path, fmt="md:myst")
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def read_book(folder: Path, root: Path = ROOT) -> Book:
    """Collect labels, titles, references and macros of all pages in ``folder``."""
    url = repository_url(root)
    book = Book(macros=_macros(_configuration(root)), substitutions={"repo_url": url})
    for bib in sorted(folder.glob("*.bib")):
        book.citations |= read_citations(bib.read_text("utf-8"))
    if url.startswith("https://github.com/"):
        raw = url.replace("https://github.com/", "https://raw.githubusercontent.com/")
        inside = f"/{folder.relative_to(root).as_posix()}" if folder.is_relative_to(root) else ""
        book.image_base = f"{raw}/notebooks{inside}"
    pages = sorted(folder.glob("*.md"))
    for path in pages:
        page = Page(path.stem, book, strict=False)
        for source in _markdown_cells(path):
            page.convert(source)
    return book


def convert(
    md_path: Path | str, book: Book | None = None, wheel: str = ""
) -> nbformat.NotebookNode:
    """Return the notebook of one chapter: plain Markdown, no outputs, fixed cell ids."""
    path = Path(md_path)
    page = Page(path.stem, book or read_book(path.parent))
    meta = front_matter(path.read_text("utf-8"))
    first = setup_cell(repository_url(), wheel, sentence(path.stem))
    cells = [nbformat.v4.new_code_cell(first)]
    for cell in jupytext.read(path, fmt="md:myst").cells:
        if cell.cell_type == "markdown":
            if source := page.convert(cell.source):
                cells.append(nbformat.v4.new_markdown_cell(source))
        elif cell.cell_type == "code":
            tags = sorted(KEPT_TAGS.intersection(cell.metadata.get("tags", ())))
            kept = {"tags": tags} if tags else {}
            cells.append(nbformat.v4.new_code_cell(cell.source, metadata=kept))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    if meta.get("accelerator") == "GPU":
        notebook.metadata["accelerator"] = "GPU"
    nbformat.validate(notebook)
    return notebook


def write_all(folder: Path, out: Path, wheel: str = "") -> list[Path]:
    """Write the notebooks of all chapters in ``folder``, each whole or not at all.

    ``wheel`` is the name or address of the library's wheel that the first cells install.
    """
    out.mkdir(parents=True, exist_ok=True)
    book, written = read_book(folder), []
    for path in filter(is_chapter, sorted(folder.glob("*.md"))):
        target = out / f"{path.stem}.ipynb"
        part = target.with_name(target.name + ".part")
        part.write_text(nbformat.writes(convert(path, book, wheel)) + "\n", "utf-8")
        part.replace(target)
        written.append(target)
    return written


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "book", help="folder to write to")
    for path in write_all(ROOT / "book", parser.parse_args().out):
        print(path)


if __name__ == "__main__":
    main()

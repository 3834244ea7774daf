"""What every chapter has in common: its shape, its cells, its figures and its exercises."""

from __future__ import annotations

import ast
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jupytext
import pytest
import yaml
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

from tests.book.reading import Chapter, code_cells
from tests.built_site import ROOT, toc_pages

NUMBERED = [
    entry["file"]
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    if part.get("numbered")
    for entry in part["chapters"]
]
CHAPTERS = [ROOT / f"{name}.md" for name in NUMBERED]
#: Every page with cells, the first page included.
PAGES = [
    path
    for path in (ROOT / f"{page}.md" for page in toc_pages())
    if "{code-cell}" in path.read_text("utf-8")
]
MOVING = re.compile(r"\b(SliderFigure|MovingBoxes|draw)\(")
#: What JupyterLab writes for the kernel that `make lab` installs.
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
#: Characters that fit beside the margin; a cell that is folded away may scroll.
WIDEST = 80
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}

by_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
by_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


def directives(text: str, name: str) -> list[str]:
    """The bodies of all directives of one name, by MyST's rule of equal fences."""
    pattern = rf"^(`{{3,}}){{{name}}}(.*?)^\1`*$"
    return [body for _, body in re.findall(pattern, text, re.MULTILINE | re.DOTALL)]


# --- names ---------------------------------------------------------------------------

BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try)
INNER = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def bound(node: ast.AST, deep: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield the names that a statement binds, and whether inside a block such as a loop."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name, deep
    if isinstance(node, INNER):
        return  # names in there live in there
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], deep
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id, deep
    if isinstance(node, ast.AugAssign):  # changes a name, and binds none
        return
    for child in ast.iter_child_nodes(node):
        yield from bound(child, deep or isinstance(node, BLOCKS))


def bound_twice(sources: list[str]) -> dict[str, str]:
    """Return the names that a reader would find with two meanings, and why."""
    top: Counter[str] = Counter()
    inside: set[str] = set()
    for source in sources:
        started: set[str] = set()
        for statement in ast.parse(source).body:
            for name, deep in bound(statement):
                if name != "_" and not deep:
                    top[name] += 1
                    started.add(name)
                elif name not in started | {"_"}:
                    inside.add(name)
    found = {name: f"bound {count} times" for name, count in top.items() if count > 1}
    return found | dict.fromkeys(inside & set(top), "bound in a block, and outside")


@by_page
def test_no_name_is_bound_twice(path: Path) -> None:
    """A name means one thing in a chapter, so that cells may be run in any order.

    What is bound inside a loop or another block, the loop's variable included, serves that
    block: other blocks may use the name again, the top level may not, unless the same cell
    starts a name above the loop that carries it on. Names inside functions and comprehensions
    are their own; changing in place (``|=``) binds nothing.
    """
    assert bound_twice(code_cells(path)) == {}


def test_the_check_on_names_can_fail() -> None:
    assert set(bound_twice(["a = 1", "a = 2"])) == {"a"}
    assert set(bound_twice(["def f(): pass", "f = 1"])) == {"f"}
    assert set(bound_twice(["import numpy as np", "for np in (): pass"])) == {"np"}
    assert set(bound_twice(["x, (y, *z) = 1, (2, 3)", "z = y = 1"])) == {"y", "z"}
    assert set(bound_twice(["with f() as a: pass", "a: int = 1"])) == {"a"}
    assert bound_twice(["for i in x:\n    a = i", "for i in y:\n    a = i"]) == {}
    assert bound_twice(["a = 1", "def f(a):\n    b = a", "b = [a for a in c]"]) == {}
    assert bound_twice(["a = 1\na |= 2", "_ = 1", "_ = 2"]) == {}
    assert bound_twice(["a = 0\nfor i in x:\n    a = max(a, i)"]) == {}
    assert set(bound_twice(["a = 0", "for i in x:\n    a = i"])) == {"a"}
    assert set(bound_twice(["for i in x:\n    a = i\na = 0"])) == {"a"}


@by_page
def test_cells_run_in_the_order_of_the_page(path: Path) -> None:
    """No cell reads, outside of functions, a name that only a later cell binds."""
    later = [
        {name for node in ast.parse(c).body for name, _ in bound(node)} for c in code_cells(path)
    ]
    known: set[str] = set()
    for number, source in enumerate(code_cells(path)):
        coming = set().union(*later[number + 1 :]) - known - later[number]
        read = {
            node.id
            for statement in ast.parse(source).body
            if not isinstance(statement, ast.FunctionDef)
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        own = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)
               and isinstance(n.ctx, ast.Store)}  # fmt: skip
        assert not (read & coming) - own, f"cell {number + 1}"
        known |= later[number]


# --- the shape of a page -------------------------------------------------------------


@by_page
def test_front_matter_makes_it_a_notebook(path: Path) -> None:
    _, front, _ = path.read_text("utf-8").split("---\n", 2)
    matter = yaml.safe_load(front)
    assert matter["jupytext"]["text_representation"] == {
        "extension": ".md",
        "format_name": "myst",
    }
    assert matter["kernelspec"] == KERNEL
    assert set(matter) == {"jupytext", "kernelspec"}


def test_saving_a_chapter_in_jupyterlab_changes_nothing(tmp_path: Path) -> None:
    """JupyterLab writes the kernel's names; jupytext, its version and its own line breaks."""
    for name in ("*.md", "jupytext.toml"):
        for file in (ROOT / "book").glob(name):
            shutil.copy(file, tmp_path)
    lab = build_sync_jupytext_contents_manager_class(LargeFileManager)(root_dir=str(tmp_path))
    changed = []
    for path in PAGES:
        notebook = lab.get(path.name, type="notebook")["content"]
        notebook.metadata["kernelspec"] = KERNEL
        notebook.metadata["language_info"] = {"name": "python", "file_extension": ".py"}
        lab.save({"type": "notebook", "format": "json", "content": notebook}, path.name)
        if (tmp_path / path.name).read_text("utf-8") != path.read_text("utf-8"):
            changed.append(path.name)
    assert changed == []


@by_page
def test_code_fits_a_narrow_column(path: Path) -> None:
    for cell in jupytext.read(path, fmt="md:myst").cells:
        if cell.cell_type == "code" and not FOLDED.intersection(cell.metadata.get("tags", ())):
            assert [line for line in cell.source.splitlines() if len(line) > WIDEST] == []


@by_page
def test_what_cells_print_fits_the_column(path: Path) -> None:
    too_long = [
        line
        for text in Chapter(path.stem).cells().printed
        for line in text.splitlines()
        if len(line) > WIDEST
    ]
    assert too_long == []


@by_page
def test_cells_are_python_that_a_reader_may_copy(path: Path) -> None:
    for cell in code_cells(path):
        ast.parse(cell)
        assert not re.search(r"^\s*[%!]", cell, re.MULTILINE), "no magics"
        assert not re.search(r"\bimport \*|\bwarnings\.|random\.seed\(", cell)


@by_chapter
def test_a_chapter_opens_with_its_question_and_a_picture(path: Path) -> None:
    text = path.read_text("utf-8").split("---\n", 2)[2]
    assert re.match(r"\s*# \S", text)
    assert len(re.findall(r"^# ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)) == 1
    opening = text[: text.index("```{code-cell}")]
    assert "?" in opening, "the question that the chapter answers"
    assert any(MOVING.search(cell) for cell in code_cells(path)[:2]), "a figure on the first screen"
    before = text[: text.index("{code-cell}")]
    assert len(before.split()) < 220, "the figure is on the first screen"


@by_chapter
def test_a_chapter_lets_the_reader_predict_see_and_prove(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.search(r"\*\*Predict\b", text)
    assert "{prf:proof}" in text
    assert "{ko}`" in text
    assert re.search(r"\brecord\(", text)


# --- figures -------------------------------------------------------------------------


@by_page
def test_figures_come_from_scenes_or_say_what_they_show(path: Path) -> None:
    """Widgets carry the words of their scene; anything else needs alternative text."""
    text = path.read_text("utf-8")
    for cell in code_cells(path):
        plots = re.search(r"\b(matplotlib|pyplot|plt|seaborn|plotly)\b", cell)
        assert not plots, f"plotting code lives in wganlib: {plots}"
        if re.search(r"\bdraw\(", cell):
            assert re.search(r"^ +alt: \S", text, re.MULTILINE), "mystnb: image: alt"
    assert re.findall(r"!\[\s*\]\(", text) == []
    for name in ("figure", "image"):
        for body in directives(text, name):
            assert re.search(r"^:alt: \S", body, re.MULTILINE), body


# --- exercises -----------------------------------------------------------------------


@by_chapter
def test_a_chapter_ends_with_exercises_that_have_solutions(path: Path) -> None:
    text = path.read_text("utf-8")
    (start,) = [m.start() for m in re.finditer(r"^## Check yourself$", text, re.MULTILINE)]
    section = text[start:]
    exercises, solutions = directives(section, "exercise"), directives(section, "solution")
    labels = [re.search(r"^:label: (\S+)$", body, re.MULTILINE)[1] for body in exercises]
    solved = [body.split("\n", 1)[0].strip() for body in solutions]
    assert len(labels) >= 5
    assert len(set(labels)) == len(labels)
    assert sorted(solved) == sorted(labels)
    assert directives(text[:start], "exercise") == []
    for body in solutions:
        assert re.search(r"^:class: dropdown$", body, re.MULTILINE), "solutions are folded"
        assert len(body.split()) > 5
    assert section.count("check_answer(") >= 2, "at least two check themselves"
    for word in ("Recall", "Apply", "Prove"):
        assert re.search(word, " ".join(exercises), re.IGNORECASE), word

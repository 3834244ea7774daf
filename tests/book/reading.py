"""A chapter as its tests read it: its prose, what its cells print, what the book measured.

Where cells take long, what they printed is read from the built book; where they do not, they are
run again. A test that needs a built book is skipped without one, and fails in CI.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import jupytext
import nbformat
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from tests.built_site import NOT_BUILT, ROOT, SITE
from tests.conftest import IN_CI
from wganbook.claims import ROUNDING
from wganbook.tables import Table

#: A number as most chapters print it.
NUMBER = r"[-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


class Cells(NamedTuple):
    """What the cells of a built chapter say, one by one, and the claims they recorded."""

    texts: list[str]  #: what each printed, and then its table
    claims: dict[str, dict[str, Any]]
    printed: list[str]  #: without tables, which scroll where they are too wide


class Ran(NamedTuple):
    """What cells that were run here leave behind: names, what each printed, what it recorded."""

    names: dict[str, Any]
    texts: list[str]
    recorded: dict[str, Any]


@dataclass(frozen=True)
class Chapter:
    """One chapter of the book, by the name of its file."""

    name: str

    @property
    def path(self) -> Path:
        return ROOT / "book" / f"{self.name}.md"

    def prose(self) -> str:
        """The source with every stretch of white space made one space."""
        return _prose(self.path)

    def cells(self) -> Cells:
        """What the book's own run of this chapter printed and recorded."""
        return _cells(self)

    def printed(self) -> str:
        """All that the built chapter printed, as one text."""
        return "".join(self.cells().texts)

    def output(self, words: str) -> list[str]:
        """The lines of the one cell of the built chapter whose output contains some words."""
        return lines_with(words, self.cells().texts)

    def ran(self) -> Ran:
        """Run the cells in order."""
        return _ran(self.path)

    def page(self) -> str:
        """The built page without its tags."""
        return _page(self.name)

    def ledger(self, *claims: str) -> dict[str, dict[str, Any]]:
        """The one record of each claim that this chapter measured."""
        return ledger(*claims, chapter=self.name)

    def measured(self, claim: str) -> dict[str, Any]:
        """The values that this chapter recorded for a claim, by name, as they were written."""
        return plain(self.ledger(claim)[claim]["values"])


@functools.cache
def _prose(path: Path) -> str:
    return " ".join(path.read_text("utf-8").split())


def code_cells(path: Path) -> list[str]:
    """The code cells of a page, in order."""
    cells = jupytext.read(path, fmt="md:myst").cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def not_there(what: str) -> NoReturn:
    """Skip what needs a part of the book that is not built; in CI it has to be."""
    assert not IN_CI, NOT_BUILT
    pytest.skip(f"{what}: NOT TESTED: {NOT_BUILT}")


def _table(data: dict[str, str]) -> str:
    """A table that a cell shows, as a terminal would show it; other displays say nothing."""
    ours = '<table class="wg-table">' in data.get("text/html", "")
    return f"{data['text/plain']}\n" if ours else ""


@functools.cache
def _cells(chapter: Chapter) -> Cells:
    built = ROOT / "_build" / "jupyter_execute" / "book" / f"{chapter.name}.ipynb"
    if not built.is_file():
        not_there(f"the output of {chapter.name}")
    notebook = nbformat.read(built, as_version=4)
    if [c.source for c in notebook.cells if c.cell_type == "code"] != code_cells(chapter.path):
        pytest.skip("the book was built from another version of this chapter: run `make book`")
    texts, claims, printed = [], {}, []
    for cell in notebook.cells:
        outputs = cell.get("outputs", ())
        assert not [out for out in outputs if out.get("name") == "stderr"]
        printed.append("".join(out.get("text", "") for out in outputs))
        texts.append(printed[-1] + "".join(_table(out.get("data", {})) for out in outputs))
        for out in outputs:
            claim = out.get("metadata", {}).get("wganlib", {}).get("claim")
            if claim:
                claims[claim["id"]] = claim
    return Cells(texts, claims, printed)


def plain(values: Any) -> dict[str, Any]:
    """Recorded values by name; what is kept as "below 1e-9", since it is rounding, as 0."""
    return {k: 0.0 if v == ROUNDING else v for k, v in dict(values).items()}


@functools.cache
def _ran(path: Path) -> Ran:
    import wganbook as book

    names: dict[str, Any] = {}
    texts, recorded = [], {}
    real = book.record

    def keep(claim: str, *values: Any, **options: Any) -> Any:
        shown = real(claim, *values, **options)
        recorded[claim] = dataclasses.replace(shown, values=plain(shown.values))
        return shown

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book, "record", keep)
        for source in code_cells(path):
            *body, last = ast.parse(source).body
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(ast.Module(body, []), "cell", "exec"), names)
                if isinstance(last, ast.Expr):
                    shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
                else:
                    shown = exec(compile(ast.Module([last], []), "cell", "exec"), names)
            table = _table(shown._repr_mimebundle_()) if isinstance(shown, Table) else ""
            texts.append(out.getvalue() + table)
    return Ran(names, texts, recorded)


@functools.cache
def _page(name: str) -> str:
    path = SITE / "book" / f"{name}.html"
    if not path.is_file():
        not_there(f"the page of {name}")
    return re.sub(r"<[^>]+>", "", path.read_text("utf-8"))


# --- the ledger of the built book ------------------------------------------------------


@functools.cache
def ledger(*claims: str, chapter: str = "") -> dict[str, dict[str, Any]]:
    """The one record of each claim in the built book, or in one of its chapters."""
    path = SITE / "claims-measured.json"
    rows = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if not set(claims) <= set(rows):
        not_there(", ".join(claims))
    found = {}
    for claim in claims:
        here = [row for row in rows[claim] if chapter in ("", Path(row["chapter"]).name)]
        (found[claim],) = here
    return found


def measured(claim: str) -> dict[str, Any]:
    """The values of the one record of a claim, by name, as they were written."""
    return plain(ledger(claim)[claim]["values"])


# --- texts -------------------------------------------------------------------------------


def lines_with(words: str, texts: list[str]) -> list[str]:
    """The lines of the one text that contains some words."""
    (text,) = [text for text in texts if words in text]
    return text.strip("\n").splitlines()


def numbers(text: str, pattern: str = NUMBER) -> list[float]:
    """Every number in a text."""
    found = re.findall(pattern, text)
    return [float(number.replace("−", "-").replace(",", "")) for number in found]


def interval(text: str) -> tuple[float, float]:
    """Read "0.12 ± 0.03" as its middle and its half width."""
    found = re.fullmatch(r"([-+]?[\d.]+) ± ([\d.]+)", text)
    assert found, text
    return float(found[1]), float(found[2])


# --- exact transport ---------------------------------------------------------------------


def matching(x: Any, y: Any) -> float:
    """EM between equally many points: the cheapest matching, by the Hungarian method."""
    cost = cdist(x, y)
    return float(cost[linear_sum_assignment(cost)].mean())

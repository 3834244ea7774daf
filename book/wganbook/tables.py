"""Results as tables: a head with units, one row a case, the winner marked."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table that a cell shows: HTML on a page, aligned text elsewhere.

    Attributes
    ----------
    head : tuple of str
        One a column, with its unit. The first column names the rows.
    rows : tuple of tuple of str
    best : frozenset of (int, int)
        Row and column of the cells that are marked.
    caption : str
        What is shown, over how many runs, and what the mark means.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    best: frozenset[tuple[int, int]]
    caption: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._html(), "text/plain": self._plain()}

    def _html(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(word)}</th>' for word in self.head)
        lines = []
        for i, row in enumerate(self.rows):
            cells = [f'<th scope="row">{html.escape(row[0])}</th>']
            for j, text in enumerate(row[1:], 1):
                shown = html.escape(text).replace(" ± ", "\u00a0±\u00a0")  # one number, one line
                cells.append(f"<td><strong>{shown}</strong></td>" if (i, j) in self.best
                             else f"<td>{shown}</td>")  # fmt: skip
            lines.append(f"<tr>{''.join(cells)}</tr>")
        return (
            '<div class="wg-scroll" tabindex="0" role="group" '
            f'aria-label="Table: {html.escape(self.caption, quote=True)}">'
            f'<table class="wg-table"><caption>{html.escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
        )

    def _plain(self) -> str:
        marked = [
            [f"{text} *" if (i, j) in self.best else text for j, text in enumerate(row)]
            for i, row in enumerate(self.rows)
        ]
        every = [list(self.head), *marked]
        widths = [max(len(row[j]) for row in every) for j in range(len(self.head))]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
                 for row in every]  # fmt: skip
        return "\n".join([self.caption, *lines])


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str,
    best: Sequence[tuple[int, int]] = (),
) -> Table:
    """Show a result as a table: ``best`` marks cells by row and column, both from 0."""
    if len(head) < 2 or not rows:
        raise ValueError(f"head, rows: expected two columns and a row, got {head} and {rows}")
    for i, row in enumerate(rows):
        if len(row) != len(head) or not all(isinstance(text, str) for text in row):
            raise ValueError(f"rows[{i}]: expected {len(head)} texts, got {row}")
    for i, j in best:
        if not (0 <= i < len(rows) and 1 <= j < len(head)):
            raise ValueError(f"best: expected a cell of the table, got {(i, j)}")
    return Table(tuple(head), tuple(map(tuple, rows)), frozenset(best), caption)


def off(value: float, bound: float = 1e-12) -> str:
    """Write how far an identity is off; below the bound, a power of ten, the machine rounds."""
    if abs(value) >= bound:
        return f"{value:.0e}"
    power = str(round(math.log10(bound))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"below 10{power}"

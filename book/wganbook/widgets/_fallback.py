"""What a widget leaves on a page where it cannot run: a figure and a table of values."""

from __future__ import annotations

import html
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: One role, one colour: what pages, widgets and drawings on paper share.
PALETTE = (HERE.parent / "palette.css").read_text(encoding="utf-8")


def asset(name: str) -> str:
    """Read a front-end file that lies beside this module."""
    return (HERE / name).read_text(encoding="utf-8")


def style(*more: str) -> str:
    """Return the palette and the style sheet of all widgets, then those of one kind."""
    return PALETTE + "".join(map(asset, ("widgets.css", *more)))


def table_html(rows: Sequence[Sequence[str]], caption: str) -> str:
    """Lay out rows, the first of them the heading, as an HTML table."""
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows[1:]
    )
    return (
        f'<table class="wg-values"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


class Bundled:
    """Mixin for widgets: what a cell displays is what ``_repr_mimebundle_`` returns.

    ipywidgets 7, which Colab has, displays by ``_ipython_display_``: the view alone, or nothing
    where no kernel listens. IPython asks for that method first, and goes on where there is none.
    """

    _ipython_display_ = None


class Fallback(Bundled):
    """Mixin for widgets: adds a figure and a table to what a cell displays.

    The page script finds the element by ``data-wg-model``, hides the figure and puts the
    living widget in its place; the table stays, folded, and prints.
    """

    model_id: str

    def fallback_svg(self) -> str:
        """Return the figure as SVG text."""
        raise NotImplementedError

    def fallback_rows(self) -> list[list[str]]:
        """Return the table: a heading, then rows."""
        raise NotImplementedError

    def fallback_texts(self) -> tuple[str, str]:
        """Return the figure's title and its description in words."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        shown = super()._repr_mimebundle_(**options)  # type: ignore[misc]
        if shown is None:
            return None
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        title, description = self.fallback_texts()
        image = "data:image/svg+xml," + urllib.parse.quote(self.fallback_svg(), safe=" =:/'(),;")
        data["text/html"] = (
            f'<div class="wg-static" data-wg-model="{self.model_id}">'
            f'<img class="wg-picture" src="{image}" alt="{html.escape(description, quote=True)}">'
            f'<details class="wg-table" open><summary>Values as a table</summary>'
            f"{table_html(self.fallback_rows(), title)}</details></div>"
        )
        data["text/plain"] = f"{title}. {description}"
        return data, metadata

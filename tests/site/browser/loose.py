"""Pages with some widgets and nothing else, opened from a folder as a reader may keep them.

The state and the scripts are those of the book's own pages; the theme is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from ipywidgets.embed import dependency_state
from playwright.sync_api import Browser, Page

from book._ext.book_weight import WIDGET_STATE, share_widget_code
from tests.built_site import ROOT
from tests.site.browser.visits import Visit, visiting
from wganbook.widgets._fallback import PALETTE

STATIC = ROOT / "book" / "_ext" / "static"


def shown(thing: Any) -> str:
    """What a page holds where a cell displays something."""
    data, _ = thing._repr_mimebundle_()
    return f'<div class="cell">{data["text/html"]}</div>'


def page_of(widgets: Sequence[Any], theme: str = "light") -> str:
    """A whole page as text."""
    state = share_widget_code({"state": dependency_state(list(widgets), drop_defaults=False)})
    body = json.dumps(state, ensure_ascii=False).replace("</", r"<\/")
    scripts = "".join(
        f"<script>{(STATIC / name).read_text('utf-8')}</script>"
        for name in ("reader-state.js", "widget-host.js")
    )
    ground = {"light": "#fff;color:#222", "dark": "#14181e;color:#ced6dd"}[theme]
    style = PALETTE + (STATIC / "book.css").read_text("utf-8")
    style += f"body{{background:{ground};margin:8px;font:16px/1.5 sans-serif}}"
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Widgets</title><style>{style}</style></head><body><main><h1>Widgets</h1>"
        + "".join(shown(widget) for widget in widgets)
        + f'</main><script type="{WIDGET_STATE}">{body}</script>{scripts}</body></html>'
    )


@contextmanager
def loose(
    browser: Browser,
    folder: Path,
    widgets: Sequence[Any],
    fragment: str = "",
    theme: str = "light",
    **options: Any,
) -> Iterator[Visit]:
    """Visit a page with these widgets, from a file."""
    file = folder / f"widgets-{theme}.html"
    file.write_text(page_of(widgets, theme), "utf-8")
    with visiting(browser, file.as_uri() + fragment, **options) as visit:
        yield visit


def objections(page: Page, within: str | None = None) -> list[str]:
    """What axe objects to on a page, or in a part of it, as it stands."""
    found = Axe().run(page, context=within).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
    ]

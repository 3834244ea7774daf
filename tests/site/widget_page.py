"""A page with nothing on it but widgets, as the built book carries them: no kernel, no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from book_weight import share_widget_code

from wganbook.widgets._fallback import table_html

STATIC = Path(__file__).resolve().parents[2] / "book" / "_ext" / "static"
#: In the order in which a page of the book loads them.
SCRIPTS = [
    (STATIC / name).read_text(encoding="utf-8") for name in ("reader-state.js", "widget-host.js")
]


def page_of(*widgets: Any, theme: str = "light") -> str:
    """Return the page as HTML; each widget's place is what its cell would have displayed.

    The picture of a workshop, which costs a training, is left out: the living widget hides it.
    """
    state = {
        "state": {
            widget.model_id: {"state": {k: widget.get_state()[k] for k in widget.keys}}
            for widget in widgets
        }
    }
    body = json.dumps(share_widget_code(state)).replace("</", r"<\/")
    places = "".join(
        f'<div class="wg-static" data-wg-model="{widget.model_id}">'
        f'<details class="wg-table" open><summary>Values as a table</summary>'
        f"{table_html([['a'], ['1']], 'A table')}</details></div>"
        for widget in widgets
    )
    colours = ("#14181e", "#ced6dd") if theme == "dark" else ("#ffffff", "#222222")
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Widgets</title><style>.wg-live .wg-picture{display:none}"
        f"body{{background:{colours[0]};color:{colours[1]};font-family:sans-serif;margin:1rem}}"
        "</style></head>"
        f"<body><main><h1>Widgets</h1>{places}</main>"
        f'<script type="application/vnd.jupyter.widget-state+json">{body}</script>'
        + "".join(f"<script>{text}</script>" for text in SCRIPTS)
        + "</body></html>"
    )

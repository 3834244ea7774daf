"""Repair what Sphinx and the theme leave in the way of screen readers.

axe-core finds each of these in pages that the theme renders unaided; see
``tests/browser/test_accessibility.py``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
EMPTY_HEADING = re.compile(r'<th class="head[^"]*">(<p></p>)?</th>')


def configure(app: Sphinx, config: Any) -> None:
    """Let the theme find the template of the book's title."""
    config.templates_path = [*config.templates_path, str(HERE / "templates")]


def give_ids_once(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Keep the first of several equal ids: every exercise and proof brings the same one."""
    seen: set[str] = set()
    for node in doctree.findall(nodes.Element):
        if node.get("ids"):
            node["ids"] = [name for name in node["ids"] if name not in seen]
            seen.update(node["ids"])


def repair_page(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Put the book's title into a landmark, entries of bibliographies into their list.

    Entries have the role ``doc-biblioentry``, which ARIA has withdrawn: a list holds items.
    The empty corner of a table with headings on two sides heads nothing.
    """
    context["sidebars"] = [
        "book-brand.html" if name == "navbar-logo.html" else name
        for name in context.get("sidebars") or []
    ]
    if "body" in context:
        body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        context["body"] = EMPTY_HEADING.sub("<td></td>", body)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", configure)
    app.connect("doctree-resolved", give_ids_once, priority=900)
    app.connect("html-page-context", repair_page, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""A link shows what it names: theorems, equations, sources, and every Korean term's line.

Korean terms lead to their lines in the glossary; what a preview shows is read by
``static/previews.js`` from the page that the link leads to, which the site serves itself.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

GLOSSARY = "book/glossary"


def anchor_of(term: str) -> str:
    """Return the anchor of a Korean term's line in the glossary."""
    return "ko-" + "-".join(term.split())


def terms_of(tree: nodes.document) -> list[nodes.inline]:
    """Return the Korean terms of a page."""
    return [node for node in tree.findall(nodes.inline) if "ko" in node["classes"]]


def link_terms(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Let every Korean term lead to its line in the glossary, where there is one."""
    if app.builder.format != "html" or GLOSSARY not in app.env.all_docs:
        return
    if page == GLOSSARY:
        # Of terms that share a Korean word, the first is led to.
        first = {node.astext(): node for node in reversed(terms_of(doctree))}
        for term, node in first.items():
            node["ids"] = [anchor_of(term)]
        return
    known = {node.astext() for node in terms_of(app.env.get_doctree(GLOSSARY))}
    where = app.builder.get_relative_uri(page, GLOSSARY)
    for node in terms_of(doctree):
        if node.astext() not in known or isinstance(node.parent, nodes.reference):
            continue
        link = nodes.reference("", "", refuri=f"{where}#{anchor_of(node.astext())}", internal=True)
        link["classes"] = ["ko-term"]
        node.replace_self(link)
        link += node


def configure(app: Sphinx, config: Any) -> None:
    """Add the script to every page."""
    config.html_js_files = [*config.html_js_files, ("previews.js", {"defer": "defer"})]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", configure)
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

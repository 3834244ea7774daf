"""Everything the built pages load is served by the site itself: maths, scripts, styles.

Assets are added here rather than through a ``_static`` folder, because Jupyter Book puts
every script it finds in such a folder on every page, MathJax's hundreds included.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import roles
from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset
from sphinx_proof.nodes import proof_node

HERE = Path(__file__).resolve().parent

# What tex-chtml.js may ask for: the fonts, TeX extensions, the menu, and its accessibility
# modules with the speech rules that English needs. The rest of MathJax stays behind.
MATHJAX_PARTS = (
    "tex-chtml.js",
    "output/chtml",
    "input/tex/extensions",
    "ui",
    "a11y",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
    "sre/mathmaps/nemeth.json",
)


def mathjax_folder() -> Path:
    """Find the MathJax files inside the package that ships them."""
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package sphinx-mathjax-offline is not installed: run `make book`")
    return Path(spec.origin).parent / "static" / "mathjax"


def configure(app: Sphinx, config: Any) -> None:
    """Point Sphinx at the local MathJax and add the book's own assets."""
    config.mathjax_path = "mathjax/tex-chtml.js"
    palette = HERE.parent / "wganbook" / "palette.css"
    config.html_static_path = [*config.html_static_path, str(HERE / "static"), str(palette)]
    config.html_css_files = [*config.html_css_files, "palette.css", "book.css"]
    # In this order, which deferred scripts keep, and before MathJax, whose priority is 500.
    names = ("reader-state.js", "widget-host.js", "search-words.js")
    scripts = [(name, {"defer": "defer", "priority": 400}) for name in names]
    config.html_js_files = [*config.html_js_files, *scripts]


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy the needed parts of MathJax into the built site."""
    if error is not None or app.builder.format != "html":
        return
    source, target = mathjax_folder(), Path(app.outdir) / "_static" / "mathjax"
    for part in MATHJAX_PARTS:
        destination = target / part
        if (source / part).is_file():
            destination = destination.parent
        destination.mkdir(parents=True, exist_ok=True)
        copy_asset(str(source / part), str(destination))


def drop_thebe(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Remove sphinx-thebe's scripts: the book does not use them, and they break the page.

    The extension declares one constant twice (a script error on every page) and names a CDN.
    """
    for key in ("script_files", "css_files"):
        files = context.get(key)
        if files:
            files[:] = [
                file
                for file in files
                if "THEBE_JS_URL" not in getattr(file, "attributes", {}).get("body", "")
                and "thebe" not in str(getattr(file, "filename", file))
            ]


def fold_proofs(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Fold proofs marked ``dropdown`` with the browser's own <details>.

    The theme's script would fold them too, but it looks for a title, which proofs have not,
    and stops there for the rest of the page.
    """
    if app.builder.format != "html":
        return
    for node in list(doctree.findall(proof_node)):
        (box,) = node.children
        if "dropdown" not in box["classes"]:
            continue
        first = next(box.findall(nodes.Text))
        if first.startswith("Proof. "):  # the summary says it
            first.parent.replace(first, nodes.Text(first.removeprefix("Proof. ")))
        opening = '<details class="wg-proof"><summary>Proof</summary>'
        node.replace_self(
            [
                nodes.raw("", opening, format="html"),
                *box.children,
                nodes.raw("", "</details>", format="html"),
            ]
        )


def join_streams(app: Sphinx, doctree: nodes.document) -> None:
    """Show what a cell prints in one box, however often the kernel flushed.

    myst-nb's own ``nb_merge_streams`` adds to the output that it reads, and on a second
    reading prints lines twice.
    """

    def is_stream(node: nodes.Node) -> bool:
        return isinstance(node, nodes.literal_block) and "stream" in node["classes"]

    for cell in doctree.findall(nodes.container):
        for node in list(cell.children):
            before = node.previous_sibling() if is_stream(node) else None
            if before is not None and is_stream(before) and before["classes"] == node["classes"]:
                text = before.astext() + node.astext()
                merged = nodes.literal_block(text, text, **before.attributes)
                cell.replace(before, merged)
                cell.remove(node)


def korean(name: str, raw: str, text: str, lineno: int, inliner: Any, *_: Any, **__: Any) -> Any:
    """Mark a Korean term as Korean, for fonts and for screen readers."""
    # docutils writes a class language-… as the attribute lang.
    return [nodes.inline(raw, text, classes=["ko", "language-ko"])], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    roles.register_local_role("ko", korean)
    app.connect("config-inited", configure)
    app.connect("doctree-read", join_streams)
    app.connect("doctree-resolved", fold_proofs)
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

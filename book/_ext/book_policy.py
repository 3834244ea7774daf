"""Every page tells the browser what it may load: what the site itself serves, and nothing else.

The policy stands in the page, so that it holds on any server and for pages opened from a folder.
Scripts in a page run only if their text is the one that was built; the front ends of the widgets
and the workers of the workshop travel within the page and run from ``blob:`` addresses.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

#: A page opened from a folder has no origin that ``'self'`` could name: ``file:`` names it.
HERE = "'self' file:"
_META = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
_AHEAD = re.compile(r'<link rel="preload" as="script" data-ahead[^>]*>\n?')
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[a-z][^<>]*>", re.IGNORECASE)
_HANDLER = re.compile(r"""\son[a-z]+=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_AWAY = re.compile(r"""(<a\b(?![^>]*\srel=)[^>]*\shref=["'](?:https?:)?//[^>]*?)(?=\s*/?>)""")
_TYPE = re.compile(r"""\btype=["']?([^"'\s>]+)""", re.IGNORECASE)
_RUNS = ("text/javascript", "application/javascript", "module")


def _hashes(texts: Iterable[str]) -> str:
    digests = {hashlib.sha256(text.encode()).digest() for text in texts}
    return " ".join(sorted(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests))


def _inline_scripts(text: str) -> list[str]:
    found = []
    for attributes, body in _SCRIPT.findall(text):
        kind = _TYPE.search(attributes)
        if not re.search(r"\bsrc=", attributes) and (kind is None or kind[1] in _RUNS):
            found.append(body)
    return found


def policy(text: str) -> str:
    """Return the policy of a page: the hashes of its own scripts, and the site for the rest."""
    scripts = _hashes(_inline_scripts(text))
    outside = _SCRIPT.sub("", text)
    handlers = [a or b for tag in _TAG.findall(outside) for a, b in _HANDLER.findall(tag)]
    unsafe = f" 'unsafe-hashes' {_hashes(map(html.unescape, handlers))}" if handlers else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {HERE} blob: 'wasm-unsafe-eval' {scripts}{unsafe}".rstrip(),
            "worker-src blob:",
            # MathJax and the figures write styles as they go.
            f"style-src {HERE} 'unsafe-inline'",
            f"img-src {HERE} data: blob:",
            f"font-src {HERE} data:",
            f"connect-src {HERE}",
            "base-uri 'none'",
            f"form-action {HERE}",
            # The search writes its results with handlers in them.
            *(["script-src-attr 'unsafe-inline'"] if "searchtools.js" in text else []),
        )
    )


def with_policy(text: str) -> str:
    """Return a page with its policy, which stands before anything that it rules.

    The one page without a head leads on to the first page of the book and loads nothing.
    """
    text = _AHEAD.sub("", _META.sub("", text))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(text)}">\n'
    head = re.search(r"<head[^>]*>\s*(<meta charset[^>]*>\s*)?", text)
    if head is None:
        return text
    return text[: head.end()] + meta + "".join(_fetched_ahead(text)) + text[head.end() :]


def _fetched_ahead(text: str) -> Iterator[str]:
    """Name the scripts that the page waits for: once it has met a policy in a page, a browser no
    longer looks ahead for them, and would fetch one after the other."""
    for attributes, _ in _SCRIPT.findall(text[: text.find("</head>")]):
        source = re.search(r'\bsrc="([^"]+)"', attributes)
        if source is not None and "/tex-chtml.js" not in source[1]:
            yield f'<link rel="preload" as="script" data-ahead href="{source[1]}">\n'


def part_from_elsewhere(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Let links that lead away say nothing of the reader, and give no hold on this page."""
    if "body" in context:
        context["body"] = _AWAY.sub(r'\1 rel="noopener noreferrer"', context["body"])


def write_policies(app: Sphinx, error: Exception | None) -> None:
    """Put the policy into every page of the built site."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in out.rglob("*.html"):
        if "_static" not in path.relative_to(out).parts:
            before = path.read_text("utf-8")
            if (after := with_policy(before)) != before:
                part = path.with_name(path.name + ".part")
                part.write_text(after, "utf-8")
                part.replace(path)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", part_from_elsewhere, priority=900)
    app.connect("build-finished", write_policies, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

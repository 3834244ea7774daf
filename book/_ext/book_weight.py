"""What a page need not load at once, it does not: the search, the workshop, pictures nobody sees.

What figures have in common is on their page once, and what is large lies in a file that is fetched
when its figure comes near. The theme puts the index of the whole book on every page, for a search
while one types that this book does not have; it belongs to the page of results. Where scripts run,
a figure takes the place of its picture before anyone gets there; where they do not, browsers load
the picture at once.
"""

from __future__ import annotations

import hashlib
import json
import re
import urllib.parse
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.images import get_image_size

_SEARCH = re.compile(
    r'\s*<script src="[^"]*\b(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)
#: What marks the words of a search in a page; search-words.js does it, and changes no text.
_MARKS = "sphinx_highlight.js"
_PICTURE = re.compile(
    r'(<div class="wg-static[^"]*" data-wg-model="[^"]*")>'
    r'<img class="wg-picture" src="data:image/svg\+xml,([^"]*)"'
)
_SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)pt" height="([\d.]+)pt"')
_IMAGE = re.compile(r'<img\b(?![^>]*\sloading=)([^>]*?\bsrc="[^"]*_images/([^"/]+)"[^>]*>)')
_NAMES = re.compile(r"\b_(?:images|widgets)/((?:figure|text)-[0-9a-f]+\.(?:svg|js))")
_POINT = 4 / 3  # CSS pixels
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
SHARED = ("_esm", "_css")
#: Letters of a widget's module from which on it lies in a file of its own.
LARGE = 100_000


def written(folder: Path, kind: str, ending: str, text: str) -> str:
    """Write a text to a file named by what is in it; return the name."""
    name = f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.{ending}"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    part.write_text(text, "utf-8")
    part.replace(folder / name)
    return name


def share_widget_code(state: dict[str, Any]) -> dict[str, Any]:
    """Keep what the page's own widgets need, and once what many of them have in common.

    Each widget carries its module and its style, some 20 kB, and those of one kind the same;
    the models behind ``interact`` cells live in a kernel only. See static/widget-host.js.
    """
    texts: dict[str, str] = {}
    records = {}
    for key, record in state["state"].items():
        values = record["state"]
        if "_esm" not in values:
            continue
        names = {}
        for name in SHARED:
            if name in values:
                names[name] = texts.setdefault(values[name], str(len(texts)))
        own = {name: value for name, value in values.items() if name not in SHARED}
        records[key] = record | {"state": own, "shared": names}
    return state | {"state": records, "shared": {name: text for text, name in texts.items()}}


def large_texts_apart(state: dict[str, Any], folder: Path, address: str) -> dict[str, Any]:
    """Write the large ones of the texts that figures share to files, and name these instead."""
    shared: dict[str, Any] = {}
    for name, text in state["shared"].items():
        shared[name] = text
        if len(text) >= LARGE:
            key = hashlib.sha256(text.encode()).hexdigest()[:16]
            told = f"(window.wgTexts ??= {{}})[{json.dumps(key)}] = "
            script = f"{told}{json.dumps(text, ensure_ascii=False)};\n"
            shared[name] = {"key": key, "file": address + written(folder, "text", "js", script)}
    return state | {"shared": shared}


def without_search(text: str) -> str:
    """Return a page's head without the scripts of the search."""
    return _SEARCH.sub("", text)


def slim_widgets(context: dict[str, Any], folder: Path, address: str) -> None:
    """Write the widget state of a page without repetition, and large texts to ``folder``."""
    for file in context.get("script_files", ()):
        attributes = getattr(file, "attributes", {})
        if attributes.get("type") == WIDGET_STATE:
            state = share_widget_code(json.loads(attributes["body"]))
            state = large_texts_apart(state, folder, address)
            body = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
            attributes["body"] = body.replace("</", r"<\/")


def pictures_apart(body: str, folder: Path, address: str) -> str:
    """Write every figure's picture to a file in ``folder``, and name the file at ``address``."""

    def apart(found: re.Match[str]) -> str:
        text = urllib.parse.unquote(found[2])
        size = _SIZE.search(text)
        if size is None:
            raise ValueError(f"picture of a figure: expected a size in points, got {text[:200]}")
        name = written(folder, "figure", "svg", text)
        width, height = (round(float(points) * _POINT) for points in size.groups())
        return (
            f'{found[1]} style="--wg-wide: {width}px; --wg-room: {width} / {height}">'
            f'<img class="wg-picture" loading="lazy" width="{width}" height="{height}" '
            f'src="{address}{name}"'
        )

    return _PICTURE.sub(apart, body)


def images_when_seen(body: str, sources: dict[str, str]) -> str:
    """Let the other images of a page wait until they are near, in the room they will take."""

    def waiting(found: re.Match[str]) -> str:
        size = ""
        if found[2] in sources and not re.search(r"\s(?:width|height|style)=", found[1]):
            known = get_image_size(sources[found[2]])
            size = f' width="{known[0]}" height="{known[1]}"' if known else ""
        return f'<img loading="lazy"{size}{found[1]}'

    return _IMAGE.sub(waiting, body)


def lighten(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Take off a page what it does not need at once."""
    context["without_search"] = without_search
    if page != "search" and "script_files" in context:
        files = context["script_files"]
        files[:] = [file for file in files if _MARKS not in str(getattr(file, "filename", file))]
    out = Path(app.outdir)
    slim_widgets(context, out / "_widgets", context["pathto"]("_widgets/", 1))
    if "body" in context and app.builder.format == "html":
        address = context["pathto"]("_images/", 1)
        body = pictures_apart(context["body"], out / "_images", address)
        names = {name: str(Path(app.srcdir) / path) for path, name in app.builder.images.items()}
        context["body"] = images_when_seen(body, names)


def clear(app: Sphinx, error: Exception | None) -> None:
    """Remove pictures of earlier builds, which no page shows any more."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    shown = {
        name for page in out.rglob("*.html") for name in _NAMES.findall(page.read_text("utf-8"))
    }
    for path in [*out.glob("_images/figure-*.svg"), *out.glob("_widgets/text-*.js")]:
        if path.name not in shown:
            path.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", lighten, priority=950)
    app.connect("build-finished", clear)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The built book as the tests read it: its pages, the sliders on them, and a local server."""

from __future__ import annotations

import functools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
NOT_BUILT = f"{SITE.relative_to(ROOT)} holds no book: run `make book`, then the tests again"
STATE = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>', re.DOTALL
)


class Elements(HTMLParser):
    """Collects every start tag of a page, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


@dataclass(frozen=True)
class Slider:
    """One slider figure of a page, with the scene that the page carries for it."""

    page: str
    number: int
    model_id: str
    start: int
    scene: dict[str, Any]

    def __str__(self) -> str:
        return f"{Path(self.page).name}-{self.number}"

    @property
    def texts(self) -> list[str]:
        return self.scene["slider"]["texts"]

    def readouts(self, index: int) -> list[str]:
        return [readout["texts"][index] for readout in self.scene["readouts"]]


def toc_pages() -> list[str]:
    """Every page of ``_toc.yml``, such as ``book/index``."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.extend(value for key, value in node.items() if key in ("root", "file"))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
    return found


def html_of(page: str) -> str:
    return (SITE / f"{page}.html").read_text("utf-8")


def shared_text(text: str | dict[str, str]) -> str:
    """A text that widgets have in common, or what the file holds that a page names for it."""
    if isinstance(text, str):
        return text
    script = (SITE / "_widgets" / text["file"].rpartition("/")[2]).read_text("utf-8")
    told, _, rest = script.partition("] = ")
    assert told.endswith(json.dumps(text["key"]))
    found: str = json.loads(rest.rstrip().removesuffix(";"))
    return found


def widget_states(text: str) -> dict[str, dict[str, Any]]:
    """The state of every widget model that a page carries, by its id."""
    found = {}
    for script in STATE.findall(text):
        data = json.loads(script)
        for key, record in data["state"].items():
            shared = {
                name: shared_text(data["shared"][text]) for name, text in record["shared"].items()
            }
            found[key] = record["state"] | shared
    return found


def widget_places(text: str) -> list[str]:
    """The model ids of the places on a page where a widget goes, in order."""
    return [a["data-wg-model"] for _, a in Elements(text).tags if "data-wg-model" in a]


@functools.cache
def sliders() -> list[Slider]:
    """Every slider figure of the built book; none while it is not built."""
    found = []
    for page in toc_pages():
        if not (SITE / f"{page}.html").is_file():
            continue
        text = html_of(page)
        states = widget_states(text)
        shown = [(m, states[m]) for m in widget_places(text) if "scene" in states.get(m, {})]
        found += [
            Slider(page, number, model_id, state["index"], state["scene"])
            for number, (model_id, state) in enumerate(shown, start=1)
        ]
    return found


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A browser that closes a page drops its connections: nothing to report."""


@contextmanager
def serve(folder: Path = SITE) -> Iterator[str]:
    """Serve a folder on a free port of this machine alone; yields the address."""
    server = _Server(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

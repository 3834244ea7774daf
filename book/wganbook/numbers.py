"""Numbers in sentences: each is read from the kept study that found it, and none is typed.

Nothing here reads an array or needs torch: Sphinx and the notebooks' writer call it for each page.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from wganlib import _validate as check

#: Where the results of the studies are, one folder each.
RESULTS = Path(__file__).resolve().parent / "results"


def names() -> list[str]:
    """Return the names of the studies whose results the book keeps."""
    return sorted(path.parent.name for path in RESULTS.glob("*/config.json"))


@functools.cache
def _numbers(name: str) -> dict[str, str]:
    path = RESULTS / check.one_of(name, "study", names()) / "config.json"
    found: dict[str, str] = json.loads(path.read_text("utf-8"))["numbers"]
    return found


def number(address: str) -> str:
    """Return a number that a page quotes, by ``study:name``, as the study wrote it."""
    name, colon, key = address.partition(":")
    if not colon:
        raise ValueError(f"address: expected study:name, got {address!r}")
    numbers = _numbers(name.strip())
    return numbers[check.one_of(key.strip(), "number", numbers)]

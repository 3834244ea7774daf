"""Kept studies as chapters read them: arrays for figures and tables, rows of the ledger."""

from __future__ import annotations

import functools
import json
from typing import Any

from wganbook.claims import Measurement, measurement
from wganbook.numbers import RESULTS, names
from wganlib import _validate as check
from wganlib import paper
from wganlib.paper import floors

#: Kept results that train nothing: what they say of rows of the ledger, by name.
EXACT = {"floors": lambda: floors.findings(floors.load_floors())}


@functools.cache
def study(name: str) -> paper.Kept:
    """Return a kept study: ``.arrays[part][name]``, ``.findings``, ``.numbers``, ``.seeds``."""
    return paper.load(RESULTS / check.one_of(name, "name", names()))


def record(name: str, row: str) -> Measurement:
    """Return what a kept study says of a row of the ledger: the last line of a chapter's cell."""
    found = EXACT[name]() if name in EXACT else study(name).findings
    finding = found[check.one_of(row, "row", found)]
    return measurement(row, finding, study=name)


@functools.cache
def rivals() -> dict[str, Any]:
    """Return what other libraries answered, as ``python -m benchmarks.rivals`` kept it."""
    kept: dict[str, Any] = json.loads((RESULTS / "rivals" / "rivals.json").read_text("utf-8"))
    return kept

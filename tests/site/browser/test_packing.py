"""The numbers that a browser reads from a scene's texts are those that Python wrote."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from wganbook.marks import field, line, points
from wganbook.packing import LARGEST, pack
from wganbook.widgets._bundle import bundle

pytestmark = pytest.mark.browser

LOAD = """source => new Promise((done, fail) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  import(url).then(module => { window.packing = module; done(); }, fail);
})"""
READ = """marks => window.packing.unpackScene({ title: "t", panels: [{ title: "p", marks }] })
  .panels[0].marks"""
RNG = np.random.default_rng(3)


def written(rows: list[list[float | None]]) -> dict[str, Any]:
    packed = pack(rows)
    assert packed is not None
    return {"kind": "line", "x": {**packed, "kind": "frames"}}


def made_up() -> list[list[float | None]]:
    """Rows of one length, on a scale and with decimals of their own, some numbers missing."""
    frames, across = int(RNG.integers(1, 9)), int(RNG.integers(1, 40))
    scale, decimals = 10.0 ** RNG.integers(-2, 9), int(RNG.integers(0, 5))
    values = (scale * RNG.normal(size=(frames, across))).round(decimals)
    if RNG.random() < 0.5:  # what moves little
        values = (values[:1] + 0.01 * np.arange(frames)[:, None]).round(decimals)
    gone = RNG.random(values.shape) < RNG.choice([0.0, 0.2, 1.0], p=[0.5, 0.45, 0.05])
    return np.where(gone, None, values).tolist()


def test_page_and_python_hold_the_same_numbers(browser: Browser) -> None:
    edges = [-1.0, 1.0] * 2
    cases = [made_up() for _ in range(300)]
    cases.append([[k * float(LARGEST) for k in edges], [-k * float(LARGEST) for k in edges]])
    # Around every place where the letters change: one, two and three of them.
    for size in (45, 46, 57, 91, 91 * 4096 // 2, 91 * 4096**2 // 2):
        steps = [0.0, *(float(sign * (size + k)) for k in range(-3, 4) for sign in (1, -1))]
        cases.append([np.cumsum(steps).tolist()])
    page = browser.new_page()
    page.evaluate(LOAD, bundle("packing.mjs"))
    read = page.evaluate(READ, [written(rows) for rows in cases])
    ways = {written(rows)["x"]["way"] for rows in cases}
    page.close()
    assert ways == {0, 1, 2, 3}
    for rows, mark in zip(cases, read, strict=True):
        assert mark["x"] == {"frames": rows}


def test_marks_arrive_as_they_are(browser: Browser) -> None:
    marks = [
        line(
            RNG.normal(size=30), np.where(np.arange(30) % 7, RNG.normal(size=30), np.nan), role="em"
        ),
        points(RNG.normal(size=(5, 20)), RNG.normal(size=20), role="p"),
        field(RNG.normal(size=(4, 6, 5)), x=(0, 1), y=(0, 1)),
        field(RNG.random((16, 16)), x=(0, 1), y=(0, 1), grey=True),
    ]
    sent = [{"kind": mark.kind, **mark.packed()} for mark in marks]
    assert all(any("packed" in v for v in one.values() if isinstance(v, dict)) for one in sent)
    page = browser.new_page()
    page.evaluate(LOAD, bundle("packing.mjs"))
    read = page.evaluate(READ, sent)
    page.close()
    for mark, got in zip(marks, read, strict=True):
        assert got == {"kind": mark.kind, **mark.data}

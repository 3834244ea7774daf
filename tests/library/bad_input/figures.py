"""Bad calls of figures, claims and exercises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import wganbook as book
from wganbook import scene

from ._values import (
    BAD_NUMBER,
    INF,
    MASKED,
    NAN,
    NOT_INTEGER,
    NOT_NUMBER,
    Row,
    Tensor,
    rows,
)

NOT_TEXT: list[Any] = [None, 1, b"text", ["text"]]
NO_WORDS: list[Any] = ["", "  "]
NOT_FLAG: list[Any] = [None, 0, 1, "yes", np.ones(2, bool)]
SIDE = scene.Axis("x (length)", 0, 1, (0, 1))
DIAGONAL = scene.line([0, 1], [0, 1], role="em")
PANEL = scene.Panel("A panel", SIDE, SIDE, [DIAGONAL])
SHIFT = scene.Slider("s", "s: the shift", (0.0, 1.0))
PARTS = {
    "title": "A title",
    "slider": SHIFT,
    "panels": [PANEL],
    "readouts": [scene.Readout("EM", (0.0, 1.0))],
    "description": "What there is to see.",
}
SHOWN = book.Scene(**PARTS)
TOO_LONG = scene.line(np.zeros((3, 1)), np.zeros((3, 1)), role="em")

#: Not coordinates: of the wrong kind, of the wrong shape.
NOT_COORDINATES: list[Any] = [None, "01", [True, False], [1j], [[0.0], [0.0, 1.0]], Tensor()]
BAD_SHAPE: list[Any] = [0.5, [], np.zeros((0, 2)), np.zeros((2, 0)), np.zeros((2, 2, 2)), MASKED]
GAPS: list[Any] = [[NAN, 0.0], [0.0, INF]]
SHORTER: list[Any] = [[0.0]]  # than the two numbers of the other coordinates


def mark_rows(
    name: str, first: str, others: list[str], *, gaps: bool = False, **sizes: float
) -> Iterator[Row]:
    """Rows of a function that makes a mark: coordinates, role, label and sizes."""
    keys = [first, *others]
    good = {key: [0.0, 1.0] for key in keys} | sizes | {"role": "em"}
    bad = BAD_SHAPE if gaps else [*BAD_SHAPE, *GAPS]
    yield from rows(
        f"scene.{name}",
        good,
        wrong_kind=dict.fromkeys(keys, NOT_COORDINATES) | {"role": [None, 1, ["em"]]},
        wrong_value={first: bad} | {key: [*bad, *SHORTER] for key in others},
    )
    yield from rows(f"scene.{name}", good, wrong_value={"role": ["", "blue", "EM"]})
    for size in sizes:
        yield from rows(
            f"scene.{name}",
            good,
            wrong_kind={size: NOT_NUMBER},
            wrong_value={size: [*BAD_NUMBER, 0.0, -1.0]},
        )
    if name != "cells":
        yield from rows(f"scene.{name}", good, wrong_kind={"label": NOT_TEXT})


ROWS: list[Row] = [
    *mark_rows("line", "x", ["y"], gaps=True),
    *rows("scene.line", {"x": [0], "y": [0], "role": "em"}, wrong_kind={"dashed": NOT_FLAG}),
    *mark_rows("area", "x", ["low", "high"]),
    *mark_rows("bars", "x", ["height"], width=0.5),
    *mark_rows("points", "x", ["y"], gaps=True, size=4.0),
    *mark_rows("segments", "x0", ["y0", "x1", "y1"]),
    *rows(
        "scene.segments",
        {key: [0.0, 1.0] for key in ("x0", "y0", "x1", "y1")} | {"role": "em"},
        wrong_kind={"width": NOT_COORDINATES},
        wrong_value={"width": [1.0, [1.0], [-1.0, 1.0], *GAPS]},
    ),
    *mark_rows("cells", "x", ["y", "value"], width=0.5, height=0.5),
    *rows(
        "scene.cells",
        {"x": [0], "y": [0], "width": 1, "height": 1, "role": "em"},
        wrong_value={"value": [[-0.1], [1.1]]},
    ),
    *rows(
        "scene.field",
        {"values": np.eye(2), "x": (0, 1), "y": (0, 1), "limit": 2.0},
        wrong_kind={
            "grey": [1, "yes", None],
            "values": NOT_COORDINATES,
            "x": [None, 1j, "01", [None, 1.0]],
            "y": [None, 1j, "01", [None, 1.0]],
            "limit": [bad for bad in NOT_NUMBER if bad is not None],
            "label": NOT_TEXT,
        },
        wrong_value={
            "values": [1.0, [1.0], [], np.zeros((0, 2)), np.zeros((2, 2, 2, 2)), [[NAN]]],
            "x": [1.0, [1.0], [1.0, 1.0], [2.0, 1.0], [0.0, INF], [0.0, 1.0, 2.0]],
            "y": [1.0, [1.0], [1.0, 1.0], [2.0, 1.0], [NAN, 1.0], [0.0, 1.0, 2.0]],
            "limit": [*BAD_NUMBER, 0.0, -1.0, 0.5],
        },
    ),
    *rows(
        "Scene",
        PARTS,
        wrong_kind={
            "title": NOT_TEXT,
            "description": NOT_TEXT,
            "slider": [None, (0.0, 1.0), PANEL],
            "panels": [None, PANEL, [None], [DIAGONAL], "panels"],
            "readouts": [None, [1.0], {"EM": 1.0}],
        },
        wrong_value={
            "title": NO_WORDS,
            "description": NO_WORDS,
            "panels": [[], [scene.Panel("A panel", SIDE, SIDE, [TOO_LONG])]],
            "readouts": [[scene.Readout("EM", (0.0,))]],
        },
    ),
    *rows(
        "Scene",
        {"self": SHOWN},
        method="sentence",
        wrong_kind={"index": NOT_INTEGER},
        wrong_value={"index": [-1, 2]},
    ),
    *rows(
        "draw",
        {"scene": SHOWN},
        wrong_kind={"scene": [None, PANEL, {}, "scene"], "index": [1.0, "1", True, [1]]},
        wrong_value={"index": [-1, 2]},
    ),
    *rows(
        "SliderFigure",
        {"scene": SHOWN, "predict": None},
        wrong_kind={
            "scene": [None, PANEL, {}, "scene"],
            "predict": ["JS", {}, SHOWN],
            "index": NOT_INTEGER,
            "guess": NOT_TEXT,
        },
        wrong_value={
            "predict": [
                book.Sketch("Draw it.", "EM", "units"),
                book.Pick("Which?", ["one", "other"], ["another panel"]),
            ],
            "index": [-1, 2],
            "guess": ["-", "EM"],
        },
    ),
    *rows(
        "Sketch",
        {"question": "Draw it.", "curve": "EM", "unit": "nats", "given": ["JS"]},
        wrong_kind=dict.fromkeys(("question", "curve", "unit"), NOT_TEXT)
        | {"given": [None, 1, "JS", [1], [None]]},
        wrong_value=dict.fromkeys(("question", "curve", "unit"), NO_WORDS)
        | {"question": [*NO_WORDS, 301 * "x"]},
    ),
    *rows(
        "Pick",
        {"question": "Which?", "options": ["one", "other"], "panels": ["A panel"]},
        wrong_kind={
            "question": NOT_TEXT,
            "options": [None, 1, "ab", ["one", 1], {"one", "other"}],
            "panels": [None, 1, "A panel", [1]],
        },
        wrong_value={
            "question": [*NO_WORDS, 301 * "x"],
            "options": [[], ["one"], ["one", "one"], ["one", " "], ["one", "-"], ["a", 301 * "x"]],
        },
    ),
    *rows(
        "Quiz",
        {},
        wrong_kind={key: ["recall", 1, [1], [None], b"x"] for key in ("parts", "depths")},
        wrong_value={"parts": [[], ["Duality"]], "depths": [[], ["Recall"]]},
    ),
    *rows(
        "MovingBoxes",
        {"source": [2, 0], "target": [1, 1]},
        wrong_kind={key: [None, 2, "20", [2.0, 0], [True, 1]] for key in ("source", "target")},
        wrong_value={
            "source": [[], [2], [3, -1], [0, 0], [50, 0], [0] * 13],
            "target": [[], [2], [2, 1], [1, 1, 0], [3, -1]],
        },
    ),
    *rows(
        "Workshop",
        {},
        wrong_kind={
            "data": [None, 1, b"ring"],
            "word": [None, 1, b"A"],
            "points": ["12", {"a": 1}],
            "compare": [1, "minimax", [1]],
            "name": [None, 1],
            "small": [None, 1, "yes"],
            "objective": [None, 1],
            "rule": [None, 1],
            **dict.fromkeys(("seed", "modes", "side", "batch"), NOT_INTEGER),
            "lr": [None, "1", True, [1.0]],
        },
        wrong_value={
            "data": ["Ring", ""],
            "word": ["", "A B", "ABCDEFGHI", "é"],
            "points": [[[1, 2, 3]], [[1, np.nan]], [[11, 0]]],
            "compare": [{"momentum": 1}],
            "name": ["", "a b", "a1", "é"],
            "objective": ["WGAN"],
            "rule": ["clip"],
            "seed": [-1, 2**32],
            "modes": [0, 25],
            "side": [0, 7],
            "batch": [0, 513],
            "lr": [0.0, -1.0, 1e9, np.nan, np.inf],
        },
    ),
    *rows(
        "record",
        {"claim": "E1", "values": {"a": 1.0}, "holds": True},
        wrong_kind={
            "claim": [None, 1, ["E1"]],
            "values": [
                None,
                [("a", 1.0)],
                {1: 1.0},
                *({"a": bad} for bad in (None, True, np.True_, b"1", 1j, [1.0], np.ones(1))),
            ],
            "holds": NOT_FLAG,
            "scaled_down": NOT_FLAG,
            "note": NOT_TEXT,
            "sentence": NOT_TEXT,
            "seeds": NOT_INTEGER,
        },
        wrong_value={
            "claim": ["", "e1", "E99"],
            "values": [{}, {"a": NAN}, {"a": 10**400}],
            "seeds": [-1],
        },
    ),
    *rows(
        "record",
        {"claim": "E1", "values": {"a": 1.0}, "holds": False},
        wrong_value={"note": NO_WORDS},
    ),
    *rows(
        "check_answer",
        {"exercise": "tv-of-dice", "answer": 0.3},
        wrong_kind={
            "exercise": [None, 1, ["tv-of-dice"]],
            "answer": [bad for bad in NOT_NUMBER if not isinstance(bad, str | None)],
        },
        wrong_value={"exercise": ["", "tv"], "answer": [10**400, "", "a third", "1/0"]},
    ),
    *rows(
        "check_choice",
        {"exercise": "patient-1", "answer": "sigmoid"},
        wrong_kind={"exercise": [None, 1, ["patient-1"]], "answer": [1, True, b"sigmoid", ["a"]]},
        wrong_value={"exercise": ["", "patient-8"], "answer": ["", "sigmod", "Sigmoid"]},
    ),
]

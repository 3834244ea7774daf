"""Bad calls of the scenes of the GAN game."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._values import (
    BAD_NUMBER,
    BAD_POINTS,
    INF,
    NAN,
    NOT_ARRAY,
    NOT_NUMBER,
    Row,
    rows,
)

TWO_LOOKS = {"a": [[1.0, 1.0], [0.5, 0.5]]}
NOT_CURVES: list[Any] = [None, 1.0, [[1.0, 1.0], [0.5, 0.5]], {"a": ["text"]}]
BAD_CURVES: list[Any] = [
    {},
    {"a": [[1.0, 1.0]]},
    {"a": [[1.0], [1.0]]},
    {"a": [1.0, 1.0]},
    {"a": [[NAN, 1.0], [1.0, 1.0]]},
    {name: [[1.0, 1.0], [0.5, 0.5]] for name in "abcde"},
]
BAD_STEPS: list[Any] = [[], [1], [0, 1], [2, 1], [1, 1], [1, INF], [[1, 2]], 1]
ROWS: list[Row] = [
    *rows(
        "scenes.judges_of_slope",
        {},
        wrong_kind={"distance": NOT_NUMBER},
        wrong_value={"distance": [*BAD_NUMBER, 0.0, -1.0, 6.5]},
    ),
    *rows(
        "scenes.discriminator_film",
        {
            "steps": [1, 2],
            "judge": [[[0.5]], [[1.0]]],
            "window": (0.0, 1.0, 0.0, 1.0),
            "real": [[0.0, 0.0]],
            "fake": [[1.0, 1.0]],
            "pull": [[[0.0, 1.0]], [[0.0, 0.0]]],
            "sizes": TWO_LOOKS,
        },
        wrong_kind=dict.fromkeys(("steps", "judge", "window", "real", "fake", "pull"), NOT_ARRAY)
        | {"sizes": NOT_CURVES},
        wrong_value={
            "steps": BAD_STEPS,
            "judge": [[[0.5]], [[[0.5]]], [[[0.5]], [[1.1]]], [[[-0.1]], [[1.0]]]],
            "window": [(0.0, 1.0), (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 1.0, 1.0), (0.0, NAN, 0, 1)],
            "real": [*BAD_POINTS, [[0.0, 0.0, 0.0]]],
            "fake": [*BAD_POINTS, [[0.0]]],
            "pull": [[], [[0.0, 1.0]], [[[0.0, 1.0]]], [[[0.0, NAN]], [[0.0, 0.0]]]],
            "sizes": BAD_CURVES,
        },
    ),
    *rows(
        "scenes.dilemma",
        {"steps": [1, 2], "sizes": TWO_LOOKS, "cosines": TWO_LOOKS},
        wrong_kind={"steps": NOT_ARRAY, "sizes": NOT_CURVES, "cosines": NOT_CURVES},
        wrong_value={
            "steps": BAD_STEPS,
            "sizes": BAD_CURVES,
            "cosines": [*BAD_CURVES, {"b": TWO_LOOKS["a"]}, {"a": [[1.1, 0.0], [0.0, 0.0]]}],
        },
    ),
    *rows(
        "scenes.heavy_tails",
        {"steps": [1, 2], "samples": TWO_LOOKS},
        wrong_kind={"steps": NOT_ARRAY, "samples": NOT_CURVES},
        wrong_value={"steps": BAD_STEPS, "samples": [*BAD_CURVES, {"a": np.zeros((2, 5))}]},
    ),
]

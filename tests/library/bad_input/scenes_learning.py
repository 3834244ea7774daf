"""Bad calls of the scenes of the first chapter."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._values import BAD_NUMBER, INF, NAN, NOT_ARRAY, NOT_NUMBER, Row, rows

RUNS = {"a": [[0.0, 0.0], [2.0, 4.0], [1.0, 1.0]]}
NOT_RUNS: list[Any] = [None, 1.0, [[0.0, 0.0]] * 3, {"a": ["text"]}]
BAD_RUNS: list[Any] = [
    {},
    {"a": [[0.0, 0.0]] * 2},
    {"a": [[0.0]] * 3},
    {"a": [0.0] * 3},
    {"a": [[NAN, 0.0]] * 3},
    {name: [[0.0, 0.0]] * 3 for name in "abcdef"},
]
ROWS: list[Row] = [
    *rows(
        "scenes.maximum_likelihood",
        {},
        wrong_kind={"seed": [None, 0.5, "text", True, [1]]},
        wrong_value={"seed": [-1]},
    ),
    *rows(
        "scenes.noise_on_images",
        {
            "sigmas": [0.0, 0.1, 0.2],
            "images": np.zeros((4, 2, 2)),
            "likelihoods": RUNS,
            "distances": RUNS,
            "floor": 1.0,
            "seed": 0,
        },
        wrong_kind={
            "sigmas": NOT_ARRAY,
            "images": NOT_ARRAY,
            "likelihoods": NOT_RUNS,
            "distances": NOT_RUNS,
            "floor": NOT_NUMBER,
            "seed": [None, 0.5, "text"],
        },
        wrong_value={
            "sigmas": [[], [0.1, 0.2], [-0.1, 0.1, 0.2], [0.0, 0.2, 0.1], [0.0, 0.1, INF], 0.1],
            "images": [[], np.zeros((3, 2, 2)), np.zeros((4, 2)), np.full((4, 2, 2), NAN)],
            "likelihoods": BAD_RUNS,
            "distances": [*BAD_RUNS, {"b": RUNS["a"]}],
            "floor": [*BAD_NUMBER, 0.0, -1.0],
            "seed": [-1],
        },
    ),
    *rows(
        "scenes.along_a_generator",
        {"z": [0.0, 0.5, 1.0], "path": [[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]]},
        wrong_kind={"z": NOT_ARRAY, "path": NOT_ARRAY},
        wrong_value={
            "z": [[], [0.0, 1.0], [0.0, 1.0, 0.5], [0.0, 0.1, 1.0], [0.0, 0.5, NAN], [[0.0, 1.0]]],
            "path": [[], [[0.0, 0.0]] * 3, [[0.0, 0.0]] * 2, [0.0, 1.0, 2.0], [[INF, 0.0]] * 3],
        },
    ),
]

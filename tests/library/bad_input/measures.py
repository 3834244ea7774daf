"""Bad calls of the measures."""

from __future__ import annotations

import numpy as np

import wganlib as wg

from ._values import (
    BAD_MASS,
    BAD_NUMBER,
    BAD_POINTS,
    INF,
    MASKED,
    NAN,
    NOT_ARRAY,
    NOT_INTEGER,
    NOT_NUMBER,
    NOT_SEED,
    Row,
    Tensor,
    rows,
)
from .divergences import HALVES
from .transport import two_set_rows

ATOMS = wg.Points([[0.0, 0.0]])
BELL = wg.Gaussian([0.0, 0.0], np.eye(2))
ROWS: list[Row] = [
    *rows(
        "Measure",
        {"self": ATOMS, "n": 3, "seed": 0},
        method="sample",
        wrong_kind={"n": NOT_INTEGER, "seed": NOT_SEED},
        wrong_value={"n": [0, -1], "seed": [-1]},
    ),
    *rows(
        "Measure",
        {"self": BELL, "n": 3},
        method="discretise",
        wrong_kind={"n": NOT_INTEGER},
        wrong_value={"n": [0, -1]},
    ),
    *rows(
        "Measure",
        {"self": BELL},
        method="density",
        wrong_kind={"x": NOT_ARRAY},
        wrong_value={"x": [*BAD_POINTS, [0.0, 1.0], np.zeros((1, 3))]},
    ),
    *rows("Measure", {"self": ATOMS}, method="density", wrong_value={"x": [[[0.0, 0.0]]]}),
    *rows(
        "Points",
        {"points": [0.0, 1.0]},
        wrong_kind={"points": NOT_ARRAY, "weights": ["a", ["a", "b"], Tensor(), [1j, 0.0]]},
        wrong_value={"points": BAD_POINTS, "weights": [*BAD_MASS, [1.0]]},
    ),
    *rows(
        "Segment",
        {"start": [0.0, 0.0], "end": [1.0, 0.0]},
        wrong_kind={"start": NOT_ARRAY, "end": NOT_ARRAY},
        wrong_value={
            "start": [[], [[0.0, 0.0]], [NAN, 0.0], MASKED],
            "end": [[], [0.0, 0.0], [1.0], 1.0, [INF, 0.0]],
        },
    ),
    *rows("Segment", {"start": -1e308}, wrong_value={"end": [1e308]}),
    *rows(
        "Gaussian",
        {"mean": [0.0, 0.0], "cov": np.eye(2)},
        wrong_kind={"mean": NOT_ARRAY, "cov": NOT_ARRAY},
        wrong_value={
            "mean": [[], [[0.0, 0.0]], [NAN, 0.0]],
            "cov": [1.0, [1.0, 1.0], np.eye(3), -np.eye(2), np.zeros((2, 2)), [[1, 2], [3, 4]]],
        },
    ),
    *rows("Gaussian", {"mean": 0.0}, wrong_value={"cov": [0.0, -1.0, NAN, [1.0], [[1.0]]]}),
    *rows(
        "Histogram",
        {"edges": [0.0, 1.0, 2.0], "mass": HALVES},
        wrong_kind={"edges": NOT_ARRAY, "mass": NOT_ARRAY},
        wrong_value={
            "edges": [
                [],
                [0.0],
                [[0.0, 1.0]],
                [0.0, 0.0, 1.0],
                [1.0, 0.0, 2.0],
                [0.0, NAN, 1.0],
                [-1e308, 0.0, 1e308],
            ],
            "mass": [*BAD_MASS, [1.0]],
        },
    ),
    *rows(
        "Mixture",
        {"components": [ATOMS, BELL]},
        wrong_kind={
            "components": [None, "ab", ATOMS, [ATOMS, 1.0], [None], iter([ATOMS])],
            "weights": ["a", ["a", "b"], Tensor()],
        },
        wrong_value={
            "components": [[], [ATOMS, wg.Points([0.0])]],
            "weights": [*BAD_MASS, [1.0]],
        },
    ),
    *rows(
        "parallel_lines", {}, wrong_kind={"theta": NOT_NUMBER}, wrong_value={"theta": BAD_NUMBER}
    ),
    *rows(
        "crossing_segments",
        {},
        wrong_kind={"angle": NOT_NUMBER},
        wrong_value={"angle": [*BAD_NUMBER, -3.2, 3.2]},
    ),
    *rows(
        "ring_of_gaussians",
        {},
        wrong_kind={"modes": NOT_INTEGER, "radius": NOT_NUMBER, "std": NOT_NUMBER},
        wrong_value={
            "modes": [0, -1],
            "radius": [*BAD_NUMBER, 0.0, -1.0],
            "std": [*BAD_NUMBER, 0.0, -1.0, 1e-200, 1e200],
        },
    ),
    *rows(
        "grid_of_gaussians",
        {},
        wrong_kind={"side": NOT_INTEGER, "spacing": NOT_NUMBER, "std": NOT_NUMBER},
        wrong_value={
            "side": [0, -1],
            "spacing": [*BAD_NUMBER, 0.0, -1.0, 1e308],
            "std": [*BAD_NUMBER, 0.0, -1.0, 1e-200, 1e200],
        },
    ),
    *rows(
        "swiss_roll",
        {},
        wrong_kind={"radius": NOT_NUMBER, "std": NOT_NUMBER},
        wrong_value={
            "radius": [*BAD_NUMBER, 0.0, -1.0, 1e-200, 1e200],
            "std": [*BAD_NUMBER, -1.0, 1e-4, 1e200],
        },
    ),
    *two_set_rows("on_common_support"),
]

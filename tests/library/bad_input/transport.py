"""Bad calls of exact transport."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ._values import (
    BAD_MASS,
    BAD_NUMBER,
    BAD_POINTS,
    INF,
    NAN,
    NOT_ARRAY,
    NOT_NUMBER,
    Row,
    Tensor,
    rows,
)
from .divergences import HALVES, LINES

SETS = {"x": [[0.0, 0.0], [1.0, 0.0]], "y": [[0.0, 1.0], [1.0, 1.0]], "a": HALVES, "b": HALVES}
LINE_SETS = {"x": np.array([0.0, 1.0]), "y": np.array([2.0, 3.0])}


def two_set_rows(name: str, **more: Any) -> Iterator[Row]:
    """Rows that hold for every function of two weighted point sets."""
    yield from rows(
        name,
        SETS | more,
        wrong_kind={
            "x": NOT_ARRAY,
            "y": NOT_ARRAY,
            "a": [bad for bad in NOT_ARRAY if bad is not None],
            "b": [bad for bad in NOT_ARRAY if bad is not None],
        },
        wrong_value={
            "x": BAD_POINTS,
            "y": [*BAD_POINTS, [0.0, 1.0], np.zeros((2, 3))],
            "a": [*BAD_MASS, [1.0], [0.25] * 4],
            "b": [*BAD_MASS, [1.0], [0.25] * 4],
        },
    )
    yield from rows(
        name,
        LINE_SETS | more,
        wrong_kind={"x": NOT_ARRAY, "y": NOT_ARRAY},
        wrong_value={
            "x": [*BAD_POINTS, np.array([NAN, 0.0]), np.array([0.0, -INF])],
            "y": [*BAD_POINTS, np.array([0.0, NAN]), np.array([INF, 0.0])],
        },
    )


ROWS: list[Row] = [
    *two_set_rows("wasserstein_1"),
    *two_set_rows("transport_plan"),
    *(
        row
        for name in ("wasserstein_1", "transport_plan")
        for row in rows(
            name,
            {"y": [[-1e308, 0.0]]},
            wrong_value={"x": [[[1e308, 0.0]]]},
        )
    ),
    *rows(
        "coupling_cost",
        {"coupling": [[0.5, 0.0], [0.0, 0.5]], "x": [0.0, 1.0], "y": [0.0, 1.0]},
        wrong_kind={"coupling": NOT_ARRAY, "x": NOT_ARRAY, "y": NOT_ARRAY},
        wrong_value={
            "coupling": [
                [0.5, 0.5],
                [[0.5, 0.5]],
                [[NAN, 0.5], [0.5, 0.0]],
                [[-0.5, 0.5], [0.5, 0.5]],
                [[1.0, 1.0], [0.0, 0.0]],
                np.zeros((2, 2)),
                [],
            ],
            "x": BAD_POINTS,
            "y": [*BAD_POINTS, [[0.0, 1.0], [0.0, 1.0]]],
        },
    ),
    *rows(
        "product_plan",
        {"a": HALVES, "b": HALVES},
        wrong_kind={"a": NOT_ARRAY, "b": NOT_ARRAY},
        wrong_value={"a": BAD_MASS, "b": BAD_MASS},
    ),
    *rows(
        "empirical_cdf",
        {"x": [0.0, 1.0], "at": [0.5], "a": HALVES},
        wrong_kind={"x": NOT_ARRAY, "at": NOT_ARRAY, "a": [["a", "b"], Tensor(), [1j, 0]]},
        wrong_value={
            "x": [*BAD_POINTS, np.zeros((2, 2))],
            "at": [[NAN], [INF]],
            "a": [*BAD_MASS, [1.0]],
        },
    ),
    *rows(
        "wasserstein_1_gaussian",
        LINES,
        wrong_kind=dict.fromkeys(LINES, NOT_NUMBER),
        wrong_value={
            "mean_p": BAD_NUMBER,
            "mean_q": BAD_NUMBER,
            "std_p": [*BAD_NUMBER, -1.0],
            "std_q": [*BAD_NUMBER, -1.0],
        },
    ),
    *rows(
        "wasserstein_1_gaussian",
        LINES | {"mean_p": 1e308},
        wrong_value={"mean_q": [-1e308]},
    ),
]

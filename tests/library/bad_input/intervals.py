"""Bad calls of the intervals over runs."""

from __future__ import annotations

from typing import Any

from ._values import (
    NAN,
    NOT_ARRAY,
    NOT_INTEGER,
    NOT_NUMBER,
    NOT_SEED,
    Row,
    rows,
)

LEVELS: list[Any] = [0.0, 1.0, 95, NAN]
COURSE: list[list[float]] = [[1.0, 3.0, 2.0], [2.0, 2.0, 1.0], [3.0, 1.0, 3.0]]
FLAT: list[list[float]] = [[1.0, 3.0, 2.0], [1.0, 2.0, 1.0], [1.0, 1.0, 3.0]]
BAD_RUNS: list[Any] = [[], 1.0, [1.0], [1.0, NAN], [[1.0], [2.0]]]
ROWS: list[Row] = [
    *rows(
        "confidence",
        {"values": [1.0, 2.0]},
        wrong_kind={"values": NOT_ARRAY, "level": NOT_NUMBER},
        wrong_value={"values": BAD_RUNS, "level": LEVELS},
    ),
    *rows(
        "mean_difference",
        {"values": [1.0, 2.0], "others": [1.0, 2.0]},
        wrong_kind={"values": NOT_ARRAY, "others": NOT_ARRAY, "level": NOT_NUMBER},
        wrong_value={
            "values": BAD_RUNS,
            "others": [*BAD_RUNS, [[1.0, 2.0], [1.0, 2.0]]],
            "level": LEVELS,
        },
    ),
    *rows(
        "p_value",
        {"values": [1.0, 2.0], "others": [1.0, 3.0]},
        wrong_kind={"values": NOT_ARRAY, "others": [v for v in NOT_ARRAY if v is not None]},
        wrong_value={"values": BAD_RUNS, "others": [*BAD_RUNS, [[1.0, 2.0], [1.0, 2.0]]]},
    ),
    *rows(
        "holm",
        {},
        wrong_kind={"p_values": NOT_ARRAY},
        wrong_value={"p_values": [[], 0.5, [[0.5]], [0.1, -0.1], [0.1, 1.1], [0.1, NAN]]},
    ),
    *rows(
        "correlation_along_training",
        {"estimate": [[1.0], [2.0], [3.0]], "em": [[1.0], [2.0], [3.0]]},
        wrong_kind={"estimate": NOT_ARRAY, "em": NOT_ARRAY},
        wrong_value={"estimate": [[1.0, 2.0, 3.0], 0.0], "em": [[[1.0]], [1.0, 2.0, 3.0]]},
    ),
    *rows(
        "correlation_with_baselines",
        {"estimate": COURSE, "em": COURSE, "seed": 0},
        wrong_kind={
            "estimate": NOT_ARRAY,
            "em": NOT_ARRAY,
            "seed": NOT_SEED,
            "shuffles": NOT_INTEGER,
        },
        wrong_value={
            "estimate": [[1.0, 2.0, 3.0], 0.0],
            "em": [[[1.0]], [1.0, 2.0, 3.0], FLAT],
            "seed": [-1],
            "shuffles": [0, 98],
        },
    ),
]

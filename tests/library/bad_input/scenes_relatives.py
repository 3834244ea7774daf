"""Bad calls of the scenes about relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._values import (
    MASKED,
    NAN,
    NOT_ARRAY,
    NOT_INTEGER,
    NOT_NUMBER,
    Row,
    rows,
)
from .relatives import ABOVE_ZERO
from .scenes import count_rows

NOT_GROWING: list[Any] = [[], [1.0], [2.0, 1.0], [1.0, 1.0], [[1.0, 2.0]], [1.0, NAN], MASKED]
NOT_MAPPING: list[Any] = [None, 1.0, [[1.0]], "a"]
ENERGIES = {
    "steps": [1, 9],
    "at": [0.0, 1.0],
    "profiles": {"a": [[0.0, 1.0], [0.0, 2.0]]},
    "slopes": {"a": [[1.0], [0.5]]},
    "theta": 1.0,
}
MATCHING = {
    "batches": [2, 8],
    "samples": np.zeros((2, 5, 2)),
    "em": [[1.0, 3.0], [0.5, 0.5]],
    "modes": [[0.0, 1.0]],
    "others": {"a": [1.0]},
}
VALLEYS = {
    "dimensions": [1, 2],
    "spread": [0.5, 1.0],
    "em": [[[1.0, 2.0]], [[1.0, 2.0]]],
    "mmd": [[[2.0, 1.0]], [[2.0, 1.0]]],
}
BAD_LOSSES: list[Any] = [[], [1.0], [[[1.0]], [[1.0]]], [[[1.0, NAN]], [[1.0, 1.0]]],
                         [[[1.0, 1.0]]], [[[-1.0, 1.0]], [[1.0, 1.0]]]]  # fmt: skip

ROWS: list[Row] = [
    *count_rows("function_classes", "frames", 1),
    *count_rows("one_function", "most"),
    *count_rows("allowed_slope", "positions", 1),
    *count_rows("bandwidths", "positions", 1),
    *count_rows("blurred_plan", "positions", 1),
    *rows(
        "scenes.line_energy",
        {},
        wrong_kind={"width": NOT_NUMBER},
        wrong_value={"width": ABOVE_ZERO},
    ),
    *rows(
        "scenes.energies",
        ENERGIES,
        wrong_kind={
            "steps": NOT_ARRAY,
            "at": NOT_ARRAY,
            "profiles": [*NOT_MAPPING, {"a": None}],
            "slopes": [*NOT_MAPPING, {"a": None}],
            "theta": NOT_NUMBER,
            "margin": NOT_NUMBER,
        },
        wrong_value={
            "steps": [*NOT_GROWING, [0.0, 1.0]],
            "at": NOT_GROWING,
            "profiles": [{}, {"a": [[0.0, 1.0]]}, {"a": [0.0, 1.0]},
                         {key: [[0.0, 1.0], [0.0, 2.0]] for key in "abc"}],
            "slopes": [{}, {"b": [[1.0], [0.5]]}, {"a": [[1.0]]}, {"a": [[1.0], [0.0]]},
                       {"a": [[1.0], [NAN]]}],
            "margin": ABOVE_ZERO,
        },
    ),
    *rows(
        "scenes.moment_matching",
        MATCHING,
        wrong_kind={
            "batches": NOT_ARRAY,
            "samples": NOT_ARRAY,
            "em": NOT_ARRAY,
            "modes": NOT_ARRAY,
            "others": [*NOT_MAPPING, {"a": None}],
            "shown": NOT_INTEGER,
        },
        wrong_value={
            "batches": [*NOT_GROWING, [1.0, 2.0]],
            "samples": [[], np.zeros((2, 5)), np.zeros((3, 5, 2)), np.zeros((2, 5, 3)),
                        np.full((2, 5, 2), NAN)],
            "em": [[], [1.0, 2.0], [[1.0]], [[1.0], [NAN]]],
            "modes": [[], [[0.0, 1.0, 2.0]], [[NAN, 0.0]]],
            "others": [{}, {"a": []}, {"a": [[1.0]]}, {key: [1.0] for key in "abc"}],
            "shown": [0, -1],
        },
    ),
    *rows(
        "scenes.batch_valleys",
        VALLEYS,
        wrong_kind=dict.fromkeys(VALLEYS, NOT_ARRAY),
        wrong_value={
            "dimensions": [*NOT_GROWING, [0.0, 1.0]],
            "spread": NOT_GROWING,
            "em": BAD_LOSSES,
            "mmd": BAD_LOSSES,
        },
    ),
]  # fmt: skip

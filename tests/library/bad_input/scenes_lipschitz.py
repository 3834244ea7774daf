"""Bad calls of the scenes about Lipschitz rules."""

from __future__ import annotations

from typing import Any

from ._values import (
    BAD_POINTS,
    MASKED,
    NAN,
    NOT_ARRAY,
    NOT_NUMBER,
    Row,
    rows,
)
from .relatives import ABOVE_ZERO

GALLERY = {
    "critics": {"a": [[0.0, 1.0]], "b": [[1.0, 0.0]]},
    "shares": {"a": 1.0, "b": 0.5},
    "real": [[0.0, 0.0]],
    "fake": [[1.0, 1.0]],
}
FADING = {
    "limits": [0.01, 0.1],
    "before": [[1.0, 2.0], [1.0, 2.0]],
    "after": [[1.0, 2.0], [1.0, 2.0]],
    "depths": [3, 6],
    "slopes": [[1.0, 2.0], [1.0, 2.0]],
}
NOT_GROWING: list[Any] = [[], [1.0], [2.0, 1.0], [1.0, 1.0], [[1.0, 2.0]], [1.0, NAN], MASKED]
BAD_TABLE: list[Any] = [[], [1.0, 2.0], [[1.0, 2.0]], [[1.0, 2.0], [0.0, 1.0]], [[1.0, NAN]] * 2]
NOT_MAPPING: list[Any] = [None, 1.0, [[1.0]], "a"]

FOLDED = {
    "x": [-1.0, 0.0, 1.0],
    "critics": {"a": [1.0, 0.0, 1.0], "b": [0.5, 0.0, 0.5]},
    "shares": {"a": 1.0, "b": 0.5},
}

ROWS: list[Row] = [
    *rows(
        "scenes.folded_critics",
        FOLDED,
        wrong_kind={
            "x": NOT_ARRAY,
            "critics": [*NOT_MAPPING, {"a": None, "b": [1.0, 0.0, 1.0]}],
            "shares": [*NOT_MAPPING, {"a": "1", "b": 1.0}],
        },
        wrong_value={
            "x": NOT_GROWING,
            "critics": [{}, {"a": [1.0, 0.0, 1.0]}, {"a": [1.0], "b": [1.0, 0.0, 1.0]},
                        {"a": [1.0, NAN, 1.0], "b": [1.0, 0.0, 1.0]}],
            "shares": [{}, {"a": 1.0}, {"b": 1.0, "a": 1.0}, {"a": 1.0, "b": NAN}],
        },
    ),
    *rows(
        "scenes.solvers_by_dimension",
        {
            "dimensions": [2, 8],
            "cosines": {"a": [0.5, 0.4], "b": [0.9, 0.8]},
            "shares": {"a": [0.5, 0.4], "b": [0.9, 0.8]},
        },
        wrong_kind={
            "dimensions": NOT_ARRAY,
            "cosines": [*NOT_MAPPING, {"a": None, "b": [0.9, 0.8]}],
            "shares": [*NOT_MAPPING, {"a": ["x", 0.1], "b": [0.9, 0.8]}],
        },
        wrong_value={
            "dimensions": [*NOT_GROWING, [0.0, 1.0]],
            "cosines": [{}, {"a": [0.5, 0.4]}, {"a": [0.5], "b": [0.9, 0.8]},
                        {"a": [NAN, 0.4], "b": [0.9, 0.8]}],
            "shares": [{}, {"b": [0.5, 0.4], "a": [0.9, 0.8]}],
        },
    ),
    *rows(
        "scenes.clipping_race",
        {"steps": [1, 10], "runs": {"a": ([0.5, 1.0], [0.0, 0.5])}},
        wrong_kind={"steps": NOT_ARRAY, "runs": [*NOT_MAPPING, {"a": (None, [0.0, 0.5])}]},
        wrong_value={
            "steps": [*NOT_GROWING, [0.0, 1.0]],
            "runs": [{}, {"a": ([0.5], [0.0, 0.5])}, {"a": ([0.5, 1.0], [0.0, 1.5])},
                     dict.fromkeys("abcde", ([0.5, 1.0], [0.0, 0.5]))],
        },
    ),
    *rows(
        "scenes.weight_histograms",
        {"steps": [1, 10], "weights": {"a": [[0.5, 1.0], [0.0, 0.5]]}},
        wrong_kind={"steps": NOT_ARRAY, "weights": [*NOT_MAPPING, {"a": None}]},
        wrong_value={
            "steps": NOT_GROWING,
            "weights": [{}, {"a": [[0.5, 1.0]]}, {"a": [0.5, 1.0]}, {"a": [[NAN], [0.0]]}],
        },
    ),
    *rows(
        "scenes.fading_signal",
        FADING,
        wrong_kind=dict.fromkeys(FADING, NOT_ARRAY),
        wrong_value={
            "limits": [*NOT_GROWING, [-0.1, 0.1]],
            "depths": NOT_GROWING,
            "before": BAD_TABLE,
            "after": [*BAD_TABLE, [[1.0], [2.0]]],
            "slopes": [*BAD_TABLE, [[1.0], [2.0]]],
        },
    ),
    *rows(
        "scenes.critic_gallery",
        GALLERY,
        wrong_kind={
            "critics": NOT_MAPPING,
            "shares": [*NOT_MAPPING, {"a": "1", "b": 1.0}],
            "real": NOT_ARRAY,
            "fake": NOT_ARRAY,
            "reach": NOT_NUMBER,
        },
        wrong_value={
            "critics": [{}, {"a": [[0.0]]}, {"a": [[0.0]], "b": [[0.0, 1.0]]}],
            "shares": [{}, {"a": 1.0}, {"b": 1.0, "a": 1.0}, {"a": 1.0, "b": NAN}],
            "real": [*BAD_POINTS, [1.0, 2.0]],
            "fake": [*BAD_POINTS, [1.0, 2.0]],
            "reach": ABOVE_ZERO,
        },
    ),
]  # fmt: skip

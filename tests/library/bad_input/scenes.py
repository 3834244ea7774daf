"""Bad calls of the scenes of the first chapters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ._values import (
    BAD_MASS,
    BAD_NUMBER,
    BAD_POINTS,
    NOT_ARRAY,
    NOT_INTEGER,
    NOT_NUMBER,
    NOT_SEED,
    Row,
    rows,
)
from .divergences import HALVES


def count_rows(name: str, argument: str, *too_few: Any, **good: Any) -> Iterator[Row]:
    """Rows of one argument that counts something."""
    yield from rows(
        f"scenes.{name}",
        good,
        wrong_kind={argument: NOT_INTEGER},
        wrong_value={argument: [0, -1, *too_few]},
    )


#: Three points that a plan would leave where they are.
SAME = [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]]

ROWS: list[Row] = [
    *count_rows("sliding_lines", "atoms"),
    *count_rows("crossing_segments", "atoms", 1, 3),
    *count_rows("vanishing_sequences", "length", 1),
    *count_rows("vanishing_sequences", "settles", 1, 41),
    *count_rows("descend", "steps", distance="em", start=0.5, rate=0.1),
    *rows(
        "scenes.descend",
        {"distance": "em", "start": 0.5, "rate": 0.1, "steps": 2},
        wrong_kind={
            "distance": [None, 1],
            **dict.fromkeys(("start", "rate", "reach"), NOT_NUMBER),
        },
        wrong_value={
            "distance": ["", "emd", "EM"],
            "start": BAD_NUMBER,
            "rate": [*BAD_NUMBER, 0.0, -1.0],
            "reach": [*BAD_NUMBER, 0.0, -1.0],
        },
    ),
    *count_rows("descent_race", "steps"),
    *rows(
        "scenes.descent_race",
        {},
        wrong_kind={"start": NOT_NUMBER, "rate": NOT_NUMBER},
        wrong_value={"start": BAD_NUMBER, "rate": [*BAD_NUMBER, 0.0, -1.0]},
    ),
    *count_rows("bounds", "pairs", seed=0),
    *rows("scenes.bounds", {"pairs": 2}, wrong_kind={"seed": NOT_SEED}, wrong_value={"seed": [-1]}),
    *count_rows("couplings", "frames", 1),
    *count_rows("haulier_prices", "frames", 1),
    *count_rows("optimal_critics", "frames", 1),
    *rows("scenes.haulier_prices", {"x": SAME}, wrong_value={"y": [SAME, SAME[::-1]]}),
    *rows("scenes.optimal_critics", {"x": SAME}, wrong_value={"y": [SAME, SAME[::-1]]}),
    *count_rows("potential_follows", "frames", 1),
    *count_rows("split_mass", "frames", 1),
    *rows(
        "scenes.field_grid",
        {"low": [0.0, 0.0], "high": [1.0, 1.0]},
        wrong_kind={"low": NOT_ARRAY, "high": NOT_ARRAY},
        wrong_value={"low": [[0.0], [math.nan, 0.0]], "high": [[0.0, 1.0], [1.0]]},
    ),
    *rows(
        "scenes.couplings",
        {"source": HALVES, "target": HALVES},
        wrong_kind={"source": NOT_ARRAY, "target": NOT_ARRAY},
        wrong_value={"source": BAD_MASS, "target": [*BAD_MASS, [1.0]]},
    ),
    *rows(
        "scenes.cdf_area",
        {"fixed": [0.0, 1.0], "moved": [0.0, 1.0]},
        wrong_kind={"fixed": NOT_ARRAY, "moved": NOT_ARRAY},
        wrong_value={"fixed": BAD_POINTS, "moved": [*BAD_POINTS, [0.0]]},
    ),
    *rows(
        "scenes.sample_bias",
        {"sizes": [10, 40], "distances": {"line": [[0.1, 0.2], [0.1, 0.1]]}, "seed": 0},
        wrong_kind={
            "sizes": [[10.0, 40.0], ["10", "40"]],
            "seed": NOT_SEED,
        },
        wrong_value={
            "sizes": [[1, 40], [40]],
            "distances": [{}, {"line": [[0.1, -0.2], [0.1, 0.1]]}],
            "seed": [-1],
        },
    ),
]

"""Bad calls of the scenes about convergence."""

from __future__ import annotations

from ._values import BAD_NUMBER, NOT_INTEGER, NOT_NUMBER, Row, rows
from .relatives import NOT_NAME
from .scenes import count_rows

ROWS: list[Row] = [
    *(
        row
        for name, known in (("function_norms", "powers"), ("measure_distances", "escaping mass"))
        for row in rows(
            f"scenes.{name}",
            {"name": known},
            wrong_kind={"name": NOT_NAME},
            wrong_value={"name": ["", "power", "comb"]},
        )
    ),
    *rows(
        "scenes.measure_distances",
        {"name": "escaping mass", "length": 3},
        wrong_kind={"length": NOT_INTEGER},
        wrong_value={"length": [0, 1, -1, 10**7]},
    ),
    *count_rows("two_lengths", "length", 1, 4),
    *count_rows("other_shapes", "length", 1, 101),
    *rows(
        "scenes.wave_points",
        {"theta": 0.5, "count": 2},
        wrong_kind={"theta": NOT_NUMBER, "count": NOT_INTEGER},
        wrong_value={"theta": BAD_NUMBER, "count": [0, -1]},
    ),
    *count_rows("wave_moduli", "atoms", 1),
    *count_rows("thin_intervals", "length", 1),
    *count_rows("greatest_lower_bound", "length", 1),
    *count_rows("smooth_critics", "length", 1),
    *count_rows("nearest_pair", "length", 1, 2),
    *count_rows("simple_sets", "length", 1),
]

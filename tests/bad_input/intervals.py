"""Bad calls of the intervals over runs."""

from __future__ import annotations

from typing import Any

from tests.bad_input._values import NAN, NOT_ARRAY, Row, rows

BAD_RUNS: list[Any] = [[], 1.0, [1.0], [1.0, NAN], [[1.0], [2.0]]]
ROWS: list[Row] = [
    *rows(
        "confidence",
        {},
        wrong_kind={"values": NOT_ARRAY},
        wrong_value={"values": BAD_RUNS},
    ),
    *rows(
        "mean_difference",
        {"values": [1.0, 2.0], "others": [1.0, 2.0]},
        wrong_kind={"values": NOT_ARRAY, "others": NOT_ARRAY},
        wrong_value={"values": BAD_RUNS, "others": [*BAD_RUNS, [[1.0, 2.0], [1.0, 2.0]]]},
    ),
]

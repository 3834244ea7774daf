"""Bad calls of networks for images, of data sets and of what measures images."""

from __future__ import annotations

from typing import Any

from tests.bad_input._values import NOT_INTEGER, Row, rows

NOT_SEED: list[Any] = [None, "0", 0.0, True, [1, 2]]
NOT_FLAG: list[Any] = [None, 1, "yes"]
SHARED_KIND: dict[str, list[Any]] = {
    "size": NOT_INTEGER,
    "channels": NOT_INTEGER,
    "seed": NOT_SEED,
    "dtype": [None, 1],
}
SHARED_VALUE: dict[str, list[Any]] = {
    "channels": [0, -1],
    "seed": [-1],
    "dtype": ["float16"],
}

ROWS: list[Row] = [
    *rows(
        "DCGANGenerator",
        {"size": 8, "seed": 0},
        wrong_kind=SHARED_KIND
        | {
            "noise": NOT_INTEGER,
            "filters": NOT_INTEGER,
            "batch_norm": NOT_FLAG,
            "constant_filters": NOT_FLAG,
            "channels_last": NOT_FLAG,
        },
        wrong_value=SHARED_VALUE
        | {"size": [0, 4, 28, 48, 2048], "noise": [0, -1], "filters": [0, -1]},
    ),
    *rows(
        "DCGANCritic",
        {"size": 8, "seed": 0},
        wrong_kind=SHARED_KIND
        | {"filters": NOT_INTEGER, "batch_norm": NOT_FLAG, "channels_last": NOT_FLAG},
        wrong_value=SHARED_VALUE | {"size": [0, 4, 28, 48, 2048], "filters": [0, -1]},
    ),
    *rows(
        "MLPGenerator",
        {"size": 8, "seed": 0},
        wrong_kind=SHARED_KIND | {"noise": NOT_INTEGER, "width": NOT_INTEGER, "depth": NOT_INTEGER},
        wrong_value=SHARED_VALUE | {"size": [0, -8], "noise": [0], "width": [0], "depth": [-1]},
    ),
    *rows(
        "MLPCritic",
        {"size": 8, "seed": 0},
        wrong_kind=SHARED_KIND | {"width": NOT_INTEGER, "depth": NOT_INTEGER},
        wrong_value=SHARED_VALUE | {"size": [0, -8], "width": [0], "depth": [-1]},
    ),
]

"""Bad calls of the divergences."""

from __future__ import annotations

import numpy as np

from ._values import (
    BAD_DENSITY,
    BAD_MASS,
    BAD_NUMBER,
    INF,
    MASKED,
    NAN,
    NOT_ARRAY,
    NOT_CALLABLE,
    NOT_NUMBER,
    ODD_DENSITY,
    Row,
    flat,
    rows,
)

HALVES = [0.5, 0.5]
PMFS = {"p": HALVES, "q": HALVES}
DENSITIES = {"p": flat, "q": flat, "lower": 0.0, "upper": 1.0}
LINES = {"mean_p": 0.0, "std_p": 1.0, "mean_q": 0.0, "std_q": 1.0}

ROWS: list[Row] = [
    *(
        row
        for name in ("total_variation", "kl_divergence", "js_divergence")
        for row in rows(
            name,
            PMFS,
            wrong_kind={"p": NOT_ARRAY, "q": NOT_ARRAY},
            wrong_value={"p": BAD_MASS, "q": [*BAD_MASS, [1.0], [0.25] * 4]},
        )
    ),
    *(
        row
        for name in ("total_variation", "kl_divergence", "js_divergence")
        for row in rows(
            f"{name}_density",
            DENSITIES,
            wrong_kind={
                "p": NOT_CALLABLE + ODD_DENSITY,
                "q": NOT_CALLABLE + ODD_DENSITY,
                "lower": NOT_NUMBER,
                "upper": NOT_NUMBER,
                "points": [["a"], [1j], [True], [None]],
            },
            wrong_value={
                "p": BAD_DENSITY,
                "q": BAD_DENSITY,
                "lower": [NAN, 10**400],
                "upper": [NAN, 0.0, -1.0, -INF],
                "points": [[NAN], [INF], [2.0], [0.0], [1.0], [[0.5]], 0.5],
            },
        )
    ),
    *rows(
        "kl_gaussian",
        {"mean_p": [0.0, 0.0], "cov_p": np.eye(2), "mean_q": [0.0, 0.0], "cov_q": np.eye(2)},
        wrong_kind=dict.fromkeys(("mean_p", "cov_p", "mean_q", "cov_q"), NOT_ARRAY),
        wrong_value={
            "mean_p": [[], [[0.0, 0.0]], [0.0, NAN], [0.0, INF], MASKED],
            "cov_p": [
                1.0,
                [1.0, 1.0],
                np.eye(3),
                -np.eye(2),
                np.zeros((2, 2)),
                [[1.0, 2.0], [2.0, 1.0]],
                [[1.0, 0.1], [0.0, 1.0]],
                [[NAN, 0.0], [0.0, 1.0]],
            ],
            "mean_q": [[], [NAN, 0.0], [1e308, 1e308]],
            "cov_q": [1.0, -np.eye(2), np.eye(2) * NAN, np.eye(2) * 5e-324],
        },
    ),
    *rows(
        "kl_gaussian",
        {"mean_p": 0.0, "cov_p": 1.0, "mean_q": 0.0, "cov_q": 1.0},
        wrong_value={
            "cov_p": [0.0, -1.0, [1.0], [[1.0]], NAN],
            "cov_q": [0.0, -1.0, [[1.0]]],
            "mean_q": [NAN, INF],
        },
    ),
    *rows(
        "kl_gaussian",
        {"mean_p": 0.0, "cov_p": 1.0, "cov_q": np.eye(2)},
        wrong_value={"mean_q": [[0.0, 0.0]]},
    ),
    *rows(
        "total_variation_gaussian",
        LINES,
        wrong_kind=dict.fromkeys(LINES, NOT_NUMBER),
        wrong_value={
            "mean_p": BAD_NUMBER,
            "mean_q": BAD_NUMBER,
            "std_p": [*BAD_NUMBER, 0.0, -1.0],
            "std_q": [*BAD_NUMBER, 0.0, -1.0],
        },
    ),
]

"""Bad calls of relatives, potentials and sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

import wganbook as book
import wganlib as wg

from ._values import (
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
    rows,
)
from .transport import LINE_SETS, SETS, two_set_rows

ABOVE_ZERO = [*BAD_NUMBER, 0.0, -1.0]
NOT_NAME: list[Any] = [None, 1.0, b"gaussian", ["gaussian"]]
BAD_BANDWIDTH: list[Any] = [[], [[1.0]], 0.0, -1.0, [1.0, 0.0], NAN, INF, MASKED]
GAUSSIANS = {"mean_p": 0.0, "cov_p": 1.0, "mean_q": 0.0, "cov_q": 1.0, "bandwidth": 1.0}

ROWS: list[Row] = [
    *two_set_rows("lipschitz_critic"),
    *two_set_rows("bounded_lipschitz_critic"),
    *two_set_rows("bounded_critic"),
    *two_set_rows("kernel_critic", bandwidth=1.0),
    *two_set_rows("mmd", bandwidth=1.0),
    *two_set_rows("sliced_wasserstein", directions=3, seed=0),
    *two_set_rows("sinkhorn", regularisation=1.0),
    *two_set_rows("sinkhorn_plan", regularisation=1.0),
    *two_set_rows("sinkhorn_divergence", regularisation=1.0),
    *two_set_rows("kantorovich_potential"),
    *two_set_rows("transport_gradient"),
    *rows(
        "lipschitz_critic",
        SETS,
        wrong_kind={"constant": NOT_NUMBER},
        wrong_value={"constant": ABOVE_ZERO},
    ),
    *rows(
        "bounded_lipschitz_critic",
        SETS,
        wrong_kind={"bound": NOT_NUMBER, "constant": NOT_NUMBER},
        wrong_value={"bound": [*ABOVE_ZERO, 5e-324], "constant": ABOVE_ZERO},
    ),
    *rows(
        "bounded_critic",
        SETS,
        wrong_kind={"low": NOT_NUMBER, "high": NOT_NUMBER},
        wrong_value={"low": BAD_NUMBER, "high": [*BAD_NUMBER, -1.0, -2.0]},
    ),
    *rows("bounded_critic", SETS | {"low": -1e308}, wrong_value={"high": [1e308]}),
    *(
        row
        for name in ("kernel_critic", "mmd", "mmd_squared")
        for row in rows(
            name,
            LINE_SETS | {"bandwidth": 1.0},
            wrong_kind={"bandwidth": NOT_ARRAY, "kernel": NOT_NAME},
            wrong_value={"bandwidth": BAD_BANDWIDTH, "kernel": ["", "Gaussian", "gauss"]},
        )
    ),
    *rows(
        "mmd_squared",
        LINE_SETS | {"bandwidth": 1.0},
        wrong_kind={"x": NOT_ARRAY, "y": NOT_ARRAY, "estimator": NOT_NAME},
        wrong_value={
            "x": [*BAD_POINTS, [0.0]],
            "y": [*BAD_POINTS, [0.0], np.zeros((2, 2))],
            "estimator": ["", "unbias", "linear time"],
        },
    ),
    *rows(
        "mmd_squared",
        LINE_SETS | {"bandwidth": 1.0, "estimator": "linear"},
        wrong_value={"x": [[0.0], [0.0, 1.0, 2.0]], "y": [[0.0], [0.0, 1.0, 2.0, 3.0]]},
    ),
    *rows(
        "mmd_gaussian",
        GAUSSIANS,
        wrong_kind={
            **dict.fromkeys(("mean_p", "cov_p", "mean_q", "cov_q"), NOT_ARRAY),
            "bandwidth": NOT_NUMBER,
        },
        wrong_value={
            "mean_p": [[], [[0.0]], NAN, INF],
            "mean_q": [[], [[0.0]], NAN, INF],
            "cov_p": [0.0, -1.0, [1.0], [[1.0]], NAN],
            "cov_q": [0.0, -1.0, [1.0], [[1.0]], NAN],
            "bandwidth": [*ABOVE_ZERO, 1e-200],
        },
    ),
    *rows(
        "mmd_gaussian",
        {"mean_p": 0.0, "cov_p": 1.0, "cov_q": np.eye(2), "bandwidth": 1.0},
        wrong_value={"mean_q": [[0.0, 0.0]]},
    ),
    *rows(
        "sliced_wasserstein",
        SETS | {"directions": 3, "seed": 0},
        wrong_kind={"directions": NOT_INTEGER, "seed": NOT_SEED},
        wrong_value={"directions": [0, -1], "seed": [-1]},
    ),
    *(
        row
        for name in ("sinkhorn", "sinkhorn_plan", "sinkhorn_divergence")
        for row in rows(
            name,
            SETS | {"regularisation": 1.0},
            wrong_kind={"regularisation": NOT_NUMBER, "max_iterations": NOT_INTEGER},
            wrong_value={
                "regularisation": [*ABOVE_ZERO, 1e-9, 1e9, 1e300],
                "max_iterations": [0, -1],
            },
        )
    ),
    *rows(
        "kantorovich_potential",
        SETS,
        wrong_kind={"form": NOT_NAME},
        wrong_value={"form": ["", "small", "upper"]},
    ),
    *rows(
        "mcshane_extension",
        {"points": [0.0, 1.0], "values": [0.0, 1.0]},
        wrong_kind={
            "points": NOT_ARRAY,
            "values": NOT_ARRAY,
            "constant": NOT_NUMBER,
            "form": NOT_NAME,
        },
        wrong_value={
            "points": [*BAD_POINTS, [-1e308, 1e308]],
            "values": [[], [0.0], 0.0, [[0.0, 1.0]], [0.0, 1.1], [NAN, 0.0], [0.0, INF]],
            "constant": ABOVE_ZERO,
            "form": ["", "small", "upper"],
        },
    ),
    *rows(
        "c_transform",
        {"values": [0.0, 1.0], "x": [0.0, 1.0], "y": [0.0, 1.0]},
        wrong_kind=dict.fromkeys(("values", "x", "y"), NOT_ARRAY),
        wrong_value={
            "values": [[], [0.0], [[0.0, 1.0]], [NAN, 0.0], [INF, 0.0]],
            "x": BAD_POINTS,
            "y": [*BAD_POINTS, [[0.0, 1.0]]],
        },
    ),
    *rows("c_transform", {"values": [0.0], "y": [-1e308]}, wrong_value={"x": [[1e308]]}),
    *(
        row
        for name, known in (("measure_sequence", "comb"), ("function_sequence", "powers"))
        for row in rows(
            name,
            {"name": known},
            wrong_kind={"name": NOT_NAME},
            wrong_value={"name": ["", "com", "all"]},
        )
    ),
    *(
        row
        for sequence in (book.measure_sequence("spike"), book.function_sequence("powers"))
        for method in ("term", "exact", "domain", "corners", "distances", "norms")
        if hasattr(sequence, method)
        for row in rows(
            type(sequence).__name__,
            {"self": sequence, "n": 3},
            method=method,
            wrong_kind={"n": NOT_INTEGER},
            wrong_value={"n": [0, -1, 10**7, 10**400]},
        )
    ),
    *(
        row
        for function, method in (
            (wg.lipschitz_critic([0.0], [1.0]), "__call__"),
            (wg.distances.kernel_critic([0.0], [1.0], bandwidth=1.0), "__call__"),
            (wg.bounded_critic([0.0], [1.0]), "__call__"),
            (wg.distances.mcshane_extension([0.0], [1.0]), "__call__"),
            (wg.distances.mcshane_extension([0.0], [1.0]), "gradient"),
            (wg.kantorovich_potential([0.0], [1.0]), "gradient"),
        )
        for row in rows(
            type(function).__name__,
            {"self": function, "at": [0.0]},
            method=method,
            wrong_kind={"at": NOT_ARRAY},
            wrong_value={"at": [*BAD_POINTS, [[0.0, 1.0]]]},
        )
    ),
]

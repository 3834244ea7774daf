"""Every public function refuses bad input, and says which argument was bad.

One table per module. To add a module: write a list of :func:`rows`, add it to ``TABLE``.
A public callable without a row fails ``test_every_public_function_has_rows``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from inspect import signature
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import wganlib as wg
from wganlib import scene, scenes  # noqa: F401  (rows name both as attributes of wg)


class Row(NamedTuple):
    """One bad call: ``function(**good | {argument: bad})`` must raise ``error``."""

    function: str
    argument: str
    bad: Any
    error: type[Exception]
    good: dict[str, Any]
    method: str | None = None


def rows(
    function: str,
    good: dict[str, Any],
    *,
    wrong_kind: dict[str, list[Any]] | None = None,
    wrong_value: dict[str, list[Any]] | None = None,
    method: str | None = None,
) -> Iterator[Row]:
    """List bad values for each argument of one function.

    With ``method``, ``function`` names a class, ``good["self"]`` an instance of it.
    """
    for table, error in ((wrong_kind, TypeError), (wrong_value, ValueError)):
        for argument, values in (table or {}).items():
            for bad in values:
                yield Row(function, argument, bad, error, good, method)


class Tensor:
    """Stands for a torch tensor that requires a gradient: NumPy cannot have its numbers."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


class Unreadable:
    """Not a number, a sequence or a function."""


NAN, INF = math.nan, math.inf
LONG = np.longdouble("1e4000") if np.finfo(np.longdouble).max > 1e308 else INF
MASKED = np.ma.masked_array([0.5, 0.5], mask=[False, True])

# --- bad values by the kind of argument ----------------------------------------------

#: Not an array of real numbers.
NOT_ARRAY: list[Any] = [
    None,
    "text",
    ["a", "b"],
    b"\x00\x01",
    [1j, 2.0],
    np.array([0.5 + 0j, 0.5]),
    [True, False],
    np.array([True, False]),
    [[1.0], [1.0, 2.0]],
    [None, 1.0],
    np.array([0.5, 0.5], dtype=object),
    [10**400, 1],
    np.array(["2020-01-01"], dtype="M8[D]"),
    {"a": 1.0},
    {0.5, 0.25},
    Unreadable(),
    Tensor(),
    iter([0.5, 0.5]),
]
BAD_POINTS: list[Any] = [
    [],
    np.empty((0, 2)),
    np.empty((3, 0)),
    0.0,
    np.zeros((2, 2, 2)),
    [0.0, NAN],
    [INF, 0.0],
    [[0.0, -INF]],
    np.array([LONG, 0.0]),
    MASKED,
]
BAD_MASS: list[Any] = [
    [],
    0.5,
    [[0.5, 0.5]],
    [0.5, NAN],
    [INF, 0.5],
    [-0.1, 1.1],
    [-1e-15, 1.0],
    [0.5, 0.4],
    [1.0, 1.0],
    [0.0, 0.0],
    [1, 1],
    [1e308, 1e308],
    [0.5, 0.5 + 1e-8],
    MASKED,
]
NOT_NUMBER: list[Any] = [
    None,
    "1.0",
    b"1",
    1j,
    np.complex128(1.0),
    True,
    np.True_,
    [1.0, 2.0],
    np.array([1.0]),
    np.array(True),
    np.array(1.0 + 0j),
    Unreadable(),
    {},
]
BAD_NUMBER: list[Any] = [NAN, INF, -INF, 10**400, np.float64("nan")]
NOT_INTEGER: list[Any] = [None, "3", 3.0, True, np.True_, 1j, [3], np.array([3]), Unreadable()]
NOT_SEED: list[Any] = [None, "0", 0.0, True, [1, 2]]
NOT_CALLABLE: list[Any] = [None, 1.0, "p", [0.5, 0.5]]


def flat(_: float) -> float:
    """The uniform density on [0, 1]."""
    return 1.0


#: Functions, but no densities on [0, 1].
BAD_DENSITY: list[Any] = [
    lambda x: -1.0,
    lambda x: NAN,
    lambda x: INF,
    lambda x: 2.0,
    lambda x: 0.0,
    lambda x: np.array([1.0, 1.0]),
    lambda x: 1.0 / x,
]
ODD_DENSITY: list[Any] = [lambda x: "1", lambda x: None, lambda x: 1j, lambda x: True]

# --- one table per module ------------------------------------------------------------

HALVES = [0.5, 0.5]
PMFS = {"p": HALVES, "q": HALVES}
DENSITIES = {"p": flat, "q": flat, "lower": 0.0, "upper": 1.0}
LINES = {"mean_p": 0.0, "std_p": 1.0, "mean_q": 0.0, "std_q": 1.0}

DIVERGENCES: list[Row] = [
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


TRANSPORT: list[Row] = [
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

ATOMS = wg.Points([[0.0, 0.0]])
BELL = wg.Gaussian([0.0, 0.0], np.eye(2))
MEASURES: list[Row] = [
    *rows(
        "Measure",
        {"self": ATOMS, "n": 3, "seed": 0},
        method="sample",
        wrong_kind={"n": NOT_INTEGER, "seed": NOT_SEED},
        wrong_value={"n": [0, -1], "seed": [-1]},
    ),
    *rows(
        "Measure",
        {"self": BELL, "n": 3},
        method="discretise",
        wrong_kind={"n": NOT_INTEGER},
        wrong_value={"n": [0, -1]},
    ),
    *rows(
        "Measure",
        {"self": BELL},
        method="density",
        wrong_kind={"x": NOT_ARRAY},
        wrong_value={"x": [*BAD_POINTS, [0.0, 1.0], np.zeros((1, 3))]},
    ),
    *rows("Measure", {"self": ATOMS}, method="density", wrong_value={"x": [[[0.0, 0.0]]]}),
    *rows(
        "Points",
        {"points": [0.0, 1.0]},
        wrong_kind={"points": NOT_ARRAY, "weights": ["a", ["a", "b"], Tensor(), [1j, 0.0]]},
        wrong_value={"points": BAD_POINTS, "weights": [*BAD_MASS, [1.0]]},
    ),
    *rows(
        "Segment",
        {"start": [0.0, 0.0], "end": [1.0, 0.0]},
        wrong_kind={"start": NOT_ARRAY, "end": NOT_ARRAY},
        wrong_value={
            "start": [[], [[0.0, 0.0]], [NAN, 0.0], MASKED],
            "end": [[], [0.0, 0.0], [1.0], 1.0, [INF, 0.0]],
        },
    ),
    *rows("Segment", {"start": -1e308}, wrong_value={"end": [1e308]}),
    *rows(
        "Gaussian",
        {"mean": [0.0, 0.0], "cov": np.eye(2)},
        wrong_kind={"mean": NOT_ARRAY, "cov": NOT_ARRAY},
        wrong_value={
            "mean": [[], [[0.0, 0.0]], [NAN, 0.0]],
            "cov": [1.0, [1.0, 1.0], np.eye(3), -np.eye(2), np.zeros((2, 2)), [[1, 2], [3, 4]]],
        },
    ),
    *rows("Gaussian", {"mean": 0.0}, wrong_value={"cov": [0.0, -1.0, NAN, [1.0], [[1.0]]]}),
    *rows(
        "Histogram",
        {"edges": [0.0, 1.0, 2.0], "mass": HALVES},
        wrong_kind={"edges": NOT_ARRAY, "mass": NOT_ARRAY},
        wrong_value={
            "edges": [
                [],
                [0.0],
                [[0.0, 1.0]],
                [0.0, 0.0, 1.0],
                [1.0, 0.0, 2.0],
                [0.0, NAN, 1.0],
                [-1e308, 0.0, 1e308],
            ],
            "mass": [*BAD_MASS, [1.0]],
        },
    ),
    *rows(
        "Mixture",
        {"components": [ATOMS, BELL]},
        wrong_kind={
            "components": [None, "ab", ATOMS, [ATOMS, 1.0], [None], iter([ATOMS])],
            "weights": ["a", ["a", "b"], Tensor()],
        },
        wrong_value={
            "components": [[], [ATOMS, wg.Points([0.0])]],
            "weights": [*BAD_MASS, [1.0]],
        },
    ),
    *rows(
        "parallel_lines", {}, wrong_kind={"theta": NOT_NUMBER}, wrong_value={"theta": BAD_NUMBER}
    ),
    *rows(
        "crossing_segments",
        {},
        wrong_kind={"angle": NOT_NUMBER},
        wrong_value={"angle": [*BAD_NUMBER, -3.2, 3.2]},
    ),
    *rows(
        "ring_of_gaussians",
        {},
        wrong_kind={"modes": NOT_INTEGER, "radius": NOT_NUMBER, "std": NOT_NUMBER},
        wrong_value={
            "modes": [0, -1],
            "radius": [*BAD_NUMBER, 0.0, -1.0],
            "std": [*BAD_NUMBER, 0.0, -1.0, 1e-200, 1e200],
        },
    ),
    *rows(
        "grid_of_gaussians",
        {},
        wrong_kind={"side": NOT_INTEGER, "spacing": NOT_NUMBER, "std": NOT_NUMBER},
        wrong_value={
            "side": [0, -1],
            "spacing": [*BAD_NUMBER, 0.0, -1.0, 1e308],
            "std": [*BAD_NUMBER, 0.0, -1.0, 1e-200, 1e200],
        },
    ),
    *two_set_rows("on_common_support"),
    *two_set_rows("on_grid", width=1.0),
    *rows(
        "on_grid",
        {"x": [0.0, 1.0], "y": [0.0]},
        wrong_kind={"width": NOT_NUMBER},
        wrong_value={"width": [*BAD_NUMBER, 0.0, -1.0, 1e-300, 1e-17]},
    ),
]

# --- training ------------------------------------------------------------------------

LINEAR = torch.nn.Linear(2, 1)
CLOUD = np.random.default_rng(0).normal(size=(8, 2))
NOT_SEEDS: list[Any] = [None, "0", 0.0, True, [0.0], np.random.default_rng(0)]
BAD_SEEDS: list[Any] = [-1, [], [-1]]
BAD_PER_RUN: list[Any] = [0.0, -1.0, NAN, INF, [], [0.1, -1.0], np.array([NAN])]
NOT_PER_RUN: list[Any] = [None, "1", 1j, True, ["a"]]
NOT_MODULE: list[Any] = [None, "mlp", 1.0, lambda x: x]


def networks() -> dict[str, Any]:
    return {"generator": wg.MLP([2, 4, 2], seed=0), "critic": wg.MLP([2, 4, 1], seed=0)}


class Keeps(torch.nn.Module):
    """No parameters: nothing to train."""

    def forward(self, x: Any) -> Any:
        return x


TRAINING: list[Row] = [
    *rows(
        "MLP",
        {"sizes": [2, 4, 1], "seed": 0, "activation": "relu", "dtype": "float32"},
        wrong_kind={
            "sizes": [None, 2, "24", [2.0, 1], [2, None]],
            "seed": NOT_SEEDS,
            "activation": [None, 1],
            "dtype": [None, np.float32],
        },
        wrong_value={
            "sizes": [[], [2], [2, 0, 1], [-2, 1]],
            "seed": BAD_SEEDS,
            "activation": ["rely", "softmax"],
            "dtype": ["float16", "double"],
        },
    ),
    *rows(
        "WeightClipping", {"c": 0.1}, wrong_kind={"c": NOT_PER_RUN}, wrong_value={"c": BAD_PER_RUN}
    ),
    *rows(
        "SphereProjection",
        {"radius": 1.0},
        wrong_kind={"radius": NOT_PER_RUN},
        wrong_value={"radius": BAD_PER_RUN},
    ),
    *rows(
        "GradientPenalty",
        {"weight": 1.0, "one_sided": True},
        wrong_kind={"weight": NOT_PER_RUN, "one_sided": [None, 1, "yes"]},
        wrong_value={"weight": BAD_PER_RUN},
    ),
    *rows(
        "SpectralNorm",
        {"iterations": 1},
        wrong_kind={"iterations": NOT_INTEGER},
        wrong_value={"iterations": [0, -1]},
    ),
    *rows(
        "RMSProp",
        {"lr": 0.1, "decay": 0.9, "eps": 1e-8},
        wrong_kind={"lr": NOT_PER_RUN, "decay": NOT_NUMBER, "eps": NOT_NUMBER},
        wrong_value={"lr": BAD_PER_RUN, "decay": [-0.1, 1.0, NAN], "eps": [0.0, -1.0, NAN]},
    ),
    *rows(
        "Adam",
        {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-8},
        wrong_kind={
            "lr": NOT_PER_RUN,
            "betas": [None, 0.5, "ab", ("a", "b"), (None, 0.9)],
            "eps": NOT_NUMBER,
        },
        wrong_value={
            "lr": BAD_PER_RUN,
            "betas": [(), (0.5,), (0.1, 0.2, 0.3), (-0.1, 0.9), (0.5, 1.0), (NAN, 0.9)],
            "eps": [0.0, -1.0, NAN],
        },
    ),
    *rows("SGD", {"lr": 0.1}, wrong_kind={"lr": NOT_PER_RUN}, wrong_value={"lr": BAD_PER_RUN}),
    *rows(
        "train",
        networks() | {"data": CLOUD, "seed": 0, "steps": 1, "device": "cpu"},
        wrong_kind={
            "generator": NOT_MODULE,
            "critic": NOT_MODULE,
            "data": [None, "ring", [["a", "b"]], 1j],
            "seed": NOT_SEEDS,
            "steps": NOT_INTEGER,
            "objective": ["wgan", 1.0, wg.WGAN],
            "lipschitz": ["clipping", 0.01, wg.WeightClipping],
            "optimiser": ["adam", 1e-3, wg.Adam],
            "generator_optimiser": ["adam", 1e-3, wg.Adam],
            "batch": NOT_INTEGER,
            "n_critic": NOT_INTEGER,
            "schedule": [None, 5],
            "noise": [None, 1j],
            "noise_shape": [2, "2", (2.0,)],
            "evaluate_every": NOT_INTEGER,
            "evaluation_points": NOT_INTEGER,
            "callbacks": [None, print, [None], ["print"]],
            "progress": [None, 1, "yes"],
            "checkpoint": [1.0, b"x", True],
            "checkpoint_every": NOT_INTEGER,
            "resume": [None, 1, "yes"],
            "on_failure": [None, True],
            "device": [None, 0],
            "precision": [None, 32],
        },
        wrong_value={
            "generator": [Keeps(), wg.MLP([2, 3], seed=0), wg.MLP([2, 5, 1], seed=0)],
            "critic": [
                Keeps(),
                torch.nn.Linear(3, 1),
                wg.MLP([2, 2], seed=0),
                wg.MLP([3, 1], seed=0),
                wg.MLP([2, 1], seed=0, dtype="float64"),
            ],
            "data": [[], np.empty((0, 2)), [[NAN, 0.0]], lambda n, rng: np.zeros((1, 2))],
            "seed": [*BAD_SEEDS, [0, 1]],
            "steps": [-1],
            "batch": [0, -64],
            "n_critic": [0, -5],
            "schedule": ["author", ""],
            "noise": ["gauss", np.zeros((4, 3))],
            "noise_shape": [(0,), (-2,), (3,)],
            "evaluate_every": [-1],
            "evaluation_points": [0, 1],
            "checkpoint_every": [0, -1],
            "on_failure": ["ignore"],
            "device": ["gpu0", "none"] + ["cuda"] * (not torch.cuda.is_available()),
            "precision": ["float16", "bf16", "tf32"],
        },
    ),
    *rows(
        "train_critic",
        {
            "critic": wg.MLP([2, 4, 1], seed=0),
            "real": CLOUD,
            "fake": CLOUD,
            "seed": 0,
            "steps": 1,
            "probe": CLOUD,
            "record_at": [0, 1],
        },
        wrong_kind={
            "critic": NOT_MODULE,
            "real": [None, "ring", 1j],
            "fake": [None, "ring", 1j],
            "seed": NOT_SEEDS,
            "steps": NOT_INTEGER,
            "objective": ["wgan", wg.WGAN],
            "lipschitz": ["clipping", wg.WeightClipping],
            "optimiser": ["adam", wg.Adam],
            "batch": NOT_INTEGER,
            "probe": NOT_ARRAY[1:],
            "record_at": [None, 1, "01", [0.5]],
        },
        wrong_value={
            "critic": [Keeps(), torch.nn.Linear(3, 1), wg.MLP([2, 2], seed=0)],
            "real": [[], [[NAN, 0.0]], lambda n, rng: np.zeros((1, 2))],
            "fake": [
                [],
                np.zeros((4, 3)),
                Keeps(),
                wg.MLP([2, 3], seed=0),
                wg.MLP([2, 2], seed=[0, 1]),
                wg.MLP([2, 2], seed=0, dtype="float64"),
            ],
            "seed": [*BAD_SEEDS, [0, 1]],
            "steps": [-1],
            "batch": [0, -64],
            "probe": [*BAD_POINTS, None, [[0.0]], [0.0, 1.0]],
            "record_at": [[-1], [2], [1, 1], [1, 0]],
        },
    ),
    *rows(
        "train_critic",
        {
            "critic": wg.MLP([2, 4, 1], seed=0),
            "real": CLOUD,
            "fake": wg.MLP([2, 4, 2], seed=0),
            "seed": 0,
            "steps": 1,
        },
        wrong_kind={"noise": [None, 1j], "noise_shape": [2, "2", (2.0,)]},
        wrong_value={"noise": ["gauss", np.zeros((4, 3))], "noise_shape": [(0,), (3,)]},
    ),
    *rows(
        "train_generator",
        networks() | {"seed": 0, "steps": 1, "record_at": [0, 1]},
        wrong_kind={
            "generator": NOT_MODULE,
            "critic": [None, "mlp", 1.0],
            "seed": NOT_SEEDS,
            "steps": NOT_INTEGER,
            "objective": ["wgan", wg.WGAN],
            "optimiser": ["adam", wg.Adam],
            "batch": NOT_INTEGER,
            "noise": [None, 1j],
            "noise_shape": [2, "2", (2.0,)],
            "points": NOT_INTEGER,
            "record_at": [None, 1, "01", [0.5]],
        },
        wrong_value={
            "generator": [Keeps()],
            "critic": [
                torch.nn.Linear(3, 1),
                wg.MLP([2, 2], seed=0),
                wg.MLP([3, 1], seed=0),
                wg.MLP([2, 1], seed=[0, 1]),
                wg.MLP([2, 1], seed=0, dtype="float64"),
                lambda x: x,
                lambda x: 1 / 0 if x is None else "no",
                lambda x: x.detach()[:, 0],
                print,
            ],
            "seed": [*BAD_SEEDS, [0, 1]],
            "steps": [-1],
            "batch": [0, -64],
            "noise": ["gauss", np.zeros((4, 3))],
            "noise_shape": [(0,), (3,)],
            "points": [0, -1],
            "record_at": [[-1], [2], [1, 1], [1, 0]],
        },
    ),
    *rows(
        "generate",
        {"generator": wg.MLP([2, 4, 2], seed=0), "n": 3, "seed": 0},
        wrong_kind={
            "generator": NOT_MODULE,
            "n": NOT_INTEGER,
            "seed": NOT_SEEDS,
            "noise": [None, 1j],
            "noise_shape": [2, "2", (2.0,)],
        },
        wrong_value={
            "generator": [Keeps()],
            "n": [0, -1],
            "seed": [*BAD_SEEDS, [0, 1]],
            "noise": ["gauss"],
            "noise_shape": [(0,), (3,)],
        },
    ),
    *rows(
        "em_to_data",
        {"samples": CLOUD, "data": CLOUD, "seed": 0},
        wrong_kind={"samples": NOT_ARRAY, "data": [None, "ring", 1j], "seed": NOT_SEED},
        wrong_value={
            "samples": [[], 0.0, [[NAN, 0.0]], [[1.0, 2.0, 3.0]]],
            "data": [[], [[NAN, 0.0]]],
            "seed": [-1],
        },
    ),
    *rows(
        "mode_coverage",
        {"samples": CLOUD, "modes": [[0.0, 0.0]], "radius": 1.0, "share": 0.2},
        wrong_kind={
            "samples": NOT_ARRAY,
            "modes": NOT_ARRAY,
            "radius": NOT_NUMBER,
            "share": NOT_NUMBER,
        },
        wrong_value={
            "samples": BAD_POINTS,
            "modes": [*BAD_POINTS, [[0.0]]],
            "radius": [0.0, -1.0, *BAD_NUMBER],
            "share": [-0.1, 1.1, *BAD_NUMBER],
        },
    ),
    *(
        row
        for name in ("gradient_norms", "lipschitz_estimate")
        for row in rows(
            name,
            {"critic": LINEAR, "points": CLOUD},
            wrong_kind={"critic": NOT_MODULE, "points": NOT_ARRAY},
            wrong_value={
                "critic": [torch.nn.Linear(3, 1), Keeps()],
                "points": [[], [[NAN, 0.0]], np.empty((0, 2)), 0.0],
            },
        )
    ),
    *rows(
        "lipschitz_bound",
        {"critic": LINEAR},
        wrong_kind={"critic": NOT_MODULE},
    ),
    *rows(
        "calibrated_estimate",
        {"estimate": [1.0], "k": [2.0]},
        wrong_kind={"estimate": NOT_ARRAY, "k": NOT_ARRAY},
        wrong_value={"k": [[0.0], [-1.0], [1.0, 2.0], 1.0]},
    ),
    *rows("js_estimate", {"critic_loss": [1.0]}, wrong_kind={"critic_loss": NOT_ARRAY}),
    *rows(
        "correlation_along_training",
        {"estimate": [[1.0], [2.0], [3.0]], "em": [[1.0], [2.0], [3.0]], "seed": 0},
        wrong_kind={
            "estimate": NOT_ARRAY,
            "em": NOT_ARRAY,
            "seed": NOT_SEED,
            "resamples": NOT_INTEGER,
        },
        wrong_value={
            "estimate": [[1.0, 2.0, 3.0], 0.0],
            "em": [[[1.0]], [1.0, 2.0, 3.0]],
            "seed": [-1],
            "resamples": [0, 99],
        },
    ),
]

# --- figures, claims and exercises ---------------------------------------------------

NOT_TEXT: list[Any] = [None, 1, b"text", ["text"]]
NO_WORDS: list[Any] = ["", "  "]
NOT_FLAG: list[Any] = [None, 0, 1, "yes", np.ones(2, bool)]
SIDE = scene.Axis("x (length)", 0, 1, (0, 1))
DIAGONAL = scene.line([0, 1], [0, 1], role="em")
PANEL = scene.Panel("A panel", SIDE, SIDE, [DIAGONAL])
SHIFT = scene.Slider("s", "s: the shift", (0.0, 1.0))
PARTS = {
    "title": "A title",
    "slider": SHIFT,
    "panels": [PANEL],
    "readouts": [scene.Readout("EM", (0.0, 1.0))],
    "description": "What there is to see.",
}
SHOWN = wg.Scene(**PARTS)
TOO_LONG = scene.line(np.zeros((3, 1)), np.zeros((3, 1)), role="em")

#: Not coordinates: of the wrong kind, of the wrong shape.
NOT_COORDINATES: list[Any] = [None, "01", [True, False], [1j], [[0.0], [0.0, 1.0]], Tensor()]
BAD_SHAPE: list[Any] = [0.5, [], np.zeros((0, 2)), np.zeros((2, 0)), np.zeros((2, 2, 2)), MASKED]
GAPS: list[Any] = [[NAN, 0.0], [0.0, INF]]
SHORTER: list[Any] = [[0.0]]  # than the two numbers of the other coordinates


def mark_rows(
    name: str, first: str, others: list[str], *, gaps: bool = False, **sizes: float
) -> Iterator[Row]:
    """Rows of a function that makes a mark: coordinates, role, label and sizes."""
    keys = [first, *others]
    good = {key: [0.0, 1.0] for key in keys} | sizes | {"role": "em"}
    bad = BAD_SHAPE if gaps else [*BAD_SHAPE, *GAPS]
    yield from rows(
        f"scene.{name}",
        good,
        wrong_kind=dict.fromkeys(keys, NOT_COORDINATES) | {"role": [None, 1, ["em"]]},
        wrong_value={first: bad} | {key: [*bad, *SHORTER] for key in others},
    )
    yield from rows(f"scene.{name}", good, wrong_value={"role": ["", "blue", "EM"]})
    for size in sizes:
        yield from rows(
            f"scene.{name}",
            good,
            wrong_kind={size: NOT_NUMBER},
            wrong_value={size: [*BAD_NUMBER, 0.0, -1.0]},
        )
    if name != "cells":
        yield from rows(f"scene.{name}", good, wrong_kind={"label": NOT_TEXT})


FIGURES: list[Row] = [
    *mark_rows("line", "x", ["y"], gaps=True),
    *rows("scene.line", {"x": [0], "y": [0], "role": "em"}, wrong_kind={"dashed": NOT_FLAG}),
    *mark_rows("area", "x", ["low", "high"]),
    *mark_rows("bars", "x", ["height"], width=0.5),
    *mark_rows("points", "x", ["y"], gaps=True, size=4.0),
    *mark_rows("segments", "x0", ["y0", "x1", "y1"]),
    *rows(
        "scene.segments",
        {key: [0.0, 1.0] for key in ("x0", "y0", "x1", "y1")} | {"role": "em"},
        wrong_kind={"width": NOT_COORDINATES},
        wrong_value={"width": [1.0, [1.0], [-1.0, 1.0], *GAPS]},
    ),
    *mark_rows("cells", "x", ["y", "value"], width=0.5, height=0.5),
    *rows(
        "scene.cells",
        {"x": [0], "y": [0], "width": 1, "height": 1, "role": "em"},
        wrong_value={"value": [[-0.1], [1.1]]},
    ),
    *rows(
        "scene.field",
        {"values": np.eye(2), "x": (0, 1), "y": (0, 1), "limit": 2.0},
        wrong_kind={
            "values": NOT_COORDINATES,
            "x": [None, 1j, "01", [None, 1.0]],
            "y": [None, 1j, "01", [None, 1.0]],
            "limit": [bad for bad in NOT_NUMBER if bad is not None],
            "label": NOT_TEXT,
        },
        wrong_value={
            "values": [1.0, [1.0], [], np.zeros((0, 2)), np.zeros((2, 2, 2, 2)), [[NAN]]],
            "x": [1.0, [1.0], [1.0, 1.0], [2.0, 1.0], [0.0, INF], [0.0, 1.0, 2.0]],
            "y": [1.0, [1.0], [1.0, 1.0], [2.0, 1.0], [NAN, 1.0], [0.0, 1.0, 2.0]],
            "limit": [*BAD_NUMBER, 0.0, -1.0, 0.5],
        },
    ),
    *rows(
        "Scene",
        PARTS,
        wrong_kind={
            "title": NOT_TEXT,
            "description": NOT_TEXT,
            "slider": [None, (0.0, 1.0), PANEL],
            "panels": [None, PANEL, [None], [DIAGONAL], "panels"],
            "readouts": [None, [1.0], {"EM": 1.0}],
        },
        wrong_value={
            "title": NO_WORDS,
            "description": NO_WORDS,
            "panels": [[], [scene.Panel("A panel", SIDE, SIDE, [TOO_LONG])]],
            "readouts": [[scene.Readout("EM", (0.0,))]],
        },
    ),
    *rows(
        "Scene",
        {"self": SHOWN},
        method="sentence",
        wrong_kind={"index": NOT_INTEGER},
        wrong_value={"index": [-1, 2]},
    ),
    *rows(
        "draw",
        {"scene": SHOWN},
        wrong_kind={"scene": [None, PANEL, {}, "scene"], "index": [1.0, "1", True, [1]]},
        wrong_value={"index": [-1, 2]},
    ),
    *rows(
        "SliderFigure",
        {"scene": SHOWN},
        wrong_kind={"scene": [None, PANEL, {}, "scene"], "index": NOT_INTEGER},
        wrong_value={"index": [-1, 2]},
    ),
    *rows(
        "MovingBoxes",
        {"source": [2, 0], "target": [1, 1]},
        wrong_kind={key: [None, 2, "20", [2.0, 0], [True, 1]] for key in ("source", "target")},
        wrong_value={
            "source": [[], [2], [3, -1], [0, 0], [50, 0], [0] * 13],
            "target": [[], [2], [2, 1], [1, 1, 0], [3, -1]],
        },
    ),
    *rows(
        "record",
        {"claim": "E1", "values": {"a": 1.0}, "holds": True},
        wrong_kind={
            "claim": [None, 1, ["E1"]],
            "values": [
                None,
                [("a", 1.0)],
                {1: 1.0},
                *({"a": bad} for bad in (None, True, np.True_, b"1", 1j, [1.0], np.ones(1))),
            ],
            "holds": NOT_FLAG,
            "scaled_down": NOT_FLAG,
            "note": NOT_TEXT,
            "seeds": NOT_INTEGER,
        },
        wrong_value={
            "claim": ["", "e1", "E99"],
            "values": [{}, {"a": NAN}, {"a": 10**400}],
            "seeds": [-1],
        },
    ),
    *rows(
        "record",
        {"claim": "E1", "values": {"a": 1.0}, "holds": False},
        wrong_value={"note": NO_WORDS},
    ),
    *rows(
        "check_answer",
        {"exercise": "tv-of-dice", "answer": 0.3},
        wrong_kind={
            "exercise": [None, 1, ["tv-of-dice"]],
            "answer": [bad for bad in NOT_NUMBER if bad is not None],
        },
        wrong_value={"exercise": ["", "tv"], "answer": [10**400]},
    ),
    *rows(
        "check_choice",
        {"exercise": "patient-1", "answer": "sigmoid"},
        wrong_kind={"exercise": [None, 1, ["patient-1"]], "answer": [1, True, b"sigmoid", ["a"]]},
        wrong_value={"exercise": ["", "patient-8"], "answer": ["", "sigmod", "Sigmoid"]},
    ),
]

# --- the book's scenes ---------------------------------------------------------------


def count_rows(name: str, argument: str, *too_few: Any, **good: Any) -> Iterator[Row]:
    """Rows of one argument that counts something."""
    yield from rows(
        f"scenes.{name}",
        good,
        wrong_kind={argument: NOT_INTEGER},
        wrong_value={argument: [0, -1, *too_few]},
    )


SCENES: list[Row] = [
    *count_rows("parallel_lines", "atoms"),
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

# --- relatives, potentials and sequences ---------------------------------------------

ABOVE_ZERO = [*BAD_NUMBER, 0.0, -1.0]
NOT_NAME: list[Any] = [None, 1.0, b"gaussian", ["gaussian"]]
BAD_BANDWIDTH: list[Any] = [[], [[1.0]], 0.0, -1.0, [1.0, 0.0], NAN, INF, MASKED]
GAUSSIANS = {"mean_p": 0.0, "cov_p": 1.0, "mean_q": 0.0, "cov_q": 1.0, "bandwidth": 1.0}

RELATIVES: list[Row] = [
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
        "discrete_metric",
        {"x": [0.0, 1.0], "y": [0.0, 1.0]},
        wrong_kind={"x": NOT_ARRAY, "y": NOT_ARRAY},
        wrong_value={
            "x": [[NAN, 0.0], [INF, 0.0], MASKED],
            "y": [[NAN, 0.0], [0.0], 0.0, [[0.0, 1.0]]],
        },
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
        for sequence in (wg.measure_sequence("spike"), wg.function_sequence("powers"))
        for method in ("term", "exact", "domain", "distances", "norms")
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
            (wg.kernel_critic([0.0], [1.0], bandwidth=1.0), "__call__"),
            (wg.bounded_critic([0.0], [1.0]), "__call__"),
            (wg.mcshane_extension([0.0], [1.0]), "__call__"),
            (wg.mcshane_extension([0.0], [1.0]), "gradient"),
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

LIPSCHITZ_SCENES: list[Row] = [
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

# --- the scenes of judges ------------------------------------------------------------

BELLS: dict[str, Any] = {"real": wg.Gaussian(-2.0, 1.0), "fake": wg.Gaussian(2.0, 1.0)}
NOT_BELL: list[Any] = [None, 1.0, "N(0, 1)", wg.Segment(0.0, 1.0)]
PLANE_BELL = wg.Gaussian([0.0, 0.0], np.eye(2))
NOT_TRAINED: list[Any] = [None, 1.0, "trained", {}]


def looked(runs: int = 2, looks: tuple[int, ...] = (0, 2)) -> Any:
    seeds = list(range(runs))
    return wg.train_critic(
        wg.MLP([1, 4, 1], seed=seeds),
        **BELLS,
        seed=seeds,
        steps=2,
        lipschitz=wg.NoConstraint(),
        probe=[-2.0, 0.0, 2.0],
        record_at=looks,
    )


def short_runs() -> Any:
    return wg.train(
        **networks(),
        data=CLOUD,
        seed=0,
        steps=1,
        evaluate_every=1,
        evaluation_points=4,
        device="cpu",
    )


JUDGES = {name: looked() for name in ("discriminator", "clipped", "penalised", "free")}
FOUGHT = {"a": [short_runs(), short_runs()]}
CRITIC_SCENES: list[Row] = [
    *(
        row
        for name in ("perfect_discriminator", "perfect_critic")
        for row in rows(
            f"scenes.{name}",
            {"x": [0.0], **BELLS},
            wrong_kind={"x": NOT_ARRAY, "real": NOT_BELL, "fake": NOT_BELL},
            wrong_value={"x": [[NAN], [INF]], "real": [PLANE_BELL], "fake": [PLANE_BELL]},
        )
    ),
    *rows(
        "scenes.perfect_critic", {"x": [0.0], **BELLS}, wrong_value={"fake": [BELLS["real"]]}
    ),
    *rows(
        "scenes.judges_in_training",
        {"probe": [-2.0, 0.0, 2.0], **JUDGES, **BELLS},
        wrong_kind={"probe": NOT_ARRAY, "run": NOT_INTEGER, "real": NOT_BELL, "fake": NOT_BELL}
        | dict.fromkeys(JUDGES, NOT_TRAINED),
        wrong_value={
            "probe": [*BAD_POINTS, [0.0], [[0.0, 1.0]] * 3],
            "run": [-1, 2],
            "real": [PLANE_BELL],
            "fake": [PLANE_BELL, BELLS["real"]],
            "discriminator": [looked(looks=())],
            "clipped": [looked(looks=()), looked(1), looked(looks=(0, 1))],
            "penalised": [looked(1)],
            "free": [looked(3)],
        },
    ),
    *rows(
        "scenes.clip_values",
        {"probe": [-2.0, 0.0, 2.0], "bounds": [0.1, 0.2], "trained": looked(), "hidden": 4}
        | BELLS,
        wrong_kind={
            "probe": NOT_ARRAY,
            "bounds": NOT_ARRAY,
            "trained": NOT_TRAINED,
            "hidden": NOT_INTEGER,
            "real": NOT_BELL,
            "fake": NOT_BELL,
        },
        wrong_value={
            "probe": [*BAD_POINTS, [0.0]],
            "bounds": [[], [0.1] * 3, [0.0, 0.1], [NAN, 0.1], 0.1],
            "trained": [looked(looks=())],
            "hidden": [0, -1],
            "real": [PLANE_BELL],
            "fake": [PLANE_BELL, BELLS["real"]],
        },
    ),
    *rows(
        "scenes.moved_origin",
        {"probe": [-2.0, 0.0, 2.0], "shifts": [0.0, 1.0], "trained": [looked(), looked()]},
        wrong_kind={
            "probe": NOT_ARRAY,
            "shifts": NOT_ARRAY,
            "trained": [*NOT_TRAINED, [None, None]],
        },
        wrong_value={
            "probe": [*BAD_POINTS, [0.0]],
            "shifts": [[], [0.0], [NAN, 0.0], 0.0],
            "trained": [[], [looked(), looked(1)], [looked(), looked(looks=())]],
        },
    ),
    *rows(
        "scenes.critic_steps",
        {"trained": FOUGHT, "n_critic": [1, 5], "modes": [[0.0, 1.0]], "show": ["a"], "run": 0},
        wrong_kind={
            "trained": [None, 1.0, [FOUGHT], {"a": [None, None]}],
            "n_critic": [None, 5, "15", [1.0, 2.0]],
            "modes": NOT_ARRAY,
            "show": [None, "a", 1, [1]],
            "run": NOT_INTEGER,
        },
        wrong_value={
            "trained": [{}, {"a": FOUGHT["a"][:1]}, dict.fromkeys("abcde", FOUGHT["a"])],
            "n_critic": [[], [1], [0, 5]],
            "modes": [*BAD_POINTS, [[0.0]]],
            "show": [["b"]],
            "run": [-1, 1],
        },
    ),
]  # fmt: skip

# --- the GAN game ----------------------------------------------------------------------

TWO_LOOKS = {"a": [[1.0, 1.0], [0.5, 0.5]]}
NOT_CURVES: list[Any] = [None, 1.0, [[1.0, 1.0], [0.5, 0.5]], {"a": ["text"]}]
BAD_CURVES: list[Any] = [
    {},
    {"a": [[1.0, 1.0]]},
    {"a": [[1.0], [1.0]]},
    {"a": [1.0, 1.0]},
    {"a": [[NAN, 1.0], [1.0, 1.0]]},
    {name: [[1.0, 1.0], [0.5, 0.5]] for name in "abcde"},
]
BAD_STEPS: list[Any] = [[], [1], [0, 1], [2, 1], [1, 1], [1, INF], [[1, 2]], 1]
GAN_SCENES: list[Row] = [
    *rows(
        "scenes.confidence",
        {},
        wrong_kind={"values": NOT_ARRAY},
        wrong_value={"values": [[], 1.0, [1.0], [1.0, NAN], [[1.0], [2.0]]]},
    ),
    *rows(
        "scenes.judges_of_slope",
        {},
        wrong_kind={"distance": NOT_NUMBER},
        wrong_value={"distance": [*BAD_NUMBER, 0.0, -1.0, 6.5]},
    ),
    *rows(
        "scenes.discriminator_film",
        {
            "steps": [1, 2],
            "judge": [[[0.5]], [[1.0]]],
            "window": (0.0, 1.0, 0.0, 1.0),
            "real": [[0.0, 0.0]],
            "fake": [[1.0, 1.0]],
            "pull": [[[0.0, 1.0]], [[0.0, 0.0]]],
            "sizes": TWO_LOOKS,
        },
        wrong_kind=dict.fromkeys(("steps", "judge", "window", "real", "fake", "pull"), NOT_ARRAY)
        | {"sizes": NOT_CURVES},
        wrong_value={
            "steps": BAD_STEPS,
            "judge": [[[0.5]], [[[0.5]]], [[[0.5]], [[1.1]]], [[[-0.1]], [[1.0]]]],
            "window": [(0.0, 1.0), (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 1.0, 1.0), (0.0, NAN, 0, 1)],
            "real": [*BAD_POINTS, [[0.0, 0.0, 0.0]]],
            "fake": [*BAD_POINTS, [[0.0]]],
            "pull": [[], [[0.0, 1.0]], [[[0.0, 1.0]]], [[[0.0, NAN]], [[0.0, 0.0]]]],
            "sizes": BAD_CURVES,
        },
    ),
    *rows(
        "scenes.dilemma",
        {"steps": [1, 2], "sizes": TWO_LOOKS, "cosines": TWO_LOOKS},
        wrong_kind={"steps": NOT_ARRAY, "sizes": NOT_CURVES, "cosines": NOT_CURVES},
        wrong_value={
            "steps": BAD_STEPS,
            "sizes": BAD_CURVES,
            "cosines": [*BAD_CURVES, {"b": TWO_LOOKS["a"]}, {"a": [[1.1, 0.0], [0.0, 0.0]]}],
        },
    ),
    *rows(
        "scenes.heavy_tails",
        {"steps": [1, 2], "samples": TWO_LOOKS},
        wrong_kind={"steps": NOT_ARRAY, "samples": NOT_CURVES},
        wrong_value={"steps": BAD_STEPS, "samples": [*BAD_CURVES, {"a": np.zeros((2, 5))}]},
    ),
]

TABLE: list[Row] = [
    *DIVERGENCES,
    *TRANSPORT,
    *MEASURES,
    *TRAINING,
    *FIGURES,
    *SCENES,
    *RELATIVES,
    *LIPSCHITZ_SCENES,
    *CRITIC_SCENES,
    *GAN_SCENES,
]

#: Public callables that take nothing from a reader, with the reason.
EXEMPT = {
    "EntropicPlan": "a record that sinkhorn_plan fills in",
    "Distances": "a record that a sequence fills in",
    "Norms": "a record that a sequence fills in",
    "TransportPlan": "a record that transport_plan fills in",
    "History": "a record that train fills in; its damaged files are in test_history.py",
    "WGAN": "takes nothing",
    "MinimaxGAN": "takes nothing",
    "NonSaturatingGAN": "takes nothing",
    "NoConstraint": "takes nothing",
}


def target(row: Row) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return what a row calls, and its arguments."""
    arguments = dict(row.good) | {row.argument: row.bad}
    if row.method is None:
        return attrgetter(row.function)(wg), arguments
    return getattr(arguments.pop("self"), row.method), arguments


def row_name(row: Row) -> str:
    place = row.function if row.method is None else f"{row.function}.{row.method}"
    return f"{place}-{row.argument}-{row.error.__name__}"


@pytest.mark.parametrize("row", TABLE, ids=row_name)
def test_bad_input_is_refused_by_name(row):
    function, arguments = target(row)
    with pytest.raises((TypeError, ValueError)) as caught:
        function(**arguments)
    message = str(caught.value)
    assert type(caught.value) is row.error, message
    assert message.startswith(row.argument), message
    assert len(message) < 600


def test_good_arguments_are_good():
    """A table whose calls fail for another reason would test nothing."""
    for row in TABLE:
        if row.argument in row.good:
            function, arguments = target(row._replace(bad=row.good[row.argument]))
            function(**arguments)


#: Public names of the package; then, with their module, the functions that make marks.
PUBLIC = [
    *sorted(wg._HOME),
    *(f"scene.{name}" for name in ("line", "area", "bars", "points", "segments", "cells", "field")),
]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_has_rows(name):
    if callable(attrgetter(name)(wg)) and name not in EXEMPT:
        assert any(row.function == name for row in TABLE), f"no bad input is tried on {name}"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_argument_has_a_row(name):
    thing = attrgetter(name)(wg)
    tried = {row.argument for row in TABLE if row.function == name and row.method is None}
    if callable(thing) and tried:
        listed = signature(thing).parameters.values()
        parameters = {p.name for p in listed if p.kind is not p.VAR_KEYWORD}
        # What goes through **options has rows too, but is not in the signature.
        extra = set() if len(parameters) == len(listed) else tried - parameters
        assert parameters | extra == tried, f"no bad input is tried on {parameters - tried}"


def test_a_real_tensor_that_requires_a_gradient():
    torch = pytest.importorskip("torch")
    tensor = torch.full((2,), 0.5, dtype=torch.float64, requires_grad=True)
    for name in ("total_variation", "kl_divergence", "js_divergence"):
        with pytest.raises(TypeError, match=r"^p: .*Tensor"):
            getattr(wg, name)(tensor, HALVES)
    with pytest.raises(TypeError, match=r"^x: .*Tensor"):
        wg.wasserstein_1(tensor, HALVES)
    assert wg.wasserstein_1(tensor.detach(), HALVES) == 0.0

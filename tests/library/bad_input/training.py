"""Bad calls of networks, rules, optimisers, training and evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import wganlib as wg

from ._values import (
    BAD_NUMBER,
    BAD_POINTS,
    INF,
    NAN,
    NOT_ARRAY,
    NOT_INTEGER,
    NOT_NUMBER,
    NOT_SEED,
    Row,
    rows,
)

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


ROWS: list[Row] = [
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
        "ZeroCentredPenalty",
        {"weight": 1.0, "both": True},
        wrong_kind={"weight": NOT_PER_RUN, "both": [None, 1, "yes"]},
        wrong_value={"weight": BAD_PER_RUN},
    ),
    *rows(
        "SpectralNorm",
        {"iterations": 1},
        wrong_kind={"iterations": NOT_INTEGER},
        wrong_value={"iterations": [0, -1]},
    ),
    *rows(
        "Orthonormal",
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
    *rows("Watched", {"inner": wg.RMSProp()}, wrong_kind={"inner": [None, 1, "rmsprop", object()]}),
    *rows("SGD", {"lr": 0.1}, wrong_kind={"lr": NOT_PER_RUN}, wrong_value={"lr": BAD_PER_RUN}),
    *rows(
        "train",
        networks() | {"data": CLOUD, "seed": 0, "steps": 1, "device": "cpu"},
        wrong_kind={
            "generator": NOT_MODULE,
            "critic": NOT_MODULE,
            "data": [None, "ring", [["a", "b"]], 1j, wg.Gaussian],
            "seed": NOT_SEEDS,
            "steps": NOT_INTEGER,
            "objective": ["wgan", 1.0, wg.WGAN],
            "lipschitz": ["clipping", 0.01, wg.WeightClipping],
            "optimiser": ["adam", 1e-3, wg.Adam],
            "generator_optimiser": ["adam", 1e-3, wg.Adam],
            "batch": NOT_INTEGER,
            "n_critic": NOT_INTEGER,
            "schedule": [None, 5],
            "clip_first": [0, 1, "yes"],
            "noise": [None, 1j],
            "noise_shape": [2, "2", (2.0,)],
            "evaluate_every": NOT_INTEGER,
            "evaluation_points": NOT_INTEGER,
            "callbacks": [None, print, [None], ["print"]],
            "callback_every": NOT_INTEGER,
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
            "data": [
                [],
                np.empty((0, 2)),
                [[NAN, 0.0]],
                lambda n, rng: np.zeros((1, 2)),
                np.full((5, 2), 1e300),  # the networks compute in float32
            ],
            "seed": [*BAD_SEEDS, [0, 1]],
            "steps": [-1],
            "batch": [0, -64],
            "n_critic": [0, -5],
            "schedule": ["author", ""],
            "noise": ["gauss", np.zeros((4, 3))],
            "noise_shape": [(0,), (-2,), (3,)],
            "evaluate_every": [-1],
            "evaluation_points": [0, 1],
            "callback_every": [0, -1],
            "checkpoint_every": [0, -1],
            "on_failure": ["ignore"],
            "device": ["gpu0", "none", "meta", "mps"] + ["cuda"] * (not torch.cuda.is_available()),
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
            "objective": [wg.training.RelativisticGAN()],
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
    *rows(
        "gradient_norms",
        {"critic": LINEAR, "points": CLOUD},
        wrong_kind={"critic": NOT_MODULE, "points": NOT_ARRAY},
        wrong_value={
            "critic": [torch.nn.Linear(3, 1), Keeps()],
            "points": [[], [[NAN, 0.0]], np.empty((0, 2)), 0.0],
        },
    ),
    *rows(
        "lipschitz_bound",
        {"critic": LINEAR},
        wrong_kind={"critic": NOT_MODULE},
    ),
]

"""Bad calls of the scenes of judges."""

from __future__ import annotations

from typing import Any

import numpy as np

import wganlib as wg

from ._values import BAD_POINTS, INF, NAN, NOT_ARRAY, NOT_INTEGER, Row, rows

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


JUDGES = {name: looked() for name in ("discriminator", "clipped", "penalised", "free")}
TWO = [[1.0, 2.0], [1.0, 1.0]]
CLOUDS = [[[0.0, 1.0]], [[1.0, 0.0]]]
ROWS: list[Row] = [
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
        {"em": {"a": TWO}, "drawn": {"a": CLOUDS}, "n_critic": [1, 5], "modes": [[0.0, 1.0]]}
        | {"floor": 0.3},
        wrong_kind={
            "em": [None, 1.0, [TWO], {"a": None}],
            "drawn": [None, 1.0, [CLOUDS], {"a": None}],
            "n_critic": [None, 5, "15", [1.0, 2.0]],
            "modes": NOT_ARRAY,
            "floor": [None, "0.3"],
        },
        wrong_value={
            "em": [{}, {"a": TWO[:1]}, {"a": [[NAN], [1.0]]}, dict.fromkeys("abcde", TWO)],
            "drawn": [{"b": CLOUDS}, {"a": CLOUDS[:1]}, {"a": [[[0.0]]] * 2}],
            "n_critic": [[], [1], [0, 5]],
            "modes": [*BAD_POINTS, [[0.0]]],
            "floor": [-1.0, NAN],
        },
    ),
]  # fmt: skip

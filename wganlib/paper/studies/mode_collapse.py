"""What makes a generator forget: the studies behind the chapter on mode collapse."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from wganlib.distances.examples import ring_of_gaussians
from wganlib.paper.studies._plane import centres, counts, forgotten
from wganlib.paper.study import (
    Arrays,
    Finding,
    Parts,
    Study,
    beyond,
    per_run,
    share,
    verdict_of,
)
from wganlib.training.generator_side import train_generator
from wganlib.training.lipschitz import GradientPenalty, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.objectives import MinimaxGAN, NonSaturatingGAN
from wganlib.training.one_side import train_critic
from wganlib.training.optimisers import RMSProp
from wganlib.training.sampling import generate
from wganlib.training.train import TrainingState, train

#: The chapter's five judges: name, and what trains them.
METHODS: dict[str, dict[str, Any]] = {
    "gan-minimax": {"objective": MinimaxGAN()},
    "gan-log-d": {"objective": NonSaturatingGAN()},
    "gan-penalty": {"objective": NonSaturatingGAN(), "lipschitz": GradientPenalty(0.1)},
    "wgan-penalty": {"lipschitz": GradientPenalty(0.1)},
    "wgan-clipping": {"lipschitz": WeightClipping(0.1)},
}


def _square(n: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    return rng.uniform(-3, 3, (n, 2))


def _scores(judge: MLP, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    with torch.no_grad():
        out: npt.NDArray[np.float64] = judge(torch.from_numpy(points).float())[..., 0].numpy()
    return out.astype(float)


def _frozen(method: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train judges, freeze them, train a generator to the end against each."""
    seeds, width = settings["seeds"], settings["width"]
    ring = ring_of_gaussians(8, std=settings["std"])
    judge = MLP([2, width, width, width, 1], seed=seeds)
    rate = settings["rate"]
    train_critic(
        judge, ring, _square, seed=seeds, steps=settings["judge_steps"],
        optimiser=RMSProp(rate), **METHODS[method],
    )  # fmt: skip
    generator = MLP([2, width, width, width, 2], seed=seeds)
    rule = {k: v for k, v in METHODS[method].items() if k == "objective"}
    train_generator(
        generator, judge, seed=seeds, steps=settings["generator_steps"],
        optimiser=RMSProp(rate / 2), **rule,
    )  # fmt: skip
    end = generate(generator, 1000, seed=seeds).astype(float)
    middle = end.mean(1, keepdims=True)
    line = np.linspace(-3, 3, 121)
    square = np.stack(np.meshgrid(line, line), -1).reshape(1, -1, 2)
    everywhere = _scores(judge, np.repeat(square, len(seeds), 0))
    near = _scores(judge, middle + 0.1 * square)
    base, found = everywhere.mean(1), _scores(judge, end).mean(1)
    return {
        "spread": per_run(np.sqrt(((end - middle) ** 2).sum(-1).mean(1))),
        "of_its_peak": per_run((found - base) / (near.max(1) - base)),
        "of_the_highest": per_run(
            (found - base) / (np.maximum(everywhere.max(1), near.max(1)) - base)
        ),
    }


def _deltas(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """G4: each generator is one delta, at the top of a peak of its judge.

    That it is one delta is a claim on its spread, and that the judge put it there is a claim on
    the score. Which modes are nearest to the pile is no part of the claim.
    """
    spread = np.concatenate([part["spread"] for part in parts.values()])
    peak = np.concatenate([part["of_its_peak"] for part in parts.values()])
    highest = np.concatenate([part["of_the_highest"] for part in parts.values()])
    runs, cluster = spread.size, settings["std"] * np.sqrt(2)
    tight, top = int((spread < cluster).sum()), int((peak > 0.9).sum())
    return Finding(
        verdict_of(beyond(share(tight, runs), 0.9), beyond(share(top, runs), 0.9)),
        f"In {tight} of {runs} runs the points end in one pile, narrower than a single cluster; "
        f"in {top} it sits at the top of a peak of the frozen judge.",
        {
            "runs in one pile": f"{tight} of {runs}",
            "runs at the top of a peak": f"{top} of {runs}",
            "largest spread of the points": float(spread.max()),
            "spread of one cluster": float(cluster),
            "runs whose peak is not the highest": f"{int((highest < 0.9).sum())} of {runs}",
        },
        seeds=len(settings["seeds"]),
        note="Five frozen judges, two of them critics: a frozen critic does the same as a frozen "
        "discriminator. The theorem is about optimal generators; descent finds a local optimum.",
    )


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    return {f"{name}, {method}": parts[method][name] for method in parts for name in parts[method]}


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    spread = np.concatenate([part["spread"] for part in parts.values()])
    highest = np.concatenate([part["of_the_highest"] for part in parts.values()])
    return {
        "runs": str(spread.size),
        "largest spread": f"{spread.max():.3f}",
        "not the highest": f"{int((highest < 0.9).sum())} of {spread.size}",
    }


FROZEN = Study(
    name="frozen-judges",
    question="Where does a generator go that is trained to the end against a judge which stands "
    "still?",
    settings={
        "seeds": list(range(32)),
        "width": 32,
        "std": 0.1,
        "rate": 2e-3,
        "judge_steps": 300,
        "generator_steps": 300,
    },
    parts={method: partial(_frozen, method) for method in METHODS},
    quantities=_quantities,
    rows={"G4": _deltas},
    numbers=_numbers,
)


# --- the judge learns again ---------------------------------------------------------------

#: The two games that the chapter shows from the first step to the last.
FILMED = {"gan-log-d": 1, "wgan-penalty": 4}


def _frames(steps: int, frames: int, first: int) -> list[int]:
    """Return steps to look at, close together at the start."""
    share = np.linspace(0, 1, frames) ** 2
    return [int(at) for at in np.unique(np.rint(first + share * (steps - first)))]


def _picture(scores: npt.NDArray[Any], grid: int) -> npt.NDArray[np.int8]:
    """Return the first run's scores on a grid, moved and scaled to −100 … 100."""
    values = scores.reshape(-1, grid, grid)[0]
    low, high = values.min(), values.max()
    return np.asarray(np.rint(200 * (values - low) / max(high - low, 1e-12) - 100), np.int8)


def _freed(method: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train against a judge that stands still, then both, at every ratio of their rates."""
    seeds, width, rate = settings["seeds"], settings["width"], settings["rate"]
    ring, how = ring_of_gaussians(8, std=settings["std"]), METHODS[method]
    judge = MLP([2, width, width, width, 1], seed=seeds)
    train_critic(judge, ring, _square, seed=seeds, steps=settings["judge_steps"],
                 optimiser=RMSProp(rate), **how)  # fmt: skip
    generator = MLP([2, width, width, width, 2], seed=seeds)
    alone = train_generator(
        generator, judge, seed=seeds, steps=settings["still"], optimiser=RMSProp(rate / 2),
        points=settings["drawn"], record_at=_frames(settings["still"], settings["frames"], 0),
        **{key: value for key, value in how.items() if key == "objective"},
    )  # fmt: skip
    middle = (np.arange(settings["grid"]) + 0.5) * 6 / settings["grid"] - 3
    places = np.stack(np.meshgrid(middle, middle), -1).reshape(1, -1, 2).repeat(len(seeds), 0)
    looks = _frames(settings["freed"], settings["frames"], 1)
    found: Arrays = {}
    rows = []
    for ratio in settings["ratios"]:
        players = copy.deepcopy(generator), copy.deepcopy(judge)
        taken: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []

        def film(state: TrainingState, taken: Any = taken) -> None:
            if state.step in looks:
                cloud = state.sample(settings["drawn"], seed=seeds)[0]
                taken.append((cloud, _picture(state.score(places), settings["grid"])))

        filmed = FILMED.get(method) == ratio
        root = float(np.sqrt(ratio))
        train(
            *players, ring, seed=seeds, steps=settings["freed"], n_critic=1,
            optimiser=RMSProp(rate * root), generator_optimiser=RMSProp(rate / root),
            callbacks=[film] if filmed else [], **how,
        )  # fmt: skip
        rows.append(counts(generate(players[0], 1000, seed=seeds).astype(float), centres(ring)))
        if filmed:
            still = _picture(_scores(judge, places), settings["grid"])
            found["steps"] = np.array([*alone.recorded_at, *(settings["still"] + s for s in looks)])
            found["cloud"] = np.concatenate(
                [alone.samples[:, 0], [cloud for cloud, _ in taken]]
            ).astype(np.float16)
            found["judge"] = np.stack([still] * len(alone.recorded_at) + [p for _, p in taken])
    return {"counts": np.stack(rows), **found}


def _freed_numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"seeds": str(len(settings["seeds"]))}
    for method, part in parts.items():
        for ratio, runs in zip(settings["ratios"], forgotten(part["counts"]), strict=True):
            found[f"{method}, ratio {ratio:g}"] = f"{int((runs == 0).sum())} of {runs.size}"
    return found


FREED = Study(
    name="freed-judges",
    question="Does a generator that collapsed against a judge at rest come back when it learns?",
    settings={
        "seeds": list(range(20)),
        "width": 32,
        "std": 0.1,
        "rate": 2e-3,
        "judge_steps": 300,
        "still": 300,
        "freed": 400,
        "ratios": [1, 4],
        "drawn": 200,
        "frames": 12,
        "grid": 28,
    },
    parts={method: partial(_freed, method) for method in METHODS},
    quantities=lambda parts: {
        f"modes forgotten, {method}, ratio no. {i}": runs.astype(float)
        for method, part in parts.items()
        for i, runs in enumerate(forgotten(part["counts"]))
    },
    numbers=_freed_numbers,
)

STUDIES = {study.name: study for study in (FROZEN, FREED)}

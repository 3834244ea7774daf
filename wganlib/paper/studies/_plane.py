"""Trainings in the plane as the studies share them: the data, the players, what is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib.distances.examples import grid_of_gaussians, ring_of_gaussians
from wganlib.distances.measures import Mixture
from wganlib.distances.transport import wasserstein_1
from wganlib.paper.study import Arrays, per_run
from wganlib.training.lipschitz import GradientPenalty, LipschitzRule, NoConstraint, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.objectives import WGAN, MinimaxGAN, NonSaturatingGAN, Objective
from wganlib.training.optimisers import RMSProp
from wganlib.training.sampling import generate
from wganlib.training.train import train

OBJECTIVES: dict[str, Objective] = {
    "gan-minimax": MinimaxGAN(),
    "gan-log-d": NonSaturatingGAN(),
    "wgan": WGAN(),
}

#: A mode is forgotten with less than this fraction of its even share of the points.
SHARE = 0.2


def rule(name: str, value: Any = 0.1) -> LipschitzRule:
    """Return a rule by name; ``value`` is the box c or the weight λ, one number or one a run."""
    if name == "none":
        return NoConstraint()
    if name == "clipping":
        return WeightClipping(value)
    return GradientPenalty(value, one_sided=name == "one-sided")


def place(name: str) -> Mixture:
    """Return the data: a ring of eight clusters, or a grid of 25."""
    if name == "ring":
        return ring_of_gaussians(8, std=0.1)
    return grid_of_gaussians(5, spacing=1.0, std=0.1)


def centres(data: Mixture) -> npt.NDArray[np.float64]:
    """Return the clusters' means, (k, 2)."""
    return np.array([part.mean for part in data.components])


def play(
    seeds: Sequence[int],
    *,
    objective: str,
    lipschitz: LipschitzRule,
    data: Any,
    rates: tuple[Any, Any],
    steps: int,
    n_critic: int = 1,
    d: int = 2,
    width: int = 32,
    hidden: Sequence[int] | None = None,
) -> npt.NDArray[np.float64]:
    """Train all runs at once and draw 1,000 points of each, (runs, 1000, d).

    ``rates`` are the critic's and the generator's. A run whose numbers overflow stays with the
    last that did not.
    """
    generator = MLP([d, *(hidden or [width] * 3), d], seed=list(seeds))
    critic = MLP([d, width, width, width, 1], seed=list(seeds))
    train(
        generator, critic, data, seed=list(seeds), steps=steps, n_critic=n_critic,
        objective=OBJECTIVES[objective], lipschitz=lipschitz, on_failure="freeze",
        optimiser=RMSProp(rates[0]), generator_optimiser=RMSProp(rates[1]),
    )  # fmt: skip
    return generate(generator, 1000, seed=list(seeds)).astype(float)


def counts(
    points: npt.NDArray[np.float64], modes: npt.NDArray[np.float64]
) -> npt.NDArray[np.int16]:
    """Return how many of each run's points are nearest to each mode, (k, runs)."""
    found = np.zeros((len(modes), len(points)), np.int16)
    for run, cloud in enumerate(points):
        nearest = ((cloud[:, None] - modes) ** 2).sum(-1).argmin(1)
        found[:, run] = np.bincount(nearest, minlength=len(modes))
    return found


def forgotten(nearest: npt.NDArray[Any], share: float = SHARE) -> npt.NDArray[np.int_]:
    """Return how many modes each run has forgotten, from counts (..., k, runs)."""
    even = nearest.sum(-2, keepdims=True) / nearest.shape[-2]
    found: npt.NDArray[np.int_] = (nearest < share * even).sum(-2)
    return found


def measured(
    points: npt.NDArray[np.float64], data: Mixture, seeds: Sequence[int], n: int = 200
) -> Arrays:
    """Return counts (k, runs), and EM to n real points and the share near a mode, (runs,)."""
    modes = centres(data)
    near = ((points[:, :, None] - modes) ** 2).sum(-1).min(2) < 0.3**2
    return {
        "counts": counts(points, modes),
        "em": per_run(
            [wasserstein_1(data.sample(n, seed=10_000 + s), cloud[:n])
             for s, cloud in zip(seeds, points, strict=True)]
        ),
        "near": per_run(near.mean(1)),
    }  # fmt: skip


def floor(data: Mixture, seeds: Sequence[int], n: int = 200) -> npt.NDArray[np.float32]:
    """Return EM between two sets of n real points, (runs,): what no generator can beat."""
    return per_run(
        [wasserstein_1(data.sample(n, seed=10_000 + s), data.sample(n, seed=20_000 + s))
         for s in seeds]
    )  # fmt: skip


def stacked(rows: Sequence[Mapping[str, npt.NDArray[Any]]]) -> Arrays:
    """Return arrays with an axis in front for the cases."""
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}

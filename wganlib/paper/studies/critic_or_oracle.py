"""A critic against exact distances of batches: the study of the last section on training."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from wganlib._validate import FloatArray
from wganlib.distances.examples import ring_of_gaussians
from wganlib.paper.studies.training_a_wgan import _pm, final_em, networks
from wganlib.paper.study import Arrays, Finding, Parts, Study, per_run
from wganlib.training.intervals import confidence, holm, p_value
from wganlib.training.lipschitz import GradientPenalty
from wganlib.training.networks import MLP
from wganlib.training.optimisers import RMSProp
from wganlib.training.sampling import generate
from wganlib.training.train import train

#: Teachers by name: who, and how many real points it is shown for one question.
ARMS: dict[str, tuple[str, int]] = {
    "critic-1": ("critic", 1),
    "critic-8": ("critic", 8),
    "critic-64": ("critic", 64),
    "oracle-1": ("oracle", 1),
    "oracle-5": ("oracle", 5),
    "oracle-8": ("oracle", 8),
    "oracle-40": ("oracle", 40),
    "oracle-64": ("oracle", 64),
    "oracle-320": ("oracle", 320),
}
#: The family of comparisons: an oracle and a critic with batches of one size, and an oracle
#: with as many real points a step as a critic, which draws five batches.
PAIRS: dict[str, tuple[str, str]] = {
    "batch 1": ("oracle-1", "critic-1"),
    "batch 8": ("oracle-8", "critic-8"),
    "batch 64": ("oracle-64", "critic-64"),
    "5 real points a step": ("oracle-5", "critic-1"),
    "40 real points a step": ("oracle-40", "critic-8"),
    "320 real points a step": ("oracle-320", "critic-64"),
}


def oracle_gradient(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the gradient of W₁ between two batches of one size at the points of y."""
    partner = x[linear_sum_assignment(cdist(y, x))[1]]
    way = y - partner
    return np.asarray(way / np.linalg.norm(way, axis=1, keepdims=True) / len(y))


def _taught(
    arm: str, seeds: list[int], rates: list[float], settings: Mapping[str, Any]
) -> tuple[MLP, MLP]:
    """Train generators on a teacher's word, a run for each seed and rate."""
    teacher, size = ARMS[arm]
    generator, critic = networks(seeds, settings["width"])
    ring, rule = ring_of_gaussians(8), RMSProp(tuple(rates))
    if teacher == "critic":
        train(
            generator, critic, ring, seed=seeds, steps=settings["steps"], batch=size,
            optimiser=rule, lipschitz=GradientPenalty(settings["lambda"]),
        )  # fmt: skip
        return generator, critic
    flat = generator.flat
    state = rule.start(flat.detach())
    rngs = [np.random.default_rng([seed, size]) for seed in seeds]
    for _ in range(settings["steps"]):
        z = np.stack([rng.standard_normal((size, 2)) for rng in rngs])
        real = np.stack([ring.sample(size, seed=rng) for rng in rngs])
        fake = generator(torch.from_numpy(z).float())
        pulls = map(oracle_gradient, real, fake.detach().double().numpy())
        pull = torch.from_numpy(np.stack(list(pulls))).float()
        (gradient,) = torch.autograd.grad(fake, flat, pull)
        rule.step(flat.data, gradient, state)
    return generator, critic


def _tuning(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Final EM of every teacher at every rate, on seeds of its own: (rates, seeds)."""
    seeds, grid = settings["tuning_seeds"], settings["rates"]
    found = {}
    for arm in ARMS:
        rates = np.repeat(grid, len(seeds)).tolist()
        generator, _ = _taught(arm, seeds * len(grid), rates, settings)
        em = final_em(generator, seeds, settings["points"], settings["draws"])
        found[arm] = per_run(em.reshape(len(grid), len(seeds)))
    return found


def best_rate(settings: Mapping[str, Any], scores: npt.ArrayLike) -> float:
    """Return the rate with the lowest mean score."""
    return float(settings["rates"][int(np.asarray(scores, float).mean(1).argmin())])


def _unit(v: FloatArray) -> FloatArray:
    return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))


def _directions(
    generator: MLP, critic: MLP, size: int, settings: Mapping[str, Any]
) -> tuple[FloatArray, FloatArray]:
    """Return mean cosines with the plan of 800 points, by run: the critic's and a batch's."""
    n, k, ring = settings["large"], settings["compared"], ring_of_gaussians(8)
    seeds = settings["seeds"]
    fakes = generate(generator, n, seed=[5_000_000 + seed for seed in seeds])
    x = torch.from_numpy(fakes).float().requires_grad_()
    (climb,) = torch.autograd.grad(critic(x).sum(), x)
    by_critic, by_batch = np.zeros(len(seeds)), np.zeros(len(seeds))
    for run, (seed, fake) in enumerate(zip(seeds, fakes, strict=True)):
        rng = np.random.default_rng([seed, 7])
        large = _unit(oracle_gradient(ring.sample(n, seed=rng), fake)[:k])
        small = [
            oracle_gradient(ring.sample(size, seed=rng), part)
            for part in np.split(fake[:k], k // size)
        ]
        up = climb[run, :k].double().numpy()
        by_critic[run] = (large * -_unit(up)).sum(1).mean()
        by_batch[run] = (large * _unit(np.concatenate(small))).sum(1).mean()
    return by_critic, by_batch


def _batch_loss(generator: MLP | None, size: int, settings: Mapping[str, Any]) -> FloatArray:
    """Return the mean W₁ of two batches by seed: real against real, or against a generator's."""
    ring, draws = ring_of_gaussians(8), settings["loss_draws"]
    seeds = settings["seeds"]
    made = None
    if generator is not None:
        made = generate(generator, size * draws, seed=[6_000_000 + seed for seed in seeds])
    losses = np.zeros(len(seeds))
    for run, seed in enumerate(seeds):
        rng = np.random.default_rng([seed, 8])
        both = ring.sample(2 * size * draws, seed=rng).reshape(2, draws, size, 2)
        fakes = both[1] if made is None else made[run].reshape(draws, size, 2)
        for real, fake in zip(both[0], fakes, strict=True):
            cost = cdist(real, fake)
            losses[run] += cost[linear_sum_assignment(cost)].mean() / draws
    return losses


def _arm(arm: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train on fresh seeds at the rate that tuning chose, and measure."""
    seeds, (teacher, size) = settings["seeds"], ARMS[arm]
    rates = [settings["chosen_rates"][arm]] * len(seeds)
    generator, critic = _taught(arm, seeds, rates, settings)
    found = {"em": per_run(final_em(generator, seeds, settings["points"], settings["draws"]))}
    if teacher == "critic":
        by_critic, by_batch = _directions(generator, critic, size, settings)
        found |= {"cosine_of_critic": per_run(by_critic), "cosine_of_batch": per_run(by_batch)}
    elif size in (1, 8, 64):
        found["loss_of_data"] = per_run(_batch_loss(None, size, settings))
        found["loss_of_generator"] = per_run(_batch_loss(generator, size, settings))
    return found


# --- what it says --------------------------------------------------------------------------


def leads(parts: Parts) -> dict[str, tuple[float, float, float]]:
    """Return, for each comparison, EM by oracle less EM by critic, half width, Holm's p."""
    gaps = {
        name: np.asarray(parts[oracle]["em"], float) - parts[critic]["em"]
        for name, (oracle, critic) in PAIRS.items()
    }
    adjusted = holm([float(p_value(gap)) for gap in gaps.values()])
    found = {}
    for (name, gap), p in zip(gaps.items(), adjusted, strict=True):
        mean, half = confidence(gap)
        found[name] = float(mean), float(half), float(p)
    return found


def winner(lead: tuple[float, float, float]) -> str:
    """Return who ends nearer to the data: oracle, critic, or undecided."""
    mean, _, p = lead
    return "undecided" if p >= 0.05 else "critic" if mean > 0 else "oracle"


def _answer(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """R7, a question: who teaches better, at one batch size and at equal real data?"""
    found = leads(parts)
    who = {name: winner(lead) for name, lead in found.items()}
    same = [who[name] for name in PAIRS if name.startswith("batch")]
    equal = [who[name] for name in PAIRS if not name.startswith("batch")]

    def count(words: list[str]) -> str:
        return f"the oracle in {words.count('oracle')}, the critic in {words.count('critic')}"

    grid = settings["rates"]
    edge = [arm for arm, rate in settings["chosen_rates"].items() if rate in (grid[0], grid[-1])]
    small_batches = same.count("critic") > 0 and equal.count("critic") == 0
    return Finding(
        "answered",
        f"Of three comparisons at one batch size, {count(same)} ends nearer to the data; of three "
        f"at equal real data, {count(equal)}; the others are undecided. "
        + (
            "What hurts an exact distance is the small batch, not that it is exact."
            if small_batches
            else "So the size of the batch does not explain all."
        ),
        {
            **{
                f"EM by oracle less EM by critic, {name}": f"{mean:.2f} ± {half:.2f}, p = {p:.2g}"
                for name, (mean, half, p) in found.items()
            },
            **{f"EM, {arm}": _pm(parts[arm]["em"]) for arm in ARMS},
        },
        seeds=len(settings["seeds"]),
        note="Ring of 8 Gaussians, 800 steps; the rate of every teacher chosen from "
        f"{', '.join(f'{r:g}' for r in settings['rates'])} on other seeds"
        + (f", at the end of that grid for {', '.join(edge)}" if edge else "")
        + ". A critic sees five batches a step. Differences are paired by seed, p by Holm over the "
        "six.",
    )


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    return {f"EM, {arm}": parts[arm]["em"] for arm in ARMS}


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    numbers = {"runs": str(len(settings["seeds"]))}
    for arm, (teacher, size) in ARMS.items():
        part = parts[arm]
        numbers[f"EM, {arm}"] = _pm(part["em"])
        numbers[f"rate, {arm}"] = f"{best_rate(settings, parts['tuning'][arm]):g}"
        if teacher == "critic":
            one, two = (np.asarray(part[f"cosine_of_{n}"], float) for n in ("critic", "batch"))
            numbers[f"cosine of critic, {size}"] = _pm(one)
            numbers[f"cosine of batch, {size}"] = _pm(two)
            numbers[f"cosine, critic less batch, {size}"] = _pm(one - two)
        elif "loss_of_data" in part:
            numbers[f"loss of data, {size}"] = _pm(part["loss_of_data"])
            numbers[f"loss of generator, {size}"] = _pm(part["loss_of_generator"])
    for name, (mean, half, p) in leads(parts).items():
        numbers[f"lead, {name}"] = f"{mean:.2f} ± {half:.2f}".replace("-", "−")
        numbers[f"winner, {name}"] = winner((mean, half, p))
    return numbers


ORACLE = Study(
    name="critic-or-oracle",
    question="Who teaches a generator better, a critic or the exact distance of batches?",
    settings={
        "seeds": list(range(10)),
        "tuning_seeds": [100, 101, 102],
        "rates": [1e-3, 2e-3, 4e-3],
        "chosen_rates": {
            "critic-1": 0.004,
            "critic-8": 0.002,
            "critic-64": 0.002,
            "oracle-1": 0.001,
            "oracle-5": 0.002,
            "oracle-8": 0.004,
            "oracle-40": 0.002,
            "oracle-64": 0.004,
            "oracle-320": 0.002,
        },
        "width": 32,
        "steps": 800,
        "lambda": 0.1,
        "points": 300,
        "draws": 4,
        "large": 800,
        "compared": 256,
        "loss_draws": 40,
    },
    parts={"tuning": _tuning, **{arm: partial(_arm, arm) for arm in ARMS}},
    quantities=_quantities,
    rows={"R7": _answer},
    numbers=_numbers,
    tuning=("tuning",),
    check_seeds=6,
)

STUDIES = {study.name: study for study in (ORACLE,)}

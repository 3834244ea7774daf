"""Which rule teaches a generator best: the contest of the chapter on Lipschitz rules."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from wganlib._validate import FloatArray
from wganlib.distances.duality import kantorovich_potential
from wganlib.paper.studies.lipschitz import CENTRES, RING, five, problem
from wganlib.paper.studies.training_a_wgan import _pm, matching_em, repeated
from wganlib.paper.study import Arrays, Finding, Parts, Study, below, per_run, verdict_of
from wganlib.training.evaluation import gradient_norms, mode_coverage
from wganlib.training.intervals import confidence, holm, p_value
from wganlib.training.lipschitz import (
    GradientPenalty,
    LipschitzRule,
    SpectralNorm,
    SphereProjection,
    WeightClipping,
)
from wganlib.training.networks import MLP
from wganlib.training.one_side import train_critic
from wganlib.training.optimisers import RMSProp
from wganlib.training.sampling import generate
from wganlib.training.train import train

#: Every rule by name, made from a constant for each run. Spectral normalisation has none.
RULES: dict[str, Callable[[Any], LipschitzRule]] = {
    "clipping": WeightClipping,
    "sphere": SphereProjection,
    "two-sided": GradientPenalty,
    "one-sided": lambda weight: GradientPenalty(weight, one_sided=True),
    "spectral": lambda constant: SpectralNorm(),
}


def _compete(
    rule: str, settings: Mapping[str, Any], entries: list[list[float]], seeds: list[int]
) -> tuple[MLP, MLP]:
    """Train a run for each constant, rate and seed; entries stand in blocks of seeds."""
    constants, rates = (repeated(column, len(seeds)) for column in zip(*entries, strict=True))
    many = seeds * len(entries)
    generator = MLP([2, 32, 32, 2], seed=many)
    critic = MLP([2, 32, 32, 32, 1], seed=many)
    train(
        generator, critic, RING, seed=many, steps=settings["steps"], batch=settings["batch"],
        lipschitz=RULES[rule](constants), optimiser=RMSProp(rates), on_failure="freeze",
    )  # fmt: skip
    return generator, critic


def _em(points: FloatArray, seeds: list[int]) -> FloatArray:
    """Return exact EM of each run's points to data drawn for its seed; NaN where a run failed."""
    found = np.full(len(points), np.nan)
    for run, made in enumerate(points):
        if np.isfinite(made).all():
            rng = np.random.default_rng([seeds[run % len(seeds)], 2])
            found[run] = matching_em(RING.sample(len(made), seed=rng), made)
    return found


def _tuning(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """EM of every rule at every setting of its grid, on seeds of its own: (settings, seeds)."""
    seeds, found = settings["tuning_seeds"], {}
    for rule, grid in settings["grids"].items():
        generator, _ = _compete(rule, settings, grid, seeds)
        made = generate(generator, settings["tuning_points"], seed=seeds * len(grid))
        found[rule] = per_run(_em(made, seeds).reshape(len(grid), -1))
    return found


def best_of(
    settings: Mapping[str, Any], scores: Mapping[str, npt.ArrayLike], rule: str,
    constant: float | None = None, rate: float | None = None,
) -> list[float]:  # fmt: skip
    """Return the setting with the lowest mean score, among those with a constant or rate."""
    grid = settings["grids"][rule]
    means = np.asarray(scores[rule], float).mean(1)
    fits = [
        (mean, entry)
        for mean, entry in zip(means, grid, strict=True)
        if constant in (None, entry[0]) and rate in (None, entry[1]) and math.isfinite(mean)
    ]
    return list(min(fits)[1])


#: What is measured of each entry.
ENTRY = ("em", "modes", "slope", "seconds")


def _entry(entry: list[Any], settings: Mapping[str, Any]) -> Arrays:
    rule, constant, rate = entry
    paired = rule in ("clipping", "sphere")
    seeds = settings["seeds"] + (settings["more_seeds"] if paired else [])
    started = time.process_time()
    generator, critic = _compete(rule, settings, [[constant, rate]], seeds)
    took = (time.process_time() - started) / len(seeds)
    made = generate(generator, settings["points"], seed=seeds)
    modes = [mode_coverage(run, CENTRES, 0.3).covered for run in made]
    steepest = gradient_norms(critic, made).max(1)
    rows = (_em(made, seeds), modes, steepest, [took])
    return {key: per_run(row) for key, row in zip(ENTRY, rows, strict=True)}


def _final(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """EM, modes, slope and time of every entry on fresh seeds; the last axis is seeds."""
    found: Arrays = {}
    done: dict[tuple[Any, ...], str] = {}
    for name, entry in settings["entries"].items():
        first = done.setdefault(tuple(entry), name)
        if first == name:
            found |= {f"{name}: {key}": row for key, row in _entry(entry, settings).items()}
        else:  # the best setting of all may be the best at its rate, too
            found |= {f"{name}: {key}": found[f"{first}: {key}"] for key in ENTRY}
    seeds = settings["seeds"]
    newborn = generate(MLP([2, 32, 32, 2], seed=seeds), settings["points"], seed=seeds)
    found["untrained: em"] = per_run(_em(newborn, seeds))
    data = [RING.sample(settings["points"], seed=np.random.default_rng([s, 3])) for s in seeds]
    found["data: em"] = per_run(_em(np.stack(data), seeds))
    return found


def blurred(n: int, rng: np.random.Generator) -> FloatArray:
    """Draw data with noise of width 0.3 on them."""
    return np.asarray(RING.sample(n, seed=rng) + 0.3 * rng.standard_normal((n, 2)))


def _data(n: int, rng: np.random.Generator) -> FloatArray:
    return np.asarray(RING.sample(n, seed=rng))


def _pushes(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Near the goal, λ = 10: cosine of each penalty's critic with exact transport, and slopes."""
    seeds, rng = settings["seeds"], np.random.default_rng(4)
    real, fake = _data(300, rng), blurred(300, rng)
    way = kantorovich_potential(real, fake).gradient(fake)
    found = {}
    for name, one_sided in (("two-sided", False), ("one-sided", True)):
        for goal, where in ((blurred, fake), (_data, real)):
            judge = MLP([2, 32, 32, 32, 1], seed=seeds)
            train_critic(
                judge, RING, goal, seed=seeds, steps=500, optimiser=RMSProp(1e-3),
                lipschitz=GradientPenalty(10.0, one_sided=one_sided),
            )  # fmt: skip
            x = torch.tensor(where, dtype=torch.float32).expand(len(seeds), -1, -1).clone()
            x.requires_grad_()
            push = torch.autograd.grad(judge(x).sum(), x)[0].double().numpy()
            size = np.linalg.norm(push, axis=-1)
            if goal is blurred:
                cosine = (push * way).sum(-1) / np.maximum(size, 1e-30)
                found[f"{name}: cosine"] = per_run(cosine.mean(-1))
                found[f"{name}: slope"] = per_run(size.mean(-1))
            else:
                found[f"{name}: slope at the goal"] = per_run(size.mean(-1))
    return found


def _gallery(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Each rule's critic of the fixed problem: a picture, the share of EM, the mean slope."""
    seeds, cells = settings["seeds"][:16], settings["cells"]
    real, fake = problem()
    middle = (np.arange(cells) + 0.5) * 6 / cells - 3
    ground = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
    everywhere, exact = np.concatenate([real, fake, ground]), matching_em(real, fake)
    found = {}
    for rule in RULES:
        _, constant, rate = settings["entries"][rule]
        seen = train_critic(
            MLP([2, 32, 32, 32, 1], seed=seeds), RING, five, seed=seeds, steps=400,
            lipschitz=RULES[rule](constant), optimiser=RMSProp(rate),
            probe=everywhere, record_at=[400],
        )  # fmt: skip
        scores, steepest = seen.scores[0], seen.slopes[0].max(-1)
        up, down = scores[:, :300].mean(-1), scores[:, 300:600].mean(-1)
        picture = (scores[0, 600:] - (up[0] + down[0]) / 2) / steepest[0]
        found[f"{rule}: picture"] = per_run(picture.reshape(cells, cells))
        found[f"{rule}: share"] = per_run((up - down) / steepest / exact)
        found[f"{rule}: mean slope"] = per_run(seen.slopes[0, :, :600].mean(-1))
    return found


def at_edge(settings: Mapping[str, Any]) -> list[str]:
    """Return the rules whose chosen constant or rate is the first or last of its grid."""
    found = []
    for rule, grid in settings["grids"].items():
        columns = zip(*grid, strict=True)
        for value, column in zip(settings["entries"][rule][1:], columns, strict=True):
            if len(set(column)) > 1 and value in (min(column), max(column)):
                found.append(f"{rule} ({value:g})")
    return found


# --- what it says --------------------------------------------------------------------------


def em_of(parts: Parts, entry: str) -> FloatArray:
    """Return the final EM of an entry by seed."""
    return np.asarray(parts["final"][f"{entry}: em"], float)


def against(parts: Parts, one: str, two: str) -> FloatArray:
    """Return the difference in EM of two entries over the seeds that they share."""
    first, second = em_of(parts, one), em_of(parts, two)
    n = min(first.size, second.size)
    return first[:n] - second[:n]


def gained(parts: Parts) -> float:
    """Return by how much clipping, as tuned, brought EM down."""
    return float(em_of(parts, "untrained").mean() - em_of(parts, "clipping").mean())


def within(values: FloatArray, margin: float) -> bool | None:
    """Say whether a mean lies within ± margin: by its whole interval, outside by it, or None."""
    mean, half = map(float, confidence(values))
    return True if abs(mean) + half < margin else False if abs(mean) - half > margin else None


def _little(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """A4: the sphere differs little from clipping.

    The margin, fixed before: a tenth of what clipping gained, by the whole 95 % interval of the
    paired difference, at both learning rates, each rule with its best constant there.
    """
    margin = gained(parts) / 10
    gaps = {
        rate: against(parts, f"sphere, α = {rate:g}", f"clipping, α = {rate:g}")
        for rate in settings["compared_rates"]
    }
    said = [within(gap, margin) for gap in gaps.values()]
    words = {True: "within", False: "beyond", None: "across"}
    return Finding(
        verdict_of(*said, scaled_down=True),
        "Sphere minus clipping in EM: "
        + " and ".join(
            f"{_pm(gap, 3)} at α = {rate:g} ({words[holds]} the margin of {margin:.3f})"
            for (rate, gap), holds in zip(gaps.items(), said, strict=True)
        )
        + ".",
        {
            **{
                f"EM, {rule}, α = {rate:g}": _pm(em_of(parts, f"{rule}, α = {rate:g}"), 3)
                for rule in ("clipping", "sphere")
                for rate in gaps
            },
            **{f"difference at α = {rate:g}": _pm(gap, 3) for rate, gap in gaps.items()},
            "a tenth of what clipping gained": margin,
        },
        seeds=min(gap.size for gap in gaps.values()),
        note="Ring of eight clusters, 400 generator steps. Holds if both whole intervals lie "
        "within a tenth of what clipping gained, a margin that was fixed before the runs.",
    )


def penalties(settings: Mapping[str, Any], parts: Parts) -> dict[str, tuple[FloatArray, float]]:
    """Return each other entry's EM less clipping's, and Holm's p over the family."""
    names = [n for n in settings["entries"] if n != "clipping" and ", α" not in n]
    gaps = {name: against(parts, name, "clipping") for name in names}
    adjusted = holm([float(p_value(gap)) for gap in gaps.values()])
    return {name: (gap, float(p)) for (name, gap), p in zip(gaps.items(), adjusted, strict=True)}


def _replaces(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """A5: a gradient penalty can take the place of clipping.

    The margin: both penalties, as tuned, end nearer to the data than clipping, by the whole
    interval of the paired difference and with Holm's p below 0.05.
    """
    family = penalties(settings, parts)
    holds = []
    for name in ("two-sided", "one-sided"):
        gap, p = family[name]
        mean, half = map(float, confidence(gap))
        holds.append(None if p >= 0.05 else below(mean, half))
    return Finding(
        verdict_of(*holds, scaled_down=True),
        f"Tuned alike, clipping ends at an EM of {_pm(em_of(parts, 'clipping'))}, the two-sided "
        f"penalty at {_pm(em_of(parts, 'two-sided'))}, the one-sided at "
        f"{_pm(em_of(parts, 'one-sided'))}; real data are at {_pm(em_of(parts, 'data'))}.",
        {
            **{
                f"EM less clipping's, {name}": f"{_pm(gap, 3)}, p = {p:.2g}"
                for name, (gap, p) in family.items()
            },
            "EM, clipping": _pm(em_of(parts, "clipping"), 3),
            "real against real": _pm(em_of(parts, "data"), 3),
            "cosine to exact transport near the goal, two-sided, λ = 10": _pm(
                parts["pushes"]["two-sided: cosine"]
            ),
            "one-sided": _pm(parts["pushes"]["one-sided: cosine"]),
        },
        seeds=len(settings["seeds"]),
        note="Ring of eight clusters, 400 generator steps; every rule tuned over sixteen settings "
        "or more (spectral normalisation: six rates) on other seeds. p by Holm over the family."
        + (f" At an end of its grid: {', '.join(at_edge(settings))}." if at_edge(settings) else ""),
    )


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    count = len(CONTEST.settings["seeds"])
    named = {
        f"EM, {name}": parts["final"][f"{name}: em"][:count] for name in CONTEST.settings["entries"]
    }
    return named | {
        f"cosine, {n}": parts["pushes"][f"{n}: cosine"] for n in ("two-sided", "one-sided")
    }


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    numbers = {
        "runs": str(len(settings["seeds"])),
        "paired runs": str(len(settings["seeds"]) + len(settings["more_seeds"])),
    }
    numbers |= {"margin": f"{gained(parts) / 10:.3f}", "gained": f"{gained(parts):.2f}"}
    for name in settings["entries"]:
        numbers[f"EM, {name}"] = _pm(em_of(parts, name))
        numbers[f"modes, {name}"] = f"{parts['final'][f'{name}: modes'].mean():.1f}"
    for name, (gap, p) in penalties(settings, parts).items():
        numbers[f"gap, {name}"] = _pm(gap).replace("-", "−")
        numbers[f"p, {name}"] = f"{p:.2g}" if p >= 0.001 else "below 0.001"
    sides = against(parts, "two-sided, λ = 10", "one-sided, λ = 10")
    numbers["two-sided less one-sided, λ = 10"] = _pm(sides).replace("-", "−")
    sides = against(parts, "two-sided", "one-sided")
    numbers["two-sided less one-sided, tuned"] = _pm(sides).replace("-", "−")
    for rate in settings["compared_rates"]:
        gap = against(parts, f"sphere, α = {rate:g}", f"clipping, α = {rate:g}")
        numbers[f"sphere less clipping, {rate:g}"] = _pm(gap, 3).replace("-", "−")
    for name in ("two-sided", "one-sided"):
        for column in ("cosine", "slope", "slope at the goal"):
            numbers[f"{column}, {name}"] = _pm(parts["pushes"][f"{name}: {column}"])
    for rule in RULES:
        numbers[f"share, {rule}"] = f"{100 * parts['gallery'][f'{rule}: share'].mean():.0f} %"
    return numbers


_RATES = (1e-3, 3e-3, 1e-2, 3e-2)
_GRIDS = {
    "clipping": (0.03, 0.1, 0.3, 1.0),
    "sphere": (2.0, 4.0, 8.0, 16.0, 32.0),
    "two-sided": (0.1, 0.3, 1.0, 10.0),
    "one-sided": (0.1, 0.3, 1.0, 10.0),
}

CONTEST = Study(
    name="lipschitz-contest",
    question="Which rule for the critic brings a generator nearest to the data, tuned alike?",
    settings={
        "seeds": list(range(32)),
        "more_seeds": list(range(32, 64)),
        "tuning_seeds": list(range(100, 108)),
        "grids": {
            **{r: [[c, rate] for c in grid for rate in _RATES] for r, grid in _GRIDS.items()},
            "spectral": [[1.0, rate] for rate in (3e-4, 6e-4, 1e-3, 2e-3, 3e-3, 6e-3)],
        },
        "compared_rates": [1e-3, 3e-3],
        "entries": {
            "clipping": ["clipping", 0.1, 0.003],
            "sphere": ["sphere", 32.0, 0.01],
            "two-sided": ["two-sided", 1.0, 0.01],
            "one-sided": ["one-sided", 1.0, 0.01],
            "spectral": ["spectral", 1.0, 0.003],
            "two-sided, λ = 10": ["two-sided", 10.0, 0.01],
            "one-sided, λ = 10": ["one-sided", 10.0, 0.003],
            "clipping, α = 0.001": ["clipping", 0.03, 0.001],
            "clipping, α = 0.003": ["clipping", 0.1, 0.003],
            "sphere, α = 0.001": ["sphere", 2.0, 0.001],
            "sphere, α = 0.003": ["sphere", 8.0, 0.003],
        },
        "steps": 400,
        "batch": 32,
        "points": 400,
        "tuning_points": 200,
        "cells": 30,
    },
    parts={"tuning": _tuning, "final": _final, "pushes": _pushes, "gallery": _gallery},
    quantities=_quantities,
    rows={"A4": _little, "A5": _replaces},
    numbers=_numbers,
    tuning=("tuning",),
    check_seeds=8,
)

STUDIES = {study.name: study for study in (CONTEST,)}

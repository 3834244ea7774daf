"""How far critics are from a known W₁ and its gradient, by rule and dimension: in *lipschitz*.

The pairs are made as Korotin, Kolesov and Burnaev (2022) make theirs: from a 1-Lipschitz
function, the distance to the nearest of a few places, by moving points along its rays. It costs
about two CPU minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib._validate import FloatArray
from wganlib.paper.experiment import interval
from wganlib.paper.studies.training_a_wgan import _pm, repeated
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, beyond, per_run, verdict_of
from wganlib.training.lipschitz import (
    GradientPenalty,
    LipschitzRule,
    Orthonormal,
    SpectralNorm,
    WeightClipping,
)
from wganlib.training.networks import MLP
from wganlib.training.one_side import train_critic
from wganlib.training.optimisers import RMSProp

#: Activation and rule of each solver, made from a constant for each run, if it has one.
SOLVERS: dict[str, tuple[str, Callable[[Any], LipschitzRule]]] = {
    "clipping": ("relu", WeightClipping),
    "two-sided": ("relu", GradientPenalty),
    "one-sided": ("relu", lambda weight: GradientPenalty(weight, one_sided=True)),
    "spectral": ("relu", lambda constant: SpectralNorm()),
    "sorting": ("groupsort", lambda constant: Orthonormal()),
}
#: The penalties at the strength that papers use, beside the tuned one.
CUSTOMARY = {"two-sided, λ = 10": "two-sided", "one-sided, λ = 10": "one-sided"}
#: What is measured of each critic.
MEASURED = ("cosine", "value", "steepest")
#: Fixed before the runs: a value this near to W₁ is faithful, and within 45° is a direction.
NEAR, ANGLE = 0.05, float(np.sqrt(0.5))


def places(d: int, settings: Mapping[str, Any]) -> FloatArray:
    """Draw the places from which the potential rises, on a sphere."""
    found = np.random.default_rng([d, 5]).normal(size=(settings["places"], d))
    radius: float = settings["radius"]
    return np.asarray(radius * found / np.linalg.norm(found, axis=1, keepdims=True))


def pair(centres: FloatArray, rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
    """Draw points of a bell, and move each half of the way to the nearest place: a ray.

    The potential is the distance to the nearest place. It falls along each ray by the way moved,
    so the mean way is W₁, and its gradient at both ends points along the ray.
    """
    d = centres.shape[1]
    real = 2 / np.sqrt(d) * rng.normal(size=(n, d))
    nearest = centres[(real @ centres.T - (centres**2).sum(1) / 2).argmax(1)]
    return real, (real + nearest) / 2


def _critics(
    solver: str, d: int, entries: list[list[float]], seeds: list[int], settings: Mapping[str, Any]
) -> MLP:
    """Train a critic for each constant, rate and seed; entries stand in blocks of seeds."""
    constants, rates = (repeated(column, len(seeds)) for column in zip(*entries, strict=True))
    activation, rule = SOLVERS[solver]
    many, centres = seeds * len(entries), places(d, settings)
    critic = MLP([d, *settings["hidden"], 1], seed=many, activation=activation)
    train_critic(
        critic, lambda n, rng: pair(centres, rng, n)[0],
        lambda n, rng: pair(centres, rng, n)[1], seed=many, steps=settings["steps"],
        batch=settings["batch"], lipschitz=rule(constants), optimiser=RMSProp(rates),
    )  # fmt: skip
    return critic


def measure(critic: MLP, d: int, settings: Mapping[str, Any]) -> dict[str, FloatArray]:
    """Return cosine, value over W₁, and steepest slope of each run, at points of their own.

    The cosine is that of the critic's gradient at generated points with the ray's direction.
    """
    import torch

    real, fake = pair(places(d, settings), np.random.default_rng([d, 6]), settings["points"])
    way = real - fake
    far = np.linalg.norm(way, axis=1)
    slopes, scores = [], []
    for where in (fake, real, (real + fake) / 2):
        x = torch.tensor(where, dtype=torch.float32).expand(critic.runs, -1, -1).clone()
        x.requires_grad_()
        out = critic(x)
        slopes.append(torch.autograd.grad(out.sum(), x)[0].double().numpy())
        scores.append(out.detach()[..., 0].double().numpy())
    sizes = [np.linalg.norm(slope, axis=2) for slope in slopes]
    along = (slopes[0] * (way / far[:, None])).sum(2) / np.maximum(sizes[0], 1e-30)
    return {
        "cosine": along.mean(1),
        "value": (scores[1] - scores[0]).mean(1) / far.mean(),
        "steepest": np.max(sizes, axis=(0, 2)),
    }


def _tuning(solver: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Try every setting in every dimension, on seeds of their own: (settings, seeds)."""
    grid = settings["grids"][solver]
    seeds = settings["tuning_seeds"][: settings["tuning_runs"] // len(grid)]
    found: Arrays = {}
    for d in settings["dimensions"]:
        critic = _critics(solver, d, grid, seeds, settings)
        for name, values in measure(critic, d, settings).items():
            found[f"{name}, {d}"] = per_run(values.reshape(len(grid), -1))
    return found


def _final(solver: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train with what tuning chose in each dimension, on fresh seeds."""
    found: Arrays = {}
    for d in settings["dimensions"]:
        entry = settings["tuned"][solver][str(d)]
        critic = _critics(solver, d, [entry], settings["seeds"], settings)
        found |= {f"{k}, {d}": per_run(v) for k, v in measure(critic, d, settings).items()}
    return found


def _customary(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train both penalties at the strength that papers use, each at its best rate there."""
    found: Arrays = {}
    weight = settings["customary"]
    for solver, d in product(CUSTOMARY.values(), settings["dimensions"]):
        rate = settings["tuned_rates"][solver][str(d)]
        critic = _critics(solver, d, [[weight, rate]], settings["seeds"], settings)
        measured = measure(critic, d, settings)
        found |= {f"{solver}, {k}, {d}": per_run(v) for k, v in measured.items()}
    return found


def _baselines(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Cosines without training: untrained critics, and arrows to the mean of the real points."""
    found, seeds = {}, settings["seeds"]
    for d in settings["dimensions"]:
        newborn = MLP([d, *settings["hidden"], 1], seed=seeds)
        found[f"untrained, {d}"] = per_run(measure(newborn, d, settings)["cosine"])
        means = []
        for seed in seeds:
            lot = np.random.default_rng([seed, d, 8])
            real, fake = pair(places(d, settings), lot, settings["points"])
            arrows, way = real.mean(0) - fake, real - fake
            sizes = np.linalg.norm(arrows, axis=1) * np.linalg.norm(way, axis=1)
            means.append(((arrows * way).sum(1) / sizes).mean())
        found[f"to the mean, {d}"] = per_run(means)
    return found


# --- what it says ----------------------------------------------------------------------


def best(settings: Mapping[str, Any], parts: Parts) -> dict[str, dict[str, list[float]]]:
    """Return the setting with the largest mean cosine, for each solver and dimension."""
    return {
        solver: {
            str(d): list(
                settings["grids"][solver][
                    int(parts[f"tuning-{solver}"][f"cosine, {d}"].mean(1).argmax())
                ]
            )
            for d in settings["dimensions"]
        }
        for solver in SOLVERS
    }


def best_rates(settings: Mapping[str, Any], parts: Parts) -> dict[str, dict[str, float]]:
    """Return the rate of the largest mean cosine at the customary strength."""
    found: dict[str, dict[str, float]] = {}
    for solver, d in product(CUSTOMARY.values(), settings["dimensions"]):
        means = parts[f"tuning-{solver}"][f"cosine, {d}"].mean(1)
        rows = [
            (float(mean), entry[1])
            for mean, entry in zip(means, settings["grids"][solver], strict=True)
            if entry[0] == settings["customary"]
        ]
        found.setdefault(solver, {})[str(d)] = max(rows)[1]
    return found


def estimate(parts: Parts, solver: str, d: int) -> FloatArray:
    """Return what a solver takes for W₁, over W₁.

    The value itself, or for clipping, whose unit nobody knows, the value over the steepest slope.
    """
    value = of(parts, solver, "value", d)
    return value / of(parts, solver, "steepest", d) if solver == "clipping" else value


def of(parts: Parts, solver: str, name: str, d: int) -> FloatArray:
    """Return what was measured of a solver in each run."""
    if solver in CUSTOMARY:
        return np.asarray(parts["customary"][f"{CUSTOMARY[solver]}, {name}, {d}"], float)
    return np.asarray(parts[solver][f"{name}, {d}"], float)


def _faithful(estimates: FloatArray) -> bool | None:
    """Say whether a mean estimate lies within the margin around W₁ by its whole interval."""
    mean, half = interval(estimates)
    miss = abs(mean - 1)
    return True if miss + half < NEAR else False if miss - half > NEAR else None


def _low(found: Mapping[str, FloatArray], but: str) -> str:
    """Return the least and the largest mean of all but one."""
    means = [float(values.mean()) for name, values in found.items() if name != but]
    return f"{min(means):.2f} and {max(means):.2f}"


def _unfaithful(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """X8a: in the highest dimension no solver's value is within 5 % of W₁.

    All five as tuned, and both penalties at the customary strength.
    """
    d = settings["dimensions"][-1]
    found = {solver: estimate(parts, solver, d) for solver in (*SOLVERS, *CUSTOMARY)}
    said = [_faithful(values) for values in found.values()]
    holds = [None if near is None else not near for near in said]
    nearest = min(found, key=lambda solver: abs(found[solver].mean() - 1))
    return Finding(
        verdict_of(*holds, scaled_down=True),
        f"In {d} dimensions the nearest of seven estimates of W₁, that of {NAMES[nearest]}, is "
        f"{_pm(found[nearest])} of it; the others are between {_low(found, nearest)}.",
        {NAMES[solver]: _pm(values, 3) for solver, values in found.items()},
        seeds=len(settings["seeds"]),
        note=NOTE,
    )


def _pointing(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """X8b: in the highest dimension most solvers' gradients are within 45° of the exact one."""
    d = settings["dimensions"][-1]
    found = {solver: of(parts, solver, "cosine", d) for solver in SOLVERS}
    said = [above(*interval(values), ANGLE) for values in found.values()]
    sure, never = sum(x is True for x in said), sum(x is False for x in said)
    most = len(SOLVERS) // 2 + 1
    floor = np.asarray(parts["baselines"][f"to the mean, {d}"], float)
    return Finding(
        verdict_of(beyond((sure, len(said) - never), most - 0.5), scaled_down=True),
        f"In {d} dimensions the gradients of {sure} of {len(said)} solvers are within 45° of the "
        f"exact one, a cosine of {ANGLE:.2f}; arrows to the mean of the real points have "
        f"{_pm(floor)}.",
        {NAMES[solver]: _pm(values, 3) for solver, values in found.items()},
        seeds=len(settings["seeds"]),
        note=NOTE,
    )


NAMES = {
    "clipping": "clipping",
    "two-sided": "the two-sided penalty",
    "one-sided": "the one-sided penalty",
    "spectral": "spectral normalisation",
    "sorting": "GroupSort with orthonormal layers",
    "two-sided, λ = 10": "the two-sided penalty with λ = 10",
    "one-sided, λ = 10": "the one-sided penalty with λ = 10",
}
NOTE = (
    "Four places, two hidden layers of 32, 600 critic steps, at most 32 dimensions; every solver "
    "tuned by the cosine with 40 runs in each dimension on other seeds. Clipping's value is "
    "divided by its steepest slope."
)


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    return {
        f"{name}, {solver}": values
        for solver in SOLVERS
        for name, values in parts[solver].items()
        if name.startswith("cosine")
    }


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"seeds": str(len(settings["seeds"])), "tuning runs": str(settings["tuning_runs"])}
    for d in settings["dimensions"]:
        for solver in (*SOLVERS, *CUSTOMARY):
            said = estimate(parts, solver, d)
            steepest = of(parts, solver, "steepest", d)
            found[f"share, {solver}, {d}"] = _pm(of(parts, solver, "value", d) / steepest)
            found[f"cosine, {solver}, {d}"] = _pm(of(parts, solver, "cosine", d))
            found[f"estimate, {solver}, {d}"] = _pm(said)
            found[f"steepest, {solver}, {d}"] = _pm(steepest)
        for name in ("untrained", "to the mean"):
            found[f"cosine, {name}, {d}"] = _pm(parts["baselines"][f"{name}, {d}"]).replace(
                "-", "−"
            )
    return found


_TRIED = {
    "clipping": ((0.03, 0.1, 0.3, 1.0, 3.0), (3e-5, 1e-4, 3e-4, 1e-3)),
    "two-sided": ((0.01, 0.1, 1.0, 10.0, 100.0), (1e-3, 3e-3, 1e-2, 3e-2)),
    "one-sided": ((0.01, 0.1, 1.0, 10.0, 100.0), (1e-3, 3e-3, 1e-2, 3e-2)),
}
_FINE = (3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 2e-3, 4e-3, 1e-2, 3e-2)

SOLVED = Study(
    name="dual-solvers",
    question="How far are critics from a known W₁, and from its gradient, in 2 to 32 dimensions?",
    settings={
        "seeds": list(range(12)),
        "tuning_seeds": [100, 101, 102, 103],
        "tuning_runs": 40,
        "dimensions": [2, 8, 32],
        "places": 4,
        "radius": 3.0,
        "hidden": [32, 32],
        "steps": 600,
        "batch": 64,
        "points": 1000,
        "grids": {
            **{s: [[c, rate] for c in row for rate in rates] for s, (row, rates) in _TRIED.items()},
            **{solver: [[1.0, rate] for rate in _FINE] for solver in ("spectral", "sorting")},
        },
        "customary": 10.0,
        # The best of the sweep, by dimension: a test compares them with its kept scores.
        "tuned": {
            "clipping": {"2": [0.3, 0.0001], "8": [1.0, 0.0001], "32": [0.3, 0.0003]},
            "two-sided": {"2": [1.0, 0.003], "8": [1.0, 0.01], "32": [1.0, 0.003]},
            "one-sided": {"2": [1.0, 0.003], "8": [0.1, 0.03], "32": [0.1, 0.01]},
            "spectral": {"2": [1.0, 0.0001], "8": [1.0, 0.0001], "32": [1.0, 0.0001]},
            "sorting": {"2": [1.0, 0.004], "8": [1.0, 0.004], "32": [1.0, 0.004]},
        },
        "tuned_rates": {
            "two-sided": {"2": 0.003, "8": 0.003, "32": 0.003},
            "one-sided": {"2": 0.003, "8": 0.01, "32": 0.003},
        },
    },
    parts={
        **{f"tuning-{solver}": partial(_tuning, solver) for solver in SOLVERS},
        **{solver: partial(_final, solver) for solver in SOLVERS},
        "customary": _customary,
        "baselines": _baselines,
    },
    quantities=_quantities,
    rows={"X8a": _unfaithful, "X8b": _pointing},
    numbers=_numbers,
    tuning=tuple(f"tuning-{solver}" for solver in SOLVERS),
)

STUDIES = {study.name: study for study in (SOLVED,)}

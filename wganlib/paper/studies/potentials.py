"""Which activations let a norm-constrained critic be a Kantorovich potential: in *lipschitz*.

Pairs of distributions whose W₁ is known, because each point was moved along a ray of a
1-Lipschitz function: then that function is a potential, and the way is the distance. It costs
about one CPU minute.
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
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, below, per_run, verdict_of
from wganlib.training.evaluation import lipschitz_bound
from wganlib.training.lipschitz import (
    LipschitzRule,
    Orthonormal,
    SpectralNorm,
)
from wganlib.training.networks import MLP
from wganlib.training.one_side import train_critic
from wganlib.training.optimisers import RMSProp

#: Points before and after they were moved along rays, by which the potential rises.
Pair = tuple[FloatArray, FloatArray]
ACTIVATIONS = ("relu", "leaky_relu", "tanh", "groupsort")
RULES: dict[str, Callable[[], LipschitzRule]] = {
    "spectral": SpectralNorm,
    "orthonormal": Orthonormal,
}
#: Places from which the potential of three cones rises.
TURNS = 2 * np.pi * np.arange(3) / 3
CENTRES = 1.5 * np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1)
#: A share of W₁ above this counts as all of it. Fixed before the runs.
MARGIN = 0.95
#: Where scores are kept on the fold, along the x₁ axis.
ALONG = (-1.5, 1.5, 61)
PROFILE = np.linspace(*ALONG)
WORDS = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "tanh": "tanh",
    "groupsort": "GroupSort",
}


def plane(rng: np.random.Generator, n: int) -> Pair:
    """Move a bell by 1: the potential x₁ is linear."""
    fake = rng.normal(size=(n, 2))
    return fake + np.array([1.0, 0.0]), fake


def fold(rng: np.random.Generator, n: int) -> Pair:
    """Move two halves apart, each by 1: the potential |x₁| has one fold."""
    side = rng.choice([-1.0, 1.0], n)
    across, along = side * rng.uniform(0, 0.5, n), 0.5 * rng.normal(size=n)
    return np.stack([across + side, along], 1), np.stack([across, along], 1)


def cones(rng: np.random.Generator, n: int) -> Pair:
    """Move points half of the way to the nearest of three places, the distance to which it is."""
    real = 1.5 * rng.normal(size=(n, 2))
    away = real[:, None] - CENTRES
    nearest = np.linalg.norm(away, axis=2).argmin(1)
    return real, real - away[np.arange(n), nearest] / 2


PAIRS: dict[str, Callable[[np.random.Generator, int], Pair]] = {
    "plane": plane,
    "fold": fold,
    "cones": cones,
}


def _critics(
    pair: str, activation: str, rule: str, rates: list[float], seeds: list[int],
    settings: Mapping[str, Any],
) -> MLP:  # fmt: skip
    """Train a critic for each rate and seed; rates stand in blocks of seeds."""
    many = seeds * len(rates)
    critic = MLP(settings["sizes"], seed=many, activation=activation)
    train_critic(
        critic, lambda n, rng: PAIRS[pair](rng, n)[0], lambda n, rng: PAIRS[pair](rng, n)[1],
        seed=many, steps=settings["steps"], batch=settings["batch"],
        lipschitz=RULES[rule](), optimiser=RMSProp(repeated(rates, len(seeds))),
    )  # fmt: skip
    return critic


def shares(critic: MLP, pair: str, points: int) -> FloatArray:
    """Return which share of W₁ each run's critic proves: its value over its layers' norms.

    Each point is compared with where it was moved to, so no sample is in the way: no
    1-Lipschitz function gives more than the distance moved, and a potential gives just that.
    """
    import torch

    real, fake = PAIRS[pair](np.random.default_rng(7), points)
    with torch.no_grad():
        up, down = (critic(torch.tensor(x, dtype=torch.float32))[..., 0] for x in (real, fake))
    value = (up.double() - down.double()).mean(1).numpy()
    way = np.linalg.norm(real - fake, axis=1).mean()
    return np.asarray(value / (lipschitz_bound(critic) * way))


def profile(critic: MLP) -> FloatArray:
    """Return scores along the x₁ axis, 0 at the origin, in units of the layers' norms."""
    import torch

    x = np.stack([PROFILE, np.zeros_like(PROFILE)], 1)
    with torch.no_grad():
        scores = critic(torch.tensor(x, dtype=torch.float32))[..., 0].double().numpy()
    middle = scores[:, PROFILE.size // 2, None]
    return np.asarray((scores - middle) / lipschitz_bound(critic)[:, None])


def _tuning(activation: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Try every rate with every rule, on seeds of their own: (rates, seeds)."""
    seeds, grid, found = settings["tuning_seeds"], settings["rates"], {}
    for rule, pair in product(RULES, PAIRS):
        critic = _critics(pair, activation, rule, grid, seeds, settings)
        proved = shares(critic, pair, settings["points"])
        found[f"{rule}, {pair}"] = per_run(proved.reshape(len(grid), -1))
    return found


def _final(activation: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train with what tuning chose for each rule and pair, on fresh seeds."""
    found = {}
    for rule, pair in product(RULES, PAIRS):
        rate = settings["tuned"][activation][f"{rule}, {pair}"]
        critic = _critics(pair, activation, rule, [rate], settings["seeds"], settings)
        found[f"{rule}, {pair}"] = per_run(shares(critic, pair, settings["points"]))
        if pair == "fold":
            found[f"{rule}, profile"] = per_run(profile(critic).T)
    return found


# --- what it says ----------------------------------------------------------------------


def chosen(settings: Mapping[str, Any], parts: Parts) -> dict[str, dict[str, float]]:
    """Return the rate with the largest mean share, for each activation, rule and pair."""
    found: dict[str, dict[str, float]] = {}
    for activation in ACTIVATIONS:
        tried = parts[f"tuning-{activation}"]
        found[activation] = {
            name: settings["rates"][int(row.mean(1).argmax())] for name, row in tried.items()
        }
    return found


def best_rule(parts: Parts, activation: str, pair: str) -> str:
    """Return the rule with the largest mean share in the tuning."""
    tried = parts[f"tuning-{activation}"]
    rows = {name: row.mean(1).max() for name, row in tried.items() if name.endswith(f", {pair}")}
    return max(rows, key=lambda name: rows[name]).split(", ")[0]


def proved(parts: Parts, activation: str, pair: str) -> FloatArray:
    """Return the shares of fresh critics under the rule that tuning found best."""
    name = f"{best_rule(parts, activation, pair)}, {pair}"
    return np.asarray(parts[activation][name], float)


def _values(parts: Parts) -> dict[str, float | str]:
    return {
        f"{WORDS[activation]}, {pair}": f"{_pm(proved(parts, activation, pair), 3)}"
        f" ({best_rule(parts, activation, pair)})"
        for pair in PAIRS
        for activation in ACTIVATIONS
    }


def _short(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """X5a: ReLU falls short of a potential that is not linear, and not of one that is.

    The margin, fixed before: the whole interval of the share, under the best rule, lies below
    95 % on both pairs that bend, and above it on the pair whose potential is linear.
    """
    bent = {pair: proved(parts, "relu", pair) for pair in ("fold", "cones")}
    flat = proved(parts, "relu", "plane")
    holds = [below(*interval(share), MARGIN) for share in bent.values()]
    return Finding(
        verdict_of(*holds, above(*interval(flat), MARGIN), scaled_down=True),
        f"Of W₁ a ReLU critic proves a share of {_pm(bent['fold'])} where the potential is |x₁| "
        f"and {_pm(bent['cones'])} where it has three cones; where it is linear, {_pm(flat)}.",
        _values(parts),
        seeds=len(settings["seeds"]),
        note=NOTE,
    )


def _reaches(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """X5b: GroupSort proves nearly all of W₁ where it can be the potential, and more than ReLU.

    The margins, fixed before: above 95 % on the fold, which it can be exactly, and on the plane;
    and on both pairs that bend at least a tenth more than ReLU, seed by seed.
    """
    sort = {pair: proved(parts, "groupsort", pair) for pair in PAIRS}
    gains = [sort[pair] - proved(parts, "relu", pair) for pair in ("fold", "cones")]
    holds = [above(*interval(sort[pair]), MARGIN) for pair in ("plane", "fold")]
    return Finding(
        verdict_of(*holds, *(above(*interval(gain), 0.1) for gain in gains), scaled_down=True),
        f"A GroupSort critic proves a share of {_pm(sort['fold'])} where the potential is |x₁|, "
        f"{_pm(gains[0])} more than ReLU, and {_pm(sort['cones'])} where it has three cones, "
        f"{_pm(gains[1])} more.",
        _values(parts),
        seeds=len(settings["seeds"]),
        note=NOTE,
    )


NOTE = (
    "In the plane, two hidden layers of 32, the better of two rules, each tuned on other seeds. "
    "Share: the critic's value over the product of its layers' norms and over W₁."
)


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    return {
        f"share, {activation}, {name}": row
        for activation in ACTIVATIONS
        for name, row in parts[activation].items()
        if not name.endswith("profile")
    }


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"seeds": str(len(settings["seeds"]))}
    for pair, activation in product(PAIRS, ACTIVATIONS):
        found[f"{activation}, {pair}"] = _pm(proved(parts, activation, pair))
        found[f"{activation}, {pair}, rule"] = best_rule(parts, activation, pair)
        for rule in RULES:
            found[f"{activation}, {rule}, {pair}"] = _pm(parts[activation][f"{rule}, {pair}"])
    return found


def _rates(*of_rules: tuple[float, ...]) -> dict[str, float]:
    """Name a rate for each rule and pair."""
    names = [f"{rule}, {pair}" for rule, pair in product(RULES, PAIRS)]
    return dict(zip(names, (rate for row in of_rules for rate in row), strict=True))


POTENTIALS = Study(
    name="known-potentials",
    question="How much of a known W₁ can a norm-constrained critic prove, by its activation?",
    settings={
        "seeds": list(range(12)),
        "tuning_seeds": [100, 101],
        "sizes": [2, 32, 32, 1],
        "steps": 1000,
        "batch": 64,
        "points": 4000,
        "along": list(ALONG),
        "rates": [3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
        # The best of the sweep, which a test compares with its kept scores: rates on the plane,
        # the fold and the cones.
        "tuned": {
            "relu": _rates((0.001, 0.01, 0.01), (0.01, 0.003, 0.01)),
            "leaky_relu": _rates((0.003, 0.03, 0.003), (0.03, 0.01, 0.003)),
            "tanh": _rates((0.001, 0.03, 0.01), (0.01, 0.03, 0.01)),
            "groupsort": _rates((0.001, 0.003, 0.001), (0.001, 0.03, 0.01)),
        },
    },
    parts={
        **{f"tuning-{activation}": partial(_tuning, activation) for activation in ACTIVATIONS},
        **{activation: partial(_final, activation) for activation in ACTIVATIONS},
    },
    quantities=_quantities,
    rows={"X5a": _short, "X5b": _reaches},
    numbers=_numbers,
    tuning=tuple(f"tuning-{activation}" for activation in ACTIVATIONS),
)

STUDIES = {study.name: study for study in (POTENTIALS,)}

"""What moves the critic: the study behind the chapter on stability."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib.distances.examples import ring_of_gaussians
from wganlib.paper.studies.images import text
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, per_run, verdict_of
from wganlib.training.intervals import confidence
from wganlib.training.lipschitz import GradientPenalty, LipschitzRule, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.optimisers import Adam, RMSProp, Watched
from wganlib.training.train import train

Array = npt.NDArray[Any]
Settings = Mapping[str, Any]

#: The critic's optimisers, and the β₁ of those that are Adam.
MOVERS = {"rmsprop": 0.0, "adam-0": 0.0, "adam-09": 0.9}
RULES = ("clipping", "penalty")
SMALL = (
    "Ring of eight in the plane, 200 generator steps, small critics; a run breaks if it ends "
    "farther from the data than half of where it began. The paper saw it at times, in long "
    "trainings of large critics."
)


def _movers(name: str, settings: Settings, progress: bool) -> Arrays:
    """Train on the ring with one optimiser of the critic, over rates and rules."""
    seeds, rates = settings["seeds"], settings["rates"]
    runs = list(seeds) * len(rates)
    rate = tuple(np.repeat(rates, len(seeds)).tolist())
    arrays: Arrays = {}
    made: LipschitzRule
    for rule, made in (("clipping", WeightClipping(0.1)), ("penalty", GradientPenalty(0.1))):
        moves = RMSProp(rate) if name == "rmsprop" else Adam(rate, (MOVERS[name], 0.999))
        watched = Watched(moves)
        history = train(
            MLP([2, 32, 32, 2], seed=runs), MLP([2, 32, 32, 1], seed=runs),
            ring_of_gaussians(8, std=0.1), seed=runs, steps=settings["steps"],
            lipschitz=made, optimiser=watched, generator_optimiser=RMSProp(5e-4),
            evaluate_every=settings["steps"] // settings["looks"], evaluation_points=150,
        )  # fmt: skip
        shape = (len(rates), len(seeds))
        looks = settings["looks"]
        cosines = watched.take().reshape(looks, -1, *shape)
        arrays[f"{rule}_em"] = per_run(history.em.reshape(-1, *shape))
        arrays[f"{rule}_cosine"] = per_run(cosines.mean(1))
        arrays[f"{rule}_uphill"] = per_run((cosines < 0).mean((0, 1)))
    return arrays


def broken(em: Array) -> Array:
    """Which runs broke: they end farther from the data than half of where they began."""
    return np.asarray(~(em[-1] < em[0] / 2))


def _share_broken(parts: Parts, mover: str, rule: str) -> Array:
    """The share of rates at which each seed's run broke, shape (seeds,)."""
    return np.asarray(broken(parts[mover][f"{rule}_em"]).mean(0))


def _momentum(settings: Settings, parts: Parts) -> Finding:
    """S2a: momentum breaks more runs than RMSProp, seed by seed, over rates and rules."""
    of = f"of {2 * len(settings['rates']) * len(settings['seeds'])}"
    share = {m: sum(_share_broken(parts, m, r) for r in RULES) / len(RULES) for m in MOVERS}
    count = {m: sum(int(broken(parts[m][f"{r}_em"]).sum()) for r in RULES) for m in MOVERS}
    gap, half = confidence(share["adam-09"] - share["rmsprop"])
    slow = {m: int(broken(parts[m]["clipping_em"])[:2].sum()) for m in MOVERS}
    fast = {m: int(broken(parts[m]["clipping_em"])[2:].sum()) for m in MOVERS}
    uphill = {m: max(float(parts[m][f"{r}_uphill"].mean(-1).max()) for r in RULES) for m in MOVERS}
    return Finding(
        verdict_of(above(float(gap), float(half)), scaled_down=True),
        f"Over four rates and two rules, {count['adam-09']} runs {of} break with momentum and "
        f"{count['rmsprop']} with RMSProp. With clipping it depends on the rate: at the two small "
        f"ones {slow['adam-09']} against {slow['rmsprop']}, at the two large ones "
        f"{fast['adam-09']} against {fast['rmsprop']}.",
        {
            "runs that break, momentum": f"{count['adam-09']} {of}",
            "runs that break, RMSProp": f"{count['rmsprop']} {of}",
            "share of runs, momentum less RMSProp": f"{gap:.2f} ± {half:.2f}".replace("-", "−"),
            "share of steps uphill, most, momentum": uphill["adam-09"],
            "share of steps uphill, RMSProp": uphill["rmsprop"],
        },
        seeds=len(settings["seeds"]),
        note=f"{SMALL} Steps uphill happen with momentum only, as a theorem says.",
    )


def _high_rate(settings: Settings, parts: Parts) -> Finding:
    """S2b: with the paper's clipping, the largest rate breaks more runs than the smallest."""
    runs = len(settings["seeds"])
    count = {r: broken(parts["rmsprop"][f"{r}_em"]).sum(-1) for r in RULES}
    each = broken(parts["rmsprop"]["clipping_em"]).astype(float)
    gap, half = confidence(each[-1] - each[0])
    rates = settings["rates"]
    return Finding(
        verdict_of(above(float(gap), float(half)), scaled_down=True),
        f"With clipping and RMSProp {count['clipping'][-1]} of {runs} runs break at the critic's "
        f"rate {rates[-1]:g}, and {count['clipping'][0]} at {rates[0]:g}; with a gradient penalty "
        f"{count['penalty'][-1]} and {count['penalty'][0]}.",
        {
            f"runs that break, {rule}, rate {rate:g}": f"{count[rule][k]} of {runs}"
            for rule in RULES
            for k, rate in ((0, rates[0]), (len(rates) - 1, rates[-1]))
        },
        seeds=runs,
        note=SMALL,
    )


def _mover_quantities(parts: Parts) -> Mapping[str, Array]:
    return {
        f"{rule} EM, {mover}, rate {k}": parts[mover][f"{rule}_em"][-1, k]
        for mover in parts
        for rule in RULES
        for k in range(len(MOMENTUM.settings["rates"]))
    }


def _mover_numbers(settings: Settings, parts: Parts) -> dict[str, str]:
    shown: dict[str, str] = {}
    for mover, part in parts.items():
        for rule in RULES:
            for k, rate in enumerate(settings["rates"]):
                case = f"{mover} {rule} {rate:g}"
                shown[f"{case} em"] = text(part[f"{rule}_em"][-1, k])
                shown[f"{case} broken"] = str(int(broken(part[f"{rule}_em"])[k].sum()))
                shown[f"{case} cosine"] = f"{part[f'{rule}_cosine'][:, k].mean():.2f}"
                shown[f"{case} uphill"] = f"{100 * part[f'{rule}_uphill'][k].mean():.1f} %"
    return shown


MOMENTUM = Study(
    name="critic-momentum",
    question="Does momentum, or a high learning rate, in the critic's optimiser make training "
    "unstable?",
    settings={
        "seeds": list(range(32)),
        "rates": [2e-3, 8e-3, 3.2e-2, 1.28e-1],
        "steps": 200,
        "looks": 5,
    },
    parts={name: partial(_movers, name) for name in MOVERS},
    quantities=_mover_quantities,
    rows={"S2a": _momentum, "S2b": _high_rate},
    numbers=_mover_numbers,
)

STUDIES = {study.name: study for study in (MOMENTUM,)}

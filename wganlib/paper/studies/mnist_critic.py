"""What moves the critic, on MNIST: momentum and high rates, where the paper met them.

The plan and its cost, on one core of a 2020s server: a run of 2,400 updates, an eighth of those
of the study ``mnist``, takes two minutes with its two looks. Three optimisers, three rates and five
seeds are 45 runs, an hour and a half.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from wganlib.paper import image_runs
from wganlib.paper import images as image_experiments
from wganlib.paper.studies.images import Array, Settings, text
from wganlib.paper.studies.mnist import MNIST
from wganlib.paper.studies.mnist_yardsticks import material
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, per_run, verdict_of
from wganlib.training.intervals import confidence
from wganlib.training.optimisers import Adam, RMSProp, Watched

#: The critic's optimisers, and the β₁ of those that are Adam.
MOVERS = {"rmsprop": 0.0, "adam-0": 0.0, "adam-09": 0.9}
SEEDS = tuple(range(5))
#: What is kept of every look.
COURSE = ("feature", "pixel", "covered", "cosine", "against")
SMALL = (
    "DCGANs of 107,000 and 42,000 weights on MNIST at 32×32 pixels, c = 0.01, 400 generator steps; "
    "the generator keeps RMSProp at 0.001. A run breaks if it ends nearer to where it began than "
    "to where RMSProp ends on the mean at the smallest rate. The paper saw it at times, in long "
    "trainings of large critics."
)


def _train(mover: str, place: int, settings: Settings, progress: bool) -> Arrays:
    """Train from one seed with one optimiser of the critic, at every rate."""
    seed, found, runs = settings["seeds"][place], material(settings), []
    cell = image_experiments.CELLS["dcgan-wgan"]
    for rate in settings["critic rates"]:
        moves = RMSProp(rate) if mover == "rmsprop" else Adam(rate, (MOVERS[mover], 0.999))
        with TemporaryDirectory() as folder:
            state = Path(folder) / "state.npz"
            run = image_runs.Run(cell, settings, seed, "cpu", found, state, None)
            run.method["optimiser"] = Watched(moves)
            arrays: Arrays = {}
            for look in range(settings["looks"] + 1):
                arrays = run.look(look, arrays)
        runs.append(arrays)
    kept = {name: per_run([run[name] for run in runs]) for name in (*COURSE, "failed")}
    if place == 0:  # one seed's pictures are enough
        kept["sheet"] = np.stack([run["sheet"] for run in runs])
    return kept


def course(parts: Parts, mover: str, name: str = "feature") -> Array:
    """Return what was measured with one optimiser, shape (looks, rates, seeds)."""
    runs = [parts[f"{mover}-{place}"][name] for place in range(len(SEEDS))]
    return np.moveaxis(np.asarray(runs, float), (0, 1, 2), (2, 1, 0))


def broken(parts: Parts, mover: str) -> Array:
    """Which runs broke, shape (rates, seeds); one that could not go on did."""
    em = course(parts, mover)
    middle = (em[0] + course(parts, "rmsprop")[-1, 0].mean()) / 2
    return np.asarray(~(em[-1] < middle))


def _of(count: int, runs: int) -> str:
    return f"{count} of {runs}"


def _momentum(settings: Settings, parts: Parts) -> Finding:
    """S2c: momentum breaks more runs than RMSProp, seed by seed, over the rates."""
    rates = settings["critic rates"]
    runs = len(rates) * len(SEEDS)
    found = {mover: broken(parts, mover) for mover in MOVERS}
    count = {mover: int(each.sum()) for mover, each in found.items()}
    gap, half = confidence(found["adam-09"].mean(0) - found["rmsprop"].mean(0))
    uphill = {mover: 100 * np.nanmean(course(parts, mover, "against")[1:]) for mover in MOVERS}
    ends = {mover: text(course(parts, mover)[-1, 0], 1) for mover in MOVERS}
    return Finding(
        verdict_of(above(float(gap), float(half)), scaled_down=True),
        f"Over {len(rates)} rates {_of(count['adam-09'], runs)} runs break with momentum, "
        f"{count['rmsprop']} with RMSProp and {count['adam-0']} with Adam without momentum. At the "
        f"smallest rate they end at EM {ends['adam-09']}, {ends['rmsprop']} and {ends['adam-0']} "
        "in features.",
        {
            "runs that break, momentum": _of(count["adam-09"], runs),
            "runs that break, RMSProp": _of(count["rmsprop"], runs),
            "runs that break, Adam with β₁ = 0": _of(count["adam-0"], runs),
            "share of runs, momentum less RMSProp": f"{gap:.2f} ± {half:.2f}".replace("-", "−"),
            "steps uphill, momentum": f"{uphill['adam-09']:.1f} %",
            "steps uphill, RMSProp": f"{uphill['rmsprop']:.1f} %",
        },
        seeds=len(SEEDS),
        note=SMALL,
    )


def _high_rate(settings: Settings, parts: Parts) -> Finding:
    """S2d: with RMSProp the largest rate breaks more runs than the smallest, seed by seed."""
    rates, each = settings["critic rates"], broken(parts, "rmsprop")
    gap, half = confidence(each[-1].astype(float) - each[0])
    ends = course(parts, "rmsprop")[-1]
    return Finding(
        verdict_of(above(float(gap), float(half)), scaled_down=True),
        f"With RMSProp {_of(int(each[-1].sum()), len(SEEDS))} runs break at the critic's rate "
        f"{rates[-1]:g}, {int(each[0].sum())} at {rates[0]:g}; EM in features is "
        f"{text(ends[-1], 1)} and {text(ends[0], 1)}.",
        {
            **{
                f"runs that break, rate {rate:g}": _of(int(each[k].sum()), len(SEEDS))
                for k, rate in enumerate(rates)
            },
            **{f"EM, rate {rate:g}": text(ends[k], 1) for k, rate in enumerate(rates)},
        },
        seeds=len(SEEDS),
        note=SMALL,
    )


def _quantities(parts: Parts) -> Mapping[str, Array]:
    """One number a seed: with five seeds a check of more of them could not disagree."""
    ends = [np.log(course(parts, mover)[-1, 0]) for mover in MOVERS]
    return {"log of EM in features at the smallest rate, mean over optimisers": np.mean(ends, 0)}


CRITIC_ON_MNIST = Study(
    name="mnist-critic",
    question="On MNIST, does momentum, or a high learning rate, in the critic's optimiser make "
    "training unstable?",
    settings={
        **{
            key: value
            for key, value in MNIST.settings.items()
            if key not in ("grids", "tuning updates", "tuning seed", "tuned among", "high")
        },
        "looks": 1,
        "updates a look": 2_400,
        "critic rates": [1e-3, 4e-3, 1.6e-2],
        "seeds": list(SEEDS),
    },
    parts={
        f"{mover}-{place}": partial(_train, mover, place)
        for place in range(len(SEEDS))
        for mover in MOVERS
    },
    quantities=_quantities,
    rows={"S2c": _momentum, "S2d": _high_rate},
    check_seeds=5,
)

STUDIES = {CRITIC_ON_MNIST.name: CRITIC_ON_MNIST}

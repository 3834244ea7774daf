"""Later methods beside the paper's on MNIST: a wider box, a gradient penalty, R1 with pairs.

The plan and its cost, on one core of a 2020s server: a run of 18,000 updates takes 8 to 10 minutes
in a box, 12 with the gradient penalty and 13 with the relativistic GAN; a cell of a sweep, a fifth
of that. Nine runs and sixteen cells are two and a half hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from wganlib.paper import image_runs
from wganlib.paper import images as image_experiments
from wganlib.paper.experiment import Surroundings
from wganlib.paper.studies.images import MEASURES, Array, Settings, ends, text
from wganlib.paper.studies.mnist import MNIST, passes
from wganlib.paper.studies.mnist_yardsticks import baselines, material, swept
from wganlib.paper.study import Arrays, Parts, Study

#: The methods, and what each is called.
METHODS = {
    "box": image_experiments.Cell("WGAN, box three times as wide", "dcgan", "dcgan", "wgan"),
    "penalty": image_experiments.Cell("WGAN, gradient penalty", "dcgan", "unnormalised", "penalty"),
    "relativistic": image_experiments.Cell(
        "relativistic GAN, R1 and R2", "dcgan", "unnormalised", "relativistic"
    ),
}
SEEDS = (0, 1, 2)
RATES = (2e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3)
#: Pairs of weight and rate: all rates at one weight, and two more weights at one rate.
GRIDS = {
    "penalty": [[10, rate] for rate in RATES] + [[1, 1e-3], [100, 1e-3]],
    "relativistic": [[1, rate] for rate in RATES] + [[0.1, 1e-3], [10, 1e-3]],
}
#: The weight and the rate of each method: c of the box, then the winners of the sweeps.
CHOSEN = {"box": [0.03, 1e-3], "penalty": [10, 4e-3], "relativistic": [1, 4e-3]}


def _tuning(kind: str, settings: Settings, progress: bool) -> Arrays:
    """Train a fifth as long with every weight and rate of a method's grid."""
    return {"scores": swept(METHODS[kind], settings["grids"][kind], settings)}


def _train(kind: str, seed: int, settings: Settings, progress: bool) -> Arrays:
    weight, rate = settings["chosen"][kind]
    with image_runs.state_of(None) as base:
        arrays = image_runs.kept_run(
            base, f"{seed}", METHODS[kind], {**settings, "c": weight, "weight": weight}, seed,
            Surroundings(progress=progress), material(settings), rate,
        )  # fmt: skip
    return {key: value for key, value in arrays.items() if key != "frames"}


def cells(parts: Parts) -> dict[str, Mapping[str, Array]]:
    """Return the methods, each with an axis for its seeds, and the baselines."""
    found: dict[str, Mapping[str, Array]] = {"baselines": parts["baselines"]}
    for kind in METHODS:
        found[kind] = image_runs.stack([dict(parts[f"{kind}-{seed}"]) for seed in SEEDS])
    return found


def _numbers(settings: Settings, parts: Parts) -> dict[str, str]:
    made = cells(parts)
    shown = {}
    for kind in METHODS:
        for measure, digits in MEASURES.items():
            shown[f"{kind} {measure}"] = text(ends(made, kind, measure), digits)
        shown[f"{kind} passes"] = passes(made, kind)
        shown[f"{kind} lost"] = f"{int((ends(made, kind, 'covered') < 10).sum())} of {len(SEEDS)}"
    return shown


METHODS_ON_MNIST = Study(
    name="mnist-methods",
    question="On MNIST, with the networks and the updates of the study of that name: what do a "
    "wider box, a gradient penalty, and a relativistic GAN with R1 and R2 change?",
    settings={
        **MNIST.settings,
        # A method's weight and rate: λ of the penalty, γ of R1 and R2. The box was tuned before.
        "grids": GRIDS,
        "chosen": CHOSEN,
        "seeds": list(SEEDS),
    },
    parts={
        **{f"tuning-{kind}": partial(_tuning, kind) for kind in GRIDS},
        "baselines": baselines,
        **{f"{kind}-{seed}": partial(_train, kind, seed) for seed in SEEDS for kind in METHODS},
    },
    numbers=_numbers,
    tuning=(*(f"tuning-{kind}" for kind in GRIDS), "baselines"),
)

STUDIES = {METHODS_ON_MNIST.name: METHODS_ON_MNIST}

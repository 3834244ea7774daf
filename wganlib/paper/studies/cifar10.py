"""CIFAR-10 at 32×32 in colour, all classes and one: how far a CPU goes.

The plan and its cost, on one core of a 2020s server: 4 to 5 minutes a run of 9,000 updates, and 6
for the images that no network made: 25 minutes in all. One run of a kind is shown, and not judged.
"""

from __future__ import annotations

import functools
from functools import partial

from wganlib.paper import image_runs
from wganlib.paper import images as image_experiments
from wganlib.paper.experiment import Surroundings
from wganlib.paper.studies import mnist_yardsticks as yardsticks
from wganlib.paper.studies.images import Settings, ends, text
from wganlib.paper.study import Arrays, Parts, Study

#: The trainings: which images, and which method.
CELLS = {
    f"{which}-{method}": image_experiments.CELLS[f"dcgan-{method}"]
    for which in ("all", "one")
    for method in ("wgan", "gan")
}


@functools.lru_cache(maxsize=2)
def _images(known: image_experiments.Material, which: str, name: str) -> image_experiments.Material:
    """Return all images, or those of one class; the judge knows all ten."""
    if which == "all":
        return known
    train, held_out = (part.of_classes(name) for part in (known.train, known.held_out))
    return image_experiments.Material(train, held_out, known.judge, known.accuracy)


def _given(settings: Settings, which: str) -> tuple[image_experiments.Material, Settings]:
    """Return the images, and the settings with as many points as half of the held-out ones."""
    found = _images(yardsticks.material(settings), which, settings["class"])
    return found, {**settings, "points": settings["points of"][which]}


def _baselines(which: str, settings: Settings, progress: bool) -> Arrays:
    found, told = _given(settings, which)
    return yardsticks.baselines_of(found, told["points"])


def _train(cell: str, settings: Settings, progress: bool) -> Arrays:
    found, told = _given(settings, cell.partition("-")[0])
    (seed,) = settings["seeds"]
    with image_runs.state_of(None) as base:
        run = image_runs.kept_run(
            base, f"{seed}", CELLS[cell], told, seed, Surroundings(progress=progress), found, None
        )
    return image_runs.stack([{key: part for key, part in run.items() if key != "frames"}])


def _numbers(settings: Settings, parts: Parts) -> dict[str, str]:
    shown = {"class": settings["class"]}
    shown |= {"judge accuracy": f"{100 * float(parts['baselines-all']['accuracy']):.0f} %"}
    for cell in CELLS:
        for measure, digits in (("feature", 1), ("pixel", 2), ("covered", 0), ("confidence", 2)):
            shown[f"{cell} {measure}"] = f"{ends(parts, cell, measure)[0]:.{digits}f}"
    for which in ("all", "one"):
        for kind in (*yardsticks.BASELINES, "real"):
            for row, digits in ((0, 1), (1, 2)):
                values = parts[f"baselines-{which}"][kind][row]
                shown[f"{which} {kind} {yardsticks.ROWS_OF[row]}"] = text(values, digits)
    return shown


CIFAR10 = Study(
    name="cifar10",
    question="How far do the networks of the study on MNIST get with small photographs in colour?",
    settings={
        "data": "cifar10",
        "channels": 3,
        "budget": "mnist",
        **image_experiments.BUDGETS["mnist"],
        # Half of the study on MNIST: 9,000 updates.
        "looks": 5,
        "class": "automobile",
        # A set of held-out images that is twice as large gives the floor: 10,000, and 1,000.
        "points of": {"all": 2_000, "one": 500},
        "seeds": [0],
    },
    parts={
        **{f"baselines-{which}": partial(_baselines, which) for which in ("all", "one")},
        **{cell: partial(_train, cell) for cell in CELLS},
    },
    numbers=_numbers,
    tuning=("baselines-all", "baselines-one"),
)

STUDIES = {study.name: study for study in (CIFAR10,)}

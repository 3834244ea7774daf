"""Trainings and figures by name: every one a seeded configuration that can be taken up again.

A *training* is a data set, an objective, a Lipschitz rule and a few numbers, whose defaults are
the paper's. An *experiment* is a figure of the paper, in parts that are kept as soon as they are
computed. Both leave a small directory behind: arrays, and a ``config.json`` that says what
was run, by which versions, on what, and for how long. Nothing is written in place: a file that
is there is whole.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wganlib.paper.choices import DATASETS as DATASETS
    from wganlib.paper.choices import OBJECTIVES as OBJECTIVES
    from wganlib.paper.choices import OPTIMISERS as OPTIMISERS
    from wganlib.paper.choices import RULES as RULES
    from wganlib.paper.choices import Choice as Choice
    from wganlib.paper.experiment import Arrays as Arrays
    from wganlib.paper.experiment import Experiment as Experiment
    from wganlib.paper.experiment import Failure as Failure
    from wganlib.paper.experiment import Part as Part
    from wganlib.paper.experiment import Result as Result
    from wganlib.paper.experiment import Row as Row
    from wganlib.paper.experiment import Surroundings as Surroundings
    from wganlib.paper.experiment import interval as interval
    from wganlib.paper.figures import FIGURES as FIGURES
    from wganlib.paper.figures import STUDY as STUDY
    from wganlib.paper.figures import Difference as Difference
    from wganlib.paper.figures import check as check
    from wganlib.paper.figures import figure as figure
    from wganlib.paper.result_folder import CHECKPOINT as CHECKPOINT
    from wganlib.paper.result_folder import CONFIG as CONFIG
    from wganlib.paper.result_folder import HISTORY as HISTORY
    from wganlib.paper.result_folder import PACKAGES as PACKAGES
    from wganlib.paper.result_folder import PART as PART
    from wganlib.paper.result_folder import hardware as hardware
    from wganlib.paper.result_folder import read_config as read_config
    from wganlib.paper.result_folder import versions as versions
    from wganlib.paper.result_folder import write_json as write_json
    from wganlib.paper.saved import Saved as Saved
    from wganlib.paper.saved import read as read
    from wganlib.paper.saved import read_parts as read_parts
    from wganlib.paper.sweep import Sweep as Sweep
    from wganlib.paper.sweep import final as final
    from wganlib.paper.sweep import grid as grid
    from wganlib.paper.sweep import sweep as sweep
    from wganlib.paper.trainings import Training as Training
    from wganlib.paper.trainings import course as course
    from wganlib.paper.trainings import train as train

#: Where each name lives; it is loaded on first use, so that a list does not load a solver.
_HOME = {
    **dict.fromkeys(
        ("Arrays", "Experiment", "Failure", "Part", "Result", "Row", "Surroundings", "interval"),
        "wganlib.paper.experiment",
    ),
    **dict.fromkeys(
        ("Choice", "DATASETS", "OBJECTIVES", "OPTIMISERS", "RULES"), "wganlib.paper.choices"
    ),
    **dict.fromkeys(("Difference", "FIGURES", "STUDY", "check", "figure"), "wganlib.paper.figures"),
    **dict.fromkeys(
        (
            "CHECKPOINT",
            "CONFIG",
            "HISTORY",
            "PACKAGES",
            "PART",
            "hardware",
            "read_config",
            "versions",
            "write_json",
        ),
        "wganlib.paper.result_folder",
    ),
    **dict.fromkeys(("Saved", "read", "read_parts"), "wganlib.paper.saved"),
    **dict.fromkeys(("Training", "course", "train"), "wganlib.paper.trainings"),
    **dict.fromkeys(("Sweep", "final", "grid", "sweep"), "wganlib.paper.sweep"),
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'wganlib.paper.experiments' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

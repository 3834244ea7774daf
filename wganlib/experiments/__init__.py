"""Trainings and figures by name: every one a seeded configuration that can be taken up again.

A *training* is a data set, an objective, a Lipschitz rule and a few numbers, whose defaults are
the paper's. An *experiment* is a figure of the paper, in parts that are kept as soon as they are
computed. Both leave a small directory behind: arrays, and a ``config.json`` that says what
was run, by which versions, on what, and for how long. Nothing is written in place: a file that
is there is whole.
"""

from __future__ import annotations

from wganlib.experiment import (
    Arrays,
    Experiment,
    Failure,
    Part,
    Result,
    Row,
    Surroundings,
    interval,
)
from wganlib.experiments._choices import DATASETS, OBJECTIVES, OPTIMISERS, RULES, Choice
from wganlib.experiments._figures import FIGURES, STUDY, Difference, check, figure
from wganlib.experiments._folder import (
    CHECKPOINT,
    CONFIG,
    HISTORY,
    PACKAGES,
    PART,
    hardware,
    read_config,
    versions,
    write_json,
)
from wganlib.experiments._saved import Saved, read, read_parts
from wganlib.experiments._trainings import Training, course, train

__all__ = [
    "CHECKPOINT",
    "CONFIG",
    "DATASETS",
    "FIGURES",
    "HISTORY",
    "OBJECTIVES",
    "OPTIMISERS",
    "PACKAGES",
    "PART",
    "RULES",
    "STUDY",
    "Arrays",
    "Choice",
    "Difference",
    "Experiment",
    "Failure",
    "Part",
    "Result",
    "Row",
    "Saved",
    "Surroundings",
    "Training",
    "check",
    "course",
    "figure",
    "hardware",
    "interval",
    "read",
    "read_config",
    "read_parts",
    "train",
    "versions",
    "write_json",
]

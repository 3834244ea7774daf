"""What an experiment is: a figure of the paper as a configuration, and what it found.

Which experiments there are: :mod:`wganlib.paper.experiments`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import wganlib

Arrays = dict[str, npt.NDArray[Any]]
Row = dict[str, float | str]


class Failure(Exception):
    """Something outside of the arguments is wrong: a damaged file, a directory in use."""


@dataclass(frozen=True)
class Surroundings:
    """What a part of an experiment may use beside its settings."""

    checkpoint: Path | None = None  # where a long part may keep its state
    device: str = "cpu"
    progress: bool = False
    root: str | None = None  # where images are, if their name does not say


Part = Callable[[Mapping[str, Any], Surroundings], Arrays]


@dataclass(frozen=True)
class Experiment:
    """A figure of the paper as a configuration: computed in parts, shown as a table.

    Attributes
    ----------
    title, source : str
    settings : dict
        Everything that determines the numbers, seeds included, as JSON keeps it.
    parts : dict of str to function
        Each takes the settings and the surroundings and returns arrays.
    table : function
        From the arrays of all parts, by part, to rows.
    summary : function
        From the same to named numbers.
    """

    title: str
    source: str
    settings: Mapping[str, Any]
    parts: Mapping[str, Part]
    table: Callable[[Mapping[str, Any], Mapping[str, Arrays]], list[Row]]
    summary: Callable[[Mapping[str, Any], Mapping[str, Arrays]], Row]


@dataclass(frozen=True, eq=False)
class Result:
    """What an experiment found.

    Attributes
    ----------
    experiment : Experiment
    arrays : dict of str to dict of arrays
        By part.
    wall_time : float
        Seconds, over all sittings.
    """

    experiment: Experiment
    arrays: dict[str, Arrays]
    wall_time: float

    @property
    def rows(self) -> list[Row]:
        """The figure's numbers as a table."""
        return self.experiment.table(self.experiment.settings, self.arrays)

    @property
    def summary(self) -> Row:
        """What the figure says, in a few numbers."""
        return self.experiment.summary(self.experiment.settings, self.arrays)


def interval(values: npt.ArrayLike) -> tuple[float, float]:
    """Return the mean of runs and the half width of its 95 % interval; NaN runs are left out.

    Examples
    --------
    >>> [round(x, 3) for x in interval([1.0, 2.0, 3.0])]
    [2.0, 2.484]
    >>> interval([1.0])
    (1.0, nan)
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if known.size < 2:
        return (float(known[0]) if known.size else math.nan), math.nan
    mean, half = wganlib.confidence(known)
    return float(mean), float(half)

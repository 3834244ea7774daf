"""What a study is: a frozen, seeded computation whose verdict is a pure function of its arrays.

A verdict about training must not depend on the processor that builds the book. So a study is
computed once, for long; what each run gave is kept; and the verdict, the sentence and every
number that a page quotes follow from what is kept, by functions that draw nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check

#: What a part of a study computes: arrays by name, the runs along the last axis.
Arrays = dict[str, npt.NDArray[Any]]
#: All that a study computed: by part, then by name.
Parts = Mapping[str, Mapping[str, npt.NDArray[Any]]]
#: A part takes the settings and says whether to show progress.
Part = Callable[[Mapping[str, Any], bool], Arrays]

#: What the book may say of a claim. *Undecided*: the interval straddles the margin that was
#: fixed before the runs. *Answered*: the row is a question, which cannot hold or fail.
VERDICTS = ("reproduced", "scaled down", "differs", "undecided", "answered")


@dataclass(frozen=True)
class Finding:
    """What a study says of one row of the ledger.

    Attributes
    ----------
    verdict : str
        One of :data:`VERDICTS`.
    sentence : str
        The result in one plain sentence, numbers included.
    values : dict of str to float or str
        Named results as the reader sees them; a float is shown with three digits.
    seeds : int
        Independent runs behind the values.
    note : str
        What was made smaller, or why it differs.

    Examples
    --------
    >>> from wganlib.paper import Finding
    >>> Finding("answered", "Both.", {"runs": 8}, seeds=8).verdict
    'answered'
    >>> Finding("yes", "Both.", {"runs": 8}, seeds=8)
    Traceback (most recent call last):
    ValueError: verdict: expected one of answered, differs, reproduced, scaled down, ..., got 'yes'
    """

    verdict: str
    sentence: str
    values: Mapping[str, float | str]
    seeds: int
    note: str = ""

    def __post_init__(self) -> None:
        check.one_of(self.verdict, "verdict", VERDICTS)
        check.integer(self.seeds, "seeds", at_least=1)
        if not self.sentence.strip() or not self.values:
            raise ValueError("sentence, values: expected a result, got nothing")
        for name, value in self.values.items():
            if isinstance(value, float) and math.isnan(value):
                raise ValueError(f"values: expected numbers, got NaN for {name!r}")


def verdict_of(*holds: bool | None, scaled_down: bool = False) -> str:
    """Return the verdict of conditions, each true, false, or None for undecided.

    A condition that fails makes the claim differ, whatever is undecided beside it.

    Parameters
    ----------
    *holds : bool or None
        See :func:`above` for what makes an interval's word None.
    scaled_down : bool, optional
        The claim was tested on a smaller problem than the paper's.

    Examples
    --------
    >>> from wganlib.paper import verdict_of
    >>> verdict_of(True, True), verdict_of(True, None), verdict_of(None, False)
    ('reproduced', 'undecided', 'differs')
    """
    if not holds:
        raise ValueError("holds: expected at least one condition, got none")
    if any(value is not None and not value for value in holds):
        return "differs"
    if any(value is None for value in holds):
        return "undecided"
    return "scaled down" if scaled_down else "reproduced"


def above(mean: float, half: float, margin: float = 0.0) -> bool | None:
    """Say whether an interval lies above a margin: yes, no (all below), or None (it straddles).

    Examples
    --------
    >>> from wganlib.paper.study import above
    >>> above(1.0, 0.5), above(-1.0, 0.5), above(0.2, 0.5)
    (True, False, None)
    """
    if not (math.isfinite(mean) and math.isfinite(half)):
        raise ValueError(f"mean, half: expected finite numbers, got {mean} and {half}")
    return True if mean - half > margin else False if mean + half < margin else None


def below(mean: float, half: float, margin: float = 0.0) -> bool | None:
    """Say whether an interval lies below a margin: yes, no (all above), or None."""
    return above(-mean, half, -margin)


@dataclass(frozen=True)
class Study:
    """A named computation, frozen, and what it says.

    Attributes
    ----------
    name : str
        Lower-case words with hyphens: the name of its folder and on the command line.
    question : str
        What it asks, in one sentence.
    settings : dict
        All that determines the numbers, as JSON keeps it; ``settings["seeds"]`` is the list of
        seeds that the verdict rests on. Tuning seeds have a name of their own.
    parts : dict of str to function
        Each computes arrays from the settings. One is kept as soon as it is there.
    quantities : function, optional
        From all parts to per-run numbers by name, shape (runs,): what :func:`wganlib.paper.check`
        compares with fresh seeds. Without it the study has too few seeds for a check that could
        disagree, and no row may rest on it.
    rows : dict of str to function
        For each row of the ledger that rests on it, a pure function from settings and parts to
        a :class:`Finding`.
    numbers : function
        From settings and parts to the numbers that pages quote, by name, as they are written there.
    tuning : tuple of str
        Parts that choose settings and do not use ``seeds``: not computed again by a check.
    check_seeds : int
        How many fresh seeds a check uses if it is not told.
    """

    name: str
    question: str
    settings: Mapping[str, Any]
    parts: Mapping[str, Part]
    quantities: Callable[[Parts], Mapping[str, npt.NDArray[Any]]] | None = None
    rows: Mapping[str, Callable[[Mapping[str, Any], Parts], Finding]] = field(default_factory=dict)
    numbers: Callable[[Mapping[str, Any], Parts], Mapping[str, str]] = lambda settings, parts: {}
    tuning: tuple[str, ...] = ()
    check_seeds: int = 8


@dataclass(frozen=True, eq=False)
class Kept:
    """A study's result as it was kept.

    Attributes
    ----------
    study : Study
    arrays : dict of str to dict of arrays
        By part.
    findings : dict of str to Finding
        By row of the ledger.
    numbers : dict of str to str
        As pages quote them.
    versions, hardware : dict
        By what, and on what, it was computed.
    wall_time : float
        Seconds, over all sittings.
    """

    study: Study
    arrays: Parts
    findings: Mapping[str, Finding]
    numbers: Mapping[str, str]
    versions: Mapping[str, str]
    hardware: Mapping[str, Any]
    wall_time: float

    @property
    def seeds(self) -> list[int]:
        """The seeds that the verdict rests on."""
        return list(self.study.settings["seeds"])


def share(count: int, runs: int, level: float = 0.05) -> tuple[float, float]:
    """Return the interval of a share of runs by Clopper and Pearson: it covers at any size.

    It misses with a chance of at most ``level``, half of it on each side.

    Source
    ------
    Clopper and Pearson (1934), The use of confidence or fiducial limits.

    Examples
    --------
    >>> from wganlib.paper.study import share
    >>> [round(x, 3) for x in share(10, 10)]
    [0.692, 1.0]
    """
    n = check.integer(runs, "runs", at_least=1)
    k = check.integer(count, "count", at_least=0, at_most=n)
    miss = check.real(level, "level", above=0, below=1) / 2
    from scipy.special import betaincinv  # not needed to name a study

    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, miss))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - miss))
    return low, high


def beyond(interval: tuple[float, float], margin: float) -> bool | None:
    """Say whether an interval of two ends lies above a margin: yes, no (all below), or None."""
    return True if interval[0] > margin else False if interval[1] < margin else None


def per_run(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return an array as it is kept: single precision, which is more than any page shows."""
    return np.asarray(values, np.float32)

"""How the floor falls: the distance of two samples of one measure, over n and the dimension.

Two samples of a measure are not at distance 0. What is left, the floor, is what every
distance between samples is to be read against. It falls like n^(-1/2) on a line and like
n^(-1/d) in d > 2 dimensions, and what counts is the dimension of the data, not of the space
they lie in (Dudley 1969; Weed & Bach 2019).

The study is frozen in :data:`PLAN`. ``python -m wganlib.paper.floors PATH`` runs it, can be stopped
and run again; every distance is proved to a billionth. Its result is kept with the book: it
took 160 CPU seconds. The segment and the cube of one dimension share their random numbers, so
that they show the same, once in R^16 and once on a line. In eight dimensions 6,400 points are
too few: the slope is still 18 % too steep. So the verdict tells a dimension from its double
or half, and not from the next one where that changes the slope by less than its margin.
"""

from __future__ import annotations

import json
import math
import platform
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from wganlib import _validate as check
from wganlib._validate import FloatArray, Seed
from wganlib.distances.transport import wasserstein_1
from wganlib.paper.command import kept_results
from wganlib.paper.study import Finding, verdict_of

#: Measures that are uniform on a cube of d dimensions, and on a segment that lies across R^16.
MEASURES = (*(f"cube {d}" for d in range(1, 9)), "segment in R^16")

#: Sizes, and how many pairs of samples are drawn of each, with seeds 0, 1, 2, ...
PLAN: dict[int, int] = {100: 32, 400: 32, 1600: 10, 6400: 10}

_ON_A_LINE = dict.fromkeys((100, 400, 1600, 6400, 50_000), 100)

#: More, where a distance takes little time, or is worth it.
FURTHER: dict[str, dict[int, int]] = {
    "cube 1": _ON_A_LINE,
    "segment in R^16": _ON_A_LINE,
    "cube 2": {50_000: 1},
}

#: By what part of the theory's slope a measured one may be off.
MARGIN = 0.2

_CORNER = np.cos(np.arange(16.0))


def floor_sample(measure: str, n: int, *, seed: Seed) -> FloatArray:
    """Draw n points of one of the study's measures.

    Parameters
    ----------
    measure : str
        One of :data:`MEASURES`.
    n : int
        At least 1.
    seed : int or numpy.random.Generator
        For the points.

    Returns
    -------
    ndarray, shape (n, d)
        Points of the unit cube, or of a segment of length one in R^16.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Weed & Bach (2019), Sharp asymptotic and finite-sample rates of convergence.

    Examples
    --------
    >>> from wganlib.paper.floors import floor_sample
    >>> floor_sample("segment in R^16", 5, seed=0).shape
    (5, 16)
    """
    kind = check.one_of(measure, "measure", MEASURES)
    count = check.integer(n, "n", at_least=1)
    rng = check.generator(seed)
    if kind.startswith("cube"):
        return np.asarray(rng.random((count, int(kind.split()[1]))))
    return np.asarray(rng.random((count, 1)) * (_CORNER / np.linalg.norm(_CORNER)))


def floor_distance(measure: str, n: int, seed: int) -> float:
    """Return the exact distance of two independent samples of n points each.

    Parameters
    ----------
    measure : str
        One of :data:`MEASURES`.
    n : int
        At least 1.
    seed : int
        For both samples.

    Returns
    -------
    float
        One draw of the floor.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Dudley (1969), The speed of mean Glivenko-Cantelli convergence.

    Examples
    --------
    >>> from wganlib.paper.floors import floor_distance
    >>> 0.0 < floor_distance("cube 1", 1000, 0) < 0.1
    True
    """
    rng = np.random.default_rng([check.integer(seed, "seed", at_least=0), n])
    x, y = (floor_sample(measure, n, seed=rng) for _ in range(2))
    if measure == "segment in R^16" and n > 2000:
        # All distances along a segment are those along its direction: a line, up to rounding.
        direction = _CORNER / np.linalg.norm(_CORNER)
        return wasserstein_1(x @ direction, y @ direction)
    return wasserstein_1(x, y)


@dataclass(frozen=True, eq=False)
class Floors:
    """Every run of the study.

    Attributes
    ----------
    measure : ndarray of str, shape (k,)
        What was sampled.
    n, seed : ndarray of int, shape (k,)
        Size and seed of each run.
    distance : ndarray, shape (k,)
        Exact Wasserstein-1 distance of the two samples.

    Source
    ------
    Weed & Bach (2019), Sharp asymptotic and finite-sample rates of convergence.

    Examples
    --------
    >>> from wganlib.paper.floors import MEASURES, load_floors
    >>> set(load_floors().measure.tolist()) == set(MEASURES)
    True
    """

    measure: Any
    n: Any
    seed: Any
    distance: FloatArray

    def mean(self, measure: str) -> tuple[FloatArray, FloatArray]:
        """Return the sizes of one measure, and the mean floor at each."""
        mine = self.measure == measure
        sizes = np.unique(self.n[mine])
        means = [self.distance[mine & (self.n == n)].mean() for n in sizes]
        return sizes.astype(np.float64), np.array(means)

    def slope(self, measure: str) -> tuple[float, float]:
        """Return the slope of log floor over log n, and its standard error over runs.

        Least squares through all runs from n = 400 on; smaller ones still feel the walls of
        the cube. In the plane the root of log n, which belongs to the theory (Ajtai, Komlos &
        Tusnady 1984), is divided out before.
        """
        mine = (self.measure == measure) & (self.n >= 400)
        x, y = np.log(self.n[mine].astype(np.float64)), np.log(self.distance[mine])
        if measure == "cube 2":
            y = y - 0.5 * np.log(x)
        x = x - x.mean()
        slope = float(x @ y / (x @ x))
        rest = y - y.mean() - slope * x
        return slope, math.sqrt(float(rest @ rest) / (len(x) - 2) / float(x @ x))


def theory(measure: str) -> float:
    """Return the exponent of the floor: -1/2 for a line, -1/d from the plane on.

    In the plane a root of a logarithm comes on top: see :meth:`Floors.slope`.

    Parameters
    ----------
    measure : str
        One of :data:`MEASURES`.

    Returns
    -------
    float
        The slope of log floor over log n, for large n.

    Raises
    ------
    TypeError, ValueError
        For anything else.

    Source
    ------
    Weed & Bach (2019), Sharp asymptotic and finite-sample rates of convergence, theorem 1.

    Examples
    --------
    >>> from wganlib.paper.floors import theory
    >>> theory("cube 8"), theory("segment in R^16")
    (-0.125, -0.5)
    """
    kind = check.one_of(measure, "measure", MEASURES)
    return -1.0 / max(2, int(kind.split()[1])) if kind.startswith("cube") else -0.5


def verdict(floors: Floors) -> dict[str, str]:
    """Say of each measure whether its slope is the theory's, within a fifth (:data:`MARGIN`).

    Parameters
    ----------
    floors : Floors
        Runs of the study.

    Returns
    -------
    dict of str to str
        ``reproduced`` if the interval of three standard errors lies within the margin,
        ``differs`` if it lies outside, ``undecided`` if it straddles it.

    Source
    ------
    Weed & Bach (2019), Sharp asymptotic and finite-sample rates of convergence.

    Examples
    --------
    >>> from wganlib.paper.floors import load_floors, verdict
    >>> verdict(load_floors())["cube 1"]
    'reproduced'
    """
    result = {}
    for measure in MEASURES:
        slope, error = floors.slope(measure)
        off, width = abs(slope - theory(measure)), 3.0 * error
        margin = MARGIN * abs(theory(measure))
        if off + width <= margin:
            result[measure] = "reproduced"
        else:
            result[measure] = "differs" if off - width > margin else "undecided"
    return result


_HOLDS = {"reproduced": True, "differs": False, "undecided": None}


def findings(floors: Floors) -> dict[str, Finding]:
    """Say of each row of the ledger what the runs say of it.

    Parameters
    ----------
    floors : Floors
        Runs of the study.

    Returns
    -------
    dict of str to Finding
        X2a: the rate falls with the dimension; its verdict is that of the least certain cube.
        X2b: data on a segment in R^16 have the rate of a segment.

    Source
    ------
    Dudley (1969), The speed of mean Glivenko-Cantelli convergence; Weed & Bach (2019), Sharp
    asymptotic and finite-sample rates of convergence.

    Examples
    --------
    >>> from wganlib.paper.floors import findings, load_floors
    >>> findings(load_floors())["X2b"].verdict
    'reproduced'
    """
    said = verdict(floors)
    shown = {
        name: f"{slope:.3f} ± {3 * error:.3f}, theory {theory(name):.3f}: {said[name]}".replace(
            "-", "−"
        )
        for name in MEASURES
        for slope, error in [floors.slope(name)]
    }
    cubes, thin = MEASURES[:-1], MEASURES[-1]
    words: dict[str, list[str]] = {word: [] for word in _HOLDS}
    for name in cubes:
        words[said[name]].append(name.split()[1])
    parts = [f"{word} in {', '.join(d)} dimensions" for word, d in words.items() if d]
    thin_mean = floors.mean(thin)[1]
    return {
        "X2a": Finding(
            verdict_of(*(_HOLDS[said[name]] for name in cubes)),
            f"The rate of the theory, within a fifth: {'; '.join(parts)}."
            + "".join(
                f" In {name.split()[1]} dimensions the floor still falls "
                f"{'faster' if floors.slope(name)[0] < theory(name) else 'more slowly'} than the "
                "rate that it must come to."
                for name in cubes
                if said[name] != "reproduced"
            ),
            {name: shown[name] for name in cubes},
            seeds=min(PLAN.values()),
            note=f"Uniform points in cubes, up to {int(floors.n.max()):,} on the line and in the "
            "square (there one pair), up to 6,400 elsewhere; three standard errors.",
        ),
        "X2b": Finding(
            verdict_of(_HOLDS[said[thin]]),
            "Points on a segment in 16 dimensions fall like n^−1/2, as points on a line do: from "
            f"{thin_mean[0]:.3f} with 100 points to {thin_mean[-1]:.4f} with 50,000.",
            {thin: shown[thin]},
            seeds=FURTHER[thin][100],
            note="The line's own points, laid across R^16; with more than 2,000 of them measured "
            "along the segment, where all distances lie. Three standard errors.",
        ),
    }


# --- running and keeping ---------------------------------------------------------------


def _runs() -> list[tuple[str, int, int]]:
    """Return every run of the plan, the quick ones first."""
    every = [
        (measure, n, seed)
        for measure in MEASURES
        for n, seeds in {**PLAN, **FURTHER.get(measure, {})}.items()
        for seed in range(seeds)
    ]
    return sorted(every, key=lambda run: (run[1], run[0]))


def load_floors(path: str | Path | None = None) -> Floors:
    """Read the runs of the study that are kept with the library, or of a file.

    Parameters
    ----------
    path : path, optional
        What ``python -m wganlib.paper.floors PATH`` wrote.

    Returns
    -------
    Floors
        All runs.

    Raises
    ------
    TypeError, ValueError, OSError
        For a path that is none, or a file that is not there or not such a file.

    Source
    ------
    Weed & Bach (2019), Sharp asymptotic and finite-sample rates of convergence.

    Examples
    --------
    >>> from wganlib.paper.floors import load_floors
    >>> int(load_floors().n.max())
    50000
    """
    if path is None:
        text = (kept_results() / "floors" / "floors.json").read_text("utf-8")
    else:
        text = check.path(path).read_text("utf-8")
    try:
        rows = json.loads(text)["runs"]
        measure, n, seed, distance = zip(*rows, strict=True)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("path: expected runs of the study of floors, got another file") from error
    return Floors(np.array(measure), np.array(n), np.array(seed), np.array(distance))


def run_floors(path: str | Path) -> Floors:
    """Run what is missing of the study, and write each run as it comes.

    Parameters
    ----------
    path : path
        A JSON file, which may hold earlier runs.

    Returns
    -------
    Floors
        All runs.

    Raises
    ------
    TypeError, ValueError
        For a path that is none, or holds something else.

    Source
    ------
    Weed & Bach (2019), Sharp asymptotic and finite-sample rates of convergence.

    Examples
    --------
    >>> from wganlib.paper.floors import PLAN, run_floors
    >>> floors = run_floors("floors.json")  # doctest: +SKIP
    """
    target = check.path(path)
    kept: dict[str, Any] = {"runs": [], "cpu_seconds": 0.0}
    if target.exists():
        load_floors(target)  # refuses another file
        kept = json.loads(target.read_text("utf-8"))
    kept["environment"] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: version(name) for name in ("numpy", "scipy", "POT")},
    }
    done = {tuple(row[:3]) for row in kept["runs"]}
    for measure, n, seed in _runs():
        if (measure, n, seed) in done:
            continue
        start = time.process_time()
        kept["runs"].append([measure, n, seed, floor_distance(measure, n, seed)])
        kept["cpu_seconds"] += time.process_time() - start
        part = target.with_name(target.name + ".part")
        part.write_text(_as_text(kept), encoding="utf-8")
        part.replace(target)
    return load_floors(target)


def _as_text(kept: dict[str, Any]) -> str:
    """Return JSON with one run a line, so that a change shows as one."""
    rows = ",\n".join("  " + json.dumps(row) for row in kept["runs"])
    head = {key: value for key, value in kept.items() if key != "runs"}
    return json.dumps(head)[:-1] + ', "runs": [\n' + rows + "\n]}\n"


if __name__ == "__main__":
    run_floors(sys.argv[1])

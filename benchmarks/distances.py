"""How long the distances take, beside what a reader would call instead.

Run ``python -m benchmarks.distances``; ``--json PATH`` keeps the numbers.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import ot
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

import wganlib as wg
from benchmarks.harness import Candidate, Comparison, compare, main


def plane(n: int, rounds: int) -> Comparison:
    """Exact W1 of two samples in the plane."""
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + 1.0
    mass = np.full(n, 1.0 / n)

    def assignment() -> float:
        cost = cdist(x, y)
        return float(cost[linear_sum_assignment(cost)].mean())

    candidates: dict[str, Candidate] = {
        "POT, cdist + emd2": lambda: ot.emd2(mass, mass, cdist(x, y), numItermax=10**7),
        "wganlib.wasserstein_1": lambda: wg.wasserstein_1(x, y),
        "wganlib.transport_plan": lambda: wg.transport_plan(x, y),
        "scipy, linear_sum_assignment": assignment,
    }
    task = f"W1 in the plane, n = {n}"
    return compare(task, candidates, "POT, cdist + emd2", rounds=rounds, notes={"n": n})


def line(n: int, rounds: int) -> Comparison:
    """Exact W1 of two samples of one size on a line."""
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=n), rng.normal(size=n) + 1.0
    candidates: dict[str, Candidate] = {
        "NumPy, sort and subtract": lambda: float(np.abs(np.sort(x) - np.sort(y)).mean()),
        "wganlib.wasserstein_1": lambda: wg.wasserstein_1(x, y),
        "POT, emd2_1d": lambda: ot.emd2_1d(x, y, metric="euclidean"),
        "POT, wasserstein_1d": lambda: ot.wasserstein_1d(x, y, p=1),
        "scipy, wasserstein_distance": lambda: wasserstein_distance(x, y),
    }
    task = f"W1 on a line, n = {n}"
    return compare(task, candidates, "NumPy, sort and subtract", rounds=rounds, notes={"n": n})


def weighted_line(n: int, rounds: int) -> Comparison:
    """Exact W1 on a line with masses and unequal sizes."""
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=n), rng.normal(size=n // 2) + 1.0
    a, b = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n // 2))
    candidates: dict[str, Candidate] = {
        "scipy, wasserstein_distance": lambda: wasserstein_distance(x, y, a, b),
        "wganlib.wasserstein_1": lambda: wg.wasserstein_1(x, y, a, b),
        "POT, emd2_1d": lambda: ot.emd2_1d(x, y, a, b, metric="euclidean"),
    }
    task = f"W1 on a line with masses, n = {n}, m = {n // 2}"
    return compare(task, candidates, "scipy, wasserstein_distance", rounds=rounds)


def start_up(rounds: int) -> Comparison:
    """What it costs to import the package, in a fresh interpreter."""

    def importing(module: str) -> Candidate:
        return lambda: subprocess.run([sys.executable, "-c", f"import {module}"], check=True)

    candidates = {module: importing(module) for module in ("numpy", "wganlib", "sys")}
    return compare("start Python and import", candidates, "numpy", rounds=rounds, at_least=0)


def run(quick: bool) -> list[Comparison]:
    """Return every comparison of this benchmark."""
    sizes, rounds = ((100,), 3) if quick else ((256, 1000), 15)
    return [
        *(plane(n, rounds) for n in sizes),
        *(line(n, rounds) for n in (1000, 100_000)[: len(sizes)]),
        weighted_line(1000, rounds),
        start_up(rounds),
    ]


if __name__ == "__main__":
    main("Time the distances.", run, ("numpy", "scipy", "POT"))

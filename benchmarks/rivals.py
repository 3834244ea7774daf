"""What other libraries answer to one transport problem: error, CPU seconds, and what they hide.

``python -m benchmarks.rivals``; ``--json PATH`` keeps the table, as the book's chapter on relatives
shows it. Those that are not installed are left out. All have their defaults but where their name
says otherwise, and double precision.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import ot
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance_nd

import wganlib as wg
from benchmarks.harness import environment, write_json
from wganlib.paper.result_folder import hardware

Solver = Callable[..., Any]

#: Points in each sample: SciPy's linear programme over all pairs allows no more.
N = 100


def solvers() -> dict[str, Solver]:
    """Return each rival as a function of points and masses."""
    found: dict[str, Solver] = {
        "wganlib, wasserstein_1": wg.wasserstein_1,
        "POT, emd2": lambda x, y, a, b: ot.emd2(a, b, ot.dist(x, y, metric="euclidean")),
        "SciPy, wasserstein_distance_nd": wasserstein_distance_nd,
        "POT, sinkhorn2, reg = 0.1": lambda x, y, a, b: ot.sinkhorn2(
            a, b, ot.dist(x, y, metric="euclidean"), 0.1
        ),
        "wganlib, sliced_wasserstein": lambda x, y, a, b: wg.sliced_wasserstein(
            x, y, a, b, directions=100, seed=0
        ),
    }
    if find_spec("pyemd"):
        from pyemd import emd

        def by_pyemd(x: Any, y: Any, a: Any, b: Any) -> float:
            both = np.concatenate([x, y])
            left, right = np.concatenate([a, 0 * b]), np.concatenate([0 * a, b])
            return float(emd(left, right, cdist(both, both)))

        found["pyemd, emd"] = by_pyemd
    if find_spec("geomloss"):
        import torch
        from geomloss import SamplesLoss

        loss, t = SamplesLoss("sinkhorn", p=1, blur=0.05), torch.from_numpy
        found["geomloss, p = 1, blur = 0.05"] = lambda x, y, a, b: loss(t(a), t(x), t(b), t(y))
    if find_spec("ott"):
        import jax
        from ott.geometry import costs, pointcloud
        from ott.solvers import linear

        jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
        found["ott-jax, linear.solve"] = lambda x, y, a, b: (
            linear.solve(
                pointcloud.PointCloud(x, y, cost_fn=costs.Euclidean()), a=a, b=b
            ).primal_cost
        )
    return found


def problems() -> dict[str, tuple[Any, ...]]:
    """Return one problem in four disguises; the masses of the last are no probabilities."""
    rng = np.random.default_rng(N)
    x, y = rng.normal(size=(N, 2)), rng.normal(size=(N, 2)) + np.array([0.3, 0.0])
    a = np.full(N, 1 / N)
    return {
        "plain": (x, y, a, a),
        "in millionths": (1e-6 * x, 1e-6 * y, a, a),
        "a million away": (x + 1e6, y + 1e6, a, a),
        "masses 1 and 2": (x, y, a, 2 * a),
    }


def answer(solver: Solver, problem: tuple[Any, ...]) -> float | str:
    """Return the value, or the kind of error or warning that tells the caller."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(solver(*problem))
        except Exception as error:
            return type(error).__name__


def row(name: str, solver: Solver) -> dict[str, Any]:
    """Return what one rival does with each problem: its value over the true one."""
    asked = problems()
    answer(solver, asked["plain"])  # imports, and what is compiled once
    taken = []
    for _ in range(5):
        start = time.process_time()
        answer(solver, asked["plain"])
        taken.append(time.process_time() - start)
    exact = wg.wasserstein_1(*asked["plain"])
    found: dict[str, Any] = {"name": name, "cpu_seconds": statistics.median(taken)}
    for kind, problem in asked.items():
        value = answer(solver, problem)
        truth = exact if kind == "masses 1 and 2" else wg.wasserstein_1(*problem)
        found[kind] = value if isinstance(value, str) else value / truth
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Ask other libraries for one distance.")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    parser.add_argument("--quick", action="store_true", help="does not matter here")
    options = parser.parse_args()
    rows = [row(name, solver) for name, solver in solvers().items()]
    for one in rows:
        sys.stdout.write(" | ".join(str(value) for value in one.values()) + "\n")
    if options.json:
        packages = [p for p in ("geomloss", "ott-jax", "jax", "pyemd", "torch") if _installed(p)]
        kept = environment("numpy", "scipy", "POT", *packages)
        kept["processor"] = hardware("cpu")["processor"]
        write_json(options.json, {"points": N, "environment": kept, "rows": rows})


def _installed(package: str) -> bool:
    return find_spec({"ott-jax": "ott"}.get(package, package)) is not None


if __name__ == "__main__":
    main()

"""How long the distances take, beside what a reader would call instead.

Run ``python -m benchmarks.distances``; ``--json PATH`` keeps the numbers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
import ot
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance, wasserstein_distance_nd

import wganlib as wg
from benchmarks.harness import Candidate, Comparison, compare, main

Points = npt.NDArray[np.float64]


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


#: What a fresh process runs: make the points, import, solve, and print value, CPU seconds, peak
#: memory in bytes and how much of it was there before. Imports are not counted in the seconds.
_ALONE = """
import json, sys, time
import numpy as np
n, d, method = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
def memory(field):  # ru_maxrss would begin at what the process that started this one holds
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(field))
rng = np.random.default_rng(n)
x, y = rng.normal(size=(n, d)), rng.normal(size=(n, d))
y[:, 0] += 0.3
if method == "POT":
    import ot
    from scipy.spatial.distance import cdist
    mass = np.full(n, 1 / n)
    before = memory("VmRSS")
    start = time.process_time()
    value = float(ot.emd2(mass, mass, cdist(x, y), numItermax=10**9))
else:
    import wganlib as wg
    wg.wasserstein_1(x[:1500], y[:1500])  # compiles, or loads what was compiled before
    before = memory("VmRSS")
    start = time.process_time()
    value = wg.wasserstein_1(x, y)
seconds = time.process_time() - start
print(json.dumps([value, seconds, memory("VmHWM"), before]))
"""


def alone(n: int, d: int, method: str) -> tuple[float, float, int, int]:
    """Return value, CPU seconds, peak bytes, and those before, of one method in a process."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, str(n), str(d), method],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "POT_BACKEND_DISABLE_PYTORCH": "1"},
        text=True,
    )
    value, seconds, peak, before = json.loads(done.stdout)
    return value, seconds, peak, before


def large(n: int, d: int, *, with_pot: bool = True) -> Comparison:
    """Exact W1 of large samples, one cloud moved by 0.3: CPU seconds and peak memory."""
    names = {"wganlib.wasserstein_1": "wganlib"}
    if with_pot:
        names = {"POT, cdist + emd2": "POT", **names}
    found = {name: alone(n, d, method) for name, method in names.items()}
    reference = next(iter(names))
    values = [value for value, *_ in found.values()]
    own = {name: peak - before for name, (_, _, peak, before) in found.items()}
    remarks = {
        name: f"{peak / 1e6:,.0f} MB at most, {before / 1e6:,.0f} before it began"
        for name, (_, _, peak, before) in found.items()
    }
    if with_pot:
        less = own[reference] / own["wganlib.wasserstein_1"]
        remarks["wganlib.wasserstein_1"] += f"; takes {less:.0f} times less"
    if max(values) - min(values) > 1e-9 * max(values):
        raise RuntimeError(f"the methods disagree: {values}")
    return Comparison(
        task=f"W1 in {d} dimensions, n = {n:,}, CPU seconds",
        reference=reference,
        seconds={name: one[1] for name, one in found.items()},
        ratios={name: one[1] / found[reference][1] for name, one in found.items()},
        rounds=1,
        calls=1,
        notes={"peak bytes": {name: one[2] for name, one in found.items()}, "own bytes": own},
        speedups={"wganlib.wasserstein_1": found[reference][1] / found["wganlib.wasserstein_1"][1]}
        if with_pot
        else {},
        targets={"wganlib.wasserstein_1": 3.0} if with_pot else {},
        remarks=remarks,
    )


def rivals(n: int, rounds: int) -> Comparison:
    """Substitutes of exact W1 in the plane, each with the error that it makes."""
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + np.array([0.3, 0.0])
    mass = np.full(n, 1.0 / n)
    exact = wg.wasserstein_1(x, y)
    candidates: dict[str, Candidate] = {
        "wganlib.wasserstein_1": lambda: wg.wasserstein_1(x, y),
        "wganlib.distances.sinkhorn, 0.1": lambda: wg.distances.sinkhorn(x, y, regularisation=0.1),
        "wganlib.distances.sinkhorn_divergence, 0.1": lambda: wg.distances.sinkhorn_divergence(
            x, y, regularisation=0.1
        ),
        "wganlib.sliced_wasserstein, 100": lambda: wg.sliced_wasserstein(
            x, y, directions=100, seed=0
        ),
        "POT, sinkhorn2, 0.1": lambda: float(
            ot.sinkhorn2(mass, mass, cdist(x, y), 0.1, numItermax=100_000)
        ),
    }
    if n <= 128:  # a linear programme over all pairs
        candidates["scipy, wasserstein_distance_nd"] = lambda: wasserstein_distance_nd(x, y)
    candidates.update(_installed(x, y, mass))
    values = {name: float(one()) for name, one in candidates.items()}  # type: ignore[arg-type]
    timed = compare(
        f"W1 in the plane and its substitutes, n = {n}",
        candidates,
        "wganlib.wasserstein_1",
        rounds=rounds,
        at_least=0,
        notes={"n": n, "exact": exact, "values": values},
        clock=time.process_time,
    )
    remarks = {name: f"{100 * (value / exact - 1):+.2g} %" for name, value in values.items()}
    return replace(timed, remarks=remarks)


def _installed(x: Points, y: Points, mass: Points) -> dict[str, Candidate]:
    """Return the rivals that happen to be installed, with their defaults."""
    found: dict[str, Candidate] = {}
    if find_spec("pyemd"):
        from pyemd import emd

        n = len(x)
        nothing = np.zeros(n)
        both = np.concatenate([x, y])
        found["pyemd, emd"] = lambda: emd(
            np.concatenate([mass, nothing]), np.concatenate([nothing, mass]), cdist(both, both)
        )
    if find_spec("geomloss"):
        import torch
        from geomloss import SamplesLoss

        loss = SamplesLoss("sinkhorn", p=1, blur=0.05)
        tensors = torch.from_numpy(x), torch.from_numpy(y)
        found["geomloss, p=1, blur .05"] = lambda: float(loss(*tensors))
    if find_spec("ott"):
        from ott.geometry import costs, pointcloud
        from ott.solvers import linear

        cloud = pointcloud.PointCloud(x, y, cost_fn=costs.Euclidean())
        found["ott-jax, linear.solve"] = lambda: float(linear.solve(cloud).primal_cost)
    return found


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
        *(rivals(n, 3) for n in (100, 1000)[: len(sizes)]),
        *((large(2000, 2),) if quick else (large(10_000, 2), large(10_000, 3))),
        *(() if quick else (large(50_000, 2, with_pot=False),)),
        start_up(rounds),
    ]


if __name__ == "__main__":
    main("Time the distances.", run, ("numpy", "scipy", "POT"))

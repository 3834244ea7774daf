"""What slices, entropy and kernels cost, and what they give for it, beside exact transport.

Run ``python -m benchmarks.relatives``; ``--json PATH`` keeps the numbers. Every time stands
beside an error: those of slices and entropy are relative to the exact distance of the same
points, and the estimators of MMD are given their spread over repeated samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import ot
from scipy.spatial.distance import cdist

import wganlib as wg
from benchmarks.harness import Candidate, Comparison, compare, main
from wganlib._validate import FloatArray

#: As shares of the mean distance between the two samples.
REGULARISATIONS = (0.3, 0.1, 0.05)
DIRECTIONS = (10, 100, 1000)


def two_samples(n: int, d: int) -> tuple[FloatArray, FloatArray]:
    """Draw two Gaussian samples, one of them moved by one along the first axis."""
    rng = np.random.default_rng(n)
    shift = np.eye(d)[0]
    return rng.normal(size=(n, d)), rng.normal(size=(n, d)) + shift


def approximations(n: int, d: int, rounds: int) -> Comparison:
    """Exact, entropic and sliced distance of the same two samples: time and relative error.

    A slice is an average of cosines short, so its error is also given after dividing by
    the factor by which it shortens a translation.
    """
    x, y = two_samples(n, d)
    candidates: dict[str, Candidate] = {
        "wganlib.wasserstein_1, exact": partial(wg.wasserstein_1, x, y)
    }
    mean = float(cdist(x, y).mean())
    for share in REGULARISATIONS:
        for function in (wg.distances.sinkhorn, wg.distances.sinkhorn_divergence):
            candidates[f"wganlib.{function.__name__}, {share:g}"] = partial(
                function, x, y, regularisation=share * mean
            )
    for lines in DIRECTIONS:
        candidates[f"wganlib.sliced_wasserstein, {lines}"] = partial(
            wg.sliced_wasserstein, x, y, directions=lines, seed=0
        )
    mass = np.full(n, 1.0 / n)
    settings = {"stopThr": 1e-6 / math.sqrt(n), "numItermax": 100_000}
    candidates["POT, sinkhorn2, 0.1"] = lambda: ot.sinkhorn2(
        mass, mass, cdist(x, y), 0.1 * mean, method="sinkhorn_log", **settings
    )
    candidates["POT, sliced, 100"] = lambda: ot.sliced_wasserstein_distance(
        x, y, n_projections=100, p=1, seed=0
    )
    exact = wg.wasserstein_1(x, y)
    values = {name: float(candidate()) for name, candidate in candidates.items()}  # type: ignore[arg-type]
    factor = math.gamma(d / 2) / (math.sqrt(math.pi) * math.gamma((d + 1) / 2))
    notes = {
        "n": n,
        "d": d,
        "exact": exact,
        "relative error": {name: value / exact - 1.0 for name, value in values.items()},
        "relative error of slices, stretched": {
            name: value / factor / exact - 1.0 for name, value in values.items() if "slice" in name
        },
    }
    task = f"two samples, n = {n}, d = {d}"
    reference = "wganlib.wasserstein_1, exact"
    return compare(task, candidates, reference, rounds=rounds, at_least=0, notes=notes)


def estimators(n: int, rounds: int, repeats: int) -> Comparison:
    """Quadratic and linear estimators of the squared MMD: time and standard deviation."""
    x, y = two_samples(n, 2)
    estimate: Callable[..., float] = partial(wg.distances.mmd_squared, bandwidth=1.0)
    names = ("unbiased", "biased", "linear")
    candidates: dict[str, Candidate] = {
        name: partial(estimate, x, y, estimator=name) for name in names
    }
    rng = np.random.default_rng(0)
    shift = np.eye(2)[0]
    drawn = np.array(
        [
            [estimate(one, other, estimator=name) for name in names]
            for one, other in (
                (rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + shift) for _ in range(repeats)
            )
        ]
    )
    truth = wg.distances.mmd_gaussian([0, 0], np.eye(2), shift, np.eye(2), bandwidth=1.0) ** 2
    notes = {
        "n": n,
        "true square": truth,
        "mean error": dict(zip(names, (drawn.mean(axis=0) - truth).tolist(), strict=True)),
        "standard deviation": dict(zip(names, drawn.std(axis=0, ddof=1).tolist(), strict=True)),
        "repeats": repeats,
    }
    return compare(f"squared MMD, n = {n}", candidates, "unbiased", rounds=rounds, notes=notes)


def potential(n: int, rounds: int) -> Comparison:
    """The exact plan, the gradient in the points, and the potential as a function."""
    x, y = two_samples(n, 2)
    candidates: dict[str, Candidate] = {
        "wganlib.transport_plan": partial(wg.transport_plan, x, y),
        "wganlib.transport_gradient": partial(wg.transport_gradient, x, y),
        "wganlib.kantorovich_potential": partial(wg.kantorovich_potential, x, y),
    }
    if n <= 128:
        candidates["wganlib.lipschitz_critic"] = partial(wg.lipschitz_critic, x, y)
    task = f"optimal critic in the plane, n = {n}"
    return compare(task, candidates, "wganlib.transport_plan", rounds=rounds, at_least=0)


def run(quick: bool) -> list[Comparison]:
    """Return every comparison of this benchmark."""
    if quick:
        return [approximations(50, 2, 2), estimators(64, 2, 20), potential(32, 2)]
    return [
        approximations(100, 2, 7),
        approximations(300, 2, 5),
        approximations(1000, 2, 2),
        approximations(300, 20, 3),
        *(estimators(n, 7, 300) for n in (64, 256, 1024)),
        *(potential(n, 5) for n in (64, 256)),
    ]


if __name__ == "__main__":
    main("Time the relatives of the Wasserstein distance.", run, ("numpy", "scipy", "POT"))

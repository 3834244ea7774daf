"""What others get wrong in silence: whole numbers as samples, another unit, points that coincide.

``findings/`` shows each of these in a public package.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import wganlib as wg
from wganlib import distances

RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 100, (2, 40, 3))
Y[:5] = X[:5]  # pairs that coincide cost nothing, and may be paired
MASSES = {"a": np.arange(1, 41) / 820, "b": np.arange(40, 0, -1) / 820}

# Each takes points and the unit that they are in, and gives what scales with that unit.
Function = Callable[[np.ndarray, np.ndarray, float], float]
LENGTHS: dict[str, Function] = {
    "wasserstein_1": lambda x, y, unit: wg.wasserstein_1(x, y),
    "weighted": lambda x, y, unit: wg.wasserstein_1(x, y, **MASSES),
    "on a line": lambda x, y, unit: wg.wasserstein_1(x[:, 0], y[:, 0]),
    "transport_plan": lambda x, y, unit: wg.transport_plan(x, y).cost,
    "kantorovich_potential": lambda x, y, unit: wg.kantorovich_potential(x, y).value,
    "lipschitz_critic": lambda x, y, unit: wg.lipschitz_critic(x, y, constant=1.0).value,
    "sliced_wasserstein": lambda x, y, unit: wg.sliced_wasserstein(x, y, directions=20, seed=0),
    "sinkhorn_plan": lambda x, y, unit: wg.sinkhorn_plan(x, y, regularisation=9.0 * unit).cost,
    "sinkhorn_divergence": lambda x, y, unit: distances.sinkhorn_divergence(
        x, y, regularisation=9.0 * unit
    ),
}
RATIOS: dict[str, Function] = {
    "mmd": lambda x, y, unit: wg.mmd(x, y, bandwidth=30.0 * unit),
    "gradient": lambda x, y, unit: float(np.abs(wg.transport_gradient(x, y)).sum()),
}
EACH = pytest.mark.parametrize("name", [*LENGTHS, *RATIOS])


@EACH
@pytest.mark.parametrize("kind", [np.int64, np.int16, np.uint8])
def test_whole_numbers_are_the_numbers_that_they_are(name: str, kind: type[np.integer]) -> None:
    """Differences of bytes wrap round, and weights 1/n of an integer type are 0."""
    function = (LENGTHS | RATIOS)[name]
    expected = function(X.astype(float), Y.astype(float), 1.0)
    assert expected > 0
    assert function(X.astype(kind), Y.astype(kind), 1.0) == expected


@EACH
@pytest.mark.parametrize("unit", [2.0**-20, 2.0**20])
def test_another_unit_is_another_unit_and_nothing_else(name: str, unit: float) -> None:
    function = (LENGTHS | RATIOS)[name]
    expected = function(X * 1.0, Y * 1.0, 1.0) * (unit if name in LENGTHS else 1.0)
    assert function(X * unit, Y * unit, unit) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", sorted(set(LENGTHS) - {"weighted", "sinkhorn_plan"}))
def test_a_set_lies_nowhere_but_where_it_lies(name: str) -> None:
    """Not by being binned, thinned out or blurred: the distance of points to themselves is 0."""
    assert LENGTHS[name](X * 1.0, X[::-1] * 1.0, 1.0) == pytest.approx(0.0, abs=1e-9)


def test_equal_points_stay_where_they_are() -> None:
    for n in (3, 60):
        x = np.arange(float(n))
        y = np.append(x[:-1], n + 1.0)
        assert wg.wasserstein_1(x[:, None] * [1, 0], y[:, None] * [1, 0]) == pytest.approx(2 / n)

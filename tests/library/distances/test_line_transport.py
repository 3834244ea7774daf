"""On a line the dual has a closed form. It is tested by itself: the certificate behind a distance
would refuse a wrong one, and a slower way would give the right value all the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from wganlib.distances.line_transport import slope_potentials


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 8), st.booleans())
def test_slope_potentials_are_feasible_and_optimal(seed, n, m, ties):
    rng = np.random.default_rng(seed)
    x, y = (rng.integers(-4, 5, k).astype(float) + (0 if ties else rng.random(k)) for k in (n, m))
    a, b = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m))
    f, g = slope_potentials(x, y, a, b)
    assert (f[:, None] + g[None, :] <= np.abs(x[:, None] - y[None, :]) + 1e-9).all()
    assert a @ f + b @ g == pytest.approx(wasserstein_distance(x, y, a, b), abs=1e-9)


@given(st.integers(0, 10**6), st.integers(1, 6))
def test_so_with_whole_numbers_of_units(seed, n):
    """Counts in place of weights: no rounding decides which CDF is ahead."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-4, 5, n).astype(float), rng.integers(-4, 5, n).astype(float)
    ones = np.ones(n)
    f, g = slope_potentials(x, y, ones, ones, whole=True)
    assert (f[:, None] + g[None, :] <= np.abs(x[:, None] - y[None, :])).all()
    assert f.sum() + g.sum() == np.abs(np.sort(x) - np.sort(y)).sum()

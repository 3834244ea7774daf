"""Large problems: generated columns against POT, closed forms and their own certificate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import wganlib as wg
from wganlib.distances import _simplex_kernels, proved_plans, sparse_transport


@pytest.fixture
def always_sparse(monkeypatch):
    monkeypatch.setattr(proved_plans, "DENSE_PAIRS", 0)


def points(rng, n, d, kind):
    if kind == "normal":
        return rng.normal(size=(n, d))
    if kind == "ties":
        return rng.integers(0, 3, size=(n, d)).astype(float)
    return np.zeros((n, d)) + 1e-3 * rng.integers(0, 2, size=(n, 1))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(2, 4),
    st.sampled_from(["normal", "ties", "one place"]),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_against_pot(n, m, d, kind, weighted, seed):
    rng = np.random.default_rng(seed)
    x, y = points(rng, n, d, kind), points(rng, m, d, kind) + 0.5
    a, b = (rng.dirichlet(np.full(k, 0.2)) if weighted else np.full(k, 1 / k) for k in (n, m))
    rows, columns = a > 0, b > 0
    found = sparse_transport.sparse_plan(x[rows], y[columns], a[rows], b[columns])
    expected = wg.wasserstein_1(x, y, a, b)
    assert found.cost == pytest.approx(expected, rel=1e-9, abs=1e-14)
    slack = cdist(x[rows], y[columns]) - found.potential_x[:, None] - found.potential_y
    assert slack.min() >= -1e-13
    dual = a[rows] @ found.potential_x + b[columns] @ found.potential_y
    assert dual == pytest.approx(expected, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("d", [2, 3, 40])
@pytest.mark.parametrize("weighted", [False, True])
def test_several_levels_against_pot(d, weighted, monkeypatch):
    rng = np.random.default_rng(d)
    x, y = rng.normal(size=(900, d)), rng.normal(size=(700, d)) + 0.2
    masses = [rng.dirichlet(np.ones(k)) for k in (900, 700)] if weighted else [None, None]
    expected = wg.transport_plan(x, y, *masses)
    monkeypatch.setattr(proved_plans, "DENSE_PAIRS", 0)
    monkeypatch.setattr(proved_plans, "DENSE_DIMENSION", 99)
    plan = wg.transport_plan(x, y, *masses)
    assert wg.wasserstein_1(x, y, *masses) == plan.cost
    assert plan.cost == pytest.approx(expected.cost, rel=1e-12)
    assert abs(plan.gap) <= 1e-12
    a, b = (
        np.full(k, 1 / k) if one is None else one for one, k in zip(masses, (900, 700), strict=True)
    )
    np.testing.assert_allclose(plan.coupling.sum(axis=1), a, rtol=1e-9)
    np.testing.assert_allclose(plan.coupling.sum(axis=0), b, rtol=1e-9)
    assert wg.distances.coupling_cost(plan.coupling, x, y) == pytest.approx(plan.cost, rel=1e-12)


def test_a_size_that_is_large_by_itself():
    """A translation of 3,000 points costs its length, whatever the plan."""
    x = np.random.default_rng(1).normal(size=(3000, 2))
    assert len(x) ** 2 > proved_plans.DENSE_PAIRS
    plan = wg.transport_plan(x, x + np.array([3.0, 4.0]))
    assert plan.cost == pytest.approx(5.0, rel=1e-12)
    assert wg.wasserstein_1(x, x[::-1]) == 0.0
    assert wg.wasserstein_1(np.ones((3000, 2)), np.ones((3000, 2))) == 0.0


def test_a_far_point_in_a_large_problem(always_sparse):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 80, 2))
    near = wg.wasserstein_1(x[:79], y[:79]) * 79 / 80
    x[79] = y[79] = 1e13
    assert wg.wasserstein_1(x, y) == pytest.approx(near, rel=1e-11)


def test_nearest_is_exact():
    rng = np.random.default_rng(3)
    x, y, g = rng.normal(size=(50, 3)), rng.normal(size=(333, 3)), rng.normal(size=333)
    with sparse_transport.tqdm(disable=True) as bar:
        values, columns = sparse_transport._Blocks(y, g).nearest(x, 5, bar)
    everything = cdist(x, y) - g
    np.testing.assert_allclose(values, np.sort(everything, axis=1)[:, :5], rtol=1e-13, atol=1e-14)
    np.testing.assert_array_equal(columns, np.argsort(everything, axis=1)[:, :5])


def test_an_interrupt_leaves_nothing_behind(always_sparse, monkeypatch):
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, 300, 2))
    expected = wg.wasserstein_1(x, y)
    kernel, calls = _simplex_kernels.pivot, []

    def interrupted(*args):
        calls.append(None)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return kernel(*args)

    before = x.copy(), y.copy()
    monkeypatch.setattr(_simplex_kernels, "pivot", interrupted)
    with pytest.raises(KeyboardInterrupt):
        wg.wasserstein_1(x, y)
    assert not sparse_transport.tqdm._instances
    np.testing.assert_array_equal((x, y), before)
    assert wg.wasserstein_1(x, y) == expected


def test_whole_flows_have_one_total():
    rng = np.random.default_rng(5)
    a, b = rng.dirichlet(np.full(1000, 0.01)), rng.dirichlet(np.ones(7))
    flows = sparse_transport.whole_flows(a, b)
    assert flows[0].sum() == flows[1].sum() == 2**61
    np.testing.assert_allclose(flows[0] / 2**61, a, rtol=0, atol=1e-15)
    equal = sparse_transport.whole_flows(np.full(6, 1 / 6), np.full(4, 1 / 4))
    assert [one.tolist() for one in equal] == [[2] * 6, [3] * 4]


def test_without_numba_pot_is_called(monkeypatch):
    monkeypatch.setattr(proved_plans, "DENSE_PAIRS", 0)
    monkeypatch.setattr(proved_plans, "find_spec", lambda name: None)
    monkeypatch.setattr(proved_plans, "_sparse_entries", lambda *args: pytest.fail("called"))
    assert wg.wasserstein_1([[0.0, 0.0]], [[3.0, 4.0]]) == 5.0


@pytest.mark.parametrize("size", [1e-6, 1e-9, 1e-12])
def test_a_cloud_and_its_slightly_moved_copy(size, always_sparse):
    """Potentials of a spread of one have too few digits here; those near 0 have enough."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(400, 2))
    y = x + size * rng.normal(size=x.shape)
    plan = wg.transport_plan(x, y)
    assert plan.cost == pytest.approx(np.linalg.norm(x - y, axis=1).mean(), rel=1e-9)
    assert np.abs(plan.potential_x).max() < 1e3 * size


def test_far_more_points_on_one_side(always_sparse):
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(400, 2))
    assert not proved_plans._is_large(x, y)  # POT is faster then
    found = sparse_transport.sparse_plan(x, y, np.full(5, 1 / 5), np.full(400, 1 / 400))
    assert found.cost == pytest.approx(wg.wasserstein_1(x, y), rel=1e-12)

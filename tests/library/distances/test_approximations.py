"""Slices and entropy against POT, closed forms, the exact distance and their limits."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import wganlib as wg
from tests.strategies import point_sets
from wganlib.distances import approximations


def spread(x, y):
    both = np.concatenate([x, y])
    return float(np.ptp(both, axis=0).max()) or 1.0


# --- slices --------------------------------------------------------------------------


@given(point_sets(2), st.integers(0, 10**6))
def test_slices_are_below_the_distance_and_equal_it_on_a_line(sets, seed):
    (x, a), (y, b) = sets
    exact = wg.wasserstein_1(x, y, a, b)
    sliced = wg.sliced_wasserstein(x, y, a, b, directions=7, seed=seed)
    assert 0.0 <= sliced <= exact + 1e-9
    if x.shape[1] == 1:
        assert sliced == pytest.approx(exact, abs=1e-9)
    assert sliced == wg.sliced_wasserstein(x, y, a, b, directions=7, seed=seed)


@given(point_sets(2), st.integers(0, 10**6))
def test_slices_against_pot_on_the_same_lines(sets, seed):
    (x, a), (y, b) = sets
    arrows = np.random.default_rng(seed).normal(size=(5, x.shape[1]))
    arrows /= np.linalg.norm(arrows, axis=1, keepdims=True)
    expected = ot.sliced_wasserstein_distance(x, y, a, b, p=1, projections=arrows.T)
    value = wg.sliced_wasserstein(x, y, a, b, directions=5, seed=seed)
    assert value == pytest.approx(float(expected), abs=1e-8)


@given(point_sets(1), st.floats(-50, 50))
def test_equal_masses_and_given_ones_agree(sets, step):
    ((x, _),) = sets
    mass = np.full(len(x), 1 / len(x))
    short = wg.sliced_wasserstein(x, x * 2 + step, directions=4, seed=1)
    long = wg.sliced_wasserstein(x, x * 2 + step, mass, mass, directions=4, seed=1)
    assert short == pytest.approx(long, abs=1e-9)


@pytest.mark.parametrize(("d", "factor"), [(2, 2 / math.pi), (3, 0.5)])
def test_a_translation_is_seen_shortened(d, factor):
    """The mean of |cos| of the angle with a random direction."""
    x = np.random.default_rng(0).normal(size=(5, d))
    value = wg.sliced_wasserstein(x, x + np.eye(d)[0], directions=100_000, seed=0)
    assert value == pytest.approx(factor, abs=0.005)


def test_slices_in_blocks_and_at_every_scale(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=(20, 3))
    value = wg.sliced_wasserstein(x, y, directions=11, seed=3)
    for scale in (1e-300, 1e-12, 1e150, 1e300):
        there = wg.sliced_wasserstein(x * scale, y * scale, directions=11, seed=3)
        assert there == pytest.approx(value * scale, rel=1e-9)
    monkeypatch.setattr(approximations, "_BLOCK", 100)
    assert wg.sliced_wasserstein(x, y, directions=11, seed=3) == pytest.approx(value, rel=1e-12)


# --- entropy -------------------------------------------------------------------------


@settings(max_examples=40)
@given(point_sets(2), st.floats(0.1, 2.0))
def test_entropic_plans_are_feasible_and_bracket_the_distance(sets, blur):
    (x, a), (y, b) = sets
    size = spread(x, y)
    plan = wg.sinkhorn_plan(x, y, a, b, regularisation=blur * size)
    exact = wg.wasserstein_1(x, y, a, b)
    np.testing.assert_allclose(plan.coupling.sum(axis=1), a, atol=1e-12)
    np.testing.assert_allclose(plan.coupling.sum(axis=0), b, atol=1e-12)
    assert plan.coupling.min() >= 0.0
    assert plan.lower_bound <= exact + 1e-9 * size
    assert exact <= plan.cost + 1e-9 * size
    assert plan.cost == pytest.approx(
        wg.distances.coupling_cost(plan.coupling, x, y), abs=1e-9 * size
    )
    assert plan.cost == wg.distances.sinkhorn(x, y, a, b, regularisation=blur * size)
    spent = plan.cost + blur * size * wg.kl_divergence(
        plan.coupling.ravel(), wg.distances.product_plan(a, b).ravel()
    )
    assert plan.objective == pytest.approx(spent, abs=1e-4 * size)


@settings(max_examples=40)
@given(point_sets(2), st.floats(0.2, 2.0))
def test_entropic_plans_against_plain_matrix_scaling(sets, blur):
    (x, a), (y, b) = sets
    i, j = a > 0, b > 0
    cost = cdist(x[i], y[j])
    size = spread(x, y)
    kernel, u = np.exp(-cost / (blur * size)), np.ones(i.sum())
    for _ in range(3000):
        v = b[j] / (kernel.T @ u)
        u = a[i] / (kernel @ v)
    reference = float((u[:, None] * kernel * v * cost).sum())
    value = wg.distances.sinkhorn(x, y, a, b, regularisation=blur * size)
    assert value == pytest.approx(reference, abs=1e-5 * size)


def test_less_entropy_is_nearer_and_dearer():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 2)), rng.normal(size=(25, 2)) + 0.5
    exact = wg.wasserstein_1(x, y)
    plans = [wg.sinkhorn_plan(x, y, regularisation=e) for e in (1e4, 1.0, 0.1, 0.03)]
    excess = [plan.cost - exact for plan in plans]
    assert excess == sorted(excess, reverse=True)
    assert 0.0 < excess[-1] < 0.02
    assert [plan.iterations for plan in plans] == sorted(plan.iterations for plan in plans)
    product = wg.distances.coupling_cost(
        wg.distances.product_plan(np.full(30, 1 / 30), np.full(25, 1 / 25)), x, y
    )
    assert plans[0].cost == pytest.approx(product, rel=1e-3)


def test_the_entropic_cost_is_biased_and_the_divergence_is_not():
    x = np.random.default_rng(0).normal(size=(20, 2))
    assert wg.distances.sinkhorn(x, x, regularisation=0.5) > 0.1
    assert wg.distances.sinkhorn_divergence(x, x, regularisation=0.5) < 1e-9
    assert wg.distances.sinkhorn_divergence(x, x[::-1], regularisation=0.05) < 1e-4


def test_the_divergence_goes_from_wasserstein_to_half_the_energy_distance():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(25, 2)), rng.normal(size=(20, 2)) + 1
    energy = cdist(x, y).mean() - cdist(x, x).mean() / 2 - cdist(y, y).mean() / 2
    wide = wg.distances.sinkhorn_divergence(x, y, regularisation=1e4)
    assert wide == pytest.approx(energy, rel=1e-3)
    narrow = wg.distances.sinkhorn_divergence(x, y, regularisation=0.02)
    assert narrow == pytest.approx(wg.wasserstein_1(x, y), rel=0.02)


@settings(max_examples=25)
@given(point_sets(2), st.floats(0.2, 2.0))
def test_the_divergence_is_symmetric_and_nonnegative(sets, blur):
    (x, a), (y, b) = sets
    size = spread(x, y)
    value = wg.distances.sinkhorn_divergence(x, y, a, b, regularisation=blur * size)
    back = wg.distances.sinkhorn_divergence(y, x, b, a, regularisation=blur * size)
    assert value >= 0.0
    assert value == pytest.approx(back, abs=1e-5 * size)


def test_the_divergence_against_pot():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(15, 2)), rng.normal(size=(12, 2)) + 1
    a, b = np.full(15, 1 / 15), np.full(12, 1 / 12)

    def objective(x, y, a, b):
        plan = ot.sinkhorn(a, b, cdist(x, y), 0.5, method="sinkhorn_log", stopThr=1e-9)
        return (plan * cdist(x, y)).sum() + 0.5 * wg.kl_divergence(
            plan.ravel() / plan.sum(), np.outer(a, b).ravel()
        )

    expected = objective(x, y, a, b) - objective(x, x, a, a) / 2 - objective(y, y, b, b) / 2
    value = wg.distances.sinkhorn_divergence(x, y, regularisation=0.5)
    assert value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("function", ["sinkhorn", "sinkhorn_plan", "sinkhorn_divergence"])
def test_an_iteration_that_has_not_converged_is_an_error(function):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 2)), rng.normal(size=(30, 2))
    with pytest.raises(RuntimeError, match=r"off by .* after 3 steps"):
        getattr(wg.distances, function)(x, y, regularisation=0.01, max_iterations=3)


def test_the_self_term_that_has_not_converged_is_an_error():
    x = np.random.default_rng(0).normal(size=(30, 2))
    cost, mass = cdist(x, x), np.full(30, 1 / 30)
    with pytest.raises(RuntimeError, match="after 2 steps"):
        approximations._self_objective(cost, mass, 0.1, 2)


@pytest.mark.parametrize("scale", [1e-250, 1e-12, 1e12, 1e250])
def test_entropy_at_every_scale(scale):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(10, 2)), rng.normal(size=(8, 2))
    value = wg.distances.sinkhorn_divergence(x, y, regularisation=0.5)
    there = wg.distances.sinkhorn_divergence(x * scale, y * scale, regularisation=0.5 * scale)
    assert there == pytest.approx(value * scale, rel=1e-3)


def test_points_without_mass_are_left_alone():
    plan = wg.sinkhorn_plan([0.0, 5.0], [1.0, 9.0], [1.0, 0.0], [1.0, 0.0], regularisation=1.0)
    assert plan.coupling.tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert plan.cost == plan.lower_bound == plan.objective == 1.0

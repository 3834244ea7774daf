"""Potentials as functions: optimal, 1-Lipschitz, steep along the rays, and Theorem 3."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import wganlib as wg
from tests.strategies import point_sets, weighted_points
from wganlib.distances import duality as potentials

TOLERANCE = 1e-9  # of coordinates up to 100
forms = st.sampled_from(["smallest", "largest"])


def steepest(values, at):
    distance, rise = cdist(at, at), np.abs(values[:, None] - values)
    return float((rise - distance).max())


def finite_differences(x, y, a, b, step=1e-6):
    gradient = np.empty_like(y)
    for j, k in np.ndindex(*y.shape):
        ahead, behind = y.copy(), y.copy()
        ahead[j, k] += step
        behind[j, k] -= step
        gradient[j, k] = wg.wasserstein_1(x, ahead, a, b) - wg.wasserstein_1(x, behind, a, b)
    return gradient / (2 * step)


# --- the extension -------------------------------------------------------------------


@given(st.integers(1, 3).flatmap(weighted_points), st.floats(0.1, 10), st.integers(0, 10**6))
def test_extensions_go_through_the_values_and_bound_all_others(given_points, constant, seed):
    points, _ = given_points
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=points.shape[1])
    direction *= constant * rng.random() / np.linalg.norm(direction)
    values = np.abs(points @ direction)  # of slope at most the constant
    low, high = (
        wg.distances.mcshane_extension(points, values, constant, form=form)
        for form in ("smallest", "largest")
    )
    at = np.concatenate([points, rng.uniform(-150, 150, size=(20, points.shape[1]))])
    scale = 200 * constant
    for extension in (low, high):
        np.testing.assert_allclose(extension(points), values, atol=1e-9 * scale)
        assert steepest(extension(at) / constant, at) <= 1e-9 * scale
    between = np.abs(at @ direction)
    assert (low(at) <= between + 1e-9 * scale).all()
    assert (between <= high(at) + 1e-9 * scale).all()


def test_values_that_are_too_steep_are_refused():
    with pytest.raises(ValueError, match=r"^values: expected a slope of at most 1"):
        wg.distances.mcshane_extension([0.0, 1.0], [0.0, 1.1])
    assert wg.distances.mcshane_extension([0.0, 1.0], [0.0, 1.1], 1.1)([2.0]) == pytest.approx(0.0)
    with pytest.raises(ValueError, match=r"^values: "):
        wg.distances.mcshane_extension([0.0, 0.0], [0.0, 1.0])


@given(st.integers(1, 3).flatmap(weighted_points), forms, st.integers(0, 10**6))
def test_gradients_of_extensions_against_finite_differences(given_points, form, seed):
    points, _ = given_points
    constant = 2.0
    extension = wg.distances.mcshane_extension(points, np.zeros(len(points)), constant, form=form)
    at = np.random.default_rng(seed).uniform(-150, 150, size=(20, points.shape[1]))
    gradient = extension.gradient(at)
    np.testing.assert_allclose(np.linalg.norm(gradient, axis=1), constant)
    step = 1e-5
    for k, axis in enumerate(np.eye(points.shape[1])):
        slope = (extension(at + step * axis) - extension(at - step * axis)) / (2 * step)
        # Where two cones meet within a step there is no gradient to compare with.
        cone = [extension._best(at + sign * step * axis)[1] for sign in (-1, 1)]
        away = cdist(at, points).min(axis=1) > 0.1
        same = (cone[0] == cone[1]) & away
        np.testing.assert_allclose(slope[same], gradient[same, k], atol=1e-3)


def test_the_tip_of_a_cone_has_gradient_zero():
    extension = wg.distances.mcshane_extension([[0.0, 0.0]], [1.0])
    assert extension.gradient([[0.0, 0.0], [0.0, 2.0]]).tolist() == [[0.0, 0.0], [0.0, -1.0]]


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_extensions_at_every_scale(scale):
    low = wg.distances.mcshane_extension(np.array([[0.0, 0.0], [scale, 0.0]]), [0.0, 0.0])
    at = np.array([[0.5, 0.0], [3.0, 4.0]]) * scale
    np.testing.assert_allclose(low(at) / scale, [-0.5, -np.hypot(2.0, 4.0)])
    np.testing.assert_allclose(np.linalg.norm(low.gradient(at), axis=1), 1.0)


def test_gradients_near_and_far_at_once():
    slope = wg.distances.mcshane_extension([[0.0, 0.0]], [0.0]).gradient(
        [[1e-200, 0.0], [0.0, 1e200]]
    )
    assert slope.tolist() == [[-1.0, 0.0], [0.0, -1.0]]


def test_an_extension_keeps_what_it_was_given():
    points, values = np.array([0.0, 4.0]), np.array([2.0, 0.0])
    extension = wg.distances.mcshane_extension(points, values)
    points[:], values[:] = 9.0, 9.0
    assert extension([0.0, 4.0]).tolist() == [2.0, 0.0]


def test_values_that_overflow_are_refused_by_name():
    with pytest.raises(ValueError, match=r"^at: .*overflow"):
        wg.distances.mcshane_extension([0.0], [-1.7e308])([1e308])
    with pytest.raises(ValueError, match=r"^values: .*overflow"):
        wg.distances.c_transform([-1.7e308], [0.0], [1e308])


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    f = wg.kantorovich_potential(rng.normal(size=(20, 2)), rng.normal(size=(20, 2)))
    at = rng.normal(size=(50, 2))
    values, gradient = f(at), f.gradient(at)
    monkeypatch.setattr(potentials, "_BLOCK", 70)
    np.testing.assert_array_equal(f(at), values)
    np.testing.assert_array_equal(f.gradient(at), gradient)


def test_far_points_and_wrong_dimensions_are_refused_by_name():
    f = wg.kantorovich_potential([[-1e308, 0.0]], [[-1e308, 1.0]])
    with pytest.raises(ValueError, match=r"^at: .*overflow"):
        f([[1e308, 0.0]])
    with pytest.raises(ValueError, match=r"^at: .*dimension 2"):
        f.gradient([0.0])


# --- the c-transform -----------------------------------------------------------------


@given(point_sets(2), st.integers(0, 10**6))
def test_the_c_transform_is_the_largest_feasible_partner(sets, seed):
    (x, _), (y, _) = sets
    f = np.random.default_rng(seed).normal(size=len(x)) * 10
    g = wg.distances.c_transform(f, x, y)
    slack = cdist(x, y) - f[:, None] - g
    np.testing.assert_allclose(slack.min(axis=0), 0.0, atol=TOLERANCE)
    back = wg.distances.c_transform(g, y, x)
    assert (back >= f - TOLERANCE).all()
    np.testing.assert_allclose(
        wg.distances.c_transform(back, x, y), g, atol=TOLERANCE
    )  # three are one
    same = wg.distances.c_transform(-wg.distances.c_transform(f, x, x), x, x)
    np.testing.assert_allclose(same, wg.distances.c_transform(f, x, x), atol=TOLERANCE)


# --- Kantorovich's potential ---------------------------------------------------------


@given(point_sets(2), forms, st.integers(0, 10**6))
def test_the_potential_is_an_optimal_critic_on_the_whole_space(sets, form, seed):
    (x, a), (y, b) = sets
    f = wg.kantorovich_potential(x, y, a, b, form=form)
    cost = wg.wasserstein_1(x, y, a, b)
    assert f.value == pytest.approx(cost, abs=TOLERANCE)
    assert a @ f(x) - b @ f(y) == pytest.approx(cost, abs=1e-8)
    anywhere = np.random.default_rng(seed).uniform(-150, 150, size=(20, x.shape[1]))
    at = np.concatenate([x, y, anywhere])
    assert steepest(f(at), at) <= TOLERANCE


@given(point_sets(2, dimensions=(2, 3)), forms, st.floats(0.01, 0.99))
def test_the_potential_falls_at_slope_one_along_the_rays(sets, form, part):
    (x, a), (y, b) = sets
    f = wg.kantorovich_potential(x, y, a, b, form=form)
    row, column = np.nonzero(f.plan.coupling > 1e-9)
    length = np.linalg.norm(y[column] - x[row], axis=1)
    inside = x[row] + part * (y[column] - x[row])
    drop = f(x)[row] - f(inside)
    np.testing.assert_allclose(drop, part * length, atol=1e-8)


def test_the_gradient_is_against_the_direction_of_travel():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 2)), rng.normal(size=(40, 2)) + 2
    for form in ("smallest", "largest"):
        f = wg.kantorovich_potential(x, y, form=form)
        row, column = np.nonzero(f.plan.coupling)
        travel = y[column] - x[row]
        travel /= np.linalg.norm(travel, axis=1, keepdims=True)
        gradient = f.gradient((x[row] + y[column]) / 2)
        np.testing.assert_allclose(gradient, -travel, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(gradient, axis=1), 1.0)


def test_the_smallest_critic_is_below_the_largest():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 2)), rng.normal(size=(20, 2)) + 1
    low, high = (wg.kantorovich_potential(x, y, form=form) for form in ("smallest", "largest"))
    at = rng.uniform(-6, 6, size=(500, 2))
    assert (low(at) <= high(at) + 1e-12).all()
    assert (high(at) - low(at)).max() > 0.5


def test_points_without_mass_do_not_matter():
    x, y = np.array([[0.0, 0.0], [50.0, 0.0]]), np.array([[3.0, 4.0]])
    f = wg.kantorovich_potential(x, y, [1.0, 0.0])
    g = wg.kantorovich_potential(x[:1], y)
    at = np.random.default_rng(0).normal(size=(9, 2)) * 30
    np.testing.assert_allclose(f(at) - f(y), g(at) - g(y), atol=1e-12)


def test_large_sets_with_sparse_plans():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=3000), rng.normal(size=2000) + 1
    f = wg.kantorovich_potential(x, y)
    assert f.value == pytest.approx(wg.wasserstein_1(x, y), rel=1e-9)


def test_a_function_that_misses_the_cost_is_an_error(monkeypatch):
    honest = potentials.transport_plan

    def wrong(*args):
        plan = honest(*args)
        object.__setattr__(plan, "potential_x", plan.potential_x * 0.5)
        return plan

    monkeypatch.setattr(potentials, "transport_plan", wrong)
    rng = np.random.default_rng(0)
    with pytest.raises(RuntimeError, match="the potential attains"):
        wg.kantorovich_potential(rng.normal(size=(9, 2)), rng.normal(size=(9, 2)))


# --- Theorem 3 -----------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_theorem_3_three_ways(d, seed):
    """Row K3: the plan, the potential and finite differences of the exact distance."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(12, d)), rng.normal(size=(12, d)) + 0.5
    gradient = wg.transport_gradient(x, y)
    np.testing.assert_allclose(gradient, finite_differences(x, y, None, None), atol=1e-7)
    f = wg.kantorovich_potential(x, y)
    np.testing.assert_allclose(gradient, -f.gradient(y) / 12, atol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(gradient, axis=1), 1 / 12)


@pytest.mark.parametrize("seed", range(4))
def test_the_gradient_where_mass_comes_from_several_sides(seed):
    """The distance has a gradient where the potential has a kink: Theorem 3 is silent."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(9, 2)), rng.normal(size=(5, 2))
    a, b = rng.dirichlet(np.ones(9)), rng.dirichlet(np.ones(5))
    gradient = wg.transport_gradient(x, y, a, b)
    np.testing.assert_allclose(gradient, finite_differences(x, y, a, b), atol=1e-6)
    assert (np.linalg.norm(gradient, axis=1) <= b + 1e-12).all()
    of_potential = -b[:, None] * wg.kantorovich_potential(x, y, a, b).gradient(y)
    assert np.abs(gradient - of_potential).max() > 0.01


def test_the_chain_rule_through_a_generator():
    """The formula as printed: the gradient in theta of W(P, g_theta(Z)), by the potential."""
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(20, 2)) + 2, rng.normal(size=(20, 2))

    def generate(theta):
        return theta * np.tanh(z) + z

    theta, step = 0.7, 1e-6
    f = wg.kantorovich_potential(x, generate(theta))
    formula = -float((f.gradient(generate(theta)) * np.tanh(z)).sum(axis=1).mean())
    ahead, behind = (wg.wasserstein_1(x, generate(theta + s)) for s in (step, -step))
    assert formula == pytest.approx((ahead - behind) / (2 * step), abs=1e-7)


@given(point_sets(2))
def test_gradients_sum_to_a_translation(sets):
    """Moving all of y at once: no more than distance for distance."""
    (x, a), (y, b) = sets
    gradient = wg.transport_gradient(x, y, a, b)
    assert gradient.shape == y.shape
    assert (np.linalg.norm(gradient, axis=1) <= b + 1e-12).all()
    assert np.linalg.norm(gradient.sum(axis=0)) <= 1 + 1e-12


@pytest.mark.parametrize("tiny", [5e-7, 1e-12, 1e-15])
def test_tiny_masses_beside_one_that_stays(tiny):
    """The potentials of the light points prove the plan: the heavy one's is 0, without rounding."""
    answered = 0
    for seed in range(0, 60, 12):
        rng = np.random.default_rng(seed)
        n, m, d = rng.integers(2, 8), rng.integers(2, 8), rng.integers(2, 4)
        x, y = rng.normal(size=(n, d)), rng.normal(size=(m, d))
        x[0] = y[-1]
        a, b = np.full(n, tiny), np.full(m, tiny)
        a[0], b[-1] = 1 - tiny * (n - 1), 1 - tiny * (m - 1)
        plan, gradient = wg.transport_plan(x, y, a, b), wg.transport_gradient(x, y, a, b)
        assert plan.cost == pytest.approx(wg.wasserstein_1(x, y, a, b), rel=1e-9)
        assert abs(plan.gap) <= 1e-9 * plan.cost
        assert (np.linalg.norm(gradient, axis=1) <= b * (1 + 1e-9)).all()
        step = np.zeros_like(y)
        step[0, 0] = 1e-5
        ends = [wg.wasserstein_1(x, y + sign * step, a, b) for sign in (1, -1)]
        assert gradient[0, 0] == pytest.approx(
            (ends[0] - ends[1]) / 2e-5, rel=2e-3, abs=1e-4 * tiny
        )
        answered += 1
    assert answered == 5


def test_what_stays_in_place_pulls_nowhere():
    assert wg.transport_gradient([0.0, 1.0], [0.0, 1.0]).tolist() == [[0.0], [0.0]]


def test_a_sliver_of_mass_far_away_takes_no_digits_from_the_rest():
    """Centred at 0, potentials would be 1.5 nearly everywhere; what moves is a millionth of it."""
    x = np.array([[0.0, 3.0], [0.0, 0.0], [0.0, 0.0]])
    f = wg.kantorovich_potential(x, x[:1], [0.999999, 0.0, 0.000001])
    assert f.value == pytest.approx(3e-6, rel=1e-9)

"""Critics of function classes against transport, POT, linear programmes, grids and quadrature."""

from __future__ import annotations

import itertools
import math

import numpy as np
import ot
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

import wganlib as wg
from tests.strategies import point_sets
from wganlib.distances import ipm

TOLERANCE = 1e-8  # of coordinates up to 100
KINDS = ("gaussian", "laplace", "rational-quadratic")
positive = st.floats(0.01, 100.0)


def kernel(x, y, width, kind="gaussian"):
    """Written from the definition, for one pair."""
    r = float(np.linalg.norm(np.asarray(x) - np.asarray(y))) / width
    return {
        "gaussian": math.exp(-r * r / 2),
        "laplace": math.exp(-r),
        "rational-quadratic": 1 / (1 + r * r / 2),
    }[kind]


def double_sum(x, y, a, b, width, kind="gaussian"):
    return sum(
        p * q * kernel(s, t, width, kind)
        for (s, p), (t, q) in itertools.product(zip(x, a, strict=True), zip(y, b, strict=True))
    )


def truncated_transport(x, y, a, b, bound, constant):
    """POT's optimum for the cost min(K |x - y|, 2 B)."""
    i, j = a > 0, b > 0
    cost = np.minimum(constant * cdist(x[i], y[j]), 2 * bound)
    return ot.emd2(a[i], b[j], cost)


def slope(values, points):
    """Return the steepest climb between any two different points."""
    distance = cdist(points, points)
    rise = np.abs(values[:, None] - values)
    return float((rise[distance > 0] / distance[distance > 0]).max(initial=0.0))


# --- Lipschitz -----------------------------------------------------------------------


@given(point_sets(2), positive)
def test_lipschitz_critics_attain_k_times_the_exact_distance(sets, constant):
    (x, a), (y, b) = sets
    critic = wg.lipschitz_critic(x, y, a, b, constant=constant)
    expected = constant * wg.wasserstein_1(x, y, a, b)
    assert critic.value == pytest.approx(expected, abs=TOLERANCE * constant)
    assert critic.difference @ critic.values == pytest.approx(critic.value, abs=1e-9 * constant)
    np.testing.assert_allclose(critic(critic.points), critic.values)


@given(point_sets(2), positive, st.integers(0, 10**6))
def test_lipschitz_critics_are_lipschitz_everywhere(sets, constant, seed):
    (x, a), (y, b) = sets
    critic = wg.lipschitz_critic(x, y, a, b, constant=constant)
    anywhere = np.random.default_rng(seed).uniform(-150, 150, size=(30, x.shape[1]))
    at = np.concatenate([critic.points, anywhere])
    values = critic(at)
    steps = cdist(at, at)
    rise = np.abs(values[:, None] - values)
    assert (rise <= constant * steps * (1 + 1e-9) + 1e-10 * constant).all()


def test_primal_dual_and_areas_agree_on_one_problem():
    """Row K1: five ways to one number."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 1)), rng.normal(size=(30, 1)) * 2 + 1
    numbers = [
        wg.wasserstein_1(x, y),
        wg.transport_plan(x, y).cost,
        wg.lipschitz_critic(x, y).value,
        wg.kantorovich_potential(x, y).value,
        scipy.stats.wasserstein_distance(x[:, 0], y[:, 0]),
        ot.emd2([], [], cdist(x, y)),
        wg.lipschitz_critic(x, y, constant=7.0).value / 7.0,
    ]
    assert max(numbers) - min(numbers) < 1e-12


def test_lipschitz_critics_in_the_plane_agree_with_the_simplex():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2)), rng.normal(size=(50, 2)) + 0.5
    assert wg.lipschitz_critic(x, y).value == pytest.approx(wg.wasserstein_1(x, y), abs=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1e-12, 1e12, 1e200])
def test_critics_at_every_scale(scale):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 2)), rng.normal(size=(9, 2))
    here = wg.distances.bounded_lipschitz_critic(x, y, bound=0.4)
    there = wg.distances.bounded_lipschitz_critic(
        x * scale, y * scale, bound=0.4, constant=1 / scale
    )
    assert there.value == pytest.approx(here.value, rel=1e-9)
    np.testing.assert_allclose(there(x * scale), here(x), atol=1e-9)
    w = wg.wasserstein_1(x * scale, y * scale)
    assert wg.lipschitz_critic(x * scale, y * scale).value == pytest.approx(w, rel=1e-9)


def test_a_line_may_have_many_atoms_and_a_plane_may_not():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=2000), rng.normal(size=2000)
    assert wg.lipschitz_critic(x, y).value == pytest.approx(wg.wasserstein_1(x, y), abs=1e-9)
    many = rng.normal(size=(ipm.MOST_ATOMS, 2))
    with pytest.raises(ValueError, match=r"^x: .*at most 600 .*subsets"):
        wg.lipschitz_critic(many, many + 1)


def test_a_programme_that_stops_early_is_an_error(monkeypatch):
    honest = ipm.linprog
    short = lambda *a, **k: honest(*a, **(k | {"options": {"maxiter": 0}}))  # noqa: E731
    monkeypatch.setattr(ipm, "linprog", short)
    x = np.random.default_rng(0).normal(size=(20, 2))
    with pytest.raises(RuntimeError, match="stopped early"):
        wg.lipschitz_critic(x, x + 1)


# --- bounded and Lipschitz -----------------------------------------------------------


@given(point_sets(2), positive, positive)
def test_bounded_lipschitz_is_transport_at_a_capped_cost(sets, bound, constant):
    (x, a), (y, b) = sets
    critic = wg.distances.bounded_lipschitz_critic(x, y, a, b, bound=bound, constant=constant)
    expected = truncated_transport(x, y, a, b, bound, constant)
    scale = min(bound, 100 * constant)
    assert critic.value == pytest.approx(expected, abs=1e-8 * scale)
    assert np.abs(critic.values).max() <= bound * (1 + 1e-12)
    p, q, _ = wg.distances.on_common_support(x, y, a, b)
    assert critic.value <= 2 * bound * wg.total_variation(p, q) + 1e-8 * scale
    assert critic.value <= constant * wg.wasserstein_1(x, y, a, b) + 1e-8 * scale


def test_bounded_lipschitz_goes_from_total_variation_to_wasserstein():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(20, 2)), rng.normal(size=(20, 2)) + 1
    steep = wg.distances.bounded_lipschitz_critic(x, y, constant=1e6).value
    loose = wg.distances.bounded_lipschitz_critic(x, y, bound=1e6).value
    assert steep == pytest.approx(2.0, abs=1e-12)
    assert loose == pytest.approx(wg.wasserstein_1(x, y), abs=1e-12)


@pytest.mark.parametrize("bound", [0.5, 0.6, 0.9])
@pytest.mark.parametrize("apart", [0.99, 1.0])
def test_a_bound_that_only_just_leaves_room_is_kept(apart, bound):
    """Here f may climb by all of W₁, if it begins below 0: it lies around 0."""
    critic = wg.distances.bounded_lipschitz_critic([0.0], [apart], bound=bound)
    assert critic.value == pytest.approx(apart, rel=1e-12)
    assert np.abs(critic.values).max() <= bound
    assert np.abs(critic([0.0, 0.5, apart])).max() <= bound


def test_bounded_lipschitz_sees_that_escaping_mass_converges_in_distribution():
    """W does not go to 0 here, and this metric does, as convergence in distribution does."""
    values = []
    for n in (10, 100, 1000):
        a = [1 - 1 / n, 1 / n]
        assert wg.wasserstein_1([0.0, n], [0.0], a) == pytest.approx(1.0)
        values.append(wg.distances.bounded_lipschitz_critic([0.0, n], [0.0], a).value)
    np.testing.assert_allclose(values, [0.2, 0.02, 0.002], rtol=1e-9)


# --- bounded -------------------------------------------------------------------------


@given(point_sets(2), st.floats(-5, 5), st.floats(0.01, 10))
def test_bounded_critics_attain_their_range_times_total_variation(sets, low, width):
    (x, a), (y, b) = sets
    high = low + width
    critic = wg.bounded_critic(x, y, a, b, low=low, high=high)
    p, q, support = wg.distances.on_common_support(x, y, a, b)
    assert critic.value == pytest.approx((high - low) * wg.total_variation(p, q), abs=1e-8)
    assert critic.difference @ critic.values == pytest.approx(critic.value, abs=1e-8)
    np.testing.assert_array_equal(critic(support), critic.values)
    assert ((critic.values >= low) & (critic.values <= high)).all()
    programme = linprog(-(p - q), bounds=(low, high))
    assert critic.value == pytest.approx(-programme.fun, abs=1e-7)


def test_functions_between_minus_one_and_one_give_twice_the_total_variation():
    """Section 5 of the paper says once; its section 2 defines delta as a supremum of gaps."""
    p, q = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.1, 0.3, 0.1, 0.5])
    events = [np.array(e) for e in itertools.product((0, 1), repeat=4)]
    delta = max(abs(float(e @ (p - q))) for e in events)
    signs = [2 * e - 1 for e in events]  # extreme points of the class
    ipm_value = max(float(s @ (p - q)) for s in signs)
    atoms = np.arange(4.0)
    assert delta == pytest.approx(wg.total_variation(p, q)) == pytest.approx(0.5)
    assert wg.bounded_critic(atoms, atoms, p, q).value == pytest.approx(ipm_value)
    assert ipm_value == pytest.approx(2 * delta)


def test_bounded_critics_are_half_way_where_nothing_is_known():
    critic = wg.bounded_critic([0.0, 1.0], [1.0, 2.0], low=0.0, high=3.0)
    np.testing.assert_array_equal(critic([-0.0, 1.0, 2.0, 7.0]), [3.0, 1.5, 0.0, 1.5])


# --- kernels -------------------------------------------------------------------------


@given(point_sets(2), st.floats(0.1, 50), st.sampled_from(KINDS))
def test_mmd_against_its_double_sums(sets, width, kind):
    (x, a), (y, b) = sets
    square = (
        double_sum(x, x, a, a, width, kind)
        + double_sum(y, y, b, b, width, kind)
        - 2 * double_sum(x, y, a, b, width, kind)
    )
    value = wg.mmd(x, y, a, b, bandwidth=width, kernel=kind)
    assert value**2 == pytest.approx(square, abs=1e-12)
    assert 0.0 <= value <= math.sqrt(2) + 1e-12
    assert wg.mmd(y, x, b, a, bandwidth=width, kernel=kind) == pytest.approx(value, abs=1e-9)
    assert wg.mmd(x, x[::-1], a, a[::-1], bandwidth=width, kernel=kind) < 1e-8


@given(point_sets(3), st.floats(0.1, 50), st.sampled_from(KINDS))
def test_mmd_satisfies_the_triangle_inequality(sets, width, kind):
    (x, a), (y, b), (z, c) = sets
    direct, *detour = (
        wg.mmd(*pair, bandwidth=width, kernel=kind)
        for pair in ((x, z, a, c), (x, y, a, b), (y, z, b, c))
    )
    assert direct <= sum(detour) + 1e-7


@given(point_sets(2), st.floats(0.1, 50))
def test_gaussian_mmd_is_below_total_variation_and_wasserstein(sets, width):
    """The kernel's features have norm 1 and are Lipschitz with constant 1 / bandwidth."""
    (x, a), (y, b) = sets
    value = wg.mmd(x, y, a, b, bandwidth=width)
    p, q, _ = wg.distances.on_common_support(x, y, a, b)
    assert value <= 2 * wg.total_variation(p, q) + 1e-7
    assert value <= wg.wasserstein_1(x, y, a, b) / width + 1e-7


@given(point_sets(2), st.floats(0.5, 20), st.sampled_from(KINDS), st.integers(0, 10**6))
def test_the_kernel_critic_beats_every_other_function_of_norm_one(sets, width, kind, seed):
    (x, a), (y, b) = sets
    critic = wg.distances.kernel_critic(x, y, a, b, bandwidth=width, kernel=kind)
    assert critic.difference @ critic.values == pytest.approx(critic.value, abs=1e-7)
    np.testing.assert_allclose(critic(critic.points), critic.values, atol=1e-6)
    gram = np.array([[kernel(s, t, width, kind) for s in critic.points] for t in critic.points])
    for weights in np.random.default_rng(seed).normal(size=(10, len(gram))):
        norm = math.sqrt(weights @ gram @ weights)
        if norm > 1e-6:
            assert critic.difference @ (gram @ weights) / norm <= critic.value + 1e-6


def test_several_bandwidths_average_their_kernels():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 2)), rng.normal(size=(7, 2)) + 1
    for estimator in ("biased", "unbiased"):
        squares = [
            wg.distances.mmd_squared(x, y, bandwidth=width, estimator=estimator)
            for width in (0.5, 1.0, 3.0)
        ]
        together = wg.distances.mmd_squared(x, y, bandwidth=[0.5, 1.0, 3.0], estimator=estimator)
        assert together == pytest.approx(np.mean(squares), abs=1e-14)


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 2)), rng.normal(size=(40, 2))
    whole = wg.mmd(x, y, bandwidth=1.0), wg.distances.mmd_squared(x, y, bandwidth=1.0)
    monkeypatch.setattr(ipm, "_BLOCK", 70)
    parts = wg.mmd(x, y, bandwidth=1.0), wg.distances.mmd_squared(x, y, bandwidth=1.0)
    assert parts == pytest.approx(whole, abs=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_bandwidths_at_the_ends_of_the_floats(kind):
    x, y = [0.0, 1.0], [2.0, 3.0]
    assert wg.mmd(x, y, bandwidth=1e-300, kernel=kind) == pytest.approx(1.0)
    assert wg.mmd(x, y, bandwidth=1e300, kernel=kind) == pytest.approx(0.0, abs=1e-7)
    far = wg.mmd([-1e300], [1e300], bandwidth=1.0, kernel=kind)
    assert far == pytest.approx(math.sqrt(2))


def test_small_bandwidths_saturate_and_large_ones_do_not():
    """Row R3: MMD against theta for atoms at 0 and theta."""
    theta = np.array([0.1, 0.5, 1.0, 2.0])
    narrow = np.array([wg.mmd([0.0], [t], bandwidth=0.02) for t in theta])
    wide = np.array([wg.mmd([0.0], [t], bandwidth=100.0) for t in theta])
    np.testing.assert_allclose(narrow, math.sqrt(2), rtol=1e-5)
    np.testing.assert_allclose(wide * 100.0, theta, rtol=1e-3)


def test_supremum_norm_one_in_a_universal_space_is_twice_the_total_variation():
    """Section 5 prints the wrong norm: interpolants of any signs exist in the space."""
    points = np.array([0.0, 1.0, 2.0, 3.0])
    p, q = np.array([0.4, 0.1, 0.4, 0.1]), np.array([0.1, 0.4, 0.1, 0.4])
    gram = np.exp(-0.5 * (points[:, None] - points) ** 2 / 0.3**2)
    weights = np.linalg.solve(gram, np.sign(p - q))
    at = np.linspace(-3.0, 6.0, 9001)
    witness = np.exp(-0.5 * (at[:, None] - points) ** 2 / 0.3**2) @ weights
    assert np.abs(witness).max() == pytest.approx(1.0, abs=0.01)
    assert (p - q) @ (gram @ weights) == pytest.approx(2 * wg.total_variation(p, q))
    assert wg.mmd(points, points, p, q, bandwidth=0.3) < 0.65 < 2 * wg.total_variation(p, q)


# --- estimators ----------------------------------------------------------------------


@given(st.integers(2, 6), st.integers(2, 6), st.floats(0.2, 5), st.integers(0, 10**6))
def test_the_unbiased_estimate_against_its_sums(n, m, width, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, 2)), rng.normal(size=(m, 2))
    within = [
        np.mean([kernel(s, t, width) for s, t in itertools.permutations(points, 2)])
        for points in (x, y)
    ]
    across = np.mean([kernel(s, t, width) for s, t in itertools.product(x, y)])
    value = wg.distances.mmd_squared(x, y, bandwidth=width)
    assert value == pytest.approx(sum(within) - 2 * across, abs=1e-13)
    biased = wg.distances.mmd_squared(x, y, bandwidth=width, estimator="biased")
    assert biased == pytest.approx(wg.mmd(x, y, bandwidth=width) ** 2, abs=1e-13)
    assert biased >= value - 1e-13


def test_the_linear_estimate_against_its_sum():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 3)) + 1
    terms = [
        kernel(x[i], x[i + 1], 2.0)
        + kernel(y[i], y[i + 1], 2.0)
        - kernel(x[i], y[i + 1], 2.0)
        - kernel(x[i + 1], y[i], 2.0)
        for i in range(0, 8, 2)
    ]
    value = wg.distances.mmd_squared(x, y, bandwidth=2.0, estimator="linear")
    assert value == pytest.approx(np.mean(terms), abs=1e-14)


def test_two_estimators_are_right_on_average_and_one_is_not():
    rng = np.random.default_rng(0)
    truth = wg.distances.mmd_gaussian(0.0, 1.0, 0.5, 1.0, bandwidth=1.0) ** 2
    names = ("biased", "unbiased", "linear")
    drawn = np.array(
        [
            [wg.distances.mmd_squared(x, y, bandwidth=1.0, estimator=name) for name in names]
            for x, y in ((rng.normal(size=20), rng.normal(size=20) + 0.5) for _ in range(2000))
        ]
    )
    mean, error = drawn.mean(axis=0), drawn.std(axis=0) / math.sqrt(len(drawn))
    assert abs(mean[1] - truth) < 4 * error[1]
    assert abs(mean[2] - truth) < 4 * error[2]
    assert mean[0] - truth > 20 * error[0]
    assert drawn[:, 2].var() > 4 * drawn[:, 1].var()  # the price of linear time
    assert (drawn[:, 1:] < 0).any(axis=0).all()


# --- Gaussians -----------------------------------------------------------------------


@settings(max_examples=30)
@given(st.floats(-2, 2), st.floats(0.2, 2), st.floats(-2, 2), st.floats(0.2, 2), st.floats(0.3, 5))
def test_gaussians_on_a_line_against_quadrature(m_p, s_p, m_q, s_q, width):
    # The trapezoidal rule: on bells it is exact to rounding, however narrow the kernel.
    nodes = np.linspace(-9, 9, 901)
    mass = np.exp(-(nodes**2) / 2)
    mass /= mass.sum()
    value = wg.distances.mmd_gaussian(m_p, s_p**2, m_q, s_q**2, bandwidth=width)
    reference = wg.mmd(m_p + s_p * nodes, m_q + s_q * nodes, mass, mass, bandwidth=width)
    assert value**2 == pytest.approx(reference**2, abs=1e-10)


def test_gaussians_in_the_plane_against_samples():
    rng = np.random.default_rng(0)
    cov_p, cov_q = np.array([[1.0, 0.6], [0.6, 1.0]]), np.array([[0.5, 0.0], [0.0, 2.0]])
    exact = wg.distances.mmd_gaussian([0, 0], cov_p, [1, 0], cov_q, bandwidth=0.8) ** 2
    x = rng.multivariate_normal([0, 0], cov_p, size=4000)
    y = rng.multivariate_normal([1, 0], cov_q, size=4000)
    assert wg.distances.mmd_squared(x, y, bandwidth=0.8) == pytest.approx(exact, abs=0.004)


def test_gaussians_that_are_nearly_points():
    value = wg.distances.mmd_gaussian([0.0, 0.0], np.eye(2) * 1e-20, [3.0, 4.0], np.eye(2) * 1e-20,
                            bandwidth=5.0)  # fmt: skip
    assert value == pytest.approx(wg.mmd([[0.0, 0.0]], [[3.0, 4.0]], bandwidth=5.0), rel=1e-12)
    assert wg.distances.mmd_gaussian(-1e308, 1.0, 1e308, 1.0, bandwidth=1.0) == pytest.approx(
        math.sqrt(2 / math.sqrt(3))
    )


def test_a_critic_cannot_be_changed_by_accident():
    with pytest.raises(AttributeError):
        wg.lipschitz_critic([0.0], [1.0]).value = 2.0
    with pytest.raises(ValueError, match=r"^at: .*dimension 1"):
        wg.lipschitz_critic([0.0], [1.0])([[0.0, 1.0]])


@pytest.mark.parametrize("copies", [3, 10, 49])
def test_masses_equal_up_to_rounding_are_equal(copies):
    x = [0.0] * copies + [1.0] * copies
    critic = wg.bounded_critic(x, [0.0, 1.0])
    assert critic.value == 0.0
    assert critic.values.tolist() == [0.0, 0.0]  # half-way, as where both have the same
    assert wg.mmd(x, [0.0, 1.0], bandwidth=1.0) == 0.0


def test_critics_far_from_their_atoms():
    assert wg.lipschitz_critic([0.0], [1.0])([1.7e308]).tolist() == [1.7e308]
    near = [[0.0, 0.0]], [[1e-200, 0.0]]
    far = [[3e200, 4e200]]
    assert wg.lipschitz_critic(*near)(far) == pytest.approx([5e200])
    assert wg.distances.bounded_lipschitz_critic(*near, bound=2.0)(far).tolist() == [2.0]
    with pytest.raises(ValueError, match=r"^at: .*overflow"):
        wg.lipschitz_critic([0.0], [1.0], constant=1e10)([1e305])


def test_kernels_of_subnormal_distances():
    x, y = np.array([[0.0, 0.0]]), np.array([[1.0, 1.0]])
    for estimator in ("biased", "linear"):
        at = [
            wg.distances.mmd_squared(
                np.repeat(s * x, 2, 0), np.repeat(s * y, 2, 0), bandwidth=s, estimator=estimator
            )
            for s in (1.0, 2.0**-1060)
        ]
        assert at[1] == pytest.approx(at[0], rel=1e-12)

"""Optimal transport against linear programming, permutations, SciPy and duality."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import linprog
from scipy.sparse import csr_array, issparse
from scipy.spatial.distance import cdist

import wganlib as wg
from tests.strategies import point_sets
from wganlib.distances import _pairs, mixed_scales, proved_plans, transport

TOLERANCE = 1e-9  # of coordinates up to 100


def linear_program(x, y, a, b):
    n, m = len(a), len(b)
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    result = linprog(
        cdist(x, y).ravel(),
        A_eq=np.vstack([rows, columns]),
        b_eq=np.concatenate([a, b]),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    assert result.status == 0, result.message
    return result.fun


# --- wasserstein_1 -------------------------------------------------------------------


@given(point_sets(2))
def test_against_linear_programming(sets):
    (x, a), (y, b) = sets
    assert wg.wasserstein_1(x, y, a, b) == pytest.approx(linear_program(x, y, a, b), abs=1e-7)


@given(point_sets(2, dimensions=(1,)))
def test_on_a_line_against_scipy(sets):
    (x, a), (y, b) = sets
    expected = scipy.stats.wasserstein_distance(x[:, 0], y[:, 0], a, b)
    assert wg.wasserstein_1(x, y, a, b) == pytest.approx(expected, abs=TOLERANCE)
    equal = scipy.stats.wasserstein_distance(x[:, 0], y[:, 0])
    assert wg.wasserstein_1(x[:, 0], y[:, 0]) == pytest.approx(equal, abs=TOLERANCE)


@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 10**6), st.booleans())
def test_equal_sets_against_all_permutations(n, d, seed, ties):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, n, d))
    if ties:
        x, y = np.round(x), np.round(y)
    costs = cdist(x, y)
    best = min(
        costs[np.arange(n), list(order)].mean() for order in itertools.permutations(range(n))
    )
    assert wg.wasserstein_1(x, y) == pytest.approx(best, abs=TOLERANCE)


@given(point_sets(2), st.permutations(range(7)))
def test_symmetry_order_and_splitting(sets, order):
    (x, a), (y, b) = sets
    value = wg.wasserstein_1(x, y, a, b)
    assert wg.wasserstein_1(y, x, b, a) == pytest.approx(value, abs=TOLERANCE)
    order = [i for i in order if i < len(a)]
    assert wg.wasserstein_1(x[order], y, a[order], b) == pytest.approx(value, abs=TOLERANCE)
    twice, halves = np.concatenate([x, x]), np.concatenate([a, a]) / 2
    assert wg.wasserstein_1(twice, y, halves, b) == pytest.approx(value, abs=TOLERANCE)


@given(point_sets(1))
def test_zero_for_a_set_against_itself(sets):
    ((x, a),) = sets
    assert wg.wasserstein_1(x, x[::-1], a, a[::-1]) == pytest.approx(0.0, abs=1e-13)
    assert wg.wasserstein_1(x, x[::-1]) == 0.0


@given(point_sets(3))
def test_triangle_inequality(sets):
    (x, a), (y, b), (z, c) = sets
    direct = wg.wasserstein_1(x, z, a, c)
    detour = wg.wasserstein_1(x, y, a, b) + wg.wasserstein_1(y, z, b, c)
    assert direct <= detour + TOLERANCE


@given(point_sets(1), st.floats(-50, 50))
def test_a_translation_costs_its_length(sets, step):
    ((x, a),) = sets
    shift = np.full(x.shape[1], step)
    expected = np.linalg.norm(shift)
    assert wg.wasserstein_1(x, x + shift, a, a) == pytest.approx(expected, abs=TOLERANCE)


@given(point_sets(2), st.floats(-100, 100))
def test_moving_both_changes_nothing(sets, step):
    (x, a), (y, b) = sets
    value = wg.wasserstein_1(x, y, a, b)
    assert wg.wasserstein_1(x + step, y + step, a, b) == pytest.approx(value, abs=TOLERANCE)


@given(point_sets(2), st.integers(-900, 900))
def test_scaling_by_a_power_of_two_is_exact(sets, exponent):
    (x, a), (y, b) = [(np.where(np.abs(p) < 1e-6, 0.0, p), mass) for p, mass in sets]
    value = wg.wasserstein_1(x, y, a, b)
    scaled = wg.wasserstein_1(np.ldexp(x, exponent), np.ldexp(y, exponent), a, b)
    assert scaled == math.ldexp(value, exponent)


@given(point_sets(2))
def test_bounds_by_total_variation(sets):
    (x, a), (y, b) = sets
    p, q, support = wg.distances.on_common_support(x, y, a, b)
    distances = cdist(support, support)
    value, tv = wg.wasserstein_1(x, y, a, b), wg.total_variation(p, q)
    assert value <= distances.max() * tv + TOLERANCE
    if len(support) > 1:
        nearest = distances[~np.eye(len(support), dtype=bool)].min()
        assert value >= nearest * tv - TOLERANCE


@given(point_sets(2, dimensions=(1,)))
def test_a_line_is_the_same_line_in_the_plane(sets):
    (x, a), (y, b) = sets
    flat = [np.concatenate([points, np.zeros_like(points)], axis=1) for points in (x, y)]
    value = wg.wasserstein_1(x, y, a, b)
    assert wg.wasserstein_1(*flat, a, b) == pytest.approx(value, abs=TOLERANCE)


@given(point_sets(2), st.data())
def test_points_without_mass_do_not_count(sets, data):
    (x, a), (y, b) = sets
    far = np.full((1, x.shape[1]), data.draw(st.floats(-1e3, 1e3)))
    value = wg.wasserstein_1(x, y, a, b)
    more = wg.wasserstein_1(np.concatenate([x, far]), y, np.append(a, 0.0), b)
    assert more == pytest.approx(value, abs=TOLERANCE)


def test_inputs_are_read_as_documented_and_left_alone():
    x, y = np.array([3.0, 1.0, 2.0]), np.array([5.0, 4.0, 9.0])
    before = x.copy(), y.copy()
    forms = [
        wg.wasserstein_1(x, y),
        wg.wasserstein_1(x[:, None], y[:, None]),
        wg.wasserstein_1(x.tolist(), y.tolist()),
        wg.wasserstein_1(x.astype(np.int64), y.astype(np.uint8)),
        wg.wasserstein_1(x.astype(np.float32), y),
        wg.wasserstein_1(x[::-1], y[::-1]),
    ]
    assert forms == [4.0] * len(forms)
    assert np.array_equal(before[0], x)
    assert np.array_equal(before[1], y)
    assert type(forms[0]) is float


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e-12, 1e12, 1e200, 1e306])
@pytest.mark.parametrize("d", [1, 2])
def test_every_scale_of_the_floats(scale, d):
    rng = np.random.default_rng(0)
    x, y = rng.random((20, d)), rng.random((17, d))
    value = wg.wasserstein_1(x, y)
    assert wg.wasserstein_1(x * scale, y * scale) == pytest.approx(value * scale, rel=1e-9)


@pytest.mark.parametrize("d", [1, 2])
def test_distances_that_overflow_are_refused(d):
    x = np.full((2, d), 1e308)
    with pytest.raises(ValueError, match=r"^x: .*overflow"):
        wg.wasserstein_1(x, -x)
    with pytest.raises(ValueError, match=r"^x: .*overflow"):
        wg.wasserstein_1(x, -x[:1])
    assert wg.wasserstein_1(x, x) == 0.0


def test_large_sums_on_a_line_do_not_overflow():
    x = np.full(10, 1e308)
    assert wg.wasserstein_1(x, np.zeros(10)) == pytest.approx(1e308)


def test_an_offset_does_not_swamp_a_small_distance():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 1000, (50, 2)) / 1024.0 + 2.0**20
    moved = x[::-1] + np.array([2.0**-20, 0.0])
    assert wg.wasserstein_1(x, moved) == pytest.approx(2.0**-20, rel=1e-9)


def test_masses_within_the_tolerance_of_one_are_accepted():
    x, y = np.random.default_rng(0).normal(size=(2, 8, 2))
    a, b = np.full(8, 1 / 8) * (1 + 9e-10), np.full(8, 1 / 8) * (1 - 9e-10)
    assert wg.wasserstein_1(x, y, a, b) == pytest.approx(wg.wasserstein_1(x, y), rel=1e-8)
    for points in ((x, y), (x[:, 0], y[:, 0])):
        assert abs(wg.transport_plan(*points, a, b).gap) < 1e-12


def test_too_large_for_the_memory_is_said_beforehand(monkeypatch):
    for module in (_pairs, proved_plans):
        monkeypatch.setattr(module, "available_bytes", lambda: 10**9)
    monkeypatch.setattr(proved_plans, "find_spec", lambda name: None)
    x = np.zeros((10_000, 2))
    with pytest.raises(MemoryError, match=r"10000 x 10000.*6,400,000,000 bytes.*subsets"):
        wg.wasserstein_1(x, x)
    with pytest.raises(MemoryError, match="subsets"):
        wg.transport_plan(x, x)
    assert wg.wasserstein_1(x[:, 0], x[:, 0]) == 0.0


SHORT = """
import resource, sys
import numpy as np, wganlib as wg
n, d, room = map(int, sys.argv[1:])
x, y = np.random.default_rng(0).normal(size=(2, n, d))
wg.wasserstein_1(x[:50], y[:50])
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + room, -1))
for function in (wg.wasserstein_1, wg.transport_plan):
    try:
        function(x, y)
    except MemoryError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process: Linux only")
@pytest.mark.parametrize(
    ("n", "d", "sentence"),
    [
        (1400, 40, "x: expected sets whose 1400 x 1400 distances fit in memory"),
        (1500, 2, "x: expected memory for the solver of 1500 and 1500 points"),
    ],
)
def test_a_limit_of_the_process_is_a_memory_error(n, d, sentence):
    """Both solvers would end the process: bad_alloc in one, LLVM ERROR in the other."""
    command = [sys.executable, "-c", SHORT, str(n), str(d), str(2**26)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert len(said) == 2
    assert all(line.startswith(sentence) and "subsets" in line for line in said), said


def test_the_memory_left_is_a_positive_number():
    assert _pairs.available_bytes() > 0


def test_a_solver_that_stops_early_is_an_error(monkeypatch):
    monkeypatch.setattr(proved_plans, "_MAX_ITERATIONS", 1)
    x, y = np.random.default_rng(0).normal(size=(2, 50, 2))
    for function in (wg.wasserstein_1, wg.transport_plan):
        with pytest.raises(RuntimeError, match="stopped early: numItermax"):
            function(x, y)


@pytest.mark.parametrize("spoiled", ["value", "potentials", "plan"])
def test_a_wrong_answer_of_the_solver_never_comes_out(monkeypatch, spoiled):
    import ot

    x, y = np.random.default_rng(0).normal(size=(2, 9, 2))
    right = wg.wasserstein_1(x, y)
    honest = ot.emd2

    def wrong(*args, **kwargs):
        value, log = honest(*args, **kwargs)
        if spoiled == "value":
            value *= 1.0 + 2e-9
        elif spoiled == "potentials":
            log["v"] = log["v"] + np.linspace(0.0, 0.1, 9)
        else:
            log["G"] = log["G"][::-1]
        return value, log

    monkeypatch.setattr(ot, "emd2", wrong)
    # What floating point cannot prove is solved once more, in the end in whole numbers,
    assert wg.wasserstein_1(x, y) == pytest.approx(right, rel=1e-13)
    assert wg.transport_plan(x, y).cost == pytest.approx(right, rel=1e-13)
    # or refused where that would take too long.
    monkeypatch.setattr(mixed_scales, "MOST_PAIRS", 80)
    assert wg.wasserstein_1(x, y) == pytest.approx(right, rel=1e-13)
    if spoiled == "plan":
        with pytest.raises(RuntimeError, match="to a billionth, got a plan that costs"):
            wg.transport_plan(x, y)
    else:  # the plan is what counts, and it is the right one
        assert wg.transport_plan(x, y).cost == pytest.approx(right, rel=1e-13)


# --- transport_plan ------------------------------------------------------------------


@given(point_sets(2))
def test_a_plan_is_feasible_and_proved_optimal(sets):
    (x, a), (y, b) = sets
    plan = wg.transport_plan(x, y, a, b)
    assert isinstance(plan.coupling, np.ndarray)
    assert plan.coupling.min() >= 0.0
    np.testing.assert_allclose(plan.coupling.sum(axis=1), a, atol=1e-12)
    np.testing.assert_allclose(plan.coupling.sum(axis=0), b, atol=1e-12)
    slack = cdist(x, y) - plan.potential_x[:, None] - plan.potential_y
    assert slack.min() >= -1e-12 * max(1.0, np.abs(x).max(), np.abs(y).max())
    assert plan.cost == pytest.approx(wg.wasserstein_1(x, y, a, b), abs=TOLERANCE)
    assert plan.cost == pytest.approx(
        wg.distances.coupling_cost(plan.coupling, x, y), abs=TOLERANCE
    )
    dual = a @ plan.potential_x + b @ plan.potential_y
    assert dual == pytest.approx(plan.cost, abs=TOLERANCE)
    assert abs(plan.gap) <= TOLERANCE
    assert (plan.coupling * slack).max() <= TOLERANCE  # complementary slackness


def test_on_a_line_the_coupling_is_monotone():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=40), rng.normal(size=23)
    plan = wg.transport_plan(x, y, *[rng.dirichlet(np.ones(n)) for n in (40, 23)])
    coupling = plan.coupling[np.argsort(x)][:, np.argsort(y)]
    row, column = np.nonzero(coupling)
    assert (np.diff(column[np.argsort(row, kind="stable")]) >= 0).all()
    assert len(row) <= 40 + 23 - 1


def test_equal_sizes_on_a_line_give_a_permutation():
    rng = np.random.default_rng(0)
    plan = wg.transport_plan(rng.normal(size=999), rng.normal(size=999))
    assert np.count_nonzero(plan.coupling) == 999
    np.testing.assert_allclose(plan.coupling.sum(axis=0), 1 / 999, rtol=1e-9)


@pytest.mark.parametrize("d", [1, 2])
def test_large_plans_are_sparse(monkeypatch, d):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, d)), rng.normal(size=(50, d))
    dense = wg.transport_plan(x, y)
    monkeypatch.setattr(transport, "SPARSE_ABOVE", 60 * 50 - 1)
    plan = wg.transport_plan(x, y)
    assert isinstance(plan.coupling, csr_array)
    np.testing.assert_array_equal(plan.coupling.toarray(), dense.coupling)
    assert wg.distances.coupling_cost(plan.coupling, x, y) == pytest.approx(plan.cost)


def test_a_large_line_is_quick_and_exact():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=30_000), rng.normal(size=20_000)
    plan = wg.transport_plan(x, y)
    assert issparse(plan.coupling)
    assert plan.coupling.nnz == 30_000 + 20_000 - 10_000
    assert plan.cost == pytest.approx(wg.wasserstein_1(x, y), rel=1e-9)


def test_one_point_each():
    plan = wg.transport_plan([[0.0, 0.0]], [[3.0, 4.0]])
    assert plan.cost == 5.0
    assert plan.coupling.tolist() == [[1.0]]


def test_a_plan_cannot_be_changed_by_accident():
    with pytest.raises(AttributeError):
        wg.transport_plan([0.0], [1.0]).cost = 2.0


# --- couplings -----------------------------------------------------------------------


@given(point_sets(2))
def test_the_product_coupling_costs_at_least_the_optimum(sets):
    (x, a), (y, b) = sets
    product = wg.distances.product_plan(a, b)
    np.testing.assert_allclose(product.sum(axis=1), a, atol=1e-12)
    np.testing.assert_allclose(product.sum(axis=0), b, atol=1e-12)
    cost = wg.distances.coupling_cost(product, x, y)
    assert cost == pytest.approx((product * cdist(x, y)).sum(), abs=TOLERANCE)
    assert cost >= wg.wasserstein_1(x, y, a, b) - TOLERANCE


# --- distribution functions ----------------------------------------------------------


@given(point_sets(2, dimensions=(1,)))
def test_the_area_between_distribution_functions(sets):
    (x, a), (y, b) = sets
    at = np.unique(np.concatenate([x, y]))
    gap = wg.distances.empirical_cdf(x, at, a) - wg.distances.empirical_cdf(y[:, 0], at, b)
    area = float(np.abs(gap[:-1]) @ np.diff(at))
    assert wg.wasserstein_1(x, y, a, b) == pytest.approx(area, abs=TOLERANCE)


@given(point_sets(1, dimensions=(1,)), st.floats(-120, 120))
def test_a_distribution_function_counts_mass(sets, t):
    ((x, a),) = sets
    expected = a[x[:, 0] <= t].sum()
    value = wg.distances.empirical_cdf(x, t, a)
    assert value.shape == ()
    assert float(value) == pytest.approx(expected, abs=1e-12)
    assert 0.0 <= float(value) <= 1.0


# --- Gaussians -----------------------------------------------------------------------


@given(st.floats(-5, 5), st.floats(0.05, 5), st.floats(-5, 5), st.floats(0.05, 5))
def test_gaussians_against_quadrature_of_the_distribution_functions(m_p, s_p, m_q, s_q):
    cdf_p, cdf_q = scipy.stats.norm(m_p, s_p).cdf, scipy.stats.norm(m_q, s_q).cdf
    reach = 10 * max(s_p, s_q)
    at = np.linspace(min(m_p, m_q) - reach, max(m_p, m_q) + reach, 20_001)
    reference = np.trapezoid(np.abs(cdf_p(at) - cdf_q(at)), at)
    assert wg.distances.wasserstein_1_gaussian(m_p, s_p, m_q, s_q) == pytest.approx(
        reference, abs=1e-4
    )


def test_gaussians_against_quadrature_of_the_quantiles():
    folded = lambda z: abs(0.7 + 1.3 * z) * scipy.stats.norm.pdf(z)  # noqa: E731
    reference = sum(quad(folded, *ends)[0] for ends in ((-12, -0.7 / 1.3), (-0.7 / 1.3, 12)))
    assert wg.distances.wasserstein_1_gaussian(1.0, 2.0, 0.3, 0.7) == pytest.approx(
        reference, rel=1e-9
    )


def test_gaussians_that_are_points_or_equal():
    assert wg.distances.wasserstein_1_gaussian(1.0, 0.0, 4.0, 0.0) == 3.0
    assert wg.distances.wasserstein_1_gaussian(1.0, 2.0, 1.0, 2.0) == 0.0
    assert wg.distances.wasserstein_1_gaussian(0.0, 1e-300, 1.0, 1e-200) == 1.0


@pytest.mark.parametrize(("offset", "scale"), [(1e300, 1e-300), (1e10, 1e-300), (1e308, 1e-8)])
def test_a_large_coordinate_in_common_changes_nothing(offset, scale):
    """It overflowed where the others are small: NaN from some functions, an error from others."""

    def moved(points):
        return np.column_stack([np.full(len(points), offset), scale * np.asarray(points)])

    x, y = moved([0.0, 1.0]), moved([2.0, 3.0])
    plain = ([[0.0], [1.0]], [[2.0], [3.0]])
    assert wg.wasserstein_1(x, y) == pytest.approx(2 * scale, rel=1e-12)
    assert wg.transport_plan(x, y).cost == pytest.approx(2 * scale, rel=1e-12)
    assert wg.distances.coupling_cost(np.eye(2) / 2, x, y) == pytest.approx(2 * scale, rel=1e-12)
    assert wg.kantorovich_potential(x, y).value == pytest.approx(2 * scale, rel=1e-12)
    assert wg.lipschitz_critic(x, y).value == pytest.approx(2 * scale, rel=1e-9)
    assert wg.distances.sinkhorn(x, y, regularisation=scale) == pytest.approx(2 * scale, rel=1e-4)
    assert wg.mmd(x, y, bandwidth=scale) == pytest.approx(wg.mmd(*plain, bandwidth=1.0), rel=1e-12)
    for name in ("biased", "unbiased", "linear"):
        squared = [
            wg.distances.mmd_squared(one, other, bandwidth=width, estimator=name)
            for one, other, width in ((x, y, scale), (*plain, 1.0))
        ]
        assert squared[0] == pytest.approx(squared[1], rel=1e-12)
    np.testing.assert_allclose(
        wg.distances.c_transform([0.0, 0.0], x, y), [scale, 2 * scale], rtol=1e-12
    )
    np.testing.assert_allclose(wg.transport_gradient(x, y), [[0.0, 0.5], [0.0, 0.5]])
    sliced = [
        wg.sliced_wasserstein(one, other, directions=5, seed=0)
        for one, other in ((x, y), ([[0.0, 0.0], [0.0, 1.0]], [[0.0, 2.0], [0.0, 3.0]]))
    ]
    assert sliced[0] == pytest.approx(scale * sliced[1], rel=1e-12)


def test_whole_numbers_that_a_float_cannot_tell_apart_are_refused():
    near = np.array([2**53]), np.array([2**53 + 1])
    for function in (wg.wasserstein_1, wg.distances.on_common_support):
        with pytest.raises(ValueError, match=r"^y: expected whole numbers that float64 holds"):
            function(*near)
    assert wg.wasserstein_1(np.array([-(2**63)]), np.array([2**62])) == 2.0**63 + 2.0**62


def test_a_short_step_beside_a_long_one_has_a_direction():
    gradient = wg.transport_gradient([[0.0, 0.0], [1.0, 0.0]], [[1e-200, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(gradient, [[0.5, 0.0], [0.0, 0.5]])

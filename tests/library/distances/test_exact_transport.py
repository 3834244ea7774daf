"""Right to a billionth or refused: transport against rational arithmetic at every scale."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wganlib as wg
from wganlib.distances import exact_transport, mixed_scales
from wganlib.distances.certificates import UncertifiedError

#: Distances in units of 2^-1300: 60 digits of the smallest that two floats here can have.
UNIT = 1300


def rational_distance(p, q):
    """Return a distance as a whole number of units, from coordinates taken as they are."""
    square = sum((Fraction(s) - Fraction(t)) ** 2 for s, t in zip(p, q, strict=True) if s != t)
    return math.isqrt((square.numerator << 2 * UNIT) // square.denominator) if square else 0


def rational_w1(x, y, a=None, b=None):
    """Return W1 by trying every vertex of the transport polytope, without rounding.

    A vertex is a spanning tree of cells; the north-west corner rule over all orders of rows
    and columns visits every one of them.
    """
    mass_x, mass_y = (
        [Fraction(one) for one in (mass if mass is not None else [Fraction(1, k)] * k)]
        for mass, k in ((a, len(x)), (b, len(y)))
    )
    total = sum(mass_x)
    mass_y = [one / sum(mass_y) * total for one in mass_y]
    unit = math.lcm(*(one.denominator for one in mass_x + mass_y))
    whole_x, whole_y = ([int(one * unit) for one in mass] for mass in (mass_x, mass_y))
    cost = [[rational_distance(p, q) for q in y] for p in x]
    best = math.inf
    for rows in itertools.permutations(range(len(x))):
        for columns in itertools.permutations(range(len(y))):
            left, right = whole_x.copy(), whole_y.copy()
            value, s, t = 0, 0, 0
            while s < len(x) and t < len(y):
                i, j = rows[s], columns[t]
                amount = min(left[i], right[j])
                value += amount * cost[i][j]
                left[i] -= amount
                right[j] -= amount
                s, t = (s + 1, t) if left[i] == 0 else (s, t + 1)
            best = min(best, value)
    return Fraction(best, unit << UNIT)


def assert_right(x, y, a=None, b=None):
    """Compare with rational arithmetic whatever is not refused, and return what is not."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    truth = rational_w1(x.tolist(), y.tolist(), a, b)
    answers = {}
    for function in (wg.wasserstein_1, wg.transport_plan, wg.kantorovich_potential):
        try:
            answer = function(x, y, a, b)
        except UncertifiedError:
            continue
        value = {"transport_plan": "cost", "kantorovich_potential": "value"}.get(function.__name__)
        number = Fraction(answer if value is None else getattr(answer, value))
        smallest = Fraction(np.finfo(float).tiny)  # subnormal numbers have fewer digits
        assert abs(number - truth) <= Fraction(1, 10**9) * truth + smallest, function.__name__
        answers[function.__name__] = answer
    return answers


SCALES = st.sampled_from(
    [0.0, 1e-300, 1e-160, 1e-12, 1e-3, 1.0, 7.0, 1e5, 1e13, 1e16, 1e150, 1e300]
)


@settings(max_examples=80, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(1, 4), st.sampled_from([1, 1, 2, 3, 784]))
def test_any_mixture_of_scales_and_masses(data, n, m, d):
    """Coordinates from a few numbers at wild scales, so that ties and duplicates are common."""
    steps = st.sampled_from([-1.0, 0.0, 0.25, 1.0, 1.0 + 2**-50])
    number = st.builds(lambda scale, step: scale * step, SCALES, steps)
    x, y = (
        np.zeros((k, d))
        + np.array([data.draw(number) for _ in range(k)])[:, None] * (np.arange(d) < 2)
        + np.array([data.draw(number) for _ in range(k)])[:, None] * (np.arange(d) == d - 1)
        for k in (n, m)
    )
    masses = [None, None]
    if data.draw(st.booleans()):
        sizes = st.sampled_from([0.0, 1e-300, 1e-18, 1e-7, 1.0, 2.0])
        masses = [np.array([1.0, *(data.draw(sizes) for _ in range(k - 1))]) for k in (n, m)]
        masses = [mass / mass.sum() for mass in masses]
    answers = assert_right(x, y, *masses)
    assert "wasserstein_1" in answers  # small problems are never refused


@pytest.mark.parametrize("far", [1e6, 1e11, 1e13, 1e16, 1e100, 1e300])
@pytest.mark.parametrize("shared", [True, False])
def test_a_far_point_beside_many_near_ones(far, shared):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 31, 2))
    x[30] = y[30] = far
    if not shared:
        y[30, 0] = np.nextafter(far, math.inf)
    near = wg.wasserstein_1(x[:30], y[:30])
    expected = near * (30 / 31) + abs(float(y[30, 0] - x[30, 0])) / 31
    assert wg.wasserstein_1(x, y) == pytest.approx(expected, rel=1e-12)
    plan = wg.transport_plan(x, y)
    assert plan.cost == pytest.approx(expected, rel=1e-12)
    assert abs(plan.gap) <= 1e-9 * plan.cost
    assert wg.kantorovich_potential(x, y).value == pytest.approx(expected, rel=1e-9)
    # A potential of far points need not be far from 0: no digit of it is lost.
    assert np.abs(plan.potential_x).max() <= 100 * (expected + 1)


def test_eight_points_of_a_public_report():
    """Numbers like those of PythonOT/POT#229: 21.4906 was returned for 21.42725."""
    x = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, 2.0], [1e13, 1e13]])
    y = np.array([[0.5, 0.0], [1.0, 1.5], [3.0, 2.0], [1e13, 1e13]])
    assert_right(x, y)
    assert set(assert_right(x, y)) == {"wasserstein_1", "transport_plan", "kantorovich_potential"}


def test_what_floats_cannot_hold_is_refused():
    """A sliver of mass crosses a gap: the potentials beyond it have no digits for the rest."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1e17, 0.0]])
    y = np.array([[0.0, 0.5], [1e17, 0.0], [1e17, 64.0]])
    a = np.array([0.5, 2.0**-60, 0.5 - 2.0**-60])
    b = np.array([0.5, 0.25, 0.25])
    truth = rational_w1(x.tolist(), y.tolist(), a, b)
    assert wg.wasserstein_1(x, y, a, b) == pytest.approx(float(truth), rel=1e-12)
    for function in (wg.transport_plan, wg.kantorovich_potential, wg.transport_gradient):
        with pytest.raises(UncertifiedError, match="to a billionth"):
            function(x, y, a, b)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10**6))
def test_whole_numbers_agree_with_the_simplex(n, m, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 3, size=(n, 2)) * 1.0, rng.integers(0, 3, size=(m, 2)) * 1.0
    a, b = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m))
    plan = exact_transport.whole_plan(x, y, exact_transport.whole_masses(a, b))
    assert float(plan.cost) == pytest.approx(wg.wasserstein_1(x, y, a, b), rel=1e-9, abs=1e-15)
    total = sum(plan.flow)
    assert total == plan.total
    assert min(plan.flow) > 0
    slack = np.linalg.norm(x[:, None] - y, axis=2) - plan.potential_x[:, None] - plan.potential_y
    assert slack.min() >= -1e-12


def test_a_large_problem_that_cannot_be_proved_is_refused(monkeypatch):
    monkeypatch.setattr(mixed_scales, "MOST_PAIRS", 10)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 6, 2))
    x[5] = 1e17
    y[5] = [1e17, 1e17 + 16]
    for function in (wg.wasserstein_1, wg.transport_plan, wg.transport_gradient):
        with pytest.raises(RuntimeError, match="to a billionth"):
            function(x, y)


def test_a_lipschitz_critic_beside_a_far_point():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 12, 2))
    x[11] = y[11] = 1e13
    expected = 3.0 * wg.wasserstein_1(x[:11], y[:11]) * (11 / 12)
    critic = wg.lipschitz_critic(x, y, constant=3.0)
    assert critic.value == pytest.approx(expected, rel=1e-9)
    at_x, at_y = critic(x[:11]).mean(), critic(y[:11]).mean()
    assert (at_x - at_y) * (11 / 12) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_slices_beside_a_far_point(weighted):
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 20, 3))
    mass = rng.dirichlet(np.ones(19)) * 0.75 if weighted else np.full(19, 1 / 20)
    a = np.append(mass, 1.0 - mass.sum())
    near = wg.sliced_wasserstein(
        x[:19], y[:19], mass / mass.sum(), mass / mass.sum(), directions=7, seed=0
    )
    x[19] = y[19] = 1e16
    masses = (a, a) if weighted else (None, None)
    value = wg.sliced_wasserstein(x, y, *masses, directions=7, seed=0)
    assert value == pytest.approx(near * mass.sum(), rel=1e-9)
    assert wg.sliced_wasserstein(x, x[::-1], directions=7, seed=0) == 0.0
    y[19, 0] += 2.0
    with pytest.raises(UncertifiedError, match=r"spread of .* beside a distance"):
        wg.sliced_wasserstein(x, y, *masses, directions=7, seed=0)

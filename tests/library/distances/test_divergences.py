"""Total variation, KL and JS against SciPy, quadrature, closed forms and each other."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

import wganlib as wg
from tests.strategies import mass_tuples

LOG2 = math.log(2.0)
DISCRETE = [wg.total_variation, wg.kl_divergence, wg.js_divergence]
ROUNDING = 1e-12


def normal(mean, std):
    return lambda x: math.exp(-0.5 * ((x - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))


def uniform(low, high):
    return lambda x: 1.0 / (high - low) if low <= x < high else 0.0


# --- pmfs ----------------------------------------------------------------------------


@given(mass_tuples(2))
def test_ranges_and_symmetry(pair):
    p, q = pair
    assert 0.0 <= wg.total_variation(p, q) <= 1.0
    assert 0.0 <= wg.js_divergence(p, q) <= LOG2
    assert wg.kl_divergence(p, q) >= 0.0
    assert wg.total_variation(p, q) == wg.total_variation(q, p)
    assert wg.js_divergence(p, q) == pytest.approx(wg.js_divergence(q, p), abs=ROUNDING)


@given(mass_tuples(2))
def test_zero_exactly_for_equal_masses(pair):
    p, q = pair
    for distance in DISCRETE:
        assert distance(p, p) == 0.0
        if np.abs(p - q).max() > 1e-5:
            assert distance(p, q) > 0.0


@given(mass_tuples(3))
def test_triangle_inequalities(triple):
    p, q, r = triple
    assert wg.total_variation(p, r) <= (
        wg.total_variation(p, q) + wg.total_variation(q, r) + ROUNDING
    )
    root = [math.sqrt(wg.js_divergence(*pair)) for pair in ((p, r), (p, q), (q, r))]
    assert root[0] <= root[1] + root[2] + 1e-7


@given(mass_tuples(2), st.data())
def test_merging_bins_never_increases_a_divergence(pair, data):
    p, q = pair
    labels = data.draw(st.lists(st.integers(0, 3), min_size=p.size, max_size=p.size))
    merged = [np.bincount(labels, weights=mass, minlength=4) for mass in (p, q)]
    for distance in DISCRETE:
        assert distance(*merged) <= distance(p, q) + ROUNDING


@given(mass_tuples(2))
def test_inequalities_between_the_divergences(pair):
    p, q = pair
    tv, kl, js = (distance(p, q) for distance in DISCRETE)
    assert tv <= math.sqrt(kl / 2.0) + ROUNDING  # Pinsker
    assert tv <= math.sqrt(-math.expm1(-kl)) + 1e-7  # Bretagnolle-Huber
    assert tv**2 / 2.0 <= js + ROUNDING  # Pinsker, to the midpoint
    assert js <= LOG2 * tv + ROUNDING  # Lin (1991), theorem 3
    assert js <= kl / 2.0 + ROUNDING or kl > LOG2


@given(mass_tuples(2))
def test_against_scipy(pair):
    p, q = pair
    assert wg.kl_divergence(p, q) == pytest.approx(scipy.stats.entropy(p, q), abs=ROUNDING)
    middle = (p + q) / 2
    js = (scipy.stats.entropy(p, middle) + scipy.stats.entropy(q, middle)) / 2
    assert wg.js_divergence(p, q) == pytest.approx(js, abs=ROUNDING)


@given(mass_tuples(2))
def test_total_variation_is_the_largest_gap_over_events(pair):
    p, q = pair
    events = (np.arange(2**p.size)[:, None] >> np.arange(p.size)) & 1
    assert wg.total_variation(p, q) == pytest.approx(np.abs(events @ (p - q)).max(), abs=ROUNDING)


def test_disjoint_masses():
    p, q = [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]
    assert wg.total_variation(p, q) == 1.0
    assert wg.js_divergence(p, q) == pytest.approx(LOG2, rel=1e-15)
    assert wg.kl_divergence(p, q) == wg.kl_divergence(q, p) == math.inf


def test_subnormal_masses_neither_vanish_nor_overflow():
    tiny = 5e-324
    assert wg.js_divergence([tiny, 1.0], [0.0, 1.0]) == pytest.approx(0.0, abs=1e-300)
    expected = -math.log(tiny)
    assert wg.kl_divergence([1.0, 0.0], [tiny, 1.0]) == pytest.approx(expected)


def test_nearly_equal_masses_keep_their_leading_digits():
    h = 1e-5  # KL of (1 +- 2h) / 2 against 1/2 is 2 h^2 to leading order
    assert wg.kl_divergence([0.5 + h, 0.5 - h], [0.5, 0.5]) == pytest.approx(2 * h * h, rel=1e-5)


# --- densities -----------------------------------------------------------------------

GAUSSIANS = [
    (0.0, 1.0, 0.0, 1.0),
    (0.0, 1.0, 2.0, 1.0),
    (0.0, 1.0, 0.5, 1.7),
    (1.0, 2.0, -1.0, 0.7),
]


@pytest.mark.parametrize(("m_p", "s_p", "m_q", "s_q"), GAUSSIANS)
def test_density_forms_agree_with_closed_forms(m_p, s_p, m_q, s_q):
    p, q = normal(m_p, s_p), normal(m_q, s_q)
    for ends in ((-math.inf, math.inf), (-30.0, 30.0)):
        tv = wg.distances.total_variation_density(p, q, *ends, points=[0.0])
        assert tv == pytest.approx(
            wg.distances.total_variation_gaussian(m_p, s_p, m_q, s_q), abs=1e-8
        )
    kl = wg.distances.kl_divergence_density(p, q, -15.0, 15.0)
    assert kl == pytest.approx(wg.distances.kl_gaussian(m_p, s_p**2, m_q, s_q**2), abs=1e-7)


def test_density_js_agrees_with_fine_bins():
    p, q = normal(0.0, 1.0), normal(1.5, 0.5)
    edges = np.linspace(-12.0, 12.0, 20001)
    bins = [np.diff(scipy.stats.norm.cdf(edges, m, s)) for m, s in ((0.0, 1.0), (1.5, 0.5))]
    expected = wg.js_divergence(*[mass / mass.sum() for mass in bins])
    assert wg.distances.js_divergence_density(p, q, -math.inf, math.inf) == pytest.approx(
        expected, abs=1e-6
    )


def test_piecewise_constant_densities_agree_with_their_masses():
    edges = np.array([0.0, 1.0, 2.0, 4.0])
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.1, 0.6, 0.3])
    densities = [wg.Histogram(edges, mass) for mass in (p, q)]
    calls = [lambda x, h=h: h.density([x]) for h in densities]
    for discrete, continuous in (
        (wg.total_variation, wg.distances.total_variation_density),
        (wg.kl_divergence, wg.distances.kl_divergence_density),
        (wg.js_divergence, wg.distances.js_divergence_density),
    ):
        value = continuous(*calls, 0.0, 4.0, points=[1.0, 2.0])
        assert value == pytest.approx(discrete(p, q), abs=1e-9)


def test_disjoint_densities():
    p, q = uniform(0.0, 1.0), uniform(2.0, 3.0)
    for points in ([1.0, 2.0], []):
        assert wg.distances.total_variation_density(p, q, 0.0, 3.0, points=points) == pytest.approx(
            1.0
        )
        assert wg.distances.js_divergence_density(p, q, 0.0, 3.0, points=points) == pytest.approx(
            LOG2
        )
        assert wg.distances.kl_divergence_density(p, q, 0.0, 3.0, points=points) == math.inf


def test_kl_of_densities_is_infinite_only_where_p_has_mass():
    wide, narrow = uniform(0.0, 2.0), uniform(0.0, 1.0)
    assert wg.distances.kl_divergence_density(wide, narrow, 0.0, 2.0, points=[1.0]) == math.inf
    assert wg.distances.kl_divergence_density(
        narrow, wide, 0.0, 2.0, points=[1.0]
    ) == pytest.approx(LOG2)


def test_exponentials_on_a_half_line():
    p, q = (lambda x: math.exp(-x)), (lambda x: 0.5 * math.exp(-0.5 * x))
    assert wg.distances.kl_divergence_density(p, q, 0.0, math.inf) == pytest.approx(
        LOG2 - 0.5, abs=1e-8
    )


def test_a_missed_peak_is_an_error_and_points_mend_it():
    p, q = normal(0.0, 1.0), normal(5000.0, 1e-3)
    with pytest.raises(ValueError, match=r"^q: .*integrates to 1"):
        wg.distances.total_variation_density(p, q, -math.inf, math.inf)
    value = wg.distances.total_variation_density(
        p, q, -math.inf, math.inf, points=[-9.0, 0.0, 9.0, 4999.99, 5000.0, 5000.01]
    )
    assert value == pytest.approx(1.0)


def cauchy(x):
    return 1.0 / (math.pi * (1.0 + x * x))


def test_an_integral_that_diverges_is_an_error_not_a_number():
    with pytest.raises(ValueError, match=r"^q: .*did not converge"):
        wg.distances.total_variation_density(
            cauchy, lambda x: 1 / (1 + abs(x)), -math.inf, math.inf
        )


def test_heavy_tails():
    # E log(1 + x^2) under Cauchy is log 4: KL(Cauchy || 2 / (pi (1 + x^2)^2)) = log 2.
    value = wg.distances.kl_divergence_density(
        cauchy, lambda x: 2.0 / (math.pi * (1.0 + x * x) ** 2), -math.inf, math.inf
    )
    assert value == pytest.approx(LOG2, abs=1e-7)
    # Against a Gaussian it is infinite, which shows where the Gaussian underflows.
    assert wg.distances.kl_divergence_density(cauchy, normal(0, 1), -math.inf, math.inf) == math.inf


def test_densities_may_return_arrays_of_one_number():
    p = lambda x: np.array([1.0])  # noqa: E731
    assert wg.distances.js_divergence_density(p, p, 0.0, 1.0) == 0.0


# --- Gaussians -----------------------------------------------------------------------


@given(
    st.floats(-5, 5),
    st.floats(0.2, 5.0),
    st.floats(-5, 5),
    st.one_of(st.none(), st.floats(0.2, 5.0)),
)
def test_gaussian_total_variation_against_quadrature(m_p, s_p, m_q, s_q):
    s_q = s_p if s_q is None else s_q
    p, q = normal(m_p, s_p), normal(m_q, s_q)
    ends = sorted([m_p - 9 * s_p, m_p, m_p + 9 * s_p, m_q - 9 * s_q, m_q, m_q + 9 * s_q])
    # Where the densities cross, |p − q| has a corner, which quadrature steps over.
    grid = np.linspace(ends[0], ends[-1], 4001)
    signs = np.sign([p(x) - q(x) for x in grid])
    for i in np.flatnonzero(signs[:-1] * signs[1:] < 0):
        ends.append(brentq(lambda x: p(x) - q(x), grid[i], grid[i + 1], xtol=1e-14))
    ends.sort()
    reference = sum(
        quad(
            lambda x: abs(p(x) - q(x)),
            low,
            high,
            epsabs=1e-12,
            epsrel=1e-12,
            limit=300,
            full_output=1,
        )[0]
        for low, high in itertools.pairwise(ends)
    )
    value = wg.distances.total_variation_gaussian(m_p, s_p, m_q, s_q)
    assert value == pytest.approx(reference / 2, abs=1e-7)
    assert value == wg.distances.total_variation_gaussian(m_q, s_q, m_p, s_p) or s_p == s_q


@pytest.mark.parametrize("excess", [0.0, 1e-15, 1e-12, 1e-9, 1e-6])
@pytest.mark.parametrize("shift", [0.0, 1e-9, 0.3, 4.0, 70.0])
def test_gaussian_total_variation_is_continuous_at_equal_deviations(excess, shift):
    value = wg.distances.total_variation_gaussian(0.0, 1.0, shift, 1.0 + excess)
    assert value == pytest.approx(math.erf(shift / math.sqrt(8.0)), abs=1e-15 + excess)


def test_gaussian_total_variation_at_the_ends_of_the_floats():
    assert wg.distances.total_variation_gaussian(1e308, 1.0, -1e308, 1.0) == 1.0
    assert wg.distances.total_variation_gaussian(0.0, 1e-300, 0.0, 1e300) == 1.0
    assert wg.distances.total_variation_gaussian(0.0, 5e-324, 0.0, 5e-324) == 0.0


@given(st.integers(1, 4), st.integers(0, 10**6))
def test_gaussian_kl_against_the_textbook_formula(d, seed):
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(2, d))
    roots = rng.normal(size=(2, d, d)) + 2 * np.eye(d)
    cov_p, cov_q = (root @ root.T + 0.1 * np.eye(d) for root in roots)
    inverse, shift = np.linalg.inv(cov_q), means[1] - means[0]
    logdet = [np.linalg.slogdet(cov)[1] for cov in (cov_p, cov_q)]
    expected = np.trace(inverse @ cov_p) - d + shift @ inverse @ shift + logdet[1] - logdet[0]
    value = wg.distances.kl_gaussian(means[0], cov_p, means[1], cov_q)
    assert value == pytest.approx(expected / 2, rel=1e-8, abs=1e-10)
    assert wg.distances.kl_gaussian(means[0], cov_p, means[0], cov_p) == pytest.approx(
        0.0, abs=1e-12
    )


def test_gaussian_kl_in_one_dimension_takes_variances():
    assert wg.distances.kl_gaussian(0.0, 4.0, 0.0, 1.0) == pytest.approx(
        0.5 * (4 - 1 - math.log(4))
    )
    assert wg.distances.kl_gaussian([0.0], [[4.0]], [0.0], [[1.0]]) == wg.distances.kl_gaussian(
        0.0, 4.0, 0.0, 1.0
    )

"""Divergences of nearly equal measures, of which only a square is left: against 60 digits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import wganlib as wg

NEAR = (1e-1, 1e-3, 1e-6, 1e-8, 1e-10, 1e-12, 1e-14)


@pytest.fixture(autouse=True)
def _digits():
    with mpmath.workdps(60):
        yield


def nearly_equal(size, seed, k=9):
    """Return two vectors of multiples of 2^-50, which sum to one exactly."""
    rng = np.random.default_rng(seed)
    p = np.floor(rng.dirichlet(np.ones(k)) * 2**50)
    step = np.round(p * size * rng.uniform(-1, 1, k))
    q = p + step
    for one in (p, q):
        one[one.argmax()] += 2**50 - one.sum()
    return p / 2**50, q / 2**50


def exact_kl(p, q):
    return mpmath.fsum(
        mpmath.mpf(s) * mpmath.log(mpmath.mpf(s) / mpmath.mpf(t))
        for s, t in zip(p.tolist(), q.tolist(), strict=True)
        if s > 0
    )


def exact_js(p, q):
    """Return the definition, with the middle kept at full precision."""
    total = mpmath.mpf(0)
    for s, t in zip(p.tolist(), q.tolist(), strict=True):
        middle = (mpmath.mpf(s) + mpmath.mpf(t)) / 2
        total += sum(
            mpmath.mpf(one) * mpmath.log(mpmath.mpf(one) / middle) for one in (s, t) if one > 0
        )
    return total / 2


@pytest.mark.parametrize("size", NEAR)
@pytest.mark.parametrize("seed", range(3))
def test_vectors(size, seed):
    p, q = nearly_equal(size, seed)
    assert wg.js_divergence(p, q) == pytest.approx(float(exact_js(p, q)), rel=1e-12, abs=0)
    assert wg.kl_divergence(p, q) == pytest.approx(float(exact_kl(p, q)), rel=1e-12, abs=0)
    exact = mpmath.fsum(abs(mpmath.mpf(s) - mpmath.mpf(t)) for s, t in zip(p, q, strict=True)) / 2
    assert wg.total_variation(p, q) == pytest.approx(float(exact), rel=1e-14, abs=0)


def test_vectors_that_are_not_near():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.full(40, 0.1), size=2)
    p[:3] = 0.0
    p /= p.sum()
    assert wg.js_divergence(p, q) == pytest.approx(float(exact_js(p, q)), rel=1e-13)
    assert wg.kl_divergence(p, q) == pytest.approx(float(exact_kl(p, q)), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("size", NEAR)
def test_gaussians(size):
    std = 1.5
    other = std * (1 + size)
    shift = size / 3
    # The variances are what is given, rounded as they are.
    cov_p, cov_q = std * std, other * other
    ratio = mpmath.mpf(cov_p) / mpmath.mpf(cov_q)
    exact = (ratio - 1 - mpmath.log(ratio) + mpmath.mpf(shift) ** 2 / mpmath.mpf(cov_q)) / 2
    assert wg.distances.kl_gaussian(0.0, cov_p, shift, cov_q) == pytest.approx(
        float(exact), rel=1e-11, abs=0
    )

    p, q = (0.0, std), (shift, other)
    roots = sorted(
        mpmath.polyroots(
            [
                1 / mpmath.mpf(other) ** 2 - 1 / mpmath.mpf(std) ** 2,
                -2 * mpmath.mpf(shift) / mpmath.mpf(other) ** 2,
                (mpmath.mpf(shift) / mpmath.mpf(other)) ** 2
                + 2 * mpmath.log(mpmath.mpf(other) / mpmath.mpf(std)),
            ],
            maxsteps=200,
            extraprec=400,
        ),
        key=lambda root: mpmath.re(root),
    )
    low, high = (mpmath.re(root) for root in roots)
    exact = (
        mpmath.ncdf(high, *p) - mpmath.ncdf(low, *p) - mpmath.ncdf(high, *q) + mpmath.ncdf(low, *q)
    )
    assert wg.distances.total_variation_gaussian(*p, *q) == pytest.approx(
        float(exact), rel=1e-9, abs=0
    )


@pytest.mark.parametrize("size", [1e-1, 1e-3])
def test_densities(size):
    flat, slope = (lambda x: 1.0), (lambda x: 1.0 + size * (2.0 * x - 1.0))

    def terms(x):
        other = 1 + mpmath.mpf(size) * (2 * x - 1)
        middle = (1 + other) / 2
        return -mpmath.log(middle) + other * mpmath.log(other / middle)

    exact = mpmath.quad(terms, [0, 0.5, 1])
    value = wg.distances.js_divergence_density(flat, slope, 0.0, 1.0)
    assert value == pytest.approx(float(exact / 2), rel=1e-6, abs=1e-12)

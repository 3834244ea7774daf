"""Points against a measure: the interval holds the distance, and shrinks as it is told to."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

import wganlib as wg
from wganlib.distances._cells import cut
from wganlib.distances.boxes import Box
from wganlib.distances.semidiscrete import semidiscrete_distance

MEASURES = {
    "normal on a line": wg.Gaussian(0.5, 2.0),
    "histogram": wg.Histogram([0.0, 1.0, 1.5, 4.0], [0.5, 0.0, 0.5]),
    "interval": wg.Segment(-1.0, 2.0),
    "box in the plane": Box([0.0, -1.0], [1.0, 2.0]),
    "segment in the plane": wg.Segment([0.0, 0.0], [0.0, 1.0]),
    "normal in the plane": wg.Gaussian([0.0, 1.0], [[2.0, 0.5], [0.5, 1.0]]),
    "ring": wg.ring_of_gaussians(4, std=0.3),
    "lines": wg.Mixture([*wg.parallel_lines(0.7)], [0.25, 0.75]),
    "box in space": Box([0.0, 0.0, 0.0], [1.0, 2.0, 1.0]),
}


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("count", [1, 7, 60, 900])
def test_cells_have_the_mass_mean_and_square_of_the_measure(name, count):
    """Mean square distances from the cells' centres add up to the measure's own moments."""
    measure = MEASURES[name]
    cells = cut(measure, count)
    assert cells.mass.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(cells.mass @ cells.centre, measure.mean, atol=1e-9)
    drawn = measure.sample(200_000, seed=0)
    square = float(((drawn - measure.mean) ** 2).sum(axis=1).mean())
    own = ((cells.centre - measure.mean) ** 2).sum(axis=1) + cells.variance
    assert float(cells.mass @ own) == pytest.approx(square, rel=0.02)


def on_a_line(x, measure_cdf):
    """Return W1 on a line as the area between two distribution functions."""
    x = np.sort(x)
    # Whole pieces only: a corner of the measure's own inside one would be stepped over.
    ends = sorted([-30.0, -4.0, -1.0, 2.0, 5.0, 30.0, *x])
    n, area = x.size, 0.0
    for left, right in itertools.pairwise(ends):
        level = np.searchsorted(x, left, side="right") / n
        area += quad(
            lambda t, level=level: abs(measure_cdf(t) - level), left, right, limit=500, epsabs=1e-11
        )[0]
    return area


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12), st.integers(0, 10**6))
def test_on_a_line_against_quadrature(n, seed):
    x = np.random.default_rng(seed).normal(size=n)
    for measure, cdf in (
        (wg.Gaussian(0.5, 4.0), lambda t: norm.cdf(t, 0.5, 2.0)),
        (wg.Segment(-1.0, 2.0), lambda t: min(max((t + 1.0) / 3.0, 0.0), 1.0)),
    ):
        found = semidiscrete_distance(x, measure, error=1e-3)
        exact = on_a_line(x, cdf)
        assert found.lower - 1e-9 <= exact <= found.upper + 1e-9
        assert abs(found.value - exact) <= 1e-3


def test_closed_forms():
    """One point takes all: the distance is the mean distance from it."""
    disc = semidiscrete_distance([[0.0, 0.0]], wg.Gaussian([0.0, 0.0], np.eye(2)), error=2e-3)
    assert disc.lower <= math.sqrt(math.pi / 2) <= disc.upper
    box = semidiscrete_distance([[0.0, 0.0]], Box([-0.5, -0.5], [0.5, 0.5]), error=1e-3)
    assert box.lower <= (math.sqrt(2) + math.asinh(1.0)) / 6 <= box.upper
    # Two points on either side of a box's middle: each takes its half.
    two = semidiscrete_distance(
        [[-0.5, 0.0], [0.5, 0.0]], Box([-1.0, -0.5], [1.0, 0.5]), error=1e-3
    )
    assert two.lower <= (math.sqrt(2) + math.asinh(1.0)) / 6 <= two.upper
    lines = wg.parallel_lines(0.3)
    points, mass = lines[0].discretise(1)
    exact = quad(lambda t: math.hypot(0.3, t - 0.5), 0.0, 1.0)[0]
    found = semidiscrete_distance(points, lines[1], mass, error=1e-6)
    assert found.lower <= exact <= found.upper


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([name for name, one in MEASURES.items() if one.dimension > 1]),
    st.integers(1, 12),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_intervals_of_coarse_cells_hold_those_of_fine_ones(name, n, weighted, seed):
    """All of them hold the one truth; so any two of them meet, however coarse."""
    measure, rng = MEASURES[name], np.random.default_rng(seed)
    x = measure.sample(n, seed=rng) + 0.1
    a = rng.dirichlet(np.ones(n)) if weighted else None
    coarse = semidiscrete_distance(x, measure, a, error=10.0, most_cells=20)
    fine = semidiscrete_distance(x, measure, a, error=10.0, most_cells=3000)
    assert max(coarse.lower, fine.lower) <= min(coarse.upper, fine.upper) + 1e-12
    assert fine.upper - fine.lower < coarse.upper - coarse.lower


def test_the_potential_is_a_critic_that_attains_the_lower_bound():
    measure = MEASURES["ring"]
    x = measure.sample(40, seed=3)
    found = semidiscrete_distance(x, measure, error=0.02)
    drawn = measure.sample(200_000, seed=4)
    values = found.potential(drawn)
    spread = float(values.std()) / math.sqrt(len(drawn))
    attained = float(found.potential(x).mean() - values.mean())
    assert found.lower - 4 * spread <= attained <= found.upper + 4 * spread
    # and it is 1-Lipschitz
    steps = np.linalg.norm(np.diff(drawn[:1000], axis=0), axis=1)
    assert (np.abs(np.diff(values[:1000])) <= steps + 1e-12).all()


def test_no_floor():
    """A large sample is near its own measure, nearer than two samples are to each other."""
    measure = MEASURES["ring"]
    x, y = measure.sample(400, seed=5), measure.sample(400, seed=6)
    found = semidiscrete_distance(x, measure, error=0.01)
    assert found.upper < wg.wasserstein_1(x, y)
    assert semidiscrete_distance(x, wg.Points(y), error=1e-9).value == pytest.approx(
        wg.wasserstein_1(x, y), rel=1e-9
    )


@pytest.mark.parametrize(
    ("arguments", "options", "kind", "words"),
    [
        (([[0.0]], "ring"), {"error": 0.1}, TypeError, "measure: expected a measure, got str"),
        (([0.0], Box([0, 0], [1, 1])), {"error": 0.1}, ValueError, "measure: expected the dim"),
        (([0.0], wg.Gaussian(0.0, 1.0)), {"error": 0.0}, ValueError, "error: expected a number"),
        (([0.0], wg.Gaussian(0.0, 1.0)), {"error": 1, "most_cells": 0}, ValueError, "most_cells"),
        (([math.nan], wg.Gaussian(0.0, 1.0)), {"error": 1}, ValueError, "x: expected finite"),
        (([0.0], wg.Gaussian(0.0, 1.0), [0.5]), {"error": 1}, ValueError, "a: expected masses"),
        (
            ([[0, 0]], wg.distances.swiss_roll()),
            {"error": 1},
            TypeError,
            "measure: expected a Gaussian",
        ),
    ],
)
def test_bad_input(arguments, options, kind, words):
    with pytest.raises(kind, match=words):
        semidiscrete_distance(*arguments, **options)


def test_too_few_cells_are_said():
    with pytest.raises(RuntimeError, match=r"9 cells leave the distance between 0\..* more error"):
        semidiscrete_distance([0.0], wg.Gaussian(0.0, 1.0), error=1e-9, most_cells=9)


def test_boxes():
    box = Box([0.0, 1.0], [2.0, 4.0])
    np.testing.assert_allclose(box.mean, [1.0, 2.5])
    drawn = box.sample(1000, seed=0)
    assert (drawn >= box.low).all()
    assert (drawn <= box.high).all()
    points, mass = box.discretise(24)
    assert len(points) == 24
    np.testing.assert_allclose(mass @ points, box.mean)
    assert box.density([[1.0, 1.0], [1.0, 0.9]]).tolist() == [1 / 6, 0.0]
    for low, high, words in (
        ([0.0], [0.0], "high: expected more than low"),
        ([0.0, 0.0], [1.0], "high: expected the dimension"),
        ([0.0], [math.inf], "high: expected finite"),
        ([-1e308, 0.0], [1e308, 1e308], "volume"),
    ):
        with pytest.raises(ValueError, match=words):
            Box(low, high)

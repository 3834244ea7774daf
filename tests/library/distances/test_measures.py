"""Measures: samples, discretisations and densities describe one and the same thing."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad

import wganlib as wg
from tests.strategies import masses, point_sets
from wganlib.distances.examples import SwissRoll

COV = [[2.0, 0.6], [0.6, 0.5]]
KINDS = {
    "points": wg.Points([[0.0, 0.0], [2.0, 1.0], [2.0, 1.0]], [0.5, 0.25, 0.25]),
    "points-line": wg.Points([0.0, 1.0, 5.0]),
    "segment": wg.Segment([0.0, 0.0], [3.0, 4.0]),
    "interval": wg.Segment(2.0, -1.0),
    "gaussian": wg.Gaussian(1.0, 4.0),
    "gaussian-plane": wg.Gaussian([1.0, -1.0], COV),
    "histogram": wg.Histogram([0.0, 1.0, 2.0, 5.0], [0.5, 0.0, 0.5]),
    "mixture": wg.Mixture([wg.Gaussian(-2.0, 0.25), wg.Segment(0.0, 2.0)], [0.25, 0.75]),
    "mixture-plane": wg.Mixture([wg.Segment([0.0, 0.0], [0.0, 1.0]), wg.Points([[1.0, 1.0]])]),
    "ring": wg.ring_of_gaussians(8, radius=2.0, std=0.1),
    "grid": wg.grid_of_gaussians(3, spacing=2.0, std=0.1),
    "roll": wg.distances.swiss_roll(),
    "roll-curve": wg.distances.swiss_roll(std=0.0),
    "parallel": wg.parallel_lines(0.5)[1],
    "crossing": wg.crossing_segments(1.0)[1],
}
every_kind = pytest.mark.parametrize("measure", KINDS.values(), ids=KINDS.keys())
on_a_line = pytest.mark.parametrize(
    "measure", [m for m in KINDS.values() if m.dimension == 1 and m.has_density]
)


@every_kind
def test_samples_repeat_and_fit_the_mean(measure):
    draws = measure.sample(4000, seed=1)
    assert draws.shape == (4000, measure.dimension)
    assert draws.dtype == np.float64
    np.testing.assert_array_equal(draws, measure.sample(4000, seed=np.random.default_rng(1)))
    error = draws.std(axis=0) / math.sqrt(4000)
    assert (np.abs(draws.mean(axis=0) - measure.mean) <= 5 * error + 1e-12).all()


@every_kind
@pytest.mark.parametrize("n", [1, 2, 10, 101])
def test_discretisations_are_measures(measure, n):
    points, weights = measure.discretise(n)
    assert points.shape == (len(weights), measure.dimension)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (weights > 0).all()
    assert np.isfinite(points).all()


@every_kind
def test_discretisations_keep_the_mean_of_symmetric_parts(measure):
    points, weights = measure.discretise(400)
    uneven = isinstance(measure, (wg.Histogram, SwissRoll))
    tolerance = 0.02 if uneven else 1e-12
    np.testing.assert_allclose(weights @ points, measure.mean, atol=tolerance)


@every_kind
def test_discretisations_approach_a_large_sample(measure):
    reference = measure.sample(400, seed=3)
    distances = [
        wg.wasserstein_1(measure.discretise(n)[0], reference, measure.discretise(n)[1])
        for n in (8, 400)
    ]
    spread = float(reference.std()) + 1e-12
    assert distances[1] <= distances[0] + 0.05 * spread
    assert distances[1] <= 0.25 * spread


@pytest.mark.parametrize("n", [4, 16, 64])
def test_line_discretisations_converge_at_the_rate_of_quantiles(n):
    gauss = wg.Gaussian(0.0, 1.0)
    fine = gauss.discretise(64 * n)[0]
    assert wg.wasserstein_1(gauss.discretise(n)[0], fine) <= math.sqrt(math.log(n)) / n
    interval = wg.Segment(0.0, 1.0)
    coarse = interval.discretise(n)[0]
    # Each slice of width 1/n moves to its middle: a quarter of 1/n on average.
    assert wg.wasserstein_1(coarse, interval.discretise(64 * n)[0]) == pytest.approx(0.25 / n)


@on_a_line
def test_densities_on_a_line_integrate_to_one(measure):
    kinks = [-1.0, 0.0, 1.0, 2.0, 5.0]
    pieces = [-25.0, *kinks, 25.0]
    total = mean = 0.0
    for low, high in itertools.pairwise(pieces):
        total += quad(lambda x: measure.density([x])[0], low, high)[0]
        mean += quad(lambda x: x * measure.density([x])[0], low, high)[0]
    assert total == pytest.approx(1.0, abs=1e-7)
    assert mean == pytest.approx(measure.mean[0], abs=1e-6)


def test_density_in_the_plane_integrates_to_one():
    measure = wg.Gaussian([1.0, -1.0], COV)
    total, _ = dblquad(lambda y, x: measure.density([[x, y]])[0], -9, 11, -8, 6, epsabs=1e-6)
    assert total == pytest.approx(1.0, abs=1e-5)


def test_density_of_a_gaussian_against_scipy():
    from scipy.stats import multivariate_normal

    at = np.random.default_rng(0).normal(size=(30, 2))
    expected = multivariate_normal([1.0, -1.0], COV).pdf(at)
    np.testing.assert_allclose(wg.Gaussian([1.0, -1.0], COV).density(at), expected, rtol=1e-12)
    far = wg.Gaussian([0.0, 0.0], COV).density([[1e300, 1e300]])
    assert far.tolist() == [0.0]


@every_kind
def test_density_or_a_reason(measure):
    at = np.zeros((3, measure.dimension))
    if measure.has_density:
        assert measure.density(at).shape == (3,)
    else:
        with pytest.raises(ValueError, match=r"^x: .* has no density: its mass sits on a set of"):
            measure.density(at)


@every_kind
def test_measures_cannot_be_changed(measure):
    field = dataclasses.fields(measure)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(measure, field, None)
    value = getattr(measure, field)
    if isinstance(value, np.ndarray):
        with pytest.raises(ValueError, match="read-only"):
            value[...] = 0.0


def test_measures_keep_a_copy():
    mine = np.zeros((2, 1))
    measure = wg.Points(mine)
    mine[:] = 7.0
    assert measure.mean.tolist() == [0.0]


def test_a_mixture_draws_components_by_weight():
    parts = wg.Mixture([wg.Points([0.0]), wg.Points([1.0]), wg.Points([2.0])], [0.2, 0.8, 0.0])
    draws = parts.sample(20_000, seed=0)[:, 0]
    assert np.bincount(draws.astype(int), minlength=3)[2] == 0
    assert (draws == 1).mean() == pytest.approx(0.8, abs=0.015)
    points, weights = parts.discretise(5)
    assert points.ravel().tolist() == [0.0, 1.0]
    assert weights.tolist() == [0.2, 0.8]


def test_a_component_without_mass_does_not_spoil_the_density():
    measure = wg.Mixture([wg.Gaussian(0.0, 1.0), wg.Points([0.0])], [1.0, 0.0])
    assert measure.has_density
    assert measure.density([0.0])[0] == pytest.approx(1 / math.sqrt(2 * math.pi))


def test_an_empty_bin_gets_no_points():
    measure = KINDS["histogram"]
    for points in (measure.discretise(1001)[0], measure.sample(1000, seed=0)):
        assert not ((points > 1.0) & (points < 2.0)).any()


def test_a_gaussian_of_many_dimensions_has_few_points():
    measure = wg.Gaussian(np.arange(60.0), np.eye(60))
    points, weights = measure.discretise(1000)
    assert points.tolist() == [list(map(float, range(60)))]
    assert weights.tolist() == [1.0]
    assert len(wg.Gaussian(np.zeros(3), np.eye(3)).discretise(30)[0]) == 27


@pytest.mark.parametrize(
    "measure", [wg.Histogram([0.0, 5e-324], [1.0]), wg.ring_of_gaussians(1, std=1e-155)]
)
def test_a_density_beyond_the_floats_is_refused(measure):
    with pytest.raises(ValueError, match=r"^x: .*fits a float"):
        measure.density(measure.mean[None])


# --- examples ------------------------------------------------------------------------


@given(st.floats(-3.0, 3.0, allow_subnormal=False), st.integers(1, 40))
def test_parallel_lines_are_theta_apart(theta, n):
    (x, a), (y, b) = (line.discretise(n) for line in wg.parallel_lines(theta))
    assert wg.wasserstein_1(x, y, a, b) == pytest.approx(abs(theta), abs=1e-12)


@pytest.mark.parametrize("theta", [1e-300, 1e-9, 0.3, -1.0, 1e9])
def test_parallel_lines_are_disjoint_at_any_distance(theta):
    (x, _), (y, _) = (line.discretise(64) for line in wg.parallel_lines(theta))
    p, q, _ = wg.distances.on_common_support(x, y)
    assert wg.total_variation(p, q) == 1.0
    assert wg.js_divergence(p, q) == pytest.approx(math.log(2.0), abs=1e-14)
    assert wg.kl_divergence(p, q) == math.inf
    assert wg.wasserstein_1(x, y) == pytest.approx(abs(theta), rel=1e-9, abs=1e-12)


def test_parallel_lines_at_zero_are_equal():
    (x, _), (y, _) = (line.discretise(64) for line in wg.parallel_lines(-0.0))
    p, q, _ = wg.distances.on_common_support(x, y)
    assert wg.total_variation(p, q) == wg.wasserstein_1(x, y) == 0.0


@pytest.mark.parametrize("angle", [-2.0, 0.01, 0.5, math.pi / 2, 3.0])
def test_crossing_segments_meet_in_their_middle(angle):
    across, turned = wg.crossing_segments(angle)
    for segment in (across, turned):
        assert np.linalg.norm(segment.end - segment.start) == pytest.approx(1.0)
        np.testing.assert_array_equal(segment.mean, [0.0, 0.0])
    cosine = (across.end - across.start) @ (turned.end - turned.start)
    assert cosine == pytest.approx(math.cos(angle))
    (x, _), (y, _) = across.discretise(50), turned.discretise(50)
    p, q, _ = wg.distances.on_common_support(x, y)
    assert wg.total_variation(p, q) == 1.0  # an even n avoids the common middle


def test_rings_and_grids_are_where_they_say():
    ring = wg.ring_of_gaussians(6, radius=1.5, std=0.1)
    np.testing.assert_allclose([np.linalg.norm(part.mean) for part in ring.components], 1.5)
    np.testing.assert_allclose(ring.mean, 0.0, atol=1e-15)
    grid = wg.grid_of_gaussians(5, spacing=2.0, std=0.1)
    centres = np.array([part.mean for part in grid.components])
    assert sorted(set(centres.ravel())) == [-4.0, -2.0, 0.0, 2.0, 4.0]
    assert len(np.unique(centres, axis=0)) == 25


def test_a_swiss_roll_is_a_spiral_of_one_and_a_half_turns():
    points, weights = wg.distances.swiss_roll(radius=3.0, std=0.0).discretise(3000)
    angle = np.unwrap(np.arctan2(points[:, 1], points[:, 0]))
    assert angle[-1] - angle[0] == pytest.approx(3 * math.pi, abs=0.01)
    size = np.linalg.norm(points, axis=1)
    np.testing.assert_allclose(np.diff(size) / np.diff(angle), 3.0 / (4.5 * math.pi))
    assert size[[0, -1]] == pytest.approx([1.0, 3.0], abs=1e-3)
    assert (weights == 1 / 3000).all()


@pytest.mark.parametrize("std", [0.05, 0.5, 4.0])
def test_the_density_of_a_swiss_roll_against_quadrature(std):
    roll = wg.distances.swiss_roll(std=std)
    at = roll.sample(5, seed=0)

    def integrand(t, x):
        spiral = 2.0 * t / (4.5 * math.pi) * np.array([math.cos(t), math.sin(t)])
        return math.exp(-((x - spiral) @ (x - spiral)) / (2 * std**2)) / (2 * math.pi * std**2)

    ends = np.linspace(1.5 * math.pi, 4.5 * math.pi, 61)
    expected = [
        sum(quad(integrand, a, b, args=(x,))[0] for a, b in itertools.pairwise(ends)) for x in at
    ]
    np.testing.assert_allclose(roll.density(at), np.array(expected) / (3 * math.pi), rtol=1e-9)


def test_the_thinnest_swiss_roll_has_a_density():
    """Across the spiral the noise alone makes it; its sum over a line is that of the slices."""
    roll = wg.distances.swiss_roll(radius=1.0, std=1e-3)
    axis = np.linspace(-1.2, 1.2, 24_001)
    with pytest.raises(ValueError, match=r"^std: expected 0, or at least a thousandth"):
        wg.distances.swiss_roll(radius=1.0, std=0.9e-3)
    # The spiral meets the positive first axis at t = 2π and 4π, at t/(4.5π); the rate of t
    # per length along it is that of the angle, 1/size.
    sizes = np.array([2, 4]) / 4.5
    expected = (1 / (3 * math.pi * sizes)).sum()
    # Forty deviations away from both, the noise comes to 0 in double precision: a few points do.
    half = axis[12_000:]
    near = (np.abs(half[:, None] - sizes) < 0.04).any(axis=1)
    line, rest = (
        roll.density(np.stack([part, np.zeros(part.size)], axis=1))
        for part in (half[near], half[~near][::80])
    )
    assert (rest == 0).all()
    assert line.sum() * 1e-4 == pytest.approx(expected, rel=5e-3)


# --- common supports -----------------------------------------------------------------


@given(point_sets(2))
def test_common_support_keeps_all_mass_and_every_atom(sets):
    (x, a), (y, b) = sets
    p, q, support = wg.distances.on_common_support(x, y, a, b)
    assert len(np.unique(support, axis=0)) == len(support) == p.size == q.size
    for points, mass, pmf in ((x, a, p), (y, b, q)):
        for atom, total in zip(support, pmf, strict=True):
            assert mass[(points == atom).all(axis=1)].sum() == pytest.approx(total, abs=1e-12)


def test_negative_zero_is_zero():
    p, q, support = wg.distances.on_common_support([[0.0, 1.0]], [[-0.0, 1.0]])
    assert p.tolist() == q.tolist() == [1.0]
    assert len(support) == 1


@given(masses(4))
def test_histograms_return_their_masses(mass):
    edges = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    measure = wg.Histogram(edges, mass)
    np.testing.assert_allclose(measure.density(edges[:-1] + 0.5), mass)
    points, _ = measure.discretise(2000)
    counts, _ = np.histogram(points, edges)
    np.testing.assert_allclose(counts / 2000, mass, atol=2e-3)

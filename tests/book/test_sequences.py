"""Sequences: computed and exact distances agree, and every arrow of Theorem 2 is one-way."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wganbook as book
import wganlib as wg
from tests.strategies import masses
from wganbook import function_sequences, sequences

MEASURES = sorted(sequences._MEASURES)
FUNCTIONS = sorted(function_sequences._FUNCTIONS)
CHECKED = (1, 2, 3, 7, 40, 300)


def assert_same(one, other):
    for left, right in zip(one, other, strict=True):
        assert left == pytest.approx(right, abs=1e-12)


# --- measures ------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("n", CHECKED)
def test_computed_distances_are_the_exact_ones(name, n):
    sequence = book.measure_sequence(name)
    assert_same(sequence.distances(n), sequence.exact(n))


@pytest.mark.parametrize("name", MEASURES)
def test_distances_go_to_their_limits(name):
    sequence = book.measure_sequence(name)
    near, nearer = (np.array(sequence.exact(sequence.largest // k)) for k in (50, 1))
    limit = np.array(sequence.limits)
    assert np.array_equal(np.isinf(nearer), np.isinf(limit))
    used = np.isfinite(limit)
    np.testing.assert_allclose(nearer[used], limit[used], atol=0.02)
    assert (np.abs(nearer[used] - limit[used]) <= np.abs(near[used] - limit[used]) + 1e-15).all()


def test_densities_against_quadrature():
    """An independent way to the numbers of the sequences that have densities."""
    for name in ("comb", "shrinking interval", "sliding interval", "spike"):
        sequence = book.measure_sequence(name)
        term, limit = sequence.term(3), sequence.limit
        ends = np.unique(np.concatenate([term.edges, limit.edges]))
        low, high, inner = ends[0], ends[-1], ends[1:-1]

        def density(measure):
            return lambda x: float(measure.density([x])[0])

        p, q = density(term), density(limit)
        exact = sequence.exact(3)
        common = {"points": inner}
        found = [
            wg.distances.kl_divergence_density(p, q, low, high, **common),
            wg.distances.kl_divergence_density(q, p, low, high, **common),
            wg.distances.js_divergence_density(p, q, low, high, **common),
            wg.distances.total_variation_density(p, q, low, high, **common),
        ]
        np.testing.assert_allclose(found, exact[:4], atol=1e-6)
        points, mass = term.discretise(4000)
        there, weights = limit.discretise(4000)
        assert wg.wasserstein_1(points, there, mass, weights) == pytest.approx(exact.w1, abs=1e-3)


def test_every_arrow_of_theorem_2_is_one_way():
    """Row T3: for each pair that the theorem does not force, a sequence that separates it."""
    goes = {
        name: tuple(value == 0.0 for value in book.measure_sequence(name).limits)
        for name in MEASURES
        if book.measure_sequence(name).compact
    }
    for kl, reverse_kl, js, tv, w1 in goes.values():
        assert js == tv
        assert not (kl or reverse_kl) or tv
        assert not tv or w1
    patterns = {(kl, reverse_kl, tv, w1) for kl, reverse_kl, _, tv, w1 in goes.values()}
    assert patterns == {
        (False, False, False, True),
        (False, False, True, True),
        (False, True, True, True),
        (True, False, True, True),
        (True, True, True, True),
    }


def test_without_compactness_total_variation_does_not_force_w():
    sequence = book.measure_sequence("escaping mass")
    assert not sequence.compact
    assert sequence.limits.tv == sequence.limits.reverse_kl == 0.0
    assert sequence.limits.w1 == 1.0
    compact = [book.measure_sequence(name) for name in MEASURES if name != "escaping mass"]
    for each, n in itertools.product(compact, (1, 5, 99)):
        points, _ = each.term(n).discretise(50)
        assert np.abs(points).max() <= 2.0
        # On an interval of length 2, W is at most 2 TV: the arrow itself.
        assert each.exact(n).w1 <= 2.0 * each.exact(n).tv + 1e-12


@given(masses(), masses(), st.integers(0, 10**6))
def test_histograms_of_any_shape_against_fine_point_sets(p, q, seed):
    rng = np.random.default_rng(seed)
    one, two = (
        wg.Histogram(np.sort(rng.choice(np.arange(30.0), size=m.size + 1, replace=False)), m)
        for m in (p, q)
    )
    found = sequences._computed(one, two)
    points = [measure.discretise(3000) for measure in (one, two)]
    (x, a), (y, b) = points
    assert found.w1 == pytest.approx(wg.wasserstein_1(x, y, a, b), abs=0.05)
    assert found.w1 >= abs(float((one.mean - two.mean)[0])) - 1e-9


def test_kinds_that_do_not_match_are_refused():
    with pytest.raises(TypeError, match="two histograms"):
        sequences._computed(wg.Points([0.0]), wg.Histogram([0.0, 1.0], [1.0]))


# --- functions -----------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("n", CHECKED)
def test_computed_norms_are_the_exact_ones(name, n):
    sequence = book.function_sequence(name)
    for computed, exact in zip(sequence.norms(n), sequence.exact(n), strict=True):
        assert computed == pytest.approx(exact, rel=1e-9)


@settings(max_examples=30)
@given(st.sampled_from(FUNCTIONS), st.integers(1, 60))
def test_norms_against_a_fine_grid(name, n):
    sequence = book.function_sequence(name)
    low, high = sequence.domain(n)
    at = np.linspace(low, high, 200_001)
    values = np.abs(sequence.term(n)(at))
    exact = sequence.exact(n)
    assert np.trapezoid(values, at) == pytest.approx(exact.l1, rel=1e-3)
    assert math.sqrt(np.trapezoid(values**2, at)) == pytest.approx(exact.l2, rel=1e-3)
    assert values.max() == pytest.approx(exact.sup, rel=1e-2)
    if high == 1.0:  # on a set of length one the norms are in order
        assert exact.l1 <= exact.l2 * (1 + 1e-12)
        assert exact.l2 <= exact.sup * (1 + 1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_norms_go_to_their_limits(name):
    sequence = book.function_sequence(name)
    for near, far, limit in zip(
        sequence.exact(1000), sequence.exact(1_000_000), sequence.limits, strict=True
    ):
        if math.isinf(limit):
            assert far > 5.0 * near
        else:
            assert far == pytest.approx(limit, abs=0.04)


def test_norms_separate():
    """Row M1: each of these is a pattern of (L1, L2, supremum) that goes to 0."""
    patterns = {
        name: tuple(value == 0.0 for value in book.function_sequence(name).limits)
        for name in FUNCTIONS
    }
    assert patterns["powers"] == patterns["slow spikes"] == (True, True, False)
    assert patterns["spikes"] == (True, False, False)
    assert patterns["tall spikes"] == (False, False, False)
    assert patterns["wide tents"] == (False, False, True)
    assert patterns["low tents"] == (True, True, True)


def test_walking_tents_come_back_to_every_place_and_others_do_not():
    for name in FUNCTIONS:
        sequence = book.function_sequence(name)
        there = [float(sequence.term(n)(1 / 3)) for n in range(512, 1024)]
        assert (max(there) > 0.5) == (not sequence.pointwise)
        assert min(there) < 0.01


def test_terms_keep_the_shape_and_refuse_what_is_not_a_number():
    term = book.function_sequence("powers").term(2)
    assert term([[0.5, 2.0]]).tolist() == [[0.25, 0.0]]
    assert term(0.5).shape == ()
    with pytest.raises(ValueError, match=r"^at: "):
        term([math.nan])


def test_sequences_cannot_be_changed_by_accident():
    with pytest.raises(AttributeError):
        book.measure_sequence("comb").name = "other"
    assert book.measure_sequence("comb").name == "comb"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_between_corners_a_tent_is_straight(name):
    sequence = book.function_sequence(name)
    for n in (1, 2, 5, 12):
        corners = sequence.corners(n)
        assert corners == sorted(set(corners))
        assert (corners[0], corners[-1]) == sequence.domain(n)
        term = sequence.term(n)
        for left, right in itertools.pairwise(corners if name != "powers" else []):
            inner = np.linspace(left, right, 7)
            chord = np.interp(inner, [left, right], term([left, right]))
            np.testing.assert_allclose(term(inner), chord, atol=1e-12)

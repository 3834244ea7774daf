"""The moving figures of convergence, against formulas, brute force and linear programmes."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import tests.strategies  # noqa: F401  (the hypothesis profile)
from wganbook.figures import (
    convergence,
    convergence_measures,
    function_norms,
    greatest_lower_bound,
    measure_distances,
    nearest_pair,
    other_shapes,
    simple_sets,
    smooth_critics,
    spike_heights,
    thin_intervals,
    two_lengths,
    wave_moduli,
    wave_points,
)
from wganbook.plots import draw

LOG_2 = math.log(2.0)

#: Powers of n in L1, L2 and the supremum, and the factors before them.
POWERS = {
    "spikes": ((-0.5, 0.0, 0.5), (0.5, 3**-0.5, 1.0)),
    "tall spikes": ((0.0, 0.5, 1.0), (0.5, 3**-0.5, 1.0)),
    "slow spikes": ((-0.75, -0.25, 0.25), (0.5, 3**-0.5, 1.0)),
    "low tents": ((-1.0, -1.0, -1.0), (0.5, 3**-0.5, 1.0)),
    "wide tents": ((1.0, 0.0, -1.0), (0.5, 3**-0.5, 1.0)),
}


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def marks(panel, kind, role):
    return [mark for mark in panel.marks if (mark.kind, mark.role) == (kind, role)]


# --- functions -----------------------------------------------------------------------


@pytest.mark.parametrize("name", POWERS)
def test_tents_have_norms_that_are_powers_of_n(name):
    scene = function_norms(name)
    n = np.array(scene.slider.values, dtype=float)
    for label, power, factor in zip(("L1", "L2", "supremum"), *POWERS[name], strict=True):
        np.testing.assert_allclose(values(scene, label), factor * n**power, rtol=1e-12)


def test_powers_and_walking_tents_have_norms_of_their_own():
    scene = function_norms("powers")
    n = np.array(scene.slider.values, dtype=float)
    np.testing.assert_allclose(values(scene, "L1"), 1 / (n + 1), rtol=1e-12)
    np.testing.assert_allclose(values(scene, "L2"), (2 * n + 1) ** -0.5, rtol=1e-12)
    scene = function_norms("walking tents")
    base = 2.0 ** -np.floor(np.log2(scene.slider.values))
    np.testing.assert_allclose(values(scene, "L1"), base / 2, rtol=1e-12)
    np.testing.assert_allclose(values(scene, "L2"), np.sqrt(base / 3), rtol=1e-12)
    np.testing.assert_array_equal(values(scene, "supremum"), 1)


@pytest.mark.parametrize("name", convergence.FUNCTIONS)
def test_the_drawn_function_has_the_norms_beside_it(name):
    scene = function_norms(name)
    (curve,) = marks(scene.panels[0], "line", "p")
    for index in (0, 4, len(scene.slider.values) - 1):
        x, y = np.array(curve.at("x", index)), np.array(curve.at("y", index))
        assert (np.diff(x) >= 0).all()
        loose = 0.02  # corners are rounded to four decimals, powers drawn with 80 chords
        assert np.trapezoid(y, x) == pytest.approx(values(scene, "L1")[index], rel=loose)
        assert y.max() == pytest.approx(values(scene, "supremum")[index], rel=0.01)
    for label, role in (("L1", "good"), ("L2", "js"), ("supremum", "kl")):
        (drawn,) = marks(scene.panels[1], "line", role)
        np.testing.assert_allclose(drawn.at("y", 0), np.log10(values(scene, label)), atol=2e-4)


def test_the_height_of_spikes_decides_by_quadrature():
    scene = spike_heights()
    a = np.array(scene.slider.values)
    for label, shift in (("L1", 1.0), ("L2", 0.5), ("sup", 0.0)):
        np.testing.assert_allclose(values(scene, f"power in {label}"), a - shift, atol=1e-11)
    curves = {r: marks(scene.panels[1], "line", r)[0] for r in ("good", "js", "kl")}
    for index in (0, 10, 15, 20, 30, 35):
        for column, n in enumerate((1, 64)):
            x = (np.arange(20_000) + 0.5) / 20_000 / n
            y = n ** a[index] * (1 - np.abs(2 * n * x - 1))
            sizes = {"good": y.mean() / n, "js": math.sqrt((y**2).mean() / n), "kl": y.max()}
            for role, size in sizes.items():
                drawn = curves[role].at("y", index)[column]
                assert drawn == pytest.approx(math.log10(size), abs=2e-4)


def test_the_spikes_drawn_are_those_of_the_three_names():
    scene = spike_heights()
    tents = marks(scene.panels[0], "line", "p")
    for name, a in (("slow spikes", 0.25), ("spikes", 0.5), ("tall spikes", 1.0)):
        index = scene.slider.values.index(a)
        for tent, n in zip(tents, (1, 2, 4), strict=True):
            term = convergence.function_sequences.function_sequence(name).term(n)
            y = term(np.array(tent.at("x", index)))
            np.testing.assert_allclose(tent.at("y", index), y, atol=1e-3 * n)


def test_four_other_shapes_are_those_of_their_names():
    scene = other_shapes(9)
    n = np.arange(1, 10)
    areas = {
        "walking tents": 2.0 ** -np.floor(np.log2(n)) / 2,
        "powers": 1 / (n + 1),
        "low tents": 1 / (2 * n),
        "wide tents": n / 2,
    }
    assert [panel.title.lower() for panel in scene.panels] == list(areas)
    for panel, (name, exact) in zip(scene.panels, areas.items(), strict=True):
        np.testing.assert_allclose(values(scene, f"L1, {name}"), exact)
        (curve,) = marks(panel, "line", "p")
        for index in (0, 5, 8):
            x, y = np.array(curve.at("x", index)), np.array(curve.at("y", index))
            assert np.trapezoid(y, x) == pytest.approx(exact[index], rel=0.02)


# --- the plane -----------------------------------------------------------------------


def test_taxi_and_bird():
    scene = two_lengths()
    n = np.array(scene.slider.values, dtype=float)
    bird, taxi = n ** (-1 / 3), (abs(np.cos(0.7 * n)) + abs(np.sin(0.7 * n))) * n ** (-1 / 3)
    np.testing.assert_allclose(values(scene, "Euclid"), bird, rtol=1e-12)
    np.testing.assert_allclose(values(scene, "Manhattan"), taxi, rtol=1e-12)
    ratio = values(scene, "ratio")
    assert ratio.min() >= 1
    assert ratio.max() <= math.sqrt(2)
    (ring,), (diamond,) = (marks(scene.panels[0], "line", role) for role in ("em", "js"))
    (dot,) = marks(scene.panels[0], "points", "ink")
    for index in (0, 9, 47):
        x, y = np.array(ring.at("x", index)), np.array(ring.at("y", index))
        np.testing.assert_allclose(np.hypot(x, y), bird[index], atol=2e-4)
        x, y = np.array(diamond.at("x", index)), np.array(diamond.at("y", index))
        np.testing.assert_allclose(abs(x) + abs(y), taxi[index], atol=2e-4)
        assert math.hypot(dot.at("x", index)[0], dot.at("y", index)[0]) == pytest.approx(
            bird[index], abs=2e-4
        )


# --- measures ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "em", "tv"),
    [
        ("shifting atom", lambda n: 1 / n, lambda n: n**0),
        ("leaking mass", lambda n: 1 / n, lambda n: 1 / n),
        ("escaping mass", lambda n: n**0, lambda n: 1 / n),
        ("tilting scales", lambda n: 0.25 / n, lambda n: 0.25 / n),
    ],
)
def test_atoms_in_closed_form(name, em, tv):
    scene = measure_distances(name)
    n = np.array(scene.slider.values, dtype=float)
    np.testing.assert_allclose(values(scene, "EM"), em(n), atol=1e-12)
    np.testing.assert_allclose(values(scene, "TV"), tv(n), atol=1e-12)
    (stems,) = marks(scene.panels[0], "segments", "q")
    for index in (0, 7, 29):
        assert sum(stems.at("y1", index)) == pytest.approx(1, abs=2e-4)
    (limit,) = marks(scene.panels[0], "segments", "p")
    assert sum(limit.at("y1", 0)) == 1


def matching(x, y):
    cost = cdist(x, y)
    return float(cost[linear_sum_assignment(cost)].mean())


def test_the_modulus_of_the_waves_by_matching():
    scene = wave_moduli(atoms=6)
    deltas = np.array(scene.slider.values)
    thetas = np.arange(31) / 5
    z = (np.arange(6) + 0.5) / 6
    waves = [np.c_[z, np.sin(t * z)] for t in thetas]
    between = np.array([[matching(x, y) for y in waves] for x in waves])
    gap = abs(thetas[:, None] - thetas)
    for index in (0, 1, 4, 10):
        near = gap <= deltas[index] + 1e-9
        assert values(scene, "EM")[index] == pytest.approx(between[near].max(), abs=1e-12)
    assert (values(scene, "EM") <= deltas / 2 + 1e-12).all(), "the theorem"
    apart = deltas > 0
    np.testing.assert_allclose(values(scene, "TV"), 1.0 * apart, atol=1e-12)
    np.testing.assert_allclose(values(scene, "JS"), LOG_2 * apart, atol=1e-12)
    np.testing.assert_array_equal(values(scene, "KL"), np.where(apart, math.inf, 0))


@given(st.floats(-20, 20), st.integers(1, 50))
def test_waves_are_graphs(theta, count):
    points = wave_points(theta, count)
    assert points.shape == (count, 2)
    np.testing.assert_allclose(points[:, 0].mean(), 0.5)
    np.testing.assert_allclose(points[:, 1], np.sin(theta * points[:, 0]))


def test_thin_intervals_in_closed_form():
    scene = thin_intervals()
    n = np.array(scene.slider.values, dtype=float)
    share = np.minimum(0.1 * n, 1)
    np.testing.assert_allclose(values(scene, "EM at 0.1"), 0.1, atol=1e-12)
    np.testing.assert_allclose(values(scene, "TV at 0.1"), share, atol=1e-12)
    np.testing.assert_allclose(values(scene, "JS at 0.1"), LOG_2 * share, atol=1e-12)
    assert np.isinf(values(scene, "KL at 0.1")).all()
    curves = {r: marks(scene.panels[1], "line", r)[0] for r in ("em", "js", "tv")}
    for index in (0, 3, 31):
        x = np.array(curves["em"].at("x", index))
        np.testing.assert_allclose(curves["em"].at("y", index), x, atol=1e-4)
        ceiling = np.minimum(n[index] * x, 1)
        near = 1e-4 * n[index]  # places are rounded to four decimals, and the slope is n
        np.testing.assert_allclose(curves["tv"].at("y", index), ceiling, atol=near)
        np.testing.assert_allclose(curves["js"].at("y", index), LOG_2 * ceiling, atol=near)
        assert np.abs(x - 1 / n[index]).min() < 1e-4, "the corner is drawn"


# --- the primer ----------------------------------------------------------------------


def test_the_infimum_is_never_reached():
    scene = greatest_lower_bound()
    n = np.array(scene.slider.values, dtype=float)
    np.testing.assert_allclose(values(scene, "least so far"), 1 / n)
    assert (values(scene, "least so far") > values(scene, "infimum")).all()
    (dots,) = marks(scene.panels[0], "points", "q")
    for index in (0, 5, 29):
        x = np.array(dots.at("x", index))
        np.testing.assert_allclose(x[np.isfinite(x)], 1 / np.arange(1, index + 2), atol=1e-4)


def test_smooth_critics_fall_short_and_are_lipschitz():
    scene = smooth_critics()
    n = np.array(scene.slider.values, dtype=float)
    exact = np.sqrt(1 + n**-2) - 1 / n
    np.testing.assert_allclose(values(scene, "Ef(x) − Ef(y)"), exact, rtol=1e-12)
    np.testing.assert_allclose(values(scene, "supremum"), 1, atol=1e-12)
    np.testing.assert_allclose(values(scene, "short by"), 1 - exact, atol=1e-12)
    (curve,) = marks(scene.panels[0], "line", "em")
    for index in (0, 8, 31):
        slope = np.diff(curve.at("y", index)) / np.diff(curve.at("x", index))
        assert abs(slope).max() <= 1 + 5e-3, "coordinates have four decimals"


def test_the_nearest_two_by_trying_all_pairs():
    scene = nearest_pair(20)
    golden = (math.sqrt(5) - 1) / 2
    x = np.array([n * golden - math.floor(n * golden) for n in range(1, 21)])
    for index, count in enumerate(map(int, scene.slider.values)):
        pairs = list(itertools.combinations(range(count), 2))
        nearest = min(abs(x[i] - x[j]) for i, j in pairs)
        assert values(scene, "in [0, 1]")[index] == pytest.approx(nearest, abs=1e-12)
        assert nearest <= 1 / (count - 1)
    np.testing.assert_array_equal(values(scene, "integers"), 1)
    at = (np.arange(2000) + 0.5) / 2000
    one, two = (math.sqrt(2) * np.sin(k * np.pi * at) for k in (3, 8))
    far = math.sqrt(((one - two) ** 2).mean())
    np.testing.assert_allclose(values(scene, "sines in L2"), far, rtol=1e-9)


def test_the_crowd_that_is_drawn_is_the_crowd_that_is_measured():
    scene = nearest_pair(20)
    (dots,) = marks(scene.panels[0], "points", "em")
    for index in (0, 7, 18):
        x = np.array(dots.at("x", index))
        x = np.sort(x[np.isfinite(x)])
        assert x.size == scene.slider.values[index]
        assert np.diff(x).min() == pytest.approx(values(scene, "in [0, 1]")[index], abs=2e-4)


@settings(max_examples=40)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=7), st.integers(1, 4))
def test_best_unions_by_trying_all_sets(excess, most):
    excess = np.array(excess, dtype=float)
    best = np.zeros(most)
    for chosen in itertools.product((0, 1), repeat=excess.size):
        runs = sum(a > b for a, b in zip(chosen, (0, *chosen), strict=False))
        for k in range(1, most + 1):
            if runs <= k:
                best[k - 1] = max(best[k - 1], float(np.dot(chosen, excess)))
    np.testing.assert_allclose(convergence_measures._best_unions(excess, most), best)


def test_simple_sets_in_closed_form():
    scene = simple_sets()
    n = np.array(scene.slider.values, dtype=float)
    np.testing.assert_allclose(values(scene, "one interval"), 1 / (4 * n), atol=1e-12)
    np.testing.assert_allclose(values(scene, "four intervals"), np.minimum(4, n) / (4 * n))
    np.testing.assert_allclose(values(scene, "all Borel sets"), 0.25, atol=1e-12)
    np.testing.assert_allclose(values(scene, "EM"), 1 / (8 * n), atol=1e-12)
    (comb,) = marks(scene.panels[0], "line", "q")
    for index in (0, 4, 15):
        x, y = np.array(comb.at("x", index)), np.array(comb.at("y", index))
        assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-3)
        assert np.trapezoid(np.maximum(y - 1, 0), x) == pytest.approx(0.25, abs=0.01)


# --- all of them ---------------------------------------------------------------------


@pytest.mark.parametrize("figure", [function_norms, measure_distances])
def test_unknown_sequences_are_refused(figure):
    with pytest.raises(ValueError, match=r"^name: "):
        figure("combs")
    with pytest.raises(TypeError, match=r"^name: "):
        figure(None)


@pytest.mark.parametrize(
    ("figure", "argument", "small"),
    [
        (two_lengths, "length", 4),
        (other_shapes, "length", 1),
        (wave_moduli, "atoms", 1),
        (thin_intervals, "length", 1),
        (greatest_lower_bound, "length", 1),
        (smooth_critics, "length", 1),
        (nearest_pair, "length", 2),
        (simple_sets, "length", 1),
    ],
)
def test_sizes_that_are_too_small_are_refused(figure, argument, small):
    with pytest.raises(ValueError, match=f"^{argument}: "):
        figure(**{argument: small})
    with pytest.raises(TypeError, match=f"^{argument}: "):
        figure(**{argument: 5.5})
    draw_and_close(figure(**{argument: small + 1}))


def draw_and_close(scene):
    import matplotlib.pyplot as plt

    plt.close(draw(scene, 1))


@pytest.mark.parametrize("name", convergence.FUNCTIONS)
def test_functions_can_be_drawn_on_paper(name):
    draw_and_close(function_norms(name))


@pytest.mark.parametrize("name", convergence_measures.ATOMS)
def test_measures_can_be_drawn_on_paper(name):
    draw_and_close(measure_distances(name))

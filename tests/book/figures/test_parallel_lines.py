"""The moving figures of parallel and crossing lines, against formulas and linear programmes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from wganbook.figures import (
    crossing_segments,
    descend,
    descent_race,
    sliding_lines,
    vanishing_sequences,
)

LOG_2 = math.log(2.0)


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def marks(panel, kind, role):
    return [mark for mark in panel.marks if (mark.kind, mark.role) == (kind, role)]


def linear_programme(x, y):
    """EM between uniform point sets, by SciPy's HiGHS on the programme over couplings."""
    n, m = len(x), len(y)
    sums = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    masses = np.concatenate([np.full(n, 1 / n), np.full(m, 1 / m)])
    return linprog(cdist(x, y).ravel(), A_eq=sums, b_eq=masses, method="highs").fun


# --- parallel lines ------------------------------------------------------------------


@pytest.mark.parametrize("atoms", [1, 2, 7, 32])
def test_parallel_lines_are_example_1_at_every_theta(atoms):
    scene = sliding_lines(atoms)
    theta = np.array(scene.slider.values)
    assert theta.size == 81
    assert np.count_nonzero(theta == 0) == 1
    np.testing.assert_allclose(theta, -theta[::-1], atol=0)
    apart = theta != 0
    np.testing.assert_allclose(values(scene, "EM"), abs(theta), atol=1e-14)
    np.testing.assert_allclose(values(scene, "JS"), LOG_2 * apart, atol=1e-15)
    np.testing.assert_allclose(values(scene, "TV"), 1.0 * apart, atol=1e-15)
    np.testing.assert_array_equal(values(scene, "KL"), np.where(apart, math.inf, 0.0))


def test_parallel_lines_start_away_from_zero():
    scene = sliding_lines(4)
    assert scene.slider.values[scene.slider.start] == 0.4


def test_parallel_lines_draw_what_they_say():
    """The curves hold the readouts' numbers, broken where they jump; dots follow."""
    scene = sliding_lines(4)
    theta = np.array(scene.slider.values)
    lines, distances = scene.panels
    (moved,) = marks(lines, "segments", "q")
    for role, label in (("em", "EM"), ("js", "JS"), ("tv", "TV")):
        (curve,), (dot,) = marks(distances, "line", role), marks(distances, "points", role)
        drawn = np.array(curve.at("y", 0))
        assert np.isnan(drawn[theta == 0]).all() == (role != "em")
        seen = np.isfinite(drawn)
        np.testing.assert_allclose(drawn[seen], values(scene, label)[seen], atol=5.1e-6)
        for i in (0, 40, 41, 80):
            assert dot.at("x", i) == [pytest.approx(theta[i])]
            assert dot.at("y", i) == [pytest.approx(values(scene, label)[i], abs=5.1e-6)]
            assert moved.at("x0", i) == moved.at("x1", i) == [pytest.approx(theta[i])]
            assert (moved.at("y0", i), moved.at("y1", i)) == ([0.0], [1.0])


# --- crossing segments ---------------------------------------------------------------


def test_crossing_segments_turn_mass_through_half_the_sine_of_half_the_angle():
    scene = crossing_segments(32)
    angle = np.radians(scene.slider.values)
    apart = angle != 0
    np.testing.assert_allclose(values(scene, "EM"), abs(np.sin(angle / 2)) / 2, atol=1e-12)
    np.testing.assert_allclose(values(scene, "JS"), LOG_2 * apart, atol=1e-15)
    np.testing.assert_allclose(values(scene, "TV"), 1.0 * apart, atol=1e-15)
    np.testing.assert_array_equal(values(scene, "KL"), np.where(apart, math.inf, 0.0))


@pytest.mark.parametrize("degrees", [5, 45, 90, -60])
def test_crossing_segments_against_a_linear_programme(degrees):
    """The programme knows nothing of rotations: it searches all couplings."""
    n, angle = 8, math.radians(degrees)
    along = (np.arange(n) + 0.5) / n - 0.5
    flat = along[:, None] * [1.0, 0.0]
    turned = along[:, None] * [math.cos(angle), math.sin(angle)]
    optimum = linear_programme(flat, turned)
    assert optimum == pytest.approx(abs(math.sin(angle / 2)) / 2, abs=1e-12)
    scene = crossing_segments(n)
    at = scene.slider.values.index(degrees)
    assert values(scene, "EM")[at] == pytest.approx(optimum, abs=1e-12)


def test_crossing_segments_cross_in_the_picture_at_the_angle_of_the_slider():
    scene = crossing_segments(2)
    supports = scene.panels[0]
    (fixed,), (turned,) = marks(supports, "segments", "p"), marks(supports, "segments", "q")
    for i, degrees in enumerate(scene.slider.values):
        ends = [
            np.array([[m.at("x0", i)[0], m.at("y0", i)[0]], [m.at("x1", i)[0], m.at("y1", i)[0]]])
            for m in (fixed, turned)
        ]
        np.testing.assert_allclose(ends[0].mean(axis=0), ends[1].mean(axis=0), atol=1e-5)
        first, second = (e[1] - e[0] for e in ends)
        np.testing.assert_allclose([*map(np.linalg.norm, (first, second))], 1.0, atol=2e-5)
        angle = math.degrees(math.atan2(*np.flip([first @ second, np.linalg.det([first, second])])))
        assert angle == pytest.approx(degrees, abs=1e-2)


@pytest.mark.parametrize("bad", [0, 1, 3, -2])
def test_crossing_segments_refuse_a_point_on_the_crossing(bad):
    with pytest.raises(ValueError, match=r"^atoms: "):
        crossing_segments(bad)


# --- gradient descent ----------------------------------------------------------------


def walked(start, rate, steps):
    """Closed form of descent on |θ|: straight to zero, then to and fro with period two."""
    strides = int(abs(start) / rate)
    path = [start - math.copysign(rate, start) * k for k in range(strides + 1)]
    while len(path) <= steps:
        path.append(path[-1] - math.copysign(rate, path[-1]))
    return np.array(path[: steps + 1])


@given(
    st.floats(0.05, 2.0).map(lambda v: round(v, 2) + 0.0037),
    st.sampled_from([0.01, 0.05, 0.3]),
    st.integers(1, 30),
    st.booleans(),
)
def test_descent_on_em_is_the_closed_form(start, rate, steps, mirrored):
    start = -start if mirrored else start
    expected = walked(start, rate, steps)
    # Within reach of the corner the central difference sees both sides: leave such paths out.
    if (abs(expected) > 2e-4).all():
        path = descend("em", start, rate=rate, steps=steps, atoms=2, reach=1e-4)
        np.testing.assert_allclose(path, expected, atol=1e-9)


@pytest.mark.parametrize("distance", ["js", "tv", "kl"])
@pytest.mark.parametrize("start", [0.83, -0.2, 0.0])
def test_the_other_three_never_move(distance, start):
    np.testing.assert_array_equal(descend(distance, start, rate=0.5, steps=5, atoms=3), start)


def test_em_rests_only_at_its_corner():
    np.testing.assert_allclose(descend("em", 0.0, rate=0.5, steps=3), 0.0, atol=1e-12)


def test_the_race_shows_the_four_paths():
    scene = descent_race(start=0.83, rate=0.05, steps=20)
    np.testing.assert_allclose(values(scene, "θ by EM"), walked(0.83, 0.05, 20), atol=1e-12)
    for name in ("JS", "TV", "KL"):
        np.testing.assert_array_equal(values(scene, f"θ by {name}"), 0.83)
    lanes = {m.role: m.at("y", 0)[0] for m in scene.panels[0].marks if m.kind == "points"}
    words = dict(zip(scene.panels[0].y.ticks, scene.panels[0].y.tick_labels, strict=True))
    assert {role: words[lane] for role, lane in lanes.items()} == {
        "em": "EM", "js": "JS", "tv": "TV", "kl": "KL",
    }  # fmt: skip


def test_the_race_does_not_tell_its_end_before_the_slider_gets_there():
    scene = descent_race(start=0.83, rate=0.05, steps=20)
    lines = [m for m in scene.panels[1].marks if m.kind == "line" and m.label]
    dots = {m.role: m for m in scene.panels[1].marks if m.kind == "points"}
    assert {m.role for m in lines} == set(dots) == {"em", "js"}
    for mark in lines:
        for step in range(21):
            drawn = np.isfinite(np.array(mark.at("y", step), dtype=float))
            np.testing.assert_array_equal(drawn, np.arange(21) <= step)
            assert dots[mark.role].at("x", step) == [step]
            assert dots[mark.role].at("y", step)[0] == mark.at("y", 20)[step]


def test_the_winner_of_the_race_ends_by_stepping_to_and_fro():
    path = values(descent_race(), "θ by EM")
    assert path.size == 41
    np.testing.assert_allclose(path[16:], [(0.03, -0.02)[k % 2] for k in range(25)], atol=1e-9)


@pytest.mark.parametrize(
    ("changed", "error", "name"),
    [
        ({"distance": "emd"}, ValueError, "distance"),
        ({"distance": None}, TypeError, "distance"),
        ({"start": math.nan}, ValueError, "start"),
        ({"start": "0"}, TypeError, "start"),
        ({"rate": 0.0}, ValueError, "rate"),
        ({"rate": -1.0}, ValueError, "rate"),
        ({"reach": 0.0}, ValueError, "reach"),
        ({"steps": 0}, ValueError, "steps"),
        ({"steps": 2.0}, TypeError, "steps"),
    ],
)
def test_descend_refuses(changed, error, name):
    with pytest.raises(error, match=f"^{name}: "):
        descend(**({"distance": "em", "start": 0.5, "rate": 0.1, "steps": 2} | changed))


# --- sequences -----------------------------------------------------------------------


@pytest.mark.parametrize(("length", "settles"), [(40, 25), (12, 2), (10, 10)])
def test_sequences_fall_like_one_over_n_under_em_and_not_at_all_under_zero_one(length, settles):
    scene = vanishing_sequences(length, settles)
    n = np.arange(1, length + 1)
    np.testing.assert_array_equal(scene.slider.values, n)
    np.testing.assert_allclose(values(scene, "EM of 1/n"), 1 / n, atol=1e-14)
    np.testing.assert_array_equal(values(scene, "0-1 of 1/n"), 1.0)
    np.testing.assert_array_equal(values(scene, "0-1 of the other"), n < settles)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((1, 2), "length"), ((40, 1), "settles"), ((40, 41), "settles"), ((0, 0), "length")],
)
def test_sequences_refuse(arguments, name):
    with pytest.raises(ValueError, match=f"^{name}: "):
        vanishing_sequences(*arguments)


# --- the words -----------------------------------------------------------------------


def test_descriptions_are_true():
    """What the alternative texts promise, asked of the numbers."""
    scene = sliding_lines(4)
    zero = scene.slider.values.index(0)
    assert [r.values[zero] for r in scene.readouts] == [0, 0, 0, 0]
    em = values(scene, "EM")
    assert em[zero] == em.min()
    assert (np.diff(em[: zero + 1]) < 0).all()
    assert (np.diff(em[zero:]) > 0).all()
    crossing = crossing_segments(4)
    em = values(crossing, "EM")
    assert abs(np.diff(em)).max() < 0.03, "EM closes without a jump"


def test_scenes_measure_what_the_chapter_function_measures():
    line, moved = wg.parallel_lines(0.4)
    x, y = line.discretise(5)[0], moved.discretise(5)[0]
    assert linear_programme(x, y) == pytest.approx(0.4, abs=1e-12)
    assert wg.wasserstein_1(x, y) == pytest.approx(0.4, abs=1e-15)

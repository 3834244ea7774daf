"""The figures of mode collapse, against closed forms, and counts by hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from wganbook.figures import (
    Collapse,
    collapse_film,
    forgotten_modes,
    mode_shares,
    two_modes,
)

RING = wg.ring_of_gaussians(8, std=0.1)
MODES = np.array([part.mean for part in RING.components])
SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def values(scene, start):
    return np.array(next(r.values for r in scene.readouts if r.label.startswith(start)))


# --- who is forgotten ----------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 6))
def test_shares_are_counts_of_the_nearest(seed, n, k):
    rng = np.random.default_rng(seed)
    points, modes = rng.normal(size=(3, n, 2)), rng.normal(size=(k, 2))
    shares = mode_shares(points, modes)
    by_hand = np.zeros((3, k))
    for i, run in enumerate(points):
        for x in run:
            by_hand[i, min(range(k), key=lambda j: math.dist(x, modes[j]))] += 1 / n
    np.testing.assert_allclose(shares, by_hand, atol=1e-12)
    for run, row in zip(points, shares, strict=True):
        library = wg.training.mode_coverage(run, modes, 1e6)
        np.testing.assert_allclose(row, library.mass, atol=1e-12)
        assert forgotten_modes(run, modes) == k - library.covered


def test_a_mode_is_forgotten_below_a_fifth_of_its_even_share():
    counts = [40, 35, 23, 2]  # even: 25, a fifth of it: 5
    points = np.repeat(SQUARE, counts, axis=0)
    assert forgotten_modes(points, SQUARE) == 1
    assert forgotten_modes(points, SQUARE, share=0.05) == 0
    assert forgotten_modes(points, SQUARE, share=1.0) == 2


def test_real_points_forget_nothing():
    assert forgotten_modes(RING.sample(1000, seed=0), MODES) == 0


@pytest.mark.parametrize("function", [mode_shares, forgotten_modes])
@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        (([[0.0, math.nan]], SQUARE), ValueError, "samples"),
        (([0.0, 1.0], SQUARE), ValueError, "samples"),
        (([[0.0, 1.0, 2.0]], SQUARE), ValueError, "samples"),
        ((np.empty((0, 2)), SQUARE), ValueError, "samples"),
        (("text", SQUARE), TypeError, "samples"),
        ((SQUARE, [[0.0, math.inf]]), ValueError, "modes"),
        ((SQUARE, None), TypeError, "modes"),
    ],
)
def test_points_and_modes_are_checked(function, arguments, error, name):
    with pytest.raises(error, match=f"^{name}"):
        function(*arguments)


@pytest.mark.parametrize(("share", "error"), [(0, ValueError), (1.1, ValueError), ("a", TypeError)])
def test_the_fraction_is_checked(share, error):
    with pytest.raises(error, match=r"^share"):
        forgotten_modes(SQUARE, SQUARE, share=share)


# --- two modes -----------------------------------------------------------------------


def objective(s, s0):
    """The minimax objective at the share s under the best discriminator for s0."""
    left, right = 0.5 / (1.5 - s0), 0.5 / (0.5 + s0)
    fake = (1 - s) * math.log(1 - left) + s * math.log(1 - right)
    return (math.log(left) + math.log(right)) / 2 + fake


def test_frozen_judges_are_tangents_below_the_envelope():
    scene = two_modes(7)
    assert [panel.title for panel in scene.panels] == ["Discriminator", "Critic"]
    for which, panel in enumerate(scene.panels):
        envelope, frozen, touch, _ = panel.marks
        share = np.array(envelope.at("x", 0))
        best = np.array(envelope.at("y", 0))
        for i, s0 in enumerate(scene.slider.values):
            flat = np.array(frozen.at("y", i))
            np.testing.assert_allclose(np.diff(flat, 2), 0, atol=2e-4)  # rounded to 4 decimals
            assert (flat <= best + 2e-4).all()
            assert touch.at("x", i) == pytest.approx([s0])
            if which == 0:
                expected = [objective(s, s0) for s in share]
                np.testing.assert_allclose(flat, expected, atol=1e-4)
                assert touch.at("y", i)[0] == pytest.approx(objective(s0, s0), abs=1e-4)
            else:
                assert touch.at("y", i)[0] == pytest.approx(abs(s0 - 0.5), abs=1e-4)
        assert share[best.argmin()] == 0.5
    assert min(scene.panels[0].marks[0].at("y", 0)) == pytest.approx(-2 * math.log(2), abs=1e-4)


def test_the_generator_goes_to_an_end():
    scene = two_modes(5)
    assert scene.slider.values == [0.05, 0.275, 0.5, 0.725, 0.95]
    for start in ("best share, frozen D", "best share, frozen f"):
        np.testing.assert_array_equal(values(scene, start), [1, 1, math.nan, 0, 0])


@pytest.mark.parametrize(("count", "error"), [(4, ValueError), (1, ValueError), (2.5, TypeError)])
def test_positions_are_checked(count, error):
    with pytest.raises(error, match=r"^positions"):
        two_modes(count)


# --- the film ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def short():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(3, 2, 20, 2)), np.tile(MODES[3], (3, 2, 20, 1))])
    return Collapse(
        np.array([0, 1, 5, 6, 8, 9]), 5, points, rng.uniform(-1, 1, size=(6, 6, 6)), 3.0
    )


def test_the_last_look_before_the_judge_learns_again(short):
    np.testing.assert_array_equal(short.when_freed, short.generated[2])


def test_the_scene_counts_what_is_forgotten(short):
    scene = collapse_film({"discriminator": short, "critic": short}, MODES, shown=7)
    assert [p.title for p in scene.panels][:2] == [
        "Points over the discriminator",
        "Points over the critic",
    ]
    np.testing.assert_array_equal(
        values(scene, "forgotten, critic"), forgotten_modes(short.generated[:, 0], MODES)
    )
    assert values(scene, "forgotten, critic")[-1] == 7
    assert scene.slider.values == short.steps.tolist()
    assert len(json.dumps(scene.to_dict())) < 200_000


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("steps", [3.0, 2.0]),
        ("steps", [[1.0, 2.0]]),
        ("generated", np.zeros((3, 1, 4, 2))),
        ("generated", np.zeros((2, 1, 4, 3))),
        ("judge", np.full((2, 3, 3), math.nan)),
        ("freed", 3),
        ("reach", 0.0),
    ],
)
def test_a_film_that_does_not_fit_is_refused(name, bad):
    good = Collapse(np.array([0, 1]), 0, np.zeros((2, 1, 4, 2)), np.zeros((2, 3, 3)), 2.0)
    with pytest.raises((TypeError, ValueError), match=f"^{name}"):
        replace(good, **{name: bad})


@pytest.mark.parametrize("films", [None, {}, {"a": 1}])
def test_only_films_are_shown(films):
    with pytest.raises((TypeError, ValueError), match=r"^films"):
        collapse_film(films, MODES)


def test_films_of_different_lengths_are_refused(short):
    other = replace(short, steps=short.steps + np.arange(short.steps.size) * 0.5, freed=0)
    with pytest.raises(ValueError, match=r"^films"):
        collapse_film({"a": short, "b": other}, MODES)
    with pytest.raises(ValueError, match=r"^modes"):
        collapse_film({"a": short}, [[0.0, 0.0, 0.0]])

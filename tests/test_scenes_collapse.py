"""The figures of mode collapse, against closed forms, counts by hand and trainings by hand."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from wganlib.scenes import (
    Collapse,
    collapse_film,
    forgotten_modes,
    imbalance,
    mode_masses,
    mode_shares,
    record_collapse,
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
        library = wg.mode_coverage(run, modes, 1e6)
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


def players(seeds=(0, 1)):
    return wg.MLP([2, 8, 2], seed=list(seeds)), wg.MLP([2, 8, 1], seed=list(seeds))


SETTINGS = {"seed": [0, 1], "still": 5, "freed": 4, "frames": 3, "measured": 20, "grid": 6}


def film(**changes):
    return record_collapse(*players(), RING, batch=8, **(SETTINGS | changes))


@pytest.fixture(scope="module")
def short():
    return film()


def test_the_film_is_the_two_trainings_one_after_the_other(short):
    generator, judge = players()
    frozen = copy.deepcopy(judge)
    wg.train_generator(generator, judge, seed=[0, 1], steps=5, batch=8)
    still = wg.generate(generator, 20, seed=[0, 1])
    np.testing.assert_allclose(short.when_freed, still, atol=1e-6)
    wg.train(generator, judge, RING, seed=[0, 1], steps=4, batch=8)
    np.testing.assert_allclose(
        short.generated[-1], wg.generate(generator, 20, seed=[0, 1]), atol=1e-5
    )
    assert short.freed == 5
    assert (short.steps[0], short.steps[-1]) == (0, 9)
    middle = (np.arange(6) + 0.5) - 3
    places = np.stack(np.meshgrid(middle, middle), -1).reshape(-1, 2)
    for network, shot in ((frozen, short.judge[0]), (judge, short.judge[-1])):
        with torch.no_grad():
            score = network(torch.from_numpy(places).float().repeat(2, 1, 1))[0].numpy()
        score = score.reshape(6, 6)
        np.testing.assert_allclose(
            shot, 2 * (score - score.min()) / np.ptp(score) - 1, atol=1e-4
        )  # fmt: skip


def test_the_judge_stands_still_until_it_is_freed(short):
    before = short.steps <= short.freed
    assert np.ptp(short.judge[before], axis=0).max() == 0
    assert not np.array_equal(short.judge[-1], short.judge[0])


def test_a_frozen_judge_of_one_peak_gathers_all_points():
    generator, _ = players()
    result = wg.train_generator(
        generator, lambda x: -(x - 1).square().sum(-1), seed=[0, 1], steps=400,
        optimiser=wg.RMSProp(5e-3), points=50, record_at=[400],
    )  # fmt: skip
    assert abs(result.samples[-1] - 1).max() < 0.3
    assert (forgotten_modes(result.samples[-1], SQUARE) == 3).all()


def test_the_scene_counts_what_is_forgotten(short):
    scene = collapse_film({"discriminator": short, "critic": short}, MODES, shown=7)
    assert [p.title for p in scene.panels][:2] == [
        "Points over the discriminator",
        "Points over the critic",
    ]
    np.testing.assert_array_equal(
        values(scene, "forgotten, critic"), forgotten_modes(short.generated[:, 0], MODES)
    )
    assert scene.slider.values == short.steps.tolist()
    assert len(json.dumps(scene.to_dict())) < 200_000


@pytest.mark.parametrize(
    ("name", "bad", "error"),
    [
        ("still", 1, ValueError),
        ("freed", 1, ValueError),
        ("frames", 1, ValueError),
        ("measured", 0, ValueError),
        ("grid", 1, ValueError),
        ("reach", 0, ValueError),
        ("still", "5", TypeError),
        ("seed", [0, -1], ValueError),
        ("seed", [0], ValueError),
    ],
)
def test_recording_checks_its_arguments(name, bad, error):
    with pytest.raises(error, match=f"^{name}"):
        film(**{name: bad})


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


# --- who is ahead --------------------------------------------------------------------


@pytest.fixture(scope="module")
def ensembles():
    even = np.stack([RING.sample(400, seed=s) for s in range(6)]).reshape(2, 3, 400, 2)
    piled = np.tile(MODES[2], (2, 3, 400, 1))
    return {"GAN": np.concatenate([even[:1], piled[:1]]), "WGAN": even}


def test_imbalance_shows_means_over_runs(ensembles):
    scene = imbalance(ensembles, [0.25, 4], MODES, show=("GAN", "WGAN"))
    np.testing.assert_array_equal(values(scene, "forgotten, GAN"), [0, 7])
    np.testing.assert_array_equal(values(scene, "forgotten, WGAN"), [0, 0])
    assert scene.slider.texts == ["0.25", "4.00"]
    assert list(scene.panels[2].x.tick_labels) == ["1/4", "4"]
    cloud = scene.panels[0].marks[-1]
    np.testing.assert_allclose(cloud.at("x", 1), MODES[2, 0], atol=1e-3)


def test_masses_are_a_matrix_of_runs_and_modes(ensembles):
    scene = mode_masses(ensembles, [0.25, 4], MODES, show=["WGAN"])
    assert [panel.title for panel in scene.panels] == ["WGAN"]
    both = mode_masses(ensembles, [0.25, 4], MODES)
    np.testing.assert_array_equal(values(both, "runs that forget, GAN"), [0, 3])
    assert both.panels[1].marks[0].role == scene.panels[0].marks[0].role
    value = np.array(both.panels[0].marks[0].at("value", 1)).reshape(3, 8)
    np.testing.assert_array_equal(value, np.eye(8)[[0, 0, 0]])
    level = np.array(both.panels[1].marks[0].at("value", 0)).reshape(3, 8)
    np.testing.assert_allclose((level**2).sum(1), 1, atol=1e-3)
    assert (np.diff(level, axis=1) <= 0).all()


@pytest.mark.parametrize(
    ("changes", "error", "name"),
    [
        ({"ratios": [1.0]}, ValueError, "ratios"),
        ({"ratios": [4.0, 1.0]}, ValueError, "ratios"),
        ({"ratios": [0.0, 1.0]}, ValueError, "ratios"),
        ({"samples": []}, TypeError, "samples"),
        ({"samples": {}}, ValueError, "samples"),
        ({"samples": {"GAN": np.zeros((3, 1, 4, 2))}}, ValueError, "samples"),
        ({"samples": {"GAN": np.zeros((2, 1, 4, 3))}}, ValueError, "samples"),
        ({"modes": [[0.0, 0.0, 1.0]]}, ValueError, "modes"),
        ({"show": ("GAN", "other")}, ValueError, r"show\[1\]"),
        ({"show": "GAN"}, TypeError, "show"),
    ],
)
@pytest.mark.parametrize("figure", [imbalance, mode_masses])
def test_ensembles_are_checked(figure, changes, error, name):
    good = {
        "samples": {"GAN": np.zeros((2, 1, 4, 2)), "WGAN": np.zeros((2, 1, 4, 2))},
        "ratios": [1.0, 2.0],
        "modes": SQUARE,
        "show": ("GAN", "WGAN"),
    }
    figure(**good)
    if "samples" in changes:
        changes = changes | {"show": ()} if figure is mode_masses else changes
    with pytest.raises(error, match=f"^{name}"):
        figure(**(good | changes))

"""The films of training, against a training watched by hand, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from wganlib.scenes import (
    Recording,
    estimates_against_em,
    frame_steps,
    record_training,
    steepest_chord,
    training_film,
)

RING = wg.ring_of_gaussians(8)


def networks():
    return wg.MLP([2, 8, 2], seed=1), wg.MLP([2, 8, 1], seed=1)


def film(**changes):
    settings = {"seed": 3, "steps": 6, "frames": 4, "shown": 5, "measured": 30, "grid": 6}
    return record_training(*networks(), RING, batch=8, **(settings | changes))


@pytest.fixture(scope="module")
def recording():
    return film()


# --- the steepest chord --------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_the_steepest_chord_makes_any_function_a_lower_bound(seed, n):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, 2)), rng.normal(size=(n, 2))
    f, g = rng.normal(size=n), rng.normal(size=n)
    slope = steepest_chord(f, g, x, y)
    assert slope == pytest.approx(
        max((f[i] - g[j]) / np.linalg.norm(x[i] - y[j]) for i in range(n) for j in range(n))
    )
    if slope > 0:
        exact = ot.emd2([], [], cdist(x, y))
        assert (f.mean() - g.mean()) / slope <= exact + 1e-9


def test_the_chord_of_the_potential_is_one_and_its_bound_exact():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(25, 2)), rng.normal(size=(25, 2)) + 1
    plan = wg.transport_plan(x, y)
    slope = steepest_chord(plan.potential_x, -plan.potential_y, x, y)
    assert slope == pytest.approx(1, abs=1e-9)
    assert plan.potential_x.mean() + plan.potential_y.mean() == pytest.approx(plan.cost)


def test_points_all_in_one_place_have_no_chord():
    with pytest.raises(ValueError, match=r"x: expected points apart"):
        steepest_chord(np.zeros(2), np.ones(2), np.zeros((2, 2)), np.zeros((2, 2)))


# --- recording -----------------------------------------------------------------------


@given(st.integers(2, 5000), st.integers(2, 80))
def test_frames_run_from_the_first_step_to_the_last(steps, frames):
    at = frame_steps(steps, frames)
    assert (at[0], at[-1]) == (1, steps)
    assert (np.diff(at) > 0).all()
    assert at.size <= frames
    assert np.issubdtype(at.dtype, np.integer)


def test_a_recording_is_what_train_did(recording):
    generator, critic = networks()
    seen = {}

    def look(state):
        grid = (np.arange(6) + 0.5) - 3
        places = np.array([(x, y) for y in grid for x in grid])
        fake = state.sample(30, seed=3)
        seen[state.step] = fake, state.score(recording_real)[:, 0], state.score(fake)[:, 0], (
            state.score(places)[:, 0]
        )  # fmt: skip

    rng = np.random.default_rng([3, 1])
    recording_real, other = RING.sample(30, seed=rng), RING.sample(30, seed=rng)
    wg.train(generator, critic, RING, seed=3, steps=6, batch=8, callbacks=[look])
    np.testing.assert_array_equal(recording.steps, frame_steps(6, 4))
    np.testing.assert_array_equal(recording.real, recording_real[:5])
    assert recording.floor == pytest.approx(ot.emd2([], [], cdist(recording_real, other)))
    for i, step in enumerate(recording.steps):
        fake, high, low, picture = seen[int(step)]
        slope = steepest_chord(high, low, recording_real, fake)
        np.testing.assert_array_equal(recording.generated[i], fake[:5])
        assert recording.em[i] == pytest.approx(ot.emd2([], [], cdist(recording_real, fake)))
        assert recording.estimate[i] == pytest.approx((high.mean() - low.mean()) / slope)
        middle = (high.mean() + low.mean()) / 2
        np.testing.assert_allclose(recording.critic[i].ravel(), (picture - middle) / slope)


def test_the_estimate_is_never_above_the_distance(recording):
    assert (recording.estimate <= recording.em + 1e-9).all()


def test_the_same_seed_films_the_same(recording):
    again = film()
    np.testing.assert_array_equal(again.critic, recording.critic)
    assert not np.array_equal(film(seed=4).generated, recording.generated)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"steps": 1}, ValueError, "steps: expected"),
        ({"frames": 1}, ValueError, "frames: expected"),
        ({"shown": 0}, ValueError, "shown: expected"),
        ({"measured": 4}, ValueError, "measured: expected"),
        ({"grid": 1}, ValueError, "grid: expected"),
        ({"reach": 0.0}, ValueError, "reach: expected"),
        ({"seed": [1, 2]}, TypeError, "seed: expected"),
        ({"n_critic": 0}, ValueError, "n_critic: expected"),
    ],
)
def test_a_bad_recording_is_refused_by_name(changes, error, message):
    with pytest.raises(error, match=message):
        film(**changes)


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("steps", [1.0, 1.0, 2.0, 3.0], "steps: expected at least two, growing"),
        ("steps", [[1.0, 2.0]], "steps: expected 1 axes"),
        ("em", [1.0], "em: expected 4 frames"),
        ("em", [np.nan] * 4, "em: expected"),
        ("critic", np.zeros((2, 3, 3)), "critic: expected 4 frames"),
        ("real", np.zeros((3, 1)), "generated: expected points in the plane"),
        ("floor", -0.1, "floor: expected"),
        ("reach", 0.0, "reach: expected"),
    ],
)
def test_a_recording_whose_parts_do_not_fit_is_refused(recording, part, value, message):
    with pytest.raises(ValueError, match=message):
        replace(recording, **{part: value})


# --- the film ------------------------------------------------------------------------


def test_the_film_shows_the_recording(recording):
    scene = training_film(recording)
    assert scene.slider.values == recording.steps.tolist()
    assert scene.slider.play
    picture = scene.panels[0]
    colours, real, fake = picture.marks
    assert picture.equal
    for i in range(recording.steps.size):
        expected = recording.critic[i] / abs(recording.critic[i]).max()
        np.testing.assert_allclose(colours.grid(i), expected, atol=0.5 / 127 + 1e-9)
        np.testing.assert_allclose(fake.at("x", i), recording.generated[i, :, 0], atol=5e-4)
        np.testing.assert_allclose(fake.at("y", i), recording.generated[i, :, 1], atol=5e-4)
    np.testing.assert_allclose(real.at("x", 0), recording.real[:, 0], atol=5e-4)
    shown = {readout.label: readout.values for readout in scene.readouts}
    assert shown["exact EM"] == recording.em.tolist()
    assert shown["estimate/K"] == recording.estimate.tolist()


def test_points_outside_the_picture_are_hidden_and_flat_critics_are_clear(recording):
    far = recording.generated.copy()
    far[1, 2] = (9.0, 0.0)
    scene = training_film(replace(recording, generated=far, critic=0 * recording.critic))
    colours, _, fake = scene.panels[0].marks
    assert np.isnan(fake.at("x", 1)[2])
    assert np.isnan(fake.at("y", 1)[2])
    assert not colours.grid(0).any()


def test_a_film_of_forty_frames_is_light_enough_for_a_page():
    rng = np.random.default_rng(0)
    heavy = Recording(
        np.arange(1, 41), rng.normal(size=(160, 2)), rng.normal(size=(40, 160, 2)),
        rng.normal(size=(40, 28, 28)), rng.random(40), rng.random(40) + 1, 0.1, 3.0,
    )  # fmt: skip
    assert len(json.dumps(training_film(heavy).to_dict())) < 250_000


def test_only_recordings_are_filmed():
    with pytest.raises(TypeError, match="recording: expected a Recording"):
        training_film([1, 2])


# --- estimates against the distance --------------------------------------------------


def test_the_scatter_shows_each_run_and_the_mean_share():
    rng = np.random.default_rng(2)
    em = rng.uniform(0.5, 2, size=(3, 4))
    runs = {"clipping": (em, 0.2 * em), "penalty": (em + 0.1, rng.uniform(0, 0.5, (3, 4)))}
    scene = estimates_against_em(np.array([5, 10, 20]), runs)
    assert scene.slider.texts == ["5", "10", "20"]
    clip, penalty = scene.panels[0].marks[1:]
    np.testing.assert_allclose(clip.at("x", 2), em[2], atol=1e-4)
    np.testing.assert_allclose(clip.at("y", 2), 0.2 * em[2], atol=1e-4)
    np.testing.assert_allclose(penalty.at("x", 0), em[0] + 0.1, atol=1e-4)
    np.testing.assert_allclose(scene.readouts[0].values, 0.2)
    exact, below = runs["penalty"]
    np.testing.assert_allclose(scene.readouts[1].values, (below / exact).mean(1))


def test_negative_estimates_are_shown_too():
    em = np.ones((2, 3))
    scene = estimates_against_em(np.array([1, 2]), {"a": (em, -em)})
    assert scene.panels[0].y.low < -1


@pytest.mark.parametrize(
    ("steps", "runs", "error", "message"),
    [
        ([1, 1], {"a": (np.ones((2, 1)), np.ones((2, 1)))}, ValueError, "steps: expected"),
        ([1], {"a": (np.ones((1, 1)), np.ones((1, 1)))}, ValueError, "steps: expected"),
        ([1, 2], {}, ValueError, "runs: expected one to three"),
        ([1, 2], [1], TypeError, "runs: expected a mapping"),
        ([1, 2], {"a": (np.ones((2, 1)), np.ones((2, 2)))}, ValueError, "runs: expected arrays"),
        ([1, 2], {"a": (np.zeros((2, 1)), np.ones((2, 1)))}, ValueError, "runs: expected EM above"),
        ([1, 2], {"a": (np.ones((2, 1)), np.nan * np.ones((2, 1)))}, ValueError, "runs: expected"),
    ],
)
def test_estimates_that_do_not_fit_are_refused(steps, runs, error, message):
    with pytest.raises(error, match=message):
        estimates_against_em(np.array(steps), runs)

"""The figures of training: what they show of what they are given, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import ot
import pytest
from scipy.spatial.distance import cdist

from wganbook.figures import Recording, estimates_against_em, minibatch_scale, training_film


@pytest.fixture(scope="module")
def recording():
    rng = np.random.default_rng(3)
    return Recording(
        np.array([1, 2, 4, 6]), 0.5 * rng.normal(size=(5, 2)), 0.5 * rng.normal(size=(4, 5, 2)),
        rng.normal(size=(4, 6, 6)), rng.random(4), rng.random(4) + 1, 0.1, 3.0,
    )  # fmt: skip


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


# --- what batches like ---------------------------------------------------------------


def test_the_matching_is_the_cheapest_and_the_curves_are_less_the_perfect_model():
    scales, loss = [0.5, 0.9, 1.0, 1.2], np.array([0.6, 0.45, 0.5, 0.7])
    scene = minibatch_scale(scales, {"64 points": loss, "16 points": 2 * loss}, size=6, seed=4)
    lines, data, model = scene.panels[0].marks
    for i, scale in enumerate(scales):
        x = np.stack([data.at("x", 0), data.at("y", 0)], 1)
        y = np.stack([model.at("x", i), model.at("y", i)], 1)
        ends = [np.stack([lines.at(f"x{k}", i), lines.at(f"y{k}", i)], 1) for k in (0, 1)]
        paid = np.linalg.norm(ends[0] - ends[1], axis=1).mean()
        assert paid == pytest.approx(ot.emd2([], [], cdist(x, y)), abs=1e-3)
        np.testing.assert_allclose(y, scale * np.stack([model.at("x", 2), model.at("y", 2)], 1),
                                   atol=1e-3)  # fmt: skip
    drawn = scene.panels[1].marks[2]
    np.testing.assert_allclose(drawn.at("y", 0)[1:3], [-0.05, 0.0], atol=1e-3)
    assert scene.readouts[1].values == (2 * loss).tolist()
    assert scene.slider.texts[scene.slider.start] == "1.00"
    assert "64 points at 0.90" in scene.description


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"scales": [0.5, 0.9]}, ValueError, "scales: expected at least two, growing, with 1"),
        ({"scales": [1.0, 0.5]}, ValueError, "scales: expected"),
        ({"losses": {}}, ValueError, "losses: expected one to three"),
        ({"losses": [1.0, 2.0]}, TypeError, "losses: expected a mapping"),
        ({"losses": {"a": [1.0]}}, ValueError, "losses: expected shape"),
        ({"size": 0}, ValueError, "size: expected"),
        ({"seed": None}, TypeError, "seed: expected"),
    ],
)
def test_scales_that_do_not_fit_are_refused(changes, error, message):
    good = {"scales": [0.5, 1.0], "losses": {"a": [2.0, 1.0]}, "size": 3, "seed": 0}
    with pytest.raises(error, match=message):
        minibatch_scale(**(good | changes))

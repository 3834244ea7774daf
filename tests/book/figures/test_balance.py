"""The figures of who is ahead, against counts and means by hand."""

from __future__ import annotations

import numpy as np
import pytest

import wganlib as wg
from wganbook.figures import equal_budget, imbalance, mode_masses, mode_shares, rate_or_steps

RING = wg.ring_of_gaussians(8, std=0.1)
MODES = np.array([part.mean for part in RING.components])


def values(scene, start):
    return np.array(next(r.values for r in scene.readouts if r.label.startswith(start)))


@pytest.fixture(scope="module")
def ensembles():
    even = np.stack([RING.sample(400, seed=s) for s in range(6)]).reshape(2, 3, 400, 2)
    piled = np.tile(MODES[2], (2, 3, 400, 1))
    return {"GAN": np.concatenate([even[:1], piled[:1]]), "WGAN": even}


def test_imbalance_shows_means_over_runs(ensembles):
    drawn = {name: clouds[:, 0] for name, clouds in ensembles.items()}
    lost = {"GAN": [[0, 0, 0], [7, 7, 4]], "WGAN": np.zeros((2, 3)), "other": np.ones((2, 3))}
    scene = imbalance(drawn, lost, [0.25, 4], MODES)
    np.testing.assert_allclose(values(scene, "forgotten, GAN"), [0, 6])
    np.testing.assert_array_equal(values(scene, "forgotten, other"), [1, 1])
    assert scene.slider.texts == ["0.25", "4.00"]
    assert [panel.title for panel in scene.panels] == ["GAN", "WGAN", "Modes forgotten"]
    assert list(scene.panels[2].x.tick_labels) == ["1/4", "4"]
    cloud = scene.panels[0].marks[-1]
    np.testing.assert_allclose(cloud.at("x", 1), MODES[2, 0], atol=1e-3)


def test_masses_are_a_matrix_of_runs_and_modes(ensembles):
    shares = {name: mode_shares(clouds, MODES) for name, clouds in ensembles.items()}
    both = mode_masses(shares, [0.25, 4])
    np.testing.assert_array_equal(values(both, "runs that forget, GAN"), [0, 3])
    np.testing.assert_array_equal(values(both, "runs that forget, WGAN"), [0, 0])
    value = np.array(both.panels[0].marks[0].at("value", 1)).reshape(3, 8)
    np.testing.assert_array_equal(value, np.eye(8)[[0, 0, 0]])
    level = np.array(both.panels[1].marks[0].at("value", 0)).reshape(3, 8)
    np.testing.assert_allclose((level**2).sum(1), 1, atol=1e-3)
    assert (np.diff(level, axis=1) <= 0).all()
    with pytest.raises(ValueError, match="add up to 1"):
        mode_masses({"GAN": [[[0.5, 0.4]], [[0.5, 0.5]]]}, [1, 2])


def test_steps_and_ratios_are_shown_with_their_means():
    em = np.arange(2 * 3 * 4, dtype=float).reshape(2, 3, 4)
    scene = rate_or_steps({"a": em, "b": 2 * em}, {"a": em, "b": em}, [1, 5], [0.5, 1, 2])
    np.testing.assert_allclose(values(scene, "EM at equal rates, a"), em[:, 1].mean(1))
    np.testing.assert_allclose(values(scene, "EM at equal rates, b"), 2 * em[:, 1].mean(1))
    mean = scene.panels[0].marks[2]
    np.testing.assert_allclose(mean.at("y", 1), em[1].mean(1))
    dots = scene.panels[0].marks[0]
    np.testing.assert_allclose(dots.at("y", 1), em[1].ravel())
    assert len(set(np.round(dots.at("x", 1), 6))) == 3


def test_every_search_is_a_dot_and_every_method_has_its_mean():
    rng = np.random.default_rng(1)
    em = {where: {name: rng.random((2, 5)) + 0.1 for name in "abc"} for where in ("ring", "grid")}
    scene = equal_budget(em, [1, 8])
    for where, rows in em.items():
        least = [min(array[i].mean() for array in rows.values()) for i in range(2)]
        np.testing.assert_allclose(values(scene, f"least mean EM, {where}"), least)
    dots, bar = scene.panels[1].marks[2:4]
    np.testing.assert_allclose(dots.at("y", 0), em["grid"]["b"][0], atol=1e-4)
    np.testing.assert_allclose(bar.at("y", 1), [em["grid"]["b"][1].mean()] * 2, atol=1e-4)
    assert len(dots.at("x", 0)) == 5


ROWS = {"GAN": np.ones((2, 3)), "WGAN": np.ones((2, 3))}
SQUARE = np.ones((2, 2, 1))
DRAWN = {"GAN": np.zeros((2, 4, 2))}


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [
        (lambda: imbalance(DRAWN, ROWS, [1.0], MODES), ValueError, "ratios"),
        (lambda: imbalance(DRAWN, ROWS, [4.0, 1.0], MODES), ValueError, "ratios"),
        (lambda: imbalance(DRAWN, ROWS, [0.0, 1.0], MODES), ValueError, "ratios"),
        (lambda: imbalance(DRAWN, [], [1, 2], MODES), TypeError, "lost"),
        (lambda: imbalance(DRAWN, {}, [1, 2], MODES), ValueError, "lost"),
        (lambda: imbalance(DRAWN, {"GAN": np.ones((3, 3))}, [1, 2], MODES), ValueError, "lost"),
        (lambda: imbalance({"x": DRAWN["GAN"]}, ROWS, [1, 2], MODES), ValueError, "drawn"),
        (lambda: imbalance({"GAN": np.zeros((2, 4, 3))}, ROWS, [1, 2], MODES), ValueError, "drawn"),
        (lambda: imbalance(DRAWN, ROWS, [1, 2], [[0.0, 0.0, 1.0]]), ValueError, "modes"),
        (lambda: mode_masses({"GAN": np.full((2, 3, 4), np.nan)}, [1, 2]), ValueError, "shares"),
        (lambda: rate_or_steps(ROWS, ROWS, [1, 5], [1, 2]), ValueError, "em"),
        (
            lambda: rate_or_steps({"a": SQUARE}, {"b": SQUARE}, [1, 5], [1, 2]),
            ValueError, "lost",
        ),
        (lambda: rate_or_steps(ROWS, ROWS, [5, 1], [1, 2]), ValueError, "n_critic"),
        (lambda: equal_budget({}, [1, 8]), ValueError, "em"),
        (lambda: equal_budget({"ring": {"a": np.ones((3, 2))}}, [1, 8]), ValueError, "em"),
        (lambda: equal_budget({"ring": ROWS}, [8, 1]), ValueError, "budgets"),
    ],
)  # fmt: skip
def test_arguments_are_checked(call, error, name):
    with pytest.raises(error, match=f"^{name}"):
        call()

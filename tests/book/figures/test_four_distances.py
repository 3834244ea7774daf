"""The moving figures of the four distances, against SciPy and closed forms, frame by frame."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr
from scipy.stats import norm, wasserstein_distance

from wganbook import figures

LOG2 = math.log(2.0)
MAKERS = {
    "shifted_gaussians": figures.shifted_gaussians,
    "best_set": figures.best_set,
    "coins": figures.coins,
    "separated_boxes": figures.separated_boxes,
    "bounds": lambda: figures.bounds(seed=0),
}


def readout(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def mark(scene, panel, label):
    return next(m for m in scene.panels[panel].marks if m.label == label)


def positions(scene):
    return np.array(scene.slider.values)


@pytest.mark.parametrize("name", MAKERS)
def test_a_scene_is_json_and_the_same_each_time(name):
    scene = MAKERS[name]()
    text = json.dumps(scene.to_dict())
    assert text == json.dumps(MAKERS[name]().to_dict())
    assert len(text) < 100_000
    assert scene.description
    assert scene.title


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_starts_at_an_end_of_its_slider(name):
    scene = MAKERS[name]()
    assert 0 < scene.slider.start < len(scene.slider.values) - 1


# --- Gaussians -----------------------------------------------------------------------


def test_gaussians_follow_their_closed_forms():
    scene = figures.shifted_gaussians()
    d = positions(scene)
    assert readout(scene, "EM") == pytest.approx(d, abs=1e-12)
    assert readout(scene, "KL") == pytest.approx(d**2 / 2, abs=1e-12)
    assert readout(scene, "TV") == pytest.approx(2 * norm.cdf(d / 2) - 1, abs=1e-12)


def test_gaussians_js_agrees_with_a_fine_grid():
    scene = figures.shifted_gaussians()
    x = np.linspace(-10, 15, 20_001)
    for d, value in zip(positions(scene)[::8], readout(scene, "JS")[::8], strict=True):
        p, q = norm.pdf(x), norm.pdf(x, d)
        assert value == pytest.approx(jensenshannon(p / p.sum(), q / q.sum()) ** 2, abs=1e-7)


def test_the_shaded_area_is_total_variation():
    scene = figures.shifted_gaussians()
    shade = mark(scene, 0, "its area is TV")
    for i, tv in enumerate(readout(scene, "TV")):
        x, low, high = (np.array(shade.at(key, i)) for key in ("x", "low", "high"))
        assert np.trapezoid(high - low, x) == pytest.approx(tv, abs=2e-3)


# --- the best set --------------------------------------------------------------------


def test_the_peak_is_the_best_of_all_events():
    scene = figures.best_set()
    p, q = (np.array(mark(scene, 0, label).at("height", 0)) for label in "PQ")
    events = np.array(list(itertools.product([0, 1], repeat=8)))
    best = np.abs(events @ (p - q)).max()
    assert readout(scene, "gap").max() == pytest.approx(best, abs=1e-12)
    assert readout(scene, "TV") == pytest.approx(np.full(9, best), abs=1e-12)


def test_each_frame_shows_the_best_set_of_its_size():
    scene = figures.best_set()
    p, q = (np.array(mark(scene, 0, label).at("height", 0)) for label in "PQ")
    shade = next(m for m in scene.panels[0].marks if m.kind == "cells")
    for k, gap in enumerate(readout(scene, "gap")):
        inside = np.array(shade.at("value", k)) > 0
        assert inside.sum() == k
        assert (p - q)[inside].sum() == pytest.approx(gap, abs=1e-12)
        assert p[inside].sum() == pytest.approx(readout(scene, "P(A)")[k], abs=1e-12)
        rivals = itertools.combinations((p - q).tolist(), k)
        assert max(map(sum, rivals)) == pytest.approx(gap, abs=1e-12)


# --- coins ---------------------------------------------------------------------------


def test_coins_follow_their_closed_forms():
    scene = figures.coins()
    t = positions(scene)
    inner = slice(1, -1)
    forward = -np.log(4 * t[inner] * (1 - t[inner])) / 2
    backward = (
        LOG2 + (t * np.log(np.maximum(t, 1e-300))) + (1 - t) * np.log(np.maximum(1 - t, 1e-300))
    )
    assert readout(scene, "KL(P‖Q)")[inner] == pytest.approx(forward, abs=1e-12)
    assert readout(scene, "KL(Q‖P)") == pytest.approx(backward, abs=1e-12)
    assert readout(scene, "TV") == pytest.approx(np.abs(t - 0.5), abs=1e-12)
    js = [jensenshannon([0.5, 0.5], [1 - s, s]) ** 2 for s in t]
    assert readout(scene, "JS") == pytest.approx(js, abs=1e-12)


def test_only_one_direction_is_infinite_at_the_ends():
    scene = figures.coins()
    assert np.isinf(readout(scene, "KL(P‖Q)")[[0, -1]]).all()
    assert readout(scene, "KL(Q‖P)")[[0, -1]] == pytest.approx([LOG2, LOG2])


def test_no_finite_value_is_drawn_at_the_infinity_tick():
    for scene, label in ((figures.coins(), "KL(P‖Q)"), (figures.separated_boxes(), "EM")):
        axis = scene.panels[1].y
        roof = axis.ticks[list(axis.tick_labels).index("∞")]
        assert np.nanmax(mark(scene, 1, label).at("y", 0)) < roof - 0.1


# --- boxes ---------------------------------------------------------------------------


@pytest.mark.parametrize("slices", [2, 7, 20])
def test_boxes_follow_their_closed_forms(slices):
    scene = figures.separated_boxes(slices)
    s = positions(scene)
    overhang = np.minimum(s, 1.0)
    assert readout(scene, "EM") == pytest.approx(s, abs=1e-9)
    assert readout(scene, "TV") == pytest.approx(overhang, abs=1e-12)
    assert readout(scene, "JS") == pytest.approx(overhang * LOG2, abs=1e-12)
    assert readout(scene, "KL")[0] == 0
    assert np.isinf(readout(scene, "KL")[1:]).all()


def test_boxes_agree_with_scipys_transport():
    scene = figures.separated_boxes(10)
    x = (np.arange(10) + 0.5) / 10
    expected = [wasserstein_distance(x, x + s) for s in positions(scene)]
    assert readout(scene, "EM") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("value", "error"), [(1, ValueError), (0, ValueError), (2.0, TypeError), ("9", TypeError)]
)
def test_boxes_refuse(value, error):
    with pytest.raises(error, match="slices"):
        figures.separated_boxes(value)


# --- bounds --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_pair_crosses_a_bound(seed):
    assert not readout(figures.bounds(40, seed=seed), "pairs outside").any()


def test_the_dots_are_real_pairs():
    scene = figures.bounds(30, seed=3)
    left, right = (mark(scene, k, "one random pair") for k in (0, 1))
    for i in range(len(scene.slider.values)):
        kl, tv, js = (np.array(v) for v in (left.at("x", i), left.at("y", i), right.at("y", i)))
        assert right.at("x", i) == tv.tolist()
        assert (tv > 0.004).all()
        drawn = 3e-4  # coordinates are rounded to what a screen can show
        assert (2 * tv**2 <= kl + drawn).all()
        assert (tv**2 <= -np.expm1(-kl) + drawn).all()
        assert (js <= LOG2 * tv + drawn).all()
        assert (js >= tv**2 / 2 - drawn).all()


def test_the_curves_are_the_bounds():
    scene = figures.bounds(5, seed=0)
    pinsker, huber = mark(scene, 0, "Pinsker"), mark(scene, 0, "Bretagnolle–Huber")
    x = np.array(pinsker.at("x", 0))
    assert np.array(pinsker.at("y", 0)) ** 2 == pytest.approx(x / 2, abs=3e-4)
    assert np.array(huber.at("y", 0)) ** 2 == pytest.approx(1 - np.exp(-x), abs=3e-4)
    # Two near-fair coins nearly reach Pinsker's curve, as the chapter says.
    p, q = np.array([0.49, 0.51]), np.array([0.51, 0.49])
    assert 0.02 / math.sqrt(rel_entr(p, q).sum() / 2) == pytest.approx(1, abs=1e-3)
    assert readout(figures.bounds(seed=0), "max TV/Pinsker")[0] > 0.999


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"pairs": 0, "seed": 0}, ValueError, "pairs"),
        ({"pairs": 1.5, "seed": 0}, TypeError, "pairs"),
        ({"seed": None}, TypeError, "seed"),
        ({"seed": -1}, ValueError, "seed"),
    ],
)
def test_bounds_refuse(arguments, error, name):
    with pytest.raises(error, match=name):
        figures.bounds(**arguments)

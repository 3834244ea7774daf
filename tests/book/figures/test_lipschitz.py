"""The moving figures of the Lipschitz rules, frame by frame, against counts and formulas."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from wganbook import figures, plots

STEPS = [1, 10, 100]
RACE = {"a": ([0.1, 0.5, 1.0], [0.0, 0.2, 0.6]), "b": ([0.3, 0.9, 1.0], [0.5, 0.9, 1.0])}
RNG = np.random.default_rng(0)
WEIGHTS = np.clip(RNG.normal(0, [[0.02], [0.1], [0.5]], (3, 400)), -0.1, 0.1)
SIGNAL = np.array([10.0 ** np.arange(-11, 2), np.ones(13)])
SLOPES = [[1e-4, 1e-8], [0.1, 0.1]]
GRIDS = {"exact": np.linspace(-1, 1, 12).reshape(3, 4), "clipping": np.zeros((3, 4))}

MAKERS = {
    "cone": figures.lipschitz_cone,
    "race": lambda: figures.clipping_race(STEPS, RACE),
    "weights": lambda: figures.weight_histograms(STEPS, {"one": WEIGHTS, "two": 2 * WEIGHTS}),
    "fading": lambda: figures.fading_signal([0.01, 0.1], SIGNAL, SIGNAL, [3, 6], SLOPES),
    "gallery": lambda: figures.critic_gallery(
        GRIDS, {"exact": 1.0, "clipping": 0.4}, [[1.0, 1.0], [9.0, 0.0]], [[0.0, 0.0]]
    ),
}


def marks(scene, panel, kind):
    return [mark for mark in scene.panels[panel].marks if mark.kind == kind]


@pytest.mark.parametrize("name", MAKERS)
def test_a_scene_is_json_the_same_each_time_and_draws(name):
    scene = MAKERS[name]()
    text = json.dumps(scene.to_dict())
    assert text == json.dumps(MAKERS[name]().to_dict())
    assert len(text) < 200_000
    for i in (0, len(scene.slider.values) - 1):
        assert plots.to_svg(plots.draw(scene, i)).startswith("<svg")


# --- the cone ------------------------------------------------------------------------


def test_tips_fail_exactly_below_the_steepest_slope():
    scene = figures.lipschitz_cone()
    steep = np.array(scene.slider.values)
    failing = np.array(scene.readouts[0].values)
    assert (np.diff(failing) <= 0).all()
    assert (failing[steep >= 1.5] == 0).all()
    assert (failing[steep < 1.5 - 1e-9] > 0).all()


def test_the_curve_is_marked_where_it_leaves_the_cone():
    scene = figures.lipschitz_cone()
    (outside,) = [m for m in marks(scene, 0, "line") if m.label == "outside the cone"]
    (band,) = marks(scene, 0, "area")
    for i, steep in enumerate(scene.slider.values):
        x, y = np.array(outside.at("x", i)), np.array(outside.at("y", i))
        curve = 1.5 * np.sin(x)
        beyond = np.abs(curve - 1.5 * math.sin(0.5)) > steep * np.abs(x - 0.5) + 2e-4
        within = np.abs(curve - 1.5 * math.sin(0.5)) < steep * np.abs(x - 0.5) - 2e-4
        assert not np.isnan(y[beyond]).any()
        assert np.isnan(y[within]).all()
        low, high = np.array(band.at("low", i)), np.array(band.at("high", i))
        inside = (high < 3) & (low > -3)
        np.testing.assert_allclose(
            (high - low)[inside], 2 * steep * np.abs(x - 0.5)[inside], atol=2e-3
        )


# --- races and weights ---------------------------------------------------------------


def test_the_race_shows_what_it_was_given():
    scene = figures.clipping_race(STEPS, RACE)
    for panel in (0, 1):
        for mark, pair in zip(marks(scene, panel, "line"), RACE.values(), strict=True):
            assert mark.at("y", 0) == pytest.approx(pair[panel])
            assert mark.at("x", 0) == pytest.approx([0, 1, 2])
    assert scene.panels[0].x.tick_labels == ("10⁰", "10¹", "10²")


def test_bars_are_shares_of_all_weights():
    scene = figures.weight_histograms(STEPS, {"one": WEIGHTS, "two": 2 * WEIGHTS})
    for panel, scale in ((0, 1), (1, 2)):
        (bar,) = marks(scene, panel, "bars")
        reach = 0.1 * scale
        for i, row in enumerate(WEIGHTS * scale):
            height, x = np.array(bar.at("height", i)), np.array(bar.at("x", i))
            assert height.sum() == pytest.approx(1, abs=31e-4)
            assert (height @ x) == pytest.approx(row.mean(), abs=reach / 31)
            outer = np.mean(np.abs(row) >= reach * 29 / 31)
            assert scene.readouts[panel].values[i] == pytest.approx(outer, abs=1e-12)


def test_weights_that_never_move_are_drawn():
    scene = figures.weight_histograms([0, 1], {"still": np.zeros((2, 5))})
    assert max(marks(scene, 0, "bars")[0].at("height", 0)) == 1


# --- signals and critics -------------------------------------------------------------


def test_decades_per_layer_are_the_slope_of_the_line():
    scene = figures.fading_signal([0.01, 0.1], SIGNAL, SIGNAL * 3, [3, 6], SLOPES)
    assert scene.readouts[0].values == pytest.approx([-1, 0], abs=1e-12)
    before, after = marks(scene, 0, "line")
    assert np.diff(before.at("y", 0)) == pytest.approx(np.ones(12), abs=2e-4)
    assert np.subtract(after.at("y", 1), before.at("y", 1)) == pytest.approx(
        np.full(13, math.log10(3)), abs=2e-4
    )
    assert marks(scene, 1, "line")[0].at("y", 0) == pytest.approx([-4, -8])


def test_the_gallery_shows_each_critic_and_lights_its_bar():
    scene = MAKERS["gallery"]()
    (picture,) = marks(scene, 0, "field")
    np.testing.assert_allclose(picture.grid(0), GRIDS["exact"], atol=1 / 127)
    assert not picture.grid(1).any()
    real, fake = marks(scene, 0, "points")
    assert real.at("x", 0) == [1.0], "points outside the picture are left out"
    assert fake.at("x", 0) == [0.0]
    lit = marks(scene, 1, "bars")[1]
    assert lit.at("height", 0) == [1.0, 0.0]
    assert lit.at("height", 1) == [0.0, 0.4]
    assert "2 clipping" in scene.title

"""The figures of the chapter on relatives, against programmes, quadrature and counts."""

from __future__ import annotations

import json
import math

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import tests.strategies  # noqa: F401  (the hypothesis profile)
from wganbook.figures import (
    allowed_slope,
    bandwidths,
    batch_valleys,
    blurred_plan,
    energies,
    function_classes,
    line_energy,
    moment_matching,
)
from wganbook.figures.duality import HOLES, PILES
from wganbook.figures.relatives_kernels import MIXTURE, _share, _share_slope
from wganbook.plots import draw

BOX = (np.arange(10) - 4.5) * 0.05


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def marks(panel, kind, role):
    return [mark for mark in panel.marks if (mark.kind, mark.role) == (kind, role)]


def gaps(shift):
    return abs(BOX[:, None] - (BOX + shift))


def cheapest(cost):
    return float(cost[linear_sum_assignment(cost)].mean())


# --- classes of functions ----------------------------------------------------------------


def test_the_four_classes_reach_what_theory_says():
    scene = function_classes()
    theta = np.array(scene.slider.values)
    np.testing.assert_allclose(theta, np.arange(26) / 10, atol=1e-12)
    np.testing.assert_allclose(values(scene, "bounded"), 2 * np.minimum(theta / 0.5, 1), atol=1e-12)
    np.testing.assert_allclose(values(scene, "Lipschitz"), theta, atol=1e-9)
    capped = [cheapest(np.minimum(gaps(t), 2)) for t in theta]
    np.testing.assert_allclose(values(scene, "both"), capped, atol=1e-9)
    kernel = [
        math.sqrt(2 * np.mean(np.exp(-2 * gaps(0) ** 2) - np.exp(-2 * gaps(t) ** 2))) for t in theta
    ]
    np.testing.assert_allclose(values(scene, "kernel ball"), kernel, atol=1e-7)


def test_only_the_lipschitz_critic_still_grows_at_the_end():
    scene = function_classes()
    assert values(scene, "Lipschitz")[-1] - values(scene, "Lipschitz")[-2] == pytest.approx(0.1)
    for name, least in (("bounded", 1e-12), ("both", 0.02), ("kernel ball", 0.01)):
        assert np.ptp(values(scene, name)[-2:]) < least


def test_the_drawn_critics_belong_to_their_classes():
    scene = function_classes(8)
    for index in range(1, 8):
        curves = {}
        for role in ("tv", "em", "kl", "js"):
            (mark,) = marks(scene.panels[0], "line", role)
            curves[role] = np.array(mark.at("x", index)), np.array(mark.at("y", index))
        for role in ("em", "kl"):
            x, f = curves[role]
            assert abs(np.diff(f) / np.diff(x)).max() < 1 + 5e-3, "four decimals"
        for role in ("tv", "kl", "js"):
            assert abs(curves[role][1]).max() <= 1 + 1e-9
        assert set(np.round(curves["tv"][1], 6)) <= {-1.0, 0.0, 1.0}


def test_slope_leads_from_em_to_total_variation():
    scene = allowed_slope()
    slope, value = np.array(scene.slider.values), values(scene, "value")
    np.testing.assert_allclose(values(scene, "K · EM"), 1.2 * slope, atol=1e-9)
    np.testing.assert_allclose(values(scene, "2 TV"), 2, atol=1e-12)
    expected = [cheapest(np.minimum(k * gaps(1.2), 2)) for k in slope]
    np.testing.assert_allclose(value, expected, atol=1e-8)
    assert (value <= np.minimum(1.2 * slope, 2) + 1e-9).all()
    assert (np.diff(value) >= -1e-9).all()
    (critic,) = marks(scene.panels[0], "line", "kl")
    for index, k in enumerate(slope[:16]):
        x, f = np.array(critic.at("x", index)), np.array(critic.at("y", index))
        assert abs(np.diff(f)).max() <= k * np.diff(x).max() + 3e-4
        assert abs(f).max() <= 1 + 1e-9


# --- kernels -----------------------------------------------------------------------------


@pytest.mark.parametrize("width", [0.05, 0.3, 1.0, 7.0, 29.0, 31.0])
def test_the_energy_of_a_line_is_its_double_integral(width):
    # Over the difference u of two places, which has density 2(1 − u).
    exact, _ = dblquad(
        lambda u, _: 2 * (1 - u) * math.exp(-(u**2) / (2 * width**2)), 0, 1, 0, min(1, 40 * width)
    )
    assert line_energy(width) == pytest.approx(exact, rel=1e-8)


@given(st.floats(1e-200, 1e6))
def test_the_energy_of_a_line_is_a_mean_of_numbers_up_to_one(width):
    assert 0 < line_energy(width) <= 1


def test_dots_of_the_library_lie_on_the_closed_form():
    scene = bandwidths(7)
    (curve,), (dots,) = (marks(scene.panels[0], kind, "js") for kind in ("line", "points"))
    for index in range(7):
        x, y = dots.at("x", index), np.array(dots.at("y", index))
        expected = np.interp(x, curve.at("x", index), curve.at("y", index))
        np.testing.assert_allclose(y, expected, atol=2e-3)


def test_shares_and_slopes_against_differences():
    for widths in ([0.1], [1.0], [20.0], list(MIXTURE)):
        for theta in (0.2, 1.0):
            h = np.array([line_energy(w) for w in widths])
            left = np.exp(-(theta**2) / (2 * np.square(widths)))
            share = math.sqrt((h * (1 - left)).sum() / h.sum())
            assert _share(np.array([theta]), widths)[0] == pytest.approx(share, rel=1e-9)
            ends = _share(np.array([theta - 1e-5, theta + 1e-5]), widths)
            assert _share_slope(theta, widths) == pytest.approx(np.diff(ends)[0] / 2e-5, abs=1e-6)


def test_the_slope_is_largest_for_a_bandwidth_near_the_distance():
    scene = bandwidths()
    width, slope = np.array(scene.slider.values), values(scene, "slope there")
    assert 0.5 < width[slope.argmax()] < 1.5
    assert slope[0] < 1e-12
    assert slope[-1] < 0.1 * slope.max()
    assert slope.argmax() not in (0, len(slope) - 1)
    assert (np.diff(values(scene, "share of the ceiling at θ = 1")) <= 1e-12).all()


# --- energies ----------------------------------------------------------------------------


def test_energies_show_geometric_means():
    scene = energies(
        [1, 10, 100],
        [0.0, 0.5, 1.0],
        {"a": np.ones((3, 3)), "b": 2 * np.ones((3, 3))},
        {"a": [[1.0, 100.0], [1.0, 1.0], [0.1, 0.1]], "b": [[2.0], [2.0], [2.0]]},
        theta=1.0,
    )
    np.testing.assert_allclose(values(scene, "slope, a"), [10, 1, 0.1])
    assert "for a from 10 to 0.1" in scene.description
    assert scene.slider.values == [1, 10, 100]
    (line,) = marks(scene.panels[1], "line", "tv")
    np.testing.assert_allclose(line.at("y", 0), [1, 0, -1], atol=1e-9)


# --- moment matching ---------------------------------------------------------------------


def test_matching_shows_means_over_runs_and_hides_what_is_outside():
    cloud = np.zeros((2, 4, 2))
    cloud[1, 0] = [9.0, 0.0]
    scene = moment_matching(
        [4, 16], cloud, [[1.0, 2.0], [0.5, 0.7]], [[0.0, 2.0]], others={"WGAN": [0.4, 0.6]}
    )
    np.testing.assert_allclose(values(scene, "mean EM"), [1.5, 0.6])
    (dots,) = marks(scene.panels[0], "points", "js")
    assert np.isnan(dots.at("x", 1)[0])
    assert not np.isnan(dots.at("x", 0)).any()
    (level,) = marks(scene.panels[1], "line", "em")
    assert level.at("y", 0) == [0.5, 0.5]
    assert "WGAN 0.50" in scene.description


# --- entropy -----------------------------------------------------------------------------


def test_the_blurred_plan_goes_from_the_cheapest_to_the_product():
    scene = blurred_plan()
    cost, low = values(scene, "cost"), values(scene, "lower bound")
    exact = cheapest(cdist(PILES, HOLES))
    np.testing.assert_allclose(values(scene, "EM"), exact, atol=1e-12)
    assert (low <= exact + 1e-9).all()
    assert (exact <= cost + 1e-9).all()
    assert cost[0] == pytest.approx(exact, abs=5e-3)
    assert cost[-1] == pytest.approx(cdist(PILES, HOLES).mean(), rel=0.05)
    assert (np.diff(cost) > -1e-6).all()
    for index in (0, 12, 24):
        epsilon = scene.slider.values[index]
        plan = ot.sinkhorn(
            np.full(7, 1 / 7), np.full(7, 1 / 7), cdist(PILES, HOLES), epsilon,
            method="sinkhorn_log", numItermax=100_000, stopThr=1e-12,
        )  # fmt: skip
        assert cost[index] == pytest.approx((plan * cdist(PILES, HOLES)).sum(), abs=1e-5)
        (strokes,) = marks(scene.panels[0], "segments", "em")
        width = np.array(strokes.at("width", index))
        np.testing.assert_allclose(width, 4.5 * 7 * plan.ravel(), atol=1e-3)


# --- batches -----------------------------------------------------------------------------


def test_valleys_mark_the_lowest_mean():
    em = [[[3.0, 1.0, 2.0], [3.0, 2.0, 2.0]], [[1.0, 2.0, 4.0], [1.0, 2.0, 4.0]]]
    mmd = [[[2.0, -0.1, 1.0]], [[2.0, 0.1, 1.0]]]
    scene = batch_valleys([1, 8], [0.5, 1.0, 1.5], em, mmd)
    np.testing.assert_array_equal(values(scene, "best spread by EM of batches"), [1.0, 0.5])
    np.testing.assert_array_equal(values(scene, "by MMD"), [1.0, 1.0])
    (curve,) = marks(scene.panels[0], "line", "em")
    np.testing.assert_allclose(curve.at("y", 0), [1.0, 0.5, 2 / 3], atol=1e-4)


# --- all ---------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [function_classes, allowed_slope, bandwidths, blurred_plan])
def test_scenes_are_small_and_can_be_drawn(make):
    scene = make()
    assert len(json.dumps(scene.to_dict())) < 100_000
    draw(scene)

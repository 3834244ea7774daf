"""The moving figures of optimal transport show what independent computations give."""

from __future__ import annotations

import re

import numpy as np
import ot
import pytest
from scipy.stats import t as student
from scipy.stats import wasserstein_distance

from wganbook.figures import cdf_area, couplings, falling_floors, sample_bias
from wganbook.figures.earth_mover import NARROW, SOURCE, TARGET, WIDE
from wganbook.plots import draw
from wganlib.paper.floors import load_floors


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def mark(scene, panel, kind, number=0):
    return [m for m in scene.panels[panel].marks if m.kind == kind][number]


def test_couplings_start_at_the_product_and_end_at_the_optimum():
    scene = couplings()
    cost = values(scene, "cost of this plan")
    a, b, places = np.array(SOURCE), np.array(TARGET), np.arange(7.0)
    distance = np.abs(places[:, None] - places)
    assert cost[0] == pytest.approx((np.outer(a, b) * distance).sum(), abs=1e-12)
    assert cost[0] == pytest.approx(25 / 9, abs=1e-12)
    assert cost[-1] == pytest.approx(ot.emd2(a, b, distance), abs=1e-12)
    assert cost == pytest.approx(np.linspace(cost[0], cost[-1], 41), abs=1e-12)
    assert values(scene, "marginals off by").max() < 1e-15
    assert values(scene, "cost of an optimal plan") == pytest.approx(2.0)


def test_couplings_are_drawn_with_their_marginals():
    scene = couplings()
    matrix = mark(scene, 0, "cells")
    rows, columns = mark(scene, 0, "cells", 1), mark(scene, 0, "cells", 2)
    for i in (0, 10, 40):
        shown = np.array(matrix.at("value", i)).reshape(3, 3)
        assert shown.sum(axis=1) == pytest.approx(rows.at("value", i), abs=1e-4)
        assert shown.sum(axis=0) == pytest.approx(columns.at("value", i), abs=1e-4)
    widths = np.array(mark(scene, 1, "segments").at("width", 40))
    assert (widths > 0).sum() == 5
    assert widths.sum() == pytest.approx(28.0, abs=1e-3)


@pytest.mark.parametrize("frames", [2, 5])
def test_couplings_of_other_masses(frames):
    scene = couplings([0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.25, 0.75], frames=frames)
    # All mass goes to the right, so every coupling costs the difference of the means.
    assert values(scene, "cost of this plan") == pytest.approx(2.25)
    assert len(scene.slider.values) == frames


def test_cdf_area_three_ways_and_by_scipy():
    scene = cdf_area()
    area, sorting, pot = (
        values(scene, f"EM, {way}") for way in ("as the area", "by sorting", "by POT")
    )
    other = [wasserstein_distance(WIDE, np.array(NARROW) + s) for s in scene.slider.values]
    for way in (area, sorting, pot):
        assert way == pytest.approx(other, abs=1e-9)
    means = values(scene, "distance of means")
    assert (area >= means - 1e-12).all()
    assert means[40] == pytest.approx(0, abs=1e-12)


def test_cdf_area_fills_what_it_states():
    scene = cdf_area()
    filled = mark(scene, 0, "area")
    for i in range(0, 81, 8):
        at, low, high = (np.array(filled.at(key, i)) for key in ("x", "low", "high"))
        shown = np.trapezoid(np.abs(high - low), at)
        assert shown == pytest.approx(values(scene, "EM, as the area")[i], abs=1e-3)
        assert (np.diff(at) >= 0).all()
        strokes = mark(scene, 1, "segments")
        lengths = np.abs(np.array(strokes.at("x1", i)) - np.array(strokes.at("x0", i)))
        assert lengths.mean() == pytest.approx(values(scene, "EM, by sorting")[i], abs=1e-4)


def test_sample_bias_shows_means_and_students_intervals():
    rng = np.random.default_rng(1)
    table = rng.random((3, 6)) + 0.5
    scene = sample_bias([4, 8, 16], {"a": table, "b": 2 * table}, seed=3)
    assert values(scene, "EM, a") == pytest.approx(table.mean(axis=1))
    bars = mark(scene, 1, "segments")
    half = student.ppf(0.975, 5) * table.std(axis=1, ddof=1) / np.sqrt(6)
    assert 10 ** np.array(bars.at("y1", 0)) == pytest.approx(table.mean(axis=1) + half, rel=1e-4)
    assert 10 ** np.array(bars.at("y0", 0)) == pytest.approx(table.mean(axis=1) - half, rel=1e-4)
    f = np.array(mark(scene, 0, "line").at("y", 1))
    assert np.unique(f * 8).tolist() == list(range(9))


def test_sample_bias_repeats_with_its_seed():
    table = {"a": np.ones((2, 3))}
    one, same, other = (sample_bias([4, 8], table, seed=s).to_dict() for s in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    "scene", [couplings(), cdf_area(), sample_bias([4, 8], {"a": np.ones((2, 2))}, seed=0)]
)
def test_scenes_draw_on_paper(scene):
    for index in (0, scene.slider.start, len(scene.slider.values) - 1):
        assert len(draw(scene, index).axes) == 2
    assert len(scene.description) > 100


def test_falling_floors_shows_runs_means_and_rates():
    kept = load_floors()
    scene = falling_floors(kept)
    assert len(draw(scene, 8).axes) == 2
    means = kept.mean("cube 3")[1]
    shown = mark(scene, 0, "points")
    seen = 10 ** np.array(shown.at("y", 2), float)
    assert seen[np.isfinite(seen)] == pytest.approx(means, rel=1e-3)
    dots = np.array(mark(scene, 0, "points", 1).at("y", 2), float)
    assert np.isfinite(dots).sum() == (kept.measure == "cube 3").sum()
    theory = np.array(mark(scene, 0, "line").at("y", 2), float)
    assert (theory[-1] - theory[0]) / np.log10(500) == pytest.approx(-1 / 3, abs=1e-3)
    with pytest.raises(TypeError, match="floors: expected the study"):
        falling_floors([1.0])


GOOD = [[0.1, 0.2], [0.1, 0.3]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: couplings([0.5, 0.6], [0.5, 0.5]), ValueError, "source: "),
        (lambda: couplings([0.5, 0.5], [1.0]), ValueError, "target: "),
        (lambda: couplings([0.5, 0.5], [-0.5, 1.5]), ValueError, "target: "),
        (lambda: couplings("ab", [1.0]), TypeError, "source: "),
        (lambda: couplings(frames=1), ValueError, "frames: "),
        (lambda: couplings(frames=3.0), TypeError, "frames: "),
        (lambda: cdf_area([1.0, np.nan], [0.0, 1.0]), ValueError, "fixed: "),
        (lambda: cdf_area([1.0], [0.0, 1.0]), ValueError, "moved: "),
        (lambda: cdf_area([[1.0, 2.0]], [[0.0, 1.0]]), ValueError, "fixed: "),
        (lambda: cdf_area([], []), ValueError, "fixed: "),
        (lambda: sample_bias([4, 8], {"a": GOOD}, seed=None), TypeError, "seed: "),
        (lambda: sample_bias([4, 8.0], {"a": GOOD}, seed=0), TypeError, "sizes: "),
        (lambda: sample_bias([8, 4], {"a": GOOD}, seed=0), ValueError, "sizes: "),
        (lambda: sample_bias([8], {"a": GOOD[:1]}, seed=0), ValueError, "sizes: "),
        (lambda: sample_bias([4, 8], {}, seed=0), ValueError, "distances: "),
        (lambda: sample_bias([4, 8], GOOD, seed=0), TypeError, "distances: "),
        (lambda: sample_bias([4, 8], {"a": GOOD[0]}, seed=0), ValueError, "distances: "),
        (lambda: sample_bias([4, 8], {"a": [[0.1], [0.1]]}, seed=0), ValueError, "distances: "),
        (lambda: sample_bias([4, 8], {"a": [[0, 1], [1, 1]]}, seed=0), ValueError, "distances: "),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match="^" + re.escape(message)):
        call()

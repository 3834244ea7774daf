"""The moving figures of duality, against linear programmes, sorting and differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist

from wganbook.figures import (
    critic_directions,
    field_grid,
    haulier_prices,
    optimal_critics,
    potential_follows,
    split_mass,
)
from wganbook.figures.duality import HOLES, PILES, STILL, TURNED
from wganbook.plots import draw


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def marks(panel, kind, role):
    return [mark for mark in panel.marks if (mark.kind, mark.role) == (kind, role)]


def matching(x, y):
    """EM between equally many points: the cheapest matching, by the Hungarian method."""
    cost = cdist(x, y)
    return float(cost[linear_sum_assignment(cost)].mean())


def income(x, y):
    """The best prices by SciPy's HiGHS: the dual programme itself."""
    n, m = len(x), len(y)
    sums = np.hstack([np.kron(np.eye(n), np.ones((m, 1))), np.kron(np.ones((n, 1)), np.eye(m))])
    masses = np.concatenate([np.full(n, 1 / n), np.full(m, 1 / m)])
    return -linprog(-masses, A_ub=sums, b_ub=cdist(x, y).ravel(), bounds=(None, None)).fun


def test_points_that_stay_where_they_are_have_no_direction():
    """One point of three is shared: it pays nothing, and every number stays a number."""
    x = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    y = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 3.0]])
    critics, prices = optimal_critics(x, y), haulier_prices(x, y)
    np.testing.assert_allclose(values(critics, "slope along the rays"), 1, atol=1e-9)
    np.testing.assert_allclose(values(critics, "EM"), 2 / 3, atol=1e-12)
    np.testing.assert_allclose(
        values(prices, "income"), np.array(prices.slider.values) * 2 / 3, atol=1e-12
    )
    for scene in (critics, prices):
        assert all(np.isfinite(readout.values).all() for readout in scene.readouts)


# --- prices --------------------------------------------------------------------------


def test_the_haulier_earns_at_most_what_the_plan_costs():
    scene = haulier_prices()
    s = np.array(scene.slider.values)
    best = matching(PILES, HOLES)
    assert income(PILES, HOLES) == pytest.approx(best, abs=1e-9)
    np.testing.assert_allclose(values(scene, "cheapest plan"), best, atol=1e-12)
    np.testing.assert_allclose(values(scene, "income"), s * best, atol=1e-12)
    over = values(scene, "routes overcharged")
    assert (over[s <= 1] == 0).all()
    assert over[s > 1].min() >= 7


def test_routes_of_the_plan_reach_the_diagonal_together():
    scene = haulier_prices(frames=4)
    (used,) = marks(scene.panels[1], "points", "em")
    for index, s in enumerate(scene.slider.values[:3]):
        cost, price = np.array(used.at("x", index)), np.array(used.at("y", index))
        drawn = np.isfinite(price)
        assert drawn.sum() == 7
        np.testing.assert_allclose(price[drawn], s * cost[drawn], atol=2e-4)
    assert np.isnan(used.at("y", 3)).all(), "then they are overcharged"


def test_paid_strokes_are_the_share_of_the_route():
    scene = haulier_prices(frames=4)
    (whole,) = marks(scene.panels[0], "segments", "soft")
    (paid,) = marks(scene.panels[0], "segments", "em")
    for index, s in enumerate(scene.slider.values):
        for a, b in (("x0", "x1"), ("y0", "y1")):
            way = np.subtract(whole.at(b, index), whole.at(a, index))
            walked = np.subtract(paid.at(b, index), paid.at(a, index))
            np.testing.assert_allclose(walked, s * way, atol=3e-4)


# --- critics -------------------------------------------------------------------------


def test_every_mixture_of_the_extremes_is_optimal():
    scene = optimal_critics()
    best = matching(PILES, HOLES)
    np.testing.assert_allclose(values(scene, "Ef(x) − Ef(y)"), best, atol=1e-12)
    np.testing.assert_allclose(values(scene, "EM"), best, atol=1e-12)
    np.testing.assert_allclose(values(scene, "slope along the rays"), 1, atol=1e-7)
    elsewhere = values(scene, "mean slope elsewhere")
    np.testing.assert_allclose(elsewhere[[0, -1]], 1, atol=1e-12)
    assert (elsewhere[1:-1] < 1).all()


def test_the_profile_stays_between_the_extremes_and_is_lipschitz():
    scene = optimal_critics(frames=5)
    (band,), (curve,) = marks(scene.panels[1], "area", "soft"), marks(scene.panels[1], "line", "em")
    low, high = np.array(band.at("low", 0)), np.array(band.at("high", 0))
    for index in range(5):
        x, f = np.array(curve.at("x", index)), np.array(curve.at("y", index))
        assert (low - 2e-4 <= f).all()
        assert (f <= high + 2e-4).all()
        assert abs(np.diff(f) / np.diff(x)).max() < 1 + 1e-2, "coordinates have four decimals"


def test_the_critic_gives_the_slope_of_em():
    scene = potential_follows()
    theta = np.radians(scene.slider.values)
    z = np.array(TURNED)

    def em(angle):
        c, s = math.cos(angle), math.sin(angle)
        return matching(STILL, z @ np.array([[c, s], [-s, c]]))

    np.testing.assert_allclose(values(scene, "EM"), [em(t) for t in theta], atol=1e-12)
    slopes = [(em(t + 1e-5) - em(t - 1e-5)) / 2e-5 for t in theta]
    np.testing.assert_allclose(values(scene, "by the critic"), slopes, atol=1e-6)
    np.testing.assert_allclose(values(scene, "by differences"), slopes, atol=1e-8)


def test_split_mass_in_closed_form():
    scene = split_mass()
    theta = np.array(scene.slider.values)
    inside = abs(theta) < 1
    np.testing.assert_allclose(values(scene, "EM"), np.maximum(abs(theta), 1), atol=1e-12)
    slope = values(scene, "slope of EM")
    assert np.isnan(slope[abs(theta) == 1]).all()
    np.testing.assert_array_equal(slope[inside], 0)
    left, right = values(scene, "−f′ just left"), values(scene, "−f′ just right")
    np.testing.assert_allclose(left[inside], 1, atol=1e-6)
    np.testing.assert_allclose(right[inside], -1, atol=1e-6)
    beyond = abs(theta) > 1
    np.testing.assert_allclose(left[beyond], np.sign(theta[beyond]), atol=1e-6)
    np.testing.assert_allclose(right[beyond], np.sign(theta[beyond]), atol=1e-6)


# --- trained critics -----------------------------------------------------------------


def directions(**changed):
    grid, y = field_grid([-1, -1], [1, 1]), [[0.0, 0.0], [0.5, 0.0]]
    down = np.tile([0.0, -2.0], (3, 2, 1))
    given = {
        "grid": grid,
        "fakes": y,
        "exact": down[0] / 2,
        "steps": [0, 5, 10],
        "judges": {name: (np.stack([-grid[:, 1]] * 3), down) for name in ("a", "b")},
        "cosines": {"a": [[0.0, 0.2], [0.5, 0.7], [1.0, 1.0]], "b": np.full((3, 4), 0.5)},
    }
    return critic_directions(**{**given, **changed})


def test_directions_show_means_and_unit_strokes():
    scene = directions()
    np.testing.assert_allclose(values(scene, "cosine, a"), [0.1, 0.6, 1.0])
    np.testing.assert_allclose(values(scene, "cosine, b"), 0.5)
    (felt,) = marks(scene.panels[0], "segments", "ink")
    (exact,) = marks(scene.panels[0], "segments", "good")
    np.testing.assert_allclose(felt.at("y1", 2), exact.at("y1", 2), atol=2e-4)
    (bars,) = marks(scene.panels[2], "segments", "js")
    half = np.subtract(bars.at("y1", 0), bars.at("y0", 0)) / 2
    np.testing.assert_allclose(half[:2], 12.7062 * 0.1, rtol=1e-3)  # t with one degree of freedom


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"grid": np.zeros((4, 2))}, "grid: expected 2025 points"),
        ({"grid": np.zeros((4, 3))}, "grid: expected points of the plane"),
        ({"exact": [[0.0, 1.0]]}, "exact: expected shape"),
        ({"steps": [0, 10, 5]}, "steps: expected at least two rising"),
        ({"steps": [0]}, "steps: expected at least two rising"),
        ({"judges": {}}, "judges: expected two critics"),
        ({"cosines": {}}, "judges: expected two critics"),
        ({"cosines": {"a": [[1.0]] * 3, "b": [[1.0]] * 3}}, "cosines: expected shape"),
    ],
)
def test_directions_refuse_what_does_not_fit(changed, message):
    with pytest.raises(ValueError, match=message):
        directions(**changed)


@pytest.mark.parametrize("name", ["judges", "cosines"])
def test_directions_refuse_what_has_no_names(name):
    with pytest.raises(TypeError, match=f"{name}: expected a mapping"):
        directions(**{name: [1]})


@pytest.mark.parametrize("figure", [haulier_prices, optimal_critics, potential_follows])
def test_figures_of_the_plane_refuse_other_points(figure):
    flat = [[0.0], [1.0]]
    with pytest.raises(ValueError, match="expected points of the plane"):
        figure(flat, flat)
    same = [[0.0, 0.0]]
    with pytest.raises(ValueError, match="not all the same"):
        figure(same, same)
    with pytest.raises(TypeError, match="frames"):
        figure(frames=2.0)
    with pytest.raises(ValueError, match="frames"):
        figure(frames=1)


def test_field_grid_refuses_what_is_no_rectangle():
    with pytest.raises(ValueError, match="high: expected more than low"):
        field_grid([0, 0], [1, 0])
    with pytest.raises(ValueError, match="low: expected shape"):
        field_grid([0], [1, 1])


@pytest.mark.parametrize("scene", [haulier_prices, optimal_critics, potential_follows, split_mass])
def test_all_can_be_drawn_on_paper(scene):
    import matplotlib.pyplot as plt

    plt.close(draw(scene(frames=3), 1))

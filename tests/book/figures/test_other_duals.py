"""The figures of the chapter on other duals, against formulas and programmes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

from wganbook.figures import one_function, variational_bounds
from wganbook.figures.duality import HOLES, PILES
from wganbook.figures.other_duals import routes, with_stops


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def test_one_function_is_all_of_em_and_less_and_less_of_the_square():
    scene = one_function()
    stops = np.array(scene.slider.values)
    np.testing.assert_allclose(values(scene, "cost = distance: share proved"), 1, atol=1e-9)
    square = values(scene, "cost = squared distance: share proved")
    assert (np.diff(square) < 0).all()
    assert (square <= 1 / (stops + 1) + 1e-9).all()
    assert square[-1] > 0.9 / (stops[-1] + 1), "the bound is nearly reached"


@pytest.mark.parametrize("stops", [0, 2])
def test_what_one_function_proves_by_linear_programming(stops):
    x, y = np.array(PILES), np.array(HOLES)
    partner = y[routes(x, y, 2.0)]
    places = with_stops(x, partner, stops)
    n = len(places)
    cost = (cdist(places, places) ** 2).ravel()
    climb = (np.eye(n)[:, None] - np.eye(n)[None]).reshape(-1, n)
    gain = np.r_[np.full(7, 1 / 7), np.full(7, -1 / 7), np.zeros(n - 14)]
    most = -linprog(-gain, climb, cost, bounds=[(0, 0), *[(None, None)] * (n - 1)]).fun
    whole = ((x - partner) ** 2).sum(1).mean()
    shown = values(one_function(), "cost = squared distance: share proved")[stops]
    assert shown == pytest.approx(most / whole, abs=1e-7)


def test_stops_lie_evenly_on_the_routes_that_are_drawn():
    scene = one_function(most=3)
    (mark,) = [m for m in scene.panels[0].marks if m.label == "stops"]
    x, y = np.array(PILES), np.array(HOLES)
    partner = y[routes(x, y, 2.0)]
    shown = np.stack([mark.at("x", 2), mark.at("y", 2)], axis=1)[:14]
    expected = np.concatenate([x + k / 3 * (partner - x) for k in (1, 2)])
    np.testing.assert_allclose(shown, expected, atol=1e-4)
    assert np.isnan(mark.at("x", 2)[14:]).all()


def test_the_ladder_of_bounds():
    scene = variational_bounds()
    truth = {"KL": 0.460283, "JS": 0.117781, "TV": 0.45}
    for name, whole in truth.items():
        climb = values(scene, f"bound of {name}")
        assert climb[0] == 0.0, "constants tell nothing"
        assert (np.diff(climb) > 0).all()
        assert climb[-2] < 0.6 * whole
        assert climb[-1] == pytest.approx(whole, abs=1e-6)
    (shown,) = [m for m in scene.panels[0].marks if m.kind == "line" and m.role == "kl"]
    (exact,) = [m for m in scene.panels[0].marks if m.role == "ink"]
    np.testing.assert_allclose(shown.at("y", 5), exact.at("y", 5), atol=1e-4)
    np.testing.assert_allclose(shown.at("y", 0), 1, atol=1e-4)


@pytest.mark.parametrize(
    ("p", "q", "words"),
    [
        ([1.0, 0.0], [0.5, 0.5], "^p: expected at least 2 masses above 0"),
        ([0.5, 0.5], [0.0, 1.0], "^q: expected at least 2 masses above 0"),
        ([1.0], [1.0], "^p: expected at least 2 masses above 0"),
        ([0.5, 0.5], [0.2, 0.3, 0.5], "^q: "),
        ([0.5, 0.6], [0.5, 0.5], "^p: "),
    ],
)
def test_masses_that_no_ratio_fits_are_refused(p, q, words):
    with pytest.raises(ValueError, match=words):
        variational_bounds(p, q)

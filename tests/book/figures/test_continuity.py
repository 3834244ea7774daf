"""The moving figures of continuity, against matchings, closed forms and differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import wganbook as book
import wganlib as wg
from wganbook import figures
from wganbook.plots import draw

NAMES = (
    "network_path",
    "modulus_of_continuity",
    "vanishing_spike",
    "cantor_teeth",
    "layer_constants",
    "running_means",
    "table_of_sequences",
    "ladder_of_sequences",
)
SMALL = {
    "network_path": {"frames": 5, "fine": 500},
    "modulus_of_continuity": {"networks": 2, "steps": 4, "n": 8},
    "layer_constants": {"depths": 3, "width": 6, "seeds": 3, "n": 16},
    "running_means": {"seeds": 3, "decades": 3, "width": 4},
}


def scene_of(name):
    return getattr(figures, name)(**SMALL.get(name, {}))


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def matching(x, y):
    cost = cdist(x, y)
    return float(cost[linear_sum_assignment(cost)].mean())


@pytest.mark.parametrize("name", NAMES)
def test_scenes_are_drawn_and_computed_the_same_twice(name):
    scene = scene_of(name)
    assert scene.to_dict() == scene_of(name).to_dict()
    for index in (0, len(scene.slider.values) - 1):
        assert len(draw(scene, index).axes) == len(scene.panels)


# --- networks on a path --------------------------------------------------------------


def test_a_walk_is_a_straight_line_in_the_parameters():
    z = np.random.default_rng(0).normal(size=(7, 2))
    for activation, bend in (
        ("tanh", torch.tanh),
        ("relu", torch.relu),
        ("leaky_relu", torch.nn.LeakyReLU(0.2)),
    ):
        ends = [
            wg.MLP([2, 5, 5, 2], seed=s, activation=activation, dtype="float64") for s in (3, 1003)
        ]
        for t, got in zip(
            (-1.0, 0.4),
            figures.network_walk(3, [-1.0, 0.4], z, width=5, activation=activation),
            strict=True,
        ):
            flat = 3 * ((1 - t / 4) * ends[0].flat + t / 4 * ends[1].flat)
            h = torch.as_tensor(z)
            *hidden, (w, b) = ends[0].layers(flat)
            for weight, bias in hidden:
                h = bend(h @ weight[0] + bias[0])
            np.testing.assert_allclose(got, (h @ w[0] + b[0]).detach(), atol=1e-12)


def test_distances_along_the_path():
    scene = figures.network_path(seed=2, frames=5, fine=3000)
    z = ((2 * np.arange(128) + 1) / 128 - 1)[:, None]
    clouds = figures.network_walk(2, [-1, -0.5, 0, 0.5, 1], z)
    em, ways = values(scene, "W"), values(scene, "mean way")
    np.testing.assert_allclose(em, [matching(clouds[2], c) for c in clouds], atol=1e-12)
    np.testing.assert_allclose(
        ways, [np.linalg.norm(c - clouds[2], axis=1).mean() for c in clouds], atol=1e-12
    )
    assert (em <= ways + 1e-12).all()
    tv, js = values(scene, "TV"), values(scene, "JS")
    assert tv[2] == js[2] == 0
    assert (tv[[0, 1, 3, 4]] > 0.9).all()
    assert (js <= math.log(2) * tv + 1e-12).all()
    coarse = next(m for m in scene.panels[1].marks if m.label == "TV, cells of 1/16")
    fine = next(m for m in scene.panels[1].marks if m.label == "TV, cells of 1/512")
    assert (np.array(coarse.at("y", 0)) <= np.array(fine.at("y", 0)) + 1e-9).all()


def test_cells_are_counted_as_by_a_histogram():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(400, 2)), rng.normal(0.4, 1.2, size=(300, 2))
    edges = np.arange(-8, 8.01, 0.5)
    p, q = (np.histogram2d(*s.T, bins=[edges, edges])[0].ravel() / len(s) for s in (x, y))
    found = figures.in_cells(x, y, side=0.5)
    assert found.p.sum() == pytest.approx(1)
    assert np.abs(found.p - found.q).sum() == pytest.approx(np.abs(p - q).sum())
    assert wg.js_divergence(*found) == pytest.approx(wg.js_divergence(p, q))


def test_the_modulus_is_below_its_bound_and_proportional_to_the_step():
    scene = figures.modulus_of_continuity()
    assert (values(scene, "largest share of the bound") <= 1).all()
    assert (values(scene, "change in the smallest step") <= values(scene, "its bound")).all()
    change, bound = (
        next(m for m in scene.panels[1].marks if m.label == label)
        for label in ("change of W", "mean way, the bound")
    )
    for index in range(8):
        x, y, top = change.at("x", index), change.at("y", index), np.array(bound.at("y", index))
        assert (np.array(y) <= top + 1e-4).all()
        slope = np.polyfit(x, y, 1)[0]
        assert 0.7 < slope < 1.1, "a power of about one: Lipschitz"
        assert y[3] - y[0] == pytest.approx(math.log10(4), abs=0.15), "four steps, four times"
        for side in (y, top):
            first = (side[1] - side[0]) / (x[1] - x[0])
            assert 0.85 < first < 1.02, "towards small steps the slope comes close to 1"


# --- counterexamples -----------------------------------------------------------------


def test_the_spike_has_area_one():
    scene = figures.vanishing_spike()
    w = values(scene, "W to the data")
    assert w[0] == 0
    np.testing.assert_allclose(w[1:], 1, atol=2e-3)
    at_half = values(scene, "g at z = 0.5")
    theta = np.array(scene.slider.values)
    assert (at_half[theta <= 0.5] == 0).all()


def test_teeth_stand_in_the_gaps_of_a_set_of_measure_one_half():
    theta = (np.arange(2**18) + 0.5) / 2**18
    for k in (1, 2, 3):
        tooth = figures.cantor_generator(theta, k)
        assert tooth.max() > 0.999
        assert (tooth > 0).mean() == pytest.approx(2 ** (k - 1) * 4.0**-k / 2, abs=1e-4)
        area = 2 ** (k - 1) * 4.0**-k / 4
        assert tooth.mean() == pytest.approx(area, abs=1e-5)
    scene = figures.cantor_teeth(5)
    k = np.arange(1, 6)
    np.testing.assert_allclose(
        values(scene, "flattest of the chords"), 2 / (1 + 2.0 ** (1 - k)), atol=1e-12
    )
    np.testing.assert_allclose(values(scene, "length left"), 0.5 + 2.0 ** -(k + 1), atol=1e-12)
    # The curve is the mean of the generator: EM to data at 0.
    (curve,) = scene.panels[0].marks
    x, y = np.array(curve.at("x", 4)), np.array(curve.at("y", 4))
    mean = sum(2.0**-j * figures.cantor_generator(x, int(j)) for j in k)
    np.testing.assert_allclose(y, mean, atol=0.05)  # coordinates are rounded, teeth are steep


# --- local constants -----------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_local_constants_against_autograd_and_their_bound(activation):
    network = wg.MLP([3, 6, 5, 2], seed=[0, 4], activation=activation, dtype="float64")
    z = np.random.default_rng(2).normal(size=(6, 3))
    found = figures.layer_constants_of(network, z)
    for i, point in enumerate(torch.as_tensor(z)):
        jacobian = torch.autograd.functional.jacobian(
            lambda flat, at=point: torch.func.functional_call(network, {"flat": flat}, at[None]),
            network.flat.detach(),
        )
        for r in range(2):
            exact = torch.linalg.matrix_norm(jacobian[r, 0, :, r], ord=2)
            assert found.local[r, i] == pytest.approx(exact.item(), rel=1e-10)
    assert (found.local <= found.factor[:, None] * (1 + np.linalg.norm(z, axis=1))).all()


def test_units_that_are_sorted_together_are_refused():
    network = wg.MLP([3, 6, 2], seed=0, activation="groupsort")
    with pytest.raises(ValueError, match=r"^network: expected an activation of single units, got"):
        figures.layer_constants_of(network, np.zeros((2, 3)))


def test_the_gap_between_constant_and_bound_grows_with_every_layer():
    scene = figures.layer_constants()
    ratio = values(scene, "bound / mean")
    growth = ratio[1:] / ratio[:-1]
    assert (growth > 1.7).all(), "two to three times as large with each layer"
    assert (growth < 3.3).all()
    assert 2 < growth.mean() < 3
    cloud = next(m for m in scene.panels[0].marks if m.kind == "points")
    edge = next(m for m in scene.panels[0].marks if m.kind == "line")
    for i in range(8):
        top = np.interp(cloud.at("x", i), edge.at("x", i), edge.at("y", i))
        assert (np.array(cloud.at("y", i)) < top + 0.02).all()


def test_running_means_settle_for_gaussian_noise_alone():
    scene = figures.running_means()
    gauss, cauchy = (
        [next(r.values for r in scene.readouts if r.label == f"{kind}, {word}") for word in
         ("least", "most")]
        for kind in ("Gaussian", "Cauchy")
    )  # fmt: skip
    at = {n: i for i, n in enumerate(scene.slider.values)}
    for row in gauss:
        assert row[at[100_000]] == pytest.approx(row[at[10_000]], rel=0.02)
    assert cauchy[0][at[100_000]] > 1.5 * cauchy[0][at[1000]]
    first = figures.layer_constants_of(
        wg.MLP([1, 16, 2], seed=0, dtype="float64"),
        np.random.default_rng([0, 7]).standard_cauchy((100_000, 1)),
    ).local[0]
    lines = [m for m in scene.panels[1].marks if m.kind == "line"]
    assert len(lines) == 12
    (tips,) = [m for m in scene.panels[1].marks if m.kind == "points"]
    for i in (0, len(at) - 1):  # at the left end there are no lines yet, only their first points
        assert tips.at("x", i) == [lines[0].at("x", 0)[i]] * 12
        assert tips.at("y", i) == [row.at("y", i)[i] for row in lines]
    assert lines[0].at("y", len(at) - 1)[-1] == pytest.approx(math.log10(first.mean()), abs=1e-4)


# --- theorem 2 -----------------------------------------------------------------------


def test_verdicts_are_those_of_the_limits():
    for name in figures.table_rows():
        limits = book.measure_sequence(name).limits._asdict()
        for distance, limit in limits.items():
            assert figures.goes_to_zero(name, distance) == (limit == 0), (name, distance)


def test_the_table_draws_the_distances_and_tints_by_verdict():
    scene = figures.table_of_sequences()
    (panel,) = scene.panels
    tints = {m.role: set(zip(m.at("x", 0), m.at("y", 0), strict=True)) for m in panel.marks
             if m.kind == "cells"}  # fmt: skip
    names = figures.table_rows()
    green = {
        (column + 0.5, len(names) - row - 0.5)
        for row, name in enumerate(names)
        for column, limit in enumerate(book.measure_sequence(name).limits)
        if limit == 0
    }
    assert tints["good"] == green
    assert len(tints["good"] | tints["js"]) == 40
    for column, label in enumerate(("KL", "KL back", "JS", "TV", "W")):
        for index in (0, 12, len(scene.slider.values) - 1):
            n = scene.slider.values[index]
            below = sum(book.measure_sequence(name).exact(n)[column] < 0.01 for name in names)
            assert values(scene, f"{label}: below 0.01")[index] == below


def test_the_area_between_the_curves_is_w():
    scene = figures.ladder_of_sequences()
    for panel, name in zip(
        scene.panels,
        ("tilting scales", "shrinking interval", "sliding interval", "comb"),
        strict=True,
    ):
        shaded = next(m for m in panel.marks if m.kind == "area")
        for index, n in enumerate(scene.slider.values[:5]):
            x, low, high = (np.array(shaded.at(key, index)) for key in ("x", "low", "high"))
            area = np.trapezoid(high - low, x)
            assert area == pytest.approx(book.measure_sequence(name).exact(int(n)).w1, abs=0.02)

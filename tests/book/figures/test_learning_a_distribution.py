"""The moving figures of the first chapter, against formulas and against sampling."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm
from scipy.stats import t as student

from wganbook.figures import (
    along_a_generator,
    curve_in_cells,
    maximum_likelihood,
    noise_on_images,
)
from wganbook.figures.learning_a_distribution import (
    CENTRE,
    OTHER_CENTRE,
    _circle_masses,
    _gaussian_mass,
)
from wganbook.plots import draw


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def marks(panel, kind, role):
    return [m for m in panel.marks if m.kind == kind and m.role == role]


def true_density(x):
    return 0.75 * norm.pdf(x, -1, 0.5) + 0.25 * norm.pdf(x, 3, 0.5)


def kl_by_quadrature(sigma):
    def rate(x):
        p = true_density(x)
        return p * (math.log(p) - norm.logpdf(x, 0, sigma))

    return quad(rate, -8, 10, points=[-1, 1, 3], limit=200)[0]


def test_the_kl_curve_is_the_integral():
    scene = maximum_likelihood(seed=3)
    (curve,) = marks(scene.panels[1], "line", "kl")
    x, y = np.array(curve.at("x", 0)), np.array(curve.at("y", 0))
    for k in (0, 40, 148):
        assert y[k] == pytest.approx(kl_by_quadrature(x[k]), abs=1e-4)


def test_the_best_width_on_the_sample_is_its_root_mean_square():
    rng = np.random.default_rng(3)
    sample = rng.choice([-1.0, 3.0], 20000, p=[0.75, 0.25]) + 0.5 * rng.standard_normal(20000)
    scene = maximum_likelihood(seed=3)
    found = values(scene, "σ, best on the sample")
    for m, sigma in zip(scene.slider.values, found, strict=True):
        grid = sigma * np.array([0.99, 1.0, 1.01])
        likelihood = [norm.logpdf(sample[: int(m)], 0, s).mean() for s in grid]
        assert likelihood[1] > max(likelihood[0], likelihood[2])
    paid = values(scene, "KL paid too much")
    assert paid[0] == pytest.approx(kl_by_quadrature(found[0]) - kl_by_quadrature(13**0.5 / 2))
    assert (paid >= 0).all()
    assert paid[-1] < 1e-3 < paid[0]


@pytest.mark.parametrize("centre", [CENTRE, OTHER_CENTRE, (0.0, 0.0), (-1.3, 2.25)])
@pytest.mark.parametrize("h", [2.0, 0.3, 0.125])
def test_masses_of_a_circle_are_those_of_many_points(centre, h):
    corner, mass = _circle_masses(centre, h)
    assert mass.sum() == pytest.approx(1, abs=1e-12)
    angle = (np.arange(400_000) + 0.5) * 2 * np.pi / 400_000
    place = np.floor((np.c_[np.cos(angle), np.sin(angle)] + centre) / h)
    cells, count = np.unique(place, axis=0, return_counts=True)
    by_points = dict(zip(map(tuple, cells.tolist()), count / angle.size, strict=True))
    exact = dict(zip(map(tuple, corner.tolist()), mass.tolist(), strict=True))
    for cell in set(by_points) | set(exact):
        assert by_points.get(cell, 0) == pytest.approx(exact.get(cell, 0), abs=1e-5)


def test_masses_of_the_gaussian():
    corner = np.array([[-2.0, 1.0], [0.0, 0.0]])
    for where, mass in zip(corner, _gaussian_mass(corner, 0.5), strict=True):
        low, high = where * 0.5, where * 0.5 + 0.5
        box = multivariate_normal(np.zeros(2)).cdf(high, lower_limit=low)
        assert mass == pytest.approx(box, abs=1e-6)


def test_kl_of_the_circle_keeps_growing():
    scene = curve_in_cells()
    kl, h = values(scene, "KL, Gaussian"), np.array(scene.slider.values)
    assert (np.diff(kl) > 0).all()
    np.testing.assert_allclose(np.diff(kl)[-2:], math.log(2), atol=0.06)
    assert (kl >= np.log(1 / values(scene, "Gaussian mass of them")) - 1e-12).all()
    bound = np.log(1 / h) - np.log(4 / (2 * np.pi) * (2 * np.pi + h))  # the chapter's theorem
    assert (kl >= bound).all()
    other = values(scene, "KL, other circle")
    assert np.isfinite(other[0])
    assert np.isinf(other[1:]).all()


def images_with_noise(**changed):
    runs = {"a": [[0.0, 0.0], [2.0, 4.0], [1.0, 1.0]], "b": [[0.0, 1.0], [3.0, 3.0], [0.0, 2.0]]}
    given = {
        "sigmas": [0.0, 0.1, 0.2],
        "images": np.linspace(0, 1, 8 * 6).reshape(8, 2, 3),
        "likelihoods": runs,
        "distances": runs,
        "floor": 0.7,
        "seed": 5,
    }
    return noise_on_images(**{**given, **changed})


def test_the_sheet_shows_the_images_and_then_the_noise():
    scene = images_with_noise()
    (sheet,) = marks(scene.panels[0], "field", "em")
    clean = np.linspace(0, 1, 48).reshape(8, 2, 3)
    noise = np.random.default_rng(5).standard_normal((8, 2, 3))
    for index, sigma in enumerate((0.0, 0.1, 0.2)):
        grid = sheet.grid(index)[::-1]  # the first row at the top
        assert grid.shape == (3 * 7, 3 * 17)
        pixels = grid[1::3, 1::3]
        np.testing.assert_array_equal(pixels.repeat(3, 0).repeat(3, 1), grid)
        noisy = np.clip(clean + sigma * noise, -1, 1)
        for k in range(8):
            top, left = 1 + 3 * (k // 4), 1 + 4 * (k % 4)
            shown = pixels[top : top + 2, left : left + 3]
            np.testing.assert_allclose(shown, noisy[k], atol=0.5 / 127 + 1e-9)
        assert (pixels[::3] == 0).all()
        assert (pixels[:, ::4] == 0).all()


def test_bands_are_means_with_intervals():
    scene = images_with_noise()
    (curve,) = marks(scene.panels[2], "line", "em")
    assert curve.at("y", 0) == [0.0, 3.0, 1.0]
    (band,) = marks(scene.panels[2], "area", "em")
    half = student.ppf(0.975, 1) * 1.0
    assert band.at("high", 0)[1] == pytest.approx(3 + half, abs=1e-3)
    (likely,) = marks(scene.panels[1], "line", "em")
    assert likely.at("x", 0) == [0.1, 0.2], "without noise there is no likelihood to draw"
    assert math.isnan(values(scene, "log-likelihood, a")[0])
    np.testing.assert_allclose(values(scene, "EM, real images"), 0.7)


def test_a_generator_walks_its_curve():
    z = np.linspace(-1, 1, 601)
    path = np.c_[np.cos(2 * z), np.sin(2 * z)]
    scene = along_a_generator(z, path)
    seen = np.array(scene.slider.values)
    np.testing.assert_allclose(values(scene, "x"), np.cos(2 * seen), atol=1e-12)
    np.testing.assert_allclose(values(scene, "y"), np.sin(2 * seen), atol=1e-12)
    np.testing.assert_allclose(values(scene, "length so far"), 2 * (seen + 1), atol=1e-4)


@pytest.mark.parametrize(
    "scene",
    [
        lambda: maximum_likelihood(seed=0),
        curve_in_cells,
        images_with_noise,
        lambda: along_a_generator([0.0, 0.5, 1.0], [[0, 0], [1, 0], [1, 2]]),
    ],
)
def test_all_can_be_drawn_on_paper(scene):
    import matplotlib.pyplot as plt

    plt.close(draw(scene(), 1))

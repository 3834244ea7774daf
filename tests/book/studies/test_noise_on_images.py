"""The noise that likelihood wants on MNIST: its parts by another road, and its verdict."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import multivariate_normal

from wganbook import evidence
from wganlib.paper.studies import noise_on_images as study

KEPT = evidence.study("noise-on-mnist")
SETTINGS = KEPT.study.settings


def test_a_cloud_and_a_sheet_are_sums_of_bells_and_one_bell():
    rng = np.random.default_rng(0)
    x, made, sigmas = rng.normal(size=(20, 3)), rng.normal(size=(15, 3)), np.array([0.3, 0.9])
    bells = [
        np.mean([multivariate_normal(m, s**2 * np.eye(3)).pdf(x) for m in made], 0) for s in sigmas
    ]
    np.testing.assert_allclose(study.Cloud(made).scores(x, sigmas), np.log(bells).mean(1))
    images = rng.normal(size=(40, 4)) * [3, 2, 0.5, 0.4] + 1
    sheet = study.Sheet(images, 2)
    values, axes = np.linalg.eigh(np.cov(images.T))
    # Tipping and Bishop (1999): with the noise of maximum likelihood it is the fitted Gaussian,
    # its small variances replaced by their mean.
    sigma = np.sqrt(values[:2].mean())
    covariance = axes @ np.diag([sigma**2, sigma**2, *values[2:]]) @ axes.T
    expected = multivariate_normal(images.mean(0), covariance).logpdf(images).mean()
    np.testing.assert_allclose(sheet.scores(images, np.array([sigma])), [expected])


def test_fitting_the_network_raises_its_likelihood_and_gives_images_between_images():
    rng = np.random.default_rng(1)
    angle = rng.uniform(0, 2 * np.pi, 300)
    circle = np.c_[np.cos(angle), np.sin(angle), 0 * angle] + 0.05 * rng.normal(size=(300, 3))
    sigma = np.array([0.2])
    few, many = (study.fitted(circle, 0, rounds=rounds) for rounds in (1, 20))
    scores = [float(study.Cloud(made).scores(circle, sigma)[0]) for made in (few, many)]
    assert scores[1] > scores[0]
    assert np.median(cdist(circle, many).min(1)) < 0.1, "the curve lies along the points"
    # Noise that is given is noise that swallows: fitted with it the network keeps less.
    kept = [study.fitted(circle, 0, std).var(0).sum() for std in (0.1, 0.5)]
    assert kept[1] < kept[0]


def parts(added=1.0, sigma=0.1, kept=(0.8, 0.5), sure=-0.05):
    """A study whose noise adds so much to EM, in every generator."""
    rng = np.random.default_rng(2)
    found = {}
    for place in range(len(study.SPLITS)):
        part = {}
        for kind in study.KINDS:
            clean = 5 + 0.1 * rng.random()
            more = added + 0.1 * rng.normal()
            less = sure + 1e-3 * rng.normal()
            part[kind] = np.array([sigma, 300, clean, clean + more, 0.9, 0.9 + less, 0, 0.4])
        part["real"] = np.array([5.5, 0.99])
        part["kept"] = np.array(kept) + 0.01 * rng.normal(size=2)
        found[f"split-{place}"] = part
    return found


def verdict(given, row="L3a"):
    return KEPT.study.rows[row](SETTINGS, given).verdict


def test_the_verdict_asks_each_of_its_conditions():
    assert verdict(parts()) == "scaled down"
    assert verdict(parts(added=0.0)) in ("undecided", "differs"), "placebo: noise that is none"
    assert verdict(parts(added=-1.0)) == "differs"
    assert verdict(parts(sigma=SETTINGS["noises"][0])) == "differs", "at the edge of the grid"
    assert verdict(parts(kept=(0.5, 0.8))) == "differs"
    assert verdict(parts(kept=(0.6, 0.6))) in ("undecided", "differs")


def test_whether_a_classifier_is_less_sure_is_a_row_of_its_own():
    assert verdict(parts(), "L3b") == "scaled down"
    assert verdict(parts(sure=0.05), "L3b") == "differs"
    # Placebo: what is called noisy is as clean as the rest, in the generators or in one of them.
    assert verdict(parts(sure=0.0), "L3b") != "scaled down"
    one = parts()
    rng = np.random.default_rng(5)
    for part in one.values():
        part["all"][[4, 5]] = 0.9 + 0.01 * rng.normal(size=2)
    assert verdict(one, "L3b") == "undecided"
    assert verdict(one) == "scaled down", "the other row does not ask"


def test_what_the_page_says():
    told = ("points", "images", "images of the network")
    assert [SETTINGS[name] for name in told] == [1_000, 10_000, 5_000]
    assert np.unique(np.round(np.diff(SETTINGS["noises"]), 9)).tolist() == [0.005]
    assert SETTINGS["size"] ** 2 == 1_024
    few = np.random.default_rng(0).normal(size=(30, 3))
    assert len(study.fitted(few, 0, rounds=1)) == 400
    found = {kind: study.rows(KEPT.arrays, kind) for kind in study.KINDS}
    mean = {kind: {k: float(v.mean()) for k, v in f.items()} for kind, f in found.items()}
    wanted = sorted(study.KINDS, key=lambda kind: mean[kind]["sigma"])
    assert (wanted[0], wanted[-1]) == ("128", "means")
    assert max(study.KINDS, key=lambda kind: mean[kind]["likelihood"]) == "128"
    assert max(study.KINDS, key=lambda kind: mean[kind]["clean"]) == "128"
    assert mean["128"]["likelihood"] > 1.5 * sorted(m["likelihood"] for m in mean.values())[-2]
    lost = {kind: f["sure"] - f["sure noisy"] for kind, f in found.items()}
    assert all(lost[kind].min() > 0 for kind in ("network", "all", "means"))
    assert all(abs(lost[kind].mean()) < 0.01 for kind in ("32", "128"))


@pytest.mark.parametrize("place", range(len(study.SPLITS)))
def test_what_was_kept(place):
    part = KEPT.arrays[f"split-{place}"]
    for kind in study.KINDS:
        assert part[kind].shape == (len(study.ROWS_OF),)
    steps = np.array(SETTINGS["noises"])
    chosen = [part[kind][0] for kind in study.KINDS]
    assert np.abs(steps[:, None] - chosen).min(0).max() < 1e-6

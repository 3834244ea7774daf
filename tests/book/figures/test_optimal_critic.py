"""The moving figures of judges, against quadrature, closed forms and what they were given."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

import wganlib as wg
from wganbook import figures

torch.set_num_threads(1)

BELLS = wg.Gaussian(-2.0, 1.0), wg.Gaussian(2.0, 1.0)
X = np.linspace(-6, 6, 49)
PAIRS = {
    "shifted": (-2.0, 1.0, 2.0, 1.0),
    "the other way": (2.0, 1.0, -2.0, 1.0),
    "wider": (-0.5, 1.0, 0.5, 2.0),
    "narrower": (-0.5, 1.0, 0.5, 0.4),
    "one centre": (0.0, 0.7, 0.0, 1.3),
}


def gaussian(mean, std):
    return wg.Gaussian(mean, std**2)


def readout(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def mark(scene, panel, label):
    return next(m for m in scene.panels[panel].marks if m.label == label)


# --- the perfect judges --------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS)
def test_the_perfect_discriminator_is_the_ratio_of_densities(pair):
    m, s, n, t = PAIRS[pair]
    x = np.linspace(-3, 3, 13)
    logit = figures.perfect_discriminator(x, gaussian(m, s), gaussian(n, t))
    p, q = norm.pdf(x, m, s), norm.pdf(x, n, t)
    np.testing.assert_allclose(1 / (1 + np.exp(-logit)), p / (p + q), rtol=1e-12)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_perfect_critic_finds_em_and_is_1_lipschitz(pair):
    """Among functions of slope at most 1, one whose means differ by EM is a potential."""
    m, s, n, t = PAIRS[pair]
    real, fake = gaussian(m, s), gaussian(n, t)

    def integrand(x):
        f = float(figures.perfect_critic([x], real, fake)[0])
        return f * (norm.pdf(x, m, s) - norm.pdf(x, n, t))

    em = quad(lambda x: abs(norm.cdf(x, m, s) - norm.cdf(x, n, t)), -14, 14, limit=400)[0]
    assert quad(integrand, -14, 14, limit=400)[0] == pytest.approx(em, abs=1e-6)
    x = np.linspace(-9, 9, 1001)
    steepest = np.abs(np.diff(figures.perfect_critic(x, real, fake)) / np.diff(x)).max()
    assert steepest <= 1 + 1e-9
    assert figures.perfect_critic([(m + n) / 2], real, fake)[0] == 0


def test_the_first_figure_follows_its_closed_forms():
    scene = figures.perfect_judges()
    gaps = np.array(scene.slider.values)
    assert readout(scene, "EM") == pytest.approx(gaps)
    chance = [norm.pdf(d, 0, 1) / (norm.pdf(d, 0, 1) + norm.pdf(0, 0, 1)) for d in gaps]
    assert readout(scene, "D* there") == pytest.approx(chance, rel=1e-9)
    assert all(float(text) > 0 for number in scene.readouts for text in number.texts)
    h = 1e-5
    for i, d in enumerate(gaps):

        def loss(x, d=d):
            p, q = norm.pdf(x, -d / 2), norm.pdf(x, d / 2)
            return math.log(q / (p + q))

        slope = abs(loss(d / 2 + h) - loss(d / 2 - h)) / (2 * h)
        assert readout(scene, "its gradient")[i] == pytest.approx(slope, abs=1e-9, rel=1e-4)
        shown = mark(scene, 1, "log(1 − D*)")
        at = np.interp(d / 2, shown.at("x", i), shown.at("y", i))
        assert at == pytest.approx(math.log10(slope), abs=0.02)


def test_the_roof_has_its_ridge_where_the_cdfs_cross():
    scene = figures.kinked_potential()
    for i, width in enumerate(scene.slider.values):
        kink = readout(scene, "kink at")[i]
        if width == 1:
            assert math.isnan(kink)
            continue
        assert norm.cdf(kink, -0.5) == pytest.approx(norm.cdf(kink, 0.5, width), abs=1e-12)
        f = np.array(mark(scene, 1, "f*").at("y", i))
        x = np.array(mark(scene, 1, "f*").at("x", i))
        beyond = x[np.argmax(f)] if width > 1 else x[np.argmin(f)]
        if abs(kink) < 6:
            assert beyond == pytest.approx(kink, abs=0.16)
        ahead = quad(
            lambda v, w=width: abs(norm.cdf(v, -0.5) - norm.cdf(v, 0.5, w)), -15, 15, limit=200
        )
        assert readout(scene, "EM")[i] == pytest.approx(ahead[0], abs=1e-6)


# --- trained judges: the figure shows the numbers it was given --------------------------


def taught(seeds, steps=40, looks=(0, 20, 40), **rules):
    return wg.train_critic(
        wg.MLP([1, 8, 1], seed=seeds), *BELLS, seed=seeds, steps=steps, probe=X,
        record_at=list(looks), optimiser=wg.RMSProp(1e-2), **rules,
    )  # fmt: skip


@pytest.fixture(scope="module")
def judges():
    return (
        taught([0, 1], objective=wg.MinimaxGAN()),
        taught([0, 1], lipschitz=wg.WeightClipping(0.1)),
        taught([0, 1], lipschitz=wg.GradientPenalty(10.0, one_sided=True)),
        taught([0, 1], lipschitz=wg.NoConstraint()),
    )


def test_judges_in_training_are_those_that_were_trained(judges):
    scene = figures.judges_in_training(X, *judges, *BELLS, run=1)
    d, clipped = judges[:2]
    chance = 1 / (1 + np.exp(-d.scores[:, 1]))
    best = norm.pdf(X, -2) / (norm.pdf(X, -2) + norm.pdf(X, 2))
    assert readout(scene, "largest |D − D*|") == pytest.approx(np.abs(chance - best).max(1))
    felt = chance * d.slopes[:, 1]
    at = int(np.flatnonzero(X == 2)[0])
    assert readout(scene, "share at q’s mean, D") == pytest.approx(felt[:, at] / felt.max(1))
    k = clipped.slopes[:, 1].max(1)
    assert readout(scene, "K, clipped") == pytest.approx(k)
    assert readout(scene, "clipped critic") == pytest.approx(clipped.slopes[:, 1, at] / k)
    shown = mark(scene, 1, "clipping")
    for i in range(3):
        expected = (clipped.scores[i, 1] - clipped.scores[i, 1, 24]) / k[i]
        np.testing.assert_allclose(shown.at("y", i), expected, atol=1e-4)
    sizes = np.log10(judges[3].slopes[:, 1].max(1))
    np.testing.assert_allclose(mark(scene, 3, "no rule").at("y", 0), sizes, atol=1e-4)


def test_the_clip_figure_groups_runs_by_clip_value():
    bounds = [0.01, 0.1]
    rule = wg.WeightClipping([0.01, 0.01, 0.1, 0.1])
    trained = taught([0, 1, 0, 1], lipschitz=rule)
    scene = figures.clip_values(X, bounds, trained, *BELLS, hidden=8)
    for i, c in enumerate(bounds):
        alone = taught([0, 1], lipschitz=wg.WeightClipping(c))
        k = alone.slopes[-1].max(1)
        assert readout(scene, "K")[i] == pytest.approx(k.mean(), rel=1e-4)
        assert readout(scene, "K / (m c²)")[i] == pytest.approx((k / (8 * c**2)).mean(), rel=1e-4)
        gap = norm.pdf(X, -2) - norm.pdf(X, 2)
        estimate = (alone.scores[-1] * gap).sum(1) * (X[1] - X[0]) / k
        assert readout(scene, "estimate / K")[i] == pytest.approx(estimate.mean(), abs=1e-3)
    assert readout(scene, "EM") == pytest.approx([4, 4])


def test_moved_bells_are_measured_from_their_middle():
    def at(s):
        return wg.train_critic(
            wg.MLP([1, 8, 1], seed=[0, 1]), wg.Gaussian(s - 2, 1.0), wg.Gaussian(s + 2, 1.0),
            seed=[0, 1], steps=60, probe=s + X, record_at=[60],
            lipschitz=wg.WeightClipping(0.1), optimiser=wg.RMSProp(1e-2),
        )  # fmt: skip

    trained = [at(0.0), at(5.0)]
    scene = figures.moved_origin(X, [0.0, 5.0], trained)
    for i, one in enumerate(trained):
        share = one.slopes[-1] / one.slopes[-1].max(1, keepdims=True)
        least = share[:, np.abs(X) <= 4].min()
        assert readout(scene, "smallest slope / K near the bells")[i] == pytest.approx(least)
        here = np.array(mark(scene, 1, "mean of the seeds").at("x", i))
        np.testing.assert_allclose(here, [0.0, 5.0][i] + X, atol=1e-4)


def test_the_sweep_shows_exact_em_and_the_points():
    ring = wg.ring_of_gaussians()
    centres = [part.mean for part in ring.components]
    rng = np.random.default_rng(0)
    em = {name: rng.uniform(0, 3, (2, 5)) for name in ("one", "two")}
    cloud = rng.normal(size=(2, 20, 2))
    cloud[1, 3] = 99.0, 0.0
    scene = figures.critic_steps(em, {"two": cloud}, [1, 25], centres, floor=0.3)
    for name, values in em.items():
        assert readout(scene, f"EM, {name}") == pytest.approx(values.mean(1))
    drawn = mark(scene, 0, "generated")
    np.testing.assert_allclose(drawn.at("x", 0), cloud[0, :, 0], atol=1e-4)
    assert np.isnan(np.array(drawn.at("x", 1), float)[3]), "what is far outside is left out"
    assert mark(scene, 1, "floor").at("y", 0) == pytest.approx([0.3, 0.3])


def test_scenes_are_json_and_small(judges):
    for scene in (
        figures.perfect_judges(),
        figures.kinked_potential(),
        figures.judges_in_training(X, *judges, *BELLS),
    ):
        text = json.dumps(scene.to_dict())
        assert len(text) < 100_000
        assert 0 < scene.slider.start < len(scene.slider.values) - 1

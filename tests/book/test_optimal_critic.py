"""What the chapter on the optimal critic states, by other roads, and its verdicts again."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import jensenshannon
from scipy.stats import norm

import wganbook as book
import wganlib as wg
from tests.book.reading import Chapter
from wganbook import evidence
from wganbook.questions import EXERCISES
from wganlib.paper.studies import optimal_critic as study

torch.set_num_threads(1)

CHAPTER = Chapter("optimal-critic")
BELLS = evidence.study("judges-of-two-bells")
prose = CHAPTER.prose


def ahead(x):
    return norm.cdf(x, -2) - norm.cdf(x, 2)


BOX = quad(ahead, -1, 14)[0]


# --- the theorems --------------------------------------------------------------------


def test_the_perfect_discriminator_by_search_outcome_by_outcome():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    total = 0.0
    for a, b in zip(p, q, strict=True):
        found = minimize_scalar(
            lambda d, a=a, b=b: -a * math.log(d) - b * math.log(1 - d),
            bounds=(1e-9, 1 - 1e-9),
            method="bounded",
            options={"xatol": 1e-11},
        )
        assert found.x == pytest.approx(a / (a + b), abs=1e-6)
        total -= found.fun
    assert total == pytest.approx(2 * jensenshannon(p, q) ** 2 - 2 * math.log(2), abs=1e-9)


@pytest.mark.parametrize(("d", "width"), [(1.0, 1.0), (4.0, 1.0), (6.0, 2.0)])
def test_what_a_perfect_discriminator_lets_through(d, width):
    """The gradient by differences, and its mean over generated points below d/σ² (1 − TV)."""

    def loss(x):
        p, q = norm.pdf(x, -d / 2, width), norm.pdf(x, d / 2, width)
        return math.log(q / (p + q))

    def felt(x):
        return abs(loss(x + 1e-5) - loss(x - 1e-5)) / 2e-5

    closed = d / width**2 / (1 + math.exp(d**2 / (2 * width**2)))
    assert felt(d / 2) == pytest.approx(closed, rel=1e-4)
    mean = quad(lambda x: felt(x) * norm.pdf(x, d / 2, width), d / 2 - 6 * width, d / 2 + 6 * width)
    tv = 2 * norm.cdf(d / (2 * width)) - 1
    assert 0 < mean[0] <= d / width**2 * (1 - tv)


def test_no_unit_in_the_box_beats_the_two_kinds():
    """Brute force over (w, b) for p = N(−2, 1), q = N(2, 1), with v at its best."""
    x = np.linspace(-9, 9, 3601)
    gap = ahead(x)
    w, b = np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41), indexing="ij")
    on = (w[..., None] * x + b[..., None]) > 0
    value = np.abs(np.trapezoid(w[..., None] * on * gap, x))
    assert value.max() == pytest.approx(BOX, abs=4e-3)
    best = {(float(w[i, j]), float(b[i, j])) for i, j in np.argwhere(value > value.max() - 5e-3)}
    assert best == {(-1.0, 1.0), (1.0, 1.0)}
    assert f"{BOX:.3f}" == "2.917"
    assert BOX / 4 < 0.75
    assert "less than three quarters" in prose()


@pytest.fixture(scope="module")
def clipped():
    seeds = list(range(20, 25))

    def at(shift):
        probe = shift + np.linspace(-6, 6, 241)
        bells = wg.Gaussian(shift - 2, 1.0), wg.Gaussian(shift + 2, 1.0)
        return wg.train_critic(
            wg.MLP([1, 64, 1], seed=seeds), *bells, seed=seeds, steps=800, batch=128,
            lipschitz=wg.WeightClipping(0.1), optimiser=wg.RMSProp(1e-3), probe=probe,
            record_at=[800],
        )  # fmt: skip

    return {shift: at(shift) for shift in (0.0, 6.0)}


def test_other_seeds_find_the_best_network_in_the_box_too(clipped):
    y = np.linspace(-6, 6, 241)
    gap = norm.pdf(y, -2) - norm.pdf(y, 2)
    for shift, value in ((0.0, BOX), (6.0, 4.0)):
        trained = clipped[shift]
        k = trained.slopes[-1].max(1)
        estimate = (trained.scores[-1] * gap).sum(1) * (y[1] - y[0]) / k
        assert estimate == pytest.approx(np.full(5, value), abs=0.1)
        share = trained.slopes[-1][:, np.abs(y) <= 4].min(1) / k
        assert share == pytest.approx(np.full(5, 0.5 if shift == 0 else 0.9), abs=0.15)
    slopes = clipped[0.0].slopes[-1]
    k = slopes.max(1)
    assert (k <= 64 * 0.1**2 + 1e-6).all()
    left, right = slopes[:, y < -1.2].mean(1), slopes[:, y > 1.2].mean(1)
    assert left + right == pytest.approx(k, rel=0.02)  # m1 + m2 = m


def test_a_critic_without_a_rule_grows_as_long_as_it_is_trained():
    trained = wg.train_critic(
        wg.MLP([1, 64, 1], seed=0), wg.Gaussian(-2.0, 1.0), wg.Gaussian(2.0, 1.0), seed=0,
        steps=1000, lipschitz=wg.NoConstraint(), optimiser=wg.RMSProp(1e-3), probe=[-2.0, 0.0, 2.0],
        record_at=[250, 500, 1000],
    )  # fmt: skip
    k = trained.slopes.max(-1)[:, 0]
    assert (k[1:] > 1.8 * k[:-1]).all()


def test_the_hills_of_the_two_sided_penalty():
    s = np.linspace(-3, 3, 60_001)

    def tops(w, weight):
        value = w * s - weight * (np.abs(s) - 1) ** 2
        inside = (value[1:-1] > value[:-2]) & (value[1:-1] > value[2:])
        return s[1:-1][inside]

    np.testing.assert_allclose(tops(4, 10), [-0.8, 1.2], atol=1e-3)
    np.testing.assert_allclose(tops(4, 2.1), [-1 + 4 / 4.2, 1 + 4 / 4.2], atol=1e-3)
    assert tops(4, 2.0).size == 1


# --- the exercises -------------------------------------------------------------------

ANSWERS = {
    "perfect-discriminator": norm.pdf(1, -1) / (norm.pdf(1, -1) + norm.pdf(1, 1)),
    "minimax-gradient": 1.5 * norm.pdf(3, -3, 2) / (norm.pdf(3, -3, 2) + norm.pdf(3, 3, 2)),
    "clipped-steepest": 0.25,
    "penalised-slope": 1.4,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_exercises_know_their_answers(name):
    assert book.check_answer(name, ANSWERS[name]).right is True
    assert book.check_answer(name, None).right is None
    for hint, slip in EXERCISES[name].slips.items():
        given = book.check_answer(name, slip())
        assert given.right is False
        assert hint in given.text


def test_the_solutions_print_these_answers():
    text = prose()
    assert f"{ANSWERS['perfect-discriminator']:.3f}" in text
    assert f"{ANSWERS['minimax-gradient']:.4f}" in text
    assert "m c^2 = 100 \\cdot 0.0025 = 0.25" in text
    assert "$1 + d/2\\lambda = 1.4$; it reports $1.4 \\cdot 4 = 5.6$" in text


# --- what the built chapter prints -------------------------------------------------------


@pytest.fixture(scope="module")
def printed():
    return CHAPTER.printed()


def test_shown_gradients_of_the_perfect_discriminator():
    """The table on the built page, its tags taken out, by the closed form of the theorem."""
    rows = [f"{d}{d / (1 + math.exp(d**2 / 2)):.1e}" for d in (1, 2, 4, 6)]
    assert "".join(["generated mean, 1/length", *rows]) in CHAPTER.page()


def test_printed_theorem(printed):
    assert re.search(rf"the best critic in the box, over K +{BOX:.3f}\nEM +4\.000\n", printed)


# --- what the prose says of the kept runs, without a number ----------------------------


def test_figure_two_in_words():
    judges = BELLS.arrays
    assert judges["discriminator"]["felt_at_mean"].max() < 1e-3, "less than a thousandth"
    assert judges["penalty"]["least"].mean() > 0.9, "a straight line, to a few per cent"
    assert judges["clipping"]["outside"].mean() == pytest.approx(0.5, abs=0.02), "twice as steep"
    assert judges["clipping-deep"]["outside"].mean() < judges["clipping"]["outside"].mean()
    assert judges["clipping-deep"]["estimate"].mean() < judges["clipping"]["estimate"].mean()
    moved = judges["moved"]["estimate"].mean(-1)
    assert (np.diff(moved[:3]) < 0).all(), "up to s = 2 the estimate gets worse"
    assert moved[-1] > 0.95 * 4, "nearly all of EM"


def test_how_long_to_train_in_words():
    games = evidence.study("longer-trained-judges").arrays
    em = {game: games[game]["em"].astype(float).mean(-1) for game in study.GAMES}
    modes = {game: games[game]["modes"].mean(-1) for game in study.GAMES}
    began = np.mean([games[game]["began"].mean() for game in study.GAMES])
    for game in ("gan-minimax", "gan-log-d"):
        assert em[game][study.MANY] > began, "no nearer than they began"
        assert modes[game][study.MANY] < 2, "hardly a mode or two"
    for cell, worst in ((study.ONE, max), (study.MANY, min)):
        assert worst(em, key=lambda game: em[game][cell]) == "wgan-penalty"
    assert modes["wgan-penalty"][study.MANY] > 7, "all modes or nearly all"
    for game in ("wgan-clipping", "wgan-penalty"):
        assert abs(em[game][study.MANY] - em[game][study.FIVE]) < 0.1, "neither gains much"
    # At equal judge steps 25 at a time is the worst way, and the minimax GAN the nearest of all.
    for row in em.values():
        assert max((study.LONG, study.FIVE, study.SHORT), key=lambda cell: row[cell]) == study.SHORT
    assert min(row.min() for row in em.values()) == em["gan-minimax"][study.LONG]
    # What stands at an edge of the grid has flattened out.
    sweep = games["tuning-wgan-penalty"]["em"][study.ONE].mean(-1)
    assert abs(sweep[-1] - sweep[-2]) < 0.1

"""What the chapter on training states, by another road than the chapter's."""

from __future__ import annotations

import math
import re

import numpy as np
import ot
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from tests import naive_wgan
from tests.book.reading import Chapter
from wganbook import check_answer, evidence
from wganbook.numbers import number
from wganbook.questions import EXERCISES
from wganlib.paper.studies.training_a_wgan import told

CHAPTER = Chapter("training-a-wgan")
PROSE = CHAPTER.prose()
RING = wg.ring_of_gaussians(8)
ALPHA = 5e-5


def em(x, y):
    return ot.emd2([], [], cdist(x, y))


# --- the loop ------------------------------------------------------------------------


def test_the_plain_loop_is_the_library_s():
    """As in the chapter: both read the same two lists from the top."""
    points = RING.sample(16384, seed=0)
    noises = np.random.default_rng(1).standard_normal((16384, 2))
    g = wg.MLP([2, 32, 32, 32, 2], seed=0, dtype="float64")
    f = wg.MLP([2, 32, 32, 32, 1], seed=0, dtype="float64")
    real, z = (torch.from_numpy(rows).view(-1, 64, 2) for rows in (points, noises))
    batches = [(real[5 * k : 5 * k + 5], z[5 * k : 5 * k + 5], None, z[k]) for k in range(12)]
    plain = (naive_wgan.sequential(network) for network in (g, f))
    my_g, my_f, rows = naive_wgan.train(*plain, batches, lr=ALPHA, clip=0.01)
    history = wg.train(
        g, f, lambda n, rng: points[:n], seed=0, steps=12, noise=lambda n, rng: noises[:n]
    )
    np.testing.assert_allclose(history.estimate[:, 0], [-loss for loss, _ in rows], atol=1e-15)
    np.testing.assert_allclose(g.flat[0].detach(), naive_wgan.flat(my_g), atol=1e-12)
    np.testing.assert_allclose(f.flat[0].detach(), naive_wgan.flat(my_f), atol=1e-12)


def test_defaults_are_the_listing_s():
    assert r"$\alpha = 0.00005$" in PROSE
    assert wg.RMSProp().lr == 0.00005
    assert wg.WeightClipping().c == 0.01


@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1.0))
def test_clipping_never_turns_a_step_round(seed, rate):
    rng = np.random.default_rng(seed)
    w, d, v = rng.uniform(-0.1, 0.1, 9), rng.normal(size=9), rng.exponential(size=9)
    change = np.clip(w + rate * d / (np.sqrt(v) + 1e-8), -0.1, 0.1) - w
    assert (d * change >= 0).all()


def test_scaling_to_a_sphere_can():
    angle = math.radians(25)
    w, d, s = np.array([math.cos(angle), math.sin(angle)]), np.array([10, 1]), np.array([1, 1])
    assert [d @ s, round(s @ w, 3), round(d @ w, 3)] == [11, 1.329, 9.486]
    assert round((s @ w) * (d @ w), 2) == 12.61
    moved = w + 1e-4 * s
    assert d @ (moved / np.linalg.norm(moved) - w) < 0
    for text in ("11", "1.329", "9.486", "12.61"):
        assert text in PROSE


def test_how_far_rmsprop_gets_in_800_steps():
    """With a gradient that never changes: α/√(1 − 0.99^t) at step t."""
    t = np.arange(1, 801)
    assert (ALPHA / np.sqrt(1 - 0.99**t)).sum() == pytest.approx(0.05, abs=0.006)
    assert "at most about 0.05" in PROSE


def test_pixels_of_the_paper():
    assert 64 * 64 * 3 == 12_288
    assert "12,288" in PROSE


# --- the oracle ----------------------------------------------------------------------


def test_the_oracle_s_gradient_is_that_of_the_exact_distance():
    rng = np.random.default_rng(4)
    x, y = RING.sample(16, seed=rng), rng.normal(size=(16, 2))
    partner = x[ot.emd([], [], cdist(x, y)).argmax(0)]
    claimed = (y - partner) / np.linalg.norm(y - partner, axis=1, keepdims=True) / 16
    for j, k in ((0, 0), (5, 1), (11, 0)):
        step = np.zeros_like(y)
        step[j, k] = 1e-6
        slope = (em(x, y + step) - em(x, y - step)) / 2e-6
        assert slope == pytest.approx(claimed[j, k], abs=1e-6)


def test_a_batch_of_one_prefers_the_centre():
    turns = 2 * np.pi * np.arange(8) / 8
    modes = 2 * np.stack([np.cos(turns), np.sin(turns)], 1)
    perfect = cdist(modes, modes).mean()
    assert perfect == pytest.approx(0.5 / math.tan(math.pi / 16))
    assert perfect > 2.5
    grid = np.stack(np.meshgrid(*[np.linspace(-2, 2, 41)] * 2), -1).reshape(-1, 2)
    losses = cdist(grid, modes).mean(1)
    np.testing.assert_allclose(grid[losses.argmin()], 0, atol=1e-12)
    assert losses.min() == pytest.approx(2)


def test_larger_batches_are_nearer():
    rng = np.random.default_rng(8)
    means = [
        np.mean([em(*RING.sample(2 * m, seed=rng).reshape(2, m, 2)) for _ in range(60)])
        for m in (1, 2, 4, 8, 16, 32)
    ]
    assert (np.diff(means) < 0).all()


# --- answers -------------------------------------------------------------------------


def test_answers():
    assert check_answer("real-points-seen", 1000 * 5 * 64).right
    assert check_answer("bound-from-estimate", 0.6).right
    assert check_answer("batch-of-one-perfect", 2 / 3 * math.sqrt(3)).right
    assert check_answer("slope-of-a-batch", 1 / 3).right
    assert round(2 / 3 * math.sqrt(3), 3) == 1.155
    for text in ("320,000", "= 0.6$", "1.155"):
        assert text.replace("$", "") in PROSE


@pytest.mark.parametrize(
    "name",
    ["real-points-seen", "bound-from-estimate", "batch-of-one-perfect", "slope-of-a-batch"],
)
def test_every_slip_has_its_own_hint(name):
    assert f'"{name}"' in PROSE
    for hint, slip in EXERCISES[name].slips.items():
        given_answer = check_answer(name, slip())
        assert given_answer.right is False
        assert hint in given_answer.text


# --- what the prose says of the studies --------------------------------------------------


@pytest.fixture(scope="module")
def kept():
    """The chapter's studies, by name."""
    return {name: evidence.study(name) for name in ("algorithm-1", "critic-or-oracle")}


def test_algorithm_1_descends_and_a_larger_rate_is_what_it_needs(kept):
    part = kept["algorithm-1"].arrays["clipping"]
    before, (printed, faster, wider, _) = part["before"], part["after"]
    assert (printed < before).mean() > 0.9
    assert wg.training.p_value(printed - faster) < 1e-6
    assert faster.mean() < 0.75 * printed.mean(), "the learning rate is what holds it back"
    assert abs(np.mean(printed - wider)) < 0.2 * np.mean(printed - faster)
    assert np.mean(printed) > 2 * np.mean(part["floor"]), "far from done"
    assert "The learning rate is what holds it back" in PROSE


def test_what_the_prose_says_of_critic_and_oracle(kept):
    numbers = kept["critic-or-oracle"].numbers
    words = {
        name.removeprefix("winner, "): who for name, who in numbers.items() if "winner" in name
    }
    assert words["batch 1"] == words["batch 8"] == "critic"
    assert words["batch 64"] == "undecided", "they end close together"
    assert words["40 real points a step"] == "oracle"
    for name in ("5 real points a step", "320 real points a step"):
        assert words[name] == "undecided"
        assert numbers[f"lead, {name}"].startswith("−"), "the same sign"
    for m in (1, 8, 64):
        part = kept["critic-or-oracle"].arrays[f"critic-{m}"]
        better = part["cosine_of_critic"].astype(float) - part["cosine_of_batch"]
        mean, half = wg.confidence(better)
        assert mean > half, "at each size"
    loss = {
        (m, who): kept["critic-or-oracle"].arrays[f"oracle-{m}"][f"loss_of_{who}"].mean()
        for m in (1, 8, 64)
        for who in ("data", "generator")
    }
    assert loss[1, "generator"] < loss[1, "data"]
    assert loss[8, "generator"] > loss[8, "data"]
    assert loss[64, "generator"] > loss[64, "data"]
    narrow = evidence.study("minibatch-scale").numbers["best scale, d 16, m 64"]
    assert float(narrow) == pytest.approx(0.5, abs=0.02), "loses half of the spread"


def test_what_the_prose_says_of_the_estimate(kept):
    family = told(kept["algorithm-1"].arrays)
    assert len(family) == 10
    for name, (gap, p) in family.items():
        if "step counter" in name:
            assert gap < 0, "worse than a clock"
            assert p < 0.05
        if "other runs" in name or "across" in name:
            assert not (gap > 0 and p < 0.05), "another run's estimate would tell as much"


def test_no_number_about_training_is_typed(kept):
    """What the page quotes of a study is asked for by name; `number` finds every one."""
    asked = re.findall(r"\{measured\}`([^`]+)`", CHAPTER.path.read_text("utf-8"))
    assert len(asked) > 15
    assert all(number(address) for address in asked)
    for name in ("algorithm-1", "critic-or-oracle", "minibatch-scale"):
        assert any(address.startswith(name) for address in asked)


def test_the_best_matching_of_two_batches_costs_what_the_plan_costs():
    rng = np.random.default_rng(6)
    for m in (1, 8, 40):
        x, y = RING.sample(m, seed=rng), rng.normal(size=(m, 2))
        cost = cdist(y, x)
        rows, partners = linear_sum_assignment(cost)
        assert cost[rows, partners].mean() == pytest.approx(em(x, y), abs=1e-12)


def test_the_uniform_example():
    """Batches of one from [−1, 1]: 2/3 apart, slope 1/3, and ½ at scale 0."""
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-1, 1, (2, 400_000))
    assert abs(x - y).mean() == pytest.approx(2 / 3, abs=0.005)
    slope = (abs(x - 1.01 * y).mean() - abs(x - 0.99 * y).mean()) / 0.02
    assert slope == pytest.approx(1 / 3, abs=0.005)
    assert abs(x).mean() == pytest.approx(1 / 2, abs=0.005)

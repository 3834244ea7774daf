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
from tests.chapters.reading import Chapter, ledger
from wganlib import check_answer
from wganlib.exercises import EXERCISES

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
    for number in ("11", "1.329", "9.486", "12.61"):
        assert number in PROSE


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
    assert round(2 / 3 * math.sqrt(3), 3) == 1.155
    for number in ("320,000", "= 0.6$", "1.155"):
        assert number.replace("$", "") in PROSE


@pytest.mark.parametrize(
    "name", ["real-points-seen", "bound-from-estimate", "batch-of-one-perfect"]
)
def test_every_slip_has_its_own_hint(name):
    assert f'"{name}"' in PROSE
    for hint, slip in EXERCISES[name].slips.items():
        given_answer = check_answer(name, slip())
        assert given_answer.right is False
        assert hint in given_answer.text


# --- what the built chapter measured -------------------------------------------------


@pytest.fixture(scope="module")
def measured():
    """The chapter's three claims: names to numbers, an interval as (mean, half width)."""

    def number(value):
        parts = re.findall(r"[−-]?\d+\.\d+", str(value)) if isinstance(value, str) else []
        return tuple(float(p.replace("−", "-")) for p in parts) or value

    found = {}
    for claim, record in ledger("A1", "S4", "R7").items():
        assert record["seeds"] == 8
        found[claim] = {name: number(value) for name, value in record["values"]}
        found[claim]["verdict"] = record["verdict"]
    return found


def above(first, second):
    """Say whether one interval lies wholly above another."""
    return first[0] - first[1] > second[0] + second[1]


def test_algorithm_1_descends_and_a_larger_rate_is_what_it_needs(measured):
    a1 = measured["A1"]
    assert a1["verdict"] == "scaled down"
    assert a1["runs that came closer"] == 8
    printed = a1["EM after 800 steps, as printed"]
    assert above(a1["EM before"], printed)
    assert above(printed, a1["α = 0.001"])
    assert above(printed, a1["both"])
    assert not above(printed, a1["c = 0.1"])
    assert above(printed, tuple(2 * v for v in a1["floor"]))


def test_the_estimate_is_a_lower_bound_a_guide_and_not_close(measured):
    s4 = measured["S4"]
    assert s4["largest share of EM reported, 2 × 8 runs × 8 times"] <= 1
    assert s4["the same with the mean gradient norm as K"] > 1
    for rule in ("clipping", "penalty"):
        assert s4[f"{rule}, step 25"][0] == pytest.approx(0.5, abs=0.15)
    assert above(s4["clipping, step 25"], s4["clipping, step 800"])
    assert above(s4["penalty, step 800"], s4["clipping, step 800"])
    for value, low in (
        ("Spearman, estimate and EM, clipping", "lower end"),
        ("Spearman, penalty", "lower end, penalty"),
    ):
        assert 0 < s4[low] < s4[value] < 0.9


def test_the_larger_box_helps_at_the_larger_rate_only():
    text = CHAPTER.page()
    text = text[text.index("EM that the larger box gains, seed by seed\n") :]
    rows = re.findall(r"^  at .+? +(-?[\d.]+) ± ([\d.]+)$", text, re.MULTILINE)[:2]
    (printed, half), (faster, _) = ((float(a), float(b)) for a, b in rows)
    assert printed - half < 0, "does not help by itself"
    assert faster > 0, "with the larger rate it does: by how much is what rounding turns"
    assert "A box ten times as wide does not help by itself." in PROSE


def test_the_best_matching_of_two_batches_costs_what_the_plan_costs():
    rng = np.random.default_rng(6)
    for m in (1, 8, 40):
        x, y = RING.sample(m, seed=rng), rng.normal(size=(m, 2))
        cost = cdist(y, x)
        rows, partners = linear_sum_assignment(cost)
        assert cost[rows, partners].mean() == pytest.approx(em(x, y), abs=1e-12)


def test_the_oracle_loses_with_small_batches_and_wins_with_as_many_points(measured):
    r7 = measured["R7"]
    assert above(r7["EM by oracle less EM by critic, batch 1"], (0, 0))
    assert above(r7["EM by oracle less EM by critic, batch 8"], (0, 0))
    mean, half = r7["EM by oracle less EM by critic, batch 64"]
    assert abs(mean) < 0.15, "they end close together"
    assert mean + half > 0
    assert above((0, 0), r7["oracle, batch 40, less critic, batch 8"])
    assert above(r7["cosine with the large plan, batch 8, critic"], r7["the same, oracle"])
    assert above(r7["cosine, critic less oracle, batch 8"], (0, 0))
    assert r7["cosine, critic less oracle, batch 64"][0] > 0, "ahead on average"
    start, floor = measured["A1"]["EM before"][0], measured["A1"]["floor"][0]
    way = (start - r7["EM by critic, batch 1"][0]) / (start - floor)
    assert way > 0.5, "more than half of the way"
    assert r7["EM by oracle, batch 1"][0] == pytest.approx(start, abs=0.1)

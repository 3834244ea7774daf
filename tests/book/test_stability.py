"""What the chapter on stability states, from the arrays that the book keeps, by another road."""

from __future__ import annotations

import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from tests.book.reading import Chapter
from tests.book.test_images import RUNS, ends, kept, runs
from wganbook import evidence
from wganbook.numbers import number
from wganlib.paper.studies import mnist_critic

CHAPTER = Chapter("stability")
PROSE = CHAPTER.prose()


def end(name):
    return kept(name)["feature"][:, -1]


def classes(name):
    return kept(name)["covered"][:, -1]


FLOOR = float(kept("dcgan-wgan")["feature_floor"].max())


# --- the theorem -------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.sampled_from([wg.RMSProp(1e-3), wg.Adam(1e-3, (0.0, 0.999))]))
def test_without_momentum_no_step_goes_uphill(seed, inner):
    rng = np.random.default_rng(seed)
    watched = wg.training.Watched(inner)
    flat = torch.zeros(1, 5, dtype=torch.float64)
    state = watched.start(flat)
    for _ in range(6):
        watched.step(flat, torch.from_numpy(rng.normal(size=(1, 5))), state)
    assert (watched.take() > 0).all()


def test_with_momentum_a_step_may_go_straight_up():
    watched = wg.training.Watched(wg.Adam(1e-3, (0.9, 0.999)))
    flat = torch.zeros(1, 1, dtype=torch.float64)
    state = watched.start(flat)
    for gradient in [1.0] * 50 + [-1.0] * 7:
        watched.step(flat, torch.full((1, 1), gradient, dtype=torch.float64), state)
    assert watched.take()[50:, 0].round(9).tolist() == [-1] * 6 + [1], "five steps, and one more"


@given(st.integers(0, 2**32 - 1))
def test_clipping_does_not_turn_a_step_uphill(seed):
    rng = np.random.default_rng(seed)
    w, g, v = rng.uniform(-0.1, 0.1, 6), rng.normal(size=6), rng.uniform(0, 1, 6)
    moved = np.clip(w - 0.05 * g / (np.sqrt(v) + 1e-8), -0.1, 0.1)
    assert (moved - w) @ -g >= -1e-15


def test_numbers_of_the_exercises():
    assert round(2 * 0.9**5 - 1, 3) == 0.181
    assert 0.9**6 > 0.5 > 0.9**7
    assert round(4 / math.sqrt(20), 3) == 0.894
    assert round(stats.norm.sf(3 / (3 * math.sqrt(2))), 2) == 0.24


# --- figures 5 to 7 on MNIST -----------------------------------------------------------------


def test_the_wgan_trains_alike_and_the_gan_does_not():
    for kind in ("dcgan", "plain", "mlp"):
        wgan, gan = (ends(f"{kind}-{method}") for method in ("wgan", "gan"))
        assert np.ptp(wgan) < 0.2 * wgan.mean(), "alike from seed to seed"
        assert np.ptp(gan) > np.ptp(wgan)
        assert (ends(f"{kind}-gan", "covered") <= 3).any(), "loses most of the classes"


def test_figure_5_the_collapse_came_at_the_end():
    worst = ends("dcgan-wgan").min()
    for run in runs("dcgan-gan"):
        assert run["feature"][-2] < worst, "one look earlier all were nearer"
        assert run["covered"][-2] == 10
        assert run["feature"][-1] < worst or run["covered"][-1] <= 3, "of two kinds"
    for cell in ("dcgan-wgan", "plain-wgan"):
        assert number(f"mnist:{cell} passes") == "features, classes"


def test_figure_6_the_wgan_loses_next_to_nothing():
    assert abs(ends("plain-wgan").mean() - ends("dcgan-wgan").mean()) < 1
    lost = ends("plain-gan", "covered") < 10
    assert (ends("plain-gan", "covered")[lost] <= 3).all()


def test_figure_7_the_order_is_the_papers():
    assert ends("mlp-wgan").min() > ends("dcgan-wgan").max()
    assert ends("mlp-gan").min() > 100, "in the hundreds and thousands"
    assert ends("mlp-gan").max() > 1000
    assert (ends("mlp-gan", "covered") == 3).sum() == 1, "one run has three"
    assert ends("mlp-gan", "covered").max() == 3


def test_two_runs_of_the_wgan_miss_one_class_or_two():
    wgan, gan = (
        np.concatenate([ends(f"{kind}-{method}", "covered") for kind in ("dcgan", "plain", "mlp")])
        for method in ("wgan", "gan")
    )
    assert sorted(wgan)[:3] == [8, 9, 10]
    assert sorted(ends("mlp-wgan", "covered"))[:2] == [8, 9], "with the MLP"
    assert (gan <= 3).mean() > 0.5, "most miss nearly all"
    one_kind = sum(count for name, count in RUNS.items() if not name.startswith("both"))
    assert one_kind == len(wgan) + len(gan)


# --- the small study ---------------------------------------------------------------------------


def difference(one, other):
    """Welch's interval of the difference of means."""
    found = stats.ttest_ind(end(one), end(other), equal_var=False)
    low, high = found.confidence_interval(0.95)
    return low, high


def test_the_small_gan_looks_broken():
    start = kept("plain-gan")["feature"][:, 0]
    assert (end("plain-gan") > 0.98 * start).sum() == 4, "four of its five runs"
    assert number("digits:untrained feature") == f"{np.median(start):.1f}"


def test_figure_6_the_gan_was_slow():
    course = kept("plain-gan-long")["feature"]
    start = course[:, :1]
    still = (course > 0.98 * start).sum(1) - 1  # looks, 120 generator steps each
    assert still.min() >= 2, "two hundred steps at least"
    assert still.max() <= 5, "six hundred at most"
    assert (end("plain-gan-long") < 2 * FLOOR).all()
    assert classes("plain-gan-long").min() >= 8
    assert kept("plain-gan-long")["critic_loss"].shape == (5, 1440)
    assert abs(end("plain-gan-long").mean() - end("plain-wgan").mean()) < 2, "about where it was"
    # The first quarter is the short training over again.
    short = kept("plain-gan")["critic_loss"]
    np.testing.assert_array_equal(kept("plain-gan-long")["critic_loss"][:, :360], short)


def test_the_mlp_of_the_wgan_was_unfinished():
    long = kept("mlp-wgan-long")
    assert long["critic_loss"].shape == (5, 480)
    np.testing.assert_array_equal(long["critic_loss"][:, :120], kept("mlp-wgan")["critic_loss"])
    assert (end("mlp-wgan-long") < 2 * FLOOR).all(), "within twice that of real images"
    assert set(classes("mlp-wgan")) == {3, 4}
    assert set(classes("mlp-wgan-long")) == {4, 5, 6}, "half-way"
    counts = long["covered"].mean(0)[::3]
    assert (np.diff(counts) > 0).all(), "the count goes on rising"
    gap = stats.ttest_ind(end("mlp-wgan-long"), end("mlp-wgan"), equal_var=False)
    assert gap.confidence_interval(0.95).high < 0, "and the distance falls"


def test_momentum_on_small_digits_turns_steps_but_breaks_nothing():
    plain, moved, high = (kept(name) for name in ("dcgan-wgan", "momentum", "high-rate"))
    for part in (plain, high):
        assert np.nanmax(part["against"]) == 0, "RMSProp never goes uphill"
    assert 0 < np.nanmean(moved["against"]) < 0.02
    assert 0 < np.nanmean(moved["cosine"]) < np.nanmean(plain["cosine"]) - 0.1
    low, high_end = difference("momentum", "dcgan-wgan")
    assert low < 0 < high_end
    assert 0 < difference("high-rate", "dcgan-wgan")[0] < 1, "a little beyond the noise"
    for name in ("momentum", "high-rate"):
        assert (end(name) < 2 * FLOOR).all()
        assert classes(name).min() >= 8


def test_the_ring_says_what_the_prose_says():
    parts = evidence.study("critic-momentum").arrays
    assert "at 0.128 every clipped run with RMSProp ends no better than half-way" in PROSE
    em = parts["rmsprop"]["clipping_em"]
    assert (em[-1, -1] >= em[0, -1] / 2).all()
    for name, part in parts.items():
        for rule in ("clipping", "penalty"):
            uphill = part[f"{rule}_uphill"]
            assert (uphill.max() > 0) == (name == "adam-09"), "without momentum no step"
            assert part[f"{rule}_cosine"].mean() > 0, "positive on the mean"
    most = parts["adam-09"]["penalty_uphill"].mean(-1).max()
    assert 1 / 9 < most < 1 / 7, "one step in eight"
    for name in ("rmsprop", "adam-09"):
        em = parts[name]["penalty_em"]
        assert (em[-1] < em[0] / 2).all(), "the penalty's runs do not break"


def test_on_mnist_momentum_costs_at_the_tuned_rate_and_saves_at_the_highest():
    told = evidence.study("mnist-critic").study.settings
    rates = told["critic rates"]
    assert rates[0] == told["rates"]["wgan"] == 0.001, "its tuned rate"
    np.testing.assert_allclose(np.array(rates) / rates[0], [1, 4, 16])
    assert told["looks"] * told["updates a look"] / 6 == 400
    assert (told["c"], len(told["seeds"])) == (0.01, 5)
    parts = evidence.study("mnist-critic").arrays
    em, up, cosine = (
        {name: mnist_critic.course(parts, name, what)[-1] for name in mnist_critic.MOVERS}
        for what in ("feature", "against", "cosine")
    )
    assert not any(mnist_critic.broken(parts, name).any() for name in em), "no run breaks"
    for other in ("rmsprop", "adam-0"):
        assert em["adam-09"][0].min() > em[other][0].max(), "each of its runs is farther"
        assert em["adam-09"][-1].max() < em[other][-1].min(), "the other way round"
        assert (np.diff(em[other], axis=0) > 0).all(), "a higher rate costs more and more"
        assert (cosine["adam-09"] < cosine[other]).all(), "the smallest throughout"
        assert up[other].max() == 0
    spread = {name: np.ptp(values.mean(1)) for name, values in em.items()}
    assert 5 * spread["adam-09"] < min(spread["adam-0"], spread["rmsprop"]), "hardly matters"
    assert 1 / 1000 < up["adam-09"].mean() < 1 / 100, "a step in some hundreds"
    said = evidence.study("mnist-critic").findings
    assert {said[row].verdict for row in ("S2c", "S2d")} == {"undecided"}

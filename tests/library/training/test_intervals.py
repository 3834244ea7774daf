"""Intervals and comparisons over seeds, against SciPy's and by drawing again and again."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

import wganlib as wg
from wganlib import confidence, holm, mean_difference
from wganlib.training import correlation_along_training, p_value


@pytest.mark.parametrize("n", [2, 8, 30])
def test_confidence_is_students_interval(n):
    sample = np.random.default_rng(n).normal(size=(3, n))
    mean, half = confidence(sample)
    for row, m, h in zip(sample, mean, half, strict=True):
        low, high = stats.t.interval(0.95, n - 1, row.mean(), stats.sem(row))
        assert (m - h, m + h) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(("n", "m"), [(2, 2), (8, 5), (30, 4)])
def test_the_difference_is_welchs(n, m):
    rng = np.random.default_rng(n)
    ones, twos = rng.normal(size=(3, n)), rng.normal(1.0, 3.0, size=(3, m))
    gap, half = mean_difference(ones, twos)
    for i in range(3):
        known = stats.ttest_ind(ones[i], twos[i], equal_var=False).confidence_interval(0.95)
        assert (gap[i] - half[i], gap[i] + half[i]) == pytest.approx(known, abs=1e-9)


def test_runs_that_agree_leave_no_doubt():
    assert [float(v) for v in confidence([2.0, 2.0])] == [2.0, 0.0]
    assert [float(v) for v in mean_difference([2.0, 2.0], [1.0, 1.0, 1.0])] == [1.0, 0.0]


DRAWS = 6000
#: What 6,000 draws can be off by chance (0.3 %) is well within 1.5 %.
CLOSE = 0.015


@pytest.mark.parametrize("n", [5, 8, 10])
@pytest.mark.parametrize("law", ["normal", "uniform", "logistic"])
def test_intervals_of_means_cover(n, law):
    rng = np.random.default_rng(n)
    draw = getattr(rng, law)
    centre = 0.5 if law == "uniform" else 0.0
    values = draw(size=(DRAWS, n))
    for level in (0.9, 0.95):
        mean, half = confidence(values, level=level)
        assert (abs(mean - centre) < half).mean() == pytest.approx(level, abs=CLOSE)
    gap, half = mean_difference(values, centre + 3 * rng.standard_normal((DRAWS, n + 1)))
    assert (abs(gap) < half).mean() == pytest.approx(0.95, abs=CLOSE)


def courses(rng, runs, fall, own=0.0, times=8):
    """An estimate and a distance that fall by so many standard deviations of their noise.

    ``own`` is how much of what is special about a run both of them have.
    """
    line = np.linspace(fall, 0, times)[:, None]
    special = own * rng.standard_normal((times, runs))
    return [line + special + rng.standard_normal((times, runs)) for _ in range(2)]


@pytest.mark.parametrize("n", [5, 8, 10])
@pytest.mark.parametrize("fall", [0.0, 4.0, 8.0])
def test_intervals_of_correlations_cover(n, fall):
    """True means of ρ of 0, 0.66 and 0.90, eight times. The bootstrap's covered in 84 to 88 %."""
    rng = np.random.default_rng([n, int(fall)])
    estimate, em = courses(rng, 2000 * n, fall)
    blocks = zip(*(np.split(v, 2000, axis=1) for v in (estimate, em)), strict=True)
    found = [correlation_along_training(*block) for block in blocks]
    truth = np.mean([one.mean for one in found])
    held = np.mean([one.low < truth < one.high for one in found])
    assert held == pytest.approx(0.95, abs=CLOSE)
    assert all(-1 <= one.low <= one.mean <= one.high <= 1 for one in found)


def test_intervals_of_correlations_at_the_ends():
    up = np.arange(5.0)[:, None] * np.ones(3)
    same = correlation_along_training(up, up)
    assert (same.low, same.mean, same.high) == (1.0, 1.0, 1.0)
    one = correlation_along_training(up[:, :1], up[:, :1])
    assert one.mean == 1
    assert math.isnan(one.low)
    assert math.isnan(one.high)


@given(arrays(np.float64, (2, 15, 3), elements=st.integers(-4, 4)))
@settings(deadline=None, max_examples=50)
def test_correlation_equals_scipy(series):
    x, y = series
    got = correlation_along_training(x, y)
    for run in range(3):
        if np.ptp(x[:, run]) and np.ptp(y[:, run]):
            expected = stats.spearmanr(x[:, run], y[:, run]).statistic
            assert got.each[run] == pytest.approx(expected, abs=1e-12)
        else:
            assert math.isnan(got.each[run])


def test_correlation_leaves_out_what_is_missing():
    estimate, em = courses(np.random.default_rng(3), 12, 3.0)
    whole = correlation_along_training(estimate, em)
    assert whole.mean == pytest.approx(whole.each.mean())
    estimate[0, 0], em[1, 0] = np.nan, np.nan
    got = correlation_along_training(estimate, em)
    np.testing.assert_array_equal(got.each[1:], whole.each[1:])
    known = stats.spearmanr(estimate[2:, 0], em[2:, 0]).statistic
    assert got.each[0] == pytest.approx(known)


def test_baselines_are_what_they_say():
    rng = np.random.default_rng(4)
    estimate, em = courses(rng, 5, 3.0, own=1.0)
    guide = wg.training.correlation_with_baselines(estimate, em, seed=0, shuffles=99)
    table = stats.spearmanr(np.hstack([estimate, em])).statistic[:5, 5:]
    np.testing.assert_allclose(guide.own.each, np.diag(table))
    rest = (table.sum(1) - np.diag(table)) / 4
    np.testing.assert_allclose(guide.others.each, rest)
    for run in range(5):
        falling = stats.spearmanr(-np.arange(8), em[:, run]).statistic
        assert guide.steps.each[run] == pytest.approx(falling)
    assert guide.less_others[0] == pytest.approx((np.diag(table) - rest).mean())
    gap, half = confidence(guide.own.each - guide.steps.each)
    assert guide.less_steps == pytest.approx((float(gap), float(half)))


def test_the_interval_of_own_less_others_is_the_jackknifes():
    estimate, em = courses(np.random.default_rng(5), 6, 3.0, own=1.0)
    guide = wg.training.correlation_with_baselines(estimate, em, seed=0, shuffles=99)

    def gap(kept):
        inner = wg.training.correlation_with_baselines(
            estimate[:, kept], em[:, kept], seed=0, shuffles=99
        )
        return inner.less_others[0]

    without = [gap([j for j in range(6) if j != i]) for i in range(6)]
    pseudo = 6 * guide.less_others[0] - 5 * np.array(without)
    assert guide.less_others == pytest.approx(tuple(float(v) for v in confidence(pseudo)))


def test_exchanging_runs_gives_every_order_its_chance():
    """With four runs the 24 orders can be counted: the sampled p comes near their share."""
    estimate, em = courses(np.random.default_rng(6), 4, 3.0, own=0.5)
    found = wg.training.correlation_with_baselines(estimate, em, seed=0, shuffles=9999)
    own = abs(found.less_others[0])
    orders = [list(order) for order in itertools.permutations(range(4))]
    gaps = [
        wg.training.correlation_with_baselines(estimate, em[:, o], seed=0, shuffles=99).less_others[
            0
        ]
        for o in orders
    ]
    share = np.mean([abs(gap) >= own - 1e-12 for gap in gaps])
    assert found.p_others == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(("own", "most", "least"), [(0.0, 0.075, 0.0), (1.5, 1.0, 0.9)])
def test_own_runs_are_told_from_others_and_only_then(own, most, least):
    """Both fall with time in either case; that alone is told in about 5 % of trials."""
    rng = np.random.default_rng(7)
    told = [
        wg.training.correlation_with_baselines(
            *courses(rng, 8, 4.0, own), seed=i, shuffles=199
        ).p_others
        < 0.05
        for i in range(300)
    ]
    assert least <= np.mean(told) <= most


@pytest.mark.parametrize("n", [2, 5, 8])
def test_p_values_are_scipys(n):
    rng = np.random.default_rng(n)
    ones, twos = rng.normal(0.5, size=(4, n)), rng.normal(1.0, 3.0, size=(4, n + 1))
    np.testing.assert_allclose(p_value(ones), stats.ttest_1samp(ones, 0, axis=1).pvalue)
    known = stats.ttest_ind(ones, twos, axis=1, equal_var=False).pvalue
    np.testing.assert_allclose(p_value(ones, twos), known)
    assert [float(p_value([v, v])) for v in (0.0, 2.0)] == [1.0, 0.0]


def test_p_values_and_intervals_agree():
    rng = np.random.default_rng(11)
    values = rng.normal(0.6, size=(200, 6))
    mean, half = confidence(values)
    np.testing.assert_array_equal(p_value(values) < 0.05, abs(mean) > half)
    assert 20 < (p_value(values) < 0.05).sum() < 180


@given(arrays(np.float64, st.integers(1, 9), elements=st.floats(0, 1)))
def test_holm_by_its_definition(p):
    adjusted = holm(p)
    for level in (0.01, 0.05, 0.2):
        rejected = np.zeros(p.size, bool)
        for k, i in enumerate(np.argsort(p, kind="stable")):
            if p[i] * (p.size - k) > level:
                break
            rejected[i] = True
        np.testing.assert_array_equal(adjusted <= level, rejected)
    assert (adjusted >= p).all()
    assert (adjusted <= 1).all()


def test_holm_keeps_the_family_to_five_per_cent():
    rng = np.random.default_rng(9)
    families = p_value(rng.standard_normal((4000, 6, 8)))
    assert (families < 0.05).any(1).mean() > 0.2, "without it one family in four errs"
    told = np.array([(holm(family) < 0.05).any() for family in families])
    assert told.mean() == pytest.approx(0.05, abs=0.015)


def test_confidence_needs_two_runs():
    with pytest.raises(ValueError, match=r"^values: "):
        confidence([[1.0]])
    with pytest.raises(ValueError, match=r"^others: "):
        mean_difference([[1.0, 2.0]], [1.0, 2.0])


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**1000])
def test_intervals_at_every_scale(scale):
    """Squares under- and overflowed: an interval of nothing, or a warning and infinity."""
    ones, twos = np.array([1.0, 2.0, 4.0]), np.array([3.0, 3.5])
    for function, values in ((confidence, (ones,)), (mean_difference, (ones, twos))):
        plain = function(*values)
        scaled = function(*(scale * one for one in values))
        assert [float(v) / scale for v in scaled] == [float(v) for v in plain]


def test_a_difference_that_overflows_is_refused():
    with pytest.raises(ValueError, match=r"^values: .*overflow"):
        mean_difference([1.7e308, 1.7e308], [-1.7e308, -1.7e308])

"""Intervals over seeds, against SciPy's and by drawing again and again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from wganlib import confidence, mean_difference


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


def test_nineteen_intervals_in_twenty_hold_the_truth():
    rng = np.random.default_rng(0)
    mean, half = confidence(rng.normal(3.0, 2.0, size=(4000, 6)))
    assert abs((abs(mean - 3.0) < half).mean() - 0.95) < 0.015
    gap, width = mean_difference(rng.normal(size=(4000, 6)), rng.normal(0, 3, size=(4000, 9)))
    assert abs((abs(gap) < width).mean() - 0.95) < 0.015


def test_confidence_needs_two_runs():
    with pytest.raises(ValueError, match=r"^values: "):
        confidence([[1.0]])
    with pytest.raises(ValueError, match=r"^others: "):
        mean_difference([[1.0, 2.0]], [1.0, 2.0])


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**1000])
def test_intervals_at_every_scale(scale):
    """Squares under- and overflowed: an interval of nothing, or a warning and infinity."""
    ones, twos = np.array([1.0, 2.0, 4.0]), np.array([3.0, 3.5])
    for function, given in ((confidence, (ones,)), (mean_difference, (ones, twos))):
        plain = function(*given)
        scaled = function(*(scale * values for values in given))
        assert [float(v) / scale for v in scaled] == [float(v) for v in plain]


def test_a_difference_that_overflows_is_refused():
    with pytest.raises(ValueError, match=r"^values: .*overflow"):
        mean_difference([1.7e308, 1.7e308], [-1.7e308, -1.7e308])

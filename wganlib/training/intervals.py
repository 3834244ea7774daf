"""How sure a number over seeds is: intervals, comparisons, and what a correlation is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit
from scipy.stats import rankdata

from wganlib import _validate as check
from wganlib._validate import FloatArray, Seed


def confidence(values: npt.ArrayLike, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Return the mean over runs, the last axis, and half its interval by Student's t.

    From five runs on it covers the true mean as often as it says, to within 1.5 %, where the
    runs' values are near a bell curve or spread evenly. Skewed ones, such as ratios, belong on a
    logarithmic scale first.

    Parameters
    ----------
    values : array_like, shape (..., R)
        At least two runs.
    level : float, optional
        How often the interval holds the true mean, in (0, 1).

    Returns
    -------
    mean, half : array, shape (...)

    Raises
    ------
    TypeError, ValueError
        For what is not numbers, or fewer than two runs.

    Source
    ------
    Student (1908), The probable error of a mean.

    Examples
    --------
    >>> from wganlib import confidence
    >>> mean, half = confidence([1.0, 2.0, 3.0])
    >>> round(float(mean), 3), round(float(half), 3)
    (2.0, 2.484)
    """
    level = check.real(level, "level", above=0.0, below=1.0)
    array, exponent = _unit(_runs(values, "values"))
    n = array.shape[-1]
    half = stdtrit(n - 1, (1 + level) / 2) * array.std(-1, ddof=1) / math.sqrt(n)
    return _full(array.mean(-1), exponent, "values"), _full(half, exponent, "values")


def mean_difference(
    values: npt.ArrayLike, others: npt.ArrayLike, *, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return by how much one mean exceeds another, and half the interval by Welch.

    For two sets of runs that are independent of each other. Where runs come in pairs, by a
    common seed, ``confidence`` of the differences is sharper.

    Parameters
    ----------
    values, others : array_like, shapes (..., R) and (..., S)
        At least two runs each.
    level : float, optional
        How often the interval holds the true difference, in (0, 1).

    Returns
    -------
    difference, half : array, shape (...)

    Raises
    ------
    TypeError, ValueError
        For what is not numbers, fewer than two runs, or shapes that do not match in front.

    Source
    ------
    Welch (1947), The generalization of "Student's" problem when several different population
    variances are involved.

    Examples
    --------
    >>> from wganlib import mean_difference
    >>> gap, half = mean_difference([1.0, 2.0, 3.0], [0.0, 1.0, 2.0])
    >>> round(float(gap), 3), round(float(half), 3)
    (1.0, 2.267)
    """
    level = check.real(level, "level", above=0.0, below=1.0)
    gap, error, freedom, exponent = _welch(values, others)
    half = stdtrit(freedom, (1 + level) / 2) * error
    return _full(gap, exponent, "values"), _full(half, exponent, "values")


def p_value(values: npt.ArrayLike, others: npt.ArrayLike | None = None) -> FloatArray:
    """Return how probable a mean at least as far from 0 would be if the true mean were 0.

    Student's two-sided test of the mean of ``values``, or Welch's of its difference from that of
    ``others``. For a family of comparisons hand the results to :func:`holm`.

    Parameters
    ----------
    values : array_like, shape (..., R)
        At least two runs. For runs in pairs, their differences.
    others : array_like, shape (..., S), optional
        Runs that are independent of ``values``.

    Returns
    -------
    array, shape (...)
        In [0, 1]. Where all runs agree there is no spread to compare with: 1 if the mean or
        difference is 0, and 0 if it is not.

    Raises
    ------
    TypeError, ValueError
        As ``confidence`` and ``mean_difference``.

    Source
    ------
    Student (1908); Welch (1947).

    Examples
    --------
    >>> from wganlib.training.intervals import p_value
    >>> round(float(p_value([1.0, 2.0, 3.0])), 3)
    0.074
    """
    if others is None:
        array, _ = _unit(_runs(values, "values"))
        n = array.shape[-1]
        gap, error = array.mean(-1), array.std(-1, ddof=1) / math.sqrt(n)
        freedom = np.full_like(gap, n - 1)
    else:
        gap, error, freedom, _ = _welch(values, others)
    clear = np.where(gap == 0, 0.0, np.inf)
    ratio = np.divide(np.abs(gap), error, out=clear, where=error > 0)
    return np.asarray(2 * stdtr(freedom, -ratio))


def holm(p_values: npt.ArrayLike) -> FloatArray:
    """Adjust the p-values of a family of comparisons by Holm's method.

    A comparison whose adjusted value is below 0.05 counts; the chance that *any* one counts by
    accident is then at most 5 %, however the comparisons depend on each other.

    Parameters
    ----------
    p_values : array_like, shape (m,)
        In [0, 1], one for each comparison of the family.

    Returns
    -------
    array, shape (m,)
        In the same order: the k-th smallest times m + 1 − k, never below the one before it,
        at most 1.

    Raises
    ------
    TypeError, ValueError
        For what is not a list of numbers between 0 and 1.

    Source
    ------
    Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples
    --------
    >>> from wganlib import holm
    >>> holm([0.04, 0.01, 0.03])
    array([0.06, 0.03, 0.06])
    """
    p = check.finite_array(p_values, "p_values")
    if p.ndim != 1 or not p.size:
        raise ValueError(f"p_values: expected shape (m,), at least one, got shape {p.shape}")
    if p.min() < 0 or p.max() > 1:
        raise ValueError(f"p_values: expected numbers in [0, 1], got {p.min():g} to {p.max():g}")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    steps = p[order] * np.arange(p.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


@dataclass(frozen=True)
class Correlation:
    """Rank correlation along training.

    Attributes
    ----------
    each : array (runs,)
        Spearman's ρ of every run; NaN where a series does not vary or has too few numbers.
    mean : float
        Over the runs that have one.
    low, high : float
        95 % interval of the mean over runs; NaN from fewer than two runs.
    """

    each: FloatArray
    mean: float
    low: float
    high: float


def correlation_along_training(estimate: npt.ArrayLike, em: npt.ArrayLike) -> Correlation:
    """Measure whether the critic's estimate falls when the exact distance does.

    Both fall in most trainings, so that anything which falls is correlated with the distance:
    see :func:`correlation_with_baselines`.

    Parameters
    ----------
    estimate, em : array (times, runs)
        At the same times; rows in which either is NaN are left out, run by run.

    Returns
    -------
    Correlation
        The interval is Student's, taken on Fisher's scale artanh ρ at the mean, so that it
        stays within [−1, 1] and covers the true mean in 95 ± 1.5 % at 5 runs and more (in
        somewhat more where ρ is almost ±1). Runs that all agree leave it without width.

    Raises
    ------
    TypeError, ValueError
        For arrays of other shapes.

    Source
    ------
    Spearman (1904), The proof and measurement of association between two things; Fisher (1921),
    On the "probable error" of a coefficient of correlation deduced from a small sample.

    Examples
    --------
    >>> from wganlib.training import correlation_along_training
    >>> correlation_along_training([[3.0], [2.0], [1.0]], [[9.0], [4.0], [1.0]]).mean
    1.0
    """
    x, y = _courses(estimate, em)
    return _correlation(_spearman(x, y))


@dataclass(frozen=True)
class Guide:
    """What an estimate tells about its own run, beside what anything that falls would tell.

    Attributes
    ----------
    own : Correlation
        ρ of each run's estimate with its own run's distance.
    others : Correlation
        ρ of each run's estimate with the distance of the other runs, averaged over them.
    steps : Correlation
        ρ of the distance with minus the step counter, which knows nothing of the run.
    less_others, less_steps : (float, float)
        Mean of own − others and of own − steps, and half the 95 % interval.
    p_others : float
        How probable so large a mean own − others would be, either way, if it did not matter
        whose distance an estimate is held against: by exchanging the runs.
    p_steps : float
        The same for own − steps, by Student's test over runs.
    """

    own: Correlation
    others: Correlation
    steps: Correlation
    less_others: tuple[float, float]
    less_steps: tuple[float, float]
    p_others: float
    p_steps: float


def correlation_with_baselines(
    estimate: npt.ArrayLike, em: npt.ArrayLike, *, seed: Seed, shuffles: int = 9999
) -> Guide:
    """Measure what an estimate tells about its own run's distance, and not about training in general.

    Parameters
    ----------
    estimate, em : array (times, runs)
        At the same times, at least three runs; NaN as in :func:`correlation_along_training`. A
        run without a ρ of its own is left out of every column.
    seed : int or numpy.random.Generator
        For the exchanges of runs.
    shuffles : int, optional
        How many, at least 99.

    Returns
    -------
    Guide

    Raises
    ------
    TypeError, ValueError
        For arrays of other shapes, or fewer than three runs that have a ρ.

    Source
    ------
    Mantel (1967), The detection of disease clustering and a generalized regression approach: the
    test by exchange; Quenouille (1956), Notes on bias in estimation: the interval, from leaving
    out one run at a time.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.training import correlation_with_baselines
    >>> rng = np.random.default_rng(0)
    >>> bump = rng.normal(size=(30, 8))              # what is special about each run
    >>> em = np.linspace(3, 0, 30)[:, None] + bump
    >>> guide = correlation_with_baselines(em + 0.1 * rng.normal(size=em.shape), em, seed=0)
    >>> guide.own.mean > 0.98, guide.others.mean < 0.7, guide.p_others < 0.001
    (True, True, True)
    """  # noqa: E501
    x, y = _courses(estimate, em)
    rng = check.generator(seed)
    shuffles = check.integer(shuffles, "shuffles", at_least=99)
    kept = np.isfinite(_spearman(x, y))
    if kept.sum() < 3:
        raise ValueError(f"em: expected three runs or more with a ρ, got {int(kept.sum())}")
    x, y = x[:, kept], y[:, kept]
    table = np.stack([_spearman(np.roll(x, i, 1), y) for i in range(x.shape[1])])
    if not np.isfinite(table).all():
        raise ValueError("estimate, em: expected three times or more that two runs share")
    n = len(table)
    runs = np.arange(n)
    table = table[(runs - runs[:, None]) % n, runs]  # row: whose estimate; column: whose distance
    own, steps = np.diag(table), _spearman(-np.arange(len(y), dtype=float)[:, None] + 0 * y, y)
    rows, columns = ((table.sum(axis) - own) / (n - 1) for axis in (1, 0))
    # One run's pseudo-value: own less what its estimate, and its distance, have with any run.
    alone = (n * (n - 1) * rows.mean() - (n - 1) * (rows + columns)) / ((n - 1) * (n - 2))
    pseudo = own - n * rows.mean() + (n - 1) * alone
    seen = own.mean() - rows.mean()
    mine = table[runs, rng.permuted(np.tile(runs, (shuffles, 1)), axis=1)].mean(1)
    exchanged = mine - (table.sum() - n * mine) / (n * (n - 1))
    as_far = int((np.abs(exchanged) >= abs(seen) - 1e-12).sum())
    return Guide(
        _correlation(own),
        _correlation(rows),
        _correlation(steps),
        _pair(confidence(pseudo)),
        _pair(confidence(own - steps)),
        (1 + as_far) / (1 + shuffles),
        float(p_value(own - steps)),
    )


def _pair(interval: tuple[FloatArray, FloatArray]) -> tuple[float, float]:
    return float(interval[0]), float(interval[1])


def _courses(estimate: npt.ArrayLike, em: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = check.float_array(estimate, "estimate"), check.float_array(em, "em")
    if x.ndim != 2:
        raise ValueError(f"estimate: expected an array (times, runs), got shape {x.shape}")
    if x.shape != y.shape:
        raise ValueError(f"em: expected the shape {x.shape} of estimate, got {y.shape}")
    return x, y


def _correlation(each: FloatArray) -> Correlation:
    known = each[np.isfinite(each)]
    if known.size < 2:
        mean = float(known[0]) if known.size else math.nan
        return Correlation(each, mean, math.nan, math.nan)
    mean, half = _pair(confidence(known))
    if half == 0 or abs(mean) >= 1:
        return Correlation(each, mean, mean, mean)
    # artanh has slope 1/(1 − ρ²): the interval keeps its width near 0 and leans near ±1.
    middle, wide = math.atanh(mean), half / (1 - mean**2)
    return Correlation(each, mean, math.tanh(middle - wide), math.tanh(middle + wide))


def _spearman(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return ρ of each column, from the rows in which both are there."""
    both = np.isfinite(x) & np.isfinite(y)
    columns = []
    for v in (x, y):
        rank = rankdata(np.where(both, v, np.inf), axis=0)  # what is missing ranks last
        rank = np.where(both, rank, np.nan)
        columns.append(rank - _mean(rank, both))
    a, b = (np.where(both, v, 0) for v in columns)
    scale = np.sqrt((a * a).sum(0) * (b * b).sum(0))
    known = (both.sum(0) >= 3) & (scale > 0)
    return np.asarray(
        np.divide((a * b).sum(0), scale, out=np.full(scale.shape, np.nan), where=known)
    )


def _mean(values: FloatArray, there: npt.NDArray[np.bool_]) -> FloatArray:
    count = np.maximum(there.sum(0), 1)
    return np.asarray(np.where(there, values, 0).sum(0) / count)


def _welch(
    values: npt.ArrayLike, others: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, npt.NDArray[np.int32]]:
    """Return a difference of means, its standard error, degrees of freedom, a power of 2."""
    one, two = _runs(values, "values"), _runs(others, "others")
    if one.shape[:-1] != two.shape[:-1]:
        raise ValueError(
            f"others: expected shape {(*one.shape[:-1], 'S')} like values, got {two.shape}"
        )
    count = one.shape[-1]
    both, exponent = _unit(np.concatenate([one, two], axis=-1))
    one, two = both[..., :count], both[..., count:]
    parts = [array.var(-1, ddof=1) / array.shape[-1] for array in (one, two)]
    total = np.asarray(parts[0] + parts[1])
    shares = [np.divide(p, total, out=np.zeros_like(total), where=total > 0) for p in parts]
    weights = sum(s**2 / (a.shape[-1] - 1) for s, a in zip(shares, (one, two), strict=True))
    freedom = np.divide(1.0, weights, out=np.ones_like(total), where=total > 0)
    return one.mean(-1) - two.mean(-1), np.sqrt(total), freedom, exponent


def _unit(array: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int32]]:
    """Return every row over a power of 2, so that squares neither overflow nor vanish."""
    exponent = np.frexp(np.abs(array).max(-1))[1]
    return np.ldexp(array, -exponent[..., None]), exponent


def _full(value: FloatArray, exponent: npt.NDArray[np.int32], name: str) -> FloatArray:
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.asarray(np.ldexp(value, exponent))
    if not np.isfinite(scaled).all():
        raise ValueError(f"{name}: expected an interval that fits a float, got one that overflows")
    return scaled


def _runs(values: npt.ArrayLike, name: str) -> FloatArray:
    array = check.finite_array(values, name)
    if array.ndim < 1 or array.shape[-1] < 2:
        raise ValueError(f"{name}: expected two runs or more, got shape {array.shape}")
    return array

"""How sure a mean over seeds is: intervals that stand beside every trained number."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from wganlib import _validate as check
from wganlib._validate import FloatArray


def confidence(values: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the mean over runs, the last axis, and half its 95 % interval by Student's t.

    Parameters
    ----------
    values : array_like, shape (..., R)
        At least two runs.

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
    array, exponent = _unit(_runs(values, "values"))
    n = array.shape[-1]
    half = stdtrit(n - 1, 0.975) * array.std(-1, ddof=1) / math.sqrt(n)
    return _full(array.mean(-1), exponent, "values"), _full(half, exponent, "values")


def mean_difference(values: npt.ArrayLike, others: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return by how much one mean exceeds another, and half the 95 % interval by Welch.

    For two sets of runs that are independent of each other. Where runs come in pairs, by a
    common seed, ``confidence`` of the differences is sharper.

    Parameters
    ----------
    values, others : array_like, shapes (..., R) and (..., S)
        At least two runs each.

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
    half = stdtrit(freedom, 0.975) * np.sqrt(total)
    return (
        _full(one.mean(-1) - two.mean(-1), exponent, "values"),
        _full(half, exponent, "values"),
    )


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

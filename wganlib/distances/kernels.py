"""Optimal critics in the ball of a kernel, and the maximum mean discrepancy that they reach."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances._pairs import two_sets, unit_scale
from wganlib.distances.ipm import _BLOCK, OptimalCritic, _signed_measure

#: Kernels of the distance in bandwidths; each is 1 at 0 and universal on compact sets.
KERNELS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "gaussian": lambda r: np.exp(-0.5 * np.square(r)),
    "laplace": lambda r: np.exp(-r),
    "rational-quadratic": lambda r: 1.0 / (1.0 + 0.5 * np.square(r)),
}


def _bandwidths(bandwidth: object) -> FloatArray:
    widths = np.atleast_1d(check.finite_array(bandwidth, "bandwidth"))
    if widths.ndim != 1 or widths.size == 0:
        raise ValueError(f"bandwidth: expected a number or shape (k,), got shape {widths.shape}")
    if not widths.min() > 0:
        raise ValueError(f"bandwidth: expected widths of more than 0, got {widths.min():g}")
    return widths


def _in_widths(distance: FloatArray, exponent: int, width: float) -> FloatArray:
    """Return distances times 2^exponent over a width, at full precision at any scale."""
    part, power = math.frexp(width)
    ratio: FloatArray = np.ldexp(distance / part, exponent - power)
    return ratio


def _kernel_matrix(x: FloatArray, y: FloatArray, widths: FloatArray, kernel: str) -> FloatArray:
    """Return the mean of the kernels of all widths, for all pairs."""
    left, right, exponent = unit_scale(x, y)
    with np.errstate(over="ignore", under="ignore"):
        distance = cdist(left, right)
        total = np.zeros_like(distance)
        for width in widths:
            total += KERNELS[kernel](_in_widths(distance, exponent, width))
    mean: FloatArray = total / widths.size
    return mean


def _kernel_sums(
    x: FloatArray, y: FloatArray, mass: FloatArray, widths: FloatArray, kernel: str
) -> FloatArray:
    """Return the kernel matrix times the masses of y, block by block: shape (n,)."""
    rows = max(1, _BLOCK // len(y))
    parts = [
        _kernel_matrix(x[start : start + rows], y, widths, kernel) @ mass
        for start in range(0, len(x), rows)
    ]
    return np.concatenate(parts)


def _nothing(at: FloatArray) -> FloatArray:
    return np.zeros(len(at))


def _witness(
    atoms: FloatArray, mass: FloatArray, widths: FloatArray, kernel: str, scale: float,
    at: FloatArray,
) -> FloatArray:  # fmt: skip
    return scale * _kernel_sums(at + 0.0, atoms, mass, widths, kernel)


def kernel_critic(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    bandwidth: npt.ArrayLike,
    kernel: str = "gaussian",
) -> OptimalCritic:
    r"""Best critic in the unit ball of a kernel's Hilbert space, which has a closed form.

    .. math:: f = \frac{\mu_P - \mu_Q}{\lVert \mu_P - \mu_Q \rVert_H}, \quad
        \mu_P = E_{x \sim P} k(x, \cdot), \quad
        \sup_{\lVert f \rVert_H \le 1} E_P f - E_Q f = \mathrm{MMD}(P, Q)

    The ball is that of the *Hilbert* norm. Section 5 of the paper prints the supremum norm
    there, which for a universal kernel gives twice the total variation instead.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    bandwidth : array_like, shape () or (k,)
        More than 0, in the unit of the points. Of several, the kernels are averaged.
    kernel : str
        Of the distance r in bandwidths: ``"gaussian"``, exp(-r²/2), ``"laplace"``, exp(-r),
        or ``"rational-quadratic"``, 1/(1 + r²/2).

    Returns
    -------
    OptimalCritic
        Its value is the MMD; the critic is 0 if the measures are the same.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Gretton et al. (2012), A kernel two-sample test, section 2.3.

    Examples
    --------
    >>> import wganlib as wg
    >>> round(wg.distances.kernel_critic([0.0], [1.0], bandwidth=1.0).value, 6)
    0.887096
    """
    widths = _bandwidths(bandwidth)
    name = check.one_of(kernel, "kernel", KERNELS)
    support, difference = _signed_measure(x, y, a, b)
    used = difference != 0.0
    atoms, mass = support[used], difference[used]
    if not used.any():
        zero = np.zeros(len(support))
        return OptimalCritic(0.0, support, zero, difference, _nothing)
    gap = _kernel_sums(support, atoms, mass, widths, name)
    value = math.sqrt(max(float(mass @ gap[used]), 0.0))
    scale = 1.0 / value if value > 0 else 0.0
    return OptimalCritic(
        value,
        support,
        gap * scale,
        difference,
        partial(_witness, atoms, mass, widths, name, scale),
    )


def mmd(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    bandwidth: npt.ArrayLike,
    kernel: str = "gaussian",
) -> float:
    r"""Maximum mean discrepancy of two weighted point sets: the MMD itself, not its square.

    .. math:: \mathrm{MMD} = \lVert \mu_P - \mu_Q \rVert_H
        = \Big( \sum_{ij} (p_i - q_i) k(z_i, z_j) (p_j - q_j) \Big)^{1/2}

    This is exact for the point sets. As an estimate from samples it is the biased one; see
    :func:`mmd_squared` for the others. Time grows with the square of the number of points,
    memory does not.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    bandwidth : array_like, shape () or (k,)
        More than 0, in the unit of the points. Of several, the kernels are averaged.
    kernel : str
        Of the distance r in bandwidths: ``"gaussian"``, exp(-r²/2), ``"laplace"``, exp(-r),
        or ``"rational-quadratic"``, 1/(1 + r²/2).

    Returns
    -------
    float
        Between 0 and the square root of 2; to about 1e-8, since it is a root.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Gretton et al. (2012), A kernel two-sample test, lemma 6.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.mmd([0.0, 1.0], [1.0, 0.0], bandwidth=1.0)
    0.0
    >>> round(wg.mmd([0.0], [100.0], bandwidth=1.0), 6)  # saturated
    1.414214
    """
    return kernel_critic(x, y, a, b, bandwidth=bandwidth, kernel=kernel).value


def mmd_squared(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    bandwidth: npt.ArrayLike,
    kernel: str = "gaussian",
    estimator: str = "unbiased",
) -> float:
    r"""Estimate of the *squared* MMD of the distributions that two samples came from.

    ``"biased"`` is the squared MMD of the samples, at least 0. ``"unbiased"`` leaves out
    the pairs of a point with itself. Both take all pairs, in quadratic time. ``"linear"``
    takes each point once:

    .. math:: \frac{2}{n} \sum_{i = 1}^{n / 2} k(x_{2i - 1}, x_{2i}) + k(y_{2i - 1}, y_{2i})
        - k(x_{2i - 1}, y_{2i}) - k(x_{2i}, y_{2i - 1})

    The last two may be negative: they are right on average.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Samples, in any order that does not depend on the values. ``"unbiased"`` needs two
        of each, ``"linear"`` an even number, the same of each.
    bandwidth : array_like, shape () or (k,)
        More than 0, in the unit of the points. Of several, the kernels are averaged.
    kernel : str
        Of the distance r in bandwidths: ``"gaussian"``, exp(-r²/2), ``"laplace"``, exp(-r),
        or ``"rational-quadratic"``, 1/(1 + r²/2).
    estimator : str
        ``"biased"``, ``"unbiased"`` or ``"linear"``.

    Returns
    -------
    float
        The estimate of the square, between -2 and 2.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and samples too small for the estimator.

    Source
    ------
    Gretton et al. (2012), A kernel two-sample test, lemma 6 and lemma 14.

    Examples
    --------
    >>> import wganlib as wg
    >>> x, y = [0.0, 0.0], [9.0, 9.0]
    >>> names = ("biased", "unbiased", "linear")
    >>> [wg.distances.mmd_squared(x, y, bandwidth=0.1, estimator=name) for name in names]
    [2.0, 2.0, 2.0]
    """
    widths = _bandwidths(bandwidth)
    name = check.one_of(kernel, "kernel", KERNELS)
    kind = check.one_of(estimator, "estimator", ("biased", "unbiased", "linear"))
    left, right = two_sets(x, y)
    if kind == "biased":
        support, difference = _signed_measure(left, right, None, None)
        gap = _kernel_sums(support, support, difference, widths, name)
        return max(float(difference @ gap), 0.0)
    if kind == "linear":
        return _linear_mmd_squared(left, right, widths, name)
    n, m = len(left), len(right)
    for size, which in ((n, "x"), (m, "y")):
        if size < 2:
            raise ValueError(f"{which}: expected at least 2 points to pair, got {size}")
    within_x = _kernel_sums(left, left, np.ones(n), widths, name) - 1.0
    within_y = _kernel_sums(right, right, np.ones(m), widths, name) - 1.0
    across = _kernel_sums(left, right, np.full(m, 1.0 / m), widths, name)
    within = float(within_x.mean()) / (n - 1) + float(within_y.mean()) / (m - 1)
    return within - 2.0 * float(across.mean())


def _linear_mmd_squared(x: FloatArray, y: FloatArray, widths: FloatArray, kernel: str) -> float:
    if len(x) % 2:
        raise ValueError(f"x: expected an even number of points to pair, got {len(x)}")
    if len(y) != len(x):
        raise ValueError(f"y: expected as many points as x, {len(x)}, got {len(y)}")
    x, y, exponent = unit_scale(x, y)

    def mean(one: FloatArray, other: FloatArray) -> float:
        with np.errstate(over="ignore", under="ignore"):
            distance = np.linalg.norm(one - other, axis=1)
            ratios = [_in_widths(distance, exponent, width) for width in widths]
            return float(np.mean([KERNELS[kernel](ratio) for ratio in ratios]))

    odd_x, even_x, odd_y, even_y = x[::2], x[1::2], y[::2], y[1::2]
    within = mean(odd_x, even_x) + mean(odd_y, even_y)
    return within - mean(odd_x, even_y) - mean(even_x, odd_y)

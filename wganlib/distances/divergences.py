"""Total variation, Kullback-Leibler and Jensen-Shannon: the divergences that compare masses.

Each comes three times: for probability vectors on one support, for densities on a line by
quadrature, and, where one exists, in closed form for Gaussians. All are in nats, and the
Jensen-Shannon divergence has the factor one half, so that it never exceeds log 2.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, SupportsFloat

import numpy as np
import numpy.typing as npt
from scipy.integrate import quad
from scipy.special import rel_entr, xlog1py

from wganlib import _moved
from wganlib import _validate as check

if not TYPE_CHECKING:  # what has moved out is found, for one release more
    __getattr__ = _moved.elsewhere(__name__)


Density = Callable[[float], SupportsFloat]

LOG2 = math.log(2.0)

#: How far the integral of a density over [lower, upper] may be from one.
DENSITY_TOLERANCE = 1e-6

#: Largest error estimate of the quadrature that is taken as an answer.
QUADRATURE_TOLERANCE = 1e-7


def _between(value: float, low: float, high: float) -> float:
    """Undo the last bit of rounding that can push a result out of its range."""
    return min(max(float(value), low), high)


# --- terms that do not cancel --------------------------------------------------------

#: Ratios this near to one are left to series; beyond, logarithms lose two digits at most.
_NEAR = 0.2


def _series(t: check.FloatArray, coefficients: list[float]) -> check.FloatArray:
    """Return a power series, by Horner's rule, its lowest power being the square."""
    total = np.zeros_like(t)
    for coefficient in reversed(coefficients):
        total = total * t + coefficient
    return total * t * t


def _relative_excess(u: check.FloatArray) -> check.FloatArray:
    """Return (1 + u) log(1 + u) - u, right to rounding, also where it is nearly u^2 / 2."""
    terms = [(-1.0) ** k / (k * (k - 1)) for k in range(2, 30)]
    return _series(u, terms)


def _log_excess(u: check.FloatArray) -> check.FloatArray:
    """Return u - log(1 + u), right to rounding."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [(-1.0) ** k / k for k in range(2, 30)]
        return np.where(np.abs(u) < _NEAR, _series(u, terms), u - np.log1p(u))


def _two_sided(t: check.FloatArray) -> check.FloatArray:
    """Return (1 + t) log(1 + t) + (1 - t) log(1 - t) for t in [-1, 1], right to rounding."""
    terms = [0.0 if k % 2 else 2.0 / (k * (k - 1)) for k in range(2, 30)]
    return np.where(
        np.abs(t) < _NEAR,
        _series(t, terms),
        xlog1py(1.0 + t, t) + xlog1py(1.0 - t, -t),
    )


# --- probability vectors -------------------------------------------------------------


def _pair(p: npt.ArrayLike, q: npt.ArrayLike) -> tuple[check.FloatArray, check.FloatArray]:
    left, right = check.mass(p, "p"), check.mass(q, "q")
    check.same_length(left, right, ("p", "q"))
    return left, right


def total_variation(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    r"""Half the sum of absolute differences: the largest gap in the probability of an event.

    .. math:: \delta(P, Q) = \sup_A |P(A) - Q(A)| = \tfrac12 \sum_i |p_i - q_i|

    Parameters
    ----------
    p, q : array_like, shape (k,)
        Masses on one support: nonnegative, sum one.

    Returns
    -------
    float
        Between 0 (equal) and 1 (disjoint).

    Raises
    ------
    TypeError, ValueError
        For anything that is not two probability vectors of one length.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.total_variation([0.5, 0.5, 0.0], [0.0, 0.5, 0.5])
    0.5
    """
    left, right = _pair(p, q)
    # fsum rounds once: disjoint measures are at 1, not at 0.9999999999999999.
    return _between(0.5 * math.fsum(np.abs(left - right).tolist()), 0.0, 1.0)


def kl_divergence(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    r"""Kullback-Leibler divergence of two probability vectors, in nats.

    .. math:: KL(P \| Q) = \sum_i p_i \log \frac{p_i}{q_i}

    with :math:`0 \log 0 = 0`. It is not symmetric, and it is infinite as soon as Q gives
    no mass to something that P can produce.

    Parameters
    ----------
    p, q : array_like, shape (k,)
        Masses on one support: nonnegative, sum one.

    Returns
    -------
    float
        At least 0; ``inf`` where some q is 0 and p is not.

    Raises
    ------
    TypeError, ValueError
        For anything that is not two probability vectors of one length.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> round(wg.kl_divergence([0.5, 0.5], [0.25, 0.75]), 6)
    0.143841
    >>> wg.kl_divergence([0.5, 0.5], [1.0, 0.0])
    inf
    """
    left, right = _pair(p, q)
    # p log(p / q) - p + q is never negative, so that these do not cancel, as the bare terms
    # do where P and Q are nearly equal. What is added is nearly 0, and summed exactly.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = (left - right) / right
        near = np.abs(ratio) < _NEAR
        terms = np.where(
            near,
            right * _relative_excess(np.where(near, ratio, 0.0)),
            rel_entr(left, right) - left + right,
        )
    total = math.fsum([*terms.tolist(), *left.tolist(), *(-right).tolist()])
    return _between(total, 0.0, math.inf)


def js_divergence(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    r"""Jensen-Shannon divergence of two probability vectors, in nats.

    .. math:: JS(P, Q) = \tfrac12 KL(P \| M) + \tfrac12 KL(Q \| M), \quad M = \tfrac12 (P + Q)

    Section 2 of the paper prints it without the factors of one half; its Example 1, where
    disjoint measures are at log 2, needs them.

    Parameters
    ----------
    p, q : array_like, shape (k,)
        Masses on one support: nonnegative, sum one.

    Returns
    -------
    float
        Between 0 (equal) and log 2 (disjoint).

    Raises
    ------
    TypeError, ValueError
        For anything that is not two probability vectors of one length.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2 and Example 1.

    Examples
    --------
    >>> import wganlib as wg
    >>> round(wg.js_divergence([1.0, 0.0], [0.0, 1.0]), 6)
    0.693147
    >>> wg.js_divergence([0.3, 0.7], [0.3, 0.7])
    0.0
    """
    left, right = _pair(p, q)
    # With t = (p - q) / (p + q) the two terms are one that is never negative. It does not
    # cancel where P and Q are nearly equal, of which JS is a square.
    both = left + right
    share = np.divide(left - right, both, out=np.zeros_like(both), where=both > 0)
    return _between(0.25 * math.fsum((both * _two_sided(share)).tolist()), 0.0, LOG2)


# --- densities on a line -------------------------------------------------------------


def _limits(lower: Any, upper: Any, points: Any) -> list[float]:
    """Return the ends of the pieces to integrate over, from left to right."""
    low, high = check.extended_real(lower, "lower"), check.extended_real(upper, "upper")
    if not low < high:
        raise ValueError(f"upper: expected more than lower, {low:g}, got {high:g}")
    inner = check.finite_array(points, "points") if np.size(points) else np.empty(0)
    if inner.ndim != 1:
        raise ValueError(f"points: expected shape (k,), got shape {inner.shape}")
    if inner.size and not (low < inner.min() and inner.max() < high):
        raise ValueError(f"points: expected points between lower and upper, got {inner}")
    return [low, *np.unique(inner).tolist(), high]


def _checked(density: Any, name: str) -> Callable[[float], float]:
    """Wrap a density so that every value it returns is checked."""
    if not callable(density):
        raise TypeError(f"{name}: expected a function of one number, got {check.describe(density)}")

    def value(x: float) -> float:
        raw = density(x)
        array = check.float_array(raw, f"{name}: density at {x:g}")
        if array.size != 1:
            raise ValueError(f"{name}: expected one number at {x:g}, got {check.describe(raw)}")
        number = float(array.item())
        if not 0.0 <= number < math.inf:
            raise ValueError(
                f"{name}: expected a finite density of at least 0, got {number:g} at {x:g}"
            )
        return number

    return value


def _integral(function: Callable[[float], float], ends: list[float], what: str) -> float:
    """Integrate piece by piece, and refuse an answer that quadrature does not vouch for."""
    total = error = 0.0
    for left, right in itertools.pairwise(ends):
        # full_output keeps QUADPACK's complaints out of the warnings; they come last.
        value, bound, _, *complaint = quad(
            function, left, right, epsabs=1e-11, epsrel=1e-11, limit=400, full_output=1
        )
        total, error = total + value, error + bound
        bad = complaint and not bound <= QUADRATURE_TOLERANCE * max(1.0, abs(value))
        if bad or not math.isfinite(value):
            reason = " ".join(complaint[0].split()) if complaint else f"it gave {value}"
            raise ValueError(
                f"{what}: expected an integral that quadrature can find, but between "
                f"{left:g} and {right:g} it did not converge ({reason}); give the kinks, "
                "jumps and peaks of both densities as `points`"
            )
    return total


def _densities(
    p: Any, q: Any, lower: Any, upper: Any, points: Any
) -> tuple[Callable[[float], float], Callable[[float], float], list[float]]:
    ends = _limits(lower, upper, points)
    left, right = _checked(p, "p"), _checked(q, "q")
    for density, name in ((left, "p"), (right, "q")):
        total = _integral(density, ends, name)
        if abs(total - 1.0) > DENSITY_TOLERANCE:
            raise ValueError(
                f"{name}: expected a density that integrates to 1 between {ends[0]:g} and "
                f"{ends[-1]:g}, got {total:.9g}; if a narrow peak was missed, give its "
                "place as one of `points`"
            )
    return left, right, ends


def total_variation_density(
    p: Density, q: Density, lower: float, upper: float, *, points: npt.ArrayLike = ()
) -> float:
    r"""Total variation distance of two densities on a line, by adaptive quadrature.

    .. math:: \delta(P, Q) = \tfrac12 \int |p(x) - q(x)| \, dx

    Parameters
    ----------
    p, q : callable
        Densities: a number in, a number of at least 0 out. They need not be vectorised.
    lower, upper : float
        The range that carries both, possibly infinite.
    points : array_like, shape (k,)
        Places between the two where a density jumps, bends or peaks.

    Returns
    -------
    float
        Between 0 and 1, to about 1e-7.

    Raises
    ------
    TypeError, ValueError
        Also where a density is negative, does not integrate to 1 within 1e-6, or
        quadrature does not converge.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> flat, slope = lambda x: 1.0, lambda x: 2.0 * x
    >>> round(wg.distances.total_variation_density(flat, slope, 0.0, 1.0, points=[0.5]), 9)
    0.25
    """
    left, right, ends = _densities(p, q, lower, upper, points)
    value = _integral(lambda x: abs(left(x) - right(x)), ends, "points")
    return _between(0.5 * value, 0.0, 1.0)


def kl_divergence_density(
    p: Density, q: Density, lower: float, upper: float, *, points: npt.ArrayLike = ()
) -> float:
    r"""Kullback-Leibler divergence of two densities on a line, by adaptive quadrature.

    .. math:: KL(P \| Q) = \int p(x) \log \frac{p(x)}{q(x)} \, dx

    Infinity is detected in one way only: the set where q is exactly 0 carries more than
    1e-6 of P. So a smaller set is overlooked, and a q that *underflows* to 0 within reach
    of P (a Gaussian 39 standard deviations out) is read as 0 although the divergence is
    finite: use :func:`~wganlib.distances.gaussians.kl_gaussian` there. An integral that
    diverges while q is positive does not converge, and is an error, not ``inf``.

    Parameters
    ----------
    p, q : callable
        Densities: a number in, a number of at least 0 out. They need not be vectorised.
    lower, upper : float
        The range that carries both, possibly infinite.
    points : array_like, shape (k,)
        Places between the two where a density jumps, bends or peaks.

    Returns
    -------
    float
        At least 0, to about 1e-7; ``inf`` as said above.

    Raises
    ------
    TypeError, ValueError
        Also where a density is negative, does not integrate to 1 within 1e-6, or
        quadrature does not converge.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> flat, slope = lambda x: 1.0, lambda x: 2.0 * x
    >>> round(wg.distances.kl_divergence_density(flat, slope, 0.0, 1.0), 6)  # 1 - log 2
    0.306853
    >>> half = lambda x: 2.0 * (x < 0.5)
    >>> wg.distances.kl_divergence_density(flat, half, 0.0, 1.0, points=[0.5])
    inf
    """
    left, right, ends = _densities(p, q, lower, upper, points)

    def unreachable(x: float) -> float:
        return left(x) if right(x) == 0.0 else 0.0

    def integrand(x: float) -> float:
        here, there = left(x), right(x)
        return here * (math.log(here) - math.log(there)) if here > 0 and there > 0 else 0.0

    if _integral(unreachable, ends, "points") > DENSITY_TOLERANCE:
        return math.inf
    return _between(_integral(integrand, ends, "points"), 0.0, math.inf)


def js_divergence_density(
    p: Density, q: Density, lower: float, upper: float, *, points: npt.ArrayLike = ()
) -> float:
    r"""Jensen-Shannon divergence of two densities on a line, by adaptive quadrature.

    .. math:: JS(P, Q) = \tfrac12 KL(P \| M) + \tfrac12 KL(Q \| M), \quad M = \tfrac12 (P + Q)

    Parameters
    ----------
    p, q : callable
        Densities: a number in, a number of at least 0 out. They need not be vectorised.
    lower, upper : float
        The range that carries both, possibly infinite.
    points : array_like, shape (k,)
        Places between the two where a density jumps, bends or peaks.

    Returns
    -------
    float
        Between 0 and log 2, to about 1e-7.

    Raises
    ------
    TypeError, ValueError
        Also where a density is negative, does not integrate to 1 within 1e-6, or
        quadrature does not converge.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> left, right = lambda x: 1.0 * (x < 1), lambda x: 1.0 * (x >= 1)
    >>> round(wg.distances.js_divergence_density(left, right, 0.0, 2.0, points=[1.0]), 6)
    0.693147
    """
    left, right, ends = _densities(p, q, lower, upper, points)

    def integrand(x: float) -> float:
        here, there = left(x), right(x)
        both = here + there
        return both * float(_two_sided(np.array((here - there) / both))) if both > 0 else 0.0

    return _between(0.25 * _integral(integrand, ends, "points"), 0.0, LOG2)

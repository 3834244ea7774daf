"""Two cheap substitutes of exact transport: slices, and a little entropy.

Neither is the Wasserstein-1 distance, and each says here on which side of it it lies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from wganlib import _validate as check
from wganlib._validate import FloatArray, Seed
from wganlib.distances._pairs import check_memory, full_scale, two_masses, two_sets, unit_scale
from wganlib.distances.certificates import RELATIVE_TOLERANCE, UncertifiedError
from wganlib.distances.mixed_scales import left_moving

#: Numbers in one block of shadows: 32 MiB.
_BLOCK = 2**22

# --- slices --------------------------------------------------------------------------


def sliced_wasserstein(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    directions: int,
    seed: Seed,
) -> float:
    r"""Mean Wasserstein-1 distance of the shadows of two point sets on random lines.

    .. math:: \frac1L \sum_{l = 1}^L W_1(\theta_l^\top x, \theta_l^\top y), \quad
        \theta_l \text{ uniform on the sphere}

    A shadow moves no further than what casts it, so this is at most the Wasserstein-1
    distance, and on average less: for a translation in the plane by the factor
    :math:`2 / \pi`. On a line it *is* the Wasserstein-1 distance. Time grows like n log n.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    directions : int
        How many lines L, at least 1. The error of the mean falls like one over its root.
    seed : int or numpy.random.Generator
        For the directions.

    Returns
    -------
    float
        At least 0, in the unit of the points.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and distances that overflow.
    RuntimeError
        If the points, less what both sets have in common, are so far apart that rounding
        hides how they differ.

    Source
    ------
    Bonneel et al. (2015), Sliced and Radon Wasserstein barycenters of measures, for order 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.sliced_wasserstein([0.0, 1.0], [2.0, 3.0], directions=5, seed=0)
    2.0
    """
    count = check.integer(directions, "directions", at_least=1)
    rng = check.generator(seed)
    left, right = two_sets(x, y)
    mass_x, mass_y = two_masses(a, b, len(left), len(right))
    arrows = rng.normal(size=(count, left.shape[1]))
    arrows /= np.linalg.norm(arrows, axis=1, keepdims=True)
    equal = a is None and b is None and len(left) == len(right)
    try:
        return _mean_shadow(left, right, mass_x, mass_y, arrows, equal)
    except UncertifiedError:
        moving = left_moving(left, right, mass_x, mass_y)
    if moving is None:  # all of the mass is in common
        return 0.0
    share, left, right, mass_x, mass_y = moving
    return share * _mean_shadow(left, right, mass_x, mass_y, arrows, equal=False)


def _mean_shadow(
    left: FloatArray,
    right: FloatArray,
    mass_x: FloatArray,
    mass_y: FloatArray,
    arrows: FloatArray,
    equal: bool,
) -> float:
    """Return the mean over directions, unless rounding beside far points may hide it."""
    left, right, exponent = unit_scale(left, right)
    # Moving both by one vector changes nothing, and an offset would swamp the shadows.
    centre = left[0]
    left, right = left - centre, right - centre
    lines = max(1, _BLOCK // (len(left) + len(right)))
    total = 0.0
    for start in range(0, len(arrows), lines):
        some = arrows[start : start + lines]
        shadow_x, shadow_y = some @ left.T, some @ right.T
        if equal:
            shadow_x.sort(axis=1)
            shadow_y.sort(axis=1)
            total += float(np.abs(shadow_x - shadow_y).sum()) / len(left)
        else:
            total += _areas(shadow_x, shadow_y, mass_x, mass_y)
    value = total / len(arrows)
    # Each shadow is rounded beside the farthest point, and so is the mass beside the whole.
    terms = 1.0 if equal else math.sqrt(len(left) + len(right))
    doubt = 4.0 * float(np.finfo(np.float64).eps) * terms
    if not doubt <= RELATIVE_TOLERANCE * value:
        raise UncertifiedError(
            "x: expected points near enough to each other for shadows to keep their digits, got a "
            f"spread of {2.0**exponent:.3g} beside a distance of {full_scale(value, exponent):.3g}"
        )
    return full_scale(value, exponent)


def _areas(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Return the areas between distribution functions, summed over the rows of x and y."""
    together = np.concatenate([x, y], axis=1)
    order = np.argsort(together, axis=1)
    difference = np.cumsum(np.concatenate([a, -b])[order], axis=1)[:, :-1]
    gaps = np.diff(np.take_along_axis(together, order, axis=1), axis=1)
    return float((np.abs(difference) * gaps).sum())


# --- entropy -------------------------------------------------------------------------

#: Sum of absolute deviations from the masses at which Sinkhorn's iteration may stop; what
#: is left of them is moved where it belongs.
SINKHORN_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class EntropicPlan:
    """A coupling that entropy has blurred, between bounds of the exact distance.

    Attributes
    ----------
    cost : float
        What the coupling costs: at least the Wasserstein-1 distance.
    lower_bound : float
        Dual value of the potentials, made feasible: at most the Wasserstein-1 distance.
    objective : float
        Cost plus regularisation times KL(coupling, product of the masses): what is
        minimised. It is at least ``cost``.
    coupling : ndarray, shape (n, m)
        Mass moved from each point of x to each of y; positive wherever both have mass.
    iterations : int
        How many pairs of updates it took.

    Source
    ------
    Cuturi (2013), Sinkhorn distances: lightspeed computation of optimal transport.

    Examples
    --------
    >>> import wganlib as wg
    >>> plan = wg.sinkhorn_plan([0.0, 1.0], [0.0, 1.0], regularisation=0.5)
    >>> isinstance(plan, wg.distances.EntropicPlan), plan.coupling.round(3)
    (True, array([[0.44, 0.06],
           [0.06, 0.44]]))
    """

    cost: float
    lower_bound: float
    objective: float
    coupling: FloatArray
    iterations: int


def _not_converged(off: float, most: int) -> RuntimeError:
    return RuntimeError(
        f"Sinkhorn's iteration is off by {off:.3g} after {most} steps; "
        "use more regularisation or more max_iterations"
    )


def _sinkhorn(
    cost: FloatArray, a: FloatArray, b: FloatArray, blur: float, most: int
) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    """Return coupling, potentials and iterations; POT iterates in the log domain."""
    from ot.bregman import sinkhorn_log

    # POT stops by the root of the sum of squares, which times the root of m bounds the sum.
    stop = SINKHORN_TOLERANCE / math.sqrt(b.size)
    with np.errstate(over="ignore", under="ignore"):
        coupling, log = sinkhorn_log(
            a, b, cost, blur, numItermax=most, stopThr=stop, log=True, warn=False
        )
    off = float(np.abs(coupling.sum(axis=0) - b).sum())
    if not off <= SINKHORN_TOLERANCE:
        raise _not_converged(off, most)
    potential_x = blur * (log["log_u"] - np.log(a))
    potential_y = blur * (log["log_v"] - np.log(b))
    return _levelled(coupling, a, b), potential_x, potential_y, int(log["niter"]) + 1


def _levelled(coupling: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Give a coupling exactly the masses a and b: Altschuler et al. (2017), algorithm 2."""
    coupling = coupling * np.minimum(a / coupling.sum(axis=1), 1.0)[:, None]
    coupling = coupling * np.minimum(b / coupling.sum(axis=0), 1.0)
    short_a, short_b = a - coupling.sum(axis=1), b - coupling.sum(axis=0)
    short_a, short_b = np.maximum(short_a, 0.0), np.maximum(short_b, 0.0)
    total = max(float(short_a.sum()), float(short_b.sum()))
    if total > 0.0:
        coupling = coupling + np.outer(short_a, short_b) / total
    return coupling


def _self_objective(cost: FloatArray, a: FloatArray, blur: float, most: int) -> float:
    """Return the entropic objective of a measure against itself.

    Both potentials are one, and averaging old and new, which only this case allows,
    converges at once where alternating would take ten thousand steps.
    """
    log_a = np.log(a)
    potential, off = np.zeros(a.size), math.inf
    for _ in range(most):
        exponent = log_a + (potential - cost) / blur
        top = exponent.max(axis=1)
        with np.errstate(under="ignore"):
            soft = top + np.log(np.exp(exponent - top[:, None]).sum(axis=1))
        step = -blur * soft - potential
        off = float(np.abs(step).max())
        potential = potential + 0.5 * step
        if off <= 1e-10:
            return 2.0 * float(a @ potential)
    raise _not_converged(off, most)


def sinkhorn_plan(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    regularisation: float,
    max_iterations: int = 100_000,
) -> EntropicPlan:
    r"""Entropic transport: the plan that trades cost against spread, by Sinkhorn's iteration.

    .. math:: \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} \lVert x_i - y_j \rVert_2
        + \varepsilon \, KL(\pi \| a \otimes b)

    As :math:`\varepsilon` goes to 0 the plan becomes an optimal one, and the number of
    iterations grows; as it goes to infinity the plan becomes the product.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    regularisation : float
        The :math:`\varepsilon`, in the unit of the points: between a millionth and a million
        times their spread.
    max_iterations : int
        At least 1.

    Returns
    -------
    EntropicPlan
        Costs, bounds and the coupling. The iteration stops when the masses are right to
        1e-6 in sum, and the rest is moved where it belongs; so the bounds are bounds.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and distances that overflow.
    MemoryError
        For sets too large for the memory that this process may still take.
    RuntimeError
        If the iteration has not converged.

    Source
    ------
    Cuturi (2013), Sinkhorn distances; Peyre & Cuturi (2019), Computational optimal
    transport, section 4.4, for the log domain.

    Examples
    --------
    >>> import wganlib as wg
    >>> plan = wg.sinkhorn_plan([0.0, 1.0], [2.0, 4.0], regularisation=0.1)
    >>> plan.lower_bound <= 2.5 <= plan.cost + 1e-9
    True
    """
    blur = check.real(regularisation, "regularisation", above=0.0)
    most = check.integer(max_iterations, "max_iterations", at_least=1)
    left, right = two_sets(x, y)
    mass_x, mass_y = two_masses(a, b, len(left), len(right))
    left, right, exponent = unit_scale(left, right)
    check_memory(len(left), len(right))
    scaled = _scaled_regularisation(blur, left, right, exponent)
    rows, columns = np.flatnonzero(mass_x), np.flatnonzero(mass_y)
    p, q = mass_x[rows], mass_y[columns]
    distance = cdist(left[rows], right[columns])
    plan, f, g, steps = _sinkhorn(distance, p, q, scaled, most)
    coupling = np.zeros((len(left), len(right)))
    coupling[np.ix_(rows, columns)] = plan
    best_g = (distance - f[:, None]).min(axis=0)
    best_f = (distance - best_g).min(axis=1)
    return EntropicPlan(
        cost=full_scale(float((plan * distance).sum()), exponent),
        lower_bound=full_scale(max(float(p @ best_f + q @ best_g), 0.0), exponent),
        objective=full_scale(float(p @ f + q @ g), exponent),
        coupling=coupling,
        iterations=steps,
    )


def _scaled_regularisation(blur: float, x: FloatArray, y: FloatArray, exponent: int) -> float:
    """Return the regularisation in units of the spread, if it is of use there."""
    if (x == x[0]).all() and (y == x[0]).all():
        return 1.0  # every plan costs nothing
    with np.errstate(over="ignore", under="ignore"):
        scaled = float(np.ldexp(blur, -exponent))
    if not 1e-6 <= scaled <= 1e6:
        raise ValueError(
            "regularisation: expected between a millionth and a million times the spread of "
            f"the points, got {blur:g}"
        )
    return scaled


def sinkhorn(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    regularisation: float,
    max_iterations: int = 100_000,
) -> float:
    r"""Transport cost of the entropic plan, without the entropy: an upper bound of W1.

    .. math:: \sum_{ij} \pi^\varepsilon_{ij} \lVert x_i - y_j \rVert_2

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    regularisation : float
        The :math:`\varepsilon`, in the unit of the points: between a millionth and a million
        times their spread.
    max_iterations : int
        At least 1.

    Returns
    -------
    float
        At least the Wasserstein-1 distance, and not 0 for a set against itself.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and distances that overflow.
    MemoryError
        For sets too large for the memory that this process may still take.
    RuntimeError
        If the iteration has not converged.

    Source
    ------
    Cuturi (2013), Sinkhorn distances: lightspeed computation of optimal transport.

    Examples
    --------
    >>> import wganlib as wg
    >>> round(wg.distances.sinkhorn([0.0, 1.0], [0.0, 1.0], regularisation=0.5), 6)
    0.119203
    """
    return sinkhorn_plan(
        x, y, a, b, regularisation=regularisation, max_iterations=max_iterations
    ).cost


def sinkhorn_divergence(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    regularisation: float,
    max_iterations: int = 100_000,
) -> float:
    r"""Entropic transport without its bias: zero for a measure against itself.

    .. math:: S_\varepsilon(P, Q) = OT_\varepsilon(P, Q) - \tfrac12 OT_\varepsilon(P, P)
        - \tfrac12 OT_\varepsilon(Q, Q)

    with the whole entropic objective in each term. It goes from the Wasserstein-1 distance
    (small :math:`\varepsilon`) to half the energy distance (large), which is an MMD.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    regularisation : float
        The :math:`\varepsilon`, in the unit of the points: between a millionth and a million
        times their spread.
    max_iterations : int
        At least 1.

    Returns
    -------
    float
        At least 0, in the unit of the points.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and distances that overflow.
    MemoryError
        For sets too large for the memory that this process may still take.
    RuntimeError
        If an iteration has not converged.

    Source
    ------
    Feydy et al. (2019), Interpolating between optimal transport and MMD using Sinkhorn
    divergences, equation 3 and theorem 1.

    Examples
    --------
    >>> import wganlib as wg
    >>> round(wg.distances.sinkhorn_divergence([0.0, 1.0], [1.0, 0.0], regularisation=0.5), 9)
    0.0
    """

    blur = check.real(regularisation, "regularisation", above=0.0)
    most = check.integer(max_iterations, "max_iterations", at_least=1)
    left, right = two_sets(x, y)
    mass_x, mass_y = two_masses(a, b, len(left), len(right))
    left, right, exponent = unit_scale(left, right)
    check_memory(max(len(left), len(right)), max(len(left), len(right)))
    scaled = _scaled_regularisation(blur, left, right, exponent)
    alive_x, alive_y = mass_x > 0, mass_y > 0
    left, right, p, q = left[alive_x], right[alive_y], mass_x[alive_x], mass_y[alive_y]
    _, f, g, _ = _sinkhorn(cdist(left, right), p, q, scaled, most)
    alone = [
        _self_objective(cdist(points, points), mass, scaled, most)
        for points, mass in ((left, p), (right, q))
    ]
    value = float(p @ f + q @ g) - 0.5 * sum(alone)
    return full_scale(max(value, 0.0), exponent)

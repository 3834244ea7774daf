"""Exact optimal transport between weighted point sets, with Euclid's distance as its cost.

In one dimension everything is a closed form. In more, POT's network simplex finds the
plan, and linear programming duality certifies it: every number returned here comes with a
lower bound that meets it.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, issparse
from scipy.spatial.distance import cdist

from wganlib import _validate as check
from wganlib._validate import FloatArray

#: A plan with more entries than this is returned as a sparse matrix.
SPARSE_ABOVE = 1_000_000

#: Peak memory of the network simplex for each pair of points, measured, rounded up.
BYTES_PER_PAIR = 64

#: Relative gap between a plan and its lower bound that is put down to rounding.
GAP_TOLERANCE = 1e-8

_MAX_ITERATIONS = 10**12


@dataclass(frozen=True, eq=False)
class TransportPlan:
    """An optimal coupling, with the potentials that prove it optimal.

    Attributes
    ----------
    cost : float
        What the coupling costs: the Wasserstein-1 distance.
    coupling : ndarray or csr_array, shape (n, m)
        Mass moved from each point of x to each of y. Sparse if it has more than a
        million entries.
    potential_x, potential_y : ndarray, shapes (n,) and (m,)
        Kantorovich potentials f and g: f(x_i) + g(y_j) is at most the distance from x_i
        to y_j, up to rounding, also for points without mass.
    gap : float
        ``cost`` less the dual value of the potentials: zero but for rounding.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), theorem 5.10.

    Examples
    --------
    >>> import wganlib as wg
    >>> plan = wg.transport_plan([0.0, 1.0], [1.0, 3.0])
    >>> isinstance(plan, wg.TransportPlan), plan.cost
    (True, 1.5)
    """

    cost: float
    coupling: FloatArray | csr_array
    potential_x: FloatArray
    potential_y: FloatArray
    gap: float


# --- shared preparation --------------------------------------------------------------


def _two_sets(x: object, y: object) -> tuple[FloatArray, FloatArray]:
    left, right = check.points(x, "x"), check.points(y, "y")
    if left.shape[1] != right.shape[1]:
        raise ValueError(
            f"y: expected points of the dimension of x, {left.shape[1]}, got {right.shape[1]}"
        )
    return left, right


def _two_masses(
    a: object | None, b: object | None, n: int, m: int
) -> tuple[FloatArray, FloatArray]:
    """Return both weights, the second levelled to the first's sum within the tolerance."""
    mass_x, mass_y = check.weights(a, "a", n), check.weights(b, "b", m)
    return mass_x, mass_y * (mass_x.sum() / mass_y.sum())


def _unit_scale(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Return both sets divided by 2^e, which is exact, so that they spread over about one.

    Squares of distances then neither overflow nor vanish, and the solver's absolute
    tolerances mean the same at every scale. A coordinate that all points share is set to 0:
    it adds nothing to any distance, and might overflow where the others are small.
    """
    with np.errstate(over="ignore", under="ignore"):
        high = np.maximum(x.max(axis=0), y.max(axis=0))
        widths = high - np.minimum(x.min(axis=0), y.min(axis=0))
        spread = float(widths.max())
        if math.isinf(spread):
            raise ValueError("x: expected distances to y that fit a float, got one that overflows")
        exponent = math.frexp(spread)[1]
        if not widths.all():
            x, y = (np.where(widths > 0, points, 0.0) for points in (x, y))
        return np.ldexp(x, -exponent), np.ldexp(y, -exponent), exponent


def _distances(at: FloatArray, tips: FloatArray) -> FloatArray:
    """Return the distances of all pairs, shape (m, k), at any scale."""
    try:
        here, there, exponent = _unit_scale(at, tips)
    except ValueError as error:
        raise ValueError(
            "at: expected distances to the given points that fit a float, got one that overflows"
        ) from error
    with np.errstate(over="ignore", under="ignore"):
        distance: FloatArray = np.ldexp(cdist(here, there), exponent)
    return distance


def _row_scale(steps: FloatArray) -> FloatArray:
    """Return every row divided by a power of 2 of its own, so that its norm is about one."""
    exponents = np.frexp(np.abs(steps).max(axis=1, keepdims=True))[1]
    scaled: FloatArray = np.ldexp(steps, -exponents)
    return scaled


def _full_scale(value: float, exponent: int) -> float:
    try:
        return math.ldexp(value, exponent)
    except OverflowError as error:
        raise ValueError(
            "x: expected distances to y that fit a float, got one that overflows"
        ) from error


def _available_bytes() -> int:
    """Return the memory that this process may still take, as far as the system says."""
    known = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                known.append(1024 * int(line.split()[1]))
        group = Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text().strip()
        if limit != "max":
            known.append(int(limit) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        pass
    return min(known, default=8 * 2**30)


def _check_memory(n: int, m: int) -> None:
    needed = n * m * BYTES_PER_PAIR
    if needed < 2**28:
        return
    free = _available_bytes()
    if needed > free:
        raise ValueError(
            f"x: expected sets whose {n} x {m} distances fit in memory, got a problem that "
            f"needs about {needed:,} bytes of the {free:,} free; compare random subsets"
        )


# --- one dimension -------------------------------------------------------------------


def _sorted_distance(x: FloatArray, y: FloatArray) -> float | None:
    """Return mean |sort x - sort y|, or None if these numbers need a closer look.

    The ends of a sorted array tell whether it holds NaN or infinity, and whether the sum
    can overflow, which is why nothing is checked before.
    """
    x, y = x.copy(), y.copy()
    x.sort()
    y.sort()
    reach = (abs(float(x[0])) + abs(float(x[-1]))) + (abs(float(y[0])) + abs(float(y[-1])))
    if not reach * x.size < math.inf:
        return None
    np.subtract(x, y, out=x)
    np.abs(x, out=x)
    return float(x.sum()) / x.size


def _merged(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]:
    """Return the sorted union of points, the CDF difference after each, and the order."""
    together = np.concatenate([x, y])
    order = np.argsort(together, kind="stable")
    difference = np.cumsum(np.concatenate([a, -b])[order])
    return together[order], difference, order


def _cdf_area(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> float:
    at, difference, _ = _merged(x, y, a, b)
    return float(np.abs(difference[:-1]) @ np.diff(at))


def _running_total(mass: FloatArray) -> FloatArray:
    """Sum with the longest floats there are: a million roundings of one kind add up."""
    return np.cumsum(mass, dtype=np.longdouble).astype(np.float64)


def _monotone_coupling(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> coo_array:
    """Couple the two in order, from left to right: the north-west corner rule."""
    rank_x, rank_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    upto_x, upto_y = _running_total(a[rank_x]), _running_total(b[rank_y])
    upto_x[-1] = upto_y[-1] = max(upto_x[-1], upto_y[-1])
    # Levels that differ by rounding alone are one level, or slivers of mass would go astray.
    after = np.minimum(np.searchsorted(upto_x, upto_y), x.size - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.where(upto_x[after] - upto_y < upto_y - upto_x[before], after, before)
    level = upto_x[nearer]
    rounding = 8.0 * np.finfo(np.float64).eps * math.sqrt(x.size + y.size)
    upto_y = np.where(np.abs(level - upto_y) < rounding, level, upto_y)
    upto_y[-1] = upto_x[-1]
    levels = np.unique(np.concatenate([upto_x, upto_y]))
    mass = np.diff(levels, prepend=0.0)
    levels, mass = levels[mass > 0], mass[mass > 0]
    row, column = (
        rank_x[np.searchsorted(upto_x, levels)],
        rank_y[np.searchsorted(upto_y, levels)],
    )
    return coo_array((mass, (row, column)), shape=(x.size, y.size))


def _slope_potentials(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the potential that falls where P's CDF is ahead and climbs where it is behind."""
    at, difference, order = _merged(x, y, a, b)
    slope = np.where(np.abs(difference) > 1e-15, -np.sign(difference), 0.0)[:-1]
    height = np.concatenate([[0.0], np.cumsum(slope * np.diff(at))])
    potential = np.empty_like(height)
    potential[order] = height
    return potential[: x.size], -potential[x.size :]


# --- more dimensions -----------------------------------------------------------------


def _network_simplex(
    cost: FloatArray, a: FloatArray, b: FloatArray, *, matrix: bool
) -> tuple[float, dict[str, Any]]:
    """Call POT, and turn everything it reports into an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ot

        value, log = ot.emd2(a, b, cost, numItermax=_MAX_ITERATIONS, log=True, return_matrix=matrix)
    if log["warning"] is not None:
        raise RuntimeError(f"the network simplex stopped early: {log['warning']}")
    return float(value), log


def _check_gap(cost: float, bound: float, scale: float) -> float:
    gap = cost - bound
    if not abs(gap) <= GAP_TOLERANCE * abs(cost) + 1e-12 * scale:
        raise RuntimeError(f"the plan found costs {cost:.17g}, but its dual bound is {bound:.17g}")
    return gap


def _simplex_distance(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> float:
    _check_memory(len(x), len(y))
    cost = cdist(x, y)
    scale = float(cost.max())
    value, log = _network_simplex(cost, a, b, matrix=False)
    potential_y = log["v"]
    potential_x = np.subtract(cost, potential_y, out=cost).min(axis=1)
    _check_gap(value, float(a @ potential_x + b @ potential_y), scale)
    return value


# --- public --------------------------------------------------------------------------


def wasserstein_1(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
) -> float:
    r"""Exact Wasserstein-1 (earth mover) distance between two weighted point sets.

    .. math:: W_1 = \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} \lVert x_i - y_j \rVert_2

    On a line this is the area between the two distribution functions, in O(n log n). In
    more dimensions it is POT's network simplex, whose result is returned only if its dual
    potentials prove it. Memory there grows with n times m.

    Parameters
    ----------
    x : array_like, shape (n, d) or (n,)
        Points; (n,) is read as n points on a line.
    y : array_like, shape (m, d) or (m,)
        Points of the same dimension.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.

    Returns
    -------
    float
        At least 0, in the unit of the points.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, distances that overflow, and sets too large for the memory.
    RuntimeError
        If the solver does not finish, or its result and its dual bound disagree.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2, equation 1.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.wasserstein_1([0.0, 1.0], [2.0, 3.0])
    2.0
    >>> wg.wasserstein_1([[0.0, 0.0], [0.0, 1.0]], [[3.0, 4.0]], a=[1.0, 0.0])
    5.0
    """
    if (
        a is None
        and b is None
        and type(x) is np.ndarray
        and type(y) is np.ndarray
        and x.dtype == y.dtype == np.float64
        and x.ndim == 1
        and x.shape == y.shape
        and x.size
    ):
        value = _sorted_distance(x, y)
        if value is not None:
            return value
    return _wasserstein_1(x, y, a, b)


def _wasserstein_1(x: object, y: object, a: object | None, b: object | None) -> float:
    left, right = _two_sets(x, y)
    mass_x, mass_y = _two_masses(a, b, len(left), len(right))
    left, right, exponent = _unit_scale(left, right)
    if left.shape[1] > 1:
        alive_x, alive_y = mass_x > 0, mass_y > 0
        value = _simplex_distance(left[alive_x], right[alive_y], mass_x[alive_x], mass_y[alive_y])
        return _full_scale(value, exponent)
    if a is None and b is None and len(left) == len(right):
        value = float(np.abs(np.sort(left[:, 0]) - np.sort(right[:, 0])).mean())
    else:
        value = _cdf_area(left[:, 0], right[:, 0], mass_x, mass_y)
    return _full_scale(value, exponent)


def transport_plan(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
) -> TransportPlan:
    r"""Optimal coupling of two weighted point sets, with potentials that prove it optimal.

    The potentials solve the dual problem

    .. math:: \max_{f, g} \sum_i a_i f_i + \sum_j b_j g_j \quad
        \text{where} \quad f_i + g_j \le \lVert x_i - y_j \rVert_2

    On a line the coupling is the monotone one, and the potential's slope is the sign of
    the difference of the distribution functions.

    Parameters
    ----------
    x : array_like, shape (n, d) or (n,)
        Points; (n,) is read as n points on a line.
    y : array_like, shape (m, d) or (m,)
        Points of the same dimension.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.

    Returns
    -------
    TransportPlan
        Cost, coupling (sparse beyond a million entries), potentials and duality gap.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, distances that overflow, and sets too large for the memory.
    RuntimeError
        If the solver does not finish, or marginals or duality gap are off by more than
        rounding.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), theorem 5.10.

    Examples
    --------
    >>> import wganlib as wg
    >>> plan = wg.transport_plan([[0.0, 0.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 1.0]])
    >>> plan.cost
    1.0
    >>> plan.coupling
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    left, right = _two_sets(x, y)
    mass_x, mass_y = _two_masses(a, b, len(left), len(right))
    left, right, exponent = _unit_scale(left, right)
    solve = _plan_on_line if left.shape[1] == 1 else _plan_by_simplex
    cost, coupling, f, g = solve(left, right, mass_x, mass_y)
    _check_marginals(coupling, mass_x, mass_y)
    gap = _check_gap(cost, float(mass_x @ f + mass_y @ g), 1.0)
    return TransportPlan(
        cost=_full_scale(cost, exponent),
        coupling=coupling,
        potential_x=np.ldexp(f, exponent),
        potential_y=np.ldexp(g, exponent),
        gap=_full_scale(gap, exponent),
    )


def _stored(coupling: Any) -> FloatArray | csr_array:
    """Return a coupling dense, or sparse if it is large."""
    n, m = coupling.shape
    if n * m > SPARSE_ABOVE:
        return csr_array(coupling)
    dense: FloatArray = coupling.toarray() if issparse(coupling) else coupling
    return dense


def _plan_on_line(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[float, FloatArray | csr_array, FloatArray, FloatArray]:
    x, y = x[:, 0], y[:, 0]
    coupling = _monotone_coupling(x, y, a, b)
    row, column = coupling.coords
    cost = float(coupling.data @ np.abs(x[row] - y[column]))
    return cost, _stored(coupling), *_slope_potentials(x, y, a, b)


def _plan_by_simplex(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[float, FloatArray | csr_array, FloatArray, FloatArray]:
    _check_memory(len(x), len(y))
    distance = cdist(x, y)
    rows, columns = np.flatnonzero(a), np.flatnonzero(b)
    whole = rows.size * columns.size == distance.size
    alive = distance if whole else distance[np.ix_(rows, columns)]
    cost, log = _network_simplex(alive, a[rows], b[columns], matrix=True)
    row, column = np.nonzero(log["G"])
    coupling = coo_array(
        (log["G"][row, column], (rows[row], columns[column])), shape=distance.shape
    )
    # c-transforms: the best potentials that stay feasible, also where there is no mass.
    potential_x = (distance[:, columns] - log["v"]).min(axis=1)
    potential_y = (distance - potential_x[:, None]).min(axis=0)
    return cost, _stored(coupling), potential_x, potential_y


def _check_marginals(coupling: FloatArray | csr_array, a: FloatArray, b: FloatArray) -> None:
    off = max(
        float(np.abs(coupling.sum(axis=1) - a).max()),
        float(np.abs(coupling.sum(axis=0) - b).max()),
    )
    if not off <= 2 * check.MASS_TOLERANCE:
        raise RuntimeError(f"the plan found misses its marginals by {off:g}")


def coupling_cost(coupling: Any, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    r"""What a coupling costs, optimal or not: mass times distance, summed.

    .. math:: \sum_{ij} \pi_{ij} \lVert x_i - y_j \rVert_2

    Parameters
    ----------
    coupling : array_like or sparse array, shape (n, m)
        Mass moved from each point of x to each of y: nonnegative, sum one.
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.

    Returns
    -------
    float
        At least 0, in the unit of the points.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and distances that overflow.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2, equation 1.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.coupling_cost(wg.product_plan([0.5, 0.5], [0.5, 0.5]), [0.0, 1.0], [0.0, 1.0])
    0.5
    """
    left, right = _two_sets(x, y)
    shape = (len(left), len(right))
    if not issparse(coupling):
        coupling = check.float_array(coupling, "coupling")
    if coupling.shape != shape:
        raise ValueError(f"coupling: expected shape {shape}, got shape {coupling.shape}")
    entries = coo_array(coupling)
    check.mass(entries.data, "coupling")
    left, right, exponent = _unit_scale(left, right)
    row, column = entries.coords
    distance = np.linalg.norm(left[row] - right[column], axis=1)
    return _full_scale(float(entries.data @ distance), exponent)


def product_plan(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    r"""Coupling that ignores where the mass is: every heap is spread over all the holes.

    .. math:: \pi_{ij} = a_i b_j

    Parameters
    ----------
    a, b : array_like, shapes (n,) and (m,)
        Masses, nonnegative, sum one.

    Returns
    -------
    ndarray, shape (n, m)
        The product coupling; its marginals are a and b.

    Raises
    ------
    TypeError, ValueError
        For anything that is not two probability vectors.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), chapter 1.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.product_plan([0.5, 0.5], [0.25, 0.75])
    array([[0.125, 0.375],
           [0.125, 0.375]])
    """
    return np.outer(check.mass(a, "a"), check.mass(b, "b"))


def empirical_cdf(
    x: npt.ArrayLike, at: npt.ArrayLike, a: npt.ArrayLike | None = None
) -> FloatArray:
    r"""Distribution function of a weighted set of numbers: the mass up to and including t.

    .. math:: F(t) = \sum_{x_i \le t} a_i

    Parameters
    ----------
    x : array_like, shape (n,)
        Points on a line.
    at : array_like, any shape
        Where to evaluate.
    a : array_like, shape (n,), optional
        Masses, nonnegative, sum one. Equal masses if left out.

    Returns
    -------
    ndarray, shape of ``at``
        Between 0 and 1, not decreasing.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, also points that are not on a line.

    Source
    ------
    Villani, Topics in Optimal Transportation (2003), section 2.2.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.empirical_cdf([1.0, 2.0, 2.0, 5.0], [0.0, 2.0, 9.0])
    array([0.  , 0.75, 1.  ])
    """
    points = check.points(x, "x")
    if points.shape[1] != 1:
        raise ValueError(f"x: expected points on a line, got shape {points.shape}")
    where, mass = check.finite_array(at, "at"), check.weights(a, "a", len(points))
    order = np.argsort(points[:, 0], kind="stable")
    height = np.minimum(np.concatenate([[0.0], np.cumsum(mass[order])]), 1.0)
    height[-1] = 1.0
    return np.asarray(height[np.searchsorted(points[order, 0], where, side="right")])


def wasserstein_1_gaussian(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    r"""Wasserstein-1 distance of two Gaussians on a line.

    Their quantile functions differ by :math:`m + s z` with :math:`m = \mu_P - \mu_Q`,
    :math:`s = |\sigma_P - \sigma_Q|` and z standard normal, so the distance is the mean of
    a folded normal:

    .. math:: W_1 = E |m + s z| = s \sqrt{2 / \pi} \, e^{-m^2 / 2 s^2}
        + m \operatorname{erf}(m / (\sqrt 2 s))

    Parameters
    ----------
    mean_p, mean_q : float
        Means.
    std_p, std_q : float
        Standard deviations, at least 0 (0 is a point mass).

    Returns
    -------
    float
        At least 0, in the unit of the means.

    Raises
    ------
    TypeError, ValueError
        For anything that is not a finite number, and negative deviations.

    Source
    ------
    Villani, Topics in Optimal Transportation (2003), section 2.2, and Leone, Nelson &
    Nottingham (1961) for the folded normal.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.wasserstein_1_gaussian(0.0, 1.0, 3.0, 1.0)
    3.0
    >>> round(wg.wasserstein_1_gaussian(0.0, 1.0, 0.0, 2.0), 6)
    0.797885
    """
    shift = abs(check.real(mean_p, "mean_p") - check.real(mean_q, "mean_q"))
    stretch = abs(
        check.real(std_p, "std_p", at_least=0.0) - check.real(std_q, "std_q", at_least=0.0)
    )
    if math.isinf(shift):
        raise ValueError("mean_q: expected a distance to mean_p that fits a float, got inf")
    if stretch == 0.0:
        return shift
    ratio = shift / stretch
    folded = stretch * math.sqrt(2.0 / math.pi) * math.exp(-0.5 * ratio * ratio)
    return folded + shift * math.erf(ratio / math.sqrt(2.0))

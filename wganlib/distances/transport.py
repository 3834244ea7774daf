"""Exact optimal transport between weighted point sets, with Euclid's distance as its cost.

In one dimension everything is a closed form. In more, a network simplex finds the plan, and
linear programming duality certifies it: every number returned here comes with a lower bound
that meets it to a billionth of the number itself, or it is not returned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, issparse

from wganlib import _moved
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import mixed_scales
from wganlib.distances._pairs import full_scale, two_masses, two_sets, unit_scale
from wganlib.distances.certificates import UncertifiedError, certified_gap, exact_sum
from wganlib.distances.line_transport import sorted_distance
from wganlib.distances.mixed_scales import Entries, with_idle
from wganlib.distances.proved_plans import (
    line_distance,
    plan_by_simplex,
    plan_on_line,
    simplex_distance,
)

if not TYPE_CHECKING:  # what has moved out is found, for one release more
    __getattr__ = _moved.elsewhere(__name__)


#: A plan with more entries than this is returned as a sparse matrix.
SPARSE_ABOVE = 1_000_000


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
    >>> isinstance(plan, wg.distances.TransportPlan), plan.cost
    (True, 1.5)
    """

    cost: float
    coupling: FloatArray | csr_array
    potential_x: FloatArray
    potential_y: FloatArray
    gap: float

    def plot(
        self, x: npt.ArrayLike | None = None, y: npt.ArrayLike | None = None, ax: Any = None
    ) -> Any:
        """Draw what is moved where: lines between points in the plane, or the coupling as a table.

        Parameters
        ----------
        x, y : array_like, shapes (n, 2) and (m, 2), optional
            The points; the coupling alone is drawn if they are left out.
        ax : matplotlib axes, optional
            A new figure if left out.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        TypeError, ValueError
            If there are other points than the plan moves.

        Source
        ------
        Villani, Optimal Transport: Old and New (2009), chapter 3: mass along straight lines.

        Examples
        --------
        >>> import matplotlib
        >>> matplotlib.use("Agg")
        >>> import wganlib as wg
        >>> x, y = [[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 1.0]]
        >>> len(wg.transport_plan(x, y).plot(x, y).collections[0].get_segments())
        2
        """
        from wganlib import drawing

        return drawing.plan(self, x, y, ax)


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
    more dimensions it is a network simplex, whose result is returned only if feasible dual
    potentials prove it to a billionth. Up to two million pairs of points that is POT's, whose
    memory grows with n times m. Beyond, columns are generated where they pay
    (:mod:`wganlib.distances.sparse_transport`), if numba is installed: 10,000 points in the plane
    take three seconds, 50,000 a minute or two and a third of a gigabyte. What floating point
    cannot prove is solved in whole numbers if it is small
    (:mod:`wganlib.distances.exact_transport`).

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
        For bad arguments, and distances that overflow.
    MemoryError
        For sets too large for the memory that this process may still take.
    RuntimeError
        If the solver does not finish, or the distance cannot be proved to a billionth; the
        message says which numbers are too far apart.

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
        value = sorted_distance(x, y)
        if value is not None:
            return value
    return _wasserstein_1(x, y, a, b)


def _wasserstein_1(x: object, y: object, a: object | None, b: object | None) -> float:
    left, right = two_sets(x, y)
    if left.shape[1] == 1:
        value = line_distance(left[:, 0], right[:, 0], a, b)
        if math.isfinite(value):
            return value
    mass_x, mass_y = two_masses(a, b, len(left), len(right))
    scaled, moved, exponent = unit_scale(left, right)
    if left.shape[1] == 1:  # the sum overflows, though the mean may not
        return full_scale(line_distance(scaled[:, 0], moved[:, 0], a, b), exponent)
    alive_x, alive_y = mass_x > 0, mass_y > 0
    p, q = mass_x[alive_x], mass_y[alive_y]
    try:
        value = simplex_distance(scaled[alive_x], moved[alive_y], p, q)
    except UncertifiedError:
        return mixed_scales.solve(left[alive_x], right[alive_y], p, q, plan_by_simplex).cost
    return full_scale(value, exponent)


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
        For bad arguments, and distances that overflow.
    MemoryError
        For sets too large for the memory that this process may still take.
    RuntimeError
        If the solver does not finish, or marginals and potentials, which are rounded to
        float64, do not prove the cost to a billionth of itself.

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
    left, right = two_sets(x, y)
    mass_x, mass_y = two_masses(a, b, len(left), len(right))
    scaled, moved, exponent = unit_scale(left, right)
    try:
        solver = plan_on_line if left.shape[1] == 1 else plan_by_simplex
        found = solver(scaled, moved, mass_x, mass_y)
    except UncertifiedError:
        found, exponent = _plan_of_mixed_scales(left, right, mass_x, mass_y), 0
    shape = (len(left), len(right))
    f, g = np.ldexp(found.potential_x, exponent), np.ldexp(found.potential_y, exponent)
    cost = full_scale(found.cost, exponent)
    return TransportPlan(
        cost=cost,
        coupling=_stored(coo_array((found.mass, (found.rows, found.columns)), shape=shape)),
        potential_x=f,
        potential_y=g,
        gap=full_scale(
            found.cost - exact_sum(mass_x * found.potential_x, mass_y * found.potential_y), exponent
        ),
    )


def _plan_of_mixed_scales(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> Entries:
    """Return a plan in the unit of the points that its potentials prove, or refuse."""
    rows, columns = np.flatnonzero(a), np.flatnonzero(b)
    solver = plan_by_simplex if x.shape[1] > 1 else None
    found = mixed_scales.solve(x[rows], y[columns], a[rows], b[columns], solver)
    f, g = with_idle(x, y, rows, columns, found.potential_x, found.potential_y)
    try:
        certified_gap(found.cost, (f, g), (a, b))
    except UncertifiedError:
        # Nearly all mass may lie at one point: a potential of 0 there has no rounding to hide.
        f = f - f[a.argmax()]
        g = mixed_scales.lowest_cones(y, x, f)
        certified_gap(found.cost, (f, g), (a, b))
    return Entries(found.cost, rows[found.rows], columns[found.columns], found.mass, f, g)


def _stored(coupling: Any) -> FloatArray | csr_array:
    """Return a coupling dense, or sparse if it is large."""
    n, m = coupling.shape
    if n * m > SPARSE_ABOVE:
        return csr_array(coupling)
    dense: FloatArray = coupling.toarray() if issparse(coupling) else coupling
    return dense


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
    >>> from wganlib.distances import coupling_cost, product_plan
    >>> coupling_cost(product_plan([0.5, 0.5], [0.5, 0.5]), [0.0, 1.0], [0.0, 1.0])
    0.5
    """
    left, right = two_sets(x, y)
    shape = (len(left), len(right))
    if not issparse(coupling):
        coupling = check.float_array(coupling, "coupling")
    if coupling.shape != shape:
        raise ValueError(f"coupling: expected shape {shape}, got shape {coupling.shape}")
    entries = coo_array(coupling)
    check.mass(entries.data, "coupling")
    left, right, exponent = unit_scale(left, right)
    row, column = entries.coords
    distance = np.linalg.norm(left[row] - right[column], axis=1)
    return full_scale(float(entries.data @ distance), exponent)


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
    >>> wg.distances.product_plan([0.5, 0.5], [0.25, 0.75])
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
    >>> wg.distances.empirical_cdf([1.0, 2.0, 2.0, 5.0], [0.0, 2.0, 9.0])
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

"""The critic that duality promises: Kantorovich's potential as a function on the whole space.

A transport plan knows the potential at finitely many points. McShane's formula makes of it
a 1-Lipschitz function everywhere, whose gradient is what a WGAN's generator would be told
by a perfect critic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, csgraph_from_dense, floyd_warshall

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances._pairs import distances, row_scale, two_sets, unit_scale
from wganlib.distances.certificates import RELATIVE_TOLERANCE, UncertifiedError, exact_sum
from wganlib.distances.transport import TransportPlan, transport_plan

#: Numbers in one block of distances: 32 MiB.
_BLOCK = 2**22

#: How far values may be from Lipschitz, relative to the largest number involved.
LIPSCHITZ_TOLERANCE = 1e-9

FORMS = ("smallest", "largest")

#: Pairs of points beyond which potentials stay at a corner of the optimum.
MOST_CENTRED = 4_000_000


@dataclass(frozen=True, eq=False)
class LipschitzExtension:
    """A K-Lipschitz function on R^d through given values at finitely many points.

    Called with points of shape (m, d), or (m,) on a line, it gives its values there,
    shape (m,). Made by :func:`mcshane_extension`.

    Attributes
    ----------
    points : ndarray, shape (k, d)
        Where the values are given.
    values : ndarray, shape (k,)
        The values.
    constant : float
        The Lipschitz constant K.
    form : str
        ``"smallest"`` or ``"largest"`` of all such functions.

    Source
    ------
    McShane (1934), Extension of range of functions.

    Examples
    --------
    >>> import wganlib as wg
    >>> hill = wg.distances.mcshane_extension([0.0, 4.0], [2.0, 0.0])
    >>> isinstance(hill, wg.distances.LipschitzExtension), hill([0.0, 1.0, 4.0])
    (True, array([2., 1., 0.]))
    >>> hill.gradient([1.0])
    array([[-1.]])
    """

    points: FloatArray
    values: FloatArray
    constant: float
    form: str

    def __call__(self, at: npt.ArrayLike) -> FloatArray:
        """Return the function's values at points of shape (m, d), or (m,) on a line."""
        return self._best(self._read(at))[0]

    def gradient(self, at: npt.ArrayLike) -> FloatArray:
        """Return the gradients, shape (m, d): of norm K, and 0 at the tip of a cone.

        Where two cones meet there is no gradient; the first one's is returned.
        """
        where = self._read(at)
        nearest = self.points[self._best(where)[1]]
        step = row_scale(where - nearest)
        length = np.linalg.norm(step, axis=1, keepdims=True)
        sign = -self.constant if self.form == "smallest" else self.constant
        return np.asarray(np.divide(sign * step, length, out=np.zeros_like(step), where=length > 0))

    def _read(self, at: npt.ArrayLike) -> FloatArray:
        where = check.points(at, "at")
        if where.shape[1] != self.points.shape[1]:
            raise ValueError(
                f"at: expected points of dimension {self.points.shape[1]}, got {where.shape[1]}"
            )
        return where

    def _best(self, at: FloatArray) -> tuple[FloatArray, npt.NDArray[np.intp]]:
        """Return the value at each point, and the cone that it lies on."""
        value, cone = np.empty(len(at)), np.empty(len(at), dtype=np.intp)
        rows = max(1, _BLOCK // len(self.points))
        for start in range(0, len(at), rows):
            here = slice(start, start + rows)
            with np.errstate(over="ignore"):
                climb = self.constant * distances(at[here], self.points)
                if self.form == "smallest":
                    cones = self.values - climb
                    cone[here] = cones.argmax(axis=1)
                else:
                    cones = self.values + climb
                    cone[here] = cones.argmin(axis=1)
            value[here] = np.take_along_axis(cones, cone[here, None], axis=1)[:, 0]
        if not np.isfinite(value).all():
            raise ValueError("at: expected values there that fit a float, got one that overflows")
        return value, cone


def mcshane_extension(
    points: npt.ArrayLike,
    values: npt.ArrayLike,
    constant: float = 1.0,
    *,
    form: str = "smallest",
) -> LipschitzExtension:
    r"""Extend values at finitely many points to a K-Lipschitz function on R^d.

    .. math:: f_{\text{smallest}}(z) = \max_i v_i - K \lVert z - x_i \rVert, \quad
        f_{\text{largest}}(z) = \min_i v_i + K \lVert z - x_i \rVert

    Every K-Lipschitz function through the values lies between the two.

    Parameters
    ----------
    points : array_like, shape (k, d) or (k,)
        Where the values are given.
    values : array_like, shape (k,)
        The values; any two differ by at most K times the distance of their points.
    constant : float
        The Lipschitz constant K, more than 0.
    form : str
        ``"smallest"`` (cones that point up) or ``"largest"`` (cones that point down).

    Returns
    -------
    LipschitzExtension
        Callable, with a ``gradient``.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, also values that are steeper than K.

    Source
    ------
    McShane (1934), Extension of range of functions, theorem 1; Whitney (1934) for the
    other sign.

    Examples
    --------
    >>> import wganlib as wg
    >>> low = wg.distances.mcshane_extension([0.0, 2.0], [0.0, 0.0])
    >>> high = wg.distances.mcshane_extension([0.0, 2.0], [0.0, 0.0], form="largest")
    >>> low([1.0]), high([1.0])
    (array([-1.]), array([1.]))
    """
    where, given = check.points(points, "points"), check.finite_array(values, "values")
    steep = check.real(constant, "constant", above=0.0)
    kind = check.one_of(form, "form", FORMS)
    if given.shape != (len(where),):
        raise ValueError(
            f"values: expected shape ({len(where)},), one for each point, got {given.shape}"
        )
    with np.errstate(over="ignore"):
        spread = steep * float(np.ptp(where, axis=0).max())
    if math.isinf(spread):
        raise ValueError("points: expected distances that fit a float, got one that overflows")
    # Copies: what happens to the caller's arrays later must not move the function.
    extension = LipschitzExtension(where.copy(), given.copy(), steep, kind)
    through = extension(where)
    off = float(np.abs(through - given).max())
    if off > LIPSCHITZ_TOLERANCE * max(float(np.abs(given).max()), spread):
        raise ValueError(
            f"values: expected a slope of at most {steep:g} between any two points, got values "
            f"that miss it by {off:g}"
        )
    return extension


def c_transform(values: npt.ArrayLike, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
    r"""Best partner of a potential: the largest g that respects the cost.

    .. math:: g_j = \min_i \lVert x_i - y_j \rVert_2 - f_i

    Parameters
    ----------
    values : array_like, shape (n,)
        The potential f at x.
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.

    Returns
    -------
    ndarray, shape (m,)
        The partner g at y. If f is 1-Lipschitz and y is x, it is -f.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and distances that overflow.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), definition 5.2.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.distances.c_transform([0.0, 1.0], [0.0, 1.0], [0.0, 1.0, 3.0])
    array([ 0., -1.,  1.])
    """
    given = check.finite_array(values, "values")
    left, right = two_sets(x, y)
    if given.shape != (len(left),):
        raise ValueError(
            f"values: expected shape ({len(left)},), one for each point of x, got {given.shape}"
        )
    unit_scale(left, right)  # refuses what overflows
    with np.errstate(over="ignore"):
        partner = LipschitzExtension(left, -given, 1.0, "largest")
        try:
            return partner(right)
        except ValueError as error:
            raise ValueError(
                "values: expected a partner at y that fits a float, got one that overflows"
            ) from error


@dataclass(frozen=True, eq=False)
class KantorovichPotential(LipschitzExtension):
    """An optimal critic on the whole space: 1-Lipschitz, and E_P f - E_Q f is W1.

    Along every segment that mass travels it falls at slope 1, from P to Q. Made by
    :func:`kantorovich_potential`; callable, with a ``gradient``, as
    :class:`LipschitzExtension` is.

    Attributes
    ----------
    value : float
        Expectation under P less expectation under Q, of this very function.
    plan : TransportPlan
        The plan it belongs to.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 3, theorem 3.

    Examples
    --------
    >>> import wganlib as wg
    >>> f = wg.kantorovich_potential([[0.0, 0.0]], [[3.0, 4.0]])
    >>> isinstance(f, wg.distances.KantorovichPotential), f.value
    (True, 5.0)
    >>> f.gradient([[1.5, 2.0]])  # half-way, against the direction of travel
    array([[-0.6, -0.8]])
    """

    value: float
    plan: TransportPlan


def kantorovich_potential(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    form: str = "smallest",
) -> KantorovichPotential:
    r"""Optimal critic of two weighted point sets, as a 1-Lipschitz function on R^d.

    .. math:: f_{\text{smallest}}(z) = \max_i f_i - \lVert z - x_i \rVert, \quad
        f_{\text{largest}}(z) = \min_j \lVert z - y_j \rVert - g_j

    Both are optimal, and agree along the segments that mass travels. The smallest one has
    the tips of its cones at P, so it has a gradient at points of Q, as Theorem 3 needs; the
    largest one has its tips at Q. They are smallest and largest for the potentials used,
    which need not be the only ones: those of
    :func:`wganlib.distances.transport.transport_plan`, moved away from the edge of the optimal
    set, where the critic would have kinks at the points themselves.
    Off a line that takes time that grows with the cube of the number of points: about
    two seconds for a thousand. Beyond four million pairs of points, and where far points
    leave no digits for it, the potentials of the plan are taken as they are.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points of P and of Q.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    form : str
        ``"smallest"`` or ``"largest"``.

    Returns
    -------
    KantorovichPotential
        Callable, with a ``gradient``, its ``value`` and its ``plan``.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and distances that overflow.
    MemoryError
        For sets too large for the memory that this process may still take.
    RuntimeError
        If the plan is not found, or the function does not attain its cost.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), theorem 5.10 and particular case 5.16.

    Examples
    --------
    >>> import wganlib as wg
    >>> f = wg.kantorovich_potential([0.0, 1.0], [2.0, 3.0])
    >>> f.value, f([0.0, 1.0, 2.0]) - f([3.0])
    (2.0, array([3., 2., 1.]))
    """
    kind = check.one_of(form, "form", FORMS)
    plan = transport_plan(x, y, a, b)
    left, right = two_sets(x, y)
    row, column = _travels(plan.coupling)
    # What carries no mass, or less than the plan can hold, is no part of the formula.
    alive_x, alive_y = _marked(row, len(left)), _marked(column, len(right))
    own = plan.potential_x[alive_x], plan.potential_y[alive_y]
    if left.shape[1] > 1 and own[0].size * own[1].size <= MOST_CENTRED:
        try:
            centred = _centred(left[alive_x], right[alive_y], plan, alive_x, alive_y)
            return _attaining(kind, left, right, (alive_x, alive_y), centred, plan)
        except UncertifiedError:
            pass  # far points took their digits; those of the plan have been proved
    return _attaining(kind, left, right, (alive_x, alive_y), own, plan)


def _marked(index: npt.NDArray[np.intp], n: int) -> npt.NDArray[np.bool_]:
    marks = np.zeros(n, dtype=np.bool_)
    marks[index] = True
    return marks


def _attaining(
    kind: str,
    left: FloatArray,
    right: FloatArray,
    alive: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    potentials: tuple[FloatArray, FloatArray],
    plan: TransportPlan,
) -> KantorovichPotential:
    """Return the function of these potentials, if it attains the cost of the plan."""
    if kind == "smallest":
        tips, values = left[alive[0]], potentials[0]
    else:
        tips, values = right[alive[1]], -potentials[1]
    cones = LipschitzExtension(tips, values, 1.0, kind)
    # One expectation at a time could be as large as the potential; the plan pairs them up.
    row, column = _travels(plan.coupling)
    mass = np.asarray(plan.coupling[row, column]).ravel()
    at_left, at_right = cones(left)[row], cones(right)[column]
    value = exact_sum(mass * (at_left - at_right))
    hidden = 8.0 * np.finfo(np.float64).eps * float(mass @ (np.abs(at_left) + np.abs(at_right)))
    if not abs(value - plan.cost) + hidden <= RELATIVE_TOLERANCE * plan.cost:
        raise UncertifiedError(
            f"the potential attains {value:.17g}, give or take {hidden:.3g}, but the plan costs "
            f"{plan.cost:.17g}; values go up to {float(np.abs(values).max()):.6g}, and beside "
            "them too few digits are left to prove the distance to a billionth"
        )
    return KantorovichPotential(tips, values, 1.0, kind, value, plan)


def _centred(
    x: FloatArray,
    y: FloatArray,
    plan: TransportPlan,
    alive_x: npt.NDArray[np.bool_],
    alive_y: npt.NDArray[np.bool_],
) -> tuple[FloatArray, FloatArray]:
    """Return optimal potentials of the points that mass moves, away from the corners.

    A solver's potentials are a corner of the optimum: nearly every point has two neighbours
    on whose cones it lies, so the critic has a kink just where its gradient is wanted. Points
    that mass connects rise together, in groups.
    """
    f, g = plan.potential_x[alive_x], plan.potential_y[alive_y]
    linked = coo_array(csr_array(plan.coupling)[alive_x][:, alive_y])
    size = (f.size + g.size,) * 2
    row, column = linked.coords
    graph = coo_array((linked.data, (row, column + f.size)), shape=size)
    count, group = connected_components(graph, directed=False)
    slack = np.maximum(distances(x, y) - f[:, None] - g, 0.0)
    room = _least(_least(slack, group[: f.size], count).T, group[f.size :], count).T
    np.fill_diagonal(room, 0.0)
    # How far group k may rise above group r is a shortest path; over all r, the mean of
    # these corners is tight only where every optimal potential is.
    # (The null value keeps zeros: they are edges without length, not missing ones.)
    shift = floyd_warshall(csgraph_from_dense(room, null_value=np.inf)).mean(axis=1)
    f, g = f + shift[group[: f.size]], g - shift[group[f.size :]]
    return f, g


def _least(values: FloatArray, group: npt.NDArray[np.int32], count: int) -> FloatArray:
    """Return the least row of each group, for groups 0 to count - 1 that are all there."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(count))
    return np.asarray(np.minimum.reduceat(values[order], starts, axis=0))


def _travels(coupling: Any) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return from where and to where a coupling moves mass."""
    row, column = coupling.nonzero()
    return row, column


def transport_gradient(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
) -> FloatArray:
    r"""Gradient of the Wasserstein-1 distance with respect to the points of y.

    .. math:: \nabla_{y_j} W_1 = \sum_i \pi_{ij}
        \frac{y_j - x_i}{\lVert y_j - x_i \rVert} = -b_j \nabla f(y_j)

    The first form holds where the optimal plan is unique and no mass stays in place (what
    stays counts as 0). The second is Theorem 3 of the paper, with the potential f; it needs
    a gradient of f at :math:`y_j`, and there is none if the mass at :math:`y_j` comes from
    several directions, although the distance itself may well be differentiable there.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.

    Returns
    -------
    ndarray, shape (m, d)
        No row is longer than the mass at its point. Points without mass get 0.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and distances that overflow.
    MemoryError
        For sets too large for the memory that this process may still take.
    RuntimeError
        If the plan is not found.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 3; Milgrom & Segal (2002) for the envelope
    theorem.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.transport_gradient([[0.0, 0.0], [0.0, 8.0]], [[3.0, 4.0], [0.0, 6.0]])
    array([[ 0.3,  0.4],
           [ 0. , -0.5]])
    """
    plan = transport_plan(x, y, a, b)
    left, right = two_sets(x, y)
    row, column = _travels(plan.coupling)
    mass = np.asarray(plan.coupling[row, column]).ravel()
    step = row_scale(right[column] - left[row])
    length = np.linalg.norm(step, axis=1)
    pull = np.divide(mass, length, out=np.zeros_like(mass), where=length > 0)
    gradient = np.zeros_like(right)
    np.add.at(gradient, column, pull[:, None] * step)
    return gradient

"""W1 between points and a measure itself: no second sample, and so no floor.

The measure is cut into cells, and the points are transported to their centres. What cells
hide is bounded on both sides by Jensen's inequality, so that the answer is an interval which
holds the distance, and it shrinks nearly like one over the number of cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances._cells import Cells, cut
from wganlib.distances._pairs import distances
from wganlib.distances.certificates import exact_sum
from wganlib.distances.duality import LipschitzExtension
from wganlib.distances.measures import Measure
from wganlib.distances.transport import transport_plan

#: Numbers in one block of distances: 32 MiB.
_BLOCK = 2**22

#: How many times finer the cells of the lower bound are.
_FINER = 16

#: What rounding may do to either end of the interval, in units of the spread of the points.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class SemidiscreteDistance:
    """The distance between points and a measure, with what is known of it.

    Attributes
    ----------
    value : float
        Middle of the interval.
    lower, upper : float
        The Wasserstein-1 distance lies between them.
    potential : LipschitzExtension
        A 1-Lipschitz critic: its expectation under the points less that under the measure
        is at least ``lower``.
    cells : int
        How many cells the measure was cut into.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), particular case 5.16.

    Examples
    --------
    >>> import wganlib as wg
    >>> from wganlib.distances.semidiscrete import SemidiscreteDistance, semidiscrete_distance
    >>> found = semidiscrete_distance([0.0], wg.Gaussian(0.0, 1.0), error=1e-4)
    >>> isinstance(found, SemidiscreteDistance), round(found.value, 3)  # sqrt(2 / pi)
    (True, 0.798)
    """

    value: float
    lower: float
    upper: float
    potential: LipschitzExtension
    cells: int


def semidiscrete_distance(
    x: npt.ArrayLike,
    measure: Measure,
    a: npt.ArrayLike | None = None,
    *,
    error: float,
    most_cells: int = 400_000,
) -> SemidiscreteDistance:
    r"""Wasserstein-1 distance between weighted points and a measure, to a stated error.

    .. math:: W_1 = \max_f \sum_i a_i f_i + \int \min_i
        \left( \lVert z - x_i \rVert - f_i \right) dQ(z)

    In a cell of mass m, centre c and variance v, a plan that sends its mass to :math:`x_i`
    costs at most :math:`m \sqrt{\lVert x_i - c \rVert^2 + v}`; and the integral over it is
    at least m times its integrand at c less :math:`\min(\sqrt v, v / \delta)`, where
    :math:`\delta` is by how much the second-best i loses there. Cells are made finer until the
    two sums are near enough; those of the second are sixteen times finer than those of the
    plan. Large problems need numba, as :func:`wganlib.distances.transport.wasserstein_1` does.

    Parameters
    ----------
    x : array_like, shape (n, d) or (n,)
        Points.
    measure : Measure
        A Gaussian, Segment, Histogram, Box or Points, or a Mixture of them (of which
        ``ring_of_gaussians`` is one), of the points' dimension.
    a : array_like, shape (n,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    error : float
        Largest distance of ``value`` from the truth, in the unit of the points, more than 0.
    most_cells : int
        When to give up, at least 1.

    Returns
    -------
    SemidiscreteDistance
        Value, interval and potential.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and measures whose cells are not known.
    RuntimeError
        If the interval is still too wide with as many cells as allowed.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), theorem 5.10; Hartmann & Schuhmacher
    (2020), Semi-discrete optimal transport: a solution procedure for the unsquared
    Euclidean distance case.

    Examples
    --------
    >>> import wganlib as wg
    >>> from wganlib.distances.semidiscrete import semidiscrete_distance
    >>> line = wg.Segment([0.0, 0.0], [0.0, 1.0])
    >>> found = semidiscrete_distance([[0.3, 0.0], [0.3, 1.0]], line, error=0.001)
    >>> found.lower <= found.value <= found.upper
    True
    """
    points = check.points(x, "x")
    mass = check.weights(a, "a", len(points))
    if not isinstance(measure, Measure):
        raise TypeError(f"measure: expected a measure, got {check.describe(measure)}")
    if measure.dimension != points.shape[1]:
        raise ValueError(
            f"measure: expected the dimension of x, {points.shape[1]}, got {measure.dimension}"
        )
    tolerance = check.real(error, "error", above=0.0)
    most = check.integer(most_cells, "most_cells", at_least=1)
    used = mass > 0
    points, mass = points[used], mass[used] / mass.sum()
    count = min(most, max(1000, 4 * len(points)))
    while True:
        found = _bounded(points, mass, measure, count)
        if found.upper - found.lower <= 2.0 * tolerance:
            return found
        if count == most:
            raise RuntimeError(
                f"{most} cells leave the distance between {found.lower:.9g} and "
                f"{found.upper:.9g}; allow more cells, or more error"
            )
        count = min(most, 4 * count)


def _bounded(x: FloatArray, a: FloatArray, measure: Measure, count: int) -> SemidiscreteDistance:
    """Return the bounds that so many cells give."""
    cells = cut(measure, count)
    plan = transport_plan(x, cells.centre, a, cells.mass / cells.mass.sum())
    coupling = coo_array(plan.coupling)
    row, column = coupling.coords
    straight = np.linalg.norm(x[row] - cells.centre[column], axis=1)
    upper = exact_sum(coupling.data * np.hypot(straight, np.sqrt(cells.variance[column])))
    f = plan.potential_x
    # The dual bound needs no new plan, so that finer cells cost little there.
    lower = exact_sum(a * f) + _integral(x, f, cut(measure, _FINER * count))
    together = np.concatenate([x, cells.centre])
    slack = _ROUNDING * float(np.linalg.norm(np.ptp(together, axis=0)))
    lower, upper = max(lower - slack, 0.0), upper + slack
    potential = LipschitzExtension(x, f, 1.0, "smallest")
    return SemidiscreteDistance((lower + upper) / 2.0, lower, upper, potential, len(cells.mass))


def _integral(x: FloatArray, f: FloatArray, cells: Cells) -> float:
    r"""Return at most the integral of min \|z - x_i\| - f_i over the measure."""
    best, behind = _two_best(cells.centre, x, f)
    spread = np.sqrt(cells.variance)
    kink = spread.copy()
    apart = behind > 0
    kink[apart] = np.minimum(cells.variance[apart] / behind[apart], spread[apart])
    return exact_sum(cells.mass * (best - kink))


def _two_best(at: FloatArray, x: FloatArray, f: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Return the least of \|z - x_i\| - f_i, and how far the second least is behind."""
    best, behind = np.empty(len(at)), np.full(len(at), np.inf)
    rows = max(1, _BLOCK // len(x))
    for start in range(0, len(at), rows):
        here = slice(start, start + rows)
        cones = distances(at[here], x) - f
        if len(x) > 1:
            cones.partition(1, axis=1)
            behind[here] = cones[:, 1] - cones[:, 0]
        best[here] = cones[:, 0]
    return best, behind

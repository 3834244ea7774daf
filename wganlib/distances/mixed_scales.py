"""Transport of points so far apart, or masses so uneven, that floating point gets lost.

Three steps, each only if the one before it cannot prove its result: what both measures have
in common stays where it is, and with it goes the far point that spread everything; the rest
is solved as usual; and what is still in doubt is solved in whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from wganlib._validate import FloatArray
from wganlib.distances.certificates import UncertifiedError
from wganlib.distances.exact_transport import (
    MOST_PAIRS,
    Whole,
    as_float,
    whole_masses,
    whole_numbers,
    whole_plan,
)

Index = npt.NDArray[np.intp]

#: Numbers in one block of distances: 32 MiB.
_BLOCK = 2**22


@dataclass(frozen=True, eq=False)
class Entries:
    """A coupling as a list of its entries, what it costs, and potentials of every point."""

    cost: float
    rows: Index
    columns: Index
    mass: FloatArray
    potential_x: FloatArray
    potential_y: FloatArray


#: Solves points of unit spread in floating point, or raises UncertifiedError. The error may
#: carry the uncertified result, which is a good place to start from.
Solver = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], Entries]


def careful_distances(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the distances of all pairs, each at a scale of its own: no square vanishes."""
    distance = np.empty((len(x), len(y)))
    with np.errstate(under="ignore", over="ignore"):
        for i, point in enumerate(x):
            steps = y - point
            scale = np.frexp(np.abs(steps).max(axis=1))[1]
            norm = np.sqrt((np.ldexp(steps, -scale[:, None]) ** 2).sum(axis=1))
            distance[i] = np.ldexp(norm, scale)
    return distance


def lowest_cones(at: FloatArray, tips: FloatArray, heights: FloatArray) -> FloatArray:
    r"""Return the least of :math:`|z - t_k| - h_k` at each z, a block of points at a time."""
    least = np.empty(len(at))
    rows = max(1, _BLOCK // len(tips))
    for start in range(0, len(at), rows):
        here = slice(start, start + rows)
        least[here] = (careful_distances(at[here], tips) - heights).min(axis=1)
    return least


def _in_common(
    x: FloatArray, y: FloatArray, masses: tuple[Whole, Whole]
) -> tuple[list[tuple[int, int, int]], Whole, Whole]:
    """Return what may stay in place, as (i, j, mass), and what is left of both masses."""
    left, right = masses[0].copy(), masses[1].copy()
    # Adding zero turns -0.0 into 0.0: they are one number with two bit patterns.
    _, label = np.unique(np.concatenate([x, y]) + 0.0, axis=0, return_inverse=True)
    label = label.ravel()
    places: dict[int, list[int]] = {}
    for j, place in enumerate(label[len(x) :].tolist()):
        if right[j] > 0:
            places.setdefault(place, []).append(j)
    stays = []
    for i, place in enumerate(label[: len(x)].tolist()):
        here = places.get(place, [])
        while here and left[i] > 0:
            j = here[-1]
            amount = min(left[i], right[j])
            stays.append((i, j, amount))
            left[i] -= amount
            right[j] -= amount
            if right[j] == 0:
                here.pop()
    return stays, left, right


def left_moving(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[float, FloatArray, FloatArray, FloatArray, FloatArray] | None:
    """Return the share of mass not in common, and points and masses of what is left of both."""
    masses = whole_masses(a, b)
    total = int(masses[0].sum())
    _, left, right = _in_common(x, y, masses)
    moving = int(left.sum())
    if moving == 0:
        return None
    rows, columns = np.flatnonzero(left > 0), np.flatnonzero(right > 0)
    p, q = (
        np.array([one / moving for one in mass.tolist()]) for mass in (left[rows], right[columns])
    )
    return moving / total, x[rows], y[columns], p, q


def _unit(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Return both sets, moved by what all share and divided by 2^e, if that is exact."""
    together = np.concatenate([x, y])
    spread = float(np.ptp(together, axis=0).max())
    exponent = math.frexp(spread)[1]
    with np.errstate(under="ignore", over="ignore"):
        scaled = np.ldexp(together, -exponent)
        if not np.array_equal(np.ldexp(scaled, exponent), together):
            raise UncertifiedError("x: expected coordinates of one range of exponents")
    return scaled[: len(x)], scaled[len(x) :], exponent


def solve(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray, solver: Solver | None
) -> Entries:
    """Solve a problem that floating point alone did not prove.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d) and (m, d)
        Points, in their own unit.
    a, b : ndarray, shapes (n,) and (m,)
        Masses of one sum, up to rounding.
    solver : callable
        Solves in floating point.

    Returns
    -------
    Entries
        With a cost that is right to a billionth; the potentials are not checked here.

    Raises
    ------
    UncertifiedError
        If the problem is too large for whole numbers.

    Source
    ------
    Villani, Topics in Optimal Transportation (2003), section 1.2, for shared mass that may
    stay in place, because the cost is a distance.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.distances.mixed_scales import solve
    >>> x, y, half = np.array([[0.0], [1e30]]), np.array([[1.0], [1e30]]), np.full(2, 0.5)
    >>> solve(x, y, half, half, None).cost
    0.5
    """
    masses = whole_masses(a, b)
    total = int(masses[0].sum())
    whole, unit = whole_numbers(a)
    scale = Fraction(int(whole.sum()), total) * Fraction(2) ** unit
    stays, left, right = _in_common(x, y, masses)
    rows, columns = np.flatnonzero(left > 0), np.flatnonzero(right > 0)
    if rows.size == 0:
        moved = Entries(0.0, rows, columns, np.empty(0), np.zeros(0), np.zeros(0))
    else:
        moved = _rest(x[rows], y[columns], (left[rows], right[columns]), scale, solver)
    stay_mass = np.array([as_float(amount * scale) for _, _, amount in stays])
    stay_rows = np.array([i for i, _, _ in stays], dtype=np.intp)
    stay_columns = np.array([j for _, j, _ in stays], dtype=np.intp)
    f, g = _everywhere(x, y, rows, columns, moved)
    return Entries(
        moved.cost,
        np.concatenate([rows[moved.rows], stay_rows]),
        np.concatenate([columns[moved.columns], stay_columns]),
        np.concatenate([moved.mass, stay_mass]),
        f,
        g,
    )


def _rest(
    x: FloatArray, y: FloatArray, masses: tuple[Whole, Whole], scale: Fraction, solver: Any
) -> Entries:
    """Move what cannot stay, in floating point if that can prove it."""
    total = int(masses[0].sum())
    share = as_float(total * scale)
    found = None
    if solver is not None:
        a, b = (np.array([one / total for one in mass.tolist()]) for mass in masses)
        try:
            unit_x, unit_y, exponent = _unit(x, y)
            one = solver(unit_x, unit_y, a, b)
            return Entries(
                math.ldexp(one.cost * share, exponent),
                one.rows,
                one.columns,
                one.mass * share,
                np.ldexp(one.potential_x, exponent),
                np.ldexp(one.potential_y, exponent),
            )
        except UncertifiedError as error:
            if len(x) * len(y) > MOST_PAIRS:
                raise
            rough = getattr(error, "entries", None)
            if rough is not None:
                slack = cdist(unit_x, unit_y) - rough.potential_x[:, None] - rough.potential_y
                found = (rough.rows, rough.columns, slack)
    plan = whole_plan(x, y, masses, found)
    return Entries(
        as_float(plan.cost * total * scale),
        plan.rows,
        plan.columns,
        np.array([as_float(flow * scale) for flow in plan.flow]),
        plan.potential_x,
        plan.potential_y,
    )


def with_idle(
    x: FloatArray, y: FloatArray, rows: Index, columns: Index, f: FloatArray, g: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give points without mass the largest potentials that stay feasible, and keep the others."""
    if rows.size == len(x) and columns.size == len(y):
        return f, g
    all_f, all_g = np.empty(len(x)), np.empty(len(y))
    all_f[rows], all_g[columns] = f, g
    idle_x = np.setdiff1d(np.arange(len(x)), rows)
    idle_y = np.setdiff1d(np.arange(len(y)), columns)
    all_f[idle_x] = lowest_cones(x[idle_x], y[columns], g)
    all_g[idle_y] = lowest_cones(y[idle_y], x, all_f)
    return all_f, all_g


def _everywhere(
    x: FloatArray, y: FloatArray, rows: Index, columns: Index, moved: Entries
) -> tuple[FloatArray, FloatArray]:
    """Extend potentials from the points that move to all: feasible, and flat far away.

    The least of cones that stand on the points of x is 1-Lipschitz, and stays so when it is
    cut off above the largest value in use. So a far point that does not move gets a small
    potential, whose digits count, in place of a large one.
    """
    if rows.size == 0:
        return np.zeros(len(x)), np.zeros(len(y))
    cones = lowest_cones(y, x[rows], moved.potential_x)
    g = np.minimum(cones, float(cones[columns].max()))
    return lowest_cones(x, y, g), g

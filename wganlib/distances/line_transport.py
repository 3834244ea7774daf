"""Transport on a line, where everything is a closed form.

Differences of neighbours are right to one rounding at any scale. What can go wrong is the
mass between them: where two distribution functions nearly agree, a sum of floats keeps no
digit of their difference. There the masses are added as whole numbers.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from wganlib._validate import FloatArray
from wganlib.distances.certificates import RELATIVE_TOLERANCE
from wganlib.distances.exact_transport import Whole, whole_masses

_EPS = float(np.finfo(np.float64).eps)


def sorted_distance(x: FloatArray, y: FloatArray) -> float | None:
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


def _merged_whole(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]:
    """Return the same, with differences that are rounded once, and 0 where they are 0."""
    together = np.concatenate([x, y])
    order = np.argsort(together, kind="stable")
    left, right = whole_masses(a, b)
    behind = np.cumsum(np.concatenate([left, -right])[order])
    whole = math.fsum(a.tolist())
    total = int(left.sum())
    difference = np.array([one / total for one in behind.tolist()]) * whole
    return together[order], difference, order


def cdf_area(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Return the area between two distribution functions."""
    at, difference, _ = _merged(x, y, a, b)
    gaps = np.diff(at)
    area = float(np.abs(difference[:-1]) @ gaps)
    if at.size * _EPS * float(at[-1] - at[0]) <= RELATIVE_TOLERANCE / 2 * area:
        return area
    difference = _merged_whole(x, y, a, b)[1]
    return float(np.abs(difference[:-1]) @ gaps)


def monotone_coupling(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> coo_array:
    """Couple the two in order, from left to right: the north-west corner rule."""
    rank_x, rank_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    upto_x, upto_y = _running_total(a[rank_x]), _running_total(b[rank_y])
    upto_x[-1] = upto_y[-1] = max(upto_x[-1], upto_y[-1])
    # Levels that differ by rounding alone are one level, or slivers of mass would go astray.
    after = np.minimum(np.searchsorted(upto_x, upto_y), x.size - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.where(upto_x[after] - upto_y < upto_y - upto_x[before], after, before)
    level = upto_x[nearer]
    rounding = 8.0 * _EPS * math.sqrt(x.size + y.size)
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


def whole_coupling(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> coo_array:
    """Return the same coupling with every mass rounded once, however small it is."""
    rank_x, rank_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    left, right = whole_masses(a, b)
    upto_x: Whole = np.cumsum(left[rank_x])
    upto_y: Whole = np.cumsum(right[rank_y])
    levels = np.unique(np.concatenate([upto_x, upto_y]))
    mass = np.diff(levels, prepend=0)
    levels, mass = levels[mass > 0], mass[mass > 0]
    total, whole = int(upto_x[-1]), math.fsum(a.tolist())
    shares = np.array([one / total for one in mass.tolist()]) * whole
    row, column = (
        rank_x[np.searchsorted(upto_x, levels)],
        rank_y[np.searchsorted(upto_y, levels)],
    )
    return coo_array((shares, (row, column)), shape=(x.size, y.size))


def _running_total(mass: FloatArray) -> FloatArray:
    """Sum with the longest floats there are: a million roundings of one kind add up."""
    return np.cumsum(mass, dtype=np.longdouble).astype(np.float64)


def slope_potentials(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray, *, whole: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Return the potential that falls where P's CDF is ahead and climbs where it is behind."""
    if whole:
        at, difference, order = _merged_whole(x, y, a, b)
        slope = -np.sign(difference)[:-1]
    else:
        at, difference, order = _merged(x, y, a, b)
        slope = np.where(np.abs(difference) > 1e-15, -np.sign(difference), 0.0)[:-1]
    height = np.concatenate([[0.0], np.cumsum(slope * np.diff(at))])
    potential = np.empty_like(height)
    potential[order] = height
    return potential[: x.size], -potential[x.size :]

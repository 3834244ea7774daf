"""What makes a transport value trustworthy: a feasible dual whose gap is small beside the cost.

A plan costs at least the distance, and feasible potentials are worth at most the distance. So
a cost is right to within the difference of the two, plus what rounding may hide in either.
All of it is compared with the *cost*, never with the spread of the points: a far point that
both measures share spreads them over any range, and costs nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib._validate import FloatArray

#: How far a value that is returned may be from the truth, relative to itself.
RELATIVE_TOLERANCE = 1e-9

_EPS = float(np.finfo(np.float64).eps)


class UncertifiedError(RuntimeError):
    """The numbers are too far apart for float64 to prove the value found.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), theorem 5.10, for what a proof needs.

    Examples
    --------
    >>> from wganlib.distances.certificates import UncertifiedError
    >>> issubclass(UncertifiedError, RuntimeError)
    True
    """

    #: The plan that could not be proved, which is a good place to start from.
    entries: Any = None


def exact_sum(*terms: FloatArray) -> float:
    """Sum with one rounding, so that no order of summation, and no processor, shows."""
    return math.fsum(number for term in terms for number in term.ravel().tolist())


def marginal_slip(
    rows: npt.NDArray[Any],
    columns: npt.NDArray[Any],
    flow: FloatArray,
    a: FloatArray,
    b: FloatArray,
) -> float:
    """Return how far the marginals of a plan may be from a and b, rounding of sums included.

    A row with one entry needs no sum. Two sets of equal masses have one total; otherwise the
    totals are only known to be equal up to rounding.
    """
    slip = 0.0
    for where, mass in ((rows, a), (columns, b)):
        slip += exact_sum(np.abs(np.bincount(where, flow, mass.size) - mass))
        slip += _EPS * float(mass[np.bincount(where, minlength=mass.size) > 1].sum())
    equal = a.size == b.size and bool((a == a[0]).all() and (b == a[0]).all())
    return slip if equal else slip + _EPS


def certified_gap(
    cost: float,
    potentials: tuple[FloatArray, FloatArray],
    masses: tuple[FloatArray, FloatArray],
    *,
    slip: float = 0.0,
    reach: float = 0.0,
) -> float:
    """Return cost less dual value, or refuse.

    Parameters
    ----------
    cost : float
        What the plan costs, to a few roundings of each of its terms.
    potentials : two ndarrays
        f and g, feasible for distances that are right to a few roundings each.
    masses : two ndarrays
        Of the same shapes.
    slip : float
        Sum of what the plan's marginals miss.
    reach : float
        Largest distance, which is what moving a unit of that can cost.

    Returns
    -------
    float
        The duality gap, in the unit of the cost.

    Raises
    ------
    UncertifiedError
        If gap, rounding of the potentials and slip together pass a billionth of the cost.

    Source
    ------
    Villani, Optimal Transport: Old and New (2009), theorem 5.10.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.distances.certificates import certified_gap
    >>> one = np.ones(1)
    >>> certified_gap(2.0, (2.0 * one, 0.0 * one), (one, one))
    0.0
    """
    products = [mass * potential for mass, potential in zip(masses, potentials, strict=True)]
    gap = cost - exact_sum(*products)
    # Each difference of a distance and a potential, and each product, is rounded once.
    hidden = 2.0 * _EPS * exact_sum(*(np.abs(product) for product in products))
    doubt = abs(gap) + hidden + slip * reach
    if not doubt <= RELATIVE_TOLERANCE * cost:
        largest = max(float(np.abs(potential).max()) for potential in potentials)
        raise UncertifiedError(
            "x: expected numbers near enough to each other for float64 to prove the distance to a "
            f"billionth, got a plan that costs {cost:.17g}, distances up to {reach:.6g} and "
            f"potentials up to {largest:.6g}, beside which {doubt:.3g} of it is in doubt"
        )
    return gap

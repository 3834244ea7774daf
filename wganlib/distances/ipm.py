"""Integral probability metrics and the paper's other relatives of the Wasserstein distance.

An integral probability metric is the largest difference of two expectations over a class
of functions. Which class it is decides everything: here are Lipschitz, bounded and
bounded Lipschitz functions, and the unit ball of a kernel's Hilbert space, each with the
function that attains the supremum.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack
from scipy.spatial.distance import cdist

from wganlib import _moved
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances._pairs import distances, full_scale, two_masses, two_sets, unit_scale
from wganlib.distances.certificates import RELATIVE_TOLERANCE
from wganlib.distances.duality import kantorovich_potential
from wganlib.distances.transport import wasserstein_1

if not TYPE_CHECKING:  # what has moved out is found, for one release more
    __getattr__ = _moved.elsewhere(__name__)


#: Numbers in one block of a kernel matrix: 32 MiB.
_BLOCK = 2**22

#: Atoms that a linear programme over all pairs of them may have, when not on a line.
MOST_ATOMS = 600


@dataclass(frozen=True, eq=False)
class OptimalCritic:
    """The function of a class that tells two measures apart best, and by how much.

    Called with points of shape (m, d), or (m,) on a line, it gives its values there,
    shape (m,): it belongs to the class on the whole space, not only on the atoms.

    Attributes
    ----------
    value : float
        The integral probability metric: its expectation under P less that under Q.
    points : ndarray, shape (k, d)
        The atoms of both measures, in lexicographic order.
    values : ndarray, shape (k,)
        Its values at the atoms.
    difference : ndarray, shape (k,)
        Mass of P less mass of Q at the atoms: ``difference @ values`` is ``value``.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 5, equation 4.

    Examples
    --------
    >>> import wganlib as wg
    >>> critic = wg.lipschitz_critic([0.0], [2.0])
    >>> isinstance(critic, wg.distances.OptimalCritic), critic.value
    (True, 2.0)
    >>> critic([0.0, 1.0]) - critic([1.0, 2.0])
    array([1., 1.])
    """

    value: float
    points: FloatArray
    values: FloatArray
    difference: FloatArray
    _function: Callable[[FloatArray], FloatArray] = field(repr=False)

    def __call__(self, at: npt.ArrayLike) -> FloatArray:
        """Return the critic's values at points of shape (m, d), or (m,) on a line."""
        where = check.points(at, "at")
        if where.shape[1] != self.points.shape[1]:
            raise ValueError(
                f"at: expected points of dimension {self.points.shape[1]}, got {where.shape[1]}"
            )
        return self._function(where)


def _signed_measure(
    x: object, y: object, a: object | None, b: object | None
) -> tuple[FloatArray, FloatArray]:
    """Return the atoms of both measures, and the mass of P less that of Q at each."""
    left, right = two_sets(x, y)
    mass_x, mass_y = two_masses(a, b, len(left), len(right))
    # Adding zero turns -0.0 into 0.0: they are one number with two bit patterns.
    together = np.concatenate([left, right]) + 0.0
    support, label = np.unique(together, axis=0, return_inverse=True)
    label, k = label.ravel(), len(support)
    mass = np.bincount(label, np.concatenate([mass_x, -mass_y]), k).astype(np.float64)
    # What rounding alone leaves where both have the same mass is no difference.
    rounding = np.bincount(label, np.concatenate([mass_x, mass_y]), k) * np.finfo(np.float64).eps
    mass[np.abs(mass) <= np.bincount(label, minlength=k) * rounding] = 0.0
    return support, mass


# --- Lipschitz and bounded functions -------------------------------------------------


def _distance_limits(
    support: FloatArray, reach: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], FloatArray]:
    """Return pairs i, j of atoms nearer than ``reach``, with their distances.

    On a line neighbours are enough: the other bounds are sums of theirs.
    """
    if support.shape[1] == 1:
        gap = np.diff(support[:, 0])
        near = np.flatnonzero(gap < reach)
        return near, near + 1, gap[near]
    if len(support) > MOST_ATOMS:
        raise ValueError(
            f"x: expected at most {MOST_ATOMS} different atoms in x and y together, off a line, "
            f"got {len(support)}; compare random subsets"
        )
    distance = cdist(support, support)
    first, second = np.nonzero(np.triu(distance < reach, 1))
    return first, second, distance[first, second]


def _lipschitz_programme(support: FloatArray, difference: FloatArray, bound: float) -> FloatArray:
    r"""Maximise d @ f over :math:`|f_i - f_j| \le |x_i - x_j|` and :math:`|f| \le bound`."""
    if 2.0 * bound >= math.sqrt(support.shape[1]) and bound < math.inf:
        # No two of the points, which a unit cube holds, are far enough apart to feel it.
        free = _lipschitz_programme(support, difference, math.inf)
        return free - (float(free.max()) + float(free.min())) / 2.0
    unit = min(bound, 1.0)
    first, second, distance = _distance_limits(support, 2.0 * bound)
    row = np.arange(first.size)
    one_way = coo_array(
        (
            np.repeat([1.0, -1.0], first.size),
            (np.tile(row, 2), np.concatenate([first, second])),
        ),
        shape=(first.size, len(support)),
    ).tocsr()
    limits: list[tuple[float | None, float | None]] = [(-bound / unit, bound / unit)]
    limits *= len(support)
    if math.isinf(bound):  # a constant changes nothing, so it is fixed
        limits = [(0.0, 0.0), *[(None, None)] * (len(support) - 1)]
    found = linprog(
        -difference,
        A_ub=vstack([one_way, -one_way]) if first.size else None,
        b_ub=np.tile(distance / unit, 2) if first.size else None,
        bounds=limits,
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if found.status != 0:
        raise RuntimeError(f"the linear programme stopped early: {found.message}")
    solution: FloatArray = found.x * unit
    return solution


def _lowest(distance: FloatArray, solution: FloatArray, steep: float, level: float) -> FloatArray:
    """Return McShane's extension; cutting at the bounds keeps it Lipschitz."""
    least: FloatArray = (distance + solution).min(axis=1)
    return steep * np.clip(least, -level, level)


def _extended(
    at: FloatArray, *, support: FloatArray, solution: FloatArray, steep: float, level: float,
    exponent: int, constant: float, bound: float,
) -> FloatArray:  # fmt: skip
    distance = distances(at, support)
    with np.errstate(over="ignore"):
        values = _lowest(np.ldexp(distance, -exponent), solution, steep, level)
        # Beside distances too large for the scale of the atoms, the solution is nothing.
        far = np.clip(constant * distance.min(axis=1), -bound, bound)
    values = np.where(np.isfinite(values), values, far)
    if not np.isfinite(values).all():
        raise ValueError("at: expected values there that fit a float, got one that overflows")
    return values


def _lipschitz_critic(
    x: object, y: object, a: object | None, b: object | None, bound: float, constant: float
) -> OptimalCritic:
    support, difference = _signed_measure(x, y, a, b)
    scaled, _, exponent = unit_scale(support, support)
    steep = full_scale(constant, exponent)  # the class in units of the scaled points
    level = bound / steep if steep > 0 else math.inf
    if level == 0.0:
        raise ValueError(f"bound: expected more of the {steep:g} that f can climb, got {bound:g}")
    solution = _lipschitz_programme(scaled, difference, level)

    extended = partial(
        _extended, support=support, solution=solution, steep=steep, level=level,
        exponent=exponent, constant=constant, bound=bound,
    )  # fmt: skip
    # The extension repairs what the solver's tolerance left of the constraints.
    values = _lowest(cdist(scaled, scaled), solution, steep, level)
    return OptimalCritic(
        max(float(difference @ values), 0.0), support, values, difference, extended
    )


def lipschitz_critic(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    constant: float = 1.0,
) -> OptimalCritic:
    r"""Best K-Lipschitz critic of two weighted point sets, by the dual linear programme.

    .. math:: \sup_{\lVert f \rVert_L \le K} E_P f - E_Q f = K \, W_1(P, Q)

    The values at the atoms solve a linear programme with one pair of constraints for each
    pair of atoms; elsewhere the critic is McShane's extension. It shares no code with
    :func:`wganlib.distances.transport.wasserstein_1`, and the two check each other: where the
    solver's tolerance leaves more than a billionth between them, as beside a far point, the critic
    returned is :func:`wganlib.distances.duality.kantorovich_potential` instead.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points: on a line as many as you like, otherwise at most 600 different ones.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    constant : float
        The Lipschitz constant K, more than 0.

    Returns
    -------
    OptimalCritic
        Its value is K times the Wasserstein-1 distance.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, distances that overflow, and too many atoms.
    RuntimeError
        If the solver does not finish, or the value cannot be proved to a billionth.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 3, equation 2, and section 5.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.lipschitz_critic([0.0, 1.0], [2.0, 3.0], constant=5.0).value
    10.0
    """
    steep = check.real(constant, "constant", above=0.0)
    critic = _lipschitz_critic(x, y, a, b, math.inf, steep)
    exact = steep * wasserstein_1(x, y, a, b)
    if abs(critic.value - exact) <= RELATIVE_TOLERANCE * exact:
        return critic
    # The programme's tolerance is one of the largest distance, not of the value.
    potential = kantorovich_potential(x, y, a, b)
    return OptimalCritic(
        steep * potential.value,
        critic.points,
        steep * potential(critic.points),
        critic.difference,
        lambda at: steep * potential(at),
    )


def bounded_lipschitz_critic(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    bound: float = 1.0,
    constant: float = 1.0,
) -> OptimalCritic:
    r"""Best critic that is K-Lipschitz and bounded by B: between total variation and W1.

    .. math:: \sup_{\lVert f \rVert_L \le K, \, \lVert f \rVert_\infty \le B} E_P f - E_Q f

    It is the transport distance for the cost :math:`\min(K \lVert x - y \rVert, 2 B)`. If B
    is large it is K times the Wasserstein-1 distance; if K is large, 2 B times the total
    variation. For all K and B above 0 it metrises convergence in distribution, without
    compactness.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points: on a line as many as you like, otherwise at most 600 different ones.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    bound : float
        The bound B on the absolute value, more than 0.
    constant : float
        The Lipschitz constant K, more than 0.

    Returns
    -------
    OptimalCritic
        Its value is at most the smaller of K W1 and 2 B TV.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, distances that overflow, and too many atoms.
    RuntimeError
        If the solver does not finish.

    Source
    ------
    Dudley, Real Analysis and Probability (2002), section 11.3, whose norm is the sum of
    the two that are bounded here.

    Examples
    --------
    >>> import wganlib as wg
    >>> [wg.distances.bounded_lipschitz_critic([0.0], [t]).value for t in (0.5, 1.0, 2.0, 100.0)]
    [0.5, 1.0, 2.0, 2.0]
    """
    most = check.real(bound, "bound", above=0.0)
    steep = check.real(constant, "constant", above=0.0)
    return _lipschitz_critic(x, y, a, b, most, steep)


def _looked_up(
    at: FloatArray, *, support: FloatArray, values: FloatArray, middle: float
) -> FloatArray:
    known = {atom.tobytes(): value for atom, value in zip(support, values, strict=True)}
    return np.array([known.get(spot.tobytes(), middle) for spot in at + 0.0])


def bounded_critic(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    low: float = -1.0,
    high: float = 1.0,
) -> OptimalCritic:
    r"""Best critic between two values: as high as allowed where P has more, else low.

    .. math:: \sup_{l \le f \le h} E_P f - E_Q f = (h - l) \, \delta(P, Q),
        \quad \delta(P, Q) = \sup_A |P(A) - Q(A)|

    So functions between -1 and 1 give *twice* the total variation distance of section 2 of
    the paper, not the distance itself, as its section 5 says; functions between 0 and 1
    give it exactly. Away from the atoms, and where both masses are the same, the critic is
    half-way between the two values.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    low, high : float
        The least and the largest value; an energy-based GAN has 0 and its margin.

    Returns
    -------
    OptimalCritic
        Its value is between 0 and ``high - low``.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and a high that is not above low.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 5 and appendix D; Mueller (1997), Integral
    probability metrics and their generating classes of functions.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.bounded_critic([0.0, 1.0], [1.0, 2.0]).value  # the total variation is 1/2
    1.0
    >>> wg.bounded_critic([0.0, 1.0], [1.0, 2.0], low=0.0, high=1.0).values
    array([1. , 0.5, 0. ])
    """
    least, most = check.real(low, "low"), check.real(high, "high")
    if not 0.0 < most - least < math.inf:
        raise ValueError(
            f"high: expected more than low, {least:g}, by a number that fits a float, got {most:g}"
        )
    support, difference = _signed_measure(x, y, a, b)
    middle = least + (most - least) / 2.0
    values = np.where(difference > 0, most, np.where(difference < 0, least, middle))

    extended = partial(_looked_up, support=support, values=values, middle=middle)
    total = math.fsum(np.abs(difference).tolist()) / 2.0
    return OptimalCritic((most - least) * total, support, values, difference, extended)

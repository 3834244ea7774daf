"""Transport in whole numbers, for the problems that floating point cannot prove.

Masses and distances are floats, which are whole numbers times a power of 2. So the transport
problem between them is one in whole numbers, which Python adds without rounding, however far
apart they are. The simplex starts from the plan that floating point found, and seldom needs
more than a few steps.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict, deque
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib._validate import FloatArray

#: Numbers that Python adds without rounding: an array of dtype object.
Whole = npt.NDArray[Any]

#: A problem with more pairs is not solved in whole numbers: it would take minutes.
MOST_PAIRS = 1_000_000

_BITS = 53


@dataclass(frozen=True, eq=False)
class WholePlan:
    """An optimal plan in whole numbers.

    Attributes
    ----------
    cost : Fraction
        The Wasserstein-1 distance of the normalised masses, for distances rounded once.
    rows, columns : ndarray of int
        Where mass moves.
    flow : list of int
        How much, in units of 1 / ``total``.
    total : int
        The whole mass.
    potential_x, potential_y : ndarray of float
        Optimal potentials, moved towards 0 as far as they stay optimal, and rounded once.

    Source
    ------
    Dantzig, Linear Programming and Extensions (1963), chapter 14.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.distances.exact_transport import whole_masses, whole_plan
    >>> x, y = np.array([[0.0], [1.0]]), np.array([[1.0], [3.0]])
    >>> whole_plan(x, y, whole_masses(np.ones(2), np.ones(2))).cost
    Fraction(3, 2)
    """

    cost: Fraction
    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    flow: list[int]
    total: int
    potential_x: FloatArray
    potential_y: FloatArray


def whole_numbers(values: FloatArray) -> tuple[Whole, int]:
    """Return floats as whole numbers times 2^e, exactly."""
    mantissa, exponent = np.frexp(values)
    return _shifted(mantissa, exponent.astype(np.int64))


def _shifted(mantissa: FloatArray, exponent: npt.NDArray[np.int64]) -> tuple[Whole, int]:
    whole = np.ldexp(mantissa, _BITS).astype(np.int64)
    lowest = int(exponent[whole != 0].min()) if whole.any() else 0
    shift = np.where(whole != 0, exponent - lowest, 0)
    return np.asarray(whole.astype(object) << shift.astype(object)), lowest - _BITS


def whole_masses(a: FloatArray, b: FloatArray) -> tuple[Whole, Whole]:
    """Return both masses in one unit, of one total: each set is normalised, without rounding."""
    left, right = whole_numbers(a)[0], whole_numbers(b)[0]
    total_left, total_right = int(left.sum()), int(right.sum())
    common = math.gcd(total_left, total_right)
    return left * (total_right // common), right * (total_left // common)


def whole_distances(x: FloatArray, y: FloatArray) -> tuple[Whole, int]:
    """Return the distances of all pairs as whole numbers times 2^e, each rounded once or so.

    Every pair has a scale of its own, so that squares neither overflow nor vanish.
    """
    mantissa = np.empty((len(x), len(y)))
    exponent = np.empty((len(x), len(y)), dtype=np.int64)
    with np.errstate(under="ignore"):
        for i, point in enumerate(x):
            steps = y - point
            scale = np.frexp(np.abs(steps).max(axis=1))[1]
            norm = np.sqrt((np.ldexp(steps, -scale[:, None]) ** 2).sum(axis=1))
            mantissa[i], more = np.frexp(norm)
            exponent[i] = scale.astype(np.int64) + more
    return _shifted(mantissa, exponent)


def as_float(value: int | Fraction, exponent: int = 0) -> float:
    """Return a whole number or fraction times 2^e, rounded once; too large is an OverflowError."""
    power = Fraction(2) ** exponent
    return float(value * power)


# --- a tree to start from --------------------------------------------------------------


def _perturbed(supply: Whole, demand: Whole) -> tuple[list[int], list[int], int]:
    """Return masses that no part of the rows and columns shares, so that no step is empty.

    Orden's perturbation: a little more in each row, and all of that in the last column.
    """
    unit = 4 * (len(supply) + len(demand))
    left = [int(mass) * unit + 1 for mass in supply]
    right = [int(mass) * unit for mass in demand]
    right[-1] += len(left)
    return left, right, unit


def _leaves_first(cells: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Order the cells of a forest so that each, when it comes, has an end of its own."""
    around: dict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
    for i, j in cells:
        around[0, i].add((1, j))
        around[1, j].add((0, i))
    leaves = deque(node for node, others in around.items() if len(others) == 1)
    ordered = []
    while leaves:
        node = leaves.popleft()
        if not around[node]:
            continue
        other = around[node].pop()
        around[other].discard(node)
        if len(around[other]) == 1:
            leaves.append(other)
        ordered.append((node[1], other[1]) if node[0] == 0 else (other[1], node[1]))
    return ordered


def _first_tree(
    left: list[int],
    right: list[int],
    promising: list[tuple[int, int]],
    order: npt.NDArray[np.intp],
) -> dict[tuple[int, int], int]:
    """Fill cells greedily: those of the plan found before, then all others in their order."""
    left, right = left.copy(), right.copy()
    flow: dict[tuple[int, int], int] = {}

    def fill(i: int, j: int) -> None:
        amount = min(left[i], right[j])
        if amount:
            flow[i, j] = flow.get((i, j), 0) + amount
            left[i] -= amount
            right[j] -= amount

    for i, j in _leaves_first(promising):
        fill(i, j)
    rows, columns = (part.tolist() for part in np.divmod(order, len(right)))
    for i, j in zip(rows, columns, strict=True):
        fill(i, j)
    return flow


# --- the simplex -----------------------------------------------------------------------


class _Tree:
    """A basis: a spanning tree of rows 0 to n - 1 and columns n to n + m - 1."""

    def __init__(self, n: int, m: int, flow: dict[tuple[int, int], int], cost: Whole) -> None:
        self.n, self.flow, self.cost = n, flow, cost
        self.around: list[set[int]] = [set() for _ in range(n + m)]
        for i, j in flow:
            self.around[i].add(n + j)
            self.around[n + j].add(i)
        self.u: Whole = np.zeros(n, dtype=object)
        self.v: Whole = np.zeros(m, dtype=object)
        self.spread_potentials(0, None)

    def spread_potentials(self, start: int, barred: int | None) -> None:
        """Set the potentials of all that is reached from ``start``, whose own stands."""
        n, stack = self.n, [(start, -1 if barred is None else barred)]
        while stack:
            node, came = stack.pop()
            for other in self.around[node]:
                if other == came:
                    continue
                if node < n:
                    self.v[other - n] = self.cost[node, other - n] - self.u[node]
                else:
                    self.u[other] = self.cost[other, node - n] - self.v[node - n]
                stack.append((other, node))

    def path(self, start: int, end: int) -> list[int]:
        """Return the nodes from one to the other."""
        came = {start: -1}
        stack = [start]
        while end not in came:
            node = stack.pop()
            for other in self.around[node]:
                if other not in came:
                    came[other] = node
                    stack.append(other)
        nodes = [end]
        while nodes[-1] != start:
            nodes.append(came[nodes[-1]])
        return nodes[::-1]

    def enter(self, i: int, j: int) -> None:
        """Bring in a cell: push what its cycle can carry, and drop the cell that runs dry."""
        nodes = self.path(i, self.n + j)
        cells = [
            (one, other - self.n) if one < self.n else (other, one - self.n)
            for one, other in itertools.pairwise(nodes)
        ]
        losing = cells[::2]
        amount, leaving = min((self.flow[cell], cell) for cell in losing)
        for cell in losing:
            self.flow[cell] -= amount
        for cell in cells[1::2]:
            self.flow[cell] += amount
        del self.flow[leaving]
        row, column = leaving[0], self.n + leaving[1]
        self.around[row].discard(column)
        self.around[column].discard(row)
        self.flow[i, j] = amount
        self.around[i].add(self.n + j)
        self.around[self.n + j].add(i)
        # The part that the row is in keeps its potentials; the other is told anew.
        self.spread_potentials(i, None)


def _optimise(tree: _Tree) -> None:
    """Bring in cells of negative reduced cost, row after row, until there is none."""
    clean, i = 0, 0
    while clean < tree.n:
        reduced = tree.cost[i] - tree.u[i] - tree.v
        j = int(reduced.argmin())
        if reduced[j] < 0:
            tree.enter(i, j)
            clean = 0
        else:
            clean += 1
            i = (i + 1) % tree.n
    # Every pivot strictly lowers the cost of the perturbed problem, so this ends.


def whole_plan(
    x: FloatArray,
    y: FloatArray,
    masses: tuple[Whole, Whole],
    found: tuple[npt.NDArray[Any], npt.NDArray[Any], FloatArray] | None = None,
) -> WholePlan:
    """Solve the transport problem in whole numbers.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d) and (m, d)
        Points.
    masses : two arrays of whole numbers, shapes (n,) and (m,)
        All positive, with equal sums: see ``whole_masses``.
    found : tuple, optional
        A plan to start from: its rows, its columns, and reduced costs, shape (n, m).

    Returns
    -------
    WholePlan
        Optimal.

    Source
    ------
    Dantzig, Linear Programming and Extensions (1963), chapter 14; Orden (1956) for the
    perturbation.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.distances.exact_transport import whole_plan, whole_masses
    >>> x, y = np.array([[0.0, 0.0], [1e300, 0.0]]), np.array([[0.0, 1e-300], [1e300, 0.0]])
    >>> float(whole_plan(x, y, whole_masses(np.ones(2), np.ones(2))).cost)
    5e-301
    """
    supply, demand = masses
    cost, exponent = whole_distances(x, y)
    left, right, unit = _perturbed(supply, demand)
    if found is None:
        promising: list[tuple[int, int]] = []
        order = np.argsort(cost, axis=None, kind="stable")
    else:
        promising = list(zip(found[0].tolist(), found[1].tolist(), strict=True))
        order = np.argsort(found[2], axis=None, kind="stable")
    tree = _Tree(len(x), len(y), _first_tree(left, right, promising, order), cost)
    _optimise(tree)
    # What the perturbation added is less than half a unit.
    moved = {cell: (amount + unit // 2) // unit for cell, amount in tree.flow.items()}
    moved = {cell: amount for cell, amount in moved.items() if amount}
    rows, columns = (np.array(part, dtype=np.intp) for part in zip(*moved, strict=True))
    total = int(supply.sum())
    value = sum(amount * int(cost[cell]) for cell, amount in moved.items())
    f, g = _towards_zero(cost, tree.u, tree.v, rows, columns)
    return WholePlan(
        cost=Fraction(value, total) * Fraction(2) ** exponent,
        rows=rows,
        columns=columns,
        flow=list(moved.values()),
        total=total,
        potential_x=np.array([as_float(value, exponent) for value in f]),
        potential_y=np.array([as_float(value, exponent) for value in g]),
    )


# --- potentials that floats can hold ---------------------------------------------------


def _towards_zero(
    cost: Whole, u: Whole, v: Whole, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> tuple[Whole, Whole]:
    """Move the parts that no mass connects, each as a whole, towards 0.

    Two far clusters between which nothing moves may be lifted against each other, within
    their distance; a simplex leaves them as far apart as they can be, where a float has no
    digits left for what happens inside. The wish of each part is to be centred at 0; the
    largest lifts that fulfil no more than the wishes are a shortest path.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n, m = cost.shape
    graph = coo_array((np.ones(rows.size), (rows, n + columns)), shape=(n + m, n + m))
    count, part = connected_components(graph, directed=False)
    part_x, part_y = part[:n], part[n:]
    lift = []
    for k in range(count):
        inside = u[part_x == k]
        lift.append(-(int(inside.max()) + int(inside.min())) // 2)
    # Every part has a row and a column, for none is without mass.
    room = _least(_least(cost - u[:, None] - v, part_x, count).T, part_y, count).T
    open_parts = set(range(count))
    while open_parts:  # Dijkstra's algorithm
        lowest = min(open_parts, key=lambda k: lift[k])
        open_parts.discard(lowest)
        for k in open_parts:
            lift[k] = min(lift[k], lift[lowest] + int(room[k, lowest]))
    lifts = np.array(lift, dtype=object)
    return u + lifts[part_x], v - lifts[part_y]


def _least(values: Whole, part: npt.NDArray[Any], count: int) -> Whole:
    """Return the least row of each part."""
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(count))
    return np.asarray(np.minimum.reduceat(values[order], starts, axis=0))

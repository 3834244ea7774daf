"""Plans of points of unit spread, each proved by its potentials, or refused.

On a line the plan is a closed form. In more dimensions POT's network simplex finds it while
all distances fit comfortably in memory, and generated columns do beyond.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial.distance import cdist

from wganlib._validate import FloatArray
from wganlib.distances._pairs import (
    BYTES_PER_PAIR,
    available_bytes,
    check_memory,
    check_memory_of_columns,
    two_masses,
)
from wganlib.distances.certificates import UncertifiedError, certified_gap, exact_sum, marginal_slip
from wganlib.distances.line_transport import (
    cdf_area,
    monotone_coupling,
    slope_potentials,
    whole_coupling,
)
from wganlib.distances.mixed_scales import Entries, with_idle

#: Up to this many pairs POT's dense solver is called; beyond, columns are generated.
DENSE_PAIRS = 2_000_000

#: Beyond this dimension pricing takes longer than pivots, so that POT's solver, which
#: computes every distance once, is called as long as its matrix fits in memory.
DENSE_DIMENSION = 32

#: So it is where one set is this many times larger: 30 points against 10,000 take POT 0.2 s and
#: generated columns 1.2 s, for each pivot moves a large part of the tree.
MOST_LOPSIDED = 16

#: Costs below this, in units of the spread, come from squares that have lost digits.
_SMALLEST_COST = 1e-130

_MAX_ITERATIONS = 10**12

#: Rounds of lowering parts of a potential before they are given up.
_MOST_LOWERINGS = 60

#: Potentials that are this many times the cost, by mass, are moved towards 0 if they can be: what
#: lies far from all else may be lifted freely, and POT from 0.9.7 on lifts it as far as it goes.
_FAR = 100.0


# --- on a line -----------------------------------------------------------------------


def line_distance(x: FloatArray, y: FloatArray, a: object | None, b: object | None) -> float:
    """Return W1 of numbers, without scaling them first: tiny ones beside huge ones count."""
    mass_x, mass_y = two_masses(a, b, x.size, y.size)
    with np.errstate(over="ignore"):
        if a is None and b is None and x.size == y.size:
            return float(np.abs(np.sort(x) - np.sort(y)).sum()) / x.size
        return cdf_area(x, y, mass_x, mass_y)


def plan_on_line(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> Entries:
    """Return the monotone plan, with masses added as whole numbers if floats do not prove it."""
    x, y = x[:, 0], y[:, 0]
    try:
        return _line_entries(
            monotone_coupling(x, y, a, b), slope_potentials(x, y, a, b), x, y, a, b
        )
    except UncertifiedError:
        potentials = slope_potentials(x, y, a, b, whole=True)
        return _line_entries(whole_coupling(x, y, a, b), potentials, x, y, a, b)


def _line_entries(
    coupling: coo_array,
    potentials: tuple[FloatArray, FloatArray],
    x: FloatArray,
    y: FloatArray,
    a: FloatArray,
    b: FloatArray,
) -> Entries:
    row, column = coupling.coords
    cost = float(coupling.data @ np.abs(x[row] - y[column]))
    entries = Entries(cost, row, column, coupling.data, *potentials)
    return _certified(entries, x[:, None], y[:, None], a, b)


# --- more dimensions -----------------------------------------------------------------


def _network_simplex(
    cost: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[float, dict[str, Any]]:
    """Call POT, and turn everything it reports into an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ot

        value, log = ot.emd2(a, b, cost, numItermax=_MAX_ITERATIONS, log=True, return_matrix=True)
    if log["warning"] is not None:
        raise RuntimeError(f"the network simplex stopped early: {log['warning']}")
    return float(value), log


def simplex_distance(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Return W1 of points of unit spread that all have mass, or refuse."""
    if _is_large(x, y):
        return _certified(_sparse_entries(x, y, a, b), x, y, a, b).cost
    check_memory(len(x), len(y))
    cost = cdist(x, y)
    reach = float(cost.max())
    value, log = _network_simplex(cost, a, b)
    coupling, potential_y = log["G"], log["v"]
    row, column = np.nonzero(coupling)
    slip = marginal_slip(row, column, coupling[row, column], a, b)
    potential_x = np.subtract(cost, potential_y, out=cost).min(axis=1)
    _check_smallest(value)
    certified_gap(value, (potential_x, potential_y), (a, b), slip=slip, reach=reach)
    return value


def plan_by_simplex(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> Entries:
    """Return the plan of points of unit spread, or refuse."""
    rows, columns = np.flatnonzero(a), np.flatnonzero(b)
    from_x, to_y = x[rows], y[columns]
    solver = _sparse_entries if _is_large(from_x, to_y) else _dense_entries
    found = solver(from_x, to_y, a[rows], b[columns])
    f, g = with_idle(x, y, rows, columns, found.potential_x, found.potential_y)
    entries = Entries(found.cost, rows[found.rows], columns[found.columns], found.mass, f, g)
    return _certified(entries, x, y, a, b)


def _dense_entries(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> Entries:
    """Solve with POT, which holds all distances."""
    check_memory(len(x), len(y))
    distance = cdist(x, y)
    _, log = _network_simplex(distance, a, b)
    row, column = np.nonzero(log["G"])
    cost = exact_sum(log["G"][row, column] * distance[row, column])
    potential_x = (distance - log["v"]).min(axis=1)
    potential_y = (distance - potential_x[:, None]).min(axis=0)
    return Entries(cost, row, column, log["G"][row, column], potential_x, potential_y)


def _is_large(x: FloatArray, y: FloatArray) -> bool:
    """Tell whether columns of the problem are to be generated, which needs numba."""
    pairs, sizes = len(x) * len(y), sorted([len(x), len(y)])
    if pairs <= DENSE_PAIRS or find_spec("numba") is None:
        return False
    fast = x.shape[1] <= DENSE_DIMENSION and sizes[1] <= MOST_LOPSIDED * sizes[0]
    return fast or pairs * BYTES_PER_PAIR > available_bytes()


def _sparse_entries(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> Entries:
    """Solve without ever holding all distances."""
    check_memory_of_columns(len(x), len(y))
    from wganlib.distances.sparse_transport import sparse_plan

    return sparse_plan(x, y, a, b)


# --- certificates --------------------------------------------------------------------


def _check_smallest(cost: float) -> None:
    """Refuse a cost at which squares of distances, of points of unit spread, lose digits."""
    if cost < _SMALLEST_COST:
        raise UncertifiedError(
            "x: expected points that spread over little more than they move, got a cost of "
            f"{cost:g} in units of their spread"
        )


def _certified(
    entries: Entries, x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> Entries:
    """Return a plan that its own potentials prove, or refuse; the error carries the plan."""
    movable = x.shape[1] > 1 and entries.cost > 0.0
    try:
        proved = _proved(entries, x, y, a, b)
    except UncertifiedError as error:
        error.entries = entries
        nearer = _towards_zero(entries, x, y) if movable else None
        if nearer is None:
            raise
        return _proved(nearer, x, y, a, b)
    small = len(x) * len(y) <= DENSE_PAIRS
    if not (movable and small and _weight(proved, a, b) > _FAR * proved.cost):
        return proved
    nearer = _towards_zero(proved, x, y)
    if nearer is None or _weight(nearer, a, b) > _weight(proved, a, b) / 2.0:
        return proved
    try:
        return _proved(nearer, x, y, a, b)
    except UncertifiedError:  # the potentials that prove it stay where they are
        return proved


def _weight(entries: Entries, a: FloatArray, b: FloatArray) -> float:
    """Return how far the potentials are from 0, each point by its mass."""
    return float(a @ np.abs(entries.potential_x) + b @ np.abs(entries.potential_y))


def _proved(
    entries: Entries, x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> Entries:
    """Return a plan, or refuse it."""
    slip = marginal_slip(entries.rows, entries.columns, entries.mass, a, b)
    reach = float(np.linalg.norm(np.ptp(np.concatenate([x, y]), axis=0)))
    if x.shape[1] > 1:
        _check_smallest(entries.cost)
    potentials = entries.potential_x, entries.potential_y
    certified_gap(entries.cost, potentials, (a, b), slip=slip, reach=reach)
    return entries


def _towards_zero(entries: Entries, x: FloatArray, y: FloatArray) -> Entries | None:
    """Return the same plan with potentials as near to 0 as they can be, or None.

    Points that mass connects rise and fall together. Each such part, computed by itself, is
    centred at 0, where floats have most digits, and then lowered until it is feasible beside
    the others. That is Bellman and Ford's algorithm, of which a few rounds are nearly always
    enough: for a cloud and its slightly moved copy, none.
    """
    n, size = len(x), len(x) + len(y)
    length = np.linalg.norm(x[entries.rows] - y[entries.columns], axis=1)
    graph = coo_array(
        (np.ones(length.size), (entries.rows, n + entries.columns)), shape=(size, size)
    )
    count, part = connected_components(graph, directed=False)
    potential = _along_trees(graph, part, count, x, y)
    order = np.argsort(part[:n], kind="stable")
    present, starts = np.unique(part[:n][order], return_index=True)
    inside = potential[:n][order]
    centre = np.zeros(count)
    centre[present] = (
        np.maximum.reduceat(inside, starts) + np.minimum.reduceat(inside, starts)
    ) / 2.0
    f = potential[:n] - centre[part[:n]]
    g = potential[n:] + centre[part[n:]]
    for _ in range(_MOST_LOWERINGS):
        least = _lowest(x, y, g)
        below = np.zeros(count)
        below[present] = np.minimum.reduceat((least - f)[order], starts)
        rounding = 8.0 * np.finfo(np.float64).eps * (np.abs(f).max() + np.abs(g).max())
        if below.min() >= -rounding:
            g = _lowest(y, x, least)
            return replace(entries, potential_x=least, potential_y=g)
        below = np.minimum(below, 0.0)
        f, g = f + below[part[:n]], g - below[part[n:]]
    return None


def _along_trees(
    graph: coo_array, part: Any, count: int, x: FloatArray, y: FloatArray
) -> FloatArray:
    """Return potentials that are tight along a spanning tree of each part, from 0 at its root."""
    size = len(part)
    roots = np.unique(part, return_index=True)[1]
    row, column = graph.coords
    rooted = coo_array(
        (
            np.ones(row.size + count),
            (np.append(row, np.full(count, size)), np.append(column, roots)),
        ),
        shape=(size + 1, size + 1),
    ).tocsr()
    order, before = breadth_first_order(rooted, size, directed=False)
    potential = np.zeros(size + 1)
    node = order[1:]
    node = node[before[node] != size]
    above = before[node]
    points = np.concatenate([x, y])
    length = np.linalg.norm(points[node] - points[above], axis=1)
    for one, other, far in zip(node.tolist(), above.tolist(), length.tolist(), strict=True):
        potential[one] = far - potential[other]
    return potential[:size]


def _lowest(at: FloatArray, tips: FloatArray, heights: FloatArray) -> FloatArray:
    r"""Return the least of \|z - t_k\| - h_k at each z."""
    if _is_large(at, tips):
        from wganlib.distances.sparse_transport import lowest

        return lowest(at, tips, heights)
    least = np.empty(len(at))
    rows = max(1, DENSE_PAIRS // len(tips))
    for start in range(0, len(at), rows):
        here = slice(start, start + rows)
        least[here] = (cdist(at[here], tips) - heights).min(axis=1)
    return least

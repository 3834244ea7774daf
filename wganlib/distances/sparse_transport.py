"""Large transport problems: columns generated where they pay, and never all distances at once.

The simplex works on a sparse list of pairs. Which pairs, potentials say: those of least
reduced cost for each point. Good potentials to begin with come from a coarser problem, four
points in one, solved the same way; then the rest of the pairs is priced, exactly and in
blocks, those of negative reduced cost join the list, and the simplex goes on from where it
is. When no pair is left that pays, the potentials are feasible, and so the plan is optimal.

Measured on one core of an AMD EPYC (2.6 GHz), normal points of which one cloud is moved by
0.3, CPU seconds and peak memory of the whole process:

==============  =======  ============================  =====================
n = m           d        this                          POT 0.9.6, ``ot.emd2``
==============  =======  ============================  =====================
1,000           2        0.05 s                        0.17 s, 0.19 GB
10,000          2        2.7 s, 0.20 GB                25.4 s, 4.2 GB
10,000          3        2.6 s, 0.19 GB
10,000          8        7.0 s, 0.20 GB
50,000          2        69 s, 0.35 GB                 does not fit
==============  =======  ============================  =====================

Others that were tried at n = 10,000 in the plane: POT 0.9.7's lazy solver takes as long as
its dense one (2.4 s for 1.6 s at n = 3,000); its sparse one takes 1.6 s for each round with
155,000 columns and cannot go on from the round before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from tqdm.auto import tqdm

from wganlib._validate import FloatArray
from wganlib.distances import _simplex_kernels as kernels
from wganlib.distances.mixed_scales import Entries

IntArray = npt.NDArray[np.int64]

#: Pairs of points up to which a problem is not made coarser.
_COARSEST = 40_000

#: Points that make one of the coarser problem.
_TOGETHER = 4

#: Columns that each point proposes in a round.
_COLUMNS = 8

#: Points in a block of the pricing.
_BLOCK = 64

#: Pivots, and pairs priced, between two looks at the clock and the keyboard.
_PIVOTS_AT_ONCE = 20_000
_PAIRS_AT_ONCE = 50_000_000

#: Seconds before a bar of progress appears.
_PATIENCE = 3.0

_MOST_ROUNDS = 500

#: Whole masses add up to at most this, so that no sum of them overflows.
_LARGEST_TOTAL = 2**61


def whole_flows(a: FloatArray, b: FloatArray) -> tuple[IntArray, IntArray]:
    """Return masses as whole numbers of one total: equal ones exactly, others to 2^-61."""
    if (a == a[0]).all() and (b == b[0]).all():
        common = math.gcd(a.size, b.size)
        return (
            np.full(a.size, b.size // common, dtype=np.int64),
            np.full(b.size, a.size // common, dtype=np.int64),
        )
    return _rounded(a), _rounded(b)


def _rounded(mass: FloatArray) -> IntArray:
    """Return masses in units of 2^-61 of the whole: roundings go to the largest ones."""
    unit = Fraction(_LARGEST_TOTAL) / sum(map(Fraction, mass.tolist()))
    whole = np.array([round(Fraction(one) * unit) for one in mass.tolist()], dtype=np.int64)
    largest = np.argsort(-mass, kind="stable")
    off = _LARGEST_TOTAL - int(whole.sum())
    share, rest = divmod(abs(off), whole.size)
    whole += int(np.sign(off)) * share
    whole[largest[:rest]] += int(np.sign(off))
    return whole


class _Blocks:
    """Points with a height each, in blocks that can be passed over when they are too far."""

    def __init__(self, points: FloatArray, heights: FloatArray) -> None:
        count = max(1, -(-len(points) // _BLOCK))
        size = -(-len(points) // count)
        starts = np.arange(0, len(points), size)
        self.columns = np.ascontiguousarray(points.T)
        self.heights = np.ascontiguousarray(heights)
        self.low = np.minimum.reduceat(points, starts, axis=0)
        self.high = np.maximum.reduceat(points, starts, axis=0)
        self.top = np.maximum.reduceat(self.heights, starts)

    def nearest(
        self, points: FloatArray, keep: int, bar: tqdm[Any]
    ) -> tuple[FloatArray, npt.NDArray[np.int32]]:
        """Return the least |z - y_j| - g_j for each z, the best ``keep``, and their columns."""
        values = np.empty((len(points), keep))
        columns = np.empty((len(points), keep), dtype=np.int32)
        rows = max(1, _PAIRS_AT_ONCE // len(self.heights))
        for start in range(0, len(points), rows):
            here = slice(start, start + rows)
            kernels.nearest(
                points[here],
                self.columns,
                self.heights,
                self.low,
                self.high,
                self.top,
                values[here],
                columns[here],
            )
            bar.update(0)
        return values, columns


@dataclass(eq=False)
class _Tree:
    """The basis of the simplex, as the kernels keep it; see there."""

    parent: npt.NDArray[np.int32]
    child: npt.NDArray[np.int32]
    after: npt.NDArray[np.int32]
    before: npt.NDArray[np.int32]
    depth: npt.NDArray[np.int32]
    up: npt.NDArray[np.bool_]
    cost: FloatArray
    flow: IntArray
    potential: FloatArray

    @classmethod
    def of_artificial_arcs(cls, f: FloatArray, g: FloatArray, a: IntArray, b: IntArray) -> _Tree:
        """Hang every point at the root by an arc that costs what its potential says."""
        n, below = f.size, f.size + g.size
        index = np.arange(-1, below, dtype=np.int32)
        after = np.append(index[2:], [-1, -1]).astype(np.int32)
        before = np.append(index[:-1], -1).astype(np.int32)
        child = np.full(below + 1, -1, dtype=np.int32)
        child[below] = 0
        parent = np.full(below + 1, below, dtype=np.int32)
        parent[below] = -1
        depth = np.ones(below + 1, dtype=np.int32)
        depth[below] = 0
        up = np.arange(below + 1) < n
        cost = np.concatenate([f, g, [0.0]])
        flow = np.concatenate([a, b, [0]])
        potential = np.where(up, -cost, cost)
        return cls(parent, child, after, before, depth, up, cost, flow, potential)

    def arrays(self) -> tuple[Any, ...]:
        """Return what the kernel takes, in its order."""
        return (
            self.parent,
            self.child,
            self.after,
            self.before,
            self.depth,
            self.up,
            self.cost,
            self.flow,
            self.potential,
        )


@dataclass(eq=False)
class _Columns:
    """Pairs outside the basis that the simplex may bring in."""

    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    length: FloatArray

    @classmethod
    def between(cls, x: FloatArray, y: FloatArray, rows: Any, columns: Any) -> _Columns:
        """Return the columns of some pairs, each once."""
        key = np.unique(np.asarray(rows, dtype=np.int64) * len(y) + columns)
        row, column = np.divmod(key, len(y))
        length = np.sqrt(((x[row] - y[column]) ** 2).sum(axis=1))
        return cls(row.astype(np.int32), (column + len(x)).astype(np.int32), length)

    def kept_with(self, more: _Columns, potential: FloatArray, most: float) -> _Columns:
        """Return those of small reduced cost, and some more."""
        reduced = self.length + potential[self.source] - potential[self.target]
        keep = np.isfinite(self.length) & (reduced < most)
        return _Columns(
            np.concatenate([self.source[keep], more.source]),
            np.concatenate([self.target[keep], more.target]),
            np.concatenate([self.length[keep], more.length]),
        )


class _Problem:
    """Points in an order in which neighbours are near, their whole masses, and a bar."""

    def __init__(
        self, x: FloatArray, y: FloatArray, a: IntArray, b: IntArray, bar: tqdm[Any]
    ) -> None:
        self.x, self.y, self.a, self.b, self.bar = x, y, a, b, bar
        together = np.concatenate([x, y])
        self.spread = float(np.linalg.norm(np.ptp(together, axis=0)))

    def coarser(self) -> _Problem:
        """Return the problem with four neighbours in one, at their centre of mass."""
        x, a = _merged(self.x, self.a)
        y, b = _merged(self.y, self.b)
        return _Problem(x, y, a, b, self.bar)

    def start(self) -> FloatArray:
        """Return potentials at y to begin with: those of the coarser problem, extended."""
        if len(self.x) * len(self.y) <= _COARSEST or len(self.x) < 16 or len(self.y) < 16:
            return np.zeros(len(self.y))
        coarse = self.coarser()
        tree = coarse.solve()
        heights = -tree.potential[: len(coarse.x)]
        return _Blocks(coarse.x, heights).nearest(self.y, 1, self.bar)[0][:, 0]

    def solve(self) -> _Tree:
        """Return an optimal basis."""
        x, y, n = self.x, self.y, len(self.x)
        keep = min(_COLUMNS, len(x), len(y))
        by_row, columns = _Blocks(y, self.start()).nearest(x, keep, self.bar)
        f = by_row[:, 0].copy()
        by_column, rows = _Blocks(x, f).nearest(y, keep, self.bar)
        g = by_column[:, 0].copy()
        active = _Columns.between(
            x,
            y,
            np.concatenate([np.repeat(np.arange(n), keep), rows.ravel()]),
            np.concatenate([columns.ravel(), np.repeat(np.arange(len(y)), keep)]),
        )
        # Dearer than any detour, so that in the end no mass goes over the root.
        toll = 2.0 * max(self.spread, np.finfo(np.float64).tiny)
        tree = _Tree.of_artificial_arcs(f + toll, g + toll, self.a, self.b)
        for _ in range(_MOST_ROUNDS):
            self._pivot(tree, active)
            more = self._paying(tree, keep)
            if more is None:
                return tree
            active = active.kept_with(more, tree.potential, 0.1 * self.spread)
        raise RuntimeError(
            f"columns that pay were still found after {_MOST_ROUNDS} rounds of the simplex"
        )

    def _pivot(self, tree: _Tree, active: _Columns) -> None:
        made, at = _PIVOTS_AT_ONCE, 0
        while made == _PIVOTS_AT_ONCE:
            made, at = kernels.pivot(
                _PIVOTS_AT_ONCE,
                at,
                active.source,
                active.target,
                active.length,
                *tree.arrays(),
            )
            self.bar.update(made)

    def _paying(self, tree: _Tree, keep: int) -> _Columns | None:
        """Price all pairs, and return the best of negative reduced cost, or None."""
        n = len(self.x)
        f, g = -tree.potential[:n], tree.potential[n:-1]
        by_row, columns = _Blocks(self.y, g).nearest(self.x, keep, self.bar)
        by_column, rows = _Blocks(self.x, f).nearest(self.y, keep, self.bar)
        # More than what the pivots call rounding, or they would leave what is found here.
        size = self.spread + float(np.abs(f).max()) + float(np.abs(g).max())
        rounding = 2.0 * kernels.ROUNDING * size
        row, first = np.nonzero(by_row - f[:, None] < -rounding)
        column, second = np.nonzero(by_column - g[:, None] < -rounding)
        if row.size + column.size == 0:
            return None
        return _Columns.between(
            self.x,
            self.y,
            np.concatenate([row, rows[column, second]]),
            np.concatenate([columns[row, first], column]),
        )


def _merged(points: FloatArray, mass: IntArray) -> tuple[FloatArray, IntArray]:
    starts = np.arange(0, len(points), _TOGETHER)
    total = np.add.reduceat(mass, starts)
    weighted = points * mass[:, None].astype(np.float64)
    centres = np.add.reduceat(weighted, starts, axis=0) / total[:, None].astype(np.float64)
    return centres, total


def _neighbours_first(points: FloatArray) -> npt.NDArray[np.intp]:
    """Return an order in which points that follow each other lie near each other."""
    return np.asarray(cKDTree(points, leafsize=_TOGETHER).indices)


def lowest(at: FloatArray, tips: FloatArray, heights: FloatArray) -> FloatArray:
    r"""Return the least of \|z - t_k\| - h_k at each z, without holding all distances."""
    order = _neighbours_first(tips)
    with tqdm(disable=True) as bar:
        return _Blocks(tips[order], heights[order]).nearest(at, 1, bar)[0][:, 0]


def sparse_plan(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> Entries:
    """Return the optimal plan of a large problem, without holding all distances.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d) and (m, d)
        Points that spread over about one.
    a, b : ndarray, shapes (n,) and (m,)
        Masses, all positive, of one sum.

    Returns
    -------
    Entries
        Plan and feasible potentials, not yet certified.

    Raises
    ------
    RuntimeError
        If the simplex does not come to an end.

    Source
    ------
    Schmitzer (2016), A sparse multiscale algorithm for dense optimal transport, for the
    idea of coarse potentials; Cunningham (1976), A network simplex method, for the pivots.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.distances.sparse_transport import sparse_plan
    >>> x, mass = np.random.default_rng(0).random((400, 2)), np.full(400, 1 / 400)
    >>> round(sparse_plan(x, x + [0.0, 2.0], mass, mass).cost, 12)
    2.0
    """
    flow_a, flow_b = whole_flows(a, b)
    where_x, label_x = np.unique(x + 0.0, axis=0, return_inverse=True)
    where_y, label_y = np.unique(y + 0.0, axis=0, return_inverse=True)
    label_x, label_y = label_x.ravel(), label_y.ravel()
    f, g, rows, columns, flow = _between_places(
        where_x, where_y, _gathered(flow_a, label_x), _gathered(flow_b, label_y)
    )
    point, entry, flow = _shared_out(label_x, flow_a, rows, flow)
    other, entry_y, flow = _shared_out(label_y, flow_b, columns[entry], flow)
    rows, columns = point[entry_y], other
    mass = flow / float(flow_a.sum()) * math.fsum(a.tolist())
    cost = math.fsum((mass * np.sqrt(((x[rows] - y[columns]) ** 2).sum(axis=1))).tolist())
    return Entries(cost, rows, columns, mass, f[label_x], g[label_y])


def _gathered(flow: IntArray, label: npt.NDArray[np.intp]) -> IntArray:
    total = np.zeros(int(label.max()) + 1, dtype=np.int64)
    np.add.at(total, label, flow)
    return total


def _between_places(
    x: FloatArray, y: FloatArray, a: IntArray, b: IntArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp], npt.NDArray[np.intp], IntArray]:
    """Return potentials, and what moves from where to where, of points of which no two agree."""
    order_x, order_y = _neighbours_first(x), _neighbours_first(y)
    x, y, n = x[order_x], y[order_y], len(x)
    with tqdm(desc="exact transport", unit=" pivots", delay=_PATIENCE, leave=False) as bar:
        tree = _Problem(x, y, a[order_x], b[order_y], bar).solve()
        f = _Blocks(y, tree.potential[n:-1]).nearest(x, 1, bar)[0][:, 0]
        g = _Blocks(x, f).nearest(y, 1, bar)[0][:, 0]
    below = np.arange(len(tree.parent) - 1)
    used = below[(tree.flow[:-1] > 0) & (tree.parent[:-1] < len(below))]
    above = tree.parent[used]
    rows, columns = np.minimum(used, above), np.maximum(used, above) - n
    back_f, back_g = np.empty_like(f), np.empty_like(g)
    back_f[order_x], back_g[order_y] = f, g
    return back_f, back_g, order_x[rows], order_y[columns], tree.flow[used]


def _shared_out(
    label: npt.NDArray[np.intp], mass: IntArray, place: npt.NDArray[np.intp], flow: IntArray
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], IntArray]:
    """Share what leaves each place among the points that lie there, in their order.

    Return the point, the number of the entry that it was part of, and its flow. Laid end to
    end by place, points and entries cut one line at two sets of marks.
    """
    points = np.argsort(label, kind="stable")
    entries = np.argsort(place, kind="stable")
    upto_point, upto_entry = np.cumsum(mass[points]), np.cumsum(flow[entries])
    marks = np.unique(np.concatenate([upto_point, upto_entry]))
    marks = marks[marks > 0]
    return (
        points[np.searchsorted(upto_point, marks)],
        entries[np.searchsorted(upto_entry, marks)],
        np.diff(marks, prepend=0),
    )

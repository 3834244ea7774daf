"""Compiled loops of the sparse network simplex: pivots on a tree, and exact pricing of pairs.

Imported only for large problems, because it needs numba. Every routine works on plain arrays
that it is given, allocates next to nothing, and returns after a bounded amount of work, so
that Python can show progress and be interrupted between two calls.

The tree hangs at an artificial root, the node n + m. Each node below it has a ``parent``, an
arc to it (``up`` where the arc leads from the node to its parent), that arc's ``cost`` and
its ``flow``, a whole number. Arcs outside the tree carry nothing and are a mere list of
columns, which may be exchanged between calls.
"""

# Loops over elements are what numba compiles well; vectorised they would need n x m numbers.
from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float64]

#: A reduced cost counts as negative only beyond this share of the numbers it is made of.
ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


@numba.njit(cache=True)
def _join(u: int, v: int, parent: IntArray, depth: IntArray) -> int:
    """Return the node at which the paths from u and v to the root meet."""
    while u != v:
        if depth[u] >= depth[v]:
            u = parent[u]
        else:
            v = parent[v]
    return u


@numba.njit(cache=True)
def _unlink(
    node: int, parent: IntArray, child: IntArray, after: IntArray, before: IntArray
) -> None:
    """Take a node out of its parent's list of children."""
    if before[node] >= 0:
        after[before[node]] = after[node]
    else:
        child[parent[node]] = after[node]
    if after[node] >= 0:
        before[after[node]] = before[node]


@numba.njit(cache=True)
def _link(
    node: int, above: int, parent: IntArray, child: IntArray, after: IntArray, before: IntArray
) -> None:
    """Put a node into another's list of children."""
    parent[node] = above
    after[node] = child[above]
    before[node] = -1
    if child[above] >= 0:
        before[child[above]] = node
    child[above] = node


@numba.njit(cache=True)
def _refresh(
    top: int,
    parent: IntArray,
    child: IntArray,
    after: IntArray,
    depth: IntArray,
    up: IntArray,
    cost: FloatArray,
    potential: FloatArray,
) -> None:
    """Recompute depth and potential of a node and of all that hangs below it."""
    node = top
    while True:
        above = parent[node]
        depth[node] = depth[above] + 1
        potential[node] = potential[above] + (-cost[node] if up[node] else cost[node])
        if child[node] >= 0:
            node = child[node]
            continue
        while node != top and after[node] < 0:
            node = parent[node]
        if node == top:
            return
        node = after[node]


@numba.njit(cache=True)
def _entering(
    start: int,
    block: int,
    source: IntArray,
    target: IntArray,
    length: FloatArray,
    potential: FloatArray,
) -> tuple[int, int]:
    """Return the most negative column of the first block that has one, and where to go on."""
    count = len(source)
    best, found, seen, at = 0.0, -1, 0, start
    for _ in range(count):
        s, t = source[at], target[at]
        reduced = length[at] + potential[s] - potential[t]
        if reduced < best:
            size = length[at] + abs(potential[s]) + abs(potential[t])
            if reduced < -ROUNDING * size:
                best, found = reduced, at
        at += 1
        if at == count:
            at = 0
        seen += 1
        if seen >= block:
            if found >= 0:
                return found, at
            seen = 0
    return found, at


@numba.njit(cache=True)
def pivot(
    most: int,
    start: int,
    source: IntArray,
    target: IntArray,
    length: FloatArray,
    parent: IntArray,
    child: IntArray,
    after: IntArray,
    before: IntArray,
    depth: IntArray,
    up: IntArray,
    cost: FloatArray,
    flow: IntArray,
    potential: FloatArray,
) -> tuple[int, int]:
    """Make at most ``most`` pivots; return how many were made, and where pricing stopped.

    Ties between leaving arcs are broken so that the tree stays strongly feasible
    (Cunningham 1976): degenerate pivots, which equal masses bring in plenty, cannot cycle.
    """
    block = max(int(math.sqrt(len(source))), 20)
    root = len(parent) - 1
    for made in range(most):
        arc, start = _entering(start, block, source, target, length, potential)
        if arc < 0:
            return made, start
        first, second = source[arc], target[arc]
        join = _join(first, second, parent, depth)
        # What the cycle can carry: least flow among the arcs that it runs against.
        delta, out, on_first = np.int64(2**62), -1, True
        node = first
        while node != join:
            if up[node] and flow[node] < delta:
                delta, out, on_first = flow[node], node, True
            node = parent[node]
        node = second
        while node != join:
            if not up[node] and flow[node] <= delta:
                delta, out, on_first = flow[node], node, False
            node = parent[node]
        if delta > 0:
            node = first
            while node != join:
                flow[node] += -delta if up[node] else delta
                node = parent[node]
            node = second
            while node != join:
                flow[node] += delta if up[node] else -delta
                node = parent[node]
        leaving_up, leaving_cost, leaving_parent = up[out], cost[out], parent[out]
        # Hang the cut-off part at the end of the entering arc that lies in it.
        node, above = (first, second) if on_first else (second, first)
        top = node
        new_up, new_cost, new_flow = on_first, length[arc], delta
        while True:
            old_parent = parent[node]
            old_up, old_cost, old_flow = up[node], cost[node], flow[node]
            _unlink(node, parent, child, after, before)
            _link(node, above, parent, child, after, before)
            up[node], cost[node], flow[node] = new_up, new_cost, new_flow
            if node == out:
                break
            new_up, new_cost, new_flow = not old_up, old_cost, old_flow
            node, above = old_parent, node
        _refresh(top, parent, child, after, depth, up, cost, potential)
        # The leaving arc takes the place of the entering one among the columns.
        if leaving_parent == root:
            length[arc] = np.inf
        else:
            source[arc], target[arc] = (
                (out, leaving_parent) if leaving_up else (leaving_parent, out)
            )
            length[arc] = leaving_cost
    return most, start


@numba.njit(cache=True)
def nearest(
    x: FloatArray,
    y: FloatArray,
    g: FloatArray,
    low: FloatArray,
    high: FloatArray,
    top: FloatArray,
    values: FloatArray,
    columns: IntArray,
) -> None:
    r"""For each row of x find the columns j of least \|x - y_j\| - g_j, the best first.

    ``y`` has shape (d, m) and comes in blocks of points that lie together: ``low`` and
    ``high`` are the corners of their boxes, ``top`` the largest g in each. A block whose
    distance less ``top`` beats nothing found so far is passed over; the answer is exact.
    """
    keep = values.shape[1]
    dimension, m = y.shape
    blocks = len(top)
    size = (m + blocks - 1) // blocks
    bound = np.empty(blocks)
    reach = np.empty(size)
    for i in range(len(x)):
        for b in range(blocks):
            bound[b] = 0.0
        for c in range(dimension):
            at = x[i, c]
            for b in range(blocks):
                gap = max(low[b, c] - at, at - high[b, c], 0.0)
                bound[b] += gap * gap
        for b in range(blocks):
            bound[b] = math.sqrt(bound[b]) * (1.0 - 1e-12) - top[b]
        for k in range(keep):
            values[i, k], columns[i, k] = np.inf, -1
        first = int(np.argmin(bound))
        for turn in range(blocks + 1):
            b = first if turn == 0 else turn - 1
            worst = values[i, keep - 1]
            if bound[b] >= worst or (turn > 0 and b == first):
                continue
            begin, end = b * size, min((b + 1) * size, m)
            for j in range(end - begin):
                reach[j] = 0.0
            for c in range(dimension):
                at = x[i, c]
                for j in range(begin, end):
                    step = y[c, j] - at
                    reach[j - begin] += step * step
            for j in range(begin, end):
                reach[j - begin] = math.sqrt(reach[j - begin]) - g[j]
            for j in range(begin, end):
                value = reach[j - begin]
                if value < worst:
                    k = keep - 1
                    while k > 0 and values[i, k - 1] > value:
                        values[i, k], columns[i, k] = values[i, k - 1], columns[i, k - 1]
                        k -= 1
                    values[i, k], columns[i, k] = value, j
                    worst = values[i, keep - 1]

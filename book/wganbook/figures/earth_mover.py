"""Moving figures of the earth mover's distance: couplings, areas and samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from wganbook.scene import (
    Axis,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    cells,
    line,
    points,
    segments,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import transport

#: The masses of the boxes puzzle of the chapter. places 0 to 6, six boxes.
SOURCE = (0.0, 1 / 6, 3 / 6, 0.0, 2 / 6, 0.0, 0.0)
TARGET = (2 / 6, 0.0, 0.0, 1 / 6, 0.0, 0.0, 3 / 6)

#: Two sets of eight points on a line with one mean, the second narrower.
WIDE = (-2.0, -1.8, -1.5, -0.9, 0.3, 1.4, 1.9, 2.6)
NARROW = (-0.9, -0.6, -0.3, -0.1, 0.1, 0.3, 0.6, 0.9)


def couplings(
    source: npt.ArrayLike = SOURCE, target: npt.ArrayLike = TARGET, *, frames: int = 41
) -> Scene:
    r"""Compute the couplings on the way from the product plan to an optimal one.

    :math:`\pi_t = (1 - t) \, a b^T + t \, \pi^*`. ``source, target``: masses a and b at the
    places 0, 1, …, k - 1; nonnegative, sum one. ``frames``: positions of the slider, at least 2.
    Source: Villani, Optimal Transport: Old and New (2009), chapter 1, for the product coupling.
    """
    a, b = check.mass(source, "source"), check.mass(target, "target")
    check.same_length(a, b, ("source", "target"))
    steps = np.linspace(0.0, 1.0, check.integer(frames, "frames", at_least=2))
    places = np.arange(a.size, dtype=np.float64)
    product = transport.product_plan(a, b)
    best = np.asarray(transport.transport_plan(places, places, a, b).coupling)
    plans = np.stack([(1 - t) * product + t * best for t in steps])
    costs = [transport.coupling_cost(plan, places, places) for plan in plans]
    off = [max(float(np.abs(p.sum(1) - a).max()), float(np.abs(p.sum(0) - b).max())) for p in plans]
    start = len(steps) // 4
    return Scene(
        "From the product plan to an optimal plan",
        Slider(
            "t",
            "t: share of the optimal plan in the mixture",
            steps.tolist(),
            start,
            digits=3,
            play=True,
        ),
        [_matrix(plans, a, b), _arrows(plans, a, b)],
        [
            Readout("cost of this plan", costs, role="em"),
            Readout("cost of an optimal plan", [costs[-1]] * len(costs), role="good"),
            Readout("marginals off by", off, role="ink"),
        ],
        "Left: the coupling as a matrix, rows the places that mass leaves, columns those that it "
        "reaches, the stronger the colour the more. Right: the same plan as strokes between two "
        "rows of places. At t = 0 every pile is spread over all holes; at t = 1 few strokes are "
        "left. The marginals never change, and the cost falls in a straight line.",
    )


def _matrix(plans: FloatArray, a: FloatArray, b: FloatArray) -> Panel:
    """Return the matrix with its row sums on the left and its column sums below."""
    rows, columns = np.flatnonzero(a), np.flatnonzero(b)
    across, down = np.meshgrid(np.arange(columns.size), np.arange(rows.size))
    shown = plans[:, rows][:, :, columns].reshape(len(plans), -1)
    darkest = max(float(shown.max()), float(a.max()), float(b.max()))
    high = rows.size - 1.0
    ends = (-1.35, columns.size - 0.4), (-1.35, rows.size - 0.4)
    return Panel(
        "The coupling and its marginals",
        Axis(
            "to place (steps)",
            *ends[0],
            [-1.0, *range(columns.size)],
            ["a", *map(str, columns)],
        ),
        Axis(
            "from place (steps)",
            *ends[1],
            [-1.0, *range(rows.size)],
            ["b", *map(str, rows[::-1])],
        ),
        [
            cells(
                across.ravel(),
                high - down.ravel(),
                shown / darkest,
                width=0.94,
                height=0.94,
                role="em",
            ),
            cells(
                np.full(rows.size, -1.0),
                high - np.arange(rows.size),
                a[rows] / darkest,
                width=0.5,
                height=0.94,
                role="p",
            ),
            cells(
                np.arange(columns.size),
                np.full(columns.size, -1.0),
                b[columns] / darkest,
                width=0.94,
                height=0.5,
                role="q",
            ),
        ],
        equal=True,
    )


def _arrows(plans: FloatArray, a: FloatArray, b: FloatArray) -> Panel:
    """Return the plan as strokes from the piles above to the holes below."""
    rows, columns = np.flatnonzero(a), np.flatnonzero(b)
    start, end = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    widths = 28.0 * plans[:, start, end]
    last = a.size - 1
    return Panel(
        "The same plan, as strokes",
        Axis("place (steps)", -0.7, last + 0.7, range(a.size)),
        Axis("", -0.25, 1.25, (0, 1), ("to", "from")),
        [
            segments(start, np.ones(start.size), end, np.zeros(end.size), role="em", width=widths),
            *[
                points([place], [level], role=role, size=3 + 12 * float(mass[place]))
                for level, role, mass in ((1.0, "p", a), (0.0, "q", b))
                for place in np.flatnonzero(mass)
            ],
        ],
    )


def cdf_area(fixed: npt.ArrayLike = WIDE, moved: npt.ArrayLike = NARROW) -> Scene:
    r"""Compute EM on a line as the area between two distribution functions, in three ways.

    :math:`W_1 = \int |F(t) - G(t)| \, dt = \frac1n \sum_i |x_{(i)} - y_{(i)}|`. ``fixed, moved``:
    equally many points on a line; the second set is shifted by the slider.
    Source: Villani, Topics in Optimal Transportation (2003), section 2.2.
    """
    x, y = _line_points(fixed, "fixed"), _line_points(moved, "moved")
    if x.size != y.size:
        raise ValueError(f"moved: expected the number of points of fixed, {x.size}, got {y.size}")
    shifts = np.round(np.linspace(-4.0, 4.0, 81), 12)
    shifted = np.sort(y) + shifts[:, None]
    ordered = np.sort(x)
    flat = np.stack([ordered, np.zeros(x.size)], axis=1)
    by_area = [_area_between(ordered, z) for z in shifted]
    by_sorting = np.abs(ordered - shifted).mean(axis=1)
    by_pot = [
        transport.wasserstein_1(flat, np.stack([z, np.zeros(z.size)], axis=1)) for z in shifted
    ]
    means = np.abs(ordered.mean() - shifted.mean(axis=1))
    low, high = min(ordered[0], shifted.min()) - 0.3, max(ordered[-1], shifted.max()) + 0.3
    return Scene(
        "EM on a line: the area between two distribution functions",
        Slider(
            "s", "s: how far the second distribution is shifted", shifts.tolist(), 52, play=True
        ),
        [_cdf_panel(ordered, shifted, low, high), _matching_panel(ordered, shifted, low, high)],
        [
            Readout("EM, as the area", by_area, role="em"),
            Readout("EM, by sorting", by_sorting.tolist(), role="em"),
            Readout("EM, by POT", by_pot, role="em"),
            Readout("distance of means", means.tolist(), role="ink"),
        ],
        "Left: two staircases, the distribution functions F and G, with the area between them "
        "filled; that area is EM. Right: the points of both, matched from left to right; the mean "
        "length of the strokes is EM too. Where the staircases do not cross, EM is the distance "
        "of the means; where they cross, it is more.",
    )


def _line_points(value: npt.ArrayLike, name: str) -> FloatArray:
    array = check.points(value, name)
    if array.shape[1] != 1:
        raise ValueError(f"{name}: expected points on a line, got shape {array.shape}")
    return array[:, 0]


def _steps(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the sorted union of points, and both distribution functions after each."""
    at = np.sort(np.concatenate([x, y]))
    return at, transport.empirical_cdf(x, at), transport.empirical_cdf(y, at)


def _area_between(x: FloatArray, y: FloatArray) -> float:
    at, f, g = _steps(x, y)
    return float(np.abs(f - g)[:-1] @ np.diff(at))


def _staircase(x: FloatArray, y: FloatArray, low: float, high: float) -> FloatArray:
    """Return corners (t, F, G) of both staircases, two for each point and one at each end."""
    at, f, g = _steps(x, y)
    before_f, before_g = np.concatenate([[0.0], f[:-1]]), np.concatenate([[0.0], g[:-1]])
    corners = np.stack(
        [
            np.repeat(at, 2),
            np.stack([before_f, f], axis=1).ravel(),
            np.stack([before_g, g], axis=1).ravel(),
        ]
    )
    ends = np.array([[low, 0.0, 0.0], [high, 1.0, 1.0]]).T
    return np.concatenate([ends[:, :1], corners, ends[:, 1:]], axis=1)


def _cdf_panel(x: FloatArray, shifted: FloatArray, low: float, high: float) -> Panel:
    corners = np.stack([_staircase(x, z, low, high) for z in shifted])
    at, f, g = corners[:, 0], corners[:, 1], corners[:, 2]
    return Panel(
        "The area between F and G",
        Axis("t (length)", low, high, _ticks(low, high)),
        Axis("share of mass up to t", -0.04, 1.04, (0, 0.5, 1)),
        [
            area(at, f, g, role="em", label="between them"),
            line(at, f, role="p", label="F, fixed"),
            line(at, g, role="q", label="G, shifted", dashed=True),
        ],
    )


def _matching_panel(x: FloatArray, shifted: FloatArray, low: float, high: float) -> Panel:
    top, bottom = np.ones(x.size), np.zeros(x.size)
    return Panel(
        "Matched from left to right",
        Axis("t (length)", low, high, _ticks(low, high)),
        Axis("", -0.25, 1.25, (0, 1), ("Q", "P")),
        [
            segments(
                np.tile(x, (len(shifted), 1)),
                np.tile(top, (len(shifted), 1)),
                shifted,
                np.tile(bottom, (len(shifted), 1)),
                role="em",
                width=np.full(x.size, 1.5),
            ),
            points(x, top, role="p", size=5),
            points(shifted, np.tile(bottom, (len(shifted), 1)), role="q", size=5),
        ],
    )


def _ticks(low: float, high: float) -> list[int]:
    """Return the even numbers in a range."""
    return list(range(2 * int(np.ceil(low / 2)), int(high) + 1, 2))


def sample_bias(
    sizes: Sequence[int], distances: Mapping[str, npt.ArrayLike], *, seed: Any
) -> Scene:
    """Compute how EM between two samples of one distribution falls with their size.

    ``sizes``: sample sizes, growing, at least two. ``distances``: (sizes, repeats), EM by the name
    of a distribution; the first is blue, the second red. ``seed``: draws the two samples shown.
    Source: Fournier & Guillin (2015), for the rates.
    """
    counts = [check.integer(n, "sizes", at_least=2) for n in sizes]
    if len(counts) < 2 or sorted(set(counts)) != counts:
        raise ValueError(f"sizes: expected at least two growing sizes, got {counts}")
    if not isinstance(distances, Mapping):
        raise TypeError(
            f"distances: expected a mapping of names to tables, got {check.describe(distances)}"
        )
    tables = {name: _positive_table(v, len(counts)) for name, v in distances.items()}
    if not 1 <= len(tables) <= 2:
        raise ValueError(f"distances: expected one or two distributions, got {len(tables)}")
    rng = check.generator(seed)
    x, y = rng.random(counts[-1]), rng.random(counts[-1])
    pairs = [(x[:n], y[:n]) for n in counts]  # not drawn anew: samples that grow
    roles = ("em", "js")
    return Scene(
        "Two samples of one distribution are some way apart",
        Slider("n", "n: points in each sample", counts, len(counts) // 2, digits=0),
        [_two_samples(pairs), _falling(counts, tables, roles)],
        [
            Readout(f"EM, {name}", table.mean(axis=1).tolist(), role=role)
            for (name, table), role in zip(tables.items(), roles, strict=False)
        ],
        "Left: the distribution functions of two samples from the uniform distribution on the "
        "unit interval; they close in on each other as n grows. Right: the mean EM between two "
        "samples against their size on logarithmic axes, with 95 % intervals: straight lines "
        "that fall, steeper on the line than in more dimensions.",
    )


def _positive_table(value: npt.ArrayLike, rows: int) -> FloatArray:
    table = check.finite_array(value, "distances")
    if table.ndim != 2 or len(table) != rows or table.shape[1] < 2:
        raise ValueError(
            f"distances: expected shape ({rows}, repeats) with at least 2 repeats, "
            f"got shape {table.shape}"
        )
    if table.min() <= 0:
        raise ValueError(f"distances: expected more than 0, got {table.min():g}")
    return table


def _two_samples(pairs: list[tuple[FloatArray, FloatArray]]) -> Panel:
    grid = np.linspace(0.0, 1.0, 241)
    f = np.stack([transport.empirical_cdf(x, grid) for x, _ in pairs])
    g = np.stack([transport.empirical_cdf(y, grid) for _, y in pairs])
    return Panel(
        "Two samples of the same distribution",
        Axis("t (length)", 0.0, 1.0, (0, 0.5, 1)),
        Axis("share of points up to t", -0.02, 1.02, (0, 0.5, 1)),
        [
            area(grid, f, g, role="em", label="between them"),
            line(grid, f, role="p", label="first"),
            line(grid, g, role="q", label="second", dashed=True),
        ],
    )


def _falling(counts: list[int], tables: Mapping[str, FloatArray], roles: tuple[str, ...]) -> Panel:
    at = np.log2(counts)
    logs = {name: np.log10(table.mean(axis=1)) for name, table in tables.items()}
    lowest = min(float(values.min()) for values in logs.values())
    highest = max(float(values.max()) for values in logs.values())
    marks = []
    for (name, table), role in zip(tables.items(), roles, strict=False):
        repeats = table.shape[1]
        half = stdtrit(repeats - 1, 0.975) * table.std(axis=1, ddof=1) / np.sqrt(repeats)
        low, high = (
            np.log10(np.maximum(table.mean(1) - half, 1e-12)),
            np.log10(table.mean(1) + half),
        )
        marks += [
            segments(at, low, at, high, role=role, width=np.full(at.size, 5.0)),
            line(at, logs[name], role=role, label=name),
            points(at[:, None], logs[name][:, None], role=role, size=6),
        ]
    decades = [10.0**e * m for e in range(-4, 2) for m in (1, 2, 5)]
    ticks = [v for v in decades if lowest - 0.1 <= np.log10(v) <= highest + 0.1]
    return Panel(
        "Mean EM, logarithmic axes",
        Axis(
            "n, points in each sample",
            at[0] - 0.4,
            at[-1] + 0.4,
            at.tolist(),
            list(map(str, counts)),
        ),
        Axis(
            "EM (length)",
            lowest - 0.12,
            highest + 0.12,
            [float(np.log10(v)) for v in ticks],
            [f"{v:g}" for v in ticks],
        ),
        marks,
    )

"""A picture of a result in one line: what ``History.plot`` and ``TransportPlan.plot`` draw.

Matplotlib is loaded when one of them is called, and by nothing else in the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wganlib import _validate

if TYPE_CHECKING:
    from wganlib.distances.transport import TransportPlan
    from wganlib.training.history import History

#: The colours that these roles have in the book: one each, apart for the colour-blind.
REAL, GENERATED, EM, ESTIMATE = "#333333", "#0072b2", "#0072b2", "#222222"
_MOST_LINES = 2000


def _axes(ax: Any) -> Any:
    if ax is None:
        from matplotlib import pyplot as plt

        return plt.subplots(layout="constrained")[1]
    if not callable(getattr(ax, "plot", None)):
        raise TypeError(f"ax: expected matplotlib axes, got {_validate.describe(ax)}")
    return ax


def history(of: History, ax: Any) -> Any:
    """Draw a training: every run a thin line, the mean of all a thick one."""
    ax = _axes(ax)
    steps = np.arange(1, of.steps + 1)
    both = len(of.eval_step) > 0
    if both:
        _lines(ax, of.eval_step, of.em, EM, "exact EM distance", "-o")
        ax.axhline(of.em_floor.mean(), color=EM, linestyle=":", label="real against real")
        ax.set(ylabel="exact EM distance (units of the points)", ylim=(0, None))
    ax.set_xlabel("generator steps")
    other = ax.twinx() if both else ax
    _lines(other, steps, of.estimate, ESTIMATE, "critic's estimate", "--")
    other.set_ylabel("critic's estimate (its own units)")
    lines = [line for one in {ax, other} for line in one.get_legend_handles_labels()[0]]
    if lines:
        ax.legend(handles=lines, loc="best")
    return ax


def _lines(ax: Any, at: Any, values: Any, colour: str, label: str, style: str) -> None:
    if values.shape[1] > 1:
        ax.plot(at, values, color=colour, alpha=0.3, linewidth=0.8)
    known = np.isfinite(values)
    counts = known.sum(1)
    total = np.where(known, values, 0.0).sum(1)
    mean = np.divide(total, counts, out=np.full(len(total), np.nan), where=counts > 0)
    ax.plot(at, mean, style, color=colour, label=label, markersize=4)


def plan(of: TransportPlan, x: Any, y: Any, ax: Any) -> Any:
    """Draw a coupling: lines as wide as their mass, the heaviest if there are very many."""
    coupling = of.coupling
    rows, columns = coupling.shape
    if x is None and y is None:
        ax = _axes(ax)
        table = coupling if isinstance(coupling, np.ndarray) else coupling.toarray()
        image = ax.imshow(table, cmap="viridis", aspect="auto", interpolation="nearest")
        ax.figure.colorbar(image, ax=ax, label="mass")
        ax.set(xlabel="point of y", ylabel="point of x")
        return ax
    here, there = _plane(x, "x", rows), _plane(y, "y", columns)
    ax = _axes(ax)
    from matplotlib.collections import LineCollection

    if isinstance(coupling, np.ndarray):
        i, j = np.nonzero(coupling)
        mass = coupling[i, j]
    else:
        found = coupling.tocoo()
        (i, j), mass = found.coords, found.data
    heaviest = np.argsort(-mass)[:_MOST_LINES]
    i, j, mass = i[heaviest], j[heaviest], mass[heaviest]
    ends: Any = np.stack([here[i], there[j]], 1)
    ax.add_collection(
        LineCollection(
            ends, colors="#767676",
            linewidths=0.3 + 1.5 * mass / mass.max(), zorder=1,
        )
    )  # fmt: skip
    ax.plot(*here.T, "o", color=REAL, label="x", markersize=4)
    ax.plot(*there.T, "^", color=GENERATED, label="y", markersize=4)
    ax.set(xlabel="first coordinate", ylabel="second coordinate", aspect="equal")
    ax.set_title(f"W1 = {of.cost:.4g}")
    ax.legend()
    return ax


def _plane(value: Any, name: str, count: int) -> Any:
    points = _validate.points(value, name)
    if points.shape != (count, 2):
        raise ValueError(f"{name}: expected {count} points in the plane, got {points.shape}")
    return points

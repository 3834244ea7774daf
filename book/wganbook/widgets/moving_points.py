"""Points in the plane that the reader drags, with the optimal plan between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anywidget
import numpy as np
import traitlets

from wganbook.widgets._bundle import bundle
from wganbook.widgets._fallback import Fallback, style
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.transport import TransportPlan, transport_plan

#: The square that the points lie in, how many fit in it, and the heaviest weight.
SIDE = 10.0
MOST_POINTS = 8
MOST_WEIGHT = 9

SIDES = ("source", "target")


def _side(value: object, name: str) -> list[list[float]]:
    """Return points as lists of x, y and weight: places in the square, whole weights."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected points (x, y, weight), got {check.describe(value)}")
    points = []
    for point in value:
        if isinstance(point, (str, bytes)) or not isinstance(point, Iterable):
            raise TypeError(f"{name}: expected a point (x, y, weight), got {check.describe(point)}")
        parts = list(point)
        if len(parts) != 3:
            raise ValueError(f"{name}: expected a point (x, y, weight), got {len(parts)} numbers")
        place = [check.real(part, name) for part in parts[:2]]
        if not all(0 <= part <= SIDE for part in place):
            raise ValueError(f"{name}: expected a place within 0 to {SIDE:g}, got {place}")
        weight = check.integer(parts[2], name, at_least=1, at_most=MOST_WEIGHT)
        points.append([*place, weight])
    if not 1 <= len(points) <= MOST_POINTS:
        raise ValueError(f"{name}: expected 1 to {MOST_POINTS} points, got {len(points)}")
    return points


class MovingPoints(Fallback, anywidget.AnyWidget):
    """Two sets of weighted points in the plane, and the plan that costs least.

    The reader drags the points, by mouse, finger or keyboard, or types them; plan and cost
    follow, solved exactly in the browser. In a second mode the reader draws a plan, to be
    compared with the optimum.

    Parameters
    ----------
    source, target : sequence of (x, y, weight)
        The points of P and of Q: 1 to 8 each, within the square from 0 to 10, with whole
        weights from 1 to 9, which are divided by their sum.

    Attributes
    ----------
    points : dict
        ``source`` and ``target``; follows the reader, and moves the points when set.

    Raises
    ------
    TypeError
        For anything that is not points of three numbers, the last one whole.
    ValueError
        For places out of the square, weights out of range, too few or too many points.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), equation (1), for two finite sets.

    Examples
    --------
    >>> from wganbook.widgets import MovingPoints
    >>> figure = MovingPoints([(1, 1, 1), (1, 5, 1)], [(4, 1, 1), (4, 5, 1)])
    >>> figure.distance
    3.0
    """

    _esm = bundle("moving_points.mjs")
    _css = style()
    points: Any = traitlets.TraitType(default_value={}).tag(sync=True)

    def __init__(
        self,
        source: Sequence[Sequence[float]],
        target: Sequence[Sequence[float]],
        **options: Any,
    ) -> None:
        super().__init__(points={"source": source, "target": target}, **options)

    @traitlets.validate("points")
    def _points_fit(self, proposal: dict[str, Any]) -> dict[str, list[list[float]]]:
        value = proposal["value"]
        if not isinstance(value, Mapping) or set(value) != set(SIDES):
            raise TypeError(f"points: expected source and target, got {check.describe(value)}")
        return {name: _side(value[name], name) for name in SIDES}

    def _measure(self, name: str) -> tuple[FloatArray, FloatArray]:
        points = np.array(self.points[name], dtype=np.float64)
        return points[:, :2], points[:, 2] / points[:, 2].sum()

    @property
    def plan(self) -> TransportPlan:
        """Return an optimal plan between the points as they lie now."""
        (x, a), (y, b) = (self._measure(name) for name in SIDES)
        return transport_plan(x, y, a, b)

    @property
    def distance(self) -> float:
        """Return EM between the points as they lie now."""
        return float(self.plan.cost)

    def _routes(self) -> list[tuple[int, int, float, float]]:
        """Return the plan as (from, to, mass, distance), without empty routes."""
        (x, _), (y, _), coupling = *(self._measure(name) for name in SIDES), self.plan.coupling
        far = np.sqrt(((x[:, None] - y) ** 2).sum(axis=-1))
        used = np.argwhere(coupling > 1e-12).tolist()
        return [(i, j, float(coupling[i, j]), float(far[i, j])) for i, j in used]

    def fallback_svg(self) -> str:
        """Return the points and an optimal plan, drawn by matplotlib."""
        from wganbook.plots import to_svg

        return to_svg(_figure(self.points, self._routes()))

    def fallback_rows(self) -> list[list[str]]:
        """Return an optimal plan, route by route, with its total."""
        rows = [["from", "to", "mass", "distance", "cost"]]
        for i, j, mass, far in self._routes():
            numbers = [f"{value:.3f}" for value in (mass, far, mass * far)]
            rows.append([f"P{i + 1}", f"Q{j + 1}", *numbers])
        return [*rows, ["", "", "", "total", f"{self.distance:.3f}"]]

    def fallback_texts(self) -> tuple[str, str]:
        """Return the figure's title and its description."""
        listed = "; ".join(
            f"{name}: " + ", ".join(f"({x:g}, {y:g}) with weight {w:g}" for x, y, w in points)
            for name, points in zip("PQ", self.points.values(), strict=True)
        )
        return (
            "Points and an optimal plan",
            f"Points of two sets in the plane, and lines for a plan of least cost, "
            f"{self.distance:.3f}. {listed}.",
        )


def _figure(
    points: dict[str, list[list[float]]], routes: list[tuple[int, int, float, float]]
) -> Any:
    """Draw points with areas by weight, and lines with widths by mass."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from wganbook.plots import COLOURS, STYLE

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0, 4.8), layout="constrained")
        axes = figure.subplots()
        for i, j, mass, _ in routes:
            (x0, y0, _), (x1, y1, _) = points["source"][i], points["target"][j]
            axes.plot([x0, x1], [y0, y1], color=COLOURS["good"], lw=1 + 7 * mass, alpha=0.75)
        for name, letter, role, marker in (("source", "P", "p", "o"), ("target", "Q", "q", "s")):
            total = sum(point[2] for point in points[name])
            for k, (x, y, weight) in enumerate(points[name], start=1):
                axes.scatter(
                    [x],
                    [y],
                    s=30 + 260 * weight / total,
                    marker=marker,
                    color=COLOURS[role],
                    zorder=3,
                )
                axes.annotate(f"{letter}{k}", (x, y), xytext=(8, 6), textcoords="offset points")
        axes.set(xlabel="x (length)", ylabel="y (length)", xlim=(0, SIDE), ylim=(0, SIDE))
        axes.set(title="P (discs), Q (squares) and an optimal plan (lines)", aspect="equal")
    return figure

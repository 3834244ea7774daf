"""Boxes that the reader moves: a transport plan made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

from wganbook.widgets._bundle import bundle
from wganbook.widgets._fallback import Fallback, style
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.transport import transport_plan

#: More places than this do not fit on a phone; more boxes than this are no fun to move.
MOST_PLACES = 12
MOST_BOXES = 40

Whole = npt.NDArray[np.int64]


def _counts(value: object, name: str) -> Whole:
    """Return how many boxes stand at each place: whole numbers, at least two places."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected whole numbers, one a place, got {check.describe(value)}")
    counts = [check.integer(entry, name, at_least=0) for entry in value]
    if not 2 <= len(counts) <= MOST_PLACES:
        raise ValueError(f"{name}: expected 2 to {MOST_PLACES} places, got {len(counts)}")
    if not 1 <= sum(counts) <= MOST_BOXES:
        raise ValueError(f"{name}: expected 1 to {MOST_BOXES} boxes, got {sum(counts)}")
    return np.array(counts, dtype=np.int64)


def _listed(counts: Whole) -> Whole:
    """Return the place of each box, box by box, from left to right."""
    return np.repeat(np.arange(counts.size), counts)


def _optimal_places(source: Whole, target: Whole) -> Whole:
    """Return where each box goes in one optimal plan."""
    places, total = np.arange(source.size), source.sum()
    plan = transport_plan(places, places, source / total, target / total)
    boxes = np.rint(np.asarray(plan.coupling) * total).astype(np.int64)
    # Row by row, each entry repeated: the boxes of one place, sorted by where they go.
    return np.repeat(np.tile(places, source.size), boxes.ravel())


class MovingBoxes(Fallback, anywidget.AnyWidget):
    """Piles of equal boxes to be moved by hand until they match a target.

    Work is the distance from where each box started to where it is, summed. The least work
    that meets the target is the earth mover's distance times the number of boxes.

    Parameters
    ----------
    source, target : sequence of int
        How many boxes stand, and how many are wanted, at the places 0, 1, 2, …: as many
        places and as many boxes in both, 2 to 12 places and 1 to 40 boxes.

    Attributes
    ----------
    places : list of int
        Where each box is now, in the order of where they started; follows the reader, and
        moves the boxes when set.

    Raises
    ------
    TypeError
        For anything that is not whole numbers.
    ValueError
        For negative counts, too few or too many, and totals that differ.

    Source
    ------
    Rubner, Tomasi & Guibas (2000), for the name and the picture of earth and holes.

    Examples
    --------
    >>> from wganbook import MovingBoxes
    >>> boxes = MovingBoxes([2, 0, 0], [0, 1, 1])
    >>> boxes.least_work, boxes.places
    (3, [0, 0])
    >>> boxes.places = [1, 2]
    >>> boxes.work, boxes.finished
    (3, True)
    """

    _esm = bundle("moving_boxes.mjs")
    _css = style()
    puzzle = traitlets.Dict().tag(sync=True)
    places: Any = traitlets.TraitType(default_value=()).tag(sync=True)

    def __init__(self, source: Sequence[int], target: Sequence[int], **options: Any) -> None:
        before, after = _counts(source, "source"), _counts(target, "target")
        if before.size != after.size:
            raise ValueError(
                f"target: expected the places of source, {before.size}, got {after.size}"
            )
        if before.sum() != after.sum():
            raise ValueError(
                f"target: expected the boxes of source, {before.sum()}, got {after.sum()}"
            )
        self._source, self._target, self._starts = before, after, _listed(before)
        self._best = _optimal_places(before, after)
        puzzle = {
            "source": before.tolist(),
            "target": after.tolist(),
            "starts": self._starts.tolist(),
            "optimal": self._best.tolist(),
            "least": self.least_work,
        }
        super().__init__(puzzle=puzzle, places=self._starts.tolist(), **options)

    @traitlets.validate("places")
    def _places_exist(self, proposal: dict[str, Any]) -> list[int]:
        value = proposal["value"]
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise TypeError(
                f"places: expected whole numbers, one a box, got {check.describe(value)}"
            )
        last = self._source.size - 1
        places = [check.integer(entry, "places", at_least=0, at_most=last) for entry in value]
        if len(places) != self._starts.size:
            raise ValueError(
                f"places: expected {self._starts.size}, one for each box, got {len(places)}"
            )
        return places

    @property
    def least_work(self) -> int:
        """Return the work of an optimal plan, in boxes times steps."""
        return int(np.abs(self._best - self._starts).sum())

    @property
    def work(self) -> int:
        """Return the work of the reader's plan, in boxes times steps."""
        return int(np.abs(np.asarray(self.places) - self._starts).sum())

    @property
    def finished(self) -> bool:
        """Return whether every place has as many boxes as it should."""
        here = np.bincount(self.places, minlength=self._target.size)
        return bool(np.array_equal(here, self._target))

    @property
    def coupling(self) -> FloatArray:
        """Return the reader's plan as shares of all boxes, from (rows) and to (columns)."""
        plan = np.zeros((self._source.size, self._source.size))
        np.add.at(plan, (self._starts, self.places), 1.0 / self._starts.size)
        return plan

    def fallback_svg(self) -> str:
        """Return the piles, the outlined target and an optimal plan's arrows, as SVG."""
        from wganbook.plots import to_svg

        return to_svg(_figure(self._source, self._target, self._routes()))

    def _routes(self) -> list[tuple[int, int, int]]:
        """Return the optimal plan as (from, to, boxes), without the boxes that stay."""
        pairs, counts = np.unique(
            np.stack([self._starts, self._best], axis=1), axis=0, return_counts=True
        )
        listed = zip(pairs.tolist(), counts.tolist(), strict=True)
        return [(a, b, boxes) for (a, b), boxes in listed if a != b]

    def fallback_rows(self) -> list[list[str]]:
        """Return an optimal plan, route by route, with its total."""
        rows = [["from", "to", "boxes", "steps", "work"]]
        for start, end, boxes in self._routes():
            steps = abs(end - start)
            rows.append([str(n) for n in (start, end, boxes, steps, boxes * steps)])
        return [*rows, ["", "", "", "total", str(self.least_work)]]

    def fallback_texts(self) -> tuple[str, str]:
        """Return the figure's title and its description."""
        piles = _in_words(self._source)
        holes = _in_words(self._target)
        return (
            "Moving boxes: an optimal plan",
            f"Piles of boxes: {piles}. Wanted, in outline: {holes}. Arrows: a plan of least "
            f"work, {self.least_work} boxes times steps.",
        )


def _in_words(counts: Whole) -> str:
    return ", ".join(f"{n} at place {place}" for place, n in enumerate(counts.tolist()) if n)


def _figure(source: Whole, target: Whole, routes: list[tuple[int, int, int]]) -> Any:
    """Draw piles and outlines above a line, and the routes as arcs below it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from wganbook.plots import COLOURS, STYLE

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.0, 3.4), layout="constrained")
        axes = figure.subplots()
        for place in range(source.size):
            for level in range(source[place]):
                box = mpl.patches.Rectangle(
                    (place - 0.36, level + 0.08), 0.72, 0.84, fc="#cfe4f1", ec=COLOURS["em"]
                )
                axes.add_patch(box)
            for level in range(target[place]):
                hole = mpl.patches.Rectangle(
                    (place - 0.45, level), 0.9, 1, fc="none", ec=COLOURS["ink"], ls=(0, (3, 2))
                )
                axes.add_patch(hole)
        deepest = -0.5
        for start, end, boxes in routes:
            depth = -0.5 - 0.45 * abs(end - start)
            curve = [(start, -0.1), (start, depth), (end, depth), (end, -0.1)]
            codes = [mpl.path.Path.MOVETO, *[mpl.path.Path.CURVE4] * 3]
            arrow = mpl.patches.FancyArrowPatch(
                path=mpl.path.Path(curve, codes),
                arrowstyle="-|>",
                mutation_scale=12,
                lw=0.8 + 0.8 * boxes,
                color=COLOURS["em" if end > start else "js"],
                linestyle="-" if end > start else (0, (4, 2)),
            )
            axes.add_patch(arrow)
            deepest = min(deepest, 0.75 * depth - 0.3)
        axes.set(
            title="Piles (filled), target (outlined) and an optimal plan (arrows)",
            xlabel="place (steps)",
            ylabel="boxes",
            xlim=(-0.6, source.size - 0.4),
            ylim=(deepest, max(source.max(), target.max()) + 0.3),
        )
        axes.set_xticks(range(source.size))
        axes.set_yticks(range(int(max(source.max(), target.max())) + 1))
    return figure

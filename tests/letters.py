"""Letters of a Matplotlib figure that are cut off at its edge or lie on each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

# Pixels, at 100 an inch, by which two boxes may meet: a box is a line's, higher than its letters.
SLACK = 2.0


def _ticks(axis: Axis) -> Iterator[Text]:
    low, high = sorted(axis.get_view_interval())
    reach = 1e-9 * (high - low)
    for tick in axis.get_major_ticks():
        if low - reach <= tick.get_loc() <= high + reach:
            yield from (tick.label1, tick.label2)


def _texts(figure: Figure) -> Iterator[Text]:
    """Every text of a figure, once; of ticks, those that stand at its edge and not beyond."""
    ticks = {id(text) for axis in figure.findobj(Axis) for tick in axis.get_major_ticks()
             for text in (tick.label1, tick.label2)}  # fmt: skip
    shown = {id(text) for axis in figure.findobj(Axis) for text in _ticks(axis)}
    for text in figure.findobj(Text):
        if id(text) in shown or id(text) not in ticks:
            yield text


def faults(figure: Figure) -> list[str]:
    """Say of a figure which of its letters are cut off, and which lie on others."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    boxes: list[tuple[str, Bbox]] = [
        (text.get_text().strip(), text.get_window_extent())
        for text in _texts(figure)
        if text.get_visible() and text.get_text().strip()
    ]
    edge, found = figure.bbox, []
    for words, box in boxes:
        if box.x0 < edge.x0 or box.y0 < edge.y0 or box.x1 > edge.x1 or box.y1 > edge.y1:
            found.append(f"cut off: {words}")
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > SLACK and high > SLACK:
            found.append(f"overlap: {one} | {other}")
    return found

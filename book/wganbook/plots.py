"""Figures on paper: matplotlib drawings of what the compute layer returns.

One style for the whole book: Okabe–Ito colours, and a line style or symbol beside each
colour, so that no figure depends on telling colours apart.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from wganbook.scene import ROLES, Mark, Panel, Scene
from wganlib import _validate as check

#: The colour of each role: the light ones of the palette, since paper is light.
_LIGHT = Path(__file__).with_name("palette.css").read_text(encoding="utf-8").partition("html[")[0]
COLOURS = {role: re.search(rf"--wg-{role}: (#\w+);", _LIGHT)[1] for role in ROLES}  # type: ignore[index]
DASHES: dict[str, Any] = {"js": (0, (5, 2.5)), "tv": (0, (1, 1.5)), "kl": (0, (6, 2, 1, 2))}

STYLE: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.labelsize": 9.5,
    "font.size": 9.5,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "svg.fonttype": "none",  # a fifth of the size of letters drawn as outlines
    "font.family": "sans-serif",
    "svg.hashsalt": "wganlib",
}


def style_of(role: str, dashed: bool = False) -> dict[str, Any]:
    """Return matplotlib's colour and line style for a role."""
    dash = (0, (4, 3)) if dashed else DASHES.get(role, "-")
    return {
        "color": COLOURS[role],
        "linestyle": dash,
        "lw": 1 if role in ("soft", "ink") else 2,
    }


def _line(axes: Axes, mark: Mark, i: int) -> None:
    style = style_of(mark.role, mark.data["dashed"])
    axes.plot(mark.at("x", i), mark.at("y", i), label=mark.label or None, **style)


def _area(axes: Axes, mark: Mark, i: int) -> None:
    axes.fill_between(
        mark.at("x", i),
        mark.at("low", i),
        mark.at("high", i),
        color=COLOURS[mark.role],
        alpha=0.28,
        lw=0,
        label=mark.label or None,
    )


def _bars(axes: Axes, mark: Mark, i: int) -> None:
    axes.bar(
        mark.at("x", i),
        mark.at("height", i),
        width=mark.data["width"],
        facecolor=to_rgba(COLOURS[mark.role], 0.45),
        edgecolor=COLOURS[mark.role],
        label=mark.label or None,
    )


def _points(axes: Axes, mark: Mark, i: int) -> None:
    axes.scatter(
        mark.at("x", i),
        mark.at("y", i),
        s=(1.6 * mark.data["size"]) ** 2,
        color=COLOURS[mark.role],
        label=mark.label or None,
        zorder=3,
    )


def _segments(axes: Axes, mark: Mark, i: int) -> None:
    ends = [mark.at(key, i) for key in ("x0", "y0", "x1", "y1")]
    default = 1.0 if mark.role == "soft" else 2.5
    widths = mark.at("width", i) if "width" in mark.data else [default] * len(ends[0])
    for k, (x0, y0, x1, y1) in enumerate(zip(*ends, strict=True)):
        label = mark.label if k == 0 and mark.label else None
        axes.plot([x0, x1], [y0, y1], color=COLOURS[mark.role], lw=widths[k], label=label)


def _cells(axes: Axes, mark: Mark, i: int) -> None:
    width, height = mark.data["width"], mark.data["height"]
    corners = zip(mark.at("x", i), mark.at("y", i), mark.at("value", i), strict=True)
    for x, y, value in corners:
        face = to_rgba(COLOURS[mark.role], value)
        box = mpl.patches.Rectangle(
            (x - width / 2, y - height / 2),
            width,
            height,
            facecolor=face,
            edgecolor=COLOURS["soft"],
            lw=0.5,
        )
        axes.add_patch(box)


def _field(axes: Axes, mark: Mark, i: int) -> None:
    grid = mark.grid(i)
    d = mark.data
    sides = (d["x0"], d["x1"], d["y0"], d["y1"])
    if "grey" in d:
        axes.imshow(
            grid, extent=sides, origin="lower", aspect="auto", interpolation="none", cmap="gray",
            vmin=0, vmax=1,
        )  # fmt: skip
        return
    # Colour says the sign and strength of colour the size, as in the browser.
    rgba = np.where(grid[..., None] > 0, to_rgba(COLOURS["em"]), to_rgba(COLOURS["js"]))
    rgba[..., 3] = 0.75 * np.abs(grid)
    # Without interpolation the values themselves go into the file, and a page of them stays light.
    axes.imshow(rgba, extent=sides, origin="lower", aspect="auto", interpolation="none")
    if mark.label:
        axes.fill_between([], [], color=COLOURS["em"], alpha=0.5, label=mark.label)


_DRAW: dict[str, Callable[[Axes, Mark, int], None]] = {
    "line": _line,
    "area": _area,
    "bars": _bars,
    "points": _points,
    "segments": _segments,
    "cells": _cells,
    "field": _field,
}


def _draw_panel(axes: Axes, panel: Panel, index: int) -> None:
    for mark in panel.marks:
        _DRAW[mark.kind](axes, mark, index)
    axes.set(
        title=panel.title,
        xlabel=panel.x.label,
        ylabel=panel.y.label,
        xlim=(panel.x.low, panel.x.high),
        ylim=(panel.y.low, panel.y.high),
    )
    axes.set_xticks(list(panel.x.ticks), list(panel.x.tick_labels) or None)
    axes.set_yticks(list(panel.y.ticks), list(panel.y.tick_labels) or None)
    if panel.equal:
        axes.set_aspect("equal")
    if any(mark.label for mark in panel.marks):
        longest = max(len(mark.label) for mark in panel.marks)
        columns = 2 if longest <= 20 else 1
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=columns)


def draw(scene: Scene, index: int | None = None) -> Figure:
    """Draw a scene at one position of its slider.

    Parameters
    ----------
    scene : Scene
    index : int, optional
        Slider position; the scene's own start if not given.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If ``scene`` is not a scene, or ``index`` not a whole number.
    ValueError
        If there is no such position.

    Source
    ------
    The printed counterpart of ``wganbook.SliderFigure``.

    Examples
    --------
    >>> from wganbook.plots import draw
    >>> from wganbook.figures import sliding_lines
    >>> len(draw(sliding_lines()).axes)
    2
    """
    if not isinstance(scene, Scene):
        raise TypeError(f"scene: expected a wganbook.scene.Scene, got {check.describe(scene)}")
    last = len(scene.slider.values) - 1
    position = scene.slider.start if index is None else index
    position = check.integer(position, "index", at_least=0, at_most=last)
    count = len(scene.panels)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(3.9 * count, 3.6), layout="constrained")
        for axes, panel in zip(np.atleast_1d(figure.subplots(1, count)), scene.panels, strict=True):
            _draw_panel(axes, panel, position)
        words = [f"{scene.slider.symbol} = {scene.slider.texts[position]}"]
        words += [f"{r.label} = {r.texts[position]}" for r in scene.readouts]
        figure.suptitle(_in_lines(words, 46 * count), fontsize=9.5)
    return figure


def _in_lines(words: Sequence[str], most: int) -> str:
    """Join words, in lines of at most that many letters where a word is not longer itself."""
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]}   {word}"
        if len(longer) <= most:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def to_svg(figure: Figure) -> str:
    """Write a figure as SVG text, the same bytes for the same figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If it is not a figure.

    Source
    ------
    Letters stay letters, drawn in the reader's sans-serif font.

    Examples
    --------
    >>> from wganbook.plots import draw, to_svg
    >>> from wganbook.figures import sliding_lines
    >>> to_svg(draw(sliding_lines())).startswith("<svg")
    True
    """
    if not isinstance(figure, Figure):
        raise TypeError(f"figure: expected a matplotlib Figure, got {check.describe(figure)}")
    buffer = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]

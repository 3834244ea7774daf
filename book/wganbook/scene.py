"""What a slider shows, as plain data: one description, drawn by several hands.

A :class:`Scene` holds everything a reader can reach with one slider, computed beforehand.
``wganbook.widgets`` draws it in the browser and ``wganbook.plots`` on paper; neither computes
anything, so a picture on the page and a picture in print cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wganbook.marks import (
    DECIMALS,
    ROLES,
    Mark,
    _all_of,
    _flag,
    _positions,
    _said,
    _text,
    area,
    bars,
    cells,
    field,
    line,
    points,
    segments,
)
from wganlib import _validate as check

#: All that a chapter's author needs, from one place.
__all__ = [
    "DECIMALS",
    "ROLES",
    "Axis",
    "Mark",
    "Panel",
    "Readout",
    "Scene",
    "Slider",
    "area",
    "bars",
    "cells",
    "field",
    "line",
    "number_text",
    "points",
    "segments",
]


@dataclass(frozen=True)
class Axis:
    """An axis: its label with unit, its range and the ticks to draw.

    Parameters
    ----------
    label : str
    low, high : float
        Finite; ``low`` below ``high``.
    ticks : sequence of float
        From ``low`` to ``high``. A picture writes them to a ten-billionth of the range: 3 · 0.1,
        which is 0.30000000000000004 in binary, reads 0.3.
    tick_labels : sequence of str, optional
        Words in place of the numbers.

    Raises
    ------
    TypeError, ValueError
        For an axis that runs backwards or to infinity, ticks outside it, and labels that
        are not one for each tick.

    Examples
    --------
    >>> Axis("KL (nats)", 0, 2, (0, 2), ("0", "∞")).ticks
    (0, 2)
    """

    label: str
    low: float
    high: float
    ticks: Sequence[float] = ()
    tick_labels: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse an axis that runs backwards or nowhere."""
        _text(self.label, "label")
        low = check.real(self.low, "low")
        high = check.real(self.high, "high", above=low)
        if len(self.ticks):
            ticks = check.finite_array(self.ticks, "ticks")
            if ticks.min() < low or ticks.max() > high:
                raise ValueError(f"ticks: expected numbers from {low:g} to {high:g}, got {ticks}")
        if len(self.tick_labels):
            _all_of(self.tick_labels, "tick_labels", str)
            if len(self.tick_labels) != len(self.ticks):
                raise ValueError(
                    f"tick_labels: expected {len(self.ticks)}, got {len(self.tick_labels)}"
                )

    def to_dict(self) -> dict[str, Any]:
        """Return the axis as JSON-ready data, each tick as it is to be written."""
        digits = 10 - math.floor(math.log10(self.high - self.low))
        return {
            "label": self.label,
            "low": float(self.low),
            "high": float(self.high),
            # Adding 0 makes a zero of minus zero.
            "ticks": [round(float(tick), digits) + 0.0 for tick in self.ticks],
            "tick_labels": list(self.tick_labels),
        }


@dataclass(frozen=True)
class Panel:
    """One picture of a scene.

    Parameters
    ----------
    title : str
    x, y : Axis
    marks : sequence of Mark
    equal : bool
        One unit has the same length on both axes.

    Raises
    ------
    TypeError
        For parts that are not axes or marks.

    Examples
    --------
    >>> side = Axis("x (length)", 0, 1)
    >>> Panel("A diagonal", side, side, [line([0, 1], [0, 1], role="em")], equal=True).title
    'A diagonal'
    """

    title: str
    x: Axis
    y: Axis
    marks: Sequence[Mark]
    equal: bool = False

    def __post_init__(self) -> None:
        """Refuse what is not an axis or a mark."""
        _said(self.title, "title")
        for name in ("x", "y"):
            if not isinstance(getattr(self, name), Axis):
                raise TypeError(f"{name}: expected Axis, got {check.describe(getattr(self, name))}")
        _all_of(self.marks, "marks", Mark)
        _flag(self.equal, "equal")


@dataclass(frozen=True)
class Readout:
    """A number that changes with the slider, already written as the reader sees it.

    Parameters
    ----------
    label : str
        As shown, such as ``"EM"``.
    values : sequence of float
        One for each slider position; infinity allowed, NaN means undefined.
    role : str
        Ties it to the marks of that role.
    digits : int
        Decimals shown, 0 to 15.
    spoken : str
        Name read aloud, if the label is a symbol.

    Raises
    ------
    TypeError, ValueError
        For values that are not numbers, an unknown role, and decimals out of range.

    Examples
    --------
    >>> Readout("KL", [0.0, float("inf"), -0.0001], role="kl").texts
    ['0.000', '∞', '0.000']
    """

    label: str
    values: Sequence[float]
    role: str = "ink"
    digits: int = 3
    spoken: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be shown."""
        _said(self.label, "label")
        _positions(self.values, "values")
        check.one_of(self.role, "role", ROLES)
        check.integer(self.digits, "digits", at_least=0, at_most=15)
        _text(self.spoken, "spoken")

    @property
    def texts(self) -> list[str]:
        """Return the values as shown."""
        return [number_text(value, self.digits) for value in self.values]


def number_text(value: float, digits: int) -> str:
    """Write a number with fixed decimals, ∞ for infinity and "undefined" for NaN.

    Parameters
    ----------
    value : float
    digits : int
        Decimals, at least 0.

    Returns
    -------
    str
        With a true minus sign, and none before zero.

    Examples
    --------
    >>> number_text(-0.5, 2), number_text(-0.0001, 3), number_text(float("inf"), 3)
    ('−0.50', '0.000', '∞')
    """
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


@dataclass(frozen=True)
class Slider:
    """What the reader moves.

    Parameters
    ----------
    symbol : str
        Shown beside the control, such as ``"θ"``.
    name : str
        Read aloud: what moving it does.
    values : sequence of float
        The positions, at least two, finite.
    start : int
        Index of the first position shown.
    digits : int
        Decimals shown, 0 to 15.
    play : bool
        Offer a button that runs through the positions.

    Raises
    ------
    TypeError, ValueError
        For a slider that cannot move, starts outside its range, or has no name.

    Examples
    --------
    >>> Slider("θ", "theta: the shift", [-0.5, 0.0, 0.5], start=1).texts
    ['−0.50', '0.00', '0.50']
    """

    symbol: str
    name: str
    values: Sequence[float]
    start: int = 0
    digits: int = 2
    play: bool = False

    def __post_init__(self) -> None:
        """Refuse a slider that cannot move, or starts outside its range."""
        _said(self.symbol, "symbol")
        _said(self.name, "name")
        count = _positions(check.finite_array(self.values, "values"), "values")
        if count < 2:
            raise ValueError(f"values: expected at least two positions, got {count}")
        check.integer(self.start, "start", at_least=0, at_most=count - 1)
        check.integer(self.digits, "digits", at_least=0, at_most=15)
        _flag(self.play, "play")

    @property
    def texts(self) -> list[str]:
        """Return the positions as shown."""
        return [number_text(value, self.digits) for value in self.values]


@dataclass(frozen=True)
class Scene:
    """Everything one slider shows.

    Parameters
    ----------
    title : str
        Says what the figure is; becomes its accessible name.
    slider : Slider
    panels : sequence of Panel
    readouts : sequence of Readout
    description : str
        Says in words what there is to see: the alternative text in print.

    Raises
    ------
    TypeError
        For parts of the wrong kind.
    ValueError
        If a moving mark or a readout has not one value for each slider position, without a
        title, a description or a panel.

    Source
    ------
    The same description is drawn by ``wganbook.widgets.SliderFigure`` and ``wganbook.plots.draw``.

    Examples
    --------
    >>> from wganbook.figures import sliding_lines
    >>> scene = sliding_lines()
    >>> scene.readouts[0].label, len(scene.slider.values)
    ('EM', 81)
    """

    title: str
    slider: Slider
    panels: Sequence[Panel]
    readouts: Sequence[Readout]
    description: str

    def __post_init__(self) -> None:
        """Refuse parts that do not follow the slider."""
        _said(self.title, "title")
        _said(self.description, "description")
        if not isinstance(self.slider, Slider):
            raise TypeError(f"slider: expected Slider, got {check.describe(self.slider)}")
        _all_of(self.panels, "panels", Panel)
        _all_of(self.readouts, "readouts", Readout)
        if not self.panels:
            raise ValueError("panels: expected at least one, got none")
        count = len(self.slider.values)
        for readout in self.readouts:
            if len(readout.values) != count:
                values = len(readout.values)
                raise ValueError(
                    f"readouts: expected {count} values for {readout.label}, got {values}"
                )
        for panel in self.panels:
            for mark in panel.marks:
                got = mark.frame_counts
                if got - {count}:
                    raise ValueError(
                        f"panels: expected {count} frames in {panel.title!r}, got {got}"
                    )

    def sentence(self, index: int) -> str:
        """Say one slider position in words, for screen readers and tables."""
        shown = self._shown(index)
        names = [self.slider.symbol, *[r.spoken or r.label for r in self.readouts]]
        spoken = [text.replace("∞", "infinite").replace("−", "minus ") for text in shown]
        return ", ".join(f"{name} {text}" for name, text in zip(names, spoken, strict=True))

    def rows(self, indices: Iterable[int]) -> list[list[str]]:
        """Return the table of values: a heading, then a row for each slider position."""
        head = [self.slider.symbol, *[readout.label for readout in self.readouts]]
        return [head, *[self._shown(i) for i in indices]]

    def _shown(self, index: int) -> list[str]:
        """Return one slider position and its readouts as the reader sees them."""
        i = check.integer(index, "index", at_least=0, at_most=len(self.slider.values) - 1)
        parts: list[Slider | Readout] = [self.slider, *self.readouts]
        return [number_text(part.values[i], part.digits) for part in parts]

    def to_dict(self) -> dict[str, Any]:
        """Return the scene as JSON-ready data: what the browser receives."""
        count = len(self.slider.values)
        return {
            "title": self.title,
            "slider": {
                "symbol": self.slider.symbol,
                "name": self.slider.name,
                "texts": self.slider.texts,
                "play": self.slider.play,
            },
            "panels": [
                {
                    "title": panel.title,
                    "equal": panel.equal,
                    "x": panel.x.to_dict(),
                    "y": panel.y.to_dict(),
                    "marks": [
                        {"kind": m.kind, "role": m.role, "label": m.label, **m.packed()}
                        for m in panel.marks
                    ],
                }
                for panel in self.panels
            ],
            "readouts": [
                {"label": r.label, "role": r.role, "texts": r.texts} for r in self.readouts
            ],
            "sentences": [self.sentence(i) for i in range(count)],
        }

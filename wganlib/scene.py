"""What a slider shows, as plain data: one description, drawn by several hands.

A :class:`Scene` holds everything a reader can reach with one slider, computed beforehand.
``wganlib.widgets`` draws it in the browser and ``wganlib.plots`` on paper; neither computes
anything, so a picture on the page and a picture in print cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check

#: Roles a mark can play. Each has one colour, line style and symbol in every figure of the book.
ROLES = ("em", "js", "tv", "kl", "p", "q", "ink", "soft", "good")

Numbers = npt.ArrayLike


def _frames(values: Numbers, name: str) -> dict[str, Any]:
    """Encode numbers for the front end: (k,) stays put, (frames, k) moves with the slider."""
    array = check.float_array(values, name)
    if array.ndim not in (1, 2):
        raise ValueError(f"{name}: expected shape (k,) or (frames, k), got {array.shape}")
    rows = [
        [None if not math.isfinite(v) else round(v, 5) for v in row]
        for row in np.atleast_2d(array).tolist()
    ]
    return {"frames": rows} if array.ndim == 2 else {"fixed": rows[0]}


@dataclass(frozen=True)
class Mark:
    """One thing drawn in a panel: made by :func:`line`, :func:`area`, :func:`bars` and so on.

    Parameters
    ----------
    kind : str
    role : str
        One of :data:`ROLES`; decides colour and style.
    data : dict
        Encoded coordinates.
    label : str
        Entry in the panel's legend; none if empty.
    """

    kind: str
    role: str
    data: dict[str, Any]
    label: str = ""

    @property
    def frame_counts(self) -> set[int]:
        """Return how many frames the moving parts have."""
        return {
            len(v["frames"]) for v in self.data.values() if isinstance(v, dict) and "frames" in v
        }

    def at(self, key: str, index: int) -> list[Any]:
        """Return one coordinate at a slider position, ``nan`` where the line is broken."""
        values = self.data[key]
        row = values["frames"][index] if "frames" in values else values["fixed"]
        return [math.nan if v is None else v for v in row]


def _mark(
    kind: str, role: str, label: str, options: dict[str, Any], **coordinates: Numbers
) -> Mark:
    check.one_of(role, "role", ROLES)
    data = {name: _frames(values, name) for name, values in coordinates.items()}
    lengths = {len((d.get("frames") or [d.get("fixed")])[0]) for d in data.values()}
    if len(lengths) != 1:
        raise ValueError(
            f"{kind}: expected coordinates of one length, got lengths {sorted(lengths)}"
        )
    return Mark(kind, role, {**data, **options}, label)


def line(x: Numbers, y: Numbers, *, role: str, label: str = "", dashed: bool = False) -> Mark:
    """Draw a line; NaN breaks it."""
    return _mark("line", role, label, {"dashed": dashed}, x=x, y=y)


def area(x: Numbers, low: Numbers, high: Numbers, *, role: str, label: str = "") -> Mark:
    """Fill between two curves."""
    return _mark("area", role, label, {}, x=x, low=low, high=high)


def bars(x: Numbers, height: Numbers, *, width: float, role: str, label: str = "") -> Mark:
    """Draw bars of one width, centred at x, from zero to their height."""
    return _mark(
        "bars", role, label, {"width": check.real(width, "width", above=0)}, x=x, height=height
    )


def points(x: Numbers, y: Numbers, *, role: str, size: float = 4, label: str = "") -> Mark:
    """Draw a symbol at each point."""
    return _mark("points", role, label, {"size": check.real(size, "size", above=0)}, x=x, y=y)


def segments(
    x0: Numbers,
    y0: Numbers,
    x1: Numbers,
    y1: Numbers,
    *,
    role: str,
    width: Numbers = (),
    label: str = "",
) -> Mark:
    """Draw straight strokes; ``width`` (pixels, one for each) may move with the slider."""
    coordinates = {"x0": x0, "y0": y0, "x1": x1, "y1": y1}
    if np.size(width):
        coordinates["width"] = width
    return _mark("segments", role, label, {}, **coordinates)


def cells(
    x: Numbers, y: Numbers, value: Numbers, *, width: float, height: float, role: str
) -> Mark:
    """Draw a matrix as boxes centred at (x, y), the darker the larger ``value`` in [0, 1]."""
    options = {
        "width": check.real(width, "width", above=0),
        "height": check.real(height, "height", above=0),
    }
    return _mark("cells", role, "", options, x=x, y=y, value=value)


@dataclass(frozen=True)
class Axis:
    """An axis: its label with unit, its range and the ticks to draw.

    Parameters
    ----------
    label : str
    low, high : float
    ticks : sequence of float
    tick_labels : sequence of str, optional
        Words in place of the numbers.
    """

    label: str
    low: float
    high: float
    ticks: Sequence[float] = ()
    tick_labels: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse an axis that runs backwards or nowhere."""
        if not self.high > self.low:
            raise ValueError(f"high: expected more than low = {self.low:g}, got {self.high:g}")
        if self.tick_labels and len(self.tick_labels) != len(self.ticks):
            raise ValueError(
                f"tick_labels: expected {len(self.ticks)}, got {len(self.tick_labels)}"
            )


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
    """

    title: str
    x: Axis
    y: Axis
    marks: Sequence[Mark]
    equal: bool = False


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
        Decimals shown.
    spoken : str
        Name read aloud, if the label is a symbol.
    """

    label: str
    values: Sequence[float]
    role: str = "ink"
    digits: int = 3
    spoken: str = ""

    @property
    def texts(self) -> list[str]:
        """Return the values as shown."""
        return [number_text(value, self.digits) for value in self.values]


def number_text(value: float, digits: int) -> str:
    """Write a number with fixed decimals, ∞ for infinity and "undefined" for NaN."""
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
        The positions.
    start : int
        Index of the first position shown.
    digits : int
        Decimals shown.
    play : bool
        Offer a button that runs through the positions.
    """

    symbol: str
    name: str
    values: Sequence[float]
    start: int = 0
    digits: int = 2
    play: bool = False

    def __post_init__(self) -> None:
        """Refuse a slider that cannot move, or starts outside its range."""
        if len(self.values) < 2:
            raise ValueError(f"values: expected at least two positions, got {len(self.values)}")
        check.integer(self.start, "start", at_least=0, at_most=len(self.values) - 1)

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
    ValueError
        If a moving mark or a readout has not one value for each slider position.

    Source
    ------
    The same description is drawn by ``wganlib.widgets.SliderFigure`` and ``wganlib.plots.draw``.

    Examples
    --------
    >>> from wganlib.scenes import parallel_lines
    >>> scene = parallel_lines()
    >>> scene.readouts[0].label, len(scene.slider.values)
    ('EM', 81)
    """

    title: str
    slider: Slider
    panels: Sequence[Panel]
    readouts: Sequence[Readout]
    description: str
    notes: Sequence[str] = field(default=())

    def __post_init__(self) -> None:
        """Refuse parts that do not follow the slider."""
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
        parts = [f"{self.slider.symbol} {self.slider.texts[index]}"]
        for readout in self.readouts:
            text = readout.texts[index].replace("∞", "infinite").replace("−", "minus ")
            parts.append(f"{readout.spoken or readout.label} {text}")
        return ", ".join(parts)

    def rows(self, indices: Iterable[int]) -> list[list[str]]:
        """Return the table of values: a heading, then a row for each slider position."""
        head = [self.slider.symbol, *[readout.label for readout in self.readouts]]
        body = [[self.slider.texts[i], *[r.texts[i] for r in self.readouts]] for i in indices]
        return [head, *body]

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
                    "x": vars(panel.x),
                    "y": vars(panel.y),
                    "marks": [
                        {"kind": m.kind, "role": m.role, "label": m.label, **m.data}
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

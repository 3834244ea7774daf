"""What a slider shows, as plain data: one description, drawn by several hands.

A :class:`Scene` holds everything a reader can reach with one slider, computed beforehand.
``wganbook.widgets`` draws it in the browser and ``wganbook.plots`` on paper; neither computes
anything, so a picture on the page and a picture in print cannot disagree.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check
from wganlib._validate import FloatArray

#: Roles a mark can play. Each has one colour, line style and symbol in every figure of the book.
ROLES = ("em", "js", "tv", "kl", "p", "q", "ink", "soft", "good")

#: Decimals of a coordinate that reach the browser, more if all are small. A tenth of a pixel on
#: an axis of length 1 needs four.
DECIMALS = 4

Numbers = npt.ArrayLike


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected text, got {check.describe(value)}")
    return value


def _said(value: object, name: str) -> str:
    if not _text(value, name).strip():
        raise ValueError(f"{name}: expected words for those who cannot see it, got none")
    return str(value)


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {check.describe(value)}")
    return value


def _all_of(values: object, name: str, kind: type) -> None:
    wanted = f"a sequence of {kind.__name__}"
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise TypeError(f"{name}: expected {wanted}, got {check.describe(values)}")
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"{name}: expected {wanted}, got {check.describe(value)} in it")


def _positions(values: Numbers, name: str) -> int:
    """Return how many numbers there are, one for each position of a slider."""
    array = check.float_array(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected shape (k,), got shape {array.shape}")
    return array.size


def _frames(values: Numbers, name: str, broken: bool) -> dict[str, Any]:
    """Encode numbers for the front end: (k,) stays put, (frames, k) moves with the slider."""
    array = check.float_array(values, name) if broken else check.finite_array(values, name)
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise ValueError(f"{name}: expected shape (k,) or (frames, k), got {array.shape}")
    largest = float(np.abs(array[np.isfinite(array)]).max(initial=0.0)) or 1.0
    decimals = max(DECIMALS, DECIMALS - math.floor(math.log10(largest)))
    rows = [
        [None if not math.isfinite(v) else round(v, decimals) for v in row]
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

    def grid(self, index: int) -> FloatArray:
        """Return the field's values, between −1 and 1, at a slider position: (rows, columns)."""
        coded = self.data["image"]
        text = coded["frames"][index] if "frames" in coded else coded["fixed"]
        flat = np.frombuffer(base64.b64decode(text), dtype=np.int8) / 127.0
        return flat.reshape(self.data["rows"], self.data["columns"])

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
    kind: str,
    role: str,
    label: str,
    options: dict[str, Any],
    coordinates: dict[str, Numbers],
    broken: bool = False,
) -> Mark:
    check.one_of(role, "role", ROLES)
    _text(label, "label")
    data = {name: _frames(values, name, broken) for name, values in coordinates.items()}
    lengths = {name: len((d.get("frames") or [d["fixed"]])[0]) for name, d in data.items()}
    (first, length), *others = lengths.items()
    for name, other in others:
        if other != length:
            raise ValueError(f"{name}: expected {length} numbers, as in {first}, got {other}")
    return Mark(kind, role, {**data, **options}, label)


def _within(values: Numbers, name: str, high: float) -> Numbers:
    array = check.finite_array(values, name)
    if array.size and not (array.min() >= 0 and array.max() <= high):
        raise ValueError(
            f"{name}: expected numbers from 0 to {high:g}, got {array.min():g} to {array.max():g}"
        )
    return values


def line(x: Numbers, y: Numbers, *, role: str, label: str = "", dashed: bool = False) -> Mark:
    """Draw a line; NaN and infinity break it.

    Parameters
    ----------
    x, y : array_like, shape (k,) or (frames, k)
        Corners. With a row for each slider position, the line moves.
    role : str
        One of :data:`ROLES`.
    label : str, optional
        Its entry in the legend.
    dashed : bool, optional

    Returns
    -------
    Mark

    Raises
    ------
    TypeError, ValueError
        For coordinates that are not numbers or not of one length, and for an unknown role.

    Source
    ------
    Drawn by ``line`` in ``widgets/slider_figure.mjs`` and by ``wganbook.plots``.

    Examples
    --------
    >>> line([0, 1], [0.5, float("inf")], role="em").at("y", 0)
    [0.5, nan]
    """
    options = {"dashed": _flag(dashed, "dashed")}
    return _mark("line", role, label, options, {"x": x, "y": y}, broken=True)


def area(x: Numbers, low: Numbers, high: Numbers, *, role: str, label: str = "") -> Mark:
    """Fill between two curves.

    Parameters
    ----------
    x, low, high : array_like, shape (k,) or (frames, k)
        Finite. With a row for each slider position, the area moves.
    role : str
        One of :data:`ROLES`.
    label : str, optional
        Its entry in the legend.

    Returns
    -------
    Mark

    Raises
    ------
    TypeError, ValueError
        For coordinates that are not finite or not of one length, and for an unknown role.

    Source
    ------
    Drawn by ``area`` in ``widgets/slider_figure.mjs`` and by ``wganbook.plots``.

    Examples
    --------
    >>> area([0, 1], [0, 0], [1, 2], role="tv").at("high", 0)
    [1.0, 2.0]
    """
    return _mark("area", role, label, {}, {"x": x, "low": low, "high": high})


def bars(x: Numbers, height: Numbers, *, width: float, role: str, label: str = "") -> Mark:
    """Draw bars of one width, centred at x, from zero to their height.

    Parameters
    ----------
    x, height : array_like, shape (k,) or (frames, k)
        Finite. With a row for each slider position, the bars move.
    width : float
        Above 0, in the units of x.
    role : str
        One of :data:`ROLES`.
    label : str, optional
        Their entry in the legend.

    Returns
    -------
    Mark

    Raises
    ------
    TypeError, ValueError
        For coordinates that are not finite or not of one length, a width that is not
        positive, and an unknown role.

    Source
    ------
    Drawn by ``bars`` in ``widgets/slider_figure.mjs`` and by ``wganbook.plots``.

    Examples
    --------
    >>> bars([0, 1], [[0.5, 0.5], [0.2, 0.8]], width=0.4, role="p").at("height", 1)
    [0.2, 0.8]
    """
    options = {"width": check.real(width, "width", above=0)}
    return _mark("bars", role, label, options, {"x": x, "height": height})


def points(x: Numbers, y: Numbers, *, role: str, size: float = 4, label: str = "") -> Mark:
    """Draw a dot at each point; NaN and infinity hide it.

    Parameters
    ----------
    x, y : array_like, shape (k,) or (frames, k)
        With a row for each slider position, the dots move.
    role : str
        One of :data:`ROLES`.
    size : float, optional
        Radius in pixels, above 0.
    label : str, optional
        Their entry in the legend.

    Returns
    -------
    Mark

    Raises
    ------
    TypeError, ValueError
        For coordinates that are not numbers or not of one length, a size that is not
        positive, and an unknown role.

    Source
    ------
    Drawn by ``points`` in ``widgets/slider_figure.mjs`` and by ``wganbook.plots``.

    Examples
    --------
    >>> points([[0], [1]], [[2], [3]], role="js").frame_counts
    {2}
    """
    options = {"size": check.real(size, "size", above=0)}
    return _mark("points", role, label, options, {"x": x, "y": y}, broken=True)


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
    """Draw straight strokes from (x0, y0) to (x1, y1).

    Parameters
    ----------
    x0, y0, x1, y1 : array_like, shape (k,) or (frames, k)
        Finite. With a row for each slider position, the strokes move.
    role : str
        One of :data:`ROLES`.
    width : array_like, shape (k,) or (frames, k), optional
        Pixels, one for each stroke, at least 0. The role's own width if not given.
    label : str, optional
        Their entry in the legend.

    Returns
    -------
    Mark

    Raises
    ------
    TypeError, ValueError
        For coordinates that are not finite or not of one length, a negative width, and an
        unknown role.

    Source
    ------
    Drawn by ``segments`` in ``widgets/slider_figure.mjs`` and by ``wganbook.plots``.

    Examples
    --------
    >>> segments([0], [0], [1], [1], role="soft").kind
    'segments'
    """
    coordinates: dict[str, Numbers] = {"x0": x0, "y0": y0, "x1": x1, "y1": y1}
    if not (isinstance(width, tuple) and width == ()):
        coordinates["width"] = _within(width, "width", math.inf)
    return _mark("segments", role, label, {}, coordinates)


def cells(
    x: Numbers, y: Numbers, value: Numbers, *, width: float, height: float, role: str
) -> Mark:
    """Draw a matrix as boxes centred at (x, y), the darker the larger ``value`` in [0, 1].

    Parameters
    ----------
    x, y, value : array_like, shape (k,) or (frames, k)
        Finite; ``value`` from 0 to 1.
    width, height : float
        Of a box, above 0, in the units of the axes.
    role : str
        One of :data:`ROLES`.

    Returns
    -------
    Mark

    Raises
    ------
    TypeError, ValueError
        For coordinates that are not finite or not of one length, values outside [0, 1],
        a width or height that is not positive, and an unknown role.

    Source
    ------
    Drawn by ``cells`` in ``widgets/slider_figure.mjs`` and by ``wganbook.plots``.

    Examples
    --------
    >>> cells([0, 1], [0, 0], [0.2, 0.8], width=0.9, height=0.9, role="em").at("value", 0)
    [0.2, 0.8]
    """
    options = {
        "width": check.real(width, "width", above=0),
        "height": check.real(height, "height", above=0),
    }
    coordinates = {"x": x, "y": y, "value": _within(value, "value", 1.0)}
    return _mark("cells", role, "", options, coordinates)


def field(
    values: Numbers,
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    limit: float | None = None,
    label: str = "",
    grey: bool = False,
) -> Mark:
    """Colour a rectangle by a function's values: blue above zero, orange below, clear at zero.

    Parameters
    ----------
    values : array_like, shape (rows, columns) or (frames, rows, columns)
        Finite; the first row lies at the bottom. With a grid for each slider position, the
        field moves.
    x, y : tuple of two floats
        Where the rectangle begins and ends; values sit in the middle of its cells.
    limit : float, optional
        The size at which colour is full, above 0; the largest size if not given. Larger
        values are refused, not cut.
    label : str, optional
        Its entry in the legend.
    grey : bool
        A picture: from black at 0 to white at the limit, in both colour schemes.

    Returns
    -------
    Mark
        Values are kept to one part in 127 of the limit.

    Raises
    ------
    TypeError, ValueError
        For values that are not finite, not of two or three dimensions or beyond the limit,
        and for an empty rectangle.

    Source
    ------
    Drawn by ``field`` in ``widgets/slider_figure.mjs`` and by ``wganbook.plots``.

    Examples
    --------
    >>> field([[0, 1], [-1, 0]], x=(0, 2), y=(0, 2)).grid(0).tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    array = check.finite_array(values, "values")
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise ValueError(
            f"values: expected shape (rows, columns) or (frames, rows, columns), got {array.shape}"
        )
    sides = {}
    for name, side in (("x", x), ("y", y)):
        ends = check.finite_array(side, name)
        if ends.shape != (2,) or not ends[0] < ends[1]:
            raise ValueError(f"{name}: expected two numbers that rise, got {check.describe(side)}")
        sides[f"{name}0"], sides[f"{name}1"] = ends.tolist()
    if not isinstance(grey, bool):
        raise TypeError(f"grey: expected True or False, got {check.describe(grey)}")
    if grey and array.min() < 0:
        raise ValueError(f"values: expected none below 0 in a picture, got {array.min():g}")
    largest = float(np.abs(array).max())
    full = check.real(limit, "limit", above=0) if limit is not None else largest or 1.0
    if largest > full:
        raise ValueError(f"limit: expected at least the largest value {largest:g}, got {full:g}")
    coded = np.rint(array / full * 127).astype(np.int8)
    texts = [
        base64.b64encode(grid.tobytes()).decode() for grid in coded.reshape(-1, *array.shape[-2:])
    ]
    image = {"frames": texts} if array.ndim == 3 else {"fixed": texts[0]}
    rows, columns = array.shape[-2:]
    data = {"image": image, "rows": rows, "columns": columns, **sides}
    if grey:
        data["grey"] = True
    return Mark("field", "em", data, _text(label, "label"))


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

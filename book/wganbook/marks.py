"""What a scene draws: lines, areas, bars, points, segments, cells and fields, a row a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wganbook.packing import packed_or_plain
from wganlib import _validate as check
from wganlib._validate import FloatArray

#: Roles a mark can play. Each has one colour, line style and symbol in every figure of the book.
ROLES = ("em", "js", "tv", "kl", "p", "q", "ink", "soft", "good")


#: Decimals of a coordinate that reach the browser, more if all are small. A tenth of a pixel on
#: an axis of length 1 needs four.
DECIMALS = 4

#: Steps between nothing and full colour in a field, and between black and white in a picture.
LEVELS, GREYS = 127, 31


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
        grid: FloatArray = np.array(self.at("image", index)) / self.data["levels"]
        return grid.reshape(self.data["rows"], self.data["columns"])

    @property
    def frame_counts(self) -> set[int]:
        """Return how many frames the moving parts have."""
        return {
            len(v["frames"]) for v in self.data.values() if isinstance(v, dict) and "frames" in v
        }

    def packed(self) -> dict[str, Any]:
        """Return the data as the browser receives them: numbers as texts where that is shorter."""
        columns = self.data["columns"] if self.kind == "field" else None
        return {
            key: packed_or_plain(value, columns) if isinstance(value, dict) else value
            for key, value in self.data.items()
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
        Values are kept to one part in 127 of the limit, those of a picture to one in 31.

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
    rows, columns = array.shape[-2:]
    levels = GREYS if grey else LEVELS
    grids = np.rint(array / full * levels).astype(int).reshape(-1, rows * columns).tolist()
    image = {"frames": grids} if array.ndim == 3 else {"fixed": grids[0]}
    data = {"image": image, "rows": rows, "columns": columns, "levels": levels, **sides}
    if grey:
        data["grey"] = True
    return Mark("field", "em", data, _text(label, "label"))

"""What a row of the table of bad calls is, and bad values by the kind of argument."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import wganbook as book
import wganlib as wg
from wganbook import figures, scene


class Row(NamedTuple):
    """One bad call: ``function(**good | {argument: bad})`` must raise ``error``."""

    function: str
    argument: str
    bad: Any
    error: type[Exception]
    good: dict[str, Any]
    method: str | None = None


def named(name: str) -> Any:
    """Return what a row's name means: a public name of either house, or a figure's."""
    first, _, rest = name.partition(".")
    if first == "scenes":
        return getattr(figures, rest)
    if first == "scene":
        return getattr(scene, rest)
    for package in (wg, wg.distances, wg.training, wg.images, book):
        if any(name in names for names in package._HOMES.values()):
            return getattr(package, name)
    raise AssertionError(f"no public name is called {name}")


def rows(
    function: str,
    good: dict[str, Any],
    *,
    wrong_kind: dict[str, list[Any]] | None = None,
    wrong_value: dict[str, list[Any]] | None = None,
    method: str | None = None,
) -> Iterator[Row]:
    """List bad values for each argument of one function.

    With ``method``, ``function`` names a class, ``good["self"]`` an instance of it.
    """
    for table, error in ((wrong_kind, TypeError), (wrong_value, ValueError)):
        for argument, values in (table or {}).items():
            for bad in values:
                yield Row(function, argument, bad, error, good, method)


class Tensor:
    """Stands for a torch tensor that requires a gradient: NumPy cannot have its numbers."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


class Unreadable:
    """Not a number, a sequence or a function."""


NAN, INF = math.nan, math.inf
LONG = np.longdouble("1e4000") if np.finfo(np.longdouble).max > 1e308 else INF
MASKED = np.ma.masked_array([0.5, 0.5], mask=[False, True])

# --- bad values by the kind of argument ----------------------------------------------

#: Not an array of real numbers.
NOT_ARRAY: list[Any] = [
    None,
    "text",
    ["a", "b"],
    b"\x00\x01",
    [1j, 2.0],
    np.array([0.5 + 0j, 0.5]),
    [True, False],
    np.array([True, False]),
    [[1.0], [1.0, 2.0]],
    [None, 1.0],
    np.array([0.5, 0.5], dtype=object),
    [10**400, 1],
    np.array(["2020-01-01"], dtype="M8[D]"),
    {"a": 1.0},
    {0.5, 0.25},
    Unreadable(),
    Tensor(),
    iter([0.5, 0.5]),
]
BAD_POINTS: list[Any] = [
    [],
    np.empty((0, 2)),
    np.empty((3, 0)),
    0.0,
    np.zeros((2, 2, 2)),
    [0.0, NAN],
    [INF, 0.0],
    [[0.0, -INF]],
    np.array([LONG, 0.0]),
    MASKED,
]
BAD_MASS: list[Any] = [
    [],
    0.5,
    [[0.5, 0.5]],
    [0.5, NAN],
    [INF, 0.5],
    [-0.1, 1.1],
    [-1e-15, 1.0],
    [0.5, 0.4],
    [1.0, 1.0],
    [0.0, 0.0],
    [1, 1],
    [1e308, 1e308],
    [0.5, 0.5 + 1e-8],
    MASKED,
]
NOT_NUMBER: list[Any] = [
    None,
    "1.0",
    b"1",
    1j,
    np.complex128(1.0),
    True,
    np.True_,
    [1.0, 2.0],
    np.array([1.0]),
    np.array(True),
    np.array(1.0 + 0j),
    Unreadable(),
    {},
]
BAD_NUMBER: list[Any] = [NAN, INF, -INF, 10**400, np.float64("nan")]
NOT_INTEGER: list[Any] = [None, "3", 3.0, True, np.True_, 1j, [3], np.array([3]), Unreadable()]
NOT_SEED: list[Any] = [None, "0", 0.0, True, [1, 2]]
NOT_CALLABLE: list[Any] = [None, 1.0, "p", [0.5, 0.5]]


def flat(_: float) -> float:
    """The uniform density on [0, 1]."""
    return 1.0


#: Functions, but no densities on [0, 1].
BAD_DENSITY: list[Any] = [
    lambda x: -1.0,
    lambda x: NAN,
    lambda x: INF,
    lambda x: 2.0,
    lambda x: 0.0,
    lambda x: np.array([1.0, 1.0]),
    lambda x: 1.0 / x,
]
ODD_DENSITY: list[Any] = [lambda x: "1", lambda x: None, lambda x: 1j, lambda x: True]

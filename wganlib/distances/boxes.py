"""The uniform measure on a box: a product of intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.measures import Measure


@dataclass(frozen=True, eq=False)
class Box(Measure):
    """The uniform measure on a product of intervals.

    ``discretise(n)`` gives the middles of a grid of equal cells, as fine on every side as n
    allows.

    Parameters
    ----------
    low, high : array_like, shape (d,), or numbers on a line
        Two opposite corners, low below high in every coordinate.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Any textbook.

    Examples
    --------
    >>> from wganlib.distances.boxes import Box
    >>> Box([0.0, 0.0], [2.0, 1.0]).density([[1.0, 0.5], [3.0, 0.5]])
    array([0.5, 0. ])
    """

    low: FloatArray
    high: FloatArray

    def __init__(self, low: npt.ArrayLike, high: npt.ArrayLike) -> None:
        """Check the corners and keep a copy."""
        first, last = check.point(low, "low").copy(), check.point(high, "high").copy()
        if first.shape != last.shape:
            raise ValueError(f"high: expected the dimension of low, {first.size}, got {last.size}")
        if not (first < last).all():
            raise ValueError("high: expected more than low in every coordinate, got less or equal")
        with np.errstate(over="ignore"):
            volume = float(np.prod(last - first))
        if not 0.0 < volume < float("inf"):
            raise ValueError(f"high: expected a box whose volume fits a float, got {volume:g}")
        for name, corner in (("low", first), ("high", last)):
            corner.setflags(write=False)
            object.__setattr__(self, name, corner)

    @property
    def mean(self) -> FloatArray:
        """The middle of the box."""
        return self.low / 2 + self.high / 2

    @property
    def has_density(self) -> bool:
        """Always."""
        return True

    def grid(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return the middles of about n equal cells, shape (k, d), and their sides, shape (d,)."""
        width = self.high - self.low
        # Cells as near to cubes as whole numbers of them allow.
        side = float(np.prod(width) / n) ** (1.0 / self.dimension)
        pieces = np.maximum(1, np.floor(width / side + 1e-9)).astype(np.int64)
        places = np.indices(tuple(pieces)).reshape(self.dimension, -1).T
        return self.low + (places + 0.5) * (width / pieces), width / pieces

    def _draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.low + rng.random((n, self.dimension)) * (self.high - self.low)

    def _slices(self, n: int) -> tuple[FloatArray, FloatArray]:
        middles, _ = self.grid(n)
        return middles, np.full(len(middles), 1.0 / len(middles))

    def _density(self, x: FloatArray) -> FloatArray:
        inside = ((x >= self.low) & (x <= self.high)).all(axis=1)
        return np.where(inside, 1.0 / float(np.prod(self.high - self.low)), 0.0)

"""Measures cut into cells of known mass, centre and variance: what bounds of W1 are made of.

Nothing is approximated here: a cell's mass is the measure's own, its centre is the mean of
the measure within it, and its variance is no smaller than the mean square distance from
there. So Jensen's inequality gives bounds on both sides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from wganlib._validate import FloatArray
from wganlib.distances.boxes import Box
from wganlib.distances.measures import Gaussian, Histogram, Measure, Mixture, Points, Segment

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Cells:
    """A measure in cells.

    Attributes
    ----------
    mass : ndarray, shape (k,)
        Mass of each cell, more than 0.
    centre : ndarray, shape (k, d)
        Mean of the measure within each cell.
    variance : ndarray, shape (k,)
        Mean square distance from there, or a little more.
    """

    mass: FloatArray
    centre: FloatArray
    variance: FloatArray


def cut(measure: Measure, count: int) -> Cells:
    """Cut a measure into about so many cells.

    Raises
    ------
    TypeError
        For a kind of measure whose cells are not known.
    """
    if isinstance(measure, Mixture):
        return _mixture(measure, count)
    if isinstance(measure, Points):
        used = measure.weights > 0
        return Cells(measure.weights[used], measure.points[used], np.zeros(int(used.sum())))
    if isinstance(measure, Segment):
        fraction = (np.arange(count) + 0.5) / count
        across = measure.end - measure.start
        length = float(np.linalg.norm(across))
        return Cells(
            np.full(count, 1.0 / count),
            measure.start + fraction[:, None] * across,
            np.full(count, (length / count) ** 2 / 12.0),
        )
    if isinstance(measure, Histogram):
        return _histogram(measure, count)
    if isinstance(measure, Gaussian):
        return _gaussian(measure, count)
    if isinstance(measure, Box):
        middles, sides = measure.grid(count)
        k = len(middles)
        return Cells(np.full(k, 1.0 / k), middles, np.full(k, float(sides @ sides) / 12.0))
    raise TypeError(
        "measure: expected a Gaussian, Segment, Histogram, Box, Points or a Mixture of them, got "
        f"{type(measure).__name__}"
    )


def _histogram(measure: Histogram, count: int) -> Cells:
    used = measure.mass > 0
    left, width, mass = measure.edges[:-1][used], np.diff(measure.edges)[used], measure.mass[used]
    pieces = np.maximum(1, np.ceil(count * mass)).astype(np.int64)
    bin_of = np.repeat(np.arange(mass.size), pieces)
    within = np.arange(bin_of.size) - (np.cumsum(pieces) - pieces)[bin_of]
    step = (width / pieces)[bin_of]
    return Cells(
        (mass / pieces)[bin_of],
        (left[bin_of] + (within + 0.5) * step)[:, None],
        step**2 / 12.0,
    )


def _truncated_normal(side: int) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of a standard normal within each of equally likely intervals."""
    edges = ndtri(np.linspace(0.0, 1.0, side + 1))
    with np.errstate(invalid="ignore"):
        height = np.where(np.isfinite(edges), np.exp(-0.5 * edges**2), 0.0) / math.sqrt(2 * math.pi)
        moment = np.where(np.isfinite(edges), edges, 0.0) * height
        middle = np.clip(side * -np.diff(height), edges[:-1], edges[1:])
        # What rounding takes from the variance is given back: a bound must not fall short.
        variance = 1.0 - side * np.diff(moment) - middle**2 + 8.0 * _EPS * side
        variance = np.clip(variance, 0.0, (np.diff(edges) / 2.0) ** 2)
    return middle, variance


def _gaussian(measure: Gaussian, count: int) -> Cells:
    d = measure.dimension
    side = max(1, int(count ** (1.0 / d) + 1e-9))
    middle, variance = _truncated_normal(side)
    shape = (side,) * d if side > 1 else (1,)
    places = np.indices(shape).reshape(len(shape), -1).T
    standard = np.broadcast_to(middle[places], (len(places), d))
    spreads = np.broadcast_to(variance[places], (len(places), d))
    return Cells(
        np.full(len(places), 1.0 / len(places)),
        measure.centre + standard @ measure.root.T,
        spreads @ (measure.root**2).sum(axis=0),
    )


def _mixture(measure: Mixture, count: int) -> Cells:
    pairs = zip(measure.components, measure.weights.tolist(), strict=True)
    parts = [
        (cut(part, max(1, round(count * weight))), weight) for part, weight in pairs if weight > 0
    ]
    return Cells(
        np.concatenate([cells.mass * weight for cells, weight in parts]),
        np.concatenate([cells.centre for cells, _ in parts]),
        np.concatenate([cells.variance for cells, _ in parts]),
    )

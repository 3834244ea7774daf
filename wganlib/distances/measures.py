"""Probability measures to compare: with a density, without one, and made of points.

Every measure can be sampled, and replaced by finitely many weighted points. Discretisations
take the midpoints of n equal slices of mass (quantiles at (i + 1/2)/n), in order, so that
they are symmetric when the measure is, two measures of one kind are matched point by point,
and the Wasserstein-1 distance to the measure itself goes to 0 as n grows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from wganlib import _moved
from wganlib import _validate as check
from wganlib._validate import FloatArray, Seed

if not TYPE_CHECKING:  # what has moved out is found, for one release more
    __getattr__ = _moved.elsewhere(__name__)


def _midpoints(n: int) -> FloatArray:
    """Return the middles of n equal slices of [0, 1]."""
    return (np.arange(n) + 0.5) / n


def _frozen(array: FloatArray) -> FloatArray:
    """Return a copy that cannot be written to, since measures are constants."""
    copy = np.array(array, dtype=np.float64)
    copy.setflags(write=False)
    return copy


class Measure:
    """A probability measure on R^d: the base of every kind.

    Attributes
    ----------
    dimension : int
        The d of R^d.
    mean : ndarray, shape (d,)
        Its expectation.
    has_density : bool
        Whether :meth:`density` gives numbers.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> isinstance(wg.Gaussian(0.0, 1.0), wg.distances.Measure)
    True
    """

    @property
    def dimension(self) -> int:
        """The d of R^d."""
        return int(self.mean.size)

    @property
    def mean(self) -> FloatArray:
        """The expectation, shape (d,)."""
        raise NotImplementedError

    @property
    def has_density(self) -> bool:
        """Whether there is a density with respect to length, area or volume."""
        return False

    def sample(self, n: int, *, seed: Seed) -> FloatArray:
        """Draw n independent points, shape (n, d)."""
        count = check.integer(n, "n", at_least=1)
        return self._draw(count, check.generator(seed))

    def discretise(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return points, shape (k, d), and weights, shape (k,), with k about n."""
        return self._slices(check.integer(n, "n", at_least=1))

    def density(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density at points of shape (m, d), or (m,) on a line; shape (m,)."""
        if not self.has_density:
            self._refuse_density()
        where = check.points(x, "x")
        if where.shape[1] != self.dimension:
            raise ValueError(
                f"x: expected points of dimension {self.dimension}, got {where.shape[1]}"
            )
        with np.errstate(over="ignore", under="ignore"):
            values = self._density(where)
        if not np.isfinite(values).all():
            raise ValueError("x: expected a density that fits a float there, got inf")
        return values

    def _refuse_density(self) -> NoReturn:
        size = {1: "length", 2: "area"}.get(self.dimension, "volume")
        raise ValueError(
            f"x: {type(self).__name__} has no density: its mass sits on a set of {size} zero"
        )

    def _draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        raise NotImplementedError

    def _slices(self, n: int) -> tuple[FloatArray, FloatArray]:
        raise NotImplementedError

    def _density(self, x: FloatArray) -> FloatArray:
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Points(Measure):
    """Finitely many weighted points.

    ``discretise`` returns the points themselves, whatever n.

    Parameters
    ----------
    points : array_like, shape (k, d) or (k,)
        Where the atoms are.
    weights : array_like, shape (k,), optional
        Their masses, nonnegative, sum one; equal if left out.

    Raises
    ------
    TypeError, ValueError
        For bad arguments; and from ``density``, as atoms have none.

    Source
    ------
    Villani, Topics in Optimal Transportation (2003), introduction.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.Points([0.0, 4.0], weights=[0.75, 0.25]).mean
    array([1.])
    """

    points: FloatArray
    weights: FloatArray

    def __init__(self, points: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> None:
        """Check the atoms and keep a copy."""
        where = check.points(points, "points")
        object.__setattr__(self, "points", _frozen(where))
        mass = check.weights(weights, "weights", len(where))
        object.__setattr__(self, "weights", _frozen(mass))

    @property
    def mean(self) -> FloatArray:
        """The weighted mean of the atoms."""
        return self.weights @ self.points

    def _draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.points[rng.choice(len(self.points), size=n, p=self.weights)]

    def _slices(self, n: int) -> tuple[FloatArray, FloatArray]:
        return self.points.copy(), self.weights.copy()


@dataclass(frozen=True, eq=False)
class Segment(Measure):
    """The uniform measure on a straight segment in R^d.

    ``discretise(n)`` gives the middles of n equal pieces, from start to end.

    Parameters
    ----------
    start, end : array_like, shape (d,), or numbers on a line
        Its two ends, not equal.

    Raises
    ------
    TypeError, ValueError
        For bad arguments; and from ``density`` in two dimensions and more.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Example 1.

    Examples
    --------
    >>> import wganlib as wg
    >>> points, weights = wg.Segment([0.0, 0.0], [0.0, 1.0]).discretise(2)
    >>> points
    array([[0.  , 0.25],
           [0.  , 0.75]])
    """

    start: FloatArray
    end: FloatArray

    def __init__(self, start: npt.ArrayLike, end: npt.ArrayLike) -> None:
        """Check the ends and keep a copy."""
        first, last = check.point(start, "start"), check.point(end, "end")
        if first.shape != last.shape:
            raise ValueError(f"end: expected the dimension of start, {first.size}, got {last.size}")
        if np.array_equal(first, last):
            raise ValueError("end: expected a point other than start, got the same")
        with np.errstate(over="ignore"):
            finite = np.isfinite(last - first).all()
        if not finite:
            raise ValueError("end: expected a segment whose length fits a float, got inf")
        object.__setattr__(self, "start", _frozen(first))
        object.__setattr__(self, "end", _frozen(last))

    @property
    def mean(self) -> FloatArray:
        """The middle of the segment."""
        return self.start / 2 + self.end / 2

    @property
    def has_density(self) -> bool:
        """On a line, where a segment is an interval."""
        return self.dimension == 1

    def _at(self, fraction: FloatArray) -> FloatArray:
        return self.start + fraction[:, None] * (self.end - self.start)

    def _draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self._at(rng.random(n))

    def _slices(self, n: int) -> tuple[FloatArray, FloatArray]:
        return self._at(_midpoints(n)), np.full(n, 1.0 / n)

    def _density(self, x: FloatArray) -> FloatArray:
        low, high = sorted([float(self.start[0]), float(self.end[0])])
        inside = (x[:, 0] >= low) & (x[:, 0] <= high)
        return np.where(inside, 1.0 / (high - low), 0.0)


@dataclass(frozen=True, eq=False)
class Gaussian(Measure):
    """A normal distribution on R^d.

    ``discretise(n)`` gives quantiles: in one dimension n of them, in d the product grid
    of the largest side whose d-th power is at most n, mapped by the Cholesky factor.

    Parameters
    ----------
    mean : array_like, shape () or (d,)
        Its mean.
    cov : array_like, shape () or (d, d)
        Its covariance, symmetric and positive definite. A number goes with a mean that is
        a number, and is a *variance*.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Any textbook; the grid is the quantile transform of each coordinate.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.Gaussian(0.0, 4.0).density([0.0]).round(6)
    array([0.199471])
    """

    centre: FloatArray
    cov: FloatArray
    root: FloatArray

    def __init__(self, mean: npt.ArrayLike, cov: npt.ArrayLike) -> None:
        """Check the moments and keep a copy."""
        centre, root = check.gaussian(mean, cov, ("mean", "cov"))
        matrix = np.asarray(cov, dtype=np.float64).reshape(root.shape)
        object.__setattr__(self, "centre", _frozen(centre))
        object.__setattr__(self, "cov", _frozen(matrix))
        object.__setattr__(self, "root", _frozen(root))

    @property
    def mean(self) -> FloatArray:
        """The mean, shape (d,)."""
        return self.centre

    @property
    def has_density(self) -> bool:
        """Always, since a degenerate covariance is refused."""
        return True

    def _draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.centre + rng.standard_normal((n, self.dimension)) @ self.root.T

    def _slices(self, n: int) -> tuple[FloatArray, FloatArray]:
        side = 1
        while (side + 1) ** self.dimension <= n:
            side += 1
        quantiles = ndtri(_midpoints(side))
        # One index for each coordinate; a side of one needs no grid, whatever the dimension.
        shape = (side,) * self.dimension if side > 1 else (1,)
        places = np.indices(shape).reshape(len(shape), -1).T
        standard = np.broadcast_to(quantiles[places], (len(places), self.dimension))
        k = len(standard)
        return self.centre + standard @ self.root.T, np.full(k, 1.0 / k)

    def _density(self, x: FloatArray) -> FloatArray:
        from scipy.linalg import solve_triangular

        standard = solve_triangular(self.root, (x - self.centre).T, lower=True)
        with np.errstate(over="ignore"):
            exponent = -0.5 * (standard**2).sum(axis=0)
        scale = -np.log(np.diag(self.root)).sum() - 0.5 * self.dimension * math.log(2 * math.pi)
        return np.asarray(np.exp(exponent + scale))


@dataclass(frozen=True, eq=False)
class Histogram(Measure):
    """A piecewise constant density on a line.

    Parameters
    ----------
    edges : array_like, shape (k + 1,)
        Bounds of the bins, strictly increasing.
    mass : array_like, shape (k,)
        Mass of each bin, nonnegative, sum one.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Any textbook; a bin contains its left edge, the last bin both.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.Histogram([0.0, 1.0, 3.0], [0.5, 0.5]).density([0.5, 2.0, 4.0])
    array([0.5 , 0.25, 0.  ])
    """

    edges: FloatArray
    mass: FloatArray

    def __init__(self, edges: npt.ArrayLike, mass: npt.ArrayLike) -> None:
        """Check the bins and keep a copy."""
        bounds = check.finite_array(edges, "edges")
        if bounds.ndim != 1 or bounds.size < 2:
            raise ValueError(
                f"edges: expected shape (k + 1,), at least 2, got shape {bounds.shape}"
            )
        with np.errstate(over="ignore"):
            widths = np.diff(bounds)
        if not (widths > 0).all():
            raise ValueError("edges: expected strictly increasing edges, got some that are not")
        if not math.isfinite(float(bounds[-1]) - float(bounds[0])):
            raise ValueError("edges: expected a range that fits a float, got one that overflows")
        heights = check.mass(mass, "mass")
        if heights.size != widths.size:
            raise ValueError(f"mass: expected {widths.size} masses, got {heights.size}")
        object.__setattr__(self, "edges", _frozen(bounds))
        object.__setattr__(self, "mass", _frozen(heights))

    @property
    def mean(self) -> FloatArray:
        """The mean, shape (1,)."""
        middles = self.edges[:-1] / 2 + self.edges[1:] / 2
        return np.array([self.mass @ middles])

    @property
    def has_density(self) -> bool:
        """Always."""
        return True

    def _quantile(self, level: FloatArray) -> FloatArray:
        used = self.mass > 0
        left, mass, width = self.edges[:-1][used], self.mass[used], np.diff(self.edges)[used]
        upto = np.cumsum(mass)
        bin_of = np.minimum(np.searchsorted(upto, level), mass.size - 1)
        fraction = (level - (upto - mass)[bin_of]) / mass[bin_of]
        return (left[bin_of] + np.clip(fraction, 0.0, 1.0) * width[bin_of])[:, None]

    def _draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self._quantile(rng.random(n))

    def _slices(self, n: int) -> tuple[FloatArray, FloatArray]:
        return self._quantile(_midpoints(n)), np.full(n, 1.0 / n)

    def _density(self, x: FloatArray) -> FloatArray:
        where = x[:, 0]
        bin_of = np.searchsorted(self.edges, where, side="right") - 1
        bin_of = np.where(where == self.edges[-1], self.mass.size - 1, bin_of)
        inside = (bin_of >= 0) & (bin_of < self.mass.size)
        heights = self.mass / np.diff(self.edges)
        return np.where(inside, heights[np.clip(bin_of, 0, self.mass.size - 1)], 0.0)


@dataclass(frozen=True, eq=False)
class Mixture(Measure):
    """A weighted mixture of measures of one dimension.

    ``discretise(n)`` gives each component its share of n, at least one point, and divides
    the component's weight among them.

    Parameters
    ----------
    components : sequence of Measure
        At least one.
    weights : array_like, shape (k,), optional
        Their masses, nonnegative, sum one; equal if left out.

    Raises
    ------
    TypeError, ValueError
        For bad arguments; and from ``density`` if a component with mass has none.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 4, for mixtures as test distributions.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.Mixture([wg.Gaussian(0.0, 1.0), wg.Gaussian(4.0, 1.0)], [0.75, 0.25]).mean
    array([1.])
    """

    components: tuple[Measure, ...]
    weights: FloatArray

    def __init__(self, components: Sequence[Measure], weights: npt.ArrayLike | None = None) -> None:
        """Check the components and their masses."""
        if not isinstance(components, (list, tuple)):
            raise TypeError(
                f"components: expected a list of measures, got {check.describe(components)}"
            )
        if not components:
            raise ValueError("components: expected at least one measure, got none")
        for part in components:
            if not isinstance(part, Measure):
                raise TypeError(f"components: expected measures, got {check.describe(part)}")
            if part.dimension != components[0].dimension:
                raise ValueError(
                    f"components: expected one dimension, {components[0].dimension}, got "
                    f"{part.dimension}"
                )
        object.__setattr__(self, "components", tuple(components))
        mass = check.weights(weights, "weights", len(components))
        object.__setattr__(self, "weights", _frozen(mass))

    @property
    def mean(self) -> FloatArray:
        """The weighted mean of the components' means."""
        return self.weights @ np.stack([part.mean for part in self.components])

    @property
    def has_density(self) -> bool:
        """Whether every component that has mass has a density."""
        return all(part.has_density for part, _ in self._used())

    def _used(self) -> list[tuple[Measure, float]]:
        pairs = zip(self.components, self.weights.tolist(), strict=True)
        return [(part, weight) for part, weight in pairs if weight > 0]

    def _draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        label = rng.choice(len(self.components), size=n, p=self.weights)
        drawn = np.empty((n, self.dimension))
        for k, part in enumerate(self.components):
            here = np.flatnonzero(label == k)
            if here.size:
                drawn[here] = part.sample(here.size, seed=rng)
        return drawn

    def _slices(self, n: int) -> tuple[FloatArray, FloatArray]:
        parts = [
            (part.discretise(max(1, round(n * weight))), weight) for part, weight in self._used()
        ]
        points = np.concatenate([points for (points, _), _ in parts])
        return points, np.concatenate([mass * weight for (_, mass), weight in parts])

    def _density(self, x: FloatArray) -> FloatArray:
        return np.asarray(sum(weight * part.density(x) for part, weight in self._used()))

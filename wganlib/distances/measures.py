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
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from wganlib import _validate as check
from wganlib._validate import FloatArray, Seed


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


@dataclass(frozen=True, eq=False)
class SwissRoll(Measure):
    """A spiral in the plane with Gaussian noise: see ``swiss_roll``.

    ``discretise(n)`` gives the middles of equal slices of the angle, each with a grid of
    quantiles of the noise as fine as they lie.
    """

    radius: float
    std: float

    INNER, OUTER = 1.5 * math.pi, 4.5 * math.pi  # angles of the two ends

    def __post_init__(self) -> None:
        """Check the numbers."""
        size = check.real(self.radius, "radius", above=0.0)
        width = check.real(self.std, "std", at_least=0.0)
        variances = [one * one for one in (size, width)]
        if not 0.0 < variances[0] < math.inf:
            raise ValueError(f"radius: expected a number whose square fits a float, got {size:g}")
        if variances[1] == math.inf:
            raise ValueError(f"std: expected a number whose square fits a float, got {width:g}")
        if 0.0 < width < size / 1000:
            raise ValueError(
                f"std: expected 0, or at least a thousandth of the radius, got {width:g}"
            )
        object.__setattr__(self, "radius", size)
        object.__setattr__(self, "std", width)

    @property
    def mean(self) -> FloatArray:
        """The mean of the spiral."""
        ends = np.array([self.INNER, self.OUTER])
        cos, sin = np.cos(ends), np.sin(ends)
        integrals = np.diff([cos + ends * sin, sin - ends * cos])[:, 0]
        return np.asarray(integrals * self.radius / self.OUTER / (self.OUTER - self.INNER))

    @property
    def has_density(self) -> bool:
        """Where there is noise; a curve has no area."""
        return self.std > 0.0

    def _at(self, fraction: FloatArray) -> FloatArray:
        angle = self.INNER + fraction * (self.OUTER - self.INNER)
        direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return np.asarray(self.radius * (angle / self.OUTER)[:, None] * direction)

    def _draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self._at(rng.random(n)) + self.std * rng.standard_normal((n, 2))

    def _slices(self, n: int) -> tuple[FloatArray, FloatArray]:
        length = 2 * math.pi * self.radius
        side = max(1, int((2.5 * n * self.std / length) ** (1 / 3)))
        spiral = self._at(_midpoints(max(1, n // side**2)))
        noise = np.zeros((1, 2))
        if side > 1:
            noise = Gaussian([0.0, 0.0], self.std**2 * np.eye(2)).discretise(side**2)[0]
        points = (spiral[:, None] + noise).reshape(-1, 2)
        return points, np.full(len(points), 1.0 / len(points))

    def _density(self, x: FloatArray) -> FloatArray:
        """Integrate the noise along the spiral: Gauss's rule on pieces as long as std."""
        pieces = math.ceil((self.OUTER - self.INNER) * self.radius / self.std)
        nodes, weights = np.polynomial.legendre.leggauss(8)
        fraction = ((np.arange(pieces)[:, None] + (nodes + 1) / 2) / pieces).ravel()
        spiral, mass = self._at(fraction), np.tile(weights / 2 / pieces, pieces)
        values = np.empty(len(x))
        rows = max(1, 2**20 // len(spiral))
        for i in range(0, len(x), rows):
            apart = (x[i : i + rows, None] - spiral) / self.std
            values[i : i + rows] = np.exp(-0.5 * (apart**2).sum(axis=2)) @ mass
        return values / (2 * math.pi * self.std**2)


# --- examples ------------------------------------------------------------------------


def parallel_lines(theta: float) -> tuple[Segment, Segment]:
    r"""Two vertical unit segments at distance theta: Example 1 of the paper.

    .. math:: P_0 = U(\{0\} \times [0, 1]), \quad P_\theta = U(\{\theta\} \times [0, 1])

    Their Wasserstein-1 distance is :math:`|\theta|`; for theta other than 0 the total
    variation is 1, JS is log 2 and KL is infinite.

    Parameters
    ----------
    theta : float
        Where the second segment stands; it may be negative or 0.

    Returns
    -------
    tuple of Segment
        The segment at 0 and the one at theta.

    Raises
    ------
    TypeError, ValueError
        For anything that is not a finite number.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Example 1.

    Examples
    --------
    >>> import wganlib as wg
    >>> still, moved = wg.parallel_lines(0.3)
    >>> round(wg.wasserstein_1(still.discretise(50)[0], moved.discretise(50)[0]), 12)
    0.3
    """
    shift = check.real(theta, "theta")
    return Segment([0.0, 0.0], [0.0, 1.0]), Segment([shift, 0.0], [shift, 1.0])


def crossing_segments(angle: float) -> tuple[Segment, Segment]:
    r"""Two unit segments through one midpoint, the second turned by an angle.

    Unless the angle is 0, pi or -pi their supports meet in one point, which carries no mass:
    TV, KL and JS are as large as for disjoint supports.

    Parameters
    ----------
    angle : float
        Radians, from -pi to pi; the first segment lies along the first axis.

    Returns
    -------
    tuple of Segment
        Both centred at the origin.

    Raises
    ------
    TypeError, ValueError
        For an angle outside [-pi, pi].

    Source
    ------
    Arjovsky & Bottou (2017), Towards principled methods for training GANs, section 2.2
    (manifolds that do not perfectly align).

    Examples
    --------
    >>> import wganlib as wg
    >>> across, turned = wg.crossing_segments(1.0)
    >>> across.mean, turned.mean
    (array([0., 0.]), array([0., 0.]))
    """
    turn = check.real(angle, "angle", at_least=-math.pi, at_most=math.pi)
    tip = np.array([0.5 * math.cos(turn), 0.5 * math.sin(turn)])
    return Segment([-0.5, 0.0], [0.5, 0.0]), Segment(-tip, tip)


def ring_of_gaussians(modes: int = 8, *, radius: float = 2.0, std: float = 0.02) -> Mixture:
    """Equal round Gaussians, evenly spaced on a circle.

    Parameters
    ----------
    modes : int
        How many, at least 1.
    radius : float
        Of the circle, more than 0.
    std : float
        Standard deviation of each Gaussian in each direction, more than 0.

    Returns
    -------
    Mixture
        In the plane, the first mode on the first axis.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Metz et al. (2017), Unrolled generative adversarial networks, section 3.1.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.ring_of_gaussians(4, radius=1.0).sample(3, seed=0).shape
    (3, 2)
    """
    count = check.integer(modes, "modes", at_least=1)
    size = check.real(radius, "radius", above=0.0)
    turns = 2.0 * math.pi * np.arange(count) / count
    centres = size * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return _gaussians_at(centres, std)


def grid_of_gaussians(side: int = 5, *, spacing: float = 2.0, std: float = 0.05) -> Mixture:
    """Equal round Gaussians on a square grid around the origin.

    Parameters
    ----------
    side : int
        Modes along each side, at least 1; there are side times side.
    spacing : float
        Distance of neighbours, more than 0.
    std : float
        Standard deviation of each Gaussian in each direction, more than 0.

    Returns
    -------
    Mixture
        In the plane, row by row.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Dumoulin et al. (2017), Adversarially learned inference, section 4.1, for the 25-mode grid.

    Examples
    --------
    >>> import wganlib as wg
    >>> len(wg.grid_of_gaussians(5).components)
    25
    """
    count = check.integer(side, "side", at_least=1)
    step = check.real(spacing, "spacing", above=0.0)
    if math.isinf(step * count):
        raise ValueError(f"spacing: expected a grid that fits a float, got {step:g}")
    axis = step * (np.arange(count) - (count - 1) / 2)
    across, up = np.meshgrid(axis, axis)
    return _gaussians_at(np.stack([across.ravel(), up.ravel()], axis=1), std)


def swiss_roll(*, radius: float = 2.0, std: float = 0.05) -> SwissRoll:
    r"""Points along a spiral of one and a half turns, with round Gaussian noise.

    .. math:: x = \frac{\text{radius}}{4.5\,\pi}\, t\, (\cos t, \sin t) + \text{std} \cdot n,
              \quad t \sim U[1.5\,\pi, 4.5\,\pi], \quad n \sim N(0, I)

    Parameters
    ----------
    radius : float
        Distance of the outer end from the origin, more than 0; the inner end is at a third.
    std : float
        Standard deviation of the noise in each direction: 0, which leaves a curve without a
        density, or at least a thousandth of the radius.

    Returns
    -------
    SwissRoll
        A measure in the plane.

    Raises
    ------
    TypeError, ValueError
        For bad arguments; and from ``density`` if there is no noise.

    Source
    ------
    Gulrajani et al. (2017), section 3.1, for the Swiss roll as a test distribution; the
    spiral is that of scikit-learn's ``make_swiss_roll``, seen from above.

    Examples
    --------
    >>> import wganlib as wg
    >>> roll = wg.distances.swiss_roll(radius=3.0, std=0.0)
    >>> roll.discretise(1)[0].round(6)
    array([[-2.,  0.]])
    """
    return SwissRoll(radius, std)


def _gaussians_at(centres: FloatArray, std: Any) -> Mixture:
    deviation = check.real(std, "std", above=0.0)
    variance = deviation * deviation
    if not 0.0 < variance < math.inf:
        raise ValueError(f"std: expected a number whose square fits a float, got {deviation:g}")
    cov = variance * np.eye(2)
    return Mixture([Gaussian(centre, cov) for centre in centres])


# --- two point sets as masses on one support -----------------------------------------


def _weighted_pair(
    x: object, y: object, a: object | None, b: object | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    left, right = check.points(x, "x"), check.points(y, "y")
    if left.shape[1] != right.shape[1]:
        raise ValueError(
            f"y: expected points of the dimension of x, {left.shape[1]}, got {right.shape[1]}"
        )
    mass_x, mass_y = check.weights(a, "a", len(left)), check.weights(b, "b", len(right))
    return left, right, mass_x, mass_y


def on_common_support(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two weighted point sets as probability vectors on the union of their atoms.

    Atoms are the same only if all their coordinates are exactly equal; so the supports of
    two samples from densities share nothing, and TV, KL and JS call them disjoint.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.

    Returns
    -------
    p, q : ndarray, shape (k,)
        Mass that each gives to every atom.
    support : ndarray, shape (k, d)
        The atoms, in lexicographic order.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> p, q, support = wg.distances.on_common_support([0.0, 1.0], [1.0, 2.0])
    >>> p, q, support.ravel()
    (array([0.5, 0.5, 0. ]), array([0. , 0.5, 0.5]), array([0., 1., 2.]))
    """
    left, right, mass_x, mass_y = _weighted_pair(x, y, a, b)
    # Adding zero turns -0.0 into 0.0: they are one number with two bit patterns.
    together = np.concatenate([left, right]) + 0.0
    support, label = np.unique(together, axis=0, return_inverse=True)
    label, k = label.ravel(), len(support)
    p: FloatArray = np.bincount(label[: len(left)], mass_x, k).astype(np.float64)
    q: FloatArray = np.bincount(label[len(left) :], mass_y, k).astype(np.float64)
    return p, q, support


def on_grid(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
    *,
    width: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two weighted point sets as probability vectors on common cells of one width.

    A cell is a product of intervals [k width, (k + 1) width). Merging points into cells
    never increases TV, KL or JS.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.
    width : float
        Side of a cell, more than 0.

    Returns
    -------
    p, q : ndarray, shape (k,)
        Mass that each gives to every cell that either of them touches.
    centres : ndarray, shape (k, d)
        The middles of the cells, in lexicographic order.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and a width too small to number the cells.

    Source
    ------
    Cover & Thomas, Elements of Information Theory (2006), section 2.8, data processing.

    Examples
    --------
    >>> import wganlib as wg
    >>> p, q, centres = wg.distances.on_grid([0.1, 0.2], [0.3, 1.7], width=1.0)
    >>> p, q, centres.ravel()
    (array([1., 0.]), array([0.5, 0.5]), array([0.5, 1.5]))
    """
    left, right, mass_x, mass_y = _weighted_pair(x, y, a, b)
    side = check.real(width, "width", above=0.0)
    with np.errstate(over="ignore"):
        cells = [np.floor(left / side), np.floor(right / side)]
    if max(float(np.abs(cell).max()) for cell in cells) >= 2.0**52:
        raise ValueError(
            f"width: expected cells that can be numbered, got a width of {side:g} for points "
            "that far away"
        )
    p, q, corners = on_common_support(cells[0], cells[1], mass_x, mass_y)
    return p, q, (corners + 0.5) * side

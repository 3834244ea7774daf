"""Measures that the chapters compare: two lines, rings, grids and a spiral in the plane."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.measures import Gaussian, Measure, Mixture, Segment, _midpoints


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

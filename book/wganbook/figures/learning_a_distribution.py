"""Moving figures of the first chapter: likelihood, curves without density, noise, generators."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from wganbook.figures._parts import bell, cursor
from wganbook.scene import (
    Axis,
    Mark,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    field,
    line,
    points,
    segments,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray, Seed
from wganlib.training.intervals import confidence

#: Where the two bumps of the data are in :func:`maximum_likelihood`, their masses and width.
BUMPS = (-1.0, 3.0)
BUMP_MASSES = (0.75, 0.25)
BUMP_WIDTH = 0.5

#: The circles of :func:`curve_in_cells`: both of radius 1.
CENTRE = (0.13, 0.07)
OTHER_CENTRE = (0.38, 0.07)

#: Side of the window's half, and of its smallest cell's share, in :func:`curve_in_cells`.
_HALF = 2.0
_SIDE = 64


def _best_models(
    x: FloatArray,
    p: FloatArray,
    sample: FloatArray,
    sizes: list[int],
    found: FloatArray,
    best: float,
) -> Panel:
    """Draw the data, the model that fits each size of sample best, and the one of least KL."""
    shown = np.full((len(sizes), 60), np.nan)
    for row, m in zip(shown, sizes, strict=True):
        row[: min(m, 60)] = sample[: min(m, 60)]
    keep = slice(1000, 3801, 14)
    models = bell(x[keep], 0.0, found[:, None])
    return Panel(
        "The data and the best model",
        Axis("x (length)", -7, 7, (-6, -3, 0, 3, 6)),
        Axis("density (1/length)", -0.05, 0.65, (0, 0.2, 0.4, 0.6)),
        [
            area(x[keep], 0 * x[keep], p[keep], role="p", label="data"),
            line(x[keep], models, role="q", label="best on the sample"),
            line(x[keep], bell(x[keep], 0.0, best), role="ink", dashed=True, label="least KL"),
            points(
                shown, np.full_like(shown, -0.022), role="p", size=2.5, label="sample, at most 60"
            ),
        ],
    )


def maximum_likelihood(*, seed: Seed) -> Scene:
    """Lay the likelihood of growing samples beside the Kullback–Leibler divergence.

    ``seed``: draws the sample; each size takes its first points.
    Source: Arjovsky, Chintala & Bottou (2017), section 1.
    """
    rng = check.generator(seed)
    sizes = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 20000]
    sample = rng.choice(BUMPS, sizes[-1], p=BUMP_MASSES) + BUMP_WIDTH * rng.standard_normal(
        sizes[-1]
    )
    x = np.linspace(-12, 12, 4801)
    p = BUMP_MASSES @ np.array([bell(x, at, BUMP_WIDTH) for at in BUMPS])
    step = x[1] - x[0]
    entropy = -float((p * np.log(np.maximum(p, 1e-300))).sum() * step)
    second = float(BUMP_MASSES @ np.square(BUMPS) + BUMP_WIDTH**2)
    sigma = np.linspace(0.8, 4.5, 149)

    def cross(moment: float | FloatArray, at: float | FloatArray) -> FloatArray:
        """Minus the mean log-likelihood, for data of this second moment."""
        return np.asarray(
            np.log(at) + 0.5 * math.log(2 * math.pi) + moment / (2 * np.square(at)) - entropy
        )

    moments = np.array([np.mean(sample[:m] ** 2) for m in sizes])
    found, best = np.sqrt(moments), math.sqrt(second)
    there, least = cross(second, found), float(cross(second, best))
    curves = cross(moments[:, None], sigma)
    data = _best_models(x, p, sample, sizes, found, best)
    price = Panel(
        "Likelihood and KL over σ",
        Axis("σ of the model (length)", 0.8, 4.5, (1, 2, 3, 4)),
        Axis("nats", 0, 2, (0, 1, 2)),
        [
            line(sigma, cross(second, sigma), role="kl", label="KL"),
            line(sigma, np.where(curves <= 2, curves, np.nan), role="q", label="from the sample"),
            points([best], [least], role="kl", size=6),
            points(found[:, None], cross(moments, found)[:, None], role="q", size=6),
        ],
    )
    return Scene(
        "Likelihood becomes KL as the sample grows",
        Slider("m", "m: size of the sample", sizes, 0, digits=0, play=True),
        [data, price],
        [
            Readout("σ, best on the sample", found.tolist(), "q"),
            Readout("σ of least KL", [best] * len(sizes), "kl"),
            Readout("KL paid too much", (there - least).tolist(), "ink", 4),
        ],
        "Left: data from two bumps, a bell curve that fits the sample best, and the bell curve of "
        "least KL; neither has two bumps. Right: KL over the width of the model, and minus the "
        "mean log-likelihood of the sample less the entropy of the data. With 5 points the two "
        "curves and their lowest points are apart; with 20000 they coincide.",
    )


def _circle_masses(centre: tuple[float, float], h: float) -> tuple[FloatArray, FloatArray]:
    """Return lower corners (k, 2), in units of h, and exact masses (k,) of a unit circle."""
    cuts = [np.array([0.0, 2 * math.pi])]
    for axis in (0, 1):
        low, high = (math.floor((centre[axis] + s) / h) for s in (-1, 1))
        offset = np.clip(np.arange(low, high + 2) * h - centre[axis], -1, 1)
        angle = np.arccos(offset) if axis == 0 else np.arcsin(offset)
        cuts += [angle, -angle if axis == 0 else math.pi - angle]
    ends = np.unique(np.mod(np.concatenate(cuts), 2 * math.pi))
    ends = np.concatenate([ends, [ends[0] + 2 * math.pi]])
    middle = (ends[1:] + ends[:-1]) / 2
    place = np.stack([np.cos(middle), np.sin(middle)], axis=1) + centre
    corner, which = np.unique(np.floor(place / h), axis=0, return_inverse=True)
    mass = np.bincount(which.ravel(), np.diff(ends) / (2 * math.pi))
    return np.asarray(corner, dtype=np.float64), np.asarray(mass, dtype=np.float64)


def _gaussian_mass(corner: FloatArray, h: float) -> FloatArray:
    sides = ndtr((corner + 1) * h) - ndtr(corner * h)
    return np.asarray(sides.prod(axis=1))


def _kl_from_other(corner: FloatArray, p: FloatArray, h: float) -> float:
    """Return KL of masses p, of cells with these lower corners, from the other circle's."""
    elsewhere, mass = _circle_masses(OTHER_CENTRE, h)
    other = dict(zip(map(tuple, elsewhere.tolist()), mass.tolist(), strict=True))
    r = np.array([other.get(tuple(place), 0.0) for place in corner.tolist()])
    return math.inf if (r == 0).any() else float((p * np.log(p / r)).sum())


def _shades(corner: FloatArray, p: FloatArray, h: float) -> FloatArray:
    """Return the window as a field: each cell's mass over the largest, zero where there is none."""
    grid = np.zeros((round(2 * _HALF / h),) * 2)
    column, row = (corner + _HALF / h).astype(int).T
    grid[row, column] = p / p.max()
    times = _SIDE // len(grid)
    return np.asarray(np.kron(grid, np.ones((times, times))))


def _window(frames: list[FloatArray]) -> Panel:
    """Draw the circle over its cells, one field for each width, and the other circle."""
    angle = np.linspace(0, 2 * math.pi, 121)
    circle = np.cos(angle), np.sin(angle)
    reach = (-_HALF, _HALF)
    return Panel(
        "A circle, seen in cells",
        Axis("x (length)", -_HALF, _HALF, (-2, -1, 0, 1, 2)),
        Axis("y (length)", -_HALF, _HALF, (-2, -1, 0, 1, 2)),
        [
            field(np.stack(frames), x=reach, y=reach, limit=1.0),
            line(circle[0] + CENTRE[0], circle[1] + CENTRE[1], role="p", label="circle"),
            line(circle[0] + OTHER_CENTRE[0], circle[1] + OTHER_CENTRE[1], role="q",
                 label="other circle"),
        ],
        equal=True,
    )  # fmt: skip


def curve_in_cells() -> Scene:
    """Compute KL of a circle from a Gaussian and from another circle, by cells of width h.

    Masses are exact: arcs between grid lines, and products of normal probabilities.
    Source: Arjovsky, Chintala & Bottou (2017), section 1: distributions on low-dimensional
    manifolds.
    """
    exponents = np.arange(-1, 11)
    widths = 2.0**-exponents
    touched, covered, to_bell, to_other = [], [], [], []
    frames = []
    for h in widths:
        corner, p = _circle_masses(CENTRE, h)
        q = _gaussian_mass(corner, h)
        touched.append(len(p))
        covered.append(float(q.sum()))
        to_bell.append(float((p * np.log(p / q)).sum()))
        to_other.append(_kl_from_other(corner, p, h))
        if h >= 2 * _HALF / _SIDE:
            frames.append(_shades(corner, p, h))
    many = len(frames)
    plane = _window(frames)
    log_h = np.log(1 / widths)
    names = [f"1/{2**k}" if k else "1" for k in (0, 2, 4, 6, 8, 10)]
    growth = Panel(
        "KL from a Gaussian",
        Axis("cell width h (length), logarithmic", float(log_h[0]) - 0.4, float(log_h[-1]) + 0.5,
             [k * math.log(2) for k in (0, 2, 4, 6, 8, 10)], names),
        Axis("KL (nats)", 0, 8, (0, 2, 4, 6, 8)),
        [
            line(log_h, to_bell[-1] + log_h - log_h[-1], role="ink", dashed=True,
                 label="slope 1"),
            line(log_h, to_bell, role="kl", label="KL of the cells"),
            points(log_h[:many, None], np.array(to_bell)[:many, None], role="kl", size=6),
        ],
    )  # fmt: skip
    return Scene(
        "A circle has no density: the finer the cells, the larger KL",
        Slider("h", "h: width of a cell", widths[:many].tolist(), 2, digits=4),
        [plane, growth],
        [
            Readout("cells met", touched[:many], "p", 0, "cells that the circle meets"),
            Readout("Gaussian mass of them", covered[:many], "ink", 3,
                    "Gaussian mass of these cells"),
            Readout("KL, Gaussian", to_bell[:many], "kl", 3, "KL from the Gaussian"),
            Readout("KL, other circle", to_other[:many], "q", 3, "KL from the other circle"),
        ],
        "Left: a circle, and the cells of a grid that it meets, in a stronger colour where it "
        "spends more length; a second circle is moved by a quarter. Right: KL of the circle from "
        "a Gaussian, both seen in cells, grows by log 2 for each halving of the cells, without "
        "end. KL from the other circle is infinite as soon as the cells tell the two apart.",
    )  # fmt: skip


def _sheet(images: FloatArray, columns: int, times: int) -> FloatArray:
    """Lay (..., n, rows, columns) images out, the first at the top, each pixel enlarged."""
    *front, n, tall, wide = images.shape
    sheet = np.zeros((*front, n // columns * (tall + 1) + 1, columns * (wide + 1) + 1))
    for k in range(n):
        top, left = 1 + k // columns * (tall + 1), 1 + k % columns * (wide + 1)
        sheet[..., top : top + tall, left : left + wide] = images[..., k, :, :]
    return sheet[..., ::-1, :].repeat(times, axis=-1).repeat(times, axis=-2)


def _named_runs(values: object, name: str, looks: int) -> dict[str, FloatArray]:
    if not isinstance(values, Mapping):
        raise TypeError(f"{name}: expected a mapping of names, got {check.describe(values)}")
    if not 1 <= len(values) <= len(_GENERATORS):
        raise ValueError(f"{name}: expected one to {len(_GENERATORS)} names, got {len(values)}")
    found = {}
    for label, runs in values.items():
        array = check.finite_array(runs, f"{name}[{label!r}]")
        if array.ndim != 2 or len(array) != looks or array.shape[1] < 2:
            raise ValueError(
                f"{name}[{label!r}]: expected shape ({looks}, runs), two runs or more, "
                f"got {array.shape}"
            )
        found[str(label)] = array
    return found


#: Roles of the generators in :func:`noise_on_images`, in the order they are given.
_GENERATORS = ("em", "p", "js", "kl", "tv")


def _bands(at: FloatArray, runs: dict[str, FloatArray], low: float) -> list[Mark]:
    marks: list[Mark] = []
    for role, (label, array) in zip(_GENERATORS, runs.items(), strict=False):
        mean, half = confidence(array)
        seen = mean >= low
        top, bottom = np.maximum(mean + half, low), np.maximum(mean - half, low)
        marks += [
            area(at[seen], bottom[seen], top[seen], role=role),
            line(at, np.where(seen, mean, np.nan), role=role, label=label),
        ]
    return marks


def _noisy_sheet(noisy: FloatArray) -> Panel:
    """Draw images (k, n, rows, columns) in rows of four, a field for each of the k noises."""
    _, n, tall, wide = noisy.shape
    rows, columns = n // 4 * (tall + 1) + 1, 4 * (wide + 1) + 1
    return Panel(
        "Samples with this noise",
        Axis("column (pixels)", 0, columns, (0, columns)),
        Axis("row (pixels)", 0, rows, (0, rows)),
        [
            field(_sheet(noisy, 4, 3), x=(0, columns), y=(0, rows), limit=1.0),
        ],
        equal=True,
    )


def _likelihoods_over_noise(at: FloatArray, gains: dict[str, FloatArray], across: Axis) -> Panel:
    """Draw log-likelihoods over the noise, without none, from 80 nats below the best."""
    some = at != 0
    drawn = {label: array[some] for label, array in gains.items()}
    best = max(float(array.mean(1).max()) for array in drawn.values())
    low = best - 80
    high = 10 * math.ceil((best + 5) / 10)
    return Panel(
        "What likelihood says",
        across,
        Axis("log-likelihood (nats an image)", low, high,
             [t for t in range(-200, 201, 20) if low <= t <= high]),
        [cursor(at, low, high), *_bands(at[some], drawn, low)],
    )  # fmt: skip


def _distances_over_noise(
    at: FloatArray, costs: dict[str, FloatArray], real: float, across: Axis
) -> Panel:
    """Draw distances from held-out images over the noise, and the one of real images."""
    ceiling = math.ceil(2 * max(float(array.max()) for array in costs.values())) / 2
    bottom = min(real, min(float(array.min()) for array in costs.values()))
    ground = math.floor(2 * bottom) / 2
    return Panel(
        "How far from held-out images",
        across,
        Axis("EM (length in pixel space)", ground, ceiling,
             np.arange(ground, ceiling + 0.1, 0.5).tolist()),
        [
            cursor(at, ground, ceiling),
            line([0, at[-1]], [real, real], role="ink", dashed=True, label="real images"),
            *_bands(at, costs, ground),
        ],
    )  # fmt: skip


def noise_on_images(
    sigmas: npt.ArrayLike,
    images: npt.ArrayLike,
    likelihoods: Mapping[str, npt.ArrayLike],
    distances: Mapping[str, npt.ArrayLike],
    *,
    floor: float,
    seed: Seed,
) -> Scene:
    """Show samples with more and more noise, the likelihood it buys and the distance it costs.

    ``sigmas``: k deviations of the noise on a pixel, drawn by ``seed``, rising from 0 or more.
    ``images``: 4m samples without noise. ``likelihoods, distances``: (k, runs), of held-out images,
    by generator. ``floor``: EM between real sets.
    Source: Arjovsky, Chintala & Bottou (2017), section 1: the noise term of a model.
    """
    at = check.finite_array(sigmas, "sigmas")
    if at.ndim != 1 or at.size < 3 or at[0] < 0 or (np.diff(at) <= 0).any():
        raise ValueError(f"sigmas: expected at least three numbers that rise from 0, got {at}")
    clean = check.finite_array(images, "images")
    if clean.ndim != 3 or len(clean) == 0 or len(clean) % 4 or 0 in clean.shape:
        raise ValueError(
            f"images: expected shape (n, rows, columns), n a multiple of 4, got {clean.shape}"
        )
    gains = _named_runs(likelihoods, "likelihoods", at.size)
    costs = _named_runs(distances, "distances", at.size)
    if list(gains) != list(costs):
        raise ValueError(f"distances: expected the names {list(gains)}, got {list(costs)}")
    real = check.real(floor, "floor", above=0)
    noise = check.generator(seed).standard_normal(clean.shape)
    noisy = np.clip(clean + at[:, None, None, None] * noise, -1, 1)
    across = Axis("σ of the noise (1 = black to white)", 0, float(at[-1]),
                  [t for t in (0, 0.1, 0.2, 0.3, 0.4, 0.5) if t <= at[-1]])  # fmt: skip
    panels = [
        _noisy_sheet(noisy),
        _likelihoods_over_noise(at, gains, across),
        _distances_over_noise(at, costs, real, across),
    ]
    first = next(iter(gains))
    likelihood = np.where(at == 0, np.nan, gains[first].mean(1))
    readouts = [
        Readout(f"log-likelihood, {first}", likelihood.tolist(), _GENERATORS[0], 1),
        Readout(f"EM, {first}", costs[first].mean(1).tolist(), _GENERATORS[0], 2),
        Readout("EM, real images", [real] * at.size, "ink", 2),
    ]
    return Scene(
        "The noise that likelihood wants, and what it does to images",
        Slider("σ", "sigma: noise on each pixel", at.tolist(), 0, digits=3),
        panels,
        readouts,
        f"Left: {len(clean)} generated digits with noise of standard deviation sigma on each "
        "pixel; blue is ink, orange is below zero. "
        "Middle: mean log-likelihood of held-out digits, "
        "which has its highest point well above zero for every generator. Right: the exact "
        "distance between noisy samples and held-out digits, which grows with the noise.",
    )


def _interval(noise: FloatArray, stops: FloatArray, dots: FloatArray) -> Panel:
    """Draw the density of the noise, some dots of its interval, and z at each stop."""
    here = stops[:, None]
    wide = float(np.ptp(noise))
    density = 1 / wide
    return Panel(
        "Noise: a point z of an interval",
        Axis("z (no unit)", float(noise[0]) - 0.05 * wide, float(noise[-1]) + 0.05 * wide,
             (float(noise[0]), float(noise[-1]))),
        Axis("density of z", 0, 1.5 * density, (0, density)),
        [
            area([noise[0], noise[-1]], [0.0, 0.0], [density, density], role="q",
                 label="density of Z"),
            points(dots, np.full(dots.size, 0.06 * density), role="q", size=2),
            segments(here, np.zeros_like(here), here, np.full_like(here, density), role="ink"),
            points(here, np.full_like(here, 0.06 * density), role="js", size=7),
        ],
    )  # fmt: skip


def along_a_generator(z: npt.ArrayLike, path: npt.ArrayLike) -> Scene:
    """Move along the map from noise to the plane.

    ``z``: k noises, rising in equal steps, so that equal numbers of points are equally likely.
    ``path``: (k, 2), where a generator sends each of them.
    Source: Arjovsky, Chintala & Bottou (2017), section 1: a random variable passed through a
    function.
    """
    noise = check.finite_array(z, "z")
    if noise.ndim != 1 or noise.size < 3 or (np.diff(noise) <= 0).any():
        raise ValueError(f"z: expected at least three numbers that rise, got {noise}")
    if not np.allclose(np.diff(noise), noise[1] - noise[0], rtol=1e-6):
        raise ValueError("z: expected equal steps, got unequal ones")
    curve = check.finite_array(path, "path")
    if curve.shape != (noise.size, 2):
        raise ValueError(f"path: expected shape ({noise.size}, 2), got shape {curve.shape}")
    middle = (curve.max(0) + curve.min(0)) / 2
    half = 0.58 * float(np.ptp(curve, axis=0).max())
    if half == 0:
        raise ValueError("path: expected a curve, got one point")
    walked = np.concatenate([[0.0], np.linalg.norm(np.diff(curve, axis=0), axis=1).cumsum()])
    stops = np.unique(np.linspace(0, noise.size - 1, min(61, noise.size)).round().astype(int))
    dots = np.unique(np.linspace(0, noise.size - 1, min(101, noise.size)).round().astype(int))
    step = 10.0 ** math.floor(math.log10(half))

    def side(name: str, k: int) -> Axis:
        low, high = float(middle[k] - half), float(middle[k] + half)
        ticks = np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step
        return Axis(f"{name} (length)", low, high, ticks[:: max(1, len(ticks) // 4)].tolist())

    source = _interval(noise, noise[stops], noise[dots])
    image = Panel(
        "The plane: the point g(z)",
        side("x", 0),
        side("y", 1),
        [
            line(*curve.T, role="soft"),
            points(*curve[dots].T, role="q", size=2.5, label="images of the dots"),
            points(curve[stops, :1], curve[stops, 1:], role="js", size=7, label="g(z)"),
        ],
        equal=True,
    )
    return Scene(
        "A network bends an interval into a curve",
        Slider("z", "z: the noise that goes in", noise[stops].tolist(), len(stops) // 4,
               play=True),
        [source, image],
        [
            Readout("x", curve[stops, 0].tolist(), "js"),
            Readout("y", curve[stops, 1].tolist(), "js"),
            Readout("length so far", walked[stops].tolist(), "ink", 3, "length from the start"),
        ],
        "Left: an interval with a flat density, and a point z that moves along it. Right: the "
        "point g(z) moves along a curve in the plane. A hundred evenly spaced dots of the "
        "interval lie close together where the map is slow and far apart where it is fast.",
    )  # fmt: skip


__all__ = [
    "along_a_generator",
    "curve_in_cells",
    "maximum_likelihood",
    "noise_on_images",
]

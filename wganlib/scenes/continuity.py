"""Moving figures of continuity: networks on a path, and sequences that tell distances apart."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from wganlib import _validate as check
from wganlib import sequences, transport
from wganlib._validate import FloatArray
from wganlib.divergences import js_divergence, total_variation
from wganlib.intervals import confidence
from wganlib.measures import Histogram
from wganlib.networks import MLP
from wganlib.scene import (
    Axis,
    Mark,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    cells,
    line,
    points,
    segments,
)

#: How much longer than at the start of training the weights of a walking network are.
GAIN = 3.0
#: The share of the way to another random network that a walk takes, on each side.
REACH = 0.25

Ints = npt.NDArray[np.int64]


class Cells(NamedTuple):
    """The share of points in each cell of two point clouds, on one square grid.

    Attributes
    ----------
    p, q : array, shape (k,)
        Masses of the k cells in which there is a point of either.

    Source
    ------
    Joining outcomes never raises TV, JS or KL: Cover and Thomas (2006), section 2.8.

    Examples
    --------
    >>> from wganlib.scenes import Cells, in_cells
    >>> both = in_cells([[0.1], [0.9]], [[0.2], [1.9]], side=1.0)
    >>> isinstance(both, Cells), both.p.tolist(), both.q.tolist()
    (True, [1.0, 0.0], [0.5, 0.5])
    """

    p: FloatArray
    q: FloatArray


def in_cells(x: npt.ArrayLike, y: npt.ArrayLike, *, side: float) -> Cells:
    """Count two sets of points in square cells.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d)
    side : float
        Of a cell, above 0, in the unit of the points.

    Returns
    -------
    Cells
        TV and JS of these are at most TV and JS of the distributions, up to sampling.

    Raises
    ------
    TypeError, ValueError
        For points that are not finite or not of one dimension, and a side that is not positive.

    Source
    ------
    Cover and Thomas (2006), Elements of Information Theory, section 2.8.

    Examples
    --------
    >>> from wganlib.scenes import in_cells
    >>> in_cells([[0.1], [0.4]], [[0.2], [0.7]], side=0.5).q.tolist()
    [0.5, 0.5]
    """
    step = check.real(side, "side", above=0)
    first, second = check.points(x, "x"), check.points(y, "y")
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"y: expected points of dimension {first.shape[1]}, got {second.shape[1]}")
    index = np.floor(np.concatenate([first, second]) / step).astype(np.int64)
    index -= index.min(axis=0)
    place = np.zeros(len(index), dtype=np.int64)
    for column in index.T:  # number the cells one axis after the other, so that none overflows
        place = place * (int(column.max()) + 1) + column
        place = np.unique(place, return_inverse=True)[1].ravel()
    count = int(place.max()) + 1
    shares = [
        np.bincount(part, minlength=count) / len(part)
        for part in (place[: len(first)], place[len(first) :])
    ]
    return Cells(*shares)


@functools.lru_cache(maxsize=64)
def _ends(seed: int, sizes: tuple[int, ...], activation: str) -> tuple[MLP, torch.Tensor]:
    """Return two random networks in one, and the parameters of both, shape (2, p)."""
    both = MLP(sizes, seed=[seed, 1000 + seed], activation=activation, dtype="float64")
    return both, GAIN * both.flat.detach()


def network_walk(
    seed: int,
    at: npt.ArrayLike,
    noise: npt.ArrayLike,
    *,
    width: int = 32,
    activation: str = "tanh",
) -> FloatArray:
    r"""Return what a generator makes of noise while its parameters move on a straight line.

    .. math:: \theta_t = \theta_0 + \tfrac14 t \, (\theta_1 - \theta_0)

    Parameters
    ----------
    seed : int
        Of θ₀; θ₁ is another random network. Both are three times a usual start.
    at : array_like, shape (k,)
        Values of t.
    noise : array_like, shape (n, d)
    width : int
        Of two hidden layers, at least 1.
    activation : {"relu", "leaky_relu", "tanh"}

    Returns
    -------
    array, shape (k, n, 2)
        Points of the plane.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 1: the network is g, the line is in θ.

    Examples
    --------
    >>> from wganlib.scenes import network_walk
    >>> network_walk(0, [0.0, 0.1], [[-1.0], [0.0], [1.0]]).shape
    (2, 3, 2)
    """
    first = check.integer(seed, "seed", at_least=0)
    times = check.finite_array(at, "at")
    if times.ndim != 1 or not times.size:
        raise ValueError(f"at: expected shape (k,), got shape {times.shape}")
    z = torch.as_tensor(check.points(noise, "noise"))
    wide = check.integer(width, "width", at_least=1)
    network, (start, end) = _ends(first, (z.shape[1], wide, wide, 2), activation)
    moved = start + REACH * torch.as_tensor(times)[:, None] * (end - start)
    with torch.no_grad():
        return np.asarray(_outputs(network, moved, z).numpy())


def _outputs(network: MLP, flat: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """Return the outputs (k, n, d) of networks with the parameters (k, p)."""
    h = z.expand(len(flat), *z.shape)
    *hidden, (weight, bias) = network.layers(flat)
    bend = {"relu": torch.relu, "tanh": torch.tanh}.get(
        network.activation, lambda a: torch.where(a > 0, a, 0.2 * a)
    )
    for w, b in hidden:
        h = bend(torch.baddbmm(b, h, w))
    return torch.baddbmm(bias, h, weight)


def _even(n: int) -> FloatArray:
    """Return noise that stands for the uniform distribution on [-1, 1]."""
    return ((2.0 * np.arange(n) + 1.0) / n - 1.0)[:, None]


def _mean_shift(x: FloatArray, y: FloatArray) -> float:
    return float(np.linalg.norm(x - y, axis=-1).mean())


def _power(k: float) -> str:
    """Write ten to the power of k, short enough for an axis."""
    return f"{10.0**k:g}" if k < 4 else "10" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in f"{k:.0f}")


def _around(values: FloatArray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return low - 0.08 * (high - low), high + 0.08 * (high - low)


def _whole(low: float, high: float, step: float = 1.0) -> list[float]:
    return [float(k) for k in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def network_path(seed: int = 0, *, frames: int = 41, fine: int = 20_000) -> Scene:
    """Compute distances between a network's curve and the curve of a network beside it.

    Parameters
    ----------
    seed : int
        Of the network.
    frames : int
        Positions of the slider, odd and at least 3, so that one of them is t = 0.
    fine : int
        Points of a curve for TV and JS, at least 1.

    Returns
    -------
    Scene
        t from -1 to 1. W exactly, by POT, between 128 points of each curve. TV and JS of the
        shares in cells of side 1/16 and 1/512.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 1.

    Examples
    --------
    >>> from wganlib.scenes import network_path
    >>> network_path(frames=3, fine=2000).sentence(1)
    't 0.00, W 0.000, mean way 0.000, TV 0.000, JS 0.000'
    """
    count = check.integer(frames, "frames", at_least=3)
    if count % 2 == 0:
        raise ValueError(f"frames: expected an odd number, got {count}")
    t = np.round(np.linspace(-1.0, 1.0, count), 12)
    curves = network_walk(seed, t, _even(128))
    still = network_walk(seed, [0.0], _even(128))[0]
    em = [transport.wasserstein_1(still, moved) for moved in curves]
    ways = [_mean_shift(still, moved) for moved in curves]
    noise = _even(check.integer(fine, "fine", at_least=1))
    close, here = network_walk(seed, t, noise), network_walk(seed, [0.0], noise)[0]
    coarse = [total_variation(*in_cells(here, moved, side=1 / 16)) for moved in close]
    small = [in_cells(here, moved, side=1 / 512) for moved in close]
    tv, js = ([distance(*both) for both in small] for distance in (total_variation, js_divergence))
    across, up = (_around(curves[..., axis]) for axis in (0, 1))
    marked = np.arange(6, 128, 23)
    begin = np.tile(still[marked], (count, 1, 1))
    picture = Panel(
        "Two curves made by one network",
        Axis("x (length)", *across, _whole(*across)),
        Axis("y (length)", *up, _whole(*up)),
        [
            segments(
                begin[..., 0],
                begin[..., 1],
                curves[:, marked, 0],
                curves[:, marked, 1],
                role="soft",
            ),
            line(*still.T, role="p", label="at t = 0"),
            line(curves[..., 0], curves[..., 1], role="q", label="at t"),
        ],
    )
    top = 1.08 * max(1.0, *em, *ways)
    values = Panel(
        "How far apart they are",
        Axis("t (share of the path)", -1.05, 1.05, (-1, 0, 1)),
        Axis("W (length); TV (pure number)", -0.05, top, (0, 0.5, 1)),
        [
            segments(
                t[:, None],
                np.full((count, 1), -0.05),
                t[:, None],
                np.full((count, 1), top),
                role="soft",
            ),
            line(t, ways, role="ink", dashed=True, label="mean way of a point"),
            line(t, em, role="em", label="W"),
            line(t, coarse, role="kl", label="TV, cells of 1/16"),
            line(t, tv, role="tv", label="TV, cells of 1/512"),
            points(t[:, None], np.array(em)[:, None], role="em", size=5),
            points(t[:, None], np.array(tv)[:, None], role="tv", size=5),
        ],
    )
    return Scene(
        "A network moves a little",
        Slider("t", "t: where the parameters are on their path", t.tolist(), count * 5 // 8),
        [picture, values],
        [
            Readout("W", em, role="em"),
            Readout("mean way", ways, role="ink"),
            Readout("TV", tv, role="tv"),
            Readout("JS", js, role="js"),
        ],
        "Left: the curve that a network makes of noise on an interval, at t = 0 and at t; thin "
        "strokes join points of the same noise. Right: W is a valley with a sharp bottom at t = 0 "
        "and lies below the mean way of a point. TV, counted in small cells, is close to 1 for "
        "all t but 0, and the smaller the cells, the steeper it falls to 0 there.",
    )


def _ring(n: int, seed: int) -> FloatArray:
    draw = np.random.default_rng(seed)
    angle = draw.uniform(0.0, 2.0 * np.pi, n)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.asarray(circle + 0.1 * draw.normal(size=(n, 2)))


def modulus_of_continuity(networks: int = 8, *, steps: int = 16, n: int = 48) -> Scene:
    """Compute by how much W changes, at most, when a network moves by a little.

    Parameters
    ----------
    networks : int
        Positions of the slider, at least 2: one random network and path each.
    steps : int
        Steps of a path, at least 2.
    n : int
        Points of the data, a noisy ring, and of the generator, at least 1.

    Returns
    -------
    Scene
        Left W along the path, right the largest change over all pairs of places at most a
        distance apart, with what theorem 1 allows.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 1.

    Examples
    --------
    >>> from wganlib.scenes import modulus_of_continuity
    >>> scene = modulus_of_continuity(2, steps=3, n=8)
    >>> scene.readouts[2].label, max(scene.readouts[2].values) <= 1
    ('largest share of the bound', True)
    """
    count = check.integer(networks, "networks", at_least=2)
    pieces = check.integer(steps, "steps", at_least=2)
    size = check.integer(n, "n", at_least=1)
    t = np.linspace(-1.0, 1.0, pieces + 1)
    gaps = np.abs(np.subtract.outer(np.arange(pieces + 1), np.arange(pieces + 1)))
    levels, changes, bounds, shares = [], [], [], []
    for seed in range(count):
        draw = np.random.default_rng([seed, 1])
        clouds = network_walk(seed, t, draw.normal(size=(size, 2)))
        w = np.array([transport.wasserstein_1(_ring(size, seed), cloud) for cloud in clouds])
        change = np.abs(np.subtract.outer(w, w))
        bound = np.linalg.norm(clouds[:, None] - clouds, axis=-1).mean(axis=-1)
        levels.append(w)
        changes.append([change[gaps <= k].max() for k in range(1, pieces + 1)])
        bounds.append([bound[gaps <= k].max() for k in range(1, pieces + 1)])
        shares.append(float((change[gaps > 0] / bound[gaps > 0]).max()))
    delta = np.arange(1, pieces + 1) * 2.0 / pieces
    heights = np.log10(np.maximum(changes, 1e-12)), np.log10(bounds)
    low, high = _around(np.concatenate(heights))
    decades = _whole(low, high)
    along = Panel(
        "W to the data, along each path",
        Axis("t (share of the path)", -1.0, 1.0, (-1, 0, 1)),
        Axis("W (length)", 0.0, 1.05 * float(np.max(levels)), _whole(0, 1.05 * np.max(levels))),
        [line(t, w, role="soft") for w in levels] + [line(t, levels, role="em", label="W")],
    )
    modulus = Panel(
        "Largest change within a step",
        Axis(
            "step in t, on a logarithmic scale",
            float(np.log10(delta[0])) - 0.1,
            float(np.log10(delta[-1])) + 0.1,
            np.log10([0.125, 0.5, 2.0]).tolist() if pieces == 16 else (),
            ("0.125", "0.5", "2") if pieces == 16 else (),
        ),
        Axis("length, logarithmic", low, high, decades, [f"{10.0**k:g}" for k in decades]),
        [
            line(np.log10(delta), heights[1], role="ink", dashed=True, label="mean way, the bound"),
            line(np.log10(delta), heights[0], role="em", label="change of W"),
        ],
    )
    first = np.array(changes)[:, 0]
    return Scene(
        "How much can W change in a small step?",
        Slider("i", "i: which network", list(range(1, count + 1)), 0, digits=0),
        [along, modulus],
        [
            Readout("change in the smallest step", first.tolist(), role="em"),
            Readout("its bound", [row[0] for row in bounds], role="ink"),
            Readout("largest share of the bound", shares, role="good"),
        ],
        "Left: W between a ring and what a network generates, along the paths of several networks; "
        "all curves are unbroken. Right, with logarithmic axes: the largest change of W within a "
        "step falls in proportion to the step, and lies below the mean way of a point.",
    )


# --- what goes wrong without a common bound ------------------------------------------


def vanishing_spike(frames: int = 26, *, n: int = 4000) -> Scene:
    r"""Compute a generator that is continuous in θ for each z, and W, which is not.

    .. math:: g_\theta(z) = \frac{2}{\theta} \max(0, 1 - \lvert 2 z / \theta - 1 \rvert)

    Parameters
    ----------
    frames : int
        Positions of the slider, at least 2.
    n : int
        Values of z, evenly on [0, 1], at least 100.

    Returns
    -------
    Scene
        θ from 0 to 1. The data are all at 0, so that W is the mean of g.

    Raises
    ------
    TypeError, ValueError
        For fewer frames or values.

    Source
    ------
    The typical example in which a limit and an integral do not change places: Rudin, Real and
    Complex Analysis (1987), chapter 1.

    Examples
    --------
    >>> from wganlib.scenes import vanishing_spike
    >>> vanishing_spike(frames=3).sentence(0)
    'θ 0.00, W to the data 0.000, g at z = 0.5 0.000, highest value of g 0.000'
    """
    count = check.integer(frames, "frames", at_least=2)
    size = check.integer(n, "n", at_least=100)
    theta = np.linspace(0.0, 1.0, count)
    z = (np.arange(size) + 0.5) / size

    def spike(at: float, where: FloatArray) -> FloatArray:
        if at == 0.0:
            return np.zeros_like(where)
        return np.asarray(2.0 / at * np.maximum(0.0, 1.0 - np.abs(2.0 * where / at - 1.0)))

    w = [transport.wasserstein_1([0.0], spike(each, z)) for each in theta]
    corners = np.array([[0.0, at / 2.0, at, 1.0] for at in theta])
    heights = np.array([[0.0, 2.0 / at if at else 0.0, 0.0, 0.0] for at in theta])
    top = 12.0
    shape = Panel(
        "What the generator makes of z",
        Axis("z (pure number)", 0.0, 1.0, (0, 0.5, 1)),
        Axis("g (length)", 0.0, top, (0, 5, 10)),
        [
            line(corners, heights, role="q", label="g at θ"),
            segments([0.5], [0.0], [0.5], [top], role="soft"),
            points(
                np.full((count, 1), 0.5),
                np.array([spike(at, np.array([0.5])) for at in theta]),
                role="ink",
                size=5,
                label="g at z = 0.5",
            ),
        ],
    )
    broken = np.where(theta == 0, np.nan, w)
    loss = Panel(
        "W to data that are all at 0",
        Axis("θ (pure number)", -0.05, 1.05, (0, 0.5, 1)),
        Axis("W (length)", -0.1, 1.3, (0, 1)),
        [
            line(theta, broken, role="em"),
            points([0.0], [0.0], role="em", size=4),
            points(theta[:, None], np.array(w)[:, None], role="em", size=6, label="W"),
        ],
    )
    return Scene(
        "Every point arrives, and the mean does not",
        Slider("θ", "theta: the width of the spike", theta.tolist(), count // 4),
        [shape, loss],
        [
            Readout("W to the data", w, role="em"),
            Readout("g at z = 0.5", [float(spike(a, np.array([0.5]))[0]) for a in theta]),
            Readout("highest value of g", heights[:, 1].tolist(), role="q"),
        ],
        "Left: a spike of area 1 over the noise, ever narrower and higher as theta falls; at any "
        "fixed z the value is 0 before theta gets there. Right: W is 1 for every theta above 0, "
        "and 0 at 0.",
    )


def _cantor(generations: int) -> list[FloatArray]:
    """Return the gaps of the Smith-Volterra-Cantor set, those of generation k as (2^(k-1), 2)."""
    pieces, gaps = np.array([[0.0, 1.0]]), []
    for k in range(1, generations + 1):
        middle = pieces.mean(axis=1, keepdims=True)
        gap = middle + 0.5 * 4.0**-k * np.array([-1.0, 1.0])
        gaps.append(gap)
        left = np.concatenate([pieces[:, :1], gap[:, :1]], axis=1)
        right = np.concatenate([gap[:, 1:], pieces[:, 1:]], axis=1)
        pieces = np.concatenate([left, right])
    return gaps


def cantor_generator(theta: npt.ArrayLike, z: int) -> FloatArray:
    """Return a generator that stands still on a set of measure ½, with teeth in its gaps.

    Parameters
    ----------
    theta : array_like
        Parameters, finite.
    z : int
        The noise, from 1 to 16: which generation of gaps has the teeth.

    Returns
    -------
    array, the shape of theta
        1 in the middle of a gap of generation z, 0 outside its middle half, and straight
        between.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    The set is that of Smith (1874) and Volterra (1881): a Cantor set with a length.

    Examples
    --------
    >>> from wganlib.scenes import cantor_generator
    >>> cantor_generator([0.0, 0.46875, 0.5], 1)
    array([0. , 0.5, 1. ])
    """
    at = check.finite_array(theta, "theta")
    generation = check.integer(z, "z", at_least=1, at_most=16)
    middles = np.sort(_cantor(generation)[-1].mean(axis=1))
    after = np.clip(np.searchsorted(middles, at), 1, max(1, middles.size - 1))
    near = np.minimum(
        np.abs(at - middles[after - 1]), np.abs(at - middles[np.minimum(after, middles.size - 1)])
    )
    return np.asarray(np.maximum(0.0, 1.0 - near / (0.25 * 4.0**-generation)))


def cantor_teeth(generations: int = 7, *, n: int = 64) -> Scene:
    """Compute a W that has no derivative on half of the parameters.

    Parameters
    ----------
    generations : int
        Positions of the slider, 2 to 10.
    n : int
        Points of the set at which chords are drawn, at least 1.

    Returns
    -------
    Scene
        Left W between the data, all at 0, and the generator; right, for each generation, the
        flattest of the chords from points of the set to the tip nearest to them.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), assumption 1 and theorem 1: why the neighbourhood has
    to be the same for all z.

    Examples
    --------
    >>> from wganlib.scenes import cantor_teeth
    >>> cantor_teeth(3).sentence(2)
    'k 3, highest new tooth 0.125, flattest of the chords 1.600, length left 0.562'
    """
    last = check.integer(generations, "generations", at_least=2, at_most=10)
    count = check.integer(n, "n", at_least=1)
    gaps = _cantor(last)
    k = np.arange(1, last + 1)
    corners, heights = [], []
    for generation, gap in zip(k, gaps, strict=True):
        for low, high in gap:
            quarter = (high - low) / 4.0
            corners.append((low + quarter, (low + high) / 2.0, high - quarter))
            heights.append(generation)
    order = np.argsort([c[1] for c in corners])
    x = np.r_[0.0, np.array(corners)[order].ravel(), 1.0]
    born = np.array(heights)[order]
    peak = np.where(born <= k[:, None], 2.0**-born, 0.0)
    y = np.zeros((last, x.size))
    y[:, 2:-1:3] = peak
    # Ends of gaps belong to the set, as 0 and 1 do: a sample of them, as far apart as they come.
    ends = np.sort(np.concatenate([[0.0, 1.0], *[gap.ravel() for gap in gaps]]))
    spots = ends[np.linspace(0, ends.size - 1, min(count, ends.size)).astype(int)]
    away = [np.abs(spots[:, None] - gap.mean(axis=1)).min(axis=1).max() for gap in gaps]
    flattest = 2.0**-k / np.array(away)
    length = 1.0 - np.cumsum([2.0 ** (j - 1) * 4.0**-j for j in k])
    seen = np.where(k <= k[:, None], 1.0, np.nan)
    left = Panel(
        "W to data that are all at 0",
        Axis("θ (pure number)", 0.0, 1.0, (0, 0.5, 1)),
        Axis("W (length)", 0.0, 0.55, (0, 0.25, 0.5)),
        [line(x, y, role="em")],
    )
    right = Panel(
        "Chords from points of the set to teeth",
        Axis("generation of the tooth", 0.5, last + 0.5, k.tolist()),
        Axis("slope (pure number)", -0.2, 2.4, (0, 1, 2)),
        [
            points(np.tile(k, (last, 1)), seen * flattest, role="em", size=5, label="flattest"),
            line([0.5, last + 0.5], [0.0, 0.0], role="ink", dashed=True, label="within the set"),
        ],
    )
    return Scene(
        "Teeth in the gaps of a thick Cantor set",
        Slider("k", "k: generations of teeth", k.tolist(), 2, digits=0),
        [left, right],
        [
            Readout("highest new tooth", (2.0**-k).tolist(), role="em"),
            Readout("flattest of the chords", flattest.tolist(), role="em"),
            Readout("length left", length.tolist(), role="ink"),
        ],
        "Left: W is 0 on a set of length one half and has a tooth in every gap, half as high in "
        "each generation. Right: from every point of the set there are chords of slope 1 and more "
        "to a tooth of each generation, ever nearer, and slope 0 to other points of the set.",
    )


# --- Assumption 1 --------------------------------------------------------------------


class Constants(NamedTuple):
    """How fast the outputs of networks move with their parameters.

    Attributes
    ----------
    local : array, shape (runs, n)
        Largest singular value of the derivative with respect to the parameters, at each z.
    factor : array, shape (runs,)
        C of the bound C (1 + ‖z‖), by norms of the layers alone.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), assumption 1 and corollary 1.

    Examples
    --------
    >>> from wganlib import MLP
    >>> from wganlib.scenes import Constants, layer_constants_of
    >>> found = layer_constants_of(MLP([1, 4, 2], seed=[0, 1]), [[0.0], [1.0]])
    >>> isinstance(found, Constants), found.local.shape, found.factor.shape
    (True, (2, 2), (2,))
    """

    local: FloatArray
    factor: FloatArray


def layer_constants_of(network: MLP, noise: npt.ArrayLike) -> Constants:
    r"""Return local Lipschitz constants of networks in θ, and a bound of their layers' norms.

    The derivative with respect to weight and bias of layer k is built from that with respect to
    the layer's sum, :math:`J_k`, and its input h:
    :math:`\sum_k (1 + \lVert h_{k-1} \rVert^2) J_k^\top J_k` has the square of the constant as
    its largest eigenvalue.

    Parameters
    ----------
    network : MLP
        One network or many.
    noise : array_like, shape (n, d)

    Returns
    -------
    Constants

    Raises
    ------
    TypeError, ValueError
        For what is not an MLP, and noise that is not points of its input's dimension.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), corollary 1.

    Examples
    --------
    >>> from wganlib import MLP
    >>> from wganlib.scenes import layer_constants_of
    >>> found = layer_constants_of(MLP([1, 8, 2], seed=0, dtype="float64"), [[-2.0], [2.0]])
    >>> bool((found.local <= 3 * found.factor[:, None]).all())
    True
    """
    if not isinstance(network, MLP):
        raise TypeError(f"network: expected MLP, got {check.describe(network)}")
    z = torch.as_tensor(check.points(noise, "noise"))
    if z.shape[1] != network.sizes[0]:
        raise ValueError(
            f"noise: expected points of dimension {network.sizes[0]}, got {z.shape[1]}"
        )
    layers = network.layers(network.flat.detach().double())
    h = z.expand(network.runs, *z.shape)
    inputs, slopes = [], []
    for weight, bias in layers:
        inputs.append(h)
        a = torch.baddbmm(bias, h, weight)
        if network.activation == "tanh":
            h = torch.tanh(a)
            slopes.append(1 - h**2)
        else:
            flat = 0.2 if network.activation == "leaky_relu" else 0.0
            slopes.append(torch.where(a > 0, torch.ones_like(a), torch.full_like(a, flat)))
            h = a * slopes[-1]
    d = network.sizes[-1]
    jacobian = torch.eye(d, dtype=torch.float64).expand(network.runs, len(z), d, d)
    gram = torch.zeros_like(jacobian)
    for k in range(len(layers) - 1, -1, -1):
        size = 1 + (inputs[k] ** 2).sum(-1)
        gram = gram + size[..., None, None] * (jacobian @ jacobian.mT)
        if k:
            jacobian = (jacobian @ layers[k][0].mT[:, None]) * slopes[k - 1][:, :, None, :]
    local = torch.linalg.eigvalsh(gram)[..., -1].clamp(min=0).sqrt()
    return Constants(np.asarray(local.numpy()), _factor(layers))


def _factor(layers: list[tuple[torch.Tensor, torch.Tensor]]) -> FloatArray:
    """Return C such that every local constant is at most C (1 + ‖z‖)."""
    norms = torch.stack([torch.linalg.matrix_norm(w, ord=2) for w, _ in layers])
    shifts = torch.stack([b.flatten(1).norm(dim=1) for _, b in layers])
    # The input of layer k is at most grown ‖z‖ + moved, so at most their larger (1 + ‖z‖).
    grown, moved = torch.ones_like(norms[0]), torch.zeros_like(norms[0])
    total = torch.zeros_like(grown)
    for k in range(len(layers)):
        above = norms[k + 1 :].prod(dim=0)
        # 1 + (u + v s)² is at most (max(√(1 + u²), v) (1 + s))²: no cross term is larger.
        total = total + (above * torch.maximum((1 + moved**2).sqrt(), grown)) ** 2
        grown, moved = norms[k] * grown, norms[k] * moved + shifts[k]
    return np.asarray(total.sqrt().numpy())


def layer_constants(
    depths: int = 8, *, width: int = 32, seeds: int = 16, n: int = 256, gain: float = 2.0
) -> Scene:
    """Compute local Lipschitz constants of networks in θ, by depth, beside their bound.

    Parameters
    ----------
    depths : int
        Positions of the slider, at least 2: 1, 2, … hidden layers.
    width : int
        Of the hidden layers, at least 1.
    seeds : int
        Networks of each depth, at least 2.
    n : int
        Values of two-dimensional Gaussian noise, at least 1.
    gain : float
        By which the parameters of ``MLP`` are multiplied, above 0.

    Returns
    -------
    Scene
        Left the constant at each z of one network, right the mean over z, with its interval.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), corollary 1.

    Examples
    --------
    >>> from wganlib.scenes import layer_constants
    >>> layer_constants(2, width=4, seeds=2, n=8).readouts[0].label
    'mean of L'
    """
    deep = check.integer(depths, "depths", at_least=2)
    wide = check.integer(width, "width", at_least=1)
    runs = check.integer(seeds, "seeds", at_least=2)
    size = check.integer(n, "n", at_least=1)
    scale = check.real(gain, "gain", above=0)
    z = np.random.default_rng(0).normal(size=(size, 2))
    far = np.linalg.norm(z, axis=1)
    local, mean, half, bound, edge = [], [], [], [], []
    for depth in range(1, deep + 1):
        network = MLP([2, *[wide] * depth, 2], seed=range(runs), dtype="float64")
        with torch.no_grad():
            network.flat.mul_(scale)
        found = layer_constants_of(network, z)
        middle, around = confidence(found.local.mean(axis=1))
        local.append(found.local[0])
        mean.append(float(middle))
        half.append(float(around))
        bound.append(float((found.factor * (1 + far.mean())).mean()))
        edge.append(float(found.factor[0]))
    x = np.arange(1, deep + 1)
    end = 1.05 * float(far.max())
    ends = np.log10(1.0 + np.linspace(0, end, 41)) + np.log10(edge)[:, None]
    high = float(np.ceil(max(ends.max(), np.log10(bound).max())))
    low = float(np.floor(np.log10(np.min(local))))
    decades = _whole(low, high)
    names = [_power(k) for k in decades]
    scatter = Panel(
        "One network: L at every z",
        Axis("size of z (pure number)", 0.0, end, _whole(0, end)),
        Axis("L, logarithmic", low, high, decades, names),
        [
            points(far, np.log10(local), role="em", size=2.5, label="L, measured"),
            line(np.linspace(0, end, 41), ends, role="ink", dashed=True, label="C (1 + size of z)"),
        ],
    )
    low_bar, high_bar = (
        np.log10(np.maximum(np.add(mean, s), 1e-9)) for s in (-1 * np.array(half), half)
    )
    means = Panel(
        f"The mean of {runs} networks, by depth",
        Axis("hidden layers", 0.5, deep + 0.5, [float(k) for k in x[:: max(1, deep // 4)]]),
        Axis("mean of L, logarithmic", low, high, decades, names),
        [
            area(x, low_bar, high_bar, role="em", label="95 % interval"),
            line(x, np.log10(mean), role="em", label="measured"),
            line(x, np.log10(bound), role="ink", dashed=True, label="bound"),
            points(x[:, None], np.log10(mean)[:, None], role="em", size=5),
            points(x[:, None], np.log10(bound)[:, None], role="ink", size=4),
        ],
    )
    return Scene(
        "How fast a network's output moves with its parameters",
        Slider("depth", "depth: hidden layers of the generator", x.tolist(), 1, digits=0),
        [scatter, means],
        [
            Readout("mean of L", mean, role="em", digits=2),
            Readout("± of the 95 % interval", half, role="em", digits=2),
            Readout("bound on the mean", bound, role="ink", digits=1),
            Readout("bound / mean", (np.array(bound) / mean).tolist(), role="good", digits=1),
        ],
        "Left: a dot for each noise point, across its size and up the local Lipschitz constant; "
        "all lie below the bound, a curve. Right: mean constants and their bounds over depth, on "
        "a logarithmic scale; the gap between the two grows with depth.",
    )


def running_means(seeds: int = 12, *, decades: int = 5, width: int = 16) -> Scene:
    """Compute sample means of the local Lipschitz constant for a Gaussian and a Cauchy prior.

    Parameters
    ----------
    seeds : int
        Networks, each with noise of its own, at least 1.
    decades : int
        The longest sample has ten to this many points, 2 to 6.
    width : int
        Of the one hidden layer, at least 1.

    Returns
    -------
    Scene
        The slider is the size of the sample.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), corollary 1: what the finite mean is needed for.

    Examples
    --------
    >>> from wganlib.scenes import running_means
    >>> [r.label for r in running_means(2, decades=2).readouts]
    ['Gaussian, least', 'Gaussian, most', 'Cauchy, least', 'Cauchy, most']
    """
    runs = check.integer(seeds, "seeds", at_least=1)
    longest = check.integer(decades, "decades", at_least=2, at_most=6)
    wide = check.integer(width, "width", at_least=1)
    logs = np.linspace(1.0, longest, 4 * (longest - 1) + 1)
    sizes = np.rint(10.0**logs).astype(int)
    kinds = ("Gaussian", "Cauchy")
    means: dict[str, FloatArray] = {}
    for kind in kinds:
        rows = []
        for seed in range(runs):
            draw = np.random.default_rng([seed, 7])
            many = (int(sizes[-1]), 1)
            z = draw.normal(size=many) if kind == "Gaussian" else draw.standard_cauchy(many)
            network = MLP([1, wide, 2], seed=seed, dtype="float64")
            local = layer_constants_of(network, z).local[0]
            rows.append(np.cumsum(local)[sizes - 1] / sizes)
        means[kind] = np.array(rows)
    high = 1.05 * float(np.log10(max(each.max() for each in means.values())))
    low = float(np.log10(min(each.min() for each in means.values()))) - 0.05
    ticks = _whole(low, high, 0.5)

    def shown(rows: FloatArray) -> FloatArray:
        """Return each row once for each slider position, cut there."""
        until = np.arange(len(logs))[:, None] >= np.arange(len(logs))
        return np.where(until, np.log10(rows), np.nan)

    panels = [
        Panel(
            f"Noise: {kind}",
            Axis(
                "points in the sample, logarithmic",
                0.9,
                longest + 0.1,
                _whole(1, longest),
                [_power(k) for k in _whole(1, longest)],
            ),
            Axis("mean of L, logarithmic", low, high, ticks, [f"{10.0**k:.1f}" for k in ticks]),
            [
                line(logs, shown(rows), role="em" if kind == "Gaussian" else "js")
                for rows in means[kind]
            ]
            + [
                points(
                    np.repeat(logs[:, None], runs, axis=1),
                    np.log10(means[kind]).T,
                    role="em" if kind == "Gaussian" else "js",
                    size=2.5,
                )
            ],
        )
        for kind in kinds
    ]
    return Scene(
        "Does the mean settle?",
        Slider("n", "n: points in the sample", sizes.tolist(), len(sizes) - 1, digits=0, play=True),
        panels,
        [
            Readout(
                f"{kind}, {word}",
                pick(means[kind], axis=0).tolist(),
                role="em" if kind == "Gaussian" else "js",
                digits=2,
            )
            for kind in kinds
            for word, pick in (("least", np.min), ("most", np.max))
        ],
        "Running means of the local Lipschitz constant, one line for each network. With Gaussian "
        "noise every line becomes level. With Cauchy noise the lines jump upward again and again, "
        "however long the sample.",
    )


# --- Theorem 2 -----------------------------------------------------------------------

#: The sequences of the table, and the short names of its rows.
ROWS = {
    "tilting scales": "tilt",
    "shrinking interval": "shrink",
    "spike": "spike",
    "sliding interval": "slide",
    "leaking mass": "leak",
    "comb": "comb",
    "shifting atom": "atom",
    "escaping mass": "escape",
}
COLUMNS = {"kl": "KL", "reverse_kl": "KL back", "js": "JS", "tv": "TV", "w1": "W"}
_ROLE = {"kl": "kl", "reverse_kl": "kl", "js": "js", "tv": "tv", "w1": "em"}
_FULL = {"kl": 1.1, "reverse_kl": 1.1, "js": 0.75, "tv": 1.08, "w1": 1.08}


def table_rows() -> tuple[str, ...]:
    """Return the names of the sequences in the table, from the strongest convergence down.

    Returns
    -------
    tuple of str

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 2.

    Examples
    --------
    >>> from wganlib.scenes import table_rows
    >>> table_rows()[0], len(table_rows())
    ('tilting scales', 8)
    """
    return tuple(ROWS)


def goes_to_zero(name: str, distance: str) -> bool:
    """Say by measurement whether a distance of a sequence goes to 0.

    Parameters
    ----------
    name : str
        Of a sequence, as in ``wganlib.measure_sequence``.
    distance : {"kl", "reverse_kl", "js", "tv", "w1"}

    Returns
    -------
    bool
        Whether n = 7, 70, 700 lowers the computed value to a third or less, twice.

    Raises
    ------
    TypeError, ValueError
        For anything that is not one of the names.
    RuntimeError
        If they neither fall like that nor keep two thirds, twice.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 2.

    Examples
    --------
    >>> from wganlib.scenes import goes_to_zero
    >>> goes_to_zero("comb", "w1"), goes_to_zero("comb", "tv")
    (True, False)
    """
    sequence = sequences.measure_sequence(name)
    check.one_of(distance, "distance", COLUMNS)
    first, second, third = (getattr(sequence.distances(n), distance) for n in (7, 70, 700))
    if third <= second / 3 <= first / 9 and np.isfinite(first):
        return True
    if third >= second / 1.5 >= first / 2.25:
        return False
    raise RuntimeError(f"undecided: {name}, {distance}: {first}, {second}, {third}")


def table_of_sequences(frames: int = 24) -> Scene:
    """Compute the table of sequences by distances: in each cell a distance over n.

    Parameters
    ----------
    frames : int
        Positions of the slider, 2 to 60: n from 1 to 700.

    Returns
    -------
    Scene
        One panel with a small plot in each cell, tinted by whether the distance goes to 0.

    Raises
    ------
    TypeError, ValueError
        For another number of frames.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 2.

    Examples
    --------
    >>> from wganlib.scenes import table_of_sequences
    >>> [r.values[-1] for r in table_of_sequences(3).readouts]
    [2, 4, 6, 6, 7]
    """
    count = check.integer(frames, "frames", at_least=2, at_most=60)
    n = np.unique(np.rint(np.geomspace(1, 700, count)).astype(int))
    across, inner = np.log(n) / np.log(700.0), 0.84
    marks: list[Mark] = []
    dots: dict[str, tuple[list[FloatArray], list[FloatArray]]] = {}
    tints: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    tops: list[tuple[float, float]] = []
    below = {key: np.zeros(n.size, dtype=int) for key in COLUMNS}
    for row, name in enumerate(ROWS):
        measured = [sequences.measure_sequence(name).distances(int(k)) for k in n]
        for column, key in enumerate(COLUMNS):
            values = np.array([getattr(each, key) for each in measured])
            left, bottom = column + (1 - inner) / 2, len(ROWS) - 1 - row + (1 - inner) / 2
            x = left + inner * across
            y = bottom + inner * np.where(np.isfinite(values), values, np.nan) / _FULL[key]
            tints[goes_to_zero(name, key)].append((column + 0.5, len(ROWS) - row - 0.5))
            below[key] += values < 0.01
            if np.isfinite(values).any():
                marks.append(line(x, y, role=_ROLE[key]))
            if not np.isfinite(values).all():
                ends = x[~np.isfinite(values)]
                tops.append((float(ends[0]), bottom + inner))
                tops.append((float(ends[-1]), bottom + inner))
            seen = np.where(np.isfinite(values), y, bottom + inner)
            xs, ys = dots.setdefault(_ROLE[key], ([], []))
            xs.append(x)
            ys.append(seen)
    shades: list[Mark] = []
    for verdict, role in ((True, "good"), (False, "js")):
        x0, y0 = np.array(tints[verdict]).T
        shades.append(cells(x0, y0, np.full(len(x0), 0.16), width=0.94, height=0.94, role=role))
    tip = np.array(tops)
    infinite = segments(
        tip[::2, 0], tip[::2, 1], np.maximum(tip[1::2, 0], tip[::2, 0] + 0.02), tip[1::2, 1],
        role="ink", label="infinite",
    )  # fmt: skip
    moving = [
        points(np.array(xs).T, np.array(ys).T, role=role, size=3) for role, (xs, ys) in dots.items()
    ]
    table = Panel(
        "Sequences by distances",
        Axis(
            "distance", 0.0, len(COLUMNS), [k + 0.5 for k in range(len(COLUMNS))],
            list(COLUMNS.values()),
        ),
        Axis(
            "sequence", 0.0, len(ROWS), [len(ROWS) - k - 0.5 for k in range(len(ROWS))],
            list(ROWS.values()),
        ),
        [*shades, *marks, infinite, *moving],
    )  # fmt: skip
    return Scene(
        "Which distances go to 0?",
        Slider("n", "n: the term of each sequence", n.tolist(), n.size // 2, digits=0, play=True),
        [table],
        [
            Readout(f"{label}: below 0.01", below[key].tolist(), role=_ROLE[key], digits=0)
            for key, label in COLUMNS.items()
        ],
        "A table of small plots: eight sequences down, five distances across, n from 1 to 700 in "
        "each cell. Green cells fall to 0; orange ones do not, and a bar along the top means that "
        "the distance is infinite. The green grows from left to right: whatever falls in KL falls "
        "in JS and TV, and whatever falls in TV falls in W, except for mass that escapes.",
    )


#: The four rungs of theorem 2, and for each what does not go to 0.
LADDER = {
    "tilting scales": "everything goes to 0",
    "shrinking interval": "all but KL back",
    "sliding interval": "JS, TV and W alone",
    "comb": "W alone",
}


def _cumulated(name: str, n: int, at: FloatArray) -> FloatArray:
    sequence = sequences.measure_sequence(name)
    measure = sequence.term(n) if n else sequence.limit
    if isinstance(measure, Histogram):
        return np.asarray(np.interp(at, measure.edges, np.r_[0.0, np.cumsum(measure.mass)]))
    spots, weights = measure.discretise(1)
    return transport.empirical_cdf(spots, at, weights)


def ladder_of_sequences() -> Scene:
    """Compute four sequences that converge in fewer and fewer distances.

    Returns
    -------
    Scene
        A panel for each, with the CDFs of P_n and of P; the area between is W.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 2.

    Examples
    --------
    >>> from wganlib.scenes import ladder_of_sequences
    >>> len(ladder_of_sequences().panels)
    4
    """
    terms = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]
    x = np.linspace(-0.1, 2.1, 133)
    panels, far = [], []
    for name, lesson in LADDER.items():
        limit = _cumulated(name, 0, x)
        rows = np.array([_cumulated(name, n, x) for n in terms])
        panels.append(
            Panel(
                f"{name.capitalize()}: {lesson}",
                Axis("x (length)", -0.1, 2.1, (0, 1, 2)),
                Axis("share below x", -0.05, 1.05, (0, 1)),
                [
                    area(x, np.minimum(rows, limit), np.maximum(rows, limit), role="em", label="W"),
                    line(x, limit, role="p", label="P"),
                    line(x, rows, role="q", label="P at n"),
                ],
            )
        )
        far.append([sequences.measure_sequence(name).distances(n) for n in terms])
    tilt, shrink, slide, comb = far
    return Scene(
        "Four sequences, four rungs",
        Slider("n", "n: the term of each sequence", terms, 2, digits=0, play=True),
        panels,
        [
            Readout("tilting: KL", [d.kl for d in tilt], role="kl", digits=4),
            Readout("shrinking: KL back", [d.reverse_kl for d in shrink], role="kl"),
            Readout("sliding: KL", [d.kl for d in slide], role="kl"),
            Readout("comb: TV", [d.tv for d in comb], role="tv"),
            Readout(
                "largest W", [max(d.w1 for d in four) for four in zip(*far, strict=True)], role="em"
            ),
        ],
        "Four panels with the cumulative distribution of P, fixed, and of P at n, which comes "
        "closer with n in all of them: the shaded area between the two, W, goes to 0. KL of the "
        "tilting scales goes to 0 as well, KL back of the shrinking interval and KL of the "
        "sliding one are infinite, and TV of the comb stays at one quarter.",
    )

"""Moving figures of continuity: networks on a path, and what goes wrong without a common bound."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from wganbook.figures._parts import whole_ticks
from wganbook.scene import Axis, Panel, Readout, Scene, Slider, line, points, segments
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import transport
from wganlib.distances.divergences import js_divergence, total_variation
from wganlib.training.networks import ACTIVATIONS, MLP

#: How much longer than at the start of training the weights of a walking network are.
GAIN = 3.0
#: The share of the way to another random network that a walk takes, on each side.
REACH = 0.25


class Cells(NamedTuple):
    """The share of points in each cell of two point clouds, on one square grid.

    ``p, q``: masses of the k cells in which there is a point of either.
    Source: Joining outcomes never raises TV, JS or KL: Cover and Thomas (2006), section 2.8.
    """

    p: FloatArray
    q: FloatArray


def in_cells(x: npt.ArrayLike, y: npt.ArrayLike, *, side: float) -> Cells:
    """Count two sets of points in square cells.

    ``side``: of a cell, above 0, in the unit of the points. TV and JS of these are at most TV and
    JS of the distributions, up to sampling.
    Source: Cover and Thomas (2006), Elements of Information Theory, section 2.8.
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

    :math:`\theta_t = \theta_0 + \tfrac14 t \, (\theta_1 - \theta_0)`. ``seed``: of θ₀; θ₁ is
    another random network. Both are three times a usual start. ``at``: values of t.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 1: the network is g, the line is in θ.
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
    bend = ACTIVATIONS[network.activation].value
    for w, b in hidden:
        h = bend(torch.baddbmm(b, h, w))
    return torch.baddbmm(bias, h, weight)


def _even(n: int) -> FloatArray:
    """Return noise that stands for the uniform distribution on [-1, 1]."""
    return ((2.0 * np.arange(n) + 1.0) / n - 1.0)[:, None]


def _mean_shift(x: FloatArray, y: FloatArray) -> float:
    return float(np.linalg.norm(x - y, axis=-1).mean())


def _around(values: FloatArray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return low - 0.08 * (high - low), high + 0.08 * (high - low)


def _two_curves(still: FloatArray, curves: FloatArray) -> Panel:
    """Draw a curve (n, 2), the curves (F, n, 2) it becomes, and strokes that join some points."""
    across, up = (_around(curves[..., axis]) for axis in (0, 1))
    marked = np.arange(6, len(still), 23)
    begin = np.tile(still[marked], (len(curves), 1, 1))
    return Panel(
        "Two curves made by one network",
        Axis("x (length)", *across, whole_ticks(*across)),
        Axis("y (length)", *up, whole_ticks(*up)),
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


def network_path(seed: int = 0, *, frames: int = 41, fine: int = 20_000) -> Scene:
    """Compute distances between a network's curve and the curve of a network beside it.

    ``seed``: of the network. ``frames``: positions of the slider, odd and at least 3, so that one
    of them is t = 0. ``fine``: points of a curve for TV and JS, at least 1.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 1.
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
        [_two_curves(still, curves), values],
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

    ``networks``: positions of the slider, at least 2: one random network and path each. ``steps``:
    steps of a path, at least 2. ``n``: points of the data, a noisy ring, and of the generator.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 1.
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
    decades = whole_ticks(low, high)
    along = Panel(
        "W to the data, along each path",
        Axis("t (share of the path)", -1.0, 1.0, (-1, 0, 1)),
        Axis(
            "W (length)", 0.0, 1.05 * float(np.max(levels)), whole_ticks(0, 1.05 * np.max(levels))
        ),
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

    :math:`g_\theta(z) = \frac{2}{\theta} \max(0, 1 - \lvert 2 z / \theta - 1 \rvert)`. ``frames``:
    positions of the slider, at least 2. ``n``: values of z, evenly on [0, 1], at least 100.
    Source: The typical example in which a limit and an integral do not change places: Rudin, Real
    and Complex Analysis (1987), chapter 1.
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

    ``theta``: parameters, finite. ``z``: the noise, from 1 to 16: which generation of gaps has the
    teeth.
    Source: The set is that of Smith (1874) and Volterra (1881): a Cantor set with a length.
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

    ``generations``: positions of the slider, 2 to 10. ``n``: points at which chords are drawn, at
    least 1.
    Source: Arjovsky, Chintala & Bottou (2017), assumption 1 and theorem 1: why the neighbourhood
    has to be the same for all z.
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

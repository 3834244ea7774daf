"""Moving figures of convergence: functions, points and measures that come closer, or do not."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check
from wganlib import divergences, sequences, transport
from wganlib._validate import FloatArray
from wganlib.measures import Points, on_common_support
from wganlib.scene import (
    Axis,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    line,
    points,
    segments,
)
from wganlib.scenes._parts import cursor, dot

#: The sequences of functions that :func:`function_norms` draws.
FUNCTIONS = (
    "spikes",
    "tall spikes",
    "walking tents",
    "powers",
    "slow spikes",
    "low tents",
    "wide tents",
)

#: The sequences of atoms that :func:`measure_distances` draws.
ATOMS = ("shifting atom", "leaking mass", "escaping mass", "tilting scales")

#: Norms and their roles in every figure of this module.
NORMS = (("L1", "l1", "good"), ("L2", "l2", "js"), ("supremum", "sup", "kl"))

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def _log_axis(label: str, low: float, high: float, base: int = 10) -> Axis:
    """Return an axis in logarithms to ``base``, with powers of it for ticks."""
    first, last = math.log(low, base), math.log(high, base)
    margin = 0.06 * (last - first)
    powers = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
    return Axis(
        label,
        first - margin,
        last + margin,
        list(map(float, powers)),
        [f"{float(base) ** k:g}" for k in powers],
    )


# --- functions -----------------------------------------------------------------------


def _positions(name: str) -> list[int]:
    if name == "wide tents":  # on a base of n²
        return list(range(1, 11))
    if name == "walking tents":  # every step of the walk
        return list(range(1, 64))
    return [*range(1, 17), 18, 20, 23, 26, 29, 32, 36, 40, 45, 50, 57, 64]


def function_norms(name: str) -> Scene:
    """Show a sequence of functions, and how large each of them is by three norms.

    Parameters
    ----------
    name : str
        One of the names that :func:`wganlib.sequences.function_sequence` knows.

    Returns
    -------
    Scene
        The slider counts n; norms are drawn on logarithmic axes, where n^a is a straight line
        of slope a.

    Raises
    ------
    TypeError, ValueError
        For anything that is not one of the names.

    Source
    ------
    Rudin, Real and Complex Analysis (1987), chapter 3.

    Examples
    --------
    >>> from wganlib.scenes import function_norms
    >>> function_norms("spikes").sentence(15)
    'n 16, L1 0.125, L2 0.577, supremum 4.000'
    """
    sequence = sequences.function_sequence(check.one_of(name, "name", FUNCTIONS))
    counts = np.array(_positions(name))
    corners = [_drawn(sequence, n) for n in counts.tolist()]
    right = max(x[-1] for x in corners)
    x = np.stack(corners)
    y = np.stack([sequence.term(n)(at) for n, at in zip(counts.tolist(), corners, strict=True)])
    sizes = [sequence.exact(n) for n in counts.tolist()]
    table = {key: np.array([getattr(size, key) for size in sizes]) for _, key, _ in NORMS}
    top = float(y.max())
    shape = Panel(
        "The function",
        Axis("x (length)", 0.0, right, (0.0, right / 2, right)),
        Axis("f(x)", 0.0, 1.1 * top, _round_ticks(top)),
        [
            area(x, np.zeros_like(y), y, role="good", label="its area is L1"),
            line(x, y, role="p", label="fₙ"),
        ],
    )
    at = np.log2(counts)
    across = _log_axis("n (logarithmic)", 1.0, float(counts[-1]), 2)
    everything = np.concatenate(list(table.values()))
    up = _log_axis(
        "norm (logarithmic)",
        min(0.1, 0.9 * float(everything.min())),
        max(10.0, 1.1 * float(everything.max())),
    )
    marks = [cursor(at, up.low, up.high)]
    for label, key, role in NORMS:
        marks.append(line(at, np.log10(table[key]), role=role, label=label))
    for _, key, role in NORMS:
        marks.append(dot(at, np.log10(table[key]), role))
    return Scene(
        f"How large are the {name}? Three norms",
        Slider(
            "n",
            "n: which function of the sequence",
            counts.tolist(),
            min(5, len(counts) // 2),
            digits=0,
            play=True,
        ),
        [shape, Panel("Its size, by three norms", across, up, marks)],
        [Readout(label, table[key].tolist(), role=role) for label, key, role in NORMS],
        f"Left: one function of the sequence, with the area under it shaded. {sequence.lesson} "
        "Right: its L1 norm, its L2 norm and its supremum against n on logarithmic axes. A line "
        "that falls steadily goes to 0, a level one stays, and one that climbs goes to infinity.",
    )


def _drawn(sequence: sequences.FunctionSequence, n: int) -> FloatArray:
    """Return where to draw the n-th function: the corners of a tent, a grid for a power."""
    if sequence.name != "powers":
        return _corners(sequence, n)
    low, high = sequence.domain(n)
    # Powers bend near 1, so the grid is finest there.
    return high - (high - low) * np.linspace(1.0, 0.0, 81) ** 2


def spike_heights() -> Scene:
    """Show how the height of ever thinner spikes decides in which norms they go to 0.

    Returns
    -------
    Scene
        The n-th spike has height n^a on a base of 1/n; the slider moves a from −1/2 to 5/4.
        Beside it the power of n in each norm, as the slope of its line on logarithmic axes.

    Source
    ------
    Rudin, Real and Complex Analysis (1987), chapter 3.

    Examples
    --------
    >>> from wganlib.scenes import spike_heights
    >>> spike_heights().sentence(20)
    'a 0.50, power of n in L1 minus 0.50, power of n in L2 0.00, power of n in the supremum 0.50'
    """
    powers = np.round(np.arange(-10, 26) / 20, 2)
    shown, far = np.array([1.0, 2.0, 4.0]), np.array([1.0, 64.0])
    tents = [
        line(
            [0.0, 0.5 / n, 1.0 / n, 1.0],
            np.stack([[0.0, n**a, 0.0, 0.0] for a in powers.tolist()]),
            role="p",
            label="n = 1, 2, 4" if n == 1 else "",
        )
        for n in shown.tolist()
    ]
    heights = far ** powers[:, None]
    norms = {
        "L1": heights / far / 2.0,
        "L2": heights / np.sqrt(3.0 * far),
        "supremum": heights,
    }
    slopes = {
        label: np.round(np.log(size[:, 1] / size[:, 0]) / math.log(far[1]), 12) + 0.0
        for label, size in norms.items()
    }
    top = float(shown[-1] ** powers[-1])
    everything = np.concatenate(list(norms.values()))
    up = _log_axis("norm (logarithmic)", float(everything.min()), float(everything.max()))
    return Scene(
        "Spikes of height nᵃ on a base of 1/n",
        Slider("a", "a: the power of n that is the height", powers.tolist(), 20, play=True),
        [
            Panel(
                "Three of the spikes",
                Axis("x (length)", 0.0, 1.0, (0.0, 0.5, 1.0)),
                Axis("f(x)", 0.0, 1.05 * top, (0, 1, 2, 3, 4, 5)),
                tents,
            ),
            Panel(
                "Their size, by three norms",
                _log_axis("n (logarithmic)", 1.0, float(far[1]), 2),
                up,
                [
                    line(np.log2(far), np.log10(norms[label]), role=role, label=label)
                    for label, _, role in NORMS
                ],
            ),
        ],
        [
            Readout(f"power in {short}", slopes[label].tolist(), role, 2, f"power of n in {said}")
            for (label, _, role), short, said in zip(
                NORMS, ("L1", "L2", "sup"), ("L1", "L2", "the supremum"), strict=True
            )
        ],
        "Left: three spikes, of base 1, one half and one quarter, whose heights are n to the a. "
        "Right: the three norms against n on logarithmic axes, straight lines that turn upwards "
        "together as a grows. L1 falls for a below 1, L2 for a below one half, the supremum for "
        "a below 0; at these values of a they are level, and beyond they climb.",
    )


#: The sequences of functions that :func:`other_shapes` draws.
SHAPES = ("walking tents", "powers", "low tents", "wide tents")


def other_shapes(length: int = 16) -> Scene:
    """Show four sequences of functions at once, for a guess at what their norms do.

    Parameters
    ----------
    length : int
        Terms that the slider reaches, from 2 to 100.

    Returns
    -------
    Scene
        The slider counts n. Of the three norms only the L1 norm is told: the shaded area.

    Raises
    ------
    TypeError, ValueError
        For too few or too many terms.

    Source
    ------
    Rudin, Real and Complex Analysis (1987), chapter 3.

    Examples
    --------
    >>> from wganlib.scenes import other_shapes
    >>> other_shapes().sentence(3)
    'n 4, area of walking tents 0.125, of powers 0.200, of low tents 0.125, of wide tents 2.000'
    """
    counts = list(range(1, check.integer(length, "length", at_least=2, at_most=100) + 1))
    panels: list[Panel] = []
    readouts: list[Readout] = []
    for name in SHAPES:
        sequence = sequences.function_sequence(name)
        x = np.stack([_drawn(sequence, n) for n in counts])
        y = np.stack([sequence.term(n)(at) for n, at in zip(counts, x, strict=True)])
        right = float(x.max())
        panels.append(
            Panel(
                name.capitalize(),
                Axis("x (length)", 0.0, right, (0.0, right / 2, right)),
                Axis("f(x)", 0.0, 1.1, (0, 0.5, 1)),
                [
                    area(x, np.zeros_like(y), y, role="good", label="its area is L1"),
                    line(x, y, role="p", label="fₙ"),
                ],
            )
        )
        spoken = f"of {name}" if readouts else f"area of {name}"
        sizes = [sequence.exact(n).l1 for n in counts]
        readouts.append(Readout(f"L1, {name}", sizes, "good", 3, spoken))
    return Scene(
        "Four more sequences of functions",
        Slider(
            "n",
            "n: which function of each sequence",
            counts,
            min(2, len(counts) - 1),
            digits=0,
            play=True,
        ),
        panels,
        readouts,
        "Four functions with the areas under them shaded. Walking tents of height 1 pass over the "
        "unit interval, then again half as wide. The power x to the n sinks to 0 except near 1, "
        "where it stays 1. Low tents keep their base and sink to 0. Wide tents sink to 0 while "
        "their base grows like n squared.",
    )


def _corners(sequence: sequences.FunctionSequence, n: int) -> FloatArray:
    """Return the corners of a tent, the last repeated until there are five."""
    ends = np.asarray(sequence.corners(n))
    return np.pad(ends, (0, 5 - ends.size), mode="edge")


def _round_ticks(top: float) -> list[float]:
    step = 10.0 ** math.floor(math.log10(top))
    if top / step < 2:
        step /= 2
    elif top / step >= 5:
        step *= 2
    return [step * k for k in range(math.floor(top / step + 1e-9) + 1)]


# --- points of the plane -------------------------------------------------------------


def two_lengths(length: int = 48) -> Scene:
    """Measure a spiral that runs to the origin with the Manhattan and the Euclidean distance.

    Parameters
    ----------
    length : int
        Terms of the sequence, at least 5.

    Returns
    -------
    Scene
        The slider counts the terms, n from 1; the n-th is at Euclidean distance n^(-1/3).

    Raises
    ------
    TypeError, ValueError
        For fewer than 5 terms.

    Source
    ------
    Rudin, Principles of Mathematical Analysis (1976), chapter 2.

    Examples
    --------
    >>> from wganlib.scenes import two_lengths
    >>> two_lengths().sentence(3)
    'n 4, Manhattan 0.805, Euclid 0.630, ratio 1.277'
    """
    terms = np.arange(1, check.integer(length, "length", at_least=5) + 1)
    place = np.stack([np.cos(0.7 * terms), np.sin(0.7 * terms)], axis=1) / np.cbrt(terms)[:, None]
    manhattan, euclid = np.abs(place).sum(axis=1), np.linalg.norm(place, axis=1)
    x, y = place[:, :1], place[:, 1:]
    zero = np.zeros_like(x)
    angle = np.linspace(0.0, 2.0 * np.pi, 33)
    ring = euclid[:, None, None] * np.stack([np.cos(angle), np.sin(angle)])
    tips = manhattan[:, None, None] * np.array([[1.0, 0, -1, 0, 1], [0, 1, 0, -1, 0]])
    side = Axis("x₁ (length)", -1.5, 1.5, (-1, 0, 1))
    plane = Panel(
        "The point, and all points equally far",
        side,
        Axis("x₂ (length)", -1.5, 1.5, (-1, 0, 1)),
        [
            points(*place.T, role="soft", size=2),
            line(ring[:, 0], ring[:, 1], role="em", label="Euclid"),
            line(tips[:, 0], tips[:, 1], role="js", label="Manhattan"),
            segments(
                np.hstack([zero, x]),
                np.hstack([zero, zero]),
                np.hstack([x, x]),
                np.hstack([zero, y]),
                role="js",
            ),
            segments(zero, zero, x, y, role="em"),
            points(x, y, role="ink", size=5, label="xₙ"),
        ],
        equal=True,
    )
    at = np.log2(terms)
    across = _log_axis("n (logarithmic)", 1.0, float(length), 2)
    up = _log_axis("distance to 0 (logarithmic)", 0.2, 1.6, 2)
    low, high = np.log2(euclid), np.log2(math.sqrt(2.0) * euclid)
    decay = Panel(
        "Two distances, one convergence",
        across,
        up,
        [
            area(at, low, high, role="em", label="from 1 to √2 times Euclid"),
            cursor(at, up.low, up.high),
            line(at, low, role="em", label="Euclid"),
            line(at, np.log2(manhattan), role="js", label="Manhattan"),
            dot(at, low, "em"),
            dot(at, np.log2(manhattan), "js"),
        ],
    )
    return Scene(
        "A spiral, measured by a bird and by a taxi",
        Slider("n", "n: the term of the sequence", terms.tolist(), 3, digits=0, play=True),
        [plane, decay],
        [
            Readout("Manhattan", manhattan.tolist(), role="js"),
            Readout("Euclid", euclid.tolist(), role="em"),
            Readout("ratio", (manhattan / euclid).tolist()),
        ],
        "Left: a point on a spiral, the straight way and the way along the axes to the origin, "
        "with the circle and the diamond of points that are equally far. Right: both distances "
        "against n on logarithmic axes. Manhattan wiggles between 1 and 1.414 times Euclid, so "
        "both go to 0 together.",
    )


# --- measures ------------------------------------------------------------------------


def measure_distances(name: str, length: int = 30) -> Scene:
    """Show a sequence of measures on atoms, and its EM and TV distances from the limit.

    Parameters
    ----------
    name : str
        ``"shifting atom"``, ``"leaking mass"``, ``"escaping mass"`` or ``"tilting scales"``.
    length : int
        Terms of the sequence, from 2 to 1000.

    Returns
    -------
    Scene
        The slider counts n, from 1. Distances are computed from the measures.

    Raises
    ------
    TypeError, ValueError
        For an unknown name, and too few or too many terms.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 2 and Example 1.

    Examples
    --------
    >>> from wganlib.scenes import measure_distances
    >>> measure_distances("escaping mass").sentence(9)
    'n 10, EM 1.000, TV 0.100'
    """
    sequence = sequences.measure_sequence(check.one_of(name, "name", ATOMS))
    counts = np.arange(1, check.integer(length, "length", at_least=2, at_most=1000) + 1)
    terms = [_atoms(sequence.term(n)) for n in counts.tolist()]
    place = np.stack([term.points[:, 0] for term in terms])
    mass = np.stack([term.weights for term in terms])
    found = [sequence.distances(n) for n in counts.tolist()]
    em, tv = (np.array([getattr(each, key) for each in found]) for key in ("w1", "tv"))
    there = _atoms(sequence.limit)
    reach = float(max(place.max(), 1.0))
    ticks = (0.0, 0.5, 1.0) if reach == 1.0 else (0.0, reach // 2, reach)
    limit_x, zero = there.points[:, 0], np.zeros_like(place)
    measures = Panel(
        "Where the mass is",
        Axis("x (length)", -0.08 * reach, 1.08 * reach, ticks),
        Axis("mass", 0.0, 1.15, (0, 0.5, 1)),
        [
            segments(
                limit_x, np.zeros_like(limit_x), limit_x, there.weights, role="p", label="limit P"
            ),
            points(limit_x, there.weights, role="p", size=7),
            segments(place, zero, place, mass, role="q", label="Pₙ"),
            points(place, mass, role="q", size=5),
        ],
    )
    at = counts.astype(float)
    distances = Panel(
        "Its distance to P",
        Axis("n", 0.0, length + 1.0, (1, length // 2, length)),
        Axis("EM (length); TV (pure number)", -0.04, 1.15, (0, 0.5, 1)),
        [
            cursor(at, -0.04, 1.15),
            line(at, em, role="em", label="EM"),
            line(at, tv, role="tv", label="TV"),
            dot(at, em, "em"),
            dot(at, tv, "tv"),
        ],
    )
    return Scene(
        f"Does it arrive? The {name}",
        Slider(
            "n",
            "n: which measure of the sequence",
            counts.tolist(),
            min(2, length - 1),
            digits=0,
            play=True,
        ),
        [measures, distances],
        [Readout("EM", em.tolist(), role="em"), Readout("TV", tv.tolist(), role="tv")],
        f"Left: stems show where a measure of the sequence has mass, beside its limit. "
        f"{sequence.lesson} Right: EM and TV between the two against n.",
    )


def _atoms(measure: object) -> Points:
    if not isinstance(measure, Points):  # only the names in ATOMS come here
        raise TypeError(f"measure: expected atoms, got {check.describe(measure)}")
    return measure


def wave_points(theta: float, count: int) -> FloatArray:
    """Return evenly spaced points of the wave that θ generates, z ↦ (z, sin θz).

    Parameters
    ----------
    theta : float
    count : int
        At least 1.

    Returns
    -------
    ndarray, shape (count, 2)
        At z = 1/2n, 3/2n, …, each of mass 1/n.

    Raises
    ------
    TypeError, ValueError
        If θ is not a finite number, or there are no points.

    Source
    ------
    A generator with one parameter, as in Example 1 of Arjovsky, Chintala & Bottou (2017).

    Examples
    --------
    >>> from wganlib.scenes import wave_points
    >>> wave_points(0.0, 2).tolist()
    [[0.25, 0.0], [0.75, 0.0]]
    """
    size = check.integer(count, "count", at_least=1)
    z = (np.arange(size) + 0.5) / size
    return np.stack([z, np.sin(check.real(theta, "theta") * z)], axis=1)


def wave_moduli(atoms: int = 24) -> Scene:
    """Compute how far apart waves can be whose parameters differ by at most δ.

    Parameters
    ----------
    atoms : int
        Points that stand for each wave, at least 2.

    Returns
    -------
    Scene
        δ from 0 to 2. The modulus of continuity is the largest distance between waves with
        parameters in 0, 0.2, …, 6 that are at most δ apart; EM by POT.

    Raises
    ------
    TypeError, ValueError
        For fewer than 2 points.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 1, on the continuity of θ ↦ Pθ.

    Examples
    --------
    >>> from wganlib.scenes import wave_moduli
    >>> wave_moduli(atoms=8).sentence(0)
    'δ 0.0, EM 0.000, JS 0.000, TV 0.000, KL 0.000'
    """
    check.integer(atoms, "atoms", at_least=2)
    thetas, deltas = np.arange(31) / 5, np.arange(11) / 5
    waves = [wave_points(theta, atoms) for theta in thetas.tolist()]
    worst = {key: np.zeros(deltas.size) for key in ("em", "js", "tv", "kl")}
    pair = np.zeros((deltas.size, 2))
    for step in range(1, deltas.size):
        for key in worst:
            worst[key][step] = worst[key][step - 1]
        pair[step] = pair[step - 1]
        for i in range(thetas.size - step):
            x, y = waves[i], waves[i + step]
            em = transport.wasserstein_1(x, y)
            if em > worst["em"][step]:
                worst["em"][step], pair[step] = em, thetas[[i, i + step]]
            p, q, _ = on_common_support(x, y)
            for key, value in (
                ("js", divergences.js_divergence(p, q)),
                ("tv", divergences.total_variation(p, q)),
                ("kl", divergences.kl_divergence(p, q)),
            ):
                worst[key][step] = max(worst[key][step], value)
    z = np.linspace(0.0, 1.0, 61)
    curves = np.sin(pair[:, :, None] * z)
    ends = [np.stack([wave_points(t, 12) for t in pair[:, k]]) for k in (0, 1)]
    supports = Panel(
        "The two waves furthest apart by EM",
        Axis("z (length)", -0.02, 1.02, (0, 0.5, 1)),
        Axis("sin θz (length)", -1.12, 1.12, (-1, 0, 1)),
        [
            segments(
                ends[0][..., 0], ends[0][..., 1], ends[1][..., 0], ends[1][..., 1], role="soft"
            ),
            line(z, curves[:, 0], role="p", label="Pθ"),
            line(z, curves[:, 1], role="q", label="Pθ′"),
        ],
    )
    jumps = {key: np.where(deltas > 0, worst[key], np.nan) for key in ("js", "tv")}
    moduli = Panel(
        "Largest distance for |θ − θ′| ≤ δ",
        Axis("δ", -0.05, 2.05, (0, 1, 2)),
        Axis("EM (length); JS (nats); TV", -0.04, 1.12, (0, 0.5, 1)),
        [
            cursor(deltas, -0.04, 1.12),
            line([0.0, 2.0], [0.0, 1.0], role="soft", dashed=True, label="δ/2"),
            line(deltas, worst["em"], role="em", label="EM"),
            line(deltas, jumps["js"], role="js", label="JS"),
            line(deltas, jumps["tv"], role="tv", label="TV"),
            dot(deltas, worst["tv"], "tv"),
            dot(deltas, worst["js"], "js"),
            dot(deltas, worst["em"], "em"),
        ],
    )
    return Scene(
        "One family of waves, four moduli of continuity",
        Slider("δ", "delta: how far apart two parameters may be", deltas.tolist(), 3, 1, play=True),
        [supports, moduli],
        [Readout(key.upper(), worst[key].tolist(), role=key) for key in worst],
        "Left: two waves whose parameters differ by at most delta, the two that are furthest "
        "apart by EM. Right: the largest distance against delta. EM starts at 0 and stays below "
        "delta over 2. JS and TV are 0 at delta 0 and jump to log 2 and 1 for every larger one, "
        "and KL jumps to infinity.",
    )


def thin_intervals(length: int = 32) -> Scene:
    """Compute the moduli of continuity of a family of intervals that becomes thinner.

    Parameters
    ----------
    length : int
        The largest n, at least 2; the intervals have width 1/n.

    Returns
    -------
    Scene
        Pθ is uniform on [θ, θ + 1/n]. The distance depends on the shift alone and grows with it,
        so that it is the modulus of continuity.

    Raises
    ------
    TypeError, ValueError
        For fewer than 2 widths.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 1.

    Examples
    --------
    >>> from wganlib.scenes import thin_intervals
    >>> thin_intervals().sentence(3)
    'n 4, EM at 0.1 0.100, JS at 0.1 0.277, TV at 0.1 0.400, KL at 0.1 infinite'
    """
    counts = np.arange(1, check.integer(length, "length", at_least=2) + 1)
    # All curves are straight between these places: the corner is where the intervals part.
    grid = np.tile(np.arange(11) / 10.0, (counts.size, 1))
    deltas = np.sort(np.hstack([grid, 1.0 / counts[:, None]]), axis=1)
    table = {key: np.zeros(deltas.shape) for key in ("em", "js", "tv", "kl")}
    for row, n in enumerate(counts.tolist()):
        for column, delta in enumerate(deltas[row].tolist()):
            apart = min(n * delta, 1.0)  # the share of each interval that the other lacks
            p, q = [apart, 1.0 - apart, 0.0], [0.0, 1.0 - apart, apart]
            table["js"][row, column] = divergences.js_divergence(p, q)
            table["tv"][row, column] = divergences.total_variation(p, q)
            table["kl"][row, column] = divergences.kl_divergence(p, q)
            slices = np.array([0.25, 0.75]) / n
            table["em"][row, column] = transport.wasserstein_1(slices, slices + delta)
    width = 1.0 / counts[:, None]
    zero, one = np.zeros_like(width), np.ones_like(width)
    shift = 0.1
    column = np.abs(deltas - shift).argmin(axis=1)[:, None]
    here = {key: np.take_along_axis(values, column, axis=1) for key, values in table.items()}
    pictures = Panel(
        "Two intervals, 0.1 apart",
        Axis("x (length)", -0.05, 1.2, (0, 0.5, 1)),
        Axis("density / its largest value", 0.0, 1.3, (0, 1)),
        [
            line(
                np.hstack([zero, zero, width, width]),
                np.hstack([zero, one, one, zero]),
                role="p",
                label="Pθ",
            ),
            line(
                np.hstack([zero, zero, width, width]) + shift,
                np.hstack([zero, one, one, zero]),
                role="q",
                label="Pθ′",
            ),
        ],
    )
    moduli = Panel(
        "Distance over |θ − θ′|",
        Axis("|θ − θ′| (length)", -0.02, 1.02, (0, 0.5, 1)),
        Axis("EM (length); JS (nats); TV", -0.04, 1.12, (0, 0.5, 1)),
        [
            segments([shift], [-0.04], [shift], [1.12], role="soft"),
            line(deltas, table["em"], role="em", label="EM"),
            line(deltas, table["js"], role="js", label="JS"),
            line(deltas, table["tv"], role="tv", label="TV"),
            *[
                points(np.full_like(width, shift), here[key], role=key, size=5)
                for key in ("tv", "js", "em")
            ],
        ],
    )
    return Scene(
        "The thinner the interval, the nearer to a jump",
        Slider(
            "n",
            "n: the intervals have width 1/n",
            counts.tolist(),
            min(3, counts.size - 1),
            digits=0,
            play=True,
        ),
        [pictures, moduli],
        [
            Readout(f"{key.upper()} at 0.1", here[key][:, 0].tolist(), role=key)
            for key in ("em", "js", "tv", "kl")
        ],
        "Left: two intervals of width 1/n, shifted by 0.1. Right: four distances against the "
        "shift. EM is a straight line of slope 1 for every width. TV and JS climb with slopes n "
        "and n log 2 up to their ceilings, so that for thin intervals they all but jump.",
    )


# --- the primer ----------------------------------------------------------------------


def greatest_lower_bound(length: int = 30) -> Scene:
    """Show a set without a least element: 1, 1/2, 1/3 and so on.

    Parameters
    ----------
    length : int
        Elements that the slider reaches, at least 2.

    Returns
    -------
    Scene
        The slider counts the elements. The least of the first n is never the infimum.

    Raises
    ------
    TypeError, ValueError
        For fewer than 2 elements.

    Source
    ------
    Rudin, Principles of Mathematical Analysis (1976), chapter 1.

    Examples
    --------
    >>> from wganlib.scenes import greatest_lower_bound
    >>> greatest_lower_bound().sentence(9)
    'n 10, least so far 0.100, infimum 0.000'
    """
    count = check.integer(length, "length", at_least=2)
    terms = np.arange(1, count + 1)
    seen = np.where(terms <= terms[:, None], 1.0 / terms, np.nan)
    least = 1.0 / terms
    height = np.full_like(seen, 0.5)
    row = Panel(
        "The set, and all its lower bounds",
        Axis("number", -0.35, 1.05, (0, 0.5, 1)),
        Axis("no scale", 0.0, 1.0),
        [
            area([-0.35, 0.0], [0.3, 0.3], [0.7, 0.7], role="tv", label="lower bounds"),
            segments([0.0], [0.3], [0.0], [0.7], role="tv"),
            points(seen, height, role="q", size=4, label="1, 1/2, …, 1/n"),
        ],
    )
    at = np.log2(terms)
    across = _log_axis("n (logarithmic)", 1.0, float(count), 2)
    up = Axis("least of the first n", -0.04, 1.05, (0, 0.5, 1))
    fall = Panel(
        "The least so far",
        across,
        up,
        [
            cursor(at, up.low, up.high),
            line([across.low, across.high], [0.0, 0.0], role="tv", label="infimum, not in the set"),
            line(at, least, role="q", label="1/n"),
            dot(at, least, "q"),
        ],
    )
    return Scene(
        "A set without a least element",
        Slider(
            "n",
            "n: how many elements you have seen",
            terms.tolist(),
            min(4, count - 1),
            digits=0,
            play=True,
        ),
        [row, fall],
        [
            Readout("least so far", least.tolist(), role="q"),
            Readout("infimum", [0.0] * count, role="tv"),
        ],
        "Left: the numbers 1, 1/2, 1/3 and so on crowd towards 0 on a number line; every number "
        "up to and including 0 is a lower bound, and 0 is the greatest of them. Right: the least "
        "element so far falls towards 0 and never is 0.",
    )


def smooth_critics(length: int = 32) -> Scene:
    """Compute what ever sharper smooth functions report where only a corner is optimal.

    Parameters
    ----------
    length : int
        The largest n, at least 2.

    Returns
    -------
    Scene
        P has mass 1/2 at −1 and at 1, Q has all at 0. fₙ(x) = √(x² + 1/n²) − 1/n has slopes
        below 1; the supremum over all such functions is 1, and none attains it.

    Raises
    ------
    TypeError, ValueError
        For fewer than 2 functions.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), equation 2: the supremum over 1-Lipschitz functions.

    Examples
    --------
    >>> from wganlib.scenes import smooth_critics
    >>> smooth_critics().sentence(9)
    'n 10, mean under P less mean under Q 0.905, supremum 1.000, short by 0.095'
    """
    terms = np.arange(1, check.integer(length, "length", at_least=2) + 1)
    soft = 1.0 / terms[:, None]
    half = 1.3 * np.linspace(0.0, 1.0, 21) ** 1.5  # finest where the bend is
    x = np.concatenate([-half[:0:-1], half])

    def critic(at: npt.ArrayLike) -> FloatArray:
        return np.asarray(np.sqrt(np.square(at) + soft**2) - soft)

    value = critic([-1.0, 1.0]).mean(axis=1) - critic([0.0])[:, 0]
    best = transport.wasserstein_1([-1.0, 1.0], [0.0])
    functions = Panel(
        "A smooth function and a corner",
        Axis("x (length)", -1.3, 1.3, (-1, 0, 1)),
        Axis("f(x) (length)", -0.15, 1.4, (0, 0.5, 1)),
        [
            line(x, np.abs(x), role="soft", dashed=True, label="|x|, with a corner"),
            line(x, critic(x), role="em", label="fₙ, smooth"),
            points([-1.0, 1.0], [-0.08, -0.08], role="p", size=6, label="P"),
            points([0.0], [-0.08], role="q", size=6, label="Q"),
        ],
    )
    at = np.log2(terms)
    gap = best - value
    across = _log_axis("n (logarithmic)", 1.0, float(terms[-1]), 2)
    up = _log_axis("supremum less value (logarithmic)", min(0.1, float(gap.min())), 1.0)
    short = Panel(
        "How much is missing",
        across,
        up,
        [
            cursor(at, up.low, up.high),
            line(at, np.log10(gap), role="em", label="1 − value of fₙ"),
            dot(at, np.log10(gap), "em"),
        ],
    )
    return Scene(
        "A supremum that smooth functions approach and never reach",
        Slider(
            "n", "n: how sharp the bend is", terms.tolist(), min(2, terms.size - 1), 0, play=True
        ),
        [functions, short],
        [
            Readout(
                "Ef(x) − Ef(y)",
                value.tolist(),
                role="em",
                spoken="mean under P less mean under Q",
            ),
            Readout("supremum", [best] * terms.size, role="soft"),
            Readout("short by", gap.tolist(), role="ink"),
        ],
        "Left: smooth functions bend ever more sharply at 0 and approach the absolute value, "
        "which has a corner there. P has half its mass at -1 and half at 1, Q all of it at 0. "
        "Right: what they lack of the supremum 1, against n on logarithmic axes: a line of "
        "slope -1 that goes on for ever.",
    )


def nearest_pair(length: int = 48) -> Scene:
    """Ask of ever more terms of a sequence how near the nearest two of them are.

    Parameters
    ----------
    length : int
        Terms that the slider reaches, at least 3.

    Returns
    -------
    Scene
        In [0, 1] the fractional parts of n times the golden ratio must crowd; the integers and
        the functions √2 sin kπx (in L2) need not.

    Raises
    ------
    TypeError, ValueError
        For fewer than 3 terms.

    Source
    ------
    Rudin, Principles of Mathematical Analysis (1976), theorems 2.37 and 2.41.

    Examples
    --------
    >>> from wganlib.scenes import nearest_pair
    >>> nearest_pair().sentence(1)
    'N 3, in the interval 0.236, integers 1.000, sines in L2 1.414'
    """
    total = check.integer(length, "length", at_least=3)
    terms = np.arange(1, total + 1)
    inside = np.mod(terms * _GOLDEN, 1.0)
    counts = terms[1:]
    gaps = np.array([np.diff(np.sort(inside[:n])).min() for n in counts.tolist()])
    integers = np.array([np.diff(terms[:n]).min() for n in counts.tolist()], dtype=float)
    sines = np.full(counts.size, math.sqrt(2.0))  # they are orthonormal
    shown = np.where(terms <= counts[:, None], terms.astype(float), np.nan)
    panels = [
        Panel(
            title,
            Axis(label, low, high, ticks),
            Axis("term n", 0.0, total + 2.0, (1, total // 2, total)),
            [points(np.where(np.isnan(shown), np.nan, x), shown, role=role, size=3)],
        )
        for title, label, x, low, high, ticks, role in (
            ("N terms in [0, 1]", "xₙ (length)", inside, -0.03, 1.03, (0, 0.5, 1), "em"),
            (
                "N terms on the whole line",
                "xₙ (length)",
                terms,
                -1.0,
                total + 2.0,
                (1, total // 2, total),
                "js",
            ),
        )
    ]
    at = np.log2(counts)
    across = _log_axis("N (logarithmic)", 2.0, float(total), 2)
    up = _log_axis("nearest two (logarithmic)", min(0.1, 0.9 * float(gaps.min())), 2.0)
    near = Panel(
        "Distance of the nearest two",
        across,
        up,
        [
            cursor(at, up.low, up.high),
            line(at, -np.log10(counts - 1.0), role="soft", dashed=True, label="1/(N − 1)"),
            line(at, np.log10(gaps), role="em", label="in [0, 1]"),
            line(at, np.log10(integers), role="js", label="integers"),
            line(at, np.log10(sines), role="kl", label="sines"),
            dot(at, np.log10(gaps), "em"),
            dot(at, np.log10(integers), "js"),
            dot(at, np.log10(sines), "kl"),
        ],
    )
    return Scene(
        "Can infinitely many points keep their distance?",
        Slider("N", "N: how many terms", counts.tolist(), min(12, total - 2), digits=0, play=True),
        [*panels, near],
        [
            Readout("in [0, 1]", gaps.tolist(), role="em", spoken="in the interval"),
            Readout("integers", integers.tolist(), role="js"),
            Readout("sines in L2", sines.tolist(), role="kl"),
        ],
        "Left: terms of a sequence in the unit interval, which fill it. Middle: the integers, "
        "which run away. Right: the distance of the nearest two among the first N, on logarithmic "
        "axes. In the interval it falls below 1 over N minus 1; the integers keep a distance of 1 "
        "for ever, and sines of growing frequency one of 1.414.",
    )


def _best_unions(excess: FloatArray, most: int) -> FloatArray:
    """Return the largest sum of ``excess`` over at most k runs of neighbours, k from 1 to most."""
    inside, best = np.full(most + 1, -np.inf), np.zeros(most + 1)
    for step in excess.tolist():
        opened = np.concatenate([[-np.inf], best[:-1]])
        inside = np.maximum(inside, opened) + step
        best = np.maximum(best, inside)
    return np.maximum.accumulate(best)[1:]


def simple_sets(length: int = 16) -> Scene:
    """Compute how far a comb is from the uniform distribution, by richer and richer sets.

    Parameters
    ----------
    length : int
        The largest number of teeth, at least 2.

    Returns
    -------
    Scene
        The slider counts teeth. The largest difference of probability on one interval, on unions
        of four, and on all Borel sets, which is TV; beside them EM.

    Raises
    ------
    TypeError, ValueError
        For fewer than 2 teeth.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2: the supremum over Borel sets.

    Examples
    --------
    >>> from wganlib.scenes import simple_sets
    >>> simple_sets().sentence(7)
    'n 8, one interval 0.031, four intervals 0.125, all Borel sets 0.250, EM 0.016'
    """
    counts = np.arange(1, check.integer(length, "length", at_least=2) + 1)
    comb = sequences.measure_sequence("comb")
    corners = 4 * int(counts[-1])
    x = np.ones((counts.size, corners))
    y = np.full((counts.size, corners), 0.5)
    one, four, tv, em = (np.zeros(counts.size) for _ in range(4))
    for row, n in enumerate(counts.tolist()):
        edges = np.arange(2 * n + 1) / (2.0 * n)
        heights = np.tile([1.5, 0.5], n)
        x[row, : 4 * n] = np.repeat(edges, 2)[1:-1]
        y[row, : 4 * n] = np.repeat(heights, 2)
        excess = (heights - 1.0) / (2.0 * n)
        unions = np.maximum(_best_unions(excess, 4), _best_unions(-excess, 4))
        one[row], four[row] = unions[0], unions[3]
        distances = comb.distances(n)
        tv[row], em[row] = distances.tv, distances.w1
    picture = Panel(
        "The comb, and the best set",
        Axis("x (length)", 0.0, 1.0, (0, 0.5, 1)),
        Axis("density (1/length)", 0.0, 1.9, (0, 0.5, 1, 1.5)),
        [
            area(x, np.ones_like(x), np.maximum(y, 1.0), role="tv", label="its area is TV"),
            line(x, y, role="q", label="comb"),
            line([0.0, 1.0], [1.0, 1.0], role="p", label="uniform"),
        ],
    )
    at = counts.astype(float)
    suprema = Panel(
        "Largest |P(A) − Q(A)|",
        Axis("n, teeth", 0.5, counts[-1] + 0.5, (1, int(counts[-1]) // 2, int(counts[-1]))),
        Axis("pure number; EM (length)", -0.01, 0.3, (0, 0.1, 0.2, 0.3)),
        [
            cursor(at, -0.01, 0.3),
            line(at, tv, role="tv", label="all Borel sets"),
            line(at, four, role="js", label="four intervals"),
            line(at, one, role="kl", label="one interval"),
            line(at, em, role="em", label="EM"),
            dot(at, tv, "tv"),
            dot(at, four, "js"),
            dot(at, one, "kl"),
            dot(at, em, "em"),
        ],
    )
    return Scene(
        "Which sets can tell a comb from the uniform distribution?",
        Slider("n", "n: teeth of the comb", counts.tolist(), min(4, counts.size - 1), 0, play=True),
        [picture, suprema],
        [
            Readout("one interval", one.tolist(), role="kl"),
            Readout("four intervals", four.tolist(), role="js"),
            Readout("all Borel sets", tv.tolist(), role="tv"),
            Readout("EM", em.tolist(), role="em"),
        ],
        "Left: a density with n teeth of height one and a half and gaps of height one half, "
        "beside the uniform density. Right: the supremum over Borel sets stays at one quarter. "
        "Over single intervals it falls like one over 4 n, over four intervals it falls from "
        "four teeth on, and EM falls like one over 8 n.",
    )

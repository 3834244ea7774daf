"""Moving figures of convergence: measures that come closer, or do not, by four distances."""

from __future__ import annotations

import numpy as np

from wganbook import sequences
from wganbook.figures._parts import cursor, dot
from wganbook.scene import (
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
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import divergences, transport
from wganlib.distances.measures import Points
from wganlib.distances.supports import on_common_support

#: The sequences of atoms that :func:`measure_distances` draws.
ATOMS = ("shifting atom", "leaking mass", "escaping mass", "tilting scales")


def measure_distances(name: str, length: int = 30) -> Scene:
    """Show a sequence of measures on atoms, and its EM and TV distances from the limit.

    ``name``: ``"shifting atom"``, ``"leaking mass"``, ``"escaping mass"`` or ``"tilting scales"``.
    ``length``: terms of the sequence, from 2 to 1000.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 2 and Example 1.
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

    ``count``: at least 1. At z = 1/2n, 3/2n, …, each of mass 1/n.
    Source: A generator with one parameter, as in Example 1 of Arjovsky, Chintala & Bottou (2017).
    """
    size = check.integer(count, "count", at_least=1)
    z = (np.arange(size) + 0.5) / size
    return np.stack([z, np.sin(check.real(theta, "theta") * z)], axis=1)


def _furthest_waves(
    thetas: FloatArray, waves: list[FloatArray], steps: int
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Return the largest distances of waves at most 0, 1, … steps apart, and θ of the two by EM."""
    worst = {key: np.zeros(steps) for key in ("em", "js", "tv", "kl")}
    pair = np.zeros((steps, 2))
    for step in range(1, steps):
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
    return worst, pair


def wave_moduli(atoms: int = 24) -> Scene:
    """Compute how far apart waves can be whose parameters differ by at most δ.

    ``atoms``: points that stand for each wave, at least 2.
    Source: Arjovsky, Chintala & Bottou (2017), section 1, on the continuity of θ ↦ Pθ.
    """
    check.integer(atoms, "atoms", at_least=2)
    thetas, deltas = np.arange(31) / 5, np.arange(11) / 5
    waves = [wave_points(theta, atoms) for theta in thetas.tolist()]
    worst, pair = _furthest_waves(thetas, waves, deltas.size)
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


def _interval_distances(n: int, delta: float) -> dict[str, float]:
    """Return four distances of two intervals of width 1/n, one of them shifted by delta."""
    apart = min(n * delta, 1.0)  # the share of each interval that the other lacks
    p, q = [apart, 1.0 - apart, 0.0], [0.0, 1.0 - apart, apart]
    slices = np.array([0.25, 0.75]) / n
    return {
        "em": transport.wasserstein_1(slices, slices + delta),
        "js": divergences.js_divergence(p, q),
        "tv": divergences.total_variation(p, q),
        "kl": divergences.kl_divergence(p, q),
    }


def _two_intervals(width: FloatArray, shift: float) -> Panel:
    """Draw intervals of the widths (frames, 1), beside themselves shifted."""
    zero, one = np.zeros_like(width), np.ones_like(width)
    return Panel(
        f"Two intervals, {shift:g} apart",
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


def thin_intervals(length: int = 32) -> Scene:
    """Compute the moduli of continuity of a family of intervals that becomes thinner.

    ``length``: the largest n, at least 2; the intervals have width 1/n.
    Source: Arjovsky, Chintala & Bottou (2017), section 1.
    """
    counts = np.arange(1, check.integer(length, "length", at_least=2) + 1)
    # All curves are straight between these places: the corner is where the intervals part.
    grid = np.tile(np.arange(11) / 10.0, (counts.size, 1))
    deltas = np.sort(np.hstack([grid, 1.0 / counts[:, None]]), axis=1)
    table = {key: np.zeros(deltas.shape) for key in ("em", "js", "tv", "kl")}
    for row, n in enumerate(counts.tolist()):
        for column, delta in enumerate(deltas[row].tolist()):
            for key, value in _interval_distances(n, delta).items():
                table[key][row, column] = value
    width = 1.0 / counts[:, None]
    shift = 0.1
    column = np.abs(deltas - shift).argmin(axis=1)[:, None]
    here = {key: np.take_along_axis(values, column, axis=1) for key, values in table.items()}
    pictures = _two_intervals(width, shift)
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

    ``length``: the largest number of teeth, at least 2.
    Source: Arjovsky, Chintala & Bottou (2017), section 2: the supremum over Borel sets.
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

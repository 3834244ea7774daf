"""Moving figures of convergence: functions, points and measures that come closer, or do not."""

from __future__ import annotations

import math

import numpy as np

from wganbook import function_sequences
from wganbook.figures._parts import cursor, dot, powers_axis
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


#: Norms and their roles in every figure of this module.
NORMS = (("L1", "l1", "good"), ("L2", "l2", "js"), ("supremum", "sup", "kl"))


# --- functions -----------------------------------------------------------------------


def _positions(name: str) -> list[int]:
    if name == "wide tents":  # on a base of n²
        return list(range(1, 11))
    if name == "walking tents":  # every step of the walk
        return list(range(1, 64))
    return [*range(1, 17), 18, 20, 23, 26, 29, 32, 36, 40, 45, 50, 57, 64]


def function_norms(name: str) -> Scene:
    """Show a sequence of functions, and how large each of them is by three norms.

    ``name``: one of the names that ``wganbook.function_sequence`` knows. The slider counts n;
    norms are drawn on logarithmic axes, where n^a is a straight line of slope a.
    Source: Rudin, Real and Complex Analysis (1987), chapter 3.
    """
    sequence = function_sequences.function_sequence(check.one_of(name, "name", FUNCTIONS))
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
    across = powers_axis("n (logarithmic)", 1.0, float(counts[-1]), 2)
    everything = np.concatenate(list(table.values()))
    up = powers_axis(
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


def _drawn(sequence: function_sequences.FunctionSequence, n: int) -> FloatArray:
    """Return where to draw the n-th function: the corners of a tent, a grid for a power."""
    if sequence.name != "powers":
        return _corners(sequence, n)
    low, high = sequence.domain(n)
    # Powers bend near 1, so the grid is finest there.
    return high - (high - low) * np.linspace(1.0, 0.0, 81) ** 2


def spike_heights() -> Scene:
    """Show how the height of ever thinner spikes decides in which norms they go to 0.

    The n-th spike has height n^a on a base of 1/n; the slider moves a from −1/2 to 5/4. Beside it
    the power of n in each norm, as the slope of its line on logarithmic axes.
    Source: Rudin, Real and Complex Analysis (1987), chapter 3.
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
    up = powers_axis("norm (logarithmic)", float(everything.min()), float(everything.max()))
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
                powers_axis("n (logarithmic)", 1.0, float(far[1]), 2),
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

    ``length``: terms that the slider reaches, from 2 to 100. The slider counts n. Of the three
    norms only the L1 norm is told: the shaded area.
    Source: Rudin, Real and Complex Analysis (1987), chapter 3.
    """
    counts = list(range(1, check.integer(length, "length", at_least=2, at_most=100) + 1))
    panels: list[Panel] = []
    readouts: list[Readout] = []
    for name in SHAPES:
        sequence = function_sequences.function_sequence(name)
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


def _corners(sequence: function_sequences.FunctionSequence, n: int) -> FloatArray:
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

    ``length``: terms of the sequence, at least 5. The slider counts the terms, n from 1; the n-th
    is at Euclidean distance n^(-1/3).
    Source: Rudin, Principles of Mathematical Analysis (1976), chapter 2.
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
    across = powers_axis("n (logarithmic)", 1.0, float(length), 2)
    up = powers_axis("distance to 0 (logarithmic)", 0.2, 1.6, 2)
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

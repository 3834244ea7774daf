"""Moving figures of convergence: infimum, supremum and compactness, for the primer."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

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
from wganlib.distances import transport

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def greatest_lower_bound(length: int = 30) -> Scene:
    """Show a set without a least element: 1, 1/2, 1/3 and so on.

    ``length``: elements that the slider reaches, at least 2. The slider counts the elements. The
    least of the first n is never the infimum.
    Source: Rudin, Principles of Mathematical Analysis (1976), chapter 1.
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
    across = powers_axis("n (logarithmic)", 1.0, float(count), 2)
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

    ``length``: the largest n, at least 2.
    Source: Arjovsky, Chintala & Bottou (2017), equation 2: the supremum over 1-Lipschitz functions.
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
    across = powers_axis("n (logarithmic)", 1.0, float(terms[-1]), 2)
    up = powers_axis("supremum less value (logarithmic)", min(0.1, float(gap.min())), 1.0)
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

    ``length``: terms that the slider reaches, at least 3. In [0, 1] the fractional parts of n times
    the golden ratio must crowd; the integers and the functions √2 sin kπx (in L2) need not.
    Source: Rudin, Principles of Mathematical Analysis (1976), theorems 2.37 and 2.41.
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
    across = powers_axis("N (logarithmic)", 2.0, float(total), 2)
    up = powers_axis("nearest two (logarithmic)", min(0.1, 0.9 * float(gaps.min())), 2.0)
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

"""Moving figures of the four distances: coins, sets, boxes, Gaussians and their bounds."""

from __future__ import annotations

import math

import numpy as np

from wganbook.figures._parts import cursor, dot
from wganbook.scene import (
    Axis,
    Mark,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    bars,
    cells,
    line,
    points,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray, Seed
from wganlib.distances import divergences, gaussians, transport

LOG_2 = math.log(2.0)


def _dots(at: FloatArray, *curves: tuple[FloatArray, str]) -> list[Mark]:
    """Draw a dot on each curve where the slider stands."""
    return [dot(at, values, role) for values, role in curves]


def _normal(mean: float) -> divergences.Density:
    return lambda x: math.exp(-0.5 * (x - mean) ** 2) / math.sqrt(2.0 * math.pi)


def shifted_gaussians() -> Scene:
    """Compute four distances between two unit Gaussians whose means are pulled apart.

    Shift d from 0 to 5. EM, TV and KL in closed form, JS by quadrature.
    Source: Arjovsky, Chintala & Bottou (2017), section 2, for the four definitions.
    """
    shifts = np.linspace(0, 5, 41)
    em = np.array([gaussians.wasserstein_1_gaussian(0, 1, d, 1) for d in shifts])
    tv = np.array([gaussians.total_variation_gaussian(0, 1, d, 1) for d in shifts])
    kl = np.array([gaussians.kl_gaussian(0, 1, d, 1) for d in shifts])
    js = np.array(
        [
            divergences.js_divergence_density(_normal(0), _normal(d), -9, d + 9, points=[d / 2])
            for d in shifts
        ]
    )
    x = np.linspace(-3.5, 8.5, 97)
    fixed = np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
    moved = np.exp(-0.5 * (x - shifts[:, None]) ** 2) / math.sqrt(2 * math.pi)
    densities = Panel(
        "Two densities, d apart",
        Axis("x (length)", -3.5, 8.5, (0, 2, 4, 6, 8)),
        Axis("density (1/length)", 0, 0.45, (0, 0.2, 0.4)),
        [
            area(x, np.minimum(fixed, moved), fixed, role="tv", label="its area is TV"),
            line(x, fixed, role="p", label="P"),
            line(x, moved, role="q", label="Q"),
        ],
    )
    distances = Panel(
        "What each distance says",
        Axis("d (length)", -0.1, 5.1, tuple(range(6))),
        Axis("EM (length); KL, JS (nats); TV", -0.15, 5.3, tuple(range(6))),
        [
            cursor(shifts, -0.15, 5.3),
            line(shifts, kl, role="kl", label="KL"),
            line(shifts, em, role="em", label="EM"),
            line(shifts, tv, role="tv", label="TV"),
            line(shifts, js, role="js", label="JS"),
            *_dots(shifts, (kl, "kl"), (tv, "tv"), (js, "js"), (em, "em")),
        ],
    )
    return Scene(
        "Two Gaussians pulled apart",
        Slider(
            "d",
            "d: how far the second Gaussian stands from the first",
            shifts.tolist(),
            12,
            digits=3,
        ),
        [densities, distances],
        [
            Readout("EM", em.tolist(), "em"),
            Readout("JS", js.tolist(), "js"),
            Readout("TV", tv.tolist(), "tv"),
            Readout("KL", kl.tolist(), "kl"),
        ],
        "Left: two bell curves of width one, Q at distance d from P; where P is the higher one, "
        "the area between them is TV. Right: as d grows, EM is the straight line d and KL the "
        "parabola d squared over two, while TV bends towards 1 and JS towards 0.693.",
    )


def best_set() -> Scene:
    """Compute how the gap P(A) − Q(A) grows and falls as a set A collects outcomes.

    A takes outcomes in the order of p − q, the largest first; the gap peaks when A holds exactly
    those with p > q, and its peak is the total variation distance.
    Source: Arjovsky, Chintala & Bottou (2017), section 2: the supremum over Borel sets.
    """
    p = np.array([5, 10, 20, 25, 20, 12, 6, 2]) / 100
    q = np.array([12, 4, 10, 14, 15, 23, 14, 8]) / 100
    outcomes, sizes = np.arange(1, 9), np.arange(9)
    rank = np.argsort(np.argsort(q - p, kind="stable"))
    inside = (rank < sizes[:, None]).astype(float)
    mass_p, mass_q = inside @ p, inside @ q
    gap = mass_p - mass_q
    tv = divergences.total_variation(p, q)
    masses = Panel(
        "Eight outcomes; the set A is shaded",
        Axis("outcome", 0.4, 8.6, tuple(range(1, 9))),
        Axis("probability", 0, 0.3, (0, 0.1, 0.2, 0.3)),
        [
            cells(outcomes, np.full(8, 0.15), 0.22 * inside, width=1, height=0.3, role="tv"),
            bars(outcomes - 0.2, p, width=0.36, role="p", label="P"),
            bars(outcomes + 0.2, q, width=0.36, role="q", label="Q"),
        ],
    )
    gaps = Panel(
        "The gap that A opens",
        Axis("k, outcomes in A", -0.3, 8.3, tuple(range(0, 9, 2))),
        Axis("P(A) − Q(A)", -0.02, 0.4, (0, 0.1, 0.2, 0.3, 0.4)),
        [
            line(sizes, np.full(9, tv), role="soft", dashed=True, label="½ Σ |p − q|"),
            line(sizes, gap, role="tv", label="gap"),
            points(sizes[:, None].astype(float), gap[:, None], role="tv", size=6),
        ],
    )
    return Scene(
        "Which event tells P and Q apart best?",
        Slider("k", "k: how many outcomes the set A holds", sizes.tolist(), 2, digits=0),
        [masses, gaps],
        [
            Readout("P(A)", mass_p.tolist(), "p", 2, "P of A"),
            Readout("Q(A)", mass_q.tolist(), "q", 2, "Q of A"),
            Readout("gap", gap.tolist(), "tv", 2),
            Readout("TV", [tv] * 9, "tv", 2),
        ],
        "Left: bars of two distributions on eight outcomes; the set A takes in outcomes, those "
        "where P exceeds Q by most first. Right: the gap P(A) minus Q(A) rises while p exceeds q, "
        "peaks at the total variation 0.32 with four outcomes, and falls back to 0.",
    )


def _kl_from_fair(heads: FloatArray) -> FloatArray:
    """Compute KL from a fair coin to biased ones."""
    return np.array([divergences.kl_divergence([0.5, 0.5], [1 - t, t]) for t in heads])


def coins() -> Scene:
    """Compute both KL divergences, JS and TV between a fair coin and a biased one.

    Heads with probability t from 0 to 1. KL(fair ‖ biased) is infinite at both ends.
    Source: Arjovsky, Chintala & Bottou (2017), section 2: KL is asymmetric and possibly infinite.
    """
    biases = np.round(np.linspace(0, 1, 51), 12)
    fair = np.array([0.5, 0.5])
    pairs = [np.array([1 - t, t]) for t in biases]
    forward = _kl_from_fair(biases)
    backward = np.array([divergences.kl_divergence(q, fair) for q in pairs])
    js = np.array([divergences.js_divergence(fair, q) for q in pairs])
    tv = np.array([divergences.total_variation(fair, q) for q in pairs])
    fine = np.concatenate([np.geomspace(0.006, 0.1, 20), np.linspace(0.12, 0.5, 20)])
    fine = np.concatenate([fine, 1 - fine[-2::-1]])
    top = 2.1
    shown = np.where(np.isinf(forward), top, forward)
    sides = np.array([0.0, 1.0])
    masses = Panel(
        "A fair coin and a biased one",
        Axis("outcome", -0.6, 1.6, (0, 1), ("tails", "heads")),
        Axis("probability", 0, 1.05, (0, 0.5, 1)),
        [
            bars(sides - 0.2, fair, width=0.36, role="p", label="P, fair"),
            bars(np.tile(sides + 0.2, (51, 1)), pairs, width=0.36, role="q", label="Q, biased"),
        ],
    )
    distances = Panel(
        "What each divergence says",
        Axis("t, probability of heads under Q", -0.03, 1.03, (0, 0.5, 1)),
        Axis("KL, JS (nats); TV", -0.06, 2.2, (0, 0.5, 1, 1.5, top), ("0", "0.5", "1", "1.5", "∞")),
        [
            cursor(biases, -0.06, 2.2),
            line(fine, _kl_from_fair(fine), role="kl", label="KL(P‖Q)"),
            line(biases, backward, role="ink", label="KL(Q‖P)"),
            line(biases, tv, role="tv", label="TV"),
            line(biases, js, role="js", label="JS"),
            *_dots(biases, (shown, "kl"), (backward, "ink"), (tv, "tv"), (js, "js")),
        ],
    )
    return Scene(
        "A fair coin P and a coin Q of bias t",
        Slider("t", "t: probability of heads of the second coin", biases.tolist(), 40),
        [masses, distances],
        [
            Readout("KL(P‖Q)", forward.tolist(), "kl", spoken="KL of P to Q"),
            Readout("KL(Q‖P)", backward.tolist(), "ink", spoken="KL of Q to P"),
            Readout("JS", js.tolist(), "js"),
            Readout("TV", tv.tolist(), "tv"),
        ],
        "Left: the two probabilities of a fair coin and of a coin with heads at t. Right: all "
        "curves touch zero at t = 0.5. Towards either end KL of P to Q runs off to infinity, KL "
        "of Q to P stops at 0.693, JS at 0.216 and TV at 0.5.",
    )


def separated_boxes(slices: int = 20) -> Scene:
    """Compute four distances between two boxes of width one that are pulled apart.

    ``slices``: slices in each box. The slider moves by whole slices, so every value is exact. Shift
    s from 0 to 3; the supports are disjoint from s = 1 on.
    Source: Arjovsky, Chintala & Bottou (2017), section 2; the boxes are its Example 1 on a line.
    """
    check.integer(slices, "slices", at_least=2)
    steps = np.arange(3 * slices + 1)
    shifts = steps / slices
    centres = (np.arange(4 * slices) + 0.5) / slices
    start = np.where(np.arange(4 * slices) < slices, 1.0 / slices, 0.0)
    moved = [np.roll(start, k) for k in steps]
    em = np.array([transport.wasserstein_1(centres, centres, start, q) for q in moved])
    js = np.array([divergences.js_divergence(start, q) for q in moved])
    tv = np.array([divergences.total_variation(start, q) for q in moved])
    kl = np.array([divergences.kl_divergence(start, q) for q in moved])
    top = 3.5
    roof = np.where(np.isinf(kl), top, np.nan)
    shown = np.where(np.isinf(kl), top, kl)
    frames = np.ones((steps.size, 1))
    boxes = Panel(
        "Two boxes of width 1",
        Axis("x (length)", -0.15, 4.15, tuple(range(5))),
        Axis("density (1/length)", 0, 1.3, (0, 1)),
        [
            area([0, 1], [0, 0], [1, 1], role="p", label="P"),
            area(shifts[:, None] + [0, 1], 0 * frames + [0, 0], frames * [1, 1], role="q"),
            line([0, 0, 1, 1], [0, 1, 1, 0], role="p"),
            line(shifts[:, None] + [0, 0, 1, 1], frames * [0, 1, 1, 0], role="q", label="Q, moved"),
        ],
    )
    distances = Panel(
        "What each distance says",
        Axis("s (length)", -0.06, 3.06, tuple(range(4))),
        Axis(
            "EM (length); KL, JS (nats); TV",
            -0.1,
            3.7,
            (0, 1, 2, 3, top),
            ("0", "1", "2", "3", "∞"),
        ),
        [
            cursor(shifts, -0.1, 3.7),
            line([-0.06, 3.06], [LOG_2, LOG_2], role="soft", dashed=True, label="log 2"),
            line(shifts, roof, role="kl", label="KL"),
            line(shifts, em, role="em", label="EM"),
            line(shifts, tv, role="tv", label="TV"),
            line(shifts, js, role="js", label="JS"),
            *_dots(shifts, (shown, "kl"), (tv, "tv"), (js, "js"), (em, "em")),
        ],
    )
    return Scene(
        "Two boxes pulled apart",
        Slider("s", "s: how far the second box has moved", shifts.tolist(), slices // 2, play=True),
        [boxes, distances],
        [
            Readout("EM", em.tolist(), "em"),
            Readout("JS", js.tolist(), "js"),
            Readout("TV", tv.tolist(), "tv"),
            Readout("KL", kl.tolist(), "kl"),
        ],
        "Left: two boxes of width and height one, the second moved by s. Right: EM is the straight "
        "line s. TV climbs to 1 and JS to 0.693 as s goes from 0 to 1, and both stay there. KL is "
        "0 at s = 0 and infinite for every other s.",
    )


def _random_pair(outcomes: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Draw two pmfs, from close to nearly disjoint."""
    p, other = rng.dirichlet(np.full(outcomes, 10.0 ** rng.uniform(-1.3, 1)), size=2)
    # A floor keeps KL finite; a mixture makes close pairs as frequent as far ones.
    p, other = (0.999 * m + 0.001 / outcomes for m in (p, other))
    mix = rng.uniform()
    q = (1.0 - mix) * p + mix * other
    # Closer than this, the dots hide each other, and rounding would decide the ratios.
    too_close = divergences.total_variation(p, q) < 0.005
    return _random_pair(outcomes, rng) if too_close else (p, q)


def bounds(pairs: int = 150, *, seed: Seed) -> Scene:
    """Compute KL, JS and TV of random pairs of pmfs, and the curves no pair can cross.

    ``pairs``: random pairs, drawn by ``seed``, for each number of outcomes, 2 to 100.
    Source: Tsybakov, Introduction to Nonparametric Estimation (2009), section 2.4, for the
    inequalities of Pinsker and of Bretagnolle and Huber; Lin (1991) for JS and TV.
    """
    count, rng = check.integer(pairs, "pairs", at_least=1), check.generator(seed)
    outcomes = [2, 3, 5, 10, 30, 100]
    drawn = [[_random_pair(k, rng) for _ in range(count)] for k in outcomes]
    kl, js, tv = (
        np.array([[distance(p, q) for p, q in row] for row in drawn])
        for distance in (
            divergences.kl_divergence,
            divergences.js_divergence,
            divergences.total_variation,
        )
    )
    pinsker, huber = np.sqrt(kl / 2), np.sqrt(-np.expm1(-kl))
    outside = (
        (tv > np.minimum(pinsker, huber) + 1e-12)
        | (js > LOG_2 * tv + 1e-12)
        | (js < tv**2 / 2 - 1e-12)
    )
    x = np.concatenate([np.linspace(0, 0.1, 21), np.linspace(0.15, 3, 58)])
    under_kl = Panel(
        "KL puts a ceiling on TV",
        Axis("KL(P‖Q) (nats)", -0.03, 3, (0, 1, 2, 3)),
        Axis("TV(P, Q)", -0.01, 1.15, (0, 0.5, 1)),
        [
            line(x, np.ones_like(x), role="soft"),
            points(kl, tv, role="tv", size=2.5, label="one random pair"),
            line(x, np.sqrt(x / 2), role="kl", label="Pinsker"),
            line(x, np.sqrt(-np.expm1(-x)), role="js", label="Bretagnolle–Huber"),
        ],
    )
    u = np.linspace(0, 1, 51)
    between = Panel(
        "TV holds JS from both sides",
        Axis("TV(P, Q)", -0.01, 1.01, (0, 0.5, 1)),
        Axis("JS(P, Q) (nats)", -0.01, 0.75, (0, 0.5, LOG_2), ("0", "0.5", "log 2")),
        [
            points(tv, js, role="tv", size=2.5, label="one random pair"),
            line(u, LOG_2 * u, role="ink", label="log 2 · TV"),
            line(u, u**2 / 2, role="js", label="TV² / 2"),
        ],
    )
    return Scene(
        "Random pairs of distributions, and four curves they cannot cross",
        Slider("n", "n: number of outcomes", outcomes, 2, digits=0),
        [under_kl, between],
        [
            Readout("pairs outside", outside.sum(axis=1).astype(float).tolist(), "tv", 0),
            Readout("max TV/Pinsker", (tv / pinsker).max(axis=1).tolist(), "kl"),
            Readout("max TV/B.–H.", (tv / huber).max(axis=1).tolist(), "js"),
        ],
        "Each dot is a random pair of distributions. Left: KL across, TV up. Pinsker's curve rises "
        "like a square root and passes 1 at KL = 2; that of Bretagnolle and Huber approaches 1 "
        "from below; no dot lies above either. Right: TV across, JS up. Every dot lies between "
        "the parabola TV squared over two and the straight line log 2 times TV.",
    )

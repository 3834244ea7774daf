"""Moving figures of parallel and crossing lines: Example 1 and Figure 1 of the paper."""

from __future__ import annotations

import numpy as np

from wganbook.figures._parts import cursor
from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, line, points, segments
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import divergences, examples, supports, transport
from wganlib.distances.measures import Measure

KEYS = ("em", "js", "tv", "kl")


def _compare(first: Measure, second: Measure, atoms: int) -> dict[str, float]:
    x, a = first.discretise(atoms)
    y, b = second.discretise(atoms)
    p, q, _ = supports.on_common_support(x, y, a, b)
    return {
        "em": transport.wasserstein_1(x, y, a, b),
        "js": divergences.js_divergence(p, q),
        "tv": divergences.total_variation(p, q),
        "kl": divergences.kl_divergence(p, q),
    }


def _all_distances(theta: float, atoms: int) -> dict[str, float]:
    return _compare(*examples.parallel_lines(theta), atoms)


def _followed(x: FloatArray, values: dict[str, list[float]]) -> list[Mark]:
    """Return the curves of EM, JS and TV, broken at zero where they jump, and their moving dots."""
    broken = np.where(x == 0, np.nan, 1.0)
    return [
        line(x, values["em"], role="em", label="EM"),
        line(x, np.array(values["js"]) * broken, role="js", label="JS"),
        line(x, np.array(values["tv"]) * broken, role="tv", label="TV"),
        *[
            points(x[:, None], np.array(values[key])[:, None], role=key, size=5)
            for key in ("tv", "js", "em")
        ],
    ]


def _readouts(values: dict[str, list[float]]) -> list[Readout]:
    return [Readout(key.upper(), values[key], role=key) for key in KEYS]


def sliding_lines(atoms: int = 32) -> Scene:
    """Compute Figure 1: two parallel lines, and four distances between them, over θ.

    ``atoms``: points that stand for each line; EM does not depend on how many. θ from −1 to 1. EM
    by POT's network simplex, the others as pmfs on the joint support.
    Source: Arjovsky, Chintala & Bottou (2017), Example 1 and Figure 1.
    """
    check.integer(atoms, "atoms", at_least=1)
    thetas = np.round(np.linspace(-1, 1, 81), 12)
    everywhere = [_all_distances(float(theta), atoms) for theta in thetas]
    values = {key: [row[key] for row in everywhere] for key in KEYS}
    rows = np.linspace(0.05, 0.95, 7)
    start = np.zeros((thetas.size, rows.size))
    level = np.tile(rows, (thetas.size, 1))
    supports = Panel(
        "Where the two distributions live",
        Axis("x (length)", -1.15, 1.15, (-1, 0, 1)),
        Axis("y (length)", -0.05, 1.05, (0, 1)),
        [
            segments(start, level, start + thetas[:, None], level, role="soft"),
            segments([0], [0], [0], [1], role="p", label="P₀, fixed"),
            segments(
                thetas[:, None],
                np.zeros((81, 1)),
                thetas[:, None],
                np.ones((81, 1)),
                role="q",
                label="Pθ, moved",
            ),
        ],
    )
    distances = Panel(
        "What each distance says",
        Axis("θ (length)", -1.05, 1.05, (-1, 0, 1)),
        Axis("EM (length); JS, TV (pure numbers)", -0.05, 1.12, (0, 0.5, 1)),
        [cursor(thetas, -0.05, 1.12), *_followed(thetas, values)],
    )
    return Scene(
        "Two parallel lines and four distances",
        Slider(
            "θ",
            "theta: how far the second line stands from the first",
            thetas.tolist(),
            56,
            digits=3,
        ),
        [supports, distances],
        _readouts(values),
        "Left: two vertical unit lines, P0 at x = 0 and P theta at x = theta. Right: EM is the "
        "absolute value of theta, a V with its tip at zero; JS lies flat at log 2 and TV flat at 1 "
        "for every theta but zero, where both drop to 0; KL is infinite but at zero.",
    )


def descend(
    distance: str, start: float, *, rate: float, steps: int, atoms: int = 16, reach: float = 1e-3
) -> FloatArray:
    """Walk θ downhill on one of the four distances of Example 1, slopes by central difference.

    ``start``: θ at the start. ``rate``: step size, above 0: how far θ moves for a slope of 1.
    ``atoms``: points that stand for each line. ``reach``: half the width of the central difference.
    Source: Arjovsky, Chintala & Bottou (2017), Example 1: learning by gradient descent on θ.
    """
    check.one_of(distance, "distance", KEYS)
    check.integer(atoms, "atoms", at_least=1)
    theta = check.real(start, "start")
    check.real(rate, "rate", above=0)
    check.real(reach, "reach", above=0)
    path = [theta]
    for _ in range(check.integer(steps, "steps", at_least=1)):
        ahead = _all_distances(theta + reach, atoms)[distance]
        behind = _all_distances(theta - reach, atoms)[distance]
        if np.isfinite(ahead) and np.isfinite(behind):
            theta -= rate * (ahead - behind) / (2 * reach)
        path.append(theta)
    return np.array(path)


def descent_race(start: float = 0.83, rate: float = 0.05, steps: int = 40) -> Scene:
    """Race four learners down their distances: only EM tells θ which way to go.

    ``start``: θ at the start, the same for all, above 0. ``rate``: step size, the same for all. The
    slider counts the steps.
    Source: Arjovsky, Chintala & Bottou (2017), the remark below Example 1.
    """
    check.integer(steps, "steps", at_least=2)
    check.real(start, "start", above=0)
    paths = {key: descend(key, start, rate=rate, steps=steps) for key in KEYS}
    count = np.arange(steps + 1)
    reach = max(1.0, 1.15 * start)
    lanes = {key: 4 - i for i, key in enumerate(KEYS)}
    walked = count <= count[:, None]  # what comes later is not shown before its step
    track = Panel(
        "Where each learner stands",
        Axis("θ (length); the target is 0", -0.25 * reach, reach, (0, 0.5, 1)),
        Axis("learner's distance", 0.4, 4.6, (1, 2, 3, 4), ("KL", "TV", "JS", "EM")),
        [
            segments([0], [0.4], [0], [4.6], role="p", label="target"),
            *[
                points(path[:, None], np.full((steps + 1, 1), lanes[key]), role=key, size=8)
                for key, path in paths.items()
            ],
        ],
    )
    history = Panel(
        "The way so far",
        Axis("gradient steps", -1, steps + 1, (0, steps // 2, steps)),
        Axis("θ (length)", -0.25 * reach, reach, (0, 0.5, 1)),
        [
            cursor(count.astype(float), -0.25 * reach, reach),
            line(count, np.zeros(steps + 1), role="soft"),
            line(count, np.where(walked, paths["em"], np.nan), role="em", label="EM"),
            line(count, np.where(walked, paths["js"], np.nan), role="js", label="JS, TV and KL"),
            *[
                points(count[:, None], paths[key][:, None], role=key, size=5)
                for key in ("js", "em")
            ],
        ],
    )
    return Scene(
        "A race: gradient descent on θ under each distance",
        Slider("step", "number of gradient steps taken", count.tolist(), 0, digits=0, play=True),
        [track, history],
        [Readout(f"θ by {key.upper()}", paths[key].tolist(), role=key) for key in KEYS],
        f"Four learners start at theta = {start:g}. The one that descends on EM walks to 0 and "
        "then steps to and fro across it; those on JS, TV and KL never move.",
    )


def crossing_segments(atoms: int = 64) -> Scene:
    """Compute four distances between two unit segments that cross at their midpoints.

    ``atoms``: points that stand for each segment, an even number: none sits on the crossing, which
    carries no mass. The angle runs from −90° to 90°. EM by POT's network simplex.
    Source: Arjovsky, Chintala & Bottou (2017), section 2, the remark below Figure 1.
    """
    if check.integer(atoms, "atoms", at_least=2) % 2:
        raise ValueError(f"atoms: expected an even number, got {atoms}")
    degrees = np.linspace(-90, 90, 37)
    pairs = [examples.crossing_segments(float(np.radians(degree))) for degree in degrees]
    everywhere = [_compare(fixed, turned, atoms) for fixed, turned in pairs]
    values = {key: [row[key] for row in everywhere] for key in KEYS}
    first = np.array([turned.start for _, turned in pairs])
    last = np.array([turned.end for _, turned in pairs])
    base, _ = examples.crossing_segments(0.0)
    centre = (np.asarray(base.start) + np.asarray(base.end)) / 2
    supports = Panel(
        "Two segments that share one point",
        Axis("x (length)", centre[0] - 0.6, centre[0] + 0.6, (centre[0] - 0.5, centre[0] + 0.5)),
        Axis("y (length)", centre[1] - 0.6, centre[1] + 0.6, (centre[1] - 0.5, centre[1] + 0.5)),
        [
            segments(
                [base.start[0]],
                [base.start[1]],
                [base.end[0]],
                [base.end[1]],
                role="p",
                label="P, fixed",
            ),
            segments(
                first[:, :1], first[:, 1:], last[:, :1], last[:, 1:], role="q", label="Q, turned"
            ),
        ],
        equal=True,
    )
    distances = Panel(
        "What each distance says",
        Axis("angle (degrees)", -95, 95, (-90, 0, 90)),
        Axis("EM (length); JS, TV (pure numbers)", -0.05, 1.12, (0, 0.5, 1)),
        [cursor(degrees, -0.05, 1.12), *_followed(degrees, values)],
    )
    return Scene(
        "Two crossing segments and four distances",
        Slider("angle", "angle between the two segments, in degrees", degrees.tolist(), 26, 0),
        [supports, distances],
        _readouts(values),
        "Left: two unit segments that cross at their midpoints. Right: EM falls to 0 without a "
        "jump as the angle closes; JS stays at log 2, TV at 1 and KL at infinity but at angle 0.",
    )


def vanishing_sequences(length: int = 40, settles: int = 25) -> Scene:
    """Compare EM with the 0-1 metric along two sequences of lines that approach the first.

    ``length``: terms of each sequence, at least 5. ``settles``: from this term on the second
    sequence stays at θ = 0.
    Source: The 0-1 (discrete) metric: 0 for equal distributions, 1 for any other two.
    """
    check.integer(length, "length", at_least=5)
    check.integer(settles, "settles", at_least=2, at_most=length)
    terms = np.arange(1, length + 1)
    harmonic = 1.0 / terms
    settling = np.where(terms < settles, 1.0 / terms, 0.0)
    em = [_all_distances(float(theta), 16)["em"] for theta in harmonic]
    zero_one = {
        name: [float(_all_distances(float(theta), 16)["tv"] > 0) for theta in thetas]
        for name, thetas in (("harmonic", harmonic), ("settling", settling))
    }
    ones, zeros = np.ones((length, 1)), np.zeros((length, 1))
    lines = Panel(
        "The lines at θₙ",
        Axis("x (length)", -0.1, 1.1, (0, 0.5, 1)),
        Axis("y (length)", -0.05, 1.05, (0, 1)),
        [
            segments([0], [0], [0], [1], role="p", label="P₀"),
            segments(harmonic[:, None], zeros, harmonic[:, None], ones, role="q", label="θₙ = 1/n"),
            segments(
                settling[:, None],
                zeros,
                settling[:, None],
                ones,
                role="js",
                label=f"1/n, then 0 from n = {settles}",
            ),
        ],
    )
    values = Panel(
        "Distance to P₀",
        Axis("n", 0, length + 1, (1, length // 2, length)),
        Axis("EM (length); 0-1 metric (pure number)", -0.05, 1.12, (0, 0.5, 1)),
        [
            cursor(terms.astype(float), -0.05, 1.12),
            line(terms, em, role="em", label="EM of 1/n"),
            points(terms, zero_one["harmonic"], role="ink", size=3, label="0-1 of 1/n"),
            points(terms, zero_one["settling"], role="js", size=2, label="0-1 of the other"),
        ],
    )
    return Scene(
        "Which sequences converge? EM against the 0-1 metric",
        Slider("n", "n: the term of the sequence", terms.tolist(), 4, digits=0, play=True),
        [lines, values],
        [
            Readout("EM of 1/n", em, role="em"),
            Readout("0-1 of 1/n", zero_one["harmonic"], role="ink", digits=0),
            Readout("0-1 of the other", zero_one["settling"], role="js", digits=0),
        ],
        "The line at 1/n approaches P0. EM falls like 1/n; the 0-1 metric stays at 1 for every n. "
        f"It becomes 0 only for the second sequence, which is equal to P0 from n = {settles} on.",
    )

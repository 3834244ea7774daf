"""The moving figures of the book, computed: each function returns a :class:`~wganlib.scene.Scene`.

Nothing here draws. Distances come from the compute layer, POT underneath where an exact
transport problem has to be solved.
"""

from __future__ import annotations

import numpy as np

from wganlib import _validate as check
from wganlib import divergences, measures, transport
from wganlib.scene import Axis, Panel, Readout, Scene, Slider, line, points, segments

LOG_2 = float(np.log(2.0))


def parallel_lines(atoms: int = 32) -> Scene:
    """Compute Figure 1: two parallel lines, and four distances between them, over θ.

    Parameters
    ----------
    atoms : int
        Points that stand for each line; EM does not depend on how many.

    Returns
    -------
    Scene
        θ from −1 to 1. EM by POT's network simplex, the others as pmfs on the joint support.

    Raises
    ------
    ValueError
        If ``atoms`` is less than 1.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Example 1 and Figure 1.

    Examples
    --------
    >>> from wganlib.scenes import parallel_lines
    >>> scene = parallel_lines(atoms=8)
    >>> scene.sentence(50)
    'θ 0.25, EM 0.250, JS 0.693, TV 1.000, KL infinite'
    """
    check.integer(atoms, "atoms", at_least=1)
    thetas = np.round(np.linspace(-1, 1, 81), 12)
    values: dict[str, list[float]] = {"em": [], "js": [], "tv": [], "kl": []}
    for theta in thetas:
        fixed, moved = measures.parallel_lines(float(theta))
        x, a = fixed.discretise(atoms)
        y, b = moved.discretise(atoms)
        p, q, _ = measures.on_common_support(x, y, a, b)
        values["em"].append(transport.wasserstein_1(x, y, a, b))
        values["js"].append(divergences.js_divergence(p, q))
        values["tv"].append(divergences.total_variation(p, q))
        values["kl"].append(divergences.kl_divergence(p, q))
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
    nonzero = np.where(thetas == 0, np.nan, 1.0)
    distances = Panel(
        "What each distance says",
        Axis("θ (length)", -1.05, 1.05, (-1, 0, 1)),
        Axis("EM (length); JS, TV (pure numbers)", -0.05, 1.12, (0, 0.5, 1)),
        [
            segments(
                thetas[:, None],
                np.full((81, 1), -0.05),
                thetas[:, None],
                np.full((81, 1), 1.12),
                role="soft",
            ),
            line(thetas, values["em"], role="em", label="EM"),
            line(thetas, np.array(values["js"]) * nonzero, role="js", label="JS"),
            line(thetas, np.array(values["tv"]) * nonzero, role="tv", label="TV"),
            *[
                points(thetas[:, None], np.array(values[key])[:, None], role=key, size=5)
                for key in ("tv", "js", "em")
            ],
        ],
    )
    readouts = [
        Readout(label, values[label.lower()], role=label.lower())
        for label in ("EM", "JS", "TV", "KL")
    ]
    return Scene(
        "Two parallel lines and four distances",
        Slider("θ", "theta: how far the second line stands from the first", thetas.tolist(), 56),
        [supports, distances],
        readouts,
        "Left: two vertical unit lines, P0 at x = 0 and P theta at x = theta. Right: EM is the "
        "absolute value of theta, a V with its tip at zero; JS lies flat at log 2 and TV flat at 1 "
        "for every theta but zero, where both drop to 0; KL is infinite but at zero.",
    )

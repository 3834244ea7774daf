"""Questions of the chapter on Lipschitz rules, and the numbers that answer them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from wganbook.questions._kinds import Exercise
from wganlib.distances import transport


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def box(c: float, sizes: tuple[int, ...]) -> float:
        return math.prod(c * math.sqrt(a * b) for a, b in pairwise(sizes))

    def best_slope(em: float, weight: float) -> float:
        """Maximise k · EM − λ (k − 1)² over k on a fine grid."""
        k = np.linspace(0.0, 10.0, 100_001)
        return float(k[np.argmax(k * em - weight * (k - 1) ** 2)])

    def steepest_fold() -> float:
        """Maximise the smaller slope over unit vectors u and v of two hidden units."""
        turn = np.linspace(0, np.pi / 2, 181)
        right = np.cos(turn)[:, None] * np.cos(turn)
        left = np.sin(turn)[:, None] * np.sin(turn)
        return float(np.minimum(right, left).max())

    return {
        "slope-on-both-sides": Exercise(
            steepest_fold,
            slips={
                "That would make f a potential, and it is not affine.": lambda: 1.0,
                "That is the size of one weight; a slope is a product of two.": lambda: (
                    1 / math.sqrt(2)
                ),
                "Only the units of one side are blocked at a time.": lambda: 0.25,
            },
        ),
        "most-a-critic-reports": Exercise(
            lambda: 3 * transport.wasserstein_1([0.0], [0.4]),
            slips={
                "That is what a 1-Lipschitz critic reports at most.": lambda: 0.4,
                "Multiply by K; you divided.": lambda: 0.4 / 3,
            },
        ),
        "box-constant": Exercise(
            lambda: box(0.1, (2, 16, 1)),
            tolerance=1e-3,
            slips={
                "Each of the two layers brings a factor c.": lambda: 10 * box(0.1, (2, 16, 1)),
                "That is without the roots: a layer has √(in · out).": lambda: 0.1**2 * 32 * 16,
                "That is c squared alone; the widths count too.": lambda: 0.01,
            },
        ),
        "factor-of-a-layer": Exercise(
            lambda: 0.01 * math.sqrt(128 / 2),
            tolerance=1e-3,
            slips={
                "ReLU blocks half of the units; the ½ is missing.": lambda: 0.01 * math.sqrt(128),
                "That is the factor of the square of the norm.": lambda: 0.01**2 * 64,
                "That would be so if all signs agreed.": lambda: 0.01 * 128,
            },
        ),
        "price-of-slope": Exercise(
            lambda: best_slope(0.5, 0.1),
            slips={
                "The factor 2 of the square's derivative is missing.": lambda: 1 + 0.5 / 0.1,
                "That is the excess over 1.": lambda: best_slope(0.5, 0.1) - 1,
                "That is for λ = 10.": lambda: best_slope(0.5, 10.0),
            },
        ),
    }

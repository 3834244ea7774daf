"""Questions of the chapter on convergence, and the numbers that answer them."""

from __future__ import annotations

import numpy as np

from wganbook.questions._kinds import Exercise
from wganlib.distances.divergences import total_variation


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def alternating(first: int, last: int) -> float:
        """Return the least of (-1)^n (1 - 1/n) from one n to another."""
        n = np.arange(first, last + 1)
        return float(np.where(n % 2 == 0, 1.0 - 1.0 / n, 1.0 / n - 1.0).min())

    def tent(height: float, base: float, power: int) -> float:
        """Return the area under a power of a tent, strip by strip."""
        middles = (np.arange(20_000) + 0.5) / 20_000
        return float(((height * (1.0 - np.abs(2.0 * middles - 1.0))) ** power).mean() * base)

    def taxi(dimension: int, euclid: float) -> float:
        diagonal = np.ones(dimension)
        return float(np.abs(diagonal / np.linalg.norm(diagonal) * euclid).sum())

    def slope_in_tv(width: float, shift: float = 1e-3) -> float:
        moved = shift / width
        return total_variation([moved, 1 - moved, 0.0], [0.0, 1 - moved, moved]) / shift

    def teeth(count: int, of: int) -> float:
        """Return what a comb's first teeth have more than the uniform distribution."""
        comb, flat = np.tile([1.5, 0.5], of) / (2 * of), np.full(2 * of, 1 / (2 * of))
        return float((comb - flat)[::2][:count].sum())

    return {
        "infimum-of-a-sequence": Exercise(
            lambda: alternating(1, 1_000_000),
            slips={
                "That is the first element; later ones are smaller.": lambda: alternating(1, 1),
                "That is one of the elements, and a later one is smaller.": lambda: alternating(
                    1, 3
                ),
            },
        ),
        "norm-of-a-tent": Exercise(
            lambda: tent(3.0, 0.04, 2) ** 0.5,
            slips={
                "That is the L1 norm, the area.": lambda: tent(3.0, 0.04, 1),
                "That is the integral of the square; take its root.": lambda: tent(3.0, 0.04, 2),
                "That is a box of this height and base, not a tent.": lambda: (
                    (3.0**2 * 0.04) ** 0.5
                ),
            },
        ),
        "longest-taxi-ride": Exercise(
            lambda: taxi(36, 0.5),
            slips={
                "The constant is the root of the dimension.": lambda: taxi(36**2, 0.5),
                "That is the shortest ride, along one axis.": lambda: taxi(1, 0.5),
            },
        ),
        "lipschitz-in-tv": Exercise(
            lambda: slope_in_tv(0.2),
            slips={
                "That is the constant for EM.": lambda: 1.0,
                "That is the width; the thinner, the steeper.": lambda: 1.0 / slope_in_tv(0.2),
            },
        ),
        "comb-by-intervals": Exercise(
            lambda: teeth(3, 10),
            slips={
                "That is what one tooth is worth.": lambda: teeth(1, 10),
                "That is all ten teeth: the supremum over Borel sets.": lambda: teeth(10, 10),
            },
        ),
    }

"""Questions of the chapter on convergence, and the numbers that answer them."""

from __future__ import annotations

import numpy as np

from wganbook.questions._kinds import Choice, Exercise, Question
from wganlib.distances.divergences import total_variation


def _alternating(first: int, last: int) -> float:
    """Return the least of (-1)^n (1 - 1/n) from one n to another."""
    n = np.arange(first, last + 1)
    return float(np.where(n % 2 == 0, 1.0 - 1.0 / n, 1.0 / n - 1.0).min())


def _tent(height: float, base: float, power: int) -> float:
    """Return the area under a power of a tent, strip by strip."""
    middles = (np.arange(20_000) + 0.5) / 20_000
    return float(((height * (1.0 - np.abs(2.0 * middles - 1.0))) ** power).mean() * base)


def _taxi(dimension: int, euclid: float) -> float:
    diagonal = np.ones(dimension)
    return float(np.abs(diagonal / np.linalg.norm(diagonal) * euclid).sum())


def _slope_in_tv(width: float, shift: float = 1e-3) -> float:
    moved = shift / width
    return total_variation([moved, 1 - moved, 0.0], [0.0, 1 - moved, moved]) / shift


def _teeth(count: int, of: int) -> float:
    """Return what a comb's first teeth have more than the uniform distribution."""
    comb, flat = np.tile([1.5, 0.5], of) / (2 * of), np.full(2 * of, 1 / (2 * of))
    return float((comb - flat)[::2][:count].sum())


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""
    return {
        "infimum-of-a-sequence": Exercise(
            lambda: _alternating(1, 1_000_000),
            slips={
                "That is the first element; later ones are smaller.": lambda: _alternating(1, 1),
                "That is one of the elements, and a later one is smaller.": lambda: _alternating(
                    1, 3
                ),
            },
        ),
        "norm-of-a-tent": Exercise(
            lambda: _tent(3.0, 0.04, 2) ** 0.5,
            slips={
                "That is the L1 norm, the area.": lambda: _tent(3.0, 0.04, 1),
                "That is the integral of the square; take its root.": lambda: _tent(3.0, 0.04, 2),
                "That is a box of this height and base, not a tent.": lambda: (
                    (3.0**2 * 0.04) ** 0.5
                ),
            },
        ),
        "longest-taxi-ride": Exercise(
            lambda: _taxi(36, 0.5),
            slips={
                "The constant is the root of the dimension.": lambda: _taxi(36**2, 0.5),
                "That is the shortest ride, along one axis.": lambda: _taxi(1, 0.5),
            },
        ),
        "lipschitz-in-tv": Exercise(
            lambda: _slope_in_tv(0.2),
            slips={
                "That is the constant for EM.": lambda: 1.0,
                "That is the width; the thinner, the steeper.": lambda: 1.0 / _slope_in_tv(0.2),
            },
        ),
        "comb-by-intervals": Exercise(
            lambda: _teeth(3, 10),
            slips={
                "That is what one tooth is worth.": lambda: _teeth(1, 10),
                "That is all ten teeth: the supremum over Borel sets.": lambda: _teeth(10, 10),
            },
        ),
    }


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "zero-one-sequences": Question(
        "convergence",
        "recall",
        "Which sequences converge in the 0-1 metric?",
        Choice(
            "those that are constant from some place on",
            {
                "all of them": "Two different things are at distance 1, however near.",
                "none": "A constant sequence is at distance 0 from its value.",
                "those that converge in EM": "A point at 1/n tends to a point at 0 in EM and "
                "stays at distance 1 in the 0-1 metric.",
            },
        ),
        "A distance below 1 is a distance of 0.",
    ),
    "narrow-steps": Question(
        "convergence",
        "apply",
        "Let fₙ be 1 on [0, 1/n] and 0 on the rest of [0, 1]. In which norms does it tend to 0?",
        Choice(
            "in L¹ and L², not in L∞",
            {
                "in all three": "The supremum of fₙ is 1 for every n.",
                "in L¹ only": "The integral of fₙ² is 1/n as well.",
                "in L∞ only": "It is the other way round: what is small here is the width.",
            },
        ),
        "∫ fₙ = ∫ fₙ² = 1/n → 0, while sup fₙ = 1.",
    ),
}

"""Questions of the chapter on continuity, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Choice, Exercise, Question
from wganlib.distances import gaussians, transport


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def scale() -> float:
        """Slope of W between θz and θ'z for Gaussian z: two centred Gaussians."""
        return gaussians.wasserstein_1_gaussian(0.0, 2.0, 0.0, 1.0)

    def escape(n: int) -> float:
        return transport.wasserstein_1([0.0], [0.0, math.sqrt(n)], None, [1.0 - 1.0 / n, 1.0 / n])

    def layers(size: float, first: float, shift: float, second: float) -> float:
        """Bound of a network z -> second (first z + shift) of one hidden layer, by its norms."""
        hidden = first * size + shift
        return math.sqrt(second**2 * (1.0 + size**2) + 1.0 + hidden**2)

    return {
        "slope-of-a-scale": Exercise(
            scale,
            slips={
                "That is E z², or its root; the way of a point is |z| |θ − θ'|.": lambda: 1.0,
                "Points on both sides of 0 move outward: the mean of |z|, not of z.": lambda: 0.0,
                "That is the mean of |z| over its positive half only.": lambda: scale() / 2.0,
            },
        ),
        "escape-at-a-root": Exercise(
            lambda: escape(400),
            slips={
                "That is the way of the escaping mass; only a share 1/n of it moves.": lambda: 20.0,
                "That is TV: the mass that moves, without the way.": lambda: 1.0 / 400.0,
                "The mass lies at the root of n, not at n.": lambda: 1.0,
            },
        ),
        "constant-of-two-layers": Exercise(
            lambda: layers(1.0, 2.0, 1.0, 3.0),
            tolerance=0.01,
            slips={
                "Take the root of the sum.": lambda: layers(1.0, 2.0, 1.0, 3.0) ** 2,
                "The biases are parameters too: each adds a 1 beside the squared input.": lambda: (
                    math.sqrt(3.0**2 * 1.0**2 + 3.0**2)
                ),
                "The bias moves the hidden layer: its input is at most 2 ‖z‖ + 1.": lambda: layers(
                    1.0, 2.0, 0.0, 3.0
                ),
            },
        ),
    }


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "strongest-first": Question(
        "continuity",
        "recall",
        "From the strongest kind of convergence to the weakest, on a compact space:",
        Choice(
            "KL, then JS and TV, then EM",
            {
                "EM, then JS and TV, then KL": "The other way: what is hardest to reach "
                "comes first.",
                "KL, then TV, then JS, then EM": "JS and TV tend to 0 together.",
                "KL and JS, then TV and EM": "JS belongs to TV, and EM alone is the weakest.",
            },
        ),
        "Theorem 2: KL → 0 implies JS → 0, which is the same as TV → 0, which implies EM → 0.",
    ),
    "mass-that-escapes": Question(
        "continuity",
        "apply",
        "Pₙ puts mass 1 − 1/n at 0 and mass 1/n at the place n. Which tends to 0: TV or EM "
        "to the point mass at 0?",
        Choice(
            "TV tends to 0 and EM does not",
            {
                "both tend to 0": "EM is (1/n) · n = 1. The space is not bounded.",
                "EM tends to 0 and TV does not": "TV is the mass that differs, 1/n.",
                "neither": "TV is the mass that differs, 1/n.",
            },
        ),
        "TV = 1/n, EM = 1. On a compact space this could not happen.",
    ),
    "from-kl-to-tv": Question(
        "continuity",
        "prove",
        "Which inequality shows that KL → 0 implies TV → 0?",
        Choice(
            "TV ≤ √(KL / 2)",
            {
                "KL ≤ TV": "It points the wrong way, and is false: KL may be infinite.",
                "TV ≤ KL": "False: when KL is small, TV can be as large as about its root.",
                "EM ≤ diameter · TV": "True, and it leads from TV to EM.",
            },
        ),
        "Pinsker’s inequality.",
    ),
}

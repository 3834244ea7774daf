"""Questions of the chapter on learning a distribution, and the numbers that answer them."""

from __future__ import annotations

import math

import numpy as np

from wganbook.questions._kinds import Exercise
from wganlib.distances import divergences, measures


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""
    fair, model = [0.5, 0.5], [0.8, 0.2]
    variances = np.array([1.0, 0.5, 0.04, 0.03, 0.02])

    def limit() -> float:
        return -math.log(2) - divergences.kl_divergence(fair, model)

    def second_moment() -> float:
        points = measures.Segment(-2.0, 2.0).discretise(4000)[0]
        return float((points**2).mean())

    def wire(cells: int, dimension: int) -> float:
        """KL of a wire along the edge of a box, the box cut into cells along each side."""
        masses = np.zeros(cells**dimension)
        masses[:cells] = 1 / cells
        return divergences.kl_divergence(masses, np.full(masses.size, 1 / masses.size))

    return {
        "likelihood-of-a-coin": Exercise(
            limit,
            slips={
                "The sign: logarithms of probabilities are negative.": lambda: -limit(),
                "That is KL alone; the entropy of the data is missing.": lambda: (
                    divergences.kl_divergence(fair, model)
                ),
                "That is what the right model would reach.": lambda: -math.log(2),
            },
        ),
        "best-width": Exercise(
            lambda: math.sqrt(second_moment()),
            slips={
                "That is σ²; take the root.": second_moment,
                "That is the mean distance from 0; a Gaussian looks at squares.": lambda: 1.0,
                "That is half the width of the data.": lambda: 2.0,
            },
        ),
        "halving-cells-in-space": Exercise(
            lambda: wire(16, 3) - wire(8, 3),
            slips={
                "That is for a curve in the plane; here two dimensions are missing.": lambda: (
                    wire(16, 2) - wire(8, 2)
                ),
                "That is for a single point: a wire meets twice as many cubes.": lambda: (
                    3 * math.log(2)
                ),
                "Count in nats: a factor 4 is log 4.": lambda: 4.0,
            },
        ),
        "leftover-noise": Exercise(
            lambda: math.sqrt(variances[2:].mean()),
            slips={
                "That is σ²; take the root.": lambda: float(variances[2:].mean()),
                "That is the root of the sum; each direction has its own noise.": lambda: math.sqrt(
                    variances[2:].sum()
                ),
                "Leave out the two directions that the generator makes.": lambda: math.sqrt(
                    variances.mean()
                ),
            },
        ),
    }

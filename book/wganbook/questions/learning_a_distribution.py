"""Questions of the chapter on learning a distribution, and the numbers that answer them."""

from __future__ import annotations

import math

import numpy as np

from wganbook.questions._kinds import Choice, Exercise, Question
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


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "likelihood-is-kl": Question(
        "learning-a-distribution",
        "recall",
        "With ever more data, maximum likelihood amounts to minimising …",
        Choice(
            "KL(data ‖ model)",
            {
                "KL(model ‖ data)": "The data are what the mean is taken over, so they come first.",
                "JS(data, model)": "That is what a GAN’s best discriminator reports.",
                "EM(data, model)": "Likelihood knows nothing of the distance between points.",
            },
        ),
        "The mean log-likelihood of the data tends to its expectation under their "
        "distribution. "
        "That is a constant minus KL(data ‖ model).",
    ),
    "data-on-a-curve": Question(
        "learning-a-distribution",
        "apply",
        "The data lie on a curve in the plane; the model has a density in the plane. "
        "What is KL(data ‖ model)?",
        Choice(
            "+∞, for every such model",
            {
                "finite, if the density is high near the curve": "However high: the curve "
                "has area 0, so the model gives it probability 0, and the data give it 1.",
                "0 in the limit of a good model": "It does not fall on the way there.",
                "not defined": "KL is defined for every pair; the value may be +∞.",
            },
        ),
        "The data put mass 1 on a set that has probability 0 under the model.",
    ),
}

"""Questions of the chapter on the optimal critic, and the numbers that answer them."""

from __future__ import annotations

import numpy as np

from wganbook.questions._kinds import Choice, Exercise, Question
from wganlib.distances.measures import Gaussian


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def says(d: float, std: float) -> float:
        """Return D* = p/(p + q) at the mean of the generated bell."""
        real, fake = (
            Gaussian(mean, std**2).density(np.array([d / 2]))[0] for mean in (-d / 2, d / 2)
        )
        return float(real / (real + fake))

    return {
        "perfect-discriminator": Exercise(
            lambda: says(2.0, 1.0),
            slips={
                "That is the probability that the point is generated.": lambda: 1 - says(2.0, 1.0),
                "At x = 1 the exponent is d·x/σ² with d = 2, not 1.": lambda: says(2**0.5, 1.0),
                "That is D* in the middle between the bells.": lambda: 0.5,
            },
        ),
        "minimax-gradient": Exercise(
            lambda: 6 / 4 * says(6.0, 2.0),
            tolerance=2e-4,
            slips={
                "That is D*; its slope d/σ² is missing.": lambda: says(6.0, 2.0),
                "The slope is d/σ², with the variance 4.": lambda: 6 / 2 * says(6.0, 2.0),
                "That is the gradient of −log D*.": lambda: 6 / 4 * (1 - says(6.0, 2.0)),
            },
        ),
        "clipped-steepest": Exercise(
            lambda: 100 * 0.05**2,
            tolerance=5e-4,
            slips={
                "One factor c is missing: the weights of both layers multiply.": lambda: 100 * 0.05,
                "That is one unit; their slopes add up.": lambda: 0.05**2,
                "That is the slope outside of [−1, 1], where half of the units are on.": lambda: (
                    50 * 0.05**2
                ),
            },
        ),
        "penalised-slope": Exercise(
            lambda: 1 + 4 / (2 * 5),
            slips={
                "That is the slope that goes unpunished; a little more pays.": lambda: 1.0,
                "That is what it reports; the slope was asked for.": lambda: 4 * 1.4,
                "The derivative of λ(s − 1)² is 2λ(s − 1).": lambda: 1 + 4 / 5,
            },
        ),
    }


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "best-discriminator": Question(
        "optimal-critic",
        "recall",
        "p is the density of the data, q that of the generator. What does the best "
        "discriminator say at x?",
        Choice(
            "p(x) / (p(x) + q(x))",
            {
                "p(x) / q(x)": "That is the odds, not the probability.",
                "q(x) / (p(x) + q(x))": "That is the probability that the point is generated.",
                "p(x) − q(x)": "Not a probability: it may be negative.",
            },
        ),
        "At each x it maximises p log D + q log(1 − D).",
    ),
    "at-the-generated-mean": Question(
        "optimal-critic",
        "apply",
        "Real points come from N(−1, 1), generated ones from N(1, 1). What does the best "
        "discriminator say at x = 1?",
        "perfect-discriminator",
        "1 / (1 + e²): the logit is −2x.",
    ),
    "best-slope": Question(
        "optimal-critic",
        "apply",
        "A critic with slope s everywhere reports 4s and pays a penalty 5 (s − 1)². "
        "Which s is best for it?",
        "penalised-slope",
        "4 = 10 (s − 1). A penalty lets the slope pass 1 a little.",
    ),
}

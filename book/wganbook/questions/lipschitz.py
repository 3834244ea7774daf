"""Questions of the chapter on Lipschitz rules, and the numbers that answer them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from wganbook.questions._kinds import Choice, Exercise, Question
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


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "one-sided": Question(
        "lipschitz",
        "recall",
        "What does a one-sided gradient penalty charge?",
        Choice(
            "gradients of norm above 1",
            {
                "gradients of norm below 1": "Those it leaves alone.",
                "all gradients whose norm is not 1": "That is the two-sided penalty.",
                "large weights": "That would be weight decay.",
            },
        ),
        "A 1-Lipschitz function may be flatter than 1 wherever it likes.",
    ),
    "sorting-keeps-slope": Question(
        "lipschitz",
        "recall",
        "No layer's operator norm is above 1. Why can GroupSort keep a slope of 1 where ReLU "
        "cannot?",
        Choice(
            "backwards it only exchanges numbers, and blocks none",
            {
                "its layers have larger norms": "The same limit holds for both.",
                "its slope is above 1": "Sorting is 1-Lipschitz, as ReLU is.",
                "it has more weights": "It has none: it only sorts.",
            },
        ),
        "A permutation keeps the norm of a gradient; a blocked unit takes its part away.",
    ),
    "smallest-k": Question(
        "lipschitz",
        "apply",
        "A ReLU critic takes 2 numbers to 16 hidden units and those to one score; all weights "
        "are in [−0.1, 0.1]. What is the smallest K that serves all such critics?",
        "box-constant",
        "0.1 · √32 for the first layer times 0.1 · √16 for the second.",
    ),
    "one-layer": Question(
        "lipschitz",
        "apply",
        "A hidden layer of 128 ReLU units has weights ±0.01 with random signs. By what factor "
        "does it change the norm of a gradient, in the root mean square?",
        "factor-of-a-layer",
        "c · √(n / 2) = 0.01 · 8. After six such layers less than a millionth is left.",
    ),
    "layers-multiply": Question(
        "lipschitz",
        "prove",
        "Two layers have Lipschitz constants K₁ and K₂. Why is K₁ K₂ enough for both together?",
        Choice(
            "a change h becomes at most K₁ h, and then at most K₂ (K₁ h)",
            {
                "because the gradient of a sum is the sum of gradients": "Layers follow each "
                "other; they are not added.",
                "because one of the two may be taken as 1": "Not without changing the network.",
                "because the larger of the two decides": "max(K₁, K₂) is not enough: 2x, "
                "twice, "
                "is 4x.",
            },
        ),
        "The output of the first layer is the input of the second.",
    ),
}

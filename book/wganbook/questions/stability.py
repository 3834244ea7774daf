"""Questions of the chapter on stability, and the numbers that answer them."""

from __future__ import annotations

import math

import numpy as np

from wganbook.questions._kinds import Exercise
from wganlib.paper import dirac


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def mean(steps: int, beta: float = 0.9) -> float:
        m = 1.0
        for _ in range(steps):
            m = beta * m + (1 - beta) * -1.0
        return m

    def cosine(a: tuple[float, float], b: tuple[float, float]) -> float:
        return (a[0] * b[0] + a[1] * b[1]) / (math.hypot(*a) * math.hypot(*b))

    def growth(rounds: int, rate: float = 0.2) -> float:
        moduli = np.abs(dirac.step_eigenvalues("gan", rate, by_turns=False))
        return float(moduli.max() ** rounds)

    def beyond(deviations: float) -> float:
        return math.erfc(deviations / math.sqrt(2)) / 2

    return {
        "chance-of-one-seed": Exercise(
            lambda: beyond(1 / math.sqrt(2)),
            slips={
                "That is one method against its own mean; both vary, and variances add.": lambda: (
                    beyond(1.0)
                ),
                "That is either of them winning by 3; here it is the first.": lambda: (
                    2 * beyond(1 / math.sqrt(2))
                ),
                "That adds the deviations; what adds are the variances.": lambda: beyond(0.5),
            },
        ),
        "dirac-growth": Exercise(
            lambda: growth(100),
            slips={
                "That is continuous time, where the curves close.": lambda: 1.0,
                "The modulus is a root: √(1 + h²/4).": lambda: growth(200),
                "At the equilibrium a GAN pulls with k = ½, not with 1.": lambda: 1.04**50,
            },
        ),
        "momentum-after-five": Exercise(
            lambda: mean(5),
            slips={
                "That forgets the new gradients: each adds a tenth of −1.": lambda: 0.9**5,
                "That is one step too few.": lambda: mean(4),
                "That is one step too many.": lambda: mean(6),
            },
        ),
        "cosine-of-rmsprop": Exercise(
            lambda: cosine((1.0, 1.0), (3.0, 1.0)),
            slips={
                "That is plain gradient descent, which is not divided by √v.": lambda: 1.0,
                "That divides by v, not by its root.": lambda: cosine((1 / 3, 1.0), (3.0, 1.0)),
            },
        ),
    }

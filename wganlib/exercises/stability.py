"""Questions of the chapter on stability, and the numbers that answer them."""

from __future__ import annotations

import math

from wganlib.exercises._kinds import Exercise


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def mean(steps: int, beta: float = 0.9) -> float:
        m = 1.0
        for _ in range(steps):
            m = beta * m + (1 - beta) * -1.0
        return m

    def cosine(a: tuple[float, float], b: tuple[float, float]) -> float:
        return (a[0] * b[0] + a[1] * b[1]) / (math.hypot(*a) * math.hypot(*b))

    return {
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

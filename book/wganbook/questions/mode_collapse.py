"""Questions of the chapter on mode collapse, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Exercise


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    answers = (0.3, 0.6, 0.9)

    def perfect(real: float, fake: float) -> float:
        return real / (real + fake)

    def one_of_eight() -> float:
        import numpy as np

        from wganlib.distances.transport import wasserstein_1

        turns = 2 * math.pi * np.arange(8) / 8
        circle = 2 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        return wasserstein_1(circle, circle[:1])

    return {
        "frozen-judge-loss": Exercise(
            lambda: math.log(1 - max(answers)),
            slips={
                "That is the mean over the three spots; nothing forces the generator to visit "
                "all.": lambda: sum(math.log(1 - d) for d in answers) / 3,
                "That is log D; the loss is log(1 − D).": lambda: math.log(max(answers)),
                "That is the spot where the loss is largest.": lambda: math.log(1 - min(answers)),
            },
        ),
        "perfect-judge-of-two": Exercise(
            lambda: perfect(0.5, 0.2),
            slips={
                "That is D on the left.": lambda: perfect(0.5, 0.8),
                "That is 1 − D: the probability that a point there is generated.": lambda: (
                    1 - perfect(0.5, 0.2)
                ),
            },
        ),
        "one-mode-of-eight": Exercise(
            one_of_eight,
            slips={
                "That is the radius: the distance from the centre, which a collapsed generator "
                "does not sit at.": lambda: 2.0,
                "The chosen mode itself is one of the eight, at distance 0.": lambda: (
                    one_of_eight() * 8 / 7
                ),
                "That is the farthest point; EM is the mean.": lambda: 4.0,
            },
        ),
    }

"""Questions of the chapter on mode collapse, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Choice, Exercise, Question


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


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "against-a-statue": Question(
        "mode-collapse",
        "recall",
        "The discriminator is frozen. Which generator is best against it?",
        Choice(
            "one that makes only points where D is highest",
            {
                "one that matches the data": "It is good against a discriminator that answers. "
                "This one does not.",
                "one that spreads over all points with D > ½": "The mean of D over these is at "
                "most its maximum.",
                "every generator is as good": "Not if D takes different values.",
            },
        ),
        "The loss is a mean over generated points, and a mean is best when each term is.",
    ),
    "one-mode": Question(
        "mode-collapse",
        "apply",
        "The data are eight points, evenly on a circle of radius 2. A generator makes one of "
        "them, exactly, and no other. What is EM?",
        "one-mode-of-eight",
        "The mean of the distances from one corner to all eight, its own 0 among them.",
    ),
    "no-cure": Question(
        "mode-collapse",
        "prove",
        "Why is freezing a WGAN’s critic, even a perfect one, no cure?",
        Choice(
            "E f(g(z)) is at most max f, so one point is enough",
            {
                "because the critic is not Lipschitz": "It may be; the argument does not ask.",
                "because JS saturates": "JS does not occur here.",
                "because the generator is not trained": "It is: to the end, and to one point.",
            },
        ),
        "The cure is that the critic answers: as soon as points gather, it lowers f there.",
    ),
}

"""Questions of the chapter on relatives, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Choice, Exercise, Question


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def bounded(low: float, high: float) -> float:
        from wganlib.distances.ipm import bounded_critic

        places = [0.0, 1.0, 2.0]
        return bounded_critic(places, places, [0.5, 0.3, 0.2], [0.2, 0.3, 0.5],
                              low=low, high=high).value  # fmt: skip

    def mmd(shift: float, width: float) -> float:
        from wganlib.distances.kernels import mmd

        return mmd([0.0], [shift], bandwidth=width)

    def evaluations(n: int) -> int:
        return n * (n - 1) + n * n

    return {
        "bounded-by-three": Exercise(
            lambda: bounded(0.0, 3.0),
            slips={
                "That is TV itself; the critics may climb by 3.": lambda: bounded(0.0, 1.0),
                "That is for critics between −3 and 3: the range counts, not the "
                "largest size.": lambda: bounded(-3.0, 3.0),
                "That is the smallest loss of the energy network; the difference of "
                "expectations is asked for.": lambda: 3.0 - bounded(0.0, 3.0),
            },
        ),
        "mmd-of-two-points": Exercise(
            lambda: mmd(2.0, 1.0),
            slips={
                "That is the square.": lambda: mmd(2.0, 1.0) ** 2,
                "The square of the distance is divided by 2σ².": lambda: math.sqrt(
                    2 - 2 * math.exp(-4.0)
                ),
                "That is the ceiling, which is reached only far away.": lambda: math.sqrt(2.0),
            },
        ),
        "kernels-in-a-batch": Exercise(
            lambda: float(evaluations(100)),
            tolerance=0.5,
            slips={
                "Use the symmetry: each pair within a sample is needed once.": lambda: float(
                    2 * 100 * 99 + 100 * 100
                ),
                "The pairs within the samples are missing.": lambda: 1e4,
                "That is what the linear estimator needs.": lambda: 200.0,
            },
        ),
    }


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "bounded-functions": Question(
        "relatives",
        "recall",
        "Let δ = sup |P(A) − Q(A)|. Functions f lie between −1 and 1. How far apart "
        "can their means under P and under Q be?",
        Choice(
            "2δ",
            {
                "δ": "That is what functions between 0 and 1 give. Section 5 of the paper "
                "slips here.",
                "EM": "That needs the 1-Lipschitz functions.",
                "MMD": "That needs the unit ball of a kernel’s space.",
            },
        ),
        "f = 1 where P has more and −1 elsewhere: P(A) − Q(A) counts twice.",
    ),
    "larger-class": Question(
        "relatives",
        "prove",
        "A class F of critics contains a class G. What follows for the two suprema?",
        Choice(
            "that over F is at least that over G",
            {
                "that over F is at most that over G": "A larger choice is never a worse one. "
                "Section 5 of the paper slips here.",
                "they are equal": "Only if the best critic, or a sequence towards it, is in G.",
                "nothing": "Every value that G reaches, F reaches too.",
            },
        ),
        "The supremum over F runs over everything that the other runs over, and more.",
    ),
}

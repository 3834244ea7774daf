"""Questions of the chapter on other duals, and the numbers that answer them."""

from __future__ import annotations

from wganbook.questions._kinds import Choice, Exercise, Question
from wganlib.distances import total_variation


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def steps(count: int) -> float:
        return count * (2.0 / count) ** 2

    def conjugate(curvature: float, y: float) -> float:
        from scipy.optimize import minimize_scalar

        return -float(minimize_scalar(lambda x: curvature * x**2 - x * y).fun)

    return {
        "one-function-with-stops": Exercise(
            lambda: steps(4),
            slips={
                "That is without stops.": lambda: steps(1),
                "Three stops make four steps.": lambda: steps(3),
                "That is one step; there are four.": lambda: 0.25,
            },
        ),
        "points-for-a-class": Exercise(
            lambda: 1 / 0.01,
            tolerance=0.5,
            slips={
                "That is for the mean square 0.01², a distance of 0.01.": lambda: 1 / 0.01**2,
                "That is for the mean square 0.1.": lambda: 10.0,
            },
        ),
        "bound-of-two-coins": Exercise(
            lambda: total_variation([0.75, 0.25], [0.5, 0.5]),
            slips={
                "That is for critics between −1 and 1; f* allows −½ to ½.": lambda: (
                    2 * total_variation([0.75, 0.25], [0.5, 0.5])
                ),
                "That is what a constant reports.": lambda: 0.0,
            },
        ),
        "conjugate-of-a-parabola": Exercise(
            lambda: conjugate(2.0, 1.0),
            slips={
                "That is φ(1).": lambda: 2.0,
                "That is the x at which the supremum is attained.": lambda: 0.25,
                "That is the conjugate of x²/2.": lambda: conjugate(0.5, 1.0),
            },
        ),
    }


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "one-function-for-em": Question(
        "other-duals",
        "recall",
        "Why does the dual of EM need only one function?",
        Choice(
            "the c-transform of a 1-Lipschitz f is −f",
            {
                "because P and Q have equal mass": "So they have for the squared distance, "
                "where one function is not enough.",
                "because critics are networks": "The theorem knows of no networks.",
                "because the best plan is a map": "It need not be one.",
            },
        ),
        "By the triangle inequality. Squared distances obey none.",
    ),
    "stops-on-the-way": Question(
        "other-duals",
        "apply",
        "A pile at 0, a hole at 2, cost the squared distance, three even stops on the way. "
        "How much can one function prove at most?",
        "one-function-with-stops",
        "Four steps of cost ¼ each; the pair of functions proves 4.",
    ),
}

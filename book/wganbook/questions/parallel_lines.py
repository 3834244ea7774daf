"""Questions of the chapter on two parallel lines, and the numbers that answer them."""

from __future__ import annotations

from wganbook.questions._kinds import Choice, Exercise, Question
from wganlib.distances.divergences import total_variation


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    from wganlib.distances.examples import parallel_lines
    from wganlib.distances.measures import Histogram, Segment
    from wganlib.distances.transport import wasserstein_1

    def between(theta: float, other: float) -> float:
        lines = [parallel_lines(t)[1].discretise(50)[0] for t in (theta, other)]
        return wasserstein_1(*lines)

    def stretched() -> float:
        short, long = Segment([0, 0], [0, 1]), Segment([0, 0], [0, 2])
        return wasserstein_1(short.discretise(200)[0], long.discretise(200)[0])

    def thick(shift: float, width: float) -> float:
        first = Histogram([0, shift, width, width + shift], [shift / width, 1 - shift / width, 0])
        second = Histogram(first.edges, [0, 1 - shift / width, shift / width])
        return total_variation(first.mass, second.mass)

    return {
        "two-moved-lines": Exercise(
            lambda: between(-0.3, 0.45),
            slips={"You measured from one of the lines to P₀.": lambda: between(0.0, 0.45)},
        ),
        "stretched-line": Exercise(
            stretched,
            slips={
                "That is the way of the top end alone; EM is the mean over all points.": lambda: 1.0
            },
        ),
        "thick-lines": Exercise(
            lambda: thick(0.05, 0.2),
            slips={
                "That is the share that overlaps; TV is the share that does not.": lambda: (
                    1 - thick(0.05, 0.2)
                )
            },
        ),
    }


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "who-sees-theta": Question(
        "parallel-lines",
        "recall",
        "In Example 1 let θ → 0 through values other than 0. Which distance to P₀ tends to 0?",
        Choice(
            "EM",
            {
                "JS": "JS is log 2 at every θ ≠ 0.",
                "KL": "KL is infinite at every θ ≠ 0.",
                "TV": "TV is 1 at every θ ≠ 0.",
            },
        ),
        "EM = |θ|. The other three jump at 0.",
    ),
    "two-lines": Question(
        "parallel-lines",
        "apply",
        "One line of Example 1 stands at θ = −0.3, another at θ = 0.45. What is EM?",
        "two-moved-lines",
        "Each point moves straight across: 0.45 + 0.3.",
    ),
    "strips": Question(
        "parallel-lines",
        "apply",
        "Give the lines a width: two uniform strips 0.2 wide, one moved across by 0.05. "
        "What is TV?",
        "thick-lines",
        "A quarter of each strip lies outside of the other: 0.05 / 0.2.",
    ),
    "a-function-for-theta": Question(
        "parallel-lines",
        "prove",
        "Which function proves that EM between the lines at 0 and at θ is at least |θ|?",
        Choice(
            "f(x, y) = x or −x, whichever sign fits",
            {
                "f(x, y) = y": "Both lines have the same heights: it reports 0.",
                "f = 1 on one line and 0 on the other": "It reports 1 and has slope 1/|θ|: for "
                "small θ it is not 1-Lipschitz.",
                "f(x, y) = x²": "Not 1-Lipschitz, and it reports θ².",
            },
        ),
        "It is 1-Lipschitz, and the difference of its means is |θ|.",
    ),
}

"""Questions of the chapter on two parallel lines, and the numbers that answer them."""

from __future__ import annotations

from wganbook.questions._kinds import Exercise
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

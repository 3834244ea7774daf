"""Questions of the chapter on the earth mover's distance, and the numbers that answer them."""

from __future__ import annotations

from wganbook.questions._kinds import Exercise
from wganlib.distances import measures, transport


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def two_piles() -> float:
        return transport.wasserstein_1([0.0, 4.0], [1.0], a=[0.75, 0.25])

    def stretch() -> float:
        points = [measures.Segment(-end, end).discretise(1000)[0] for end in (1.0, 3.0)]
        return transport.wasserstein_1(*points)

    return {
        "em-two-piles": Exercise(
            two_piles,
            slips={
                "That is the distance of the means, which EM is never below.": lambda: 0.0,
                "That adds the two distances. Weigh each by the mass that travels it.": lambda: 4.0,
                "That is the plain mean of the two distances; the piles differ.": lambda: 2.0,
            },
        ),
        "em-stretch": Exercise(
            stretch,
            slips={
                "That is the distance of the means, which EM is never below.": lambda: 0.0,
                "That is how far the end points move; the middle moves less.": lambda: 2.0,
                "That is the total variation.": lambda: 2 / 3,
            },
        ),
    }

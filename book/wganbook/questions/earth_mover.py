"""Questions of the chapter on the earth mover's distance, and the numbers that answer them."""

from __future__ import annotations

from wganbook.questions._kinds import Choice, Exercise, Question
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


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "what-a-coupling-is": Question(
        "earth-mover",
        "recall",
        "Which matrices π with entries ≥ 0 are couplings of P and Q?",
        Choice(
            "those with row sums P and column sums Q",
            {
                "those whose entries sum to 1": "That is needed, and not enough: mass would "
                "leave places that have none.",
                "the matrix pᵢ qⱼ alone": "That is one of them, the product plan.",
                "those of least cost": "Those are the optimal ones among the couplings.",
            },
        ),
        "What leaves i is what P has there; what arrives at j is what Q wants there.",
    ),
    "two-heaps": Question(
        "earth-mover",
        "apply",
        "Mass ¾ lies at 0 and mass ¼ at 4. All of it has to go to 1. What is EM?",
        "em-two-piles",
        "¾ · 1 + ¼ · 3 = 1.5. There is only one plan.",
    ),
    "stretched": Question(
        "earth-mover",
        "apply",
        "P is uniform on [−1, 1] and Q on [−3, 3]. What is EM?",
        "em-stretch",
        "On a line quantile goes to quantile: x moves to 3x, by 2|x|, whose mean is 1.",
    ),
    "crossing-boxes": Question(
        "earth-mover",
        "prove",
        "On a line a plan carries boxes across the same stretch in both directions. Why is it "
        "not optimal?",
        Choice(
            "exchanging where the two boxes end saves the stretch twice",
            {
                "because no box may be moved twice": "No box is; there are two boxes.",
                "because couplings are symmetric": "They need not be.",
                "because EM obeys the triangle inequality": "That compares distributions. "
                "Here one plan is compared with another.",
            },
        ),
        "After the exchange row and column sums are the same, and both ways are shorter.",
    ),
}

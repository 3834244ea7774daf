"""Questions of the chapter on duality, and the numbers that answer them."""

from __future__ import annotations

from wganbook.questions._kinds import Choice, Exercise, Question
from wganlib.distances import measures, transport


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def inner_pair() -> float:
        return transport.wasserstein_1([0.0, 10.0], [4.0, 6.0])

    def scaled(constant: float, factor: float) -> float:
        from wganlib.distances.ipm import lipschitz_critic

        return lipschitz_critic([0.0], [0.7 * factor], constant=constant).value

    def stretched(theta: float) -> float:
        """EM between a point mass at 0 and θz, z uniform on [1, 2]."""
        z = measures.Segment(1.0, 2.0).discretise(200)[0]
        return transport.wasserstein_1([0.0], theta * z[:, 0])

    return {
        "dual-inner-pair": Exercise(
            inner_pair,
            slips={
                "That is the difference of the means, which f(x) = x gives.": lambda: 0.0,
                "That adds the two pairs; each has mass ½.": lambda: 2 * inner_pair(),
                "That sends each point to the far one; there is a cheaper plan.": lambda: 6.0,
            },
        ),
        "dual-scaled": Exercise(
            lambda: scaled(3.0, 2.0),
            slips={
                "The points have moved apart as well: EM is doubled.": lambda: scaled(3.0, 1.0),
                "The critics may be three times as steep.": lambda: scaled(1.0, 2.0),
                "Multiply by K; do not divide.": lambda: scaled(1.0, 2.0) / 3.0,
            },
        ),
        "dual-gradient": Exercise(
            lambda: (stretched(2.0 + 1e-3) - stretched(2.0 - 1e-3)) / 2e-3,
            slips={
                "That is the gradient of f at a point; the chain rule adds a factor z.": lambda: (
                    1.0
                ),
                "That is EM itself at θ = 2.": lambda: stretched(2.0),
                "The sign: EM grows when the points move away from 0.": lambda: -1.5,
            },
        ),
    }


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "no-slack": Question(
        "duality",
        "recall",
        "An optimal plan sends mass from i to j. What do optimal prices fᵢ and gⱼ satisfy?",
        Choice(
            "fᵢ + gⱼ = cᵢⱼ",
            {
                "fᵢ + gⱼ < cᵢⱼ": "A route with slack carries no mass.",
                "fᵢ + gⱼ > cᵢⱼ": "That is forbidden on every route.",
                "fᵢ = gⱼ": "Nothing asks for that.",
            },
        ),
        "Complementary slackness: mass only where the constraint is tight.",
    ),
    "inner-pair": Question(
        "duality",
        "apply",
        "P has mass ½ at 0 and at 10, Q has mass ½ at 4 and at 6. What is EM?",
        "dual-inner-pair",
        "0 goes to 4 and 10 to 6. The function |x − 5| reports 4 as well, so no plan is cheaper.",
    ),
    "steeper-and-wider": Question(
        "duality",
        "apply",
        "Two distributions are at EM 0.7. All points are moved twice as far from the origin, "
        "and critics may be 3-Lipschitz. What do they report at most?",
        "dual-scaled",
        "3 · 2 · 0.7: K-Lipschitz critics give K times EM.",
    ),
    "gradient-of-em": Question(
        "duality",
        "apply",
        "z is uniform on [1, 2], the generator makes θz, the data are a point at 0. "
        "What is the derivative of EM at θ = 2?",
        "dual-gradient",
        "f(x) = −x is a potential, and the mean of −∂f(θz)/∂θ is the mean of z, 1.5.",
    ),
    "weak-duality": Question(
        "duality",
        "prove",
        "f is 1-Lipschitz. Why is the mean of f under P minus that under Q at most the cost of "
        "any plan π?",
        Choice(
            "because f(x) − f(y) ≤ d(x, y), averaged over π",
            {
                "because f attains a maximum": "Existence proves no inequality.",
                "because π may be taken as the product plan": "It has to hold for every plan.",
                "because f is convex": "It need not be.",
            },
        ),
        "π has the marginals P and Q, so the mean of f(x) − f(y) over π is that difference.",
    ),
}

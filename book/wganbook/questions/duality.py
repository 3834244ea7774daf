"""Questions of the chapter on duality, and the numbers that answer them."""

from __future__ import annotations

from wganbook.questions._kinds import Exercise
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

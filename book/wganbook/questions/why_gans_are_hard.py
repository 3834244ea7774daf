"""Questions of the chapter on why GANs are hard, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Exercise


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    from wganlib.distances.divergences import js_divergence

    verdict, slope = 0.02, 5.0  # D at a generated point, and the slope of its logit there
    p, q = [0.8, 0.2], [0.2, 0.8]

    def best_loss() -> float:
        return 2 * js_divergence(p, q) - 2 * math.log(2)

    return {
        "best-loss-of-coins": Exercise(
            best_loss,
            tolerance=2e-3,
            slips={
                "That is 2 JS; the game also pays −2 log 2.": lambda: 2 * js_divergence(p, q),
                "JS counts twice.": lambda: js_divergence(p, q) - 2 * math.log(2),
                "That is the value for equal coins, where nothing can be told.": lambda: (
                    -2 * math.log(2)
                ),
            },
        ),
        "minimax-pull": Exercise(
            lambda: verdict * slope,
            tolerance=5e-4,
            slips={
                "That is the gradient of −log D.": lambda: (1 - verdict) * slope,
                "That is the gradient of D; divide by 1 − D.": lambda: (
                    verdict * (1 - verdict) * slope
                ),
                "That is the slope of the logit alone.": lambda: slope,
            },
        ),
        "cauchy-beyond-ten": Exercise(
            lambda: 1 - 2 / math.pi * math.atan(10.0),
            tolerance=5e-4,
            slips={
                "That is one side; the ratio can be below −10 as well.": lambda: (
                    0.5 - math.atan(10.0) / math.pi
                ),
                "That is the probability of staying within 10.": lambda: (
                    2 / math.pi * math.atan(10.0)
                ),
                "A Gaussian would never do it; this is no Gaussian.": lambda: 0.0,
            },
        ),
    }

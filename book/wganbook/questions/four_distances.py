"""Questions of the chapter on the four distances, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Exercise


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    from wganlib.distances import divergences, gaussians

    log_2 = math.log(2.0)
    fair, loaded = [1 / 6] * 6, [0.1] * 5 + [0.5]
    return {
        "js-of-disjoint": Exercise(
            lambda: log_2,
            slips={
                "That is the sum without the factor ½ in front of each KL term.": lambda: 2 * log_2,
                "That is in bits; the book measures in nats.": lambda: 1.0,
            },
        ),
        "tv-of-dice": Exercise(
            lambda: divergences.total_variation(fair, loaded),
            slips={
                "That is the whole sum of |p − q|; TV is half of it.": lambda: (
                    2 * divergences.total_variation(fair, loaded)
                ),
            },
        ),
        "kl-of-nested-boxes": Exercise(
            lambda: divergences.kl_divergence([1.0, 0.0], [0.5, 0.5]),
            slips={
                "That is KL(Q‖P): Q has mass where P has none.": lambda: math.inf,
                "The sign: P is the numerator inside the logarithm.": lambda: -log_2,
                "That is in bits; the book measures in nats.": lambda: 1.0,
            },
        ),
        "kl-of-narrow-gaussians": Exercise(
            lambda: gaussians.kl_gaussian(0.0, 0.25, 2.0, 0.25),
            slips={
                "Divide by the variance σ² = 0.25, not by σ.": lambda: 4.0,
                "The factor ½ is missing.": lambda: 16.0,
                "That is the KL of two Gaussians of width 1.": lambda: 2.0,
            },
        ),
        "js-from-loss": Exercise(
            lambda: -0.9 / 2 + log_2,
            slips={
                "That is the sum of KL terms as printed, without the ½.": lambda: -0.9 + 2 * log_2,
                "The log 2 is added, and it is not halved again.": lambda: -0.9 / 2 + log_2 / 2,
            },
        ),
    }

"""Questions of the chapter on the four distances, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Choice, Exercise, Question


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


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "infinite-one": Question(
        "four-distances",
        "recall",
        "Two point masses sit at different places. Which of these is infinite?",
        Choice(
            "KL",
            {
                "EM": "EM is the distance between the two places.",
                "JS": "JS is never above log 2, and it is log 2 here.",
                "TV": "TV is never above 1, and it is 1 here.",
            },
        ),
        "P has mass where Q has none, so log p/q is infinite there.",
    ),
    "disjoint-js": Question(
        "four-distances",
        "apply",
        "P and Q have disjoint supports. What is JS(P, Q), in nats?",
        "js-of-disjoint",
        "Both KL terms are log 2, and JS is half of their sum.",
    ),
    "two-dice": Question(
        "four-distances",
        "apply",
        "One die is fair. The other shows each of 1 to 5 with probability 0.1, and 6 with "
        "probability 0.5. What is their total variation distance?",
        "tv-of-dice",
        "The event “six” tells them apart best: 1/2 − 1/6 = 1/3.",
    ),
    "narrow-bells": Question(
        "four-distances",
        "apply",
        "Two Gaussians have means 0 and 2 and the same variance 0.25. What is KL, in nats?",
        "kl-of-narrow-gaussians",
        "(difference of means)² / 2σ² = 4 / 0.5.",
    ),
    "js-is-bounded": Question(
        "four-distances",
        "prove",
        "With m = ½(p + q): why is KL(P ‖ M) never above log 2?",
        Choice(
            "because p ≤ 2m, so log p/m ≤ log 2 wherever P has mass",
            {
                "because KL is at most log 2": "KL may be infinite; it is the mixture that helps.",
                "by the triangle inequality": "KL does not obey it.",
                "because M is symmetric in P and Q": "That makes JS symmetric. It bounds nothing.",
            },
        ),
        "The mean of a function that is nowhere above log 2 is not above log 2.",
    ),
}

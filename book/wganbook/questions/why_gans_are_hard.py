"""Questions of the chapter on why GANs are hard, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Choice, Exercise, Question


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


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "value-of-the-game": Question(
        "why-gans-are-hard",
        "recall",
        "With the best discriminator the GAN objective is …",
        Choice(
            "2 JS − 2 log 2",
            {
                "2 JS": "At equality the best discriminator says ½, and the value is −2 log 2.",
                "JS − log 2": "There are two expectations: twice that.",
                "KL(data ‖ model)": "That would be infinite for disjoint supports; the value "
                "never "
                "passes 0.",
            },
        ),
        "Put D* = p/(p + q) into the objective, and write p/(p + q) as ½ p/m.",
    ),
    "coins": Question(
        "why-gans-are-hard",
        "apply",
        "A real coin shows heads with probability 0.8, a generated one with 0.2. What is the "
        "GAN objective of the best discriminator, in nats?",
        "best-loss-of-coins",
        "D* is 0.8 on heads and 0.2 on tails: 2 (0.8 log 0.8 + 0.2 log 0.2) = −1.001.",
    ),
    "pull": Question(
        "why-gans-are-hard",
        "apply",
        "At a generated point D says 0.02, and the logit of D has slope 5. How large is the "
        "gradient of log(1 − D) there?",
        "minimax-pull",
        "Its size is D times the slope of the logit: the surer D is, the less the point hears.",
    ),
    "flat-where-it-counts": Question(
        "why-gans-are-hard",
        "prove",
        "A differentiable discriminator with values in [0, 1] says 0 at a generated point. "
        "Why is its gradient 0 there?",
        Choice(
            "0 is its least value, and at a minimum the gradient is 0",
            {
                "because supports have no area": "They may have; the argument needs none of that.",
                "because a sigmoid is bounded": "Bounded functions can be steep.",
                "because the discriminator is constant": "It is not: at real points it says 1.",
            },
        ),
        "In every direction D can only grow, so no first-order term is left.",
    ),
}

"""Questions of the chapter on training a WGAN, and the numbers that answer them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wganbook.questions._kinds import Choice, Exercise, Question


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    generator_steps, n_critic, m = 1000, 5, 64

    def ring_modes() -> Any:
        turns = 2 * math.pi * np.arange(3) / 3
        return np.stack([np.cos(turns), np.sin(turns)], axis=1)

    def one_against_one() -> float:
        modes = ring_modes()
        return float(np.linalg.norm(modes[:, None] - modes[None], axis=-1).mean())

    def one_against_centre() -> float:
        return float(np.linalg.norm(ring_modes(), axis=-1).mean())

    def two_uniform() -> float:
        """Mean distance of two independent points of [−1, 1]: a third of the length."""
        return 2 / 3

    return {
        "real-points-seen": Exercise(
            lambda: float(generator_steps * n_critic * m),
            tolerance=0.5,
            slips={
                "That counts the critic's loop from 0 to n_critic, both included.": lambda: float(
                    generator_steps * (n_critic + 1) * m
                ),
                "The critic takes n_critic steps, each with a batch of its own.": lambda: float(
                    generator_steps * m
                ),
            },
        ),
        "bound-from-estimate": Exercise(
            lambda: 0.012 / 0.02,
            slips={
                "Divide by the slope; you multiplied.": lambda: 0.012 * 0.02,
                "That is the estimate itself, in units of slope times length.": lambda: 0.012,
                "That is the slope over the estimate.": lambda: 0.02 / 0.012,
            },
        ),
        "batch-of-one-perfect": Exercise(
            one_against_one,
            slips={
                "That is the distance of the distributions, not of two single points.": lambda: 0.0,
                "That is the generator that always answers with the centre.": one_against_centre,
                "A third of the time both points are the same mode.": lambda: math.sqrt(3.0),
            },
        ),
        "slope-of-a-batch": Exercise(
            lambda: two_uniform() / 2,
            slips={
                "That is the expected loss itself; its slope is half of it.": two_uniform,
                "A slope of 0 would make the perfect generator the best one.": lambda: 0.0,
                "Wider is worse here: the slope at scale 1 is not negative.": lambda: (
                    -two_uniform() / 2
                ),
            },
        ),
    }


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
    "when-to-clip": Question(
        "training-a-wgan",
        "recall",
        "When does Algorithm 1 clip the weights?",
        Choice(
            "after each step of the critic",
            {
                "after each step of the generator": "The critic takes five steps in "
                "between, and "
                "each may leave the box.",
                "before each step of the critic": "That is what the authors’ program does. The "
                "printed algorithm clips after the step.",
                "never: it clips gradients": "Gradients are rescaled by RMSProp; weights "
                "are clipped.",
            },
        ),
        "Line 7, inside the inner loop, and only the critic’s weights.",
    ),
    "points-seen": Question(
        "training-a-wgan",
        "apply",
        "How many real points does Algorithm 1 draw in 1,000 generator steps, with "
        "n_critic = 5 and m = 64?",
        "real-points-seen",
        "1,000 · 5 · 64. The generator’s own step draws noise only.",
    ),
    "a-bound": Question(
        "training-a-wgan",
        "apply",
        "A critic reports 0.012, and its steepest slope is 0.02. EM is at least …",
        "bound-from-estimate",
        "Divided by 0.02 the critic is 1-Lipschitz, and reports 0.6.",
    ),
    "hold-f-fixed": Question(
        "training-a-wgan",
        "prove",
        "f is a perfect critic at θ. Why has EM the same derivative there as the value of f, "
        "with f held fixed, if both have one?",
        Choice(
            "EM minus that value is never negative, and 0 at θ",
            {
                "because f does not depend on θ": "The perfect critic does. That it may "
                "be held "
                "fixed is what has to be shown.",
                "because expectations are linear": "That moves the derivative inside, and does "
                "not say why f may be fixed.",
                "because f has slope 1": "That is about x, not about θ.",
            },
        ),
        "A differentiable function has derivative 0 at a minimum: the envelope argument.",
    ),
}

"""Questions of the chapter on training a WGAN, and the numbers that answer them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wganbook.questions._kinds import Exercise


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

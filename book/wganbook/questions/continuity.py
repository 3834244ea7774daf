"""Questions of the chapter on continuity, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Exercise
from wganlib.distances import gaussians, transport


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def scale() -> float:
        """Slope of W between θz and θ'z for Gaussian z: two centred Gaussians."""
        return gaussians.wasserstein_1_gaussian(0.0, 2.0, 0.0, 1.0)

    def escape(n: int) -> float:
        return transport.wasserstein_1([0.0], [0.0, math.sqrt(n)], None, [1.0 - 1.0 / n, 1.0 / n])

    def layers(size: float, first: float, shift: float, second: float) -> float:
        """Bound of a network z -> second (first z + shift) of one hidden layer, by its norms."""
        hidden = first * size + shift
        return math.sqrt(second**2 * (1.0 + size**2) + 1.0 + hidden**2)

    return {
        "slope-of-a-scale": Exercise(
            scale,
            slips={
                "That is E z², or its root; the way of a point is |z| |θ − θ'|.": lambda: 1.0,
                "Points on both sides of 0 move outward: the mean of |z|, not of z.": lambda: 0.0,
                "That is the mean of |z| over its positive half only.": lambda: scale() / 2.0,
            },
        ),
        "escape-at-a-root": Exercise(
            lambda: escape(400),
            slips={
                "That is the way of the escaping mass; only a share 1/n of it moves.": lambda: 20.0,
                "That is TV: the mass that moves, without the way.": lambda: 1.0 / 400.0,
                "The mass lies at the root of n, not at n.": lambda: 1.0,
            },
        ),
        "constant-of-two-layers": Exercise(
            lambda: layers(1.0, 2.0, 1.0, 3.0),
            tolerance=0.01,
            slips={
                "Take the root of the sum.": lambda: layers(1.0, 2.0, 1.0, 3.0) ** 2,
                "The biases are parameters too: each adds a 1 beside the squared input.": lambda: (
                    math.sqrt(3.0**2 * 1.0**2 + 3.0**2)
                ),
                "The bias moves the hidden layer: its input is at most 2 ‖z‖ + 1.": lambda: layers(
                    1.0, 2.0, 0.0, 3.0
                ),
            },
        ),
    }

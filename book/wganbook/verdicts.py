"""What exact numbers of a chapter say of a row of the ledger: pure functions, drawing nothing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

#: Relative error below which two ways to one number agree.
EXACT = 1e-8


def equal(one: float, other: float) -> bool:
    """Say whether two numbers are one but for rounding."""
    return abs(one - other) <= EXACT * max(1.0, abs(one), abs(other))


def one_or_two(
    near: float, near_alone: Sequence[float], square: float, pair: float, alone: Sequence[float]
) -> bool:
    """Say whether one function is enough for the distance, and not for its square (row X10).

    ``near, square``: the least costs. ``near_alone, alone``: what one function proves of each, with
    more and more stops. ``pair``: what a function and its conjugate prove of the second.
    """
    enough = all(equal(value, near) for value in near_alone)
    falls = all(later < earlier for earlier, later in itertools.pairwise(alone))
    return enough and equal(pair, square) and falls and alone[0] < square > 5 * alone[-1]


def bounds(truth: float, exact: float, ladder: Sequence[float]) -> bool:
    """Say whether losses bound a divergence as they should (row X9).

    ``exact``: with the exact critic. ``ladder``: with the best critics of growing classes, of which
    the last holds every critic.
    """
    grows = all(later >= earlier - EXACT for earlier, later in itertools.pairwise(ladder))
    below = all(value < truth - 1e-6 for value in ladder[:-1])
    return equal(exact, truth) and grows and below and equal(ladder[-1], truth)


def fooled(
    units: Sequence[int],
    points: Sequence[int],
    chosen: Mapping[str, Sequence[float]],
    fresh: Mapping[str, Sequence[float]],
    many: Mapping[str, Sequence[float]],
) -> bool:
    """Say whether a class of critics generalises and is fooled, while EM is not (row X3).

    For each size of the class in ``units``: how many ``points`` were chosen, and the distances to
    the data, by critics of the class (``own``) and by ``em``, of these points, of as many ``fresh``
    ones, and of ``many`` fresh ones.
    """
    few = all(k <= m + 1 for k, m in zip(points, units, strict=True))
    taken = all(value < EXACT for value in chosen["own"])
    seen = all(value > 0.05 for value in fresh["own"])
    near = all(all_ < 0.1 for all_ in many["own"])
    told = all(
        one > full and one > 0.5 * other
        for one, other, full in zip(chosen["em"], fresh["em"], many["em"], strict=True)
    )
    return few and taken and seen and near and told

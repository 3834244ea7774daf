"""Sequences of functions on [0, 1] by name, with their norms, computed and exact."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.integrate import quad

from wganbook.sequences import LARGEST
from wganlib import _validate as check
from wganlib._validate import FloatArray


class Norms(NamedTuple):
    """How large a function on a line is, in three ways.

    Attributes
    ----------
    l1 : float
        Area under its absolute value.
    l2 : float
        Root of the area under its square.
    sup : float
        Largest absolute value.

    Source
    ------
    Rudin, Real and Complex Analysis (1987), chapter 3.

    Examples
    --------
    >>> import wganbook as book
    >>> size = book.function_sequence("powers").exact(4)
    >>> isinstance(size, book.Norms), size.l1, size.sup
    (True, 0.2, 1.0)
    """

    l1: float
    l2: float
    sup: float


# --- functions -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class FunctionSequence:
    """A sequence f_1, f_2, … of functions on an interval that starts at 0.

    Made by :func:`function_sequence`. Its candidate for a limit is the function 0.

    Attributes
    ----------
    name : str
        What it is called.
    lesson : str
        What it shows, in a sentence.
    pointwise : bool
        Whether f_n(x) goes to 0 at almost every x.
    limits : Norms
        What its norms tend to as n grows; f_n converges where it is 0.

    Source
    ------
    Rudin, Real and Complex Analysis (1987), chapter 3.

    Examples
    --------
    >>> import wganbook as book
    >>> powers = book.function_sequence("powers")
    >>> isinstance(powers, book.FunctionSequence), powers.term(3)([0.0, 0.5, 1.0])
    (True, array([0.   , 0.125, 1.   ]))
    >>> powers.limits
    Norms(l1=0.0, l2=0.0, sup=1.0)
    """

    name: str
    lesson: str
    pointwise: bool
    limits: Norms
    _term: Callable[[int, FloatArray], FloatArray] = field(repr=False)
    _breaks: Callable[[int], list[float]] = field(repr=False)
    _exact: Callable[[int], Norms] = field(repr=False)

    def __reduce__(self) -> Any:
        return function_sequence, (self.name,)

    def term(self, n: int) -> Callable[[npt.ArrayLike], FloatArray]:
        """Return f_n, for n from 1 to a million: numbers in, numbers of the same shape out."""
        count = check.integer(n, "n", at_least=1, at_most=LARGEST)
        return lambda at: self._term(count, check.finite_array(at, "at"))

    def domain(self, n: int) -> tuple[float, float]:
        """Return an interval that holds all of f_n."""
        ends = self.corners(n)
        return ends[0], ends[-1]

    def corners(self, n: int) -> list[float]:
        """Return the ends of f_n's interval and the places between where it bends, in order."""
        return self._breaks(check.integer(n, "n", at_least=1, at_most=LARGEST))

    def norms(self, n: int) -> Norms:
        """Return the norms of f_n, by quadrature and on a grid."""
        function, ends = self.term(n), self.corners(n)
        pieces = list(itertools.pairwise(ends))

        def integral(power: int) -> float:
            return math.fsum(
                quad(lambda at: abs(float(function(at))) ** power, *piece, epsabs=1e-13)[0]
                for piece in pieces
            )

        # The ends of the pieces are where a tent peaks or a power ends.
        grid = np.concatenate([np.linspace(*piece, 129) for piece in pieces])
        return Norms(integral(1), math.sqrt(integral(2)), float(np.abs(function(grid)).max()))

    def exact(self, n: int) -> Norms:
        """Return the norms of f_n, by their formulas."""
        return self._exact(check.integer(n, "n", at_least=1, at_most=LARGEST))


def _tent(at: FloatArray, left: float, base: float, height: float) -> FloatArray:
    return np.maximum(height * (1.0 - np.abs(2.0 * (at - left) / base - 1.0)), 0.0)


def _tent_norms(base: float, height: float) -> Norms:
    return Norms(base * height / 2.0, height * math.sqrt(base / 3.0), height)


def _tent_breaks(left: float, base: float) -> list[float]:
    inner = [left, left + base / 2.0, left + base]
    return sorted({0.0, *inner, max(1.0, inner[-1])})


def _tents(
    name: str,
    lesson: str,
    limits: Norms,
    shape: Callable[[int], tuple[float, float, float]],
    *,
    pointwise: bool = True,
) -> FunctionSequence:
    """Return a sequence of tents; ``shape`` gives left end, base and height for each n."""
    return FunctionSequence(
        name,
        lesson,
        pointwise,
        limits,
        lambda n, at: _tent(at, *shape(n)),
        lambda n: _tent_breaks(*shape(n)[:2]),
        lambda n: _tent_norms(*shape(n)[1:]),
    )


def _typewriter(n: int) -> tuple[float, float, float]:
    """Walk over the halves of [0, 1], then over its quarters, its eighths, and so on."""
    level = n.bit_length() - 1
    return (n - 2**level) / 2**level, 2.0**-level, 1.0


_FUNCTIONS: dict[str, FunctionSequence] = {
    sequence.name: sequence
    for sequence in (
        FunctionSequence(
            "powers",
            "x^n on [0, 1] goes to 0 in the mean but not uniformly: it stays 1 at 1.",
            True,
            Norms(0.0, 0.0, 1.0),
            lambda n, at: np.where((at >= 0.0) & (at <= 1.0), np.clip(at, 0.0, 1.0) ** n, 0.0),
            lambda n: [0.0, 1.0],
            lambda n: Norms(1.0 / (n + 1.0), 1.0 / math.sqrt(2.0 * n + 1.0), 1.0),
        ),
        _tents(
            "walking tents",
            "L1 and L2 go to 0, and yet f_n(x) converges at almost no x: ever narrower tents of "
            "height 1 walk over the interval again and again.",
            Norms(0.0, 0.0, 1.0),
            _typewriter,
            pointwise=False,
        ),
        _tents(
            "slow spikes",
            "L1 and L2 go to 0 and the supremum to infinity: height n^(1/4) on a base of 1/n.",
            Norms(0.0, 0.0, math.inf),
            lambda n: (0.0, 1.0 / n, n**0.25),
        ),
        _tents(
            "spikes",
            "L1 goes to 0 and L2 does not: height n^(1/2) on a base of 1/n.",
            Norms(0.0, 1.0 / math.sqrt(3.0), math.inf),
            lambda n: (0.0, 1.0 / n, math.sqrt(n)),
        ),
        _tents(
            "tall spikes",
            "f_n(x) goes to 0 at every x, and no norm does: height n on a base of 1/n.",
            Norms(0.5, math.inf, math.inf),
            lambda n: (0.0, 1.0 / n, float(n)),
        ),
        _tents(
            "low tents",
            "On a bounded interval the supremum rules: it goes to 0 and takes L1 and L2 along.",
            Norms(0.0, 0.0, 0.0),
            lambda n: (0.0, 1.0, 1.0 / n),
        ),
        _tents(
            "wide tents",
            "On an unbounded interval it does not: height 1/n on a base of n^2 goes to 0 "
            "uniformly, while L2 stays and L1 grows.",
            Norms(math.inf, 1.0 / math.sqrt(3.0), 0.0),
            lambda n: (0.0, float(n) ** 2, 1.0 / n),
        ),
    )
}


def function_sequence(name: str) -> FunctionSequence:
    """Look up a sequence of functions that separates norms by its name.

    Parameters
    ----------
    name : str
        ``"powers"``, ``"walking tents"``, ``"slow spikes"``, ``"spikes"``,
        ``"tall spikes"``, ``"low tents"`` or ``"wide tents"``.

    Returns
    -------
    FunctionSequence
        Its terms and their norms.

    Raises
    ------
    TypeError, ValueError
        For anything that is not one of the names.

    Source
    ------
    Rudin, Real and Complex Analysis (1987), chapter 3.

    Examples
    --------
    >>> import wganbook as book
    >>> [round(book.function_sequence("spikes").norms(n).l2, 6) for n in (1, 10, 100)]
    [0.57735, 0.57735, 0.57735]
    """
    return _FUNCTIONS[check.one_of(name, "name", _FUNCTIONS)]

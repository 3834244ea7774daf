"""Sequences that tell the convergences apart: of measures on a line, and of functions.

Theorem 2 of the paper orders the ways in which measures can converge. That no arrow can be
turned round takes examples, and they are here, each with its distances twice: computed by
the library, and in closed form.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.integrate import quad

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.divergences import js_divergence, kl_divergence, total_variation
from wganlib.distances.measures import Histogram, Measure, Points, on_common_support
from wganlib.distances.transport import wasserstein_1

LOG2 = math.log(2.0)

#: The largest n of most sequences. Far beyond it the distances are rounding.
LARGEST = 1_000_000


class Distances(NamedTuple):
    """How far a measure P_n is from P, in five ways.

    Attributes
    ----------
    kl : float
        KL(P_n || P), in nats; may be infinite, as may the next.
    reverse_kl : float
        KL(P || P_n), in nats.
    js : float
        Jensen-Shannon divergence, in nats: between 0 and log 2.
    tv : float
        Total variation distance: between 0 and 1.
    w1 : float
        Wasserstein-1 distance, in the unit of the line.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganbook as book
    >>> import wganlib as wg
    >>> far = book.measure_sequence("shifting atom").distances(4)
    >>> isinstance(far, book.Distances), far.tv, far.w1
    (True, 1.0, 0.25)
    """

    kl: float
    reverse_kl: float
    js: float
    tv: float
    w1: float


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


# --- measures ------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class MeasureSequence:
    """A sequence P_1, P_2, … of measures on a line, and the measure P it may converge to.

    Made by :func:`measure_sequence`.

    Attributes
    ----------
    name : str
        What it is called.
    lesson : str
        What it shows, in a sentence.
    compact : bool
        Whether all its measures live on one bounded interval, as Theorem 2 assumes.
    limit : Measure
        The measure P.
    limits : Distances
        What its distances tend to as n grows; P_n converges where it is 0.
    largest : int
        The largest n that there are numbers for.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 2.

    Examples
    --------
    >>> import wganbook as book
    >>> leak = book.measure_sequence("leaking mass")
    >>> isinstance(leak, book.MeasureSequence), leak.term(4).weights
    (True, array([0.75, 0.25]))
    >>> leak.distances(4).kl, round(leak.exact(4).reverse_kl, 6)
    (inf, 0.287682)
    """

    name: str
    lesson: str
    compact: bool
    limit: Measure
    limits: Distances
    _term: Callable[[int], Measure] = field(repr=False)
    _exact: Callable[[int], Distances] = field(repr=False)

    def __reduce__(self) -> Any:
        return measure_sequence, (self.name,)

    largest: int = LARGEST

    def term(self, n: int) -> Measure:
        """Return P_n, for n from 1 to ``largest``."""
        return self._term(check.integer(n, "n", at_least=1, at_most=self.largest))

    def distances(self, n: int) -> Distances:
        """Return the distances of P_n and P, computed from the measures."""
        return _computed(self.term(n), self.limit)

    def exact(self, n: int) -> Distances:
        """Return the distances of P_n and P, by their formulas."""
        return self._exact(check.integer(n, "n", at_least=1, at_most=self.largest))


def _computed(p: Measure, q: Measure) -> Distances:
    if isinstance(p, Points) and isinstance(q, Points):
        mass_p, mass_q, _ = on_common_support(p.points, q.points, p.weights, q.weights)
        transport = wasserstein_1(p.points, q.points, p.weights, q.weights)
    elif isinstance(p, Histogram) and isinstance(q, Histogram):
        mass_p, mass_q, transport = _on_common_bins(p, q)
    else:
        raise TypeError(f"p: expected two point sets or two histograms, got {check.describe(p)}")
    return Distances(
        kl=kl_divergence(mass_p, mass_q),
        reverse_kl=kl_divergence(mass_q, mass_p),
        js=js_divergence(mass_p, mass_q),
        tv=total_variation(mass_p, mass_q),
        w1=transport,
    )


def _on_common_bins(p: Histogram, q: Histogram) -> tuple[FloatArray, FloatArray, float]:
    """Return the masses in bins that both are constant on, and the area between the CDFs."""
    edges = np.unique(np.concatenate([p.edges, q.edges]))
    middles, widths = (edges[:-1] + edges[1:]) / 2.0, np.diff(edges)
    mass_p, mass_q = (each.density(middles) * widths for each in (p, q))
    gap = np.concatenate([[0.0], np.cumsum(mass_p - mass_q)])
    left, right = np.abs(gap[:-1]), np.abs(gap[1:])
    crosses = gap[:-1] * gap[1:] < 0
    # A trapezium, or two triangles where the sign changes.
    area = np.where(crosses, (left**2 + right**2) / np.maximum(left + right, 5e-324), left + right)
    return mass_p, mass_q, float(area @ widths) / 2.0


_UNIFORM = Histogram([0.0, 1.0], [1.0])


def _entropy(x: float) -> float:
    """Return x log x, and 0 at 0."""
    return x * math.log(x) if x > 0.0 else 0.0


def _log1m(x: float) -> float:
    """Return -log(1 - x), infinite at 1."""
    return -math.log1p(-x) if x < 1.0 else math.inf


def _js_of_a_leak(share: float) -> float:
    """JS of a measure that has lost a share of its mass to where the other has none."""
    return 0.5 * (_entropy(1.0 - share) + share * LOG2) - _entropy(1.0 - share / 2.0)


def _js_two_sets(p: float, q: float) -> float:
    """JS of measures that differ only in the masses p and q of one set, in proportion within."""
    middle = (p + q) / 2.0
    return (
        0.5 * (_entropy(p) + _entropy(1.0 - p) + _entropy(q) + _entropy(1.0 - q))
        - _entropy(middle)
        - _entropy(1.0 - middle)
    )


def _kl_two_sets(p: float, q: float) -> float:
    """KL of measures that differ only in the masses p and q of one set, in proportion within."""
    return sum(
        here * math.log(here / there) for here, there in ((p, q), (1.0 - p, 1.0 - q)) if here > 0.0
    )


def _leaking(n: int) -> Measure:
    return Points([0.0, 1.0], [1.0 - 1.0 / n, 1.0 / n])


def _escaping(n: int) -> Measure:
    return Points([0.0, float(n)], [1.0 - 1.0 / n, 1.0 / n])


def _shrinking(n: int) -> Measure:
    return Histogram([0.0, n / (n + 1.0)], [1.0])


def _sliding(n: int) -> Measure:
    return Histogram([1.0 / n, 1.0 + 1.0 / n], [1.0])


def _tilting(n: int) -> Measure:
    return Points([0.0, 1.0], [0.5 + 0.25 / n, 0.5 - 0.25 / n])


def _spike_width(n: int) -> float:
    return math.exp(-(n + 1.0))


def _spike(n: int) -> Measure:
    share = 1.0 / (n + 1.0)
    return Histogram([0.0, _spike_width(n), 1.0], [share, 1.0 - share])


def _comb(n: int) -> Measure:
    return Histogram(np.arange(2 * n + 1) / (2.0 * n), np.tile([0.75, 0.25], n) / n)


def _spike_distances(n: int) -> Distances:
    share, width = 1.0 / (n + 1.0), _spike_width(n)
    return Distances(
        kl=_kl_two_sets(share, width),
        reverse_kl=_kl_two_sets(width, share),
        js=_js_two_sets(share, width),
        tv=share - width,
        w1=0.5 * (share - width),
    )


def _comb_distances(n: int) -> Distances:
    high, low = 1.5, 0.5
    kl = 0.5 * (_entropy(high) + _entropy(low))
    middle = 0.5 * (_entropy((1.0 + high) / 2.0) + _entropy((1.0 + low) / 2.0))
    return Distances(kl, -0.5 * math.log(high * low), 0.5 * kl - middle, 0.25, 1.0 / (8.0 * n))


def _tilting_distances(n: int) -> Distances:
    p = 0.5 + 0.25 / n
    return Distances(
        _kl_two_sets(p, 0.5), _kl_two_sets(0.5, p), _js_two_sets(p, 0.5), 0.25 / n, 0.25 / n
    )


_ALL_ZERO = Distances(0.0, 0.0, 0.0, 0.0, 0.0)

_MEASURES: dict[str, MeasureSequence] = {
    sequence.name: sequence
    for sequence in (
        MeasureSequence(
            "shifting atom",
            "W goes to 0, and nothing else moves: an atom at 1/n approaches one at 0.",
            True,
            Points([0.0]),
            Distances(math.inf, math.inf, LOG2, 1.0, 0.0),
            lambda n: Points([1.0 / n]),
            lambda n: Distances(math.inf, math.inf, LOG2, 1.0, 1.0 / n),
        ),
        MeasureSequence(
            "comb",
            "W goes to 0 and TV does not, with densities on one support and finite KL: "
            "teeth of heights 3/2 and 1/2, ever finer, approach the uniform distribution.",
            True,
            _UNIFORM,
            _comb_distances(1)._replace(w1=0.0),
            _comb,
            _comb_distances,
        ),
        MeasureSequence(
            "leaking mass",
            "TV and JS go to 0, KL(P_n || P) is infinite: P_n has mass 1/n where P has none.",
            True,
            Points([0.0]),
            Distances(math.inf, 0.0, 0.0, 0.0, 0.0),
            _leaking,
            lambda n: Distances(
                math.inf, _log1m(1.0 / n), _js_of_a_leak(1.0 / n), 1.0 / n, 1.0 / n
            ),
        ),
        MeasureSequence(
            "shrinking interval",
            "TV, JS and KL(P_n || P) go to 0, KL(P || P_n) is infinite: P has mass where P_n "
            "has none.",
            True,
            _UNIFORM,
            Distances(0.0, math.inf, 0.0, 0.0, 0.0),
            _shrinking,
            lambda n: Distances(
                math.log1p(1.0 / n),
                math.inf,
                _js_of_a_leak(1.0 / (n + 1.0)),
                1.0 / (n + 1.0),
                0.5 / (n + 1.0),
            ),
        ),
        MeasureSequence(
            "sliding interval",
            "TV and JS go to 0, and KL is infinite both ways: an interval moves into place.",
            True,
            _UNIFORM,
            Distances(math.inf, math.inf, 0.0, 0.0, 0.0),
            _sliding,
            lambda n: Distances(math.inf, math.inf, LOG2 / n, 1.0 / n, 1.0 / n),
        ),
        MeasureSequence(
            "spike",
            "TV, JS and KL(P || P_n) go to 0, and KL(P_n || P) is finite but goes to 1: mass "
            "1/(n+1) stands on an interval that P gives only e^-(n+1).",
            True,
            _UNIFORM,
            Distances(1.0, 0.0, 0.0, 0.0, 0.0),
            _spike,
            _spike_distances,
            largest=700,  # the spike's width is still a float
        ),
        MeasureSequence(
            "tilting scales",
            "Everything goes to 0: two atoms whose masses level out.",
            True,
            Points([0.0, 1.0]),
            _ALL_ZERO,
            _tilting,
            _tilting_distances,
        ),
        MeasureSequence(
            "escaping mass",
            "Without compactness TV and even KL(P || P_n) go to 0 while W does not: mass 1/n "
            "at distance n.",
            False,
            Points([0.0]),
            Distances(math.inf, 0.0, 0.0, 0.0, 1.0),
            _escaping,
            lambda n: Distances(math.inf, _log1m(1.0 / n), _js_of_a_leak(1.0 / n), 1.0 / n, 1.0),
        ),
    )
}


def measure_sequence(name: str) -> MeasureSequence:
    """Look up a sequence of measures that separates convergences by its name.

    Parameters
    ----------
    name : str
        ``"shifting atom"``, ``"comb"``, ``"leaking mass"``, ``"shrinking interval"``,
        ``"sliding interval"``, ``"spike"``, ``"tilting scales"`` or ``"escaping mass"``.

    Returns
    -------
    MeasureSequence
        Its terms, its limit, and their distances.

    Raises
    ------
    TypeError, ValueError
        For anything that is not one of the names.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), theorem 2 and Example 1; Gibbs & Su (2002), On
    choosing and bounding probability metrics.

    Examples
    --------
    >>> import wganbook as book
    >>> [round(book.measure_sequence("escaping mass").distances(n).tv, 9) for n in (10, 1000)]
    [0.1, 0.001]
    >>> [round(book.measure_sequence("escaping mass").distances(n).w1, 9) for n in (10, 1000)]
    [1.0, 1.0]
    """
    return _MEASURES[check.one_of(name, "name", _MEASURES)]


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

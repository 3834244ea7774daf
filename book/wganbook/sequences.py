"""Sequences that tell the convergences apart: of measures on a line, and of functions.

Theorem 2 of the paper orders the ways in which measures can converge. That no arrow can be
turned round takes examples, and they are here, each with its distances twice: computed by
the library, and in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wganlib import _moved
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.divergences import js_divergence, kl_divergence, total_variation
from wganlib.distances.measures import Histogram, Measure, Points
from wganlib.distances.supports import on_common_support
from wganlib.distances.transport import wasserstein_1

if not TYPE_CHECKING:  # what has moved out is found, for one release more
    __getattr__ = _moved.elsewhere(__name__)


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

"""Whether this machine agrees with a kept study: fresh seeds, a rank test, stated error rates."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import rankdata

from wganlib import _validate
from wganlib.paper.study import Arrays, Kept

#: The chance that a machine which computes the same is told that it does not, per study.
FALSE_ALARM = 0.01
#: The permutations behind each probability.
SHUFFLES = 20_000


@dataclass(frozen=True)
class Agreement:
    """What fresh seeds say about a kept study.

    Attributes
    ----------
    study : str
    agrees : bool
        No quantity is told apart from the kept one, Holm's correction at 1 % in all.
    probabilities : dict of str to float
        Of a difference in ranks at least as large by chance, by quantity.
    seeds : int
        How many fresh ones there were.
    detectable : float
        The shift, in standard deviations of a quantity between seeds, that would be told with
        a chance of 90 %.
    """

    study: str
    agrees: bool
    probabilities: Mapping[str, float]
    seeds: int
    detectable: float


def check(kept: Kept, *, seeds: int | None = None, first: int = 1_000_000) -> Agreement:
    """Compute a study again with seeds that it has not seen, and compare what each run gave.

    Fresh and kept runs of a quantity are shuffled together: if this machine computes the same, any
    split is as likely as the one that happened. That needs no bell curve, takes failed
    runs (NaN, ranked last), and keeps the stated rate of false alarms.

    Parameters
    ----------
    kept : Kept
        From :func:`wganlib.paper.load`.
    seeds : int, optional
        How many; left out, what the study asks for.
    first : int, optional
        The first of them.

    Returns
    -------
    Agreement

    Raises
    ------
    TypeError, ValueError
        For seeds that the study has used, or so few that whatever they gave could not disagree.

    Source
    ------
    Wilcoxon (1945), Individual comparisons by ranking methods; Holm (1979), A simple sequentially
    rejective multiple test procedure.
    """
    study = kept.study
    if study.quantities is None:
        raise ValueError(
            f"study: expected one with seeds enough for a check, got {study.name}, which has "
            f"{len(kept.seeds)} and shows its runs without a verdict"
        )
    count = _validate.integer(study.check_seeds if seeds is None else seeds, "seeds", at_least=1)
    start = _validate.integer(first, "first", at_least=0)
    new = list(range(start, start + count))
    if set(new) & set(kept.seeds):
        raise ValueError(f"first: expected seeds that are new, got {start}, which the study used")
    before = study.quantities(kept.arrays)
    level = FALSE_ALARM / len(before)
    if not can_disagree(len(kept.seeds), count, level):
        need = next(n for n in itertools.count(count) if can_disagree(len(kept.seeds), n, level))
        raise ValueError(
            f"seeds: expected at least {need}, since fewer cannot disagree, got {count}"
        )
    settings = {**study.settings, "seeds": new}
    again: dict[str, Arrays | Mapping[str, npt.NDArray[Any]]] = {
        name: kept.arrays[name] if name in study.tuning else compute(settings, False)
        for name, compute in study.parts.items()
    }
    after = study.quantities(again)
    rng = np.random.default_rng(0)
    found = {name: probability(before[name], after[name], rng) for name in before}
    spread = math.sqrt((1 / count + 1 / len(kept.seeds)) * math.pi / 3)
    told = float(ndtri(1 - level / 2) + ndtri(0.9)) * spread
    # Holm rejects something exactly if the smallest probability is below the level over all.
    return Agreement(study.name, min(found.values()) > level, found, count, told)


def can_disagree(kept: int, fresh: int, level: float) -> bool:
    """Whether two samples of these sizes, wholly apart, are told apart at a level.

    Examples
    --------
    >>> from wganlib.paper.agree import can_disagree
    >>> [can_disagree(5, fresh, 0.01) for fresh in (4, 5)]
    [False, True]
    """
    return 2 / math.comb(kept + fresh, fresh) <= level


def probability(kept: npt.ArrayLike, fresh: npt.ArrayLike, rng: np.random.Generator) -> float:
    """Return how often a shuffle separates two samples' mean ranks as far as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.paper.agree import probability
    >>> probability(np.arange(32), np.arange(8) + 100, np.random.default_rng(0)) < 1e-3
    True
    >>> probability(np.arange(32), np.arange(8) + 12, np.random.default_rng(0)) > 0.5
    True
    """
    one, two = np.ravel(kept), np.ravel(fresh)
    pooled = np.concatenate([one, two]).astype(float)
    pooled[np.isnan(pooled)] = np.inf
    ranks = rankdata(pooled)
    middle = ranks.mean()
    # Half ranks are exact in binary, so a shuffle that ties with what was seen is counted.
    seen = abs(ranks[one.size :].sum() - two.size * middle)
    order = rng.permuted(np.tile(ranks, (SHUFFLES, 1)), axis=1)[:, : two.size]
    return float((1 + (np.abs(order.sum(1) - two.size * middle) >= seen).sum()) / (1 + SHUFFLES))

"""The paper, claim by claim: what the book must measure, and what a chapter measured.

A chapter calls :func:`record` where it has the numbers. The call shows them to the reader
as a card, and leaves them in the executed notebook, from which the book's ledger page is
generated. So the ledger can only say what was measured in the build that it belongs to.
"""

from __future__ import annotations

import functools
import html
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

import numpy as np

from wganlib import _validate as check

#: *Undecided*: the interval straddles the margin. *Answered*: the row is a question.
VERDICTS = ("reproduced", "scaled down", "differs", "undecided", "answered")


#: A number this small is rounding, which differs between processors.
TINY = 1e-9
ROUNDING = "below 1e-9"
#: Significant digits of a number that is kept; the last ones of a float are rounding.
DIGITS = 8


@dataclass(frozen=True)
class Claim:
    """One statement of the paper or of its literature, and the chapter that measures it.

    Parameters
    ----------
    id : str
        Short name, such as ``"E1"``.
    claim : str
        The statement, in the book's words.
    source : str
        Where it stands in the paper.
    chapter : str
        File name, without ending, of the chapter that measures it.
    also : tuple of str
        Other chapters that measure it, on other data.

    Examples
    --------
    >>> from wganbook.claims import catalogue
    >>> catalogue()["E1"].source
    'Example 1'
    >>> catalogue()["S1a"].chapters
    ('mode-collapse', 'stability')
    """

    id: str
    claim: str
    source: str
    chapter: str
    also: tuple[str, ...] = ()

    @property
    def chapters(self) -> tuple[str, ...]:
        """Return every chapter that measures it."""
        return (self.chapter, *self.also)


@functools.cache
def catalogue() -> dict[str, Claim]:
    """Return every claim that the book answers for, by id, in the book's order.

    Returns
    -------
    dict of str to Claim

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Wasserstein GAN.

    Examples
    --------
    >>> from wganbook.claims import catalogue
    >>> list(catalogue())[:3]
    ['L1', 'L2', 'L3a']
    """
    text = resources.files("wganbook").joinpath("claims.json").read_text(encoding="utf-8")
    rows = [{**row, "also": tuple(row.get("also", ()))} for row in json.loads(text)]
    return {row["id"]: Claim(**row) for row in rows}


@dataclass(frozen=True)
class Measurement:
    """What a chapter measured for one claim: shown as a card, collected by the ledger.

    Parameters
    ----------
    id : str
        The claim's id.
    values : dict of str to float or str
        Named results, as printed.
    verdict : str
        One of :data:`VERDICTS`.
    note : str
        How it was measured; why it differs, where it does.
    seeds : int
        Number of independent seeds behind the values; 0 for a deterministic result.
    version : str
        Version of wganlib that measured.
    sentence : str
        The result in one plain sentence.
    study : str
        The kept study that it rests on; empty for what was measured in this build.

    Examples
    --------
    >>> from wganbook import record
    >>> record("E1", {"largest error": 2e-16}, holds=True).verdict
    'reproduced'
    """

    id: str
    values: dict[str, float | str]
    verdict: str
    note: str
    seeds: int
    version: str
    sentence: str = ""
    study: str = ""

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        shown = "; ".join(f"{name}: {format_value(value)}" for name, value in self.values.items())
        claim = catalogue()[self.id].claim
        slug = self.verdict.replace(" ", "-")
        plain = f"Claim {self.id} ({self.verdict}): {self.sentence or shown}"
        where = f"From the study {self.study}" if self.study else "Measured here"
        result = f"<p>{html.escape(self.sentence)}</p>" if self.sentence else ""
        card = (
            f'<aside class="wg-claim" aria-label="Claim {self.id}: {self.verdict}">'
            f'<p><strong>Claim {self.id}, <span class="wg-verdict wg-{slug}">'
            f"{self.verdict}</span>.</strong> "
            f"{html.escape(claim)}</p>"
            f"{result}<p>{where}: {html.escape(shown)}.</p></aside>"
        )
        return {"text/html": card, "text/plain": plain}, {"wganlib": {"claim": self.to_json()}}

    def to_json(self) -> dict[str, Any]:
        """Return the measurement as JSON can hold it: infinity as the text "∞", in order."""
        values = [
            [name, format_value(value) if value in (math.inf, -math.inf) else value]
            for name, value in self.values.items()
        ]
        return {**asdict(self), "values": values}


def format_value(value: float | str) -> str:
    """Write a measured value as the cards and the ledger show it.

    Parameters
    ----------
    value : float or str

    Returns
    -------
    str
        Whole numbers in full, others with three significant digits, infinity as ∞.

    Examples
    --------
    >>> from wganbook.claims import format_value
    >>> format_value(0.69314718), format_value(41), format_value(float("inf"))
    ('0.693', '41', '∞')
    """
    if isinstance(value, str):
        return value
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}"


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected True or False, got {check.describe(value)}")
    return bool(value)


def _named(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"values: expected names that are text, got {check.describe(name)}")
    return name


def _measured(value: Any, name: str) -> float | str:
    """Return a measured value as a Python float, infinity included, or as the text it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, (float, np.floating)) and math.isnan(value):
        raise ValueError(f"values: expected numbers, got NaN for {name!r}")
    number = check.extended_real(value, f"values: for {name!r}")
    if isinstance(value, (float, np.floating)) and abs(number) < TINY:
        return ROUNDING
    return float(f"{number:.{DIGITS}g}")


def record(
    claim: str,
    values: Mapping[str, float | str],
    *,
    holds: bool,
    scaled_down: bool = False,
    note: str = "",
    seeds: int = 0,
    sentence: str = "",
) -> Measurement:
    """Record what was measured for a claim: the last line of a chapter's cell.

    Parameters
    ----------
    claim : str
        Id of a claim in :func:`catalogue`.
    values : mapping of str to float or str
        The measured numbers, by the name the reader sees. At least one; NaN is refused.
    holds : bool
        Whether the numbers agree with the claim, computed from them by the caller.
    scaled_down : bool, optional
        The claim was tested on a smaller problem than the paper's.
    note : str, optional
        How it was measured. Needed where the claim does not hold: say why.
    seeds : int, optional
        How many independent seeds are behind the values; 0 if nothing is random.
    sentence : str, optional
        The result in one plain sentence, for the ledger.

    Returns
    -------
    Measurement

    Raises
    ------
    ValueError
        For an unknown claim, no values, a NaN, or a claim that fails without a note.
    TypeError
        For a value that is neither a number nor text, a name or note that is not text, and
        flags that are not bools.

    Source
    ------
    The claims are listed in ``wganbook/claims.json``.

    Examples
    --------
    >>> from wganbook import record
    >>> m = record("D3", {"JS": 0.6931, "KL": float("inf")}, holds=True)
    >>> m.verdict, m.values["KL"]
    ('reproduced', inf)
    """
    from wganlib import __version__

    check.one_of(claim, "claim", catalogue())
    if not isinstance(values, Mapping):
        raise TypeError(
            f"values: expected a mapping of names to numbers, got {check.describe(values)}"
        )
    if not values:
        raise ValueError("values: expected at least one measured number, got none")
    holds, scaled_down = _flag(holds, "holds"), _flag(scaled_down, "scaled_down")
    for name, text in (("note", note), ("sentence", sentence)):
        if not isinstance(text, str):
            raise TypeError(f"{name}: expected text, got {check.describe(text)}")
    if not holds and not note.strip():
        raise ValueError("note: expected the reason why the claim does not hold, got nothing")
    plain = {_named(name): _measured(value, name) for name, value in values.items()}
    verdict = "differs" if not holds else "scaled down" if scaled_down else "reproduced"
    count = check.integer(seeds, "seeds", at_least=0)
    return Measurement(claim, plain, verdict, note, count, __version__, sentence)


def measurement(claim: str, finding: Any, *, study: str) -> Measurement:
    """Return what a kept study says of a claim, as a chapter shows it.

    Parameters
    ----------
    claim : str
        Id of a claim in :func:`catalogue`.
    finding : wganlib.paper.Finding
    study : str
        Its name.
    """
    from wganlib import __version__

    check.one_of(claim, "claim", catalogue())
    return Measurement(
        claim,
        dict(finding.values),
        finding.verdict,
        finding.note,
        finding.seeds,
        __version__,
        finding.sentence,
        study,
    )

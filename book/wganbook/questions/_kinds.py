"""What a question is, and what a reader hears of an answer."""

from __future__ import annotations

import html
import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exercise:
    """A question with a number for an answer.

    Parameters
    ----------
    answer : callable
        Computes the right number, when asked.
    tolerance : float
        How far an answer may be off, absolutely.
    slips : mapping of str to callable
        What a common mistake gives: the hint to show, and the number it leads to.

    Examples
    --------
    >>> from wganbook.questions import Exercise
    >>> Exercise(lambda: 2.0, tolerance=0.1).answer()
    2.0
    """

    answer: Callable[[], float]
    tolerance: float = 5e-3
    slips: Mapping[str, Callable[[], float]] = field(default_factory=dict)

    def near(self, given: float, target: float) -> bool:
        """Say whether a given number is the target, infinity being equal to itself alone."""
        if math.isinf(given) or math.isinf(target):
            return given == target
        return abs(given - target) <= self.tolerance


@dataclass(frozen=True)
class Choice:
    """A question with one of some names for an answer.

    Parameters
    ----------
    answer : str
        The right name.
    hints : mapping of str to str
        For every other name, why it does not fit.

    Examples
    --------
    >>> from wganbook.questions import Choice
    >>> Choice("heads", {"tails": "Look at the other side."}).names
    ('heads', 'tails')
    """

    answer: str
    hints: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """What there is to choose from, in alphabetical order."""
        return tuple(sorted([self.answer, *self.hints]))


@dataclass(frozen=True)
class Question:
    """One question of the quiz.

    Parameters
    ----------
    part : str
        The chapter it is about.
    depth : str
        "recall", "apply" or "prove".
    text : str
        The question, in plain Unicode.
    task : str or Choice
        Name of an exercise whose answer is a number, or what there is to choose from.
    why : str
        The solution, in a sentence or two.
    """

    part: str
    depth: str
    text: str
    task: str | Choice
    why: str


@dataclass(frozen=True)
class Feedback:
    """What the checker says of an answer.

    Parameters
    ----------
    right : bool or None
        ``None`` while nothing has been answered.
    text : str
    question : str, optional
        Name of a question that waits for its answer: shown as a form to answer it in.

    Examples
    --------
    >>> from wganbook import check_answer
    >>> check_answer("js-of-disjoint", None).right is None
    True
    """

    right: bool | None
    text: str
    question: str | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        if self.question is None:
            return None
        # By name and only now: what describes a question loads nothing that shows one.
        widgets = importlib.import_module("wganbook.widgets")
        data, metadata = widgets.Answer(self.question)._repr_mimebundle_(**options)
        return data | {"text/plain": self.text}, metadata

    def _repr_html_(self) -> str:
        return f'<div class="wg-feedback" role="status">{html.escape(self.text)}</div>'

"""Answers that check themselves: a reader's answer, compared with one the library computes.

Chapters end with questions; a cell such as ``check_answer("js-of-disjoint", my_answer)``
says whether the answer is right and, for the slips that people make, which slip it was.
The questions of a chapter live in the module that has the chapter's name, as what its
functions ``exercises`` (a number for an answer) and ``choices`` (a name) return; what the quiz
asks about it is there too, as ``QUIZ``. What these
modules need beyond NumPy is imported when an answer is computed, so that checking an answer
about distances does not load torch.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from typing import Any

import numpy as np

from wganbook.questions._kinds import Choice, Exercise, Feedback
from wganbook.questions._numbers import given_number
from wganlib import _validate as check

__all__ = ["CHOICES", "EXERCISES", "Choice", "Exercise", "Feedback", "check_answer", "check_choice"]

#: Every question of the book whose answer is a number, by name.
EXERCISES: dict[str, Exercise] = {}

#: Every question of the book whose answer is a name.
CHOICES: dict[str, Choice] = {}

for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        _chapter = importlib.import_module(f"{__name__}.{_module.name}")
        EXERCISES.update(_chapter.exercises())
        if hasattr(_chapter, "choices"):
            CHOICES.update(_chapter.choices())


def check_answer(exercise: str, answer: Any) -> Feedback:
    """Compare a reader's answer with the one that the library computes.

    Parameters
    ----------
    exercise : str
        Name of an exercise, as printed beside the question.
    answer : float or str or None
        The reader's number, or a text of one such as ``"log 2"`` or ``"1/2"``, by the rules of
        ``wganbook.questions._numbers``; ``None`` stands for "not yet".

    Returns
    -------
    Feedback
        With ``right`` True, False, or None for no answer yet, and a sentence.

    Raises
    ------
    ValueError
        If there is no such exercise, the number is too large for a float, or the text is none.
    TypeError
        If the answer is neither a number nor a text.

    Source
    ------
    Every expected value is computed by this library when it is asked for, never stored.

    Examples
    --------
    >>> from wganbook import check_answer
    >>> check_answer("js-of-disjoint", 0.693)
    Right.
    >>> check_answer("js-of-disjoint", "log 2")
    Right.
    >>> check_answer("js-of-disjoint", 1.386)
    Not yet. That is the sum without the factor ½ in front of each KL term.
    """
    task = EXERCISES[check.one_of(exercise, "exercise", EXERCISES)]
    if answer is None:
        told = "Put your answer in place of None and run this cell, or answer in the form."
        return Feedback(None, told, exercise)
    if isinstance(answer, (float, np.floating)) and math.isnan(answer):
        return Feedback(False, "Not yet. That is NaN: something like 0/0 or ∞ − ∞ was computed.")
    given = given_number(answer, "answer")
    if task.near(given, task.answer()):
        return Feedback(True, "Right.")
    for hint, slip in task.slips.items():
        if task.near(given, slip()):
            return Feedback(False, f"Not yet. {hint}")
    return Feedback(False, "Not yet. Compare with the definition, or unfold the solution.")


def check_choice(exercise: str, answer: str | None) -> Feedback:
    """Compare the name that a reader chose with the right one.

    Parameters
    ----------
    exercise : str
        Name of a question, as printed beside it.
    answer : str or None
        One of the names listed there; ``None`` stands for "not yet".

    Returns
    -------
    Feedback
        With ``right`` True, False, or None for no answer yet, and why a wrong one does not fit.

    Raises
    ------
    ValueError
        If there is no such question or no such name, with the nearest one.
    TypeError
        If the answer is not a text.

    Source
    ------
    The patients are trained by ``wganbook.figures.spot_the_bug``, which knows what ails each.

    Examples
    --------
    >>> from wganbook import check_choice
    >>> check_choice("patient-1", "sigmoid")
    Not yet. Behind a sigmoid the estimate could not pass 1.
    """
    task = CHOICES[check.one_of(exercise, "exercise", CHOICES)]
    if answer is None:
        told = f"Put one of these in place of None: {', '.join(task.names)}."
        return Feedback(None, told, exercise)
    if check.one_of(answer, "answer", task.names) == task.answer:
        return Feedback(True, "Right.")
    return Feedback(False, f"Not yet. {task.hints[answer]}")

"""What the front end needs to check an answer, worked out by the library."""

from __future__ import annotations

import math
from typing import Any

from wganbook.questions import CHOICES, EXERCISES, Choice


def plain(number: float) -> float | str:
    """Return what JSON can hold: infinity as a sign."""
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    return number


def choice_task(task: Choice) -> dict[str, Any]:
    """Return the options of a question, with what is said of each."""
    return {
        "kind": "choice",
        "options": [
            {"text": name, "hint": task.hints.get(name), "right": name == task.answer}
            for name in task.names
        ],
    }


def number_task(exercise: str) -> dict[str, Any]:
    """Return the answer, its tolerance and the slips of an exercise, computed now."""
    task = EXERCISES[exercise]
    return {
        "kind": "number",
        "answer": plain(task.answer()),
        "tolerance": task.tolerance,
        "slips": [[plain(slip()), hint] for hint, slip in task.slips.items()],
    }


def task_of(name: str) -> dict[str, Any]:
    """Return a chapter's question by its name, of either kind."""
    task = choice_task(CHOICES[name]) if name in CHOICES else number_task(name)
    return {"name": name, **task}

"""The questions of the quiz, over the whole book: ``QUIZ`` of each chapter's module, in order.

A number is asked for by the name of an exercise of that chapter, whose answer and slips are
computed there; a choice brings its own reasons.
"""

from __future__ import annotations

import importlib

from wganbook.questions._kinds import Question

#: What a question asks for, from remembering to arguing.
DEPTHS = ("recall", "apply", "prove")

#: Where questions come from, in the order of the book, with the heading in the quiz.
PARTS = {
    "four-distances": "Four distances",
    "earth-mover": "The earth mover’s distance",
    "parallel-lines": "Two parallel lines",
    "duality": "Duality",
    "why-gans-are-hard": "Why GANs are hard to train",
    "optimal-critic": "The optimal critic",
    "training-a-wgan": "Training a WGAN",
    "lipschitz": "Keeping a critic honest",
    "mode-collapse": "Mode collapse",
    "spot-the-bug": "What is wrong with this WGAN?",
    "learning-a-distribution": "Learning a distribution",
    "convergence": "Convergence",
    "continuity": "Continuity",
    "relatives": "Relatives",
    "other-duals": "Other duals",
}


def questions() -> dict[str, Question]:
    """Return all questions, by name, in the order of the book."""
    found: dict[str, Question] = {}
    for part in PARTS:
        chapter = importlib.import_module(f"wganbook.questions.{part.replace('-', '_')}")
        for name, question in chapter.QUIZ.items():
            if question.part != part or question.depth not in DEPTHS or name in found:
                raise ValueError(f"{name}: expected a new name, part {part} and a depth")
            found[name] = question
    return found

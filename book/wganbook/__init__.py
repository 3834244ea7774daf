"""The book's own package: what its chapters show, ask and stand on.

``figures``    one module a chapter, of the chapter's own name: moving figures as scenes
``questions``  one module a chapter: exercises with answers that are computed, and the quiz
``scene``      what a moving figure is, of ``marks``;  ``plots`` draws one;  ``widgets`` show one
``claims``     the ledger's rows, and what a chapter records for one
``evidence``   studies that were computed once and are kept: arrays, and rows of the ledger
``numbers``    numbers in sentences, read from those studies
``tables``     results as tables, with units and the winner marked;  ``pictures`` samples in rows
``sequences``  sequences of measures, and ``function_sequences``, that separate convergences
``results``    the kept results, one folder a study
"""

from __future__ import annotations

from wganlib._lazy import attach

_HOMES: dict[str, tuple[str, ...]] = {
    "claims": ("record",),
    "plots": ("draw",),
    "questions": (
        "check_answer",
        "check_choice",
    ),
    "function_sequences": (
        "FunctionSequence",
        "Norms",
        "function_sequence",
    ),
    "scene": ("Scene",),
    "sequences": (
        "Distances",
        "MeasureSequence",
        "measure_sequence",
    ),
    "widgets": (
        "MovingBoxes",
        "Pick",
        "Quiz",
        "Sketch",
        "SliderFigure",
        "Workshop",
    ),
}

__getattr__, __dir__, __all__ = attach(
    __name__, _HOMES, ("evidence", "figures", "numbers", "questions", "tables")
)

"""A question of a chapter, answered where it stands."""

from __future__ import annotations

import html
from typing import Any

import anywidget
import traitlets

from wganbook.questions import CHOICES, EXERCISES, Feedback, check_answer, check_choice
from wganbook.questions._numbers import given_number
from wganbook.widgets._bundle import bundle
from wganbook.widgets._fallback import Bundled, style
from wganbook.widgets._tasks import plain, task_of
from wganlib import _validate as check


class Answer(Bundled, anywidget.AnyWidget):
    """A field, or buttons, for the answer to one question, and what the checker says of it.

    Parameters
    ----------
    exercise : str
        Name of a question of a chapter, as printed beside it.

    Attributes
    ----------
    given : float or str or None
        The last answer, a number or the name that was chosen; follows the reader, and answers
        when set. A number may be written as a text, such as ``"log 2"``.

    Raises
    ------
    TypeError, ValueError
        For anything that is not the name of a question, or no answer to it.

    Source
    ------
    The chapters' exercises, ``wganbook.questions``.

    Examples
    --------
    >>> from wganbook.widgets import Answer
    >>> answer = Answer("js-of-disjoint")
    >>> answer.given = "2 log 2"
    >>> answer.feedback
    Not yet. That is the sum without the factor ½ in front of each KL term.
    """

    _esm = bundle("answer.mjs")
    _css = style()
    task = traitlets.Dict().tag(sync=True)
    given: Any = traitlets.TraitType(default_value=None, allow_none=True).tag(
        sync=True, to_json=lambda given, _: plain(given) if isinstance(given, float) else given
    )

    def __init__(self, exercise: str, **options: Any) -> None:
        self._name = check.one_of(exercise, "exercise", [*EXERCISES, *CHOICES])
        super().__init__(task=task_of(self._name), **options)

    @traitlets.validate("given")
    def _given_fits(self, proposal: dict[str, Any]) -> float | str | None:
        value = proposal["value"]
        if value is None:
            return None
        if self._name in CHOICES:
            return check.one_of(value, "given", CHOICES[self._name].names)
        return given_number(value, "given")

    @property
    def feedback(self) -> Feedback:
        """Return what the checker says of the present answer."""
        if self._name in CHOICES:
            return check_choice(self._name, self.given)
        return check_answer(self._name, self.given)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        shown = super()._repr_mimebundle_(**options)
        if shown is None:
            return None
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        told = "Without scripts nothing is checked here: compare with the solution below."
        names = ", ".join(CHOICES[self._name].names) if self._name in CHOICES else ""
        listed = f" The answer is one of: {names}." if names else ""
        data["text/html"] = (
            f'<div class="wg-static wg-asked" data-wg-model="{self.model_id}">'
            f'<p class="wg-feedback">{html.escape(told + listed)}</p></div>'
        )
        data["text/plain"] = self.feedback.text
        return data, metadata

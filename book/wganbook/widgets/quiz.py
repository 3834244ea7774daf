"""The quiz: questions over the whole book that say at once what is right, and why."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from typing import Any

import anywidget
import traitlets

from wganbook.questions import EXERCISES, Choice, Feedback, check_answer
from wganbook.questions._bank import DEPTHS, PARTS, questions
from wganbook.questions._kinds import Question
from wganbook.questions._numbers import given_number
from wganbook.widgets._bundle import bundle
from wganbook.widgets._fallback import Bundled, style
from wganbook.widgets._tasks import choice_task, number_task, plain
from wganlib import _validate as check


def _task(question: Question) -> dict[str, Any]:
    """Return what the front end needs to check an answer, computed now."""
    task = question.task
    return choice_task(task) if isinstance(task, Choice) else number_task(task)


def _solution(question: Question) -> str:
    """Return the right answer and the reason, in one line."""
    task = question.task
    if isinstance(task, Choice):
        return f"“{task.answer}”. {question.why}"
    answer = EXERCISES[task].answer()
    shown = str(plain(answer)) if math.isinf(answer) else f"{answer:,.10g}"
    if len(shown) > 8 and not float(answer).is_integer():
        shown = f"{answer:.4g}"
    return f"{shown.replace('-', '−')}. {question.why}"


def _chosen(names: Iterable[str] | None, argument: str, known: Iterable[str]) -> list[str]:
    if names is None:
        return list(known)
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise TypeError(f"{argument}: expected names, in a list, got {check.describe(names)}")
    chosen = [check.one_of(name, argument, known) for name in names]
    if not chosen:
        raise ValueError(f"{argument}: expected at least one name, got none")
    return [name for name in known if name in chosen]


class Quiz(Bundled, anywidget.AnyWidget):
    """Questions over the whole book, or over parts of it.

    Numbers are checked to the tolerance of the chapter's exercise, and the usual slips are
    told apart; each wrong choice has its reason. On a page without a kernel the reader's own
    browser keeps the answers; nothing leaves it.

    Parameters
    ----------
    parts : iterable of str, optional
        Names of chapters, such as ``"duality"``. All if left out.
    depths : iterable of str, optional
        Of ``"recall"``, ``"apply"`` and ``"prove"``. All if left out.

    Attributes
    ----------
    answers : dict of str to str or float
        The last answer to each question that was tried, by the question's name: the words
        chosen, or the number. Follows the reader, and answers when set.

    Raises
    ------
    TypeError, ValueError
        For what is not a list of names, unknown names, and an empty choice of questions.

    Source
    ------
    The chapters' exercises, ``wganbook.questions``.

    Examples
    --------
    >>> from wganbook import Quiz
    >>> quiz = Quiz(parts=["four-distances"], depths=["recall", "apply"])
    >>> quiz.answers = {"infinite-one": "KL", "disjoint-js": 1.3863}
    >>> quiz.right, quiz.count
    (1, 4)
    >>> quiz.feedback("disjoint-js")
    Not yet. That is the sum without the factor ½ in front of each KL term.
    """

    _esm = bundle("quiz.mjs")
    _css = style()
    sections: Any = traitlets.List().tag(sync=True)
    answers: Any = traitlets.TraitType(default_value={}).tag(sync=True)

    def __init__(
        self,
        parts: Iterable[str] | None = None,
        depths: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        wanted_parts = _chosen(parts, "parts", PARTS)
        wanted_depths = _chosen(depths, "depths", DEPTHS)
        self._questions = {
            name: question
            for name, question in questions().items()
            if question.part in wanted_parts and question.depth in wanted_depths
        }
        if not self._questions:
            raise ValueError(f"depths: expected some that {', '.join(wanted_parts)} has, got none")
        super().__init__(sections=self._sections(), answers={}, **options)

    def _sections(self) -> list[dict[str, Any]]:
        """Return what the front end draws, part by part."""
        sections = []
        for part, title in PARTS.items():
            listed = [
                {
                    "name": name,
                    "depth": question.depth,
                    "text": question.text,
                    "solution": _solution(question),
                    **_task(question),
                }
                for name, question in self._questions.items()
                if question.part == part
            ]
            if listed:
                sections.append({"title": title, "questions": listed})
        return sections

    @traitlets.validate("answers")
    def _answers_fit(self, proposal: dict[str, Any]) -> dict[str, str | float]:
        value = proposal["value"]
        if not isinstance(value, Mapping):
            raise TypeError(f"answers: expected a dict by question, got {check.describe(value)}")
        kept: dict[str, str | float] = {}
        for key, given in value.items():
            name = check.one_of(key, "answers", self._questions)
            task = self._questions[name].task
            if isinstance(task, Choice):
                kept[name] = check.one_of(given, "answers", task.names)
            else:  # "∞" among them, which the front end sends for what JSON cannot hold
                kept[name] = given_number(given, "answers")
        return kept

    @property
    def count(self) -> int:
        """Return how many questions there are."""
        return len(self._questions)

    @property
    def right(self) -> int:
        """Return how many questions are answered right at present."""
        return sum(self.feedback(name).right is True for name in self.answers)

    def feedback(self, question: str) -> Feedback:
        """Say what the checker says of the present answer to a question.

        Parameters
        ----------
        question : str
            Its name, a key of ``answers``.

        Returns
        -------
        Feedback
            With ``right`` None where there is no answer yet.

        Raises
        ------
        TypeError, ValueError
            For anything that is not the name of one of the questions.
        """
        task = self._questions[check.one_of(question, "question", self._questions)].task
        given = self.answers.get(question)
        if given is None:
            return Feedback(None, "No answer yet.")
        if not isinstance(task, Choice):
            return check_answer(task, given)
        if given == task.answer:
            return Feedback(True, "Right.")
        return Feedback(False, f"Not yet. {task.hints[str(given)]}")

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        shown = super()._repr_mimebundle_(**options)
        if shown is None:
            return None
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        data["text/html"] = (
            f'<div class="wg-static" data-wg-model="{self.model_id}">{self._static()}</div>'
        )
        data["text/plain"] = f"A quiz of {self.count} questions."
        return data, metadata

    def _static(self) -> str:
        """Lay out the questions for a page without scripts: solutions fold by themselves."""
        parts, number = [], 0
        for section in self.sections:
            parts.append(f"<h3>{html.escape(section['title'])}</h3>")
            for question in section["questions"]:
                number += 1
                options = "".join(
                    f"<li>{html.escape(option['text'])}</li>"
                    for option in question.get("options", ())
                )
                parts.append(
                    f'<div class="wg-question"><p><strong>{number}.</strong> '
                    f"{html.escape(question['text'])} <em>({question['depth']})</em></p>"
                    + (f"<ul>{options}</ul>" if options else "")
                    + "<details><summary>Solution</summary>"
                    f"<p>{html.escape(question['solution'])}</p></details></div>"
                )
        return f'<div class="wg-questions">{"".join(parts)}</div>'

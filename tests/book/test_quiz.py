"""The quiz: every answer by the words of its question, every wrong one with its reason."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path

import pytest
import yaml

import wganbook as book
from tests.conftest import ROOT
from wganbook import Quiz, check_answer
from wganbook.questions import EXERCISES, Choice
from wganbook.questions._bank import DEPTHS, PARTS, questions

QUESTIONS = questions()
NUMBERS = [name for name, question in QUESTIONS.items() if isinstance(question.task, str)]
CHOICES = [name for name, question in QUESTIONS.items() if isinstance(question.task, Choice)]

#: The numbers, worked out from what the question says, by no function of the library.
BY_HAND = {
    "disjoint-js": (math.log(2) + math.log(2)) / 2,
    "two-dice": 1 / 2 - 1 / 6,
    "narrow-bells": (2 - 0) ** 2 / (2 * 0.25),
    "two-heaps": 0.75 * (1 - 0) + 0.25 * (4 - 1),
    "stretched": sum(2 * abs(-1 + (k + 0.5) / 500) for k in range(1000)) / 1000,
    "two-lines": 0.45 + 0.3,
    "strips": 0.05 / 0.2,
    "inner-pair": ((4 - 0) + (10 - 6)) / 2,
    "steeper-and-wider": 3 * 2 * 0.7,
    "gradient-of-em": (1 + 2) / 2,
    "coins": sum(
        p * math.log(p / (p + q)) + q * math.log(q / (p + q)) for p, q in ((0.8, 0.2), (0.2, 0.8))
    ),
    "pull": 0.02 * 5,
    "at-the-generated-mean": math.exp(-2) / (math.exp(-2) + 1),
    "best-slope": max((4 * s / 1000 - 5 * (s / 1000 - 1) ** 2, s / 1000) for s in range(3000))[1],
    "points-seen": 1000 * 5 * 64,
    "a-bound": 0.012 / 0.02,
    "smallest-k": 16 * 0.1 * 0.1 * math.sqrt(2),
    "one-layer": 0.01 * math.sqrt(64),
    "one-mode": sum(math.dist((2, 0), (2 * math.cos(a), 2 * math.sin(a)))
                    for a in (k * math.pi / 4 for k in range(8))) / 8,
    "out-of-the-box": 0.01 + 0.00005 / math.sqrt(0.01),
    "steep-images": math.sqrt(3 * 64 * 64),
    "stops-on-the-way": 4 * (2 / 4) ** 2,
}  # fmt: skip


def chapters() -> dict[str, None]:
    """The numbered chapters, in the order of the book."""
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    numbered = [part for part in parts if part.get("numbered")]
    files = (entry["file"] for part in numbered for entry in part["chapters"])
    return dict.fromkeys(Path(file).name for file in files)


# --- the questions -------------------------------------------------------------------


def test_the_whole_book_is_asked_about_in_three_depths():
    asked = {question.part for question in QUESTIONS.values()}
    # The two chapters on trainings that take a GPU have no questions here yet.
    assert set(chapters()) - asked <= {"images", "stability"}
    assert asked == set(PARTS)
    assert len(QUESTIONS) >= 24
    for depth in DEPTHS:
        assert sum(question.depth == depth for question in QUESTIONS.values()) >= 8
    for part in chapters().keys() & set(PARTS):
        assert sum(question.part == part for question in QUESTIONS.values()) >= 2


def test_questions_come_in_the_order_of_the_book():
    order = list(PARTS)
    assert order == [name for name in chapters() if name in PARTS]
    assert [q.part for q in QUESTIONS.values()] == sorted(
        (q.part for q in QUESTIONS.values()), key=order.index
    )


def test_no_exercise_is_asked_for_twice_and_all_exist():
    tasks = [QUESTIONS[name].task for name in NUMBERS]
    assert len(set(tasks)) == len(tasks)
    assert set(tasks) <= set(EXERCISES)
    texts = [question.text for question in QUESTIONS.values()]
    assert len(set(texts)) == len(texts)


def test_every_number_follows_from_the_words_of_its_question():
    assert set(BY_HAND) == set(NUMBERS)
    for name, expected in BY_HAND.items():
        task = EXERCISES[QUESTIONS[name].task]
        assert abs(task.answer() - expected) <= 0.1 * task.tolerance, name


@pytest.mark.parametrize("name", CHOICES)
def test_every_wrong_choice_has_a_reason_of_its_own(name):
    task = QUESTIONS[name].task
    assert len(task.names) >= 3
    assert task.answer not in task.hints
    hints = list(task.hints.values())
    assert len(set(hints)) >= len(hints) - 1  # TV and EM may fail for one reason
    for hint in hints:
        assert hint.endswith((".", "?"))
        assert "  " not in hint
        assert not hint.startswith("Not yet")


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_are_plain_text(name):
    """No TeX: nothing sets it in a widget, and a screen reader would spell it."""
    question = QUESTIONS[name]
    shown = [question.text, question.why]
    if isinstance(question.task, Choice):
        shown += [*question.task.names, *question.task.hints.values()]
    for text in shown:
        assert not re.search(r"[$\\{}^]|_(?!critic)|<[a-z]", text), text
        assert text == text.strip()
        assert "  " not in text
    assert question.text.endswith(("?", "…", ":")), question.text
    assert question.why.endswith(".")


# --- the widget ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> Quiz:
    return Quiz()


def flat(quiz: Quiz) -> dict[str, dict]:
    return {q["name"]: q for section in quiz.sections for q in section["questions"]}


def test_the_front_end_gets_what_the_exercises_compute(whole):
    shown = flat(whole)
    assert list(shown) == list(QUESTIONS)
    json.dumps(whole.sections, allow_nan=False)
    for name in NUMBERS:
        task = EXERCISES[QUESTIONS[name].task]
        assert shown[name]["answer"] == task.answer()
        assert shown[name]["tolerance"] == task.tolerance
        assert shown[name]["slips"] == [[slip(), hint] for hint, slip in task.slips.items()]
    for name in CHOICES:
        options = shown[name]["options"]
        assert [option["text"] for option in options if option["right"]] == [
            QUESTIONS[name].task.answer
        ]


def test_solutions_give_the_answer_first(whole):
    for name, question in flat(whole).items():
        first = question["solution"]
        if name in CHOICES:
            assert first.startswith(f"“{QUESTIONS[name].task.answer}”. ")
            continue
        given = re.match(r"−?[\d,]+(\.\d+)?(?=\. )", first)
        assert given, first
        number = float(given[0].replace("−", "-").replace(",", ""))
        exercise = EXERCISES[QUESTIONS[name].task]
        assert exercise.near(number, exercise.answer()), first


def test_right_and_wrong_answers_are_told_apart(whole):
    for name in CHOICES:
        task = QUESTIONS[name].task
        for option in task.names:
            whole.answers = {name: option}
            said = whole.feedback(name)
            assert said.right is (option == task.answer)
            assert said.text == ("Right." if said.right else f"Not yet. {task.hints[option]}")
            assert whole.right == int(option == task.answer)
    for name in NUMBERS:
        exercise = QUESTIONS[name].task
        slips = [slip() for slip in EXERCISES[exercise].slips.values()]
        for given in (EXERCISES[exercise].answer(), *slips, -77.0, math.inf):
            whole.answers = {name: given}
            assert whole.feedback(name) == check_answer(exercise, given)
    whole.answers = {}
    assert whole.right == 0
    assert whole.feedback("two-dice").right is None


def test_all_right(whole):
    whole.answers = {name: QUESTIONS[name].task.answer for name in CHOICES} | {
        name: EXERCISES[QUESTIONS[name].task].answer() for name in NUMBERS
    }
    assert whole.right == whole.count == len(QUESTIONS)
    whole.answers = {}


def test_parts_and_depths_choose():
    for part, depth in itertools.product(("duality", "relatives"), DEPTHS):
        expected = [n for n, q in QUESTIONS.items() if (q.part, q.depth) == (part, depth)]
        if expected:
            assert list(flat(Quiz([part], [depth]))) == expected
    assert list(flat(Quiz(depths=iter(["prove"])))) == [
        name for name, question in QUESTIONS.items() if question.depth == "prove"
    ]
    with pytest.raises(ValueError, match=r"^depths: expected some that relatives has"):
        Quiz(["relatives"], ["apply"])


def test_infinity_travels_as_a_sign():
    quiz = Quiz(["four-distances"])
    quiz.answers = {"narrow-bells": "∞"}
    assert quiz.answers == {"narrow-bells": math.inf}
    assert quiz.feedback("narrow-bells") == check_answer("kl-of-narrow-gaussians", math.inf)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (None, TypeError),
        (["infinite-one"], TypeError),
        ({"infinite-ones": "KL"}, ValueError),
        ({"infinite-one": "W"}, ValueError),
        ({"infinite-one": 1}, TypeError),
        ({"two-dice": "a third"}, ValueError),
        ({"two-dice": math.nan}, ValueError),
        ({"two-dice": None}, TypeError),
        ({"two-heaps": 1.5}, ValueError),
        ({1: 2}, TypeError),
    ],
)
def test_answers_that_fit_no_question_are_refused(bad, error):
    quiz = Quiz(["four-distances"])
    with pytest.raises(error, match=r"^answers: "):
        quiz.answers = bad
    assert quiz.answers == {}


# --- without scripts -----------------------------------------------------------------


def test_the_page_without_scripts_has_every_question_and_folded_solutions(whole):
    data, _ = whole._repr_mimebundle_()
    page = data["text/html"]
    assert f'data-wg-model="{whole.model_id}"' in page
    assert page.count("<details><summary>Solution</summary>") == len(QUESTIONS)
    assert "<details open" not in page
    assert page.count('<div class="wg-question">') == len(QUESTIONS)
    assert page.count("<li>") == sum(len(QUESTIONS[name].task.names) for name in CHOICES)
    assert page.count("<h3>") == len(PARTS)
    assert "fᵢ + gⱼ &lt; cᵢⱼ" in page
    assert data["text/plain"] == f"A quiz of {len(QUESTIONS)} questions."


def test_quiz_is_public():
    assert book.Quiz is Quiz

"""Questions whose answer is a name: every patient of the book, every guess."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from wganbook import check_choice
from wganbook.figures import spot_the_bug as bugs
from wganbook.questions import CHOICES, Choice


def test_each_patient_is_asked_for_once_in_the_chapter():
    text = (ROOT / "book" / "spot-the-bug.md").read_text("utf-8")
    asked = re.findall(r'check_choice\("(patient-\d)", (\w+)\)', text)
    assert [name for name, _ in asked] == list(CHOICES)
    for _, argument in asked:
        assert re.search(rf"^{argument} = None$", text, re.MULTILINE)


@pytest.mark.parametrize("number", bugs.PATIENTS)
def test_the_right_name_is_what_ails_the_patient(number):
    task = CHOICES[f"patient-{number}"]
    assert task.answer == bugs.PATIENTS[number].diagnosis
    assert task.names == tuple(bugs.DIAGNOSES)
    feedback = check_choice(f"patient-{number}", task.answer)
    assert feedback.right is True
    assert feedback.text == "Right."


@pytest.mark.parametrize("name", CHOICES)
def test_every_wrong_name_is_told_why_it_does_not_fit(name):
    task = CHOICES[name]
    assert set(task.hints) == set(bugs.DIAGNOSES) - {task.answer}
    for guess, hint in task.hints.items():
        feedback = check_choice(name, guess)
        assert feedback.right is False
        assert feedback.text == f"Not yet. {hint}"
        assert hint.endswith((".", "?"))
        assert "  " not in hint


def test_no_answer_yet_lists_the_names():
    feedback = check_choice("patient-1", None)
    assert feedback.right is None
    assert all(name in feedback.text for name in bugs.DIAGNOSES)


def test_near_misses_are_named():
    with pytest.raises(ValueError, match=r"^answer: .*got 'sigmod'; did you mean sigmoid\b"):
        check_choice("patient-1", "sigmod")
    with pytest.raises(ValueError, match=r"^exercise: .*did you mean patient-"):
        check_choice("patient-9", "sigmoid")


def test_names_are_sorted_with_the_answer_among_them():
    assert Choice("b", {"c": "No.", "a": "No."}).names == ("a", "b", "c")

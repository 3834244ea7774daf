"""Answers that check themselves: every expected number against a formula written here."""

from __future__ import annotations

import importlib
import itertools
import math
import pkgutil
import re
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT
from wganbook import check_answer
from wganbook import questions as exercises
from wganbook.questions import EXERCISES, Exercise, Feedback

#: The right answers, in closed form, by no function of the library.
CLOSED_FORMS = {
    "js-of-disjoint": math.log(2),
    "tv-of-dice": (5 * (1 / 6 - 0.1) + (0.5 - 1 / 6)) / 2,
    "kl-of-nested-boxes": math.log(2),
    "kl-of-narrow-gaussians": 2.0**2 / (2 * 0.25),
    "js-from-loss": (2 * math.log(2) - 0.9) / 2,
    "em-two-piles": 0.75 * 1 + 0.25 * 3,
    "em-stretch": 1.0,  # the mean of |x| over [-1, 1], which moves to 3x, times 2
    "two-moved-lines": 0.75,
    "stretched-line": 0.5,
    "thick-lines": 0.05 / 0.2,
    "real-points-seen": 1000 * 5 * 64,
    "bound-from-estimate": 0.6,
    "best-loss-of-coins": 2 * (0.8 * math.log(0.8) + 0.2 * math.log(0.2)),  # D* = p, the sum is 1
    "minimax-pull": 0.1,
    "cauchy-beyond-ten": 2 * math.atan(1 / 10) / math.pi,
    "frozen-judge-loss": math.log(0.1),
    "perfect-judge-of-two": 5 / 7,
    "one-mode-of-eight": sum(4 * math.sin(math.pi * k / 8) for k in range(8)) / 8,
    "batch-of-one-perfect": (2 / 3) * math.sqrt(3),  # side of the triangle, two times in three
    "slope-of-a-batch": 1 / 3,
    "most-a-critic-reports": 3 * 0.4,
    "box-constant": 0.04 * math.sqrt(32),
    "slope-on-both-sides": 1 / 2,
    "factor-of-a-layer": 0.08,
    "price-of-slope": 3.5,
    "dual-inner-pair": 0.5 * 4 + 0.5 * 4,
    "dual-scaled": 3 * 2 * 0.7,
    "dual-gradient": 1.5,  # the mean of z
    "perfect-discriminator": 1 / (1 + math.exp(2)),
    "minimax-gradient": 1.5 / (1 + math.exp(4.5)),
    "clipped-steepest": 0.25,
    "penalised-slope": 1.4,  # where 4 s − 5 (s − 1)² is largest
    "furthest-out-of-the-box": 0.0105,
    "slope-of-an-image-critic": 64 * math.sqrt(3),
    "smallest-hinge-loss": 2 * (1 - 0.6),
    "infimum-of-a-sequence": -1.0,
    "norm-of-a-tent": 3 * math.sqrt(0.04 / 3),
    "longest-taxi-ride": 6 * 0.5,
    "lipschitz-in-tv": 1 / 0.2,
    "comb-by-intervals": 3 / (4 * 10),
    "likelihood-of-a-coin": (math.log(0.8) + math.log(0.2)) / 2,
    "best-width": 2 / math.sqrt(3),
    "halving-cells-in-space": 2 * math.log(2),
    "leftover-noise": math.sqrt(0.09 / 3),
    "slope-of-a-scale": math.sqrt(2 / math.pi),
    "escape-at-a-root": 1 / math.sqrt(400),
    "constant-of-two-layers": math.sqrt(3**2 * (1 + 1**2) + 1 + (2 * 1 + 1) ** 2),
    "bounded-by-three": 3 * 0.3,
    "mmd-of-two-points": math.sqrt(2 - 2 * math.exp(-2)),
    "kernels-in-a-batch": 2 * 100**2 - 100,
    "one-function-with-stops": 4 * 0.5**2,
    "points-for-a-class": 100.0,
    "bound-of-two-coins": 0.75 - 0.5,
    "conjugate-of-a-parabola": 1 / 8,  # y² / (4 · 2)
    "spearman-of-five-looks": 1 - 6 * 2 / (5 * 24),
    "js-of-a-middling-judge": (math.log(0.8) + math.log(0.7)) / 2 + math.log(2),
    "momentum-after-five": 2 * 0.9**5 - 1,
    "dirac-growth": 1.01**50,
    "chance-of-one-seed": math.erfc(0.5) / 2,  # a deviation of 3 √2 for a difference of 3
    "real-images-of-two-judges": 5 / 3,
    "cosine-of-rmsprop": 4 / math.sqrt(20),
}

#: Chapter -> the module with its questions.
CHAPTERS = {
    module.name.replace("_", "-"): importlib.import_module(f"wganbook.questions.{module.name}")
    for module in pkgutil.iter_modules(exercises.__path__)
    if not module.name.startswith("_")
}


def test_every_exercise_has_a_closed_form_here():
    assert set(EXERCISES) == set(CLOSED_FORMS), "add the new exercise's formula to this module"


def asked(path):
    return re.findall(r'check_answer\(\s*"([^"]+)"', path.read_text("utf-8"))


def test_every_chapter_asks_its_own_exercises_once_each():
    """Those of the module that has the chapter's name."""
    for path in (ROOT / "book").glob("*.md"):
        own = CHAPTERS[path.stem].exercises() if path.stem in CHAPTERS else {}
        assert sorted(asked(path)) == sorted(own), path.stem


def test_every_module_of_questions_belongs_to_a_chapter():
    assert [name for name in CHAPTERS if not (ROOT / "book" / f"{name}.md").exists()] == []


def test_checking_an_answer_loads_no_torch():
    """A reader of the chapters on distances may not have it."""
    code = (
        "import sys, wganbook as book; book.check_answer('em-two-piles', None); "
        "book.check_choice('patient-1', None); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_chapter_gives_the_answer_away():
    """Between the question and the check the answer is None, in cells of one name each."""
    for path in (ROOT / "book").glob("*.md"):
        text = path.read_text("utf-8")
        for argument in re.findall(r"check_answer\([^,]+,\s*(\w+)\)", text):
            assert re.search(rf"^{argument} = None\b", text, re.MULTILINE), (path.name, argument)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_the_expected_answer_is_the_closed_form(name):
    task = EXERCISES[name]
    assert task.answer() == pytest.approx(CLOSED_FORMS[name], abs=task.tolerance / 100)
    assert math.isfinite(task.answer())


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_right_is_right_also_when_rounded(name):
    """Three significant digits are enough; more than the tolerance away is not."""
    exact, tolerance = CLOSED_FORMS[name], EXERCISES[name].tolerance
    for given in (exact, np.float64(exact), np.float32(exact), float(f"{exact:.3g}")):
        feedback = check_answer(name, given)
        assert feedback.right is True
        assert repr(feedback) == "Right."
    for given in (exact + 1.5 * tolerance, exact - 1.5 * tolerance):
        assert check_answer(name, given).right is False


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_every_slip_is_told_apart_and_gets_its_hint(name):
    task = EXERCISES[name]
    numbers = [task.answer(), *[slip() for slip in task.slips.values()]]
    assert task.slips, "people make mistakes"
    for first, second in itertools.combinations(numbers, 2):
        assert abs(first - second) > 2 * task.tolerance
    for hint, slip in task.slips.items():
        feedback = check_answer(name, slip())
        assert feedback.right is False
        assert feedback.text == f"Not yet. {hint}"
        assert hint.endswith(".")


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_far_off_and_infinite_answers_are_not_right(name):
    for given in (1e9, -1e9, -math.inf, 10**300):
        feedback = check_answer(name, given)
        assert feedback.right is False
        assert feedback.text.startswith("Not yet. ")


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_no_answer_yet_is_not_wrong(name):
    feedback = check_answer(name, None)
    assert feedback.right is None
    assert "None" in feedback.text


def test_nan_is_not_right_and_is_called_by_its_name():
    for given in (math.nan, np.float32("nan")):
        feedback = check_answer("tv-of-dice", given)
        assert feedback.right is False
        assert "NaN" in feedback.text


@pytest.mark.parametrize(
    "bad", [b"1", True, np.True_, 1j, np.complex128(1), [0.5], np.ones(1), {}, object()]
)
def test_what_is_not_a_number_raises(bad):
    with pytest.raises(TypeError, match=r"^answer: expected"):
        check_answer("tv-of-dice", bad)


@pytest.mark.parametrize("text", ["0.5 x", "", "a third", "1/0", "log 0", "x" * 1000, "NaN"])
def test_a_text_that_is_no_number_raises_and_says_why(text):
    with pytest.raises(ValueError, match=r"^answer: expected a number, got '.*': .+"):
        check_answer("tv-of-dice", text)


@pytest.mark.parametrize(
    ("exercise", "text"),
    [
        ("js-of-disjoint", "log 2"),
        ("tv-of-dice", "1/3"),
        ("cauchy-beyond-ten", "2 atan(1/10) / π"),
        ("slope-of-an-image-critic", "64√3"),
        ("slope-of-a-scale", "sqrt(2/pi)"),
        ("em-two-piles", "−(−3/2)"),
    ],
)
def test_an_answer_may_be_written_as_the_reader_thinks_it(exercise, text):
    assert check_answer(exercise, text).right is True


def test_unknown_exercises_are_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"^exercise: .*did you mean tv-of-dice\b"):
        check_answer("tv-of-dices", 0.5)
    with pytest.raises(TypeError, match=r"^exercise: "):
        check_answer(None, 0.5)
    with pytest.raises(ValueError, match=r"^answer: "):
        check_answer("tv-of-dice", 10**400)


def test_infinity_is_near_itself_alone():
    task = Exercise(lambda: math.inf, tolerance=1.0, slips={"The sign.": lambda: -math.inf})
    assert task.near(math.inf, math.inf)
    assert not task.near(-math.inf, math.inf)
    assert not task.near(1e308, math.inf)
    assert not task.near(math.inf, 1e308)


def test_feedback_is_escaped_and_announced():
    shown = check_answer("js-of-disjoint", 1.0)._repr_html_()
    assert shown.startswith('<div class="wg-feedback" role="status">Not yet. ')
    assert Feedback(False, '<b>"')._repr_html_().endswith(">&lt;b&gt;&quot;</div>")
    hint = next(h for h in EXERCISES["kl-of-narrow-gaussians"].slips if "σ²" in h)
    assert hint in check_answer("kl-of-narrow-gaussians", 4.0)._repr_html_()

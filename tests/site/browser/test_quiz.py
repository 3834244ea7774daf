"""The quiz in a browser: by keyboard, on a phone, in the dark, on paper, without scripts."""

from __future__ import annotations

import math

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.built_site import html_of, widget_places, widget_states
from tests.site.browser.test_accessibility import violations
from tests.site.browser.visits import DESKTOP, PHONE, Shelf, visiting
from wganbook import Quiz
from wganbook.questions import EXERCISES, Choice
from wganbook.questions._bank import questions

pytestmark = pytest.mark.browser

PAGE = "book/quiz"
QUESTIONS = questions()


@pytest.fixture(scope="module")
def model_id(site: str) -> str:
    text = html_of(PAGE)
    states = widget_states(text)
    (found,) = [key for key in widget_places(text) if "sections" in states.get(key, {})]
    return found


@pytest.fixture(scope="module")
def judge() -> Quiz:
    """The same quiz in Python, to compare with."""
    return Quiz()


def start(shelf: Shelf, model_id: str) -> tuple[Locator, Page]:
    """The quiz as it was at the start, and its page."""
    page = shelf.take(PAGE).page
    root = page.locator(f'[data-wg-model="{model_id}"] .wg-quiz')
    root.get_by_role("button", name="Start again").click()
    return root, page


def form(root: Locator, name: str) -> Locator:
    return root.locator(f'form[data-question="{name}"]')


def told(root: Locator, name: str) -> Locator:
    return form(root, name).get_by_role("status")


def written(number: float) -> str:
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    return repr(number)


def test_page_carries_what_python_computes(model_id: str, judge: Quiz) -> None:
    state = widget_states(html_of(PAGE))[model_id]
    assert state["sections"] == judge.sections
    assert state["answers"] == {}


def test_every_answer_hears_what_python_says(desktops: Shelf, model_id: str, judge: Quiz) -> None:
    """Each choice, each right number, each slip, and a number far off."""
    root, page = start(desktops, model_id)
    heard = 0
    for name, question in QUESTIONS.items():
        task = question.task
        if isinstance(task, Choice):
            tries: list[str | float] = list(task.names)
        else:
            slips = [slip() for slip in EXERCISES[task].slips.values()]
            tries = [*slips, -77.0, math.inf, EXERCISES[task].answer()]
        for given in tries:
            judge.answers = {name: given}
            said = page.evaluate(
                """([name, given]) => {
                  const form = document.querySelector(`form[data-question="${name}"]`);
                  const radios = [...form.querySelectorAll("[type=radio]")];
                  const radio = radios.find(r => r.value === given);
                  if (radio) radio.checked = true;
                  else form.querySelector("[type=text]").value = given;
                  form.requestSubmit();
                  return [form.querySelector("[role=status]").textContent, form.dataset.right];
                }""",
                [name, given if isinstance(given, str) else written(given)],
            )
            expected = judge.feedback(name)
            assert said == [expected.text, str(expected.right).lower()], (name, given)
            heard += 1
    assert heard > 150
    assert root.get_attribute("data-right") == str(sum(
        not isinstance(q.task, Choice) or q.task.names[-1] == q.task.answer
        for q in QUESTIONS.values()
    ))  # fmt: skip
    judge.answers = {}


def test_a_choice_from_the_keyboard_alone(desktops: Shelf, model_id: str) -> None:
    root, page = start(desktops, model_id)
    radios = form(root, "infinite-one").get_by_role("radio")
    radios.first.focus()
    page.keyboard.press("Space")
    expect(radios.nth(0)).to_be_checked()
    expect(told(root, "infinite-one")).to_have_text("")  # moving about says nothing yet
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(radios.nth(2)).to_be_checked()
    page.keyboard.press("Enter")
    expect(told(root, "infinite-one")).to_have_text("Right.")
    expect(root.get_by_role("status").first).to_have_text(f"1 of {len(QUESTIONS)} right")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(form(root, "infinite-one").get_by_role("button", name="Check")).to_be_focused()
    page.keyboard.press("Space")
    expect(told(root, "infinite-one")).to_contain_text("Not yet. JS is never above log 2")
    expect(root.get_by_role("status").first).to_have_text(
        f"0 of {len(QUESTIONS)} right, 1 to try again"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(form(root, "infinite-one").locator("details p")).to_be_visible()


def test_numbers_as_people_write_them(desktops: Shelf, model_id: str) -> None:
    root, page = start(desktops, model_id)
    box = form(root, "two-dice").get_by_role("textbox", name="Your number")
    for text, right in {
        "1/3": True, "0,3333": True, " .3333 ": True, "3.333e-1": True, "0.5": False,
        "−1/3": False, "2/3": False, "∞": False, "-inf": False, "1/0": None, "": None,
        "a third": None, "1/3/1": True, "0.3.3": None, "NaN": None, "log 2": False,
        "2/(3 + 3)": True, "pi/pi/3": True, "<b>": None,
    }.items():  # fmt: skip
        root.get_by_role("button", name="Start again").click()
        expect(box).to_have_value("")
        box.focus()
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        no_number = "That is no number yet: " if text else "Write a number first"
        said = told(root, "two-dice").inner_text()
        assert {True: "Right.", False: "Not yet. ", None: no_number}[right].strip() in said, text
        if right is None:
            assert root.get_attribute("data-right") == "0"
            expect(root.get_by_role("status").first).to_have_text(f"0 of {len(QUESTIONS)} right")
    points = form(root, "points-seen").get_by_role("textbox")
    for text in ("320000", "320,000", "3.2e5"):
        points.fill(text)
        points.press("Enter")
        expect(told(root, "points-seen")).to_have_text("Right.")


def test_check_without_a_choice_asks_for_one(desktops: Shelf, model_id: str) -> None:
    root, _ = start(desktops, model_id)
    form(root, "infinite-one").get_by_role("button", name="Check").click()
    expect(told(root, "infinite-one")).to_have_text("Choose one of the answers first.")
    expect(root.get_by_role("status").first).to_have_text(f"0 of {len(QUESTIONS)} right")


def test_questions_are_groups_with_names(desktops: Shelf, model_id: str) -> None:
    root, _ = start(desktops, model_id)
    assert root.locator("form").count() == len(QUESTIONS)
    for number, (name, question) in enumerate(QUESTIONS.items(), start=1):
        legend = f"{number}. {question.text} ({question.depth})"
        expect(form(root, name).get_by_role("group", name=legend, exact=True)).to_have_count(1)
        assert form(root, name).locator("input:not([type=radio]):not([type=text])").count() == 0
    levels = root.locator("h1, h2, h3, h4").evaluate_all("all => all.map(e => e.tagName)")
    assert set(levels) == {"H3"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_quiz_half_done(desktops: Shelf, model_id: str, scheme: str) -> None:
    root, page = start(desktops, model_id)
    for name, option in (("infinite-one", "KL"), ("bounded-functions", "δ")):
        form(root, name).get_by_label(option, exact=True).check()
        form(root, name).get_by_role("button").click()
    root.locator("details").evaluate_all("all => all.forEach(part => { part.open = true; })")
    assert violations(page, scheme) == []
    page.emulate_media(color_scheme="light")


def test_on_a_phone_nothing_sticks_out_and_targets_are_large(phones: Shelf, model_id: str) -> None:
    root, page = start(phones, model_id)
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    for target in root.locator(".wg-options label, button, [type=text], summary").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
        assert box["x"] + box["width"] <= 360
    form(root, "infinite-one").get_by_label("KL", exact=True).tap()
    form(root, "infinite-one").get_by_role("button").tap()
    expect(told(root, "infinite-one")).to_have_text("Right.")
    page.set_viewport_size({"width": 390, "height": 844})


def test_the_score_stays_in_sight(desktops: Shelf, model_id: str) -> None:
    root, page = start(desktops, model_id)
    form(root, "larger-class").scroll_into_view_if_needed()
    score = root.get_by_role("status").first
    expect(score).to_be_in_viewport(ratio=1)
    x, y, text = score.evaluate(
        """e => { const b = e.getBoundingClientRect();
          const top = document.elementFromPoint(b.x + 5, b.y + b.height / 2);
          return [b.x, b.y, top.textContent]; }"""
    )
    assert text == score.inner_text(), "nothing of the theme lies above it"
    assert page.evaluate("() => scrollY") > 1000
    assert x >= 0
    assert y >= 0


def test_focus_can_be_seen(desktops: Shelf, model_id: str) -> None:
    root, page = start(desktops, model_id)
    for target in (
        form(root, "infinite-one").get_by_role("radio").first,
        form(root, "two-dice").get_by_role("textbox"),
        form(root, "two-dice").get_by_role("button"),
    ):
        target.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        style, width = target.evaluate(
            "e => [getComputedStyle(e).outlineStyle, parseFloat(getComputedStyle(e).outlineWidth)]"
        )
        assert style == "solid"
        assert width >= 2


def test_without_scripts_questions_and_folded_solutions(browser: Browser, site: str) -> None:
    for options in (DESKTOP, PHONE):
        url = f"{site}/{PAGE}.html"
        with visiting(browser, url, **options, java_script_enabled=False) as visit:
            page = visit.page
            blocks = page.locator(".wg-questions .wg-question")
            assert blocks.count() == len(QUESTIONS)
            assert page.locator("form.wg-question, .wg-quiz").count() == 0
            first = blocks.first
            expect(first).to_be_visible()
            answer = first.locator("details p")
            expect(answer).to_be_hidden()
            first.locator("summary").click()
            expect(answer).to_be_visible()
            assert answer.inner_text().startswith("“KL”. ")
            assert visit.offsite == []


def test_alive_the_questions_are_there_once_and_the_answers_stay(
    browser: Browser, site: str
) -> None:
    with visiting(browser, f"{site}/{PAGE}.html", **DESKTOP) as visit:
        page = visit.page
        assert page.locator(".wg-questions:visible").count() == 0
        root = page.locator(".wg-quiz")
        keys = "() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
        before = set(page.evaluate(keys))  # the theme keeps its choice of light or dark
        form(root, "infinite-one").get_by_label("KL", exact=True).check()
        form(root, "infinite-one").get_by_role("button").click()
        assert root.get_attribute("data-right") == "1"
        assert set(page.evaluate(keys)) - before == {"wganbook-answers"}
        page.reload()
        page.wait_for_selector(".wg-live")
        assert root.get_attribute("data-right") == "1"
        root.get_by_role("button", name="Start again").click()
        page.reload()
        page.wait_for_selector(".wg-live")
        assert root.get_attribute("data-right") == "0"
        assert visit.complaints == []


def test_on_paper_the_questions_without_buttons(browser: Browser, site: str) -> None:
    with visiting(browser, f"{site}/{PAGE}.html", **DESKTOP, color_scheme="dark") as visit:
        page = visit.page
        page.emulate_media(media="print")
        assert page.locator("form.wg-question:visible").count() == len(QUESTIONS)
        assert page.locator(".wg-quiz button:visible").count() == 0
        # The page hears a moment later that it is printed.
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        ink = """e => { const [r, g, b] = getComputedStyle(e).color.match(/[\\d.]+/g).map(Number);
          return (r + g + b) / 3; }"""
        assert page.locator(".wg-quiz legend").first.evaluate(ink) < 110
        assert len(page.pdf()) > 20_000

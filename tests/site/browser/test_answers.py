"""Questions of the chapters answered on the page, what the browser keeps, positions in the link."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.site.browser.loose import loose, objections
from tests.site.browser.visits import DESKTOP, PHONE, Visit
from wganbook import SliderFigure, Workshop, check_answer, check_choice
from wganbook.figures import sliding_lines
from wganbook.questions import CHOICES, EXERCISES
from wganbook.questions._numbers import number_of
from wganbook.widgets import Answer, Quiz
from wganbook.widgets._bundle import bundle

pytestmark = pytest.mark.browser

STORE = "wganbook-answers"
LOAD = """async text => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.numberOf = (await import(url)).numberOf;
}"""
READ = """texts => texts.map(text => {
  try { return String(numberOf(text)); } catch (error) { return `refused: ${error.message}`; }
})"""


# --- numbers as people write them ---------------------------------------------------------

WRITTEN = [
    "log 2", "1/2", "2*pi", "2 pi", "2π", "√3/2", "-2^2", "2^-1", "1,000", "0,5", "12,288", "1e-3",
    "(1+2)(3)", "2 log(2)", "−∞", "+inf", "Infinity", "log 2/3", "1/0", "log 0", "(-8)^(1/3)",
    "2 3", "lgo 2", "exp 1000", "e^2", "1e400", "3-", "log -1", "abs -3", "1/2pi", "1,5,0", "½",
    "log log 3", "sqrt 2 ^ 2", "2**0.5", "٣", "", "  ", "()", "((((1))))", "(1", "1)", "2 ÷ 3 × 4",
    "constructor", "__proto__", "toString 2", "alert(1)", "1;2", "0x10", "1_000", "∞ - ∞", "2∞",
    "1" * 121, "(" * 119 + "1", "-" * 100 + "1", "2^3^2", "-e", "1e5e", ".5", "5.", ".", "1.2.3",
    "0^-1", "0^0", "1/3/1", "LOG 2", "Pi", "tan 1.5", "arctan 1", "0,500", "1,2345", "\t1", "1\t2",
]  # fmt: skip


def made_up(rng: np.random.Generator, depth: int = 0) -> str:
    """Some expression, right or wrong."""
    if depth > 3 or rng.random() < 0.3:
        return str(rng.choice(["2", "0.5", "pi", "e", "1/3", "-1.5", "1e2", "7", "0", "∞", ","]))
    inner = [made_up(rng, depth + 1) for _ in range(2)]
    # Operations that every processor rounds alike: what is left after a difference may be small.
    shapes = ["{0} + {1}", "{0}-{1}", "({0})({1})", "{0} * {1}", "{0}/({1})", "sqrt({0})", "-{0}",
              "{0} {1}", "√{0}", "abs {0} ÷ {1}"]  # fmt: skip
    return str(rng.choice(shapes)).format(*inner)


def in_python(text: str) -> float | str:
    """What Python reads, or why it does not."""
    try:
        return number_of(text)
    except ValueError as error:
        return f"refused: {error}"


def test_page_and_python_read_the_same_numbers(browser: Browser) -> None:
    rng = np.random.default_rng(6)
    texts = [*WRITTEN, *(made_up(rng) for _ in range(2000))]
    page = browser.new_page()
    page.evaluate(LOAD, bundle("numbers.mjs"))
    read = page.evaluate(READ, texts)
    page.close()
    refused = 0
    for text, found in zip(texts, read, strict=True):
        known = in_python(text)
        if isinstance(known, str):
            assert found == known, text
            refused += 1
        else:
            value = float(found.replace("Infinity", "inf"))
            assert value == pytest.approx(known, rel=1e-12, abs=0), text
    assert 500 < refused < len(texts) - 500


# --- the forms ----------------------------------------------------------------------------

NUMBERS = ["js-of-disjoint", "em-two-piles"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(params=[("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, browser: Browser, folder: Path) -> Iterator[Visit]:
    theme, size = request.param
    widgets = [SliderFigure(sliding_lines()), *map(Answer, NUMBERS), Answer("patient-1")]
    with loose(browser, folder, widgets, theme=theme, **size) as found:
        yield found
        assert found.complaints == []
        assert found.offsite == []


def form(page: Page, name: str) -> Locator:
    return page.locator(f'form[data-question="{name}"]')


def told(page: Page, name: str) -> Locator:
    return form(page, name).get_by_role("status")


def answers(page: Page) -> dict[str, str]:
    kept = page.evaluate(f"() => localStorage.getItem('{STORE}')")
    return json.loads(kept)["answers"] if kept else {}


def answer(page: Page, name: str, text: str) -> None:
    form(page, name).get_by_role("textbox").fill(text)
    form(page, name).get_by_role("button", name="Check").click()


def test_every_question_hears_on_the_page_what_it_hears_in_a_kernel(
    browser: Browser, folder: Path
) -> None:
    """Each right answer, each slip, each wrong name, and a number far off."""
    with loose(browser, folder, [Answer(name) for name in [*EXERCISES, *CHOICES]]) as visit:
        page = visit.page
        for name, task in EXERCISES.items():
            for given in (task.answer(), -77.5, *(slip() for slip in task.slips.values())):
                answer(page, name, repr(given))
                assert told(page, name).inner_text().endswith(check_answer(name, given).text)
        for name, choice in CHOICES.items():
            for given in choice.names:
                form(page, name).get_by_label(given, exact=True).check()
                form(page, name).get_by_role("button").click()
                assert told(page, name).inner_text() == check_choice(name, given).text
        assert visit.complaints == []


def test_a_number_is_read_as_written_and_says_what_it_is(visit: Visit) -> None:
    page = visit.page
    answer(page, "js-of-disjoint", "log 2")
    expect(told(page, "js-of-disjoint")).to_have_text("log 2 = 0.6931. Right.")
    answer(page, "js-of-disjoint", "<img src=x onerror=alert(1)>")
    expect(told(page, "js-of-disjoint")).to_contain_text("That is no number yet: cannot read “<”")
    expect(form(page, "js-of-disjoint")).to_have_attribute("data-right", "")
    assert page.locator("form img").count() == 0


def test_from_the_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    form(page, "em-two-piles").get_by_role("textbox").focus()
    page.keyboard.type("3/2")
    page.keyboard.press("Enter")
    expect(told(page, "em-two-piles")).to_have_text("3/2 = 1.5. Right.")
    form(page, "patient-1").get_by_role("radio").first.focus()
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(told(page, "patient-1")).to_have_text("Right.")
    assert page.locator(".wg-progress").inner_text().count("2 of 3 on this page right") == 1


def test_a_finger_can_press_it(browser: Browser, folder: Path) -> None:
    with loose(browser, folder, [Answer("patient-1")], **PHONE) as visit:
        label = form(visit.page, "patient-1").locator("label").last
        assert (label.bounding_box() or {})["height"] >= 44
        label.tap()
        form(visit.page, "patient-1").get_by_role("button").tap()
        expect(told(visit.page, "patient-1")).to_have_text("Right.")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_axe_finds_nothing(visit: Visit) -> None:
    answer(visit.page, "js-of-disjoint", "1")
    assert objections(visit.page) == []


# --- what the browser keeps ---------------------------------------------------------------


def test_answers_outlive_the_visit_as_they_were_written(visit: Visit) -> None:
    page = visit.page
    answer(page, "js-of-disjoint", "log 2")
    form(page, "patient-1").get_by_label("hinge").check()
    form(page, "patient-1").get_by_role("button").click()
    assert answers(page) == {"js-of-disjoint": "log 2", "patient-1": "hinge"}
    page.reload()
    expect(told(page, "js-of-disjoint")).to_have_text("log 2 = 0.6931. Right.")
    expect(form(page, "js-of-disjoint").get_by_role("textbox")).to_have_value("log 2")
    expect(form(page, "patient-1").get_by_label("hinge")).to_be_checked()
    expect(told(page, "em-two-piles")).to_have_text("")
    expect(page.locator(".wg-progress")).to_contain_text("1 of 3 on this page right.")


def test_answers_are_saved_to_a_file_forgotten_and_loaded_again(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit.page
    answer(page, "em-two-piles", "1.5")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert json.loads(file.read_text()) == {"version": 1, "answers": {"em-two-piles": "1.5"}}
    page.get_by_role("button", name="Forget all answers").click()
    assert answers(page) == {"em-two-piles": "1.5"}, "asked once more"
    page.get_by_role("button", name="Really forget all").click()
    assert answers(page) == {}
    expect(told(page, "em-two-piles")).to_have_text("")
    expect(form(page, "em-two-piles").get_by_role("textbox")).to_have_value("")
    page.locator("input[type=file]").set_input_files(file)
    expect(told(page, "em-two-piles")).to_have_text("Right.")
    assert answers(page) == {"em-two-piles": "1.5"}


@pytest.mark.parametrize(
    "text",
    ["", "no", "[]", '{"version":2,"answers":{}}', '{"version":1,"answers":{"a":5}}',
     '{"version":1,"answers":null}', '{"version":1}'],
)  # fmt: skip
def test_a_file_of_something_else_changes_nothing(visit: Visit, tmp_path: Path, text: str) -> None:
    answer(visit.page, "em-two-piles", "1.5")
    (tmp_path / "other.json").write_text(text)
    visit.page.locator("input[type=file]").set_input_files(tmp_path / "other.json")
    expect(visit.page.locator(".wg-progress [role=status]")).to_contain_text("nothing was changed")
    assert answers(visit.page) == {"em-two-piles": "1.5"}


def test_a_damaged_or_hostile_store_is_left_aside(visit: Visit) -> None:
    page = visit.page
    hostile = "<img src=x onerror=alert(1)>"
    kept = {"js-of-disjoint": hostile, "patient-1": hostile, "em-two-piles": "3/2", "gone": "1"}
    page.evaluate(
        f"text => localStorage.setItem('{STORE}', text)",
        json.dumps({"version": 1, "answers": kept}),
    )
    page.reload()
    expect(told(page, "em-two-piles")).to_have_text("3/2 = 1.5. Right.")
    for name in ("js-of-disjoint", "patient-1"):
        expect(told(page, name)).to_have_text("")
    assert page.locator("form img").count() == 0
    answer(page, "js-of-disjoint", "1")
    assert answers(page) == kept | {"js-of-disjoint": "1"}, "what other pages keep stays"
    page.evaluate(f"() => localStorage.setItem('{STORE}', '{{half')")
    page.reload()
    expect(told(page, "em-two-piles")).to_have_text("")
    answer(page, "em-two-piles", "2")
    assert answers(page) == {"em-two-piles": "2"}
    assert page.evaluate(f"() => localStorage.getItem('{STORE}-damaged')") == "{half"


def test_a_page_with_the_quiz_alone_can_save_and_forget(browser: Browser, folder: Path) -> None:
    with loose(browser, folder, [Quiz(["four-distances"])], **PHONE) as visit:
        page = visit.page
        form(page, "infinite-one").get_by_label("KL", exact=True).check()
        form(page, "infinite-one").get_by_role("button").click()
        expect(page.locator(".wg-progress")).to_have_count(1)
        for name in ("Forget all answers", "Really forget all"):
            page.get_by_role("button", name=name).click()
        expect(page.locator(".wg-quiz")).to_have_attribute("data-right", "0")
        assert answers(page) == {}


def test_a_page_without_questions_has_no_panel(browser: Browser, folder: Path) -> None:
    with loose(browser, folder, [SliderFigure(sliding_lines())], **DESKTOP) as visit:
        assert visit.page.locator(".wg-progress").count() == 0


def test_the_quiz_keeps_its_own_answers(browser: Browser, folder: Path) -> None:
    quiz = Quiz(["four-distances"])
    with loose(browser, folder, [quiz, Answer("tv-of-dice")], **DESKTOP) as visit:
        page = visit.page
        box = form(page, "two-dice").get_by_role("textbox")
        box.fill("1/3")
        box.press("Enter")
        form(page, "infinite-one").get_by_label("KL", exact=True).check()
        form(page, "infinite-one").get_by_role("button").click()
        assert answers(page) == {"quiz/two-dice": "1/3", "quiz/infinite-one": "KL"}
        page.reload()
        expect(page.locator(".wg-quiz")).to_have_attribute("data-right", "2")
        expect(box).to_have_value("1/3")
        expect(told(page, "tv-of-dice")).to_have_text("")
        answer(page, "tv-of-dice", "1/3")
        page.get_by_role("button", name="Start again").click()
        assert answers(page) == {"tv-of-dice": "1/3"}, "of the quiz alone"
        assert visit.complaints == []


# --- positions in the address -------------------------------------------------------------

FIGURE = "two-parallel-lines-and-four-distances"


def position(page: Page) -> Any:
    return page.locator("input[type=range]").input_value()


def test_a_slider_writes_its_position_and_a_link_brings_it_back(
    visit: Visit, browser: Browser, folder: Path
) -> None:
    page = visit.page
    start = position(page)
    assert "#" not in page.url
    page.locator("input[type=range]").press("End")
    page.wait_for_function("() => location.hash.startsWith('#~')")
    last = position(page)
    assert page.url.endswith(f"#~{FIGURE}={last}")
    length = page.evaluate("() => history.length")
    page.locator("input[type=range]").press("ArrowLeft")
    page.wait_for_function(f"() => location.hash === '#~{FIGURE}={int(last) - 1}'")
    assert page.evaluate("() => history.length") == length, "a drag is no way back"
    page.reload()
    expect(page.locator("input[type=range]")).to_have_value(str(int(last) - 1))
    page.goto("about:blank")
    page.go_back()
    expect(page.locator("input[type=range]")).to_have_value(str(int(last) - 1))
    page.evaluate("index => { location.hash = `#~${index}`; }", f"{FIGURE}=3")
    expect(page.locator("input[type=range]")).to_have_value("3")
    page.evaluate("() => { location.hash = '#exercises'; }")
    expect(page.locator("input[type=range]")).to_have_value("3")
    page.evaluate("index => { location.hash = `#~${index}`; }", "")
    expect(page.locator("input[type=range]")).to_have_value(start)


def test_the_settings_of_a_workshop_stay_in_the_address(browser: Browser, folder: Path) -> None:
    """One link carries both: the training before the tilde, the positions of figures after it."""
    widgets = [SliderFigure(sliding_lines()), Workshop(seed=5)]
    with loose(browser, folder, widgets, **DESKTOP) as visit:
        page = visit.page
        page.locator("input[type=range]").press("End")
        page.wait_for_function("() => location.hash.startsWith('#~')")
        last = position(page)
        page.get_by_role("button", name="Copy a link").click()
        link = page.get_by_label("Link to this training").input_value()
        assert "#workshop=1&" in link
        assert link.endswith(f"~{FIGURE}={last}")
        page.locator("input[type=range]").press("ArrowLeft")
        page.wait_for_function(f"() => location.hash.endsWith('~{FIGURE}={int(last) - 1}')")
        assert "#workshop=1&" in page.url
    fragment = link[link.index("#") :].replace("seed=5", "seed=9")
    with loose(browser, folder, widgets, fragment, **DESKTOP) as visit:
        expect(visit.page.get_by_label("seed", exact=True)).to_have_value("9")
        expect(visit.page.locator("input[type=range]")).to_have_value(last)
        assert visit.page.locator(".wg-address-note").count() == 0
        visit.page.evaluate("() => { location.hash = '#place'; }")
        visit.page.locator("input[type=range]").press("Home")
        visit.page.evaluate("() => dispatchEvent(new Event('pagehide'))")
        assert visit.page.evaluate("() => location.hash") == f"#~{FIGURE}=0"


@pytest.mark.parametrize(
    ("fragment", "sentence"),
    [
        (f"#~{FIGURE}=9999", "for a position that it does not have"),
        (f"#~{FIGURE}=-1", "for a position that it does not have"),
        (f"#~{FIGURE}=1e1", "for a position that it does not have"),
        (f"#~{FIGURE}=", "for a position that it does not have"),
        (f"#~{FIGURE}=%3Cimg%20src=x%3E", "carries a damaged position"),
        (f"#~{FIGURE}=%3Cimg%20src%3Dx%3E", "for a position that it does not have"),
        ("#~%E0%A4%A=1", "carries a damaged position"),
        ("#~lines", "carries a damaged position"),
        ("#~%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E=1", "a figure that this page does not have"),
        ("#~__proto__=1", "a figure that this page does not have: “__proto__”"),
    ],
)
def test_a_damaged_link_says_so_and_changes_nothing(
    browser: Browser, folder: Path, fragment: str, sentence: str
) -> None:
    scene = sliding_lines()
    with loose(browser, folder, [SliderFigure(scene)], fragment, **DESKTOP) as visit:
        note = visit.page.locator(".wg-address-note")
        expect(note).to_contain_text(sentence)
        expect(note).to_have_attribute("role", "status")
        assert note.locator("*").count() == 0
        assert position(visit.page) == str(scene.slider.start)
        visit.page.evaluate("index => { location.hash = `#~${index}`; }", f"{FIGURE}=2")
        expect(note).to_be_hidden()
        assert visit.complaints == []


def test_two_figures_of_one_title_have_two_names(browser: Browser, folder: Path) -> None:
    figures = [SliderFigure(sliding_lines()), SliderFigure(sliding_lines())]
    fragment = f"#~{FIGURE}=1&{FIGURE}-2=2"
    with loose(browser, folder, figures, fragment, **DESKTOP) as visit:
        sliders = visit.page.locator("input[type=range]")
        expect(sliders.nth(0)).to_have_value("1")
        expect(sliders.nth(1)).to_have_value("2")
        expect(visit.page.locator(".wg-address-note")).to_have_count(0)


def test_infinity_reaches_the_page_as_a_sign() -> None:
    widget = Answer("kl-of-narrow-gaussians", given=-math.inf)
    assert widget.get_state()["given"] == "−∞"
    assert widget.feedback.right is False

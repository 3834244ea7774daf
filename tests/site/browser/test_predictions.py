"""Predict, then see: covered until the reader has guessed, by mouse, finger, keys; or in print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.built_site import html_of, toc_pages, widget_places, widget_states
from tests.site.browser.loose import loose, objections
from tests.site.browser.visits import DESKTOP, PHONE, SHOW_ALL, Visit, visiting
from wganbook import Pick, Sketch, SliderFigure
from wganbook.figures import descent_race, perfect_judges, sliding_lines
from wganbook.widgets import Answer
from wganbook.widgets.predict import COLUMNS, FULL

pytestmark = pytest.mark.browser

STORE = "wganbook-answers"
LINES = sliding_lines(4)
DRAW_JS = Sketch("How does JS change with θ?", "JS", "nats")
WHO = Pick("Who arrives?", ["all four", "EM and KL", "only EM"])
SEEN_MARKS = """root => Object.fromEntries(["em", "js", "tv"].map(role => [role,
  [...root.querySelectorAll(`.wg-panel svg svg .${role}`)].some(mark => {
    const box = mark.getBoundingClientRect();
    return box.width + box.height > 0;
  })]))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


def asking() -> list[Any]:
    return [
        SliderFigure(LINES, predict=DRAW_JS),
        SliderFigure(descent_race(steps=8), predict=WHO),
        Answer("js-of-disjoint"),
    ]


@pytest.fixture(params=[("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, browser: Browser, folder: Path) -> Iterator[Visit]:
    theme, size = request.param
    with loose(browser, folder, asking(), theme=theme, **size) as found:
        yield found
        assert found.complaints == []
        assert found.offsite == []


def figure(page: Page, number: int = 0) -> Locator:
    return page.locator(".wg:has(.wg-ask)").nth(number)


def button(page: Page, name: str, number: int = 0) -> Locator:
    return figure(page, number).get_by_role("button", name=name, exact=True)


def told(page: Page, number: int = 0) -> Locator:
    return figure(page, number).get_by_role("status")


def kept(page: Page) -> dict[str, str]:
    text = page.evaluate(f"() => localStorage.getItem('{STORE}')")
    return json.loads(text)["answers"] if text else {}


def key(ask: Sketch | Pick) -> str:
    return f"predict: {ask.question}"


def is_covered(page: Page, number: int = 0) -> bool:
    return "wg-covered" in (figure(page, number).get_attribute("class") or "")


def corners(page: Page) -> tuple[float, float, float, float]:
    """Left, top, width and height of the pad, on the screen."""
    pad = figure(page).locator(".wg-pad")
    pad.evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = pad.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point in the units of the axes is on the screen."""
    across, up = LINES.panels[1].x, LINES.panels[1].y
    left, top, wide, tall = corners(page)
    return (
        left + wide * (x - across.low) / (across.high - across.low),
        top + tall * (up.high - y) / (up.high - up.low),
    )


def heights(text: str) -> np.ndarray:
    """The curve that was kept, in the units of the axis, NaN where nothing was drawn."""
    up = LINES.panels[1].y
    listed = [float(h) if h else np.nan for h in text.partition(";")[2].split(",")]
    assert len(listed) == COLUMNS
    return up.low + (up.high - up.low) * np.array(listed) / FULL


def with_mouse(page: Page, *points: tuple[float, float]) -> None:
    spots = [place(page, *point) for point in points]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot)
    page.mouse.up()


# --- while it is covered ------------------------------------------------------------------


def test_nothing_tells_the_answer_before_the_guess(visit: Visit) -> None:
    page, scene = visit.page, LINES
    root, slider = figure(page), figure(page).locator("input[type=range]")
    secrets = {text for readout in scene.readouts for text in readout.texts} - {"0.000"}
    for index in (0, 40, 79):
        slider.fill(str(index))
        assert root.evaluate(SEEN_MARKS) == dict.fromkeys(("em", "js", "tv"), False)
        said = slider.get_attribute("aria-valuetext") or ""
        assert said == f"θ {scene.slider.texts[index]}".replace("−", "minus ")
        heard, read = page.locator("main").aria_snapshot(), root.inner_text()
        for secret in secrets - {scene.slider.texts[index], *scene.slider.texts}:
            assert secret not in heard
            assert secret not in read
    assert root.locator(".wg-legend li:visible").count() == 2, "of the other panel"
    assert page.locator(".wg-table:visible").count() == 0
    for panel in figure(page, 1).locator(".wg-panel").all():
        assert panel.locator(".line:not(.soft):visible, .points:visible").count() == 0
    slider.fill("0")
    button(page, "Just show me").click()
    assert root.evaluate(SEEN_MARKS) == dict.fromkeys(("em", "js", "tv"), True)
    assert slider.get_attribute("aria-valuetext") == scene.sentence(0)
    assert "0.693" in page.locator("main").aria_snapshot()
    assert page.locator(".wg-table:visible").count() == 1


def test_what_is_given_can_be_seen(browser: Browser, folder: Path) -> None:
    ask = Sketch("And JS?", "JS", "nats", given=["EM"])
    with loose(browser, folder, [SliderFigure(LINES, predict=ask)], **DESKTOP) as visit:
        root = figure(visit.page)
        assert root.evaluate(SEEN_MARKS) == {"em": True, "js": False, "tv": False}
        assert root.locator(".wg-readout:has-text('EM') dd").inner_text() == "0.400"
        assert "0.693" not in root.aria_snapshot()


def test_axe_finds_nothing_covered_or_open(visit: Visit) -> None:
    assert objections(visit.page) == []
    with_mouse(visit.page, (-1, 0.5), (1, 0.2))
    assert objections(visit.page) == []
    button(visit.page, "Show").click()
    button(visit.page, "only EM", 1).click()
    assert objections(visit.page) == []


def test_it_fits_the_page(visit: Visit) -> None:
    width = visit.page.viewport_size["width"]
    for act in ("() => {}", SHOW_ALL):
        visit.page.evaluate(act)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    if width == PHONE["viewport"]["width"]:
        button(visit.page, "Predict again").tap()
        for name in ("Show", "Clear", "Just show me"):
            assert (button(visit.page, name).bounding_box() or {})["height"] >= 44


# --- a sketch -----------------------------------------------------------------------------


def check_number(page: Page, text: str) -> None:
    """The number on the page, from the curve that was kept and the closed form."""
    y = heights(text)
    theta = np.linspace(-1, 1, COLUMNS)
    apart = np.abs(y - np.log(2))[(np.abs(theta) > 1e-9) & ~np.isnan(y)]
    said = told(page).inner_text()
    assert said.startswith("On average your sketch is ")
    assert said.endswith(" nats away from the curve of JS.")
    assert float(said.split()[5]) == pytest.approx(apart.mean(), abs=0.006)


def test_a_mouse_draws_and_the_truth_lies_beside(visit: Visit) -> None:
    page = visit.page
    with_mouse(page, (-1, 1.0), (0, 0.0), (1, 0.9))
    assert is_covered(page)
    button(page, "Show").click()
    assert not is_covered(page)
    assert figure(page).evaluate(SEEN_MARKS)["js"]
    text = kept(page)[key(DRAW_JS)]
    expected = np.interp(np.linspace(-1, 1, COLUMNS), [-1, 0, 1], [1.0, 0.0, 0.9])
    # a pixel of the pad is about a hundredth
    assert np.abs(heights(text) - expected).max() < 0.05
    check_number(page, text)
    assert figure(page).locator(".wg-legend li:has(.wg-sketch):visible").count() == 1
    expect(button(page, "Predict again")).to_be_focused()


def test_a_finger_draws_and_the_page_stays_put(browser: Browser, folder: Path) -> None:
    with loose(browser, folder, asking(), **PHONE) as visit:
        page = visit.page
        spots = [place(page, x, 0.7 + 0.2 * x) for x in np.linspace(-1, 1, 12)]
        scrolled = page.evaluate("() => [scrollX, scrollY]")
        session = page.context.new_cdp_session(page)
        for kind, spot in [("touchStart", spots[0]), *(("touchMove", s) for s in spots[1:])]:
            at = {"x": spot[0], "y": spot[1]}
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()
        assert page.evaluate("() => [scrollX, scrollY]") == scrolled
        button(page, "Show").tap()
        text = kept(page)[key(DRAW_JS)]
        expected = 0.7 + 0.2 * np.linspace(-1, 1, COLUMNS)
        assert np.abs(heights(text) - expected).max() < 0.05
        check_number(page, text)


def test_keys_draw(visit: Visit) -> None:
    page, pad = visit.page, figure(visit.page).locator(".wg-pad")
    assert pad.get_attribute("role") == "slider"
    assert (pad.get_attribute("aria-label") or "") == "Your sketch of JS"
    assert pad.get_attribute("aria-valuetext").startswith("nothing drawn yet; θ minus 1.00: ")
    figure(page).locator("input[type=range]").focus()
    page.keyboard.press("Tab")
    expect(pad).to_be_focused()
    page.keyboard.press("Enter")
    expect(told(page)).to_have_text("Draw a curve first: across the frame, or with the arrow keys.")
    assert is_covered(page)
    for stroke in ("ArrowUp", "PageUp", "End", "PageDown", "Shift+ArrowLeft"):
        page.keyboard.press(stroke)
    expect(told(page)).to_have_text("")
    assert pad.get_attribute("aria-valuetext").startswith("θ 0.80: ")
    page.keyboard.press("Enter")
    assert not is_covered(page)
    text = kept(page)[key(DRAW_JS)]
    given = {k: int(h) for k, h in enumerate(text.partition(";")[2].split(",")) if h}
    straight = np.interp(COLUMNS - 5, [0, COLUMNS - 1], [625, 525])
    assert set(given) == {0, COLUMNS - 5, COLUMNS - 1}
    assert (given[0], given[COLUMNS - 1]) == (625, 525)
    assert given[COLUMNS - 5] == pytest.approx(straight, abs=1), "taken up where the line was"
    expect(button(page, "Predict again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(pad).to_be_focused()
    assert is_covered(page)


def test_a_sketch_can_be_cleared_and_two_points_are_enough(visit: Visit) -> None:
    page = visit.page
    with_mouse(page, (-1, 0.5), (1, 0.5))
    button(page, "Clear").click()
    button(page, "Show").click()
    expect(told(page)).to_contain_text("Draw a curve first")
    for x in (-0.5, 0.5):
        page.mouse.click(*place(page, x, np.log(2)))
    button(page, "Show").click()
    expect(told(page)).to_contain_text("On average your sketch is 0.0")
    path = figure(page).locator("path.wg-sketch").first.get_attribute("d") or ""
    assert path.count("L") == COLUMNS // 2, "straight between the two, nothing beyond"


def test_a_curve_that_moves_is_compared_where_the_slider_stood(
    browser: Browser, folder: Path
) -> None:
    scene = perfect_judges()
    ask = Sketch("How steep is it?", "log(1 − D*)", "powers of ten")
    with loose(browser, folder, [SliderFigure(scene, predict=ask)], **DESKTOP) as visit:
        page, slider = visit.page, figure(visit.page).locator("input[type=range]")
        slider.fill("6")
        button(page, "Show").focus()
        page.keyboard.press("Shift+Tab")
        for stroke in ("End", "Enter"):
            page.keyboard.press(stroke)
        text = kept(page)[key(ask)]
        assert text.startswith("6;")
        curve = next(m for m in scene.panels[1].marks if m.label == ask.curve)
        x, y = (np.array(curve.at(name, 6)) for name in ("x", "y"))
        up = scene.panels[1].y
        truth = np.interp(np.linspace(x[0], x[-1], COLUMNS), x, y)
        off = np.abs((up.low + up.high) / 2 - truth).mean()
        said = told(page).inner_text()
        assert said.endswith("away from the curve of log(1 − D*), at d\u00a0=\u00a02.00.")
        assert float(said.split()[5]) == pytest.approx(off, abs=0.06)
        slider.fill("20")
        assert told(page).inner_text() == said, "the guess was made there"


# --- a choice -----------------------------------------------------------------------------


@pytest.mark.parametrize("key_", ["Enter", "Space"])
def test_a_choice_opens_the_figure(visit: Visit, key_: str) -> None:
    page = visit.page
    assert is_covered(page, 1)
    button(page, "EM and KL", 1).focus()
    page.keyboard.press(key_)
    assert not is_covered(page, 1)
    assert is_covered(page, 0), "the other figure waits for its own"
    expect(told(page, 1)).to_have_text("You said: EM and KL.")
    assert kept(page) == {key(WHO): "EM and KL"}
    expect(button(page, "Predict again", 1)).to_be_focused()
    assert figure(page, 1).locator(".wg-panel .points:visible").count() > 0


# --- what the browser keeps -----------------------------------------------------------------


def test_guesses_outlive_the_visit(visit: Visit) -> None:
    page = visit.page
    with_mouse(page, (-1, 0.2), (1, 0.9))
    button(page, "Show").click()
    button(page, "only EM", 1).click()
    said = told(page).inner_text()
    page.reload()
    expect(told(page)).to_have_text(said)
    expect(told(page, 1)).to_have_text("You said: only EM.")
    assert not is_covered(page)
    assert figure(page).locator(".wg-legend li:has(.wg-sketch):visible").count() == 1


def test_asking_to_be_shown_is_kept_too(visit: Visit) -> None:
    page = visit.page
    button(page, "Just show me").click()
    assert kept(page) == {key(DRAW_JS): "-"}
    page.reload()
    expect(button(page, "Predict again")).to_be_visible()
    assert not is_covered(page)
    assert figure(page).locator(".wg-sketch:visible").count() == 0
    expect(told(page)).to_have_text("")


def test_it_can_be_predicted_again_and_all_is_forgotten_with_the_answers(visit: Visit) -> None:
    page = visit.page
    button(page, "all four", 1).click()
    button(page, "Predict again", 1).click()
    assert is_covered(page, 1)
    assert kept(page) == {}
    expect(button(page, "all four", 1)).to_be_focused()
    button(page, "all four", 1).click()
    button(page, "Just show me").click()
    for name in ("Forget all answers", "Really forget all"):
        page.get_by_role("button", name=name).click()
    assert is_covered(page, 0)
    assert is_covered(page, 1)


@pytest.mark.parametrize(
    "text",
    ["<img src=x onerror=alert(1)>", "0;1,2", "0;" + 40 * ",", "99;" + 40 * "5,", "nobody",
     "0;" + 40 * "5000," + "1", ""],
)  # fmt: skip
def test_a_hostile_guess_is_left_aside(visit: Visit, text: str) -> None:
    page = visit.page
    answers = {key(ask): text for ask in (DRAW_JS, WHO)}
    page.evaluate(
        f"text => localStorage.setItem('{STORE}', text)",
        json.dumps({"version": 1, "answers": answers}),
    )
    page.reload()
    expect(button(page, "Just show me")).to_be_visible()
    assert is_covered(page, 0)
    assert is_covered(page, 1)
    assert page.locator(".wg-ask img").count() == 0


# --- open -----------------------------------------------------------------------------------


def test_on_paper_it_is_open(visit: Visit) -> None:
    page = visit.page
    with_mouse(page, (-1, 0.2), (0, 0.9))
    page.emulate_media(media="print")
    assert figure(page).evaluate(SEEN_MARKS) == dict.fromkeys(("em", "js", "tv"), True)
    assert figure(page).locator(".wg-readout:has-text('JS') dd").inner_text() == "0.693"
    assert figure(page).locator(".wg-legend li:visible").count() == 5
    for part in (".wg-ask", ".wg-pad", ".wg-sketch", ".wg-call"):
        assert page.locator(f"{part}:visible").count() == 0, part
    page.locator(".wg-table").first.evaluate("table => { table.open = true; }")
    assert page.locator(".wg-table table:visible").count() >= 1
    page.emulate_media(media="screen")
    assert is_covered(page)
    assert not figure(page).evaluate(SEEN_MARKS)["js"]


def test_without_scripts_it_is_open(browser: Browser, folder: Path) -> None:
    with loose(browser, folder, asking(), **DESKTOP, java_script_enabled=False) as visit:
        assert visit.page.locator("img.wg-picture:visible").count() == 2
        assert "0.693" in visit.page.locator("table").first.inner_text()


# --- in the book ----------------------------------------------------------------------------


def questions() -> dict[str, list[tuple[str, str]]]:
    """Every question that a figure of the book asks: where it stands, and above what."""
    found: dict[str, list[tuple[str, str]]] = {}
    for page in toc_pages():
        text = html_of(page)
        states = widget_states(text)
        for model in widget_places(text):
            ask = states.get(model, {}).get("predict")
            if ask:
                title = states[model]["scene"]["title"]
                found.setdefault(ask["question"], []).append((page, title))
    return found


def test_a_guess_belongs_to_one_figure() -> None:
    """Guesses are kept under their question: two figures may not share one."""
    found = questions()
    assert found
    for question, places in found.items():
        assert len({title for _, title in places}) == 1, question


def test_pages_open_covered_and_axe_finds_nothing(browser: Browser, site: str) -> None:
    pages = sorted({page for places in questions().values() for page, _ in places})
    for page in pages:
        for size, scheme in ((DESKTOP, "dark"), (PHONE, "light")):
            url = f"{site}/{page}.html"
            with visiting(browser, url, **size, color_scheme=scheme) as visit:
                asked = visit.page.locator(".wg:has(.wg-ask)")
                assert asked.count() >= 1, page
                assert visit.page.locator(".wg-covered").count() == asked.count(), page
                assert visit.complaints == []
                # The rest of the page is examined with its figures open: test_accessibility.
                assert objections(visit.page, ".wg:has(.wg-ask)") == [], page

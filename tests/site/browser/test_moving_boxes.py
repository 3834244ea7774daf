"""The boxes on the page without a kernel: moved by mouse, by touch and from the keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.built_site import html_of, widget_places, widget_states
from tests.site.browser.visits import DESKTOP, Shelf, visiting
from wganbook import MovingBoxes

pytestmark = pytest.mark.browser

PAGE = "book/earth-mover"

# The later a figure stands on the page, the sooner its module arrives.
LAST_MODULE_FIRST = """(() => {
  const plain = URL.createObjectURL.bind(URL);
  let wait = 1000;
  URL.createObjectURL = blob => {
    wait = Math.max(0, wait - 40);
    if (blob.type !== "text/javascript") return plain(blob);
    const text = `await new Promise(done => setTimeout(done, ${wait}));\\n`;
    return plain(new Blob([text, blob], { type: blob.type }));
  };
})()"""


@pytest.fixture(scope="module")
def model_id(site: str) -> str:
    """The first boxes of the chapter."""
    text = html_of(PAGE)
    states = widget_states(text)
    return next(key for key in widget_places(text) if "puzzle" in states.get(key, {}))


@pytest.fixture(scope="module")
def puzzle(model_id: str) -> MovingBoxes:
    """The same puzzle in Python, to compare with."""
    state = widget_states(html_of(PAGE))[model_id]["puzzle"]
    return MovingBoxes(state["source"], state["target"])


def boxes_of(shelf: Shelf, model_id: str) -> Locator:
    """The widget, as it was at the start."""
    root = shelf.take(PAGE).widget(model_id).locator(".wg-moving")
    root.get_by_role("button", name="Start again").click()
    root.scroll_into_view_if_needed()
    return root


def place(root: Locator, number: int) -> Locator:
    return root.locator(".wg-place").nth(number)


def button(root: Locator, number: int) -> Locator:
    return place(root, number).get_by_role("button")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, root: Locator, start: int, end: int) -> None:
    page.mouse.move(*middle(place(root, start).locator(".wg-box").last))
    page.mouse.down()
    page.mouse.move(*middle(place(root, end).locator(".wg-stack")), steps=5)
    page.mouse.up()


def check(root: Locator, puzzle: MovingBoxes, places: list[int]) -> None:
    """What is on the screen is what Python says of these places."""
    puzzle.places = places
    expect(root).to_have_attribute("data-work", str(puzzle.work))
    shown = [root.locator(".wg-readout dd").nth(k).inner_text() for k in (0, 1)]
    here = [places.count(p) for p in range(len(puzzle.puzzle["target"]))]
    wrong = sum(max(0, n - w) for n, w in zip(here, puzzle.puzzle["target"], strict=True))
    assert shown == [str(puzzle.work), str(wrong)]
    piles = [place(root, p).locator(".wg-box").count() for p in range(len(here))]
    assert piles == here
    rows = root.locator(".wg-plan tbody tr").all_inner_texts()
    assert sum(int(row.split("\t")[4]) for row in rows[:-1]) == puzzle.work
    assert rows[-1].split() == ["total", str(puzzle.work)]
    assert puzzle.finished == (wrong == 0)


def test_dragging_by_mouse(desktops: Shelf, model_id: str, puzzle: MovingBoxes) -> None:
    root, page = boxes_of(desktops, model_id), desktops.take(PAGE).page
    check(root, puzzle, [1, 2, 2, 2, 4, 4])
    drag(page, root, 1, 6)
    check(root, puzzle, [6, 2, 2, 2, 4, 4])
    for start, end in ((2, 0), (2, 0), (2, 3), (4, 6), (4, 6)):
        drag(page, root, start, end)
    check(root, puzzle, [6, 3, 0, 0, 6, 6])
    status = root.get_by_role("status")
    expect(status).to_contain_text("Done, with work 14; 12 is enough. Between places 1 and 2")
    drag(page, root, 6, 6)
    check(root, puzzle, [6, 3, 0, 0, 6, 6])


def test_a_worse_plan_can_be_made_optimal(
    desktops: Shelf, model_id: str, puzzle: MovingBoxes
) -> None:
    root, page = boxes_of(desktops, model_id), desktops.take(PAGE).page
    for start, end in ((2, 6), (2, 3), (2, 0), (1, 0), (4, 6), (4, 6)):
        drag(page, root, start, end)
    check(root, puzzle, [0, 0, 3, 6, 6, 6])
    expect(root.get_by_role("status")).to_contain_text("work 12. No plan costs less.")


def test_the_optimal_plan_and_a_new_start(
    desktops: Shelf, model_id: str, puzzle: MovingBoxes
) -> None:
    root = boxes_of(desktops, model_id)
    root.get_by_role("button", name="Show an optimal plan").click()
    check(root, puzzle, puzzle.puzzle["optimal"])
    assert puzzle.work == puzzle.least_work
    assert root.locator(".wg-readout dd").nth(2).inner_text() == str(puzzle.least_work)
    root.get_by_role("button", name="Start again").click()
    check(root, puzzle, puzzle.puzzle["starts"])


def test_moving_from_the_keyboard(desktops: Shelf, model_id: str, puzzle: MovingBoxes) -> None:
    root, page = boxes_of(desktops, model_id), desktops.take(PAGE).page
    button(root, 2).focus()
    page.keyboard.press("Enter")
    expect(button(root, 2)).to_have_attribute("aria-pressed", "true")
    expect(root.get_by_role("status")).to_contain_text("Box lifted from place 2")
    page.keyboard.press("ArrowRight")
    name = "Place 3: 0 boxes, 1 wanted, put the box here"
    expect(button(root, 3)).to_be_focused()
    expect(button(root, 3)).to_have_attribute("aria-label", name)
    page.keyboard.press("Space")
    check(root, puzzle, [1, 2, 2, 3, 4, 4])
    expect(root.get_by_role("status")).to_have_text(re.compile(r"From 2 to 3\. Work so far 1\."))
    page.keyboard.press("Home")
    expect(button(root, 0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(root.get_by_role("status")).to_contain_text("Place 0 has no box to lift")
    page.keyboard.press("End")
    expect(button(root, 6)).to_be_focused()


def test_escape_puts_the_box_back(desktops: Shelf, model_id: str, puzzle: MovingBoxes) -> None:
    root, page = boxes_of(desktops, model_id), desktops.take(PAGE).page
    button(root, 1).press("Enter")
    page.keyboard.press("Escape")
    expect(button(root, 1)).to_have_attribute("aria-pressed", "false")
    expect(button(root, 1)).to_be_focused()
    check(root, puzzle, [1, 2, 2, 2, 4, 4])


def test_tapping_piles_and_places(phones: Shelf, model_id: str, puzzle: MovingBoxes) -> None:
    root = boxes_of(phones, model_id)
    place(root, 2).locator(".wg-box").last.tap()
    place(root, 3).locator(".wg-stack").tap(position={"x": 8, "y": 20})
    check(root, puzzle, [1, 2, 2, 3, 4, 4])
    button(root, 4).tap()
    button(root, 6).tap()
    check(root, puzzle, [1, 2, 2, 3, 4, 6])


def test_dragging_by_touch_does_not_scroll(
    phones: Shelf, model_id: str, puzzle: MovingBoxes
) -> None:
    root, page = boxes_of(phones, model_id), phones.take(PAGE).page
    (x, y), (to_x, to_y) = (
        middle(place(root, 2).locator(".wg-box").last),
        middle(place(root, 6).locator(".wg-stack")),
    )
    before = page.evaluate("() => scrollY")
    finger = page.context.new_cdp_session(page)
    moves = [(x + (to_x - x) * k / 8, y + (to_y + 30 - y) * k / 8) for k in range(1, 9)]
    for kind, at in (
        ("touchStart", [(x, y)]),
        *[("touchMove", [m]) for m in moves],
        ("touchEnd", []),
    ):
        touches = [{"x": a, "y": b} for a, b in at]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    finger.detach()
    check(root, puzzle, [1, 2, 2, 6, 4, 4])
    assert page.evaluate("() => scrollY") == before


def test_targets_are_large_and_nothing_sticks_out(phones: Shelf, model_id: str) -> None:
    root, page = boxes_of(phones, model_id), phones.take(PAGE).page
    page.set_viewport_size({"width": 360, "height": 780})
    for target in root.locator("button, .wg-box").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    page.set_viewport_size({"width": 390, "height": 844})


def test_focus_can_be_seen(desktops: Shelf, model_id: str) -> None:
    root, page = boxes_of(desktops, model_id), desktops.take(PAGE).page
    button(root, 3).focus()
    page.keyboard.press("ArrowRight")
    outline = button(root, 4).evaluate(
        "e => [getComputedStyle(e).outlineStyle, parseFloat(getComputedStyle(e).outlineWidth)]"
    )
    assert outline[0] == "solid"
    assert outline[1] >= 2


def test_two_puzzles_of_one_page_do_not_touch(desktops: Shelf, model_id: str) -> None:
    root, page = boxes_of(desktops, model_id), desktops.take(PAGE).page
    other = page.locator(".wg-moving").nth(1)
    before = other.get_attribute("data-work")
    drag(page, root, 1, 0)
    assert root.get_attribute("data-work") == "1"
    assert other.get_attribute("data-work") == before


def test_the_address_keeps_the_boxes(
    browser: Browser, site: str, model_id: str, puzzle: MovingBoxes
) -> None:
    """Read again, come back to, or sent to somebody, the page shows what was moved."""
    with visiting(browser, f"{site}/{PAGE}.html", **DESKTOP) as visit:
        page, root = visit.page, visit.widget(model_id).locator(".wg-moving")
        first, *others = puzzle.puzzle["starts"]
        button(root, first).click()
        button(root, first - 1).click()
        moved = [first - 1, *others]
        entry = f"#~moving-boxes={'.'.join(map(str, moved))}"
        page.wait_for_function("entry => location.hash === entry", arg=entry)
        work = root.get_attribute("data-work")
        assert work != "0"
        page.reload()
        expect(root).to_have_attribute("data-work", str(work))
        page.goto("about:blank")
        page.go_back()
        expect(root).to_have_attribute("data-work", str(work))
        page.evaluate("() => { location.hash = '#~moving-boxes=1.999'; }")
        expect(page.locator(".wg-address-note")).to_contain_text("these piles do not have")
        expect(root).to_have_attribute("data-work", str(work))
        page.evaluate("() => { location.hash = '#~'; }")
        expect(root).to_have_attribute("data-work", "0")
        assert visit.complaints == []


def test_names_in_the_address_go_by_the_order_of_the_page(
    browser: Browser, site: str, model_id: str, puzzle: MovingBoxes
) -> None:
    """Two puzzles have one title: which of them a link means must not hang on what loads first."""
    first, *others = puzzle.puzzle["starts"]
    moved = [first + 1, *others]
    with browser.new_context(**DESKTOP) as context:
        context.add_init_script(LAST_MODULE_FIRST)
        page = context.new_page()
        page.goto(f"{site}/{PAGE}.html#~moving-boxes={'.'.join(map(str, moved))}")
        puzzles = page.locator(".wg-moving")
        expect(puzzles.first).to_have_attribute("data-work", "1")
        expect(puzzles.nth(1)).to_have_attribute("data-work", "0")
        assert page.locator(f'[data-wg-model="{model_id}"] .wg-moving[data-work="1"]').count() == 1
        assert page.locator(".wg-address-note").count() == 0

"""Every slider of the book: mouse, keys, touch; picture, words and numbers move together."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator

from tests.built_site import SITE, Slider, sliders
from tests.site.browser.visits import DESKTOP, SEEN, Shelf, stop_the_clock

pytestmark = pytest.mark.browser

# What one move of a slider changes in its picture: elements added, attributes and texts set.
# About 200 of them take a millisecond, so that the fullest figures stay near the 16 ms which
# benchmarks/pages.py times; a count is the same on a machine that is busy.
MOST_CHANGES = 3_200
CHANGES = """root => {
  const input = root.querySelector("input[type=range]"), count = +input.max + 1;
  const watch = new MutationObserver(() => {});
  watch.observe(root, {subtree: true, childList: true, attributes: true, characterData: true});
  return Array.from({length: 12}, () => {
    input.value = (+input.value + 1) % count;
    input.dispatchEvent(new Event("input", {bubbles: true}));
    return watch.takeRecords().reduce((sum, r) => sum + Math.max(1, r.addedNodes.length), 0);
  });
}"""

# Contrast by WCAG: text against the background that lies behind it, marks likewise.
CONTRASTS = """root => {
  const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = colour => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  };
  const light = rgb => [...rgb].slice(0, 3).map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [.2126, .7152, .0722][k], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const ratio = (element, key) => {
    const a = light(rgba(getComputedStyle(element)[key])), b = light(behind(element));
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  };
  const all = (selector, key) => [...root.querySelectorAll(selector)].map(e =>
    [ratio(e, key), `${e.tagName}.${e.getAttribute("class")} ${e.textContent.slice(0, 20)}`]);
  return {
    text: all(".wg-panel > svg text", "fill")
      .concat(all("figcaption, dt, dd, label, output, .wg-title, .wg-legend li", "color")),
    marks: all(".line:not(.soft), .segments:not(.soft), .frame", "stroke")
      .concat(all(".points:not(.soft)", "fill")),
  };
}"""


def root_of(shelf: Shelf, slider: Slider) -> Locator:
    return shelf.take(slider.page).widget(slider.model_id).locator(".wg").first


def control_of(root: Locator) -> Locator:
    return root.locator("input[type=range]").first


def check_agreement(seen: dict[str, Any], slider: Slider) -> None:
    """What is on the screen is what the scene says at that position, and nothing else."""
    index = seen["index"]
    assert seen["control"] == index
    assert seen["spoken"] == slider.scene["sentences"][index]
    assert seen["shown"] == slider.texts[index]
    assert seen["values"] == slider.readouts(index)


def positions(slider: Slider) -> list[int]:
    last = len(slider.texts) - 1
    return sorted({0, 1, last // 4, last // 2, (3 * last) // 4, last - 1, last})


def shape(slider: Slider) -> tuple[Any, ...]:
    """What may matter to mouse, finger and keys: how it looks, not what it shows."""
    scene = slider.scene
    marks = {mark["kind"] for panel in scene["panels"] for mark in panel["marks"]}
    return (
        len(scene["panels"]),
        scene["slider"]["play"],
        len(slider.texts) == 2,
        bool(scene["readouts"]),
        bool(marks & {"cells", "field"}),
    )


def representatives() -> list[Slider]:
    """The first slider of each shape: gestures are those of the widget, and all have the same."""
    return list({shape(slider): slider for slider in reversed(sliders())}.values())[::-1]


with_gestures = pytest.mark.parametrize("slider", representatives() or [None], ids=str)


@pytest.fixture
def root(desktops: Shelf, slider: Slider) -> Locator:
    found = root_of(desktops, slider)
    found.scroll_into_view_if_needed()
    return found


def test_slider_starts_where_the_chapter_says(desktops: Shelf, slider: Slider) -> None:
    """As the page showed it before any test moved it."""
    seen = desktops.take(slider.page).untouched[slider.model_id]
    assert seen["index"] == slider.start
    check_agreement(seen, slider)


@with_gestures
def test_keys_move_it(root: Locator, slider: Slider) -> None:
    control, last = control_of(root), len(slider.texts) - 1
    control.press("Home")
    first = root.evaluate(SEEN)
    assert first["index"] == 0
    steps = [
        ("ArrowRight", 1),
        ("ArrowUp", 2 if last > 1 else 1),
        ("ArrowLeft", 1 if last > 1 else 0),
        ("ArrowDown", 0),
    ]
    for key, expected in steps:
        control.press(key)
        seen = root.evaluate(SEEN)
        assert seen["index"] == expected, key
        check_agreement(seen, slider)
    control.press("PageUp")
    assert root.evaluate(SEEN)["index"] >= min(last, 1)
    control.press("PageDown")
    assert root.evaluate(SEEN)["index"] == 0
    control.press("End")
    end = root.evaluate(SEEN)
    assert end["index"] == last
    check_agreement(end, slider)
    assert end["picture"] != first["picture"]
    control.press("ArrowRight")
    assert root.evaluate(SEEN)["index"] == last


@with_gestures
def test_tab_reaches_it_and_shows_where_it_is(root: Locator) -> None:
    control = control_of(root)
    control.focus()
    root.page.keyboard.press("Shift+Tab")
    assert not control.evaluate("input => input === document.activeElement")
    root.page.keyboard.press("Tab")
    assert control.evaluate("input => input === document.activeElement")
    outline = control.evaluate("input => parseFloat(getComputedStyle(input).outlineWidth)")
    assert outline >= 2


def test_screen_readers_get_a_name_and_words(root: Locator, slider: Slider) -> None:
    control = root.get_by_role("slider", name=slider.scene["slider"]["name"])
    assert control.count() == 1
    assert root.get_attribute("role") == "group"
    assert root.get_attribute("aria-label") == slider.scene["title"]
    for figure in root.locator(".wg-panel > svg").all():
        assert figure.get_attribute("role") == "img"
        assert figure.get_attribute("aria-label")


@with_gestures
def test_mouse_drags_it(root: Locator, slider: Slider) -> None:
    control, last = control_of(root), len(slider.texts) - 1
    control.press("Home")
    before = root.evaluate(SEEN)
    box = control.bounding_box()
    assert box is not None
    mouse, y = root.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + 8, y)
    mouse.down()
    passed = set()
    for step in range(1, 11):
        mouse.move(box["x"] + 8 + (box["width"] - 12) * step / 10, y)
        seen = root.evaluate(SEEN)
        check_agreement(seen, slider)
        passed.add(seen["index"])
    mouse.up()
    after = root.evaluate(SEEN)
    assert after["index"] == last
    assert after["picture"] != before["picture"]
    assert after["spoken"] != before["spoken"]
    assert len(passed) >= min(last, 5), "the picture follows while dragging, not only at the end"


@with_gestures
def test_finger_drags_it_and_the_page_stays_put(phones: Shelf, slider: Slider) -> None:
    root = root_of(phones, slider)
    page = root.page
    page.set_viewport_size({"width": 390, "height": 844})
    control = control_of(root)
    control.press("Home")
    control.evaluate("input => input.scrollIntoView({block: 'center'})")
    before, scrolled = root.evaluate(SEEN), page.evaluate("() => [scrollX, scrollY]")
    box = control.bounding_box()
    assert box is not None
    assert box["height"] >= 44, "large enough for a finger"
    y = box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, x: float | None = None) -> None:
        points = [] if x is None else [{"x": x, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", box["x"] + 8)
    for step in range(1, 11):
        touch("touchMove", box["x"] + 8 + (box["width"] - 16) * 0.6 * step / 10)
    touch("touchEnd")
    session.detach()
    after = root.evaluate(SEEN)
    assert 0 < after["index"] < len(slider.texts)
    assert after["spoken"] != before["spoken"]
    assert after["picture"] != before["picture"]
    check_agreement(after, slider)
    assert page.evaluate("() => [scrollX, scrollY]") == scrolled


def test_panels_stack_on_a_phone(phones: Shelf, slider: Slider) -> None:
    root = root_of(phones, slider)
    root.page.set_viewport_size({"width": 360, "height": 780})
    boxes = [panel.bounding_box() for panel in root.locator(".wg-panel").all()]
    assert all(boxes)
    for above, below in itertools.pairwise(boxes):
        assert below["y"] >= above["y"] + above["height"] - 1
    for box in boxes:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["width"] >= 250, "wide enough to read"


def test_values_on_screen_are_those_of_the_scene(root: Locator, slider: Slider) -> None:
    control = control_of(root)
    for index in positions(slider):
        control.fill(str(index))
        seen = root.evaluate(SEEN)
        assert seen["index"] == index
        check_agreement(seen, slider)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_picture_is_readable(root: Locator, scheme: str) -> None:
    page = root.page
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("s => document.documentElement.dataset.theme === s", arg=scheme)
    ratios = root.evaluate(CONTRASTS)
    page.emulate_media(color_scheme="light")
    assert ratios["text"]
    assert [entry for entry in ratios["text"] if entry[0] < 4.5] == []
    assert [entry for entry in ratios["marks"] if entry[0] < 3] == []


def test_a_move_changes_little(root: Locator) -> None:
    changes = root.evaluate(CHANGES)
    assert min(changes) > 0, "the picture followed"
    assert max(changes) <= MOST_CHANGES


# The hero slider, against formulas of its own.
HERO = "Two parallel lines and four distances"
DOTS = """root => {
  const image = root.querySelectorAll(".wg-panel > svg")[1];
  const ticks = [...image.querySelectorAll("text.end")].map(t =>
    [parseFloat(t.textContent.replace("−", "-")), +t.getAttribute("y") - 4]);
  const across = [...image.querySelectorAll("text.mid")].slice(0, 3).map(t =>
    [parseFloat(t.textContent.replace("−", "-")), +t.getAttribute("x")]);
  const read = (pairs, at) => {
    const [[a, p], [b, q]] = [pairs[0], pairs.at(-1)];
    return a + (at - p) * (b - a) / (q - p);
  };
  return Object.fromEntries(["em", "js", "tv"].map(role => {
    const dot = image.querySelector(`circle.${role}`);
    return [role, [read(across, +dot.getAttribute("cx")), read(ticks, +dot.getAttribute("cy"))]];
  }));
}"""


def expected_values(theta: float) -> dict[str, float]:
    apart = theta != 0
    return {
        "em": abs(theta),
        "js": math.log(2) if apart else 0.0,
        "tv": 1.0 if apart else 0.0,
        "kl": math.inf if apart else 0.0,
    }


def written(value: float) -> str:
    return "∞" if math.isinf(value) else f"{value:.3f}"


@pytest.mark.parametrize(
    "slider", [s for s in sliders() if s.scene["title"] == HERO] or [None], ids=str
)
def test_parallel_lines_show_their_closed_forms(desktops: Shelf, slider: Slider | None) -> None:
    """EM = |θ|, JS = log 2, TV = 1, KL = ∞ but at θ = 0: as numbers and as points drawn."""
    assert slider is not None, "the hero slider is on no page"
    root = root_of(desktops, slider)
    for index, text in enumerate(slider.texts):
        if index % 5 and text != "0.00":
            continue
        control_of(root).fill(str(index))
        theta = -1 + 2 * index / (len(slider.texts) - 1)
        expected = expected_values(theta)
        assert root.evaluate(SEEN)["values"] == [written(v) for v in expected.values()], text
        for role, (x, y) in root.evaluate(DOTS).items():
            assert x == pytest.approx(theta, abs=0.006), (role, text)
            assert y == pytest.approx(expected[role], abs=0.006), (role, text)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
@pytest.mark.parametrize("slider", sliders()[:1], ids=str)
def test_play_runs_to_the_end_and_stops(
    browser: Browser, site: str, slider: Slider, motion: str
) -> None:
    """Any slider may carry the button: here the first of the book is given one."""
    url = f"{site}/{slider.page}.html"
    text = (SITE / f"{slider.page}.html").read_text("utf-8").replace('"play":false', '"play":true')
    context = browser.new_context(**DESKTOP, reduced_motion=motion)
    try:
        context.route(url, lambda route: route.fulfill(body=text, content_type="text/html"))
        page = context.new_page()
        page.goto(url)
        root = page.locator(f'[data-wg-model="{slider.model_id}"] .wg')
        control_of(root).press("Home")
        stop_the_clock(page)
        root.get_by_role("button", name="Play").click()
        pause = root.get_by_role("button", name="Pause")
        assert pause.count() == 1
        page.clock.run_for(2000)
        midway = root.evaluate(SEEN)
        assert 0 < midway["index"] < len(slider.texts) - 1
        check_agreement(midway, slider)
        pause.click()
        page.clock.run_for(5000)
        assert root.evaluate(SEEN)["index"] == midway["index"]
        root.get_by_role("button", name="Play").click()
        page.clock.run_for(60_000)
        end = root.evaluate(SEEN)
        assert end["index"] == len(slider.texts) - 1
        check_agreement(end, slider)
        root.get_by_role("button", name="Play").click()
        page.clock.run_for(1100)
        assert 0 < root.evaluate(SEEN)["index"] < len(slider.texts) // 2, "starts over from the end"
    finally:
        context.close()


@pytest.mark.parametrize("slider", [s for s in sliders() if s.scene["slider"]["play"]], ids=str)
def test_play_moves_the_sliders_that_offer_it(stopped: Shelf, slider: Slider) -> None:
    root = root_of(stopped, slider)
    control_of(root).press("Home")
    root.get_by_role("button", name="Play").click()
    root.page.clock.run_for(60_000)
    assert root.evaluate(SEEN)["index"] == len(slider.texts) - 1
    assert root.get_by_role("button", name="Play").count() == 1, "it has stopped"

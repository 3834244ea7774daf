"""The workshop as a reader has it: by mouse, finger and keyboard, wide and narrow, from a file."""

from __future__ import annotations

import csv
import io
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import wganbook as book
import wganlib as wg
from tests.site.browser.shops import (
    PAINTED_ANEW,
    READY,
    Opened,
    choose,
    opening,
    painted,
    play_until,
    press,
    readout,
    side_of,
    steps,
    write,
)
from tests.site.browser.visits import DESKTOP, PHONE
from tests.site.workshop_bench import FUSED, KERNELS, by_the_library

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Open a page with workshops from a file, with an address and options of the browser."""
    return partial(opening, browser, tmp_path_factory.mktemp("pages"))


# --- training ------------------------------------------------------------------------


@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_trains_pauses_and_starts_again(opened: Opened, theme: str, options: Any) -> None:
    with opened(theme=theme, **options) as visit:
        page = visit.page
        before = painted(page.locator(".wg-plane"))
        play_until(page, 30)
        assert steps(page) >= 30
        assert painted(page.locator(".wg-plane")) != before
        assert side_of(page).get_attribute("data-kernels") == KERNELS[FUSED]
        stood = steps(page)
        page.wait_for_timeout(200)
        assert steps(page) == stood
        expect(page.locator(".wg-status")).to_contain_text(f"{stood} generator steps")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        press(page, "Reset")
        page.wait_for_function("() => document.querySelector('.wg-side').dataset.step === '0'")
        assert painted(page.locator(".wg-plane")) == before


def test_single_steps_are_those_of_the_algorithm(opened: Opened) -> None:
    with opened() as visit:
        page, side = visit.page, side_of(visit.page)
        press(page, "Critic step")
        expect(side).to_have_attribute("data-critic-steps", "1")
        press(page, "Critic step")
        expect(side).to_have_attribute("data-critic-steps", "2")
        assert steps(page) == 0
        press(page, "Generator step")
        expect(side).to_have_attribute("data-step", "1")
        expect(side).to_have_attribute("data-critic-steps", "5")


def test_every_line_of_the_listing_is_lit_in_turn(opened: Opened) -> None:
    with opened(book.Workshop(n_critic=2, rule="clipping", c=0.1)) as visit:
        page = visit.page
        page.locator(".wg-listing summary").click()
        for line in [3, 4, 5, 6, 7, 3, 4, 5, 6, 7, 9, 10, 11, 3]:
            page.get_by_role("button", name="Next line").click()
            current = page.locator(".wg-listing li[aria-current=step]")
            expect(current).to_have_count(1)
            expect(current).to_have_attribute("value", str(line))
            expect(current.locator(".wg-line-numbers")).not_to_be_empty()
            code, numbers = (current.locator(f"{name}").inner_text() for name in ("code", "span"))
            expect(page.locator(".wg-status")).to_have_text(
                f"Line {line} is done: {code}. {numbers}."
            )


def test_two_trainings_under_one_seed(opened: Opened) -> None:
    with opened() as visit:
        page = visit.page
        press(page, "Compare two")
        expect(page.locator(".wg-side")).to_have_count(2)
        page.wait_for_function(READY)
        choose(page, "start from", "GAN, minimax", 1)
        page.wait_for_function(READY)
        press(page, "Generator step")
        for place in (0, 1):
            expect(side_of(page, place)).to_have_attribute("data-step", "1")
        expect(page.locator(".wg-status")).to_have_text(
            "A: WGAN, gradient penalty: 1 generator steps, 5 critic steps. "
            "B: GAN, minimax, no rule: 1 generator steps, 1 critic steps."
        )
        assert readout(page, "exact EM", 0) != readout(page, "exact EM", 1)
        expect(side_of(page, 1).locator("dt:text-is('JS estimate (nats)')")).to_be_visible()
        expect(side_of(page, 0).locator("dt:text-is('JS estimate (nats)')")).to_be_hidden()
        press(page, "One training")
        expect(page.locator(".wg-side")).to_have_count(1)


def test_without_workers_it_trains_on_the_page(opened: Opened) -> None:
    with opened(script="delete window.Worker") as visit:
        play_until(visit.page, 10)
        press(visit.page, "Generator step")


def test_without_vectors_it_trains_in_javascript(opened: Opened) -> None:
    script = "WebAssembly.compile = async () => { throw new WebAssembly.CompileError('no SIMD'); }"
    with opened(script=f"delete window.Worker; {script}") as visit:
        play_until(visit.page, 5)
        assert side_of(visit.page).get_attribute("data-kernels") == "JavaScript, float32"


def test_a_hidden_tab_pauses_and_goes_on(opened: Opened) -> None:
    hide = (
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, "
        "configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }"
    )
    with opened() as visit:
        page = visit.page
        press(page, "Play")
        page.wait_for_function("() => +document.querySelector('.wg-side').dataset.step > 3")
        page.evaluate(hide, True)
        expect(side_of(page)).to_have_attribute("data-playing", "false")
        stood = steps(page)
        page.evaluate(hide, False)
        page.wait_for_function(f"() => +document.querySelector('.wg-side').dataset.step > {stood}")
        press(page, "Pause")


def test_a_training_that_comes_apart_says_where(opened: Opened) -> None:
    with opened(book.Workshop(rule="none", optimiser="sgd", lr=0.1, generator_lr=0.1)) as visit:
        page = visit.page
        press(page, "Play")
        alert = side_of(page).locator(".wg-error:not([hidden])").first
        expect(alert).to_contain_text("expected finite losses, got NaN or infinity; last good: ")
        expect(alert).to_contain_text(re.compile(r"In run A, generator step \d+"))
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
        press(page, "Reset")
        expect(alert).to_be_hidden()


# --- settings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "typed"),
    [
        ("critic's rate", "1e9"), ("critic's rate", "fast"), ("generator's rate", "0"),
        ("batch", "2.5"), ("width", "1000"), ("hidden layers", "0"), ("n_critic", ""),
        ("seed", "-1"), ("modes", "99"), ("λ", "NaN"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_told_beside_it_and_the_last_one_stays(
    opened: Opened, label: str, typed: str
) -> None:
    with opened() as visit:
        page = visit.page
        field = page.get_by_label(label, exact=True)
        good = field.input_value()
        play_until(page, 3)
        stood = steps(page)
        write(page, label, typed)
        told = page.locator(f"#{field.get_attribute('aria-describedby')}")
        expect(told).to_contain_text(f"{label}: expected ")
        expect(told).to_contain_text(f"{good} stays")
        expect(field).to_have_attribute("aria-invalid", "true")
        press(page, "Generator step")
        expect(side_of(page)).to_have_attribute("data-step", str(stood + 1))
        write(page, label, good)
        expect(told).to_be_hidden()


@pytest.mark.parametrize("data", ["grid", "roll", "lines", "gaussians", "word", "points"])
def test_every_kind_of_data_can_be_trained_on(opened: Opened, data: str) -> None:
    with opened() as visit:
        page = visit.page
        before = painted(page.locator(".wg-plane"))
        choose(page, "data", data)
        page.wait_for_function(PAINTED_ANEW, arg=before)
        press(page, "Generator step")
        expect(side_of(page)).to_have_attribute("data-step", "1")
        assert float(readout(page, "exact EM")) > 0


# --- drawing -------------------------------------------------------------------------


def points_of(page: Page) -> list[list[float]]:
    text = page.get_by_label("points", exact=True).input_value()
    return [[float(number) for number in line.split(",")] for line in text.splitlines()]


def test_points_are_drawn_with_the_mouse(opened: Opened) -> None:
    with opened(book.Workshop(data="points", points=[[-1, 0], [1, 0]])) as visit:
        page = visit.page
        press(page, "Clear the points")
        box = page.locator(".wg-plane").bounding_box()
        assert box
        page.mouse.click(box["x"] + 100, box["y"] + 100)
        expect(page.locator(".wg-drawing .wg-error")).to_have_text(
            "points: expected at least two different ones, got 1. Draw another."
        )
        press(page, "Generator step")  # on the points from before
        expect(side_of(page)).to_have_attribute("data-step", "1")
        page.mouse.move(box["x"] + 100, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] + 200, steps=20)
        page.mouse.up()
        drawn = points_of(page)
        assert len(drawn) > 8
        assert drawn[0][0] < drawn[-1][0]
        assert drawn[0][1] > drawn[-1][1]
        press(page, "Generator step")
        expect(side_of(page)).to_have_attribute("data-step", "1")


def test_points_are_drawn_with_a_finger(opened: Opened) -> None:
    with opened(book.Workshop(data="points", points=[[-1, 0], [1, 0]]), **PHONE) as visit:
        page = visit.page
        page.locator(".wg-plane").scroll_into_view_if_needed()
        box = page.locator(".wg-plane").bounding_box()
        assert box
        page.touchscreen.tap(box["x"] + 120, box["y"] + 120)
        expect(page.get_by_label("points", exact=True)).to_have_value(re.compile("(.*\n){2}.+"))
        assert len(points_of(page)) == 3
        assert page.locator(".wg-plane").evaluate("c => getComputedStyle(c).touchAction") == "none"


def test_points_are_written_from_the_keyboard(opened: Opened) -> None:
    with opened(book.Workshop(data="points", points=[[-1, 0], [1, 0]])) as visit:
        page = visit.page
        field = page.get_by_label("points", exact=True)
        field.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("0.5 0.25\n-2,-1.5\n")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".wg-status")).to_contain_text("2 points")
        assert points_of(page) == [[0.5, 0.25], [-2, -1.5]]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1, 1", "points: expected at least two different ones, got 1"),
        ("1, 1\n1, 1", "points: expected at least two different ones, got 1"),
        ("1, 1\n2", "points: expected two numbers a line, from -10 to 10, got 2"),
        ("1,\n2, 2", "points: expected two numbers a line, from -10 to 10, got 1,"),
        (", 1\n2, 2", "points: expected two numbers a line, from -10 to 10, got , 1"),
        ("1,,1\n2, 2", "points: expected two numbers a line, from -10 to 10, got 1,,1"),
        ("1, NaN\n2, 2", "points: expected two numbers a line, from -10 to 10, got 1, NaN"),
        ("<b>1</b>, 1", "points: expected two numbers a line, from -10 to 10, got <b>1</b>, 1"),
        ("1, x\n2, 2", "points: expected two numbers a line, from -10 to 10, got 1, x"),
        ("1, 1\n99, 2", "points: expected two numbers a line, from -10 to 10, got 99, 2"),
        ("", "points: expected at least two different ones, got 0"),
        ("1, 1;" * 401, "points: expected at most 400, got 401"),
    ],
)
def test_bad_points_are_told_and_the_last_ones_stay(opened: Opened, typed: str, told: str) -> None:
    with opened(book.Workshop(data="points", points=[[-1, 0], [1, 0]])) as visit:
        page = visit.page
        page.get_by_label("points", exact=True).fill(typed)
        press(page, "Take these points")
        expect(page.locator(".wg-drawing .wg-error")).to_have_text(f"{told}. The last points stay.")
        press(page, "Generator step")
        expect(side_of(page)).to_have_attribute("data-step", "1")


# --- addresses -----------------------------------------------------------------------


def test_a_link_starts_the_same_run(opened: Opened) -> None:
    workshop = book.Workshop(
        data="points", points=[[0.5, -1.25], [2, 1], [-2, 0.125]], seed=9, rule="one_sided",
        weight=0.5, batch=32, compare={"objective": "non_saturating", "optimiser": "adam"},
    )  # fmt: skip
    with opened(workshop) as visit:
        page = visit.page
        press(page, "Copy a link")
        link = page.get_by_label("Link to this training").input_value()
        press(page, "Generator step")
        seen = []
        for place in (0, 1):
            expect(side_of(page, place)).to_have_attribute("data-step", "1")
            seen.append(painted(page.locator(".wg-plane").nth(place)))
    fragment = link[link.index("#") :]
    with opened(book.Workshop(), fragment=fragment) as visit:
        page = visit.page
        expect(page.locator(".wg-status")).to_contain_text("Opened from the link")
        press(page, "Generator step")
        for place in (0, 1):
            expect(side_of(page, place)).to_have_attribute("data-step", "1")
        assert [painted(page.locator(".wg-plane").nth(place)) for place in (0, 1)] == seen


HOSTILE = [
    "#workshop=1&data=<img src=x onerror=alert(1)>",
    "#workshop=1&lr=1e9",
    "#workshop=1&lr=NaN",
    "#workshop=1&__proto__=1",
    "#workshop=1&constructor=1",
    "#workshop=1&objective=__proto__",
    "#workshop=1&data=points",
    "#workshop=1&data=points&points=1,1;<b>",
    "#workshop=1&seed=1&seed=2",
    "#workshop=1&9.lr=0.1",
    "#workshop=1&batch=1e308",
    "#workshop=1&word=%F0%9F%98%80&data=word",
    "#workshop=1&x=" + 20_000 * "a",
    "#workshop=1&seed=x~two-lines=3",
    "#workshop=%",
    "#workshop=2&seed=1",
    "#workshop=1&data=points&points=1,;2,2",
]


@pytest.mark.parametrize("fragment", HOSTILE, ids=lambda text: text[:40])
def test_a_damaged_or_hostile_link_gives_a_sentence(opened: Opened, fragment: str) -> None:
    script = "window.alert = () => { window.hurt = true; }"
    with opened(fragment=fragment, script=script) as visit:
        page = visit.page
        expect(page.locator(".wg-status")).to_contain_text("This link cannot be used. ")
        expect(page.locator(".wg-status")).to_contain_text("The settings from before stay.")
        assert page.locator(".wg-shop img, .wg-shop b, .wg-shop script").count() == 0
        assert page.evaluate("() => window.hurt") is None
        press(page, "Generator step")
        expect(side_of(page)).to_have_attribute("data-step", "1")


def test_the_address_of_another_place_is_left_alone(opened: Opened) -> None:
    with opened(fragment="#the-algorithm") as visit:
        expect(visit.page.locator(".wg-status")).to_be_empty()


def test_a_link_followed_on_the_page_is_taken_or_refused(opened: Opened) -> None:
    with opened() as visit:
        page = visit.page
        page.evaluate("() => { location.hash = '#workshop=1&seed=5'; }")
        expect(page.get_by_label("seed", exact=True)).to_have_value("5")
        page.evaluate("() => { location.hash = '#workshop=1&seed=-5'; }")
        expect(page.locator(".wg-status")).to_contain_text("seed: expected a whole number")
        expect(page.get_by_label("seed", exact=True)).to_have_value("5")


# --- taking away ---------------------------------------------------------------------


def test_the_curves_are_the_library_s(opened: Opened, tmp_path: Path) -> None:
    """The first iteration in float32, to the bound of the engine's own test."""
    workshop = book.Workshop(lr=5e-5, generator_lr=5e-5)
    with opened(workshop) as visit:
        page = visit.page
        press(page, "Generator step")
        expect(side_of(page)).to_have_attribute("data-step", "1")
        with page.expect_download() as download:
            press(page, "Curves as CSV")
        assert download.value.suggested_filename == "workshop-a.csv"
        download.value.save_as(tmp_path / "curves.csv")
    (row,) = csv.DictReader(io.StringIO((tmp_path / "curves.csv").read_text("utf-8")))
    (run,) = workshop.setup["runs"]
    rows, *_ = by_the_library(wg.ring_of_gaussians(8), workshop.setup, run, "float32", 1)
    assert float(row["critic_loss"]) == pytest.approx(rows[0, 0], abs=1e-5)
    assert float(row["estimate"]) == pytest.approx(-rows[0, 0], abs=1e-5)
    assert float(row["exact_em"]) > 0


def test_a_picture_can_be_taken(opened: Opened, tmp_path: Path) -> None:
    with opened() as visit:
        with visit.page.expect_download() as download:
            press(visit.page, "Picture as PNG")
        download.value.save_as(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


# --- for everybody -------------------------------------------------------------------


@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(opened: Opened, theme: str, options: Any) -> None:
    workshop = book.Workshop(data="points", points=[[-1, 0], [1, 0]], compare={"rule": "none"})
    with opened(workshop, theme=theme, **options) as visit:
        page = visit.page
        page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        press(page, "Generator step")  # a row with numbers in each table
        expect(side_of(page, 1)).to_have_attribute("data-step", "1")
        assert page.evaluate("() => document.documentElement.scrollWidth <= screen.width")
        write(page, "critic's rate", "1e9")
        press(page, "As Python")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_everything_can_be_reached_and_pressed_from_the_keyboard(opened: Opened) -> None:
    with opened() as visit:
        page = visit.page
        names: set[str] = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            name = page.evaluate("() => document.activeElement.textContent.trim()")
            if name == "Critic step" and name not in names:
                page.keyboard.press("Enter")
            names.add(name)
        assert {"Play", "Generator step", "Critic step", "Reset", "As Python"} <= names
        expect(side_of(page)).to_have_attribute("data-critic-steps", "1")


def test_while_it_plays_nothing_is_announced(opened: Opened) -> None:
    with opened() as visit:
        page = visit.page
        press(page, "Play")
        page.evaluate(
            "() => { window.said = 0; new MutationObserver(() => window.said++)"
            ".observe(document.querySelector('.wg-status'), { childList: true, subtree: true }); }"
        )
        page.wait_for_function("() => +document.querySelector('.wg-side').dataset.step > 20")
        assert page.evaluate("() => window.said") == 0
        press(page, "Pause")


def test_who_wants_less_motion_gets_fewer_pictures(opened: Opened) -> None:
    count = "() => { window.drawn = 0; const put = CanvasRenderingContext2D.prototype.putImageData;"
    count += "CanvasRenderingContext2D.prototype.putImageData = function (...all) {"
    count += " window.drawn += 1; return put.apply(this, all); }; }"
    with opened(reduced_motion="reduce", **DESKTOP) as visit:
        page = visit.page
        page.evaluate(count)
        began = page.evaluate("() => performance.now()")
        play_until(page, 60)
        seconds = (page.evaluate("() => performance.now()") - began) / 1000
        # One a second, and one at each end: the first press, the pause.
        assert page.evaluate("() => window.drawn") <= seconds + 3


def test_two_workshops_of_one_page_do_not_touch(opened: Opened) -> None:
    first, second = book.Workshop(name="one", seed=1), book.Workshop(name="two", small=True, seed=1)
    with opened(first, second, fragment="#two=1&seed=4") as visit:
        page = visit.page
        seeds = page.get_by_label("seed", exact=True)
        assert [seeds.nth(i).input_value() for i in (0, 1)] == ["1", "4"]
        page.get_by_role("button", name="Generator step").nth(1).click()
        expect(side_of(page, 1)).to_have_attribute("data-step", "1")
        assert steps(page, 0) == 0
        for place, name in enumerate(("one", "two")):
            page.get_by_role("button", name="Copy a link").nth(place).click()
            expect(page).to_have_url(re.compile(f"#{name}=1&"))


def test_what_was_measured_stands_in_a_table(opened: Opened) -> None:
    with opened() as visit:
        page = visit.page
        for count in (1, 2):
            press(page, "Generator step")
            expect(side_of(page)).to_have_attribute("data-step", str(count))
        page.locator(".wg-values-live summary").click()
        rows = page.locator(".wg-values-live tr:has(td)").all_inner_texts()
        assert [row.split("\t")[:2] for row in rows] == [["A", "0"], ["A", "1"], ["A", "2"]]
        assert rows[-1].split("\t")[2] == readout(page, "exact EM")


def test_the_link_says_what_was_set(opened: Opened) -> None:
    with opened() as visit:
        page = visit.page
        write(page, "seed", "12")
        write(page, "critic's rate", "5e-4")
        press(page, "Copy a link")
        link = page.get_by_label("Link to this training").input_value()
        assert page.url == link
    assert "&seed=12&" in link
    assert "&lr=0.0005&" in link

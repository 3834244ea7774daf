"""Workshops as a reader has them: a page with some of them from a file, and what one does there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

import wganbook as book
from tests.site.browser.visits import DESKTOP, Visit, listen
from tests.site.widget_page import page_of

READY = """() => document.querySelectorAll(".wg-static").length
  === document.querySelectorAll(".wg-shop").length
  && [...document.querySelectorAll(".wg-side")].every(side => side.dataset.step)"""
Opened = Callable[..., AbstractContextManager[Visit]]


@contextmanager
def opening(
    browser: Browser,
    folder: Path,
    *workshops: Any,
    fragment: str = "",
    theme: str = "light",
    script: str = "",
    change: Callable[[str], str] = str,
    **options: Any,
) -> Iterator[Visit]:
    """Open a page with workshops from a file, with an address and options of the browser.

    ``change`` is told the text of the page, and returns what is written.
    """
    path = folder / "page.html"
    path.write_text(change(page_of(*(workshops or [book.Workshop()]), theme=theme)), "utf-8")
    context = browser.new_context(**(options or DESKTOP))
    context.set_default_timeout(60_000)
    if script:
        context.add_init_script(script)
    visit = listen(context.new_page())
    visit.page.goto(f"{path.as_uri()}{fragment}")
    visit.page.wait_for_function(READY)
    yield visit
    assert visit.complaints == []
    assert visit.offsite == []
    context.close()


def side_of(page: Page, place: int = 0) -> Locator:
    return page.locator(".wg-side").nth(place)


def steps(page: Page, place: int = 0) -> int:
    return int(side_of(page, place).get_attribute("data-step") or -1)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def play_until(page: Page, count: int) -> None:
    press(page, "Play")
    page.wait_for_function(
        "count => [...document.querySelectorAll('.wg-side')].every(s => +s.dataset.step >= count)",
        arg=count,
    )
    press(page, "Pause")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    # The button turns at once; what the thread did meanwhile is drawn a frame or two later.
    for side in page.locator(".wg-side").all():
        expect(side).to_have_attribute("data-playing", "false")


def choose(page: Page, label: str, value: str, place: int = 0) -> None:
    page.get_by_label(label, exact=True).nth(place).select_option(value)


def write(page: Page, label: str, value: str, place: int = 0) -> None:
    field = page.get_by_label(label, exact=True).nth(place)
    field.fill(value)
    field.blur()


def readout(page: Page, name: str, place: int = 0) -> str:
    return side_of(page, place).locator(f".wg-readout:has(dt:text-is('{name}')) dd").inner_text()


#: The plane shows another picture than the one before.
PAINTED_ANEW = "before => document.querySelector('.wg-plane').toDataURL() !== before"


def painted(canvas: Locator) -> str:
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))

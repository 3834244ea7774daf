"""What a page leaves until its reader comes near, and what it never fetches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from tests.built_site import SITE, toc_pages
from tests.site.browser.visits import DESKTOP, PHONE, Visit, listen

pytestmark = pytest.mark.browser

WITH_WORKSHOP = [
    page for page in toc_pages() if "_widgets/text-" in (SITE / f"{page}.html").read_text("utf-8")
]
FILE = re.compile(r"/_widgets/text-[0-9a-f]+\.js$")
#: A figure that a page sees far below.
FAR = "book/lipschitz"
LIVE = """() => [...document.querySelectorAll("[data-wg-model]:not(.wg-picture-stays)")]
  .every(place => place.classList.contains("wg-live"))"""


@contextmanager
def opened(browser: Browser, url: str, **options: object) -> Iterator[Visit]:
    """Open a page as a reader does, who stays at its top."""
    context = browser.new_context(**options)
    try:
        visit = listen(context.new_page())
        visit.page.goto(url, wait_until="networkidle")
        visit.page.wait_for_function(LIVE)
        yield visit
    finally:
        context.close()


def fetched(visit: Visit, what: re.Pattern[str]) -> list[str]:
    return [url for _, url in visit.responses if what.search(url)]


@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_workshop_comes_when_its_reader_does(
    browser: Browser, site: str, options: dict[str, object]
) -> None:
    with opened(browser, f"{site}/{FAR}.html", **options) as visit:
        page = visit.page
        place = page.locator(".wg-picture-stays")
        assert place.count() == 1
        assert not fetched(visit, FILE)
        height = (place.bounding_box() or {})["height"]
        assert height > 100, "its picture's room"
        place.scroll_into_view_if_needed()
        place.locator(".wg-shop").wait_for()
        assert len(fetched(visit, FILE)) == 1
        assert not place.locator(".wg-picture").is_visible()
        assert visit.complaints == []


@pytest.mark.parametrize("page", WITH_WORKSHOP)
def test_an_address_with_settings_brings_the_workshop_at_once(
    browser: Browser, site: str, page: str
) -> None:
    with opened(browser, f"{site}/{page}.html", **DESKTOP) as visit:
        visit.page.evaluate("() => { location.hash = '#exercises'; }")
        visit.page.evaluate("() => { location.hash = '#workshop=1&seed=3'; }")
        visit.page.locator(".wg-shop").first.wait_for()
        assert len(fetched(visit, FILE)) == 1


def test_without_its_file_the_workshop_leaves_its_picture(browser: Browser, site: str) -> None:
    context = browser.new_context(**DESKTOP)
    try:
        context.route(FILE, lambda route: route.abort())
        visit = listen(context.new_page())
        visit.page.goto(f"{site}/{FAR}.html")
        visit.page.wait_for_function(LIVE)
        place = visit.page.locator(".wg-picture-stays")
        with visit.page.expect_console_message(lambda message: "missing" in message.text):
            place.scroll_into_view_if_needed()
        assert place.locator("img.wg-picture").is_visible()
        assert place.locator("table").is_visible()
    finally:
        context.close()


@pytest.mark.parametrize("page", [FAR, "book/stability", "book/images"])
def test_pictures_that_figures_replace_are_never_fetched(
    browser: Browser, site: str, page: str
) -> None:
    with opened(browser, f"{site}/{page}.html", **DESKTOP) as visit:
        places = visit.page.locator("[data-wg-model].wg-live")
        for place in places.all():
            place.scroll_into_view_if_needed()
        shown = fetched(visit, re.compile(r"/_images/figure-[0-9a-f]+\.svg$"))
        assert (
            len(shown)
            <= visit.page.locator(".wg-shop").count() + places.locator(".wg-moving").count()
        )

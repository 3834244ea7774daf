"""What a link names is shown beside it: by mouse, keyboard and finger; and the link still leads."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site.browser.visits import DESKTOP, PHONE, visiting

pytestmark = pytest.mark.browser

CHAPTER = "book/duality"
# A link of each kind: to an equation and a theorem elsewhere, to a source, and to a term's line.
EQUATION = "article a[href='earth-mover.html#equation-em-w1']"
THEOREM = "article a[href='earth-mover.html#em-metric']"
SOURCE = "article a[href^='references.html#']"
TERM = "article a.ko-term"
UNFOLD = "() => document.querySelectorAll('article details').forEach(fold => { fold.open = true; })"
SHOWN = "#wg-preview"


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    with visiting(browser, f"{site}/{CHAPTER}.html", **DESKTOP) as visit:
        visit.page.evaluate(UNFOLD)
        yield visit.page
        assert visit.complaints == []


def test_the_mouse_shows_what_stands_on_another_page(page: Page) -> None:
    for link, words in (
        (THEOREM, re.compile("Theorem 2.2")),
        (SOURCE, re.compile(r"\b(19|20)\d\d\b")),
        (TERM, re.compile("[가-힣]")),
    ):
        page.locator(link).first.hover()
        expect(page.locator(SHOWN)).to_have_text(words)
        page.mouse.move(2, 2)
        expect(page.locator(SHOWN)).to_have_count(0)


def test_mathematics_of_another_page_is_set(page: Page) -> None:
    page.locator(EQUATION).first.hover()
    expect(page.locator(f"{SHOWN} mjx-container")).not_to_have_count(0)
    assert "\\(" not in page.locator(SHOWN).inner_text()


def test_the_keyboard_opens_and_escape_closes(page: Page) -> None:
    link = page.locator(THEOREM).first
    link.scroll_into_view_if_needed()
    link.evaluate("e => e.focus({focusVisible: true})")
    expect(page.locator(SHOWN)).to_contain_text("Theorem 2.2")
    assert link.get_attribute("aria-describedby") == "wg-preview"
    page.keyboard.press("Escape")
    expect(page.locator(SHOWN)).to_have_count(0)
    assert link.get_attribute("aria-describedby") is None
    page.keyboard.press("Enter")
    page.wait_for_url("**/earth-mover.html#em-metric")


def test_a_preview_stays_on_the_screen_and_repeats_no_name(page: Page) -> None:
    for link in page.locator(f"{TERM}, {SOURCE}").all()[:8]:
        link.hover()
        box = page.locator(SHOWN)
        expect(box).to_have_count(1)
        where = box.bounding_box()
        assert where is not None
        assert where["x"] >= 0
        assert where["x"] + where["width"] <= DESKTOP["viewport"]["width"]
        assert box.locator("[id], a").count() == 0
        page.mouse.move(2, 2)
        expect(box).to_have_count(0)


def test_the_first_tap_shows_and_the_second_follows(browser: Browser, site: str) -> None:
    with visiting(browser, f"{site}/{CHAPTER}.html", **PHONE) as visit:
        link = visit.page.locator(TERM).first
        link.tap()
        box = visit.page.locator(SHOWN)
        expect(box).to_have_text(re.compile("[가-힣]"))
        where = box.bounding_box()
        assert where is not None
        assert where["x"] >= 0
        assert where["x"] + where["width"] <= PHONE["viewport"]["width"]
        link.tap()
        visit.page.wait_for_url("**/glossary.html#ko-*")
        assert visit.complaints == []


def test_links_to_headings_lead_there_at_once(browser: Browser, site: str) -> None:
    """There is nothing to show of a whole section."""
    with visiting(browser, f"{site}/book/images.html", **PHONE) as visit:
        visit.page.locator("article a.internal[href='#small-digits']").tap()
        visit.page.wait_for_url("**/images.html#small-digits")
        assert visit.page.locator(SHOWN).count() == 0


def test_every_term_of_a_page_has_a_line_in_the_glossary(page: Page) -> None:
    wanted = page.locator(TERM).evaluate_all("links => links.map(a => decodeURI(a.hash.slice(1)))")
    assert len(wanted) > 5
    page.goto(page.url.replace("duality", "glossary"))
    there = page.locator("td [id^='ko-']").evaluate_all("terms => terms.map(e => e.id)")
    assert set(wanted) <= set(there)
    assert len(there) == len(set(there)) > 100

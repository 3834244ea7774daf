"""axe-core finds nothing to object to: every page, on a light desk and on a dark phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.visits import Shelf
from tests.built_site import toc_pages

pytestmark = pytest.mark.browser

AXE = Axe()
# MathJax draws each formula twice: as MathML for screen readers, which is examined, and as
# thousands of glyphs hidden from them, which axe would weigh one by one for half a minute.
CONTEXT = {"exclude": [["mjx-math"]]}
UNFOLD = """() => {
  document.querySelectorAll("main details").forEach(part => { part.open = true; });
  document.querySelectorAll("main .toggle-button-hidden").forEach(button => button.click());
}"""


def use_scheme(page: Page, scheme: str) -> None:
    """Let the reader's system ask for light or dark, and wait until the theme has followed."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function(
        """scheme => document.documentElement.dataset.theme === scheme
          && document.getAnimations().every(motion => motion.playState !== "running")""",
        arg=scheme,
    )


def violations(page: Page) -> list[str]:
    found = AXE.run(page, CONTEXT).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} "
        f"{node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
    ]


# Every page in each width and in each scheme once: what depends on both is the theme's, and the
# first page shows it. With everything unfolded: what is folded away nobody reads, axe included.


def test_axe_finds_nothing_on_a_light_desk(desktops: Shelf, page_name: str) -> None:
    page = desktops.take(page_name).page
    use_scheme(page, "light")
    page.evaluate(UNFOLD)
    assert violations(page) == []


def test_axe_finds_nothing_on_a_dark_phone(phones: Shelf, page_name: str) -> None:
    page = phones.take(page_name).page
    page.set_viewport_size({"width": 390, "height": 844})
    use_scheme(page, "dark")
    page.evaluate(UNFOLD)
    assert violations(page) == []


def test_axe_finds_nothing_where_desk_and_phone_change_places(
    desktops: Shelf, phones: Shelf
) -> None:
    for shelf, scheme in ((desktops, "dark"), (phones, "light")):
        page = shelf.take(toc_pages()[0]).page
        use_scheme(page, scheme)
        page.evaluate(UNFOLD)
        assert violations(page) == []


def test_the_button_of_the_theme_turns_the_page_dark(desktops: Shelf) -> None:
    page = desktops.take("book/index").page
    page.emulate_media(color_scheme="light")
    button = page.locator("button.theme-switch-button:visible").first
    seen = set()
    for _ in range(3):
        button.click()
        seen.add(page.evaluate("() => document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}

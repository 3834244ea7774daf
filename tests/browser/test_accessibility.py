"""axe-core finds nothing to object to: every page, light and dark, desk and phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.visits import Shelf

pytestmark = pytest.mark.browser

AXE = Axe()
# MathJax draws each formula twice: as MathML for screen readers, which is examined, and as
# thousands of glyphs hidden from them, which axe would weigh one by one for half a minute.
CONTEXT = {"exclude": [["mjx-math"]]}
UNFOLD = """() => {
  window.folded = [...document.querySelectorAll("main details:not([open])")];
  window.hidden = [...document.querySelectorAll("main .toggle-button-hidden")];
  window.folded.forEach(part => { part.open = true; });
  window.hidden.forEach(button => button.click());
}"""
FOLD = """() => {
  window.folded.forEach(part => { part.open = false; });
  window.hidden.forEach(button => button.click());
}"""


def use_scheme(page: Page, scheme: str) -> None:
    """Let the reader's system ask for light or dark, and wait until the theme has followed."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function(
        """scheme => document.documentElement.dataset.theme === scheme
          && document.getAnimations().every(motion => motion.playState !== "running")""",
        arg=scheme,
    )


def violations(page: Page, scheme: str) -> list[str]:
    """What axe objects to, with everything unfolded; the page is left as a reader opens it."""
    use_scheme(page, scheme)
    page.evaluate(UNFOLD)
    found = AXE.run(page, CONTEXT).response["violations"]
    page.evaluate(FOLD)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} "
        f"{node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
    ]


# With everything unfolded: what is folded away is read by nobody, axe included.


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_desk(desktops: Shelf, page_name: str, scheme: str) -> None:
    assert violations(desktops.take(page_name).page, scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone(phones: Shelf, page_name: str, scheme: str) -> None:
    page = phones.take(page_name).page
    page.set_viewport_size({"width": 390, "height": 844})
    assert violations(page, scheme) == []


def test_the_button_of_the_theme_turns_the_page_dark(desktops: Shelf) -> None:
    page = desktops.take("book/index").page
    page.emulate_media(color_scheme="light")
    button = page.locator("button.theme-switch-button:visible").first
    seen = set()
    for _ in range(3):
        button.click()
        seen.add(page.evaluate("() => document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}

"""axe-core finds nothing to object to: every page, light and dark, desk and phone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.site.browser import contrast
from tests.site.browser.visits import Shelf

pytestmark = pytest.mark.browser

AXE = Axe()
# Contrast is weighed for some texts of each kind; `contrast` says of which, and reads the others.
RULES = {"rules": [{"id": "color-contrast", "selector": "[data-weighed]"}]}
# MathJax draws each formula twice: as MathML for screen readers, which is examined, and as
# thousands of glyphs hidden from them. No rule but contrast looks at those, and finds no text.
OPTIONS = {"resultTypes": ["violations"]}
TWICE = """() => [...document.querySelectorAll("[id]")].map(element => element.id)
  .filter((id, place, all) => all.indexOf(id) !== place)"""
OWN = {"faint": contrast.FAINT, "unspoken": contrast.UNSPOKEN, "twice": TWICE}
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


def objections(page: Page) -> list[str]:
    """What axe objects to on the page as it is now, then faint texts, mute formulas, equal ids."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.axe_script)
    page.evaluate("rules => axe.configure(rules)", RULES)
    assert page.evaluate(contrast.MARK) > 0
    found = page.evaluate("options => axe.run(document, options)", OPTIONS)["violations"]
    page.evaluate(contrast.UNMARK)
    by_axe = [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} "
        f"{node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
    ]
    return by_axe + [
        f"{name}: {at}" for name, script in OWN.items() for at in page.evaluate(script)
    ]


def violations(page: Page, scheme: str) -> list[str]:
    """The objections in one scheme, everything unfolded; the page is left as a reader opens it."""
    use_scheme(page, scheme)
    page.evaluate(UNFOLD)
    found = objections(page)
    page.evaluate(FOLD)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    return found


# With everything unfolded: what is folded away is read by nobody, axe included.


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_desk(desktops: Shelf, page_name: str, scheme: str) -> None:
    assert violations(desktops.take(page_name).page, scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone(phones: Shelf, page_name: str, scheme: str) -> None:
    page = phones.take(page_name).page
    page.set_viewport_size({"width": 390, "height": 844})
    assert violations(page, scheme) == []


# Two greys of each scheme: the first is too faint on the page, the second on the first alone.
GREYS = {"light": ["#8c8c8c", "#505050"], "dark": ["#6c6c6c", "#b4b4b4"]}
PLANT = """([pale, firm]) => {
  const bed = document.createElement("div");
  bed.id = "planted";
  bed.innerHTML = `<img src="/favicon.ico" width="20" height="20">
    <p style="color: ${pale}">Text that is too faint.</p>
    <div id="many">${"<p>A sentence like any other.</p>".repeat(9)}</div>
    <div style="position: relative">
      <div style="position: absolute; inset: 0; background: ${pale}"></div>
      <p style="position: relative; color: ${firm}">Text on what lies below it.</p></div>
    <p style="opacity: .45">Text seen through a veil.</p>
    <input type="text"> <span id="twin">one</span> <span id="twin">two</span>
    <h2>High</h2> <h5>Low</h5> <a href="#"></a> <ul><p>No item of a list.</p></ul>
    <svg width="200" height="20"><text y="15" style="fill: ${pale}">A faint label</text></svg>`;
  bed.querySelector("#many").children[4].style.color = pale;
  const formulas = [...document.querySelectorAll("mjx-container")].slice(0, 2);
  const [faint, mute] = formulas.map(formula => formula.cloneNode(true));
  faint.querySelector("mjx-c").style.color = pale;
  mute.querySelector("mjx-assistive-mml").remove();
  bed.append(faint, mute);
  document.querySelector("main article").append(bed);
}"""
PLANTED = {
    "image-alt": ["<img src"],
    "color-contrast": [
        "Text that is too faint",
        "A sentence like any other",
        "Text on what lies below it",
        "Text seen through a veil",
    ],
    "label": ["<input"],
    "heading-order": ["<h5"],
    "link-name": ["<a href"],
    "list": ["<ul>"],
    "faint": [
        "Text that is too faint",
        "A sentence like any other",
        "Text seen through a veil",
        "A faint label",
        "<mjx-container",
    ],
    "unspoken": ["<mjx-container"],
    "twice": ["twin"],
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_planted_is_found(desktops: Shelf, scheme: str) -> None:
    """Or the tests above could pass by looking at nothing."""
    page = desktops.take("book/parallel-lines").page
    page.evaluate(PLANT, GREYS[scheme])
    try:
        found = violations(page, scheme)
    finally:
        page.evaluate("() => document.getElementById('planted').remove()")
    for rule, places in PLANTED.items():
        for place in places:
            assert any(o.startswith(rule) and place in o for o in found), (rule, place, found)
    assert {re.split("[ :]", objection)[0] for objection in found} == set(PLANTED)
    assert len(found) == sum(map(len, PLANTED.values())), found


def test_the_button_of_the_theme_turns_the_page_dark(desktops: Shelf) -> None:
    page = desktops.take("book/index").page
    page.emulate_media(color_scheme="light")
    button = page.locator("button.theme-switch-button:visible").first
    seen = set()
    for _ in range(3):
        button.click()
        seen.add(page.evaluate("() => document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}

"""Every page loads whole and from here alone, on a desk, on a phone, on paper, without scripts."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote, urldefrag

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.built_site import ROOT, SITE, Slider, sliders, toc_pages, widget_places
from tests.site.browser.letters import FAULTS, LOOK, SLACK
from tests.site.browser.visits import DESKTOP, PHONE, Shelf, listen, visiting

pytestmark = pytest.mark.browser

VISIBLE_TABLES = """() => [...document.querySelectorAll("table.wg-values")].map(table =>
  table.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})
  && table.getBoundingClientRect().height > 20)"""
VISIBLE_FIGURES = """() => [...document.querySelectorAll(".wg-static:not(.wg-asked)")].map(place =>
  [...place.querySelectorAll(".wg-picture, svg:not(.wg-swatch)")].some(picture =>
    picture.checkVisibility() && picture.getBoundingClientRect().height > 80))"""


def test_page_loads_whole_and_from_here_alone(desktops: Shelf, page_name: str) -> None:
    visit = desktops.take(page_name)
    assert visit.responses, "nothing was loaded"
    assert [entry for entry in visit.responses if entry[0] != 200] == []
    assert visit.offsite == []
    assert visit.complaints == []


def test_page_has_one_heading_and_described_pictures(desktops: Shelf, page_name: str) -> None:
    page = desktops.take(page_name).page
    assert page.locator("h1:visible").count() == 1
    nameless = page.eval_on_selector_all(
        "img", "all => all.filter(i => !i.alt.trim()).map(i => i.outerHTML.slice(0, 200))"
    )
    assert nameless == []
    broken = page.eval_on_selector_all(
        "img", "all => all.filter(i => i.complete && !i.naturalWidth).map(i => i.src.slice(0, 99))"
    )
    assert broken == []


def test_maths_is_set(desktops: Shelf, page_name: str) -> None:
    page = desktops.take(page_name).page
    sources = page.locator("span.math, div.math").count()
    formulas = page.locator("mjx-container").count()
    assert formulas >= sources
    errors = page.eval_on_selector_all(
        "mjx-merror, [data-mjx-error], mjx-container [data-mml-node=merror]",
        "all => all.map(e => e.getAttribute('data-mjx-error') || e.textContent)",
    )
    assert errors == []
    assert "Math input error" not in page.locator("main").inner_text()


FORMULAS_AT_THE_FIRST_FIGURE = """
  new MutationObserver((_, watching) => {
    if (!document.querySelector(".wg svg path, .wg svg circle")) return;
    watching.disconnect();
    window.formulasThen = document.querySelectorAll("mjx-container").length;
  }).observe(document, {childList: true, subtree: true});
"""


def test_the_first_figure_does_not_wait_for_the_formulas(browser: Browser, site: str) -> None:
    """Setting them takes longer than all else on a page, and holds up whatever comes after."""
    with visiting(browser, "about:blank", **DESKTOP) as visit:
        visit.page.add_init_script(FORMULAS_AT_THE_FIRST_FIGURE)
        visit.page.goto(f"{site}/book/four-distances.html", wait_until="load")
        expect(visit.page.locator("mjx-container").first).to_be_attached()
        assert visit.page.evaluate("() => window.formulasThen") == 0


def test_links_inside_the_book_lead_somewhere(desktops: Shelf, page_name: str) -> None:
    page = desktops.take(page_name).page
    here = urldefrag(page.url)[0]
    links = set(page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"))
    inside = [link for link in sorted(links) if link.startswith("http://127.0.0.1")]
    assert inside
    for link in inside:
        address, fragment = urldefrag(link)
        if address != here:
            assert page.request.head(address).status == 200, link
        elif fragment:
            found = page.evaluate("id => !!document.getElementById(id)", unquote(fragment))
            assert found, link


WIDTH = """() => ({page: document.documentElement.scrollWidth, window: innerWidth,
  culprits: [...document.querySelectorAll("main *")].filter(e => {
    for (let up = e.parentElement; up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return false;
    return e.checkVisibility() && e.getBoundingClientRect().right > screen.width + 1;
  }).slice(0, 8).map(e => e.outerHTML.slice(0, 120))})"""
ENLARGE = "size => { document.documentElement.style.fontSize = size; }"


@pytest.mark.parametrize("width", [320, 360, 390])
def test_phone_does_not_scroll_sideways(phones: Shelf, page_name: str, width: int) -> None:
    page = phones.take(page_name).page
    page.set_viewport_size({"width": width, "height": 780})
    wide = page.evaluate(WIDTH)
    assert wide["page"] <= width, wide
    assert wide["window"] == width, wide


# --- the letters of figures -----------------------------------------------------------
# In one scheme: light and dark differ in colours alone, as `test_schemes_differ_in_colours` says.


def assert_legible(page: Page, page_name: str) -> None:
    seen = page.evaluate(LOOK, SLACK)
    assert seen["faults"] == []
    if any(slider.page == page_name for slider in sliders()):
        assert seen["count"] > 8, "no letter was looked at"


def test_letters_of_figures_are_whole_on_a_desk(desktops: Shelf, page_name: str) -> None:
    assert_legible(desktops.take(page_name).page, page_name)


def test_letters_of_figures_are_whole_on_a_phone(phones: Shelf, page_name: str) -> None:
    page = phones.take(page_name).page
    page.set_viewport_size({"width": 390, "height": 844})
    assert_legible(page, page_name)


PLANTS = {
    "cut off: a tick that is far too long": """svg => {
      svg.querySelector("text.end").textContent = "a tick that is far too long";
    }""",
    "cut off: beyond the inner edge": """svg => {
      const text = svg.querySelector("text.mid").cloneNode();
      text.textContent = "beyond the inner edge";
      text.setAttribute("x", -10);
      text.setAttribute("y", 40);
      svg.querySelector("svg").append(text);
    }""",
    "overlap: here | there": """svg => {
      const [one, other] = svg.querySelectorAll("text.mid");
      [one.textContent, other.textContent] = ["here", "there"];
      other.setAttribute("x", one.getAttribute("x"));
    }""",
    "cut off: 0.12345678901234567890123456789012345": """svg => {
      const value = svg.closest(".wg").querySelector("dd");
      value.textContent = "0.12345678901234567890123456789012345";
    }""",
}
PLANTED = ("far too long", "inner edge", "here", "0.12345678901234567890")


def test_planted_faults_are_found(desktops: Shelf) -> None:
    """Or the tests above could pass by looking at nothing."""
    page = desktops.take("book/parallel-lines").page
    picture = page.locator("main .wg[data-index] .wg-panel > svg").first
    for plant in PLANTS.values():
        picture.evaluate(plant)
    found = [fault.partition(": ")[2] for fault in page.evaluate(FAULTS, SLACK)["faults"]]
    desktops.close()  # nobody else gets this page
    assert set(PLANTS) <= set(found), found
    assert all(any(words in fault for words in PLANTED) for fault in found), found


COLOURS = re.compile(r"--[\w-]+|color|background(-color)?|fill|stroke")


def test_schemes_differ_in_colours() -> None:
    """So letters of figures that are whole in one are whole in the other."""
    dark = re.compile(r"([^{}]*(?:data-theme|jp-theme)[^{}]*)\{([^{}]*)\}")
    styles = [*(ROOT / "book" / "wganbook" / "widgets").glob("*.css")]
    rules = [rule for path in styles for rule in dark.findall(path.read_text("utf-8"))]
    assert rules
    for selector, body in rules:
        names = [one.partition(":")[0].strip() for one in body.split(";") if one.strip()]
        assert names
        assert [name for name in names if not COLOURS.fullmatch(name)] == [], selector


# --- larger letters ------------------------------------------------------------------

LARGE = pytest.mark.parametrize(("width", "size"), [(390, "130%"), (640, "200%")])


def assert_fits(page: Page, width: int, size: str) -> None:
    """As for a reader who has set larger letters in the browser."""
    page.set_viewport_size({"width": width, "height": 780})
    page.evaluate(ENLARGE, size)
    try:
        wide = page.evaluate(WIDTH)
        assert wide["page"] <= width, wide
    finally:
        page.evaluate(ENLARGE, "")
        page.set_viewport_size(DESKTOP["viewport"])


@LARGE
def test_enlarged_text_does_not_scroll_sideways(
    desktops: Shelf, page_name: str, width: int, size: str
) -> None:
    assert_fits(desktops.take(page_name).page, width, size)


@LARGE
def test_indexes_do_not_scroll_sideways(desktops: Shelf, width: int, size: str) -> None:
    for name in ("genindex", "py-modindex", "prf-prf", "search"):
        assert_fits(desktops.take(name).page, width, size)


FOLD = """() => document.querySelectorAll("details").forEach(part => { part.open = false; })"""


with_sliders = pytest.mark.parametrize("page_name", sorted({s.page for s in sliders()}), ids=str)


@with_sliders
def test_print_shows_figure_and_table_but_no_control(desktops: Shelf, page_name: str) -> None:
    page = desktops.take(page_name).page
    places = page.locator("[data-wg-model]:not(.wg-asked)").count()
    page.evaluate(FOLD)
    page.emulate_media(media="print", color_scheme="dark")
    try:
        # What unfolds is laid out with the next frame, which a busy machine draws late.
        page.wait_for_function(f"() => ({VISIBLE_TABLES})().every(Boolean)")
        tables, figures = page.evaluate(VISIBLE_TABLES), page.evaluate(VISIBLE_FIGURES)
        assert len(tables) >= len([s for s in sliders() if s.page == page_name]) >= 1
        assert figures == [True] * places
        # Nothing to move, but where each slider stands.
        assert page.locator(".wg-control :is(input, button):visible").count() == 0
        assert (
            page.locator(".wg-control output:visible").count()
            == page.locator(".wg-control").count()
        )
        assert len(page.pdf()) > 20_000
    finally:
        page.emulate_media(media="screen", color_scheme="light")


def test_paper_is_white_even_for_a_dark_screen(browser: Browser, site: str) -> None:
    name = sliders()[0].page
    with visiting(browser, f"{site}/{name}.html", **DESKTOP, color_scheme="dark") as visit:
        visit.page.emulate_media(media="print")
        # The page hears a moment later that it is printed.
        expect(visit.page.locator("html")).to_have_attribute("data-theme", "light")
        ink = """e => { const [r, g, b] = getComputedStyle(e).color.match(/[\\d.]+/g).map(Number);
          return (r + g + b) / 3; }"""
        for selector in ("h1:visible", ".bd-article p", ".wg-readout dd", ".wg-values td"):
            assert visit.page.locator(selector).first.evaluate(ink) < 110, selector
        fill = visit.page.locator(".wg-panel text").first.evaluate("e => getComputedStyle(e).fill")
        assert max(map(int, fill.strip("rgb()").split(","))) < 110, fill


def test_printing_unfolds_the_tables_and_folds_them_again(browser: Browser, site: str) -> None:
    with visiting(browser, f"{site}/{sliders()[0].page}.html", **DESKTOP) as visit:
        folds = "() => [...document.querySelectorAll('details.wg-table')].map(d => d.open)"
        assert not any(visit.page.evaluate(folds))
        visit.page.evaluate(
            f"() => addEventListener('beforeprint', () => window.atPrint = ({folds})())"
        )
        assert len(visit.page.pdf()) > 20_000
        assert all(visit.page.evaluate("() => window.atPrint"))
        assert not any(visit.page.evaluate(folds))


@with_sliders
def test_without_scripts_figure_and_table_are_there(
    browser: Browser, site: str, page_name: str
) -> None:
    text = (SITE / f"{page_name}.html").read_text("utf-8")
    url = f"{site}/{page_name}.html"
    with visiting(browser, url, **DESKTOP, java_script_enabled=False) as visit:
        places = visit.page.locator("[data-wg-model]")
        assert places.count() == len(widget_places(text))
        for place in visit.page.locator("[data-wg-model].wg-asked").all():
            assert "compare with the solution" in place.inner_text()
        for place in visit.page.locator("[data-wg-model]:not(.wg-asked)").all():
            picture = place.locator("img.wg-picture")
            assert picture.is_visible()
            assert len(picture.get_attribute("alt") or "") > 30
            assert (picture.bounding_box() or {})["height"] > 100
            assert place.locator("table").first.is_visible()
        assert visit.page.locator("input[type=range]:visible").count() == 0
        assert visit.offsite == []


def test_reduced_motion_is_respected(desktops: Shelf, page_name: str) -> None:
    page = desktops.take(page_name).page
    page.emulate_media(reduced_motion="reduce")
    try:
        running = page.evaluate(
            "() => document.getAnimations().filter(a => a.playState === 'running').length"
        )
        assert running == 0
        scroll = "() => getComputedStyle(document.documentElement).scrollBehavior"
        assert page.evaluate(scroll) == "auto"
    finally:
        page.emulate_media(reduced_motion="no-preference")


STRANGE = """() => new Promise(done => {
  const found = [];
  document.addEventListener("securitypolicyviolation", event => {
    found.push(event.effectiveDirective);
    if (found.length === 2) done([...found.sort(), "strange" in window]);
  });
  document.head.append(Object.assign(document.createElement("script"), {
    textContent: "window.strange = true" }));
  fetch("https://example.org/").catch(() => {});
})"""


def test_the_policy_stops_what_was_not_built(browser: Browser, site: str) -> None:
    name = sliders()[0].page
    for address in (f"{site}/{name}.html", (SITE / f"{name}.html").as_uri()):
        with visiting(browser, address, **DESKTOP) as visit:
            assert visit.complaints == []
            assert visit.page.evaluate(STRANGE) == ["connect-src", "script-src-elem", False]
            assert visit.offsite == []


def test_the_root_leads_to_the_book(browser: Browser, site: str) -> None:
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{site}/index.html", wait_until="commit")
        page.wait_for_url(f"{site}/{toc_pages()[0]}.html")
    finally:
        context.close()


def test_search_works_without_a_network(browser: Browser, site: str) -> None:
    with visiting(browser, f"{site}/search.html?q=slider") as visit:
        visit.page.wait_for_selector("#search-results li a")
        assert visit.offsite == []
        assert visit.complaints == []


def test_searched_words_are_marked_where_the_search_leads(browser: Browser, site: str) -> None:
    with visiting(browser, f"{site}/search.html?q=Coupling", **DESKTOP) as visit:
        visit.page.locator("#search-results li a").first.click()
        visit.page.wait_for_selector(".wg-searched")
        marked = "() => [...(CSS.highlights.get('searched') ?? [])].map(String)"
        words = visit.page.evaluate(marked)
        assert words
        assert {word.lower() for word in words} == {"coupling"}
        note = visit.page.locator(".wg-searched")
        assert note.inner_text().startswith("Marked: coupling.")
        note.get_by_role("button", name="Unmark").click()
        assert visit.page.evaluate(marked) == []
        visit.page.reload()
        assert visit.page.locator(".wg-searched").count() == 0
        assert visit.complaints == []


def test_search_in_a_folder_finds_and_complains_of_nothing(browser: Browser) -> None:
    address = f"{(SITE / 'search.html').as_uri()}?q=slider"
    with visiting(browser, address, **DESKTOP) as visit:
        visit.page.wait_for_selector("#search-results .search-summary:has-text('finished')")
        assert visit.page.locator("#search-results li a").count() > 2
        assert visit.complaints == []


@pytest.mark.parametrize(
    ("name", "block", "begins", "never"),
    [
        ("book/library-figures", ".highlight:has(.go)", "", (">>>", "...")),
        ("book/parallel-lines", ".cell_input .highlight", "import", (">>>",)),
    ],
)
def test_what_is_copied_is_code(
    browser: Browser, site: str, name: str, block: str, begins: str, never: tuple[str, ...]
) -> None:
    may = {"permissions": ["clipboard-read", "clipboard-write"]}
    with visiting(browser, f"{site}/{name}.html", **DESKTOP, **may) as visit:
        place = visit.page.locator(block).first
        place.hover()
        place.locator("button.copybtn").click()
        text = visit.page.evaluate("() => navigator.clipboard.readText()")
        shown = place.locator("pre").inner_text()
        assert text.startswith(begins)
        assert len(text) > 5
        assert not [line for line in text.splitlines() if line.startswith(never)]
        for output in place.locator(".go").all_inner_texts():
            assert output.strip() in shown
            assert output.strip() not in text.splitlines()
        assert visit.page.locator(".output button.copybtn").count() == 0


@pytest.mark.parametrize("slider", sliders()[:1], ids=str)
def test_slider_lives_on_a_page_opened_from_a_folder(browser: Browser, slider: Slider) -> None:
    with visiting(browser, (SITE / f"{slider.page}.html").as_uri(), **DESKTOP) as visit:
        control = visit.widget(slider.model_id).locator("input[type=range]").first
        control.press("End")
        assert control.get_attribute("aria-valuetext") == slider.scene["sentences"][-1]
        assert visit.offsite == []
        assert visit.complaints == []


def test_a_damaged_widget_leaves_its_figure_and_table(browser: Browser, site: str) -> None:
    """A front end that fails says so in the console; the reader keeps figure and table."""
    slider = sliders()[0]
    text = (SITE / f"{slider.page}.html").read_text("utf-8")
    source = json.dumps("export default { render }")[1:-1]
    assert source in text
    damaged = text.replace(source, "export default { render() { throw 0 } }")
    context = browser.new_context(**PHONE)
    try:
        visit = listen(context.new_page())
        url = f"{site}/{slider.page}.html"
        context.route(url, lambda route: route.fulfill(body=damaged, content_type="text/html"))
        visit.page.goto(url)
        visit.page.wait_for_load_state("networkidle")
        place = visit.widget(slider.model_id)
        assert place.locator("img.wg-picture").is_visible()
        assert place.locator("table").first.is_visible()
        assert any("console error" in complaint for complaint in visit.complaints)
    finally:
        context.close()


@pytest.mark.parametrize("page", ["book/claims", "book/errata"])
def test_long_tables_are_not_cut_off_on_a_phone(phones: Shelf, page: str) -> None:
    """The verdict, or the place of a slip, stood in a column beyond the edge."""
    table = phones.take(page).page.locator(".wg-ledger, .slip-index").first
    for row in table.locator("tbody tr").all()[1:4]:
        box = row.locator("td").last.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390

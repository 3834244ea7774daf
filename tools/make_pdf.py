"""Print the built book into one PDF: figures at the position at which their page opens.

Tables stand beside the figures in place of sliders, proofs are unfolded, and the links of a page
are listed at its end. Chromium prints the pages one by one; here they are joined and numbered.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import yaml
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, Fit, NameObject
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.built_site import SITE, serve  # noqa: E402
from tests.conftest import NO_BROWSER, find_chromium  # noqa: E402
from tests.site.browser.visits import ALIVE, LAUNCH_ARGS, SETTLED  # noqa: E402

TITLE = "Understanding the Wasserstein GAN"
PAPER: dict[str, Any] = {
    "format": "A4",
    "print_background": True,
    "prefer_css_page_size": True,
    "scale": 0.8,
}
# The width of the column decides how figures are laid out: that of A4 between its margins.
SHEET: dict[str, Any] = {"viewport": {"width": 841, "height": 1180}, "color_scheme": "light"}

STYLE = """
@page { size: A4; margin: 17mm 16mm 19mm;
  @bottom-center { content: counter(page); font: 9pt sans-serif; color: #444; } }
html { counter-reset: page FIRST; }
.bd-header, .bd-header-article, .bd-sidebar-primary, .bd-sidebar-secondary, .prev-next-footer,
.bd-footer, .headerlink, .copybtn, #pst-skip-link, details.hide.above-input > summary,
.toggle-button, #jb-print-toc { display: none !important; }
.bd-main .bd-content .bd-article-container { max-width: none !important; padding: 0 !important; }
h1, h2, h3 { break-after: avoid; }
table, .cell_input, .highlight, .wg-panel, .wg-readouts, .MathJax { break-inside: avoid; }
pre { white-space: pre-wrap; }
.wg-note-mark { font-size: .7em; vertical-align: super; }
.wg-notes { font-size: .8rem; border-top: 1px solid #8c8c8c; margin-top: 2rem; }
.wg-notes li { overflow-wrap: anywhere; }
"""

# Unfolds what is to be read, and lists where the links lead that leave the page.
PREPARE = """({titles, home}) => {
  const article = document.querySelector("article.bd-article");
  for (const fold of article.querySelectorAll("details")) {
    fold.open = !fold.matches(".hide.above-input");
  }
  const notes = new Map();
  for (const link of article.querySelectorAll("a[href]")) {
    if (link.closest(".headerlink, nav, .prev-next-area")) continue;
    const here = link.href.split("#")[0] === location.href.split("#")[0];
    if (here || !/^https?:/.test(link.href) || !link.textContent.trim()) continue;
    const inside = link.href.startsWith(home);
    const path = link.href.slice(home.length + 1).split(/[#?]/)[0].replace(/[.]html$/, "");
    if (inside && !(path in titles)) continue;
    const said = inside ? titles[path] : link.href;
    if (!notes.has(said)) notes.set(said, {number: notes.size + 1, href: link.href});
    const mark = document.createElement("span");
    mark.className = "wg-note-mark";
    mark.textContent = notes.get(said).number;
    link.after(mark);
  }
  if (!notes.size) return 0;
  const part = document.createElement("section"), list = document.createElement("ol");
  part.className = "wg-notes";
  part.append(Object.assign(document.createElement("p"), {textContent: "Links of this chapter"}));
  for (const [said, {href}] of notes) {
    const link = Object.assign(document.createElement("a"), {href, textContent: said});
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  part.append(list);
  article.append(part);
  return notes.size;
}"""


@dataclass(frozen=True)
class Chapter:
    """A page of the site, under the heading of its part."""

    part: str
    page: str


@dataclass(frozen=True)
class Printed:
    """A chapter on paper: its heading, and the number of its first sheet, from 1."""

    chapter: Chapter
    heading: str
    first: int


def chapters() -> Iterator[Chapter]:
    """Every page, in the order of the table of contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    yield Chapter("", toc["root"])
    for part in toc["parts"]:
        for entry in part["chapters"]:
            yield Chapter(part["caption"], entry["file"])


#: Images that a page fetches when they come near: on paper all do.
FETCH = """() => Promise.all([...document.querySelectorAll("img")].map(image => {
  image.loading = "eager";
  return getComputedStyle(image).display === "none" ? null : image.decode();
}))"""


def open_page(tab: Page, address: str) -> None:
    """Open a page, and wait until its mathematics, its figures and its images stand."""
    tab.goto(address)
    tab.evaluate(SETTLED)
    tab.wait_for_function(ALIVE)
    tab.evaluate(FETCH)
    tab.emulate_media(media="print", color_scheme="light")


def heading_of(tab: Page) -> str:
    """Return the words of a page's first heading."""
    said: str = tab.evaluate(
        "() => { const h = document.querySelector('h1').cloneNode(true);"
        " h.querySelectorAll('.headerlink').forEach(e => e.remove());"
        " return h.textContent.trim(); }"
    )
    return said


def print_page(tab: Page, home: str, titles: dict[str, str], first: int) -> PdfReader:
    """Print the page that is open, its sheets counted from ``first``."""
    tab.evaluate(PREPARE, {"titles": titles, "home": home})
    tab.add_style_tag(content=STYLE.replace("FIRST", str(first - 1)))
    return PdfReader(io.BytesIO(tab.pdf(**PAPER)))


def contents_page(tab: Page, printed: Sequence[Printed]) -> PdfReader:
    """Print the title and what stands where."""
    rows, part = [], ""
    for one in printed:
        if one.chapter.part != part:
            part = one.chapter.part
            rows.append(f'<tr><th colspan="2">{escape(part)}</th></tr>')
        rows.append(f"<tr><td>{escape(one.heading)}</td><td>{one.first}</td></tr>")
    tab.set_content(
        f"""<!doctype html><html lang="en"><style>
        @page {{ size: A4; margin: 25mm 20mm; }} body {{ font: 11pt sans-serif; }}
        h1 {{ margin: 30mm 0 5mm; }} table {{ width: 100%; border-collapse: collapse; }}
        th {{ text-align: left; padding-top: 4mm; }} td:last-child {{ text-align: right; }}
        </style><h1>{TITLE}</h1>
        <p>The printed edition. Every slider stands where its page opens it, and says where that
        is; a table beside it holds the values along the way. Links are listed at the end of each
        chapter. What trains or is dragged lives on the page alone.</p>
        <table>{"".join(rows)}</table></html>"""
    )
    return PdfReader(io.BytesIO(tab.pdf(**PAPER)))


def join(front: PdfReader, readers: Sequence[PdfReader], printed: Sequence[Printed]) -> PdfWriter:
    """Join all sheets, with an outline, and let links between chapters lead to sheets."""
    book = PdfWriter()
    book.append(front, import_outline=False)
    for reader in readers:
        book.append(reader, import_outline=False)
    book.add_metadata({"/Title": TITLE})
    parents: dict[str, Any] = {"": None}
    for one in printed:
        part, sheet = one.chapter.part, len(front.pages) + one.first - 1
        if part not in parents:
            parents[part] = book.add_outline_item(title=part, page_number=sheet)
        book.add_outline_item(
            title=one.heading, page_number=sheet, parent=parents[part], fit=Fit.fit()
        )
    return book


def lead_inside(book: PdfWriter, home: str, starts: dict[str, int]) -> int:
    """Turn links to pages of the site into links to sheets; return how many."""
    turned = 0
    for sheet in book.pages:
        for reference in sheet.get("/Annots") or ():
            link = reference.get_object()
            action = link.get("/A")
            target = str(action.get_object().get("/URI", "")) if action else ""
            if not target.startswith(home):
                continue
            page = urldefrag(target)[0][len(home) + 1 :].removesuffix(".html")
            if page in starts:
                aim = ArrayObject([book.pages[starts[page]].indirect_reference, NameObject("/Fit")])
                link[NameObject("/A")] = DictionaryObject(
                    {NameObject("/S"): NameObject("/GoTo"), NameObject("/D"): aim}
                )
                turned += 1
            else:
                del link["/A"]
    return turned


def make(out: Path, wanted: Sequence[str] | None = None) -> int:
    """Write the PDF; returns how many sheets it has.

    Parameters
    ----------
    out : Path
    wanted : sequence of str, optional
        Pages such as "book/index"; all without it.
    """
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(NO_BROWSER)
    every = list(chapters())
    unknown = sorted(set(wanted or ()) - {chapter.page for chapter in every})
    if unknown:
        raise SystemExit(f"pages: expected pages of _toc.yml, got {', '.join(unknown)}")
    chosen = [chapter for chapter in every if not wanted or chapter.page in wanted]
    if not all((SITE / f"{chapter.page}.html").exists() for chapter in chosen):
        raise SystemExit("The book is not built: run 'make book' first.")
    printed: list[Printed] = []
    readers: list[PdfReader] = []
    with sync_playwright() as play, serve(SITE) as home:
        browser = play.chromium.launch(executable_path=chromium, args=LAUNCH_ARGS)
        tab = browser.new_page(**SHEET)
        titles = {}
        for chapter in every:
            tab.goto(f"{home}/{chapter.page}.html", wait_until="domcontentloaded")
            titles[chapter.page] = heading_of(tab)
        first = 1
        for chapter in tqdm(chosen, desc="chapters"):
            open_page(tab, f"{home}/{chapter.page}.html")
            readers.append(print_page(tab, home, titles, first))
            printed.append(Printed(chapter, titles[chapter.page], first))
            first += len(readers[-1].pages)
        front = contents_page(tab, printed)
        browser.close()
    book = join(front, readers, printed)
    lead_inside(book, home, {p.chapter.page: len(front.pages) + p.first - 1 for p in printed})
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    book.write(part)
    part.replace(out)
    return len(book.pages)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", help="pages such as book/index [all]")
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "book.pdf")
    options = parser.parse_args()
    sheets = make(options.out, options.pages or None)
    size = options.out.stat().st_size / 1e6
    print(f"{options.out}: {sheets} pages, {size:.1f} MB")


if __name__ == "__main__":
    main()

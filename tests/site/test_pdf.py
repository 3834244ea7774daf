"""The printed edition: the tool prints chapters to one PDF, and what is on its sheets is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from tests.built_site import ROOT, SITE, html_of, sliders

pytestmark = pytest.mark.browser

# One page of the hour, a chapter with several figures that it leads to, and one with photographs.
PAGES = ("book/hour-lines", "book/parallel-lines", "book/images")
PNG = re.compile(r'src="\.\./(_images/[^"/]+\.png)"')


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    out = tmp_path_factory.mktemp("pdf") / "book.pdf"
    command = [sys.executable, "tools/make_pdf.py", *PAGES, "--out", str(out)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    reader = PdfReader(out)
    assert f"{len(reader.pages)} pages" in told
    assert not list(out.parent.glob("*.part"))
    return reader


@pytest.fixture(scope="module")
def words(printed: PdfReader) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in printed.pages]


def test_sheets_are_counted_from_the_first_chapter(printed: PdfReader, words: list[str]) -> None:
    # The number at the foot of a sheet is drawn first.
    assert [text.split()[0] for text in words[1:]] == [str(k + 1) for k in range(len(words) - 1)]
    assert all(page.mediabox.width < page.mediabox.height for page in printed.pages)


def test_every_figure_is_there_at_a_stated_position_with_its_table(words: list[str]) -> None:
    text = " ".join(words)
    shown = [slider for slider in sliders() if slider.page in PAGES]
    assert len(shown) > 3
    for slider in shown:
        title = " ".join(slider.scene["title"].split())
        # Above the figure and above its table, the first with the slider's position behind it.
        assert text.count(title) >= 2, title
        symbol, position = slider.scene["slider"]["symbol"], slider.texts[slider.start]
        assert f"{title} {symbol} {position}" in text, (title, symbol, position)


def test_all_fonts_are_embedded_and_write_korean(printed: PdfReader, words: list[str]) -> None:
    seen = 0
    for page in printed.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            if font["/Subtype"] == "/Type3":  # holds its glyphs itself
                continue
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            descriptor = inner["/FontDescriptor"].get_object()
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]
            seen += 1
    assert seen > 10
    assert "생성자" in " ".join(words)


def test_links_are_listed_and_lead_to_sheets(printed: PdfReader, words: list[str]) -> None:
    text = " ".join(words)
    assert text.count("Links of this chapter") == len(PAGES)
    inside = 0
    for page in printed.pages:
        for link in page.get("/Annots", ()):
            action = link.get_object().get("/A")
            if action is None:
                continue
            assert "127.0.0.1" not in str(action.get_object().get("/URI", ""))
            inside += action.get_object()["/S"] == "/GoTo"
    assert inside >= 2, "each of the two chapters names the other"


def test_an_outline_names_part_and_chapter(printed: PdfReader) -> None:
    first, below, *rest = printed.outline
    assert first["/Title"] == "The hour"
    assert [entry["/Title"] for entry in below] == ["The hour, 2: two parallel lines"]
    assert rest[0]["/Title"].startswith("The whole story")
    assert printed.metadata is not None
    assert printed.metadata.title == "Understanding the Wasserstein GAN"


def test_a_page_that_is_not_in_the_book_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "tools/make_pdf.py", "book/none", "--out", str(tmp_path / "x.pdf")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "expected pages of _toc.yml, got book/none" in told.stderr
    assert not list(tmp_path.iterdir())


def test_images_that_a_page_fetches_late_are_on_paper(printed: PdfReader) -> None:
    shown = {name for page in PAGES for name in PNG.findall(html_of(page))}
    assert shown
    sizes = {
        (thing["/Width"], thing["/Height"])
        for sheet in printed.pages
        for drawn in sheet["/Resources"].get("/XObject", {}).values()
        if (thing := drawn.get_object())["/Subtype"] == "/Image"
    }
    for name in shown:
        with Image.open(SITE / name) as image:
            assert image.size in sizes, name

"""The built site, read as files: references resolve, and nothing is fetched from elsewhere."""

from __future__ import annotations

import functools
import gzip
import inspect
import json
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import chapter_costs
import pytest

from tests.built_site import (
    NOT_BUILT,
    SITE,
    Elements,
    Slider,
    html_of,
    sliders,
    toc_pages,
    widget_states,
)
from wganbook import figures
from wganbook.scene import Scene

# Attributes by which a page makes the browser fetch something, as opposed to links for readers.
FETCHED = {
    ("script", "src"), ("img", "src"), ("img", "srcset"), ("iframe", "src"), ("embed", "src"),
    ("object", "data"), ("source", "src"), ("source", "srcset"), ("video", "src"),
    ("video", "poster"), ("audio", "src"), ("track", "src"), ("input", "src"), ("image", "href"),
    ("use", "href"),
}  # fmt: skip
FETCHING_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect",
                  "dns-prefetch", "manifest", "apple-touch-icon"}  # fmt: skip
CSS_URL = re.compile(r"""url\(\s*['"]?([^'")]+)['"]?\s*\)|@import\s+['"]([^'"]+)['"]""")
ELSEWHERE = re.compile(r"^(https?:)?//")


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    missing = [page for page in toc_pages() if not (SITE / f"{page}.html").is_file()]
    assert not missing, f"{NOT_BUILT} (missing: {', '.join(missing)})"


def pages() -> list[Path]:
    return sorted(path for path in SITE.rglob("*.html") if "_static" not in path.parts)


@functools.cache
def elements(path: Path) -> list[tuple[str, dict[str, str]]]:
    return Elements(path.read_text("utf-8")).tags


@functools.cache
def anchors(path: Path) -> set[str]:
    found = {attrs[key] for _, attrs in elements(path) for key in ("id", "name") if key in attrs}
    return found | {""}


def fetched(path: Path) -> list[str]:
    """Addresses that opening the page makes the browser fetch."""
    found = []
    for tag, attrs in elements(path):
        found += [attrs[key] for key in attrs if (tag, key) in FETCHED]
        if tag == "link" and FETCHING_LINKS.intersection(attrs.get("rel", "").split()):
            found.append(attrs.get("href", ""))
        found += [a or b for a, b in CSS_URL.findall(attrs.get("style", ""))]
    return found


def test_every_page_of_the_contents_is_built_and_nothing_else() -> None:
    extra = {"genindex", "index", "prf-prf", "search", "py-modindex"}
    shown = {path.relative_to(SITE).with_suffix("").as_posix() for path in pages()}
    assert set(toc_pages()) <= shown
    assert {page for page in shown if not page.startswith("book/_modules")} <= (
        set(toc_pages()) | extra
    )


def test_nothing_is_fetched_from_elsewhere() -> None:
    outside = [(p.name, url) for p in pages() for url in fetched(p) if ELSEWHERE.match(url)]
    assert outside == []


def test_styles_fetch_nothing_from_elsewhere() -> None:
    outside = []
    for path in SITE.rglob("*.css"):
        found = CSS_URL.findall(path.read_text("utf-8"))
        outside += [(path.name, a or b) for a, b in found if ELSEWHERE.match(a or b)]
    for path in pages():
        text = path.read_text("utf-8")
        for style in re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL):
            found = CSS_URL.findall(style)
            outside += [(path.name, a or b) for a, b in found if ELSEWHERE.match(a or b)]
    assert outside == []


def test_links_that_lead_away_say_nothing_of_the_reader() -> None:
    away = [
        (path.name, attrs["href"], set(attrs.get("rel", "").split()))
        for path in pages()
        for tag, attrs in elements(path)
        if tag == "a" and ELSEWHERE.match(attrs.get("href", ""))
    ]
    assert [link for link in away if not {"noopener", "noreferrer"} <= link[2]] == []
    works = {href for name, href, _ in away if name == "references.html"}
    for host in ("https://doi.org/10.", "https://arxiv.org/abs/"):
        assert sum(href.startswith(host) for href in works) > 15


def test_every_page_carries_the_policy_of_its_own_scripts() -> None:
    from book_policy import with_policy

    for path in pages():
        text = path.read_text("utf-8")
        assert path == SITE / "index.html" or "Content-Security-Policy" in text, path.name
        assert with_policy(text) == text, path.name


def test_the_site_hands_out_notebooks_and_the_wheel_that_they_install() -> None:
    folder = SITE / "notebooks"
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"wganlib/__init__.py", "wganbook/__init__.py", "wganlib/py.typed"} <= set(names)
    chapters = {page for page in toc_pages() if "data-wg-model" in html_of(page)}
    notebooks = {path.stem: path.read_text("utf-8") for path in folder.glob("*.ipynb")}
    assert {Path(page).name for page in chapters} <= set(notebooks)
    for text in notebooks.values():
        assert wheel.name in "".join(json.loads(text)["cells"][0]["source"])
    for page in chapters:
        assert f'href="../notebooks/{Path(page).name}.ipynb"' in html_of(page)


def test_pages_that_can_be_run_say_what_that_takes_and_others_do_not() -> None:
    costs = json.loads(chapter_costs.COSTS.read_text("utf-8"))
    for page in toc_pages():
        said = re.findall(r'<p class="wg-cost">(.*)</p>', html_of(page))
        name = page.rpartition("/")[2]
        assert len(said) == (name in costs), page
        assert all(chapter_costs.sentence(name) in one for one in said), page


def test_widgets_fetch_nothing_from_elsewhere() -> None:
    """A widget's own module and style travel in the page: they may import and name nothing."""
    for page in toc_pages():
        for state in widget_states(html_of(page)).values():
            module, style = state.get("_esm", ""), state.get("_css", "")
            assert not re.search(r"\bimport\b[^;]*['\"]https?://", module), page
            assert "fetch(" not in module, page
            assert not [a or b for a, b in CSS_URL.findall(style) if ELSEWHERE.match(a or b)], page


#: Files that a page fetches when a figure comes near.
LATER = re.compile(r"_widgets/(text-[0-9a-f]+\.js)")


@pytest.mark.parametrize("page", toc_pages())
def test_only_the_page_of_results_carries_the_index_of_the_book(page: str) -> None:
    text = html_of(page)
    assert not re.search(r"searchindex|searchtools|language_data", text)
    assert "searchindex.js" in (SITE / "search.html").read_text("utf-8")


@pytest.mark.parametrize("page", toc_pages())
def test_a_page_weighs_less_than_its_budget(page: str) -> None:
    """What a page adds to theme and maths stays below 300 kB, compressed as servers do."""
    own = [
        SITE / f"{page}.html",
        SITE / "_static" / "palette.css",
        SITE / "_static" / "book.css",
        SITE / "_static" / "widget-host.js",
        SITE / "_static" / "reader-state.js",
        *(SITE / "_widgets" / name for name in {*LATER.findall(html_of(page))}),
    ]
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in own) < 300_000


def test_every_reference_inside_the_site_resolves() -> None:
    broken = []
    for path in pages():
        links = [attrs["href"] for tag, attrs in elements(path) if tag == "a" and "href" in attrs]
        for url in [*fetched(path), *links]:
            parts = urlsplit(url)
            if parts.scheme or url.startswith("//") or not url:
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            if (
                not target.is_file()
                or not target.is_relative_to(SITE.resolve())
                or (
                    target.suffix == ".html"
                    and target.is_relative_to(SITE)
                    and unquote(parts.fragment) not in anchors(target)
                )
            ):
                broken.append((path.name, url))
    assert broken == []


def test_styles_refer_to_files_that_are_there() -> None:
    broken = []
    for path in SITE.rglob("*.css"):
        for a, b in CSS_URL.findall(path.read_text("utf-8")):
            url = a or b
            if url.startswith(("data:", "#")) or ELSEWHERE.match(url):
                continue
            if not (path.parent / unquote(urlsplit(url).path)).is_file():
                broken.append((path.name, url))
    assert broken == []


@pytest.mark.parametrize("page_name", toc_pages())
def test_page_says_what_it_is(page_name: str) -> None:
    path = SITE / f"{page_name}.html"
    tags = elements(path)
    assert [attrs.get("lang") for tag, attrs in tags if tag == "html"] == ["en"]
    assert re.search(r"<title>\s*\S.*</title>", path.read_text("utf-8"), re.DOTALL)
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert sorted({name for name in ids if ids.count(name) > 1}) == []
    nameless = [attrs for tag, attrs in tags if tag == "img" and not attrs.get("alt", "").strip()]
    assert nameless == []


def test_there_is_a_slider_on_the_first_page() -> None:
    assert any(slider.page == toc_pages()[0] for slider in sliders())


@functools.cache
def all_scenes() -> list[Scene]:
    """Every moving figure that the library computes without being told more."""
    functions = [getattr(figures, name) for name in figures.__all__]
    made = [
        function()
        for function in functions
        if all(p.default is not p.empty for p in inspect.signature(function).parameters.values())
    ]
    return [scene for scene in made if isinstance(scene, Scene)]


def test_sliders_show_the_position_they_stand_at() -> None:
    """A position written with too few decimals contradicts the values beside it."""
    off = [
        (scene.title, text, value)
        for scene in all_scenes()
        for text, value in zip(scene.slider.texts, scene.slider.values, strict=True)
        if abs(float(text.replace("−", "-")) - value) > 1e-9
    ]
    assert off == []


def test_sliders_hold_what_the_library_computes_now() -> None:
    """The page carries numbers: those that the library gives, computed once more here."""
    by_title = {
        scene.title: json.loads(json.dumps(scene.to_dict(), allow_nan=False, default=list))
        for scene in all_scenes()
    }
    checked = 0
    for slider in sliders():
        if slider.scene["title"] in by_title:
            assert slider.scene == by_title[slider.scene["title"]], str(slider)
            checked += 1
    assert checked


@pytest.mark.parametrize("slider", sliders() or [None], ids=str)
def test_slider_carries_whole_numbers_in_words(slider: Slider | None) -> None:
    """One sentence and one value of each readout for every position; no raw number leaks."""
    assert slider is not None, NOT_BUILT
    count = len(slider.texts)
    assert len(slider.scene["sentences"]) == count >= 2
    for readout in slider.scene["readouts"]:
        assert len(readout["texts"]) == count
    for sentence in slider.scene["sentences"]:
        assert not re.search(r"nan|inf\b|None|\d{12}", sentence, re.IGNORECASE), sentence

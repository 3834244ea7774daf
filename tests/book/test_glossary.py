"""The glossary and the Korean terms of the pages: each has what the other has."""

from __future__ import annotations

import re

import pytest

from tests.built_site import ROOT, toc_pages

KOREAN = re.compile(r"\{ko\}`([^`]+)`")
TEXTS = {page: (ROOT / f"{page}.md").read_text("utf-8") for page in toc_pages()}
GLOSSARY = "book/glossary"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXTS[GLOSSARY].splitlines()
    if line.startswith("| ") and "{ko}" in line
]


def terms(text: str) -> set[str]:
    """The Korean terms of a page; one may be broken over two lines."""
    return {" ".join(found.split()) for found in KOREAN.findall(text)}


def test_every_korean_term_is_in_the_glossary_and_every_entry_in_a_page():
    used = set().union(*(terms(text) for page, text in TEXTS.items() if page != GLOSSARY))
    listed = terms(TEXTS[GLOSSARY])
    assert used - listed == set(), "add a line to book/glossary.md"
    assert listed - used == set(), "no page uses this term"


def test_every_line_is_whole_and_in_order():
    assert len(ROWS) == TEXTS[GLOSSARY].count("{ko}`") >= 50
    for row in ROWS:
        assert len(row) == 4, row
        name, korean, meaning, where = row
        assert KOREAN.fullmatch(korean), row
        assert re.search(r"[가-힣]", korean), row
        assert meaning.endswith("."), row
        assert re.fullmatch(r"\[[^\]]+\]\([\w-]+\.md\)", where), row
        assert name, row
    names = [row[0].casefold() for row in ROWS]
    assert names == sorted(names)
    assert len({row[1] for row in ROWS}) == len(ROWS) == len(set(names))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_page_named_uses_the_term(row):
    page = "book/" + re.search(r"\(([\w-]+)\.md\)", row[3])[1]
    assert KOREAN.fullmatch(row[1])[1] in terms(TEXTS[page])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_page_named_is_the_first_that_uses_the_term(row):
    korean = KOREAN.fullmatch(row[1])[1]
    first = next(page for page in TEXTS if page != GLOSSARY and korean in terms(TEXTS[page]))
    assert f"({first.removeprefix('book/')}.md)" in row[3]

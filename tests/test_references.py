"""The bibliography: every entry is cited, every citation has an entry, every entry is whole."""

from __future__ import annotations

import re

import pytest

from tests.built_site import ROOT, toc_pages

BIB = (ROOT / "book" / "references.bib").read_text("utf-8")
ENTRIES = dict(re.findall(r"^@\w+\{([^,\s]+),\n(.*?)^\}", BIB, re.MULTILINE | re.DOTALL))
CITED = {
    key.strip()
    for page in toc_pages()
    for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", (ROOT / f"{page}.md").read_text("utf-8"))
    for key in keys.split(",")
}
#: Where each kind of work says that it appeared.
#: Letters with marks, and what a key has for them.
PLAIN = str.maketrans("éüö", "euo")
VENUES = ("journal", "booktitle", "publisher", "howpublished")


def test_entries_and_citations_are_the_same():
    assert len(ENTRIES) == BIB.count("\n@") + BIB.startswith("@") >= 20
    assert set(ENTRIES) - CITED == set(), "cited nowhere"
    assert CITED - set(ENTRIES) == set(), "no entry"


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_says_who_what_where_and_when(key):
    fields = dict(re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", ENTRIES[key], re.MULTILINE))
    assert {"author", "title", "year"} <= set(fields)
    assert any(venue in fields for venue in VENUES)
    assert re.fullmatch(r"(19|20)\d\d", fields["year"])
    assert fields["year"] in key, "keys are author, year, word"
    first = re.split(r",|\sand\s", fields["author"])[0]
    plain = re.sub(r"\{\\[^}]*\}|[^a-z]", "", first.lower().translate(PLAIN))
    assert key.startswith(plain[:6]), first

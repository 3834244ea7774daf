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
PLAIN = str.maketrans("éüöä", "euoa")
VENUES = ("journal", "booktitle", "publisher", "eprint")


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


def test_a_work_that_can_be_reached_says_where():
    """One link each: the publisher's name for it, the preprint, or the journal's own page."""
    forms = {
        "doi": r"10\.\d{4,5}/\S+",
        "eprint": r"\d{4}\.\d{4,5}",
        "url": r"https://jmlr\.org/\S+",
    }
    without = set()
    for key, entry in ENTRIES.items():
        found = re.findall(r"^  (doi|eprint|url) = \{(.*)\},$", entry, re.MULTILINE)
        assert len(found) <= 1, key
        assert all(re.fullmatch(forms[name], value) for name, value in found), key
        if not found:
            without.add(key)
    assert without == {"schrijver1986theory", "rudin1976principles"}, "books without an address"

"""The list of claims, and what a chapter may record about them."""

from __future__ import annotations

import ast
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (the hypothesis profile)
from tests.conftest import ROOT
from wganbook import record
from wganbook.claims import DIGITS, ROUNDING, TINY, VERDICTS, catalogue, format_value
from wganlib import __version__, paper


def ledger_groups():
    """The letters by which the ledger page groups claims, read from its extension."""
    tree = ast.parse((ROOT / "book" / "_ext" / "book_claims.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "GROUPS":
            return ast.literal_eval(node.value)
    raise AssertionError("book_claims.py has no GROUPS")


# --- the list ------------------------------------------------------------------------


def test_ids_are_unique_and_count_up_within_their_letter():
    raw = json.loads((ROOT / "book" / "wganbook" / "claims.json").read_text("utf-8"))
    ids = [row["id"] for row in raw]
    assert len(set(ids)) == len(ids) == len(catalogue())
    assert list(catalogue()) == ids
    for letter in {name[0] for name in ids}:
        # A claim that says several things is several rows: F2a and F2b.
        numbers = [int(name[1:].rstrip("abcd")) for name in ids if name[0] == letter]
        assert numbers == sorted(numbers), letter
        for number in numbers:
            parts = [name for name in ids if name.rstrip("abcd") == f"{letter}{number}"]
            several = [f"{letter}{number}{x}" for x in "abcd"]
            assert parts == [f"{letter}{number}"] or parts == several[: max(2, len(parts))]


def test_the_ledger_shows_every_claim_and_no_empty_group():
    """A claim whose letter the page does not know would be left out without a word."""
    assert {name[0] for name in catalogue()} == set(ledger_groups())


@pytest.mark.parametrize("name", catalogue())
def test_every_claim_is_a_statement_with_a_source_and_a_chapter(name):
    claim = catalogue()[name]
    assert claim.id == name
    assert re.fullmatch(r"[A-Z][1-9]\d?[a-d]?", name)
    assert claim.claim.endswith((".", "?"))
    assert claim.source.strip() == claim.source != ""
    for chapter in claim.chapters:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", chapter), "the name of a file in book/"
    assert len(set(claim.chapters)) == len(claim.chapters)


def test_chapters_of_the_book_record_their_own_claims_and_no_others():
    """Of every chapter that is written, and has begun to record."""
    for path in sorted((ROOT / "book").glob("*.md")):
        row = r'\brecord\(\s*(?:"[a-z0-9-]+",\s*)?"([A-Z]\w+)"'
        recorded = set(re.findall(row, path.read_text("utf-8")))
        own = {name for name, claim in catalogue().items() if path.stem in claim.chapters}
        if recorded:
            assert recorded == own, path.stem


def test_the_list_is_one_object():
    assert catalogue() is catalogue()


# --- recording -----------------------------------------------------------------------


def test_verdicts_follow_from_what_holds():
    values = {"largest error": 1e-16}
    assert record("E1", values, holds=True).verdict == "reproduced"
    assert record("E1", values, holds=np.True_, scaled_down=True).verdict == "scaled down"
    assert record("E1", values, holds=False, note="why").verdict == "differs"
    assert record("E1", values, holds=False, scaled_down=True, note="why").verdict == "differs"
    assert VERDICTS == paper.VERDICTS, "a study may say what a row may say"


def test_a_record_says_who_measured():
    measured = record("G2", {"JS": 0.5}, holds=True, note="twenty runs", seeds=20)
    assert (measured.version, measured.seeds, measured.note) == (__version__, 20, "twenty runs")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1, 1.0),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.array(0.25), 0.25),
        (math.inf, math.inf),
        (-np.inf, -math.inf),
        ("0.69 ± 0.01", "0.69 ± 0.01"),
    ],
)
def test_values_become_plain_numbers_or_stay_text(value, kept):
    got = record("E1", {"x": value}, holds=True).values["x"]
    assert got == kept
    assert type(got) is type(kept)


@pytest.mark.parametrize(
    ("changed", "error", "name"),
    [
        ({"claim": "E99"}, ValueError, "claim"),
        ({"claim": "e1"}, ValueError, "claim"),
        ({"claim": 1}, TypeError, "claim"),
        ({"values": {}}, ValueError, "values"),
        ({"values": [("a", 1.0)]}, TypeError, "values"),
        ({"values": None}, TypeError, "values"),
        ({"values": {1: 1.0}}, TypeError, "values"),
        ({"values": {"a": math.nan}}, ValueError, "values"),
        ({"values": {"a": np.float32("nan")}}, ValueError, "values"),
        ({"values": {"a": 10**400}}, ValueError, "values"),
        *(
            ({"values": {"a": bad}}, TypeError, "values")
            for bad in (None, True, np.True_, b"1", 1j, np.complex128(1), [1.0], np.ones(1), {})
        ),
        ({"holds": 1}, TypeError, "holds"),
        ({"holds": None}, TypeError, "holds"),
        ({"holds": np.ones(2, bool)}, TypeError, "holds"),
        ({"scaled_down": "no"}, TypeError, "scaled_down"),
        ({"note": None}, TypeError, "note"),
        ({"holds": False}, ValueError, "note"),
        ({"holds": False, "note": "  "}, ValueError, "note"),
        ({"seeds": -1}, ValueError, "seeds"),
        ({"seeds": 1.0}, TypeError, "seeds"),
        ({"seeds": True}, TypeError, "seeds"),
    ],
)
def test_record_refuses(changed, error, name):
    with pytest.raises(error, match=f"^{name}: "):
        record(**({"claim": "E1", "values": {"a": 1.0}, "holds": True} | changed))


# --- as JSON and as a card -----------------------------------------------------------

numbers = st.floats(allow_nan=False)


@given(st.dictionaries(st.text(min_size=1), numbers | st.text(), min_size=1))
def test_json_keeps_order_names_and_values(values):
    sent = json.loads(json.dumps(record("E1", values, holds=True).to_json(), allow_nan=False))
    assert [name for name, _ in sent["values"]] == list(values)
    back = {"∞": math.inf, "−∞": -math.inf}
    for (_, got), value in zip(sent["values"], values.values(), strict=True):
        if isinstance(value, float) and abs(value) < TINY:
            assert got == ROUNDING, "rounding, which differs between processors"
        else:
            assert back.get(got, got) == (
                value if isinstance(value, str) else pytest.approx(value, rel=10.0 ** (1 - DIGITS))
            )
    assert sent["id"] == "E1"
    words = {"verdict", "note", "sentence", "study"}
    assert set(sent) == {"id", "values", "seeds", "version", *words}


def test_infinity_is_shown_the_same_before_and_after_json():
    for value in (math.inf, -math.inf, 41.0, 0.69314, 2e6, "∞"):
        (pair,) = record("E1", {"a": value}, holds=True).to_json()["values"]
        assert format_value(json.loads(json.dumps(pair[1]))) == format_value(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (41.0, "41"), (-3.0, "-3"), (0.69314718, "0.693"),
        (1 / 3, "0.333"), (1e-16, "1e-16"), (123456.7, "1.23e+05"), (999999.0, "999999"),
        (math.inf, "∞"), (-math.inf, "−∞"), ("as is", "as is"),
    ],
)  # fmt: skip
def test_values_are_shown_with_three_digits(value, text):
    assert format_value(value) == text


class Text(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def test_the_card_shows_claim_values_and_verdict_as_text():
    measured = record("E3", {"KL <θ & 1>": math.inf, '"EM"': 0.25}, holds=False, note="why")
    data, metadata = measured._repr_mimebundle_()
    card = Text(data["text/html"])
    assert card.tags == ["aside", "p", "strong", "span", "p"]
    words = "".join(card.words)
    assert "Claim E3, differs." in words
    assert catalogue()["E3"].claim in words
    assert 'Measured here: KL <θ & 1>: ∞; "EM": 0.25.' in words
    assert data["text/plain"] == 'Claim E3 (differs): KL <θ & 1>: ∞; "EM": 0.25'
    assert json.loads(json.dumps(metadata))["wganlib"]["claim"] == measured.to_json()

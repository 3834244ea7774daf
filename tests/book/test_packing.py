"""Numbers of scenes as texts: the same numbers, here and in the browser."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wganbook import packing
from wganbook.marks import field, line, points

NUMBERS = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9).map(float),
    st.floats(-1000, 1000).map(lambda v: round(v, 4)),
)


def read(packed):
    """The text read by its description, one number at a time, in exact arithmetic."""
    text, place, rows = packed["packed"], 0, []
    above = [0] * packed["across"]
    while place < len(text):
        row, shown = [], []
        for k in range(packed["across"]):
            foretold = 0
            if packed["way"] in (1, 3):
                foretold += above[k]
            if packed["way"] in (2, 3) and k:
                foretold += row[k - 1]
            if packed["way"] == 3 and k:
                foretold -= above[k - 1]
            if text[place] == " ":
                place += 1
                row.append(foretold)
                shown.append(None)
                continue
            value, scale = 0, 1
            while ord(text[place]) >= 0xA1:
                value += scale * (ord(text[place]) - 0xA1 + 91)
                scale *= 4096
                place += 1
            code = ord(text[place])
            value += scale * (code - 0x23 - (code > ord("\\")))
            place += 1
            row.append(foretold + (-(value + 1) // 2 if value % 2 else value // 2))
            shown.append(row[-1] / 10 ** packed["decimals"])
        above = row
        rows.append(shown)
    return rows


@given(st.integers(1, 5).flatmap(
    lambda k: st.lists(st.lists(NUMBERS, min_size=k, max_size=k), min_size=1, max_size=6)
))  # fmt: skip
def test_what_is_packed_reads_back_to_the_last_bit(rows):
    packed = packing.pack(rows)
    assert packed is not None
    assert read(packed) == rows
    assert json.loads(json.dumps(packed, ensure_ascii=False)) == packed


def test_letters_need_no_escape_in_json_or_html():
    text = packing.SMALL + packing.NONE
    assert json.dumps(text, ensure_ascii=False) == f'"{text}"'
    assert "<!--" not in text
    assert len(packing.SMALL) == 91
    assert packing.LARGE + packing.MANY < 0xD800, "no halves of pairs"


def test_what_does_not_fit_stays_as_it_is():
    for rows in ([[1e-20]], [[1e17, 0.5]]):
        assert packing.pack(rows) is None
        assert packing.packed_or_plain({"frames": rows}) == {"frames": rows}
    short = {"fixed": [0.5, None]}
    assert packing.packed_or_plain(short) == short


@pytest.mark.parametrize("kind", ["smooth", "scattered", "still"])
def test_what_moves_weighs_less(kind):
    """Compressed, of their decimals: smooth curves less than a third, a cloud three quarters."""
    rng = np.random.default_rng(0)
    values = {
        "smooth": np.sin(np.linspace(0, 6, 101) + np.linspace(0, 1, 30)[:, None]),
        "scattered": rng.normal(size=160) + 0.05 * rng.normal(size=(30, 160)).cumsum(0),
        "still": np.broadcast_to(rng.normal(size=160), (30, 160)),
    }[kind].round(4)
    plain = {"frames": values.tolist()}
    sizes = [
        len(zlib.compress(json.dumps(one, ensure_ascii=False).encode(), 6))
        for one in (plain, packing.packed_or_plain(plain))
    ]
    assert sizes[1] < {"smooth": 1 / 3, "scattered": 0.75, "still": 0.9}[kind] * sizes[0]


def test_marks_send_what_they_hold():
    rng = np.random.default_rng(1)
    cloud = points(rng.normal(size=(9, 30)), rng.normal(size=30), role="p")
    broken = line(np.arange(30.0), np.where(np.arange(30) == 7, np.nan, 1.5), role="em")
    for mark in (cloud, broken):
        sent = mark.packed()
        for name in ("x", "y"):
            ((kind, frames),) = mark.data[name].items()
            got = sent[name]
            assert got["kind"] == kind
            assert read(got) == (frames if kind == "frames" else [frames])
    grids = field(rng.normal(size=(4, 6, 5)), x=(0, 1), y=(0, 1))
    got = grids.packed()["image"]
    assert (got["rows"], got["across"], got["kind"]) == (6, 5, "frames")
    flat = np.array(read(got)).reshape(4, 30)
    np.testing.assert_array_equal(flat, grids.data["image"]["frames"])

"""A damaged file is refused before a number of it is used, whichever byte it is."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

import wganlib as wg
from wganlib.archive import read_arrays, write_arrays

ARRAYS = {"x": np.arange(12.0).reshape(3, 4), "y": np.arange(3), "z": np.float32(2)}


@pytest.fixture
def file(tmp_path):
    write_arrays(tmp_path / "a.npz", "thing", ARRAYS, {"note": "ü"})
    return tmp_path / "a.npz"


def refused(file):
    with pytest.raises(ValueError, match=r"^path: expected a thing file .*, got a\.npz"):
        read_arrays(file, "thing")


def test_every_byte_changed_in_two_ways_is_noticed(file):
    whole = bytearray(file.read_bytes())
    with file.open("r+b", buffering=0) as stream:
        for place, byte in enumerate(whole):
            for mask in (1 << place % 8, 255):
                stream.seek(place)
                stream.write(bytes([byte ^ mask]))
                refused(file)
            stream.seek(place)
            stream.write(bytes([byte]))
    found, meta = read_arrays(file, "thing")
    assert meta["note"] == "ü"
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)


def test_every_cut_and_every_addition_is_noticed(file):
    whole = file.read_bytes()
    for end in range(0, len(whole), 7):
        file.write_bytes(whole[:end])
        refused(file)
    for more in (b"\0", b"sha256:" + b"0" * 64, whole):
        file.write_bytes(whole + more)
        refused(file)


def test_numpy_opens_it(file):
    with np.load(file) as found:
        np.testing.assert_array_equal(found["x"], ARRAYS["x"])


def first_format(file):
    """Write a file as version 0.1.0 did: without a checksum of the whole."""
    meta = json.dumps({"kind": "thing", "format": 1})
    with file.open("wb") as stream:
        np.savez(stream, allow_pickle=False, meta=np.array(meta), **ARRAYS)


def test_the_first_format_is_read_and_its_headers_are_checked(tmp_path):
    """There the checksum of each member is looked at before its header is."""
    file = tmp_path / "a.npz"
    first_format(file)
    whole = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        starts = [info.header_offset for info in archive.infolist()]
        directory = archive.start_dir
    headers = [range(start, start + 200) for start in starts]
    for place in [i for part in (*headers, range(directory, len(whole))) for i in part]:
        damaged = whole.copy()
        damaged[place] ^= 255 if place % 2 else 1 << place % 8
        file.write_bytes(damaged)
        try:
            found, _ = read_arrays(file, "thing")
        except ValueError:  # and no other kind
            continue
        for name, array in ARRAYS.items():  # a date, or a bit that means nothing
            if name in found:
                np.testing.assert_array_equal(found[name], array)
                assert found[name].shape == array.shape


def test_a_second_format_without_its_checksum_is_refused(tmp_path):
    file = tmp_path / "a.npz"
    meta = json.dumps({"kind": "thing", "format": 2})
    with file.open("wb") as stream:
        np.savez(stream, allow_pickle=False, meta=np.array(meta), **ARRAYS)
    refused(file)


def test_what_goes_on_from_a_damaged_checkpoint_leaves_it(tmp_path):
    file = tmp_path / "run.npz"

    def run():
        wg.train(wg.MLP([2, 2], seed=0), wg.MLP([2, 1], seed=0), wg.ring_of_gaussians(), seed=0,
                 steps=3, batch=4, checkpoint=file)  # fmt: skip

    run()
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(ValueError, match="damaged"):
        run()
    assert file.read_bytes() == damaged

"""Python's zlib and isal give the same pixels and refuse the same damage."""

from __future__ import annotations

import gzip
import hashlib
import sys

import numpy as np
import pytest

from wganlib.images import load_images, unpacking

from .test_sets import mnist


@pytest.fixture
def plain(monkeypatch):
    """A Python without the package isal, as Colab's is."""
    monkeypatch.setitem(sys.modules, "isal", None)
    monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)
    unpacking.unpacker.cache_clear()
    yield
    unpacking.unpacker.cache_clear()


def test_without_the_extra_python_unpacks(plain, tmp_path):
    assert unpacking.unpacker() is unpacking.PLAIN
    mnist(tmp_path)
    assert len(load_images("mnist", root=tmp_path, verify=False)) == 20


def outcome(path):
    try:
        found = load_images("mnist", root=path, verify=False)
    except ValueError as error:
        return "refused" if "train-images" in str(error) else str(error)
    return hashlib.sha256(found.pixels.tobytes()).hexdigest()


@pytest.mark.parametrize("level", [1, 9])
def test_every_damaged_byte_ends_alike(tmp_path, monkeypatch, level):
    """Whichever byte of the packed file it is: never other pixels, and never a bare error."""
    pytest.importorskip("isal")
    # Twenty images that are packed as strokes are: codes, repeats, and what is stored.
    rng = np.random.default_rng(level)
    images = np.kron(rng.integers(0, 256, (20, 2, 3)), np.ones((1, 2, 1))).astype(np.uint8)
    path = mnist(tmp_path, images=images) / "train-images-idx3-ubyte.gz"
    whole = gzip.compress(gzip.decompress(path.read_bytes()), level, mtime=0)
    path.write_bytes(whole)
    right = outcome(tmp_path)
    fast, seen = unpacking.unpacker(), set()
    for place in range(len(whole)):
        for change in (1, 16, 255):
            damaged = bytearray(whole)
            damaged[place] ^= change
            path.write_bytes(damaged)
            ends = set()
            for way in (unpacking.PLAIN, fast):
                monkeypatch.setattr(unpacking, "unpacker", lambda way=way: way)
                ends.add(outcome(tmp_path))
            assert len(ends) == 1, (place, change)
            seen |= ends
        path.write_bytes(whole[:place])
        for way in (unpacking.PLAIN, fast):
            monkeypatch.setattr(unpacking, "unpacker", lambda way=way: way)
            assert outcome(tmp_path) == "refused", place
    # The time and the system in gzip's header are nobody's checksum, and change nothing.
    assert seen == {"refused", right}

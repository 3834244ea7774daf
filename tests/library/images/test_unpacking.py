"""Whoever unpacks or decodes: the same pixels, and the same damage is refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys

import numpy as np
import pytest
from PIL import Image

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


# --- JPEG ---------------------------------------------------------------------------------


@pytest.fixture(params=["pillow", "simplejpeg"])
def decoder(request, monkeypatch):
    """Decode with Pillow, as in Colab, and with the extra `fast`."""
    if request.param == "simplejpeg":
        pytest.importorskip("simplejpeg")
        assert unpacking._jpeg_decoder() is not None, "the faster one is taken"
    else:
        without_simplejpeg(monkeypatch)
    return request.param


def without_simplejpeg(monkeypatch):
    monkeypatch.setattr(unpacking, "_jpeg_decoder", lambda: None)


def packed(mode, size, seed=0, **options):
    """A JPEG whose pixels are smooth in one part, and noise in the other."""
    rng = np.random.default_rng(seed)
    width, height = size
    shape = (height, width) if mode == "L" else (height, width, 3)
    pixels = np.zeros(shape, np.uint8)
    pixels.T[:] = np.linspace(0, 255, width).astype(np.uint8)[:, None]
    pixels[height // 2 :] = rng.integers(0, 256, pixels[height // 2 :].shape)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(1, 1), (17, 9), (32, 32), (8, 40)])
@pytest.mark.parametrize(
    "options",
    [
        {"quality": 95, "subsampling": 0},
        {"quality": 30, "subsampling": 2},
        {"progressive": True},
        {"optimize": True, "restart_marker_rows": 1},
    ],
)
def test_pixels_are_those_that_a_viewer_shows(tmp_path, decoder, mode, size, options):
    content = packed(mode, size, **options)
    (tmp_path / "one.jpg").write_bytes(content)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(image).reshape(*size[::-1], -1).transpose(2, 0, 1)
    np.testing.assert_array_equal(
        load_images("folder", root=tmp_path, split="all").pixels[0], expected
    )
    grey = load_images("folder", root=tmp_path, split="all", channels=1).pixels[0, 0]
    with Image.open(io.BytesIO(content)) as image:
        np.testing.assert_array_equal(grey, np.asarray(image.convert("L")))


def seen(path):
    try:
        found = load_images("folder", root=path, split="all")
    except ValueError as error:
        return "refused" if "one.jpg" in str(error) else str(error)
    return found.pixels.shape, hashlib.sha256(found.pixels.tobytes()).hexdigest()


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["plain", "progressive"])
def test_every_damaged_byte_of_a_jpeg_ends_alike(tmp_path, monkeypatch, options):
    """A folder has no checksums: what a viewer would show of it is read, by either decoder."""
    pytest.importorskip("simplejpeg")
    path, fast = tmp_path / "one.jpg", unpacking._jpeg_decoder()
    whole = packed("RGB", (16, 16), quality=20, **options)
    ends = set()
    for place in range(len(whole)):
        damaged = [whole[:place]]
        for change in (1, 16, 255):
            other = bytearray(whole)
            other[place] ^= change
            damaged.append(bytes(other))
        for content in damaged:
            path.write_bytes(content)
            found = []
            for way in (None, fast):
                monkeypatch.setattr(unpacking, "_jpeg_decoder", lambda way=way: way)
                found.append(seen(tmp_path))
            assert found[0] == found[1], place
            ends.add(found[0])
    assert "refused" in ends
    assert len(ends) > 20, "some damage shows as other pixels"

"""Unpacking by whoever is installed: gzip by python-isal or zlib, JPEG by simplejpeg or Pillow.

Both of a pair give the same bytes and refuse the same damage; the first takes about half the time,
which is most of reading MNIST, or a fifth. Isal's errors are no relatives of zlib's, so they are
listed here.
"""

from __future__ import annotations

import gzip
import zlib
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class Unpacker(NamedTuple):
    """Who unpacks: modules with the names of zlib's and of gzip's, and what they raise."""

    zlib: Any
    gzip: Any
    errors: tuple[type[Exception], ...]


PLAIN = Unpacker(zlib, gzip, (zlib.error, gzip.BadGzipFile, EOFError))


@cache
def unpacker() -> Unpacker:
    """Return the faster one that there is."""
    try:
        fast, files = import_module("isal.isal_zlib"), import_module("isal.igzip")
    except ImportError:  # an extra of this package; Colab has it not
        return PLAIN
    return Unpacker(fast, files, (*PLAIN.errors, fast.error))


def stream() -> Any:
    """Return what unpacks one gzip stream, block by block, as ``zlib.decompressobj`` does."""
    return unpacker().zlib.decompressobj(31)


def opened(path: Path) -> Any:
    """Open a gzip file for reading, unpacked."""
    return unpacker().gzip.open(path, "rb")


def errors() -> tuple[type[Exception], ...]:
    """Return what is raised for a file that is damaged or cut short."""
    return unpacker().errors


@cache
def _jpeg_decoder() -> Any:
    try:
        return import_module("simplejpeg").decode_jpeg
    except ImportError:  # an extra of this package
        return None


def jpeg(content: bytes, mode: str, size: tuple[int, int]) -> Any:
    """Decode a JPEG file in its own colours, as Pillow's image, or return None.

    None is for files that are not whole, too, which Pillow then judges.
    """
    decode = _jpeg_decoder()
    if decode is None:
        return None
    from PIL import Image

    try:
        pixels = decode(content, colorspace="GRAY" if mode == "L" else "RGB", strict=True)
    except ValueError:
        return None
    return Image.frombytes(mode, size, pixels.tobytes()) if pixels.shape[1::-1] == size else None

"""Unpacking what gzip has packed: by python-isal where it is installed, else by Python's zlib.

Both give the same bytes and refuse the same damage; isal takes about half the time, which is most
of reading MNIST. Its errors are no relatives of zlib's, so they are listed here.
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

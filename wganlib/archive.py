"""Arrays and a description in one .npz: written whole or not at all, and checked before it is read.

The last bytes of a file are the SHA-256 of all the others (they stand in the zip's comment, so
the file stays one that ``np.load`` opens). A file in which any byte has changed is refused before
a number of it is looked at.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate
from wganlib import files as faults
from wganlib.training import distributed

FORMAT = 2
_MARK = b"sha256:"
_DIGITS = 64


def write_arrays(
    path: str | os.PathLike[str], kind: str, arrays: Mapping[str, Any], meta: Mapping[str, Any]
) -> None:
    """Write arrays and a JSON description to one .npz, whole or not at all.

    Where several processes train together, the first one writes.

    Raises
    ------
    OSError
        If that cannot be done, as on a full disk; what was there before is there still.
    """
    if not distributed.is_first():
        return
    text = np.array(json.dumps({"kind": kind, "format": FORMAT, **meta}))
    with faults.writing(_validate.path(path)) as part, part.open("w+b") as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.comment = _MARK + b"0" * _DIGITS
            for name, array in {"meta": text, **arrays}.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
        digest, _ = _digest(file)
        file.seek(-_DIGITS, os.SEEK_END)
        file.write(digest)
        file.flush()
        os.fsync(file.fileno())


def _digest(file: IO[bytes]) -> tuple[bytes, bytes]:
    """Return the checksum of all but the last bytes of a file, and these."""
    hashed = hashlib.sha256()
    size = file.seek(0, os.SEEK_END)
    left = max(0, size - _DIGITS)
    file.seek(0)
    while left:
        block = file.read(min(left, 1 << 20))
        hashed.update(block)
        left -= len(block)
    return hashed.hexdigest().encode(), file.read()


def _members(file: IO[bytes]) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read all members, each whole: so its checksum is looked at before its header."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            content = io.BytesIO(archive.read(name))
            array = np.lib.format.read_array(content, allow_pickle=False)
            if content.read(1) or not name.endswith(".npy") or name[:-4] in arrays:
                raise ValueError(f"{name} is not one array")
            arrays[name[:-4]] = array
    return arrays, json.loads(str(arrays.pop("meta")))


def read_arrays(
    path: str | os.PathLike[str], kind: str
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read what ``write_arrays`` wrote; a damaged or foreign file is a ValueError."""
    source = _validate.path(path)
    try:
        with source.open("rb") as file:
            digest, last = _digest(file)
            file.seek(max(0, file.tell() - _DIGITS - len(_MARK)))
            signed = file.read(len(_MARK)) == _MARK
            if signed and digest != last:
                raise ValueError("its checksum is another")
            arrays, meta = _members(file)
        found, number = meta["kind"], meta.get("format")
        if not signed and number != 1:
            raise ValueError("its checksum is missing")
    except FileNotFoundError:
        raise
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        OverflowError,
        SyntaxError,
        MemoryError,
        RuntimeError,  # also NotImplementedError; zipfile says so of a bit that means "encrypted"
        struct.error,
        tokenize.TokenError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(
            f"path: expected a {kind} file of wganlib, got {source.name}, which is damaged or "
            f"something else ({type(error).__name__}: {error})"
        ) from error
    if found != kind or number not in (1, FORMAT):
        raise ValueError(
            f"path: expected a {kind} file of wganlib, format {FORMAT}, got {source.name}, "
            f"a {found} file, format {number}"
        )
    return arrays, meta

"""What a training says when the disk or the device fails it.

A checkpoint is written to a part file and renamed, so the one before is whole whatever happens;
a disk that is full, a directory that cannot be written, and memory that runs out are each one
sentence that says so. Where a checkpoint goes is tried before the first step, because the
first one may be hours away.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _named(error: OSError, target: Path) -> OSError:
    """Return the error with the file that was meant, and what is left of it."""
    kept = f"; the {target.name} from before is kept" if target.is_file() else ""
    return OSError(error.errno, f"{error.strerror or error}{kept}", str(target))


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """Give a part file beside the target; rename it at the end, or remove it and say why."""
    # A link stays a link: what it points to is written.
    place = Path(os.path.realpath(target))
    part = _part(place)
    try:
        _refuse_devices(place)
        yield part
        part.replace(place)
    except OSError as error:
        _remove(part)
        raise _named(error, target) from error


def _remove(part: Path) -> None:
    with suppress(OSError):  # a directory that takes nothing gives nothing either
        part.unlink(missing_ok=True)


def _refuse_devices(place: Path) -> None:
    """Refuse to put a file where a directory is, or a device such as /dev/null."""
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if place.exists() and not place.is_file():
        raise OSError(errno.EINVAL, "Not a file that can be replaced")


def try_to_write(target: Path) -> None:
    """Refuse before the first step what could not be written after the last."""
    place = Path(os.path.realpath(target))
    part = _part(place)
    try:
        _refuse_devices(place)
        part.write_bytes(b"a disk that is full takes no byte")
        part.unlink()
    except OSError as error:
        _remove(part)
        raise _named(error, target) from error


@contextmanager
def memory(when: Callable[[], str], checkpoint: Path | None) -> Iterator[None]:
    """Say in one sentence that memory ran out, and what is left."""
    import torch

    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # On a CPU torch has no kind of its own for it.
        short = isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError))
        if not short and "can't allocate memory" not in str(error):
            raise
        kept = checkpoint is not None and checkpoint.exists()
        raise MemoryError(
            f"device: expected more memory {when()}, got none; a smaller batch, n_critic, network "
            "or number of runs needs less" + (f"; {checkpoint} is kept" if kept else "")
        ) from error


def differing(was: Any, now: Any) -> tuple[str, str]:
    """Return two values as text; of long ones the part around where they first differ."""
    texts = repr(was), repr(now)
    if max(map(len, texts)) <= 80:
        return texts
    pairs = enumerate(zip(*texts, strict=False))
    first = next((i for i, (a, b) in pairs if a != b), min(map(len, texts)))
    start = max(0, first - 30)
    return tuple(f"...{text[start : start + 60]}..." for text in texts)  # type: ignore[return-value]

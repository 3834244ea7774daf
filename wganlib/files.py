"""What a training says when the disk or the device fails it.

A checkpoint is written to a part file and renamed, so the one before is whole whatever happens;
a disk that is full, a directory that cannot be written, and memory that runs out are each one
sentence that says so. Where a checkpoint goes is tried before the first step, because the
first one may be hours away.
"""

from __future__ import annotations

import errno
import glob
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from wganlib.training import distributed


def part_of(target: Path) -> Path:
    """Return the part file of this thread alone, beside the target."""
    return target.with_name(f"{target.name}.{os.getpid()}-{threading.get_native_id()}.part")


def _named(error: OSError, target: Path) -> OSError:
    """Return the error with the file that was meant, and what is left of it."""
    kept = f"; the {target.name} from before is kept" if target.is_file() else ""
    return OSError(error.errno, f"{error.strerror or error}{kept}", str(target))


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """Give a part file beside the target; rename it at the end, or remove it and say why."""
    # A link stays a link: what it points to is written.
    place = Path(os.path.realpath(target))
    part = part_of(place)
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
    part = part_of(place)
    try:
        _refuse_devices(place)
        part.write_bytes(b"a disk that is full takes no byte")
        part.unlink()
    except OSError as error:
        _remove(part)
        raise _named(error, target) from error


@contextmanager
def alone(target: Path | None) -> Iterator[None]:
    """Hold a file's lock, so that no other process or thread works on it meanwhile.

    The system lets go of the lock when its process ends, however it ends.

    Raises
    ------
    OSError
        If another one holds it.
    """
    if target is None or not distributed.is_first():
        yield
        return
    place = Path(os.path.realpath(target))
    lock = place.with_name(f".{place.name}.lock")
    held = _locked(lock, target)
    try:
        for left in place.parent.glob(f"{glob.escape(place.name)}.*.part"):
            if left != part_of(place):
                _remove(left)  # of a process that was killed
        yield
    finally:
        _remove(lock)
        os.close(held)


def _locked(lock: Path, target: Path) -> int:
    try:
        import fcntl
    except ImportError:  # not on Windows, where nothing is locked
        return os.open(os.devnull, os.O_RDONLY)
    while True:
        try:
            held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise _named(error, target) from error
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                return held  # a file system that has no locks
            os.close(held)
            raise OSError(
                errno.EBUSY, "Another process is at work on it; wait for it or name another place",
                str(target),
            ) from None  # fmt: skip
        with suppress(OSError):
            if os.path.samestat(os.fstat(held), lock.stat()):
                return held
        os.close(held)  # removed by the one before, between opening and locking


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

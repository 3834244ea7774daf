"""Images in folders and zips: which ones belong to a split, and their pixels.

Pixels are what a viewer shows: turned as the camera's note (EXIF) says. What would lose
something, as transparency or all frames but the first, is refused unless it is asked for.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wganlib import _validate
from wganlib.images import unpacking

Bytes = npt.NDArray[np.uint8]

#: Without folders named train and test, every image whose number leaves this rest when
#: divided by five is held out.
HELD_OUT = 4
#: A file that says it is larger is not read.
_LARGEST = 1 << 28


class Entry(NamedTuple):
    """A file that should be an image: where in the folder or zip, and how it is read."""

    parts: tuple[str, ...]
    home: Path
    item: Any  # a Path, or an entry of a zip
    read: Callable[[Any], bytes]

    @property
    def shown(self) -> str:
        """The file as a reader finds it."""
        return str(self.item) if isinstance(self.item, Path) else (
            f"{self.home}, {self.item.filename}"
        )  # fmt: skip


def refuse(path: Path, reason: str) -> ValueError:
    """Return the error for a file or folder that is not what it should be."""
    return ValueError(f"root: expected a whole {path.name}, got {path}, {reason}")


# --- which files -------------------------------------------------------------------------


@contextmanager
def members(path: Path) -> Iterator[list[Entry]]:
    """List the files of a folder or a zip, in order of names, without hidden ones."""
    if path.is_dir():
        files = _walk(path, ())
        yield _shown(
            Entry(file.relative_to(path).parts, path, file, Path.read_bytes) for file in files
        )
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise refuse(path, f"which is no whole zip file ({error})") from error
    with archive, path.open("rb") as file:
        content = partial(_unzipped, archive, file)
        yield _shown(
            Entry(tuple(filter(None, item.filename.split("/"))), path, item, content)
            for item in archive.infolist()
            if not item.is_dir()
        )


def _walk(folder: Path, above: tuple[str, ...]) -> Iterator[Path]:
    """Go through a folder and what its links lead to; nothing vanishes without a word."""
    here = os.path.realpath(folder)
    if here in above:
        raise ValueError(f"root: expected folders that end, got {folder}, a link to one above it")
    for path in sorted(folder.iterdir()):
        if _hidden(path.name):
            continue
        if path.is_dir():
            yield from _walk(path, (*above, here))
        elif path.is_file():
            yield path
        else:
            raise ValueError(f"root: expected only images, got {path}, which leads to no file")


def _unzipped(archive: zipfile.ZipFile, file: Any, item: zipfile.ZipInfo) -> bytes:
    """Return a member, as ``archive.read`` does in several times as long."""
    if item.file_size > _LARGEST:
        raise zipfile.BadZipFile(f"it says that it has {item.file_size:,} bytes")
    if item.flag_bits & 1 or item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return archive.read(item)
    file.seek(item.header_offset)
    head = file.read(30)
    if head[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile("its header is another")
    name, extra = struct.unpack("<HH", head[26:30])
    file.seek(name + extra, os.SEEK_CUR)
    content: bytes = file.read(item.compress_size)
    if item.compress_type == zipfile.ZIP_DEFLATED:
        content = zlib.decompressobj(-15).decompress(content, item.file_size + 1)
    if len(content) != item.file_size or zlib.crc32(content) != item.CRC:
        raise zipfile.BadZipFile("its checksum is another")
    return content


def _shown(entries: Iterable[Entry]) -> list[Entry]:
    return _below(
        sorted((e for e in entries if not any(map(_hidden, e.parts))), key=lambda e: e.parts)
    )


def _hidden(part: str) -> bool:
    return part.startswith(".") or part == "__MACOSX"


def _below(entries: list[Entry]) -> list[Entry]:
    """Leave out the folders that all images share, if train and test lie in them."""
    first = entries[0].parts[:-1] if entries else ()
    for depth in range(1, len(first)):
        if any(entry.parts[:depth] != first[:depth] for entry in entries):
            break
        if _splits(entry.parts[depth:] for entry in entries):
            return [entry._replace(parts=entry.parts[depth:]) for entry in entries]
    return entries


def _splits(places: Iterable[tuple[str, ...]]) -> bool:
    return any(len(parts) > 1 and parts[0].casefold() in ("train", "test") for parts in places)


def split_of(entries: list[Entry], path: Path, split: str) -> list[Entry]:
    """Choose a split: by folders named train and test, or else every fifth image is the test."""
    if not entries:
        raise ValueError(f"root: expected images in {path}, got none")
    if not _splits(entry.parts for entry in entries):
        for entry in entries:
            for part in entry.parts[1:-1]:
                if part.casefold() in ("train", "test"):
                    raise ValueError(
                        f"root: expected the folders train and test at the top of {path}, or "
                        f"none, got {entry.shown}"
                    )
        kept = [entries[i] for i in part_of(np.arange(len(entries)), split)]
    else:
        for entry in entries:
            if entry.parts[0].casefold() not in ("train", "test"):
                raise ValueError(
                    f"root: expected all images of {path} in train or test, got {entry.shown}"
                )
        kept = [e for e in entries if split in ("all", e.parts[0].casefold())]
    if not kept:
        raise ValueError(f"root: expected images of the split {split} in {path}, got none")
    return kept


def part_of(turn: npt.NDArray[Any], split: str) -> npt.NDArray[Any]:
    """Return which images are in a split, where every fifth turn is held out."""
    held_out = turn % 5 == HELD_OUT
    kept = (
        np.ones(len(turn), bool) if split == "all" else held_out if split == "test" else ~held_out
    )
    return np.flatnonzero(kept)


def _class_of(entry: Entry) -> str:
    """Return the folder that an image lies in, below train and test; empty for none."""
    parts = entry.parts[:-1]
    return "/".join(parts[1:] if _splits([entry.parts]) else parts)


def read_folder(
    path: Path,
    split: str,
    size: int | None,
    channels: int | None,
    wanted: tuple[str, ...] | None,
    progress: bool,
) -> tuple[Bytes, npt.NDArray[np.int64] | None, tuple[str, ...]]:
    """Return pixels, labels if there are classes, and the names of all classes there are."""
    with members(path) as entries:
        kept = split_of(entries, path, split)
        classes = tuple(sorted({_class_of(entry) for entry in entries} - {""}))
        if wanted is not None:
            if not classes:
                raise ValueError(f"classes: expected folders of images in {path}, got none")
            for i, one in enumerate(wanted):
                _validate.one_of(one, f"classes[{i}]", classes)
            kept = [entry for entry in kept if _class_of(entry) in wanted]
            if not kept:
                raise ValueError(f"classes: expected images of {wanted[0]} in {split}, got none")
        homeless = [entry.shown for entry in kept if not _class_of(entry)]
        if classes and homeless:
            raise ValueError(
                f"root: expected every image of {path} in a folder of its class, or none, got "
                f"{homeless[0]}"
            )
        pixels = read(kept, size, channels, progress)
    labels = np.array([classes.index(_class_of(e)) for e in kept]) if classes else None
    return pixels, labels, classes


# --- pixels ------------------------------------------------------------------------------

#: How many channels Pillow's modes have, of those that are read as they are.
_MODES = {"1": 1, "L": 1, "P": 3, "RGB": 3, "CMYK": 3, "YCbCr": 3}
#: Modes that lose something, and are read only if ``channels`` says so.
_LOSE = ("LA", "PA", "RGBA", "La", "RGBa")


def read(
    entries: Sequence[Entry], size: int | None, channels: int | None, progress: bool = False
) -> Bytes:
    """Decode images, which must agree in size and kind unless these are given."""
    pixels: Bytes | None = None
    with bar(progress, len(entries)) as shown:
        for i, entry in enumerate(entries):
            one = _square(_decoded(entry, channels), size)
            if pixels is None:
                pixels = np.empty((len(entries), *one.shape), np.uint8)
            if one.shape != pixels.shape[1:]:
                raise ValueError(
                    f"root: expected images of one size and kind, got {_described(one.shape)} in "
                    f"{entry.shown} after {_described(pixels.shape[1:])} in {entries[0].shown}; "
                    "size=... and channels=... bring them to one"
                )
            pixels[i] = one
            if shown is not None:
                shown.update()
    assert pixels is not None
    return pixels


def bar(progress: bool, total: int) -> AbstractContextManager[Any]:
    """Return a progress bar, or None."""
    if not progress:
        return nullcontext()
    from tqdm.auto import tqdm

    return tqdm(total=total, unit="image")  # type: ignore[no-any-return]


def _described(shape: tuple[int, ...]) -> str:
    return f"{shape[2]}×{shape[1]} in {'colour' if shape[0] == 3 else 'grey'}"


def _decoded(entry: Entry, channels: int | None) -> Any:
    """Return one image of Pillow's, in grey or colour, as a viewer shows it."""
    from PIL import Image

    try:
        content = entry.read(entry.item)
        plain = _plain_jpeg(content)
        if plain is not None:
            wanted = "L" if (channels or len(plain[0])) == 1 else "RGB"
            found = unpacking.jpeg(content, *plain)
            if found is None:
                found = Image.frombytes(*plain, content, "jpeg", plain[0], "")
            return found if wanted == plain[0] else found.convert(wanted)
    except (ValueError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError):
        pass  # said below, in one place
    from PIL import ImageOps, UnidentifiedImageError

    try:
        image: Any = Image.open(io.BytesIO(entry.read(entry.item)))
        image.load()
        frames = getattr(image, "n_frames", 1) if image.format != "MPO" else 1
        image = ImageOps.exif_transpose(image)
    except UnidentifiedImageError as error:
        raise ValueError(f"root: expected only images, got {entry.shown}") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        zlib.error,
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
        Image.DecompressionBombError,
    ) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault and not the image's
        raise ValueError(
            f"root: expected a whole image, got {entry.shown}, which is damaged ({error})"
        ) from error
    if frames > 1:
        raise ValueError(
            f"root: expected images that stand still, got {entry.shown} of {frames} frames; save "
            "those that you want as images of their own"
        )
    clear = image.mode in _LOSE or "transparency" in image.info
    if (image.mode not in _MODES and not clear) or (clear and channels is None):
        kind = f"mode {image.mode}" + " with transparency" * (image.mode in _MODES)
        raise ValueError(
            f"root: expected 8-bit images in grey or colour, got {entry.shown} of {kind}"
            + "; channels=3 drops its transparency" * clear
        )
    wanted = "L" if (channels or _MODES[image.mode]) == 1 else "RGB"
    image.info.pop("transparency", None)  # dropped, as asked for
    return image.convert(wanted)


def _plain_jpeg(content: bytes) -> tuple[str, tuple[int, int]] | None:
    """Return mode and size of a JPEG file that needs nothing but decoding, and None for others.

    Pillow reads every table of a file's head in Python, which for small images takes longer than
    decoding; here is only looked for what changes an image: EXIF, Adobe's colours, odd frames.
    """
    if content[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker in (0xC0, 0xC1, 0xC2):
            bits, height, width, parts = struct.unpack(">BHHB", content[at + 4 : at + 10])
            if bits != 8 or parts not in (1, 3) or width * height > 1 << 26 or not width * height:
                return None
            return ("L" if parts == 1 else "RGB"), (width, height)
        # 0xE0 is JFIF; 0xDB and 0xC4 are tables; 0xFE is a comment.
        if marker not in (0xE0, 0xDB, 0xC4, 0xFE):
            return None
        at += 2 + length
    return None


def _square(image: Any, size: int | None) -> Bytes:
    """Cut out the middle square and resize it, or leave the image as it is."""
    if size is not None:
        from PIL import Image

        width, height = image.size
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        image = image.crop((left, top, left + side, top + side))
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    # What np.asarray(image) does, without asking the image for its kind twice.
    array: Bytes = np.frombuffer(image.tobytes(), np.uint8)
    return array.reshape(image.height, image.width, len(image.getbands())).transpose(2, 0, 1)


def reshaped(pixels: Bytes, top: int, size: int | None, channels: int, progress: bool) -> Bytes:
    """Bring images that are in memory to a size and a number of channels, to 255 at most."""
    from PIL import Image

    if top != 255:
        pixels = np.rint(pixels * (255 / top)).astype(np.uint8)
    made: Bytes | None = None
    with bar(progress, len(pixels)) as shown:
        for i, one in enumerate(pixels):
            array = one[0] if len(one) == 1 else np.ascontiguousarray(one.transpose(1, 2, 0))
            image = _square(Image.fromarray(array).convert("L" if channels == 1 else "RGB"), size)
            if made is None:
                made = np.empty((len(pixels), *image.shape), np.uint8)
            made[i] = image
            if shown is not None:
                shown.update()
    assert made is not None
    return made

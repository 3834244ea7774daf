"""MNIST, Fashion-MNIST and CIFAR-10 as their authors published them, and as people have them.

A file is read if its checksum is the published one, compressed or not; nothing is downloaded
unless it is asked for, and no more is unpacked than a file says that it holds.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import itertools
import os
import pickle
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from wganlib.images import unpacking

Bytes = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Published:
    """A file as its authors published it.

    ``digest`` is of the file, ``content`` of what it holds uncompressed: a copy that was
    compressed anew differs in the first and not in the second.
    """

    file: str
    address: str
    size: int
    digest: str
    content: str = ""


_MNIST = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_CIFAR = "https://www.cs.toronto.edu/~kriz/"

#: Files by data set, split and role.
FILES: dict[str, dict[str, Published]] = {
    "mnist": {
        "train images": Published(
            "train-images-idx3-ubyte.gz",
            _MNIST + "train-images-idx3-ubyte.gz",
            9912422,
            "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        "train labels": Published(
            "train-labels-idx1-ubyte.gz",
            _MNIST + "train-labels-idx1-ubyte.gz",
            28881,
            "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        "test images": Published(
            "t10k-images-idx3-ubyte.gz",
            _MNIST + "t10k-images-idx3-ubyte.gz",
            1648877,
            "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        "test labels": Published(
            "t10k-labels-idx1-ubyte.gz",
            _MNIST + "t10k-labels-idx1-ubyte.gz",
            4542,
            "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    },
    "fashion-mnist": {
        "train images": Published(
            "train-images-idx3-ubyte.gz",
            _FASHION + "train-images-idx3-ubyte.gz",
            26421880,
            "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        ),
        "train labels": Published(
            "train-labels-idx1-ubyte.gz",
            _FASHION + "train-labels-idx1-ubyte.gz",
            29515,
            "md5:25c81989df183df01b3e8a0aad5dffbe",
        ),
        "test images": Published(
            "t10k-images-idx3-ubyte.gz",
            _FASHION + "t10k-images-idx3-ubyte.gz",
            4422102,
            "md5:bef4ecab320f06d8554ea6380940ec79",
        ),
        "test labels": Published(
            "t10k-labels-idx1-ubyte.gz",
            _FASHION + "t10k-labels-idx1-ubyte.gz",
            5148,
            "md5:bb300cfdad3c16e7a12a480ee83cd310",
        ),
    },
    "cifar10": {
        "binary": Published(
            "cifar-10-binary.tar.gz",
            _CIFAR + "cifar-10-binary.tar.gz",
            170052171,
            "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
        "python": Published(
            "cifar-10-python.tar.gz",
            _CIFAR + "cifar-10-python.tar.gz",
            170498071,
            "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        ),
    },
}

#: Where else they lie: as torchvision leaves them, or in ``root`` itself.
PLACES = {
    "mnist": ("mnist", "MNIST/raw", "."),
    "fashion-mnist": ("fashion-mnist", "FashionMNIST/raw", "."),
    "cifar10": ("cifar10", "."),
}


# --- files -------------------------------------------------------------------------------


def _digest(data: Any, kind: str) -> str:
    return hashlib.new(kind, data, usedforsecurity=False).hexdigest()


def _file_digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.new(kind, usedforsecurity=False)
        ).hexdigest()


def present(name: str, item: Published, home: Path, download: bool) -> Path:
    """Return where a published file is, after fetching it if that was asked for."""
    target = home / name / item.file
    stem = item.file.removesuffix(".gz")  # of idx files that somebody has unpacked
    for place in PLACES[name]:
        for file in dict.fromkeys((item.file, stem, stem.replace("-idx", ".idx"))):
            if (home / place / file).is_file():
                return home / place / file
    if target.exists():
        raise ValueError(f"root: expected a file at {target}, got something else")
    if not download:
        raise FileNotFoundError(
            f"root: expected {target}, which is not there; it is published at {item.address}, "
            f"{item.size:,} bytes, {item.digest.replace(':', ' ')}; download=True fetches it there"
        )
    _fetch(item, target)
    return target


def _fetch(item: Published, target: Path) -> None:
    """Download to a part file of this process, check it, and rename it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as sink:
            try:
                with urllib.request.urlopen(item.address, timeout=60) as source:
                    for block in iter(lambda: source.read(1 << 20), b""):
                        sink.write(block)
            except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
                raise ConnectionError(
                    f"{item.address} could not be downloaded ({error}); {target} can also be put "
                    "there by hand"
                ) from error
        kind, _, expected = item.digest.partition(":")
        got, size = _file_digest(part, kind), part.stat().st_size
        if got != expected:
            raise ConnectionError(
                f"{item.address}: expected {item.size:,} bytes with {kind} {expected}, got "
                f"{size:,} bytes with {got}; nothing was kept"
            )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _refuse(path: Path, reason: str) -> ValueError:
    return ValueError(f"root: expected a whole {path.name}, got {path}, {reason}")


def _other(path: Path, expected: str, got: str) -> ValueError:
    kind, _, digits = expected.partition(":")
    return ValueError(
        f"root: expected {path} as published, with {kind} {digits}, got {got}; verify=False "
        "reads it all the same"
    )


# --- idx files ---------------------------------------------------------------------------


def idx_set(
    name: str, home: Path, parts: tuple[str, ...], classes: int, download: bool, verify: bool
) -> tuple[Bytes, Labels]:
    """Read images (n, 1, height, width) and labels of a data set in the format of MNIST."""
    pixels: list[Bytes] = []
    labels: list[Bytes] = []
    for part in parts:
        for role, kept, ndim in (("images", pixels, 3), ("labels", labels, 1)):
            item = FILES[name][f"{part} {role}"]
            path = present(name, item, home, download)
            kept.append(_idx(path, item, ndim, verify))
        if len(pixels[-1]) != len(labels[-1]):
            raise ValueError(
                f"root: expected as many labels as images in {path.parent}, got "
                f"{len(labels[-1])} and {len(pixels[-1])} of {part}"
            )
        if labels[-1].max() >= classes:
            raise _refuse(path, f"which has the label {labels[-1].max()}")
    whole = pixels[0] if len(pixels) == 1 else np.concatenate(pixels)
    return whole[:, None], np.concatenate(labels).astype(np.int64)


def _idx(path: Path, item: Published, ndim: int, verify: bool) -> Bytes:
    """Read an idx file of bytes: a magic number, the sizes, the bytes; no more than it says."""
    start = 4 + 4 * ndim
    try:
        with path.open("rb") as file:
            blocks = _blocks(file, path.suffix == ".gz")
            first = next(blocks, b"")
            while len(first) < start and (more := next(blocks, b"")):
                first += more
            if len(first) < start or first[:4] != bytes([0, 0, 8, ndim]):
                raise _refuse(path, f"which is no idx file of {ndim} axes")
            shape = tuple(np.frombuffer(first, ">u4", ndim, 4).tolist())
            expected = int(np.prod(shape, dtype=object))
            if expected == 0:
                raise _refuse(path, "which is empty")
            if expected > 1032 * path.stat().st_size:  # nothing is packed as small as that
                raise _refuse(path, f"which says {expected:,} bytes and has fewer")
            body, done = np.empty(expected, np.uint8), 0
            for block in itertools.chain([first[start:]], blocks):
                if done + len(block) > expected:
                    raise _refuse(path, f"which says {expected:,} bytes and has more")
                body[done : done + len(block)] = np.frombuffer(block, np.uint8)
                done += len(block)
    except unpacking.errors() as error:
        raise _refuse(path, f"which is damaged or cut short ({error})") from error
    if done != expected:
        raise _refuse(path, f"which says {expected:,} bytes and has {done:,}")
    if verify:
        _check(path, item, first[:start], body)
    return body.reshape(shape)


def _blocks(file: IO[bytes], packed: bool) -> Iterator[bytes]:
    """Read a file in blocks, unpacked; of gzip's parts there is one."""
    unpack = unpacking.stream()
    for block in iter(lambda: file.read(1 << 14), b""):
        if not packed:
            yield block
        else:
            yield unpack.decompress(block)
            if unpack.unused_data.strip(b"\0"):
                raise EOFError("there is more after its end")
    if packed and not unpack.eof and file.tell():
        raise EOFError("its end is missing")


def _check(path: Path, item: Published, head: bytes, body: Bytes) -> None:
    """Refuse what is not published: by the file itself, or by what it holds."""
    packed = path.suffix == ".gz"
    if packed and (path.stat().st_size == item.size or not item.content):
        kind, _, digits = item.digest.partition(":")
        if (got := _file_digest(path, kind)) == digits:
            return
        if not item.content:
            raise _other(path, item.digest, got)
    if not item.content:
        raise _refuse(
            path, "which is unpacked, and a checksum is published of the packed file only; "
            "verify=False reads it"
        )  # fmt: skip
    kind, _, digits = item.content.partition(":")
    hashed = hashlib.new(kind, head, usedforsecurity=False)
    hashed.update(body.data)
    if hashed.hexdigest() != digits:
        raise _other(path, item.content, f"{hashed.hexdigest()} (uncompressed)")


# --- CIFAR-10 ----------------------------------------------------------------------------

BATCHES = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
BATCHES["all"] = [*BATCHES["train"], *BATCHES["test"]]
#: The published batches in Python's format, by MD5; the others are published packed alone.
_UNPACKED = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
_RECORD = 1 + 3 * 32 * 32
_LARGEST = 1 << 25  # 10,000 records in either format are less


def cifar10(home: Path, split: str, download: bool, verify: bool) -> tuple[Bytes, Labels]:
    """Read the batches of a split, from an archive or a folder that somebody has unpacked."""
    binary, python = FILES["cifar10"]["binary"], FILES["cifar10"]["python"]
    for place in PLACES["cifar10"]:
        for item in (binary, python):
            if (home / place / item.file).is_file():
                return _archive(home / place / item.file, item, split, verify)
        for folder in ("cifar-10-batches-py", "cifar-10-batches-bin"):
            if (home / place / folder).is_dir():
                return _batches_in(home / place / folder, split, verify)
    return _archive(present("cifar10", binary, home, download), binary, split, verify)


def _batches_in(folder: Path, split: str, verify: bool) -> tuple[Bytes, Labels]:
    python = folder.name.endswith("py")
    if verify and not python:
        raise _refuse(
            folder, "which is unpacked, and a checksum is published of the packed file only; "
            "verify=False reads it"
        )  # fmt: skip

    def content(batch: str) -> bytes:
        path = folder / (batch if python else f"{batch}.bin")
        if path.stat().st_size > _LARGEST:
            raise _refuse(path, f"which has {path.stat().st_size:,} bytes")
        found = path.read_bytes()
        if verify and _digest(found, "md5") != _UNPACKED[batch]:
            raise _other(path, f"md5:{_UNPACKED[batch]}", _digest(found, "md5"))
        return found

    read = _python_batch if python else _binary_batch
    return _joined(folder, (read(content(batch), batch) for batch in BATCHES[split]))


def _archive(path: Path, item: Published, split: str, verify: bool) -> tuple[Bytes, Labels]:
    python = item is not FILES["cifar10"]["binary"]
    if verify:
        kind, _, digits = item.digest.partition(":")
        got = _file_digest(path, kind)
        if got != digits:
            raise _other(path, item.digest, got)

    def batches() -> Iterator[tuple[Bytes, Labels]]:
        with unpacking.opened(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            for batch in BATCHES[split]:
                name = f"cifar-10-batches-py/{batch}" if python else (
                    f"cifar-10-batches-bin/{batch}.bin"
                )  # fmt: skip
                member = archive.extractfile(name)
                if member is None or archive.getmember(name).size > _LARGEST:
                    raise ValueError(f"{name} is no file, or too large")
                yield (_python_batch if python else _binary_batch)(member.read(), batch)

    return _joined(path, batches())


def _joined(path: Path, batches: Iterator[tuple[Bytes, Labels]]) -> tuple[Bytes, Labels]:
    damage: tuple[type[Exception], ...] = (
        tarfile.TarError,
        *unpacking.errors(),
        FileNotFoundError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
        pickle.UnpicklingError,
    )
    try:
        pixels, labels = zip(*batches, strict=True)
    except damage as error:
        if str(error).startswith("root: "):
            raise
        raise _refuse(
            path, f"which is damaged or something else ({type(error).__name__}: {error})"
        ) from error
    return np.concatenate(pixels), np.concatenate(labels)


def _binary_batch(content: bytes, batch: str) -> tuple[Bytes, Labels]:
    """Read records of a label and 3 × 32 × 32 pixels."""
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)


class _Plain(pickle.Unpickler):
    """Reads arrays and plain values, and runs nothing else that a pickle may name."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what an array needs, and refuse the rest."""
        known: dict[str, Any] = {
            "_reconstruct": np.empty(0).__reduce__()[0],
            "_frombuffer": np.empty(0).__reduce_ex__(5)[0],
            "ndarray": np.ndarray,
            "dtype": np.dtype,
        }
        if module.partition(".")[0] == "numpy" and name in known:
            return known[name]
        if (module, name) == ("_codecs", "encode"):
            return lambda text, encoding: str(text).encode(encoding)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


def _python_batch(content: bytes, batch: str) -> tuple[Bytes, Labels]:
    found = _Plain(io.BytesIO(content), encoding="bytes").load()
    if not isinstance(found, dict):
        raise ValueError(f"{batch} holds no table")
    # Under Python 3 somebody may have written it again, with other names.
    table = {name.decode() if isinstance(name, bytes) else name: v for name, v in found.items()}
    pixels, labels = np.asarray(table["data"]), np.asarray(table["labels"])
    if pixels.dtype != np.uint8 or labels.shape != (len(pixels),):
        raise ValueError(f"{batch} has no label for each row of bytes")
    return pixels.reshape(-1, 3, 32, 32), labels.astype(np.int64)

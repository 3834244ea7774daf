"""Images to train on, by name: the digits of scikit-learn, MNIST, CIFAR-10, one's own.

Nothing is downloaded unless it is asked for, and a file is read only if it is the published
one. Pixels stay 8-bit integers in memory and become numbers in [−1, 1] as they are drawn.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import os
import pickle
import tarfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate
from wganlib._validate import Seed

Bytes = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]

SPLITS = ("all", "test", "train")
DIGITS = tuple("0123456789")
CLOTHES = (
    "t-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle-boot",
)  # fmt: skip
OBJECTS = (
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip

#: Without folders named train and test, every image whose number leaves this rest when
#: divided by five is held out.
_HELD_OUT = 4


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

#: Name -> what it is.
NAMES: dict[str, str] = {
    "digits": "1,797 handwritten digits, 8×8, grey; comes with scikit-learn",
    "mnist": "70,000 handwritten digits, 28×28, grey",
    "fashion-mnist": "70,000 pieces of clothing, 28×28, grey",
    "cifar10": "60,000 photographs of 10 kinds of things, 32×32, colour",
    "folder": "any folder or zip of images",
    "lsun": "photographs of bedrooms, from a folder or zip of images",
}


@dataclass(frozen=True, eq=False, repr=False)
class ImageSet:
    """Images in memory, and their classes where they have any: a sampler for ``train``.

    Parameters
    ----------
    pixels : array of uint8 (n, channels, height, width)
        From 0 to ``top``.
    labels : array of int (n,), optional
        Places in ``classes``.
    classes : sequence of str
        Names of the classes; empty without labels.
    name, split : str
        What the images are.
    top : int
        The value of the brightest pixel, from 1 to 255; it becomes 1, and 0 becomes −1.

    Attributes
    ----------
    images : array of float32 (n, channels, height, width)
        All of them, with values in [−1, 1]; made anew each time.
    shape : tuple of int
        (channels, height, width).

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 2: the empirical distribution of the data.

    Examples
    --------
    >>> import numpy as np
    >>> squares = ImageSet(np.array([[[[0, 255], [255, 0]]]], np.uint8), name="squares")
    >>> squares.images.ravel().tolist()
    [-1.0, 1.0, 1.0, -1.0]
    >>> squares.sample(3, seed=0).shape
    (3, 1, 2, 2)
    """

    pixels: Bytes
    labels: Labels | None = None
    classes: tuple[str, ...] = ()
    name: str = "images"
    split: str = "all"
    top: int = 255

    def __post_init__(self) -> None:
        pixels = self.pixels
        if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
            raise TypeError(f"pixels: expected an array of uint8, got {_validate.describe(pixels)}")
        if pixels.ndim != 4 or 0 in pixels.shape:
            raise ValueError(
                "pixels: expected shape (n, channels, height, width) with at least one image, "
                f"got shape {pixels.shape}"
            )
        top = _validate.integer(self.top, "top", at_least=1, at_most=255)
        if pixels.max() > top:
            raise ValueError(f"top: expected at least the {pixels.max()} of a pixel, got {top}")
        for text, name in ((self.name, "name"), (self.split, "split")):
            if not isinstance(text, str):
                raise TypeError(f"{name}: expected a name, got {_validate.describe(text)}")
        object.__setattr__(self, "classes", _names(self.classes))
        if self.labels is not None:
            object.__setattr__(self, "labels", self._checked_labels())
        elif self.classes:
            raise ValueError(f"labels: expected one for each image of {len(self.classes)} classes")

    def _checked_labels(self) -> Labels:
        labels = np.asarray(self.labels)
        if labels.dtype.kind not in "iu":
            raise TypeError(
                f"labels: expected whole numbers, got {_validate.describe(self.labels)}"
            )
        if labels.shape != (len(self),):
            raise ValueError(f"labels: expected shape ({len(self)},), got shape {labels.shape}")
        if labels.min() < 0 or labels.max() >= len(self.classes):
            raise ValueError(
                f"labels: expected numbers from 0 to {len(self.classes) - 1}, places of "
                f"{len(self.classes)} classes, got {labels.min()} to {labels.max()}"
            )
        return labels.astype(np.int64)

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width)."""
        channels, height, width = self.pixels.shape[1:]
        return channels, height, width

    @property
    def images(self) -> npt.NDArray[np.float32]:
        """All images, with values in [−1, 1]."""
        return self._unit(self.pixels)

    def _unit(self, pixels: Bytes) -> npt.NDArray[np.float32]:
        unit = pixels.astype(np.float32)
        unit *= np.float32(2 / self.top)
        unit -= 1
        return unit

    def sample(self, n: int, *, seed: Seed) -> npt.NDArray[np.float32]:
        """Draw n images with replacement, shape (n, channels, height, width)."""
        n = _validate.integer(n, "n", at_least=1)
        rng = _validate.generator(seed)
        return self._unit(self.pixels[rng.integers(0, len(self), n)])

    def subset(self, n: int, *, seed: Seed) -> ImageSet:
        """Draw n images without replacement, as a set of their own, in their order."""
        n = _validate.integer(n, "n", at_least=1, at_most=len(self))
        kept = np.sort(_validate.generator(seed).permutation(len(self))[:n])
        return self._of(kept)

    def of_classes(self, *names: str) -> ImageSet:
        """Return the images of some classes, which become 0, 1, ... in the order given."""
        if self.labels is None:
            raise ValueError(f"names: expected a set with classes, got {self!r}")
        for i, name in enumerate(names):
            _validate.one_of(name, f"names[{i}]", self.classes)
        wanted = _names(names)
        if not wanted:
            raise ValueError("names: expected at least one class, got none")
        new = np.full(len(self.classes), -1)
        new[[self.classes.index(name) for name in wanted]] = np.arange(len(wanted))
        labels = new[self.labels]
        kept = np.flatnonzero(labels >= 0)
        if not kept.size:
            raise ValueError(f"names: expected classes with images, got none of {list(wanted)}")
        return ImageSet(
            self.pixels[kept], labels[kept], wanted, name=self.name, split=self.split, top=self.top
        )

    def _of(self, kept: npt.NDArray[Any]) -> ImageSet:
        labels = None if self.labels is None else self.labels[kept]
        return ImageSet(
            self.pixels[kept], labels, self.classes, name=self.name, split=self.split, top=self.top
        )

    @cached_property
    def digest(self) -> str:
        """The first 16 digits of the SHA-256 of the pixels."""
        return hashlib.sha256(np.ascontiguousarray(self.pixels).data).hexdigest()[:16]

    def __repr__(self) -> str:
        size = "×".join(map(str, self.pixels.shape))
        kinds = f", {len(self.classes)} classes" if self.classes else ""
        return f"ImageSet({self.name} {self.split}, {size}{kinds}, {self.digest})"


def _names(names: Any) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise TypeError(f"classes: expected a sequence of names, got {_validate.describe(names)}")
    for i, name in enumerate(names):
        if not isinstance(name, str):
            raise TypeError(f"classes[{i}]: expected a name, got {_validate.describe(name)}")
    if len(set(names)) < len(names):
        raise ValueError(f"classes: expected no name twice, got {list(names)}")
    return tuple(names)


# --- the one function --------------------------------------------------------------------


def load_images(
    name: str = "digits",
    *,
    root: str | os.PathLike[str] | None = None,
    split: str = "train",
    size: int | None = None,
    channels: int | None = None,
    classes: Sequence[str] | None = None,
    download: bool = False,
    verify: bool = True,
) -> ImageSet:
    """Read a data set of images.

    Parameters
    ----------
    name : {"digits", "mnist", "fashion-mnist", "cifar10", "folder", "lsun"}
        ``digits`` needs scikit-learn and no file. ``cifar10`` is read from the published
        archive, binary or Python, or from ten zips of JPEG files, one for each class, with
        members such as train/cat/0001.jpg (their pixels are not quite the published ones).
        ``lsun`` is published as an LMDB database, which is not read here: export it to a
        folder of images first; from there on it is a ``folder`` like another.
    root : path, optional
        Where data sets are kept, each in a folder of its name. If left out, the environment
        variable WGANLIB_DATA, or else ~/.cache/wganlib. For ``folder`` and ``lsun`` the folder
        or zip itself, which must be given.
    split : {"train", "test", "all"}
        As published. For digits every fifth image of each class is the test. A folder's own
        folders train and test are its splits; if it has none, every fifth image in order of
        names is the test.
    size : int, optional
        Side to bring images to: the middle square is cut out and resized by Pillow, bilinear
        with antialiasing, to 8 bits, as the paper's public code does. If left out, images stay
        as they are, and all must have one size.
    channels : {1, 3}, optional
        Turn images to grey or to colour; transparency is dropped. If left out they stay as
        they are, and all must be of one kind.
    classes : sequence of str, optional
        Only these, labelled 0, 1, ... in this order. In a folder, the names of the folders
        that images lie in; images that lie in none have no class.
    download : bool
        Fetch what is absent: to a part file, which is checked and then renamed.
    verify : bool
        Refuse a file that is not the published one, by its checksum.

    Returns
    -------
    ImageSet

    Raises
    ------
    TypeError, ValueError
        For a bad argument; and for a damaged file, which is named.
    FileNotFoundError
        If a file is absent, with its address, size, checksum and place.
    OSError
        If it cannot be downloaded, read or written.
    ImportError
        For digits without scikit-learn.

    Source
    ------
    LeCun et al. (1998), MNIST; Xiao, Rasul and Vollgraf (2017), Fashion-MNIST; Krizhevsky
    (2009), CIFAR-10; Yu et al. (2015), LSUN; Alpaydin and Kaynak (1998), digits.

    Examples
    --------
    >>> digits = load_images()
    >>> digits.pixels.shape, digits.classes[3]
    ((1442, 1, 8, 8), '3')
    >>> float(digits.images.min()), float(digits.images.max())
    (-1.0, 1.0)
    """
    name = _validate.one_of(name, "name", NAMES)
    split = _validate.one_of(split, "split", SPLITS)
    if root is not None and not isinstance(root, (str, os.PathLike)):
        raise TypeError(f"root: expected a path, got {_validate.describe(root)}")
    if size is not None:
        size = _validate.integer(size, "size", at_least=1, at_most=1024)
    if channels is not None and _validate.integer(channels, "channels") not in (1, 3):
        raise ValueError(f"channels: expected 1 or 3, got {channels}")
    wanted = None if classes is None else _names(classes)
    if wanted == ():
        raise ValueError("classes: expected at least one name, got none")
    for flag, argument in ((download, "download"), (verify, "verify")):
        if not isinstance(flag, bool):
            raise TypeError(f"{argument}: expected True or False, got {_validate.describe(flag)}")
    if name in ("folder", "lsun"):
        found = _folder(name, root, split, size, channels, wanted, download)
    else:
        known = {"fashion-mnist": CLOTHES, "cifar10": OBJECTS}.get(name, DIGITS)
        for i, one in enumerate(wanted or ()):
            _validate.one_of(one, f"classes[{i}]", known)
        if name == "digits":
            found = _digits(root, split)
        elif name == "cifar10":
            found = _cifar10(_home(root) / name, split, wanted or known, download, verify)
        else:
            found = _idx_set(name, _home(root) / name, split, known, download, verify)
        found = _reshaped(found, size, channels)
    return found if wanted is None else found.of_classes(*wanted)


def _home(root: str | os.PathLike[str] | None) -> Path:
    if root is not None:
        return Path(root)
    named = os.environ.get("WGANLIB_DATA")
    return Path(named) if named else Path.home() / ".cache" / "wganlib"


def _digits(root: Any, split: str) -> ImageSet:
    if root is not None:
        raise ValueError("root: expected none for digits, which come with scikit-learn")
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "scikit-learn: expected for the data set digits, which comes with it"
        ) from error
    source = load_digits()
    # Every fifth of its class: the digits come as 0, 1, ..., 9 again and again, so every fifth
    # of all would favour some.
    turn = np.empty(len(source.target), np.int64)
    for digit in range(10):
        places = np.flatnonzero(source.target == digit)
        turn[places] = np.arange(len(places))
    kept = _part(turn, split)
    pixels = source.images[kept, None].astype(np.uint8)
    labels = source.target[kept].astype(np.int64)
    return ImageSet(pixels, labels, DIGITS, name="digits", split=split, top=16)


def _part(turn: npt.NDArray[Any], split: str) -> npt.NDArray[Any]:
    """Return which images are in a split, where every fifth turn is held out."""
    held_out = turn % 5 == _HELD_OUT
    kept = (
        np.ones(len(turn), bool) if split == "all" else held_out if split == "test" else ~held_out
    )
    return np.flatnonzero(kept)


# --- files that were published -----------------------------------------------------------


def _digest(data: Any, kind: str) -> str:
    return hashlib.new(kind, data, usedforsecurity=False).hexdigest()


def _file_digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.new(kind, usedforsecurity=False)
        ).hexdigest()


def _present(item: Published, folder: Path, download: bool) -> Path:
    """Return where a published file is, after fetching it if that was asked for."""
    target = folder / item.file
    if target.is_file():
        return target
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


def _idx_set(
    name: str, folder: Path, split: str, classes: tuple[str, ...], download: bool, verify: bool
) -> ImageSet:
    parts = ("train", "test") if split == "all" else (split,)
    pixels: list[Bytes] = []
    labels: list[Bytes] = []
    for part in parts:
        for role, kept, ndim in (("images", pixels, 3), ("labels", labels, 1)):
            item = FILES[name][f"{part} {role}"]
            kept.append(_idx(_present(item, folder, download), item, ndim, verify))
        if len(pixels[-1]) != len(labels[-1]):
            raise ValueError(
                f"root: expected as many labels as images in {folder}, got "
                f"{len(labels[-1])} and {len(pixels[-1])} of {part}"
            )
        if labels[-1].max() >= len(classes):
            path = folder / FILES[name][f"{part} labels"].file
            raise _refuse(path, f"which has the label {labels[-1].max()}")
    return ImageSet(
        np.concatenate(pixels)[:, None],
        np.concatenate(labels).astype(np.int64),
        classes,
        name=name,
        split=split,
    )


def _idx(path: Path, item: Published, ndim: int, verify: bool) -> Bytes:
    """Read an idx file of bytes: a magic number, the sizes, the bytes."""
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _refuse(path, f"which is damaged or cut short ({error})") from error
    if len(content) < 4 + 4 * ndim or content[:4] != bytes([0, 0, 8, ndim]):
        raise _refuse(path, f"which is no idx file of {ndim} axes")
    shape = tuple(np.frombuffer(content, ">u4", ndim, 4).tolist())
    start = 4 + 4 * ndim
    expected = int(np.prod(shape, dtype=object))
    if len(content) - start != expected:
        raise _refuse(path, f"which says {expected:,} bytes and has {len(content) - start:,}")
    if 0 in shape:
        raise _refuse(path, "which is empty")
    if verify:
        if item.content:
            kind, _, digits = item.content.partition(":")
            if _digest(content, kind) != digits:
                raise _other(path, item.content, f"{_digest(content, kind)} (uncompressed)")
        else:
            _verified(path, item)
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _verified(path: Path, item: Published) -> None:
    kind, _, digits = item.digest.partition(":")
    got = _file_digest(path, kind)
    if got != digits:
        raise _other(path, item.digest, got)


# --- CIFAR-10 ----------------------------------------------------------------------------

_BATCHES = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}


def _cifar10(
    folder: Path, split: str, wanted: tuple[str, ...], download: bool, verify: bool
) -> ImageSet:
    binary, python = FILES["cifar10"]["binary"], FILES["cifar10"]["python"]
    if not (folder / binary.file).exists():
        if (folder / python.file).exists():
            return _archive(folder / python.file, python, split, verify)
        if any((folder / f"{name}.zip").exists() for name in OBJECTS):
            return _zips(folder, split, wanted)
    return _archive(_present(binary, folder, download), binary, split, verify)


def _archive(path: Path, item: Published, split: str, verify: bool) -> ImageSet:
    read = _binary_batch if item.file == FILES["cifar10"]["binary"].file else _python_batch
    batches = [*_BATCHES["train"], *_BATCHES["test"]] if split == "all" else _BATCHES[split]
    if verify:
        _verified(path, item)
    pixels: list[Bytes] = []
    labels: list[Labels] = []
    try:
        with tarfile.open(path, "r:gz") as archive:
            for batch in batches:
                found, numbers = read(archive, batch)
                pixels.append(found)
                labels.append(numbers)
    except (
        tarfile.TarError,
        EOFError,
        zlib.error,
        gzip.BadGzipFile,
        KeyError,
        ValueError,
        pickle.UnpicklingError,
    ) as error:
        raise _refuse(
            path, f"which is damaged or something else ({type(error).__name__}: {error})"
        ) from error
    return ImageSet(
        np.concatenate(pixels), np.concatenate(labels), OBJECTS, name="cifar10", split=split
    )


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    return file.read()


def _binary_batch(archive: tarfile.TarFile, batch: str) -> tuple[Bytes, Labels]:
    """Read records of a label and 3 × 32 × 32 pixels."""
    content = _member(archive, f"cifar-10-batches-bin/{batch}.bin")
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + 3 * 32 * 32)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)


class _Plain(pickle.Unpickler):
    """Reads arrays and plain values, and runs nothing else that a pickle may name."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what an array needs, and refuse the rest."""
        known: dict[str, Any] = {
            "_reconstruct": np.empty(0).__reduce__()[0],
            "ndarray": np.ndarray,
            "dtype": np.dtype,
        }
        if module.partition(".")[0] == "numpy" and name in known:
            return known[name]
        if (module, name) == ("_codecs", "encode"):
            return lambda text, encoding: str(text).encode(encoding)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


def _python_batch(archive: tarfile.TarFile, batch: str) -> tuple[Bytes, Labels]:
    content = _member(archive, f"cifar-10-batches-py/{batch}")
    found = _Plain(io.BytesIO(content), encoding="bytes").load()
    if not isinstance(found, dict):
        raise ValueError(f"{batch} holds no table")
    pixels, labels = np.asarray(found[b"data"]), np.asarray(found[b"labels"])
    if pixels.dtype != np.uint8 or labels.shape != (len(pixels),):
        raise ValueError(f"{batch} has no label for each row of bytes")
    return pixels.reshape(-1, 3, 32, 32), labels.astype(np.int64)


def _zips(folder: Path, split: str, wanted: tuple[str, ...]) -> ImageSet:
    pixels: list[Bytes] = []
    labels: list[Labels] = []
    for number, name in enumerate(OBJECTS):
        if name not in wanted:
            continue
        path = folder / f"{name}.zip"
        if not path.is_file():
            raise FileNotFoundError(
                f"root: expected {path} beside the other classes, which is not there; classes "
                "chooses among those that are"
            )
        with _members(path) as entries:
            pixels.append(_read(_split_of(entries, path, split), None, 3))
        labels.append(np.full(len(pixels[-1]), number))
    if len({part.shape[1:] for part in pixels}) > 1:
        raise ValueError(f"root: expected classes of one size in {folder}, got several")
    return ImageSet(
        np.concatenate(pixels), np.concatenate(labels), OBJECTS, name="cifar10", split=split
    )


# --- folders and zips of images ----------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """A file that should be an image: where in the folder or zip, its name, its bytes."""

    place: PurePosixPath
    shown: str
    content: Callable[[], bytes]


@contextmanager
def _members(path: Path) -> Iterator[list[_Entry]]:
    """List the files of a folder or a zip, in order of names, without hidden ones."""
    if path.is_dir():
        yield _shown(
            _Entry(PurePosixPath(file.relative_to(path).as_posix()), str(file), file.read_bytes)
            for file in path.rglob("*")
            if file.is_file()
        )
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _refuse(path, f"which is no whole zip file ({error})") from error
    with archive:
        yield _shown(
            _Entry(
                PurePosixPath(item.filename),
                f"{path}, {item.filename}",
                partial(archive.read, item.filename),
            )
            for item in archive.infolist()
            if not item.is_dir()
        )


def _shown(entries: Iterable[_Entry]) -> list[_Entry]:
    kept = (e for e in entries if not any(_hidden(part) for part in e.place.parts))
    return sorted(kept, key=lambda entry: entry.place)


def _hidden(part: str) -> bool:
    return part.startswith(".") or part == "__MACOSX"


def _split_of(entries: list[_Entry], path: Path, split: str) -> list[_Entry]:
    """Choose a split: by folders named train and test, or else every fifth image is the test."""
    if not entries:
        raise ValueError(f"root: expected images in {path}, got none")
    tops = {entry.place.parts[0] for entry in entries if len(entry.place.parts) > 1}
    if not tops & {"train", "test"}:
        kept = [entries[i] for i in _part(np.arange(len(entries)), split)]
    else:
        for entry in entries:
            if entry.place.parts[0] not in ("train", "test"):
                raise ValueError(
                    f"root: expected all images of {path} in train or test, got {entry.shown}"
                )
        kept = [e for e in entries if split in ("all", e.place.parts[0])]
    if not kept:
        raise ValueError(f"root: expected images of the split {split} in {path}, got none")
    return kept


def _class_of(entry: _Entry) -> str:
    """Return the folder that an image lies in, below train and test; empty for none."""
    parts = entry.place.parts[:-1]
    return "/".join(parts[1:] if parts[:1] in (("train",), ("test",)) else parts)


def _folder(
    name: str,
    root: Any,
    split: str,
    size: int | None,
    channels: int | None,
    wanted: tuple[str, ...] | None,
    download: bool,
) -> ImageSet:
    if root is None:
        raise ValueError(f"root: expected the folder or zip of images for {name}, got none")
    if download:
        raise ValueError(f"download: expected False for {name}, which is read from a local path")
    path = Path(root)
    if not path.exists():
        raise FileNotFoundError(
            f"root: expected a folder or zip of images at {path}, which is not there"
        )
    if (path / "data.mdb").exists():
        raise ValueError(
            f"root: expected a folder of images, got {path}, an LMDB database: export its images"
        )
    with _members(path) as entries:
        kept = _split_of(entries, path, split)
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
        pixels = _read(kept, size, channels)
    labels = np.array([classes.index(_class_of(e)) for e in kept]) if classes else None
    return ImageSet(pixels, labels, classes, name=name, split=split)


#: How many channels Pillow's modes have, of those that are read as they are.
_MODES = {"1": 1, "L": 1, "P": 3, "RGB": 3, "CMYK": 3, "YCbCr": 3}
#: Modes that lose something, and are read only if ``channels`` says so.
_LOSE = ("LA", "PA", "RGBA", "La", "RGBa")


def _read(entries: Sequence[_Entry], size: int | None, channels: int | None) -> Bytes:
    """Decode images, which must agree in size and kind unless these are given."""
    pixels: Bytes | None = None
    for i, entry in enumerate(entries):
        one = _decoded(entry, size, channels)
        if pixels is None:
            pixels = np.empty((len(entries), *one.shape), np.uint8)
        if one.shape != pixels.shape[1:]:
            raise ValueError(
                f"root: expected images of one size and kind, got {_described(one.shape)} in "
                f"{entry.shown} after {_described(pixels.shape[1:])} in {entries[0].shown}; "
                "size=... and channels=... bring them to one"
            )
        pixels[i] = one
    assert pixels is not None
    return pixels


def _described(shape: tuple[int, ...]) -> str:
    return f"{shape[2]}×{shape[1]} in {'colour' if shape[0] == 3 else 'grey'}"


def _decoded(entry: _Entry, size: int | None, channels: int | None) -> Bytes:
    """Return one image as (channels, height, width)."""
    from PIL import Image, UnidentifiedImageError

    try:
        image: Any = Image.open(io.BytesIO(entry.content()))
        image.load()
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
    if image.mode not in _MODES and (image.mode not in _LOSE or channels is None):
        raise ValueError(
            f"root: expected 8-bit images in grey or colour, got {entry.shown} of mode "
            f"{image.mode}" + "; channels=3 drops its transparency" * (image.mode in _LOSE)
        )
    wanted = channels or _MODES[image.mode]
    return _square(image.convert("L" if wanted == 1 else "RGB"), size)


def _square(image: Any, size: int | None) -> Bytes:
    """Cut out the middle square and resize it, or leave the image as it is."""
    from PIL import Image

    if size is not None:
        width, height = image.size
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        image = image.crop((left, top, left + side, top + side))
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    array: Bytes = np.asarray(image, np.uint8)
    return array[None] if array.ndim == 2 else np.ascontiguousarray(array.transpose(2, 0, 1))


def _reshaped(found: ImageSet, size: int | None, channels: int | None) -> ImageSet:
    """Bring images that are in memory to a size and a number of channels."""
    if size in (None, found.shape[1]) and channels in (None, found.shape[0]):
        return found
    from PIL import Image

    pixels = (
        found.pixels
        if found.top == 255
        else np.rint(found.pixels * (255 / found.top)).astype(np.uint8)
    )
    wanted = "L" if (channels or found.shape[0]) == 1 else "RGB"
    made: Bytes | None = None
    for i, one in enumerate(pixels):
        array = one[0] if len(one) == 1 else np.ascontiguousarray(one.transpose(1, 2, 0))
        image = _square(Image.fromarray(array).convert(wanted), size)
        if made is None:
            made = np.empty((len(pixels), *image.shape), np.uint8)
        made[i] = image
    assert made is not None
    return ImageSet(made, found.labels, found.classes, name=found.name, split=found.split)

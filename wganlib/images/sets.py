"""Images to train on, by name: the digits of scikit-learn, MNIST, CIFAR-10, one's own.

Nothing is downloaded unless it is asked for, and a file is read only if it is the published
one. Pixels stay 8-bit integers in memory and become numbers in [−1, 1] as they are drawn.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from wganlib import _validate
from wganlib._validate import Seed
from wganlib.images import files as image_files
from wganlib.images import published
from wganlib.images.published import Bytes, Labels

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

    #: What ``sample`` gives is finite, so a training does not look again.
    draws_checked_points: ClassVar[bool] = True

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
        whole = kept.size == len(self)  # all of it is not copied
        pixels = self.pixels if whole else self.pixels[kept]
        return ImageSet(
            pixels, labels[kept], wanted, name=self.name, split=self.split, top=self.top
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
    progress: bool = False,
) -> ImageSet:
    """Read a data set of images.

    With the extra ``fast`` (``pip install wganlib[fast]``) gzip files are unpacked in half the
    time and JPEGs decoded in less; the pixels are the same.

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
        variable WGANLIB_DATA, or else ~/.cache/wganlib. The published files are found there too
        if they are unpacked or where torchvision keeps them. For ``folder`` and ``lsun`` the
        folder or zip itself, which must be given.
    split : {"train", "test", "all"}
        As published. For digits every fifth image of each class is the test. A folder's own
        folders train and test are its splits, also below a folder that all images share; if it
        has none, every fifth image in order of names is the test.
    size : int, optional
        Side to bring images to: the middle square is cut out and resized by Pillow, bilinear
        with antialiasing, to 8 bits, as the paper's public code does. If left out, images stay
        as they are, and all must have one size. Photographs are turned as their EXIF note says.
    channels : {1, 3}, optional
        Turn images to grey or to colour; transparency is dropped. If left out they stay as
        they are, all must be of one kind, and none may have transparent parts.
    classes : sequence of str, optional
        Only these, labelled 0, 1, ... in this order. In a folder, the names of the folders
        that images lie in; images that lie in none have no class.
    download : bool
        Fetch what is absent: to a part file, which is checked and then renamed.
    verify : bool
        Refuse a file that is not the published one, by its checksum.
    progress : bool
        Show a progress bar while images are decoded.

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
    for flag, argument in ((download, "download"), (verify, "verify"), (progress, "progress")):
        if not isinstance(flag, bool):
            raise TypeError(f"{argument}: expected True or False, got {_validate.describe(flag)}")
    if name in ("folder", "lsun"):
        path = _folder(name, root, download)
        pixels, labels, known = image_files.read_folder(
            path, split, size, channels, wanted, progress
        )
        found = ImageSet(pixels, labels, known, name=name, split=split)
    else:
        known = {"fashion-mnist": CLOTHES, "cifar10": OBJECTS}.get(name, DIGITS)
        for i, one in enumerate(wanted or ()):
            _validate.one_of(one, f"classes[{i}]", known)
        found = _known(name, root, split, wanted or known, known, download, verify, progress)
        sought = channels or found.shape[0]
        if size not in (None, found.shape[1]) or sought != found.shape[0]:
            pixels = image_files.reshaped(found.pixels, found.top, size, sought, progress)
            found = ImageSet(pixels, found.labels, known, name=name, split=split)
    return found if wanted is None else found.of_classes(*wanted)


def _known(
    name: str,
    root: str | os.PathLike[str] | None,
    split: str,
    wanted: tuple[str, ...],
    classes: tuple[str, ...],
    download: bool,
    verify: bool,
    progress: bool,
) -> ImageSet:
    if name == "digits":
        return _digits(root, split)
    home = _home(root)
    if name != "cifar10":
        parts = ("train", "test") if split == "all" else (split,)
        pixels, labels = published.idx_set(name, home, parts, len(classes), download, verify)
    elif any((home / name / f"{one}.zip").exists() for one in OBJECTS):
        pixels, labels = _zips(home / name, split, wanted, progress)
    else:
        pixels, labels = published.cifar10(home, split, download, verify)
    return ImageSet(pixels, labels, classes, name=name, split=split)


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
    kept = image_files.part_of(turn, split)
    pixels = source.images[kept, None].astype(np.uint8)
    labels = source.target[kept].astype(np.int64)
    return ImageSet(pixels, labels, DIGITS, name="digits", split=split, top=16)


def _zips(
    folder: Path, split: str, wanted: tuple[str, ...], progress: bool
) -> tuple[Any, npt.NDArray[np.int64]]:
    """Read CIFAR-10 from ten zips, one for each class."""
    entries, labels = [], []
    with ExitStack() as stack:
        for number, name in enumerate(OBJECTS):
            if name not in wanted:
                continue
            path = folder / f"{name}.zip"
            if not path.is_file():
                raise FileNotFoundError(
                    f"root: expected {path} beside the other classes, which is not there; classes "
                    "chooses among those that are"
                )
            kept = image_files.split_of(stack.enter_context(image_files.members(path)), path, split)
            entries += kept
            labels += [number] * len(kept)
        return image_files.read(entries, None, 3, progress), np.array(labels)


def _folder(name: str, root: Any, download: bool) -> Path:
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
    return path

"""Data of the reader's own: points from a file, pictures from a folder or zip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wganlib import _validate
from wganlib._validate import FloatArray
from wganlib.paper.choices import DATASETS

if TYPE_CHECKING:
    from wganlib.images.sets import ImageSet
    from wganlib.paper.trainings import Training

_TEXT = (".csv", ".tsv", ".txt")


def is_own(name: str) -> bool:
    """Say whether a name means a file or a folder."""
    return name not in DATASETS and (
        Path(name).exists() or bool(Path(name).suffix) or os.sep in name
    )


def are_pictures(name: str) -> bool:
    """Say whether it is a folder or zip of pictures; refuse what is neither that nor points."""
    path = Path(name)
    if not path.exists():
        raise FileNotFoundError(f"dataset: expected points or pictures at {path}, got nothing")
    if path.is_dir() or path.suffix == ".zip":
        return True
    if path.suffix not in (*_TEXT, ".npy"):
        raise ValueError(
            f"dataset: expected points in a .csv, .tsv, .txt or .npy file, or a folder or .zip of "
            f"pictures, got {path}"
        )
    return False


def read_points(name: str) -> FloatArray:
    """Read points, a row each, of one or more finite numbers: shape (n, d).

    A text file may begin with a line of names, and has commas, semicolons, tabs or blanks
    between its numbers.
    """
    path = Path(name)
    if path.suffix == ".npy":
        try:
            found = np.load(path, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise ValueError(
                f"dataset: expected a whole .npy file, got {path} ({error})"
            ) from error
    else:
        found = _read_text(path)
    array = _validate.float_array(found, f"dataset: {path}")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"dataset: expected points of shape (n, d) in {path}, got shape {found.shape}"
        )
    bad = ~np.isfinite(array).all(1)
    if bad.any():
        raise ValueError(
            f"dataset: expected finite numbers in {path}, got {bad.sum()} rows with none, the "
            f"first is row {int(bad.argmax()) + 1}"
        )
    return array


def _read_text(path: Path) -> FloatArray:
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline()
    except UnicodeDecodeError as error:
        raise ValueError(f"dataset: expected text in {path}, got other bytes") from error
    delimiter = next((mark for mark in ";\t," if mark in first), None)
    names = any(not _is_number(word) for word in first.strip().split(delimiter))
    try:
        with path.open(encoding="utf-8-sig") as file:
            lines = file.readlines()[1 if names else 0 :]
        if not any(line.strip() for line in lines):
            raise ValueError(f"dataset: expected points in {path}, got none")
        return np.loadtxt(lines, np.float64, delimiter=delimiter, ndmin=2, comments=None)
    except ValueError as error:
        if str(error).startswith("dataset: "):
            raise
        raise ValueError(
            f"dataset: expected a row of numbers for each point in {path}: {error}"
        ) from error


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def read_pictures(training: Training) -> ImageSet:
    """Read all pictures, of the size and the channels that the training says."""
    from wganlib.images.sets import load_images

    return load_images(
        "folder", root=training.dataset, split="all", size=training.size,
        channels=training.channels,
    )  # fmt: skip


def prepared(training: Training) -> tuple[Any, Any, Any]:
    """Return generator, critic and data of a training."""
    from wganlib.training.networks import MLP

    if training.size is not None:
        from wganlib.images.networks import DCGANCritic, DCGANGenerator

        pictures = read_pictures(training)
        made: dict[str, Any] = {
            "size": training.size,
            "channels": pictures.shape[0],
            "filters": max(1, training.width // 4),
            "seed": training.seeds[0],
        }
        return DCGANGenerator(noise=32, **made), DCGANCritic(**made), pictures
    own = is_own(training.dataset)
    data = read_points(training.dataset) if own else DATASETS[training.dataset].make()
    width = data.shape[1] if own else 2
    hidden = [training.width] * training.depth
    return (
        MLP([width, *hidden, width], seed=training.seeds),
        MLP([width, *hidden, 1], seed=training.seeds),
        data,
    )

"""What a saved result holds: its description, and its numbers as rows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wganlib.archive import read_arrays
from wganlib.paper import images as image_experiments
from wganlib.paper.experiment import Arrays, Failure, Row
from wganlib.paper.figures import FIGURES, STUDY
from wganlib.paper.result_folder import CONFIG, HISTORY, PART, read_config, sound
from wganlib.paper.trainings import course
from wganlib.training.history import History


@dataclass(frozen=True)
class Saved:
    """A result that was read back: its description, and its numbers as rows."""

    config: dict[str, Any]
    rows: list[Row] = field(default_factory=list)


def read(path: str | os.PathLike[str]) -> Saved:
    """Read a result's directory, or one history file.

    Raises
    ------
    Failure
        If there is no such result, or it is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from wganlib.paper import experiments
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = experiments.figure(1, out=folder)
    ...     read(folder).config["command"]
    'wganlib figure 1'
    """
    source = Path(path)
    if not source.exists():
        raise Failure(f"{source}: no such file or directory")
    if source.is_file():
        with sound(source):
            history = History.load(source)
        return Saved(
            {
                "kind": "history",
                "settings": history.config,
                "versions": history.versions,
                "wall_time": history.wall_time,
            },
            course(history),
        )
    if not (source / CONFIG).exists():
        raise Failure(f"{source}: holds no {CONFIG}, so it is no result of wganlib")
    config = read_config(source)
    if config["kind"] == "figure":
        return Saved(config, _rows_of_figure(source, config))
    if not (source / HISTORY).exists():
        return Saved(config)
    with sound(source / HISTORY):
        history = History.load(source / HISTORY)
    return Saved(config, course(history))


def _rows_of_figure(folder: Path, config: Mapping[str, Any]) -> list[Row]:
    if STUDY in config["settings"]:
        return _rows_of_study(folder, config["settings"])
    experiment = FIGURES.get(config["settings"].get("figure"))
    if experiment is None or not config["finished"]:
        return []
    arrays = {}
    for name in experiment.parts:
        path = folder / f"{name}.npz"
        if not path.exists():
            raise Failure(f"{path}: is missing")
        with sound(path):
            arrays[name], _ = read_arrays(path, PART)
    with sound(folder):
        return experiment.table(config["settings"], arrays)


def read_parts(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Arrays]]:
    """Read the trainings on images that a directory holds: its settings, and arrays by cell.

    Raises
    ------
    Failure
        If it is no such result, or damaged.
    """
    source = Path(folder)
    if not (source / CONFIG).exists():
        raise Failure(f"{source}: holds no {CONFIG}, so it is no result of wganlib")
    settings = read_config(source)["settings"]
    if STUDY not in settings:
        raise Failure(f"{source}: holds no trainings on images")
    arrays = {}
    with sound(source / CONFIG):
        names = list(image_experiments.of_settings(settings).parts)
    for name in names:
        path = source / f"{name}.npz"
        if path.exists():
            with sound(path):
                arrays[name], _ = read_arrays(path, PART)
    return settings, arrays


def _rows_of_study(folder: Path, settings: Mapping[str, Any]) -> list[Row]:
    _, arrays = read_parts(folder)
    with sound(folder):
        return image_experiments.table(settings, arrays)

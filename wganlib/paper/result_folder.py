"""The directory of a result: claimed before the work, described after it, read back whole."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import wganlib
from wganlib import files as faults
from wganlib.paper.experiment import Failure
from wganlib.training import distributed

#: Packages whose versions are written beside every result.
PACKAGES = ("numpy", "scipy", "torch", "POT", "matplotlib", "anywidget")
#: What a file with a part of a figure calls itself.
PART = "part of a figure"
CONFIG, HISTORY, CHECKPOINT = "config.json", "history.npz", "checkpoint.npz"
GENERATOR = "generator.npz"


def versions() -> dict[str, str]:
    """Return the versions of Python, this library and what it stands on.

    Examples
    --------
    >>> sorted(versions())[:2]
    ['POT', 'anywidget']
    """
    from importlib import metadata

    found = {"wganlib": wganlib.__version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def hardware(device: str = "cpu") -> dict[str, Any]:
    """Say in words what a result was computed on, naming no machine.

    Examples
    --------
    >>> sorted(hardware())
    ['cores', 'device', 'processor', 'system']
    """
    processor = platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    except OSError:
        processor = platform.processor() or processor
    return {
        "processor": processor,
        "cores": os.cpu_count() or 1,
        "system": platform.system(),
        "device": device,
    }


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all; of several processes, the first one does."""
    if not distributed.is_first():
        return
    with faults.writing(path) as part, part.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def read_config(folder: Path) -> dict[str, Any]:
    """Read the description of a result.

    Raises
    ------
    Failure
        If it is damaged or something else.
    """
    path = folder / CONFIG
    with sound(path):
        content = json.loads(path.read_text("utf-8"))
        if not isinstance(content, dict) or content.get("format") != 1:
            raise ValueError("expected a result of wganlib, format 1")
        if content.get("kind") not in ("training", "figure", "study"):
            raise ValueError(
                f"expected a training, a figure or a study, got {content.get('kind')!r}"
            )
        for name, kind in (
            ("settings", dict),
            ("versions", dict),
            ("hardware", dict),
            ("command", str),
            ("finished", bool),
        ):
            if not isinstance(content.get(name), kind):
                raise ValueError(f"expected {name}, got {content.get(name)!r}")
    return content


@contextmanager
def sound(path: Path) -> Iterator[None]:
    """Say of a file that cannot be read that it is damaged, or something else."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        text = str(error).removeprefix("path: ")
        raise Failure(f"{path}: damaged, or something else: {text}") from error


@contextmanager
def claimed(folder: Path | None) -> Iterator[None]:
    """Hold a directory, so that no other process computes into it meanwhile."""
    if folder is not None and distributed.is_first():
        folder.mkdir(parents=True, exist_ok=True)
    with faults.alone(None if folder is None else folder / CONFIG):
        yield


def open_folder(
    folder: Path,
    kind: str,
    settings: dict[str, Any],
    command: str,
    fresh: bool,
    *,
    may_grow: Sequence[str] = (),
    files: Sequence[str] = (),
) -> dict[str, Any]:
    """Claim a directory for a result, and say in it what is going to be there."""
    if not distributed.is_first():
        distributed.wait()
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    if fresh:
        for name in (*files, CONFIG):
            (folder / name).unlink(missing_ok=True)
    elif (folder / CONFIG).exists():
        old = read_config(folder)
        if old["kind"] != kind:
            raise Failure(f"{folder}: holds a {old['kind']}; name another directory, or start anew")
        for name in sorted(set(settings) | set(old["settings"])):
            was, now = old["settings"].get(name), settings.get(name)
            grows = name in may_grow and isinstance(was, int) and isinstance(now, int)
            if was != now and not (grows and now >= was):
                raise Failure(
                    f"{folder}: holds a {kind} with {name} {shown(was)}, not {shown(now)}; "
                    "name another directory, or start anew with --fresh"
                )
    elif any((folder / name).exists() for name in files):
        raise Failure(f"{folder}: holds files of a result, but no {CONFIG} that says of which")
    config = {
        "kind": kind,
        "format": 1,
        "command": command,
        "settings": settings,
        "versions": versions(),
        "hardware": {},
        "wall_time": 0.0,
        "finished": False,
    }
    write_json(folder / CONFIG, config)
    distributed.wait()
    return config


def close_folder(
    folder: Path,
    config: dict[str, Any],
    wall_time: float,
    device: str,
    finished: bool,
    **more: Any,
) -> None:
    """Say that a result is there, by what and for how long."""
    write_json(
        folder / CONFIG,
        {
            **config,
            "hardware": hardware(device),
            "wall_time": round(wall_time, 3),
            "finished": finished,
            **more,
        },
    )


def shown(value: Any) -> str:
    """Write a setting as a sentence has it."""
    return "unset" if value is None else str(value)

"""A study's result as files: computed part by part, taken up again, read back whole."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from wganlib import _validate
from wganlib.archive import read_arrays, write_arrays
from wganlib.paper.experiment import Failure
from wganlib.paper.result_folder import (
    CONFIG,
    close_folder,
    open_folder,
    read_config,
    sound,
    write_json,
)
from wganlib.paper.studies import named
from wganlib.paper.study import Arrays, Finding, Kept, Study

#: What a file with a part of a study calls itself.
PART = "part of a study"


def run(
    study: str | Study,
    out: str | os.PathLike[str] | None = None,
    *,
    fresh: bool = False,
    progress: bool = False,
) -> Kept:
    """Compute a study, or the parts of it that are not there yet.

    Parameters
    ----------
    study : str or Study
        A name of :data:`wganlib.paper.STUDIES`, or a study.
    out : path, optional
        The directory that keeps each part as soon as it is computed.
    fresh : bool, optional
        Compute all parts anew.
    progress : bool, optional
        Show a progress bar over the parts on standard error.

    Returns
    -------
    Kept

    Raises
    ------
    TypeError, ValueError
        For a study that is not among them, naming the nearest.
    wganlib.paper.experiments.Failure
        If the directory holds something else, another configuration, or a damaged part.
    OSError
        If it cannot be written; what was there before is there still.

    Examples
    --------
    >>> from wganlib import paper
    >>> paper.run("no-such-study")
    Traceback (most recent call last):
    ValueError: study: expected one of ...
    """
    chosen = named(study) if isinstance(study, str) else study
    folder = None if out is None else Path(_validate.path(out, "out"))
    config: dict[str, Any] = {}
    before: dict[str, Any] | None = None
    computed = False
    if folder is not None:
        settings = {"study": chosen.name, **chosen.settings}
        files = [f"{part}.npz" for part in chosen.parts]
        command = f"wganlib study run {chosen.name}"
        before = read_config(folder) if (folder / CONFIG).exists() and not fresh else None
        config = open_folder(folder, "study", settings, command, fresh, files=files)
    arrays: dict[str, Arrays] = {}
    spent = 0.0
    for name, compute in tqdm(chosen.parts.items(), desc=chosen.name, disable=not progress):
        path = None if folder is None else folder / f"{name}.npz"
        if path is not None and path.exists():
            arrays[name], took = _part(path)
        else:
            started = time.perf_counter()
            arrays[name] = compute(chosen.settings, progress)
            took = time.perf_counter() - started
            computed = True
            if path is not None:
                write_arrays(path, PART, arrays[name], {"wall_time": took})
        spent += took
    findings = {row: judge(chosen.settings, arrays) for row, judge in chosen.rows.items()}
    numbers = dict(chosen.numbers(chosen.settings, arrays))
    if folder is not None:
        said = {row: asdict(finding) for row, finding in findings.items()}
        close_folder(folder, config, spent, "cpu", True, findings=said, numbers=numbers)
        if before is not None and before["finished"] and not computed:
            # Only judged anew: what computed it stays what it was.
            judged = read_config(folder)
            kept = {name: before[name] for name in ("versions", "hardware", "wall_time")}
            write_json(folder / CONFIG, {**judged, **kept})
        return load(folder)
    return Kept(chosen, arrays, findings, numbers, {}, {}, spent)


def load(folder: str | os.PathLike[str]) -> Kept:
    """Read a finished study back.

    Raises
    ------
    wganlib.paper.experiments.Failure
        If there is none, it is not finished, is damaged, or has another configuration than the
        study of that name.
    """
    source = Path(folder)
    if not (source / CONFIG).exists():
        raise Failure(f"{source}: holds no {CONFIG}, so it is no result of wganlib")
    config = read_config(source)
    if config["kind"] != "study":
        raise Failure(f"{source}: holds a {config['kind']}, not a study")
    if not config["finished"]:
        raise Failure(f"{source}: holds a study that is not finished; run it again to go on")
    with sound(source / CONFIG):
        study = named(config["settings"].get("study"))
        same(source, config["settings"], {"study": study.name, **study.settings})
        findings = {row: Finding(**said) for row, said in config["findings"].items()}
    arrays = {name: _part(source / f"{name}.npz")[0] for name in study.parts}
    return Kept(
        study,
        arrays,
        findings,
        config["numbers"],
        config["versions"],
        config["hardware"],
        float(config["wall_time"]),
    )


def same(folder: Path, kept: Mapping[str, Any], registered: Mapping[str, Any]) -> None:
    """Refuse a result whose settings are not those of the study of its name."""
    for name in sorted(set(kept) | set(registered)):
        if kept.get(name) != registered.get(name):
            raise Failure(
                f"{folder}: holds a study whose {name} differs from what is registered; "
                "name another directory, or run it anew with --fresh"
            )


def _part(path: Path) -> tuple[Arrays, float]:
    if not path.exists():
        raise Failure(f"{path}: is missing")
    with sound(path):
        arrays, meta = read_arrays(path, PART)
        return arrays, _validate.real(meta.get("wall_time"), "wall_time")

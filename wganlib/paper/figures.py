"""The paper's figures by number: computing one, and computing it again to compare."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate
from wganlib.archive import read_arrays, write_arrays
from wganlib.paper import images as image_experiments
from wganlib.paper import plane as _plane
from wganlib.paper.experiment import Arrays, Experiment, Failure, Result, Surroundings
from wganlib.paper.result_folder import (
    CONFIG,
    PART,
    claimed,
    close_folder,
    open_folder,
    read_config,
    shown,
    sound,
)

#: The paper's figures that can be computed, by number.
FIGURES: dict[int, Experiment] = {
    1: _plane.LINES,
    2: _plane.GAUSSIANS,
    **{number: image_experiments.experiment(number) for number in image_experiments.FIGURES},
}


def figure(
    number: int,
    *,
    data: str | None = None,
    seeds: int | Sequence[int] | None = None,
    budget: str | None = None,
    root: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    fresh: bool = False,
    device: str = "cpu",
    progress: bool = False,
) -> Result:
    """Compute a figure of the paper, or the parts of it that are not there yet.

    Parameters
    ----------
    number : int
        One of :data:`FIGURES`.
    data, seeds, budget : optional
        Of figures 3 to 8, as in ``wganlib.paper.images.experiment``.
    root : path, optional
        Where images are: see ``wganlib.load_images``.
    out : path, optional
        The directory that keeps each part as soon as it is computed. Figures 3 to 8 may share
        one, and then share their trainings.
    fresh : bool
        Compute all parts anew.
    device : str
        As in ``wganlib.train``, where a part trains.
    progress : bool
        Show progress where a part takes long.

    Returns
    -------
    Result

    Raises
    ------
    TypeError, ValueError
        For a figure that is not among them.
    Failure
        If the directory holds something else, or a damaged part.
    OSError
        If it cannot be written.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), figures 1 and 2.

    Examples
    --------
    >>> from wganlib.paper import experiments
    >>> experiments.figure(1).summary["largest |EM − |θ||"] < 1e-12
    True
    """
    experiment, command = _experiment(number, data, seeds, budget, root)
    folder = None if out is None else Path(out)
    with claimed(folder):
        return _computed(number, experiment, command, folder, fresh, device, progress, root)


def _computed(
    number: int,
    experiment: Experiment,
    command: str,
    folder: Path | None,
    fresh: bool,
    device: str,
    progress: bool,
    root: Any,
) -> Result:
    files = [f"{part}.npz" for part in experiment.parts]
    config: dict[str, Any] = {}
    settings = _settings(number, experiment)
    if folder is not None:
        config = open_folder(folder, "figure", settings, command, fresh, files=files)
    arrays: dict[str, Arrays] = {}
    spent = 0.0
    for name, compute in experiment.parts.items():
        path = None if folder is None else folder / f"{name}.npz"
        if path is not None and path.exists():
            with sound(path):
                arrays[name], meta = read_arrays(path, PART)
                spent += _validate.real(meta.get("wall_time"), "wall_time")
            continue
        started = time.perf_counter()
        checkpoint = None if folder is None else folder / f"{name}-checkpoint.npz"
        around = Surroundings(checkpoint, device, progress, None if root is None else str(root))
        arrays[name] = compute(experiment.settings, around)
        took = time.perf_counter() - started
        spent += took
        if path is not None:
            write_arrays(path, PART, arrays[name], {"wall_time": took})
    if folder is not None:
        if STUDY in settings:
            image_experiments.write_sheets(folder, arrays)
        close_folder(folder, config, _spent(folder, settings) or spent, device, True)
    return Result(experiment, arrays, spent)


#: The setting that figures have which read the same trainings.
STUDY = "study"


def _experiment(
    number: Any, data: Any, seeds: Any, budget: Any, root: Any
) -> tuple[Experiment, str]:
    """Return a figure's experiment, and the command that computes it."""
    wanted = _validate.integer(number, "number")
    _validate.one_of(str(wanted), "number", map(str, FIGURES))
    chosen = {"data": data, "seeds": seeds, "budget": budget}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    if wanted not in image_experiments.FIGURES:
        for name in (*chosen, *(["root"] if root is not None else [])):
            raise ValueError(f"{name}: expected only with figures 3 to 8, not with {wanted}")
        return FIGURES[wanted], f"wganlib figure {wanted}"
    if root is not None and not isinstance(root, (str, os.PathLike)):
        raise TypeError(f"root: expected a path, got {_validate.describe(root)}")
    experiment = image_experiments.experiment(wanted, **chosen) if chosen else FIGURES[wanted]
    return experiment, _image_command(wanted, experiment.settings)


def _image_command(number: int, settings: Mapping[str, Any]) -> str:
    seeds = settings["seeds"]
    count = len(seeds) if list(seeds) == list(range(len(seeds))) else seeds
    return (
        f"wganlib figure {number} --data {settings['data']} --budget {settings['budget']} "
        f"--seeds {count}"
    )


def _settings(number: int, experiment: Experiment) -> dict[str, Any]:
    own = dict(experiment.settings)
    return own if STUDY in own else {"figure": number, **own}


def _spent(folder: Path, settings: Mapping[str, Any]) -> float:
    """Return the seconds behind all trainings of a directory that figures share."""
    if STUDY not in settings:
        return 0.0
    total = 0.0
    for name in image_experiments.of_settings(settings).parts:
        path = folder / f"{name}.npz"
        if path.exists():
            with sound(path):
                total += _validate.real(read_arrays(path, PART)[1].get("wall_time"), "wall_time")
    return total


@dataclass(frozen=True)
class Difference:
    """Where a part that was computed again differs from the one that was kept.

    Attributes
    ----------
    part, name : str
        Which array.
    largest : float
        The largest absolute difference; infinite if shapes or missing numbers differ.
    scale : float
        The largest absolute value that was kept.
    """

    part: str
    name: str
    largest: float
    scale: float


def check(
    number: int,
    out: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str] | None = None,
    device: str = "cpu",
    tolerance: float = 1e-4,
) -> tuple[list[str], list[Difference]]:
    """Compute a result again and compare: all of figures 1 and 2, the first seed of others.

    Parameters
    ----------
    number : int
        One of :data:`FIGURES`.
    out : path
        The directory of a finished result.
    root, device
        As in :func:`figure`.
    tolerance : float
        Differences up to this share of an array's largest value pass. A training repeats bit
        for bit with the same versions on the same kind of processor, and not on another.

    Returns
    -------
    compared : list of str
        The arrays that were compared, as part/name.
    differences : list of Difference
        Empty if all agree.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.
    Failure
        If there is no finished result, it is damaged, or its settings are not those that are
        registered for its figure.

    Source
    ------
    The figures are those of Arjovsky, Chintala and Bottou (2017).

    Examples
    --------
    >>> import tempfile
    >>> from wganlib.paper import experiments
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = experiments.figure(1, out=folder)
    ...     experiments.check(1, folder)[1]
    []
    """
    tolerance = _validate.real(tolerance, "tolerance", at_least=0)
    wanted = _validate.integer(number, "number")
    _validate.one_of(str(wanted), "number", map(str, FIGURES))
    folder = Path(out)
    if not (folder / CONFIG).exists():
        raise Failure(f"{folder}: holds no {CONFIG}, so it is no result of wganlib")
    settings = read_config(folder)["settings"]
    with sound(folder / CONFIG):
        if STUDY in settings:
            experiment, _ = _experiment(
                wanted, settings["data"], settings["seeds"], settings["budget"], root
            )
        else:
            experiment = FIGURES[wanted]
    for name, value in _settings(wanted, experiment).items():
        if settings.get(name) != value:
            raise Failure(
                f"{folder}: holds a result with {name} {shown(settings.get(name))}, and "
                f"{shown(value)} is registered for figure {wanted}"
            )
    around = Surroundings(device=device, root=None if root is None else str(root))
    compared: list[str] = []
    differences: list[Difference] = []
    for part, compute in experiment.parts.items():
        path = folder / f"{part}.npz"
        if not path.exists():
            raise Failure(f"{path}: is missing")
        with sound(path):
            kept, _ = read_arrays(path, PART)
        few = STUDY in settings and "seeds" in settings
        again = compute(
            {**experiment.settings, "seeds": settings["seeds"][:1]} if few
            else experiment.settings,
            around,
        )  # fmt: skip
        for name, new in again.items():
            if name not in kept:
                differences.append(Difference(part, name, math.inf, math.nan))
                continue
            old = kept[name][:1] if few and new.shape[:1] == (1,) else kept[name]
            compared.append(f"{part}/{name}")
            found = _difference(part, name, old, new)
            if found.largest > tolerance * found.scale:
                differences.append(found)
        if few:
            break
    return compared, differences


def _difference(part: str, name: str, old: npt.NDArray[Any], new: npt.NDArray[Any]) -> Difference:
    if old.dtype.kind not in "fiub" or new.dtype.kind not in "fiub":
        return Difference(part, name, 0.0 if np.array_equal(old, new) else math.inf, 0.0)
    if new.shape != old.shape:
        return Difference(part, name, math.inf, math.nan)
    a, b = old.astype(float), new.astype(float)
    odd = ~(np.isfinite(a) & np.isfinite(b))
    if not np.array_equal(a[odd], b[odd], equal_nan=True):
        return Difference(part, name, math.inf, math.nan)
    return Difference(
        part,
        name,
        float(np.abs(a[~odd] - b[~odd]).max(initial=0.0)),
        float(np.abs(a[~odd]).max(initial=0.0)),
    )

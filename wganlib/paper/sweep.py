"""Seeds × settings over processes: each run a file of its own, killed and taken up at will."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import multiprocessing
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wganlib import _validate
from wganlib import files as faults
from wganlib.archive import read_arrays, write_arrays
from wganlib.paper.experiment import Arrays, Failure, Row, interval

#: What a file with one run calls itself.
RUN = "run of a sweep"

Function = Callable[[Mapping[str, Any], int, Path], Mapping[str, Any]]


class Task(NamedTuple):
    """One run: its settings, its seed, and its file."""

    settings: dict[str, Any]
    seed: int
    file: Path


@dataclass(frozen=True)
class Sweep:
    """What a sweep has found so far.

    Attributes
    ----------
    settings : list of dict
        The settings, in order.
    seeds : tuple of int
    numbers : dict of (int, int) to dict of arrays
        What the runs returned, by the place of their settings and their seed.
    failed : dict of (int, int) to str
        Why a run has none: a training that failed, or any other error. A training that failed
        fails again and is not repeated; other errors are tried again with the next call.
    """

    settings: list[dict[str, Any]]
    seeds: tuple[int, ...]
    numbers: dict[tuple[int, int], Arrays] = field(default_factory=dict)
    failed: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether no run is missing but those that failed."""
        return len(self.numbers) + len(self.failed) == len(self.settings) * len(self.seeds)

    @property
    def rows(self) -> list[Row]:
        """Return a row for each of the settings, with means over seeds and 95 % half widths."""
        heads = [
            name
            for name in dict.fromkeys(itertools.chain(*self.settings))
            if len({repr(one.get(name)) for one in self.settings}) > 1
        ]
        found = self.numbers.values()
        names = list(dict.fromkeys(n for a in found for n, v in a.items() if np.size(v) == 1))
        rows: list[Row] = []
        for i, one in enumerate(self.settings):
            row: Row = {name: _shown(one.get(name)) for name in heads}
            ran = [self.numbers[i, s] for s in self.seeds if (i, s) in self.numbers]
            row["runs"] = len(ran)
            row["failed"] = sum((i, s) in self.failed for s in self.seeds)
            for name in names:
                values = [float(np.ravel(a[name])[0]) for a in ran if name in a]
                row[name], row[f"± {name}"] = interval(values)
            rows.append(row)
        return rows


def _shown(value: Any) -> float | str:
    return value if isinstance(value, (int, float)) else str(value)


def grid(**values: Sequence[Any]) -> list[dict[str, Any]]:
    """Return all combinations of some settings.

    Examples
    --------
    >>> grid(lr=[1e-3, 1e-4], c=[0.1])
    [{'lr': 0.001, 'c': 0.1}, {'lr': 0.0001, 'c': 0.1}]
    """
    return [dict(zip(values, one, strict=True)) for one in itertools.product(*values.values())]


def sweep(
    function: Function,
    settings: Iterable[Mapping[str, Any]],
    *,
    seeds: Sequence[int],
    out: str | os.PathLike[str],
    workers: int = 1,
    progress: bool = False,
) -> Sweep:
    """Run a function for all settings and seeds, on several processes, and keep every result.

    The same call goes on where it was stopped, by Ctrl-C, a power cut or a run that took its
    process along. Under ``torchrun``, and so on several machines that share a directory, each
    process takes its share of the runs; the same call without it gathers them.

    Parameters
    ----------
    function : function
        Of a module, so that another process can import it. Called with (settings, seed,
        folder), it returns numbers or arrays by name; in the folder it may keep a checkpoint.
    settings : sequence of dict
        What JSON can hold: see :func:`grid`.
    seeds : sequence of int
        Each of the settings is run from each of them.
    out : path
        The directory, made if it is not there.
    workers : int
        Processes at once, at least 1; each computes with one thread.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Sweep

    Raises
    ------
    TypeError, ValueError
        For bad arguments, before the first run.
    Failure
        If a file is damaged, or of another function or other settings.
    OSError
        If the directory cannot be written.

    Source
    ------
    Henderson et al. (2018), Deep reinforcement learning that matters: results over seeds.

    Examples
    --------
    >>> import tempfile
    >>> from wganlib.paper import experiments
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     experiments.sweep(experiments.final, [], seeds=[0], out=folder).rows
    []
    """
    try:
        pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(
            "function: expected one that another process can import, got "
            f"{_validate.describe(function)}; put it into a module"
        ) from error
    workers = _validate.integer(workers, "workers", at_least=1)
    numbers = tuple(_validate.integer(s, f"seeds[{i}]", at_least=0) for i, s in enumerate(seeds))
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"seeds: expected no seed twice, got {list(numbers)}")
    folder = _validate.path(out, "out")
    known = [json.loads(json.dumps(dict(one))) for one in settings]
    tasks = {
        (i, seed): Task(one, seed, folder / f"{_name(one)}-seed-{seed}.npz")
        for i, one in enumerate(known)
        for seed in numbers
    }
    if len({task.file for task in tasks.values()}) < len(tasks):
        raise ValueError("settings: expected none twice, got some equal ones")
    folder.mkdir(parents=True, exist_ok=True)
    found = Sweep(known, numbers)
    _gather(found, tasks, function)
    rank, size = (int(os.environ.get(name, d)) for name, d in (("RANK", "0"), ("WORLD_SIZE", "1")))
    left = [key for i, key in enumerate(tasks) if i % size == rank and key not in found.numbers]
    left = [key for key in left if key not in found.failed]
    errors = _compute(function, {key: tasks[key] for key in left}, workers, progress)
    found = replace(found, numbers={}, failed={})
    _gather(found, tasks, function)
    found.failed.update({key: text for key, text in errors.items() if key not in found.numbers})
    return found


def _name(settings: Mapping[str, Any]) -> str:
    text = json.dumps(settings, sort_keys=True)
    return "run-" + hashlib.sha256(text.encode()).hexdigest()[:12]


def _identity(function: Any) -> str:
    """Say which function it is, and what it does if it is not the library's."""
    inner = getattr(function, "func", function)  # of a partial
    name = f"{inner.__module__}.{inner.__qualname__}"
    if name.startswith("wganlib."):
        return name
    from wganlib.training.settings import text_of

    return f"{name} {hashlib.sha256(text_of(inner).encode()).hexdigest()[:16]}"


def _gather(found: Sweep, tasks: Mapping[tuple[int, int], Task], function: Any) -> None:
    """Read the runs that are there."""
    who = _identity(function)
    for key, task in tasks.items():
        if not task.file.exists():
            continue
        try:
            arrays, meta = read_arrays(task.file, RUN)
        except ValueError as error:
            raise Failure(f"{task.file}: {str(error).removeprefix('path: ')}") from error
        if meta["settings"] != task.settings or meta["function"] != who:
            raise Failure(
                f"{task.file}: holds a run of {meta['function']}, not of {who}; name another "
                "directory"
            )
        if meta["error"] is None:
            found.numbers[key] = arrays
        else:
            found.failed[key] = meta["error"]


def _start() -> None:
    """Let a process compute with one thread, whether it has loaded torch already or will."""
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def run_one(function: Function, task: Task) -> None:
    """Run one and keep what it returns, or how its training failed."""
    with faults.alone(task.file):
        if task.file.exists():
            return
        error, arrays = None, {}
        try:
            arrays = dict(function(task.settings, task.seed, task.file.with_suffix("")))
        except FloatingPointError as failure:  # it would fail again
            error = str(failure)
        meta = {"settings": task.settings, "seed": task.seed, "function": _identity(function)}
        write_arrays(task.file, RUN, arrays, {**meta, "error": error})


def _run_when_free(function: Function, task: Task) -> None:
    """Wait while another process is at the run.

    Either it ends the run, or it ends itself and lets go, as one does that was killed a moment ago.
    """
    while True:
        try:
            return run_one(function, task)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
        time.sleep(0.2)


def _compute(
    function: Function, tasks: Mapping[tuple[int, int], Task], workers: int, progress: bool
) -> dict[tuple[int, int], str]:
    """Run what is missing; an error of one, or the end of its process, stops no other."""
    from wganlib.images.files import bar

    errors: dict[tuple[int, int], str] = {}
    if not tasks:
        return errors
    broken = _pool(function, tasks, workers, errors, bar(progress, len(tasks)))
    for key in broken:  # one of these took the process along: each alone shows which
        for again in _pool(function, {key: tasks[key]}, 1, errors, nullcontext()):
            errors[again] = "its process ended: out of memory, perhaps, or killed"
    return errors


def _pool(
    function: Function,
    tasks: Mapping[tuple[int, int], Task],
    workers: int,
    errors: dict[tuple[int, int], str],
    bar: Any,
) -> list[tuple[int, int]]:
    """Run tasks in a pool; return those that were lost with it."""
    lost = []
    context = multiprocessing.get_context("spawn")  # a fork would copy torch's threads
    with bar as shown, ProcessPoolExecutor(workers, context, _start) as pool:
        try:
            waiting: dict[Future[None], tuple[int, int]] = {
                pool.submit(_run_when_free, function, task): key for key, task in tasks.items()
            }
            for future in as_completed(waiting):
                key, error = waiting[future], future.exception()
                if isinstance(error, BrokenProcessPool):
                    lost.append(key)
                elif error is not None:
                    errors[key] = f"{type(error).__name__}: {error}"
                if shown is not None:
                    shown.update()
        except BrokenProcessPool:  # while submitting
            return [key for key, task in tasks.items() if not task.file.exists()]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return lost


# --- trainings ---------------------------------------------------------------------------


def final(settings: Mapping[str, Any], seed: int, folder: Path) -> dict[str, Any]:
    """Train as ``experiments.train`` does, and return where it ended.

    Parameters
    ----------
    settings : dict
        Of a ``Training``, without seeds.
    seed : int
    folder : path
        Where the training is kept.

    Returns
    -------
    dict
        "exact EM", "floor" and "estimate" after the last step, and the whole course of each.
    """
    from wganlib.paper.trainings import Training, train

    training = Training(**settings, seeds=(seed,))
    history, failure = train(training, out=folder)
    if failure is not None:
        raise failure
    if history.steps < training.steps:
        raise Failure(f"stopped after {history.steps} of {training.steps} generator steps")
    last = slice(-max(1, training.steps // 100), None)
    numbers: dict[str, Any] = {"estimate": history.estimate[last].mean()} if history.steps else {}
    if len(history.eval_step):
        numbers = {"exact EM": history.em[-1, 0], "floor": history.em_floor[0], **numbers}
    return {**numbers, "em": history.em[:, 0], "eval_step": history.eval_step}

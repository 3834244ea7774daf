"""Trainings and figures by name: every one a seeded configuration that can be taken up again.

A *training* is a data set, an objective, a Lipschitz rule and a few numbers, whose defaults are
the paper's. An *experiment* is a figure of the paper, in parts that are kept as soon as they are
computed. Both leave a small directory behind: arrays, and a ``config.json`` that says what
was run, by which versions, on what, and for how long. Nothing is written in place: a file that
is there is whole.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import wganlib
from wganlib import _validate, distributed, faults, image_experiments, measures
from wganlib._validate import FloatArray
from wganlib.history import History, read_arrays, write_arrays

if TYPE_CHECKING:
    from wganlib.training import TrainingFailed

Arrays = dict[str, npt.NDArray[Any]]
Row = dict[str, float | str]

#: Packages whose versions are written beside every result.
PACKAGES = ("numpy", "scipy", "torch", "POT", "matplotlib", "anywidget")
#: What a file with a part of a figure calls itself.
PART = "part of a figure"
CONFIG, HISTORY, CHECKPOINT = "config.json", "history.npz", "checkpoint.npz"


class Failure(Exception):
    """Something outside of the arguments is wrong: a damaged file, a directory in use."""


# --- what there is to choose from ------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """A name that a reader may give, what it stands for, and how it is made."""

    title: str
    make: Callable[..., Any]
    option: str = ""  # the setting that this choice takes


def _lazy(module: str, name: str, **fixed: Any) -> Callable[..., Any]:
    """Return a constructor whose module is loaded when it is called."""

    def make(*args: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*args, **fixed)

    return make


#: Data sets, by name.
DATASETS: dict[str, Choice] = {
    "ring": Choice("8 Gaussians on a circle of radius 2, σ = 0.02", measures.ring_of_gaussians),
    "grid": Choice("25 Gaussians on a square grid, 2 apart, σ = 0.05", measures.grid_of_gaussians),
    "swiss-roll": Choice("a spiral of radius 2, σ = 0.05", measures.swiss_roll),
}

_OBJECTIVES, _RULES, _OPTIMISERS = "wganlib.objectives", "wganlib.lipschitz", "wganlib.optimisers"

#: What the two networks play for, by name.
OBJECTIVES: dict[str, Choice] = {
    "wgan": Choice("E f(x) − E f(g(z)): the paper's", _lazy(_OBJECTIVES, "WGAN")),
    "minimax": Choice("E log D(x) + E log(1 − D(g(z)))", _lazy(_OBJECTIVES, "MinimaxGAN")),
    "non-saturating": Choice(
        "the same, the generator on −E log D(g(z))", _lazy(_OBJECTIVES, "NonSaturatingGAN")
    ),
}

#: What keeps the critic Lipschitz, by name.
RULES: dict[str, Choice] = {
    "clipping": Choice(
        "every weight cut to [−c, c]: the paper's", _lazy(_RULES, "WeightClipping"), "c"
    ),
    "sphere": Choice("all weights scaled to one norm", _lazy(_RULES, "SphereProjection"), "radius"),
    "penalty": Choice(
        "λ E (‖∇f‖ − 1)² between real and generated", _lazy(_RULES, "GradientPenalty"), "penalty"
    ),
    "one-sided-penalty": Choice(
        "the same, slopes below 1 go free",
        _lazy(_RULES, "GradientPenalty", one_sided=True),
        "penalty",
    ),
    "spectral": Choice("no layer's norm above 1", _lazy(_RULES, "SpectralNorm")),
    "none": Choice("no rule, as in a GAN", _lazy(_RULES, "NoConstraint")),
}

#: How a step is made from a gradient, by name.
OPTIMISERS: dict[str, Choice] = {
    "rmsprop": Choice("RMSProp: the paper's", _lazy(_OPTIMISERS, "RMSProp")),
    "adam": Choice("Adam with β = (0, 0.9)", _lazy(_OPTIMISERS, "Adam")),
    "sgd": Choice("plain gradient descent", _lazy(_OPTIMISERS, "SGD")),
}


# --- trainings -------------------------------------------------------------------------


#: What a rule's number is if none is given: the paper's c, and the source's λ.
_STRENGTHS: dict[str, float | None] = {"c": 0.01, "radius": None, "penalty": 10.0}


@dataclass(frozen=True)
class Training:
    """A training in the plane, by names and numbers. The defaults are the paper's.

    Parameters
    ----------
    dataset : str
        One of :data:`DATASETS`.
    objective : str
        One of :data:`OBJECTIVES`.
    lipschitz : str
        One of :data:`RULES`; left empty, ``"clipping"`` for a WGAN and ``"none"`` for a GAN.
    c, radius, penalty : float, optional
        Of the rule that takes it, and of no other: 0.01, none and 10 if left out.
    optimiser : str
        One of :data:`OPTIMISERS`.
    lr : float
        α, above 0.
    n_critic, batch, steps : int
        Critic steps a generator step, m, and generator steps in all.
    seeds : sequence of int
        One for each run; all runs train at once.
    width, depth : int
        Of the hidden layers of both networks, and how many there are.
    evaluate_every : int
        Generator steps between two measurements of exact EM; 0 is never.

    Raises
    ------
    TypeError, ValueError
        Naming the setting, and the nearest name for one that does not exist.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1: α = 5e-5, c = 0.01, m = 64, n_critic = 5.

    Examples
    --------
    >>> from wganlib.experiments import Training
    >>> Training("ring").lipschitz, Training("ring").c
    ('clipping', 0.01)
    >>> Training("rings")
    Traceback (most recent call last):
    ValueError: dataset: expected one of grid, ring, swiss-roll, got 'rings'; did you mean ring?
    """

    dataset: str
    objective: str = "wgan"
    lipschitz: str = ""
    c: float | None = None
    radius: float | None = None
    penalty: float | None = None
    optimiser: str = "rmsprop"
    lr: float = 5e-5
    n_critic: int = 5
    batch: int = 64
    steps: int = 1000
    seeds: Sequence[int] = (0,)
    width: int = 64
    depth: int = 3
    evaluate_every: int = 100

    def __post_init__(self) -> None:
        """Fill in what depends on the names, and refuse what does not fit."""
        _validate.one_of(self.dataset, "dataset", DATASETS)
        _validate.one_of(self.objective, "objective", OBJECTIVES)
        if self.lipschitz == "":
            rule = "clipping" if self.objective == "wgan" else "none"
            object.__setattr__(self, "lipschitz", rule)
        rule = _validate.one_of(self.lipschitz, "lipschitz", RULES)
        _validate.one_of(self.optimiser, "optimiser", OPTIMISERS)
        self._fill_in(RULES[rule].option)
        object.__setattr__(self, "lr", _validate.real(self.lr, "lr", above=0))
        for name, least in (
            ("n_critic", 1),
            ("batch", 1),
            ("steps", 0),
            ("width", 1),
            ("depth", 0),
            ("evaluate_every", 0),
        ):
            value = _validate.integer(getattr(self, name), name, at_least=least)
            object.__setattr__(self, name, value)
        seeds = self.seeds
        if isinstance(seeds, (str, bytes)) or not isinstance(seeds, Sequence) or not seeds:
            raise TypeError(f"seeds: expected whole numbers, got {_validate.describe(seeds)}")
        whole = [_validate.integer(s, f"seeds[{i}]", at_least=0) for i, s in enumerate(seeds)]
        if len(set(whole)) < len(whole):
            raise ValueError(f"seeds: expected no seed twice, got {whole}")
        object.__setattr__(self, "seeds", tuple(whole))

    def _fill_in(self, taken: str) -> None:
        for name, default in _STRENGTHS.items():
            value = getattr(self, name)
            if name != taken and value is not None:
                takers = " or ".join(rule for rule, c in RULES.items() if c.option == name)
                raise ValueError(
                    f"{name}: expected only with the rule {takers}, not with {self.lipschitz}"
                )
            if name == taken:
                value = default if value is None else value
                if value is None:
                    raise ValueError(
                        f"{name}: expected a number with the rule {self.lipschitz}, got none"
                    )
                object.__setattr__(self, name, _validate.real(value, name, above=0))

    def settings(self) -> dict[str, Any]:
        """Return what determines the result, as JSON keeps it."""
        settings = {k: v for k, v in dataclasses.asdict(self).items() if v is not None}
        return {**settings, "seeds": list(self.seeds)}

    def command(self) -> str:
        """Return the command line that repeats this training.

        Raises
        ------
        ValueError
            If the seeds do not follow one another, which no command line can say.
        """
        first, count = self.seeds[0], len(self.seeds)
        if list(self.seeds) != list(range(first, first + count)):
            raise ValueError(f"seeds: expected consecutive ones, got {list(self.seeds)}")
        usual = Training(self.dataset, self.objective).settings()
        usual = {**usual, "objective": "wgan", **_STRENGTHS}
        words = ["wganlib train", self.dataset]
        for name, value in self.settings().items():
            if name not in ("dataset", "seeds") and value != usual.get(name):
                words.append(f"--{name.replace('_', '-')} {value}")
        words += [f"--seeds {count}"] if count > 1 else []
        words += [f"--first-seed {first}"] if first else []
        return " ".join(words)


def train(
    training: Training,
    *,
    out: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 500,
    fresh: bool = False,
    device: str = "cpu",
    progress: bool = False,
) -> tuple[History, TrainingFailed | None]:
    """Run a training, or take it up where it was left.

    Parameters
    ----------
    training : Training
    out : path, optional
        The directory that keeps the result; made if it is not there. A directory with a
        training of the same settings is taken up again, if ``steps`` is not less.
    checkpoint_every : int
        Generator steps between two checkpoints, at least 1.
    fresh : bool
        Start anew, whatever is there.
    device : str
        As in ``wganlib.train``.
    progress : bool
        Show a progress bar.

    Returns
    -------
    history : History
        Of all runs; NaN from where one failed.
    failure : TrainingFailed or None
        Set if every run has failed.

    Raises
    ------
    TypeError, ValueError
        For bad settings, before the first step.
    Failure
        If the directory holds another training, or a damaged one.
    OSError
        If it cannot be written.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1.

    Examples
    --------
    >>> from wganlib import experiments
    >>> small = experiments.Training("ring", steps=3, width=8, evaluate_every=0)
    >>> experiments.train(small)[0].steps
    3
    """
    from wganlib.networks import MLP
    from wganlib.training import TrainingFailed
    from wganlib.training import train as run

    if not isinstance(training, Training):
        raise TypeError(f"training: expected a Training, got {_validate.describe(training)}")
    hidden = [training.width] * training.depth
    generator = MLP([2, *hidden, 2], seed=training.seeds)
    critic = MLP([2, *hidden, 1], seed=training.seeds)
    rule = RULES[training.lipschitz]
    strength = [getattr(training, rule.option)] if rule.option else []
    folder = None if out is None else Path(out)
    config: dict[str, Any] = {}
    if folder is not None:
        config = _open(
            folder,
            "training",
            training.settings(),
            training.command(),
            fresh,
            may_grow=("steps",),
            files=(CHECKPOINT, HISTORY),
        )
    failure = None
    try:
        history = run(
            generator,
            critic,
            DATASETS[training.dataset].make(),
            seed=training.seeds,
            steps=training.steps,
            objective=OBJECTIVES[training.objective].make(),
            lipschitz=rule.make(*strength),
            optimiser=OPTIMISERS[training.optimiser].make(training.lr),
            batch=training.batch,
            n_critic=training.n_critic,
            evaluate_every=training.evaluate_every,
            checkpoint=None if folder is None else folder / CHECKPOINT,
            checkpoint_every=checkpoint_every,
            on_failure="freeze",
            device=device,
            progress=progress,
        )
    except TrainingFailed as error:
        failure, history = error, error.history
    except MemoryError as error:
        raise Failure(str(error)) from error
    except ValueError as error:
        if str(error).startswith("path: "):  # the checkpoint, which no argument names
            raise Failure(f"{folder}: {str(error).removeprefix('path: ')}") from error
        raise
    if folder is not None:
        history.save(folder / HISTORY)
        _close(
            folder,
            config,
            history.wall_time,
            device,
            failure is None and history.steps >= training.steps,
            steps_done=history.steps,
        )
    return history, failure


def course(history: History) -> list[Row]:
    """Return a training's measurements, a row each: means over runs and 95 % half widths.

    Examples
    --------
    >>> from wganlib import experiments
    >>> small = experiments.Training("ring", steps=2, width=4, evaluate_every=2)
    >>> [row["step"] for row in course(experiments.train(small)[0])]
    [0, 2]
    """
    rows: list[Row] = []
    estimates = history.estimate_at_evaluations()
    for i, step in enumerate(history.eval_step.tolist()):
        row: Row = {"step": step}
        for name, values in (
            ("exact EM", history.em[i]),
            ("estimate", estimates[i]),
            ("largest slope", history.lipschitz_largest[i]),
        ):
            row[name], row[f"± {name}"] = interval(values)
        rows.append(row)
    return rows


def interval(values: npt.ArrayLike) -> tuple[float, float]:
    """Return the mean of runs and the half width of its 95 % interval; NaN runs are left out.

    Examples
    --------
    >>> [round(x, 3) for x in interval([1.0, 2.0, 3.0])]
    [2.0, 2.484]
    >>> interval([1.0])
    (1.0, nan)
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if known.size < 2:
        return (float(known[0]) if known.size else math.nan), math.nan
    mean, half = wganlib.confidence(known)
    return float(mean), float(half)


# --- figures ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Surroundings:
    """What a part of an experiment may use beside its settings."""

    checkpoint: Path | None = None  # where a long part may keep its state
    device: str = "cpu"
    progress: bool = False
    root: str | None = None  # where images are, if their name does not say


Part = Callable[[Mapping[str, Any], Surroundings], Arrays]


@dataclass(frozen=True)
class Experiment:
    """A figure of the paper as a configuration: computed in parts, shown as a table.

    Attributes
    ----------
    title, source : str
    settings : dict
        Everything that determines the numbers, seeds included, as JSON keeps it.
    parts : dict of str to function
        Each takes the settings and the surroundings and returns arrays.
    table : function
        From the arrays of all parts, by part, to rows.
    summary : function
        From the same to named numbers.
    """

    title: str
    source: str
    settings: Mapping[str, Any]
    parts: Mapping[str, Part]
    table: Callable[[Mapping[str, Any], Mapping[str, Arrays]], list[Row]]
    summary: Callable[[Mapping[str, Any], Mapping[str, Arrays]], Row]


@dataclass(frozen=True, eq=False)
class Result:
    """What an experiment found.

    Attributes
    ----------
    experiment : Experiment
    arrays : dict of str to dict of arrays
        By part.
    wall_time : float
        Seconds, over all sittings.
    """

    experiment: Experiment
    arrays: dict[str, Arrays]
    wall_time: float

    @property
    def rows(self) -> list[Row]:
        """The figure's numbers as a table."""
        return self.experiment.table(self.experiment.settings, self.arrays)

    @property
    def summary(self) -> Row:
        """What the figure says, in a few numbers."""
        return self.experiment.summary(self.experiment.settings, self.arrays)


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
        Of figures 3 to 8, as in ``wganlib.image_experiments.experiment``.
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
    >>> from wganlib import experiments
    >>> experiments.figure(1).summary["largest |EM − |θ||"] < 1e-12
    True
    """
    experiment, command = _experiment(number, data, seeds, budget, root)
    folder = None if out is None else Path(out)
    files = [f"{part}.npz" for part in experiment.parts]
    config: dict[str, Any] = {}
    settings = _settings(number, experiment)
    if folder is not None:
        config = _open(folder, "figure", settings, command, fresh, files=files)
    arrays: dict[str, Arrays] = {}
    spent = 0.0
    for name, compute in experiment.parts.items():
        path = None if folder is None else folder / f"{name}.npz"
        if path is not None and path.exists():
            with _sound(path):
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
        _close(folder, config, _spent(folder, settings) or spent, device, True)
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
            with _sound(path):
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
    >>> from wganlib import experiments
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
    with _sound(folder / CONFIG):
        if STUDY in settings:
            experiment, _ = _experiment(
                wanted, settings["data"], settings["seeds"], settings["budget"], root
            )
        else:
            experiment = FIGURES[wanted]
    for name, value in _settings(wanted, experiment).items():
        if settings.get(name) != value:
            raise Failure(
                f"{folder}: holds a result with {name} {_shown(settings.get(name))}, and "
                f"{_shown(value)} is registered for figure {wanted}"
            )
    around = Surroundings(device=device, root=None if root is None else str(root))
    compared: list[str] = []
    differences: list[Difference] = []
    for part, compute in experiment.parts.items():
        path = folder / f"{part}.npz"
        if not path.exists():
            raise Failure(f"{path}: is missing")
        with _sound(path):
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


def _lines(settings: Mapping[str, Any], _: Surroundings) -> Arrays:
    """Compute the four distances of Example 1 over θ, exactly."""
    from wganlib import divergences, transport

    low, high, count = settings["theta from"], settings["theta to"], settings["values"]
    thetas = np.round(np.linspace(low, high, count), 12)
    found = []
    for theta in thetas.tolist():
        still, moved = measures.parallel_lines(theta)
        (x, a), (y, b) = (line.discretise(settings["points a line"]) for line in (still, moved))
        p, q, _where = measures.on_common_support(x, y, a, b)
        found.append(
            (
                transport.wasserstein_1(x, y, a, b),
                divergences.js_divergence(p, q),
                divergences.total_variation(p, q),
                divergences.kl_divergence(p, q),
                divergences.kl_divergence(q, p),
            )
        )
    names = ("em", "js", "tv", "kl", "kl_back")
    return {"theta": thetas, **dict(zip(names, np.array(found).T, strict=True))}


def _lines_table(_: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> list[Row]:
    columns = {"θ": "theta", "EM": "em", "JS": "js", "TV": "tv", "KL": "kl", "KL back": "kl_back"}
    return _table({head: arrays["distances"][name] for head, name in columns.items()})


def _lines_summary(_: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> Row:
    a = arrays["distances"]
    apart = a["theta"] != 0
    return {
        "largest |EM − |θ||": float(np.abs(a["em"] - np.abs(a["theta"])).max()),
        "JS, θ ≠ 0, less log 2, at most": float(np.abs(a["js"][apart] - math.log(2)).max()),
        "TV, θ ≠ 0, less 1, at most": float(np.abs(a["tv"][apart] - 1).max()),
        "smallest KL either way, θ ≠ 0": float(np.minimum(a["kl"], a["kl_back"])[apart].min()),
    }


def _two_gaussians(settings: Mapping[str, Any], objective: str) -> Arrays:
    """Train a critic on two Gaussians that stand still, and look at it along the line."""
    from wganlib.halves import train_critic
    from wganlib.networks import MLP

    rule = "clipping" if objective == "wgan" else "none"
    low, high, count = settings["x from"], settings["x to"], settings["values"]
    probe = np.linspace(low, high, count)
    seeds = settings["seeds"]
    critic = MLP([1, *[settings["width"]] * settings["depth"], 1], seed=seeds)
    spread = settings["std"] ** 2
    course = train_critic(
        critic,
        measures.Gaussian(settings["real mean"], spread),
        measures.Gaussian(settings["fake mean"], spread),
        seed=seeds,
        steps=settings["steps"],
        objective=OBJECTIVES[objective].make(),
        lipschitz=RULES[rule].make(*([settings["c"]] if rule == "clipping" else [])),
        optimiser=OPTIMISERS["rmsprop"].make(settings["lr"]),
        batch=settings["batch"],
        probe=probe,
        record_at=[settings["steps"]],
    )
    return {
        "x": probe,
        "score": course.scores[-1],
        "slope": course.slopes[-1],
        "estimate": course.estimate,
    }


def _discriminator(settings: Mapping[str, Any], _: Surroundings) -> Arrays:
    return _two_gaussians(settings, "minimax")


def _critic(settings: Mapping[str, Any], _: Surroundings) -> Arrays:
    return _two_gaussians(settings, "wgan")


def _expit(score: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-np.logaddexp(0.0, -score)))


def _gaussian_columns(
    settings: Mapping[str, Any], arrays: Mapping[str, Arrays]
) -> dict[str, FloatArray]:
    """Return the curves of Figure 2 with each run's own scale: arrays (runs, x) or (x,)."""
    d, f = arrays["discriminator"], arrays["critic"]
    x, variance = d["x"], settings["std"] ** 2
    real, fake = settings["real mean"], settings["fake mean"]
    odds = ((x - fake) ** 2 - (x - real) ** 2) / (2 * variance)
    chance = _expit(d["score"])
    middle = f["score"].mean(1, keepdims=True)
    return {
        "x": x,
        "best D": _expit(odds),
        "D": chance,
        # The generator's minimax loss is log(1 − D); its slope along x is D times the score's.
        "pull of D": chance * d["slope"],
        "f": (f["score"] - middle) / f["slope"].max(1, keepdims=True),
        "pull of f": f["slope"] / f["slope"].max(1, keepdims=True),
    }


def _gaussians_table(settings: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> list[Row]:
    columns: dict[str, npt.ArrayLike] = {}
    for name, values in _gaussian_columns(settings, arrays).items():
        if values.ndim == 1:
            columns[name] = values
        else:
            means = [interval(column) for column in values.T]
            columns[name] = [mean for mean, _ in means]
            columns[f"± {name}"] = [width for _, width in means]
    return _table(columns)


def _gaussians_summary(settings: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> Row:
    from wganlib import divergences

    real, fake, std = settings["real mean"], settings["fake mean"], settings["std"]
    curves = _gaussian_columns(settings, arrays)
    at = int(np.abs(curves["x"] - fake).argmin())
    d, f = arrays["discriminator"], arrays["critic"]
    last = -max(1, settings["steps"] // 10)
    slope = f["slope"]
    row: Row = {}
    for name, values in (
        ("pull of D at the fake mean, mean over seeds", curves["pull of D"][:, at]),
        ("pull of f there, largest slope = 1", curves["pull of f"][:, at]),
        ("smallest slope of f over its largest", (slope.min(1) / slope.max(1))),
        ("JS reported by D, last tenth", d["estimate"][last:].mean(0)),
        ("EM reported by f, over its largest slope", f["estimate"][last:].mean(0) / slope.max(1)),
    ):
        row[name], row[f"± {name}"] = interval(values)

    def bell(mean: float) -> Callable[[float], float]:
        scale = std * math.sqrt(2 * math.pi)
        return lambda t: math.exp(-(((t - mean) / std) ** 2) / 2) / scale

    ends = min(real, fake) - 12 * std, max(real, fake) + 12 * std
    row["JS, exact"] = divergences.js_divergence_density(
        bell(real), bell(fake), *ends, points=[real, fake]
    )
    row["EM, exact"] = abs(real - fake)
    return row


#: The paper's figures that can be computed, by number.
FIGURES: dict[int, Experiment] = {
    1: Experiment(
        "EM and JS, with TV and KL, between two parallel lines",
        "Arjovsky, Chintala and Bottou (2017), Example 1 and Figure 1",
        {"theta from": -1.0, "theta to": 1.0, "values": 41, "points a line": 32},
        {"distances": _lines},
        _lines_table,
        _lines_summary,
    ),
    2: Experiment(
        "Optimal discriminator and critic between two Gaussians",
        "Arjovsky, Chintala and Bottou (2017), Figure 2; the paper does not print its settings",
        {
            "real mean": -3.0,
            "fake mean": 3.0,
            "std": 1.0,
            "x from": -8.0,
            "x to": 8.0,
            "values": 33,
            "width": 64,
            "depth": 3,
            "c": 0.01,
            "lr": 5e-4,
            "batch": 64,
            "steps": 2000,
            "seeds": list(range(8)),
        },
        {"discriminator": _discriminator, "critic": _critic},
        _gaussians_table,
        _gaussians_summary,
    ),
    **{number: image_experiments.experiment(number) for number in image_experiments.FIGURES},
}


def _table(columns: Mapping[str, npt.ArrayLike]) -> list[Row]:
    lists = [np.asarray(values, float).tolist() for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


# --- the directory of a result ---------------------------------------------------------


def versions() -> dict[str, str]:
    """Return the versions of Python, this library and what it stands on.

    Examples
    --------
    >>> sorted(versions())[:2]
    ['POT', 'anywidget']
    """
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
    with _sound(path):
        content = json.loads(path.read_text("utf-8"))
        if not isinstance(content, dict) or content.get("format") != 1:
            raise ValueError("expected a result of wganlib, format 1")
        if content.get("kind") not in ("training", "figure"):
            raise ValueError(f"expected a training or a figure, got {content.get('kind')!r}")
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
def _sound(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        text = str(error).removeprefix("path: ")
        raise Failure(f"{path}: damaged, or something else: {text}") from error


def _open(
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
                    f"{folder}: holds a {kind} with {name} {_shown(was)}, not {_shown(now)}; "
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


def _close(
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


def _shown(value: Any) -> str:
    return "unset" if value is None else str(value)


# --- what a saved result holds ---------------------------------------------------------


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
    >>> from wganlib import experiments
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = experiments.figure(1, out=folder)
    ...     read(folder).config["command"]
    'wganlib figure 1'
    """
    source = Path(path)
    if not source.exists():
        raise Failure(f"{source}: no such file or directory")
    if source.is_file():
        with _sound(source):
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
    with _sound(source / HISTORY):
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
        with _sound(path):
            arrays[name], _ = read_arrays(path, PART)
    with _sound(folder):
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
    with _sound(source / CONFIG):
        names = list(image_experiments.of_settings(settings).parts)
    for name in names:
        path = source / f"{name}.npz"
        if path.exists():
            with _sound(path):
                arrays[name], _ = read_arrays(path, PART)
    return settings, arrays


def _rows_of_study(folder: Path, settings: Mapping[str, Any]) -> list[Row]:
    _, arrays = read_parts(folder)
    with _sound(folder):
        return image_experiments.table(settings, arrays)

"""Trainings in the plane, by names and numbers."""

from __future__ import annotations

import dataclasses
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wganlib import _validate
from wganlib.paper.choices import DATASETS, OBJECTIVES, OPTIMISERS, RULES
from wganlib.paper.experiment import Failure, Row, interval
from wganlib.paper.own_data import are_pictures, is_own, prepared
from wganlib.paper.result_folder import (
    CHECKPOINT,
    GENERATOR,
    HISTORY,
    claimed,
    close_folder,
    open_folder,
)
from wganlib.training.history import History

if TYPE_CHECKING:
    from wganlib.training.train import TrainingFailed

#: What a rule's number is if none is given: the paper's c, and the source's λ.
_STRENGTHS: dict[str, float | None] = {"c": 0.01, "radius": None, "penalty": 10.0}


@dataclass(frozen=True)
class Training:
    """A training in the plane, by names and numbers. The defaults are the paper's.

    Parameters
    ----------
    dataset : str
        One of :data:`DATASETS`; or the path of a file of points (.csv, .npy), or of a folder or
        .zip of pictures.
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
        Of the hidden layers of both networks, and how many there are. With pictures the networks
        are DCGANs, with a quarter of this width as their filters.
    size, channels : int, optional
        Of pictures: their side, a power of two of at least 8, and 1 for grey or 3 for colour; 16
        and as they are if left out.
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
    >>> from wganlib.paper.experiments import Training
    >>> Training("ring").lipschitz, Training("ring").c
    ('clipping', 0.01)
    >>> Training("rings")
    Traceback (most recent call last):
    ValueError: dataset: expected one of grid, ring, ..., got 'rings'; did you mean ring?...
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
    size: int | None = None
    channels: int | None = None

    def __post_init__(self) -> None:
        """Fill in what depends on the names, and refuse what does not fit."""
        self._check_data()
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

    def _check_data(self) -> None:
        if isinstance(self.dataset, str) and is_own(self.dataset):
            pictures = are_pictures(self.dataset)
        else:
            pictures = False
            try:
                _validate.one_of(self.dataset, "dataset", DATASETS)
            except ValueError as error:
                raise ValueError(f"{error}; or a file of points, or a folder of pictures") from None
        if pictures and self.size is None:
            object.__setattr__(self, "size", 16)
        for name in ("size", "channels"):
            value = getattr(self, name)
            if value is not None and not pictures:
                raise ValueError(f"{name}: expected only with pictures, not with {self.dataset}")
            if value is not None:
                object.__setattr__(self, name, _validate.integer(value, name, at_least=1))
        if pictures and len(self.seeds) > 1:
            raise ValueError(
                f"seeds: expected one with pictures, got {len(self.seeds)}; wganlib sweep trains "
                "from several"
            )

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
        usual = {f.name: f.default for f in dataclasses.fields(self)} | _STRENGTHS
        usual["lipschitz"] = "clipping" if self.objective == "wgan" else "none"
        words = ["wganlib train", shlex.quote(self.dataset)]
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
    >>> from wganlib.paper import experiments
    >>> small = experiments.Training("ring", steps=3, width=8, evaluate_every=0)
    >>> experiments.train(small)[0].steps
    3
    """
    from wganlib.training import saved_networks

    if not isinstance(training, Training):
        raise TypeError(f"training: expected a Training, got {_validate.describe(training)}")
    folder = None if out is None else Path(out)
    with claimed(folder):
        config: dict[str, Any] = {}
        if folder is not None:
            config = open_folder(
                folder,
                "training",
                training.settings(),
                training.command(),
                fresh,
                may_grow=("steps",),
                files=(CHECKPOINT, HISTORY, GENERATOR),
            )
        generator, history, failure = _run(training, folder, checkpoint_every, device, progress)
        if folder is not None:
            history.save(folder / HISTORY)
            saved_networks.save(
                saved_networks.single(generator, 0) if history.runs == 1 else generator,
                folder / GENERATOR,
            )
            close_folder(
                folder,
                config,
                history.wall_time,
                device,
                failure is None and history.steps >= training.steps,
                steps_done=history.steps,
            )
    return history, failure


def _run(
    training: Training, folder: Path | None, checkpoint_every: int, device: str, progress: bool
) -> tuple[Any, History, TrainingFailed | None]:
    """Train, and return the generator too."""
    from wganlib.training.train import TrainingFailed
    from wganlib.training.train import train as run

    generator, critic, data = prepared(training)
    rule = RULES[training.lipschitz]
    strength = [getattr(training, rule.option)] if rule.option else []
    try:
        history = run(
            generator,
            critic,
            data,
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
        return generator, error.history, error
    except MemoryError as error:
        raise Failure(str(error)) from error
    except ValueError as error:
        text = str(error)
        if text.startswith("path: "):  # the checkpoint, which no argument names
            raise Failure(f"{folder}: {text.removeprefix('path: ')}") from error
        if text.startswith("weight: "):  # what a penalty calls its number
            raise ValueError(f"penalty: {text.removeprefix('weight: ')}") from error
        raise
    return generator, history, None


def course(history: History) -> list[Row]:
    """Return a training's measurements, a row each: means over runs and 95 % half widths.

    Examples
    --------
    >>> from wganlib.paper import experiments
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

"""Algorithm 1, for one run or many at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from wganlib import _validate
from wganlib import files as faults
from wganlib.training import checkpoints, distributed, settings
from wganlib.training.history import History
from wganlib.training.lipschitz import LipschitzRule
from wganlib.training.objectives import Objective
from wganlib.training.optimisers import Optimiser
from wganlib.training.records import CHUNK, TrainingFailed
from wganlib.training.trainer import Trainer, TrainingState

__all__ = ["Callback", "TrainingFailed", "TrainingState", "train"]

Callback = Callable[[TrainingState], bool | None]


class _Interrupts:
    """Turns the first Ctrl-C into a request to stop between two steps."""

    def __enter__(self) -> _Interrupts:
        self.asked = False
        self.here = threading.current_thread() is threading.main_thread()
        if self.here:
            self.old = signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, number: int, frame: Any) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        if self.here:
            signal.signal(signal.SIGINT, self.old)


#: Torch has one generator for all threads, which dropout draws from: trainings take turns.
_TURN = threading.RLock()


@contextmanager
def _surroundings(training: Trainer) -> Iterator[None]:
    """Set what is global in torch, for as long as the training lasts."""
    devices = [training.device] if training.device.type == "cuda" else []
    matmul = torch.get_float32_matmul_precision()
    with _TURN, torch.random.fork_rng(devices=devices), torch.no_grad():
        torch.manual_seed(training.seeds[0] % 2**63)  # torch takes no longer ones
        if training.precision == "tf32":
            torch.set_float32_matmul_precision("high")
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(matmul)


def train(
    generator: nn.Module,
    critic: nn.Module,
    data: Any,
    *,
    seed: int | Sequence[int],
    steps: int,
    objective: Objective | None = None,
    lipschitz: LipschitzRule | None = None,
    optimiser: Optimiser | None = None,
    generator_optimiser: Optimiser | None = None,
    batch: int = 64,
    n_critic: int = 5,
    schedule: str = "paper",
    clip_first: bool | None = None,
    noise: Any = "gaussian",
    noise_shape: tuple[int, ...] | None = None,
    evaluate_every: int = 0,
    evaluation_points: int = 500,
    callbacks: Sequence[Callback] = (),
    callback_every: int = 1,
    progress: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 1000,
    resume: bool = True,
    on_failure: str = "raise",
    device: str = "auto",
    precision: str = "float32",
) -> History:
    """Train a generator against a critic by Algorithm 1, one run or many at once.

    The defaults are the paper's. The networks are trained in place. Runs of an ensemble never
    mix: each has its own parameters, batches and noise, and ends where it would have ended
    alone, to rounding. In threads trainings take turns, because torch has one random generator
    for all of them; processes run side by side.

    Parameters
    ----------
    generator, critic : MLP or torch.nn.Module
        An ``MLP`` of R runs, or any module, which is one run. The critic returns one score
        for a point, without a sigmoid.
    data : measure, array or function
        A ``wganlib.distances.Measure``; an array whose rows are drawn with replacement; or a
        function (n, numpy generator) -> n points.
    seed : int or sequence of int
        For batches and noise; one for each run.
    steps : int
        Generator steps in all, those before a checkpoint included; at least 0.
    objective : WGAN, MinimaxGAN or NonSaturatingGAN, optional
        ``WGAN()`` if left out.
    lipschitz : WeightClipping, SphereProjection, GradientPenalty, SpectralNorm, Orthonormal
        Or NoConstraint. If left out, ``WeightClipping(0.01)`` for a WGAN and ``NoConstraint()``
        for a GAN.
    optimiser, generator_optimiser : RMSProp, Adam or SGD, optional
        ``RMSProp(5e-5)`` if left out; the generator's is the critic's if left out.
    batch, n_critic : int
        m and n_critic of the algorithm, at least 1.
    schedule : {"paper", "authors"}
        How many steps the critic takes. "authors" follows the paper's public code: 100 in the
        first 25 iterations and every 500th, ``n_critic`` in the others.
    clip_first : bool, optional
        Whether the parameters are clipped before the critic's step and not after it, as in the
        paper's public code. If left out, with the schedule "authors" and not with "paper".
    noise : {"gaussian", "uniform"}, measure, array or function
        The prior p(z); uniform is on [−1, 1].
    noise_shape : tuple of int, optional
        Shape of one z; for an ``MLP`` its input width.
    evaluate_every : int
        Measure exact EM, Lipschitz constants and keep samples before the first step and every
        so many generator steps; 0 is never.
    evaluation_points : int
        How many points that takes.
    callbacks : sequence of functions
        Each is called with a ``TrainingState`` after every ``callback_every``-th generator
        step; one that returns True ends the training there.
    callback_every : int
        At least 1. A callback makes the training wait for its numbers, which costs time.
    progress : bool
        Show a progress bar.
    checkpoint : path, optional
        Where to keep the state, every ``checkpoint_every`` generator steps and at the end. If
        the file is there and ``resume`` is true, training goes on from it, and
        ``History.resumed`` says so. On a CPU the result is bit for bit that of a training never
        interrupted. A file of another training is refused: of other settings, of data or noise
        whose first block holds other numbers, of networks that compute something else.
    on_failure : {"raise", "freeze"}
        What happens when a run's loss is not finite: ``TrainingFailed``, or that run's
        records are NaN from there while the others go on. Either way the run's networks are
        left with the last weights that were seen to be finite, from ``History.kept_step``;
        weights are looked at every 64 generator steps, or as often as anything else is.
    device : str
        "auto" takes a GPU if there is one. There, with the paper's schedule, a whole
        iteration is replayed as a CUDA graph. This has not been run on a GPU yet. On a CPU,
        networks as small as the book's are fastest with ``torch.set_num_threads(1)``.
    precision : {"float32", "tf32", "bf16"}
        Of matrix products. tf32 is for a GPU; bf16 (autocast) for modules other than an
        ``MLP``, and slow on most CPUs. An ``MLP`` of float64 stays in it.

    Returns
    -------
    History
        Also after Ctrl-C, of the steps completed, which the checkpoint then holds too; a
        second Ctrl-C raises ``KeyboardInterrupt``.

    Raises
    ------
    TypeError, ValueError
        Before the first step, naming the argument; for a damaged or foreign checkpoint too.
    TrainingFailed
        If a loss is not finite; under "freeze", if all runs have failed.
    OSError
        Before the first step if the checkpoint cannot be written there, and later if the disk
        is full; the checkpoint from before is kept. If another process trains to it.
    MemoryError
        If the device has too little memory; the last checkpoint is kept.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1.

    Examples
    --------
    >>> from wganlib import MLP, train
    >>> generator, critic = MLP([2, 16, 2], seed=0), MLP([2, 16, 1], seed=0)
    >>> square = lambda n, rng: rng.uniform(-1, 1, (n, 2))
    >>> history = train(generator, critic, square, seed=0, steps=3)
    >>> history.steps, history.estimate.shape
    (3, (3, 1))
    """
    objective, lipschitz, optimiser = settings.filled_in(objective, lipschitz, optimiser)
    steps = _validate.integer(steps, "steps", at_least=0)
    checkpoint_every = _validate.integer(checkpoint_every, "checkpoint_every", at_least=1)
    callback_every = _validate.integer(callback_every, "callback_every", at_least=1)
    settings.check_flag(progress, "progress")
    settings.check_flag(resume, "resume")
    settings.check_callbacks(callbacks)
    path = _place(checkpoint)
    with faults.memory(lambda: "before the first step", None):
        training = Trainer(
            generator,
            critic,
            data,
            seed=seed,
            objective=objective,
            lipschitz=lipschitz,
            optimiser=optimiser,
            generator_optimiser=optimiser if generator_optimiser is None else generator_optimiser,
            batch=batch,
            n_critic=n_critic,
            schedule=schedule,
            clip_first=clip_first,
            noise=noise,
            noise_shape=noise_shape,
            evaluate_every=evaluate_every,
            evaluation_points=evaluation_points,
            on_failure=on_failure,
            device=device,
            precision=precision,
        )
    with (
        faults.alone(path),
        _surroundings(training),
        faults.memory(lambda: f"after generator step {training.done}", path),
        _Interrupts() as interrupts,
    ):
        _begin(training, path if resume else None, steps)
        distributed.agree(training)
        started = time.perf_counter() - training.wall_time
        stop = False
        with _bar(progress and distributed.is_first(), steps, training.done) as bar:
            while training.done < steps and not distributed.any_of(stop or interrupts.asked):
                training.iterate()
                training.wall_time = time.perf_counter() - started
                if len(training.records.pending) >= CHUNK:
                    training.look()
                if training.evaluate_every and training.done % training.evaluate_every == 0:
                    training.evaluate()
                if callbacks and training.done % callback_every == 0:
                    stop = _told_to_stop(callbacks, training.state())
                if path is not None and training.done % checkpoint_every == 0:
                    checkpoints.save(training, path)
                bar.update()
        training.look()
        training.wall_time = time.perf_counter() - started
        if path is not None:
            checkpoints.save(training, path)
        training.give_back()
        return training.history()


def _place(checkpoint: str | os.PathLike[str] | None) -> Path | None:
    """Return where the checkpoint goes, having tried to write there."""
    path = None if checkpoint is None else _validate.path(checkpoint, "checkpoint")
    if path is not None and distributed.is_first():
        faults.try_to_write(path)
    return path


def _begin(training: Trainer, path: Path | None, steps: int) -> None:
    """Go on from the checkpoint if there is one, else take the first look."""
    if path is not None and path.exists():
        checkpoints.restore(training, path)
        if training.done > steps:
            raise ValueError(
                f"steps: expected at least the {training.done} of {path.name}, got {steps}"
            )
    elif training.evaluate_every:
        training.evaluate()


def _told_to_stop(callbacks: Sequence[Callback], state: TrainingState) -> bool:
    """Call all of them, and say whether one returned True."""
    answers = [callback(state) for callback in callbacks]
    # `np.mean(...) < 0.1` is NumPy's own True.
    return any(isinstance(answer, (bool, np.bool_)) and bool(answer) for answer in answers)


class _NoBar:
    def update(self) -> None:
        """Show nothing."""


def _bar(progress: bool, total: int, initial: int) -> AbstractContextManager[Any]:
    if not progress:
        return nullcontext(_NoBar())
    from tqdm.auto import tqdm

    return tqdm(total=total, initial=initial, unit="step")  # type: ignore[no-any-return]

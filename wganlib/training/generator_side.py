"""The generator's half of a GAN: it moves, and a critic that stands still judges it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from wganlib import _validate
from wganlib._validate import FloatArray
from wganlib.training import sampling
from wganlib.training import streams as _runs
from wganlib.training.draws import Blocks
from wganlib.training.history import IntArray
from wganlib.training.lipschitz import NoConstraint
from wganlib.training.networks import MLP, Passes, passes
from wganlib.training.objectives import Objective
from wganlib.training.one_side import (
    _evaluated,
    _kind,
    _looks,
    _many,
    _parts,
    _prior,
    _seeds,
    _stack,
    _steps,
    _surroundings,
)
from wganlib.training.optimisers import Optimiser
from wganlib.training.step import Step


@dataclass(frozen=True, eq=False)
class GeneratorTraining:
    """The course of a generator's training, for T steps, E looks, R runs and n points.

    Attributes
    ----------
    generator_loss, gradient_norm : array (T, R)
        What the generator minimised on its batch before each step, and the Euclidean norm of
        the gradient over all parameters.
    recorded_at : array (E,)
        Generator steps done at each look; 0 is before training.
    samples : array (E, R, n, ...)
        Where the generator puts the same n noise vectors at every look.
    """

    generator_loss: FloatArray
    gradient_norm: FloatArray
    recorded_at: IntArray
    samples: FloatArray


class Fixed:
    """The passes of a critic that stands still: any differentiable function of points."""

    def __init__(self, score: Callable[[Tensor], Tensor], like: Tensor) -> None:
        self.score = score
        self.flat = self.gradient = like.new_empty(len(like), 0)

    def forward(self, x: Tensor, *, parts: int = 1, inputs: bool = False) -> Tensor:
        """Return the scores of points (runs, n, ...), shape (runs, n)."""
        self.x = x.detach().flatten(0, 1).requires_grad_()
        with torch.enable_grad():
            self.out = self.score(self.x).reshape(-1)
        return self.out.detach().view(x.shape[:2])

    def pull_back(self, cotangent: Tensor) -> Tensor:
        """Let autograd return the gradient of the points."""
        (pulled,) = torch.autograd.grad(self.out, self.x, cotangent.reshape(-1))
        return pulled.view(*cotangent.shape[:2], *pulled.shape[1:])


# --- the generator's half ----------------------------------------------------------------


def train_generator(
    generator: nn.Module,
    critic: nn.Module | Callable[[Tensor], Tensor],
    *,
    seed: int | Sequence[int],
    steps: int,
    objective: Objective | None = None,
    optimiser: Optimiser | None = None,
    batch: int = 64,
    noise: Any = "gaussian",
    noise_shape: tuple[int, ...] | None = None,
    points: int = 256,
    record_at: Sequence[int] = (),
) -> GeneratorTraining:
    """Train a generator against a critic that stands still.

    Lines 9 to 11 of Algorithm 1 over and over, for one run or many at once. The generator is
    trained in place, the critic is left as it is.

    Parameters
    ----------
    generator : MLP or torch.nn.Module
        An ``MLP`` of R runs, or any module, which is one run.
    critic : MLP, torch.nn.Module or function
        An ``MLP`` of R runs; or a module or function that gives every run the scores, without
        a sigmoid, of a tensor of points (n, ...), shape (n,) or (n, 1).
    seed : int or sequence of int
        For the noise; one for each run.
    steps : int
        Generator steps, at least 0.
    objective, optimiser : optional
        As in ``train``, with the same defaults.
    batch : int
        Generated points in a step, at least 1.
    noise, noise_shape : optional
        As in ``train``.
    points : int
        How many noise vectors to follow, at least 1; ``generate`` draws the same ones.
    record_at : sequence of int
        Steps after which to look where they are, rising, from 0, before training, to ``steps``.

    Returns
    -------
    GeneratorTraining

    Raises
    ------
    TypeError, ValueError
        Before the first step, naming the argument.
    FloatingPointError
        If a loss is not finite.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1, lines 9 to 11.

    Examples
    --------
    >>> generator = MLP([2, 16, 1], seed=[0, 1])
    >>> result = train_generator(
    ...     generator, lambda x: -x.square(), seed=[0, 1], steps=30, points=5, record_at=[0, 30]
    ... )
    >>> result.generator_loss.shape, result.samples.shape
    ((30, 2), (2, 2, 5, 1))
    """
    objective, lipschitz, optimiser = _parts(objective, NoConstraint(), optimiser)
    if getattr(objective, "paired", False):
        raise ValueError(f"objective: expected one that needs no real points, got {objective.name}")
    sampling.check_module(generator, "generator")
    steps = _validate.integer(steps, "steps", at_least=0)
    batch = _validate.integer(batch, "batch", at_least=1)
    points = _validate.integer(points, "points", at_least=1)
    looks = _looks(record_at, steps)
    seeds = _seeds(seed, generator, "generator")
    noise_shape = sampling.noise_shape_of(generator, noise_shape)
    prior, z = _prior(noise, noise_shape, seeds)
    shape = _many(generator, sampling.attempt(generator, z, "generator")).shape[2:]

    net = passes(generator)
    judge = _judge(critic, generator, net.flat, shape)
    step = Step(net, judge, objective, lipschitz, optimiser, optimiser)
    noises = Blocks(prior, batch, seeds, _runs.GENERATOR_NOISE, net.flat)

    def move(t: int) -> Tensor:
        loss = step.generator_step(noises.take(t, 1)[:, 0])
        return torch.stack([loss, torch.linalg.vector_norm(net.gradient, dim=1)])

    def look() -> tuple[FloatArray, ...]:
        drawn = sampling.generate(
            generator, points, seed=seeds, noise=prior, noise_shape=noise_shape
        )
        return (_many(generator, drawn),)

    with _surroundings(seeds[0]), _evaluated(critic):
        recorded, seen = _steps(steps, looks, move, look)
    loss, norm = recorded if steps else np.empty((2, 0, len(seeds)))
    return GeneratorTraining(
        generator_loss=loss,
        gradient_norm=norm,
        recorded_at=np.array(looks, np.int64),
        samples=_stack([drawn for (drawn,) in seen], (len(seeds), points, *shape)),
    )


def _judge(critic: Any, generator: nn.Module, like: Tensor, shape: tuple[int, ...]) -> Passes:
    """Return the passes of the fixed critic, tried on two points of every run."""
    if not callable(critic):
        raise TypeError(
            "critic: expected an MLP, another torch.nn.Module or a function of points, "
            f"got {_validate.describe(critic)}"
        )
    if critic is generator:
        raise ValueError("critic: expected another network than the generator")
    if isinstance(critic, MLP):
        if critic.runs != len(like):
            raise ValueError(f"critic: expected one of {len(like)} runs, got {critic.runs}")
        if _kind(critic) != like.dtype:
            raise ValueError(
                f"critic: expected the precision of the generator, {like.dtype}, "
                f"got {_kind(critic)}"
            )
    judge: Any = passes(critic) if isinstance(critic, MLP) else Fixed(critic, like)
    trial = like.new_zeros(len(like), 2, *shape)
    try:
        with torch.no_grad(), _evaluated(critic):
            scores = judge.forward(trial, inputs=True)
            one_each = scores.numel() == 2 * len(like)
            if one_each:
                judge.pull_back(torch.ones_like(scores))
    except (RuntimeError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(
            f"critic: expected a differentiable function of points of shape {shape}, "
            f"but it raised: {error}"
        ) from error
    if not one_each:
        raise ValueError(
            f"critic: expected one score for a point, got {scores.numel()} for {2 * len(like)}"
        )
    return judge  # type: ignore[no-any-return]

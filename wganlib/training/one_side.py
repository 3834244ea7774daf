"""One half of a GAN at a time, while the other half stands still.

Algorithm 1 alternates between two games. Each is easier to understand while the other stands
still, and these functions play one of them with the same arithmetic as ``train``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from wganlib import _moved, _validate
from wganlib._validate import FloatArray
from wganlib.training import evaluation, sampling
from wganlib.training import streams as _runs
from wganlib.training.draws import Blocks
from wganlib.training.history import IntArray
from wganlib.training.lipschitz import LipschitzRule
from wganlib.training.networks import MLP, passes
from wganlib.training.objectives import Objective
from wganlib.training.optimisers import Optimiser
from wganlib.training.records import CHUNK
from wganlib.training.settings import check_part, filled_in
from wganlib.training.step import Step

if not TYPE_CHECKING:  # what has moved out is found, for one release more
    __getattr__ = _moved.elsewhere(__name__)


@dataclass(frozen=True, eq=False)
class CriticTraining:
    """The course of a critic's training, for T steps, E looks, R runs and n probe points.

    Attributes
    ----------
    critic_loss, penalty : array (T, R)
        What the critic minimised on its batch before each step, and the rule's penalty.
    estimate : array (T, R)
        The distance that the critic reports, as in ``History``.
    gradient_norm : array (T, R)
        Euclidean norm over all parameters, the penalty's share included.
    recorded_at : array (E,)
        Critic steps done at each look; 0 is before training.
    scores, slopes : array (E, R, n)
        The critic's outputs at the probe points, and the norms of its gradient there.
    """

    critic_loss: FloatArray
    penalty: FloatArray
    estimate: FloatArray
    gradient_norm: FloatArray
    recorded_at: IntArray
    scores: FloatArray
    slopes: FloatArray


# --- what both halves check and do -----------------------------------------------------


def _looks(record_at: Any, steps: int) -> list[int]:
    """Return the steps at which to look, rising, from 0 to ``steps``."""
    if isinstance(record_at, np.ndarray):
        record_at = record_at.tolist()
    if isinstance(record_at, (str, bytes)) or not isinstance(record_at, Sequence):
        raise TypeError(
            f"record_at: expected a sequence of steps, got {_validate.describe(record_at)}"
        )
    looks = [
        _validate.integer(at, f"record_at[{i}]", at_least=0, at_most=steps)
        for i, at in enumerate(record_at)
    ]
    if any(a >= b for a, b in pairwise(looks)):
        raise ValueError(f"record_at: expected steps that rise, got {looks}")
    return looks


def _seeds(seed: Any, network: nn.Module, name: str) -> tuple[int, ...]:
    seeds = _runs.seeds(seed)
    runs = network.runs if isinstance(network, MLP) else 1
    if runs != len(seeds):
        raise ValueError(f"seed: expected {runs}, one for each run of the {name}, got {len(seeds)}")
    return seeds


def _many(network: nn.Module, out: FloatArray) -> FloatArray:
    """Return outputs with an axis for runs, whether or not the network has one."""
    return out if isinstance(network, MLP) and not network.single else out[None]


@contextmanager
def _surroundings(seed: int) -> Iterator[None]:
    """Keep torch's own state, which dropout draws from, as it was."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        yield


@contextmanager
def _evaluated(still: Any) -> Iterator[None]:
    """Hold a module in its evaluation mode: running means of what stands still do not run."""
    if not isinstance(still, nn.Module):
        yield
        return
    was_training = still.training
    still.eval()
    try:
        yield
    finally:
        still.train(was_training)


def _steps(
    steps: int,
    looks: list[int],
    move: Callable[[int], Tensor],
    look: Callable[[], tuple[FloatArray, ...]],
) -> tuple[FloatArray, list[tuple[FloatArray, ...]]]:
    """Make the steps; return what each recorded, (recorded, steps, runs), and the looks."""
    rows: list[Tensor] = []
    seen = []
    for t in range(steps + 1):
        if t in looks:
            seen.append(look())
        if t < steps:
            rows.append(move(t))
        if rows and (len(rows) % CHUNK == 0 or t == steps):
            _refuse_infinite(rows)
    recorded = torch.stack(rows, 1).double().cpu().numpy() if rows else np.empty((0, 0, 0))
    return recorded, seen


def _refuse_infinite(rows: list[Tensor]) -> None:
    """Stop at a loss, the first of what is recorded, that is not finite."""
    if bool(torch.isfinite(rows[-1]).all()):
        return
    bad = ~torch.isfinite(torch.stack(rows)).all(1)
    step, run = (int(i) for i in bad.nonzero()[0])
    raise FloatingPointError(
        f"run {run}, step {step + 1}: expected finite losses, got NaN or infinity"
    )


def _stack(seen: list[FloatArray], empty: tuple[int, ...]) -> FloatArray:
    return np.stack(seen).astype(np.float64) if seen else np.empty((0, *empty))


# --- the critic's half -------------------------------------------------------------------


def train_critic(
    critic: nn.Module,
    real: Any,
    fake: Any,
    *,
    seed: int | Sequence[int],
    steps: int,
    objective: Objective | None = None,
    lipschitz: LipschitzRule | None = None,
    optimiser: Optimiser | None = None,
    batch: int = 64,
    noise: Any = "gaussian",
    noise_shape: tuple[int, ...] | None = None,
    probe: npt.ArrayLike | None = None,
    record_at: Sequence[int] = (),
) -> CriticTraining:
    """Train a critic to tell real points from generated ones, while the generator stands still.

    Lines 2 to 8 of Algorithm 1, for one run or many at once; ``train`` does the same between
    two generator steps. The critic is trained in place.

    Parameters
    ----------
    critic : MLP or torch.nn.Module
        An ``MLP`` of R runs, or any module, which is one run. One score for a point.
    real : measure, array or function
        A ``wganlib.distances.Measure``; an array whose rows are drawn with replacement; or a
        function (n, numpy generator) -> n points.
    fake : measure, array, function or generator
        The same, or a network that stays as it is and is fed with noise.
    seed : int or sequence of int
        For batches and noise; one for each run.
    steps : int
        Critic steps, at least 0.
    objective, lipschitz, optimiser : optional
        As in ``train``, with the same defaults.
    batch : int
        Real points, and as many generated ones, in a step; at least 1.
    noise, noise_shape : optional
        As in ``train``, where ``fake`` is a network.
    probe : array (n, d), optional
        Points at which to look at the critic; (n,) is read as n points on a line.
    record_at : sequence of int
        Steps after which to look, rising, from 0, before training, to ``steps``.

    Returns
    -------
    CriticTraining

    Raises
    ------
    TypeError, ValueError
        Before the first step, naming the argument.
    FloatingPointError
        If a loss is not finite.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1, lines 2 to 8, and Figure 2.

    Examples
    --------
    >>> from wganlib.distances.measures import Gaussian
    >>> critic = MLP([1, 16, 1], seed=[0, 1])
    >>> result = train_critic(
    ...     critic, Gaussian(0.0, 1.0), Gaussian(4.0, 1.0), seed=[0, 1], steps=20,
    ...     probe=[0.0, 2.0, 4.0], record_at=[0, 20],
    ... )
    >>> result.estimate.shape, result.scores.shape
    ((20, 2), (2, 2, 3))
    """
    objective, lipschitz, optimiser = _parts(objective, lipschitz, optimiser)
    sampling.check_module(critic, "critic")
    steps = _validate.integer(steps, "steps", at_least=0)
    batch = _validate.integer(batch, "batch", at_least=1)
    looks = _looks(record_at, steps)
    seeds = _seeds(seed, critic, "critic")
    where = None if probe is None else _validate.points(probe, "probe")
    if looks and where is None:
        raise ValueError("probe: expected points to look at, as record_at is given, got none")
    draw_real = sampling.sampler(real, "real")
    draw_fake, push = _fixed_points(fake, critic, seeds, noise, noise_shape)
    _check_points(critic, draw_real, draw_fake, push, where, seeds)

    net = passes(critic)
    step = Step(net, net, objective, lipschitz, optimiser, optimiser)  # no generator moves
    reals = Blocks(draw_real, batch, seeds, _runs.DATA, net.flat)
    fakes = Blocks(draw_fake, batch, seeds, _runs.CRITIC_NOISE, net.flat)
    mixing = Blocks(lambda n, rng: rng.random(n), batch, seeds, _runs.MIXING, net.flat)

    def move(t: int) -> Tensor:
        generated = push(fakes.take(t, 1)[:, 0])
        mix = mixing.take(t, 1)[:, 0] if lipschitz.mixes else None
        scores, penalty = step.critic_step(torch.cat([reals.take(t, 1)[:, 0], generated], 1), mix)
        loss = objective.critic_loss(scores[:, :batch], scores[:, batch:])
        penalty = torch.zeros_like(loss) if penalty is None else penalty
        return torch.stack([loss, penalty, torch.linalg.vector_norm(net.gradient, dim=1)])

    def look() -> tuple[FloatArray, ...]:
        assert where is not None
        shape = len(seeds), len(where)
        scores = _many(critic, sampling.outputs(critic, where)).reshape(shape)
        return scores, np.reshape(evaluation.gradient_norms(critic, where), shape)

    with _surroundings(seeds[0]), _evaluated(fake):
        recorded, seen = _steps(steps, looks, move, look)
    loss, penalty, norm = recorded if steps else np.empty((3, 0, len(seeds)))
    shape = len(seeds), 0 if where is None else len(where)
    return CriticTraining(
        critic_loss=loss,
        penalty=penalty,
        estimate=objective.estimate(torch.from_numpy(loss)).numpy(),
        gradient_norm=norm,
        recorded_at=np.array(looks, np.int64),
        scores=_stack([scores for scores, _ in seen], shape),
        slopes=_stack([slopes for _, slopes in seen], shape),
    )


def _parts(
    objective: Objective | None, lipschitz: LipschitzRule | None, optimiser: Optimiser | None
) -> tuple[Objective, LipschitzRule, Optimiser]:
    """Fill in the defaults of ``train`` and check what was given."""
    objective, lipschitz, optimiser = filled_in(objective, lipschitz, optimiser)
    check_part(objective, "objective", ("critic_loss", "generator_loss"), "WGAN()")
    check_part(lipschitz, "lipschitz", ("penalty", "project"), "WeightClipping()")
    check_part(optimiser, "optimiser", ("start", "step"), "RMSProp()")
    return objective, lipschitz, optimiser


def _same(points: Tensor) -> Tensor:
    return points


def _fixed_points(
    fake: Any, critic: nn.Module, seeds: tuple[int, ...], noise: Any, noise_shape: Any
) -> tuple[sampling.Draw, Callable[[Tensor], Tensor]]:
    """Return what to draw for the generated side, and what makes points of it."""
    if not isinstance(fake, nn.Module):
        return sampling.sampler(fake, "fake"), _same
    sampling.check_module(fake, "fake")
    if fake is critic:
        raise ValueError("fake: expected another network than the critic")
    if _kind(fake) != _kind(critic):
        raise ValueError(
            f"fake: expected the precision of the critic, {_kind(critic)}, got {_kind(fake)}"
        )
    runs = fake.runs if isinstance(fake, MLP) else 1
    if runs != len(seeds):
        raise ValueError(f"fake: expected a generator of {len(seeds)} runs, got {runs}")
    draw, z = _prior(noise, sampling.noise_shape_of(fake, noise_shape), seeds)
    sampling.attempt(fake, z, "fake")
    return draw, passes(fake).output


def _prior(
    noise: Any, shape: tuple[int, ...], seeds: tuple[int, ...]
) -> tuple[sampling.Draw, npt.NDArray[Any]]:
    """Return the sampler of z, and two draws of the right shape."""
    draw = sampling.prior(noise, shape)
    z = draw(2, _runs.stream(seeds[0], _runs.EVALUATION))
    if z.shape[1:] != shape:
        raise ValueError(f"noise: expected vectors of shape {shape}, got {z.shape[1:]}")
    return draw, z


def _kind(network: nn.Module) -> torch.dtype:
    return next(network.parameters()).dtype


def _check_points(
    critic: nn.Module,
    draw_real: sampling.Draw,
    draw_fake: sampling.Draw,
    push: Callable[[Tensor], Tensor],
    probe: FloatArray | None,
    seeds: tuple[int, ...],
) -> None:
    """Refuse points of different shapes, and a critic that does not take them."""
    streams = [_runs.stream(s, _runs.EVALUATION) for s in seeds]
    real = draw_real(2, streams[0])
    drawn = np.stack([draw_fake(2, rng) for rng in streams])
    fake = push(torch.from_numpy(drawn).to(next(critic.parameters())))[0]
    if real.shape[1:] != tuple(fake.shape[1:]):
        raise ValueError(
            f"fake: expected points of shape {real.shape[1:]}, as real has, "
            f"got {tuple(fake.shape[1:])}"
        )
    scores = _many(critic, sampling.attempt(critic, real, "critic"))[0]
    if scores.size != 2:
        raise ValueError(f"critic: expected one score for a point, got {scores.shape[1:]}")
    if probe is not None and probe.shape[1:] != real.shape[1:]:
        raise ValueError(
            f"probe: expected points of shape {real.shape[1:]}, as real has, got {probe.shape[1:]}"
        )

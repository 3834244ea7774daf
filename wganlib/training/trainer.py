"""The course of one training: its schedule, its batches, its steps and its records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from wganlib import _validate
from wganlib._validate import FloatArray
from wganlib.distances.transport import wasserstein_1
from wganlib.training import distributed, evaluation, sampling, settings
from wganlib.training import streams as _runs
from wganlib.training.draws import Batches
from wganlib.training.history import History
from wganlib.training.lipschitz import LipschitzRule
from wganlib.training.networks import MLP, passes
from wganlib.training.objectives import Objective
from wganlib.training.optimisers import Optimiser
from wganlib.training.records import Records, TrainingFailed
from wganlib.training.step import RECORDED, Captured, Step


def paper_schedule(iteration: int, n_critic: int) -> int:
    """Return the critic's steps before generator step ``iteration``, counted from 0."""
    return n_critic


def authors_schedule(iteration: int, n_critic: int) -> int:
    """Return 100 in the first 25 iterations and every 500th, as the authors' code does."""
    return 100 if iteration < 25 or iteration % 500 == 0 else n_critic


SCHEDULES = {"paper": paper_schedule, "authors": authors_schedule}


@dataclass(frozen=True)
class TrainingState:
    """What a callback sees after a generator step: copies, which it cannot write to.

    Attributes
    ----------
    step : int
        Generator steps done.
    estimate, critic_loss, generator_loss : array (runs,)
        As in ``History``, in this step.
    sample, score : functions
        ``sample(n, seed=...)`` draws generated points as ``wganlib.generate`` does, and
        ``score(points)`` returns the critic's outputs.
    """

    step: int
    estimate: FloatArray
    critic_loss: FloatArray
    generator_loss: FloatArray
    sample: Callable[..., FloatArray]
    score: Callable[[npt.ArrayLike], FloatArray]


Parts = tuple[Objective, LipschitzRule, Optimiser, Optimiser]


def _check_parts(parts: Parts) -> None:
    """Refuse what lacks the methods of an objective, a rule or an optimiser."""
    check = settings.check_part
    check(parts[0], "objective", ("critic_gradient", "estimate"), "WGAN()")
    check(parts[1], "lipschitz", ("start", "penalty", "project"), "WeightClipping()")
    check(parts[2], "optimiser", ("start", "step"), "RMSProp()")
    check(parts[3], "generator_optimiser", ("start", "step"), "RMSProp()")


class Trainer:
    """One call of ``train``: checked settings, the state of the loop, and its records."""

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        data: Any,
        *,
        seed: Any,
        objective: Objective,
        lipschitz: LipschitzRule,
        optimiser: Optimiser,
        generator_optimiser: Optimiser,
        batch: int = 64,
        n_critic: int = 5,
        schedule: str = "paper",
        clip_first: bool | None = None,
        noise: Any = "gaussian",
        noise_shape: tuple[int, ...] | None = None,
        evaluate_every: int = 0,
        evaluation_points: int = 500,
        on_failure: str = "raise",
        device: str = "auto",
        precision: str = "float32",
    ) -> None:
        sampling.check_module(generator, "generator")
        sampling.check_module(critic, "critic")
        if {*generator.parameters()} & {*critic.parameters()}:
            raise ValueError(
                "critic: expected another network than the generator, got one with parameters "
                "in common with it"
            )
        _check_parts(parts := (objective, lipschitz, optimiser, generator_optimiser))
        batch = _validate.integer(batch, "batch", at_least=1)
        distributed.share_of(batch)
        self.n_critic = _validate.integer(n_critic, "n_critic", at_least=1)
        self.schedule = _validate.one_of(schedule, "schedule", SCHEDULES)
        if clip_first is None:
            clip_first = self.schedule == "authors"
        settings.check_flag(clip_first, "clip_first")
        self.evaluate_every = _validate.integer(evaluate_every, "evaluate_every", at_least=0)
        self.points = _validate.integer(evaluation_points, "evaluation_points", at_least=2)
        self.on_failure = _validate.one_of(on_failure, "on_failure", ("raise", "freeze"))
        self.precision = _validate.one_of(precision, "precision", settings.PRECISIONS)
        self.device = settings.device_of(device)
        if self.precision == "tf32" and self.device.type != "cuda":
            raise ValueError("precision: expected float32 or bf16 without a GPU, got tf32")
        self.seeds = _runs.seeds(seed)
        self.generator, self.critic, self.objective = generator, critic, objective
        fitted = settings.fit(generator, critic, data, noise, noise_shape, self.seeds)
        self.draw, self.prior, self.noise_shape = fitted.draw, fitted.prior, fitted.noise_shape
        bf16 = self.precision == "bf16"
        if bf16 and (isinstance(generator, MLP) or isinstance(critic, MLP)):
            raise ValueError("precision: expected float32 or tf32 with an MLP, got bf16")
        self.config = self._config(parts, data, noise, batch, clip_first, fitted.dtype)
        generator.to(self.device)
        critic.to(self.device)
        self.step = Step(
            passes(generator, bf16=bf16),
            passes(critic, bf16=bf16),
            objective,
            lipschitz,
            distributed.averaged(optimiser),
            distributed.averaged(generator_optimiser),
            clip_first=clip_first,
        )
        like = self.step.critic.flat
        self.batches = Batches(
            self.draw, self.prior, batch, self.seeds, like, mixes=lipschitz.mixes
        )
        self.captured: Captured | None = None
        self.records = Records(len(self.seeds))
        self.kept = [weights.clone() for weights in self.weights()]
        self.done = self.critic_steps = 0
        self.wall_time = 0.0
        self.resumed: list[int] = []  # after which steps it was taken up again
        self.drawn: dict[str, FloatArray] | None = None  # what checkpoints know functions by

    def _config(
        self, parts: Parts, data: Any, noise: Any, batch: int, clip_first: bool, dtype: torch.dtype
    ) -> dict[str, Any]:
        """Write the settings down, to refuse a foreign checkpoint and to tell a result's reader."""
        objective, lipschitz, optimiser, generator_optimiser = parts
        config = settings.plain(
            {
                "generator": settings.network_of(self.generator),
                "critic": settings.network_of(self.critic),
                "objective": objective.name,
                "lipschitz": settings.described(lipschitz),
                "optimiser": settings.described(optimiser),
                "generator_optimiser": settings.described(generator_optimiser),
                "batch": batch,
                "n_critic": self.n_critic,
                "schedule": self.schedule,
                "clip_first": clip_first,
                "noise": noise if isinstance(noise, str) else settings.fingerprint(noise),
                "noise_shape": list(self.noise_shape),
                "data": settings.fingerprint(data),
                "evaluate_every": self.evaluate_every,
                "evaluation_points": self.points,
                "dtype": str(dtype).removeprefix("torch."),
                "precision": self.precision,
                "seeds": list(self.seeds),
            }
        )
        if any(codes := [settings.code_of(part) for part in parts]):
            config["code"] = codes
        return config  # type: ignore[no-any-return]

    def iterate(self) -> None:
        """Draw batches and make one step."""
        n = SCHEDULES[self.schedule](self.done, self.n_critic)
        inputs = self.batches.take(self.critic_steps, n, self.done)
        inputs = distributed.share(inputs, (2, 2, 2, 1))
        if self.captured is None and self._may_capture():
            self.captured = Captured(self.step, inputs)
        row = self.captured(*inputs).clone() if self.captured else self.step(*inputs)
        row = distributed.average(row)
        self.critic_steps += n
        self.done += 1
        self.records.pending.append(row)

    def _may_capture(self) -> bool:
        return self.device.type == "cuda" and self.schedule == "paper" and not distributed.active()

    def look(self) -> None:
        """Read the numbers of the last steps, stop runs that have failed, keep the others'."""
        records = self.records
        if not records.pending:
            return
        records.look(self.done)
        failed = records.failed >= 0
        if failed.any():
            self.step.generator.flat[failed] = np.nan
            self.step.critic.flat[failed] = np.nan
        self._keep()
        if failed.any() and (self.on_failure == "raise" or failed.all()):
            self.give_back()
            raise TrainingFailed(*records.first_failure(), self.history())

    def weights(self) -> list[Tensor]:
        """Return what the networks consist of; all but the first two for one run only."""
        sides = self.step.generator, self.step.critic
        buffers = [value for side in sides for value in side.buffers().values()]
        return [*(side.flat for side in sides), *buffers]

    def _keep(self) -> None:
        """Copy the weights of every run in which all of them are finite."""
        flats = self.weights()[:2]
        finite = torch.stack([flat.isfinite().all(1) for flat in flats]).all(0)
        good = finite.nonzero()[:, 0]
        for kept, now in zip(self.kept, self.weights(), strict=True):
            if len(good) == len(finite):
                kept.copy_(now)
            elif len(good):
                kept[good] = now[good]
        self.records.kept[finite.cpu().numpy()] = self.done

    def give_back(self) -> None:
        """Leave the networks of failed runs with the last weights that were finite."""
        failed = self.records.failed >= 0
        for kept, now in zip(self.kept, self.weights(), strict=True):
            if failed.all():
                now.copy_(kept)
            elif failed.any():
                now[failed] = kept[failed]

    def evaluate(self) -> None:
        """Draw samples and measure the exact distance, from streams of their own."""
        self.look()
        records = self.records
        many = isinstance(self.generator, MLP) and not self.generator.single
        streams = [_runs.stream(s, _runs.EVALUATION, self.done) for s in self.seeds]
        real = np.stack([self.draw(self.points, rng) for rng in streams])
        z = np.stack([self.prior(self.points, rng) for rng in streams])
        mix = np.stack([rng.random(self.points) for rng in streams])
        fake = sampling.outputs(self.generator, z if many else z[0])
        fake = fake if many else fake[None]
        mix = mix.reshape(mix.shape + (1,) * (real.ndim - 2))
        where = np.concatenate([real, fake, mix * real + (1 - mix) * fake], 1)
        alive = (records.failed < 0) & np.isfinite(where.reshape(len(where), -1)).all(1)
        where[~alive] = 0  # a failed run has no points; its numbers stay NaN
        many_critics = isinstance(self.critic, MLP) and not self.critic.single
        slopes = evaluation.gradient_norms(self.critic, where if many_critics else where[0])
        slopes = np.atleast_2d(slopes)
        result = np.full((4, len(self.seeds)), np.nan)
        for run in np.flatnonzero(alive):
            result[0, run] = wasserstein_1(_rows(real[run]), _rows(fake[run]))
        result[1, alive] = evaluation.lipschitz_bounds(self.critic)[alive]
        result[2, alive], result[3, alive] = slopes.max(1)[alive], slopes.mean(1)[alive]
        if not records.eval_step:
            self._measure_floor()
        records.eval_step.append(self.done)
        records.evaluations.append(result)
        records.samples.append(fake.astype(np.float32))

    def _measure_floor(self) -> None:
        for run, seed in enumerate(self.seeds):
            rng = _runs.stream(seed, _runs.EVALUATION, 0, 1)
            one, two = self.draw(self.points, rng), self.draw(self.points, rng)
            self.records.floor[run] = wasserstein_1(_rows(one), _rows(two))

    def history(self) -> History:
        """Return what has been recorded so far."""
        return self.records.history(
            self.objective,
            config=self.config,
            seeds=self.seeds,
            versions=settings.versions(self.device),
            wall_time=self.wall_time,
            resumed=self.resumed,
        )

    def state(self) -> TrainingState:
        """Return what a callback may see."""
        self.look()
        row = self.records.rows[-1][-1].copy()
        row.flags.writeable = False
        loss = row[RECORDED.index("critic_loss")]
        estimate = self.objective.estimate(torch.tensor(loss)).numpy()
        estimate.flags.writeable = False

        def sample(n: int, *, seed: int | Sequence[int]) -> FloatArray:
            return sampling.generate(
                self.generator, n, seed=seed, noise=self.prior, noise_shape=self.noise_shape
            )

        def score(points: npt.ArrayLike) -> FloatArray:
            return sampling.outputs(self.critic, _validate.finite_array(points, "points"))

        return TrainingState(
            self.done, estimate, loss, row[RECORDED.index("generator_loss")], sample, score
        )


def _rows(points: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return points.reshape(len(points), -1)

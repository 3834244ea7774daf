"""Algorithm 1, for one run or many at once."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

import wganlib
from wganlib import _runs, _validate, distributed, evaluation, faults
from wganlib._validate import FloatArray
from wganlib.history import History, read_arrays, write_arrays
from wganlib.lipschitz import LipschitzRule, NoConstraint, WeightClipping
from wganlib.networks import MLP, Passes, passes
from wganlib.objectives import WGAN, Objective
from wganlib.optimisers import Optimiser, RMSProp
from wganlib.transport import wasserstein_1

Draw = Callable[[int, np.random.Generator], npt.NDArray[Any]]

#: What is recorded at every generator step, in this order.
RECORDED = (
    "critic_loss",
    "generator_loss",
    "penalty",
    "critic_gradient_norm",
    "generator_gradient_norm",
)

PRECISIONS = ("float32", "tf32", "bf16")

#: Steps between two looks at whether all losses are finite.
CHUNK = 64


class TrainingFailed(FloatingPointError):
    """A loss was not finite.

    Attributes
    ----------
    run, step : int
        Where it happened first; ``step`` counts generator steps from 1.
    last_good : dict
        What was recorded for that run in the step before.
    history : History
        All that was recorded.
    """

    def __init__(self, run: int, step: int, last_good: dict[str, float], history: History) -> None:
        numbers = ", ".join(f"{name} {value:.6g}" for name, value in last_good.items())
        super().__init__(
            f"run {run}, generator step {step}: expected finite losses, got NaN or infinity; "
            f"last good: {numbers or 'none'}"
        )
        self.run, self.step, self.last_good, self.history = run, step, last_good, history


class Blocks:
    """Draws for many steps at once, from streams addressed by run and block.

    The length of a block follows from the size of a step's draw alone, so it is the same for
    a run alone, among others, and resumed.
    """

    def __init__(
        self, draw: Draw, batch: int, seeds: Sequence[int], purpose: int, like: Tensor
    ) -> None:
        self.draw, self.batch, self.seeds, self.purpose, self.like = (
            draw, batch, seeds, purpose, like,
        )  # fmt: skip
        size = draw(1, _runs.stream(seeds[0], purpose, 0))[0].size
        self.length = max(1, min(256, 2**16 // (batch * max(1, size))))
        self.number = -1
        self.block = like

    def _block(self, number: int) -> Tensor:
        if number != self.number:
            n = self.length * self.batch
            drawn = [self.draw(n, _runs.stream(s, self.purpose, number)) for s in self.seeds]
            block = torch.from_numpy(np.stack(drawn)).to(self.like)
            self.block = block.view(len(drawn), self.length, self.batch, *block.shape[2:])
            self.number = number
        return self.block

    def take(self, start: int, count: int) -> Tensor:
        """Return the draws of steps start, ..., start + count − 1: (runs, count, batch, ...)."""
        parts = []
        while count:
            number, first = divmod(start, self.length)
            part = self._block(number)[:, first : first + count]
            parts.append(part)
            start, count = start + part.shape[1], count - part.shape[1]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


class Step:
    """One iteration of Algorithm 1, numbered as in the paper's listing.

    ::

         1  while θ has not converged
         2      for t = 0, ..., n_critic
         3          sample a batch x from the data
         4          sample a batch z from the prior
         5          g_w <- gradient of mean f_w(x) - mean f_w(g_θ(z)) in w
         6          w <- w + α RMSProp(w, g_w)
         7          w <- clip(w, -c, c)
         9      sample a batch z from the prior
        10      g_θ <- - gradient of mean f_w(g_θ(z)) in θ
        11      θ <- θ - α RMSProp(θ, g_θ)

    The generator stands still while the critic moves, so all batches of lines 3 and 4 are
    drawn before line 2, and g_θ(z) comes from one pass that keeps no graph. The gradient in
    line 5 is taken at real and generated points together. None of this changes a result.
    """

    def __init__(
        self,
        generator: Passes,
        critic: Passes,
        objective: Objective,
        lipschitz: LipschitzRule,
        optimiser: Optimiser,
        generator_optimiser: Optimiser,
        *,
        clip_first: bool = False,
    ) -> None:
        self.generator, self.critic = generator, critic
        self.objective, self.lipschitz, self.clip_first = objective, lipschitz, clip_first
        self.optimiser, self.generator_optimiser = optimiser, generator_optimiser
        self.state = {
            "critic": optimiser.start(critic.flat),
            "generator": generator_optimiser.start(generator.flat),
            "lipschitz": lipschitz.start(critic),
        }
        self.linear: dict[str, Tensor] = {}  # gradients that never change

    def __call__(self, real: Tensor, z: Tensor, mixing: Tensor | None, last_z: Tensor) -> Tensor:
        """Train the critic on ``real`` and z, (runs, n_critic, m, ...), then the generator.

        Returns what is ``RECORDED``, shape (5, runs).
        """
        fake = self.generator.output(z.flatten(1, 2), parts=z.shape[1])
        both = torch.cat([real, fake.reshape(real.shape)], 2)
        for t in range(real.shape[1]):  # line 2
            mix = None if mixing is None else mixing[:, t]
            scores, penalty = self.critic_step(both[:, t], mix)  # lines 3 to 7
        m = real.shape[2]
        critic_loss = self.objective.critic_loss(scores[:, :m], scores[:, m:])
        generator_loss = self.generator_step(last_z)  # lines 9 to 11
        norms = (torch.linalg.vector_norm(p.gradient, dim=1) for p in (self.critic, self.generator))
        penalty = torch.zeros_like(critic_loss) if penalty is None else penalty
        return torch.stack([critic_loss, generator_loss, penalty, *norms])

    def critic_step(self, both: Tensor, mixing: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Move the critic once. The first half of ``both`` is real, the second generated."""
        critic, state = self.critic, self.state["lipschitz"]
        if self.clip_first:
            self.lipschitz.project(critic, state)
        out = critic.forward(both, parts=2)
        scores = out.flatten(1)
        critic.backward(self.critic_gradient(scores).view_as(out))  # line 5
        penalty = None
        if self.lipschitz.mixes:
            m = scores.shape[1] // 2
            real, fake = both[:, :m], both[:, m:]
            penalty = self.lipschitz.penalty(critic, state, real, fake, mixing)
        self.optimiser.step(critic.flat, critic.gradient, self.state["critic"])  # line 6
        if not self.clip_first:
            self.lipschitz.project(critic, state)  # line 7
        return scores, penalty

    def critic_gradient(self, scores: Tensor) -> Tensor:
        """Return the gradient of the critic's loss with respect to its scores."""
        if "critic" in self.linear:
            return self.linear["critic"]
        m = scores.shape[1] // 2
        gradient = torch.cat(self.objective.critic_gradient(scores[:, :m], scores[:, m:]), 1)
        if self.objective.linear:
            self.linear["critic"] = gradient
        return gradient

    def generator_step(self, z: Tensor) -> Tensor:
        """Move the generator once; the critic's parameters take no gradient."""
        out = self.critic.forward(self.generator.forward(z), inputs=True)
        scores = out.flatten(1)
        gradient = self.objective.generator_gradient(scores).view_as(out)
        self.generator.backward(self.critic.pull_back(gradient))  # line 10
        state = self.state["generator"]
        self.generator_optimiser.step(self.generator.flat, self.generator.gradient, state)  # 11
        return self.objective.generator_loss(scores)

    def tensors(self) -> dict[str, Tensor]:
        """Return everything that a step changes, by name."""
        named = {"generator": self.generator.flat, "critic": self.critic.flat}
        for owner, state in self.state.items():
            for name, value in state.items():
                if isinstance(value, Tensor) and not name.startswith("_"):
                    named[f"{owner}.{name}"] = value
        for owner, network in (("generator", self.generator), ("critic", self.critic)):
            for name, value in network.buffers().items():
                named[f"{owner}.buffer.{name}"] = value
        return named


class Captured:
    """A step recorded once as a CUDA graph and replayed: one launch instead of hundreds.

    For a fixed number of critic steps on a GPU. Written from torch's documentation; the test
    that compares it with the CPU runs only where there is a GPU, which was not at hand.
    """

    def __init__(self, step: Step, inputs: Sequence[Tensor | None]) -> None:
        self.inputs = [x if x is None else x.clone() for x in inputs]
        changed = step.tensors().values()
        before = [tensor.clone() for tensor in changed]
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                step(*self.inputs)  # type: ignore[arg-type]
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.row = step(*self.inputs)  # type: ignore[arg-type]
        for tensor, old in zip(changed, before, strict=True):
            tensor.copy_(old)

    def __call__(self, *inputs: Tensor | None) -> Tensor:
        """Copy the inputs to where the graph reads them, and replay it."""
        for mine, new in zip(self.inputs, inputs, strict=True):
            if mine is not None and new is not None:
                mine.copy_(new)
        self.graph.replay()
        return self.row


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


def _fingerprint(data: Any) -> str:
    """Say what the data are, the same in another process, to refuse a foreign checkpoint."""
    if hasattr(data, "sample") or callable(data):
        text = repr(data) if is_dataclass(data) else getattr(data, "__qualname__", repr(data))
        return re.sub(r" at 0x[0-9a-f]+", "", text)
    array = np.ascontiguousarray(data)
    digest = hashlib.sha256(array.tobytes()).hexdigest()[:16]
    return f"array {array.shape} {array.dtype} {digest}"


def _described(part: Any) -> dict[str, Any]:
    settings = asdict(part) if is_dataclass(part) and not isinstance(part, type) else {}
    return {"name": part.name, **settings}


def _network(network: nn.Module) -> Any:
    if isinstance(network, MLP):
        return {"sizes": list(network.sizes), "activation": network.activation}
    return repr(network)


def _flag(value: Any, name: str) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {_validate.describe(value)}")


def _check_part(part: Any, name: str, methods: Sequence[str], example: str) -> None:
    if isinstance(part, type) or not all(callable(getattr(part, m, None)) for m in methods):
        raise TypeError(
            f"{name}: expected an object such as {example}, got {_validate.describe(part)}"
        )


class _Training:
    """One call of ``train``: checked settings, the loop, and what it has recorded."""

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
        batch: int,
        n_critic: int,
        schedule: str,
        noise: Any,
        noise_shape: tuple[int, ...] | None,
        evaluate_every: int,
        evaluation_points: int,
        on_failure: str,
        device: str,
        precision: str,
    ) -> None:
        evaluation.check_module(generator, "generator")
        evaluation.check_module(critic, "critic")
        if generator is critic:
            raise ValueError("critic: expected another network than the generator")
        _check_part(objective, "objective", ("critic_gradient", "estimate"), "WGAN()")
        _check_part(lipschitz, "lipschitz", ("start", "penalty", "project"), "WeightClipping()")
        _check_part(optimiser, "optimiser", ("start", "step"), "RMSProp()")
        _check_part(generator_optimiser, "generator_optimiser", ("start", "step"), "RMSProp()")
        self.batch = _validate.integer(batch, "batch", at_least=1)
        distributed.share_of(self.batch)
        self.n_critic = _validate.integer(n_critic, "n_critic", at_least=1)
        self.schedule = _validate.one_of(schedule, "schedule", SCHEDULES)
        self.evaluate_every = _validate.integer(evaluate_every, "evaluate_every", at_least=0)
        self.points = _validate.integer(evaluation_points, "evaluation_points", at_least=2)
        self.on_failure = _validate.one_of(on_failure, "on_failure", ("raise", "freeze"))
        self.precision = _validate.one_of(precision, "precision", PRECISIONS)
        self.device = _device(device)
        if self.precision == "tf32" and self.device.type != "cuda":
            raise ValueError("precision: expected float32 or bf16 without a GPU, got tf32")
        self.seeds = _runs.seeds(seed)
        self.generator, self.critic = generator, critic
        self.objective = objective
        self.draw = evaluation.sampler(data)
        self._check_networks(noise, noise_shape)
        self.config = _plain(
            {
                "generator": _network(generator),
                "critic": _network(critic),
                "objective": objective.name,
                "lipschitz": _described(lipschitz),
                "optimiser": _described(optimiser),
                "generator_optimiser": _described(generator_optimiser),
                "batch": self.batch,
                "n_critic": self.n_critic,
                "schedule": self.schedule,
                "noise": noise if isinstance(noise, str) else _fingerprint(noise),
                "noise_shape": list(self.noise_shape),
                "data": _fingerprint(data),
                "evaluate_every": self.evaluate_every,
                "evaluation_points": self.points,
                "dtype": str(self.dtype).removeprefix("torch."),
                "precision": self.precision,
                "seeds": list(self.seeds),
            }
        )
        generator.to(self.device)
        critic.to(self.device)
        bf16 = self.precision == "bf16"
        self.step = Step(
            passes(generator, bf16=bf16),
            passes(critic, bf16=bf16),
            objective,
            lipschitz,
            distributed.averaged(optimiser),
            distributed.averaged(generator_optimiser),
            clip_first=self.schedule == "authors",
        )
        self._lay_out_streams()
        self.done = self.critic_steps = 0
        self.wall_time = 0.0
        self.pending: list[Tensor] = []
        self.rows: list[FloatArray] = []  # chunks of shape (steps, recorded, runs)
        self.failed = np.full(len(self.seeds), -1)
        self.last_good: dict[int, dict[str, float]] = {}
        self.eval_step: list[int] = []
        self.evaluations: list[FloatArray] = []  # (em, bound, largest, mean) by run
        self.samples: list[npt.NDArray[np.float32]] = []
        self.floor = np.full(len(self.seeds), np.nan)

    # -- before the first step -----------------------------------------------------------

    def _check_networks(self, noise: Any, noise_shape: tuple[int, ...] | None) -> None:
        generator, critic = self.generator, self.critic
        self.noise_shape = evaluation.noise_shape_of(generator, noise_shape)
        self.prior = evaluation.prior(noise, self.noise_shape)
        for network, name in ((generator, "generator"), (critic, "critic")):
            runs = network.runs if isinstance(network, MLP) else 1
            if runs != len(self.seeds):
                raise ValueError(
                    f"seed: expected {runs}, one for each run of the {name}, got {len(self.seeds)}"
                )
        kinds = {p.dtype for n in (generator, critic) for p in n.parameters()}
        if len(kinds) > 1:
            raise ValueError(
                f"critic: expected the precision of the generator, got {sorted(map(str, kinds))}"
            )
        self.dtype = kinds.pop()
        if self.precision == "bf16" and (isinstance(generator, MLP) or isinstance(critic, MLP)):
            raise ValueError("precision: expected float32 or tf32 with an MLP, got bf16")
        real = self.draw(2, _runs.stream(self.seeds[0], _runs.EVALUATION))
        z = self.prior(2, _runs.stream(self.seeds[0], _runs.EVALUATION))
        if z.shape[1:] != self.noise_shape:
            raise ValueError(
                f"noise: expected vectors of shape {self.noise_shape}, got {z.shape[1:]}"
            )
        fake = self._one_run(generator, evaluation.attempt(generator, z, "generator"))
        if fake.shape[1:] != real.shape[1:]:
            raise ValueError(
                f"generator: expected points of shape {real.shape[1:]}, as the data have, "
                f"got {fake.shape[1:]}"
            )
        scores = self._one_run(critic, evaluation.attempt(critic, fake, "critic"))
        if scores.size != 2:
            raise ValueError(f"critic: expected one score for a point, got {scores.shape[1:]}")

    @staticmethod
    def _one_run(network: nn.Module, out: FloatArray) -> FloatArray:
        many: FloatArray = out[0] if isinstance(network, MLP) and not network.single else out
        return many

    def _lay_out_streams(self) -> None:
        like, batch, seeds = self.step.critic.flat, self.batch, self.seeds
        self.real = Blocks(self.draw, batch, seeds, _runs.DATA, like)
        self.z = Blocks(self.prior, batch, seeds, _runs.CRITIC_NOISE, like)
        self.last_z = Blocks(self.prior, batch, seeds, _runs.GENERATOR_NOISE, like)
        self.mixing = Blocks(lambda n, rng: rng.random(n), batch, seeds, _runs.MIXING, like)

    # -- the loop ----------------------------------------------------------------------

    def iterate(self) -> None:
        """Draw batches and make one step."""
        n = SCHEDULES[self.schedule](self.done, self.n_critic)
        start = self.critic_steps
        mixing = self.mixing.take(start, n) if self.step.lipschitz.mixes else None
        inputs = (
            self.real.take(start, n),
            self.z.take(start, n),
            mixing,
            self.last_z.take(self.done, 1)[:, 0],
        )
        inputs = distributed.share(inputs, (2, 2, 2, 1))
        if self.captured is None and self._may_capture():
            self.captured = Captured(self.step, inputs)
        row = distributed.average((self.captured or self.step)(*inputs))
        self.pending.append(row.clone() if self.captured else row)
        self.critic_steps += n
        self.done += 1

    captured: Captured | None = None

    def _may_capture(self) -> bool:
        return self.device.type == "cuda" and self.schedule == "paper" and not distributed.active()

    def look(self) -> None:
        """Move what was recorded to NumPy, and stop runs whose losses are not finite."""
        if not self.pending:
            return
        rows = torch.stack(self.pending).double().cpu().numpy()
        first = self.done - len(self.pending)
        self.pending = []
        bad = ~np.isfinite(rows).all(1)
        for run in np.flatnonzero(bad.any(0) & (self.failed < 0)).tolist():
            at = int(bad[:, run].argmax())
            before = rows[at - 1] if at else self.rows[-1][-1] if self.rows else None
            self.failed[run] = first + at + 1
            self.last_good[run] = (
                {} if before is None else dict(zip(RECORDED, before[:, run].tolist(), strict=True))
            )
        for run in np.flatnonzero(self.failed >= 0).tolist():
            rows[max(0, self.failed[run] - 1 - first) :, :, run] = np.nan
            self.step.generator.flat[run] = np.nan
            self.step.critic.flat[run] = np.nan
        self.rows.append(rows)
        if (self.failed >= 0).any() and (self.on_failure == "raise" or (self.failed >= 0).all()):
            worst = int(np.where(self.failed >= 0, self.failed, np.inf).argmin())
            step = int(self.failed[worst])
            raise TrainingFailed(worst, step, self.last_good.get(worst, {}), self.history())

    def evaluate(self) -> None:
        """Draw samples and measure the exact distance, from streams of their own."""
        self.look()
        many = isinstance(self.generator, MLP) and not self.generator.single
        streams = [_runs.stream(s, _runs.EVALUATION, self.done) for s in self.seeds]
        real = np.stack([self.draw(self.points, rng) for rng in streams])
        z = np.stack([self.prior(self.points, rng) for rng in streams])
        mix = np.stack([rng.random(self.points) for rng in streams])
        fake = evaluation.outputs(self.generator, z if many else z[0])
        fake = fake if many else fake[None]
        mix = mix.reshape(mix.shape + (1,) * (real.ndim - 2))
        where = np.concatenate([real, fake, mix * real + (1 - mix) * fake], 1)
        alive = (self.failed < 0) & np.isfinite(where.reshape(len(where), -1)).all(1)
        where[~alive] = 0  # a failed run has no points; its numbers stay NaN
        many_critics = isinstance(self.critic, MLP) and not self.critic.single
        slopes = evaluation.gradient_norms(self.critic, where if many_critics else where[0])
        slopes = np.atleast_2d(slopes)
        result = np.full((4, len(self.seeds)), np.nan)
        for run in np.flatnonzero(alive):
            result[0, run] = wasserstein_1(_rows(real[run]), _rows(fake[run]))
        result[1, alive] = evaluation.lipschitz_bounds(self.critic)[alive]
        result[2, alive], result[3, alive] = slopes.max(1)[alive], slopes.mean(1)[alive]
        if not self.eval_step:
            self._measure_floor()
        self.eval_step.append(self.done)
        self.evaluations.append(result)
        self.samples.append(fake.astype(np.float32))

    def _measure_floor(self) -> None:
        for run, seed in enumerate(self.seeds):
            rng = _runs.stream(seed, _runs.EVALUATION, 0, 1)
            one, two = self.draw(self.points, rng), self.draw(self.points, rng)
            self.floor[run] = wasserstein_1(_rows(one), _rows(two))

    # -- what is left behind -----------------------------------------------------------

    def history(self) -> History:
        """Return what has been recorded so far."""
        runs, E = len(self.seeds), len(self.eval_step)
        rows = np.concatenate([np.empty((0, len(RECORDED), runs)), *self.rows])
        measured = np.array(self.evaluations).reshape(E, 4, runs)
        samples = np.array(self.samples, np.float32) if E else np.empty((0, runs, 0), np.float32)
        recorded = dict(zip(RECORDED, np.ascontiguousarray(rows.swapaxes(0, 1)), strict=True))
        estimate = self.objective.estimate(torch.from_numpy(recorded["critic_loss"])).numpy()
        return History(
            **recorded,
            estimate=estimate,
            eval_step=np.array(self.eval_step, np.int64),
            em=measured[:, 0],
            em_floor=self.floor.copy(),
            lipschitz_bound=measured[:, 1],
            lipschitz_largest=measured[:, 2],
            lipschitz_mean=measured[:, 3],
            samples=samples,
            failed_step=self.failed.copy(),
            config=dict(self.config),
            seeds=self.seeds,
            versions=_versions(self.device),
            wall_time=self.wall_time,
        )

    def save(self, path: Path) -> None:
        """Write everything that the next step depends on, and the records so far."""
        self.look()
        runs = len(self.seeds)
        arrays: dict[str, Any] = {
            "rows": np.concatenate([np.empty((0, len(RECORDED), runs)), *self.rows]),
            "failed": self.failed,
            "eval_step": np.array(self.eval_step, np.int64),
            "evaluations": np.array(self.evaluations),
            "samples": np.array(self.samples, np.float32),
            "floor": self.floor,
            "torch_rng": torch.get_rng_state().numpy(),
        }
        if self.device.type == "cuda":
            arrays["cuda_rng"] = torch.cuda.get_rng_state(self.device).numpy()
        for name, tensor in self.step.tensors().items():
            arrays[f"tensor.{name}"] = tensor.cpu().numpy()
        meta = {
            "config": self.config,
            "done": self.done,
            "critic_steps": self.critic_steps,
            "wall_time": self.wall_time,
        }
        write_arrays(path, "checkpoint", arrays, meta)

    def restore(self, path: Path) -> None:
        """Go back to where a checkpoint was written."""
        arrays, meta = read_arrays(path, "checkpoint")
        for name, value in self.config.items():
            if value != meta["config"].get(name):
                was, now = faults.differing(meta["config"].get(name), value)
                raise ValueError(
                    f"{_ARGUMENT.get(name, name)}: expected {was}, "
                    f"as in {path.name}, got {now}; resume=False starts anew"
                )
        tensors = self.step.tensors()
        missing = [name for name in tensors if f"tensor.{name}" not in arrays]
        if missing:
            raise ValueError(f"path: expected a whole checkpoint, got one without {missing[0]}")
        for name, tensor in tensors.items():
            tensor.copy_(torch.from_numpy(arrays[f"tensor.{name}"]))
        torch.set_rng_state(torch.from_numpy(arrays["torch_rng"]))
        if self.device.type == "cuda" and "cuda_rng" in arrays:
            torch.cuda.set_rng_state(torch.from_numpy(arrays["cuda_rng"]), self.device)
        self.rows = [arrays["rows"]]
        self.failed, self.floor = arrays["failed"], arrays["floor"]
        self.eval_step = arrays["eval_step"].tolist()
        self.evaluations, self.samples = list(arrays["evaluations"]), list(arrays["samples"])
        self.done, self.critic_steps = meta["done"], meta["critic_steps"]
        self.wall_time = meta["wall_time"]

    def state(self) -> TrainingState:
        """Return what a callback may see."""
        self.look()
        row = self.rows[-1][-1].copy()
        row.flags.writeable = False
        loss = row[RECORDED.index("critic_loss")]
        estimate = self.objective.estimate(torch.tensor(loss)).numpy()
        estimate.flags.writeable = False

        def sample(n: int, *, seed: int | Sequence[int]) -> FloatArray:
            return evaluation.generate(
                self.generator, n, seed=seed, noise=self.prior, noise_shape=self.noise_shape
            )

        def score(points: npt.ArrayLike) -> FloatArray:
            return evaluation.outputs(self.critic, _validate.finite_array(points, "points"))

        return TrainingState(
            self.done, estimate, loss, row[RECORDED.index("generator_loss")], sample, score
        )


#: Settings whose argument of ``train`` has another name.
_ARGUMENT = {"seeds": "seed", "dtype": "generator"}


def _plain(value: Any) -> Any:
    """Return a setting as it comes back from JSON."""
    return json.loads(json.dumps(value, default=repr))


def _rows(points: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return points.reshape(len(points), -1)


def _device(name: Any) -> torch.device:
    if not isinstance(name, str):
        raise TypeError(f"device: expected a name such as cpu, got {_validate.describe(name)}")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"device: expected auto, cpu or cuda, got {name!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: expected one that this machine has, got cuda without a GPU")
    return device


def _versions(device: torch.device) -> dict[str, str]:
    return {
        "wganlib": wganlib.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
    }


@contextmanager
def _surroundings(training: _Training) -> Iterator[None]:
    """Set what is global in torch, for as long as the training lasts."""
    devices = [training.device] if training.device.type == "cuda" else []
    matmul = torch.get_float32_matmul_precision()
    with torch.random.fork_rng(devices=devices), torch.no_grad():
        torch.manual_seed(training.seeds[0])
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
    noise: Any = "gaussian",
    noise_shape: tuple[int, ...] | None = None,
    evaluate_every: int = 0,
    evaluation_points: int = 500,
    callbacks: Sequence[Callback] = (),
    progress: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 1000,
    resume: bool = True,
    on_failure: str = "raise",
    device: str = "auto",
    precision: str = "float32",
) -> History:
    """Train a generator against a critic by Algorithm 1, one run or many at once.

    The defaults are the paper's. The networks are trained in place. Runs of an ensemble
    never mix: each has its own parameters, batches and noise, and ends where it would have
    ended alone, to rounding.

    Parameters
    ----------
    generator, critic : MLP or torch.nn.Module
        An ``MLP`` of R runs, or any module, which is one run. The critic returns one score
        for a point, without a sigmoid.
    data : measure, array or function
        A ``wganlib.Measure``; an array whose rows are drawn with replacement; or a function
        (n, numpy generator) -> n points.
    seed : int or sequence of int
        For batches and noise; one for each run.
    steps : int
        Generator steps in all, those before a checkpoint included; at least 0.
    objective : WGAN, MinimaxGAN or NonSaturatingGAN, optional
        ``WGAN()`` if left out.
    lipschitz : WeightClipping, SphereProjection, GradientPenalty, SpectralNorm, NoConstraint
        If left out, ``WeightClipping(0.01)`` for a WGAN and ``NoConstraint()`` for a GAN.
    optimiser, generator_optimiser : RMSProp, Adam or SGD, optional
        ``RMSProp(5e-5)`` if left out; the generator's is the critic's if left out.
    batch, n_critic : int
        m and n_critic of the algorithm, at least 1.
    schedule : {"paper", "authors"}
        "authors" follows the paper's public code: parameters are clipped before the step and
        not after it, and the critic takes 100 steps in the first 25 iterations and every 500th.
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
        Each is called with a ``TrainingState`` after every generator step; one that returns
        True ends the training.
    progress : bool
        Show a progress bar.
    checkpoint : path, optional
        Where to keep the state, every ``checkpoint_every`` generator steps and at the end. If
        the file is there and ``resume`` is true, training goes on from it. On a CPU the result
        is bit for bit that of a training never interrupted.
    on_failure : {"raise", "freeze"}
        What happens when a run's loss is not finite: ``TrainingFailed``, or that run's
        records and parameters are NaN from there while the others go on.
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
        is full; the checkpoint from before is kept.
    MemoryError
        If the device is out of memory; the last checkpoint is kept.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1.

    Examples
    --------
    >>> generator, critic = MLP([2, 16, 2], seed=0), MLP([2, 16, 1], seed=0)
    >>> square = lambda n, rng: rng.uniform(-1, 1, (n, 2))
    >>> history = train(generator, critic, square, seed=0, steps=3)
    >>> history.steps, history.estimate.shape
    (3, (3, 1))
    """
    objective = WGAN() if objective is None else objective
    if lipschitz is None:
        lipschitz = WeightClipping() if isinstance(objective, WGAN) else NoConstraint()
    optimiser = RMSProp() if optimiser is None else optimiser
    steps = _validate.integer(steps, "steps", at_least=0)
    checkpoint_every = _validate.integer(checkpoint_every, "checkpoint_every", at_least=1)
    _flag(progress, "progress")
    _flag(resume, "resume")
    if not isinstance(callbacks, Sequence):
        raise TypeError(
            f"callbacks: expected a sequence of functions, got {_validate.describe(callbacks)}"
        )
    if checkpoint is not None and not isinstance(checkpoint, (str, os.PathLike)):
        raise TypeError(f"checkpoint: expected a path, got {_validate.describe(checkpoint)}")
    for i, callback in enumerate(callbacks):
        if not callable(callback):
            raise TypeError(
                f"callbacks[{i}]: expected a function, got {_validate.describe(callback)}"
            )
    training = _Training(
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
        noise=noise,
        noise_shape=noise_shape,
        evaluate_every=evaluate_every,
        evaluation_points=evaluation_points,
        on_failure=on_failure,
        device=device,
        precision=precision,
    )
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None and distributed.is_first():
        faults.try_to_write(path)
    with _surroundings(training), _Interrupts() as interrupts, faults.memory(training, path):
        if path is not None and resume and path.exists():
            training.restore(path)
            if training.done > steps:
                raise ValueError(
                    f"steps: expected at least the {training.done} of {path.name}, got {steps}"
                )
        elif training.evaluate_every:
            training.evaluate()
        distributed.agree(training)
        started = time.perf_counter() - training.wall_time
        stop = False
        with _bar(progress and distributed.is_first(), steps, training.done) as bar:
            while training.done < steps and not distributed.any_of(stop or interrupts.asked):
                training.iterate()
                training.wall_time = time.perf_counter() - started
                if len(training.pending) >= CHUNK:
                    training.look()
                if training.evaluate_every and training.done % training.evaluate_every == 0:
                    training.evaluate()
                for callback in callbacks:
                    stop = callback(training.state()) is True or stop
                if path is not None and training.done % checkpoint_every == 0:
                    training.save(path)
                bar.update()
        training.look()
        training.wall_time = time.perf_counter() - started
        if path is not None:
            training.save(path)
        return training.history()


class _NoBar:
    def update(self) -> None:
        """Show nothing."""


def _bar(progress: bool, total: int, initial: int) -> AbstractContextManager[Any]:
    if not progress:
        return nullcontext(_NoBar())
    from tqdm.auto import tqdm

    return tqdm(total=total, initial=initial, unit="step")  # type: ignore[no-any-return]

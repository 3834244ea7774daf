"""One iteration of Algorithm 1, to be read beside the paper's listing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from wganlib.training.lipschitz import LipschitzRule, NoConstraint
from wganlib.training.networks import Passes
from wganlib.training.objectives import Objective
from wganlib.training.optimisers import Optimiser

#: What a step returns, in this order.
RECORDED = (
    "critic_loss",
    "generator_loss",
    "penalty",
    "critic_gradient_norm",
    "generator_gradient_norm",
)


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
        self.penalises = getattr(type(lipschitz), "penalty", None) is not NoConstraint.penalty

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
        paired = getattr(self.objective, "paired", False)
        generator_loss = self.generator_step(last_z, real[:, -1] if paired else None)  # 9 to 11
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
        critic.backward(self.critic_gradient(scores, out))  # line 5
        penalty = None
        if self.penalises:
            real, fake = both.chunk(2, 1)
            penalty = self.lipschitz.penalty(critic, state, real, fake, mixing)
        self.optimiser.step(critic.flat, critic.gradient, self.state["critic"])  # line 6
        if not self.clip_first:
            self.lipschitz.project(critic, state)  # line 7
        return scores, penalty

    def critic_gradient(self, scores: Tensor, out: Tensor) -> Tensor:
        """Return the gradient of the critic's loss with respect to its outputs."""
        if "critic" in self.linear:
            return self.linear["critic"]
        m = scores.shape[1] // 2
        parts = self.objective.critic_gradient(scores[:, :m], scores[:, m:])
        gradient = torch.cat(parts, 1).view_as(out)
        if self.objective.linear:
            self.linear["critic"] = gradient
        return gradient

    def generator_gradient(self, scores: Tensor, out: Tensor) -> Tensor:
        """Return that of the generator's loss with respect to the critic's outputs."""
        if "generator" in self.linear:
            return self.linear["generator"]
        gradient = self.objective.generator_gradient(scores).view_as(out)
        if self.objective.linear:
            self.linear["generator"] = gradient
        return gradient

    def generator_step(self, z: Tensor, real: Tensor | None = None) -> Tensor:
        """Move the generator once; a paired objective compares with the real points given."""
        beside = 0 if real is None else self.critic.output(real).flatten(1).clone()  # or is lost
        out = self.critic.forward(self.generator.forward(z), inputs=True)
        scores = out.flatten(1) if real is None else out.flatten(1) - beside
        self.generator.backward(self.critic.pull_back(self.generator_gradient(scores, out)))  # 10
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

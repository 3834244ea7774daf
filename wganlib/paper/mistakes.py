"""Seven ways to get a WGAN wrong, each one small part in the place of a right one.

Each mistake is an objective, a Lipschitz rule, or a critic for ``wganlib.train``. Nothing else
differs, so what a training shows is what the mistake does.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from wganlib.training.lipschitz import GradientPenalty, State, WeightClipping
from wganlib.training.networks import MLP, Passes
from wganlib.training.objectives import WGAN

#: The names that a reader chooses from.
DIAGNOSES: dict[str, str] = {
    "batch-norm": "the penalised critic has batch normalisation",
    "clip-before-step": "weights are clipped before the optimiser's step, not after it",
    "hinge": "the critic minimises a hinge loss, and nothing limits its slope",
    "norm-per-coordinate": "the penalty pulls every coordinate of the gradient to ±1",
    "penalty-at-real": "the gradient penalty is taken at real points only",
    "sigmoid": "a sigmoid was left on the critic's output",
    "sign-flip": "the generator's loss has the wrong sign",
}

# --- losses ----------------------------------------------------------------------------


class GeneratorSignFlipped(WGAN):
    """The generator minimises E f(g(z)), and so flees from where the critic sends it.

    Examples
    --------
    >>> GeneratorSignFlipped().generator_loss(torch.ones(1, 4))
    tensor([1.])
    """

    def generator_loss(self, fake: Tensor) -> Tensor:
        """Return E f(fake), with the wrong sign."""
        return fake.mean(-1)

    def generator_gradient(self, fake: Tensor) -> Tensor:
        """Return 1/m, with the wrong sign."""
        return torch.full_like(fake, 1 / fake.shape[-1])


class CriticSignFlipped(WGAN):
    """The critic minimises E f(x) − E f(g(z)), and so is high where the generator is.

    Examples
    --------
    >>> CriticSignFlipped().critic_loss(torch.ones(1, 4), torch.zeros(1, 4))
    tensor([1.])
    """

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return E f(real) − E f(fake), with the wrong sign."""
        return real.mean(-1) - fake.mean(-1)

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return its gradient."""
        at_real, at_fake = super().critic_gradient(real, fake)
        return -at_real, -at_fake

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return E f(real) − E f(fake)."""
        return critic_loss


class Hinge(WGAN):
    """The critic minimises E max(0, 1 − f(x)) + E max(0, 1 + f(g(z))).

    Source
    ------
    Lim and Ye (2017), Geometric GAN, equations 11 and 12: a loss of its own, and not a WGAN.

    Examples
    --------
    >>> Hinge().critic_loss(torch.ones(1, 4), -torch.ones(1, 4))
    tensor([0.])
    """

    linear = False

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the hinge loss."""
        return relu(1 - real).mean(-1) + relu(1 + fake).mean(-1)

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradient of a WGAN where the hinge is not satisfied, and 0 elsewhere."""
        at_real, at_fake = super().critic_gradient(real, fake)
        return at_real * (real < 1), at_fake * (fake > -1)

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return 2 less the loss: E f(real) − E f(fake) while all scores are within ±1."""
        return 2 - critic_loss


# --- rules -----------------------------------------------------------------------------


class ClipBeforeStep(WeightClipping):
    """Clip between gradient and step: the step then leads out of the box again.

    Examples
    --------
    >>> ClipBeforeStep(0.1).mixes
    True
    """

    mixes = True  # so that ``penalty`` is called, which is before the step

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Clip too early, and penalise nothing."""
        critic.flat.clamp_(-state["c"], state["c"])
        return None

    def project(self, critic: Passes, state: State) -> None:
        """Leave the parameters where the step has brought them."""


class PenaltyAtReal(GradientPenalty):
    """Penalise the slope at real points and nowhere else.

    Examples
    --------
    >>> PenaltyAtReal(1.0).weight
    1.0
    """

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Mix real points with themselves."""
        return super().penalty(critic, state, real, real, mixing)


class PenaltyPerCoordinate(GradientPenalty):
    """Pull the size of every coordinate of the gradient to 1, and not its norm.

    Examples
    --------
    >>> PenaltyPerCoordinate(1.0).weight
    1.0
    """

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Take the norm over an axis of length 1."""

        def rule(slope: Tensor) -> tuple[Tensor, Tensor]:
            excess = slope.abs() - 1
            value = state["weight"] * excess.square().mean((1, 2))
            return value, state["weight"] * 2 / excess[0].numel() * excess * slope.sign()

        return critic.penalise_gradient(_between(real, fake, mixing), rule)


class PenaltyOverBatch(GradientPenalty):
    """Pull the norm of the whole batch's gradient to 1, and not each point's.

    Examples
    --------
    >>> PenaltyOverBatch(1.0).weight
    1.0
    """

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Take the norm over points and coordinates together."""

        def rule(slope: Tensor) -> tuple[Tensor, Tensor]:
            norm = torch.linalg.vector_norm(slope.flatten(1), dim=1)
            push = 2 * state["weight"] * (norm - 1) / norm.clamp_min(1e-30)
            return state["weight"] * (norm - 1).square(), push[:, None, None] * slope

        return critic.penalise_gradient(_between(real, fake, mixing), rule)


def _between(real: Tensor, fake: Tensor, mixing: Tensor | None) -> Tensor:
    assert mixing is not None
    return torch.lerp(fake, real, mixing[..., None])


# --- critics that an MLP cannot be -----------------------------------------------------


class _Normalise(nn.BatchNorm1d):
    """Batch normalisation by the batch's own moments, which can be held still."""

    hold = False

    def forward(self, input: Tensor) -> Tensor:
        """Subtract the mean over the batch and divide by the standard deviation."""
        mean, var = input.mean(0), input.var(0, correction=0)
        if self.hold:
            mean, var = mean.detach(), var.detach()
        scaled = (input - mean) * torch.rsqrt(var + self.eps)
        return scaled * self.weight + self.bias


class TogetherGenerator(nn.Module):
    """The generators of all runs as one module: a point has a row for each run.

    Examples
    --------
    >>> TogetherGenerator([0, 1, 2], 8)(torch.zeros(5, 3, 2)).shape
    torch.Size([5, 3, 2])
    """

    def __init__(self, seeds: Sequence[int], width: int) -> None:
        super().__init__()
        self.net = MLP([2, width, width, width, 2], seed=seeds)

    def forward(self, z: Tensor) -> Tensor:
        """Return points (n, runs, 2) for noise of that shape."""
        out: Tensor = self.net(z.transpose(0, 1))
        return out.transpose(0, 1)


class TogetherCritic(nn.Module):
    """The critics of all runs as one module, with a sigmoid or with batch normalisation.

    Its output is the sum of the runs' scores, so that its gradient in the parameters of a run
    is that run's own.

    Examples
    --------
    >>> TogetherCritic([0, 1, 2], 8, batch_norm=True)(torch.zeros(5, 3, 2)).shape
    torch.Size([5, 1])
    >>> TogetherCritic([0, 1, 2], 8, sigmoid=True).scores(torch.zeros(3, 5, 2)).max() < 1
    tensor(True)
    """

    def __init__(
        self, seeds: Sequence[int], width: int, *, batch_norm: bool = False, sigmoid: bool = False
    ) -> None:
        super().__init__()
        self.net = MLP([2, width, width, width, 1], seed=seeds)
        self.sigmoid = sigmoid
        norms = [_Normalise(len(seeds) * width, track_running_stats=False) for _ in range(3)]
        self.norms = nn.ModuleList(norms if batch_norm else [])

    def scores(self, x: Tensor) -> Tensor:
        """Return the scores of points (runs, n, 2), shape (runs, n)."""
        *hidden, (last, shift) = self.net.layers()
        for i, (weight, bias) in enumerate(hidden):
            x = torch.baddbmm(bias, x, weight)
            if len(self.norms):
                x = x.transpose(0, 1)
                x = self.norms[i](x.flatten(1)).view(x.shape).transpose(0, 1)
            x = relu(x)
        out = torch.baddbmm(shift, x, last).flatten(1)
        return torch.sigmoid(out) if self.sigmoid else out

    def forward(self, x: Tensor) -> Tensor:
        """Return the summed scores of points (n, runs, 2), shape (n, 1)."""
        return self.scores(x.transpose(0, 1)).sum(0)[:, None]

    def hold(self, still: bool) -> None:
        """Let the batch's moments count as constants, or not."""
        for norm in self.norms:
            norm.hold = still  # type: ignore[assignment]


class PenaltyByRun(GradientPenalty):
    """The gradient penalty where a point has a row for each run."""

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Penalise each run's slope."""
        assert mixing is not None

        def rule(slope: Tensor) -> tuple[Tensor, Tensor]:
            norm = torch.linalg.vector_norm(slope, dim=3, keepdim=True)
            value = state["weight"] * (norm - 1).square().sum((2, 3)).mean(1)
            push = 2 * state["weight"] / slope.shape[1] * (norm - 1) / norm.clamp_min(1e-30)
            return value, push * slope

        return critic.penalise_gradient(torch.lerp(fake, real, mixing[..., None, None]), rule)

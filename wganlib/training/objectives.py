"""What critic and generator minimise, and what the critic's loss estimates.

Scores have shape (runs, batch) and are not squashed: a GAN's discriminator is
D = sigmoid(score). Losses are means over the batch, one for each run, never over runs.
Each gradient stands beside its loss, so that training needs no graph of four scalars.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


def softplus(score: Tensor) -> Tensor:
    """Return log(1 + exp(score)) to full precision; torch's own cuts off at a score of 20."""
    return -logsigmoid(-score)


class Objective(Protocol):
    """A pair of losses with their gradients."""

    name: str
    linear: bool  # the gradients do not depend on the scores

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the loss that the critic minimises, shape (runs,)."""

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return its gradient with respect to the scores."""

    def generator_loss(self, fake: Tensor) -> Tensor:
        """Return the loss that the generator minimises, shape (runs,)."""

    def generator_gradient(self, fake: Tensor) -> Tensor:
        """Return its gradient with respect to the scores."""

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return the distance that a critic with this loss has found."""


class WGAN:
    """The Wasserstein objective: the critic maximises E f(x) − E f(g(z)).

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1, lines 5 and 10, with the signs of a
    minimisation.

    Examples
    --------
    >>> import torch
    >>> real, fake = torch.tensor([[3.0, 1.0]]), torch.tensor([[0.0, 1.0]])
    >>> WGAN().estimate(WGAN().critic_loss(real, fake))
    tensor([1.5000])
    """

    name = "wgan"
    linear = True

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return E f(fake) − E f(real): minus line 5 of the algorithm."""
        return fake.mean(-1) - real.mean(-1)

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return −1/m at real points and 1/m at generated ones."""
        return (
            torch.full_like(real, -1 / real.shape[-1]),
            torch.full_like(fake, 1 / fake.shape[-1]),
        )

    def generator_loss(self, fake: Tensor) -> Tensor:
        """Return −E f(fake): line 10."""
        return -fake.mean(-1)

    def generator_gradient(self, fake: Tensor) -> Tensor:
        """Return −1/m."""
        return torch.full_like(fake, -1 / fake.shape[-1])

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return E f(real) − E f(fake), the EM estimate up to the critic's Lipschitz constant."""
        return -critic_loss


class MinimaxGAN:
    """The original GAN: both sides play for E log D(x) + E log(1 − D(g(z))).

    Source
    ------
    Goodfellow et al. (2014), equation 1; Arjovsky, Chintala and Bottou (2017), section 4.2,
    for the JS estimate ½L + log 2.

    Examples
    --------
    >>> import torch
    >>> blind = torch.zeros(1, 4)
    >>> MinimaxGAN().estimate(MinimaxGAN().critic_loss(blind, blind))
    tensor([0.])
    """

    name = "minimax"
    linear = False

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return −E log D(real) − E log(1 − D(fake))."""
        return softplus(-real).mean(-1) + softplus(fake).mean(-1)

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return (D − 1)/m at real points and D/m at generated ones."""
        return -torch.sigmoid(-real) / real.shape[-1], torch.sigmoid(fake) / fake.shape[-1]

    def generator_loss(self, fake: Tensor) -> Tensor:
        """Return E log(1 − D(fake))."""
        return -softplus(fake).mean(-1)

    def generator_gradient(self, fake: Tensor) -> Tensor:
        """Return −D/m."""
        return torch.sigmoid(fake) / -fake.shape[-1]

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return ½L + log 2 in nats, where L is minus the loss."""
        return math.log(2) - critic_loss / 2


class NonSaturatingGAN(MinimaxGAN):
    """The GAN with the −log D trick: the generator minimises −E log D(g(z)).

    Source
    ------
    Goodfellow et al. (2014), section 3.

    Examples
    --------
    >>> import torch
    >>> NonSaturatingGAN().generator_loss(torch.zeros(1, 4)).round(decimals=4)
    tensor([0.6931])
    """

    name = "non_saturating"

    def generator_loss(self, fake: Tensor) -> Tensor:
        """Return −E log D(fake)."""
        return softplus(-fake).mean(-1)

    def generator_gradient(self, fake: Tensor) -> Tensor:
        """Return (D − 1)/m."""
        return torch.sigmoid(-fake) / -fake.shape[-1]

"""What later work trains with: scores compared in pairs, and a critic that is flat at the points.

They have the hooks of ``objectives`` and ``lipschitz``, which hold what the paper and its time had.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from wganlib import _validate
from wganlib.training import streams as _runs
from wganlib.training.lipschitz import NoConstraint, State
from wganlib.training.networks import Passes
from wganlib.training.objectives import softplus


class RelativisticGAN:
    """The pairing GAN: a real point shall score higher than the generated one beside it.

    The critic minimises E log(1 + exp(f(g(z)) − f(x))) over pairs, and the generator the same
    with the signs turned. No score means anything by itself: what each side sees is the other.

    Source
    ------
    Jolicoeur-Martineau (2019); Huang et al. (2024), section 2.

    Examples
    --------
    >>> import torch
    >>> blind = torch.zeros(1, 4)
    >>> RelativisticGAN().estimate(RelativisticGAN().critic_loss(blind, blind))
    tensor([0.])
    """

    name = "relativistic"
    linear = False
    paired = True  # the generator's scores are handed over less those of as many real points

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return E log(1 + exp(fake − real))."""
        return softplus(fake - real).mean(-1)

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return −σ(fake − real)/m at real points and σ(fake − real)/m at generated ones."""
        pull = torch.sigmoid(fake - real) / real.shape[-1]
        return -pull, pull

    def generator_loss(self, lead: Tensor) -> Tensor:
        """Return E log(1 + exp(−lead)), where the lead is that of a generated over a real point."""
        return softplus(-lead).mean(-1)

    def generator_gradient(self, lead: Tensor) -> Tensor:
        """Return −σ(−lead)/m."""
        return torch.sigmoid(-lead) / -lead.shape[-1]

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return log 2 − the loss, in nats: 0 for a critic that tells nothing apart."""
        return math.log(2) - critic_loss


@dataclass(frozen=True)
class ZeroCentredPenalty(NoConstraint):
    """Penalise every slope at the points themselves: R1 at real ones, R1 + R2 at both kinds.

    Adds ½ weight · E ‖∇f(x)‖² over real points and, with ``both``, the same over generated ones.
    Where the two distributions agree the penalty asks for a flat critic, so that training can
    come to rest there; a slope of 1 does not let it.

    Parameters
    ----------
    weight : float or sequence of float
        γ, more than 0; a sequence has one for each run.
    both : bool
        Whether generated points count too.

    Source
    ------
    Mescheder, Geiger and Nowozin (2018), section 4.1; Huang et al. (2024), section 2.

    Examples
    --------
    >>> ZeroCentredPenalty(0.1, both=True)
    ZeroCentredPenalty(weight=0.1, both=True)
    """

    weight: _runs.PerRun = 10.0
    both: bool = False

    name = "zero-centred"

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", _runs.per_run(self.weight, "weight", above=0.0))
        if not isinstance(self.both, bool):
            raise TypeError(f"both: expected True or False, got {_validate.describe(self.both)}")

    def start(self, critic: Passes) -> State:
        """Lay out the weight of each run."""
        return {"weight": _runs.spread(self.weight, "weight", critic.flat)}

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Penalise the slope where the points are."""
        points = torch.cat([real, fake], 1) if self.both else real
        each = state["weight"] / real.shape[1]

        def rule(slope: Tensor) -> tuple[Tensor, Tensor]:
            flat = slope.flatten(2)
            pull = flat * (each.reshape(-1, 1, 1) if isinstance(each, Tensor) else each)
            return 0.5 * (pull * flat).sum((1, 2)), pull.view_as(slope)

        return critic.penalise_gradient(points, rule)

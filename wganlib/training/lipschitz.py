"""Rules that keep the critic Lipschitz, each with the same hooks.

``start`` is called once and returns what the rule remembers, ``penalty`` adds to the
critic's gradient before the optimiser's step, and ``project`` corrects the parameters after
it. A rule changes the critic's flat buffer, so one operation serves all layers and all runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from wganlib import _validate
from wganlib.training import streams as _runs
from wganlib.training.networks import Passes

State = dict[str, Any]

#: Below this a slope counts as 0, where a norm has no derivative and 0 is taken, as torch does.
SMALLEST_SLOPE = 1e-30


class LipschitzRule(Protocol):
    """The hooks of a rule."""

    name: str
    mixes: bool  # the penalty needs a uniform number for each pair of points

    def start(self, critic: Passes) -> State:
        """Return what the rule remembers; tensors in it go into the checkpoint."""

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Add the penalty's gradient to the critic's; return its value in each run."""

    def project(self, critic: Passes, state: State) -> None:
        """Bring the parameters back into the allowed set."""


class _Rule:
    """A rule that does nothing; the others say what they do instead."""

    mixes = False

    def start(self, critic: Passes) -> State:
        """Remember nothing."""
        return {}

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Penalise nothing."""
        return None

    def project(self, critic: Passes, state: State) -> None:
        """Leave the parameters."""


@dataclass(frozen=True)
class NoConstraint(_Rule):
    """No rule: for GANs, and to see what a WGAN does without one.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 3: without a rule the supremum is infinite.

    Examples
    --------
    >>> NoConstraint()
    NoConstraint()
    """

    name = "none"


@dataclass(frozen=True)
class WeightClipping(_Rule):
    """Clip every weight and bias to [−c, c] after the step.

    Parameters
    ----------
    c : float or sequence of float
        The bound, more than 0; a sequence has one for each run.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1, line 7; c = 0.01 there.

    Examples
    --------
    >>> WeightClipping().c, WeightClipping([0.01, 0.1]).c
    (0.01, (0.01, 0.1))
    """

    c: _runs.PerRun = 0.01

    name = "clipping"

    def __post_init__(self) -> None:
        object.__setattr__(self, "c", _runs.per_run(self.c, "c", above=0.0))

    def start(self, critic: Passes) -> State:
        """Lay out the bound of each run."""
        return {"c": _runs.spread(self.c, "c", critic.flat)}

    def project(self, critic: Passes, state: State) -> None:
        """Clip."""
        critic.flat.clamp_(-state["c"], state["c"])


@dataclass(frozen=True)
class SphereProjection(_Rule):
    """Scale all parameters to one Euclidean norm after the step.

    Parameters
    ----------
    radius : float or sequence of float
        The norm, more than 0; a sequence has one for each run.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 3, "simple variants (such as projecting
    the weights to a sphere)".

    Examples
    --------
    >>> SphereProjection(3.0)
    SphereProjection(radius=3.0)
    """

    radius: _runs.PerRun

    name = "sphere"

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", _runs.per_run(self.radius, "radius", above=0.0))

    def start(self, critic: Passes) -> State:
        """Lay out the radius of each run."""
        return {"radius": _runs.spread(self.radius, "radius", critic.flat)}

    def project(self, critic: Passes, state: State) -> None:
        """Scale to the radius."""
        norm = torch.linalg.vector_norm(critic.flat, dim=1, keepdim=True)
        critic.flat.mul_(state["radius"] / norm)


@dataclass(frozen=True)
class GradientPenalty(_Rule):
    """Penalise a slope that is not 1 at points between real and generated ones.

    Adds weight · E (‖∇f(x̂)‖ − 1)², with x̂ uniform on the segment between a real and a
    generated point. One-sided, only slopes above 1 count.

    Parameters
    ----------
    weight : float or sequence of float
        λ, more than 0; a sequence has one for each run. The source uses 10, which is too
        strong for points in the plane: see the chapter on Lipschitz rules.
    one_sided : bool
        Whether slopes below 1 go free.

    Source
    ------
    Gulrajani et al. (2017), equation 3, and section 4 for the one-sided penalty.

    Examples
    --------
    >>> GradientPenalty(0.1, one_sided=True)
    GradientPenalty(weight=0.1, one_sided=True)
    """

    weight: _runs.PerRun = 10.0
    one_sided: bool = False

    name = "penalty"
    mixes = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", _runs.per_run(self.weight, "weight", above=0.0))
        if not isinstance(self.one_sided, bool):
            raise TypeError(
                f"one_sided: expected True or False, got {_validate.describe(self.one_sided)}"
            )

    def start(self, critic: Passes) -> State:
        """Lay out the weight of each run, and numbers as tensors, which are quicker to use."""
        like = critic.flat
        weight = _runs.spread(self.weight, "weight", like)
        return {"weight": weight, "_one": like.new_tensor(1.0), "_half": like.new_tensor(0.5)}

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Penalise the slope at random points between."""
        assert mixing is not None
        share = mixing.reshape(mixing.shape + (1,) * (real.ndim - mixing.ndim))
        between = torch.lerp(fake, real, share)
        if "_twice" not in state:
            twice = 2 * state["weight"] / real.shape[1]
            state["_twice"] = twice if isinstance(twice, Tensor) else real.new_tensor(twice)

        def rule(slope: Tensor) -> tuple[Tensor, Tensor]:
            norm = torch.linalg.vector_norm(slope.flatten(2), dim=2)
            excess = norm - state["_one"]
            if self.one_sided:
                excess = torch.relu_(excess)
            pull = excess * state["_twice"]  # derivative of the mean in the norm of each slope
            value = torch.linalg.vecdot(pull, excess).mul_(state["_half"])
            pull.div_(norm.clamp_min_(SMALLEST_SLOPE))
            return value, slope * pull.reshape(share.shape)

        return critic.penalise_gradient(between, rule)


@dataclass(frozen=True)
class SpectralNorm(_Rule):
    """Divide a layer's weight by its largest singular value where that exceeds 1.

    A projection after the step, so that the critic between steps is an ordinary network and
    every layer's bound can be read off. (Miyato et al. divide inside the forward pass, also
    where the norm is below 1, and differentiate through it.) The singular value follows by
    power iteration from vectors kept between steps, started exactly; a convolution's weight
    is flattened to (out channels, the rest), as in the source.

    Parameters
    ----------
    iterations : int
        Power iterations a step, at least 1.

    Source
    ------
    Miyato et al. (2018), section 2.1 and Algorithm 1.

    Examples
    --------
    >>> SpectralNorm()
    SpectralNorm(iterations=1)
    """

    iterations: int = 1

    name = "spectral"

    def __post_init__(self) -> None:
        _validate.integer(self.iterations, "iterations", at_least=1)

    def start(self, critic: Passes) -> State:
        """Find the leading singular vectors and project at once."""
        matrices = critic.matrices()
        state = {f"u{i}": torch.linalg.svd(w)[0][:, :, :1] for i, w in enumerate(matrices)}
        self.project(critic, state)
        return state

    def project(self, critic: Passes, state: State) -> None:
        """Follow the leading singular vectors, and divide by what is above 1."""
        for i, w in enumerate(critic.matrices()):
            u = state[f"u{i}"]
            for _ in range(self.iterations):
                v = torch.bmm(w.transpose(1, 2), u)
                v /= torch.linalg.vector_norm(v, dim=1, keepdim=True).clamp_min_(1e-30)
                u = torch.bmm(w, v)
                norm = torch.linalg.vector_norm(u, dim=1, keepdim=True)
                u = u / norm.clamp_min(1e-30)
            state[f"u{i}"].copy_(u)
            w.div_(norm.clamp_min_(1))


@dataclass(frozen=True)
class Orthonormal(_Rule):
    """Make each layer's weight orthonormal: all its singular values 1.

    A projection after the step, to about the nearest such matrix. Its columns are orthonormal,
    or its rows where there are fewer of these. Each weight is divided by a bound of its norm
    and then follows Björck's iteration, which squares the distance from 1 of a singular value
    that is near 1; started exactly. No singular value ever exceeds 1 by more than rounding. A
    convolution's weight is flattened as in ``SpectralNorm``.

    Parameters
    ----------
    iterations : int
        Of Björck, a step, at least 1.

    Source
    ------
    Anil, Lucas and Grosse (2019), section 4.2, where training differentiates through the
    iteration of Björck and Bowie (1971).

    Examples
    --------
    >>> Orthonormal()
    Orthonormal(iterations=5)
    """

    iterations: int = 5

    name = "orthonormal"

    def __post_init__(self) -> None:
        _validate.integer(self.iterations, "iterations", at_least=1)

    def start(self, critic: Passes) -> State:
        """Take the nearest orthonormal matrices."""
        for w in critic.matrices():
            u, _, v = torch.linalg.svd(w, full_matrices=False)
            w.copy_(u @ v)
        return {}

    def project(self, critic: Passes, state: State) -> None:
        """Divide by a bound of the norm, and iterate."""
        for w in critic.matrices():
            q = w if w.shape[1] >= w.shape[2] else w.mT
            # No eigenvalue of a Gram matrix exceeds its largest sum of a row's sizes, which is
            # 1 where the columns are orthonormal.
            size = (q.mT @ q).abs().sum(2).amax(1).clamp_min_(1e-30).sqrt_()
            q = q / size[:, None, None]
            for _ in range(self.iterations):
                q = torch.baddbmm(q, q, q.mT @ q, beta=1.5, alpha=-0.5)
            w.copy_(q if w.shape[1] >= w.shape[2] else q.mT)

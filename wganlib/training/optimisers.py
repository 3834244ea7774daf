"""Optimisers on a flat buffer of parameters, equal to torch.optim's.

One buffer of shape (runs, parameters) takes a handful of operations a step, whatever the
number of layers and runs. A learning rate may be one number or one for each run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wganlib import _validate
from wganlib.training import streams as _runs

State = dict[str, Any]

#: A floor under second moments. Square roots of zeros and denormal numbers, which a clipped
#: critic has many of, are ten times slower; below eps² = 1e-16 it changes nothing that counts.
MOMENT_FLOOR = 1e-30


class Optimiser(Protocol):
    """A rule that moves parameters by their gradient."""

    name: str

    def start(self, flat: Tensor) -> State:
        """Return the moments before the first step; a name with _ is room to compute in."""

    def step(self, flat: Tensor, gradient: Tensor, state: State) -> None:
        """Move the parameters."""


def _move(flat: Tensor, lr: float | Tensor, top: Tensor, bottom: Tensor | None) -> None:
    """Subtract lr · top / bottom."""
    if isinstance(lr, float):
        if bottom is None:
            flat.add_(top, alpha=-lr)
        else:
            flat.addcdiv_(top, bottom, value=-lr)
    else:
        flat.sub_(top * lr if bottom is None else bottom.reciprocal_().mul_(top).mul_(lr))


@dataclass(frozen=True)
class RMSProp:
    """RMSProp: divide the gradient by a running root mean square of itself.

    Parameters
    ----------
    lr : float or sequence of float
        α, more than 0; a sequence has one for each run.
    decay : float
        Of the running mean of squares, in [0, 1).
    eps : float
        Added to the root, more than 0.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1, α = 5e-5; ``torch.optim.RMSprop`` for
    the rest.

    Examples
    --------
    >>> RMSProp().lr, RMSProp([1e-4, 1e-3]).lr
    (5e-05, (0.0001, 0.001))
    """

    lr: _runs.PerRun = 5e-5
    decay: float = 0.99
    eps: float = 1e-8

    name = "rmsprop"

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", _runs.per_run(self.lr, "lr", above=0.0))
        _validate.real(self.decay, "decay", at_least=0.0, below=1.0)
        _validate.real(self.eps, "eps", above=0.0)

    def start(self, flat: Tensor) -> State:
        """Return a running mean of zero."""
        return {
            "lr": _runs.spread(self.lr, "lr", flat),
            "square": torch.zeros_like(flat),
            "_room": torch.empty_like(flat),
            "_eps": flat.new_tensor(self.eps),
        }

    def step(self, flat: Tensor, gradient: Tensor, state: State) -> None:
        """Move against the gradient."""
        square, room = state["square"], state["_room"]
        square.lerp_(torch.mul(gradient, gradient, out=room), 1 - self.decay)
        root = torch.sqrt(square.clamp_min_(MOMENT_FLOOR), out=room).add_(state["_eps"])
        _move(flat, state["lr"], gradient, root)


@dataclass(frozen=True)
class Adam:
    """Adam: RMSProp with a running mean of the gradient and corrected starts.

    Parameters
    ----------
    lr : float or sequence of float
        Step size, more than 0; a sequence has one for each run.
    betas : pair of float
        Decays of the two running means, in [0, 1). The first is 0 in most work on WGANs.
    eps : float
        Added to the root, more than 0.

    Source
    ------
    Kingma and Ba (2015), Algorithm 1; ``torch.optim.Adam``.

    Examples
    --------
    >>> Adam(1e-3, (0.5, 0.9))
    Adam(lr=0.001, betas=(0.5, 0.9), eps=1e-08)
    """

    lr: _runs.PerRun = 1e-4
    betas: tuple[float, float] = (0.0, 0.9)
    eps: float = 1e-8

    name = "adam"

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", _runs.per_run(self.lr, "lr", above=0.0))
        betas: Any = self.betas
        if isinstance(betas, (str, bytes)) or not isinstance(betas, Sequence):
            raise TypeError(f"betas: expected two numbers, got {_validate.describe(betas)}")
        if len(betas) != 2:
            raise ValueError(f"betas: expected two numbers, got {len(betas)}")
        checked = tuple(
            _validate.real(beta, f"betas[{i}]", at_least=0.0, below=1.0)
            for i, beta in enumerate(betas)
        )
        object.__setattr__(self, "betas", checked)
        _validate.real(self.eps, "eps", above=0.0)

    def start(self, flat: Tensor) -> State:
        """Return means of zero, and the powers of the decays, kept where a graph sees them."""
        return {
            "lr": _runs.spread(self.lr, "lr", flat),
            "mean": torch.zeros_like(flat),
            "square": torch.zeros_like(flat),
            "_room": torch.empty_like(flat),
            "decays": torch.tensor(self.betas, dtype=torch.float64, device=flat.device),
            "powers": torch.ones(2, dtype=torch.float64, device=flat.device),
        }

    def step(self, flat: Tensor, gradient: Tensor, state: State) -> None:
        """Move against the running mean."""
        mean, square, room = state["mean"], state["square"], state["_room"]
        if self.betas[0]:
            mean.lerp_(gradient, 1 - self.betas[0])
        else:
            mean = gradient
        square.lerp_(torch.mul(gradient, gradient, out=room), 1 - self.betas[1])
        first, second = (1 - state["powers"].mul_(state["decays"])).to(flat.dtype).unbind()
        root = torch.sqrt(square.clamp_min_(MOMENT_FLOOR), out=room)
        root.div_(second.sqrt()).add_(self.eps).mul_(first)
        _move(flat, state["lr"], mean, root)


@dataclass(frozen=True)
class SGD:
    """Plain gradient descent.

    Parameters
    ----------
    lr : float or sequence of float
        Step size, more than 0; a sequence has one for each run.

    Source
    ------
    ``torch.optim.SGD`` without momentum.

    Examples
    --------
    >>> SGD(0.1)
    SGD(lr=0.1)
    """

    lr: _runs.PerRun = 1e-2

    name = "sgd"

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", _runs.per_run(self.lr, "lr", above=0.0))

    def start(self, flat: Tensor) -> State:
        """Remember nothing but the step size."""
        return {"lr": _runs.spread(self.lr, "lr", flat)}

    def step(self, flat: Tensor, gradient: Tensor, state: State) -> None:
        """Move against the gradient."""
        _move(flat, state["lr"], gradient, None)


class Watched:
    """Another optimiser, and the cosine of each of its steps with the descent direction.

    Parameters
    ----------
    inner : RMSProp, Adam or SGD
        What moves the parameters.

    Raises
    ------
    TypeError
        If it is no optimiser.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4.2: the cosine between the Adam step and
    the gradient, which turned negative as training became unstable.

    Examples
    --------
    >>> import torch
    >>> watched = Watched(SGD(0.1))
    >>> flat, gradient = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]])
    >>> watched.step(flat, gradient, watched.start(flat))
    >>> watched.take()
    array([[1.]])
    """

    def __init__(self, inner: Optimiser) -> None:
        if isinstance(inner, type) or not all(
            callable(getattr(inner, name, None)) for name in ("start", "step")
        ):
            raise TypeError(
                f"inner: expected an optimiser such as RMSProp(), got {_validate.describe(inner)}"
            )
        self.inner = inner
        self.name = f"watched {inner!r}"
        self._cosines: list[Tensor] = []

    def start(self, flat: Tensor) -> State:
        """Return what the inner optimiser remembers."""
        return self.inner.start(flat)

    def step(self, flat: Tensor, gradient: Tensor, state: State) -> None:
        """Let the inner optimiser move, and compare where it went with −gradient."""
        before = flat.clone()
        self.inner.step(flat, gradient, state)
        self._cosines.append(torch.cosine_similarity(before - flat, gradient, dim=1, eps=1e-30))

    def take(self) -> npt.NDArray[np.float64]:
        """Return the cosines since the last call, shape (steps, runs), and forget them."""
        taken, self._cosines = self._cosines, []
        if not taken:
            return np.empty((0, 1))
        return torch.stack(taken).double().cpu().numpy()

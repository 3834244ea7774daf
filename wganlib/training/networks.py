"""Generators and critics, one or many at once, and the two directions through them.

The step of Algorithm 1 needs three things of a network: its output, the gradient of a loss
with respect to its parameters, and the gradient with respect to its input. An ``MLP`` has
them written out below, batched over runs, because for small networks the overhead of
autograd costs more than the arithmetic. Any other ``torch.nn.Module`` has them from
autograd. Both keep all parameters in one flat buffer of shape (runs, parameters), so that
an optimiser, a clip or a projection is a handful of operations and not one for each layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from wganlib import _validate
from wganlib.training import streams as _runs

DTYPES = {"float32": torch.float32, "float64": torch.float64}

#: A function of the critic's gradient at some points: its value in each run, shape (runs,),
#: and its own derivative with respect to that gradient.
GradientRule = Callable[[Tensor], tuple[Tensor, Tensor]]

# The derivatives that autograd itself uses, here in place.
_relu_backward = torch.ops.aten.threshold_backward.grad_input
_leaky_relu_backward = torch.ops.aten.leaky_relu_backward.grad_input
_tanh_backward = torch.ops.aten.tanh_backward.grad_input


@dataclass(frozen=True)
class Activation:
    """A non-linearity whose derivative, symmetric, is read off its own output ``h``.

    Or off what ``note`` keeps of its input, where the output does not tell.
    """

    value: Callable[[Tensor], Tensor]
    value_: Callable[[Tensor], Tensor]  # the same, in place
    pull_back_: Callable[[Tensor, Tensor], Tensor]  # (cotangent, h): times the derivative
    bend: Callable[[Tensor], Tensor] | None = None  # second derivative over first, unless 0
    note: Callable[[Tensor], Tensor] | None = None
    group: int = 1  # units that it takes together: hidden widths are multiples of it


LEAKY_SLOPE = 0.2


def _sort_pairs_(a: Tensor) -> Tensor:
    """Put the smaller of each two neighbours first."""
    one, two = a[..., ::2], a[..., 1::2]
    low = torch.minimum(one, two)
    two.copy_(torch.maximum(one, two))
    one.copy_(low)
    return a


def _swap_pairs_(d: Tensor, swapped: Tensor) -> Tensor:
    """Exchange neighbours where they were exchanged: a permutation that is its own inverse."""
    one, two = d[..., ::2], d[..., 1::2]
    first = torch.where(swapped, two, one)
    two.copy_(torch.where(swapped, one, two))
    one.copy_(first)
    return d


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(
        torch.relu,
        torch.relu_,
        lambda d, h: _relu_backward(d, h, 0, grad_input=d),
    ),
    "leaky_relu": Activation(
        lambda a: nn.functional.leaky_relu(a, LEAKY_SLOPE),
        lambda a: nn.functional.leaky_relu_(a, LEAKY_SLOPE),
        lambda d, h: _leaky_relu_backward(d, h, LEAKY_SLOPE, True, grad_input=d),
    ),
    "tanh": Activation(
        torch.tanh,
        torch.tanh_,
        lambda d, h: _tanh_backward(d, h, grad_input=d),
        lambda h: h * -2,
    ),
    "groupsort": Activation(
        lambda a: a.reshape(*a.shape[:-1], -1, 2).sort(stable=True, dim=-1)[0].reshape(a.shape),
        _sort_pairs_,
        _swap_pairs_,
        note=lambda a: a[..., ::2] > a[..., 1::2],
        group=2,
    ),
}


class MLP(nn.Module):
    """A fully connected network, or one for each run, in one buffer of parameters.

    Parameters
    ----------
    sizes : sequence of int
        Width of the input, of every hidden layer, and of the output.
    seed : int or sequence of int
        A whole number gives one network; a sequence gives one for each seed, and the network
        of a seed starts the same alone and among others. Weights and biases are uniform on
        ±1/√(width of the layer's input), the distribution of ``torch.nn.Linear``.
    activation : {"relu", "leaky_relu", "tanh", "groupsort"}
        After every layer but the last. The slope of the leaky one is 0.2; GroupSort sorts pairs
        of neighbouring units, and needs hidden layers of even width.
    dtype : {"float32", "float64"}
        Precision of parameters and results.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4: the MLP generator and critic; Anil, Lucas
    and Grosse (2019), section 4.1, for GroupSort, there MaxMin where groups are pairs.

    Examples
    --------
    >>> critic = MLP([2, 64, 64, 1], seed=[0, 1, 2])
    >>> critic.runs, critic.flat.shape
    (3, torch.Size([3, 4417]))
    >>> import torch
    >>> critic(torch.zeros(5, 2)).shape
    torch.Size([3, 5, 1])
    >>> MLP([2, 64, 64, 1], seed=0)(torch.zeros(5, 2)).shape
    torch.Size([5, 1])
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        seed: int | Sequence[int],
        activation: str = "relu",
        dtype: str = "float32",
    ) -> None:
        super().__init__()
        if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Sequence):
            raise TypeError(
                f"sizes: expected the widths of the layers, got {_validate.describe(sizes)}"
            )
        if len(sizes) < 2:
            raise ValueError(f"sizes: expected an input and an output width, got {list(sizes)}")
        self.sizes = tuple(
            _validate.integer(size, f"sizes[{i}]", at_least=1) for i, size in enumerate(sizes)
        )
        self.activation = _validate.one_of(activation, "activation", ACTIVATIONS)
        group = ACTIVATIONS[self.activation].group
        for i, width in enumerate(self.sizes[1:-1], 1):
            if width % group:
                raise ValueError(
                    f"sizes[{i}]: expected a multiple of {group}, as {self.activation} sorts, "
                    f"got {width}"
                )
        dtype = _validate.one_of(dtype, "dtype", DTYPES)
        self.seeds = _runs.seeds(seed)
        self.single = not isinstance(seed, (Sequence, np.ndarray))
        start = np.stack([self._initial(one) for one in self.seeds])
        self.flat = nn.Parameter(torch.tensor(start, dtype=DTYPES[dtype]))

    @property
    def runs(self) -> int:
        """How many networks of this shape live in the buffer."""
        return len(self.seeds)

    @property
    def made(self) -> dict[str, Any]:
        """What it is made from, as JSON keeps it."""
        return {
            "sizes": list(self.sizes),
            "seed": self.seeds[0] if self.single else list(self.seeds),
            "activation": self.activation,
            "dtype": str(self.flat.dtype).removeprefix("torch."),
        }

    def _initial(self, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        draw = _runs.stream(seed, _runs.INITIAL, *self.sizes)
        layers = zip(self.sizes, self.sizes[1:], strict=False)
        return np.concatenate([draw.uniform(-1, 1, (a + 1) * b) / np.sqrt(a) for a, b in layers])

    def layers(self, flat: Tensor | None = None) -> list[tuple[Tensor, Tensor]]:
        """Return weight (runs, in, out) and bias (runs, 1, out) of each layer, as views."""
        flat = self.flat if flat is None else flat
        views, start = [], 0
        for a, b in zip(self.sizes, self.sizes[1:], strict=False):
            middle, end = start + a * b, start + (a + 1) * b
            weight = flat[:, start:middle].view(-1, a, b)
            views.append((weight, flat[:, middle:end].view(-1, 1, b)))
            start = end
        return views

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs at points (n, in), the same for all runs, or (runs, n, in)."""
        if x.shape[-1] != self.sizes[0] or x.ndim not in (2, 3):
            raise ValueError(
                f"x: expected points of shape (n, {self.sizes[0]}) or "
                f"({self.runs}, n, {self.sizes[0]}), got shape {tuple(x.shape)}"
            )
        squeeze = self.single and x.ndim == 2
        h = x.expand(self.runs, *x.shape[-2:])
        layers = self.layers()
        for i, (weight, bias) in enumerate(layers):
            h = torch.baddbmm(bias, h, weight)
            if i < len(layers) - 1:
                h = ACTIVATIONS[self.activation].value(h)
        return h[0] if squeeze else h


class Passes(Protocol):
    """What the training step needs of a network, whatever it is made of.

    Points have shape (runs, n, ...), and gradients are sums over points: a mean over the
    batch is in the cotangent. Runs never mix.
    """

    flat: Tensor  # parameters, (runs, p)
    gradient: Tensor  # of the loss with respect to them, (runs, p)

    def output(self, x: Tensor, *, parts: int = 1) -> Tensor:
        """Return the outputs, keeping nothing."""

    def forward(self, x: Tensor, *, parts: int = 1, inputs: bool = False) -> Tensor:
        """Return the outputs, keeping what ``backward`` or ``pull_back`` needs.

        ``parts`` says how many batches x is made of, for networks that mix the points of a
        batch; ``inputs`` that ``pull_back`` will be asked for.
        """

    def backward(self, cotangent: Tensor) -> None:
        """Set ``gradient`` to the cotangent pulled back to the parameters."""

    def pull_back(self, cotangent: Tensor) -> Tensor:
        """Return the cotangent pulled back to the input, leaving ``gradient`` alone."""

    def penalise_gradient(self, x: Tensor, rule: GradientRule) -> Tensor:
        """Add that of a rule about the slope at x to what ``backward`` left; return its value."""

    def buffers(self) -> dict[str, Tensor]:
        """Return what a pass changes besides, by name."""

    def matrices(self) -> list[Tensor]:
        """Return the layers' weights as matrices (runs, a, b) that share memory with flat."""


class _Room:
    """Memory for n points on their way through an MLP, and what last went in.

    ``h[l]`` enters layer l. Its last coordinate is 1, so that a layer's bias is the last row
    of its matrix, and ``a[l]`` is the rest of it. ``read[l]`` is what the derivative of the
    activation before layer l is read off.
    """

    def __init__(self, like: Tensor, sizes: Sequence[int], n: int) -> None:
        runs = len(like)
        lead = (runs, n) if runs > 1 else (n,)
        self.h = [like.new_ones(*lead, size + 1) for size in sizes[:-1]]
        self.turned = [h.mT for h in self.h]
        self.a = [h[..., :-1] for h in self.h]
        self.read = list(self.a)
        self.out = like.new_empty(*lead, sizes[-1])
        self.ones = torch.ones_like(self.out)
        self.down = [like.new_empty(*lead, size) for size in sizes[:-1]]
        self.up: list[Tensor] = []  # for a second derivative, if one is asked for
        # What comes from outside and goes there has an axis for runs, even for one.
        self.entry = self.h[0].view(runs, n, -1)[..., :-1]
        self.exit = self.out.view(runs, n, -1)
        self.pulled = self.down[0].view(runs, n, -1)


class WrittenOut:
    """Forward and backward through an MLP, written out, batched over runs.

    Layer l computes a = h W and hands on φ(a). A single run goes without the axis for runs,
    as plain matrix products are quicker than batched ones. A pass overwrites what the last
    one of the same size has left: asking the system for memory anew costs more than filling it.
    """

    def __init__(self, network: MLP) -> None:
        self.flat = network.flat.detach()
        self.gradient = torch.zeros_like(self.flat)
        self.runs, self.sizes = network.runs, network.sizes
        self.weights = [weight for weight, _ in network.layers(self.flat)]
        self.layers = self._layers(self.flat)
        self.straight = [w[..., :-1, :] for w in self.layers]  # without the bias
        self.turned = [w.mT for w in self.straight]
        # Matrix products are quick where a result lies in one piece, as a layer of one run
        # in the flat buffer does, and one of many runs does not.
        self.gradients = self._layers(self.gradient)
        if self.runs > 1:
            self.gradients = [torch.zeros_like(w).contiguous() for w in self.gradients]
        self.parts = [g.view(self.runs, -1) for g in self.gradients]
        self.straight_gradients = [g[..., :-1, :] for g in self.gradients]
        self.multiply = torch.mm if self.runs == 1 else torch.bmm
        self.add_product = Tensor.addmm_ if self.runs == 1 else Tensor.baddbmm_
        self.top = len(self.layers) - 1
        self.activation = ACTIVATIONS[network.activation]
        self.rooms: dict[int, _Room] = {}

    def _layers(self, flat: Tensor) -> list[Tensor]:
        """Return each layer's weight, and its bias as the last row, as a view."""
        shapes = [(a + 1, b) for a, b in pairwise(self.sizes)]
        lead = (self.runs,) if self.runs > 1 else ()
        parts = torch.split(flat, [a * b for a, b in shapes], 1)
        return [part.view(*lead, *shape) for part, shape in zip(parts, shapes, strict=True)]

    def buffers(self) -> dict[str, Tensor]:
        """Return nothing."""
        return {}

    def matrices(self) -> list[Tensor]:
        """Return the weights of the layers."""
        return self.weights

    def output(self, x: Tensor, *, parts: int = 1) -> Tensor:
        """Return the outputs; what ``forward`` kept is lost."""
        return self.forward(x)

    def forward(self, x: Tensor, *, parts: int = 1, inputs: bool = False) -> Tensor:
        """Go up through the layers, keeping the input of each."""
        n = x.shape[1]
        if n not in self.rooms:
            self.rooms[n] = _Room(self.flat, self.sizes, n)
        self.room = room = self.rooms[n]
        room.entry.copy_(x)
        for layer in range(self.top):
            a = self.multiply(room.h[layer], self.layers[layer], out=room.a[layer + 1])
            if self.activation.note is not None:
                room.read[layer + 1] = self.activation.note(a)
            self.activation.value_(a)
        self.multiply(room.h[self.top], self.layers[self.top], out=room.out)
        return room.exit

    def _down(self, layer: int, cotangent: Tensor) -> Tensor:
        """Pull a cotangent of a layer's a back to the a of the layer below."""
        room = self.room
        pulled = self.multiply(cotangent, self.turned[layer], out=room.down[layer])
        return self.activation.pull_back_(pulled, room.read[layer]) if layer else pulled

    def _collect(self) -> None:
        """Bring the gradients of the layers into the flat buffer, unless they lie there."""
        if self.runs > 1:
            torch.cat(self.parts, 1, out=self.gradient)

    def backward(self, cotangent: Tensor) -> None:
        """Go down through the layers, leaving the gradient of each."""
        cotangent = cotangent.reshape(self.room.out.shape)
        for layer in range(self.top, -1, -1):
            self.multiply(self.room.turned[layer], cotangent, out=self.gradients[layer])
            if layer:
                cotangent = self._down(layer, cotangent)
        self._collect()

    def pull_back(self, cotangent: Tensor) -> Tensor:
        """Go down through the layers to the input."""
        cotangent = cotangent.reshape(self.room.out.shape)
        for layer in range(self.top, -1, -1):
            cotangent = self._down(layer, cotangent)
        return self.room.pulled

    def penalise_gradient(self, x: Tensor, rule: GradientRule) -> Tensor:
        """Differentiate twice: down to the slope at x, up again with the rule's derivative."""
        self.forward(x)
        room = self.room
        slopes = [room.ones]  # derivative of the output in each layer's a, from the top
        for layer in range(self.top, 0, -1):
            slopes.append(self._down(layer, slopes[-1]))
        slope = self._down(0, slopes[-1])
        slopes.reverse()
        value, u = rule(room.pulled)
        u = u.view(slope.shape)
        room.up = room.up or [torch.empty_like(d) for d in room.down]
        bends: list[Tensor] = []
        for layer in range(self.top + 1):
            self.add_product(self.straight_gradients[layer], u.mT, slopes[layer])
            if layer < self.top:
                h = room.read[layer + 1]
                u = self.multiply(u, self.straight[layer], out=room.up[layer + 1])
                if self.activation.bend is not None:
                    bends.append(u * self.activation.bend(h) * slopes[layer])
                u = self.activation.pull_back_(u, h)
        if bends:
            self._add_bends(bends)
        self._collect()
        return value

    def _add_bends(self, bends: list[Tensor]) -> None:
        """Add what the curvature of φ contributes: an ordinary backward from every layer."""
        cotangent = bends[-1]
        for layer in range(len(bends) - 1, -1, -1):
            self.add_product(self.gradients[layer], self.room.turned[layer], cotangent)
            if layer:
                cotangent = self._down(layer, cotangent) + bends[layer - 1]


class Traced:
    """The same passes through any module, by autograd: one run.

    The module's parameters become views of the flat buffer and stay its own.
    """

    def __init__(self, module: nn.Module, *, bf16: bool = False) -> None:
        self.module = module
        self.bf16 = bf16
        self.mixes_batch = any(isinstance(m, _BatchNorm) for m in module.modules())
        parameters = [p for p in module.parameters() if p.requires_grad]
        self.flat = torch.cat([p.detach().reshape(-1) for p in parameters])[None]
        self.gradient = torch.zeros_like(self.flat)
        start = 0
        for p in parameters:
            end = start + p.numel()
            p.data = self.flat[0, start:end].view_as(p)
            p.grad = self.gradient[0, start:end].view_as(p)
            start = end
        self.parameters = parameters

    def buffers(self) -> dict[str, Tensor]:
        """Return the module's buffers, such as running means."""
        return dict(self.module.named_buffers())

    def matrices(self) -> list[Tensor]:
        """Return the weights of two or more axes, flattened to (1, first axis, the rest).

        The one buffer of an MLP inside of the module is no matrix: its layers are.
        """
        inside = {id(m.flat): m for m in self.module.modules() if isinstance(m, MLP)}
        found: list[Tensor] = []
        for p in self.parameters:
            if id(p) in inside:
                found += [weight.detach() for weight, _ in inside[id(p)].layers()]
            elif p.ndim > 1:
                found.append(p.detach().flatten(1)[None])
        return found

    def _apply(self, x: Tensor, parts: int) -> Tensor:
        """Call the module, once for each batch where it mixes the points of a batch."""
        batches = x.chunk(parts) if self.mixes_batch else (x,)
        if self.bf16:
            with torch.autocast(x.device.type, torch.bfloat16):
                return torch.cat([self.module(batch) for batch in batches]).to(x.dtype)
        outs = [self.module(batch) for batch in batches]
        return outs[0] if len(outs) == 1 else torch.cat(outs)

    def output(self, x: Tensor, *, parts: int = 1) -> Tensor:
        """Return the outputs, without a graph."""
        return self._apply(x[0], parts)[None]

    def forward(self, x: Tensor, *, parts: int = 1, inputs: bool = False) -> Tensor:
        """Return the outputs, keeping the graph to them."""
        self.x = x[0].detach().requires_grad_(inputs)
        with torch.enable_grad():
            self.out = self._apply(self.x, parts)
        return self.out.detach()[None]

    def backward(self, cotangent: Tensor) -> None:
        """Let autograd add the gradients into the buffer, emptied first."""
        self.gradient.zero_()
        torch.autograd.backward(self.out, cotangent[0])

    def pull_back(self, cotangent: Tensor) -> Tensor:
        """Let autograd return the gradient of the input, and of nothing else."""
        return torch.autograd.grad(self.out, self.x, cotangent[0])[0][None]

    def penalise_gradient(self, x: Tensor, rule: GradientRule) -> Tensor:
        """Differentiate the slope at x in the direction that the rule gives."""
        self.forward(x, inputs=True)
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(
                self.out, self.x, torch.ones_like(self.out), create_graph=True
            )
            value, direction = rule(slope.detach()[None])
            torch.autograd.backward(slope, direction[0], inputs=self.parameters)
        return value


def passes(network: nn.Module, *, bf16: bool = False) -> Passes:
    """Return the passes of a network: written out for an MLP, by autograd for others."""
    return WrittenOut(network) if isinstance(network, MLP) else Traced(network, bf16=bf16)

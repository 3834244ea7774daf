"""What a step of Algorithm 1 cannot do without: its matrix products, its kernels, its calls.

``benchmarks.training`` sets the library's step beside these. Products and kernels bound from below
what separate kernels take for its arithmetic; the same step on two units and one point has as many
calls and next to no numbers, and says what calling costs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import nn

from tests import naive_wgan
from wganlib.training.lipschitz import WeightClipping
from wganlib.training.networks import MLP, passes
from wganlib.training.optimisers import RMSProp

N_CRITIC, LR, C = 5, 5e-5, 0.01


def pair(width: int, depth: int, runs: int, dtype: str = "float32") -> tuple[MLP, MLP]:
    """Return generator and critic of the 2-D problems."""
    hidden, seeds = [width] * depth, list(range(runs))
    generator = MLP([2, *hidden, 2], seed=seeds, dtype=dtype)
    return generator, MLP([2, *hidden, 1], seed=seeds, dtype=dtype)


def modules(width: int, depth: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Return the same as ``torch.nn.Sequential``."""
    generator, critic = pair(width, depth, 1)
    return naive_wgan.sequential(generator), naive_wgan.sequential(critic)


def shapes(width: int, depth: int, batch: int, penalty: bool) -> list[tuple[int, int, int]]:
    """Return the matrix products (rows, inner, columns) that one iteration cannot do without."""
    sizes = [2, *[width] * depth]
    found: list[tuple[int, int, int]] = []
    for rows, out, times, back, down in (
        (2 * batch, 1, N_CRITIC, 1, 0),  # critic's steps
        (N_CRITIC * batch, 2, 1, 0, 0),  # their fakes
        (batch, 2, 1, 1, 0),  # generator's step
        (batch, 1, 1, 0, 1),  # through the critic
    ):
        layers = list(itertools.pairwise([*sizes, out]))
        for i, (a, b) in enumerate(layers):
            once = [(rows, a, b)]
            once += [(a, rows, b)] * back
            once += [(rows, b, a)] * (down or (back and i > 0))
            found += once * times
    if penalty:  # up to the scores, down to the slopes, and up again with what the rule says
        layers = list(itertools.pairwise([*sizes, 1]))
        for i, (a, b) in enumerate(layers):
            once = [(batch, a, b), (batch, b, a), (a, batch, b)]
            found += (once + [(batch, a, b)] * (i + 1 < len(layers))) * N_CRITIC
    return found


def products(
    width: int, depth: int, batch: int, runs: int, *, penalty: bool = False
) -> Callable[[], None]:
    """Return the matrix products of one iteration and nothing else, called as the library does."""
    lead = (runs,) if runs > 1 else ()
    multiply = torch.bmm if runs > 1 else torch.mm
    made = [
        (torch.randn(*lead, n, k), torch.randn(*lead, k, m), torch.empty(*lead, n, m))
        for n, k, m in shapes(width, depth, batch, penalty)
    ]

    def iteration() -> None:
        for x, y, out in made:
            multiply(x, y, out=out)

    return iteration


def passes_over_numbers(
    width: int, depth: int, batch: int, runs: int, *, penalty: bool = False
) -> Callable[[], None]:
    """Return what a step does besides its products, each kernel once, in place.

    Activations and their derivatives, six passes of RMSProp, and clipping over the flat buffers or
    what a penalty asks of activations: the arithmetic that equality to the naive loop fixes,
    without any bookkeeping. So products and these together bound from below what a step of
    separate kernels takes.
    """
    lead = (runs,) if runs > 1 else ()
    rows = [2 * batch] * N_CRITIC + [batch] * 2  # forward and back, with what is kept
    rows += [batch] * (N_CRITIC * penalty)  # to the slopes, and back
    hidden = [torch.randn(*lead, n, width) for n in rows for _ in range(depth)]
    only_up = [torch.randn(*lead, N_CRITIC * batch, width) for _ in range(depth)]  # the fakes
    only_down = [h for h in hidden[-N_CRITIC * depth :] if penalty]  # a penalty's second way up
    back = torch.ops.aten.threshold_backward.grad_input
    move = flat_passes(width, depth, runs, clipped=not penalty)

    def iteration() -> None:
        for h in (*hidden, *only_up):
            torch.relu_(h)
        for h in (*hidden, *only_down):
            back(h, h, 0, grad_input=h)
        move()

    return iteration


def flat_passes(width: int, depth: int, runs: int, *, clipped: bool) -> Callable[[], None]:
    """Return the passes over the flat buffers of parameters in one iteration: RMSProp, the box."""
    optimiser, networks = RMSProp(LR), pair(width, depth, runs)
    moved = []
    for network, times in zip(networks, (1, N_CRITIC), strict=True):
        flat = torch.randn_like(network.flat.detach())
        moved += [(flat, torch.randn_like(flat), optimiser.start(flat))] * times
    bound = WeightClipping(C).start(passes(networks[1]))["c"] if clipped else None

    def iteration() -> None:
        for place, (flat, gradient, state) in enumerate(moved):
            optimiser.step(flat, gradient, state)
            if place and bound is not None:
                flat.clamp_(-bound, bound)

    return iteration


def autograd_alone(width: int, depth: int, batch: int) -> Callable[[], None]:
    """Return PyTorch's own passes through two modules, products included, and the optimiser.

    Nothing is drawn, recorded or computed of a loss: whoever takes a module as it is and asks
    autograd for its gradients pays at least this.
    """
    generator, critic = modules(width, depth)
    both, fakes = torch.randn(2 * batch, 2), torch.randn(N_CRITIC * batch, 2)
    z, ones = torch.randn(batch, 2), torch.ones(batch, 1)
    down = torch.cat([ones, ones])
    optimise = flat_passes(width, depth, 1, clipped=True)
    parameters = list(generator.parameters())

    def iteration() -> None:
        with torch.no_grad():
            generator(fakes)
        with torch.enable_grad():
            for _ in range(N_CRITIC):
                torch.autograd.backward(critic(both), down)
            torch.autograd.grad(critic(generator(z)), parameters, ones)
        optimise()

    return iteration

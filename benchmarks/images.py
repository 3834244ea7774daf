"""How fast a DCGAN trains, beside the loop of the paper's public code.

Run ``python -m benchmarks.images``; ``--quick`` compares at the book's 32×32 in grey only, ``--json
PATH`` keeps the numbers. All sides have the same networks from the same seed, batch 64, n_critic 5,
RMSProp and clipping, and draw their batches from memory. Before anything is timed, a generator
step of the library is compared with one of the authors' loop, in float64. A row counts generator
steps, each with its five critic steps. Times are CPU seconds, except on a GPU.

*Bare convolutions* is the bound: the convolutions that such a step cannot do without, forwards and
backwards, and nothing else. No batch is drawn, normalised or activated, and nothing is updated.

On a GPU further candidates appear: bf16, and the captured graph, which the library takes there by
itself. Their code was written where there was no GPU: those rows have not been run yet.
"""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.harness import Candidate, Comparison, compare, main
from wganlib.images.networks import DCGANCritic, DCGANGenerator
from wganlib.images.sets import ImageSet
from wganlib.training.lipschitz import WeightClipping
from wganlib.training.networks import passes
from wganlib.training.objectives import WGAN
from wganlib.training.optimisers import RMSProp
from wganlib.training.records import CHUNK
from wganlib.training.step import Step
from wganlib.training.trainer import Trainer

N_CRITIC, LR, C, BATCH = 5, 5e-5, 0.01, 64

Networks = tuple[nn.Module, nn.Module]


@dataclass(frozen=True)
class Size:
    """Images and networks of one comparison."""

    side: int
    channels: int
    filters: int
    noise: int

    def networks(self, **more: Any) -> Networks:
        """Return generator and critic, of the same first weights every time."""
        common = {
            "size": self.side, "channels": self.channels, "filters": self.filters, "seed": 0
        } | more  # fmt: skip
        return DCGANGenerator(noise=self.noise, **common), DCGANCritic(**common)

    def images(self, n: int = 8 * BATCH) -> ImageSet:
        """Return noise as images: what they show costs no time."""
        shades = np.random.default_rng(1).integers(0, 256, (n, self.channels, self.side, self.side))
        return ImageSet(shades.astype(np.uint8), name="noise")


#: The book's MNIST, the same side with the paper's filters, and the paper's size.
BOOK, WIDE, PAPER = Size(32, 1, 16, 64), Size(32, 3, 64, 100), Size(64, 3, 64, 100)


def authors(pair: Networks, real: Callable[[], Tensor], z: Callable[[], Tensor]) -> Candidate:
    """Return one iteration of the paper's public code, in today's torch.

    Its order: clip, a backward call each for real and generated images with a gradient of +1
    and −1, step. The generator's graph is built in the critic's phase too, as there, where
    ``detach`` was called and its result dropped; the gradients that this leaves in the
    generator are emptied before its turn. The schedule of 100 critic steps is left out.
    """
    generator, critic = pair
    critic_optimiser = torch.optim.RMSprop(critic.parameters(), lr=LR)
    generator_optimiser = torch.optim.RMSprop(generator.parameters(), lr=LR)
    first = next(critic.parameters())
    one = torch.ones((), device=first.device, dtype=first.dtype)

    def score(x: Tensor) -> Tensor:
        mean: Tensor = critic(x).mean(0).view(())
        return mean

    def iteration() -> None:
        for parameter in critic.parameters():
            parameter.requires_grad = True
        for _ in range(N_CRITIC):
            for parameter in critic.parameters():
                parameter.data.clamp_(-C, C)
            critic.zero_grad()
            real_error = score(real())
            real_error.backward(one)
            fake_error = score(generator(z()))
            fake_error.backward(-one)
            _ = real_error - fake_error
            critic_optimiser.step()
        for parameter in critic.parameters():
            parameter.requires_grad = False
        generator.zero_grad()
        error = score(generator(z()))
        error.backward(one)
        generator_optimiser.step()
        if first.device.type == "cuda":
            torch.cuda.synchronize()

    return iteration


def drawn(
    size: Size, data: ImageSet, device: torch.device
) -> tuple[Callable[[], Tensor], Callable[[], Tensor]]:
    """Return what draws a batch of images and one of noise, as the authors' loop does."""
    batches = itertools.cycle(torch.from_numpy(data.images).split(BATCH))
    noise = torch.empty(BATCH, size.noise, device=device)
    return lambda: next(batches).to(device), lambda: noise.normal_(0, 1)


def tutorial(pair: Networks, real: Callable[[], Tensor], z: Callable[[], Tensor]) -> Candidate:
    """Return the same with the generated images detached: the least that one would change."""
    generator, critic = pair
    critic_optimiser = torch.optim.RMSprop(critic.parameters(), lr=LR)
    generator_optimiser = torch.optim.RMSprop(generator.parameters(), lr=LR)
    device = next(critic.parameters()).device

    def iteration() -> None:
        for _ in range(N_CRITIC):
            with torch.no_grad():
                fake = generator(z())
            critic_optimiser.zero_grad()
            (critic(fake).mean() - critic(real()).mean()).backward()
            critic_optimiser.step()
            for parameter in critic.parameters():
                parameter.data.clamp_(-C, C)
        generator_optimiser.zero_grad()
        (-critic(generator(z())).mean()).backward()
        generator_optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return iteration


def bare(size: Size, *, last: bool) -> Candidate:
    """Return the convolutions of one iteration: what no loop over these networks can do without.

    The generator's images for all critic steps and for its own; for each critic step scores of
    real and generated images and their gradient in the weights; scores of the last images, and
    their gradient back through the critic in the generator's weights.
    """
    stacks = []
    for network in size.networks():
        kept = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
        stack = nn.Sequential(*kept)
        stacks.append(stack.to(memory_format=torch.channels_last) if last else stack)
    generator, critic = stacks
    form = torch.channels_last if last else torch.contiguous_format
    z = torch.randn(BATCH, size.noise, 1, 1)
    many = torch.randn(N_CRITIC * BATCH, size.noise, 1, 1)
    both = torch.randn(2 * BATCH, size.channels, size.side, size.side).to(memory_format=form)

    def iteration() -> None:
        with torch.no_grad():
            generator(many)
        critic.requires_grad_(True)
        for _ in range(N_CRITIC):
            torch.autograd.grad(critic(both).sum(), list(critic.parameters()))
        critic.requires_grad_(False)
        score = critic(generator(z).to(memory_format=form)).sum()
        torch.autograd.grad(score, list(generator.parameters()))

    return iteration


def library(size: Size, device: str, precision: str = "float32", **more: Any) -> Candidate:
    """Return one iteration of ``wganlib.train``: draws, step, records and the look at them."""
    optimiser = RMSProp(LR)
    training = Trainer(
        *size.networks(**more),
        size.images(),
        seed=0,
        objective=WGAN(),
        lipschitz=WeightClipping(C),
        optimiser=optimiser,
        generator_optimiser=optimiser,
        batch=BATCH,
        n_critic=N_CRITIC,
        device=device,
        precision=precision,
    )

    def iteration() -> None:
        with torch.no_grad():
            training.iterate()
            if len(training.records.pending) >= CHUNK:
                training.look()
        if training.device.type == "cuda":
            torch.cuda.synchronize()

    return iteration


def check_equal(size: Size, device: str, **more: Any) -> float:
    """Return how far a generator step of the library ends from one of the authors' loop.

    In float64: RMSProp's first step is ±10 times the rate whatever the gradient's size, so that
    in single precision rounding alone would move a weight whose gradient is nearly 0. The authors'
    critic is low where images are real, so theirs starts with the opposite last layer.
    """
    mine = [network.to(device) for network in size.networks(dtype="float64", **more)]
    theirs = copy.deepcopy(mine)
    *_, last = theirs[1].parameters()
    last.data.neg_()
    source = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=source, dtype=torch.float64).to(device)

    real = draw(N_CRITIC, BATCH, size.channels, size.side, size.side)
    z = draw(N_CRITIC + 1, BATCH, size.noise)
    step = Step(
        passes(mine[0]), passes(mine[1]), WGAN(), WeightClipping(C), RMSProp(LR), RMSProp(LR),
        clip_first=True,
    )  # fmt: skip
    with torch.no_grad():
        step(real[None], z[None, :-1], None, z[None, -1])
    batches, noise = iter(real), iter(z)
    authors((theirs[0], theirs[1]), lambda: next(batches), lambda: next(noise))()
    last.data.neg_()
    worst = max(
        float((a - b).detach().abs().max())
        for one, other in zip(mine, theirs, strict=True)
        for a, b in zip(one.parameters(), other.parameters(), strict=True)
    )
    if not worst <= 1e-5:
        raise AssertionError(f"the library's step ends {worst:.1e} from that of the authors' loop")
    return worst


def side_by_side(size: Size, rounds: int) -> Comparison:
    """Compare at one size, on the GPU if there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def loop(made: Callable[..., Candidate]) -> Candidate:
        generator, critic = size.networks()
        return made((generator.to(device), critic.to(device)), *drawn(size, size.images(), device))

    candidates: dict[str, Candidate] = {
        "authors' loop": loop(authors),
        "tutorial loop": loop(tutorial),
        "wganlib": library(size, device.type),
        "wganlib, channels last": library(size, device.type, channels_last=True),
    }
    if device.type == "cuda":  # not run yet: written where there was no GPU
        torch.backends.cudnn.benchmark = True
        candidates["wganlib, tf32"] = library(size, "cuda", "tf32")
        candidates["wganlib, bf16, channels last"] = library(
            size, "cuda", "bf16", channels_last=True
        )
    else:
        candidates["bare convolutions"] = bare(size, last=False)
        candidates["bare convolutions, channels last"] = bare(size, last=True)
    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    result = compare(
        f"DCGAN {size.side}×{size.side}×{size.channels}, {size.filters} filters, batch {BATCH}, "
        f"n_critic {N_CRITIC}",
        candidates,
        "authors' loop",
        rounds=rounds,
        peers=["authors' loop"],
        targets={"wganlib": 1.3},
        notes={
            "device": name,
            "distance after a step": check_equal(size, device.type),
            "the same, channels last": check_equal(size, device.type, channels_last=True),
        },
        clock=time.perf_counter if device.type == "cuda" else time.process_time,
    )
    for label, seconds in result.seconds.items():
        result.notes[f"{label}: generator steps per second"] = 1 / seconds
    return result


def run(quick: bool) -> list[Comparison]:
    """Compare at the book's 32×32 in grey, and then with the paper's filters and size."""
    torch.set_num_threads(1)
    results = [side_by_side(BOOK, 5 if quick else 9)]
    return results if quick else [*results, side_by_side(WIDE, 5), side_by_side(PAPER, 3)]


if __name__ == "__main__":
    main(__doc__ or "", run, ("torch", "numpy"))

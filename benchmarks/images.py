"""How fast a DCGAN trains, beside the loop of the paper's public code.

Run ``python -m benchmarks.images``; ``--quick`` compares at 32×32 only, ``--json PATH`` keeps
the numbers. Both sides have the same networks from the same seed, batch 64, n_critic 5, RMSProp
and clipping; both draw their batches from memory. Before anything is timed, a few steps of the
library are compared with plain autograd in float64. A row counts generator steps, each with
its five critic steps.

On a GPU further candidates appear: bf16, channels last, and the captured graph, which the
library takes there by itself. Their code was written where there was no GPU: those rows have
not been run yet.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.harness import Candidate, Comparison, compare, main
from wganlib.datasets import ImageSet
from wganlib.image_networks import DCGANCritic, DCGANGenerator
from wganlib.lipschitz import WeightClipping
from wganlib.objectives import WGAN
from wganlib.optimisers import RMSProp
from wganlib.training import CHUNK, _Training

N_CRITIC, LR, C, BATCH, NOISE = 5, 5e-5, 0.01, 64, 100

Networks = tuple[nn.Module, nn.Module]


def networks(size: int, *, seed: int = 0, **more: Any) -> Networks:
    """Return generator and critic for colour images."""
    return DCGANGenerator(size=size, seed=seed, **more), DCGANCritic(size=size, seed=seed, **more)


def images(size: int, n: int = 8 * BATCH) -> ImageSet:
    """Return noise as images: what they show costs no time."""
    shades = np.random.default_rng(1).integers(0, 256, (n, 3, size, size))
    return ImageSet(shades.astype(np.uint8), name="noise")


def authors(pair: Networks, data: ImageSet, device: torch.device) -> Callable[[], None]:
    """Return one iteration of the paper's public code, in today's torch.

    Its order: clip, a backward call each for real and generated images with a gradient of +1
    and −1, step. The generator's graph is built in the critic's phase too, as there, where
    ``detach`` was called and its result dropped; the gradients that this leaves in the
    generator are emptied before its turn. The schedule of 100 critic steps is left out.
    """
    generator, critic = (network.to(device) for network in pair)
    critic_optimiser = torch.optim.RMSprop(critic.parameters(), lr=LR)
    generator_optimiser = torch.optim.RMSprop(generator.parameters(), lr=LR)
    one = torch.tensor(1.0, device=device)
    batches = itertools.cycle(torch.from_numpy(data.images).split(BATCH))
    noise = torch.empty(BATCH, NOISE, device=device)

    def score(x: Tensor) -> Tensor:
        mean: Tensor = critic(x).mean(0).view(())
        return mean

    def iteration() -> None:
        for parameter in critic.parameters():
            parameter.requires_grad = True
        for _ in range(N_CRITIC):
            for parameter in critic.parameters():
                parameter.data.clamp_(-C, C)
            real = next(batches).to(device)
            critic.zero_grad()
            real_error = score(real)
            real_error.backward(one)
            fake_error = score(generator(noise.normal_(0, 1)))
            fake_error.backward(-one)
            _ = real_error - fake_error
            critic_optimiser.step()
        for parameter in critic.parameters():
            parameter.requires_grad = False
        generator.zero_grad()
        error = score(generator(noise.normal_(0, 1)))
        error.backward(one)
        generator_optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return iteration


def tutorial(pair: Networks, data: ImageSet, device: torch.device) -> Callable[[], None]:
    """Return the same with the generated images detached: the least that one would change."""
    generator, critic = (network.to(device) for network in pair)
    critic_optimiser = torch.optim.RMSprop(critic.parameters(), lr=LR)
    generator_optimiser = torch.optim.RMSprop(generator.parameters(), lr=LR)
    batches = itertools.cycle(torch.from_numpy(data.images).split(BATCH))

    def iteration() -> None:
        for _ in range(N_CRITIC):
            real = next(batches).to(device)
            with torch.no_grad():
                fake = generator(torch.randn(BATCH, NOISE, device=device))
            critic_optimiser.zero_grad()
            (critic(fake).mean() - critic(real).mean()).backward()
            critic_optimiser.step()
            for parameter in critic.parameters():
                parameter.data.clamp_(-C, C)
        generator_optimiser.zero_grad()
        (-critic(generator(torch.randn(BATCH, NOISE, device=device))).mean()).backward()
        generator_optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return iteration


def library(pair: Networks, data: ImageSet, device: str, precision: str) -> Callable[[], None]:
    """Return one iteration of ``wganlib.train``: draws, step, records and the look at them."""
    optimiser = RMSProp(LR)
    training = _Training(
        *pair,
        data,
        seed=0,
        objective=WGAN(),
        lipschitz=WeightClipping(C),
        optimiser=optimiser,
        generator_optimiser=optimiser,
        batch=BATCH,
        n_critic=N_CRITIC,
        schedule="paper",
        noise="gaussian",
        noise_shape=None,
        evaluate_every=0,
        evaluation_points=2,
        on_failure="raise",
        device=device,
        precision=precision,
    )

    def iteration() -> None:
        with torch.no_grad():
            training.iterate()
            if len(training.pending) >= CHUNK:
                training.look()
        if training.device.type == "cuda":
            torch.cuda.synchronize()

    return iteration


def check_equal(device: str) -> float:
    """Return how far four steps of the library are from plain autograd, in float64."""
    from wganlib.training import Step, passes

    small = {"filters": 4, "dtype": "float64"}
    mine = [network.to(device) for network in networks(16, **small)]
    plain = copy.deepcopy(mine)
    optimisers = [torch.optim.RMSprop(network.parameters(), lr=1e-3) for network in plain]
    sides = [passes(network) for network in mine]
    step = Step(*sides, WGAN(), WeightClipping(C), RMSProp(1e-3), RMSProp(1e-3))
    source = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=source, dtype=torch.float64).to(device)

    generator, critic = plain
    for _ in range(4):
        real, z, last = draw(2, 8, 3, 16, 16), draw(2, 8, NOISE), draw(8, NOISE)
        with torch.no_grad():
            step(real[None], z[None], None, last[None])
            fakes = [generator(one) for one in z]
        for t in range(2):
            optimisers[1].zero_grad()
            (critic(fakes[t]).mean() - critic(real[t]).mean()).backward()
            optimisers[1].step()
            for parameter in critic.parameters():
                parameter.data.clamp_(-C, C)
        optimisers[0].zero_grad()
        (-critic(generator(last)).mean()).backward()
        optimisers[0].step()
    worst = max(
        float((a - b).detach().abs().max())
        for one, other in zip(mine, plain, strict=True)
        for a, b in zip(one.parameters(), other.parameters(), strict=True)
    )
    if worst > 1e-9:
        raise AssertionError(f"the library's step is {worst:.1e} from plain autograd")
    return worst


def side_by_side(size: int, rounds: int) -> Comparison:
    """Compare at one size of image, on the GPU if there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    data = images(size)
    candidates: dict[str, Candidate] = {
        "authors' loop": authors(networks(size), data, device),
        "tutorial loop": tutorial(networks(size), data, device),
        "wganlib": library(networks(size), data, device.type, "float32"),
    }
    if device.type == "cuda":  # not run yet: written where there was no GPU
        torch.backends.cudnn.benchmark = True
        last = networks(size, channels_last=True)
        candidates["wganlib, tf32"] = library(networks(size), data, "cuda", "tf32")
        candidates["wganlib, bf16, channels last"] = library(last, data, "cuda", "bf16")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    result = compare(
        f"DCGAN {size}×{size}×3, batch {BATCH}, n_critic {N_CRITIC}",
        candidates,
        "authors' loop",
        rounds=rounds,
        notes={"device": name, "distance_to_autograd": check_equal(device.type)},
    )
    for label, seconds in result.seconds.items():
        result.notes[f"{label}: generator steps per second"] = 1 / seconds
    return result


def run(quick: bool) -> list[Comparison]:
    """Compare at 32×32, and at the paper's 64×64."""
    torch.set_num_threads(1)
    results = [side_by_side(32, 3 if quick else 5)]
    return results if quick else [*results, side_by_side(64, 3)]


if __name__ == "__main__":
    main(__doc__ or "", run, ("torch", "numpy"))

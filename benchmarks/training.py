"""How fast Algorithm 1 runs, beside the loops that a reader would copy.

Run ``python -m benchmarks.training``; ``--json PATH`` keeps the numbers. Both peers are
written from what is published, on the same networks, data, batch, precision and optimiser.
Before anything is timed, the library's step is compared with the plain reference of the
tests in float64: 40 iterations, 1e-9.

Beside each step stand its bare matrix products, measured in the same sitting, and what else its
arithmetic consists of, each kernel by itself: products and these together say how large the share
of the products can be on this processor. What is left is what it costs to call so many kernels.

Times are CPU time of one thread, which other work on the machine disturbs least, and are of
one run: where 16 runs train at once, a sixteenth of what they take together. On a GPU they
are of the clock on the wall, after everything there is done.
"""

from __future__ import annotations

import gc
import itertools
import math
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from benchmarks.bare_steps import (
    LR,
    N_CRITIC,
    C,
    autograd_alone,
    modules,
    pair,
    passes_over_numbers,
    products,
)
from benchmarks.harness import Candidate, Comparison, compare, main
from tests import naive_wgan
from wganlib.training.lipschitz import GradientPenalty, LipschitzRule, WeightClipping
from wganlib.training.networks import passes
from wganlib.training.objectives import WGAN
from wganlib.training.optimisers import RMSProp
from wganlib.training.records import CHUNK
from wganlib.training.step import Step
from wganlib.training.trainer import Trainer

#: Candidates by name, and what stands for the name of the one with many runs.
ONE, MODULE, BARE = "wganlib, one run", "wganlib, nn.Module", "bare matrix products"
BARE_MANY = "bare matrix products, many at once, each"
REST, REST_MANY = "the other kernels, one run", "the other kernels, many at once, each"
AUTOGRAD = "autograd of nn.Module, and the optimiser"
CALLS = "the same calls on two units and one point"
MANY = "many at once"


def batches(data: Tensor, batch: int) -> Iterator[Tensor]:
    """Go through data at hand in batches, for ever."""
    return itertools.cycle(data.split(batch))


def authors(
    generator: nn.Module, critic: nn.Module, data: Iterator[Tensor], batch: int, width: int
) -> Callable[[], None]:
    """Return one iteration of the paper's public code, in today's torch.

    Its order: clip, two backward calls with a gradient of +1 and −1, step; the critic's
    parameters take no gradient in the generator's turn; noise in a buffer filled anew.
    The schedule of 100 critic steps is left out, as it is for all candidates.
    """
    critic_optimiser = torch.optim.RMSprop(critic.parameters(), lr=LR)
    generator_optimiser = torch.optim.RMSprop(generator.parameters(), lr=LR)
    device = next(generator.parameters()).device
    noise, one = torch.empty(batch, width, device=device), torch.tensor(1.0, device=device)
    minus = -one

    def iteration() -> None:
        for parameter in critic.parameters():
            parameter.requires_grad = True
        for _ in range(N_CRITIC):
            for parameter in critic.parameters():
                parameter.data.clamp_(-C, C)
            real = next(data)
            critic.zero_grad()
            real_error = critic(real).mean(0).view(())
            real_error.backward(one)
            noise.normal_(0, 1)
            with torch.no_grad():
                fake = generator(noise)
            fake_error = critic(fake).mean(0).view(())
            fake_error.backward(minus)
            _ = real_error - fake_error
            critic_optimiser.step()
        for parameter in critic.parameters():
            parameter.requires_grad = False
        generator.zero_grad()
        noise.normal_(0, 1)
        error = critic(generator(noise)).mean(0).view(())
        error.backward(one)
        generator_optimiser.step()

    return iteration


def tutorial(
    generator: nn.Module, critic: nn.Module, data: Iterator[Tensor], batch: int, width: int
) -> Callable[[], None]:
    """Return one iteration of the loop that most tutorials show."""
    critic_optimiser = torch.optim.RMSprop(critic.parameters(), lr=LR)
    generator_optimiser = torch.optim.RMSprop(generator.parameters(), lr=LR)
    device = next(generator.parameters()).device

    def iteration() -> None:
        for _ in range(N_CRITIC):
            real = next(data)
            critic_optimiser.zero_grad()
            fake = generator(torch.randn(batch, width, device=device)).detach()
            loss = -torch.mean(critic(real)) + torch.mean(critic(fake))
            loss.backward()
            critic_optimiser.step()
            for parameter in critic.parameters():
                parameter.data.clamp_(-C, C)
        generator_optimiser.zero_grad()
        loss = -torch.mean(critic(generator(torch.randn(batch, width, device=device))))
        loss.backward()
        generator_optimiser.step()

    return iteration


def tutorial_penalty(
    generator: nn.Module, critic: nn.Module, data: Iterator[Tensor], batch: int, width: int
) -> Callable[[], None]:
    """Return one iteration of the usual loop with the gradient penalty."""
    critic_optimiser = torch.optim.RMSprop(critic.parameters(), lr=LR)
    generator_optimiser = torch.optim.RMSprop(generator.parameters(), lr=LR)
    device = next(generator.parameters()).device

    def penalty(real: Tensor, fake: Tensor) -> Tensor:
        share = torch.rand(real.size(0), 1, device=device)
        between = (share * real + (1 - share) * fake).requires_grad_(True)
        scores = critic(between)
        (slope,) = torch.autograd.grad(
            outputs=scores,
            inputs=between,
            grad_outputs=torch.ones_like(scores),
            create_graph=True,
            retain_graph=True,
            only_inputs=True,
        )
        return ((slope.view(slope.size(0), -1).norm(2, dim=1) - 1) ** 2).mean()

    def iteration() -> None:
        for _ in range(N_CRITIC):
            real = next(data)
            critic_optimiser.zero_grad()
            fake = generator(torch.randn(batch, width, device=device)).detach()
            loss = -critic(real).mean() + critic(fake).mean() + 0.1 * penalty(real, fake)
            loss.backward()
            critic_optimiser.step()
        generator_optimiser.zero_grad()
        loss = -critic(generator(torch.randn(batch, width, device=device))).mean()
        loss.backward()
        generator_optimiser.step()

    return iteration


def by_wganlib(
    networks: tuple[nn.Module, nn.Module],
    data: Tensor,
    batch: int,
    rule: LipschitzRule,
    runs: int,
    device: str = "cpu",
) -> Callable[[], None]:
    """Return one iteration of ``wganlib.train``: draws, step, records and the look at them."""
    optimiser = RMSProp(LR)
    training = Trainer(
        *networks,
        data.numpy(),
        seed=list(range(runs)),
        objective=WGAN(),
        lipschitz=rule,
        optimiser=optimiser,
        generator_optimiser=optimiser,
        batch=batch,
        n_critic=N_CRITIC,
        schedule="paper",
        noise="gaussian",
        noise_shape=(2,),
        evaluate_every=0,
        evaluation_points=2,
        on_failure="raise",
        device=device,
        precision="float32",
    )

    def iteration() -> None:
        with torch.no_grad():
            training.iterate()
            if len(training.records.pending) >= CHUNK:
                training.look()

    return iteration


def check_equal() -> float:
    """Return how far the step is from the plain reference after 40 iterations in float64."""
    worst = 0.0
    for rule, words in (
        (WeightClipping(C), {"clip": C}),
        (GradientPenalty(0.1), {"penalty": 0.1}),
    ):
        for traced in (False, True):
            networks = pair(64, 3, 1, "float64")
            plain = tuple(naive_wgan.sequential(network) for network in networks)
            source = torch.Generator().manual_seed(0)
            size = {"dtype": torch.float64, "generator": source}
            draws = [
                (
                    torch.randn(N_CRITIC, 64, 2, **size),
                    torch.randn(N_CRITIC, 64, 2, **size),
                    torch.rand(N_CRITIC, 64, **size),
                    torch.randn(64, 2, **size),
                )
                for _ in range(40)
            ]
            expected = naive_wgan.train(*plain, draws, lr=LR, **words)
            sides = [passes(n) for n in (plain if traced else networks)]
            step = Step(*sides, WGAN(), rule, RMSProp(LR), RMSProp(LR))
            with torch.no_grad():
                for draw in draws:
                    step(*(part[None] for part in draw))
            for side, module, mine in zip(sides, expected[:2], plain, strict=True):
                got = naive_wgan.flat(mine) if traced else side.flat[0]
                worst = max(worst, float((got - naive_wgan.flat(module)).abs().max()))
    if worst > 1e-9:
        raise AssertionError(f"the library's step is {worst:.1e} from the plain reference")
    return worst


def plane(
    width: int,
    batch: int,
    rounds: int,
    equal: float,
    many: int,
    targets: tuple[dict[str, float], dict[str, float]],
    shares: dict[str, float],
) -> list[Comparison]:
    """Compare on one size of network: clipping and penalty, one run and many at once."""
    data = torch.randn(64 * batch, 2, generator=torch.Generator().manual_seed(1))
    depth = 3
    clip, penalty = WeightClipping(C), GradientPenalty(0.1)
    peer = lambda f: f(*modules(width, depth), batches(data, batch), batch, 2)  # noqa: E731

    def mine(rule: LipschitzRule, runs: int = 1) -> Candidate:
        return by_wganlib(pair(width, depth, runs), data, batch, rule, runs)

    def calls(rule: LipschitzRule) -> Candidate:
        return by_wganlib(pair(2, depth, 1), data[:64], 1, rule, 1)

    def other(rule: LipschitzRule) -> Candidate:
        return by_wganlib(modules(width, depth), data, batch, rule, 1)

    at_once = f"wganlib, {many} at once, each"
    clipping: dict[str, Candidate] = {
        "authors' loop": peer(authors),
        "tutorial loop": peer(tutorial),
        ONE: mine(clip),
        at_once: mine(clip, many),
        MODULE: other(clip),
        BARE: products(width, depth, batch, 1),
        BARE_MANY: products(width, depth, batch, many),
        CALLS: calls(clip),
        REST: passes_over_numbers(width, depth, batch, 1),
        REST_MANY: passes_over_numbers(width, depth, batch, many),
        AUTOGRAD: autograd_alone(width, depth, batch),
    }
    penalised: dict[str, Candidate] = {
        "tutorial loop": peer(tutorial_penalty),
        ONE: mine(penalty),
        at_once: mine(penalty, many),
        MODULE: other(penalty),
        BARE: products(width, depth, batch, 1, penalty=True),
        BARE_MANY: products(width, depth, batch, many, penalty=True),
        CALLS: calls(penalty),
        REST: passes_over_numbers(width, depth, batch, 1, penalty=True),
        REST_MANY: passes_over_numbers(width, depth, batch, many, penalty=True),
    }
    size = f"3×{width}, batch {batch}"
    results = []
    for name, candidates, target in (
        ("clipping", clipping, targets[0]),
        ("penalty", penalised, targets[1]),
    ):
        peers = [peer for peer in candidates if peer.endswith("loop")]
        result = compare(
            f"{size}, {name}",
            candidates,
            peers[0],
            rounds=rounds,
            notes={"width": width, "batch": batch, "runs": many, "distance_to_reference": equal},
            work={at_once: many, BARE_MANY: many, REST_MANY: many},
            peers=peers,
            targets={at_once if label == MANY else label: t for label, t in target.items()},
            clock=time.process_time,
        )
        results.append(result)
    return [with_shares(result, at_once, shares) for result in results]


def with_shares(result: Comparison, at_once: str, wanted: dict[str, float]) -> Comparison:
    """Say what share of each step its bare products are, what is wanted, and what can be had."""
    seconds = result.seconds
    kind = result.task.rpartition(", ")[2]
    shares = {}
    for name, bare, others in (
        (ONE, seconds[BARE], seconds[REST]),
        (at_once, seconds[BARE_MANY], seconds[REST_MANY]),
        (MODULE, seconds[BARE], seconds.get(AUTOGRAD, math.nan) - seconds[BARE]),
    ):
        share, most = bare / seconds[name], bare / (bare + others)
        shares[name] = {"share": share, "at most": most}
        key = f"{kind}, {MANY if name == at_once else name}"
        goal = f", wanted {wanted[key]:.0%}" if key in wanted else ""
        bound = "" if math.isnan(most) else f", at most {most:.0%}; {share / most:.0%} of that"
        result.remarks[name] = f"bare products take {share:.0%} of it{goal}{bound}"
    result.remarks[ONE] += f"; its calls on next to no numbers {seconds[CALLS] / seconds[ONE]:.0%}"
    result.notes["shares"] = shares
    return result


def on_gpu(width: int, batch: int, rounds: int, many: int) -> Comparison:
    """Compare where there is a GPU: one run, and very many at once."""
    task = f"3×{width}, batch {batch}, clipping, GPU"
    if not torch.cuda.is_available():
        return Comparison(task, "no GPU here: not measured")
    data = torch.randn(64 * batch, 2, generator=torch.Generator().manual_seed(1))

    def peer(loop: Callable[..., Candidate]) -> Candidate:
        networks = [network.cuda() for network in modules(width, 3)]
        return loop(*networks, batches(data.cuda(), batch), batch, 2)

    def mine(runs: int) -> Candidate:
        rule = WeightClipping(C)
        return by_wganlib(pair(width, 3, runs), data, batch, rule, runs, "cuda")

    def waited_for(candidate: Candidate) -> Candidate:
        def timed() -> None:
            for _ in range(20):
                candidate()
            torch.cuda.synchronize()

        return timed

    at_once = f"wganlib, {many} at once, each"
    candidates = {
        "authors' loop": peer(authors),
        "tutorial loop": peer(tutorial),
        ONE: mine(1),
        at_once: mine(many),
    }
    return compare(
        task,
        {name: waited_for(candidate) for name, candidate in candidates.items()},
        "authors' loop",
        rounds=rounds,
        notes={"device": torch.cuda.get_device_name()},
        work={name: 20 * (many if name == at_once else 1) for name in candidates},
        peers=["authors' loop", "tutorial loop"],
        targets={ONE: 10},
    )


def storages() -> dict[int, int]:
    """Return the bytes of every tensor's memory that is alive."""
    gc.collect()
    alive = [thing for thing in gc.get_objects() if type(thing) in (Tensor, nn.Parameter)]
    return {thing.untyped_storage().data_ptr(): thing.untyped_storage().nbytes() for thing in alive}


def memory(runs: int, width: int, batch: int) -> float:
    """Return bytes for each run that a training keeps, once it has made a step."""
    data = torch.randn(64 * batch, 2)
    before = storages()
    iteration = by_wganlib(pair(width, 3, runs), data, batch, WeightClipping(C), runs)
    iteration()
    after = storages()
    return sum(size for place, size in after.items() if place not in before) / runs


def growth(name: str, settings: list[tuple[int, int, int]], rounds: int) -> Comparison:
    """Compare iterations of the library, for each run, as one size grows: (runs, width, batch)."""
    candidates: dict[str, Candidate] = {}
    work = {}
    for runs, width, batch in settings:
        label = f"{runs} runs, 3×{width}, batch {batch}, each"
        data = torch.randn(64 * batch, 2)
        candidates[label] = by_wganlib(pair(width, 3, runs), data, batch, WeightClipping(C), runs)
        work[label] = runs
    first = next(iter(candidates))
    result = compare(
        f"growth with {name}",
        candidates,
        first,
        rounds=rounds,
        work=work,
        clock=time.process_time,
    )
    del candidates
    for label, size in zip(work, settings, strict=True):
        kilobytes = memory(*size) / 1e3
        result.notes[f"{label}: kilobytes"] = kilobytes
        result.remarks[label] = f"{kilobytes:.0f} kB"
    return result


def run(quick: bool) -> list[Comparison]:
    """Compare at the sizes of the book and at a wide one, and on a GPU if there is one."""
    torch.set_num_threads(1)
    equal = check_equal()
    rounds = 3 if quick else 15
    small = {ONE: 5.0, MANY: 8.0, MODULE: 2.0}, {ONE: 4.0}
    wanted = {f"clipping, {ONE}": 0.75, f"clipping, {MANY}": 0.95, f"clipping, {MODULE}": 0.4}
    results = plane(64, 64, rounds, equal, 16, small, wanted | {f"penalty, {ONE}": 0.7})
    results.append(on_gpu(64, 64, rounds, 1024))
    if not quick:
        results += plane(512, 256, 5, equal, 2, ({ONE: 1.2}, {}), {f"clipping, {ONE}": 0.93})
        results.append(growth("runs", [(n, 64, 64) for n in (1, 4, 16, 64)], 5))
        results.append(growth("width", [(1, n, 64) for n in (32, 64, 128, 256)], 5))
        results.append(growth("batch", [(1, 64, n) for n in (16, 64, 256, 1024)], 5))
    return results


if __name__ == "__main__":
    main(__doc__ or "", run, ("torch", "numpy"))

"""The WGAN's relatives, trained: networks that match moments, and energies with a margin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wganlib.distances.kernels import mmd_squared
from wganlib.distances.transport import wasserstein_1
from wganlib.paper.studies._plane import centres, counts, forgotten, place
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, below, per_run, verdict_of
from wganlib.training.intervals import confidence
from wganlib.training.lipschitz import GradientPenalty
from wganlib.training.networks import MLP
from wganlib.training.optimisers import RMSProp
from wganlib.training.sampling import generate
from wganlib.training.train import train

Draw = Callable[[int, np.random.Generator], npt.NDArray[np.float64]]

# --- moment matching ----------------------------------------------------------------------


def slope_of_loss(x: Tensor, real: Tensor, widest: float, halvings: int) -> Tensor:
    """Return the gradient of the unbiased MMD² in generated points x, (runs, n, d).

    The kernel is a mean of Gaussians of bandwidth ``widest``, half of it, and so on.

    Examples
    --------
    >>> from wganlib.paper.studies.relatives import slope_of_loss
    >>> x, real = torch.zeros(1, 2, 1), torch.ones(1, 3, 1)
    >>> bool((slope_of_loss(x, real, 1.0, 0) < 0).all())  # downhill is to the right
    True
    """
    n, m = x.shape[1], real.shape[1]
    others = torch.cat([x, real], 1)
    k = torch.cdist(x, others).square_().mul_(-0.5 / widest**2)
    k.clamp_(min=-87).exp_()  # below e^-87 float32 is slow, and 0 for us
    weight = 1 / widest**2
    force = k * weight
    for _ in range(halvings):  # half the bandwidth: the fourth power
        k, weight = k.square_().square_(), 4 * weight
        force.add_(k, alpha=weight)
    force[..., :n] /= n * (n - 1)  # generated points push each other apart
    force[..., n:] /= -n * m  # data pull
    steps = force @ others - force.sum(-1, keepdim=True) * x
    return 2 * steps / (halvings + 1)


def source(d: int) -> Draw:
    """Return a sampler of the ring: in the plane, or laid into d dimensions with noise around."""
    ring = place("ring")
    if d == 2:
        return lambda n, rng: np.asarray(ring.sample(n, seed=rng))
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((d, d)))[0]

    def draw(n: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        rest = 0.1 * rng.standard_normal((n, d - 2))
        return np.asarray(np.hstack([ring.sample(n, seed=rng), rest]) @ turn.T)

    return draw


def _match(
    seeds: Sequence[int],
    settings: Mapping[str, Any],
    *,
    steps: int,
    batch: int,
    d: int,
    rate: float,
    kernel: tuple[float, int],
) -> MLP:
    """Train generators to match moments, all runs at once: no critic, otherwise as the WGAN."""
    generator = MLP([d, *settings["hidden"], d], seed=list(seeds))
    rule = torch.optim.RMSprop(generator.parameters(), lr=rate)
    draw, shape = source(d), (len(seeds), batch, d)
    stream = np.random.default_rng([seeds[0], 1])
    noise = torch.Generator().manual_seed(seeds[0])
    torch.set_flush_denormal(True)  # products of tiny kernel values are slow and count for nothing
    try:
        for _ in range(steps):
            real = torch.from_numpy(draw(len(seeds) * batch, stream)).float().view(shape)
            x = generator(torch.randn(shape, generator=noise))
            rule.zero_grad()
            x.backward(slope_of_loss(x.detach(), real, *kernel))
            rule.step()
    finally:
        torch.set_flush_denormal(False)
    return generator


def _wgan(seeds: Sequence[int], settings: Mapping[str, Any], *, d: int, rate: float) -> MLP:
    generator = MLP([d, *settings["hidden"], d], seed=list(seeds))
    critic = MLP([d, *settings["hidden"], 1], seed=list(seeds))
    train(
        generator, critic, source(d), seed=list(seeds), steps=settings["steps"],
        lipschitz=GradientPenalty(settings["penalty"]), optimiser=RMSProp(rate),
    )  # fmt: skip
    return generator


def _scored(generator: MLP, seeds: Sequence[int], settings: Mapping[str, Any], d: int) -> Arrays:
    """Return EM and MMD² to the data, and, in the plane, where the points are."""
    points, draw = settings["points"], source(d)
    drawn = generate(generator, 1000, seed=list(seeds)).astype(float)
    real = [draw(points, np.random.default_rng(10_000 + s)) for s in seeds]
    pairs = list(zip(real, drawn[:, :points], strict=True))
    widths = [settings["widest"] / 2**i for i in range(settings["halvings"] + 1)]
    found: Arrays = {
        "em": per_run([wasserstein_1(*pair) for pair in pairs]),
        "mmd": per_run([mmd_squared(*pair, bandwidth=widths) for pair in pairs]),
    }
    if d == 2:
        found["counts"] = counts(drawn, centres(place("ring")))
        found["cloud"] = per_run(drawn[0, :200])
    return found


def _trained(how: Mapping[str, Any], settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train one case with the study's seeds and score it."""
    seeds, d = settings["seeds"], how.get("d", 2)
    if how["method"] == "nothing":
        return _scored(MLP([d, *settings["hidden"], d], seed=list(seeds)), seeds, settings, d)
    rate = settings["chosen"][how["method"]]
    if how["method"] == "wgan":
        return _scored(_wgan(seeds, settings, d=d, rate=rate), seeds, settings, d)
    kernel = how.get("kernel", (settings["widest"], settings["halvings"]))
    steps = settings["steps"] * how.get("times", 1)
    generator = _match(
        seeds, settings, steps=steps, batch=how.get("batch", 64), d=d, rate=rate, kernel=kernel
    )
    return _scored(generator, seeds, settings, d)


def _tuning(method: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Return EM in the plane for every rate, (rates, tuning seeds)."""
    seeds, rows = settings["tuning_seeds"], []
    kernel = settings["widest"], settings["halvings"]
    for rate in settings["rates"]:
        if method == "wgan":
            generator = _wgan(seeds, settings, d=2, rate=rate)
        else:
            generator = _match(seeds, settings, steps=settings["steps"], batch=64, d=2,
                               rate=rate, kernel=kernel)  # fmt: skip
        rows.append(_scored(generator, seeds, settings, 2)["em"])
    return {"em": np.stack(rows)}


def _floors(settings: Mapping[str, Any], progress: bool) -> Arrays:
    found = {}
    for d in (2, 16):
        draw, n = source(d), settings["points"]
        found[f"d{d}"] = per_run(
            [wasserstein_1(*(draw(n, np.random.default_rng(10_000 * k + s)) for k in (1, 2)))
             for s in settings["seeds"]]
        )  # fmt: skip
    return found


#: What is trained, by part.
CASES: dict[str, dict[str, Any]] = {
    "untrained": {"method": "nothing"},
    "wgan": {"method": "wgan"},
    "equal-steps": {"method": "gmmn"},
    "equal-points": {"method": "gmmn", "times": 5},
    "narrow-kernel": {"method": "gmmn", "kernel": (0.05, 0)},
    "wide-kernel": {"method": "gmmn", "kernel": (8.0, 0)},
    "batch-4": {"method": "gmmn", "batch": 4},
    "batch-16": {"method": "gmmn", "batch": 16},
    "batch-128": {"method": "gmmn", "batch": 128},
    "wgan-16d": {"method": "wgan", "d": 16},
    "equal-steps-16d": {"method": "gmmn", "d": 16},
    "equal-points-16d": {"method": "gmmn", "d": 16, "times": 5},
}


def lead(parts: Parts, name: str, other: str) -> tuple[float, float]:
    """Return by how much EM of one case exceeds another's, paired by seed, and half its 95 %."""
    gap = parts[name]["em"].astype(float) - parts[other]["em"]
    middle, half = confidence(gap)
    return float(middle), float(half)


def shown(row: npt.ArrayLike, digits: int = 3) -> str:
    """Return a mean over runs with half its 95 % interval, as pages write it."""
    middle, half = confidence(np.asarray(row, float))
    return f"{middle:.{digits}f} ± {half:.{digits}f}"


def _pair(interval: tuple[Any, Any]) -> tuple[float, float]:
    return float(interval[0]), float(interval[1])


def _matches(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """R5: training lowers MMD² itself, to a tenth, and EM to half, in the mean over runs."""
    start, end = parts["untrained"], parts["equal-points"]
    share = {name: end[name].astype(float) / start[name] for name in ("mmd", "em")}
    words = [below(*_pair(confidence(share[name])), most)
             for name, most in (("mmd", 0.1), ("em", 0.5))]  # fmt: skip
    leads = {
        "plane, equal steps": lead(parts, "equal-steps", "wgan"),
        "plane, equal points": lead(parts, "equal-points", "wgan"),
        "16 dimensions, equal steps": lead(parts, "equal-steps-16d", "wgan-16d"),
        "16 dimensions, equal points": lead(parts, "equal-points-16d", "wgan-16d"),
    }
    return Finding(
        verdict_of(*words, scaled_down=True),
        f"Without a critic it brings MMD² to {share['mmd'].mean():.1%} of its start and EM from "
        f"{start['em'].mean():.2f} to {end['em'].mean():.2f}.",
        {
            "EM before training": shown(start["em"]),
            "EM, equal steps": shown(parts["equal-steps"]["em"]),
            "EM, equal points": shown(end["em"]),
            "EM, WGAN": shown(parts["wgan"]["em"]),
            **{f"EM less the WGAN's, {k}": f"{m:+.3f} ± {h:.3f}" for k, (m, h) in leads.items()},
        },
        seeds=len(settings["seeds"]),
        note="Each method's learning rate tuned in the plane on other seeds, and kept for 16 "
        "dimensions; one mixture of bandwidths, three layers of 32.",
    )


def ranked(parts: Parts, name: str, other: str) -> str:
    """Say in a word how one case's EM compares with another's: ahead, behind or level."""
    middle, half = lead(parts, name, other)
    return {True: "behind", False: "ahead", None: "level"}[above(middle, half)]


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"seeds": str(len(settings["seeds"]))}
    for name in CASES:
        found[f"EM, {name}"] = shown(parts[name]["em"])
        if "counts" in parts[name]:
            found[f"forgotten, {name}"] = f"{forgotten(parts[name]['counts']).mean():.1f}"
    for tail in ("", "-16d"):
        for name in ("equal-steps", "equal-points"):
            pair = name + tail, "wgan" + tail
            found[f"word, {name}{tail}"] = ranked(parts, *pair)
            found[f"lead, {name}{tail}"] = "{:+.3f} ± {:.3f}".format(*lead(parts, *pair))
    found["lead, batch 128 over 64"] = "{:+.3f} ± {:.3f}".format(
        *lead(parts, "batch-128", "equal-steps")
    )
    for d in (2, 16):
        found[f"floor, {d}"] = shown(parts["floors"][f"d{d}"])
    for method, rate in settings["chosen"].items():
        found[f"rate, {method}"] = f"{rate:g}"
    return found


MATCHING = Study(
    name="moment-matching",
    question="What does a generator learn that minimises MMD directly, beside a WGAN?",
    settings={
        "seeds": list(range(12)),
        "tuning_seeds": list(range(1000, 1004)),
        "rates": [1e-3, 2e-3, 4e-3, 8e-3],
        "chosen": {"wgan": 4e-3, "gmmn": 4e-3},
        "hidden": [32, 32, 32],
        "widest": 2.0,
        "halvings": 4,
        "penalty": 0.1,
        "steps": 400,
        "points": 250,
    },
    parts={
        "tune-wgan": partial(_tuning, "wgan"),
        "tune-gmmn": partial(_tuning, "gmmn"),
        **{name: partial(_trained, how) for name, how in CASES.items()},
        "floors": _floors,
    },
    quantities=lambda parts: {f"EM, {name}": parts[name]["em"] for name in CASES},
    rows={"R5": _matches},
    numbers=_numbers,
    tuning=("tune-wgan", "tune-gmmn"),
)

# --- energies -----------------------------------------------------------------------------

#: What bounds an energy: the margin, as the paper describes it, or nothing but 0 from below.
KINDS: dict[str, Callable[[Tensor], Tensor]] = {
    "capped": torch.sigmoid,
    "free": torch.nn.functional.softplus,
}


def _energy(kind: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train energies of lines at several distances, and let a line follow its slope."""
    slopes, profiles, ends, _ = _follow(kind, settings, settings["apart"], ())
    moved = _follow(kind, settings, [1.0], range(*settings["moving"]))[-1]
    return {
        "slope": per_run(slopes),
        "profile": per_run(profiles),
        "loss": per_run(ends[0]),
        "fooled": per_run(ends[1]),
        "moved": per_run(moved),
    }


def _follow(
    kind: str, settings: Mapping[str, Any], apart: Sequence[float], moving: Sequence[int]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return slopes in θ (looks, lines, runs), the last run's profile, the ends, and θ.

    At the moving steps θ goes down by 0.02 times the slope of the generator's loss.
    """
    squash, seeds, looks = KINDS[kind], settings["seeds"], settings["looks"]
    net = MLP([2, 32, 32, 1], seed=list(seeds) * len(apart))
    rule = torch.optim.RMSprop(net.parameters(), lr=settings["rate"])
    noise = torch.Generator().manual_seed(seeds[0])
    theta = torch.tensor(apart).repeat_interleave(len(seeds))[:, None]
    across = torch.linspace(-0.5, 1.5, 81)
    profile = torch.stack([across, torch.full_like(across, 0.5)], 1)
    slopes, profiles, ends = [], [], np.zeros((2, len(apart), len(seeds)))
    for step in range(1, looks[-1] + 1):
        high = torch.rand(2, len(theta), 64, generator=noise)
        asked = step in moving or step in looks
        shift = theta.clone().requires_grad_(asked)
        data = torch.stack([torch.zeros_like(high[0]), high[0]], -1)
        fake = torch.stack([shift.expand_as(high[1]), high[1]], -1)
        on_data, on_fake = (squash(net(x)[..., 0]) for x in (data, fake))
        loss = on_data.mean(1) + torch.relu(1 - on_fake).mean(1)
        rule.zero_grad()
        loss.sum().backward(retain_graph=asked)  # type: ignore[no-untyped-call]
        if asked:
            (slope,) = torch.autograd.grad(on_fake.mean(1).sum(), shift)
            if step in moving:
                theta -= 0.02 * slope
            else:
                slopes.append(slope.reshape(len(apart), -1).numpy())
                ends = np.stack([v.detach().numpy().reshape(len(apart), -1)
                                 for v in (loss, on_fake.mean(1))])  # fmt: skip
                with torch.no_grad():
                    profiles.append(squash(net(profile)[-1, :, 0]).numpy())
        rule.step()
    return np.array(slopes), np.array(profiles), ends, theta[:, 0].numpy()


def _failings(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """R2: the loss reaches its minimum at every distance, and the gradient is gone.

    It differs if energies without a cap keep a slope that leads to the data.
    """
    capped, free = parts["capped"], parts["free"]
    worst = max(float(part["loss"].max()) for part in parts.values())
    gone = bool(capped["slope"][-1, -1].max() < settings["gone"])
    points = int((free["slope"][-1] > 0).sum())
    lost = bool(free["slope"][-1, -1].max() < settings["gone"])
    arrived = int((np.abs(free["moved"]) < 0.25).sum())
    runs = len(settings["seeds"])
    return Finding(
        verdict_of(worst < 0.05, gone, lost, scaled_down=True),
        "The value does not say how far the lines are apart. The gradient vanishes with a cap on "
        f"the energy; without, it points to the data in {points} of {free['slope'][-1].size} runs, "
        f"and {arrived} of {runs} generators that follow it arrive.",
        {
            "trained L_D, largest": worst,
            "slope at θ = 1, energy at most m, largest": float(capped["slope"][-1, -1].max()),
            "slope at θ = 1, energy not bounded, least": float(free["slope"][-1, -1].min()),
            "θ after 60 steps from 1, energy at most m, least": float(capped["moved"].min()),
            "energy not bounded, largest |θ|": float(np.abs(free["moved"]).max()),
        },
        seeds=runs,
        note="The value is that of TV, as claimed. With energies between 0 and m, as the paper "
        "describes them, the gradient vanishes as well. With the hinge alone, as such GANs are "
        "trained, it does not: it grows, points to the data, and leads there. Small networks in "
        "place of autoencoders, 600 steps.",
    )


def _energy_numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    free, capped = parts["free"], parts["capped"]
    runs = len(settings["seeds"])
    return {
        "seeds": str(runs),
        "points to the data": f"{int((free['slope'][-1] > 0).sum())} of {free['slope'][-1].size}",
        "arrives": f"{int((np.abs(free['moved']) < 0.25).sum())} of {runs}",
        "stays": f"{int((np.abs(capped['moved']) > 0.9).sum())} of {runs}",
        "capped, largest slope": f"{capped['slope'][-1, -1].max():.1e}",
        "free, least slope": f"{free['slope'][-1, -1].min():.2f}",
    }


ENERGIES = Study(
    name="energies",
    question="Does the gradient of an energy-based GAN vanish for lines that do not meet?",
    settings={
        "seeds": list(range(16)),
        "apart": [0.25, 0.5, 1.0],
        "looks": [1, 3, 10, 30, 100, 200, 400, 600],
        "rate": 2e-3,
        "moving": [305, 601, 5],
        "gone": 0.01,
    },
    parts={kind: partial(_energy, kind) for kind in KINDS},
    quantities=lambda parts: {
        **{f"slope at θ = 1, {kind}": part["slope"][-1, -1] for kind, part in parts.items()},
        **{f"θ after 60 steps, {kind}": part["moved"] for kind, part in parts.items()},
    },
    rows={"R2": _failings},
    numbers=_energy_numbers,
)

STUDIES = {study.name: study for study in (MATCHING, ENERGIES)}

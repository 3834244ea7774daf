"""Boxes for weights, and a contest of Lipschitz rules: the studies of that chapter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wganlib._validate import FloatArray
from wganlib.distances.examples import ring_of_gaussians
from wganlib.paper.studies.training_a_wgan import _pm, repeated
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, per_run, verdict_of
from wganlib.training.evaluation import gradient_norms, lipschitz_bound
from wganlib.training.intervals import confidence, holm, p_value
from wganlib.training.lipschitz import (
    GradientPenalty,
    LipschitzRule,
    NoConstraint,
    State,
    WeightClipping,
)
from wganlib.training.networks import MLP, Passes
from wganlib.training.one_side import train_critic
from wganlib.training.optimisers import RMSProp

RING = ring_of_gaussians()
_TURNS = 2 * np.pi * np.arange(8) / 8
CENTRES = 2 * np.stack([np.cos(_TURNS), np.sin(_TURNS)], axis=1)


def five(n: int, rng: np.random.Generator) -> FloatArray:
    """Draw points of a generator that has found five of the eight clusters, and blurs them."""
    return np.asarray(CENTRES[rng.integers(0, 5, n)] + 0.3 * rng.standard_normal((n, 2)))


def problem() -> tuple[FloatArray, FloatArray]:
    """Return the chapter's 300 real and 300 generated points."""
    rng = np.random.default_rng(1)
    return RING.sample(300, seed=rng), five(300, rng)


def box_bound(c: float, sizes: tuple[int, ...] | list[int]) -> float:
    """Return the Lipschitz constant that serves all networks with weights in [−c, c]."""
    return math.prod(c * math.sqrt(a * b) for a, b in pairwise(sizes))


class Watched:
    """A Lipschitz rule that shows the weights to a function after some of the steps."""

    name = "watched"

    def __init__(self, rule: LipschitzRule, at: list[int], see: Callable[[Tensor], Any]) -> None:
        self.rule, self.at, self.see = rule, set(at), see
        self.mixes, self.seen, self.step = rule.mixes, [], 0  # type: ignore[var-annotated]

    def start(self, critic: Passes) -> State:
        """Start the rule inside."""
        return self.rule.start(critic)

    def penalty(self, *arguments: Any) -> Any:
        """Charge what the rule inside charges."""
        return self.rule.penalty(*arguments)

    def project(self, critic: Passes, state: State) -> None:
        """Project as the rule inside does, and look."""
        self.rule.project(critic, state)
        self.step += 1
        if self.step in self.at:
            self.seen.append(self.see(critic.flat))


def _shapes(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Slopes of critics trained in boxes, and the bounds on them: (shapes, boxes, seeds)."""
    seeds, boxes = settings["seeds"], settings["boxes"]
    side = np.linspace(-3, 3, 41)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    many, slopes, norms, bounds = seeds * len(boxes), [], [], []
    for hidden in settings["shapes"]:
        critic = MLP([2, *hidden, 1], seed=many)
        train_critic(
            critic, RING, five, seed=many, steps=200, optimiser=RMSProp(settings["rate"]),
            lipschitz=WeightClipping(repeated(boxes, len(seeds))),
        )  # fmt: skip
        slopes.append(gradient_norms(critic, plane).max(1).reshape(len(boxes), -1))
        norms.append(lipschitz_bound(critic).reshape(len(boxes), -1))
        bounds.append([box_bound(c, critic.sizes) for c in boxes])
    return {"slope": per_run(slopes), "norms": per_run(norms), "bound": per_run(bounds)}


def _gaps(scores: FloatArray) -> FloatArray:
    return np.asarray(scores[..., :300].mean(-1) - scores[..., 300:600].mean(-1))


def _race(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Critics in boxes of four sizes, from the same weights: value and walls over time."""
    seeds, limits, looks = settings["seeds"], settings["limits"], settings["looks"]
    each = np.repeat(limits, len(seeds))
    walls = torch.from_numpy(each * (1 - 1e-6))[:, None]
    rule = Watched(
        WeightClipping(repeated(limits, len(seeds))), looks,
        lambda flat: (flat.abs() >= walls).float().mean(1).numpy(),
    )  # fmt: skip
    many = seeds * len(limits)
    seen = train_critic(
        MLP([2, 32, 32, 32, 1], seed=many), RING, five, seed=many, steps=looks[-1],
        lipschitz=rule, optimiser=RMSProp(settings["rate"]),
        probe=np.concatenate(problem()), record_at=looks,
    )  # fmt: skip
    shape = (len(looks), len(limits), len(seeds))
    return {
        "value": per_run(_gaps(seen.scores).reshape(shape)),
        "at_walls": per_run(np.reshape(rule.seen, shape)),
        "steepest": per_run(seen.slopes[-1].max(-1).reshape(shape[1:])),
    }


def _weights(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Every sixth weight of two critics over time, and critics that nothing limits."""
    looks, found = settings["looks"][:: settings["every"]], {}
    rules: dict[str, LipschitzRule] = {
        "clipping": WeightClipping(0.1),
        "penalty": GradientPenalty(1.0),
    }
    for name, inner in rules.items():
        rule = Watched(inner, looks, lambda flat: flat[0, ::6].detach().numpy().copy())
        train_critic(
            MLP([2, 32, 32, 32, 1], seed=[0]), RING, five, seed=[0], steps=looks[-1],
            lipschitz=rule, optimiser=RMSProp(settings["rate"]),
        )  # fmt: skip
        found[name] = per_run(rule.seen)
    at = [100, 200, 400, 800]
    seeds = list(range(8))
    free = train_critic(
        MLP([2, 32, 32, 32, 1], seed=seeds), RING, five, seed=seeds, steps=800,
        lipschitz=NoConstraint(), optimiser=RMSProp(settings["rate"]),
        probe=np.concatenate(problem()), record_at=at,
    )  # fmt: skip
    found["free_value"] = per_run(_gaps(free.scores))
    found["free_slope"] = per_run(free.slopes.max(-1))
    return found


def signals(
    critic: MLP, real: FloatArray, fake: FloatArray, gain: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the gradient of f at each layer and of the value in each weight matrix.

    With a gain, every hidden layer is batch normalised, real and fake apart.
    """
    x = torch.tensor(np.stack([real, fake])).requires_grad_()
    h, layers, kept = x.expand(critic.runs, *x.shape), critic.layers(), []
    for weight, bias in layers:
        a = h @ weight[:, None] + bias[:, None]
        kept.append(a)
        if gain is not None and len(kept) < len(layers):
            spread = (a.var(-2, correction=0, keepdim=True) + 1e-5).sqrt()
            a = gain * (a - a.mean(-2, keepdim=True)) / spread
        h = torch.relu(a)
    value = kept[-1][:, 0].sum() - kept[-1][:, 1].sum()
    *down, flat = torch.autograd.grad(value, [*kept, critic.flat])
    norms = torch.stack([d.norm(dim=-1).mean((1, 2)) for d in down])
    own = [w.flatten(1).norm(dim=1) for w, _ in critic.layers(flat / x.shape[1])]
    return norms.numpy(), torch.stack(own).numpy()


def boxed(depth: int, limits: list[float], seeds: list[int]) -> MLP:
    """Return critics 32 wide at the default start, clipped: one for each limit and seed."""
    critic = MLP([2, *[32] * depth, 1], seed=seeds * len(limits), dtype="float64")
    c = torch.tensor(np.repeat(limits, len(seeds)))[:, None]
    with torch.no_grad():
        critic.flat.copy_(critic.flat.clamp(-c, c))
    return critic


def _decades(sizes: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return logarithms to the base ten; what is exactly 0 counts as 1e-300."""
    return per_run(np.log10(np.maximum(np.asarray(sizes, float), 1e-300)))


def _fading(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Gradients that come down through 12 layers in boxes, before and after 50 steps."""
    seeds, limits, depths = settings["seeds"][:16], settings["walls"], settings["depths"]
    real, fake = (points[:64] for points in problem())
    arriving = []
    for depth in depths:
        tower = boxed(depth, limits, seeds)
        arriving.append(gradient_norms(tower, fake).mean(1))
    start_down, start_own = signals(tower, real, fake)
    train_critic(
        tower, RING, five, seed=seeds * len(limits), steps=50,
        lipschitz=WeightClipping(repeated(limits, len(seeds))),
        optimiser=RMSProp(settings["rate"]),
    )  # fmt: skip
    end_down, _ = signals(tower, real, fake)
    small = boxed(12, [0.01], seeds)
    shape = (-1, len(limits), len(seeds))
    # Sizes run to 1e-30: single precision keeps them, as logarithms to the base ten.
    return {
        "start_down": _decades(start_down).reshape(shape),
        "start_own": _decades(start_own).reshape(shape),
        "end_down": _decades(end_down).reshape(shape),
        "arriving": _decades(arriving).reshape(shape),
        "normalised": _decades(signals(small, real, fake, 1.0)[0]),
        "normalised_clipped": _decades(signals(small, real, fake, 0.01)[0]),
    }


# --- what the boxes say ----------------------------------------------------------------------


def lost(down: npt.ArrayLike) -> FloatArray:
    """Return the powers of ten lost per hidden layer, from logarithms (13, ..., seeds)."""
    table = np.asarray(down, float)
    return np.asarray((table[11] - table[0]) / 11)


def ninety(settings: Mapping[str, Any], parts: Parts) -> FloatArray:
    """Return the steps to 90 % of the final value, shape (limits, seeds)."""
    value = np.asarray(parts["race"]["value"], float)
    return np.asarray(np.array(settings["looks"])[(value >= 0.9 * value[-1]).argmax(0)], float)


def _bounded(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """A2: no critic is steeper than the bound of its box, which is a theorem. Looked at here."""
    part = parts["shapes"]
    slack = np.asarray(part["bound"], float)[..., None] / part["slope"]
    return Finding(
        verdict_of(bool(slack.min() >= 1)),
        f"None of {slack.size} trained critics is steeper than the bound of its box; the typical "
        f"one is within a factor of {np.median(slack):.0f} of it.",
        {
            "critics": str(slack.size),
            "smallest bound / slope": float(slack.min()),
            "median": float(np.median(slack)),
            "largest": float(slack.max()),
            "smallest product of norms / slope": float((part["norms"] / part["slope"]).min()),
        },
        seeds=len(settings["seeds"]),
        note="Five shapes, three boxes; slopes at 1,681 points of the plane, so seen, not proved.",
    )


def _slow_and_silent(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """A3: large boxes are slow, small ones silent.

    Margins: by paired differences each of the three larger boxes needs more steps than the one
    before, Holm's p below 0.05; at c = 0.01 a layer loses more than one power of ten, by the
    whole interval, both at the start and after 50 steps.
    """
    steps = ninety(settings, parts)
    more = np.diff(steps[1:], axis=0)
    chances = holm([float(p_value(row)) for row in more])
    slow = [
        None if p >= 0.05 else bool(row.mean() > 0) for row, p in zip(more, chances, strict=True)
    ]
    k = settings["walls"].index(0.01)
    start, end = (lost(parts["fading"][f"{when}_down"])[k] for when in ("start", "end"))
    silent = [above(float(mean), float(half), 1.0) for mean, half in map(confidence, (start, end))]
    slopes = 10.0 ** np.asarray(parts["fading"]["arriving"][:, k], float).mean(-1)
    return Finding(
        verdict_of(*slow, *silent, scaled_down=True),
        f"The boxes c = 0.1, 0.3 and 1 need {steps[1].mean():.0f}, {steps[2].mean():.0f} and "
        f"{steps[3].mean():.0f} steps to 90 % of their value; at c = 0.01 the gradient loses "
        f"{start.mean():.2f} powers of ten in each layer.",
        {
            **{
                f"steps to 90 % of the value, c = {c:g}": _pm(row, 0)
                for c, row in zip(settings["limits"], steps, strict=True)
            },
            "powers of ten lost per layer, c = 0.01": _pm(start),
            "the same after 50 steps": _pm(end),
            "with batch normalisation": _pm(lost(parts["fading"]["normalised"])),
            "slope at the points, c = 0.01, 3 layers": float(slopes[0]),
            "12 layers": float(slopes[-1]),
        },
        seeds=len(settings["seeds"]),
        note="Points in the plane, width 32, α twenty times the paper's; gradients on 16 seeds.",
    )


def _box_quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    race, shapes = parts["race"], parts["shapes"]
    named = {f"last value, box {i}": race["value"][-1, i] for i in range(4)}
    return named | {f"slope, shape {i}": shapes["slope"][i, 1] for i in range(len(shapes["slope"]))}


def _box_numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    slack = np.asarray(parts["shapes"]["bound"], float)[..., None] / parts["shapes"]["slope"]
    k = settings["walls"].index(0.01)
    start = lost(parts["fading"]["start_down"])
    end = lost(parts["fading"]["end_down"])
    numbers = {
        "critics": str(slack.size),
        "median slack": f"{np.median(slack):.1f}",
        "largest slack": f"{slack.max():.0f}",
        "lost, 0.01": f"{start[k].mean():.2f}",
        "factor, 0.01": f"{10 ** start[k].mean():.0f}",
        "lost after, 0.01": f"{end[k].mean():.2f}",
        "lost after, 0.1": f"{end[settings['walls'].index(0.1)].mean():.2f}".replace("-", "−"),
        "grows after, 0.3": f"{10 ** -end[settings['walls'].index(0.3)].mean():.1f}",
    }
    for c, row in zip(settings["limits"], ninety(settings, parts), strict=True):
        numbers[f"ninety, {c:g}"] = _pm(row, 0)
    return numbers


BOXES = Study(
    name="boxes-for-weights",
    question="How steep, how slow and how silent is a critic whose weights are kept in a box?",
    settings={
        "seeds": list(range(32)),
        "rate": 1e-3,
        "shapes": [[32] * 2, [32] * 3, [32] * 4, [16] * 3, [64] * 3],
        "boxes": [0.01, 0.1, 0.3],
        "limits": [0.01, 0.1, 0.3, 1.0],
        "looks": sorted({round(1500 ** (k / 39)) for k in range(40)}),
        "every": 2,
        "walls": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
        "depths": [3, 6, 9, 12],
    },
    parts={"shapes": _shapes, "race": _race, "fading": _fading, "weights": _weights},
    quantities=_box_quantities,
    rows={"A2": _bounded, "A3": _slow_and_silent},
    numbers=_box_numbers,
    tuning=("weights",),
    check_seeds=8,
)

STUDIES = {study.name: study for study in (BOXES,)}

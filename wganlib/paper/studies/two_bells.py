"""Judges of two bells, trained to the end beside the perfect ones: Figure 2, and a trap."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

from wganlib.distances.measures import Gaussian
from wganlib.paper.study import (
    Arrays,
    Finding,
    Parts,
    Study,
    above,
    beyond,
    per_run,
    share,
    verdict_of,
)
from wganlib.training.intervals import confidence
from wganlib.training.lipschitz import GradientPenalty, LipschitzRule, NoConstraint, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.objectives import WGAN, MinimaxGAN, Objective
from wganlib.training.one_side import CriticTraining, train_critic
from wganlib.training.optimisers import RMSProp

Floats = npt.NDArray[Any]

#: Where the judges are looked at. A figure keeps every fifth place.
X = np.linspace(-6, 6, 241)
#: The chapter's judges: hidden layers, batch, objective, rule.
JUDGES: dict[str, tuple[tuple[int, ...], int, Objective, LipschitzRule]] = {
    "discriminator": ((64,), 128, MinimaxGAN(), NoConstraint()),
    "clipping": ((64,), 128, WGAN(), WeightClipping(0.1)),
    "penalty": ((64,), 256, WGAN(), GradientPenalty(10.0, one_sided=True)),
    "no-rule": ((64,), 128, WGAN(), NoConstraint()),
    "clipping-deep": ((32, 32), 128, WGAN(), WeightClipping(0.1)),
}


def _bells(shift: float = 0.0) -> tuple[Gaussian, Gaussian]:
    return Gaussian(shift - 2.0, 1.0), Gaussian(shift + 2.0, 1.0)


def gap_of_densities() -> Floats:
    """Return p − q at ``X``: what a critic's scores are weighed with to be its estimate."""
    p, q = (np.exp(-((X - m) ** 2) / 2) / np.sqrt(2 * np.pi) for m in (-2, 2))
    made: Floats = p - q
    return made


def perfect() -> Floats:
    """Return the perfect discriminator at ``X``: 1 / (1 + e^{4x})."""
    made: Floats = expit(-4 * X)
    return made


def box_value() -> float:
    """Return what theorem oc-box lets a clipped critic report, over K: the integral from −1."""
    ahead = ndtr(X + 2) - ndtr(X - 2)
    from_here = X >= -1
    return float(np.trapezoid(ahead[from_here], X[from_here]))


def _measured(scores: Floats, slopes: Floats) -> Arrays:
    """Measure critics (runs, 241): scale, slope at the generated mean, least slope, estimate."""
    k = slopes.max(-1)
    near, outside = np.abs(X) <= 4, (np.abs(X) > 2.4) & (np.abs(X) < 3.6)
    return {
        "k": per_run(k),
        "at_mean": per_run(slopes[:, int(np.argmin(np.abs(X - 2)))] / k),
        "least": per_run(slopes[:, near].min(1) / k),
        "outside": per_run(slopes[:, outside].mean(1) / k),
        "estimate": per_run(np.trapezoid(scores * gap_of_densities(), X) / k),
        # The largest step of the score from one place to the next: below 0, it falls throughout.
        "rise": per_run(np.diff(scores[:, near], axis=1).max(1) / k),
    }


def _look(trained: CriticTraining, run: int | slice) -> Arrays:
    """Keep what a figure draws."""
    return {
        "recorded_at": trained.recorded_at.astype(np.int64),
        "scores": per_run(trained.scores[:, run, ::5]),
        "slopes": per_run(trained.slopes[:, run, ::5]),
    }


def _taught(name: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    hidden, batch, objective, rule = JUDGES[name]
    seeds, looks = settings["seeds"], settings["looks"]
    trained = train_critic(
        MLP([1, *hidden, 1], seed=seeds), *_bells(), seed=seeds, steps=looks[-1], batch=batch,
        objective=objective, lipschitz=rule, optimiser=RMSProp(settings["rate"]), probe=X,
        record_at=looks,
    )  # fmt: skip
    kept = {**_measured(trained.scores[-1], trained.slopes[-1]), **_look(trained, slice(0, 1))}
    if name == "discriminator":
        d = expit(trained.scores[-1])
        felt = d * trained.slopes[-1]
        kept["error"] = per_run(np.abs(d - perfect()).max(1))
        kept["felt_at_mean"] = per_run(felt[:, int(np.argmin(np.abs(X - 2)))] / felt.max(1))
    return kept


def _boxes(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train clipped critics in boxes of several widths: runs of the first, then of the next."""
    bounds, five = settings["bounds"], settings["seeds"][: settings["few"]]
    many = five * len(bounds)
    trained = train_critic(
        MLP([1, 64, 1], seed=many), *_bells(), seed=many, steps=800, batch=128,
        optimiser=RMSProp(settings["rate"]), probe=X, record_at=[800],
        lipschitz=WeightClipping(tuple(c for c in bounds for _ in five)),
    )  # fmt: skip
    return _look(trained, slice(None))


def _moved(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train clipped critics of bells that stand farther and farther from the origin."""
    five = settings["seeds"][: settings["few"]]
    scores, slopes, estimates = [], [], []
    for shift in settings["shifts"]:
        trained = train_critic(
            MLP([1, 64, 1], seed=five), *_bells(shift), seed=five, steps=800, batch=128,
            optimiser=RMSProp(settings["rate"]), lipschitz=WeightClipping(0.1),
            probe=shift + X, record_at=[800],
        )  # fmt: skip
        scores.append(trained.scores[-1, :, ::5])
        slopes.append(trained.slopes[-1, :, ::5])
        estimates.append(_measured(trained.scores[-1], trained.slopes[-1])["estimate"])
    return {
        "scores": per_run(scores), "slopes": per_run(slopes), "estimate": per_run(estimates),
    }  # fmt: skip


def _trap(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train critics under the two-sided penalty in several dimensions, bells 4 apart.

    What is kept, at each look: the slope from the generated bell towards the real one, between
    −1 and 1, and the length of the gradient in the middle.
    """
    seeds, looks = settings["seeds"], settings["trap_looks"]
    toward, length = [], []
    for d in settings["dimensions"]:
        along = np.zeros((3, d))
        along[:, 0] = -1.0, 0.0, 1.0
        bells = [Gaussian(side * 2 * np.eye(d)[0], np.eye(d)) for side in (-1, 1)]
        trained = train_critic(
            MLP([d, 64, 1], seed=seeds), *bells, seed=seeds, steps=looks[-1], batch=256,
            lipschitz=GradientPenalty(settings["trap_weight"]),
            optimiser=RMSProp(settings["rate"]), probe=along, record_at=looks,
        )  # fmt: skip
        toward.append((trained.scores[..., 0] - trained.scores[..., 2]) / 2)
        length.append(trained.slopes[..., 1])
    return {"toward": per_run(toward), "length": per_run(length)}


# --- what it says ----------------------------------------------------------------------


def _pm(values: npt.ArrayLike, digits: int = 3) -> str:
    mean, half = confidence(values)
    return f"{mean:.{digits}f} ± {half:.{digits}f}".replace("-", "−")


def _nine_in_ten(condition: Floats) -> tuple[int, bool | None]:
    count = int(condition.sum())
    return count, beyond(share(count, condition.size), 0.9)


def _saturates(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """F2a: in nine runs of ten, at least, the discriminator is silent and each critic is not.

    Silent: below a hundredth of its largest gradient at the generated mean. Clean: the right sign
    and a tenth of K everywhere on [−4, 4], where nearly all points are.
    """
    d = parts["discriminator"]
    silent, silence = _nine_in_ten(d["felt_at_mean"] < 0.01)
    trained, close = _nine_in_ten(d["error"] < 0.1)
    clean, cleanly = {}, []
    for name in ("clipping", "penalty"):
        part = parts[name]
        clean[name], word = _nine_in_ten((part["least"] > 0.1) & (part["rise"] < 0))
        cleanly.append(word)
    exact = perfect()[int(np.argmin(np.abs(X - 2)))]
    runs = d["error"].size
    return Finding(
        verdict_of(silence, close, *cleanly),
        f"At the generated mean the discriminator has {_pm(d['felt_at_mean'], 5)} of its largest "
        f"gradient left, as the perfect one ({exact:.5f}); in {clean['clipping']} of {runs} runs "
        f"the clipped critic, and in {clean['penalty']} the penalised one, has a tenth of its "
        "steepest slope everywhere.",
        {
            "runs whose discriminator is silent": f"{silent} of {runs}",
            "runs within 0.1 of D*": f"{trained} of {runs}",
            "largest |D − D*|": _pm(d["error"]),
            "share of its gradient left at the generated mean, D": _pm(d["felt_at_mean"], 5),
            "the same, clipped critic": _pm(parts["clipping"]["at_mean"]),
            "the same, penalised critic": _pm(parts["penalty"]["at_mean"]),
        },
        seeds=runs,
        note="Each judge has one hidden layer of 64 ReLU units and 1,500 steps, the generator "
        "stands still. Beside the closed form of D* and the exact potential.",
    )


def _linear(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """F2b: a trained clipped critic is linear if its least slope on [−4, 4] is 0.9 K on average."""
    least = parts["clipping"]["least"].astype(float)
    mean, half = (float(v) for v in confidence(least))
    penalised = parts["penalty"]["least"].astype(float)
    return Finding(
        verdict_of(above(mean, half, 0.9)),
        f"The clipped critic's least slope on [−4, 4] is {_pm(least)} of its steepest; that of a "
        f"critic with a one-sided penalty is {_pm(penalised)}.",
        {
            "least slope / K on [−4, 4], clipped": _pm(least),
            "least slope / K, penalised": _pm(penalised),
            "clipped critic's estimate / K, of 4": _pm(parts["clipping"]["estimate"]),
            "what the box allows": box_value(),
            "penalised critic's estimate / K": _pm(parts["penalty"]["estimate"]),
        },
        seeds=least.size,
        note="The exact potential of two bells of one width is linear, of unequal widths it has a "
        "kink. The best clipped network has kinks at ±1 (proved for one hidden layer); it is "
        "nearly linear where all data lie on one side of them.",
    )


def wrong(parts: Parts) -> Floats:
    """Return how many runs end on the wrong hill, for each dimension."""
    found: Floats = (parts["trap"]["toward"][:, -1] < 0).sum(-1)
    return found


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    found: dict[str, npt.NDArray[Any]] = {"|D − D*|": parts["discriminator"]["error"]}
    found["felt, D"] = parts["discriminator"]["felt_at_mean"]
    for name in ("clipping", "penalty", "no-rule", "clipping-deep"):
        for key in ("k", "at_mean", "estimate"):
            found[f"{key}, {name}"] = parts[name][key]
    for i, ends in enumerate(parts["trap"]["toward"][:, -1]):
        found[f"slope in the trap, {i}"] = ends
    return found


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    runs = len(settings["seeds"])
    found = {"seeds": str(runs), "few": str(settings["few"])}
    found["error"] = f"{parts['discriminator']['error'].mean():.3f}"
    found["no rule"] = f"{parts['no-rule']['k'].mean():.0f}"
    found["estimate, clipping"] = _pm(parts["clipping"]["estimate"])
    for i, shift in enumerate(settings["shifts"]):
        found[f"estimate, s = {shift:g}"] = f"{parts['moved']['estimate'][i].mean():.1f}"
    for d, count in zip(settings["dimensions"], wrong(parts), strict=True):
        found[f"wrong hill, d = {d}"] = f"{count} of {runs}"
    found["wrong hill, one-sided"] = f"{int((parts['penalty']['estimate'] < 0).sum())} of {runs}"
    return found


BELLS = Study(
    name="judges-of-two-bells",
    question="What do a discriminator and critics look like that are trained to the end, the "
    "generator standing still?",
    settings={
        "seeds": list(range(40)),
        "rate": 1e-3,
        "looks": [0, 5, 10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000, 1500],
        # Seeds of the two figures about the box.
        "few": 10,
        "bounds": [0.003, 0.01, 0.03, 0.1, 0.3],
        "shifts": [0.0, 1.0, 2.0, 3.0, 4.0, 6.0],
        "dimensions": [1, 2, 4, 10, 20],
        "trap_weight": 10.0,
        "trap_looks": [0, 10, 20, 50, 100, 200, 300, 500, 1000],
    },
    parts={
        **{name: partial(_taught, name) for name in JUDGES},
        "boxes": _boxes,
        "moved": _moved,
        "trap": _trap,
    },
    quantities=_quantities,
    rows={"F2a": _saturates, "F2b": _linear},
    numbers=_numbers,
)

STUDIES = {study.name: study for study in (BELLS,)}

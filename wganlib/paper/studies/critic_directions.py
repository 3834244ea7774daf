"""Where a trained critic sends the generator, beside the exact direction: in *duality*.

A perfect critic gives the gradient of EM by Theorem 3 of the paper. This study asks how near a
network comes to it, kept in a box or under a penalty, after more and more steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib.distances.duality import kantorovich_potential
from wganlib.distances.transport import wasserstein_1
from wganlib.paper.study import Arrays, Parts, Study, per_run
from wganlib.training.intervals import confidence
from wganlib.training.lipschitz import GradientPenalty, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.one_side import train_critic
from wganlib.training.optimisers import RMSProp

FloatArray = npt.NDArray[np.float64]

#: The two rules under which a critic learns, by the chapter's name.
RULES: dict[str, type[WeightClipping] | type[GradientPenalty]] = {
    "clipped": WeightClipping,
    "penalised": GradientPenalty,
}
#: What is trained on the study's seeds.
CASES = ("clipped", "clipped, fast", "penalised")
_H = 1e-4  # for differences of scores, which are smooth almost everywhere


def problem(seed: int, points: int) -> tuple[FloatArray, FloatArray]:
    """Draw real points near a circle, and the generator's noise."""
    draw = np.random.default_rng(seed)
    angle = draw.uniform(0, 2 * np.pi, points)
    circle = 1.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return circle + 0.15 * draw.normal(size=(points, 2)), draw.normal(size=(points, 2))


def generate(theta: FloatArray, z: FloatArray) -> FloatArray:
    """Stretch, turn and shift noise: a generator of four parameters."""
    c, s, stretch = np.cos(theta[3]), np.sin(theta[3]), np.exp(theta[2])
    turned: FloatArray = 0.8 * z * [stretch, 1 / stretch] @ np.array([[c, s], [-s, c]])
    return turned + theta[:2]


def jacobian(theta: FloatArray, z: FloatArray, h: float = 1e-5) -> FloatArray:
    """Differentiate the generated points by the parameters: (points, axes, parameters)."""
    sides = [generate(theta + e, z) - generate(theta - e, z) for e in h * np.eye(len(theta))]
    return np.stack(sides, axis=-1) / (2 * h)


def _follow(
    kind: str, strengths: list[float], rates: list[float], looks: list[int], seed: int,
    settings: Mapping[str, Any],
) -> Arrays:  # fmt: skip
    """Train critics on one problem; at each look, what the generator would feel: (looks, runs)."""
    theta = np.array(settings["theta"], float)
    x, z = problem(seed, settings["points"])
    y = generate(theta, z)
    pushed = [y + s * e for e in np.eye(2) for s in (_H, -_H)]
    given = tuple(strengths) if len(set(strengths)) > 1 else strengths[0]
    course = train_critic(
        MLP([2, 64, 64, 1], seed=[seed] * len(rates), dtype="float64"), x, y,
        seed=[seed] * len(rates), steps=looks[-1], lipschitz=RULES[kind](given),
        optimiser=RMSProp(tuple(rates)), probe=np.concatenate([x, *pushed]), record_at=looks,
    )  # fmt: skip
    real, near = course.scores[..., : len(x)], course.scores[..., len(x) :]
    near = near.reshape(*near.shape[:2], 2, 2, len(y))
    slopes = np.moveaxis(near[..., 0, :] - near[..., 1, :], 2, -1) / (2 * _H)
    chain = jacobian(theta, z)
    exact = -np.einsum("nd,ndk->k", kantorovich_potential(x, y).gradient(y), chain)
    felt = -np.einsum("ernd,ndk->erk", slopes, chain)
    size = np.linalg.norm(felt, axis=-1) / np.linalg.norm(exact)
    return {
        "cosine": felt @ exact / (size * (exact @ exact)),
        "size": size,
        "objective": real.mean(-1) - near.mean((2, 3, 4)),
    }


def _tuned(kind: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Try every strength at every rate, on seeds of their own."""
    strengths, rates = settings["strengths"][kind], settings["rates"][kind]
    pairs = [(strength, rate) for strength in strengths for rate in rates]
    tried = [
        _follow(kind, [p[0] for p in pairs], [p[1] for p in pairs], [0, settings["looks"][-1]],
                seed, settings)["cosine"][-1]
        for seed in settings["tuning_seeds"]
    ]  # fmt: skip
    shape = len(strengths), len(rates), len(tried)
    return {"cosine": per_run(np.stack(tried, axis=-1).reshape(shape))}


def _trained(case: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train with what was chosen; each seed has data, noise, weights and batches of its own."""
    kind, strength, rate = settings["cases"][case]
    runs = [
        _follow(kind, [strength], [rate], settings["looks"], seed, settings)
        for seed in settings["seeds"]
    ]
    return {name: per_run(np.concatenate([run[name] for run in runs], axis=1)) for name in runs[0]}


def _exact(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Return what the critics' objective would be at its best, EM, for each seed."""
    theta = np.array(settings["theta"], float)
    pairs = (problem(seed, settings["points"]) for seed in settings["seeds"])
    return {"em": per_run([wasserstein_1(x, generate(theta, z)) for x, z in pairs])}


# --- what it says ----------------------------------------------------------------------


def best(settings: Mapping[str, Any], parts: Parts) -> dict[str, list[float]]:
    """Return strength and rate of the largest mean cosine in the tuning, for each rule."""
    found = {}
    for kind in RULES:
        means = parts[f"tuning-{kind}"]["cosine"].astype(float).mean(-1)
        i, j = np.unravel_index(int(means.argmax()), means.shape)
        found[kind] = [settings["strengths"][kind][i], settings["rates"][kind][j]]
    return found


def course(parts: Parts, case: str) -> Mapping[str, FloatArray]:
    """Return cosine, size and objective of a case: (looks, seeds)."""
    kept = parts[case.replace(", ", "-")]
    return {name: values.astype(float) for name, values in kept.items()}


def gaps(settings: Mapping[str, Any], parts: Parts) -> dict[str, FloatArray]:
    """Return cosines compared seed by seed: what the box loses, what the penalty is ahead."""
    clipped, fast, penalised = (course(parts, case)["cosine"] for case in CASES)
    early = settings["looks"].index(25)
    return {
        "clipped, fast, step 25 less the last": fast[early] - fast[-1],
        "last step, penalised less clipped": penalised[-1] - clipped[-1],
    }


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    return {
        f"{name}, {case}, last step": course(parts, case)[name][-1]
        for case in CASES
        for name in ("cosine", "size", "objective")
    }


def _said(values: npt.ArrayLike, digits: int = 3) -> str:
    mean, half = confidence(values)
    return f"{mean:.{digits}f} ± {half:.{digits}f}".replace("-", "−")


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"seeds": str(len(settings["seeds"]))}
    found["tuning seeds"] = str(len(settings["tuning_seeds"]))
    for kind in RULES:
        tried = parts[f"tuning-{kind}"]["cosine"].astype(float).mean(-1)
        found[f"{kind}, settings"], found[f"{kind}, best"] = str(tried.size), f"{tried.max():.2f}"
    for case in CASES:
        _, strength, rate = settings["cases"][case]
        found[f"{case}, strength"], found[f"{case}, rate"] = f"{strength:g}", f"{rate:g}"
        row = course(parts, case)
        for k, step in enumerate(settings["looks"]):
            found[f"{case}, cosine, {step}"] = _said(row["cosine"][k])
            found[f"{case}, size, {step}"] = _said(row["size"][k], 2)
            found[f"{case}, objective, {step}"] = _said(row["objective"][k], 2)
    for name, values in gaps(settings, parts).items():
        found[name] = _said(values)
    found["EM"] = _said(parts["exact"]["em"], 2)
    return found


DIRECTIONS = Study(
    name="critic-directions",
    question="How near does a trained critic come to the exact gradient of the generator?",
    settings={
        "seeds": list(range(32)),
        "tuning_seeds": list(range(100, 116)),
        "points": 64,
        "theta": [1.0, 0.4, 0.3, 0.5],
        "looks": [0, 5, 25, 100, 400, 800],
        "rates": {
            "clipped": [3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3],
            "penalised": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
        },
        "strengths": {
            "clipped": [0.004, 0.02, 0.1, 0.5, 2.5],
            "penalised": [0.01, 0.1, 1.0, 10.0, 100.0],
        },
        # The first and the last are the best of the sweep: a test compares them with its kept
        # scores. The second is a box that binds and a rate at which a critic settles in it.
        "cases": {
            "clipped": ["clipped", 0.5, 3e-5],
            "clipped, fast": ["clipped", 0.1, 1e-3],
            "penalised": ["penalised", 1.0, 3e-4],
        },
    },
    parts={
        **{f"tuning-{kind}": partial(_tuned, kind) for kind in RULES},
        **{case.replace(", ", "-"): partial(_trained, case) for case in CASES},
        "exact": _exact,
    },
    quantities=_quantities,
    numbers=_numbers,
    tuning=tuple(f"tuning-{kind}" for kind in RULES),
)

STUDIES = {study.name: study for study in (DIRECTIONS,)}

"""Figures of a training: its film, the estimate beside the truth, what batches like best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from wganbook.figures._parts import cursor, dot
from wganbook.scene import Axis, Panel, Readout, Scene, Slider, field, line, points, segments
from wganlib import _validate as check
from wganlib._validate import FloatArray

#: Decimals of a particle's place. A pixel is about a fiftieth of a unit.
PLACES = 3

#: Roles of up to three trainings or curves that stand in one panel.
_ROLES = ("em", "kl", "good")


@dataclass(frozen=True, eq=False)
class Recording:
    """What a film of a training needs: F frames of k points in the plane.

    ``steps``: generator steps done, growing. ``real``: points of the data. ``generated``: generated
    points, from the same noise in every frame.
    """

    steps: FloatArray
    real: FloatArray
    generated: FloatArray
    critic: FloatArray
    estimate: FloatArray
    em: FloatArray
    floor: float
    reach: float

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together."""
        axes = {"steps": 1, "real": 2, "generated": 3, "critic": 3, "estimate": 1, "em": 1}
        for part in fields(self):
            value = getattr(self, part.name)
            if part.name in axes:
                value = check.finite_array(value, part.name)
                if value.ndim != axes[part.name]:
                    raise ValueError(
                        f"{part.name}: expected {axes[part.name]} axes, got shape {value.shape}"
                    )
            else:
                value = check.real(value, part.name, at_least=0)
            object.__setattr__(self, part.name, value)
        check.real(self.reach, "reach", above=0)
        frames = self.steps.size
        if frames < 2 or (np.diff(self.steps) <= 0).any():
            raise ValueError(f"steps: expected at least two, growing, got {self.steps}")
        for name in ("generated", "critic", "estimate", "em"):
            if len(getattr(self, name)) != frames:
                raise ValueError(
                    f"{name}: expected {frames} frames, got {len(getattr(self, name))}"
                )
        if self.real.shape[1:] != (2,) or self.generated.shape[2:] != (2,):
            raise ValueError(
                f"generated: expected points in the plane, got shape {self.generated.shape}"
            )


def _ticks(high: float) -> tuple[float, ...]:
    """Return 0, a half and the whole of a round number below the end of an axis."""
    unit = 10.0 ** np.floor(np.log10(high))
    top = max(k * unit for k in (1.0, 2.0, 4.0, 6.0, 8.0) if k * unit <= high)
    return (0.0, top / 2, top)


def training_film(recording: Recording) -> Scene:
    """Show a training: generated points over the critic, and what the critic reports.

    ``recording``: what a training with ``record=`` keeps, one run of it shown.
    Source: Arjovsky, Chintala & Bottou (2017), Figure 3, with the exact distance beside the
    estimate.
    """
    if not isinstance(recording, Recording):
        raise TypeError(f"recording: expected a Recording, got {check.describe(recording)}")
    r = recording
    inside = np.all(np.abs(r.generated) <= r.reach, axis=-1)
    near = np.all(np.abs(r.real) <= r.reach, axis=-1)
    fake = np.where(inside[..., None], np.round(r.generated, PLACES), np.nan)
    real = np.round(r.real[near], PLACES)
    size = np.abs(r.critic).max((1, 2), keepdims=True)
    side = (-r.reach, r.reach)
    ticks = (-int(r.reach), 0, int(r.reach)) if r.reach >= 1 else (0,)
    picture = Panel(
        "Generated points over the critic",
        Axis("x₁ (length)", *side, ticks),
        Axis("x₂ (length)", *side, ticks),
        [
            field(r.critic / np.maximum(size, np.finfo(float).tiny), x=side, y=side),
            points(real[:, 0], real[:, 1], role="p", size=2.5, label="real"),
            points(fake[..., 0], fake[..., 1], role="kl", size=2.5, label="generated"),
        ],
        equal=True,
    )
    high = 1.08 * max(float(r.em.max()), float(r.estimate.max()), r.floor, 1e-12)
    low = min(0.0, 1.08 * float(r.estimate.min()))
    end = float(r.steps[-1])
    curves = Panel(
        "What the critic reports, and the truth",
        Axis("generator steps", 0, 1.02 * end, (0, end / 2, end)),
        Axis("EM (length)", low, high, _ticks(high)),
        [
            cursor(r.steps, 0.0, high),
            line([0, end], [r.floor, r.floor], role="soft", dashed=True, label="real points"),
            line(r.steps, r.em, role="em", label="exact EM"),
            line(r.steps, r.estimate, role="good", label="estimate/K"),
            dot(r.steps, r.em, "em"),
            dot(r.steps, r.estimate, "good"),
        ],
    )
    return Scene(
        "A training of a WGAN, step by step",
        Slider("step", "generator steps done", r.steps.tolist(), 0, digits=0, play=True),
        [picture, curves],
        [
            Readout("exact EM", r.em.tolist(), "em"),
            Readout("estimate/K", r.estimate.tolist(), "good", spoken="estimate over K"),
            Readout("floor", [r.floor] * r.steps.size, "soft"),
        ],
        "Left: real points, generated points, and the critic's value as colour, blue where it is "
        "high and orange where it is low. Right: exact EM from the generated points to the data's "
        f"distribution falls from {r.em[0]:.2f} to {r.em[-1]:.2f} over {end:.0f} generator steps, "
        f"towards the floor of {r.floor:.2f} that as many real points keep; the critic's "
        f"estimate, divided by its steepest chord, runs below it and ends at "
        f"{r.estimate[-1]:.2f}.",
    )


def _exact_and_reported(
    runs: Mapping[str, tuple[FloatArray, FloatArray]], looks: int
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return exact EM and the estimates, each (looks, runs), by the way to train."""
    if not isinstance(runs, Mapping):
        raise TypeError(f"runs: expected a mapping of names, got {check.describe(runs)}")
    if not 1 <= len(runs) <= len(_ROLES):
        raise ValueError(f"runs: expected one to three ways to train, got {len(runs)}")
    pairs = {}
    for name, (em, estimate) in runs.items():
        exact, below = check.finite_array(em, "runs"), check.finite_array(estimate, "runs")
        if exact.ndim != 2 or exact.shape != below.shape or len(exact) != looks:
            raise ValueError(
                f"runs: expected arrays ({looks}, runs) for {name}, "
                f"got {exact.shape} and {below.shape}"
            )
        if (exact <= 0).any():
            raise ValueError(f"runs: expected EM above 0 for {name}, got {exact.min():g}")
        pairs[name] = (exact, below)
    return pairs


def estimates_against_em(
    steps: FloatArray, runs: Mapping[str, tuple[FloatArray, FloatArray]]
) -> Scene:
    """Show what critics report against the exact distance, one dot a run, along training.

    ``steps``: generator steps at which was measured, growing. ``runs``: at most three ways to
    train, by name: exact EM, and the estimate over K. On the diagonal the estimate would be right.
    Source: Arjovsky, Chintala & Bottou (2017), section 4.2: how close the estimate is.
    """
    at = check.finite_array(steps, "steps")
    if at.ndim != 1 or at.size < 2 or (np.diff(at) <= 0).any():
        raise ValueError(f"steps: expected at least two, growing, got {at}")
    pairs = _exact_and_reported(runs, at.size)
    shares = {name: (below / exact).mean(1) for name, (exact, below) in pairs.items()}
    high = 1.05 * max(float(np.maximum(*pair).max()) for pair in pairs.values())
    low = min(0.0, *(1.05 * float(below.min()) for _, below in pairs.values()))
    top = max(1.1, *(1.05 * float(share.max()) for share in shares.values()))
    bottom = min(0.0, *(float(share.min()) for share in shares.values()))
    scatter = Panel(
        "Each dot is a run",
        Axis("exact EM (length)", 0, high, _ticks(high)),
        Axis("estimate/K (length)", low, high, _ticks(high)),
        [
            line([0, high], [0, high], role="soft", dashed=True, label="estimate = EM"),
            *(
                points(exact, below, role=role, size=4.5, label=name)
                for role, (name, (exact, below)) in zip(_ROLES, pairs.items(), strict=False)
            ),
        ],
        equal=low == 0,
    )
    end = float(at[-1])
    history = Panel(
        "Share of EM that the critic reports",
        Axis("generator steps", 0, 1.02 * end, (0, end / 2, end)),
        Axis("estimate/K over EM, mean", bottom, top, (0, 0.5, 1)),
        [
            cursor(at, 0.0, top),
            line([0, end], [1, 1], role="soft", dashed=True),
            *(
                mark
                for role, (name, share) in zip(_ROLES, shares.items(), strict=False)
                for mark in (line(at, share, role=role, label=name), dot(at, share, role))
            ),
        ],
    )
    return Scene(
        "How close is the critic's estimate to the truth?",
        Slider("step", "generator steps done", at.tolist(), 0, digits=0, play=True),
        [scatter, history],
        [
            Readout(f"share, {name}", share.tolist(), role, 2, spoken=f"share for {name}")
            for role, (name, share) in zip(_ROLES, shares.items(), strict=False)
        ],
        "Left: one dot for each run, exact EM to the right and the critic's estimate, divided by "
        "its steepest chord, upwards; every dot lies below the diagonal. Right: the share of the "
        "distance that the estimate reports, over training: "
        + "; ".join(f"{n} from {s[0]:.2f} to {s[-1]:.2f}" for n, s in shares.items())
        + ".",
    )


def _curves_by_name(
    losses: Mapping[str, npt.ArrayLike], shape: tuple[int, ...]
) -> dict[str, FloatArray]:
    """Return up to three curves by name, with a value for each width of the model."""
    if not isinstance(losses, Mapping):
        raise TypeError(f"losses: expected a mapping of names, got {check.describe(losses)}")
    if not 1 <= len(losses) <= len(_ROLES):
        raise ValueError(f"losses: expected one to three curves, got {len(losses)}")
    curves = {name: check.finite_array(values, "losses") for name, values in losses.items()}
    for name, values in curves.items():
        if values.shape != shape:
            raise ValueError(f"losses: expected shape {shape} for {name}, got {values.shape}")
    return curves


def _matched_batches(scales: FloatArray, one: FloatArray, two: FloatArray) -> Panel:
    """Draw a batch of the data, one of the model at each width, and their cheapest matching."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    partners = [one[linear_sum_assignment(cdist(s * two, one))[1]] for s in scales]
    made = scales[:, None, None] * two
    met = np.stack(partners)
    reach = 1.1 * float(max(np.abs(one).max(), np.abs(made).max()))
    ticks = (-int(reach), 0, int(reach)) if reach >= 1 else (0,)
    return Panel(
        "Two batches, matched at least cost",
        Axis("x₁ (length)", -reach, reach, ticks),
        Axis("x₂ (length)", -reach, reach, ticks),
        [
            segments(made[..., 0], made[..., 1], met[..., 0], met[..., 1], role="soft"),
            points(one[:, 0], one[:, 1], role="p", size=3, label="data"),
            points(made[..., 0], made[..., 1], role="kl", size=3, label="model"),
        ],
        equal=True,
    )


def minibatch_scale(
    scales: npt.ArrayLike, losses: Mapping[str, npt.ArrayLike], *, size: int, seed: int
) -> Scene:
    """Show what two batches cost when the model is narrower or wider than the data.

    ``scales``: F widths of the model, growing; the data's is 1. ``losses``: at most three curves
    (F,) by name: expected EM of two batches. ``size``: points of the two batches drawn by ``seed``.
    Source: Bellemare et al. (2017), section 3, and Fatras et al. (2020): gradients of distances of
    batches.
    """
    at = check.finite_array(scales, "scales")
    if at.ndim != 1 or at.size < 2 or (np.diff(at) <= 0).any() or 1.0 not in at:
        raise ValueError(f"scales: expected at least two, growing, with 1, got {at}")
    curves = _curves_by_name(losses, at.shape)
    size = check.integer(size, "size", at_least=1)
    one, two = check.generator(seed).standard_normal((2, size, 2))
    extra = {name: values - values[at == 1.0] for name, values in curves.items()}
    low = 1.15 * min(-1e-3, *(float(v.min()) for v in extra.values()))
    high = max(2.5 * -low, 0.02)
    ends = (float(at[0]), float(at[-1]))
    excess = Panel(
        "Expected EM, less the perfect model's",
        Axis("scale s of the model", *ends, sorted({*ends, 1.0})),
        Axis("EM (length)", low, high, (0.0, *_ticks(high)[1:])),
        [
            cursor(at, low, high),
            line(list(ends), [0, 0], role="soft", dashed=True),
            *(
                mark
                for role, (name, values) in zip(_ROLES, extra.items(), strict=False)
                for mark in (
                    line(at, np.where(values <= high, values, np.nan), role=role, label=name),
                    dot(at, np.where(values <= high, values, np.nan), role),
                )
            ),
        ],
    )
    return Scene(
        "A batch likes a narrow model",
        Slider("scale", "scale s of the model", at.tolist(), int((at == 1.0).argmax()), digits=2),
        [_matched_batches(at, one, two), excess],
        [
            Readout(name, values.tolist(), role)
            for role, (name, values) in zip(_ROLES, curves.items(), strict=False)
        ],
        f"Left: {size} points of the data and as many of the model, joined by the cheapest "
        "matching; the slider makes the model narrower or wider. Right: the expected EM of two "
        "batches, less its value at scale 1, has its lowest point below 1: "
        + "; ".join(f"{name} at {at[v.argmin()]:.2f}" for name, v in curves.items())
        + ".",
    )

"""Moving figures of the GAN game: what a discriminator that gets better does to its pupil.

Training happens elsewhere, in ``wganlib.train_critic``: these functions lay out its results,
or compute closed forms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from wganbook.figures._parts import cursor, log_axis
from wganbook.scene import (
    Axis,
    Mark,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    field,
    line,
    points,
    segments,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.divergences import js_divergence
from wganlib.training.intervals import confidence

#: Roles of up to four quantities laid side by side, in the order they are given.
LAID_OUT = ("js", "kl", "tv", "em")

#: The same where the third is a WGAN's critic, which has the colour of EM.
FED_BACK = ("js", "kl", "em", "tv")


def _steps(steps: npt.ArrayLike) -> FloatArray:
    """Return how many steps were done at each look: rising, from 1, for a logarithmic axis."""
    done = check.finite_array(steps, "steps")
    if done.ndim != 1 or done.size < 2 or done[0] < 1 or (np.diff(done) <= 0).any():
        raise ValueError(f"steps: expected at least two numbers that rise from 1, got {done}")
    return done


def _curves(
    curves: object, name: str, looks: int, *, most: int = len(LAID_OUT)
) -> dict[str, FloatArray]:
    """Return named values of all runs at all looks, (E, R)."""
    if not isinstance(curves, Mapping):
        raise TypeError(f"{name}: expected a mapping of names, got {check.describe(curves)}")
    if not 1 <= len(curves) <= most:
        raise ValueError(f"{name}: expected one to {most} names, got {len(curves)}")
    found = {}
    for label, values in curves.items():
        array = check.finite_array(values, f"{name}[{label!r}]")
        if array.ndim != 2 or array.shape[0] != looks or array.shape[1] < 2:
            raise ValueError(
                f"{name}[{label!r}]: expected shape ({looks}, runs), two runs or more, "
                f"got {array.shape}"
            )
        found[str(label)] = array
    return found


# --- the game ------------------------------------------------------------------------------


def judges_of_slope(distance: float = 2.0) -> Scene:
    """Compute the GAN objective of discriminators D(x) = sigmoid(−a x), over the slope a.

    ``distance``: between the means of two bells of width 1, more than 0 and at most 6. The best
    slope is the distance; there the objective is 2 JS − 2 log 2.
    Source: Goodfellow et al. (2014), proposition 1 and theorem 1.
    """
    d = check.real(distance, "distance", above=0, at_most=6)
    x = np.linspace(-10, 10, 2001)
    p, q = (np.exp(-((x - m) ** 2) / 2) for m in (-d / 2, d / 2))
    p, q = p / p.sum(), q / q.sum()
    slopes = np.round(np.linspace(0, 3 * d, 31), 12)
    logit = -slopes[:, None] * x
    objective = -(np.logaddexp(0, -logit) @ p + np.logaddexp(0, logit) @ q)
    best = 2 * js_divergence(p, q) - 2 * math.log(2)
    keep = slice(500, 1501, 20)
    low = min(float(objective.min()), best) - 0.1
    judge = Panel(
        "Two bells and a discriminator",
        Axis("x (length)", -5, 5, (-5, 0, 5)),
        Axis("D; densities (1/length)", 0, 1.08, (0, 0.5, 1)),
        [
            area(x[keep], 0 * x[keep], p[keep] * 100, role="p", label="real"),
            area(x[keep], 0 * x[keep], q[keep] * 100, role="q", label="generated"),
            line(x[keep], 1 / (1 + np.exp(d * x[keep])), role="ink", label="D*", dashed=True),
            line(x[keep], 1 / (1 + np.exp(-logit[:, keep])), role="js", label="D"),
        ],
    )
    values = Panel(
        "What the game pays the discriminator",
        Axis("a: steepness of D (1/length)", 0, float(slopes[-1]), (0, d, 2 * d, 3 * d)),
        Axis("L (nats)", low, 0.05, tuple(range(math.ceil(low), 1))),
        [
            line([0, slopes[-1]], [best, best], role="ink", label="2 JS − 2 log 2", dashed=True),
            line(slopes, objective, role="js", label="L(D)"),
            points(slopes[:, None], objective[:, None], role="js", size=6),
        ],
    )
    return Scene(
        "The best judge reaches the bound",
        Slider("a", "a: how steep the discriminator is", slopes.tolist(), 5, digits=1),
        [judge, values],
        [
            Readout("L", objective.tolist(), "js"),
            Readout("bound", [best] * slopes.size, "ink"),
            Readout("gap", (best - objective).tolist(), "ink"),
        ],
        "Left: two bells, and a discriminator that falls from left to right, the more steeply the "
        "larger a. Right: its objective rises to 2 JS - 2 log 2, reached when a is the distance "
        "of the bells, and falls again.",
    )


# --- training against a generator that stands still -----------------------------------------


def _sizes_panel(
    steps: FloatArray,
    sizes: dict[str, FloatArray],
    *,
    title: str,
    roles: tuple[str, ...] = LAID_OUT,
    floor: float = -8.5,
) -> tuple[Panel, dict[str, FloatArray]]:
    """Draw sizes of gradients on logarithmic axes: geometric means with intervals."""
    x = np.log10(steps)
    logs = {label: np.log10(np.maximum(array, 10**floor)) for label, array in sizes.items()}
    bands = {label: confidence(array) for label, array in logs.items()}
    low = max(floor, math.floor(min((m - h).min() for m, h in bands.values())) - 0.2)
    high = math.ceil(max((m + h).max() for m, h in bands.values())) + 0.2
    marks: list[Mark] = [cursor(x, low, high)]
    for role, (label, (mean, half)) in zip(roles, bands.items(), strict=False):
        marks += [
            area(x, np.maximum(mean - half, low), mean + half, role=role),
            line(x, mean, role=role, label=label),
            points(x[:, None], mean[:, None], role=role, size=6),
        ]
    panel = Panel(
        title,
        log_axis("steps of the judge", 0, float(x[-1]) + 0.05),
        log_axis("size of the gradient (nats per unit of θ)", low, high, 2),
        marks,
    )
    return panel, {label: np.asarray(10**mean) for label, (mean, _) in bands.items()}


def discriminator_film(
    steps: npt.ArrayLike,
    judge: npt.ArrayLike,
    window: tuple[float, float, float, float],
    real: npt.ArrayLike,
    fake: npt.ArrayLike,
    pull: npt.ArrayLike,
    sizes: Mapping[str, npt.ArrayLike],
) -> Scene:
    """Show a discriminator in training, the pull it gives, and the gradients of all runs.

    ``steps``: E looks, from 1. ``judge``: (E, rows, columns), D of one run in ``window`` (left,
    right, bottom, top). ``real, fake``: points. ``pull``: (E, m, 2), drawn at one scale. ``sizes``:
    (E, R), norms of the generator's gradient, one to four.
    Source: Arjovsky and Bottou (2017), Towards Principled Methods, theorem 2.4 and figure 2.
    """
    done = _steps(steps)
    d = check.finite_array(judge, "judge")
    if d.ndim != 3 or d.shape[0] != done.size or d.min() < 0 or d.max() > 1:
        raise ValueError(
            f"judge: expected shape ({done.size}, rows, columns), values from 0 to 1, "
            f"got shape {d.shape}"
        )
    edges = check.finite_array(window, "window")
    if edges.shape != (4,) or edges[0] >= edges[1] or edges[2] >= edges[3]:
        raise ValueError(f"window: expected left, right, bottom and top, got {edges}")
    left, right, bottom, top = (float(edge) for edge in edges)
    here, there = check.points(real, "real"), check.points(fake, "fake")
    for name, cloud in (("real", here), ("fake", there)):
        if cloud.shape[1] != 2:
            raise ValueError(f"{name}: expected points of a plane, got shape {cloud.shape}")
    force = check.finite_array(pull, "pull")
    if force.shape != (done.size, *there.shape):
        raise ValueError(
            f"pull: expected shape {(done.size, *there.shape)}, got shape {force.shape}"
        )
    longest = float(np.linalg.norm(force, axis=-1).max()) or 1.0
    tips = there + force * (0.8 / longest)
    start = np.tile(there, (done.size, 1, 1))
    graph, means = _sizes_panel(
        done,
        _curves(sizes, "sizes", done.size),
        title="Size of the generator's gradient",
    )
    picture = Panel(
        "The judge's opinion, and its pull",
        Axis("x (length)", left, right, (math.ceil(left), math.floor(right))),
        Axis("y (length)", bottom, top, (math.ceil(bottom), math.floor(top))),
        [
            field(2 * d - 1, x=(left, right), y=(bottom, top), limit=1.0),
            points(here[:, 0], here[:, 1], role="p", size=2.5, label="real"),
            segments(
                start[..., 0], start[..., 1], tips[..., 0], tips[..., 1], role="ink", label="pull"
            ),
            # Above the strokes: one of length 0 is a dot, and would cover its point.
            points(there[:, 0], there[:, 1], role="q", size=2.5, label="generated"),
        ],
        equal=True,
    )
    return Scene(
        "A judge in training, a generator that stands still",
        Slider("steps", "steps of the discriminator", done.tolist(), 0, digits=0, play=True),
        [picture, graph],
        [
            Readout(f"log₁₀ {label}", np.log10(mean).tolist(), role, 2)
            for role, (label, mean) in zip(LAID_OUT, means.items(), strict=False)
        ],
        "Left: two curves in the plane; the discriminator colours the ground blue where it says "
        "real and orange where it says generated. Strokes show the pull on generated points: they "
        "grow, and then disappear as the colours become full. Right, both axes logarithmic: the "
        "size of the generator's gradient, mean over runs, for each loss or each pair of curves.",
    )


def dilemma(
    steps: npt.ArrayLike,
    sizes: Mapping[str, npt.ArrayLike],
    cosines: Mapping[str, npt.ArrayLike],
) -> Scene:
    """Lay the size of the feedback beside its direction, over the steps of the judge.

    ``steps``: steps of the judge at each look, rising from 1. ``sizes, cosines``: norms of the
    generator's gradient, and cosines with the true one, by the same names.
    Source: Arjovsky, Chintala & Bottou (2017), section 3: the critic trained to optimality.
    """
    done = _steps(steps)
    norms, angles = (
        _curves(curves, name, done.size)
        for name, curves in (("sizes", sizes), ("cosines", cosines))
    )
    if list(norms) != list(angles):
        raise ValueError(f"cosines: expected the names of sizes, {list(norms)}, got {list(angles)}")
    for label, values in angles.items():
        if np.abs(values).max() > 1 + 1e-9:
            raise ValueError(f"cosines[{label!r}]: expected numbers from −1 to 1")
    graph, means = _sizes_panel(done, norms, title="How strong the feedback is", roles=FED_BACK)
    x = np.log10(done)
    marks: list[Mark] = [cursor(x, -1.05, 1.05), line(x, 0 * x, role="soft")]
    readouts = []
    for role, (label, values) in zip(FED_BACK, angles.items(), strict=False):
        mean, half = confidence(values)
        marks += [
            area(x, np.maximum(mean - half, -1), np.minimum(mean + half, 1), role=role),
            line(x, mean, role=role, label=label),
            points(x[:, None], mean[:, None], role=role, size=6),
        ]
        readouts += [
            Readout(f"log₁₀ size, {label}", np.log10(means[label]).tolist(), role, 2),
            Readout(f"cosine, {label}", mean.tolist(), role, 2),
        ]
    direction = Panel(
        "How right its direction is",
        log_axis("steps of the judge", 0, float(x[-1]) + 0.05),
        Axis("cosine with the gradient of EM", -1.05, 1.05, (-1, 0, 1)),
        marks,
    )
    return Scene(
        "The dilemma: size and direction of the feedback",
        Slider("steps", "steps of the judge", done.tolist(), 0, digits=0, play=True),
        [direction, graph],
        readouts,
        "Left: the mean cosine with the true direction starts near 0, with a wide interval, and "
        "rises towards 1. Right, both axes logarithmic: the minimax gradient rises and then falls "
        "by decades, the minus log D gradient rises all the way, that of the critic settles.",
    )


# --- heavy tails ----------------------------------------------------------------------------


def heavy_tails(steps: Sequence[int], samples: Mapping[str, npt.ArrayLike]) -> Scene:
    """Compare the tails of measured gradients with those of a Gaussian and of a Cauchy law.

    ``steps``: steps of the judge at each look, rising from 1. ``samples``: numbers whose sizes are
    divided by their median at each look; one to three samples.
    Source: Arjovsky and Bottou (2017), Towards Principled Methods, theorem 2.6.
    """
    done = _steps(steps)
    found = _curves(samples, "samples", done.size, most=3)
    share = np.geomspace(0.5, 1e-3, 28)  # of the sample, beyond
    cauchy = np.tan(np.pi / 2 * (1 - share))
    bell = ndtri(1 - share / 2) / ndtri(0.75)
    y = np.log10(share)
    marks: list[Mark] = [
        line(np.log10(bell), y, role="ink", label="Gaussian", dashed=True),
        line(np.log10(cauchy), y, role="soft", label="Cauchy"),
    ]
    readouts = []
    high = 3.5
    for role, (label, values) in zip(("js", "kl", "tv"), found.items(), strict=False):
        sizes = np.abs(values)
        middle = np.median(sizes, axis=1)
        if middle.min() == 0:
            raise ValueError(f"samples[{label!r}]: expected a median that is not 0")
        ratio = np.quantile(sizes, 1 - share, axis=1).T / middle[:, None]
        logs = np.log10(ratio)
        high = max(high, float(logs.max()) + 0.2)
        marks.append(line(logs, np.tile(y, (done.size, 1)), role=role, label=label))
        readouts.append(
            Readout(
                label,
                (np.quantile(sizes, 0.99, axis=1) / middle).tolist(),
                role,
                1,
                f"99 % quantile over median, {label}",
            )
        )
    tails = Panel(
        "How often a gradient is larger than t medians",
        log_axis("t", 0, high),
        log_axis("share of the sample", -3.05, 0),
        marks,
    )
    return Scene(
        "Heavy tails, or not",
        Slider("steps", "steps of the judge", done.tolist(), done.size - 1, digits=0, play=True),
        [tails],
        [
            *readouts,
            Readout("Gaussian", [float(ndtri(0.995) / ndtri(0.75))] * done.size, "ink", 1),
            Readout("Cauchy", [math.tan(math.pi / 2 * 0.99)] * done.size, "soft", 1),
        ],
        "Share of a sample that lies beyond t times its median, both axes logarithmic. A Gaussian "
        "falls off a cliff before t = 5, a Cauchy law follows a straight line of slope minus 1.",
    )

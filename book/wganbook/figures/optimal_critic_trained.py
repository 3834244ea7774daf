"""Moving figures of critics in training, beside the optimal one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from wganbook.figures._parts import bell, log_axis
from wganbook.figures.optimal_critic import (
    _bell,
    _bells,
    _log10,
    _sides,
    perfect_critic,
    perfect_discriminator,
)
from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, area, line, points
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import gaussians
from wganlib.distances.measures import Gaussian
from wganlib.training.one_side import CriticTraining

#: Points of a curve that a figure keeps; more cannot be told apart.
KEPT = 49


def _probe(probe: npt.ArrayLike, scores: FloatArray) -> FloatArray:
    x = check.points(probe, "probe")
    if x.shape[1] != 1 or len(x) != scores.shape[-1]:
        raise ValueError(
            f"probe: expected the {scores.shape[-1]} points on a line that were looked at, "
            f"got shape {x.shape}"
        )
    return x[:, 0]


def _looked(value: object, name: str) -> CriticTraining:
    if not isinstance(value, CriticTraining):
        raise TypeError(f"{name}: expected what train_critic returns, got {check.describe(value)}")
    if not len(value.recorded_at):
        raise ValueError(f"{name}: expected at least one look, got none")
    return value


def _thin(n: int) -> slice:
    return slice(None, None, max(1, (n - 1) // (KEPT - 1)))


def _steepest(slopes: FloatArray) -> FloatArray:
    """Return each critic's steepest slope K, and 1 for one that is flat everywhere."""
    k: FloatArray = slopes.max(-1)
    return np.where(k > 0, k, 1.0)


def _scaled(scores: FloatArray, slopes: FloatArray) -> FloatArray:
    """Divide critics by their steepest slope, and set them to 0 in the middle of the probe."""
    middle = scores[..., scores.shape[-1] // 2, None]
    scaled: FloatArray = (scores - middle) / _steepest(slopes)[..., None]
    return scaled


def _about_zero(label: str, x: FloatArray) -> Axis:
    """Return an axis that goes as far to both sides of 0 as the probe does."""
    end = float(np.abs(x).max())
    return Axis(label, -end, end, _sides(end))


def _perfect_line(x: FloatArray, real: Gaussian, fake: Gaussian) -> Mark:
    """Draw the perfect critic, set to 0 in the middle of the probe like those in training."""
    potential = perfect_critic(x, real, fake)
    keep = _thin(x.size)
    return line(
        x[keep],
        (potential - potential[x.size // 2])[keep],
        role="ink",
        label="f*",
        dashed=True,
    )


def _same_looks(discriminator: CriticTraining, critics: Mapping[str, CriticTraining]) -> None:
    """Refuse critics that were not looked at as the discriminator was."""
    steps = _looked(discriminator, "discriminator").recorded_at
    for name, judge in critics.items():
        if _looked(judge, name).scores.shape[1:] != discriminator.scores.shape[1:]:
            raise ValueError(
                f"{name}: expected {discriminator.scores.shape[1:]} runs and points, as in "
                f"discriminator, got {judge.scores.shape[1:]}"
            )
        if judge.recorded_at.tolist() != steps.tolist():
            raise ValueError(
                f"{name}: expected looks after steps {steps.tolist()}, "
                f"got {judge.recorded_at.tolist()}"
            )


def _discriminator_panel(
    x: FloatArray, best: FloatArray, d: FloatArray, real: Gaussian, fake: Gaussian
) -> Panel:
    """Draw the trained discriminator, look by look, and the best one over the two bells."""
    keep = _thin(x.size)
    return Panel(
        "Discriminator",
        _about_zero("x (length)", x),
        Axis("D; densities (1/length)", 0, 1.08, (0, 0.5, 1)),
        [
            *_bells(x[keep], _bell(real, "real"), _bell(fake, "fake")),
            line(x[keep], best[keep], role="ink", label="D*", dashed=True),
            line(x[keep], d[:, keep], role="js", label="trained"),
        ],
    )


def _scaled_critics(
    x: FloatArray, perfect: Mark, penalised: FloatArray, clipped: FloatArray
) -> Panel:
    """Draw critics (looks, places) that were divided by their steepest slope."""
    keep = _thin(x.size)
    return Panel(
        "Critics, divided by K",
        _about_zero("x (length)", x),
        _about_zero("f / K (length)", x),
        [
            perfect,
            line(x[keep], penalised[:, keep], role="tv", label="penalty"),
            line(x[keep], clipped[:, keep], role="em", label="clipping"),
        ],
    )


def _gradient_shares(
    x: FloatArray,
    perfectly_felt: FloatArray,
    felt: FloatArray,
    penalised: FloatArray,
    clipped: FloatArray,
) -> Panel:
    """Draw what the generator feels of each judge, each as a share of its own largest."""
    low, keep = -5.2, _thin(x.size)

    def shares(values: FloatArray) -> FloatArray:
        return _log10((values / _steepest(values)[..., None])[..., keep], low)

    return Panel(
        "Gradients, as a share of the largest",
        _about_zero("x (length)", x),
        log_axis("share of the largest gradient", low, 0.6, 1),
        [
            line(x[keep], shares(perfectly_felt), role="ink", label="log(1 − D*)", dashed=True),
            line(x[keep], shares(felt), role="js", label="log(1 − D)"),
            line(x[keep], shares(penalised), role="tv", label="penalty"),
            line(x[keep], shares(clipped), role="em", label="clipping"),
        ],
    )


def _growth_of_slopes(steps: npt.NDArray[np.int64], sizes: Mapping[str, FloatArray]) -> Panel:
    """Draw the logarithm of each critic's steepest slope over the looks, by its role."""
    place = np.arange(steps.size)
    bottom = math.floor(min(float(size.min()) for size in sizes.values()))
    roof = math.ceil(max(float(size.max()) for size in sizes.values()))
    named = list(range(0, steps.size, max(1, steps.size // 4)))
    return Panel(
        "The critics' steepest slope K",
        Axis(
            "steps of training",
            -0.5,
            steps.size - 0.5,
            named,
            [str(steps[k]) for k in named],
        ),
        log_axis("K (1/length)", bottom - 0.2, roof + 0.2, 1),
        [
            line(place, sizes["kl"], role="kl", label="no rule"),
            line(place, sizes["tv"], role="tv", label="penalty"),
            line(place, sizes["em"], role="em", label="clipping"),
            *[
                points(place[:, None], size[:, None], role=role, size=5)
                for role, size in sizes.items()
            ],
        ],
    )


def judges_in_training(
    probe: npt.ArrayLike,
    discriminator: CriticTraining,
    clipped: CriticTraining,
    penalised: CriticTraining,
    free: CriticTraining,
    real: Gaussian,
    fake: Gaussian,
    *,
    run: int = 0,
) -> Scene:
    """Lay a discriminator and critics, in training, beside the perfect ones: Figure 2.

    ``probe``: where ``train_critic`` looked. ``discriminator, clipped, penalised, free``: looked at
    after the same steps; the last is a critic without a rule. ``real, fake``: on a line. ``run``:
    the one shown.
    Source: Arjovsky, Chintala & Bottou (2017), Figure 2.
    """
    _same_looks(discriminator, {"clipped": clipped, "penalised": penalised, "free": free})
    steps = discriminator.recorded_at
    x = _probe(probe, discriminator.scores)
    i = check.integer(run, "run", at_least=0, at_most=discriminator.scores.shape[1] - 1)
    logit = perfect_discriminator(x, real, fake)
    d, best = expit(discriminator.scores[:, i]), expit(logit)
    error = np.abs(d - best).max(-1)
    felt = d * discriminator.slopes[:, i]
    perfectly_felt = best * np.abs(np.gradient(logit, x))
    at = int(np.abs(x - _bell(fake, "fake")[0]).argmin())
    penalty, clipping = (
        _scaled(critic.scores[:, i], critic.slopes[:, i]) for critic in (penalised, clipped)
    )
    sizes = {
        role: np.log10(_steepest(judge.slopes[:, i]))
        for role, judge in (("em", clipped), ("tv", penalised), ("kl", free))
    }
    share = clipped.slopes[:, i, at] / _steepest(clipped.slopes[:, i])
    return Scene(
        "A discriminator and critics in training",
        Slider(
            "steps",
            "steps of training",
            steps.tolist(),
            len(steps) - 2,
            digits=0,
            play=True,
        ),
        [
            _discriminator_panel(x, best, d, real, fake),
            _scaled_critics(x, _perfect_line(x, real, fake), penalty, clipping),
            _gradient_shares(x, perfectly_felt, felt, penalised.slopes[:, i], clipped.slopes[:, i]),
            _growth_of_slopes(steps, sizes),
        ],
        [
            Readout("largest |D − D*|", error.tolist(), "js", 3),
            Readout(
                "share at q’s mean, D",
                (felt[:, at] / _steepest(felt)).tolist(),
                "js",
                5,
            ),
            Readout("clipped critic", share.tolist(), "em", 3),
            Readout("K, clipped", clipped.slopes[:, i].max(-1).tolist(), "em", 3),
        ],
        "First: the trained discriminator turns from flat to the closed form D*, a falling "
        "sigmoid. Second: both critics fall from left to right; the penalised one becomes the "
        "straight line f*, the clipped one is steep between minus 1 and 1 and half as steep "
        "outside. Third, on a logarithmic axis: the discriminator's gradient falls by decades over "
        "the generated bell, those of the critics stay within a factor of about two. Fourth: the "
        "steepest slope of the clipped critic and of the penalised one settle, that of a critic "
        "without a rule keeps growing.",
    )


def _slope_by_clip_value(c: FloatArray, k: FloatArray, hidden: int) -> Panel:
    """Draw the steepest slope of each run (clip values, seeds) over its clip value."""
    logs = np.log10(c)
    low, high = math.floor(np.log10(k.min())), math.ceil(np.log10(k.max()))
    return Panel(
        "Its steepest slope K",
        log_axis("clip value c", logs[0] - 0.2, logs[-1] + 0.2, 1),
        log_axis("K (1/length)", low - 0.2, high + 0.2, 1),
        [
            line(logs, np.log10(hidden * c**2), role="ink", label="m c²", dashed=True),
            points(
                np.repeat(logs, k.shape[1]),
                np.log10(k).ravel(),
                role="soft",
                size=2.5,
                label="each seed",
            ),
            points(
                logs[:, None], np.log10(k.mean(1))[:, None], role="em", size=6, label="mean, here"
            ),
        ],
    )


def clip_values(
    probe: npt.ArrayLike,
    bounds: npt.ArrayLike,
    trained: CriticTraining,
    real: Gaussian,
    fake: Gaussian,
    *,
    hidden: int,
) -> Scene:
    """Show what the clip value does to a critic with one hidden layer: its size, not its shape.

    ``probe``: where ``train_critic`` looked. ``bounds``: clip values, rising. ``trained``: C · S
    runs, the S runs of the first clip value first; the last look is shown. ``real, fake``: on a
    line.
    Source: Arjovsky, Chintala & Bottou (2017), section 3: K depends on the box of weights.
    """
    c = check.finite_array(bounds, "bounds")
    m = check.integer(hidden, "hidden", at_least=1)
    runs = _looked(trained, "trained").scores.shape[1]
    if c.ndim != 1 or c.size == 0 or c.min() <= 0 or runs % c.size:
        raise ValueError(f"bounds: expected positive numbers that divide {runs} runs, got {c}")
    x = _probe(probe, trained.scores)
    scores = trained.scores[-1].reshape(c.size, -1, x.size)
    slopes = trained.slopes[-1].reshape(c.size, -1, x.size)
    k = slopes.max(-1)
    if k.min() == 0:
        raise ValueError("trained: expected critics that are not flat everywhere, got one that is")
    perfect = _perfect_line(x, real, fake)
    p, q = (bell(x, *_bell(b, n)) for b, n in ((real, "real"), (fake, "fake")))
    estimates = np.trapezoid(scores * (p - q), x) / k
    keep = _thin(x.size)
    shape = Panel(
        "The critic, divided by its K",
        _about_zero("x (length)", x),
        _about_zero("f / K (length)", x),
        [
            perfect,
            line(x[keep], _scaled(scores[:, 0], slopes[:, 0])[:, keep], role="em", label="clipped"),
        ],
    )
    return Scene(
        "The clip value sets the critic's scale",
        Slider("c", "c: the clip value", c.tolist(), c.size // 2, digits=3),
        [shape, _slope_by_clip_value(c, k, m)],
        [
            Readout("K", k.mean(1).tolist(), "em", 5),
            Readout("K / (m c²)", (k.mean(1) / (m * c**2)).tolist(), "em", 2),
            Readout("estimate / K", estimates.mean(1).tolist(), "em", 3),
            Readout("EM", [_em(real, fake)] * c.size, "ink", 3),
        ],
        "Left: the critic divided by its steepest slope; its shape, steep in the middle and half "
        "as steep on either side, is the same for every clip value. Right, both axes logarithmic: "
        "its steepest slope grows as the square of the clip value, at or a little below "
        "m times c squared.",
    )


def _em(real: Gaussian, fake: Gaussian) -> float:
    return gaussians.wasserstein_1_gaussian(*_bell(real, "real"), *_bell(fake, "fake"))


def _bells_along(here: FloatArray, shifts: FloatArray, across: Axis) -> Panel:
    """Draw the two bells at each shift, and the origin, which stays where it is."""
    middle = here - shifts[:, None]
    return Panel(
        "Two bells, moved together",
        across,
        Axis("density (1/length)", 0, 0.5, (0, 0.2, 0.4)),
        [
            area(here, 0 * here, bell(middle, -2, 1), role="p", label="real"),
            area(here, 0 * here, bell(middle, 2, 1), role="q", label="generated"),
            line([0, 0], [0, 0.5], role="soft", label="origin"),
        ],
    )


def moved_origin(
    probe: npt.ArrayLike, shifts: npt.ArrayLike, trained: Sequence[CriticTraining]
) -> Scene:
    """Show the slope of clipped critics of two bells that move away from the origin together.

    ``probe``: where ``train_critic`` looked, measured from the middle between the bells.
    ``shifts``: where the middle lay. ``trained``: one for each shift; the last look is shown.
    Source: Arjovsky, Chintala & Bottou (2017), Algorithm 1, line 7: the box that clips biases too.
    """
    s = check.finite_array(shifts, "shifts")
    if not isinstance(trained, Sequence):
        raise TypeError(
            f"trained: expected a sequence of what train_critic returns, "
            f"got {check.describe(trained)}"
        )
    looks = [_looked(one, f"trained[{i}]") for i, one in enumerate(trained)]
    if len({one.scores.shape[1:] for one in looks}) != 1:
        raise ValueError("trained: expected the same numbers of runs and points throughout")
    if s.ndim != 1 or s.size != len(trained):
        raise ValueError(f"shifts: expected one for each of {len(trained)}, got shape {s.shape}")
    slopes = np.array([one.slopes[-1] for one in looks])
    scores = np.array([one.scores[-1] for one in looks])
    y = _probe(probe, scores)
    k = _steepest(slopes)
    gap = bell(y, -2.0, 1.0) - bell(y, 2.0, 1.0)
    estimates = np.trapezoid(scores * gap, y) / k
    keep = _thin(y.size)
    shares = (slopes / k[..., None])[..., keep]
    here = s[:, None] + y[keep]
    low, high = float(here.min()), float(here.max())
    across = Axis("x (length)", low, high, [t for t in (0, 4, 8) if low <= t <= high])
    slope = Panel(
        "How steep the clipped critic is",
        across,
        Axis("slope / K", 0, 1.1, (0, 0.5, 1)),
        [
            line([0, 0], [0, 1.1], role="soft"),
            line(here, np.ones_like(here), role="ink", label="f*", dashed=True),
            area(here, shares.min(1), shares.max(1), role="em", label="all seeds"),
            line(here, shares.mean(1), role="em", label="mean of the seeds"),
        ],
    )
    return Scene(
        "The box has a centre: clipped critics away from the origin",
        Slider("s", "s: how far both bells have moved", s.tolist(), 1, digits=1),
        [_bells_along(here, s, across), slope],
        [
            Readout("EM", [4.0] * s.size, "ink"),
            Readout("estimate / K", estimates.mean(1).tolist(), "em"),
            Readout(
                "smallest slope / K near the bells",
                (slopes / k[..., None])[..., np.abs(y) <= 4].min((1, 2)).tolist(),
                "em",
                2,
            ),
        ],
        "Left: two bells at s minus 2 and s plus 2. Right: the slope of clipped critics. With the "
        "origin between the bells it is 1 between minus 1 and 1 and about one half elsewhere; "
        "with both bells far to the right of the origin it is nearly constant over both.",
    )

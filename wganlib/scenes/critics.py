"""Moving figures of judges: discriminators and critics of two bells, and what teaching them does.

Training happens elsewhere, in ``wganlib.train_critic`` and ``wganlib.train``: these functions
lay its results beside closed forms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

from wganlib import _validate as check
from wganlib import transport
from wganlib._validate import FloatArray
from wganlib.halves import CriticTraining
from wganlib.history import History
from wganlib.measures import Gaussian
from wganlib.scene import Axis, Mark, Panel, Readout, Scene, Slider, area, line, points
from wganlib.scenes._parts import bell, log_axis

#: Points of a curve that a figure keeps; more cannot be told apart.
KEPT = 49


def _sides(end: float) -> tuple[float, float, float]:
    """Return ticks for an axis from −end to end: zero, and whole numbers if there are any."""
    tick = float(math.floor(end)) or end
    return -tick, 0.0, tick


def _log10(values: FloatArray, low: float) -> FloatArray:
    """Return decimal logarithms, not a number below the edge of the axis."""
    with np.errstate(divide="ignore"):
        logs = np.log10(values)
    return np.where(logs >= low, logs, np.nan)


def _bell(value: object, name: str) -> tuple[float, float]:
    """Return mean and standard deviation of a bell on a line."""
    if not isinstance(value, Gaussian):
        raise TypeError(f"{name}: expected a Gaussian, got {check.describe(value)}")
    if value.dimension != 1:
        raise ValueError(f"{name}: expected a Gaussian on a line, got {value.dimension} dimensions")
    return float(value.centre[0]), float(value.root[0, 0])


def perfect_discriminator(x: npt.ArrayLike, real: Gaussian, fake: Gaussian) -> FloatArray:
    """Return the logit of the best discriminator, log p − log q, of two bells on a line.

    Parameters
    ----------
    x : array_like
    real, fake : Gaussian
        On a line.

    Returns
    -------
    array
        D*(x) is the sigmoid of it; a straight line in x if the bells are equally wide.

    Raises
    ------
    TypeError, ValueError
        For what is not numbers, or not a bell on a line.

    Source
    ------
    Goodfellow et al. (2014), proposition 1.

    Examples
    --------
    >>> from wganlib import Gaussian
    >>> perfect_discriminator([0.0, 1.0], Gaussian(-2.0, 1.0), Gaussian(2.0, 1.0)).tolist()
    [0.0, -4.0]
    """
    at = check.finite_array(x, "x")
    (m, s), (n, t) = _bell(real, "real"), _bell(fake, "fake")
    logit: FloatArray = ((at - n) / t) ** 2 / 2 - ((at - m) / s) ** 2 / 2 + math.log(t / s)
    return logit


def perfect_critic(x: npt.ArrayLike, real: Gaussian, fake: Gaussian) -> FloatArray:
    """Return a Kantorovich potential of two bells on a line, 0 in the middle between them.

    Its slope is −1 where the CDF of ``real`` is the larger one, and 1 where it is the smaller:
    the CDFs of two bells cross once if they differ in width, and never if they do not.

    Parameters
    ----------
    x : array_like
    real, fake : Gaussian
        On a line, not equal.

    Returns
    -------
    array
        f*(x), with E f*(real) − E f*(fake) = EM.

    Raises
    ------
    TypeError, ValueError
        For what is not numbers, not a bell on a line, or one bell twice.

    Source
    ------
    Villani, Topics in Optimal Transportation (2003), theorem 1.14 and section 2.2.

    Examples
    --------
    >>> from wganlib import Gaussian
    >>> perfect_critic([0.0, 1.0], Gaussian(-2.0, 1.0), Gaussian(2.0, 1.0)).tolist()
    [0.0, -1.0]
    >>> perfect_critic([-1.0, 0.0, 1.0], Gaussian(0.0, 1.0), Gaussian(0.0, 4.0)).tolist()
    [-1.0, 0.0, -1.0]
    """
    at = check.finite_array(x, "x")
    (m, s), (n, t) = _bell(real, "real"), _bell(fake, "fake")
    if (m, s) == (n, t):
        raise ValueError("fake: expected another bell than real, got the same")
    middle = (m + n) / 2
    if s == t:
        return (middle - at) * math.copysign(1.0, n - m)
    kink = (n * s - m * t) / (s - t)
    up = math.copysign(1.0, s - t)  # the potential is a roof where the real bell is narrower
    roof: FloatArray = up * (np.abs(at - kink) - abs(middle - kink))
    return roof + 0.0  # no −0


def _bells(x: FloatArray, real: tuple[float, float], fake: tuple[float, float]) -> list[Mark]:
    flat = np.zeros_like(x)
    return [
        area(x, flat, bell(x, *real), role="p", label="real"),
        area(x, flat, bell(x, *fake), role="q", label="generated"),
    ]


# --- the perfect judges -------------------------------------------------------------------


def perfect_judges() -> Scene:
    """Compute the best discriminator and the best critic of two bells, over their distance.

    Returns
    -------
    Scene
        Bells of width 1 at ∓d/2, d from 0.5 to 6. All closed forms.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Figure 2; Goodfellow et al. (2014), proposition 1.

    Examples
    --------
    >>> from wganlib.scenes import perfect_judges
    >>> perfect_judges().sentence(14)
    'd 4.00, EM 4.00, D* at the generated mean 0.00033535, its gradient 0.00134140, the critic 1'
    """
    x = np.linspace(-6, 6, 97)
    gaps = np.linspace(0.5, 6, 23)
    pairs = [(Gaussian(-d / 2, 1.0), Gaussian(d / 2, 1.0)) for d in gaps]
    logits = np.array([perfect_discriminator(x, *pair) for pair in pairs])
    steep = gaps[:, None] * expit(logits)
    at_mean = gaps * expit(-(gaps**2) / 2)
    low = -10.2
    frames = np.ones((gaps.size, 1))
    densities = [np.array([bell(x, sign * d / 2, 1.0) for d in gaps]) for sign in (-1, 1)]
    judges = Panel(
        "What the judges say",
        Axis("x (length)", -6, 6, (-6, 0, 6)),
        Axis("D*; f* squeezed; density (1/length)", 0, 1.08, (0, 0.5, 1)),
        [
            area(x, np.zeros_like(x), densities[0], role="p", label="real"),
            area(x, np.zeros_like(x), densities[1], role="q", label="generated"),
            line(x, 0.5 - x / 12, role="em", label="critic f*, from 6 down to −6"),
            line(x, expit(logits), role="js", label="discriminator D*"),
        ],
    )
    gradients = Panel(
        "What the generator feels",
        Axis("x (length)", -6, 6, (-6, 0, 6)),
        log_axis("size of the gradient", low, 2.2, 2),
        [
            line(x, _log10(steep, low), role="js", label="of log(1 − D*)"),
            line(x, np.zeros_like(x), role="em", label="of f*"),
            points(gaps[:, None] / 2, np.log10(at_mean)[:, None], role="js", size=6),
            points(gaps[:, None] / 2, 0 * frames, role="em", size=6, label="generated mean"),
        ],
    )
    return Scene(
        "Two bells, a perfect discriminator and a perfect critic",
        Slider("d", "d: distance between the two bells", gaps.tolist(), 14),
        [judges, gradients],
        [
            Readout("EM", gaps.tolist(), "em", 2),
            Readout(
                "D* there",
                expit(-(gaps**2) / 2).tolist(),
                "js",
                8,  # so that the largest distance does not read 0
                "D* at the generated mean",
            ),
            Readout("its gradient", at_mean.tolist(), "js", 8),
            Readout("critic’s gradient", [1.0] * gaps.size, "em", 0, "the critic"),
        ],
        "Left: D* falls from 1 to 0 between the bells, the more steeply the further they are "
        "apart; the perfect critic is a straight line of slope minus 1, drawn squeezed into the "
        "same frame. Right, on a logarithmic axis: the gradient of log(1 - D*) falls along a "
        "straight line over the generated bell, below a ten-millionth when the bells are 6 apart; "
        "that of the critic is 1 everywhere.",
    )


def kinked_potential() -> Scene:
    """Compute the perfect critic of two bells of different widths: a roof, not a line.

    Returns
    -------
    Scene
        The real bell is N(−½, 1), the generated one N(½, σ²), σ from 0.4 to 2.5.

    Source
    ------
    Villani, Topics in Optimal Transportation (2003), section 2.2: EM is the area between CDFs.

    Examples
    --------
    >>> from wganlib.scenes import kinked_potential
    >>> kinked_potential().sentence(0)
    'σ 0.40, EM 1.024, kink at 1.17'
    """
    x = np.linspace(-6, 6, 81)
    widths = np.round(np.arange(0.4, 2.55, 0.1), 12)
    real = Gaussian(-0.5, 1.0)
    fakes = [Gaussian(0.5, float(w**2)) for w in widths]
    f = np.array([perfect_critic(x, real, fake) for fake in fakes])
    low = ndtr((x - 0.5) / widths[:, None])
    high = np.broadcast_to(ndtr(x + 0.5), low.shape)
    with np.errstate(divide="ignore"):
        kinks = np.where(
            widths == 1, np.nan, (1 + widths) / np.where(widths == 1, 1, 2 - 2 * widths)
        )
    inside = np.where(np.abs(kinks) < 6, kinks, np.nan)
    top = np.array(
        [
            perfect_critic([k if math.isfinite(k) else 0.0], real, fake)[0]
            for k, fake in zip(inside, fakes, strict=True)
        ]
    )
    em = [transport.wasserstein_1_gaussian(-0.5, 1.0, 0.5, float(w)) for w in widths]
    areas = Panel(
        "The area between the CDFs is EM",
        Axis("x (length)", -6, 6, (-6, 0, 6)),
        Axis("probability", -0.02, 1.08, (0, 0.5, 1)),
        [
            area(x, low, np.maximum(low, high), role="em", label="real is ahead"),
            area(x, np.minimum(low, high), low, role="js", label="generated is ahead"),
            line(x, ndtr(x + 0.5), role="p", label="real"),
            line(x, low, role="q", label="generated"),
        ],
    )
    roof = Panel(
        "The perfect critic",
        Axis("x (length)", -6, 6, (-6, 0, 6)),
        Axis("f* (length)", -8, 8, (-6, 0, 6)),
        [
            line(x, f, role="em", label="f*"),
            points(inside[:, None], top[:, None], role="js", size=6, label="where the CDFs cross"),
        ],
    )
    return Scene(
        "Bells of different widths: the perfect critic has a kink",
        Slider("σ", "sigma: width of the generated bell", widths.tolist(), 16),
        [areas, roof],
        [
            Readout("EM", em, "em"),
            Readout("kink at", kinks.tolist(), "js", 2),
        ],
        "Left: the two CDFs; EM is the area between them, counted positive on both sides of where "
        "they cross. Right: the perfect critic falls with slope minus 1 where the real CDF is the "
        "larger, and rises with slope 1 where it is the smaller. Only for equal widths is it a "
        "straight line.",
    )


# --- trained judges -------------------------------------------------------------------------


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

    Parameters
    ----------
    probe : array_like, shape (n,)
        Where ``train_critic`` looked.
    discriminator, clipped, penalised, free : CriticTraining
        Looked at after the same steps. The last is a critic without a rule.
    real, fake : Gaussian
        On a line.
    run : int
        Which run to show.

    Returns
    -------
    Scene
        The slider goes through the steps. Critics are divided by their steepest slope K.

    Raises
    ------
    TypeError, ValueError
        For results that were not looked at after the same steps, or at other points.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Figure 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> from wganlib.scenes import judges_in_training
    >>> bells = wg.Gaussian(-2.0, 1.0), wg.Gaussian(2.0, 1.0)
    >>> x = [-2.0, 0.0, 2.0]
    >>> looked = {"seed": 0, "steps": 3, "probe": x, "record_at": [0, 1, 3]}
    >>> judges = [wg.train_critic(wg.MLP([1, 4, 1], seed=0), *bells, **looked) for _ in range(4)]
    >>> [round(step) for step in judges_in_training(x, *judges, *bells).slider.values]
    [0, 1, 3]
    """
    steps = _looked(discriminator, "discriminator").recorded_at
    for name, judge in (("clipped", clipped), ("penalised", penalised), ("free", free)):
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
    x = _probe(probe, discriminator.scores)
    i = check.integer(run, "run", at_least=0, at_most=discriminator.scores.shape[1] - 1)
    logit = perfect_discriminator(x, real, fake)
    d, best = expit(discriminator.scores[:, i]), expit(logit)
    error = np.abs(d - best).max(-1)
    felt = d * discriminator.slopes[:, i]
    perfectly_felt = best * np.abs(np.gradient(logit, x))
    at = int(np.abs(x - _bell(fake, "fake")[0]).argmin())
    bells = _bell(real, "real"), _bell(fake, "fake")
    low = -5.2
    keep = _thin(x.size)
    end = float(np.abs(x).max())
    ticks = _sides(end)
    across = Axis("x (length)", -end, end, ticks)

    def shares(values: FloatArray) -> FloatArray:
        return _log10((values / _steepest(values)[..., None])[..., keep], low)

    potential = perfect_critic(x, real, fake)
    left = Panel(
        "Discriminator",
        across,
        Axis("D; densities (1/length)", 0, 1.08, (0, 0.5, 1)),
        [
            *_bells(x[keep], *bells),
            line(x[keep], best[keep], role="ink", label="D*", dashed=True),
            line(x[keep], d[:, keep], role="js", label="trained"),
        ],
    )
    middle = Panel(
        "Critics, divided by K",
        across,
        Axis("f / K (length)", -end, end, ticks),
        [
            line(
                x[keep],
                (potential - potential[x.size // 2])[keep],
                role="ink",
                label="f*",
                dashed=True,
            ),
            line(
                x[keep],
                _scaled(penalised.scores[:, i], penalised.slopes[:, i])[:, keep],
                role="tv",
                label="penalty",
            ),
            line(
                x[keep],
                _scaled(clipped.scores[:, i], clipped.slopes[:, i])[:, keep],
                role="em",
                label="clipping",
            ),
        ],
    )
    right = Panel(
        "Gradients, as a share of the largest",
        across,
        log_axis("share of the largest gradient", low, 0.6, 1),
        [
            line(x[keep], shares(perfectly_felt), role="ink", label="log(1 − D*)", dashed=True),
            line(x[keep], shares(felt), role="js", label="log(1 − D)"),
            line(x[keep], shares(penalised.slopes[:, i]), role="tv", label="penalty"),
            line(x[keep], shares(clipped.slopes[:, i]), role="em", label="clipping"),
        ],
    )
    place = np.arange(steps.size)
    sizes = {
        role: np.log10(_steepest(judge.slopes[:, i]))
        for role, judge in (("em", clipped), ("tv", penalised), ("kl", free))
    }
    bottom = math.floor(min(float(size.min()) for size in sizes.values()))
    roof = math.ceil(max(float(size.max()) for size in sizes.values()))
    named = list(range(0, steps.size, max(1, steps.size // 4)))
    growth = Panel(
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
        [left, middle, right, growth],
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

    Parameters
    ----------
    probe : array_like, shape (n,)
        Where ``train_critic`` looked.
    bounds : array_like, shape (C,)
        Clip values, rising.
    trained : CriticTraining
        Of C · S runs: the S runs of the first clip value, then those of the next. The last
        look is shown.
    real, fake : Gaussian
        On a line.
    hidden : int
        Units in the hidden layer.

    Returns
    -------
    Scene
        The slider goes through the clip values.

    Raises
    ------
    TypeError, ValueError
        For a number of runs that is no multiple of the number of clip values.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 3: K depends on the box of weights.

    Examples
    --------
    >>> import wganlib as wg
    >>> from wganlib.scenes import clip_values
    >>> bells = wg.Gaussian(-2.0, 1.0), wg.Gaussian(2.0, 1.0)
    >>> trained = wg.train_critic(
    ...     wg.MLP([1, 4, 1], seed=[0, 1]), *bells, seed=[0, 1], steps=9, probe=[-2.0, 0.0, 2.0],
    ...     record_at=[9], lipschitz=wg.WeightClipping([0.01, 0.1]),
    ... )
    >>> scene = clip_values([-2.0, 0.0, 2.0], [0.01, 0.1], trained, *bells, hidden=4)
    >>> scene.slider.texts
    ['0.010', '0.100']
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
    potential = perfect_critic(x, real, fake)
    p, q = (bell(x, *_bell(b, n)) for b, n in ((real, "real"), (fake, "fake")))
    estimates = np.trapezoid(scores * (p - q), x) / k
    keep, end = _thin(x.size), float(np.abs(x).max())
    logs = np.log10(c)
    low, high = math.floor(np.log10(k.min())), math.ceil(np.log10(k.max()))
    shape = Panel(
        "The critic, divided by its K",
        Axis("x (length)", -end, end, _sides(end)),
        Axis("f / K (length)", -end, end, _sides(end)),
        [
            line(
                x[keep],
                (potential - potential[x.size // 2])[keep],
                role="ink",
                label="f*",
                dashed=True,
            ),
            line(x[keep], _scaled(scores[:, 0], slopes[:, 0])[:, keep], role="em", label="clipped"),
        ],
    )
    size = Panel(
        "Its steepest slope K",
        log_axis("clip value c", logs[0] - 0.2, logs[-1] + 0.2, 1),
        log_axis("K (1/length)", low - 0.2, high + 0.2, 1),
        [
            line(logs, np.log10(m * c**2), role="ink", label="m c²", dashed=True),
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
    return Scene(
        "The clip value sets the critic's scale",
        Slider("c", "c: the clip value", c.tolist(), c.size // 2, digits=3),
        [shape, size],
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
    return transport.wasserstein_1_gaussian(*_bell(real, "real"), *_bell(fake, "fake"))


def moved_origin(
    probe: npt.ArrayLike, shifts: npt.ArrayLike, trained: Sequence[CriticTraining]
) -> Scene:
    """Show the slope of clipped critics of two bells that move away from the origin together.

    Parameters
    ----------
    probe : array_like, shape (n,)
        Where ``train_critic`` looked, measured from the middle between the bells.
    shifts : array_like, shape (k,)
        Where the middle lay.
    trained : sequence of CriticTraining
        One for each shift; the last look is shown.

    Returns
    -------
    Scene
        The bells stand at shift ∓ 2, width 1.

    Raises
    ------
    TypeError, ValueError
        For numbers that do not fit together.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Algorithm 1, line 7: the box that clips biases too.

    Examples
    --------
    >>> import wganlib as wg
    >>> from wganlib.scenes import moved_origin
    >>> trained = [
    ...     wg.train_critic(
    ...         wg.MLP([1, 4, 1], seed=0), wg.Gaussian(s - 2.0, 1.0), wg.Gaussian(s + 2.0, 1.0),
    ...         seed=0, steps=9, probe=[s - 2, s, s + 2], record_at=[9],
    ...     )
    ...     for s in (0.0, 5.0)
    ... ]
    >>> moved_origin([-2.0, 0.0, 2.0], [0.0, 5.0], trained).readouts[0].texts
    ['4.000', '4.000']
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
    place = Panel(
        "Two bells, moved together",
        across,
        Axis("density (1/length)", 0, 0.5, (0, 0.2, 0.4)),
        [
            area(here, 0 * here, bell(here - s[:, None], -2, 1), role="p", label="real"),
            area(here, 0 * here, bell(here - s[:, None], 2, 1), role="q", label="generated"),
            line([0, 0], [0, 0.5], role="soft", label="origin"),
        ],
    )
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
        [place, slope],
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


# --- how long to train the critic --------------------------------------------------------


def critic_steps(
    trained: Mapping[str, Sequence[History]],
    n_critic: Sequence[int],
    modes: npt.ArrayLike,
    *,
    show: Sequence[str],
    run: int = 0,
) -> Scene:
    """Compare methods over the number of critic steps between two generator steps.

    Parameters
    ----------
    trained : mapping of str to sequence of History
        For each method, up to four, one ensemble for each entry of ``n_critic``.
    n_critic : sequence of int
        At least two.
    modes : array_like, shape (k, 2)
        Centres of the data's modes.
    show : sequence of str
        The methods whose points are shown.
    run : int
        Which run's points.

    Returns
    -------
    Scene

    Raises
    ------
    TypeError, ValueError
        For methods that are not there, or not one ensemble for each ``n_critic``.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 3 and section 4.3.

    Examples
    --------
    >>> import wganlib as wg
    >>> from wganlib.scenes import critic_steps
    >>> ring = wg.ring_of_gaussians()
    >>> def run(n):
    ...     return wg.train(
    ...         wg.MLP([2, 4, 2], seed=0), wg.MLP([2, 4, 1], seed=0), ring, seed=0, steps=2,
    ...         n_critic=n, evaluate_every=2, evaluation_points=9,
    ...     )
    >>> runs = {"one": [run(1), run(2)], "other": [run(1), run(2)]}
    >>> centres = [part.mean for part in ring.components]
    >>> scene = critic_steps(runs, [1, 2], centres, show=["one", "other"])
    >>> [panel.title for panel in scene.panels]
    ['one', 'other', 'EM at the end']
    """
    roles = ("js", "kl", "em", "tv")
    if not isinstance(n_critic, Sequence):
        raise TypeError(f"n_critic: expected whole numbers, got {check.describe(n_critic)}")
    counts = [check.integer(n, f"n_critic[{i}]", at_least=1) for i, n in enumerate(n_critic)]
    if len(counts) < 2:
        raise ValueError(f"n_critic: expected at least two, got {len(counts)}")
    if not isinstance(trained, Mapping):
        raise TypeError(f"trained: expected ensembles by method, got {check.describe(trained)}")
    if isinstance(show, str) or not isinstance(show, Sequence):
        raise TypeError(f"show: expected names of methods, got {check.describe(show)}")
    if not 1 <= len(trained) <= len(roles):
        raise ValueError(f"trained: expected up to {len(roles)} methods, got {len(trained)}")
    for name, histories in trained.items():
        if not all(isinstance(h, History) and len(h.eval_step) for h in histories):
            raise TypeError(f"trained: expected histories with evaluations for {name}")
        if len(histories) != len(counts):
            raise ValueError(
                f"trained: expected {len(counts)} ensembles for {name}, got {len(histories)}"
            )
    for i, name in enumerate(show):
        check.one_of(name, f"show[{i}]", trained)
    centres = check.points(modes, "modes")
    if centres.shape[1] != 2:
        raise ValueError(f"modes: expected points in the plane, got shape {centres.shape}")
    least = min(h.runs for histories in trained.values() for h in histories)
    check.integer(run, "run", at_least=0, at_most=least - 1)
    reach = 1.6 * float(np.abs(centres).max())
    panels = []
    for name in show:
        drawn = np.array([h.samples[-1][run] for h in trained[name]], dtype=np.float64)
        inside = np.where((np.abs(drawn) < reach).all(-1, keepdims=True), drawn, np.nan)
        panels.append(
            Panel(
                name,
                Axis("x (length)", -reach, reach, _sides(reach)),
                Axis("y (length)", -reach, reach, _sides(reach)),
                [
                    points(centres[:, 0], centres[:, 1], role="soft", size=9, label="modes"),
                    points(
                        inside[..., 0],
                        inside[..., 1],
                        role=roles[list(trained).index(name)],
                        size=2,
                        label="generated",
                    ),
                ],
                equal=True,
            )
        )
    em = {name: np.array([h.em[-1] for h in hs]) for name, hs in trained.items()}
    floor = float(np.mean([h.em_floor.mean() for hs in trained.values() for h in hs]))
    top = max(float(values.max()) for values in em.values())
    place = np.arange(len(counts))
    marks = [line([-0.4, place[-1] + 0.4], [floor, floor], role="ink", label="floor", dashed=True)]
    for j, (name, values) in enumerate(em.items()):
        aside = place + 0.12 * (j - (len(em) - 1) / 2)
        marks += [
            points(np.repeat(aside, values.shape[1]), values.ravel(), role=roles[j], size=2.5),
            line(aside, values.mean(1), role=roles[j], label=name),
            points(aside[:, None], values.mean(1)[:, None], role=roles[j], size=6),
        ]
    panels.append(
        Panel(
            "EM at the end",
            Axis("critic steps for each generator step", -0.4, place[-1] + 0.4, place.tolist(),
                 [str(n) for n in counts]),
            Axis("exact EM (length)", 0, 1.05 * top, (0, 1, 2) if top > 2 else (0, 1)),
            marks,
        )
    )  # fmt: skip
    readouts = [
        Readout(f"EM, {name}", values.mean(1).tolist(), roles[j], 2)
        for j, (name, values) in enumerate(em.items())
    ]
    return Scene(
        "How long to train the critic",
        Slider(
            "n_critic",
            "critic steps for each generator step",
            counts,
            len(counts) // 2,
            digits=0,
        ),
        panels,
        readouts,
        f"First: points generated by {', by '.join(show)}, over the {len(centres)} modes of the "
        "data. Last: exact EM at the end of training over the number "
        "of critic steps for each generator step, one dot a seed and a line through the means of "
        "each method.",
    )


__all__ = [
    "clip_values",
    "critic_steps",
    "judges_in_training",
    "kinked_potential",
    "moved_origin",
    "perfect_critic",
    "perfect_discriminator",
    "perfect_judges",
]

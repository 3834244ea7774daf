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

from wganbook.figures._parts import bell, log_axis
from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, area, line, points
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import gaussians
from wganlib.distances.measures import Gaussian


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

    ``real, fake``: on a line. D*(x) is the sigmoid of it; a straight line in x if the bells are
    equally wide.
    Source: Goodfellow et al. (2014), proposition 1.
    """
    at = check.finite_array(x, "x")
    (m, s), (n, t) = _bell(real, "real"), _bell(fake, "fake")
    logit: FloatArray = ((at - n) / t) ** 2 / 2 - ((at - m) / s) ** 2 / 2 + math.log(t / s)
    return logit


def perfect_critic(x: npt.ArrayLike, real: Gaussian, fake: Gaussian) -> FloatArray:
    """Return a Kantorovich potential of two bells on a line, 0 in the middle between them.

    Its slope is −1 where the CDF of ``real`` is the larger one, and 1 where it is the smaller: the
    CDFs of two bells cross once if they differ in width, and never if they do not.
    Source: Villani, Topics in Optimal Transportation (2003), theorem 1.14 and section 2.2.
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

    Bells of width 1 at ∓d/2, d from 0.5 to 6. All closed forms.
    Source: Arjovsky, Chintala & Bottou (2017), Figure 2; Goodfellow et al. (2014), proposition 1.
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
            line(x, _log10(steep, low), role="js", label="log(1 − D*)"),
            line(x, np.zeros_like(x), role="em", label="f*"),
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

    The real bell is N(−½, 1), the generated one N(½, σ²), σ from 0.4 to 2.5.
    Source: Villani, Topics in Optimal Transportation (2003), section 2.2: EM is the area between
    CDFs.
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
    em = [gaussians.wasserstein_1_gaussian(-0.5, 1.0, 0.5, float(w)) for w in widths]
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


# --- how long to train the critic --------------------------------------------------------


def critic_steps(
    em: Mapping[str, npt.ArrayLike],
    drawn: Mapping[str, npt.ArrayLike],
    n_critic: Sequence[int],
    modes: npt.ArrayLike,
    *,
    floor: float,
) -> Scene:
    """Compare methods over the number of critic steps between two generator steps.

    ``em``: (C, R), exact EM at the end, for each of up to four methods, one row for each
    ``n_critic``. ``drawn``: (C, n, 2), points of one run. ``modes``: (k, 2), centres. ``floor``: EM
    of two samples.
    Source: Arjovsky, Chintala & Bottou (2017), section 3 and section 4.3.
    """
    if not isinstance(n_critic, Sequence):
        raise TypeError(f"n_critic: expected whole numbers, got {check.describe(n_critic)}")
    counts = [check.integer(n, f"n_critic[{i}]", at_least=1) for i, n in enumerate(n_critic)]
    if len(counts) < 2:
        raise ValueError(f"n_critic: expected at least two, got {len(counts)}")
    ends, points_of = _ends(em, len(counts)), _points_of(drawn, em, len(counts))
    centres = check.points(modes, "modes")
    if centres.shape[1] != 2:
        raise ValueError(f"modes: expected points in the plane, got shape {centres.shape}")
    least = check.real(floor, "floor", at_least=0.0)
    roles = dict(zip(ends, ("js", "kl", "em", "tv"), strict=False))
    panels = [_where(name, points_of[name], centres, roles[name]) for name in points_of]
    panels.append(_over_counts(ends, counts, least, roles))
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
        [Readout(f"EM, {name}", v.mean(1).tolist(), roles[name], 2) for name, v in ends.items()],
        f"First: points generated by {', by '.join(points_of)}, over the {len(centres)} modes of "
        "the data. Last: exact EM at the end of training over the number "
        "of critic steps for each generator step, one dot a seed and a line through the means of "
        "each method.",
    )


def _ends(em: object, counts: int) -> dict[str, FloatArray]:
    if not isinstance(em, Mapping):
        raise TypeError(f"em: expected arrays by method, got {check.describe(em)}")
    if not 1 <= len(em) <= 4:
        raise ValueError(f"em: expected up to 4 methods, got {len(em)}")
    found = {name: check.finite_array(values, f"em[{name!r}]") for name, values in em.items()}
    for name, values in found.items():
        if values.ndim != 2 or len(values) != counts or not values.size:
            raise ValueError(
                f"em[{name!r}]: expected shape ({counts}, runs), got shape {values.shape}"
            )
    return found


def _points_of(drawn: object, em: Mapping[str, object], counts: int) -> dict[str, FloatArray]:
    if not isinstance(drawn, Mapping):
        raise TypeError(f"drawn: expected points by method, got {check.describe(drawn)}")
    found = {}
    for name, values in drawn.items():
        check.one_of(name, "drawn", em)
        cloud = check.finite_array(values, f"drawn[{name!r}]")
        if cloud.ndim != 3 or len(cloud) != counts or cloud.shape[2] != 2:
            raise ValueError(
                f"drawn[{name!r}]: expected shape ({counts}, points, 2), got shape {cloud.shape}"
            )
        found[name] = cloud
    return found


def _where(name: str, cloud: FloatArray, centres: FloatArray, role: str) -> Panel:
    """Draw one method's points over the modes; those far outside are left out."""
    reach = 1.6 * float(np.abs(centres).max())
    inside = np.where((np.abs(cloud) < reach).all(-1, keepdims=True), cloud, np.nan)
    return Panel(
        name,
        Axis("x (length)", -reach, reach, _sides(reach)),
        Axis("y (length)", -reach, reach, _sides(reach)),
        [
            points(centres[:, 0], centres[:, 1], role="soft", size=9, label="modes"),
            points(inside[..., 0], inside[..., 1], role=role, size=2, label="generated"),
        ],
        equal=True,
    )


def _over_counts(
    em: Mapping[str, FloatArray], counts: list[int], floor: float, roles: Mapping[str, str]
) -> Panel:
    top = max(float(values.max()) for values in em.values())
    place = np.arange(len(counts))
    marks = [line([-0.4, place[-1] + 0.4], [floor, floor], role="ink", label="floor", dashed=True)]
    for j, (name, values) in enumerate(em.items()):
        aside = place + 0.12 * (j - (len(em) - 1) / 2)
        mean, role = values.mean(1), roles[name]
        marks += [
            points(np.repeat(aside, values.shape[1]), values.ravel(), role=role, size=2.5),
            line(aside, mean, role=role, label=name),
            points(aside[:, None], mean[:, None], role=role, size=6),
        ]
    return Panel(
        "EM at the end",
        Axis("critic steps for each generator step", -0.4, place[-1] + 0.4, place.tolist(),
             [str(n) for n in counts]),
        Axis("exact EM (length)", 0, 1.05 * top, (0, 1, 2) if top > 2 else (0, 1)),
        marks,
    )  # fmt: skip


__all__ = [
    "critic_steps",
    "kinked_potential",
    "perfect_critic",
    "perfect_discriminator",
    "perfect_judges",
]

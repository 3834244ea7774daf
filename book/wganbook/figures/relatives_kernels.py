"""Moving figures of kernels: what the bandwidth does, and matching moments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from wganbook.figures._parts import cursor
from wganbook.figures.relatives import _log_axis, _named, _pairs, _shaped
from wganbook.scene import (
    Axis,
    Panel,
    Readout,
    Scene,
    Slider,
    line,
    points,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import kernels

#: A widest bandwidth and its halves, the mixture with which the chapter trains a generator.
MIXTURE = (2.0, 1.0, 0.5, 0.25, 0.125)


def line_energy(width: float) -> float:
    r"""Return the mean of the Gaussian kernel over pairs of points of a line of length one.

    :math:`h(\sigma) = \int_0^1 \int_0^1 e^{-(s - t)^2 / 2 \sigma^2} \, ds \, dt`. ``width``: the
    bandwidth, more than 0.
    Source: Arjovsky, Chintala & Bottou (2017), Example 1, for the lines.
    """
    sigma = check.real(width, "width", above=0.0)
    tail = math.expm1(-0.5 / sigma**2) if sigma > 1e-150 else -1.0
    bell = sigma * math.sqrt(2 * math.pi) * math.erf(1 / (sigma * math.sqrt(2)))
    if sigma < 30:
        return bell + 2 * sigma**2 * tail
    return 1.0 - 1 / (12 * sigma**2) + 1 / (120 * sigma**4)  # the two above cancel


def _share(theta: FloatArray, widths: Sequence[float]) -> FloatArray:
    """Return MMD against θ on the two lines, as a share of what it tends to."""
    weight = np.array([line_energy(w) for w in widths])
    left = np.exp(-0.5 * np.square(np.divide.outer(theta, np.array(widths))))
    found: FloatArray = np.sqrt(1.0 - (left @ weight) / weight.sum())
    return found


def _share_slope(theta: float, widths: Sequence[float]) -> float:
    weight = np.array([line_energy(w) for w in widths])
    square = np.square(np.array(widths))
    left = np.exp(-0.5 * theta**2 / square)
    inner = float((weight * left * theta / square).sum() / weight.sum())
    return inner / (2.0 * float(_share(np.array([theta]), widths)[0]))


def _measured_shares(theta: FloatArray, widths: Sequence[float]) -> FloatArray:
    """Return MMD of 40 points a line, (widths, θ), as a share of MMD of lines far apart."""
    from wganlib.distances.examples import parallel_lines

    still = parallel_lines(0.0)[0].discretise(40)[0]
    right = np.array([1.0, 0.0])
    measured = []
    for width in widths:
        far = kernels.mmd(still, still + right * 1e3 * (1 + width), bandwidth=width)
        ways = [kernels.mmd(still, still + right * t, bandwidth=width) for t in theta]
        measured.append(np.array(ways) / far)
    return np.stack(measured)


def bandwidths(positions: int = 31) -> Scene:
    """Show MMD against θ on the two parallel lines, for kernels from narrow to wide.

    ``positions``: of the slider, at least 2; σ runs from 0.02 to 20.
    Source: Arjovsky, Chintala & Bottou (2017), section 5: kernels of low bandwidth saturate.
    """
    count = check.integer(positions, "positions", at_least=2)
    widths = np.round(np.logspace(math.log10(0.02), math.log10(20), count), 3)
    theta = np.linspace(-1.5, 1.5, 121)
    curves = np.stack([_share(theta, [w]) for w in widths])
    dots = np.round(np.linspace(-1.5, 1.5, 13), 12)
    measured = _measured_shares(dots, widths.tolist())
    fine = np.logspace(math.log10(0.02), math.log10(20), 121)
    slope = np.array([_share_slope(1.0, [w]) for w in fine])
    here = np.array([_share_slope(1.0, [w]) for w in widths])
    mixed = _share_slope(1.0, MIXTURE)
    flat = np.where(theta == 0, np.nan, 1.0)
    return Scene(
        "A kernel sees as far as it is wide",
        Slider("σ", "sigma: bandwidth of the kernel", widths.tolist(), count // 2, digits=3),
        [
            Panel(
                "MMD over its ceiling",
                Axis("θ (length)", -1.5, 1.5, (-1, 0, 1)),
                Axis("share of the ceiling", 0, 1.08, (0, 0.5, 1)),
                [
                    line(theta, flat, role="tv", label="TV"),
                    points([0.0], [0.0], role="tv", size=4.5),
                    line(theta, _share(theta, MIXTURE), role="ink", dashed=True,
                         label="five bandwidths, 0.125 to 2"),
                    line(theta, curves, role="js", label="MMD, closed form"),
                    points(np.tile(dots, (count, 1)), measured, role="js", size=4,
                           label="from 40 points a line"),
                ],
            ),
            Panel(
                "Its slope at θ = 1",
                _log_axis("σ (length)", 0.018, 22, (0.02, 0.2, 2, 20)),
                Axis("slope (1 / length)", 0, 1.05 * float(slope.max()), (0, 0.5)),
                [
                    cursor(np.log10(widths), 0, 1.05 * float(slope.max())),
                    line(np.log10([0.018, 22]), [mixed, mixed], role="ink", dashed=True,
                         label="five bandwidths"),
                    line(np.log10(fine), slope, role="js", label="one bandwidth"),
                    points(np.log10(widths)[:, None], here[:, None], role="js", size=5),
                ],
            ),
        ],
        [
            Readout(
                "share of the ceiling at θ = 1",
                [float(_share(np.array([1.0]), [w])[0]) for w in widths], "js", 4,
            ),
            Readout("slope there", here.tolist(), "js", 4),
        ],
        "Left: MMD of the two parallel lines against theta, divided by the value that it tends to. "
        "For a narrow kernel it is a slot, as TV is; for a wide one it is a wide valley. Right: "
        "its slope at theta 1 over the bandwidth on a logarithmic axis. It is 0 for narrow "
        f"kernels, largest, {slope.max():.2f}, at bandwidth {fine[slope.argmax()]:.2f}, and falls "
        "again for wide ones.",
    )  # fmt: skip


def moment_matching(
    batches: Sequence[int],
    samples: npt.ArrayLike,
    em: npt.ArrayLike,
    modes: npt.ArrayLike,
    *,
    others: Mapping[str, npt.ArrayLike],
    shown: int = 250,
) -> Scene:
    """Show generators that matched moments in batches of several sizes.

    ``batches``: F sizes, from 2. ``samples``: (F, n, 2), of one generator each, of which ``shown``
    are drawn. ``em``: (F, R), of R runs to the data. ``modes``: (k, 2), centres of the data's.
    ``others``: EM of other runs, one or two lines, by name.
    Source: Li, Swersky & Zemel (2015), Generative moment matching networks.
    """
    sizes = _pairs(batches, "batches", "sizes")
    if sizes[0] < 2:
        raise ValueError(f"batches: expected sizes from 2, got {sizes}")
    cloud = _shaped(samples, "samples", (sizes.size, None, 2), "every size")
    runs = _shaped(em, "em", (sizes.size, None), "every size")
    centres = check.points(modes, "modes")
    if centres.shape[1] != 2:
        raise ValueError(f"modes: expected points in the plane, got shape {centres.shape}")
    check.integer(shown, "shown", at_least=1)
    _named(others, "others", 2)
    beside = {name: _shaped(v, "others", (None,), name) for name, v in others.items()}
    reach = 1.5 * float(np.abs(centres).max())
    first = cloud[:, :shown]
    inside = np.where((np.abs(first) <= reach).all(-1, keepdims=True), first, np.nan)
    ticks = (-int(reach), 0, int(reach)) if reach >= 1 else (0,)
    when = np.log2(sizes)
    left, right = float(when[0]) - 0.3, float(when[-1]) + 0.3
    top = 1.08 * max(float(runs.max()), *(float(v.mean()) for v in beside.values()))
    tick = 10.0 ** math.floor(math.log10(top)) * (1 if top < 1 or top >= 2 else 0.5)
    mean = runs.mean(1)
    return Scene(
        "Moment matching and the size of the batch",
        Slider("batch", "points in a batch", sizes.tolist(), sizes.size // 2, digits=0),
        [
            Panel(
                "Generated points",
                Axis("x₁ (length)", -reach, reach, ticks),
                Axis("x₂ (length)", -reach, reach, ticks),
                [
                    points(centres[:, 0], centres[:, 1], role="p", size=6, label="modes"),
                    points(inside[..., 0], inside[..., 1], role="js", size=2.5,
                           label="generated"),
                ],
                equal=True,
            ),
            Panel(
                "EM to the data",
                Axis("batch size", left, right, when.tolist(), [f"{s:g}" for s in sizes]),
                Axis("EM (length)", 0, top, [k * tick for k in range(4) if k * tick <= top]),
                [
                    cursor(when, 0, top),
                    *(
                        line([left, right], [float(v.mean())] * 2, role=role, dashed=True,
                             label=name)
                        for role, (name, v) in zip(("em", "soft"), beside.items(), strict=False)
                    ),
                    points(np.repeat(when, runs.shape[1]), runs.ravel(), role="js", size=2),
                    line(when, mean, role="js", label="moment matching"),
                    points(when[:, None], mean[:, None], role="js", size=5),
                ],
            ),
        ],
        [Readout("mean EM", mean.tolist(), "js")],
        "Left: points of a generator that matched moments, over the modes of the data. Right: EM "
        "to the data over the batch size, one dot a run and a line through the means: "
        + ", ".join(f"{m:.2f} at {s:g}" for s, m in zip(sizes, mean, strict=True))
        + "; for comparison "
        + ", ".join(f"{name} {v.mean():.2f}" for name, v in beside.items())
        + ".",
    )  # fmt: skip

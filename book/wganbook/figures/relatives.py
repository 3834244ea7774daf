"""Moving figures of the paper's relatives: classes of critics, kernels, energies, entropy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from wganbook.figures._parts import cursor
from wganbook.scene import (
    Axis,
    Mark,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    line,
    points,
    segments,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import approximations, ipm, kernels, transport

#: Distance of neighbouring atoms in the two boxes, and how many atoms a box has.
PITCH, ATOMS = 0.05, 10

#: Bandwidth of the kernel whose unit ball is shown beside the other classes.
BANDWIDTH = 0.5


# Roles of the classes: bounded, Lipschitz, both, kernel.
CLASSES = ("tv", "em", "kl", "js")

# Roles of up to two kinds of energy.
ENERGIES = ("tv", "kl")


def _log_axis(label: str, low: float, high: float, ticks: Sequence[float]) -> Axis:
    logs = np.log10([low, high, *ticks]).tolist()
    return Axis(label, logs[0], logs[1], logs[2:], [f"{tick:g}" for tick in ticks])


def _pairs(values: object, name: str, kind: str) -> FloatArray:
    array = check.finite_array(values, name)
    if array.ndim != 1 or array.size < 2 or (np.diff(array) <= 0).any():
        raise ValueError(f"{name}: expected at least two {kind}, growing, got {array}")
    return array


def _named(values: object, name: str, most: int) -> None:
    if not isinstance(values, Mapping):
        raise TypeError(f"{name}: expected a mapping of names, got {check.describe(values)}")
    if not 1 <= len(values) <= most:
        raise ValueError(f"{name}: expected 1 to {most} of them, got {len(values)}")


def _shaped(values: object, name: str, shape: tuple[int | None, ...], of: str) -> FloatArray:
    """Return a finite array whose shape is the given one; None stands for any number."""
    array = check.finite_array(values, name)
    wanted = tuple(b if a is None else a for a, b in zip(shape, array.shape, strict=False))
    if array.ndim != len(shape) or array.shape != wanted or 0 in array.shape:
        shown = ", ".join("any" if a is None else str(a) for a in shape)
        raise ValueError(f"{name}: expected shape ({shown}) for {of}, got {array.shape}")
    return array


# --- classes of functions ----------------------------------------------------------------


def _box(shift: int) -> FloatArray:
    """Return the atoms of a box moved by some pitches; equal places are equal numbers."""
    return np.array([(k + shift + 0.5) * PITCH for k in range(-ATOMS // 2, ATOMS // 2)])


def _boxes(shifts: npt.NDArray[np.intp], base: float, high: float) -> list[Mark]:
    half = ATOMS * PITCH / 2
    place = np.array([-half, half])
    moved = place + PITCH * shifts[:, None]
    flat = np.ones_like(moved)
    return [
        area(place, [base, base], [high, high], role="p", label="P"),
        area(moved, base * flat, high * flat, role="q", label="Q"),
    ]


def _best_critics(shifts: npt.NDArray[np.intp]) -> dict[str, list[ipm.OptimalCritic]]:
    """Return the best critic of each class for two boxes, at every shift of the second."""
    names = ("bounded", "Lipschitz", "both", "kernel ball")
    found: dict[str, list[ipm.OptimalCritic]] = {name: [] for name in names}
    for shift in shifts.tolist():
        p, q = _box(0), _box(shift)
        found["bounded"].append(ipm.bounded_critic(p, q))
        found["Lipschitz"].append(ipm.lipschitz_critic(p, q))
        found["both"].append(ipm.bounded_lipschitz_critic(p, q))
        found["kernel ball"].append(kernels.kernel_critic(p, q, bandwidth=BANDWIDTH))
    return found


def _curves(
    found: Mapping[str, Sequence[ipm.OptimalCritic]], grid: FloatArray, apart: npt.NDArray[np.bool_]
) -> dict[str, FloatArray]:
    """Return critics on a grid; where several are equally good, one that is easy to see."""
    drawn = {name: np.stack([f(grid) for f in critics]) for name, critics in found.items()}
    at_atoms = [f.values for f in found["Lipschitz"]]
    middle = np.array([(v.max() + v.min()) / 2 for v in at_atoms])  # a constant changes nothing
    drawn["Lipschitz"] -= middle[:, None]
    for name in ("Lipschitz", "both"):  # where the boxes coincide all critics are equally good
        drawn[name][~apart] = 0.0
    return drawn


def function_classes(frames: int = 26) -> Scene:
    r"""Compute the best critics of four classes for two boxes, one of which moves away.

    :math:`\sup_{f \in F} E_P f - E_Q f`. ``frames``: positions of the slider, at least 2; each
    moves the box by 0.1.
    Source: Arjovsky, Chintala & Bottou (2017), section 5, equation 4.
    """
    count = check.integer(frames, "frames", at_least=2)
    shifts = 2 * np.arange(count)
    theta = shifts * PITCH
    grid = np.array([(k + 0.5) * PITCH for k in range(-15, int(shifts[-1]) + 16)])
    found = _best_critics(shifts)
    names = tuple(found)
    drawn = _curves(found, grid, shifts > 0)
    reached = {name: np.array([f.value for f in critics]) for name, critics in found.items()}
    top = max(2.1, 1.05 * float(theta[-1]))
    roles = dict(zip(names, CLASSES, strict=True))
    legend = {
        "bounded": "between −1 and 1",
        "Lipschitz": "slope at most 1",
        "both": "both",
        "kernel ball": "kernel ball",
    }
    reach = 1.2 * max(1.0, float(theta[-1]) / 2)
    high = float(grid[-1])
    return Scene(
        "The best critic of four classes",
        Slider("θ", "theta: how far the right box has moved", theta.tolist(), count // 2, digits=1),
        [
            Panel(
                "Best critics",
                Axis("x (length)", float(grid[0]), high, [float(k) for k in range(int(high) + 1)]),
                Axis("f(x)", -reach - 0.5, reach, (-1, 0, 1)),
                [
                    *_boxes(shifts, -reach - 0.4, -reach - 0.1),
                    *(
                        line(grid, drawn[name], role=roles[name], label=legend[name])
                        for name in names
                    ),
                ],
            ),
            Panel(
                "What they reach",
                Axis("θ (length)", 0, float(theta[-1]), [0, float(theta[-1])]),
                Axis("difference of expectations", 0, top, (0, 1, 2)),
                [
                    cursor(theta, 0, top),
                    *(
                        line(theta, reached[name], role=roles[name], label=legend[name])
                        for name in names
                    ),
                    *(points(theta[:, None], reached[name][:, None], role=roles[name], size=5)
                      for name in names),
                ],
            ),
        ],
        [Readout(name, reached[name].tolist(), roles[name]) for name in names],
        "Left: two boxes on a line and the best critic of four classes. The bounded critic jumps "
        "from 1 to −1, the Lipschitz one falls with slope 1, the one that is both falls with "
        "slope 1 until it is at its bounds, and that of the kernel is smooth. Right: what they "
        f"reach against the shift. At {theta[-1]:g} the values are "
        + ", ".join(f"{name} {reached[name][-1]:.2f}" for name in names)
        + ". Only the Lipschitz one grows without end.",
    )  # fmt: skip


def allowed_slope(positions: int = 31) -> Scene:
    """Go from the Wasserstein distance to total variation by allowing more and more slope.

    Critics lie between -1 and 1 and have slopes of at most K; the boxes are 1.2 apart.
    ``positions``: of the slider, at least 2; K runs from 0.1 to 100.
    Source: Dudley, Real Analysis and Probability (2002), section 11.3.
    """
    count = check.integer(positions, "positions", at_least=2)
    slopes = np.round(np.logspace(-1, 2, count), 2)
    shift = 24
    p, q = _box(0), _box(shift)
    ways = [ipm.bounded_lipschitz_critic(p, q, constant=float(k)) for k in slopes]
    value = np.array([f.value for f in ways])
    em, tv = transport.wasserstein_1(p, q), ipm.bounded_critic(p, q).value
    grid = np.array([(k + 0.5) * PITCH for k in range(-15, shift + 16)])
    straight = slopes * em
    logs = np.log10(slopes)
    return Scene(
        "From EM to total variation",
        Slider("K", "K: the slope that is allowed", slopes.tolist(), count // 3, digits=2),
        [
            Panel(
                "Best critic, slope at most K",
                Axis("x (length)", float(grid[0]), float(grid[-1]), (0, 1)),
                Axis("f(x)", -1.6, 1.15, (-1, 0, 1)),
                [
                    *_boxes(np.full(count, shift), -1.5, -1.25),
                    line(grid, np.stack([f(grid) for f in ways]), role="kl", label="f"),
                ],
            ),
            Panel(
                "Its value",
                _log_axis("K (1 / length)", 0.09, 110, (0.1, 1, 10, 100)),
                Axis("difference of expectations", 0, 2.2, (0, 1, 2)),
                [
                    cursor(logs, 0, 2.2),
                    line(
                        logs, np.where(straight <= 2.2, straight, np.nan), role="em",
                        label="K · EM",
                    ),
                    line(logs, np.full(count, tv), role="tv", label="2 TV"),
                    line(logs, value, role="kl", label="value"),
                    points(logs[:, None], value[:, None], role="kl", size=5),
                ],
            ),
        ],
        [
            Readout("value", value.tolist(), "kl"),
            Readout("K · EM", straight.tolist(), "em"),
            Readout("2 TV", [tv] * count, "tv"),
        ],
        "Left: the best critic between −1 and 1 with slopes of at most K, for two boxes 1.2 apart. "
        "Right: its value over K on a logarithmic axis. For small K it is K times EM, for large "
        f"K twice TV, {tv:g}; between them it turns from one line to the other.",
    )  # fmt: skip


# --- energies ----------------------------------------------------------------------------


def _slopes_by_step(
    looks: FloatArray, taken: Mapping[str, FloatArray], roles: Mapping[str, str]
) -> Panel:
    """Draw the slopes (F, R) of all runs and their geometric means over steps of training."""
    logs = {name: np.log10(rows) for name, rows in taken.items()}
    low = math.floor(min(float(v.min()) for v in logs.values()))
    high = math.ceil(max(float(v.max()) for v in logs.values())) + (0 if low < 0 else 1)
    decades = list(range(low, high + 1))
    when = np.log10(looks)
    step_ticks = [s for s in looks.tolist() if math.log10(s) % 1 == 0] or [looks[0], looks[-1]]
    marks: list[Mark] = [cursor(when, low, high)]
    for name, rows in logs.items():
        runs = rows.shape[1]
        marks += [
            points(np.repeat(when, runs), rows.ravel(), role=roles[name], size=2),
            line(when, rows.mean(1), role=roles[name], label=name),
            points(when[:, None], rows.mean(1)[:, None], role=roles[name], size=5),
        ]
    return Panel(
        "Slope of the generator's loss",
        Axis("steps of training", -0.05 + float(when[0]), 0.05 + float(when[-1]),
             np.log10(step_ticks).tolist(), [f"{s:g}" for s in step_ticks]),
        Axis("slope (1 / length)", low, high, decades, [f"{10.0**k:g}" for k in decades]),
        marks,
    )  # fmt: skip


def energies(
    steps: Sequence[int],
    at: npt.ArrayLike,
    profiles: Mapping[str, npt.ArrayLike],
    slopes: Mapping[str, npt.ArrayLike],
    *,
    theta: float,
    margin: float = 1.0,
) -> Scene:
    """Show energy networks that learn to tell two lines apart, and the slope they offer.

    ``steps``: F looks, from 1. ``at``: k places across the lines. ``profiles``: (F, k), one run's
    energy there; ``slopes``: (F, R), of the loss in θ; both by kind of network. ``theta``: the
    generated line. ``margin``: the energy above which nothing is gained.
    Source: Zhao, Mathieu & LeCun (2017), Energy-based generative adversarial networks.
    """
    looks = _pairs(steps, "steps", "steps")
    if looks[0] < 1:
        raise ValueError(f"steps: expected steps from 1, got {looks}")
    place = _pairs(at, "at", "places")
    _named(profiles, "profiles", len(ENERGIES))
    _named(slopes, "slopes", len(ENERGIES))
    if list(slopes) != list(profiles):
        raise ValueError(f"slopes: expected the names {list(profiles)}, got {list(slopes)}")
    there = check.real(theta, "theta")
    limit = check.real(margin, "margin", above=0.0)
    f = looks.size
    drawn = {n: _shaped(v, "profiles", (f, place.size), n) for n, v in profiles.items()}
    taken = {n: _shaped(v, "slopes", (f, None), n) for n, v in slopes.items()}
    for name, rows in taken.items():
        if rows.min() <= 0:
            raise ValueError(f"slopes: expected numbers above 0 for {name}, got {rows.min():g}")
    roles = dict(zip(drawn, ENERGIES, strict=False))
    top = 1.05 * max(limit, *(float(v.max()) for v in drawn.values()))
    means = {name: np.exp(np.log(rows).mean(1)) for name, rows in taken.items()}
    return Scene(
        "What an energy network says of the way back",
        Slider("step", "steps of training", looks.tolist(), f // 2, digits=0, play=True),
        [
            Panel(
                "Energy across the lines",
                Axis("x₁ (length)", float(place[0]), float(place[-1]), sorted({0.0, there})),
                Axis("energy D", 0, top, (0, limit)),
                [
                    line([0, 0], [0, top], role="p", label="data"),
                    line([there, there], [0, top], role="q", label="generated"),
                    line(place[[0, -1]], [limit, limit], role="soft", dashed=True, label="margin"),
                    *(line(place, rows, role=roles[n], label=n) for n, rows in drawn.items()),
                ],
            ),
            _slopes_by_step(looks, taken, roles),
        ],
        [
            Readout(f"slope, {name}", values.tolist(), roles[name], 4, f"mean slope, {name}")
            for name, values in means.items()
        ],
        "Left: the energy along an axis that crosses the line of the data at 0 and the generated "
        f"line at {there:g}. Right: the slope of the generator's loss in theta over steps of "
        "training, both axes logarithmic, one dot a run. From the first look to the last the "
        "geometric mean goes "
        + "; ".join(f"for {n} from {v[0]:.2g} to {v[-1]:.2g}" for n, v in means.items())
        + ".",
    )  # fmt: skip


# --- entropy -----------------------------------------------------------------------------


def blurred_plan(positions: int = 25) -> Scene:
    """Blur the cheapest plan of seven piles and seven holes by entropy, more and more.

    ``positions``: of the slider, at least 2; the regularisation runs from 0.02 to 5.
    Source: Cuturi (2013), Sinkhorn distances: lightspeed computation of optimal transport.
    """
    from wganbook.figures.duality import HOLES, PILES

    count = check.integer(positions, "positions", at_least=2)
    blur = np.round(np.logspace(math.log10(0.02), math.log10(5), count), 3)
    x, y = np.array(PILES), np.array(HOLES)
    plans = [approximations.sinkhorn_plan(x, y, regularisation=float(e)) for e in blur]
    # The divergence from its definition: the plans between x and y are there already.
    alone = [
        sum(approximations.sinkhorn_plan(z, z, regularisation=float(e)).objective for z in (x, y))
        for e in blur
    ]
    unbiased = [max(p.objective - s / 2, 0.0) for p, s in zip(plans, alone, strict=True)]
    exact = transport.wasserstein_1(x, y)
    cost, below = [p.cost for p in plans], [p.lower_bound for p in plans]
    start, end = np.repeat(x, len(y), 0), np.tile(y, (len(x), 1))
    width = np.stack([4.5 * len(x) * p.coupling.ravel() for p in plans])
    top = 1.1 * max(cost)
    logs = np.log10(blur)
    return Scene(
        "A plan under more and more entropy",
        Slider("ε", "epsilon: the regularisation", blur.tolist(), count // 3, digits=3),
        [
            Panel(
                "The plan",
                Axis("x (length)", -1.8, 1.9, (-1, 0, 1)),
                Axis("y (length)", -1.5, 1.5, (-1, 0, 1)),
                [
                    segments(start[:, 0], start[:, 1], end[:, 0], end[:, 1], role="em",
                             width=width, label="mass moved"),
                    points(x[:, 0], x[:, 1], role="p", size=5, label="piles"),
                    points(y[:, 0], y[:, 1], role="q", size=5, label="holes"),
                ],
                equal=True,
            ),
            Panel(
                "What it says of EM",
                _log_axis("ε (length)", 0.018, 5.5, (0.02, 0.1, 1, 5)),
                Axis("length", 0, top, (0, 1)),
                [
                    cursor(logs, 0, top),
                    line(logs, np.full(count, exact), role="em", label="EM"),
                    line(logs, cost, role="kl", label="cost of the plan"),
                    line(logs, below, role="p", dashed=True, label="its lower bound"),
                    line(logs, unbiased, role="js", label="Sinkhorn divergence"),
                ],
            ),
        ],
        [
            Readout("cost", cost, "kl"),
            Readout("lower bound", below, "p"),
            Readout("divergence", unbiased, "js", 3, "Sinkhorn divergence"),
            Readout("EM", [exact] * count, "em"),
        ],
        "Left: seven piles, seven holes, and the plan that entropy blurs; the wider a line, the "
        "more mass it carries. With little entropy seven lines carry all; with much, all 49 "
        "carry alike. Right: over the regularisation on a logarithmic axis, the cost of the plan "
        f"rises from EM, {exact:.2f}, to {cost[-1]:.2f}; the lower bound and the divergence fall "
        f"from EM to {below[-1]:.2f} and {unbiased[-1]:.2f}.",
    )  # fmt: skip


# --- batches in many dimensions ----------------------------------------------------------


def _best_by_dimension(
    at: FloatArray, best: Mapping[str, FloatArray], names: Mapping[str, str]
) -> Panel:
    """Draw the best spreads over the dimension, by role, beside the spread of the data."""
    place = np.log2(at)
    marks: list[Mark] = [cursor(place, 0, 1.6)]
    marks += [
        line(place[[0, -1]], [1, 1], role="soft", dashed=True, label="spread of the data"),
    ]
    for role in ("em", "js"):
        marks += [
            line(place, best[role], role=role, label=names[role]),
            points(place[:, None], best[role][:, None], role=role, size=5),
        ]
    return Panel(
        "The best spread",
        Axis("dimension d", float(place[0]) - 0.2, float(place[-1]) + 0.2,
             place.tolist(), [f"{d:g}" for d in at]),
        Axis("best spread", 0, 1.6, (0, 0.5, 1, 1.5)),
        marks,
    )  # fmt: skip


def batch_valleys(
    dimensions: Sequence[int],
    spread: npt.ArrayLike,
    em: npt.ArrayLike,
    mmd: npt.ArrayLike,
) -> Scene:
    """Show which spread of a generator a loss on batches likes best, by dimension.

    ``dimensions``: F of them, growing from 1. ``spread``: k spreads of the generator; 1 is the
    data's. ``em, mmd``: (F, R, k), the losses of R batches: EM, and squared MMD.
    Source: Bellemare et al. (2017), The Cramer distance as a solution to biased Wasserstein
    gradients.
    """
    at = _pairs(dimensions, "dimensions", "dimensions")
    if at[0] < 1:
        raise ValueError(f"dimensions: expected numbers from 1, got {at}")
    s = _pairs(spread, "spread", "spreads")
    curves, best = {}, {}
    for name, role, given in (("em", "em", em), ("mmd", "js", mmd)):
        mean = _shaped(given, name, (at.size, None, s.size), "every dimension").mean(1)
        if mean[:, 0].min() <= 0:
            raise ValueError(f"{name}: expected means above 0 at the first spread, got {mean}")
        curves[role] = mean / mean[:, :1]
        best[role] = s[mean.argmin(1)]
    low = min(0.0, *(float(c.min()) for c in curves.values()))
    top = max(float(c.max()) for c in curves.values())
    names = {"em": "EM of batches", "js": "squared MMD, unbiased"}
    lowest = {role: np.take_along_axis(c, c.argmin(1)[:, None], 1) for role, c in curves.items()}
    return Scene(
        "What a batch likes best",
        Slider("d", "dimension of the space", at.tolist(), at.size // 2, digits=0),
        [
            Panel(
                "Loss on batches, over its first value",
                Axis("spread s of the generator", float(s[0]), float(s[-1]),
                     [t for t in (0.0, 0.5, 1.0, 1.5) if s[0] <= t <= s[-1]]),
                Axis("share of the first value", low - 0.03, 1.05 * top, (0, 0.5, 1)),
                [
                    line([1, 1], [low - 0.03, 1.05 * top], role="soft", dashed=True,
                         label="spread of the data"),
                    *(line(s, curves[r], role=r, label=names[r]) for r in ("em", "js")),
                    *(
                        points(best[r][:, None], lowest[r], role=r, size=6)
                        for r in ("em", "js")
                    ),
                ],
            ),
            _best_by_dimension(at, best, names),
        ],
        [
            Readout("best spread by EM of batches", best["em"].tolist(), "em", 2),
            Readout("by MMD", best["js"].tolist(), "js", 2),
        ],
        "Left: the mean loss of batches over the generator's spread, each divided by its first "
        "value; a dot marks the lowest place. Right: that place over the dimension. Data have "
        "spread 1. EM of batches likes best "
        + ", ".join(f"{b:g} in {d:g} dimensions" for d, b in zip(at, best["em"], strict=True))
        + "; MMD "
        + ", ".join(f"{b:g}" for b in best["js"])
        + ".",
    )  # fmt: skip

"""Moving figures of the Lipschitz rules: a cone, weights at their limit, vanishing signals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from wganbook.figures._parts import cursor, growing
from wganbook.scene import (
    Axis,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    bars,
    field,
    line,
    points,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray

#: One role for each of up to four curves, each with a line style of its own.
CURVES = ("em", "js", "tv", "kl")


def _array(value: Any, name: str, axes: int) -> FloatArray:
    array = check.finite_array(value, name)
    if array.ndim != axes or 0 in array.shape:
        raise ValueError(f"{name}: expected {axes} axes, none empty, got shape {array.shape}")
    return array


def _mapping(value: Any, name: str, at_most: int) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a mapping of names, got {check.describe(value)}")
    if not 1 <= len(value) <= at_most:
        raise ValueError(f"{name}: expected one to {at_most} entries, got {len(value)}")
    return value


def _decades(low: float, high: float) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return ticks at whole powers of ten, at most six, and how they are written."""
    first, last = int(np.ceil(low)), int(np.floor(high))
    stride = max(1, int(np.ceil((last - first) / 5)))
    exponents = [e for e in range(first, last + 1) if e % stride == 0]
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    words = tuple("10" + str(e).translate(raised) for e in exponents)
    return tuple(map(float, exponents)), words


def _curve(x: FloatArray) -> FloatArray:
    """The function under the cone: smooth, and as steep as 1.5 at the origin."""
    return 1.5 * np.sin(x)


def lipschitz_cone() -> Scene:
    """Open a cone at a point of a curve: a K-Lipschitz function never leaves it.

    The slider is K, from 0.3 to 2.4. The curve is 1.5 sin x, whose constant is 1.5.
    Source: Arjovsky, Chintala & Bottou (2017), section 3: the functions of equation 2.
    """
    steepness = np.round(np.arange(0.3, 2.45, 0.1), 12)
    x = np.linspace(-np.pi, np.pi, 129)
    y, tip = _curve(x), 0.5
    top = _curve(np.array([tip]))[0]
    room = steepness[:, None] * np.abs(x - tip)
    outside = np.abs(y - top) > room + 1e-12
    # A tip fails when some point of the curve lies outside its cone: a chord steeper than K.
    gap = np.abs(x[:, None] - x)
    chord = np.abs(y[:, None] - y) / np.where(gap > 0, gap, np.inf)
    failing = (chord.max(axis=1) > steepness[:, None] + 1e-12).mean(axis=1)
    frames = np.ones((steepness.size, 1))
    edge, high = np.array([-np.pi, tip, np.pi]), 3.0
    lift = steepness[:, None] * np.abs(edge - tip)
    picture = Panel(
        "A curve, and the cone at one of its points",
        Axis("x (length)", -np.pi, np.pi, (-3, 0, 3)),
        Axis("f(x)", -high, high, (-2, 0, 2)),
        [
            area(
                frames * x,
                np.clip(top - room, -high, high),
                np.clip(top + room, -high, high),
                role="tv",
                label="allowed by slope K",
            ),
            line(frames * edge, np.where(np.abs(top + lift) <= 9, top + lift, np.nan), role="tv"),
            line(frames * edge, np.where(np.abs(top - lift) <= 9, top - lift, np.nan), role="tv"),
            line(frames * x, np.where(outside, np.nan, y), role="ink", label="f"),
            line(
                frames * x,
                np.where(outside, y, np.nan),
                role="js",
                label="outside the cone",
            ),
            points([tip], [top], role="ink", size=5),
        ],
    )
    shares = Panel(
        "Tips from which the curve escapes",
        Axis("K (slope)", 0.3, 2.4, (0.5, 1, 1.5, 2)),
        Axis("share of tips", -0.02, 1.08, (0, 0.5, 1)),
        [
            cursor(steepness, 0, 1.08),
            line([1.5, 1.5], [0, 1.08], role="soft", dashed=True, label="steepest slope of f"),
            line(steepness, failing, role="js", label="cone too narrow"),
            points(steepness[:, None], failing[:, None], role="js", size=5),
        ],
    )
    return Scene(
        "A K-Lipschitz function stays inside a cone at each of its points",
        Slider("K", "K: how steep the cone is", steepness.tolist(), 3, digits=1, play=True),
        [picture, shares],
        [Readout("tips that fail", failing.tolist(), "js", spoken="share of tips that fail")],
        "Left: the curve 1.5 sin x with a double cone of slope K whose tip sits on the curve; "
        "where the curve leaves the cone it is drawn in a second colour. Right: the share of "
        "tips whose cone the curve leaves falls as K grows, and is 0 from K = 1.5 on.",
    )


def clipping_race(
    steps: npt.ArrayLike, runs: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]]
) -> Scene:
    """Show how soon critics in boxes of different size reach their limits.

    ``steps``: critic steps at which was measured, above 0, growing. ``runs``: at most four boxes,
    by name: the critic's value over its last one, and the share of its weights at the limit.
    Source: Arjovsky, Chintala & Bottou (2017), section 3, on weight clipping.
    """
    at = growing(steps, "steps")
    if at[0] <= 0:
        raise ValueError(f"steps: expected numbers above 0, got {at[0]:g}")
    pairs = {}
    for name, pair in _mapping(runs, "runs", len(CURVES)).items():
        value, share = (_array(part, "runs", 1) for part in pair)
        if value.shape != at.shape or share.shape != at.shape:
            raise ValueError(
                f"runs: expected {at.size} numbers twice for {name}, "
                f"got {value.size} and {share.size}"
            )
        if share.min() < 0 or share.max() > 1:
            raise ValueError(f"runs: expected shares from 0 to 1 for {name}, got {share}")
        pairs[name] = (value, share)
    where = np.log10(at)
    side = Axis("critic steps", where[0], where[-1], *_decades(where[0], where[-1]))
    low = min(0.0, *(float(value.min()) for value, _ in pairs.values()))
    high = 1.05 * max(1.0, *(float(value.max()) for value, _ in pairs.values()))

    def panel(title: str, label: str, which: int, low: float, high: float) -> Panel:
        marks = [cursor(where, low, high)]
        for role, (name, pair) in zip(CURVES, pairs.items(), strict=False):
            marks += [
                line(where, pair[which], role=role, label=name),
                points(where[:, None], pair[which][:, None], role=role, size=4.5),
            ]
        return Panel(title, side, Axis(label, low, high, (0, 0.5, 1)), marks)

    return Scene(
        "Critics in boxes of different size, on their way to the limit",
        Slider("step", "critic steps done", at.tolist(), at.size // 2, digits=0, play=True),
        [
            panel("How much of its last value a critic has", "value / last value", 0, low, high),
            panel("How many weights are at ±c", "share of weights", 1, 0.0, 1.05),
        ],
        [
            readout
            for role, (name, (value, share)) in zip(CURVES, pairs.items(), strict=False)
            for readout in (
                Readout(f"value, {name}", value.tolist(), role, 2, f"value for {name}"),
                Readout(f"at ±c, {name}", share.tolist(), role, 2, f"at limit for {name}"),
            )
        ],
        "Over critic steps, on a logarithmic axis. Left: the critic's value as a share of its "
        "last one. Right: the share of its weights at the limit. The larger the box, the later "
        "both curves rise. At the end the shares are "
        + "; ".join(f"{share[-1]:.2f} for {name}" for name, (_, share) in pairs.items())
        + ".",
    )


def weight_histograms(steps: npt.ArrayLike, weights: Mapping[str, npt.ArrayLike]) -> Scene:
    """Show where a critic's weights are, over training, under one or two rules.

    ``steps``: critic steps done, growing. ``weights``: one or two rules by name, and k weights at
    each look. One panel for each rule: 31 bars over the range that its weights ever take.
    Source: Gulrajani et al. (2017), section 3 and figure 1.
    """
    at = growing(steps, "steps")
    panels, readouts, ends = [], [], []
    for role, (name, given) in zip(("js", "em"), _mapping(weights, "weights", 2).items(),
                                   strict=False):  # fmt: skip
        array = _array(given, "weights", 2)
        if len(array) != at.size:
            raise ValueError(f"weights: expected {at.size} rows for {name}, got {len(array)}")
        reach = float(np.abs(array).max()) or 1.0
        edges = np.linspace(-reach, reach, 32)
        counts = np.array([np.histogram(row, edges)[0] for row in array]) / array.shape[1]
        high = 1.08 * float(counts.max())
        panels.append(
            Panel(
                f"Weights under {name}",
                Axis("weight", -1.04 * reach, 1.04 * reach, (-reach, 0, reach),
                     tuple(f"{w:.2g}".replace("-", "−") for w in (-reach, 0, reach))),
                Axis("share of weights", 0, high, (0, round(high / 2, 2), round(high / 1.08, 2))),
                [bars((edges[1:] + edges[:-1]) / 2, counts, width=edges[1] - edges[0], role=role)],
            )
        )  # fmt: skip
        outer = counts[:, [0, -1]].sum(axis=1)
        ends.append(f"{outer[-1]:.2f} under {name}")
        readouts.append(
            Readout(f"outer bars, {name}", outer.tolist(), role, 2, f"in the outer bars for {name}")
        )
    return Scene(
        "Where the critic's weights are, over training",
        Slider("step", "critic steps done", at.tolist(), at.size - 1, digits=0, play=True),
        panels,
        readouts,
        "Histograms of all weights of a critic. At the last step the two outermost bars together "
        f"hold a share of {' and of '.join(ends)}.",
    )


def _logs(table: npt.ArrayLike, name: str, limits: int) -> FloatArray:
    """Return decimal logarithms of a table above 0 that has a row for each clip value."""
    array = _array(table, name, 2)
    if len(array) != limits:
        raise ValueError(f"{name}: expected {limits} rows, one for each c, got {len(array)}")
    if array.min() <= 0:
        raise ValueError(f"{name}: expected numbers above 0, got {array.min():g}")
    return np.log10(array)


def fading_signal(
    limits: npt.ArrayLike,
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    depths: npt.ArrayLike,
    slopes: npt.ArrayLike,
) -> Scene:
    """Show how the gradient fades on its way down through a clipped critic.

    ``limits``: F clip values, growing. ``before, after``: (F, L), norm of the score's gradient at
    each layer. ``depths``: D numbers of hidden layers. ``slopes``: (F, D), gradient at the points;
    all above 0.
    Source: Arjovsky, Chintala & Bottou (2017), section 3; Gulrajani et al. (2017), section 3.
    """
    c, deep = growing(limits, "limits"), growing(depths, "depths")
    tables = {"before": before, "after": after, "slopes": slopes}
    logs = {name: _logs(table, name, c.size) for name, table in tables.items()}
    if c[0] <= 0:
        raise ValueError(f"limits: expected numbers above 0, got {c[0]:g}")
    if logs["after"].shape != logs["before"].shape:
        raise ValueError(
            f"after: expected shape {logs['before'].shape}, as before has, "
            f"got {logs['after'].shape}"
        )
    if logs["slopes"].shape[1] != deep.size:
        raise ValueError(
            f"slopes: expected {deep.size} columns, one for each depth, "
            f"got {logs['slopes'].shape[1]}"
        )
    layer = np.arange(1, logs["before"].shape[1] + 1)
    rate = {name: (logs[name][:, -1] - logs[name][:, 0]) / max(1, layer.size - 1)
            for name in ("before", "after")}  # fmt: skip

    def axis(label: str, *parts: FloatArray) -> Axis:
        low, high = (pick([pick(part) for part in parts]) for pick in (np.min, np.max))
        return Axis(label, low - 0.5, high + 0.5, *_decades(low - 0.5, high + 0.5))

    inside = Panel(
        "On the way down, layer by layer",
        Axis("layer, counted from the points", 0.7, layer[-1] + 0.3, (1, int(layer[-1]))),
        axis("gradient of the score", logs["before"], logs["after"]),
        [
            line(layer, logs["before"], role="js", label="before training"),
            points(np.tile(layer, (c.size, 1)), logs["before"], role="js", size=4),
            line(layer, logs["after"], role="em", label="after"),
            points(np.tile(layer, (c.size, 1)), logs["after"], role="em", size=4),
        ],
    )
    arriving = Panel(
        "What arrives at the points",
        Axis("hidden layers", deep[0] - 0.3, deep[-1] + 0.3, tuple(deep.tolist())),
        axis("slope of the critic", logs["slopes"]),
        [
            line(deep, logs["slopes"], role="js", label="before training"),
            points(np.tile(deep, (c.size, 1)), logs["slopes"], role="js", size=4),
        ],
    )
    return Scene(
        "A gradient on its way down through a clipped critic",
        Slider("c", "c: the clipping limit", c.tolist(), c.size // 3, digits=3),
        [inside, arriving],
        [
            Readout("decades a layer, down, before", (-rate["before"]).tolist(), "js", 2,
                    "decades a layer before"),
            Readout("after", (-rate["after"]).tolist(), "em", 2, "after"),
        ],
        f"Left: the gradient of the score at each of {layer.size} layers, on a scale of powers "
        f"of ten. Before training at c = {c[0]:g} it changes by {-rate['before'][0]:.2f} decades "
        f"from one layer to the next on the way down, at c = {c[-1]:g} by "
        f"{-rate['before'][-1]:.2f}. Right: what arrives at the points, over the number of layers.",
    )  # fmt: skip


def critic_gallery(
    critics: Mapping[str, npt.ArrayLike],
    shares: Mapping[str, float],
    real: npt.ArrayLike,
    fake: npt.ArrayLike,
    *,
    reach: float = 3.0,
) -> Scene:
    """Show critics of one problem side by side: the slider goes from rule to rule.

    ``critics``: two to eight by rule, values over [−reach, reach]², the first row lowest, in units
    in which it is 1-Lipschitz. ``shares``: of the exact distance, reported by each. ``real, fake``:
    points.
    Source: Gulrajani et al. (2017), figure 1b: level sets of critics under two rules.
    """
    reach = check.real(reach, "reach", above=0)
    names = list(_mapping(critics, "critics", 8))
    if len(names) < 2:
        raise ValueError(f"critics: expected at least two, got {len(names)}")
    if list(_mapping(shares, "shares", 8)) != names:
        raise ValueError(f"shares: expected the names {names}, got {list(shares)}")
    height = np.array([check.real(share, f"shares: for {name}") for name, share in shares.items()])
    grids = [_array(grid, "critics", 2) for grid in critics.values()]
    for grid in grids:
        if grid.shape != grids[0].shape:
            raise ValueError(f"critics: expected shape {grids[0].shape}, got {grid.shape}")
    clouds = []
    for name, given in (("real", real), ("fake", fake)):
        cloud = check.points(given, name)
        if cloud.shape[1] != 2:
            raise ValueError(f"{name}: expected points in the plane, got shape {cloud.shape}")
        clouds.append(cloud[np.all(np.abs(cloud) <= reach, axis=1)])
    side, number = (-reach, reach), np.arange(1.0, len(names) + 1)
    ticks = (-int(reach), 0, int(reach)) if reach >= 1 else (0,)
    chosen = np.where(np.eye(len(names)) > 0, height, 0.0)
    picture = Panel(
        "The critic under the chosen rule",
        Axis("x₁ (length)", *side, ticks),
        Axis("x₂ (length)", *side, ticks),
        [
            field(np.array(grids), x=side, y=side),
            points(*clouds[0].T, role="p", size=2.5, label="real"),
            points(*clouds[1].T, role="js", size=2.5, label="generated"),
        ],
        equal=True,
    )
    low, high = min(0.0, 1.1 * float(height.min())), max(1.1, 1.1 * float(height.max()))
    bar = Panel(
        "Share of the exact EM that it reports",
        Axis("rule", 0.4, len(names) + 0.6, tuple(number),
             tuple(f"{i:.0f}" for i in number)),
        Axis("estimate/K over EM", low, high, (0, 0.5, 1)),
        [
            line([0.4, len(names) + 0.6], [1, 1], role="soft", dashed=True),
            bars(number, height, width=0.6, role="p"),
            bars(number, chosen, width=0.6, role="em", label="chosen"),
        ],
    )  # fmt: skip
    listed = ", ".join(f"{i:.0f} {name}" for i, name in zip(number, names, strict=True))
    return Scene(
        f"One problem, {len(names)} critics: {listed}",
        Slider("rule", f"the rule: {listed}", number.tolist(), 0, digits=0),
        [picture, bar],
        [Readout("share of EM", height.tolist(), "em", 2)],
        "Left: a critic's value as colour, blue where it is high and orange where it is low, "
        "with real and generated points. Right: the share of the exact distance that each critic "
        "reports once it is divided by its steepest slope: "
        + "; ".join(f"{name} {share:.2f}" for name, share in zip(names, height, strict=True))
        + ".",
    )

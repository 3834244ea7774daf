"""Moving figures of duality: prices, perfect critics, what follows from them and what fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

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
from wganlib.distances import duality as potentials
from wganlib.distances import transport

#: Seven piles and seven holes of the first figure.
PILES = (
    (-1.5, 0.9), (-1.3, -0.7), (-0.8, 0.1), (-0.5, 1.1), (-0.3, -1.1), (0.1, 0.4), (0.4, -0.4),
)  # fmt: skip
HOLES = (
    (-0.6, -0.4), (0.2, 1.2), (0.5, -1.2), (0.8, 0.2), (1.1, 0.9), (1.3, -0.6), (1.6, 0.1),
)  # fmt: skip

#: A flat cloud that stands still, and the cloud that is turned against it.
STILL = (
    (-1.5, 0.2), (-1.0, -0.3), (-0.6, 0.4), (-0.1, -0.1), (0.3, 0.3), (0.7, -0.4), (1.1, 0.1),
    (1.6, -0.2),
)  # fmt: skip
TURNED = (
    (-1.6, -0.1), (-1.1, 0.3), (-0.7, -0.2), (-0.2, 0.3), (0.2, -0.3), (0.6, 0.1), (1.2, 0.3),
    (1.5, 0.0),
)  # fmt: skip

#: Values of a field along each side.
_SIDE = 45


def _plane(value: npt.ArrayLike, name: str) -> FloatArray:
    array = check.points(value, name)
    if array.shape[1] != 2:
        raise ValueError(f"{name}: expected points of the plane, got shape {array.shape}")
    return array


def _box(*clouds: FloatArray) -> tuple[Axis, Axis]:
    """Return axes around clouds (…, 2) with some room, ticks at whole numbers."""
    flat = np.concatenate([cloud.reshape(-1, 2) for cloud in clouds])
    low, high = flat.min(axis=0), flat.max(axis=0)
    room = 0.15 * float((high - low).max())
    if not room > 0:
        raise ValueError("x: expected points that are not all the same, got a single place")
    ends = [(float(a - room), float(b + room)) for a, b in zip(low, high, strict=True)]
    ticks = [_ticks(*pair) for pair in ends]
    return Axis("x (length)", *ends[0], ticks[0]), Axis("y (length)", *ends[1], ticks[1])


def _ticks(low: float, high: float) -> list[float]:
    step = 10.0 ** np.floor(np.log10(high - low))
    step = float(step if (high - low) / step >= 2 else step / 2)
    return [float(k) for k in np.arange(np.ceil(low / step), high / step) * step]


def _grid(across: Axis, up: Axis) -> FloatArray:
    """Return the middles of a field's cells, row by row from the bottom, shape (cells, 2)."""
    sides = [
        axis.low + (np.arange(_SIDE) + 0.5) * (axis.high - axis.low) / _SIDE
        for axis in (across, up)
    ]
    horizontal, vertical = np.meshgrid(*sides)
    return np.stack([horizontal.ravel(), vertical.ravel()], axis=1)


def _coloured(values: FloatArray, across: Axis, up: Axis) -> Mark:
    """Return fields (frames, cells), each lifted so that its colours are balanced."""
    middle = (values.max(axis=1, keepdims=True) + values.min(axis=1, keepdims=True)) / 2
    shown = (values - middle).reshape(-1, _SIDE, _SIDE)
    return field(shown, x=(across.low, across.high), y=(up.low, up.high), limit=None)


def _moved_mass(
    coupling: Any, left: FloatArray, right: FloatArray
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the pairs between which mass moves; what stays where it is has no direction."""
    rows, columns = coupling.nonzero()
    moves = (left[rows] != right[columns]).any(axis=1)
    if not moves.any():
        raise ValueError("y: expected other points than those of x, got the same")
    return rows[moves], columns[moves]


def _paid_routes(start: FloatArray, end: FloatArray, scale: FloatArray) -> tuple[Mark, Mark]:
    """Draw routes, and how much of each the prices cover at each multiple of the best ones."""
    paid = start + scale[:, None, None] * (end - start)
    fixed = np.broadcast_to(start, paid.shape)
    return (
        segments(*start.T, *end.T, role="soft", width=np.full(len(start), 1.5)),
        segments(
            fixed[..., 0],
            fixed[..., 1],
            paid[..., 0],
            paid[..., 1],
            role="em",
            width=np.full(len(start), 4.0),
        ),
    )


def _every_route(
    cost: FloatArray,
    price: FloatArray,
    over: npt.NDArray[np.bool_],
    on_plan: npt.NDArray[np.bool_],
) -> Panel:
    """Draw prices (frames, piles, holes) over their costs, by whether the haulier asks too much."""
    longest = float(cost.max())
    lowest, dearest = float(min(price.min(), 0.0)), float(price.max())

    def shown(which: npt.NDArray[np.bool_]) -> FloatArray:
        return np.where(which, price, np.nan).reshape(len(price), -1)

    flat = np.broadcast_to(cost, price.shape).reshape(len(price), -1)
    return Panel(
        "Every route: cost and price",
        Axis("your own cost (length)", 0.0, 1.05 * longest, _ticks(0.0, longest)),
        Axis("f + g (length)", 1.05 * lowest, 1.05 * dearest, _ticks(lowest, dearest)),
        [
            line([0.0, longest], [0.0, longest], role="ink", dashed=True, label="as much"),
            points(flat, shown(~over & ~on_plan), role="soft", size=3, label="fair"),
            points(flat, shown(over), role="js", size=5, label="overcharged"),
            points(flat, shown(on_plan & ~over), role="em", size=5, label="used by the plan"),
        ],
    )


def haulier_prices(
    x: npt.ArrayLike = PILES, y: npt.ArrayLike = HOLES, *, frames: int = 31
) -> Scene:
    r"""Compute a haulier's prices on their way from nothing to the best ones, and beyond.

    :math:`s \, (f_i + g_j) \le \lVert x_i - y_j \rVert`. ``x, y``: piles and holes of equal mass.
    ``frames``: positions of the slider, at least 2.
    Source: Villani, Optimal Transport: Old and New (2009), chapter 5, for the story of the haulier.
    """
    left, right = _plane(x, "x"), _plane(y, "y")
    scale = np.linspace(0.0, 1.5, check.integer(frames, "frames", at_least=2))
    across, up = _box(left, right)
    critic = potentials.kantorovich_potential(left, right)
    load, unload = critic(left), -critic(right)
    cost = cdist(left, right)
    price = scale[:, None, None] * (load[:, None] + unload)
    over = price > cost + 1e-9
    rows, columns = _moved_mass(critic.plan.coupling, left, right)
    income = scale * (load.mean() + unload.mean())
    on_plan = np.zeros_like(cost, dtype=bool)
    on_plan[rows, columns] = True
    roads = Panel(
        "How much of each journey is paid",
        across,
        up,
        [
            *_paid_routes(left[rows], right[columns], scale),
            points(*left.T, role="p", size=6, label="pile"),
            points(*right.T, role="q", size=6, label="hole"),
        ],
        equal=True,
    )
    routes = _every_route(cost, price, over, on_plan)
    return Scene(
        "A haulier raises the prices",
        Slider(
            "s",
            "s: prices as a multiple of the best ones",
            scale.tolist(),
            len(scale) // 3,
            play=True,
        ),
        [roads, routes],
        [
            Readout("income", income.tolist(), role="em"),
            Readout("cheapest plan", [critic.plan.cost] * len(scale), role="good"),
            Readout("routes overcharged", over.sum(axis=(1, 2)).tolist(), role="js", digits=0),
        ],
        "Left: piles, holes and the routes of the cheapest plan; thick strokes show how much of "
        "each route the prices cover. Right: a dot for every pair of a pile and a hole, across "
        "its cost and up its price. While s is below 1 all dots lie below the diagonal. At s = 1 "
        "the dots of the plan reach it all together, and the income is the cost of the plan. "
        "Above 1 they are over the line.",
    )


def _past_the_ends(
    walk: FloatArray, f: FloatArray, floor: FloatArray, ceiling: FloatArray, length: float
) -> Panel:
    """Draw critics (frames, places) along a ray of this length, between the two extremes."""
    ends = np.array([0.0, length])
    return Panel(
        "Along the longest ray, and past its ends",
        Axis("way from P's point (length)", walk[0], walk[-1], _ticks(walk[0], walk[-1])),
        Axis(
            "f (length)",
            float(floor.min()) - 0.1,
            float(ceiling.max()) + 0.1,
            _ticks(float(floor.min()), float(ceiling.max())),
        ),
        [
            area(walk, floor, ceiling, role="soft", label="between the two extremes"),
            line(walk, f, role="em", label="f"),
            points(ends[:1], [0.0], role="p", size=6),
            points(ends[1:], -ends[1:], role="q", size=6),
        ],
    )


def optimal_critics(
    x: npt.ArrayLike = PILES, y: npt.ArrayLike = HOLES, *, frames: int = 21
) -> Scene:
    r"""Compute optimal critics between the smallest and the largest extension.

    :math:`f_t = (1 - t) f_{\text{smallest}} + t f_{\text{largest}}`. ``x, y``: points of P and of
    Q, of equal mass. ``frames``: positions of the slider, at least 2.
    Source: McShane (1934), Extension of range of functions, theorem 1.
    """
    left, right = _plane(x, "x"), _plane(y, "y")
    share = np.linspace(0.0, 1.0, check.integer(frames, "frames", at_least=2))
    across, up = _box(left, right)
    low, high = (
        potentials.kantorovich_potential(left, right, form=form) for form in ("smallest", "largest")
    )

    def mixed(at: FloatArray) -> FloatArray:
        return (1 - share[:, None]) * low(at) + share[:, None] * high(at)

    grid = _grid(across, up)
    rows, columns = _moved_mass(low.plan.coupling, left, right)
    start, end = left[rows], right[columns]
    way = end - start
    length = np.linalg.norm(way, axis=1)
    middle, unit = (start + end) / 2, way / length[:, None]
    reach = 1e-4
    falls = (mixed(middle - reach * unit) - mixed(middle + reach * unit)) / (2 * reach)
    gradients = [(1 - t) * low.gradient(grid) + t * high.gradient(grid) for t in share]
    elsewhere = [float(np.linalg.norm(g, axis=1).mean()) for g in gradients]
    value = mixed(left).mean(axis=1) - mixed(right).mean(axis=1)

    longest = int(length.argmax())
    walk = np.linspace(-1.0, length[longest] + 1.0, 121)
    trail = start[longest] + walk[:, None] * unit[longest]
    level = float(low(start[longest][None])[0])
    profile = mixed(trail) - level
    floor, ceiling = low(trail) - level, high(trail) - level
    plan = Panel(
        "A perfect critic and the rays",
        across,
        up,
        [
            _coloured(mixed(grid), across, up),
            segments(*start.T, *end.T, role="ink", width=np.full(len(start), 1.5)),
            points(*left.T, role="p", size=6, label="P"),
            points(*right.T, role="q", size=6, label="Q"),
        ],
        equal=True,
    )
    along = _past_the_ends(walk, profile, floor, ceiling, length[longest])
    return Scene(
        "Many perfect critics, one answer on the rays",
        Slider("t", "t: from the smallest critic to the largest", share.tolist(), 0, play=True),
        [plan, along],
        [
            Readout("Ef(x) − Ef(y)", value.tolist(), role="em"),
            Readout("EM", [low.plan.cost] * len(share), role="good"),
            Readout("slope along the rays", falls.min(axis=1).tolist(), role="ink"),
            Readout("mean slope elsewhere", elsewhere, role="soft"),
        ],
        "Left: the critic as a coloured field, high at the points of P and low at those of Q. With "
        "t the peaks at P become valleys at Q; the rays keep their values. Right: along the "
        "longest ray the critic falls with slope 1 for every t; past the ray's ends the smallest "
        "and the largest critic part.",
    )


def _turned(cloud: FloatArray, angle: float) -> FloatArray:
    """Return a cloud turned about the origin."""
    c, s = np.cos(angle), np.sin(angle)
    moved: FloatArray = cloud @ np.array([[c, s], [-s, c]])
    return moved


def _curve_with_tangents(degrees: FloatArray, height: list[float], slope: list[float]) -> Panel:
    """Draw EM over the angle, and at each the tangent of this slope, which is for a radian."""
    top = 1.1 * max(height)
    run = 25.0
    change = np.array(slope) * np.radians(run)
    column = degrees[:, None]
    return Panel(
        "EM over θ, slope by the critic",
        Axis("θ (degrees)", -95.0, 95.0, (-90, -45, 0, 45, 90)),
        Axis("EM (length)", 0.0, top, _ticks(0.0, top)),
        [
            line(degrees, height, role="em", label="EM"),
            line(
                np.concatenate([column - run, column + run], axis=1),
                np.array(height)[:, None] + np.stack([-change, change], axis=1),
                role="js",
                label="slope by the critic",
            ),
            points(column, np.array(height)[:, None], role="em", size=6),
        ],
    )


def potential_follows(
    still: npt.ArrayLike = STILL, turned: npt.ArrayLike = TURNED, *, frames: int = 61
) -> Scene:
    r"""Compute EM, an optimal critic and the slope it gives while one cloud is turned.

    :math:`W'(\theta) = -E \, \partial_\theta f(g_\theta(z))`. ``still, turned``: the second cloud
    is turned about the origin. ``frames``: positions of the slider, at least 2.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 3.
    """
    x, z = _plane(still, "still"), _plane(turned, "turned")
    degrees = np.linspace(-90.0, 90.0, check.integer(frames, "frames", at_least=2))
    angles = np.radians(degrees)
    clouds = np.stack([_turned(z, a) for a in angles])
    across, up = _box(x, clouds)
    grid = _grid(across, up)
    height, slope, difference, heights, rays = [], [], [], [], []
    reach = 1e-5
    for angle, y in zip(angles, clouds, strict=True):
        critic = potentials.kantorovich_potential(x, y)
        height.append(critic.plan.cost)
        heights.append(critic(grid))
        pushed = y @ np.array([[0.0, 1.0], [-1.0, 0.0]])  # dg/dθ: a quarter turn of the point
        slope.append(-float((critic.gradient(y) * pushed).sum(axis=1).mean()))
        ahead, behind = (
            transport.wasserstein_1(x, _turned(z, angle + step)) for step in (reach, -reach)
        )
        difference.append((ahead - behind) / (2 * reach))
        rays.append(_all_rays(x, y, critic.plan.coupling))
    most = max(len(r[0]) for r in rays)
    x0, y0, x1, y1 = (np.stack([_padded(r[k], most) for r in rays]) for k in range(4))
    plan = Panel(
        "The critic and the rays at θ",
        across,
        up,
        [
            _coloured(np.stack(heights), across, up),
            segments(x0, y0, x1, y1, role="ink", width=np.full(most, 1.5)),
            points(*x.T, role="p", size=6, label="P"),
            points(clouds[..., 0], clouds[..., 1], role="q", size=6, label="Q, turned"),
        ],
        equal=True,
    )
    curve = _curve_with_tangents(degrees, height, slope)
    return Scene(
        "The critic tells which way EM goes",
        Slider(
            "θ",
            "theta: angle of the second cloud, in degrees",
            degrees.tolist(),
            2 * len(degrees) // 3,
            digits=0,
            play=True,
        ),
        [plan, curve],
        [
            Readout("EM", height, role="em"),
            Readout("by the critic", slope, role="js"),
            Readout("by differences", difference, role="ink"),
        ],
        "Left: a cloud turns; the rays of the cheapest plan and the critic follow. Right: EM "
        "against the angle in degrees, with a tangent whose slope, for each radian, is computed "
        "from the critic alone. It touches the curve everywhere; where the cheapest plan changes, "
        "the curve has a corner and the tangent tips over.",
    )


def _all_rays(x: FloatArray, y: FloatArray, coupling: Any) -> tuple[FloatArray, ...]:
    rows, columns = coupling.nonzero()
    return x[rows, 0], x[rows, 1], y[columns, 0], y[columns, 1]


def _padded(values: FloatArray, size: int) -> FloatArray:
    """Repeat the last number: strokes drawn twice."""
    return np.pad(values, (0, size - values.size), mode="edge")


def split_mass(frames: int = 81) -> Scene:
    """Compute the critic of one generated point that two real points share.

    ``frames``: positions of the slider, at least 2.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 3: "when both terms are well-defined".
    """
    thetas = np.round(np.linspace(-2.0, 2.0, check.integer(frames, "frames", at_least=2)), 12)
    real = np.array([-1.0, 1.0])
    walk = np.linspace(-2.5, 2.5, 201)
    em, curves, left, right, tips = [], [], [], [], []
    reach = 1e-6
    for theta in thetas:
        critic = potentials.kantorovich_potential(real, [theta])
        here = float(critic([theta])[0])
        beside = critic([theta - reach, theta + reach])
        em.append(critic.plan.cost)
        curves.append(critic(walk) - here)
        left.append((beside[0] - here) / reach)
        right.append((here - beside[1]) / reach)
        tips.append(critic(real) - here)
    slope = np.where(np.abs(thetas) < 1, 0.0, np.sign(thetas))
    slope = np.where(np.abs(thetas) == 1, np.nan, slope)
    column = thetas[:, None]
    line_axis = Axis("place (length)", -2.5, 2.5, (-2, -1, 0, 1, 2))
    profile = Panel(
        "An optimal critic",
        line_axis,
        Axis("f (length)", -1.2, 3.2, (-1, 0, 1, 2, 3)),
        [
            line(walk, np.stack(curves), role="em", label="f"),
            points(np.tile(real, (len(thetas), 1)), np.stack(tips), role="p", size=6, label="real"),
            points(column, np.zeros_like(column), role="q", size=6, label="generated, θ"),
        ],
    )
    height = Panel(
        "EM over θ",
        Axis("θ (length)", -2.5, 2.5, (-2, -1, 0, 1, 2)),
        Axis("EM (length)", 0.0, 2.2, (0, 1, 2)),
        [
            line(thetas, em, role="em", label="EM"),
            points(column, np.array(em)[:, None], role="em", size=6),
        ],
    )
    return Scene(
        "Where the critic has a corner and EM has none",
        Slider("θ", "theta: place of the generated point", thetas.tolist(), len(thetas) // 2),
        [profile, height],
        [
            Readout("EM", em, role="em"),
            Readout("slope of EM", slope.tolist(), role="good"),
            Readout("−f′ just left", left, role="js", spoken="minus f just left"),
            Readout("−f′ just right", right, role="js", spoken="minus f just right"),
        ],
        "Left: the critic falls from both real points towards the generated one and has a corner "
        "there, a valley, as long as it stands between them. Right: EM is flat between -1 and 1 "
        "and grows with slope 1 outside.",
    )

"""Moving figures of the paper's relatives: classes of critics, kernels, energies, entropy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check
from wganlib import approximations, ipm, transport
from wganlib._validate import FloatArray
from wganlib.scene import (
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
from wganlib.scenes._parts import cursor

#: Distance of neighbouring atoms in the two boxes, and how many atoms a box has.
PITCH, ATOMS = 0.05, 10

#: Bandwidth of the kernel whose unit ball is shown beside the other classes.
BANDWIDTH = 0.5

#: A widest bandwidth and its halves, the mixture with which the chapter trains a generator.
MIXTURE = (2.0, 1.0, 0.5, 0.25, 0.125)

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


def function_classes(frames: int = 26) -> Scene:
    r"""Compute the best critics of four classes for two boxes, one of which moves away.

    .. math:: \sup_{f \in F} E_P f - E_Q f

    with F the functions between -1 and 1, those of slope at most 1, those of both kinds,
    and the unit ball of the Hilbert space of a Gaussian kernel of bandwidth 0.5.

    Parameters
    ----------
    frames : int
        Positions of the slider, at least 2; each moves the box by 0.1.

    Returns
    -------
    Scene
        Left the critics, right what they reach. Boxes have width 0.5 and ten atoms each.

    Raises
    ------
    TypeError, ValueError
        For a count that is no integer or too small.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 5, equation 4.

    Examples
    --------
    >>> from wganlib.scenes import function_classes
    >>> function_classes(3).sentence(2)
    'θ 0.2, bounded 0.800, Lipschitz 0.200, both 0.200, kernel ball 0.349'
    """
    count = check.integer(frames, "frames", at_least=2)
    shifts = 2 * np.arange(count)
    theta = shifts * PITCH
    grid = np.array([(k + 0.5) * PITCH for k in range(-15, int(shifts[-1]) + 16)])
    names = ("bounded", "Lipschitz", "both", "kernel ball")
    found: dict[str, list[ipm.OptimalCritic]] = {name: [] for name in names}
    for shift in shifts.tolist():
        p, q = _box(0), _box(shift)
        found["bounded"].append(ipm.bounded_critic(p, q))
        found["Lipschitz"].append(ipm.lipschitz_critic(p, q))
        found["both"].append(ipm.bounded_lipschitz_critic(p, q))
        found["kernel ball"].append(ipm.kernel_critic(p, q, bandwidth=BANDWIDTH))
    drawn = {name: np.stack([f(grid) for f in critics]) for name, critics in found.items()}
    at_atoms = [f.values for f in found["Lipschitz"]]
    middle = np.array([(v.max() + v.min()) / 2 for v in at_atoms])  # a constant changes nothing
    drawn["Lipschitz"] -= middle[:, None]
    for name in ("Lipschitz", "both"):  # where the boxes coincide all critics are equally good
        drawn[name][shifts == 0] = 0.0
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

    Parameters
    ----------
    positions : int
        Of the slider, at least 2; K runs from 0.1 to 100.

    Returns
    -------
    Scene
        Left the best critic, right its value over K, below K times EM and below 2 TV.

    Raises
    ------
    TypeError, ValueError
        For a count that is no integer or too small.

    Source
    ------
    Dudley, Real Analysis and Probability (2002), section 11.3.

    Examples
    --------
    >>> from wganlib.scenes import allowed_slope
    >>> allowed_slope(4).sentence(0)
    'K 0.10, value 0.120, K · EM 0.120, 2 TV 2.000'
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


# --- kernels -----------------------------------------------------------------------------


def line_energy(width: float) -> float:
    r"""Return the mean of the Gaussian kernel over pairs of points of a line of length one.

    .. math:: h(\sigma) = \int_0^1 \int_0^1 e^{-(s - t)^2 / 2 \sigma^2} \, ds \, dt

    Parameters
    ----------
    width : float
        The bandwidth, more than 0.

    Returns
    -------
    float
        Between 0 and 1. The squared MMD of two such lines, at a distance θ side by side, is
        2 h (1 − exp(−θ²/2σ²)).

    Raises
    ------
    TypeError, ValueError
        For a width that is not a number above 0.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Example 1, for the lines.

    Examples
    --------
    >>> from wganlib.scenes import line_energy
    >>> round(line_energy(1.0), 6), round(line_energy(0.01), 6)
    (0.92431, 0.024866)
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


def bandwidths(positions: int = 31) -> Scene:
    r"""Show MMD against θ on the two parallel lines, for kernels from narrow to wide.

    Parameters
    ----------
    positions : int
        Of the slider, at least 2; σ runs from 0.02 to 20.

    Returns
    -------
    Scene
        Left MMD as a share of its ceiling, with dots that the library computes from forty
        points a line; right its slope at θ = 1 over σ.

    Raises
    ------
    TypeError, ValueError
        For a count that is no integer or too small.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 5: kernels of low bandwidth saturate.

    Examples
    --------
    >>> from wganlib.scenes import bandwidths
    >>> bandwidths(4).sentence(1)
    'σ 0.200, share of the ceiling at θ = 1 1.0000, slope there 0.0000'
    """
    from wganlib.measures import parallel_lines

    count = check.integer(positions, "positions", at_least=2)
    widths = np.round(np.logspace(math.log10(0.02), math.log10(20), count), 3)
    theta = np.linspace(-1.5, 1.5, 121)
    curves = np.stack([_share(theta, [w]) for w in widths])
    dots = np.round(np.linspace(-1.5, 1.5, 13), 12)
    still = parallel_lines(0.0)[0].discretise(40)[0]
    right = np.array([1.0, 0.0])
    measured = []
    for width in widths.tolist():
        far = ipm.mmd(still, still + right * 1e3 * (1 + width), bandwidth=width)
        ways = [ipm.mmd(still, still + right * t, bandwidth=width) for t in dots]
        measured.append(np.array(ways) / far)
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
                    points(np.tile(dots, (count, 1)), np.stack(measured), role="js", size=4,
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


# --- energies ----------------------------------------------------------------------------


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

    Parameters
    ----------
    steps : sequence of int
        Steps of training at the F looks, growing from 1.
    at : array (k,)
        Places on the axis that crosses the lines.
    profiles : mapping of str to array (F, k)
        The energy of one run at these places, for one or two kinds of network.
    slopes : mapping of str to array (F, R)
        For the same kinds, the slope of the generator's loss in θ, above 0.
    theta : float
        Where the generated line is.
    margin : float
        The energy above which nothing is gained.

    Returns
    -------
    Scene

    Raises
    ------
    TypeError, ValueError
        For arrays that do not fit together, steps that do not grow, and slopes not above 0.

    Source
    ------
    Zhao, Mathieu & LeCun (2017), Energy-based generative adversarial networks.

    Examples
    --------
    >>> from wganlib.scenes import energies
    >>> energies([1, 9], [0.0, 1.0], {"a": [[0, 1], [0, 2]]}, {"a": [[1], [0.5]]}, theta=1).title
    'What an energy network says of the way back'
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
    logs = {name: np.log10(rows) for name, rows in taken.items()}
    low = math.floor(min(float(v.min()) for v in logs.values()))
    high = math.ceil(max(float(v.max()) for v in logs.values())) + (0 if low < 0 else 1)
    top = 1.05 * max(limit, *(float(v.max()) for v in drawn.values()))
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
            Panel(
                "Slope of the generator's loss",
                Axis("steps of training", -0.05 + float(when[0]), 0.05 + float(when[-1]),
                     np.log10(step_ticks).tolist(), [f"{s:g}" for s in step_ticks]),
                Axis("slope (1 / length)", low, high, decades, [f"{10.0**k:g}" for k in decades]),
                marks,
            ),
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


# --- moment matching ---------------------------------------------------------------------


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

    Parameters
    ----------
    batches : sequence of int
        The F batch sizes, growing from 2.
    samples : array (F, n, 2)
        Points of one generator for each size.
    em : array (F, R)
        EM of R runs to the data.
    modes : array (k, 2)
        Centres of the data's modes.
    others : mapping of str to array (R',)
        One or two lines to compare with: EM of other runs, by name.
    shown : int
        Points to draw, at least 1.

    Returns
    -------
    Scene

    Raises
    ------
    TypeError, ValueError
        For arrays that do not fit together and sizes that do not grow.

    Source
    ------
    Li, Swersky & Zemel (2015), Generative moment matching networks.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.scenes import moment_matching
    >>> moment_matching(
    ...     [2, 8], np.zeros((2, 5, 2)), [[1.0, 3.0], [0.5, 0.5]], [[0.0, 1.0]], others={"a": [1.0]}
    ... ).sentence(0)
    'batch 2, mean EM 2.000'
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


# --- entropy -----------------------------------------------------------------------------


def blurred_plan(positions: int = 25) -> Scene:
    """Blur the cheapest plan of seven piles and seven holes by entropy, more and more.

    Parameters
    ----------
    positions : int
        Of the slider, at least 2; the regularisation runs from 0.02 to 5.

    Returns
    -------
    Scene
        Left the plan; right what it costs, the bound of its potentials below, the
        divergence that entropy no longer biases, and the exact distance.

    Raises
    ------
    TypeError, ValueError
        For a count that is no integer or too small.

    Source
    ------
    Cuturi (2013), Sinkhorn distances: lightspeed computation of optimal transport.

    Examples
    --------
    >>> from wganlib.scenes import blurred_plan
    >>> blurred_plan(2).sentence(1).split(", ")[0]
    'ε 5.000'
    """
    from wganlib.scenes.duality import HOLES, PILES

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


def batch_valleys(
    dimensions: Sequence[int],
    spread: npt.ArrayLike,
    em: npt.ArrayLike,
    mmd: npt.ArrayLike,
) -> Scene:
    """Show which spread of a generator a loss on batches likes best, by dimension.

    Parameters
    ----------
    dimensions : sequence of int
        The F dimensions, growing from 1.
    spread : array (k,)
        Spreads s of the generator, growing; 1 is that of the data.
    em, mmd : array (F, R, k)
        Loss of R batches: EM, and an estimate of the squared MMD.

    Returns
    -------
    Scene
        Means over the batches, each divided by its value at the first spread.

    Raises
    ------
    TypeError, ValueError
        For arrays that do not fit together or do not grow.

    Source
    ------
    Bellemare et al. (2017), The Cramer distance as a solution to biased Wasserstein gradients.

    Examples
    --------
    >>> from wganlib.scenes import batch_valleys
    >>> batch_valleys([1, 2], [0.5, 1.0], [[[1, 2]], [[1, 2]]], [[[2, 1]], [[2, 1]]]).sentence(0)
    'd 1, best spread by EM of batches 0.50, by MMD 1.00'
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
            Panel(
                "The best spread",
                Axis("dimension d", float(place[0]) - 0.2, float(place[-1]) + 0.2,
                     place.tolist(), [f"{d:g}" for d in at]),
                Axis("best spread", 0, 1.6, (0, 0.5, 1, 1.5)),
                marks,
            ),
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

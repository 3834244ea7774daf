"""Moving figures of the directions in which a critic sends points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from wganbook.figures.duality import _SIDE, _coloured, _grid, _plane, _ticks
from wganbook.scene import (
    Axis,
    Mark,
    Panel,
    Readout,
    Scene,
    Slider,
    line,
    points,
    segments,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray


def _axes_of(grid: FloatArray) -> tuple[Axis, Axis]:
    """Return the axes around the cells of a field, half a cell beyond their middles."""
    gap = grid[1, 0] - grid[0, 0], grid[_SIDE, 1] - grid[0, 1]
    across, up = (
        Axis(
            f"{letter} (length)",
            float(grid[0, k] - gap[k] / 2),
            float(grid[-1, k] + gap[k] / 2),
            _ticks(float(grid[0, k]), float(grid[-1, k])),
        )
        for k, letter in enumerate("xy")
    )
    return across, up


def _in_its_own_unit(score: FloatArray) -> FloatArray:
    """Divide scores (looks, cells) by how far they spread at each look, where they do."""
    spread = np.ptp(score, axis=1, keepdims=True)
    scaled: FloatArray = np.divide(score, spread, out=np.zeros_like(score), where=spread > 0)
    return scaled


def _sent_to(at: FloatArray, gradients: FloatArray, stroke: float) -> FloatArray:
    """Return where strokes from points end, the longest of each look as long as given."""
    longest = np.linalg.norm(gradients, axis=2).max(axis=1)[:, None, None]
    share = np.divide(gradients, longest, out=np.zeros_like(gradients), where=longest > 0)
    ends: FloatArray = at + stroke * share
    return ends


def _directions_panel(
    title: str,
    axes: tuple[Axis, Axis],
    score: FloatArray,
    at: FloatArray,
    ideal: FloatArray,
    felt: FloatArray,
) -> Panel:
    """Draw a critic as a coloured field, and strokes from points to where they are sent."""
    start = np.broadcast_to(at, felt.shape)
    return Panel(
        title,
        *axes,
        [
            _coloured(score, *axes),
            segments(*at.T, *ideal.T, role="good", label="exact"),
            segments(
                start[..., 0],
                start[..., 1],
                felt[..., 0],
                felt[..., 1],
                role="ink",
                width=np.full(len(at), 2.0),
                label="by the critic",
            ),
            points(*at.T, role="q", size=3, label="generated"),
        ],
        equal=True,
    )


def _mean_and_half(cosines: npt.ArrayLike, looks: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean over the seeds at each look, and half of its 95 % interval."""
    table = check.finite_array(cosines, "cosines")
    if table.ndim != 2 or len(table) != looks or table.shape[1] < 2:
        raise ValueError(
            f"cosines: expected shape ({looks}, seeds) with at least 2 seeds, "
            f"got shape {table.shape}"
        )
    mean, seeds = table.mean(axis=1), table.shape[1]
    half = stdtrit(seeds - 1, 0.975) * table.std(axis=1, ddof=1) / np.sqrt(seeds)
    return mean, half


def _cosine_curve(mean: FloatArray, half: FloatArray, role: str, name: str) -> list[Mark]:
    """Draw means with their intervals over the looks, one critic a little beside the other."""
    shift = np.arange(len(mean), dtype=float) + (0.06 if role == "em" else -0.06)
    return [
        line(shift, mean, role=role, label=name),
        segments(shift, mean - half, shift, mean + half, role=role, width=np.full(len(mean), 5.0)),
        points(shift[:, None], mean[:, None], role=role, size=6),
    ]


def _cosines_panel(curves: Sequence[Mark], looks: Sequence[int]) -> Panel:
    """Draw the curves of the cosines below a line at 1, with room for every interval."""
    seen = np.concatenate(
        [np.ravel(mark.at("y0", 0)) for mark in curves if mark.kind == "segments"]
    )
    lowest = min(-0.05, float(np.floor(10 * seen.min()) / 10))
    ranks = np.arange(len(looks), dtype=float)
    return Panel(
        "Against the exact gradient",
        Axis("critic steps", -0.5, len(looks) - 0.5, ranks.tolist(), list(map(str, looks))),
        Axis("cosine", lowest, 1.1, (0, 0.5, 1)),
        [line([-0.5, len(looks) - 0.5], [1.0, 1.0], role="soft"), *curves],
    )


def critic_directions(
    grid: npt.ArrayLike,
    fakes: npt.ArrayLike,
    exact: npt.ArrayLike,
    steps: Sequence[int],
    judges: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
    cosines: Mapping[str, npt.ArrayLike],
) -> Scene:
    """Lay the directions that two trained critics give beside the exact ones.

    ``grid``: :func:`field_grid` of two corners. ``fakes, exact``: (n, 2), points and an optimal
    critic's gradient there, looked at after ``steps``. ``judges``: two, by name: scores on the grid
    and gradients at the points, look by look. ``cosines``: (looks, seeds), by the same names.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 3 and section 3.
    """
    where, at = _plane(grid, "grid"), _plane(fakes, "fakes")
    if len(where) != _SIDE * _SIDE:
        raise ValueError(f"grid: expected {_SIDE * _SIDE} points, got {len(where)}")
    best = _shaped(exact, "exact", at.shape)
    looks = [check.integer(step, "steps", at_least=0) for step in steps]
    if len(looks) < 2 or sorted(set(looks)) != looks:
        raise ValueError(f"steps: expected at least two rising counts, got {looks}")
    for name, given in (("judges", judges), ("cosines", cosines)):
        if not isinstance(given, Mapping):
            raise TypeError(f"{name}: expected a mapping of names, got {check.describe(given)}")
    if len(judges) != 2 or set(judges) != set(cosines):
        raise ValueError(f"judges: expected two critics that cosines names too, got {list(judges)}")
    across, up = _axes_of(where)
    stroke = 0.13 * (across.high - across.low)
    panels, curves, readouts = [], [], []
    for (name, (scores, gradients)), role in zip(judges.items(), ("js", "em"), strict=True):
        score = _in_its_own_unit(_shaped(scores, "judges", (len(looks), len(where))))
        felt = _sent_to(at, _shaped(gradients, "judges", (len(looks), *at.shape)), stroke)
        panels.append(
            _directions_panel(
                f"The {name} critic", (across, up), score, at, at + stroke * best, felt
            )
        )
        mean, half = _mean_and_half(cosines[name], len(looks))
        curves += _cosine_curve(mean, half, role, name)
        readouts.append(Readout(f"cosine, {name}", mean.tolist(), role=role))
    return Scene(
        "What a critic that is not perfect tells the generator",
        Slider(
            "critic steps",
            "critic steps: how long the critics were trained",
            looks,
            len(looks) // 2 - 1,
            digits=0,
        ),
        [*panels, _cosines_panel(curves, looks)],
        readouts,
        "First two panels: two critics as coloured fields, with a stroke at each generated point "
        "that shows where it is sent, beside the stroke of a perfect critic. Untrained critics "
        "point anywhere. Third: the cosine of the generator's gradient with the exact one, mean "
        "and 95 % interval over the seeds, after more and more critic steps.",
    )


def _shaped(value: npt.ArrayLike, name: str, shape: tuple[int, ...]) -> FloatArray:
    array = check.finite_array(value, name)
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, got shape {array.shape}")
    return array


def field_grid(low: npt.ArrayLike, high: npt.ArrayLike) -> FloatArray:
    """Return the points at which :func:`critic_directions` wants the critics' scores.

    ``low, high``: corners of a rectangle, the first below and left of the second. Middles of cells,
    row by row from the bottom.
    Source: The layout that :func:`wganbook.marks.field` draws.
    """
    ends = [check.finite_array(v, name) for v, name in ((low, "low"), (high, "high"))]
    for corner, name in zip(ends, ("low", "high"), strict=True):
        if corner.shape != (2,):
            raise ValueError(f"{name}: expected shape (2,), got shape {corner.shape}")
    if not (ends[0] < ends[1]).all():
        raise ValueError(f"high: expected more than low, {ends[0]}, got {ends[1]}")
    return _grid(*(Axis("side", float(a), float(b)) for a, b in zip(*ends, strict=True)))

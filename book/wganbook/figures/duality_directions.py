"""Moving figures of the directions in which a critic sends points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from wganbook.figures.duality import _SIDE, _coloured, _grid, _plane, _ticks
from wganbook.scene import (
    Axis,
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
    gap = where[1, 0] - where[0, 0], where[_SIDE, 1] - where[0, 1]
    across, up = (
        Axis(
            f"{letter} (length)",
            float(where[0, k] - gap[k] / 2),
            float(where[-1, k] + gap[k] / 2),
            _ticks(float(where[0, k]), float(where[-1, k])),
        )
        for k, letter in enumerate("xy")
    )
    stroke = 0.13 * (across.high - across.low)
    panels, curves, readouts = [], [], []
    ranks = np.arange(len(looks), dtype=float)
    for (name, (scores, gradients)), role in zip(judges.items(), ("js", "em"), strict=True):
        score = _shaped(scores, "judges", (len(looks), len(where)))
        spread = np.ptp(score, axis=1, keepdims=True)
        score = np.divide(score, spread, out=np.zeros_like(score), where=spread > 0)
        felt = _shaped(gradients, "judges", (len(looks), *at.shape))
        longest = np.linalg.norm(felt, axis=2).max(axis=1)[:, None, None]
        felt = at + stroke * np.divide(felt, longest, out=np.zeros_like(felt), where=longest > 0)
        ideal = at + stroke * best
        start = np.broadcast_to(at, felt.shape)
        panels.append(
            Panel(
                f"The {name} critic",
                across,
                up,
                [
                    _coloured(score, across, up),
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
        )
        table = check.finite_array(cosines[name], "cosines")
        if table.ndim != 2 or len(table) != len(looks) or table.shape[1] < 2:
            raise ValueError(
                f"cosines: expected shape ({len(looks)}, seeds) with at least 2 seeds, "
                f"got shape {table.shape}"
            )
        mean, seeds = table.mean(axis=1), table.shape[1]
        half = stdtrit(seeds - 1, 0.975) * table.std(axis=1, ddof=1) / np.sqrt(seeds)
        shift = ranks + (0.06 if role == "em" else -0.06)
        curves += [
            line(shift, mean, role=role, label=name),
            segments(
                shift, mean - half, shift, mean + half, role=role, width=np.full(len(looks), 5.0)
            ),
            points(shift[:, None], mean[:, None], role=role, size=6),
        ]
        readouts.append(Readout(f"cosine, {name}", mean.tolist(), role=role))
    seen = np.concatenate(
        [np.ravel(mark.at("y0", 0)) for mark in curves if mark.kind == "segments"]
    )
    lowest = min(-0.05, float(np.floor(10 * seen.min()) / 10))
    trend = Panel(
        "Against the exact gradient",
        Axis("critic steps", -0.5, len(looks) - 0.5, ranks.tolist(), list(map(str, looks))),
        Axis("cosine", lowest, 1.1, (0, 0.5, 1)),
        [line([-0.5, len(looks) - 0.5], [1.0, 1.0], role="soft"), *curves],
    )
    return Scene(
        "What a critic that is not perfect tells the generator",
        Slider(
            "critic steps",
            "critic steps: how long the critics were trained",
            looks,
            len(looks) // 2 - 1,
            digits=0,
        ),
        [*panels, trend],
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

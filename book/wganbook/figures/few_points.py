"""The moving figure of a small class of critics, and of the few points that it takes for data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from wganbook.figures._parts import dot
from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, line, points
from wganlib import _validate as check
from wganlib._validate import FloatArray

JUDGES = {"own": "critics of the class", "others": "other critics", "em": "EM"}


def fooled_critics(
    data: npt.ArrayLike,
    units: Sequence[int],
    weights: npt.ArrayLike,
    scores: Mapping[str, npt.ArrayLike],
) -> Scene:
    """Show points that a class of critics takes for the data, as the class grows.

    ``data``: points of the plane, (n, 2). ``units``: the sizes of the class, growing. ``weights``:
    of the points chosen for each size, (sizes, n). ``scores``: for ``own``, ``others`` and ``em``
    the distances of chosen and of fresh points, (sizes, 2).
    Source: Arora et al. (2017), sections 2 and 3.
    """
    cloud = check.points(data, "data")
    if cloud.shape[1] != 2:
        raise ValueError(f"data: expected points of the plane, got shape {cloud.shape}")
    sizes = [check.integer(m, "units", at_least=1) for m in units]
    if len(sizes) < 2 or sizes != sorted(set(sizes)):
        raise ValueError(f"units: expected at least 2 growing sizes, got {list(units)}")
    mass = check.finite_array(weights, "weights")
    if mass.shape != (len(sizes), len(cloud)) or not (mass >= 0).all():
        raise ValueError(
            f"weights: expected shape {(len(sizes), len(cloud))}, none below 0, got {mass.shape}"
        )
    if not isinstance(scores, Mapping) or set(scores) != set(JUDGES):
        raise ValueError(f"scores: expected {', '.join(JUDGES)}, got {list(scores)}")
    told = {name: check.finite_array(scores[name], f"scores: {name}") for name in JUDGES}
    for name, pair in told.items():
        if pair.shape != (len(sizes), 2):
            raise ValueError(f"scores: expected {(len(sizes), 2)} for {name}, got {pair.shape}")
    return Scene(
        "A few points that every critic of a class takes for the data",
        Slider("m", "m: features of the critics", sizes, len(sizes) // 2, 0, play=True),
        [_cloud(cloud, mass), _distances(sizes, told)],
        [
            Readout("points chosen", (mass > 0).sum(axis=1).tolist(), "q", digits=0),
            Readout("their distance, by critics of the class",
                    np.round(told["own"][:, 0], 9).tolist(), "js"),
            Readout("by other critics", told["others"][:, 0].tolist(), "kl"),
            Readout("by EM", told["em"][:, 0].tolist(), "em"),
        ],
        "Left: the data, and the few points with weights that are chosen for critics with m "
        "features. Right: how far they are from the data, by critics of the class, which say 0 at "
        "every m, and by EM; dashed, as many fresh points of the data's law. Critics do not take "
        "fresh points for the data; for EM the chosen ones are not much nearer than fresh ones.",
    )  # fmt: skip


def _cloud(cloud: FloatArray, mass: FloatArray) -> Panel:
    """Return the data with the points that carry weight, larger where it is more."""
    most = int((mass > 0).sum(axis=1).max())
    parts: list[Mark] = [points(*cloud.T, role="soft", size=1.5, label="data")]
    for low, high, size, label in (
        (0.0, 0.05, 3.5, ""), (0.05, 0.15, 5.5, "chosen"), (0.15, 1.01, 8.0, ""),
    ):  # fmt: skip
        shown = np.full((2, len(mass), most), np.nan)
        for k, row in enumerate(mass):
            there = np.flatnonzero((row > low) & (row <= high))
            shown[:, k, : len(there)] = cloud[there].T
        parts.append(points(*shown, role="q", size=size, label=label))
    edge = float(np.ceil(np.abs(cloud).max()))
    ticks = [-edge + 1, 0.0, edge - 1]
    return Panel(
        "Data and chosen points",
        Axis("x (length)", -edge, edge, ticks),
        Axis("y (length)", -edge, edge, ticks),
        parts,
        equal=True,
    )


def _distances(sizes: list[int], told: dict[str, FloatArray]) -> Panel:
    """Return distances of chosen points, drawn through, and of fresh ones, dashed."""
    at = np.log2(sizes)
    marks: list[Mark] = []
    for name, role in (("em", "em"), ("own", "js")):
        chosen, fresh = told[name].T
        marks += [
            line(at, fresh, role="ink" if name == "em" else "soft", dashed=True,
                 label=f"fresh, {JUDGES[name]}"),
            line(at, chosen, role=role, label=f"chosen, {JUDGES[name]}"),
            dot(at, chosen, role),
        ]  # fmt: skip
    high = 1.15 * max(float(told[name].max()) for name in ("em", "own"))
    return Panel(
        "Distance from the data",
        Axis("m: features", at[0] - 0.2, at[-1] + 0.2, at.tolist(), [str(m) for m in sizes]),
        Axis("EM (length); critics (score)", -0.03 * high, high, [0.0, float(f"{high / 2:.1g}")]),
        marks,
    )

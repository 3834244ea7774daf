"""Moving figures of critics beside a potential that is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from wganbook.figures._parts import growing
from wganbook.scene import Axis, Panel, Readout, Scene, Slider, bars, line
from wganlib import _validate as check
from wganlib._validate import FloatArray

#: How many critics a figure has room for, the potential included.
MOST = 8


def _row(value: npt.ArrayLike, name: str, size: int) -> FloatArray:
    row = check.finite_array(value, name)
    if row.shape != (size,):
        raise ValueError(f"{name}: expected shape ({size},), got {row.shape}")
    return row


def folded_critics(
    x: npt.ArrayLike, critics: Mapping[str, npt.ArrayLike], shares: Mapping[str, float]
) -> Scene:
    """Show critics of one problem along a line, each beside the potential, and what they prove.

    ``x``: places on the line, growing. ``critics``: two to eight by name, the potential first,
    values at these places. ``shares``: of the distance, proved by each, with the same names.
    Source: Anil, Lucas & Grosse (2019), section 4 and figure 1.
    """
    at = growing(x, "x")
    for name, given in (("critics", critics), ("shares", shares)):
        if not isinstance(given, Mapping):
            raise TypeError(f"{name}: expected a mapping of names, got {check.describe(given)}")
    names = list(critics)
    if not 2 <= len(names) <= MOST:
        raise ValueError(f"critics: expected two to {MOST} entries, got {len(names)}")
    if list(shares) != names:
        raise ValueError(f"shares: expected the names {names}, got {list(shares)}")
    curves = np.array([_row(curve, "critics", at.size) for curve in critics.values()])
    height = np.array([check.real(share, f"shares: for {name}") for name, share in shares.items()])
    number = np.arange(1.0, len(names) + 1)
    low, high = float(curves.min()), float(curves.max())
    margin = 0.08 * (high - low or 1.0)
    steep = np.abs(np.diff(curves, axis=1) / np.diff(at)).max(1)
    listed = ", ".join(f"{i:.0f} {name}" for i, name in zip(number, names, strict=True))
    profile = Panel(
        "The chosen critic along a line",
        Axis("x₁ (length)", at[0], at[-1], (float(np.ceil(at[0])), 0.0, float(np.floor(at[-1])))),
        Axis("f (length)", low - margin, high + margin, (0.0, float(np.floor(high * 10) / 10))),
        [
            line(at, curves[0], role="soft", dashed=True, label="potential"),
            line(at, curves, role="em", label="critic"),
        ],
    )
    proved = Panel(
        "Share of the exact EM that it proves",
        Axis("critic", 0.4, len(names) + 0.6, tuple(number), tuple(f"{i:.0f}" for i in number)),
        Axis("value over norms and EM", min(0.0, 1.1 * float(height.min())),
             max(1.1, 1.1 * float(height.max())), (0, 0.5, 1)),
        [
            line([0.4, len(names) + 0.6], [1, 1], role="soft", dashed=True),
            bars(number, height, width=0.6, role="p"),
            bars(number, np.where(np.eye(len(names)) > 0, height, 0.0), width=0.6, role="em",
                 label="chosen"),
        ],
    )  # fmt: skip
    return Scene(
        f"One potential, and critics that try to be it: {listed}",
        Slider("critic", f"the critic: {listed}", number.tolist(), 0, digits=0),
        [profile, proved],
        [
            Readout("share of EM", height.tolist(), "em", 2),
            Readout("steepest here", steep.tolist(), "em", 2),
        ],
        "Left: the chosen critic along a line, over the potential, dashed. Right: the share of the "
        "exact distance that each critic proves, its value over the product of its layers' norms: "
        + "; ".join(f"{name} {share:.2f}" for name, share in zip(names, height, strict=True))
        + ".",
    )


def solvers_by_dimension(
    dimensions: npt.ArrayLike,
    cosines: Mapping[str, npt.ArrayLike],
    shares: Mapping[str, npt.ArrayLike],
) -> Scene:
    """Show how well critics know the direction of a known potential, and how much of EM.

    ``dimensions``: of space, growing, at least two. ``cosines``: two to eight solvers by name, with
    exact gradients, one for each dimension. ``shares``: of the distance, with the same names.
    Source: Korotin, Kolesov & Burnaev (2022), section 5.
    """
    at = growing(dimensions, "dimensions")
    if at[0] < 1:
        raise ValueError(f"dimensions: expected numbers of at least 1, got {at}")
    tables = {}
    for name, given in (("cosines", cosines), ("shares", shares)):
        if not isinstance(given, Mapping):
            raise TypeError(f"{name}: expected a mapping of names, got {check.describe(given)}")
        if not 2 <= len(given) <= MOST:
            raise ValueError(f"{name}: expected two to {MOST} entries, got {len(given)}")
        tables[name] = np.array([_row(row, name, at.size) for row in given.values()]).T
    names = list(cosines)
    if list(shares) != names:
        raise ValueError(f"shares: expected the names {names}, got {list(shares)}")
    number = np.arange(1.0, len(names) + 1)
    frame = np.ones((at.size, 1)) * number

    def panel(title: str, label: str, heights: FloatArray, role: str) -> Panel:
        low, high = min(0.0, 1.1 * float(heights.min())), max(1.1, 1.1 * float(heights.max()))
        return Panel(
            title,
            Axis("solver", 0.4, len(names) + 0.6, tuple(number), tuple(f"{i:.0f}" for i in number)),
            Axis(label, low, high, (0, 0.5, 1)),
            [
                line([0.4, len(names) + 0.6], [1, 1], role="soft", dashed=True),
                bars(frame, heights, width=0.6, role=role),
            ],
        )

    listed = ", ".join(f"{i:.0f} {name}" for i, name in zip(number, names, strict=True))
    best = [names[int(row.argmax())] for row in tables["cosines"]]
    return Scene(
        f"Critics beside a known potential: {listed}",
        Slider("d", "d: dimensions of space", at.tolist(), 0, digits=0),
        [
            panel("Direction", "cosine to the exact gradient", tables["cosines"], "em"),
            panel("Distance", "value over slope and EM", tables["shares"], "p"),
        ],
        [
            Readout("largest cosine", tables["cosines"].max(1).tolist(), "em", 2),
            Readout("largest share", tables["shares"].max(1).tolist(), "p", 2),
        ],
        "For each solver, left the cosine of its gradient with the exact one at generated points, "
        "right its value over its steepest slope, as a share of the exact distance. The largest "
        "cosine: "
        + "; ".join(
            f"{row.max():.2f} in {d:.0f} dimensions ({name})"
            for d, row, name in zip(at, tables["cosines"], best, strict=True)
        )
        + ".",
    )

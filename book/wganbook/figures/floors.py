"""The moving figure of the floors: how the distance of two samples falls, over n and dimension."""

from __future__ import annotations

import numpy as np

from wganbook.figures._parts import dot, log_axis
from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, line, points, segments
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.paper.floors import MEASURES, Floors, theory


def falling_floors(floors: Floors) -> Scene:
    """Show how EM between two samples of one measure falls with their size, measure by measure.

    ``floors``: runs of the study, of every measure at two sizes from 400 on or more.
    Source: Dudley (1969); Weed & Bach (2019), theorem 1.
    """
    if not isinstance(floors, Floors):
        raise TypeError(f"floors: expected the study's runs, got {check.describe(floors)}")
    slopes, errors = np.array([floors.slope(name) for name in MEASURES]).T
    expected = np.array([theory(name) for name in MEASURES])
    at_6400 = [float(floors.mean(name)[1][floors.mean(name)[0] == 6400][0]) for name in MEASURES]
    names = [*map(str, range(1, len(MEASURES))), "1 in 16"]
    return Scene(
        "How slowly two samples of one distribution come together",
        Slider("dimension", "dimension of the cube; the last is a segment in 16 dimensions",
               list(range(1, len(MEASURES) + 1)), 2, digits=0),
        [_falls(floors), _slopes(names, slopes, errors, expected)],
        [
            Readout("measured slope", slopes.tolist(), "em"),
            Readout("theory", expected.tolist(), "ink"),
            Readout("floor at 6,400 points", at_6400, "em"),
        ],
        "Left: EM between two samples against their size, on logarithmic axes, one dot a run; a "
        "dashed line has the slope of the theory. Right: the measured slopes with three standard "
        "errors against the dimension, beside minus one over the dimension. From "
        f"{slopes[0]:.2f} on a line the slope comes up to {slopes[-2]:.2f} in eight dimensions; a "
        f"segment in 16 dimensions has {slopes[-1]:.2f}, as the line has.",
    )  # fmt: skip


def _falls(floors: Floors) -> Panel:
    """Return the runs of each measure, their means, and the theory through the last of these."""
    runs = max(int((floors.measure == name).sum()) for name in MEASURES)
    dots = np.full((2, len(MEASURES), runs), np.nan)
    sizes = np.unique(floors.n).astype(float)
    means, lines = np.full((2, len(MEASURES), len(sizes)), np.nan)
    for k, name in enumerate(MEASURES):
        mine = floors.measure == name
        dots[:, k, : mine.sum()] = np.log10([floors.n[mine], floors.distance[mine]])
        n, mean = floors.mean(name)
        means[k, np.isin(sizes, n)] = np.log10(mean)
        rate = theory(name) * np.log10(sizes / n[-1])
        if name == "cube 2":
            rate = rate + 0.5 * np.log10(np.log(sizes) / np.log(n[-1]))
        lines[k] = np.log10(mean[-1]) + rate
    at = np.log10(sizes)
    low, high = np.log10(floors.distance.min()), np.log10(floors.distance.max())
    return Panel(
        "One dot a pair of samples",
        log_axis("points in each sample, n", at[0] - 0.2, at[-1] + 0.2),
        log_axis("EM (length)", float(low) - 0.1, float(high) + 0.2),
        [
            line(at, lines, role="ink", dashed=True, label="theory's slope"),
            points(np.broadcast_to(at, means.shape), means, role="em", size=4.5, label="mean"),
            points(dots[0], dots[1], role="p", size=1.5, label="pairs of samples"),
        ],
    )


def _slopes(names: list[str], slope: FloatArray, error: FloatArray, expected: FloatArray) -> Panel:
    """Return slopes against dimension."""
    at = np.array([*range(1, len(names)), len(names) + 1.0])  # the segment stands apart
    cubes = slice(None, -1)
    marks: list[Mark] = [
        segments(
            at, slope - 3 * error, at, slope + 3 * error, role="em", width=np.full(at.size, 5.0)
        ),
        points(at[:, None], slope[:, None], role="em", size=6),
        line(at[cubes], expected[cubes], role="ink", dashed=True, label="theory"),
        points(at[-1:], expected[-1:], role="ink", size=3),
        dot(at, slope, "em"),
    ]
    return Panel(
        "Slope against dimension",
        Axis("dimension; at the right a segment in 16", 0.4, at[-1] + 0.8, at.tolist(), names),
        Axis("slope on logarithmic axes", -0.6, 0.0, (-0.5, -0.25, 0.0)),
        marks,
    )

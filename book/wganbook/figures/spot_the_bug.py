"""The seven patients, drawn as a doctor would look at them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, area, bars, line, points
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.paper.mistakes import (
    DIAGNOSES,
    ClipBeforeStep,
    CriticSignFlipped,
    GeneratorSignFlipped,
    Hinge,
    PenaltyAtReal,
    PenaltyOverBatch,
    PenaltyPerCoordinate,
    TogetherCritic,
    TogetherGenerator,
)
from wganlib.paper.patients import (
    BOX,
    HEALTHY,
    LAMBDA,
    LOOKS,
    PATIENTS,
    Chart,
    Patient,
    admit,
    chart_of,
    examine,
)
from wganlib.training.lipschitz import WeightClipping

__all__ = [
    "BOX",
    "DIAGNOSES",
    "HEALTHY",
    "LAMBDA",
    "LOOKS",
    "PATIENTS",
    "Chart",
    "ClipBeforeStep",
    "CriticSignFlipped",
    "GeneratorSignFlipped",
    "Hinge",
    "Patient",
    "PenaltyAtReal",
    "PenaltyOverBatch",
    "PenaltyPerCoordinate",
    "TogetherCritic",
    "TogetherGenerator",
    "admit",
    "chart_figure",
    "chart_of",
    "examine",
    "patient_figure",
]


def patient_figure(number: int, chart: Chart, healthy: Mapping[str, Chart]) -> Scene:
    """Draw a patient beside the healthy training that it was meant to be.

    ``number``: from 1 to 7. ``chart``: the patient's. ``healthy``: ``"clipping"`` and
    ``"penalty"``, looked at in the same steps or longer.
    """
    number = check.integer(number, "number", at_least=1, at_most=len(PATIENTS))
    patient = PATIENTS[number]
    clips = patient.meant == "clipping"
    within = isinstance(patient.settings["lipschitz"], WeightClipping)
    return chart_figure(
        chart,
        f"Patient {number}, meant to {'clip' if clips else 'penalise'}",
        healthy=healthy[patient.meant],
        circle=not clips,
        box=BOX if within else None,
    )


# --- figures ---------------------------------------------------------------------------


def chart_figure(
    chart: Chart,
    name: str,
    *,
    healthy: Chart | None = None,
    reach: float = 3.0,
    circle: bool = False,
    box: float | None = None,
) -> Scene:
    """Draw four views of a patient: points, estimate and truth, the critic's gradient, weights.

    ``name``: who it is, such as ``"Patient 1"``.
    Source: Arjovsky, Chintala & Bottou (2017), figure 3, with the exact distance beside the
    estimate.
    """
    for value, title in ((chart, "chart"), (healthy, "healthy")):
        if not isinstance(value, Chart) and not (value is None and title == "healthy"):
            raise TypeError(f"{title}: expected a Chart, got {check.describe(value)}")
    if not isinstance(name, str):
        raise TypeError(f"name: expected text, got {check.describe(name)}")
    reach = check.real(reach, "reach", above=0)
    if box is not None:
        check.real(box, "box", above=0)
    if healthy is not None and not np.array_equal(healthy.steps[: chart.steps.size], chart.steps):
        raise ValueError("healthy: expected a chart looked at in the same steps, got others")
    readouts = [
        Readout("exact EM", np.median(chart.em, 1).tolist(), "em"),
        Readout("estimate", np.median(chart.estimate, 1).tolist(), "good"),
        Readout("slope", np.median(chart.slope, 1).tolist(), "q", spoken="mean slope"),
        Readout("largest weight", chart.weight.max(1).tolist(), "ink"),
    ]
    last = {r.label: r.texts[-1] for r in readouts}
    return Scene(
        f"{name}: a training, step by step",
        Slider(
            "step",
            "generator steps done",
            chart.steps.tolist(),
            len(chart.steps) - 1,
            digits=0,
            play=True,
        ),
        [
            _points(chart, reach),
            _course(chart, healthy),
            _gradients(chart, circle),
            _weights(chart, healthy, box),
        ],
        readouts,
        f"{name}. Real and generated points of one run; the estimate and exact EM over training; "
        "the critic's gradient at real points and between; a histogram of its weights. At the "
        f"end, in the median of {chart.em.shape[1]} runs, exact EM is {last['exact EM']}, the "
        f"estimate {last['estimate']} and the mean slope {last['slope']}; the largest weight is "
        f"{last['largest weight']}.",
    )


def _points(chart: Chart, reach: float) -> Panel:
    side = (-reach, 0.0, reach)
    inside = np.all(np.abs(chart.generated) <= reach, axis=-1, keepdims=True)
    fake = np.where(inside, chart.generated, np.nan)[:, :80].round(2)
    real = chart.real[:80].round(2)
    return Panel(
        "Real and generated points",
        Axis("x₁ (length)", -reach, reach, side),
        Axis("x₂ (length)", -reach, reach, side),
        [
            points(real[:, 0], real[:, 1], role="p", size=2.5, label="real"),
            points(fake[..., 0], fake[..., 1], role="js", size=2.5, label="generated"),
        ],
        equal=True,
    )


#: What is less is drawn here on an axis of logarithms.
LEAST = 1e-3


def _log(values: FloatArray) -> FloatArray:
    return np.asarray(np.log10(np.maximum(values, LEAST)))


def _course(chart: Chart, healthy: Chart | None) -> Panel:
    at = chart.steps
    curves: list[Mark] = []
    ends = [_log(np.array([chart.floor]))]
    for role, label, values in (("em", "exact EM", chart.em), ("good", "estimate", chart.estimate)):
        height = _log(values)
        low_half, high_half = np.quantile(height, [0.25, 0.75], axis=1)
        ends += [low_half, high_half]
        curves.append(area(at, low_half, high_half, role=role))
        middle = _log(np.median(values, 1))
        curves.append(line(at, middle, role=role, label=label))
        curves.append(points(at[:, None], middle[:, None], role=role, size=5))
    if healthy is not None:
        same = _log(np.median(healthy.em, 1))[: at.size]
        ends.append(same)
        curves.append(line(at, same, role="soft", dashed=True, label="exact EM, healthy"))
    every = np.concatenate([end.ravel() for end in ends])
    low = math.floor(every.min() * 2) / 2
    high = max(math.ceil(every.max() * 2) / 2, low + 0.5)
    decades = list(range(math.ceil(low), math.floor(high) + 1))
    decades = decades[:: 1 + len(decades) // 6]
    return Panel(
        "What is reported, and the truth",
        Axis("generator steps", 0, 1.02 * at[-1], (0, at[-1] / 2, at[-1])),
        Axis("length, log scale from 0.001", low, high, decades, [f"{10.0**k:g}" for k in decades]),
        curves,
    )


def _gradients(chart: Chart, circle: bool) -> Panel:
    settled = chart.steps >= chart.steps[-1] / 4
    largest = np.abs(np.concatenate([chart.at_between[settled], chart.at_real[settled]], 1))
    span = _round_up(float(np.quantile(largest, 0.995)) * 1.05)
    marks: list[Mark] = []
    if circle:
        turn = np.linspace(0, 2 * np.pi, 73)
        marks.append(line(np.cos(turn), np.sin(turn), role="soft", label="norm 1"))
    for values, role, label in (
        (chart.at_between, "q", "between"),
        (chart.at_real, "p", "at real points"),
    ):
        shown = np.where(np.all(np.abs(values) <= span, -1, keepdims=True), values, np.nan)
        digits = 2 - math.floor(math.log10(span))
        x, y = np.moveaxis(shown.round(digits), -1, 0)
        marks.append(points(x, y, role=role, size=2.5, label=label))
    return Panel(
        "The critic's gradient, one dot a point",
        Axis("∂f/∂x₁ (1/length)", -span, span, (-span, 0, span)),
        Axis("∂f/∂x₂ (1/length)", -span, span, (-span, 0, span)),
        marks,
        equal=True,
    )


def _round_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 5, 10 times a power of ten."""
    unit = 10.0 ** math.floor(math.log10(max(value, 1e-12)))
    return next(k * unit for k in (1.0, 1.5, 2.0, 3.0, 5.0, 10.0) if k * unit >= value * (1 - 1e-9))


def _weights(chart: Chart, healthy: Chart | None, box: float | None) -> Panel:
    """Draw all weights, or those near the wall of a box: the wall is the edge of a bin."""
    if box is None:
        width = _round_up(float(np.median(chart.weight[-1]))) / 50
        edges, ticks = width * np.arange(61.0), (0.0, 25 * width, 50 * width)
    else:
        width = box / 100
        edges, ticks = box + width * np.arange(-15.0, 16.0), (0.9 * box, box, 1.1 * box)
    middle = (edges[1:] + edges[:-1]) / 2
    share = np.array([_shares(frame, edges) for frame in chart.weights]).round(3)
    marks = [bars(middle, share, width=width, role="q", label="share of all")]
    top = float(share.max())
    if healthy is not None:
        usual = _shares(healthy.weights[-1], edges)
        top = max(top, float(usual.max()))
        marks.append(line(middle, usual, role="soft", dashed=True, label="healthy, at the end"))
    if box is not None:
        marks.append(line([box, box], [0, top], role="ink", label="c"))
    return Panel(
        "The critic's weights and biases" + (" near the wall" if box is not None else ""),
        Axis("absolute value", float(edges[0]), float(edges[-1]), np.round(ticks, 9).tolist()),
        Axis("share", 0, 1.1 * top, (0, round(top / 2, 2), round(top, 2))),
        marks,
    )


def _shares(values: FloatArray, edges: FloatArray) -> FloatArray:
    # What stands at the wall belongs to the bin below it: a bar beyond it would say "outside".
    # NumPy counts it above, and float32, which cannot hold 0.1, on either side.
    return np.asarray(np.histogram(np.abs(values) * (1 - 1e-6), edges)[0] / values.size)

"""Moving figures of mode collapse: a judge that stands still, and one that keeps learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    field,
    line,
    points,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import divergences, transport

#: Decimals of a point's place: a pixel is about a fiftieth of a unit.
PLACES = 3


# --- who is forgotten --------------------------------------------------------------------


def mode_shares(samples: npt.ArrayLike, modes: npt.ArrayLike) -> FloatArray:
    """Return the share of the points that is nearer to each mode than to any other.

    ``samples``: generated points; leading axes are for runs and settings.
    Source: As ``wganlib.training.mode_coverage`` counts, without a radius: blurred points count as
    well.
    """
    from scipy.spatial.distance import cdist

    array = check.finite_array(samples, "samples")
    centres = check.points(modes, "modes")
    if array.ndim < 2 or array.shape[-1] != centres.shape[1] or 0 in array.shape:
        raise ValueError(
            f"samples: expected points of {centres.shape[1]} coordinates, got shape {array.shape}"
        )
    rows = array.reshape(-1, *array.shape[-2:])
    nearest = np.stack([cdist(row, centres).argmin(1) for row in rows])
    shares = np.stack([np.bincount(row, minlength=len(centres)) for row in nearest])
    found: FloatArray = shares / array.shape[-2]
    return found.reshape(*array.shape[:-2], len(centres))


def forgotten_modes(
    samples: npt.ArrayLike, modes: npt.ArrayLike, *, share: float = 0.2
) -> FloatArray:
    """Count the modes that a generator has forgotten.

    ``samples, modes``: as in :func:`mode_shares`. ``share``: A mode is forgotten with less than
    this fraction of its even share 1/k; above 0, at most 1. Whole numbers from 0 to k − 1.
    Source: Goodfellow et al. (2014), section 6: a generator that maps many z to the same x.
    """
    limit = check.real(share, "share", above=0.0, at_most=1.0)
    found = mode_shares(samples, modes)
    counts: FloatArray = np.asarray((found < limit / found.shape[-1]).sum(-1))
    return counts


# --- the envelope ------------------------------------------------------------------------


def _best_objectives(share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the objectives of the best discriminator and of the best critic at each share."""
    places, data = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    now = np.stack([1 - share, share], axis=1)
    js = np.array([divergences.js_divergence(data, row) for row in now])
    em = np.array([transport.wasserstein_1(places, places, data, row) for row in now])
    return 2 * js - 2 * np.log(2), em


def _frozen_objectives(share: FloatArray, frozen_at: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the objectives of a discriminator and of a critic that were frozen at s₀, by s₀."""
    fake = np.stack([1 - frozen_at, frozen_at], axis=1)
    d = 0.5 / (0.5 + fake)
    left, right = np.log(1 - d[:, 0]), np.log(1 - d[:, 1])
    real = 0.5 * np.log(d).sum(axis=1)
    by_d = real[:, None] + (1 - share) * left[:, None] + share * right[:, None]
    climb = np.sign(np.round(0.5 - frozen_at, 9))  # f(right) − f(left), as steep as allowed
    by_f = climb[:, None] * (0.5 - share)
    return by_d, by_f


def _tangents(
    title: str,
    label: str,
    ticks: Sequence[float],
    role: str,
    envelope: tuple[FloatArray, FloatArray],
    touch: tuple[FloatArray, FloatArray],
    frozen: FloatArray,
) -> Panel:
    """Draw objectives (s₀, s) of frozen judges, the envelope (s, best), and where they touch it."""
    share, best = envelope
    frozen_at, start = touch
    low, high = sorted((float(frozen.min()), float(best.max())))
    pad = 0.08 * (high - low)
    end = np.where(frozen[:, 0] < frozen[:, -1], 0.0, 1.0)
    even = np.isclose(frozen[:, 0], frozen[:, -1])
    return Panel(
        title,
        Axis("share s in the right place", -0.03, 1.03, (0, 0.5, 1)),
        Axis(label, low - pad, high + pad, ticks),
        [
            line(share, best, role="p", label="judge trained anew at every s"),
            line(
                np.tile(share, (len(frozen), 1)),
                frozen,
                role=role,
                label="judge frozen at s₀",
            ),
            points(frozen_at[:, None], start[:, None], role="p", size=5),
            points(
                np.where(even, np.nan, end)[:, None],
                frozen.min(axis=1)[:, None],
                role=role,
                size=7,
                label="where the generator goes",
            ),
        ],
    )


def _best_shares(frozen: FloatArray) -> list[float]:
    """Return the share with the least objective for each s₀, NaN where all are as good."""
    slope = np.round(frozen[:, -1] - frozen[:, 0], 9)
    return [float("nan") if v == 0 else float(v < 0) for v in slope]


def two_modes(positions: int = 19) -> Scene:
    """Compare a judge that stands still with the best one, for data in two places.

    Data have half of their mass in each of two places, one unit apart; the generator puts the share
    s into the right one. A judge is trained to the end at s₀, one of ``positions`` values, an odd
    number, from 0.05 to 0.95, and then stands still.
    Source: Arjovsky, Chintala & Bottou (2017), section 3; the envelope theorem behind Theorem 3.
    """
    if check.integer(positions, "positions", at_least=3) % 2 == 0:
        raise ValueError(f"positions: expected an odd number, got {positions}")
    frozen_at = np.round(np.linspace(0.05, 0.95, positions), 6)
    share = np.linspace(0, 1, 101)
    best_d, best_f = _best_objectives(share)
    start_d, start_f = _best_objectives(frozen_at)
    by_d, by_f = _frozen_objectives(share, frozen_at)
    return Scene(
        "A frozen judge draws a straight line",
        Slider(
            "s₀",
            "share in the right place when the judge was frozen",
            frozen_at.tolist(),
            positions // 4,
            digits=2,
        ),
        [
            _tangents(
                "Discriminator",
                "objective (nats)",
                (-2, -1.4),
                "js",
                (share, best_d),
                (frozen_at, start_d),
                by_d,
            ),
            _tangents(
                "Critic",
                "objective (length)",
                (-0.5, 0, 0.5),
                "em",
                (share, best_f),
                (frozen_at, start_f),
                by_f,
            ),
        ],
        [
            Readout(
                "best share, frozen D",
                _best_shares(by_d),
                "js",
                0,
                spoken="best share against the frozen discriminator",
            ),
            Readout(
                "best share, frozen f",
                _best_shares(by_f),
                "em",
                0,
                spoken="against the frozen critic",
            ),
        ],
        "Both panels: over the share s, the objective with a judge trained anew at every s is a "
        "valley with its lowest point at one half, and the objective with a judge frozen at s0 "
        "is a straight line that touches the valley at s0 and lies below it elsewhere. So its "
        "lowest point is at an end, s = 0 or s = 1, for every s0 but one half.",
    )


# --- a collapse, filmed ------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Collapse:
    """A generator against a judge that first stands still, and then learns: F frames, R runs.

    ``steps``: generator steps done, growing from 0. ``freed``: the step from which on the judge
    learns again. ``generated``: generated points, from the same noise in every frame.
    """

    steps: FloatArray
    freed: int
    generated: FloatArray
    judge: FloatArray
    reach: float

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together."""
        for name, axes in (("steps", 1), ("generated", 4), ("judge", 3)):
            value = check.finite_array(getattr(self, name), name)
            if value.ndim != axes or 0 in value.shape:
                raise ValueError(f"{name}: expected {axes} axes, got shape {value.shape}")
            object.__setattr__(self, name, value)
        check.real(self.reach, "reach", above=0)
        frames = self.steps.size
        if frames < 2 or (np.diff(self.steps) <= 0).any():
            raise ValueError(f"steps: expected at least two, growing, got {self.steps}")
        for name in ("generated", "judge"):
            if len(getattr(self, name)) != frames:
                raise ValueError(
                    f"{name}: expected {frames} frames, got {len(getattr(self, name))}"
                )
        if self.generated.shape[3] != 2:
            raise ValueError(
                f"generated: expected points in the plane, got shape {self.generated.shape}"
            )
        if check.integer(self.freed, "freed", at_least=0) not in self.steps:
            raise ValueError(f"freed: expected one of the steps, got {self.freed}")

    @property
    def when_freed(self) -> FloatArray:
        """Return all points at the last look before the judge learns again, (R, n, 2)."""
        at = int(np.flatnonzero(self.steps == self.freed)[0])
        points: FloatArray = self.generated[at]
        return points


def cloud(
    drawn: FloatArray, centres: FloatArray, reach: float, role: str, under: Sequence[Mark] = ()
) -> tuple[Axis, Axis, list[Mark]]:
    """Return two axes and marks for points (F, k, 2) over the data's modes."""
    inside = (np.abs(drawn) <= reach).all(-1, keepdims=True)
    shown = np.where(inside, np.round(drawn, PLACES), np.nan)
    ticks = (-int(reach), 0, int(reach)) if reach >= 1 else (0,)
    return (
        Axis("x₁ (length)", -reach, reach, ticks),
        Axis("x₂ (length)", -reach, reach, ticks),
        [
            *under,
            points(centres[:, 0], centres[:, 1], role="p", size=6, label="modes of the data"),
            points(shown[..., 0], shown[..., 1], role=role, size=2.5, label="generated"),
        ],
    )


def collapse_film(films: Mapping[str, Collapse], modes: npt.ArrayLike, shown: int = 150) -> Scene:
    """Show generators that run to where a frozen judge likes it best, and what frees them.

    ``films``: one or two, by the name of the judge, with the same steps. ``modes``: (k, 2), centres
    of the data's. ``shown``: points of the first run in the picture.
    Source: Arjovsky, Chintala & Bottou (2017), section 3: mode collapse against a fixed
    discriminator.
    """
    if not isinstance(films, Mapping):
        raise TypeError(f"films: expected a mapping of names, got {check.describe(films)}")
    if not 1 <= len(films) <= 2:
        raise ValueError(f"films: expected one or two, got {len(films)}")
    for film in films.values():
        if not isinstance(film, Collapse):
            raise TypeError(f"films: expected a Collapse, got {check.describe(film)}")
    centres = plane(modes)
    check.integer(shown, "shown", at_least=1)
    one, *others = films.values()
    if any(not np.array_equal(one.steps, o.steps) or one.freed != o.freed for o in others):
        raise ValueError("films: expected the same steps in both")
    k, end = len(centres), float(one.steps[-1])
    panels, readouts, course = [], [], []
    for role, (name, film) in zip(("js", "em"), films.items(), strict=False):
        side = (-film.reach, film.reach)
        first = film.generated[:, 0]
        under = [field(film.judge, x=side, y=side, limit=1.0 + 1e-9)]
        x, y, marks = cloud(first[:, :shown], centres, film.reach, "js", under)
        panels.append(Panel(f"Points over the {name}", x, y, marks, equal=True))
        lost = forgotten_modes(first, centres)
        course += [
            line(film.steps, lost, role=role, label=name),
            points(film.steps[:, None], lost[:, None].astype(float), role=role, size=5),
        ]
        readouts.append(
            Readout(f"forgotten, {name}", lost.tolist(), role, 0, f"modes forgotten, {name}")
        )
    panels.append(
        Panel(
            "Modes forgotten",
            Axis("generator steps", 0, 1.02 * end, (0, one.freed, end)),
            Axis(f"modes forgotten of {k}", 0, k, (0, k / 2, k)),
            [
                cursor(one.steps, 0.0, k),
                line([one.freed, one.freed], [0, k], role="ink", dashed=True, label="judge freed"),
                *course,
            ],
        )
    )
    return Scene(
        "A judge that stands still, and one that learns again",
        Slider(
            "step", "generator steps done", one.steps.tolist(), 0, digits=0, play=True
        ),
        panels,
        readouts,
        f"Generated points over the judge's score, blue where it is high and orange where it is "
        f"low. Up to step {one.freed} the judge stands still, and the points run together; from "
        "there on it is trained as well. Modes forgotten: "
        + "; ".join(
            f"{r.label.removeprefix('forgotten, ')} {r.values[0]:.0f} before training, "
            f"{r.values[int(np.flatnonzero(one.steps == one.freed)[0])]:.0f} at step {one.freed}, "
            f"{r.values[-1]:.0f} at the end"
            for r in readouts
        )
        + ".",
    )  # fmt: skip


def plane(modes: npt.ArrayLike) -> FloatArray:
    centres = check.points(modes, "modes")
    if centres.shape[1] != 2:
        raise ValueError(f"modes: expected points in the plane, got shape {centres.shape}")
    return centres


__all__ = [
    "Collapse",
    "collapse_film",
    "forgotten_modes",
    "mode_shares",
    "two_modes",
]

"""Moving figures of mode collapse: a judge that stands still, and one that keeps learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check
from wganlib import divergences, transport
from wganlib._validate import FloatArray
from wganlib.scene import (
    Axis,
    Mark,
    Panel,
    Readout,
    Scene,
    Slider,
    cells,
    field,
    line,
    points,
)
from wganlib.scenes._parts import cursor

if TYPE_CHECKING:
    from torch import nn

    from wganlib.optimisers import Optimiser
    from wganlib.training import TrainingState

#: Roles of up to five methods, in the order in which they are given.
METHODS = ("js", "kl", "p", "em", "tv")

#: Decimals of a point's place: a pixel is about a fiftieth of a unit.
PLACES = 3


# --- who is forgotten --------------------------------------------------------------------


def mode_shares(samples: npt.ArrayLike, modes: npt.ArrayLike) -> FloatArray:
    """Return the share of the points that is nearer to each mode than to any other.

    Parameters
    ----------
    samples : array (..., n, d)
        Generated points; leading axes are for runs and settings.
    modes : array (k, d)
        Centres of the modes.

    Returns
    -------
    array (..., k)
        Adds up to 1 along the last axis.

    Raises
    ------
    TypeError, ValueError
        For arrays that are not finite or whose points do not have the modes' coordinates.

    Source
    ------
    As ``wganlib.mode_coverage`` counts, without a radius: blurred points count as well.

    Examples
    --------
    >>> mode_shares([[0.0, 0.1], [0.4, 0.0], [9.0, 9.0]], [[0, 0], [1, 1]]).round(3)
    array([0.667, 0.333])
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

    Parameters
    ----------
    samples, modes
        As in :func:`mode_shares`.
    share : float
        A mode is forgotten with less than this fraction of its even share 1/k; above 0, at
        most 1.

    Returns
    -------
    array (...)
        Whole numbers from 0 to k − 1.

    Raises
    ------
    TypeError, ValueError
        As :func:`mode_shares`, and for a fraction out of range.

    Source
    ------
    Goodfellow et al. (2014), section 6: a generator that maps many z to the same x.

    Examples
    --------
    >>> forgotten_modes([[0.0, 0.1], [0.1, 0.0]], [[0, 0], [1, 1], [2, 2]]).tolist()
    2
    """
    limit = check.real(share, "share", above=0.0, at_most=1.0)
    found = mode_shares(samples, modes)
    counts: FloatArray = np.asarray((found < limit / found.shape[-1]).sum(-1))
    return counts


# --- the envelope ------------------------------------------------------------------------


def two_modes(positions: int = 19) -> Scene:
    """Compare a judge that stands still with the best one, for data in two places.

    Data have half of their mass in each of two places, one unit apart; the generator puts
    the share s into the right one. A judge is trained to the end when the share is s₀, and
    then stands still.

    Parameters
    ----------
    positions : int
        Of the slider, an odd number of at least 3; s₀ runs from 0.05 to 0.95.

    Returns
    -------
    Scene
        Left the discriminator with its minimax objective, right the critic. JS and EM are
        computed by this library at every share.

    Raises
    ------
    TypeError, ValueError
        For a count that is even or too small.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 3; the envelope theorem behind Theorem 3.

    Examples
    --------
    >>> from wganlib.scenes import two_modes
    >>> two_modes(3).sentence(0).removeprefix("s₀ 0.05, ")
    'best share against the frozen discriminator 1, against the frozen critic 1'
    """
    if check.integer(positions, "positions", at_least=3) % 2 == 0:
        raise ValueError(f"positions: expected an odd number, got {positions}")
    frozen_at = np.round(np.linspace(0.05, 0.95, positions), 6)
    share = np.linspace(0, 1, 101)
    data = np.array([0.5, 0.5])

    def judged(now: FloatArray) -> tuple[float, float]:
        places = np.array([0.0, 1.0])
        js = divergences.js_divergence(data, now)
        return 2 * js - 2 * np.log(2), transport.wasserstein_1(places, places, data, now)

    best = np.array([judged(np.array([1 - s, s])) for s in share])
    start = np.array([judged(np.array([1 - s, s])) for s in frozen_at])
    fake = np.stack([1 - frozen_at, frozen_at], axis=1)
    d = 0.5 / (0.5 + fake)
    left, right = np.log(1 - d[:, 0]), np.log(1 - d[:, 1])
    real = 0.5 * np.log(d).sum(axis=1)
    by_d = real[:, None] + (1 - share) * left[:, None] + share * right[:, None]
    climb = np.sign(np.round(0.5 - frozen_at, 9))  # f(right) − f(left), as steep as allowed
    by_f = climb[:, None] * (0.5 - share)

    def panel(title: str, label: str, role: str, which: int, frozen: FloatArray) -> Panel:
        low, high = sorted((float(frozen.min()), float(best[:, which].max())))
        pad = 0.08 * (high - low)
        end = np.where(frozen[:, 0] < frozen[:, -1], 0.0, 1.0)
        even = np.isclose(frozen[:, 0], frozen[:, -1])
        return Panel(
            title,
            Axis("share s in the right place", -0.03, 1.03, (0, 0.5, 1)),
            Axis(label, low - pad, high + pad, (-2, -1.4) if which == 0 else (-0.5, 0, 0.5)),
            [
                line(share, best[:, which], role="p", label="judge trained anew at every s"),
                line(
                    np.tile(share, (positions, 1)),
                    frozen,
                    role=role,
                    label="judge frozen at s₀",
                ),
                points(frozen_at[:, None], start[:, which][:, None], role="p", size=5),
                points(
                    np.where(even, np.nan, end)[:, None],
                    frozen.min(axis=1)[:, None],
                    role=role,
                    size=7,
                    label="where the generator goes",
                ),
            ],
        )

    def target(frozen: FloatArray) -> list[float]:
        slope = np.round(frozen[:, -1] - frozen[:, 0], 9)
        return [float("nan") if v == 0 else float(v < 0) for v in slope]

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
            panel("Discriminator", "objective (nats)", "js", 0, by_d),
            panel("Critic", "objective (length)", "em", 1, by_f),
        ],
        [
            Readout(
                "best share, frozen D",
                target(by_d),
                "js",
                0,
                spoken="best share against the frozen discriminator",
            ),
            Readout(
                "best share, frozen f", target(by_f), "em", 0, spoken="against the frozen critic"
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

    Parameters
    ----------
    steps : array (F,)
        Generator steps done, growing from 0.
    freed : int
        The step from which on the judge learns again.
    generated : array (F, R, n, 2)
        Generated points, from the same noise in every frame.
    judge : array (F, rows, columns)
        The first run's judge on a grid over [−reach, reach]², the first row lowest, moved
        and scaled to run from −1 to 1 in every frame.
    reach : float
        Half the width of the picture.

    Raises
    ------
    TypeError, ValueError
        For arrays that are not finite or do not fit together, and steps that do not grow.

    Examples
    --------
    >>> import numpy as np
    >>> Collapse(
    ...     steps=np.array([0, 5]), freed=5, generated=np.zeros((2, 1, 3, 2)),
    ...     judge=np.zeros((2, 4, 4)), reach=2.0,
    ... ).freed
    5
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


def record_collapse(
    generator: nn.Module,
    judge: nn.Module,
    data: Any,
    *,
    seed: int | Sequence[int],
    still: int,
    freed: int,
    frames: int = 12,
    measured: int = 500,
    grid: int = 28,
    reach: float = 3.0,
    still_optimiser: Optimiser | None = None,
    **settings: Any,
) -> Collapse:
    """Train generators against judges that stand still, then both, and film it.

    Parameters
    ----------
    generator, judge : MLP
        Of R runs, in the plane. Both are trained in place; the judge only in the second part.
    data, seed
        As in ``wganlib.train``.
    still, freed : int
        Generator steps against the frozen judge, and after it; at least 2 each.
    frames : int
        For each of the two parts, at least 2.
    measured : int
        Points of each run in a frame.
    grid : int
        Rows and columns of the judge's picture.
    reach : float
        Half the width of the picture, above 0.
    still_optimiser : optional
        The generator's while the judge stands still; as in ``wganlib.train_generator``.
    **settings
        Passed on to ``wganlib.train``; objective and batch serve the first part as well.

    Returns
    -------
    Collapse

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and for those that ``wganlib.train`` refuses.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 3: mode collapse against a fixed discriminator.

    Examples
    --------
    >>> import wganlib as wg
    >>> film = record_collapse(
    ...     wg.MLP([2, 8, 2], seed=[0, 1]), wg.MLP([2, 8, 1], seed=[0, 1]),
    ...     wg.ring_of_gaussians(), seed=[0, 1], still=4, freed=4, frames=3, measured=5, grid=6,
    ...     batch=8,
    ... )
    >>> film.steps, film.freed, film.generated.shape, film.judge.shape
    (array([0., 1., 4., 5., 6., 8.]), 4, (6, 2, 5, 2), (6, 6, 6))
    """
    from wganlib import _runs, evaluation
    from wganlib.halves import train_generator
    from wganlib.training import train

    check.integer(still, "still", at_least=2)
    check.integer(freed, "freed", at_least=2)
    check.integer(frames, "frames", at_least=2)
    check.integer(measured, "measured", at_least=1)
    check.integer(grid, "grid", at_least=2)
    reach = check.real(reach, "reach", above=0)
    seeds = _runs.seeds(seed)
    share = np.linspace(0, 1, frames) ** 2
    first = np.unique(np.rint(share * still)).astype(int)
    second = np.unique(np.rint(1 + share * (freed - 1))).astype(int)
    middle = (np.arange(grid) + 0.5) * 2 * reach / grid - reach
    places = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)

    def picture(scores: FloatArray) -> FloatArray:
        values = scores.reshape(-1, grid, grid)[0]
        low, high = values.min(), values.max()
        flat: FloatArray = (2 * values - high - low) / max(high - low, np.finfo(float).tiny)
        return flat

    shared = {name: settings[name] for name in ("objective", "batch") if name in settings}
    alone = train_generator(
        generator, judge, seed=seed, steps=still, points=measured, record_at=first.tolist(),
        optimiser=still_optimiser, **shared,
    )  # fmt: skip
    frozen = picture(evaluation.outputs(judge, places))
    taken: list[tuple[FloatArray, FloatArray]] = []
    wanted = set(second.tolist())

    def film(state: TrainingState) -> None:
        if state.step in wanted:
            drawn = state.sample(measured, seed=seeds if len(seeds) > 1 else seeds[0])
            taken.append((drawn.reshape(len(seeds), measured, -1), picture(state.score(places))))

    train(generator, judge, data, seed=seed, steps=freed, callbacks=[film], **settings)
    return Collapse(
        steps=np.concatenate([first, still + second]),
        freed=still,
        generated=np.concatenate([alone.samples, [drawn for drawn, _ in taken]]),
        judge=np.concatenate([[frozen] * first.size, [shot for _, shot in taken]]),
        reach=reach,
    )


def _cloud(
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

    Parameters
    ----------
    films : mapping of str to Collapse
        One or two, by the name of the judge, with the same steps.
    modes : array (k, 2)
        Centres of the data's modes.
    shown : int
        Points of the first run in the picture.

    Returns
    -------
    Scene
        The slider goes through the steps. Points outside the picture are left out.

    Raises
    ------
    TypeError, ValueError
        For anything but films with the same steps, and modes that are not in the plane.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 3: mode collapse against a fixed discriminator.

    Examples
    --------
    >>> import numpy as np
    >>> spot = np.zeros((2, 1, 3, 2))
    >>> film = Collapse(np.array([0, 5]), 5, spot, np.zeros((2, 4, 4)), 2.0)
    >>> collapse_film({"critic": film}, [[0.0, 0.0], [1.0, 1.0]]).sentence(1)
    'step 5, modes forgotten, critic 1'
    """
    if not isinstance(films, Mapping):
        raise TypeError(f"films: expected a mapping of names, got {check.describe(films)}")
    if not 1 <= len(films) <= 2:
        raise ValueError(f"films: expected one or two, got {len(films)}")
    for film in films.values():
        if not isinstance(film, Collapse):
            raise TypeError(f"films: expected a Collapse, got {check.describe(film)}")
    centres = _plane(modes)
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
        x, y, marks = _cloud(first[:, :shown], centres, film.reach, "js", under)
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


def _plane(modes: npt.ArrayLike) -> FloatArray:
    centres = check.points(modes, "modes")
    if centres.shape[1] != 2:
        raise ValueError(f"modes: expected points in the plane, got shape {centres.shape}")
    return centres


# --- who is ahead ------------------------------------------------------------------------


def _ensembles(
    samples: Mapping[str, npt.ArrayLike], ratios: Sequence[float]
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the ratios, growing, and arrays (ratios, runs, n, 2) by method."""
    at = check.finite_array(ratios, "ratios")
    if at.ndim != 1 or at.size < 2 or at[0] <= 0 or (np.diff(at) <= 0).any():
        raise ValueError(f"ratios: expected at least two above 0, growing, got {at}")
    if not isinstance(samples, Mapping):
        raise TypeError(f"samples: expected a mapping of names, got {check.describe(samples)}")
    if not 1 <= len(samples) <= len(METHODS):
        raise ValueError(f"samples: expected one to five methods, got {len(samples)}")
    arrays = {}
    for name, given in samples.items():
        array = check.finite_array(given, "samples")
        if array.ndim != 4 or array.shape[0] != at.size or array.shape[3] != 2 or 0 in array.shape:
            raise ValueError(
                f"samples: expected shape ({at.size}, runs, n, 2) for {name}, got {array.shape}"
            )
        arrays[name] = array
    return at, arrays


def _said(ratio: float) -> str:
    return f"{ratio:g}" if ratio >= 1 else f"1/{1 / ratio:g}"


def _ratio_slider(at: FloatArray) -> Slider:
    return Slider(
        "critic's rate / generator's",
        "the critic's learning rate over the generator's",
        at.tolist(),
        int(np.abs(np.log(at)).argmin()),
        digits=max(0, min(4, int(np.ceil(-np.log2(at.min()))))),
    )


def imbalance(
    samples: Mapping[str, npt.ArrayLike],
    ratios: Sequence[float],
    modes: npt.ArrayLike,
    *,
    show: tuple[str, str],
    shown: int = 200,
) -> Scene:
    """Show what becomes of generators whose critics learn slower or faster than they do.

    Parameters
    ----------
    samples : mapping of str to array (F, R, n, 2)
        One to five methods by name: points of R runs at each of F ratios.
    ratios : sequence of float
        The critic's learning rate over the generator's, above 0, growing.
    modes : array (k, 2)
        Centres of the data's modes.
    show : tuple of two str
        The methods whose first run is drawn.
    shown : int
        How many of its points.

    Returns
    -------
    Scene

    Raises
    ------
    TypeError, ValueError
        For arrays that do not fit together, ratios that do not grow, and unknown methods.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 4.3: stability, and mode collapse.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.scenes import imbalance
    >>> spot = np.zeros((2, 3, 5, 2))
    >>> scene = imbalance(
    ...     {"GAN": spot, "WGAN": spot}, [0.5, 2], [[0, 0], [1, 1]], show=("GAN", "WGAN")
    ... )
    >>> scene.sentence(1)
    "critic's rate / generator's 2.0, modes forgotten by GAN 1.0, modes forgotten by WGAN 1.0"
    """
    at, arrays = _ensembles(samples, ratios)
    centres = _plane(modes)
    check.integer(shown, "shown", at_least=1)
    if not isinstance(show, tuple) or len(show) != 2:
        raise TypeError(f"show: expected a tuple of two names, got {check.describe(show)}")
    for i, name in enumerate(show):
        check.one_of(name, f"show[{i}]", arrays)
    reach = 1.5 * float(np.abs(centres).max())
    roles = dict(zip(arrays, METHODS, strict=False))
    panels = []
    for name in show:
        x, y, marks = _cloud(arrays[name][:, 0, :shown], centres, reach, roles[name])
        panels.append(Panel(name, x, y, marks, equal=True))
    k = len(centres)
    lost = {name: forgotten_modes(array, centres) for name, array in arrays.items()}
    place = np.arange(at.size, dtype=float)
    marks = [cursor(place, 0.0, k)]
    for j, (name, counts) in enumerate(lost.items()):
        aside = place + 0.1 * (j - (len(lost) - 1) / 2)
        marks += [
            points(np.repeat(aside, counts.shape[1]), counts.ravel().astype(float),
                   role=roles[name], size=2),
            line(aside, counts.mean(1), role=roles[name], label=name),
            points(aside[:, None], counts.mean(1)[:, None], role=roles[name], size=5.5),
        ]  # fmt: skip
    panels.append(
        Panel(
            "Modes forgotten",
            Axis("critic's rate over the generator's", -0.35, at.size - 0.65, place.tolist(),
                 [_said(r) for r in at]),
            Axis(f"modes forgotten of {k}", 0, k, (0, k / 2, k)),
            marks,
        )
    )  # fmt: skip
    return Scene(
        "Who is ahead, and what is forgotten",
        _ratio_slider(at),
        panels,
        [
            Readout(
                f"forgotten, {name}",
                counts.mean(1).tolist(),
                roles[name],
                1,
                f"modes forgotten by {name}",
            )
            for name, counts in lost.items()
        ],
        f"First two panels: points of one generator of {show[0]} and of {show[1]}, over the {k} "
        "modes. Last panel: modes forgotten, one dot a run and a line through the means, over the "
        "critic's learning rate divided by the generator's: "
        + "; ".join(
            f"{name} " + ", ".join(f"{mean:.1f}" for mean in counts.mean(1))
            for name, counts in lost.items()
        )
        + f" at ratios {', '.join(_said(r) for r in at)}.",
    )


def mode_masses(
    samples: Mapping[str, npt.ArrayLike],
    ratios: Sequence[float],
    modes: npt.ArrayLike,
    *,
    show: Sequence[str] = (),
) -> Scene:
    """Show the share of every mode in every run, as a matrix for each method.

    Parameters
    ----------
    samples, ratios, modes : see :func:`imbalance`
        As in :func:`imbalance`; a method has the same colour in both.
    show : sequence of str
        The methods to draw; all if none is given.

    Returns
    -------
    Scene
        One row a run, its modes ordered by their share. The colour's strength is the square
        root of the share, so that an even share can be told from none.

    Raises
    ------
    TypeError, ValueError
        As :func:`imbalance`.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 4.3: mode collapse, run by run.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.scenes import mode_masses
    >>> scene = mode_masses({"GAN": np.zeros((2, 3, 5, 2))}, [0.5, 2], [[0, 0], [1, 1]])
    >>> scene.sentence(0)
    "critic's rate / generator's 0.5, runs that forget with GAN 3"
    """
    at, arrays = _ensembles(samples, ratios)
    centres = _plane(modes)
    if isinstance(show, str) or not isinstance(show, Sequence):
        raise TypeError(f"show: expected a sequence of names, got {check.describe(show)}")
    for i, name in enumerate(show):
        check.one_of(name, f"show[{i}]", arrays)
    k = len(centres)
    panels, readouts = [], []
    for role, (name, array) in zip(METHODS, arrays.items(), strict=False):
        if show and name not in show:
            continue
        shares = -np.sort(-mode_shares(array, centres), axis=-1)
        runs = shares.shape[1]
        rank, run = np.meshgrid(np.arange(1, k + 1), np.arange(1, runs + 1))
        panels.append(
            Panel(
                name,
                Axis("modes, the fullest first", 0.5, k + 0.5, (1, k)),
                Axis("run", 0.5, runs + 0.5, (1, runs)),
                [
                    cells(
                        rank.ravel().astype(float),
                        run.ravel().astype(float),
                        np.sqrt(shares).reshape(at.size, -1),
                        width=0.94,
                        height=0.9,
                        role=role,
                    )
                ],
            )
        )
        forgets = (forgotten_modes(array, centres) > 0).sum(1)
        readouts.append(
            Readout(f"runs that forget, {name}", forgets.tolist(), role, 0,
                    f"runs that forget with {name}")
        )  # fmt: skip
    return Scene(
        "How much of its points a generator gives to each mode",
        _ratio_slider(at),
        panels,
        readouts,
        f"One matrix a method: a row for each run, its {k} modes from left to right by their "
        "share of the points, darker where the share is larger. An even row is a generator that "
        "forgets nothing; a row with one dark cell sits on one mode. Runs that forget at least "
        "one mode: "
        + "; ".join(
            f"{r.label.removeprefix('runs that forget, ')} "
            + ", ".join(f"{v:.0f}" for v in r.values)
            for r in readouts
        )
        + f" at ratios {', '.join(_said(r) for r in at)}.",
    )


__all__ = [
    "Collapse",
    "collapse_film",
    "forgotten_modes",
    "imbalance",
    "mode_masses",
    "mode_shares",
    "record_collapse",
    "two_modes",
]

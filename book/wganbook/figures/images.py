"""Moving figures of trainings on images: samples, what the critic says, and exact distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, field, line, points
from wganlib import _validate as check
from wganlib._validate import FloatArray

#: Roles of up to four trainings that stand in one panel.
ROLES = ("em", "js", "kl", "tv")

#: Units of the curves that a film of a result may have.
WGAN_UNIT, GAN_UNIT, LOSS_UNIT = "estimate (score)", "½L + log 2 (nats)", "loss of the generator"

#: For these units: the panel's title, and what the text calls one number of the curve.
_SAID = {
    GAN_UNIT: ("What the discriminator reports", "report"),
    LOSS_UNIT: ("The loss of the generator", "loss"),
}

#: Samples of each training beside the curves of several.
_IN_A_ROW = 4


@dataclass(frozen=True, eq=False)
class ImageFilm:
    """One training on images at L looks, with R seeds, as a figure shows it.

    ``updates``: steps of either network before each look, growing from 0. ``frames``: grey samples
    of the first seed, from the same noise at every look. ``estimate``: what the critic or the
    discriminator reports; NaN where there is nothing yet.
    """

    updates: FloatArray
    frames: npt.NDArray[np.uint8]
    estimate: FloatArray
    distance: FloatArray
    floor: float
    unit: str

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together."""
        updates = check.finite_array(self.updates, "updates")
        if updates.ndim != 1 or len(updates) < 2 or (np.diff(updates) <= 0).any():
            raise ValueError("updates: expected at least two numbers that grow")
        sheets = self.frames
        if not isinstance(sheets, np.ndarray) or sheets.dtype != np.uint8:
            raise TypeError(f"frames: expected uint8, got {check.describe(sheets)}")
        if sheets.ndim != 4 or len(sheets) != len(updates) or 0 in sheets.shape:
            raise ValueError(
                f"frames: expected shape ({len(updates)}, n, height, width), got {sheets.shape}"
            )
        for name in ("estimate", "distance"):
            curve = check.float_array(getattr(self, name), name)
            if curve.ndim != 2 or len(curve) != len(updates) or not curve.shape[1]:
                raise ValueError(
                    f"{name}: expected shape ({len(updates)}, seeds), got {curve.shape}"
                )
            if not np.isfinite(curve).any():
                raise ValueError(f"{name}: expected at least one finite number")
        if self.distance.shape != self.estimate.shape:
            raise ValueError(
                f"distance: expected the shape {self.estimate.shape} of estimate, "
                f"got {self.distance.shape}"
            )
        check.real(self.floor, "floor", at_least=0)
        if not isinstance(self.unit, str):
            raise TypeError(f"unit: expected text, got {check.describe(self.unit)}")

    @property
    def said(self) -> tuple[str, str]:
        """Return the title of the curve's panel, and what one of its numbers is called."""
        return _SAID.get(self.unit, ("What the critic reports", "estimate"))


def film_of(
    name: str,
    settings: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
    *,
    curve: str = "estimate",
) -> ImageFilm:
    """Return the film of one training from what ``wganlib.paper.experiments.read_parts`` returns.

    ``name``: A cell of ``wganlib.paper.images.CELLS``. ``settings``: of the result. ``arrays``: the
    part of that name; images must be grey.
    Source: Arjovsky, Chintala & Bottou (2017), figures 3, 4 and 8.
    """
    from wganlib.paper import images as image_experiments

    check.one_of(curve, "curve", ("estimate", "generator_loss"))
    for what, value in (("settings", settings), ("arrays", arrays)):
        if not isinstance(value, Mapping):
            raise TypeError(f"{what}: expected a mapping, got {check.describe(value)}")
    for key in ("critic_loss", "generator_loss", "feature", "frames", "feature_floor"):
        if key not in arrays:
            raise ValueError(f"arrays: expected {key}, got none")
    course = image_experiments.course(name, settings, arrays)
    method = image_experiments.CELLS[name].method
    unit = {"wgan": WGAN_UNIT, "gan": GAN_UNIT}[method]
    frames = arrays["frames"][0]
    return ImageFilm(
        course.step * image_experiments.UPDATES[method],
        frames[:, :, 0],
        getattr(course, curve),
        course.feature,
        float(arrays["feature_floor"]),
        unit if curve == "estimate" else LOSS_UNIT,
    )


def _film(value: Any, name: str) -> ImageFilm:
    if not isinstance(value, ImageFilm):
        raise TypeError(f"{name}: expected an ImageFilm, got {check.describe(value)}")
    return value


def _films(value: Any) -> dict[str, ImageFilm]:
    if not isinstance(value, Mapping):
        raise TypeError(f"films: expected films by name, got {check.describe(value)}")
    if not 1 <= len(value) <= len(ROLES):
        raise ValueError(f"films: expected 1 to {len(ROLES)} films, got {len(value)}")
    found = {str(name): _film(film, f"films[{name!r}]") for name, film in value.items()}
    first = next(iter(found.values()))
    for name, film in found.items():
        if not np.array_equal(film.updates, first.updates):
            raise ValueError(f"films[{name!r}]: expected the looks of the first film")
    return found


def _sheet(images: npt.NDArray[np.uint8], columns: int) -> FloatArray:
    """Lay images out in rows, the first at the top left, as values from 0 to 1 for a field."""
    *looks, n, height, width = images.shape
    rows = -(-n // columns)
    tiles = np.zeros((*looks, rows * columns, height + 1, width + 1))
    tiles[..., :n, :height, :width] = images / 255
    tiles = tiles.reshape(*looks, rows, columns, height + 1, width + 1)
    whole = np.moveaxis(tiles, -3, -2).reshape(*looks, rows * (height + 1), columns * (width + 1))
    return whole[..., ::-1, :]  # a field's first row lies at the bottom


def _sheet_panel(title: str, images: npt.NDArray[np.uint8], columns: int) -> Panel:
    sheet = _sheet(images, columns)
    rows, across = sheet.shape[-2:]
    return Panel(
        title,
        Axis("pixels", 0, across),
        Axis("pixels", 0, rows),
        [field(sheet, x=(0, across), y=(0, rows), limit=1.0, grey=True)],
        equal=True,
    )


def _range(*curves: FloatArray) -> tuple[float, float]:
    known = np.concatenate([c[np.isfinite(c)] for c in curves])
    low, high = float(known.min()), float(known.max())
    pad = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return low - pad, high + pad


def _distances(films: Sequence[ImageFilm]) -> tuple[float, float, int]:
    """Return the range of an axis of distances, and how many runs lie above it.

    A single run may be very far off; the axis goes up to one and a half times the highest
    median.
    """
    every = np.concatenate([film.distance.ravel() for film in films])
    top = 1.5 * max(np.nanmax(_medians(film.distance)) for film in films)
    known = every[np.isfinite(every)]
    low, high = _range(known[known <= top], np.array([film.floor for film in films]))
    return low, high, int((known > high).sum())


def _above(count: int) -> str:
    return f"; {count} dot{'s' if count > 1 else ''} above" if count else ""


def _ticks(low: float, high: float) -> list[float]:
    """Three round numbers in a range."""
    raw = (high - low) / 3
    size = 10.0 ** np.floor(np.log10(raw))
    step = size * min((1, 2, 5, 10), key=lambda m: abs(m - raw / size))
    first = np.ceil(low / step)
    found = [round(float((first + i) * step), 10) for i in range(6)]
    return [t for t in found if t <= high]


def _updates_axis(updates: FloatArray) -> Axis:
    end = float(updates[-1])
    return Axis("updates of either network", 0, end * 1.02, _ticks(0, end))


def _panel(title: str, x: Axis, label: str, ends: tuple[float, float], marks: list[Mark]) -> Panel:
    """Draw marks on an axis upwards with round numbers."""
    return Panel(title, x, Axis(label, *ends, _ticks(*ends)), marks)


def _curves(
    updates: FloatArray,
    curve: FloatArray,
    role: str,
    label: str = "",
    *,
    seen: FloatArray | None = None,
) -> list[Mark]:
    """Draw a dot for each seed, their medians as a line, and a dot that moves along it."""
    looks = len(updates)
    runs = curve.shape[1]
    x = np.repeat(updates[:, None], runs, 1)
    with np.errstate(all="ignore"):
        middle = np.array([_median(row) for row in curve])
    return [
        points(x.ravel(), (curve if seen is None else seen).ravel(), role=role, size=1.6),
        line(updates, middle, role=role, label=label),
        points(updates[:, None], middle.reshape(looks, 1), role=role, size=5.5),
    ]


def _median(row: FloatArray) -> float:
    known = row[np.isfinite(row)]
    return float(np.median(known)) if known.size else float("nan")


def _medians(curve: FloatArray) -> list[float]:
    return [_median(row) for row in curve]


def _slider(updates: FloatArray, start: int) -> Slider:
    return Slider(
        "updates",
        "updates of either network so far",
        updates.tolist(),
        start,
        digits=0,
        play=True,
    )


def image_film(film: ImageFilm, *, title: str) -> Scene:
    """Scrub through one training: samples, the estimate, and the exact distance.

    ``film``: looks, samples and what was measured on them. ``title``: of the scene.
    Source: Arjovsky, Chintala & Bottou (2017), figure 3.
    """
    one = _film(film, "film")
    estimate = _range(one.estimate)
    low, high, above = _distances([one])
    seen = np.where(one.distance > high, np.nan, one.distance)
    x = _updates_axis(one.updates)
    ends = one.updates[[0, -1]]
    heading, called = one.said
    return Scene(
        title,
        _slider(one.updates, len(one.updates) - 1),
        [
            _sheet_panel("Samples of seed 0", one.frames, 3),
            _panel(heading, x, one.unit, estimate, _curves(one.updates, one.estimate, "em")),
            _panel(
                "Exact EM to held-out images" + _above(above),
                x,
                "EM, classifier features",
                (low, high),
                [
                    *_curves(one.updates, one.distance, "p", seen=seen),
                    line(ends, np.full(2, one.floor), role="ink", dashed=True, label="real images"),
                ],
            ),
            Panel(
                "One against the other" + _above(above),
                Axis("EM, classifier features", low, high, _ticks(low, high)),
                Axis(one.unit, *estimate, _ticks(*estimate)),
                [
                    points(seen.ravel(), one.estimate.ravel(), role="soft", size=2.2),
                    points(
                        np.array(_medians(one.distance))[:, None],
                        np.array(_medians(one.estimate))[:, None],
                        role="em",
                        size=5.5,
                    ),
                ],
            ),
        ],
        [
            Readout(called, _medians(one.estimate), "em", 5),
            Readout("exact EM", _medians(one.distance), "p", 1),
        ],
        f"First: {one.frames.shape[1]} samples from the same noise at every position. Second: "
        f"the {called}, with median {_said(one.estimate)}. Third: exact EM distance to held-out "
        f"images in features of a classifier, with median {_said(one.distance)}; real images "
        f"score {one.floor:.1f}. A dot a seed, a line through the medians. Last: the {called} "
        "over the exact distance, a dot for each seed and look.",
    )


def _said(curve: FloatArray) -> str:
    known = [v for v in _medians(curve) if np.isfinite(v)]
    return f"{known[0]:.3g} at first and {known[-1]:.3g} at the end"


def image_curves(
    films: Mapping[str, ImageFilm], *, title: str, unit: str, samples: bool = True
) -> Scene:
    """Show the estimates of several trainings, their samples, and how good these are.

    ``films``: one to four, with the same looks and images of the same size. ``unit``: of the
    estimates. ``samples``: show them too, most of what a page loads. ``title``: of the scene.
    Source: Arjovsky, Chintala & Bottou (2017), figures 3, 4 and 8.
    """
    every = _films(films)
    if not isinstance(samples, bool):
        raise TypeError(f"samples: expected True or False, got {check.describe(samples)}")
    first = next(iter(every.values()))
    updates = first.updates
    for name, film in every.items():
        if film.frames.shape[2:] != first.frames.shape[2:]:
            raise ValueError(f"films[{name!r}]: expected images of the size of the first film's")
    x = _updates_axis(updates)
    panels = [
        _panel(name, x, unit, _range(film.estimate), _curves(updates, film.estimate, role))
        for role, (name, film) in zip(ROLES, every.items(), strict=False)
    ]
    floor = max(film.floor for film in every.values())
    low, high, above = _distances(list(every.values()))
    marks: list[Mark] = []
    for role, (name, film) in zip(ROLES, every.items(), strict=False):
        seen = np.where(film.distance > high, np.nan, film.distance)
        marks += _curves(updates, film.distance, role, name, seen=seen)
    marks.append(
        line(updates[[0, -1]], np.full(2, floor), role="ink", dashed=True, label="real images")
    )
    panels.append(
        _panel("Exact EM" + _above(above), x, "EM, classifier features", (low, high), marks)
    )
    across = min(_IN_A_ROW, *(film.frames.shape[1] for film in every.values()))
    sheet = np.concatenate([film.frames[:, :across] for film in every.values()], axis=1)
    rows = "Samples of seed 0" + "; a row each, in this order" * (len(every) > 1)
    if samples:
        panels.append(_sheet_panel(rows, sheet, across))
    readouts = []
    for role, (name, film) in zip(ROLES, every.items(), strict=False):
        readouts.append(Readout(f"{film.said[1]}, {name}", _medians(film.estimate), role, 4))
        readouts.append(Readout(f"EM, {name}", _medians(film.distance), role, 1))
    return Scene(
        title,
        _slider(updates, len(updates) - 1),
        panels,
        readouts,
        "One panel for each training, with an axis of its own: "
        + "; ".join(f"{name}, median {_said(film.estimate)}" for name, film in every.items())
        + ". Then the exact EM distance to held-out images: "
        + "; ".join(f"{name}, median {_said(film.distance)}" for name, film in every.items())
        + ". A dot a seed, a line through the medians."
        + f" Last: {across} samples of each training, a row for each in the same order, from the "
        "same noise at every position." * samples,
    )


def sample_grid(
    sheets: Mapping[str, npt.NDArray[np.uint8]], distances: Mapping[str, npt.ArrayLike]
) -> Scene:
    """Show final samples of several trainings, one seed at a time.

    ``sheets``: grey samples from the same noise. ``distances``: exact EM distance of each run, by
    the same names. The slider goes through all seeds: nothing is chosen.
    Source: Arjovsky, Chintala & Bottou (2017), figures 5 to 7.
    """
    if not isinstance(sheets, Mapping):
        raise TypeError(f"sheets: expected samples by name, got {check.describe(sheets)}")
    if not isinstance(distances, Mapping):
        raise TypeError(f"distances: expected numbers by name, got {check.describe(distances)}")
    if not sheets:
        raise ValueError("sheets: expected at least one training, got none")
    if list(sheets) != list(distances):
        raise ValueError(f"distances: expected the names of sheets, {list(sheets)}")
    seeds = 0
    panels, readouts = [], []
    for name, sheet in sheets.items():
        if not isinstance(sheet, np.ndarray) or sheet.dtype != np.uint8:
            raise TypeError(f"sheets[{name!r}]: expected uint8, got {check.describe(sheet)}")
        seeds = seeds or len(sheet)
        if sheet.ndim != 4 or len(sheet) != seeds or seeds < 2 or 0 in sheet.shape:
            raise ValueError(
                f"sheets[{name!r}]: expected shape (seeds, n, height, width) with at least two "
                f"seeds, the same for all, got {sheet.shape}"
            )
        scores = check.float_array(distances[name], f"distances[{name!r}]")
        if scores.shape != (seeds,):
            raise ValueError(f"distances[{name!r}]: expected {seeds} numbers, got {scores.shape}")
        panels.append(_sheet_panel(name, sheet, round(sheet.shape[1] ** 0.5)))
        readouts.append(Readout(f"EM, {name}", scores.tolist(), "p", 1))
    return Scene(
        "Samples of every seed",
        Slider("seed", "which run", list(range(seeds)), 0, digits=0),
        panels,
        readouts,
        f"Samples of {len(panels)} trainings from the same noise, for each of {seeds} seeds; the "
        "mean exact EM distance to held-out images is "
        + "; ".join(f"{name} {np.mean(np.asarray(distances[name], float)):.1f}" for name in sheets)
        + ".",
    )


def _means_over_runs(
    value: Any, title: str, like: Mapping[str, Any], shape: tuple[int, int]
) -> dict[str, FloatArray]:
    """Return the means over runs of arrays (rates, looks, runs), with the names of another."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{title}: expected arrays by name, got {check.describe(value)}")
    if not 1 <= len(value) <= len(ROLES) or list(value) != list(like):
        raise ValueError(
            f"{title}: expected 1 to {len(ROLES)} names, the same for cosines and em, "
            f"got {list(value)}"
        )
    found = {}
    for name, array in value.items():
        whole = check.finite_array(array, f"{title}[{name!r}]")
        if whole.ndim != 3 or whole.shape[:2] != shape or not whole.shape[2]:
            raise ValueError(
                f"{title}[{name!r}]: expected shape ({shape[0]}, {shape[1]}, runs), "
                f"got {whole.shape}"
            )
        found[name] = whole.mean(2)
    return found


def critic_optimisers(
    rates: Sequence[float],
    steps: npt.ArrayLike,
    cosines: Mapping[str, npt.ArrayLike],
    em: Mapping[str, npt.ArrayLike],
) -> Scene:
    """Compare optimisers of the critic: the cosine of step and descent, and exact EM.

    ``rates``: k learning rates, above 0, growing. ``steps``: generator steps of T looks. ``cosines,
    em``: (k, T, R), of the critic's step with its descent direction, and exact EM.
    Source: Arjovsky, Chintala & Bottou (2017), section 4.2, on momentum.
    """
    lrs = check.finite_array(rates, "rates")
    if lrs.ndim != 1 or lrs.size < 2 or lrs[0] <= 0 or (np.diff(lrs) <= 0).any():
        raise ValueError("rates: expected at least two numbers above 0 that grow")
    at = check.finite_array(steps, "steps")
    if at.ndim != 1 or at.size < 2 or (np.diff(at) <= 0).any():
        raise ValueError("steps: expected at least two numbers that grow")
    found = {
        title: _means_over_runs(value, title, cosines, (lrs.size, at.size))
        for title, value in (("cosines", cosines), ("em", em))
    }
    x = Axis("generator steps", 0, float(at[-1]) * 1.02, (0, float(at[-1]) / 2, float(at[-1])))
    panels = []
    for title, label, key, low in (
        ("Exact EM", "EM (length)", "em", 0.0),
        ("Step against descent", "cosine", "cosines", -1.0),
    ):
        high = 1.05 * max(float(v.max()) for v in found[key].values()) if key == "em" else 1.0
        panels.append(
            _panel(
                title,
                x,
                label,
                (low, high),
                [
                    line(np.tile(at, (lrs.size, 1)), curve, role=role, label=name)
                    for role, (name, curve) in zip(ROLES, found[key].items(), strict=False)
                ],
            )
        )
    readouts = [
        Readout(f"{said}, {name}", found[key][name][:, -1].tolist(), role, 2)
        for said, key in (("EM", "em"), ("cosine", "cosines"))
        for role, name in zip(ROLES, found[key], strict=False)
    ]
    return Scene(
        "What moves the critic",
        Slider("critic's rate", "learning rate of the critic", lrs.tolist(), 0, digits=4),
        panels,
        readouts,
        "Left: exact EM along training, means over runs, for each optimiser of the critic. "
        "Right: the cosine of the critic's step with its descent direction. At the end: "
        + "; ".join(
            f"rate {rate:g}: "
            + ", ".join(
                f"{name} EM {found['em'][name][i, -1]:.2f}, cosine "
                f"{found['cosines'][name][i, -1]:.2f}"
                for name in found["em"]
            )
            for i, rate in enumerate(lrs)
        )
        + ".",
    )


__all__ = ["ImageFilm", "critic_optimisers", "film_of", "image_curves", "image_film", "sample_grid"]

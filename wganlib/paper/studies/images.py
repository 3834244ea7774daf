"""Figures 3 to 8 on small digits: the studies behind the chapters on images and stability."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib.paper import image_runs
from wganlib.paper import images as image_experiments
from wganlib.paper.experiment import Surroundings
from wganlib.paper.study import (
    Arrays,
    Parts,
    Study,
    per_run,
)
from wganlib.training.intervals import confidence, correlation_along_training

Array = npt.NDArray[Any]
Settings = Mapping[str, Any]

#: How often each baseline is drawn.
DRAWS = 5
#: What a table shows of a set of images: key, and digits after the point.
MEASURES = {"feature": 1, "pixel": 2, "covered": 1, "confidence": 2}


# --- parts -------------------------------------------------------------------------------


def _cell(name: str, settings: Settings, progress: bool) -> Arrays:
    return image_runs.compute(name, settings, Surroundings(progress=progress))


def _material(settings: Settings) -> image_experiments.Material:
    return image_experiments.material(
        settings["data"], None, settings["size"], settings["channels"], settings["judge epochs"]
    )


def _invented(kind: str, images: Array, n: int, rng: np.random.Generator) -> Array:
    """Images that no network made: what a yardstick must not take for a success."""
    if kind == "gaussian":
        flat = images.reshape(len(images), -1).astype(float)
        factor = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
        scores = rng.standard_normal((n, len(factor[1]))) * factor[1] / np.sqrt(len(flat) - 1)
        made = (flat.mean(0) + scores @ factor[2]).reshape(n, *images.shape[1:])
    else:
        many = {"two": 2, "three": 3}[kind]
        made = images[rng.integers(len(images), size=(n, many))].mean(1)
    # Pixels end at −1 and 1: a Gaussian is cut there, as any picture that is shown.
    return np.asarray(np.clip(made, -1, 1), np.float32)


def _baselines(settings: Settings, progress: bool) -> Arrays:
    """Score a Gaussian fitted to the training pixels, and averages of real images."""
    from wganlib.images.quality import class_coverage, image_distance

    found, n = _material(settings), settings["points"]
    if found.judge is None:
        raise ValueError("data: expected images with classes, got none")
    arrays: Arrays = {}
    for kind in ("gaussian", "two", "three"):
        rows = []
        for draw in range(DRAWS):
            made = _invented(kind, found.train.images, n, np.random.default_rng([draw, n]))
            distance = image_distance(made, found.held_out, seed=0, classifier=found.judge)
            reached = class_coverage(made, found.judge)
            rows.append([distance.feature, distance.pixel, reached.covered, reached.confidence])
        arrays[kind] = per_run(np.transpose(rows))  # (measures, draws)
    arrays["floor"] = per_run([distance.feature_floor, distance.pixel_floor])
    arrays["real_confidence"] = per_run(
        class_coverage(found.held_out.images, found.judge).confidence
    )
    return arrays


# --- what a training did -------------------------------------------------------------------


def ends(parts: Parts, cell: str, measure: str) -> Array:
    """What every run of a cell scored at its end, shape (seeds,)."""
    return np.asarray(parts[cell][measure], float)[:, -1]


def rank_correlation(x: Array, y: Array) -> float:
    """Return Spearman's ρ; NaN where a series does not vary."""
    return float(correlation_along_training(x[:, None], y[:, None]).each[0])


def followed(
    settings: Settings, parts: Parts, cell: str, curve: str = "estimate", space: str = "feature"
) -> dict[str, Array]:
    """Spearman's ρ of a curve with the exact distance, per run, beside two that know less.

    ``own`` with the run's own distance; ``other``, the mean over the other runs' distances;
    ``steps``, of the step counter, counted backwards, with the run's own distance. A curve that
    only falls with time, as every distance does, has own = other = steps.
    """
    course = image_experiments.course(cell, settings, parts[cell])
    given, exact = getattr(course, curve)[1:], getattr(course, space)[1:]
    runs = range(given.shape[1])
    back = -course.step[1:].astype(float)
    table = np.array([[rank_correlation(given[:, i], exact[:, j]) for j in runs] for i in runs])
    apart = ~np.eye(len(runs), dtype=bool)
    return {
        "own": table.diagonal().copy(),
        "other": np.array([table[i][apart[i]].mean() for i in runs]),
        "steps": np.array([rank_correlation(back, exact[:, j]) for j in runs]),
    }


def text(values: npt.ArrayLike, digits: int = 2) -> str:
    """Write a mean over runs with its 95 % interval; runs without a number are left out."""
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if known.size < 2:
        return "—"
    mean, half = confidence(known)
    shown = round(float(mean), digits) + 0.0  # no minus before a zero
    return f"{shown:.{digits}f} ± {half:.{digits}f}".replace("-", "−")


def _gap(one: Array, two: Array) -> tuple[float, float]:
    mean, half = confidence(one - two)
    return float(mean), float(half)


# --- rows of the ledger ---------------------------------------------------------------------


def said_of_guides(rho: Mapping[str, Mapping[str, Array]]) -> dict[str, float | str]:
    """Write down what the estimates of both generators follow, for the ledger."""
    return {
        f"ρ with {what}, {label}": text(rho[cell][key])
        for cell, label in (("mlp-wgan", "MLP"), ("dcgan-wgan", "DCGAN"))
        for key, what in (("own", "its own EM"), ("other", "other runs' EM"),
                          ("steps", "EM, of the step counter"))
    }  # fmt: skip


def _quantities(parts: Parts) -> Mapping[str, Array]:
    """One number a seed: with five seeds a check of more of them could not disagree."""
    distances = [ends(parts, cell, "feature") for cell in image_experiments.CELLS]
    return {"log of EM in features, mean over networks": np.log(distances).mean(0)}


def _numbers(settings: Settings, parts: Parts) -> dict[str, str]:
    shown: dict[str, str] = {}
    for cell in image_experiments.CELLS:
        for measure, digits in MEASURES.items():
            shown[f"{cell} {measure}"] = text(ends(parts, cell, measure), digits)
    for kind in ("gaussian", "two", "three"):
        for row, (measure, digits) in enumerate(MEASURES.items()):
            shown[f"{kind} {measure}"] = text(parts["baselines"][kind][row], digits)
    one = parts["dcgan-wgan"]
    shown |= {
        "floor feature": f"{one['feature_floor'].max():.1f}",
        "floor pixel": f"{one['pixel_floor'].max():.2f}",
        "real confidence": f"{one['real_confidence'].max():.2f}",
        "untrained feature": f"{np.median(parts['plain-gan']['feature'][:, 0]):.1f}",
        "judge accuracy": f"{100 * one['accuracy'].max():.1f} %",
    }
    for space in ("feature", "pixel"):
        for cell in ("mlp-wgan", "dcgan-wgan", "mlp-gan", "dcgan-gan", "both-mlp-gan"):
            rho = followed(settings, parts, cell, space=space)
            for key, values in rho.items():
                shown[f"rho {space} {cell} {key}"] = text(values)
            shown[f"rho {space} {cell} own less other"] = text(rho["own"] - rho["other"])
            shown[f"rho {space} {cell} own less steps"] = text(rho["own"] - rho["steps"])
    return shown


DIGITS = Study(
    name="digits",
    question="Figures 3 to 8 on small digits: does the number tell how good the pictures are, "
    "and which method works with which network?",
    settings={
        "data": "digits",
        "channels": 1,
        "budget": "small",
        **image_experiments.BUDGETS["small"],
        "seeds": list(range(5)),
    },
    parts={
        **{name: partial(_cell, name) for name in image_experiments.CELLS},
        "baselines": _baselines,
        image_experiments.TUNING: partial(_cell, image_experiments.TUNING),
    },
    quantities=_quantities,
    numbers=_numbers,
    tuning=(image_experiments.TUNING, "baselines"),
    check_seeds=5,
)

STUDIES = {study.name: study for study in (DIGITS,)}

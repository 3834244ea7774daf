"""What a generator of digits has to beat: images that no network made, and other real ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from wganlib.paper import image_runs
from wganlib.paper import images as image_experiments
from wganlib.paper.studies.images import Array, Settings
from wganlib.paper.study import Arrays, per_run

#: What no network made, and how often it is drawn.
BASELINES = {
    "gaussian": "a Gaussian fitted to the pixels",
    "pca": "50 principal components with Gaussian scores",
    "two": "averages of two real images",
}
DRAWS = 3
COMPONENTS = 50
#: Rows of a baseline's array, and what a cell keeps under the same name.
ROWS_OF = ("feature", "pixel", "covered", "confidence", "entropy", "precision", "recall")


def material(settings: Settings) -> image_experiments.Material:
    """Load the images and train the classifier that judges."""
    return image_experiments.material(
        settings["data"], None, settings["size"], settings["channels"], settings["judge epochs"]
    )


def swept(
    cell: image_experiments.Cell, grid: Sequence[Sequence[float]], settings: Settings
) -> Array:
    """Train a cell a fifth as long with every pair of a grid; return EM in features and pixels.

    A pair is what the rule is told, the box's c or a penalty's weight, and the learning rate.
    """
    found, scores = material(settings), []
    with TemporaryDirectory() as folder:
        for place, (told, rate) in enumerate(grid):
            short = {
                **settings, "c": told, "weight": told,
                "updates a look": settings["tuning updates"],
            }  # fmt: skip
            state = Path(folder) / f"{place}.npz"
            run = image_runs.Run(cell, short, settings["tuning seed"], "cpu", found, state, rate)
            after = run.look(1, run.look(0, {}))
            scores.append([after["feature"][-1], after["pixel"][-1]])
    return per_run(scores)


def _invented(kind: str, images: Array, n: int, rng: np.random.Generator) -> Array:
    """Images that no network made. Pixels are cut to their range, as in any picture shown."""
    if kind == "two":
        made = images[rng.integers(len(images), size=(n, 2))].mean(1)
    else:
        flat = images.reshape(len(images), -1).astype(float)
        spread, axes = np.linalg.eigh(np.cov(flat.T))
        kept = slice(-COMPONENTS if kind == "pca" else None, None)
        scores = rng.standard_normal((n, len(spread[kept]))) * np.sqrt(np.maximum(spread[kept], 0))
        made = (flat.mean(0) + scores @ axes[:, kept].T).reshape(n, *images.shape[1:])
    return np.asarray(np.clip(made, -1, 1), np.float32)


def baselines(settings: Settings, progress: bool) -> Arrays:
    """Score what a success has to beat, and what it cannot: other real images."""
    return baselines_of(material(settings), settings["points"])


def baselines_of(found: image_experiments.Material, n: int) -> Arrays:
    """Score n images of each baseline against as many held-out ones."""
    from wganlib.images.quality import class_coverage, image_distance, precision_recall

    judge, held_out = found.judge, found.held_out
    if judge is None:
        raise ValueError("data: expected images with classes, got none")
    real = judge.features(held_out.subset(n, seed=0).images)

    def scored(made: Array) -> list[float]:
        distance = image_distance(made, held_out, seed=0, classifier=judge, floors=False)
        reached = class_coverage(made, judge)
        shares = precision_recall(real, judge.features(made))
        return [distance.feature, distance.pixel, reached.covered, reached.confidence,
                reached.entropy, shares.precision, shares.recall]  # fmt: skip

    arrays: Arrays = {}
    for kind in BASELINES:
        rows = [
            scored(_invented(kind, found.train.images, n, np.random.default_rng([draw, n])))
            for draw in range(DRAWS)
        ]
        arrays[kind] = per_run(np.transpose(rows))
    arrays["real"] = per_run(
        np.transpose([scored(found.train.subset(n, seed=draw).images) for draw in range(DRAWS)])
    )
    both = image_distance(found.train.images[:n], held_out, seed=0, classifier=judge)
    arrays["floor"] = per_run([both.feature_floor, both.pixel_floor])
    arrays["accuracy"] = per_run(found.accuracy)
    arrays["data"] = np.array(repr(found.train))
    return arrays

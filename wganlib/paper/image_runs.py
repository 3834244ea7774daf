"""Training the cells of figures 3 to 8, in stretches, and measuring their samples in between.

The samples are always from the same noise. Every stretch is kept as soon as it is done, so that a
run that was stopped goes on where it was.
"""

from __future__ import annotations

import functools
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate
from wganlib._validate import FloatArray
from wganlib.archive import read_arrays, write_arrays
from wganlib.paper.experiment import Arrays, Failure, Surroundings
from wganlib.paper.image_cells import (
    CELLS,
    PAPERS,
    TUNING,
    Cell,
    method,
    networks,
    steps_a_look,
)
from wganlib.training import distributed

if TYPE_CHECKING:
    from wganlib.images.classifier import ImageClassifier
    from wganlib.images.sets import ImageSet
    from wganlib.training.history import History

#: Noise of all sheets and measurements, the same for every cell, seed and look.
SHEET_SEED = 7
#: Samples kept: of every seed at the end, and of the first seed at every look.
SHEET, FRAME = 16, 12


# --- data and the judge --------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Material:
    """What a cell trains on and is measured against."""

    train: ImageSet
    held_out: ImageSet
    judge: ImageClassifier | None
    accuracy: float


@functools.lru_cache(maxsize=2)
def material(data: str, root: str | None, size: int, channels: int, epochs: int) -> Material:
    """Load images, and train the classifier that judges samples if they have classes."""
    from wganlib.images.classifier import train_classifier
    from wganlib.images.sets import load_images

    train, held_out = (
        load_images(data, root=root, split=split, size=size, channels=channels)
        for split in ("train", "test")
    )
    if train.labels is None or len(train.classes) < 2:
        return Material(train, held_out, None, math.nan)
    judge = train_classifier(train, seed=0, epochs=epochs)
    return Material(train, held_out, judge, judge.accuracy(held_out))


# --- training a cell -----------------------------------------------------------------------

#: What is measured at every look.
MEASURED = (
    "pixel", "feature", "covered", "confidence", "uneven", "entropy", "precision", "recall",
)  # fmt: skip


def compute(name: str, settings: Mapping[str, Any], around: Surroundings) -> Arrays:
    """Train a cell from every seed, or make the sweep over learning rates."""
    found = material(
        settings["data"], around.root, settings["size"], settings["channels"],
        settings["judge epochs"],
    )  # fmt: skip
    n = settings["points"]
    if len(found.held_out) < 2 * n:
        raise ValueError(
            f"root: expected at least {2 * n} held-out images, twice the samples that are "
            f"measured, got {len(found.held_out)}; where a fifth is held out, {10 * n} images are "
            "enough"
        )
    with state_of(around.checkpoint) as base:
        if name == TUNING:
            return _tune(settings, around, found, base)
        runs = [
            kept_run(base, f"{seed}", CELLS[name], settings, seed, around, found, None)
            for seed in settings["seeds"]
        ]
        arrays = stack(runs)
        _forget(base)
    return arrays | _yardstick(settings, found)


def _tune(settings: Mapping[str, Any], around: Surroundings, found: Material, base: Path) -> Arrays:
    """Try the same learning rates for both methods, on a seed that no cell has."""
    seed, rates = settings["tuning seed"], settings["tuned among"]
    scores = []
    for kind in PAPERS:
        cell = Cell(kind, "dcgan", "dcgan", kind)
        runs = [
            kept_run(base, f"{kind}-{rate:g}", cell, settings, seed, around, found, rate)
            for rate in rates
        ]
        scores.append([[run["feature"][-1], run["pixel"][-1]] for run in runs])
    _forget(base)
    feature, pixel = np.moveaxis(np.array(scores), -1, 0)
    return {"rate": np.array(rates), "feature": feature, "pixel": pixel}


@contextmanager
def state_of(checkpoint: Path | None) -> Iterator[Path]:
    """Yield where unfinished runs are kept: beside the result, or nowhere for long."""
    if checkpoint is not None:
        yield checkpoint
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "checkpoint.npz"


def _beside(base: Path, tag: str) -> Path:
    return base.with_name(f"{base.stem}-{tag}.npz")


def _forget(base: Path) -> None:
    """Remove what was kept of runs that are now in their part."""
    if distributed.is_first():
        for path in base.parent.glob(f"{base.stem}-*.npz"):
            path.unlink(missing_ok=True)


def kept_run(
    base: Path,
    tag: str,
    cell: Cell,
    settings: Mapping[str, Any],
    seed: int,
    around: Surroundings,
    found: Material,
    rate: float | None,
) -> Arrays:
    """Train one run, or take it up where it was left, or return what it found."""
    record, state = _beside(base, tag), _beside(base, f"{tag}-state")
    arrays: Arrays = {}
    done = -1
    if record.exists():
        try:
            arrays, meta = read_arrays(record, "run on images")
            done = _validate.integer(meta.get("look"), "look", at_least=0)
        except (ValueError, TypeError) as error:
            raise Failure(f"{record}: {str(error).removeprefix('path: ')}") from error
    run = Run(cell, settings, seed, around.device, found, state, rate)
    if done >= 0 and not run.matches(done):
        arrays, done = {}, -1
    if done < 0:
        state.unlink(missing_ok=True)
    for look in range(done + 1, settings["looks"] + 1):
        arrays = run.look(look, arrays)
        write_arrays(record, "run on images", arrays, {"look": look})
    state.unlink(missing_ok=True)
    return arrays


class Run:
    """One training, in stretches."""

    def __init__(
        self,
        cell: Cell,
        settings: Mapping[str, Any],
        seed: int,
        device: str,
        found: Material,
        state: Path,
        rate: float | None,
    ) -> None:
        self.cell, self.settings, self.seed = cell, settings, seed
        self.device, self.found, self.state = device, found, state
        self.generator, self.critic = networks(cell, settings, seed, device)
        self.method = method(cell, settings, rate)
        self.stretch = steps_a_look(cell, settings)

    def matches(self, look: int) -> bool:
        """Say whether the training's own state is that of a look, or no longer needed.

        It is not if the process was stopped between the two files: then the run starts anew.
        """
        if look == self.settings["looks"]:
            return True
        if look == 0:
            return not self.state.exists()
        if not self.state.exists():
            return False
        _, meta = read_arrays(self.state, "checkpoint")
        return bool(meta["done"] == look * self.stretch)

    def look(self, number: int, before: Arrays) -> Arrays:
        """Train up to a look and measure."""
        failed = int(before["failed"]) if before else -1
        history = None
        if number and failed < 0:
            history, failed = self._train(number * self.stretch)
        cosines = self._cosines()
        images = self._images() if failed < 0 else None
        if images is None:
            measured = dict.fromkeys(MEASURED, math.nan)
            shown = np.zeros((FRAME, *self.found.train.shape), np.uint8)
        else:
            measured, shown = self._measure(images), _bytes(images[:FRAME])
        arrays: Arrays = {
            name: np.append(before.get(name, []), value) for name, value in measured.items()
        }
        old = before.get("frames", np.empty((0, *shown.shape), np.uint8))
        arrays["frames"] = np.concatenate([old, shown[None]])
        arrays["failed"] = np.array(failed)
        for name in ("critic_loss", "generator_loss"):
            if history is None:
                arrays[name] = before.get(name, np.empty(0, np.float32))
            else:
                arrays[name] = getattr(history, name)[:, 0].astype(np.float32)
        if cosines is not None:
            for name, value in (("cosine", np.mean), ("against", _share_against)):
                new = value(cosines) if cosines.size else math.nan
                arrays[name] = np.append(before.get(name, []), new)
        if number == self.settings["looks"]:
            arrays |= self._last(images)
        return arrays

    def _train(self, steps: int) -> tuple[History, int]:
        from wganlib.training.train import TrainingFailed, train

        try:
            history = train(
                self.generator,
                self.critic,
                self.found.train,
                seed=self.seed,
                steps=steps,
                batch=self.settings["batch"],
                checkpoint=self.state,
                checkpoint_every=max(1, steps),
                device=self.device,
                **self.method,
            )
        except TrainingFailed as error:
            return error.history, error.step
        return history, -1

    def _cosines(self) -> FloatArray | None:
        from wganlib.training.optimisers import Watched

        watched = self.method["optimiser"]
        return watched.take()[:, 0] if isinstance(watched, Watched) else None

    def _images(self) -> FloatArray:
        from wganlib.training.sampling import generate

        return generate(self.generator, self.settings["points"], seed=SHEET_SEED)

    def _measure(self, images: FloatArray) -> dict[str, float]:
        from wganlib.images.quality import class_coverage, image_distance, precision_recall

        judge, held_out = self.found.judge, self.found.held_out
        distance = image_distance(images, held_out, seed=0, classifier=judge, floors=False)
        row = dict.fromkeys(MEASURED, math.nan)
        row |= {"pixel": distance.pixel, "feature": distance.feature}
        if judge is not None:
            coverage = class_coverage(images, judge)
            row["covered"] = coverage.covered
            row["confidence"] = coverage.confidence
            row["uneven"] = coverage.total_variation
            row["entropy"] = coverage.entropy
            real = held_out.subset(len(images), seed=0).images
            found = precision_recall(judge.features(real), judge.features(images))
            row["precision"], row["recall"] = found.precision, found.recall
        return row

    def _last(self, images: FloatArray | None) -> Arrays:
        from wganlib.images.quality import nearest_images

        if images is None:
            blank = np.zeros((SHEET, *self.found.train.shape), np.uint8)
            return {
                "sheet": blank,
                "nearest_ratio": np.array(math.nan),
                "nearer_to_train": np.array(math.nan),
            }
        # 500 samples tell the share, and the distances to 60,000 images fit in a look's time.
        near = nearest_images(images[:500], self.found.train, self.found.held_out, seed=0)
        return {
            "sheet": _bytes(images[:SHEET]),
            "nearest_ratio": np.array(near.ratio),
            "nearer_to_train": np.array(near.nearer_to_train),
        }


def _share_against(cosines: FloatArray) -> float:
    return float((cosines < 0).mean())


def _bytes(images: FloatArray) -> npt.NDArray[np.uint8]:
    """Return images as 8-bit grey or colour; an MLP's values may lie outside [−1, 1]."""
    return np.rint(np.clip((images + 1) / 2, 0, 1) * 255).astype(np.uint8)


def stack(runs: Sequence[Arrays]) -> Arrays:
    """Return the runs' arrays with an axis for the seeds in front; frames of the first only."""
    arrays: Arrays = {}
    for name in runs[0]:
        if name == "frames":
            arrays[name] = runs[0][name][None]
            continue
        longest = max(run[name].shape[:1] or (0,) for run in runs)[0]
        whole = [
            run[name]
            if run[name].shape[:1] in ((), (longest,))
            else np.pad(run[name], (0, longest - len(run[name])), constant_values=np.nan)
            for run in runs
        ]
        arrays[name] = np.stack(whole)
    return arrays


def _yardstick(settings: Mapping[str, Any], found: Material) -> Arrays:
    """Return what real images score, and what images they are."""
    from wganlib.images.quality import class_coverage, image_distance

    n = settings["points"]
    distance = image_distance(
        found.train.images[:n], found.held_out, seed=0, classifier=found.judge
    )
    real: Arrays = {
        "pixel_floor": np.array(distance.pixel_floor),
        "feature_floor": np.array(distance.feature_floor),
        "accuracy": np.array(found.accuracy),
        "data": np.array(repr(found.train)),
    }
    if found.judge is not None:
        coverage = class_coverage(found.held_out.images, found.judge)
        real["real_covered"] = np.array(coverage.covered)
        real["real_confidence"] = np.array(coverage.confidence)
    return real

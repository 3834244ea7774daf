"""Figures 3 to 8: trainings on images, as cells of one grid that several figures read.

A *cell* is a generator, a critic and a method, trained from several seeds. Figures 3 and 5 both
need the DCGAN generator with the WGAN method, so both read the part ``dcgan-wgan`` if they
share a directory. A cell is trained in stretches; between two of them its samples are
measured, always from the same noise. Every stretch is kept as soon as it is done.

Nothing heavy is loaded before a cell is trained.
"""

from __future__ import annotations

import functools
import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate, distributed, faults
from wganlib._validate import FloatArray
from wganlib.experiment import Arrays, Experiment, Failure, Row, Surroundings, interval
from wganlib.history import read_arrays, write_arrays

if TYPE_CHECKING:
    from torch import nn

    from wganlib.datasets import ImageSet
    from wganlib.history import History
    from wganlib.image_quality import ImageClassifier

#: Results that come with the library, so that a notebook has them wherever it runs.
RESULTS = Path(__file__).parent / "results"

SOURCE = "Arjovsky, Chintala and Bottou (2017)"


def kept(name: str = "images") -> Path:
    """Return the directory of a result that comes with the library.

    Examples
    --------
    >>> (kept() / "config.json").is_file()
    True
    """
    known = sorted(path.name for path in RESULTS.iterdir() if path.is_dir())
    return RESULTS / _validate.one_of(name, "name", known)


#: Updates of a network in one generator step with its critic steps: what makes efforts equal.
UPDATES = {"wgan": 6, "gan": 2}

#: Everything but data and seeds that determines the numbers.
BUDGETS: dict[str, dict[str, Any]] = {
    "small": {
        "size": 16,
        "filters": 8,
        "noise": 32,
        "width": 128,
        "depth": 4,
        "batch": 32,
        "looks": 12,
        "updates a look": 60,
        "points": 160,
        "judge epochs": 12,
        "c": 0.01,
        "rates": {"wgan": 3e-3, "gan": 1e-3},
        "high": 10.0,
        "tuned among": [3e-4, 1e-3, 3e-3],
        "tuning seed": 100,
    },
    "paper": {
        "size": 64,
        "filters": 64,
        "noise": 100,
        "width": 512,
        "depth": 4,
        "batch": 64,
        "looks": 20,
        "updates a look": 30_000,
        "points": 500,
        "judge epochs": 20,
        "c": 0.01,
        "rates": {"wgan": 5e-5, "gan": 2e-4},
        "high": 10.0,
        "tuned among": [],
        "tuning seed": 100,
    },
}

#: Noise of all sheets and measurements, the same for every cell, seed and look.
SHEET_SEED = 7
#: Samples kept: of every seed at the end, and of the first seed at every look.
SHEET, FRAME = 16, 12


@dataclass(frozen=True)
class Cell:
    """A generator, a critic and a method.

    Attributes
    ----------
    title : str
    generator : {"dcgan", "plain", "mlp"}
        "plain" is the DCGAN without batch normalisation and with constant filters.
    critic : {"dcgan", "mlp"}
    method : {"wgan", "gan"}
        The WGAN with clipping, RMSProp and five critic steps, or the GAN with the −log D
        trick, Adam with β = (0.5, 0.999) and one.
    high : bool
        Learning rates times ``settings["high"]``, of both networks.
    momentum : bool
        The critic moves by Adam with β = (0.9, 0.999) and not by RMSProp.
    watched : bool
        Keep the cosine of the critic's step with its descent direction.
    longer : int
        How many times the updates of the settings it gets.
    """

    title: str
    generator: str
    critic: str
    method: str
    high: bool = False
    momentum: bool = False
    watched: bool = False
    longer: int = 1


CELLS: dict[str, Cell] = {
    "dcgan-wgan": Cell("DCGAN generator, WGAN", "dcgan", "dcgan", "wgan", watched=True),
    "dcgan-gan": Cell("DCGAN generator, GAN", "dcgan", "dcgan", "gan"),
    "plain-wgan": Cell("no batch norm, constant filters, WGAN", "plain", "dcgan", "wgan"),
    "plain-gan": Cell("no batch norm, constant filters, GAN", "plain", "dcgan", "gan"),
    "plain-gan-long": Cell(
        "no batch norm, constant filters, GAN, four times as long",
        "plain", "dcgan", "gan", longer=4,
    ),
    "mlp-wgan": Cell("MLP generator, WGAN", "mlp", "dcgan", "wgan"),
    "mlp-wgan-long": Cell(
        "MLP generator, WGAN, four times as long", "mlp", "dcgan", "wgan", longer=4
    ),
    "mlp-gan": Cell("MLP generator, GAN", "mlp", "dcgan", "gan"),
    "both-mlp-wgan": Cell("both MLPs, high rate, WGAN", "mlp", "mlp", "wgan", high=True),
    "both-mlp-gan": Cell("both MLPs, GAN", "mlp", "mlp", "gan"),
    "momentum": Cell(
        "DCGAN generator, WGAN, critic with momentum",
        "dcgan", "dcgan", "wgan", momentum=True, watched=True,
    ),
    "high-rate": Cell(
        "DCGAN generator, WGAN, high rate", "dcgan", "dcgan", "wgan", high=True, watched=True
    ),
}  # fmt: skip

TUNING = "tuning"

#: Title of each figure, and the parts that it reads.
FIGURES: dict[int, tuple[str, tuple[str, ...]]] = {
    3: (
        "The WGAN estimate along training on images",
        ("mlp-wgan", "dcgan-wgan", "both-mlp-wgan"),
    ),
    4: ("The GAN's JS estimate along training", ("mlp-gan", "dcgan-gan", "both-mlp-gan")),
    5: (
        "DCGAN generator: WGAN and GAN, and a critic with momentum or a high rate",
        ("dcgan-wgan", "dcgan-gan", TUNING, "momentum", "high-rate"),
    ),
    6: (
        "Generator without batch norm, constant filters",
        ("plain-wgan", "plain-gan", "plain-gan-long"),
    ),
    7: ("MLP generator: WGAN and GAN", ("mlp-wgan", "mlp-gan", "mlp-wgan-long")),
    8: ("The GAN generator's own loss along training", ("mlp-gan", "dcgan-gan", "both-mlp-gan")),
}

DATA = ("digits", "mnist", "fashion-mnist", "cifar10", "folder", "lsun")
_COLOUR = ("cifar10", "lsun")


def experiment(
    number: int, *, data: str = "digits", seeds: int | Sequence[int] = 5, budget: str = "small"
) -> Experiment:
    """Return one of figures 3 to 8 as an experiment.

    Parameters
    ----------
    number : int
        One of :data:`FIGURES`.
    data : str
        One of :data:`DATA`. Of ``folder`` and ``lsun``, the path is told to ``figure``; images
        of a ``folder`` are turned to grey, those of ``lsun`` stay in colour.
    seeds : int or sequence of int
        How many, counted from 0, or which.
    budget : {"small", "paper"}
        "small" runs on a CPU: about 6 seconds of one core for a seed of a cell. "paper" has
        the published sizes for 64×64 pixels, and is for a GPU.

    Returns
    -------
    Experiment

    Raises
    ------
    TypeError, ValueError
        Naming the argument.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4 and figures 3 to 8.

    Examples
    --------
    >>> from wganlib import image_experiments
    >>> list(image_experiments.experiment(7).parts)
    ['mlp-wgan', 'mlp-gan', 'mlp-wgan-long']
    >>> image_experiments.experiment(6, budget="paper").settings["size"]
    64
    """
    _validate.one_of(str(_validate.integer(number, "number")), "number", map(str, FIGURES))
    data = _validate.one_of(data, "data", DATA)
    budget = _validate.one_of(budget, "budget", BUDGETS)
    settings = {
        "study": "images",
        "data": data,
        "channels": 3 if data in _COLOUR else 1,
        "budget": budget,
        **BUDGETS[budget],
        "seeds": _seeds(seeds),
    }
    return _experiment(number, settings)


def _seeds(seeds: Any) -> list[int]:
    if isinstance(seeds, Sequence) and not isinstance(seeds, (str, bytes)):
        whole = [_validate.integer(s, f"seeds[{i}]", at_least=0) for i, s in enumerate(seeds)]
        if not whole or len(set(whole)) < len(whole):
            raise ValueError(f"seeds: expected at least one and none twice, got {whole}")
        return whole
    return list(range(_validate.integer(seeds, "seeds", at_least=1)))


def _experiment(number: int, settings: Mapping[str, Any]) -> Experiment:
    title, names = FIGURES[number]
    return Experiment(
        title,
        f"{SOURCE}, figure {number}",
        settings,
        {name: functools.partial(_compute, name) for name in names if _has(name, settings)},
        table,
        summary,
    )


def _has(name: str, settings: Mapping[str, Any]) -> bool:
    return name != TUNING or bool(settings["tuned among"])


def of_settings(settings: Mapping[str, Any]) -> Experiment:
    """Return all cells with the settings of a result that was kept.

    Raises
    ------
    ValueError
        If a setting is missing.
    """
    for name in ("study", "data", "channels", *BUDGETS["small"], "seeds"):
        if name not in settings:
            raise ValueError(f"settings: expected {name}, got none")
    names = [name for name in (*CELLS, TUNING) if _has(name, settings)]
    return Experiment(
        "Trainings on images",
        f"{SOURCE}, figures 3 to 8",
        settings,
        {name: functools.partial(_compute, name) for name in names},
        table,
        summary,
    )


# --- networks and methods ----------------------------------------------------------------


def networks(
    cell: Cell, settings: Mapping[str, Any], seed: int, device: str = "cpu"
) -> tuple[nn.Module, nn.Module]:
    """Build the generator and the critic of a cell.

    Parameters
    ----------
    cell : Cell
    settings : mapping
        Of an experiment of this module.
    seed : int
        For the first weights of both.
    device : str
        On a GPU, convolutions are laid out with channels last.

    Returns
    -------
    generator, critic : torch.nn.Module

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4.2, figures 3 to 7.

    Examples
    --------
    >>> from wganlib import image_experiments as images
    >>> small = images.experiment(5).settings
    >>> [sum(p.numel() for p in n.parameters())
    ...  for n in images.networks(images.CELLS["dcgan-wgan"], small, seed=0)]
    [10416, 2464]
    """
    from wganlib.image_networks import DCGANCritic, DCGANGenerator, MLPCritic, MLPGenerator

    common = {"size": settings["size"], "channels": settings["channels"], "seed": seed}
    mlp = {"width": settings["width"], "depth": settings["depth"]}
    last = device != "cpu"
    generator: nn.Module
    critic: nn.Module
    if cell.generator == "mlp":
        generator = MLPGenerator(noise=settings["noise"], **mlp, **common)
    else:
        plain = cell.generator == "plain"
        generator = DCGANGenerator(
            noise=settings["noise"],
            filters=settings["filters"],
            batch_norm=not plain,
            constant_filters=plain,
            channels_last=last,
            **common,
        )
    if cell.critic == "mlp":
        critic = MLPCritic(**mlp, **common)
    else:
        critic = DCGANCritic(filters=settings["filters"], channels_last=last, **common)
    return generator, critic


def method(cell: Cell, settings: Mapping[str, Any], rate: float | None = None) -> dict[str, Any]:
    """Return a cell's method as arguments of ``wganlib.train``.

    Parameters
    ----------
    cell : Cell
    settings : mapping
        Of an experiment of this module.
    rate : float, optional
        The learning rate, if it is not the one of the settings.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1; Radford, Metz and Chintala (2016),
    section 3, for the GAN's Adam.

    Examples
    --------
    >>> from wganlib import image_experiments as images
    >>> small = images.experiment(5).settings
    >>> images.method(images.CELLS["dcgan-gan"], small)["optimiser"].betas
    (0.5, 0.999)
    """
    from wganlib.lipschitz import WeightClipping
    from wganlib.objectives import WGAN, NonSaturatingGAN
    from wganlib.optimisers import Adam, Optimiser, RMSProp, Watched

    if rate is None:
        rate = settings["rates"][cell.method] * (settings["high"] if cell.high else 1)
    if cell.method == "gan":
        return {
            "objective": NonSaturatingGAN(),
            "optimiser": Adam(rate, (0.5, 0.999)),
            "n_critic": 1,
        }
    critic: Optimiser = Adam(rate, (0.9, 0.999)) if cell.momentum else RMSProp(rate)
    return {
        "objective": WGAN(),
        "lipschitz": WeightClipping(settings["c"]),
        "optimiser": Watched(critic) if cell.watched else critic,
        "generator_optimiser": RMSProp(rate),
        "n_critic": 5,
    }


def steps_a_look(cell: Cell, settings: Mapping[str, Any]) -> int:
    """Return the generator steps between two looks."""
    return int(settings["updates a look"]) // UPDATES[cell.method] * cell.longer


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
    from wganlib.datasets import load_images
    from wganlib.image_quality import train_classifier

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
MEASURED = ("pixel", "feature", "covered", "confidence", "uneven")


def _compute(name: str, settings: Mapping[str, Any], around: Surroundings) -> Arrays:
    """Train a cell from every seed, or make the sweep over learning rates."""
    found = material(
        settings["data"], around.root, settings["size"], settings["channels"],
        settings["judge epochs"],
    )  # fmt: skip
    with _state(around.checkpoint) as base:
        if name == TUNING:
            return _tune(settings, around, found, base)
        runs = [
            _kept(base, f"{seed}", CELLS[name], settings, seed, around, found, None)
            for seed in settings["seeds"]
        ]
        arrays = _stack(runs)
        _forget(base)
    return arrays | _yardstick(settings, found)


def _tune(settings: Mapping[str, Any], around: Surroundings, found: Material, base: Path) -> Arrays:
    """Try the same learning rates for both methods, on a seed that no cell has."""
    seed, rates = settings["tuning seed"], settings["tuned among"]
    scores = []
    for kind in UPDATES:
        cell = Cell(kind, "dcgan", "dcgan", kind)
        runs = [
            _kept(base, f"{kind}-{rate:g}", cell, settings, seed, around, found, rate)
            for rate in rates
        ]
        scores.append([[run["feature"][-1], run["pixel"][-1]] for run in runs])
    _forget(base)
    feature, pixel = np.moveaxis(np.array(scores), -1, 0)
    return {"rate": np.array(rates), "feature": feature, "pixel": pixel}


@contextmanager
def _state(checkpoint: Path | None) -> Iterator[Path]:
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


def _kept(
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
    run = _Run(cell, settings, seed, around.device, found, state, rate)
    if done >= 0 and not run.matches(done):
        arrays, done = {}, -1
    if done < 0:
        state.unlink(missing_ok=True)
    for look in range(done + 1, settings["looks"] + 1):
        arrays = run.look(look, arrays)
        write_arrays(record, "run on images", arrays, {"look": look})
    state.unlink(missing_ok=True)
    return arrays


class _Run:
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
        from wganlib.training import TrainingFailed, train

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
        from wganlib.optimisers import Watched

        watched = self.method["optimiser"]
        return watched.take()[:, 0] if isinstance(watched, Watched) else None

    def _images(self) -> FloatArray:
        from wganlib.evaluation import generate

        return generate(self.generator, self.settings["points"], seed=SHEET_SEED)

    def _measure(self, images: FloatArray) -> dict[str, float]:
        from wganlib.image_quality import class_coverage, image_distance

        judge = self.found.judge
        distance = image_distance(images, self.found.held_out, seed=0, classifier=judge)
        row = dict.fromkeys(MEASURED, math.nan)
        row |= {"pixel": distance.pixel, "feature": distance.feature}
        if judge is not None:
            coverage = class_coverage(images, judge)
            row["covered"] = coverage.covered
            row["confidence"] = coverage.confidence
            row["uneven"] = coverage.total_variation
        return row

    def _last(self, images: FloatArray | None) -> Arrays:
        from wganlib.image_quality import nearest_images

        if images is None:
            blank = np.zeros((SHEET, *self.found.train.shape), np.uint8)
            return {
                "sheet": blank,
                "nearest_ratio": np.array(math.nan),
                "nearer_to_train": np.array(math.nan),
            }
        near = nearest_images(images, self.found.train, self.found.held_out, seed=0)
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


def _stack(runs: Sequence[Arrays]) -> Arrays:
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
    from wganlib.image_quality import class_coverage, image_distance

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


# --- what a cell says ----------------------------------------------------------------------


def median_filter(curve: npt.ArrayLike, width: int) -> FloatArray:
    """Return running medians of a curve: the filter of figures 3, 4 and 8.

    Parameters
    ----------
    curve : array (n,) or (runs, n)
    width : int
        Odd; at both ends the window is cut to what is there, and stays centred.

    Returns
    -------
    array of the same shape

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), figure 3: curves were passed through a median filter,
    whose width the paper does not say.

    Examples
    --------
    >>> median_filter([0.0, 9.0, 1.0, 2.0, 3.0], 3)
    array([0., 1., 2., 2., 3.])
    """
    values = _validate.float_array(curve, "curve")
    width = _validate.integer(width, "width", at_least=1)
    if width % 2 == 0:
        raise ValueError(f"width: expected an odd number, got {width}")
    if values.ndim not in (1, 2):
        raise ValueError(f"curve: expected shape (n,) or (runs, n), got shape {values.shape}")
    n, half = values.shape[-1], width // 2
    out = np.empty_like(values)
    for i in range(n):
        reach = min(half, i, n - 1 - i)
        out[..., i] = np.median(values[..., i - reach : i + reach + 1], axis=-1)
    return out


@dataclass(frozen=True, eq=False)
class Course:
    """A cell's curves at its looks, the first of which is before training.

    Attributes
    ----------
    step : array (L,)
        Generator steps.
    estimate, generator_loss : array (L, seeds)
        Medians over the stretch before each look: the distance that the critic reports, or
        ½L + log 2 for a GAN; and the generator's loss. NaN before training.
    feature, pixel, covered : array (L, seeds)
        Exact EM in both spaces, and classes reached.
    """

    step: FloatArray
    estimate: FloatArray
    generator_loss: FloatArray
    feature: FloatArray
    pixel: FloatArray
    covered: FloatArray


def course(name: str, settings: Mapping[str, Any], arrays: Mapping[str, Any]) -> Course:
    """Return the curves of a cell at its looks.

    Parameters
    ----------
    name : str
        One of :data:`CELLS`.
    settings : mapping
        Of its result.
    arrays : mapping
        The part of that name.
    """
    cell = CELLS[_validate.one_of(name, "name", CELLS)]
    stretch = steps_a_look(cell, settings)
    looks = settings["looks"]

    def at_looks(losses: FloatArray) -> FloatArray:
        whole = np.full((len(losses), looks * stretch), np.nan)
        whole[:, : losses.shape[1]] = losses
        middle = np.median(whole.reshape(len(losses), looks, stretch), axis=2)
        return np.vstack([np.full((1, len(losses)), np.nan), middle.T])

    critic = at_looks(np.asarray(arrays["critic_loss"], float))
    estimate = -critic if cell.method == "wgan" else math.log(2) - critic / 2
    return Course(
        np.arange(looks + 1) * float(stretch),
        estimate,
        at_looks(np.asarray(arrays["generator_loss"], float)),
        arrays["feature"].T,
        arrays["pixel"].T,
        arrays["covered"].T,
    )


def table(settings: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> list[Row]:
    """Return a row for each cell: means over seeds at the end, with 95 % half widths.

    ρ is Spearman's, along training, with EM in features, or in pixels where there are none.
    """
    from wganlib.evaluation import correlation_along_training

    rows: list[Row] = []
    for name, part in arrays.items():
        if name == TUNING:
            continue
        curves = course(name, settings, part)
        row: Row = {"cell": name}
        for head, values in (
            ("EM, features", curves.feature[-1]),
            ("EM, pixels", curves.pixel[-1]),
            ("classes", curves.covered[-1]),
        ):
            row[head], row[f"± {head}"] = interval(values)
        row["fewest classes"] = float(np.min(curves.covered[-1]))
        known = np.isfinite(curves.feature).any()  # images without classes have no features
        distance = curves.feature if known else curves.pixel
        for head, curve in (("estimate", curves.estimate), ("loss of g", curves.generator_loss)):
            found = correlation_along_training(curve, distance, seed=0)
            row[f"ρ, {head}"], row[f"{head}, low"] = found.mean, found.low
            row[f"{head}, high"] = found.high
        row["failed"] = float((part["failed"] >= 0).sum())
        rows.append(row)
    return rows


def summary(settings: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> Row:
    """Return what real images score, and how the learning rates were chosen."""
    row: Row = {}
    for part in arrays.values():
        if "feature_floor" in part:
            row["EM of real images, features"] = float(part["feature_floor"])
            row["EM of real images, pixels"] = float(part["pixel_floor"])
            row["accuracy of the classifier"] = float(part["accuracy"])
            break
    if TUNING in arrays:
        swept = arrays[TUNING]
        for kind, scores in zip(UPDATES, swept["feature"], strict=True):
            for rate, score in zip(swept["rate"], scores, strict=True):
                row[f"tuning, {kind}, rate {rate:g}: EM, features"] = float(score)
    return row


# --- sheets --------------------------------------------------------------------------------


def write_sheet(path: str | os.PathLike[str], sheet: npt.ArrayLike) -> None:
    """Write samples as one PNG: a row for each seed.

    Parameters
    ----------
    path : path
        Ends in .png.
    sheet : array of uint8 (seeds, n, channels, height, width)
        The first n samples of a fixed noise; nothing is chosen.
    """
    from PIL import Image

    pixels = np.asarray(sheet)
    if pixels.ndim != 5 or pixels.dtype != np.uint8:
        raise ValueError(
            "sheet: expected uint8 of shape (seeds, n, channels, height, width), "
            f"got {pixels.dtype} of shape {pixels.shape}"
        )
    seeds, n, channels, height, width = pixels.shape
    framed = np.full((seeds, n, channels, height + 1, width + 1), 255, np.uint8)
    framed[..., :height, :width] = pixels
    flat = framed.transpose(0, 3, 1, 4, 2).reshape(seeds * (height + 1), n * (width + 1), channels)
    image = Image.fromarray(flat[..., 0] if channels == 1 else flat)
    if distributed.is_first():
        with faults.writing(Path(path)) as part:
            image.save(part, format="PNG", optimize=True)


def write_sheets(folder: Path, arrays: Mapping[str, Arrays]) -> None:
    """Write the sheet of every cell beside its numbers."""
    for name, part in arrays.items():
        if "sheet" in part:
            write_sheet(folder / f"{name}.png", part["sheet"])

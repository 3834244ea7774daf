"""What trainings on images say: their curves, a table of them, and sheets of their samples."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate
from wganlib import files as faults
from wganlib._validate import FloatArray
from wganlib.paper.experiment import Arrays, Row, interval
from wganlib.paper.image_cells import CELLS, PAPERS, TUNING, steps_a_look
from wganlib.training import distributed


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
    from wganlib.training.intervals import correlation_along_training

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
            found = correlation_along_training(curve, distance)
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
        for kind, scores in zip(PAPERS, swept["feature"], strict=True):
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

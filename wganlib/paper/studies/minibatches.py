"""What a minibatch does to the distance: the study of the model that minibatches like best."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from wganlib._validate import FloatArray
from wganlib.paper.study import Arrays, Finding, Parts, Study, below, per_run, verdict_of
from wganlib.training.intervals import confidence, holm, p_value

#: The case that the claim is about: the plane, and the paper's batch.
BATCH, DIMENSION = 64, 2


def value_and_slope(x: FloatArray, z: FloatArray, scale: float) -> tuple[float, float]:
    """Return W₁ between x and scale·z, as many points each, and its derivative in the scale."""
    cost = cdist(scale * z, x)
    rows, partners = linear_sum_assignment(cost)
    away = scale * z - x[partners]
    way = cost[rows, partners]
    return float(way.mean()), float(((z * away).sum(1) / way).mean())


def _dimension(d: int, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Expected W₁ of N(0, s²I) and N(0, I) in d dimensions, by scale, batch size and seed.

    A batch serves as model once and as data once: near s = 1 most of the noise cancels.
    """
    scales, sizes = settings["scales"], settings["batch_sizes"]
    shape = (len(sizes), len(scales), len(settings["seeds"]))
    values, slopes = np.zeros(shape), np.zeros(shape)
    for run, seed in enumerate(settings["seeds"]):
        for i, (m, draws) in enumerate(zip(sizes, settings["draws"], strict=True)):
            rng = np.random.default_rng([seed, d, m])
            for _ in range(draws):
                one, two = rng.standard_normal((2, m, d))
                for k, scale in enumerate(scales):
                    for x, z in ((one, two), (two, one)):
                        value, slope = value_and_slope(x, z, scale)
                        values[i, k, run] += value / (2 * draws)
                        slopes[i, k, run] += slope / (2 * draws)
    return {"values": per_run(values), "slopes": per_run(slopes)}


def best_scales(scales: npt.ArrayLike, slopes: npt.ArrayLike) -> FloatArray:
    """Return where the slope turns from falling to rising, for each run.

    Parameters
    ----------
    scales : array_like, shape (s,)
        Growing.
    slopes : array_like, shape (s, runs)

    Returns
    -------
    array, shape (runs,)
        By a straight line between the last scale with a negative slope and the next one. The
        first scale where it never falls, and the last one where it falls to the end.

    Examples
    --------
    >>> best_scales([0.0, 0.5, 1.0], [[-1.0], [-0.5], [0.5]])
    array([0.75])
    """
    at, rise = np.asarray(scales, float), np.asarray(slopes, float)
    found = np.full(rise.shape[1], at[0])
    for run, column in enumerate(rise.T):
        falling = np.flatnonzero(column < 0)
        if falling.size and falling[-1] + 1 == at.size:
            found[run] = at[-1]
        elif falling.size:
            k = falling[-1]
            share = column[k] / (column[k] - column[k + 1])
            found[run] = at[k] + share * (at[k + 1] - at[k])
    return found


def cell(settings: Mapping[str, Any], parts: Parts, d: int, m: int) -> dict[str, FloatArray]:
    """Return per-run results of one dimension and batch size."""
    i = settings["batch_sizes"].index(m)
    part, scales = parts[f"dimension-{d}"], settings["scales"]
    values, slopes = (np.asarray(part[key][i], float) for key in ("values", "slopes"))
    one = scales.index(1.0)  # there the slope is half the value, by the chapter's theorem
    best = best_scales(scales, slopes)
    near = np.array([np.interp(s, scales, v) for s, v in zip(best, values.T, strict=True)])
    return {
        "best scale": best,
        "loss of the perfect model": values[one],
        "loss at the best scale": near,
        "slope at 1 over loss": slopes[one] / values[one],
    }


def _narrow(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """X1: in the plane, batch 64, the best scale is below 1.

    The margin: the whole 95 % interval of the best scale lies below 1, in that cell and, by
    Holm over all cells, in every other one.
    """
    best = {
        (d, m): cell(settings, parts, d, m)["best scale"]
        for d in settings["dimensions"]
        for m in settings["batch_sizes"]
    }
    lower = holm([float(p_value(1 - values)) for values in best.values()])
    sure = [
        bool(values.mean() < 1) and p < 0.05 for values, p in zip(best.values(), lower, strict=True)
    ]
    wide = [bool(v.mean() > 1) and p < 0.05 for v, p in zip(best.values(), lower, strict=True)]
    here = cell(settings, parts, DIMENSION, BATCH)
    mean, half = map(float, confidence(here["best scale"]))
    perfect, least = (
        "{:.3f} ± {:.3f}".format(*confidence(here[name]))
        for name in ("loss of the perfect model", "loss at the best scale")
    )
    everywhere = True if all(sure) else False if any(wide) else None
    ends = [choose(best, key=lambda key: best[key].mean()) for choose in (max, min)]
    return Finding(
        verdict_of(below(mean, half, 1.0), everywhere),
        f"In the plane the expected W₁ of two batches of {BATCH} is least at a scale of "
        f"{mean:.3f} ± {half:.3f}, not at 1; below 1 in {sum(sure)} of {len(sure)} pairs of "
        "dimension and batch size.",
        {
            "best scale, plane, batch 64": f"{mean:.3f} ± {half:.3f}",
            "expected W₁ there": least,
            "expected W₁ of the perfect model": perfect,
            **{
                f"best scale, {d} dimensions, batch {m}": "{:.3f} ± {:.3f}".format(
                    *confidence(best[d, m])
                )
                for d, m in ends
            },
        },
        seeds=len(settings["seeds"]),
        note="The data are N(0, I), the model N(0, s²I). That the perfect model is not the best "
        "one is a theorem of the chapter; how far off it is, is measured.",
    )


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    settings = MINIBATCH.settings
    return {
        f"{name}, {d} dimensions, batch {m}": values
        for d in settings["dimensions"]
        for m in settings["batch_sizes"]
        for name, values in cell(settings, parts, d, m).items()
        if name in ("best scale", "loss of the perfect model")
    }


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    numbers = {}
    for d in settings["dimensions"]:
        for m in settings["batch_sizes"]:
            found = cell(settings, parts, d, m)
            mean, half = confidence(found["best scale"])
            numbers[f"best scale, d {d}, m {m}"] = f"{mean:.2f}"
            numbers[f"best scale with interval, d {d}, m {m}"] = f"{mean:.3f} ± {half:.3f}"
    here = cell(settings, parts, DIMENSION, BATCH)
    for name in ("loss of the perfect model", "loss at the best scale"):
        numbers[name] = f"{here[name].mean():.3f}"
    return numbers


MINIBATCH = Study(
    name="minibatch-scale",
    question="Which width of a model is best for the expected W₁ between two minibatches?",
    settings={
        "seeds": list(range(32)),
        "dimensions": [1, 2, 4, 16],
        "batch_sizes": [4, 16, 64, 256],
        "draws": [12, 10, 6, 2],
        "scales": [round(0.1 + 0.05 * k, 2) for k in range(21)],
    },
    parts={f"dimension-{d}": partial(_dimension, d) for d in (1, 2, 4, 16)},
    quantities=_quantities,
    rows={"X1": _narrow},
    numbers=_numbers,
    check_seeds=8,
)

STUDIES = {study.name: study for study in (MINIBATCH,)}

"""Figures 1 and 2 of the paper: the parallel lines, and two Gaussians that stand still."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib._validate import FloatArray
from wganlib.paper.choices import OBJECTIVES, OPTIMISERS, RULES
from wganlib.paper.experiment import Arrays, Experiment, Row, Surroundings, interval


def _lines(settings: Mapping[str, Any], _: Surroundings) -> Arrays:
    """Compute the four distances of Example 1 over θ, exactly."""
    from wganlib.distances import divergences, examples, supports, transport

    low, high, count = settings["theta from"], settings["theta to"], settings["values"]
    thetas = np.round(np.linspace(low, high, count), 12)
    found = []
    for theta in thetas.tolist():
        still, moved = examples.parallel_lines(theta)
        (x, a), (y, b) = (line.discretise(settings["points a line"]) for line in (still, moved))
        p, q, _where = supports.on_common_support(x, y, a, b)
        found.append(
            (
                transport.wasserstein_1(x, y, a, b),
                divergences.js_divergence(p, q),
                divergences.total_variation(p, q),
                divergences.kl_divergence(p, q),
                divergences.kl_divergence(q, p),
            )
        )
    names = ("em", "js", "tv", "kl", "kl_back")
    return {"theta": thetas, **dict(zip(names, np.array(found).T, strict=True))}


def _lines_table(_: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> list[Row]:
    columns = {"θ": "theta", "EM": "em", "JS": "js", "TV": "tv", "KL": "kl", "KL back": "kl_back"}
    return _table({head: arrays["distances"][name] for head, name in columns.items()})


def _lines_summary(_: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> Row:
    a = arrays["distances"]
    apart = a["theta"] != 0
    return {
        "largest |EM − |θ||": float(np.abs(a["em"] - np.abs(a["theta"])).max()),
        "JS, θ ≠ 0, less log 2, at most": float(np.abs(a["js"][apart] - math.log(2)).max()),
        "TV, θ ≠ 0, less 1, at most": float(np.abs(a["tv"][apart] - 1).max()),
        "smallest KL either way, θ ≠ 0": float(np.minimum(a["kl"], a["kl_back"])[apart].min()),
    }


def _two_gaussians(settings: Mapping[str, Any], objective: str) -> Arrays:
    """Train a critic on two Gaussians that stand still, and look at it along the line."""
    from wganlib.distances import measures
    from wganlib.training.networks import MLP
    from wganlib.training.one_side import train_critic

    rule = "clipping" if objective == "wgan" else "none"
    low, high, count = settings["x from"], settings["x to"], settings["values"]
    probe = np.linspace(low, high, count)
    seeds = settings["seeds"]
    critic = MLP([1, *[settings["width"]] * settings["depth"], 1], seed=seeds)
    spread = settings["std"] ** 2
    course = train_critic(
        critic,
        measures.Gaussian(settings["real mean"], spread),
        measures.Gaussian(settings["fake mean"], spread),
        seed=seeds,
        steps=settings["steps"],
        objective=OBJECTIVES[objective].make(),
        lipschitz=RULES[rule].make(*([settings["c"]] if rule == "clipping" else [])),
        optimiser=OPTIMISERS["rmsprop"].make(settings["lr"]),
        batch=settings["batch"],
        probe=probe,
        record_at=[settings["steps"]],
    )
    return {
        "x": probe,
        "score": course.scores[-1],
        "slope": course.slopes[-1],
        "estimate": course.estimate,
    }


def _discriminator(settings: Mapping[str, Any], _: Surroundings) -> Arrays:
    return _two_gaussians(settings, "minimax")


def _critic(settings: Mapping[str, Any], _: Surroundings) -> Arrays:
    return _two_gaussians(settings, "wgan")


def _expit(score: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-np.logaddexp(0.0, -score)))


def _gaussian_columns(
    settings: Mapping[str, Any], arrays: Mapping[str, Arrays]
) -> dict[str, FloatArray]:
    """Return the curves of Figure 2 with each run's own scale: arrays (runs, x) or (x,)."""
    d, f = arrays["discriminator"], arrays["critic"]
    x, variance = d["x"], settings["std"] ** 2
    real, fake = settings["real mean"], settings["fake mean"]
    odds = ((x - fake) ** 2 - (x - real) ** 2) / (2 * variance)
    chance = _expit(d["score"])
    middle = f["score"].mean(1, keepdims=True)
    return {
        "x": x,
        "best D": _expit(odds),
        "D": chance,
        # The generator's minimax loss is log(1 − D); its slope along x is D times the score's.
        "pull of D": chance * d["slope"],
        "f": (f["score"] - middle) / f["slope"].max(1, keepdims=True),
        "pull of f": f["slope"] / f["slope"].max(1, keepdims=True),
    }


def _gaussians_table(settings: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> list[Row]:
    columns: dict[str, npt.ArrayLike] = {}
    for name, values in _gaussian_columns(settings, arrays).items():
        if values.ndim == 1:
            columns[name] = values
        else:
            means = [interval(column) for column in values.T]
            columns[name] = [mean for mean, _ in means]
            columns[f"± {name}"] = [width for _, width in means]
    return _table(columns)


def _gaussians_summary(settings: Mapping[str, Any], arrays: Mapping[str, Arrays]) -> Row:
    from wganlib.distances import divergences

    real, fake, std = settings["real mean"], settings["fake mean"], settings["std"]
    curves = _gaussian_columns(settings, arrays)
    at = int(np.abs(curves["x"] - fake).argmin())
    d, f = arrays["discriminator"], arrays["critic"]
    last = -max(1, settings["steps"] // 10)
    slope = f["slope"]
    row: Row = {}
    for name, values in (
        ("pull of D at the fake mean, mean over seeds", curves["pull of D"][:, at]),
        ("pull of f there, largest slope = 1", curves["pull of f"][:, at]),
        ("smallest slope of f over its largest", (slope.min(1) / slope.max(1))),
        ("JS reported by D, last tenth", d["estimate"][last:].mean(0)),
        ("EM reported by f, over its largest slope", f["estimate"][last:].mean(0) / slope.max(1)),
    ):
        row[name], row[f"± {name}"] = interval(values)

    def bell(mean: float) -> Callable[[float], float]:
        scale = std * math.sqrt(2 * math.pi)
        return lambda t: math.exp(-(((t - mean) / std) ** 2) / 2) / scale

    ends = min(real, fake) - 12 * std, max(real, fake) + 12 * std
    row["JS, exact"] = divergences.js_divergence_density(
        bell(real), bell(fake), *ends, points=[real, fake]
    )
    row["EM, exact"] = abs(real - fake)
    return row


def _table(columns: Mapping[str, npt.ArrayLike]) -> list[Row]:
    lists = [np.asarray(values, float).tolist() for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


#: Figure 1.
LINES = Experiment(
    "EM and JS, with TV and KL, between two parallel lines",
    "Arjovsky, Chintala and Bottou (2017), Example 1 and Figure 1",
    {"theta from": -1.0, "theta to": 1.0, "values": 41, "points a line": 32},
    {"distances": _lines},
    _lines_table,
    _lines_summary,
)

#: Figure 2.
GAUSSIANS = Experiment(
    "Optimal discriminator and critic between two Gaussians",
    "Arjovsky, Chintala and Bottou (2017), Figure 2; the paper does not print its settings",
    {
        "real mean": -3.0,
        "fake mean": 3.0,
        "std": 1.0,
        "x from": -8.0,
        "x to": 8.0,
        "values": 33,
        "width": 64,
        "depth": 3,
        "c": 0.01,
        "lr": 5e-4,
        "batch": 64,
        "steps": 2000,
        "seeds": list(range(8)),
    },
    {"discriminator": _discriminator, "critic": _critic},
    _gaussians_table,
    _gaussians_summary,
)

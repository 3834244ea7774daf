"""How long to train the judge: the study behind the last part of the chapter on the optimal critic.

The judges of two bells, frozen in closed form beside the trained ones, are in ``two_bells``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from wganlib.distances.examples import ring_of_gaussians
from wganlib.paper.study import (
    Arrays,
    Finding,
    Parts,
    Study,
    above,
    below,
    per_run,
    verdict_of,
)
from wganlib.training.evaluation import mode_coverage
from wganlib.training.history import History
from wganlib.training.lipschitz import GradientPenalty, LipschitzRule, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.objectives import WGAN, MinimaxGAN, NonSaturatingGAN, Objective
from wganlib.training.optimisers import Adam, Optimiser, RMSProp
from wganlib.training.train import train

#: The chapter's four games: what it calls them, what the generator descends on, the judge's rule.
GAMES: dict[str, tuple[str, Objective, LipschitzRule | None]] = {
    "gan-minimax": ("GAN, minimax", MinimaxGAN(), None),
    "gan-log-d": ("GAN, −log D", NonSaturatingGAN(), None),
    "wgan-clipping": ("WGAN, clipping", WGAN(), WeightClipping(0.1)),
    "wgan-penalty": ("WGAN, penalty", WGAN(), GradientPenalty(0.1)),
}
#: Places of the cells in the settings: one judge step, five and 25 for 300 generator steps; and
#: one and 25 for the 1,500 judge steps that five have had.
ONE, FIVE, MANY, LONG, SHORT = range(5)


def _play(
    game: str, cell: tuple[int, int], rates: list[float], seeds: list[int], points: int
) -> History:
    """Play a game with a rate and a seed for each run."""
    _, objective, rule = GAMES[game]
    n_critic, steps = cell
    optimiser: Optimiser = (
        RMSProp(tuple(rates)) if game == "wgan-clipping" else Adam(tuple(rates), (0.5, 0.9))
    )
    return train(
        MLP([2, 32, 32, 2], seed=seeds), MLP([2, 32, 32, 1], seed=seeds), ring_of_gaussians(),
        seed=seeds, steps=steps, n_critic=n_critic, objective=objective, lipschitz=rule,
        optimiser=optimiser, evaluate_every=steps, evaluation_points=points, device="cpu",
        on_failure="freeze",
    )  # fmt: skip


def _tuned(game: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Play every cell at every rate of the grid, on seeds of its own."""
    grid, own = settings["grid"], settings["tuning_seeds"]
    rates, seeds = np.repeat(grid, len(own)).tolist(), own * len(grid)
    ends = [
        _play(game, cell, rates, seeds, settings["points"]).em[-1] for cell in settings["cells"]
    ]
    return {"em": per_run(np.reshape(ends, (len(ends), len(grid), len(own))))}


def _played(game: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Play every cell at the rate that was best in the tuning."""
    seeds, centres = settings["seeds"], [part.mean for part in ring_of_gaussians().components]
    rows = []
    for cell, rate in zip(settings["cells"], settings["rates"][game], strict=True):
        rows.append(_play(game, cell, [rate] * len(seeds), seeds, settings["points"]))
    covered = [
        [mode_coverage(drawn, centres, 0.3).covered for drawn in row.samples[-1]] for row in rows
    ]
    return {
        "em": per_run([row.em[-1] for row in rows]),
        "modes": per_run(covered),
        "began": per_run(rows[0].em[0]),
        "floor": per_run(rows[0].em_floor),
        # What the figure draws: where one run ends, after 300 generator steps.
        "drawn": per_run([row.samples[-1, 0] for row in rows[: MANY + 1]]),
    }


# --- what it says ----------------------------------------------------------------------


def best_rates(settings: Mapping[str, Any], parts: Parts) -> dict[str, list[float]]:
    """Return the rate of the least mean EM in the tuning, for each game and cell.

    A run that broke counts as infinitely far away.
    """
    found = {}
    for game in GAMES:
        scores = parts[f"tuning-{game}"]["em"].astype(float)
        means = np.where(np.isnan(scores), np.inf, scores).mean(-1)
        found[game] = [settings["grid"][i] for i in means.argmin(-1)]
    return found


def at_the_edge(settings: Mapping[str, Any]) -> list[str]:
    """Name the cells whose best rate is the first or the last of the grid."""
    ends = (settings["grid"][0], settings["grid"][-1])
    return [
        f"{GAMES[game][0]} at {n} × {steps}"
        for game in GAMES
        for (n, steps), rate in zip(settings["cells"], settings["rates"][game], strict=True)
        if rate in ends
    ]


def family(values: npt.ArrayLike, size: int) -> tuple[float, float]:
    """Return a mean and half its interval, such that ``size`` of them cover together in 95 %.

    Source
    ------
    Student's t with Bonferroni's correction.

    Examples
    --------
    >>> from wganlib.paper.studies.optimal_critic import family
    >>> [round(x, 3) for x in family([1.0, 2.0, 3.0], 1)]
    [2.0, 2.484]
    """
    runs = np.asarray(values, float)
    half = stdtrit(runs.size - 1, 1 - 0.025 / size) * runs.std(ddof=1) / math.sqrt(runs.size)
    return float(runs.mean()), float(half)


def changes(parts: Parts) -> dict[str, dict[str, npt.NDArray[Any]]]:
    """Return EM with 25 judge steps minus EM with one, run by run, counted in both ways."""
    found: dict[str, dict[str, npt.NDArray[Any]]] = {}
    for game, (name, _, _) in GAMES.items():
        em = parts[game]["em"].astype(float)
        found[name] = {"generator": em[MANY] - em[ONE], "judge": em[SHORT] - em[LONG]}
    return found


def _say(mean: float, half: float) -> str:
    return f"{mean:+.2f} ± {half:.2f}".replace("-", "−")


def _optimality(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """S3: a longer trained judge hurts both GANs and helps both WGANs, whatever one counts.

    Per generator step and per judge step, each at 95 % over the four games together. The paper
    says that one can and *should* train to optimality, so what it costs belongs to the claim.
    """
    every = changes(parts)
    sure = {
        count: {name: family(row[count], len(GAMES)) for name, row in every.items()}
        for count in ("generator", "judge")
    }
    holds = []
    for each in sure.values():
        for name, (mean, half) in each.items():
            holds.append((below if name.startswith("WGAN") else above)(mean, half))
    helped = [
        sum(below(*sure[count][name]) is True for name in sure[count] if name.startswith("WGAN"))
        for count in sure
    ]
    hurt = [
        sum(above(*sure[count][name]) is True for name in sure[count] if name.startswith("GAN"))
        for count in sure
    ]
    edges = at_the_edge(settings)
    return Finding(
        verdict_of(*holds, scaled_down=True),
        f"With 25 judge steps in place of one, {hurt[0]} of 2 GANs end farther from the data and "
        f"{helped[0]} of 2 WGANs nearer, if generator steps are counted; at equal judge steps "
        f"{hurt[1]} of 2 GANs end farther and {helped[1]} of 2 WGANs nearer.",
        {
            f"change of EM, {name}, equal {count} steps": _say(*sure[count][name])
            for count in sure
            for name in every
        },
        seeds=len(settings["seeds"]),
        note="Ring of 8 Gaussians, 2 × 32 units. Mean change of exact EM over paired seeds, with "
        "intervals that cover together in 95 %. Equal generator steps: 300. Equal judge steps: "
        "1,500, so 25 × 60 against 1 × 1,500. Each cell has the best of eight learning rates, "
        "on seeds of the tuning alone. "
        + (
            f"At an edge of the grid: {', '.join(edges)}."
            if edges
            else "None is at the grid's edge."
        ),
    )


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    return {
        f"EM, {name}, {cell}": parts[game]["em"][i]
        for game, (name, _, _) in GAMES.items()
        for i, cell in enumerate(("1 × 300", "5 × 300", "25 × 300", "1 × 1500", "25 × 60"))
    }


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"seeds": str(len(settings["seeds"])), "rates": str(len(settings["grid"]))}
    found["tuning seeds"] = str(len(settings["tuning_seeds"]))
    for game, (name, _, _) in GAMES.items():
        em, modes = parts[game]["em"].astype(float), parts[game]["modes"].astype(float)
        for i, (n, steps) in enumerate(settings["cells"]):
            found[f"{name}, {n} x {steps}"] = f"{em[i].mean():.2f}"
            found[f"modes, {name}, {n} x {steps}"] = f"{modes[i].mean():.1f}"
    found["at the edge"] = "; ".join(at_the_edge(settings)) or "nothing"
    began = np.mean([parts[game]["began"] for game in GAMES])
    found["began"] = f"{began:.2f}"
    found["floor"] = f"{np.mean([parts[game]['floor'] for game in GAMES]):.2f}"
    return found


LONGER = Study(
    name="longer-trained-judges",
    question="Does it help a GAN, or a WGAN, to train the judge longer between generator steps?",
    settings={
        "seeds": list(range(16)),
        "tuning_seeds": list(range(100, 105)),
        "grid": [2.5e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2],
        # Judge steps for each generator step, generator steps.
        "cells": [[1, 300], [5, 300], [25, 300], [1, 1500], [25, 60]],
        "points": 250,
        # The best of the sweep, one for each cell: a test compares them with its kept scores.
        "rates": {
            "gan-minimax": [1.6e-2, 2e-3, 2e-3, 4e-3, 4e-3],
            "gan-log-d": [1.6e-2, 1e-3, 1e-3, 4e-3, 5e-4],
            "wgan-clipping": [8e-3, 4e-3, 2e-3, 4e-3, 2e-3],
            "wgan-penalty": [3.2e-2, 4e-3, 8e-3, 1.6e-2, 1.6e-2],
        },
    },
    parts={
        **{f"tuning-{game}": partial(_tuned, game) for game in GAMES},
        **{game: partial(_played, game) for game in GAMES},
    },
    quantities=_quantities,
    rows={"S3": _optimality},
    numbers=_numbers,
    tuning=tuple(f"tuning-{game}" for game in GAMES),
)

STUDIES = {study.name: study for study in (LONGER,)}

"""What balances a game: the ratio of rates against critic steps, and methods at equal budget."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import ttest_1samp

from wganlib.paper.studies._plane import floor, forgotten, measured, place, play, rule, stacked
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, per_run, verdict_of
from wganlib.training.intervals import confidence

# --- the ratio of rates, and the number of critic steps -----------------------------------


def _plane(method: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train at every number of critic steps and every ratio: arrays (steps, ratios, ..., runs)."""
    objective, name = method.split(" ")
    seeds, ratios, rate = settings["seeds"], settings["ratios"], settings["generator_rate"]
    data, rows = place("ring"), []
    for n_critic in settings["n_critic"]:
        critic = np.repeat([rate * ratio for ratio in ratios], len(seeds)).tolist()
        points = play(
            list(seeds) * len(ratios), objective=objective,
            lipschitz=rule(name, settings["strength"]), data=data, rates=(critic, rate),
            steps=settings["steps"], n_critic=n_critic,
        )  # fmt: skip
        cells = points.reshape(len(ratios), len(seeds), *points.shape[1:])
        rows.append(stacked([measured(at, data, seeds) for at in cells]))
    return stacked(rows)


def _paired(
    settings: Mapping[str, Any], em: npt.NDArray[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return per run what steps gain, what the ratio gains, and how far the two ends differ."""
    n = settings["n_critic"].index(settings["compared"])
    r, one = settings["ratios"].index(settings["compared"]), settings["ratios"].index(1)
    start, by_steps, by_ratio = em[0, one], em[n, one], em[0, r]
    return start - by_steps, start - by_ratio, by_ratio - by_steps


def _same(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """X7: four times the rate gains as four times the steps, up to half of what these gain."""
    words: list[bool | None] = []
    values: dict[str, float | str] = {}
    for method in settings["judged"]:
        steps, ratio, apart = _paired(settings, parts[method.replace(" ", "-")]["em"].astype(float))
        words.append(above(*map(float, confidence(ratio))))
        share = settings["margin"]
        words.append(above(*map(float, confidence(share * steps - apart))))
        words.append(above(*map(float, confidence(share * steps + apart))))
        word = method.split(" ")[1]
        for label, row in (
            ("EM gained by four steps", steps),
            ("EM gained by four times the rate", ratio),
            ("EM, rate less steps", apart),
        ):
            values[f"{word}: {label}"] = "{:.3f} ± {:.3f}".format(*confidence(row))
    return Finding(
        verdict_of(*words, scaled_down=True),
        "Four times the critic's rate and four critic steps: "
        + "; ".join(
            f"{method.split(' ')[1]} "
            f"{values[method.split(' ')[1] + ': EM gained by four times the rate']} and "
            f"{values[method.split(' ')[1] + ': EM gained by four steps']}"
            for method in settings["judged"]
        )
        + " less EM than one step at equal rates.",
        values,
        seeds=len(settings["seeds"]),
        note="The same number of generator steps at the same rate. Alike means within half of what "
        "the steps gain, fixed before the runs; paired by seed. Ring of eight clusters.",
    )


def shown(row: npt.ArrayLike, digits: int = 2) -> str:
    """Return a mean over runs with half its 95 % interval, as pages write it."""
    middle, half = confidence(np.ravel(row).astype(float))
    return f"{middle:.{digits}f} ± {half:.{digits}f}"


def _plane_numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"seeds": str(len(settings["seeds"]))}
    one, top = settings["ratios"].index(1), settings["n_critic"].index(settings["compared"])
    fast = settings["ratios"].index(settings["compared"])
    for method in settings["methods"]:
        part = parts[method.replace(" ", "-")]
        gone = forgotten(part["counts"])
        for label, cell in (("one step", (0, one)), ("four steps", (top, one)),
                            ("four times the rate", (0, fast))):  # fmt: skip
            found[f"{method}, {label}, EM"] = shown(part["em"][cell])
            found[f"{method}, {label}, forgotten"] = f"{gone[cell].mean():.1f}"
        found[f"{method}, rate less steps"] = shown(_paired(settings, part["em"].astype(float))[2])
    return found


RATE = Study(
    name="rate-or-steps",
    question="Does the ratio of learning rates do what the number of critic steps does?",
    settings={
        "seeds": list(range(20)),
        "methods": ["gan-log-d none", "wgan penalty", "wgan clipping"],
        "judged": ["wgan penalty", "wgan clipping"],
        "n_critic": [1, 2, 4],
        "ratios": [1, 2, 4],
        "generator_rate": 1e-3,
        "strength": 0.1,
        "steps": 300,
        "compared": 4,
        "margin": 0.5,
    },
    parts={
        name.replace(" ", "-"): partial(_plane, name)
        for name in ("gan-log-d none", "wgan penalty", "wgan clipping")
    },
    quantities=lambda parts: {
        f"EM, {name}, {i} and {j}": part["em"][i, j]
        for name, part in parts.items()
        for i, j in ((0, 0), (2, 0), (0, 2))
    },
    rows={"X7": _same},
    numbers=_plane_numbers,
    check_seeds=16,
)

# --- the same budget for every method -----------------------------------------------------

METHODS = {
    "GAN, minimax": ("gan-minimax", "none"),
    "GAN, −log D": ("gan-log-d", "none"),
    "GAN, penalty": ("gan-log-d", "penalty"),
    "WGAN, penalty": ("wgan", "penalty"),
    "WGAN, clipping": ("wgan", "clipping"),
}


def drawn(settings: Mapping[str, Any], name: str) -> npt.NDArray[np.float64]:
    """Return the settings that every search tries, (searches, tries, 4).

    Critic's rate, generator's rate, critic steps, strength of the rule. The first three are the
    same for all methods; the last lies between bounds of the rule's own.
    """
    low, high = settings["strengths"].get(name, (1, 1))
    found = []
    for seed in settings["seeds"]:
        u = np.random.default_rng([seed, 6]).random((settings["tries"], 4))
        rate = settings["rates"][0] * (settings["rates"][1] / settings["rates"][0]) ** u[:, 0]
        ratio = settings["ratios"][0] * (settings["ratios"][1] / settings["ratios"][0]) ** u[:, 1]
        steps = np.where(u[:, 2] < 0.5, *settings["n_critic"])
        strength = low * (high / low) ** u[:, 3]
        root = np.sqrt(ratio)
        found.append(np.stack([rate * root, rate / root, steps, strength], 1))
    return np.array(found)


def _search(method: str, where: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train every try of every search for the same number of updates of a network."""
    objective, name = METHODS[method]
    tries = drawn(settings, name)
    seeds = np.repeat(settings["seeds"], settings["tries"]).reshape(tries.shape[:2])
    seeds = 1000 * seeds + np.arange(settings["tries"])
    data = place(where)
    chosen, test = np.full(seeds.shape, np.nan), np.full(seeds.shape, np.nan)
    lost = np.zeros(seeds.shape, np.int16)
    for n_critic in settings["n_critic"]:
        at = tries[..., 2] == n_critic
        if not at.any():
            continue
        run = seeds[at].tolist()
        points = play(
            run, objective=objective, lipschitz=rule(name, tuple(tries[at][:, 3].tolist())),
            data=data, rates=(tries[at][:, 0].tolist(), tries[at][:, 1].tolist()),
            steps=settings["updates"] // (1 + n_critic), n_critic=n_critic,
        )  # fmt: skip
        first = measured(points, data, run, settings["points"])
        second = measured(
            points[:, settings["points"] :], data, [s + 500 for s in run], settings["points"]
        )
        chosen[at], test[at] = first["em"], second["em"]
        lost[at] = forgotten(first["counts"])
    return {"validation": per_run(chosen.T), "test": per_run(test.T), "forgotten": lost.T}


def best_of(part: Mapping[str, npt.NDArray[Any]], tries: int) -> npt.NDArray[Any]:
    """Return the test EM of the try that is best by validation among the first so many."""
    at = part["validation"][:tries].argmin(0)
    found: npt.NDArray[Any] = np.take_along_axis(part["test"][:tries], at[None], 0)[0]
    return found


def cells(settings: Mapping[str, Any], parts: Parts) -> dict[str, dict[str, npt.NDArray[Any]]]:
    """Return the test EM of every method in every cell of problem and budget, per search."""
    return {
        f"{where}, {budget} tries": {
            name: best_of(parts[f"{_short(name)}-{where}"], budget).astype(float)
            for name in METHODS
        }
        for where in settings["problems"]
        for budget in settings["budgets"]
    }


def _short(method: str) -> str:
    return "-".join(METHODS[method]).replace("-none", "")


def beaten(table: Mapping[str, Mapping[str, npt.NDArray[Any]]]) -> dict[str, bool | None]:
    """Say of each method whether it is beaten somewhere: yes, no (it beats all), or None.

    Differences of log EM, paired by search, one-sided t-tests, Holm's correction at 5 % over
    all pairs in all cells.
    """
    asked, odds = [], []
    for cell, rows in table.items():
        for name, em in rows.items():
            for other, theirs in rows.items():
                if other != name:
                    gap = np.log(em) - np.log(theirs)
                    found = ttest_1samp(gap, 0, alternative="greater").pvalue
                    asked.append((cell, name, other))
                    # Equal in every search: no sign of a difference.
                    odds.append(1.0 if np.isnan(found) else float(found))
    order = np.argsort(odds)
    worse = set()
    for rank, i in enumerate(order):
        if odds[i] > 0.05 / (len(odds) - rank):
            break
        worse.add(asked[i])
    said: dict[str, bool | None] = {}
    for name in METHODS:
        loses = any(one == name for _, one, _ in worse)
        wins = sum(other == name for _, _, other in worse)
        everywhere = len(table) * (len(METHODS) - 1)
        said[name] = True if loses else False if wins == everywhere else None
    return said


def _no_winner(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """X6: every method is beaten by another in some cell of problem and budget."""
    table = cells(settings, parts)
    said = beaten(table)
    least = {cell: min(rows, key=lambda name: rows[name].mean()) for cell, rows in table.items()}
    open_ = [name for name, word in said.items() if word is not True]
    most = settings["budgets"][-1]
    return Finding(
        verdict_of(*said.values(), scaled_down=True),
        f"Of {len(METHODS)} methods at equal budget, {len(METHODS) - len(open_)} are beaten by "
        "another somewhere; with all tries the least mean EM is that of "
        + " and of ".join(
            f"{least[f'{where}, {most} tries']} on the {where}" for where in settings["problems"]
        )
        + ".",
        {
            **{f"least mean EM, {cell}": name for cell, name in least.items()},
            "methods beaten somewhere": f"{sum(w is True for w in said.values())} of {len(said)}",
        },
        seeds=len(settings["seeds"]),
        note=f"{len(settings['seeds'])} random searches of {settings['tries']} tries a method, the "
        "same rates, ratios and critic steps for all, "
        f"{settings['updates']} updates of a network a try; paired t-tests of log EM, Holm over "
        "all pairs in all cells. Plane in place of images.",
    )


def _search_numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {
        "searches": str(len(settings["seeds"])),
        "tries": str(settings["tries"]),
        "updates": str(settings["updates"]),
    }
    for where in settings["problems"]:
        for name in METHODS:
            part = parts[f"{_short(name)}-{where}"]
            for budget in settings["budgets"]:
                found[f"{name}, {where}, {budget}"] = shown(best_of(part, budget))
            found[f"{name}, {where}, median try"] = f"{np.median(part['test']):.2f}"
        found[f"floor, {where}"] = f"{parts['floors'][where].mean():.2f}"
    return found


def _floors(settings: Mapping[str, Any], progress: bool) -> Arrays:
    return {
        where: floor(place(where), settings["seeds"], settings["points"])
        for where in settings["problems"]
    }


BUDGET = Study(
    name="equal-budget",
    question="Does one method win throughout if all get the same random search?",
    settings={
        "seeds": list(range(10)),
        "tries": 5,
        "updates": 800,
        "points": 150,
        "problems": ["ring", "grid"],
        "budgets": [1, 2, 5],
        "rates": [3e-4, 1e-2],
        "ratios": [0.25, 16],
        "n_critic": [1, 5],
        "strengths": {"penalty": [0.01, 10], "clipping": [0.03, 1]},
    },
    parts={
        **{
            f"{_short(name)}-{where}": partial(_search, name, where)
            for name in METHODS
            for where in ("ring", "grid")
        },
        "floors": _floors,
    },
    quantities=lambda parts: {
        f"EM, {name}": best_of(part, 5) for name, part in parts.items() if name != "floors"
    },
    rows={"X6": _no_winner},
    numbers=_search_numbers,
    check_seeds=8,
)

STUDIES = {study.name: study for study in (RATE, BUDGET)}

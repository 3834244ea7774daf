"""Which trainings forget modes: every objective under every rule, and the paper's five steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib.paper.studies._plane import (
    OBJECTIVES,
    floor,
    forgotten,
    measured,
    place,
    play,
    rule,
    stacked,
)
from wganlib.paper.study import (
    Arrays,
    Finding,
    Parts,
    Study,
    beyond,
    per_run,
    share,
    verdict_of,
)

RULES = ("none", "clipping", "penalty", "one-sided")
#: The chapter's five methods, each a cell of the design.
METHODS = {
    "GAN, minimax": "gan-minimax none",
    "GAN, −log D": "gan-log-d none",
    "GAN, penalty": "gan-log-d penalty",
    "WGAN, penalty": "wgan penalty",
    "WGAN, clipping": "wgan clipping",
}
#: The methods whose first run the chapter draws.
DRAWN = ("gan-minimax none", "wgan penalty")


def rates(rate: float, ratio: float) -> tuple[float, float]:
    """Return the critic's and the generator's rate, of a given geometric mean and ratio."""
    return rate * float(np.sqrt(ratio)), rate / float(np.sqrt(ratio))


def _at_ratios(
    cell: str,
    seeds: Sequence[int],
    ratios: Sequence[float],
    settings: Mapping[str, Any],
    **more: Any,
) -> npt.NDArray[np.float64]:
    """Return points of every run at every ratio, (ratios, runs, 1000, d), trained as one batch."""
    objective, name = cell.split(" ")
    pairs = [rates(settings["rate"], ratio) for ratio in ratios]
    each = [tuple(np.repeat(side, len(seeds)).tolist()) for side in zip(*pairs, strict=True)]
    points = play(
        list(seeds) * len(ratios), objective=objective, lipschitz=rule(name, settings["strength"]),
        rates=(each[0], each[1]), **more,
    )  # fmt: skip
    return points.reshape(len(ratios), len(seeds), *points.shape[1:])


def _cell(cell: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train one objective under one rule on the ring, at all ratios."""
    seeds, data = settings["seeds"], place("ring")
    points = _at_ratios(cell, seeds, settings["ratios"], settings, data=data,
                        steps=settings["steps"])  # fmt: skip
    found = stacked([measured(at, data, seeds) for at in points])
    if cell in DRAWN:
        found["cloud"] = per_run(points[:, 0, :150])
    return found


def _narrow(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train the five methods with a narrow generator, at two ratios: cases in front."""
    seeds, data = settings["seeds"], place("ring")
    rows = []
    for cell in METHODS.values():
        points = _at_ratios(
            cell, seeds, settings["narrow_ratios"], settings, data=data,
            steps=settings["steps"], hidden=settings["narrow"],
        )  # fmt: skip
        rows += [measured(at, data, seeds) for at in points]
    return stacked(rows)


def _floors(settings: Mapping[str, Any], progress: bool) -> Arrays:
    return {"em": floor(place("ring"), settings["seeds"])}


def _which(cell: str) -> str:
    objective, name = cell.split(" ")
    return f"{objective}-{name}"


def lost(parts: Parts, cell: str) -> npt.NDArray[np.int_]:
    """Return the modes that each run of a cell has forgotten, (ratios, runs)."""
    return forgotten(parts[_which(cell)]["counts"])


def stress(settings: Mapping[str, Any], parts: Parts) -> dict[str, npt.NDArray[np.int_]]:
    """Return the modes forgotten in every group of WGAN runs: the table that S1b rests on."""
    ratios = settings["ratios"]
    names, narrow = list(METHODS), forgotten(parts["narrow"]["counts"])
    table = {}
    for name in RULES[1:]:
        for ratio, runs in zip(ratios, lost(parts, f"wgan {name}"), strict=True):
            table[f"ring, {name}, ratio {ratio:g}"] = runs
    for name in ("WGAN, penalty", "WGAN, clipping"):
        at = names.index(name)
        word = name.removeprefix("WGAN, ")
        for j, ratio in enumerate(settings["narrow_ratios"]):
            runs = narrow[at * len(settings["narrow_ratios"]) + j]
            table[f"narrow generator, {word}, ratio {ratio:g}"] = runs
    return table


def _whatever(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """S1b: in no group of WGAN runs does more than one run in twenty forget a mode."""
    table = stress(settings, parts)
    every = np.concatenate(list(table.values()))
    many = {group: int((runs > 0).sum()) for group, runs in table.items()}
    # One group is enough to refute "whatever": a group's interval, corrected for their number.
    level = 0.05 / len(table)
    words = [
        beyond(share(many[group], runs.size, level), settings["margin"])
        for group, runs in table.items()
    ]
    holds = False if any(words) else True if all(word is False for word in words) else None
    worst = max(many, key=lambda group: many[group])
    bad = sum(word is True for word in words)
    return Finding(
        verdict_of(holds, scaled_down=True),
        f"{int((every > 0).sum())} of {every.size} WGAN runs forget a mode; in {bad} of "
        f"{len(table)} groups more than one run in twenty does.",
        {
            "WGAN runs that forget a mode": f"{int((every > 0).sum())} of {every.size}",
            "groups where more than one in twenty does": f"{bad} of {len(table)}",
            "worst group": f"{worst}: {many[worst]} of {table[worst].size}",
            "runs that forget half of the modes": str(int((every >= 4).sum())),
        },
        seeds=len(settings["seeds"]),
        note="Groups with a critic that learns more slowly than the generator, a tight box, or a "
        "generator of four layers of 8 were put there to do harm. Plane in place of images.",
    )


def ahead(settings: Mapping[str, Any], parts: Parts, objective: str, names: Sequence[str]) -> str:
    """Return how many runs forget when the judge learns faster, as ``a of b``."""
    fast = [i for i, ratio in enumerate(settings["ratios"]) if ratio > 1]
    runs = np.concatenate([lost(parts, f"{objective} {name}")[fast].ravel() for name in names])
    return f"{int((runs > 0).sum())} of {runs.size}"


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"runs": str(len(settings["seeds"]))}
    for objective in OBJECTIVES:
        found[f"{objective}, no rule, judge ahead"] = ahead(settings, parts, objective, ["none"])
        for name in RULES[1:]:
            found[f"{objective}, {name}, judge ahead"] = ahead(settings, parts, objective, [name])
    slow = settings["ratios"].index(0.25)
    behind = [lost(parts, f"{objective} {name}")[slow] for objective in OBJECTIVES
              for name in RULES]  # fmt: skip
    found["all cells, judge behind"] = (
        f"{sum(int((runs > 0).sum()) for runs in behind)} of {sum(runs.size for runs in behind)}"
    )
    level = settings["ratios"].index(1)
    for objective in OBJECTIVES:
        for name in RULES:
            runs = lost(parts, f"{objective} {name}")[level]
            found[f"{objective}, {name}, level"] = f"{int((runs > 0).sum())} of {runs.size}"
    narrow = forgotten(parts["narrow"]["counts"])
    for i, name in enumerate(METHODS):
        for j, ratio in enumerate(settings["narrow_ratios"]):
            runs = narrow[i * len(settings["narrow_ratios"]) + j]
            found[f"narrow, {name}, ratio {ratio:g}"] = f"{runs.mean():.1f}"
    return found


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    return {
        f"EM, {cell}, ratio no. {i}": row
        for cell in METHODS.values()
        for i, row in enumerate(parts[_which(cell)]["em"])
    }


WHO = Study(
    name="who-forgets",
    question="Which objective, under which rule, at which ratio of learning rates, forgets modes?",
    settings={
        "seeds": list(range(32)),
        "ratios": [0.25, 1, 4, 16],
        "rate": 2e-3,
        "strength": 0.1,
        "steps": 500,
        "narrow": [8, 8, 8, 8],
        "narrow_ratios": [1, 4],
        "margin": 0.05,
    },
    parts={
        **{
            f"{objective}-{name}": partial(_cell, f"{objective} {name}")
            for objective in OBJECTIVES
            for name in RULES
        },
        "narrow": _narrow,
        "floor": _floors,
    },
    quantities=_quantities,
    rows={"S1b": _whatever},
    numbers=_numbers,
)


# --- the paper's five critic steps --------------------------------------------------------


def _tuning(name: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Return EM on the ring for every rate and strength, (rates, strengths, tuning seeds)."""
    seeds, strengths = settings["tuning_seeds"], settings["grids"][name]
    scores = []
    for rate in settings["grids"]["rate"]:
        each = np.repeat(strengths, len(seeds)).tolist()
        points = play(
            list(seeds) * len(strengths), objective="wgan", lipschitz=rule(name, tuple(each)),
            data=place("ring"), rates=(rate, rate), steps=settings["steps"]["ring"], n_critic=5,
        )  # fmt: skip
        em = measured(points, place("ring"), list(seeds) * len(strengths))["em"]
        scores.append(em.reshape(len(strengths), len(seeds)))
    return {"em": np.stack(scores)}


def _five(name: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train with five critic steps, at the settings that the tuning chose, on ring and grid."""
    rate, strength = settings["chosen"][name]
    seeds = settings["seeds"]
    found: Arrays = {}
    for where in ("ring", "grid"):
        data = place(where)
        points = play(
            seeds, objective="wgan", lipschitz=rule(name, strength), data=data,
            rates=(rate, rate), steps=settings["steps"][where], n_critic=5,
        )  # fmt: skip
        found |= {f"{key}_{where}": v for key, v in measured(points, data, seeds).items()}
    return found


def best(settings: Mapping[str, Any], parts: Parts, name: str) -> tuple[list[float], bool]:
    """Return the rate and strength of least mean EM, and whether they lie inside the grid."""
    score = parts[f"tune-{name}"]["em"].mean(-1)
    i, j = np.unravel_index(score.argmin(), score.shape)
    inside = 0 < i < score.shape[0] - 1 and 0 < j < score.shape[1] - 1
    return [settings["grids"]["rate"][i], settings["grids"][name][j]], bool(inside)


def _five_steps(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """S1a: of the runs under either rule, fewer than one in twenty forgets a mode."""
    values: dict[str, float | str] = {}
    words, total, of, half = [], 0, 0, 0
    for name in ("clipping", "penalty"):
        both = [forgotten(parts[name][f"counts_{where}"]) for where in ("ring", "grid")]
        runs = np.concatenate(both)
        some = int((runs > 0).sum())
        above = beyond(share(some, runs.size), settings["margin"])
        words.append(None if above is None else not above)
        for where, row in zip(("ring", "grid of 25"), both, strict=True):
            values[f"{name}, {where}: runs that forget a mode"] = (
                f"{int((row > 0).sum())} of {row.size}"
            )
        values[f"{name}, most modes forgotten"] = str(int(runs.max()))
        half += int((both[0] >= 4).sum() + (both[1] >= 13).sum())
        total, of = total + some, of + runs.size
    values["runs that forget half of the modes or more"] = str(half)
    return Finding(
        verdict_of(*words, scaled_down=True),
        f"With five critic steps {total} of {of} WGAN runs forget a mode, "
        f"and {half} forget half of them.",
        values,
        seeds=len(settings["seeds"]),
        note="Rate and rule's strength tuned by EM on the ring, on other seeds, and kept for the "
        "grid of 25: there most failures are, after 400 steps, and one that was not "
        "found yet counts as forgotten. The margin, one run in twenty, was fixed before the runs. "
        "Plane in place of images.",
    )


def _five_numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    found = {"seeds": str(len(settings["seeds"]))}
    for name in ("clipping", "penalty"):
        for where in ("ring", "grid"):
            runs = forgotten(parts[name][f"counts_{where}"])
            found[f"{name}, {where}"] = f"{int((runs > 0).sum())} of {runs.size}"
            found[f"{name}, {where}, EM"] = f"{parts[name][f'em_{where}'].mean():.2f}"
        rate, strength = settings["chosen"][name]
        found[f"{name}, rate"], found[f"{name}, strength"] = f"{rate:g}", f"{strength:g}"
    return found


FIVE = Study(
    name="five-critic-steps",
    question="Does a WGAN with five critic steps for each generator step forget modes?",
    settings={
        "seeds": list(range(40)),
        "tuning_seeds": list(range(1000, 1004)),
        "grids": {
            "rate": [1e-3, 2e-3, 4e-3, 8e-3],
            "clipping": [0.03, 0.1, 0.3],
            "penalty": [0.3, 1.0, 3.0, 10.0],
        },
        "chosen": {"clipping": [4e-3, 0.1], "penalty": [4e-3, 3.0]},
        "steps": {"ring": 300, "grid": 400},
        "margin": 0.05,
    },
    parts={
        "tune-clipping": partial(_tuning, "clipping"),
        "tune-penalty": partial(_tuning, "penalty"),
        "clipping": partial(_five, "clipping"),
        "penalty": partial(_five, "penalty"),
    },
    quantities=lambda parts: {
        f"EM, {name}, {where}": parts[name][f"em_{where}"]
        for name in ("clipping", "penalty")
        for where in ("ring", "grid")
    },
    rows={"S1a": _five_steps},
    numbers=_five_numbers,
    tuning=("tune-clipping", "tune-penalty"),
    check_seeds=16,
)

STUDIES = {study.name: study for study in (WHO, FIVE)}

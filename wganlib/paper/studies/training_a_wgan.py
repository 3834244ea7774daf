"""Algorithm 1 on the ring, and what its critic tells: the studies of the chapter on training."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import spearmanr

from wganlib._validate import FloatArray
from wganlib.distances._cells import Cells, cut
from wganlib.distances.examples import ring_of_gaussians
from wganlib.distances.semidiscrete import semidiscrete_distance
from wganlib.paper.study import (
    Arrays,
    Finding,
    Parts,
    Study,
    above,
    beyond,
    per_run,
    share,
    verdict_of,
)
from wganlib.training.evaluation import gradient_norms
from wganlib.training.intervals import Guide, confidence, correlation_with_baselines, holm
from wganlib.training.lipschitz import GradientPenalty, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.optimisers import RMSProp
from wganlib.training.sampling import generate
from wganlib.training.train import train
from wganlib.training.trainer import TrainingState

#: The two critics whose estimates are held against the truth.
CRITICS = ("clipping", "penalty")
#: What may be put for K: rows of ``slopes`` in a part.
RULERS = ("steepest chord", "largest gradient norm", "mean gradient norm")


def networks(seeds: list[int], width: int) -> tuple[MLP, MLP]:
    """Return generators and critics of three hidden layers, one of each for a seed."""
    hidden = [width] * 3
    return MLP([2, *hidden, 2], seed=seeds), MLP([2, *hidden, 1], seed=seeds)


def repeated(values: Iterable[float], times: int) -> tuple[float, ...]:
    """Return each value so many times: a setting for every run, in blocks of seeds."""
    return tuple(float(value) for value in values for _ in range(times))


def matching_em(x: FloatArray, y: FloatArray) -> float:
    """Return W₁ of two samples of one size: the mean cost of their cheapest matching."""
    cost = cdist(x, y)
    return float(cost[linear_sum_assignment(cost)].mean())


def em_to_ring(x: FloatArray, error: float) -> float:
    """Return W₁ of points to the ring of Gaussians itself, right to the error."""
    return semidiscrete_distance(x, ring_of_gaussians(8), error=error).value


@functools.cache
def ring_cells(count: int) -> Cells:
    """Return the ring cut into about so many cells: their centres stand for the real points.

    A cell's centre is the mean of the ring within it. So by Jensen's inequality the centres are
    no farther from any points than the ring is, and a lower bound for them is one for the ring.
    """
    return cut(ring_of_gaussians(8), count)


def steepest_chord(up: FloatArray, down: FloatArray, real: FloatArray, fake: FloatArray) -> float:
    """Return the largest slope of a critic from a generated point up to a real one.

    The mean of ``up`` less the mean of ``down``, over this slope, is at most the EM distance of
    the two samples, whatever the critic does elsewhere.
    """
    return float(((up[:, None] - down) / cdist(real, fake)).max())


def final_em(generator: MLP, seeds: list[int], n: int, draws: int) -> FloatArray:
    """Return exact EM of every run to data, the same real points for runs of one seed."""
    ring, each = ring_of_gaussians(8), seeds * (generator.runs // len(seeds))
    em = np.zeros(generator.runs)
    for draw in range(draws):
        fakes = generate(generator, n, seed=[10_000_000 * (draw + 1) + seed for seed in each])
        for run, seed in enumerate(each):
            real = ring.sample(n, seed=np.random.default_rng([seed, draw]))
            em[run] += matching_em(real, fakes[run]) / draws
    return em


def _look(critic: MLP, seeds: list[int], settings: Mapping[str, Any], log: list[Any]) -> Any:
    """Return a callback that measures the last ``len(seeds)`` runs at the steps of the settings."""
    ring, n, keep = ring_of_gaussians(8), settings["points"], slice(-len(seeds), None)

    def look(state: TrainingState) -> None:
        if state.step not in settings["looks"]:
            return
        rngs = [np.random.default_rng([seed, state.step]) for seed in seeds]
        real = np.stack([ring.sample(n, seed=rng) for rng in rngs])
        each = [int(rng.integers(2**31)) for rng in rngs]
        fake = state.sample(n, seed=each * (critic.runs // len(seeds)))[keep]
        part = np.stack([rng.random((n, 1)) for rng in rngs])
        places = np.concatenate([real, fake, part * real + (1 - part) * fake], 1)
        times = critic.runs // len(seeds)
        norms = gradient_norms(critic, np.tile(places, (times, 1, 1)))[keep]
        scores = state.score(np.tile(places, (times, 1, 1)))[keep, :, 0]
        up, down = scores[:, :n], scores[:, n : 2 * n]
        chords = [steepest_chord(*four) for four in zip(up, down, real, fake, strict=True)]
        em = [matching_em(*pair) for pair in zip(real, fake, strict=True)]
        log.append((em, up.mean(1) - down.mean(1), chords, norms.max(1), norms.mean(1)))

    return look


def _looked(log: list[Any]) -> Arrays:
    em, estimate, *slopes = (per_run(column) for column in zip(*log, strict=True))
    return {"em": em, "estimate": estimate, "slopes": np.stack(slopes, axis=1)}


def _clipping(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Algorithm 1 at each rate and box; the last of them is looked at along the way."""
    seeds, pairs = settings["seeds"], settings["rates_and_boxes"]
    runs, log = seeds * len(pairs), []  # type: ignore[var-annotated]
    generator, critic = networks(runs, settings["width"])
    start = generator.flat.detach().clone()
    before = final_em(generator, runs, settings["points"], settings["draws"])[: len(seeds)]
    rates, boxes = (repeated(column, len(seeds)) for column in zip(*pairs, strict=True))
    train(
        generator, critic, ring_of_gaussians(8), seed=runs, steps=settings["steps"],
        optimiser=RMSProp(rates), lipschitz=WeightClipping(boxes),
        callbacks=[_look(critic, seeds, settings, log)], progress=progress,
    )  # fmt: skip
    shape = (len(pairs), len(seeds))
    weights = critic.flat.detach().abs().numpy()
    data = [np.random.default_rng([seed, 99]) for seed in seeds]
    halves = [ring_of_gaussians(8).sample(2 * settings["points"], seed=rng) for rng in data]
    after = final_em(generator, runs, settings["points"], settings["draws"])
    return _looked(log) | {
        "before": per_run(before),
        "after": per_run(after.reshape(shape)),
        "moved": per_run((generator.flat - start).abs().mean(1).detach().reshape(shape)),
        "at_walls": per_run((weights > 0.999 * np.array(boxes)[:, None]).mean(1).reshape(shape)),
        "floor": per_run([matching_em(*np.split(half, 2)) for half in halves]),
    }


def _penalty(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """The same networks with a gradient penalty, looked at in the same way."""
    seeds, log = settings["seeds"], []  # type: ignore[var-annotated]
    generator, critic = networks(seeds, settings["width"])
    train(
        generator, critic, ring_of_gaussians(8), seed=seeds, steps=settings["steps"],
        optimiser=RMSProp(settings["penalty_rate"]), lipschitz=GradientPenalty(settings["lambda"]),
        callbacks=[_look(critic, seeds, settings, log)], progress=progress,
    )  # fmt: skip
    return _looked(log)


def _against_ring(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Runs of some of the seeds against the ring itself: no second sample, a lower floor.

    They start as the runs of the other parts do. Fewer at once are rounded otherwise, which
    grows, so that in the end they are other runs of the same kind.
    """
    seeds, n, cells = (
        settings["seeds"][: settings["ring_runs"]],
        settings["points"],
        ring_cells(settings["cells"]),
    )
    error = settings["em_error"]
    found: Arrays = {}
    rate, box = settings["rates_and_boxes"][-1]
    rules: tuple[tuple[str, float, Any], ...] = (
        ("clipping", rate, WeightClipping(box)),
        ("penalty", settings["penalty_rate"], GradientPenalty(settings["lambda"])),
    )
    for name, lr, rule in rules:
        generator, critic = networks(seeds, settings["width"])
        log: list[tuple[list[float], list[float]]] = []

        def look(state: TrainingState, log: Any = log, runs: int = len(seeds)) -> None:
            if state.step not in settings["ring_looks"]:
                return
            fake = state.sample(n, seed=[10_000_000 + seed for seed in seeds])
            centres = np.broadcast_to(cells.centre, (runs, *cells.centre.shape))
            scores = state.score(np.concatenate([fake, centres], 1))[..., 0]
            down, up = np.split(scores, [n], axis=1)
            slopes = [
                steepest_chord(one, other, cells.centre, x)
                for one, other, x in zip(up, down, fake, strict=True)
            ]
            rises = up @ cells.mass - down.mean(1)
            log.append(([em_to_ring(x, error) for x in fake], list(rises / slopes)))

        train(
            generator, critic, ring_of_gaussians(8), seed=seeds, steps=settings["steps"],
            optimiser=RMSProp(lr), lipschitz=rule, callbacks=[look], progress=progress,
        )  # fmt: skip
        em, bound = (per_run(column) for column in zip(*log, strict=True))
        found |= {f"em, {name}": em, f"bound, {name}": bound}
    samples = [ring_of_gaussians(8).sample(n, seed=np.random.default_rng([s, 99])) for s in seeds]
    return found | {"floor": per_run([em_to_ring(x, error) for x in samples])}


def _film(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """One run with the penalty, filmed: points from the same noise, and the critic on a grid."""
    seed, n, grid = settings["film_seed"], settings["points"], settings["film_grid"]
    error, cells = settings["em_error"], ring_cells(settings["cells"])
    generator, critic = networks([seed], settings["width"])
    real = ring_of_gaussians(8).sample(n, seed=np.random.default_rng([seed, 1]))
    reach = settings["film_reach"]
    middle = (np.arange(grid) + 0.5) * 2 * reach / grid - reach
    places = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
    frames: list[tuple[Any, ...]] = []

    def film(state: TrainingState) -> None:
        if state.step not in settings["film_steps"]:
            return
        fake = state.sample(n, seed=[seed])[0]
        up, down, ground = (state.score(x[None])[0, :, 0] for x in (cells.centre, fake, places))
        slope = steepest_chord(up, down, cells.centre, fake)
        high, low = float(up @ cells.mass), float(down.mean())
        picture = ((ground - (high + low) / 2) / slope).reshape(grid, grid)
        frames.append((fake[:160], picture, (high - low) / slope, em_to_ring(fake, error)))

    train(
        generator, critic, ring_of_gaussians(8), seed=[seed], steps=settings["film_steps"][-1],
        optimiser=RMSProp(settings["penalty_rate"]), lipschitz=GradientPenalty(settings["lambda"]),
        callbacks=[film], progress=progress,
    )  # fmt: skip
    generated, pictures, reported, em = (per_run(column) for column in zip(*frames, strict=True))
    return {
        "generated": generated, "critic": pictures, "estimate": reported, "em": em,
        "real": per_run(real[:160]), "floor": per_run([em_to_ring(real, error)]),
    }  # fmt: skip


# --- what it says --------------------------------------------------------------------------


def _pm(values: npt.ArrayLike, digits: int = 2) -> str:
    mean, half = confidence(np.asarray(values, float))
    return f"{mean:.{digits}f} ± {half:.{digits}f}".replace("-", "−")


def _descends(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """A1: as printed, the generator comes closer.

    Margins: the mean gain's interval lies above 0, and by the interval of a share more than
    four runs in five come closer.
    """
    part = parts["clipping"]
    before, after = np.asarray(part["before"], float), np.asarray(part["after"], float)
    closer, runs = int((after[0] < before).sum()), before.size
    gain = confidence(before - after[0])
    return Finding(
        verdict_of(
            above(float(gain[0]), float(gain[1])),
            beyond(share(closer, runs), 0.8),
            scaled_down=True,
        ),
        f"As printed, Algorithm 1 comes closer in {closer} of {runs} runs, from an EM of "
        f"{_pm(before)} to {_pm(after[0])} in {settings['steps']} steps; with twenty times the "
        f"learning rate it reaches {_pm(after[1])}.",
        {
            "EM before": _pm(before),
            "EM after, as printed": _pm(after[0]),
            "runs that came closer": f"{closer} of {runs}",
            "α = 0.001": _pm(after[1]),
            "c = 0.1": _pm(after[2]),
            "both": _pm(after[3]),
            "real against real": _pm(part["floor"]),
        },
        seeds=len(settings["seeds"]),
        note="Ring of 8 Gaussians in the plane in place of bedrooms, three layers of 32, 800 "
        "generator steps. In this budget the printed learning rate does not get near the data.",
    )


def shares(parts: Parts, critic: str, ruler: str = RULERS[0]) -> FloatArray:
    """Return estimate/K over exact EM at each look and run, shape (looks, runs)."""
    part = parts[critic]
    slope = np.asarray(part["slopes"][:, RULERS.index(ruler)], float)
    return np.asarray(np.asarray(part["estimate"], float) / slope / part["em"])


def ring_shares(parts: Parts) -> dict[str, FloatArray]:
    """Return, for each critic, the share of EM to the ring that it bounds, shape (looks, runs)."""
    part = parts["ring"]
    return {
        critic: np.asarray(part[f"bound, {critic}"], float) / part[f"em, {critic}"]
        for critic in CRITICS
    }


def guides(parts: Parts) -> dict[tuple[str, str], Guide]:
    """Return what each critic's estimate, and its estimate/K, tell about exact EM."""
    found = {}
    for critic in CRITICS:
        part = parts[critic]
        estimate, em = np.asarray(part["estimate"], float), np.asarray(part["em"], float)
        chord = np.asarray(part["slopes"][:, 0], float)
        for name, curve in (("estimate", estimate), ("estimate/K", estimate / chord)):
            found[critic, name] = correlation_with_baselines(curve, em, seed=0)
    return found


def across(parts: Parts, critic: str) -> tuple[float, float]:
    """Return ρ over runs of the last estimate/K with the last exact EM, and its p-value."""
    part = parts[critic]
    last = np.asarray(part["estimate"][-1] / part["slopes"][-1, 0], float)
    em = np.asarray(part["em"][-1], float)
    if not np.ptp(last) or not np.ptp(em):
        return 0.0, 1.0  # nothing to rank: no run is told from another
    found = spearmanr(last, em)
    return float(found.statistic), float(found.pvalue)


def told(parts: Parts) -> dict[str, tuple[float, float]]:
    """Return each comparison of the family: by how much own ρ is larger, and Holm's p."""
    found = guides(parts)
    family = {}
    for (critic, name), guide in found.items():
        family[f"{critic}, {name}, own less other runs"] = guide.less_others[0], guide.p_others
        family[f"{critic}, {name}, own less step counter"] = guide.less_steps[0], guide.p_steps
    for critic in CRITICS:
        family[f"{critic}, across runs at the end"] = across(parts, critic)
    adjusted = holm([p for _, p in family.values()])
    return {
        name: (gap, float(p)) for (name, (gap, _)), p in zip(family.items(), adjusted, strict=True)
    }


def _word(gap: float, p: float) -> str:
    return "undecided" if p >= 0.05 else "better" if gap > 0 else "worse"


def _close(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """S4, a question: what share of EM is reported, and is the estimate more than a clock?"""
    found, family = guides(parts), told(parts)
    ends = {critic: shares(parts, critic)[[0, -1]] for critic in CRITICS}
    own = [gap > 0 and p < 0.05 for name, (gap, p) in family.items() if "other runs" in name]
    clock = [gap > 0 and p < 0.05 for name, (gap, p) in family.items() if "counter" in name]
    last = {critic: f"{100 * ends[critic][1].mean():.0f} %" for critic in CRITICS}
    ring = ring_shares(parts)
    return Finding(
        "answered",
        f"Not close: at the end the clipped critic reports {last['clipping']} of exact EM and the "
        f"penalised one {last['penalty']}. The estimate falls while EM falls, and it knows its "
        f"own run's EM better than other runs' in {sum(own)} of {len(own)} comparisons, better "
        f"than the step counter does in {sum(clock)} of {len(clock)}.",
        {
            **{
                f"share of EM reported, {critic}, step {settings['looks'][k]}": _pm(ends[critic][k])
                for critic in CRITICS
                for k in (0, -1)
            },
            **{
                f"share of EM to the ring itself, {critic}, step {settings['ring_looks'][k]}": _pm(
                    ring[critic][k]
                )
                for critic in CRITICS
                for k in (0, -1)
            },
            **{
                f"ρ, {critic}, {name}": f"{g.own.mean:.2f} [{g.own.low:.2f}, {g.own.high:.2f}]; "
                f"other runs {g.others.mean:.2f}; step counter {g.steps.mean:.2f}"
                for (critic, name), g in found.items()
            },
            **{
                name: f"{gap:.2f}, p = {p:.2g} ({_word(gap, p)})"
                for name, (gap, p) in family.items()
            },
        },
        seeds=len(settings["seeds"]),
        note="K is the steepest chord from a generated to a real point, which makes estimate/K a "
        "lower bound; exact EM of the same 300 points, and of 300 generated points to the ring "
        f"itself, within {settings['em_error']:g}, in {settings['ring_runs']} runs. p by Holm over "
        "the family.",
    )


def _quantities(parts: Parts) -> Mapping[str, npt.NDArray[Any]]:
    clip = parts["clipping"]
    named = {"EM, as printed": clip["after"][0], "EM, both larger": clip["after"][3]}
    for critic in CRITICS:
        named[f"share at the end, {critic}"] = shares(parts, critic)[-1]
        named[f"last EM, {critic}"] = parts[critic]["em"][-1]
    return named


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    clip, found = parts["clipping"], guides(parts)
    after, walls, moved = clip["after"], clip["at_walls"], clip["moved"]
    numbers = {
        "runs": str(len(settings["seeds"])),
        "before": _pm(clip["before"]),
        "floor": _pm(clip["floor"]),
        "ring runs": str(settings["ring_runs"]),
        "floor to ring": _pm(parts["ring"]["floor"]),
        "box gains, printed rate": _pm(np.asarray(after[0], float) - after[2]),
        "box gains, larger rate": _pm(np.asarray(after[1], float) - after[3]),
        "closer": f"{int((after[0] < clip['before']).sum())} of {after.shape[1]}",
        "at walls, as printed": f"{100 * walls[0].mean():.0f} %",
    }
    for i, (rate, box) in enumerate(settings["rates_and_boxes"]):
        numbers[f"after, {rate:g}, {box:g}"] = _pm(after[i])
        numbers[f"moved, {rate:g}, {box:g}"] = f"{moved[i].mean():.3f}"
    for critic in CRITICS:
        part = shares(parts, critic)
        numbers[f"share at start, {critic}"] = f"{100 * part[0].mean():.0f} %"
        numbers[f"share at end, {critic}"] = f"{100 * part[-1].mean():.0f} %"
        numbers[f"largest share, {critic}"] = f"{part.max():.2f}"
        mean_norm = shares(parts, critic, RULERS[2])
        numbers[f"largest share by mean norm, {critic}"] = f"{mean_norm.max():.2f}"
        numbers[f"EM to ring at end, {critic}"] = _pm(parts["ring"][f"em, {critic}"][-1])
        for word, k in (("start", 0), ("end", -1)):
            ring = ring_shares(parts)[critic][k].mean()
            numbers[f"share of ring at {word}, {critic}"] = f"{100 * ring:.0f} %"
        numbers[f"across, {critic}"] = f"{across(parts, critic)[0]:.2f}"
    for (critic, name), guide in found.items():
        for column, value in (("own", guide.own), ("others", guide.others), ("steps", guide.steps)):
            numbers[f"ρ {column}, {critic}, {name}"] = f"{value.mean:.2f}"
    for name, (gap, p) in told(parts).items():
        numbers[f"gap, {name}"] = f"{gap:.2f}".replace("-", "−")
        numbers[f"p, {name}"] = f"{p:.2g}" if p >= 0.001 else "below 0.001"
    return numbers


def _frames(steps: int, frames: int) -> list[int]:
    """Return the steps of a film: the first, the last, and more of the early ones."""
    part: Callable[[float], float] = lambda x: 1 + x**1.5 * (steps - 1)  # noqa: E731
    return sorted({round(part(k / (frames - 1))) for k in range(frames)})


ALGORITHM = Study(
    name="algorithm-1",
    question="Does Algorithm 1 come closer on the ring, and how close is its critic's estimate to "
    "exact EM?",
    settings={
        "seeds": list(range(32)),
        "width": 32,
        "steps": 800,
        "rates_and_boxes": [[5e-5, 0.01], [1e-3, 0.01], [5e-5, 0.1], [1e-3, 0.1]],
        "penalty_rate": 2e-3,
        "lambda": 0.1,
        "points": 300,
        "em_error": 0.01,
        "cells": 1200,
        "ring_runs": 8,
        "ring_looks": [25, 300, 800],
        "draws": 2,
        "looks": [25, *range(50, 801, 50)],
        "film_seed": 0,
        "film_steps": _frames(500, 40),
        "film_grid": 28,
        "film_reach": 3.0,
    },
    parts={"clipping": _clipping, "penalty": _penalty, "ring": _against_ring, "film": _film},
    quantities=_quantities,
    rows={"A1": _descends, "S4": _close},
    numbers=_numbers,
    tuning=("film",),
    check_seeds=8,
)

STUDIES = {study.name: study for study in (ALGORITHM,)}

__all__ = ["ALGORITHM", "STUDIES", "across", "guides", "shares", "told"]

"""Figures 3 to 8 on MNIST at 32×32 pixels: pictures that can be read, and yardsticks that refuse.

The plan and its cost, on one core of a 2020s server: a generator step of the WGAN, its five critic
steps included, takes 0.13 s of CPU with the DCGANs of 107,000 and 42,000 weights; the GAN's 9,000
steps are as many updates as the WGAN's 3,000. A run took 7.5 to 8.6 minutes with the DCGAN, looks
at 2,000 images included, 5 to 6 with the other generators, and 1.7 with two MLPs: 32 runs are three
hours. What was made smaller than in the paper stands in the chapter; the ratios that its
interventions change, a generator with a tenth of the weights and an MLP with as many, are the
paper's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from wganlib.paper import image_runs
from wganlib.paper import images as image_experiments
from wganlib.paper.experiment import Surroundings
from wganlib.paper.studies.images import (
    MEASURES,
    Array,
    Settings,
    _gap,
    ends,
    followed,
    rank_correlation,
    said_of_guides,
    text,
)
from wganlib.paper.studies.mnist_yardsticks import BASELINES, ROWS_OF, baselines, material, swept
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, below, verdict_of
from wganlib.training.intervals import mean_difference

#: The cells in the order in which they are trained.
CELLS = (
    "dcgan-wgan", "dcgan-gan", "mlp-wgan", "plain-gan", "plain-wgan", "mlp-gan", "both-mlp-wgan",
    "both-mlp-wgan-usual",
)  # fmt: skip
SEEDS = tuple(range(5))
#: What figures 3, 4, 5 and 8 rest on has all seeds; what an intervention breaks shows it in three.
SEEDS_OF = {cell: SEEDS if cell.startswith(("dcgan", "mlp")) else SEEDS[:3] for cell in CELLS}


def _train(name: str, place: int, settings: Settings, progress: bool) -> Arrays:
    """Train one cell from one of the seeds. The moving samples of the first seed are enough."""
    seeds = settings["seeds"]
    if len(seeds) != len(SEEDS):
        raise ValueError(f"seeds: this study has runs for {len(SEEDS)}, got {len(seeds)}")
    around = Surroundings(progress=progress)
    with image_runs.state_of(None) as base:
        arrays = image_runs.kept_run(
            base, f"{seeds[place]}", image_experiments.CELLS[name], settings, seeds[place], around,
            material(settings), None,
        )  # fmt: skip
    return {key: value for key, value in arrays.items() if key != "frames" or place == 0}


def cells(parts: Parts) -> dict[str, Arrays]:
    """Return the cells, each with an axis for its seeds, and the baselines."""
    found: dict[str, Arrays] = {"baselines": dict(parts["baselines"])}
    for name in CELLS:
        found[name] = image_runs.stack([dict(parts[f"{name}-{s}"]) for s in SEEDS_OF[name]])
        found[name]["feature_floor"] = np.asarray(parts["baselines"]["floor"][0])
    return found


def works(parts: Parts, cell: str) -> dict[str, bool]:
    """Whether a cell works, by what was fixed before the runs, condition by condition.

    On the mean better than every baseline in both distances; all ten classes in every run; the
    classifier at least 0.9 times as sure as of real images.
    """
    rivals = parts["baselines"]
    best = np.min([rivals[kind].mean(1) for kind in BASELINES], axis=0)
    sure = 0.9 * float(rivals["real"][ROWS_OF.index("confidence")].mean())
    return {
        "features": bool(ends(parts, cell, "feature").mean() < best[0]),
        "pixels": bool(ends(parts, cell, "pixel").mean() < best[1]),
        "classes": bool((ends(parts, cell, "covered") == 10).all()),
        "confidence": bool(ends(parts, cell, "confidence").mean() > sure),
    }


def passes(parts: Parts, cell: str) -> str:
    """Say which of the four conditions a cell meets."""
    found = works(parts, cell)
    return "all" if all(found.values()) else ", ".join(k for k, v in found.items() if v) or "none"


def _scores(parts: Parts, cell: str) -> str:
    return (
        f"EM {text(ends(parts, cell, 'feature'), 1)} in features and "
        f"{text(ends(parts, cell, 'pixel'))} in pixels"
    )


NOTE = (
    "MNIST at 32×32 pixels, 16 base filters, 18,000 updates on a CPU. Works: on the mean nearer "
    "to held-out digits than a fitted Gaussian, 50 principal components and averages of two real "
    "images, in both distances; all ten classes in every run; 0.9 of the confidence of real images."
)


def _both_work(settings: Settings, parts: Parts) -> Finding:
    """F5: both methods work with the DCGAN generator."""
    parts = cells(parts)
    found = [all(works(parts, f"dcgan-{m}").values()) for m in ("wgan", "gan")]
    return Finding(
        verdict_of(*found, scaled_down=True),
        f"With the DCGAN generator the WGAN ends at {_scores(parts, 'dcgan-wgan')}, the GAN at "
        f"{_scores(parts, 'dcgan-gan')}; of the four conditions for *works* the WGAN meets "
        f"{passes(parts, 'dcgan-wgan')}, the GAN {passes(parts, 'dcgan-gan')}.",
        {
            f"{measure}, {m.upper()}": text(ends(parts, f"dcgan-{m}", measure))
            for m in ("wgan", "gan")
            for measure in ("feature", "pixel", "confidence", "precision", "recall")
        },
        seeds=len(SEEDS_OF["dcgan-wgan"]),
        note=NOTE,
    )


def _plain(settings: Settings, parts: Parts) -> Finding:
    """F6: without batch normalisation and with constant filters the WGAN works, the GAN fails."""
    parts = cells(parts)
    wgan, gan = (works(parts, f"plain-{m}") for m in ("wgan", "gan"))
    mean, half = mean_difference(
        ends(parts, "plain-gan", "feature"), ends(parts, "plain-wgan", "feature")
    )
    return Finding(
        verdict_of(all(wgan.values()), not all(gan.values()), scaled_down=True),
        "With a tenth of the generator's weights and no batch normalisation the WGAN meets "
        f"{passes(parts, 'plain-wgan')} of the four conditions, the GAN "
        f"{passes(parts, 'plain-gan')}; the GAN's EM in features less the WGAN's is "
        f"{mean:.1f} ± {half:.1f}.".replace("-", "−"),
        {
            f"{measure}, {m.upper()}": text(ends(parts, f"plain-{m}", measure))
            for m in ("wgan", "gan")
            for measure in ("feature", "pixel", "covered", "confidence")
        },
        seeds=len(SEEDS_OF["plain-wgan"]),
        note=NOTE,
    )


def _order(settings: Settings, parts: Parts) -> Finding:
    """F7a: every run of the WGAN beats every run of the GAN, which keeps one or two classes."""
    parts = cells(parts)
    wgan, gan = (ends(parts, f"mlp-{m}", "feature") for m in ("wgan", "gan"))
    reached = ends(parts, "mlp-gan", "covered")
    return Finding(
        verdict_of(bool(wgan.max() < gan.min()), bool(reached.max() <= 2), scaled_down=True),
        f"With an MLP generator the WGAN's runs end at EM {wgan.min():.1f} to {wgan.max():.1f} in "
        f"features, the GAN's at {gan.min():.1f} to {gan.max():.1f}; the GAN keeps "
        f"{int(reached.min())} to {int(reached.max())} of ten classes.",
        {
            "EM, WGAN": text(wgan, 1),
            "EM, GAN": text(gan, 1),
            "classes, GAN, fewest": int(reached.min()),
            "classes, GAN, most": int(reached.max()),
        },
        seeds=len(SEEDS_OF["mlp-wgan"]),
        note=NOTE + " The MLP has as many weights as the DCGAN, as in the paper.",
    )


def _mlp_works(settings: Settings, parts: Parts) -> Finding:
    """F7b: the WGAN works with an MLP generator."""
    parts = cells(parts)
    reached = ends(parts, "mlp-wgan", "covered")
    return Finding(
        verdict_of(all(works(parts, "mlp-wgan").values()), scaled_down=True),
        f"The WGAN's MLP ends at {_scores(parts, 'mlp-wgan')} with {int(reached.min())} to "
        f"{int(reached.max())} of ten classes, and meets {passes(parts, 'mlp-wgan')} of the four "
        "conditions.",
        {
            measure: text(ends(parts, "mlp-wgan", measure))
            for measure in ("feature", "pixel", "covered", "confidence")
        },
        seeds=len(SEEDS_OF["mlp-wgan"]),
        note=NOTE,
    )


def _falls(settings: Settings, parts: Parts) -> Finding:
    """F3a: ρ above 0, and above what another run's distance and the step counter give."""
    parts = cells(parts)
    rho = {c: followed(settings, parts, c) for c in ("mlp-wgan", "dcgan-wgan")}
    gaps = [above(*_gap(r["own"], r[null])) for r in rho.values() for null in ("other", "steps")]
    dcgan, mlp = rho["dcgan-wgan"], rho["mlp-wgan"]
    return Finding(
        verdict_of(*(bool(r["own"].min() > 0) for r in rho.values()), *gaps, scaled_down=True),
        f"With the DCGAN the estimate's ρ is {text(dcgan['own'])} with a run's own EM, "
        f"{text(dcgan['other'])} with that of other runs, and that of the step counter "
        f"{text(dcgan['steps'])}; with the MLP {text(mlp['own'])}, {text(mlp['other'])} and "
        f"{text(mlp['steps'])}.",
        said_of_guides(rho),
        seeds=len(SEEDS_OF["mlp-wgan"]),
        note=NOTE,
    )  # fmt: skip


def _gan_report(settings: Settings, parts: Parts) -> Finding:
    """F4: the report does not follow its own run's distance, and stays within 0.1 of log 2."""
    parts = cells(parts)
    pairs = {"MLP": "mlp-gan", "DCGAN": "dcgan-gan"}
    rho = {label: followed(settings, parts, cell)["own"] for label, cell in pairs.items()}
    reports = {
        label: float(np.median(image_experiments.course(c, settings, parts[c]).estimate[1:]))
        for label, c in pairs.items()
    }
    blind = [below(*_gap(r, 0 * r), 0.5) for r in rho.values()]
    return Finding(
        verdict_of(bool(min(reports.values()) > np.log(2) - 0.1), *blind, scaled_down=True),
        f"The GAN's report has the median {reports['DCGAN']:.2f} with the DCGAN and "
        f"{reports['MLP']:.2f} with the MLP, where log 2 is 0.69; its ρ with exact EM is "
        f"{text(rho['DCGAN'])} and {text(rho['MLP'])}.",
        {
            **{f"ρ, {label}": text(values) for label, values in rho.items()},
            **{f"median report, {label} (nats)": value for label, value in reports.items()},
        },
        seeds=len(SEEDS_OF["mlp-gan"]),
        note=NOTE,
    )


def _own_loss(settings: Settings, parts: Parts) -> Finding:
    """F8: the loss's ρ exceeds the report's by no more than 0.1, run by run."""
    parts = cells(parts)
    gaps = {}
    for label, cell in (("MLP", "mlp-gan"), ("DCGAN", "dcgan-gan")):
        loss = followed(settings, parts, cell, "generator_loss")["own"]
        gaps[label] = loss - followed(settings, parts, cell)["own"]
    holds = (below(*_gap(gap, 0 * gap), 0.1) for gap in gaps.values())
    return Finding(
        verdict_of(*holds, scaled_down=True),
        "The ρ of the generator's own loss less that of the discriminator's report is "
        f"{text(gaps['DCGAN'])} with the DCGAN and {text(gaps['MLP'])} with the MLP.",
        {f"ρ of the loss less ρ of the report, {label}": text(gap) for label, gap in gaps.items()},
        seeds=len(SEEDS_OF["mlp-gan"]),
        note=NOTE,
    )


def _swing(settings: Settings, parts: Parts, cell: str) -> Array:
    """How far an estimate moves over the looks of a run."""
    course = image_experiments.course(cell, settings, parts[cell])
    return np.asarray(np.ptp(course.estimate[1:], axis=0))


def _constant(settings: Settings, parts: Parts) -> Finding:
    """F3b: in all failed runs the estimate moves less than a tenth as far as a working one's."""
    parts = cells(parts)
    failed, usual = "both-mlp-wgan", "both-mlp-wgan-usual"
    worked = _swing(settings, parts, "dcgan-wgan").mean()
    moved = {cell: _swing(settings, parts, cell) / worked for cell in (failed, usual)}
    still = {cell: int((moved[cell] < 0.1).sum()) for cell in moved}
    runs = moved[failed].size
    score = {cell: ends(parts, cell, "feature") for cell in moved}
    shown = {cell: f"{v.min():.0f} to {v.max():.0f}" for cell, v in score.items()}
    floor = float(parts["dcgan-wgan"]["feature_floor"].max())
    return Finding(
        verdict_of(
            # Three runs: all of them, at most half of them, or something between.
            True if still[failed] == runs else False if 2 * still[failed] <= runs else None,
            bool((score[failed] > 2 * floor).all()),
            scaled_down=True,
        ),
        f"In {still[failed]} of {runs} failed runs the estimate does not move: its range over the "
        f"looks is at most {100 * moved[failed].max():.1g} % of a working one's. The same networks "
        f"at a tenth of the rate end at EM {shown[usual]}; {still[usual]} of {runs} estimates do "
        "not move there.",
        {
            "failed runs whose estimate does not move": f"{still[failed]} of {runs}",
            "at the usual rate": f"{still[usual]} of {runs}",
            "EM, ten times the rate": shown[failed],
            "EM, usual rate": shown[usual],
            "EM of real images": floor,
        },
        seeds=runs,
        note="A constant estimate is near 0 here, which read as a distance would be perfect. "
        + NOTE,
    )  # fmt: skip


#: WGANs whose critics have one architecture, box and rate, so that their numbers have one unit.
SAME_CRITIC = ("dcgan-wgan", "mlp-wgan", "plain-wgan")
SHUFFLES = 9_999


def at_the_end(settings: Settings, parts: Parts, cell: str) -> tuple[Array, Array]:
    """What the critic of every run reports at the end, and the exact EM in features there."""
    course = image_experiments.course(cell, settings, parts[cell])
    return course.estimate[-1], course.feature[-1]


def _across(settings: Settings, parts: Parts) -> Finding:
    """F3c: over finished runs, ρ of estimate and EM is above what shuffled runs give (5 %)."""
    parts = cells(parts)
    ends_of = [at_the_end(settings, parts, cell) for cell in SAME_CRITIC]
    told, exact = (np.concatenate(column) for column in zip(*ends_of, strict=True))
    rho = rank_correlation(told, exact)
    shuffled = np.random.default_rng(0)
    placebo = np.array(
        [rank_correlation(told, shuffled.permutation(exact)) for _ in range(SHUFFLES)]
    )
    chance = (1 + int((placebo >= rho).sum())) / (1 + SHUFFLES)
    within = {
        cell: rank_correlation(*pair) for cell, pair in zip(SAME_CRITIC, ends_of, strict=True)
    }
    return Finding(
        verdict_of(True if chance < 0.05 else False if rho <= 0 else None, scaled_down=True),
        f"Over {len(told)} finished runs of three generators, under critics of one architecture "
        f"and box, the estimate's ρ with exact EM is {_signed(rho)}; shuffled runs reach that in "
        f"{100 * chance:.1f} % of cases. Within the runs of one generator it is "
        + ", ".join(_signed(value) for value in within.values())
        + " (DCGAN, MLP, no batch normalisation).",
        {
            "ρ over all runs": _signed(rho),
            "share of shuffles that reach it": f"{100 * chance:.1f} %",
            **{f"ρ within {cell}": _signed(value) for cell, value in within.items()},
        },
        seeds=len(told),
        note=NOTE,
    )


def _other_critic(settings: Settings, parts: Parts) -> Finding:
    """F3d: runs under an MLP critic report less than all under a DCGAN critic, and are worse."""
    parts = cells(parts)
    there, worse = at_the_end(settings, parts, "both-mlp-wgan")
    ends_of = [at_the_end(settings, parts, cell) for cell in SAME_CRITIC]
    told, exact = (np.concatenate(column) for column in zip(*ends_of, strict=True))
    order = rank_correlation(np.concatenate([told, there]), np.concatenate([exact, worse]))
    misleads = bool(there.max() < told.min() and worse.min() > exact.max())
    orders = bool(there.min() > told.max() and worse.min() > exact.max())
    return Finding(
        verdict_of(True if misleads else False if orders else None, scaled_down=True),
        f"Under an MLP critic the estimate ends at {_range(there)}, under DCGAN critics at "
        f"{_range(told)}; EM in features is {worse.min():.0f} to {worse.max():.0f} there and "
        f"{exact.min():.0f} to {exact.max():.0f} here.",
        {
            "estimate, MLP critic": _range(there),
            "estimate, DCGAN critic": _range(told),
            "EM, MLP critic": f"{worse.min():.0f} to {worse.max():.0f}",
            "EM, DCGAN critic": f"{exact.min():.0f} to {exact.max():.0f}",
            "ρ over all of them": _signed(order),
        },
        seeds=len(there),
        note=NOTE,
    )


def _collapse(settings: Settings, parts: Parts) -> Finding:
    """S1a on images: no run of a WGAN loses a class, by a count that finds the GAN's that do."""
    parts = cells(parts)
    kinds = ("dcgan", "plain", "mlp")
    wgan, gan = (
        np.concatenate([ends(parts, f"{kind}-{method}", "covered") for kind in kinds])
        for method in ("wgan", "gan")
    )
    lost, seen = int((wgan < 10).sum()), int((gan < 10).sum())
    return Finding(
        verdict_of(False if lost else True if seen else None, scaled_down=True),
        f"On MNIST {lost} of {wgan.size} WGAN runs with three generators end with a class missing; "
        f"of the GAN's, counted in the same way, {seen} of {gan.size} do.",
        {
            "WGAN runs that miss a class": f"{lost} of {wgan.size}",
            "GAN runs that miss a class": f"{seen} of {gan.size}",
            "fewest classes, WGAN": int(wgan.min()),
            "fewest classes, GAN": int(gan.min()),
        },
        seeds=len(SEEDS),
        note=NOTE + " A class is missing if a classifier puts less than a fifth of its fair share "
        "of 2,000 samples there.",
    )


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _range(values: Array) -> str:
    low, high = (f"{value + 0.0:.2g}".replace("-", "−") for value in (values.min(), values.max()))
    return f"{low} to {high}"


ROWS: dict[str, Callable[[Settings, Parts], Finding]] = {
    "F3a": _falls,
    "F3b": _constant,
    "F3c": _across,
    "F3d": _other_critic,
    "F4": _gan_report,
    "F5": _both_work,
    "F6": _plain,
    "F7a": _order,
    "F7b": _mlp_works,
    "F8": _own_loss,
    "S1a": _collapse,
}


def _quantities(parts: Parts) -> Mapping[str, Array]:
    """One number a seed: with five seeds a check of more of them could not disagree."""
    parts = cells(parts)
    distances = [ends(parts, c, "feature") for c in CELLS if len(SEEDS_OF[c]) == len(SEEDS)]
    return {"log of EM in features, mean over networks": np.log(distances).mean(0)}


def _numbers(settings: Settings, parts: Parts) -> dict[str, str]:
    digits = {**MEASURES, "entropy": 2, "precision": 2, "recall": 2}
    parts = cells(parts)
    shown = {"seeds": str(len(settings["seeds"]))}
    for cell in CELLS:
        for measure, places in digits.items():
            shown[f"{cell} {measure}"] = text(ends(parts, cell, measure), places)
        shown[f"{cell} passes"] = passes(parts, cell)
        reached = ends(parts, cell, "covered")
        shown[f"{cell} lost"] = f"{int((reached < 10).sum())} of {len(reached)}"
    for kind in (*BASELINES, "real"):
        for row, measure in enumerate(ROWS_OF):
            shown[f"{kind} {measure}"] = text(parts["baselines"][kind][row], digits[measure])
    one = parts["dcgan-wgan"]
    for measure, places in digits.items():
        shown[f"untrained {measure}"] = text(one[measure][:, 0], places)
    shown["judge accuracy"] = f"{100 * float(parts['baselines']['accuracy']):.1f} %"
    for cell in ("mlp-wgan", "dcgan-wgan", "mlp-gan", "dcgan-gan"):
        rho = followed(settings, parts, cell)
        for key, values in rho.items():
            shown[f"rho {cell} {key}"] = text(values)
        shown[f"rho {cell} own less other"] = text(rho["own"] - rho["other"])
    return shown


def _tuning(settings: Settings, progress: bool) -> Arrays:
    """Train the DCGANs with every rate, and the WGAN in every box, a fifth as long."""
    return {
        kind: swept(image_experiments.Cell(kind, "dcgan", "dcgan", kind), grid, settings)
        for kind, grid in settings["grids"].items()
    }


MNIST = Study(
    name="mnist",
    question="Figures 3 to 8 on MNIST: do the pictures get better as the number falls, and which "
    "method works with which network?",
    settings={
        "data": "mnist",
        "channels": 1,
        "budget": "mnist",
        **image_experiments.BUDGETS["mnist"],
        "tuning updates": 3_600,
        # The box's c and the learning rate: the paper's box, wider ones, and rates until they hurt.
        "grids": {
            "wgan": [
                [0.01, 3e-4],
                [0.01, 1e-3],
                [0.01, 3e-3],
                [0.03, 3e-4],
                [0.03, 1e-3],
                [0.03, 3e-3],
                [0.1, 1e-3],
            ],
            "gan": [
                [0.01, 2e-4],
                [0.01, 5e-4],
                [0.01, 1e-3],
                [0.01, 2e-3],
                [0.01, 4e-3],
            ],
        },
        "seeds": list(SEEDS),
    },
    parts={
        "tuning": _tuning,
        "baselines": baselines,
        # Seed by seed: a study that is stopped early has all cells.
        **{
            f"{name}-{place}": partial(_train, name, place)
            for place in range(len(SEEDS))
            for name in CELLS
            if place < len(SEEDS_OF[name])
        },
    },
    quantities=_quantities,
    rows=ROWS,
    numbers=_numbers,
    tuning=("tuning", "baselines"),
    check_seeds=5,
)

STUDIES = {study.name: study for study in (MNIST,)}

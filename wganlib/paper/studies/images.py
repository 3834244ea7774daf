"""Figures 3 to 8 on small digits: the studies behind the chapters on images and stability."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib.paper import image_runs
from wganlib.paper import images as image_experiments
from wganlib.paper.experiment import Surroundings
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
from wganlib.training.intervals import confidence, correlation_along_training, mean_difference

Array = npt.NDArray[Any]
Settings = Mapping[str, Any]

#: How often each baseline is drawn.
DRAWS = 5
#: What was made smaller, said beside every verdict.
SMALL = (
    "Digits of 8×8 pixels, enlarged to 16×16; networks of a few thousand weights; 720 updates on "
    "a CPU; five seeds. The paper: photographs of 64×64 pixels and millions of weights."
)
#: What a table shows of a set of images: key, and digits after the point.
MEASURES = {"feature": 1, "pixel": 2, "covered": 1, "confidence": 2}


# --- parts -------------------------------------------------------------------------------


def _cell(name: str, settings: Settings, progress: bool) -> Arrays:
    return image_runs.compute(name, settings, Surroundings(progress=progress))


def _material(settings: Settings) -> image_experiments.Material:
    return image_experiments.material(
        settings["data"], None, settings["size"], settings["channels"], settings["judge epochs"]
    )


def _invented(kind: str, images: Array, n: int, rng: np.random.Generator) -> Array:
    """Images that no network made: what a yardstick must not take for a success."""
    if kind == "gaussian":
        flat = images.reshape(len(images), -1).astype(float)
        factor = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
        scores = rng.standard_normal((n, len(factor[1]))) * factor[1] / np.sqrt(len(flat) - 1)
        made = (flat.mean(0) + scores @ factor[2]).reshape(n, *images.shape[1:])
    else:
        many = {"two": 2, "three": 3}[kind]
        made = images[rng.integers(len(images), size=(n, many))].mean(1)
    # Pixels end at −1 and 1: a Gaussian is cut there, as any picture that is shown.
    return np.asarray(np.clip(made, -1, 1), np.float32)


def _baselines(settings: Settings, progress: bool) -> Arrays:
    """Score a Gaussian fitted to the training pixels, and averages of real images."""
    from wganlib.images.quality import class_coverage, image_distance

    found, n = _material(settings), settings["points"]
    if found.judge is None:
        raise ValueError("data: expected images with classes, got none")
    arrays: Arrays = {}
    for kind in ("gaussian", "two", "three"):
        rows = []
        for draw in range(DRAWS):
            made = _invented(kind, found.train.images, n, np.random.default_rng([draw, n]))
            distance = image_distance(made, found.held_out, seed=0, classifier=found.judge)
            reached = class_coverage(made, found.judge)
            rows.append([distance.feature, distance.pixel, reached.covered, reached.confidence])
        arrays[kind] = per_run(np.transpose(rows))  # (measures, draws)
    arrays["floor"] = per_run([distance.feature_floor, distance.pixel_floor])
    arrays["real_confidence"] = per_run(
        class_coverage(found.held_out.images, found.judge).confidence
    )
    return arrays


# --- what a training did -------------------------------------------------------------------


def ends(parts: Parts, cell: str, measure: str) -> Array:
    """What every run of a cell scored at its end, shape (seeds,)."""
    return np.asarray(parts[cell][measure], float)[:, -1]


def works(parts: Parts, cell: str) -> dict[str, bool]:
    """Whether a cell works, fixed before it is judged, condition by condition.

    Its mean is better than every baseline's in both distances, every run reaches all ten classes,
    and the classifier is at least 0.9 times as sure as of real images.
    """
    rivals = parts["baselines"]
    best = np.min([rivals[kind].mean(1) for kind in ("gaussian", "two", "three")], axis=0)
    return {
        "features": bool(ends(parts, cell, "feature").mean() < best[0]),
        "pixels": bool(ends(parts, cell, "pixel").mean() < best[1]),
        "classes": bool((ends(parts, cell, "covered") == 10).all()),
        "confidence": bool(
            ends(parts, cell, "confidence").mean() > 0.9 * float(rivals["real_confidence"])
        ),
    }


def rank_correlation(x: Array, y: Array) -> float:
    """Return Spearman's ρ; NaN where a series does not vary."""
    return float(correlation_along_training(x[:, None], y[:, None]).each[0])


def followed(
    settings: Settings, parts: Parts, cell: str, curve: str = "estimate", space: str = "feature"
) -> dict[str, Array]:
    """Spearman's ρ of a curve with the exact distance, per run, beside two that know less.

    ``own`` with the run's own distance; ``other``, the mean over the other runs' distances;
    ``steps``, of the step counter, counted backwards, with the run's own distance. A curve that
    only falls with time, as every distance does, has own = other = steps.
    """
    course = image_experiments.course(cell, settings, parts[cell])
    given, exact = getattr(course, curve)[1:], getattr(course, space)[1:]
    runs = range(given.shape[1])
    back = -course.step[1:].astype(float)
    table = np.array([[rank_correlation(given[:, i], exact[:, j]) for j in runs] for i in runs])
    apart = ~np.eye(len(runs), dtype=bool)
    return {
        "own": table.diagonal().copy(),
        "other": np.array([table[i][apart[i]].mean() for i in runs]),
        "steps": np.array([rank_correlation(back, exact[:, j]) for j in runs]),
    }


def text(values: npt.ArrayLike, digits: int = 2) -> str:
    """Write a mean over runs with its 95 % interval; runs without a number are left out."""
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if known.size < 2:
        return "—"
    mean, half = confidence(known)
    return f"{mean:.{digits}f} ± {half:.{digits}f}".replace("-", "−")


def _gap(one: Array, two: Array) -> tuple[float, float]:
    mean, half = confidence(one - two)
    return float(mean), float(half)


# --- rows of the ledger ---------------------------------------------------------------------


def said_of_guides(rho: Mapping[str, Mapping[str, Array]]) -> dict[str, float | str]:
    """Write down what the estimates of both generators follow, for the ledger."""
    return {
        f"ρ with {what}, {label}": text(rho[cell][key])
        for cell, label in (("mlp-wgan", "MLP"), ("dcgan-wgan", "DCGAN"))
        for key, what in (("own", "its own EM"), ("other", "other runs' EM"),
                          ("steps", "EM, of the step counter"))
    }  # fmt: skip


def _falls(settings: Settings, parts: Parts) -> Finding:
    """F3a: ρ above 0, and above what another run's distance and the step counter give."""
    rho = {c: followed(settings, parts, c) for c in ("mlp-wgan", "dcgan-wgan")}
    own = [above(*_gap(r["own"], 0 * r["own"])) for r in rho.values()]
    apart = [above(*_gap(r["own"], r[null])) for r in rho.values() for null in ("other", "steps")]
    dcgan, mlp = rho["dcgan-wgan"], rho["mlp-wgan"]
    return Finding(
        verdict_of(*own, *apart, scaled_down=True),
        "The estimate falls while the samples improve, and so does anything that falls with time: "
        f"with the DCGAN ρ is {text(dcgan['own'])} with a run's own distance, "
        f"{text(dcgan['other'])} with that of other runs and {text(dcgan['steps'])} for the step "
        f"counter; with the MLP {text(mlp['own'])}, {text(mlp['other'])} and "
        f"{text(mlp['steps'])}.",
        said_of_guides(rho),
        seeds=5,
        note=SMALL,
    )


def _swing(settings: Settings, parts: Parts, cell: str) -> Array:
    """How far an estimate moves over the looks of a run."""
    course = image_experiments.course(cell, settings, parts[cell])
    return np.asarray(np.ptp(course.estimate[1:], axis=0))


def _constant(settings: Settings, parts: Parts) -> Finding:
    """F3b: in all failed runs the estimate moves less than a tenth as far as a working one's."""
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
            # Five runs: all of them, at most half of them, or something between.
            True if still[failed] == runs else False if 2 * still[failed] <= runs else None,
            bool((score[failed] > 2 * floor).all()),
            scaled_down=True,
        ),
        f"In {still[failed]} of {runs} failed runs the estimate never moves; in the others it "
        "falls to 0 at once and stays there. The same networks fail at the usual rate as well "
        f"(EM {shown[usual]}), so it is not the rate that fails.",
        {
            "failed runs whose estimate never moves": f"{still[failed]} of {runs}",
            "at the usual rate": f"{still[usual]} of {runs}",
            "EM, ten times the rate": shown[failed],
            "EM, usual rate": shown[usual],
            "EM of real images": floor,
        },
        seeds=runs,
        note="A constant estimate is near 0 here, which read as a distance would be perfect. "
        + SMALL,
    )  # fmt: skip


def _gan_report(settings: Settings, parts: Parts) -> Finding:
    """F4: the report does not follow its own run's distance, and stays within 0.1 of log 2."""
    cells = {"MLP": "mlp-gan", "DCGAN": "dcgan-gan", "both MLP": "both-mlp-gan"}
    rho = {label: followed(settings, parts, cell) for label, cell in cells.items()}
    blind = [below(*_gap(r["own"], 0 * r["own"]), 0.5) for r in rho.values()]
    reports = {
        label: float(np.median(image_experiments.course(c, settings, parts[c]).estimate[1:]))
        for label, c in cells.items()
    }
    near = min(reports.values()) > np.log(2) - 0.1
    return Finding(
        verdict_of(bool(near), *blind, scaled_down=True),
        "The GAN's report does not stay near log 2 = 0.69 (median "
        f"{reports['DCGAN']:.2f} with the DCGAN); how it goes with the distance differs by "
        f"network: ρ is {text(rho['DCGAN']['own'])} with the DCGAN and {text(rho['MLP']['own'])} "
        "with the MLP.",
        {
            **{f"ρ, {label}": text(r["own"]) for label, r in rho.items()},
            **{f"median report, {label} (nats)": value for label, value in reports.items()},
        },
        seeds=5,
        note=SMALL + " The discriminator is small and makes one step for each of the generator's.",
    )


def _both_work(settings: Settings, parts: Parts) -> Finding:
    """F5: both methods work with the DCGAN generator."""
    found = {m: works(parts, f"dcgan-{m}") for m in ("wgan", "gan")}
    gauss = parts["baselines"]["gaussian"]
    return Finding(
        verdict_of(*(all(f.values()) for f in found.values()), scaled_down=True),
        "At this budget neither method works: a Gaussian fitted to the pixels scores EM "
        f"{gauss[0].mean():.1f} in features and {gauss[1].mean():.2f} in pixels, the WGAN "
        f"{ends(parts, 'dcgan-wgan', 'feature').mean():.1f} and "
        f"{ends(parts, 'dcgan-wgan', 'pixel').mean():.2f}, the GAN "
        f"{ends(parts, 'dcgan-gan', 'feature').mean():.1f} and "
        f"{ends(parts, 'dcgan-gan', 'pixel').mean():.2f}.",
        {
            **{
                f"{m.upper()}: passes": ", ".join(k for k, v in f.items() if v) or "nothing"
                for m, f in found.items()
            },
            "confidence, WGAN": text(ends(parts, "dcgan-wgan", "confidence")),
            "confidence, GAN": text(ends(parts, "dcgan-gan", "confidence")),
            "confidence, real images": float(parts["baselines"]["real_confidence"]),
        },
        seeds=5,
        note="Works: better than a fitted Gaussian and than averages of real images in both "
        "distances, all ten classes, at least 0.9 of the confidence of real images. " + SMALL,
    )


def _plain(settings: Settings, parts: Parts) -> Finding:
    """F6: without batch normalisation the WGAN works and the GAN fails, long run included."""
    wgan, gan = works(parts, "plain-wgan"), works(parts, "plain-gan")
    floor = float(parts["dcgan-wgan"]["feature_floor"].max())
    long = ends(parts, "plain-gan-long", "feature")
    fails = not all(gan.values()) and bool((long > 2 * floor).all())
    mean, half = mean_difference(
        ends(parts, "plain-gan", "feature"), ends(parts, "plain-wgan", "feature")
    )
    return Finding(
        verdict_of(all(wgan.values()), fails, scaled_down=True),
        f"At equal updates the WGAN is ahead (EM of the GAN less that of the WGAN {mean:.1f} ± "
        f"{half:.1f}), but it does not pass the baselines; and with four times the updates the "
        f"GAN learns in every run (EM {text(long, 1)}): it was slow and had not failed.",
        {
            "EM, WGAN": text(ends(parts, "plain-wgan", "feature"), 1),
            "EM, GAN": text(ends(parts, "plain-gan", "feature"), 1),
            "EM, GAN, four times as long": text(long, 1),
            "EM, untrained generator": float(np.median(parts["plain-gan"]["feature"][:, 0])),
            "EM of real images": floor,
        },
        seeds=5,
        note=SMALL + " The generator has half of the DCGAN's weights; the paper took away more "
        "than nine tenths.",
    )


def _order(settings: Settings, parts: Parts) -> Finding:
    """F7a: every run of the WGAN beats every run of the GAN, which keeps one or two classes."""
    wgan, gan = (ends(parts, f"mlp-{m}", "feature") for m in ("wgan", "gan"))
    reached = ends(parts, "mlp-gan", "covered")
    return Finding(
        verdict_of(bool(wgan.max() < gan.min()), bool(reached.max() <= 2), scaled_down=True),
        "With an MLP generator every WGAN run is nearer to real images than every GAN run, and "
        f"the GAN keeps at most {int(reached.max())} of ten classes.",
        {
            "EM, WGAN": text(wgan, 1),
            "EM, GAN, best run": float(gan.min()),
            "EM, GAN, median": float(np.median(gan)),
            "classes, GAN, most": int(reached.max()),
        },
        seeds=5,
        note=SMALL + " MLP of 4 layers of 128: eight times the DCGAN's weights; the paper's has "
        "about as many. Neither got a rate of its own.",
    )


def _mlp_works(settings: Settings, parts: Parts) -> Finding:
    """F7b: the WGAN works with an MLP generator, at lower quality."""
    found, long = works(parts, "mlp-wgan"), works(parts, "mlp-wgan-long")
    classes = [ends(parts, c, "covered") for c in ("mlp-wgan", "mlp-wgan-long")]
    return Finding(
        verdict_of(all(found.values()) or all(long.values()), scaled_down=True),
        f"The WGAN's MLP reaches {int(classes[0].min())} to {int(classes[0].max())} of ten "
        f"classes, {int(classes[1].min())} to {int(classes[1].max())} with four times the "
        "updates: still learning, and not working by any of the yardsticks.",
        {
            "EM": text(ends(parts, "mlp-wgan", "feature"), 1),
            "EM, four times as long": text(ends(parts, "mlp-wgan-long", "feature"), 1),
            "passes": ", ".join(k for k, v in found.items() if v) or "nothing",
            "passes, four times as long": ", ".join(k for k, v in long.items() if v) or "nothing",
        },
        seeds=5,
        note=SMALL,
    )


def _own_loss(settings: Settings, parts: Parts) -> Finding:
    """F8: the loss's ρ exceeds the report's by no more than 0.1, run by run."""
    gaps = {}
    for label, cell in (("MLP", "mlp-gan"), ("DCGAN", "dcgan-gan"), ("both MLP", "both-mlp-gan")):
        loss = followed(settings, parts, cell, "generator_loss")["own"]
        gaps[label] = loss - followed(settings, parts, cell)["own"]
    words = {label: text(gap) for label, gap in gaps.items()}
    return Finding(
        verdict_of(*(below(*_gap(gap, 0 * gap), 0.1) for gap in gaps.values()), scaled_down=True),
        "With the DCGAN the generator's loss is the worse guide (its ρ less the report's "
        f"{words['DCGAN']}); with the MLPs five seeds cannot tell ({words['MLP']} and "
        f"{words['both MLP']}).",
        {f"ρ of the loss less ρ of the report, {label}": word for label, word in words.items()},
        seeds=5,
        note=SMALL,
    )


def _collapse(settings: Settings, parts: Parts) -> Finding:
    """S1a on images: no run of the paper's WGAN ends with a class missing."""
    missing = {c: 10 - ends(parts, c, "covered").astype(int)
               for c in ("dcgan-wgan", "plain-wgan", "mlp-wgan", "mlp-wgan-long")}  # fmt: skip
    both = np.concatenate([missing["dcgan-wgan"], missing["plain-wgan"]])
    return Finding(
        verdict_of(bool((both == 0).all()), scaled_down=True),
        f"On images {int((both > 0).sum())} of {both.size} WGAN runs with convolutional "
        "generators miss a class, and none misses two; the MLP's classes are not found yet rather "
        f"than lost (missing {missing['mlp-wgan'].mean():.1f}, and after four times the updates "
        f"{missing['mlp-wgan-long'].mean():.1f}).",
        {
            "convolutional generators, runs that miss a class": f"{(both > 0).sum()} of "
            f"{both.size}",
            "most classes that one of them misses": int(both.max()),
            "MLP generator, classes missing": text(missing["mlp-wgan"], 1),
            "after four times the updates": text(missing["mlp-wgan-long"], 1),
        },
        seeds=5,
        note=SMALL + " A class is missing if a classifier puts less than a fifth of its fair share "
        "of 160 samples there.",
    )


ROWS: dict[str, Callable[[Settings, Parts], Finding]] = {
    "F3a": _falls,
    "F3b": _constant,
    "F4": _gan_report,
    "F5": _both_work,
    "F6": _plain,
    "F7a": _order,
    "F7b": _mlp_works,
    "F8": _own_loss,
    "S1a": _collapse,
}


def _quantities(parts: Parts) -> Mapping[str, Array]:
    return {
        f"{measure}, {cell}": ends(parts, cell, measure)
        for cell in image_experiments.CELLS
        for measure in ("feature", "pixel")
    }


def _numbers(settings: Settings, parts: Parts) -> dict[str, str]:
    shown: dict[str, str] = {}
    for cell in image_experiments.CELLS:
        for measure, digits in MEASURES.items():
            shown[f"{cell} {measure}"] = text(ends(parts, cell, measure), digits)
    for kind in ("gaussian", "two", "three"):
        for row, (measure, digits) in enumerate(MEASURES.items()):
            shown[f"{kind} {measure}"] = text(parts["baselines"][kind][row], digits)
    one = parts["dcgan-wgan"]
    shown |= {
        "floor feature": f"{one['feature_floor'].max():.1f}",
        "floor pixel": f"{one['pixel_floor'].max():.2f}",
        "real confidence": f"{one['real_confidence'].max():.2f}",
        "untrained feature": f"{np.median(parts['plain-gan']['feature'][:, 0]):.1f}",
        "judge accuracy": f"{100 * one['accuracy'].max():.1f} %",
    }
    for space in ("feature", "pixel"):
        for cell in ("mlp-wgan", "dcgan-wgan", "mlp-gan", "dcgan-gan", "both-mlp-gan"):
            rho = followed(settings, parts, cell, space=space)
            for key, values in rho.items():
                shown[f"rho {space} {cell} {key}"] = text(values)
            shown[f"rho {space} {cell} own less other"] = text(rho["own"] - rho["other"])
            shown[f"rho {space} {cell} own less steps"] = text(rho["own"] - rho["steps"])
    return shown


DIGITS = Study(
    name="digits",
    question="Figures 3 to 8 on small digits: does the number tell how good the pictures are, "
    "and which method works with which network?",
    settings={
        "data": "digits",
        "channels": 1,
        "budget": "small",
        **image_experiments.BUDGETS["small"],
        "seeds": list(range(5)),
    },
    parts={
        **{name: partial(_cell, name) for name in image_experiments.CELLS},
        "baselines": _baselines,
        image_experiments.TUNING: partial(_cell, image_experiments.TUNING),
    },
    quantities=_quantities,
    rows=ROWS,
    numbers=_numbers,
    tuning=(image_experiments.TUNING, "baselines"),
    check_seeds=4,
)

STUDIES = {study.name: study for study in (DIGITS,)}

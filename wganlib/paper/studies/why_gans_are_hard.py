"""What judges say to a generator that stands still: the chapter on why GANs are hard to train."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from wganlib.paper.studies._half_moons import (
    JUDGES,
    Floats,
    bells_judged,
    ceiling,
    cosine,
    em_gradient,
    film,
    first_step,
    judged,
    stages,
)
from wganlib.paper.study import (
    Finding,
    Parts,
    Study,
    above,
    below,
    beyond,
    share,
    verdict_of,
)
from wganlib.training.intervals import confidence


def gradients(parts: Parts, judge: str, loss: str) -> Floats:
    """Return the generator's gradients, shape (looks, runs, 4)."""
    found: Floats = np.moveaxis(parts[judge][loss].astype(float), -1, 1)
    return found


def sizes(parts: Parts, judge: str, loss: str) -> Floats:
    """Return their norms, shape (looks, runs)."""
    found: Floats = np.linalg.norm(gradients(parts, judge, loss), axis=-1)
    return found


def late_tail(settings: Mapping[str, Any], parts: Parts, judge: str) -> Floats:
    """Return each run's tail: the median over the looks after 100 steps."""
    late = np.array(settings["looks"]) >= 100
    found: Floats = np.median(parts[judge]["tail"].astype(float)[late], axis=0)
    return found


def _at(settings: Mapping[str, Any], step: int) -> int:
    return int(np.argmin(np.abs(np.array(settings["looks"]) - step)))


def _pm(values: Floats, digits: int = 2) -> str:
    mean, half = confidence(values)
    return f"{mean:.{digits}f} ± {half:.{digits}f}".replace("-", "−")


def _runs_that(condition: Floats) -> tuple[int, bool | None]:
    """Count runs; say whether the share of such runs is above nine tenths."""
    count = int(condition.sum())
    return count, beyond(share(count, condition.size), 0.9)


def _best_value(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """G1: trained discriminators come close to 2 JS − 2 log 2 from below, and none exceeds it.

    Close is within 5 % of 2 JS, which is all that a discriminator can gain over saying ½.
    """
    top = ceiling(settings)
    gap = parts["bells"]["fresh"][-1].astype(float)
    mean, half = (float(v) for v in confidence(gap))
    whole = top + 2 * np.log(2)
    learned = parts["bells"]["few_on_its_points"][-1].astype(float)
    return Finding(
        verdict_of(below(mean, half, 0.05 * whole), bool(gap.min() >= -1e-6)),
        f"Trained discriminators end {_pm(gap, 4)} below 2 JS − 2 log 2 = {top:.4f} and never "
        "above it, judged on the distributions.".replace("= -", "= −"),
        {
            "2 JS − 2 log 2 of the two bells": top,
            "trained D: gap below it": _pm(gap, 4),
            "smallest gap of a run": float(gap.min()),
            "gap after 150 steps": _pm(parts["bells"]["fresh"][0].astype(float), 4),
            "L on 32 memorised points a side": _pm(learned),
        },
        seeds=gap.size,
        note="Proved, and exact on pmfs. A trained D is judged by quadrature on the true "
        "densities. On memorised samples L exceeds the bound, which is about distributions.",
    )


def _no_gradient(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """G2: for disjoint curves the minimax gradient falls by over two decades from its peak.

    In nine runs of ten at least, while for overlapping curves it keeps a tenth of its peak.
    """
    apart, blurred = sizes(parts, "disjoint", "minimax"), sizes(parts, "blurred", "minimax")
    falls = np.log10(apart.max(0) / apart[-1])
    kept = np.log10(blurred.max(0) / blurred[-1])
    fell, fall = _runs_that(falls > 2)
    stayed, stay = _runs_that(kept < 1)
    sure = parts["disjoint"]["accuracy"][-1].astype(float)
    crossing = sizes(parts, "crossing", "minimax")[-1]
    runs = falls.size
    return Finding(
        verdict_of(fall, stay, scaled_down=True),
        f"For curves that share no point the minimax gradient falls in {fell} of {runs} runs by "
        f"more than two decades from its peak, by {_pm(falls, 1)} decades on average; for "
        f"overlapping ones it keeps a tenth of its peak in {stayed} of {runs}.",
        {
            "accuracy at 4,000 steps, disjoint": float(sure.mean()),
            "decades from peak to end, disjoint": _pm(falls),
            "decades from peak to end, overlapping": _pm(kept),
            "crossing: size at the end": f"{10 ** np.log10(crossing).mean():.2f}",
            "of it, share from the 8 % of points near a crossing": _pm(
                parts["crossing"]["near"][-1].astype(float)
            ),
        },
        seeds=runs,
        note="Two half-moons in the plane, a generator of four parameters. That a perfect D exists "
        "is proved, and shown by a formula. Its gradient is zero almost everywhere on the "
        "supports, not in the plane. For crossing curves the pull vanishes at most points, but "
        "not its mean.",
    )


def _growth(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """G3a: tenfold from the first step to the last in nine runs of ten, and still growing late.

    Late is from step 100, where the judge already knows nine points in ten, to the end: on
    average by a factor of two at least.
    """
    size = sizes(parts, "disjoint", "log_d")
    critic = sizes(parts, "critic", "gradient")
    hundred = _at(settings, 100)
    whole, late = (np.log10(size[-1] / size[look]) for look in (0, hundred))
    tenfold, enough = _runs_that(whole > 1)
    mean, half = (float(v) for v in confidence(late))
    return Finding(
        verdict_of(enough, above(mean, half, float(np.log10(2))), scaled_down=True),
        f"The −log D gradient grows tenfold or more in {tenfold} of {whole.size} runs, by "
        f"{_pm(whole, 1)} decades on average; {_pm(late, 1)} of them after step 100.",
        {
            "growth, steps 1 to 4,000 (decades)": _pm(whole),
            "growth, steps 100 to 4,000 (decades)": _pm(late),
            "the same of a critic's gradient, 100 to 4,000": _pm(
                np.log10(critic[-1] / critic[hundred])
            ),
            "accuracy at step 100": float(parts["disjoint"]["accuracy"][hundred].mean()),
        },
        seeds=whole.size,
        note="Two half-moons that share no point, a generator that stands still.",
    )


def _variance(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """G3b: unstable means noise as large as the signal, with tails towards a Cauchy law's.

    The variance itself grows as the square of the size, whatever the noise: so the spread of a
    batch's gradient is divided by the size of the mean, and has to reach 1 at the end. The tail,
    99 % quantile over median, has to pass 15.6, the geometric middle of 3.8, a Gaussian's, and
    63.7, a Cauchy law's.
    """
    noise = parts["disjoint"]["log_d_noise"].astype(float)
    other = parts["disjoint"]["minimax_noise"].astype(float)[-1]
    tails, bare = (late_tail(settings, parts, judge) for judge in ("disjoint", "no-sigmoid"))
    last = gradients(parts, "disjoint", "log_d")[-1]
    between = np.sqrt(last.var(0, ddof=1).sum()) / np.linalg.norm(last.mean(0))
    loud, heavy = confidence(noise[-1]), confidence(tails)
    return Finding(
        verdict_of(
            above(float(loud[0]), float(loud[1]), 1.0),
            above(float(heavy[0]), float(heavy[1]), 15.6),
            scaled_down=True,
        ),
        f"At the end the noise of a batch is {_pm(noise[-1])} of the mean −log D gradient, and "
        f"its tail lies at {_pm(tails, 1)} medians, where a Gaussian's is at 3.8 and a Cauchy "
        "law's at 63.7.",
        {
            "noise of a batch over the mean, step 1": _pm(noise[0]),
            "noise of a batch over the mean, step 4,000": _pm(noise[-1]),
            "spread between judges over the mean, step 4,000": float(between),
            "minimax loss: noise of a batch over the mean, step 4,000": _pm(other),
            "99 % quantile over median, sigmoid": _pm(tails, 1),
            "99 % quantile over median, no sigmoid": _pm(bare, 1),
        },
        seeds=tails.size,
        note="The variance grows by decades only because the gradient does. The argument for a "
        "Cauchy law takes D and its gradient for independent; with a sigmoid one is proportional "
        "to the other. Without a sigmoid the heavy tail shows.",
    )


def _dilemma(settings: Mapping[str, Any], parts: Parts) -> Finding:
    """G5: the poor judge's direction is a coin's, the perfect one's size is nothing.

    Poor: of a thousand judges with one step, at most 60 % point to the right side, where a coin
    has 50 %. Good: nine in ten have a cosine above ½ at step 60. Perfect: in nine of ten the size
    at the end is below a hundredth of that at step 60.
    """
    first = parts["poor"]["cosine"].astype(float)[1].ravel()
    right = int((first > 0).sum())
    blind = int((parts["poor"]["cosine"][0] > 0).sum())
    low, high = share(right, first.size)
    coin = True if high < 0.6 else False if low > 0.6 else None
    true = em_gradient(settings)
    vectors, at = gradients(parts, "disjoint", "minimax"), stages(settings)
    good = cosine(vectors[at["good"]], true)
    certain = cosine(vectors[-1], true)
    ratio = np.linalg.norm(vectors[-1], axis=-1) / np.linalg.norm(vectors[at["good"]], axis=-1)
    aimed, aim = _runs_that(good > 0.5)
    silent, silence = _runs_that(ratio < 1e-2)
    critic = gradients(parts, "critic", "gradient")[-1]
    length = np.linalg.norm(critic, axis=-1) / np.linalg.norm(true)
    return Finding(
        verdict_of(coin, aim, silence, scaled_down=True),
        f"After one step {right} of {first.size:,} judges point to the right side, where a coin "
        f"has half; after 61 steps {aimed} of {good.size} do, with a cosine above ½; after 4,000 "
        f"the gradient of {silent} is below a hundredth of that.",
        {
            "one step: judges that point to the right side": f"{right} of {first.size}",
            "its 95 % interval": f"{low:.3f} to {high:.3f}",
            "no step: judges that point to the right side": f"{blind} of {first.size}",
            "one step: cosine with ∇EM": _pm(first),
            "61 steps: cosine": _pm(good),
            "4,000 steps: cosine": _pm(certain),
            "4,000 steps: size over that at 61": f"{10 ** np.log10(ratio).mean():.0e}",
            "WGAN critic, 4,000 steps: cosine": _pm(cosine(critic, true), 3),
            "WGAN critic: size over that of ∇EM": _pm(length),
        },
        seeds=good.size,
        note="The generator stands still, minimax loss. The perfect judge loses its size and "
        "keeps part of its direction. −log D keeps size and overshoots.",
    )


def _quantities(parts: Parts) -> Mapping[str, Floats]:
    found = {"gap to the bound": parts["bells"]["fresh"][-1]}
    for judge in ("disjoint", "crossing", "blurred"):
        for loss in ("minimax", "log_d"):
            found[f"size, {loss}, {judge}"] = sizes(parts, judge, loss)[-1]
    found["size, critic"] = sizes(parts, "critic", "gradient")[-1]
    found["poor, to the right side"] = (parts["poor"]["cosine"][1] > 0).mean(0)
    found["noise, log_d"] = parts["disjoint"]["log_d_noise"][-1]
    for judge in ("disjoint", "no-sigmoid"):
        found[f"tail, {judge}"] = parts[judge]["tail"][-1]
    return found


def _numbers(settings: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    apart, size = sizes(parts, "disjoint", "minimax"), sizes(parts, "disjoint", "log_d")
    judge, at, true = parts["disjoint"], stages(settings), em_gradient(settings)
    first = parts["poor"]["cosine"][1].ravel() > 0
    critic = gradients(parts, "critic", "gradient")

    def decades(values: Floats) -> str:
        return f"{np.log10(values).mean():.1f}"

    def angle(vectors: Floats) -> str:
        return f"{cosine(vectors, true).mean():.2f}"

    return {
        "seeds": str(apart.shape[1]),
        "rise": f"{10 ** np.log10(apart.max(0) / apart[0]).mean():.0f}",
        "fall": decades(apart.max(0) / apart[-1]),
        "bound over size": f"{np.nanmin(judge['promised'] / apart):.1f}",
        "growth": decades(size[-1] / size[0]),
        "late growth": decades(size[-1] / size[_at(settings, 100)]),
        "noise": f"{judge['log_d_noise'][-1].mean():.2f}",
        "minimax noise": f"{judge['minimax_noise'][-1].mean():.2f}",
        "strongest": f"{judge['strongest'][-1].mean():.0%}",
        "below zero": f"{parts['no-sigmoid']['below_zero'][-1].mean():.0%}",
        "first steps": f"{first.size:,}",
        "first right": f"{first.sum():,}",
        "first share": f"{first.mean():.0%}",
        "first cosine": f"{parts['poor']['cosine'][1].mean():.2f}",
        "good cosine": angle(gradients(parts, "disjoint", "minimax")[at["good"]]),
        "perfect cosine": angle(gradients(parts, "disjoint", "minimax")[-1]),
        "critic early cosine": angle(critic[at["good"]]),
        "critic size": f"{(np.linalg.norm(critic[-1], axis=-1) / np.linalg.norm(true)).mean():.2f}",
    }


#: After how many steps the judges are looked at: evenly spaced on a logarithmic axis.
LOOKS = [1, 2, 3, 4, 5, 7, 9, 13, 17, 24, 33, 45, 61, 84, 116, 159, 218, 299, 411, 563, 773, 1062]
LOOKS += [1457, 2000, 2800, 4000]

MOONS = Study(
    name="judges-of-half-moons",
    question="What does a judge tell a generator that stands still, early and late?",
    settings={
        "seeds": list(range(40)),
        # Centre, radius and angle of the half-moons.
        "real": [0.0, 0.0, 1.0, 0.0],
        "fake": [1.0, 0.4, 0.8, float(np.pi) + 0.5],
        "crossing": [0.6, 1.0, 0.8, float(np.pi) + 0.5],
        "blur": 0.3,
        "smear": 5,
        "hidden": 32,
        "rate": 1e-3,
        "looks": LOOKS,
        "window": [-1.6, 2.4, -1.4, 1.6],
        "batch": 64,
        "generator_rate": 0.1,
        # Judges of one step for each seed, and where their own seeds begin.
        "poor": 32,
        "first_poor": 10_000,
        "bells": [0.0, 1.5],
        "few": 32,
    },
    parts={
        **{judge: partial(judged, judge) for judge in JUDGES},
        "film": film,
        "poor": first_step,
        "bells": bells_judged,
    },
    quantities=_quantities,
    rows={"G1": _best_value, "G2": _no_gradient, "G3a": _growth, "G3b": _variance, "G5": _dilemma},
    numbers=_numbers,
)

STUDIES = {study.name: study for study in (MOONS,)}

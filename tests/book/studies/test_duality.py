"""What *duality* says of trained critics follows from the kept study, and from it alone."""

from __future__ import annotations

import numpy as np
import pytest

import wganlib as wg
from tests.book.reading import Chapter
from wganbook import evidence
from wganlib.paper.studies import critic_directions as study
from wganlib.paper.study import above

prose = Chapter("duality").prose


@pytest.fixture(scope="module")
def kept():
    return evidence.study("critic-directions")


@pytest.fixture(scope="module")
def em(kept):
    return kept.arrays["exact"]["em"].astype(float)


def test_the_settings_are_those_of_the_kept_sweep(kept):
    settings = kept.study.settings
    assert not set(settings["seeds"]) & set(settings["tuning_seeds"])
    chosen = study.best(settings, kept.arrays)
    for kind in study.RULES:
        assert settings["cases"][kind] == [kind, *chosen[kind]]
        tried = kept.arrays[f"tuning-{kind}"]["cosine"]
        strengths, rates = settings["strengths"][kind], settings["rates"][kind]
        assert tried.shape == (len(strengths), len(rates), len(settings["tuning_seeds"]))
        for value, grid in zip(chosen[kind], (strengths, rates), strict=True):
            assert grid[0] < value < grid[-1], "the optimum lies inside"


def test_the_chapter_trains_as_the_study_does(kept):
    cases = kept.study.settings["cases"]
    text = prose()
    for case, call in (("clipped, fast", "WeightClipping"), ("penalised", "GradientPenalty")):
        _, strength, rate = cases[case]
        mantissa, power = f"{rate:.0e}".split("e")
        assert f"wg.{call}({strength}), {mantissa}e{int(power)}, seed=0" in text
    for case, words in (("clipped, fast", "clipped, c"), ("clipped", "clipped, c"),
                        ("penalised", "penalised, λ")):  # fmt: skip
        _, strength, rate = cases[case]
        shown = f"{rate:.5f}".rstrip("0")
        assert f"{words} = {strength:g}, rate {shown}" in text


def test_the_problem_is_the_chapter_s(kept, em):
    """The points and the generator, written a second time."""
    theta, n = np.array(kept.study.settings["theta"]), kept.study.settings["points"]
    for seed, value in zip(kept.seeds[:4], em, strict=False):
        draw = np.random.default_rng(seed)
        angle = draw.uniform(0, 2 * np.pi, n)
        x = 1.5 * np.c_[np.cos(angle), np.sin(angle)] + 0.15 * draw.normal(size=(n, 2))
        z = draw.normal(size=(n, 2))
        c, s = np.cos(theta[3]), np.sin(theta[3])
        y = 0.8 * np.c_[z[:, 0] * np.exp(theta[2]), z[:, 1] / np.exp(theta[2])]
        y = np.c_[c * y[:, 0] - s * y[:, 1], s * y[:, 0] + c * y[:, 1]] + theta[:2]
        assert wg.wasserstein_1(x, y) == pytest.approx(value, rel=1e-6)


def test_untrained_critics_point_anywhere(kept):
    for case in study.CASES:
        row = study.course(kept.arrays, case)
        assert above(*wg.confidence(row["cosine"][0])) is None, "average about 0"
        assert above(*wg.confidence(row["cosine"][-1]), 0.8), "and trained ones do not"


def test_the_penalised_critic_comes_close_and_is_too_long(kept, em):
    row = study.course(kept.arrays, "penalised")
    assert above(*wg.confidence(row["cosine"][-1]), 0.98)
    assert above(*wg.confidence(row["size"][-1]), 1.2)
    assert above(*wg.confidence(row["objective"][-1] - em), 0.0), "slopes above 1"


def test_the_binding_box_spoils_the_direction(kept):
    row = study.course(kept.arrays, "clipped, fast")
    means = row["cosine"].mean(1)
    looks = kept.study.settings["looks"]
    assert looks[int(means.argmax())] == 5, "best early"
    for name, values in study.gaps(kept.study.settings, kept.arrays).items():
        assert above(*wg.confidence(values)), name
    assert (np.diff(row["objective"].mean(1)) > 0).all(), "it rises all the while"


def test_the_tuned_box_is_left_alone(kept):
    """A critic whose weights cannot have come to the walls learned nothing from the box."""
    _, strength, rate = kept.study.settings["cases"]["clipped"]
    row = study.course(kept.arrays, "clipped")
    growth = np.diff(row["objective"][-2:].mean(1))[0]
    assert growth > 0.2, "still on its way when it stops"
    # RMSProp moves a weight by about its rate a step; the first step by ten times that.
    assert 800 * rate < strength / 10
    tried = kept.arrays["tuning-clipped"]["cosine"].astype(float).mean(-1)
    wider = kept.study.settings["strengths"]["clipped"].index(strength) + 1
    place = kept.study.settings["rates"]["clipped"].index(rate)
    assert abs(tried[wider, place] - tried[wider - 1, place]) < 0.005, "five times as wide: equal"


def test_placebos(kept):
    """Critics of other problems point elsewhere: shuffled, nothing of the comparison is left."""
    lot = np.random.default_rng(0)
    parts = {name: dict(arrays) for name, arrays in kept.arrays.items()}
    both = np.stack([parts["clipped"]["cosine"], parts["penalised"]["cosine"]])
    both = lot.permuted(both.reshape(2, -1), axis=0).reshape(both.shape)
    parts["clipped"]["cosine"], parts["penalised"]["cosine"] = both
    parts["clipped-fast"]["cosine"] = lot.permuted(parts["clipped-fast"]["cosine"][1:], axis=0)
    parts["clipped-fast"]["cosine"] = np.vstack([both[0][:1], parts["clipped-fast"]["cosine"]])
    for name, values in study.gaps(kept.study.settings, parts).items():
        assert above(*wg.confidence(values)) is None, name

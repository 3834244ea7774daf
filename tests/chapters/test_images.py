"""What the chapter on images states, from the arrays that the book keeps, by another road."""

from __future__ import annotations

import functools
import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import spearmanr

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from tests.chapters.reading import Chapter, ledger
from wganlib import image_experiments

CHAPTER = Chapter("images")
PROSE = CHAPTER.prose()
CLAIMS = ("F3", "F4", "F8")
KEPT = image_experiments.kept()
LOOKS = 12
WGANS = ("mlp-wgan", "dcgan-wgan", "both-mlp-wgan")
GANS = ("mlp-gan", "dcgan-gan", "both-mlp-gan")


@functools.cache
def kept(name):
    with np.load(KEPT / f"{name}.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def reports(name, loss="critic_loss"):
    """Medians over the stretches between looks: (looks, seeds)."""
    raw = kept(name)[loss].astype(float)
    medians = np.array([[np.median(part) for part in np.split(run, LOOKS)] for run in raw]).T
    if loss == "generator_loss":
        return medians
    return -medians if name.endswith("wgan") else math.log(2) - medians / 2


def rhos(name, loss="critic_loss", since=1, space="feature"):
    distance = kept(name)[space].T[since:]
    given_ = reports(name, loss)[since - 1 :]
    return np.array(
        [
            spearmanr(a, b).statistic if np.ptp(a) and np.ptp(b) else math.nan
            for a, b in zip(given_.T, distance.T, strict=True)
        ]
    )


# --- theorems --------------------------------------------------------------------------


@given(st.lists(st.integers(0, 1000), min_size=3, max_size=12, unique=True), st.floats(0.01, 100))
def test_ranks_do_not_see_a_constant(distances, k):
    assert spearmanr(np.array(distances) * k, distances).statistic == pytest.approx(1)
    n = len(distances)
    falling = np.arange(n, 0, -1.0)
    drifting = np.arange(1.0, n + 1) / falling
    assert spearmanr(drifting * falling, falling).statistic == pytest.approx(-1)


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_a_running_median_keeps_trends_and_drops_spikes(seed, k):
    from wganlib.image_experiments import median_filter

    rng = np.random.default_rng(seed)
    rising = np.sort(rng.normal(size=20))
    np.testing.assert_array_equal(median_filter(rising, 2 * k + 1), rising)
    flat = rng.uniform(0, 1, 20)
    flat[10 : 10 + k] = 99.0
    assert median_filter(flat, 2 * k + 1)[k:-k].max() <= 1
    jump = np.repeat([3.0, -1.0], 10)
    np.testing.assert_array_equal(median_filter(jump, 2 * k + 1), jump)


# --- what is stated about the set-up -----------------------------------------------------


def test_the_table_of_what_was_made_smaller():
    settings = json.loads((KEPT / "config.json").read_text("utf-8"))["settings"]
    digits = wg.load_images(size=16)
    assert f"{len(digits):,} digits" in PROSE
    small = [
        16 * 32 * 16 + 16 * 16 * 8 + 16 * 8 + 2 * (16 + 8),
        16 * 8 + 16 * 8 * 16 + 16 * 16 + 32,
    ]
    big = [16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * 960,
           16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512) + 2 * 896]  # fmt: skip
    assert [f"{n:,}" in PROSE for n in small + big] == [True] * 4
    assert (settings["width"], settings["depth"]) == (128, 4)
    assert (settings["batch"], settings["noise"], settings["c"]) == (32, 32, 0.01)
    assert settings["looks"] * settings["updates a look"] == 720
    assert (720 // 6, 720 // 2) == (120, 360)
    assert kept("dcgan-wgan")["critic_loss"].shape == (5, 120)
    assert kept("dcgan-gan")["critic_loss"].shape == (5, 360)


def test_the_best_rate_of_the_wgan_is_the_largest():
    swept = kept("tuning")
    assert swept["feature"][0].argmin() == len(swept["rate"]) - 1
    assert "The WGAN's best rate is the largest of the three" in PROSE


def test_the_judge_is_good_and_the_floor_is_that_of_real_images():
    one = kept("dcgan-wgan")
    assert one["accuracy"] > 0.95
    test = wg.load_images(split="test", size=16)
    order = np.random.default_rng(0).permutation(len(test))
    real = test.images.reshape(len(test), -1).astype(float)[order]
    floor = wg.wasserstein_1(real[:160], real[160:320])
    assert one["pixel_floor"] == pytest.approx(floor, rel=1e-6)


# --- what is stated about the figures ----------------------------------------------------


def test_figure_3():
    for name in ("mlp-wgan", "dcgan-wgan"):
        assert (rhos(name) > 0).all(), "in every one of ten runs"
        assert rhos(name).mean() < 0.8, "well below 1"
    late = wg.correlation_along_training(
        reports("dcgan-wgan")[4:], kept("dcgan-wgan")["feature"].T[5:], seed=0
    )
    assert late.low < 0 < late.high, "without the early fall, the interval contains 0"
    np.testing.assert_allclose(late.each, rhos("dcgan-wgan", since=5))
    late = wg.correlation_along_training(
        reports("mlp-wgan")[4:], kept("mlp-wgan")["feature"].T[5:], seed=0
    )
    assert late.low > 0, "for the MLP it stays above 0"
    failed, works = reports("both-mlp-wgan"), reports("dcgan-wgan")
    assert np.median(np.abs(failed)) < 0.1 * works.min(), "smaller than any that work reach"
    assert np.isnan(rhos("both-mlp-wgan")).sum() == 2, "two runs without ρ"
    assert "In two of its runs the samples are the same at all looks" in PROSE


def test_figure_3_in_pixels_depends_on_the_generator():
    found = {
        name: wg.correlation_along_training(reports(name), kept(name)["pixel"].T[1:], seed=0)
        for name in WGANS[:2]
    }
    assert found["dcgan-wgan"].low > 0
    assert found["mlp-wgan"].low < 0 < found["mlp-wgan"].high
    first, look, *_, last = np.median(kept("mlp-wgan")["pixel"], 0)
    assert (first - look) > 0.9 * (first - last), "nearly all of the way before the first look"


def test_figure_4_in_pixels_the_mlps_report_follows_the_distance():
    distance, report = np.median(kept("mlp-gan")["pixel"], 0)[1:], reports("mlp-gan")
    found = wg.correlation_along_training(report, kept("mlp-gan")["pixel"].T[1:], seed=0)
    assert found.low > 0
    middle = np.median(report, 1)
    for curve in (distance, middle):
        lowest = curve.argmin()
        assert 0 < lowest < 4, "both fall at first"
        assert curve[-1] > 1.3 * curve[lowest], "and both rise"


def test_late_in_training_ten_runs_do_not_say_which_number_is_the_better_guide():
    found = stats.ttest_ind(
        rhos("dcgan-gan", since=5), rhos("dcgan-wgan", since=5), equal_var=False
    ).confidence_interval(0.95)
    assert found.low < 0 < found.high
    assert "Ten runs do not decide it" in PROSE


def test_figure_4():
    for name in GANS:
        assert rhos(name).mean() < 0.5
        assert np.median(reports(name), 1).max() < 0.6 < math.log(2), "well below log 2"
    mlp = np.median(reports("mlp-gan"), 1)
    assert mlp.argmin() == 3
    assert mlp.argmax() == LOOKS - 1, "rises to the end"
    distance = np.median(kept("mlp-gan")["feature"], 0)
    assert distance.argmin() == 4, "first better, then worse"
    assert (kept("mlp-gan")["covered"][:, -1] == 1).all(), "all five end in one class"
    dcgan = np.median(reports("dcgan-gan"), 1)
    assert 1.4 < dcgan.max() / dcgan[0] < 1.6, "rises by a half"
    assert dcgan[-1] < 1.1 * dcgan[0], "and sinks again"
    assert (np.diff(np.median(kept("dcgan-gan")["feature"], 0)) < 0).all(), "better all the time"
    assert rhos("dcgan-gan", since=5).mean() > rhos("dcgan-wgan", since=5).mean()


def test_figure_8():
    losses = {name: rhos(name, "generator_loss") for name in GANS}
    for name in GANS:
        assert losses[name].mean() <= rhos(name).mean()
    assert (losses["dcgan-gan"] < 0).all(), "the wrong way, in every run"
    for name in ("mlp-gan", "both-mlp-gan"):
        found = wg.correlation_along_training(
            reports(name, "generator_loss"), kept(name)["feature"].T[1:], seed=0
        )
        assert found.low < 0 < found.high, "both intervals contain 0"
    for name in GANS:
        less = losses[name] - rhos(name)
        low, high = stats.t.interval(0.95, 4, less.mean(), stats.sem(less))
        assert high < 0 if name == "dcgan-gan" else low < 0 < high


def test_nothing_points_to_copying():
    for name in ("dcgan-wgan", "dcgan-gan"):
        assert (kept(name)["nearer_to_train"] < 0.5).all()
        assert (kept(name)["nearest_ratio"] > 1).all()
    for name in ("mlp-wgan", "mlp-gan"):
        assert np.ptp(kept(name)["nearer_to_train"]) > 0.5, "from 0 to 1"
        assert (kept(name)["nearest_ratio"] > 1.5).all()


def test_the_moving_samples_are_the_first_of_the_first_seed():
    for name in (*WGANS, *GANS):
        np.testing.assert_array_equal(kept(name)["frames"][0, -1], kept(name)["sheet"][0, :12])


def test_every_quality_is_printed_beside_that_of_real_images():
    """Distances in both spaces, classes and confidence, at the end of every training."""
    text = CHAPTER.page()
    real = re.search(r"^real against real +([\d.]+) +([\d.]+) +(\d+) +([\d.]+)$", text, re.M)
    one = kept("dcgan-wgan")
    yardstick = ("feature_floor", "pixel_floor", "real_covered", "real_confidence")
    np.testing.assert_allclose(
        [float(v) for v in real.groups()], [float(one[k]) for k in yardstick], atol=0.051
    )
    for name in (*WGANS, *GANS):
        row = re.search(rf"^{name}((?: +[\d.]+ ± [\d.]+){{4}}) *$", text, re.M)
        means = re.findall(r"([\d.]+) ±", row[1])
        for shown, what in zip(means, ("feature", "pixel", "covered", "confidence"), strict=True):
            assert float(shown) == pytest.approx(kept(name)[what][:, -1].mean(), abs=0.051)


def test_numbers_of_the_exercises():
    assert (
        "differences are 0, 1, −1, 0, 0, so $\\rho = 1 - 6 \\cdot 2 / (5 \\cdot 24) = 0.9$" in PROSE
    )
    half = math.log(0.8) + math.log(0.7)
    assert (round(half, 3), round(half / 2 + math.log(2), 3)) == (-0.580, 0.403)
    assert "0.403" in PROSE


# --- the ledger --------------------------------------------------------------------------


def test_verdicts():
    assert {claim: row["verdict"] for claim, row in ledger(*CLAIMS).items()} == {
        "F3": "scaled down",
        "F4": "differs",
        "F8": "scaled down",
    }
    assert all(row["seeds"] == 5 for row in ledger(*CLAIMS).values())
    f3, f4, f8 = (dict(ledger(*CLAIMS)[claim]["values"]) for claim in ("F3", "F4", "F8"))
    assert f3["ρ, MLP generator"] == pytest.approx(rhos("mlp-wgan").mean())
    assert f3["ρ, DCGAN generator"] == pytest.approx(rhos("dcgan-wgan").mean())
    assert f3["ρ, DCGAN, without the early fall"] == pytest.approx(
        rhos("dcgan-wgan", since=5).mean()
    )
    for name, key in (("mlp-wgan", "ρ in pixels, MLP generator"),
                      ("dcgan-wgan", "ρ in pixels, DCGAN generator")):  # fmt: skip
        assert f3[key] == pytest.approx(rhos(name, space="pixel").mean())
    assert f4["ρ in pixels, MLP generator"] == pytest.approx(rhos("mlp-gan", space="pixel").mean())
    assert f4["ρ, DCGAN generator"] == pytest.approx(rhos("dcgan-gan").mean())
    assert f4["ρ, DCGAN, last two thirds"] == pytest.approx(rhos("dcgan-gan", since=5).mean())
    assert f8["ρ of the loss, DCGAN"] == pytest.approx(rhos("dcgan-gan", "generator_loss").mean())

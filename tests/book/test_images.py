"""What the chapter on images states, from the arrays that the book keeps, by another road."""

from __future__ import annotations

import functools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import spearmanr

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from tests.book.reading import Chapter
from wganbook.numbers import RESULTS

CHAPTER = Chapter("images")
PROSE = CHAPTER.prose()
KEPT = RESULTS / "digits"
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
    from wganlib.paper.images import median_filter

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
    failed, works = reports("both-mlp-wgan"), reports("dcgan-wgan")
    assert np.median(np.abs(failed)) < 0.1 * works.min(), "smaller than any that work reach"
    assert (kept("both-mlp-wgan-usual")["covered"][:, -1] == 1).all(), "one class in every run"


def test_no_network_beats_two_moments_of_the_data():
    gauss = kept("baselines")["gaussian"].mean(1)
    for name in (*WGANS, *GANS, "plain-wgan", "plain-gan", "plain-gan-long", "mlp-wgan-long"):
        assert kept(name)["feature"][:, -1].mean() > gauss[0]
        assert kept(name)["pixel"][:, -1].mean() > gauss[1]
    for name in ("dcgan-wgan", "dcgan-gan", "plain-wgan"):
        assert kept(name)["confidence"][:, -1].max() < 0.9 * kept("baselines")["real_confidence"]


def test_the_step_counter_is_no_worse_a_guide():
    steps = -np.arange(LOOKS, dtype=float)
    for name in WGANS[:2]:
        for space in ("feature", "pixel"):
            distance = kept(name)[space].T[1:]
            counted = np.mean([spearmanr(steps, run).statistic for run in distance.T])
            assert counted > rhos(name, space=space).mean()


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


def test_figure_8():
    loss = rhos("dcgan-gan", "generator_loss")
    assert (loss < 0).all(), "the wrong way, in every run"
    for name in GANS:
        less = rhos(name, "generator_loss") - rhos(name)
        low, high = stats.t.interval(0.95, 4, less.mean(), stats.sem(less))
        assert high < 0 if name == "dcgan-gan" else low < 0 < high, "five seeds cannot tell"


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


def test_numbers_of_the_exercises():
    assert (
        "differences are 0, 1, −1, 0, 0, so $\\rho = 1 - 6 \\cdot 2 / (5 \\cdot 24) = 0.9$" in PROSE
    )
    half = math.log(0.8) + math.log(0.7)
    assert (round(half, 3), round(half / 2 + math.log(2), 3)) == (-0.580, 0.403)
    assert "0.403" in PROSE


# --- the cells that a reader changes -------------------------------------------------------


def test_the_loop_in_the_chapter_is_the_librarys_step():
    """Networks, order, clipping: two generator steps in float64 end where the library's do."""
    import torch

    from tests.book.test_every_chapter import code_cells
    from wganlib.images.networks import DCGANCritic, DCGANGenerator
    from wganlib.training.lipschitz import WeightClipping
    from wganlib.training.networks import passes
    from wganlib.training.objectives import WGAN
    from wganlib.training.optimisers import RMSProp
    from wganlib.training.step import Step

    names = {"torch": torch, "np": np}
    for cell in code_cells(CHAPTER.path):
        if "def conv_generator" in cell or "def wgan" in cell:
            exec(cell, names)
    common = {"size": 16, "channels": 1, "filters": 8, "seed": 0, "dtype": "float64"}
    pair = DCGANGenerator(noise=32, **common), DCGANCritic(**common)
    mine = [names[kind]().double() for kind in ("conv_generator", "conv_critic")]
    for own, network in zip(mine, pair, strict=True):
        assert [p.shape for p in own.parameters()] == [p.shape for p in network.parameters()]
        own.load_state_dict(dict(zip(own.state_dict(), network.state_dict().values(), strict=True)))
    before = [p.detach().clone() for own in mine for p in own.parameters()]
    rate, c, n_critic, batch = 3e-3, 0.01, 5, 32
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        real = torch.randn(40, 1, 16, 16, generator=torch.Generator().manual_seed(1))
        torch.manual_seed(0)
        course = names["wgan"](*mine, real)
        estimates = [next(course) for _ in range(2)]
        torch.manual_seed(0)
        draws = []
        for _ in estimates:
            pairs = [
                (real[torch.randint(len(real), (batch,))], torch.randn(batch, 32))
                for _ in range(n_critic)
            ]
            x, z = (torch.stack(part) for part in zip(*pairs, strict=True))
            draws.append((x[None], z[None], None, torch.randn(1, batch, 32)))
    finally:
        torch.set_default_dtype(usual)
    step = Step(*map(passes, pair), WGAN(), WeightClipping(c), RMSProp(rate), RMSProp(rate))
    with torch.no_grad():
        losses = [float(step(*inputs)[0, 0]) for inputs in draws]
    np.testing.assert_allclose(estimates, np.negative(losses), rtol=0, atol=1e-9)
    for own, network in zip(mine, pair, strict=True):
        for a, b in zip(own.parameters(), network.parameters(), strict=True):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=0, atol=1e-9)
    after = [p.detach() for own in mine for p in own.parameters()]
    assert all((a - b).abs().max() > rate / 10 for a, b in zip(after, before, strict=True))


def test_what_the_text_says_of_the_finished_runs_on_mnist():
    from wganbook import evidence
    from wganlib.paper.studies import mnist

    found = mnist.cells(evidence.so_far("mnist"))
    invented = min(found["baselines"][kind][0].mean() for kind in mnist.BASELINES)
    for cell in ("dcgan-wgan", "plain-wgan"):
        assert (found[cell]["feature"][:, -1] < invented).all()
    gan = found["dcgan-gan"]
    assert gan["feature"][0, -1] < found["dcgan-wgan"]["feature"][:, -1].min()
    assert (gan["covered"][:, -1] == 3).any()

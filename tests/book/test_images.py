"""What the chapter on images states, from the arrays that the book keeps, by another road."""

from __future__ import annotations

import functools
import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from tests.book.reading import Chapter
from wganbook.numbers import RESULTS

CHAPTER = Chapter("images")
PROSE = CHAPTER.prose()
LOOKS = 10
WGANS = ("mlp-wgan", "dcgan-wgan", "both-mlp-wgan")
GANS = ("mlp-gan", "dcgan-gan")
#: How many runs there are of what stands in the tables.
RUNS = {"dcgan-wgan": 5, "dcgan-gan": 5, "mlp-wgan": 5, "mlp-gan": 5, "plain-wgan": 3,
        "plain-gan": 3, "both-mlp-wgan": 3, "both-mlp-wgan-usual": 3}  # fmt: skip


@functools.cache
def kept(name):
    """Arrays of the small study."""
    with np.load(RESULTS / "digits" / f"{name}.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


@functools.cache
def runs(name):
    """Arrays of every run on MNIST."""
    found = []
    for k in range(RUNS[name]):
        with np.load(RESULTS / "mnist" / f"{name}-{k}.npz", allow_pickle=False) as file:
            found.append({key: file[key] for key in file.files})
    return found


@functools.cache
def yardsticks():
    with np.load(RESULTS / "mnist" / "baselines.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def ends(name, measure="feature"):
    return np.array([run[measure][-1] for run in runs(name)])


def reports(name, loss="critic_loss"):
    """Medians over the stretches between looks: (looks, seeds)."""
    medians = np.array(
        [[np.median(part) for part in np.split(run[loss].astype(float), LOOKS)]
         for run in runs(name)]
    ).T  # fmt: skip
    if loss == "generator_loss":
        return medians
    return -medians if name.endswith("wgan") else math.log(2) - medians / 2


def rhos(name, loss="critic_loss", space="feature"):
    return np.array(
        [
            spearmanr(told, run[space][1:]).statistic
            for told, run in zip(reports(name, loss).T, runs(name), strict=True)
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
    digits = wg.load_images(size=16)
    assert f"{len(digits):,} digits" in PROSE
    small = [
        16 * 32 * 16 + 16 * 16 * 8 + 16 * 8 + 2 * (16 + 8),
        16 * 8 + 16 * 8 * 16 + 16 * 16 + 32,
    ]
    here = [
        16 * (64 * 64 + 64 * 32 + 32 * 16 + 16) + 2 * (64 + 32 + 16),
        16 * (16 + 16 * 32 + 32 * 64 + 64) + 2 * (32 + 64),
    ]
    big = [16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * 960,
           16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512) + 2 * 896]  # fmt: skip
    assert [f"{n:,}" in PROSE for n in small + here + big] == [True] * 6
    settings = json.loads((RESULTS / "mnist" / "config.json").read_text("utf-8"))["settings"]
    assert (settings["width"], settings["depth"], settings["filters"]) == (80, 4, 16)
    assert (settings["batch"], settings["noise"], settings["c"]) == (64, 64, 0.01)
    assert settings["looks"] * settings["updates a look"] == 18_000
    assert (settings["rates"]["wgan"], settings["rates"]["gan"]) == (0.001, 0.002)
    assert {len(run["critic_loss"]) for run in runs("dcgan-wgan")} == {18_000 // 6}
    assert {len(run["critic_loss"]) for run in runs("dcgan-gan")} == {18_000 // 2}
    assert f"{sum(RUNS.values())} trainings" in PROSE
    assert sum(RUNS.values()) == 32


def test_the_rates_lie_inside_their_grids():
    settings = json.loads((RESULTS / "mnist" / "config.json").read_text("utf-8"))["settings"]
    with np.load(RESULTS / "mnist" / "tuning.npz", allow_pickle=False) as file:
        swept = {kind: file[kind] for kind in ("wgan", "gan")}
    for kind, scores in swept.items():
        grid = np.array(settings["grids"][kind])
        own = grid[:, 0] == settings["c"]
        rates, feature = grid[own, 1], scores[own, 0]
        best = rates[feature.argmin()]
        assert best == settings["rates"][kind]
        assert rates.min() < best < rates.max()
    nearest = settings["grids"]["wgan"][int(swept["wgan"][:, 0].argmin())]
    assert nearest == [0.03, 0.001], "a box three times as wide is a little nearer"


def test_the_judge_is_good():
    assert yardsticks()["accuracy"] > 0.99


def test_what_the_table_of_scores_says():
    made = {kind: yardsticks()[kind].mean(1) for kind in ("gaussian", "pca", "two")}
    feature, pixel = (min(scores[k] for scores in made.values()) for k in (0, 1))
    for name in ("dcgan-wgan", "plain-wgan"):
        assert (ends(name) < feature).all(), "nearer in features than all that no network made"
    assert ends("mlp-wgan").mean() > feature, "the MLP's is not"
    assert pixel == made["two"][1]
    for name in WGANS:
        assert (ends(name, "pixel") > pixel).all(), "averages of two are nearer in pixels"
    gan = ends("dcgan-gan")
    whole = ends("dcgan-gan", "covered") == 10
    others = [ends(name).min() for name in RUNS if name.endswith("wgan")]
    assert gan[whole].max() < min(others), "the nearest of the table"
    assert ends("dcgan-gan", "covered")[~whole].max() <= 3, "the others have lost most"
    assert ends("mlp-wgan", "precision").min() > ends("dcgan-wgan", "precision").max()
    assert ends("mlp-wgan", "recall").max() < 0.01


def test_figure_3():
    mlp = rhos("mlp-wgan")
    clock = [spearmanr(-np.arange(LOOKS), run["feature"][1:]).statistic for run in runs("mlp-wgan")]
    assert mlp.min() > 0.8
    assert abs(mlp.mean() - np.mean(clock)) < 0.05, "as good a guide as a clock, and no better"
    for run in runs("dcgan-wgan"):
        way = run["feature"]
        assert (way[0] - way[1]) > 0.9 * (way[0] - way[-1]), "before the first look"
    assert 18_000 / 6 / LOOKS == 300
    assert np.abs(reports("both-mlp-wgan")).max() < 1e-6, "0 at every look"
    assert ends("both-mlp-wgan").min() > 1000, "out of the range of images"
    usual = "both-mlp-wgan-usual"  # a tenth of the rate
    before = np.mean([run["feature"][0] for run in runs(usual)])
    assert (abs(ends(usual) - before) < 0.15 * before).all(), "about as far as before training"
    assert (ends(usual, "covered") == 1).all(), "one class of ten"
    still, worked = (np.ptp(reports(name), axis=0) for name in (usual, "dcgan-wgan"))
    assert still.max() < 0.1 * worked.mean(), "an estimate that does not move"


def test_across_runs():
    told = {name: reports(name)[-1] for name in (*WGANS, "plain-wgan")}
    order = ("dcgan-wgan", "plain-wgan", "mlp-wgan")
    for near, far in itertools.pairwise(order):
        assert told[near].max() < told[far].min(), "reports in the order of the distances"
        assert ends(near).mean() < ends(far).mean()
    assert told["both-mlp-wgan"].max() < told["dcgan-wgan"].min()
    assert ends("both-mlp-wgan").min() > ends("mlp-wgan").max(), "the worst samples"


def test_figure_4():
    report = reports("dcgan-gan")
    for told, run in zip(report.T, runs("dcgan-gan"), strict=True):
        assert (run["covered"][1:-1] == 10).all(), "nine looks with all ten"
        assert told[-1] > 2 * told[0], "the report rises"
        moves = np.abs(np.diff(told))
        if run["covered"][-1] < 10:
            assert run["covered"][-1] <= 3
            assert moves[-1] < moves[:-1].max(), "it moves less there than before"
    assert report[-1].min() > math.log(2) - 0.1, "towards log 2"
    for told, run in zip(reports("mlp-gan").T, runs("mlp-gan"), strict=True):
        assert (run["covered"][1:] <= 3).all(), "the samples fall apart from the start"
        assert np.median(told) > math.log(2) - 0.1, "near log 2"


def test_nothing_points_to_copying():
    for name in RUNS:
        for run in runs(name):
            assert run["nearest_ratio"] > 1, "farther than real digits"
            if run["covered"][-1] >= 9:
                assert 0.4 < run["nearer_to_train"] < 0.6, "near one half"


def test_no_network_of_the_small_study_beats_two_moments_of_the_data():
    gauss = kept("baselines")["gaussian"].mean(1)
    for name in ("dcgan-wgan", "dcgan-gan", "mlp-wgan", "mlp-gan"):
        assert kept(name)["feature"][:, -1].mean() > gauss[0]
        assert kept(name)["pixel"][:, -1].mean() > gauss[1]
    assert (kept("both-mlp-wgan-usual")["covered"][:, -1] == 1).all(), "one class in every run"


def test_the_moving_samples_are_the_first_of_the_first_seed():
    for name in (*WGANS, *GANS):
        first = runs(name)[0]
        np.testing.assert_array_equal(first["frames"][-1], first["sheet"][:12])


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

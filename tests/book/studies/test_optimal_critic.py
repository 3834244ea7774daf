"""The verdict on longer trained judges: agrees with its result, and not with a placebo."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from wganbook import evidence
from wganlib.paper.studies import optimal_critic as study


@pytest.fixture(scope="module")
def kept():
    return evidence.study("longer-trained-judges")


def given(kept, change):
    """The verdict after each game's EM is replaced by what a function makes of it."""
    parts = {name: dict(arrays) for name, arrays in kept.arrays.items()}
    for game in study.GAMES:
        parts[game]["em"] = change(game, parts[game]["em"].astype(float))
    return kept.study.rows["S3"](kept.study.settings, parts).verdict


def planted(gan, wgan):
    """EM that does not depend on the judge's steps, but for what is added at 25 of them."""

    def change(game, em):
        rng = np.random.default_rng(3)
        made = 1 + 0.1 * rng.normal(size=em.shape)
        made[[study.MANY, study.SHORT]] += wgan if game.startswith("wgan") else gan
        return made

    return change


def test_the_rates_are_those_of_the_kept_sweep(kept):
    settings = kept.study.settings
    assert study.best_rates(settings, kept.arrays) == settings["rates"]
    assert not set(settings["seeds"]) & set(settings["tuning_seeds"])
    for game in study.GAMES:
        shape = (len(settings["cells"]), len(settings["grid"]), len(settings["tuning_seeds"]))
        assert kept.arrays[f"tuning-{game}"]["em"].shape == shape
    for cell in study.at_the_edge(settings):
        assert cell in kept.findings["S3"].note


def test_an_edge_of_the_grid_is_said():
    settings = {
        **study.LONGER.settings,
        "rates": {game: [2.5e-4] + [1e-3] * 4 for game in study.GAMES},
    }
    assert study.at_the_edge(settings)[0] == "GAN, minimax at 1 × 300"
    assert len(study.at_the_edge(settings)) == 4


def test_placebos_and_planted_effects(kept):
    assert given(kept, planted(gan=+0.5, wgan=-0.5)) == "scaled down"
    assert given(kept, planted(gan=-0.5, wgan=-0.5)) == "differs"
    assert given(kept, planted(gan=+0.5, wgan=+0.5)) == "differs"
    assert given(kept, planted(gan=0.0, wgan=0.0)) == "undecided"
    # Placebo: the WGANs' numbers for the GANs, and the other way round.
    swapped = dict(zip(study.GAMES, reversed(study.GAMES), strict=True))
    assert given(kept, lambda game, em: kept.arrays[swapped[game]]["em"]) == "differs"
    # Placebo: which count of judge steps a run had is drawn by lot.
    lot = np.random.default_rng(5)
    assert given(kept, lambda game, em: lot.permuted(em, axis=0)) in ("undecided", "differs")


def test_each_counting_is_asked(kept):
    """An effect in generator steps alone, or in judge steps alone, is not enough."""

    def one(place):
        def change(game, em):
            made = planted(0.0, 0.0)(game, em)
            made[place] += -0.5 if game.startswith("wgan") else 0.5
            return made

        return change

    for place in (study.MANY, study.SHORT):
        assert given(kept, one(place)) == "undecided"


def test_the_family_covers_together():
    """Four intervals of normal data hold their four means together in 95 of 100 trials."""
    rng = np.random.default_rng(0)
    hold = 0
    for _ in range(4000):
        trial = [study.family(rng.normal(size=8), 4) for _ in range(4)]
        hold += all(abs(mean) <= half for mean, half in trial)
    low, high = stats.binomtest(hold, 4000).proportion_ci(0.999)
    # The four are independent here, so that the correction is a little more than is needed.
    assert low < (1 - 0.05 / 4) ** 4 < high

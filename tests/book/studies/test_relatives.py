"""Moment matching and energies: verdicts on the result, on placebos, on planted effects."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import wganlib as wg
from wganbook import evidence
from wganlib.paper.studies import relatives


def replaced(parts, name, **arrays):
    return {**parts, name: {**parts[name], **arrays}}


def test_moment_matching_minimises_what_it_says():
    kept = evidence.study("moment-matching")
    settings, judge = kept.study.settings, kept.study.rows["R5"]
    assert judge(settings, kept.arrays).verdict == "scaled down"
    start = kept.arrays["untrained"]
    # Placebos: networks that were not trained, and a kernel that sees the mean alone.
    assert judge(settings, replaced(kept.arrays, "equal-points", **start)).verdict == "differs"
    wide = kept.arrays["wide-kernel"]
    assert judge(settings, replaced(kept.arrays, "equal-points", **wide)).verdict == "differs"
    # MMD² that falls while the points go nowhere is not enough.
    stuck = replaced(kept.arrays, "equal-points", em=start["em"])
    assert judge(settings, stuck).verdict == "differs"


def test_the_gradient_is_that_of_the_librarys_estimate():
    rng = np.random.default_rng(0)
    x, real = rng.normal(size=(6, 2)), rng.normal(size=(9, 2))
    pair = (torch.from_numpy(part)[None] for part in (x, real))
    by_hand = relatives.slope_of_loss(*pair, 2.0, 2)[0].numpy()
    widths = [2.0, 1.0, 0.5]
    for i, j in np.ndindex(*x.shape):
        nudge = np.zeros_like(x)
        nudge[i, j] = 1e-5
        up, down = (
            wg.distances.mmd_squared(x + s * nudge, real, bandwidth=widths) for s in (1, -1)
        )
        assert (up - down) / 2e-5 == pytest.approx(by_hand[i, j], abs=1e-7)


@pytest.mark.parametrize("method", ["wgan", "gmmn"])
def test_each_rate_is_the_one_that_its_tuning_chose(method):
    kept = evidence.study("moment-matching")
    settings = kept.study.settings
    score = kept.arrays[f"tune-{method}"]["em"].mean(-1)
    assert settings["rates"][int(score.argmin())] == settings["chosen"][method]
    assert 0 < score.argmin() < len(score) - 1, "an optimum inside the grid"
    assert not set(settings["tuning_seeds"]) & set(kept.seeds)


def test_leads_are_paired_and_have_a_sign():
    kept = evidence.study("moment-matching")
    em = kept.arrays["wgan"]["em"]
    ahead = replaced(kept.arrays, "equal-steps", em=em - 0.1)
    assert relatives.ranked(ahead, "equal-steps", "wgan") == "ahead"
    assert relatives.ranked(ahead, "wgan", "equal-steps") == "behind"
    rng = np.random.default_rng(0)
    level = replaced(kept.arrays, "equal-steps", em=em + rng.permuted(em) - rng.permuted(em))
    assert relatives.ranked(level, "equal-steps", "wgan") == "level"


def test_energies_lose_their_slope_only_with_a_cap():
    kept = evidence.study("energies")
    settings, judge = kept.study.settings, kept.study.rows["R2"]
    assert judge(settings, kept.arrays).verdict == "differs"
    # Planted: if the energy without a cap lost its slope too, the claim would hold.
    both = {**kept.arrays, "free": kept.arrays["capped"]}
    assert judge(settings, both).verdict == "scaled down"
    # Placebo: kinds changed over.
    swapped = {"capped": kept.arrays["free"], "free": kept.arrays["capped"]}
    assert judge(settings, swapped).verdict == "differs"
    # An energy that did not reach its minimum says nothing.
    early = replaced(both, "capped", loss=kept.arrays["capped"]["loss"] + 0.5)
    assert judge(settings, early).verdict == "differs"

"""Momentum and high rates on MNIST: what was kept, placebos and planted effects."""

from __future__ import annotations

import numpy as np
import pytest

from wganbook import evidence
from wganlib.paper.studies import mnist_critic as study

KEPT = evidence.study("mnist-critic")
SETTINGS = KEPT.study.settings
RATES = len(SETTINGS["critic rates"])


def ends(changed=None):
    """A whole study whose runs end at 30 in features, but for those that are changed.

    ``changed`` takes an optimiser, the place of a rate and a seed's, and tells where a run ends.
    """
    rng = np.random.default_rng(0)
    parts = {}
    for mover in study.MOVERS:
        for seed in study.SEEDS:
            last = [30 + rng.random() for _ in range(RATES)]
            if changed is not None:
                last = [changed(mover, k, seed) or end for k, end in enumerate(last)]
            em = np.stack([np.full(RATES, 55.0), last], axis=1)
            parts[f"{mover}-{seed}"] = {"feature": em, "against": np.full_like(em, 0.01)}
    return parts


def verdict(row, parts):
    return KEPT.study.rows[row](SETTINGS, parts).verdict


def test_momentum_that_breaks_runs_is_told_from_a_rate_that_does():
    assert verdict("S2c", ends(lambda m, k, s: 90.0 * (m == "adam-09"))) == "scaled down"
    assert verdict("S2c", ends(lambda m, k, s: 90.0 * (m == "rmsprop" and k > 0))) == "differs"
    # Placebos: nobody breaks, all break alike, and one run of momentum's five does.
    assert verdict("S2c", ends()) == "undecided"
    assert verdict("S2c", ends(lambda m, k, s: 90.0 * (k == 2))) == "undecided"
    assert verdict("S2c", ends(lambda m, k, s: 90.0 * (m == "adam-09" and s == 0))) == "undecided"


def test_a_high_rate():
    assert verdict("S2d", ends(lambda m, k, s: 90.0 * (k == 2))) == "scaled down"
    assert verdict("S2d", ends(lambda m, k, s: 90.0 * (k == 0 and s > 0))) != "scaled down"
    assert verdict("S2d", ends(lambda m, k, s: 90.0 * (k == 1))) == "undecided"
    assert verdict("S2d", ends(lambda m, k, s: 90.0 * (m != "rmsprop" and k == 2))) == "undecided"


def test_a_run_that_stopped_is_broken():
    parts = ends(lambda m, k, s: np.nan if (m, k, s) == ("rmsprop", 2, 1) else 0.0)
    parts["rmsprop-1"]["feature"][2, -1] = np.nan
    assert study.broken(parts, "rmsprop")[2].tolist() == [False, True, False, False, False]


@pytest.mark.parametrize("mover", study.MOVERS)
def test_what_was_kept(mover):
    for seed in study.SEEDS:
        part = KEPT.arrays[f"{mover}-{seed}"]
        for name in study.COURSE:
            assert part[name].shape == (RATES, SETTINGS["looks"] + 1), name
        if mover != "adam-09":  # a theorem: without momentum no step goes uphill
            assert np.nanmax(part["against"]) == 0
    assert study.course(KEPT.arrays, mover).shape == (SETTINGS["looks"] + 1, RATES, 5)

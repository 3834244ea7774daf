"""What is said of known potentials: the pairs are what they claim to be, verdicts can fail."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import wganlib as wg
from tests.book.studies.test_mode_collapse import changed
from wganbook import evidence
from wganlib.paper.studies import potentials as study

VALUES = {
    "plane": lambda x: x[:, 0],
    "fold": lambda x: np.abs(x[:, 0]),
    "cones": lambda x: np.linalg.norm(x[:, None] - study.CENTRES, axis=2).min(1),
}


@pytest.fixture(scope="module")
def kept():
    return evidence.study("known-potentials")


@pytest.mark.parametrize("name", study.PAIRS)
def test_the_way_moved_is_the_exact_distance(name):
    """By the potential, which is 1-Lipschitz and gains it; and by exact transport."""
    real, fake = study.PAIRS[name](np.random.default_rng(3), 120)
    way = np.linalg.norm(real - fake, axis=1)
    gain = VALUES[name](real) - VALUES[name](fake)
    np.testing.assert_allclose(gain, way, atol=1e-12)
    assert wg.wasserstein_1(real, fake) == pytest.approx(way.mean(), rel=1e-9)
    both = np.concatenate([real, fake])
    climb = np.abs(VALUES[name](both)[:, None] - VALUES[name](both))
    assert (climb <= np.linalg.norm(both[:, None] - both, axis=2) + 1e-12).all()


def test_the_share_of_a_potential_is_one_and_no_scale_changes_it():
    """|x₁| by two sorted units, and the same network with layers five times as large."""
    critic = wg.MLP([2, 2, 1], seed=[0, 1], activation="groupsort")
    with torch.no_grad():
        critic.flat.zero_()
        (first, _), (last, _) = critic.layers()
        first[:, 0] = torch.tensor([1.0, -1.0]) / 2**0.5
        last[:, :, 0] = torch.tensor([-1.0, 1.0]) / 2**0.5
        critic.flat[1] *= 5
    np.testing.assert_allclose(study.shares(critic, "fold", 200), 1, atol=1e-6)
    assert (study.shares(critic, "cones", 200) < 0.9).all()
    for profile in study.profile(critic):
        np.testing.assert_allclose(profile, np.abs(study.PROFILE), atol=1e-6)


def test_the_settings_are_those_of_the_kept_sweep(kept):
    settings = kept.study.settings
    assert not set(settings["seeds"]) & set(settings["tuning_seeds"])
    assert study.chosen(settings, kept.arrays) == settings["tuned"]


def test_no_critic_proves_more_than_all(kept):
    for activation in study.ACTIVATIONS:
        for name, values in kept.arrays[activation].items():
            if not name.endswith("profile"):
                assert values.max() <= 1 + 1e-5, (activation, name)


def with_shares(parts, activation, **pairs):
    """The kept result with other shares of an activation, under every rule."""
    fake = {
        f"{rule}, {pair}": np.asarray(values, np.float32)
        for rule in study.RULES
        for pair, values in pairs.items()
    }
    return {**parts, activation: {**parts[activation], **fake}}


def swapped(parts):
    """A placebo: the labels of ReLU and GroupSort exchanged, in half of the runs."""
    one, two = parts["relu"], parts["groupsort"]
    mixed = {"relu": dict(one), "groupsort": dict(two)}
    for name in one:
        if not name.endswith("profile"):
            half = np.arange(one[name].size) % 2 == 0
            mixed["relu"][name] = np.where(half, one[name], two[name])
            mixed["groupsort"][name] = np.where(half, two[name], one[name])
    return {**parts, **mixed}


def test_x5a_relu_falls_short_where_the_potential_bends(kept):
    settings, judge, parts = kept.study.settings, kept.study.rows["X5a"], kept.arrays
    assert judge(settings, parts).verdict == "scaled down"
    full = 0.99 + 0.001 * np.arange(12)
    assert judge(settings, with_shares(parts, "relu", fold=full)).verdict == "differs"
    assert judge(settings, with_shares(parts, "relu", cones=full)).verdict == "differs"
    # Placebo: a problem on which every critic loses says nothing about ReLU.
    poor = 0.5 + 0.001 * np.arange(12)
    assert judge(settings, with_shares(parts, "relu", plane=poor)).verdict == "differs"
    wide = 0.8 + 0.3 * (np.arange(12) % 2)
    assert judge(settings, with_shares(parts, "relu", fold=wide)).verdict == "undecided"


def test_x5b_groupsort_reaches_what_it_can_be(kept):
    settings, judge, parts = kept.study.settings, kept.study.rows["X5b"], kept.arrays
    assert judge(settings, parts).verdict == kept.findings["X5b"].verdict == "scaled down"
    poor = 0.8 + 0.001 * np.arange(12)
    assert judge(settings, with_shares(parts, "groupsort", fold=poor)).verdict == "differs"
    # Placebos: critics of the same kind on both sides, and labels exchanged in half of the runs.
    alike = {**parts, "groupsort": parts["relu"]}
    assert judge(settings, alike).verdict == "differs"
    assert judge(settings, swapped(parts)).verdict in ("differs", "undecided")


def test_changed_profiles_change_no_verdict(kept):
    parts = {**kept.arrays, "relu": changed({"relu": kept.arrays["relu"]})["relu"]}
    for row, judge in kept.study.rows.items():
        assert judge(kept.study.settings, parts).verdict == kept.findings[row].verdict

"""The verdicts on training: each agrees with its result, and not with a placebo."""

from __future__ import annotations

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import tests.strategies  # noqa: F401  (the hypothesis profile)
from tests.book.studies.test_mode_collapse import changed
from wganbook import evidence
from wganlib import transport_plan
from wganlib.paper.studies import critic_or_oracle, minibatches, training_a_wgan

# --- the building blocks -----------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_the_steepest_chord_makes_any_function_a_lower_bound(seed, n):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, 2)), rng.normal(size=(n, 2))
    f, g = rng.normal(size=n), rng.normal(size=n)
    slope = training_a_wgan.steepest_chord(f, g, x, y)
    assert slope == pytest.approx(
        max((f[i] - g[j]) / np.linalg.norm(x[i] - y[j]) for i in range(n) for j in range(n))
    )
    if slope > 0:
        assert (f.mean() - g.mean()) / slope <= ot.emd2([], [], cdist(x, y)) + 1e-9


def test_the_chord_of_the_potential_is_one_and_its_bound_exact():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(25, 2)), rng.normal(size=(25, 2)) + 1
    plan = transport_plan(x, y)
    slope = training_a_wgan.steepest_chord(plan.potential_x, -plan.potential_y, x, y)
    assert slope == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_value_and_slope_of_a_matching(d):
    rng = np.random.default_rng(d)
    x, z = rng.normal(size=(12, d)), rng.normal(size=(12, d))
    value, slope = minibatches.value_and_slope(x, z, 0.8)
    assert value == pytest.approx(ot.emd2([], [], cdist(x, 0.8 * z)))
    up, down = (minibatches.value_and_slope(x, z, 0.8 + h)[0] for h in (1e-6, -1e-6))
    assert slope == pytest.approx((up - down) / 2e-6, abs=1e-6)


def test_the_slope_at_scale_one_is_half_of_the_distance_over_both_orders():
    """The chapter's theorem, pair by pair: the two orders of a pair add up to the distance."""
    rng = np.random.default_rng(2)
    for law in (rng.standard_normal, rng.standard_cauchy, rng.random):
        x, z = law((20, 3)), law((20, 3))
        value, one = minibatches.value_and_slope(x, z, 1.0)
        again, two = minibatches.value_and_slope(z, x, 1.0)
        assert value == pytest.approx(again)
        assert one + two == pytest.approx(value)


def test_best_scales_are_where_the_slope_turns():
    scales = np.linspace(0, 2, 41)
    slopes = np.stack([scales - 0.63, 2 * (scales - 1.41), scales + 1, scales - 3], axis=1)
    best = minibatches.best_scales(scales, slopes)
    np.testing.assert_allclose(best, [0.63, 1.41, 0, 2])


def test_the_film_is_what_train_did():
    settings = {
        "film_seed": 3, "points": 30, "film_grid": 6, "film_reach": 3.0, "film_steps": [1, 2, 4],
        "width": 8, "penalty_rate": 2e-3, "lambda": 0.1, "em_error": 0.01, "cells": 300,
    }  # fmt: skip
    frames = training_a_wgan._film(settings, False)
    generator, critic = training_a_wgan.networks([3], 8)
    seen = []

    def look(state):
        if state.step in (1, 2, 4):
            fake = state.sample(30, seed=[3])[0]
            seen.append((fake, state.score(fake[None])[0, :, 0]))

    training_a_wgan.train(
        generator, critic, training_a_wgan.ring_of_gaussians(8), seed=[3], steps=4,
        optimiser=training_a_wgan.RMSProp(2e-3), lipschitz=training_a_wgan.GradientPenalty(0.1),
        callbacks=[look],
    )  # fmt: skip
    for i, (fake, _) in enumerate(seen):
        np.testing.assert_allclose(frames["generated"][i], fake, rtol=1e-5, atol=1e-6)
    assert (frames["estimate"] <= frames["em"] + settings["em_error"]).all()


def test_a_bound_for_the_cells_is_one_for_the_ring():
    """The centres of cells are no farther from any points than the ring is: Jensen."""
    cells = training_a_wgan.ring_cells(300)
    for spread in (0.0, 0.5, 2.0):
        x = spread * np.random.default_rng(4).normal(size=(50, 2))
        to_cells = ot.emd2([], cells.mass / cells.mass.sum(), cdist(x, cells.centre))
        sample = training_a_wgan.ring_of_gaussians(8).sample(2000, seed=5)
        to_ring = training_a_wgan.em_to_ring(x, 0.005)
        assert to_cells <= to_ring + 0.005
        assert to_ring == pytest.approx(ot.emd2([], [], cdist(x, sample)), abs=0.08)


def test_against_the_ring_itself_the_bound_holds_in_every_look():
    kept = evidence.study("algorithm-1")
    settings, part = kept.study.settings, kept.arrays["ring"]
    for critic in training_a_wgan.CRITICS:
        em, bound = part[f"em, {critic}"], part[f"bound, {critic}"]
        assert em.shape == bound.shape == (len(settings["ring_looks"]), settings["ring_runs"])
        assert (bound <= em + settings["em_error"]).all()
    assert (part["em, clipping"][-1] > 1.5).sum() == 1, "the one that the chapter calls astray"
    film = kept.arrays["film"]
    assert (film["estimate"] <= film["em"]).all(), "as the chapter says of its first figure"
    again = training_a_wgan.em_to_ring(
        training_a_wgan.ring_of_gaussians(8).sample(300, seed=np.random.default_rng([3, 99])), 0.01
    )
    assert part["floor"][3] == pytest.approx(again, abs=0.01)


# --- A1 ------------------------------------------------------------------------------------


def test_a1_comes_closer_and_an_untrained_generator_does_not():
    kept = evidence.study("algorithm-1")
    settings, judge = kept.study.settings, kept.study.rows["A1"]
    assert judge(settings, kept.arrays).verdict == "scaled down"
    before = kept.arrays["clipping"]["before"]
    # Placebo: other untrained generators, which are the same runs in another order.
    idle = changed(kept.arrays, after=lambda a: np.stack([np.roll(before, 1)] * len(a)))
    assert judge(settings, idle).verdict in ("differs", "undecided")
    # Planted: every run gets half of the way.
    half = changed(kept.arrays, after=lambda a: np.stack([before / 2] * len(a)))
    assert judge(settings, half).verdict == "scaled down"


# --- S4 ------------------------------------------------------------------------------------


def better(parts, word):
    """Which comparisons of own ρ with a baseline come out for the estimate."""
    return [
        gap > 0 and p < 0.05
        for name, (gap, p) in training_a_wgan.told(parts).items()
        if word in name
    ]


def swapped(parts, **arrays):
    """The same parts, but what the critics report replaced."""
    return {
        name: {key: arrays[key](part) if key in arrays else value for key, value in part.items()}
        if name in training_a_wgan.CRITICS
        else part
        for name, part in parts.items()
    }


def test_s4_a_planted_estimate_knows_its_own_run_and_a_placebo_does_not():
    parts = evidence.study("algorithm-1").arrays
    rng = np.random.default_rng(0)

    def truth(part):
        em = part["em"]
        return em * (1 + 0.01 * rng.standard_normal(em.shape))

    def ones(part):
        return np.ones_like(part["slopes"])

    planted = swapped(parts, estimate=truth, slopes=ones)
    assert all(better(planted, "other runs"))
    assert all(better(planted, "step counter"))
    assert all(better(planted, "across runs"))
    # Placebo: the truth, of another run.
    other = swapped(parts, estimate=lambda part: np.roll(part["em"], 1, axis=1), slopes=ones)
    assert not any(better(other, "other runs"))
    # Placebo: the step counter.
    clock = swapped(
        parts,
        estimate=lambda part: -np.arange(len(part["em"]))[:, None] * np.ones_like(part["em"]),
        slopes=ones,
    )
    assert not any(better(clock, "other runs"))
    assert not any(better(clock, "step counter"))


def test_s4_is_a_question_and_the_share_is_a_lower_bound():
    kept = evidence.study("algorithm-1")
    finding = kept.findings["S4"]
    assert finding.verdict == "answered"
    for critic in training_a_wgan.CRITICS:
        assert training_a_wgan.shares(kept.arrays, critic).max() <= 1 + 1e-5


# --- X1 ------------------------------------------------------------------------------------


def test_x1_needs_a_model_that_is_too_narrow():
    kept = evidence.study("minibatch-scale")
    settings, judge = kept.study.settings, kept.study.rows["X1"]
    assert judge(settings, kept.arrays).verdict == "reproduced"
    one = settings["scales"].index(1.0)
    # Placebo: a distance without the bias, whose slope is 0 at scale 1.
    fair = changed(kept.arrays, slopes=lambda s: s - s[:, one : one + 1].mean(-1, keepdims=True))
    assert judge(settings, fair).verdict in ("differs", "undecided")
    # Placebo: a distance that likes wide models.
    wide = changed(kept.arrays, slopes=lambda s: s - 2 * s[:, one : one + 1])
    assert judge(settings, wide).verdict in ("differs", "undecided")
    exact = kept.arrays["dimension-2"]
    np.testing.assert_allclose(exact["slopes"][:, one], exact["values"][:, one] / 2, rtol=1e-5)


# --- R7 ------------------------------------------------------------------------------------


def test_r7_names_the_winner_and_a_placebo_has_none():
    kept = evidence.study("critic-or-oracle")
    settings, parts = kept.study.settings, kept.arrays
    assert kept.findings["R7"].verdict == "answered"
    real = {name: critic_or_oracle.winner(v) for name, v in critic_or_oracle.leads(parts).items()}
    # Labels exchanged: the winners are exchanged too.
    flipped = {name: dict(part) for name, part in parts.items()}
    for oracle, critic in (("oracle-8", "critic-8"), ("oracle-64", "critic-64")):
        flipped[oracle], flipped[critic] = parts[critic], parts[oracle]
    other = {n: critic_or_oracle.winner(v) for n, v in critic_or_oracle.leads(flipped).items()}
    opposite = {"oracle": "critic", "critic": "oracle", "undecided": "undecided"}
    assert other["batch 8"] == opposite[real["batch 8"]]
    assert other["batch 64"] == opposite[real["batch 64"]]
    # Placebo: one arm against itself in another order.
    same = parts["critic-64"]["em"]
    placebo = {name: dict(part) for name, part in parts.items()}
    for arm in critic_or_oracle.ARMS:
        placebo[arm]["em"] = np.roll(same, 1) if arm.startswith("oracle") else same
    found = critic_or_oracle.leads(placebo)
    assert {critic_or_oracle.winner(v) for v in found.values()} == {"undecided"}
    assert "does not explain" in critic_or_oracle._answer(settings, placebo).sentence
    # Planted: every oracle nearer by half a unit.
    planted = {name: dict(part) for name, part in placebo.items()}
    for arm in critic_or_oracle.ARMS:
        if arm.startswith("oracle"):
            planted[arm]["em"] = planted[arm]["em"] - 0.5
    found = critic_or_oracle.leads(planted)
    assert {critic_or_oracle.winner(v) for v in found.values()} == {"oracle"}


def test_r7_uses_the_rates_that_tuning_chose():
    kept = evidence.study("critic-or-oracle")
    settings = kept.study.settings
    assert not set(settings["tuning_seeds"]) & set(settings["seeds"])
    for arm, rate in settings["chosen_rates"].items():
        assert rate == critic_or_oracle.best_rate(settings, kept.arrays["tuning"][arm])


def test_the_oracle_s_gradient_is_that_of_the_exact_distance():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(16, 2)) + 1, rng.normal(size=(16, 2))
    claimed = critic_or_oracle.oracle_gradient(x, y)
    for j, k in ((0, 0), (5, 1), (11, 0)):
        step = np.zeros_like(y)
        step[j, k] = 1e-6
        ends = [ot.emd2([], [], cdist(x, y + sign * step)) for sign in (1, -1)]
        assert claimed[j, k] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-6)

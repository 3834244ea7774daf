"""Rates against steps, and the same search for all: verdicts on result, placebo and plant."""

from __future__ import annotations

import numpy as np
import pytest

from wganbook import evidence
from wganlib.paper.studies import balance


def with_em(parts, change, key="em"):
    return {name: {**part, key: change(name, part[key])} if key in part else part
            for name, part in parts.items()}  # fmt: skip


# --- X7 --------------------------------------------------------------------------------


def test_a_rate_that_does_what_steps_do():
    kept = evidence.study("rate-or-steps")
    settings, judge = kept.study.settings, kept.study.rows["X7"]
    n, r = settings["n_critic"].index(4), settings["ratios"].index(4)
    rng = np.random.default_rng(0)

    def planted(_, em):
        em = em.copy()
        em[n, 0] = em[0, 0] - 1 + 0.01 * rng.standard_normal(em.shape[-1])
        em[0, r] = em[n, 0] + 0.01 * rng.standard_normal(em.shape[-1])
        return em

    assert judge(settings, with_em(kept.arrays, planted)).verdict == "scaled down"

    def useless(_, em):  # placebo: the rate is ignored
        em = planted(_, em)
        em[0, r] = em[0, 0] + 0.01 * rng.standard_normal(em.shape[-1])
        return em

    assert judge(settings, with_em(kept.arrays, useless)).verdict != "scaled down"

    def shuffled(_, em):  # placebo: cells handed out by lot
        cells = em.reshape(-1, em.shape[-1])
        return rng.permuted(cells, axis=0).reshape(em.shape)

    assert judge(settings, with_em(kept.arrays, shuffled)).verdict != "scaled down"


# --- X6 --------------------------------------------------------------------------------


def placed(kept, factor):
    """The kept result with every method's EM at the same level times a factor of its own."""
    rng = np.random.default_rng(1)

    def change(name, em):
        method, _, where = name.rpartition("-")
        return (factor(method, where) * np.exp(0.02 * rng.standard_normal(em.shape))).astype("f4")

    return with_em(with_em(kept.arrays, change, "test"), change, "validation")


def test_one_method_that_wins_everywhere_refutes_the_claim():
    kept = evidence.study("equal-budget")
    settings, judge = kept.study.settings, kept.study.rows["X6"]
    best = placed(kept, lambda method, where: 0.5 if method == "wgan-penalty" else 1.0)
    assert judge(settings, best).verdict == "differs"
    said = balance.beaten(balance.cells(settings, best))
    assert said["WGAN, penalty"] is False


def test_a_winner_that_changes_with_the_data_confirms_it():
    kept = evidence.study("equal-budget")
    settings, judge = kept.study.settings, kept.study.rows["X6"]
    levels = {"ring": {"wgan-penalty": 0.5, "gan-log-d": 0.7}, "grid": {"gan-log-d": 0.5}}
    turns = placed(kept, lambda method, where: levels[where].get(method, 1.0))
    assert judge(settings, turns).verdict == "scaled down"
    assert all(balance.beaten(balance.cells(settings, turns)).values())


def test_methods_that_are_alike_decide_nothing():
    kept = evidence.study("equal-budget")
    alike = placed(kept, lambda method, where: 1.0)
    assert kept.study.rows["X6"](kept.study.settings, alike).verdict == "undecided"


def test_the_best_of_some_is_chosen_by_validation_and_measured_afresh():
    part = {"validation": np.array([[3, 1], [2, 2], [1, 3.0]]),
            "test": np.array([[30, 10], [20, 20], [10, 30.0]])}  # fmt: skip
    np.testing.assert_array_equal(balance.best_of(part, 1), [30, 10])
    np.testing.assert_array_equal(balance.best_of(part, 3), [10, 10])


@pytest.mark.parametrize("name", ["none", "penalty", "clipping"])
def test_every_method_tries_the_same_rates_and_steps(name):
    settings = evidence.study("equal-budget").study.settings
    one, other = balance.drawn(settings, name), balance.drawn(settings, "none")
    np.testing.assert_allclose(one[..., :3], other[..., :3])
    low, high = settings["strengths"].get(name, (1, 1))
    assert one[..., 3].min() >= low
    assert one[..., 3].max() <= high
    assert set(np.unique(one[..., 2])) == set(settings["n_critic"])

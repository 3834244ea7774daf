"""The verdicts on boxes and rules: each agrees with its result, and not with a placebo."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.book.studies.test_mode_collapse import changed
from wganbook import evidence
from wganlib.paper.studies import lipschitz, lipschitz_rules

# --- A2, A3 --------------------------------------------------------------------------------


def test_a2_no_critic_is_steeper_than_its_box_and_a_smaller_box_would_not_hold():
    kept = evidence.study("boxes-for-weights")
    settings, judge = kept.study.settings, kept.study.rows["A2"]
    assert judge(settings, kept.arrays).verdict == "reproduced"
    # Placebo: the bound of a box that is ten times smaller.
    small = changed(kept.arrays, bound=lambda b: b * 0.1**3)
    assert judge(settings, small).verdict == "differs"
    sizes = [[2, *hidden, 1] for hidden in settings["shapes"]]
    expected = [[lipschitz.box_bound(c, s) for c in settings["boxes"]] for s in sizes]
    np.testing.assert_allclose(kept.arrays["shapes"]["bound"], expected, rtol=1e-6)


def test_a3_large_boxes_are_slow_and_small_ones_silent():
    kept = evidence.study("boxes-for-weights")
    settings, judge = kept.study.settings, kept.study.rows["A3"]
    assert judge(settings, kept.arrays).verdict == "scaled down"
    # Placebo: the same curve in every box.
    alike = changed(kept.arrays, value=lambda v: np.repeat(v[:, 1:2], v.shape[1], axis=1))
    assert judge(settings, alike).verdict == "undecided"
    # Placebo: the boxes in the other order.
    other = changed(kept.arrays, value=lambda v: v[:, ::-1])
    assert judge(settings, other).verdict == "differs"
    # Placebo: the gradients of the default start, which lose 0.39 powers of ten.
    loud = changed(kept.arrays, start_down=lambda d: np.repeat(d[:, -1:], d.shape[1], axis=1))
    assert judge(settings, loud).verdict == "differs"
    np.testing.assert_allclose(
        lipschitz.lost(kept.arrays["fading"]["start_down"])[-1].mean(),
        -math.log10(math.sqrt(1 / 6)),
        atol=0.03,
    )


def test_a_watched_rule_is_the_rule():
    seen = []
    rule = lipschitz.Watched(lipschitz.WeightClipping(0.1), [1, 3], lambda flat: flat.clone())
    plain, watched = (lipschitz.MLP([2, 4, 1], seed=[0]) for _ in range(2))
    for critic, inner in ((plain, lipschitz.WeightClipping(0.1)), (watched, rule)):
        lipschitz.train_critic(
            critic, lipschitz.RING, lipschitz.five, seed=[0], steps=3, lipschitz=inner,
            optimiser=lipschitz.RMSProp(1e-2),
        )  # fmt: skip
        seen.append(critic.flat.detach().numpy().copy())
    np.testing.assert_array_equal(*seen)
    assert len(rule.seen) == 2
    np.testing.assert_array_equal(rule.seen[1], seen[1])


# --- A4, A5 --------------------------------------------------------------------------------


def with_em(parts, **changes):
    """The contest with other final EM for some entries."""
    final = dict(parts["final"]) | {f"{name}: em": value for name, value in changes.items()}
    return {**parts, "final": final}


def every(kept, rule):
    return [name for name in kept.study.settings["entries"] if name.startswith(f"{rule}, α")]


def test_a4_a_sphere_that_is_clipping_holds_and_one_that_is_worse_does_not():
    kept = evidence.study("lipschitz-contest")
    settings, judge, parts = kept.study.settings, kept.study.rows["A4"], kept.arrays
    assert judge(settings, parts).verdict == kept.findings["A4"].verdict
    margin, rng = lipschitz_rules.gained(parts) / 10, np.random.default_rng(0)
    pairs = list(zip(every(kept, "sphere"), every(kept, "clipping"), strict=True))

    def planted(shift, noise):
        fake = {}
        for sphere, clip in pairs:
            em = np.asarray(parts["final"][f"{clip}: em"], float)
            fake[sphere] = em + shift + noise * rng.standard_normal(em.size)
        return judge(settings, with_em(parts, **fake)).verdict

    assert planted(0.0, 0.05) == "scaled down"
    assert planted(2 * margin, 0.05) == "differs"
    assert planted(-2 * margin, 0.05) == "differs", "little difference, either way"
    assert planted(0.8 * margin, 8 * margin) == "undecided"
    assert kept.findings["A4"].seeds == 64


def test_a5_penalties_are_told_from_clipping_and_clipping_is_not_told_from_itself():
    kept = evidence.study("lipschitz-contest")
    settings, judge, parts = kept.study.settings, kept.study.rows["A5"], kept.arrays
    assert judge(settings, parts).verdict == kept.findings["A5"].verdict
    clip = np.asarray(parts["final"]["clipping: em"], float)[: len(settings["seeds"])]
    # Placebo: clipping's own runs in another order.
    again = with_em(parts, **{"two-sided": np.roll(clip, 1), "one-sided": np.roll(clip, 2)})
    assert judge(settings, again).verdict in ("undecided", "differs")
    # Planted: a third of the way less, and a third more.
    good = with_em(parts, **{"two-sided": clip * 0.7, "one-sided": clip * 0.7})
    assert judge(settings, good).verdict == "scaled down"
    bad = with_em(parts, **{"two-sided": clip * 0.7, "one-sided": clip * 1.4})
    assert judge(settings, bad).verdict == "differs"


def test_the_entries_are_what_tuning_chose():
    kept = evidence.study("lipschitz-contest")
    settings, scores = kept.study.settings, kept.arrays["tuning"]
    fresh = set(settings["seeds"]) | set(settings["more_seeds"])
    assert not set(settings["tuning_seeds"]) & fresh
    for name, (rule, constant, rate) in settings["entries"].items():
        given = {"rate": rate} if ", α" in name else {"constant": 10.0} if "10" in name else {}
        assert [constant, rate] == lipschitz_rules.best_of(settings, scores, rule, **given)


@pytest.mark.parametrize(
    ("shift", "holds"), [(0.0, True), (1.0, None), (3.0, False), (-3.0, False)]
)
def test_within(shift, holds):
    values = np.array([-0.5, 0.5, -0.25, 0.25, 0.0]) + shift
    assert lipschitz_rules.within(values, 1.0) is holds

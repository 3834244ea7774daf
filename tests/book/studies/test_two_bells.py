"""The verdicts on Figure 2: each agrees with its result, and not with a placebo."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from wganbook import evidence
from wganlib.paper.studies import two_bells as study


@pytest.fixture(scope="module")
def kept():
    return evidence.study("judges-of-two-bells")


@pytest.fixture(scope="module")
def verdict(kept):
    def given(row, **parts):
        return kept.study.rows[row](kept.study.settings, {**kept.arrays, **parts}).verdict

    return given


def test_what_the_runs_say(kept):
    said = {row: finding.verdict for row, finding in kept.findings.items()}
    assert said == {"F2a": "reproduced", "F2b": "differs"}


def test_a_silent_judge_is_told_from_one_that_speaks(verdict, kept):
    d, critic = kept.arrays["discriminator"], kept.arrays["clipping"]
    # Placebo: a critic's share of its gradient in place of the discriminator's.
    assert verdict("F2a", discriminator={**d, "felt_at_mean": critic["at_mean"]}) == "differs"
    # Placebo: a discriminator in place of a critic.
    flat = {**critic, "least": d["felt_at_mean"]}
    assert verdict("F2a", clipping=flat) == "differs"
    # Placebo: critics of the wrong sign; and a discriminator that has not learnt.
    assert verdict("F2a", penalty={**critic, "rise": -critic["rise"]}) == "differs"
    assert verdict("F2a", discriminator={**d, "error": np.full_like(d["error"], 0.5)}) == "differs"
    # Planted: one critic in ten is silent.
    few = np.where(np.arange(40) % 10 == 0, 0.0, critic["least"])
    assert verdict("F2a", clipping={**critic, "least": few}) == "undecided"


def test_a_straight_line_is_told_from_a_bent_one(verdict, kept):
    # Planted: the penalised critic, which is straight, in place of the clipped one.
    assert verdict("F2b", clipping=kept.arrays["penalty"]) == "reproduced"
    near = 0.9 + 0.2 * (np.arange(40) % 2 - 0.5)
    bent = {**kept.arrays["clipping"], "least": near}
    assert verdict("F2b", clipping=bent) == "undecided"


def test_the_closed_forms_beside_the_runs(kept):
    def ahead(t):
        return norm.cdf(t, -2) - norm.cdf(t, 2)

    box = quad(ahead, -1, 14)[0]
    assert study.box_value() == pytest.approx(box, abs=2e-3)
    best = norm.pdf(study.X, -2) / (norm.pdf(study.X, -2) + norm.pdf(study.X, 2))
    np.testing.assert_allclose(study.perfect(), best, atol=1e-12)
    # Trained to optimality: what the theorem says of the best network in the box, they report.
    assert kept.arrays["clipping"]["estimate"] == pytest.approx(np.full(40, box), rel=0.02)
    assert (kept.arrays["clipping"]["k"] <= 64 * 0.1**2 + 1e-6).all()
    assert kept.arrays["penalty"]["estimate"].mean() == pytest.approx(4.0, rel=0.05)


def test_the_trap_is_on_the_line_alone(kept):
    toward = kept.arrays["trap"]["toward"]
    astray = study.wrong(kept.arrays)
    assert kept.study.settings["dimensions"][0] == 1
    assert astray[0] >= 5
    assert (astray[1:] == 0).all()
    # Critics start without a side, in every dimension.
    started = (toward[:, 0] < 0).mean(-1)
    assert ((started > 0.2) & (started < 0.8)).all()
    # On the line both hills are where the formula has them.
    ends = toward[0, -1]
    assert ends[ends < 0] == pytest.approx(np.full(astray[0], -0.8), abs=0.15)
    assert ends[ends > 0] == pytest.approx(np.full(40 - astray[0], 1.2), abs=0.15)
    # On the line who turns passes a flat place; in the plane nobody does.
    at = kept.study.settings["trap_looks"].index(10)
    length = kept.arrays["trap"]["length"][:, at:]
    turned = (toward[:, at] < 0) & (toward[:, -1] > 0)
    assert length[0][:, turned[0]].min(0).max() < 0.3
    assert turned[1].sum() > 5
    assert length[1][:, turned[1]].min() > 0.5


def test_what_a_known_critic_measures():
    """A line of slope −3, and a roof: by hand."""
    scores = np.stack([-3 * study.X, -np.abs(study.X)])
    slopes = np.stack([np.full(241, 3.0), np.ones(241)])
    found = study._measured(scores, slopes)
    assert found["k"] == pytest.approx([3, 1])
    assert found["least"] == pytest.approx([1, 1])
    assert found["estimate"] == pytest.approx([4, 0], abs=1e-3)
    assert found["rise"][0] < 0 < found["rise"][1]

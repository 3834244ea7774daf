"""What the chapter on mode collapse states and measures, by another road than the chapter's."""

from __future__ import annotations

import math
import re

import jupytext
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize_scalar

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from tests.book.reading import Chapter
from wganbook import evidence
from wganlib.paper.studies import balance
from wganlib.paper.studies._plane import forgotten

CHAPTER = Chapter("mode-collapse")
PROSE = CHAPTER.prose()
LOG_2 = math.log(2)


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


LOSSES = [lambda t: -t, lambda t: np.log(1 - sigmoid(t)), lambda t: -np.log(sigmoid(t))]

# --- theorems ------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.sampled_from(range(3)))
def test_the_best_generator_against_a_fixed_judge_sits_on_its_peak(seed, n, which):
    """As a linear programme over all distributions on n places."""
    scores = np.random.default_rng(seed).normal(size=n)
    loss = LOSSES[which](scores)
    best = linprog(loss, A_eq=np.ones((1, n)), b_eq=[1.0], bounds=(0, 1), method="highs")
    assert best.fun == pytest.approx(loss[scores.argmax()], abs=1e-9)
    assert best.x[scores.argmax()] == pytest.approx(1, abs=1e-6)


def test_two_equal_peaks_may_share_the_mass():
    loss = -np.array([2.0, 1.0, 2.0])
    for split in (0.0, 0.3, 1.0):
        assert np.array([split, 0, 1 - split]) @ loss == -2


def gan(d, p, q):
    return p @ np.log(d) + q @ np.log(1 - d)


@given(st.integers(0, 2**32 - 1), st.integers(2, 7))
def test_frozen_judges_lie_below_the_envelope(seed, n):
    rng = np.random.default_rng(seed)
    p, q, r = rng.dirichlet(np.ones(n), size=3)
    frozen, kept_up = p / (p + q), p / (p + r)
    assert gan(frozen, p, r) <= gan(kept_up, p, r) + 1e-12
    assert gan(kept_up, p, r) >= gan(np.full(n, 0.5), p, p) - 1e-12
    mix = 0.3 * q + 0.7 * r
    affine = 0.3 * gan(frozen, p, q) + 0.7 * gan(frozen, p, r)
    assert gan(frozen, p, mix) == pytest.approx(affine)
    assert gan(p / (p + mix), p, mix) <= 0.3 * gan(frozen, p, q) + 0.7 * gan(kept_up, p, r) + 1e-12


@given(st.integers(0, 2**32 - 1), st.integers(2, 7))
def test_a_judge_who_must_answer_first_says_nothing(seed, n):
    rng = np.random.default_rng(seed)
    p, d, f = rng.dirichlet(np.ones(n)), rng.uniform(0.01, 0.99, n), rng.normal(size=n)
    worst = min(gan(d, p, corner) for corner in np.eye(n))
    assert worst <= -2 * LOG_2 + 1e-12
    assert min(p @ f - f) <= 1e-12
    q = rng.dirichlet(np.ones(n))
    assert gan(np.full(n, 0.5), p, q) == pytest.approx(-2 * LOG_2)


# --- numbers of the exercises --------------------------------------------------------


def test_the_frozen_loss():
    assert round(math.log(1 - 0.9), 3) == -2.303
    assert round(np.mean(np.log(1 - np.array([0.3, 0.6, 0.9]))), 3) == -1.192
    assert "-2.303" in PROSE
    assert "-1.192" in PROSE


def test_the_perfect_discriminator_of_two_places():
    for share, expected in ((0.2, 0.714), (0.8, 0.385)):
        best = minimize_scalar(
            lambda d, s=share: -(0.5 * math.log(d) + s * math.log(1 - d)),
            bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-9},
        )  # fmt: skip
        assert round(best.x, 3) == expected
        assert str(expected) in PROSE


def test_one_mode_of_eight_costs_the_mean_distance():
    turns = 2 * np.pi * np.arange(8) / 8
    ring = 2 * np.exp(1j * turns)
    assert round(abs(ring - ring[0]).mean(), 3) == 2.514
    assert "2.514" in PROSE
    assert np.allclose(abs(ring - ring[0]), 4 * np.sin(np.pi * np.arange(8) / 8))


def test_small_numbers_of_the_prose():
    assert "fewer than 2.5 %" in PROSE
    assert 100 * 0.2 / 8 == 2.5
    assert round(math.sqrt(2) * 0.1, 2) == 0.14  # a cluster's root mean square radius
    assert "cluster's, which is 0.14" in PROSE


# --- what was measured ---------------------------------------------------------------

ROWS = {
    "G4": "frozen-judges",
    "S1a": "five-critic-steps",
    "S1b": "who-forgets",
    "X6": "equal-budget",
    "X7": "rate-or-steps",
}


def test_every_row_rests_on_its_study():
    text = CHAPTER.path.read_text("utf-8")
    recorded = dict(re.findall(r'evidence\.record\("([\w-]+)", "(\w+)"\)', text))
    assert {row: study for study, row in recorded.items()} == ROWS
    assert "book.record(" not in text, "nothing is decided in this build"


def test_training_in_the_build_is_marked_and_hidden():
    for cell in jupytext.read(CHAPTER.path, fmt="md:myst").cells:
        if "wg.train(" in cell.source:
            assert {"live", "remove-output"} <= set(cell.metadata["tags"])


def test_the_chapters_own_counts_are_the_studies():
    """The ten lines on the page count what the verdicts count."""
    source = next(
        cell.source for cell in jupytext.read(CHAPTER.path, fmt="md:myst").cells
        if "def lost_modes" in cell.source
    )  # fmt: skip
    modes = np.array([part.mean for part in wg.ring_of_gaussians(8).components])
    names = {"np": np, "ring_modes": modes}
    exec(source, names)
    for method, part in evidence.study("freed-judges").arrays.items():
        np.testing.assert_array_equal(names["lost_modes"](part["counts"]),
                                      forgotten(part["counts"]), method)  # fmt: skip
    cloud = np.repeat(modes, [200, 200, 200, 200, 150, 45, 3, 2], axis=0)
    assert names["forgotten"](cloud) == 2


def test_bounded_slopes_free_a_generator_on_either_objective():
    """What the prose concludes from the table of freed judges."""
    arrays = evidence.study("freed-judges").arrays
    back = {name: (forgotten(part["counts"]) == 0).mean(1) for name, part in arrays.items()}
    assert back["gan-penalty"].min() > 0.9
    assert back["wgan-penalty"][1] > 0.9 > back["wgan-penalty"][0]
    assert max(back["gan-minimax"].max(), back["gan-log-d"].max()) < 0.3


def test_a_search_gains_more_than_methods_differ_on_the_ring():
    kept = evidence.study("equal-budget")
    rows = balance.cells(kept.study.settings, kept.arrays)
    one, all_ = rows["ring, 1 tries"], rows["ring, 5 tries"]
    end = {name: em.mean() for name, em in all_.items()}
    gained = min(one[name].mean() - end[name] for name in end)
    assert gained > max(end.values()) - min(end.values())
    assert sorted(end, key=end.get)[:2] == ["GAN, penalty", "WGAN, penalty"]
    grid = {name: em.mean() for name, em in rows["grid, 5 tries"].items()}
    assert min(grid, key=grid.get) == "GAN, minimax"

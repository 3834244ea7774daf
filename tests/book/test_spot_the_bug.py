"""What the chapter on seven mistakes states, by another road than the chapter's."""

from __future__ import annotations

import math
import re

import jupytext
import numpy as np
import ot
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from tests.book.reading import Chapter
from wganbook import evidence
from wganbook.figures import spot_the_bug as bugs

CHAPTER = Chapter("spot-the-bug")
PROSE = CHAPTER.prose()
RING = wg.ring_of_gaussians()


def pmfs(seed, size=6):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.full(size, 0.5), 2)
    return p / p.sum(), q / q.sum()


# --- the theorems ----------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1))
def test_a_bounded_critic_sees_no_more_than_total_variation(seed):
    p, q = pmfs(seed)
    tv = abs(p - q).sum() / 2
    f = np.random.default_rng(seed).random(p.size)
    assert f @ p - f @ q <= tv + 1e-12
    best = (p > q).astype(float)
    assert best @ p - best @ q == pytest.approx(tv)


@given(st.integers(0, 2**32 - 1))
def test_the_smallest_hinge_loss_is_two_less_twice_tv(seed):
    """Minimised outcome by outcome by a search that knows no formula."""
    p, q = pmfs(seed, 3)
    total = sum(
        minimize_scalar(
            lambda f, a=a, b=b: a * max(0, 1 - f) + b * max(0, 1 + f),
            bounds=(-3, 3), method="bounded", options={"xatol": 1e-9},
        ).fun
        for a, b in zip(p, q, strict=True)
    )  # fmt: skip
    assert total == pytest.approx(2 - abs(p - q).sum(), abs=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_manhattan_em_lies_between_em_and_root_d_em(seed, d):
    x, y = np.random.default_rng(seed).normal(size=(2, 7, d))
    em, manhattan = (ot.emd2([], [], cdist(x, y, m)) for m in ("euclidean", "cityblock"))
    assert em - 1e-12 <= manhattan <= math.sqrt(d) * em + 1e-12


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=50), st.floats(0.5, 0.999))
def test_rmsprop_never_steps_further(gradients, decay):
    square = 0.0
    for g in gradients:
        square = decay * square + (1 - decay) * g * g
        step = abs(g) / (math.sqrt(square) + 1e-8)
        assert step <= 1 / math.sqrt(1 - decay) + 1e-9


def test_a_penalty_after_batch_normalisation_sees_nothing():
    torch.manual_seed(3)
    body = torch.nn.Sequential(
        torch.nn.Linear(3, 7), torch.nn.Tanh(), torch.nn.Linear(7, 5), torch.nn.BatchNorm1d(5)
    )
    critic = torch.nn.Sequential(body, torch.nn.Linear(5, 1)).double()
    x = torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
    scores = critic(x)
    assert scores.std() > 0.1
    assert scores.sum().item() == pytest.approx(9 * critic[1].bias.item())
    (slope,) = torch.autograd.grad(scores.sum(), x)
    assert slope.abs().max() < 1e-12


def test_a_rule_at_the_data_leaves_the_critic_free():
    """f = x₁ + s φ(x₁): slope 1 on the data, at 0 and 1, and no bound at 3."""

    def bend(t):
        u = np.clip((t - 1.5), 0, 1)
        return -(3 * u**2 - 2 * u**3)

    real, fake = np.array([0.0, 1.0]), np.array([3.0])
    for s in (1, 100, 1e4):
        f = lambda t, s=s: t + s * bend(t)  # noqa: E731
        slope = (f(real + 1e-6) - f(real - 1e-6)) / 2e-6
        np.testing.assert_allclose(slope, 1, atol=1e-6)
        assert f(real).mean() - f(fake).mean() == pytest.approx(0.5 - 3 + s)


def test_two_wrong_signs_make_a_right_run():
    """The exercise: flipped losses from w give the same generator as right ones from −w."""

    class BothFlipped(bugs.CriticSignFlipped, bugs.GeneratorSignFlipped):
        pass

    ends = []
    for objective, sign in ((wg.WGAN(), -1.0), (BothFlipped(), 1.0)):
        g, f = (wg.MLP([2, 8, 8, out], seed=0, dtype="float64") for out in (2, 1))
        weight, bias = f.layers()[-1]
        with torch.no_grad():
            weight.mul_(sign)
            bias.mul_(sign)
        wg.train(g, f, RING, seed=1, steps=20, objective=objective, optimiser=wg.RMSProp(1e-3))
        ends.append(g.flat.detach())
    torch.testing.assert_close(ends[0], ends[1], atol=1e-12, rtol=0)


# --- numbers in the prose --------------------------------------------------------------


def test_numbers_of_the_prose():
    assert f"slope of about {math.sqrt(3 * 64 * 64):.0f}" in PROSE
    assert f"= {math.sqrt(12288):.1f}$" in PROSE
    assert f"α = 0.001 allows {0.1 + 0.001 / math.sqrt(1 - 0.99):.2f}" in PROSE
    assert f"allow {0.01 + 5e-5 / math.sqrt(1 - 0.99):.4f}" in PROSE
    assert f"{math.sqrt(2):.2f}" == "1.41"
    assert "is 1.41, and" in PROSE
    assert (bugs.BOX, bugs.LAMBDA, bugs.LOOKS[-1], bugs.LOOKS[5]) == (0.1, 1.0, 400, 200)
    for name, meaning in bugs.DIAGNOSES.items():
        assert f"| `{name}` | {meaning} |" in PROSE


def test_no_diagnosis_is_named_before_it_is_folded_away():
    """Between the table of names and the second half, names stand in folds alone."""
    text = CHAPTER.path.read_text("utf-8")
    ward = text[text.index("## Patient 1") : text.index("## Why it shows")]
    open_text = re.sub(r"````\{admonition\} The diagnosis.*?\n````\n", "", ward, flags=re.DOTALL)
    assert open_text.count("check_choice") == len(bugs.PATIENTS)
    for word in ("sign", "sigmoid", "hinge", "norm", "real", "clip", "flip"):
        assert word not in open_text.casefold(), word


def test_the_row_rests_on_its_study_and_training_is_marked():
    text = CHAPTER.path.read_text("utf-8")
    assert re.findall(r'evidence\.record\("([\w-]+)", "(\w+)"\)', text) == [
        ("seven-patients", "A6")
    ]
    assert "book.record(" not in text
    for cell in jupytext.read(CHAPTER.path, fmt="md:myst").cells:
        if "bugs.admit(" in cell.source or "bugs.examine(" in cell.source:
            assert {"live", "remove-output"} <= set(cell.metadata["tags"])


# --- what the diagnoses say of the plots -----------------------------------------------


@pytest.fixture(scope="module")
def ward():
    """The charts that the chapter draws."""
    arrays = evidence.study("seven-patients").arrays
    charts = {name: bugs.chart_of(arrays[f"healthy-{name}"]) for name in bugs.HEALTHY}
    return charts | {n: bugs.chart_of(arrays[f"patient-{n}"]) for n in bugs.PATIENTS}


def test_patient_1_goes_nowhere_with_a_good_critic(ward):
    assert (ward[1].em[-1] > ward[1].em[0]).all()
    assert (ward[1].estimate[-1] > ward["clipping"].estimate[-1]).all()
    assert ward[1].weight.max() == pytest.approx(0.1)


def test_patient_2_never_reaches_1(ward):
    assert ward[2].estimate.max() < 1
    assert ward[2].slope.max() < 1 < ward["penalty"].slope[-1].min()


def test_patient_3_has_a_slope_of_root_two_and_good_points(ward):
    assert 1.2 < ward[3].slope[-1].mean() / ward["penalty"].slope[-1].mean() < 1.65
    assert ward[3].em[-1].mean() == pytest.approx(ward["penalty"].em[-1].mean(), rel=0.3)
    assert ward[3].estimate.max() > 1


def test_patient_4_is_a_hair_outside_of_the_box(ward):
    assert 0.1 < ward[4].weight[-1].max() <= 0.11
    assert ward["clipping"].weight.max() == pytest.approx(0.1)


def test_patient_5_has_a_penalty_that_is_content_and_a_slope_that_is_not(ward):
    healthy = ward["penalty"]
    assert ward[5].em[-1].min() > 1.5 > healthy.em[-1].max()
    assert ward[5].seen[-1].max() < 1.6
    assert (ward[5].slope[-1] > 1.4 * ward[5].seen[-1]).all()
    np.testing.assert_array_equal(healthy.seen, healthy.slope)
    far = [np.linalg.norm(part[-1], axis=1).max() for part in (ward[5].at_real, ward[5].at_between)]
    assert far[0] > far[1], "the black dots reach farthest"


def test_patient_6_grows_steep_and_never_reports_more_than_2(ward):
    assert ward[6].slope[-1].mean() > 4 * ward[6].slope[0].mean()
    assert 1 < ward[6].estimate.max() <= 2
    assert ward[6].weight[-1].min() > 0.5


def test_patient_7_is_steeper_between_than_at_the_data(ward):
    def ratio(chart):
        between, real = (
            np.linalg.norm(part[2:], axis=-1).mean() for part in (chart.at_between, chart.at_real)
        )
        return between / real

    assert ratio(ward[7]) > 1.1 * ratio(ward["penalty"])
    assert ward[7].em[-1].mean() == pytest.approx(ward["penalty"].em[-1].mean(), rel=0.3)
    assert ward[7].estimate.max() > 1

"""One line draws a result, with what is recorded, and loads matplotlib only then."""

from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

import wganlib as wg

mpl.use("Agg")
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def trained(**more):
    networks = wg.MLP([2, 4, 2], seed=[0, 1]), wg.MLP([2, 4, 1], seed=[0, 1])
    settings = {"seed": [0, 1], "steps": 4, "batch": 8, "evaluation_points": 9}
    return wg.train(*networks, wg.ring_of_gaussians(), **settings | more)


def test_a_history_shows_its_numbers():
    history = trained(evaluate_every=2)
    ax = history.plot()
    shown = {line.get_label(): line for line in ax.get_lines()}
    np.testing.assert_allclose(shown["exact EM distance"].get_ydata(), history.em.mean(1))
    np.testing.assert_array_equal(shown["exact EM distance"].get_xdata(), [0, 2, 4])
    other = next(one for one in ax.figure.axes if one is not ax)
    shown = {line.get_label(): line for line in other.get_lines()}
    np.testing.assert_allclose(shown["critic's estimate"].get_ydata(), history.estimate.mean(1))
    assert all((ax.get_xlabel(), ax.get_ylabel(), other.get_ylabel()))
    assert len(ax.get_legend().get_texts()) == 3


def test_a_history_without_evaluations_shows_the_estimate():
    history = trained()
    ax = history.plot(plt.subplots()[1])
    assert len(ax.figure.axes) == 1
    np.testing.assert_allclose(ax.get_lines()[-1].get_ydata(), history.estimate.mean(1))
    wg.History.empty(seeds=(0,)).plot().figure.canvas.draw()


@pytest.mark.parametrize("n", [5, 1100])
def test_a_plan_shows_where_mass_goes(n):
    """Also one that is sparse."""
    x, y = np.random.default_rng(0).random((2, n, 2))
    plan = wg.transport_plan(x, y)
    ax = plan.plot(x, y)
    segments = ax.collections[0].get_segments()
    assert len(segments) == n
    assert sum(np.linalg.norm(a - b) for a, b in segments) / n == pytest.approx(plan.cost)
    ax.figure.canvas.draw()


def test_a_coupling_alone_is_a_table():
    plan = wg.transport_plan([0.0, 1.0], [1.0, 3.0])
    image = plan.plot().images[0].get_array()
    np.testing.assert_array_equal(image, plan.coupling)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0.0, 1.0], [[0.0, 1.0]] * 2), r"^x: expected 2 points in the plane, got \(2, 1\)"),
        (([[0.0, 1.0]] * 2, [[0.0, 1.0]] * 3), r"^y: expected 2 points"),
        (([[0.0, 1.0]] * 2, None), r"^y: expected an array"),
        ((None, None, "axes"), r"^ax: expected matplotlib axes, got str"),
    ],
)
def test_other_points_are_refused(arguments, words):
    plan = wg.transport_plan([[0.0, 0.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 1.0]])
    with pytest.raises((TypeError, ValueError), match=words):
        plan.plot(*arguments)


def test_matplotlib_waits_until_it_is_called():
    code = (
        "import sys, wganlib as wg; h = wg.History.empty(seeds=(0,)); "
        "p = wg.transport_plan([0.0], [1.0]); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

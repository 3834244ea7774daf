"""CIFAR-10: what was kept of four trainings."""

from __future__ import annotations

import numpy as np
import pytest

from wganbook import evidence
from wganlib.paper import images as image_experiments
from wganlib.paper.studies import cifar10 as study
from wganlib.paper.studies.mnist_yardsticks import BASELINES

KEPT = evidence.study("cifar10")
SETTINGS = KEPT.study.settings


@pytest.mark.parametrize("cell", study.CELLS)
def test_a_training_has_its_updates_and_its_looks(cell):
    one = study.CELLS[cell]
    steps = SETTINGS["looks"] * image_experiments.steps_a_look(one, SETTINGS)
    assert steps * image_experiments.UPDATES[one.method] == 9_000
    part = KEPT.arrays[cell]
    assert part["critic_loss"].shape == (1, steps)
    assert part["feature"].shape == part["pixel"].shape == (1, SETTINGS["looks"] + 1)
    assert part["sheet"].shape == (1, 16, 3, 32, 32)
    assert part["feature"][0, -1] < part["feature"][0, 0], "better than untrained"


@pytest.mark.parametrize("which", ["all", "one"])
def test_features_know_real_photographs_and_pixels_do_not(which):
    """A useful yardstick puts other real images first. Distance in pixels puts blurs first."""
    rivals = KEPT.arrays[f"baselines-{which}"]
    invented = [rivals[kind] for kind in BASELINES]
    assert min(kind[0].min() for kind in invented) > rivals["real"][0].mean()
    for blur in ("pca", "two"):
        assert rivals[blur][1].max() < rivals["real"][1].min()


def test_on_one_class_both_runs_score_the_same():
    """As the page says of what eyes tell apart."""
    assert KEPT.numbers["one-gan feature"] == KEPT.numbers["one-wgan feature"]


def test_colours_are_colours():
    for cell in study.CELLS:
        sheet = KEPT.arrays[cell]["sheet"].astype(float)
        assert np.abs(sheet[:, :, 0] - sheet[:, :, 2]).mean() > 5, cell

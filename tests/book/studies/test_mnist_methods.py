"""Later methods on MNIST: what was kept, and what the yardsticks say of planted results."""

from __future__ import annotations

import numpy as np
import pytest

from tests.book.studies.test_mnist import INVENTED, REAL, parts
from wganbook import evidence
from wganlib.paper import images as image_experiments
from wganlib.paper.studies import mnist
from wganlib.paper.studies import mnist_methods as study

KEPT = evidence.study("mnist-methods")
SETTINGS = KEPT.study.settings


@pytest.mark.parametrize("kind", study.GRIDS)
def test_what_was_chosen_is_the_nearest_of_its_sweep_and_inside_the_rates(kind):
    scores = KEPT.arrays[f"tuning-{kind}"]["scores"]
    assert scores.shape == (8, 2)
    best = study.GRIDS[kind][int(scores[:, 0].argmin())]
    assert best == study.CHOSEN[kind]
    assert min(study.RATES) < best[1] < max(study.RATES)


def test_the_box_is_the_best_of_the_sweep_on_mnist():
    grid, scores = mnist.MNIST.settings["grids"]["wgan"], evidence.study("mnist").arrays["tuning"]
    assert grid[int(scores["wgan"][:, 0].argmin())] == study.CHOSEN["box"]


@pytest.mark.parametrize("kind", study.METHODS)
def test_efforts_and_looks_are_those_of_the_study_on_mnist(kind):
    steps = SETTINGS["looks"] * image_experiments.steps_a_look(study.METHODS[kind], SETTINGS)
    updates = image_experiments.UPDATES[study.METHODS[kind].method]
    assert steps * updates == 18_000
    for seed in study.SEEDS:
        part = KEPT.arrays[f"{kind}-{seed}"]
        assert part["critic_loss"].shape == (steps,)
        assert part["feature"].shape == (SETTINGS["looks"] + 1,)
        assert part["failed"] == -1
        assert part["sheet"].shape == (16, 1, 32, 32)


def test_both_studies_judge_alike():
    """They are compared on a page, so their classifiers must give images the same scores."""
    here, there = KEPT.arrays["baselines"], evidence.study("mnist").arrays["baselines"]
    assert str(here["data"]) == str(there["data"]), "the same images"
    for kind in (*mnist.BASELINES, "real"):
        np.testing.assert_allclose(here[kind][:2], there[kind][:2], rtol=0.005, err_msg=kind)


def test_what_the_page_says_of_the_order_and_of_the_drift():
    made = study.cells(KEPT.arrays)
    swept = {kind: KEPT.arrays[f"tuning-{kind}"]["scores"][:, 0].min() for kind in study.GRIDS}
    others = evidence.study("mnist").arrays["tuning"]
    boxed, gan = (others[kind][:, 0].min() for kind in ("wgan", "gan"))
    assert swept["relativistic"] < min(swept["penalty"], boxed, gan), "it beat all in its sweep"
    box, penalty, paired = (made[kind]["feature"] for kind in study.METHODS)
    fifth, last = 2, -1
    assert paired[:, fifth].mean() < penalty[:, fifth].mean() < box[:, fifth].mean()
    assert penalty[:, last].max() < paired[:, last].min() < box[:, last].min()
    assert (paired[:, last] - paired[:, fifth]).min() > 1.5, "it drifts away in every run"
    assert mnist.works(made, "penalty") == {
        "features": True, "pixels": False, "classes": True, "confidence": True,
    }  # fmt: skip


def planted(scores):
    """The study with every run at some scores, and the baselines of the study on MNIST."""
    given = parts({"dcgan-wgan": scores})
    return {"baselines": given["baselines"]} | {
        f"{kind}-{seed}": given[f"dcgan-wgan-{seed}"]
        for kind in study.METHODS
        for seed in (0, 1, 2)
    }


def test_real_images_would_pass_and_what_no_network_made_would_not():
    for kind in study.METHODS:
        assert mnist.passes(study.cells(planted(REAL)), kind) == "all"
        found = mnist.works(study.cells(planted(INVENTED)), kind)
        assert found == {"features": False, "pixels": False, "classes": True, "confidence": False}

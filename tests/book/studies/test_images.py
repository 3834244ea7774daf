"""The small study on images, and the verdicts on momentum: placebos and planted effects."""

from __future__ import annotations

import numpy as np
import pytest

import wganlib as wg
from wganbook import evidence
from wganlib.paper import images as image_experiments

KEPT = evidence.study("digits")
SETTINGS, PARTS = KEPT.study.settings, KEPT.arrays
MOVED = evidence.study("critic-momentum")


def test_the_learning_rates_are_the_best_of_the_sweep():
    swept = PARTS[image_experiments.TUNING]
    assert swept["rate"].tolist() == SETTINGS["tuned among"]
    assert SETTINGS["tuning seed"] not in SETTINGS["seeds"]
    for kind, scores in zip(image_experiments.PAPERS, swept["feature"], strict=True):
        assert SETTINGS["rates"][kind] == swept["rate"][np.argmin(scores)]


def test_every_training_has_all_its_steps_and_its_images():
    seeds, looks = len(SETTINGS["seeds"]), SETTINGS["looks"]
    digest = wg.load_images(size=SETTINGS["size"]).digest
    for name, cell in image_experiments.CELLS.items():
        part, updates = PARTS[name], image_experiments.UPDATES[cell.method]
        steps = cell.longer * looks * SETTINGS["updates a look"] // updates
        assert part["critic_loss"].shape == (seeds, steps)
        assert part["feature"].shape == (seeds, looks + 1)
        assert part["sheet"].shape == (seeds, 16, 1, 16, 16)
        assert (part["failed"] == -1).all()
        assert digest in str(np.ravel(part["data"])[0]), "trained on these images"


# --- momentum ------------------------------------------------------------------------------


def moved(**parts):
    return {**MOVED.arrays, **parts}


def test_momentum():
    judge = MOVED.study.rows["S2a"]
    arrays = MOVED.arrays
    assert judge(MOVED.study.settings, arrays).verdict == "undecided"
    # Placebo: the same runs under both names.
    same = moved(**{"adam-09": arrays["rmsprop"]})
    assert judge(MOVED.study.settings, same).verdict == "undecided"
    # Planted: momentum's runs all end where they began.
    stuck = {k: np.repeat(v[:1], len(v), 0) if k.endswith("_em") else v
             for k, v in arrays["adam-09"].items()}  # fmt: skip
    found = judge(MOVED.study.settings, moved(**{"adam-09": stuck}))
    assert found.verdict == "scaled down"


@pytest.mark.parametrize(("order", "verdict"), [(1, "scaled down"), (-1, "differs")])
def test_high_rates(order, verdict):
    """Placebo: the rates in the opposite order."""
    part = {k: v[:, ::order] if v.ndim == 3 else v[::order]
            for k, v in MOVED.arrays["rmsprop"].items()}  # fmt: skip
    judge = MOVED.study.rows["S2b"]
    assert judge(MOVED.study.settings, moved(rmsprop=part)).verdict == verdict

"""The verdicts on images and on momentum: each against its result, placebos and planted effects."""

from __future__ import annotations

import numpy as np
import pytest

import wganlib as wg
from wganbook import evidence
from wganlib.paper import images as image_experiments

KEPT = evidence.study("digits")
SETTINGS, PARTS, ROWS = KEPT.study.settings, KEPT.arrays, KEPT.study.rows
MOVED = evidence.study("critic-momentum")


def test_the_learning_rates_are_the_best_of_the_sweep():
    swept = PARTS[image_experiments.TUNING]
    assert swept["rate"].tolist() == SETTINGS["tuned among"]
    assert SETTINGS["tuning seed"] not in SETTINGS["seeds"]
    for kind, scores in zip(image_experiments.UPDATES, swept["feature"], strict=True):
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


def planted(**cells):
    """The kept parts with some arrays of some cells replaced."""
    return {name: {**part, **cells.get(name.replace("-", "_"), {})} for name, part in PARTS.items()}


def verdict(row, parts):
    return ROWS[row](SETTINGS, parts).verdict


def test_the_results():
    assert {row: finding.verdict for row, finding in KEPT.findings.items()} == {
        "F3a": "differs",
        "F3b": "undecided",
        "F4": "differs",
        "F5": "differs",
        "F6": "differs",
        "F7a": "scaled down",
        "F7b": "differs",
        "F8": "undecided",
        "S1a": "differs",
    }


def losses_that_know(cell, noise=0.0):
    """Losses whose stretch before each look reports that run's own distance, up to a factor."""
    distance = np.asarray(PARTS[cell]["feature"], float)
    steps = PARTS[cell]["critic_loss"].shape[1] // (distance.shape[1] - 1)
    return -np.repeat(distance[:, 1:], steps, axis=1) * 1e-3


def distances_of_their_own():
    """Distances that fall with time in an order of each run's own."""
    rng = np.random.default_rng(0)
    return np.stack([rng.permutation(13).astype(float) + 20 for _ in range(5)])


def test_an_estimate_that_knows_its_own_run_is_told_from_a_clock():
    own = distances_of_their_own()
    cells = {}
    for cell in ("mlp_wgan", "dcgan_wgan"):
        name = cell.replace("_", "-")
        steps = PARTS[name]["critic_loss"].shape[1] // 12
        cells[cell] = {"feature": own, "critic_loss": -np.repeat(own[:, 1:], steps, axis=1)}
    assert verdict("F3a", planted(**cells)) == "scaled down"


def test_a_step_counter_is_no_estimate():
    """A placebo: what the critic reports is the time that is left, and nothing else."""
    cells = {}
    for cell in ("mlp_wgan", "dcgan_wgan"):
        losses = PARTS[cell.replace("_", "-")]["critic_loss"]
        clock = np.tile(-np.arange(losses.shape[1], 0, -1.0), (5, 1))
        cells[cell] = {"critic_loss": clock}
    assert verdict("F3a", planted(**cells)) in ("differs", "undecided")


def test_an_estimate_that_moves_is_not_constant():
    moving = {"critic_loss": PARTS["dcgan-wgan"]["critic_loss"]}
    assert verdict("F3b", planted(both_mlp_wgan=moving)) == "differs"
    still = {"critic_loss": np.zeros_like(PARTS["both-mlp-wgan"]["critic_loss"])}
    assert verdict("F3b", planted(both_mlp_wgan=still)) == "scaled down"


def test_a_report_near_log_2_that_knows_nothing_agrees():
    rng = np.random.default_rng(1)
    cells = {
        cell: {
            "critic_loss": 1e-3 * rng.random(PARTS[cell.replace("_", "-")]["critic_loss"].shape),
            "feature": np.stack([rng.permutation(13) + 20.0 for _ in range(5)]),
        }
        for cell in ("mlp_gan", "dcgan_gan", "both_mlp_gan")
    }
    assert verdict("F4", planted(**cells)) in ("scaled down", "undecided")
    assert "differs" not in verdict("F4", planted(**cells))


def as_good_as(scores):
    """A cell whose every run ends with these scores: features, pixels, classes, confidence."""
    names = ("feature", "pixel", "covered", "confidence")
    return {name: np.full((5, 13), value) for name, value in zip(names, scores, strict=True)}


def test_a_gaussian_in_place_of_the_generator_does_not_work():
    gauss = as_good_as(PARTS["baselines"]["gaussian"].mean(1))
    parts = planted(dcgan_wgan=gauss, dcgan_gan=gauss, plain_wgan=gauss, mlp_wgan=gauss)
    for row in ("F5", "F6", "F7b"):
        assert verdict(row, parts) == "differs"


def test_real_images_in_place_of_the_generator_work():
    real = as_good_as([16.9, 4.71, 10, 0.95])
    parts = planted(dcgan_wgan=real, dcgan_gan=real, mlp_wgan=real)
    assert verdict("F5", parts) == "scaled down"
    assert verdict("F7b", parts) == "scaled down"
    collapsed = as_good_as([50.0, 12.0, 1, 0.9])
    parts = planted(plain_wgan=real, plain_gan=collapsed, plain_gan_long=collapsed)
    assert verdict("F6", parts) == "scaled down"


def test_methods_that_change_places_change_the_order():
    swapped = planted(mlp_wgan=PARTS["mlp-gan"], mlp_gan=PARTS["mlp-wgan"])
    assert verdict("F7a", swapped) == "differs"


def test_a_loss_that_is_the_better_guide_is_seen():
    own = distances_of_their_own()
    cells = {}
    for cell in ("mlp_gan", "dcgan_gan", "both_mlp_gan"):
        steps = PARTS[cell.replace("_", "-")]["generator_loss"].shape[1] // 12
        cells[cell] = {
            "feature": own,
            "generator_loss": np.repeat(own[:, 1:], steps, axis=1),
            "critic_loss": np.repeat(own[:, 1:], steps, axis=1),
        }
    assert verdict("F8", planted(**cells)) == "differs"


def test_no_missing_class_is_no_sign():
    full = {"covered": np.full((5, 13), 10)}
    assert verdict("S1a", planted(dcgan_wgan=full, plain_wgan=full)) == "scaled down"


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

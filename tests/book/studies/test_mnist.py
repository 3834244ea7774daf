"""The verdicts of the study on MNIST: on its result, on planted results and on placebos."""

from __future__ import annotations

import numpy as np
import pytest

from wganlib.paper import images as image_experiments
from wganlib.paper.studies import mnist as study
from wganlib.paper.studies.mnist_yardsticks import DRAWS

SETTINGS = study.MNIST.settings
LOOKS = SETTINGS["looks"] + 1
#: In the order of ``ROWS_OF``: what real images, and images that no network made, score.
REAL = [11.0, 10.5, 10.0, 0.98, 2.3, 0.9, 0.9]
INVENTED = [40.0, 13.0, 10.0, 0.7, 2.2, 0.2, 0.9]


def run(rng, cell, ends, loss=None):
    """A run that falls from an untrained generator's scores to the given ones, unevenly."""
    steps = (LOOKS - 1) * image_experiments.steps_a_look(image_experiments.CELLS[cell], SETTINGS)
    start = np.array([90.0, 20.0, 1.0, 0.5, 0.0, 0.0, 0.0])
    way = np.concatenate([[0.0], np.cumsum(rng.random(LOOKS - 1))])
    path = start + (np.asarray(ends) - start) * (way / way[-1])[:, None]
    measured = dict(zip(study.ROWS_OF, path.T, strict=True))
    told = loss(steps) if loss else np.repeat(measured["feature"][1:], steps // (LOOKS - 1))
    return {
        **measured,
        "critic_loss": -told / 100,
        "generator_loss": rng.normal(size=steps),
        "failed": np.array(-1),
    }


def parts(changed=None, **loss):
    """A whole study: real images' scores in every cell, but for those that are changed."""
    rng = np.random.default_rng(0)
    made = {kind: np.repeat(np.array(INVENTED)[:, None], DRAWS, 1) for kind in study.BASELINES}
    made["real"] = np.repeat(np.array(REAL)[:, None], DRAWS, 1)
    made |= {"floor": np.array([11.0, 10.5]), "accuracy": np.array(0.99)}
    found = {"baselines": made}
    for cell in study.CELLS:
        for seed in study.SEEDS_OF[cell]:
            ends = np.array((changed or {}).get(cell, REAL), float)
            ends[:2] *= 1 + 0.01 * rng.random()
            found[f"{cell}-{seed}"] = run(rng, cell, ends, loss.get(cell.replace("-", "_")))
    return found


def verdict(row, given):
    return study.ROWS[row](SETTINGS, given).verdict


def test_what_works_and_what_a_gaussian_is_worth():
    assert verdict("F5", parts()) == "scaled down"
    # Placebo: a Gaussian, or untrained networks, in the place of a generator.
    for bad in (INVENTED, [90.0, 20.0, 1.0, 0.5, 0.0, 0.0, 0.0]):
        assert verdict("F5", parts({"dcgan-gan": bad})) == "differs"
        assert verdict("F5", parts({"dcgan-wgan": bad})) == "differs"
        assert verdict("F7b", parts({"mlp-wgan": bad})) == "differs"
        assert verdict("F6", parts({"plain-gan": bad})) == "scaled down"
        assert verdict("F6", parts({"plain-gan": bad, "plain-wgan": bad})) == "differs"
    assert verdict("F6", parts()) == "differs", "the GAN does not fail"


@pytest.mark.parametrize("place", range(4))
def test_each_condition_is_asked(place):
    almost = list(REAL)
    almost[place] = [41.0, 13.5, 9.0, 0.6][place]
    assert not all(study.works(study.cells(parts({"dcgan-gan": almost})), "dcgan-gan").values())
    assert verdict("F5", parts({"dcgan-gan": almost})) == "differs"


def test_order_and_collapse_are_both_asked():
    fallen = [60.0, 18.0, 1.0, 0.9, 0.0, 0.5, 0.0]
    assert verdict("F7a", parts({"mlp-gan": fallen})) == "scaled down"
    assert verdict("F7a", parts({"mlp-gan": [60.0, 18.0, 8.0, 0.9, 2.0, 0.5, 0.5]})) == "differs"
    assert verdict("F7a", parts({"mlp-gan": fallen, "mlp-wgan": fallen})) == "differs"


def test_an_estimate_that_knows_its_own_run_is_told_from_a_clock():
    assert verdict("F3a", parts()) != "reproduced"

    def clock(steps):
        return np.linspace(1.0, 0.0, steps)

    told = parts(mlp_wgan=clock, dcgan_wgan=clock)
    assert verdict("F3a", told) in ("differs", "undecided"), "a clock is no guide of its own run"


def test_an_estimate_that_moves_is_not_constant():
    """Placebo: runs that failed, and whose estimate moves as a working one's does."""

    def still(steps):
        return np.zeros(steps)

    failed = {"both-mlp-wgan": [80.0, 18.0, 1.0, 0.6, 0.0, 0.0, 0.0]}
    assert verdict("F3b", parts(failed, both_mlp_wgan=still)) == "scaled down"
    assert verdict("F3b", parts(failed)) == "differs"
    assert verdict("F3b", parts(both_mlp_wgan=still)) == "differs", "it did not fail"


def test_a_report_near_log_2_that_does_not_follow_is_the_paper_s():
    rng = np.random.default_rng(1)

    def sure(steps):  # ½L + log 2 with L near 0
        return 1e-3 * np.repeat(rng.normal(size=10), steps // 10)

    quiet = parts(mlp_gan=sure, dcgan_gan=sure)
    assert verdict("F4", quiet) in ("scaled down", "undecided")
    assert verdict("F4", parts()) == "differs", "a report that follows its own run"


def test_runs_are_told_apart_by_what_their_critics_report():
    def spread(rng, cell, worst):
        """Ends over a wide range, each run's report as far from 0 as its EM."""
        return [20 + worst * rng.random(), *REAL[1:]]

    rng = np.random.default_rng(3)
    planted = {**parts()}
    for cell in study.SAME_CRITIC:
        for seed in study.SEEDS_OF[cell]:
            planted[f"{cell}-{seed}"] = run(rng, cell, spread(rng, cell, 60))
    assert verdict("F3c", planted) == "scaled down"
    # Placebo: the same runs, each with the report of another.
    tags = [f"{cell}-{seed}" for cell in study.SAME_CRITIC for seed in study.SEEDS_OF[cell]]
    last = {tag: planted[tag]["feature"][-1] for tag in tags}
    order = sorted(tags, key=last.__getitem__)
    for tag, other in zip(order, reversed(order), strict=True):
        looks = len(planted[tag]["feature"]) - 1
        told = np.full(len(planted[tag]["critic_loss"]), -last[other] / 100)
        assert len(told) % looks == 0
        planted[tag] = {**planted[tag], "critic_loss": told}
    assert verdict("F3c", planted) == "differs"


def test_a_critic_of_another_kind_misleads_or_does_not():
    worse = [80.0, 18.0, 1.0, 0.6, 0.0, 0.0, 0.0]

    def low(steps):
        return np.full(steps, 1e-3)

    def high(steps):
        return np.full(steps, 1e3)

    failed = {"both-mlp-wgan": worse}
    assert verdict("F3d", parts(failed, both_mlp_wgan=low)) == "scaled down"
    assert verdict("F3d", parts(failed, both_mlp_wgan=high)) == "differs"
    assert verdict("F3d", parts(both_mlp_wgan=low)) == "undecided", "its pictures are as good"


def test_a_lost_class_is_a_sign_of_collapse():
    fallen = [60.0, 18.0, 9.0, 0.9, 2.0, 0.5, 0.5]
    assert verdict("S1a", parts({"plain-gan": fallen})) == "scaled down"
    assert verdict("S1a", parts({"plain-wgan": fallen, "mlp-gan": fallen})) == "differs"
    assert verdict("S1a", parts()) == "undecided", "a count that finds no collapse may be blind"

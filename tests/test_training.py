"""Training equals the plain reference, alone and among others, killed and resumed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import wganlib as wg
from tests import naive_wgan
from wganlib.lipschitz import GradientPenalty, NoConstraint, WeightClipping
from wganlib.networks import MLP
from wganlib.objectives import WGAN, MinimaxGAN, NonSaturatingGAN
from wganlib.optimisers import SGD, Adam, RMSProp
from wganlib.training import Blocks, train

RING = wg.ring_of_gaussians()


def networks(seed, *, width=16, depth=2, activation="relu", dtype="float64"):
    hidden = [width] * depth
    return (
        MLP([2, *hidden, 2], seed=seed, activation=activation, dtype=dtype),
        MLP([2, *hidden, 1], seed=seed, activation=activation, dtype=dtype),
    )


def batches(seed, steps, batch, n_critic):
    """Draw what `train` draws, run by run, through its documented streams."""
    like = torch.empty(0, dtype=torch.float64)
    normal = lambda n, rng: rng.standard_normal((n, 2))  # noqa: E731
    draws = (lambda n, rng: RING.sample(n, seed=rng), normal, lambda n, rng: rng.random(n), normal)
    real, z, mixing, last = (Blocks(d, batch, [seed], p, like) for d, p in zip(draws, (1, 2, 4, 3)))
    for i in range(steps):
        parts = [b.take(i * n_critic, n_critic)[0] for b in (real, z, mixing)]
        yield (*parts, last.take(i, 1)[0, 0])


CASES = {
    "paper": ({}, {"clip": 0.01}),
    "leaky": ({"activation": "leaky_relu"}, {"clip": 0.01}),
    "tanh": ({"activation": "tanh"}, {"clip": 0.1}),
    "authors' order": ({}, {"clip": 0.01, "clip_first": True}),
    "penalty": ({}, {"penalty": 10.0}),
    "one-sided": ({}, {"penalty": 0.1, "one_sided": True}),
    "penalty, tanh": ({"activation": "tanh"}, {"penalty": 1.0}),
    "penalty, leaky": ({"activation": "leaky_relu"}, {"penalty": 1.0}),
    "Adam": ({}, {"penalty": 1.0, "optimiser": "adam"}),
    "SGD": ({}, {"clip": 0.1, "optimiser": "sgd"}),
    "minimax": ({}, {"objective": "minimax"}),
    "non-saturating": ({}, {"objective": "non_saturating"}),
}
OBJECTIVES = {"wgan": WGAN(), "minimax": MinimaxGAN(), "non_saturating": NonSaturatingGAN()}


def ours(reference, lr):
    """Say in the words of `train` what a case says in those of the reference."""
    optimiser = {"adam": Adam(lr, (0.5, 0.9)), "sgd": SGD(lr)}
    rule = NoConstraint()
    if "clip" in reference:
        rule = WeightClipping(reference["clip"])
    if "penalty" in reference:
        rule = GradientPenalty(reference["penalty"], reference.get("one_sided", False))
    return {
        "objective": OBJECTIVES[reference.get("objective", "wgan")],
        "lipschitz": rule,
        "optimiser": optimiser.get(reference.get("optimiser"), RMSProp(lr)),
    }


@pytest.mark.parametrize("written_out", [True, False], ids=["written out", "autograd"])
@pytest.mark.parametrize("case", CASES)
def test_forty_iterations_equal_the_plain_reference(case, written_out, monkeypatch):
    shape, reference = CASES[case]
    generator, critic = networks(3, **shape)
    plain = naive_wgan.sequential(generator), naive_wgan.sequential(critic)
    lr, n_critic = 1e-3, 3
    expected = naive_wgan.train(*plain, batches(3, 40, 32, n_critic), lr=lr, **reference)
    if reference.get("clip_first"):
        # The schedule of 100 critic steps is tested below; here only the order.
        monkeypatch.setitem(wg.training.SCHEDULES, "authors", lambda i, n: n)
    mine = (generator, critic) if written_out else plain
    history = train(
        *mine,
        RING,
        seed=3,
        steps=40,
        batch=32,
        n_critic=n_critic,
        noise_shape=(2,),
        schedule="authors" if reference.get("clip_first") else "paper",
        **ours(reference, lr),
    )
    rows = np.array(expected[2])
    np.testing.assert_allclose(history.critic_loss[:, 0], rows[:, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(history.generator_loss[:, 0], rows[:, 1], rtol=0, atol=1e-9)
    for net, module in zip(mine, expected[:2], strict=True):
        got = net.flat[0] if written_out else naive_wgan.flat(net)
        torch.testing.assert_close(got.detach(), naive_wgan.flat(module), rtol=0, atol=1e-9)

"""Whatever people hand over as data: drawn from, or told what is expected instead."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

import wganlib as wg
from wganlib.training.evaluation import em_to_data

POINTS = np.random.default_rng(0).normal(0, 1, (50, 2))


class Table:
    """What a data frame has: rows as an array, and a way of its own to sample them."""

    def __array__(self, dtype=None, copy=None):
        return POINTS

    def sample(self, n=None, frac=None, random_state=None):
        raise AssertionError("a table is an array")


def run(data, **more):
    networks = wg.MLP([2, 4, 2], seed=0), wg.MLP([2, 4, 1], seed=0)
    return wg.train(*networks, data, seed=0, steps=3, batch=4, **more)


def test_a_table_is_an_array():
    np.testing.assert_array_equal(run(Table()).estimate, run(POINTS).estimate)
    assert run(Table()).config["data"] == run(POINTS).config["data"]
    run(torch.tensor(POINTS))


@pytest.mark.parametrize(
    "other",
    [
        torch.distributions.Normal(torch.zeros(2), 1.0),
        KernelDensity().fit(POINTS),
        GaussianMixture().fit(POINTS),
    ],
    ids=["torch", "density", "mixture"],
)
def test_other_samplers_are_told_what_is_expected(other):
    for name, call in (
        ("data", lambda: run(other)),
        ("noise", lambda: run(POINTS, noise=other)),
        ("data", lambda: em_to_data(POINTS, other, seed=0)),
        ("real", lambda: wg.train_critic(wg.MLP([2, 1], seed=0), other, POINTS, seed=0, steps=1)),
        ("fake", lambda: wg.train_critic(wg.MLP([2, 1], seed=0), POINTS, other, seed=0, steps=1)),
    ):
        with pytest.raises(TypeError, match=rf"^{name}: expected .* whose sample takes no seed"):
            call()


@pytest.mark.parametrize("function", [lambda n: POINTS[:n], lambda: POINTS, lambda n, m, k: POINTS])
def test_functions_of_other_arguments_are_told(function):
    with pytest.raises(TypeError, match=r"^data: expected a function \(n, rng\) -> n points"):
        run(function)


@pytest.mark.parametrize(
    ("weights", "cure"),
    [
        (np.full(7, 1 / 7, np.float32), True),
        (torch.softmax(torch.arange(7.0), 0), True),
        (np.full(7, 1 / 7).astype(np.float16), True),
        (np.full(7, 0.2), False),
        (np.full(7, 1 / 7 + 1e-6), False),
    ],
)
def test_short_weights_come_with_a_cure(weights, cure):
    with pytest.raises(ValueError, match=r"^a: expected masses that sum to 1") as caught:
        wg.wasserstein_1(np.arange(7.0), [0.0], a=weights)
    assert ("w /= w.sum()" in str(caught.value)) == cure
    w = np.asarray(weights, float)
    w /= w.sum()
    wg.wasserstein_1(np.arange(7.0), [0.0], a=w)


class Dropping(torch.nn.Module):
    def __init__(self, out):
        super().__init__()
        torch.manual_seed(0)
        self.net = torch.nn.Sequential(
            torch.nn.Linear(2, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, out)
        )

    def forward(self, x):
        return self.net(x)


def test_trainings_with_dropout_in_threads_are_those_alone():
    """Torch has one generator for all threads."""
    settings = {"steps": 15, "batch": 4, "noise_shape": (2,)}
    pairs = [(Dropping(2), Dropping(1)) for _ in range(4)]
    alone = [wg.train(*pairs[i], POINTS, seed=i, **settings) for i in range(2)]
    together = [None, None]

    def work(i):
        together[i] = wg.train(*pairs[2 + i], POINTS, seed=i, **settings)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, two in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.critic_loss, two.critic_loss)

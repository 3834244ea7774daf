"""Evaluation against closed forms, brute force and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import wganlib as wg
from tests import naive_wgan
from wganlib.training.sampling import sampler

torch.set_num_threads(1)

CLOUD = np.random.default_rng(0).normal(size=(300, 2))
coordinates = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(2)),
                     elements=st.floats(-3, 3))  # fmt: skip


def test_em_of_a_shifted_cloud():
    result = wg.training.em_to_data(CLOUD + np.array([5.0, 0.0]), CLOUD, seed=0)
    assert result.em == pytest.approx(5.0, abs=3 * result.floor)
    assert 0 < result.floor < 0.5


def test_em_draws_as_many_as_it_is_given():
    asked = []

    def data(n, rng):
        asked.append(n)
        return rng.normal(size=(n, 2))

    wg.training.em_to_data(CLOUD[:37], data, seed=0)
    assert asked == [37, 37]
    with pytest.raises(ValueError, match=r"^samples: expected points of 2 coordinates"):
        wg.training.em_to_data(np.zeros((4, 3)), CLOUD, seed=0)


def test_em_of_images_is_that_of_their_pixels():
    images = np.random.default_rng(1).normal(size=(20, 1, 3, 3))
    flat = images.reshape(20, 9)
    assert wg.training.em_to_data(images, images, seed=0) == wg.training.em_to_data(
        flat, flat, seed=0
    )


@given(coordinates, coordinates, st.floats(0.05, 3))
@settings(deadline=None, max_examples=80)
def test_mode_coverage_equals_brute_force(samples, modes, radius):
    result = wg.training.mode_coverage(samples, modes, radius, share=0.0)
    counts = np.zeros(len(modes))
    for point in samples:
        distance = np.sqrt(((modes - point) ** 2).sum(1))
        if distance.min() <= radius:
            counts[distance.argmin()] += 1
    np.testing.assert_allclose(result.mass, counts / len(samples))
    assert result.covered == (counts > 0).sum()
    assert result.mass.sum() + result.outside == pytest.approx(1)


def test_a_mode_needs_its_share():
    samples = [[0.0, 0.0]] * 99 + [[1.0, 0.0]]
    modes = [[0.0, 0.0], [1.0, 0.0]]
    assert wg.training.mode_coverage(samples, modes, 0.1).covered == 1
    assert wg.training.mode_coverage(samples, modes, 0.1, share=0.0).covered == 2
    ring = wg.ring_of_gaussians()
    angles = np.arange(8) * np.pi / 4
    radius = np.linalg.norm(ring.sample(4000, seed=0), axis=1).mean()
    centres = radius * np.column_stack([np.cos(angles), np.sin(angles)])
    real = wg.training.mode_coverage(ring.sample(4000, seed=1), centres, 0.5)
    assert real.covered == 8
    assert np.abs(real.mass - 1 / 8).max() < 0.03


def test_slopes_equal_finite_differences():
    critic = wg.MLP([2, 8, 8, 1], seed=[0, 1], activation="tanh", dtype="float64")
    norms = wg.training.gradient_norms(critic, CLOUD[:20])
    assert norms.shape == (2, 20)
    step = 1e-6
    with torch.no_grad():
        ahead = [
            critic(torch.tensor(CLOUD[:20] + sign * step * np.eye(2)[axis]))[..., 0].numpy()
            for axis in range(2)
            for sign in (1, -1)
        ]
    slope = np.stack([ahead[0] - ahead[1], ahead[2] - ahead[3]]) / (2 * step)
    np.testing.assert_allclose(norms, np.sqrt((slope**2).sum(0)), rtol=1e-6)


def test_bound_is_above_every_slope_and_exact_for_one_layer():
    critic = wg.MLP([2, 16, 16, 1], seed=[0, 1, 2])
    slopes = wg.training.gradient_norms(critic, CLOUD)
    assert (slopes.max(1) <= wg.training.lipschitz_bound(critic)).all()
    line = torch.nn.Linear(3, 1)
    assert wg.training.lipschitz_bound(line) == pytest.approx(
        float(line.weight.detach().norm()), rel=1e-6
    )
    single = wg.MLP([2, 8, 1], seed=4)
    assert wg.training.lipschitz_bound(single) == pytest.approx(
        wg.training.lipschitz_bound(naive_wgan.sequential(single)), rel=1e-6
    )
    assert math.isnan(
        wg.training.lipschitz_bound(torch.nn.Sequential(line, torch.nn.BatchNorm1d(1)))
    )


def test_measuring_leaves_the_mode_of_the_network():
    critic = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4),
                                 torch.nn.Linear(4, 1))  # fmt: skip
    before = critic[1].running_mean.clone()
    wg.training.gradient_norms(critic, CLOUD)
    assert critic.training
    assert critic[1].training
    assert torch.equal(critic[1].running_mean, before)


def test_generate_is_repeatable_and_by_run():
    generator = wg.MLP([2, 8, 3], seed=[5, 6])
    points = wg.generate(generator, 4, seed=[0, 1])
    assert points.shape == (2, 4, 3)
    np.testing.assert_array_equal(points, wg.generate(generator, 4, seed=[0, 1]))
    alone = wg.generate(wg.MLP([2, 8, 3], seed=6), 4, seed=1)
    np.testing.assert_allclose(points[1], alone, rtol=1e-5, atol=1e-6)
    uniform = wg.generate(wg.MLP([2, 2], seed=0), 4, seed=0, noise="uniform")
    assert not np.array_equal(uniform, wg.generate(wg.MLP([2, 2], seed=0), 4, seed=0))


def test_a_sampler_that_returns_too_few_is_named():
    with pytest.raises(ValueError, match=r"^data: expected 5 points"):
        sampler(lambda n, rng: np.zeros((n - 1, 2)))(5, np.random.default_rng(0))


def test_mode_coverage_at_every_scale():
    for scale in (1e-200, 1e200):
        found = wg.training.mode_coverage(
            scale * np.array([[1.0, 0.0]]), [[2 * scale, 0.0]], 1.5 * scale
        )
        assert found.covered == 1
        found = wg.training.mode_coverage(
            scale * np.array([[1.0, 0.0]]), [[3 * scale, 0.0]], 1.5 * scale
        )
        assert found.covered == 0


def test_bound_of_modules_that_are_not_what_they_seem():
    """Each of these had a bound below a slope that its critic really has."""
    square = torch.nn.Linear(2, 2, bias=False)
    last = torch.nn.Linear(2, 1, bias=False)
    for layer in (square, last):
        torch.nn.init.ones_(layer.weight)
    twice = torch.nn.Sequential(square, torch.nn.ReLU(), square, torch.nn.ReLU(), last)
    bound = wg.training.lipschitz_bound(twice)
    assert bound == pytest.approx(4 * math.sqrt(2))
    assert bound >= wg.training.gradient_norms(twice, [[1.0, 1.0]]).max() * (1 - 1e-6)

    class Residual(torch.nn.Sequential):
        def forward(self, x):
            return x + super().forward(x)

    assert math.isnan(wg.training.lipschitz_bound(torch.nn.Sequential(Residual(square), last)))
    assert math.isnan(
        wg.training.lipschitz_bound(torch.nn.Sequential(torch.nn.LeakyReLU(5.0), last))
    )
    gentle = torch.nn.Sequential(torch.nn.LeakyReLU(0.2), last)
    assert wg.training.lipschitz_bound(gentle) == pytest.approx(math.sqrt(2))


class _Returns(torch.nn.Module):
    """Whatever comes in, this comes out."""

    def __init__(self, out):
        super().__init__()
        self.out, self.weight = out, torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.out


@pytest.mark.parametrize("out", ["text", None, torch.ones(2, 1), torch.ones(())])
def test_outputs_that_do_not_fit_are_named(out):
    with pytest.raises(ValueError, match=r"^generator: expected"):
        wg.generate(_Returns(out), 3, seed=0, noise_shape=(2,))
    with pytest.raises(ValueError, match=r"^critic: expected one score for each of 3 points"):
        wg.training.gradient_norms(_Returns(out), np.zeros((3, 2)))


def test_points_too_large_for_the_network_are_named():
    with pytest.raises(ValueError, match=r"^points: expected numbers that fit float32"):
        wg.training.gradient_norms(torch.nn.Linear(2, 1), [[1e300, 0.0]])

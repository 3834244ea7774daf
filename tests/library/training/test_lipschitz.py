"""Each rule does what it says, against plain torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import polar

import wganlib as wg
from tests import naive_wgan
from wganlib.training.lipschitz import (
    GradientPenalty,
    NoConstraint,
    Orthonormal,
    SpectralNorm,
    SphereProjection,
    WeightClipping,
)
from wganlib.training.networks import MLP, Traced, WrittenOut

torch.set_num_threads(1)


def critic(seeds=(0, 1, 2), **options):
    return WrittenOut(MLP([2, 16, 16, 1], seed=list(seeds), dtype="float64", **options))


@given(st.lists(st.floats(1e-4, 0.3), min_size=3, max_size=3))
@settings(deadline=None, max_examples=30)
def test_clipping_per_run(bounds):
    network = critic()
    before = network.flat.clone()
    rule = WeightClipping(bounds)
    rule.project(network, rule.start(network))
    for run, c in enumerate(bounds):
        assert torch.equal(network.flat[run], before[run].clamp(-c, c))


@given(st.lists(st.floats(0.01, 100), min_size=3, max_size=3))
@settings(deadline=None, max_examples=30)
def test_sphere_per_run(radii):
    network = critic()
    before = network.flat.clone()
    rule = SphereProjection(radii)
    rule.project(network, rule.start(network))
    torch.testing.assert_close(network.flat.norm(dim=1), torch.tensor(radii).double())
    cosine = torch.nn.functional.cosine_similarity(network.flat, before)
    torch.testing.assert_close(cosine, torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "groupsort"])
def test_penalty_equals_autograd(activation, one_sided):
    seeds, weights = (4, 5, 6), [0.1, 1.0, 10.0]
    network = critic(seeds, activation=activation)
    network.flat.mul_(4)  # some slopes above 1, some below
    draw = torch.Generator().manual_seed(0)
    real, fake, mixing = (
        torch.randn(*shape, dtype=torch.float64, generator=draw)
        for shape in ((3, 20, 2), (3, 20, 2), (3, 20))
    )
    mixing = mixing.sigmoid()
    rule = GradientPenalty(weights, one_sided)
    with torch.no_grad():
        value = rule.penalty(network, rule.start(network), real, fake, mixing)
    for run, (seed, weight) in enumerate(zip(seeds, weights, strict=True)):
        alone = MLP([2, 16, 16, 1], seed=seed, dtype="float64", activation=activation)
        alone.flat.data.mul_(4)
        module = naive_wgan.sequential(alone)
        args = (real[run], fake[run], mixing[run])
        expected = naive_wgan.gradient_penalty(module, *args, weight, one_sided)
        expected.backward()
        torch.testing.assert_close(value[run], expected.detach(), rtol=1e-10, atol=1e-12)
        for layer in module:
            if isinstance(layer, torch.nn.Linear) and layer.bias.grad is None:
                layer.bias.grad = torch.zeros_like(layer.bias)
        gradients = [
            part
            for layer in module
            if isinstance(layer, torch.nn.Linear)
            for part in (layer.weight.grad.T.reshape(-1), layer.bias.grad)
        ]
        torch.testing.assert_close(
            network.gradient[run], torch.cat(gradients), rtol=1e-9, atol=1e-11
        )


def test_penalty_at_a_flat_critic_is_finite():
    network = critic()
    network.flat.zero_()
    rule = GradientPenalty(10.0)
    x = torch.zeros(3, 4, 2, dtype=torch.float64)
    with torch.no_grad():
        value = rule.penalty(network, rule.start(network), x, x, torch.rand(3, 4).double())
    assert (value == 10).all()
    assert network.gradient.isfinite().all()


@pytest.mark.parametrize("weight", [0.1, 1e6])
def test_penalty_at_a_flat_critic_of_single_precision_is_finite(weight):
    network = WrittenOut(MLP([2, 4, 1], seed=[0, 1]))
    network.flat.zero_()
    x, rule = torch.zeros(2, 1, 2), GradientPenalty(weight)
    with torch.no_grad():
        network.backward(torch.zeros_like(network.forward(x)))
        rule.penalty(network, rule.start(network), x, x, torch.rand(2, 1))
    assert (network.gradient == 0).all()


def norms(network):
    return torch.stack([torch.linalg.svdvals(w)[:, 0] for w in network.matrices()], 1)


def test_spectral_norm_starts_exact_and_follows():
    network = critic()
    network.flat.mul_(5)
    small = network.matrices()[2].div_(1e3).clone()
    rule = SpectralNorm()
    state = rule.start(network)
    assert norms(network).max() <= 1 + 1e-12
    assert torch.equal(network.matrices()[2], small)  # a norm below 1 stays
    draw = torch.Generator().manual_seed(1)
    for _ in range(200):
        noise = torch.randn(network.flat.shape, dtype=torch.float64, generator=draw)
        network.flat.add_(noise, alpha=1e-3)
        rule.project(network, state)
        assert norms(network).max() <= 1.02


def draw_like(flat):
    return torch.randn(flat.shape, dtype=flat.dtype, generator=torch.Generator().manual_seed(2))


def singular_values(network):
    return torch.cat([torch.linalg.svdvals(w) for w in network.matrices()], 1)


def test_orthonormal_starts_exact_and_follows_the_nearest_orthonormal_matrix():
    network = critic()
    network.flat.mul_(5)
    rule = Orthonormal(8)
    state = rule.start(network)
    close = {"rtol": 0, "atol": 1e-12}
    torch.testing.assert_close(singular_values(network), torch.ones(3, 19).double(), **close)
    draw = torch.Generator().manual_seed(1)
    for _ in range(20):
        noise = torch.randn(network.flat.shape, dtype=torch.float64, generator=draw)
        network.flat.add_(noise, alpha=1e-2)
        moved = [w.clone() for w in network.matrices()]
        rule.project(network, state)
        for w, before in zip(network.matrices(), moved, strict=True):
            for run in range(3):
                nearest = polar(before[run].numpy())[0]
                np.testing.assert_allclose(w[run].numpy(), nearest, rtol=0, atol=1e-9)


@pytest.mark.parametrize("iterations", [1, 5])
@pytest.mark.parametrize("size", [1e-20, 1.0, 1e6])
def test_orthonormal_never_stretches_however_far_a_step_went(size, iterations):
    network = critic()
    rule = Orthonormal(iterations)
    state = rule.start(network)
    network.flat.mul_(0).add_(draw_like(network.flat), alpha=size)
    network.matrices()[1][0].zero_()  # nothing is nearest to this one
    rule.project(network, state)
    found = singular_values(network)
    assert found.isfinite().all()
    assert found.max() <= 1 + 1e-12


def test_spectral_norm_bounds_the_slope_while_training():
    seeds = [0, 1]
    generator, net = MLP([2, 32, 2], seed=seeds), MLP([2, 32, 32, 1], seed=seeds)
    history = wg.train(
        generator,
        net,
        wg.ring_of_gaussians(),
        seed=seeds,
        steps=200,
        lipschitz=SpectralNorm(),
        optimiser=wg.Adam(1e-3),
        evaluate_every=50,
        evaluation_points=100,
    )
    assert history.lipschitz_bound[1:].max() <= 1.05
    assert (history.lipschitz_largest <= history.lipschitz_bound + 1e-6).all()


def test_spectral_norm_of_a_convolution_is_that_of_its_matrix():
    module = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.Flatten())
    module[0].weight.data.mul_(20)
    traced = Traced(module)
    with torch.no_grad():
        SpectralNorm().start(traced)
    top = torch.linalg.svdvals(module[0].weight.detach().flatten(1))[0]
    torch.testing.assert_close(top, torch.tensor(1.0))


def test_spectral_norm_of_an_mlp_within_a_module_is_that_of_its_layers():
    """A score that is squashed, for example: the module's one buffer is no matrix."""
    alone = MLP([2, 16, 16, 1], seed=4, dtype="float64")
    inside = MLP([2, 16, 16, 1], seed=4, dtype="float64")
    for network in (alone, inside):
        network.flat.data.mul_(5)
    outside = torch.nn.Linear(1, 1, dtype=torch.float64)
    outside.weight.data.fill_(3.0)
    passes = WrittenOut(alone), Traced(torch.nn.Sequential(inside, torch.nn.Sigmoid(), outside))
    states = [SpectralNorm().start(one) for one in passes]
    for one, state in zip(passes, states, strict=True):
        one.flat.mul_(1.5)
        SpectralNorm().project(one, state)
    torch.testing.assert_close(inside.flat.detach(), alone.flat.detach(), rtol=1e-12, atol=0)
    assert float(norms(passes[0]).max()) == pytest.approx(1)
    assert outside.weight.item() == pytest.approx(1)


def test_no_rule_changes_nothing():
    network = critic()
    before = network.flat.clone()
    rule = NoConstraint()
    state = rule.start(network)
    rule.project(network, state)
    x = torch.zeros(3, 2, 2)
    assert rule.penalty(network, state, x, x, None) is None
    assert torch.equal(network.flat, before)


def test_sequences_become_hashable_settings():
    assert WeightClipping(np.array([0.1, 0.2])) == WeightClipping([0.1, 0.2])
    assert hash(GradientPenalty([1.0, 2.0])) == hash(GradientPenalty((1.0, 2.0)))

"""Networks for images: the published architecture, number by number, and how they start."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import kstest
from torch import nn

import wganlib as wg
from wganlib import train
from wganlib.images.networks import DCGANCritic, DCGANGenerator, MLPCritic, MLPGenerator

DCGANS = (DCGANGenerator, DCGANCritic)


def count(network):
    return sum(p.numel() for p in network.parameters())


def kernel(inputs, outputs):
    """A kernel of 4×4 without bias."""
    return inputs * outputs * 4 * 4


def norm(channels):
    """Gain and shift."""
    return 2 * channels


def linear(inputs, outputs):
    return (inputs + 1) * outputs


#: Every layer of the published networks, written down by hand: noise 100, 64 filters.
PUBLISHED = {
    "generator 64×64×3": (
        DCGANGenerator(seed=0),
        [kernel(100, 512), norm(512), kernel(512, 256), norm(256), kernel(256, 128), norm(128),
         kernel(128, 64), norm(64), kernel(64, 3)],
        3_576_704,
    ),
    "critic 64×64×3": (
        DCGANCritic(seed=0),
        [kernel(3, 64), kernel(64, 128), norm(128), kernel(128, 256), norm(256),
         kernel(256, 512), norm(512), kernel(512, 1)],
        2_765_568,
    ),
    "generator of figure 6": (
        DCGANGenerator(seed=0, batch_norm=False, constant_filters=True),
        [kernel(100, 64), kernel(64, 64), kernel(64, 64), kernel(64, 64), kernel(64, 3)],
        302_080,
    ),
    "generator 32×32×3": (
        DCGANGenerator(size=32, seed=0),
        [kernel(100, 256), norm(256), kernel(256, 128), norm(128), kernel(128, 64), norm(64),
         kernel(64, 3)],
        1_068_928,
    ),
    "critic 32×32×1": (
        DCGANCritic(size=32, channels=1, seed=0),
        [kernel(1, 64), kernel(64, 128), norm(128), kernel(128, 256), norm(256), kernel(256, 1)],
        661_248,
    ),
    "generator 8×8×1": (
        DCGANGenerator(size=8, channels=1, seed=0),
        [kernel(100, 64), norm(64), kernel(64, 1)],
        103_552,
    ),
    "critic 8×8×1": (
        DCGANCritic(size=8, channels=1, seed=0), [kernel(1, 64), kernel(64, 1)], 2_048,
    ),
    "MLP generator 64×64×3": (
        MLPGenerator(seed=0),
        [linear(100, 512), linear(512, 512), linear(512, 512), linear(512, 512),
         linear(512, 64 * 64 * 3)],
        7_143_424,
    ),
    "MLP critic 64×64×3": (
        MLPCritic(seed=0),
        [linear(64 * 64 * 3, 512), linear(512, 512), linear(512, 512), linear(512, 512),
         linear(512, 1)],
        7_080_449,
    ),
    "MLP generator of the public code": (
        MLPGenerator(seed=0, depth=3),
        [linear(100, 512), linear(512, 512), linear(512, 512), linear(512, 64 * 64 * 3)],
        6_880_768,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameter_counts_are_those_of_the_published_layers(name):
    network, layers, total = PUBLISHED[name]
    assert count(network) == sum(layers) == total


def test_figure_6_drops_a_bit_more_than_an_order_of_magnitude():
    full, small = (PUBLISHED[f"generator {n}"][2] for n in ("64×64×3", "of figure 6"))
    assert 11 < full / small < 12


def reference_generator(size, channels, noise, filters):
    """Layer names and sizes as the public code builds them, from the top of the pyramid."""
    width, side = filters // 2, 4
    while side != size:
        width, side = 2 * width, 2 * side
    layers = [nn.ConvTranspose2d(noise, width, 4, 1, 0, bias=False), nn.BatchNorm2d(width),
              nn.ReLU()]  # fmt: skip
    side = 4
    while side < size // 2:
        layers += [nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False),
                   nn.BatchNorm2d(width // 2), nn.ReLU()]  # fmt: skip
        width, side = width // 2, 2 * side
    layers += [nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh()]
    return nn.Sequential(*layers)


def reference_critic(size, channels, filters):
    layers = [nn.Conv2d(channels, filters, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    width, side = filters, size / 2
    while side > 4:
        layers += [nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width),
                   nn.LeakyReLU(0.2)]  # fmt: skip
        width, side = 2 * width, side / 2
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 4, 1, 0, bias=False))


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (32, 3), (64, 3)])
@pytest.mark.parametrize("channels_last", [False, True])
def test_outputs_are_those_of_the_public_architecture(size, channels, channels_last):
    """The same parameters in layers built one after the other give the same images and scores."""
    settings = {"size": size, "channels": channels, "filters": 8, "dtype": "float64"}
    settings["channels_last"] = channels_last
    generator = DCGANGenerator(seed=1, noise=7, **settings)
    plain = reference_generator(size, channels, 7, 8).double()
    plain.load_state_dict(dict(zip(plain.state_dict(), generator.state_dict().values())))  # noqa: B905
    z = torch.randn(5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    images = generator(z)
    torch.testing.assert_close(images, plain(z[:, :, None, None]))
    assert images.shape == (5, channels, size, size)
    assert images.abs().max() < 1
    critic = DCGANCritic(seed=1, **settings)
    plain = reference_critic(size, channels, 8).double()
    plain.load_state_dict(dict(zip(plain.state_dict(), critic.state_dict().values())))  # noqa: B905
    scores = critic(images)
    torch.testing.assert_close(scores, plain(images).flatten(1))
    assert scores.shape == (5, 1)


def test_first_weights_are_the_published_ones():
    for network in (DCGANGenerator(seed=3), DCGANCritic(seed=3)):
        for layer in network.net:
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                weights = layer.weight.detach().flatten().double().numpy()[:20000] / 0.02
                assert kstest(weights, "norm").pvalue > 1e-3
            elif isinstance(layer, nn.BatchNorm2d):
                gain = (layer.weight.detach().double().numpy() - 1) / 0.02
                assert kstest(gain, "norm").pvalue > 1e-3
                assert not layer.bias.any()
    for layer in (*MLPGenerator(size=8, channels=1, seed=3).net, *MLPCritic(size=8, seed=3)):
        if isinstance(layer, nn.Linear):
            bound = layer.in_features**-0.5
            for values in (layer.weight, layer.bias):
                uniform = values.detach().flatten().double().numpy()[:20000] / bound
                assert kstest((uniform + 1) / 2, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("kind", [*DCGANS, MLPGenerator, MLPCritic])
def test_a_seed_is_a_network_and_leaves_torch_alone(kind):
    small = {"filters": 4} if kind in DCGANS else {"width": 8}
    make = lambda seed: kind(size=8, channels=1, seed=seed, **small).state_dict()  # noqa: E731
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    one, again, other = make(0), make(0), make(1)
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert any((one[name] != other[name]).any() for name in one)


def test_generator_and_critic_of_one_seed_do_not_start_alike():
    generator, critic = DCGANGenerator(size=8, seed=0), DCGANCritic(size=8, seed=0)
    a, b = generator.net[-2].weight.detach(), critic.net[0].weight.detach()
    assert a.shape == (64, 3, 4, 4)
    assert b.shape == (64, 3, 4, 4)
    assert abs(np.corrcoef(a.flatten(), b.flatten())[0, 1]) < 0.1


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"^z: expected shape \(n, 100\), got shape \(2, 99\)"):
        DCGANGenerator(size=8, seed=0)(torch.zeros(2, 99))
    with pytest.raises(ValueError, match=r"^x: expected shape \(n, 3, 64, 64\), got shape"):
        DCGANCritic(seed=0)(torch.zeros(2, 3, 32, 32))
    with pytest.raises(ValueError, match=r"^generator: expected points of shape \(1, 8, 8\)"):
        train(DCGANGenerator(size=16, channels=1, filters=2, seed=0), DCGANCritic(size=8, seed=0),
              np.zeros((9, 1, 8, 8)), seed=0, steps=1)  # fmt: skip


IMAGES = np.tanh(np.random.default_rng(0).normal(size=(40, 1, 8, 8)))
SMALL = {"size": 8, "channels": 1, "seed": 0}
PAIRS = {
    "dcgan": lambda: (DCGANGenerator(filters=8, **SMALL), DCGANCritic(filters=8, **SMALL)),
    "figure 6": lambda: (
        DCGANGenerator(filters=8, batch_norm=False, constant_filters=True, **SMALL),
        DCGANCritic(filters=8, **SMALL),
    ),
    "figure 7": lambda: (MLPGenerator(width=16, **SMALL), DCGANCritic(filters=8, **SMALL)),
    "mlp": lambda: (MLPGenerator(width=16, **SMALL), MLPCritic(width=16, **SMALL)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_train_takes_them_as_they_are(name):
    """No shape of the noise is asked for: the generator knows it."""
    generator, critic = PAIRS[name]()
    before = [p.detach().clone() for p in (*generator.parameters(), *critic.parameters())]
    history = train(generator, critic, IMAGES, seed=0, steps=3, batch=8, evaluate_every=3,
                    evaluation_points=10, optimiser=wg.RMSProp(1e-3))  # fmt: skip
    after = [*generator.parameters(), *critic.parameters()]
    assert all((a != b).any() for a, b in zip(before, after, strict=True))
    assert history.samples.shape == (2, 1, 10, 1, 8, 8)
    assert history.config["noise_shape"] == [100]
    assert np.isnan(history.lipschitz_bound).all() == (name != "mlp")
    assert wg.generate(generator, 3, seed=0).shape == (3, 1, 8, 8)


def test_channels_last_trains_alike():
    kept = []
    for channels_last in (False, True):
        settings = {"size": 16, "channels": 3, "seed": 0, "filters": 4, "dtype": "float64"}
        settings["channels_last"] = channels_last
        pair = DCGANGenerator(**settings), DCGANCritic(**settings)
        data = np.random.default_rng(0).uniform(-1, 1, (20, 3, 16, 16))
        kept.append(train(*pair, data, seed=0, steps=5, batch=8).critic_loss)
    np.testing.assert_allclose(*kept, rtol=1e-9)
    assert "channels_last=True" in repr(pair[0])

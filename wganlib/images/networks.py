"""Generators and critics for images: the DCGAN, the same made hard to train, and the MLP.

All of them are ordinary ``torch.nn.Module`` objects that go through ``wganlib.train`` as they
are. Images have shape (n, channels, size, size) with values in [−1, 1].
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from wganlib import _validate
from wganlib.training import streams as _runs
from wganlib.training.networks import DTYPES, LEAKY_SLOPE

#: Standard deviation of the first weights of a DCGAN.
SPREAD = 0.02

#: Which stream the first weights come from, so that two networks of one seed differ.
_GENERATOR, _CRITIC = range(2)


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {_validate.describe(value)}")
    return value


def _side(size: Any) -> int:
    """Return the side of an image that halves down to 4."""
    side = _validate.integer(size, "size", at_least=8, at_most=1024)
    if side & (side - 1):
        raise ValueError(f"size: expected a power of two, such as 8, 32 or 64, got {side}")
    return side


def _seed(seed: Any) -> int:
    return _validate.integer(seed, "seed", at_least=0)


def _check(x: Tensor, name: str, shape: tuple[int, ...]) -> None:
    if x.shape[1:] != shape:
        wanted = ", ".join(["n", *map(str, shape)])
        raise ValueError(f"{name}: expected shape ({wanted}), got shape {tuple(x.shape)}")


def _start_dcgan(network: nn.Module, seed: int, role: int) -> None:
    """Draw the first weights as the DCGAN does, each layer from a stream of its own."""
    with torch.no_grad():
        for number, layer in enumerate(network.modules()):
            rng = _runs.stream(seed, _runs.INITIAL, role, number)
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                draw = rng.normal(0, SPREAD, tuple(layer.weight.shape))
                layer.weight.copy_(torch.from_numpy(draw))
            elif isinstance(layer, nn.BatchNorm2d):
                draw = rng.normal(1, SPREAD, tuple(layer.weight.shape))
                layer.weight.copy_(torch.from_numpy(draw))
                layer.bias.zero_()


def _start_mlp(network: nn.Module, seed: int, role: int) -> None:
    """Draw the first weights as ``torch.nn.Linear`` does, uniform on ±1/√(inputs)."""
    with torch.no_grad():
        for number, layer in enumerate(network.modules()):
            if isinstance(layer, nn.Linear):
                rng = _runs.stream(seed, _runs.INITIAL, role, number)
                bound = layer.in_features**-0.5
                for parameter in (layer.weight, layer.bias):
                    draw = rng.uniform(-bound, bound, tuple(parameter.shape))
                    parameter.copy_(torch.from_numpy(draw))


class DCGANGenerator(nn.Module):
    """The generator of the DCGAN: noise to images by transposed convolutions.

    Noise becomes 4×4 pixels with many channels. Every further layer doubles the side and
    halves the channels, down to ``filters``; the last one gives the image, through tanh.

    Parameters
    ----------
    size : int
        Side of an image, a power of two of at least 8; 64 in the paper.
    channels : int
        Of an image: 3 for colour, 1 for grey.
    seed : int
        For the first weights: N(0, 0.02) in convolutions; in batch normalisation N(1, 0.02)
        for the gain and 0 for the shift.
    noise : int
        Width of z.
    filters : int
        Channels before the last layer.
    batch_norm : bool
        Whether batch normalisation follows every layer but the last.
    constant_filters : bool
        Keep ``filters`` channels at every layer. Without batch normalisation, this is the
        generator of figure 6.
    dtype : {"float32", "float64"}
        Precision.
    channels_last : bool
        Lay activations out channel by channel last, which is faster on recent GPUs. The
        result is the same, to rounding.

    Attributes
    ----------
    noise_shape : tuple of int
        Shape of one z, (noise,).

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Radford, Metz and Chintala (2016), section 3, without biases, as in the public code of
    Arjovsky, Chintala and Bottou (2017).

    Examples
    --------
    >>> generator = DCGANGenerator(seed=0)
    >>> sum(p.numel() for p in generator.parameters())
    3576704
    >>> import torch
    >>> DCGANGenerator(size=8, channels=1, filters=16, seed=0)(torch.zeros(2, 100)).shape
    torch.Size([2, 1, 8, 8])
    """

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        seed: int,
        noise: int = 100,
        filters: int = 64,
        batch_norm: bool = True,
        constant_filters: bool = False,
        dtype: str = "float32",
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        size = _side(size)
        channels = _validate.integer(channels, "channels", at_least=1)
        noise = _validate.integer(noise, "noise", at_least=1)
        filters = _validate.integer(filters, "filters", at_least=1)
        self.channels_last = _flag(channels_last, "channels_last")
        kind = DTYPES[_validate.one_of(dtype, "dtype", DTYPES)]
        seed = _seed(seed)
        self.made = {
            "size": size, "channels": channels, "seed": seed, "noise": noise, "filters": filters,
            "batch_norm": batch_norm, "constant_filters": constant_filters, "dtype": dtype,
            "channels_last": channels_last,
        }  # fmt: skip
        self.noise_shape = (noise,)
        layers = _generator_layers(
            size,
            channels,
            noise,
            filters,
            batch_norm=_flag(batch_norm, "batch_norm"),
            constant=_flag(constant_filters, "constant_filters"),
        )
        with torch.random.fork_rng(devices=[]):
            self.net = nn.Sequential(*layers).to(kind)
        _start_dcgan(self.net, seed, _GENERATOR)

    def forward(self, z: Tensor) -> Tensor:
        """Return images from noise of shape (n, noise)."""
        _check(z, "z", self.noise_shape)
        x = self.net[0](z[:, :, None, None])
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        images: Tensor = self.net[1:](x)
        return images

    def extra_repr(self) -> str:
        """Say what the layers do not."""
        return "channels_last=True" if self.channels_last else ""


def _generator_layers(
    size: int, channels: int, noise: int, filters: int, *, batch_norm: bool, constant: bool
) -> Iterator[nn.Module]:
    width = filters if constant else filters * size // 8
    yield nn.ConvTranspose2d(noise, width, 4, 1, 0, bias=False)
    side = 4
    while True:
        if batch_norm:
            yield nn.BatchNorm2d(width)
        yield nn.ReLU(inplace=True)
        side *= 2
        if side == size:
            break
        narrower = width if constant else width // 2
        yield nn.ConvTranspose2d(width, narrower, 4, 2, 1, bias=False)
        width = narrower
    yield nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False)
    yield nn.Tanh()


class DCGANCritic(nn.Module):
    """The critic of the DCGAN: images to one score by strided convolutions, no sigmoid.

    Every layer halves the side and doubles the channels until 4×4 pixels are left, which the
    last layer adds up. Leaky ReLU with slope 0.2 follows every layer but the last, batch
    normalisation all between the first and the last.

    Parameters
    ----------
    size, channels : int
        As of ``DCGANGenerator``.
    seed : int
        For the first weights, drawn as there; another stream, so one seed may serve both.
    filters : int
        Channels after the first layer.
    batch_norm : bool
        The paper's public code normalises batches in the critic too. A gradient penalty asks
        for False: it is about one point at a time, and a batch that is normalised mixes them.
    dtype, channels_last
        As of ``DCGANGenerator``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Radford, Metz and Chintala (2016), section 3, as in the public code of Arjovsky, Chintala
    and Bottou (2017), without the mean over the batch.

    Examples
    --------
    >>> critic = DCGANCritic(seed=0)
    >>> sum(p.numel() for p in critic.parameters())
    2765568
    >>> import torch
    >>> DCGANCritic(size=8, channels=1, filters=16, seed=0)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 1])
    """

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        seed: int,
        filters: int = 64,
        batch_norm: bool = True,
        dtype: str = "float32",
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        size = _side(size)
        channels = _validate.integer(channels, "channels", at_least=1)
        filters = _validate.integer(filters, "filters", at_least=1)
        self.channels_last = _flag(channels_last, "channels_last")
        kind = DTYPES[_validate.one_of(dtype, "dtype", DTYPES)]
        seed = _seed(seed)
        self.made = {
            "size": size, "channels": channels, "seed": seed, "filters": filters,
            "batch_norm": batch_norm, "dtype": dtype, "channels_last": channels_last,
        }  # fmt: skip
        self.image_shape = (channels, size, size)
        layers = _critic_layers(size, channels, filters, _flag(batch_norm, "batch_norm"))
        with torch.random.fork_rng(devices=[]):
            self.net = nn.Sequential(*layers).to(kind)
        _start_dcgan(self.net, seed, _CRITIC)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores, shape (n, 1), of images."""
        _check(x, "x", self.image_shape)
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        scores: Tensor = self.net(x)
        return scores.flatten(1)

    def extra_repr(self) -> str:
        """Say what the layers do not."""
        return "channels_last=True" if self.channels_last else ""


def _critic_layers(size: int, channels: int, filters: int, batch_norm: bool) -> Iterator[nn.Module]:
    yield nn.Conv2d(channels, filters, 4, 2, 1, bias=False)
    yield nn.LeakyReLU(LEAKY_SLOPE, inplace=True)
    side, width = size // 2, filters
    while side > 4:
        yield nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False)
        if batch_norm:
            yield nn.BatchNorm2d(2 * width)
        yield nn.LeakyReLU(LEAKY_SLOPE, inplace=True)
        side, width = side // 2, 2 * width
    yield nn.Conv2d(width, 1, 4, 1, 0, bias=False)


class MLPGenerator(nn.Module):
    """The generator of figures 3 and 7: a fully connected network that gives images.

    It knows nothing of neighbouring pixels. Its last layer is linear, as in the public code.

    Parameters
    ----------
    size, channels : int
        Side and channels of an image, at least 1.
    seed : int
        For the first weights, uniform on ±1/√(inputs), the distribution of
        ``torch.nn.Linear``.
    width, depth : int
        Units in a hidden layer, and how many hidden layers there are. The paper says 4 of 512;
        its public code has 3.
    noise, dtype
        As of ``DCGANGenerator``.

    Attributes
    ----------
    noise_shape : tuple of int
        Shape of one z, (noise,).

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4.2, figures 3 and 7.

    Examples
    --------
    >>> import torch
    >>> MLPGenerator(size=8, channels=1, seed=0)(torch.zeros(2, 100)).shape
    torch.Size([2, 1, 8, 8])
    """

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        seed: int,
        noise: int = 100,
        width: int = 512,
        depth: int = 4,
        dtype: str = "float32",
    ) -> None:
        super().__init__()
        self.image_shape = _image_shape(size, channels)
        noise = _validate.integer(noise, "noise", at_least=1)
        self.noise_shape = (noise,)
        pixels = channels * size * size
        self.net = _fully_connected(noise, pixels, width, depth, dtype, _seed(seed), _GENERATOR)

    def forward(self, z: Tensor) -> Tensor:
        """Return images from noise of shape (n, noise)."""
        _check(z, "z", self.noise_shape)
        return self.net(z).view(-1, *self.image_shape)  # type: ignore[no-any-return]


class MLPCritic(nn.Sequential):
    """The critic of figure 3's lower half: a fully connected network on images.

    ``wganlib.training.lipschitz_bound`` knows its layers.

    Parameters
    ----------
    size, channels, width, depth, dtype
        As of ``MLPGenerator``.
    seed : int
        For the first weights; another stream than the generator's.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4.2, figure 3.

    Examples
    --------
    >>> import torch
    >>> MLPCritic(size=8, channels=1, seed=0)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 1])
    """

    #: Passes through its layers and no more, so ``lipschitz_bound`` may multiply their norms.
    passes_layer_by_layer = True

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        seed: int,
        width: int = 512,
        depth: int = 4,
        dtype: str = "float32",
    ) -> None:
        shape = _image_shape(size, channels)
        pixels = channels * size * size
        super().__init__(*_fully_connected(pixels, 1, width, depth, dtype, _seed(seed), _CRITIC))
        self.image_shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores, shape (n, 1), of images."""
        _check(x, "x", self.image_shape)
        x = x.flatten(1)
        for layer in self:
            x = layer(x)
        return x


def _image_shape(size: Any, channels: Any) -> tuple[int, int, int]:
    size = _validate.integer(size, "size", at_least=1)
    return _validate.integer(channels, "channels", at_least=1), size, size


def _fully_connected(
    inputs: int, outputs: int, width: Any, depth: Any, dtype: Any, seed: int, role: int
) -> nn.Sequential:
    width = _validate.integer(width, "width", at_least=1)
    depth = _validate.integer(depth, "depth", at_least=0)
    kind = DTYPES[_validate.one_of(dtype, "dtype", DTYPES)]
    sizes = [inputs, *[width] * depth]
    layers: list[nn.Module] = []
    with torch.random.fork_rng(devices=[]):
        for a, b in itertools.pairwise(sizes):
            layers += [nn.Linear(a, b), nn.ReLU(inplace=True)]
        network = nn.Sequential(*layers, nn.Linear(sizes[-1], outputs)).to(kind)
    _start_mlp(network, seed, role)
    return network

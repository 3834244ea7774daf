"""A small convolutional classifier, which judges what generated digits show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from wganlib import _validate
from wganlib._validate import FloatArray
from wganlib.images.sets import ImageSet
from wganlib.training import streams as _runs

#: Images that go through a network at once, where no gradient is taken.
_AT_ONCE = 500


class _Layers(nn.Module):
    """Convolutions down to 4 pixels a side, one hidden layer, one score for each class."""

    def __init__(self, shape: tuple[int, int, int], classes: int, width: int) -> None:
        super().__init__()
        channels, height, breadth = shape
        layers: list[nn.Module] = []
        filters, more = channels, 16
        if min(height, breadth) <= 16:  # small images are looked at once in full size
            layers += [nn.Conv2d(filters, more, 3, 1, 1), nn.ReLU()]
            filters, more = more, 32
        while min(height, breadth) > 4:
            layers += [nn.Conv2d(filters, more, 3, 2, 1), nn.ReLU()]
            height, breadth = (height + 1) // 2, (breadth + 1) // 2
            filters, more = more, min(2 * more, 128)
        layers += [nn.Flatten(), nn.Linear(filters * height * breadth, width), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.top = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        scores: Tensor = self.top(self.features(x))
        return scores


def _images(value: Any, name: str, shape: tuple[int, ...] | None = None) -> FloatArray:
    array = _validate.finite_array(value, name)
    if array.ndim != 4 or 0 in array.shape:
        raise ValueError(
            f"{name}: expected images of shape (n, channels, height, width), got {array.shape}"
        )
    if shape is not None and array.shape[1:] != shape:
        raise ValueError(f"{name}: expected images of shape {shape}, got {array.shape[1:]}")
    low, high = float(array.min()), float(array.max())
    # A generator may go beyond [-1, 1], but not with every pixel brighter than grey.
    if low >= 0 and high > 2:
        raise ValueError(
            f"{name}: expected pixels in [-1, 1], got {low:g} to {high:g}; x / 127.5 - 1 brings "
            "bytes there"
        )
    # From 0 to 1, black is 0; in [-1, 1] that is grey, and black pixels are negative.
    if low >= 0 and high > 0.5 and (array < 0.05).mean() > 0.01:
        raise ValueError(
            f"{name}: expected pixels in [-1, 1], got {low:g} to {high:g}; 2 * x - 1 brings "
            "[0, 1] there"
        )
    return array


def _set(value: Any, name: str, *, labelled: bool = False) -> ImageSet:
    if not isinstance(value, ImageSet):
        raise TypeError(f"{name}: expected an ImageSet, got {_validate.describe(value)}")
    if labelled and (value.labels is None or len(value.classes) < 2):
        raise ValueError(f"{name}: expected images of at least two classes, got {value!r}")
    return value


class ImageClassifier:
    """What ``train_classifier`` returns: classes and features of images.

    Attributes
    ----------
    classes : tuple of str
        In the order of the probabilities.
    shape : tuple of int
        (channels, height, width) of an image.
    network : torch.nn.Module

    Source
    ------
    Salimans et al. (2016), section 4: a classifier judges generated images.

    Examples
    --------
    >>> from wganlib.images.sets import load_images
    >>> digits = load_images()
    >>> judge = train_classifier(digits, seed=0, epochs=1)
    >>> judge.probabilities(digits.images[:3]).shape, judge.features(digits.images[:3]).shape
    ((3, 10), (3, 64))
    """

    def __init__(
        self, network: _Layers, shape: tuple[int, int, int], classes: tuple[str, ...]
    ) -> None:
        self.network, self.shape, self.classes = network, shape, classes

    def _through(self, part: nn.Module, images: Any) -> FloatArray:
        array = _images(images, "images", self.shape).astype(np.float32)
        with torch.no_grad():
            outs = [
                part(torch.from_numpy(array[i : i + _AT_ONCE]))
                for i in range(0, len(array), _AT_ONCE)
            ]
        return torch.cat(outs).double().numpy()

    def probabilities(self, images: npt.ArrayLike) -> FloatArray:
        """Return how probable each class is for each image, shape (n, classes)."""
        scores = torch.from_numpy(self._through(self.network, images))
        return torch.softmax(scores, 1).numpy()

    def features(self, images: npt.ArrayLike) -> FloatArray:
        """Return the hidden layer before the scores, shape (n, width)."""
        return self._through(self.network.features, images)

    def accuracy(self, images: ImageSet) -> float:
        """Return the share of images whose class it names."""
        images = _set(images, "images", labelled=True)
        if images.classes != self.classes:
            raise ValueError(
                f"images: expected the classes {list(self.classes)}, got {list(images.classes)}"
            )
        named = self.probabilities(images.images).argmax(1)
        return float((named == images.labels).mean())


def _batches(n: int, batch: int, rng: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
    order = rng.permutation(n)
    for start in range(0, n, batch):
        yield order[start : start + batch]


def train_classifier(
    data: ImageSet,
    *,
    seed: int,
    epochs: int = 20,
    batch: int = 64,
    lr: float = 1e-3,
    width: int = 64,
) -> ImageClassifier:
    """Train a small convolutional network to tell the classes of images apart.

    Parameters
    ----------
    data : ImageSet
        With labels of at least two classes: the training split.
    seed : int
        For first weights and the order of images.
    epochs, batch : int
        How often it sees each image, and how many at once; 20 epochs for the digits and 5 for
        MNIST are enough.
    lr : float
        Step size of Adam, above 0; it falls to 0 along half a cosine.
    width : int
        Features.

    Returns
    -------
    ImageClassifier
        Check its ``accuracy`` on held-out images before you believe it.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is described above.

    Source
    ------
    LeCun et al. (1998), section 2: a convolutional network for digits.

    Examples
    --------
    >>> from wganlib.images.sets import load_images
    >>> train_classifier(load_images(), seed=0, epochs=4).accuracy(load_images(split="test")) > 0.9
    True
    """
    data = _set(data, "data", labelled=True)
    seed = _validate.integer(seed, "seed", at_least=0)
    epochs = _validate.integer(epochs, "epochs", at_least=1)
    batch = _validate.integer(batch, "batch", at_least=1)
    lr = _validate.real(lr, "lr", above=0)
    width = _validate.integer(width, "width", at_least=1)
    rng = _runs.stream(seed, _runs.DATA)
    images, labels = torch.from_numpy(data.images), torch.tensor(data.labels)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(seed)
        network = _Layers(data.shape, len(data.classes), width)
        optimiser = torch.optim.Adam(network.parameters(), lr=lr)
        steps = epochs * -(-len(data) // batch)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        for _ in range(epochs):
            for rows in _batches(len(data), batch, rng):
                chosen = torch.from_numpy(rows)
                loss = nn.functional.cross_entropy(network(images[chosen]), labels[chosen])
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()
    return ImageClassifier(network.eval(), data.shape, data.classes)

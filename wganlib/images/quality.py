"""How good generated images are, in numbers: no verdict from a picture.

A small classifier, trained here, says which classes samples cover and how sure it is of
them. Exact EM distance in pixels, and in the features of that classifier, stands beside what
two sets of real images score. The distance to the nearest image of the training set, beside
that to the nearest one held out, shows a generator that has learnt images by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from wganlib import _moved, _validate
from wganlib._validate import FloatArray, Seed
from wganlib.distances.transport import wasserstein_1
from wganlib.images.classifier import ImageClassifier, _images, _set
from wganlib.images.sets import ImageSet

if not TYPE_CHECKING:  # what has moved out is found, for one release more
    __getattr__ = _moved.elsewhere(__name__)


@dataclass(frozen=True)
class ClassCoverage:
    """How samples spread over classes, and how sure the classifier is of them.

    Attributes
    ----------
    mass : array (k,)
        Share of the samples in each class.
    covered : int
        Classes with at least the asked share.
    total_variation : float
        Between ``mass`` and an even spread, in [0, 1].
    confidence : float
        Mean probability of the class that an image is put in, in [1/k, 1].
    """

    mass: FloatArray
    covered: int
    total_variation: float
    confidence: float

    @property
    def entropy(self) -> float:
        """Entropy of ``mass`` in nats: log k where all classes have the same share."""
        present = self.mass[self.mass > 0]
        return float(-(present * np.log(present)).sum())


def class_coverage(
    samples: npt.ArrayLike, classifier: ImageClassifier, *, share: float = 0.2
) -> ClassCoverage:
    """Count the classes that samples reach. The same on held-out images is the yardstick.

    Parameters
    ----------
    samples : array (n, channels, height, width)
        Images in [−1, 1].
    classifier : ImageClassifier
        Of the same shape of image. It must put noise in some class too: read its
        confidence, and the distances, beside the coverage.
    share : float
        A class is covered with at least this fraction of an even share 1/k, in [0, 1]; with 0,
        one image is enough.

    Returns
    -------
    ClassCoverage

    Source
    ------
    Salimans et al. (2016), section 4; Srivastava et al. (2017), section 4.2, counts classes.

    Examples
    --------
    >>> from wganlib.images.classifier import train_classifier
    >>> from wganlib.images.sets import load_images
    >>> judge = train_classifier(load_images(), seed=0, epochs=4)
    >>> class_coverage(load_images(split="test").images, judge).covered
    10
    """
    judge = _judge(classifier)
    share = _validate.real(share, "share", at_least=0, at_most=1)
    probabilities = judge.probabilities(_images(samples, "samples", judge.shape))
    k = len(judge.classes)
    counts = np.bincount(probabilities.argmax(1), minlength=k)
    mass = counts / len(probabilities)
    covered = (counts > 0) & (mass >= share / k)
    return ClassCoverage(
        mass,
        int(covered.sum()),
        float(np.abs(mass - 1 / k).sum() / 2),
        float(probabilities.max(1).mean()),
    )


def _judge(classifier: Any, images: ImageSet | None = None) -> ImageClassifier:
    if not isinstance(classifier, ImageClassifier):
        raise TypeError(
            f"classifier: expected an ImageClassifier, got {_validate.describe(classifier)}"
        )
    if images is not None and classifier.shape != images.shape:
        raise ValueError(
            f"classifier: expected one for images of shape {images.shape}, got {classifier.shape}"
        )
    return classifier


@dataclass(frozen=True)
class ImageDistance:
    """Exact EM distances of samples to held-out images, beside their floors.

    Attributes
    ----------
    pixel, pixel_floor : float
        With the Euclidean distance between pixels, for values in [−1, 1]: samples against
        as many held-out images, and these against as many others.
    feature, feature_floor : float
        The same between features of the classifier; NaN without one.
    """

    pixel: float
    pixel_floor: float
    feature: float
    feature_floor: float


def image_distance(
    samples: npt.ArrayLike,
    held_out: ImageSet,
    *,
    seed: Seed,
    classifier: ImageClassifier | None = None,
    floors: bool = True,
) -> ImageDistance:
    """Measure the exact EM distance of samples to held-out images, with its floor.

    Parameters
    ----------
    samples : array (n, channels, height, width)
        Images in [−1, 1]. The distance depends on n: compare only equal n.
    held_out : ImageSet
        At least 2n images; n are compared with the samples, and n others with these n.
        None is drawn twice, which would make the floor too low.
    seed : int or numpy.random.Generator
        Which ones.
    classifier : ImageClassifier, optional
        Whose features to compare besides.
    floors : bool
        Without them, half of the work: they are NaN, and n held-out images stay unused.

    Returns
    -------
    ImageDistance

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 2, equation 1, between empirical measures.

    Examples
    --------
    >>> from wganlib.images.sets import load_images
    >>> digits, test = load_images(), load_images(split="test")
    >>> noise = np.random.default_rng(0).uniform(-1, 1, (100, 1, 8, 8))
    >>> found = image_distance(noise, test, seed=0)
    >>> found.pixel > 1.5 * found.pixel_floor
    True
    """
    held_out = _set(held_out, "held_out")
    images = _images(samples, "samples", held_out.shape)
    n = len(images)
    if 2 * n > len(held_out):
        raise ValueError(
            f"held_out: expected at least {2 * n} images, twice the samples, got {len(held_out)}"
        )
    if not isinstance(floors, bool):
        raise TypeError(f"floors: expected True or False, got {_validate.describe(floors)}")
    if classifier is not None:
        _judge(classifier, held_out)
    order = _validate.generator(seed).permutation(len(held_out))
    real = held_out._unit(held_out.pixels[order[: 2 * n]])
    one, two = real[:n], real[n:]
    pixel, floor = _em(images, one), _em(one, two) if floors else np.nan
    if classifier is None:
        return ImageDistance(pixel, floor, np.nan, np.nan)
    a, b, c = (classifier.features(part) for part in (images, one, two))
    return ImageDistance(pixel, floor, _em(a, b), _em(b, c) if floors else np.nan)


def _em(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    return wasserstein_1(*(x.reshape(len(x), -1).astype(np.float64) for x in (a, b)))


class PrecisionRecall(NamedTuple):
    """What ``precision_recall`` returns: two shares in [0, 1]."""

    precision: float
    recall: float


def precision_recall(real: npt.ArrayLike, fake: npt.ArrayLike, *, k: int = 3) -> PrecisionRecall:
    """Ask how many samples look real, and how much of what is real they reach.

    Each set covers the balls around its points that reach to their k-th nearest neighbour in it.
    Precision is the share of the samples in the balls of real points, recall that of the real
    points in the balls of the samples.

    Parameters
    ----------
    real, fake : array (n, d), (m, d)
        Features of images, as ``ImageClassifier.features`` gives them; more than k of each. Both
        numbers depend on n and m: compare only equal sizes.
    k : int
        At least 1.

    Returns
    -------
    PrecisionRecall

    Source
    ------
    Kynkäänniemi et al. (2019), section 2, equations 1 and 2.

    Examples
    --------
    >>> line = np.arange(10.0)[:, None]
    >>> precision_recall(line, line[:5])
    PrecisionRecall(precision=1.0, recall=0.8)
    """
    k = _validate.integer(k, "k", at_least=1)
    sets = [_validate.points(value, name) for value, name in ((real, "real"), (fake, "fake"))]
    for points, name in zip(sets, ("real", "fake"), strict=True):
        if len(points) <= k:
            raise ValueError(f"{name}: expected more than k = {k} points, got {len(points)}")
    if sets[0].shape[1] != sets[1].shape[1]:
        raise ValueError(
            f"fake: expected {sets[0].shape[1]} features, as real has, got {sets[1].shape[1]}"
        )
    # A point is its own nearest neighbour, so the k-th other one is the (k + 1)-th.
    reach = [np.partition(cdist(points, points), k, axis=1)[:, k] for points in sets]
    apart = cdist(*sets)
    return PrecisionRecall(
        float((apart <= reach[0][:, None]).any(0).mean()),
        float((apart <= reach[1][None, :]).any(1).mean()),
    )


@dataclass(frozen=True)
class NearestImages:
    """Distances from samples to the nearest training image, beside those of real images.

    Attributes
    ----------
    to_train : array (n,)
        From each sample; Euclidean, for values in [−1, 1].
    real_to_train : array (m,)
        From as many held-out images, or from all if they are fewer.
    ratio : float
        Median of the first over median of the second: towards 0 for images learnt by heart.
        Blurred images have near neighbours too; see ``nearer_to_train``.
    nearer_to_train : float
        Share of samples nearer to a training image than to a held-out one, among equally many
        of both, ties counted half: ½ for a generator that owes nothing to single images,
        blurred or not.
    """

    to_train: FloatArray
    real_to_train: FloatArray
    ratio: float
    nearer_to_train: float


def nearest_images(
    samples: npt.ArrayLike, train: ImageSet, held_out: ImageSet, *, seed: Seed
) -> NearestImages:
    """Measure whether samples are nearer to the training images than real ones are.

    Parameters
    ----------
    samples : array (n, channels, height, width)
        Images in [−1, 1].
    train, held_out : ImageSet
        What the generator has seen, and what it has not.
    seed : int or numpy.random.Generator
        Which images are taken where not all are.

    Returns
    -------
    NearestImages

    Source
    ------
    Meehan, Chaudhuri and Dasgupta (2020), section 3: copying shows where samples are nearer to
    the training set than held-out points are.

    Examples
    --------
    >>> from wganlib.images.sets import load_images
    >>> digits, test = load_images(), load_images(split="test")
    >>> nearest_images(digits.images[:50], digits, test, seed=0).ratio
    0.0
    """
    train, held_out = _set(train, "train"), _set(held_out, "held_out")
    if held_out.shape != train.shape:
        raise ValueError(
            f"held_out: expected images of shape {train.shape}, as train has, got {held_out.shape}"
        )
    images = _images(samples, "samples", train.shape)
    rng = _validate.generator(seed)
    real = _at_most(held_out, len(images), rng).images
    to_train, real_to_train = _nearest(images, train), _nearest(real, train)
    size = min(len(train), len(held_out))
    seen, unseen = (_nearest(images, _at_most(one, size, rng)) for one in (train, held_out))
    share = (seen < unseen).mean() + (seen == unseen).mean() / 2
    top, bottom = float(np.median(to_train)), float(np.median(real_to_train))
    return NearestImages(to_train, real_to_train, top / bottom if bottom else np.nan, float(share))


def _at_most(images: ImageSet, n: int, rng: np.random.Generator) -> ImageSet:
    return images if len(images) <= n else images.subset(n, seed=rng)


def _nearest(points: npt.NDArray[Any], images: ImageSet) -> FloatArray:
    """Return the distance from each point to the nearest image, in parts that fit in memory.

    Which one it is, matrix products say; how far it is, the difference itself, so that an image
    learnt by heart is at 0.
    """
    rows = images.images.reshape(len(images), -1).astype(np.float64)
    points = points.reshape(len(points), -1).astype(np.float64)
    squares = np.einsum("ij,ij->i", rows, rows)
    part = max(1, 10**7 // len(rows))
    found = []
    for start in range(0, len(points), part):
        some = points[start : start + part]
        nearest = (squares - 2 * some @ rows.T).argmin(1)
        found.append(np.linalg.norm(some - rows[nearest], axis=1))
    return np.concatenate(found)


@dataclass(frozen=True)
class ImageQuality:
    """All the numbers about one set of samples, beside those of real images.

    Attributes
    ----------
    coverage, real_coverage : ClassCoverage
        Of the samples, and of all held-out images.
    distance : ImageDistance
        To held-out images, with floors.
    nearest : NearestImages
        To training images, beside held-out ones.
    """

    coverage: ClassCoverage
    real_coverage: ClassCoverage
    distance: ImageDistance
    nearest: NearestImages


def measure_images(
    samples: npt.ArrayLike,
    train: ImageSet,
    held_out: ImageSet,
    classifier: ImageClassifier,
    *,
    seed: int,
) -> ImageQuality:
    """Measure everything that this module measures.

    Parameters
    ----------
    samples : array (n, channels, height, width)
        Images in [−1, 1].
    train, held_out : ImageSet
        What the generator has seen, and at least 2n images that it has not.
    classifier : ImageClassifier
        Trained on ``train``.
    seed : int
        Which images are compared.

    Returns
    -------
    ImageQuality

    Source
    ------
    As of ``class_coverage``, ``image_distance`` and ``nearest_images``.

    Examples
    --------
    >>> from wganlib.images.classifier import train_classifier
    >>> from wganlib.images.sets import load_images
    >>> digits, test = load_images(), load_images(split="test")
    >>> judge = train_classifier(digits, seed=0, epochs=4)
    >>> by_heart = measure_images(digits.images[:100], digits, test, judge, seed=0)
    >>> by_heart.coverage.covered, by_heart.nearest.ratio
    (10, 0.0)
    """
    train, held_out = _set(train, "train"), _set(held_out, "held_out")
    judge = _judge(classifier, held_out)
    seed = _validate.integer(seed, "seed", at_least=0)
    images = _images(samples, "samples", held_out.shape)
    return ImageQuality(
        class_coverage(images, judge),
        class_coverage(held_out.images, judge),
        image_distance(images, held_out, seed=seed, classifier=judge),
        nearest_images(images, train, held_out, seed=seed),
    )

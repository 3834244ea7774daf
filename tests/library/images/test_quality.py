"""What measures images: against closed forms, and against images whose quality is known."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import entropy

from wganlib.images.classifier import train_classifier
from wganlib.images.quality import (
    class_coverage,
    image_distance,
    measure_images,
    nearest_images,
    precision_recall,
)
from wganlib.images.sets import ImageSet, load_images

#: Files that no test downloads; never there in CI.
DATA = Path(
    os.environ.get("WGANLIB_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data"
)
HERE = pytest.mark.skipif(
    not (DATA / "mnist").is_dir() or os.environ.get("CI") == "true",
    reason=f"no MNIST in {DATA}: the classifier is NOT tested on it",
)


@pytest.fixture(scope="module")
def digits():
    return load_images(), load_images(split="test")


@pytest.fixture(scope="module")
def judge(digits):
    return train_classifier(digits[0], seed=0)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_tells_digits_apart(digits, seed):
    train, test = digits
    assert train_classifier(train, seed=seed).accuracy(test) >= 0.96


@HERE
@pytest.mark.slow
def test_it_tells_mnist_apart():
    train, test = (load_images("mnist", root=DATA, split=split) for split in ("train", "test"))
    found = train_classifier(train, seed=0, epochs=5)
    assert found.accuracy(test) >= 0.98


def test_a_seed_is_a_classifier_and_leaves_torch_alone(digits):
    small = digits[0].subset(100, seed=0)
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    one, again, other = (train_classifier(small, seed=s, epochs=1) for s in (0, 0, 1))
    assert torch.equal(torch.rand(3), expected)
    shown = [judge.probabilities(small.images) for judge in (one, again, other)]
    np.testing.assert_array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[0], shown[2])


def test_probabilities_and_features_fit_together(digits, judge):
    images = digits[1].images
    probabilities, features = judge.probabilities(images), judge.features(images)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)
    top = judge.network.top
    scores = features @ top.weight.detach().numpy().T + top.bias.detach().numpy()
    np.testing.assert_array_equal(scores.argmax(1), probabilities.argmax(1))
    # In parts or whole, the numbers are the same.
    np.testing.assert_allclose(judge.features(images[:3]), features[:3], rtol=1e-4, atol=1e-5)


def test_wrong_images_are_named(judge):
    with pytest.raises(ValueError, match=r"^images: expected images of shape \(1, 8, 8\)"):
        judge.probabilities(np.zeros((2, 1, 7, 8)))
    with pytest.raises(ValueError, match=r"^images: expected the classes"):
        judge.accuracy(load_images(classes=["0", "1"]))


def test_coverage_counts_what_is_there(digits, judge):
    """Three classes of real images: three are covered, and their shares are counted."""
    three = digits[1].of_classes("2", "5", "7")
    found = class_coverage(three.images, judge)
    assert found.covered == 3
    np.testing.assert_allclose(found.mass[[2, 5, 7]], 1 / 3, atol=0.03)
    assert found.mass.sum() == pytest.approx(1)
    assert found.total_variation == pytest.approx(0.7, abs=0.05)
    assert found.confidence > 0.9
    every = class_coverage(digits[1].images, judge)
    assert every.covered == 10
    assert every.total_variation < 0.05
    assert class_coverage(three.images, judge, share=0.0).covered >= 3


def test_noise_is_given_away_by_confidence_or_distance(digits, judge):
    noise = np.random.default_rng(0).uniform(-1, 1, (100, 1, 8, 8))
    found = image_distance(noise, digits[1], seed=0, classifier=judge)
    assert found.pixel > 1.5 * found.pixel_floor
    assert found.feature > 1.5 * found.feature_floor
    real = class_coverage(digits[1].images, judge).confidence
    assert class_coverage(noise, judge).confidence < real


def test_distances_equal_an_assignment(digits, judge):
    """EM between two sets of one size is the best matching of them."""
    train, test = digits
    samples = train.images[:40]
    order = np.random.default_rng(7).permutation(len(test))
    one, two = (test.images[part] for part in (order[:40], order[40:80]))
    found = image_distance(samples, test, seed=7, classifier=judge)

    def matched(a, b):
        cost = cdist(a.reshape(40, -1), b.reshape(40, -1))
        return cost[linear_sum_assignment(cost)].mean()

    assert found.pixel == pytest.approx(matched(samples, one), rel=1e-6)
    assert found.pixel_floor == pytest.approx(matched(one, two), rel=1e-6)
    a, b, c = (judge.features(x) for x in (samples, one, two))
    assert found.feature == pytest.approx(matched(a, b), rel=1e-6)
    assert found.feature_floor == pytest.approx(matched(b, c), rel=1e-6)
    assert np.isnan(image_distance(samples, test, seed=7).feature)


def test_real_images_score_near_the_floor(digits, judge):
    """Over seeds, unseen images are as far as the floor says, within a tenth."""
    train, test = digits
    ratios = [
        found.pixel / found.pixel_floor
        for found in (
            image_distance(train.subset(150, seed=s).images, test, seed=s) for s in range(5)
        )
    ]
    assert np.mean(ratios) == pytest.approx(1, abs=0.1)


def brute(points, images):
    a, b = points.reshape(len(points), -1), images.reshape(len(images), -1)
    return np.array([min(np.linalg.norm(x - y) for y in b) for x in a])


@given(st.integers(0, 10**6), st.integers(4, 12), st.integers(4, 12), st.integers(1, 3))
def test_precision_and_recall_by_an_independent_road(seed, n, m, k):
    """In whole numbers, one point after another, on a lattice: there are ties, and no rounding."""
    rng = np.random.default_rng(seed)
    real, fake = (rng.integers(0, 4, (size, 2)).tolist() for size in (n, m))

    def square(p, q):
        return sum((s - t) ** 2 for s, t in zip(p, q, strict=True))

    def share(balls, asked):
        reaches = [sorted(square(centre, other) for other in balls)[k] for centre in balls]
        pairs = list(zip(balls, reaches, strict=True))
        inside = [any(square(p, centre) <= reach for centre, reach in pairs) for p in asked]
        return sum(inside) / len(asked)

    found = precision_recall(np.array(real, float), np.array(fake, float), k=k)
    assert found == (share(real, fake), share(fake, real))


def test_precision_and_recall_tell_two_failures_apart(digits, judge):
    """Lost classes cost recall, noise costs precision; real images lose neither."""
    real, other = (judge.features(part.images[:300]) for part in digits)
    few = judge.features(digits[0].images[digits[0].labels < 3][:300])
    noise = np.random.default_rng(0).normal(real.mean(0), 3 * real.std(), real.shape)
    good, narrow, bad = (precision_recall(real, fake) for fake in (other, few, noise))
    assert good.precision > 0.7
    assert good.recall > 0.7
    assert narrow.precision > 0.7
    assert narrow.recall < 0.5
    assert bad.precision < 0.1


def test_entropy_of_classes(digits, judge):
    found = class_coverage(digits[1].images, judge)
    assert found.entropy == pytest.approx(entropy(found.mass))
    one = digits[1].images[digits[1].labels == 0]
    assert class_coverage(one, judge).entropy < 0.5 < 2 < found.entropy


def test_nearest_distances_are_the_nearest(digits):
    train, test = digits[0].subset(60, seed=0), digits[1].subset(20, seed=0)
    samples = np.tanh(np.random.default_rng(0).normal(size=(7, 1, 8, 8)))
    found = nearest_images(samples, train, test, seed=3)
    np.testing.assert_allclose(found.to_train, brute(samples, train.images), rtol=1e-6)
    rng = np.random.default_rng(3)
    real = test.subset(7, seed=rng).images
    np.testing.assert_allclose(found.real_to_train, brute(real, train.images), rtol=1e-6)
    assert found.ratio == pytest.approx(np.median(found.to_train) / np.median(found.real_to_train))
    seen = brute(samples, train.subset(20, seed=rng).images)
    unseen = brute(samples, test.images)
    assert found.nearer_to_train == pytest.approx((seen < unseen).mean())


def test_learning_by_heart_shows(digits):
    train, test = digits
    rng = np.random.default_rng(0)
    copies = train.images[:80] + rng.normal(0, 0.02, (80, 1, 8, 8))
    by_heart = nearest_images(copies, train, test, seed=0)
    assert by_heart.ratio < 0.1
    # Images that nobody has seen are no nearer than others: the other half of the test set.
    order = rng.permutation(len(test))
    fresh, rest = (test._of(np.sort(part)) for part in (order[:150], order[150:]))
    honest = nearest_images(fresh.images, train, rest, seed=0)
    assert 0.85 < honest.ratio < 1.15
    assert 0.38 < honest.nearer_to_train < 0.62
    # Copies of a set as small as the one held out are seen by the other number too.
    small = train.subset(len(test), seed=1)
    assert nearest_images(small.images[:50], small, test, seed=0).nearer_to_train == 1.0


def test_blur_is_near_but_not_nearer_to_train(digits):
    """A mean of many images has near neighbours on both sides."""
    train, test = digits
    rng = np.random.default_rng(0)
    blurred = np.stack([train.sample(40, seed=rng).mean(0) for _ in range(60)])
    found = nearest_images(blurred, train, test, seed=0)
    assert found.ratio > 0.5


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**16), st.integers(2, 6))
def test_a_set_compared_with_itself(seed, n):
    pixels = np.random.default_rng(seed).integers(0, 256, (2 * n, 1, 3, 3)).astype(np.uint8)
    images = ImageSet(pixels)
    found = nearest_images(images.images, images, images, seed=0)
    assert not found.to_train.any()
    assert found.nearer_to_train == 0.5
    assert np.isnan(found.ratio)
    order = np.random.default_rng(seed).permutation(2 * n)
    first = images.images[order[:n]]
    assert image_distance(first, images, seed=seed).pixel == pytest.approx(0, abs=1e-6)


def test_all_numbers_at_once(digits, judge):
    train, test = digits
    samples = train.images[:100]
    found = measure_images(samples, train, test, judge, seed=4)
    assert found.distance == image_distance(samples, test, seed=4, classifier=judge)
    assert found.nearest.ratio == 0.0
    np.testing.assert_array_equal(found.coverage.mass, class_coverage(samples, judge).mass)
    assert found.real_coverage.covered == 10


@pytest.mark.parametrize("wrong", ["bytes", "from 0 to 1", "bytes as floats"])
def test_pixels_of_another_range_are_refused_by_name(wrong):
    """Coverage was 7 for 10, and EM 1815 for 3.9, without a word."""
    digits = load_images()
    judge = train_classifier(digits.subset(60, seed=0), seed=0, epochs=1)
    shades = digits.pixels[:20] * np.uint8(15)
    bad = {
        "bytes": shades,
        "from 0 to 1": shades / 255,
        "bytes as floats": shades.astype(np.float32),
    }[wrong]
    held_out = load_images(split="test")
    for name, measure in {
        "samples": lambda: class_coverage(bad, judge),
        "samples:": lambda: image_distance(bad, held_out, seed=0),
        "samples: expected": lambda: nearest_images(bad, digits, held_out, seed=0),
        "samples: expected pixels": lambda: measure_images(bad, digits, held_out, judge, seed=0),
        "images": lambda: judge.probabilities(bad),
    }.items():
        with pytest.raises(ValueError, match=rf"^{name}.*brings"):
            measure()
    # What a generator may give: a little beyond, or all bright.
    judge.probabilities(digits.images[:5] * 1.3)
    judge.probabilities(np.ones((2, 1, 8, 8)))

"""The noise that likelihood wants, on MNIST: the study behind the chapter on learning.

The plan and its cost, on one core of a 2020s server: three minutes for the classifier, and a
minute a split. No network is trained but the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from scipy.special import logsumexp, softmax

from wganlib.distances.transport import wasserstein_1
from wganlib.images.classifier import ImageClassifier
from wganlib.images.sets import ImageSet
from wganlib.paper.studies.images import Array, Settings, text
from wganlib.paper.studies.mnist import MNIST
from wganlib.paper.studies.mnist_yardsticks import material
from wganlib.paper.study import Arrays, Finding, Parts, Study, above, per_run, verdict_of
from wganlib.training.intervals import confidence

SPLITS = tuple(range(6))
#: The generators, by name, and what a reader calls them.
KINDS = {
    "network": "network, 400 places",
    "all": "all digits",
    "means": "ten means",
    "32": "32 directions",
    "128": "128 directions",
}
#: Rows of a generator's array: the noise that likelihood chose, the mean log-likelihood of test
#: images with it, EM to them without and with it, how sure the classifier is of samples without
#: and with it, and the share of pixels that are no shade of grey, without and with it.
ROWS_OF = ("sigma", "likelihood", "clean", "noisy", "sure", "sure noisy", "beyond", "beyond noisy")
SHEET = 8
#: The noises with which the network is fitted anew, to see how much variance is left.
GIVEN = (0.1, 0.3)
SMALL = (
    "MNIST at 32×32 pixels, five simple generators, six splits into images to fit, to choose σ and "
    "to test."
)


# --- generators --------------------------------------------------------------------------


def _squares(x: Array, y: Array) -> Array:
    """Squared distances, by a product: images are far apart beside its rounding."""
    far = (x**2).sum(1)[:, None] + (y**2).sum(1) - 2 * (x @ y.T)
    return np.asarray(np.maximum(far, 0))


def _principal(images: Array) -> tuple[Array, Array]:
    """Variances and directions of the principal components, the largest first."""
    values, vectors = np.linalg.eigh(np.cov(images.T))
    return values[::-1], vectors[:, ::-1]


class Cloud:
    """One of finitely many images, at random."""

    def __init__(self, made: Array) -> None:
        self.made = made

    def scores(self, x: Array, sigmas: Array) -> Array:
        """Mean log-density at x with each noise, in nats."""
        far = _squares(x, self.made)
        sums = np.array([logsumexp(-far / (2 * s**2), axis=1).mean() for s in sigmas])
        scale = x.shape[1] / 2 * np.log(2 * np.pi * np.square(sigmas))
        return np.asarray(sums - scale - np.log(len(self.made)))

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw n images, without noise."""
        return np.asarray(self.made[rng.integers(len(self.made), size=n)])


class Sheet:
    """A Gaussian in the first k principal directions, fitted by maximum likelihood."""

    def __init__(self, images: Array, k: int) -> None:
        values, self.directions = _principal(images)
        self.mean, self.spread = images.mean(0), np.zeros(len(values))
        self.spread[:k] = values[:k] - values[k:].mean()

    def scores(self, x: Array, sigmas: Array) -> Array:
        """Mean log-density at x with each noise, in nats."""
        squares = (((x - self.mean) @ self.directions) ** 2).mean(axis=0)
        total = self.spread + np.square(sigmas)[:, None]
        return np.asarray(-(squares / total + np.log(2 * np.pi * total)).sum(axis=1) / 2)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw n images, without noise."""
        z = rng.standard_normal((n, len(self.spread))) * np.sqrt(self.spread)
        return np.asarray(self.mean + z @ self.directions.T)


def fitted(images: Array, seed: int, std: float | None = None, rounds: int = 20) -> Array:
    """Fit a network of one hidden layer by maximum likelihood; its images at 400 places.

    Its first layer is random; a given noise stays as it is (Bishop et al. 1998, section 2).
    """
    ticks, units, rng = np.linspace(-0.95, 0.95, 20), 200, np.random.default_rng([seed, 2])
    z = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    hidden = np.tanh(z @ (3 * rng.normal(size=(2, units))) + rng.uniform(-3, 3, units))
    hidden = np.c_[hidden, np.ones(len(z))]
    values, vectors = _principal(images)
    made = images.mean(0) + z @ (vectors[:, :2] * np.sqrt(3 * values[:2])).T
    noise = np.sqrt(values[2:].mean()) if std is None else std
    for _ in range(rounds):
        duty = softmax(-_squares(images, made) / (2 * noise**2), axis=1)
        gram = hidden.T @ (duty.sum(0)[:, None] * hidden) + 0.01 * np.eye(units + 1)
        made = hidden @ np.linalg.solve(gram, hidden.T @ (duty.T @ images))
        if std is None:
            noise = np.sqrt((duty * _squares(images, made)).sum() / images.size)
    return np.asarray(made)


# --- measuring ---------------------------------------------------------------------------


def _shades(images: ImageSet, places: Array) -> Array:
    """Return some images as rows of shades, from 0 for black to 1 for white."""
    chosen = images.pixels[places].reshape(len(places), -1)
    return np.asarray(chosen.astype(float) / 255)


def _sure(judge: ImageClassifier, rows: Array) -> float:
    """How sure the classifier is of images, on the mean."""
    images = np.asarray(2 * rows - 1, np.float32).reshape(len(rows), *judge.shape)
    return float(judge.probabilities(images).max(1).mean())


def _split(place: int, settings: Settings, progress: bool) -> Arrays:
    """Fit all generators to some images; let others choose the noise, and test on others again."""
    found, seed, n = material(settings), settings["seeds"][place], settings["points"]
    judge, sigmas = found.judge, np.array(settings["noises"])
    if judge is None or found.train.labels is None:
        raise ValueError("data: expected images with classes, got none")
    rng = np.random.default_rng([seed, 1])
    places = rng.permutation(len(found.train))[: settings["images"]]
    train, labels = _shades(found.train, places), found.train.labels[places]
    order = rng.permutation(len(found.held_out))
    choose, test = (_shades(found.held_out, order[k * n : (k + 1) * n]) for k in (0, 1))
    some = train[: settings["images of the network"]]
    made: dict[str, Callable[[], Cloud | Sheet]] = {
        "network": lambda: Cloud(fitted(some, seed)),
        "all": lambda: Cloud(train),
        "means": lambda: Cloud(np.array([train[labels == k].mean(0) for k in range(10)])),
        "32": lambda: Sheet(train, 32),
        "128": lambda: Sheet(train, 128),
    }
    arrays: Arrays = {}
    pictures = []
    for kind in KINDS:
        generator = made[kind]()
        sigma = sigmas[np.argmax(generator.scores(choose, sigmas))]
        clean = generator.sample(n, rng)
        noisy = clean + sigma * rng.standard_normal(clean.shape)
        arrays[kind] = per_run(
            [sigma, generator.scores(test, np.array([sigma]))[0]]
            + [wasserstein_1(images, test) for images in (clean, noisy)]
            + [_sure(judge, images) for images in (clean, noisy)]
            # Rounding may leave [0, 1], by far less than a shade.
            + [((x < -1e-3) | (x > 1 + 1e-3)).mean() for x in (clean, noisy)]
        )
        pictures.append([clean[:SHEET], noisy[:SHEET]])
    arrays["real"] = per_run([wasserstein_1(train[:n], test), _sure(judge, test)])
    whole = some.var(0).sum()
    arrays["kept"] = per_run([fitted(some, seed, std, 10).var(0).sum() / whole for std in GIVEN])
    if place == 0:
        shown = np.clip(np.array(pictures), 0, 1).reshape(len(KINDS), 2, SHEET, *judge.shape[1:])
        arrays["pictures"] = np.rint(255 * shown).astype(np.uint8)
    return arrays


# --- what it says ------------------------------------------------------------------------


def rows(parts: Parts, kind: str) -> dict[str, Array]:
    """Return what was measured of a generator, by name, each of shape (splits,)."""
    found = np.array([parts[f"split-{place}"][kind] for place in range(len(SPLITS))])
    return dict(zip(ROWS_OF, found.T.astype(float), strict=True))


def _others(parts: Parts, name: str) -> Array:
    return np.array([parts[f"split-{place}"][name] for place in range(len(SPLITS))], float)


def _noise(settings: Settings, parts: Parts) -> Finding:
    """L3a: every generator wants noise, with it is farther away, and fitted with it blurs."""
    found = {kind: rows(parts, kind) for kind in KINDS}
    least, most = settings["noises"][0], settings["noises"][-1]
    inside = all(f["sigma"].min() > least and f["sigma"].max() < most for f in found.values())
    farther = [above(*map(float, confidence(f["noisy"] - f["clean"]))) for f in found.values()]
    variance = _others(parts, "kept")
    blurs = above(*map(float, confidence(variance[:, 0] - variance[:, 1])))
    wanted = [f["sigma"].mean() for f in found.values()]
    network = found["network"]
    return Finding(
        verdict_of(inside, *farther, blurs, scaled_down=True),
        f"On MNIST likelihood wants noise of σ = {min(wanted):.2f} to {max(wanted):.2f}, white "
        f"being 1. With it the network's images go from EM {text(network['clean'])} to "
        f"{text(network['noisy'])}, where real digits have {text(_others(parts, 'real')[:, 0])}.",
        {
            **{f"best σ, {label}": text(found[kind]["sigma"], 3) for kind, label in KINDS.items()},
            **{
                f"noise adds to EM, {label}": text(found[kind]["noisy"] - found[kind]["clean"])
                for kind, label in KINDS.items()
            },
            "EM of real digits": text(_others(parts, "real")[:, 0]),
            **{
                f"variance the network keeps, σ = {std}": text(variance[:, k])
                for k, std in enumerate(GIVEN)
            },
        },
        seeds=len(SPLITS),
        note=SMALL + " The best σ is a property of the generator; the paper's 0.1 is one such "
        "value. The added noise itself is grain; what blurs is the generator fitted with it.",
    )


def _unsure(settings: Settings, parts: Parts) -> Finding:
    """L3b: for every generator a classifier is less sure of the images with noise."""
    lost = {k: f["sure"] - f["sure noisy"] for k, f in ((k, rows(parts, k)) for k in KINDS)}
    falls = [above(*map(float, confidence(each))) for each in lost.values()]
    return Finding(
        verdict_of(*falls, scaled_down=True),
        f"With the noise that likelihood wants a classifier is less sure of the images of "
        f"{falls.count(True)} of {len(KINDS)} generators.",
        {
            f"confidence lost, {label}": text(lost[kind], 3).replace("-", "−")
            for kind, label in KINDS.items()
        },
        seeds=len(SPLITS),
        note=SMALL,
    )


def _numbers(settings: Settings, parts: Parts) -> dict[str, str]:
    shown = {}
    for kind in KINDS:
        for name, values in rows(parts, kind).items():
            digits = {"sigma": 3, "likelihood": 0}.get(name, 2)
            shown[f"{kind} {name}"] = text(values, digits)
    shown["real em"], shown["real sure"] = (text(v) for v in _others(parts, "real").T)
    for std, values in zip(GIVEN, _others(parts, "kept").T, strict=True):
        shown[f"kept {std}"] = text(values)
    return shown


def _quantities(parts: Parts) -> Mapping[str, Array]:
    """One number a split: with six of them a check of more could not disagree."""
    return {
        "log of EM with noise, mean over generators": np.mean(
            [np.log(rows(parts, kind)["noisy"]) for kind in KINDS], axis=0
        )
    }


NOISE = Study(
    name="noise-on-mnist",
    question="How much noise does likelihood want on digits of MNIST, and what does it cost?",
    settings={
        **{key: MNIST.settings[key] for key in ("data", "channels", "size", "judge epochs")},
        "points": 1_000,
        "images": 10_000,
        "images of the network": 5_000,
        "noises": [round(0.02 + 0.005 * k, 3) for k in range(77)],
        "seeds": list(SPLITS),
    },
    parts={f"split-{place}": partial(_split, place) for place in range(len(SPLITS))},
    quantities=_quantities,
    rows={"L3a": _noise, "L3b": _unsure},
    numbers=_numbers,
    check_seeds=6,
)

STUDIES = {NOISE.name: NOISE}

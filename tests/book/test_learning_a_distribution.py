"""What the chapter on learning a distribution states and measures, by another road.

What its cells printed is read from the built book; likelihoods are computed again by scikit-learn
and SciPy, distances by the Hungarian method, masses by counting points.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.stats import multivariate_normal, norm

from tests.book import reading
from tests.book.reading import Chapter, matching

CHAPTER = Chapter("learning-a-distribution")
PROSE = CHAPTER.prose()
cells, output = CHAPTER.cells, CHAPTER.output
NUMBER = r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?"
KINDS = ("network", "all digits", "ten means", "8 directions", "32 directions")


def counted(x: Any, h: float) -> tuple[Any, Any]:
    """Corners, in units of h, and shares of points of the cells of width h."""
    place = np.floor(x / h).astype(np.int64)
    low = place.min(axis=0)
    code = np.ravel_multi_index((place - low).T, np.ptp(place, axis=0) + 1)
    _, first, count = np.unique(code, return_index=True, return_counts=True)
    return place[first], count / len(x)


def kl_of_points(x: Any, h: float) -> float:
    """KL of points from a standard Gaussian, both in cells of width h."""
    corner, p = counted(x, h)
    q = (norm.cdf((corner + 1) * h) - norm.cdf(corner * h)).prod(axis=1)
    return float(p @ np.log(p / q))


def numbers(text: str) -> list[float]:
    return reading.numbers(text, NUMBER)


def measured(claim: str) -> dict[str, Any]:
    return dict(cells().claims[claim]["values"])


def rows(words: str) -> list[str]:
    """The lines of the table that has some words, below its caption and its head."""
    return output(words)[2:]


def row(lines: list[str], kind: str) -> list[float]:
    (line,) = [line for line in lines if line.startswith(f"{kind}  ")]
    return numbers(line.removeprefix(kind))


NOISE, WORTH = "log-likelihood, nats  EM", "noise adds to EM"


# --- likelihood and KL ---------------------------------------------------------------


def density(x: float) -> float:
    return float(0.75 * norm.pdf(x, -1, 0.5) + 0.25 * norm.pdf(x, 3, 0.5))


def mean(f: Any) -> float:
    return quad(lambda x: density(x) * f(x), -8, 10, points=[-1, 1, 3], limit=200)[0]


def kl(sigma: float) -> float:
    return mean(lambda x: math.log(density(x)) - norm.logpdf(x, 0, sigma))


def test_the_family_comes_no_nearer_than_the_prose_says() -> None:
    best = minimize_scalar(kl, bounds=(0.8, 4.5), method="bounded")
    assert best.x == pytest.approx(math.sqrt(3.25), abs=1e-4)
    assert mean(lambda x: x) == pytest.approx(0, abs=1e-9)
    assert mean(lambda x: x * x) == pytest.approx(3.25, abs=1e-9)
    assert f"KL stops at {best.fun:.2f} nats" in PROSE
    assert measured("L1")["least KL of the family"] == pytest.approx(best.fun, abs=1e-6)


def test_gaps_and_excess_have_the_size_that_theory_gives() -> None:
    """By the central limit theorem: the gap is largest at σ = 0.8, the excess is quadratic."""
    spread = math.sqrt(mean(lambda x: (x * x - 3.25) ** 2))
    for line in rows("sample size m"):
        m, gap, excess = numbers(line)
        if m >= 1000:
            expected = spread * math.sqrt(2 / math.pi / m) / (2 * 0.8**2)
            assert gap == pytest.approx(expected, rel=0.2)
            assert excess == pytest.approx(spread**2 / m / (4 * 3.25**2), rel=0.35)
    power, half = numbers(measured("L1")["gap's power of m"])
    assert abs(power + 0.5) < half + 0.02
    assert "at most 2 ε_m in every run." in output("gap ε_m")[0]
    power, half = numbers(measured("L1")["excess KL's power of m"])
    assert abs(power + 1) < half + 0.03
    assert cells().claims["L1"]["verdict"] == "reproduced"


def test_excess_is_at_most_twice_the_gap_for_any_two_curves() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        true, sample = rng.normal(size=(2, 30))
        gap = abs(true - sample).max()
        assert true.max() - true[sample.argmax()] <= 2 * gap + 1e-12


def test_a_spike_beats_the_truth_on_the_sample_and_pays_log_two() -> None:
    few = np.random.default_rng(0).standard_normal(20)
    truth, *spikes = rows("the truth")
    assert numbers(truth)[0] == pytest.approx(norm.logpdf(few).mean(), abs=1e-3)
    for line in spikes:
        width, value = numbers(line)
        both = np.logaddexp(norm.logpdf(few), norm.logpdf(few, few[0], width)) - math.log(2)
        assert value == pytest.approx(both.mean(), abs=2e-3)
    assert numbers(spikes[-1])[1] > numbers(truth)[0]
    at, width = few[0], 1e-6

    def rate(x: float) -> float:
        p = norm.pdf(x)
        return float(p * math.log(p / ((p + norm.pdf(x, at, width)) / 2)))

    knots = sorted(at + np.array([-20, -1, 0, 1, 20]) * width)
    assert quad(rate, -8, 8, points=knots, limit=300)[0] == pytest.approx(math.log(2), abs=2e-3)


# --- curves --------------------------------------------------------------------------


ANGLE = (np.arange(100_000) + 0.5) * 2 * np.pi / 100_000
CIRCLE = np.c_[np.cos(ANGLE), np.sin(ANGLE)]


def test_kl_of_the_circle_by_counting_points() -> None:
    offsets = np.random.default_rng(7).uniform(-0.5, 0.5, (10, 2))
    coarse, fine, slope = rows("KL of the circle's cells")
    assert numbers(coarse)[2] == pytest.approx(
        np.mean([kl_of_points(CIRCLE + c, 1 / 4) for c in offsets]), abs=6e-3
    )
    value, half = numbers(slope)[1:]
    assert abs(value - 1) <= half + 0.002
    assert numbers(fine)[2] - numbers(coarse)[2] == pytest.approx(8 * math.log(2), abs=0.1)
    by_points = np.mean(
        [kl_of_points(CIRCLE + c, 1 / 64) - kl_of_points(CIRCLE + c, 1 / 4) for c in offsets]
    )
    assert by_points == pytest.approx(4 * math.log(2), abs=0.1)
    assert cells().claims["L2"]["verdict"] == "reproduced"
    assert measured("L2")["circle from a moved circle, cells of 1/4"] == "∞"


def test_a_curve_meets_no_more_cells_than_the_proof_allows() -> None:
    rng = np.random.default_rng(1)
    for h in (0.5, 0.1, 0.03):
        corners = rng.normal(size=(6, 2))
        length = np.linalg.norm(np.diff(corners, axis=0), axis=1).sum()
        share = np.linspace(0, 1, 20_001)[:, None]
        way = np.concatenate([a + share * (b - a) for a, b in itertools.pairwise(corners)])
        met = len(counted(way, h)[0])
        assert met <= 4 * (length / h + 1)


def test_when_two_circles_are_told_apart() -> None:
    counts = [int(numbers(line)[-1]) for line in rows("KL infinite, of 10 grids")]
    offsets = np.random.default_rng(7).uniform(-0.5, 0.5, (10, 2))
    for h, count in zip((8, 4, 1, 1 / 4), counts, strict=True):
        apart = 0
        for centre in offsets:
            one, two = (
                set(map(tuple, counted(CIRCLE + centre + [s, 0], h)[0].tolist())) for s in (0, 0.25)
            )
            apart += bool(one - two)
        assert apart == count


# --- noise on digits -----------------------------------------------------------------


@functools.cache
def problem(seed: int) -> tuple[Any, ...]:
    from sklearn.datasets import load_digits

    images, names = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(images))
    parts = np.split(order, [1197, 1497])
    train, choose, test = (images[part] / 16 for part in parts)
    means = np.array([train[names[parts[0]] == k].mean(0) for k in range(10)])
    return train, choose, test, means


def sheet(train: Any, k: int) -> tuple[Any, Any, float]:
    """Mean, covariance without noise and leftover variance, by a singular value decomposition."""
    middle = train.mean(0)
    _, s, directions = np.linalg.svd(train - middle, full_matrices=False)
    spread = s**2 / (len(train) - 1)
    left = spread[k:].mean()
    return middle, (directions[:k].T * (spread[:k] - left)) @ directions[:k], left


FINE = np.arange(4, 27) / 100


def best_sigma(kind: str, seed: int) -> float:
    from sklearn.neighbors import KernelDensity

    train, choose, _, means = problem(seed)
    scores = []
    for s in FINE:
        if kind.endswith("directions"):
            middle, cov, _ = sheet(train, int(kind.split()[0]))
            model = multivariate_normal(middle, cov + s**2 * np.eye(64))
            scores.append(model.logpdf(choose).mean())
        else:
            made = train if kind == "all digits" else means
            # With all points in one leaf the sum is exact; bounds over a tree lose it in rounding.
            estimate = KernelDensity(bandwidth=s, leaf_size=2000).fit(made)
            scores.append(estimate.score(choose) / len(choose))
    return float(FINE[np.argmax(scores)])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_best_noise_by_other_libraries(kind: str) -> None:
    seeds = (0, 1) if kind == "all digits" else range(6)
    found = [best_sigma(kind, seed) for seed in seeds]
    printed, half = row(rows(NOISE), kind)[:2]
    if kind == "all digits":
        assert half < 0.006
        assert np.mean(found) == pytest.approx(printed, abs=0.006)
    else:
        assert np.mean(found) == pytest.approx(printed, abs=6e-4)


def test_three_pixels_are_always_white() -> None:
    from sklearn.datasets import load_digits

    same = np.ptp(load_digits().data, axis=0) == 0
    assert load_digits().data[:, same].max() == 0
    assert numbers(output("pixels that are the same")[0]) == [1797, same.sum()] == [1797, 3]
    assert "Three pixels are white in every image" in PROSE
    assert np.array_equal(np.unique(load_digits().data), np.arange(17))
    assert "a pixel takes only 17 values" in PROSE


@functools.cache
def distances() -> dict[str, Any]:
    """EM without noise and with it, for all generators but the network; drawn in the same order."""
    best = {kind: row(rows(NOISE), kind)[0] for kind in KINDS}
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS[1:]}
    for seed in range(6):
        train, _, test, means = problem(seed)
        rng = np.random.default_rng([seed, 1])
        rng.integers(400, size=300), rng.standard_normal((300, 64))
        for kind in KINDS[1:]:
            if kind.endswith("directions"):
                k = int(kind.split()[0])
                values, vectors = np.linalg.eigh(np.cov(train.T))
                spread = np.r_[values[::-1][:k] - values[::-1][k:].mean(), np.zeros(64 - k)]
                z = rng.standard_normal((300, 64)) * np.sqrt(spread)
                clean = train.mean(0) + z @ vectors[:, ::-1].T
            else:
                made = train if kind == "all digits" else means
                clean = made[rng.integers(len(made), size=300)]
            noise = rng.standard_normal((300, 64))
            found[kind].append([matching(clean + s * noise, test) for s in (0, 0.05, best[kind])])
    return {kind: np.array(values) for kind, values in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS[1:])
def test_distances_by_the_hungarian_method(kind: str) -> None:
    clean, little, noisy = distances()[kind].mean(0)
    printed = row(rows(NOISE), kind)
    assert printed[4] == pytest.approx(clean, abs=6e-3)
    assert printed[6] == pytest.approx(noisy, abs=2e-2), "σ of each split against their mean"
    if kind == "ten means":
        adds = numbers(rows(WORTH)[-1])[1:]
        assert adds[0] == pytest.approx(little - clean, abs=1e-3)
        assert adds[0] + adds[1] < 0, "a little noise helps this one"


def test_what_the_prose_says_about_noise() -> None:
    lines = rows(NOISE)
    table = {kind: row(lines, kind) for kind in KINDS}
    added = {kind: row(rows(WORTH), kind) for kind in KINDS}
    sigma = {kind: values[0] for kind, values in table.items()}
    assert f"from {min(sigma.values()):.2f} to {max(sigma.values()):.2f}" in PROSE
    floor = row(lines, "other real digits")[0]
    for kind, (mean, half, before, after) in added.items():
        assert mean > 3 * half, "far more than its interval"
        assert before <= 20, "without noise a fifth at most"
        assert 25 <= after <= 34, "between a quarter and a third of all pixels"
        assert (mean / table[kind][4] >= 0.2) == (kind != "32 directions"), "a fifth or more"
    assert max(table, key=lambda k: table[k][2]) == max(table, key=lambda k: table[k][4])
    assert max(table, key=lambda k: table[k][2]) == "32 directions"
    assert min(sigma, key=lambda k: sigma[k]) == "32 directions"
    assert abs(table["network"][4] - floor) < 0.05, "about the same as real digits"


def test_the_best_noise_is_the_error_per_pixel() -> None:
    for line in rows("error per pixel"):
        found, error = numbers(line)[-2:]
        assert found == pytest.approx(error, abs=2e-6)


def test_noise_swallows_what_is_smaller() -> None:
    for variance in (0.01, 0.2, 1.5):
        for sigma in (0.1, 0.5):
            best = minimize_scalar(
                lambda v, s=sigma, u=variance: math.log(v + s**2) + u / (v + s**2),
                bounds=(0, 4), method="bounded", options={"xatol": 1e-10},
            )  # fmt: skip
            assert best.x == pytest.approx(max(variance - sigma**2, 0), abs=1e-4)


def test_what_is_left_of_the_directions() -> None:
    lines = rows("directions left of 64")
    for line in lines:
        sigma, count, kept, *_ = numbers(line)
        found = []
        for seed in range(4):
            train = problem(seed)[0]
            spread = np.linalg.svd(train - train.mean(0), compute_uv=False) ** 2 / 1196
            left = np.maximum(spread - sigma**2, 0)
            found.append([(left > 0).sum(), left.sum() / spread.sum()])
        assert np.mean(found, axis=0) == pytest.approx([count, kept], abs=0.06)
        assert np.mean(found, axis=0)[1] == pytest.approx(kept, abs=6e-3)
    *_, network, half = numbers(lines[-1])
    assert numbers(lines[0])[4] - network > half, "the network loses less, but it loses"
    assert round(numbers(lines[-1])[1]) == 12
    assert 0.5 < numbers(lines[-1])[2] < 0.6
    loss = f"{numbers(lines[0])[4]:.2f} to {network:.2f}"
    assert f"loses much less, from {loss}" in PROSE
    assert "it keeps 12 of 64 directions and little more than half" in PROSE


# --- generators ----------------------------------------------------------------------


def network(k: int, d: int, seed: int) -> Any:
    """The chapter's random networks, from their buffer, in NumPy."""
    from wganlib import MLP

    flat = MLP([k, 32, 32, d], seed=seed, dtype="float64").flat.detach().numpy()[0]
    layers, start = [], 0
    for (a, b), factor in zip(((k, 32), (32, 32), (32, d)), (4, 4, 3), strict=True):
        weight = factor * flat[start : start + a * b].reshape(a, b)
        bias = flat[start + a * b : start + (a + 1) * b]
        layers.append((weight, bias))
        start += (a + 1) * b

    def g(z: Any) -> Any:
        (v, a), (w, b), (u, c) = layers
        return np.tanh(np.tanh(z @ v + a) @ w + b) @ u + c

    return g


@pytest.mark.parametrize(("k", "d"), [(1, 2), (1, 3), (2, 3), (2, 2)])
def test_kl_of_a_pushforward_on_another_grid(k: int, d: int) -> None:
    """Random noise instead of even noise, cells of another width."""
    rng = np.random.default_rng(3)
    rates = []
    for seed in range(5):
        x = network(k, d, seed)(rng.uniform(-1, 1, (150_000, k)))
        values = [kl_of_points(x, h) for h in (0.2, 0.1)]
        rates.append((values[1] - values[0]) / math.log(2))
    name = f"{k} → {d}" if (k, d) != (1, 2) else "KL's growth per halving / log 2, 1 → 2"
    printed = numbers(measured("L4")[name])[0]
    assert np.mean(rates) == pytest.approx(printed, abs=0.12)
    if k < d:
        assert printed == pytest.approx(d - k, abs=0.12)
    assert cells().claims["L4"]["verdict"] == "reproduced"


def test_growth_fades_where_nothing_is_missing() -> None:
    lines = [line for line in rows("from k numbers to d") if line.startswith("2 → 2")]
    first, _, second, _ = numbers(lines[0])[3:]
    assert second < first < 0.5


def test_what_a_sample_costs() -> None:
    assert 1 * 32 + 32 * 32 + 32 * 2 == 1120 == measured("L4")[
        "multiplications for one sample, 1–32–32–2"
    ]  # fmt: skip
    for line in rows("share kept")[:-1]:
        d, kept, half, exact = numbers(line)
        volume = 2.0  # of the ball in d dimensions, two at a time: V(d) = V(d - 2) 2π / d
        volume = math.pi if d == 2 else volume
        for n in range(4, int(d) + 1, 2):
            volume = math.pi * 2 * math.pi / n if n == 4 else volume * 2 * math.pi / n
        assert exact == pytest.approx(volume / 2**d, abs=6e-5)
        assert abs(kept - exact) < 2.5 * half
    log_volume = 32 * math.log(math.pi) - sum(math.log(n) for n in range(1, 33))
    log_tries = (64 * math.log(2) - log_volume) / math.log(10)
    assert 38.5 < log_tries < 39
    assert measured("L4")["proposals for one sample by rejection, 64-ball"] == "6e+38"


def test_moved_circles_in_em() -> None:
    for line in rows("The same two circles"):
        shift, em = numbers(line)
        assert em == pytest.approx(shift, abs=1e-6)


# --- exercises -----------------------------------------------------------------------


def test_numbers_of_the_solutions() -> None:
    limit = (math.log(0.8) + math.log(0.2)) / 2
    assert f"= {limit:.3f}$" in PROSE
    assert f"-{math.log(2):.3f} - {-limit - math.log(2):.3f}" in PROSE
    assert round(math.sqrt(4 / 3), 3) == 1.155
    assert round(math.log(4), 3) == 1.386
    assert round(math.sqrt(0.09 / 3), 3) == 0.173
    best = minimize_scalar(
        lambda s: 1.5 * math.log(s**2) + 0.09 / (2 * s**2), bounds=(0.05, 0.6), method="bounded"
    )
    assert best.x == pytest.approx(0.173, abs=1e-3)


def test_kl_between_blurred_curves_is_finite() -> None:
    """The bound of the last exercise, for two circles with noise, by sampling."""
    rng = np.random.default_rng(0)
    sigma, turn = 0.3, np.linspace(0, 2 * np.pi, 721)[:-1]
    circle = np.c_[np.cos(turn), np.sin(turn)]
    x = circle[rng.integers(720, size=4000)] + sigma * rng.standard_normal((4000, 2))

    def log_density(centre: Any) -> Any:
        far = cdist(x, circle + centre, "sqeuclidean") / (2 * sigma**2)
        return np.log(np.exp(-far).mean(1))

    divergence = (log_density([0, 0]) - log_density([0.5, 0])).mean()
    reach = 2.5  # the two circles lie within this distance
    assert 0 < divergence <= (reach**2 + 2 * reach * sigma * 1.26 + 2 * sigma**2) / (2 * sigma**2)

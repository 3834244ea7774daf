"""Every number that the chapter on continuity prints or states, computed another way.

What the cells printed is read from the built book. Here networks are run in NumPy, transport is
solved by the Hungarian method or by POT, and derivatives are differences.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from typing import Any

import numpy as np
import ot
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import t as student

import wganlib as wg
from tests.book import reading
from tests.book.reading import Chapter, matching

CHAPTER = Chapter("continuity")
prose, cells, output = CHAPTER.prose, CHAPTER.cells, CHAPTER.output
NUMBER = r"[-−]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf)"


def numbers(line: str) -> list[float]:
    return reading.numbers(line, NUMBER)


def interval(values: Any) -> tuple[float, float]:
    values = np.asarray(values)
    half = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return float(values.mean()), float(half)


# --- networks, written again -----------------------------------------------------------


@functools.cache
def layers(sizes: tuple[int, ...], seed: int) -> list[tuple[Any, Any]]:
    """Weights and biases of a network as it starts."""
    network = wg.MLP(sizes, seed=seed, dtype="float64")
    return [(w[0].detach().numpy(), b[0, 0].detach().numpy()) for w, b in network.layers()]


def run(parts: list[tuple[Any, Any]], z: Any, bend: Any = np.tanh) -> Any:
    h = np.asarray(z)
    for k, (w, b) in enumerate(parts):
        h = h @ w + b
        if k < len(parts) - 1:
            h = bend(h)
    return h


def relu(a: Any) -> Any:
    return np.maximum(a, 0)


def walk(seed: int, t: float, z: Any, bend: Any = np.tanh) -> Any:
    """A network a share t of the quarter of the way to another one, both thrice as large."""
    sizes = (np.shape(z)[1], 32, 32, 2)
    pairs = zip(layers(sizes, seed), layers(sizes, 1000 + seed), strict=True)
    parts = [
        tuple(3 * (a + t / 4 * (b - a)) for a, b in zip(one, two, strict=True))
        for one, two in pairs
    ]
    return run(parts, z, bend)


def ring(n: int, draw: Any) -> Any:
    angle = draw.uniform(0, 2 * np.pi, n)
    return np.c_[np.cos(angle), np.sin(angle)] + 0.1 * draw.normal(size=(n, 2))


# --- theorem 1 -------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "bend"), [("tanh", np.tanh), ("relu", relu)])
def test_the_bound_is_never_broken(name: str, bend: Any) -> None:
    (line,) = [line for line in output("Shares of the bound") if line.startswith(name)]
    pairs, mean, half, top, mean_two, half_two, top_two = numbers(line)
    rows = []
    for seed in range(16):
        draw = np.random.default_rng(seed)
        data, noise = ring(48, draw), draw.normal(size=(48, 2))
        clouds = [walk(seed, t, noise, bend) for t in np.linspace(-1, 1, 17)]
        w = [matching(data, cloud) for cloud in clouds]
        found = []
        for i in range(17):
            for j in range(i):
                way = np.sqrt(((clouds[i] - clouds[j]) ** 2).sum(1)).mean()
                found.append([abs(w[i] - w[j]) / way, matching(clouds[i], clouds[j]) / way])
        rows.append(found)
    shares = np.array(rows)
    assert pairs == shares[..., 0].size
    for column, printed in ((0, (mean, half, top)), (1, (mean_two, half_two, top_two))):
        expected = (*interval(shares[..., column].mean(axis=1)), shares[..., column].max())
        assert printed == pytest.approx(expected, abs=6e-3)
    assert (shares <= 1 + 1e-9).all()
    assert (shares[..., 0] <= shares[..., 1] + 1e-9).all()
    assert mean < mean_two, "most of the slack is in the triangle"
    assert mean_two > 0.9


def in_cells(z: Any, other: Any, side: float, seed: int, t: float = 0.02) -> tuple[float, float]:
    """TV and JS of what a network makes of z and, a little further, of other noise."""
    clouds = [walk(seed, at, noise) for at, noise in ((0.0, z), (t, other))]
    cells = np.floor(np.concatenate(clouds) / side).astype(int)
    cells -= cells.min(axis=0)
    numbers = np.ravel_multi_index(tuple(cells.T), tuple(cells.max(axis=0) + 1))
    places, place = np.unique(numbers, return_inverse=True)
    share = [
        np.bincount(part, minlength=places.size) / part.size
        for part in np.split(place, [len(clouds[0])])
    ]
    middle = sum(share) / 2
    js = sum((p[p > 0] / 2 * np.log(p[p > 0] / middle[p > 0])).sum() for p in share)
    return float(abs(share[0] - share[1]).sum() / 2), float(js)


def test_tv_is_seen_through_small_cells() -> None:
    caption, _, *lines = output("After a step of t = 0.02")
    noise = np.linspace(-1, 1, 50_000)[:, None]
    sides = (1 / 8, 1 / 32, 1 / 128, 1 / 512)
    for seed, line in enumerate(lines[:3]):
        row = numbers(line)[1:]
        assert row == sorted(row), "climbs with every refinement"
        expected = [in_cells(noise, noise, side, seed)[0] for side in sides]
        assert row == pytest.approx(expected, abs=6e-4)
    between = (noise[1:] + noise[:-1]) / 2
    itself = [in_cells(noise, between, side, 0, 0.0)[0] for side in sides]
    assert numbers(lines[3])[1:] == pytest.approx(itself, abs=6e-4)
    assert max(itself) < 0.02, "stays near 0"
    all_eight = [in_cells(noise, noise, 1 / 512, seed) for seed in range(8)]
    for name, column in zip(("TV", "JS"), np.transpose(all_eight), strict=True):
        (found,) = re.findall(rf"{name} ([\d.]+ ± [\d.]+)", caption)
        assert reading.interval(found) == pytest.approx(interval(column), abs=6e-4)
    full, fresh = np.random.default_rng(0).uniform(-1, 1, size=(2, 50_000, 2))
    plane = [in_cells(full, full, side, 0)[0] for side in sides]
    floor = [in_cells(full, fresh, side, 0, 0.0)[0] for side in sides]
    assert numbers(lines[4])[1:] == pytest.approx(plane, abs=6e-4)
    assert numbers(lines[5])[1:] == pytest.approx(floor, abs=6e-4)
    assert plane[0] < 0.1
    for seen, error in zip(plane[1:], floor[1:], strict=True):
        assert error > seen / 2, "most of it is error"
    few = noise[::250]
    assert numbers(caption)[-1] == pytest.approx(
        matching(walk(0, 0, few), walk(0, 0.02, few)), abs=6e-5
    )
    assert "W of the same step is 0.027" in prose()
    assert numbers(caption)[-1] == pytest.approx(0.027, abs=5e-4)
    assert 0.02 / 2 == 0.01, "a hundredth of the path, which is two long"
    values = dict(cells().claims["T1"]["values"])
    assert values["smallest TV in cells of 1/512 after a step of 0.02"] == pytest.approx(
        min(tv for tv, _ in all_eight), abs=1e-9
    )


def test_the_corner_at_the_target_and_no_other_at_a_point() -> None:
    caption, _, *lines = output("Flattest side of the corner")
    corner, apart = re.findall(r"all 8: ([\d.e-]+)\.(?: |$)", caption)
    noise = (np.arange(128)[:, None] + 0.5) / 64 - 1
    for seed, line in enumerate(lines):
        start = walk(seed, 0, noise)
        w = {t: matching(start, walk(seed, t, noise)) for t in (-1e-4, 1e-4, 0.2999, 0.3, 0.3001)}
        slopes = [-w[-1e-4], w[1e-4], w[0.3] - w[0.2999], w[0.3001] - w[0.3]]
        assert numbers(line)[1:] == pytest.approx([s / 1e-4 for s in slopes], abs=2e-4)
        assert slopes[0] < 0 < slopes[1]
    flattest = []
    for seed in range(8):
        start = walk(seed, 0, noise)
        flattest.append(min(matching(start, walk(seed, t, noise)) for t in (-1e-4, 1e-4)) / 1e-4)
    assert float(corner) == pytest.approx(min(flattest), abs=2e-4)
    assert min(flattest) > 0.1, "a corner, in each of the eight networks"
    assert float(apart) < 1e-3


def test_the_number_of_corners_settles() -> None:
    rows = {int(numbers(line)[0]): numbers(line)[1:] for line in output("with a change")[2:]}
    assert list(rows) == [125, 250, 500, 1000, 2000]
    uniform = np.full(24, 1 / 24)
    for steps in (125, 250):
        counts = []
        for seed in range(8):
            draw = np.random.default_rng(seed)
            data, noise = ring(24, draw), draw.normal(size=(24, 2))
            plans = [
                ot.emd(uniform, uniform, cdist(data, walk(seed, t, noise))).argmax(axis=1)
                for t in np.linspace(-1, 1, steps + 1)
            ]
            counts.append(sum((a != b).any() for a, b in itertools.pairwise(plans)))
        assert rows[steps][:2] == pytest.approx(interval(counts), abs=0.06)
    means = [row[0] for row in rows.values()]
    steps_up = np.diff(means)
    assert (steps_up > 0).all()
    assert steps_up[-1] < 0.05 * means[-1], "the count levels off"
    for steps, (mean, _, share) in rows.items():
        assert share == pytest.approx(mean / steps, abs=6e-4)


# --- the counterexamples ---------------------------------------------------------------


def test_chords_to_the_teeth_are_as_proved() -> None:
    caption, _, *lines = output("flattest chord")
    assert len(lines) == 10
    for k, line in enumerate(lines, start=1):
        generation, chord, proved, away = numbers(line)
        piece = (2.0 ** (1 - k) + 4.0 ** (1 - k)) / 2
        assert generation == k
        assert chord == proved == pytest.approx(2 / (1 + 2.0 ** (1 - k)), abs=6e-4)
        assert away == pytest.approx(piece / 2, abs=6e-6)
        assert chord == pytest.approx(2.0**-k / (piece / 2), abs=6e-4)
    # What is left of [0, 1]: 2^(k-1) gaps of length 4^-k.
    assert 1 - sum(2.0 ** (k - 1) * 4.0**-k for k in range(1, 60)) == pytest.approx(0.5)
    assert numbers(caption.partition(":")[2]) == [1, 1, 1], "the area of the spike"


def test_tv_jumps_at_every_point_of_a_set_with_a_length() -> None:
    """A generator that makes of any z the distance from θ to the thick Cantor set."""
    pieces, gaps = np.array([[0.0, 1.0]]), np.zeros((0, 2))
    for k in range(1, 13):
        cut = pieces.mean(axis=1, keepdims=True) + 0.5 * 4.0**-k * np.array([-1, 1])
        gaps = np.r_[gaps, cut]
        pieces = np.r_[np.c_[pieces[:, 0], cut[:, 0]], np.c_[cut[:, 1], pieces[:, 1]]]

    def distance_to_set(theta: float) -> float:
        inside = (gaps[:, 0] < theta) & (theta < gaps[:, 1])
        return float(abs(gaps[inside] - theta).min()) if inside.any() else 0.0

    middles = gaps.mean(axis=1)
    for theta in np.ravel(pieces)[::512]:  # ends of pieces belong to the set
        close = middles[abs(middles - theta).argmin()]
        assert abs(close - theta) < 1e-3
        seen = [[distance_to_set(t)] for t in (theta, close)]
        tv, js, kl = (
            [distance(*wg.distances.on_common_support([[0.0]], [x])[:2]) for x in seen]
            for distance in (wg.total_variation, wg.js_divergence, wg.kl_divergence)
        )
        assert (tv, js, kl) == ([0, 1], [0, pytest.approx(math.log(2))], [0, math.inf])
    assert np.diff(pieces).sum() > 0.5
    assert 'not even "almost everywhere" is left' in prose()


def test_the_smallest_bound_over_all_spikes_is_one_over_z() -> None:
    theta = np.geomspace(1e-4, 1, 200_001)
    for z in (0.01, 0.1, 0.4):
        g = 2 / theta * np.maximum(0, 1 - np.abs(2 * z / theta - 1))
        assert g.max() == pytest.approx(1 / z, rel=1e-6)


# --- corollary 1 -----------------------------------------------------------------------


def local_constants(parts: list[tuple[Any, Any]], z: Any, bend: Any) -> Any:
    """The norm of the derivative with respect to all parameters, by central differences."""
    columns, h = [], 1e-6
    for k in range(len(parts)):
        for which in (0, 1):
            for place in np.ndindex(parts[k][which].shape):
                ends = []
                for sign in (1, -1):
                    moved = [[w.copy(), b.copy()] for w, b in parts]
                    moved[k][which][place] += sign * h
                    ends.append(run(moved, z, bend))
                columns.append((ends[0] - ends[1]) / (2 * h))
    jacobian = np.stack(columns, axis=-1)  # (n, 2, p)
    return np.linalg.svd(jacobian, compute_uv=False)[:, 0]


def factor(parts: list[tuple[Any, Any]]) -> float:
    norms = [np.linalg.svd(w, compute_uv=False)[0] for w, _ in parts]
    grown, moved, total = 1.0, 0.0, 0.0
    for k, (_, b) in enumerate(parts):
        total += math.prod(norms[k + 1 :]) ** 2 * max(1 + moved**2, grown**2)
        grown, moved = norms[k] * grown, norms[k] * moved + np.linalg.norm(b)
    return math.sqrt(total)


def test_the_constant_by_layers_is_that_of_the_jacobian() -> None:
    caption, _, first = output("layer by layer")
    z = np.random.default_rng(0).normal(size=(40, 2))[:3]
    expected = local_constants(layers((2, 16, 16, 2), 0), z, np.tanh)
    assert numbers(first) == pytest.approx(expected, abs=1e-4)
    assert caption.endswith("the largest difference is below 10⁻¹².")


def table() -> dict[tuple[float, ...], list[float]]:
    rows = [numbers(line) for line in output("bound / mean")[2:]]
    return {tuple(row[:3]): row[3:] for row in rows}


@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_one_row_of_the_table_by_differences(gain: float) -> None:
    z = np.random.default_rng(1).normal(size=(128, 2))
    sizes = 1 + np.linalg.norm(z, axis=1)
    means, bounds = [], []
    for seed in range(16):
        parts = [(gain * w, gain * b) for w, b in layers((2, 8, 2), seed)]
        local = local_constants(parts, z, relu)
        assert (local <= factor(parts) * sizes + 1e-6).all()
        means.append(local.mean())
        bounds.append(factor(parts) * sizes.mean())
    mean, half, bound, ratio = table()[gain, 1, 8]
    assert (mean, half) == pytest.approx(interval(means), abs=0.02)
    assert bound == pytest.approx(np.mean(bounds), abs=0.06)
    assert ratio == pytest.approx(np.mean(np.divide(bounds, means)), abs=0.06)


def test_what_is_said_about_the_table() -> None:
    rows = table()
    assert len(rows) == 24
    means = {key: row[0] for key, row in rows.items()}
    assert 1 < min(means.values()) <= max(means.values()) < 13
    assert "between 1 and 13" in prose()
    for width in (8, 32, 128):
        usual = [means[1, depth, width] for depth in (1, 2, 4, 8)]
        assert usual == sorted(usual, reverse=True), "falls with depth"
        assert 1 < usual[-1] < 1.3, "to a little above 1"
        twice = [means[2, depth, width] for depth in (1, 2, 4, 8)]
        assert max(twice) < 2 * min(twice)
        for gain in (1, 2):
            ratios = [rows[gain, depth, width][3] for depth in (1, 2, 4, 8)]
            assert ratios == sorted(ratios), "the gap grows with depth"
    for gain in (1, 2):
        assert 3 <= means[gain, 1, 128] / means[gain, 1, 8] <= 4
    worst = numbers(output("bound / mean")[0])[-1]
    assert worst <= 1
    values = dict(cells().claims["T2"]["values"])
    assert values["networks"] == 16 * 24
    assert values["largest L(θ, z) as a share of C (1 + ‖z‖)"] == pytest.approx(worst, abs=6e-4)


def test_cauchy_noise_has_no_mean() -> None:
    rise, _, *rows = output("Cauchy noise")
    for line in rows:
        n, cauchy, normal = numbers(line)
        level = (np.arange(int(n)) + 0.5) / n
        assert cauchy == pytest.approx(np.abs(1 / np.tan(np.pi * level)).mean(), abs=6e-5)
        assert normal == pytest.approx(math.sqrt(2 / math.pi), abs=3e-3)
    found = numbers(rise.partition("log n: ")[2])[:2]
    assert found == pytest.approx([2 / math.pi] * 2, abs=1e-4)


# --- theorem 2 -------------------------------------------------------------------------


def test_the_table_of_sequences() -> None:
    rows = dict(re.split("  +", line, maxsplit=1) for line in output("KL back")[2:])
    n, inf, log2 = 700, math.inf, math.log(2)

    def js_of_a_leak(share: float) -> float:
        left, half = 1 - share, 1 - share / 2
        return (left * math.log(left) + share * log2) / 2 - half * math.log(half)

    step, slim = 1 / n, 1 / (n + 1)
    tilt = 0.25 / n
    expected = {
        "tilting scales": (2 * tilt**2, 2 * tilt**2, tilt**2 / 2, tilt, tilt),
        "shrinking interval": (-math.log1p(-slim), inf, js_of_a_leak(slim), slim, slim / 2),
        "spike": (
            slim * (math.log(slim) + n + 1) + (1 - slim) * math.log(1 - slim),
            -math.log(1 - slim),
            js_of_a_leak(slim),
            slim,
            slim / 2,
        ),
        "sliding interval": (inf, inf, log2 / n, step, step),
        "leaking mass": (inf, -math.log(1 - step), js_of_a_leak(step), step, step),
        "comb": (
            (1.5 * math.log(1.5) + 0.5 * math.log(0.5)) / 2,
            -(math.log(1.5) + math.log(0.5)) / 2,
            (1.5 * math.log(1.5 / 1.25) + math.log(1 / 1.25)) / 4
            + (0.5 * math.log(0.5 / 0.75) + math.log(1 / 0.75)) / 4,
            0.25,
            1 / (8 * n),
        ),
        "shifting atom": (inf, inf, log2, 1, step),
        "escaping mass": (inf, -math.log(1 - step), js_of_a_leak(step), step, 1),
    }
    assert list(rows) == list(expected)
    for name, values in expected.items():
        assert numbers(rows[name]) == pytest.approx(values, abs=6e-5), name
        verdicts = [mark == "✓" for mark in rows[name].split()[-1]]
        assert verdicts == [value < 0.01 for value in values], name
    assert "W from all others: not compact" in prose()


def test_the_inequalities_of_part_2_on_random_masses() -> None:
    draw = np.random.default_rng(0)
    for _ in range(300):
        p, q = draw.dirichlet(np.full(5, 0.3), size=2) + 1e-12
        m = (p + q) / 2
        js = (p * np.log(p / m)).sum() / 2 + (q * np.log(q / m)).sum() / 2
        tv = abs(p - q).sum() / 2
        assert tv**2 / 2 <= js + 1e-9
        assert js <= math.log(2) * tv + 1e-9


def test_the_claims_of_the_chapter() -> None:
    claims = cells().claims
    assert set(claims) == {"T1", "T2", "T3"}
    assert {claim["verdict"] for claim in claims.values()} == {"reproduced"}
    values = dict(claims["T3"]["values"])
    assert values["arrows shown to be one-way"] == 4
    assert values["implications kept on a compact set"] == "all"
    assert values["sequences × distances"] == "8 × 5"
    assert dict(claims["T1"]["values"])["pairs of places"] == 2 * 16 * 17 * 16 / 2


# --- check yourself --------------------------------------------------------------------


def test_solutions() -> None:
    level = (np.arange(200_000) + 0.5) / 200_000
    from scipy.special import ndtri

    assert abs(ndtri(level)).mean() == pytest.approx(0.798, abs=1e-3)
    assert "\\sqrt{2 / \\pi} = 0.798" in prose()
    assert math.sqrt(400) / 400 == 0.05
    assert "which is 0.05 at $n = 400$" in prose()
    assert 9 * 2 + 1 + 9 == 28
    assert math.sqrt(28) == pytest.approx(5.29, abs=5e-3)
    assert "$L^2 \\le 9 \\cdot 2 + 1 + 9 = 28$" in prose()

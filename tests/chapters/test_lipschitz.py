"""What the chapter on Lipschitz rules states: theorems by brute force, and its verdicts again."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.chapters.reading import Chapter, ledger

prose = Chapter("lipschitz").prose
RNG = np.random.default_rng(3)


def measured(claim: str) -> dict[str, Any]:
    """What the built book measured for a claim, as numbers or (mean, half width)."""
    record = ledger(claim)[claim]
    values: dict[str, Any] = {"verdict": record["verdict"]}
    for name, value in record["values"]:
        parts = re.fullmatch(r"(-?[\d.]+) ± ([\d.]+)", str(value))
        values[name] = tuple(map(float, parts.groups())) if parts else value
    return values


def steepness(weights: list[Any], x: Any) -> float:
    """Norm of a ReLU network's gradient at a point, by the chain rule in NumPy."""
    down, h = [], x
    for w, b in weights[:-1]:
        a = w @ h + b
        down.append((a > 0)[:, None] * w)
        h = np.maximum(a, 0)
    product = weights[-1][0]
    for step in reversed(down):
        product = product @ step
    return float(np.linalg.norm(product, 2))


def network(sizes: list[int], c: float) -> list[Any]:
    return [(RNG.uniform(-c, c, (b, a)), RNG.uniform(-c, c, b)) for a, b in pairwise(sizes)]


# --- the theorems --------------------------------------------------------------------


def test_no_network_in_the_box_is_steeper_than_its_bound() -> None:
    for sizes in ([2, 5, 1], [3, 4, 6, 1], [1, 8, 8, 8, 2]):
        for c in (0.1, 1.0):
            layers = pairwise(sizes)
            bound = math.prod(c * math.sqrt(a * b) for a, b in layers)
            for _ in range(200):
                net = network(sizes, c)
                if RNG.random() < 0.5:  # the corners are the worst of the box
                    net = [(c * np.sign(w), b) for w, b in net]
                assert steepness(net, RNG.normal(size=sizes[0])) <= bound * (1 + 1e-12)


def test_the_network_of_equal_weights_reaches_the_bound() -> None:
    sizes, c = [2, 32, 32, 32, 1], 0.1
    net = [(np.full((b, a), c), np.zeros(b)) for a, b in pairwise(sizes)]
    bound = c**4 * 32**3 * math.sqrt(2)
    assert steepness(net, np.ones(2)) == pytest.approx(bound, rel=1e-12)
    assert f"{bound:.9f}" == "4.634095001"


def test_no_network_on_the_sphere_is_steeper_than_its_bound() -> None:
    sizes = [2, 4, 4, 1]
    for _ in range(300):
        net = network(sizes, 1.0)
        size = math.sqrt(sum((w**2).sum() for w, _ in net))
        net = [(2.0 * w / size, b) for w, b in net]
        assert steepness(net, RNG.normal(size=2)) <= (2 / math.sqrt(3)) ** 3 + 1e-12


def test_the_solution_on_the_sphere_reaches_its_bound() -> None:
    r = 3.0
    first, last = np.zeros((4, 2)), np.zeros((1, 4))
    first[0, 0] = last[0, 0] = r / math.sqrt(2)
    assert (first**2).sum() + (last**2).sum() == pytest.approx(r**2)
    net = [(first, np.zeros(4)), (last, np.zeros(1))]
    assert steepness(net, np.array([1.0, -2.0])) == pytest.approx(r**2 / 2)


def test_the_factor_of_a_layer() -> None:
    n, c = 64, 0.3
    delta = RNG.normal(size=n)
    ratios = []
    for _ in range(3000):
        w = c * RNG.choice([-1.0, 1.0], (n, n))
        ratios.append(((RNG.random(n) < 0.5) * (w.T @ delta)) @ (w.T @ delta) / (delta @ delta))
    assert np.mean(ratios) == pytest.approx(n * c**2 / 2, rel=0.03)
    assert math.sqrt(32 / 2) * 0.01 == pytest.approx(0.04)
    assert -math.log10(0.04) == pytest.approx(1.4, abs=0.01)
    assert math.sqrt(32 * (1 / 32) / 3 / 2) == pytest.approx(0.41, abs=0.005)
    assert "it is 0.04, or 1.4 powers of ten" in prose()


def test_the_best_multiple_under_a_penalty() -> None:
    k = np.linspace(0, 12, 240_001)
    for em in (0.3, 1.2):
        for weight in (0.1, 1.0, 10.0):
            for excess in (k - 1, np.maximum(k - 1, 0)):
                best = k[np.argmax(k * em - weight * excess**2)]
                assert best == pytest.approx(1 + em / (2 * weight), abs=1e-4)


# --- numbers in the prose ------------------------------------------------------------


def blocks(c: float, normalised: bool, gain: float, seed: int) -> float:
    """Powers of ten lost per layer by torch's own modules: 12 hidden layers of width 32."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for width in [2] + [32] * 11:
        layers.append(nn.Linear(width, 32))
        bound = 1 / math.sqrt(width)
        nn.init.uniform_(layers[-1].weight, -bound, bound)
        if normalised:
            layers.append(nn.BatchNorm1d(32))
            nn.init.constant_(layers[-1].weight, gain)
        layers.append(nn.ReLU())
    net = nn.Sequential(*layers, nn.Linear(32, 1)).double()
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.Linear):
                module.weight.clamp_(-c, c)
                module.bias.clamp_(-c, c)
    kept: dict[int, Any] = {}

    def score(x: Any, part: int) -> Any:
        for i, layer in enumerate(net):
            x = layer(x)
            if isinstance(layer, nn.Linear):
                x.retain_grad()
                kept[i + 1000 * part] = x
        return x.sum()

    draw = np.random.default_rng(seed)
    real, fake = (torch.tensor(s * draw.standard_normal((64, 2))) for s in (2.0, 0.5))
    (score(real, 0) - score(fake, 1)).backward()
    size = [np.mean([kept[i + 1000 * p].grad.norm(dim=1).mean().item() for p in (0, 1)])
            for i in sorted(kept) if i < 1000]  # fmt: skip
    return float(np.log10(size[-2] / size[0]) / 11)


@pytest.mark.parametrize(
    ("normalised", "gain", "lost"), [(False, 1, 1.43), (True, 1, -0.16), (True, 0.01, 0.99)]
)
def test_what_batch_normalisation_does_to_a_clipped_critic(
    normalised: bool, gain: float, lost: float
) -> None:
    found = np.mean([blocks(0.01, normalised, gain, seed) for seed in range(4)])
    assert found == pytest.approx(lost, abs=0.06)


def test_numbers_that_follow_from_others() -> None:
    assert "loses a factor of 27 in each layer" in prose()
    assert pytest.approx(27, abs=0.5) == 10**1.43
    assert "The default start lies within ±0.18" in prose()
    assert round(1 / math.sqrt(32), 2) == 0.18
    assert "20,000 critic steps, or 4,000 generator steps" in prose()
    assert pytest.approx(20_000) == 1.0 / 5e-5
    assert pytest.approx(2.6e-7, rel=0.02) == 0.08**6
    assert 0.08**5 > 1e-6


# --- the verdicts --------------------------------------------------------------------


def test_a2_the_bound_is_never_broken() -> None:
    values = measured("A2")
    assert values["smallest bound / slope"] >= 1
    assert values["smallest product of norms / slope"] >= 1
    assert values["bound / slope with all weights at c"] == pytest.approx(1, abs=1e-9)
    assert values["critics"] == 5 * 3 * 8
    assert values["verdict"] == "reproduced"
    assert 1 < values["median"] < 10
    assert "the typical one comes within a power of ten" in prose()
    assert values["largest"] > 100, "deep critics in the smallest box stay two powers below it"


def test_a3_large_boxes_are_slow_and_small_ones_silent() -> None:
    values = measured("A3")
    steps = [values[f"steps to 90 % of the value, c = {c}"][0] for c in ("0.1", "0.3", "1")]
    assert steps == sorted(steps)
    for c, found in zip((0.1, 0.3, 1.0), steps, strict=True):
        assert c / 1e-3 / 2.5 < found < 2.5 * c / 1e-3, "about c/α steps"
    mean, half = values["powers of ten lost per layer, c = 0.01"]
    assert mean == pytest.approx(1.43, abs=0.03)
    assert half < 0.05
    assert values["slope at the points, c = 0.01, 3 layers"] < 1e-5
    assert values["12 layers"] < 1e-17
    assert values["verdict"] == "scaled down"


def test_a4_the_verdict_on_the_sphere_follows_from_the_intervals() -> None:
    values = measured("A4")
    little = []
    for rate in ("0.001", "0.003"):
        mean, half = values[f"difference at α = {rate}"]
        little.append(abs(mean) + half < values["a tenth of what clipping gained"])
        found = [values[f"EM, {rule}, α = {rate}"][0] for rule in ("sphere", "clipping")]
        assert mean == pytest.approx(found[0] - found[1], abs=2e-3)
        margin = values["a tenth of what clipping gained"]
        assert mean + half > -margin, "the sphere is never ahead by more than the margin"
    assert (values["verdict"] == "scaled down") == all(little)
    assert "never ahead by more than the margin" in prose()


def test_a5_penalties_replace_clipping() -> None:
    values = measured("A5")
    assert values["verdict"] == "scaled down"
    for name in ("two-sided", "one-sided"):
        assert values[f"EM, {name}"][0] < values["EM, clipping"][0]
        assert values[f"EM, {name}"][0] > values["real against real"]
    wide = values["cosine to exact transport near the goal, two-sided, λ = 10"]
    assert wide[0] + wide[1] < values["one-sided"][0] - values["one-sided"][1]

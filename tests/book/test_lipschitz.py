"""What the chapter on Lipschitz rules states: theorems by brute force, and its verdicts again."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

import wganlib as wg
from tests.book.reading import Chapter, code_cells, ledger, matching
from wganbook import evidence
from wganlib.paper.studies.lipschitz import problem

CHAPTER = Chapter("lipschitz")
prose = CHAPTER.prose
BOXES = evidence.study("boxes-for-weights")
CONTEST = evidence.study("lipschitz-contest")
KNOWN = evidence.study("known-potentials")
SOLVED = evidence.study("dual-solvers")
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


def test_slopes_of_one_hidden_layer_differ_by_at_most_one() -> None:
    """Of random networks on the line with layers of norm 1, and of the one of the page."""
    for _ in range(300):
        u, v, b = RNG.normal(size=(3, RNG.integers(1, 9)))
        u, v = u / np.linalg.norm(u), v / np.linalg.norm(v)
        slopes = [float(v @ (u * (u * x + b > 0))) for x in np.linspace(-50, 50, 501)]
        assert max(slopes) - min(slopes) <= 1 + 1e-12


def test_slope_one_makes_units_that_are_heard_active() -> None:
    """The step of the proof: where the slope is 1, no unit with an outgoing weight is blocked."""
    first = np.array([[1.0, 0.0], [0.0, 1.0]])
    for last in ([1.0, 0.0], [0.6, 0.8]):
        for x in RNG.normal(size=(200, 2)):
            slope = steepness([(first, np.zeros(2)), (np.array([last]), np.zeros(1))], x)
            heard = [w for w in range(2) if last[w]]
            assert (abs(slope - 1) < 1e-12) == all(x[w] > 0 for w in heard)


def test_two_sorted_units_fold_and_two_blocked_ones_fold_half() -> None:
    lines = CHAPTER.output("slopes as steep as the bound allows")
    for activation, slope in (("relu", 0.5), ("groupsort", 1.0)):
        (line,) = [line for line in lines if line.startswith(f"{activation} ")]
        assert ("*" in line) == (slope == 1.0), "marked: as steep as the bound"
        numbers = [float(number) for number in re.findall(r"[-+]?\d+\.\d+", line)]
        assert numbers == pytest.approx([-slope, slope, 1.0], abs=1e-6)


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
    assert "The default start lies within ±0.18" in prose()
    assert round(1 / math.sqrt(32), 2) == 0.18
    assert "20,000 critic steps, or 4,000 generator steps" in prose()
    assert pytest.approx(20_000) == 1.0 / 5e-5
    assert pytest.approx(2.6e-7, rel=0.02) == 0.08**6
    assert 0.08**5 > 1e-6


def test_what_a_layer_loses_by_the_theorem() -> None:
    """The start is uniform on ±1/√32, and clipped; the mean square of that by quadrature."""
    walls, fading = BOXES.study.settings["walls"], BOXES.arrays["fading"]
    start, end = (
        np.diff(fading[f"{when}_down"][:12].astype(float), axis=0).mean((0, -1))
        for when in ("start", "end")
    )
    width = 1 / math.sqrt(32)
    middles = (np.arange(100_000) + 0.5) / 100_000 * width
    for c, lost in zip(walls, start, strict=True):
        square = (np.minimum(middles, c) ** 2).mean()
        assert lost == pytest.approx(-math.log10(math.sqrt(32 * square / 2)), abs=0.05)
    assert "to a few hundredths of a power of ten" in prose()

    small, wide = walls.index(0.01), walls.index(0.3)
    assert "a factor of {measured}`boxes-for-weights:factor, 0.01` in each layer" in prose()
    assert float(BOXES.numbers["factor, 0.01"]) == pytest.approx(10 ** start[small], abs=0.51)
    assert end[small] == pytest.approx(start[small], abs=0.01), "50 steps change nothing"
    assert end[walls.index(0.1)] < start[walls.index(0.1)] / 2, "the critic frees itself"
    assert "grows {measured}`boxes-for-weights:grows after, 0.3`-fold" in prose()
    assert float(BOXES.numbers["grows after, 0.3"]) == pytest.approx(10 ** -end[wide], abs=0.051)


def test_the_functions_of_the_page_measure_what_the_study_kept() -> None:
    (cell,) = [source for source in code_cells(CHAPTER.path) if "def boxed(" in source]
    names: dict[str, Any] = {"np": np, "torch": torch, "wg": wg}
    exec(compile(cell, "cell", "exec"), names)
    kept, seeds = BOXES.arrays["fading"], [0, 1, 2]
    small = BOXES.study.settings["walls"].index(0.01)
    real, fake = (points[:64] for points in problem())
    critic = names["boxed"](12, [0.01, 0.1], seeds)
    for gain, down in ((None, kept["start_down"][:, small]), (1.0, kept["normalised"])):
        found = names["signals"](critic, real, fake, gain)[0]
        np.testing.assert_allclose(np.log10(found[:, :3]), down[:, :3], atol=1e-3)
    # Higher up real and generated points differ by less than double precision keeps of them.
    own = names["signals"](critic, real, fake)[1][:10]
    np.testing.assert_allclose(np.log10(own[:, :3]), kept["start_own"][:10, small, :3], atol=1e-3)


# --- the verdicts --------------------------------------------------------------------


def test_a2_the_bound_is_never_broken() -> None:
    shapes = {name: part.astype(float) for name, part in BOXES.arrays["shapes"].items()}
    slope, norms, bound = shapes["slope"], shapes["norms"], shapes["bound"][..., None]
    assert slope.shape == (5, 3, 32)
    assert (slope <= norms).all(), "constants multiply"
    assert (norms < bound).all(), "the product of the operator norms is closer"
    assert "the typical one comes within a power of ten" in prose()
    assert 1 < np.median(bound / slope) < 10
    assert (
        "the typical deep critic in the smallest box stays more than two powers below it" in prose()
    )
    deep = BOXES.study.settings["shapes"].index([32, 32, 32, 32])
    slack = (bound / slope)[deep, BOXES.study.settings["boxes"].index(0.01)]
    assert np.median(slack) > 100
    assert "It runs over many powers of ten" in prose()
    assert slope.max() / slope.min() > 1e6


def test_one_critic_reaches_the_bound_on_the_page() -> None:
    reached, bound = (
        float(line.split()[-1]) for line in CHAPTER.output("slope with all weights 0.1")[2:]
    )
    assert reached == pytest.approx(0.1**4 * 32**3 * math.sqrt(2), rel=1e-8)
    assert bound == pytest.approx(reached, rel=1e-8)


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


def em(entry: str) -> Any:
    """The final EM of an entry of the contest, seed by seed."""
    return CONTEST.arrays["final"][f"{entry}: em"].astype(float)


def paired(one: str, two: str) -> Any:
    """SciPy's paired t-test of two entries, over the seeds that they share."""
    n = min(em(one).size, em(two).size)
    return stats.ttest_rel(em(one)[:n], em(two)[:n])


def test_a4_the_verdict_on_the_sphere_follows_from_the_intervals() -> None:
    margin = (em("untrained").mean() - em("clipping").mean()) / 10
    assert float(CONTEST.numbers["margin"]) == pytest.approx(margin, abs=1e-3)
    little = []
    for rate in ("0.001", "0.003"):
        assert em(f"sphere, α = {rate}").size == 64 == em(f"clipping, α = {rate}").size
        low, high = paired(f"sphere, α = {rate}", f"clipping, α = {rate}").confidence_interval(0.95)
        little.append(-margin < low and high < margin)
        shown = CONTEST.numbers[f"sphere less clipping, {rate}"]
        middle, half = (float(part.replace("−", "-")) for part in shown.split(" ± "))
        assert (middle, half) == pytest.approx(((low + high) / 2, (high - low) / 2), abs=1e-3)
    assert (CONTEST.findings["A4"].verdict == "scaled down") == all(little)
    # What the page says needs both.
    assert all(little)
    assert "lies within a tenth of what clipping gained, at both learning rates" in prose()
    assert "a few of its runs go astray, and its mean is uncertain" in prose()
    assert 1 < (em("sphere") > 1).sum() < 10
    assert not (em("clipping") > 1).any()


def test_a5_penalties_replace_clipping() -> None:
    rivals = [n for n in CONTEST.study.settings["entries"] if n != "clipping" and ", α" not in n]
    tests = {name: paired(name, "clipping") for name in rivals}
    assert len(tests) == 6
    ordered = sorted(rivals, key=lambda name: tests[name].pvalue)
    holm = np.maximum.accumulate([tests[n].pvalue * (6 - i) for i, n in enumerate(ordered)])
    found = {n: tests[n].statistic < 0 for n, p in zip(ordered, holm, strict=True) if p < 0.05}
    # The two penalties as tuned, and at the customary λ the one-sided one alone.
    assert found == dict.fromkeys(("two-sided", "one-sided", "one-sided, λ = 10"), True)
    assert CONTEST.findings["A5"].verdict == "scaled down"
    assert "only the one-sided one keeps its place" in prose()
    assert "which its seeds do not tell from clipping" in prose()
    low, high = paired("two-sided", "one-sided").confidence_interval(0.95)
    assert low < 0 < high, "no interval tells one from the other"
    assert min(em(name).mean() for name in rivals) > em("data").mean()


def test_the_second_side_spoils_directions_near_the_goal() -> None:
    pushes = CONTEST.arrays["pushes"]
    cosine = {side: pushes[f"{side}: cosine"].astype(float) for side in ("two-sided", "one-sided")}
    better = stats.ttest_rel(cosine["one-sided"], cosine["two-sided"]).confidence_interval(0.95)
    assert better.low > 0.3
    assert abs(cosine["two-sided"].mean()) < 0.1, "hardly the right direction"
    assert pushes["two-sided: slope"].mean() == pytest.approx(1, abs=0.05), "the right length"
    assert pushes["two-sided: slope at the goal"].min() > 0.8, "it must push, with full force"
    assert pushes["one-sided: slope at the goal"].mean() < 0.3, "rests when nothing is to do"


def test_what_tuning_chose_lies_inside_the_grids_but_for_the_sphere() -> None:
    settings = CONTEST.study.settings
    assert "The best radius of the sphere is the largest that was tried" in prose()
    assert "All other choices lie inside their grids" in prose()
    at_edge = set()
    for rule, grid in settings["grids"].items():
        best = grid[int(CONTEST.arrays["tuning"][rule].astype(float).mean(1).argmin())]
        for k, name in enumerate(("constant", "rate")):
            tried = sorted({entry[k] for entry in grid})
            if len(tried) > 1 and best[k] in (tried[0], tried[-1]):
                at_edge.add((rule, name, best[k] == tried[-1]))
    assert at_edge == {("sphere", "constant", True)}


def test_the_slopes_of_penalised_critics_stay_below_their_price() -> None:
    gallery, exact = CONTEST.arrays["gallery"], matching(*problem())
    for rule in ("two-sided", "one-sided"):
        price = 1 + exact / (2 * CONTEST.study.settings["entries"][rule][1])
        assert 0.75 < gallery[f"{rule}: mean slope"].mean() / price < 0.9
    assert "and stay below it, by about a tenth" in prose()
    honest = [gallery[f"{rule}: share"].min() for rule in ("two-sided", "one-sided", "spectral")]
    steep = [gallery[f"{rule}: share"].max() for rule in ("clipping", "sphere")]
    assert min(honest) > max(steep), "report much more of the distance"


def proved(activation: str, rule: str, pair: str) -> Any:
    return KNOWN.arrays[activation][f"{rule}, {pair}"].astype(float)


def test_x5a_relu_loses_where_the_potential_bends() -> None:
    assert KNOWN.findings["X5a"].verdict == "scaled down"
    for rule in ("spectral", "orthonormal"):
        assert proved("relu", rule, "plane").mean() > 0.95
        assert proved("relu", rule, "fold").max() < 0.6
        assert proved("relu", rule, "cones").max() < 0.45
        for other in ("leaky_relu", "tanh"):
            for pair in ("fold", "cones"):
                assert proved(other, rule, pair).mean() < proved("relu", rule, pair).mean()
    assert "leaky ReLU and tanh prove less still" in prose()
    assert "More layers can do a little better" in prose()
    assert proved("relu", "orthonormal", "fold").mean() > 0.5


def test_x5b_groupsort_proves_more() -> None:
    assert KNOWN.findings["X5b"].verdict == "scaled down"
    assert proved("groupsort", "spectral", "fold").mean() > 0.95
    assert "it proves about twice as much as ReLU" in prose()
    for pair in ("fold", "cones"):
        best = max(proved("groupsort", rule, pair).mean() for rule in ("spectral", "orthonormal"))
        relu = max(proved("relu", rule, pair).mean() for rule in ("spectral", "orthonormal"))
        assert 1.6 < best / relu < 2.4


def solved(solver: str, name: str) -> Any:
    weight = ", λ = 10"
    part = "customary" if solver.endswith(weight) else solver
    inner = f"{solver.removesuffix(weight)}, {name}, 32" if part == "customary" else f"{name}, 32"
    return SOLVED.arrays[part][inner].astype(float)


def test_x8a_the_value_is_set_by_lambda_and_undecided_at_ten() -> None:
    assert SOLVED.findings["X8a"].verdict == "undecided"
    assert "our verdict is *undecided*" in prose()
    values = {
        name: solved(name, "value").mean()
        for name in ("two-sided", "one-sided", "spectral", "sorting")
    }
    values["clipping"] = (solved("clipping", "value") / solved("clipping", "steepest")).mean()
    assert min(abs(value - 1) for value in values.values()) > 0.25, "off by a quarter or more"
    assert SOLVED.study.settings["tuned"]["one-sided"]["32"][0] == 0.1, "best at a small λ"
    both = solved("one-sided, λ = 10", "value"), solved("one-sided, λ = 10", "steepest")
    mean, half = wg.confidence(both[0])
    assert mean - half < 0.95 < mean + half, "that interval straddles"
    assert both[1].mean() > 1.1, "too steep"
    assert (both[0] / both[1]).mean() < 0.85
    assert max(values["spectral"], values["sorting"]) < 0.8, "lower bounds lie far below"


def test_x8b_most_solvers_know_the_direction() -> None:
    assert SOLVED.findings["X8b"].verdict == "scaled down"
    cosine = {name: solved(name, "cosine") for name in SOLVED.study.settings["grids"]}
    within = {name for name, row in cosine.items() if row.mean() > math.sqrt(0.5)}
    assert within == {"two-sided", "one-sided", "sorting"}
    arrows = SOLVED.arrays["baselines"]["to the mean, 32"].astype(float)
    assert all(row.min() > arrows.max() for row in cosine.values()), "more than the mean"

"""Every number that the chapter on parallel lines states or prints, computed another way."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.spatial.distance import cdist
from scipy.stats import t as student

import wganlib as wg
from tests.book.reading import Chapter, lines_with, matching

CHAPTER = Chapter("parallel-lines")
prose, ran = CHAPTER.prose, CHAPTER.ran
LOG_2 = math.log(2.0)
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


def printed(words: str) -> list[str]:
    return lines_with(words, ran().texts)


# --- see -----------------------------------------------------------------------------


def test_the_first_table_is_example_1():
    _, heading, *lines = printed("KL back")
    names = ["θ", "EM", "JS, nats", "TV", "KL, nats", "KL back, nats"]
    assert re.split("  +", heading) == names
    table = [line.split() for line in lines]
    assert [row[0] for row in table] == [
        "-0.750000", "-0.100000", "0.000000", "0.000001", "0.100000", "0.750000",
    ]  # fmt: skip
    for shift, *values in table:
        theta = float(shift)
        apart = theta != 0
        assert values == [
            f"{abs(theta):.6f}", f"{LOG_2 * apart:.6f}", f"{1.0 * apart:.6f}",
            *["inf" if apart else "0.000000"] * 2,
        ]  # fmt: skip
    assert "EM says 0.000001" in prose()


def test_the_grid_holds_41_values_and_zero_once():
    names = ran().names
    np.testing.assert_allclose(names["grid"], np.arange(-20, 21) / 10, atol=1e-15)
    assert names["grid"][20] == 0
    for row, theta in zip(names["table"], names["grid"], strict=True):
        apart = theta != 0
        assert row["EM"] == pytest.approx(abs(theta), abs=1e-12)
        assert row["JS"] == pytest.approx(LOG_2 * apart, abs=1e-15)
        assert row["TV"] == pytest.approx(1.0 * apart, abs=1e-15)
        assert row["KL"] == row["KL back"] == (math.inf if apart else 0)


def test_the_claims_of_the_chapter_are_reproduced():
    recorded = ran().recorded
    assert list(recorded) == ["E1", "E2", "E3", "E4", "E5", "E6", "M2"]
    assert {one.verdict for one in recorded.values()} == {"reproduced"}
    assert all(one.seeds == 0 for one in recorded.values()), "nothing in them is random"


# --- prove ---------------------------------------------------------------------------


def test_the_potentials_certify_the_plan():
    lines = printed("of the potentials")[2:]
    assert [re.findall(NUMBER, line) for line in lines] == [["0.400000000000"]] * 2
    plan = ran().names["plan"]
    x, y = (np.stack([np.full(20, t), (np.arange(20) + 0.5) / 20], 1) for t in (0.0, 0.4))
    slack = cdist(x, y) - plan.potential_x[:, None] - plan.potential_y
    assert slack.min() >= -1e-12, "so no plan costs less than the potentials' sum"
    # The chapter's certificate, f(x) = ±x₁, climbs by one unit for each unit of length.
    assert abs(y[:, 0].mean() - x[:, 0].mean()) == pytest.approx(0.4)


# --- the race ------------------------------------------------------------------------


def test_the_race_ends_as_told():
    theta, path = 0.83, [0.83]
    for _ in range(40):
        theta -= math.copysign(0.05, theta)
        path.append(theta)
    finish = ran().names["finish"]
    assert finish["em"] == pytest.approx(abs(path[-1]), abs=1e-9)
    assert finish["js"] == finish["tv"] == finish["kl"] == 0.83
    assert "start at θ = 0.83 and go downhill with the same step size, 0.05" in prose()
    assert "each step is 0.05 long" in prose()
    np.testing.assert_allclose(abs(np.diff(path)), 0.05, atol=1e-12)
    # "it starts to step over it and back"
    assert (np.sign(path[17:-1]) == -np.sign(path[18:])).all()
    assert "0.83 away from the target" in prose()


def test_the_slope_read_off_the_plan_is_the_sign_of_theta():
    lines = printed("slope of EM")[2:]
    assert len(lines) == 4
    for line in lines:
        theta, slope = (float(number.replace("−", "-")) for number in line.split())
        assert slope == math.copysign(1, theta)
        h = 1e-3
        y = np.stack([np.zeros(9), np.arange(9) / 8], 1)
        ahead, behind = (matching(y, y + np.array([theta + step, 0])) for step in (h, -h))
        assert slope == pytest.approx((ahead - behind) / (2 * h), abs=1e-9)


# --- lines that cross ----------------------------------------------------------------


def test_crossing_segments_cost_what_the_rotation_costs():
    mean, _ = quad(abs, -0.5, 0.5, points=[0])
    assert mean == pytest.approx(0.25)
    assert "the mean of $t$ is ¼" in prose()
    assert r"\tfrac12 \sin(\varphi / 2)" in prose()
    along = (np.arange(64) + 0.5) / 64 - 0.5
    for degrees, em in zip([5, 30, 45, 60, 90], ran().names["em_crossed"], strict=True):
        angle = math.radians(degrees)
        turned = along[:, None] * [math.cos(angle), math.sin(angle)]
        assert em == pytest.approx(matching(along[:, None] * [1, 0], turned), abs=1e-12)
        assert em == pytest.approx(math.sin(angle / 2) / 2, abs=1e-12)


def test_a_shared_point_makes_tv_one_less_one_over_n():
    assert "TV is $1 - 1/n$" in prose()
    lines = printed("points on each segment")[2:]
    assert [line.split()[0] for line in lines] == ["5", "51", "501"]
    for line in lines:
        count, tv = re.findall(NUMBER, line)
        assert tv == f"{1 - 1 / int(count):.6f}"
        # Counted on exact coordinates: the middle of an odd number of midpoints is the crossing.
        along = [2 * i + 1 - int(count) for i in range(int(count))]
        shared = {(a, 0) for a in along} & {(0, a) for a in along}
        assert shared == {(0, 0)}


# --- the thought experiment ----------------------------------------------------------


def test_only_the_sequence_that_becomes_constant_converges():
    names = ran().names
    n = np.arange(1, 201)
    np.testing.assert_array_equal(names["harmonic"][:, 0], 1)
    np.testing.assert_allclose(names["harmonic"][:, 1], 1 / n, atol=1e-12)
    np.testing.assert_array_equal(names["settling"][:, 0], n < 25)
    np.testing.assert_allclose(names["settling"][:, 1], np.where(n < 25, 1 / n, 0), atol=1e-12)


def test_the_formula_as_printed_is_twice_the_example():
    first, second = printed("as printed")[2:]
    assert re.findall(NUMBER, first) == [f"{2 * LOG_2:.6f}", "2.000000"]
    assert re.findall(NUMBER, second.removeprefix("with ½")) == [f"{LOG_2:.6f}", "1.000000"]


# --- samples -------------------------------------------------------------------------


def sampled() -> dict[tuple[int, float], tuple[float, float]]:
    """The printed table: mean and half of the 95 % interval, by size and θ."""
    rows = [list(map(float, re.findall(NUMBER, line))) for line in printed("±")[2:]]
    return {(int(n), theta): (mean, half) for n, theta, mean, half in rows}


def test_the_table_of_samples_is_what_a_matching_gives():
    for (n, theta), (mean, half) in sampled().items():
        values = []
        for seed in range(20):
            source = np.random.default_rng(seed)
            y, z = source.random(n), source.random(n)
            if theta == 0:  # on one vertical line, sorting is optimal
                values.append(abs(np.sort(y) - np.sort(z)).mean())
            else:
                here, there = np.stack([0 * y, y], 1), np.stack([0 * z + theta, z], 1)
                values.append(matching(here, there))
        assert len(values) == 20
        assert mean == pytest.approx(np.mean(values), abs=5.1e-5)
        wide = student.ppf(0.975, 19) * np.std(values, ddof=1) / math.sqrt(20)
        assert half == pytest.approx(wide, abs=5.1e-5)
    assert "Twenty seeds for each size, θ = 0 and θ = 0.4, mean and 95 % interval" in prose()


def test_the_bias_at_zero_halves_as_n_grows_fourfold():
    """Within the printed intervals, and in theory: √(π/n)/4 for large n."""
    assert "Within the intervals it halves when $n$ grows fourfold" in prose()
    table = sampled()
    for n in (25, 100):
        (few, half_few), (many, half_many) = table[n, 0.0], table[4 * n, 0.0]
        assert abs(few / 2 - many) <= half_few / 2 + half_many
        assert few - half_few > many + half_many, "it falls, beyond what chance explains"
    for n in (25, 100, 400):
        mean, half = table[n, 0.0]
        assert abs(mean - math.sqrt(math.pi / n) / 4) <= 1.5 * half
    source = np.random.default_rng(0)
    biases = [
        abs(np.sort(source.random((4000, n))) - np.sort(source.random((4000, n)))).mean()
        for n in (25, 100, 400)
    ]
    np.testing.assert_allclose(np.divide(biases[:-1], biases[1:]), 2, atol=0.07)


def test_the_bias_is_much_smaller_where_the_way_is_long():
    assert "the bias is much smaller" in prose()
    table = sampled()
    for n in (25, 100, 400):
        (at_zero, half_zero), (far, half_far) = table[n, 0.0], table[n, 0.4]
        assert 0 < far - 0.4 < at_zero / 4
        assert far - 0.4 + half_far < at_zero - half_zero, "beyond what chance explains"
        # A detour in height d adds about d²/(2θ) to a way of length θ.
        assert far - 0.4 < at_zero**2 * math.pi / 2 / (2 * 0.4) + half_far


# --- check yourself ------------------------------------------------------------------


def test_solution_of_the_first_exercise():
    assert "EM grows by 0.7. JS stays at log 2, TV at 1, KL at infinity." in prose()
    shift = 0.9 - 0.2
    assert shift == pytest.approx(0.7)
    y = np.stack([np.zeros(5), np.arange(5) / 4], 1)
    here, there = y + np.array([-0.3, 0]), y + np.array([0.45, 0])
    assert matching(here, there) == pytest.approx(0.75)
    assert "0.75. The proof above used only the difference of the first coordinates." in prose()


def test_solution_of_the_stretched_line():
    """Densities 1 on [0, 1] and ½ on [0, 2], by quadrature."""
    lower, _ = quad(lambda t: t - t / 2, 0, 1)
    upper, _ = quad(lambda t: 1 - t / 2, 1, 2)
    assert (lower, upper) == (pytest.approx(0.25), pytest.approx(0.25))
    assert r"\tfrac14 + \tfrac14 = \tfrac12" in prose()
    tv = (quad(lambda _: 0.5, 0, 1)[0] + quad(lambda _: 0.5, 1, 2)[0]) / 2
    assert tv == pytest.approx(0.5)
    middle = 0.75  # of the densities 1 and ½, on [0, 1]
    js = (math.log(1 / middle) + 0.5 * math.log(0.5 / middle) + 0.5 * math.log(2)) / 2
    assert 0 < js < LOG_2
    assert math.log(1 / 0.5) == LOG_2
    assert "TV is ½" in prose()
    assert "KL from the short to the long line is log 2, finite; the other way it is" in prose()


def test_solution_of_the_thick_lines():
    assert "so TV is 0.25" in prose()

    def tv(theta: float, width: float = 0.2) -> float:
        def gap(x: float) -> float:
            return abs((0 <= x < width) - float(theta <= x < theta + width)) / width

        ends = sorted({0.0, theta, width, theta + width})
        return quad(gap, ends[0], ends[-1], points=ends)[0] / 2

    assert tv(0.05) == pytest.approx(0.25)
    assert tv(0.1) - tv(0.05) == pytest.approx(0.25), "a slope while the strips overlap"
    assert tv(0.2) == tv(0.3) == pytest.approx(1), "flat beyond"
    # Four pieces of the two strips, cut at their edges: KL is no use, however near they are.
    for theta in (0.05, 1e-6):
        p, q = np.array([theta, 0.2 - theta, 0]) / 0.2, np.array([0, 0.2 - theta, theta]) / 0.2
        assert wg.kl_divergence(p, q) == wg.kl_divergence(q, p) == math.inf
        assert 0 < wg.js_divergence(p, q) < LOG_2
    assert "between two shifted strips it is still infinite" in prose()


def test_answers_not_given_yet_are_not_wrong():
    names = ran().names
    assert [names[key] for key in ("my_distance", "my_stretch", "my_thick")] == [None] * 3

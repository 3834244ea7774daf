"""Every number that the chapter on duality prints or states, computed another way.

Training is slow, so what the cells printed is read from the built book; transport problems are
solved again, by the Hungarian method and by SciPy's HiGHS.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist

from tests.book.reading import Chapter, matching, numbers, plain
from wganbook.figures.duality import HOLES, PILES

CHAPTER = Chapter("duality")
prose, cells, output = CHAPTER.prose, CHAPTER.cells, CHAPTER.output
START = np.array([1.0, 0.4, 0.3, 0.5])


def programme(a: Any, b: Any, cost: Any) -> float:
    n, m = cost.shape
    sums = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    return float(linprog(cost.ravel(), A_eq=sums, b_eq=np.r_[a, b]).fun)


# --- the problems of the chapter, written again ----------------------------------------


def generate(theta: Any, z: Any) -> Any:
    c, s = math.cos(theta[3]), math.sin(theta[3])
    stretched = np.c_[z[:, 0] * math.exp(theta[2]), z[:, 1] / math.exp(theta[2])] * 0.8
    x = c * stretched[:, 0] - s * stretched[:, 1] + theta[0]
    return np.c_[x, s * stretched[:, 0] + c * stretched[:, 1] + theta[1]]


def problem(seed: int) -> tuple[Any, Any]:
    draw = np.random.default_rng(seed)
    angle = draw.uniform(0, 2 * np.pi, 64)
    x = 1.5 * np.c_[np.cos(angle), np.sin(angle)] + 0.15 * draw.normal(size=(64, 2))
    return x, draw.normal(size=(64, 2))


def slope(x: Any, z: Any, theta: Any = START, h: float = 1e-5) -> Any:
    steps = h * np.eye(4)
    ends = [[matching(x, generate(theta + s * e, z)) for s in (1, -1)] for e in steps]
    return -np.diff(ends, axis=1)[:, 0] / (2 * h)


# --- prices and critics ----------------------------------------------------------------


def test_the_first_programmes() -> None:
    _, _, plan, prices, used, largest, everywhere, _ = output("cheapest plan")
    best = matching(PILES, HOLES)
    assert numbers(plan) == numbers(prices) == [pytest.approx(best, abs=1e-11)]
    assert numbers(used) == [7]
    assert numbers(largest) == [0]
    assert numbers(everywhere) == [49, 0]
    assert "all 49 routes" in everywhere
    assert "seven piles to bring to seven holes" in prose()


def test_routes_to_em_agree() -> None:
    _, _, *lines = output("area between CDFs")
    rng = np.random.default_rng(1958)
    first = {}
    for where, dimension in (("plane", 2), ("line", 1)):
        for trial in range(20):
            x = rng.normal(size=(12, dimension))
            y = rng.normal(1, 2, size=(15, dimension))
            a, b = rng.dirichlet(np.ones(12)), rng.dirichlet(np.ones(15))
            if trial == 0:
                first[where] = programme(a, b, cdist(x, y))
    cells_of = [re.split("  +", line)[1:] for line in lines]
    plane, on_a_line = zip(*cells_of, strict=True)
    assert [float(value) for value in on_a_line] == pytest.approx([first["line"]] * 5, abs=1e-10)
    assert [float(value) for value in plane[:4]] == pytest.approx([first["plane"]] * 4, abs=1e-10)
    assert plane[4] == "none", "four routes in the plane, five on a line"
    values = plain(cells().claims["K1"]["values"])
    assert values["problems"] == 40
    assert all(v < 1e-8 for k, v in values.items() if "difference" in k)


def test_best_prices_may_shift_one_ray_against_another() -> None:
    """Of the first figure: 1-Lipschitz functions on its points, all of them perfect."""
    piles, holes = np.array(PILES), np.array(HOLES)
    at = np.r_[piles, holes]
    pairs = [(i, k) for i in range(14) for k in range(14) if i != k]
    rise = np.zeros((len(pairs), 14))
    for row, (i, k) in zip(rise, pairs, strict=True):
        row[i], row[k] = 1, -1
    income = np.r_[np.full(7, 1 / 7), np.full(7, -1 / 7)]
    best = matching(PILES, HOLES)
    to = linear_sum_assignment(cdist(PILES, HOLES))[1]
    shift = rise[pairs.index((0, 1))]
    values = []
    for sign in (1, -1):
        found = linprog(
            sign * shift,
            A_ub=rise,
            b_ub=[np.linalg.norm(at[i] - at[k]) for i, k in pairs],
            A_eq=[income, np.eye(14)[0]],
            b_eq=[best, 0],
            bounds=(None, None),
        )
        values.append(sign * found.fun)
        fall = found.x[:7] - found.x[7:][to]
        np.testing.assert_allclose(fall, np.linalg.norm(piles - holes[to], axis=1), atol=1e-7)
    assert values[1] - values[0] > 0.1
    assert "the best prices need not be unique, and may shift one ray against another" in prose()


@pytest.mark.parametrize("side", [0.5, 0.2, 0.05])
def test_cells_change_em_by_two_widths_and_their_critic_by_four(side: float) -> None:
    """Step 6 of the proof on compact spaces, with points in a square for both distributions."""
    rng = np.random.default_rng(1958)
    x, y = rng.random((40, 2)), rng.random((50, 2)) ** 2
    a, b = np.full(40, 1 / 40), np.full(50, 1 / 50)
    exact = programme(a, b, cdist(x, y))
    cells_of, first, name = np.unique(
        (np.r_[x, y] / side).astype(int), axis=0, return_index=True, return_inverse=True
    )
    s, width, name = np.r_[x, y][first], side * math.sqrt(2), name.ravel()
    m = len(cells_of)
    left, right = np.bincount(name[:40], a, m), np.bincount(name[40:], b, m)
    steps = np.repeat(np.eye(m), m, axis=0) - np.tile(np.eye(m), (m, 1))
    found = linprog(
        right - left,
        A_ub=steps,
        b_ub=cdist(s, s).ravel(),
        bounds=[(0, 0)] + [(None, None)] * (m - 1),
    )
    value = -found.fun
    assert value == pytest.approx(programme(left, right, cdist(s, s)), abs=1e-9)
    assert exact <= value + 2 * width + 1e-9
    on_all = (found.x - cdist(np.r_[x, y], s)).max(axis=1)  # McShane's extension
    critic = on_all[:40].mean() - on_all[40:].mean()
    assert value - 2 * width - 1e-9 <= critic <= exact + 1e-9


def test_the_mixed_critic_on_and_off_the_rays() -> None:
    _, _, climb, em, off, mean, largest = output("gradient on the rays")
    assert numbers(climb) == numbers(em)
    assert numbers(off)[0] < 1e-6
    assert numbers(mean)[0] < 1
    assert numbers(largest)[0] == pytest.approx(1, abs=1e-5)


def test_k_lipschitz_gives_k_times_em() -> None:
    _, _, *factors, tried, linear = output("best of 4,000 random tries")
    for line in factors:
        k, factor = numbers(line)
        assert factor == pytest.approx(k, rel=1e-9)
    assert [numbers(line)[0] for line in factors] == [0.01, 0.1, 1, 5, 100]
    assert 0 < numbers(tried)[-1] < 5
    assert 0 < numbers(linear)[-1] < 5
    assert cells().claims["K2"]["verdict"] == "reproduced"


# --- theorem 3 -------------------------------------------------------------------------


def test_theorem_3_in_numbers() -> None:
    caption, _, formula, differences = output("the formula ")
    expected = slope(*problem(0))
    np.testing.assert_allclose(numbers(formula), expected, atol=1e-6)
    np.testing.assert_allclose(numbers(differences), expected, atol=1e-6)
    assert caption.endswith("Over 20 problems the largest difference is below 10⁻⁸.")
    values = plain(cells().claims["K3"]["values"])
    assert values["optimal critic attains W, off by"] < 1e-8
    assert values["formula less differences of W, largest of 20"] == "below a millionth"
    assert cells().claims["K3"]["verdict"] == "reproduced"


def test_mass_splits_where_points_are_too_few() -> None:
    rows = {tuple(numbers(line)[:2]): numbers(line)[2:] for line in output("split points")[2:]}
    assert set(rows) == {(64, 64), (32, 64), (64, 48), (64, 16)}
    words = [line.split()[-2:] for line in output("split points")[2:]]
    for ((real, fake), (share,)), (critic, plan) in zip(rows.items(), words, strict=True):
        assert share == (fake < real), "more mass than one real point has"
        assert plan == "right"
        assert critic == ("wrong" if fake < real else "right")


def test_one_point_between_two() -> None:
    values = plain(cells().claims["K3"]["values"])
    em = [0.5 * (abs(t + 1) + abs(t - 1)) for t in (-0.5, 0.0, 0.5)]
    assert em == [1, 1, 1]
    assert values["slope of W between two real points"] == 0
    assert values["slopes of every optimal critic there"] == "−1 and 1"


# --- critics that are late ---------------------------------------------------------------


def test_a_late_critic_is_still_a_good_one() -> None:
    first, _, *rows = output("Direction of a late critic")
    em = [matching(x, generate(START, z)) for x, z in map(problem, range(16))]
    assert numbers(first)[-1] == pytest.approx(np.mean(em), abs=0.005)
    late = {numbers(row)[0]: numbers(row)[1:] for row in rows}
    assert late[0.0] == [1, 0]
    assert late[0.4][0] - late[0.4][1] > 0.97
    assert late[0.8][0] < late[0.4][0] - late[0.4][1]
    assert "After twice that move it is out of date" in prose()
    assert 0.4 / np.mean(em) == pytest.approx(1 / 3, abs=0.02), "a third of the whole distance"


# --- check yourself --------------------------------------------------------------------


def test_solutions() -> None:
    x, y = np.array([[0.0], [10.0]]), np.array([[4.0], [6.0]])
    assert matching(x, y) == 4
    assert abs(x - 5).mean() - abs(y - 5).mean() == 4
    assert "3 \\cdot 1.4 = 4.2" in prose()
    z = np.linspace(1, 2, 1001)
    assert (abs(2.001 * z).mean() - abs(1.999 * z).mean()) / 0.002 == pytest.approx(1.5)
    assert "\\E z = 1.5" in prose()

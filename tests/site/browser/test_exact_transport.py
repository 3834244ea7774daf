"""The transport solver of the page, run in the browser, against POT and against its own dual."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import ot
import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PageError

from wganbook.widgets._fallback import asset

pytestmark = pytest.mark.browser

PROBLEMS = 1000
LOAD = """async text => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.solve = (await import(url)).solve;
}"""
SOLVE_ALL = """problems => problems.map(({ x, a, y, b, dimension }) => {
  const { cost, dual, plan, potentials } = solve(x, a, y, b, { dimension });
  return { cost, dual, plan, source: [...potentials.source], target: [...potentials.target] };
})"""


@pytest.fixture(scope="module")
def solver(browser: Browser) -> Iterator[Page]:
    """A page that has the solver and nothing else."""
    page = browser.new_page()
    page.evaluate(LOAD, asset("exact_transport.mjs"))
    yield page
    page.close()


def places(rng: np.random.Generator, n: int, m: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Points in general position, on a small grid, copies of one another, or far from alike."""
    kind = rng.integers(4)
    x = rng.normal(size=(n, d))
    if kind == 0:
        return x, rng.normal(size=(m, d))
    if kind == 1:
        return rng.integers(0, 4, (n, d)).astype(float), rng.integers(0, 4, (m, d)).astype(float)
    if kind == 2:
        return x, x[rng.integers(0, n, m)] + 0.5
    return x, x[0] + 1e-3 * rng.normal(size=(m, d))


def weights(rng: np.random.Generator, n: int, m: int) -> tuple[Any, Any, np.ndarray, np.ndarray]:
    """Two sides of equal sums: equal, some zero, whole numbers, or very unequal."""
    kind = rng.integers(4)
    if kind == 0:
        return None, None, np.full(n, 1 / n), np.full(m, 1 / m)
    sides = []
    for size in (n, m):
        if kind == 1:
            side = rng.random(size) * (rng.random(size) < 0.7)
            side[rng.integers(size)] += 0.1
            side /= side.sum()
        elif kind == 2:
            side = rng.multinomial(60, np.full(size, 1 / size)).astype(float)
        else:
            side = rng.dirichlet(np.full(size, 0.3))
        sides.append(side)
    return sides[0].tolist(), sides[1].tolist(), *sides


def problem(rng: np.random.Generator, number: int) -> dict[str, Any]:
    """One problem as the page reads it, and under ``known`` as POT does."""
    n, m = rng.integers(1, 40, 2) if number % 50 else rng.integers(50, 150, 2)
    dimension = int(rng.integers(1, 3))
    x, y = places(rng, n, m, dimension)
    a, b, mass_a, mass_b = weights(rng, n, m)
    sides = [side.tolist() if dimension == 2 else side[:, 0].tolist() for side in (x, y)]
    cost = np.sqrt(((x[:, None] - y) ** 2).sum(axis=-1))
    return {
        "page": {"x": sides[0], "a": a, "y": sides[1], "b": b, "dimension": dimension},
        "known": (mass_a, mass_b * (mass_a.sum() / mass_b.sum()), cost),
    }


@pytest.fixture(scope="module")
def solved(solver: Page) -> list[tuple[dict[str, Any], tuple[np.ndarray, ...]]]:
    """What the page says of each problem, and the problem."""
    rng = np.random.default_rng(20170126)
    drawn = [problem(rng, number) for number in range(PROBLEMS)]
    answers = solver.evaluate(SOLVE_ALL, [one["page"] for one in drawn])
    return list(zip(answers, [one["known"] for one in drawn], strict=True))


def test_every_kind_of_trouble_is_among_the_problems(solved: list[Any]) -> None:
    """Ties, points twice, weights of zero, more points on one side: each a hundred times."""
    met = dict.fromkeys(("ties", "duplicates", "zero weights", "unequal sizes"), 0)
    for _, (a, b, cost) in solved:
        met["ties"] += len(np.unique(cost)) < cost.size
        met["duplicates"] += len(np.unique(cost, axis=0)) < len(cost)
        met["zero weights"] += min(a.min(), b.min()) == 0
        met["unequal sizes"] += cost.shape[0] != cost.shape[1]
    assert len(solved) == PROBLEMS == 1000
    assert min(met.values()) >= 100, met


def test_the_cost_is_pots(solved: list[Any]) -> None:
    for answer, (a, b, cost) in solved:
        assert answer["cost"] == pytest.approx(ot.emd2(a, b, cost, numItermax=10**7), rel=1e-12)


def test_the_plan_has_the_marginals_and_that_cost(solved: list[Any]) -> None:
    for answer, (a, b, cost) in solved:
        moved = np.zeros(cost.shape)
        np.add.at(moved, (answer["plan"]["from"], answer["plan"]["to"]), answer["plan"]["mass"])
        assert min(answer["plan"]["mass"]) > 0
        assert len(answer["plan"]["mass"]) < sum(cost.shape), "a vertex: the moves are a tree"
        assert moved.sum(axis=1) == pytest.approx(a, abs=1e-13 * a.sum())
        assert moved.sum(axis=0) == pytest.approx(b, abs=1e-13 * a.sum())
        assert (moved * cost).sum() == pytest.approx(answer["cost"], rel=1e-12)


def test_the_potentials_prove_it(solved: list[Any]) -> None:
    for answer, (a, b, cost) in solved:
        source, target = np.array(answer["source"]), np.array(answer["target"])
        largest = max(cost.max(), np.abs(source).max())
        assert (source[:, None] + target - cost).max() <= 1e-15 * largest
        assert a @ source + b @ target == pytest.approx(
            answer["cost"], abs=1e-12 * largest * a.sum()
        )
        assert answer["dual"] == pytest.approx(answer["cost"], abs=1e-12 * largest * a.sum())


def test_flat_typed_arrays_are_points_too(solver: Page) -> None:
    same = solver.evaluate(
        """() => [
          solve([[0, 0], [1, 0]], null, [[0, 1], [1, 2]], null).cost,
          solve(new Float32Array([0, 0, 1, 0]), null, Float64Array.of(0, 1, 1, 2), null,
            { dimension: 2 }).cost,
        ]"""
    )
    assert same == [1.5, 1.5]


def test_equal_measures_cost_nothing_at_all(solver: Page) -> None:
    assert (
        solver.evaluate("() => solve([3, 1, 2], [.1, .2, .7], [1, 2, 3], [.2, .7, .1])")["cost"]
        == 0
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("solve([], null, [1], null)", "x: expected at least one point of 1 numbers each"),
        ("solve([NaN], null, [1], null)", "x: expected finite numbers, got NaN"),
        ("solve(['1'], null, [1], null)", 'x: expected finite numbers, got "1"'),
        ("solve(7, null, [1], null)", "x: expected a list of points, got 7"),
        ("solve([1], null, [[1, 2]], null)", "y: expected points of 1 numbers, got [1,2]"),
        ("solve([[1, 2, 3]], null, [[1, 2]], null)", "x: expected points of 2 numbers"),
        ("solve([1], null, [1], null, { dimension: 3 })", "dimension: expected 1 or 2, got 3"),
        ("solve([1], [1, 2], [1], [3])", "a: expected 1 weights, one a point, got 2"),
        ("solve([1, 2], [-1, 2], [1], [1])", "a: expected finite weights of at least 0, got -1"),
        ("solve([1], [1], [1], [Infinity])", "b: expected finite weights of at least 0, got Inf"),
        ("solve([1], [0], [1], [0])", 'a: expected a weight above 0, got "none"'),
        ("solve([1], [2], [1], [3])", "b: expected weights that sum to 2, got 3"),
        ("solve([1], [0.5], [1], [0.50001])", "b: expected weights that sum to 0.5, got 0.50001"),
    ],
)
def test_bad_input_is_refused_by_name(solver: Page, call: str, message: str) -> None:
    with pytest.raises(PageError) as caught:
        solver.evaluate(f"() => {call}")
    assert message in str(caught.value)

"""Every number that the chapter on the earth mover's distance states, computed another way."""

from __future__ import annotations

import ast
import math
import re
from itertools import permutations
from typing import Any

import numpy as np
import ot
import pytest
from scipy.integrate import quad
from scipy.optimize import linear_sum_assignment
from scipy.stats import linregress, wasserstein_distance
from scipy.stats import t as student

import wganbook as book
import wganlib as wg
from tests.book.reading import Chapter, code_cells
from wganbook import evidence
from wganbook.figures.earth_mover import NARROW, WIDE
from wganlib.paper import floors

CHAPTER = Chapter("earth-mover")
PLACES = np.arange(7.0)
STARTS, ENDS = np.array([1, 2, 2, 2, 4, 4]), np.array([0, 0, 3, 6, 6, 6])
A, B = np.bincount(STARTS, minlength=7) / 6, np.bincount(ENDS, minlength=7) / 6


@pytest.fixture(scope="module")
def text() -> str:
    return CHAPTER.prose()


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    """What the chapter's cells leave behind, run one after the other."""
    return CHAPTER.ran().names


def test_no_name_is_bound_twice() -> None:
    bound: list[str] = []
    for source in code_cells(CHAPTER.path):
        for node in ast.parse(source).body:
            for part in ast.walk(node) if not isinstance(node, ast.FunctionDef) else [node]:
                if isinstance(part, ast.FunctionDef):
                    bound.append(part.name)
                elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    bound.append(part.id)
    kept = [name for name in bound if name != "_"]
    twice = {name for name in kept if kept.count(name) > 1}
    # A loop in one comprehension binds nothing outside of it.
    assert twice <= {"n"}, twice


def test_the_six_boxes(text: str, run: dict[str, Any]) -> None:
    least = min(np.abs(STARTS - np.array(order)).sum() for order in permutations(ENDS))
    assert least == 12
    assert run["boxes"].least_work == least
    assert "EM is 2 steps, so the least work for six boxes is 12" in text
    assert run["by_programme"] == pytest.approx(2.0, abs=1e-12)
    assert run["by_network_simplex"] == pytest.approx(2.0, abs=1e-12)


def test_the_careless_plan(text: str, run: dict[str, Any]) -> None:
    careless = run["careless"]
    assert careless.sum(axis=1) == pytest.approx(A)
    assert careless.sum(axis=0) == pytest.approx(B)
    work = sum(abs(end - start) for start, end in zip(STARTS, [6, 0, 0, 3, 6, 6], strict=True))
    assert work == 14
    assert (careless * np.abs(PLACES[:, None] - PLACES)).sum() == pytest.approx(work / 6)
    assert "here 14 / 6" in text


def test_the_product_plan(text: str, run: dict[str, Any]) -> None:
    mean = np.abs(STARTS[:, None] - ENDS).mean()
    assert mean == pytest.approx(25 / 9)
    assert run["by_product"] == pytest.approx(mean)
    assert round(100 * (mean / 2 - 1)) == 39
    assert "25/9, which is 39 % more" in text


def test_the_plan_found_is_sparse_and_nothing_passes(text: str, run: dict[str, Any]) -> None:
    assert np.count_nonzero(run["plan_by_programme"] > 1e-12) == 5 == 3 + 3 - 1
    assert "The plan found has 5 positive entries" in text
    strokes = [(int(i), int(j)) for i, j in np.argwhere(wg.transport_plan(
        PLACES, PLACES, A, B).coupling > 0)]  # fmt: skip
    assert len(strokes) == 5
    assert "five of nine strokes are left" in text
    for i, j in strokes:
        assert not any(k > i and m < j for k, m in strokes)
    # At t = 0 earth goes from 1 to 6 and from 4 to 0.
    product = np.outer(A, B)
    assert min(product[1, 6], product[4, 0]) > 0


def test_both_solvers_agree_and_the_product_costs_more(run: dict[str, Any]) -> None:
    assert len(run["simplex"]) == 40
    assert run["largest_difference"] < 1e-12
    assert (run["product"] > run["simplex"]).all()
    (recorded,) = CHAPTER.ran().recorded.values()
    assert (recorded.id, recorded.verdict) == ("D4", "reproduced")
    assert recorded.values["EM of the six boxes (steps)"] == pytest.approx(2.0)
    assert recorded.values["cost of their product plan"] == pytest.approx(25 / 9)
    again = ot.emd2(run["mass_x"], run["mass_y"], run["lengths"])
    assert run["simplex"][-1] == pytest.approx(again, abs=1e-12)


def test_detours_are_never_shorter(run: dict[str, Any]) -> None:
    assert len(run["slack"]) == 300
    assert min(run["slack"]) >= 1
    here, there, beyond = run["here"], run["there"], run["beyond"]

    def by_assignment(x: Any, y: Any) -> float:
        cost = np.linalg.norm(x[:, None] - y, axis=2)
        return float(cost[linear_sum_assignment(cost)].mean())

    last = by_assignment(here, there) + by_assignment(there, beyond)
    assert run["slack"][-1] == pytest.approx(last / by_assignment(here, beyond))


def test_shuffling_the_places_changes_em_and_not_tv(run: dict[str, Any]) -> None:
    assert run["tv_shuffled"] == pytest.approx([1.0] * 2000)
    assert max(run["em_shuffled"]) > 4 * min(run["em_shuffled"])
    order = run["shuffles"][7]
    expected = wasserstein_distance(PLACES, PLACES, A[order], B[order])
    assert run["em_shuffled"][7] == pytest.approx(expected)


def test_means_of_the_six_boxes(text: str) -> None:
    assert (STARTS.mean(), ENDS.mean()) == (2.5, 3.5)
    assert "the means are 2.5 and 3.5 steps. The bound is 1, but EM is 2" in text


def test_the_narrow_points_under_the_wide_ones(text: str) -> None:
    assert np.mean(WIDE) == pytest.approx(np.mean(NARROW), abs=1e-12)
    assert wasserstein_distance(WIDE, NARROW) == pytest.approx(1.075)
    assert "It is 1.075 at $s = 0$" in text


def test_sorting_is_the_network_simplex(run: dict[str, Any]) -> None:
    by_scipy = wasserstein_distance(run["left"], run["right"])
    assert run["in_a_plane"] == pytest.approx(by_scipy, abs=1e-10)
    assert run["em_on_a_line"](run["left"], run["right"]) == pytest.approx(by_scipy, abs=1e-12)


def test_samples_fall_at_the_stated_rates(text: str, run: dict[str, Any]) -> None:
    for gaps, rate in (("on_a_line", -1 / 2), ("in_a_cube", -1 / 3)):
        printed = run["falling_rate"](run[gaps])
        mean, half = map(float, re.findall(r"-?\d+\.\d+", printed))
        assert abs(mean - rate) < half, printed
        slopes = [linregress(np.log(run["sizes"]), np.log(one)).slope for one in run[gaps].T]
        wide = student.ppf(0.975, 39) * np.std(slopes, ddof=1) / math.sqrt(40)
        assert [mean, half] == pytest.approx([np.mean(slopes), wide], abs=6e-4)
    assert "95 % intervals from 40 independent repeats" in text
    # The difference of two empirical distribution functions is close to a Gaussian of
    # variance 2 u (1 - u) / n, whose mean absolute value is integrated over u.
    constant = math.sqrt(2 / math.pi) * quad(lambda u: math.sqrt(2 * u * (1 - u)), 0, 1)[0]
    assert constant == pytest.approx(math.sqrt(math.pi) / 4)
    assert round(constant, 3) == 0.443
    assert r"\tfrac14 \sqrt{\pi} = 0.443" in text
    table = run["on_a_line"] * np.sqrt(run["sizes"])[:, None]
    spread = table.mean(axis=0).std(ddof=1) / math.sqrt(40)
    assert abs(run["times_root_n"] - constant) < 3 * spread


def test_live_cell_prints_em_and_its_bound(
    run: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run["live"](shift=1.5, spread=1.0)
    assert capsys.readouterr().out.split() == [
        "EM", "by", "POT", "1.5000", "distance", "of", "the", "means", "1.5000",
    ]  # fmt: skip


def test_graded_answers(text: str) -> None:
    assert 0.75 * 1 + 0.25 * 3 == 1.5
    assert book.check_answer("em-two-piles", 1.5).right
    assert r"\tfrac14 \cdot 3 = \tfrac32" in text
    area = quad(lambda u: abs((2 * u - 1) - 3 * (2 * u - 1)), 0, 1, points=[0.5])[0]
    assert area == pytest.approx(1.0)
    assert book.check_answer("em-stretch", area).right
    assert quad(lambda t: 0.5 * abs(0.5 * (abs(t) < 1) - 1 / 6), -3, 3, points=[-1, 1])[0] == (
        pytest.approx(2 / 3)
    )


@pytest.mark.parametrize(
    ("exercise", "slip", "hint"),
    [
        ("em-two-piles", 0, "distance of the means"),
        ("em-two-piles", 4, "Weigh each"),
        ("em-two-piles", 2, "plain mean"),
        ("em-stretch", 0, "distance of the means"),
        ("em-stretch", 2, "end points"),
        ("em-stretch", 0.667, "total variation"),
        ("em-stretch", 17, "Compare with the definition"),
    ],
)
def test_slips_are_named(exercise: str, slip: float, hint: str) -> None:
    feedback = book.check_answer(exercise, slip)
    assert feedback.right is False
    assert hint in feedback.text


def test_the_second_puzzle(text: str, run: dict[str, Any]) -> None:
    starts, ends = [0, 0, 0, 1, 1, 2], [3, 4, 4, 5, 5, 5]
    works = {sum(abs(a - b) for a, b in zip(starts, p, strict=True)) for p in permutations(ends)}
    assert works == {22}
    assert run["one_way"].least_work == 22 == sum(ends) - sum(starts)
    assert "$26 - 4 = 22$" in text


def test_the_theorem_on_crossings_for_every_plan_of_a_small_puzzle() -> None:
    """A plan is optimal exactly if no stretch is travelled both ways."""
    for order in set(permutations(ENDS.tolist())):
        work = sum(abs(a - b) for a, b in zip(STARTS, order, strict=True))
        both = any(
            any(a <= cut < b for a, b in zip(STARTS, order, strict=True))
            and any(b <= cut < a for a, b in zip(STARTS, order, strict=True))
            for cut in range(6)
        )
        assert both == (work > 12), order


def test_common_earth_may_stay() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        points = rng.normal(size=(6, 2))
        a, b = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
        stay = np.minimum(a, b)
        moved = 1 - stay.sum()
        rest = wg.wasserstein_1(points, points, (a - stay) / moved, (b - stay) / moved)
        assert moved * rest == pytest.approx(wg.wasserstein_1(points, points, a, b))


def test_the_floors_of_fifty_thousand(text: str) -> None:
    kept = floors.load_floors()
    assert kept.n.max() == 50_000
    assert "up to 50,000 points in each sample" in text
    for row in ("X2a", "X2b"):
        shown, finding = evidence.record("floors", row), floors.findings(kept)[row]
        assert (shown.verdict, shown.sentence) == (finding.verdict, finding.sentence)
    # The prose: seven cubes agree, the eighth is steeper, and the theory's factors.
    said = floors.verdict(kept)
    assert [said[f"cube {d}"] for d in range(1, 9)] == 7 * ["reproduced"] + ["undecided"]
    assert kept.slope("cube 8")[0] < floors.theory("cube 8")
    assert [round(2 ** (-1 / floors.theory(f"cube {d}"))) for d in (1, 3, 8)] == [4, 8, 256]

"""Points and a critic that the reader drags: what Python knows of them, refusals, fallbacks."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import tests.strategies  # noqa: F401  (sets how hypothesis runs)
from wganbook.widgets import HandCritic, MovingPoints
from wganbook.widgets._bundle import bundle
from wganbook.widgets.hand_critic import LAST, TOP

P, Q = [(1, 2, 2), (2, 7, 1), (4.5, 5, 1)], [(8, 3, 2), (6.5, 8, 1)]

points = st.lists(
    st.tuples(*[st.integers(0, 40).map(lambda n: n / 4)] * 2, st.integers(1, 9)),
    min_size=1,
    max_size=8,
)
places = st.lists(st.integers(0, LAST), min_size=1, max_size=6)


@given(points, points)
def test_the_plan_is_what_pot_finds(source: Any, target: Any) -> None:
    figure = MovingPoints(source, target)
    x, y = np.array(source, dtype=float), np.array(target, dtype=float)
    a, b = x[:, 2] / x[:, 2].sum(), y[:, 2] / y[:, 2].sum()
    cost = np.linalg.norm(x[:, None, :2] - y[None, :, :2], axis=-1)
    assert figure.distance == pytest.approx(ot.emd2(a, b, cost), rel=1e-9, abs=1e-12)
    rows = figure.fallback_rows()
    assert {len(row) for row in rows} == {5}
    assert sum(float(row[2]) for row in rows[1:-1]) == pytest.approx(1, abs=5e-3)
    assert float(rows[-1][4]) == pytest.approx(figure.distance, abs=6e-4)


@given(places, places)
def test_the_best_critic_is_one_that_a_linear_programme_cannot_beat(
    source: list[int], target: list[int]
) -> None:
    figure = HandCritic(source, target)
    figure.state = {**figure.state, "critic": figure.best.tolist()}
    assert figure.slope <= 1 + 1e-12
    assert np.abs(figure.best).max() <= TOP
    share = np.bincount(source, minlength=LAST + 1) / len(source)
    share -= np.bincount(target, minlength=LAST + 1) / len(target)
    steps = np.diff(np.eye(LAST + 1), axis=0)
    solved = linprog(
        -share, A_ub=np.r_[steps, -steps], b_ub=np.ones(2 * LAST), bounds=[(-TOP, TOP)] * (LAST + 1)
    )
    assert figure.value == pytest.approx(-solved.fun, abs=1e-9)
    assert figure.value == pytest.approx(figure.distance, abs=1e-9)


def test_what_the_browser_receives_is_plain() -> None:
    state = MovingPoints(np.array(P, dtype=int), Q).get_state()["points"]
    assert json.loads(json.dumps(state)) == state
    assert state["source"][0] == [1.0, 2.0, 2]
    state = HandCritic(np.array([1, 2]), (3,)).get_state()["state"]
    assert json.loads(json.dumps(state)) == state
    assert state["critic"] == [0.0] * 11


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (None, TypeError, "source: expected points (x, y, weight), got NoneType None"),
        ("abc", TypeError, "source: expected points (x, y, weight), got str 'abc'"),
        ([1, 2, 3], TypeError, "source: expected a point (x, y, weight), got int 1"),
        ([], ValueError, "source: expected 1 to 8 points, got 0"),
        ([(1, 1, 1)] * 9, ValueError, "source: expected 1 to 8 points, got 9"),
        ([(1, 1)], ValueError, "source: expected a point (x, y, weight), got 2 numbers"),
        ([(1, 11, 1)], ValueError, "source: expected a place within 0 to 10, got [1.0, 11.0]"),
        ([(float("nan"), 1, 1)], ValueError, "source: "),
        ([(1, 1, 1.5)], TypeError, "source: expected a whole number, got float 1.5"),
        ([(1, 1, 0)], ValueError, "source: expected a whole number of at least 1, got 0"),
        ([("1", 1, 1)], TypeError, "source: "),
    ],
)
def test_bad_points_are_refused_and_change_nothing(
    source: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match="^" + re.escape(message)):
        MovingPoints(source, Q)
    figure = MovingPoints(P, Q)
    with pytest.raises(error, match="^" + re.escape(message)):
        figure.points = {"source": source, "target": Q}
    assert figure.points == MovingPoints(P, Q).points
    with pytest.raises(TypeError, match=r"^points: expected source and target"):
        figure.points = {"source": P}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"source": [1.5]}, TypeError, "source: expected a whole number, got float 1.5"),
        ({"source": []}, ValueError, "source: expected 1 to 6 points, got 0"),
        ({"target": [11]}, ValueError, "target: expected a whole number of at most 10, got 11"),
        ({"target": "12"}, TypeError, "target: expected numbers, got str '12'"),
        ({"critic": [0]}, ValueError, "critic: expected 11 scores, one a knot, got 1"),
        ({"critic": [6.0] * 11}, ValueError, "critic: expected scores from -5 to 5"),
        ({"critic": [None] * 11}, TypeError, "critic: "),
        ({"other": 1}, TypeError, "state: expected source, target and critic, got"),
    ],
)
def test_bad_critics_are_refused_and_change_nothing(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    figure = HandCritic([1], [2])
    before = figure.state
    with pytest.raises(error, match="^" + re.escape(message)):
        figure.state = before | change
    assert figure.state == before


@pytest.mark.parametrize("figure", [MovingPoints(P, Q), HandCritic([1, 5], [3])], ids=["p", "c"])
def test_without_scripts_there_is_a_figure_and_a_table(figure: Any) -> None:
    data, _ = figure._repr_mimebundle_()
    assert "data:image/svg+xml," in data["text/html"]
    assert '<table class="wg-values">' in data["text/html"]
    assert len(re.search(r'alt="([^"]*)"', data["text/html"])[1]) > 60
    assert figure.fallback_svg() == figure.fallback_svg()


@pytest.mark.parametrize("name", ["moving_points", "hand_critic", "answer", "quiz"])
def test_a_module_travels_with_its_neighbours_and_once(name: str) -> None:
    text = bundle(f"{name}.mjs")
    assert not re.search(r"^import\b", text, re.MULTILINE)
    assert re.findall(r"^export\b.*", text, re.MULTILINE) == ["export default { render };"]
    assert text.count("function numberOf(") == 1

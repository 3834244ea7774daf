"""The boxes widget: its optimum against other solvers, its plan, its refusals, its fallback."""

from __future__ import annotations

import json
import re
from itertools import permutations

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

import tests.strategies  # noqa: F401  (sets how hypothesis runs)
import wganlib as wg
from wganbook import MovingBoxes
from wganbook.widgets.moving_boxes import MOST_BOXES, MOST_PLACES

SOURCE, TARGET = [0, 1, 3, 0, 2, 0, 0], [2, 0, 0, 1, 0, 0, 3]


@st.composite
def puzzles(draw, most_boxes=12):
    """Two ways to spread some boxes over some places."""
    k = draw(st.integers(2, MOST_PLACES))
    boxes = draw(st.integers(1, most_boxes))
    spread = st.lists(st.integers(0, k - 1), min_size=boxes, max_size=boxes)
    return [np.bincount(draw(spread), minlength=k).tolist() for _ in range(2)]


@given(puzzles())
def test_least_work_is_what_other_solvers_find(puzzle):
    source, target = puzzle
    boxes, places = MovingBoxes(source, target), np.arange(len(source), dtype=float)
    total = sum(source)
    distance = np.abs(places[:, None] - places)
    starts, ends = np.repeat(places, source), np.repeat(places, target)
    row, column = linear_sum_assignment(np.abs(starts[:, None] - ends))
    assert boxes.least_work == np.abs(starts[row] - ends[column]).sum()
    by_pot = ot.emd2(np.array(source) / total, np.array(target) / total, distance)
    assert boxes.least_work == pytest.approx(total * by_pot, abs=1e-9)


@given(puzzles(most_boxes=6))
def test_least_work_is_the_least_of_all_permutations(puzzle):
    source, target = puzzle
    ends = np.repeat(np.arange(len(target)), target)
    starts = np.repeat(np.arange(len(source)), source)
    works = (np.abs(np.array(order) - starts).sum() for order in permutations(ends.tolist()))
    assert MovingBoxes(source, target).least_work == min(works)


@given(puzzles(most_boxes=MOST_BOXES))
def test_the_optimal_plan_meets_the_target_at_that_work(puzzle):
    source, target = puzzle
    boxes = MovingBoxes(source, target)
    assert boxes.work == 0
    assert boxes.finished == (source == target)
    boxes.places = boxes.puzzle["optimal"]
    assert boxes.finished
    assert boxes.work == boxes.least_work == boxes.puzzle["least"]
    rows = boxes.fallback_rows()
    assert [len(row) for row in rows] == [5] * len(rows)
    assert sum(int(row[4]) for row in rows[1:-1]) == int(rows[-1][4]) == boxes.work


@given(puzzles(), st.data())
def test_the_coupling_says_what_was_moved(puzzle, data):
    source, target = puzzle
    boxes, k, total = MovingBoxes(source, target), len(source), sum(source)
    spread = st.lists(st.integers(0, k - 1), min_size=total, max_size=total)
    boxes.places = data.draw(spread)
    coupling, at = boxes.coupling, np.arange(k)
    assert coupling.sum(axis=1) * total == pytest.approx(source)
    assert coupling.sum(axis=0) * total == pytest.approx(np.bincount(boxes.places, minlength=k))
    assert total * wg.distances.coupling_cost(coupling, at, at) == pytest.approx(boxes.work)


def test_the_puzzle_of_the_chapter():
    boxes = MovingBoxes(SOURCE, TARGET)
    assert boxes.least_work == 12
    boxes.places = [6, 0, 0, 3, 6, 6]
    assert (boxes.work, boxes.finished) == (14, True)
    assert boxes.puzzle["starts"] == [1, 2, 2, 2, 4, 4]


def test_numpy_counts_and_other_sequences_are_read():
    boxes = MovingBoxes(np.array(SOURCE, dtype=np.uint8), tuple(TARGET))
    boxes.places = np.array([0, 0, 3, 6, 6, 6])
    assert boxes.places == [0, 0, 3, 6, 6, 6]
    assert all(type(place) is int for place in boxes.places)


@pytest.mark.parametrize(
    ("source", "target", "error", "message"),
    [
        (3, [1, 2], TypeError, "source: expected whole numbers, one a place, got int 3"),
        ("12", [1, 2], TypeError, "source: expected whole numbers, one a place, got str '12'"),
        (None, [1], TypeError, "source: "),
        ([1.0, 2.0], [1, 2], TypeError, "source: expected a whole number, got float 1.0"),
        ([True, 1], [1, 1], TypeError, "source: expected a whole number, got bool True"),
        ([float("nan"), 1], [1, 1], TypeError, "source: "),
        ([[1], [2]], [1, 2], TypeError, "source: "),
        ([1, -1], [0, 0], ValueError, "source: expected a whole number of at least 0, got -1"),
        ([1], [1], ValueError, "source: expected 2 to 12 places, got 1"),
        ([], [], ValueError, "source: expected 2 to 12 places, got 0"),
        ([1] * 13, [1] * 13, ValueError, "source: expected 2 to 12 places, got 13"),
        ([0, 0], [0, 0], ValueError, "source: expected 1 to 40 boxes, got 0"),
        ([41, 0], [0, 41], ValueError, "source: expected 1 to 40 boxes, got 41"),
        ([1, 1], [1, 1, 0], ValueError, "target: expected the places of source, 2, got 3"),
        ([1, 1], [1, 2], ValueError, "target: expected the boxes of source, 2, got 3"),
        ([1, 1], {"a": 2}, TypeError, "target: expected a whole number, got str 'a'"),
        ([1, 1], [10**30, 1], ValueError, "target: expected 1 to 40 boxes"),
    ],
)
def test_bad_puzzles_are_refused(source, target, error, message):
    with pytest.raises(error, match="^" + re.escape(message)):
        MovingBoxes(source, target)


@pytest.mark.parametrize(
    ("places", "error", "message"),
    [
        (None, TypeError, "places: expected whole numbers, one a box, got NoneType None"),
        ("00", TypeError, "places: expected whole numbers, one a box, got str '00'"),
        ([0, 0.0], TypeError, "places: expected a whole number, got float 0.0"),
        ([0], ValueError, "places: expected 2, one for each box, got 1"),
        ([0, 3], ValueError, "places: expected a whole number of at most 2, got 3"),
        ([-1, 0], ValueError, "places: expected a whole number of at least 0, got -1"),
    ],
)
def test_bad_places_are_refused_and_change_nothing(places, error, message):
    boxes = MovingBoxes([2, 0, 0], [0, 1, 1])
    with pytest.raises(error, match="^" + re.escape(message)):
        boxes.places = places
    assert boxes.places == [0, 0]


def test_what_the_browser_receives_is_plain():
    state = MovingBoxes(SOURCE, TARGET).get_state()
    assert json.loads(json.dumps(state["puzzle"])) == state["puzzle"]
    assert sorted(state["puzzle"]) == ["least", "optimal", "source", "starts", "target"]
    assert state["places"] == [1, 2, 2, 2, 4, 4]


def test_without_scripts_there_is_a_figure_and_a_table():
    data, _ = MovingBoxes(SOURCE, TARGET)._repr_mimebundle_()
    html = data["text/html"]
    assert 'alt="Piles of boxes: 1 at place 1, 3 at place 2, 2 at place 4. Wanted' in html
    assert "data:image/svg+xml," in html
    assert "<td>total</td><td>12</td>" in html
    assert '<th scope="col">from</th>' in html


def test_the_figure_is_the_same_each_time():
    first, second = (MovingBoxes(SOURCE, TARGET).fallback_svg() for _ in range(2))
    assert first == second
    assert first.startswith("<svg")
    assert MovingBoxes([1, 1], [1, 1]).fallback_svg() != first

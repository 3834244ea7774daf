"""The figure of a class of critics and the few points that fool it."""

from __future__ import annotations

import numpy as np
import pytest

from wganbook.figures import fooled_critics

DATA = np.array([[0.0, 1.0], [2.0, 0.5], [-1.5, 0.0]])
WEIGHTS = np.array([[1.0, 0.0, 0.0], [0.5, 0.1, 0.4], [0.2, 0.4, 0.4]])
PAIRS = np.array([[0.0, 0.3], [1e-17, 0.2], [0.0, 0.1]])
GOOD = {
    "data": DATA,
    "units": [1, 2, 4],
    "weights": WEIGHTS,
    "scores": {"own": PAIRS, "others": PAIRS + 0.1, "em": PAIRS + 1},
}


def test_points_are_drawn_where_they_carry_weight():
    scene = fooled_critics(**GOOD)
    marks = [mark for mark in scene.panels[0].marks if mark.role == "q"]
    for index, row in enumerate(WEIGHTS):
        shown = np.concatenate(
            [np.stack([m.at("x", index), m.at("y", index)], axis=1) for m in marks]
        )
        shown = shown[~np.isnan(shown).any(axis=1)]
        assert sorted(map(tuple, shown)) == sorted(map(tuple, DATA[row > 0]))


def test_it_says_the_scores_and_rounding_is_nought():
    scene = fooled_critics(**GOOD)
    told = {readout.label: readout.values for readout in scene.readouts}
    assert list(told["points chosen"]) == [1, 3, 3]
    assert list(told["their distance, by critics of the class"]) == [0, 0, 0]
    np.testing.assert_allclose(told["by EM"], PAIRS[:, 0] + 1)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("data", np.zeros((3, 3))),
        ("units", [1]),
        ("units", [1, 1, 2]),
        ("units", [4, 2, 1]),
        ("units", [0, 1, 2]),
        ("weights", WEIGHTS[:2]),
        ("weights", -WEIGHTS),
        ("weights", WEIGHTS * np.nan),
        ("scores", {"own": PAIRS}),
        ("scores", {"own": PAIRS, "others": PAIRS, "em": PAIRS[:2]}),
        ("scores", {"own": PAIRS, "others": PAIRS, "em": PAIRS * np.nan}),
    ],
)
def test_what_does_not_fit_is_refused(name, bad):
    with pytest.raises(ValueError, match=f"^{name}"):
        fooled_critics(**GOOD | {name: bad})

"""The numbers on the pages of the hour, each worked out again by another road."""

from __future__ import annotations

import inspect
import math
import re

import numpy as np
import pytest

import wganlib as wg
from tests.built_site import ROOT
from wganbook.figures import descent_race


def page(name: str) -> str:
    return " ".join((ROOT / "book" / f"hour-{name}.md").read_text("utf-8").split())


def test_two_bells_pulled_apart() -> None:
    text = page("distances")
    for d in (0.5, 5.0):
        assert wg.distances.wasserstein_1_gaussian(0, 1, d, 1) == pytest.approx(d)
        assert wg.distances.kl_gaussian(0, 1, d, 1) == pytest.approx(d**2 / 2)
    assert "EM is $d$ itself" in text
    assert "KL is $d^2/2$" in text
    tv = [wg.distances.total_variation_gaussian(0, 1, d, 1) for d in (5.0, 6.0)]
    assert 0.98 < tv[0] < tv[1] < 1, "almost come to rest"


def test_a_race_of_four() -> None:
    given = inspect.signature(descent_race).parameters
    text = page("lines")
    assert f"start at θ = {given['start'].default}" in text
    assert f"{given['rate'].default} times the slope" in text
    assert "EM is 0.75" in text
    assert abs(0.45 - -0.3) == pytest.approx(0.75)


def test_the_boxes() -> None:
    text = page("earth")
    piles, holes = (
        [int(n) for n in row.split(",")] for row in re.findall(r"\[([\d, ]+)\]", text)[:2]
    )
    places = np.arange(len(piles))
    boxes, marks = (np.repeat(places, counts) for counts in (piles, holes))
    assert len(boxes) == len(marks) == 6
    assert np.abs(np.sort(boxes) - np.sort(marks)).sum() == 12
    assert "The least work is 12" in text
    assert wg.wasserstein_1(boxes.astype(float), marks.astype(float)) == pytest.approx(12 / 6)
    assert "$12/6 = 2$" in text
    assert wg.wasserstein_1([0.0], [1.0, 3.0]) == pytest.approx(2)


def test_what_perfect_judges_show() -> None:
    text = page("critic")
    rows = re.findall(r"\| (\d) \| ([\d.]+) \| \*\*1\*\* \|", text)
    assert [int(d) for d, _ in rows] == [2, 4, 6]
    for d, shown in rows:
        d, digits = int(d), len(shown.partition(".")[2])
        share = 1 / (1 + math.exp(d**2 / 2))  # D* at the generated mean
        h = 1e-6

        def objective(x: float, d: int = d) -> float:
            return -math.log1p(math.exp((x**2 - (x - d) ** 2) / -2))

        measured = abs(objective(d + h) - objective(d - h)) / (2 * h)
        assert d * share == pytest.approx(measured, rel=1e-3, abs=1e-9)
        assert f"{d * share:.{digits}f}" == shown
    assert "nearer the slope comes to 0.0013" in text


def test_a_steep_critic_is_divided_by_its_slope() -> None:
    text = page("duality")
    slope, means = re.search(
        r"steepest slope (\d+) has a difference of means of (\d+)", text
    ).groups()
    assert f"difference of means is {int(means) / int(slope)}. So EM is at least" in text

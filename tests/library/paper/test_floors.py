"""How the floor falls: the kept runs, their verdict, and what must not pass for it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import wganlib as wg
from wganlib.paper import floors


@pytest.fixture(scope="module")
def kept():
    return floors.load_floors()


def test_the_kept_runs_are_those_of_the_plan(kept):
    runs = set(zip(kept.measure.tolist(), kept.n.tolist(), kept.seed.tolist(), strict=True))
    assert runs == set(floors._runs())
    assert len(kept.distance) == len(runs)


@pytest.mark.parametrize("measure", floors.MEASURES)
def test_a_kept_run_comes_out_again(kept, measure):
    for n in (100, 400):
        this = (kept.measure == measure) & (kept.n == n) & (kept.seed == 3)
        again = floors.floor_distance(measure, n, 3)
        assert kept.distance[this].item() == pytest.approx(again, rel=1e-9)


def test_the_verdict(kept):
    """In eight dimensions 6,400 points are too few to tell: the slope is 18 % too steep."""
    expected = {**dict.fromkeys(floors.MEASURES, "reproduced"), "cube 8": "undecided"}
    assert floors.verdict(kept) == expected


def test_the_rows_follow_the_verdicts(kept):
    """The cubes' row is as sure as its least sure cube; both placebos fail to agree."""
    said = floors.findings(kept)
    assert {row: finding.verdict for row, finding in said.items()} == {
        "X2a": "undecided",
        "X2b": "reproduced",
    }
    known = floors.Floors(*(part[kept.measure != "cube 8"] for part in vars(kept).values()))
    extra = floors.floor_sample("cube 1", 30, seed=0)[:, 0] * 1e-3
    planted = 0.5 * np.repeat([400.0, 1600.0, 6400.0], 10) ** -0.125 * (1 + extra)
    rest = floors.Floors(
        np.append(known.measure, np.full(30, "cube 8")),
        np.append(known.n, np.repeat([400, 1600, 6400], 10)),
        np.append(known.seed, np.tile(np.arange(10), 3)),
        np.append(known.distance, planted),
    )
    assert floors.findings(rest)["X2a"].verdict == "reproduced"
    names = kept.measure.copy()
    names[kept.measure == "cube 4"], names[kept.measure == "segment in R^16"] = (
        "segment in R^16",
        "cube 4",
    )
    swapped = floors.findings(dataclasses.replace(kept, measure=names))
    assert {finding.verdict for finding in swapped.values()} == {"differs"}


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_sizes_are_no_reproduction(kept, seed):
    mixed = kept.n.copy()
    rng = np.random.default_rng(seed)
    for measure in floors.MEASURES:
        mine = np.flatnonzero(kept.measure == measure)
        mixed[mine] = rng.permutation(mixed[mine])
    said = floors.verdict(dataclasses.replace(kept, n=mixed))
    assert "reproduced" not in said.values()


@pytest.mark.parametrize(("truth", "label"), [(4, 2), (6, 3), (8, 4), (2, 4), (3, 6), (4, 8)])
def test_the_runs_of_twice_or_half_the_dimension_are_no_reproduction(kept, truth, label):
    names = kept.measure.copy()
    names[kept.measure == f"cube {truth}"] = f"cube {label}"
    names[kept.measure == f"cube {label}"] = f"cube {truth}"  # the two change places
    said = floors.verdict(dataclasses.replace(kept, measure=names))
    assert said[f"cube {label}"] == "differs"


def test_a_planted_slope_is_found():
    rng = np.random.default_rng(0)
    rows = [(m, n, s) for m in floors.MEASURES for n in (400, 1600, 6400) for s in range(10)]
    measure, n, seed = (np.array(column) for column in zip(*rows, strict=True))
    exponent = np.array([floors.theory(name) for name in measure])
    log = np.where(measure == "cube 2", np.sqrt(np.log(n)), 1.0)
    for factor, word in ((1.0, "reproduced"), (0.5, "differs"), (2.0, "differs")):
        noise = np.exp(0.01 * rng.normal(size=len(n)))
        planted = floors.Floors(measure, n, seed, n ** (factor * exponent) * log * noise)
        assert set(floors.verdict(planted).values()) == {word}


def test_a_segment_in_r16_is_a_line():
    rng = np.random.default_rng([7, 300])
    x, y = (floors.floor_sample("segment in R^16", 300, seed=rng) for _ in range(2))
    length = [np.linalg.norm(one, axis=1) for one in (x, y)]
    assert floors.floor_distance("segment in R^16", 300, 7) == pytest.approx(
        wg.wasserstein_1(*length), rel=1e-9
    )


def test_a_run_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(floors, "PLAN", {20: 2})
    monkeypatch.setattr(floors, "FURTHER", {})
    path = tmp_path / "floors.json"
    whole = floors.run_floors(path)
    assert len(whole.distance) == 18
    monkeypatch.setattr(floors, "PLAN", {20: 2, 30: 1})
    calls = []
    honest = floors.floor_distance
    monkeypatch.setattr(floors, "floor_distance", lambda *run: calls.append(run) or honest(*run))
    longer = floors.run_floors(path)
    assert len(calls) == 9
    np.testing.assert_array_equal(longer.distance[:18], whole.distance)
    assert [one.name for one in tmp_path.iterdir()] == ["floors.json"]
    other = tmp_path / "other.json"
    other.write_text("[]")
    with pytest.raises(ValueError, match="path: expected runs of the study"):
        floors.load_floors(other)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: floors.floor_sample("cube 9", 5, seed=0), ValueError, "measure: expected one"),
        (lambda: floors.floor_sample("cube 1", 0, seed=0), ValueError, "n: expected"),
        (lambda: floors.floor_sample("cube 1", 5, seed=None), TypeError, "seed: expected"),
        (lambda: floors.floor_distance("cube 1", 5, -1), ValueError, "seed: expected"),
        (lambda: floors.theory("square"), ValueError, "measure: expected one"),
        (lambda: floors.load_floors(7), TypeError, "path: expected a path"),
    ],
)
def test_bad_input(call, kind, words):
    with pytest.raises(kind, match=words):
        call()

"""Every kept study: read back whole, its verdicts follow from its arrays, its runs are there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from wganbook import evidence
from wganbook.claims import catalogue
from wganbook.numbers import RESULTS, names, number
from wganlib import paper
from wganlib.cli import main
from wganlib.paper.agree import FALSE_ALARM, can_disagree
from wganlib.paper.experiments import Failure

KEPT = names()


def test_every_study_is_kept_and_nothing_else():
    assert sorted(paper.STUDIES) == KEPT


@pytest.mark.parametrize("name", KEPT)
def test_what_it_says_follows_from_its_arrays(name):
    kept = evidence.study(name)
    for row, judge in kept.study.rows.items():
        again, said = judge(kept.study.settings, kept.arrays), kept.findings[row]
        assert row in catalogue()
        assert (again.verdict, again.sentence, again.note, again.seeds) == (
            said.verdict, said.sentence, said.note, said.seeds,
        )  # fmt: skip
        assert list(again.values) == list(said.values)
        for key, value in again.values.items():
            other = said.values[key]
            assert value == (other if isinstance(value, str) else pytest.approx(other, rel=1e-9))
    assert dict(kept.study.numbers(kept.study.settings, kept.arrays)) == kept.numbers
    for key in kept.numbers:
        assert number(f"{name}:{key}") == kept.numbers[key]


def test_the_command_says_that_a_study_of_few_seeds_is_not_checked(capsys):
    assert main(["study", "check", "cifar10"]) == 0
    assert capsys.readouterr().out.startswith("cifar10: not checked, as too few seeds are kept (1)")


CHECKED = [name for name in KEPT if evidence.study(name).study.quantities]


def test_what_cannot_be_checked_carries_no_verdict():
    for name in set(KEPT) - set(CHECKED):
        assert not evidence.study(name).study.rows, name
    assert len(CHECKED) > 20


@pytest.mark.parametrize("name", CHECKED)
def test_its_quantities_are_per_run(name):
    kept = evidence.study(name)
    found = kept.study.quantities(kept.arrays)
    assert found
    for key, values in found.items():
        assert np.shape(values) == (len(kept.seeds),), key
        assert np.isfinite(values).sum() > len(kept.seeds) / 2, key


@pytest.mark.parametrize("name", CHECKED)
def test_a_check_of_it_could_disagree(name):
    """With a handful of seeds and many quantities no result of a rank test is rare enough."""
    kept = evidence.study(name)
    level = FALSE_ALARM / len(kept.study.quantities(kept.arrays))
    for fresh in (kept.study.check_seeds, len(kept.seeds)):
        assert can_disagree(len(kept.seeds), fresh, level)


def test_results_stay_small():
    files = [path for path in RESULTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 8e6
    for path in RESULTS.glob("*/config.json"):
        assert path.stat().st_size < 40_000, "a head that can be read in a diff"


@pytest.mark.parametrize("name", KEPT)
def test_a_head_says_by_what_and_on_what(name):
    head = json.loads((RESULTS / name / "config.json").read_text("utf-8"))
    assert head["command"] == f"wganlib study run {name}"
    assert head["finished"]
    assert head["wall_time"] > 0
    assert {"torch", "numpy", "python"} <= set(head["versions"])
    assert head["hardware"]["processor"]


def test_another_configuration_is_refused(tmp_path):
    name = KEPT[0]
    for path in (RESULTS / name).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    head = json.loads((tmp_path / "config.json").read_text("utf-8"))
    head["settings"]["seeds"] = [5, 6]
    (tmp_path / "config.json").write_text(json.dumps(head), "utf-8")
    with pytest.raises(Failure, match=r"seeds differs from what is registered"):
        paper.load(tmp_path)
    with pytest.raises(Failure, match=r"holds a study with seeds \[5, 6\]"):
        paper.run(name, tmp_path)
    assert json.loads((tmp_path / "config.json").read_text("utf-8")) == head, "nothing is lost"


def test_a_damaged_part_is_refused(tmp_path):
    name = KEPT[0]
    for path in (RESULTS / name).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    part = next(tmp_path.glob("*.npz"))
    part.write_bytes(part.read_bytes()[:-40])
    with pytest.raises(Failure, match="damaged"):
        paper.load(tmp_path)


def test_an_unknown_number_names_the_nearest():
    name = KEPT[0]
    known = next(iter(evidence.study(name).numbers))
    with pytest.raises(ValueError, match=f"did you mean {known}"):
        number(f"{name}:{known[:-1]}")

"""Fresh seeds against kept ones: false alarms, planted differences, and checks that cannot fail."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from wganlib import paper
from wganlib.paper.agree import FALSE_ALARM, can_disagree
from wganlib.paper.study import Study

SEEDS = list(range(16))


def study(seeds=SEEDS, shift=0.0, lost=False):
    """Runs that are one normal number each; those of fresh seeds may lie elsewhere."""
    called = []

    def part(name, settings, progress):
        called.append(name)
        draws = [np.random.default_rng([seed, len(name)]).normal() for seed in settings["seeds"]]
        fresh = settings["seeds"] != seeds
        return {"x": np.array(draws) + shift * fresh + (np.nan if lost and fresh else 0.0)}

    names = ("one", "three", "tuning")
    made = Study(
        name="normal",
        question="Where do normal numbers lie?",
        settings={"seeds": list(seeds)},
        parts={name: functools.partial(part, name) for name in names},
        quantities=lambda parts: {name: parts[name]["x"] for name in names[:2]},
        tuning=("tuning",),
    )
    return made, called


def test_the_same_program_agrees_but_for_the_stated_alarms():
    kept = paper.run(study()[0])
    found = [paper.check(kept, first=1000 * (1 + k)).agrees for k in range(100)]
    assert found.count(False) <= 4, "1 in 100 is expected, 5 have a chance of 3 in 1,000"


@pytest.mark.parametrize("change", [{"shift": 3.0}, {"shift": -3.0}, {"lost": True}])
def test_another_program_does_not(change):
    kept = paper.run(study(**change)[0])
    found = paper.check(kept)
    assert not found.agrees
    assert min(found.probabilities.values()) < FALSE_ALARM / 2


def test_what_chose_the_settings_is_not_computed_again():
    made, called = study()
    kept = paper.run(made)
    called.clear()
    paper.check(kept)
    assert called == ["one", "three"]


def test_seeds_that_were_used_are_refused():
    with pytest.raises(ValueError, match="first: expected seeds that are new, got 15"):
        paper.check(paper.run(study()[0]), first=15)


def test_a_study_that_shows_a_few_runs_is_not_checked():
    made, _ = study([0])
    shown = Study(made.name, made.question, made.settings, made.parts)
    with pytest.raises(ValueError, match=r"study: expected one with seeds enough .* which has 1 "):
        paper.check(paper.run(shown))


@pytest.mark.parametrize(("kept", "few", "need"), [(16, 2, 3), (5, 4, 6)])
def test_a_check_that_could_not_fail_is_refused(kept, few, need):
    result = paper.run(study(list(range(kept)), shift=1e6)[0])
    with pytest.raises(ValueError, match=f"seeds: expected at least {need}, .* got {few}"):
        paper.check(result, seeds=few)
    assert not paper.check(result, seeds=need).agrees, "wholly apart is told apart"
    assert not can_disagree(kept, need - 1, FALSE_ALARM / 2)

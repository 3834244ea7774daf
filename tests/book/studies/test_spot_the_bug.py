"""Seven patients: harm is found where it is planted, and not where health is under its name."""

from __future__ import annotations

import numpy as np
import pytest

from wganbook import evidence
from wganlib.paper.patients import PATIENTS, chart_of
from wganlib.paper.studies import spot_the_bug as ward


def with_em(parts, name, em):
    return {**parts, name: {**parts[name], "em": np.asarray(em, np.float32)}}


def healthy_again(parts, seed=0):
    """Every patient's runs are drawn from its twin's, with a little noise: a placebo."""
    rng = np.random.default_rng(seed)
    found = dict(parts)
    for number, patient in PATIENTS.items():
        twin = parts[f"healthy-{patient.meant}"]["em"]
        rows = twin[: len(parts[f"patient-{number}"]["em"])]
        noise = np.exp(0.01 * rng.standard_normal(rows.shape))
        found = with_em(found, f"patient-{number}", rng.permuted(rows, axis=1) * noise)
    return found


def test_harm_is_told_only_where_there_is_some():
    kept = evidence.study("seven-patients")
    settings = kept.study.settings
    for seed in range(5):
        assert "yes" not in ward.harms(settings, healthy_again(kept.arrays, seed)).values()
    for number in PATIENTS:
        name = f"patient-{number}"
        planted = healthy_again(kept.arrays)
        planted = with_em(planted, name, 3 * planted[name]["em"])
        said = ward.harms(settings, planted)
        assert said[number] == "yes"
        assert sum(word == "yes" for word in said.values()) == 1
        better = with_em(planted, name, planted[name]["em"] / 9)
        assert ward.harms(settings, better)[number] == "open", "better is no harm"


def test_the_kept_patients():
    kept = evidence.study("seven-patients")
    said = ward.harms(kept.study.settings, kept.arrays)
    assert said[1] == said[5] == "yes", "a wrong sign and batch normalisation stop the learning"
    assert said == {number: kept.numbers[f"word, {number}"] for number in PATIENTS}


def test_the_order_of_clipping_and_its_placebos():
    kept = evidence.study("seven-patients")
    settings, judge = kept.study.settings, kept.study.rows["A6"]
    late = kept.arrays["healthy-clipping"]["em"]
    same = with_em(kept.arrays, "patient-4", late * 1.01)
    narrow = np.broadcast_to(np.linspace(0.9, 1.1, late.shape[1]), late.shape)
    calm = with_em(with_em(same, "healthy-clipping", narrow), "patient-4", narrow * 1.02)
    assert judge(settings, calm).verdict == "scaled down"
    twice = with_em(calm, "patient-4", 2 * narrow)
    assert judge(settings, twice).verdict == "differs"
    # Placebo: another patient's runs under this one's name.
    other = with_em(calm, "patient-4", kept.arrays["patient-1"]["em"])
    assert judge(settings, other).verdict == "differs"
    # A critic that stays in its box was not clipped before the step.
    boxed = {**calm, "patient-4": {**calm["patient-4"], "weight": np.full_like(late, 0.1)}}
    assert judge(settings, boxed).verdict == "differs"


def test_times_healthy_is_the_ratio_of_geometric_means():
    one, other = np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.1])
    times, (low, high), odds = ward.times_healthy(one, other)
    assert times == pytest.approx(2 / 1.1 ** (1 / 3))
    assert low < times < high
    assert 0 < odds < 1


def test_charts_come_back_from_what_is_kept():
    kept = evidence.study("seven-patients")
    part = kept.arrays["patient-4"]
    chart = chart_of(part)
    assert chart.em.shape == (8, len(kept.seeds))
    assert chart.weight.max() == pytest.approx(0.11, abs=1e-5)
    assert abs(chart.weights).max() <= 0.11
    inside = chart_of(kept.arrays["healthy-clipping"])
    assert abs(inside.weights).max() <= 0.1, "half precision keeps the wall inside the box"
    with pytest.raises(ValueError, match="none named em"):
        chart_of({name: value for name, value in part.items() if name != "em"})

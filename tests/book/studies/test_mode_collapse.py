"""The verdicts on mode collapse: each agrees with its result, and not with a placebo."""

from __future__ import annotations

import numpy as np

from wganbook import evidence


def changed(parts, **arrays):
    """The same parts with some arrays replaced by what a function makes of them."""
    return {
        name: {key: arrays[key](value) if key in arrays else value for key, value in part.items()}
        for name, part in parts.items()
    }


def test_frozen_judges_make_deltas_and_a_placebo_does_not():
    kept = evidence.study("frozen-judges")
    settings, judge = kept.study.settings, kept.study.rows["G4"]
    assert judge(settings, kept.arrays).verdict == "reproduced"
    # Placebo: generators that were not trained are as wide as the noise.
    wide = changed(kept.arrays, spread=lambda s: np.full_like(s, 0.6))
    assert judge(settings, wide).verdict == "differs"
    # Placebo: a pile at a place that the judge did not choose.
    astray = changed(kept.arrays, of_its_peak=lambda s: np.full_like(s, 0.4))
    assert judge(settings, astray).verdict == "differs"
    # Planted: one run in ten does not pile up; ten per cent is the margin, so nothing is decided.
    few = changed(kept.arrays, spread=lambda s: np.where(np.arange(s.size) % 10 == 0, 0.6, s))
    assert judge(settings, few).verdict == "undecided"

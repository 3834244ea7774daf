"""Hypothesis strategies: probability vectors and weighted point sets of every awkward kind."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from wganlib._validate import FloatArray

# No test asserts a time, and the same commit gives the same verdict.
settings.register_profile("wganlib", deadline=None, derandomize=True)
settings.load_profile("wganlib")

#: Few distinct values make ties and duplicates; the wide ones make everything else.
coordinates = st.one_of(
    st.integers(-3, 3).map(float), st.floats(-100.0, 100.0, allow_subnormal=False)
)


@st.composite
def masses(draw: Any, size: int | None = None) -> FloatArray:
    """Draw a probability vector, often with zeros."""
    k = draw(st.integers(1, 8)) if size is None else size
    entry = st.one_of(st.just(0.0), st.integers(1, 5).map(float), st.floats(1e-6, 1.0))
    raw = np.array(draw(st.lists(entry, min_size=k, max_size=k)))
    if raw.sum() == 0.0:
        raw[draw(st.integers(0, k - 1))] = 1.0
    return raw / raw.sum()


@st.composite
def mass_tuples(draw: Any, count: int) -> tuple[FloatArray, ...]:
    """Draw several probability vectors on one support."""
    k = draw(st.integers(1, 8))
    return tuple(draw(masses(k)) for _ in range(count))


@st.composite
def weighted_points(draw: Any, dimension: int, max_size: int = 7) -> tuple[FloatArray, FloatArray]:
    """Draw points of shape (n, dimension) with their masses."""
    n = draw(st.integers(1, max_size))
    flat = draw(st.lists(coordinates, min_size=n * dimension, max_size=n * dimension))
    return np.array(flat).reshape(n, dimension), draw(masses(n))


@st.composite
def point_sets(
    draw: Any, count: int, dimensions: tuple[int, ...] = (1, 2, 3)
) -> list[tuple[FloatArray, FloatArray]]:
    """Draw several weighted point sets of one dimension."""
    d = draw(st.sampled_from(dimensions))
    return [draw(weighted_points(d)) for _ in range(count)]

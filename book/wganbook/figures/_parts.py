"""Small parts that figures of several chapters share: strokes, dots, axes, checks."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from wganbook.scene import Axis, Mark, points, segments
from wganlib import _validate as check
from wganlib._validate import FloatArray

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def growing(value: npt.ArrayLike, name: str, *, above: float | None = None) -> FloatArray:
    """Return two or more numbers that grow, all above a bound if there is one."""
    at = check.finite_array(value, name)
    low = above is not None and at.size > 0 and at.min() <= above
    if at.ndim != 1 or at.size < 2 or (np.diff(at) <= 0).any() or low:
        bound = "" if above is None else f" above {above:g}"
        raise ValueError(f"{name}: expected at least two numbers{bound}, growing, got {at}")
    return at


def cursor(at: npt.ArrayLike, low: float, high: float) -> Mark:
    """Draw the upright stroke that shows where the slider stands."""
    x = np.asarray(at, dtype=np.float64)[:, None]
    return segments(x, np.full_like(x, low), x, np.full_like(x, high), role="soft")


def dot(at: FloatArray, values: FloatArray, role: str) -> Mark:
    """Draw a dot on a curve where the slider stands."""
    return points(at[:, None], values[:, None], role=role, size=5)


def power_of_ten(exponent: int) -> str:
    """Write a power of ten, as on a logarithmic axis."""
    return "1" if exponent == 0 else "10" + str(exponent).translate(SUPERSCRIPTS)


def log_axis(label: str, low: float, high: float, every: int = 1) -> Axis:
    """Return an axis in logarithms to ten, with whole powers for ticks."""
    ticks = [k for k in range(math.ceil(low), math.floor(high) + 1) if k % every == 0]
    return Axis(label, low, high, ticks, [power_of_ten(k) for k in ticks])


def whole_ticks(low: float, high: float, step: float = 1.0) -> list[float]:
    """Return the multiples of a step in a range."""
    return [float(k) for k in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def bell(x: FloatArray, mean: float, std: float | FloatArray) -> FloatArray:
    """Return the density of a Gaussian on a line."""
    out: FloatArray = np.exp(-(((x - mean) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))
    return out


def powers_axis(label: str, low: float, high: float, base: int = 10) -> Axis:
    """Return an axis in logarithms to ``base``, with powers of it for ticks."""
    first, last = math.log(low, base), math.log(high, base)
    margin = 0.06 * (last - first)
    powers = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
    return Axis(
        label,
        first - margin,
        last + margin,
        list(map(float, powers)),
        [f"{float(base) ** k:g}" for k in powers],
    )

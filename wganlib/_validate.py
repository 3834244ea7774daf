"""Checks that every public function runs on what it is given.

One rule for all of them: an error names the argument, says what came and what was
expected. A wrong *kind* of thing is a ``TypeError``, a wrong *value* a ``ValueError``.
Nothing is clipped, normalised or broadcast to make an argument fit.
"""

from __future__ import annotations

import difflib
import math
import operator
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
if TYPE_CHECKING:
    Seed = int | np.random.Generator
else:
    Seed = "Seed"  # numpy.random is loaded by those who draw

#: How far a sum of masses may be from one. Rounding of a million float64 terms stays well
#: below it; a forgotten normalisation does not.
MASS_TOLERANCE = 1e-9


def describe(value: object) -> str:
    """Say in a few words what ``value`` is, for the end of an error message."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{type(value).__name__} {text}"


def float_array(value: object, name: str) -> FloatArray:
    """Return ``value`` as a float64 array, refusing what is not an array of real numbers."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"{name}: expected an array of real numbers, got {type(value).__name__} ({error})"
        ) from error
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected an array of real numbers, got {describe(value)}")
    if np.ma.is_masked(value):
        raise ValueError(f"{name}: expected every number present, got masked entries")
    with np.errstate(over="ignore"):  # a long double too large becomes inf, refused later
        floats: FloatArray = array.astype(np.float64, copy=False)
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
        # Labels of 64 bits, say, that differ only where a float64 rounds would become one.
        back = floats.astype(np.longdouble)
        if (np.abs(floats) >= 2.0**53).any() and (back != array.astype(np.longdouble)).any():
            raise ValueError(
                f"{name}: expected whole numbers that float64 holds exactly (all are, up to "
                "2^53), got larger ones; convert them with .astype(float) if rounding is no harm"
            )
    return floats


def finite_array(value: object, name: str) -> FloatArray:
    """Return ``value`` as a float64 array without NaN or infinity."""
    array = float_array(value, name)
    if not np.isfinite(array).all():
        bad = int(np.size(array) - np.isfinite(array).sum())
        raise ValueError(
            f"{name}: expected finite numbers, got {bad} NaN or infinite of {array.size}"
        )
    return array


def points(value: object, name: str) -> FloatArray:
    """Return points as an array of shape (n, d): (n,) is read as n points on a line."""
    array = finite_array(value, name)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ValueError(
            f"{name}: expected points of shape (n,) or (n, d), got shape {array.shape}"
        )
    if 0 in array.shape:
        raise ValueError(
            f"{name}: expected at least one point, got an empty array of shape {array.shape}"
        )
    return array


def point(value: object, name: str) -> FloatArray:
    """Return one point as shape (d,): a number is read as a point on a line."""
    array = np.atleast_1d(finite_array(value, name))
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name}: expected a number or shape (d,), got shape {array.shape}")
    return array


def mass(value: object, name: str) -> FloatArray:
    """Return a probability vector: shape (k,), no negative entry, total one."""
    array = finite_array(value, name)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected masses of shape (k,), got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name}: expected at least one mass, got an empty array")
    smallest = float(array.min())
    if smallest < 0:
        raise ValueError(f"{name}: expected masses of at least 0, got {smallest:g}")
    with np.errstate(over="ignore"):
        total = float(array.sum())
    if abs(total - 1.0) > MASS_TOLERANCE:
        # Within the rounding of a shorter kind of number, there is one cure.
        kind = getattr(value, "dtype", None)
        short = abs(total - 1.0) < array.size * 1e-7 or (
            str(kind).endswith(("float16", "float32")) and abs(total - 1.0) < 0.01
        )
        cure = "; of float32, w = np.asarray(w, float); w /= w.sum() brings it there" * short
        raise ValueError(f"{name}: expected masses that sum to 1, got a sum of {total:.12g}{cure}")
    return array


def weights(value: object | None, name: str, n: int) -> FloatArray:
    """Return ``n`` weights that sum to one; ``None`` stands for 1/n each."""
    if value is None:
        return np.full(n, 1.0 / n)
    array = mass(value, name)
    if array.size != n:
        raise ValueError(f"{name}: expected {n} weights, one for each point, got {array.size}")
    return array


def same_length(p: FloatArray, q: FloatArray, names: tuple[str, str]) -> None:
    """Refuse two vectors that do not live on one support."""
    if p.shape != q.shape:
        raise ValueError(
            f"{names[1]}: expected the support of {names[0]}, of size {p.size}, got size {q.size}"
        )


def real(
    value: Any,
    name: str,
    *,
    at_least: float = -math.inf,
    above: float = -math.inf,
    at_most: float = math.inf,
    below: float = math.inf,
) -> float:
    """Return a finite Python float within the bounds."""
    # Both of these convert to a float: a flag silently, a complex number with a warning.
    if isinstance(value, (bool, np.bool_, str, bytes, np.complexfloating)):
        raise TypeError(f"{name}: expected a real number, got {describe(value)}")
    if isinstance(value, np.ndarray) and (value.ndim or value.dtype.kind not in "iuf"):
        raise TypeError(f"{name}: expected one real number, got {describe(value)}")
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected a real number, got {describe(value)}") from error
    except OverflowError as error:
        raise ValueError(
            f"{name}: expected a number that fits a float, got {describe(value)}"
        ) from error
    if not math.isfinite(number):
        raise ValueError(f"{name}: expected a finite number, got {number}")
    for holds, words in (
        (number >= at_least, f"at least {at_least:g}"),
        (number > above, f"more than {above:g}"),
        (number <= at_most, f"at most {at_most:g}"),
        (number < below, f"less than {below:g}"),
    ):
        if not holds:
            raise ValueError(f"{name}: expected a number of {words}, got {number:g}")
    return number


def extended_real(value: Any, name: str) -> float:
    """Return a Python float that may be infinite, as the end of a range may."""
    if isinstance(value, (float, np.floating)) and math.isinf(value):
        return float(value)
    return real(value, name)


def gaussian(mean: object, cov: object, names: tuple[str, str]) -> tuple[FloatArray, FloatArray]:
    """Return the mean, shape (d,), and the lower Cholesky factor of the covariance, (d, d)."""
    centre, matrix = finite_array(mean, names[0]), finite_array(cov, names[1])
    if centre.ndim > 1 or centre.size == 0:
        raise ValueError(f"{names[0]}: expected a number or shape (d,), got shape {centre.shape}")
    expected = centre.shape * 2
    if matrix.shape != expected:
        kind = f"shape {expected}" if expected else "a variance, one number"
        raise ValueError(f"{names[1]}: expected {kind}, got shape {matrix.shape}")
    matrix = np.atleast_2d(matrix)
    if not np.array_equal(matrix, matrix.T):
        raise ValueError(f"{names[1]}: expected a symmetric matrix, got one that is not")
    try:
        root = np.linalg.cholesky(matrix).astype(np.float64, copy=False)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            f"{names[1]}: expected a positive definite covariance, got one that is not"
        ) from error
    return np.atleast_1d(centre), root


def integer(
    value: Any, name: str, *, at_least: int | None = None, at_most: int | None = None
) -> int:
    """Return a Python int within the bounds; 3.0 and True are refused."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected a whole number, got {describe(value)}")
    try:
        number = operator.index(value)
    except TypeError as error:
        raise TypeError(f"{name}: expected a whole number, got {describe(value)}") from error
    if at_least is not None and number < at_least:
        raise ValueError(f"{name}: expected a whole number of at least {at_least}, got {number}")
    if at_most is not None and number > at_most:
        raise ValueError(f"{name}: expected a whole number of at most {at_most}, got {number}")
    return number


def generator(seed: Any, name: str = "seed") -> np.random.Generator:
    """Return a random generator from a seed, or the generator itself.

    ``None`` is refused: every draw in this project can be repeated.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is None:
        raise TypeError(f"{name}: expected a whole number or a numpy Generator, got None")
    return np.random.default_rng(integer(seed, name, at_least=0))


def path(value: Any, name: str = "path") -> Path:
    """Return a path that names a file."""
    if not isinstance(value, (str, os.PathLike)) or not isinstance(os.fspath(value), str):
        raise TypeError(f"{name}: expected a path, got {describe(value)}")
    text = os.fspath(value)
    if "\0" in text or not Path(text).name:
        raise ValueError(f"{name}: expected the path of a file, got {text!r}")
    return Path(text)


def one_of(value: Any, name: str, options: Iterable[str]) -> str:
    """Return ``value`` if it is one of ``options``, and otherwise suggest the nearest."""
    known = sorted(options)
    wanted = f"one of {', '.join(known)}"
    if len(known) > 12:
        wanted = f"one of {len(known)} names, such as {', '.join(known[:5])}"
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected {wanted}, got {describe(value)}")
    if value not in known:
        near = difflib.get_close_matches(value, known, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"{name}: expected {wanted}, got {value!r}{hint}")
    return value

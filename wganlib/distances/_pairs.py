"""What every comparison of two weighted point sets begins with: checks, one mass, one scale."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist

from wganlib import _validate as check
from wganlib._validate import FloatArray

#: Peak memory of the network simplex for each pair of points, measured, rounded up.
BYTES_PER_PAIR = 64
#: The same for each point where columns are generated: 2 kB were measured, at 9,000 points.
BYTES_PER_POINT = 8192
#: Address space that the solvers' libraries take when they are loaded first: 0.3 GB were measured
#: for numba with its compiler.
_LOADING_NUMBA, _LOADING_POT = 2**29, 2**26
#: Problems smaller than this are not worth asking the system for.
_NOT_ASKED = 2**24

#: Distances below this, in units of the spread, have squares that lose digits.
_VANISHING = 1e-140


def two_sets(x: object, y: object) -> tuple[FloatArray, FloatArray]:
    left, right = check.points(x, "x"), check.points(y, "y")
    if left.shape[1] != right.shape[1]:
        raise ValueError(
            f"y: expected points of the dimension of x, {left.shape[1]}, got {right.shape[1]}"
        )
    return left, right


def two_masses(a: object | None, b: object | None, n: int, m: int) -> tuple[FloatArray, FloatArray]:
    """Return both weights, the second levelled to the first's sum within the tolerance."""
    mass_x, mass_y = check.weights(a, "a", n), check.weights(b, "b", m)
    return mass_x, mass_y * (mass_x.sum() / mass_y.sum())


def unit_scale(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Return both sets divided by 2^e, which is exact, so that they spread over about one.

    Squares of distances then neither overflow nor vanish, and the solver's absolute
    tolerances mean the same at every scale. A coordinate that all points share is set to 0:
    it adds nothing to any distance, and might overflow where the others are small.
    """
    with np.errstate(over="ignore", under="ignore"):
        high = np.maximum(x.max(axis=0), y.max(axis=0))
        widths = high - np.minimum(x.min(axis=0), y.min(axis=0))
        spread = float(widths.max())
        if math.isinf(spread):
            raise ValueError("x: expected distances to y that fit a float, got one that overflows")
        exponent = math.frexp(spread)[1]
        if not widths.all():
            x, y = (np.where(widths > 0, points, 0.0) for points in (x, y))
        return np.ldexp(x, -exponent), np.ldexp(y, -exponent), exponent


def distances(at: FloatArray, tips: FloatArray) -> FloatArray:
    """Return the distances of all pairs, shape (m, k), at any scale."""
    try:
        here, there, exponent = unit_scale(at, tips)
    except ValueError as error:
        raise ValueError(
            "at: expected distances to the given points that fit a float, got one that overflows"
        ) from error
    with np.errstate(over="ignore", under="ignore"):
        unit = cdist(here, there)
        distance: FloatArray = np.ldexp(unit, exponent)
        row, column = np.nonzero(unit < _VANISHING)
        if row.size:
            steps = at[row] - tips[column]
            scale = np.frexp(np.abs(steps).max(axis=1))[1]
            norm = np.linalg.norm(np.ldexp(steps, -scale[:, None]), axis=1)
            distance[row, column] = np.ldexp(norm, scale)
    return distance


def row_scale(steps: FloatArray) -> FloatArray:
    """Return every row divided by a power of 2 of its own, so that its norm is about one."""
    exponents = np.frexp(np.abs(steps).max(axis=1, keepdims=True))[1]
    scaled: FloatArray = np.ldexp(steps, -exponents)
    return scaled


def full_scale(value: float, exponent: int) -> float:
    try:
        return math.ldexp(value, exponent)
    except OverflowError as error:
        raise ValueError(
            "x: expected distances to y that fit a float, got one that overflows"
        ) from error


def available_bytes() -> int:
    """Return the memory that this process may still take, as far as the system says."""
    known = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                known.append(1024 * int(line.split()[1]))
        group = Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text().strip()
        if limit != "max":
            known.append(int(limit) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        pass
    return min([*known, *_left_to_this_process()], default=8 * 2**30)


def _left_to_this_process() -> list[int]:
    """Return what ``ulimit -v`` leaves, which a solver that runs into it would not survive."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return []
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return [limit - pages * resource.getpagesize()]
    except (ImportError, OSError, ValueError):
        return []


def check_memory(n: int, m: int) -> None:
    """Refuse a problem whose distances do not fit: the solver itself would end the process."""
    needed = n * m * BYTES_PER_PAIR
    loading = 0 if "ot" in sys.modules else _LOADING_POT
    if needed + loading < _NOT_ASKED:
        return
    free = available_bytes()
    if needed + loading > free:
        raise MemoryError(
            f"x: expected sets whose {n} x {m} distances fit in memory, got a problem that "
            f"needs about {needed:,} bytes of the {free:,} free; compare random subsets"
        )


def check_memory_of_columns(n: int, m: int) -> None:
    """Refuse what the compiled solver cannot hold: without memory its compiler aborts."""
    ready = "wganlib.distances._simplex_kernels" in sys.modules
    needed = (n + m) * BYTES_PER_POINT + (0 if ready else _LOADING_NUMBA)
    free = available_bytes()
    if needed > free:
        raise MemoryError(
            f"x: expected memory for the solver of {n} and {m} points, about {needed:,} bytes, "
            f"got {free:,} free; compare random subsets"
        )

"""What belongs to one run of an ensemble: its random streams and its hyperparameters.

Streams are addressed, not consumed.

Block ``k`` of what run ``r`` draws for one purpose comes from a generator seeded with
(seed of r, purpose, k). So a run draws the same numbers alone and among others, and a run
that is resumed needs no saved generator: it asks for the block again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wganlib import _validate

if TYPE_CHECKING:
    from torch import Tensor

#: One number for all runs, or one for each.
PerRun = float | tuple[float, ...]

INITIAL, DATA, CRITIC_NOISE, GENERATOR_NOISE, MIXING, EVALUATION = range(6)


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return the generator of one stream."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def seeds(value: Any, name: str = "seed") -> tuple[int, ...]:
    """Return the seeds of all runs: a whole number is one run, a sequence one run each.

    A numpy Generator is refused here: a run could not be resumed from it.
    """
    if isinstance(value, (str, bytes, np.random.Generator)) or value is None:
        raise TypeError(
            f"{name}: expected a whole number, or one for each run, got {_validate.describe(value)}"
        )
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, Sequence) and not isinstance(value, range):
        return (_validate.integer(value, name, at_least=0),)
    if len(value) == 0:
        raise ValueError(f"{name}: expected at least one seed, got none")
    return tuple(_validate.integer(one, f"{name}[{i}]", at_least=0) for i, one in enumerate(value))


def per_run(value: Any, name: str, **bounds: float) -> PerRun:
    """Return a hyperparameter: one number for all runs, or a sequence with one for each."""
    if not isinstance(value, (Sequence, np.ndarray)) or isinstance(value, (str, bytes)):
        return _validate.real(value, name, **bounds)
    if len(value) == 0:
        raise ValueError(f"{name}: expected a number, or one for each run, got none")
    return tuple(_validate.real(one, f"{name}[{i}]", **bounds) for i, one in enumerate(value))


def spread(value: PerRun, name: str, like: Tensor) -> float | Tensor:
    """Return one number as it is, and one for each run as a column beside ``like`` (runs, p)."""
    import torch

    largest = torch.finfo(like.dtype).max
    if max((value,) if isinstance(value, float) else value) > largest:
        kind = str(like.dtype).removeprefix("torch.")
        raise ValueError(f"{name}: expected a number that fits {kind}, got {value}")
    if isinstance(value, float):
        return value
    if len(value) != like.shape[0]:
        raise ValueError(
            f"{name}: expected one number, or one for each of {like.shape[0]} runs, "
            f"got {len(value)}"
        )
    return like.new_tensor(value)[:, None]

"""What a training is given, made uniform: samplers of data and noise, and networks' outputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from wganlib import _validate
from wganlib._validate import FloatArray
from wganlib.training import streams as _runs
from wganlib.training.networks import MLP

Draw = Callable[[int, np.random.Generator], npt.NDArray[Any]]


def sampler(data: Any, name: str = "data") -> Draw:
    """Return a function (n, generator) -> n points, from an array, a measure or a function.

    Rows of an array are drawn uniformly with replacement: the array stands for its empirical
    distribution.
    """
    if isinstance(data, type):
        raise TypeError(
            f"{name}: expected a measure, an array or a function, got the class {data.__name__}"
        )
    if getattr(data, "draws_checked_points", False) is True:  # finite, and float32 stays so
        return lambda n, rng: data.sample(n, seed=rng)
    if hasattr(data, "__array__"):  # a table of pandas has rows and a way to sample them
        data = np.asarray(data)
    if hasattr(data, "sample"):
        if not _takes(data.sample, 2, seed=None):
            raise TypeError(
                f"{name}: expected sample(n, seed=...) of a measure, an array or a function "
                f"(n, rng) -> n points, got {type(data).__name__}, whose sample takes no seed; "
                "wrap it in a function that draws with the generator it is given"
            )
        return lambda n, rng: _drawn(data.sample(n, seed=rng), n, name)
    if callable(data):
        if not _takes(data, 2, None):
            raise TypeError(f"{name}: expected a function (n, rng) -> n points, got {data!r}")
        return lambda n, rng: _drawn(data(n, rng), n, name)
    rows = _validate.finite_array(data, name)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim == 0 or 0 in rows.shape:
        raise ValueError(f"{name}: expected at least one point, got shape {rows.shape}")
    return lambda n, rng: rows[rng.integers(0, len(rows), n)]


def _takes(function: Callable[..., Any], *given: Any, **named: Any) -> bool:
    """Say whether a function can be called so."""
    try:
        inspect.signature(function).bind(*given, **named)
    except TypeError:
        return False
    except ValueError:  # of compiled ones nothing is known
        return True
    return True


def _drawn(points: Any, n: int, name: str) -> npt.NDArray[Any]:
    array = _validate.finite_array(points, name)
    if array.ndim == 0 or len(array) != n:
        raise ValueError(f"{name}: expected {n} points from the sampler, got {array.shape}")
    return array[:, None] if array.ndim == 1 else array


def prior(noise: Any, shape: tuple[int, ...]) -> Draw:
    """Return a sampler of the generator's input: "gaussian", "uniform" on [−1, 1], or one's own."""
    if not isinstance(noise, str):
        return sampler(noise, "noise")
    if _validate.one_of(noise, "noise", ("gaussian", "uniform")) == "gaussian":
        return lambda n, rng: rng.standard_normal((n, *shape))
    return lambda n, rng: rng.uniform(-1, 1, (n, *shape))


def check_module(value: Any, name: str, *, parameters: bool = True) -> None:
    """Refuse what is not a network."""
    if not isinstance(value, nn.Module):
        raise TypeError(
            f"{name}: expected an MLP or another torch.nn.Module, got {_validate.describe(value)}"
        )
    if parameters and not any(p.requires_grad for p in value.parameters()):
        raise ValueError(f"{name}: expected a network with parameters to train, got none")


def noise_shape_of(generator: nn.Module, shape: Any) -> tuple[int, ...]:
    """Return the shape of one z: what the generator says of itself unless it is given."""
    own = getattr(generator, "noise_shape", None)
    if shape is None:
        if isinstance(own, tuple):
            return own
        if not isinstance(generator, MLP):
            raise TypeError("noise_shape: expected the shape of one noise vector, got None")
        return generator.sizes[:1]
    if isinstance(shape, (str, bytes)) or not isinstance(shape, Sequence):
        raise TypeError(
            f"noise_shape: expected whole numbers such as (2,), got {_validate.describe(shape)}"
        )
    checked = tuple(
        _validate.integer(n, f"noise_shape[{i}]", at_least=1) for i, n in enumerate(shape)
    )
    if isinstance(generator, MLP) and checked != generator.sizes[:1]:
        raise ValueError(
            f"noise_shape: expected {generator.sizes[:1]}, the generator's input, got {checked}"
        )
    return checked


def attempt(network: nn.Module, points: npt.NDArray[Any], name: str) -> FloatArray:
    """Return the outputs at points, or say which network does not fit them."""
    try:
        out = outputs(network, points)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise ValueError(
            f"{name}: expected a network for points of shape {points.shape[1:]}, "
            f"but it raised: {error}"
        ) from error
    if not (isinstance(network, MLP) or (out.ndim and len(out) == len(points))):
        raise ValueError(
            f"{name}: expected an output for each of {len(points)} points, got shape {out.shape}"
        )
    return out


def _tensor(network: nn.Module, points: npt.NDArray[Any]) -> torch.Tensor:
    parameter = next(network.parameters())
    tensor = torch.tensor(points).to(parameter)  # a copy: points may be read-only
    if not tensor.isfinite().all() and np.isfinite(points).all():
        kind = str(parameter.dtype).removeprefix("torch.")
        raise ValueError(f"points: expected numbers that fit {kind}, got one that overflows")
    return tensor


def outputs(network: nn.Module, points: npt.NDArray[Any]) -> FloatArray:
    """Return a network's outputs at points, in its evaluation mode, as float64."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            out: Any = network(_tensor(network, points))
    finally:
        network.train(was_training)
    if not isinstance(out, torch.Tensor):
        raise TypeError(f"expected a tensor from the network, got {_validate.describe(out)}")
    array: FloatArray = out.detach().double().cpu().numpy()
    return array


def generate(
    generator: nn.Module,
    n: int,
    *,
    seed: int | Sequence[int],
    noise: Any = "gaussian",
    noise_shape: tuple[int, ...] | None = None,
) -> FloatArray:
    """Draw points from a generator.

    Parameters
    ----------
    generator : torch.nn.Module
        An ``MLP`` or any module.
    n : int
        How many points, at least 1.
    seed : int or sequence of int
        For the noise; a sequence has one for each run of the generator.
    noise : {"gaussian", "uniform"}, measure, array or function
        The prior.
    noise_shape : tuple of int, optional
        Shape of one draw from it; for an ``MLP`` its input width.

    Returns
    -------
    array (n, ...), or (runs, n, ...) from an ``MLP`` of several runs

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 2: g_θ(z) with z ~ p(z).

    Examples
    --------
    >>> generate(MLP([2, 8, 3], seed=0), 5, seed=1).shape
    (5, 3)
    """
    n = _validate.integer(n, "n", at_least=1)
    check_module(generator, "generator")
    noise_shape = noise_shape_of(generator, noise_shape)
    draw = prior(noise, noise_shape)
    numbers = _runs.seeds(seed)
    if not isinstance(generator, MLP) or generator.single:
        if len(numbers) > 1:
            raise ValueError(f"seed: expected one for a single generator, got {len(numbers)}")
        return attempt(generator, draw(n, _runs.stream(numbers[0], _runs.EVALUATION)), "generator")
    if len(numbers) != generator.runs:
        raise ValueError(f"seed: expected {generator.runs}, one for each run, got {len(numbers)}")
    z = np.stack([draw(n, _runs.stream(s, _runs.EVALUATION)) for s in numbers])
    return attempt(generator, z, "generator")

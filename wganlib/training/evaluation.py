"""How good a generator is, and how far the critic's estimate can be believed."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from wganlib import _validate
from wganlib._validate import FloatArray, Seed
from wganlib.distances._pairs import distances
from wganlib.distances.transport import wasserstein_1
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


@dataclass(frozen=True)
class SampleDistance:
    """An exact distance between finite samples, beside what it cannot fall below.

    Attributes
    ----------
    em : float
        Exact EM distance between the given points and as many real ones.
    floor : float
        The same between two independent real samples of that size.
    """

    em: float
    floor: float


def em_to_data(samples: npt.ArrayLike, data: Any, *, seed: Seed) -> SampleDistance:
    """Measure the exact EM distance of samples to data, with its same-size floor.

    Parameters
    ----------
    samples : array (n, d)
        Generated points; more axes are flattened to d.
    data : measure, function or array
        Where the real points are drawn from.
    seed : int or numpy.random.Generator
        For the two real samples.

    Returns
    -------
    SampleDistance
        In the units of the points.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 2, equation 1, between empirical measures.

    Examples
    --------
    >>> import numpy as np
    >>> cloud = np.random.default_rng(0).standard_normal((200, 2))
    >>> result = em_to_data(cloud + [3.0, 0.0], cloud, seed=1)
    >>> 2.8 < result.em < 3.2, result.floor < 0.5
    (True, True)
    """
    points = _flat(_validate.finite_array(samples, "samples"), "samples")
    rng = _validate.generator(seed)
    draw = sampler(data)
    n = len(points)
    first, second = _flat(draw(n, rng), "data"), _flat(draw(n, rng), "data")
    if first.shape != points.shape:
        raise ValueError(
            f"samples: expected points of {first.shape[1]} coordinates, as the data have, "
            f"got {points.shape[1]}"
        )
    return SampleDistance(wasserstein_1(points, first), wasserstein_1(first, second))


def _flat(points: npt.NDArray[Any], name: str) -> FloatArray:
    return _validate.points(points.reshape(len(points), -1) if points.ndim > 2 else points, name)


@dataclass(frozen=True)
class ModeCoverage:
    """How generated points spread over the modes of the data.

    Attributes
    ----------
    mass : array (k,)
        Share of all points that lie within the radius of each mode, and nearest to it.
    covered : int
        Modes with at least the asked share.
    outside : float
        Share of points near no mode.
    """

    mass: FloatArray
    covered: int
    outside: float


def mode_coverage(
    samples: npt.ArrayLike, modes: npt.ArrayLike, radius: float, *, share: float = 0.2
) -> ModeCoverage:
    """Count the modes that samples reach, and what share of them each one gets.

    Parameters
    ----------
    samples : array (n, d)
        Generated points.
    modes : array (k, d)
        Centres of the modes.
    radius : float
        How near a point must be to belong to a mode, more than 0; three standard deviations
        of a Gaussian mode is usual.
    share : float
        A mode counts as covered with at least this fraction of an even share 1/k, in [0, 1];
        with 0, one point is enough.

    Returns
    -------
    ModeCoverage

    Source
    ------
    Srivastava et al. (2017), section 4.1: modes captured, and samples of high quality.

    Examples
    --------
    >>> import numpy as np
    >>> result = mode_coverage([[0.0, 0.1], [0.1, 0.0], [9.0, 9.0]], [[0, 0], [1, 1]], 0.3)
    >>> result.mass.round(3), result.covered
    (array([0.667, 0.   ]), 1)
    """
    points = _validate.points(samples, "samples")
    centres = _validate.points(modes, "modes")
    if centres.shape[1] != points.shape[1]:
        raise ValueError(
            f"modes: expected centres of {points.shape[1]} coordinates, got {centres.shape[1]}"
        )
    radius = _validate.real(radius, "radius", above=0.0)
    share = _validate.real(share, "share", at_least=0.0, at_most=1.0)
    distance = distances(points, centres)
    near = distance.min(1) <= radius
    counts = np.bincount(distance.argmin(1)[near], minlength=len(centres))
    mass = counts / len(points)
    covered = (counts > 0) & (mass >= share / len(centres))
    return ModeCoverage(mass, int(covered.sum()), float(1 - near.mean()))


def gradient_norms(critic: nn.Module, points: npt.ArrayLike) -> FloatArray:
    """Return the norm of the critic's gradient at points, with a leading axis for its runs.

    Parameters
    ----------
    critic : torch.nn.Module
        One score for each point.
    points : array (n, ...) or (runs, n, ...)
        Where to look.

    Returns
    -------
    array (n,), or (runs, n) for an ``MLP`` of several runs

    Source
    ------
    Gulrajani et al. (2017), section 2.3: where the critic's slope is looked at.

    Examples
    --------
    >>> gradient_norms(MLP([2, 8, 1], seed=[0, 1]), [[0.0, 0.0]]).shape
    (2, 1)
    """
    check_module(critic, "critic")
    array = _validate.finite_array(points, "points")
    if array.ndim < 2 or 0 in array.shape:
        raise ValueError(
            f"points: expected at least one point, shape (n, d), got shape {array.shape}"
        )
    many = isinstance(critic, MLP) and not critic.single
    if isinstance(critic, MLP) and many and array.ndim == 2:
        array = np.broadcast_to(array, (critic.runs, *array.shape))
    was_training = critic.training
    critic.eval()
    try:
        x = _tensor(critic, np.array(array, order="C")).requires_grad_()
        with torch.enable_grad():
            scores = critic(x)
            count = math.prod(array.shape[: 2 if many else 1])
            if not isinstance(scores, torch.Tensor) or scores.numel() != count:
                got = tuple(getattr(scores, "shape", ())) or _validate.describe(scores)
                raise ValueError(
                    f"critic: expected one score for each of {count} points, got {got}"
                )
            (slope,) = torch.autograd.grad(scores.sum(), x)
    except RuntimeError as error:
        raise ValueError(
            f"critic: expected a network for points of shape {array.shape[1:]}, "
            f"but it raised: {error}"
        ) from error
    finally:
        critic.train(was_training)
    norms: torch.Tensor = torch.linalg.vector_norm(slope.flatten(2 if many else 1), dim=-1)
    return norms.double().cpu().numpy()


@dataclass(frozen=True)
class LipschitzEstimate:
    """Largest and mean gradient norm; floats, or arrays (runs,) for several runs."""

    largest: Any
    mean: Any


def lipschitz_estimate(critic: nn.Module, points: npt.ArrayLike) -> LipschitzEstimate:
    """Measure the critic's slope at points: its largest is a lower bound of K.

    Parameters
    ----------
    critic : torch.nn.Module
        One score for each point.
    points : array (n, d) or (runs, n, d)
        Where to look: real and generated points, and some between.

    Returns
    -------
    LipschitzEstimate

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), equation 3: the supremum over K-Lipschitz functions
    is K times the EM distance.

    Examples
    --------
    >>> import torch
    >>> line = torch.nn.Linear(2, 1)
    >>> with torch.no_grad():
    ...     _ = line.weight.copy_(torch.tensor([[3.0, 4.0]]))
    >>> lipschitz_estimate(line, [[0.0, 0.0], [1.0, 2.0]]).largest
    5.0
    """
    norms = gradient_norms(critic, points)
    largest, mean = norms.max(-1), norms.mean(-1)
    if norms.ndim == 1:
        return LipschitzEstimate(float(largest), float(mean))
    return LipschitzEstimate(largest, mean)


def lipschitz_bounds(critic: nn.Module) -> FloatArray:
    """Return the bound of ``lipschitz_bound`` for each run, shape (runs,)."""
    if isinstance(critic, MLP):
        weights = [weight for weight, _ in critic.layers()]
    else:
        # By name, because a module that stands twice counts twice; and of exactly these types,
        # because a subclass may do something else in its forward pass; the library's does not.
        modules = [m for _, m in critic.named_modules(remove_duplicate=False)]
        known = (nn.Linear, nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Flatten, nn.Sequential)
        steep = any(isinstance(m, nn.LeakyReLU) and abs(m.negative_slope) > 1 for m in modules)
        if steep or not all(
            type(m) in known or "passes_layer_by_layer" in vars(type(m)) for m in modules
        ):
            return np.array([math.nan])
        weights = [m.weight[None] for m in modules if isinstance(m, nn.Linear)]
    bound: FloatArray = np.ones(1)
    for weight in weights:
        w = weight.detach().double().cpu().numpy()
        whole = np.isfinite(w).all((1, 2))
        norm = np.linalg.norm(np.where(whole[:, None, None], w, 0), 2, axis=(1, 2))
        bound = bound * np.where(whole, norm, np.nan)
    return bound


def lipschitz_bound(critic: nn.Module) -> Any:
    """Bound the Lipschitz constant of a fully connected critic by its layers' norms.

    Parameters
    ----------
    critic : MLP or torch.nn.Sequential
        Of ``Linear`` layers and the activations ReLU, LeakyReLU (with a slope of at most 1)
        and Tanh.

    Returns
    -------
    float, or array (runs,) for an ``MLP`` of several runs
        Product of the largest singular values; NaN for any other module.

    Source
    ------
    Miyato et al. (2018), section 2.1, equation 7: norms of layers multiply.

    Examples
    --------
    >>> lipschitz_bound(MLP([2, 8, 1], seed=[0, 1])).shape
    (2,)
    """
    check_module(critic, "critic", parameters=False)
    bounds = lipschitz_bounds(critic)
    return bounds if isinstance(critic, MLP) and not critic.single else float(bounds[0])


def calibrated_estimate(estimate: npt.ArrayLike, k: npt.ArrayLike) -> FloatArray:
    """Divide the critic's estimate by its Lipschitz constant, to compare it with exact EM.

    Parameters
    ----------
    estimate : array
        E f(real) − E f(fake).
    k : array of the same shape
        Lipschitz constants, more than 0. With a true bound the result is a lower bound of
        the EM distance between the two samples; with the largest measured slope almost so.

    Returns
    -------
    array
        In the units of the points.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), equation 3, divided by K.

    Examples
    --------
    >>> calibrated_estimate([0.02, 0.06], [0.01, 0.1])
    array([2. , 0.6])
    """
    top, bottom = _validate.float_array(estimate, "estimate"), _validate.float_array(k, "k")
    if top.shape != bottom.shape:
        raise ValueError(f"k: expected the shape {top.shape} of estimate, got {bottom.shape}")
    if (bottom <= 0).any():
        raise ValueError(f"k: expected constants of more than 0, got {np.nanmin(bottom):g}")
    with np.errstate(over="ignore", under="ignore"):
        quotient = np.asarray(top / bottom)
    if (np.isinf(quotient) & np.isfinite(top)).any():
        raise ValueError("k: expected constants whose quotients fit a float, got one too small")
    return quotient


def js_estimate(critic_loss: npt.ArrayLike) -> FloatArray:
    """Estimate the Jensen-Shannon divergence by ½L + log 2, L = −(the discriminator's loss).

    Parameters
    ----------
    critic_loss : array
        −E log D(x) − E log(1 − D(g(z))), in nats; 2 log 2 when D knows nothing.

    Returns
    -------
    array
        In nats: at most log 2, and 0 or below when D is no better than a guess.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4.2 and figure 4, with JS taken with its ½.

    Examples
    --------
    >>> js_estimate([0.0]).round(4)
    array([0.6931])
    """
    return math.log(2) - _validate.float_array(critic_loss, "critic_loss") / 2

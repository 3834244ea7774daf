"""How good a generator is, and how far the critic's estimate can be believed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from wganlib import _moved, _validate
from wganlib._validate import FloatArray, Seed
from wganlib.distances._pairs import distances
from wganlib.distances.transport import wasserstein_1
from wganlib.training.networks import MLP
from wganlib.training.sampling import _tensor, check_module, sampler

if not TYPE_CHECKING:  # what has moved out is found, for one release more
    __getattr__ = _moved.elsewhere(__name__)


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

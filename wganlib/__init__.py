"""Distances between distributions and the Wasserstein GAN, small enough to read.

``distances``  measures, divergences, exact transport and its dual, relatives   NumPy, SciPy, POT
``training``   Algorithm 1 for one run or many at once, and what it is judged by   torch
``images``     data sets, the paper's networks, quality of pictures in numbers
``paper``      the figures of the paper and every study, by name
``cli``        the same from a terminal

What a chapter uses most is here; the rest is one dot deeper, as ``wganlib.distances.mmd_squared``.
Everything is loaded on first use: ``import wganlib`` loads neither torch nor matplotlib nor SciPy.
"""

from __future__ import annotations

from wganlib import _moved
from wganlib._lazy import attach

__version__ = "0.1.0"

#: Public names by the module they live in: the one list.
#: ``tools/stubs.py`` writes it down for editors.
_HOMES: dict[str, tuple[str, ...]] = {
    "distances.approximations": (
        "sinkhorn_plan",
        "sliced_wasserstein",
    ),
    "distances.divergences": (
        "js_divergence",
        "kl_divergence",
        "total_variation",
    ),
    "distances.duality": (
        "kantorovich_potential",
        "transport_gradient",
    ),
    "distances.examples": (
        "crossing_segments",
        "grid_of_gaussians",
        "parallel_lines",
        "ring_of_gaussians",
    ),
    "distances.ipm": (
        "bounded_critic",
        "lipschitz_critic",
    ),
    "distances.kernels": ("mmd",),
    "distances.measures": (
        "Gaussian",
        "Histogram",
        "Mixture",
        "Points",
        "Segment",
    ),
    "distances.transport": (
        "transport_plan",
        "wasserstein_1",
    ),
    "images.sets": ("load_images",),
    "training.generator_side": ("train_generator",),
    "training.history": ("History",),
    "training.intervals": (
        "confidence",
        "holm",
        "mean_difference",
    ),
    "training.lipschitz": (
        "GradientPenalty",
        "NoConstraint",
        "Orthonormal",
        "SpectralNorm",
        "SphereProjection",
        "WeightClipping",
    ),
    "training.networks": ("MLP",),
    "training.objectives": (
        "MinimaxGAN",
        "NonSaturatingGAN",
        "WGAN",
    ),
    "training.one_side": ("train_critic",),
    "training.optimisers": (
        "Adam",
        "RMSProp",
        "SGD",
    ),
    "training.sampling": ("generate",),
    "training.saved_networks": (
        "load",
        "save",
    ),
    "training.train": ("train",),
}

_get, __dir__, _names = attach(__name__, _HOMES, ("distances", "training", "images", "paper"))
__all__ = ["__version__", *_names]


def __getattr__(name: str) -> object:
    if name in _moved.GONE:
        _moved.refuse(name)
    return _moved.old_name(name) if name in _moved.NAMES else _get(name)

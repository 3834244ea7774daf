"""What a training is chosen from: data sets, objectives, Lipschitz rules, optimisers, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(frozen=True)
class Choice:
    """A name that a reader may give, what it stands for, and how it is made."""

    title: str
    make: Callable[..., Any]
    option: str = ""  # the setting that this choice takes


def _made(module: str, name: str, *args: Any, **fixed: Any) -> Any:
    return getattr(importlib.import_module(module), name)(*args, **fixed)


def _lazy(module: str, name: str, **fixed: Any) -> Callable[..., Any]:
    """Return a constructor whose module is loaded when it is called."""
    return partial(_made, module, name, **fixed)


_MEASURES = "wganlib.distances.examples"

#: Data sets, by name.
DATASETS: dict[str, Choice] = {
    "ring": Choice(
        "8 Gaussians on a circle of radius 2, σ = 0.02", _lazy(_MEASURES, "ring_of_gaussians")
    ),
    "grid": Choice(
        "25 Gaussians on a square grid, 2 apart, σ = 0.05", _lazy(_MEASURES, "grid_of_gaussians")
    ),
    "swiss-roll": Choice("a spiral of radius 2, σ = 0.05", _lazy(_MEASURES, "swiss_roll")),
}

_LATER, _OBJECTIVES, _RULES, _OPTIMISERS = (
    "wganlib.training.later",
    "wganlib.training.objectives",
    "wganlib.training.lipschitz",
    "wganlib.training.optimisers",
)

#: What the two networks play for, by name.
OBJECTIVES: dict[str, Choice] = {
    "wgan": Choice("E f(x) − E f(g(z)): the paper's", _lazy(_OBJECTIVES, "WGAN")),
    "minimax": Choice("E log D(x) + E log(1 − D(g(z)))", _lazy(_OBJECTIVES, "MinimaxGAN")),
    "non-saturating": Choice(
        "the same, the generator on −E log D(g(z))", _lazy(_OBJECTIVES, "NonSaturatingGAN")
    ),
    "relativistic": Choice(
        "a real point shall beat the generated one beside it", _lazy(_LATER, "RelativisticGAN")
    ),
}

#: What keeps the critic Lipschitz, by name.
RULES: dict[str, Choice] = {
    "clipping": Choice(
        "every weight cut to [−c, c]: the paper's", _lazy(_RULES, "WeightClipping"), "c"
    ),
    "sphere": Choice("all weights scaled to one norm", _lazy(_RULES, "SphereProjection"), "radius"),
    "penalty": Choice(
        "λ E (‖∇f‖ − 1)² between real and generated", _lazy(_RULES, "GradientPenalty"), "penalty"
    ),
    "one-sided-penalty": Choice(
        "the same, slopes below 1 go free",
        _lazy(_RULES, "GradientPenalty", one_sided=True),
        "penalty",
    ),
    "r1": Choice("½ λ E ‖∇f‖² at real points", _lazy(_LATER, "ZeroCentredPenalty"), "penalty"),
    "spectral": Choice("no layer's norm above 1", _lazy(_RULES, "SpectralNorm")),
    "orthonormal": Choice("each layer's norms all 1", _lazy(_RULES, "Orthonormal")),
    "none": Choice("no rule, as in a GAN", _lazy(_RULES, "NoConstraint")),
}

#: How a step is made from a gradient, by name.
OPTIMISERS: dict[str, Choice] = {
    "rmsprop": Choice("RMSProp: the paper's", _lazy(_OPTIMISERS, "RMSProp")),
    "adam": Choice("Adam with β = (0, 0.9)", _lazy(_OPTIMISERS, "Adam")),
    "sgd": Choice("plain gradient descent", _lazy(_OPTIMISERS, "SGD")),
}

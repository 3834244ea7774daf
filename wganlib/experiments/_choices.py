"""What a training is chosen from: data sets, objectives, Lipschitz rules, optimisers, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wganlib import measures


@dataclass(frozen=True)
class Choice:
    """A name that a reader may give, what it stands for, and how it is made."""

    title: str
    make: Callable[..., Any]
    option: str = ""  # the setting that this choice takes


def _lazy(module: str, name: str, **fixed: Any) -> Callable[..., Any]:
    """Return a constructor whose module is loaded when it is called."""

    def make(*args: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*args, **fixed)

    return make


#: Data sets, by name.
DATASETS: dict[str, Choice] = {
    "ring": Choice("8 Gaussians on a circle of radius 2, σ = 0.02", measures.ring_of_gaussians),
    "grid": Choice("25 Gaussians on a square grid, 2 apart, σ = 0.05", measures.grid_of_gaussians),
    "swiss-roll": Choice("a spiral of radius 2, σ = 0.05", measures.swiss_roll),
}

_OBJECTIVES, _RULES, _OPTIMISERS = "wganlib.objectives", "wganlib.lipschitz", "wganlib.optimisers"

#: What the two networks play for, by name.
OBJECTIVES: dict[str, Choice] = {
    "wgan": Choice("E f(x) − E f(g(z)): the paper's", _lazy(_OBJECTIVES, "WGAN")),
    "minimax": Choice("E log D(x) + E log(1 − D(g(z)))", _lazy(_OBJECTIVES, "MinimaxGAN")),
    "non-saturating": Choice(
        "the same, the generator on −E log D(g(z))", _lazy(_OBJECTIVES, "NonSaturatingGAN")
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
    "spectral": Choice("no layer's norm above 1", _lazy(_RULES, "SpectralNorm")),
    "none": Choice("no rule, as in a GAN", _lazy(_RULES, "NoConstraint")),
}

#: How a step is made from a gradient, by name.
OPTIMISERS: dict[str, Choice] = {
    "rmsprop": Choice("RMSProp: the paper's", _lazy(_OPTIMISERS, "RMSProp")),
    "adam": Choice("Adam with β = (0, 0.9)", _lazy(_OPTIMISERS, "Adam")),
    "sgd": Choice("plain gradient descent", _lazy(_OPTIMISERS, "SGD")),
}

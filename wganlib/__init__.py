"""Distances between distributions and the Wasserstein GAN, small enough to read.

Everything public is reachable from here, and loaded on first use: ``import wganlib``
itself loads neither torch nor matplotlib nor SciPy.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

#: Public name -> the module it lives in. The one list of what this package offers.
_HOME: dict[str, str] = {
    "js_divergence": "wganlib.divergences",
    "js_divergence_density": "wganlib.divergences",
    "kl_divergence": "wganlib.divergences",
    "kl_divergence_density": "wganlib.divergences",
    "kl_gaussian": "wganlib.divergences",
    "total_variation": "wganlib.divergences",
    "total_variation_density": "wganlib.divergences",
    "total_variation_gaussian": "wganlib.divergences",
    "Gaussian": "wganlib.measures",
    "Histogram": "wganlib.measures",
    "Measure": "wganlib.measures",
    "Mixture": "wganlib.measures",
    "Points": "wganlib.measures",
    "Segment": "wganlib.measures",
    "crossing_segments": "wganlib.measures",
    "grid_of_gaussians": "wganlib.measures",
    "on_common_support": "wganlib.measures",
    "on_grid": "wganlib.measures",
    "parallel_lines": "wganlib.measures",
    "ring_of_gaussians": "wganlib.measures",
    "TransportPlan": "wganlib.transport",
    "coupling_cost": "wganlib.transport",
    "empirical_cdf": "wganlib.transport",
    "product_plan": "wganlib.transport",
    "record": "wganlib.claims",
    "check_answer": "wganlib.exercises",
    "draw": "wganlib.plots",
    "Scene": "wganlib.scene",
    "transport_plan": "wganlib.transport",
    "SliderFigure": "wganlib.widgets",
    "wasserstein_1": "wganlib.transport",
    "wasserstein_1_gaussian": "wganlib.transport",
}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'wganlib' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

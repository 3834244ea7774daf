"""Distances between distributions and the Wasserstein GAN, small enough to read.

Everything public is reachable from here, and loaded on first use: ``import wganlib``
itself loads neither torch nor matplotlib nor SciPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what _HOME says, in the form that editors and mypy read
    from wganlib.claims import record as record
    from wganlib.divergences import js_divergence as js_divergence
    from wganlib.divergences import js_divergence_density as js_divergence_density
    from wganlib.divergences import kl_divergence as kl_divergence
    from wganlib.divergences import kl_divergence_density as kl_divergence_density
    from wganlib.divergences import kl_gaussian as kl_gaussian
    from wganlib.divergences import total_variation as total_variation
    from wganlib.divergences import total_variation_density as total_variation_density
    from wganlib.divergences import total_variation_gaussian as total_variation_gaussian
    from wganlib.exercises import check_answer as check_answer
    from wganlib.measures import Gaussian as Gaussian
    from wganlib.measures import Histogram as Histogram
    from wganlib.measures import Measure as Measure
    from wganlib.measures import Mixture as Mixture
    from wganlib.measures import Points as Points
    from wganlib.measures import Segment as Segment
    from wganlib.measures import crossing_segments as crossing_segments
    from wganlib.measures import grid_of_gaussians as grid_of_gaussians
    from wganlib.measures import on_common_support as on_common_support
    from wganlib.measures import on_grid as on_grid
    from wganlib.measures import parallel_lines as parallel_lines
    from wganlib.measures import ring_of_gaussians as ring_of_gaussians
    from wganlib.plots import draw as draw
    from wganlib.scene import Scene as Scene
    from wganlib.transport import TransportPlan as TransportPlan
    from wganlib.transport import coupling_cost as coupling_cost
    from wganlib.transport import empirical_cdf as empirical_cdf
    from wganlib.transport import product_plan as product_plan
    from wganlib.transport import transport_plan as transport_plan
    from wganlib.transport import wasserstein_1 as wasserstein_1
    from wganlib.transport import wasserstein_1_gaussian as wasserstein_1_gaussian
    from wganlib.widgets import SliderFigure as SliderFigure

__version__ = "0.1.0"

#: Public name -> the module it lives in. The one list of what this package offers; the
#: imports above repeat it for type checkers, and tests/test_layers.py compares the two.
_HOME: dict[str, str] = {
    "record": "wganlib.claims",
    "js_divergence": "wganlib.divergences",
    "js_divergence_density": "wganlib.divergences",
    "kl_divergence": "wganlib.divergences",
    "kl_divergence_density": "wganlib.divergences",
    "kl_gaussian": "wganlib.divergences",
    "total_variation": "wganlib.divergences",
    "total_variation_density": "wganlib.divergences",
    "total_variation_gaussian": "wganlib.divergences",
    "check_answer": "wganlib.exercises",
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
    "draw": "wganlib.plots",
    "Scene": "wganlib.scene",
    "TransportPlan": "wganlib.transport",
    "coupling_cost": "wganlib.transport",
    "empirical_cdf": "wganlib.transport",
    "product_plan": "wganlib.transport",
    "transport_plan": "wganlib.transport",
    "wasserstein_1": "wganlib.transport",
    "wasserstein_1_gaussian": "wganlib.transport",
    "MovingBoxes": "wganlib.widgets",
    "SliderFigure": "wganlib.widgets",
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

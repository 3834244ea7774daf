"""Distances between distributions and the Wasserstein GAN, small enough to read.

Everything public is reachable from here, and loaded on first use: ``import wganlib``
itself loads neither torch nor matplotlib nor SciPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what _HOME says, in the form that editors and mypy read
    from wganlib.approximations import EntropicPlan as EntropicPlan
    from wganlib.approximations import sinkhorn as sinkhorn
    from wganlib.approximations import sinkhorn_divergence as sinkhorn_divergence
    from wganlib.approximations import sinkhorn_plan as sinkhorn_plan
    from wganlib.approximations import sliced_wasserstein as sliced_wasserstein
    from wganlib.claims import record as record
    from wganlib.datasets import ImageSet as ImageSet
    from wganlib.datasets import load_images as load_images
    from wganlib.divergences import js_divergence as js_divergence
    from wganlib.divergences import js_divergence_density as js_divergence_density
    from wganlib.divergences import kl_divergence as kl_divergence
    from wganlib.divergences import kl_divergence_density as kl_divergence_density
    from wganlib.divergences import kl_gaussian as kl_gaussian
    from wganlib.divergences import total_variation as total_variation
    from wganlib.divergences import total_variation_density as total_variation_density
    from wganlib.divergences import total_variation_gaussian as total_variation_gaussian
    from wganlib.evaluation import calibrated_estimate as calibrated_estimate
    from wganlib.evaluation import correlation_along_training as correlation_along_training
    from wganlib.evaluation import em_to_data as em_to_data
    from wganlib.evaluation import generate as generate
    from wganlib.evaluation import gradient_norms as gradient_norms
    from wganlib.evaluation import js_estimate as js_estimate
    from wganlib.evaluation import lipschitz_bound as lipschitz_bound
    from wganlib.evaluation import lipschitz_estimate as lipschitz_estimate
    from wganlib.evaluation import mode_coverage as mode_coverage
    from wganlib.exercises import check_answer as check_answer
    from wganlib.exercises import check_choice as check_choice
    from wganlib.halves import train_critic as train_critic
    from wganlib.halves import train_generator as train_generator
    from wganlib.history import History as History
    from wganlib.image_networks import DCGANCritic as DCGANCritic
    from wganlib.image_networks import DCGANGenerator as DCGANGenerator
    from wganlib.image_networks import MLPCritic as MLPCritic
    from wganlib.image_networks import MLPGenerator as MLPGenerator
    from wganlib.image_quality import class_coverage as class_coverage
    from wganlib.image_quality import image_distance as image_distance
    from wganlib.image_quality import measure_images as measure_images
    from wganlib.image_quality import nearest_images as nearest_images
    from wganlib.image_quality import train_classifier as train_classifier
    from wganlib.intervals import confidence as confidence
    from wganlib.intervals import mean_difference as mean_difference
    from wganlib.ipm import OptimalCritic as OptimalCritic
    from wganlib.ipm import bounded_critic as bounded_critic
    from wganlib.ipm import bounded_lipschitz_critic as bounded_lipschitz_critic
    from wganlib.ipm import discrete_metric as discrete_metric
    from wganlib.ipm import kernel_critic as kernel_critic
    from wganlib.ipm import lipschitz_critic as lipschitz_critic
    from wganlib.ipm import mmd as mmd
    from wganlib.ipm import mmd_gaussian as mmd_gaussian
    from wganlib.ipm import mmd_squared as mmd_squared
    from wganlib.lipschitz import GradientPenalty as GradientPenalty
    from wganlib.lipschitz import NoConstraint as NoConstraint
    from wganlib.lipschitz import SpectralNorm as SpectralNorm
    from wganlib.lipschitz import SphereProjection as SphereProjection
    from wganlib.lipschitz import WeightClipping as WeightClipping
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
    from wganlib.measures import swiss_roll as swiss_roll
    from wganlib.networks import MLP as MLP
    from wganlib.objectives import WGAN as WGAN
    from wganlib.objectives import MinimaxGAN as MinimaxGAN
    from wganlib.objectives import NonSaturatingGAN as NonSaturatingGAN
    from wganlib.optimisers import SGD as SGD
    from wganlib.optimisers import Adam as Adam
    from wganlib.optimisers import RMSProp as RMSProp
    from wganlib.optimisers import Watched as Watched
    from wganlib.plots import draw as draw
    from wganlib.potentials import KantorovichPotential as KantorovichPotential
    from wganlib.potentials import LipschitzExtension as LipschitzExtension
    from wganlib.potentials import c_transform as c_transform
    from wganlib.potentials import kantorovich_potential as kantorovich_potential
    from wganlib.potentials import mcshane_extension as mcshane_extension
    from wganlib.potentials import transport_gradient as transport_gradient
    from wganlib.scene import Scene as Scene
    from wganlib.sequences import Distances as Distances
    from wganlib.sequences import FunctionSequence as FunctionSequence
    from wganlib.sequences import MeasureSequence as MeasureSequence
    from wganlib.sequences import Norms as Norms
    from wganlib.sequences import function_sequence as function_sequence
    from wganlib.sequences import measure_sequence as measure_sequence
    from wganlib.training import train as train
    from wganlib.transport import TransportPlan as TransportPlan
    from wganlib.transport import coupling_cost as coupling_cost
    from wganlib.transport import empirical_cdf as empirical_cdf
    from wganlib.transport import product_plan as product_plan
    from wganlib.transport import transport_plan as transport_plan
    from wganlib.transport import wasserstein_1 as wasserstein_1
    from wganlib.transport import wasserstein_1_gaussian as wasserstein_1_gaussian
    from wganlib.widgets import MovingBoxes as MovingBoxes
    from wganlib.widgets import Quiz as Quiz
    from wganlib.widgets import SliderFigure as SliderFigure

__version__ = "0.1.0"

#: Public name -> the module it lives in. The one list of what this package offers; the
#: imports above repeat it for type checkers, and tests/test_layers.py compares the two.
_HOME: dict[str, str] = {
    "EntropicPlan": "wganlib.approximations",
    "sinkhorn": "wganlib.approximations",
    "sinkhorn_divergence": "wganlib.approximations",
    "sinkhorn_plan": "wganlib.approximations",
    "sliced_wasserstein": "wganlib.approximations",
    "record": "wganlib.claims",
    "ImageSet": "wganlib.datasets",
    "load_images": "wganlib.datasets",
    "js_divergence": "wganlib.divergences",
    "js_divergence_density": "wganlib.divergences",
    "kl_divergence": "wganlib.divergences",
    "kl_divergence_density": "wganlib.divergences",
    "kl_gaussian": "wganlib.divergences",
    "total_variation": "wganlib.divergences",
    "total_variation_density": "wganlib.divergences",
    "total_variation_gaussian": "wganlib.divergences",
    "calibrated_estimate": "wganlib.evaluation",
    "correlation_along_training": "wganlib.evaluation",
    "em_to_data": "wganlib.evaluation",
    "generate": "wganlib.evaluation",
    "gradient_norms": "wganlib.evaluation",
    "js_estimate": "wganlib.evaluation",
    "lipschitz_bound": "wganlib.evaluation",
    "lipschitz_estimate": "wganlib.evaluation",
    "mode_coverage": "wganlib.evaluation",
    "check_answer": "wganlib.exercises",
    "check_choice": "wganlib.exercises",
    "train_critic": "wganlib.halves",
    "train_generator": "wganlib.halves",
    "History": "wganlib.history",
    "DCGANCritic": "wganlib.image_networks",
    "DCGANGenerator": "wganlib.image_networks",
    "MLPCritic": "wganlib.image_networks",
    "MLPGenerator": "wganlib.image_networks",
    "class_coverage": "wganlib.image_quality",
    "image_distance": "wganlib.image_quality",
    "measure_images": "wganlib.image_quality",
    "nearest_images": "wganlib.image_quality",
    "train_classifier": "wganlib.image_quality",
    "confidence": "wganlib.intervals",
    "mean_difference": "wganlib.intervals",
    "OptimalCritic": "wganlib.ipm",
    "bounded_critic": "wganlib.ipm",
    "bounded_lipschitz_critic": "wganlib.ipm",
    "discrete_metric": "wganlib.ipm",
    "kernel_critic": "wganlib.ipm",
    "lipschitz_critic": "wganlib.ipm",
    "mmd": "wganlib.ipm",
    "mmd_gaussian": "wganlib.ipm",
    "mmd_squared": "wganlib.ipm",
    "GradientPenalty": "wganlib.lipschitz",
    "NoConstraint": "wganlib.lipschitz",
    "SpectralNorm": "wganlib.lipschitz",
    "SphereProjection": "wganlib.lipschitz",
    "WeightClipping": "wganlib.lipschitz",
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
    "swiss_roll": "wganlib.measures",
    "MLP": "wganlib.networks",
    "MinimaxGAN": "wganlib.objectives",
    "NonSaturatingGAN": "wganlib.objectives",
    "WGAN": "wganlib.objectives",
    "Adam": "wganlib.optimisers",
    "RMSProp": "wganlib.optimisers",
    "SGD": "wganlib.optimisers",
    "Watched": "wganlib.optimisers",
    "draw": "wganlib.plots",
    "KantorovichPotential": "wganlib.potentials",
    "LipschitzExtension": "wganlib.potentials",
    "c_transform": "wganlib.potentials",
    "kantorovich_potential": "wganlib.potentials",
    "mcshane_extension": "wganlib.potentials",
    "transport_gradient": "wganlib.potentials",
    "Scene": "wganlib.scene",
    "Distances": "wganlib.sequences",
    "FunctionSequence": "wganlib.sequences",
    "MeasureSequence": "wganlib.sequences",
    "Norms": "wganlib.sequences",
    "function_sequence": "wganlib.sequences",
    "measure_sequence": "wganlib.sequences",
    "train": "wganlib.training",
    "TransportPlan": "wganlib.transport",
    "coupling_cost": "wganlib.transport",
    "empirical_cdf": "wganlib.transport",
    "product_plan": "wganlib.transport",
    "transport_plan": "wganlib.transport",
    "wasserstein_1": "wganlib.transport",
    "wasserstein_1_gaussian": "wganlib.transport",
    "MovingBoxes": "wganlib.widgets",
    "Quiz": "wganlib.widgets",
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

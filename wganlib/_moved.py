"""Names that have moved since the first release: they are found for one more, and say where.

Notebooks that readers have saved go on running; each use of an old name warns.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

#: Old top-level names, and the module that has them.
NAMES: dict[str, str] = {
    "DCGANCritic": "wganlib.images",
    "DCGANGenerator": "wganlib.images",
    "Distances": "wganbook",
    "EntropicPlan": "wganlib.distances",
    "FunctionSequence": "wganbook",
    "ImageSet": "wganlib.images",
    "KantorovichPotential": "wganlib.distances",
    "LipschitzExtension": "wganlib.distances",
    "MLPCritic": "wganlib.images",
    "MLPGenerator": "wganlib.images",
    "Measure": "wganlib.distances",
    "MeasureSequence": "wganbook",
    "MovingBoxes": "wganbook",
    "Norms": "wganbook",
    "OptimalCritic": "wganlib.distances",
    "Quiz": "wganbook",
    "Scene": "wganbook",
    "SliderFigure": "wganbook",
    "TransportPlan": "wganlib.distances",
    "Watched": "wganlib.training",
    "bounded_lipschitz_critic": "wganlib.distances",
    "c_transform": "wganlib.distances",
    "check_answer": "wganbook",
    "check_choice": "wganbook",
    "class_coverage": "wganlib.images",
    "correlation_along_training": "wganlib.training",
    "coupling_cost": "wganlib.distances",
    "draw": "wganbook",
    "em_to_data": "wganlib.training",
    "empirical_cdf": "wganlib.distances",
    "function_sequence": "wganbook",
    "gradient_norms": "wganlib.training",
    "image_distance": "wganlib.images",
    "js_divergence_density": "wganlib.distances",
    "kernel_critic": "wganlib.distances",
    "kl_divergence_density": "wganlib.distances",
    "kl_gaussian": "wganlib.distances",
    "lipschitz_bound": "wganlib.training",
    "mcshane_extension": "wganlib.distances",
    "measure_images": "wganlib.images",
    "measure_sequence": "wganbook",
    "mmd_gaussian": "wganlib.distances",
    "mmd_squared": "wganlib.distances",
    "mode_coverage": "wganlib.training",
    "nearest_images": "wganlib.images",
    "on_common_support": "wganlib.distances",
    "product_plan": "wganlib.distances",
    "record": "wganbook",
    "sinkhorn": "wganlib.distances",
    "sinkhorn_divergence": "wganlib.distances",
    "swiss_roll": "wganlib.distances",
    "total_variation_density": "wganlib.distances",
    "total_variation_gaussian": "wganlib.distances",
    "train_classifier": "wganlib.images",
    "wasserstein_1_gaussian": "wganlib.distances",
}

#: Old modules, and their new names.
MODULES: dict[str, str] = {
    "faults": "wganlib.files",
    "distributed": "wganlib.training.distributed",
    "measures": "wganlib.distances.measures",
    "divergences": "wganlib.distances.divergences",
    "transport": "wganlib.distances.transport",
    "ipm": "wganlib.distances.ipm",
    "approximations": "wganlib.distances.approximations",
    "potentials": "wganlib.distances.duality",
    "_runs": "wganlib.training.streams",
    "batches": "wganlib.training.draws",
    "networks": "wganlib.training.networks",
    "objectives": "wganlib.training.objectives",
    "lipschitz": "wganlib.training.lipschitz",
    "optimisers": "wganlib.training.optimisers",
    "step": "wganlib.training.step",
    "settings": "wganlib.training.settings",
    "trainer": "wganlib.training.trainer",
    "checkpoints": "wganlib.training.checkpoints",
    "history": "wganlib.training.history",
    "records": "wganlib.training.records",
    "halves": "wganlib.training.one_side",
    "evaluation": "wganlib.training.evaluation",
    "intervals": "wganlib.training.intervals",
    "datasets": "wganlib.images.sets",
    "image_networks": "wganlib.images.networks",
    "image_quality": "wganlib.images.quality",
    "experiment": "wganlib.paper.experiment",
    "experiments": "wganlib.paper.experiments",
    "image_experiments": "wganlib.paper.images",
    "scene": "wganbook.scene",
    "plots": "wganbook.plots",
    "claims": "wganbook.claims",
    "sequences": "wganbook.sequences",
    "exercises": "wganbook.questions",
    "widgets": "wganbook.widgets",
    "scenes": "wganbook.figures",
}

_EXAMPLES, _GAUSSIANS, _KERNELS, _SAMPLING = (
    "wganlib.distances.examples",
    "wganlib.distances.gaussians",
    "wganlib.distances.kernels",
    "wganlib.training.sampling",
)

#: Names that are no more, and what does their work.
GONE: dict[str, str] = {
    "calibrated_estimate": "divide the estimate by the Lipschitz constant",
    "discrete_metric": "compare the two by ==",
    "js_estimate": "it is log 2 - loss / 2, the loss being the discriminator's",
    "lipschitz_estimate": "take the largest of wganlib.training.gradient_norms",
    "on_grid": "divide points by a width, round down, and use wganlib.distances.on_common_support",
}

#: Names that have moved out of a module that stays. Pickles name them too, private ones included.
SPLIT: dict[str, dict[str, str]] = {
    "wganlib.distances.measures": {
        "SwissRoll": _EXAMPLES,
        "crossing_segments": _EXAMPLES,
        "grid_of_gaussians": _EXAMPLES,
        "on_common_support": "wganlib.distances.supports",
        "parallel_lines": _EXAMPLES,
        "ring_of_gaussians": _EXAMPLES,
        "swiss_roll": _EXAMPLES,
    },
    "wganlib.distances.divergences": {
        "kl_gaussian": _GAUSSIANS,
        "total_variation_gaussian": _GAUSSIANS,
    },
    "wganlib.distances.transport": {"wasserstein_1_gaussian": _GAUSSIANS},
    "wganlib.distances.ipm": {
        "KERNELS": _KERNELS,
        "_nothing": _KERNELS,
        "_witness": _KERNELS,
        "kernel_critic": _KERNELS,
        "mmd": _KERNELS,
        "mmd_gaussian": _GAUSSIANS,
        "mmd_squared": _KERNELS,
    },
    "wganlib.training.evaluation": {
        "generate": _SAMPLING,
        "prior": _SAMPLING,
    },
    "wganlib.training.one_side": {
        "GeneratorTraining": "wganlib.training.generator_side",
        "train_generator": "wganlib.training.generator_side",
    },
    "wganlib.images.quality": {
        "_Layers": "wganlib.images.classifier",
        "train_classifier": "wganlib.images.classifier",
    },
    "wganbook.sequences": {
        "FunctionSequence": "wganbook.function_sequences",
        "Norms": "wganbook.function_sequences",
        "function_sequence": "wganbook.function_sequences",
    },
}


def _warn(old: str, new: str, depth: int) -> None:
    words = f"{old} is now {new}; the old name goes with the next release"
    warnings.warn(words, DeprecationWarning, stacklevel=depth)


def old_name(name: str) -> object:
    """Return what an old top-level name meant, with a warning."""
    _warn(f"wganlib.{name}", f"{NAMES[name]}.{name}", 4)
    return getattr(importlib.import_module(NAMES[name]), name)


def refuse(name: str) -> NoReturn:
    """Say what does the work of a name that is no more."""
    raise AttributeError(f"wganlib.{name} is no more: {GONE[name]}")


def elsewhere(module: str) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a module that has been split."""

    def get(name: str) -> object:
        home = SPLIT[module].get(name)
        if home is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        _warn(f"{module}.{name}", f"{home}.{name}", 3)
        return getattr(importlib.import_module(home), name)

    return get


class _Finder(MetaPathFinder, Loader):
    """Finds ``wganlib.scenes`` and its like under their new names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        old = fullname.removeprefix("wganlib.")
        return ModuleSpec(fullname, self) if old != fullname and old in MODULES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        old = spec.name.removeprefix("wganlib.")
        _warn(spec.name, MODULES[old], 2)
        return importlib.import_module(MODULES[old])

    def exec_module(self, module: ModuleType) -> None:
        """The module has been executed under its own name."""


if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
    sys.meta_path.insert(0, _Finder())

"""The moving figures of the book, computed: each function returns a ``wganbook.scene.Scene``.

Nothing here draws. Distances come from the compute layer, POT underneath where an exact
transport problem has to be solved. A module or a few for each chapter, loaded when a name of it
is first used: the figures of distances need no torch.
"""

from __future__ import annotations

import importlib
from typing import Any

#: Module -> the public names that live in it.
_NAMES: dict[str, tuple[str, ...]] = {
    "balance": (
        "equal_budget",
        "imbalance",
        "mode_masses",
        "rate_or_steps",
    ),
    "mode_collapse": (
        "Collapse",
        "collapse_film",
        "forgotten_modes",
        "mode_shares",
        "two_modes",
    ),
    "convergence": (
        "function_norms",
        "other_shapes",
        "spike_heights",
        "two_lengths",
    ),
    "convergence_primer": (
        "greatest_lower_bound",
        "nearest_pair",
        "smooth_critics",
    ),
    "convergence_measures": (
        "measure_distances",
        "simple_sets",
        "thin_intervals",
        "wave_moduli",
        "wave_points",
    ),
    "continuity": (
        "Cells",
        "cantor_generator",
        "cantor_teeth",
        "in_cells",
        "modulus_of_continuity",
        "network_path",
        "network_walk",
        "vanishing_spike",
    ),
    "optimal_critic": (
        "critic_steps",
        "kinked_potential",
        "perfect_critic",
        "perfect_discriminator",
        "perfect_judges",
    ),
    "optimal_critic_trained": (
        "clip_values",
        "judges_in_training",
        "moved_origin",
    ),
    "dirac": ("dirac_trajectories",),
    "four_distances": (
        "best_set",
        "bounds",
        "coins",
        "separated_boxes",
        "shifted_gaussians",
    ),
    "duality": (
        "haulier_prices",
        "optimal_critics",
        "potential_follows",
        "split_mass",
    ),
    "duality_directions": (
        "critic_directions",
        "field_grid",
    ),
    "why_gans_are_hard": (
        "dilemma",
        "discriminator_film",
        "heavy_tails",
        "judges_of_slope",
    ),
    "learning_a_distribution": (
        "along_a_generator",
        "curve_in_cells",
        "maximum_likelihood",
        "noise_on_images",
    ),
    "hierarchy": (
        "goes_to_zero",
        "ladder_of_sequences",
        "table_of_sequences",
        "table_rows",
    ),
    "images": (
        "ImageFilm",
        "critic_optimisers",
        "film_of",
        "image_curves",
        "image_film",
        "sample_grid",
    ),
    "parallel_lines": (
        "crossing_segments",
        "descend",
        "descent_race",
        "sliding_lines",
        "vanishing_sequences",
    ),
    "lipschitz": (
        "clipping_race",
        "critic_gallery",
        "fading_signal",
        "lipschitz_cone",
        "weight_histograms",
    ),
    "potentials": ("folded_critics", "solvers_by_dimension"),
    "network_constants": (
        "Constants",
        "layer_constants",
        "layer_constants_of",
        "running_means",
    ),
    "relatives": (
        "allowed_slope",
        "batch_valleys",
        "blurred_plan",
        "energies",
        "function_classes",
    ),
    "few_points": ("fooled_critics",),
    "other_duals": (
        "one_function",
        "variational_bounds",
    ),
    "relatives_kernels": (
        "bandwidths",
        "line_energy",
        "moment_matching",
    ),
    "training_a_wgan": (
        "Recording",
        "estimates_against_em",
        "minibatch_scale",
        "training_film",
    ),
    "floors": ("falling_floors",),
    "earth_mover": (
        "cdf_area",
        "couplings",
        "sample_bias",
    ),
}

_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'wganbook.figures' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"wganbook.figures.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)

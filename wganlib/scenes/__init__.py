"""The moving figures of the book, computed: each function returns a ``wganlib.scene.Scene``.

Nothing here draws. Distances come from the compute layer, POT underneath where an exact
transport problem has to be solved. A module or a few for each chapter, loaded when a name of it
is first used: the figures of distances need no torch.
"""

from __future__ import annotations

import importlib
from typing import Any

#: Module -> the public names that live in it.
_NAMES: dict[str, tuple[str, ...]] = {
    "collapse": (
        "Collapse",
        "collapse_film",
        "forgotten_modes",
        "imbalance",
        "mode_masses",
        "mode_shares",
        "record_collapse",
        "two_modes",
    ),
    "convergence": (
        "function_norms",
        "greatest_lower_bound",
        "measure_distances",
        "nearest_pair",
        "other_shapes",
        "simple_sets",
        "smooth_critics",
        "spike_heights",
        "thin_intervals",
        "two_lengths",
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
    "critics": (
        "clip_values",
        "critic_steps",
        "judges_in_training",
        "kinked_potential",
        "moved_origin",
        "perfect_critic",
        "perfect_discriminator",
        "perfect_judges",
    ),
    "distances": (
        "best_set",
        "bounds",
        "coins",
        "separated_boxes",
        "shifted_gaussians",
    ),
    "duality": (
        "critic_directions",
        "field_grid",
        "haulier_prices",
        "optimal_critics",
        "potential_follows",
        "split_mass",
    ),
    "gans": (
        "dilemma",
        "discriminator_film",
        "heavy_tails",
        "judges_of_slope",
    ),
    "learning": (
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
    "lines": (
        "crossing_segments",
        "descend",
        "descent_race",
        "parallel_lines",
        "vanishing_sequences",
    ),
    "lipschitz": (
        "clipping_race",
        "critic_gallery",
        "fading_signal",
        "lipschitz_cone",
        "weight_histograms",
    ),
    "network_constants": (
        "Constants",
        "layer_constants",
        "layer_constants_of",
        "running_means",
    ),
    "relatives": (
        "allowed_slope",
        "bandwidths",
        "batch_valleys",
        "blurred_plan",
        "energies",
        "function_classes",
        "line_energy",
        "moment_matching",
    ),
    "training": (
        "Recording",
        "estimates_against_em",
        "frame_steps",
        "record_training",
        "steepest_chord",
        "training_film",
    ),
    "transport": (
        "cdf_area",
        "couplings",
        "sample_bias",
    ),
}

_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'wganlib.scenes' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"wganlib.scenes.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)

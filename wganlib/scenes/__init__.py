"""The moving figures of the book, computed: each function returns a ``wganlib.scene.Scene``.

Nothing here draws. Distances come from the compute layer, POT underneath where an exact
transport problem has to be solved. One module a chapter.
"""

from wganlib.scenes.critics import (
    clip_values,
    critic_steps,
    judges_in_training,
    kinked_potential,
    moved_origin,
    perfect_critic,
    perfect_discriminator,
    perfect_judges,
)
from wganlib.scenes.distances import (
    best_set,
    bounds,
    coins,
    separated_boxes,
    shifted_gaussians,
)
from wganlib.scenes.duality import (
    critic_directions,
    field_grid,
    haulier_prices,
    optimal_critics,
    potential_follows,
    split_mass,
)
from wganlib.scenes.gans import (
    confidence,
    dilemma,
    discriminator_film,
    heavy_tails,
    judges_of_slope,
)
from wganlib.scenes.lines import (
    crossing_segments,
    descend,
    descent_race,
    parallel_lines,
    vanishing_sequences,
)
from wganlib.scenes.lipschitz import (
    clipping_race,
    critic_gallery,
    fading_signal,
    lipschitz_cone,
    weight_histograms,
)
from wganlib.scenes.training import (
    Recording,
    estimates_against_em,
    frame_steps,
    record_training,
    steepest_chord,
    training_film,
)
from wganlib.scenes.transport import cdf_area, couplings, sample_bias

__all__ = [
    "Recording",
    "best_set",
    "bounds",
    "cdf_area",
    "clip_values",
    "clipping_race",
    "coins",
    "confidence",
    "couplings",
    "critic_directions",
    "critic_gallery",
    "critic_steps",
    "crossing_segments",
    "descend",
    "descent_race",
    "dilemma",
    "discriminator_film",
    "estimates_against_em",
    "fading_signal",
    "field_grid",
    "frame_steps",
    "haulier_prices",
    "heavy_tails",
    "judges_in_training",
    "judges_of_slope",
    "kinked_potential",
    "lipschitz_cone",
    "moved_origin",
    "optimal_critics",
    "parallel_lines",
    "perfect_critic",
    "perfect_discriminator",
    "perfect_judges",
    "potential_follows",
    "record_training",
    "sample_bias",
    "separated_boxes",
    "shifted_gaussians",
    "split_mass",
    "steepest_chord",
    "training_film",
    "vanishing_sequences",
    "weight_histograms",
]

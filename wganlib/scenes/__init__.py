"""The moving figures of the book, computed: each function returns a ``wganlib.scene.Scene``.

Nothing here draws. Distances come from the compute layer, POT underneath where an exact
transport problem has to be solved. One module a chapter.
"""

from wganlib.scenes.distances import (
    best_set,
    bounds,
    coins,
    separated_boxes,
    shifted_gaussians,
)
from wganlib.scenes.lines import (
    crossing_segments,
    descend,
    descent_race,
    parallel_lines,
    vanishing_sequences,
)
from wganlib.scenes.transport import cdf_area, couplings, sample_bias

__all__ = [
    "best_set",
    "bounds",
    "cdf_area",
    "coins",
    "couplings",
    "crossing_segments",
    "descend",
    "descent_race",
    "parallel_lines",
    "sample_bias",
    "separated_boxes",
    "shifted_gaussians",
    "vanishing_sequences",
]

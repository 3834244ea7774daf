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

__all__ = [
    "best_set",
    "bounds",
    "coins",
    "crossing_segments",
    "descend",
    "descent_race",
    "parallel_lines",
    "separated_boxes",
    "shifted_gaussians",
    "vanishing_sequences",
]

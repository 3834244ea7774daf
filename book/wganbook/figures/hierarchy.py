"""Moving figures of theorem 2: sequences of measures that tell five distances apart."""

from __future__ import annotations

import numpy as np

from wganbook import sequences
from wganbook.scene import (
    Axis,
    Mark,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    cells,
    line,
    points,
    segments,
)
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances import transport
from wganlib.distances.measures import Histogram

#: The sequences of the table, and the short names of its rows.
ROWS = {
    "tilting scales": "tilt",
    "shrinking interval": "shrink",
    "spike": "spike",
    "sliding interval": "slide",
    "leaking mass": "leak",
    "comb": "comb",
    "shifting atom": "atom",
    "escaping mass": "escape",
}
COLUMNS = {"kl": "KL", "reverse_kl": "KL back", "js": "JS", "tv": "TV", "w1": "W"}
_ROLE = {"kl": "kl", "reverse_kl": "kl", "js": "js", "tv": "tv", "w1": "em"}
_FULL = {"kl": 1.1, "reverse_kl": 1.1, "js": 0.75, "tv": 1.08, "w1": 1.08}


def table_rows() -> tuple[str, ...]:
    """Return the names of the sequences in the table, from the strongest convergence down.

    Source: Arjovsky, Chintala & Bottou (2017), theorem 2.
    """
    return tuple(ROWS)


def goes_to_zero(name: str, distance: str) -> bool:
    """Say by measurement whether a distance of a sequence goes to 0.

    ``name``: of a sequence, as in ``wganbook.measure_sequence``. Whether n = 7, 70, 700 lowers the
    computed value to a third or less, twice.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 2.
    """
    sequence = sequences.measure_sequence(name)
    check.one_of(distance, "distance", COLUMNS)
    first, second, third = (getattr(sequence.distances(n), distance) for n in (7, 70, 700))
    if third <= second / 3 <= first / 9 and np.isfinite(first):
        return True
    if third >= second / 1.5 >= first / 2.25:
        return False
    raise RuntimeError(f"undecided: {name}, {distance}: {first}, {second}, {third}")


def _tinted_cells() -> list[Mark]:
    """Tint the cells of the distances that go to 0 green, and the others orange."""
    middles: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for row, name in enumerate(ROWS):
        for column, key in enumerate(COLUMNS):
            middles[goes_to_zero(name, key)].append((column + 0.5, len(ROWS) - row - 0.5))
    shades: list[Mark] = []
    for verdict, role in ((True, "good"), (False, "js")):
        x0, y0 = np.array(middles[verdict]).T
        shades.append(cells(x0, y0, np.full(len(x0), 0.16), width=0.94, height=0.94, role=role))
    return shades


def _infinite(ends: list[tuple[float, float]]) -> Mark:
    """Draw bars along the tops of cells where a distance is infinite, two ends for each."""
    tip = np.array(ends)
    return segments(
        tip[::2, 0], tip[::2, 1], np.maximum(tip[1::2, 0], tip[::2, 0] + 0.02), tip[1::2, 1],
        role="ink", label="infinite",
    )  # fmt: skip


def table_of_sequences(frames: int = 24) -> Scene:
    """Compute the table of sequences by distances: in each cell a distance over n.

    ``frames``: positions of the slider, 2 to 60: n from 1 to 700. One panel with a small plot in
    each cell, tinted by whether the distance goes to 0.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 2.
    """
    count = check.integer(frames, "frames", at_least=2, at_most=60)
    n = np.unique(np.rint(np.geomspace(1, 700, count)).astype(int))
    across, inner = np.log(n) / np.log(700.0), 0.84
    marks: list[Mark] = []
    dots: dict[str, tuple[list[FloatArray], list[FloatArray]]] = {}
    tops: list[tuple[float, float]] = []
    below = {key: np.zeros(n.size, dtype=int) for key in COLUMNS}
    for row, name in enumerate(ROWS):
        measured = [sequences.measure_sequence(name).distances(int(k)) for k in n]
        for column, key in enumerate(COLUMNS):
            values = np.array([getattr(each, key) for each in measured])
            left, bottom = column + (1 - inner) / 2, len(ROWS) - 1 - row + (1 - inner) / 2
            x = left + inner * across
            y = bottom + inner * np.where(np.isfinite(values), values, np.nan) / _FULL[key]
            below[key] += values < 0.01
            if np.isfinite(values).any():
                marks.append(line(x, y, role=_ROLE[key]))
            if not np.isfinite(values).all():
                ends = x[~np.isfinite(values)]
                tops.append((float(ends[0]), bottom + inner))
                tops.append((float(ends[-1]), bottom + inner))
            seen = np.where(np.isfinite(values), y, bottom + inner)
            xs, ys = dots.setdefault(_ROLE[key], ([], []))
            xs.append(x)
            ys.append(seen)
    moving = [
        points(np.array(xs).T, np.array(ys).T, role=role, size=3) for role, (xs, ys) in dots.items()
    ]
    table = Panel(
        "Sequences by distances",
        Axis(
            "distance", 0.0, len(COLUMNS), [k + 0.5 for k in range(len(COLUMNS))],
            list(COLUMNS.values()),
        ),
        Axis(
            "sequence", 0.0, len(ROWS), [len(ROWS) - k - 0.5 for k in range(len(ROWS))],
            list(ROWS.values()),
        ),
        [*_tinted_cells(), *marks, _infinite(tops), *moving],
    )  # fmt: skip
    return Scene(
        "Which distances go to 0?",
        Slider("n", "n: the term of each sequence", n.tolist(), n.size // 2, digits=0, play=True),
        [table],
        [
            Readout(f"{label}: below 0.01", below[key].tolist(), role=_ROLE[key], digits=0)
            for key, label in COLUMNS.items()
        ],
        "A table of small plots: eight sequences down, five distances across, n from 1 to 700 in "
        "each cell. Green cells fall to 0; orange ones do not, and a bar along the top means that "
        "the distance is infinite. The green grows from left to right: whatever falls in KL falls "
        "in JS and TV, and whatever falls in TV falls in W, except for mass that escapes.",
    )


#: The four rungs of theorem 2, and for each what does not go to 0.
LADDER = {
    "tilting scales": "everything goes to 0",
    "shrinking interval": "all but KL back",
    "sliding interval": "JS, TV and W alone",
    "comb": "W alone",
}


def _cumulated(name: str, n: int, at: FloatArray) -> FloatArray:
    sequence = sequences.measure_sequence(name)
    measure = sequence.term(n) if n else sequence.limit
    if isinstance(measure, Histogram):
        return np.asarray(np.interp(at, measure.edges, np.r_[0.0, np.cumsum(measure.mass)]))
    spots, weights = measure.discretise(1)
    return transport.empirical_cdf(spots, at, weights)


def ladder_of_sequences() -> Scene:
    """Compute four sequences that converge in fewer and fewer distances.

    A panel for each, with the CDFs of P_n and of P; the area between is W.
    Source: Arjovsky, Chintala & Bottou (2017), theorem 2.
    """
    terms = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]
    x = np.linspace(-0.1, 2.1, 133)
    panels, far = [], []
    for name, lesson in LADDER.items():
        limit = _cumulated(name, 0, x)
        rows = np.array([_cumulated(name, n, x) for n in terms])
        panels.append(
            Panel(
                f"{name.capitalize()}: {lesson}",
                Axis("x (length)", -0.1, 2.1, (0, 1, 2)),
                Axis("share below x", -0.05, 1.05, (0, 1)),
                [
                    area(x, np.minimum(rows, limit), np.maximum(rows, limit), role="em", label="W"),
                    line(x, limit, role="p", label="P"),
                    line(x, rows, role="q", label="P at n"),
                ],
            )
        )
        far.append([sequences.measure_sequence(name).distances(n) for n in terms])
    tilt, shrink, slide, comb = far
    return Scene(
        "Four sequences, four rungs",
        Slider("n", "n: the term of each sequence", terms, 2, digits=0, play=True),
        panels,
        [
            Readout("tilting: KL", [d.kl for d in tilt], role="kl", digits=4),
            Readout("shrinking: KL back", [d.reverse_kl for d in shrink], role="kl"),
            Readout("sliding: KL", [d.kl for d in slide], role="kl"),
            Readout("comb: TV", [d.tv for d in comb], role="tv"),
            Readout(
                "largest W", [max(d.w1 for d in four) for four in zip(*far, strict=True)], role="em"
            ),
        ],
        "Four panels with the cumulative distribution of P, fixed, and of P at n, which comes "
        "closer with n in all of them: the shaded area between the two, W, goes to 0. KL of the "
        "tilting scales goes to 0 as well, KL back of the shrinking interval and KL of the "
        "sliding one are infinite, and TV of the comb stays at one quarter.",
    )

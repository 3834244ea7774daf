"""Figures 3 to 8: trainings on images, as cells of one grid that several figures read.

Figures 3 and 5 both need the DCGAN generator with the WGAN method, so both read the part
``dcgan-wgan`` if they share a directory. ``image_cells`` says what a cell is, ``image_runs`` trains
it, ``image_courses`` says what came of it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from wganlib import _validate
from wganlib.paper.experiment import Experiment
from wganlib.paper.image_cells import (
    BUDGETS,
    CELLS,
    PAPERS,
    SOURCE,
    TUNING,
    UPDATES,
    Cell,
    method,
    networks,
    steps_a_look,
)
from wganlib.paper.image_courses import (
    Course,
    course,
    median_filter,
    summary,
    table,
    write_sheet,
    write_sheets,
)
from wganlib.paper.image_runs import SHEET_SEED, Material, compute, material

__all__ = [
    "BUDGETS",
    "CELLS",
    "DATA",
    "FIGURES",
    "PAPERS",
    "SHEET_SEED",
    "TUNING",
    "UPDATES",
    "Cell",
    "Course",
    "Material",
    "course",
    "experiment",
    "material",
    "median_filter",
    "method",
    "networks",
    "of_settings",
    "steps_a_look",
    "summary",
    "table",
    "write_sheet",
    "write_sheets",
]

#: Title of each figure, and the parts that it reads.
FIGURES: dict[int, tuple[str, tuple[str, ...]]] = {
    3: (
        "The WGAN estimate along training on images",
        ("mlp-wgan", "dcgan-wgan", "both-mlp-wgan", "both-mlp-wgan-usual"),
    ),
    4: ("The GAN's JS estimate along training", ("mlp-gan", "dcgan-gan", "both-mlp-gan")),
    5: (
        "DCGAN generator: WGAN and GAN, and a critic with momentum or a high rate",
        ("dcgan-wgan", "dcgan-gan", TUNING, "momentum", "high-rate"),
    ),
    6: (
        "Generator without batch norm, constant filters",
        ("plain-wgan", "plain-gan", "plain-gan-long"),
    ),
    7: ("MLP generator: WGAN and GAN", ("mlp-wgan", "mlp-gan", "mlp-wgan-long")),
    8: ("The GAN generator's own loss along training", ("mlp-gan", "dcgan-gan", "both-mlp-gan")),
}

DATA = ("digits", "mnist", "fashion-mnist", "cifar10", "folder", "lsun")
_COLOUR = ("cifar10", "lsun")


def experiment(
    number: int, *, data: str = "digits", seeds: int | Sequence[int] = 5, budget: str = "small"
) -> Experiment:
    """Return one of figures 3 to 8 as an experiment.

    Parameters
    ----------
    number : int
        One of :data:`FIGURES`.
    data : str
        One of :data:`DATA`. Of ``folder`` and ``lsun``, the path is told to ``figure``; images
        of a ``folder`` are turned to grey, those of ``lsun`` stay in colour.
    seeds : int or sequence of int
        How many, counted from 0, or which.
    budget : {"small", "paper"}
        "small" runs on a CPU: about 6 seconds of one core for a seed of a cell. "paper" has
        the published sizes for 64×64 pixels, and is for a GPU.

    Returns
    -------
    Experiment

    Raises
    ------
    TypeError, ValueError
        Naming the argument.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4 and figures 3 to 8.

    Examples
    --------
    >>> from wganlib.paper import images as image_experiments
    >>> list(image_experiments.experiment(7).parts)
    ['mlp-wgan', 'mlp-gan', 'mlp-wgan-long']
    >>> image_experiments.experiment(6, budget="paper").settings["size"]
    64
    """
    _validate.one_of(str(_validate.integer(number, "number")), "number", map(str, FIGURES))
    data = _validate.one_of(data, "data", DATA)
    budget = _validate.one_of(budget, "budget", BUDGETS)
    settings = {
        "study": "images",
        "data": data,
        "channels": 3 if data in _COLOUR else 1,
        "budget": budget,
        **BUDGETS[budget],
        "seeds": _seeds(seeds),
    }
    return _experiment(number, settings)


def _seeds(seeds: Any) -> list[int]:
    if isinstance(seeds, Sequence) and not isinstance(seeds, (str, bytes)):
        whole = [_validate.integer(s, f"seeds[{i}]", at_least=0) for i, s in enumerate(seeds)]
        if not whole or len(set(whole)) < len(whole):
            raise ValueError(f"seeds: expected at least one and none twice, got {whole}")
        return whole
    return list(range(_validate.integer(seeds, "seeds", at_least=1)))


def _experiment(number: int, settings: Mapping[str, Any]) -> Experiment:
    title, names = FIGURES[number]
    return Experiment(
        title,
        f"{SOURCE}, figure {number}",
        settings,
        {name: functools.partial(compute, name) for name in names if _has(name, settings)},
        table,
        summary,
    )


def _has(name: str, settings: Mapping[str, Any]) -> bool:
    return name != TUNING or bool(settings["tuned among"])


def of_settings(settings: Mapping[str, Any]) -> Experiment:
    """Return all cells with the settings of a result that was kept.

    Raises
    ------
    ValueError
        If a setting is missing.
    """
    for name in ("study", "data", "channels", *BUDGETS["small"], "seeds"):
        if name not in settings:
            raise ValueError(f"settings: expected {name}, got none")
    names = [name for name in (*CELLS, TUNING) if _has(name, settings)]
    return Experiment(
        "Trainings on images",
        f"{SOURCE}, figures 3 to 8",
        settings,
        {name: functools.partial(compute, name) for name in names},
        table,
        summary,
    )

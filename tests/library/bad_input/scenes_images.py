"""Bad calls of the scenes of trainings on images."""

from __future__ import annotations

from typing import Any

import numpy as np

from wganbook.figures import ImageFilm
from wganlib.paper.images import experiment

from ._values import INF, NAN, NOT_ARRAY, NOT_NUMBER, Row, rows

FILM: dict[str, Any] = {
    "updates": np.array([0.0, 6.0]),
    "frames": np.zeros((2, 3, 4, 4), np.uint8),
    "estimate": np.array([[NAN], [1.0]]),
    "distance": np.array([[2.0], [1.0]]),
    "floor": 0.5,
    "unit": "score",
}
GOOD = ImageFilm(**FILM)
OTHER = ImageFilm(**{**FILM, "updates": np.array([0.0, 7.0])})
SETTINGS = {**experiment(5).settings, "looks": 1}
PART: dict[str, Any] = {
    "critic_loss": np.ones((1, 10)),
    "generator_loss": np.ones((1, 10)),
    "feature": np.ones((1, 2)),
    "pixel": np.ones((1, 2)),
    "covered": np.ones((1, 2)),
    "frames": np.zeros((1, 2, 3, 1, 4, 4), np.uint8),
    "feature_floor": np.array(2.0),
}
NOT_FILM: list[Any] = [None, 1.0, "film", FILM]
SHEET = np.zeros((2, 4, 3, 3), np.uint8)
HALF = {"a": np.full((2, 3, 4), 0.5)}
ROWS: list[Row] = [
    *rows(
        "scenes.ImageFilm",
        FILM,
        wrong_kind=dict.fromkeys(("updates", "estimate", "distance"), NOT_ARRAY)
        | {"frames": [None, np.zeros((2, 3, 4, 4)), [[0]]], "floor": NOT_NUMBER, "unit": [None, 1]},
        wrong_value={
            "updates": [[0.0], [6.0, 0.0], [0.0, NAN], [[0.0, 1.0]]],
            "frames": [np.zeros((3, 3, 4, 4), np.uint8), np.zeros((2, 4, 4), np.uint8)],
            "estimate": [np.ones((3, 1)), np.ones(2), np.full((2, 1), NAN)],
            "distance": [np.ones((3, 1)), np.ones((2, 2)), np.full((2, 1), NAN)],
            "floor": [NAN, INF, -1.0],
        },
    ),
    *rows(
        "scenes.film_of",
        {"name": "dcgan-wgan", "settings": SETTINGS, "arrays": PART},
        wrong_kind={
            "name": [None, 1],
            "settings": [None, 1],
            "arrays": [None, 1],
            "curve": [None, 1],
        },
        wrong_value={
            "name": ["dcgan"],
            "arrays": [{}, {k: v for k, v in PART.items() if k != "frames"}],
            "curve": ["loss"],
        },
    ),
    *rows(
        "scenes.image_film",
        {"film": GOOD, "title": "A film"},
        wrong_kind={"film": NOT_FILM, "title": [None, 1]},
        wrong_value={"title": ["", " "]},
    ),
    *rows(
        "scenes.image_curves",
        {"films": {"a": GOOD}, "title": "Curves", "unit": "score"},
        wrong_kind={
            "films": [None, [GOOD], GOOD, {"a": 1}],
            "title": [None, 1],
            "samples": [None, 1],
        },
        wrong_value={
            "films": [{}, dict.fromkeys("abcde", GOOD), {"a": GOOD, "b": OTHER}],
            "title": [""],
        },
    ),
    *rows(
        "scenes.sample_grid",
        {"sheets": {"a": SHEET}, "distances": {"a": [1.0, 2.0]}},
        wrong_kind={
            "sheets": [None, SHEET, {"a": SHEET.astype(float)}],
            "distances": [None, [1.0, 2.0]],
        },
        wrong_value={
            "sheets": [{}, {"a": SHEET[:1]}, {"a": SHEET[0]}],
            "distances": [{}, {"b": [1.0, 2.0]}, {"a": [1.0]}],
        },
    ),
    *rows(
        "scenes.critic_optimisers",
        {"rates": [0.1, 1.0], "steps": [1, 2, 3], "cosines": HALF, "em": HALF},
        wrong_kind={"rates": NOT_ARRAY, "steps": NOT_ARRAY, "cosines": [None, 1], "em": [None, 1]},
        wrong_value={
            "rates": [[0.1], [1.0, 0.1], [0.0, 1.0], [0.1, NAN]],
            "steps": [[1], [1, 1, 2]],
            "cosines": [{}, {"a": np.ones((2, 3))}],
            "em": [{}, {"a": np.ones((2, 2, 4))}, {"a": np.full((2, 3, 4), NAN)}],
        },
    ),
]

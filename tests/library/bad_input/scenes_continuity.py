"""Bad calls of the scenes of continuity."""

from __future__ import annotations

from typing import Any

import wganlib as wg

from ._values import (
    BAD_NUMBER,
    BAD_POINTS,
    NOT_ARRAY,
    NOT_INTEGER,
    NOT_NUMBER,
    Row,
    rows,
)
from .scenes import count_rows

CLOUD = [[0.0, 0.0], [1.0, 0.5]]
SMALL: dict[str, dict[str, Any]] = {
    "network_path": {"seed": 0, "frames": 3, "fine": 5},
    "modulus_of_continuity": {"networks": 2, "steps": 2, "n": 3},
    "layer_constants": {"depths": 2, "width": 3, "seeds": 2, "n": 4, "gain": 1.0},
    "running_means": {"seeds": 1, "decades": 2, "width": 2},
}
NETWORK = wg.MLP([2, 3, 2], seed=0)

ROWS: list[Row] = [
    *rows(
        "scenes.in_cells",
        {"x": CLOUD, "y": CLOUD, "side": 0.5},
        wrong_kind={"x": NOT_ARRAY, "y": NOT_ARRAY, "side": NOT_NUMBER},
        wrong_value={
            "x": BAD_POINTS,
            "y": [*BAD_POINTS, [[0.0, 0.0, 0.0]]],
            "side": [*BAD_NUMBER, 0.0, -1.0],
        },
    ),
    *rows(
        "scenes.network_walk",
        {"seed": 0, "at": [0.0], "noise": CLOUD, "width": 3, "activation": "tanh"},
        wrong_kind={
            "seed": NOT_INTEGER,
            "at": NOT_ARRAY,
            "noise": NOT_ARRAY,
            "width": NOT_INTEGER,
            "activation": [None, 1],
        },
        wrong_value={
            "seed": [-1],
            "at": [[], 0.0, [[0.0]]],
            "noise": BAD_POINTS,
            "width": [0, -1],
            "activation": ["", "sigmoid"],
        },
    ),
    *count_rows("network_path", "frames", 1, 2, 4, **SMALL["network_path"]),
    *count_rows("network_path", "fine", **SMALL["network_path"]),
    *rows(
        "scenes.network_path",
        SMALL["network_path"],
        wrong_kind={"seed": NOT_INTEGER},
        wrong_value={"seed": [-1]},
    ),
    *count_rows("modulus_of_continuity", "networks", 1, **SMALL["modulus_of_continuity"]),
    *count_rows("modulus_of_continuity", "steps", 1, **SMALL["modulus_of_continuity"]),
    *count_rows("modulus_of_continuity", "n", **SMALL["modulus_of_continuity"]),
    *count_rows("vanishing_spike", "frames", 1, n=100),
    *count_rows("vanishing_spike", "n", 99, frames=2),
    *rows(
        "scenes.cantor_generator",
        {"theta": [0.0], "z": 1},
        wrong_kind={"theta": NOT_ARRAY, "z": NOT_INTEGER},
        wrong_value={"theta": [[float("nan")], [float("inf")]], "z": [0, -1, 17]},
    ),
    *count_rows("cantor_teeth", "generations", 1, 11, n=4),
    *count_rows("cantor_teeth", "n", generations=2),
    *rows(
        "scenes.layer_constants_of",
        {"network": NETWORK, "noise": CLOUD},
        wrong_kind={"network": [None, 1.0, "MLP", [NETWORK]], "noise": NOT_ARRAY},
        wrong_value={"noise": [*BAD_POINTS, [[0.0]]]},
    ),
    *count_rows("layer_constants", "depths", 1, **SMALL["layer_constants"]),
    *count_rows("layer_constants", "width", **SMALL["layer_constants"]),
    *count_rows("layer_constants", "seeds", 1, **SMALL["layer_constants"]),
    *count_rows("layer_constants", "n", **SMALL["layer_constants"]),
    *rows(
        "scenes.layer_constants",
        SMALL["layer_constants"],
        wrong_kind={"gain": NOT_NUMBER},
        wrong_value={"gain": [*BAD_NUMBER, 0.0, -1.0]},
    ),
    *count_rows("running_means", "seeds", **SMALL["running_means"]),
    *count_rows("running_means", "decades", 1, 7, **SMALL["running_means"]),
    *count_rows("running_means", "width", **SMALL["running_means"]),
    *rows(
        "scenes.goes_to_zero",
        {"name": "comb", "distance": "w1"},
        wrong_kind={"name": [None, 1], "distance": [None, 1]},
        wrong_value={"name": ["", "combs"], "distance": ["", "emd"]},
    ),
    *count_rows("table_of_sequences", "frames", 1, 61),
]

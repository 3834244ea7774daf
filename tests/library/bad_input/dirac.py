"""Bad calls of the Dirac-GAN's figure; its module's own are in tests/test_dirac.py."""

from __future__ import annotations

from ._values import BAD_NUMBER, NOT_INTEGER, NOT_NUMBER, Row, rows

ROWS: list[Row] = [
    *rows(
        "scenes.dirac_trajectories",
        {},
        wrong_kind={"n_critic": NOT_INTEGER, "steps": NOT_INTEGER, "rate": NOT_NUMBER},
        wrong_value={
            "n_critic": [0, -1],
            "steps": [0, 80, 161],
            "rate": [*BAD_NUMBER, 0.0, -0.1],
            "start": [(1.0,), (1.0, 2.0, 3.0), (1.0, 1.5), (float("nan"), 0.0)],
        },
    ),
]

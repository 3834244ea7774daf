"""The moving figure of the Dirac-GAN: five methods from one start, in the plane of θ and ψ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, line, points, segments
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.paper import dirac

TITLES = {
    "gan": "GAN, minimax",
    "log-d": "GAN, −log D",
    "clipping": "WGAN, clipping",
    "gradient-penalty": "WGAN-GP",
    "r1": "GAN with R1",
}
ROLES = {"gan": "js", "log-d": "kl", "clipping": "em", "gradient-penalty": "p", "r1": "good"}
EDGE = 1.6
FRAMES = 80
TRAIL = 40


def _arrows(name: str) -> list[Mark]:
    """Draw the field of continuous time on a grid: strokes of one length with a dot in front."""
    side = np.linspace(-1.4, 1.4, 8)  # no row at ψ = 0, where a penalty has no direction
    theta, psi = (grid.ravel() for grid in np.meshgrid(side, side))
    inside = np.abs(psi) <= dirac.METHODS[name].box
    theta, psi = theta[inside], psi[inside]
    across, up = dirac.field(name, theta, psi)
    length = 0.22 / np.hypot(across, up)
    tip_x, tip_y = theta + length * across, psi + length * up
    return [
        segments(theta, psi, tip_x, tip_y, role="soft"),
        points(tip_x, tip_y, role="soft", size=1.8),
    ]


def _panel(name: str, path: FloatArray, shown: npt.NDArray[np.int64]) -> Panel:
    """Draw one method: its field, its box, and the end of its path at each position."""
    stride = int(shown[1] - shown[0])
    trail = np.clip(shown[:, None] - stride // 2 * np.arange(TRAIL)[::-1], 0, None)
    x, y = np.round(path[trail], 3).transpose(2, 0, 1)
    marks = _arrows(name)
    box = dirac.METHODS[name].box
    if np.isfinite(box):
        marks += [
            line([-EDGE, EDGE], [wall, wall], role="ink", dashed=True) for wall in (-box, box)
        ]
    marks += [
        points([0.0], [0.0], role="ink", size=4),
        line(x, y, role=ROLES[name]),
        points(x[:, -1:], y[:, -1:], role=ROLES[name], size=6),
    ]
    theta, psi = (Axis(label, -EDGE, EDGE, [-1, 0, 1]) for label in ("θ (length)", "ψ (slope)"))
    return Panel(TITLES[name], theta, psi, marks, equal=True)


def dirac_trajectories(
    *,
    n_critic: int = 5,
    rate: float = 0.1,
    steps: int = 240,
    start: tuple[float, float] = (0.6, 0.3),
) -> Scene:
    """Follow five methods on the Dirac-GAN from one start.

    ``n_critic``: critic steps before each generator step. ``rate``: of both players. ``steps``:
    generator steps: a multiple of 80, the number of moves of the slider, at least 160.
    Source: Mescheder, Geiger & Nowozin (2018), sections 2 and 3.
    """
    count = check.integer(steps, "steps", at_least=2 * FRAMES)
    if count % FRAMES:
        raise ValueError(f"steps: expected a multiple of {FRAMES}, got {count}")
    shown = np.arange(0, count + 1, count // FRAMES, dtype=np.int64)
    paths = {
        name: dirac.train(name, start, rate=rate, steps=count, n_critic=n_critic) for name in TITLES
    }
    return Scene(
        "Two parameters, five methods",
        Slider("step", "step: generator steps so far", shown.tolist(), 0, 0, play=True),
        [_panel(name, path, shown) for name, path in paths.items()],
        [
            Readout(
                f"{TITLES[name]}: distance",
                np.hypot(*path[shown].T).tolist(),
                role=ROLES[name],
                spoken=f"distance from the equilibrium, {TITLES[name]}",
            )
            for name, path in paths.items()
        ],
        "Five planes of the generator's place θ and the critic's slope ψ, with short strokes for "
        "the vector field and the end of a path that moves with the step. The minimax GAN and the "
        "WGAN with clipping circle round the equilibrium in the middle, the WGAN-GP stays away "
        "from it, −log D creeps inwards, and R1 runs into the middle.",
    )

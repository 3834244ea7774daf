"""The moving figures of known potentials show what they were given."""

from __future__ import annotations

import json

import numpy as np
import pytest

from wganbook import figures, plots

X = np.linspace(-1.5, 1.5, 7)
CRITICS = {"potential": np.abs(X), "ReLU": np.abs(X) / 2, "none": 0 * X}
SHARES = {"potential": 1.0, "ReLU": 0.5, "none": -0.1}


def test_each_critic_is_drawn_over_the_potential_and_its_bar_is_lit():
    scene = figures.folded_critics(X, CRITICS, SHARES)
    potential, critic = scene.panels[0].marks
    for i, curve in enumerate(CRITICS.values()):
        assert potential.at("y", i) == pytest.approx(np.abs(X), abs=1e-3)
        assert critic.at("y", i) == pytest.approx(curve, abs=1e-3)
        lit = scene.panels[1].marks[2].at("height", i)
        assert lit == [SHARES[name] if k == i else 0 for k, name in enumerate(CRITICS)]
    assert scene.readouts[1].values == pytest.approx([1.0, 0.5, 0.0])
    assert "2 ReLU" in scene.title
    assert "ReLU 0.50" in scene.description


def test_it_is_json_and_draws():
    scene = figures.folded_critics(X, CRITICS, SHARES)
    assert len(json.dumps(scene.to_dict())) < 100_000
    for i in range(3):
        assert plots.to_svg(plots.draw(scene, i)).startswith("<svg")


COSINES = {"clipping": [0.8, 0.5], "penalty": [0.9, 0.7]}
PARTS = {"clipping": [0.6, -0.1], "penalty": [0.7, 1.3]}


def test_solvers_show_the_dimension_of_the_slider():
    scene = figures.solvers_by_dimension([2, 32], COSINES, PARTS)
    for i in range(2):
        for panel, table in zip(scene.panels, (COSINES, PARTS), strict=True):
            assert panel.marks[1].at("height", i) == [row[i] for row in table.values()]
    assert scene.readouts[0].values == [0.9, 0.7]
    assert scene.panels[1].y.low < -0.1
    assert scene.panels[1].y.high > 1.3
    assert "0.70 in 32 dimensions (penalty)" in scene.description
    assert plots.to_svg(plots.draw(scene, 1)).startswith("<svg")

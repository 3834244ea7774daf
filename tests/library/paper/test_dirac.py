"""The Dirac-GAN: fields, eigenvalues and paths against closed forms and finite differences."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import tests.strategies  # noqa: F401  (the hypothesis profile)
from wganbook.figures import dirac_trajectories
from wganlib.paper import dirac

SMOOTH = [name for name in dirac.METHODS if name != "gradient-penalty"]
PULL = {"gan": 0.5, "log-d": 0.5, "clipping": 1.0, "r1": 0.5}
GAMMA = {"gan": 0.0, "log-d": 0.0, "clipping": 0.0, "r1": 0.5}
rates = st.floats(0.01, 0.5)
places = st.floats(-1.0, 1.0)


def losses(name: str, theta: float, psi: float) -> tuple[float, float]:
    """What the generator and the critic ascend, written from the papers' losses."""
    score = theta * psi
    if name in ("gan", "log-d", "r1"):
        critic = -math.log1p(math.exp(score))  # log(1 − D) at the generated point
        generator = -math.log1p(math.exp(-score)) if name == "log-d" else -critic
    else:
        critic, generator = -score, score
    if name == "r1":
        critic -= 0.5 / 2 * psi**2
    if name == "gradient-penalty":
        critic -= 1.0 / 2 * (abs(psi) - 1) ** 2
    return generator, critic


@given(st.sampled_from(list(dirac.METHODS)), places, places)
def test_the_field_is_the_gradient_of_the_losses(name: str, theta: float, psi: float) -> None:
    psi += math.copysign(0.1, psi)  # the penalty has a kink at 0
    across, up = dirac.field(name, theta, psi)
    step = 1e-6
    rise = losses(name, theta + step, psi)[0] - losses(name, theta - step, psi)[0]
    assert across == pytest.approx(rise / (2 * step), abs=1e-6)
    rise = losses(name, theta, psi + step)[1] - losses(name, theta, psi - step)[1]
    assert up == pytest.approx(rise / (2 * step), abs=1e-6)


@pytest.mark.parametrize("name", SMOOTH)
def test_continuous_eigenvalues_are_those_of_finite_differences(name: str) -> None:
    step = 1e-5
    columns = []
    for move in ((step, 0.0), (0.0, step)):
        ahead = np.array(dirac.field(name, *move))
        back = np.array(dirac.field(name, *(-part for part in move)))
        columns.append((ahead - back) / (2 * step))
    known = np.linalg.eigvals(np.array(columns).T)
    found = dirac.continuous_eigenvalues(name)
    assert np.sort_complex(found) == pytest.approx(np.sort_complex(known), abs=1e-8)
    assert (found.real.max() < 0) == (name == "r1")


@given(rates, st.sampled_from(["gan", "log-d", "clipping"]))
def test_both_at_once_every_rate_expands(h: float, name: str) -> None:
    moduli = np.abs(dirac.step_eigenvalues(name, h, by_turns=False))
    assert moduli == pytest.approx(math.sqrt(1 + (h * PULL[name]) ** 2), rel=1e-12)


@given(rates, st.sampled_from(["gan", "log-d", "clipping"]), st.integers(1, 10))
def test_by_turns_the_eigenvalues_are_those_of_the_paper(h: float, name: str, n: int) -> None:
    alpha = h * PULL[name] * math.sqrt(n)
    root = np.emath.sqrt(complex((1 - alpha**2 / 2) ** 2 - 1))
    known = np.array([1 - alpha**2 / 2 + root, 1 - alpha**2 / 2 - root])
    found = dirac.step_eigenvalues(name, h, n_critic=n)
    assert np.sort_complex(found) == pytest.approx(np.sort_complex(known), abs=1e-7)
    if alpha < 1.9:
        assert np.abs(found) == pytest.approx(1, abs=1e-9)


@given(rates, st.integers(1, 10))
def test_r1_contracts_by_its_determinant(h: float, n: int) -> None:
    found = dirac.step_eigenvalues("r1", h, n_critic=n)
    assert np.prod(found) == pytest.approx((1 - 0.5 * h) ** n, rel=1e-9)
    assert np.abs(found).max() < 1
    at_once = dirac.step_eigenvalues("r1", h, by_turns=False)
    assert np.prod(at_once) == pytest.approx(1 - 0.5 * h + h**2 / 4, rel=1e-9)


@pytest.mark.parametrize("by_turns", [True, False])
@pytest.mark.parametrize("name", SMOOTH)
def test_a_path_near_the_equilibrium_follows_the_linear_part(name: str, by_turns: bool) -> None:
    h, k, gamma = 0.1, PULL[name], GAMMA[name]
    critic, generator = np.array([[1, 0], [-h * k, 1 - h * gamma]]), np.array([[1, h * k], [0, 1]])
    rounds = generator @ critic if by_turns else critic + generator - np.eye(2)
    start = (2e-5, -1e-5)
    path = dirac.train(name, start, rate=h, steps=50, by_turns=by_turns)
    known = [np.linalg.matrix_power(rounds, t) @ start for t in range(51)]
    assert path == pytest.approx(np.array(known), abs=1e-12)


def distance(name: str, rounds: int, **options: object) -> np.ndarray:
    path = dirac.train(name, (0.6, 0.3), steps=rounds, **{"rate": 0.1, **options})
    return np.hypot(*path.T)


def test_minus_log_d_at_once_settles_where_steps_and_damping_balance() -> None:
    """h²/4 out, h r²/8 in: on the circle of radius √(2h), to first order in h."""
    last = distance("log-d", 20_000, rate=0.05, by_turns=False)[-4000:]
    assert last == pytest.approx(math.sqrt(2 * 0.05), rel=0.02)


def test_minus_log_d_by_turns_creeps_in_like_the_root_of_8_over_t() -> None:
    far = distance("log-d", 40_000)
    assert far[-1] == pytest.approx(math.sqrt(8 / (0.1 * 40_000)), rel=0.05)


@pytest.mark.parametrize(("name", "moves"), [("gan", False), ("clipping", False), ("log-d", True)])
def test_in_continuous_time_the_curves_close_or_creep_in(name: str, moves: bool) -> None:
    solved = solve_ivp(
        lambda _, at: np.array(dirac.field(name, *at)), (0, 300), [0.6, 0.3], rtol=1e-10, atol=1e-12
    )
    ratio = np.hypot(*solved.y[:, -1]) / math.hypot(0.6, 0.3)
    if moves:
        assert ratio < 0.5
    else:
        assert ratio == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("n_critic", [1, 5])
def test_wgan_and_its_penalty_stay_away_and_r1_arrives(n_critic: int) -> None:
    assert distance("clipping", 200, n_critic=n_critic)[100:].min() > 0.3
    assert distance("gradient-penalty", 200, n_critic=n_critic)[100:].min() > 0.9
    assert distance("r1", 200, n_critic=n_critic)[-1] < 1e-2


@given(st.floats(0.01, 0.05), st.sampled_from([1, 2, 3, 4, 5, 8]))
def test_the_penalty_circles_with_a_slow_critic_and_holds_a_fast_one(h: float, n: int) -> None:
    """The border is n λ² = 4: a focus below it, a node from there on, to first order in h."""
    path = dirac.train("gradient-penalty", (0.6, 0.3), rate=h, steps=round(15 / h), n_critic=n)
    last = path[len(path) // 2 :]
    if n < 4:
        assert last[:, 0].min() < 0 < last[:, 0].max()
    else:
        assert np.abs(last[-1]) == pytest.approx([1, 0], abs=0.03)


def test_the_box_holds_after_every_critic_step() -> None:
    path = dirac.train("clipping", (1.5, 1.0), rate=0.5, steps=50, n_critic=5)
    assert np.abs(path[:, 1]).max() == 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dirac.field("wgan", 1.0, 1.0), ValueError, "method: "),
        (lambda: dirac.field(None, 1.0, 1.0), TypeError, "method: "),
        (lambda: dirac.field("gan", [1.0], 1.0), ValueError, "psi: expected the shape of theta"),
        (lambda: dirac.field("gan", math.nan, 1.0), ValueError, "theta: "),
        (
            lambda: dirac.continuous_eigenvalues("gradient-penalty"),
            ValueError,
            "method: expected one whose field has a derivative at (0, 0)",
        ),
        (lambda: dirac.step_eigenvalues("gan", 0.0), ValueError, "rate: "),
        (lambda: dirac.step_eigenvalues("gan", 0.1, n_critic=0), ValueError, "n_critic: "),
        (
            lambda: dirac.step_eigenvalues("gan", 0.1, n_critic=2, by_turns=False),
            ValueError,
            "n_critic: expected 1 where both step at once, got 2",
        ),
        (lambda: dirac.step_eigenvalues("gan", 0.1, by_turns=1), TypeError, "by_turns: "),
        (lambda: dirac.train("gan", (1.0,), rate=0.1, steps=1), ValueError, "start: expected θ"),
        (lambda: dirac.train("clipping", (0, 2), rate=0.1, steps=1), ValueError, "start: expected"),
        (lambda: dirac.train("gan", (0, 1), rate=0.1, steps=0), ValueError, "steps: "),
        (lambda: dirac.train("gan", (0, 1), rate="1", steps=1), TypeError, "rate: "),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message) -> None:
    with pytest.raises(error, match="^" + re.escape(message)):
        call()


def test_the_figure_shows_the_paths_of_train() -> None:
    scene = dirac_trajectories(n_critic=3, steps=160)
    shown = np.array(scene.slider.values, dtype=int)
    assert shown.tolist() == list(range(0, 161, 2))
    for name, panel, readout in zip(dirac.METHODS, scene.panels, scene.readouts, strict=True):
        path = dirac.train(name, (0.6, 0.3), rate=0.1, steps=160, n_critic=3)
        assert readout.values == pytest.approx(np.hypot(*path[shown].T))
        (trail,) = [m for m in panel.marks if m.kind == "line" and m.role == readout.role]
        (tip,) = [m for m in panel.marks if m.kind == "points" and m.role == readout.role]
        for index in (0, 7, 80):
            at = [tip.at("x", index)[0], tip.at("y", index)[0]]
            assert at == pytest.approx(path[shown[index]], abs=5.1e-4)
            assert [trail.at("x", index)[-1], trail.at("y", index)[-1]] == at

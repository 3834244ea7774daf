"""Every number of the chapter on the GAN game, by other means: plain torch, closed forms, SciPy."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.integrate import quad
from scipy.spatial.distance import cdist, jensenshannon

import wganbook as book
import wganlib as wg
from tests.book.reading import Chapter, code_cells
from wganbook import evidence
from wganlib.paper.studies import _half_moons as half_moons
from wganlib.paper.studies import why_gans_are_hard as why

CHAPTER = Chapter("why-gans-are-hard")
STUDY = evidence.study("judges-of-half-moons")
LOG_2 = math.log(2.0)
REAL, FAKE = (0.0, 0.0, 1.0, 0.0), (1.0, 0.4, 0.8, math.pi + 0.5)
CROSSING = (0.6, 1.0, 0.8, math.pi + 0.5)


@pytest.fixture(scope="module")
def text() -> str:
    return CHAPTER.prose()


def moon(theta: Any, z: Any) -> torch.Tensor:
    t = math.pi * z + theta[3]
    return torch.stack([theta[0] + theta[2] * t.cos(), theta[1] + theta[2] * t.sin()], -1)


def grid(theta: Any) -> np.ndarray[Any, Any]:
    z = (torch.arange(200, dtype=torch.float64) + 0.5) / 200
    return moon(theta, z).numpy()


# --- the chapter's own functions -------------------------------------------------------


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """The functions and constants of the first cell, and the one that reads both losses."""
    first, *rest = code_cells(CHAPTER.path)
    (live,) = [cell for cell in rest if "def feel" in cell]
    found: dict[str, Any] = {}
    exec(compile(first, "cell", "exec"), found)
    functions = [node for node in ast.parse(live).body if isinstance(node, ast.FunctionDef)]
    exec(compile(ast.Module(list(functions), []), "cell", "exec"), found)
    return found


def test_the_generator_and_its_jacobian(names: dict[str, Any]) -> None:
    z = torch.linspace(0.05, 0.95, 7, dtype=torch.float64)
    theta = torch.tensor(FAKE, dtype=torch.float64)
    by_hand = names["jacobian"](names["FAKE"], z.numpy())
    by_torch = torch.autograd.functional.jacobian(lambda th: moon(th, z), theta)
    np.testing.assert_allclose(by_hand, by_torch.permute(0, 2, 1), atol=1e-12)
    np.testing.assert_allclose(names["moon"](names["FAKE"], z.numpy()), moon(theta, z), atol=1e-12)


def test_gradients_of_both_losses_are_autograds(names: dict[str, Any]) -> None:
    """The factors D and 1 − D, and the mean over z, against autograd through everything."""
    net = wg.MLP([2, 8, 1], seed=3, dtype="float64")
    theta = torch.tensor(FAKE, dtype=torch.float64, requires_grad=True)
    z = torch.from_numpy(names["z_fixed"])
    score = net(moon(theta, z))[:, 0]
    d = torch.sigmoid(score)
    wanted = [
        torch.autograd.grad(loss.mean(), theta, retain_graph=True)[0]
        for loss in (torch.log(1 - d), -torch.log(d))
    ]
    x = moon(theta, z).detach().requires_grad_()
    (slope,) = torch.autograd.grad(net(x).sum(), x)
    judged = {"logit": score.detach().numpy(), "slope": slope.numpy()}
    for mine, its in zip(names["feel"](names["FAKE"], judged), wanted, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-9)


# --- the game --------------------------------------------------------------------------


def test_numbers_of_the_game(text: str) -> None:
    assert -math.log(4) == pytest.approx(-1.386, abs=5e-4)
    coins = 2 * (0.8 * math.log(0.8) + 0.2 * math.log(0.2))
    assert coins == pytest.approx(2 * jensenshannon([0.8, 0.2], [0.2, 0.8]) ** 2 - 2 * LOG_2)
    assert coins == pytest.approx(-1.001, abs=5e-4)
    assert "$-1.001$" in text
    assert book.check_answer("best-loss-of-coins", coins).right


def test_answers_and_the_cauchy_law(text: str) -> None:
    assert book.check_answer("minimax-pull", 0.02 * 5).right
    assert "$0.02 \\cdot 5 = 0.1$, and $0.98 \\cdot 5 = 4.9$" in text
    beyond = 2 * stats.cauchy.sf(10)
    assert beyond == pytest.approx(0.063, abs=6e-4)
    assert book.check_answer("cauchy-beyond-ten", beyond).right
    assert 1e-23 < 2 * stats.norm.sf(10) < 1e-22
    assert round(stats.cauchy.ppf(0.995) / stats.cauchy.ppf(0.75), 1) == 63.7
    assert round(stats.norm.ppf(0.995) / stats.norm.ppf(0.75), 1) == 3.8
    pair = np.random.default_rng(0).normal(size=(2, 200_000))
    sample = pair[0] / pair[1]
    assert stats.kstest(sample, "cauchy").pvalue > 0.01


@pytest.mark.parametrize(("mu", "tau"), [(0.5, 1.0), (1.0, 0.6)])
def test_what_minus_log_d_descends_on(mu: float, tau: float) -> None:
    """Theorem wh-logd for bells, by SciPy's quadrature and by parts of its proof unused here."""

    def q(x: float, m: float) -> float:
        return float(stats.norm.pdf(x, m, tau))

    def over_q(m: float, f: Any) -> float:
        return quad(lambda x: q(x, m) * f(x), -12, 12, epsabs=1e-12)[0]

    p, h = stats.norm.pdf, 1e-3
    loss = [over_q(mu + s, lambda x: math.log1p(q(x, mu) / p(x))) for s in (h, -h)]
    kl = [wg.distances.kl_gaussian(mu + s, tau**2, 0.0, 1.0) for s in (h, -h)]
    js = [
        wg.distances.js_divergence_density(lambda x, s=s: q(x, mu + s), p, -12, 12) for s in (h, -h)
    ]
    left, right = np.subtract(*loss), np.subtract(*kl) - 2 * np.subtract(*js)
    assert left / (2 * h) == pytest.approx(right / (2 * h), abs=1e-5)


def test_both_terms_of_the_other_loss_are_one_divergence(text: str) -> None:
    """KL(q‖p) − 2 JS = 2 KL(m‖p), as the margin says, for pmfs."""
    assert "is the gradient of $2 \\KL(\\P_m \\Vert \\Pr)$" in text
    dice = np.random.default_rng(7)
    for _ in range(100):
        p, q = dice.dirichlet(np.ones(5), size=2)
        m = (p + q) / 2
        left = stats.entropy(q, p) - 2 * jensenshannon(p, q) ** 2
        assert left == pytest.approx(2 * stats.entropy(m, p), abs=1e-12)


# --- a naive judge, one seed -------------------------------------------------------------


def naive(theta: Any, steps: int, seed: int = 99) -> dict[str, Any]:
    """Train a judge by plain torch and return both gradients of the generator, by autograd."""
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(2, 32), torch.nn.ReLU(), torch.nn.Linear(32, 32), torch.nn.ReLU(),
        torch.nn.Linear(32, 1),
    ).double()  # fmt: skip
    rule = torch.optim.Adam(net.parameters(), 1e-3, (0.0, 0.9))
    bce = torch.nn.BCEWithLogitsLoss()
    z = (torch.arange(200, dtype=torch.float64) + 0.5) / 200
    found: dict[str, Any] = {}
    for step in range(steps + 1):
        if step in (1, 60, 200, steps):
            th = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
            s = net(moon(th, z))[:, 0]
            logs = torch.nn.functional.logsigmoid
            found[f"minimax {step}"] = torch.autograd.grad(logs(-s).mean(), th, retain_graph=True)[
                0
            ].numpy()
            found[f"log d {step}"] = torch.autograd.grad(-logs(s).mean(), th)[0].numpy()
        real, fake = (moon(t, torch.rand(64, dtype=torch.float64)) for t in (REAL, theta))
        loss = 2 * bce(net(torch.cat([real, fake]))[:, 0], torch.arange(128).lt(64).double())
        rule.zero_grad()
        loss.backward()
        rule.step()
    return found


def test_a_naive_judge_shows_the_same() -> None:
    """Another network, another seed, PyTorch's optimiser and autograd: the same two stories."""
    found = {key: float(np.linalg.norm(g)) for key, g in naive(FAKE, 2000).items()}
    assert found["minimax 200"] > 5 * found["minimax 1"]
    assert found["minimax 2000"] < 1e-2 * found["minimax 200"]
    assert found["log d 2000"] > 100 * found["log d 1"]
    assert found["log d 2000"] > found["log d 200"] > found["log d 60"]


def test_curves_are_disjoint_or_cross(text: str) -> None:
    assert cdist(grid(REAL), grid(FAKE)).min() == pytest.approx(0.408, abs=1e-3)
    away = cdist(grid(CROSSING), grid(REAL)).min(1)
    assert away.min() < 0.01
    assert np.mean(away < 0.1) == pytest.approx(0.08)
    outside = np.linalg.norm(grid(CROSSING), axis=1) > 1
    assert np.count_nonzero(np.diff(outside)) >= 1


# --- what the study says -----------------------------------------------------------------


def bound_of_bells() -> float:
    """Return 2 JS − 2 log 2 of N(0, 1) and N(1.5, 1), by quadrature."""

    def pay(x: float) -> float:
        p, q = stats.norm.pdf(x), stats.norm.pdf(x, 1.5)
        return float(p * math.log(p / (p + q)) + q * math.log(q / (p + q)))

    return quad(pay, -9, 11, epsabs=1e-11)[0]


def gradient_of_em() -> Any:
    """By central differences of exact EM, one parameter at a time."""
    h, slopes = 1e-5, []
    for k in range(4):
        ends = [np.array(FAKE) + s * h * np.eye(4)[k] for s in (1, -1)]
        slopes.append(np.subtract(*(wg.wasserstein_1(grid(REAL), grid(e)) for e in ends)))
    return np.array(slopes) / (2 * h)


def test_the_study_looks_at_the_chapters_curves(names: dict[str, Any]) -> None:
    settings = STUDY.study.settings
    assert [settings[at] for at in ("real", "fake", "crossing")] == [
        pytest.approx(theta) for theta in (REAL, FAKE, CROSSING)
    ]
    assert half_moons.ceiling(settings) == pytest.approx(bound_of_bells(), abs=1e-6)
    assert "2 log 2 = −0.944 " in CHAPTER.path.read_text("utf-8")
    z = names["z_fixed"]
    np.testing.assert_array_equal(half_moons.moon(FAKE, z), names["moon"](names["FAKE"], z))
    np.testing.assert_array_equal(half_moons.jacobian(FAKE, z), names["jacobian"](FAKE, z))
    np.testing.assert_allclose(half_moons.em_gradient(settings), gradient_of_em(), atol=1e-6)


def test_what_the_prose_says_beside_the_numbers() -> None:
    """Sentences without a number in them, and what they say of the kept runs."""
    parts, settings = STUDY.arrays, STUDY.study.settings
    at = half_moons.stages(settings)
    assert [settings["looks"][place] for place in at.values()] == [1, 61, 4000]
    true = half_moons.em_gradient(settings)
    # Overlapping curves: it ends at the gradient of 2 JS. Crossing ones: it stays.
    blurred = why.sizes(parts, "blurred", "minimax")
    assert (blurred[-1] > 0.5 * blurred.max(0)).all()
    assert (why.sizes(parts, "crossing", "minimax")[-1] > 0.01).mean() > 0.9
    assert parts["crossing"]["near"][-1].mean() > 0.5
    # "ends at about a tenth"; "Between judges it falls"; "lighter than a Gaussian's".
    assert 0.05 < parts["disjoint"]["log_d_noise"][-1].mean() < 0.15
    assert why.late_tail(settings, parts, "disjoint").mean() < 3.8
    # The critic: later, and better in the end. −log D overshoots; a plain step of a sure D is none.
    minimax, critic = (
        half_moons.cosine(why.gradients(parts, judge, loss), true).mean(1)
        for judge, loss in (("disjoint", "minimax"), ("critic", "gradient"))
    )
    assert critic[at["good"]] < minimax[at["good"]]
    assert critic[-1] > 0.99 > minimax[at["good"]] > minimax[-1] > 0.4
    assert parts["disjoint"]["log_d_plain"][-1].mean() < 0
    assert parts["disjoint"]["log_d_plain"][1].mean() > 0
    assert np.abs(parts["disjoint"]["minimax_plain"][-1]).max() < 1e-3
    assert parts["disjoint"]["minimax_unit"][-1].mean() > 0
    assert parts["critic"]["gradient_plain"][-1].mean() > 0

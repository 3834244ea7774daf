"""The workshop is the library: same start, same batches, same numbers after 40 iterations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import build_kernels
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

import wganlib as wg
from tests.site.workshop_bench import (
    OBJECTIVES,
    OPTIMISERS,
    RULES,
    SETUP,
    SMALL,
    by_the_library,
    networks,
    on_the_page,
)
from wganlib.paper import mistakes
from wganlib.training import streams as _runs
from wganlib.training.step import RECORDED
from wganlib.training.train import TrainingFailed

pytestmark = pytest.mark.browser

RING = wg.ring_of_gaussians(8)
POINTS = [[-1.5, 0.5], [0.0, 1.0], [2.0, -0.25], [0.75, 0.75], [1.0, -1.0]]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(120_000)
    yield page
    page.close()


def apart(mine: Any, theirs: Any) -> float:
    """Return the largest difference, relative where numbers are above 1."""
    mine, theirs = np.asarray(mine, dtype=float), np.asarray(theirs, dtype=float)
    assert mine.shape == theirs.shape
    assert np.isfinite(theirs).all()
    return float((np.abs(mine - theirs) / np.maximum(1, np.abs(theirs))).max())


def agree(page: Page, data: Any, setup: dict[str, Any], run: dict[str, Any]) -> None:
    """Compare 40 iterations in float64: each row, the start, and all weights at the end."""
    job = {"setup": setup, "run": run, "precision": "float64", "steps": 40}
    (mine,) = on_the_page(page, [job])
    rows, start, end, _ = by_the_library(data, setup, run, "float64", 40)
    assert mine["kernels"] == "JavaScript, float64"
    if run["rule"] != "spectral":  # whose start is projected at once
        np.testing.assert_array_equal(mine["start"], start)
    assert np.abs(end - start).max() > 1e-3  # something was learned
    assert apart(mine["rows"], rows) < 1e-9
    assert apart(mine["end"], end) < 1e-9


#: The critic's and the generator's: 40 iterations are to reach slopes that each rule acts on.
RATES = {"rmsprop": (2e-3, 1e-3), "adam": (3e-3, 1e-3), "sgd": (0.05, 0.02)}


def fast(objective: str, rule: str, optimiser: str) -> dict[str, Any]:
    lr, generator_lr = RATES[optimiser]
    return SMALL | {"objective": objective, "rule": rule, "optimiser": optimiser,
                    "lr": lr, "generator_lr": generator_lr}  # fmt: skip


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_forty_iterations_are_those_of_the_library(
    page: Page, objective: str, rule: str, optimiser: str
) -> None:
    agree(page, RING, SETUP, fast(objective, rule, optimiser))


def test_no_two_of_these_runs_are_alike(page: Page) -> None:
    """A placebo for the comparison: a rule or an optimiser without effect would agree, too."""
    ways = list(itertools.product(OBJECTIVES, RULES, OPTIMISERS))
    jobs = [
        {"setup": SETUP, "run": fast(*way), "precision": "float64", "steps": 40} for way in ways
    ]
    ends = np.array([one["end"] for one in on_the_page(page, jobs)])
    assert len(ends) == 54
    for (one, mine), (other, theirs) in itertools.combinations(zip(ways, ends, strict=True), 2):
        assert apart(mine, theirs) > 1e-6, (one, other)


MISTAKES = [
    ("sign_flip", "clipping"), ("hinge", "none"), ("wgan", "clip_before"), ("wgan", "at_real"),
    ("wgan", "per_coordinate"), *(("sigmoid", rule) for rule in ("clipping", "penalty", "at_real")),
]  # fmt: skip


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize(("objective", "rule"), MISTAKES)
def test_a_mistake_is_that_of_the_library(
    page: Page, objective: str, rule: str, activation: str
) -> None:
    run = {"objective": objective, "rule": rule, "activation": activation, "weight": 1.0}
    agree(page, RING, SETUP, SMALL | run)


@pytest.mark.parametrize(("objective", "rule"), MISTAKES)
def test_a_mistake_is_not_what_was_meant(page: Page, objective: str, rule: str) -> None:
    """A placebo for the comparison: the right part in its place gives other numbers."""
    meant = {"clip_before": "clipping", "at_real": "penalty", "per_coordinate": "penalty"}
    right = {"objective": "wgan", "rule": meant.get(rule, rule)}
    runs = [
        SMALL | {"weight": 1.0, **part} for part in ({"objective": objective, "rule": rule}, right)
    ]
    jobs = [{"setup": SETUP, "run": run, "precision": "float64", "steps": 40} for run in runs]
    wrong, healthy = on_the_page(page, jobs)
    assert apart(wrong["end"], healthy["end"]) > 1e-3


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
@pytest.mark.parametrize("rule", ["clipping", "penalty", "one_sided", "at_real"])
def test_batch_normalisation_is_that_of_torch(page: Page, rule: str, activation: str) -> None:
    """Plain steps of 1e-3: a normalised critic that goes fast amplifies rounding itself."""
    run = {"objective": "batch_norm", "rule": rule, "activation": activation, "weight": 1.0}
    agree(page, RING, SETUP, SMALL | run | {"optimiser": "sgd", "generator_lr": 1e-3})


@pytest.mark.parametrize("rule", ["clipping", "penalty"])
def test_the_fifth_patient_has_this_critic(page: Page, rule: str) -> None:
    """The chapter's own class, whose one run is a row: the first iteration, to rounding."""
    run = SMALL | {"objective": "batch_norm", "rule": rule, "weight": 1.0, "depth": 3}
    (mine,) = on_the_page(page, [{"setup": SETUP, "run": run, "precision": "float64", "steps": 1}])
    critic = mistakes.TogetherCritic([3], run["width"], batch_norm=True).double()
    generator = mistakes.TogetherGenerator([3], run["width"])
    generator.net, critic.net = networks(run, 3, "float64")
    history = wg.train(
        generator,
        critic,
        lambda n, rng: RING.sample(n, seed=rng).reshape(n, 1, 2),
        seed=3,
        steps=1,
        lipschitz=wg.WeightClipping(0.1) if rule == "clipping" else mistakes.PenaltyByRun(1.0),
        optimiser=wg.RMSProp(run["lr"]),
        generator_optimiser=wg.RMSProp(run["generator_lr"]),
        batch=run["batch"],
        n_critic=run["n_critic"],
        noise_shape=(1, 2),
        device="cpu",
    )
    for k, name in enumerate(RECORDED):
        assert mine["rows"][0][k] == pytest.approx(getattr(history, name)[0, 0], abs=1e-9)


@pytest.mark.parametrize("rule", ["clipping", "penalty", "one_sided", "spectral"])
@pytest.mark.parametrize("activation", ["leaky_relu", "tanh"])
def test_so_with_other_activations(page: Page, activation: str, rule: str) -> None:
    run = fast("wgan", rule, "rmsprop") | {"activation": activation, "weight": 1.0}
    agree(page, RING, SETUP, run)


@pytest.mark.parametrize(
    ("width", "depth", "batch", "n_critic"), [(1, 1, 1, 1), (7, 1, 5, 3), (9, 4, 33, 1)]
)
def test_so_with_other_shapes(
    page: Page, width: int, depth: int, batch: int, n_critic: int
) -> None:
    shape = {"width": width, "depth": depth, "batch": batch, "n_critic": n_critic}
    agree(page, RING, SETUP, SMALL | shape | {"rule": "penalty", "lr": 5e-3})


DATA = {
    "grid": (wg.grid_of_gaussians(5, spacing=1.0), {}),
    "roll": (wg.distances.swiss_roll(), {}),
    "lines": (wg.Mixture([wg.Segment([-1, -1], [-1, 1]), wg.Segment([1, -1], [1, 1])]), {}),
    "gaussians": (
        wg.Mixture([wg.Gaussian([x, 0.0], 0.09 * np.eye(2)) for x in (-1.5, 1.5)]),
        {},
    ),
    "points": (np.array(POINTS), {"points": POINTS}),
}


@pytest.mark.parametrize("kind", DATA)
def test_so_with_other_data(page: Page, kind: str) -> None:
    data, more = DATA[kind]
    agree(page, data, SETUP | {"data": kind} | more, SMALL)


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_so_with_other_seeds(page: Page, seed: int) -> None:
    agree(page, RING, SETUP | {"seed": seed}, SMALL)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("vectors", [False, True], ids=["javascript", "vectors"])
def test_the_first_iteration_in_float32(
    page: Page, objective: str, rule: str, optimiser: str, vectors: bool
) -> None:
    """What readers run: RMSProp amplifies rounding, so later iterations need not agree so well."""
    run = SMALL | {"objective": objective, "rule": rule, "optimiser": optimiser}
    run |= {"width": 32, "depth": 3, "batch": 64}
    run |= {"lr": 5e-5, "generator_lr": 5e-5}  # the paper's: the larger, the more is amplified
    job = {"setup": SETUP, "run": run, "precision": "float32", "steps": 1}
    (mine,) = on_the_page(page, [job], vectors=vectors)
    rows, start, _, _ = by_the_library(RING, SETUP, run, "float32", 1)
    assert mine["kernels"] == ("WebAssembly, float32" if vectors else "JavaScript, float32")
    if rule != "spectral":  # whose start is projected at once
        np.testing.assert_array_equal(mine["start"], start)
    assert apart(mine["rows"], rows) < 1e-5


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 2, 5), (13, 1, 7), (36, 2, 18), (128, 1, 128)])
@pytest.mark.parametrize("rule", ["clipping", "one_sided", "spectral"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_vectors_compute_what_javascript_does(
    page: Page, activation: str, rule: str, shape: tuple[int, int, int]
) -> None:
    """Plain gradient steps, which amplify nothing, at every remainder of the blocks."""
    width, depth, batch = shape
    run = SMALL | {
        "rule": rule, "activation": activation, "optimiser": "sgd", "width": width,
        "depth": depth, "batch": batch, "weight": 1.0,
    }  # fmt: skip
    job = {"setup": SETUP, "run": run, "precision": "float32", "steps": 2}
    (plain,), (vectors,) = (on_the_page(page, [job], vectors=v) for v in (False, True))
    assert vectors["kernels"] == "WebAssembly, float32"
    assert apart(vectors["rows"], plain["rows"]) < 1e-5
    assert apart(vectors["end"], plain["end"]) < 1e-5
    assert apart(vectors["seen"]["fake"], plain["seen"]["fake"]) < 1e-5


@pytest.mark.skipif(bool(build_kernels.missing()), reason="no clang with lld here")
def test_the_module_built_anew_computes_the_same(page: Page, tmp_path: Path) -> None:
    """From the source beside it, by whatever compiler is here."""
    build_kernels.build(tmp_path / "kernels.wasm")
    jobs = [
        {"setup": SETUP, "run": SMALL | part, "precision": "float32", "steps": 2}
        for part in ({"rule": "clipping"}, {"rule": "one_sided", "optimiser": "adam"},
                     {"rule": "spectral", "optimiser": "sgd", "activation": "tanh"})
    ]  # fmt: skip
    kept = on_the_page(page, jobs, vectors=True)
    anew = on_the_page(page, jobs, module=(tmp_path / "kernels.wasm").read_bytes())
    for one, other in zip(kept, anew, strict=True):
        assert other["kernels"] == "WebAssembly, float32"
        assert apart(other["rows"], one["rows"]) < 1e-6
        assert apart(other["end"], one["end"]) < 1e-4


def test_what_it_looks_at_is_what_the_library_evaluates(page: Page) -> None:
    """Same points, hence the same exact distance and the same steepest slope."""
    run = SMALL | {"rule": "penalty"}
    job = {"setup": SETUP, "run": run, "precision": "float64", "steps": 6}
    (mine,) = on_the_page(page, [job])
    history = by_the_library(
        RING, SETUP, run, "float64", 6, evaluate_every=6, evaluation_points=50
    )[3]
    rng = _runs.stream(SETUP["seed"], _runs.EVALUATION, 6)
    real, fake = (np.reshape(mine["seen"][name], (50, 2)) for name in ("real", "fake"))
    assert apart(real, RING.sample(50, seed=rng)) < 1e-12
    assert wg.wasserstein_1(real, fake) == pytest.approx(history.em[-1, 0], abs=1e-9)
    assert mine["seen"]["largest"] == pytest.approx(history.lipschitz_largest[-1, 0], abs=1e-9)


def test_a_run_that_diverges_stops_and_says_where(page: Page) -> None:
    run = SMALL | {"objective": "wgan", "rule": "none", "optimiser": "sgd", "lr": 0.5}
    job = {"setup": SETUP, "run": run, "precision": "float64", "steps": 300}
    (mine,) = on_the_page(page, [job])
    with pytest.raises(TrainingFailed) as caught:
        by_the_library(RING, SETUP, run, "float64", 300)
    assert mine["failed"]["step"] == caught.value.step
    assert len(mine["rows"]) == caught.value.step - 1
    assert mine["failed"]["message"].startswith(
        f"generator step {caught.value.step}: expected finite losses, got NaN or infinity; "
        "last good: critic_loss "
    )
    assert mine["failed"]["kept"] == 0
    assert np.isfinite(mine["end"]).all()

"""The workshop is the library: same start, same batches, same numbers after 40 iterations."""

from __future__ import annotations

import base64
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
    FUSED,
    GIVEN,
    KERNELS,
    OBJECTIVES,
    OPTIMISERS,
    PLAIN,
    RULES,
    SETUP,
    SMALL,
    VECTOR,
    by_the_library,
    networks,
    on_the_page,
)
from wganbook.widgets import _bundle
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
@pytest.mark.parametrize("by", GIVEN)
def test_the_first_iteration_in_float32(
    page: Page, objective: str, rule: str, optimiser: str, by: str
) -> None:
    """What readers run: RMSProp amplifies rounding, so later iterations need not agree so well."""
    run = SMALL | {"objective": objective, "rule": rule, "optimiser": optimiser}
    run |= {"width": 32, "depth": 3, "batch": 64}
    run |= {"lr": 5e-5, "generator_lr": 5e-5}  # the paper's: the larger, the more is amplified
    job = {"setup": SETUP, "run": run, "precision": "float32", "steps": 1}
    (mine,) = on_the_page(page, [job], by=by)
    rows, start, _, _ = by_the_library(RING, SETUP, run, "float32", 1)
    assert mine["kernels"] == KERNELS[by]
    if rule != "spectral":  # whose start is projected at once
        np.testing.assert_array_equal(mine["start"], start)
    assert apart(mine["rows"], rows) < 1e-5


SHAPES = [
    (1, 1, 1), (3, 2, 5), (13, 1, 7), (32, 2, 9), (36, 2, 18), (64, 2, 33), (128, 1, 128),
]  # fmt: skip


@pytest.mark.parametrize("by", [VECTOR, FUSED])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rule", ["clipping", "one_sided", "spectral"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_vectors_compute_what_javascript_does(
    page: Page, activation: str, rule: str, shape: tuple[int, int, int], by: str
) -> None:
    """Plain gradient steps, which amplify nothing, at every remainder of the blocks."""
    width, depth, batch = shape
    run = SMALL | {
        "rule": rule, "activation": activation, "optimiser": "sgd", "width": width,
        "depth": depth, "batch": batch, "weight": 1.0,
    }  # fmt: skip
    job = {"setup": SETUP, "run": run, "precision": "float32", "steps": 2}
    (plain,), (vectors,) = (on_the_page(page, [job], by=way) for way in (PLAIN, by))
    assert vectors["kernels"] == KERNELS[by]
    assert apart(vectors["rows"], plain["rows"]) < 1e-5
    assert apart(vectors["end"], plain["end"]) < 1e-5
    assert apart(vectors["seen"]["fake"], plain["seen"]["fake"]) < 1e-5


def test_a_browser_takes_the_first_module_that_it_knows(page: Page) -> None:
    """Bytes that are no module stand for one that an older browser does not know."""
    strange = base64.b64encode(b"\0asm unknown").decode()
    both = {"fused": GIVEN[FUSED]["fused"], "plain": GIVEN[VECTOR]["plain"]}
    job = {"setup": SETUP, "run": SMALL, "precision": "float32", "steps": 1}
    for given, used in (
        (both, FUSED),
        (both | {"fused": strange}, VECTOR),
        ({"fused": strange, "plain": strange}, PLAIN),
    ):
        (mine,) = on_the_page(page, [job], modules=given)
        assert mine["kernels"] == KERNELS[used]


_DRAW = """async ({ source, modules }) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { Stream, quickOf, QUICK, VectorKernels } = await import(url), drawn = [];
  for (const code of [null, ...modules]) {
    const stream = new Stream(7, 1, 2), parts = [];
    if (code) {
      const bytes = Uint8Array.from(atob(code), letter => letter.charCodeAt(0));
      stream.quick = quickOf(new VectorKernels(await WebAssembly.compile(bytes), QUICK, true));
    }
    for (const n of [0, 1, 20000, 5]) parts.push(...stream.normals(n), ...stream.randoms(n));
    drawn.push([...parts, stream.normal(), stream.below(1000)]);
  }
  return drawn;
}"""


def test_modules_draw_the_same_numbers(page: Page) -> None:
    """As JavaScript, to the last bit, at any number at once, and leave the stream where it was."""
    source = _bundle.bundle("workshop_worker.mjs", GLYPHS={})
    source += "export { Stream, quickOf, QUICK, VectorKernels };"
    modules = [GIVEN[FUSED]["fused"], GIVEN[VECTOR]["plain"]]
    drawn = page.evaluate(_DRAW, {"source": source, "modules": modules})
    rng = _runs.stream(7, 1, 2)
    expected: list[float] = []
    for n in (0, 1, 20000, 5):
        expected += [*rng.standard_normal(n), *rng.random(n)]
    expected += [rng.standard_normal(), rng.integers(1000)]
    plain, *quick = drawn
    assert apart(plain, expected) < 1e-12
    assert quick == [plain, plain]


@pytest.mark.skipif(bool(build_kernels.missing()), reason="no clang 15 with its lld here")
@pytest.mark.parametrize("by", [VECTOR, FUSED])
def test_the_module_built_anew_computes_the_same(page: Page, tmp_path: Path, by: str) -> None:
    """From the source beside it, by the compiler that is here."""
    anew_of = {
        name: base64.b64encode(path.read_bytes()).decode("ascii")
        for name, path in zip((VECTOR, FUSED), build_kernels.build(tmp_path), strict=True)
    }
    given: dict[str, str | None] = {"fused": None, "plain": None}
    given["fused" if by == FUSED else "plain"] = anew_of[by]
    jobs = [
        {"setup": SETUP, "run": SMALL | part, "precision": "float32", "steps": 2}
        for part in ({"rule": "clipping"}, {"rule": "one_sided", "optimiser": "adam"},
                     {"rule": "spectral", "optimiser": "sgd", "activation": "tanh"})
    ]  # fmt: skip
    kept = on_the_page(page, jobs, by=by)
    anew = on_the_page(page, jobs, modules=given)
    for one, other in zip(kept, anew, strict=True):
        assert other["kernels"] == KERNELS[by]
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

"""The workshop's engine in a real browser, for the tests to compare with the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from playwright.sync_api import Page

import wganlib as wg
from wganbook.widgets import _bundle, workshop_still
from wganbook.widgets.workshop import GLYPHS, VECTORS
from wganlib.paper import mistakes

#: Settings of a run as the page knows them; small, so that many can be compared.
SMALL: dict[str, Any] = {
    "objective": "wgan", "rule": "clipping", "c": 0.1, "radius": 3.0, "weight": 0.1,
    "optimiser": "rmsprop", "lr": 1e-3, "generator_lr": 5e-4, "n_critic": 2, "batch": 16,
    "width": 12, "depth": 2, "activation": "relu",
}  # fmt: skip
SETUP: dict[str, Any] = {
    "data": "ring", "modes": 8, "side": 5, "word": "WGAN", "points": [], "seed": 3,
}  # fmt: skip

RULES = {
    "none": lambda run: wg.NoConstraint(),
    "clipping": lambda run: wg.WeightClipping(run["c"]),
    "sphere": lambda run: wg.SphereProjection(run["radius"]),
    "penalty": lambda run: wg.GradientPenalty(run["weight"]),
    "one_sided": lambda run: wg.GradientPenalty(run["weight"], one_sided=True),
    "spectral": lambda run: wg.SpectralNorm(),
}
OBJECTIVES = {"wgan": wg.WGAN, "minimax": wg.MinimaxGAN, "non_saturating": wg.NonSaturatingGAN}
#: The mistakes that the page offers: what takes the place of a right part.
WRONG_RULES = {
    "clip_before": lambda run: mistakes.ClipBeforeStep(run["c"]),
    "at_real": lambda run: mistakes.PenaltyAtReal(run["weight"]),
    "per_coordinate": lambda run: mistakes.PenaltyPerCoordinate(run["weight"]),
}
WRONG_OBJECTIVES = {
    "sign_flip": mistakes.GeneratorSignFlipped, "hinge": mistakes.Hinge, "sigmoid": wg.WGAN,
    "batch_norm": wg.WGAN,
}  # fmt: skip
OPTIMISERS = {"rmsprop": wg.RMSProp, "adam": wg.Adam, "sgd": wg.SGD}

_TRAIN = """async ({ source, vectors, jobs }) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { makeEngine } = await import(url);
  const bytesOf = text => text && Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const bytes = { fused: bytesOf(vectors.fused), plain: bytesOf(vectors.plain) };
  const results = [];
  for (const { setup, run, precision, steps } of jobs) {
    const engine = await makeEngine(setup, run, precision, bytes), rows = [];
    const start = [...engine.generator.flat, ...engine.critic.flat];
    let failed = null;
    try {
      for (let i = 0; i < steps; i++) rows.push(engine.step());
    } catch (error) {
      if (error.step === undefined) throw error;
      failed = { message: error.message, step: error.step, kept: error.kept };
    }
    const seen = engine.evaluate(50);
    results.push({ rows, start, failed, kernels: engine.kernels.name,
      end: [...engine.generator.flat, ...engine.critic.flat],
      seen: { real: [...seen.real], fake: [...seen.fake], largest: seen.largest } });
  }
  URL.revokeObjectURL(url);
  return results;
}"""


#: What may compute: which of the modules a browser is given, and how it then calls itself.
PLAIN, VECTOR, FUSED = "javascript", "vectors", "fused"
GIVEN: dict[str, dict[str, str | None]] = {
    PLAIN: {"fused": None, "plain": None},
    VECTOR: VECTORS | {"fused": None},
    FUSED: VECTORS | {"plain": None},
}
KERNELS = {
    PLAIN: "JavaScript, float32",
    VECTOR: "WebAssembly, float32",
    FUSED: "WebAssembly with fused products, float32",
}


def on_the_page(
    page: Page,
    jobs: list[dict[str, Any]],
    *,
    by: str = PLAIN,
    modules: dict[str, str | None] | None = None,
) -> list[Any]:
    """Train by the workshop's engine; each job has setup, run, precision and steps.

    ``by`` is one of GIVEN; ``modules`` are others in its place, in base64.
    """
    code = GIVEN[by] if modules is None else modules
    source = _bundle.bundle("workshop_worker.mjs", GLYPHS=GLYPHS)
    result: list[Any] = page.evaluate(_TRAIN, {"source": source, "vectors": code, "jobs": jobs})
    return result


def networks(run: dict[str, Any], seed: int, dtype: str) -> tuple[wg.MLP, wg.MLP]:
    hidden = [run["width"]] * run["depth"]
    activation = run["activation"]
    generator = wg.MLP([2, *hidden, 2], seed=seed, activation=activation, dtype=dtype)
    return generator, wg.MLP([2, *hidden, 1], seed=seed, activation=activation, dtype=dtype)


def by_the_library(
    data: Any, setup: dict[str, Any], run: dict[str, Any], dtype: str, steps: int, **options: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, wg.History]:
    """Return rows as recorded, all parameters at the start and at the end, and the history."""
    generator, scoring = networks(run, setup["seed"], dtype)
    squashed = run["objective"] == "sigmoid"
    critic = torch.nn.Sequential(scoring, torch.nn.Sigmoid()) if squashed else scoring
    norms: list[torch.Tensor] = []
    if run["objective"] == "batch_norm":
        critic = workshop_still._normalised(scoring, run["width"], run["depth"])
        critic.norms.to(getattr(torch, dtype))
        norms = list(critic.norms.parameters())

    def parameters() -> np.ndarray:
        flats = [generator.flat, scoring.flat, *norms]
        return np.concatenate([flat.detach().double().numpy().ravel() for flat in flats])

    start = parameters()
    optimiser = OPTIMISERS[run["optimiser"]]
    history = wg.train(
        generator,
        critic,
        data,
        seed=setup["seed"],
        steps=steps,
        objective=(OBJECTIVES | WRONG_OBJECTIVES)[run["objective"]](),
        lipschitz=(RULES | WRONG_RULES)[run["rule"]](run),
        optimiser=optimiser(run["lr"]),
        generator_optimiser=optimiser(run["generator_lr"]),
        batch=run["batch"],
        n_critic=run["n_critic"],
        device="cpu",
        **options,
    )
    names = (
        "critic_loss", "generator_loss", "penalty", "critic_gradient_norm",
        "generator_gradient_norm",
    )  # fmt: skip
    rows = np.stack([getattr(history, name)[:, 0] for name in names], 1)
    return rows, start, parameters(), history

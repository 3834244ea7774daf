"""How fast the workshop trains in a browser, beside PyTorch's loops on the same machine.

Run ``python -m benchmarks.workshop``; ``--json PATH`` keeps the numbers. Candidates take
turns. The clock is the CPU seconds of this process and of the whole headless Chromium
together, so that what a browser does besides counts too, and waiting does not. The
workshop draws its batches of a ring itself; the loops read theirs from memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from playwright.sync_api import Page, sync_playwright

from benchmarks import training
from benchmarks.harness import Candidate, Comparison, compare, main
from tests.conftest import find_chromium
from tests.site.browser.visits import LAUNCH_ARGS
from wganbook.widgets import _bundle
from wganbook.widgets.workshop import GLYPHS, VECTORS, Workshop
from wganlib.training.lipschitz import GradientPenalty, LipschitzRule, WeightClipping

#: Iterations in one call of a candidate.
STEPS = 100
BATCH, DEPTH = 64, 3
#: What computes in the browser, and what it is then called there.
FUSED, WITHOUT, PLAIN = "workshop, fused products", "workshop, vectors", "workshop, JavaScript"
WAYS: dict[str, tuple[dict[str, str | None], str]] = {
    FUSED: (VECTORS | {"plain": None}, "WebAssembly with fused products, float32"),
    WITHOUT: (VECTORS | {"fused": None}, "WebAssembly, float32"),
    PLAIN: ({"fused": None, "plain": None}, "JavaScript, float32"),
}

_START = """async ({ source, vectors, setup, run }) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { makeEngine } = await import(url);
  const bytesOf = text => text && Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const bytes = { fused: bytesOf(vectors.fused), plain: bytesOf(vectors.plain) };
  const engine = await makeEngine(setup, run, "float32", bytes);
  window.engines = [...(window.engines ?? []), engine];
  return [engine.kernels.name, window.engines.length - 1];
}"""
_RUN = "([place, steps]) => { for (let i = 0; i < steps; i++) window.engines[place].step(); }"


def engine(page: Page, width: int, rule: str, way: str) -> Candidate:
    """Return a call that makes some iterations in the browser."""
    modules, expected = WAYS[way]
    workshop = Workshop(
        width=width, depth=DEPTH, batch=BATCH, rule=rule, c=training.C, lr=training.LR,
        generator_lr=training.LR,
    )  # fmt: skip
    started: Any = page.evaluate(
        _START,
        {
            "source": _bundle.bundle("workshop_worker.mjs", GLYPHS=GLYPHS),
            "vectors": modules,
            "setup": workshop.setup,
            "run": workshop.setup["runs"][0],
        },
    )
    name, place = started
    if name != expected:
        raise RuntimeError(f"kernels: expected {expected}, got {name}")
    return lambda: page.evaluate(_RUN, [place, STEPS])


def repeated(iteration: Callable[[], object]) -> Candidate:
    def many() -> None:
        for _ in range(STEPS):
            iteration()

    return many


def versus(
    page: Page, clock: Callable[[], float], width: int, rule: LipschitzRule, rounds: int
) -> Comparison:
    """Compare on one size of network under one rule."""
    data = torch.randn(64 * BATCH, 2, generator=torch.Generator().manual_seed(1))
    clipped = isinstance(rule, WeightClipping)
    loops = {"authors' loop": training.authors, "tutorial loop": training.tutorial}
    if not clipped:
        loops = {"tutorial loop": training.tutorial_penalty}
    name = "clipping" if clipped else "penalty"
    candidates: dict[str, Candidate] = {
        label: repeated(
            loop(*training.modules(width, DEPTH), training.batches(data, BATCH), BATCH, 2)
        )
        for label, loop in loops.items()
    }
    pair = training.pair(width, DEPTH, 1)
    candidates[training.ONE] = repeated(training.by_wganlib(pair, data, BATCH, rule, 1))
    candidates |= {way: engine(page, width, name, way) for way in WAYS}
    result = compare(
        f"{DEPTH}×{width}, batch {BATCH}, {name}",
        candidates,
        training.ONE,
        rounds=rounds,
        notes={"width": width, "batch": BATCH, "steps": STEPS},
        work=dict.fromkeys(candidates, STEPS),
        peers=list(loops),
        targets={FUSED: 4.0} if width == 64 and clipped else {},
        clock=clock,
    )
    for label, seconds in result.seconds.items():
        result.remarks[label] = f"{1 / seconds:.0f} steps a CPU second"
    return result


def run(quick: bool) -> list[Comparison]:
    """Measure; ``quick`` with few rounds."""
    torch.set_num_threads(1)
    path, rounds = find_chromium(), 3 if quick else 9
    if path is None:
        raise RuntimeError("chromium: expected a browser, found none")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=LAUNCH_ARGS)
        page, session = browser.new_page(), browser.new_browser_cdp_session()
        page.set_default_timeout(600_000)

        def clock() -> float:
            processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
            return time.process_time() + sum(one["cpuTime"] for one in processes)

        rules = (WeightClipping(training.C), GradientPenalty(0.1))
        results = [versus(page, clock, width, rule, rounds) for width in (64, 32) for rule in rules]
        browser.close()
    return results


if __name__ == "__main__":
    main(__doc__ or "", run, ("torch", "numpy"))

"""How long the page's transport solver takes in headless Chromium, beside POT on this machine.

``python -m benchmarks.exact_transport``; ``--json PATH`` keeps the numbers. Equal weights, uniform
points in the unit square, each problem solved anew; the browser's clock inside the page.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import ot
from playwright.sync_api import Page, sync_playwright

from benchmarks.harness import environment, write_json
from tests.conftest import NO_BROWSER, find_chromium
from tests.site.browser.visits import LAUNCH_ARGS
from wganbook.widgets._fallback import asset

SIZES = (50, 200, 500, 1000)
TARGET_MS = {200: 40}
LOAD = """async text => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.solve = (await import(url)).solve;
}"""
TIME = """([x, y]) => {
  const start = performance.now(), { cost } = solve(x, null, y, null);
  return [performance.now() - start, cost];
}"""


@dataclass(frozen=True)
class Speed:
    """Milliseconds for one exact W1 of n against n points in the plane."""

    n: int
    first_ms: float
    median_ms: float
    slowest_ms: float
    pot_median_ms: float
    largest_difference: float


def measure(page: Page, n: int, problems: int) -> Speed:
    """Time some problems of one size in the page, and the same in POT."""
    rng = np.random.default_rng(n)
    times, pot_times, differences = [], [], []
    for _ in range(problems):
        x, y = rng.random((n, 2)), rng.random((n, 2))
        taken, cost = page.evaluate(TIME, [x.tolist(), y.tolist()])
        start = time.perf_counter()
        distance = np.sqrt(((x[:, None] - y) ** 2).sum(axis=-1))
        known = ot.emd2([], [], distance, numItermax=10**7)
        pot_times.append(1e3 * (time.perf_counter() - start))
        times.append(taken)
        differences.append(abs(cost - known) / known)
    return Speed(
        n=n,
        first_ms=round(times[0], 2),
        median_ms=round(statistics.median(times), 2),
        slowest_ms=round(max(times), 2),
        pot_median_ms=round(statistics.median(pot_times), 2),
        largest_difference=max(differences),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Time the page's transport solver.")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    parser.add_argument("--quick", action="store_true", help="fewer problems of each size")
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        sys.exit(NO_BROWSER.partition(";")[0])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=LAUNCH_ARGS)
        speeds = []
        for n in SIZES:  # a fresh page each: its first problem runs code not compiled yet
            page = browser.new_page()
            page.evaluate(LOAD, asset("exact_transport.mjs"))
            speeds.append(measure(page, n, 3 if options.quick else 20))
            page.close()
        engine = browser.version
        browser.close()
    lines = ["| n | first ms | median ms | slowest ms | POT, median ms | differ by, relatively |"]
    lines += ["|---:|---:|---:|---:|---:|---:|"]
    lines += [
        f"| {s.n} | {s.first_ms} | {s.median_ms} | {s.slowest_ms} | {s.pot_median_ms} "
        f"| {s.largest_difference:.0e} |"
        for s in speeds
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    if options.json:
        payload = {
            "environment": {**environment("playwright", "POT"), "chromium": engine},
            "targets_ms": {str(n): limit for n, limit in TARGET_MS.items()},
            "speeds": [asdict(speed) for speed in speeds],
        }
        write_json(options.json, payload)


if __name__ == "__main__":
    main()

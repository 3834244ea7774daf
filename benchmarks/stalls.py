"""How long a page with a workshop keeps its reader waiting while it trains.

Run ``python -m benchmarks.stalls``; ``--json PATH`` keeps the numbers. A page with one
workshop, and one with two trainings side by side, is opened from a file in headless Chromium, at
the width of a desktop and of a phone. Measured are the time from pressing *Play* until the first
generator step is shown, and the main thread's tasks of 50 ms or more in the ten seconds after,
which is what a browser itself calls a long task. The targets are 300 ms, and none. A machine that
does other things at the same time measures those too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.harness import environment, write_json
from tests.conftest import find_chromium
from tests.site.browser.loose import page_of
from tests.site.browser.visits import DESKTOP, LAUNCH_ARGS, PHONE
from wganbook import Workshop

PAGES: dict[str, dict[str, Any]] = {
    "one training": {},
    "two side by side": {"compare": {"rule": "clipping"}},
    "two of 3×128": {"width": 128, "compare": {"rule": "clipping"}},
}
_READY = '() => [...document.querySelectorAll(".wg-side")].every(side => side.dataset.step)'
_PRESS = """seconds => new Promise(resolve => {
  const tasks = [], side = document.querySelector(".wg-side");
  new PerformanceObserver(list => list.getEntries().forEach(entry => tasks.push(entry.duration)))
    .observe({ type: "longtask" });
  const play = [...document.querySelectorAll("button")].find(b => b.textContent.trim() === "Play");
  let first = null;
  const start = performance.now();
  new MutationObserver(() => { if (+side.dataset.step) first ??= performance.now() - start; })
    .observe(side, { attributes: true, attributeFilter: ["data-step"] });
  play.click();
  setTimeout(() => resolve({ first, tasks, steps: +side.dataset.step }), 1000 * seconds);
})"""


def watched(browser: Browser, folder: Path, settings: dict[str, Any], options: Any) -> Any:
    """Return when the first step was shown, the long tasks, and the steps of ten seconds."""
    path = folder / "page.html"
    path.write_text(page_of([Workshop(**settings)]), "utf-8")
    context = browser.new_context(**options)
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_function(_READY)
    page.wait_for_timeout(1000)  # what the opening of the page still does is not counted
    found = page.evaluate(_PRESS, 10)
    context.close()
    return found


def main() -> int:
    """Measure each page three times; a table, and JSON with ``--json PATH``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    parser.add_argument("--times", type=int, default=3, help="visits of each page [3]")
    options = parser.parse_args()
    path = find_chromium()
    if path is None:
        raise RuntimeError("chromium: expected a browser, found none")
    results = []
    print("| page | width | first step, ms | long tasks | longest, ms | steps in 10 s |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=path, args=LAUNCH_ARGS)
        for name, settings in PAGES.items():
            for width, device in (("desktop", DESKTOP), ("phone", PHONE)):
                for _ in range(options.times):
                    found = watched(browser, Path(folder), settings, device)
                    results.append({"page": name, "width": width, **found})
                    tasks = found["tasks"]
                    print(
                        f"| {name} | {width} | {found['first']:.0f} | {len(tasks)} "
                        f"| {max(tasks, default=0):.0f} | {found['steps']} |",
                        flush=True,
                    )
        browser.close()
    if options.json:
        write_json(
            options.json,
            {"environment": environment("playwright"), "results": json.loads(json.dumps(results))},
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What a page of the built book weighs, and how long a slider takes to answer.

Run ``make book`` first, then ``python -m benchmarks.pages``; ``--json PATH`` keeps the numbers.
Weight is what the browser fetched for the page, compressed as a server would (gzip, level 6),
without the theme's own files and without MathJax. Time is that of one move of the slider: the
event, everything it draws, and the layout that follows, measured inside the page.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, sync_playwright

from benchmarks.harness import environment, write_json
from tests.built_site import SITE, Slider, serve, sliders, toc_pages
from tests.conftest import NO_BROWSER, find_chromium
from tests.site.browser.visits import DESKTOP, LAUNCH_ARGS, visiting

TARGET_KB = 300
TARGET_MS = 16
# What the book itself adds to the folder of the theme's files.
OWN_STATIC = {"palette.css", "book.css", "widget-host.js", "reader-state.js", "favicon.svg"}

MOVES = """(root, moves) => {
  const input = root.querySelector("input[type=range]");
  const count = +input.max + 1, times = [];
  const stride = count > 7 && count % 7 ? 7 : 1;
  let sink = 0;
  for (let k = 0; k < moves; k++) {
    input.value = (k * stride) % count;
    const start = performance.now();
    input.dispatchEvent(new Event("input", {bubbles: true}));
    sink += root.getBoundingClientRect().height + document.documentElement.scrollHeight;
    for (const image of root.querySelectorAll("svg")) sink += image.getBBox().width;
    times.push(performance.now() - start);
  }
  return sink > 0 ? times : [];
}"""


@dataclass(frozen=True)
class Weight:
    """Compressed kilobytes of one page: its own, and what it shares with all pages."""

    page: str
    own_kb: float
    html_kb: float
    shared_kb: float


@dataclass(frozen=True)
class Update:
    """Milliseconds from moving a slider to a picture laid out."""

    slider: str
    title: str
    median_ms: float
    slowest_ms: float
    moves: int


def update_times(root: Locator, moves: int = 100) -> list[float]:
    """Move the slider of a widget ``moves`` times; milliseconds of each."""
    times: list[float] = root.evaluate(MOVES, moves)
    return times


def is_own(path: str) -> bool:
    """Whether a file is the book's rather than the theme's or MathJax's."""
    folder, _, name = path.lstrip("/").partition("/")
    return folder != "_static" or name in OWN_STATIC


def gzipped(site: Path, path: str) -> float:
    """Return what a server would send of a file of a site, in kilobytes."""
    return len(gzip.compress((site / path.lstrip("/")).read_bytes(), 6)) / 1000


def weigh(browser: Browser, address: str, page: str) -> Weight:
    """Weigh everything that the browser fetches for one page."""
    with visiting(browser, f"{address}/{page}.html", **DESKTOP) as visit:
        paths = sorted({urlsplit(url).path for _, url in visit.responses if address in url})
    sizes = {path: gzipped(SITE, path) for path in paths}
    own = sum(size for path, size in sizes.items() if is_own(path))
    return Weight(
        page=page,
        own_kb=round(own, 1),
        html_kb=round(sizes[f"/{page}.html"], 1),
        shared_kb=round(sum(sizes.values()) - own, 1),
    )


def time_slider(browser: Browser, address: str, slider: Slider, moves: int) -> Update:
    """Time one slider, after some moves to warm up."""
    with visiting(browser, f"{address}/{slider.page}.html", **DESKTOP) as visit:
        root = visit.widget(slider.model_id).locator(".wg").first
        root.scroll_into_view_if_needed()
        update_times(root, 20)
        times = update_times(root, moves)
    return Update(
        slider=str(slider),
        title=slider.scene["title"],
        median_ms=round(statistics.median(times), 3),
        slowest_ms=round(max(times), 3),
        moves=moves,
    )


def table(weights: list[Weight], updates: list[Update]) -> str:
    """Lay both results out as Markdown tables."""
    lines = [f"| page | its own kB (target {TARGET_KB}) | of it HTML | theme and maths |"]
    lines += ["|---|---:|---:|---:|"]
    lines += [f"| {w.page} | {w.own_kb} | {w.html_kb} | {w.shared_kb} |" for w in weights]
    lines += ["", f"| slider | median ms (target {TARGET_MS}) | slowest ms | figure |"]
    lines += ["|---|---:|---:|---|"]
    lines += [
        f"| {u.slider} | {u.median_ms:.2f} | {u.slowest_ms:.2f} | {u.title} |" for u in updates
    ]
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Weigh the pages and time the sliders.")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    parser.add_argument("--quick", action="store_true", help="fewer moves of each slider")
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        sys.exit(NO_BROWSER.partition(";")[0])
    if not sliders():
        sys.exit("The book is not built: run `make book` first.")
    with serve() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=LAUNCH_ARGS)
        weights = [weigh(browser, address, page) for page in toc_pages()]
        moves = 30 if options.quick else 200
        updates = [time_slider(browser, address, slider, moves) for slider in sliders()]
        engine = browser.version
        browser.close()
    sys.stdout.write(table(weights, updates) + "\n")
    if options.json:
        payload = {
            "environment": {**environment("playwright", "jupyter-book"), "chromium": engine},
            "targets": {"own_kb": TARGET_KB, "median_ms": TARGET_MS},
            "weights": [asdict(weight) for weight in weights],
            "updates": [asdict(update) for update in updates],
        }
        write_json(options.json, payload)


if __name__ == "__main__":
    main()

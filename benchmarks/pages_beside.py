"""The pages of two built books beside each other: when the first figure stands, what it weighs.

``python -m benchmarks.pages_beside OLD`` serves this book and the one whose folder of HTML is OLD,
opens every page that both have in turns, each time in a browser without a cache, and notes when
the first slider figure has its picture, counted from the page's request. Weight is what
``benchmarks.pages`` weighs: compressed, without the theme's own files and without MathJax.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from benchmarks.harness import environment, write_json
from benchmarks.pages import gzipped, is_own
from tests.built_site import SITE, serve
from tests.conftest import NO_BROWSER, find_chromium
from tests.site.browser.visits import DESKTOP, LAUNCH_ARGS

#: Notes, as the page loads, when a figure's picture first has something in it.
WATCH = """() => {
  const look = () => {
    if (!document.querySelector(".wg svg path, .wg svg circle, .wg svg image")) return;
    window.firstFigure ??= performance.now();
    watching.disconnect();
  };
  const watching = new MutationObserver(look);
  watching.observe(document, {childList: true, subtree: true});
}"""


def opened(browser: Browser, address: str, page: str) -> tuple[float, set[str]]:
    """Return the milliseconds until a page's first figure stands, and what it loaded."""
    context = browser.new_context(**DESKTOP)
    try:
        loaded: set[str] = set()
        shown = context.new_page()
        shown.on("response", lambda response: loaded.add(response.url))
        shown.add_init_script(f"({WATCH})()")
        shown.goto(f"{address}/{page}.html", wait_until="load")
        shown.wait_for_function("() => window.firstFigure", timeout=60_000)
        # What a page makes itself (blob:) has crossed no wire.
        files = {urlsplit(url).path for url in loaded if url.startswith(address)}
        return float(shown.evaluate("() => window.firstFigure")), files
    finally:
        context.close()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path, help="_build/html of the other book")
    parser.add_argument("--rounds", type=int, default=7, help="how often each page is opened [7]")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        sys.exit(NO_BROWSER.partition(";")[0])
    folders = {"old": options.old, "new": SITE}
    pages = sorted(
        f"book/{path.stem}"
        for path in (options.old / "book").glob("*.html")
        if all(
            (folder / "book" / path.name).is_file()
            and '"scene":' in (folder / "book" / path.name).read_text("utf-8")
            for folder in folders.values()
        )
    )
    found: dict[str, dict[str, float]] = {}
    with (
        serve(options.old) as old,
        serve(SITE) as new,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=LAUNCH_ARGS)
        for page in pages:
            times: dict[str, list[float]] = {"old": [], "new": []}
            row: dict[str, float] = {}
            for turn in range(options.rounds + 1):
                for side, address in (("old", old), ("new", new)):
                    milliseconds, loaded = opened(browser, address, page)
                    if turn:  # the first opening warms the server and the disk
                        times[side].append(milliseconds)
                    row[f"{side} kB"] = sum(
                        gzipped(folders[side], path) for path in loaded if is_own(path)
                    )
            row |= {f"{side} ms": statistics.median(values) for side, values in times.items()}
            found[page] = row
            print(
                f"{page:32} first figure {row['old ms']:6.0f} → {row['new ms']:6.0f} ms "
                f"({row['new ms'] / row['old ms']:.2f}), "
                f"{row['old kB']:5.0f} → {row['new kB']:5.0f} kB "
                f"({row['new kB'] / row['old kB']:.2f})",
                flush=True,
            )
        engine = browser.version
        browser.close()
    for what in ("ms", "kB"):
        ratios = [row[f"new {what}"] / row[f"old {what}"] for row in found.values()]
        print(f"{what}: new/old, median {statistics.median(ratios):.2f}, most {max(ratios):.2f}")
    if options.json:
        write_json(
            options.json,
            {"environment": {**environment("playwright"), "chromium": engine}, "results": found},
        )


if __name__ == "__main__":
    main()

"""What all tests share: where a browser is, and what its absence means."""

from __future__ import annotations

import functools
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
NO_BROWSER = (
    "no Chromium found: install it, or set CHROMIUM to its path; "
    "the sliders on the page are NOT tested"
)


def find_chromium() -> str | None:
    """Return the path of a system Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser that tests marked ``browser`` drive."""
    path = find_chromium()
    assert path is not None, NO_BROWSER
    return path


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@functools.cache
def stems() -> list[str]:
    """The pages by name, those first that begin like others: library-images before library."""
    return sorted((path.stem for path in (ROOT / "book").glob("*.md")), key=len, reverse=True)


@functools.cache
def group(nodeid: str) -> str:
    """Name what stays together on one worker: a file, or the browser tests of one page.

    >>> group("tests/site/browser/test_pages.py::test_maths_is_set[book/library-images-chromium]")
    'browser library-images'
    >>> group("tests/library/distances/test_measures.py::test_a_name[1]")
    'tests/library/distances/test_measures.py'
    """
    file, _, name = nodeid.partition("::")
    parameters = name.partition("[")[2]
    if "browser" in Path(file).parts and parameters:
        found = (stem for stem in stems() if stem in parameters)
        return f"browser {next(found, file)}"
    if "colabs_versions" in name:
        return f"{file} colab"  # one worker makes that environment
    return file


def seconds(item: pytest.Item) -> float:
    """Guess how long a test takes, well enough to see which group is the longest."""
    if item.get_closest_marker("slow"):
        return 15.0
    if item.get_closest_marker("browser"):
        return 4.0 if item.path.name == "test_accessibility.py" else 0.5
    return 0.1


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests group by group, the longest group first, or the last worker runs alone.

    The browser comes after all others. Quick tests fail first, and Playwright keeps an event loop
    in the main thread from its first use on, which would be in the way of tests that start one of
    their own. Of a page, axe comes last: it loads what no reader's browser loads.
    """
    total: dict[str, float] = {}
    for item in items:
        name = group(item.nodeid)
        total[name] = total.get(name, 0.0) + seconds(item)

    def place(item: pytest.Item) -> tuple[bool, float, str, bool]:
        browser = item.get_closest_marker("browser") is not None
        name = group(item.nodeid)
        return browser, -total[name], name, item.path.name == "test_accessibility.py"

    return sorted(items, key=place)


class InGroups(LoadScopeScheduling):
    """Hands whole groups to workers, so that a page is loaded once for all of its tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InGroups:
    return InGroups(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in order; skip those of the browser where there is none, but not in CI."""
    items[:] = in_order(items)
    if find_chromium() is None and not IN_CI:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once more, at the end, that the browser tests did not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum("no Chromium found" in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.section("BROWSER TESTS SKIPPED", red=True)
        terminalreporter.line(f"{count} tests: {NO_BROWSER}")

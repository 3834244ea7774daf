"""What all tests share: where a browser is, and what its absence means."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

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


def group(item: pytest.Item) -> str:
    """Name what stays together on one worker: a file, or in long files the tests of one page."""
    file = item.path.relative_to(ROOT).as_posix() if item.path.is_relative_to(ROOT) else item.name
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    if "colab" in getattr(item, "fixturenames", ()):
        return f"{file} colab"  # one worker makes that environment
    page = parameters.get("page_name") or getattr(parameters.get("slider"), "page", None)
    if page:
        return f"browser {page}"  # which the tests of several files then load once
    part = parameters.get("path")
    return f"{file} {part}" if part else file


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests for workers; skip browser tests where there is no browser, but not in CI."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
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

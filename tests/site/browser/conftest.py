"""The browser, the served book, and the pages and sliders that the browser tests visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.built_site import NOT_BUILT, SITE, Slider, serve, sliders, toc_pages
from tests.site.browser.visits import DESKTOP, LAUNCH_ARGS, PHONE, Shelf, stop_the_clock

expect.set_options(timeout=60_000)  # a busy machine is no defect of the page


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], chromium: str
) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium, "args": LAUNCH_ARGS}


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Address of the built book, served on this machine."""
    missing = [page for page in toc_pages() if not (SITE / f"{page}.html").is_file()]
    assert not missing, f"{NOT_BUILT} (missing: {', '.join(missing)})"
    with serve() as address:
        yield address


@pytest.fixture(scope="session")
def desktops(browser: Browser, site: str) -> Iterator[Shelf]:
    shelf = Shelf(browser, site, **DESKTOP)
    yield shelf
    shelf.close()


@pytest.fixture(scope="session")
def phones(browser: Browser, site: str) -> Iterator[Shelf]:
    shelf = Shelf(browser, site, **PHONE)
    yield shelf
    shelf.close()


@pytest.fixture(scope="session")
def stopped(browser: Browser, site: str) -> Iterator[Shelf]:
    shelf = Shelf(browser, site, prepare=stop_the_clock, **DESKTOP)
    yield shelf
    shelf.close()


@pytest.fixture(scope="module", params=toc_pages())
def page_name(request: pytest.FixtureRequest) -> str:
    """Each page of the table of contents in turn."""
    return request.param


@pytest.fixture(scope="module", params=sliders() or [None], ids=str)
def slider(request: pytest.FixtureRequest, site: str) -> Slider:
    """Each slider of the book in turn."""
    assert request.param is not None, f"no slider found on any page; {NOT_BUILT}"
    return request.param

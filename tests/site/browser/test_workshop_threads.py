"""The workshop's second thread: under the site's policy, from a file, where it may not start."""

from __future__ import annotations

from functools import partial
from typing import Any

import book_policy
import pytest
from playwright.sync_api import Browser, Page, expect

import wganbook as book
from tests.built_site import SITE
from tests.site.browser.shops import Opened, opening, painted, play_until, press, side_of
from tests.site.browser.visits import DESKTOP, PHONE, visiting
from tests.site.workshop_bench import FUSED, KERNELS

pytestmark = pytest.mark.browser

#: The pages of the book with a workshop.
PAGES = [
    f"book/{name}"
    for name in ("workshop", "training-a-wgan", "lipschitz", "mode-collapse", "hour-algorithm")
]


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Open a page with workshops from a file, with an address and options of the browser."""
    return partial(opening, browser, tmp_path_factory.mktemp("pages"))


def is_in_a_worker(page: Page) -> bool:
    """Train, and say whether a worker with the vector module did it."""
    page.wait_for_function("() => document.querySelector('.wg-side')?.dataset.step")
    page.get_by_role("button", name="Generator step", exact=True).click()
    side = side_of(page)
    expect(side).to_have_attribute("data-step", "1")
    assert side.get_attribute("data-kernels") == KERNELS[FUSED]
    told = page.get_by_text("starts no second thread")
    assert told.is_visible() == (len(page.workers) == 0)
    assert side.get_attribute("data-thread") == ("worker" if page.workers else "page")
    return len(page.workers) == 1


# --- the policy ----------------------------------------------------------------------


@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_policy_of_the_site_lets_the_worker_start(opened: Opened, options: Any) -> None:
    with opened(change=book_policy.with_policy, **options) as visit:
        assert "worker-src blob:" in visit.page.content()
        assert is_in_a_worker(visit.page)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("place", ["served", "file"])
def test_the_built_page_trains_in_a_worker(
    browser: Browser, site: str, name: str, place: str
) -> None:
    address = f"{site}/{name}.html" if place == "served" else (SITE / f"{name}.html").as_uri()
    with visiting(browser, address, **DESKTOP) as visit:
        assert visit.page.locator('meta[http-equiv="Content-Security-Policy"]').count() == 1
        assert is_in_a_worker(visit.page)
        assert visit.complaints == []
        assert visit.offsite == []


@pytest.mark.parametrize("fragment", ["#workshop=1&word=<img src=x onerror=alert(1)>", "#workshop"])
def test_a_hostile_link_to_the_built_page(browser: Browser, site: str, fragment: str) -> None:
    with visiting(browser, f"{site}/book/workshop.html{fragment}", **DESKTOP) as visit:
        refused = visit.page.get_by_text("This link cannot be used.")
        assert refused.count() == int("=" in fragment)
        assert visit.page.locator(".wg-shop img").count() == 0
        assert is_in_a_worker(visit.page)
        assert visit.complaints == []


# --- where it may not start ----------------------------------------------------------


def forbid_workers(text: str) -> str:
    return book_policy.with_policy(text).replace("worker-src blob:", "worker-src 'none'")


def test_where_the_browser_forbids_workers_the_page_says_so_and_trains(opened: Opened) -> None:
    with opened(change=forbid_workers) as visit:
        assert not is_in_a_worker(visit.page)
        play_until(visit.page, 10)
        assert all("worker-src 'none'" in text for text in visit.complaints)
        visit.complaints.clear()


def test_both_threads_give_the_same_pictures(opened: Opened) -> None:
    seen = []
    for script in ("", "delete window.Worker"):
        with opened(book.Workshop(seed=5), script=script) as visit:
            page = visit.page
            for count in range(1, 4):
                press(page, "Generator step")
                expect(side_of(page)).to_have_attribute("data-step", str(count))
            seen.append(painted(page.locator(".wg-plane")))
    assert seen[0] == seen[1]


# --- answers that come late ----------------------------------------------------------

SLOW = """window.Worker = class extends Worker {
  set onmessage(hear) { super.onmessage = event => setTimeout(() => hear(event), 300); }
}"""


def test_what_is_said_of_the_run_before_comes_too_late(opened: Opened) -> None:
    with opened(script=SLOW) as visit:
        page, side = visit.page, side_of(visit.page)
        press(page, "Play")
        page.wait_for_function("() => +document.querySelector('.wg-side').dataset.step > 3")
        press(page, "Reset")  # while pictures of the training are on their way
        expect(side).to_have_attribute("data-step", "0")
        expect(side).to_have_attribute("data-playing", "false")
        page.wait_for_timeout(700)
        expect(page.locator(".wg-status")).to_have_text("Back at the start.")
        page.locator(".wg-values-live summary").click()
        rows = page.locator(".wg-values-live tr:has(td)").all_inner_texts()
        assert [row.split("\t")[:2] for row in rows] == [["A", "0"]]


def test_who_presses_before_the_engine_is_there_is_not_forgotten(opened: Opened) -> None:
    """The module takes half a second to compile; the press waits for it."""
    slow = "await new Promise(done => setTimeout(done, 500)); this.engine = await makeEngine("
    with opened(change=lambda text: text.replace("this.engine = await makeEngine(", slow)) as visit:
        page = visit.page
        press(page, "Reset")
        press(page, "Critic step")
        press(page, "Generator step")
        expect(side_of(page)).to_have_attribute("data-step", "1")
        assert side_of(page).get_attribute("data-critic-steps") == "5"


def test_a_thread_that_breaks_says_so(opened: Opened) -> None:
    broken = "if (this.engine) throw new Error('no room'); this.engine = await makeEngine("
    with opened(
        change=lambda text: text.replace("this.engine = await makeEngine(", broken)
    ) as visit:
        press(visit.page, "Reset")
        failure = side_of(visit.page).locator(".wg-error:not([hidden])")
        expect(failure).to_have_text("The training stopped: no room.")


def test_a_page_remembers_so_many_steps_and_says_so(opened: Opened) -> None:
    with opened(change=lambda text: text.replace("MOST_STEPS = 50000", "MOST_STEPS = 3")) as visit:
        page = visit.page
        press(page, "Play")
        told = page.locator(".wg-status")
        expect(told).to_contain_text("3 generator steps, 15 critic steps. A page remembers no more")
        press(page, "Critic step")
        expect(told).to_contain_text("3 generator steps, 15 critic steps. A page remembers no more")
        press(page, "Reset")
        expect(side_of(page)).to_have_attribute("data-step", "0")


def test_points_that_lie_far_out_are_in_the_picture(opened: Opened) -> None:
    seen = set()
    for height in (7.5, -7.5):  # the untrained networks are the same, and so is the frame
        with opened(book.Workshop(data="points", points=[[7.25, height], [-8, -8]])) as visit:
            seen.add(painted(visit.page.locator(".wg-plane")))
    assert len(seen) == 2

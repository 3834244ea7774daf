"""Opening pages of the built book and noting everything that goes wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Locator, Page

# Nothing that a page loads may lie outside this machine.
OFFSITE = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/])")

LAUNCH_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}

SETTLED = """async () => {
  window.wgPage?.wake();  // what waits for its reader to come near
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
}"""
ALIVE = """() => [...document.querySelectorAll("[data-wg-model]")]
  .every(place => place.classList.contains("wg-live"))"""


# What a slider shows: its position, the words for it, the numbers and the picture.
SEEN = """root => {
  const input = root.querySelector("input[type=range]");
  return {
    index: +root.dataset.index,
    control: +input.value,
    spoken: input.getAttribute("aria-valuetext"),
    shown: root.querySelector("output").textContent,
    values: [...root.querySelectorAll(".wg-readout dd")].map(e => e.textContent),
    picture: [...root.querySelectorAll(".wg-panel > svg")].map(e => e.outerHTML).join(""),
  };
}"""
FIRST_SEEN = f"""() => Object.fromEntries([...document.querySelectorAll("[data-wg-model]")]
  .map(place => [place.dataset.wgModel, place.querySelector(".wg")])
  .filter(([, root]) => root?.querySelector("input[type=range]") && root.dataset.index)
  .map(([model, root]) => [model, ({SEEN})(root)]))"""

# A figure that asks first is covered until its reader has guessed, or asks to be shown.
SHOW_ALL = """() => document.querySelectorAll(".wg-covered .wg-ask button").forEach(button => {
  if (button.textContent === "Just show me") button.click();
})"""


@dataclass
class Visit:
    """A page in the browser, and what was seen while it was there."""

    page: Page
    untouched: dict[str, Any] = field(default_factory=dict)
    responses: list[tuple[int, str]] = field(default_factory=list)
    offsite: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def widget(self, model_id: str) -> Locator:
        return self.page.locator(f'[data-wg-model="{model_id}"]').first


def listen(page: Page) -> Visit:
    """Note responses, attempts to leave the machine, console errors and page errors."""
    visit = Visit(page)

    def note_request(url: str) -> None:
        if OFFSITE.match(url):
            visit.offsite.append(url)

    page.on("response", lambda response: visit.responses.append((response.status, response.url)))
    page.on("request", lambda request: note_request(request.url))
    page.on("websocket", lambda socket: note_request(socket.url))
    page.on("pageerror", lambda error: visit.complaints.append(f"page error: {error}"))
    page.on(
        "console",
        lambda message: (
            visit.complaints.append(f"console {message.type}: {message.text}")
            if message.type in ("error", "warning")
            else None
        ),
    )
    return visit


@contextmanager
def visiting(browser: Browser, url: str, **options: Any) -> Iterator[Visit]:
    """Open a page in a context of its own, maths set and sliders alive."""
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)  # a busy machine is no defect of the page
    context.route(OFFSITE, lambda route: route.abort())
    try:
        visit = listen(context.new_page())
        visit.page.goto(url, wait_until="load")
        if options.get("java_script_enabled", True):
            visit.page.evaluate(SETTLED)
            visit.page.wait_for_function(ALIVE)
            visit.untouched = visit.page.evaluate(FIRST_SEEN)
        yield visit
    finally:
        context.close()


def stop_the_clock(page: Page) -> None:
    """From here on, time passes on a page only when the test says so."""
    page.clock.install(time=0)
    page.clock.pause_at(3600)


class Shelf:
    """Keeps the page opened last, so that tests of one page load it once; its figures are open."""

    def __init__(
        self,
        browser: Browser,
        site: str,
        prepare: Callable[[Page], None] | None = None,
        **options: Any,
    ) -> None:
        self._open: Callable[[str], Any] = lambda page: visiting(
            browser, f"{site}/{page}.html", **options
        )
        self._prepare = prepare
        self._stack = ExitStack()
        self._name = ""
        self._visit: Visit | None = None

    def take(self, page: str) -> Visit:
        if self._visit is None or page != self._name:
            self.close()
            self._visit = self._stack.enter_context(self._open(page))
            self._name = page
            self._visit.page.evaluate(SHOW_ALL)
            self._visit.untouched = self._visit.page.evaluate(FIRST_SEEN)
            if self._prepare is not None:
                self._prepare(self._visit.page)
        return self._visit

    def close(self) -> None:
        self._visit = None
        self._stack.close()

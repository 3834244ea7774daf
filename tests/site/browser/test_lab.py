"""The same sliders in a real JupyterLab, with a kernel that follows and leads."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from make_notebooks import convert
from playwright.sync_api import Browser, Page, expect

from tests.built_site import sliders
from tests.site.browser.visits import DESKTOP, OFFSITE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOKEN = "local"
CELLS = [
    "from wganbook import SliderFigure, figures\n"
    "figure = SliderFigure(figures.sliding_lines())\nfigure",
    'print("the kernel has", figure.index, figure.value)',
    "figure.index = 3",
]

QUIZ = [
    "import wganbook as book\nquiz = book.Quiz()\nquiz",
    'print("the kernel has", quiz.right, quiz.answers)',
    'quiz.answers = {"infinite-one": "EM", "disjoint-js": 0.6931}',
]
BOXES = [
    "from wganbook import MovingBoxes\nboxes = MovingBoxes([1, 1, 0], [0, 1, 1])\nboxes",
    'print("the kernel has", boxes.places, boxes.work)',
    "boxes.places = [1, 2]",
]
ANSWERS = [
    "import wganbook as book\nbook.check_answer('js-of-disjoint', None)",
    "from wganbook.widgets import Answer\nanswer = Answer('em-two-piles')\nanswer",
    'print("the kernel has", answer.given, answer.feedback)',
    "answer.given = '3/2'",
]
DRAGGED = [
    "from wganbook.widgets import HandCritic, MovingPoints\n"
    "points = MovingPoints([(1, 1, 1)], [(4, 1, 1)])\npoints",
    "critic = HandCritic([1], [5])\ncritic",
    'print("the kernel has", points.distance, critic.value)',
    "points.points = {'source': [(0, 0, 1)], 'target': [(3, 4, 2)]}",
]
ASKED = [
    "from wganbook import Sketch, SliderFigure, figures\n"
    "ask = Sketch('How does JS change?', 'JS', 'nats')\n"
    "asked = SliderFigure(figures.sliding_lines(), predict=ask)\nasked",
    'print("the kernel has", asked.guess.split(",")[0])',
    'asked.guess = ""',
    'asked.guess = "-"',
]
WORKSHOP = [
    "from wganbook.widgets import Workshop\nworkshop = Workshop(seed=3)\nworkshop",
    'print("the kernel has", workshop.setup["seed"], workshop.setup["runs"][0]["lr"])',
    'workshop.setup = workshop.setup | {"data": "lines"}',
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_settings(folder: Path) -> None:
    """No news, no updates: JupyterLab shall ask nobody."""
    plugin = folder / "@jupyterlab" / "apputils-extension"
    plugin.mkdir(parents=True)
    settings = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
    (plugin / "notification.jupyterlab-settings").write_text(json.dumps(settings))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[str]:
    """Address of a JupyterLab that serves small notebooks, a chapter and the quiz."""
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    work.mkdir()
    notebooks = {"small": CELLS, "boxes": BOXES, "quiz": QUIZ, "answers": ANSWERS}
    for name, texts in {
        **notebooks,
        "asked": ASKED,
        "dragged": DRAGGED,
        "workshop": WORKSHOP,
    }.items():
        cells = [nbformat.v4.new_code_cell(text) for text in texts]
        small = nbformat.v4.new_notebook(cells=cells)
        small.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(small, work / f"{name}.ipynb")
    nbformat.write(convert(root / f"{sliders()[0].page}.md"), work / "chapter.ipynb")
    nbformat.write(convert(root / "book" / "quiz.md"), work / "quiz-page.ipynb")
    write_settings(home / "settings")
    port = free_port()
    own = {
        **os.environ,
        "PYTHONPATH": str(root),
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={work}",
        "--LabApp.news_url=None", "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True", f"--LabApp.user_settings_dir={home / 'settings'}",
        f"--LabApp.workspaces_dir={home / 'workspaces'}",
    ]  # fmt: skip
    log = home / "log.txt"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=own, cwd=work, stdout=output, stderr=output)
        try:
            wait_until_up(f"http://127.0.0.1:{port}/api?token={TOKEN}", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def wait_until_up(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture
def opened(browser: Browser, lab: str) -> Iterator[tuple[Page, list[str]]]:
    """A browser page, and the addresses elsewhere that it tried to reach."""
    context = browser.new_context(**DESKTOP)
    context.set_default_timeout(60_000)
    context.route(OFFSITE, lambda route: route.abort())
    offsite: list[str] = []
    page = context.new_page()
    page.on("request", lambda r: offsite.append(r.url) if OFFSITE.match(r.url) else None)
    yield page, offsite
    context.close()


def open_notebook(page: Page, lab: str, name: str) -> None:
    page.goto(f"{lab}/lab/tree/{name}?token={TOKEN}&reset")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.content?.model?.cells")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status"
        " === 'idle'"
    )


def run_cell(page: Page, number: int) -> None:
    page.evaluate(
        """async number => {
          const app = window.jupyterapp;
          app.shell.currentWidget.content.activeCellIndex = number;
          await app.commands.execute("notebook:run-cell");
        }""",
        number,
    )


def settle(page: Page) -> None:
    """Wait until the kernel has answered everything: moves travel one at a time."""
    page.evaluate(
        """async () => {
          const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          const quiet = () => new Promise(done => setTimeout(done, 250));
          let last = -1, messages = 0;
          kernel.iopubMessage.connect(() => { messages += 1; });
          while (messages !== last) { last = messages; await quiet(); }
        }"""
    )


def errors(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
          .flatMap(cell => cell.outputs ?? []).filter(o => o.output_type === "error")
          .map(o => `${o.ename}: ${o.evalue}`)"""
    )
    return found


def test_slider_and_kernel_follow_each_other(opened: tuple[Page, list[str]], lab: str) -> None:
    page, offsite = opened
    open_notebook(page, lab, "small.ipynb")
    run_cell(page, 0)
    widget = page.locator(".jp-OutputArea .wg")
    widget.wait_for()
    control = widget.locator("input[type=range]")
    control.press("Home")
    for _ in range(10):
        control.press("ArrowRight")
    expect(widget).to_have_attribute("data-index", "10")
    settle(page)
    run_cell(page, 1)
    output = page.locator(".jp-OutputArea-output", has_text="the kernel has").last
    expect(output).to_have_text(re.compile(r"the kernel has 10 -0\.75\b"))
    assert widget.locator("dd").all_inner_texts() == ["0.750", "0.693", "1.000", "∞"]

    run_cell(page, 2)
    expect(widget).to_have_attribute("data-index", "3")
    assert control.input_value() == "3"
    assert "EM 0.925, JS 0.693, TV 1.000, KL infinite" in (
        control.get_attribute("aria-valuetext") or ""
    )
    assert widget.locator("dd").first.inner_text() == "0.925"
    assert errors(page) == []
    assert offsite == []


def test_a_sketch_reaches_the_kernel_and_the_kernel_opens_the_figure(
    opened: tuple[Page, list[str]], lab: str
) -> None:
    page, offsite = opened
    open_notebook(page, lab, "asked.ipynb")
    run_cell(page, 0)
    widget = page.locator(".jp-OutputArea .wg")
    widget.wait_for()
    covered = re.compile(r"\bwg-covered\b")
    expect(widget).to_have_class(covered)
    assert widget.locator(".wg-table:visible").count() == 0
    pad = widget.locator(".wg-pad")
    for stroke in ("ArrowUp", "End", "Enter"):  # keys that JupyterLab has uses for, too
        pad.press(stroke)
    expect(widget).not_to_have_class(covered)
    expect(widget.get_by_role("status")).to_contain_text("On average your sketch is")
    settle(page)
    run_cell(page, 1)
    output = page.locator(".jp-OutputArea-output", has_text="the kernel has").last
    expect(output).to_have_text(re.compile(r"the kernel has 56;525\b"))
    run_cell(page, 2)
    expect(widget).to_have_class(covered)
    run_cell(page, 3)
    expect(widget).not_to_have_class(covered)
    assert widget.locator("dd").all_inner_texts() == ["0.400", "0.693", "1.000", "∞"]
    assert errors(page) == []
    assert offsite == []


def test_generated_chapter_lives_in_the_lab(opened: tuple[Page, list[str]], lab: str) -> None:
    page, offsite = opened
    open_notebook(page, lab, "chapter.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    widget = page.locator(".jp-OutputArea .wg").first
    widget.wait_for()
    assert errors(page) == []
    control = widget.locator("input[type=range]")
    control.press("End")
    scene = sliders()[0].scene
    expect(control).to_have_attribute("aria-valuetext", scene["sentences"][-1])
    shown = widget.locator("dd").all_inner_texts()
    assert shown == [readout["texts"][-1] for readout in scene["readouts"]]
    assert offsite == []


def test_boxes_and_kernel_follow_each_other(opened: tuple[Page, list[str]], lab: str) -> None:
    page, offsite = opened
    open_notebook(page, lab, "boxes.ipynb")
    run_cell(page, 0)
    board = page.locator(".jp-OutputArea .wg-moving")
    board.wait_for()
    board.locator(".wg-place").nth(0).get_by_role("button").focus()
    for key in ("Enter", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(board.get_by_role("status")).to_contain_text("From 0 to 2")
    settle(page)
    run_cell(page, 1)
    output = page.locator(".jp-OutputArea-output", has_text="the kernel has").last
    expect(output).to_have_text(re.compile(r"the kernel has \[2, 1\] 2\b"))

    run_cell(page, 2)
    expect(board.locator(".wg-place").nth(2).get_by_role("button")).to_have_attribute(
        "aria-label", re.compile("Place 2: 1 box")
    )
    assert errors(page) == []
    assert offsite == []


def test_quiz_and_kernel_follow_each_other(opened: tuple[Page, list[str]], lab: str) -> None:
    page, offsite = opened
    open_notebook(page, lab, "quiz.ipynb")
    run_cell(page, 0)
    quiz = page.locator(".jp-OutputArea .wg-quiz")
    quiz.wait_for()
    choice = quiz.locator('form[data-question="infinite-one"]')
    number = quiz.locator('form[data-question="disjoint-js"]')
    choice.get_by_label("KL", exact=True).check()
    choice.get_by_role("button", name="Check").click()
    expect(choice.get_by_role("status")).to_have_text("Right.")
    # Enter is the notebook's key too, and digits and letters are its commands.
    field = number.get_by_role("textbox")
    field.click()
    page.keyboard.type("1.3863")
    page.keyboard.press("Enter")
    expect(number.get_by_role("status")).to_contain_text("without the factor ½")
    settle(page)
    run_cell(page, 1)
    output = page.locator(".jp-OutputArea-output", has_text="the kernel has").last
    expect(output).to_contain_text("the kernel has 1 {'infinite-one': 'KL', 'disjoint-js': 1.3863}")

    run_cell(page, 2)
    expect(choice.get_by_role("status")).to_contain_text("Not yet.")
    expect(choice.get_by_label("EM", exact=True)).to_be_checked()
    expect(number.get_by_role("status")).to_have_text("Right.")
    expect(quiz).to_have_attribute("data-right", "1")
    assert errors(page) == []
    assert offsite == []


def test_answers_and_kernel_follow_each_other(opened: tuple[Page, list[str]], lab: str) -> None:
    page, offsite = opened
    open_notebook(page, lab, "answers.ipynb")
    run_cell(page, 0)
    unanswered = page.locator('.jp-OutputArea form[data-question="js-of-disjoint"]')
    unanswered.get_by_role("textbox").click()
    page.keyboard.type("log 2")
    page.keyboard.press("Enter")
    expect(unanswered.get_by_role("status")).to_have_text("log 2 = 0.6931. Right.")
    run_cell(page, 1)
    named = page.locator('.jp-OutputArea form[data-question="em-two-piles"]')
    named.get_by_role("textbox").fill("4")
    named.get_by_role("button", name="Check").click()
    expect(named.get_by_role("status")).to_contain_text("That adds the two distances")
    settle(page)
    run_cell(page, 2)
    output = page.locator(".jp-OutputArea-output", has_text="the kernel has").last
    expect(output).to_contain_text("the kernel has 4.0 Not yet. That adds the two distances")
    run_cell(page, 3)
    expect(named.get_by_role("status")).to_have_text("Right.")
    assert page.evaluate("() => localStorage.getItem('wganbook-answers')") is None
    assert errors(page) == []
    assert offsite == []


def test_dragged_figures_and_kernel_follow_each_other(
    opened: tuple[Page, list[str]], lab: str
) -> None:
    page, offsite = opened
    open_notebook(page, lab, "dragged.ipynb")
    run_cell(page, 0)
    board = page.locator(".jp-OutputArea .wg-points")
    board.locator('.wg-handle[aria-label^="P1 "]').focus()
    page.keyboard.press("ArrowLeft")
    run_cell(page, 1)
    critic = page.locator(".jp-OutputArea .wg-critic")
    critic.get_by_role("slider", name="f at x = 1", exact=True).focus()
    page.keyboard.press("PageUp")
    settle(page)
    run_cell(page, 2)
    output = page.locator(".jp-OutputArea-output", has_text="the kernel has").last
    expect(output).to_have_text(re.compile(r"the kernel has 3\.25 1\.0\b"))
    run_cell(page, 3)
    expect(board).to_have_attribute("data-cost", "5")
    assert errors(page) == []
    assert offsite == []


def test_quiz_page_lives_in_the_lab(opened: tuple[Page, list[str]], lab: str) -> None:
    page, offsite = opened
    open_notebook(page, lab, "quiz-page.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    quiz = page.locator(".jp-OutputArea .wg-quiz")
    quiz.wait_for()
    infinite = quiz.locator('form[data-question="infinite-one"]')
    infinite.get_by_label("KL", exact=True).check()
    infinite.get_by_role("button", name="Check").click()
    expect(infinite.get_by_role("status")).to_have_text("Right.")
    # The list of questions for a page without scripts is not shown beside the living ones.
    assert page.locator(".wg-questions:visible").count() == 0
    quiz.get_by_role("button", name="Start again").click()
    expect(quiz).to_have_attribute("data-right", "0")
    assert errors(page) == []
    assert offsite == []


def test_workshop_and_kernel_follow_each_other(opened: tuple[Page, list[str]], lab: str) -> None:
    page, offsite = opened
    open_notebook(page, lab, "workshop.ipynb")
    run_cell(page, 0)
    workshop = page.locator(".jp-OutputArea .wg-shop")
    workshop.wait_for()
    side = workshop.locator(".wg-side")
    workshop.get_by_role("button", name="Generator step").click()
    expect(side).to_have_attribute("data-step", "1")
    # The address is the notebook's, and digits are its commands.
    assert workshop.get_by_role("button", name="Copy a link").count() == 0
    rate = workshop.get_by_label("critic's rate")
    rate.fill("")
    page.keyboard.type("0.004")
    page.keyboard.press("Tab")
    settle(page)
    run_cell(page, 1)
    output = page.locator(".jp-OutputArea-output", has_text="the kernel has").last
    expect(output).to_contain_text("the kernel has 3 0.004")

    run_cell(page, 2)
    expect(workshop.get_by_label("data", exact=True)).to_have_value("lines")
    expect(rate).to_have_value("0.004")
    workshop.get_by_role("button", name="Generator step").click()
    expect(side).to_have_attribute("data-step", "1")
    assert errors(page) == []
    assert offsite == []

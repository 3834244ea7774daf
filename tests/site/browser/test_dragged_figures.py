"""Points and a critic dragged in the browser: mouse, finger, keys, a table, and a link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import wganlib as wg
from tests.site.browser.loose import loose, objections
from tests.site.browser.visits import DESKTOP, PHONE, Visit
from wganbook.widgets import HandCritic, MovingPoints

pytestmark = pytest.mark.browser

P, Q = [(1, 2, 2), (2, 7, 1), (4.5, 5, 1), (3, 9, 1)], [(8, 3, 2), (6.5, 8, 1), (9, 7, 2)]
SOURCE, TARGET = [1, 5, 6], [3, 4, 9]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dragged")


@pytest.fixture(params=[("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, browser: Browser, folder: Path) -> Iterator[Visit]:
    theme, size = request.param
    widgets = [MovingPoints(P, Q), HandCritic(SOURCE, TARGET)]
    with loose(browser, folder, widgets, theme=theme, **size) as found:
        yield found
        assert found.complaints == []
        assert found.offsite == []


def board(page: Page, name: str) -> Locator:
    return page.locator(f".wg-{name}")


def handle(root: Locator, name: str) -> Locator:
    return root.locator(f'.wg-handle[aria-label^="{name} "]')


def drag(page: Page, what: Locator, by: tuple[float, float]) -> None:
    """Drag with the mouse by so many pixels."""
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=6)
    page.mouse.up()


def points_of(root: Locator) -> dict[str, np.ndarray]:
    """Where the points are, read from the table of inputs."""
    rows = root.locator(".wg-typing tbody tr").evaluate_all(
        """rows => rows.map(row => [row.dataset.side,
          [...row.querySelectorAll("input")].map(input => +input.value)])"""
    )
    return {side: np.array([v for s, v in rows if s == side]) for side in ("source", "target")}


def exact(root: Locator) -> float:
    sides = points_of(root)
    (x, y), (a, b) = ([s[:, k] for s in sides.values()] for k in (slice(0, 2), 2))
    return wg.wasserstein_1(x, y, a / a.sum(), b / b.sum())


def shown_cost(root: Locator) -> float:
    return float(root.get_attribute("data-cost") or "nan")


# --- points in the plane ------------------------------------------------------------------


def test_it_starts_with_what_python_computes(visit: Visit) -> None:
    root = board(visit.page, "points")
    assert shown_cost(root) == pytest.approx(MovingPoints(P, Q).distance, rel=1e-12)
    rows = root.locator("table.wg-plan").first.locator("tbody tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == MovingPoints(P, Q).fallback_rows()[1:]


def test_the_plan_follows_the_mouse(visit: Visit) -> None:
    root = board(visit.page, "points")
    for name, by in (("P1", (90, -60)), ("Q3", (-40, 70)), ("P1", (300, 0))):
        before = points_of(root)
        drag(visit.page, handle(root, name), by)
        after = points_of(root)
        assert sum(not np.array_equal(before[side], after[side]) for side in before) == 1
        assert shown_cost(root) == pytest.approx(exact(root), rel=1e-12)
    expect(root.get_by_role("status")).to_have_text(f"EM is {shown_cost(root):.3f}.")


def test_keys_move_a_point_weigh_it_and_take_it_away(visit: Visit) -> None:
    page, root = visit.page, board(visit.page, "points")
    handle(root, "P2").focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowUp", "ArrowLeft", "+", "+", "-", "+"):
        page.keyboard.press(key)
    assert points_of(root)["source"][1].tolist() == [3, 7.25, 3]
    assert shown_cost(root) == pytest.approx(exact(root), rel=1e-12)
    for key in ["Shift+ArrowLeft"] * 12:
        page.keyboard.press(key)
    assert points_of(root)["source"][1].tolist() == [0, 7.25, 3], "the picture has an edge"
    page.keyboard.press("Delete")
    assert len(points_of(root)["source"]) == 3
    assert shown_cost(root) == pytest.approx(exact(root), rel=1e-12)
    for _ in range(5):
        page.keyboard.press("Delete")
    assert len(points_of(root)["source"]) == 1
    expect(root.get_by_role("status")).to_have_text("P needs one point at least.")
    for _ in range(8):
        root.get_by_role("button", name="Add to P").click()
    assert len(points_of(root)["source"]) == 8
    expect(root.get_by_role("status")).to_contain_text("P has 8 points")
    assert shown_cost(root) == pytest.approx(exact(root), rel=1e-12)
    root.get_by_role("button", name="Start again").click()
    assert points_of(root)["source"].tolist() == [list(map(float, point)) for point in P]


def test_a_finger_moves_a_point_and_not_the_page(browser: Browser, folder: Path) -> None:
    with loose(browser, folder, [MovingPoints(P, Q)], **PHONE) as visit:
        page, root = visit.page, board(visit.page, "points")
        what = handle(root, "P3")
        what.evaluate("node => node.scrollIntoView({block: 'center'})")
        box, scrolled = what.bounding_box(), page.evaluate("() => [scrollX, scrollY]")
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        x, y = box["x"] + 22, box["y"] + 22
        session = page.context.new_cdp_session(page)

        def touch(kind: str, *points: dict[str, float]) -> None:
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        touch("touchStart", {"x": x, "y": y})
        for step in range(1, 8):
            touch("touchMove", {"x": x + 8 * step, "y": y - 9 * step})
        touch("touchEnd")
        session.detach()
        assert points_of(root)["source"][2][0] > 5
        assert shown_cost(root) == pytest.approx(exact(root), rel=1e-12)
        assert page.evaluate("() => [scrollX, scrollY]") == scrolled
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_typed_points_are_checked(visit: Visit) -> None:
    root = board(visit.page, "points")
    root.get_by_text("Type the points").click()
    field = root.get_by_role("textbox", name="P1, x")
    field.fill("7/2")
    field.press("Enter")
    assert points_of(root)["source"][0][0] == 3.5
    assert shown_cost(root) == pytest.approx(exact(root), rel=1e-12)
    for name, text, told in (
        ("P1, x", "11", "a place lies between 0 and 10"),
        ("P1, x", "<img>", "cannot read “<”"),
        ("Q2, weight", "0", "a weight is a whole number from 1 to 9"),
        ("Q2, weight", "1.5", "a weight is a whole number from 1 to 9"),
    ):
        box = root.get_by_role("textbox", name=name)
        before = box.input_value()
        box.fill(text)
        box.press("Enter")
        expect(root.get_by_role("status")).to_contain_text(told)
        assert box.input_value() == before


def send(root: Locator, start: str, end: str) -> None:
    for name in (start, end):
        handle(root, name).focus()
        root.page.keyboard.press("Enter")


def test_a_plan_drawn_from_the_keyboard_meets_the_optimum(visit: Visit) -> None:
    root = board(visit.page, "points")
    best = root.locator(".wg-readout.good dd")
    root.get_by_role("button", name="Draw a plan").click()
    expect(best).to_have_text("?")
    assert root.locator(".wg-board .wg-route.good").count() == 0
    send(root, "P1", "Q3")
    expect(root.get_by_role("status")).to_have_text("0.400 from P1 to Q3. 0.600 is still to send.")
    send(root, "P1", "Q1")
    expect(root.get_by_role("status")).to_contain_text("P1 is empty.")
    send(root, "P2", "Q1")
    send(root, "P3", "Q1")
    send(root, "P4", "Q2")
    expect(root.get_by_role("status")).to_contain_text("; the optimum costs 5.941.")
    expect(best).to_have_text("5.941")
    root.get_by_role("button", name="Clear your plan").click()
    for start, end in (("P1", "Q1"), ("P2", "Q3"), ("P3", "Q3"), ("P4", "Q2")):
        send(root, start, end)
    expect(root.get_by_role("status")).to_contain_text("your plan costs 5.941, and no plan costs")
    send(root, "P4", "Q2")
    expect(root.get_by_role("status")).to_contain_text("That route is taken back. 0.200 is still")


def test_a_route_is_drawn_with_the_mouse(visit: Visit) -> None:
    page, root = visit.page, board(visit.page, "points")
    root.get_by_role("button", name="Draw a plan").click()
    start, end = handle(root, "P2"), handle(root, "Q2")
    start.scroll_into_view_if_needed()
    a, b = start.bounding_box(), end.bounding_box()
    assert a is not None
    assert b is not None
    drag(page, start, (b["x"] - a["x"], b["y"] - a["y"]))
    expect(root.get_by_role("status")).to_contain_text("0.200 from P2 to Q2.")
    assert points_of(root)["source"].tolist() == [list(map(float, point)) for point in P]


# --- a critic on a line -------------------------------------------------------------------


def knot(root: Locator, x: int) -> Locator:
    return root.get_by_role("slider", name=f"f at x = {x}", exact=True)


def critic_of(root: Locator) -> HandCritic:
    heights = [float(knot(root, x).get_attribute("aria-valuenow") or "") for x in range(11)]
    where = {
        name: [
            int(root.get_by_role("slider", name=f"{name}{k}", exact=True).get_attribute(
                "aria-valuenow") or "")
            for k in (1, 2, 3)
        ]
        for name in "PQ"
    }  # fmt: skip
    return HandCritic(where["P"], where["Q"], heights)


def check_numbers(root: Locator) -> HandCritic:
    """What the figure says is what Python computes from where its handles are."""
    known = critic_of(root)
    for key, value in (("value", known.value), ("em", known.distance), ("steepest", known.slope)):
        assert float(root.get_attribute(f"data-{key}") or "") == pytest.approx(value, abs=1e-12)
    return known


def test_the_value_rises_until_the_slope_limit(visit: Visit) -> None:
    root = board(visit.page, "critic")
    assert check_numbers(root).value == 0
    best, values = HandCritic(SOURCE, TARGET), [0.0]
    for x, height in enumerate(best.best):
        for _ in range(abs(round(4 * height))):
            knot(root, x).press("ArrowUp" if height > 0 else "ArrowDown")
        assert check_numbers(root).slope <= 1 + 1e-12
        values.append(critic_of(root).value)
    for x, height in enumerate(best.best):  # those that were pulled along
        for _ in range(abs(round(4 * (height - critic_of(root).state["critic"][x])))):
            above = height > critic_of(root).state["critic"][x]
            knot(root, x).press("ArrowUp" if above else "ArrowDown")
    assert check_numbers(root).value == pytest.approx(2.0, abs=1e-12)
    expect(root.get_by_role("status")).to_contain_text("no critic with slopes of at most 1 reaches")
    assert max(values) <= 2 + 1e-12


def test_the_mouse_bends_it_and_the_limit_can_be_let_go(visit: Visit) -> None:
    page, root = visit.page, board(visit.page, "critic")
    drag(page, knot(root, 6), (0, -70))
    held = check_numbers(root)
    assert held.slope == pytest.approx(1)
    assert held.state["critic"][5] > 0, "neighbours follow"
    root.get_by_label("hold the slope at 1").uncheck()
    drag(page, knot(root, 3), (0, 80))
    steep = check_numbers(root)
    assert steep.slope > 1
    assert steep.value > held.value
    assert steep.value / steep.slope <= steep.distance
    expect(root.get_by_role("status")).to_contain_text("Steeper than 1")
    assert root.locator(".wg-board .line.js").count() >= 1
    root.get_by_label("hold the slope at 1").check()
    assert check_numbers(root).slope <= 1


def test_its_points_move_and_the_best_critic_follows(visit: Visit) -> None:
    root = board(visit.page, "critic")
    expect(root.locator(".wg-readout.good dd")).to_have_text("?")
    root.get_by_role("button", name="Show the best critic").click()
    expect(root.locator(".wg-readout.good dd")).to_have_text("2.00")
    drag(visit.page, root.get_by_role("slider", name="P1", exact=True), (120, 0))
    moved = check_numbers(root)
    assert moved.state["source"][0] > 2
    expect(root.locator(".wg-readout.good dd")).to_have_text(f"{moved.distance:.2f}")
    root.get_by_text("Type the values").click()
    cells = root.locator(".wg-typing tbody tr td:last-child").all_inner_texts()
    shown = [float(cell.replace("−", "-")) for cell in cells]  # one of several, it may be
    best = HandCritic(*(moved.state[side] for side in ("source", "target")), shown)
    assert best.value == pytest.approx(moved.distance, abs=1e-9)
    assert best.slope <= 1
    field = root.get_by_role("textbox", name="f at x = 2")
    field.fill("9")
    field.press("Enter")
    expect(root.get_by_role("status")).to_contain_text("a score lies between −5 and 5")
    field.fill("−1/2")
    field.press("Enter")
    assert critic_of(root).state["critic"][2] == -0.5


# --- both ---------------------------------------------------------------------------------


def test_axe_finds_nothing(visit: Visit) -> None:
    visit.page.evaluate(
        "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"
    )
    assert objections(visit.page) == []


def test_a_link_carries_points_and_critic(visit: Visit) -> None:
    page = visit.page
    points, critic = board(page, "points"), board(page, "critic")
    handle(points, "P1").press("ArrowUp")
    knot(critic, 2).press("PageUp")
    page.wait_for_function("() => location.hash.includes('hand-critic')")
    cost, value = points.get_attribute("data-cost"), critic.get_attribute("data-value")
    page.reload()
    page.wait_for_function("() => document.querySelectorAll('.wg-live').length === 2")
    expect(points).to_have_attribute("data-cost", str(cost))
    expect(critic).to_have_attribute("data-value", str(value))
    points.get_by_role("button", name="Start again").click()
    critic.get_by_role("button", name="Start again").click()
    page.wait_for_function("() => location.hash === ''")


@pytest.mark.parametrize(
    "fragment",
    ["#~moving-points=1,2", "#~moving-points=1,2,3_", "#~moving-points=99,1,1_1,1,1",
     "#~moving-points=1,1,1_%3Cimg%3E", "#~hand-critic=1_2_3", "#~hand-critic=__",
     "#~hand-critic=1_2_0,0,0,0,0,0,0,0,0,0,9"],
)  # fmt: skip
def test_a_damaged_link_says_so(browser: Browser, folder: Path, fragment: str) -> None:
    widgets = [MovingPoints(P, Q), HandCritic(SOURCE, TARGET)]
    with loose(browser, folder, widgets, fragment, **DESKTOP) as visit:
        expect(visit.page.locator(".wg-address-note")).to_contain_text("cannot be read")
        root = board(visit.page, "points")
        assert shown_cost(root) == pytest.approx(MovingPoints(P, Q).distance, rel=1e-12)
        assert visit.complaints == []

"""What the workshop writes down for its readers, executed beside the page: the same training."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import wganbook as book
from tests.site.browser.shops import Opened, opening, press, readout, side_of
from tests.site.browser.test_workshop_engine import apart
from tests.site.workshop_bench import OBJECTIVES, RULES, SETUP, SMALL, VECTOR, on_the_page
from wganbook.widgets import _bundle
from wganbook.widgets.workshop import FIELDS, GLYPHS
from wganlib.paper.studies.lipschitz_rules import CONTEST
from wganlib.training.step import RECORDED

pytestmark = pytest.mark.browser

CHOICES = {field["key"]: list(field["choices"]) for field in FIELDS["run"] if "choices" in field}
_PRESETS = "Object.keys(PRESETS).map(name => [name, presetOf(name)])"
_WRITTEN = "([setup, runs, steps]) => runs.map(run => toPython(setup, run, steps))"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that has what writes programmes, and nothing else."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    source = _bundle.bundle("workshop_state.mjs", GLYPHS=GLYPHS, FIELDS=FIELDS)
    page.evaluate(
        """async text => {
          const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
          Object.assign(window, await import(url));
        }""",
        source,
    )
    yield page
    page.close()


def executed(code: str) -> Any:
    """What a programme calls its history."""
    names: dict[str, Any] = {}
    exec(code, names)
    return names["history"]


def compare_first_iterations(page: Page, runs: list[dict[str, Any]]) -> None:
    """In float32, as it is written: later iterations amplify rounding."""
    jobs = [{"setup": SETUP, "run": run, "precision": "float32", "steps": 1} for run in runs]
    written = page.evaluate(_WRITTEN, [SETUP, runs, 1])
    for run, code, mine in zip(runs, written, on_the_page(page, jobs, by=VECTOR), strict=True):
        history = executed(code)
        rows = [[getattr(history, key)[0, 0] for key in RECORDED]]
        assert apart(mine["rows"], rows) < 1e-4, run


def test_every_choice_has_python_that_trains_the_same(page: Page) -> None:
    """Also those that nobody would advise, such as a wrong objective under each of the rules."""
    choices = itertools.product(CHOICES["objective"], CHOICES["rule"])
    ways = itertools.cycle(zip(CHOICES["optimiser"], CHOICES["activation"], strict=True))
    runs = [
        SMALL | {"objective": objective, "rule": rule, "optimiser": optimiser, "weight": 1.0,
                 "activation": activation, "lr": 5e-5, "generator_lr": 5e-5}
        for (objective, rule), (optimiser, activation) in zip(choices, ways, strict=False)
    ]  # fmt: skip
    assert len(runs) == 63
    compare_first_iterations(page, runs)


def test_every_preset_has_python_that_trains_the_same(page: Page) -> None:
    presets = page.evaluate(f"() => {_PRESETS}")
    runs = [run | {"lr": 5e-5, "generator_lr": 5e-5} for _, run in presets]
    compare_first_iterations(page, runs)


def test_a_preset_leads_to_each_rule_and_to_each_mistake(page: Page) -> None:
    presets = dict(page.evaluate(f"() => {_PRESETS}"))
    runs = presets.values()
    for key in ("objective", "rule", "optimiser"):
        assert {run[key] for run in runs} == set(CHOICES[key])
    assert set(CHOICES["objective"]) > set(OBJECTIVES)
    assert set(CHOICES["rule"]) > set(RULES)
    assert sum(name.startswith("mistake ") for name in presets) == 7
    assert any(run["rule"] == "penalty" and run["weight"] == 10 for run in runs)


def test_the_presets_of_the_contest_are_those_of_the_study(page: Page) -> None:
    rules = {"two-sided": "penalty", "one-sided": "one_sided"}
    constants = {"clipping": "c", "sphere": "radius", "penalty": "weight", "one_sided": "weight"}
    entries = {n: e for n, e in CONTEST.settings["entries"].items() if ", α = " not in n}
    presets = page.evaluate(f"() => {_PRESETS}")
    found = [run for name, run in presets if name.startswith("contest: ")]
    assert len(found) == len(entries) == 7
    for run, (name, constant, rate) in zip(found, entries.values(), strict=True):
        assert run["rule"] == rules.get(name, name)
        assert run["lr"] == run["generator_lr"] == rate
        assert run["batch"] == CONTEST.settings["batch"]
        if run["rule"] in constants:
            assert run[constants[run["rule"]]] == constant


MANY = [
    {"rule": "clipping"},
    {"rule": "sphere", "optimiser": "adam", "activation": "leaky_relu"},
    {"rule": "one_sided", "weight": 1.0, "activation": "tanh"},
    {"rule": "spectral", "optimiser": "sgd", "n_critic": 3},
    {"objective": "minimax", "rule": "none", "optimiser": "adam", "n_critic": 1},
    {"objective": "non_saturating", "rule": "penalty"},
    {"objective": "sigmoid", "rule": "spectral"},
    {"objective": "sign_flip", "rule": "clip_before"},
]


@pytest.mark.parametrize("data", ["grid", "word", "points"])
def test_forty_iterations_of_it_are_the_page_s(page: Page, data: str) -> None:
    """With its networks in double precision, to the billionth that the engine has to keep."""
    setup = SETUP | {"data": data, "points": [[-1.5, 0.5], [0.25, 1], [2, -0.125]], "seed": 11}
    runs = [SMALL | part for part in MANY]
    jobs = [{"setup": setup, "run": run, "precision": "float64", "steps": 40} for run in runs]
    written = page.evaluate(_WRITTEN, [setup, runs, 40])
    for run, code, mine in zip(runs, written, on_the_page(page, jobs), strict=True):
        double = code.replace(", activation=", ', dtype="float64", activation=')
        assert double.count("float64") == 2
        history = executed(double)
        assert history.steps == 40
        rows = [[getattr(history, key)[i, 0] for key in RECORDED] for i in range(40)]
        assert apart(mine["rows"], rows) < 1e-9, run


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Open a page with workshops from a file, with an address and options of the browser."""
    return partial(opening, browser, tmp_path_factory.mktemp("pages"))


def test_the_python_that_it_writes_runs_and_agrees(opened: Opened) -> None:
    workshop = book.Workshop(
        data="gaussians", rule="spectral", optimiser="adam", width=8, depth=2, batch=16,
        activation="tanh", lr=5e-5, generator_lr=5e-5, n_critic=2,
    )  # fmt: skip
    with opened(workshop) as visit:
        page = visit.page
        press(page, "Generator step")
        expect(side_of(page)).to_have_attribute("data-step", "1")
        press(page, "As Python")
        code = page.get_by_label("The same training with wganlib").input_value()
        shown = float(readout(page, "estimate").replace("−", "-"))
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["history"].steps == 1
    assert shown == pytest.approx(names["history"].estimate[0, 0], rel=0.02)

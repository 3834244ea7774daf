"""What a figure asks first: what it covers, which guesses it takes, and that these are kept."""

from __future__ import annotations

import json

import pytest

from tests.book.test_scene import SIDE
from wganbook import Pick, Scene, Sketch, SliderFigure
from wganbook.figures import descent_race, perfect_judges, sliding_lines
from wganbook.scene import Panel, Slider, line, points
from wganbook.widgets._bundle import bundle
from wganbook.widgets.predict import COLUMNS, FULL, LONGEST, SHOWN

#: What the page's own store takes as a name, and as a text beside it: reader-state.js.
STORED = 500
JS = Sketch("How does JS change with θ?", "JS", "nats")
WHO = Pick("Who arrives?", ["all", "EM"])


def drawn(*heights: int | None, index: int = 0) -> str:
    listed = [*heights, *[None] * (COLUMNS - len(heights))]
    return f"{index};" + ",".join("" if h is None else str(h) for h in listed)


def labels(scene: Scene, asked: dict) -> list[str]:
    return [scene.panels[p].marks[m].role for p, m in asked["marks"]]


# --- what is covered -----------------------------------------------------------------


def test_a_sketch_covers_its_panel_and_the_numbers() -> None:
    scene = sliding_lines(4)
    asked = JS.to_dict(scene)
    panel, mark = asked["curve"]
    assert scene.panels[panel].marks[mark].label == "JS"
    assert {p for p, _ in asked["marks"]} == {panel}
    open_roles = {
        m.role for k, m in enumerate(scene.panels[panel].marks) if [panel, k] not in asked["marks"]
    }
    assert open_roles == {"soft"}, "the cursor alone says nothing"
    assert asked["readouts"] == list(range(len(scene.readouts)))


def test_what_is_given_stays_in_sight_with_its_dots_and_numbers() -> None:
    scene = sliding_lines(4)
    asked = Sketch("How does JS change?", "JS", "nats", given=["EM"]).to_dict(scene)
    assert "em" not in labels(scene, asked)
    assert labels(scene, asked).count("js") == 2, "the line and its dot"
    assert [scene.readouts[k].label for k in asked["readouts"]] == ["JS", "TV", "KL"]


def test_a_choice_covers_all_panels_or_those_named() -> None:
    scene = descent_race()
    everything = WHO.to_dict(scene)
    assert {p for p, _ in everything["marks"]} == {0, 1}
    one = Pick("Who?", ["a", "b"], panels=[scene.panels[1].title]).to_dict(scene)
    assert {p for p, _ in one["marks"]} == {1}
    assert one["readouts"] == everything["readouts"] == [0, 1, 2, 3]


@pytest.mark.parametrize("predict", [JS, Sketch("Draw it.", "JS", "nats", ["EM", "TV"])])
def test_the_browser_receives_strict_json(predict: Sketch) -> None:
    state = SliderFigure(sliding_lines(4), predict=predict).get_state()
    assert json.loads(json.dumps(state["predict"], allow_nan=False)) == state["predict"]
    assert state["predict"]["columns"] == COLUMNS
    assert state["guess"] == ""
    assert SliderFigure(sliding_lines(4)).get_state()["predict"] == {}


def test_a_line_that_moves_can_be_asked_for() -> None:
    assert Sketch("Draw it.", "log(1 − D*)", "powers of ten").to_dict(perfect_judges())


@pytest.mark.parametrize(
    ("predict", "message"),
    [
        (Sketch("?", "KL", "nats"), r"^predict\.curve: expected one of EM, JS, TV"),
        (Sketch("?", "target", "nats"), r"^predict\.curve: "),
        (Sketch("?", "JS", "nats", given=["EMM"]), r"^predict\.given: .*did you mean EM\?"),
        (Sketch("?", "JS", "nats", given=["JS"]), r"^predict\.given: expected other roles than js"),
        (Pick("?", ["a", "b"], ["A panel"]), r"^predict\.panels: expected one of "),
    ],
)
def test_questions_that_a_scene_cannot_answer_are_refused(predict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SliderFigure(sliding_lines(4), predict=predict)


@pytest.mark.parametrize("x", [[0, 1, 1], [[0, 1, 2], [0, 2, 1]], [2, 1, 0]])
def test_a_curve_to_draw_runs_from_left_to_right(x) -> None:
    marks = [line(x, [0, 1, 2], role="em", label="EM"), points([0], [0], role="em")]
    scene = Scene("T", Slider("s", "s: it", (0, 1)), [Panel("P", SIDE, SIDE, marks)], [], "See.")
    with pytest.raises(ValueError, match=r"^predict\.curve: expected a line from left to right"):
        SliderFigure(scene, predict=Sketch("Draw it.", "EM", "units"))


# --- guesses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "guess",
    ["", SHOWN, drawn(0, FULL), drawn(None, 3, None, 7, index=80), drawn(*range(COLUMNS))],
)
def test_a_drawn_curve_is_a_guess(guess: str) -> None:
    figure = SliderFigure(sliding_lines(4), predict=JS)
    figure.guess = guess
    assert figure.guess == guess
    assert SliderFigure(sliding_lines(4), predict=JS, guess=guess).get_state()["guess"] == guess


@pytest.mark.parametrize(
    "bad",
    [
        "EM",
        drawn(),
        drawn(5),
        drawn(0, FULL + 1),
        drawn(1, 2, index=81),
        drawn(1, 2) + ",3",
        drawn(1, 2)[:-1],
        drawn(1, 2).replace("0;", "-1;"),
        "0;" + "<b>,",
    ],
)
def test_other_texts_are_no_drawn_curve(bad: str) -> None:
    figure = SliderFigure(sliding_lines(4), predict=JS, guess=drawn(1, 2))
    with pytest.raises(ValueError, match=r"^guess: expected a position, then 41 heights"):
        figure.guess = bad
    assert figure.guess == drawn(1, 2)


def test_an_option_is_a_guess_and_nothing_else() -> None:
    figure = SliderFigure(descent_race(), predict=WHO)
    for guess in ("all", "EM", SHOWN, ""):
        figure.guess = guess
        assert figure.guess == guess
    with pytest.raises(ValueError, match=r"^guess: expected one of EM, all, got 'KL'"):
        figure.guess = "KL"
    with pytest.raises(TypeError, match=r"^guess: expected text"):
        figure.guess = 1


def test_observers_hear_of_a_guess() -> None:
    figure, heard = SliderFigure(descent_race(), predict=WHO), []
    figure.observe(lambda change: heard.append(change["new"]), names="guess")
    figure.guess = "EM"
    assert heard == ["EM"]


def test_the_longest_guess_fits_into_the_readers_store() -> None:
    assert len(drawn(*[FULL] * COLUMNS, index=10**6 - 1)) <= STORED
    assert len("predict: ") + LONGEST <= STORED
    assert "`predict: ${ask.question}`" in bundle("slider_figure.mjs")


def test_without_a_script_the_figure_is_open() -> None:
    """The picture and the table do not know that anything was asked."""
    asked, plain = SliderFigure(sliding_lines(4), predict=JS), SliderFigure(sliding_lines(4))
    texts = [f._repr_mimebundle_()[0]["text/html"].replace(f.model_id, "") for f in (asked, plain)]
    assert texts[0] == texts[1]
    assert "0.693" in texts[0]

"""The slider figure: its position, and what it leaves on a page where it cannot run."""

from __future__ import annotations

import html
import json
import math
import re
import urllib.parse
from html.parser import HTMLParser

import numpy as np
import pytest

import wganbook as book
import wganlib as wg
from tests.book.test_scene import SIDE
from wganbook.figures import sliding_lines
from wganbook.scene import Panel, Readout, Scene, Slider, line
from wganbook.widgets._bundle import bundle
from wganbook.widgets._fallback import Fallback, style, table_html

AWKWARD = 'A "title" <b>that</b> isn\'t & was'


def awkward(count=3):
    values = np.linspace(-1, 1, count)
    return Scene(
        AWKWARD,
        Slider("s<", 's: "shift" & more', values.tolist(), 1),
        [Panel("<i>panel</i>", SIDE, SIDE, [line([0, 1], [0, 1], role="em", label="a < b & c")])],
        [
            Readout("<EM>", values.tolist(), "em"),
            Readout("KL", [math.inf, *[math.nan] * (count - 2), -math.inf], "kl"),
        ],
        'It says "look" <here> & isn\'t done.',
    )


class Page(HTMLParser):
    """Start tags with their attributes, and the text of every table row."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.words, self.open = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)

    def one(self, tag):
        (attrs,) = [attrs for name, attrs in self.tags if name == tag]
        return attrs


def shown(figure):
    return figure._repr_mimebundle_()


# --- the position --------------------------------------------------------------------


def test_the_figure_starts_where_the_scene_does_and_moves():
    scene = sliding_lines(4)
    figure = book.SliderFigure(scene)
    assert (figure.index, figure.value) == (scene.slider.start, 0.4)
    for index in (0, 80, np.int64(40)):
        figure.index = index
        assert type(figure.index) is int
        assert figure.value == scene.slider.values[index]
    assert book.SliderFigure(scene, index=60).value == 0.5


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (-1, ValueError),
        (81, ValueError),
        (10**6, ValueError),
        (1.0, TypeError),
        (math.nan, TypeError),
        ("3", TypeError),
        (None, TypeError),
        (True, TypeError),
        ([3], TypeError),
    ],
)
def test_positions_that_are_not_there_are_refused_and_nothing_moves(bad, error):
    figure = book.SliderFigure(sliding_lines(4))
    before = figure.index
    with pytest.raises(error, match=r"^index: expected a whole number"):
        figure.index = bad
    assert figure.index == before
    with pytest.raises(error, match=r"^index: "):
        book.SliderFigure(sliding_lines(4), index=bad)


def test_the_value_is_read_only():
    with pytest.raises(AttributeError):
        book.SliderFigure(sliding_lines(4)).value = 0.5


def test_observers_hear_of_moves():
    figure, heard = book.SliderFigure(sliding_lines(4)), []
    figure.observe(lambda change: heard.append(change["new"]), names="index")
    figure.index = 3
    assert heard == [3]


def test_the_browser_receives_the_scene_the_module_and_the_style():
    scene = sliding_lines(4)
    state = book.SliderFigure(scene).get_state()
    assert state["scene"] == json.loads(json.dumps(scene.to_dict(), allow_nan=False))
    assert state["index"] == scene.slider.start
    assert state["_esm"] == bundle("slider_figure.mjs")
    assert state["_css"] == style()


@pytest.mark.parametrize("bad", [None, "scene", {}, sliding_lines])
def test_only_scenes_are_shown(bad):
    with pytest.raises(TypeError, match=r"^scene: expected a wganbook\.scene\.Scene"):
        book.SliderFigure(bad)


# --- without a kernel, without a script ----------------------------------------------


def test_the_page_has_a_figure_with_words_and_finds_its_widget():
    figure = book.SliderFigure(sliding_lines(4))
    data, _ = shown(figure)
    page = Page(data["text/html"])
    assert page.one("div")["data-wg-model"] == figure.model_id
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    assert page.one("img")["alt"] == sliding_lines(4).description
    assert "open" in page.one("details"), "the table is there without a script"
    assert data["text/plain"].startswith("Two parallel lines and four distances. ")


def test_the_picture_is_the_present_position_as_svg():
    figure = book.SliderFigure(sliding_lines(4))
    for index in (10, 70):
        figure.index = index
        source = Page(shown(figure)[0]["text/html"]).one("img")["src"]
        kind, _, coded = source.partition(",")
        assert kind == "data:image/svg+xml"
        assert not re.search(r'["<>#\s&]', coded.replace(" ", "")), "quoted for an attribute"
        assert urllib.parse.unquote(coded) == figure.fallback_svg()
        assert f"θ = {sliding_lines(4).slider.texts[index]}" in urllib.parse.unquote(coded)


def test_the_table_holds_the_librarys_values():
    scene = sliding_lines(4)
    rows = Page(shown(book.SliderFigure(scene))[0]["text/html"]).rows
    assert rows[0] == ["θ", "EM", "JS", "TV", "KL"]
    assert len(rows) == 10
    assert [rows[1][0], rows[-1][0]] == [scene.slider.texts[0], scene.slider.texts[-1]]
    for theta, em, js, tv, kl in rows[1:]:
        shift = float(theta.replace("−", "-"))
        line_0, line_1 = (measure.discretise(4)[0] for measure in wg.parallel_lines(shift))
        p, q, _ = wg.distances.on_common_support(line_0, line_1)
        assert em == f"{wg.wasserstein_1(line_0, line_1):.3f}"
        assert js == f"{wg.js_divergence(p, q):.3f}"
        assert tv == f"{wg.total_variation(p, q):.3f}"
        assert kl == ("∞" if shift else "0.000")


@pytest.mark.parametrize("count", [2, 3, 8, 9, 10, 81, 200])
def test_the_table_keeps_the_ends_and_is_short(count):
    scene = awkward(count)
    rows = book.SliderFigure(scene).fallback_rows()
    assert len(rows) == 1 + min(9, count)
    assert [rows[1][0], rows[-1][0]] == [scene.slider.texts[0], scene.slider.texts[-1]]


def test_titles_with_quotes_and_tags_stay_text():
    scene = awkward()
    figure = book.SliderFigure(scene)
    data, _ = shown(figure)
    page = Page(data["text/html"])
    assert {tag for tag, _ in page.tags} == {
        "div", "img", "details", "summary", "table", "caption", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert page.one("img")["alt"] == scene.description
    assert AWKWARD in "".join(page.words)
    assert page.rows[0] == ["s<", "<EM>", "KL"]
    assert [row[2] for row in page.rows[1:]] == ["∞", "undefined", "−∞"]
    assert set(page.one("img")) == {"class", "src", "alt"}


def test_table_html_escapes_every_cell():
    text = table_html([["<a>", '"b"'], ["&", "'"]], "<caption>")
    assert Page(text).rows == [["<a>", '"b"'], ["&", "'"]]
    assert html.unescape(re.search(r"<caption>(.*)</caption>", text)[1]) == "<caption>"


class Plain:
    """Stands for a widget base of some version of ipywidgets."""

    answer = None

    def _repr_mimebundle_(self, **_):
        return self.answer


class Shown(Fallback, Plain):
    model_id = "a-model"

    def fallback_svg(self):
        return "<svg>#&\"'</svg>"

    def fallback_rows(self):
        return [["a"], ["1"]]

    def fallback_texts(self):
        return "Title", "Description"


@pytest.mark.parametrize("answer", [{"x": 1}, ({"x": 1}, {"meta": 2})])
def test_what_the_widget_base_shows_is_kept(answer):
    """Bases answer with a bundle, or with a bundle and metadata, or with nothing."""
    one = Shown()
    one.answer = answer
    data, metadata = one._repr_mimebundle_(include=None, exclude=None)
    assert data["x"] == 1
    assert metadata == ({"meta": 2} if isinstance(answer, tuple) else {})
    assert 'data-wg-model="a-model"' in data["text/html"]
    assert data["text/plain"] == "Title. Description"


def test_a_widget_that_shows_nothing_leaves_nothing():
    assert Shown()._repr_mimebundle_() is None


def test_a_fallback_without_its_parts_says_so():
    class Bare(Fallback, Plain):
        pass

    for part in ("fallback_svg", "fallback_rows", "fallback_texts"):
        with pytest.raises(NotImplementedError):
            getattr(Bare(), part)()

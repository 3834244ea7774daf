"""Figures on paper, and the one set of colours that paper and browser share."""

from __future__ import annotations

import inspect
import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

import wganbook as book
from tests import letters
from tests.book.test_scene import EVERY, SIDE, scene_named, scene_of
from tests.conftest import ROOT
from wganbook import marks, plots, widgets
from wganbook.plots import COLOURS, DASHES, draw, style_of, to_svg
from wganbook.scene import ROLES, Axis, Panel, Readout, Scene, Slider, cells, line, points
from wganbook.widgets._fallback import PALETTE, asset, style
from wganlib import drawing

CSS = style()
MODULE = asset("slider_figure.mjs")
PAPER, DARK = "#ffffff", "#121212"
DISTANCES = ("em", "js", "tv", "kl")

# Machado, Oliveira & Fernandes (2009), full severity, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour):
    """Linear RGB of #rgb or #rrggbb."""
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    encoded = np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    """Contrast ratio of WCAG 2."""
    light, dark = sorted((TO_XYZ[1] @ linear(c) for c in (first, second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    x, y, z = (
        np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116
        for v in TO_XYZ @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def palette(rule):
    """The custom properties that a rule of the style sheet sets."""
    return dict(re.findall(r"--wg-(\w+):\s*(#[0-9a-f]{3,6})\b", rule))


def palettes():
    light, dark = re.findall(r"\{(.*?)\}", PALETTE, re.DOTALL)
    return palette(light), palette(dark)


def role_colours(values):
    """The colour that the style sheet gives to each role: ``.wg .em { --wg-c: … }``."""
    found = dict(re.findall(r"\.wg \.(\w+) \{ --wg-c: ([^;]+); \}", CSS))
    return {
        role: values[re.fullmatch(r"var\(--wg-(\w+)\)", value)[1]]
        for role, value in found.items()
        if value != "currentColor"
    }


LIGHT_ROLES, DARK_ROLES = (role_colours(values) for values in palettes())


# --- colours -------------------------------------------------------------------------


def test_paper_and_browser_have_every_role():
    assert set(COLOURS) == set(ROLES)
    assert set(LIGHT_ROLES) | {"ink"} == set(DARK_ROLES) | {"ink"} == set(ROLES)
    assert re.search(r"\.wg \.ink \{ --wg-c: currentColor; \}", CSS)


def test_paper_and_browser_have_the_same_colours_in_light_mode():
    assert {role: COLOURS[role] for role in LIGHT_ROLES} == LIGHT_ROLES


def test_nothing_else_has_colours_of_its_own_for_the_roles():
    """The library cannot read the book's palette, so its four colours are compared."""
    named = {"REAL": "p", "GENERATED": "q", "EM": "em", "ESTIMATE": "ink"}
    assert {name: getattr(drawing, name) for name in named} == {
        name: COLOURS[role] for name, role in named.items()
    }
    sheets = CSS.removeprefix(PALETTE) + (ROOT / "book" / "_ext" / "static" / "book.css").read_text(
        "utf-8"
    )
    assert not set(re.findall(r"#[0-9a-f]{6}", sheets)) & set(COLOURS.values())


def test_paper_and_browser_draw_every_kind_of_mark():
    made = {
        name
        for name, function in inspect.getmembers(marks, inspect.isfunction)
        if function.__module__ == marks.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation == "Mark"
    }
    drawing = re.search(r"^const DRAW = \{(.*?)^\};", MODULE, re.MULTILINE | re.DOTALL)
    in_browser = set(re.findall(r"^  (\w+)\(mark, s, group\)", drawing[1], re.MULTILINE))
    assert in_browser == set(plots._DRAW) == made >= {"line", "area", "bars", "cells"}


def test_paper_and_browser_break_the_same_lines_into_dashes():
    in_css = set(re.findall(r"\.wg \.line\.(\w+) \{ stroke-dasharray", CSS)) - {"dashed"}
    assert in_css == set(DASHES) == set(DISTANCES) - {"em"}


@pytest.mark.parametrize("role", ROLES)
def test_colours_stand_out_from_the_page(role):
    """3 to 1 is what WCAG 2.1 (1.4.11) asks of graphics."""
    assert contrast(COLOURS[role], PAPER) >= 3
    if role in DARK_ROLES:
        assert contrast(LIGHT_ROLES[role], PAPER) >= 3
        assert contrast(DARK_ROLES[role], DARK) >= 3


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("colours", [LIGHT_ROLES, DARK_ROLES], ids=["light", "dark"])
def test_the_four_distances_are_told_apart_by_everyone(colours, blindness):
    """At least 10 units of CIE 1976 apart, four times what is just noticeable."""
    seen = {r: lab(BLINDNESS[blindness] @ linear(colours[r])) for r in DISTANCES}
    for first, second in itertools.combinations(DISTANCES, 2):
        assert np.linalg.norm(seen[first] - seen[second]) >= 10, (first, second)


def test_the_four_distances_are_told_apart_without_colour():
    styles = [str(style_of(role)["linestyle"]) for role in DISTANCES]
    assert len(set(styles)) == 4
    assert str(style_of("em", dashed=True)["linestyle"]) not in styles


# --- figures -------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_every_scene_is_drawn_at_its_ends_and_in_between(name):
    """Warnings are errors here: no glyph is missing, no layout collapses."""
    shown = scene_named(name)
    last = len(shown.slider.values) - 1
    for index in sorted({0, last // 2, last}):
        figure = draw(shown, index)
        assert len(figure.axes) == len(shown.panels)
        for axes, panel in zip(figure.axes, shown.panels, strict=True):
            assert axes.get_title() == panel.title
            assert (axes.get_xlabel(), axes.get_ylabel()) == (panel.x.label, panel.y.label)
            assert axes.get_xlim() == pytest.approx((panel.x.low, panel.x.high))
            assert axes.get_ylim() == pytest.approx((panel.y.low, panel.y.high))
            legend = axes.get_legend()
            named = [text.get_text() for text in legend.texts] if legend else []
            assert named == [mark.label for mark in panel.marks if mark.label]
        words = figure.get_suptitle()
        assert f"{shown.slider.symbol} = {shown.slider.texts[index]}" in words
        for readout in shown.readouts:
            assert f"{readout.label} = {readout.texts[index]}" in words
        assert letters.faults(figure) == []
        ET.fromstring(to_svg(figure))


WIDGETS = {
    "HandCritic": {"source": [1, 5, 6], "target": [3, 4, 9]},
    "MovingBoxes": {"source": [0, 1, 3, 0, 2, 0, 0], "target": [2, 0, 0, 1, 0, 0, 3]},
    "MovingPoints": {
        "source": [(1, 2, 2), (2, 7, 1), (4.5, 5, 1), (3, 9, 1)],
        "target": [(8, 3, 2), (6.5, 8, 1), (9, 7, 2)],
    },
    "Workshop": {},
}


@pytest.mark.parametrize("maker", WIDGETS)
def test_no_letter_is_cut_off_in_what_other_widgets_leave_on_a_page(maker, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "to_svg", lambda figure: drawn.append(figure) or "<svg/>")
    getattr(widgets, maker)(**WIDGETS[maker]).fallback_svg()
    assert [letters.faults(figure) for figure in drawn] == [[]]


def test_letters_that_are_cut_off_or_overlap_are_found():
    """Or the tests above could pass by looking at nothing."""
    figure = Figure(figsize=(3, 2))
    axes = figure.add_axes((0.2, 0.2, 0.7, 0.6))
    axes.set_xticks([0, 0.5, 1], ["left", "middle", "right"])
    axes.set_yticks([0, 1, 2], ["0", "1", "beyond the axis, and so not drawn"])
    axes.set(xlim=(0, 1), ylim=(0, 1), title="A title")
    axes.plot([0, 1], [0, 1], label="a line")
    axes.legend()
    assert letters.faults(figure) == []
    axes.set_xticks([0, 0.1, 1], ["left", "middle", "right"])
    assert letters.faults(figure) == ["overlap: left | middle"]
    axes.set_ylabel("a name of the axis that is much longer than the axis itself")
    found = letters.faults(figure)
    assert [one for one in found if "a name" in one and one.startswith("cut off")]
    axes.get_legend().set_bbox_to_anchor((1.6, 1.3))
    assert "cut off: a line" in letters.faults(figure)


def test_drawing_uses_the_start_of_the_scene():
    shown = scene_named("sliding_lines")
    assert draw(shown).get_suptitle() == draw(shown, shown.slider.start).get_suptitle()


@pytest.mark.parametrize("name", EVERY)
def test_the_same_scene_gives_the_same_bytes(name):
    first, second = (to_svg(draw(scene_named(name))) for _ in range(2))
    assert first == second
    assert first.startswith("<svg")
    assert not re.search(r"<dc:date>|matplotlib v|Matplotlib", first)


def test_drawing_leaves_matplotlibs_settings_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    to_svg(draw(scene_named("sliding_lines")))
    assert dict(mpl.rcParams) == before


def test_marks_are_drawn_where_they_are():
    shown = scene_of(
        line([0, 0.25, 1], [[0, np.nan, 1], [0, 0.5, 1], [1, 1, 1]], role="em"),
        points([0.5, np.inf], [0.25, 0.25], role="js", size=5),
        cells([0.5], [0.5], [[0.0], [0.5], [1.0]], width=0.2, height=0.4, role="tv"),
        readouts=[Readout("EM", (0, 1, 2))],
    )
    (axes,) = draw(shown, 1).axes
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[0, 0], [0.25, 0.5], [1, 1]])
    dots = np.ma.filled(axes.collections[0].get_offsets().astype(float), np.nan)
    np.testing.assert_array_equal(dots[0], [0.5, 0.25])
    assert np.isnan(dots[1]).any()
    (box,) = axes.patches
    assert box.get_bbox().bounds == pytest.approx((0.4, 0.3, 0.2, 0.4))
    assert box.get_facecolor()[3] == 0.5
    assert np.isnan(draw(shown, 0).axes[0].lines[0].get_xydata()[1, 1])


def test_a_panel_alone_and_equal_axes():
    side = Axis("x (length)", 0, 2)
    panel = Panel("Equal", side, SIDE, [line([0, 1], [0, 1], role="em")], equal=True)
    shown = Scene("t", Slider("s", "shift", (0, 1)), [panel], [], "d")
    (axes,) = draw(shown, 0).axes
    assert axes.get_aspect() == 1.0


@pytest.mark.parametrize(
    ("index", "error"), [(-1, ValueError), (3, ValueError), (1.0, TypeError), (True, TypeError)]
)
def test_draw_refuses_positions_that_are_not_there(index, error):
    with pytest.raises(error, match=r"^index: "):
        draw(scene_of(), index)


def test_draw_and_write_refuse_other_things():
    with pytest.raises(TypeError, match=r"^scene: "):
        draw({"panels": []})
    with pytest.raises(TypeError, match=r"^figure: "):
        to_svg(scene_of())
    assert isinstance(book.draw(scene_of()), Figure)

"""Scenes: what is refused, what is said, and that the browser receives strict JSON."""

from __future__ import annotations

import functools
import inspect
import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (the hypothesis profile)
from tests.book.figures.examples import __test__ as EXAMPLES
from wganbook import figures
from wganbook import scene as scene_module
from wganbook.figures import descent_race
from wganbook.scene import (
    DECIMALS,
    ROLES,
    Axis,
    Panel,
    Readout,
    Scene,
    Slider,
    area,
    bars,
    cells,
    line,
    number_text,
    points,
    segments,
)

NAN, INF = math.nan, math.inf
SIDE = Axis("x (length)", 0, 1, (0, 1))
THREE = np.arange(3.0)[:, None]


def scene_of(*marks, readouts=(), values=(0.0, 0.5, 1.0), **slider):
    return Scene(
        "A title",
        Slider("s", "s: the shift", values, **slider),
        [Panel("A panel", SIDE, SIDE, list(marks))],
        list(readouts),
        "What there is to see.",
    )


#: What scenes need that take more than a seed; those of training have tests of their own.
NEEDED = {
    "sample_bias": {
        "sizes": [10, 40],
        "distances": {"line": [[0.1, 0.2], [0.05, 0.1]], "square": [[0.3, 0.2], [0.1, 0.2]]},
    }
}
MAKERS = [
    name
    for name in figures.__all__
    if inspect.signature(getattr(figures, name)).return_annotation == "Scene"
]


def arguments_of(name):
    """What the maker of a scene is called with here, or None where it wants more than a seed."""
    parameters = inspect.signature(getattr(figures, name)).parameters
    given = NEEDED.get(name, {}) | ({"seed": 0} if "seed" in parameters else {})
    required = {p.name for p in parameters.values() if p.default is p.empty}
    return given if required <= set(given) else None


#: Every scene of the book that can be made from next to nothing.
EVERY = [name for name in MAKERS if arguments_of(name) is not None]


@functools.cache
def scene_named(name):
    """Make a scene when a test first asks for it: some take seconds."""
    return getattr(figures, name)(**arguments_of(name))


#: One call of each builder that is right, by name; ``x`` may be replaced by any coordinates.
BUILDERS = {
    "line": lambda x, **more: line(x, x, **more),
    "area": lambda x, **more: area(x, x, x, **more),
    "bars": lambda x, **more: bars(x, x, width=0.5, **more),
    "points": lambda x, **more: points(x, x, **more),
    "segments": lambda x, **more: segments(x, x, x, x, **more),
    "cells": lambda x, **more: cells(x, x, x, width=1, height=1, **more),
}
BREAKABLE = {"line", "points"}


# --- builders ------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUILDERS)
def test_every_role_is_taken_and_no_other(name):
    for role in ROLES:
        assert BUILDERS[name]([0.0, 1.0], role=role).role == role
    with pytest.raises(ValueError, match=r"^role: .*did you mean em\?"):
        BUILDERS[name]([0.0, 1.0], role="emm")
    with pytest.raises(TypeError, match=r"^role: "):
        BUILDERS[name]([0.0, 1.0], role=None)


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (None, TypeError),
        ("01", TypeError),
        ([True, False], TypeError),
        ([1j], TypeError),
        (0.5, ValueError),
        ([], ValueError),
        (np.zeros((0, 3)), ValueError),
        (np.zeros((3, 0)), ValueError),
        (np.zeros((2, 2, 2)), ValueError),
    ],
)
def test_builders_refuse_what_is_not_coordinates(name, bad, error):
    with pytest.raises(error, match=r"^(x|x0|value): "):
        BUILDERS[name](bad, role="em")


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("gap", [NAN, INF, -INF])
def test_only_lines_and_points_may_have_gaps(name, gap):
    """The browser would draw a missing corner of an area or a stroke at zero."""
    if name in BREAKABLE:
        assert math.isnan(BUILDERS[name]([0.0, gap], role="em").at("y", 0)[1])
    else:
        with pytest.raises(ValueError, match=r"^\w+: expected finite numbers"):
            BUILDERS[name]([0.0, gap], role="em")


def test_builders_refuse_coordinates_of_different_lengths():
    with pytest.raises(ValueError, match=r"^y: expected 2 numbers, as in x, got 3"):
        line([0, 1], [0, 1, 2], role="em")
    with pytest.raises(ValueError, match=r"^y: expected 2 numbers"):
        points([0, 1], [[0, 1, 2], [0, 1, 2]], role="em")
    with pytest.raises(ValueError, match=r"^width: expected 1 numbers"):
        segments([0], [0], [1], [1], width=[1, 2], role="em")


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda bad: bars([0], [1], width=bad, role="p"), "width"),
        (lambda bad: points([0], [1], size=bad, role="p"), "size"),
        (lambda bad: cells([0], [0], [1], width=bad, height=1, role="p"), "width"),
        (lambda bad: cells([0], [0], [1], width=1, height=bad, role="p"), "height"),
    ],
)
def test_sizes_are_positive_numbers(make, name):
    for bad in (0, -1, NAN, INF):
        with pytest.raises(ValueError, match=f"^{name}: "):
            make(bad)
    for bad in (None, "1", True, [1.0]):
        with pytest.raises(TypeError, match=f"^{name}: "):
            make(bad)


def test_shares_and_widths_stay_in_their_range():
    for bad in (-0.1, 1.1):
        with pytest.raises(ValueError, match=r"^value: expected numbers from 0 to 1"):
            cells([0], [0], [bad], width=1, height=1, role="em")
    with pytest.raises(ValueError, match=r"^width: "):
        segments([0], [0], [1], [1], width=[-1], role="em")
    with pytest.raises(TypeError, match=r"^label: "):
        line([0], [0], role="em", label=3)
    with pytest.raises(TypeError, match=r"^dashed: "):
        line([0], [0], role="em", dashed="no")


# --- parts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        (("x", 1, 1), ValueError, "high"),
        (("x", 1, 0), ValueError, "high"),
        (("x", 0, INF), ValueError, "high"),
        (("x", NAN, 1), ValueError, "low"),
        (("x", "0", 1), TypeError, "low"),
        ((None, 0, 1), TypeError, "label"),
        (("x", 0, 1, (0, 2)), ValueError, "ticks"),
        (("x", 0, 1, (0, NAN)), ValueError, "ticks"),
        (("x", 0, 1, (0, 1), ("zero",)), ValueError, "tick_labels"),
        (("x", 0, 1, (), ("zero",)), ValueError, "tick_labels"),
        (("x", 0, 1, (0,), (0,)), TypeError, "tick_labels"),
        (("x", 0, 1, (0,), "0"), TypeError, "tick_labels"),
    ],
)
def test_axis_refuses(arguments, error, name):
    with pytest.raises(error, match=f"^{name}: "):
        Axis(*arguments)


@pytest.mark.parametrize(
    ("changed", "error", "name"),
    [
        ({"values": (0.0,)}, ValueError, "values"),
        ({"values": (0.0, NAN)}, ValueError, "values"),
        ({"values": (0.0, INF)}, ValueError, "values"),
        ({"values": ((0.0, 1.0),)}, ValueError, "values"),
        ({"values": "ab"}, TypeError, "values"),
        ({"values": None}, TypeError, "values"),
        ({"start": 3}, ValueError, "start"),
        ({"start": -1}, ValueError, "start"),
        ({"start": 1.0}, TypeError, "start"),
        ({"digits": -1}, ValueError, "digits"),
        ({"digits": 16}, ValueError, "digits"),
        ({"play": 1}, TypeError, "play"),
        ({"symbol": ""}, ValueError, "symbol"),
        ({"name": " "}, ValueError, "name"),
        ({"name": None}, TypeError, "name"),
    ],
)
def test_slider_refuses(changed, error, name):
    with pytest.raises(error, match=f"^{name}: "):
        Slider(**({"symbol": "s", "name": "shift", "values": (0.0, 0.5, 1.0)} | changed))


@pytest.mark.parametrize(
    ("changed", "error", "name"),
    [
        ({"role": "blue"}, ValueError, "role"),
        ({"values": ("1", "2")}, TypeError, "values"),
        ({"values": (None, 1.0)}, TypeError, "values"),
        ({"values": 1.0}, ValueError, "values"),
        ({"digits": 2.0}, TypeError, "digits"),
        ({"label": ""}, ValueError, "label"),
        ({"spoken": None}, TypeError, "spoken"),
    ],
)
def test_readout_refuses(changed, error, name):
    with pytest.raises(error, match=f"^{name}: "):
        Readout(**({"label": "EM", "values": (0.0, 1.0)} | changed))


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"x": (0, 1)}, "x"),
        ({"y": None}, "y"),
        ({"marks": [1]}, "marks"),
        ({"marks": line([0], [0], role="em")}, "marks"),
        ({"title": None}, "title"),
        ({"equal": "yes"}, "equal"),
    ],
)
def test_panel_refuses(changed, name):
    with pytest.raises(TypeError, match=f"^{name}: "):
        Panel(**({"title": "A panel", "x": SIDE, "y": SIDE, "marks": []} | changed))


@pytest.mark.parametrize("frames", [1, 2, 4])
@pytest.mark.parametrize("name", BUILDERS)
def test_scene_refuses_marks_that_do_not_follow_the_slider(name, frames):
    mark = BUILDERS[name](np.full((frames, 1), 0.5), role="em")
    with pytest.raises(
        ValueError, match=rf"^panels: expected 3 frames in 'A panel', got .{frames}"
    ):
        scene_of(mark)
    assert scene_of(BUILDERS[name](np.full((3, 1), 0.5), role="em"))
    assert scene_of(BUILDERS[name]([0.5, 0.5], role="em"))


def test_one_moving_coordinate_of_many_is_enough_to_be_refused():
    with pytest.raises(ValueError, match=r"^panels: "):
        scene_of(line(THREE, np.zeros((4, 1)), role="em"))
    with pytest.raises(ValueError, match=r"^panels: "):
        scene_of(segments([0], [0], [1], [1], width=np.ones((2, 1)), role="em"))


@pytest.mark.parametrize("count", [0, 2, 4])
def test_scene_refuses_readouts_that_do_not_follow_the_slider(count):
    with pytest.raises(ValueError, match=rf"^readouts: expected 3 values for EM, got {count}"):
        scene_of(readouts=[Readout("EM", [0.0] * count)])


# --- what is said --------------------------------------------------------------------


def test_sentence_and_rows_say_infinity_nan_and_minus():
    shown = scene_of(
        readouts=[
            Readout("KL", (INF, NAN, -INF), "kl"),
            Readout("Δ", (-0.5, -0.0004, 0.25), spoken="difference"),
        ],
        values=(-1.0, 0.0, 1.0),
    )
    assert [shown.sentence(i) for i in range(3)] == [
        "s minus 1.00, KL infinite, difference minus 0.500",
        "s 0.00, KL undefined, difference 0.000",
        "s 1.00, KL minus infinite, difference 0.250",
    ]
    assert shown.rows([2, 0]) == [
        ["s", "KL", "Δ"],
        ["1.00", "−∞", "0.250"],
        ["−1.00", "∞", "−0.500"],
    ]
    assert shown.to_dict()["sentences"] == [shown.sentence(i) for i in range(3)]
    assert shown.rows([]) == [["s", "KL", "Δ"]]


@pytest.mark.parametrize(("bad", "error"), [(-1, ValueError), (3, ValueError), (1.0, TypeError)])
def test_there_is_no_position_before_the_first_or_after_the_last(bad, error):
    shown = scene_of(readouts=[Readout("EM", (0, 1, 2))])
    with pytest.raises(error, match=r"^index: "):
        shown.sentence(bad)
    with pytest.raises(error, match=r"^index: "):
        shown.rows([0, bad])


@given(st.floats(), st.integers(0, 15))
def test_number_text_reads_back_and_has_no_minus_before_zero(value, digits):
    text = number_text(value, digits)
    assert "-" not in text
    if math.isnan(value):
        assert text == "undefined"
    elif math.isinf(value):
        assert text == ("∞" if value > 0 else "−∞")
    else:
        back = float(text.replace("−", "-"))
        assert abs(back - value) <= 0.5 * 10.0**-digits + abs(value) * 1e-15
        assert text.startswith("−") == (back < 0)
        assert len(text.partition(".")[2]) == digits


# --- what the browser receives -------------------------------------------------------


def test_ranges_arrays_and_numpy_numbers_become_plain_json():
    axis = Axis("x", np.float32(0), np.float64(1), range(2), ("a", "b"))
    shown = Scene(
        "t",
        Slider("s", "shift", np.array([0.0, 1.0])),
        [Panel("p", axis, Axis("y", 0, 1, np.arange(2)), [line([0, 1], [NAN, INF], role="em")])],
        [Readout("EM", np.array([0.0, INF]))],
        "d",
    )
    sent = json.loads(json.dumps(shown.to_dict(), allow_nan=False))
    assert sent["panels"][0]["x"] == {
        "label": "x", "low": 0, "high": 1, "ticks": [0, 1], "tick_labels": ["a", "b"],
    }  # fmt: skip
    assert sent["panels"][0]["marks"][0]["y"] == {"fixed": [None, None]}


@pytest.mark.parametrize("name", EVERY)
def test_every_scene_of_the_book_is_strict_json_and_loses_nothing(name):
    shown = scene_named(name)
    data = shown.to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["slider"]["texts"] == shown.slider.texts
    for readout, sent in zip(shown.readouts, data["readouts"], strict=True):
        assert sent["texts"] == [number_text(v, readout.digits) for v in readout.values]
        assert not any(re.fullmatch(r"−0(\.0*)?|.*-.*", text) for text in sent["texts"])


@pytest.mark.parametrize("name", EVERY)
def test_rounded_coordinates_are_within_a_tenth_of_a_pixel(name):
    """The axes are about 300 pixels long."""
    for panel in scene_named(name).panels:
        for axis in (panel.x, panel.y):
            assert 300 * 0.5 * 10.0**-DECIMALS / (axis.high - axis.low) < 0.1


@pytest.mark.parametrize("name", EVERY)
def test_every_scene_of_the_book_can_be_read(name):
    """Axes have labels or words at their ticks, ticks are short, positions are told apart."""
    shown = scene_named(name)
    assert shown.description.endswith(".")
    assert len(shown.description) > 80
    assert len(set(shown.slider.texts)) == len(shown.slider.values)
    assert len({readout.label for readout in shown.readouts}) == len(shown.readouts)
    for panel in shown.panels:
        for axis in (panel.x, panel.y):
            assert axis.label or axis.tick_labels, panel.title
            assert all(len(f"{float(tick)!r}") <= 6 or axis.tick_labels for tick in axis.ticks)
            assert len(set(axis.ticks)) == len(axis.ticks)


#: Pictures cut at some KL on purpose, since KL has no upper end.
CUT = {"KL puts a ceiling on TV", "What each distance says"}


@pytest.mark.parametrize("name", EVERY)
def test_dots_that_move_stay_in_the_picture(name):
    for panel in scene_named(name).panels:
        for mark in panel.marks:
            if mark.kind != "points" or not mark.frame_counts:
                continue
            for i in range(mark.frame_counts.pop()):
                for key, axis in (("x", panel.x), ("y", panel.y)):
                    seen = np.array(mark.at(key, i))
                    seen = seen[np.isfinite(seen)]
                    inside = (seen >= axis.low) & (seen <= axis.high)
                    cut = panel.title in CUT and (mark.role == "kl" or "KL" in axis.label)
                    assert inside.all() or cut, (panel.title, mark.role, i)


# --- docstrings ----------------------------------------------------------------------

DRAWING = ("line", "area", "bars", "points", "segments", "cells", "field")


def test_ticks_are_written_as_a_reader_writes_them():
    """Multiples of a step, which binary numbers miss by a hair, on axes of any size."""
    for step in (0.1, 0.2, 0.3, 0.7, 1e-3, 3e-5, 70.0, 1e4):
        for low in (-4, 0, 3):
            ticks = [k * step for k in range(low, low + 8)]
            axis = Axis("x", ticks[0] - step / 3, ticks[-1] + step / 3, ticks)
            for written, meant in zip(axis.to_dict()["ticks"], range(low, low + 8), strict=True):
                assert float(f"{meant * step:.12g}") == written
                assert len(str(written)) <= 8, "no tail of digits"
    assert str(Axis("x", -0.2, 0.4, [0.1 - 0.1, -0.0]).to_dict()["ticks"]) == "[0.0, 0.0]"
    near = Axis("x", 1e6, 1e6 + 1e-3, [1e6 + 5e-4]).to_dict()["ticks"]
    assert near == [1e6 + 5e-4], "an axis far from 0 keeps what tells its ticks apart"


@pytest.mark.parametrize("name", [*DRAWING, "Axis", "Panel", "Readout", "Slider", "Scene"])
def test_public_parts_of_a_scene_are_documented(name):
    thing = getattr(scene_module, name)
    text = inspect.getdoc(thing)
    wanted = ["Parameters", "Raises", "Examples"]
    if name in DRAWING:
        wanted += ["Returns", "Source"]
    for section in wanted:
        assert f"\n{section}\n{'-' * len(section)}\n" in text, f"{name} lacks {section}"
    for argument in inspect.signature(thing).parameters:
        listed = re.search(rf"^[\w, ]*\b{argument}\b[\w, ]* :", text, re.MULTILINE)
        assert listed, f"{name}: {argument} is not described"


@pytest.mark.parametrize("name", MAKERS)
def test_public_scenes_are_documented(name):
    """What a figure shows, what it takes and its source in six lines; an example that runs."""
    maker = getattr(figures, name)
    text = inspect.getdoc(maker)
    assert 1 <= len(text.splitlines()) <= 6, f"{name}: {len(text.splitlines())} lines"
    assert "Source: " in text, f"{name} names no source"
    for argument in inspect.signature(maker).parameters:
        assert re.search(rf"\b{argument}\b", text), f"{name}: {argument} is not described"
    shown = next(text for key, text in EXAMPLES.items() if key.partition(".")[2] == name)
    assert f"{name}(" in shown, f"{name} has no example that calls it"


def test_the_race_can_be_run_elsewhere():
    assert (
        descent_race(start=0.4, rate=0.1, steps=3).sentence(3).startswith("step 3, θ by EM 0.100")
    )

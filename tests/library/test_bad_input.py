"""Every public function refuses bad input, and says which argument was bad.

The tables are in ``tests/library/bad_input``, a module for each part of the library, each with a
list ``ROWS`` of bad calls. A public callable without a row fails
``test_every_public_function_has_rows``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest

import wganbook as book
import wganlib as wg

from . import bad_input
from .bad_input._values import Row, named
from .bad_input.divergences import HALVES

TABLE: list[Row] = [
    row
    for module in pkgutil.iter_modules(bad_input.__path__)
    if not module.name.startswith("_")
    for row in importlib.import_module(f"{bad_input.__name__}.{module.name}").ROWS
]

#: Public callables that take nothing from a reader, with the reason.
EXEMPT = {
    "EntropicPlan": "a record that sinkhorn_plan fills in",
    "Distances": "a record that a sequence fills in",
    "Norms": "a record that a sequence fills in",
    "TransportPlan": "a record that transport_plan fills in",
    "History": "a record that train fills in; its damaged files are in test_history.py",
    "WGAN": "takes nothing",
    "MinimaxGAN": "takes nothing",
    "NonSaturatingGAN": "takes nothing",
    "RelativisticGAN": "takes nothing",
    "NoConstraint": "takes nothing",
}


def target(row: Row) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return what a row calls, and its arguments."""
    arguments = dict(row.good) | {row.argument: row.bad}
    if row.method is None:
        return named(row.function), arguments
    return getattr(arguments.pop("self"), row.method), arguments


def place(row: Row) -> str:
    return row.function if row.method is None else f"{row.function}.{row.method}"


def grouped() -> dict[str, list[Row]]:
    """Return the rows by what they call and the argument that is bad: a test for each."""
    groups: dict[str, list[Row]] = {}
    for row in TABLE:
        groups.setdefault(f"{place(row)}-{row.argument}", []).append(row)
    return groups


GROUPS = grouped()


def refusal(row: Row) -> str:
    """Return what is wrong with the answer to a bad call; nothing if it is as it should be."""
    function, arguments = target(row)
    try:
        function(**arguments)
    except Exception as error:
        message = str(error)
        if type(error) is not row.error:
            return f"{type(error).__name__}, not {row.error.__name__}: {message[:600]}"
        if not message.startswith(row.argument):
            return f"does not begin with the argument's name: {message[:600]}"
        return "" if len(message) < 600 else f"{len(message)} characters: {message[:600]}"
    return "not refused"


# Every bad value is tried, whatever the one before it did, and all that went wrong is listed.
@pytest.mark.parametrize("name", GROUPS)
def test_bad_input_is_refused_by_name(name):
    answers = [(row.bad, refusal(row)) for row in GROUPS[name]]
    assert [f"{bad!r:.200}: {wrong}" for bad, wrong in answers if wrong] == []


def test_no_row_is_left_out():
    assert sum(map(len, GROUPS.values())) == len(TABLE)


def test_good_arguments_are_good():
    """A table whose calls fail for another reason would test nothing."""
    called = {
        (place(row), id(row.good)): row._replace(bad=row.good[row.argument])
        for row in TABLE
        if row.argument in row.good
    }
    for row in called.values():
        function, arguments = target(row)
        function(**arguments)


#: Public names of the package; then, with their module, the functions that make marks.
PUBLIC = [
    *sorted(
        name
        for package in (wg, wg.distances, wg.training, wg.images, book)
        for names in package._HOMES.values()
        for name in names
    ),
    *(f"scene.{name}" for name in ("line", "area", "bars", "points", "segments", "cells", "field")),
]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_has_rows(name):
    if callable(named(name)) and name not in EXEMPT:
        assert any(row.function == name for row in TABLE), f"no bad input is tried on {name}"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_argument_has_a_row(name):
    thing = named(name)
    tried = {row.argument for row in TABLE if row.function == name and row.method is None}
    if callable(thing) and tried:
        listed = signature(thing).parameters.values()
        parameters = {p.name for p in listed if p.kind is not p.VAR_KEYWORD}
        # What goes through **options has rows too, but is not in the signature.
        extra = set() if len(parameters) == len(listed) else tried - parameters
        assert parameters | extra == tried, f"no bad input is tried on {parameters - tried}"


def test_a_real_tensor_that_requires_a_gradient():
    torch = pytest.importorskip("torch")
    tensor = torch.full((2,), 0.5, dtype=torch.float64, requires_grad=True)
    for name in ("total_variation", "kl_divergence", "js_divergence"):
        with pytest.raises(TypeError, match=r"^p: .*Tensor"):
            getattr(wg, name)(tensor, HALVES)
    with pytest.raises(TypeError, match=r"^x: .*Tensor"):
        wg.wasserstein_1(tensor, HALVES)
    assert wg.wasserstein_1(tensor.detach(), HALVES) == 0.0

"""Every public function refuses bad input, and says which argument was bad.

The tables are in ``tests/bad_input``, a module for each part of the library, each with a list
``ROWS`` of bad calls. A public callable without a row fails
``test_every_public_function_has_rows``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from inspect import signature
from operator import attrgetter
from typing import Any

import pytest

import wganlib as wg
from tests import bad_input
from tests.bad_input._values import Row
from tests.bad_input.divergences import HALVES
from wganlib import scene, scenes  # noqa: F401  (rows name both as attributes of wg)

TABLE: list[Row] = [
    row
    for module in pkgutil.iter_modules(bad_input.__path__)
    if not module.name.startswith("_")
    for row in importlib.import_module(f"tests.bad_input.{module.name}").ROWS
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
    "NoConstraint": "takes nothing",
}


def target(row: Row) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return what a row calls, and its arguments."""
    arguments = dict(row.good) | {row.argument: row.bad}
    if row.method is None:
        return attrgetter(row.function)(wg), arguments
    return getattr(arguments.pop("self"), row.method), arguments


def row_name(row: Row) -> str:
    place = row.function if row.method is None else f"{row.function}.{row.method}"
    return f"{place}-{row.argument}-{row.error.__name__}"


@pytest.mark.parametrize("row", TABLE, ids=row_name)
def test_bad_input_is_refused_by_name(row):
    function, arguments = target(row)
    with pytest.raises((TypeError, ValueError)) as caught:
        function(**arguments)
    message = str(caught.value)
    assert type(caught.value) is row.error, message
    assert message.startswith(row.argument), message
    assert len(message) < 600


def test_good_arguments_are_good():
    """A table whose calls fail for another reason would test nothing."""
    for row in TABLE:
        if row.argument in row.good:
            function, arguments = target(row._replace(bad=row.good[row.argument]))
            function(**arguments)


#: Public names of the package; then, with their module, the functions that make marks.
PUBLIC = [
    *sorted(wg._HOME),
    *(f"scene.{name}" for name in ("line", "area", "bars", "points", "segments", "cells", "field")),
]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_has_rows(name):
    if callable(attrgetter(name)(wg)) and name not in EXEMPT:
        assert any(row.function == name for row in TABLE), f"no bad input is tried on {name}"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_argument_has_a_row(name):
    thing = attrgetter(name)(wg)
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

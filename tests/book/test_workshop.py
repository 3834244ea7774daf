"""The workshop in Python: what it refuses, what it carries to the page, what stands without one."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import build_kernels
import numpy as np
import pytest
import traitlets

import wganbook as book
import wganlib as wg
from wganbook.widgets import _bundle, workshop_still
from wganbook.widgets.workshop import FIELDS, GLYPHS

WIDGETS = Path(_bundle.__file__).parent


# --- settings ------------------------------------------------------------------------


def test_all_settings_have_defaults_that_they_allow():
    setup = book.Workshop().setup
    assert set(setup) == {field["key"] for field in FIELDS["setup"]} | {"points", "runs"}
    (run,) = setup["runs"]
    assert run == {field["key"]: field["default"] for field in FIELDS["run"]}


def test_a_second_training_differs_in_what_is_named_alone():
    first, second = book.Workshop(lr=1e-3, compare={"objective": "minimax"}).setup["runs"]
    assert first["objective"] == "wgan"
    assert second == first | {"objective": "minimax"}
    assert second["lr"] == 1e-3


@pytest.mark.parametrize("kind", ["setup", "run"])
def test_no_setting_outside_its_bounds(kind):
    for field in FIELDS[kind]:
        if "low" not in field:
            continue
        for bad in (field["low"] - 1, field["high"] * 10, float("nan"), float("inf"), "1", None):
            if field.get("whole") and bad != bad:
                continue
            with pytest.raises((ValueError, TypeError), match=f"{field['key']}: expected "):
                book.Workshop(**{field["key"]: bad})


def test_a_setting_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match=r"runs\[0\]: expected settings among .*, got 'momentum'"):
        book.Workshop(momentum=0.9)


def test_points_are_rounded_as_on_the_page_and_checked():
    points = book.Workshop(data="points", points=[[0.12345, 1.0], [2, -3]]).setup["points"]
    assert points == [[0.123, 1.0], [2.0, -3.0]]
    with pytest.raises(ValueError, match="points: expected at least two different ones"):
        book.Workshop(data="points", points=[[1, 1], [1, 1]])
    with pytest.raises(ValueError, match="points: expected coordinates from -10 to 10"):
        book.Workshop(data="points", points=[[1, 1], [1, 11]])
    with pytest.raises(ValueError, match="points: expected at most 400, got 401"):
        book.Workshop(points=np.zeros((401, 2)))


def test_setup_can_be_set_later_and_a_bad_one_leaves_the_last():
    workshop = book.Workshop()
    workshop.setup = workshop.setup | {"seed": 7}
    assert workshop.setup["seed"] == 7
    with pytest.raises((ValueError, traitlets.TraitError), match="seed: expected"):
        workshop.setup = workshop.setup | {"seed": -1}
    assert workshop.setup["seed"] == 7


# --- letters -------------------------------------------------------------------------


def test_every_letter_and_digit_has_a_picture_of_its_own():
    assert sorted(GLYPHS) == sorted("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert all(re.fullmatch("[0-9a-v]{7}", rows) for rows in GLYPHS.values())
    assert len(set(GLYPHS.values())) == len(GLYPHS)


def test_a_word_fits_the_picture():
    points = np.array(workshop_still.letters("MMMMMMMM", GLYPHS))
    assert np.abs(points).max() < 3


# --- what stands without a script ----------------------------------------------------


@pytest.mark.parametrize("data", ["ring", "grid", "roll", "lines", "gaussians", "word"])
def test_the_picture_and_the_table_are_of_a_training_by_the_library(data, monkeypatch):
    monkeypatch.setattr(workshop_still, "STEPS", 4)
    monkeypatch.setattr(workshop_still, "EVERY", 2)
    workshop = book.Workshop(data=data, batch=8, width=4)
    bundle, _ = workshop._repr_mimebundle_()
    assert "after 4 generator steps" in bundle["text/plain"]
    assert f'data-wg-model="{workshop.model_id}"' in bundle["text/html"]
    rows = workshop.fallback_rows()
    assert [row[0] for row in rows[1:]] == ["0", "2", "4"]
    assert all(float(row[1]) > 0 for row in rows[1:])


def test_a_training_that_comes_apart_still_has_a_picture(monkeypatch):
    monkeypatch.setattr(workshop_still, "EVERY", 1)
    workshop = book.Workshop(rule="none", optimiser="sgd", lr=5.0, generator_lr=5.0, width=8)
    assert workshop.fallback_svg().startswith("<svg")
    assert len(workshop.fallback_rows()) >= 2


# --- the bundle and the module -------------------------------------------------------


def test_the_bundle_imports_nothing_and_exports_one_thing():
    text = book.Workshop._esm
    assert not re.search(r"^import .* from \"\./", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render };"]
    worker = _bundle.bundle("workshop_worker.mjs", module=False, GLYPHS=GLYPHS)
    assert not re.search(r"^(import|export) ", worker, re.MULTILINE)


def test_nothing_is_put_into_the_page_as_html():
    for path in WIDGETS.glob("workshop*.mjs"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function",
            path.read_text("utf-8"),
        ), path.name


def test_the_files_are_short_enough_to_read():
    for path in WIDGETS.glob("workshop*"):
        if path.suffix in {".mjs", ".py", ".c"}:
            assert len(path.read_text("utf-8").splitlines()) <= 500, path.name


@pytest.mark.parametrize("name", build_kernels.MODULES)
def test_the_module_was_made_of_the_source_beside_it(name):
    module = (WIDGETS / name).read_bytes()
    assert module[:4] == b"\0asm"
    assert module.endswith(build_kernels.mark()), "run python tools/build_kernels.py"


@pytest.mark.skipif(bool(build_kernels.missing()), reason="no clang 15 with its lld here")
def test_the_source_compiles_to_the_same_functions(tmp_path):
    """Equal bytes with the same compiler; with another, the browser's test compares numbers."""
    functions = (
        "affine", "weights", "back", "rmsprop", "adam", "sgd", "clip", "randoms", "normals",
    )  # fmt: skip
    paths = build_kernels.build(tmp_path)
    assert [path.name for path in paths] == list(build_kernels.MODULES)
    for module in [path.read_bytes() for path in (*paths, *(WIDGETS / p.name for p in paths))]:
        assert all(name.encode() in module for name in functions)
        assert module.endswith(build_kernels.mark())


# --- the programme that it writes ----------------------------------------------------


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.parametrize("data", ["ring", "grid", "roll", "lines", "gaussians", "word", "points"])
def test_the_python_that_it_writes_is_the_same_data(data, tmp_path):
    setup = book.Workshop(data=data, points=[[1, 2], [-0.5, 0.25]]).setup
    text = _bundle.bundle("workshop_state.mjs", GLYPHS=GLYPHS, FIELDS=FIELDS)
    (tmp_path / "state.mjs").write_text(text, "utf-8")
    call = f"import {{ toPython }} from './state.mjs'; const s = {_json(setup)};"
    (tmp_path / "call.mjs").write_text(call + "console.log(toPython(s, s.runs[0], 3));", "utf-8")
    done = subprocess.run(
        ["node", "call.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assigned = {
        node.targets[0].id: node.value
        for node in ast.parse(done.stdout).body
        if isinstance(node, ast.Assign)
    }
    source = ast.unparse(assigned["data"])
    written = eval(source, {"wg": wg, "np": np})
    mine = workshop_still.data_of(setup, GLYPHS)
    if data in ("word", "points"):
        np.testing.assert_array_equal(written, mine)
    else:
        np.testing.assert_array_equal(written.sample(9, seed=0), mine.sample(9, seed=0))


def _json(value: object) -> str:
    import json

    return json.dumps(value)

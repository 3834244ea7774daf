"""The layers point one way, importing is light, and the list of public names is true."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import wganlib as wg
from wganlib import scenes

PACKAGE = Path(wg.__file__).parent
#: What may draw, and the list of names. Every other module computes or describes.
SHOWS = ("plots", "cli", "__main__", "__init__")
SHOW = ("matplotlib", "ipywidgets", "anywidget", "wganlib.plots", "wganlib.widgets")
HEAVY = ("torch", "matplotlib", "scipy", "ot", "anywidget", "ipywidgets")
#: Packages that describe.
DESCRIBES = ("exercises", "experiments", "scenes")
SOURCES = [
    *(path for path in PACKAGE.glob("*.py") if path.stem not in SHOWS),
    *(path for name in DESCRIBES for path in (PACKAGE / name).glob("*.py")),
]
#: Every module that computes or describes, and its file.
COMPUTE = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(SOURCES)
}


def run(code: str) -> str:
    """Run code in a fresh interpreter and return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield every module that a source file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "wganlib" + (f".{node.module}" if node.module else "")
            base = base if node.level else str(node.module)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in packages)


@pytest.mark.parametrize("name", list(COMPUTE))
def test_compute_modules_name_nothing_of_show(name):
    tree = ast.parse(COMPUTE[name].read_text(encoding="utf-8"))
    assert [module for module in imported(tree) if within(module, SHOW)] == []


def test_compute_modules_load_nothing_of_show():
    """All in one process: if any of them drew, a module of SHOW would be loaded."""
    imports = ", ".join(f"wganlib.{name}" for name in COMPUTE)
    assert run(f"import sys, {imports}; print(*[m for m in {SHOW} if m in sys.modules])") == ""


def test_distances_load_without_torch_or_pot():
    code = "import sys, wganlib as wg; wg.wasserstein_1; wg.js_divergence; wg.Gaussian; "
    assert run(code + "print('torch' in sys.modules, 'ot' in sys.modules)") == "False False"


def test_the_figures_of_distances_need_no_torch():
    code = "import sys; from wganlib import scenes; scenes.parallel_lines(4); "
    assert (
        run(
            "import os; os.environ['POT_BACKEND_DISABLE_PYTORCH'] = '1'; "
            + code
            + "print('torch' in sys.modules)"
        )
        == "False"
    )


def test_every_figure_lives_where_it_says():
    for name, module in scenes._HOME.items():
        assert getattr(scenes, name) is getattr(
            importlib.import_module(f"wganlib.scenes.{module}"), name
        )
    with pytest.raises(AttributeError, match="has no attribute 'perpendicular_lines'"):
        _ = scenes.perpendicular_lines


def test_importing_the_package_is_light():
    assert run(f"import sys, wganlib; print(*[m for m in {HEAVY} if m in sys.modules])") == ""


def test_the_import_check_can_fail():
    code = f"import sys, scipy; print(*[m for m in {HEAVY} if m in sys.modules])"
    assert run(code) == "scipy"
    tree = ast.parse("def f():\n    from matplotlib import pyplot\n    from . import plots")
    assert [m for m in imported(tree) if within(m, SHOW)] == [
        "matplotlib",
        "matplotlib.pyplot",
        "wganlib.plots",
    ]


# --- the list of public names --------------------------------------------------------


def test_all_is_the_list_of_homes():
    assert wg.__all__ == ["__version__", *sorted(wg._HOME)]
    assert dir(wg) == sorted(wg.__all__)


@pytest.mark.parametrize(("name", "module"), sorted(wg._HOME.items()))
def test_every_public_name_lives_where_it_says(name, module):
    value = getattr(wg, name)
    assert value is getattr(importlib.import_module(module), name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert f"{value.__module__}.".startswith(f"{module}.")


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="has no attribute 'wasserstein_2'"):
        _ = wg.wasserstein_2


def type_checking_names() -> dict[str, str]:
    """Return what type checkers and editors are told, name by name."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    found = {}
    for block in tree.body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for line in block.body:
                assert isinstance(line, ast.ImportFrom)
                for alias in line.names:
                    # "as itself" is what marks a re-export.
                    assert alias.asname == alias.name
                    found[alias.name] = str(line.module)
    return found


def test_type_checkers_see_the_same_names():
    assert type_checking_names() == wg._HOME


@pytest.mark.parametrize("name", sorted(wg._HOME))
def test_every_public_object_is_documented_with_examples(name):
    text = inspect.getdoc(getattr(wg, name)) or ""
    first = text.splitlines()[0] if text else ""
    assert first.endswith((".", ":")), f"{name} needs a first line that is a sentence"
    for section in ("Source", "Examples"):
        assert f"\n{section}\n{'-' * len(section)}\n" in text, f"{name} lacks {section}"
    assert ">>> " in text

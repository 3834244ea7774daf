"""The layers point one way, importing is light, and the list of public names is true."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import stubs

import wganbook as book
import wganlib as wg
from tests.conftest import ROOT
from wganbook import figures
from wganlib import _moved

PACKAGE = Path(wg.__file__).parent
BOOK = Path(book.__file__).parent
WIDGETS = ("ipywidgets", "anywidget")
SHOW = ("matplotlib", *WIDGETS, "wganbook")
HEAVY = ("torch", "matplotlib", "scipy", "ot", "anywidget", "ipywidgets")
#: Every module of the library, and its file.
LIBRARY = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
#: What a folder of the library may not know.
ABOVE = {
    "distances": ("torch", "wganlib.training", "wganlib.images", "wganlib.paper"),
    "training": ("wganlib.images", "wganlib.paper"),
    "images": ("wganlib.paper",),
    "paper": (),
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


@pytest.mark.parametrize("name", list(LIBRARY))
def test_the_library_knows_nothing_of_the_book(name):
    """Nor of matplotlib, but within a function, when it is called to draw."""
    tree = ast.parse(LIBRARY[name].read_text(encoding="utf-8"))
    assert [module for module in imported(tree) if within(module, ("wganbook", *WIDGETS))] == []
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    outside = ast.Module(
        [node for node in tree.body if not isinstance(node, (*functions, ast.ClassDef))], []
    )
    assert [module for module in imported(outside) if within(module, SHOW)] == []
    drawing = [module for module in imported(tree) if within(module, ("matplotlib",))]
    assert drawing == [] or name == "drawing"


@pytest.mark.parametrize("folder", ABOVE)
def test_nothing_imports_upward(folder):
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = [module for module in imported(tree) if within(module, ABOVE[folder])]
        assert found == [], path.name


def test_the_book_uses_no_private_module_of_the_library():
    allowed = {"wganlib._validate", "wganlib._lazy", "wganlib._moved"}
    for path in sorted(BOOK.rglob("*.py")):
        for module in imported(ast.parse(path.read_text(encoding="utf-8"))):
            private = module.startswith("wganlib.") and any(
                part.startswith("_") and part != "__version__" for part in module.split(".")
            )
            known = any(within(module, (name,)) for name in allowed)
            assert not private or known, (path.name, module)


def test_the_library_loads_nothing_of_show():
    """All in one process: if any of them drew, a module of SHOW would be loaded."""
    names = [name for name in LIBRARY if name not in ("__init__", "__main__", "")]
    imports = ", ".join(f"wganlib.{name}" for name in names)
    assert run(f"import sys, {imports}; print(*[m for m in {SHOW} if m in sys.modules])") == ""


def test_distances_load_without_torch_or_pot():
    code = "import sys, wganlib as wg; wg.wasserstein_1; wg.js_divergence; wg.Gaussian; "
    assert run(code + "print('torch' in sys.modules, 'ot' in sys.modules)") == "False False"


def test_the_figures_of_distances_need_no_torch():
    code = "import sys; from wganbook import figures; figures.sliding_lines(4); "
    assert (
        run(
            "import os; os.environ['POT_BACKEND_DISABLE_PYTORCH'] = '1'; "
            + code
            + "print('torch' in sys.modules)"
        )
        == "False"
    )


def test_every_figure_lives_where_it_says():
    for name, module in figures._HOME.items():
        assert getattr(figures, name) is getattr(
            importlib.import_module(f"wganbook.figures.{module}"), name
        )
    with pytest.raises(AttributeError, match="has no attribute 'perpendicular_lines'"):
        _ = figures.perpendicular_lines


def test_importing_the_package_is_light():
    assert run(f"import sys, wganlib; print(*[m for m in {HEAVY} if m in sys.modules])") == ""


def test_the_import_check_can_fail():
    code = f"import sys, scipy; print(*[m for m in {HEAVY} if m in sys.modules])"
    assert run(code) == "scipy"
    tree = ast.parse("def f():\n    from matplotlib import pyplot\n    import wganbook.plots")
    assert [m for m in imported(tree) if within(m, SHOW)] == [
        "matplotlib",
        "matplotlib.pyplot",
        "wganbook.plots",
    ]


# --- the list of public names --------------------------------------------------------

PACKAGES = (wg, wg.distances, wg.training, wg.images, book)
PUBLIC = [
    (package, home, name)
    for package in PACKAGES
    for home, names in package._HOMES.items()
    for name in names
]


def test_about_forty_names_are_at_the_top():
    assert 35 <= sum(map(len, wg._HOMES.values())) <= 50


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_all_is_the_list_of_homes(package):
    names = [name for names in package._HOMES.values() for name in names]
    assert len(set(names)) == len(names)
    assert set(names) <= set(package.__all__)
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize(
    ("package", "home", "name"), PUBLIC, ids=lambda one: getattr(one, "__name__", one)
)
def test_every_public_name_lives_where_it_says(package, home, name):
    value = getattr(package, name)
    module = f"{package.__name__}.{home}"
    assert value is getattr(importlib.import_module(module), name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert f"{value.__module__}.".startswith(f"{module}.")


@pytest.mark.parametrize("package", stubs.PACKAGES)
def test_editors_and_type_checkers_see_the_same_names(package):
    written = stubs.place(package).read_text("utf-8")
    assert written == stubs.stub(package), "run: python tools/stubs.py"
    assert stubs.place(package).is_relative_to(ROOT)


def test_old_names_are_found_for_one_release_and_say_where_they_went():
    with pytest.warns(DeprecationWarning, match=r"wganlib\.SliderFigure is now wganbook"):
        assert wg.SliderFigure is book.SliderFigure
    with pytest.warns(DeprecationWarning, match=r"is now wganlib\.distances\.mmd_squared"):
        assert wg.mmd_squared is wg.distances.mmd_squared
    code = (
        "import warnings; warnings.simplefilter('ignore'); from wganlib import scenes, _moved; "
        "import importlib; "
        "[importlib.import_module('wganlib.' + name) for name in _moved.MODULES]; "
        "from wganlib.networks import MLP; import wganlib; print(MLP is wganlib.MLP)"
    )
    assert run(code) == "True"


@pytest.mark.parametrize("name", _moved.GONE)
def test_names_that_are_no_more_say_what_does_their_work(name):
    with pytest.raises(AttributeError, match=f"wganlib.{name} is no more: "):
        getattr(wg, name)
    assert not hasattr(wg, name)


@pytest.mark.parametrize("module", _moved.SPLIT)
def test_a_module_that_was_split_says_where_its_names_are_now(module):
    for name, home in _moved.SPLIT[module].items():
        with pytest.warns(DeprecationWarning, match=f"{module}.{name} is now {home}.{name}"):
            found = getattr(importlib.import_module(module), name)
        assert found is getattr(importlib.import_module(home), name)
    with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'nowhere'"):
        _ = importlib.import_module(module).nowhere


@pytest.mark.parametrize(
    ("make", "now", "before"),
    [
        (lambda: wg.distances.swiss_roll(), b"distances.examples", b"distances.measures"),
        (
            lambda: wg.distances.kernel_critic([0.0, 1.0], [2.0, 3.0], bandwidth=1.0),
            b"distances.kernels",
            b"distances.ipm",
        ),
    ],
)
def test_pickles_from_before_a_module_was_split_are_read(make, now, before):
    text = pickle.dumps(make(), protocol=0)
    assert now in text
    with pytest.warns(DeprecationWarning, match="the old name goes with the next release"):
        assert repr(pickle.loads(text.replace(now, before))) == repr(make())


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="has no attribute 'wasserstein_2'"):
        _ = wg.wasserstein_2


@pytest.mark.parametrize(
    ("package", "name"),
    [(package, name) for package, _, name in PUBLIC],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_every_public_object_is_documented_with_examples(package, name):
    text = inspect.getdoc(getattr(package, name)) or ""
    first = text.splitlines()[0] if text else ""
    assert first.endswith((".", ":")), f"{name} needs a first line that is a sentence"
    for section in ("Source", "Examples"):
        assert f"\n{section}\n{'-' * len(section)}\n" in text, f"{name} lacks {section}"
    assert ">>> " in text

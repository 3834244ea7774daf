"""The library alone: a wheel is built, installed into a fresh environment, and used there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: What belongs to the book, its tests and its tools, and not to the library.
NOT_OURS = {
    "jupyterlab", "notebook", "jupyter-book", "sphinx", "mypy", "ruff", "pytest", "playwright",
    "hypothesis", "jupytext", "nbclient", "scikit-learn",
}  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build from a copy, so that nothing is left behind here."""
    source = tmp_path_factory.mktemp("source") / "copy"
    keep = shutil.ignore_patterns(".*", "_build", "build", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(ROOT, source, ignore=keep)
    target = tmp_path_factory.mktemp("wheel")
    words = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, *words, "-w", target, source], check=True, timeout=600)
    (built,) = target.glob("*.whl")
    return built


def needed(requirements):
    """Return the names of all that is installed along, without extras."""
    found, left = set(), list(requirements)
    while left:
        text = left.pop()
        if "extra ==" in text:
            continue
        name = re.match(r"[\w.-]+", text)[0].lower().replace("_", "-")
        if name not in found:
            found.add(name)
            try:
                left += metadata.requires(name) or []
            except metadata.PackageNotFoundError:  # not for this system
                continue
    return found


@pytest.mark.slow
def test_the_library_alone_brings_nothing_of_the_book(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (file,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        lines = archive.read(file).decode().splitlines()
    required = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist")]
    assert needed(required) & NOT_OURS == set()
    assert {"numpy", "scipy", "torch", "pot", "pillow"} <= needed(required)
    assert "wganlib/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "tools/"))]


@pytest.mark.slow
def test_the_wheel_works_in_a_fresh_environment(wheel, tmp_path):
    """The packages it stands on are lent to it; the library itself is the wheel's."""
    venv.create(tmp_path / "env", with_pip=True)
    clean = {"PATH": "", "HOME": str(tmp_path)}  # without the path to this copy
    python = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    words = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([python, *words], check=True, timeout=600, env=clean)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True, env=clean,
    ).stdout.strip()  # fmt: skip
    (Path(site) / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def ask(*words):
        command = [python, *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=clean)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert Path(ask("-c", "import wganlib; print(wganlib.__file__)").strip()).is_relative_to(site)
    command = python.with_name("wganlib")
    listed = subprocess.run([command, "list"], capture_output=True, text=True, env=clean)
    assert "ring" in listed.stdout
    (tmp_path / "points.csv").write_text("\n".join(f"{i},{i * i % 7}" for i in range(30)))
    ask("-m", "wganlib", "train", "points.csv", "--steps", "2", "--width", "4", "--out", "mine")
    assert len(ask("-m", "wganlib", "sample", "mine", "-n", "3").splitlines()) == 3
    code = "import wganlib as wg; print(wg.transport_plan([[0., 0.]], [[3., 4.]]).cost)"
    assert ask("-c", code).strip() == "5.0"

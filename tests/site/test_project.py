"""The project's own papers agree: packaging, lock, Binder, Colab, citation, workflows."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import wganlib

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# conda-forge's names, where they are not PyPI's.
CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}
# What Binder needs beside the library's own dependencies, to open and run the chapters.
ONLY_ON_BINDER = {
    "ipykernel", "jupyterlab", "jupytext", "nbgitpuller", "pyyaml", "scikit-learn",
}  # fmt: skip


def requirements(lines: list[str]) -> dict[str, SpecifierSet]:
    found = map(Requirement, lines)
    return {canonicalize_name(one.name): one.specifier for one in found}


def pins(path: Path) -> dict[str, Version]:
    versions = {}
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            versions[canonicalize_name(name)] = Version(version)
    return versions


def tracked() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


CORE = requirements(PROJECT["dependencies"])
ALL = CORE | requirements(EXTRAS["book"]) | requirements(EXTRAS["test"])
LOCK = pins(ROOT / "constraints.txt")
COLAB = pins(ROOT / "tests" / "colab-constraints.txt")


def conda() -> dict[str, SpecifierSet]:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    found = {}
    for line in environment["dependencies"]:
        name, bound = re.fullmatch(r"([\w.-]+)(.*)", line).groups()
        found[canonicalize_name(CONDA_NAMES.get(name, name))] = bound
    assert found.pop("python") == "=3.12"
    assert found.pop("pip") == ""
    return {name: SpecifierSet(bound) for name, bound in found.items()}


def test_lock_holds_every_dependency_and_satisfies_its_bounds() -> None:
    assert set(ALL) <= set(LOCK)
    for name, bound in ALL.items():
        assert bound.contains(LOCK[name], prereleases=True), f"{name}: {LOCK[name]} not {bound}"


def test_lock_is_sorted_and_names_no_build() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    names = [line for line in lines if not line.startswith("#")]
    assert names == sorted(names, key=str.lower)
    assert all(re.fullmatch(r"[\w.-]+==[\w.!]+", line) for line in names)


def test_lock_is_what_is_installed() -> None:
    from lock import lock

    installed = {line for line in lock().splitlines() if not line.startswith("#")}
    locked = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    # Packages of other platforms may be installed beside those of the lock, never others.
    differing = {
        line for line in installed - set(locked) if canonicalize_name(line.split("==")[0]) in LOCK
    }
    assert not differing, "run `make env`, or `make lock` if the new versions are wanted"


def test_binder_installs_the_same_packages_with_the_same_bounds() -> None:
    on_binder = conda()
    assert set(on_binder) == set(CORE) | ONLY_ON_BINDER
    for name, bound in on_binder.items():
        if name == "nbgitpuller":  # of Binder's alone
            continue
        assert bound == ALL[name], f"environment.yml: {name}{bound}, pyproject.toml: {ALL[name]}"


@pytest.mark.parametrize("name", sorted(COLAB))
def test_bounds_admit_colab(name: str) -> None:
    # A higher bound would make pip replace Colab's own version under the reader's feet.
    if name in ALL:
        assert ALL[name].contains(COLAB[name], prereleases=True)
    else:
        assert name == "ipython"


def test_binder_builds_with_conda_and_runs_post_build(monkeypatch: pytest.MonkeyPatch) -> None:
    app = pytest.importorskip("repo2docker.app").Repo2Docker()
    monkeypatch.chdir(ROOT)
    picked = next(
        pack for pack in (kind(app.base_image) for kind in app.buildpacks) if pack.detect()
    )
    assert type(picked).__name__ == "CondaBuildPack"
    assert picked.python_version == "3.12"
    picked.platform = "linux/amd64"
    dockerfile = picked.render()
    assert "environment.yml" in dockerfile
    assert "RUN ./postBuild" in dockerfile
    assert (ROOT / "postBuild").stat().st_mode & 0o111
    assert "pip install --no-deps" in (ROOT / "postBuild").read_text("utf-8")


def test_make_alone_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    listed = re.findall(r"^make (\S+) +\S.*$", shown, re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())
    defined = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
    assert set(listed) == defined


def test_no_tracked_file_names_a_machine_or_a_package_registry() -> None:
    machine = re.compile(r"(?<![\w.}\)-])/(?:work|root|opt/(?:wheels|pypi)|home/\w+)/")
    # Put together from parts, so that this file does not name them either.
    hosts = ("py" + "pi", "python" + "hosted", "download[.]py" + "torch", "ana" + "conda")
    registry = re.compile(f"(?:{'|'.join(hosts)})[.]org")
    assert registry.search(f"https://{hosts[0]}.org/simple"), "the pattern finds nothing"
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in machine.finditer(text)]
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in registry.finditer(text)]
    assert not found


def test_no_tracked_file_is_large_or_a_notebook_with_outputs() -> None:
    for path in tracked():
        assert path.stat().st_size <= 1_500_000, f"{path}: over 1.5 MB"
        if path.suffix == ".ipynb":
            cells = json.loads(path.read_text("utf-8"))["cells"]
            assert not any(cell.get("outputs") for cell in cells), f"{path}: has outputs"


def test_versions_agree_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    assert PROJECT["version"] == wganlib.__version__ == str(citation["version"]) == newest[1], (
        "pyproject.toml, wganlib, CITATION.cff and CHANGELOG.md"
    )


def test_citation_and_license_say_who_and_how() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["license"] == PROJECT["license"]["text"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n\nCopyright (c) ")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_is_valid_and_its_shell_fails_on_errors(path: Path) -> None:
    # YAML reads the key `on` as the truth value it also is.
    flow = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", True, "permissions", "jobs"} <= set(flow)
    assert flow["permissions"] in ({"contents": "read"}, {"contents": "write"})
    for job in flow["jobs"].values():
        assert "runs-on" in job
        steps = job["steps"]
        assert all(("uses" in step) != ("run" in step) for step in steps)
        if any("run" in step for step in steps):
            assert job["defaults"]["run"]["shell"] == "bash -eo pipefail {0}"


def test_every_python_that_is_named_is_tested() -> None:
    named = re.findall(r"Python :: (3\.\d+)\b", "\n".join(PROJECT["classifiers"]))
    assert SpecifierSet(f">={named[0]}") == SpecifierSet(PROJECT["requires-python"])
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]
    tested = []
    for job in jobs.values():
        (setup,) = [s["with"] for s in job["steps"] if "setup-python" in s.get("uses", "")]
        matrix = job.get("strategy", {}).get("matrix", {}).get("python-version")
        if matrix is not None:
            assert setup["python-version"] == "${{ matrix.python-version }}"
        tested += matrix or [setup["python-version"]]
    assert tested == named == sorted(named, key=Version)


def test_workflows_ask_for_the_permissions_they_need() -> None:
    flows = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in WORKFLOWS}
    assert set(flows) == {"ci", "pages", "notebooks"}
    deploy = flows["pages"]["jobs"]["deploy"]
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    assert flows["notebooks"]["permissions"] == {"contents": "write"}
    caches = [
        step["with"]
        for step in flows["pages"]["jobs"]["build"]["steps"]
        if step.get("uses", "").startswith("actions/cache@")
    ]
    assert len(caches) == 1
    assert "restore-keys" not in caches[0]
    assert all(part in caches[0]["key"] for part in ("wganlib/**", "book/**", "constraints.txt"))


def test_binders_branch_changes_only_when_what_it_installs_does(tmp_path: Path) -> None:
    """The workflow's own script, in a repository with a remote on this disk."""
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "notebooks.yml").read_text("utf-8"))
    script = flow["jobs"]["push"]["steps"][-1]["run"]
    here, remote = tmp_path / "here", tmp_path / "remote"
    names = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in
             ("NAME", "EMAIL")}  # fmt: skip

    def run(*command: str) -> str:
        return subprocess.run(
            command, cwd=here, env=os.environ | names, capture_output=True, check=True, text=True
        ).stdout.strip()

    here.mkdir()
    run("git", "init", "--quiet", "--bare", str(remote))
    run("git", "init", "--quiet")
    run("git", "remote", "add", "origin", str(remote))
    for name in ("environment.yml", "postBuild", "README.md"):
        shutil.copy(ROOT / name, here)
    seen = []
    for name in ("README.md", "README.md", "environment.yml"):
        with (here / name).open("a") as file:
            file.write("\n")
        run("git", "add", ".")
        run("git", "commit", "--quiet", "-m", name)
        run("bash", "-eo", "pipefail", "-c", script)
        seen.append(run("git", "ls-remote", "origin", "environment").split()[0])
    assert seen[0] == seen[1] != seen[2]
    run("git", "fetch", "--quiet", "origin", "environment")
    listed = run("git", "ls-tree", "-r", "FETCH_HEAD").splitlines()
    assert [line.split()[3] for line in listed] == ["environment.yml", "postBuild"]
    assert listed[1].startswith("100755"), "Binder runs it"


def contents(node: dict) -> list[str]:
    names = [node[key] for key in ("root", "file") if key in node]
    for key in ("parts", "chapters", "sections"):
        names += [name for child in node.get(key, ()) for name in contents(child)]
    return names


def test_every_page_of_the_contents_exists() -> None:
    listed = contents(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
    assert len(listed) == len(set(listed))
    absent = [name for name in listed if not (ROOT / f"{name}.md").is_file()]
    assert not absent
    for name in listed:
        assert re.fullmatch(r"book/[a-z0-9-]+", name), f"{name}: lower-case hyphenated names"


def test_every_command_has_its_help_on_the_page() -> None:
    from wganlib.cli import COMMANDS

    text = (ROOT / "book" / "library-command-line.md").read_text("utf-8")
    assert set(re.findall(r"^### wganlib (\w+)$", text, re.MULTILINE)) == set(COMMANDS)
    assert set(re.findall(r'main\(\["(\w+)", "--help"\]\)', text)) == set(COMMANDS)


def test_every_chapter_is_in_the_contents() -> None:
    listed = contents(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
    assert {f"book/{path.stem}" for path in (ROOT / "book").glob("*.md")} == set(listed)


QUICK = "import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_it(n): pass\n"
SLOW = "import pytest\n@pytest.mark.slow\ndef test_it(): pass\n"
LATE = "import pytest\n@pytest.mark.browser\n@pytest.mark.slow\ndef test_it(): pass\n"


def test_workers_keep_the_tests_of_a_file_together_and_take_the_longest_first(tmp_path) -> None:
    """Scattered, the browser tests would load each page once for every test."""
    for name, text in {"b": QUICK, "c": QUICK, "d": SLOW, "a": LATE}.items():
        (tmp_path / f"test_{name}.py").write_text(text)
    # The settings of the project, and its scheduler, for files that load nothing.
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p"]
    command += ["tests.conftest", "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
    command += ["-p", "no:cacheprovider", "-v", str(tmp_path)]
    here = os.environ | {"PYTHONPATH": str(ROOT), "CI": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=here)
    ran = re.findall(r"^\[(gw\d)\].*PASSED .*test_(\w)\.py::", done.stdout, re.MULTILINE)
    assert len(ran) == 14, done.stdout + done.stderr
    workers = {file: {worker for worker, name in ran if name == file} for file in "abcd"}
    assert [len(found) for found in workers.values()] == [1] * 4
    assert workers["d"] != workers["b"], "the first two groups go to two workers"
    command[command.index("-n") : command.index("no:cacheprovider") - 1] = ["--collect-only"]
    listed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=here
    ).stdout
    assert "".join(re.findall(r"<Module test_(\w)\.py>", listed)) == "dbca", listed


# --- budgets -------------------------------------------------------------------------

LONGEST_FILE, LONGEST_BODY = 500, 60
PATH_AT_MOST = 2_100
#: What one reads to understand training, in this order. Lower ``PATH_AT_MOST`` when it shrinks:
#: the target is 1,700 lines.
PATH_OF_TRAINING = (
    "streams", "sampling", "draws", "objectives", "lipschitz", "optimisers", "step", "settings",
    "trainer", "train",
)  # fmt: skip


def sources() -> list[Path]:
    folders = ("wganlib", "book/wganbook", "book/_ext", "tools")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def bodies(tree: ast.AST) -> dict[str, int]:
    """Lines from the first statement after the docstring to the last, by function."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            starts = [
                line.lineno for one in body for line in (one, *getattr(one, "decorator_list", ()))
            ]
            length = (node.end_lineno or 0) - min(starts) + 1 if starts else 0
            found[node.name] = max(length, found.get(node.name, 0))
    return found


def test_bodies_are_measured_without_their_docstrings() -> None:
    text = 'def f():\n    """One.\n\n    Two.\n    """\n    @g\n    def h():\n        pass\n'
    assert bodies(ast.parse(text)) == {"f": 3, "h": 1}
    assert bodies(ast.parse('def f():\n    """Nothing."""\n')) == {"f": 0}


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert len(lengths) > 150
    long = {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LONGEST_FILE}
    assert not long, "split it along a seam of ideas"


def test_no_body_is_too_long() -> None:
    found = {
        f"{path.stem}.{name}": length
        for path in sources()
        for name, length in bodies(ast.parse(path.read_text("utf-8"))).items()
        if length > LONGEST_BODY
    }
    assert not found, f"give a part of it a name: at most {LONGEST_BODY} lines"


def test_training_is_read_in_one_sitting() -> None:
    folder = ROOT / "wganlib" / "training"
    lines = [(folder / f"{name}.py").read_text("utf-8").count("\n") for name in PATH_OF_TRAINING]
    assert sum(lines) <= PATH_AT_MOST

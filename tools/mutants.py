"""Plant faults in a copy of the library, one line at a time, and see which the tests notice.

``python tools/mutants.py`` tries every fault of ``mutants.toml`` and prints ``killed`` or
``SURVIVED`` for each; the last line counts them. It is run by hand: the tests of the project say
that the library is right, this says that they would say so if it were wrong. After a change of
tests, run it on both, ``--root`` naming another checkout: what the old ones kill, the new must.

A fault names a line by its text, not by its file, so that it is found wherever the library lies; a
line that is not there exactly once is an error, and the list has to be renewed. Each fault is tried
on the test files that it names and no others, up to the first failure. Nothing is written beside
the project: everything happens in a temporary copy of the files that git knows.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LIST = Path(__file__).with_suffix(".toml")
PACKAGES = ("wganlib", "book/wganbook")
# What most test files load: once here, and not again for each fault.
WARM = ("matplotlib.pyplot", "ot", "scipy.optimize", "scipy.stats", "torch")
# pytest's exit statuses, moved out of the way of those of a process that fails by itself.
PASSED, FAILED, BROKEN, NOTHING = 100, 101, 102, 105


@dataclass(frozen=True)
class Mutant:
    """One fault: a text of the library, what stands there instead, and who should notice."""

    what: str
    old: str
    new: str
    tests: list[str]
    only: str = ""
    after: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if not self.tests or self.old == self.new:
            raise ValueError(f"{self.what}: expected a change and at least one test file")


def read(path: Path = LIST) -> list[Mutant]:
    """Read the list of faults."""
    return [Mutant(**row) for row in tomllib.loads(path.read_text("utf-8"))["mutant"]]


def copy_of(root: Path, folder: Path) -> Path:
    """Copy what git knows of a checkout, as it is now, changes included."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, names):
        if (root / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, target)
    return folder


def place_of(mutant: Mutant, copy: Path) -> tuple[Path, str]:
    """Return the one file that holds the fault's text, and its text with the fault."""
    found = []
    for package in PACKAGES:
        for path in sorted((copy / package).rglob("*.py")):
            head, mark, rest = "", mutant.after, path.read_text("utf-8")
            if mark:
                head, mark, rest = rest.partition(mark)
            if (not mutant.after or mark) and mutant.old in rest:
                count = 1 if mutant.after else rest.count(mutant.old)
                changed = head + mark + rest.replace(mutant.old, mutant.new, 1)
                found += [(path, changed)] * count
    if len(found) != 1:
        raise LookupError(f"{mutant.what}: expected its line once, found it {len(found)} times")
    return found[0]


def tests_of(mutant: Mutant, copy: Path) -> list[str]:
    """Return the test files that a fault names, wherever they lie."""
    found = []
    for name in mutant.tests:
        paths = sorted((copy / "tests").rglob(name))
        if not paths:
            raise LookupError(f"{mutant.what}: there is no {name}")
        found += [str(path.relative_to(copy)) for path in paths]
    return found


def misfits(mutants: Sequence[Mutant], copy: Path) -> list[str]:
    """Say which faults cannot be planted, or name tests that are not there."""
    wrong = []
    for one in mutants:
        try:
            place_of(one, copy)
            tests_of(one, copy)
        except LookupError as error:
            wrong.append(str(error))
    return wrong


def _run(copy: Path, tests: Sequence[str], only: str) -> None:
    """Run tests in a process of its own, on the copy; its exit status is pytest's."""
    os.chdir(copy)
    sys.path[:] = [str(copy), str(copy / "book"), *(p for p in sys.path if p not in ("", "."))]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    words = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    words += ["-k", only] if only else []
    with Path("mutant.log").open("w") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
        import pytest

        status = 100 + int(pytest.main(words))
        import wganlib

        if not Path(wganlib.__file__).is_relative_to(copy):
            raise RuntimeError(f"another library was tested: {wganlib.__file__}")
        sys.stdout.flush()
    os._exit(status)


def outcome(copy: Path, tests: Sequence[str], only: str, limit: float) -> tuple[str, float]:
    """Run tests on the copy as it is: passed, failed, or why neither; and CPU seconds."""
    before = os.times()
    child = multiprocessing.get_context("fork").Process(target=_run, args=(copy, tests, only))
    child.start()
    child.join(limit)
    if child.is_alive():
        child.kill()
        child.join()
        return "failed (ran too long)", limit
    after = os.times()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    words = {PASSED: "passed", FAILED: "failed", BROKEN: "failed (not collected)"}
    if child.exitcode == NOTHING:
        raise LookupError(f"no test of {', '.join(tests)} is chosen by {only!r}")
    if child.exitcode not in words:
        log = (copy / "mutant.log").read_text("utf-8", "replace")
        raise RuntimeError(f"pytest ended with {child.exitcode}:\n{log[-2000:]}")
    return words[child.exitcode], spent


def culprit(copy: Path) -> str:
    """Return the test that failed, from what pytest wrote."""
    log = (copy / "mutant.log").read_text("utf-8", "replace")
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", log, re.MULTILINE)
    return found[1].rpartition("/")[2] if found else ""


@contextlib.contextmanager
def planted(mutant: Mutant, copy: Path) -> Iterator[None]:
    """Have the fault in the copy for a while."""
    path, changed = place_of(mutant, copy)
    sound = path.read_text("utf-8")
    path.write_text(changed, "utf-8")
    try:
        yield
    finally:
        path.write_text(sound, "utf-8")


def warm() -> None:
    """Load what is common, so that each process starts with it."""
    for name in WARM:
        with contextlib.redirect_stdout(io.StringIO()):
            __import__(name)


def try_all(mutants: Sequence[Mutant], copy: Path, *, limit: float, trust: bool) -> int:
    """Try the faults one by one, printing what became of each; how many were noticed."""
    killed = 0
    sound: set[tuple[str, ...]] = set()
    for one in mutants:
        tests = tests_of(one, copy)
        if not trust and (*tests, one.only) not in sound:
            seen, _ = outcome(copy, tests, one.only, limit)
            if seen != "passed":
                raise LookupError(f"{one.what}: {culprit(copy)} fails without any fault")
            sound.add((*tests, one.only))
        start = time.perf_counter()
        with planted(one, copy):
            seen, spent = outcome(copy, tests, one.only, limit)
        wall = time.perf_counter() - start
        killed += seen != "passed"
        verdict, by = ("SURVIVED", "") if seen == "passed" else ("killed", culprit(copy))
        print(f"{verdict:8}  {spent:5.1f} s CPU {wall:6.1f} s  {one.what}  {by}", flush=True)
    return killed


def main(words: Sequence[str] | None = None) -> int:
    """Try the faults; the status is 1 if one survives, 2 if the list does not fit the library."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--root", type=Path, default=root, help="checkout whose tests are tried")
    some = "only faults with one of these in their words or test files"
    parser.add_argument("--match", nargs="+", default=[""], metavar="TEXT", help=some)
    parser.add_argument("--limit", type=float, default=600, help="seconds for one fault [600]")
    parser.add_argument("--trust", action="store_true", help="do not try the sound library first")
    parser.add_argument("--check", action="store_true", help="only see that every fault fits")
    options = parser.parse_args(words)
    mutants = [one for one in read() if any(t in f"{one.what} {one.tests}" for t in options.match)]
    with tempfile.TemporaryDirectory() as name:
        copy = copy_of(options.root.resolve(), Path(name).resolve())
        if wrong := misfits(mutants, copy):
            print(*wrong, sep="\n", file=sys.stderr)
            return 2
        if options.check:
            print(f"{len(mutants)} faults fit the library")
            return 0
        warm()
        try:
            killed = try_all(mutants, copy, limit=options.limit, trust=options.trust)
        except LookupError as error:
            print(error, file=sys.stderr)
            return 2
    print(f"{killed} of {len(mutants)} killed")
    return 0 if killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())

"""What the whole book and the whole suite cost in CPU seconds, beside an older commit.

``python -m benchmarks.whole --old 24f0921 --times 3`` clones both commits, builds each book from
nothing, and runs each suite on what was built, in turns, in the environment that runs this.
CPU seconds are those of the command and of every process under it that it waited for; they move
less than wall time on a machine that does other things, and they do move. ``--only book`` leaves
the suites out. One round of both takes an hour on two cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import environment, write_json

ROOT = Path(__file__).resolve().parent.parent
#: What the Makefile calls; a warning is no reason to stop here.
COMMANDS = {
    "book": ["-c", "import sys; from jupyter_book.cli.main import main; sys.exit(main())",
             "build", ".", "--all", "-n", "--keep-going"],
    "test": ["-m", "pytest", "-q", "-n", "auto", "--dist", "loadscope", "--no-loadscope-reorder",
             "-p", "no:cacheprovider"],
}  # fmt: skip


def cost(words: list[str], tree: Path, log: Path) -> tuple[float, int]:
    """Return the CPU seconds of a command in a tree, and its exit status."""
    surroundings = {
        **os.environ,
        "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'book'}",
        "OMP_NUM_THREADS": "1",
        "POT_BACKEND_DISABLE_PYTORCH": "1",
    }
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, *words], cwd=tree, env=surroundings, stdout=out, stderr=out
        )
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, running.returncode


def main() -> int:
    """Clone, build, test, in turns; a table, and JSON with ``--json PATH``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", default="24f0921", help="the commit to compare with [24f0921]")
    parser.add_argument("--new", default="HEAD", help="the commit that is compared [HEAD]")
    parser.add_argument("--only", choices=sorted(COMMANDS), help="one of the two [both]")
    parser.add_argument("--times", type=int, default=3, help="rounds; medians are shown [3]")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    options = parser.parse_args()
    wanted = [name for name in COMMANDS if options.only in (None, name)]
    found: dict[str, dict[str, list[float]]] = {name: {"old": [], "new": []} for name in wanted}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.times):
            for side, ref in (("old", options.old), ("new", options.new)):
                tree = Path(folder) / f"{side}-{turn}"
                subprocess.run(["git", "clone", "-q", str(ROOT), str(tree)], check=True)
                subprocess.run(["git", "-C", str(tree), "checkout", "-q", ref], check=True)
                for name in COMMANDS if "test" in wanted else ["book"]:
                    log = Path(folder) / f"{side}-{turn}-{name}.log"
                    seconds, status = cost(COMMANDS[name], tree, log)
                    end = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
                    print(f"{name} {ref}: {seconds:.0f} CPU s, exit {status}, {end}", flush=True)
                    if name in found:
                        found[name][side].append(seconds)
    for name, sides in found.items():
        old, new = (statistics.median(sides[side]) for side in ("old", "new"))
        print(f"{name}: {old:.0f} → {new:.0f} CPU s, new/old {new / old:.2f}")
    if options.json:
        write_json(options.json, {"environment": environment("torch", "pytest"), "results": found})
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure what running a chapter takes, which its page and the first cell of its notebook say.

``python tools/chapter_costs.py`` runs every chapter by itself and writes CPU seconds and peak
memory to ``tools/chapter_costs.json``; with names, only these are measured anew.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COSTS = Path(__file__).with_suffix(".json")
#: A reader's machine is not this one: costs are said in steps, and rounded up from a fifth more.
STEPS = (10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200)
MORE = 1.2
RUN = """
import sys
from pathlib import Path
from run_chapter import run
run(*map(Path, sys.argv[1:]))
"""


def measure(path: Path) -> dict[str, int]:
    """Return CPU seconds and peak memory in MB of the processes that run a chapter."""
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "POT_BACKEND_DISABLE_PYTORCH": "1"}
    with tempfile.TemporaryDirectory() as folder:
        running = subprocess.Popen(
            [sys.executable, "-c", RUN, str(path), folder], cwd=ROOT / "tools", env=surroundings
        )
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise RuntimeError(f"{path.name}: expected a chapter that runs, got exit {status}")
    seconds = used.ru_utime + used.ru_stime
    return {"cpu_seconds": round(seconds), "memory_mb": round(used.ru_maxrss / 1024)}


def sentence(stem: str) -> str:
    """Return what is said of a chapter's cost, or nothing if it is not measured."""
    costs = json.loads(COSTS.read_text("utf-8")) if COSTS.is_file() else {}
    if stem not in costs:
        return ""
    needed = costs[stem]["cpu_seconds"] * MORE
    seconds = next((step for step in STEPS if step >= needed), STEPS[-1])
    time = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"
    memory = math.ceil(costs[stem]["memory_mb"] * MORE / 500) / 2
    return f"All cells together take about {time} of one core, and {memory:.1f} GB of memory."


def main(words: Sequence[str]) -> None:
    """Measure the chapters that are named, or all; each result is kept at once."""
    chapters = [path.stem for path in sorted((ROOT / "book").glob("*.md"))
                if "\nkernelspec:" in path.read_text("utf-8")]  # fmt: skip
    for stem in words or chapters:
        found = measure(ROOT / "book" / f"{stem}.md")
        costs = json.loads(COSTS.read_text("utf-8")) if COSTS.is_file() else {}
        kept = {name: cost for name, cost in costs.items() if name in chapters} | {stem: found}
        part = COSTS.with_suffix(".part")
        part.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n", "utf-8")
        part.replace(COSTS)
        print(stem, found, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

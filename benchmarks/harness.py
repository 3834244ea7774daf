"""What every benchmark shares: interleaved rounds, medians, ratios, a table and JSON.

Candidates take turns, round after round, so that a machine that slows down half-way slows
all of them alike. Ratios are taken within a round and their median reported: that cancels
what the rounds do not share.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

Candidate = Callable[[], object]


@dataclass(frozen=True)
class Comparison:
    """Seconds of several candidates for one task, and their ratios to the reference.

    Where peers are named, ``speedups`` says how many times as fast as the best of them each
    of the others is, and ``targets`` what it should be at least. ``remarks`` are a few words
    on a candidate, for the table. A task that could not be timed has no seconds, and its
    reference says why.
    """

    task: str
    reference: str
    seconds: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    rounds: int = 0
    calls: int = 0
    notes: dict[str, Any] = field(default_factory=dict)
    speedups: dict[str, float] = field(default_factory=dict)
    targets: dict[str, float] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


def _seconds(candidate: Candidate, calls: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(calls):
        candidate()
    return (clock() - start) / calls


def _calls(candidates: Mapping[str, Candidate], at_least: float) -> int:
    """Return how often to call in one round, so that the fastest one takes ``at_least``."""
    fastest = min(_seconds(candidate, 1, time.perf_counter) for candidate in candidates.values())
    return max(1, round(at_least / max(fastest, 1e-7)))


def compare(
    task: str,
    candidates: Mapping[str, Candidate],
    reference: str,
    *,
    rounds: int = 15,
    at_least: float = 0.005,
    notes: Mapping[str, Any] | None = None,
    work: Mapping[str, int] | None = None,
    peers: Sequence[str] = (),
    targets: Mapping[str, float] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Comparison:
    """Time candidates in turn; the first round, in which caches warm up, is not counted.

    Parameters
    ----------
    task : str
        What all of them do.
    candidates : mapping of str to callable
        What to time, without arguments.
    reference : str
        The candidate that the others are divided by.
    rounds : int
        How many times each is timed.
    at_least : float
        Seconds that a round of the fastest candidate should take; quick ones are repeated.
    notes : mapping, optional
        Facts to keep with the result, such as sizes.
    work : mapping of str to int, optional
        How many of the task a call of a candidate does, if not one; its seconds are of one.
    peers : sequence of str, optional
        The candidates that the others are to be faster than: than the best of them.
    targets : mapping of str to float, optional
        How many times as fast a candidate should be, at least.
    clock : callable
        What tells the time. ``time.process_time`` is fairer on a machine shared with others,
        for work of one process on a CPU.
    """
    for candidate in candidates.values():
        candidate()
    calls = _calls(candidates, at_least)
    times: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    for round_number in range(rounds + 1):
        # Each starts a round in turn, so that none always follows the same other.
        turn = round_number % len(names)
        for name in names[turn:] + names[:turn]:
            taken = _seconds(candidates[name], calls, clock) / (work or {}).get(name, 1)
            if round_number:
                times[name].append(taken)
    best = min(peers, key=lambda name: statistics.median(times[name]), default=None)
    speedups = {
        name: statistics.median(p / one for one, p in zip(taken, times[best], strict=True))
        for name, taken in times.items()
        if best is not None and name not in peers
    }
    return Comparison(
        task=task,
        reference=reference,
        seconds={name: statistics.median(taken) for name, taken in times.items()},
        ratios={
            name: statistics.median(
                one / other for one, other in zip(taken, times[reference], strict=True)
            )
            for name, taken in times.items()
        },
        rounds=rounds,
        calls=calls,
        notes=dict(notes or {}),
        speedups=speedups,
        targets=dict(targets or {}),
    )


def environment(*packages: str) -> dict[str, Any]:
    """Return what a reader needs to judge the numbers."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "not set"),
        "packages": {name: version(name) for name in packages},
    }


def table(results: list[Comparison]) -> str:
    """Lay results out as a Markdown table, with a column only where something is in it."""
    head = ["task", "candidate", "median", "ratio", "times the best peer", "target", "remark"]
    rows = []
    for result in results:
        if not result.seconds:
            rows.append([result.task, result.reference, "", "", "", "", ""])
        for name, seconds in result.seconds.items():
            ratio = "1" if name == result.reference else f"{result.ratios[name]:.3g}"
            times = f"{result.speedups[name]:.2f}" if name in result.speedups else ""
            target = f"≥ {result.targets[name]:g}" if name in result.targets else ""
            remark = result.remarks.get(name, "")
            rows.append([result.task, name, _readable(seconds), ratio, times, target, remark])
    used = [i for i in range(len(head)) if i < 4 or any(row[i] for row in rows)]
    rule = ["---:" if 2 <= i < 6 else "---" for i in range(len(head))]
    return "\n".join("| " + " | ".join(row[i] for i in used) + " |" for row in [head, rule, *rows])


def _readable(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def write_json(path: Path, payload: object) -> None:
    """Write beside the target, then rename: no reader sees half a file."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(payload, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def main(
    description: str, run: Callable[[bool], list[Comparison]], packages: tuple[str, ...]
) -> None:
    """Run a benchmark from the command line: a table, and JSON with ``--json PATH``.

    ``run`` gets True for ``--quick``: smaller and fewer, to see that it works.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller sizes")
    options = parser.parse_args()
    results = run(options.quick)
    sys.stdout.write(table(results) + "\n")
    if options.json:
        payload = {
            "environment": environment(*packages),
            "results": [asdict(result) for result in results],
        }
        write_json(options.json, payload)

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
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

Candidate = Callable[[], object]


@dataclass(frozen=True)
class Comparison:
    """Seconds of several candidates for one task, and their ratios to the reference."""

    task: str
    reference: str
    seconds: dict[str, float]
    ratios: dict[str, float]
    rounds: int
    calls: int
    notes: dict[str, Any] = field(default_factory=dict)


def _seconds(candidate: Candidate, calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        candidate()
    return (time.perf_counter() - start) / calls


def _calls(candidates: Mapping[str, Candidate], at_least: float) -> int:
    """Return how often to call in one round, so that the fastest one takes ``at_least``."""
    fastest = min(_seconds(candidate, 1) for candidate in candidates.values())
    return max(1, round(at_least / max(fastest, 1e-7)))


def compare(
    task: str,
    candidates: Mapping[str, Candidate],
    reference: str,
    *,
    rounds: int = 15,
    at_least: float = 0.005,
    notes: Mapping[str, Any] | None = None,
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
            taken = _seconds(candidates[name], calls)
            if round_number:
                times[name].append(taken)
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
    """Lay results out as a Markdown table."""
    lines = ["| task | candidate | median | ratio |", "|---|---|---:|---:|"]
    for result in results:
        for name, seconds in result.seconds.items():
            ratio = "1" if name == result.reference else f"{result.ratios[name]:.3g}"
            lines.append(f"| {result.task} | {name} | {_readable(seconds)} | {ratio} |")
    return "\n".join(lines)


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

"""Write down all that a reader sees, to compare before and after a change that must not show.

``python tools/golden.py before.json`` runs every chapter and keeps what its cells print, the
ledger's rows, and a hash of each figure, question and quiz on it; then a hash of the ``History``
of every rule, optimiser and objective. ``python tools/golden.py after.json before.json`` says
what differs, and names of chapters after that take these alone. One machine, one sitting: the
last digits of a training belong to its processor.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "book"), str(ROOT / "book" / "_ext")]

from run_chapter import run  # noqa: E402

#: What a widget was given to show.
SHOWN = ("scene", "task", "questions", "source", "target", "scenes")


def digest(value: Any) -> str:
    """Hash anything that JSON can hold."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def of_cell(cell: Any) -> Any:
    """Return what a cell prints and records; a live one may tell the time, so not its text."""
    texts, claims = [], []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        texts.append(output.get("text", ""))
        if "application/vnd.jupyter.widget-view+json" not in data:
            texts.append(data.get("text/plain", ""))
        claims.append(output.get("metadata", {}).get("wganlib"))
    live = "live" in cell.metadata.get("tags", ())
    return ["" if live else "".join(texts), [claim for claim in claims if claim]]


def of_chapter(name: str) -> dict[str, Any]:
    """Run a chapter and return its record."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = nbformat.read(run(ROOT / "book" / f"{name}.md", Path(folder)), 4)
    states = [
        model["state"]
        for kept in notebook.metadata.get("widgets", {}).values()
        for model in kept["state"].values()
    ]
    shown = [(key, state[key]) for state in states for key in SHOWN if state.get(key)]
    # A model's key is drawn anew each time, and with it the order.
    figures = sorted(
        (key, value.get("title", "") if isinstance(value, dict) else "", digest(value))
        for key, value in shown
    )
    cells = [of_cell(cell) for cell in notebook.cells if cell.cell_type == "code"]
    return {"cells": cells, "shown": [list(figure) for figure in figures]}


def of_questions() -> dict[str, str]:
    """Return a hash of each question of the book, with its answer and what each slip gives."""
    from wganbook import questions
    from wganbook.questions import _bank

    record = {
        f"quiz {place} {name}": digest(dataclasses.asdict(question))
        for place, (name, question) in enumerate(_bank.questions().items())
    }
    for name, task in questions.EXERCISES.items():
        slips = [[hint, repr(slip())] for hint, slip in task.slips.items()]
        record[f"exercise {name}"] = digest([repr(task.answer()), task.tolerance, slips])
    for name, choice in questions.CHOICES.items():
        record[f"choice {name}"] = digest(dataclasses.asdict(choice))
    return record


def of_trainings() -> Iterator[tuple[str, str]]:
    """Yield a hash of what each rule, optimiser and objective leaves in a ``History``."""
    import wganlib as wg
    from wganlib.paper.choices import OBJECTIVES, OPTIMISERS, RULES

    for rule in RULES:
        for optimiser in OPTIMISERS:
            for objective in OBJECTIVES:
                strength = (1.0,) if RULES[rule].option else ()
                history = wg.train(
                    wg.MLP([2, 8, 2], seed=[0, 1]),
                    wg.MLP([2, 8, 1], seed=[0, 1]),
                    wg.ring_of_gaussians(8),
                    seed=[0, 1],
                    steps=6,
                    batch=8,
                    evaluate_every=3,
                    evaluation_points=16,
                    objective=OBJECTIVES[objective].make(),
                    lipschitz=RULES[rule].make(*strength),
                    optimiser=OPTIMISERS[optimiser].make(1e-3),
                    on_failure="freeze",
                    device="cpu",
                )
                yield f"{rule} {optimiser} {objective}", digest(_of_history(history))


def _of_history(history: Any) -> dict[str, Any]:
    fields = {f.name: getattr(history, f.name) for f in dataclasses.fields(history)}
    kept = {k: v for k, v in fields.items() if k not in ("wall_time", "versions")}
    return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in kept.items()}


def differences(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """Yield every place in which two records differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from differences(old.get(key), new.get(key), f"{place}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{place}/{i}")
    elif old != new:
        yield f"{place}: {str(old)[:200]!r} became {str(new)[:200]!r}"


def main(words: Sequence[str]) -> int:
    """Write the record, and compare it with an older one; the status is 1 if they differ."""
    out, old = Path(words[0]), Path(words[1]) if words[1:] else None
    pages = (ROOT / "book").glob("*.md")
    names = sorted(page.stem for page in pages if "kernelspec" in page.read_text("utf-8"))
    names = [name for name in names if not words[2:] or name in words[2:]]
    record: dict[str, Any] = {"questions": of_questions(), "trainings": dict(of_trainings())}
    for name in names:
        record[name] = of_chapter(name)
        print(name, len(record[name]["shown"]), "shown", file=sys.stderr, flush=True)
    out.write_text(json.dumps(record, indent=1, ensure_ascii=False), "utf-8")
    if old is None:
        return 0
    before = json.loads(old.read_text("utf-8"))
    found = list(differences({key: before[key] for key in record if key in before}, record))
    print(*found or [f"equal: {', '.join(record)}"], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

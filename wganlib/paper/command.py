"""The command ``wganlib study``: list, run or check the studies behind the book's verdicts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import util
from pathlib import Path
from typing import TextIO

from wganlib import _validate
from wganlib.cli_words import Parser
from wganlib.paper.experiment import Failure
from wganlib.paper.folder import load, run
from wganlib.paper.studies import STUDIES
from wganlib.paper.study import Kept

DESCRIPTION = """\
The studies behind the verdicts of the book: named, seeded computations whose
results are kept.

  wganlib study list           what each of them asks
  wganlib study run NAME       compute one, or go on where it was stopped
  wganlib study check NAME     compare this machine, on fresh seeds, with the
                               result that is kept
"""


def kept_results() -> Path:
    """Return the folder of results that comes with the book.

    Raises
    ------
    wganlib.paper.experiments.Failure
        If the book is not installed.
    """
    found = util.find_spec("wganbook")
    if found is None or not found.submodule_search_locations:
        raise Failure("the book's results are not installed: name a folder with --results DIR")
    return Path(next(iter(found.submodule_search_locations))) / "results"


def build(parser: Callable[..., Parser]) -> Parser:
    """Return the command's options, on a parser of the command line's own kind."""
    made = parser(prog="wganlib study", description=DESCRIPTION)
    made.add_argument("action", help="list, run or check")
    made.add_argument("names", nargs="*", metavar="NAME", help="which studies; with check, all")
    made.add_argument("--out", metavar="DIR", help="folder that keeps NAME/, for run")
    made.add_argument("--fresh", action="store_true", help="compute anew what is there, for run")
    made.add_argument("--results", metavar="DIR", help="kept results [those of the book]")
    made.add_argument("--seeds", metavar="N", type=int, help="fresh seeds [what the study says]")
    made.add_argument(
        "--full", action="store_true", help="as many fresh seeds as the kept result has"
    )
    return made


def main(arguments: argparse.Namespace, to: TextIO) -> int:
    """Carry the command out; 1 if a machine does not agree."""
    action = _validate.one_of(arguments.action, "action", ("list", "run", "check"))
    names = [_validate.one_of(name, "study", STUDIES) for name in arguments.names]
    if action == "list":
        for name, study in STUDIES.items():
            rows = ", ".join(study.rows) or "no row"
            to.write(f"{name} ({rows})\n    {study.question}\n")
        return 0
    if action == "run":
        if not names:
            raise ValueError("NAME: expected the name of a study; see: wganlib study list")
        return _run(names, arguments, to)
    return _check(names or list(STUDIES), arguments, to)


def _run(names: Sequence[str], arguments: argparse.Namespace, to: TextIO) -> int:
    for name in names:
        out = None if arguments.out is None else Path(arguments.out) / name
        kept = run(name, out, fresh=arguments.fresh, progress=sys.stderr.isatty())
        to.write(f"{name}: {kept.wall_time:.0f} s\n")
        for row, finding in kept.findings.items():
            to.write(f"  {row}: {finding.verdict}. {finding.sentence}\n")
    return 0


def _check(names: Sequence[str], arguments: argparse.Namespace, to: TextIO) -> int:
    from wganlib.paper.agree import FALSE_ALARM, check

    folder = Path(arguments.results) if arguments.results else kept_results()
    differ = 0
    for name in names:
        kept: Kept = load(folder / name)
        if kept.study.quantities is None:
            to.write(
                f"{name}: not checked, as too few seeds are kept ({len(kept.seeds)}) for a check "
                "that could disagree; no verdict rests on it\n"
            )
            continue
        count = len(kept.seeds) if arguments.full else arguments.seeds
        found = check(kept, seeds=count)
        word = "agrees" if found.agrees else "does not agree"
        to.write(
            f"{name}: this machine {word} ({found.seeds} fresh seeds, "
            f"{len(found.probabilities)} quantities)\n"
        )
        least = min(found.probabilities, key=lambda key: found.probabilities[key])
        to.write(f"    least probable: {least}, p = {found.probabilities[least]:.2g}\n")
        to.write(
            f"    a false alarm in {FALSE_ALARM:.0%} of studies; a shift of "
            f"{found.detectable:.1f} standard deviations is told in 90 %\n"
        )
        differ += not found.agrees
    return 1 if differ else 0

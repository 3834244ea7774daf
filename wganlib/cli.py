"""The command line: ``wganlib train``, ``figure``, ``list`` and ``info``.

Everything that it computes comes from ``wganlib.experiments``; here words become settings,
and rows become a table or JSON. Nothing heavy is loaded before the arguments are understood.
"""

from __future__ import annotations

import argparse
import difflib
import io
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import wganlib
from wganlib import _validate, distributed

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

OVERVIEW = """\
The Wasserstein GAN from the command line: small trainings, the paper's
figures, their numbers.

commands:
  list      what there is: data sets, objectives, Lipschitz rules, figures
  figure    compute the numbers behind a figure of the paper
  train     train a GAN or a WGAN on points in the plane, several seeds at once
  info      versions and devices, or what a saved result holds

examples:
  wganlib list
  wganlib figure 1
  wganlib train ring --seeds 4 --out results/ring
  wganlib info results/ring
  wganlib train --help

Numbers go to standard output, as a table or with --json; remarks and the
progress bar go to standard error. The exit status is 0 if all went well, 1 if
something failed, 2 if the command was not understood, and 130 after Ctrl-C.
"""

TRAIN = """\
Train a generator against a critic on points in the plane, by Algorithm 1 of
the Wasserstein GAN paper. All seeds train at once, and the table gives means
with 95 % intervals over them.
"""

TRAIN_MORE = """\
The defaults are the paper's: RMSProp with α = 5e-5, weights clipped to ±0.01,
batches of 64, five critic steps for each generator step. They were chosen for
images and long trainings; in the plane they go the right way, slowly. Larger
steps show more in less time (second example).

The estimate is E f(real) − E f(generated). It has the units of EM times the
critic's slope, so compare it with itself over time and not with exact EM. For
a GAN it is ½L + log 2, a bound on JS.

With --out DIR the result is kept: history.npz (wganlib.History.load reads it,
without torch), config.json (settings, versions, hardware, wall time) and
checkpoint.npz. The same command goes on where it was stopped, by Ctrl-C or by
a power cut, and ends with the same numbers as if it had never been; a larger
--steps goes further.

examples:
  wganlib train ring
  wganlib train ring --lr 1e-3 --c 0.1 --seeds 8
  wganlib train grid --lipschitz penalty --penalty 0.1 --lr 5e-4 --out grid
  wganlib train ring --objective minimax --n-critic 1 --json > ring.json
"""

FIGURE = """\
Compute the numbers behind a figure of the paper. Seeds and settings are fixed,
so the numbers are the same each time; they stand in config.json with --out.
"""

FIGURE_MORE = """\
With --out DIR every part of a figure is kept as soon as it is computed, and
the same command goes on with the parts that are missing. Figures 3 to 8 train
on images and share their trainings if they share DIR, where a sheet of samples
is kept beside the numbers of each.

--budget small is for a CPU: digits of 16×16 pixels, a few minutes a figure.
--budget paper has the published sizes, for 64×64 pixels and a GPU; nobody has
run it to its end yet.

--check DIR computes a kept result again, of figures 3 to 8 one seed of the
first part, and says what differs.

examples:
  wganlib figure 1
  wganlib figure 2 --out results/figure-2
  wganlib figure 2 --json > figure-2.json
  wganlib figure 3 --out results/images
  wganlib figure 3 --check results/images
  wganlib figure 3 --data mnist --budget paper --device cuda --out results/mnist
"""


class _Usage(Exception):
    """The command was not understood."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and where help is."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **settings,
        )

    def error(self, message: str) -> NoReturn:
        """Refuse the command."""
        raise _Usage(f"{self.prog}: {message} (try: {self.prog} --help)")

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Understand all words or refuse them, with the nearest option for an unknown one."""
        known, extra = self.parse_known_args(words)
        if extra:
            options = [name for name in self._option_string_actions if name.startswith("--")]
            near = difflib.get_close_matches(extra[0].partition("=")[0], options, n=2, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            self.error(f"{extra[0]} is not an option{hint}")
        for name in ("out", "check", "root", "path"):
            if getattr(known, name, None) == "":  # --out "$DIR" would write here, were DIR unset
                self.error(f"{name}: expected a path, got an empty one")
        return known


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from error


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}") from error


def _keep(parser: _Parser) -> Any:
    group = parser.add_argument_group("where the result goes")
    group.add_argument(
        "--out", metavar="DIR", help="keep the result there; nothing is kept without it"
    )
    group.add_argument("--fresh", action="store_true", help="start anew, over what is in DIR")
    group.add_argument("--json", action="store_true", help="print JSON in place of a table")
    return group


def _run_on(group: Any) -> None:
    group.add_argument(
        "--device",
        metavar="NAME",
        default="cpu",
        help="cpu, cuda, or auto: a GPU if there is one [cpu]",
    )
    group.add_argument(
        "--threads",
        metavar="N",
        type=_whole,
        default=1,
        help="CPU threads; networks this small are fastest with one [1]",
    )


def _train_parser() -> _Parser:
    parser = _Parser(prog="wganlib train", description=TRAIN, epilog=TRAIN_MORE)
    parser.add_argument("dataset", help="ring or grid; see: wganlib list")
    group = parser.add_argument_group(
        "the algorithm; in brackets the defaults, which are the paper's"
    )
    add = group.add_argument
    add(
        "--objective",
        metavar="NAME",
        default="wgan",
        help="wgan, minimax, or non-saturating: a GAN with the −log D trick [wgan]",
    )
    add(
        "--lipschitz",
        metavar="RULE",
        default="",
        help="clipping, sphere, penalty, one-sided-penalty, spectral, none "
        "[clipping for wgan, none for a GAN]",
    )
    add("--c", metavar="C", type=_number, help="with clipping: weights stay in ±C [0.01]")
    add(
        "--penalty",
        metavar="LAMBDA",
        type=_number,
        help="with a penalty: its weight [10, from the paper on penalties; 0.1 suits the plane]",
    )
    add("--radius", metavar="R", type=_number, help="with sphere: the norm of all weights")
    add("--lr", metavar="ALPHA", type=_number, default=5e-5, help="step size α [5e-5]")
    add(
        "--optimiser",
        metavar="NAME",
        default="rmsprop",
        help="rmsprop, adam or sgd [rmsprop: the paper found momentum to harm]",
    )
    add(
        "--n-critic",
        metavar="N",
        type=_whole,
        default=5,
        help="critic steps for each generator step [5]",
    )
    add("--batch", metavar="M", type=_whole, default=64, help="points in a batch [64]")
    group = parser.add_argument_group("the experiment; in brackets the defaults, which are ours")
    add = group.add_argument
    add("--steps", metavar="N", type=_whole, default=1000, help="generator steps [1000]")
    add(
        "--seeds",
        metavar="N",
        type=_whole,
        default=1,
        help="how many runs, each with its own seed, 0, 1, ... [1]",
    )
    add("--first-seed", metavar="S", type=_whole, default=0, help="count seeds from S [0]")
    add("--width", metavar="N", type=_whole, default=64, help="of each hidden layer [64]")
    add("--depth", metavar="N", type=_whole, default=3, help="hidden layers [3]")
    add(
        "--evaluate-every",
        metavar="N",
        type=_whole,
        default=100,
        help="measure exact EM every N generator steps; 0 for never [100]",
    )
    _run_on(group)
    _keep(parser).add_argument(
        "--checkpoint",
        metavar="N",
        type=_whole,
        default=500,
        help="with --out: keep the state every N generator steps [500]",
    )
    return parser


def _figure_parser() -> _Parser:
    parser = _Parser(prog="wganlib figure", description=FIGURE, epilog=FIGURE_MORE)
    parser.add_argument("number", help="which figure; see: wganlib list")
    group = parser.add_argument_group("figures 3 to 8")
    add = group.add_argument
    add(
        "--data",
        metavar="NAME",
        help="digits, mnist, fashion-mnist, cifar10, folder, lsun [digits]",
    )
    add("--root", metavar="PATH", help="where the images are, if their name does not say")
    add("--seeds", metavar="N", type=_whole, help="how many runs of each training [5]")
    add("--budget", metavar="NAME", help="small, for a CPU, or paper, for a GPU [small]")
    _run_on(parser)
    _keep(parser).add_argument(
        "--check", metavar="DIR", help="compare the result there with one computed anew"
    )
    return parser


def _list_parser() -> _Parser:
    parser = _Parser(prog="wganlib list", description="Say what can be trained and computed.")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    return parser


def _info_parser() -> _Parser:
    parser = _Parser(
        prog="wganlib info",
        description="Show versions, threads and devices, or what a saved result holds.",
        epilog="examples:\n  wganlib info\n  wganlib info results/ring\n",
    )
    parser.add_argument("path", nargs="?", help="a result's directory, or its history.npz")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    return parser


# --- tables and JSON -------------------------------------------------------------------


def _json_number(value: Any) -> Any:
    """Return a value that strict JSON can hold: infinity as text, NaN as null."""
    if isinstance(value, Mapping):
        return {key: _json_number(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_number(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _print_json(content: Mapping[str, Any], to: TextIO) -> None:
    json.dump(_json_number(content), to, indent=1, ensure_ascii=False, allow_nan=False)
    to.write("\n")


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    number = float(value)
    if math.isnan(number):
        return "–"
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    if number == int(number) and abs(number) < 1e6:
        return str(int(number)).replace("-", "−")
    return f"{number:.4g}".replace("-", "−")


def _print_rows(rows: Sequence[Mapping[str, Any]], to: TextIO) -> None:
    if not rows:
        return
    heads = [key for key in rows[0] if not _all_missing(rows, key)]
    cells = [[_cell(row[key]) for key in heads] for row in rows]
    shown = ["±" if head.startswith("± ") else head for head in heads]
    widths = [max(map(len, column)) for column in zip(shown, *cells, strict=True)]
    for line in (shown, *cells):
        pieces = (text.rjust(width) for text, width in zip(line, widths, strict=True))
        to.write("  ".join(pieces).rstrip() + "\n")


def _all_missing(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    """An interval of a single run is no column."""
    return key.startswith("± ") and all(math.isnan(row[key]) for row in rows)


def _print_named(values: Mapping[str, Any], to: TextIO) -> None:
    names = [name for name in values if not name.startswith("± ")]
    width = max(map(len, names), default=0)
    for name in names:
        text = _cell(values[name])
        if f"± {name}" in values:
            text += f" ± {_cell(values[f'± {name}'])}"
        to.write(f"{name:{width}}  {text}\n")


def _say(sentence: str) -> None:
    """Tell the reader something that is not a number of the result."""
    print(sentence, file=sys.stderr)


# --- the commands ----------------------------------------------------------------------


def _prepare(arguments: argparse.Namespace) -> None:
    threads = _validate.integer(arguments.threads, "threads", at_least=1)
    if arguments.fresh and arguments.out is None:
        raise ValueError("fresh: expected --out DIR with it, got none")
    import torch

    torch.set_num_threads(threads)
    distributed.start()


def _train(words: Sequence[str], to: TextIO) -> int:
    arguments = _train_parser().parse(words)
    from wganlib import experiments

    first = _validate.integer(arguments.first_seed, "first_seed", at_least=0)
    count = _validate.integer(arguments.seeds, "seeds", at_least=1)
    every = _validate.integer(arguments.checkpoint, "checkpoint", at_least=1)
    names = (
        "objective",
        "lipschitz",
        "c",
        "radius",
        "penalty",
        "optimiser",
        "lr",
        "n_critic",
        "batch",
        "steps",
        "width",
        "depth",
        "evaluate_every",
    )
    training = experiments.Training(
        arguments.dataset,
        seeds=range(first, first + count),
        **{name: getattr(arguments, name) for name in names},
    )
    _prepare(arguments)
    history, failure = experiments.train(
        training,
        out=arguments.out,
        checkpoint_every=every,
        fresh=arguments.fresh,
        device=arguments.device,
        progress=sys.stderr.isatty(),
    )
    rows = experiments.course(history)
    floor, _ = experiments.interval(history.em_floor)
    failed = {str(run): int(step) for run, step in enumerate(history.failed_step) if step >= 0}
    if arguments.json:
        _print_json(
            {
                "command": training.command(),
                "settings": training.settings(),
                "versions": experiments.versions(),
                "steps_done": history.steps,
                "rows": rows,
                "floor": floor,
                "failed": failed,
                "wall_time": history.wall_time,
            },
            to,
        )
    else:
        to.write(
            f"{training.command()}\n{count} run{'s' * (count > 1)}, {history.steps} generator "
            f"steps, {history.wall_time:.1f} s\n\n"
        )
        _print_rows(rows, to)
        if rows:
            to.write(f"\nreal against real: EM {_cell(floor)}, which a perfect generator scores\n")
    to.flush()
    if arguments.out is None:
        _say("wganlib train: nothing was kept; --out DIR keeps the result")
    return _outcome(training, history.steps, failed, failure)


def _outcome(training: Any, done: int, failed: Mapping[str, int], failure: Any) -> int:
    """Return the exit status of a training, saying why it is not 0."""
    if failure is not None:
        _say(f"wganlib train: every run has failed: {failure}")
        return FAILED
    if done < training.steps:
        _say(
            f"wganlib train: stopped after {done} of {training.steps} generator steps; "
            "with --out, the same command goes on"
        )
        return INTERRUPTED
    if failed:
        at = ", ".join(f"run {run} at step {step}" for run, step in failed.items())
        _say(f"wganlib train: a loss was not finite in {at}; the other runs are whole")
        return FAILED
    return OK


def _figure(words: Sequence[str], to: TextIO) -> int:
    arguments = _figure_parser().parse(words)
    from wganlib import experiments

    number = _validate.one_of(arguments.number, "number", map(str, experiments.FIGURES))
    _prepare(arguments)
    if arguments.check is not None:
        return _check(int(number), arguments, to)
    result = experiments.figure(
        int(number),
        data=arguments.data,
        seeds=arguments.seeds,
        budget=arguments.budget,
        root=arguments.root,
        out=arguments.out,
        fresh=arguments.fresh,
        device=arguments.device,
        progress=sys.stderr.isatty(),
    )
    found = result.experiment
    if arguments.json:
        _print_json(
            {
                "figure": int(number),
                "title": found.title,
                "source": found.source,
                "settings": found.settings,
                "versions": experiments.versions(),
                "rows": result.rows,
                "summary": result.summary,
                "wall_time": result.wall_time,
            },
            to,
        )
        return OK
    to.write(f"Figure {number}. {found.title}\n{found.source}\n\n")
    _print_rows(result.rows, to)
    to.write("\n")
    _print_named(result.summary, to)
    return OK


def _check(number: int, arguments: argparse.Namespace, to: TextIO) -> int:
    """Compare a kept result with one computed anew; the exit status says whether they agree."""
    from wganlib import experiments

    for name in ("data", "seeds", "budget", "out"):
        if getattr(arguments, name) is not None:
            raise ValueError(f"{name}: expected no --{name} with --check, which reads it from DIR")
    kept = experiments.read_config(_existing(arguments.check))
    compared, differences = experiments.check(
        number, arguments.check, root=arguments.root, device=arguments.device
    )
    now = experiments.versions()
    changed = [
        f"{name} {was} there, {now.get(name)} here"
        for name, was in kept["versions"].items()
        if now.get(name) != was
    ]
    if arguments.json:
        rows = [
            {"part": d.part, "name": d.name, "largest": d.largest, "scale": d.scale}
            for d in differences
        ]
        _print_json(
            {"figure": number, "compared": compared, "differences": rows, "versions": changed}, to
        )
    else:
        for d in differences:
            to.write(
                f"{d.part}/{d.name}: differs by up to {_cell(d.largest)}, where values go up to "
                f"{_cell(d.scale)}\n"
            )
        agree = len(compared) - sum(f"{d.part}/{d.name}" in compared for d in differences)
        to.write(f"{agree} of {len(compared)} arrays agree\n")
        for line in changed:
            to.write(f"another version: {line}\n")
    return FAILED if differences else OK


def _existing(path: str) -> Path:
    """Return a result's directory, or say that it is none."""
    from wganlib import experiments

    folder = Path(path)
    if not (folder / experiments.CONFIG).exists():
        raise experiments.Failure(
            f"{folder}: holds no {experiments.CONFIG}, so it is no result of wganlib"
        )
    return folder


def _list(words: Sequence[str], to: TextIO) -> int:
    arguments = _list_parser().parse(words)
    from wganlib import experiments

    groups: dict[str, Mapping[str, Any]] = {
        "data sets (wganlib train NAME)": experiments.DATASETS,
        "objectives (--objective)": experiments.OBJECTIVES,
        "Lipschitz rules (--lipschitz)": experiments.RULES,
        "optimisers (--optimiser)": experiments.OPTIMISERS,
        "figures (wganlib figure N)": {str(n): e for n, e in experiments.FIGURES.items()},
    }
    keys = ("datasets", "objectives", "lipschitz", "optimisers", "figures")
    titles = [{name: entry.title for name, entry in group.items()} for group in groups.values()]
    if arguments.json:
        _print_json(dict(zip(keys, titles, strict=True)), to)
        return OK
    for heading, group in zip(groups, titles, strict=True):
        to.write(f"{heading}\n")
        for name, title in group.items():
            to.write(f"  {name:18}{title}\n")
    return OK


def _info(words: Sequence[str], to: TextIO) -> int:
    arguments = _info_parser().parse(words)
    from wganlib import experiments

    if arguments.path is not None:
        saved = experiments.read(arguments.path)
        if arguments.json:
            _print_json({**saved.config, "rows": saved.rows}, to)
            return OK
        for name, value in saved.config.items():
            if isinstance(value, dict):
                to.write(f"{name}\n")
                _print_named({f"  {key}": _brief(item) for key, item in value.items()}, to)
            elif name != "format":
                to.write(f"{name}: {_brief(value)}\n")
        to.write("\n")
        _print_rows(saved.rows, to)
        return OK
    import torch

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    content: dict[str, dict[str, Any]] = {
        "versions": experiments.versions(),
        "threads": {"torch": torch.get_num_threads(), "cores": os.cpu_count() or 1},
        "devices": {
            "cpu": experiments.hardware()["processor"],
            **{f"cuda:{i}": name for i, name in enumerate(gpus)},
        },
    }
    if arguments.json:
        _print_json(content, to)
        return OK
    for heading, values in content.items():
        to.write(f"{heading}\n")
        _print_named({f"  {name}": value for name, value in values.items()}, to)
    return OK


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= 72 else text[:69] + "..."


COMMANDS = {"train": _train, "figure": _figure, "list": _list, "info": _info}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    words : sequence of str, optional
        The command and its options; those of the process if left out.

    Returns
    -------
    int
        The exit status: 0, 1 for a failure, 2 for a command that was not understood, 130
        after Ctrl-C.

    Source
    ------
    The figures are those of Arjovsky, Chintala and Bottou (2017).

    Examples
    --------
    >>> main(["figure", "9"])
    2
    """
    words = sys.argv[1:] if words is None else list(words)
    name = f"wganlib {words[0]}" if words and words[0] in COMMANDS else "wganlib"
    try:
        status = _dispatch(words)
        sys.stdout.flush()
        return status
    except SystemExit as stop:  # argparse leaves this way after --help
        return stop.code if isinstance(stop.code, int) else OK
    except _Usage as error:
        _say(str(error))
        return USAGE
    except (TypeError, ValueError) as error:
        if type(error) not in (TypeError, ValueError):  # such as UnicodeError: no argument's fault
            raise
        _say(f"{name}: {error}")
        return USAGE
    except KeyboardInterrupt:
        _say(f"{name}: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough, as in: wganlib list | head -1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{name}: {where}{error.strerror or error}")
        _forget_output()
        return FAILED
    except MemoryError as error:
        _say(f"{name}: {error or 'out of memory'}")
        return FAILED
    except Exception as error:
        from wganlib.experiments import Failure

        if not isinstance(error, Failure):
            raise
        _say(f"{name}: {error}")
        return FAILED


def _forget_output() -> None:
    """Drop what could not be written, so that Python does not try again as it leaves."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(words: Sequence[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(OVERVIEW)
        return OK if words else USAGE
    if words[0] in ("-V", "--version"):
        sys.stdout.write(f"wganlib {wganlib.__version__}\n")
        return OK
    try:
        command = COMMANDS[_validate.one_of(words[0], "command", COMMANDS)]
    except ValueError as error:
        raise _Usage(f"wganlib: {error} (try: wganlib --help)") from error
    # Of several processes the first one prints, and the others compute.
    to = sys.stdout if distributed.launched_first() else io.StringIO()
    try:
        return command(words[1:], to)
    finally:
        distributed.stop()

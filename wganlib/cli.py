"""The command line: ``wganlib train``, ``sweep``, ``sample``, ``figure``, ``list`` and ``info``.

Everything that it computes comes from ``wganlib.paper.experiments``; here words become settings,
and rows become a table or JSON. Nothing heavy is loaded before the arguments are understood.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import wganlib
from wganlib import cli_words
from wganlib.cli_tables import cell, plain_letters, print_json, print_named, print_rows
from wganlib.cli_words import OVERVIEW, Usage
from wganlib.training import distributed

if TYPE_CHECKING:
    import argparse

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def _say(sentence: str) -> None:
    """Tell the reader something that is not a number of the result."""
    print(sentence, file=sys.stderr)


# --- the commands ----------------------------------------------------------------------


def _prepare(arguments: argparse.Namespace) -> None:
    from wganlib import _validate

    threads = _validate.integer(arguments.threads, "threads", at_least=1)
    if arguments.fresh and arguments.out is None:
        raise ValueError("fresh: expected --out DIR with it, got none")
    import torch

    torch.set_num_threads(threads)
    distributed.start()


def _train(words: Sequence[str], to: TextIO) -> int:
    arguments = cli_words.train_parser().parse(words)
    from wganlib import _validate
    from wganlib.paper import experiments

    first = _validate.integer(arguments.first_seed, "first_seed", at_least=0)
    count = _validate.integer(arguments.seeds, "seeds", at_least=1)
    every = _validate.integer(arguments.checkpoint, "checkpoint", at_least=1)
    names = {field.name for field in fields(experiments.Training)} - {"dataset", "seeds"}
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
    if history.resumed:
        _say(f"wganlib train: taken up again after generator step {history.resumed[-1]}")
    failed = {str(run): int(step) for run, step in enumerate(history.failed_step) if step >= 0}
    _report(training, history, failed, arguments.json, to)
    to.flush()
    if arguments.out is None:
        _say("wganlib train: nothing was kept; --out DIR keeps the result")
    return _outcome(training, history.steps, failed, failure)


def _report(
    training: Any, history: Any, failed: Mapping[str, int], as_json: bool, to: TextIO
) -> None:
    """Print the course of a training, as a table or as JSON."""
    from wganlib.paper import experiments

    rows = experiments.course(history)
    floor, _ = experiments.interval(history.em_floor)
    count = len(training.seeds)
    if as_json:
        print_json(
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
        print_rows(rows, to)
        if rows:
            to.write(f"\nreal against real: EM {cell(floor)}, which a perfect generator scores\n")


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


def _sweep(words: Sequence[str], to: TextIO) -> int:
    arguments = cli_words.sweep_parser().parse(words)
    from wganlib import _validate
    from wganlib.paper import experiments

    first = _validate.integer(arguments.first_seed, "first_seed", at_least=0)
    count = _validate.integer(arguments.seeds, "seeds", at_least=1)
    ours = ("dataset", "seeds", "first_seed", "out", "workers", "json")
    given = {k: v for k, v in vars(arguments).items() if v is not None and k not in ours}
    settings = experiments.grid(dataset=[arguments.dataset], **given)
    for one in settings:
        experiments.Training(**one, seeds=(first,))  # refused before the first run
    found = experiments.sweep(
        experiments.final,
        settings,
        seeds=range(first, first + count),
        out=arguments.out,
        workers=arguments.workers,
        progress=sys.stderr.isatty(),
    )
    failed = {f"{i}, seed {seed}": text for (i, seed), text in found.failed.items()}
    if arguments.json:
        print_json(
            {
                "settings": found.settings,
                "seeds": list(found.seeds),
                "versions": experiments.versions(),
                "rows": found.rows,
                "failed": failed,
                "finished": found.finished,
            },
            to,
        )
    else:
        print_rows(found.rows, to)
    for (i, seed), text in found.failed.items():
        _say(f"wganlib sweep: {found.settings[i]}, seed {seed}: {text}")
    if not found.finished:
        _say("wganlib sweep: some runs are not there yet; the same command goes on")
    return FAILED if failed or not found.finished else OK


def _sample(words: Sequence[str], to: TextIO) -> int:
    arguments = cli_words.sample_parser().parse(words)
    from wganlib import _validate
    from wganlib.training import saved_networks
    from wganlib.training.sampling import generate

    n = _validate.integer(arguments.n, "n", at_least=1)
    seed = _validate.integer(arguments.seed, "seed", at_least=0)
    network = saved_networks.load(arguments.path)
    runs = getattr(network, "runs", 1)
    points = generate(saved_networks.single(network, arguments.run or 0), n, seed=seed)
    if runs > 1 and arguments.run is None:
        _say(f"wganlib sample: this is run 0 of {runs}; --run chooses another")
    if arguments.to is not None:
        saved_networks.write_points(points, arguments.to)
        return OK
    if points.ndim > 2:
        raise ValueError("to: expected --to with pictures, a directory or a .npy file, got none")
    for row in points.tolist():
        to.write(",".join(f"{x:.9g}" for x in row) + "\n")
    return OK


def _figure(words: Sequence[str], to: TextIO) -> int:
    arguments = cli_words.figure_parser().parse(words)
    from wganlib import _validate
    from wganlib.paper import experiments

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
        print_json(
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
    print_rows(result.rows, to)
    to.write("\n")
    print_named(result.summary, to)
    return OK


def _check(number: int, arguments: argparse.Namespace, to: TextIO) -> int:
    """Compare a kept result with one computed anew; the exit status says whether they agree."""
    from wganlib.paper import experiments

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
        print_json(
            {"figure": number, "compared": compared, "differences": rows, "versions": changed}, to
        )
    else:
        for d in differences:
            to.write(
                f"{d.part}/{d.name}: differs by up to {cell(d.largest)}, where values go up to "
                f"{cell(d.scale)}\n"
            )
        agree = len(compared) - sum(f"{d.part}/{d.name}" in compared for d in differences)
        to.write(f"{agree} of {len(compared)} arrays agree\n")
        for line in changed:
            to.write(f"another version: {line}\n")
    return FAILED if differences else OK


def _existing(path: str) -> Path:
    """Return a result's directory, or say that it is none."""
    from wganlib.paper import experiments

    folder = Path(path)
    if not (folder / experiments.CONFIG).exists():
        raise experiments.Failure(
            f"{folder}: holds no {experiments.CONFIG}, so it is no result of wganlib"
        )
    return folder


def _list(words: Sequence[str], to: TextIO) -> int:
    arguments = cli_words.list_parser().parse(words)
    from wganlib.paper import experiments

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
        print_json(dict(zip(keys, titles, strict=True)), to)
        return OK
    for heading, group in zip(groups, titles, strict=True):
        to.write(f"{heading}\n")
        for name, title in group.items():
            to.write(f"  {name:18}{title}\n")
    return OK


def _info(words: Sequence[str], to: TextIO) -> int:
    arguments = cli_words.info_parser().parse(words)
    from wganlib.paper import experiments

    if arguments.path is not None:
        saved = experiments.read(arguments.path)
        if arguments.json:
            print_json({**saved.config, "rows": saved.rows}, to)
            return OK
        for name, value in saved.config.items():
            if isinstance(value, dict):
                to.write(f"{name}\n")
                print_named({f"  {key}": _brief(item) for key, item in value.items()}, to)
            elif name != "format":
                to.write(f"{name}: {_brief(value)}\n")
        to.write("\n")
        print_rows(saved.rows, to)
        return OK
    content: dict[str, dict[str, Any]] = {
        "versions": experiments.versions(),
        "threads": {"cores": os.cpu_count() or 1, "of a training": 1},
        "devices": {
            "cpu": experiments.hardware()["processor"],
            **{f"cuda:{i}": name for i, name in enumerate(_gpus())},
        },
    }
    if arguments.json:
        print_json(content, to)
        return OK
    for heading, values in content.items():
        to.write(f"{heading}\n")
        print_named({f"  {name}": value for name, value in values.items()}, to)
    return OK


def _gpus() -> list[str]:
    """Return the names of the GPUs; torch is only asked where there may be one."""
    if sys.platform == "linux" and not any(
        Path(path).exists() for path in ("/proc/driver/nvidia/version", "/dev/dxg", "/dev/kfd")
    ):
        return []
    import torch

    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= 72 else text[:69] + "..."


def _study(words: Sequence[str], to: TextIO) -> int:
    from wganlib.paper import command

    return command.main(command.build(cli_words.Parser).parse(words), to)


COMMANDS = {
    "train": _train,
    "sweep": _sweep,
    "sample": _sample,
    "figure": _figure,
    "study": _study,
    "list": _list,
    "info": _info,
}


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
        with plain_letters():
            status = _dispatch(words)
            sys.stdout.flush()
        return status
    except SystemExit as stop:  # argparse leaves this way after --help
        return stop.code if isinstance(stop.code, int) else OK
    except Usage as error:
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
        from wganlib.paper.experiments import Failure

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
    if words[0] not in COMMANDS:
        from wganlib import _validate

        try:
            _validate.one_of(words[0], "command", COMMANDS)
        except ValueError as error:
            raise Usage(f"wganlib: {error} (try: wganlib --help)") from error
    command = COMMANDS[words[0]]
    # Of several processes the first one prints, and the others compute.
    to = sys.stdout if distributed.launched_first() else io.StringIO()
    try:
        return command(words[1:], to)
    finally:
        distributed.stop()

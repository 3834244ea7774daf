"""What the command line says of itself, and how it understands a command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from wganlib.paper import choices

OVERVIEW = """\
The Wasserstein GAN from the command line: small trainings, the paper's
figures, their numbers.

commands:
  list      what there is: data sets, objectives, Lipschitz rules, figures
  figure    compute the numbers behind a figure of the paper
  train     train a GAN or a WGAN on points, named or your own, or on pictures
  sweep     train for many settings and seeds, on several processes
  sample    draw from the generator of a training
  study     the studies behind the book's verdicts: list, run, check
  info      versions and devices, or what a saved result holds

examples:
  wganlib list
  wganlib figure 1
  wganlib train ring --seeds 4 --out results/ring
  wganlib train points.csv --out results/mine
  wganlib sample results/mine -n 5000 --to new.csv
  wganlib info results/ring
  wganlib train --help

Numbers go to standard output, as a table or with --json; remarks and the
progress bar go to standard error. The exit status is 0 if all went well, 1 if
something failed, 2 if the command was not understood, and 130 after Ctrl-C.
"""

TRAIN = """\
Train a generator against a critic by Algorithm 1 of the Wasserstein GAN paper:
on points in the plane that have a name, on your own points, or on pictures.
All seeds train at once, and the table gives means with 95 % intervals over
them.
"""

TRAIN_MORE = """\
The defaults are the paper's: RMSProp with α = 5e-5, weights clipped to ±0.01,
batches of 64, five critic steps for each generator step. They were chosen for
images and long trainings; in the plane they go the right way, slowly. Larger
steps show more in less time (second example).

The estimate is E f(real) − E f(generated). It has the units of EM times the
critic's slope, so compare it with itself over time and not with exact EM. For
a GAN it is ½L + log 2, a bound on JS.

Your own points are a .csv, .tsv, .txt or .npy file with a row of one or more
numbers for each point; a first line of names is left out. Nothing is scaled:
the defaults suit points that spread over about 1 to 4. Your own pictures are
a folder or a .zip; they are cut square and resized to --size, and their
networks are DCGANs. Train on pictures from one seed, with wganlib sweep from
several.

With --out DIR the result is kept: generator.npz (wganlib sample DIR and
wganlib.load read it), history.npz (wganlib.History.load reads it, without
torch), config.json (settings, versions, hardware, wall time) and
checkpoint.npz. The same command goes on where it was stopped, by Ctrl-C or by
a power cut, and ends with the same numbers as if it had never been; a larger
--steps goes further.

examples:
  wganlib train ring
  wganlib train ring --lr 1e-3 --c 0.1 --seeds 8
  wganlib train grid --lipschitz penalty --penalty 0.1 --lr 5e-4 --out grid
  wganlib train ring --objective minimax --n-critic 1 --json > ring.json
  wganlib train points.csv --lr 1e-3 --c 0.1 --steps 5000 --out mine
  wganlib train pictures --size 16 --optimiser adam --lr 1e-4 --out faces
"""

SWEEP = """\
Train for all combinations of some settings, each from several seeds, on
several processes. Options of wganlib train take values with commas between.
"""

SWEEP_MORE = """\
Every run is kept in DIR as soon as it is done, and the same command goes on
where it was stopped. A run that fails stops no other; it is told at the end,
and the exit status is 1. The table gives means over seeds with 95 % intervals
of what was measured after the last step.

Under torchrun, each process takes its share of the runs; the same command
without it prints the table. The other defaults are those of wganlib train.

examples:
  wganlib sweep ring --lr 1e-3,1e-4 --c 0.1,0.01 --seeds 8 --workers 4 --out s
  wganlib sweep points.csv --n-critic 1,5 --seeds 4 --out mine
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


class Usage(Exception):
    """The command was not understood."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and where help is."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **settings,
        )

    def error(self, message: str) -> NoReturn:
        """Refuse the command."""
        raise Usage(f"{self.prog}: {message} (try: {self.prog} --help)")

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Understand all words or refuse them, with the nearest option for an unknown one."""
        known, extra = self.parse_known_args(words)
        if extra:
            options = [name for name in self._option_string_actions if name.startswith("--")]
            import difflib

            near = difflib.get_close_matches(extra[0].partition("=")[0], options, n=2, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            self.error(f"{extra[0]} is not an option{hint}")
        for name in ("out", "check", "root", "path", "to"):
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


def _keep(parser: Parser) -> Any:
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


def train_parser() -> Parser:
    """Return what ``wganlib train`` understands."""
    parser = Parser(prog="wganlib train", description=TRAIN, epilog=TRAIN_MORE)
    group = _training_options(parser)
    _run_on(group)
    _keep(parser).add_argument(
        "--checkpoint",
        metavar="N",
        type=_whole,
        default=500,
        help="with --out: keep the state every N generator steps [500]",
    )
    return parser


def sweep_parser() -> Parser:
    """Return what ``wganlib sweep`` understands: options of ``train``, with several values."""
    parser = Parser(prog="wganlib sweep", description=SWEEP, epilog=SWEEP_MORE)
    _training_options(parser)
    for action in parser._actions:
        if action.option_strings and action.dest not in ("help", "seeds", "first_seed"):
            kind = action.type if callable(action.type) else str
            action.type, action.default = _several(kind), None
    group = parser.add_argument_group("the sweep")
    group.add_argument("--out", metavar="DIR", required=True, help="where every run is kept")
    group.add_argument(
        "--workers", metavar="N", type=_whole, default=1, help="processes at once [1]"
    )
    group.add_argument("--json", action="store_true", help="print JSON in place of a table")
    return parser


def _several(kind: Any) -> Any:
    return lambda text: [kind(one) for one in text.split(",")]


def _training_options(parser: Parser) -> Any:
    """Add what determines a training; return the group of the experiment."""
    parser.add_argument(
        "dataset",
        help=f"{', '.join(choices.DATASETS)}, or the path of a file of points or a folder of "
        "pictures",
    )
    _algorithm_options(parser)
    return _experiment_options(parser)


def _algorithm_options(parser: Parser) -> None:
    group = parser.add_argument_group(
        "the algorithm; in brackets the defaults, which are the paper's"
    )
    add = group.add_argument
    add(
        "--objective",
        metavar="NAME",
        default="wgan",
        help=f"{', '.join(choices.OBJECTIVES)}: the last with the −log D trick [wgan]",
    )
    add(
        "--lipschitz",
        metavar="RULE",
        default="",
        help=f"{', '.join(choices.RULES)} [clipping for wgan, none for a GAN]",
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
        help=f"{', '.join(choices.OPTIMISERS)} [rmsprop: the paper found momentum to harm]",
    )
    add(
        "--n-critic",
        metavar="N",
        type=_whole,
        default=5,
        help="critic steps for each generator step [5]",
    )
    add("--batch", metavar="M", type=_whole, default=64, help="points in a batch [64]")


def _experiment_options(parser: Parser) -> Any:
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
    add("--size", metavar="N", type=_whole, help="side of pictures, a power of two [16]")
    add("--channels", metavar="N", type=_whole, help="1 for grey, 3 for colour [as they are]")
    return group


def figure_parser() -> Parser:
    """Return what ``wganlib figure`` understands."""
    parser = Parser(prog="wganlib figure", description=FIGURE, epilog=FIGURE_MORE)
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


def sample_parser() -> Parser:
    """Return what ``wganlib sample`` understands."""
    parser = Parser(
        prog="wganlib sample",
        description="Draw points or pictures from the generator of a training.",
        epilog="Without --to, points go to standard output, a row each.\n\nexamples:\n"
        "  wganlib sample results/mine -n 5000 --to new.csv\n"
        "  wganlib sample results/faces -n 100 --to faces\n",
    )
    parser.add_argument("path", help="what --out of wganlib train named")
    add = parser.add_argument
    add("-n", metavar="N", type=_whole, default=1000, help="how many [1000]")
    add("--seed", metavar="S", type=_whole, default=0, help="of the noise [0]")
    add("--run", metavar="R", type=_whole, help="which run, counted from 0 [0]")
    add("--to", metavar="FILE", help=".csv or .npy; for pictures a directory, or .npy")
    return parser


def list_parser() -> Parser:
    """Return what ``wganlib list`` understands."""
    parser = Parser(prog="wganlib list", description="Say what can be trained and computed.")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    return parser


def info_parser() -> Parser:
    """Return what ``wganlib info`` understands."""
    parser = Parser(
        prog="wganlib info",
        description="Show versions, threads and devices, or what a saved result holds.",
        epilog="examples:\n  wganlib info\n  wganlib info results/ring\n",
    )
    parser.add_argument("path", nargs="?", help="a result's directory, or its history.npz")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    return parser

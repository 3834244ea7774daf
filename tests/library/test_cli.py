"""The command line as a reader meets it: real processes, real files, real kills."""

from __future__ import annotations

import ctypes
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from wganlib import cli, cli_tables, cli_words
from wganlib import files as faults
from wganlib.paper import experiments
from wganlib.training.history import History

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
SMALL = ("train", "ring", "--width", "8", "--depth", "2", "--batch", "16", "--seeds", "2")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "COLUMNS": "80"}


def wganlib(*words: str, **settings) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "wganlib", *words]
    settings = {"capture_output": True, "env": ENVIRONMENT, "timeout": 300, **settings}
    return subprocess.run(command, text=True, **settings)


def called(capsys, *words: str) -> tuple[int, str, str]:
    """Run the command line in this process: status, output, remarks."""
    status = cli.main(list(words))
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def arrays(path: Path) -> dict[str, np.ndarray]:
    history = History.load(path)
    return {name: value for name, value in vars(history).items() if isinstance(value, np.ndarray)}


def same(one: Path, other: Path) -> None:
    a, b = arrays(one), arrays(other)
    assert a.keys() == b.keys()
    for name, value in a.items():
        np.testing.assert_array_equal(value, b[name], err_msg=name)


# --- help ------------------------------------------------------------------------------


def test_help_is_quick_and_says_what_there_is():
    """Neither torch nor SciPy nor matplotlib is loaded to say it."""
    code = (
        "import sys; from wganlib.cli import main; status = main(['{}', '--help'][{}:]); "
        "heavy = [m for m in ('torch', 'scipy', 'ot', 'matplotlib') if m in sys.modules]; "
        "sys.exit(status or len(heavy))"
    )
    shown = {}
    for name in ("", *cli.COMMANDS):
        done = subprocess.run(
            [sys.executable, "-c", code.format(name, 0 if name else 1)],
            capture_output=True, text=True, env=ENVIRONMENT,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), name
        assert max(map(len, done.stdout.splitlines())) <= 100
        shown[name] = done.stdout
    assert all(re.search(rf"^  {name} ", shown[""], re.MULTILINE) for name in cli.COMMANDS)
    for name in ("", "train", "figure", "info"):
        assert "examples:\n  wganlib " in shown[name]
    assert "The defaults are the paper's" in shown["train"]


def test_every_example_in_the_help_is_understood(monkeypatch, tmp_path):
    """Each is run with a stand-in for what takes time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text("1,2\n3,4\n")
    (tmp_path / "pictures").mkdir()
    for text in (cli.OVERVIEW, cli_words.TRAIN_MORE, cli_words.FIGURE_MORE):
        for line in re.findall(r"^  wganlib (train|figure) (.*)$", text, re.MULTILINE):
            if "--help" in line[1] or line[1].startswith("compute"):
                continue
            words = line[1].partition(" > ")[0].split()
            parser = cli_words.train_parser() if line[0] == "train" else cli_words.figure_parser()
            known = vars(parser.parse(words))
            if line[0] == "train":
                names = experiments.Training.__dataclass_fields__.keys() - {"seeds"}
                experiments.Training(**{name: known[name] for name in names})
            else:
                assert int(known["number"]) in experiments.FIGURES


def test_the_help_states_the_defaults_that_are_used():
    help_text = cli_words.train_parser().format_help()
    usual = experiments.Training("ring")
    parsed = vars(cli_words.train_parser().parse(["ring"]))
    for name in ("lr", "n_critic", "batch", "steps", "width", "depth", "evaluate_every"):
        assert parsed[name] == getattr(usual, name)
    for option, value in {
        "--lr": "5e-5",
        "--c": "0.01",
        "--n-critic": "5",
        "--batch": "64",
    }.items():
        stated = re.search(rf"^  {option} [A-Z]+[^\[]*\[([^\],;]+)", help_text, re.MULTILINE)
        assert stated, option
        assert stated[1] == value
    assert (usual.lr, usual.c, usual.n_critic, usual.batch) == (5e-5, 0.01, 5, 64)


def test_the_installed_command_is_this_one():
    script = Path(sys.executable).with_name("wganlib")
    if not script.exists():
        pytest.skip("installed without its command: run `make env`")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"wganlib \d+\.\d+\.\d+\n", done.stdout)


def test_no_command_is_a_usage_error_that_shows_the_overview(capsys):
    assert called(capsys)[:2] == (2, cli.OVERVIEW)
    assert called(capsys, "--help")[:2] == (0, cli.OVERVIEW)


# --- what is refused -------------------------------------------------------------------

REFUSED = {
    ("tarin",): "did you mean train",
    ("train",): "required: dataset",
    ("train", "rings"): "did you mean ring?",
    ("train", "ring", "--objective", "wgn"): "did you mean wgan?",
    ("train", "ring", "--lipschitz", "clamping"): "did you mean clipping?",
    ("train", "ring", "--optimiser", "rmsprob"): "did you mean rmsprop?",
    ("train", "ring", "--objectiv", "wgan"): "did you mean --objective",
    ("train", "ring", "--lr", "fast"): "--lr: expected a number, got 'fast'",
    ("train", "ring", "--lr", "-1"): "lr: expected a number of more than 0, got -1",
    ("train", "ring", "--lr", "nan"): "lr: expected a finite number",
    ("train", "ring", "--steps", "1.5"): "--steps: expected a whole number, got '1.5'",
    ("train", "ring", "--steps", "-1"): "steps: expected a whole number of at least 0, got -1",
    ("train", "ring", "--seeds", "0"): "seeds: expected a whole number of at least 1, got 0",
    ("train", "ring", "--first-seed", "-1"): "first_seed: expected",
    ("train", "ring", "--checkpoint", "0"): "checkpoint: expected",
    ("train", "ring", "--c", "0"): "c: expected a number of more than 0",
    ("train", "ring", "--lipschitz", "none", "--c", "1"): "only with the rule clipping",
    ("train", "ring", "--penalty", "1"): "only with the rule penalty or one-sided-penalty",
    ("train", "ring", "--lipschitz", "sphere"): "radius: expected a number",
    ("train", "ring", "--threads", "0"): "threads: expected",
    ("train", "ring", "--fresh"): "fresh: expected --out DIR",
    ("train", "ring", "--device", "cudaa"): "device: expected auto, cpu or cuda, got 'cudaa'",
    ("figure",): "required: number",
    ("figure", "9"): "number: expected one of 1, 2, 3, 4, 5, 6, 7, 8, got '9'",
    ("figure", "one"): "number: expected one of 1, 2",
    ("figure", "1", "--data", "mnist"): "data: expected only with figures 3 to 8, not with 1",
    ("figure", "3", "--data", "minst"): "did you mean mnist?",
    ("figure", "3", "--budget", "big"): "budget: expected one of",
    ("figure", "3", "--seeds", "0"): "seeds: expected a whole number of at least 1, got 0",
    ("figure", "3", "--check", "a", "--out", "b"): "out: expected no --out with --check",
    ("list", "--jsn"): "did you mean --json?",
    ("info", "a", "b"): "b is not an option",
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_bad_command_gets_one_sentence_and_status_2(capsys, words):
    status, out, err = called(capsys, *words)
    assert (status, out) == (2, "")
    assert REFUSED[words] in err
    assert err.startswith("wganlib")
    assert len(err.splitlines()) == 1


def test_a_process_says_the_same_without_a_traceback():
    done = wganlib("train", "ring", "--objective", "wgn")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("got 'wgn'; did you mean wgan?\n")
    assert "Traceback" not in done.stderr


def test_a_fault_of_the_program_is_not_hidden(monkeypatch):
    def broken(words, to):
        raise RuntimeError("a bug")

    monkeypatch.setitem(cli.COMMANDS, "list", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        cli.main(["list"])


# --- list, info, figure ----------------------------------------------------------------


def test_list_names_all_that_can_be_chosen(capsys):
    status, out, _ = called(capsys, "list")
    assert status == 0
    everything = (
        experiments.DATASETS, experiments.OBJECTIVES, experiments.RULES, experiments.OPTIMISERS,
    )  # fmt: skip
    for group in everything:
        assert all(re.search(rf"^  {name} +\S", out, re.MULTILINE) for name in group)
    listed = json.loads(called(capsys, "list", "--json")[1])
    assert [set(part) for part in list(listed.values())[:4]] == [set(g) for g in everything]
    assert listed["figures"].keys() == {str(n) for n in experiments.FIGURES}


def test_info_shows_versions_threads_and_devices(capsys):
    shown = json.loads(called(capsys, "info", "--json")[1])
    assert shown["versions"]["numpy"] == np.__version__
    assert shown["threads"]["cores"] == os.cpu_count()
    assert "cpu" in shown["devices"]
    assert np.__version__ in called(capsys, "info")[1]


def test_figure_1_prints_exact_numbers(capsys):
    status, out, err = called(capsys, "figure", "1", "--json")
    assert (status, err) == (0, "")
    shown = json.loads(out)
    assert len(shown["rows"]) == shown["settings"]["values"]
    for row in shown["rows"]:
        theta = row["θ"]
        assert row["EM"] == pytest.approx(abs(theta), abs=1e-12)
        assert row["JS"] == pytest.approx(math.log(2) if theta else 0, abs=1e-12)
        assert row["TV"] == pytest.approx(1 if theta else 0, abs=1e-12)
        assert {row["KL"], row["KL back"]} == {"Infinity" if theta else 0}
    table = called(capsys, "figure", "1")[1].splitlines()
    assert table[3].split() == ["θ", "EM", "JS", "TV", "KL", "KL", "back"]
    assert table[4].split() == ["−1", "1", "0.6931", "1", "∞", "∞"]


def test_tables_leave_out_intervals_of_one_run_and_write_minus_signs(capsys):
    rows = [{"x": -0.5, "y": math.nan, "± y": math.nan}, {"x": math.inf, "y": 2.0, "± y": math.nan}]
    cli_tables.print_rows(rows, sys.stdout)
    assert capsys.readouterr().out == "   x  y\n−0.5  –\n   ∞  2\n"


# --- train -----------------------------------------------------------------------------


def test_train_prints_a_table_that_the_file_bears_out(capsys, tmp_path):
    where = str(tmp_path / "deep" / "ring")
    words = (*SMALL, "--steps", "12", "--evaluate-every", "6", "--out", where)
    status, out, err = called(capsys, *words)
    assert (status, err) == (0, "")
    history = History.load(Path(where) / "history.npz")
    assert (history.steps, history.runs, history.seeds) == (12, 2, (0, 1))
    shown = json.loads(called(capsys, "info", where, "--json")[1])
    assert [row["step"] for row in shown["rows"]] == [0, 6, 12]
    for i, row in enumerate(shown["rows"]):
        assert row["exact EM"] == pytest.approx(history.em[i].mean())
        # Student's t for one degree of freedom, times s/√2.
        half = 12.7062047 * abs(np.diff(history.em[i])[0]) / 2
        assert row["± exact EM"] == pytest.approx(half, rel=1e-6)
    assert f"{history.em[2].mean():.4g}" in out
    assert shown["rows"][0]["estimate"] is None, "nothing was estimated before the first step"
    assert shown["command"] == (
        "wganlib train ring --batch 16 --steps 12 --width 8 --depth 2 --evaluate-every 6 --seeds 2"
    )
    assert out.startswith(shown["command"] + "\n")
    assert shown["finished"] is True
    assert shown["steps_done"] == 12
    assert shown["versions"]["torch"]
    assert {"processor", "cores", "device"} <= set(shown["hardware"])
    assert 0 < shown["wall_time"] < 300
    assert sorted(p.name for p in Path(where).iterdir()) == [
        "checkpoint.npz", "config.json", "generator.npz", "history.npz",
    ]  # fmt: skip
    for name in ("config.json", "history.npz"):
        assert str(tmp_path) not in (Path(where) / name).read_bytes().decode("latin-1")
    assert "exact EM" in called(capsys, "info", where)[1]
    assert "exact EM" in called(capsys, "info", f"{where}/history.npz")[1]


def test_without_out_nothing_is_written(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = called(capsys, *SMALL, "--steps", "2", "--json")
    assert status == 0
    assert json.loads(out)["steps_done"] == 2
    assert "--out DIR" in err
    assert list(tmp_path.iterdir()) == []


def test_more_steps_go_on_and_other_settings_are_refused(capsys, tmp_path):
    where, whole = str(tmp_path / "grown"), str(tmp_path / "whole")
    assert called(capsys, *SMALL, "--steps", "8", "--out", where)[0] == 0
    assert called(capsys, *SMALL, "--steps", "20", "--out", where)[0] == 0
    assert called(capsys, *SMALL, "--steps", "20", "--out", whole)[0] == 0
    same(tmp_path / "grown" / "history.npz", tmp_path / "whole" / "history.npz")
    for more, words in (
        (("--lr", "3e-4"), "holds a training with lr 5e-05, not 0.0003"),
        (("--steps", "5"), "holds a training with steps 20, not 5"),
        (("--lipschitz", "spectral"), "holds a training with c 0.01, not unset"),
    ):
        status, out, err = called(capsys, *SMALL, "--steps", "20", *more, "--out", where)
        assert (status, out) == (1, "")
        assert words in err
        assert "--fresh" in err
    status, _, err = called(capsys, "figure", "1", "--out", where)
    assert status == 1
    assert "holds a training" in err
    assert called(capsys, *SMALL, "--steps", "5", "--out", where, "--fresh")[0] == 0
    assert History.load(tmp_path / "grown" / "history.npz").steps == 5


def test_a_run_that_fails_leaves_the_others_and_status_1(capsys, tmp_path):
    words = ("train", "ring", "--lipschitz", "none", "--lr", "1e30", "--steps", "3")
    status, out, err = called(capsys, *words, "--out", str(tmp_path / "lost"))
    assert status == 1
    assert "every run has failed: run 0, generator step 1" in err
    assert "Traceback" not in err
    config = experiments.read_config(tmp_path / "lost")
    assert config["finished"] is False
    assert (History.load(tmp_path / "lost" / "history.npz").failed_step == 1).all()
    assert "--lipschitz none" in out.splitlines()[0]


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not path.exists():
        assert process.poll() is None, "ended before its first checkpoint"
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_and_taken_up_again_ends_with_the_same_numbers(capsys, tmp_path):
    """SIGKILL leaves no time for anything; what counts is what had been renamed before."""
    long = (*SMALL, "--steps", "1500", "--evaluate-every", "500", "--checkpoint", "100")
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen(
        [sys.executable, "-m", "wganlib", *long, "--out", str(killed)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT, text=True,
    )  # fmt: skip
    wait_for(killed / "checkpoint.npz", process)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "history.npz").exists()
    assert experiments.read(killed).config["finished"] is False
    for folder in (killed, whole):
        status, _, err = called(capsys, *long, "--out", str(folder))
        assert status == 0, err
    same(killed / "history.npz", whole / "history.npz")


@LINUX
def test_ctrl_c_keeps_what_was_done_and_says_so(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "wganlib", *SMALL, "--steps", "1000000", "--checkpoint", "50",
         "--evaluate-every", "0", "--out", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, text=True,
    )  # fmt: skip
    wait_for(tmp_path / "checkpoint.npz", process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "stopped after" in err
    assert "Traceback" not in err
    assert History.load(tmp_path / "history.npz").steps >= 50


# --- files that cannot be written or read ----------------------------------------------


def without_root() -> None:
    """Drop the rights by which root writes where it may not: CAP_DAC_OVERRIDE and its like."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@LINUX
def test_a_read_only_directory_is_one_sentence(tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    settings = {"preexec_fn": without_root} if os.geteuid() == 0 else {}
    for words in ((*SMALL, "--steps", "1"), ("figure", "1")):
        done = wganlib(*words, "--out", str(locked / "run"), **settings)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.endswith("locked/run: Permission denied\n")
        assert len(done.stderr.splitlines()) == 1
    assert list(locked.iterdir()) == []


def test_a_directory_below_a_file_is_one_sentence(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = called(capsys, *SMALL, "--out", str(tmp_path / "file" / "run"))
    assert status == 1
    assert "Not a directory" in err
    assert len(err.splitlines()) == 1


@LINUX
@pytest.mark.parametrize("name", ["config.json", "checkpoint.npz", "history.npz"])
def test_a_full_disk_is_one_sentence_and_no_half_file(capsys, tmp_path, name):
    """/dev/full refuses every byte; the part file is made to be it."""
    part = faults.part_of(tmp_path / name)
    part.symlink_to("/dev/full")
    status, out, err = called(capsys, *SMALL, "--steps", "2", "--out", str(tmp_path))
    assert (status, out) == (1, "")
    assert "No space left on device" in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / name).exists()
    assert not part.is_symlink()  # what was begun is removed
    assert called(capsys, *SMALL, "--steps", "2", "--out", str(tmp_path))[0] == 0


@LINUX
def test_output_that_cannot_be_written_is_a_failure():
    with Path("/dev/full").open("w") as full:
        done = wganlib("list", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 1
    assert done.stderr == "wganlib list: No space left on device\n"


@LINUX
def test_a_reader_who_has_seen_enough_gets_no_traceback():
    process = subprocess.Popen(
        [sys.executable, "-m", "wganlib", "figure", "1", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


def damaged(whole: bytes) -> dict[str, bytes]:
    middle = len(whole) // 2
    return {
        "empty": b"",
        "cut short": whole[:middle],
        "a byte changed": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
        "something else": b"not a result",
    }


def test_damaged_files_are_named_and_nothing_goes_on_from_them(capsys, tmp_path):
    words = (*SMALL, "--steps", "4", "--out", str(tmp_path))
    assert called(capsys, *words)[0] == 0
    for name, readers in (
        ("history.npz", [("info", str(tmp_path)), ("info", str(tmp_path / "history.npz"))]),
        ("checkpoint.npz", [words]),
        ("config.json", [words, ("info", str(tmp_path))]),
    ):
        whole = (tmp_path / name).read_bytes()
        for how, bad in damaged(whole).items():
            if name == "config.json" and how == "a byte changed":
                bad = whole.replace(b'"training"', b'"painting"')
            (tmp_path / name).write_bytes(bad)
            for reader in readers:
                status, out, err = called(capsys, *reader)
                assert (status, out) == (1, ""), (name, how)
                assert str(tmp_path) in err
                assert "damaged" in err
                assert len(err.splitlines()) == 1
        (tmp_path / name).write_bytes(whole)
    (tmp_path / "config.json").unlink()
    for reader in (words, ("info", str(tmp_path))):
        status, _, err = called(capsys, *reader)
        assert status == 1
        assert "no config.json" in err


def test_info_on_what_is_not_there(capsys, tmp_path):
    status, _, err = called(capsys, "info", str(tmp_path / "nix"))
    assert status == 1
    assert err.endswith("nix: no such file or directory\n")
    assert called(capsys, "info", str(tmp_path))[0] == 1


@pytest.mark.parametrize("words", [(), ("list",), ("figure",), ("train",), ("info",)])
def test_help_fits_a_terminal_of_eighty_columns(capsys, monkeypatch, words):
    """And the page that shows it, where what is wider has to be scrolled into sight."""
    monkeypatch.setenv("COLUMNS", "80")
    status, out, _ = called(capsys, *words, "--help")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    "words",
    [
        ("train", "ring", "--out", ""),
        ("figure", "1", "--out", ""),
        ("figure", "1", "--check", ""),
        ("info", ""),
    ],
)
def test_an_empty_path_is_not_the_current_directory(capsys, tmp_path, monkeypatch, words):
    """It is what --out "$DIR" gives when DIR is not set."""
    monkeypatch.chdir(tmp_path)
    status, out, err = called(capsys, *words)
    assert (status, out) == (2, "")
    assert "expected a path, got an empty one" in err
    assert list(tmp_path.iterdir()) == []

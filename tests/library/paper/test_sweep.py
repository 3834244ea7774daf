"""A sweep keeps every run, goes on where it was stopped, and no run takes another along."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import wganlib as wg
from wganlib import cli
from wganlib import files as faults
from wganlib.archive import read_arrays
from wganlib.paper.experiments import Failure, final, grid, sweep
from wganlib.paper.sweep import Task, _name, _run_when_free, run_one


def noisy(settings, seed, folder):
    """What a run may do: return numbers, diverge, raise, or take its process along."""
    what = settings.get("what")
    with (folder.parent / "calls.txt").open("a") as file:
        file.write(f"{what} {seed}\n")
    if seed == 1 and what == "diverges":
        raise FloatingPointError("a loss was not finite")
    if seed == 1 and what == "raises" and not (folder.parent / "mended").exists():
        raise RuntimeError("no such thing")
    if seed == 1 and what == "dies" and not (folder.parent / "mended").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    drawn = np.random.default_rng(seed).normal(settings.get("mean", 0.0))
    return {"value": drawn, "course": np.arange(3.0)}


def other(settings, seed, folder):
    return {"value": 0.0}


def calls(folder):
    file = folder / "calls.txt"
    return sorted(file.read_text().splitlines()) if file.exists() else []


@pytest.mark.slow
def test_failures_are_told_and_stop_nothing(tmp_path):
    settings = grid(what=["goes", "diverges", "raises", "dies"])
    found = sweep(noisy, settings, seeds=range(3), out=tmp_path, workers=2)
    assert found.finished
    assert sorted(found.failed) == [(1, 1), (2, 1), (3, 1)]
    assert found.failed[1, 1] == "a loss was not finite"
    assert found.failed[2, 1] == "RuntimeError: no such thing"
    assert "its process ended" in found.failed[3, 1]
    assert len(found.numbers) == 9
    values = [np.random.default_rng(s).normal(0.0) for s in range(3)]
    mean, half = wg.confidence(values)
    first = found.rows[0]
    assert (first["what"], first["runs"], first["failed"]) == ("goes", 3, 0)
    assert first["value"] == pytest.approx(mean)
    assert first["± value"] == pytest.approx(half)
    assert [row["runs"] for row in found.rows] == [3, 2, 2, 2]
    # What diverged would diverge again; the others are tried again, and nothing else is.
    before = calls(tmp_path)
    (tmp_path / "mended").touch()
    again = sweep(noisy, settings, seeds=range(3), out=tmp_path, workers=2)
    assert sorted(again.failed) == [(1, 1)]
    new = calls(tmp_path)
    for call in before:
        new.remove(call)
    assert new == ["dies 1", "raises 1"]
    # More seeds: what is there stays.
    more = sweep(noisy, settings[:1], seeds=range(4), out=tmp_path)
    assert len(more.numbers) == 4


def test_one_run_is_kept_whole(tmp_path):
    task = Task({"mean": 2.0}, 5, tmp_path / "a.npz")
    run_one(noisy, task)
    with np.load(task.file) as found:
        assert found["value"] == np.random.default_rng(5).normal(2.0)
        np.testing.assert_array_equal(found["course"], [0, 1, 2])
    run_one(noisy, task)
    assert len(calls(tmp_path)) == 1
    with faults.alone(tmp_path / "b.npz"), pytest.raises(OSError, match="Another process"):
        run_one(noisy, task._replace(file=tmp_path / "b.npz"))


def test_files_of_something_else_are_refused(tmp_path):
    settings = [{"mean": 1.0}]
    name = _name(settings[0])
    file = tmp_path / f"{name}-seed-0.npz"
    run_one(noisy, Task(settings[0], 0, file))
    assert sweep(noisy, settings, seeds=[0], out=tmp_path).finished
    with pytest.raises(Failure, match=r"holds a run of .*noisy.*, not of .*other"):
        sweep(other, settings, seeds=[0], out=tmp_path)
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    with pytest.raises(Failure, match="damaged"):
        sweep(noisy, settings, seeds=[0], out=tmp_path)


def test_processes_of_torchrun_share_the_runs(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "wganlib.paper.sweep._compute",
        lambda function, tasks, *_: asked.append(set(tasks)) or {},
    )
    monkeypatch.setenv("WORLD_SIZE", "3")
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        assert not sweep(noisy, grid(mean=[0, 1]), seeds=range(4), out=tmp_path).finished
    assert sorted(key for part in asked for key in part) == [
        (i, s) for i in (0, 1) for s in range(4)
    ]
    assert [len(part) for part in asked] == [3, 3, 2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"function": lambda *_: {}}, r"^function: expected one that another process"),
        ({"workers": 0}, r"^workers: expected"),
        ({"seeds": [0, 0]}, r"^seeds: expected no seed twice"),
        ({"seeds": [-1]}, r"^seeds\[0\]: expected"),
        ({"settings": [{"a": 1}, {"a": 1}]}, r"^settings: expected none twice"),
        ({"out": None}, r"^out: expected a path"),
    ],
)
def test_bad_arguments_are_named(tmp_path, change, words):
    given = {"function": noisy, "settings": [], "seeds": [0], "out": tmp_path / "s"} | change
    with pytest.raises((TypeError, ValueError), match=words):
        sweep(given.pop("function"), given.pop("settings"), **given)


SMALL = ["--steps", "6", "--width", "4", "--batch", "4", "--evaluate-every", "3"]


def test_a_run_of_the_command_line_is_a_training(tmp_path):
    settings = {"dataset": "ring", "steps": 6, "width": 4, "batch": 4, "evaluate_every": 3}
    run_one(final, Task(settings, 2, tmp_path / "a.npz"))
    history = wg.History.load(tmp_path / "a" / "history.npz")
    assert history.seeds == (2,)
    with np.load(tmp_path / "a.npz") as found:
        assert found["exact EM"] == history.em[-1, 0]
        assert found["estimate"] == history.estimate[-1, 0]
    run_one(final, Task({**settings, "lr": 1e30, "lipschitz": "none"}, 0, tmp_path / "b.npz"))
    assert "expected finite losses" in read_arrays(tmp_path / "b.npz", "run of a sweep")[1]["error"]


@pytest.mark.slow
def test_a_sweep_killed_and_taken_up_ends_the_same(tmp_path, capsys):
    words = ["sweep", "ring", "--lr", "1e-3,1e-4", "--seeds", "2", *SMALL, "--json", "--out"]
    child = subprocess.Popen(
        [sys.executable, "-m", "wganlib", *words, str(tmp_path / "killed")],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not list((tmp_path / "killed").glob("*.npz")) and child.poll() is None:
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    rows = []
    for name in ("killed", "whole"):
        assert cli.main([*words, str(tmp_path / name)]) == 0
        rows.append(json.loads(capsys.readouterr().out)["rows"])
    assert rows[0] == rows[1]
    assert [row["lr"] for row in rows[0]] == [1e-3, 1e-4]
    assert not list(Path(tmp_path / "killed").rglob("*.part"))


def test_a_run_that_another_process_is_at_is_waited_for(tmp_path):
    """The lock is held by this process; a thread lets go of it while the sweep waits."""
    task = Task({"a": 1}, 0, tmp_path / "run.npz")
    held, waits = threading.Event(), threading.Event()

    def at_work():
        with faults.alone(task.file):
            held.set()
            waits.wait()

    thread = threading.Thread(target=at_work)
    thread.start()
    held.wait()
    later = threading.Timer(0.5, waits.set)
    later.start()
    _run_when_free(other, task)
    thread.join()
    assert task.file.exists()


def test_the_command_says_what_does_not_fit(capsys, tmp_path):
    for words, said in (
        (["ring", "--lr", "1e-3,0"], "lr: expected a number of more than 0"),
        (["ring", "--c", "1,x"], "--c: expected a number, got 'x'"),
        (["rings"], "did you mean ring?"),
    ):
        assert cli.main(["sweep", *words, "--out", str(tmp_path / "s")]) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "s").exists()

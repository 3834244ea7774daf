"""What lies outside goes wrong: killed, a full disk, no permission, no memory, wrong shapes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

import wganlib as wg
from wganlib import cli
from wganlib import files as faults
from wganlib.archive import read_arrays, write_arrays
from wganlib.paper import experiments

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"size": 8, "channels": 1, "filters": 4}
IMAGES = wg.load_images().subset(60, seed=0)
SETTINGS = {
    "seed": 3,
    "batch": 8,
    "n_critic": 2,
    "optimiser": wg.Adam(1e-3, betas=(0.5, 0.9)),
    "evaluate_every": 5,
    "evaluation_points": 20,
}


def pair():
    """Batch normalisation on both sides, so that there are buffers to keep."""
    generator = wg.images.DCGANGenerator(noise=5, seed=0, **(SMALL | {"size": 16}))
    return generator, wg.images.DCGANCritic(seed=0, **(SMALL | {"size": 16}))


def bigger():
    return wg.load_images(size=16).subset(60, seed=0)


def assert_same(a, b, but=("config", "versions", "wall_time", "resumed")):
    for name in vars(a):
        if name not in but:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def assert_same_state(one, two):
    for a, b in zip(one, two, strict=True):
        assert any("running_mean" in name for name in a.state_dict())
        for name, value in a.state_dict().items():
            assert torch.equal(value, b.state_dict()[name]), name


# --- stopped and taken up again ----------------------------------------------------------


def test_a_dcgan_resumes_bit_for_bit(tmp_path):
    data, whole = bigger(), pair()
    expected = wg.train(*whole, data, steps=17, **SETTINGS)
    for steps in (4, 11, 17):
        parts = pair()
        history = wg.train(*parts, data, steps=steps, checkpoint=tmp_path / "a.npz", **SETTINGS)
    assert_same(history, expected)
    assert_same_state(parts, whole)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_what_a_dcgan_keeps(tmp_path):
    """Buffers of both networks and both moments of Adam are in the checkpoint."""
    wg.train(*pair(), bigger(), steps=2, checkpoint=tmp_path / "a.npz", **SETTINGS)
    arrays, _ = read_arrays(tmp_path / "a.npz", "checkpoint")
    kept = [name for name in arrays if name.startswith("tensor.")]
    for side in ("generator", "critic"):
        assert any(name.startswith(f"tensor.{side}.buffer.") for name in kept)
        moments = [n for n in kept if n.startswith(f"tensor.{side}.") and "buffer" not in n]
        assert len(moments) >= 3  # two moments and a count


CHILD = """
import sys, torch, wganlib as wg
torch.set_num_threads(1)
small = {"size": 16, "channels": 1, "filters": 4, "seed": 0}
history = wg.train(
    wg.images.DCGANGenerator(noise=5, **small), wg.images.DCGANCritic(**small),
    wg.load_images(size=16).subset(60, seed=0), seed=3, batch=8, n_critic=2, steps=60,
    optimiser=wg.Adam(1e-3, betas=(0.5, 0.9)), evaluate_every=20, evaluation_points=20,
    checkpoint=sys.argv[1], checkpoint_every=3,
    callbacks=[lambda s: print(s.step, flush=True) and None],
)
history.save(sys.argv[2])
"""


@pytest.mark.slow
def test_a_dcgan_killed_and_resumed_is_bit_equal(tmp_path, monkeypatch, capsys):
    script = tmp_path / "child.py"
    script.write_text(textwrap.dedent(CHILD))

    def files(name):
        return [str(tmp_path / f"{name}.npz"), str(tmp_path / f"{name}-h.npz")]

    def in_this_process(name):
        monkeypatch.setattr(sys, "argv", ["child.py", *files(name)])
        threads = torch.get_num_threads()
        exec(compile(CHILD, "child", "exec"), {})
        torch.set_num_threads(threads)
        return [int(line) for line in capsys.readouterr().out.splitlines()]

    command = [sys.executable, str(script), *files("killed")]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in killed.stdout:
        if int(line) >= 22:
            break
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    # The second goes on where the first was killed, in this process, and is as good as one that
    # was never killed.
    steps = in_this_process("killed")
    assert steps[0] > 1
    assert steps[-1] == 60
    assert in_this_process("whole") == list(range(1, 61))
    one, two = (wg.History.load(tmp_path / f"{name}-h.npz") for name in ("whole", "killed"))
    assert_same(one, two)
    with np.load(tmp_path / "whole.npz") as a, np.load(tmp_path / "killed.npz") as b:
        assert set(a.files) == set(b.files)
        for name in set(a.files) - {"meta"}:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)


# --- the disk ----------------------------------------------------------------------------


def plain(**more):
    networks = wg.MLP([2, 4, 2], seed=0), wg.MLP([2, 4, 1], seed=0)
    settings = {"seed": 0, "batch": 4, "steps": 4, "checkpoint_every": 2} | more
    return wg.train(*networks, wg.ring_of_gaussians(), **settings)


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")


def fill(file):
    """Let what is written beside a file land on a device that is always full."""
    faults.part_of(file).symlink_to("/dev/full")


@needs_full
def test_a_full_disk_keeps_the_last_checkpoint(tmp_path):
    file = tmp_path / "run.npz"
    plain(checkpoint=file)
    before = file.read_bytes()

    def full(state):
        if state.step == 5:
            fill(file)

    with pytest.raises(OSError, match=r"No space left .*; the run\.npz from before") as caught:
        plain(checkpoint=file, steps=9, callbacks=[full])
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
    # With room again, it goes on and ends as if nothing had been.
    assert_same(plain(checkpoint=file, steps=9), plain(steps=9))


@needs_full
def test_a_full_disk_is_found_before_the_first_step(tmp_path):
    fill(tmp_path / "run.npz")
    seen = []
    with pytest.raises(OSError, match=r"No space left on device: '.*run\.npz'"):
        plain(checkpoint=tmp_path / "run.npz", callbacks=[seen.append])
    assert seen == []
    assert list(tmp_path.iterdir()) == []


@needs_full
def test_a_full_disk_on_the_command_line(tmp_path, capsys):
    words = ["train", "ring", "--width", "4", "--out", str(tmp_path), "--evaluate-every", "0"]
    assert cli.main([*words, "--steps", "2"]) == 0
    capsys.readouterr()
    fill(tmp_path / "config.json")
    assert cli.main([*words, "--steps", "3"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"{tmp_path}/config.json: No space left on device; the config.json from before" in said
    assert experiments.read(tmp_path).config["steps_done"] == 2


@needs_full
def test_a_history_on_a_full_disk(tmp_path):
    history = plain()
    fill(tmp_path / "h.npz")
    with pytest.raises(OSError, match=r"No space left on device: '.*h\.npz'"):
        history.save(tmp_path / "h.npz")
    assert list(tmp_path.iterdir()) == []


READ_ONLY = """
import os, sys, wganlib as wg
small = lambda: [wg.MLP([2, 4, n], seed=0) for n in (2, 1)]
settings = {"seed": 0, "batch": 4}
wg.train(*small(), wg.ring_of_gaussians(), steps=4, checkpoint=sys.argv[1], **settings)
if os.geteuid() == 0:  # to whom nothing is closed
    os.setegid(65534)
    os.seteuid(65534)
os.chdir("/")
try:
    # With a billion steps to go, this ends only if it fails at once.
    wg.train(*small(), wg.ring_of_gaussians(), steps=10**9, checkpoint=sys.argv[1], **settings)
except PermissionError as error:
    print(error)
"""


def test_a_read_only_directory_is_refused_before_the_first_step(tmp_path):
    script = tmp_path / "child.py"
    # The directory that a reader may not write to is one that anybody may look into.
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name) / "run.npz"
        script.write_text(
            READ_ONLY.replace("if os.geteuid", f"os.chmod({name!r}, 0o555)\nif os.geteuid")
        )
        command = [sys.executable, str(script), str(file)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
        folder.chmod(0o755)
        assert done.stdout == (
            "[Errno 13] Permission denied; the run.npz from before is kept: " + f"{str(file)!r}\n"
        ), done.stderr[-800:]
        assert [path.name for path in folder.iterdir()] == ["run.npz"]
        assert read_arrays(file, "checkpoint")[1]["done"] == 4


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("missing/run.npz", FileNotFoundError),
        ("file/run.npz", NotADirectoryError),
        ("folder", IsADirectoryError),
    ],
)
def test_places_that_cannot_be_written_are_named_at_once(tmp_path, place, error):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(error, match=place):
        plain(checkpoint=tmp_path / place, steps=10**9)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.npz"):
        wg.History.load(tmp_path / "nothing.npz")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        wg.load_images("folder", root=tmp_path / "nowhere")


def test_trying_leaves_no_trace(tmp_path):
    file = tmp_path / "a.npz"
    faults.try_to_write(file)
    assert list(tmp_path.iterdir()) == []
    write_arrays(file, "history", {"x": np.zeros(2)}, {})
    before = file.read_bytes()
    faults.try_to_write(file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


# --- the device --------------------------------------------------------------------------


class Hungry(torch.nn.Module):
    """A critic that asks for more memory than there is, as a GPU reports it."""

    def __init__(self, calls):
        super().__init__()
        self.net, self.calls = torch.nn.Linear(2, 1), calls

    def forward(self, x):
        self.calls -= 1
        if self.calls == 0:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return self.net(x)


def test_out_of_memory_is_one_sentence_and_keeps_the_checkpoint(tmp_path):
    file = tmp_path / "run.npz"
    settings = {"seed": 0, "batch": 4, "n_critic": 1, "steps": 20, "checkpoint": file}
    settings["checkpoint_every"] = 2

    def run(calls, **more):
        return wg.train(wg.MLP([2, 4, 2], seed=0), critic(calls), wg.ring_of_gaussians(),
                        **(settings | more))  # fmt: skip

    def critic(calls):
        torch.manual_seed(0)
        return Hungry(calls)

    with pytest.raises(MemoryError) as caught:
        run(16)  # once to check shapes, two a step, once at each of two checkpoints
    assert str(caught.value) == (
        "device: expected more memory after generator step 6, got none; a smaller batch, n_critic, "
        f"network or number of runs needs less; {file} is kept"
    )
    resumed = run(-1)
    assert_same(resumed, run(-1, checkpoint=None))
    with pytest.raises(MemoryError, match=r"needs less$"):
        run(4, checkpoint=None)
    with pytest.raises(MemoryError, match=r"needs less$"):
        run(4, checkpoint=tmp_path / "new.npz")


def test_out_of_memory_on_the_command_line(monkeypatch, capsys):
    def hungry(*_, **__):
        raise MemoryError("device: expected more memory, got none")

    monkeypatch.setattr(experiments, "train", hungry)
    assert cli.main(["train", "ring"]) == 1
    assert capsys.readouterr().err == "wganlib train: device: expected more memory, got none\n"


# --- shapes ------------------------------------------------------------------------------


def test_wrong_shapes_are_one_sentence(tmp_path):
    file = tmp_path / "run.npz"
    wg.train(*pair(), bigger(), seed=0, batch=4, steps=1, checkpoint=file)
    before = file.read_bytes()
    cases = {
        r"^generator: expected points of shape \(1, 8, 8\)": (pair(), IMAGES),
        r"^generator: expected .*\.\.\., as in run\.npz, got .*\.\.\.; resume=False": (
            (wg.images.DCGANGenerator(size=16, channels=1, filters=8, noise=5, seed=0), pair()[1]),
            bigger(),
        ),
        r"^critic: expected a network for points of shape \(1, 16, 16\)": (
            (pair()[0], wg.images.DCGANCritic(size=32, channels=1, filters=4, seed=0)),
            bigger(),
        ),
    }
    for words, (networks, data) in cases.items():
        with pytest.raises(ValueError, match=words) as caught:
            wg.train(*networks, data, seed=0, batch=4, steps=2, checkpoint=file)
        assert len(str(caught.value)) < 300
        assert "\n" not in str(caught.value)
    assert file.read_bytes() == before


def test_where_long_texts_differ():
    assert faults.differing(1, 2) == ("1", "2")
    a, b = faults.differing("x" * 200 + "a" + "y" * 200, "x" * 200 + "b" + "y" * 200)
    assert a.replace("a", "b") == b
    assert "a" in a
    assert len(a) < 80
    assert faults.differing("x" * 100, "x" * 120)[0].startswith("...x")

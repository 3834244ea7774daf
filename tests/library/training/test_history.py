"""A history survives its file, and a file that is not whole is said to be so."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import wganlib as wg
from wganlib.archive import write_arrays
from wganlib.training.history import _SHAPES


@pytest.fixture(scope="module")
def history():
    seeds = [3, 4]
    generator, critic = wg.MLP([2, 8, 2], seed=seeds), wg.MLP([2, 8, 1], seed=seeds)
    return wg.train(generator, critic, wg.ring_of_gaussians(), seed=seeds, steps=7,
                    evaluate_every=3, evaluation_points=10)  # fmt: skip


def test_round_trip(history, tmp_path):
    history.save(tmp_path / "h.npz")
    again = wg.History.load(tmp_path / "h.npz")
    for name in _SHAPES:
        before, after = getattr(history, name), getattr(again, name)
        np.testing.assert_array_equal(before, after)
        assert before.dtype == after.dtype
    assert again.seeds == (3, 4)
    assert again.versions == history.versions
    assert again.wall_time == history.wall_time > 0
    again.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "h.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.npz", "h.npz"]


def test_shapes(history):
    assert (history.steps, history.runs) == (7, 2)
    assert history.eval_step.tolist() == [0, 3, 6]
    assert history.samples.shape == (3, 2, 10, 2)
    assert history.em_floor.shape == (2,)
    beside = history.estimate_at_evaluations()
    assert np.isnan(beside[0]).all()
    np.testing.assert_array_equal(beside[1:], history.estimate[[2, 5]])


def test_loads_without_torch(history, tmp_path):
    history.save(tmp_path / "h.npz")
    code = (
        "import sys, wganlib as wg; h = wg.History.load(sys.argv[1]); "
        "print(h.steps, 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "h.npz")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", "False"]


def test_every_cut_is_noticed(history, tmp_path):
    file = tmp_path / "h.npz"
    history.save(file)
    whole = file.read_bytes()
    for end in [*range(0, len(whole), 257), len(whole) - 1]:
        file.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"^path: expected a history file .*h\.npz"):
            wg.History.load(file)


def test_flipped_bytes_in_the_numbers_are_noticed(history, tmp_path):
    file = tmp_path / "h.npz"
    history.save(file)
    whole = bytearray(file.read_bytes())
    place = whole.find(history.critic_loss.tobytes()[:32])
    whole[place + 3] ^= 255
    file.write_bytes(whole)
    with pytest.raises(ValueError, match="damaged"):
        wg.History.load(file)


def test_other_files_are_refused(tmp_path):
    file = tmp_path / "other.npz"
    np.savez(file, a=np.zeros(3))
    with pytest.raises(ValueError, match="something else"):
        wg.History.load(file)
    np.savez(file, meta=np.array({"kind": "history"}, dtype=object))
    with pytest.raises(ValueError, match="something else"):
        wg.History.load(file)
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(ValueError, match="something else"):
        wg.History.load(tmp_path / "array.npy")
    write_arrays(file, "checkpoint", {}, {})
    with pytest.raises(ValueError, match="a checkpoint file"):
        wg.History.load(file)
    write_arrays(file, "history", {}, {})
    with pytest.raises(ValueError, match="without critic_loss"):
        wg.History.load(file)
    with pytest.raises(FileNotFoundError):
        wg.History.load(tmp_path / "nowhere.npz")


def test_shapes_that_disagree_are_refused(history, tmp_path):
    arrays = {name: getattr(history, name) for name in _SHAPES} | {"em": np.zeros((1, 2))}
    meta = {"config": {}, "seeds": [3, 4], "versions": {}, "wall_time": 0.0}
    write_arrays(tmp_path / "h.npz", "history", arrays, meta)
    with pytest.raises(ValueError, match=r"expected em of shape \(E, R\) = \(3, 2\)"):
        wg.History.load(tmp_path / "h.npz")


def test_files_that_do_not_say_from_where_weights_are(history, tmp_path):
    arrays = {name: getattr(history, name) for name in _SHAPES if name != "kept_step"}
    meta = {"config": {}, "seeds": [3, 4], "versions": {}, "wall_time": 0.0}
    write_arrays(tmp_path / "h.npz", "history", arrays, meta)
    assert wg.History.load(tmp_path / "h.npz").kept_step.tolist() == [-1, -1]


def test_a_failed_write_leaves_the_old_file(history, tmp_path, monkeypatch):
    file = tmp_path / "h.npz"
    history.save(file)
    before = file.read_bytes()

    def full(*_, **__):
        raise OSError("no space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match="no space"):
        history.save(file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["h.npz"]


@pytest.mark.parametrize("path", [None, 3, b"x", "", ".", "a\0b"])
def test_what_is_no_path_is_named(history, path):
    for call in (history.save, wg.History.load):
        with pytest.raises((TypeError, ValueError), match=r"^path: expected"):
            call(path)


def test_a_file_that_says_it_is_encrypted(history, tmp_path):
    history.save(tmp_path / "run.npz")
    whole = bytearray((tmp_path / "run.npz").read_bytes())
    start = whole.index(b"PK\x01\x02")  # the directory's entry of the first array
    whole[start + 8] |= 1
    whole[6] |= 1
    (tmp_path / "run.npz").write_bytes(whole)
    with pytest.raises(ValueError, match=r"^path: .*damaged"):
        wg.History.load(tmp_path / "run.npz")


def test_a_link_stays_a_link(history, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "run.npz").symlink_to(tmp_path / "far" / "real.npz")
    history.save(tmp_path / "run.npz")
    assert (tmp_path / "run.npz").is_symlink()
    assert wg.History.load(tmp_path / "far" / "real.npz").seeds == history.seeds
    assert sorted(p.name for p in tmp_path.iterdir()) == ["far", "run.npz"]


def test_what_is_no_file_is_not_replaced(history, tmp_path):
    """As root, saving to /dev/null would have put a file in its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="Not a file"):
        history.save(pipe)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]

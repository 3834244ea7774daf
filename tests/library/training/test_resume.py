"""A training goes on only as itself: other data, functions or modules are refused by name."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

import wganlib as wg
from wganlib.training.lipschitz import NoConstraint

SETTINGS = {"seed": 0, "batch": 8, "n_critic": 2}


def networks():
    return wg.MLP([2, 4, 2], seed=0), wg.MLP([2, 4, 1], seed=0)


def cloud(centre):
    return lambda n, rng: rng.normal(centre, 1.0, (n, 2))


class Draws:
    """Anything with ``sample``."""

    def __init__(self, centre):
        self.centre = centre

    def sample(self, n, *, seed):
        return seed.normal(self.centre, 1.0, (n, 2))


def mixture(share):
    def draw(n, rng):
        return np.where(rng.random(n) < share, 5.0, 0.0)[:, None] + rng.normal(0, 1, (n, 2))

    return draw


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (cloud(0.0), cloud(50.0)),
        (cloud(0.0), cloud(0.001)),
        (Draws(0.0), Draws(50.0)),
        (mixture(0.1), mixture(0.101)),  # which moves a few points of the first block
        (lambda n, rng: rng.normal(0, 1, (n, 2)), lambda n, rng: rng.uniform(0, 1, (n, 2))),
    ],
)
@pytest.mark.parametrize("argument", ["data", "noise"])
def test_other_functions_are_refused(tmp_path, argument, was, now):
    def run(function, steps):
        given = {"data": wg.ring_of_gaussians(), argument: function}
        data = given.pop("data")
        return wg.train(*networks(), data, steps=steps, checkpoint=tmp_path / "a.npz",
                        **SETTINGS, **given)  # fmt: skip

    run(was, 2)
    before = (tmp_path / "a.npz").read_bytes()
    for steps in (2, 5):
        with pytest.raises(ValueError, match=rf"^{argument}: .*a\.npz.* resume=False"):
            run(now, steps)
    assert (tmp_path / "a.npz").read_bytes() == before
    assert run(was, 4).resumed == (2,)
    assert run(was, 5).resumed == (2, 4)


class Net(torch.nn.Module):
    def __init__(self, out, act):
        super().__init__()
        torch.manual_seed(0)
        self.one, self.two, self.act = torch.nn.Linear(2, 5), torch.nn.Linear(5, out), act

    def forward(self, x):
        return self.two(self.act(self.one(x)))


@pytest.mark.parametrize("side", ["generator", "critic"])
def test_a_module_whose_forward_was_edited_is_refused_and_left_alone(tmp_path, side):
    def run(act, steps, given=None):
        acts = {"generator": torch.tanh, "critic": torch.tanh, side: act}
        pair = given or (Net(2, acts["generator"]), Net(1, acts["critic"]))
        return wg.train(*pair, wg.ring_of_gaussians(), steps=steps, noise_shape=(2,),
                        checkpoint=tmp_path / "a.npz", **SETTINGS)  # fmt: skip

    run(torch.tanh, 2)
    edited = (
        Net(2, torch.relu if side == "generator" else torch.tanh),
        Net(1, torch.relu if side == "critic" else torch.tanh),
    )
    before = [p.clone() for net in edited for p in net.parameters()]
    with pytest.raises(ValueError, match=rf"^{side}: expected a network that computes"):
        run(torch.relu, 4, edited)
    for old, new in zip(before, [p for net in edited for p in net.parameters()], strict=True):
        assert torch.equal(old, new)
    assert run(torch.tanh, 4).steps == 4


def test_an_edited_rule_of_ones_own_is_refused(tmp_path):
    def rule(factor):
        class Shrink(NoConstraint):
            name = "shrink"

            def project(self, critic, state):
                critic.flat.mul_(factor)

        return Shrink()

    def run(factor, steps):
        return wg.train(*networks(), wg.ring_of_gaussians(), steps=steps, lipschitz=rule(factor),
                        checkpoint=tmp_path / "a.npz", **SETTINGS)  # fmt: skip

    run(0.9, 2)
    with pytest.raises(ValueError, match=r"^code: expected .*resume=False"):
        run(0.8, 4)
    assert run(0.9, 4).steps == 4


def test_a_function_that_uses_torch_draws_the_same_again(tmp_path):
    """It cannot be resumed bit for bit, but it is the same function."""

    def data(n, rng):
        return torch.randn(n, 2).numpy()

    for steps in (2, 4):
        history = wg.train(*networks(), data, steps=steps, checkpoint=tmp_path / "a.npz",
                           **SETTINGS)  # fmt: skip
    assert history.resumed == (2,)


def test_a_history_says_that_it_was_taken_up(tmp_path):
    for steps in (3, 5):
        history = wg.train(*networks(), wg.ring_of_gaussians(), steps=steps,
                           checkpoint=tmp_path / "a.npz", **SETTINGS)  # fmt: skip
    assert repr(history) == "History(5 steps, 1 runs, taken up again after step 3)"
    history.save(tmp_path / "h.npz")
    assert wg.History.load(tmp_path / "h.npz").resumed == (3,)


def test_a_failure_after_a_stop_before_the_first_step(tmp_path):
    """Ctrl-C before the first step leaves a checkpoint without a row."""
    given = {**SETTINGS, "checkpoint": tmp_path / "a.npz", "optimiser": wg.SGD(1e30)}
    given["lipschitz"] = wg.NoConstraint()
    wg.train(*networks(), wg.ring_of_gaussians(), steps=0, **given)
    with pytest.raises(FloatingPointError, match="expected finite losses") as caught:
        wg.train(*networks(), wg.ring_of_gaussians(), steps=40, **given)
    assert caught.value.history.steps > 0
    frozen = wg.train(*networks(), wg.ring_of_gaussians(), steps=0, **given)
    assert frozen.steps == 0


@pytest.mark.parametrize("steps", [0, 3])
def test_tensors_of_another_shape_are_refused(tmp_path, steps):
    from wganlib.archive import read_arrays, write_arrays

    file = tmp_path / "a.npz"
    wg.train(*networks(), wg.ring_of_gaussians(), steps=steps, checkpoint=file, **SETTINGS)
    arrays, meta = read_arrays(file, "checkpoint")
    meta = {name: value for name, value in meta.items() if name not in ("kind", "format")}
    for name in arrays:
        if name.startswith("kept."):  # of failed runs, of which there is none
            continue
        others = [None] if name == "samples" else [np.zeros((1, 1, 1, 1)), None]
        for other in others:
            changed = {**arrays, name: other}
            if other is None:
                del changed[name]
            write_arrays(file, "checkpoint", changed, meta)
            with pytest.raises(ValueError, match=r"^(path|data|noise|generator|critic): "):
                wg.train(*networks(), wg.ring_of_gaussians(), steps=5, checkpoint=file, **SETTINGS)


# --- two at once -------------------------------------------------------------------------


def test_a_second_training_on_one_file_is_refused_and_the_first_goes_on(tmp_path):
    file, second = tmp_path / "a.npz", []

    def start_another(state):
        with pytest.raises(OSError, match="Another process is at work") as caught:
            wg.train(*networks(), wg.ring_of_gaussians(), steps=9, checkpoint=file, **SETTINGS)
        second.append(caught.value.filename)

    wg.train(*networks(), wg.ring_of_gaussians(), steps=2, checkpoint=file, **SETTINGS,
             callbacks=[start_another])  # fmt: skip
    assert second == [str(file)] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    # Nobody holds it any more, and another file beside it was free all along.
    wg.train(*networks(), wg.ring_of_gaussians(), steps=3, checkpoint=file, **SETTINGS)


CHILD = """
import sys, wganlib as wg
wg.train(wg.MLP([2, 4, 2], seed=0), wg.MLP([2, 4, 1], seed=0), wg.ring_of_gaussians(), seed=0,
         batch=8, n_critic=2, steps=10**9, checkpoint=sys.argv[1], checkpoint_every=1,
         callbacks=[lambda s: print(s.step, flush=True)])
"""


@pytest.mark.slow
def test_a_killed_process_leaves_no_lock_and_no_part(tmp_path):
    file = tmp_path / "a.npz"
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(file)], stdout=subprocess.PIPE, text=True
    )
    for line in child.stdout:
        if int(line) > 5:
            break
    with pytest.raises(OSError, match="Another process"):
        wg.train(*networks(), wg.ring_of_gaussians(), steps=10**6, checkpoint=file, **SETTINGS)
    child.kill()
    child.communicate()
    (tmp_path / "a.npz.999999-1.part").write_bytes(b"half")
    done = []
    wg.train(*networks(), wg.ring_of_gaussians(), steps=10**6, checkpoint=file, **SETTINGS,
             callbacks=[lambda s: done.append(s.step) or True])  # fmt: skip
    assert done[0] > 5
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]

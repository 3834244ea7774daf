"""Two processes with half a batch each go where one goes with the whole batch."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import textwrap
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import torch

import wganlib as wg
from wganlib.training import distributed

ROOT = Path(__file__).resolve().parents[3]

SCRIPT = """
import sys
import numpy as np
import torch
import wganlib as wg
from wganlib.training import distributed
from wganlib.cli import main

torch.set_num_threads(1)
distributed.start()
ROOT = sys.argv[1]
DATA = np.tanh(np.random.default_rng(0).normal(size=(40, 1, 8, 8)))
SMALL = {"size": 8, "channels": 1, "dtype": "float64"}
CASES = {
    "clipping": (wg.WGAN(), wg.WeightClipping(0.05), wg.RMSProp(1e-3)),
    "penalty": (wg.WGAN(), wg.GradientPenalty(1.0), wg.Adam(1e-3)),
    "gan": (wg.NonSaturatingGAN(), wg.NoConstraint(), wg.Adam(1e-3)),
    "mlp": (wg.WGAN(), wg.GradientPenalty(0.1), wg.Adam(1e-3)),
}

def networks(case):
    if case == "mlp":
        return [wg.MLP([2, 8, n], seed=[0, 1], dtype="float64") for n in (2, 1)]
    # Another seed in the other process: they must agree on the first one's networks.
    seed = 5 * distributed.rank()
    generator = wg.images.DCGANGenerator(filters=4, noise=3, batch_norm=False, seed=seed, **SMALL)
    return generator, wg.images.DCGANCritic(filters=4, batch_norm=False, seed=seed, **SMALL)

for case, (objective, rule, optimiser) in CASES.items():
    pair = networks(case)
    many = case == "mlp"
    data = wg.ring_of_gaussians() if many else DATA
    settings = dict(seed=[0, 1] if many else 0, batch=8, n_critic=2, objective=objective,
                    lipschitz=rule, optimiser=optimiser)
    for steps in (3, 7):  # the second time from a checkpoint
        history = wg.train(*pair, data, steps=steps, checkpoint=f"{ROOT}/{case}.npz", **settings)
    history.save(f"{ROOT}/{case}-history.npz")
    if distributed.is_first():
        flat = [p.detach().numpy().ravel() for net in pair for p in net.parameters()]
        np.save(f"{ROOT}/{case}.npy", np.concatenate(flat))
    # In one piece: where output is not buffered, the lines of two processes would mix.
    sys.stdout.write(f"process {distributed.rank()} of {distributed.size()} did {case}\\n")
    sys.stdout.flush()
# The command line, which leaves the other process at its end.
words = ["train", "ring", "--steps", "4", "--width", "8", "--json", "--out", f"{ROOT}/run"]
assert main(words) == 0
"""

ENVIRONMENT = os.environ | {
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "GLOO_SOCKET_IFNAME": "lo",
}
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (torch.distributed.is_available() and torch.distributed.is_gloo_available()),
        reason="torch without gloo: several processes are NOT tested",
    ),
]


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, env=ENVIRONMENT, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """Train once alone, in this process, and once in two others."""
    folder = tmp_path_factory.mktemp("distributed")
    script = folder / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    for name in ("alone", "together"):
        (folder / name).mkdir()
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as alone:
        patch.setattr(sys, "argv", [str(script), str(folder / "alone")])
        exec(compile(SCRIPT, str(script), "exec"), {})
    torch.set_num_threads(threads)
    together = run(*TORCHRUN, str(script), str(folder / "together")).stdout
    return folder, [alone.getvalue(), together]


@pytest.mark.parametrize("case", ["clipping", "penalty", "gan", "mlp"])
def test_two_processes_equal_one_on_the_joint_batch(sides, case):
    folder, _ = sides
    alone, together = (np.load(folder / name / f"{case}.npy") for name in ("alone", "together"))
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)
    one, two = (
        wg.History.load(folder / name / f"{case}-history.npz") for name in ("alone", "together")
    )
    assert one.steps == two.steps == 7
    for recorded in ("critic_loss", "generator_loss", "penalty", "critic_gradient_norm",
                     "generator_gradient_norm", "estimate"):  # fmt: skip
        np.testing.assert_allclose(
            getattr(two, recorded), getattr(one, recorded), rtol=1e-9, atol=1e-12
        )
    assert one.config == two.config


def test_both_processes_took_part(sides):
    _, (alone, together) = sides
    assert "process 0 of 1 did mlp" in alone
    for rank in (0, 1):
        assert f"process {rank} of 2 did mlp" in together


def test_half_the_batch_alone_goes_elsewhere(sides):
    """The comparison can fail: without the other half the networks differ."""
    folder, _ = sides
    pair = [wg.MLP([2, 8, n], seed=[0, 1], dtype="float64") for n in (2, 1)]
    wg.train(*pair, wg.ring_of_gaussians(), seed=[0, 1], steps=7, batch=4, n_critic=2,
             lipschitz=wg.GradientPenalty(0.1), optimiser=wg.Adam(1e-3))  # fmt: skip
    flat = np.concatenate([p.detach().numpy().ravel() for net in pair for p in net.parameters()])
    assert np.abs(flat - np.load(folder / "together" / "mlp.npy")).max() > 1e-4


def result(printed):
    """What the command line printed as JSON: once, and nothing else."""
    return json.loads(re.sub(r"^process \d of \d did \w+\n", "", printed, flags=re.MULTILINE))


def test_the_command_line_prints_and_writes_once(sides):
    folder, printed = sides
    alone, together = map(result, printed)
    for one, two in zip(alone["rows"], together["rows"], strict=True):
        assert one.keys() == two.keys()
        for name, value in one.items():
            if value is not None:
                assert two[name] == pytest.approx(value, rel=1e-3, abs=1e-5)
    names = sorted(path.name for path in (folder / "together" / "run").iterdir())
    assert names == ["checkpoint.npz", "config.json", "generator.npz", "history.npz"]
    # And again, further, from the checkpoint.
    words = ["-m", "wganlib", "train", "ring", "--steps", "6", "--width", "8", "--json", "--out"]
    further = run(*TORCHRUN, *words, str(folder / "together" / "run"))
    assert json.loads(further.stdout)["steps_done"] == 6


def test_alone_nothing_is_shared():
    assert not distributed.active()
    assert (distributed.rank(), distributed.size(), distributed.is_first()) == (0, 1, True)
    tensor = torch.ones(3)
    assert distributed.average(tensor) is tensor
    assert distributed.share((tensor, None), (0, 0)) == (tensor, None)
    optimiser = wg.Adam(1e-3)
    assert distributed.averaged(optimiser) is optimiser
    distributed.wait()
    distributed.stop()
    assert distributed.any_of(True)
    assert not distributed.any_of(False)
    assert distributed.launched_first()


def test_a_batch_must_divide(monkeypatch):
    monkeypatch.setattr(distributed, "size", lambda: 2)
    with pytest.raises(ValueError, match=r"^batch: expected a multiple of the 2 processes"):
        wg.train(wg.MLP([2, 4, 2], seed=0), wg.MLP([2, 4, 1], seed=0), wg.ring_of_gaussians(),
                 seed=0, steps=1, batch=7)  # fmt: skip

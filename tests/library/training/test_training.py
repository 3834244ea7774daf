"""Training equals the plain reference, alone and among others, killed and resumed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch

import wganlib as wg
from tests import naive_wgan
from wganlib.archive import read_arrays
from wganlib.training import sampling
from wganlib.training import streams as _runs
from wganlib.training.draws import Blocks
from wganlib.training.later import RelativisticGAN, ZeroCentredPenalty
from wganlib.training.lipschitz import (
    GradientPenalty,
    NoConstraint,
    Orthonormal,
    SpectralNorm,
    SphereProjection,
    WeightClipping,
)
from wganlib.training.networks import MLP
from wganlib.training.objectives import WGAN, MinimaxGAN, NonSaturatingGAN
from wganlib.training.optimisers import SGD, Adam, RMSProp
from wganlib.training.step import RECORDED
from wganlib.training.train import TrainingFailed, train
from wganlib.training.trainer import authors_schedule

torch.set_num_threads(1)  # networks this small only wait for each other on two

RING = wg.ring_of_gaussians()


def networks(seed, *, width=16, depth=2, activation="relu", dtype="float64"):
    hidden = [width] * depth
    return (
        MLP([2, *hidden, 2], seed=seed, activation=activation, dtype=dtype),
        MLP([2, *hidden, 1], seed=seed, activation=activation, dtype=dtype),
    )


def batches(seed, steps, batch, n_critic):
    """Draw what `train` draws, run by run, through its documented streams."""
    like = torch.empty(0, dtype=torch.float64)

    def normal(n, rng):
        return rng.standard_normal((n, 2))

    def blocks(draw, purpose):
        return Blocks(draw, batch, [seed], purpose, like)

    real = blocks(lambda n, rng: RING.sample(n, seed=rng), _runs.DATA)
    z, last = blocks(normal, _runs.CRITIC_NOISE), blocks(normal, _runs.GENERATOR_NOISE)
    mixing = blocks(lambda n, rng: rng.random(n), _runs.MIXING)
    for i in range(steps):
        parts = [b.take(i * n_critic, n_critic)[0] for b in (real, z, mixing)]
        yield (*parts, last.take(i, 1)[0, 0])


CASES = {
    "paper": ({}, {"clip": 0.01}),
    "leaky": ({"activation": "leaky_relu"}, {"clip": 0.01}),
    "tanh": ({"activation": "tanh"}, {"clip": 0.1}),
    "authors' order": ({}, {"clip": 0.01, "clip_first": True}),
    "penalty": ({}, {"penalty": 10.0}),
    "one-sided": ({}, {"penalty": 0.1, "one_sided": True}),
    "penalty, tanh": ({"activation": "tanh"}, {"penalty": 1.0}),
    "penalty, leaky": ({"activation": "leaky_relu"}, {"penalty": 1.0}),
    "GroupSort": ({"activation": "groupsort"}, {"clip": 0.1}),
    "penalty, GroupSort": ({"activation": "groupsort"}, {"penalty": 1.0}),
    "Adam": ({}, {"penalty": 1.0, "optimiser": "adam"}),
    "SGD": ({}, {"clip": 0.1, "optimiser": "sgd"}),
    "minimax": ({}, {"objective": "minimax"}),
    "non-saturating": ({}, {"objective": "non_saturating"}),
    "R1": ({"activation": "tanh"}, {"objective": "non_saturating", "zero_centred": 0.5}),
    "relativistic": ({}, {"objective": "relativistic"}),
    "relativistic, R1 and R2": (
        {"activation": "leaky_relu"},
        {"objective": "relativistic", "zero_centred": 0.1, "both": True, "optimiser": "adam"},
    ),
}
OBJECTIVES = {
    "wgan": WGAN(),
    "minimax": MinimaxGAN(),
    "non_saturating": NonSaturatingGAN(),
    "relativistic": RelativisticGAN(),
}


def ours(reference, lr):
    """Say in the words of `train` what a case says in those of the reference."""
    optimiser = {"adam": Adam(lr, (0.5, 0.9)), "sgd": SGD(lr)}
    rule = NoConstraint()
    if "clip" in reference:
        rule = WeightClipping(reference["clip"])
    if "penalty" in reference:
        rule = GradientPenalty(reference["penalty"], reference.get("one_sided", False))
    if "zero_centred" in reference:
        rule = ZeroCentredPenalty(reference["zero_centred"], reference.get("both", False))
    return {
        "objective": OBJECTIVES[reference.get("objective", "wgan")],
        "lipschitz": rule,
        "optimiser": optimiser.get(reference.get("optimiser"), RMSProp(lr)),
    }


@pytest.mark.parametrize("written_out", [True, False], ids=["written out", "autograd"])
@pytest.mark.parametrize("case", CASES)
def test_forty_iterations_equal_the_plain_reference(case, written_out):
    shape, reference = CASES[case]
    generator, critic = networks(3, **shape)
    plain = naive_wgan.sequential(generator), naive_wgan.sequential(critic)
    lr, n_critic = 1e-3, 3
    expected = naive_wgan.train(*plain, batches(3, 40, 32, n_critic), lr=lr, **reference)
    mine = (generator, critic) if written_out else plain
    history = train(
        *mine,
        RING,
        seed=3,
        steps=40,
        batch=32,
        n_critic=n_critic,
        noise_shape=(2,),
        clip_first=reference.get("clip_first"),
        **ours(reference, lr),
    )
    rows = np.array(expected[2])
    np.testing.assert_allclose(history.critic_loss[:, 0], rows[:, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(history.generator_loss[:, 0], rows[:, 1], rtol=0, atol=1e-9)
    for net, module in zip(mine, expected[:2], strict=True):
        got = net.flat[0] if written_out else naive_wgan.flat(net)
        torch.testing.assert_close(got.detach(), naive_wgan.flat(module), rtol=0, atol=1e-9)


# --- many runs at once ---------------------------------------------------------------

RULES = {
    "clipping": (WeightClipping([0.01, 0.05, 0.1]), lambda i: WeightClipping([0.01, 0.05, 0.1][i])),
    "sphere": (SphereProjection([1.0, 2.0, 3.0]), lambda i: SphereProjection([1.0, 2.0, 3.0][i])),
    "penalty": (GradientPenalty([0.1, 1.0, 9.0]), lambda i: GradientPenalty([0.1, 1.0, 9.0][i])),
    "R1": (
        ZeroCentredPenalty([0.1, 1.0, 9.0]),
        lambda i: ZeroCentredPenalty([0.1, 1.0, 9.0][i]),
    ),
    "spectral": (SpectralNorm(), lambda i: SpectralNorm()),
    "orthonormal": (Orthonormal(), lambda i: Orthonormal()),
}
OPTIMISERS = {"rmsprop": RMSProp, "adam": Adam, "sgd": SGD}


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("rule", RULES)
def test_a_run_among_others_equals_the_same_run_alone(rule, optimiser):
    together, alone = RULES[rule]
    rates = [1e-4, 1e-3, 3e-3]
    settings = {"steps": 30, "batch": 16, "evaluate_every": 15, "evaluation_points": 40}
    seeds = [5, 1, 8]
    history = train(
        *networks(seeds),
        RING,
        seed=seeds,
        lipschitz=together,
        optimiser=OPTIMISERS[optimiser](rates),
        **settings,
    )
    for i, seed in enumerate(seeds):
        one = train(
            *networks(seed),
            RING,
            seed=seed,
            lipschitz=alone(i),
            optimiser=OPTIMISERS[optimiser](rates[i]),
            **settings,
        )
        for name in ("critic_loss", "generator_loss", "penalty", "critic_gradient_norm"):
            got, expected = getattr(history, name)[:, i], getattr(one, name)[:, 0]
            np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-9)
        for name in ("em", "lipschitz_bound", "lipschitz_largest", "lipschitz_mean"):
            got, expected = getattr(history, name)[:, i], getattr(one, name)[:, 0]
            np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-9)
        np.testing.assert_array_equal(history.em_floor[i], one.em_floor[0])


def test_paired_runs_among_others_equal_the_same_runs_alone():
    """Each run is compared with its own real points, whatever the sizes of the others' scores."""
    settings = {
        "objective": RelativisticGAN(),
        "steps": 30,
        "batch": 16,
        "optimiser": RMSProp(1e-3),
    }
    history = train(
        *networks([5, 1, 8]), RING, seed=[5, 1, 8],
        lipschitz=ZeroCentredPenalty([0.1, 1.0, 9.0], both=True), **settings,
    )  # fmt: skip
    for i, (seed, weight) in enumerate([(5, 0.1), (1, 1.0), (8, 9.0)]):
        rule = ZeroCentredPenalty(weight, both=True)
        one = train(*networks(seed), RING, seed=seed, lipschitz=rule, **settings)
        for name in ("critic_loss", "generator_loss", "penalty", "generator_gradient_norm"):
            got, expected = getattr(history, name)[:, i], getattr(one, name)[:, 0]
            np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-9)
    assert history.penalty.min() > 0


class CountsItsPoints(NoConstraint):
    """One's own penalty, which mixes nothing."""

    name = "counts"

    def penalty(self, critic, state, real, fake, mixing):
        assert mixing is None
        return real.new_full((len(real),), float(real.shape[1]))


def test_a_penalty_of_one_s_own_is_asked_for():
    history = train(*networks(3), RING, seed=3, steps=2, batch=16, lipschitz=CountsItsPoints())
    assert (history.penalty == 16).all()


def test_blocks_do_not_depend_on_where_one_starts():
    like = torch.empty(0, dtype=torch.float64)
    make = lambda: Blocks(lambda n, rng: rng.random((n, 3)), 50, [7, 8], 1, like)  # noqa: E731
    whole = make().take(0, 1000)
    assert make().length < 1000
    torch.testing.assert_close(make().take(430, 7), whole[:, 430:437], rtol=0, atol=0)
    alone = Blocks(lambda n, rng: rng.random((n, 3)), 50, [8], 1, like)
    torch.testing.assert_close(alone.take(0, 1000), whole[1:], rtol=0, atol=0)


def test_looking_does_not_change_the_training():
    """Evaluation, callbacks and records draw from streams of their own."""
    quiet = networks(2)
    train(*quiet, RING, seed=2, steps=20, batch=16)
    watched = networks(2)
    seen = []
    train(
        *watched,
        RING,
        seed=2,
        steps=20,
        batch=16,
        evaluate_every=3,
        evaluation_points=20,
        callbacks=[lambda s: seen.append((s.sample(3, seed=0), s.score([[0.0, 0.0]]))) or None],
    )
    assert len(seen) == 20
    for a, b in zip(quiet, watched, strict=True):
        torch.testing.assert_close(a.flat, b.flat, rtol=0, atol=0)


# --- the parts of a call -------------------------------------------------------------


def test_authors_schedule():
    steps = [authors_schedule(i, 5) for i in range(1001)]
    assert steps[:26] == [100] * 25 + [5]
    assert steps[499:502] == [5, 100, 5]
    assert steps[1000] == 100
    generator, critic = networks(0, width=4)
    counted = []

    class Counting(WeightClipping):
        def project(self, critic, state):
            counted.append(1)
            super().project(critic, state)

    train(generator, critic, RING, seed=0, steps=26, batch=4, schedule="authors",
          lipschitz=Counting(0.01))  # fmt: skip
    assert len(counted) == 2505


@pytest.mark.parametrize(
    ("schedule", "clip_first", "clipped"),
    [("paper", None, True), ("authors", None, False), ("paper", True, False),
     ("authors", False, True)],
)  # fmt: skip
def test_order_and_number_of_steps_are_chosen_apart(schedule, clip_first, clipped):
    """The authors' order leaves weights unclipped for the generator."""
    generator, critic = networks(0)
    moves = []

    class Counting(WeightClipping):
        def project(self, critic, state):
            moves.append(1)
            super().project(critic, state)

    history = train(generator, critic, RING, seed=0, steps=1, batch=4, schedule=schedule,
                    clip_first=clip_first, lipschitz=Counting(0.01),
                    optimiser=RMSProp(1e-3))  # fmt: skip
    assert (float(critic.flat.detach().abs().max()) <= 0.01) is clipped
    assert len(moves) == (100 if schedule == "authors" else 5)
    assert history.config["clip_first"] is not clipped


def test_defaults_are_the_papers():
    history = train(*networks(0), RING, seed=0, steps=1)
    assert history.config["lipschitz"] == {"name": "clipping", "c": 0.01}
    assert history.config["optimiser"]["name"] == "rmsprop"
    assert history.config["optimiser"]["lr"] == 5e-5
    assert (history.config["batch"], history.config["n_critic"]) == (64, 5)
    gan = train(*networks(0), RING, seed=0, steps=1, objective=MinimaxGAN())
    assert gan.config["lipschitz"] == {"name": "none"}


def test_it_trains():
    history = train(
        *networks([0, 1, 2], width=32, depth=3, dtype="float32"),
        RING,
        seed=[0, 1, 2],
        steps=400,
        lipschitz=GradientPenalty(0.1),
        optimiser=Adam(1e-3, (0.0, 0.9)),
        evaluate_every=400,
    )
    assert history.em[0].min() > 1.5
    assert history.em[-1].max() < 0.8
    assert history.em_floor.max() < history.em[-1].min()
    assert (history.lipschitz_largest <= history.lipschitz_bound * (1 + 1e-6)).all()


@pytest.mark.parametrize(
    "data",
    [
        RING,
        RING.sample(100, seed=0),
        lambda n, rng: rng.normal(size=(n, 2)),
        torch.randn(50, 2).numpy().astype(np.float32),
    ],
    ids=["measure", "array", "function", "float32"],
)
def test_data_may_be_many_things(data):
    assert train(*networks(0), data, seed=0, steps=2, noise="uniform").steps == 2


def test_points_on_a_line():
    generator, critic = MLP([3, 8, 1], seed=0), MLP([1, 8, 1], seed=0)
    history = train(generator, critic, np.arange(10.0), seed=0, steps=2, evaluate_every=1,
                    evaluation_points=20)  # fmt: skip
    assert history.samples.shape == (3, 1, 20, 1)


def test_an_array_is_drawn_uniformly_with_replacement():
    blocks = Blocks(sampling.sampler(np.arange(4.0)), 64, [0], 1,
                    torch.empty(0, dtype=torch.float64))  # fmt: skip
    counts = np.bincount(blocks.take(0, 200).flatten().long().numpy(), minlength=4)
    assert np.abs(counts / counts.sum() - 0.25).max() < 0.02


def test_callbacks_see_and_stop_but_cannot_write():
    seen = []

    def watch(state):
        seen.append(state.step)
        assert state.estimate.shape == state.critic_loss.shape == (2,)
        np.testing.assert_allclose(state.estimate, -state.critic_loss)
        for array in (state.estimate, state.critic_loss, state.generator_loss):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
        with pytest.raises(AttributeError):
            state.step = 0
        assert state.sample(4, seed=[0, 1]).shape == (2, 4, 2)
        return state.step == 7

    history = train(*networks([0, 1]), RING, seed=[0, 1], steps=50, callbacks=[watch], batch=8)
    assert seen == list(range(1, 8))
    assert history.steps == 7


def test_callbacks_may_be_called_now_and_then():
    seen = []
    history = train(*networks(0), RING, seed=0, steps=20, batch=8, callback_every=6,
                    callbacks=[lambda s: seen.append((s.step, s.critic_loss[0]))])  # fmt: skip
    assert [step for step, _ in seen] == [6, 12, 18]
    assert [loss for _, loss in seen] == history.critic_loss[[5, 11, 17], 0].tolist()
    stopped = train(*networks(0), RING, seed=0, steps=20, batch=8, callback_every=6,
                    callbacks=[lambda s: s.step > 6])  # fmt: skip
    assert stopped.steps == 12


def test_all_callbacks_of_a_step_are_called():
    calls = []
    watch = [lambda s: True, lambda s: calls.append(s.step)]
    train(*networks(0), RING, seed=0, steps=9, batch=8, callbacks=watch)
    assert calls == [1]


def test_progress_goes_to_the_bar_only(capsys):
    train(*networks(0), RING, seed=0, steps=3, progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "3/3" in captured.err
    train(*networks(0), RING, seed=0, steps=3)
    assert capsys.readouterr() == ("", "")


class Convolutional(torch.nn.Module):
    """Batch norm and dropout: what mixes a batch, and what draws numbers of its own."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 3, padding=1),
            torch.nn.BatchNorm2d(4),
            torch.nn.LeakyReLU(0.2),
            torch.nn.Dropout(0.2),
            torch.nn.Flatten(),
            torch.nn.Linear(4 * 16, 1),
        )

    def forward(self, x):
        return self.net(x)


def images(seed=0):
    torch.manual_seed(seed)
    generator = torch.nn.Sequential(
        torch.nn.Linear(3, 16), torch.nn.BatchNorm1d(16), torch.nn.Unflatten(1, (1, 4, 4))
    )
    return generator, Convolutional()


PIXELS = np.random.default_rng(0).normal(size=(20, 1, 4, 4))


def test_images_through_any_module():
    generator, critic = images()
    names = [name for name, _ in critic.named_parameters()]
    before = [p.detach().clone() for p in generator.parameters()]
    history = train(generator, critic, PIXELS, seed=0, steps=3, batch=8, noise_shape=(3,),
                    evaluate_every=3, evaluation_points=10)  # fmt: skip
    assert history.samples.shape == (2, 1, 10, 1, 4, 4)
    assert np.isnan(history.lipschitz_bound).all()
    assert np.isfinite(history.em).all()
    assert [name for name, _ in critic.named_parameters()] == names
    assert any((a != b).any() for a, b in zip(before, generator.parameters(), strict=True))


def test_batch_norm_sees_one_batch_at_a_time():
    """Real and generated points go through apart, and a critic's phase in its batches."""
    generator, critic = images()
    sizes = []
    critic.net[1].register_forward_pre_hook(lambda m, args: sizes.append(len(args[0])))
    generator[1].register_forward_pre_hook(lambda m, args: sizes.append(len(args[0])))
    train(generator, critic, PIXELS, seed=0, steps=2, batch=8, noise_shape=(3,))
    # The first two entries are the check of the shapes, before the first step.
    assert set(sizes[2:]) == {8}


def test_bf16_is_close_and_leaves_float32_parameters():
    losses = []
    for precision in ("float32", "bf16"):
        generator, critic = networks(0, dtype="float32")
        pair = naive_wgan.sequential(generator), naive_wgan.sequential(critic)
        history = train(*pair, RING, seed=0, steps=5, noise_shape=(2,), precision=precision)
        assert all(p.dtype == torch.float32 for net in pair for p in net.parameters())
        losses.append(history.critic_loss)
    assert not np.array_equal(*losses)
    np.testing.assert_allclose(*losses, atol=0.02)


def test_a_generator_may_return_a_view():
    class Turned(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Linear(3, 2)

        def forward(self, z):
            return self.net(z).T.contiguous().T

    history = train(Turned(), MLP([2, 4, 1], seed=0), RING, seed=0, steps=2, noise_shape=(3,))
    assert np.isfinite(history.estimate).all()


def test_global_random_state_is_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    generator, critic = images()
    torch.manual_seed(0)
    train(generator, critic, PIXELS, seed=0, steps=1, batch=8, noise_shape=(3,))
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU: CUDA graphs NOT tested")
@pytest.mark.parametrize("modules", [False, True], ids=["MLP", "modules"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("rule", RULES)
def test_a_gpu_equals_the_cpu(rule, optimiser, modules):
    ends = []
    for device in ("cpu", "cuda"):
        pair = networks(0)
        if modules:
            pair = tuple(naive_wgan.sequential(network) for network in pair)
        history = train(
            *pair,
            RING,
            seed=0,
            steps=40,
            lipschitz=RULES[rule][1](0),
            optimiser=OPTIMISERS[optimiser](1e-3),
            noise_shape=(2,),
            device=device,
        )
        ends.append(history.critic_loss)
    np.testing.assert_allclose(*ends, rtol=0, atol=1e-8)


# --- what goes wrong -----------------------------------------------------------------


def exploding(at, which):
    """Return a rule that spoils the weights of one run at one step."""

    class Spoil(WeightClipping):
        calls = 0

        def project(self, critic, state):
            super().project(critic, state)
            type(self).calls += 1
            if type(self).calls == at:
                critic.flat[which, 0] = float("nan")

    return Spoil(0.1)


def test_a_loss_that_is_not_finite_is_named():
    with pytest.raises(TrainingFailed, match=r"run 1, generator step 4: .*critic_loss") as caught:
        train(*networks([0, 1]), RING, seed=[0, 1], steps=300, batch=8, lipschitz=exploding(20, 1))
    error = caught.value
    assert (error.run, error.step) == (1, 4)
    assert np.isfinite(list(error.last_good.values())).all()
    assert set(error.last_good) == set(RECORDED)
    assert error.history.failed_step.tolist() == [-1, 4]


def test_the_other_runs_go_on():
    settings = {"steps": 150, "batch": 8, "evaluate_every": 75, "evaluation_points": 20}
    seeds = [0, 1, 2]
    history = train(*networks(seeds), RING, seed=seeds, lipschitz=exploding(20, 1),
                    on_failure="freeze", **settings)  # fmt: skip
    untouched = train(*networks(seeds), RING, seed=seeds, lipschitz=WeightClipping(0.1), **settings)
    assert history.failed_step.tolist() == [-1, 4, -1]
    assert np.isfinite(history.critic_loss[:3, 1]).all()
    assert np.isnan(history.critic_loss[3:, 1]).all()
    assert np.isnan(history.em[1:, 1]).all()
    for name in ("critic_loss", "generator_loss", "em", "lipschitz_bound", "lipschitz_largest"):
        a, b = getattr(history, name), getattr(untouched, name)
        np.testing.assert_array_equal(a[:, [0, 2]], b[:, [0, 2]])


def test_a_failed_run_keeps_its_last_good_weights(tmp_path):
    seeds, settings = [0, 1, 2], {"seed": [0, 1, 2], "batch": 8}
    after = {steps: networks(seeds) for steps in (3, 70)}
    for steps, pair in after.items():
        train(*pair, RING, steps=steps, lipschitz=WeightClipping(0.1), **settings)

    def is_run_1_of(pair, steps):
        for mine, short, whole in zip(pair, after[steps], after[70], strict=True):
            assert torch.equal(mine.flat[1], short.flat[1])
            assert torch.equal(mine.flat[[0, 2]], whole.flat[[0, 2]])

    frozen = networks(seeds)
    look = [lambda state: None]
    history = train(*frozen, RING, steps=70, lipschitz=exploding(20, 1), on_failure="freeze",
                    callbacks=look, **settings)  # fmt: skip
    assert history.failed_step.tolist() == [-1, 4, -1]
    assert history.kept_step.tolist() == [-1, 3, -1]
    is_run_1_of(frozen, 3)
    # The same through a checkpoint that was written after the failure.
    spoil, file = exploding(20, 1), tmp_path / "run.npz"
    for steps in (20, 70):
        resumed = networks(seeds)
        again = train(*resumed, RING, steps=steps, lipschitz=spoil, on_failure="freeze",
                      callbacks=look, checkpoint=file, **settings)  # fmt: skip
    same(again, history)
    is_run_1_of(resumed, 3)


def test_weights_are_kept_from_the_last_look():
    """Without callbacks, evaluations or checkpoints the first look comes after 64 steps."""
    start, mine = networks([0, 1]), networks([0, 1])
    with pytest.raises(TrainingFailed, match="back at generator step 0") as caught:
        train(*mine, RING, seed=[0, 1], steps=300, batch=8, lipschitz=exploding(20, 1))
    assert caught.value.history.kept_step.tolist() == [-1, 0]
    for ours, fresh in zip(mine, start, strict=True):
        assert torch.equal(ours.flat[1], fresh.flat[1])
        assert ours.flat.isfinite().all()


def test_any_module_keeps_its_last_good_weights_and_buffers():
    pair, fresh = images(), images()
    with pytest.raises(TrainingFailed):
        train(*pair, PIXELS, seed=0, steps=70, batch=8, noise_shape=(3,),
              lipschitz=exploding(20, 0))  # fmt: skip
    for mine, start in zip(pair, fresh, strict=True):
        for name, value in mine.state_dict().items():
            assert torch.equal(value, start.state_dict()[name]), name


def test_when_all_fail_it_stops():
    with pytest.raises(TrainingFailed):
        train(*networks(0), RING, seed=0, steps=300, batch=8, lipschitz=exploding(5, 0),
              on_failure="freeze")  # fmt: skip


def test_a_rate_for_too_few_runs_is_refused():
    with pytest.raises(ValueError, match=r"^lr: expected one number, or one for each of 3 runs"):
        train(*networks([0, 1, 2]), RING, seed=[0, 1, 2], steps=1, optimiser=RMSProp([1e-3, 1e-4]))


def test_one_network_cannot_play_both_sides():
    both = MLP([1, 4, 1], seed=0)
    with pytest.raises(ValueError, match=r"^critic: "):
        train(both, both, [0.0, 1.0], seed=0, steps=1)


def test_a_rule_of_ones_own():
    """Anything with the hooks will do, and its settings are recorded."""

    class Halving(NoConstraint):
        name = "halving"

        def project(self, critic, state):
            critic.flat.mul_(0.5)

    generator, critic = networks([0, 1])
    history = train(generator, critic, RING, seed=[0, 1], steps=4, lipschitz=Halving())
    assert float(critic.flat.detach().abs().max()) < 1e-3
    assert history.config["lipschitz"] == {"name": "halving"}


# --- checkpoints ---------------------------------------------------------------------


def same(a, b, but=("config", "versions", "wall_time", "resumed")):
    for name in vars(a):
        if name not in but:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_resumed_equals_uninterrupted(rule, optimiser, tmp_path):
    settings = {
        "seed": [3, 4, 5],
        "lipschitz": RULES[rule][0],
        "optimiser": OPTIMISERS[optimiser]([1e-4, 1e-3, 3e-3]),
        "batch": 16,
        "evaluate_every": 10,
        "evaluation_points": 20,
    }
    whole = networks([3, 4, 5], dtype="float32")
    expected = train(*whole, RING, steps=100, **settings)
    file = tmp_path / "run.npz"
    for steps in (33, 70, 100):
        parts = networks([3, 4, 5], dtype="float32")
        history = train(*parts, RING, steps=steps, checkpoint=file, **settings)
    same(history, expected)
    for a, b in zip(parts, whole, strict=True):
        assert torch.equal(a.flat, b.flat)
    again = train(
        *networks([3, 4, 5], dtype="float32"), RING, steps=100, checkpoint=file, **settings
    )
    same(again, expected)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_batch_norm_and_dropout_resume_exactly(tmp_path):
    settings = {"seed": 0, "batch": 8, "noise_shape": (3,), "schedule": "authors"}
    whole = images()
    expected = train(*whole, PIXELS, steps=30, **settings)
    for steps in (11, 30):
        parts = images()
        history = train(*parts, PIXELS, steps=steps, checkpoint=tmp_path / "a.npz", **settings)
    same(history, expected)
    for a, b in zip(parts, whole, strict=True):
        for name, value in a.state_dict().items():
            assert torch.equal(value, b.state_dict()[name]), name


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    file = tmp_path / "run.npz"
    train(*networks(0), RING, seed=0, steps=5, checkpoint=file)
    cases = {
        "seed": {"seed": 1},
        "batch": {"batch": 32},
        "lipschitz": {"lipschitz": WeightClipping(0.1)},
        "optimiser": {"optimiser": RMSProp(1e-3)},
        "n_critic": {"n_critic": 1},
    }
    for argument, change in cases.items():
        with pytest.raises(ValueError, match=f"^{argument}: expected .*resume=False"):
            train(*networks(0), RING, **{"seed": 0, "steps": 9, "checkpoint": file} | change)
    with pytest.raises(ValueError, match=r"^data: expected"):
        train(*networks(0), np.zeros((4, 2)), seed=0, steps=9, checkpoint=file)
    with pytest.raises(ValueError, match=r"^generator: expected"):
        train(*networks(0, width=8), RING, seed=0, steps=9, checkpoint=file)
    with pytest.raises(ValueError, match=r"^steps: expected at least the 5"):
        train(*networks(0), RING, seed=0, steps=4, checkpoint=file)
    assert train(*networks(0), RING, seed=1, steps=2, checkpoint=file, resume=False).steps == 2


def test_damaged_checkpoints_are_named(tmp_path):
    file = tmp_path / "run.npz"
    train(*networks(0), RING, seed=0, steps=5, checkpoint=file)
    whole = file.read_bytes()
    for damaged in (whole[:100], whole[: len(whole) // 2], whole[:-1], b"", b"PK", b"text" * 99):
        file.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"run\.npz, which is damaged or something else"):
            train(*networks(0), RING, seed=0, steps=9, checkpoint=file)
    train(*networks(0), RING, seed=0, steps=1).save(file)
    with pytest.raises(ValueError, match="a history file"):
        train(*networks(0), RING, seed=0, steps=9, checkpoint=file)


CHILD = """
import sys, torch, wganlib as wg
torch.set_num_threads(1)
seeds = [3, 4]
history = wg.train(
    wg.MLP([2, 16, 16, 2], seed=seeds), wg.MLP([2, 16, 16, 1], seed=seeds),
    wg.ring_of_gaussians(), seed=seeds, steps=600, batch=16,
    lipschitz=wg.GradientPenalty(0.1), optimiser=wg.Adam(1e-3),
    evaluate_every=100, evaluation_points=30,
    checkpoint=sys.argv[1], checkpoint_every=7,
    callbacks=[lambda s: print(s.step, flush=True) and None],
)
history.save(sys.argv[2])
"""


def child(tmp_path, name):
    script = tmp_path / "child.py"
    script.write_text(textwrap.dedent(CHILD))
    command = [
        sys.executable,
        str(script),
        str(tmp_path / f"{name}.npz"),
        str(tmp_path / f"{name}-h.npz"),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def in_this_process(tmp_path, name, monkeypatch):
    """Do what a child would: which process goes on makes no difference."""
    files = [str(tmp_path / f"{name}{end}") for end in (".npz", "-h.npz")]
    monkeypatch.setattr(sys, "argv", ["child.py", *files])
    threads = torch.get_num_threads()
    exec(compile(CHILD, "child", "exec"), {})
    torch.set_num_threads(threads)


def until(process, step):
    for line in process.stdout:
        if int(line) >= step:
            return


@pytest.mark.slow
def test_killed_at_any_moment_and_resumed_is_bit_equal(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    kills = 0
    for step in (40, 90, 30):
        process = child(tmp_path, "killed")
        until(process, step)
        deadline = time.perf_counter() + rng.uniform(0, 0.02)
        while time.perf_counter() < deadline:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 2
    with np.load(tmp_path / "killed.npz") as kept:
        assert len(kept.files) > 1
    in_this_process(tmp_path, "killed", monkeypatch)
    in_this_process(tmp_path, "whole", monkeypatch)
    same(wg.History.load(tmp_path / "killed-h.npz"), wg.History.load(tmp_path / "whole-h.npz"))
    with np.load(tmp_path / "whole.npz") as a, np.load(tmp_path / "killed.npz") as b:
        assert set(a.files) == set(b.files)
        for name in a.files:
            if name != "meta":
                np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_interrupted_keeps_history_and_checkpoint(tmp_path):
    file = tmp_path / "run.npz"

    def interrupt(state):
        if state.step == 9:
            os.kill(os.getpid(), signal.SIGINT)

    settings = {"seed": 0, "batch": 8, "checkpoint": file}
    part = train(*networks(0), RING, steps=30, callbacks=[interrupt], **settings)
    assert part.steps == 9
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    resumed = train(*networks(0), RING, steps=30, **settings)
    same(resumed, train(*networks(0), RING, seed=0, batch=8, steps=30))


# --- when the machine has too little -----------------------------------------------------

SHORT = """
import resource, sys, torch, wganlib as wg
torch.set_num_threads(1)
class Hungry(torch.nn.Linear):
    more = 0
    def forward(self, x):
        return super().forward(x) + torch.zeros(1 + self.more)[0]
def networks():
    return Hungry(2, 2), wg.MLP([2, 16, 1], seed=0)
file, what = sys.argv[1:]
torch.manual_seed(0)
usual = {"seed": 0, "batch": 16, "checkpoint": file, "device": "cpu", "noise_shape": (2,)}
wg.train(*networks(), wg.ring_of_gaussians(), steps=5, **usual)
def limit(state):
    if what == "disk":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, -1))
    else:
        size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + 2**27, -1))
        Hungry.more = 2**28
try:
    wg.train(*networks(), wg.ring_of_gaussians(), steps=9, callbacks=[limit], **usual)
except (OSError, MemoryError) as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process: Linux only")
@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("disk", r"^OSError .*File too large; the run\.npz from before is kept: '.*run\.npz'$"),
        ("memory", r"^MemoryError device: expected more memory after generator step 6.*run\.npz is "
                   r"kept$"),
    ],
)  # fmt: skip
def test_the_last_checkpoint_is_kept(what, sentence, tmp_path):
    file = tmp_path / "run.npz"
    command = [sys.executable, "-c", SHORT, str(file), what]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.match(sentence, done.stdout.strip()), done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
    assert len(read_arrays(file, "checkpoint")[0]["rows"]) == 5


def test_numpys_own_true_ends_a_training():
    stopping = [lambda state: np.float64(1.0) < 2.0, lambda state: np.True_]
    for callback in stopping:
        generator, critic = MLP([2, 4, 2], seed=0), MLP([2, 4, 1], seed=0)
        history = wg.train(
            generator, critic, np.zeros((4, 2)), seed=0, steps=3, batch=2, callbacks=[callback]
        )
        assert history.steps == 1


def test_any_seed_that_is_a_whole_number():
    generator, critic = MLP([2, 4, 2], seed=0), MLP([2, 4, 1], seed=0)
    history = wg.train(generator, critic, np.zeros((4, 2)), seed=2**100, steps=1, batch=2)
    assert history.seeds == (2**100,)


def test_networks_that_share_a_layer_are_refused():
    """Each side's optimiser moves a copy of its own, so the shared layer would come apart."""
    shared = torch.nn.Linear(2, 2)
    critic = torch.nn.Sequential(shared, torch.nn.Linear(2, 1))
    with pytest.raises(ValueError, match=r"^critic: .*in common"):
        wg.train(shared, critic, np.zeros((4, 2)), seed=0, steps=1, noise_shape=(2,))


def test_short_floats_and_numbers_too_large_for_them_are_refused():
    data = np.zeros((4, 2))
    for kind in (torch.float16, torch.bfloat16):
        generator, critic = torch.nn.Linear(2, 2).to(kind), torch.nn.Linear(2, 1).to(kind)
        with pytest.raises(ValueError, match=r"^generator: expected parameters of float32"):
            wg.train(generator, critic, data, seed=0, steps=1, noise_shape=(2,))
    for settings, name in (
        ({"optimiser": wg.RMSProp(1e300)}, "lr"),
        ({"optimiser": wg.SGD([1e300])}, "lr"),
        ({"lipschitz": WeightClipping(1e300)}, "c"),
    ):
        generator, critic = MLP([2, 4, 2], seed=0), MLP([2, 4, 1], seed=0)
        with pytest.raises(ValueError, match=rf"^{name}: expected a number that fits float32"):
            wg.train(generator, critic, data, seed=0, steps=1, **settings)

"""Each half of Algorithm 1 equals a plain torch loop, and the same half inside `train`."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

import wganlib as wg
from tests import naive_wgan
from wganlib.training import streams as _runs
from wganlib.training.draws import Blocks

torch.set_num_threads(1)

RING = wg.ring_of_gaussians()
LINE = wg.Gaussian(0.0, 0.25), wg.Gaussian(4.0, 1.0)
OBJECTIVES = {"wgan": wg.WGAN, "minimax": wg.MinimaxGAN, "non_saturating": wg.NonSaturatingGAN}


def mlp(sizes, seed=0, **options):
    return wg.MLP(sizes, seed=seed, dtype="float64", **options)


def drawn(draw, batch, seed, purpose):
    return Blocks(draw, batch, [seed], purpose, torch.empty(0, dtype=torch.float64))


def normal(n, rng):
    return rng.standard_normal((n, 2))


# --- against a plain loop ----------------------------------------------------------------

CRITICS = {
    "clipping": ({"lipschitz": wg.WeightClipping(0.1)}, {"clip": 0.1}),
    "penalty": ({"lipschitz": wg.GradientPenalty(0.5)}, {"penalty": 0.5}),
    "one-sided": (
        {"lipschitz": wg.GradientPenalty(2.0, one_sided=True)},
        {"penalty": 2.0, "one_sided": True},
    ),
    "nothing": ({"lipschitz": wg.NoConstraint()}, {}),
    "minimax": ({"objective": wg.MinimaxGAN()}, {"objective": "minimax"}),
}


def plain_critic(critic, *, seed, steps, batch, lr, objective="wgan", clip=None, penalty=None,
                 one_sided=False):  # fmt: skip
    """Return the losses of every step of a plain loop on LINE, and the trained copy."""
    critic = copy.deepcopy(critic)
    optimiser = torch.optim.RMSprop(critic.parameters(), lr=lr)
    real = drawn(lambda n, rng: LINE[0].sample(n, seed=rng), batch, seed, _runs.DATA)
    fake = drawn(lambda n, rng: LINE[1].sample(n, seed=rng), batch, seed, _runs.CRITIC_NOISE)
    mixing = drawn(lambda n, rng: rng.random(n), batch, seed, _runs.MIXING)
    rows = []
    for t in range(steps):
        x, y, u = (blocks.take(t, 1)[0, 0] for blocks in (real, fake, mixing))
        total = loss = naive_wgan.losses(objective, critic(x), critic(y))[0]
        if penalty is not None:
            total = loss + naive_wgan.gradient_penalty(critic, x, y, u, penalty, one_sided)
        optimiser.zero_grad()
        total.backward()
        norm = torch.cat([p.grad.reshape(-1) for p in critic.parameters()]).norm()
        optimiser.step()
        if clip is not None:
            for parameter in critic.parameters():
                parameter.data.clamp_(-clip, clip)
        rows.append([loss.item(), (total - loss).item(), norm.item()])
    return np.array(rows).T, critic


@pytest.mark.parametrize("written_out", [True, False], ids=["written out", "autograd"])
@pytest.mark.parametrize("case", CRITICS)
def test_a_critic_alone_equals_a_plain_loop(case, written_out):
    ours, theirs = CRITICS[case]
    critic = mlp([1, 16, 16, 1], 3)
    plain = naive_wgan.sequential(critic)
    (loss, penalty, norm), expected = plain_critic(
        plain, seed=3, steps=70, batch=32, lr=1e-3, **theirs
    )
    probe = np.linspace(-2, 6, 9)
    mine = critic if written_out else plain
    got = wg.train_critic(
        mine, *LINE, seed=3, steps=70, batch=32, optimiser=wg.RMSProp(1e-3), probe=probe,
        record_at=[0, 70], **ours,
    )  # fmt: skip
    np.testing.assert_allclose(got.critic_loss[:, 0], loss, rtol=0, atol=1e-9)
    np.testing.assert_allclose(got.penalty[:, 0], penalty, rtol=0, atol=1e-9)
    np.testing.assert_allclose(got.gradient_norm[:, 0], norm, rtol=0, atol=1e-9)
    name = theirs.get("objective", "wgan")
    exact = -got.critic_loss if name == "wgan" else np.log(2) - got.critic_loss / 2
    np.testing.assert_allclose(got.estimate, exact, rtol=0, atol=1e-15)
    where = torch.tensor(probe[:, None], requires_grad=True)
    scores = expected(where)
    (slopes,) = torch.autograd.grad(scores.sum(), where)
    np.testing.assert_allclose(got.scores[1, 0], scores.detach()[:, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(got.slopes[1, 0], slopes[:, 0].abs(), rtol=0, atol=1e-9)
    start = mlp([1, 16, 16, 1], 3)(torch.tensor(probe[:, None])).detach().numpy()
    np.testing.assert_allclose(got.scores[0, 0], start[:, 0], rtol=0, atol=1e-12)
    assert got.recorded_at.tolist() == [0, 70]


@pytest.mark.parametrize("frozen", ["MLP", "module", "function"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_generator_alone_equals_a_plain_loop(objective, frozen):
    generator, critic = mlp([2, 16, 2], 5), mlp([2, 16, 16, 1], 6)
    plain, judge = naive_wgan.sequential(generator), naive_wgan.sequential(critic)
    before = critic.flat.detach().clone()
    optimiser = torch.optim.RMSprop(plain.parameters(), lr=1e-3)
    z = drawn(normal, 32, 5, _runs.GENERATOR_NOISE)
    losses, norms = [], []
    for t in range(70):
        scores = judge(plain(z.take(t, 1)[0, 0]))
        loss = naive_wgan.losses(objective, scores, scores)[1]
        optimiser.zero_grad()
        loss.backward()
        norms.append(torch.cat([p.grad.reshape(-1) for p in plain.parameters()]).norm().item())
        optimiser.step()
        losses.append(loss.item())
    still = {"MLP": critic, "module": judge, "function": lambda x: judge(x)[:, 0]}[frozen]
    first = wg.generate(generator, 7, seed=5)
    got = wg.train_generator(
        generator, still, seed=5, steps=70, objective=OBJECTIVES[objective](), batch=32,
        optimiser=wg.RMSProp(1e-3), points=7, record_at=[0, 70],
    )  # fmt: skip
    np.testing.assert_allclose(got.generator_loss[:, 0], losses, rtol=0, atol=1e-9)
    np.testing.assert_allclose(got.gradient_norm[:, 0], norms, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(got.samples[0, 0], first)
    np.testing.assert_allclose(got.samples[1, 0], wg.generate(generator, 7, seed=5), atol=1e-12)
    torch.testing.assert_close(generator.flat[0], naive_wgan.flat(plain), rtol=0, atol=1e-9)
    assert torch.equal(critic.flat, before)


def test_the_critics_half_is_the_one_in_train():
    """With one generator step after them, `train` makes these critic steps on these points."""
    settings = {"seed": [1, 2], "batch": 16, "lipschitz": wg.GradientPenalty(0.5)}
    pairs = [(mlp([2, 8, 2], [1, 2]), mlp([2, 8, 1], [1, 2])) for _ in range(2)]
    data = lambda n, rng: RING.sample(n, seed=rng)  # noqa: E731
    whole = wg.train(*pairs[0], data, steps=1, n_critic=40, **settings)
    generator, critic = pairs[1]
    half = wg.train_critic(critic, data, generator, steps=40, **settings)
    for name in ("critic_loss", "penalty", "estimate"):
        np.testing.assert_allclose(getattr(half, name)[-1], getattr(whole, name)[0], atol=1e-12)
    torch.testing.assert_close(critic.flat, pairs[0][1].flat, rtol=0, atol=1e-12)


# --- many runs -------------------------------------------------------------------------


def test_runs_among_others_equal_the_same_runs_alone():
    probe = [[0.0], [3.0]]
    seeds, bounds = [4, 9, 2], [0.05, 0.1, 0.5]
    settings = {"steps": 30, "probe": probe, "record_at": [0, 10, 30]}

    def critic_of(seed, c):
        critic = mlp([1, 8, 8, 1], seed)
        rule = wg.WeightClipping(c)
        return wg.train_critic(critic, *LINE, seed=seed, lipschitz=rule, **settings)

    def generator_of(seed, judge):
        generator = mlp([2, 8, 1], seed)
        return wg.train_generator(
            generator, judge, seed=seed, steps=30, points=6, record_at=[0, 15, 30]
        )

    def judge(x):
        return -(x**2)

    together, among = critic_of(seeds, bounds), generator_of(seeds, judge)
    for i, (seed, c) in enumerate(zip(seeds, bounds, strict=True)):
        alone, one = critic_of(seed, c), generator_of(seed, judge)
        for name in ("critic_loss", "estimate", "penalty", "gradient_norm"):
            a, b = getattr(together, name), getattr(alone, name)
            np.testing.assert_allclose(a[:, i], b[:, 0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(together.scores[:, i], alone.scores[:, 0], atol=1e-12)
        np.testing.assert_allclose(together.slopes[:, i], alone.slopes[:, 0], atol=1e-12)
        np.testing.assert_allclose(among.samples[:, i], one.samples[:, 0], atol=1e-12)
        np.testing.assert_allclose(among.gradient_norm[:, i], one.gradient_norm[:, 0], atol=1e-12)


# --- what training each half must do -----------------------------------------------------


def test_a_critic_with_time_finds_the_distance():
    critic = mlp([1, 32, 32, 1])
    result = wg.train_critic(
        critic, *LINE, seed=0, steps=400, batch=256, lipschitz=wg.GradientPenalty(10.0),
        optimiser=wg.Adam(2e-3),
    )  # fmt: skip
    # Of W s - 10 (s - 1)^2, with W = 4, the best slope is s = 1.2.
    assert result.estimate[-100:].mean() == pytest.approx(4 * 1.2, abs=0.4)


def test_a_generator_climbs_to_the_top_of_a_fixed_critic():
    generator = mlp([2, 16, 2], [0, 1])
    result = wg.train_generator(
        generator, lambda x: -(x - 3.0).square().sum(1), seed=[0, 1], steps=600,
        optimiser=wg.Adam(1e-2), record_at=[0, 600], points=100,
    )  # fmt: skip
    start, end = np.linalg.norm(result.samples - 3.0, axis=-1).mean(-1)
    assert (start > 3).all()
    assert (end < 0.2).all()


# --- odds and ends ---------------------------------------------------------------------


def test_no_steps_and_no_looks_are_empty():
    critic, generator = mlp([1, 4, 1], [0, 1]), mlp([3, 4, 2], [0, 1])
    half = wg.train_critic(critic, *LINE, seed=[0, 1], steps=0)
    assert half.critic_loss.shape == half.estimate.shape == half.gradient_norm.shape == (0, 2)
    assert half.scores.shape == half.slopes.shape == (0, 2, 0)
    other = wg.train_generator(generator, lambda x: x[:, 0], seed=[0, 1], steps=0, points=5)
    assert other.generator_loss.shape == (0, 2)
    assert other.samples.shape == (0, 2, 5, 2)
    looked = wg.train_critic(
        critic, *LINE, seed=[0, 1], steps=0, probe=[1.0], record_at=np.array([0])
    )
    assert looked.scores.shape == (1, 2, 1)


def test_an_ensemble_of_one_is_looked_at_like_any_other():
    one, alone = (
        wg.train_critic(
            mlp([1, 4, 1], seed), *LINE, seed=seed, steps=5, probe=[0.0, 1.0], record_at=[5]
        )
        for seed in ([3], 3)
    )
    np.testing.assert_array_equal(one.slopes, alone.slopes)


def test_arrays_samplers_and_measures_stand_for_each_other():
    def run(real, fake):
        return wg.train_critic(mlp([1, 4, 1]), real, fake, seed=0, steps=9).critic_loss

    rows = np.linspace(0, 1, 7)
    same = run(rows, LINE[1])
    np.testing.assert_array_equal(
        same, run(lambda n, rng: rows[rng.integers(0, 7, n)], lambda n, rng: LINE[1].sample(
            n, seed=rng))
    )  # fmt: skip


def test_a_loss_that_is_not_finite_names_run_and_step():
    critic = mlp([1, 4, 1], [0, 1])
    with pytest.raises(FloatingPointError, match=r"^run 1, step 3: expected finite losses"):
        wg.train_critic(
            critic, *LINE, seed=[0, 1], steps=90, lipschitz=wg.NoConstraint(),
            optimiser=wg.SGD([1e-9, 1e150]),
        )  # fmt: skip


def test_a_critic_that_stands_still_keeps_its_running_means():
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()
    before = copy.deepcopy(critic.state_dict())
    wg.train_generator(mlp([2, 4, 2]), critic, seed=0, steps=3)
    assert critic.training
    for name, value in critic.state_dict().items():
        assert torch.equal(value, before[name])


def test_torch_keeps_its_own_random_state():
    before = torch.get_rng_state()
    wg.train_critic(mlp([1, 4, 1]), *LINE, seed=0, steps=2)
    wg.train_generator(mlp([1, 4, 1]), lambda x: x, seed=0, steps=2)
    assert torch.equal(before, torch.get_rng_state())

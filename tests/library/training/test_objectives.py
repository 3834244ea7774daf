"""Gradients equal autograd's; losses equal the papers' formulas."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import naive_wgan
from wganlib.training.later import RelativisticGAN
from wganlib.training.objectives import WGAN, MinimaxGAN, NonSaturatingGAN

ALL = [WGAN(), MinimaxGAN(), NonSaturatingGAN(), RelativisticGAN()]
score = st.floats(-30, 30)
batch = st.integers(1, 6).flatmap(
    lambda m: st.tuples(*[st.lists(score, min_size=2 * m, max_size=2 * m)] * 2)
)


@pytest.mark.parametrize("objective", ALL, ids=lambda o: o.name)
@given(batch)
@settings(deadline=None, max_examples=40)
def test_gradients_and_values(objective, scores):
    real, fake = (torch.tensor(s, dtype=torch.float64).view(2, -1).requires_grad_() for s in scores)
    told = fake - real.detach() if isinstance(objective, RelativisticGAN) else fake
    critic, generator = objective.critic_loss(real, fake), objective.generator_loss(told)
    assert critic.shape == generator.shape == (2,)
    for got, expected in zip(
        (*objective.critic_gradient(real, fake), objective.generator_gradient(told)),
        (
            *torch.autograd.grad(critic.sum(), [real, fake]),
            *torch.autograd.grad(generator.sum(), fake),
        ),
        strict=True,
    ):
        torch.testing.assert_close(got.detach(), expected, rtol=1e-12, atol=1e-15)
    for run in range(2):
        # 1 − sigmoid loses digits far out, which softplus keeps.
        if max(real[run].abs().max(), fake[run].abs().max()) < 10:
            plain = naive_wgan.losses(objective.name, real[run], fake[run])
            torch.testing.assert_close(critic[run], plain[0], rtol=1e-9, atol=1e-11)
            torch.testing.assert_close(generator[run], plain[1], rtol=1e-9, atol=1e-11)


def test_large_scores_do_not_overflow():
    far = torch.full((1, 2), 1e4)
    for objective in ALL:
        for sign in (1, -1):
            assert objective.critic_loss(sign * far, -sign * far).isfinite()
            assert objective.generator_loss(sign * far).isfinite()


def test_the_optimal_discriminator_gives_js():
    """Between a fair coin and a certain one, D* = p/(p+q) and JS is known."""
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])
    # D* is 1/3 on heads and 1 on tails; scores are logits. Real batch: one head, one tail.
    heads, tails = math.log(0.5 / 1.0), 60.0
    loss = MinimaxGAN().critic_loss(torch.tensor([[heads, tails]]), torch.tensor([[heads, heads]]))
    m = (p + q) / 2
    js = 0.5 * (torch.xlogy(p, p / m).sum() + torch.xlogy(q, q / m).sum())
    torch.testing.assert_close(MinimaxGAN().estimate(loss)[0], js)


def test_estimates_at_their_ends():
    same, apart = torch.zeros(1, 3), torch.full((1, 3), 100.0)
    for gan in ALL[1:]:
        assert float(gan.estimate(gan.critic_loss(same, same))) == pytest.approx(0, abs=1e-6)
        assert float(gan.estimate(gan.critic_loss(apart, -apart))) == pytest.approx(math.log(2))
    assert float(WGAN().estimate(WGAN().critic_loss(apart, -apart))) == 200

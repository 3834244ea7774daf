"""Algorithm 1 as plainly as it can be written: the reference that `train` must equal.

One run, torch.nn layers, torch.optim, autograd, one mini-batch at a time. It takes its batches
from the outside, so that both implementations see the same points.
"""

from __future__ import annotations

import copy

import torch
from torch import nn


class GroupSort(nn.Module):
    """Sort each two neighbours, in plain words."""

    def forward(self, x):
        smaller = x[..., 0::2] <= x[..., 1::2]
        low = torch.where(smaller, x[..., 0::2], x[..., 1::2])
        high = torch.where(smaller, x[..., 1::2], x[..., 0::2])
        return torch.stack([low, high], -1).reshape(x.shape)


def sequential(network):
    """Return the torch.nn.Sequential with the parameters of a single-run MLP."""
    functions = {
        "relu": nn.ReLU,
        "leaky_relu": lambda: nn.LeakyReLU(0.2),
        "tanh": nn.Tanh,
        "groupsort": GroupSort,
    }
    layers = []
    for weight, bias in network.layers():
        linear = nn.Linear(weight.shape[1], weight.shape[2], dtype=weight.dtype)
        with torch.no_grad():
            linear.weight.copy_(weight[0].T)
            linear.bias.copy_(bias[0, 0])
        layers += [linear, functions[network.activation]()]
    return nn.Sequential(*layers[:-1])


def flat(module):
    """Return all parameters as `MLP` lays them out."""
    parts = []
    for layer in module:
        if isinstance(layer, nn.Linear):
            parts += [layer.weight.detach().T.reshape(-1), layer.bias.detach()]
    return torch.cat(parts)


def losses(name, real, fake):
    """Return the critic's loss and the generator's, in the words of the papers."""
    if name == "wgan":
        return fake.mean() - real.mean(), -fake.mean()
    if name == "relativistic":
        wins = torch.sigmoid(real - fake)
        return -torch.log(wins).mean(), -torch.log(1 - wins).mean()
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    critic = -torch.log(d_real).mean() - torch.log(1 - d_fake).mean()
    if name == "minimax":
        return critic, torch.log(1 - d_fake).mean()
    return critic, -torch.log(d_fake).mean()


def gradient_penalty(critic, real, fake, mixing, weight, one_sided):
    """Return weight · E (‖∇f(x̂)‖ − 1)² at mixed points."""
    x = (mixing[:, None] * real + (1 - mixing[:, None]) * fake).requires_grad_()
    (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    excess = slope.norm(dim=1) - 1
    if one_sided:
        excess = excess.clamp(min=0)
    return weight * (excess**2).mean()


def zero_centred_penalty(critic, real, fake, weight, both):
    """Return ½ weight · E ‖∇f‖² at real points, and the same at generated ones."""
    total = 0.0
    for points in (real, fake) if both else (real,):
        x = points.clone().requires_grad_()
        (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        total = total + weight / 2 * slope.square().sum(1).mean()
    return total


def train(
    generator,
    critic,
    batches,
    *,
    objective="wgan",
    lr=5e-5,
    optimiser="rmsprop",
    clip=None,
    penalty=None,
    one_sided=False,
    zero_centred=None,
    both=False,
    clip_first=False,
):
    """Train copies; return them and (critic loss, generator loss) of every iteration.

    ``batches`` yields (real, z, mixing, last z), the first three with one entry for each
    critic step.
    """
    generator, critic = copy.deepcopy(generator), copy.deepcopy(critic)
    make = {
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=lr),
        "adam": lambda p: torch.optim.Adam(p, lr=lr, betas=(0.5, 0.9)),
        "sgd": lambda p: torch.optim.SGD(p, lr=lr),
    }[optimiser]
    critic_optimiser = make(critic.parameters())
    generator_optimiser = make(generator.parameters())
    rows = []
    for reals, zs, mixings, last_z in batches:
        for t in range(len(reals)):
            if clip is not None and clip_first:
                for parameter in critic.parameters():
                    parameter.data.clamp_(-clip, clip)
            real, fake = reals[t], generator(zs[t]).detach()
            loss, _ = losses(objective, critic(real), critic(fake))
            total = loss
            if penalty is not None:
                total = total + gradient_penalty(critic, real, fake, mixings[t], penalty, one_sided)
            if zero_centred is not None:
                total = total + zero_centred_penalty(critic, real, fake, zero_centred, both)
            critic_optimiser.zero_grad()
            total.backward()
            critic_optimiser.step()
            if clip is not None and not clip_first:
                for parameter in critic.parameters():
                    parameter.data.clamp_(-clip, clip)
        scores = critic(generator(last_z))
        beside = critic(reals[-1]).detach() if objective == "relativistic" else scores
        _, generator_loss = losses(objective, beside, scores)
        generator_optimiser.zero_grad()
        generator_loss.backward()
        generator_optimiser.step()
        rows.append((loss.item(), generator_loss.item()))
    return generator, critic, rows

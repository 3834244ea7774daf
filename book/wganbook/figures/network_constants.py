"""Moving figures of assumption 1: how fast a network's output moves with its parameters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from wganbook.figures._parts import whole_ticks
from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, area, line, points
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.training.intervals import confidence
from wganlib.training.networks import MLP


class Constants(NamedTuple):
    """How fast the outputs of networks move with their parameters.

    ``local``: largest singular value of the derivative with respect to the parameters, at each z.
    ``factor``: C of the bound C (1 + ‖z‖), by norms of the layers alone.
    Source: Arjovsky, Chintala & Bottou (2017), assumption 1 and corollary 1.
    """

    local: FloatArray
    factor: FloatArray


def layer_constants_of(network: MLP, noise: npt.ArrayLike) -> Constants:
    """Return local Lipschitz constants of networks in θ, and a bound of their layers' norms.

    Source: Arjovsky, Chintala & Bottou (2017), corollary 1.
    """
    if not isinstance(network, MLP):
        raise TypeError(f"network: expected MLP, got {check.describe(network)}")
    if network.activation not in ("relu", "leaky_relu", "tanh"):
        raise ValueError(
            f"network: expected an activation of single units, got {network.activation}"
        )
    z = torch.as_tensor(check.points(noise, "noise"))
    if z.shape[1] != network.sizes[0]:
        raise ValueError(
            f"noise: expected points of dimension {network.sizes[0]}, got {z.shape[1]}"
        )
    layers = network.layers(network.flat.detach().double())
    h = z.expand(network.runs, *z.shape)
    inputs, slopes = [], []
    for weight, bias in layers:
        inputs.append(h)
        a = torch.baddbmm(bias, h, weight)
        if network.activation == "tanh":
            h = torch.tanh(a)
            slopes.append(1 - h**2)
        else:
            flat = 0.2 if network.activation == "leaky_relu" else 0.0
            slopes.append(torch.where(a > 0, torch.ones_like(a), torch.full_like(a, flat)))
            h = a * slopes[-1]
    d = network.sizes[-1]
    jacobian = torch.eye(d, dtype=torch.float64).expand(network.runs, len(z), d, d)
    gram = torch.zeros_like(jacobian)
    for k in range(len(layers) - 1, -1, -1):
        size = 1 + (inputs[k] ** 2).sum(-1)
        gram = gram + size[..., None, None] * (jacobian @ jacobian.mT)
        if k:
            jacobian = (jacobian @ layers[k][0].mT[:, None]) * slopes[k - 1][:, :, None, :]
    local = torch.linalg.eigvalsh(gram)[..., -1].clamp(min=0).sqrt()
    return Constants(np.asarray(local.numpy()), _factor(layers))


def _factor(layers: list[tuple[torch.Tensor, torch.Tensor]]) -> FloatArray:
    """Return C such that every local constant is at most C (1 + ‖z‖)."""
    norms = torch.stack([torch.linalg.matrix_norm(w, ord=2) for w, _ in layers])
    shifts = torch.stack([b.flatten(1).norm(dim=1) for _, b in layers])
    # The input of layer k is at most grown ‖z‖ + moved, so at most their larger (1 + ‖z‖).
    grown, moved = torch.ones_like(norms[0]), torch.zeros_like(norms[0])
    total = torch.zeros_like(grown)
    for k in range(len(layers)):
        above = norms[k + 1 :].prod(dim=0)
        # 1 + (u + v s)² is at most (max(√(1 + u²), v) (1 + s))²: no cross term is larger.
        total = total + (above * torch.maximum((1 + moved**2).sqrt(), grown)) ** 2
        grown, moved = norms[k] * grown, norms[k] * moved + shifts[k]
    return np.asarray(total.sqrt().numpy())


def _power(k: float) -> str:
    """Write ten to the power of k, short enough for an axis."""
    return f"{10.0**k:g}" if k < 4 else "10" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in f"{k:.0f}")


def _means_by_depth(
    runs: int, mean: list[float], half: list[float], bound: list[float], up: Axis
) -> Panel:
    """Draw means of the constants with their intervals, and the bounds on them, over depth."""
    x = np.arange(1, len(mean) + 1)
    low_bar, high_bar = (
        np.log10(np.maximum(np.add(mean, s), 1e-9)) for s in (-1 * np.array(half), half)
    )
    return Panel(
        f"The mean of {runs} networks, by depth",
        Axis(
            "hidden layers",
            0.5,
            len(mean) + 0.5,
            [float(k) for k in x[:: max(1, len(mean) // 4)]],
        ),
        up,
        [
            area(x, low_bar, high_bar, role="em", label="95 % interval"),
            line(x, np.log10(mean), role="em", label="measured"),
            line(x, np.log10(bound), role="ink", dashed=True, label="bound"),
            points(x[:, None], np.log10(mean)[:, None], role="em", size=5),
            points(x[:, None], np.log10(bound)[:, None], role="ink", size=4),
        ],
    )


def layer_constants(
    depths: int = 8, *, width: int = 32, seeds: int = 16, n: int = 256, gain: float = 2.0
) -> Scene:
    """Compute local Lipschitz constants of networks in θ, by depth, beside their bound.

    ``depths``: positions of the slider, at least 2: 1, 2, … hidden layers. ``width``: of these.
    ``seeds``: networks of each depth, at least 2. ``n``: values of Gaussian noise. ``gain``: by
    which the parameters of ``MLP`` are multiplied, above 0.
    Source: Arjovsky, Chintala & Bottou (2017), corollary 1.
    """
    deep = check.integer(depths, "depths", at_least=2)
    wide = check.integer(width, "width", at_least=1)
    runs = check.integer(seeds, "seeds", at_least=2)
    size = check.integer(n, "n", at_least=1)
    scale = check.real(gain, "gain", above=0)
    z = np.random.default_rng(0).normal(size=(size, 2))
    far = np.linalg.norm(z, axis=1)
    local, mean, half, bound, edge = [], [], [], [], []
    for depth in range(1, deep + 1):
        network = MLP([2, *[wide] * depth, 2], seed=range(runs), dtype="float64")
        with torch.no_grad():
            network.flat.mul_(scale)
        found = layer_constants_of(network, z)
        middle, around = confidence(found.local.mean(axis=1))
        local.append(found.local[0])
        mean.append(float(middle))
        half.append(float(around))
        bound.append(float((found.factor * (1 + far.mean())).mean()))
        edge.append(float(found.factor[0]))
    x = np.arange(1, deep + 1)
    end = 1.05 * float(far.max())
    ends = np.log10(1.0 + np.linspace(0, end, 41)) + np.log10(edge)[:, None]
    high = float(np.ceil(max(ends.max(), np.log10(bound).max())))
    low = float(np.floor(np.log10(np.min(local))))
    decades = whole_ticks(low, high)
    names = [_power(k) for k in decades]
    scatter = Panel(
        "One network: L at every z",
        Axis("size of z (pure number)", 0.0, end, whole_ticks(0, end)),
        Axis("L, logarithmic", low, high, decades, names),
        [
            points(far, np.log10(local), role="em", size=2.5, label="L, measured"),
            line(np.linspace(0, end, 41), ends, role="ink", dashed=True, label="C (1 + size of z)"),
        ],
    )
    up = Axis("mean of L, logarithmic", low, high, decades, names)
    return Scene(
        "How fast a network's output moves with its parameters",
        Slider("depth", "depth: hidden layers of the generator", x.tolist(), 1, digits=0),
        [scatter, _means_by_depth(runs, mean, half, bound, up)],
        [
            Readout("mean of L", mean, role="em", digits=2),
            Readout("± of the 95 % interval", half, role="em", digits=2),
            Readout("bound on the mean", bound, role="ink", digits=1),
            Readout("bound / mean", (np.array(bound) / mean).tolist(), role="good", digits=1),
        ],
        "Left: a dot for each noise point, across its size and up the local Lipschitz constant; "
        "all lie below the bound, a curve. Right: mean constants and their bounds over depth, on "
        "a logarithmic scale; the gap between the two grows with depth.",
    )


def _means_so_far(
    kind: str, sizes: npt.NDArray[np.int_], *, networks: int, width: int
) -> FloatArray:
    """Return means of the constant over the first points of a sample, (networks, sizes)."""
    rows = []
    for seed in range(networks):
        draw = np.random.default_rng([seed, 7])
        many = (int(sizes[-1]), 1)
        z = draw.normal(size=many) if kind == "Gaussian" else draw.standard_cauchy(many)
        network = MLP([1, width, 2], seed=seed, dtype="float64")
        local = layer_constants_of(network, z).local[0]
        rows.append(np.cumsum(local)[sizes - 1] / sizes)
    return np.array(rows)


def _lines_so_far(logs: FloatArray, means: FloatArray, role: str) -> list[Mark]:
    """Draw running means (networks, sizes) up to where the slider stands, and a dot for each."""
    until = np.arange(len(logs))[:, None] >= np.arange(len(logs))
    heights = np.log10(means)
    return [
        *(line(logs, np.where(until, row, np.nan), role=role) for row in heights),
        points(np.repeat(logs[:, None], len(means), axis=1), heights.T, role=role, size=2.5),
    ]


def running_means(seeds: int = 12, *, decades: int = 5, width: int = 16) -> Scene:
    """Compute sample means of the local Lipschitz constant for a Gaussian and a Cauchy prior.

    ``seeds``: networks, each with noise of its own, at least 1. ``decades``: the longest sample has
    ten to this many points, 2 to 6. ``width``: of the one hidden layer, at least 1.
    Source: Arjovsky, Chintala & Bottou (2017), corollary 1: what the finite mean is needed for.
    """
    runs = check.integer(seeds, "seeds", at_least=1)
    longest = check.integer(decades, "decades", at_least=2, at_most=6)
    wide = check.integer(width, "width", at_least=1)
    logs = np.linspace(1.0, longest, 4 * (longest - 1) + 1)
    sizes = np.rint(10.0**logs).astype(int)
    kinds = ("Gaussian", "Cauchy")
    means = {kind: _means_so_far(kind, sizes, networks=runs, width=wide) for kind in kinds}
    high = 1.05 * float(np.log10(max(each.max() for each in means.values())))
    low = float(np.log10(min(each.min() for each in means.values()))) - 0.05
    ticks = whole_ticks(low, high, 0.5)
    panels = [
        Panel(
            f"Noise: {kind}",
            Axis(
                "points in the sample, logarithmic",
                0.9,
                longest + 0.1,
                whole_ticks(1, longest),
                [_power(k) for k in whole_ticks(1, longest)],
            ),
            Axis("mean of L, logarithmic", low, high, ticks, [f"{10.0**k:.1f}" for k in ticks]),
            _lines_so_far(logs, means[kind], "em" if kind == "Gaussian" else "js"),
        )
        for kind in kinds
    ]
    return Scene(
        "Does the mean settle?",
        Slider("n", "n: points in the sample", sizes.tolist(), len(sizes) - 1, digits=0, play=True),
        panels,
        [
            Readout(
                f"{kind}, {word}",
                pick(means[kind], axis=0).tolist(),
                role="em" if kind == "Gaussian" else "js",
                digits=2,
            )
            for kind in kinds
            for word, pick in (("least", np.min), ("most", np.max))
        ],
        "Running means of the local Lipschitz constant, one line for each network. With Gaussian "
        "noise every line becomes level. With Cauchy noise the lines jump upward again and again, "
        "however long the sample.",
    )

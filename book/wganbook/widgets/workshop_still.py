"""What stands in a workshop's place where no script runs: the same training, by the library."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from wganlib.distances import examples, measures

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import nn

    from wganlib.training.history import History
    from wganlib.training.networks import MLP

STEPS, EVERY, POINTS = 200, 25, 200


def letters(word: str, glyphs: Mapping[str, str]) -> list[list[float]]:
    """Return the lit cells of a word as points of the plane, as the page spells it.

    Parameters
    ----------
    word : str
        Of letters that have a picture.
    glyphs : mapping of str to str
        Seven digits to the base 32 for a letter: its rows from the top, five bits each.

    Examples
    --------
    >>> letters("I", {"I": "4" + 6 * "0"})
    [[0.0, 1.5]]
    """
    cells = [
        (6 * place + x, 6 - y)
        for place, letter in enumerate(word)
        for y, row in enumerate(glyphs[letter])
        for x in range(5)
        if int(row, 32) & (16 >> x)
    ]
    width = 6 * len(word) - 2
    size = min(5 / width, 3 / 6)

    def rounded(value: float) -> float:
        return math.floor(value * 1000 + 0.5) / 1000

    return [[rounded((x - width / 2) * size), rounded((y - 3) * size)] for x, y in cells]


def data_of(setup: Mapping[str, Any], glyphs: Mapping[str, str]) -> Any:
    """Return the data of a setup as ``wganlib.train`` takes them."""
    kinds: Mapping[str, Callable[[], Any]] = {
        "ring": lambda: examples.ring_of_gaussians(setup["modes"]),
        "grid": lambda: examples.grid_of_gaussians(setup["side"], spacing=1.0),
        "roll": examples.swiss_roll,
        "lines": lambda: measures.Mixture(
            [measures.Segment([x, -1], [x, 1]) for x in (-1, 1)],
        ),
        "gaussians": lambda: measures.Mixture(
            [measures.Gaussian([x, 0.0], 0.09 * np.eye(2)) for x in (-1.5, 1.5)]
        ),
        "word": lambda: np.array(letters(setup["word"], glyphs)),
        "points": lambda: np.array(setup["points"]),
    }
    return kinds[setup["data"]]()


def _normalised(network: MLP, width: int, depth: int) -> nn.Module:
    """Put batch normalisation behind each hidden layer of a network of one run."""
    import torch
    from torch import nn

    class Critic(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = network
            norms = [nn.BatchNorm1d(width, track_running_stats=False) for _ in range(depth)]
            self.norms = nn.ModuleList(norms)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            *hidden, (last, shift) = self.net.layers()
            for norm, (weight, bias) in zip(self.norms, hidden, strict=True):
                a = norm(x @ weight[0] + bias[0])
                if network.activation == "tanh":
                    x = torch.tanh(a)
                else:
                    x = nn.functional.leaky_relu(a, 0.2 if "leaky" in network.activation else 0.0)
            return x @ last[0] + shift[0]

    return Critic()


def train(setup: Mapping[str, Any], glyphs: Mapping[str, str]) -> History:
    """Train the first run of a setup; if it comes apart, return what there was before."""
    # Here and not above: whoever reads about distances alone does not load torch.
    from torch import nn

    from wganlib.paper import mistakes
    from wganlib.training import lipschitz, networks, objectives, optimisers
    from wganlib.training import train as training

    run = setup["runs"][0]
    hidden = [run["width"]] * run["depth"]
    generator, critic = (
        networks.MLP([2, *hidden, out], seed=setup["seed"], activation=run["activation"])
        for out in (2, 1)
    )
    judge: Any = nn.Sequential(critic, nn.Sigmoid()) if run["objective"] == "sigmoid" else critic
    if run["objective"] == "batch_norm":
        judge = _normalised(critic, run["width"], run["depth"])
    objective: Mapping[str, Any] = {
        "wgan": objectives.WGAN,
        "minimax": objectives.MinimaxGAN,
        "non_saturating": objectives.NonSaturatingGAN,
        "sign_flip": mistakes.GeneratorSignFlipped,
        "hinge": mistakes.Hinge,
        "sigmoid": objectives.WGAN,
        "batch_norm": objectives.WGAN,
    }
    rule: Mapping[str, Any] = {
        "none": lipschitz.NoConstraint,
        "clipping": lambda: lipschitz.WeightClipping(run["c"]),
        "sphere": lambda: lipschitz.SphereProjection(run["radius"]),
        "penalty": lambda: lipschitz.GradientPenalty(run["weight"]),
        "one_sided": lambda: lipschitz.GradientPenalty(run["weight"], one_sided=True),
        "spectral": lipschitz.SpectralNorm,
        "clip_before": lambda: mistakes.ClipBeforeStep(run["c"]),
        "at_real": lambda: mistakes.PenaltyAtReal(run["weight"]),
        "per_coordinate": lambda: mistakes.PenaltyPerCoordinate(run["weight"]),
    }
    optimiser: Any = {
        "rmsprop": optimisers.RMSProp,
        "adam": optimisers.Adam,
        "sgd": optimisers.SGD,
    }[run["optimiser"]]
    try:
        return training.train(
            generator,
            judge,
            data_of(setup, glyphs),
            seed=setup["seed"],
            steps=STEPS,
            objective=objective[run["objective"]](),
            lipschitz=rule[run["rule"]](),
            optimiser=optimiser(run["lr"]),
            generator_optimiser=optimiser(run["generator_lr"]),
            batch=run["batch"],
            n_critic=run["n_critic"],
            evaluate_every=EVERY,
            evaluation_points=POINTS,
            device="cpu",
        )
    except training.TrainingFailed as failure:
        return failure.history


def rows(history: History) -> list[list[str]]:
    """Return step, exact EM, estimate and steepest slope, wherever they were measured."""
    table = [["generator steps", "exact EM", "estimate", "steepest slope K"]]
    for i, step in enumerate(history.eval_step.tolist()):
        estimate = f"{history.estimate[step - 1, 0]:.3g}" if step else "–"
        em, slope = history.em[i, 0], history.lipschitz_largest[i, 0]
        table.append([str(step), f"{em:.3g}", estimate, f"{slope:.3g}"])
    return table


def texts(setup: Mapping[str, Any], history: History) -> tuple[str, str]:
    """Return a title and a description."""
    first, last = history.em[0, 0], history.em[-1, 0]
    return (
        f"Workshop: a training after {history.steps} generator steps",
        f"Real points ({setup['data']}, dark rings) and generated points (filled) after "
        f"{history.steps} generator steps. The exact EM distance went from {first:.2g} to "
        f"{last:.2g}. With JavaScript, the training runs here and can be changed.",
    )


def figure(setup: Mapping[str, Any], history: History, glyphs: Mapping[str, str]) -> Figure:
    """Draw real and generated points, and the exact distance along the training."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from wganbook.plots import COLOURS, STYLE
    from wganlib.training import sampling
    from wganlib.training import streams as _runs

    draw = sampling.sampler(data_of(setup, glyphs))
    real = draw(POINTS, _runs.stream(setup["seed"], _runs.EVALUATION, history.steps))
    fake = history.samples[-1, 0]
    with mpl.rc_context(STYLE):
        sheet = Figure(figsize=(7.2, 3.4), layout="constrained")
        left, right = sheet.subplots(1, 2)
        left.plot(*real.T, "o", mfc="none", ms=4, color=COLOURS["p"], label="real")
        left.plot(*fake.T, "o", ms=3, color=COLOURS["kl"], label="generated")
        left.set(xlabel="first coordinate", ylabel="second coordinate", aspect="equal")
        left.legend(loc="upper right")
        right.plot(history.eval_step, history.em[:, 0], color=COLOURS["em"], label="exact EM")
        right.set(xlabel="generator steps", ylabel="units of the plane", ylim=(0, None))
        right.legend()
    return sheet

"""The cells of figures 3 to 8: which networks, which method, how large.

A *cell* is a generator, a critic and a method. Nothing heavy is loaded before one is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

SOURCE = "Arjovsky, Chintala and Bottou (2017)"


#: Updates of a network in one generator step with its critic steps: what makes efforts equal.
UPDATES = {"wgan": 6, "gan": 2, "penalty": 6, "relativistic": 2}
#: The methods of the paper's figures.
PAPERS = ("wgan", "gan")

#: Everything but data and seeds that determines the numbers.
BUDGETS: dict[str, dict[str, Any]] = {
    "small": {
        "size": 16,
        "filters": 8,
        "noise": 32,
        "width": 128,
        "depth": 4,
        "batch": 32,
        "looks": 12,
        "updates a look": 60,
        "points": 160,
        "judge epochs": 12,
        "c": 0.01,
        "rates": {"wgan": 3e-3, "gan": 1e-3},
        "high": 10.0,
        "tuned among": [3e-4, 1e-3, 3e-3],
        "tuning seed": 100,
    },
    "mnist": {
        "size": 32,
        "filters": 16,
        "constant filters": 8,
        "noise": 64,
        "width": 80,
        "depth": 4,
        "batch": 64,
        "looks": 10,
        "updates a look": 1_800,
        "points": 2_000,
        "judge epochs": 8,
        "c": 0.01,
        "rates": {"wgan": 1e-3, "gan": 2e-3},
        "high": 10.0,
        "tuned among": [],
        "tuning seed": 100,
    },
    "paper": {
        "size": 64,
        "filters": 64,
        "noise": 100,
        "width": 512,
        "depth": 4,
        "batch": 64,
        "looks": 20,
        "updates a look": 30_000,
        "points": 500,
        "judge epochs": 20,
        "c": 0.01,
        "rates": {"wgan": 5e-5, "gan": 2e-4},
        "high": 10.0,
        "tuned among": [],
        "tuning seed": 100,
    },
}


@dataclass(frozen=True)
class Cell:
    """A generator, a critic and a method.

    Attributes
    ----------
    title : str
    generator : {"dcgan", "plain", "mlp"}
        "plain" is the DCGAN without batch normalisation and with constant filters.
    critic : {"dcgan", "unnormalised", "mlp"}
        "unnormalised" is the DCGAN without batch normalisation, which a penalty asks for.
    method : {"wgan", "gan", "penalty", "relativistic"}
        The WGAN with clipping, RMSProp and five critic steps, or the GAN with the −log D
        trick, Adam with β = (0.5, 0.999) and one. Later ones, both with Adam and β = (0, 0.9):
        the WGAN with a gradient penalty and five critic steps; the relativistic GAN with
        penalties of the slope at real and generated points, and one.
    high : bool
        Learning rates times ``settings["high"]``, of both networks.
    momentum : bool
        The critic moves by Adam with β = (0.9, 0.999) and not by RMSProp.
    watched : bool
        Keep the cosine of the critic's step with its descent direction.
    longer : int
        How many times the updates of the settings it gets.
    """

    title: str
    generator: str
    critic: str
    method: str
    high: bool = False
    momentum: bool = False
    watched: bool = False
    longer: int = 1


CELLS: dict[str, Cell] = {
    "dcgan-wgan": Cell("DCGAN generator, WGAN", "dcgan", "dcgan", "wgan", watched=True),
    "dcgan-gan": Cell("DCGAN generator, GAN", "dcgan", "dcgan", "gan"),
    "plain-wgan": Cell("no batch norm, constant filters, WGAN", "plain", "dcgan", "wgan"),
    "plain-gan": Cell("no batch norm, constant filters, GAN", "plain", "dcgan", "gan"),
    "plain-gan-long": Cell(
        "no batch norm, constant filters, GAN, four times as long",
        "plain", "dcgan", "gan", longer=4,
    ),
    "mlp-wgan": Cell("MLP generator, WGAN", "mlp", "dcgan", "wgan"),
    "mlp-wgan-long": Cell(
        "MLP generator, WGAN, four times as long", "mlp", "dcgan", "wgan", longer=4
    ),
    "mlp-gan": Cell("MLP generator, GAN", "mlp", "dcgan", "gan"),
    "both-mlp-wgan": Cell("both MLPs, high rate, WGAN", "mlp", "mlp", "wgan", high=True),
    "both-mlp-wgan-usual": Cell("both MLPs, usual rate, WGAN", "mlp", "mlp", "wgan"),
    "both-mlp-gan": Cell("both MLPs, GAN", "mlp", "mlp", "gan"),
    "momentum": Cell(
        "DCGAN generator, WGAN, critic with momentum",
        "dcgan", "dcgan", "wgan", momentum=True, watched=True,
    ),
    "high-rate": Cell(
        "DCGAN generator, WGAN, high rate", "dcgan", "dcgan", "wgan", high=True, watched=True
    ),
}  # fmt: skip

#: The part that holds a sweep over learning rates.
TUNING = "tuning"


# --- networks and methods ----------------------------------------------------------------


def networks(
    cell: Cell, settings: Mapping[str, Any], seed: int, device: str = "cpu"
) -> tuple[nn.Module, nn.Module]:
    """Build the generator and the critic of a cell.

    Parameters
    ----------
    cell : Cell
    settings : mapping
        Of an experiment of this module.
    seed : int
        For the first weights of both.
    device : str
        On a GPU, convolutions are laid out with channels last.

    Returns
    -------
    generator, critic : torch.nn.Module

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4.2, figures 3 to 7.

    Examples
    --------
    >>> from wganlib.paper import images
    >>> small = images.experiment(5).settings
    >>> [sum(p.numel() for p in n.parameters())
    ...  for n in images.networks(images.CELLS["dcgan-wgan"], small, seed=0)]
    [10416, 2464]
    """
    from wganlib.images.networks import DCGANCritic, DCGANGenerator, MLPCritic, MLPGenerator

    common = {"size": settings["size"], "channels": settings["channels"], "seed": seed}
    mlp = {"width": settings["width"], "depth": settings["depth"]}
    # Smaller images are done sooner in the usual layout, and kept results were computed in it.
    last = device != "cpu" or settings["size"] >= 32
    generator: nn.Module
    critic: nn.Module
    if cell.generator == "mlp":
        generator = MLPGenerator(noise=settings["noise"], **mlp, **common)
    else:
        plain = cell.generator == "plain"
        generator = DCGANGenerator(
            noise=settings["noise"],
            filters=settings.get("constant filters", settings["filters"])
            if plain
            else settings["filters"],
            batch_norm=not plain,
            constant_filters=plain,
            channels_last=last,
            **common,
        )
    if cell.critic == "mlp":
        critic = MLPCritic(**mlp, **common)
    else:
        critic = DCGANCritic(
            filters=settings["filters"],
            batch_norm=cell.critic == "dcgan",
            channels_last=last,
            **common,
        )
    return generator, critic


def method(cell: Cell, settings: Mapping[str, Any], rate: float | None = None) -> dict[str, Any]:
    """Return a cell's method as arguments of ``wganlib.train``.

    Parameters
    ----------
    cell : Cell
    settings : mapping
        Of an experiment of this module.
    rate : float, optional
        The learning rate, if it is not the one of the settings.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1; Radford, Metz and Chintala (2016),
    section 3, for the GAN's Adam; Gulrajani et al. (2017), Algorithm 1, for the penalty; Huang
    et al. (2024), section 2, for the relativistic GAN with both penalties.

    Examples
    --------
    >>> from wganlib.paper import images
    >>> small = images.experiment(5).settings
    >>> images.method(images.CELLS["dcgan-gan"], small)["optimiser"].betas
    (0.5, 0.999)
    """
    from wganlib.training.later import RelativisticGAN, ZeroCentredPenalty
    from wganlib.training.lipschitz import GradientPenalty, WeightClipping
    from wganlib.training.objectives import WGAN, NonSaturatingGAN
    from wganlib.training.optimisers import Adam, Optimiser, RMSProp, Watched

    if rate is None:
        rate = settings["rates"][cell.method] * (settings["high"] if cell.high else 1)
    if cell.method == "gan":
        return {
            "objective": NonSaturatingGAN(),
            "optimiser": Adam(rate, (0.5, 0.999)),
            "n_critic": 1,
        }
    if cell.method == "penalty":
        return {
            "objective": WGAN(),
            "lipschitz": GradientPenalty(settings["weight"]),
            "optimiser": Adam(rate, (0.0, 0.9)),
            "n_critic": 5,
        }
    if cell.method == "relativistic":
        return {
            "objective": RelativisticGAN(),
            "lipschitz": ZeroCentredPenalty(settings["weight"], both=True),
            "optimiser": Adam(rate, (0.0, 0.9)),
            "n_critic": 1,
        }
    critic: Optimiser = Adam(rate, (0.9, 0.999)) if cell.momentum else RMSProp(rate)
    return {
        "objective": WGAN(),
        "lipschitz": WeightClipping(settings["c"]),
        "optimiser": Watched(critic) if cell.watched else critic,
        "generator_optimiser": RMSProp(rate),
        "n_critic": 5,
    }


def steps_a_look(cell: Cell, settings: Mapping[str, Any]) -> int:
    """Return the generator steps between two looks."""
    return int(settings["updates a look"]) // UPDATES[cell.method] * cell.longer

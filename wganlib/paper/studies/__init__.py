"""The studies by name. A module holds those that one chapter reads, in its ``STUDIES``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from wganlib import _validate
from wganlib.paper.study import Study

#: In which module each study stands; it is loaded when it is asked for.
_MODULES: dict[str, str] = {
    "critic-momentum": "stability",
    "digits": "images",
    "mnist": "mnist",
    "mnist-methods": "mnist_methods",
    "mnist-critic": "mnist_critic",
    "noise-on-mnist": "noise_on_images",
    "cifar10": "cifar10",
    "frozen-judges": "mode_collapse",
    "judges-of-half-moons": "why_gans_are_hard",
    "judges-of-two-bells": "two_bells",
    "longer-trained-judges": "optimal_critic",
    "freed-judges": "mode_collapse",
    "who-forgets": "forgetting",
    "five-critic-steps": "forgetting",
    "rate-or-steps": "balance",
    "equal-budget": "balance",
    "seven-patients": "spot_the_bug",
    "moment-matching": "relatives",
    "energies": "relatives",
    "algorithm-1": "training_a_wgan",
    "critic-or-oracle": "critic_or_oracle",
    "boxes-for-weights": "lipschitz",
    "lipschitz-contest": "lipschitz_rules",
    "minibatch-scale": "minibatches",
    "critic-directions": "critic_directions",
    "known-potentials": "potentials",
    "dual-solvers": "dual_solvers",
}


class _Studies(Mapping[str, Study]):
    """Studies by name, their modules loaded on first use: most of them need torch."""

    def __getitem__(self, name: str) -> Study:
        module = importlib.import_module(f"wganlib.paper.studies.{_MODULES[name]}")
        found: Study = module.STUDIES[name]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


STUDIES: Mapping[str, Study] = _Studies()


def named(name: Any) -> Study:
    """Return a study, or say which names are near.

    Examples
    --------
    >>> from wganlib.paper import named
    >>> named("frozen-judge")
    Traceback (most recent call last):
    ValueError: study: expected one of ..., got 'frozen-judge'; did you mean frozen-judges ...
    """
    return STUDIES[_validate.one_of(name, "study", STUDIES)]

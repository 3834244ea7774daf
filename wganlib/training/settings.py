"""What a training is checked for before its first step, and how its settings are written down."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from types import CodeType
from typing import Any

import numpy as np
import torch
from torch import nn

import wganlib
from wganlib import _validate
from wganlib._validate import FloatArray
from wganlib.training import sampling
from wganlib.training import streams as _runs
from wganlib.training.lipschitz import LipschitzRule, NoConstraint, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.objectives import WGAN, Objective
from wganlib.training.optimisers import Optimiser, RMSProp

PRECISIONS = ("float32", "tf32", "bf16")


# --- parts, flags and devices ----------------------------------------------------------


def check_flag(value: Any, name: str) -> None:
    """Refuse what is not True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {_validate.describe(value)}")


def check_part(part: Any, name: str, methods: Sequence[str], example: str) -> None:
    """Refuse what lacks the methods of an objective, a rule or an optimiser."""
    if isinstance(part, type) or not all(callable(getattr(part, m, None)) for m in methods):
        raise TypeError(
            f"{name}: expected an object such as {example}, got {_validate.describe(part)}"
        )


def filled_in(
    objective: Objective | None, lipschitz: LipschitzRule | None, optimiser: Optimiser | None
) -> tuple[Objective, LipschitzRule, Optimiser]:
    """Put the paper's parts where none was given; a GAN has no rule."""
    objective = WGAN() if objective is None else objective
    if lipschitz is None:
        lipschitz = WeightClipping() if isinstance(objective, WGAN) else NoConstraint()
    return objective, lipschitz, RMSProp() if optimiser is None else optimiser


def check_callbacks(callbacks: Any) -> None:
    """Refuse what is not a sequence of functions."""
    if not isinstance(callbacks, Sequence):
        raise TypeError(
            f"callbacks: expected a sequence of functions, got {_validate.describe(callbacks)}"
        )
    for i, callback in enumerate(callbacks):
        if not callable(callback):
            raise TypeError(
                f"callbacks[{i}]: expected a function, got {_validate.describe(callback)}"
            )


def device_of(name: Any) -> torch.device:
    """Return the device of that name, if this machine has it."""
    if not isinstance(name, str):
        raise TypeError(f"device: expected a name such as cpu, got {_validate.describe(name)}")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"device: expected auto, cpu or cuda, got {name!r}") from error
    if device.type not in ("cpu", "cuda"):
        raise ValueError(f"device: expected auto, cpu or cuda, got {name!r}")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: expected one that this machine has, got cuda without a GPU")
    return device


# --- networks that fit the data and one another ------------------------------------------


@dataclass(frozen=True)
class Fitted:
    """What is known once networks, data and noise fit together."""

    draw: sampling.Draw
    prior: sampling.Draw
    noise_shape: tuple[int, ...]
    dtype: torch.dtype


def fit(
    generator: nn.Module,
    critic: nn.Module,
    data: Any,
    noise: Any,
    noise_shape: tuple[int, ...] | None,
    seeds: tuple[int, ...],
) -> Fitted:
    """Try the networks on two points, and refuse what does not fit, naming the argument."""
    draw = sampling.sampler(data)
    noise_shape = sampling.noise_shape_of(generator, noise_shape)
    prior = sampling.prior(noise, noise_shape)
    for network, name in ((generator, "generator"), (critic, "critic")):
        runs = network.runs if isinstance(network, MLP) else 1
        if runs != len(seeds):
            raise ValueError(
                f"seed: expected {runs}, one for each run of the {name}, got {len(seeds)}"
            )
    kinds = {p.dtype for n in (generator, critic) for p in n.parameters()}
    if len(kinds) > 1:
        raise ValueError(
            f"critic: expected the precision of the generator, got {sorted(map(str, kinds))}"
        )
    (kind,) = kinds
    if kind not in (torch.float32, torch.float64):
        # Steps as small as the paper's vanish in shorter numbers, and squares underflow.
        raise ValueError(
            f"generator: expected parameters of float32 or float64, got {kind}; "
            'precision="bf16" shortens the products alone'
        )
    real = draw(2, _runs.stream(seeds[0], _runs.EVALUATION))
    z = prior(2, _runs.stream(seeds[0], _runs.EVALUATION))
    if z.shape[1:] != noise_shape:
        raise ValueError(f"noise: expected vectors of shape {noise_shape}, got {z.shape[1:]}")
    fake = _one_run(generator, sampling.attempt(generator, z, "generator"))
    if fake.shape[1:] != real.shape[1:]:
        raise ValueError(
            f"generator: expected points of shape {real.shape[1:]}, as the data have, "
            f"got {fake.shape[1:]}"
        )
    scores = _one_run(critic, sampling.attempt(critic, fake, "critic"))
    if scores.size != 2:
        raise ValueError(f"critic: expected one score for a point, got {scores.shape[1:]}")
    return Fitted(draw, prior, noise_shape, kind)


def _one_run(network: nn.Module, out: FloatArray) -> FloatArray:
    many: FloatArray = out[0] if isinstance(network, MLP) and not network.single else out
    return many


# --- how settings are written down -----------------------------------------------------


def fingerprint(data: Any) -> str:
    """Say what the data are, the same in another process, to refuse a foreign checkpoint."""
    if not hasattr(data, "__array__") and (hasattr(data, "sample") or callable(data)):
        text = repr(data) if is_dataclass(data) else getattr(data, "__qualname__", repr(data))
        return re.sub(r" at 0x[0-9a-f]+", "", text)
    array = np.ascontiguousarray(data)
    digest = hashlib.sha256(array.tobytes()).hexdigest()[:16]
    return f"array {array.shape} {array.dtype} {digest}"


def described(part: Any) -> dict[str, Any]:
    """Return the name of an objective, a rule or an optimiser, and its numbers."""
    settings = asdict(part) if is_dataclass(part) and not isinstance(part, type) else {}
    return {"name": part.name, **settings}


def code_of(part: Any) -> str:
    """Return a hash of what the methods of one's own part do, which may be edited; "" for ours."""
    own = [k for k in type(part).__mro__ if k.__module__.partition(".")[0] not in _FIXED]
    text = " ".join(text_of(value) for kind in own for value in vars(kind).values())
    return hashlib.sha256(text.encode()).hexdigest()[:16] if own else ""


_FIXED = ("wganlib", "builtins", "typing")


def text_of(value: Any) -> str:
    """Return what a function does, as text that is the same in another process."""
    code = getattr(value, "__code__", value)
    if not isinstance(code, CodeType):
        return ""
    plain = [repr(c) for c in code.co_consts if isinstance(c, (int, float, str, bytes))]
    cells = [repr(c.cell_contents) for c in getattr(value, "__closure__", None) or ()]
    numbers = [text for text in cells if " at 0x" not in text]
    return " ".join(
        [code.co_code.hex(), *code.co_names, *plain, *numbers, *map(text_of, code.co_consts)]
    )


def network_of(network: nn.Module) -> Any:
    """Return what tells a network from others."""
    if isinstance(network, MLP):
        return {"sizes": list(network.sizes), "activation": network.activation}
    return repr(network)


def plain(value: Any) -> Any:
    """Return a setting as it comes back from JSON."""
    return json.loads(json.dumps(value, default=repr))


def versions(device: torch.device) -> dict[str, str]:
    """Return what a result depends on besides its settings."""
    return {
        "wganlib": wganlib.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
    }

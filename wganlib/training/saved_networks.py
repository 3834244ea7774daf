"""Networks in files: what a network is made from, and its weights."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from wganlib import _validate
from wganlib.archive import read_arrays, write_arrays

#: Networks that can be made again from their settings, and where they live.
NETWORKS = {
    "MLP": "wganlib.training.networks",
    "DCGANGenerator": "wganlib.images.networks",
    "DCGANCritic": "wganlib.images.networks",
}


def save(network: nn.Module, path: str | os.PathLike[str]) -> None:
    """Write a network to a file, whole or not at all.

    Parameters
    ----------
    network : MLP, DCGANGenerator or DCGANCritic
        A module of one's own is saved by ``torch.save(module.state_dict(), path)``.
    path : path
        Of the file.

    Raises
    ------
    TypeError
        For another network.
    OSError
        If it cannot be written.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1: what is left of a training is g_θ.

    Examples
    --------
    >>> import pathlib, tempfile, wganlib as wg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wg.training.save(wg.MLP([2, 8, 2], seed=0), pathlib.Path(folder) / "g.npz")
    ...     wg.load(pathlib.Path(folder) / "g.npz").sizes
    (2, 8, 2)
    """
    name = type(network).__name__
    made = getattr(network, "made", None)
    if NETWORKS.get(name) != type(network).__module__ or not isinstance(made, dict):
        raise TypeError(
            f"network: expected one of {', '.join(NETWORKS)}, got {_validate.describe(network)}"
        )
    arrays = {key: value.cpu().numpy() for key, value in network.state_dict().items()}
    write_arrays(path, "network", arrays, {"network": name, "made": made})


def load(path: str | os.PathLike[str]) -> Any:
    """Read a network that ``save`` or ``wganlib train --out`` has written.

    Parameters
    ----------
    path : path
        A file, or the directory of a training, whose generator is read.

    Returns
    -------
    MLP, DCGANGenerator or DCGANCritic
        ``wganlib.generate`` draws from a generator.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If the file is damaged or something else.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1: what is left of a training is g_θ.

    Examples
    --------
    >>> import tempfile, wganlib as wg
    >>> from wganlib.paper import experiments
    >>> small = experiments.Training("ring", steps=2, width=4, evaluate_every=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = experiments.train(small, out=folder)
    ...     wg.generate(wg.load(folder), 5, seed=0).shape
    (5, 2)
    """
    source = _validate.path(path)
    source = source / "generator.npz" if source.is_dir() else source
    arrays, meta = read_arrays(source, "network")
    name = _validate.one_of(meta.get("network"), "path", NETWORKS)
    network = getattr(importlib.import_module(NETWORKS[name]), name)(**meta["made"])
    expected = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    found = {key: value.shape for key, value in arrays.items()}
    if found != expected:
        raise ValueError(f"path: expected weights of shapes {expected}, got {found}")
    network.load_state_dict({key: torch.from_numpy(np.array(a)) for key, a in arrays.items()})
    return network


def single(network: Any, run: int) -> Any:
    """Return one run of an MLP of several as a network of its own; others as they are."""
    from wganlib.training.networks import MLP

    if not isinstance(network, MLP):
        return network
    run = _validate.integer(run, "run", at_least=0, at_most=network.runs - 1)
    one = MLP(**{**network.made, "seed": network.seeds[run]})
    with torch.no_grad():
        one.flat.copy_(network.flat[run : run + 1])
    return one


def write_points(points: Any, path: str | os.PathLike[str]) -> None:
    """Write generated points to a .npy or .csv file, or pictures as PNG files in a directory."""
    from wganlib import files as faults

    target = Path(path)
    if target.suffix == ".npy":
        with faults.writing(target) as part, part.open("wb") as file:
            np.save(file, points)
    elif target.suffix == ".csv" and points.ndim == 2:
        with faults.writing(target) as part, part.open("w", encoding="utf-8") as file:
            np.savetxt(file, points, "%.9g", delimiter=",")
    elif not target.suffix and points.ndim == 4 and points.shape[1] in (1, 3):
        from PIL import Image

        target.mkdir(parents=True, exist_ok=True)
        pixels = np.rint((points.clip(-1, 1) + 1) * 127.5).astype(np.uint8)
        for i, one in enumerate(pixels):
            with faults.writing(target / f"{i:05}.png") as part, part.open("wb") as file:
                Image.fromarray(one[0] if len(one) == 1 else one.transpose(1, 2, 0)).save(
                    file, "PNG"
                )
    else:
        kinds = "a directory or a .npy file" if points.ndim == 4 else "a .csv or .npy file"
        raise ValueError(f"to: expected {kinds}, got {target}")

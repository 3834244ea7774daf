"""The state of a training in one file: written whole or not at all, and taken up exactly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from wganlib import faults
from wganlib.history import read_arrays, write_arrays

if TYPE_CHECKING:
    from wganlib.trainer import Trainer

#: Settings whose argument of ``train`` has another name.
_ARGUMENT = {"seeds": "seed", "dtype": "generator"}


def save(training: Trainer, path: Path) -> None:
    """Write everything that the next step depends on, and the records so far."""
    training.look()
    arrays: dict[str, Any] = dict(training.records.arrays())
    arrays["torch_rng"] = torch.get_rng_state().numpy()
    if training.device.type == "cuda":
        arrays["cuda_rng"] = torch.cuda.get_rng_state(training.device).numpy()
    for name, tensor in training.step.tensors().items():
        arrays[f"tensor.{name}"] = tensor.cpu().numpy()
    failed = training.records.failed >= 0
    for i, kept in enumerate(training.kept[:2]):
        arrays[f"kept.{i}"] = kept[failed].cpu().numpy()
    meta = {
        "config": training.config,
        "done": training.done,
        "critic_steps": training.critic_steps,
        "wall_time": training.wall_time,
    }
    write_arrays(path, "checkpoint", arrays, meta)


def restore(training: Trainer, path: Path) -> None:
    """Go back to where a checkpoint was written; refuse one of other settings."""
    arrays, meta = read_arrays(path, "checkpoint")
    for name, value in training.config.items():
        if value != meta["config"].get(name):
            was, given = faults.differing(meta["config"].get(name), value)
            raise ValueError(
                f"{_ARGUMENT.get(name, name)}: expected {was}, "
                f"as in {path.name}, got {given}; resume=False starts anew"
            )
    tensors = training.step.tensors()
    missing = [name for name in tensors if f"tensor.{name}" not in arrays]
    if missing:
        raise ValueError(f"path: expected a whole checkpoint, got one without {missing[0]}")
    for name, tensor in tensors.items():
        tensor.copy_(torch.from_numpy(arrays[f"tensor.{name}"]))
    torch.set_rng_state(torch.from_numpy(arrays["torch_rng"]))
    if training.device.type == "cuda" and "cuda_rng" in arrays:
        torch.cuda.set_rng_state(torch.from_numpy(arrays["cuda_rng"]), training.device)
    training.records.restore(arrays)
    failed = training.records.failed >= 0
    for i, (kept, now) in enumerate(zip(training.kept, training.weights(), strict=True)):
        kept.copy_(now)
        if failed.any():
            kept[failed] = torch.from_numpy(arrays[f"kept.{i}"]).to(kept)
    training.done, training.critic_steps = meta["done"], meta["critic_steps"]
    training.wall_time = meta["wall_time"]

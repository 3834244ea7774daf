"""The state of a training in one file: written whole or not at all, and taken up exactly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from wganlib import files as faults
from wganlib._validate import FloatArray
from wganlib.archive import read_arrays, write_arrays
from wganlib.training import sampling
from wganlib.training import streams as _runs

if TYPE_CHECKING:
    from wganlib.training.trainer import Trainer

#: Settings whose argument of ``train`` has another name.
_ARGUMENT = {"seeds": "seed", "dtype": "generator"}

#: How far numbers may be off that should be equal: another processor rounds otherwise.
_DRAWN, _COMPUTED, _SHORTENED = 1e-6, 1e-4, 1e-2


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
    for name, sums in (_drawn(training) | _computed(training)).items():
        arrays[f"seen.{name}"] = sums
    meta = {
        "config": training.config,
        "done": training.done,
        "critic_steps": training.critic_steps,
        "wall_time": training.wall_time,
        "resumed": training.resumed,
    }
    write_arrays(path, "checkpoint", arrays, meta)


def restore(training: Trainer, path: Path) -> None:
    """Go back to where a checkpoint was written; refuse one of another training.

    Settings, and what functions drew at first, are compared before anything is changed; what
    the networks give at the weights of the checkpoint, after these are in place, and then the
    weights from before are put back.
    """
    arrays, meta = read_arrays(path, "checkpoint")
    for name, value in training.config.items():
        if value != meta["config"].get(name):
            was, given = faults.differing(meta["config"].get(name), value)
            raise ValueError(
                f"{_ARGUMENT.get(name, name)}: expected {was}, "
                f"as in {path.name}, got {given}; resume=False starts anew"
            )
    tensors = training.step.tensors()
    _check_whole(training, arrays, tensors, meta["done"])
    for name, sums in _drawn(training).items():
        if not _alike(sums, arrays[f"seen.{name}"], _DRAWN):
            raise ValueError(
                f"{name}: expected what the training in {path.name} drew at first, got other "
                "numbers; a function draws with the generator that it is given, and resume=False "
                "starts anew"
            )
    before = {name: tensor.clone() for name, tensor in tensors.items()}
    _fill(tensors, {name: arrays[f"tensor.{name}"] for name in tensors})
    near = _COMPUTED if training.precision == "float32" else _SHORTENED
    for name, sums in _computed(training).items():
        if not _alike(sums, arrays[f"seen.{name}"], near):
            _fill(tensors, before)
            raise ValueError(
                f"{name}: expected a network that computes what the one in {path.name} does from "
                "the same weights, got other numbers; resume=False starts anew"
            )
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
    training.resumed = [*meta["resumed"], training.done]


def _fill(tensors: dict[str, torch.Tensor], values: dict[str, Any]) -> None:
    for name, tensor in tensors.items():
        tensor.copy_(torch.as_tensor(values[name]))


def _check_whole(
    training: Trainer,
    arrays: dict[str, npt.NDArray[Any]],
    tensors: dict[str, torch.Tensor],
    steps: int,
) -> None:
    """Refuse a file that lacks something, or has it in another shape, before it is used."""
    expected = {f"tensor.{name}": tuple(tensor.shape) for name, tensor in tensors.items()}
    expected["torch_rng"] = tuple(torch.get_rng_state().shape)
    expected |= training.records.shapes(steps, len(arrays.get("samples", ())))
    expected |= {f"seen.{name}": (9,) for name in ("data", "noise", "generator", "critic")}
    for name in (*expected, "samples"):
        if name not in arrays:
            raise ValueError(f"path: expected a whole checkpoint, got one without {name}")
    failed = int((arrays["failed"] >= 0).sum())
    if failed:
        flats = (f"tensor.{side}" for side in ("generator", "critic"))
        expected |= {f"kept.{i}": (failed, *expected[flat][1:]) for i, flat in enumerate(flats)}
    for name, shape in expected.items():
        got = arrays[name].shape if name in arrays else None
        if got != shape:
            raise ValueError(f"path: expected {name} of shape {shape}, got {got}")
    runs = len(training.seeds)
    if arrays["samples"].ndim < 1 or arrays["samples"].shape[1:2] not in ((), (runs,)):
        raise ValueError(f"path: expected samples of {runs} runs, got {arrays['samples'].shape}")


# --- what a training would do otherwise if a function or a module had been edited -----------


def _sums(values: npt.NDArray[Any]) -> FloatArray:
    """Return eight sums of numbers with fixed weights, and how large they could be."""
    flat = np.nan_to_num(np.asarray(values, np.float64).ravel(), posinf=0.0, neginf=0.0)
    weights = np.random.default_rng(0).random((8, flat.size))
    return np.append(weights @ flat, np.abs(flat).sum())


def _alike(sums: FloatArray, kept: npt.NDArray[Any], near: float) -> bool:
    scale = max(sums[-1], float(np.max(kept)))
    return bool(np.all(np.abs(sums - kept) <= near * scale))


def _drawn(training: Trainer) -> dict[str, FloatArray]:
    """Return sums of the first block that data and noise draw, whatever was drawn since."""
    if training.drawn is None:
        found = {}
        for name, blocks in (("data", training.batches.real), ("noise", training.batches.z)):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                rng = _runs.stream(training.seeds[0], blocks.purpose, 0)
                found[name] = _sums(blocks.draw(blocks.length * blocks.batch, rng))
        training.drawn = found
    return training.drawn


def _computed(training: Trainer) -> dict[str, FloatArray]:
    """Return sums of what the networks give at their weights of now, at fixed points."""
    rng = np.random.default_rng(0)
    devices = [training.device] if training.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(0)
        fake = sampling.outputs(training.generator, training.prior(8, rng))
        real = training.draw(8, rng)
        return {
            "generator": _sums(fake),
            "critic": _sums(sampling.outputs(training.critic, real)),
        }

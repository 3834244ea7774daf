"""Training by several processes at once, each with its share of every batch.

All of it is ``torch.distributed``; here is only where a training calls it. ``torchrun
--nproc-per-node N -m wganlib ...`` starts N processes; in a script of one's own,
``torch.distributed.init_process_group`` before ``wganlib.train`` does. Every process draws the
whole batch, which costs little because streams are addressed by seed and step, and keeps its
share. Gradients are averaged before the optimiser takes its step, so N processes go where one
would have gone with the whole batch, to rounding. Batch normalisation sees the share of its
own process, as in torch's ``DistributedDataParallel``; a network with it goes another way.
Results are written by the first process alone.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # torch is loaded by those who train
    from torch import Tensor

    from wganlib.training.optimisers import Optimiser


def active() -> bool:
    """Say whether several processes train together."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.distributed.is_available() and _started(torch)


def _started(torch: Any) -> bool:
    return bool(torch.distributed.is_initialized()) and size() > 1


def rank() -> int:
    """Return this process's number; 0 where it is alone."""
    return int(sys.modules["torch"].distributed.get_rank()) if active() else 0


def size() -> int:
    """Return how many processes there are."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.distributed.is_available():
        return 1
    if not torch.distributed.is_initialized():
        return 1
    return int(torch.distributed.get_world_size())


def is_first() -> bool:
    """Say whether this is the process that writes results."""
    return rank() == 0


def launched_first() -> bool:
    """Say the same before anything has started, from what torchrun tells its processes."""
    return _launched() < 2 or os.environ.get("RANK", "0") == "0"


def _launched() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


def start() -> None:
    """Join the other processes if torchrun has started several; each takes its own GPU."""
    if _launched() < 2 or active():
        return
    import torch

    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        torch.distributed.init_process_group("cpu:gloo,cuda:nccl")
    else:
        torch.distributed.init_process_group("gloo")


def stop() -> None:
    """Leave the other processes."""
    if active():
        import torch

        torch.distributed.destroy_process_group()


def wait() -> None:
    """Wait until every process is here."""
    if active():
        import torch

        torch.distributed.barrier()


def share_of(batch: int) -> int:
    """Return how many points of a batch each process takes."""
    if batch % size():
        raise ValueError(
            f"batch: expected a multiple of the {size()} processes that share it, got {batch}"
        )
    return batch // size()


def share(inputs: tuple[Any, ...], axes: tuple[int, ...]) -> tuple[Any, ...]:
    """Return this process's part of each tensor, along its axis; None stays None."""
    if not active():
        return inputs
    parts: list[Any] = []
    for tensor, axis in zip(inputs, axes, strict=True):
        if tensor is None:
            parts.append(None)
            continue
        width = share_of(tensor.shape[axis])
        parts.append(tensor.narrow(axis, rank() * width, width))
    return tuple(parts)


def average(tensor: Tensor) -> Tensor:
    """Replace a tensor by its mean over processes, in place."""
    if active():
        import torch

        torch.distributed.all_reduce(tensor)
        tensor.div_(size())
    return tensor


class Averaged:
    """An optimiser that averages the gradient over processes before its step."""

    def __init__(self, optimiser: Optimiser) -> None:
        self.optimiser, self.name = optimiser, optimiser.name

    def start(self, flat: Tensor) -> Any:
        """Lay out the optimiser's own state."""
        return self.optimiser.start(flat)

    def step(self, flat: Tensor, gradient: Tensor, state: Any) -> None:
        """Average the gradient in place, and take the step."""
        self.optimiser.step(flat, average(gradient), state)


def averaged(optimiser: Optimiser) -> Optimiser:
    """Return the optimiser, averaging gradients where there are several processes."""
    return Averaged(optimiser) if active() else optimiser


def agree(training: Any) -> None:
    """Give every process the state of the first: parameters, optimisers, steps done."""
    if not active():
        return
    import torch

    for tensor in training.step.tensors().values():
        torch.distributed.broadcast(tensor, 0)
    counts = [training.done, training.critic_steps, torch.get_rng_state()]
    torch.distributed.broadcast_object_list(counts, 0)
    training.done, training.critic_steps = counts[:2]
    torch.set_rng_state(counts[2])


def any_of(flag: bool) -> bool:
    """Say whether a flag is set in any process."""
    if not active():
        return flag
    import torch

    flags: list[Any] = [None] * size()
    torch.distributed.all_gather_object(flags, flag)
    return any(flags)

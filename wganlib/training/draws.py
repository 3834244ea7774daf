"""The batches of a training, drawn in blocks from streams that do not depend on one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from wganlib.training import streams as _runs
from wganlib.training.sampling import Draw


class Blocks:
    """Draws for many steps at once, from streams addressed by run and block.

    The length of a block follows from the size of a step's draw alone, so it is the same for
    a run alone, among others, and resumed.
    """

    def __init__(
        self, draw: Draw, batch: int, seeds: Sequence[int], purpose: int, like: Tensor
    ) -> None:
        self.draw, self.batch, self.seeds, self.purpose, self.like = (
            draw, batch, seeds, purpose, like,
        )  # fmt: skip
        size = draw(1, _runs.stream(seeds[0], purpose, 0))[0].size
        self.length = max(1, min(256, 2**16 // (batch * max(1, size))))
        self.number = -1
        self.block = like

    def _block(self, number: int) -> Tensor:
        if number != self.number:
            n = self.length * self.batch
            drawn = [self.draw(n, _runs.stream(s, self.purpose, number)) for s in self.seeds]
            block = torch.from_numpy(np.stack(drawn)).to(self.like)
            if not block.isfinite().all():  # the draws were, in their own precision
                name = "data" if self.purpose == _runs.DATA else "noise"
                kind = str(block.dtype).removeprefix("torch.")
                raise ValueError(f"{name}: expected numbers that fit {kind}, got too large ones")
            self.block = block.view(len(drawn), self.length, self.batch, *block.shape[2:])
            self.number = number
        return self.block

    def take(self, start: int, count: int) -> Tensor:
        """Return the draws of steps start, ..., start + count − 1: (runs, count, batch, ...)."""
        parts = []
        while count:
            number, first = divmod(start, self.length)
            part = self._block(number)[:, first : first + count]
            parts.append(part)
            start, count = start + part.shape[1], count - part.shape[1]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


class Batches:
    """All that one training draws: real points, noise for each side, and mixing shares."""

    def __init__(
        self,
        data: Draw,
        prior: Draw,
        batch: int,
        seeds: Sequence[int],
        like: Tensor,
        *,
        mixes: bool,
    ) -> None:
        def blocks(draw: Draw, purpose: int) -> Blocks:
            return Blocks(draw, batch, seeds, purpose, like)

        self.real = blocks(data, _runs.DATA)
        self.z = blocks(prior, _runs.CRITIC_NOISE)
        self.last_z = blocks(prior, _runs.GENERATOR_NOISE)
        self.mixing = blocks(lambda n, rng: rng.random(n), _runs.MIXING) if mixes else None

    def take(
        self, critic_steps: int, count: int, iteration: int
    ) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
        """Return what ``Step`` takes, after so many critic steps and iterations."""
        return (
            self.real.take(critic_steps, count),
            self.z.take(critic_steps, count),
            None if self.mixing is None else self.mixing.take(critic_steps, count),
            self.last_z.take(iteration, 1)[:, 0],
        )

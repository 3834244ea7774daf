"""Listen to a kernel again and again: a single long wait can miss what has arrived.

pyzmq's asyncio sockets are woken by an edge-triggered file descriptor. Now and then the edge
of a reply is missed, and the reply is only found when the wait for it ends: after the full
timeout of a cell, with the kernel idle all the while. Waiting in slices looks again after
each.
"""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client.channels import AsyncZMQSocketChannel

SLICE = 1.0  # seconds


def wait_in_slices() -> None:
    """Make every channel of a notebook client look at least once a second."""
    get_msg = AsyncZMQSocketChannel.get_msg
    if getattr(get_msg, "in_slices", False):
        return

    async def get_in_slices(self: Any, timeout: float | None = None) -> dict[str, Any]:
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            try:
                return await get_msg(self, timeout=max(0.0, min(SLICE, left)))
            except Empty:
                if left <= SLICE:
                    raise

    get_in_slices.in_slices = True  # type: ignore[attr-defined]
    AsyncZMQSocketChannel.get_msg = get_in_slices  # type: ignore[method-assign]

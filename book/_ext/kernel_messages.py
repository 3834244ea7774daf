"""Listen to a kernel again and again: a single long wait can miss what has arrived.

pyzmq's asyncio sockets are woken by an edge-triggered file descriptor. Now and then the edge
of a reply is missed, and the reply is only found when the wait for it ends: after the full
timeout of a cell, with the kernel idle all the while. Waiting in slices looks again after
each.
"""

from __future__ import annotations

import time
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.channels import AsyncZMQSocketChannel
from nbclient import NotebookClient

SLICE = 1.0  # seconds

in_one_wait = AsyncZMQSocketChannel.get_msg  # as it comes


async def in_slices(self: Any, timeout: float | None = None) -> dict[str, Any]:
    """The same wait, ended and begun again once a second."""
    end = float("inf") if timeout is None else time.monotonic() + timeout
    while True:
        left = end - time.monotonic()
        try:
            return await in_one_wait(self, timeout=max(0.0, min(SLICE, left)))
        except Empty:
            if left <= SLICE:
                raise


def wait_in_slices() -> None:
    """Make every channel of a notebook client look at least once a second."""
    AsyncZMQSocketChannel.get_msg = in_slices  # type: ignore[method-assign]


def execute(notebook: Any, folder: Path, timeout: int = 600) -> None:
    """Run a notebook's cells in a folder, in place; a cell may take that many seconds."""
    wait_in_slices()
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=place).execute()

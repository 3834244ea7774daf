"""Samples as one picture: a row for each run or method, every pixel enlarged."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from IPython.display import Image

#: How light the frame between two samples is, of 255.
FRAME = 90


def in_rows(rows: Sequence[npt.NDArray[Any]], *, times: int = 2) -> Image:
    """Show rows of 8-bit samples, each of shape (n, channels, height, width), in grey or colour."""
    from IPython.display import Image
    from PIL import Image as Pillow

    for i, row in enumerate(rows):
        if row.dtype != np.uint8 or row.ndim != 4 or row.shape[1] not in (1, 3):
            raise ValueError(
                f"rows[{i}]: expected 8-bit samples of shape (n, 1 or 3, height, width), got "
                f"{row.dtype} of shape {row.shape}"
            )
        if row.shape != rows[0].shape:
            raise ValueError(f"rows[{i}]: expected shape {rows[0].shape}, got {row.shape}")
    if not len(rows):
        raise ValueError("rows: expected a row, got none")
    framed = np.pad(np.array(rows), ((0, 0), (0, 0), (0, 0), (1, 1), (1, 1)), constant_values=FRAME)
    count, n, channels, height, width = framed.shape
    pixels = framed.transpose(0, 3, 1, 4, 2).reshape(count * height, n * width, channels)
    picture = Pillow.fromarray(pixels[..., 0] if channels == 1 else pixels)
    size = (times * picture.width, times * picture.height)
    file = BytesIO()
    picture.resize(size, Pillow.Resampling.NEAREST).save(file, "PNG")
    return Image(file.getvalue())  # type: ignore[no-untyped-call]

"""Samples in rows, as one picture: every pixel where it belongs, and bad input by name."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from wganbook.pictures import FRAME, in_rows


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("times", [1, 3])
def test_every_pixel_is_where_it_belongs(channels, times):
    rows = np.random.default_rng(0).integers(0, 256, (2, 4, channels, 5, 6), dtype=np.uint8)
    shown = np.asarray(Image.open(io.BytesIO(in_rows(list(rows), times=times).data)))
    assert shown.shape[:2] == (2 * 7 * times, 4 * 8 * times)
    shown = shown.reshape(*shown.shape[:2], channels)
    for i in range(2):
        for j in range(4):
            top, left = (7 * i + 1) * times, (8 * j + 1) * times
            here = shown[top : top + 5 * times : times, left : left + 6 * times : times]
            np.testing.assert_array_equal(here.transpose(2, 0, 1), rows[i, j])
            assert (shown[top - 1, left - times : left + 7 * times] == FRAME).all()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "rows: expected a row, got none"),
        ([np.zeros((2, 1, 4, 4))], r"rows\[0\]: expected 8-bit samples .* got float64"),
        ([np.zeros((2, 2, 4, 4), np.uint8)], r"rows\[0\]: expected .* of shape \(2, 2, 4, 4\)"),
        ([np.zeros((4, 4), np.uint8)], r"rows\[0\]: expected"),
        (
            [np.zeros((2, 1, 4, 4), np.uint8), np.zeros((3, 1, 4, 4), np.uint8)],
            r"rows\[1\]: expected shape \(2, 1, 4, 4\), got \(3, 1, 4, 4\)",
        ),
    ],
)
def test_other_rows_are_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        in_rows(rows)

#!/usr/bin/env bash
# python-mnist ends with a batch of no images whenever the batch size divides the number of images.
#
# Versions: python-mnist 0.7, NumPy 2.4.6.
#
# MNIST(folder).load_training_in_batches(size) yields the whole batches and then, if nothing is left over, one of length
# 0. 60,000 images in batches of 100 are 601 batches. The mean over such a batch is NaN, and one step with a NaN loss
# spoils every weight. It shows only at the end of the first pass. A size that does not divide ends rightly with a
# shorter batch.
#
# Seen, for valid idx files of 6 and 5 images: 6 in twos: lengths 2 2 2 0     6 in threes: 3 3 0     5 in twos: 2 2 1
# The mean of the last batch of 6 in twos is NaN.
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet python-mnist==0.7 numpy==2.4.6

"$folder/venv/bin/python" -I - <<'PYTHON'
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
from mnist import MNIST


def write(path, array):
    sizes = struct.pack(">" + "I" * array.ndim, *array.shape)
    path.write_bytes(struct.pack(">HBB", 0, 8, array.ndim) + sizes + array.tobytes())


folder = Path(sys.prefix) / "data"
folder.mkdir()
for count, size, expected in ((6, 2, [2, 2, 2, 0]), (6, 3, [3, 3, 0]), (5, 2, [2, 2, 1])):
    write(folder / "train-images-idx3-ubyte", np.arange(count * 4, dtype=np.uint8).reshape(count, 2, 2))
    write(folder / "train-labels-idx1-ubyte", np.arange(count, dtype=np.uint8))
    reader = MNIST(str(folder), return_type="numpy")
    batches = list(reader.load_training_in_batches(size))
    lengths = [len(images) for images, labels in batches]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's word on the mean of nothing
        last = float(np.mean(batches[-1][0]))
    print(f"{count} images in batches of {size}: {lengths}, mean of the last {last}")
    assert lengths == expected
    assert np.isnan(last) == (expected[-1] == 0)
PYTHON

#!/usr/bin/env bash
# numpy.fromfile of a file that gzip has opened returns packed bytes, of the shape that was asked for.
#
# Versions: NumPy 2.4.6.
#
# MNIST comes as idx files packed by gzip, and gzip.open gives a file object that reads unpacked. numpy.fromfile takes
# the descriptor beneath it, so it reads the packed bytes on the disk; an offset, or a header that was read before,
# counts in these. With count it returns as many bytes as were asked for: pictures of the right shape and type that are
# noise, labels up to 255. Without count the length is that of the packed file. There is no warning, and a GAN trains on
# it. numpy.frombuffer(file.read(), ...) is right.
#
# Seen, for 100 random pictures of 28 x 28 whose pixels are 0 or 255, 12,340 bytes packed:
#   count=7840, offset=16: ten pictures with 256 different values
#   file.read(16), then no count: 12,324 bytes, for 78,400 pixels
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet numpy==2.4.6

"$folder/venv/bin/python" -I - <<'PYTHON'
import gzip
import struct
import sys
from pathlib import Path

import numpy as np

pictures = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (100, 28, 28))
path = Path(sys.prefix) / "train-images-idx3-ubyte.gz"
with gzip.open(path, "wb") as file:
    file.write(struct.pack(">HBB3I", 0, 8, 3, *pictures.shape) + pictures.tobytes())

with gzip.open(path, "rb") as file:
    found = np.fromfile(file, np.uint8, count=10 * 784, offset=16).reshape(-1, 28, 28)
print(f"with count: shape {found.shape}, {np.unique(found).size} different values")
assert found.shape == (10, 28, 28) and np.unique(found).size > 100

with gzip.open(path, "rb") as file:
    file.read(16)
    rest = np.fromfile(file, np.uint8)
print(f"header read first: {rest.size} bytes of {path.stat().st_size} packed, {pictures.size} pixels")
assert rest.size == path.stat().st_size - 16 < pictures.size

with gzip.open(path, "rb") as file:
    right = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
print(f"frombuffer of what is read: equal {np.array_equal(right, pictures)}")
assert np.array_equal(right, pictures)
PYTHON

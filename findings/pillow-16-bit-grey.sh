#!/usr/bin/env bash
# Pillow turns a 16-bit grey picture to white when it is converted to 8 bits or to RGB.
#
# Versions: Pillow 13.0.0, NumPy 2.4.6.
#
# Medical, depth and microscope pictures are 16-bit grey PNG files. Image.convert("L") and convert("RGB") do not scale
# 0..65535 to 0..255: everything above 255 becomes 255. Loaders of folders of pictures call convert("RGB") on whatever
# they open, so a GAN is trained on white pictures with a few grey dots, and its losses look fine. There is no warning.
# convert("F") keeps the values.
#
# Seen, for the values 0, 100, 300, 1000, 20000, 65535:
#   convert("L"): 0 100 255 255 255 255     convert("RGB"): the same, three times     convert("F"): 0 100 300 1000 20000
#     65535
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" -I - <<'PYTHON'
import io
import warnings

import numpy as np
from PIL import Image

warnings.simplefilter("error")  # shows that there is no warning
values = np.array([[0, 100, 300], [1000, 20000, 65535]], dtype=np.uint16)
file = io.BytesIO()
Image.fromarray(values).save(file, format="PNG")
picture = Image.open(io.BytesIO(file.getvalue()))
grey = np.array(picture.convert("L"))
colour = np.array(picture.convert("RGB"))
print(picture.mode, "L", grey.ravel(), "RGB", colour[..., 0].ravel(), "F", np.array(picture.convert("F")).ravel())
assert grey.tolist() == [[0, 100, 255], [255, 255, 255]]
assert all(np.array_equal(colour[..., channel], grey) for channel in range(3))
assert np.array_equal(np.array(picture.convert("F")), values)
PYTHON

#!/usr/bin/env bash
# POT's one-dimensional and sliced distances are 0 for every pair of integer arrays.
#
# Versions: POT 0.9.7.post1, NumPy 2.4.6, SciPy 1.17.1.
#
# Pixels, counts and grid positions are integers. wasserstein_1d, sliced_wasserstein_distance,
# max_sliced_wasserstein_distance and solve_sample(method="1d" or "sliced") accept them. The uniform weights 1/n that
# these functions make themselves take the type of the samples, so each weight becomes the integer 0, and so does the
# distance. There is no warning. emd2_1d and emd2, given the same arrays, are right, and so are all of them after
# .astype(float).
#
# Seen, for 200 values and the same values moved by 100 (true W1: 100):
#   int64: wasserstein_1d 0, emd2_1d 100.0     float64: wasserstein_1d 100.0
# and for 200 points in three dimensions moved by (50, 50, 50):
#   int64: sliced 0.0, max-sliced 0.0, solve_sample method "1d" [0 0 0], "sliced" 0.0
#   float64: sliced above 40, max-sliced above 80, method "1d" [2500. 2500. 2500.]
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import warnings

import numpy as np
import ot

warnings.simplefilter("error")  # shows that there is no warning
rng = np.random.default_rng(0)
values = rng.integers(0, 256, 200)
moved = values + 100
points = rng.integers(0, 256, (200, 3))
shifted = points + 50
settings = {"n_projections": 200, "seed": 0}
for kind in (np.int64, np.int32, np.float64):
    u, v = values.astype(kind), moved.astype(kind)
    x, y = points.astype(kind), shifted.astype(kind)
    line = ot.wasserstein_1d(u, v, p=1)
    exact = ot.emd2_1d(u, v, metric="cityblock")
    sliced = ot.sliced_wasserstein_distance(x, y, **settings)
    largest = ot.max_sliced_wasserstein_distance(x, y, **settings)
    each = ot.solve_sample(x, y, method="1d").value
    unified = ot.solve_sample(x, y, method="sliced").value
    print(kind.__name__, line, exact, sliced, largest, each, unified)
    assert abs(exact - 100) < 1e-6
    if kind is np.float64:
        assert abs(line - 100) < 1e-6 and np.allclose(each, 2500)
        assert sliced > 40 and largest > 80 and unified > 40
    else:
        assert line == 0 and sliced == 0 and largest == 0 and unified == 0 and not np.any(each)
PYTHON

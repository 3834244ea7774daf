#!/usr/bin/env bash
# For a cost that is a concave power of the distance, POT's emd2_1d is not the optimal transport on the line.
#
# Versions: POT 0.9.7.post1, NumPy 2.4.6, SciPy 1.17.1.
#
# ot.emd2_1d(x, y, metric="minkowski", p=p) charges |x - y|**p and pairs the points in order of size. In order is
# optimal for p of at least 1. For p below 1, where long moves are cheap, it is not: mass that both sides share should
# stay where it is. The function takes such p without a word and returns the dearer plan, in the name of the exact
# solver. wasserstein_1d does refuse p below 1.
#
# Seen, for {0, 1} and {1, 2}: p = 0.5: emd2_1d 1.0, the optimum (emd2) 0.7071 = sqrt(2)/2
#                              p = 1:   emd2_1d 1.0, the optimum 1.0
# For {0, ..., 99} and {1, ..., 100}, p = 0.5: emd2_1d 1.0, the optimum 0.1.
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
for n, p, optimum in ((2, 0.5, 0.5**0.5), (2, 1.0, 1.0), (100, 0.5, 0.1)):
    x = np.arange(n, dtype=float)
    y = x + 1
    line = ot.emd2_1d(x, y, metric="minkowski", p=p)
    exact = ot.emd2([], [], np.abs(x[:, None] - y[None, :]) ** p)
    print(f"n {n}, p {p}: emd2_1d {line:.4f}, emd2 {exact:.4f}")
    assert abs(line - 1) < 1e-6 and abs(exact - optimum) < 1e-6
try:
    ot.wasserstein_1d(np.array([0.0, 1.0]), np.array([1.0, 2.0]), p=0.5)
except AssertionError as error:
    print("wasserstein_1d:", error)
else:
    raise SystemExit("wasserstein_1d now takes p below 1")
PYTHON

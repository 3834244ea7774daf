#!/usr/bin/env bash
# pyemd's emd_samples is the distance between two histograms of the samples, and can be a quarter off.
#
# Versions: pyemd 1.1.0, POT 0.9.7.post1, NumPy 2.4.6, SciPy 1.17.1.
#
# emd_samples(x, y) first sorts both samples into bins that it chooses itself, and then moves mass between bin centres.
# With few or clustered samples the bins are wide. On a line the exact distance needs no bins, and SciPy's
# wasserstein_distance gives it.
#
# Seen: {0, .1, .2} and {10, 10.1, 10.2}: emd_samples 7.65, exact 10
#       50 times 0 and 50 times 1 against 100 times 0.4: emd_samples 0.458, exact 0.5
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet pyemd==1.1.0 POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import numpy as np
from pyemd import emd_samples
from scipy.stats import wasserstein_distance

cases = [
    (np.array([0.0, 0.1, 0.2]), np.array([10.0, 10.1, 10.2]), 10.0, (7.4, 7.9)),
    (np.repeat([0.0, 1.0], 50), np.full(100, 0.4), 0.5, (0.44, 0.475)),
]
for x, y, exact, (low, high) in cases:
    binned = emd_samples(x, y)
    print(f"emd_samples {binned:.4f}, exact {wasserstein_distance(x, y):.4f}")
    assert abs(wasserstein_distance(x, y) - exact) < 1e-9
    assert low < binned < high
PYTHON

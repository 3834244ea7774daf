#!/usr/bin/env bash
# POT's distance of two Gaussians is NaN when the covariances come from fewer samples than dimensions.
#
# Versions: POT 0.9.7.post1, NumPy 2.4.6, SciPy 1.17.1.
#
# The Fréchet inception distance is the square of ot.gaussian.bures_wasserstein_distance. With fewer samples than the
# 2,048 features a covariance is singular, and the distance is defined all the same. Rounding leaves some of the zero
# eigenvalues slightly below zero, their square root is NaN, and so is the result, beside NumPy's warning about a sqrt.
# empirical_bures_wasserstein_distance adds 1e-6 to the diagonal by default; with reg=0 it is NaN too.
#
# Seen, for 10 points in 30 dimensions, and the same points moved by one in each coordinate (distance sqrt(30) = 5.477):
#   bures_wasserstein_distance: nan     against itself: nan     empirical, reg=1e-6: 5.477     empirical, reg=0: nan
#   with 100 points: 5.477
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import warnings

import numpy as np
from ot.gaussian import bures_wasserstein_distance, empirical_bures_wasserstein_distance

warnings.simplefilter("ignore")  # NumPy's, about the square root of a negative number
for count in (10, 100):
    points = np.random.default_rng(0).normal(size=(count, 30))
    mean, spread = points.mean(0), np.cov(points.T)
    far = bures_wasserstein_distance(mean, mean + 1, spread, spread)
    same = bures_wasserstein_distance(mean, mean, spread, spread)
    mended = empirical_bures_wasserstein_distance(points, points + 1)
    bare = empirical_bures_wasserstein_distance(points, points + 1, reg=0.0)
    print(f"{count} points: {far:.4f}, against itself {same:.4f}, empirical {mended:.4f}, with reg=0 {bare:.4f}")
    singular = count < 30
    assert np.isnan(far) == singular and np.isnan(bare) == singular
    assert not singular or np.isnan(same)
    assert abs(mended - np.sqrt(30)) < 1e-3
    assert singular or abs(far - np.sqrt(30)) < 1e-6
PYTHON

#!/usr/bin/env bash
# SciPy's sparse matching cannot pair two points that coincide, and so returns a dearer matching.
#
# Versions: SciPy 1.17.1, NumPy 2.4.6.
#
# Optimal transport of n points to n points is a matching, and min_weight_full_bipartite_matching is the solver for
# sparse costs. A distance of 0 is not stored in a sparse array, and what is not stored is no edge: the best pairs of
# all are forbidden. If another matching exists it is returned without a warning; if none does, "no full matching
# exists" is raised. Samples of pictures, of counts, or a batch that holds real points again, have such pairs. Storing
# the zeros explicitly changes only that a warning comes: they are removed.
#
# Seen, for {0, 1, 5} and {0, 1, 6}: linear_sum_assignment 1.0, sparse 3.0, sparse with explicit zeros 3.0
# With 1 added to every cost, and 3 taken off at the end: sparse 1.0.
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import warnings

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

warnings.simplefilter("error")  # shows that there is no warning
cost = np.abs(np.array([0.0, 1.0, 5.0])[:, None] - np.array([0.0, 1.0, 6.0])[None, :])
rows, columns = np.divmod(np.arange(9), 3)
explicit = csr_array(coo_array((cost.ravel(), (rows, columns)), shape=(3, 3)))
assert explicit.nnz == 9  # the zeros are stored here


def total(pairs):
    return float(cost[pairs].sum())


dense = total(linear_sum_assignment(cost))
sparse = total(min_weight_full_bipartite_matching(csr_array(cost)))
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    stored = total(min_weight_full_bipartite_matching(explicit))
assert any("zero weights are removed" in str(one.message) for one in heard)
lifted = total(min_weight_full_bipartite_matching(csr_array(cost + 1)))
print("dense", dense, "sparse", sparse, "explicit zeros", stored, "lifted by one", lifted)
assert dense == 1 and sparse == 3 and stored == 3 and lifted == 1
same = np.array([[0.0]])
try:
    min_weight_full_bipartite_matching(csr_array(same))
except ValueError as error:
    print("one point and itself:", error)
else:
    raise SystemExit("a point can now be matched with itself")
PYTHON

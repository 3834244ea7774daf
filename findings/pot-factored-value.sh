#!/usr/bin/env bash
# The value of POT's factored solver is the cost by way of a middle point: half of the squared distance.
#
# Versions: POT 0.9.7.post1, NumPy 2.4.6, SciPy 1.17.1.
#
# ot.solve_sample(X, Y, method="factored") puts a few template points between the two clouds. Its value adds the squared
# cost from X to the template and that from the template to Y. Half of the way squared, twice, is one half: for clouds
# far apart the value is half of W2 squared, and tends to that as the rank grows, while the plan returned costs the full
# amount. A finer rank does not repair it. Whoever compares solvers by .value finds one that beats the optimum by a
# factor of two.
#
# Seen, for 200 points and the same points moved by (10, 0), rank 10, where the exact squared distance is 100:
#   value 50.7, cost of the plan returned 100.7
# Four points, rank 4, an exact template: value 50.0, cost of the plan 100.0.
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import numpy as np
import ot

cloud = np.random.default_rng(0).normal(size=(200, 2))
square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
for points, rank in ((cloud, 10), (cloud, 100), (square, 4)):
    moved = points + [10.0, 0.0]
    cost = ot.dist(points, moved)
    exact = ot.emd2([], [], cost)
    result = ot.solve_sample(points, moved, method="factored", rank=rank)
    plan = result.lazy_plan[:]
    of_plan = float(np.sum(plan * cost))
    print(f"{len(points)} points, rank {rank}: exact {exact:.4f}, value {result.value:.4f}, of its plan {of_plan:.4f}")
    assert abs(exact - 100) < 1e-6
    assert np.allclose(plan.sum(1), 1 / len(points)) and np.allclose(plan.sum(0), 1 / len(points))
    assert 0.999 * exact < of_plan < 1.1 * exact
    assert 45 < result.value < 56
PYTHON

#!/usr/bin/env bash
# The value of POT's low-rank solver does not change when all the data are multiplied by 100.
#
# Versions: POT 0.9.7.post1, NumPy 2.4.6, SciPy 1.17.1.
#
# ot.solve_sample(X, Y, method="lowrank") returns a plan and a value. The cost is first divided by the largest entries
# of its two factors, and the value is that of the divided cost: it carries no unit, and lies far below the least cost
# that any plan can have. The plan beside it is a good one. So the number must not be compared with any other method's;
# the cost of the plan may be.
#
# Seen, for 200 points and the same points moved by (10, 0), where the exact squared distance is 100:
#   value 2.1, cost of the plan returned 103.6
# and with everything multiplied by 100, where the exact one is 1,000,000:
#   value 2.1, cost of the plan returned 1,036,000
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import numpy as np
import ot

points = np.random.default_rng(0).normal(size=(200, 2))
values = []
for scale in (1.0, 100.0):
    x, y = scale * points, scale * (points + [10.0, 0.0])
    cost = ot.dist(x, y)
    exact = ot.emd2([], [], cost)
    result = ot.solve_sample(x, y, method="lowrank")
    plan = result.lazy_plan[:]
    of_plan = float(np.sum(plan * cost))
    print(f"scale {scale:g}: exact {exact:.6g}, value {result.value:.6g}, cost of the plan {of_plan:.6g}")
    assert abs(exact / (100 * scale**2) - 1) < 1e-6
    assert abs(plan.sum() - 1) < 1e-4
    assert exact * 0.999 < of_plan < exact * 1.3
    assert result.value < exact / 5  # below the optimum, which no plan can be
    values.append(result.value)
assert abs(values[1] / values[0] - 1) < 0.05
PYTHON

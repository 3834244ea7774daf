#!/usr/bin/env bash
# With both regularisation and unbalanced marginals, the value that POT's ot.solve returns leaves the transport cost
# out.
#
# Versions: POT 0.9.7.post1, NumPy 2.4.6, SciPy 1.17.1.
#
# ot.solve(M, a, b, reg=..., unbalanced=...) minimises <P, M> + reg R(P) + unbalanced (KL(P1, a) + KL(P'1, b)). All
# three terms are at least 0 for R = KL, so the value cannot be below the first one, value_linear. Yet the value
# returned is about 1e-10 at every reg, and with reg_type="entropy" it falls below 0. With reg=None the value is right.
# A loss that is trained or plotted by .value then says nothing of the transport.
#
# Seen, for M = [[1, 2], [2, 1]], uniform weights, unbalanced=1:
#   reg 0.5, KL:       value 2e-10, value_linear 0.670, objective of the returned plan 1.004
#   reg 2,   KL:       value 3e-10, value_linear 0.962, objective of the returned plan 1.208
#   reg 2,   entropy:  value -3.58, value_linear 1.923, objective of the returned plan 4.416
#   no reg:            value 0.787, value_linear 0.607, objective of the returned plan 0.787
# (The objective is written with KL(p, q) = sum p log(p/q) - p + q; the entropic R is KL against a plan of ones.)
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" -I - <<'PYTHON'
import numpy as np
import ot

cost = np.array([[1.0, 2.0], [2.0, 1.0]])
a = np.array([0.5, 0.5])


def kl(p, q):
    safe = np.where(p > 0, p, 1.0)
    return float(np.sum(np.where(p > 0, p * np.log(safe / q), 0.0) - p + q))


def objective(plan, reg, prior):
    linear = float(np.sum(plan * cost))
    return linear + reg * kl(plan, prior) + kl(plan.sum(1), a) + kl(plan.sum(0), a)


for kind, prior in (("KL", np.outer(a, a)), ("entropy", np.ones((2, 2)))):
    for reg in (0.5, 2.0):
        result = ot.solve(cost, a, a, reg=reg, reg_type=kind, unbalanced=1.0)
        true = objective(result.plan, reg, prior)
        print(f"reg {reg} {kind}: value {result.value:.3g}, value_linear {result.value_linear:.4f}, true {true:.4f}")
        assert result.value_linear > 0.6
        assert result.value < 0.1 < true
        assert result.value < (1e-4 if kind == "KL" else 0.1)
result = ot.solve(cost, a, a, unbalanced=1.0)
true = objective(result.plan, 0.0, np.outer(a, a))
print(f"no reg: value {result.value:.4f}, value_linear {result.value_linear:.4f}, true {true:.4f}")
assert abs(result.value - true) < 1e-4 and abs(true - 0.78694) < 1e-3
PYTHON

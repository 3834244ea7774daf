#!/usr/bin/env bash
# One far point that two clouds share takes half of the digits of POT's potentials of all the others.
#
# Versions: POT 0.9.7.post1 and 0.9.6.post1, NumPy 2.4.6, SciPy 1.17.1.
#
# The point at (1e6, 1e6) lies in both clouds and costs nothing, so nothing moves between it and the rest, and its
# potential may be anything within 1.4 million of the others'. ot.emd chooses one end of that range and then centres:
# the potentials of thirty points within 3 of the origin come back near 45,621, where without the far point they lie
# within 2 of 0. Value and plan are right. But a float near 45,621 has steps of 7e-12, and sums that run over 1.4 million
# have fewer still: the potentials overstep their costs by more than 1e-9, with float32 copies of them the dual value is
# wrong in the fourth digit or the fifth, and a learning rate or a threshold meant for potentials of order 1 meets numbers a thousand
# times as large. Subtracting one constant from u and adding it to v does not help: near and far have to be shifted
# apart from each other.
#
# Seen: without the far point max |u| about 1, oversteps 3e-14; with it max |u| of the near points 45,621, oversteps 5e-9.
set -euo pipefail
unset PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 0.9.6.post1 0.9.7.post1; do
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet "POT==$version" numpy==2.4.6 scipy==1.17.1

  "$folder/venv/bin/python" -I - <<'PYTHON'
import numpy as np
import ot

x, y = np.random.default_rng(3).normal(size=(2, 31, 2))


def solved(x, y):
    cost = np.linalg.norm(x[:, None] - y, axis=2)
    mass = np.full(len(x), 1 / len(x))
    plan, log = ot.emd(mass, mass, cost, log=True)
    u, v = log["u"], log["v"]
    over = (u[:, None] + v - cost).max()
    single = mass.astype("f4") @ u.astype("f4") + mass.astype("f4") @ v.astype("f4")
    return (plan * cost).sum(), np.abs(u[:30]).max(), over, float(single)


near, size, over, single = solved(x[:30], y[:30])
x[30] = y[30] = 1e6
value, far_size, far_over, far_single = solved(x, y)
print(ot.__version__, "alone: max |u|", size, "oversteps", over, "float32 dual", single / near)
print(ot.__version__, "with the far point:", far_size, far_over, far_single / value)
assert abs(value - near * 30 / 31) < 1e-9, "the value is right"
assert size < 3 and over < 1e-12 and abs(single / near - 1) < 1e-5
assert 4e4 < far_size < 5e4, "potentials of the near points"
assert far_over > 1e-10, "the constraints that they break"
PYTHON
done

"""Every number that the chapter on convergence states or prints, computed another way."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import numpy as np
import pytest
from scipy.stats import linregress

from tests.book.reading import Chapter, lines_with, matching, numbers

CHAPTER = Chapter("convergence")
prose, ran = CHAPTER.prose, CHAPTER.ran
LOG_2 = math.log(2.0)
GOLDEN = (math.sqrt(5) - 1) / 2

#: Norms of the seven sequences, by hand: a tent of height h on a base b has hb/2, h √(b/3), h.
NORMS = {
    "spikes": lambda n: tent(n**0.5, 1 / n),
    "tall spikes": lambda n: tent(n, 1 / n),
    "slow spikes": lambda n: tent(n**0.25, 1 / n),
    "walking tents": lambda n: tent(1.0, 2.0 ** -math.floor(math.log2(n))),
    "powers": lambda n: (1 / (n + 1), (2 * n + 1) ** -0.5, 1.0),
    "low tents": lambda n: tent(1 / n, 1.0),
    "wide tents": lambda n: tent(1 / n, n**2),
}
#: What each norm does: falls to 0, stays, or grows.
VERDICTS = {
    "spikes": ("to 0", "stays", "grows"),
    "tall spikes": ("stays", "grows", "grows"),
    "slow spikes": ("to 0", "to 0", "grows"),
    "walking tents": ("to 0", "to 0", "stays"),
    "powers": ("to 0", "to 0", "stays"),
    "low tents": ("to 0", "to 0", "to 0"),
    "wide tents": ("grows", "stays", "to 0"),
}


def tent(height: float, base: float) -> tuple[float, float, float]:
    return height * base / 2, height * math.sqrt(base / 3), height


def printed(words: str) -> list[str]:
    return lines_with(words, ran().texts)


def slope(at: Any, values: Any) -> float:
    return float(linregress(np.log(at), np.log(values)).slope)


def recorded(claim: str) -> dict[str, Any]:
    return dict(ran().recorded[claim].values)


# --- M1: functions -------------------------------------------------------------------


def test_the_claims_of_the_chapter_are_reproduced():
    claims = ran().recorded
    assert list(claims) == ["M1", "M3", "M4"]
    assert {one.verdict for one in claims.values()} == {"reproduced"}
    assert all(one.seeds == 0 for one in claims.values())


def test_norms_by_hand_and_by_the_library():
    _, _, *rows = printed("by hand, then by the library")
    assert [numbers(row)[0] for row in rows] == [1, 4, 16, 64]
    for row in rows:
        n, *values = numbers(row)
        assert values == pytest.approx([*tent(n**0.5, 1 / n)] * 2, abs=6e-5)
    assert 1 / math.sqrt(3) == pytest.approx(0.577, abs=5e-4)
    assert "1/\\sqrt 3 = 0.577" in prose()


def test_the_table_of_seven_sequences_and_three_norms():
    caption, heading, *rows = printed("agree with the exact limit")
    assert re.findall(r"\d+", heading) == ["64", "512", "4096"]
    assert len(rows) == 21
    steps = 2 ** np.arange(6, 13)
    assert "n = 64, 128, \\dots, 4096" in prose()
    for row, (name, k) in zip(rows, itertools.product(NORMS, range(3)), strict=True):
        label, norm, *values, rate, verdict = re.split(r"  +", row)
        assert (label, norm) == (name, ("L1", "L2", "sup")[k])
        exact = [NORMS[name](int(n))[k] for n in steps]
        values = [float(v) for v in " ".join(values).split()]
        assert values == pytest.approx([exact[0], exact[3], exact[6]], abs=6e-5)
        assert float(rate) == pytest.approx(slope(steps, exact), abs=0.006)
        assert verdict == VERDICTS[name][k]
    assert numbers(caption) == [21, 21]


def test_verdicts_are_what_the_formulas_do_in_the_limit():
    for name, verdicts in VERDICTS.items():
        for k, verdict in enumerate(verdicts):
            near, far = NORMS[name](2**20)[k], NORMS[name](2**40)[k]
            if verdict == "to 0":
                assert far < 0.04 * near
            elif verdict == "grows":
                assert far > 25 * near
            else:
                assert far == pytest.approx(near)


def test_the_order_of_norms_on_the_interval():
    for name in list(NORMS)[:-1]:
        for n in (1, 3, 17, 1000):
            l1, l2, sup = NORMS[name](n)
            assert l1 <= l2 * (1 + 1e-12)
            assert l2 <= sup * (1 + 1e-12)
        l1, l2, sup = (v == "to 0" for v in VERDICTS[name])
        assert not l2 or l1, "none in L2 without L1"
        assert not sup or l2, "none uniformly without L2"


def test_pointwise():
    _, _, tall, passed, *walks = printed("each walk of tents comes by again")
    heights = [n * max(1 - abs(2 * n / 3 - 1), 0) for n in range(1, 65)]
    assert numbers(tall)[-2:] == pytest.approx([min(heights), max(heights)], abs=6e-4)
    assert numbers(passed)[-2:] == [0, 0] == [min(heights[2:]), max(heights[2:])]
    assert [numbers(row)[0] for row in walks] == [4, 16, 64, 256, 1024]
    for row in walks:
        count, least, largest = numbers(row)
        heights = [max(1 - abs(2 * (count / 3 - k) - 1), 0) for k in range(int(count))]
        assert [least, largest] == pytest.approx([min(heights), max(heights)], abs=6e-4)
        assert largest == 0.667, "each walk brings a value of ⅔ again"


# --- M1: the plane -------------------------------------------------------------------


def test_taxi_over_bird():
    _, _, *rows = printed("diagonal")
    assert [numbers(row)[0] for row in rows] == [2, 10, 100, 1000]
    for row in rows:
        d, axis, least, largest, diagonal, root = numbers(row)
        assert axis == 1
        assert diagonal == root == pytest.approx(math.sqrt(d), abs=6e-3)
        assert 1 <= least <= largest <= root
        # A coordinate of a random direction has mean size √(2/π) of its root mean square.
        if d >= 100:
            assert (least + largest) / 2 == pytest.approx(math.sqrt(2 * d / math.pi), rel=0.03)
    low, high = map(float, recorded("M1")["Manhattan over Euclid in the plane"].split(" to "))
    assert 1 <= low < 1.01
    assert 1.41 < high <= math.sqrt(2)


def test_squares_violate_the_triangle_inequality():
    assert (2 - 0) ** 2 > (1 - 0) ** 2 + (2 - 1) ** 2
    assert "from 0 to 2 it gives 4, but by way of 1 only $1 + 1$" in prose()


# --- M1: distributions ---------------------------------------------------------------


def test_two_ways_to_be_close():
    _, _, *rows = printed("Two sequences of distributions")
    law = {
        ("shifting atom", "EM"): lambda n: 1 / n,
        ("shifting atom", "TV"): lambda n: 1.0,
        ("escaping mass", "EM"): lambda n: (1 / n) * n,
        ("escaping mass", "TV"): lambda n: 1 / n,
    }
    for row, ((name, distance), value) in zip(rows, law.items(), strict=True):
        assert row.startswith(name)
        assert re.search(rf"\b{distance}\b", row)
        assert row.endswith("*") == (value(1e9) < 1e-6), "marked: what goes to 0"
        *values, rate = numbers(row)
        assert values == pytest.approx([value(n) for n in (10, 1000, 100000)], abs=6e-6)
        assert rate == pytest.approx(slope([10, 1000], [value(10), value(1000)]), abs=0.006)
    said = recorded("M1")
    assert said["verdicts of 7 sequences by 3 norms that agree with the formula"] == 21
    differ = sum(len(set(v)) > 1 for v in VERDICTS.values())
    assert said["sequences on which the norms disagree"] == differ == 6
    assert said["rates of the spikes in L1, L2, sup"] == "-0.50, 0.00, 0.50"
    assert said["rates of an atom 1/n away, EM and TV"] == "-1.00, 0.00"
    assert said["of mass 1/n that is n away"] == "0.00, -1.00"


# --- M3 ------------------------------------------------------------------------------


def test_fewer_converge_under_the_stronger_norm():
    _, _, *rows = printed("each row contains the one above")
    before: set[str] = set()
    for k, (row, count) in enumerate(zip(rows, (1, 4, 5), strict=True)):
        passed = {name for name, v in VERDICTS.items() if v[2 - k] == "to 0"} - {"wide tents"}
        norm, counted, listed = re.split(r"  +", row)
        assert norm == ("sup", "L2", "L1")[k]
        assert int(counted) == count == len(passed)
        assert before <= set(listed.split(", ")) == passed
        before = passed
    said = recorded("M3")["sequences on [0, 1] that converge by sup, L2, L1"]
    assert said == "1, 4, 5"


def wave(theta: float, atoms: int = 40) -> Any:
    z = (np.arange(atoms) + 0.5) / atoms
    return np.c_[z, np.sin(theta * z)]


def test_moduli_of_the_waves_by_matching():
    _, _, *rows = printed("EM/δ")
    assert len(rows) == 7
    assert "at 25 places θ from 0 to 6, with 40 points a wave" in prose()
    for exponent, row in enumerate(rows):
        delta = 10.0**-exponent
        found = max(matching(wave(t / 4), wave(t / 4 + delta)) for t in range(25))
        given, em, ratio, js, tv = numbers(row)
        assert given == delta
        assert em == pytest.approx(found, rel=1e-3)
        assert ratio == pytest.approx(found / delta, abs=6e-5)
        assert ratio <= 0.5, "the theorem"
        assert (js, tv) == (pytest.approx(LOG_2, abs=6e-5), 1)
        assert row.endswith("inf")
    assert numbers(rows[-1])[2] == 0.5, "the constant ½ in the limit"


def test_waves_meet_in_finitely_many_points():
    """The proof: no mass in common, whatever the two parameters."""
    for theta, other in itertools.combinations(np.arange(0, 6.01, 0.25), 2):
        a, b = wave(theta)[:, 1], wave(other)[:, 1]
        assert (a != b).all()


def test_what_is_recorded_of_the_waves():
    said = recorded("M3")
    assert said["modulus at δ = 1e-6, EM"] == pytest.approx(5e-7, rel=1e-6)
    assert said["JS"] == pytest.approx(LOG_2, rel=1e-7)
    assert said["TV"] == pytest.approx(1, abs=1e-12)
    assert said["KL"] == math.inf
    assert said["largest EM/δ"] == pytest.approx(0.5, abs=1e-6)
    assert said["power of δ fitted to EM"] == pytest.approx(1, abs=0.01)


def test_one_constant_loss_does_not_make_the_map_continuous():
    _, _, tv, em, between = printed("TV to the atom")
    assert numbers(tv) == [1, 1]
    ways = [np.hypot(w[:, 0], 5 - w[:, 1]).mean() for w in (wave(t / 4) for t in range(25))]
    assert numbers(em) == pytest.approx([min(ways), max(ways)], abs=6e-4)
    assert numbers(between) == [1, 1]


# --- M4: inf and sup -----------------------------------------------------------------


def test_smooth_critics_miss_the_supremum():
    caption, _, *rows, corner = printed("short of the supremum by")
    assert [int(numbers(row)[0]) for row in rows] == [10, 100, 1000, 10**4, 10**5]
    for row in rows:
        n, value, short = numbers(row)
        assert value + short == pytest.approx(1, abs=1e-9)
        step = 1e-4
        x = np.arange(0, 1 + step / 2, step)
        climb = np.trapezoid(x / np.sqrt(x**2 + n**-2), x) if n <= 1000 else None
        if climb is not None:  # f(1) − f(0) as the integral of the slope
            assert short == pytest.approx(1 - climb, abs=3e-5)
        assert short == pytest.approx(1 / n - 1 / (2 * n**2), abs=1e-5 + 1 / n**3)
        assert short > 0
    exact = [1 / n - (math.sqrt(1 + n**-2.0) - 1) for n in 10.0 ** np.arange(1, 6)]
    (power,) = re.findall(r"to the power (-\d\.\d+)\.", caption)
    assert float(power) == pytest.approx(slope(10.0 ** np.arange(1, 6), exact), abs=1e-3)
    assert corner.endswith("1.000000 *  0.000000"), "the one that is marked"
    best = (abs(-1) + abs(1)) / 2 - abs(0)
    assert best == 1, "what |x| reports, which is the whole way: EM"
    assert recorded("M4")["with a corner, the supremum less the value"] < 1e-9


# --- M4: compact ---------------------------------------------------------------------


def test_points_in_the_interval_must_crowd():
    sines, _, *rows = printed("40 sines")
    for row, count in zip(rows, (10, 100, 1000, 10_000), strict=True):
        given, nearest, bound = numbers(row)
        # By the theory of continued fractions the nearest gap is |F φ − F'|, F Fibonacci.
        a, b = 1, 1
        while b < count:
            a, b = b, a + b
        expected = abs(a * GOLDEN - round(a * GOLDEN))
        assert given == count
        assert nearest == pytest.approx(expected, rel=5e-3)
        assert bound == pytest.approx(1 / (count - 1), rel=5e-3)
        assert nearest <= bound
    assert numbers(sines)[-2:] == pytest.approx([math.sqrt(2)] * 2, abs=1e-6)


def test_atoms_crowd_under_em_in_the_interval_alone():
    _, _, inside, outside = printed("nearest two of 40 atoms")
    x = np.sort([n * GOLDEN % 1 for n in range(1, 41)])
    assert numbers(inside)[-2:] == pytest.approx([np.diff(x).min(), 1], abs=6e-5)
    assert np.diff(x).min() <= 1 / 39
    assert numbers(outside)[-2:] == [1, 1]
    said = recorded("M4")
    assert said["nearest two of 40 atoms in [0, 1], EM"] == pytest.approx(np.diff(x).min())
    assert said["of 40 atoms at 1, 2, …, EM"] == 1
    assert said["of 40 atoms in [0, 1], TV"] == 1
    assert said["of 40 sines in L2"] == pytest.approx(math.sqrt(2), rel=1e-7)


# --- M4: Borel sets ------------------------------------------------------------------


def test_unions_of_intervals_and_borel_sets_on_the_comb():
    _, _, *rows = printed("Borel sets")
    for row, n in zip(rows, (4, 16, 64, 256), strict=True):
        expected = [*(k / (4 * n) for k in (1, 2, 4)), 0.25, 1 / (8 * n)]
        assert numbers(row) == [n, *(pytest.approx(v, abs=6e-6) for v in expected)]
    said = recorded("M4")
    assert said["comb of 256 teeth, by one interval"] == pytest.approx(1 / 1024)
    assert said["by Borel sets"] == pytest.approx(0.25)


def test_the_walk_finds_the_best_union_by_trying_all():
    best_union = ran().names["best_union"]
    rng = np.random.default_rng(0)
    for _ in range(20):
        excess = rng.integers(-4, 5, size=7).astype(float)
        for k in (1, 2, 3):
            sums = [
                np.dot(chosen, excess)
                for chosen in itertools.product((0, 1), repeat=7)
                if sum(a > b for a, b in zip(chosen, (0, *chosen), strict=False)) <= k
            ]
            assert best_union(excess, k) == max(sums)


# --- check yourself ------------------------------------------------------------------


def test_solutions():
    elements = [(-1) ** n * (1 - 1 / n) for n in range(1, 2001)]
    assert -1 < min(elements) < -0.999
    assert 0.999 < max(elements) < 1
    assert 3 * math.sqrt(0.04 / 3) == pytest.approx(0.346, abs=5e-4)
    assert "3 \\sqrt{0.04 / 3} = 0.346" in prose()
    assert math.sqrt(36) * 0.5 == 36 * (1 / 12) == 3
    assert pytest.approx(0.075) == 3 / (4 * 10)
    assert "together 0.075" in prose()


def test_a_divergence_can_have_a_jumping_loss_on_a_continuous_map():
    """The exercise on KL: logarithms all along, as q underflows."""
    k = np.arange(1, 1001)
    log_p = -k * LOG_2
    log_q = -(k**2) - math.log(sum(math.exp(-(j**2)) for j in range(1, 20)))
    p = np.exp(log_p)

    def moved(n: int) -> tuple[float, float]:
        share = p * (1 - n**-2.0) + n**-2.0 * (k == n)
        seen = share > 0
        log_share = np.log(share[seen])
        return (
            float(share[seen] @ (log_share - log_p[seen])),
            float(share[seen] @ (log_share - log_q[seen])),
        )

    still = float(p @ (log_p - log_q))
    to_p, to_q = np.array([moved(n) for n in (10, 100, 1000)]).T
    assert (to_p > 0).all()
    assert (np.diff(to_p) < 0).all()
    assert to_p[-1] < 1e-3
    assert to_q[-1] - still == pytest.approx(1, abs=2e-3)

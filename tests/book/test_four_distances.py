"""Every number that the chapter on four distances states, by another road than the chapter's."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import jensenshannon
from scipy.special import lambertw, rel_entr
from scipy.stats import entropy, norm, wasserstein_distance

from tests.book.reading import Chapter
from wganbook import check_answer
from wganbook.questions import EXERCISES

CHAPTER = Chapter("four-distances")
prose = CHAPTER.prose
LOG2 = math.log(2.0)

EIGHT_P = np.array([5, 10, 20, 25, 20, 12, 6, 2]) / 100
EIGHT_Q = np.array([12, 4, 10, 14, 15, 23, 14, 8]) / 100
LETTERS = np.array([32, 16, 8, 4, 1, 1, 1, 1]) / 64
FLAT = np.full(8, 1 / 8)
REAL, FAKE = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])


def js(p, q):
    return float(jensenshannon(p, q) ** 2)


def best_objective():
    """Maximise the GAN objective outcome by outcome, numerically."""
    total = 0.0
    for p, q in zip(REAL, FAKE, strict=True):
        found = minimize_scalar(
            lambda d, p=p, q=q: -(p * math.log(d) + q * math.log(1 - d)),
            bounds=(1e-6, 1 - 1e-6),
            method="bounded",
            options={"xatol": 1e-10},
        )
        total -= found.fun
    return total


def bell_values():
    """TV, both KL, JS and EM of N(0, 1) and N(1.5, 0.64) by SciPy's quadrature."""
    p, q = norm(0, 1), norm(1.5, 0.8)

    def integral(function):
        return quad(function, -8, 9, limit=400, points=[0.0, 0.7, 1.5])[0]

    def middle(x):
        m = (p.pdf(x) + q.pdf(x)) / 2
        return (rel_entr(p.pdf(x), m) + rel_entr(q.pdf(x), m)) / 2

    return (
        integral(lambda x: abs(p.pdf(x) - q.pdf(x)) / 2),
        integral(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x))),
        integral(lambda x: q.pdf(x) * (q.logpdf(x) - p.logpdf(x))),
        integral(middle),
        integral(lambda x: abs(p.cdf(x) - q.cdf(x))),
    )


def random_triples():
    """Draw the chapter's triples: the same stream of random numbers, the same arithmetic."""
    rng = np.random.default_rng(2017)

    def pmf(k):
        raw = rng.exponential(size=k) * (rng.random(k) < 0.8)
        raw[rng.integers(k)] += 0.01
        return raw / raw.sum()

    return [[pmf(k) for _ in range(3)] for k in rng.integers(2, 9, size=2000)]


DISTANCES = {
    "TV": lambda p, q: np.abs(p - q).sum() / 2,
    "KL": lambda p, q: rel_entr(p, q).sum(),
    "JS": lambda p, q: (rel_entr(p, (p + q) / 2).sum() + rel_entr(q, (p + q) / 2).sum()) / 2,
    "EM": lambda p, q: wasserstein_distance(range(p.size), range(p.size), p, q),
}


def counted(label):
    """Return lopsided pairs, broken triangles, infinite values and the largest finite one."""
    f = DISTANCES[label]
    rows = np.array([[f(a, b), f(b, a), f(b, c), f(a, c)] for a, b, c in random_triples()])
    there, back, on, across = rows.T
    return (
        int((~np.isclose(there, back, rtol=0, atol=1e-9)).sum()),
        int((across > there + on + 1e-9).sum()),
        int(np.isinf(there).sum()),
        float(there[np.isfinite(there)].max()),
    )


# --- what the prose says -------------------------------------------------------------

#: A phrase of the chapter, and the number in it by an independent computation.
STATED = [
    (r"cannot pass \$\\log 2 = (0\.693)\$", LOG2),
    (r"\$1 / \\log 2 = (1\.443)\$ bits", 1 / LOG2),
    (r"eight outcomes there are (256) of them", 2**8),
    (r"stop at (four)\. Each outcome", 4),
    (r"costs one bit, or (0\.6931) nats", entropy(LETTERS, FLAT)),
    (r"it is \$2 \\log 2 = (1\.386)\$", 2 * LOG2),
    (r"\$\\log 2 \\approx (0\.69)\$", LOG2),
    (r"At \$s = 0\.05\$ the boxes share (95) % of their mass", 100 * (1 - 0.05)),
    (r"as long as KL is below (1\.594)", (2 + lambertw(-2 * math.exp(-2), 0)).real),
    (r"the overlap is (0\.6) and", 1.4 - 0.4 - 0.4),
    (r"\$\\log 2 = (0\.693)\$\. The supports are disjoint", LOG2),
    (r"\\KL = 2\^2 / \(2 \\cdot 0\.25\) = (8)\$", 4 / (2 * 0.5**2)),
    (r"-0\.45 \+ 0\.693 = (0\.243)\$", -0.9 / 2 + LOG2),
]
WORDS = {"four": "4"}


@pytest.mark.parametrize(("phrase", "value"), STATED, ids=[phrase for phrase, _ in STATED])
def test_a_stated_number_is_right(phrase, value):
    found = re.findall(phrase, prose())
    assert len(found) == 1, "the phrase has gone, or stands twice"
    text = WORDS.get(found[0], found[0])
    digits = len(text.partition(".")[2])
    assert f"{value:.{digits}f}" == text


def test_the_first_four_outcomes_help_and_no_others():
    assert int((EIGHT_P > EIGHT_Q).sum()) == 4


def test_tv_and_js_have_almost_come_to_rest_at_five():
    x = np.linspace(-10, 16, 20_001)

    def moved(d):
        p, q = norm.pdf(x), norm.pdf(x, d)
        return 2 * norm.cdf(d / 2) - 1, js(p / p.sum(), q / q.sum())

    for at_five, at_six in zip(moved(5), moved(6), strict=True):
        assert 0 < at_six - at_five < 0.02


def test_the_paper_statements_need_the_half_where_the_table_says_so():
    half = js(REAL, FAKE)
    reached = best_objective()
    assert reached == pytest.approx(2 * half - 2 * LOG2, abs=1e-9)
    assert reached < 2 * (2 * half) - 2 * LOG2 - 0.2


def test_solutions():
    assert check_answer("js-of-disjoint", LOG2).right
    assert check_answer("kl-of-nested-boxes", 0.693).right
    assert check_answer("tv-of-dice", 1 / 3).right
    assert check_answer("kl-of-narrow-gaussians", 8).right
    assert check_answer("js-from-loss", 0.243).right


@pytest.mark.parametrize(
    "name",
    [
        "js-of-disjoint",
        "kl-of-nested-boxes",
        "tv-of-dice",
        "kl-of-narrow-gaussians",
        "js-from-loss",
    ],
)
def test_every_slip_has_its_own_hint(name):
    task = EXERCISES[name]
    assert f'"{name}"' in prose()
    for hint, slip in task.slips.items():
        given = check_answer(name, slip())
        assert given.right is False
        assert hint in given.text
    assert check_answer(name, None).right is None


# --- what the cells printed ----------------------------------------------------------


@pytest.fixture(scope="module")
def printed():
    return CHAPTER.printed()


def row(text, start):
    """Return the numbers in the first printed line that starts so."""
    line = next(line for line in text.splitlines() if line.strip().startswith(start))
    rest = line.strip().removeprefix(start)
    return [float(v) for v in re.findall(r"(?<![\w.])-?(?:\d+\.?\d*(?:e[-+]\d+)?|inf)", rest)]


def test_printed_total_variation(printed):
    half = np.abs(EIGHT_P - EIGHT_Q).sum() / 2
    assert row(printed, "half the sum of |p − q|") == pytest.approx([half], abs=5e-5)
    assert row(printed, "largest of 256 gaps") == pytest.approx([half], abs=5e-5)
    right = row(printed, "share that the best guesser gets right")
    assert right == pytest.approx([0.5 + half / 2], abs=5e-5)


def test_printed_coding(printed):
    there, back = entropy(LETTERS, FLAT), entropy(FLAT, LETTERS)
    assert row(printed, "entropy of P") == pytest.approx([entropy(LETTERS), 2], abs=5e-5)
    assert row(printed, "code made for Q") == pytest.approx([math.log(8), 3], abs=5e-5)
    for start in ("difference", "KL(P‖Q), by hand", "KL(P‖Q), the library"):
        assert row(printed, start) == pytest.approx([there, there / LOG2], abs=5e-5)
    assert row(printed, "KL(Q‖P)") == pytest.approx([back, back / LOG2], abs=5e-5)


def test_printed_jensen_shannon(printed):
    for start in ("JS, by hand", "JS, by entropies", "JS, the library", "JS, the other way"):
        assert row(printed, start) == pytest.approx([js(LETTERS, FLAT)], abs=5e-7)
    for start in ("two coins that share no side", "log 2"):
        assert row(printed, start) == pytest.approx([LOG2], abs=5e-7)


def test_printed_normalisations(printed):
    table = printed[printed.index("Two definitions of JS") :]
    half, objective = js(REAL, FAKE), best_objective()
    assert row(table, "JS, disjoint coins") == pytest.approx([LOG2, 2 * LOG2], abs=5e-5)
    assert row(table, "JS, overlapping pair") == pytest.approx([half, 2 * half], abs=5e-5)
    expected = [2 * half - 2 * LOG2, 4 * half - 2 * LOG2]
    assert row(table, "2 JS − 2 log 2") == pytest.approx(expected, abs=5e-5)
    assert row(table, "L at the best") == pytest.approx([objective] * 2, abs=5e-5)


def test_printed_detours(printed):
    table = printed[printed.index("0.1 → 0.9") :].split("\n", 1)[1]
    a, b, c = ([1 - t, t] for t in (0.1, 0.5, 0.9))
    root = jensenshannon
    assert row(table, "TV") == pytest.approx([0.8, 0.8], abs=5e-5)
    kl = [entropy(a, c), entropy(a, b) + entropy(b, c)]
    assert row(table, "KL") == pytest.approx(kl, abs=5e-5)
    assert row(table, "JS") == pytest.approx([js(a, c), js(a, b) + js(b, c)], abs=5e-5)
    assert row(table, "√JS") == pytest.approx([root(a, c), root(a, b) + root(b, c)], abs=5e-5)
    verdicts = re.findall(r"(\S+) .* (holds|fails)\n", table)
    assert dict(verdicts) == {"TV": "holds", "KL": "fails", "JS": "fails", "√JS": "holds"}


def test_printed_earth_mover_teaser(printed):
    assert row(printed, "0 → 1 ") == pytest.approx([1, math.inf, LOG2, 1], abs=5e-5)
    assert row(printed, "0 → 10") == pytest.approx([1, math.inf, LOG2, 10], abs=5e-5)


def test_printed_three_roads(printed):
    for label, value in zip(("TV", "KL(P‖Q)", "KL(Q‖P)", "JS", "EM"), bell_values(), strict=True):
        got = [v for v in row(printed, f"bell curves: {label}") if v > 1e-3]
        roads = 2 if label == "JS" else 3
        assert got[:roads] == pytest.approx([value] * roads, abs=1e-6)
    for label, value in (("TV", 0.4), ("KL(P‖Q)", math.inf), ("JS", 0.4 * LOG2), ("EM", 0.4)):
        assert row(printed, f"boxes: {label}")[:3] == pytest.approx([value] * 3, abs=1e-6)
    (spread,) = re.findall(r"The largest spread is ([\d.e-]+)\.\n", printed)
    assert float(spread) < 1e-5


@pytest.mark.parametrize("label", ["TV", "KL", "JS", "EM"])
def test_printed_properties(printed, label):
    table = printed[printed.index("lopsided") :]
    assert row(table, label) == pytest.approx(counted(label), abs=5e-5)


def test_printed_sweep(printed):
    table = printed[printed.index("shift s, box widths") :].splitlines()[1:9]
    for line in table:
        s, tv, kl, jensen, em = (float(v) for v in line.split())
        overhang = min(s, 1.0)
        assert (tv, jensen) == pytest.approx((overhang, overhang * LOG2), abs=5e-5)
        assert kl == (math.inf if s else 0.0)
        assert em == pytest.approx(s, abs=5e-5)


def test_printed_bounds(printed):
    assert "4,000 random pairs" in printed
    for start in ("above Pinsker", "above Bretagnolle–Huber", "JS outside its two curves"):
        assert row(printed, start) == [0]
    meet = (2 + lambertw(-2 * math.exp(-2), 0)).real
    (found,) = re.findall(r"the two ceilings meet at KL = (\d\.\d+) nats", printed)
    assert float(found) == pytest.approx(meet, abs=5e-5)


def test_recorded_claims_hold():
    claims = CHAPTER.cells().claims
    assert set(claims) == {"D1", "D2", "D3"}
    assert {claim["verdict"] for claim in claims.values()} == {"reproduced"}

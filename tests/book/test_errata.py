"""Every number on the page of slips, by another road; and its index, entry by entry."""

from __future__ import annotations

import ast
import functools
import math
import re
from typing import Any

import jupytext
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import linprog, minimize_scalar

from tests.built_site import ROOT, toc_pages

PAGE = ROOT / "book" / "errata.md"
TEXT = PAGE.read_text("utf-8")
LOG_2 = math.log(2.0)
KINDS = {"wrong", "loose", "care", "unusual", "lost"}
HEADING = re.compile(r"^\(slip-(\d+)\)=\n### (\d+)\. (.+)\n\n\*(\w+); (.+?)\.\* ", re.MULTILINE)
ROW = re.compile(r"^\| \{ref\}`(\d+) <slip-(\d+)>` \| (\w+) \| (.+) \| (.+) \|$", re.MULTILINE)
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


@functools.cache
def ran() -> tuple[dict[str, Any], list[str]]:
    """Run the cells in order: the names they bind, and the rows of the table that each shows."""
    names: dict[str, Any] = {}
    shown = []
    for cell in jupytext.read(PAGE, fmt="md:myst").cells:
        if cell.cell_type == "code":
            *body, last = ast.parse(cell.source).body
            exec(compile(ast.Module(body, []), "cell", "exec"), names)
            assert isinstance(last, ast.Expr), "a cell ends with what it shows"
            table = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            shown.append("\n".join("  ".join(row) for row in table.rows))
    return names, shown


def numbers(start: str) -> list[float]:
    """Every number in the one table whose rows contain some words."""
    (text,) = [text for text in ran()[1] if start in text]
    return [float(found) for found in re.findall(NUMBER, text.replace(",", ""))]


def entry(number: int) -> str:
    """One entry, with its spaces and line breaks made single spaces."""
    start = TEXT.index(f"(slip-{number})=")
    return " ".join(re.split(r"\n(?:\(slip-|## )", TEXT[start:])[0].split())


# --- the index -----------------------------------------------------------------------


def test_the_index_lists_every_entry_in_order():
    entries = HEADING.findall(TEXT)
    assert len(entries) == TEXT.count("\n### ") == TEXT.count("(slip-") >= 60
    assert [int(n) for n, _, *_ in entries] == list(range(1, len(entries) + 1))
    rows = ROW.findall(TEXT)
    shown = [(label, n, title, kind.lower(), where) for label, n, title, kind, where in entries]
    assert shown == [(label, n, title, kind, where) for n, label, kind, title, where in rows]
    assert {row[2] for row in rows} == KINDS
    groups = re.findall(r"^\| \| \| \*\*(.+)\*\* \| \|$", TEXT, re.MULTILINE)
    assert groups == re.findall(r"^## (.+)$", TEXT, re.MULTILINE)[: len(groups)]
    assert all(f"*{kind}*:" in TEXT for kind in KINDS)


def test_every_entry_says_what_is_right():
    for number, _, title, kind, _ in HEADING.findall(TEXT):
        body = entry(int(number))
        own_shape = kind == "Lost" or "translation" in body[:120] or "taken over" in body
        assert own_shape or ("**Written:**" in body and "**Right" in body), title
        assert len(body) < 1500 + 700 * body.count("{code-cell}") or "|---|" in body, title


def test_references_to_entries_lead_to_what_they_name():
    assert "does not make the model continuous" in entry(2)
    assert "breaks the triangle inequality" in entry(5)
    assert "the word compact" in entry(12).lower()
    assert "shrink with z" in entry(10)


def test_links_lead_to_chapters():
    for name in set(re.findall(r"\]\(([\w-]+)\.md\)", TEXT)):
        assert f"book/{name}" in toc_pages()


def test_headings_that_are_named_exist():
    for chapter, heading in re.findall(r'\]\(([\w-]+)\.md\), "([^"]+)"', TEXT):
        chapter_text = (ROOT / "book" / f"{chapter}.md").read_text("utf-8")
        assert re.search(rf"^##+ {re.escape(heading.strip('.'))}$", chapter_text, re.MULTILINE)


# --- the paper -----------------------------------------------------------------------


def test_js_of_disjoint_points():
    half, whole, log_2 = [n for n in numbers("JS with ½") if n != 2]
    assert (half, whole, log_2) == pytest.approx((LOG_2, 2 * LOG_2, LOG_2), abs=1e-6)


def test_the_loss_is_constant_where_the_model_jumps():
    assert numbers("0.5 and 0.6") == [0, 0.5, 1, 0, 0.6, 1, 0.5, 0.6, 1]


def test_kl_grows_like_a_logarithm():
    sums = ran()[0]["kl_sums"]
    for n, value in zip((100, 10_000, 1_000_000), sums, strict=True):
        terms = (6 / (math.pi * k) ** 2 for k in range(1, n + 1))
        by_hand = math.fsum(p * (math.log(p) + k * LOG_2) for k, p in enumerate(terms, start=1))
        assert value == pytest.approx(by_hand, abs=1e-9)
    rate = 6 / math.pi**2 * LOG_2 * math.log(100)
    assert sums[2] - sums[1] == pytest.approx(rate, abs=1e-2)


def test_js_takes_a_short_cut_and_its_root_does_not():
    direct, by_middle, root, root_by_middle = numbers("its root")
    leg = (math.log(4 / 3) + (math.log(2 / 3) + math.log(2)) / 2) / 2
    assert direct == pytest.approx(LOG_2, abs=5e-5)
    assert by_middle == pytest.approx(2 * leg, abs=5e-5)
    assert by_middle < direct
    assert root == pytest.approx(math.sqrt(LOG_2), abs=5e-5)
    assert root_by_middle == pytest.approx(2 * math.sqrt(leg), abs=5e-5)
    assert root_by_middle > root


def test_em_jumps_though_the_assumption_holds():
    jump = ran()[0]["jump"]
    exact = 4 * (1.5 - 2 * LOG_2)
    by_integral = quad(lambda u: 4 * (u - 1) * (2 - u) / u, 1, 2)[0]
    assert exact == pytest.approx(by_integral, abs=1e-12)
    assert r"4(\tfrac32 - 2\log 2)" in entry(10)
    for theta in (0.1, 0.01, 0.001):
        assert jump[theta] == pytest.approx(exact, abs=1e-4)
    assert jump[0.0] == 0.0
    # The constants that the assumption asks for: 0 near θ = 0, and of finite mean at θ > 0.
    g = ran()[0]["g"]
    z = np.geomspace(1.0, 1e6, 200)
    assert all((g(sign * 0.999 / z, z) == 0).all() for sign in (1, -1))
    for theta in (0.5, 0.01):
        slopes = quad(lambda z, t=theta: abs(4 * (3 - 2 * z * t)), 1 / theta, 2 / theta)[0]
        assert slopes == pytest.approx(2 / theta, rel=1e-6)  # the mean of |∂g/∂θ|, z² / z² = 1


def test_the_square_has_no_mean():
    for n, (first, second) in zip((100, 10_000, 1_000_000), ran()[0]["moments"], strict=True):
        share = [(k + 0.5) / n for k in range(n)] if n < 1e6 else (np.arange(n) + 0.5) / n
        z = (1 - np.asarray(share)) ** (-2 / 3)
        assert first == pytest.approx(np.mean(z), rel=1e-9)
        assert second == pytest.approx(np.mean(z**2), rel=1e-9)
        assert abs(first - 3) < 2 * n ** (-1 / 3)
        assert second > 3 * n ** (1 / 3)
    assert quad(lambda z: z * 1.5 * z**-2.5, 1, np.inf)[0] == pytest.approx(3)


def test_escaping_mass():
    assert numbers("10  0.1") == [10, 0.1, 1.0, 1000, 0.001, 1.0]


def test_the_factor_depends_on_theta():
    ratios = ran()[0]["ratios"]
    assert list(ratios.values()) == pytest.approx([5.0, 2.5, 1.0])
    for theta, ratio in ratios.items():
        x = np.array([0.0, theta])
        critics = [-x, -np.minimum(5 * x, 0.5)]
        assert ratio == pytest.approx(max(f[0] - f[1] for f in critics) / theta)
    assert list(ratios) == [0.05, 0.2, 1.0]


def test_slopes_that_a_box_does_not_bound():
    assert ran()[0]["root_slopes"] == pytest.approx([10.0, 100.0, 1000.0])
    for spread, factor in zip((10.0, 1.0, 0.0), ran()[0]["times"], strict=True):
        w, gain, eps, x = 0.01, 0.01, 1e-5, 1e-4
        scale = math.sqrt((w * spread) ** 2 + eps)
        slope = (gain * (w * x) / scale - gain * (-w * x) / scale) / (2 * x)
        assert factor == pytest.approx(slope / (gain * w), rel=1e-9)
    assert numbers("over γw")[-3:] == [10.0, 95.3, 316.2]


def test_a_linear_critic_sees_nothing_where_em_is_four():
    assert numbers("best linear") == [1, 0.0, 4.0]
    points = [0.0, 10.0, 4.0, 6.0]
    rows, limits = [], []
    for i, a in enumerate(points):
        for j, b in enumerate(points):
            row = [0.0] * 4
            row[i] += 1
            row[j] -= 1
            rows.append(row)
            limits.append(abs(a - b))
    best = linprog([-0.5, -0.5, 0.5, 0.5], A_ub=rows, b_ub=limits, bounds=[(0, 20)] * 4)
    assert -best.fun == pytest.approx(4.0)


def test_the_loop_as_printed_takes_one_step_more():
    assert numbers("as meant") == [6, 5]


def test_twice_the_total_variation_and_classes_inside_each_other():
    assert ran()[0]["twice"] == 2.0
    names = ran()[0]
    assert (names["smaller"], names["larger"]) == (pytest.approx(0.5), 2.0)


def test_the_printed_ball_is_far_larger():
    names = ran()[0]
    assert names["hilbert"] == pytest.approx(math.sqrt(2 - 2 * math.exp(-0.005)), abs=1e-9)
    assert names["supremum"] == pytest.approx(1 + math.exp(-0.0025), abs=1e-12)
    wave = names["wave"]
    assert np.abs(wave(np.linspace(-30, 30, 600_001))).max() <= 1.0
    # Its norm in the space of the kernel exp(-r²/2) is finite: |spectrum|² over the kernel's.
    centre = 10 * math.pi
    norm = quad(lambda w: math.exp(-2 * (w - centre) ** 2 + w**2 / 2 - 700), 30, 60)[0]
    assert 0 < norm < math.inf
    peak = minimize_scalar(lambda w: 2 * (w - centre) ** 2 - w**2 / 2).x
    assert 30 < peak < 60  # where that integrand is largest, well inside


def test_orders_of_magnitude():
    orders = ran()[0]["orders"]
    assert list(orders) == [4096, 12_288]
    assert orders[4096] == pytest.approx(18 * math.log10(2))
    assert 5 < orders[4096] < 6 < orders[12_288] < 7
    assert orders[12_288] - orders[4096] == pytest.approx(2 * math.log10(3))


# --- the notes -----------------------------------------------------------------------


def test_a_point_that_only_em_sees_coming():
    assert numbers("0.0010  0.6931") == [1000, 0.001, 0.6931, 1.0]


def test_the_best_critic_fits_the_noise():
    fixed, best = ran()[0]["fixed"], ran()[0]["best"]
    assert abs(fixed[0]) < fixed[1]
    assert best[0] - best[1] > 0.04
    pairs = ran()[0]["pairs"]
    by_sorting = np.abs(np.sort(pairs[:, 0], axis=1) - np.sort(pairs[:, 1], axis=1)).mean(axis=1)
    assert best[0] == pytest.approx(by_sorting.mean(), abs=1e-12)
    # On a line EM is the area between two distribution functions, nearly a Brownian bridge.
    assert best[0] == pytest.approx(math.sqrt(math.pi / 32) * math.sqrt(2 / 64), abs=0.004)


def test_squares_are_no_distance():
    assert numbers("by way of 1") == [4, 1, 2]


def test_unit_vectors_keep_apart():
    assert ran()[0]["nearest"] == pytest.approx(math.sqrt(2), abs=1e-12)
    assert len(ran()[0]["units"]) == 50


def test_depth_makes_small_clipping_smaller():
    shallow, deep = numbers("13  ")[1::2]
    assert shallow == pytest.approx(0.08**3, rel=0.02)
    assert deep == pytest.approx(0.08**13, rel=0.02)


def test_the_discriminator_of_two_bells_is_not_steep():
    def logistic(x: float) -> float:
        return 1 / (1 + math.exp(2 * x))

    slope = (logistic(-1e-6) - logistic(1e-6)) / 2e-6
    assert slope == pytest.approx(2 / 4, abs=1e-9)
    assert ran()[0]["steepest"] == pytest.approx(slope, abs=1e-5)


def test_counts_of_weights():
    names = ran()[0]
    dcgan = 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
    assert names["dcgan"] == dcgan == 3_574_784
    assert names["constant"] == 16 * (100 * 64 + 3 * 64 * 64 + 64 * 3) == 302_080
    assert names["mlp"] == 512 * (100 + 3 * 512 + 64 * 64 * 3) == 7_129_088
    assert numbers("constant filters") == [3_574_784, 1, 302_080, 1, 11.8, 7_129_088, 2.0]

"""What the chapter on other duals states and measures, by another road than the chapter's."""

from __future__ import annotations

import itertools
import math

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog, minimize
from scipy.spatial.distance import cdist, jensenshannon

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from tests.book.reading import Chapter
from wganbook import verdicts
from wganbook.figures import duality, other_duals

CHAPTER = Chapter("other-duals")
PILES, HOLES = np.array(duality.PILES), np.array(duality.HOLES)
seeds = st.integers(0, 2**32 - 1)


def recorded(claim="X10"):
    return CHAPTER.ran().recorded[claim].values


def cheapest(cost):
    """The best of all permutations, one by one."""
    n = len(cost)
    ways = (cost[np.arange(n), list(p)].mean() for p in itertools.permutations(range(n)))
    return min(ways)


# --- one function, two costs (X10) -----------------------------------------------------


def test_the_costs_of_plans_by_trying_every_matching():
    values = recorded()
    far = cdist(PILES, HOLES)
    assert values["EM"] == pytest.approx(cheapest(far), rel=1e-7)
    assert values["½ W₂²"] == pytest.approx(cheapest(far**2 / 2), rel=1e-7)
    assert values["by φ and its conjugate"] == pytest.approx(values["½ W₂²"], rel=1e-7)
    assert values["most by one function, nine stops"] == pytest.approx(values["EM"], rel=1e-7)


def test_what_one_function_proves_by_shortest_ways():
    values = recorded()
    partner = HOLES[linear_sum_assignment(cdist(PILES, HOLES) ** 2)[1]]
    for words, stops in (("most by one function, no stop", 0), ("the same, nine stops", 9)):
        places = other_duals.with_stops(PILES, partner, stops)
        way = cdist(places, places) ** 2 / 2
        for k in range(len(places)):  # Floyd and Warshall
            way = np.minimum(way, way[:, [k]] + way[[k]])
        assert values[words] == pytest.approx(cheapest(way[:7, 7:14]), rel=1e-7)


def test_every_pile_knows_its_hole_and_the_row_stands():
    assert CHAPTER.ran().recorded["X10"].verdict == "reproduced"
    assert recorded()["piles whose hole the slope of φ names, of 7"] == 7


def test_the_verdict_on_one_function_can_fail():
    near, square = 1.3, 0.9
    fine = {"near": near, "near_alone": [near] * 3, "square": square, "pair": square}
    assert verdicts.one_or_two(**fine, alone=[0.5, 0.2, 0.09])
    # Placebo: a cost with a triangle inequality in the place of the square.
    assert not verdicts.one_or_two(**fine, alone=[square] * 3)
    # Planted: a pair that proves too little or too much, and stops that hurt EM as well.
    assert not verdicts.one_or_two(**fine | {"pair": 0.8}, alone=[0.5, 0.2, 0.09])
    assert not verdicts.one_or_two(
        **fine | {"near_alone": [near, 1.2, 1.1]}, alone=[0.5, 0.2, 0.09]
    )
    assert not verdicts.one_or_two(**fine, alone=[0.5, 0.6, 0.09])
    assert not verdicts.one_or_two(**fine, alone=[0.5, 0.4, 0.3])


@given(seeds, st.integers(1, 6))
def test_fair_single_functions_are_flat_on_fine_ways(seed, stops):
    """Any f that is fair for the square on a chain is at most 1 / steps of the square apart."""
    ends = np.random.default_rng(seed).normal(size=(2, 1, 2))
    places = other_duals.with_stops(*ends, stops)
    whole = ((ends[0] - ends[1]) ** 2).sum()
    most = other_duals.most_of_one_function(places, 1, 2.0)
    assert most == pytest.approx(whole / (stops + 1), rel=1e-9)


# --- bounds (X9) -----------------------------------------------------------------------

P, Q = np.array(other_duals.P_MASSES), np.array(other_duals.Q_MASSES)
TRUTH = {
    "KL": (P * np.log(P / Q)).sum(),
    "JS": jensenshannon(P, Q) ** 2,
    "TV": abs(P - Q).sum() / 2,
}


def by_search(name, degree):
    """The best polynomial critic by another road: KL as a problem of moments, JS by search."""
    places = np.arange(6) / 5
    powers = places[:, None] ** np.arange(degree + 1)
    if name == "KL":  # the least KL(R ‖ Q) of all masses R with the moments of P
        tilt = minimize(lambda c: np.log(Q @ np.exp(powers @ c)) - P @ powers @ c,
                        np.zeros(degree + 1), method="BFGS", options={"gtol": 1e-10})  # fmt: skip
        return -tilt.fun
    if name == "TV":
        walls = np.vstack([powers, -powers])
        found = linprog(-(P - Q) @ powers, walls, np.full(12, 0.5), bounds=(None, None))
        return -found.fun

    def loss(c):
        raw = powers @ c
        return (P @ np.logaddexp(0, -raw) + Q @ np.logaddexp(0, raw)) / 2 - math.log(2)

    return -minimize(loss, np.zeros(degree + 1), method="BFGS", options={"gtol": 1e-10}).fun


@pytest.mark.parametrize("name", TRUTH)
def test_bounds_reach_the_divergence_with_the_exact_critic_alone(name):
    values = recorded("X9")
    assert abs(values[f"{name}, exact critic less divergence"]) < 1e-9
    for words, degree in (("by the best straight line", 1), ("at degree 4", 4)):
        share = values[f"{name}, share told {words}"]
        assert share == pytest.approx(by_search(name, degree) / TRUTH[name], rel=1e-5)
        assert share < 1
    assert CHAPTER.ran().recorded["X9"].verdict == "reproduced"


@given(seeds, st.sampled_from(sorted(TRUTH)), st.floats(0.05, 2))
def test_no_critic_reports_more(seed, name, size):
    critic = np.random.default_rng(seed).normal(size=6) * size
    exact = other_duals.exact_critic(name, P, Q)
    for tried in (critic, exact + critic / 10):
        if name == "TV":
            tried = np.clip(tried, -0.5, 0.5)
        assert other_duals.bound(name, tried, P, Q) <= TRUTH[name] + 1e-12
    assert other_duals.bound(name, exact, P, Q) == pytest.approx(TRUTH[name], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "f", "highest"),
    [
        ("KL", lambda u: u * np.log(u), 2.0),
        ("JS", lambda u: (u * np.log(u) - (u + 1) * np.log((u + 1) / 2)) / 2, 0.3),
        ("TV", lambda u: abs(u - 1) / 2, 0.5),
    ],
)
def test_conjugates_by_their_definition(name, f, highest):
    u = np.geomspace(1e-9, 200, 2_000_001)
    for t in np.linspace(-0.5, highest, 7):
        by_definition = (u * t - f(u)).max()
        assert other_duals.conjugate(name, np.array([t]))[0] == pytest.approx(
            by_definition, abs=1e-5
        )


def test_critics_that_may_not_be_are_worth_nothing():
    assert other_duals.bound("TV", np.full(6, 0.6), P, Q) == -math.inf
    assert other_duals.bound("JS", np.full(6, 0.4), P, Q) == -math.inf


def test_the_verdict_on_bounds_can_fail():
    assert verdicts.bounds(0.5, 0.5, [0.0, 0.2, 0.3, 0.5])
    # Placebo: a class that is never restricted.
    assert not verdicts.bounds(0.5, 0.5, [0.5, 0.5])
    # Planted: a wrong conjugate, whose loss passes the divergence or stays short of it.
    assert not verdicts.bounds(0.5, 0.7, [0.0, 0.2, 0.5])
    assert not verdicts.bounds(0.5, 0.5, [0.0, 0.6, 0.5])
    assert not verdicts.bounds(0.5, 0.5, [0.0, 0.2, 0.4])
    assert not verdicts.bounds(0.5, 0.5, [0.0, 0.3, 0.2, 0.5])


# --- few points (X3) -------------------------------------------------------------------


@given(seeds, st.integers(1, 6), st.integers(1, 30), st.integers(1, 4))
def test_few_points_keep_every_mean(seed, units, more, d):
    names = CHAPTER.ran().names
    x = np.random.default_rng(seed).normal(size=(units + 1 + more, d))
    features = names["first_layer"](x, units, seed=seed)
    assert (np.linalg.norm(features, axis=1) <= 1).all()
    weights = names["on_few_points"](features)
    assert (weights > 0).sum() <= units + 1
    assert weights.min() >= -1e-12
    assert weights.sum() == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(weights @ features, features.mean(axis=0), atol=1e-7)


def test_a_class_is_fooled_by_points_that_em_and_others_see():
    names = CHAPTER.ran().names
    values = recorded("X3")
    assert CHAPTER.ran().recorded["X3"].verdict == "scaled down"
    assert values["points chosen, m = 16"] == 17
    assert values["their largest distance for critics of the class, all m"] < 1e-9
    data, all_weights, parts = names["contests"][16]
    weights = all_weights[names["at_16"]]
    there = weights > 0
    # The best of many random critics of the class stays at 0 as well; EM by another solver.
    features = names["first_layer"](data, 16, seed=0)
    for v in np.random.default_rng(0).normal(size=(50, 16)):
        assert abs(weights @ features @ v - (features @ v).mean()) < 1e-8
    em = ot.emd2(weights[there] / weights[there].sum(), np.full(500, 1 / 500),
                 cdist(data[there], data))  # fmt: skip
    assert f"{em:.3f}" == values["EM of the chosen, d = 16"]
    many = float(values["EM of 500 fresh points"])
    assert many < em
    for judges in (1, 2):
        chosen, fresh, all_fresh = (parts[k][names["at_16"], :, judges].mean() for k in parts)
        assert all_fresh < 0.9 * chosen
        assert chosen == pytest.approx(fresh, rel=0.25), "about as far as fresh ones"


def test_a_sample_is_as_near_as_the_theorem_says():
    """The mean square over many draws is the variance of the features over n, and at most 1/n."""
    layer = CHAPTER.ran().names["first_layer"]
    x = np.random.default_rng(1).normal(size=(300, 5))
    features = layer(x, 8, seed=4)
    picks = np.random.default_rng(2).integers(300, size=(2000, 20))
    squares = ((features[picks].mean(axis=1) - features.mean(axis=0)) ** 2).sum(axis=1)
    variance = features.var(axis=0).sum()
    assert squares.mean() == pytest.approx(variance / 20, rel=0.1)
    assert variance <= 1


def test_the_verdict_on_few_points_can_fail():
    names = CHAPTER.ran().names
    for _, weights, parts in names["contests"].values():
        count = (weights > 0).sum(axis=1)
        told = {kind: names["means_of"](parts, kind) for kind in parts}
        chosen, fresh, many = (told[kind] for kind in ("chosen", "fresh", "many"))
        units = names["UNITS"]
        assert verdicts.fooled(units, count, chosen, fresh, many)
        # Placebo: fresh points, which the class does not take for the data.
        assert not verdicts.fooled(units, count, fresh, fresh, many)
        # Planted: EM fooled too; a class that does not generalise; points that are not few.
        assert not verdicts.fooled(units, count, chosen | {"em": 0 * chosen["em"]}, fresh, many)
        assert not verdicts.fooled(units, count, chosen, fresh, many | {"own": fresh["own"]})
        assert not verdicts.fooled(units, count + 1, chosen, fresh, many)


# --- the bounded-Lipschitz metric ------------------------------------------------------


def test_mass_that_escapes():
    rows = {row[0]: row[1:] for row in CHAPTER.ran().names["escape_rows"]}
    for n in (1, 2, 10, 1000):
        expected = (1.0, 1 / n, min(n, 2) / n)
        assert rows[f"n = {n:,}"] == tuple(f"{value:.3f}" for value in expected)


# --- rays ------------------------------------------------------------------------------


def crossing_pairs(x, y):
    """Pairs of segments with a common point inside both, by solving for it."""
    found = 0
    for i, j in itertools.combinations(range(len(x)), 2):
        way = np.stack([y[i] - x[i], x[j] - y[j]], axis=1)
        s, t = np.linalg.solve(way, x[j] - x[i])
        found += 0 < s < 1 and 0 < t < 1
    return found


@given(seeds, st.integers(2, 9))
def test_rays_of_an_optimal_plan_do_not_cross(seed, n):
    x, y = np.random.default_rng(seed).normal(size=(2, n, 2))
    i, j = wg.transport_plan(x, y).coupling.nonzero()
    assert crossing_pairs(x[i], y[j]) == 0


def test_the_count_of_crossings():
    rows = {
        words: [int(n.replace(",", "")) for n in numbers]
        for words, *numbers in (
            line.replace("*", "").rsplit(maxsplit=2)
            for line in CHAPTER.ran().names["table_of_crossings"]._plain().splitlines()[2:]
        )
    }
    lots = np.random.default_rng(1781).normal(size=(200, 2, 10, 2))
    for words, power in (("by lot", 0), ("best for the distance", 1), ("best for its square", 2)):
        matched = [
            (x, y if power == 0 else y[linear_sum_assignment(cdist(x, y) ** power)[1]])
            for x, y in lots
        ]
        counts = np.array([crossing_pairs(*pair) for pair in matched])
        assert rows[words] == [(counts > 0).sum(), counts.sum()]
    # Placebo: pairs by lot cross in every problem, so the count of none says something.
    assert rows["by lot"][0] == 200
    assert rows["best for the distance"] == [0, 0]
    assert rows["best for its square"][1] > 0

"""Moving figures of other distances' duals: one function under two costs, and bounds."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import cdist

from wganbook.figures._parts import dot
from wganbook.figures.duality import HOLES, PILES, _box
from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, line, points, segments
from wganlib import _validate as check
from wganlib._validate import FloatArray


def routes(x: FloatArray, y: FloatArray, power: float) -> npt.NDArray[np.intp]:
    """Return the partner of each x in the cheapest matching for ‖x − y‖ to a power."""
    return np.asarray(linear_sum_assignment(cdist(x, y) ** power)[1])


def with_stops(x: FloatArray, y: FloatArray, stops: int) -> FloatArray:
    """Return x, y, and as many stops on each way from x[i] to y[i], evenly spaced."""
    between = [x + k / (stops + 1) * (y - x) for k in range(1, stops + 1)]
    return np.concatenate([x, y, *between])


def most_of_one_function(places: FloatArray, n: int, power: float) -> float:
    """Return the largest mean of f over places[:n] less that over places[n:2n].

    f climbs by at most ‖z − w‖ to the power from any place w to any other place z. Such f are
    1-Lipschitz for the cheapest way with stops, so the value is the cost of transport by it.
    """
    way = shortest_path(cdist(places, places) ** power)[:n, n : 2 * n]
    return float(way[linear_sum_assignment(way)].mean())


def one_function(*, most: int = 11) -> Scene:
    """Show what a single function proves of a transport cost, as more places are watched.

    ``most``: stops on each route at the right end of the slider, at least 1.
    Source: Villani, Optimal Transport: Old and New (2009), chapter 5.
    """
    stops = list(range(check.integer(most, "most", at_least=1) + 1))
    x, y = np.array(PILES), np.array(HOLES)
    n = len(x)
    shares = {}
    for power in (1.0, 2.0):
        partner = y[routes(x, y, power)]
        whole = float((np.linalg.norm(x - partner, axis=1) ** power).mean())
        found = [most_of_one_function(with_stops(x, partner, s), n, power) for s in stops]
        shares[power] = np.array(found) / whole
    return Scene(
        "One function under two costs",
        Slider("stops", "stops on each route", stops, 0, 0, play=True),
        [_map(x, y, stops), _shares(stops, shares[1.0], shares[2.0])],
        [
            Readout("cost = distance: share proved", shares[1.0].tolist(), "em"),
            Readout("cost = squared distance: share proved", shares[2.0].tolist(), "good"),
        ],
        "Left: seven piles and seven holes with the cheapest routes for the distance and, thinner, "
        "for its square; dots are stops. Right: what the best single function proves, as a share "
        f"of the cost. For the distance it is all, at every number of stops. For the square it is "
        f"{shares[2.0][0]:.2f} without a stop and {shares[2.0][-1]:.2f} with {stops[-1]}.",
    )


def _map(x: FloatArray, y: FloatArray, stops: list[int]) -> Panel:
    """Return both sets of routes, with stops on those of the squared distance."""
    near, square = y[routes(x, y, 1.0)], y[routes(x, y, 2.0)]
    on_way = np.full((2, len(stops), stops[-1] * len(x)), np.nan)
    for k, s in enumerate(stops):
        inner = with_stops(x, square, s)[2 * len(x) :]
        on_way[:, k, : len(inner)] = inner.T
    return Panel(
        "Cheapest routes",
        *_box(x, y),
        [
            segments(*x.T, *near.T, role="em", width=np.full(len(x), 5.0), label="distance"),
            segments(*x.T, *square.T, role="good", width=np.full(len(x), 1.8), label="its square"),
            points(*on_way, role="good", size=2.5, label="stops"),
            points(*x.T, role="p", size=5, label="piles"),
            points(*y.T, role="q", size=5, label="holes"),
        ],
        equal=True,
    )


def _shares(stops: list[int], near: FloatArray, square: FloatArray) -> Panel:
    """Return the shares over the number of stops, beside what s + 1 short steps allow."""
    at = np.array(stops, dtype=np.float64)
    return Panel(
        "Share that one function proves",
        Axis("stops on each route", -0.4, at[-1] + 0.4, at[::2].tolist()),
        Axis("share of the cost", 0.0, 1.1, (0.0, 0.5, 1.0)),
        [
            line(at, near, role="em", label="distance"),
            line(at, square, role="good", label="its square"),
            line(at, 1 / (at + 1), role="ink", dashed=True, label="1 / (stops + 1)"),
            dot(at, near, "em"),
            dot(at, square, "good"),
        ],
    )


# --- bounds of divergences -------------------------------------------------------------

#: Two lists of masses on six places; their ratio goes up and down.
P_MASSES = (0.05, 0.20, 0.10, 0.30, 0.05, 0.30)
Q_MASSES = (0.30, 0.10, 0.25, 0.15, 0.10, 0.10)
#: The divergences, each with its f, the conjugate f*, and the critic f'(p/q) that is exact.
DIVERGENCES = ("KL", "JS", "TV")


def conjugate(name: str, critic: FloatArray) -> FloatArray:
    """Return f*(T) for a divergence's f; infinite where no critic may go."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if name == "KL":
            found = np.exp(critic - 1)
        elif name == "JS":
            found = np.where(np.exp(2 * critic) < 2, -np.log(2 - np.exp(2 * critic)) / 2, np.inf)
        else:
            found = np.where(np.abs(critic) <= 0.5 + 1e-12, critic, np.inf)
    return np.asarray(found, dtype=np.float64)


def bound(name: str, critic: FloatArray, p: FloatArray, q: FloatArray) -> float:
    """Return E_P T − E_Q f*(T), which no critic T brings above the divergence."""
    return float(p @ critic - q @ conjugate(name, critic))


def exact_critic(name: str, p: FloatArray, q: FloatArray) -> FloatArray:
    """Return f'(p/q), the critic whose bound is the divergence."""
    if name == "KL":
        return np.asarray(1 + np.log(p / q))
    if name == "JS":
        return np.asarray(np.log(2 * p / (p + q)) / 2)
    return np.asarray(np.sign(p - q) / 2)


def best_critic(name: str, p: FloatArray, q: FloatArray, degree: int) -> FloatArray:
    """Return the best critic that is a polynomial of a degree; for JS, before its last layer.

    KL and JS are smooth and concave in the coefficients: Newton's steps, halved where they fall.
    """
    basis = np.polynomial.legendre.legvander(np.linspace(-1, 1, len(p)), degree)
    if name == "TV":
        walls = np.vstack([basis, -basis])
        found = linprog(-(p - q) @ basis, walls, np.full(len(walls), 0.5), bounds=(None, None))
        return np.asarray(basis @ found.x)

    def shaped(raw: FloatArray) -> FloatArray:
        return raw if name == "KL" else (np.log(2) - np.logaddexp(0, -raw)) / 2

    weights = np.eye(degree + 1)[0] * (name == "KL")
    for _ in range(200):
        raw = basis @ weights
        if name == "KL":
            slope, bend = p - q * np.exp(raw - 1), q * np.exp(raw - 1)
        else:
            real = 1 / (1 + np.exp(-raw))
            slope, bend = (p * (1 - real) - q * real) / 2, (p + q) * real * (1 - real) / 2
        step = np.linalg.solve((basis.T * bend) @ basis, basis.T @ slope)
        now, size = bound(name, shaped(raw), p, q), 1.0
        while size > 1e-9 and bound(name, shaped(basis @ (weights + size * step)), p, q) < now:
            size /= 2
        weights = weights + size * step
        if np.abs(step).max() < 1e-11:
            break
    return shaped(basis @ weights)


def variational_bounds(p: npt.ArrayLike = P_MASSES, q: npt.ArrayLike = Q_MASSES) -> Scene:
    """Show the best bound of KL, JS and TV by critics that are polynomials of growing degree.

    ``p, q``: masses at places 0, 1, …, k - 1, all above 0, sum one, k at least 2.
    Source: Nowozin, Cseke & Tomioka (2016), section 2.
    """
    a, b = check.mass(p, "p"), check.mass(q, "q")
    check.same_length(a, b, ("p", "q"))
    for name, masses in (("p", a), ("q", b)):
        if masses.size < 2 or not masses.min() > 0:
            raise ValueError(f"{name}: expected at least 2 masses above 0, got {masses}")
    degrees = list(range(a.size))
    critics = {
        name: np.array([best_critic(name, a, b, d) for d in degrees]) for name in DIVERGENCES
    }
    reached = {
        name: np.round([bound(name, critic, a, b) for critic in critics[name]], 12) + 0.0
        for name in DIVERGENCES
    }
    truth = {name: bound(name, exact_critic(name, a, b), a, b) for name in DIVERGENCES}
    return Scene(
        "What a restricted critic reports of a divergence",
        Slider("degree", "degree of the critic's polynomial", degrees, 1, 0, play=True),
        [_critics(critics["KL"], exact_critic("KL", a, b)),
         _ladder(degrees, reached, truth)],
        [Readout(f"bound of {name}", reached[name].tolist(), name.lower()) for name in DIVERGENCES],
        "Left: the best polynomial critic for KL on six places, and the exact one, one plus the "
        "logarithm of the ratio of the masses. Right: the bounds of KL, JS and TV over the degree "
        "of the polynomial, with the divergences dashed. Each bound is 0 for "
        "constants, climbs with the degree, stays below its divergence, and reaches it when the "
        "polynomial can pass through all places.",
    )  # fmt: skip


def _places(count: int) -> Axis:
    return Axis("place", -0.6, count - 0.4, list(range(count)))


def _critics(shown: FloatArray, exact: FloatArray) -> Panel:
    at = np.arange(exact.size, dtype=np.float64)
    low, high = float(min(shown.min(), exact.min())), float(max(shown.max(), exact.max()))
    return Panel(
        "Critic for KL",
        _places(exact.size),
        Axis(
            "T",
            low - 0.3,
            high + 0.3,
            [float(k) for k in range(math.ceil(low), math.floor(high) + 1)],
        ),
        [
            line(at, exact, role="ink", dashed=True, label="exact"),
            line(at, shown, role="kl", label="best of its degree"),
            points(np.broadcast_to(at, shown.shape), shown, role="kl", size=3.5),
        ],
    )


def _ladder(degrees: list[int], reached: dict[str, FloatArray], truth: dict[str, float]) -> Panel:
    at = np.array(degrees, dtype=np.float64)
    marks: list[Mark] = []
    for name in DIVERGENCES:
        role = name.lower()
        marks += [
            line([-0.4, at[-1] + 0.4], [truth[name]] * 2, role="soft", dashed=True),
            line(at, reached[name], role=role, label=name),
            dot(at, reached[name], role),
        ]
    high = 1.15 * max(truth.values())
    return Panel(
        "Bounds, and divergences dashed",
        Axis("degree", -0.4, at[-1] + 0.4, degrees),
        Axis("nats; TV: probability", -0.02, high, [0.0, round(high / 2, 1)]),
        marks,
    )

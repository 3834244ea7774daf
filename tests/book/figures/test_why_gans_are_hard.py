"""The moving figures of the GAN game, against closed forms and SciPy's distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import wganlib as wg
from wganbook.figures import (
    dilemma,
    discriminator_film,
    heavy_tails,
    judges_of_slope,
)


def values(scene, label):
    return np.array(next(r.values for r in scene.readouts if r.label == label))


def marks(panel, kind, role):
    return [mark for mark in panel.marks if (mark.kind, mark.role) == (kind, role)]


# --- the game ------------------------------------------------------------------------


@pytest.mark.parametrize("d", [0.5, 2.0, 4.0])
def test_the_objective_of_a_slope_by_quadrature(d):
    scene = judges_of_slope(d)
    for i in (0, 3, 10, 30):
        a = scene.slider.values[i]

        def pay(x, mean, sign, a=a):
            return -stats.norm.pdf(x, mean) * np.logaddexp(0, sign * a * x)

        both = [quad(pay, -12, 12, args)[0] for args in ((-d / 2, 1), (d / 2, -1))]
        assert values(scene, "L")[i] == pytest.approx(sum(both), abs=1e-6)


@pytest.mark.parametrize("d", [0.5, 2.0, 4.0])
def test_the_best_slope_is_the_distance_and_reaches_the_bound(d):
    scene = judges_of_slope(d)
    gap = values(scene, "gap")
    assert scene.slider.values[int(gap.argmin())] == pytest.approx(d)
    assert gap.min() == pytest.approx(0, abs=1e-12)
    assert (np.diff(gap[:11]) < 0).all()
    assert (np.diff(gap[10:]) > 0).all()
    assert values(scene, "L")[0] == pytest.approx(-2 * math.log(2))


# --- training ------------------------------------------------------------------------

STEPS = [1, 10, 100]
FILM = {
    "steps": STEPS,
    "judge": np.linspace(0, 1, 18).reshape(3, 2, 3),
    "window": (-1.0, 2.0, -1.0, 1.0),
    "real": [[0.0, 0.5]],
    "fake": [[1.0, 0.0], [1.0, 0.5]],
    "pull": np.array([[[3.0, 4.0], [0, 0]], [[0, 1.0], [1.0, 0]], [[0, 0], [0, 0]]]),
    "sizes": {"disjoint": [[0.1, 1.0], [1.0, 1.0], [1e-3, 1e-5]]},
}


def test_the_film_shows_the_judge_and_pulls_to_scale():
    scene = discriminator_film(**FILM)
    picture, graph = scene.panels
    (ground,) = [mark for mark in picture.marks if mark.kind == "field"]
    for i in range(3):
        np.testing.assert_allclose(ground.grid(i), 2 * FILM["judge"][i] - 1, atol=0.5 / 127)
    (strokes,) = marks(picture, "segments", "ink")
    ends = np.array([[strokes.at(k, i) for k in ("x0", "y0", "x1", "y1")] for i in range(3)])
    lengths = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    np.testing.assert_allclose(lengths, [[0.8, 0], [0.16, 0.16], [0, 0]], atol=2e-4)
    assert ends[0, 2:, 0] - ends[0, :2, 0] == pytest.approx([0.48, 0.64], abs=2e-4)
    np.testing.assert_allclose(values(scene, "log₁₀ disjoint"), [-0.5, 0, -4], atol=1e-12)
    (curve,) = marks(graph, "line", "js")
    assert curve.at("x", 0) == pytest.approx([0, 1, 2])
    # A stroke of length 0 is drawn as a dot: it must not lie on the point it belongs to.
    order = [mark.label for mark in picture.marks]
    assert order.index("pull") < order.index("generated")


def test_sizes_of_zero_rest_on_the_floor():
    scene = discriminator_film(**FILM | {"sizes": {"a": [[1, 1], [0, 0], [0, 0]]}})
    assert values(scene, "log₁₀ a").tolist() == [0, -8.5, -8.5]


def test_the_dilemma_draws_means_with_their_intervals_inside_the_axis():
    rng = np.random.default_rng(0)
    sizes = {"minimax": rng.lognormal(size=(3, 8)), "critic": np.ones((3, 8))}
    cosines = {"minimax": rng.uniform(-1, 1, (3, 8)), "critic": np.ones((3, 8))}
    scene = dilemma(STEPS, sizes, cosines)
    direction, _ = scene.panels
    (band,) = marks(direction, "area", "js")
    mean, half = wg.confidence(cosines["minimax"])
    np.testing.assert_allclose(band.at("low", 0), np.maximum(mean - half, -1), atol=1e-4)
    np.testing.assert_allclose(band.at("high", 0), np.minimum(mean + half, 1), atol=1e-4)
    np.testing.assert_allclose(
        values(scene, "log₁₀ size, minimax"), np.log10(stats.gmean(sizes["minimax"], axis=1))
    )
    assert values(scene, "cosine, critic").tolist() == [1, 1, 1]


# --- tails ---------------------------------------------------------------------------


def test_tails_of_known_laws_lie_on_their_curves():
    share = (np.arange(100_000) + 0.5) / 100_000
    known = {"cauchy": stats.cauchy.ppf(share), "normal": 7 * stats.norm.ppf(share)}
    scene = heavy_tails([1, 2], {name: [sample, sample] for name, sample in known.items()})
    (panel,) = scene.panels
    for role, reference in (("js", "soft"), ("kl", "ink")):
        (curve,), (law,) = marks(panel, "line", role), marks(panel, "line", reference)
        np.testing.assert_allclose(curve.at("x", 1), law.at("x", 1), atol=0.01)
    assert values(scene, "Cauchy")[0] == pytest.approx(
        stats.cauchy.ppf(0.995) / stats.cauchy.ppf(0.75)
    )
    assert values(scene, "Gaussian")[0] == pytest.approx(
        stats.norm.ppf(0.995) / stats.norm.ppf(0.75)
    )


# --- what does not fit together --------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "bad"),
    [
        ("steps", [0, 10, 100]),
        ("steps", [10, 1, 100]),
        ("judge", FILM["judge"] + 1),
        ("judge", FILM["judge"][:2]),
        ("window", (1.0, 0.0, -1.0, 1.0)),
        ("window", (0.0, 1.0)),
        ("real", [[0.0, 0.5, 1.0]]),
        ("fake", [[0.0], [1.0]]),
        ("pull", FILM["pull"][:, :1]),
        ("sizes", {}),
        ("sizes", {"a": [[1.0, 1.0]]}),
        ("sizes", {"a": [[1.0], [1.0], [1.0]]}),
    ],
)
def test_the_film_refuses(argument, bad):
    with pytest.raises(ValueError, match=f"^{argument}"):
        discriminator_film(**FILM | {argument: bad})


def test_the_dilemma_refuses_other_names_and_cosines_beyond_one():
    good = {"a": np.ones((3, 2))}
    with pytest.raises(ValueError, match=r"^cosines: expected the names"):
        dilemma(STEPS, good, {"b": np.ones((3, 2))})
    with pytest.raises(ValueError, match=r"^cosines\['a'\]: expected numbers from"):
        dilemma(STEPS, good, {"a": np.full((3, 2), 1.1)})


def test_tails_refuse_a_median_of_zero():
    with pytest.raises(ValueError, match=r"^samples\['a'\]: expected a median"):
        heavy_tails([1, 2], {"a": np.zeros((2, 5))})

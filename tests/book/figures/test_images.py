"""The figures of trainings on images: what they draw is what was measured."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from wganbook import evidence
from wganbook.figures import ImageFilm, critic_optimisers, film_of, image_curves, image_film
from wganbook.figures import sample_grid as grid_of
from wganbook.marks import GREYS

#: How far a shade of a picture may be from what was drawn.
SHADE = 0.5 / GREYS + 1e-9

KEPT = evidence.study("digits")
SETTINGS, CELLS = KEPT.study.settings, KEPT.arrays


def values(scene, start):
    return np.array(next(r.values for r in scene.readouts if r.label.startswith(start)))


def small(**changed):
    settings = {
        "updates": np.array([0.0, 6.0, 12.0]),
        "frames": 10 * np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 2, 2),
        "estimate": np.array([[math.nan] * 2, [3.0, 5.0], [1.0, 2.0]]),
        "distance": np.array([[9.0, 9.0], [4.0, 6.0], [3.0, 100.0]]),
        "floor": 2.0,
        "unit": "score",
    }
    return ImageFilm(**{**settings, **changed})


def test_a_film_holds_the_medians_of_the_stretches():
    film = film_of("dcgan-gan", SETTINGS, CELLS["dcgan-gan"])
    losses = CELLS["dcgan-gan"]["critic_loss"].astype(float)
    assert film.updates.tolist() == list(range(0, 721, 60))
    for look, seed in ((1, 0), (7, 3), (12, 4)):
        part = losses[seed, 30 * (look - 1) : 30 * look]
        assert film.estimate[look, seed] == pytest.approx(math.log(2) - np.median(part) / 2)
    wgan = film_of("mlp-wgan", SETTINGS, CELLS["mlp-wgan"])
    first = CELLS["mlp-wgan"]["critic_loss"][2, :10].astype(float)
    assert wgan.estimate[1, 2] == pytest.approx(-np.median(first))
    loss = film_of("dcgan-gan", SETTINGS, CELLS["dcgan-gan"], curve="generator_loss")
    own = CELLS["dcgan-gan"]["generator_loss"][1, 330:].astype(float)
    assert loss.estimate[12, 1] == pytest.approx(np.median(own))


def test_the_sheet_shows_the_first_image_at_the_top_left():
    scene = image_film(small(), title="A film")
    sheet = scene.panels[0].marks[0].grid(1)
    assert sheet.shape == (3, 9)  # one row of three places, two of them filled
    frame = small().frames[1] / 255
    np.testing.assert_allclose(sheet[::-1][:2, :2], frame[0], atol=SHADE)
    np.testing.assert_allclose(sheet[::-1][:2, 3:5], frame[1], atol=SHADE)


def test_readouts_are_medians_and_far_runs_are_counted():
    scene = image_film(small(), title="A film")
    assert scene.slider.start == 2, "never blank at first"
    assert np.isnan(values(scene, "estimate")[0])
    assert values(scene, "estimate")[1:].tolist() == [4.0, 1.5]
    assert values(scene, "exact EM").tolist() == [9.0, 5.0, 51.5]
    curves = image_curves({"a": small(), "b": small()}, title="Two", unit="score")
    assert values(curves, "EM, b").tolist() == [9.0, 5.0, 51.5]
    assert len(curves.panels) == 4
    far = np.array([[9.0] * 3, [6.0] * 3, [3.0, 3.0, 500.0]])
    lone = small(distance=far, estimate=np.ones((3, 3)))
    shown = image_film(lone, title="One far off")
    assert shown.panels[2].title.endswith("; 1 dot above")
    assert shown.panels[2].y.high < 20


def test_curves_of_several_trainings_stand_beside_their_samples():
    other = small(frames=np.full((3, 4, 2, 2), 255, np.uint8))
    scene = image_curves({"a": small(), "b": other}, title="Two", unit="score")
    assert "a row each" in scene.panels[-1].title
    for look in range(3):
        sheet = scene.panels[-1].marks[0].grid(look)[::-1]
        assert sheet.shape == (6, 6), "as many of each as the film with the fewest has"
        np.testing.assert_allclose(
            sheet[:2, 3:5],
            small().frames[look, 1] / 255,
            atol=SHADE,
            err_msg="first row: a",
        )
        assert (sheet[3:5, :2] == 1).all(), "second row: b"
    bare = image_curves({"a": small()}, title="One", unit="score", samples=False)
    assert len(bare.panels) == 2
    assert "samples" not in bare.description
    larger = small(frames=np.zeros((3, 2, 4, 4), np.uint8))
    with pytest.raises(ValueError, match=r"^films\['b'\]: .*size"):
        image_curves({"a": small(), "b": larger}, title="Two", unit="score")


def test_a_number_is_called_what_it_is():
    """The loss of a generator was labelled an estimate, and a discriminator a critic."""
    cells = {"wgan": "dcgan-wgan", "gan": "dcgan-gan"}
    wgan, gan = (film_of(name, SETTINGS, CELLS[name]) for name in cells.values())
    loss = film_of("dcgan-gan", SETTINGS, CELLS["dcgan-gan"], curve="generator_loss")
    for film, word in ((wgan, "estimate"), (gan, "report"), (loss, "loss")):
        one = image_film(film, title="One")
        assert one.readouts[0].label == word
        assert f"the {word} over" in one.description
        many = image_curves({"DCGAN": film}, title="One", unit=film.unit)
        assert many.readouts[0].label == f"{word}, DCGAN"
    assert image_film(gan, title="One").panels[1].title == "What the discriminator reports"
    assert image_film(wgan, title="One").panels[1].title == "What the critic reports"


def test_every_seed_can_be_seen():
    sheet = CELLS["mlp-gan"]["sheet"][:, :9, 0]
    scene = grid_of({"GAN": sheet}, {"GAN": CELLS["mlp-gan"]["feature"][:, -1]})
    assert scene.slider.values == [0, 1, 2, 3, 4]
    for seed in range(5):
        shown = scene.panels[0].marks[0].grid(seed)[::-1]
        np.testing.assert_allclose(shown[17:33, 34:50], sheet[seed, 5] / 255, atol=SHADE)
    assert values(scene, "EM")[3] == CELLS["mlp-gan"]["feature"][3, -1]


def test_the_scenes_of_the_book_are_light():
    scene = image_film(film_of("dcgan-wgan", SETTINGS, CELLS["dcgan-wgan"]), title="A film")
    assert len(json.dumps(scene.to_dict())) < 150_000
    names = ("mlp-gan", "dcgan-gan", "both-mlp-gan")
    films = {name: film_of(name, SETTINGS, CELLS[name]) for name in names}
    assert len(json.dumps(image_curves(films, title="T", unit="u").to_dict())) < 100_000


def test_optimisers_show_means_over_runs():
    rng = np.random.default_rng(0)
    cosine, em = rng.uniform(-1, 1, (2, 3, 4)), rng.uniform(0, 2, (2, 3, 4))
    scene = critic_optimisers([0.1, 1.0], [5, 10, 15], {"Adam": cosine}, {"Adam": em})
    np.testing.assert_allclose(values(scene, "cosine"), cosine[:, -1].mean(1))
    np.testing.assert_allclose(scene.panels[0].marks[0].at("y", 1), em[1].mean(1), atol=1e-4)

"""Pictures in a figure are black, grey and white, whatever the scheme, and are those of the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.site.browser.loose import loose
from tests.site.browser.visits import DESKTOP
from wganbook import SliderFigure
from wganbook.figures import ImageFilm, image_film

pytestmark = pytest.mark.browser

_PIXELS = """async () => {
  const image = new Image();
  image.src = document.querySelector("image.field").getAttribute("href");
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const brush = canvas.getContext("2d");
  brush.drawImage(image, 0, 0);
  return [...brush.getImageData(0, 0, image.width, image.height).data];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_are_grey_and_true(browser: Browser, tmp_path: Path, theme: str) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 3, 5, 4)).astype(np.uint8)
    film = ImageFilm(
        np.array([0.0, 6.0]), frames, np.array([[2.0], [1.0]]), np.array([[3.0], [1.5]]), 0.5,
        "score",
    )  # fmt: skip
    widget = SliderFigure(image_film(film, title="Three pictures"))
    with loose(browser, tmp_path, [widget], theme=theme, **DESKTOP) as visit:
        flat = np.array(visit.page.evaluate(_PIXELS)).reshape(6, 15, 4)
    assert (flat[..., 3] == 255).all()
    assert (flat[..., :1] == flat[..., :3]).all(), "neither blue nor orange"
    shown = np.stack([flat[:5, 5 * k : 5 * k + 4, 0] for k in range(3)])
    assert np.abs(shown - frames[1].astype(int)).max() <= 4, "half of one part in 31"
    assert (flat[5, :, 0] == 0).all(), "what parts them is black"

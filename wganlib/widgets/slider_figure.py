"""The slider figure: a scene that the reader moves."""

from __future__ import annotations

from typing import Any

import anywidget
import numpy as np
import traitlets

from wganlib import _validate as check
from wganlib.scene import Scene
from wganlib.widgets._fallback import Fallback, asset


class SliderFigure(Fallback, anywidget.AnyWidget):
    """Show a scene with its slider.

    Parameters
    ----------
    scene : wganlib.scene.Scene
        What to show, for every position of the slider.
    **options
        Passed on to the widget; ``index`` starts it elsewhere than the scene does.

    Attributes
    ----------
    index : int
        The slider's position; follows the reader, and moves the slider when set.
    value : float
        What the slider stands for at that position. Read only.

    Raises
    ------
    TypeError
        If ``scene`` is not a scene, or ``index`` is set to what is not a whole number.
    ValueError
        If ``index`` is set to a position that the slider does not have.

    Source
    ------
    Any figure of the book that moves; first, Figure 1 of Arjovsky, Chintala & Bottou (2017).

    Examples
    --------
    >>> from wganlib import SliderFigure
    >>> from wganlib.scenes import parallel_lines
    >>> figure = SliderFigure(parallel_lines())
    >>> figure.index = 60
    >>> figure.value
    0.5
    """

    _esm = asset("slider_figure.mjs")
    _css = asset("widgets.css")
    scene = traitlets.Dict().tag(sync=True)
    # Int would refuse before the check below, with other words, and Any would let None pass.
    index: Any = traitlets.TraitType(0).tag(sync=True)

    def __init__(self, scene: Scene, **options: Any) -> None:
        if not isinstance(scene, Scene):
            raise TypeError(f"scene: expected a wganlib.scene.Scene, got {check.describe(scene)}")
        self._source = scene
        super().__init__(scene=scene.to_dict(), **{"index": scene.slider.start, **options})

    @traitlets.validate("index")
    def _index_in_range(self, proposal: dict[str, Any]) -> int:
        last = len(self._source.slider.values) - 1
        return check.integer(proposal["value"], "index", at_least=0, at_most=last)

    @property
    def value(self) -> float:
        """Return what the slider stands for at its present position."""
        return float(self._source.slider.values[self.index])

    def fallback_svg(self) -> str:
        """Return the scene at its present position, drawn by matplotlib."""
        from wganlib.plots import draw, to_svg

        return to_svg(draw(self._source, self.index))

    def fallback_rows(self) -> list[list[str]]:
        """Return the readouts at about nine positions, the ends included."""
        last = len(self._source.slider.values) - 1
        chosen = sorted({round(i) for i in np.linspace(0, last, min(9, last + 1))})
        return self._source.rows(chosen)

    def fallback_texts(self) -> tuple[str, str]:
        """Return the scene's title and description."""
        return self._source.title, self._source.description

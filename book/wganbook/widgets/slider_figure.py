"""The slider figure: a scene that the reader moves."""

from __future__ import annotations

from typing import Any

import anywidget
import numpy as np
import traitlets

from wganbook.scene import Scene
from wganbook.widgets._bundle import bundle
from wganbook.widgets._fallback import Fallback, style
from wganbook.widgets.predict import SHOWN, Pick, Sketch
from wganlib import _validate as check


class SliderFigure(Fallback, anywidget.AnyWidget):
    """Show a scene with its slider.

    Parameters
    ----------
    scene : wganbook.scene.Scene
        What to show, for every position of the slider.
    predict : Sketch or Pick, optional
        What to ask first. What answers it is covered until the reader has guessed, or asks to be
        shown; on paper and without a script it is open.
    **options
        Passed on to the widget; ``index`` starts it elsewhere than the scene does.

    Attributes
    ----------
    index : int
        The slider's position; follows the reader, and moves the slider when set.
    value : float
        What the slider stands for at that position. Read only.
    guess : str
        The reader's answer to ``predict``: empty while there is none, ``"-"`` where the reader
        asked to be shown, else the option, or the drawn curve as heights. Follows the reader, and
        opens or covers the figure when set.

    Raises
    ------
    TypeError
        If ``scene`` is not a scene, ``predict`` asks nothing, ``index`` is set to what is not a
        whole number, or ``guess`` to what is not a text.
    ValueError
        If ``index`` is set to a position that the slider does not have, ``predict`` asks for what
        the scene does not hold, or ``guess`` is no answer to it.

    Source
    ------
    Any figure of the book that moves; first, Figure 1 of Arjovsky, Chintala & Bottou (2017).

    Examples
    --------
    >>> from wganbook import SliderFigure
    >>> from wganbook.figures import sliding_lines
    >>> figure = SliderFigure(sliding_lines())
    >>> figure.index = 60
    >>> figure.value
    0.5
    """

    _esm = bundle("slider_figure.mjs")
    _css = style()
    scene = traitlets.Dict().tag(sync=True)
    # Int would refuse before the check below, with other words, and Any would let None pass.
    index: Any = traitlets.TraitType(0).tag(sync=True)
    predict = traitlets.Dict().tag(sync=True)
    guess: Any = traitlets.TraitType("").tag(sync=True)

    def __init__(
        self, scene: Scene, *, predict: Sketch | Pick | None = None, **options: Any
    ) -> None:
        if not isinstance(scene, Scene):
            raise TypeError(f"scene: expected a wganbook.scene.Scene, got {check.describe(scene)}")
        if not isinstance(predict, Sketch | Pick | None):
            raise TypeError(f"predict: expected a Sketch or a Pick, got {check.describe(predict)}")
        self._source, self._asked = scene, predict
        super().__init__(
            scene=scene.to_dict(),
            predict={} if predict is None else predict.to_dict(scene),
            **{"index": scene.slider.start, **options},
        )

    @traitlets.validate("index")
    def _index_in_range(self, proposal: dict[str, Any]) -> int:
        last = len(self._source.slider.values) - 1
        return check.integer(proposal["value"], "index", at_least=0, at_most=last)

    @traitlets.validate("guess")
    def _guess_fits(self, proposal: dict[str, Any]) -> str:
        guess = proposal["value"]
        if not isinstance(guess, str):
            raise TypeError(f"guess: expected text, got {check.describe(guess)}")
        if guess and self._asked is None:
            raise ValueError(f"guess: expected none, as nothing is asked, got {guess[:60]!r}")
        if self._asked is not None and guess not in ("", SHOWN):
            self._asked.refuse(guess, self._source)
        return guess

    @property
    def value(self) -> float:
        """Return what the slider stands for at its present position."""
        return float(self._source.slider.values[self.index])

    def fallback_svg(self) -> str:
        """Return the scene at its present position, drawn by matplotlib."""
        from wganbook.plots import draw, to_svg

        return to_svg(draw(self._source, self.index))

    def fallback_rows(self) -> list[list[str]]:
        """Return the readouts at about nine positions, the ends included."""
        last = len(self._source.slider.values) - 1
        chosen = sorted({round(i) for i in np.linspace(0, last, min(9, last + 1))})
        return self._source.rows(chosen)

    def fallback_texts(self) -> tuple[str, str]:
        """Return the scene's title and description."""
        return self._source.title, self._source.description

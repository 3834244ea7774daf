"""What a figure asks before it tells: a curve to draw, or an answer to pick."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wganbook.marks import Mark, _all_of, _said
from wganbook.scene import Scene
from wganlib import _validate as check

#: Places across a panel at which a drawn curve has a height, and the height of the whole axis.
COLUMNS, FULL = 41, 1000
#: What a browser keeps is short: a guess lies beside its question in one small text.
LONGEST = 300
#: Seen without a guess.
SHOWN = "-"
_DRAWN = re.compile(rf"(\d{{1,6}});((?:\d{{0,4}},){{{COLUMNS - 1}}}\d{{0,4}})")


def _short(value: object, name: str) -> str:
    text = _said(value, name)
    if len(text) > LONGEST:
        raise ValueError(f"{name}: expected at most {LONGEST} letters, got {len(text)}")
    return text


def _veils(
    marks: list[tuple[int, int, Mark]], scene: Scene, open_roles: set[str]
) -> dict[str, Any]:
    """Say which marks and readouts are covered: all but those of some roles."""
    return {
        "marks": [[p, m] for p, m, mark in marks if mark.role not in open_roles],
        "readouts": [k for k, r in enumerate(scene.readouts) if r.role not in open_roles],
    }


def _marks(scene: Scene) -> list[tuple[int, int, Mark]]:
    """Return every mark of a scene, behind the numbers of its panel and of itself."""
    return [
        (p, m, mark) for p, panel in enumerate(scene.panels) for m, mark in enumerate(panel.marks)
    ]


@dataclass(frozen=True)
class Sketch:
    """Ask the reader to draw a curve; its panel is covered until then.

    Parameters
    ----------
    question : str
        What to draw, at most 300 letters. The reader's browser keeps the guess under this text.
    curve : str
        Label of a line of the scene that runs from left to right. A line that moves is compared
        as it is where the slider stands.
    unit : str
        Unit of the panel's upright axis, in words: ``"nats"``.
    given : sequence of str
        Labels of marks in that panel that stay in sight, with the numbers of their role.

    Raises
    ------
    TypeError, ValueError
        For a question, a curve or a unit without words, and labels that are not texts.

    Source
    ------
    Predict, then see: the reader commits to a guess before the figure tells.

    Examples
    --------
    >>> from wganbook import Sketch, SliderFigure
    >>> from wganbook.figures import sliding_lines
    >>> figure = SliderFigure(sliding_lines(), predict=Sketch("Draw JS over θ.", "JS", "nats"))
    >>> figure.guess
    ''
    """

    question: str
    curve: str
    unit: str
    given: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what says nothing."""
        _short(self.question, "question")
        _said(self.curve, "curve")
        _said(self.unit, "unit")
        _all_of(self.given, "given", str)

    def to_dict(self, scene: Scene) -> dict[str, Any]:
        """Return the question as JSON-ready data, with what of a scene it covers."""
        lines = [each for each in _marks(scene) if each[2].kind == "line" and each[2].label]
        check.one_of(self.curve, "predict.curve", {mark.label for _, _, mark in lines})
        panel, place, curve = next(each for each in lines if each[2].label == self.curve)
        for i in range(len(scene.slider.values)):
            if not (np.diff(curve.at("x", i)) > 0).all():
                raise ValueError(
                    f"predict.curve: expected a line from left to right, got {self.curve}"
                )
        beside = [each for each in _marks(scene) if each[0] == panel]
        labels = {mark.label: mark.role for _, _, mark in beside if mark.label}
        for label in self.given:
            check.one_of(label, "predict.given", labels)
        open_roles = {"soft", *(labels[label] for label in self.given)}
        if curve.role in open_roles:
            raise ValueError(f"predict.given: expected other roles than {curve.role}, got it")
        return {
            "kind": "sketch",
            "question": self.question,
            "curve": [panel, place],
            "unit": self.unit,
            "columns": COLUMNS,
            **_veils(beside, scene, open_roles),
        }

    def refuse(self, guess: str, scene: Scene) -> None:
        """Refuse a guess that is no drawn curve."""
        drawn = _DRAWN.fullmatch(guess)
        heights = [int(h) for h in drawn[2].split(",") if h] if drawn else []
        if (
            drawn is None
            or int(drawn[1]) >= len(scene.slider.values)
            or len(heights) < 2
            or max(heights) > FULL
        ):
            raise ValueError(
                f"guess: expected a position, then {COLUMNS} heights from 0 to {FULL} or gaps, at "
                f"least two of them heights, got {guess[:60]!r}"
            )


@dataclass(frozen=True)
class Pick:
    """Ask the reader to pick an answer; the panels that tell it are covered until then.

    Parameters
    ----------
    question : str
        At most 300 letters. The reader's browser keeps the guess under this text.
    options : sequence of str
        Two or more, all different.
    panels : sequence of str
        Titles of the panels that are covered; all if there are none.

    Raises
    ------
    TypeError, ValueError
        For a question without words, fewer than two options, one that stands twice, and titles
        that are not texts.

    Source
    ------
    Predict, then see: the reader commits to a guess before the figure tells.

    Examples
    --------
    >>> from wganbook import Pick, SliderFigure
    >>> from wganbook.figures import descent_race
    >>> pick = Pick("Who arrives?", ["EM", "JS", "nobody"])
    >>> SliderFigure(descent_race(), predict=pick, guess="JS").guess
    'JS'
    """

    question: str
    options: Sequence[str]
    panels: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse a question without a choice."""
        _short(self.question, "question")
        _all_of(self.options, "options", str)
        for option in self.options:
            _short(option, "options")
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise ValueError(f"options: expected two or more, all different, got {self.options}")
        if SHOWN in self.options:
            raise ValueError(f"options: expected words, got {SHOWN!r}")
        _all_of(self.panels, "panels", str)

    def to_dict(self, scene: Scene) -> dict[str, Any]:
        """Return the question as JSON-ready data, with what of a scene it covers."""
        titles = [panel.title for panel in scene.panels]
        for title in self.panels:
            check.one_of(title, "predict.panels", titles)
        covered = [each for each in _marks(scene) if titles[each[0]] in (self.panels or titles)]
        return {
            "kind": "pick",
            "question": self.question,
            "options": list(self.options),
            **_veils(covered, scene, {"soft"}),
        }

    def refuse(self, guess: str, scene: Scene) -> None:
        """Refuse a guess that is none of the options."""
        check.one_of(guess, "guess", self.options)

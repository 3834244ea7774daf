"""A critic on a line that the reader bends by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anywidget
import numpy as np
import traitlets

from wganbook.widgets._bundle import bundle
from wganbook.widgets._fallback import Fallback, style
from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.transport import transport_plan

#: The critic has a knot at each of 0, 1, …, LAST and scores from −TOP to TOP.
LAST = 10
TOP = 5.0
MOST_POINTS = 6


def _listed(value: object, name: str) -> list[Any]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected numbers, got {check.describe(value)}")
    return list(value)


def _places(value: object, name: str) -> list[int]:
    places = [check.integer(x, name, at_least=0, at_most=LAST) for x in _listed(value, name)]
    if not 1 <= len(places) <= MOST_POINTS:
        raise ValueError(f"{name}: expected 1 to {MOST_POINTS} points, got {len(places)}")
    return places


def _scores(value: object, name: str) -> list[float]:
    scores = [check.real(score, name) for score in _listed(value, name)]
    if len(scores) != LAST + 1:
        raise ValueError(f"{name}: expected {LAST + 1} scores, one a knot, got {len(scores)}")
    if any(abs(score) > TOP for score in scores):
        raise ValueError(f"{name}: expected scores from {-TOP:g} to {TOP:g}, got {scores}")
    return scores


class HandCritic(Fallback, anywidget.AnyWidget):
    """A piecewise linear critic f on a line, bent by hand, and what it proves about EM.

    The knots of f lie at 0, 1, …, 10, where the points of P and Q lie too, so that some such f
    is optimal. While its slope is held at 1, neighbouring knots follow one that is pulled.

    Parameters
    ----------
    source, target : sequence of int
        Places of the points of P and of Q, 1 to 6 each from 0 to 10, of equal masses.
    critic : sequence of float, optional
        The scores at the eleven knots, from −5 to 5; zero if left out.

    Attributes
    ----------
    state : dict
        ``source``, ``target`` and ``critic``; follows the reader, and moves the figure when set.

    Raises
    ------
    TypeError
        For places that are not whole numbers and scores that are not real.
    ValueError
        For what lies out of range, and too few or too many.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), equation (2): the Kantorovich–Rubinstein duality.

    Examples
    --------
    >>> from wganbook.widgets import HandCritic
    >>> figure = HandCritic([2], [5], critic=[5 - x for x in range(11)])
    >>> figure.value, figure.slope, figure.distance
    (3.0, 1.0, 3.0)
    """

    _esm = bundle("hand_critic.mjs")
    _css = style()
    state: Any = traitlets.TraitType(default_value={}).tag(sync=True)

    def __init__(
        self,
        source: Sequence[int],
        target: Sequence[int],
        critic: Sequence[float] | None = None,
        **options: Any,
    ) -> None:
        scores = [0.0] * (LAST + 1) if critic is None else critic
        super().__init__(state={"source": source, "target": target, "critic": scores}, **options)

    @traitlets.validate("state")
    def _state_fits(self, proposal: dict[str, Any]) -> dict[str, list[Any]]:
        value = proposal["value"]
        if not isinstance(value, Mapping) or set(value) != {"source", "target", "critic"}:
            raise TypeError(
                f"state: expected source, target and critic, got {check.describe(value)}"
            )
        places = {name: _places(value[name], name) for name in ("source", "target")}
        return {**places, "critic": _scores(value["critic"], "critic")}

    @property
    def value(self) -> float:
        """Return the mean of f over P less its mean over Q."""
        f = np.array(self.state["critic"])
        return float(f[self.state["source"]].mean() - f[self.state["target"]].mean())

    @property
    def slope(self) -> float:
        """Return the steepest slope K of f, whatever its sign."""
        return float(np.abs(np.diff(self.state["critic"])).max())

    @property
    def distance(self) -> float:
        """Return EM between P and Q, which no f of slope 1 passes."""
        return float(transport_plan(self.state["source"], self.state["target"]).cost)

    @property
    def best(self) -> FloatArray:
        """Return the scores of an optimal critic at the knots, its middle at 0."""
        target = np.array(self.state["target"], dtype=np.float64)
        g = transport_plan(self.state["source"], target).potential_y
        scores = (np.abs(np.arange(LAST + 1)[:, None] - target) - g).min(axis=1)
        middled: FloatArray = scores - (scores.max() + scores.min()) / 2
        return middled

    def fallback_svg(self) -> str:
        """Return the critic, an optimal one and the points, drawn by matplotlib."""
        from wganbook.plots import to_svg

        return to_svg(_figure(self.state, self.best))

    def fallback_rows(self) -> list[list[str]]:
        """Return both critics at the knots, then their values."""
        rows = [["x", "f(x)", "best f(x)"]]
        for x, (own, best) in enumerate(zip(self.state["critic"], self.best, strict=True)):
            rows.append([str(x), f"{own:.2f}", f"{best:.2f}"])
        return [*rows, ["value", f"{self.value:.2f}", f"{self.distance:.2f}"]]

    def fallback_texts(self) -> tuple[str, str]:
        """Return the figure's title and its description."""
        where = {name: ", ".join(map(str, self.state[name])) for name in ("source", "target")}
        return (
            "A critic and a best critic on a line",
            f"Points of P at {where['source']} and of Q at {where['target']}. A critic f with the "
            f"value {self.value:.2f}, and an optimal one of slope 1, dashed, with the value "
            f"{self.distance:.2f}, which is EM.",
        )


def _figure(state: dict[str, list[Any]], best: FloatArray) -> Any:
    """Draw both critics, and the points of P and Q on two lines below."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from wganbook.plots import COLOURS, STYLE

    knots = np.arange(LAST + 1)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.0, 4.2), layout="constrained")
        axes = figure.subplots()
        axes.plot(knots, state["critic"], "o-", color=COLOURS["em"], label="critic f")
        axes.plot(knots, best, color=COLOURS["good"], ls=(0, (4, 2)), label="a best critic")
        for name, letter, row, role, marker in (
            ("source", "P", -5.9, "p", "o"),
            ("target", "Q", -6.7, "q", "s"),
        ):
            axes.scatter(
                state[name],
                [row] * len(state[name]),
                color=COLOURS[role],
                marker=marker,
                label=letter,
            )
        axes.set(xlabel="x (length)", ylabel="f (score)", ylim=(-7.2, TOP + 0.4))
        axes.set(title="A critic, a best critic, and the points of P and Q", yticks=[-5, 0, 5])
        axes.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)
    return figure

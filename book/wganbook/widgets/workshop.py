"""The workshop: a training that runs where the page is read, in the reader's own browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

from wganbook.widgets import workshop_still
from wganbook.widgets._bundle import bundle, encoded
from wganbook.widgets._fallback import Fallback, asset, style
from wganlib import _validate as check

if TYPE_CHECKING:
    from wganlib.training.history import History

#: The settings, with what they may be: one list for the page and for Python.
FIELDS: dict[str, Any] = json.loads(asset("workshop_fields.json"))
GLYPHS: dict[str, str] = FIELDS.pop("glyphs")
#: The arithmetic in WebAssembly: with fused products, for browsers that know them, and without.
VECTORS = {
    "fused": encoded("workshop_kernels_fused.wasm"),
    "plain": encoded("workshop_kernels.wasm"),
}
MOST_POINTS, REACH = 400, 10.0


def _value(field: Mapping[str, Any], value: object) -> Any:
    """Check one setting against its field."""
    key = field["key"]
    if "choices" in field:
        return check.one_of(value, key, tuple(field["choices"]))
    if "text" in field:
        if not isinstance(value, str):
            raise TypeError(f"{key}: expected a word, got {check.describe(value)}")
        word = value.strip().upper()
        if not (word.isascii() and word.isalnum() and len(word) <= field["text"]):
            raise ValueError(
                f"{key}: expected 1 to {field['text']} of the letters A to Z and the digits, "
                f"got {value!r}"
            )
        return word
    low, high = field["low"], field["high"]
    if field.get("whole"):
        return check.integer(value, key, at_least=low, at_most=high)
    return check.real(value, key, at_least=low, at_most=high)


def _settings(kind: str, given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return all settings of a kind, those not given at their defaults."""
    fields = {field["key"]: field for field in FIELDS[kind]}
    if not isinstance(given, Mapping):
        raise TypeError(f"{name}: expected a mapping of settings, got {check.describe(given)}")
    for key in given:
        if key not in fields:
            raise ValueError(f"{name}: expected settings among {', '.join(fields)}, got {key!r}")
    return {key: _value(field, given.get(key, field["default"])) for key, field in fields.items()}


def _points(value: object) -> list[list[float]]:
    """Return points of the plane as lists, rounded to thousandths as the page rounds them."""
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 0:
        return []
    points = check.points(value, "points")
    if points.shape[1] != 2:
        raise ValueError(f"points: expected points of the plane, got shape {points.shape}")
    if len(points) > MOST_POINTS:
        raise ValueError(f"points: expected at most {MOST_POINTS}, got {len(points)}")
    if np.abs(points).max() > REACH:
        raise ValueError(f"points: expected coordinates from -{REACH:g} to {REACH:g}")
    listed: list[list[float]] = points.round(3).tolist()
    return listed


class Workshop(Fallback, anywidget.AnyWidget):
    """A training that the reader sets up, starts and watches, in the browser, without a kernel.

    It is equal to ``wganlib.train`` step for step: the same start of that seed, the same
    batches, the same order. What it shows beside the critic's estimate is the exact earth
    mover's distance, solved for on the page.

    Parameters
    ----------
    data : str
        ``"ring"``, ``"grid"``, ``"roll"``, ``"lines"``, ``"gaussians"``, ``"word"`` or
        ``"points"``; ``modes`` and ``side`` belong to the first two, ``word`` and ``points``
        (array (n, 2), at most 400) to the last two.
    seed : int
        Of the networks, the batches and the noise; below 2³².
    compare : mapping, optional
        Settings in which a second training beside the first differs from it.
    name : str
        What the fragment of the page's address begins with: letters alone. Two workshops of
        one page need two.
    small : bool
        Without a second training, and with the method folded.
    **run
        Settings of the training: ``objective``, ``rule``, ``c``, ``radius``, ``weight``,
        ``optimiser``, ``lr``, ``generator_lr``, ``n_critic``, ``batch``, ``width``, ``depth``,
        ``activation``; see ``FIELDS``.

    Attributes
    ----------
    setup : dict
        The settings as they are now: those of the data, ``points``, and ``runs``, one mapping
        for each training. It follows the reader, and starts a training anew when set.

    Raises
    ------
    TypeError, ValueError
        If a setting is not what is described above, naming it.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1.

    Examples
    --------
    >>> from wganbook import Workshop
    >>> workshop = Workshop(data="ring", rule="clipping", c=0.1, lr=1e-3, generator_lr=1e-3)
    >>> workshop.setup["runs"][0]["c"], workshop.setup["modes"]
    (0.1, 8)
    """

    _esm = bundle(
        "workshop.mjs",
        FIELDS=FIELDS,
        GLYPHS=GLYPHS,
        WORKER=bundle("workshop_worker.mjs", module=False, GLYPHS=GLYPHS),
        VECTORS=VECTORS,
    )
    _css = style("workshop.css")
    setup: Any = traitlets.TraitType(default_value={}).tag(sync=True)
    name = traitlets.Unicode("workshop").tag(sync=True)
    small = traitlets.Bool(False).tag(sync=True)
    _trained: tuple[Any, History] | None = None

    def __init__(
        self,
        *,
        data: str = "ring",
        seed: int = 0,
        modes: int = 8,
        side: int = 5,
        word: str = "WGAN",
        points: npt.ArrayLike = (),
        compare: Mapping[str, Any] | None = None,
        name: str = "workshop",
        small: bool = False,
        **run: Any,
    ) -> None:
        if not isinstance(name, str):
            raise TypeError(f"name: expected a word, got {check.describe(name)}")
        if not (name.isascii() and name.isalpha()):
            raise ValueError(f"name: expected letters alone, got {name!r}")
        shared = {"data": data, "seed": seed, "modes": modes, "side": side, "word": word}
        runs: list[Any] = [run]
        if compare is not None:
            own = _settings("run", compare, "compare")
            runs.append({**run, **{key: own[key] for key in compare}})
        setup = {**shared, "points": points, "runs": runs}
        if not isinstance(small, bool):
            raise TypeError(f"small: expected True or False, got {check.describe(small)}")
        super().__init__(setup=setup, name=name, small=small)

    @traitlets.validate("setup")
    def _setup_is_whole(self, proposal: dict[str, Any]) -> dict[str, Any]:
        value = proposal["value"]
        if not isinstance(value, Mapping):
            raise TypeError(f"setup: expected a mapping of settings, got {check.describe(value)}")
        given = dict(value)
        points, runs = _points(given.pop("points", ())), given.pop("runs", [{}])
        if not isinstance(runs, Sequence) or not 1 <= len(runs) <= 2:
            raise ValueError(f"runs: expected one or two trainings, got {check.describe(runs)}")
        shared = _settings("setup", given, "setup")
        if shared["data"] == "points" and len({tuple(point) for point in points}) < 2:
            raise ValueError("points: expected at least two different ones")
        return {
            **shared,
            "points": points,
            "runs": [_settings("run", run, f"runs[{i}]") for i, run in enumerate(runs)],
        }

    def fallback_svg(self) -> str:
        """Return what the first training has become, drawn from a run of the library."""
        from wganbook.plots import to_svg

        return to_svg(workshop_still.figure(self.setup, self._still(), GLYPHS))

    def fallback_rows(self) -> list[list[str]]:
        """Return the numbers along that run."""
        return workshop_still.rows(self._still())

    def fallback_texts(self) -> tuple[str, str]:
        """Return the figure's title and its description."""
        return workshop_still.texts(self.setup, self._still())

    def _still(self) -> History:
        """Train the first setting with the library, once for each setup."""
        if self._trained is None or self._trained[0] != self.setup:
            self._trained = (self.setup, workshop_still.train(self.setup, GLYPHS))
        return self._trained[1]

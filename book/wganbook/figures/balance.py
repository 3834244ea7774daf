"""Moving figures of who is ahead: rates, critic steps, and methods at equal budget.

They draw what was measured, run by run, and train nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from wganbook.figures._parts import cursor, growing
from wganbook.figures.mode_collapse import cloud, plane
from wganbook.scene import Axis, Mark, Panel, Readout, Scene, Slider, cells, line, points
from wganlib import _validate as check
from wganlib._validate import FloatArray

#: Roles of up to five methods, in the order in which they are given.
METHODS = ("js", "kl", "p", "em", "tv")


def _methods(
    given: Mapping[str, npt.ArrayLike], name: str, front: tuple[int, ...], axes: int
) -> dict[str, FloatArray]:
    """Return arrays by method, one to five, each of shape (*front, ...) with so many axes."""
    if not isinstance(given, Mapping):
        raise TypeError(f"{name}: expected a mapping of names, got {check.describe(given)}")
    if not 1 <= len(given) <= len(METHODS):
        raise ValueError(f"{name}: expected one to five methods, got {len(given)}")
    found = {}
    for key, values in given.items():
        array = check.finite_array(values, name)
        if array.ndim != axes or array.shape[: len(front)] != front or 0 in array.shape:
            raise ValueError(
                f"{name}: expected {axes} axes, the first of lengths {front}, for {key}, "
                f"got shape {array.shape}"
            )
        found[key] = array
    return found


def _said(ratio: float) -> str:
    return f"{ratio:g}" if ratio >= 1 else f"1/{1 / ratio:g}"


def _ratio_slider(at: FloatArray) -> Slider:
    return Slider(
        "critic's rate / generator's",
        "the critic's learning rate over the generator's",
        at.tolist(),
        int(np.abs(np.log(at)).argmin()),
        digits=max(0, min(4, int(np.ceil(-np.log2(at.min()))))),
    )


def _dots(place: FloatArray, rows: FloatArray, role: str, label: str) -> list[Mark]:
    """Return a dot for each run (F, R), a line through the means, and the means."""
    mean = rows.mean(1)
    return [
        points(np.repeat(place, rows.shape[1]), rows.ravel(), role=role, size=2),
        line(place, mean, role=role, label=label),
        points(place[:, None], mean[:, None], role=role, size=5.5),
    ]


def imbalance(
    drawn: Mapping[str, npt.ArrayLike],
    lost: Mapping[str, npt.ArrayLike],
    ratios: Sequence[float],
    modes: npt.ArrayLike,
) -> Scene:
    """Show what becomes of generators whose critics learn slower or faster than they do.

    ``drawn``: one or two methods by name: points of one run at each of F ratios. ``lost``: one to
    five methods, those of ``drawn`` among them: modes that each run forgot.
    Source: Heusel et al. (2017): two time-scales; Arjovsky, Chintala & Bottou (2017), section 4.3.
    """
    at = growing(ratios, "ratios", above=0)
    counts = _methods(lost, "lost", (at.size,), 2)
    clouds = _methods(drawn, "drawn", (at.size,), 3)
    for name, array in clouds.items():
        check.one_of(name, "drawn", counts)
        if array.shape[2] != 2:
            raise ValueError(f"drawn: expected points in the plane, got shape {array.shape}")
    centres = plane(modes)
    k, reach = len(centres), 1.5 * float(np.abs(centres).max())
    roles = dict(zip(counts, METHODS, strict=False))
    panels = []
    for name, array in clouds.items():
        x, y, marks = cloud(array, centres, reach, roles[name])
        panels.append(Panel(name, x, y, marks, equal=True))
    place = np.arange(at.size, dtype=float)
    course: list[Mark] = [cursor(place, 0.0, k)]
    for j, (name, rows) in enumerate(counts.items()):
        course += _dots(place + 0.1 * (j - (len(counts) - 1) / 2), rows, roles[name], name)
    panels.append(
        Panel(
            "Modes forgotten",
            Axis("critic's rate over the generator's", -0.35, at.size - 0.65, place.tolist(),
                 [_said(r) for r in at]),
            Axis(f"modes forgotten of {k}", 0, k, (0, k / 2, k)),
            course,
        )
    )  # fmt: skip
    return Scene(
        "Who is ahead, and what is forgotten",
        _ratio_slider(at),
        panels,
        [
            Readout(f"forgotten, {name}", rows.mean(1).tolist(), roles[name], 1,
                    f"modes forgotten by {name}")
            for name, rows in counts.items()
        ],
        f"First: points of one generator of {' and of '.join(clouds)}, over the {k} modes. Last "
        "panel: modes forgotten, one dot a run and a line through the means, over the critic's "
        "learning rate divided by the generator's: "
        + "; ".join(
            f"{name} " + ", ".join(f"{mean:.1f}" for mean in rows.mean(1))
            for name, rows in counts.items()
        )
        + f" at ratios {', '.join(_said(r) for r in at)}.",
    )  # fmt: skip


def mode_masses(shares: Mapping[str, npt.ArrayLike], ratios: Sequence[float]) -> Scene:
    """Show the share of every mode in every run, as a matrix for each method.

    ``shares``: one to five methods by name: of R runs at each of F ratios, the share of points that
    is nearest to each of k modes. ``ratios``: as in :func:`imbalance`.
    Source: Arjovsky, Chintala & Bottou (2017), section 4.3: mode collapse, run by run.
    """
    at = growing(ratios, "ratios", above=0)
    panels, readouts = [], []
    for role, (name, array) in zip(
        METHODS, _methods(shares, "shares", (at.size,), 3).items(), strict=False
    ):
        if not np.allclose(array.sum(-1), 1) or array.min() < 0:
            raise ValueError(f"shares: expected shares that add up to 1 for {name}")
        runs, k = array.shape[1:]
        ranked = -np.sort(-array, axis=-1)
        rank, run = np.meshgrid(np.arange(1, k + 1), np.arange(1, runs + 1))
        panels.append(
            Panel(
                name,
                Axis("modes, the fullest first", 0.5, k + 0.5, (1, k)),
                Axis("run", 0.5, runs + 0.5, (1, runs)),
                [
                    cells(rank.ravel().astype(float), run.ravel().astype(float),
                          np.sqrt(ranked).reshape(at.size, -1), width=0.94, height=0.9, role=role)
                ],
            )
        )  # fmt: skip
        forgets = (array < 0.2 / k).any(-1).sum(1)
        readouts.append(
            Readout(f"runs that forget, {name}", forgets.tolist(), role, 0,
                    f"runs that forget with {name}")
        )  # fmt: skip
    return Scene(
        "How much of its points a generator gives to each mode",
        _ratio_slider(at),
        panels,
        readouts,
        "One matrix a method: a row for each run, its modes from left to right by their "
        "share of the points, darker where the share is larger. An even row is a generator that "
        "forgets nothing; a row with one dark cell sits on one mode. Runs that forget at least "
        "one mode: "
        + "; ".join(
            f"{r.label.removeprefix('runs that forget, ')} "
            + ", ".join(f"{v:.0f}" for v in r.values)
            for r in readouts
        )
        + f" at ratios {', '.join(_said(r) for r in at)}.",
    )


def rate_or_steps(
    em: Mapping[str, npt.ArrayLike],
    lost: Mapping[str, npt.ArrayLike],
    n_critic: Sequence[int],
    ratios: Sequence[float],
) -> Scene:
    """Show EM and forgotten modes over critic steps and the ratio of learning rates.

    ``em, lost``: one to five methods by name: EM, and modes forgotten, of R runs at F numbers of
    critic steps and K ratios. ``n_critic``: critic steps for each generator step, growing.
    Source: Heusel et al. (2017), GANs trained by a two time-scale update rule.
    """
    steps, at = growing(n_critic, "n_critic", above=0), growing(ratios, "ratios", above=0)
    found = _methods(em, "em", (steps.size, at.size), 3)
    gone = _methods(lost, "lost", (steps.size, at.size), 3)
    if list(gone) != list(found):
        raise ValueError(f"lost: expected the methods {list(found)}, got {list(gone)}")
    place = np.arange(at.size, dtype=float)
    panels = []
    for title, label, rows in (
        ("Distance to the data", "EM (length)", found),
        ("Modes forgotten", "modes forgotten", gone),
    ):
        top = 1.05 * max(float(array.max()) for array in rows.values()) + 1e-9
        tick = 10.0 ** np.floor(np.log10(top))
        marks: list[Mark] = []
        for j, (name, array) in enumerate(rows.items()):
            aside = place + 0.08 * (j - (len(rows) - 1) / 2)
            role, mean = METHODS[(0, 3, 4)[j] if len(rows) <= 3 else j], array.mean(2)
            spread = array.reshape(steps.size, -1)
            marks += [
                points(np.tile(np.repeat(aside, array.shape[2]), (steps.size, 1)), spread,
                       role=role, size=2),
                line(np.tile(aside, (steps.size, 1)), mean, role=role, label=name),
                points(np.tile(aside, (steps.size, 1)), mean, role=role, size=5.5),
            ]  # fmt: skip
        ticks = [k * tick for k in range(10) if k * tick <= top]
        panels.append(
            Panel(
                title,
                Axis("critic's rate over the generator's", -0.35, at.size - 0.65, place.tolist(),
                     [_said(r) for r in at]),
                Axis(label, 0, top, ticks[:: 1 + len(ticks) // 5]),
                marks,
            )
        )  # fmt: skip
    one = int(np.abs(np.log(at)).argmin())
    return Scene(
        "More steps, or a higher rate",
        Slider("critic steps", "critic steps for each generator step", steps.tolist(), 0, digits=0),
        panels,
        [
            Readout(f"EM at equal rates, {name}", array[:, one].mean(1).tolist(),
                    METHODS[(0, 3, 4)[j] if len(found) <= 3 else j])
            for j, (name, array) in enumerate(found.items())
        ],
        "Exact EM and modes forgotten over the ratio of learning rates, one dot a run and a line "
        "through the means. Mean EM at equal rates: "
        + "; ".join(
            f"{name} "
            + ", ".join(f"{v:.2f} at {n:g}" for n, v in zip(steps, array[:, one].mean(1),
                                                            strict=True))
            for name, array in found.items()
        )
        + " critic steps.",
    )  # fmt: skip


def equal_budget(em: Mapping[str, Mapping[str, npt.ArrayLike]], budgets: Sequence[int]) -> Scene:
    """Show what methods reach that all get the same random search.

    ``em``: by problem, one or two, and by method, two to five: EM of the try that validation chose
    in each of R searches, with F budgets. ``budgets``: tries, growing.
    Source: Lucic et al. (2018), Are GANs created equal? A large-scale study, section 6.
    """
    tries = growing(budgets, "budgets", above=0)
    if not isinstance(em, Mapping) or not 1 <= len(em) <= 2:
        raise ValueError(f"em: expected one or two problems, got {check.describe(em)}")
    panels, readouts, said = [], [], []
    for where, rows in em.items():
        found = _methods(rows, "em", (tries.size,), 2)
        names = list(found)
        top = 1.05 * max(float(array.max()) for array in found.values())
        tick = 10.0 ** np.floor(np.log10(top)) / (2 if top < 2 * 10 ** np.floor(np.log10(top))
                                                  else 1)  # fmt: skip
        marks: list[Mark] = []
        for j, (role, (name, array)) in enumerate(zip(METHODS, found.items(), strict=False)):
            across = j + 0.24 * np.linspace(-1, 1, array.shape[1])
            marks += [
                points(np.tile(across, (tries.size, 1)), array, role=role, size=3),
                line(np.tile([j - 0.32, j + 0.32], (tries.size, 1)),
                     np.repeat(array.mean(1)[:, None], 2, 1), role=role, label=f"{j + 1} {name}"),
            ]  # fmt: skip
        panels.append(
            Panel(
                f"Data: {where}",
                Axis("method, one dot a search", -0.6, len(names) - 0.4,
                     list(range(len(names))), [str(j + 1) for j in range(len(names))]),
                Axis("EM (length)", 0, top, [k * tick for k in range(12) if k * tick <= top]),
                marks,
            )
        )  # fmt: skip
        means = np.array([array.mean(1) for array in found.values()])
        readouts.append(Readout(f"least mean EM, {where}", means.min(0).tolist(), "em"))
        said.append(
            f"{where}: "
            + "; ".join(
                f"with {budget:g} " + ("try" if budget == 1 else "tries") + " "
                + ", ".join(f"{name} {mean:.2f}" for name, mean in zip(names, row, strict=True))
                for budget, row in zip(tries, means.T, strict=True)
            )
        )  # fmt: skip
    numbered = ", ".join(f"{j + 1} {name}" for j, name in enumerate(next(iter(em.values()))))
    return Scene(
        "The same search for every method",
        Slider("tries", "random settings tried", tries.tolist(), tries.size - 1, digits=0),
        panels,
        readouts,
        f"EM of the best of so many tries, one dot a search, a line at the mean. Methods: "
        f"{numbered}. Means, " + ". ".join(said) + ".",
    )


__all__ = ["equal_budget", "imbalance", "mode_masses", "rate_or_steps"]

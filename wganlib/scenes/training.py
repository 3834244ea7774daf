"""Moving figures of a training: particles over the critic, and the estimate beside the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.scene import Axis, Panel, Readout, Scene, Slider, field, line, points
from wganlib.scenes._parts import cursor, dot

if TYPE_CHECKING:
    from torch import nn

    from wganlib.training import TrainingState

#: Decimals of a particle's place. A pixel is about a fiftieth of a unit.
PLACES = 3


def steepest_chord(
    scores_x: FloatArray, scores_y: FloatArray, x: FloatArray, y: FloatArray
) -> float:
    """Return the largest slope of a critic from a point of y up to a point of x.

    Parameters
    ----------
    scores_x, scores_y : array (n,) and (m,)
        The critic's outputs.
    x, y : array (n, d) and (m, d)
        Points; pairs in one place are left out.

    Returns
    -------
    float
        The K for which (mean of scores_x − mean of scores_y)/K is at most the EM distance of
        the two sets, without any assumption on the critic elsewhere. Not above 0 if the
        critic never rises from y to x.

    Raises
    ------
    ValueError
        If all points are in one place.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), equation 3, for the pairs that a plan can use.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([[0.0], [4.0]]), np.array([[1.0]])
    >>> steepest_chord(np.array([0.0, 6.0]), np.array([3.0]), x, y)
    1.0
    """
    from scipy.spatial.distance import cdist

    way = cdist(x, y)
    rise = scores_x[:, None] - scores_y[None, :]
    apart = way > 0
    if not apart.any():
        raise ValueError("x: expected points apart from those of y, got all in one place")
    return float((rise[apart] / way[apart]).max())


@dataclass(frozen=True, eq=False)
class Recording:
    """What a film of a training needs: F frames of k points in the plane.

    Parameters
    ----------
    steps : array (F,)
        Generator steps done, growing.
    real : array (k, 2)
        Points of the data.
    generated : array (F, k, 2)
        Generated points, from the same noise in every frame.
    critic : array (F, rows, columns)
        The critic on a grid over [−reach, reach]², the first row lowest, divided by its
        steepest chord and centred between the means of the two samples.
    estimate : array (F,)
        What the critic reports on the measured samples, over its steepest chord.
    em : array (F,)
        Exact EM distance of the same samples.
    floor : float
        The same between two samples of the data.
    reach : float
        Half the width of the picture.

    Raises
    ------
    TypeError, ValueError
        For arrays that are not finite or do not fit together, and steps that do not grow.

    Examples
    --------
    >>> import numpy as np
    >>> Recording(
    ...     steps=np.array([1, 2]), real=np.zeros((3, 2)), generated=np.ones((2, 3, 2)),
    ...     critic=np.zeros((2, 4, 4)), estimate=np.array([0.5, 0.4]), em=np.ones(2),
    ...     floor=0.1, reach=2.0,
    ... ).em
    array([1., 1.])
    """

    steps: FloatArray
    real: FloatArray
    generated: FloatArray
    critic: FloatArray
    estimate: FloatArray
    em: FloatArray
    floor: float
    reach: float

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together."""
        axes = {"steps": 1, "real": 2, "generated": 3, "critic": 3, "estimate": 1, "em": 1}
        for part in fields(self):
            value = getattr(self, part.name)
            if part.name in axes:
                value = check.finite_array(value, part.name)
                if value.ndim != axes[part.name]:
                    raise ValueError(
                        f"{part.name}: expected {axes[part.name]} axes, got shape {value.shape}"
                    )
            else:
                value = check.real(value, part.name, at_least=0)
            object.__setattr__(self, part.name, value)
        check.real(self.reach, "reach", above=0)
        frames = self.steps.size
        if frames < 2 or (np.diff(self.steps) <= 0).any():
            raise ValueError(f"steps: expected at least two, growing, got {self.steps}")
        for name in ("generated", "critic", "estimate", "em"):
            if len(getattr(self, name)) != frames:
                raise ValueError(
                    f"{name}: expected {frames} frames, got {len(getattr(self, name))}"
                )
        if self.real.shape[1:] != (2,) or self.generated.shape[2:] != (2,):
            raise ValueError(
                f"generated: expected points in the plane, got shape {self.generated.shape}"
            )


def frame_steps(steps: int, frames: int) -> FloatArray:
    """Choose the generator steps to film: the first, the last, and more of the early ones.

    Parameters
    ----------
    steps, frames : int
        At least 2 each.

    Returns
    -------
    array (at most frames,)
        Whole numbers from 1 to ``steps``, growing.

    Raises
    ------
    TypeError, ValueError
        For counts out of range.

    Examples
    --------
    >>> frame_steps(100, 5)
    array([  1,  13,  36,  65, 100])
    """
    check.integer(steps, "steps", at_least=2)
    check.integer(frames, "frames", at_least=2)
    share = np.linspace(0, 1, frames) ** 1.5
    return np.unique(np.rint(1 + share * (steps - 1)).astype(int))


def record_training(
    generator: nn.Module,
    critic: nn.Module,
    data: Any,
    *,
    seed: int,
    steps: int,
    frames: int = 40,
    shown: int = 160,
    measured: int = 500,
    grid: int = 28,
    reach: float = 3.0,
    **settings: Any,
) -> Recording:
    """Train one run in the plane by ``wganlib.train``, and film it.

    Parameters
    ----------
    generator, critic, data, seed, steps
        As in ``wganlib.train``; one run, points in the plane.
    frames : int
        How many, at least 2.
    shown, measured : int
        Points in a frame, and behind its numbers; ``measured`` is at least ``shown``.
    grid : int
        Rows and columns of the critic's picture.
    reach : float
        Half the width of the picture, above 0.
    **settings
        Passed on to ``wganlib.train``.

    Returns
    -------
    Recording

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and for those that ``wganlib.train`` refuses.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Algorithm 1, watched.

    Examples
    --------
    >>> import wganlib as wg
    >>> film = record_training(
    ...     wg.MLP([2, 8, 2], seed=0), wg.MLP([2, 8, 1], seed=0), wg.ring_of_gaussians(),
    ...     seed=0, steps=4, frames=3, shown=5, measured=20, grid=6, batch=8,
    ... )
    >>> film.steps, film.generated.shape, film.critic.shape
    (array([1., 2., 4.]), (3, 5, 2), (3, 6, 6))
    """
    from wganlib import evaluation
    from wganlib.training import train
    from wganlib.transport import wasserstein_1

    wanted = set(frame_steps(steps, frames).tolist())
    check.integer(shown, "shown", at_least=1)
    check.integer(measured, "measured", at_least=shown)
    check.integer(grid, "grid", at_least=2)
    reach = check.real(reach, "reach", above=0)
    check.integer(seed, "seed", at_least=0)
    middle = (np.arange(grid) + 0.5) * 2 * reach / grid - reach
    places = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
    draw = evaluation.sampler(data)
    stream = np.random.default_rng([seed, 1])
    real, other = draw(measured, stream), draw(measured, stream)
    taken: list[tuple[Any, ...]] = []

    def film(state: TrainingState) -> None:
        if state.step not in wanted:
            return
        fake = state.sample(measured, seed=seed)
        scores = [state.score(x).ravel() for x in (real, fake, places)]
        up, down = scores[0].mean(), scores[1].mean()
        slope = max(steepest_chord(scores[0], scores[1], real, fake), np.finfo(float).tiny)
        picture = ((scores[2] - (up + down) / 2) / slope).reshape(grid, grid)
        em = wasserstein_1(real, fake)
        taken.append((state.step, fake[:shown], picture, (up - down) / slope, em))

    train(generator, critic, data, seed=seed, steps=steps, callbacks=[film], **settings)
    at, generated, pictures, estimate, em = (np.array(part) for part in zip(*taken, strict=True))
    floor = wasserstein_1(real, other)
    return Recording(at, real[:shown], generated, pictures, estimate, em, floor, reach)


def _ticks(high: float) -> tuple[float, ...]:
    """Return 0, a half and the whole of a round number below the end of an axis."""
    unit = 10.0 ** np.floor(np.log10(high))
    top = max(k * unit for k in (1.0, 2.0, 4.0, 6.0, 8.0) if k * unit <= high)
    return (0.0, top / 2, top)


def training_film(recording: Recording) -> Scene:
    """Show a training: generated points over the critic, and what the critic reports.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    Scene
        The slider goes through the recorded steps. Points outside the picture are left out,
        and the critic's colours are scaled anew for every step.

    Raises
    ------
    TypeError
        For anything but a recording.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Figure 3, with the exact distance beside the estimate.

    Examples
    --------
    >>> import numpy as np
    >>> steps, spot = np.array([1, 2]), np.zeros((2, 1, 2))
    >>> film = Recording(
    ...     steps, spot[0], spot, np.zeros((2, 4, 4)), 0.5 / steps, 1.0 / steps, 0.1, 2.0
    ... )
    >>> training_film(film).sentence(1)
    'step 2, exact EM 0.500, estimate over K 0.250, floor 0.100'
    """
    if not isinstance(recording, Recording):
        raise TypeError(f"recording: expected a Recording, got {check.describe(recording)}")
    r = recording
    inside = np.all(np.abs(r.generated) <= r.reach, axis=-1)
    near = np.all(np.abs(r.real) <= r.reach, axis=-1)
    fake = np.where(inside[..., None], np.round(r.generated, PLACES), np.nan)
    real = np.round(r.real[near], PLACES)
    size = np.abs(r.critic).max((1, 2), keepdims=True)
    side = (-r.reach, r.reach)
    ticks = (-int(r.reach), 0, int(r.reach)) if r.reach >= 1 else (0,)
    picture = Panel(
        "Generated points over the critic",
        Axis("x₁ (length)", *side, ticks),
        Axis("x₂ (length)", *side, ticks),
        [
            field(r.critic / np.maximum(size, np.finfo(float).tiny), x=side, y=side),
            points(real[:, 0], real[:, 1], role="p", size=2.5, label="real"),
            points(fake[..., 0], fake[..., 1], role="kl", size=2.5, label="generated"),
        ],
        equal=True,
    )
    high = 1.08 * max(float(r.em.max()), float(r.estimate.max()), r.floor, 1e-12)
    low = min(0.0, 1.08 * float(r.estimate.min()))
    end = float(r.steps[-1])
    curves = Panel(
        "What the critic reports, and the truth",
        Axis("generator steps", 0, 1.02 * end, (0, end / 2, end)),
        Axis("EM (length)", low, high, _ticks(high)),
        [
            cursor(r.steps, 0.0, high),
            line([0, end], [r.floor, r.floor], role="soft", dashed=True, label="real against real"),
            line(r.steps, r.em, role="em", label="exact EM"),
            line(r.steps, r.estimate, role="good", label="estimate/K"),
            dot(r.steps, r.em, "em"),
            dot(r.steps, r.estimate, "good"),
        ],
    )
    return Scene(
        "A training of a WGAN, step by step",
        Slider("step", "generator steps done", r.steps.tolist(), 0, digits=0, play=True),
        [picture, curves],
        [
            Readout("exact EM", r.em.tolist(), "em"),
            Readout("estimate/K", r.estimate.tolist(), "good", spoken="estimate over K"),
            Readout("floor", [r.floor] * r.steps.size, "soft"),
        ],
        "Left: real points, generated points, and the critic's value as colour, blue where it is "
        "high and orange where it is low. Right: exact EM between samples falls from "
        f"{r.em[0]:.2f} to {r.em[-1]:.2f} over {end:.0f} generator steps, towards the floor of "
        f"{r.floor:.2f} between two real samples; the critic's estimate, divided by its steepest "
        f"chord, runs below it and ends at {r.estimate[-1]:.2f}.",
    )


def estimates_against_em(
    steps: FloatArray, runs: Mapping[str, tuple[FloatArray, FloatArray]]
) -> Scene:
    """Show what critics report against the exact distance, one dot a run, along training.

    Parameters
    ----------
    steps : array (F,)
        Generator steps at which was measured, growing.
    runs : mapping of str to pair of arrays (F, R)
        At most three ways to train, by name: exact EM, and the estimate over K.

    Returns
    -------
    Scene
        On the diagonal the estimate would be right.

    Raises
    ------
    TypeError, ValueError
        For arrays that do not fit together, steps that do not grow, and EM not above 0.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 4.2: how close the estimate is.

    Examples
    --------
    >>> import numpy as np
    >>> em = np.array([[2.0, 1.8], [1.0, 0.8]])
    >>> scene = estimates_against_em(np.array([10, 20]), {"clipping": (em, em / 2)})
    >>> scene.sentence(1)
    'step 20, share for clipping 0.50'
    """
    at = check.finite_array(steps, "steps")
    if at.ndim != 1 or at.size < 2 or (np.diff(at) <= 0).any():
        raise ValueError(f"steps: expected at least two, growing, got {at}")
    roles = ("em", "kl", "good")
    if not isinstance(runs, Mapping):
        raise TypeError(f"runs: expected a mapping of names, got {check.describe(runs)}")
    if not 1 <= len(runs) <= len(roles):
        raise ValueError(f"runs: expected one to three ways to train, got {len(runs)}")
    pairs = {}
    for name, (em, estimate) in runs.items():
        exact, below = check.finite_array(em, "runs"), check.finite_array(estimate, "runs")
        if exact.ndim != 2 or exact.shape != below.shape or len(exact) != at.size:
            raise ValueError(
                f"runs: expected arrays ({at.size}, runs) for {name}, "
                f"got {exact.shape} and {below.shape}"
            )
        if (exact <= 0).any():
            raise ValueError(f"runs: expected EM above 0 for {name}, got {exact.min():g}")
        pairs[name] = (exact, below)
    shares = {name: (below / exact).mean(1) for name, (exact, below) in pairs.items()}
    high = 1.05 * max(float(np.maximum(*pair).max()) for pair in pairs.values())
    low = min(0.0, *(1.05 * float(below.min()) for _, below in pairs.values()))
    top = max(1.1, *(1.05 * float(share.max()) for share in shares.values()))
    bottom = min(0.0, *(float(share.min()) for share in shares.values()))
    scatter = Panel(
        "Each dot is a run",
        Axis("exact EM (length)", 0, high, _ticks(high)),
        Axis("estimate/K (length)", low, high, _ticks(high)),
        [
            line([0, high], [0, high], role="soft", dashed=True, label="estimate = EM"),
            *(
                points(exact, below, role=role, size=4.5, label=name)
                for role, (name, (exact, below)) in zip(roles, pairs.items(), strict=False)
            ),
        ],
        equal=low == 0,
    )
    end = float(at[-1])
    history = Panel(
        "Share of EM that the critic reports",
        Axis("generator steps", 0, 1.02 * end, (0, end / 2, end)),
        Axis("estimate/K over EM, mean", bottom, top, (0, 0.5, 1)),
        [
            cursor(at, 0.0, top),
            line([0, end], [1, 1], role="soft", dashed=True),
            *(
                mark
                for role, (name, share) in zip(roles, shares.items(), strict=False)
                for mark in (line(at, share, role=role, label=name), dot(at, share, role))
            ),
        ],
    )
    return Scene(
        "How close is the critic's estimate to the truth?",
        Slider("step", "generator steps done", at.tolist(), 0, digits=0, play=True),
        [scatter, history],
        [
            Readout(f"share, {name}", share.tolist(), role, 2, spoken=f"share for {name}")
            for role, (name, share) in zip(roles, shares.items(), strict=False)
        ],
        "Left: one dot for each run, exact EM to the right and the critic's estimate, divided by "
        "its steepest chord, upwards; every dot lies below the diagonal. Right: the share of the "
        "distance that the estimate reports, over training: "
        + "; ".join(f"{n} from {s[0]:.2f} to {s[-1]:.2f}" for n, s in shares.items())
        + ".",
    )

"""Trainings with one mistake, looked at a few times as a doctor would look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.transport import wasserstein_1
from wganlib.paper.mistakes import (
    ClipBeforeStep,
    GeneratorSignFlipped,
    Hinge,
    PenaltyAtReal,
    PenaltyByRun,
    PenaltyPerCoordinate,
    TogetherCritic,
    TogetherGenerator,
)
from wganlib.training.lipschitz import GradientPenalty, LipschitzRule, NoConstraint, WeightClipping
from wganlib.training.networks import MLP
from wganlib.training.objectives import WGAN, Objective
from wganlib.training.optimisers import RMSProp
from wganlib.training.train import train

# --- a training, looked at -------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Chart:
    """What was measured of a patient: F looks at R runs.

    Attributes
    ----------
    steps : array (F,)
        Generator steps done.
    em : array (F, R)
        Exact EM distance between generated and real points.
    estimate : array (F, R)
        What the training reports, of the same points.
    slope : array (F, R)
        Mean gradient norm of the critic between real and generated points, each point moved
        while the others stand still.
    seen : array (F, R)
        The same as a penalty computes it, which batch normalisation makes another number.
    weight : array (F, R)
        Largest absolute value among the critic's weights and biases.
    floor : float
        Mean EM between two sets of real points.
    real : array (k, 2)
        Real points.
    generated : array (F, k, 2)
        Generated ones of the first run.
    at_real, at_between : array (F, j, 2)
        The critic's gradient at some real points, and at some between.
    weights : array (F, R, p)
        The critic's parameters; without the scales and shifts of batch normalisation.
    """

    steps: FloatArray
    em: FloatArray
    estimate: FloatArray
    slope: FloatArray
    seen: FloatArray
    weight: FloatArray
    floor: float
    real: FloatArray
    generated: FloatArray
    at_real: FloatArray
    at_between: FloatArray
    weights: FloatArray


def chart_of(kept: Mapping[str, npt.NDArray[Any]]) -> Chart:
    """Return a chart from arrays by the names of its fields, as a study keeps them.

    Examples
    --------
    >>> import wganlib as wg
    >>> small = dict(looks=(1, 2), width=4, measured=64)
    >>> chart = admit(4, wg.ring_of_gaussians(), seeds=[0], **small)
    >>> kept = {name: np.asarray(value, "f4") for name, value in vars(chart).items()}
    >>> chart_of(kept).steps
    array([1., 2.])
    """
    missing = sorted(set(Chart.__annotations__) - set(kept))
    if missing:
        raise ValueError(f"kept: expected the fields of a chart, got none named {missing[0]}")
    arrays: dict[str, Any] = {name: np.asarray(kept[name], float) for name in Chart.__annotations__}
    return Chart(**{**arrays, "floor": float(arrays["floor"])})


#: Generator steps after which a patient is looked at.
LOOKS = (1, 10, 50, 100, 150, 200, 300, 400)


def examine(
    data: Any,
    *,
    seeds: Sequence[int],
    objective: Objective | None = None,
    lipschitz: LipschitzRule | None = None,
    batch_norm: bool = False,
    sigmoid: bool = False,
    lr: float = 1e-3,
    looks: Sequence[int] = LOOKS,
    width: int = 32,
    measured: int = 300,
    batch: int = 64,
) -> Chart:
    """Train in the plane by ``wganlib.train``, and look at all runs a few times.

    Parameters
    ----------
    data : measure
        In the plane.
    seeds : sequence of int
        One for each run; all train at once.
    objective, lipschitz : optional
        As in ``wganlib.train``; with the mistake, or without.
    batch_norm, sigmoid : bool
        Give the critic batch normalisation after each layer, or a sigmoid at its end. The rule
        is then weight clipping or the gradient penalty.
    lr : float
        Of RMSProp, for both networks, above 0.
    looks : sequence of int
        Generator steps after which to look, growing from 1; the last is the length.
    width : int
        Of the three hidden layers of both networks, at least 1.
    measured : int
        Points behind a measurement, at least 64.
    batch : int
        As in ``wganlib.train``.

    Returns
    -------
    Chart

    Raises
    ------
    TypeError, ValueError
        For bad arguments, naming them.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), Algorithm 1, with one part replaced.

    Examples
    --------
    >>> import wganlib as wg
    >>> chart = examine(wg.ring_of_gaussians(), seeds=[0, 1], looks=(1, 3), width=8, measured=64)
    >>> chart.em.shape, chart.generated.shape
    ((2, 2), (2, 64, 2))
    """
    check.integer(measured, "measured", at_least=64)
    check.integer(width, "width", at_least=1)
    lr = check.real(lr, "lr", above=0)
    at = [check.integer(step, f"looks[{i}]", at_least=1) for i, step in enumerate(looks)]
    if len(at) < 2 or sorted(set(at)) != at:
        raise ValueError(f"looks: expected at least two, growing, got {at}")
    objective = WGAN() if objective is None else objective
    together = batch_norm or sigmoid
    seeds = list(seeds)
    runs = len(seeds)
    source: Any = data
    extra: dict[str, Any] = {}
    generator: nn.Module
    critic: nn.Module
    seed = seeds
    if together:
        generator, critic, lipschitz = _together(seeds, width, lipschitz, batch_norm, sigmoid)
        extra, seed = {"noise_shape": (runs, 2)}, seeds[:1]

        def source(n: int, rng: np.random.Generator) -> FloatArray:
            return np.asarray(data.sample(n * runs, seed=rng)).reshape(n, runs, 2)
    else:
        generator = MLP([2, width, width, width, 2], seed=seeds)
        critic = MLP([2, width, width, width, 1], seed=seeds)
    stream = np.random.default_rng([seeds[0], 7])
    real, other = (
        np.asarray(data.sample(2 * runs * measured, seed=stream))
        .reshape(2, runs, measured, 2)
        .copy()
    )
    share = stream.random((runs, measured, 1))
    found: list[tuple[Any, ...]] = []

    def look(state: Any) -> None:
        if state.step not in at:
            return
        drawn = state.sample(measured, seed=seeds[0] if together else seeds)
        fake = drawn.transpose(1, 0, 2) if together else drawn
        found.append(_row(critic, objective, real, fake, share, batch_norm))

    train(
        generator,
        critic,
        source,
        seed=seed,
        steps=at[-1],
        objective=objective,
        lipschitz=lipschitz,
        optimiser=RMSProp(lr),
        batch=batch,
        callbacks=[look],
        **extra,
    )
    em, estimate, slope, seen, weight, generated, *rest = map(np.array, zip(*found, strict=True))
    floor = float(np.mean([wasserstein_1(x, y) for x, y in zip(real, other, strict=True)]))
    steps = np.array(at, float)
    return Chart(steps, em, estimate, slope, seen, weight, floor, real[0], generated, *rest)


def _row(
    critic: nn.Module,
    objective: Objective,
    real: FloatArray,
    fake: FloatArray,
    share: FloatArray,
    batch_norm: bool,
) -> tuple[Any, ...]:
    """Return what one look sees, of points (runs, n, 2), in the order of a ``Chart``."""
    scores = [_scores(critic, x)[0] for x in (real, fake)]
    between = share * real + (1 - share) * fake
    slopes = [_slopes(critic, x, hold=True) for x in (real, between)]
    seen = _slopes(critic, between, hold=False) if batch_norm else slopes[1]
    weights = _weights_of(critic)
    each = max(1, 64 // len(real))
    return (
        [wasserstein_1(x, y) for x, y in zip(real, fake, strict=True)],
        objective.estimate(objective.critic_loss(*scores)).double().numpy(),
        *(np.linalg.norm(part, axis=2).mean(1) for part in (slopes[1], seen)),
        np.abs(weights).max(1),
        fake[0],
        *(part[:, :each].reshape(-1, 2) for part in slopes),
        weights,
    )


def _together(
    seeds: Sequence[int],
    width: int,
    lipschitz: LipschitzRule | None,
    batch_norm: bool,
    sigmoid: bool,
) -> tuple[TogetherGenerator, TogetherCritic, LipschitzRule]:
    """Return networks that hold all runs in one module, and the rule taken run by run."""
    rule: LipschitzRule
    if type(lipschitz) is GradientPenalty:
        rule = PenaltyByRun(lipschitz.weight)
    elif type(lipschitz) is WeightClipping:
        rule = lipschitz
    else:
        raise ValueError("lipschitz: expected clipping or the penalty with such a critic")
    critic = TogetherCritic(seeds, width, batch_norm=batch_norm, sigmoid=sigmoid)
    return TogetherGenerator(seeds, width), critic, rule


def _weights_of(critic: nn.Module) -> FloatArray:
    """Return a copy of each run's parameters in a row."""
    net = critic.net if isinstance(critic, TogetherCritic) else critic
    assert isinstance(net, MLP)
    return net.flat.detach().double().numpy().copy()


def _scores(critic: Any, x: FloatArray) -> tuple[Tensor, Tensor]:
    """Return the critic's scores of points (runs, n, 2), and the points with their graph."""
    place = torch.from_numpy(np.ascontiguousarray(x)).float().requires_grad_()
    with torch.enable_grad():
        scores = critic.scores(place) if isinstance(critic, TogetherCritic) else critic(place)
        return scores.reshape(x.shape[:2]), place


def _slopes(critic: Any, x: FloatArray, *, hold: bool) -> FloatArray:
    """Return the gradient of the summed scores at each point, a batch's moments held or not."""
    if isinstance(critic, TogetherCritic):
        critic.hold(hold)
    scores, place = _scores(critic, x)
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(scores.sum(), place)
    if isinstance(critic, TogetherCritic):
        critic.hold(False)
    return np.asarray(slope.double().numpy())


# --- the patients ----------------------------------------------------------------------

#: What the healthy trainings, and all that were meant to be like them, have.
BOX, LAMBDA = 0.1, 1.0


@dataclass(frozen=True)
class Patient:
    """A training with one mistake.

    Attributes
    ----------
    diagnosis : str
        One of the diagnoses of the questions.
    meant : {"clipping", "penalty"}
        The rule that its author had in mind.
    settings : dict
        What ``examine`` is given.
    """

    diagnosis: str
    meant: str
    settings: dict[str, Any]


HEALTHY: dict[str, LipschitzRule] = {
    "clipping": WeightClipping(BOX),
    "penalty": GradientPenalty(LAMBDA),
}

#: In the order in which the book shows them.
PATIENTS: dict[int, Patient] = {
    1: Patient("sign-flip", "clipping",
               {"objective": GeneratorSignFlipped(), "lipschitz": HEALTHY["clipping"]}),
    2: Patient("sigmoid", "penalty", {"sigmoid": True, "lipschitz": HEALTHY["penalty"]}),
    3: Patient("norm-per-coordinate", "penalty", {"lipschitz": PenaltyPerCoordinate(LAMBDA)}),
    4: Patient("clip-before-step", "clipping", {"lipschitz": ClipBeforeStep(BOX)}),
    5: Patient("batch-norm", "penalty", {"batch_norm": True, "lipschitz": HEALTHY["penalty"]}),
    6: Patient("hinge", "clipping", {"objective": Hinge(), "lipschitz": NoConstraint()}),
    7: Patient("penalty-at-real", "penalty", {"lipschitz": PenaltyAtReal(LAMBDA)}),
}  # fmt: skip


def admit(number: int, data: Any, *, seeds: Sequence[int], **settings: Any) -> Chart:
    """Train one of the seven patients.

    Parameters
    ----------
    number : int
        From 1 to 7.
    data, seeds, **settings
        As in :func:`examine`.

    Returns
    -------
    Chart

    Examples
    --------
    >>> import wganlib as wg
    >>> small = dict(looks=(1, 2), width=4, measured=64)
    >>> admit(4, wg.ring_of_gaussians(), seeds=[0], **small).steps
    array([1., 2.])
    """
    number = check.integer(number, "number", at_least=1, at_most=len(PATIENTS))
    return examine(data, seeds=seeds, **PATIENTS[number].settings, **settings)

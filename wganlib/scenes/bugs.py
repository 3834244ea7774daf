"""Seven ways to get a WGAN wrong, trained with care and drawn as a doctor would look at them.

Each mistake is one small part that takes the place of a right one in ``wganlib.train``: an
objective, a Lipschitz rule, or a critic. Nothing else differs, so what the plots show is what the
mistake does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.lipschitz import (
    GradientPenalty,
    LipschitzRule,
    NoConstraint,
    State,
    WeightClipping,
)
from wganlib.networks import MLP, Passes
from wganlib.objectives import WGAN, Objective
from wganlib.scene import Axis, Mark, Panel, Readout, Scene, Slider, area, bars, line, points

#: The names that a reader chooses from.
DIAGNOSES: dict[str, str] = {
    "batch-norm": "the penalised critic has batch normalisation",
    "clip-before-step": "weights are clipped before the optimiser's step, not after it",
    "hinge": "the critic minimises a hinge loss, and nothing limits its slope",
    "norm-per-coordinate": "the penalty pulls every coordinate of the gradient to ±1",
    "penalty-at-real": "the gradient penalty is taken at real points only",
    "sigmoid": "a sigmoid was left on the critic's output",
    "sign-flip": "the generator's loss has the wrong sign",
}

# --- losses ----------------------------------------------------------------------------


class GeneratorSignFlipped(WGAN):
    """The generator minimises E f(g(z)), and so flees from where the critic sends it.

    Examples
    --------
    >>> GeneratorSignFlipped().generator_loss(torch.ones(1, 4))
    tensor([1.])
    """

    def generator_loss(self, fake: Tensor) -> Tensor:
        """Return E f(fake), with the wrong sign."""
        return fake.mean(-1)

    def generator_gradient(self, fake: Tensor) -> Tensor:
        """Return 1/m, with the wrong sign."""
        return torch.full_like(fake, 1 / fake.shape[-1])


class CriticSignFlipped(WGAN):
    """The critic minimises E f(x) − E f(g(z)), and so is high where the generator is.

    Examples
    --------
    >>> CriticSignFlipped().critic_loss(torch.ones(1, 4), torch.zeros(1, 4))
    tensor([1.])
    """

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return E f(real) − E f(fake), with the wrong sign."""
        return real.mean(-1) - fake.mean(-1)

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return its gradient."""
        at_real, at_fake = super().critic_gradient(real, fake)
        return -at_real, -at_fake

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return E f(real) − E f(fake)."""
        return critic_loss


class Hinge(WGAN):
    """The critic minimises E max(0, 1 − f(x)) + E max(0, 1 + f(g(z))).

    Source
    ------
    Lim and Ye (2017), Geometric GAN, equations 11 and 12: a loss of its own, and not a WGAN.

    Examples
    --------
    >>> Hinge().critic_loss(torch.ones(1, 4), -torch.ones(1, 4))
    tensor([0.])
    """

    linear = False

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the hinge loss."""
        return relu(1 - real).mean(-1) + relu(1 + fake).mean(-1)

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradient of a WGAN where the hinge is not satisfied, and 0 elsewhere."""
        at_real, at_fake = super().critic_gradient(real, fake)
        return at_real * (real < 1), at_fake * (fake > -1)

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return 2 less the loss: E f(real) − E f(fake) while all scores are within ±1."""
        return 2 - critic_loss


# --- rules -----------------------------------------------------------------------------


class ClipBeforeStep(WeightClipping):
    """Clip between gradient and step: the step then leads out of the box again.

    Examples
    --------
    >>> ClipBeforeStep(0.1).mixes
    True
    """

    mixes = True  # so that ``penalty`` is called, which is before the step

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Clip too early, and penalise nothing."""
        critic.flat.clamp_(-state["c"], state["c"])
        return None

    def project(self, critic: Passes, state: State) -> None:
        """Leave the parameters where the step has brought them."""


class PenaltyAtReal(GradientPenalty):
    """Penalise the slope at real points and nowhere else.

    Examples
    --------
    >>> PenaltyAtReal(1.0).weight
    1.0
    """

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Mix real points with themselves."""
        return super().penalty(critic, state, real, real, mixing)


class PenaltyPerCoordinate(GradientPenalty):
    """Pull the size of every coordinate of the gradient to 1, and not its norm.

    Examples
    --------
    >>> PenaltyPerCoordinate(1.0).weight
    1.0
    """

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Take the norm over an axis of length 1."""

        def rule(slope: Tensor) -> tuple[Tensor, Tensor]:
            excess = slope.abs() - 1
            value = state["weight"] * excess.square().mean((1, 2))
            return value, state["weight"] * 2 / excess[0].numel() * excess * slope.sign()

        return critic.penalise_gradient(_between(real, fake, mixing), rule)


class PenaltyOverBatch(GradientPenalty):
    """Pull the norm of the whole batch's gradient to 1, and not each point's.

    Examples
    --------
    >>> PenaltyOverBatch(1.0).weight
    1.0
    """

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Take the norm over points and coordinates together."""

        def rule(slope: Tensor) -> tuple[Tensor, Tensor]:
            norm = torch.linalg.vector_norm(slope.flatten(1), dim=1)
            push = 2 * state["weight"] * (norm - 1) / norm.clamp_min(1e-30)
            return state["weight"] * (norm - 1).square(), push[:, None, None] * slope

        return critic.penalise_gradient(_between(real, fake, mixing), rule)


def _between(real: Tensor, fake: Tensor, mixing: Tensor | None) -> Tensor:
    assert mixing is not None
    return torch.lerp(fake, real, mixing[..., None])


# --- critics that an MLP cannot be -----------------------------------------------------


class _Normalise(nn.BatchNorm1d):
    """Batch normalisation by the batch's own moments, which can be held still."""

    hold = False

    def forward(self, input: Tensor) -> Tensor:
        """Subtract the mean over the batch and divide by the standard deviation."""
        mean, var = input.mean(0), input.var(0, correction=0)
        if self.hold:
            mean, var = mean.detach(), var.detach()
        scaled = (input - mean) * torch.rsqrt(var + self.eps)
        return scaled * self.weight + self.bias


class TogetherGenerator(nn.Module):
    """The generators of all runs as one module: a point has a row for each run.

    Examples
    --------
    >>> TogetherGenerator([0, 1, 2], 8)(torch.zeros(5, 3, 2)).shape
    torch.Size([5, 3, 2])
    """

    def __init__(self, seeds: Sequence[int], width: int) -> None:
        super().__init__()
        self.net = MLP([2, width, width, width, 2], seed=seeds)

    def forward(self, z: Tensor) -> Tensor:
        """Return points (n, runs, 2) for noise of that shape."""
        out: Tensor = self.net(z.transpose(0, 1))
        return out.transpose(0, 1)


class TogetherCritic(nn.Module):
    """The critics of all runs as one module, with a sigmoid or with batch normalisation.

    Its output is the sum of the runs' scores, so that its gradient in the parameters of a run
    is that run's own.

    Examples
    --------
    >>> TogetherCritic([0, 1, 2], 8, batch_norm=True)(torch.zeros(5, 3, 2)).shape
    torch.Size([5, 1])
    >>> TogetherCritic([0, 1, 2], 8, sigmoid=True).scores(torch.zeros(3, 5, 2)).max() < 1
    tensor(True)
    """

    def __init__(
        self, seeds: Sequence[int], width: int, *, batch_norm: bool = False, sigmoid: bool = False
    ) -> None:
        super().__init__()
        self.net = MLP([2, width, width, width, 1], seed=seeds)
        self.sigmoid = sigmoid
        norms = [_Normalise(len(seeds) * width, track_running_stats=False) for _ in range(3)]
        self.norms = nn.ModuleList(norms if batch_norm else [])

    def scores(self, x: Tensor) -> Tensor:
        """Return the scores of points (runs, n, 2), shape (runs, n)."""
        *hidden, (last, shift) = self.net.layers()
        for i, (weight, bias) in enumerate(hidden):
            x = torch.baddbmm(bias, x, weight)
            if len(self.norms):
                x = x.transpose(0, 1)
                x = self.norms[i](x.flatten(1)).view(x.shape).transpose(0, 1)
            x = relu(x)
        out = torch.baddbmm(shift, x, last).flatten(1)
        return torch.sigmoid(out) if self.sigmoid else out

    def forward(self, x: Tensor) -> Tensor:
        """Return the summed scores of points (n, runs, 2), shape (n, 1)."""
        return self.scores(x.transpose(0, 1)).sum(0)[:, None]

    def hold(self, still: bool) -> None:
        """Let the batch's moments count as constants, or not."""
        for norm in self.norms:
            norm.hold = still  # type: ignore[assignment]


class _PenaltyByRun(GradientPenalty):
    """The gradient penalty where a point has a row for each run."""

    def penalty(
        self, critic: Passes, state: State, real: Tensor, fake: Tensor, mixing: Tensor | None
    ) -> Tensor | None:
        """Penalise each run's slope."""
        assert mixing is not None

        def rule(slope: Tensor) -> tuple[Tensor, Tensor]:
            norm = torch.linalg.vector_norm(slope, dim=3, keepdim=True)
            value = state["weight"] * (norm - 1).square().sum((2, 3)).mean(1)
            push = 2 * state["weight"] / slope.shape[1] * (norm - 1) / norm.clamp_min(1e-30)
            return value, push * slope

        return critic.penalise_gradient(torch.lerp(fake, real, mixing[..., None, None]), rule)


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
    from wganlib.optimisers import RMSProp
    from wganlib.training import train
    from wganlib.transport import wasserstein_1

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
    if together:
        if type(lipschitz) not in (GradientPenalty, WeightClipping):
            raise ValueError("lipschitz: expected clipping or the penalty with such a critic")
        if isinstance(lipschitz, GradientPenalty):
            lipschitz = _PenaltyByRun(lipschitz.weight)
        generator = TogetherGenerator(seeds, width)
        critic = TogetherCritic(seeds, width, batch_norm=batch_norm, sigmoid=sigmoid)
        extra, seed = {"noise_shape": (runs, 2)}, seeds[:1]

        def source(n: int, rng: np.random.Generator) -> FloatArray:
            return np.asarray(data.sample(n * runs, seed=rng)).reshape(n, runs, 2)
    else:
        generator = MLP([2, width, width, width, 2], seed=seeds)
        critic, seed = MLP([2, width, width, width, 1], seed=seeds), seeds
    stream = np.random.default_rng([seeds[0], 7])
    real, other = (
        np.asarray(data.sample(2 * runs * measured, seed=stream))
        .reshape(2, runs, measured, 2)
        .copy()
    )
    share = stream.random((runs, measured, 1))
    each = max(1, 64 // runs)
    found: list[tuple[Any, ...]] = []

    def look(state: Any) -> None:
        if state.step not in at:
            return
        drawn = state.sample(measured, seed=seeds[0] if together else seeds)
        fake = drawn.transpose(1, 0, 2) if together else drawn
        scores = [_scores(critic, x)[0] for x in (real, fake)]
        between = share * real + (1 - share) * fake
        slopes = [_slopes(critic, x, hold=True) for x in (real, between)]
        seen = _slopes(critic, between, hold=False) if batch_norm else slopes[1]
        net = critic.net if isinstance(critic, TogetherCritic) else critic
        assert isinstance(net, MLP)
        weights = net.flat.detach().double().numpy().copy()
        found.append(
            (
                [wasserstein_1(x, y) for x, y in zip(real, fake, strict=True)],
                objective.estimate(objective.critic_loss(*scores)).double().numpy(),
                *(np.linalg.norm(part, axis=2).mean(1) for part in (slopes[1], seen)),
                np.abs(weights).max(1),
                fake[0],
                *(part[:, :each].reshape(-1, 2) for part in slopes),
                weights,
            )
        )

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
        One of :data:`DIAGNOSES`.
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


def patient_figure(number: int, chart: Chart, healthy: Mapping[str, Chart]) -> Scene:
    """Draw a patient beside the healthy training that it was meant to be.

    Parameters
    ----------
    number : int
        From 1 to 7.
    chart : Chart
        The patient's.
    healthy : mapping of str to Chart
        ``"clipping"`` and ``"penalty"``, looked at in the same steps or longer.

    Returns
    -------
    Scene

    Examples
    --------
    >>> import wganlib as wg
    >>> small = dict(seeds=[0], looks=(1, 2), width=4, measured=64)
    >>> ring = wg.ring_of_gaussians()
    >>> both = {name: examine(ring, lipschitz=rule, **small) for name, rule in HEALTHY.items()}
    >>> patient_figure(4, admit(4, ring, **small), both).title
    'Patient 4, meant to clip: a training, step by step'
    """
    number = check.integer(number, "number", at_least=1, at_most=len(PATIENTS))
    patient = PATIENTS[number]
    clips = patient.meant == "clipping"
    within = isinstance(patient.settings["lipschitz"], WeightClipping)
    return chart_figure(
        chart,
        f"Patient {number}, meant to {'clip' if clips else 'penalise'}",
        healthy=healthy[patient.meant],
        circle=not clips,
        box=BOX if within else None,
    )


# --- figures ---------------------------------------------------------------------------


def chart_figure(
    chart: Chart,
    name: str,
    *,
    healthy: Chart | None = None,
    reach: float = 3.0,
    circle: bool = False,
    box: float | None = None,
) -> Scene:
    """Draw four views of a patient: points, estimate and truth, the critic's gradient, weights.

    Parameters
    ----------
    chart : Chart
    name : str
        Who it is, such as ``"Patient 1"``.
    healthy : Chart, optional
        The same training without a mistake, to compare with; looked at in the same steps, of
        which there may be more.
    reach : float
        Half the width of the picture of points, above 0.
    circle : bool
        Draw the circle of gradients of norm 1, which a penalty aims at.
    box : float, optional
        Show the weights around this bound only, and the bound, above 0.

    Returns
    -------
    Scene
        The slider goes through the looks and starts at the last. Curves are medians over the runs,
        shades their middle half.

    Raises
    ------
    TypeError, ValueError
        For anything but charts, and charts that were not looked at in the same steps.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), figure 3, with the exact distance beside the estimate.

    Examples
    --------
    >>> import wganlib as wg
    >>> small = dict(seeds=[0, 1], looks=(1, 3), width=8, measured=64)
    >>> scene = chart_figure(examine(wg.ring_of_gaussians(), **small), "A patient")
    >>> [panel.title for panel in scene.panels][:2]
    ['Real and generated points', 'What is reported, and the truth']
    """
    for value, title in ((chart, "chart"), (healthy, "healthy")):
        if not isinstance(value, Chart) and not (value is None and title == "healthy"):
            raise TypeError(f"{title}: expected a Chart, got {check.describe(value)}")
    if not isinstance(name, str):
        raise TypeError(f"name: expected text, got {check.describe(name)}")
    reach = check.real(reach, "reach", above=0)
    if box is not None:
        check.real(box, "box", above=0)
    if healthy is not None and not np.array_equal(healthy.steps[: chart.steps.size], chart.steps):
        raise ValueError("healthy: expected a chart looked at in the same steps, got others")
    readouts = [
        Readout("exact EM", np.median(chart.em, 1).tolist(), "em"),
        Readout("estimate", np.median(chart.estimate, 1).tolist(), "good"),
        Readout("slope", np.median(chart.slope, 1).tolist(), "q", spoken="mean slope"),
        Readout("largest weight", chart.weight.max(1).tolist(), "ink"),
    ]
    last = {r.label: r.texts[-1] for r in readouts}
    return Scene(
        f"{name}: a training, step by step",
        Slider(
            "step",
            "generator steps done",
            chart.steps.tolist(),
            len(chart.steps) - 1,
            digits=0,
            play=True,
        ),
        [
            _points(chart, reach),
            _course(chart, healthy),
            _gradients(chart, circle),
            _weights(chart, healthy, box),
        ],
        readouts,
        f"{name}. Real and generated points of one run; the estimate and exact EM over training; "
        "the critic's gradient at real points and between; a histogram of its weights. At the "
        f"end, in the median of {chart.em.shape[1]} runs, exact EM is {last['exact EM']}, the "
        f"estimate {last['estimate']} and the mean slope {last['slope']}; the largest weight is "
        f"{last['largest weight']}.",
    )


def _points(chart: Chart, reach: float) -> Panel:
    side = (-reach, 0.0, reach)
    inside = np.all(np.abs(chart.generated) <= reach, axis=-1, keepdims=True)
    fake = np.where(inside, chart.generated, np.nan)[:, :80].round(2)
    real = chart.real[:80].round(2)
    return Panel(
        "Real and generated points",
        Axis("x₁ (length)", -reach, reach, side),
        Axis("x₂ (length)", -reach, reach, side),
        [
            points(real[:, 0], real[:, 1], role="p", size=2.5, label="real"),
            points(fake[..., 0], fake[..., 1], role="js", size=2.5, label="generated"),
        ],
        equal=True,
    )


#: What is less is drawn here on an axis of logarithms.
LEAST = 1e-3


def _log(values: FloatArray) -> FloatArray:
    return np.asarray(np.log10(np.maximum(values, LEAST)))


def _course(chart: Chart, healthy: Chart | None) -> Panel:
    at = chart.steps
    curves: list[Mark] = []
    ends = [_log(np.array([chart.floor]))]
    for role, label, values in (("em", "exact EM", chart.em), ("good", "estimate", chart.estimate)):
        height = _log(values)
        low_half, high_half = np.quantile(height, [0.25, 0.75], axis=1)
        ends += [low_half, high_half]
        curves.append(area(at, low_half, high_half, role=role))
        middle = _log(np.median(values, 1))
        curves.append(line(at, middle, role=role, label=label))
        curves.append(points(at[:, None], middle[:, None], role=role, size=5))
    if healthy is not None:
        same = _log(np.median(healthy.em, 1))[: at.size]
        ends.append(same)
        curves.append(line(at, same, role="soft", dashed=True, label="exact EM, healthy"))
    every = np.concatenate([end.ravel() for end in ends])
    low = math.floor(every.min() * 2) / 2
    high = max(math.ceil(every.max() * 2) / 2, low + 0.5)
    decades = list(range(math.ceil(low), math.floor(high) + 1))
    decades = decades[:: 1 + len(decades) // 6]
    return Panel(
        "What is reported, and the truth",
        Axis("generator steps", 0, 1.02 * at[-1], (0, at[-1] / 2, at[-1])),
        Axis("length, log scale from 0.001", low, high, decades, [f"{10.0**k:g}" for k in decades]),
        curves,
    )


def _gradients(chart: Chart, circle: bool) -> Panel:
    settled = chart.steps >= chart.steps[-1] / 4
    largest = np.abs(np.concatenate([chart.at_between[settled], chart.at_real[settled]], 1))
    span = _round_up(float(np.quantile(largest, 0.995)) * 1.05)
    marks: list[Mark] = []
    if circle:
        turn = np.linspace(0, 2 * np.pi, 73)
        marks.append(line(np.cos(turn), np.sin(turn), role="soft", label="norm 1"))
    for values, role, label in (
        (chart.at_between, "q", "between"),
        (chart.at_real, "p", "at real points"),
    ):
        shown = np.where(np.all(np.abs(values) <= span, -1, keepdims=True), values, np.nan)
        digits = 2 - math.floor(math.log10(span))
        x, y = np.moveaxis(shown.round(digits), -1, 0)
        marks.append(points(x, y, role=role, size=2.5, label=label))
    return Panel(
        "The critic's gradient, one dot a point",
        Axis("∂f/∂x₁ (1/length)", -span, span, (-span, 0, span)),
        Axis("∂f/∂x₂ (1/length)", -span, span, (-span, 0, span)),
        marks,
        equal=True,
    )


def _round_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 5, 10 times a power of ten."""
    unit = 10.0 ** math.floor(math.log10(max(value, 1e-12)))
    return next(k * unit for k in (1.0, 1.5, 2.0, 3.0, 5.0, 10.0) if k * unit >= value * (1 - 1e-9))


def _weights(chart: Chart, healthy: Chart | None, box: float | None) -> Panel:
    """Draw all weights, or those near the wall of a box: the wall is the edge of a bin."""
    if box is None:
        width = _round_up(float(np.median(chart.weight[-1]))) / 50
        edges, ticks = width * np.arange(61.0), (0.0, 25 * width, 50 * width)
    else:
        width = box / 100
        edges, ticks = box + width * np.arange(-15.0, 16.0), (0.9 * box, box, 1.1 * box)
    middle = (edges[1:] + edges[:-1]) / 2
    share = np.array([_shares(frame, edges) for frame in chart.weights]).round(3)
    marks = [bars(middle, share, width=width, role="q", label="share of all")]
    top = float(share.max())
    if healthy is not None:
        usual = _shares(healthy.weights[-1], edges)
        top = max(top, float(usual.max()))
        marks.append(line(middle, usual, role="soft", dashed=True, label="healthy, at the end"))
    if box is not None:
        marks.append(line([box, box], [0, top], role="ink", label="c"))
    return Panel(
        "The critic's weights and biases" + (" near the wall" if box is not None else ""),
        Axis("absolute value", float(edges[0]), float(edges[-1]), np.round(ticks, 9).tolist()),
        Axis("share", 0, 1.1 * top, (0, round(top / 2, 2), round(top, 2))),
        marks,
    )


def _shares(values: FloatArray, edges: FloatArray) -> FloatArray:
    # What stands at the wall belongs to the bin below it: a bar beyond it would say "outside".
    # NumPy counts it above, and float32, which cannot hold 0.1, on either side.
    return np.asarray(np.histogram(np.abs(values) * (1 - 1e-6), edges)[0] / values.size)

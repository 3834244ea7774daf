"""What judges of two half-moons say to a generator that stands still: what is computed.

The generator is one of two half-moons in the plane, with four parameters: centre, radius,
angle. Many judges learn to tell it from the other, and at each look the gradient is taken that
the generator would get from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import expit
from torch import Tensor

from wganlib.distances.duality import transport_gradient
from wganlib.distances.measures import Gaussian
from wganlib.distances.transport import wasserstein_1
from wganlib.paper.study import Arrays, per_run
from wganlib.training.lipschitz import GradientPenalty
from wganlib.training.networks import MLP
from wganlib.training.objectives import WGAN, MinimaxGAN
from wganlib.training.one_side import train_critic
from wganlib.training.optimisers import Adam

Floats = npt.NDArray[Any]

#: Half the width of a central difference, in float64.
STEP = 1e-7
#: The noise vectors at which the generator is looked at.
Z = (np.arange(200) + 0.5) / 200


def moon(theta: npt.ArrayLike, z: Floats) -> Floats:
    """Return half a circle, z from 0 to 1 along it: the generator, shape (n, 2)."""
    x, y, radius, angle = np.asarray(theta, float)
    t = np.pi * z + angle
    made: Floats = np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], -1)
    return made


def jacobian(theta: npt.ArrayLike, z: Floats) -> Floats:
    """Return how each point moves with each of the four parameters, shape (n, 4, 2)."""
    _, _, radius, angle = np.asarray(theta, float)
    t = np.pi * z + angle
    out = np.stack([np.cos(t), np.sin(t)], -1)
    along = radius * np.stack([-np.sin(t), np.cos(t)], -1)
    shift = np.broadcast_to(np.eye(2)[:, None], (2, z.size, 2))
    made: Floats = np.stack([*shift, out, along], 1)
    return made


def parameter_gradient(theta: npt.ArrayLike, per_point: Floats) -> Floats:
    """Return the mean over z of the Jacobian times the gradient at each point: (..., 4)."""
    found: Floats = np.einsum("ipd,...id->...p", jacobian(theta, Z), per_point) / Z.size
    return found


def cosine(vectors: Floats, direction: Floats) -> Floats:
    """Return cosines of vectors (..., 4) with one direction; 0 for a vector that points nowhere."""
    lengths = np.linalg.norm(vectors, axis=-1) * np.linalg.norm(direction)
    found: Floats = np.divide(
        vectors @ direction, lengths, out=np.zeros_like(lengths), where=lengths > 0
    )
    return found


def em_gradient(settings: Mapping[str, Any]) -> Floats:
    """Return the gradient of EM in the generator's four parameters, from the optimal plan."""
    real, fake = (moon(settings[name], Z) for name in ("real", "fake"))
    return Z.size * parameter_gradient(settings["fake"], transport_gradient(real, fake))


def gains(settings: Mapping[str, Any], steps: Floats) -> Floats:
    """Return by how much each step (n, 4) of the generator brings the half-moons together."""
    real = moon(settings["real"], Z)
    now = wasserstein_1(real, moon(settings["fake"], Z))
    ends = [wasserstein_1(real, moon(np.array(settings["fake"]) - s, Z)) for s in steps]
    return now - np.array(ends)


class LeastSquares:
    """D itself is the output of the network, without a sigmoid: 1 for real, 0 for generated."""

    name, linear = "least_squares", False

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the squared errors of each run."""
        return ((real - 1) ** 2).mean(-1) + (fake**2).mean(-1)

    def critic_gradient(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return their derivatives at each score."""
        return 2 * (real - 1) / real.shape[-1], 2 * fake / fake.shape[-1]

    def generator_loss(self, fake: Tensor) -> Tensor:
        """Return minus the mean score."""
        return -fake.mean(-1)

    def generator_gradient(self, fake: Tensor) -> Tensor:
        """Return its derivative at each score."""
        return -torch.ones_like(fake) / fake.shape[-1]

    def estimate(self, critic_loss: Tensor) -> Tensor:
        """Return minus the loss."""
        return -critic_loss


#: What trains each judge: which generator it looks at, the noise on both curves, its objective.
JUDGES: dict[str, dict[str, Any]] = {
    "disjoint": {"at": "fake"},
    "crossing": {"at": "crossing"},
    "blurred": {"at": "fake", "blur": "blur"},
    "no-sigmoid": {"at": "fake", "objective": LeastSquares()},
    "critic": {"at": "fake", "objective": WGAN(), "lipschitz": GradientPenalty(10.0)},
}


def _curve(theta: list[float], blur: float) -> Callable[[int, np.random.Generator], Floats]:
    def take(n: int, rng: np.random.Generator) -> Floats:
        points = moon(theta, rng.random(n))
        return points + blur * rng.standard_normal((n, 2))

    return take


def _looked(
    settings: Mapping[str, Any],
    seeds: list[int],
    looks: list[int],
    *,
    at: str,
    blur: str = "",
    **how: Any,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Train judges; return x, the logits and their gradients there, and logits on real points."""
    real, fake = settings["real"], settings[at]
    width = settings["blur"] if blur else 0.0
    smear = width * np.random.default_rng(settings["smear"]).standard_normal((2, Z.size, 2))
    x, true = moon(fake, Z) + smear[0], moon(real, Z) + smear[1]
    shifts = STEP * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
    hidden = settings["hidden"]
    rules: dict[str, Any] = {"objective": MinimaxGAN(), "optimiser": Adam(settings["rate"])} | how
    trained = train_critic(
        MLP([2, hidden, hidden, 1], seed=seeds, dtype="float64"), _curve(real, width),
        _curve(fake, width), seed=seeds, steps=looks[-1], record_at=looks,
        probe=np.concatenate([*(x + shift for shift in shifts), true]),
        **rules,
    )  # fmt: skip
    here, right, left, up, down, on_real = np.split(trained.scores, 6, -1)
    slope = np.stack([right - left, up - down], -1) / (2 * STEP)
    return x, here, slope, on_real


def _last(values: Floats) -> npt.NDArray[np.float32]:
    """Keep an array (looks, runs, ...) with the runs last."""
    return per_run(np.moveaxis(values, 1, -1))


def tail(values: Floats) -> Floats:
    """Return the 99 % quantile of sizes over their median, along the last axis."""
    sizes = np.abs(values)
    found: Floats = np.quantile(sizes, 0.99, axis=-1) / np.median(sizes, axis=-1)
    return found


def _noise(theta: list[float], per_point: Floats, batch: int) -> Floats:
    """Return the spread of a batch's gradient over the size of the mean: (looks, runs)."""
    each = np.einsum("ipd,erid->erip", jacobian(theta, Z), per_point)
    spread = np.sqrt(each.var(2, ddof=1).sum(-1) / batch)
    found: Floats = spread / np.linalg.norm(each.mean(2), axis=-1)
    return found


def judged(name: str, settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train judges of one kind, and keep what a generator would get from them."""
    how, theta = JUDGES[name], settings[JUDGES[name]["at"]]
    x, logit, slope, on_real = _looked(settings, settings["seeds"], settings["looks"], **how)
    accuracy = ((on_real > 0).mean(-1) + (logit < 0).mean(-1)) / 2
    if name == "critic":
        gradient = parameter_gradient(theta, -slope)
        return {"gradient": _last(gradient), **_steps_taken(settings, "gradient", gradient)}
    if name == "no-sigmoid":
        quotient = slope / logit[..., None]
        return {
            "below_zero": per_run((logit < 0).mean(-1)),
            **_tails(quotient, np.abs(logit[-1]), np.linalg.norm(slope[-1], axis=-1)),
        }
    d = expit(logit)
    pulls = {"minimax": -d[..., None] * slope, "log_d": -expit(-logit)[..., None] * slope}
    kept: Arrays = {"accuracy": per_run(accuracy)}
    for loss, pull in pulls.items():
        gradient = parameter_gradient(theta, pull)
        kept[loss] = _last(gradient)
        if name == "disjoint":
            kept |= _steps_taken(settings, loss, gradient)
        kept[f"{loss}_noise"] = per_run(_noise(theta, pull, settings["batch"]))
    force = np.linalg.norm(pulls["minimax"], axis=-1)
    kept["strongest"] = per_run(np.sort(force, -1)[..., -10:].sum(-1) / force.sum(-1))
    if name == "crossing":
        near = np.linalg.norm(x[:, None] - moon(settings["real"], Z), axis=-1).min(1) < 0.1
        kept["near"] = per_run(force[..., near].sum(-1) / force.sum(-1))
        kept["median"] = per_run(np.median(force, -1))
    if name == "disjoint":
        steep = np.linalg.norm(slope, axis=-1) * d * (1 - d)
        reach = np.maximum(d.max(-1), steep.max(-1))
        size = np.linalg.norm(jacobian(theta, Z), axis=(1, 2)).mean()
        promised = np.where(reach < 0.5, size * reach / (1 - np.minimum(reach, 0.5)), np.nan)
        kept["promised"] = per_run(promised)
        kept["arrows"] = per_run(-pulls["minimax"][:, 0, ::8])
        kept |= _tails(pulls["log_d"], d[-1], steep[-1])
    return kept


def stages(settings: Mapping[str, Any]) -> dict[str, int]:
    """Return the places of the looks at a poor, a good and a perfect judge."""
    looks = np.array(settings["looks"])
    return {"poor": 0, "good": int(np.argmin(np.abs(looks - 60))), "perfect": looks.size - 1}


def _steps_taken(settings: Mapping[str, Any], loss: str, gradient: Floats) -> Arrays:
    """Take one step from each stage: of plain descent, and of the same length for all."""
    rate, kept = settings["generator_rate"], {}
    listened = gradient[list(stages(settings).values())]
    for name, step in (
        ("plain", listened),
        ("unit", listened / np.linalg.norm(listened, axis=-1, keepdims=True)),
    ):
        kept[f"{loss}_{name}"] = per_run([gains(settings, rate * each) for each in step])
    return kept


def _tails(quotient: Floats, level: Floats, slope: Floats) -> Arrays:
    """Keep the tail of each run, and the pooled sample of the figure at evenly spaced shares."""
    looks, runs = quotient.shape[:2]
    pooled = np.sort(np.abs(quotient[::2]).reshape(-(-looks // 2), -1), -1)
    places = ((np.arange(1000) + 0.5) / 1000 * pooled.shape[1]).astype(int)
    linked = [np.corrcoef(np.log(a), np.log(b))[0, 1] for a, b in zip(level, slope, strict=True)]
    return {
        "tail": per_run(tail(quotient.reshape(looks, runs, -1))),
        "linked": per_run(linked),
        "pooled": per_run(pooled[:, places]),
    }


def film(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train one judge, and keep what it says on a grid: the chapter's first picture."""
    left, right, bottom, top = settings["window"]
    x = left + (np.arange(40) + 0.5) / 40 * (right - left)
    y = bottom + (np.arange(30) + 0.5) / 30 * (top - bottom)
    one, looks = settings["seeds"][:1], settings["looks"]
    trained = train_critic(
        MLP([2, settings["hidden"], settings["hidden"], 1], seed=one, dtype="float64"),
        _curve(settings["real"], 0.0), _curve(settings["fake"], 0.0), seed=one,
        steps=looks[-1], objective=MinimaxGAN(), optimiser=Adam(settings["rate"]),
        probe=np.stack(np.meshgrid(x, y), -1).reshape(-1, 2), record_at=looks,
    )  # fmt: skip
    # Two decimals are more than a colour shows, and take a tenth of the room.
    return {"opinion": per_run(expit(trained.scores[:, 0]).round(2).reshape(-1, 30, 40))}


def first_step(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Let many judges for each seed take one step, and look before and after: the poor judge."""
    count, right, found = settings["poor"], em_gradient(settings), []
    for seed in settings["seeds"]:
        own = [settings["first_poor"] + count * seed + i for i in range(count)]
        _, logit, slope, _ = _looked(settings, own, [0, 1], at="fake")
        pull = parameter_gradient(settings["fake"], -expit(logit)[..., None] * slope)
        found.append(cosine(pull, right))
    return {"cosine": per_run(np.stack(found, -1))}


def bells_judged(settings: Mapping[str, Any], progress: bool) -> Arrays:
    """Train discriminators of two bells, on fresh points and on few; judge them by quadrature."""
    bells, seeds = [Gaussian(mean, 1.0) for mean in settings["bells"]], settings["seeds"]
    axis, p, q = _densities(settings)
    few = [bell.sample(settings["few"], seed=9 + i) for i, bell in enumerate(bells)]
    gaps: Arrays = {}
    pairs: dict[str, list[Any]] = {"fresh": bells, "few": few}
    for name, (real, fake) in pairs.items():
        scores = train_critic(
            MLP([1, settings["hidden"], settings["hidden"], 1], seed=seeds), real, fake,
            seed=seeds, steps=1500, batch=128, objective=MinimaxGAN(),
            optimiser=Adam(settings["rate"]), record_at=[150, 1500],
            probe=np.concatenate([axis, *(sample[:, 0] for sample in few)]),
        ).scores  # fmt: skip
        n = settings["few"]
        on_axis, on_p, on_q = np.split(scores, [axis.size, axis.size + n], -1)
        pays = p * -np.logaddexp(0, -on_axis) + q * -np.logaddexp(0, on_axis)
        gaps[name] = per_run(ceiling(settings) - np.trapezoid(pays, axis))
        own = -np.logaddexp(0, -on_p).mean(-1) - np.logaddexp(0, on_q).mean(-1)
        gaps[f"{name}_on_its_points"] = per_run(own)
    return gaps


def _densities(settings: Mapping[str, Any]) -> tuple[Floats, Floats, Floats]:
    axis = np.linspace(-7, 9, 1601)
    p, q = (np.exp(-((axis - m) ** 2) / 2) / np.sqrt(2 * np.pi) for m in settings["bells"])
    return axis, p, q


def ceiling(settings: Mapping[str, Any]) -> float:
    """Return 2 JS − 2 log 2 of the two bells, by quadrature."""
    axis, p, q = _densities(settings)
    s = np.log(p / q)
    return float(np.trapezoid(p * -np.logaddexp(0, -s) + q * -np.logaddexp(0, s), axis))

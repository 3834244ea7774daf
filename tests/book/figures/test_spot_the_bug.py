"""Seven mistakes: each is the mistake that it says, and nothing else; the charts are true."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch
from scipy.spatial.distance import cdist

import wganbook as book
import wganlib as wg
from wganbook.figures import spot_the_bug as bugs
from wganlib.paper import mistakes
from wganlib.training.networks import passes

SMALL = {"seeds": [0, 1], "looks": (1, 4), "width": 8, "measured": 64, "batch": 16}
RING = wg.ring_of_gaussians()


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# --- losses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "objective", [bugs.GeneratorSignFlipped(), bugs.CriticSignFlipped(), bugs.Hinge()]
)
def test_gradients_are_those_of_the_losses(objective):
    rng = torch.Generator().manual_seed(0)
    scores = [2 * torch.randn(3, 9, dtype=torch.float64, generator=rng) for _ in range(2)]
    for part in scores:
        part.requires_grad_()
    expected = torch.autograd.grad(objective.critic_loss(*scores).sum(), scores)
    for mine, right in zip(objective.critic_gradient(*scores), expected, strict=True):
        torch.testing.assert_close(mine, right)
    (right,) = torch.autograd.grad(objective.generator_loss(scores[1]).sum(), scores[1])
    torch.testing.assert_close(objective.generator_gradient(scores[1]), right)


def test_each_flip_is_of_one_side_alone():
    real, fake = torch.tensor([[3.0, 1.0]]), torch.tensor([[0.5, 1.0]])
    right, flips = wg.WGAN(), (bugs.GeneratorSignFlipped(), bugs.CriticSignFlipped())
    assert flips[0].generator_loss(fake) == -right.generator_loss(fake)
    assert flips[0].critic_loss(real, fake) == right.critic_loss(real, fake)
    assert flips[1].critic_loss(real, fake) == -right.critic_loss(real, fake)
    assert flips[1].generator_loss(fake) == right.generator_loss(fake)
    for objective in flips:
        assert objective.estimate(objective.critic_loss(real, fake)) == 1.25


def test_hinge_is_the_wgan_loss_within_the_margins_and_nothing_beyond():
    rng = torch.Generator().manual_seed(1)
    real, fake = torch.rand(2, 1, 20, generator=rng) * 1.9 - 0.95
    hinge, right = bugs.Hinge(), wg.WGAN()
    torch.testing.assert_close(hinge.critic_loss(real, fake) - 2, right.critic_loss(real, fake))
    for mine, other in zip(
        hinge.critic_gradient(real, fake), right.critic_gradient(real, fake), strict=True
    ):
        torch.testing.assert_close(mine, other)
    out = hinge.critic_gradient(real + 3, fake - 3)
    assert not any(part.any() for part in out)


# --- rules -----------------------------------------------------------------------------


def penalised(rule, weight):
    """The rule's penalty and its gradient, beside autograd's of a formula for the slopes."""
    net = wg.MLP([2, 8, 8, 1], seed=[0, 1], dtype="float64")
    rng = torch.Generator().manual_seed(2)
    real, fake = torch.randn(2, 2, 6, 2, dtype=torch.float64, generator=rng)
    mixing = torch.rand(2, 6, dtype=torch.float64, generator=rng)
    side = passes(net)
    side.gradient.zero_()
    with torch.no_grad():
        value = rule.penalty(side, rule.start(side), real, fake, mixing)

    def slopes(at):
        x = at.clone().requires_grad_()
        return torch.autograd.grad(net(x).sum(), x, create_graph=True)[0]

    between = mixing[..., None] * real + (1 - mixing[..., None]) * fake
    formula = weight(slopes(between), slopes(real))
    (expected,) = torch.autograd.grad(formula.sum(), net.flat)
    return value, side.gradient, formula.detach(), expected


@pytest.mark.parametrize(
    ("rule", "formula"),
    [
        (wg.GradientPenalty(0.7), lambda b, r: 0.7 * ((b.norm(dim=2) - 1) ** 2).mean(1)),
        (bugs.PenaltyAtReal(0.7), lambda b, r: 0.7 * ((r.norm(dim=2) - 1) ** 2).mean(1)),
        (bugs.PenaltyPerCoordinate(0.7), lambda b, r: 0.7 * ((b.abs() - 1) ** 2).mean((1, 2))),
        (bugs.PenaltyOverBatch(0.7), lambda b, r: 0.7 * (b.flatten(1).norm(dim=1) - 1) ** 2),
    ],
)
def test_penalties_are_their_formulas(rule, formula):
    value, gradient, expected_value, expected = penalised(rule, formula)
    torch.testing.assert_close(value, expected_value)
    torch.testing.assert_close(gradient, expected)


def test_an_early_clip_is_followed_by_a_step():
    net = wg.MLP([1, 4, 1], seed=0)
    side, rule = passes(net), bugs.ClipBeforeStep(0.1)
    side.flat.fill_(0.5)
    points = torch.zeros(1, 2, 1)
    assert rule.penalty(side, rule.start(side), points, points, None) is None
    assert float(side.flat.max()) == pytest.approx(0.1)
    side.flat.add_(0.01)
    rule.project(side, rule.start(side))
    assert float(side.flat.max()) == pytest.approx(0.11)


def test_the_longest_step_bounds_the_excess():
    """c + α/√(1 − decay), equation sb-eq-longest, reached by a first step and never passed."""
    lr, decay = 1e-3, 0.99
    longest = lr / math.sqrt(1 - decay)
    for seed in range(3):
        chart = bugs.examine(RING, **{**SMALL, "seeds": [seed]}, lipschitz=bugs.ClipBeforeStep(0.1))
        assert chart.weight.max() <= 0.1 + longest + 1e-7
    optimiser = wg.RMSProp(lr, decay)
    flat = torch.zeros(1, 1)
    optimiser.step(flat, torch.full((1, 1), 3.0), optimiser.start(flat))
    assert abs(float(flat)) == pytest.approx(longest, rel=1e-5)


# --- critics of all runs together ------------------------------------------------------


def test_together_is_apart():
    """Three runs in one module train as the same three in an MLP: no run sees another."""
    seeds, steps = [3, 4, 5], 4
    rng = np.random.default_rng(0)
    data, noise = rng.normal(size=(2, 16384, 3, 2))
    rule = wg.GradientPenalty(0.5)

    def at_once(rows):
        return lambda n, _: rows[:n]

    generator = bugs.TogetherGenerator(seeds, 8).double()
    critic = bugs.TogetherCritic(seeds, 8).double()
    starts = [[net.flat[i : i + 1].detach().clone() for i in range(3)]
              for net in (generator.net, critic.net)]  # fmt: skip
    wg.train(
        generator, critic, at_once(data), seed=0, steps=steps, batch=16, noise=at_once(noise),
        noise_shape=(3, 2), lipschitz=mistakes.PenaltyByRun(rule.weight),
        optimiser=wg.RMSProp(1e-3),
    )  # fmt: skip
    for i, seed in enumerate(seeds):
        alone = [wg.MLP([2, 8, 8, 8, out], seed=seed, dtype="float64") for out in (2, 1)]
        for network, start in zip(alone, starts, strict=True):
            torch.testing.assert_close(network.flat.detach(), start[i], atol=1e-6, rtol=0)
            network.flat.data.copy_(start[i])
        wg.train(
            *alone, at_once(data[:, i]), seed=0, steps=steps, batch=16, noise=at_once(noise[:, i]),
            lipschitz=rule, optimiser=wg.RMSProp(1e-3),
        )  # fmt: skip
        for together, single in zip((generator, critic), alone, strict=True):
            torch.testing.assert_close(together.net.flat[i], single.flat[0], atol=1e-9, rtol=0)


def test_batch_normalisation_is_torch_s():
    critic = bugs.TogetherCritic([0], 8, batch_norm=True)
    x = torch.randn(1, 32, 2, generator=torch.Generator().manual_seed(0))
    h = x[0]
    for (weight, bias), _ in zip(critic.net.layers()[:-1], critic.norms, strict=True):
        h = torch.nn.functional.batch_norm(h @ weight[0] + bias[0], None, None, training=True)
        h = torch.relu(h)
    weight, bias = critic.net.layers()[-1]
    torch.testing.assert_close(critic.scores(x)[0], (h @ weight[0] + bias[0])[:, 0])


def test_held_still_a_point_has_its_own_slope():
    """Finite differences of one point, with the batch's moments taken from the others' batch."""
    critic = bugs.TogetherCritic([0], 8, batch_norm=True).double()
    x = torch.randn(1, 16, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    critic.hold(True)
    place = x.clone().requires_grad_()
    (held,) = torch.autograd.grad(critic.scores(place).sum(), place)
    critic.hold(False)
    (summed,) = torch.autograd.grad(critic.scores(place).sum(), place)
    assert (held - summed).abs().max() > 0.05

    def frozen(points):
        """The network with the moments of x, written out."""
        h, still = points, x[0]
        for (weight, bias), norm in zip(critic.net.layers()[:-1], critic.norms, strict=True):
            h, still = h @ weight[0] + bias[0], still @ weight[0] + bias[0]
            scale = torch.sqrt(still.var(0, correction=0) + norm.eps)
            h, still = (torch.relu((part - still.mean(0)) / scale) for part in (h, still))
        weight, bias = critic.net.layers()[-1]
        return (h @ weight[0] + bias[0])[:, 0]

    step = 1e-6
    for axis in range(2):
        shift = torch.zeros(2, dtype=torch.float64)
        shift[axis] = step
        with torch.no_grad():
            slope = (frozen(x[0] + shift) - frozen(x[0] - shift)) / (2 * step)
        torch.testing.assert_close(held[0, :, axis], slope, atol=1e-6, rtol=1e-5)


# --- charts ----------------------------------------------------------------------------


@pytest.mark.parametrize("number", bugs.PATIENTS)
def test_every_patient_is_one_change_away_from_healthy(number):
    patient = bugs.PATIENTS[number]
    assert patient.diagnosis in bugs.DIAGNOSES
    changed = [
        patient.settings.get("objective") is not None,
        patient.settings["lipschitz"] != bugs.HEALTHY[patient.meant]
        or type(patient.settings["lipschitz"]) is not type(bugs.HEALTHY[patient.meant]),
        patient.settings.get("sigmoid", False),
        patient.settings.get("batch_norm", False),
    ]
    # The hinge patient has lost its box together with its loss, as the book says.
    assert sum(changed) == (2 if patient.diagnosis == "hinge" else 1)
    chart = bugs.admit(number, RING, **SMALL)
    assert chart.steps.tolist() == [1, 4]
    assert chart.em.shape == chart.estimate.shape == chart.slope.shape == (2, 2)
    exact = ot.emd2([], [], cdist(chart.real, chart.generated[1]))
    assert chart.em[1, 0] == pytest.approx(exact)
    assert np.isfinite(chart.weights).all()


def test_all_diagnoses_occur_once():
    assert sorted(p.diagnosis for p in bugs.PATIENTS.values()) == sorted(bugs.DIAGNOSES)


def test_a_chart_says_what_the_library_measures():
    """Estimate, slopes and weights of a healthy run, from the networks trained by hand."""
    generator, critic = (wg.MLP([2, 8, 8, 8, out], seed=[0, 1]) for out in (2, 1))
    chart = bugs.examine(RING, **SMALL, lipschitz=wg.GradientPenalty(1.0))
    wg.train(
        generator, critic, RING, seed=[0, 1], steps=4, batch=16,
        lipschitz=wg.GradientPenalty(1.0), optimiser=wg.RMSProp(1e-3),
    )  # fmt: skip
    fake = wg.generate(generator, 64, seed=[0, 1])
    np.testing.assert_allclose(chart.generated[1], fake[0])
    np.testing.assert_allclose(chart.weights[1], critic.flat.detach())
    norms = wg.training.gradient_norms(critic, chart.real)[0]
    each = len(chart.at_real[1]) // 2
    np.testing.assert_allclose(np.linalg.norm(chart.at_real[1][:each], axis=1), norms[:each],
                               rtol=1e-5)  # fmt: skip
    with torch.no_grad():
        score = [critic(torch.tensor(x).float())[0].mean() for x in (chart.real, fake[0])]
    assert chart.estimate[1, 0] == pytest.approx(float(score[0] - score[1]), abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "error", "name"),
    [
        ({"measured": 63}, ValueError, "measured"),
        ({"measured": 64.0}, TypeError, "measured"),
        ({"width": 0}, ValueError, "width"),
        ({"lr": 0}, ValueError, "lr"),
        ({"lr": "1"}, TypeError, "lr"),
        ({"looks": (1,)}, ValueError, "looks"),
        ({"looks": (0, 1)}, ValueError, "looks"),
        ({"looks": (2, 1)}, ValueError, "looks"),
        ({"looks": (1, 2.0)}, TypeError, "looks"),
        ({"batch": 0}, ValueError, "batch"),
        ({"objective": 1}, TypeError, "objective"),
        ({"lipschitz": 1}, TypeError, "lipschitz"),
        ({"batch_norm": True, "lipschitz": wg.SpectralNorm()}, ValueError, "lipschitz"),
    ],
)
def test_bad_settings_are_named(settings, error, name):
    with pytest.raises(error, match=f"^{name}"):
        bugs.examine(RING, **{**SMALL, **settings})


@pytest.mark.parametrize("bad", [0, 8, 1.0, "1", None])
def test_there_are_seven_patients(bad):
    with pytest.raises((ValueError, TypeError), match=r"^number: "):
        bugs.admit(bad, RING, **SMALL)
    with pytest.raises((ValueError, TypeError), match=r"^number: "):
        bugs.patient_figure(bad, None, {})


# --- figures ---------------------------------------------------------------------------


def test_the_figure_shows_the_chart():
    chart = bugs.admit(4, RING, **SMALL)
    healthy = bugs.examine(RING, **SMALL, lipschitz=wg.WeightClipping(0.1))
    both = {"clipping": healthy, "penalty": healthy}
    scene = bugs.patient_figure(4, chart, both)
    assert [r.label for r in scene.readouts] == ["exact EM", "estimate", "slope", "largest weight"]
    np.testing.assert_allclose(scene.readouts[0].values, np.median(chart.em, 1))
    np.testing.assert_allclose(scene.readouts[3].values, chart.weight.max(1))
    curve = next(m for m in scene.panels[1].marks if m.label == "exact EM")
    np.testing.assert_allclose(curve.at("y", 0), np.log10(np.median(chart.em, 1)), atol=1e-4)
    shade = next(m for m in scene.panels[1].marks if m.kind == "area")
    upper = np.quantile(np.log10(chart.em), 0.75, axis=1)
    np.testing.assert_allclose(shade.at("high", 0), upper, atol=1e-4)
    share = next(m for m in scene.panels[3].marks if m.kind == "bars")
    beyond = [h for x, h in zip(share.at("x", 1), share.at("height", 1), strict=True) if x > 0.1]
    outside = (np.abs(chart.weights[1]) > 0.1 * (1 + 1e-5)).mean()
    assert sum(beyond) == pytest.approx(outside, abs=2e-2)
    assert "near the wall" in scene.panels[3].title
    other = bugs.patient_figure(7, chart, both)
    assert any(m.label == "norm 1" for m in other.panels[2].marks)
    assert book.draw(scene, 1) is not None


def test_a_clipped_critic_stands_at_the_wall_and_not_beyond():
    chart = bugs.examine(RING, **SMALL, lipschitz=wg.WeightClipping(0.1))
    scene = bugs.chart_figure(chart, "Clipped", box=0.1)
    share = scene.panels[3].marks[0]
    wall = {round(x, 4): h for x, h in zip(share.at("x", 1), share.at("height", 1), strict=True)}
    assert wall[0.0995] > 0.05
    assert sum(h for x, h in wall.items() if x > 0.1) == 0, "a bar beyond says: outside"


@pytest.mark.parametrize(
    ("settings", "error", "name"),
    [
        ({"chart": 1}, TypeError, "chart"),
        ({"name": 1}, TypeError, "name"),
        ({"healthy": 1}, TypeError, "healthy"),
        ({"reach": 0}, ValueError, "reach"),
        ({"box": -1.0}, ValueError, "box"),
    ],
)
def test_bad_figures_are_refused(settings, error, name):
    chart = bugs.examine(RING, **SMALL)
    with pytest.raises(error, match=f"^({name})"):
        bugs.chart_figure(**{"chart": chart, "name": "A patient", **settings})


def test_charts_looked_at_in_other_steps_are_refused():
    chart = bugs.examine(RING, **SMALL)
    other = bugs.examine(RING, **{**SMALL, "looks": (1, 3)})
    with pytest.raises(ValueError, match=r"^healthy: "):
        bugs.chart_figure(chart, "A patient", healthy=other)

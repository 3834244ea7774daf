"""MLPs start as torch.nn.Linear does, and their written-out passes equal autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from tests import naive_wgan
from wganlib.training.networks import ACTIVATIONS, MLP, Traced, WrittenOut

torch.set_num_threads(1)

SIZES = st.lists(st.integers(1, 6), min_size=2, max_size=5)


def paired(shape):
    """GroupSort takes hidden units two by two."""
    if shape["activation"] != "groupsort":
        return shape
    first, *hidden, last = shape["sizes"]
    return shape | {"sizes": [first, *(2 * width for width in hidden), last]}


shapes = st.fixed_dictionaries(
    {
        "sizes": SIZES,
        "seed": st.lists(st.integers(0, 99), min_size=1, max_size=3),
        "activation": st.sampled_from(sorted(ACTIVATIONS)),
    }
).map(paired)


def close(a, b, tolerance=1e-12):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def points(network, n, seed=0):
    source = torch.Generator().manual_seed(seed)
    shape = (network.runs, n, network.sizes[0])
    return torch.randn(*shape, dtype=torch.float64, generator=source)


@given(shapes)
@settings(deadline=None, max_examples=40)
def test_forward_equals_torch_layers_run_by_run(shape):
    network = MLP(**shape, dtype="float64")
    x = points(network, 7)
    together = network(x)
    for run, seed in enumerate(shape["seed"]):
        alone = MLP(**shape | {"seed": seed}, dtype="float64")
        assert torch.equal(alone.flat[0], network.flat[run])
        close(naive_wgan.sequential(alone)(x[run]), together[run])
        close(alone(x[run]), together[run])


@given(shapes, st.integers(1, 9))
@settings(deadline=None, max_examples=60)
def test_backward_and_pull_back_equal_autograd(shape, n):
    network = MLP(**shape, dtype="float64")
    x = points(network, n).requires_grad_()
    out = network(x)
    cotangent = torch.cos(torch.arange(out.numel(), dtype=torch.float64)).view(out.shape)
    flat, inputs = torch.autograd.grad(out, [network.flat, x], cotangent)
    written = WrittenOut(network)
    with torch.no_grad():
        close(written.forward(x.detach()), out.detach())
        written.backward(cotangent)
        close(written.gradient, flat)
        written.gradient.fill_(7.0)
        written.forward(x.detach())
        close(written.pull_back(cotangent), inputs)
        assert (written.gradient == 7).all()


def rule(slope):
    norm = slope.norm(dim=2)
    return (norm - 1).square().sum(1), 2 * ((norm - 1) / norm)[:, :, None] * slope


@given(shapes, st.integers(1, 9))
@settings(deadline=None, max_examples=60)
def test_second_derivatives_equal_autograd(shape, n):
    shape["sizes"][-1] = 1
    network = MLP(**shape, dtype="float64")
    x = points(network, n).requires_grad_()
    (slope,) = torch.autograd.grad(network(x).sum(), x, create_graph=True)
    if bool((slope.detach().norm(dim=2) < 1e-9).any()):
        return  # a dead unit: the norm has no derivative there
    value, _ = rule(slope)
    (expected,) = torch.autograd.grad(value.sum(), network.flat, materialize_grads=True)
    written = WrittenOut(network)
    with torch.no_grad():
        written.backward(torch.ones_like(written.forward(x.detach())))
        before = written.gradient.clone()  # the penalty adds to what backward left
        close(written.penalise_gradient(x.detach(), rule), value.detach())
    close(written.gradient, expected + before, 1e-10)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_traced_and_written_out_agree(activation):
    network = MLP([2, 8, 8, 1], seed=1, activation=activation, dtype="float64")
    module = naive_wgan.sequential(network)
    names = [id(p) for p in module.parameters()]
    traced, written = Traced(module), WrittenOut(network)
    assert [id(p) for p in module.parameters()] == names
    x, cotangent = points(network, 5), torch.randn(1, 5, 1, dtype=torch.float64)

    def as_mlp():
        for layer in module:
            if isinstance(layer, torch.nn.Linear):
                yield layer.weight.grad.T.reshape(-1)
                yield layer.bias.grad

    with torch.no_grad():
        close(traced.forward(x), written.forward(x))
        traced.backward(cotangent)
        written.backward(cotangent)
        close(torch.cat(list(as_mlp())), written.gradient[0])
        close(traced.penalise_gradient(x, rule), written.penalise_gradient(x, rule))
        close(torch.cat(list(as_mlp())), written.gradient[0])
        before = traced.gradient.clone()
        traced.forward(x, inputs=True)
        written.forward(x)
        close(traced.pull_back(cotangent), written.pull_back(cotangent))
        assert torch.equal(traced.gradient, before)
        traced.flat.zero_()
    assert all((p == 0).all() for p in module.parameters())


@pytest.mark.parametrize(("activation", "low"), [("groupsort", 1.0), ("relu", 0.0)])
def test_groupsort_hands_on_every_gradient_whole(activation, low):
    """With orthonormal weights its slope is 1 wherever one looks; that of ReLU is not."""
    network = MLP([5, 4, 4, 1], seed=[0, 1], activation=activation, dtype="float64")
    with torch.no_grad():
        for weight, _ in network.layers():
            u, _, v = torch.linalg.svd(weight, full_matrices=False)
            weight.copy_(u @ v)
    x = points(network, 50).requires_grad_()
    (slope,) = torch.autograd.grad(network(x).sum(), x)
    norms = slope.norm(dim=2)
    close(norms.max().clamp(max=1), norms.max(), 1e-12)
    if low:
        close(norms, torch.ones_like(norms))
    else:
        assert norms.max() < 0.99


def test_groupsort_needs_pairs():
    with pytest.raises(ValueError, match=r"^sizes\[2\]: expected a multiple of 2, .*, got 5$"):
        MLP([2, 4, 5, 1], seed=0, activation="groupsort")
    assert MLP([3, 4, 5], seed=0, activation="groupsort").sizes == (3, 4, 5)


def test_initial_distribution_is_that_of_linear():
    network = MLP([64, 100, 1], seed=0, dtype="float64")
    (weight, bias), (last, _) = [(w.detach(), b.detach()) for w, b in network.layers()]
    for values, width in ((weight, 64), (bias, 64), (last, 100)):
        bound = 1 / width**0.5
        assert values.abs().max() <= bound
        uniform = (values.flatten().numpy() / bound + 1) / 2
        assert kstest(uniform, "uniform").pvalue > 1e-3
    reference = torch.nn.Linear(64, 100)
    assert reference.weight.abs().max() <= 1 / 8
    assert abs(float(reference.weight.detach().std()) - float(weight.std())) < 0.003


def test_generator_and_critic_of_one_seed_do_not_start_alike():
    generator, critic = MLP([2, 64, 2], seed=3), MLP([2, 64, 1], seed=3)
    first, second = generator.layers()[0][0], critic.layers()[0][0]
    assert abs(np.corrcoef(first.detach().flatten(), second.detach().flatten())[0, 1]) < 0.3


def test_precisions_start_alike():
    single, double = MLP([2, 8, 1], seed=0), MLP([2, 8, 1], seed=0, dtype="float64")
    assert torch.equal(single.flat, double.flat.float())


def test_wrong_points_are_refused():
    network = MLP([2, 8, 1], seed=[0, 1])
    for shape in ((2,), (5, 3), (1, 2, 5, 2)):
        with pytest.raises(ValueError, match=r"^x: expected points of shape \(n, 2\)"):
            network(torch.zeros(shape))


def test_state_dict_round_trip():
    one, other = MLP([2, 8, 1], seed=0), MLP([2, 8, 1], seed=1)
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.flat, other.flat)

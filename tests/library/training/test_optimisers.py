"""Equal to torch.optim's, alone and with a rate for each run."""

from __future__ import annotations

import pytest
import torch

from wganlib.training.optimisers import MOMENT_FLOOR, SGD, Adam, RMSProp

PAIRS = {
    "RMSProp": (RMSProp, torch.optim.RMSprop, {"lr": 1e-3}, {}),
    "RMSProp, own": (
        RMSProp,
        torch.optim.RMSprop,
        {"lr": 1e-2, "eps": 1e-4},
        {"decay": ("alpha", 0.9)},
    ),
    "Adam": (Adam, torch.optim.Adam, {"lr": 1e-3, "betas": (0.9, 0.999)}, {}),
    "Adam, no momentum": (Adam, torch.optim.Adam, {"lr": 1e-3, "betas": (0.0, 0.9)}, {}),
    "SGD": (SGD, torch.optim.SGD, {"lr": 1e-2}, {}),
}


def course(step, start, steps=300):
    """Move by gradients that vary in size over decades, with zeros among them."""
    for i in range(steps):
        source = torch.Generator().manual_seed(i)
        gradient = torch.randn(start.shape, dtype=start.dtype, generator=source)
        gradient *= 10.0 ** (torch.arange(start.shape[1]) % 12 - 8)
        gradient[:, ::7] = 0
        step(gradient)


@pytest.mark.parametrize("per_run", [False, True], ids=["one rate", "rates"])
@pytest.mark.parametrize("name", PAIRS)
def test_equal_to_torch(name, per_run):
    mine, theirs, shared, renamed = PAIRS[name]
    start = torch.randn(3, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(9))
    rates = [shared["lr"], shared["lr"] * 3, shared["lr"] / 3] if per_run else [shared["lr"]] * 3
    own = {key: value for key, (_, value) in renamed.items()}
    optimiser = mine(**shared | own | ({"lr": rates} if per_run else {}))
    flat = start.clone()
    state = optimiser.start(flat)
    course(lambda g: optimiser.step(flat, g, state), start)
    for run, rate in enumerate(rates):
        parameter = torch.nn.Parameter(start[run].clone())
        reference = theirs([parameter], **shared | {"lr": rate} | dict(renamed.values()))

        def step(gradient, parameter=parameter, reference=reference, run=run):
            parameter.grad = gradient[run].clone()
            reference.step()

        course(step, start)
        torch.testing.assert_close(flat[run], parameter.detach(), rtol=1e-12, atol=1e-12)


def test_gradients_are_not_changed():
    for optimiser in (RMSProp(), Adam(), Adam(betas=(0.5, 0.9)), SGD()):
        flat, gradient = torch.zeros(1, 4), torch.arange(4.0)[None]
        state = optimiser.start(flat)
        optimiser.step(flat, gradient, state)
        assert torch.equal(gradient, torch.arange(4.0)[None])


def test_no_moment_is_denormal():
    optimiser = RMSProp(decay=0.5)
    flat = torch.zeros(1, 4)
    state = optimiser.start(flat)
    optimiser.step(flat, torch.full((1, 4), 1e-3), state)
    for _ in range(400):
        optimiser.step(flat, torch.zeros(1, 4), state)
    assert float(state["square"].min()) == pytest.approx(MOMENT_FLOOR)

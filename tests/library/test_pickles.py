"""Whatever the library returns or raises goes through a process pool and comes back the same."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import multiprocessing
import pickle
import pkgutil
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from types import FunctionType

import numpy as np
import pytest
import torch

import wganbook as book
import wganlib as wg
from wganlib import cli_words
from wganlib.distances.boxes import Box
from wganlib.distances.certificates import UncertifiedError
from wganlib.distances.semidiscrete import semidiscrete_distance
from wganlib.paper import experiments
from wganlib.paper.floors import load_floors
from wganlib.training.records import TrainingFailed

SMALL = {"seed": 0, "steps": 2, "batch": 4}


def networks():
    return wg.MLP([2, 4, 2], seed=0), wg.MLP([2, 4, 1], seed=0)


def failing(_=None):
    spoiled = wg.SGD(1e30)
    wg.train(*networks(), wg.ring_of_gaussians(), **SMALL | {"steps": 40}, optimiser=spoiled,
             lipschitz=wg.NoConstraint())  # fmt: skip


def failure():
    with pytest.raises(TrainingFailed) as caught:
        failing()
    return caught.value


#: Classes that are no result: what the library works with, or shows.
INNER = {
    "WholePlan", "Cells", "Entries", "_Tree", "_Columns", "Method", "Chart", "Patient", "Guide",
    "ClipBeforeStep", "PenaltyAtReal", "PenaltyPerCoordinate", "PenaltyOverBatch", "PenaltyByRun",
    "Study", "Kept", "Finding", "Agreement",
    "Experiment", "Surroundings", "Fitted", "Published", "_Entry", "Cell", "Material", "Course",
    "Activation", "TrainingState", "Claim", "Measurement", "Choice",
}  # fmt: skip


def results():
    """One of everything that a public function returns."""
    x, y = np.random.default_rng(0).random((2, 6, 2))
    still, moved = wg.parallel_lines(0.5)
    digits = wg.load_images().subset(60, seed=0)
    judge = wg.images.train_classifier(digits, seed=0, epochs=1)
    critic = networks()[1]
    one, two = wg.Gaussian([0.0, 0.0], np.eye(2)), wg.Gaussian([1.0, 0.0], np.eye(2))
    held = wg.load_images(split="test")
    samples = digits.images[:12]
    figure = experiments.figure(1)
    return [
        failure(),
        experiments.Failure("text"),
        UncertifiedError("text"),
        experiments.Sweep([{"a": 1}], (0,), {}, {(0, 0): "text"}),
        cli_words.Usage("text"),
        wg.train(*networks(), wg.ring_of_gaussians(), **SMALL),
        wg.train_critic(critic, one, two, **SMALL),
        wg.train_generator(networks()[0], critic, seed=0, steps=2, points=3),
        wg.transport_plan(x, y),
        wg.kantorovich_potential(x, y),
        wg.distances.mcshane_extension(x[:2], [0.0, 0.01]),
        wg.sinkhorn_plan(x, y, regularisation=0.5),
        wg.lipschitz_critic(x, y),
        wg.distances.bounded_lipschitz_critic(x, y),
        wg.bounded_critic(x, y),
        wg.distances.kernel_critic(x, y, bandwidth=1.0),
        wg.distances.kernel_critic(x, x, bandwidth=1.0),
        wg.training.em_to_data(x, one, seed=0),
        wg.training.mode_coverage(x, y, 0.3),
        wg.training.correlation_along_training(*np.arange(36.0).reshape(2, 9, 2)),
        digits,
        judge,
        wg.images.class_coverage(samples, judge),
        wg.images.image_distance(samples, held, seed=0, classifier=judge),
        wg.images.nearest_images(samples, digits, held, seed=0),
        wg.images.measure_images(samples, digits, held, judge, seed=0),
        still, moved, one, wg.ring_of_gaussians(), wg.distances.swiss_roll(), wg.Points([0.0, 1.0]),
        wg.Histogram([0.0, 1.0, 2.0], [0.5, 0.5]),
        book.measure_sequence("leaking mass"),
        book.measure_sequence("leaking mass").exact(4),
        book.function_sequence("spikes"),
        book.function_sequence("spikes").exact(4),
        experiments.Training("ring"),
        semidiscrete_distance(np.arange(3.0), wg.Gaussian(0.0, 1.0), error=0.1),
        Box([0.0, 0.0], [1.0, 2.0]),
        load_floors(),
        figure,
        experiments.Difference("a", "b", 1.0, 2.0),
        experiments.Saved({}, []),
        *networks(),
        *experiments.OPTIMISERS.values(),
        *(objective.make() for objective in experiments.OBJECTIVES.values()),
        *(rule.make(*([1.0] if rule.option else [])) for rule in experiments.RULES.values()),
        *(optimiser.make(0.1) for optimiser in experiments.OPTIMISERS.values()),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return results()


def assert_same(a, b, where):
    assert type(a) is type(b), where
    if isinstance(a, torch.nn.Module):
        a, b = a.state_dict(), b.state_dict()
    if isinstance(a, (np.ndarray, torch.Tensor)):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=where)
    elif isinstance(a, dict):
        assert list(a) == list(b), where
        for name in a:
            assert_same(a[name], b[name], f"{where}.{name}")
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), where
        for i, (one, two) in enumerate(zip(a, b, strict=True)):
            assert_same(one, two, f"{where}[{i}]")
    elif hasattr(a, "todense"):
        np.testing.assert_array_equal(a.toarray(), b.toarray(), err_msg=where)
    elif isinstance(a, (FunctionType, partial)):
        assert_same(getattr(a, "keywords", {}), getattr(b, "keywords", {}), where)
    elif hasattr(a, "__dict__") and not isinstance(a, type):
        assert_same(dict(vars(a)), dict(vars(b)), where)
        if type(a).__str__ is not object.__str__:
            assert str(a) == str(b), where
    else:
        assert a == b or (a != a and b != b), where


def test_every_result_comes_back_the_same(found):
    for one in found:
        back = pickle.loads(pickle.dumps(one))
        assert_same(one, back, type(one).__name__)


def test_critics_compute_the_same(found):
    at = np.random.default_rng(1).random((5, 2))
    for one in found:
        if callable(one) and isinstance(
            one, (wg.distances.OptimalCritic, wg.distances.LipschitzExtension)
        ):
            np.testing.assert_array_equal(one(at), pickle.loads(pickle.dumps(one))(at))


def test_the_list_above_is_complete(found):
    """Every exception of ours and every class with fields, but for those that are no result."""
    seen = {type(one).__name__ for one in found} | INNER
    for module in pkgutil.walk_packages(wg.__path__, "wganlib."):
        if any(word in module.name for word in ("__main__", "scene", "widgets", "exercises")):
            continue
        for name, kind in vars(importlib.import_module(module.name)).items():
            if not inspect.isclass(kind) or kind.__module__ != module.name:
                continue
            if issubclass(kind, Exception) or dataclasses.is_dataclass(kind):
                assert name in seen, f"{module.name}.{name}"


@pytest.mark.slow
def test_a_failed_training_ends_in_a_process_pool():
    """The pool used to wait for ever, or lose all other results."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        with pytest.raises(TrainingFailed, match=r"generator step \d+: expected finite") as caught:
            pool.submit(failing).result()
        assert caught.value.history.steps > 0
        assert pool.submit(abs, -1).result() == 1

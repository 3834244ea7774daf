"""Named trainings and figures: what they refuse, keep, take up again and find."""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from tests.conftest import ROOT
from wganlib import cli_words
from wganlib.paper import experiments
from wganlib.paper.experiments import FIGURES, Experiment, Failure, Training

SMALL = {"width": 8, "depth": 1, "batch": 8, "evaluate_every": 0}


def test_it_loads_nothing_heavy_and_nothing_that_draws():
    code = (
        "import sys, wganlib.paper.experiments; print(*[m for m in "
        "('torch', 'ot', 'matplotlib', 'anywidget') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("", "")
    paths = sorted((ROOT / "wganlib" / "paper").glob("*.py"))
    assert len(paths) > 2
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"))
        named = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not named & {"wganbook.plots", "wganbook.widgets", "wganbook.figures", "matplotlib"}


def test_every_name_makes_what_it_says():
    for name, choice in experiments.DATASETS.items():
        points = choice.make().sample(5, seed=0)
        assert points.shape == (5, 2), name
    for name, choice in experiments.OBJECTIVES.items():
        assert choice.make().name == name.replace("-", "_")
    for choice in experiments.RULES.values():
        rule = choice.make(*([0.5] if choice.option else []))
        assert hasattr(rule, "project")
    assert experiments.RULES["one-sided-penalty"].make(0.5).one_sided is True
    assert experiments.RULES["penalty"].make(0.5).one_sided is False
    for name, choice in experiments.OPTIMISERS.items():
        assert (choice.make(0.1).name, choice.make(0.1).lr) == (name, 0.1)


def test_the_defaults_are_the_papers():
    """Algorithm 1: α = 0.00005, c = 0.01, m = 64, n_critic = 5, RMSProp, clipping."""
    usual = Training("ring")
    assert (usual.lr, usual.c, usual.batch, usual.n_critic) == (0.00005, 0.01, 64, 5)
    assert (usual.objective, usual.lipschitz, usual.optimiser) == ("wgan", "clipping", "rmsprop")
    assert Training("ring", "minimax").lipschitz == "none"
    assert Training("ring", lipschitz="penalty").penalty == 10


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"dataset": "rings"}, ValueError, "dataset: .*did you mean ring"),
        ({"dataset": None}, TypeError, "dataset: "),
        ({"objective": "gan"}, ValueError, "objective: "),
        ({"lipschitz": "clip"}, ValueError, "lipschitz: .*clipping"),
        ({"optimiser": 3}, TypeError, "optimiser: "),
        ({"lr": 0}, ValueError, "lr: "),
        ({"lr": "1"}, TypeError, "lr: "),
        ({"lr": math.nan}, ValueError, "lr: "),
        ({"c": -1.0}, ValueError, "c: "),
        ({"c": True}, TypeError, "c: "),
        ({"penalty": 1.0}, ValueError, "penalty: expected only with"),
        ({"lipschitz": "sphere"}, ValueError, "radius: "),
        ({"n_critic": 0}, ValueError, "n_critic: "),
        ({"batch": 1.0}, TypeError, "batch: "),
        ({"steps": -1}, ValueError, "steps: "),
        ({"width": 0}, ValueError, "width: "),
        ({"depth": -1}, ValueError, "depth: "),
        ({"evaluate_every": -1}, ValueError, "evaluate_every: "),
        ({"seeds": 3}, TypeError, "seeds: "),
        ({"seeds": []}, TypeError, "seeds: "),
        ({"seeds": "01"}, TypeError, "seeds: "),
        ({"seeds": [0, -1]}, ValueError, r"seeds\[1\]: "),
        ({"seeds": [1, 1]}, ValueError, "seeds: expected no seed twice"),
    ],
)
def test_bad_settings_are_named(settings, error, words):
    with pytest.raises(error, match=f"^{words}"):
        Training(**{"dataset": "ring", **settings})


def test_train_refuses_what_is_no_training():
    with pytest.raises(TypeError, match=r"^training: "):
        experiments.train("ring")
    with pytest.raises(ValueError, match=r"^device: "):
        experiments.train(Training("ring", **SMALL), device="abacus")


@pytest.mark.parametrize(
    "training",
    [
        Training("ring"),
        Training("grid", "minimax", seeds=range(3, 7), lr=1e-3),
        Training("ring", lipschitz="one-sided-penalty", penalty=0.1, depth=1),
        Training("ring", lipschitz="sphere", radius=2.0),
        Training("ring", lipschitz="none"),
        Training("ring", "minimax", lipschitz="clipping", c=0.3),
    ],
)
def test_the_command_repeats_the_training(training):
    """The command line, parsed again, gives the same settings."""

    words = training.command().split()[2:]
    known = vars(cli_words.train_parser().parse(words))
    names = Training.__dataclass_fields__.keys() - {"seeds"}
    seeds = range(known["first_seed"], known["first_seed"] + known["seeds"])
    again = Training(seeds=seeds, **{name: known[name] for name in names})
    assert again == training


def test_seeds_with_gaps_have_no_command():
    with pytest.raises(ValueError, match=r"^seeds: expected consecutive"):
        Training("ring", seeds=[0, 2]).command()


def test_a_training_equals_the_library_called_by_hand():
    import wganlib as wg

    seeds = [4, 5]
    settings = {**SMALL, "steps": 6, "seeds": seeds, "lr": 1e-3}
    history, failure = experiments.train(Training("grid", lipschitz="penalty", **settings))
    assert failure is None
    direct = wg.train(
        wg.MLP([2, 8, 2], seed=seeds),
        wg.MLP([2, 8, 1], seed=seeds),
        wg.grid_of_gaussians(),
        seed=seeds,
        steps=6,
        batch=8,
        lipschitz=wg.GradientPenalty(10.0),
        optimiser=wg.RMSProp(1e-3),
    )
    np.testing.assert_array_equal(history.critic_loss, direct.critic_loss)
    np.testing.assert_array_equal(history.generator_loss, direct.generator_loss)


def test_interval_is_students():
    values = np.random.default_rng(0).normal(size=9)
    mean, half = experiments.interval(values)
    low, high = stats.t.interval(0.95, 8, loc=values.mean(), scale=stats.sem(values))
    assert (mean - half, mean + half) == pytest.approx((low, high))
    assert experiments.interval([*values, math.nan]) == pytest.approx((mean, half))
    assert experiments.interval([1.0])[0] == 1.0
    assert math.isnan(experiments.interval([1.0])[1])
    assert math.isnan(experiments.interval([math.nan])[0])


# --- figures ---------------------------------------------------------------------------


def counted(calls: list[str]) -> Experiment:
    """An experiment of two quick parts that notes when it computes."""

    def part(name):
        def compute(settings, around):
            calls.append(name)
            return {"value": np.array([settings["base"] + len(name)])}

        return compute

    return Experiment(
        "A test", "none", {"base": 1}, {"one": part("one"), "three": part("three")},
        lambda settings, arrays: [{"sum": float(sum(a["value"][0] for a in arrays.values()))}],
        lambda settings, arrays: {"parts": len(arrays)},
    )  # fmt: skip


def test_a_figure_goes_on_with_the_parts_that_are_missing(tmp_path, monkeypatch):
    calls: list[str] = []
    monkeypatch.setitem(FIGURES, 99, counted(calls))
    result = experiments.figure(99, out=tmp_path)
    assert (result.rows, result.summary) == ([{"sum": 1 + 3 + 1 + 5.0}], {"parts": 2})
    assert calls == ["one", "three"]
    assert experiments.figure(99, out=tmp_path).rows == result.rows
    assert calls == ["one", "three"]
    (tmp_path / "three.npz").unlink()
    with pytest.raises(Failure, match=r"three\.npz: is missing"):
        experiments.read(tmp_path)
    experiments.figure(99, out=tmp_path)
    assert calls == ["one", "three", "three"]
    experiments.figure(99, out=tmp_path, fresh=True)
    assert calls[3:] == ["one", "three"]
    assert experiments.read(tmp_path).rows == result.rows
    (tmp_path / "one.npz").write_bytes(b"damaged")
    for look in (experiments.read, lambda path: experiments.figure(99, out=path)):
        with pytest.raises(Failure, match=r"one\.npz: damaged"):
            look(tmp_path)


def test_a_figure_with_other_settings_is_refused(tmp_path, monkeypatch):
    first = counted([])
    monkeypatch.setitem(FIGURES, 99, first)
    experiments.figure(99, out=tmp_path)
    other = Experiment(first.title, first.source, {"base": 2}, first.parts, first.table,
                       first.summary)  # fmt: skip
    monkeypatch.setitem(FIGURES, 99, other)
    with pytest.raises(Failure, match="holds a figure with base 1, not 2"):
        experiments.figure(99, out=tmp_path)
    with pytest.raises(Failure, match="holds a figure with base"):
        experiments.figure(1, out=tmp_path)
    with pytest.raises(Failure, match="holds a figure; name another"):
        experiments.train(Training("ring", steps=0, **SMALL), out=tmp_path)


def test_a_directory_that_says_nothing_of_its_files_is_left_alone(tmp_path):
    (tmp_path / "distances.npz").write_bytes(b"mine")
    with pytest.raises(Failure, match=r"no config\.json"):
        experiments.figure(1, out=tmp_path)
    assert (tmp_path / "distances.npz").read_bytes() == b"mine"


@pytest.mark.parametrize(("bad", "error"), [(9, ValueError), ("1", TypeError), (True, TypeError)])
def test_figures_that_are_not_there_are_refused(bad, error):
    with pytest.raises(error, match=r"^number: "):
        experiments.figure(bad)


def test_settings_are_what_json_keeps():
    for entry in FIGURES.values():
        assert json.loads(json.dumps(dict(entry.settings))) == dict(entry.settings)
    settings = Training("ring", seeds=range(3)).settings()
    assert json.loads(json.dumps(settings)) == settings


@pytest.mark.parametrize(
    "content",
    [
        "[]", "{}", '{"format": 1}', '{"format": 2, "kind": "training"}',
        '{"format": 1, "kind": "training", "settings": []}', "\xff",
    ],
)  # fmt: skip
def test_a_config_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "config.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(Failure, match=r"config\.json: damaged"):
        experiments.read(tmp_path)


def test_figure_1_is_example_1():
    found = experiments.figure(1)
    assert len(found.rows) == 41
    zero = next(row for row in found.rows if row["θ"] == 0)
    assert [zero[k] for k in ("EM", "JS", "TV", "KL", "KL back")] == pytest.approx([0] * 5)
    assert found.summary["smallest KL either way, θ ≠ 0"] == math.inf
    assert max(v for k, v in found.summary.items() if "KL" not in k) < 1e-12


def small_figure_2() -> experiments.Result:
    """Figure 2 with a tenth of the steps and three seeds."""
    entry = FIGURES[2]
    settings = {**entry.settings, "steps": 300, "width": 32, "depth": 2, "seeds": [0, 1, 2]}
    around = experiments.Surroundings()
    arrays = {name: compute(settings, around) for name, compute in entry.parts.items()}
    small = Experiment(entry.title, entry.source, settings, entry.parts, entry.table, entry.summary)
    return experiments.Result(small, arrays, 0.0)


def test_figure_2_compares_with_closed_forms_and_finds_what_the_paper_shows():
    result = small_figure_2()
    rows, summary = result.rows, result.summary
    for row in rows:
        p, q = stats.norm.pdf(row["x"], -3, 1), stats.norm.pdf(row["x"], 3, 1)
        assert row["best D"] == pytest.approx(p / (p + q), rel=1e-9)

    def half(x, a, b):
        p, q = stats.norm.pdf(x, a, 1), stats.norm.pdf(x, b, 1)
        return p * math.log(2 * p / (p + q)) if p > 0 else 0.0

    js = sum(quad(half, -12, 12, args=ab, points=[-3, 3])[0] / 2 for ab in ((-3, 3), (3, -3)))
    assert summary["JS, exact"] == pytest.approx(js, abs=1e-7)
    assert summary["EM, exact"] == 6
    assert 0 < summary["EM reported by f, over its largest slope"] < 6
    # The discriminator leaves the generator nothing at the fake mean; the critic does not.
    assert summary["pull of D at the fake mean, mean over seeds"] < 1e-2
    assert summary["pull of f there, largest slope = 1"] > 0.1
    assert all(row["pull of f"] > 0.05 for row in rows)

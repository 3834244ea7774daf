"""Figures 3 to 8 at a tiny size through the real path, and the results that the book keeps."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.signal import medfilt

import tests.strategies  # noqa: F401  (the hypothesis profile)
import wganlib as wg
from wganlib import archive, cli
from wganlib.paper import experiments, image_runs, images
from wganlib.paper.experiments import Failure, Surroundings

TINY = {
    "size": 8, "filters": 4, "noise": 4, "width": 8, "depth": 1, "batch": 8, "looks": 2,
    "updates a look": 12, "points": 40, "judge epochs": 1, "rates": {"wgan": 1e-3, "gan": 1e-3},
}  # fmt: skip


@pytest.fixture
def tiny(monkeypatch):
    """The small budget, smaller: everything else is as it is."""
    monkeypatch.setitem(images.BUDGETS, "small", {**images.BUDGETS["small"], **TINY})
    return images.experiment(6, seeds=2).settings


def same(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


# --- what there is ---------------------------------------------------------------------


def test_every_figure_reads_cells_that_exist():
    assert set(images.FIGURES) == {3, 4, 5, 6, 7, 8}
    for number, (_, names) in images.FIGURES.items():
        assert set(names) <= {*images.CELLS, images.TUNING}
        assert list(experiments.FIGURES[number].parts) == list(names)
    read = {name for _, names in images.FIGURES.values() for name in names}
    assert read == {*images.CELLS, images.TUNING}, "no cell that no figure reads"


def test_efforts_are_equal():
    """n_critic critic steps and one generator step: what UPDATES counts."""
    for budget in images.BUDGETS.values():
        for kind, updates in images.UPDATES.items():
            cell = images.Cell("", "dcgan", "dcgan", kind)
            told = {**budget, "weight": 1.0}
            assert images.method(cell, told, 1e-3)["n_critic"] + 1 == updates
            assert budget["updates a look"] % updates == 0


def test_the_networks_of_the_paper_budget_are_the_published_ones():
    """Counted by hand, layer by layer: kernels of 4×4, gains and shifts of batch norms."""
    settings = images.experiment(3, data="lsun", budget="paper").settings
    assert (settings["size"], settings["channels"], settings["c"]) == (64, 3, 0.01)
    widths = [100, 512, 256, 128, 64, 3]
    convolutions = sum(16 * a * b for a, b in itertools.pairwise(widths))
    counts = {
        "dcgan": convolutions + 2 * sum(widths[1:-1]),
        "plain": 16 * (100 * 64 + 3 * 64 * 64 + 64 * 3),
        "mlp": 101 * 512 + 3 * 513 * 512 + 513 * 3 * 64 * 64,
    }
    critic = [3, 64, 128, 256, 512, 1]
    score = sum(16 * a * b for a, b in itertools.pairwise(critic)) + 2 * (128 + 256 + 512)
    for name in ("dcgan-wgan", "plain-wgan", "mlp-gan"):
        cell = images.CELLS[name]
        pair = images.networks(cell, settings, seed=0)
        found = [sum(p.numel() for p in network.parameters()) for network in pair]
        assert found == [counts[cell.generator], score]
        with torch.no_grad():
            made = pair[0](torch.zeros(2, 100))
            assert made.shape == (2, 3, 64, 64)
            assert pair[1](made).shape == (2, 1)


def test_the_methods_are_the_papers():
    small = images.experiment(5).settings
    wgan = images.method(images.CELLS["plain-wgan"], small)
    assert (wgan["objective"].name, wgan["lipschitz"].c) == ("wgan", 0.01)
    assert wgan["optimiser"] == wgan["generator_optimiser"] == wg.RMSProp(small["rates"]["wgan"])
    gan = images.method(images.CELLS["mlp-gan"], small)
    assert gan["objective"].name == "non_saturating"
    assert gan["optimiser"] == wg.Adam(small["rates"]["gan"], (0.5, 0.999))
    moved = images.method(images.CELLS["momentum"], small)
    assert moved["optimiser"].inner == wg.Adam(small["rates"]["wgan"], (0.9, 0.999))
    assert moved["generator_optimiser"] == wg.RMSProp(small["rates"]["wgan"])
    high = images.method(images.CELLS["both-mlp-wgan"], small)
    assert high["optimiser"] == wg.RMSProp(10 * small["rates"]["wgan"])
    assert images.method(images.CELLS["mlp-gan"], small, 0.5)["optimiser"].lr == 0.5


def test_later_methods_are_those_of_their_papers():
    small = {**images.experiment(5).settings, "weight": 3.0}
    made = {
        kind: images.method(images.Cell("", "dcgan", "unnormalised", kind), small, 1e-3)
        for kind in ("penalty", "relativistic")
    }
    for told in made.values():
        assert told["optimiser"] == wg.Adam(1e-3, (0.0, 0.9))
    assert made["penalty"]["lipschitz"] == wg.GradientPenalty(3.0)
    assert made["relativistic"]["lipschitz"] == wg.training.ZeroCentredPenalty(3.0, both=True)
    assert made["relativistic"]["objective"].name == "relativistic"
    _, critic = images.networks(images.Cell("", "dcgan", "unnormalised", "penalty"), small, 0)
    assert not [m for m in critic.modules() if isinstance(m, torch.nn.BatchNorm2d)]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"number": 2}, ValueError, "number: "),
        ({"number": "3"}, TypeError, "number: "),
        ({"data": "minst"}, ValueError, "data: .*mnist"),
        ({"data": None}, TypeError, "data: "),
        ({"budget": "large"}, ValueError, "budget: "),
        ({"seeds": 0}, ValueError, "seeds: "),
        ({"seeds": [1, 1]}, ValueError, "seeds: "),
        ({"seeds": []}, ValueError, "seeds: "),
        ({"seeds": "3"}, TypeError, "seeds: "),
        ({"seeds": [0, -1]}, ValueError, r"seeds\[1\]: "),
    ],
)
def test_bad_arguments_are_named(arguments, error, words):
    with pytest.raises(error, match=f"^{words}"):
        images.experiment(**{"number": 3, **arguments})


def test_figures_in_the_plane_take_no_images():
    for name, value in {"data": "mnist", "seeds": 2, "budget": "small", "root": "x"}.items():
        with pytest.raises(ValueError, match=f"^{name}: expected only with figures 3 to 8"):
            experiments.figure(2, **{name: value})


@given(st.lists(st.floats(-9, 9), min_size=5, max_size=40), st.sampled_from([1, 3, 5]))
def test_the_median_filter_is_scipys_inside(values, width):
    half = width // 2
    ours = images.median_filter(values, width)
    np.testing.assert_array_equal(
        ours[half : len(values) - half], medfilt(values, width)[half : len(values) - half]
    )
    assert ours[0] == values[0]
    assert ours[-1] == values[-1]


def test_the_median_filter_refuses_even_windows():
    with pytest.raises(ValueError, match=r"^width: expected an odd number"):
        images.median_filter([1.0, 2.0], 2)
    with pytest.raises(ValueError, match=r"^curve: "):
        images.median_filter(np.zeros((2, 2, 2)), 1)


# --- the real path ---------------------------------------------------------------------


def test_a_cell_is_the_library_called_by_hand(tiny):
    part = experiments.FIGURES[6].parts["plain-gan"](tiny, Surroundings())
    cell = images.CELLS["plain-gan"]
    digits = wg.load_images(size=8)
    pair = images.networks(cell, tiny, seed=1)
    course = wg.train(*pair, digits, seed=1, steps=12, batch=8, device="cpu",
                      **images.method(cell, tiny))  # fmt: skip
    assert part["critic_loss"].shape == (2, 12)
    np.testing.assert_array_equal(part["critic_loss"][1], course.critic_loss[:, 0].astype("f4"))
    drawn = wg.generate(pair[0], 40, seed=images.SHEET_SEED)
    bytes_ = np.clip(np.round((drawn[:16] + 1) * 127.5), 0, 255)
    assert np.abs(part["sheet"][1].astype(float) - bytes_).max() <= 1
    test = wg.load_images(split="test", size=8)
    judge = wg.images.train_classifier(digits, seed=0, epochs=1)
    by_hand = wg.images.image_distance(drawn, test, seed=0, classifier=judge)
    assert part["feature"][1, -1] == by_hand.feature
    assert part["pixel"][1, -1] == by_hand.pixel
    assert part["covered"][1, -1] == wg.images.class_coverage(drawn, judge).covered


def test_a_killed_cell_goes_on_bit_for_bit(tiny, tmp_path, monkeypatch):
    """The process ends after the second look of the first seed; cosines are kept too."""
    compute = experiments.FIGURES[5].parts["momentum"]
    whole = compute(tiny, Surroundings())
    write, count = image_runs.write_arrays, []

    def dies(path, *rest):
        write(path, *rest)
        count.append(path)
        if len(count) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(image_runs, "write_arrays", dies)
    around = Surroundings(tmp_path / "momentum-checkpoint.npz")
    with pytest.raises(KeyboardInterrupt):
        compute(tiny, around)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["momentum-checkpoint-0-state.npz", "momentum-checkpoint-0.npz"]
    monkeypatch.setattr(image_runs, "write_arrays", write)
    again = compute(tiny, around)
    same(whole, again)
    assert whole["cosine"].shape == (2, 3)
    assert list(tmp_path.iterdir()) == [], "nothing of the way is left"


def test_a_cell_killed_between_its_two_files_starts_anew(tiny, tmp_path, monkeypatch):
    compute = experiments.FIGURES[6].parts["plain-wgan"]
    around = Surroundings(tmp_path / "plain-wgan-checkpoint.npz")
    write, count = image_runs.write_arrays, []

    def dies(path, *rest):
        count.append(path)
        if len(count) == 3:  # the training is at look 2, the record still at look 1
            raise KeyboardInterrupt
        write(path, *rest)

    monkeypatch.setattr(image_runs, "write_arrays", dies)
    with pytest.raises(KeyboardInterrupt):
        compute(tiny, around)
    monkeypatch.setattr(image_runs, "write_arrays", write)
    same(compute(tiny, Surroundings()), compute(tiny, around))


def test_a_damaged_record_is_one_sentence(tiny, tmp_path):
    (tmp_path / "c-0.npz").write_bytes(b"damaged")
    with pytest.raises(Failure, match=r"c-0\.npz: expected a run on images"):
        experiments.FIGURES[6].parts["plain-wgan"](tiny, Surroundings(tmp_path / "c.npz"))


def test_a_run_that_fails_is_said_and_the_others_stay(tiny):
    settings = {**tiny, "rates": {"wgan": 1e30, "gan": 1e30}, "seeds": [0]}
    part = experiments.FIGURES[6].parts["plain-gan"](settings, Surroundings())
    assert part["failed"][0] > 0
    assert np.isnan(part["feature"][0, -1])
    good = experiments.FIGURES[6].parts["plain-gan"](tiny, Surroundings())
    assert (good["failed"] == -1).all()


def test_figures_share_their_trainings_and_check_finds_what_was_changed(
    tiny, tmp_path, capsys, monkeypatch
):
    one = experiments.figure(6, seeds=2, out=tmp_path)
    assert [row["cell"] for row in one.rows] == ["plain-wgan", "plain-gan", "plain-gan-long"]
    stamp = (tmp_path / "plain-wgan.npz").stat().st_mtime_ns
    experiments.figure(7, seeds=2, out=tmp_path)
    assert (tmp_path / "plain-wgan.npz").stat().st_mtime_ns == stamp
    assert [row["cell"] for row in experiments.read(tmp_path).rows] == [
        "plain-wgan", "plain-gan", "plain-gan-long", "mlp-wgan", "mlp-wgan-long", "mlp-gan",
    ]  # fmt: skip
    config = experiments.read_config(tmp_path)
    assert config["settings"] == json.loads(json.dumps(dict(one.experiment.settings)))
    assert config["command"] == "wganlib figure 7 --data digits --budget small --seeds 2"
    assert config["finished"] is True
    with Image.open(tmp_path / "mlp-gan.png") as sheet:
        assert sheet.size == (16 * 9, 2 * 9)

    compared, differences = experiments.check(6, tmp_path)
    assert "plain-wgan/critic_loss" in compared
    assert differences == []
    assert cli.main(["figure", "6", "--check", str(tmp_path)]) == 0
    assert "arrays agree" in capsys.readouterr().out

    arrays, meta = archive.read_arrays(tmp_path / "plain-wgan.npz", experiments.PART)
    arrays["feature"][0, -1] *= 1.01
    archive.write_arrays(tmp_path / "plain-wgan.npz", experiments.PART, arrays, meta)
    (found,) = experiments.check(6, tmp_path)[1]
    assert (found.part, found.name) == ("plain-wgan", "feature")
    assert cli.main(["figure", "6", "--check", str(tmp_path), "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert [d["name"] for d in shown["differences"]] == ["feature"]

    (tmp_path / "plain-wgan.npz").write_bytes(b"damaged")
    with pytest.raises(Failure, match=r"plain-wgan\.npz: damaged"):
        experiments.check(6, tmp_path)
    monkeypatch.setitem(images.BUDGETS["small"], "c", 0.02)
    with pytest.raises(Failure, match=r"holds a result with c 0\.01, and 0\.02 is registered"):
        experiments.check(6, tmp_path)
    with pytest.raises(Failure, match=r"holds a figure with c 0\.01, not 0\.02"):
        experiments.figure(6, seeds=2, out=tmp_path)


def test_a_folder_of_images_without_classes_has_no_features(tiny, tmp_path):
    folder = tmp_path / "photographs"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(450):
        Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)).save(folder / f"{i:03}.png")
    kept = tmp_path / "out"
    found = experiments.figure(7, data="folder", root=folder, seeds=2, out=kept)
    for row in found.rows:
        assert math.isfinite(row["EM, pixels"])
        assert math.isnan(row["EM, features"])
    assert "photographs" not in (kept / "config.json").read_text("utf-8"), "no place of a machine"
    assert experiments.check(7, kept, root=folder)[1] == []


def test_check_of_a_closed_form_compares_all_of_it(tmp_path):
    experiments.figure(1, out=tmp_path)
    compared, differences = experiments.check(1, tmp_path)
    assert len(compared) == 6
    assert differences == []
    with pytest.raises(Failure, match="is no result"):
        experiments.check(1, tmp_path / "nothing")
    with pytest.raises(Failure, match="holds no trainings on images"):
        experiments.read_parts(tmp_path)

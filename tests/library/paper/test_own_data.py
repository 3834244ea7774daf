"""Data of the reader's own, from a file to samples of the generator, by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import wganlib as wg
from wganlib import cli
from wganlib.paper.experiments import Training, train
from wganlib.paper.own_data import read_points
from wganlib.training import saved_networks

POINTS = np.random.default_rng(0).normal(0, 1, (40, 3))
QUICK = ["--steps", "4", "--width", "8", "--batch", "8", "--evaluate-every", "2"]


def called(capsys, *words):
    status = cli.main(list(words))
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.csv", "\n".join(",".join(map(repr, row)) for row in POINTS.tolist())),
        ("p.csv", "x,y,z\n" + "\n".join(",".join(map(repr, row)) for row in POINTS.tolist())),
        ("p.csv", "﻿" + "\r\n".join(";".join(map(repr, row)) for row in POINTS.tolist())),
        ("p.tsv", "a\tb\tc\n" + "\n".join("\t".join(map(repr, r)) for r in POINTS.tolist())),
        ("p.txt", "\n".join(" ".join(map(repr, row)) for row in POINTS.tolist()) + "\n\n"),
    ],
)
def test_points_are_read_as_people_write_them(tmp_path, name, content):
    (tmp_path / name).write_bytes(content.encode())
    np.testing.assert_array_equal(read_points(str(tmp_path / name)), POINTS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1,2\n3\n", "a row of numbers for each point .*row 2"),
        ("1,2\n3,x\n", "a row of numbers for each point .*'x'"),
        ("1,2\n3,nan\n4,inf\n", "finite numbers .* 2 rows with none, the first is row 2"),
        ("x,y\n", "points in .*got none"),
        ("", "points in .*got none"),
        (b"\xff\xfe\x00", "expected text"),
    ],
)
def test_what_is_no_table_of_points_is_said(tmp_path, content, words):
    file = tmp_path / "p.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=rf"^dataset: .*{words}"):
        read_points(str(file))


def test_arrays_that_are_no_points_are_said(tmp_path):
    for array, words in (
        (np.zeros((2, 2, 2)), r"shape \(n, d\)"),
        (np.array(["a"]), "array of real numbers"),
        (np.array([[1.0, np.nan]]), "finite numbers"),
        (np.zeros((0, 2)), r"shape \(n, d\)"),
        (np.array([{}], dtype=object), r"a whole \.npy file"),
    ):
        np.save(tmp_path / "p.npy", array)
        with pytest.raises((TypeError, ValueError), match=words):
            read_points(str(tmp_path / "p.npy"))
    np.save(tmp_path / "p.npy", np.arange(5))
    assert read_points(str(tmp_path / "p.npy")).shape == (5, 1)


@pytest.mark.parametrize("seeds", [1, 2])
def test_from_points_to_samples(capsys, tmp_path, monkeypatch, seeds):
    monkeypatch.chdir(tmp_path)
    np.save("p.npy", POINTS)
    words = ["train", "p.npy", *QUICK, "--seeds", str(seeds)]
    status, out, _ = called(capsys, *words, "--out", "mine")
    assert status == 0
    assert "exact EM" in out
    status, _, err = called(capsys, *words, "--out", "mine")
    assert (status, "taken up again after generator step 4" in err) == (0, True)
    status, out, err = called(capsys, "sample", "mine", "-n", "5")
    assert status == 0
    assert ("run 0 of 2" in err) == (seeds == 2)
    shown = np.array([[float(x) for x in line.split(",")] for line in out.splitlines()])
    network = wg.load("mine")
    many = network if seeds == 1 else saved_networks.single(network, 0)
    np.testing.assert_allclose(shown, wg.generate(many, 5, seed=0), rtol=1e-7, atol=1e-9)
    # They are the weights that the training ended with.
    again = train(Training("p.npy", steps=4, width=8, batch=8, evaluate_every=2,
                           seeds=tuple(range(seeds))), out="other")[0]  # fmt: skip
    assert torch.equal(wg.load("other").flat, network.flat)
    assert again.samples.shape == (3, seeds, 500, 3)
    for name in ("new.csv", "new.npy"):
        assert called(capsys, "sample", "mine", "-n", "5", "--to", name)[0] == 0
    np.testing.assert_allclose(np.loadtxt("new.csv", delimiter=","), np.load("new.npy"), rtol=1e-7)
    assert called(capsys, "sample", "mine", "--run", "5")[0] == 2
    assert called(capsys, "sample", "nowhere")[0] == 1
    assert called(capsys, "sample", "mine", "--to", "new.mat")[0] == 2
    config = json.loads((tmp_path / "mine" / "config.json").read_text())
    assert config["settings"]["dataset"] == "p.npy"
    # Other points under the same name are other data.
    np.save("p.npy", POINTS + 1)
    status, _, err = called(capsys, *words, "--steps", "9", "--out", "mine")
    assert status == 2
    assert "data: expected" in err


def test_from_pictures_to_pictures(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pics").mkdir()
    for i in range(12):
        shade = np.random.default_rng(i).integers(0, 256, (12, 20, 3)).astype(np.uint8)
        Image.fromarray(shade).save(tmp_path / "pics" / f"{i}.png")
    words = ["train", "pics", *QUICK, "--size", "8", "--out", "faces"]
    assert called(capsys, *words)[0] == 0
    assert called(capsys, "sample", "faces", "-n", "3", "--to", "new")[0] == 0
    with Image.open(tmp_path / "new" / "00002.png") as image:
        assert (image.size, image.mode) == ((8, 8), "RGB")
    assert called(capsys, "sample", "faces", "-n", "3", "--to", "new.npy")[0] == 0
    assert np.load("new.npy").shape == (3, 3, 8, 8)
    status, _, err = called(capsys, "sample", "faces", "-n", "3")
    assert (status, "expected --to with pictures" in err) == (2, True)
    status, _, err = called(capsys, *words, "--seeds", "2", "--fresh")
    assert (status, "wganlib sweep" in err) == (2, True)
    grey = called(capsys, "train", "pics", *QUICK, "--size", "8", "--channels", "1")
    assert grey[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.csv",), "points or pictures at nothing.csv, got nothing"),
        (("ringg",), "did you mean ring?; or a file of points"),
        (("ring", "--size", "8"), "size: expected only with pictures"),
        (("p.mat",), "a .csv, .tsv, .txt or .npy file, or a folder or .zip of pictures"),
        (("ring", "--lipschitz", "penalty", "--penalty", "1e300"), "penalty: expected"),
    ],
)
def test_what_does_not_fit_is_one_sentence(capsys, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.mat").write_bytes(b"")
    status, out, err = called(capsys, "train", *words)
    assert status in (1, 2)
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "network",
    [
        wg.MLP([2, 4, 2], seed=0),
        wg.MLP([2, 4, 2], seed=[3, 4], activation="tanh", dtype="float64"),
        wg.images.DCGANGenerator(
            size=8, channels=1, noise=4, filters=4, seed=0, constant_filters=True
        ),
        wg.images.DCGANCritic(size=8, channels=1, filters=4, seed=0, batch_norm=False),
    ],
)
def test_networks_come_back(tmp_path, network):
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1)
    wg.training.save(network, tmp_path / "g.npz")
    back = wg.load(tmp_path / "g.npz")
    assert repr(back) == repr(network)
    for name, value in network.state_dict().items():
        assert torch.equal(value, back.state_dict()[name]), name


def test_other_networks_and_files_are_refused(tmp_path):
    with pytest.raises(TypeError, match=r"^network: expected one of MLP"):
        wg.training.save(torch.nn.Linear(2, 2), tmp_path / "g.npz")
    with pytest.raises(FileNotFoundError, match=r"generator\.npz"):
        wg.load(tmp_path)
    wg.History.empty(seeds=(0,)).save(tmp_path / "generator.npz")
    with pytest.raises(ValueError, match="expected a network file"):
        wg.load(tmp_path)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["train", "ring", *QUICK]])
def test_terminals_without_greek_letters(encoding, words):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONWARNINGS": ""}
    done = subprocess.run(
        [sys.executable, "-m", "wganlib", *words], capture_output=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding)
    if words[-1] == "--json":
        assert "σ" in json.loads(text)["datasets"]["ring"]
    elif words[0] == "list":
        assert ("σ" if encoding == "utf-8" else "sigma") in text
    assert "?" not in text


def test_two_commands_on_one_directory_are_told_apart(capsys, tmp_path):
    from wganlib import files as faults

    (tmp_path / "run").mkdir()
    words = ["train", "ring", *QUICK, "--out", str(tmp_path / "run")]
    with faults.alone(tmp_path / "run" / "config.json"):
        status, out, err = called(capsys, *words)
        assert (status, out) == (1, "")
        assert "Another process is at work on it" in err
    assert called(capsys, *words)[0] == 0

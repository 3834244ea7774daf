"""Bad calls of networks for images, of data sets and of what measures images."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

import wganlib as wg
from wganlib.images.classifier import train_classifier
from wganlib.images.sets import ImageSet

from ._values import (
    BAD_NUMBER,
    NAN,
    NOT_ARRAY,
    NOT_INTEGER,
    NOT_NUMBER,
    NOT_SEED,
    Row,
    rows,
)

#: A file that is there as long as the tests run.
FOLDER = tempfile.TemporaryDirectory()
FILE = str(Path(FOLDER.name) / "network.npz")
wg.training.save(wg.MLP([1, 1], seed=0), FILE)
NOT_PATH: list[Any] = [None, 1, b"x"]
NOT_FLAG: list[Any] = [None, 1, "yes"]
SHARED_KIND: dict[str, list[Any]] = {
    "size": NOT_INTEGER,
    "channels": NOT_INTEGER,
    "seed": NOT_SEED,
    "dtype": [None, 1],
}
SHARED_VALUE: dict[str, list[Any]] = {
    "channels": [0, -1],
    "seed": [-1],
    "dtype": ["float16"],
}

DRAW = np.random.default_rng(0)
TINY = ImageSet(
    DRAW.integers(0, 256, (12, 1, 4, 4)).astype(np.uint8), np.arange(12) % 3, ("a", "b", "c")
)
UNNAMED = ImageSet(TINY.pixels)
WIDE = ImageSet(np.zeros((12, 1, 4, 5), np.uint8), np.arange(12) % 3, ("a", "b", "c"))
JUDGE = train_classifier(TINY, seed=0, epochs=1)
FOREIGN = train_classifier(WIDE, seed=0, epochs=1)
SAMPLES = TINY.images[:4]
NOT_SET: list[Any] = [None, "digits", SAMPLES]
BAD_SAMPLES: list[Any] = [
    np.zeros((4, 16)),
    np.zeros((0, 1, 4, 4)),
    np.zeros((4, 1, 4, 5)),
    np.full((4, 1, 4, 4), NAN),
    TINY.pixels[:4],
    TINY.pixels[:4] / 255.0,
]
NOT_NAMES: list[Any] = ["ab", 1, [1, 2], [None]]

ROWS: list[Row] = [
    *rows(
        "ImageSet",
        {"pixels": TINY.pixels, "labels": TINY.labels, "classes": TINY.classes},
        wrong_kind={
            "pixels": [None, [[1]], TINY.images, TINY.pixels.astype(int)],
            "labels": [["a"] * 12, np.zeros(12)],
            "classes": NOT_NAMES,
            "name": [None, 1],
            "split": [None, 1],
            "top": NOT_INTEGER,
        },
        wrong_value={
            "pixels": [np.zeros((2, 4, 4), np.uint8), np.zeros((0, 1, 4, 4), np.uint8)],
            "labels": [None, np.arange(11) % 3, np.arange(12), np.arange(12) % 3 - 1],
            "classes": [["a", "b", "a"]],
            "top": [0, 256, 1],
        },
    ),
    *rows(
        "ImageSet",
        {"self": TINY, "n": 2, "seed": 0},
        wrong_kind={"n": NOT_INTEGER, "seed": NOT_SEED},
        wrong_value={"n": [0, -1, 13], "seed": [-1]},
        method="subset",
    ),
    *rows(
        "ImageSet",
        {"self": TINY, "n": 2, "seed": 0},
        wrong_kind={"n": NOT_INTEGER, "seed": NOT_SEED},
        wrong_value={"n": [0, -1], "seed": [-1]},
        method="sample",
    ),
    *rows(
        "load_images",
        {"name": "digits", "split": "test"},
        wrong_kind={
            "name": [None, 1],
            "root": [1, b"x", True],
            "split": [None, 1],
            "size": ["8", 8.0, True],
            "channels": ["1", 1.0, True],
            "classes": NOT_NAMES,
            "download": NOT_FLAG,
            "verify": NOT_FLAG,
            "progress": NOT_FLAG,
        },
        wrong_value={
            "name": ["digit", "imagenet"],
            "root": ["/"],
            "split": ["validation"],
            "size": [0, -1, 5000],
            "channels": [0, 2, 4],
            "classes": [[], ["ten"], ["1", "1"]],
        },
    ),
    *rows(
        "save",
        {"network": wg.MLP([1, 1], seed=0), "path": FILE},
        wrong_kind={"network": [None, "MLP", wg.MLP, torch.nn.Linear(1, 1)], "path": NOT_PATH},
        wrong_value={"path": ["", "a\0b"]},
    ),
    *rows(
        "load",
        {"path": FILE},
        wrong_kind={"path": NOT_PATH},
        wrong_value={"path": ["", "a\0b", __file__]},
    ),
    *rows("load_images", {"name": "folder"}, wrong_value={"root": [None]}),
    *rows("load_images", {"name": "lsun", "root": "x"}, wrong_value={"download": [True]}),
    *rows(
        "train_classifier",
        {"data": TINY, "seed": 0, "epochs": 1},
        wrong_kind={
            "data": NOT_SET,
            "seed": NOT_SEED,
            "epochs": NOT_INTEGER,
            "batch": NOT_INTEGER,
            "lr": NOT_NUMBER,
            "width": NOT_INTEGER,
        },
        wrong_value={
            "data": [UNNAMED, TINY.of_classes("a")],
            "seed": [-1],
            "epochs": [0],
            "batch": [0],
            "lr": [0.0, -1.0, *BAD_NUMBER],
            "width": [0],
        },
    ),
    *rows(
        "class_coverage",
        {"samples": SAMPLES, "classifier": JUDGE},
        wrong_kind={
            "samples": NOT_ARRAY,
            "classifier": [None, JUDGE.network],
            "share": NOT_NUMBER,
        },
        wrong_value={"samples": BAD_SAMPLES, "share": [-0.1, 1.1, *BAD_NUMBER]},
    ),
    *rows(
        "image_distance",
        {"samples": SAMPLES, "held_out": TINY, "seed": 0, "classifier": JUDGE},
        wrong_kind={
            "samples": NOT_ARRAY,
            "held_out": NOT_SET,
            "seed": NOT_SEED,
            "classifier": ["judge", JUDGE.network],
            "floors": [0, "no"],
        },
        wrong_value={
            "samples": BAD_SAMPLES,
            "held_out": [TINY.subset(7, seed=0)],
            "seed": [-1],
            "classifier": [FOREIGN],
        },
    ),
    *rows(
        "precision_recall",
        {"real": np.eye(5), "fake": np.eye(6, 5)},
        wrong_kind={"real": NOT_ARRAY, "fake": NOT_ARRAY, "k": [1.5, "3", None]},
        wrong_value={
            "real": [np.eye(3, 5), np.full((5, 5), np.nan)],
            "fake": [np.eye(6), np.eye(3, 5)],
            "k": [0, -1],
        },
    ),
    *rows(
        "nearest_images",
        {"samples": SAMPLES, "train": TINY, "held_out": TINY, "seed": 0},
        wrong_kind={
            "samples": NOT_ARRAY,
            "train": NOT_SET,
            "held_out": NOT_SET,
            "seed": NOT_SEED,
        },
        wrong_value={"samples": BAD_SAMPLES, "held_out": [WIDE], "seed": [-1]},
    ),
    *rows(
        "measure_images",
        {"samples": SAMPLES, "train": TINY, "held_out": TINY, "classifier": JUDGE, "seed": 0},
        wrong_kind={
            "samples": NOT_ARRAY,
            "train": NOT_SET,
            "held_out": NOT_SET,
            "classifier": [None, JUDGE.network],
            "seed": [*NOT_SEED, np.random.default_rng(0)],
        },
        wrong_value={
            "samples": BAD_SAMPLES,
            "train": [],
            "held_out": [TINY.subset(7, seed=0)],
            "classifier": [FOREIGN],
            "seed": [-1],
        },
    ),
    *rows(
        "DCGANGenerator",
        {"size": 8, "seed": 0},
        wrong_kind=SHARED_KIND
        | {
            "noise": NOT_INTEGER,
            "filters": NOT_INTEGER,
            "batch_norm": NOT_FLAG,
            "constant_filters": NOT_FLAG,
            "channels_last": NOT_FLAG,
        },
        wrong_value=SHARED_VALUE
        | {"size": [0, 4, 28, 48, 2048], "noise": [0, -1], "filters": [0, -1]},
    ),
    *rows(
        "DCGANCritic",
        {"size": 8, "seed": 0},
        wrong_kind=SHARED_KIND
        | {"filters": NOT_INTEGER, "batch_norm": NOT_FLAG, "channels_last": NOT_FLAG},
        wrong_value=SHARED_VALUE | {"size": [0, 4, 28, 48, 2048], "filters": [0, -1]},
    ),
    *rows(
        "MLPGenerator",
        {"size": 8, "seed": 0},
        wrong_kind=SHARED_KIND | {"noise": NOT_INTEGER, "width": NOT_INTEGER, "depth": NOT_INTEGER},
        wrong_value=SHARED_VALUE | {"size": [0, -8], "noise": [0], "width": [0], "depth": [-1]},
    ),
    *rows(
        "MLPCritic",
        {"size": 8, "seed": 0},
        wrong_kind=SHARED_KIND | {"width": NOT_INTEGER, "depth": NOT_INTEGER},
        wrong_value=SHARED_VALUE | {"size": [0, -8], "width": [0], "depth": [-1]},
    ),
]

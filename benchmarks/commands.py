"""What the quick commands and the reading of images cost, beside an older commit.

``python -m benchmarks.commands --old 24f0921`` clones that commit, and lets a process of each
side take turns: ``wganlib --help``, ``list`` and ``info``, whose answer is mostly imports, in CPU
seconds of the whole process; and ``load_images`` of 60,000 images of MNIST's size from idx files
and of 50,000 JPEGs in a zip, in CPU seconds of that call alone, beside zlib's share of the former.
The images are noise, those like MNIST's in a sixth of their pixels, as strokes are. A table, and
JSON with ``--json PATH``; ``--quick`` takes a hundredth of the images.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.harness import Comparison, compare, environment, table, write_json

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (["--help"], ["list"], ["info"], ["train", "--help"])
READ = """
import sys, time
import wganlib
load, (name, root, count) = wganlib.load_images, sys.argv[1:]
start = time.process_time()
found = load(name, root=root, verify=False, split="all" if name == "folder" else "train")
print(time.process_time() - start)
assert len(found.pixels) == int(count), len(found.pixels)
"""
UNPACK = """
import pathlib, sys, time, zlib
files = sorted(pathlib.Path(sys.argv[1]).glob("train-*.gz"))
start = time.process_time()
for file in files:
    zlib.decompress(file.read_bytes(), 31)
print(time.process_time() - start)
"""


class Clock:
    """Tells how much time has been counted so far, by whatever counts it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """Return the seconds counted so far."""
        return self.seconds


def run(tree: Path, words: list[str]) -> tuple[float, str]:
    """Return the CPU seconds of a Python process in a tree, and what it printed."""
    surroundings = {
        **os.environ,
        "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'book'}",
        "OMP_NUM_THREADS": "1",
    }
    with tempfile.TemporaryFile("w+") as out:
        running = subprocess.Popen([sys.executable, *words], env=surroundings, stdout=out, cwd=tree)
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if running.returncode:
        raise RuntimeError(f"{' '.join(words[:4])} in {tree.name}: exit {running.returncode}")
    return used.ru_utime + used.ru_stime, said


def whole(words: list[str]) -> Callable[[Path], float]:
    """Return what tells the CPU seconds of a process in a tree."""
    return lambda tree: run(tree, words)[0]


def said(words: list[str]) -> Callable[[Path], float]:
    """Return what tells the seconds that a process in a tree has measured and printed."""
    return lambda tree: float(run(tree, words)[1])


def beside(
    task: str,
    trees: Mapping[str, Path],
    cost: Callable[[Path], float],
    rounds: int,
    bound: Callable[[Path], float] | None = None,
) -> Comparison:
    """Compare what a task costs in two trees, the second one the older, and what bounds both."""
    clock = Clock()

    def candidate(cost: Callable[[Path], float], tree: Path) -> Callable[[], None]:
        def work() -> None:
            clock.seconds += cost(tree)

        return work

    new, old = trees
    candidates = {name: candidate(cost, tree) for name, tree in trees.items()}
    if bound is not None:
        candidates["zlib alone"] = candidate(bound, trees[new])
    return compare(
        task,
        candidates,
        old,
        rounds=rounds,
        at_least=0.0,
        peers=[old],
        targets={new: 2.0},
        clock=clock,
    )


def write_idx(folder: Path, count: int, rng: np.random.Generator) -> None:
    """Write images and labels as MNIST is published, noise in the middle of each."""
    pixels = np.zeros((count, 28, 28), np.uint8)
    pixels[:, 8:20, 9:20] = rng.integers(0, 256, (count, 12, 11), dtype=np.uint8)
    labels = np.arange(count, dtype=np.uint8) % 10
    folder.mkdir(parents=True)
    for name, array in (("images-idx3", pixels), ("labels-idx1", labels)):
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        with gzip.open(folder / f"train-{name}-ubyte.gz", "wb", compresslevel=1) as file:
            file.write(head + array.tobytes())


def write_zip(target: Path, count: int, rng: np.random.Generator) -> None:
    """Write JPEGs of 32 by 32 pixels in ten folders of one zip; a thousand differ."""
    from PIL import Image

    made = []
    for pixels in rng.integers(0, 256, (min(count, 1000), 32, 32, 3), dtype=np.uint8):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG")
        made.append(file.getvalue())
    with zipfile.ZipFile(target, "w") as archive:
        for i in range(count):
            archive.writestr(f"class-{i % 10}/{i:05}.jpg", made[i % len(made)])


def main() -> None:
    """Clone the older commit, and compare; a table, and JSON with ``--json PATH``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", default="24f0921", help="the commit to compare with [24f0921]")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, fewer images")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    options = parser.parse_args()
    rounds, share = (2, 100) if options.quick else (9, 1)
    rng = np.random.default_rng(0)
    results = []
    with tempfile.TemporaryDirectory() as place:
        older = Path(place) / "older"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(older)], check=True)
        subprocess.run(["git", "-C", str(older), "checkout", "-q", options.old], check=True)
        trees = {"this tree": ROOT, options.old: older}
        for words in COMMANDS:
            task = f"wganlib {' '.join(words)}"
            results.append(beside(task, trees, whole(["-m", "wganlib", *words]), rounds))
        root = Path(place) / "sets"
        write_idx(root / "mnist", 60_000 // share, rng)
        write_zip(root / "pictures.zip", 50_000 // share, rng)
        for name, where, count in (
            ("mnist", root, 60_000 // share),
            ("folder", root / "pictures.zip", 50_000 // share),
        ):
            read = ["-c", READ, name, str(where), str(count)]
            bare = said(["-c", UNPACK, str(where / name)]) if name == "mnist" else None
            task = f"load_images: {name}, {count} images"
            results.append(beside(task, trees, said(read), rounds, bare))
    print(table(results))
    if options.json:
        found = [asdict(result) for result in results]
        packages = environment("numpy", "pillow", "torch")
        write_json(options.json, {"environment": packages, "results": found})


if __name__ == "__main__":
    main()

"""Data sets of images: what is read, from tiny files; and every fault, named by its file."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import os
import pickle
import subprocess
import sys
import tarfile
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import wganlib as wg
from wganlib.images import published as files_of
from wganlib.images.published import FILES
from wganlib.images.sets import OBJECTS, ImageSet, load_images

#: Files that no test downloads; never there in CI.
DATA = Path(
    os.environ.get("WGANLIB_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data"
)


def there(name):
    return pytest.mark.skipif(
        not (DATA / name).is_dir() or os.environ.get("CI") == "true",
        reason=f"no {DATA / name}: real files are NOT tested",
    )


RNG = np.random.default_rng(0)
SHADES = RNG.integers(0, 256, (20, 3, 4)).astype(np.uint8)
TURNS = (np.arange(20) % 10).astype(np.uint8)


@pytest.fixture(autouse=True)
def _no_home(monkeypatch, tmp_path):
    """No test reads what is on the machine by accident."""
    monkeypatch.setenv("WGANLIB_DATA", str(tmp_path / "nowhere"))


def idx(array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def mnist(root, name="mnist", images=SHADES, labels=TURNS):
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    for role, item in FILES[name].items():
        content = idx(images if role.endswith("images") else labels)
        (folder / item.file).write_bytes(gzip.compress(content))
    return folder


def png(array, mode=None, kind="PNG"):
    image, stream = Image.fromarray(array), io.BytesIO()
    (image if mode is None else image.convert(mode)).save(stream, kind)
    return stream.getvalue()


def colour(n, size=4, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3)).astype(np.uint8)


def folder(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def packed(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


# --- a set of images ---------------------------------------------------------------------


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    source = load_digits()
    whole = load_images(split="all")
    np.testing.assert_array_equal(whole.images[:, 0], source.images / 8 - 1)
    np.testing.assert_array_equal(whole.labels, source.target)
    train, test = load_images(), load_images(split="test")
    assert len(train) + len(test) == 1797
    rows = {one.pixels[i].tobytes() for one in (train, test) for i in range(len(one))}
    assert rows == {whole.pixels[i].tobytes() for i in range(1797)}
    share = np.bincount(test.labels) / np.bincount(whole.labels)
    np.testing.assert_allclose(share, 1 / 5, atol=0.01)


def test_samples_are_drawn_uniformly_with_replacement():
    images = ImageSet(np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1), top=4)
    drawn = images.sample(5000, seed=1)
    assert drawn.dtype == np.float32
    values, counts = np.unique(drawn, return_counts=True)
    np.testing.assert_array_equal(values, [-1, -0.5, 0, 0.5, 1])
    assert np.abs(counts / 5000 - 0.2).max() < 0.03
    np.testing.assert_array_equal(drawn, images.sample(5000, seed=1))


def test_subset_and_classes_keep_what_belongs_together():
    images = load_images()
    some = images.subset(300, seed=0)
    assert len({some.pixels[i].tobytes() for i in range(300)}) == 300
    two = images.of_classes("7", "1")
    assert two.classes == ("7", "1")
    np.testing.assert_array_equal(two.pixels[two.labels == 1], images.pixels[images.labels == 1])
    np.testing.assert_array_equal(two.pixels[two.labels == 0], images.pixels[images.labels == 7])
    same = load_images(classes=["7", "1"])
    np.testing.assert_array_equal(same.pixels, two.pixels)
    np.testing.assert_array_equal(same.labels, two.labels)
    with pytest.raises(ValueError, match=r"^names\[0\]: expected one of"):
        images.of_classes("ten")
    with pytest.raises(ValueError, match="at least one class"):
        images.of_classes()
    with pytest.raises(ValueError, match="a set with classes"):
        ImageSet(images.pixels, top=16).of_classes("1")
    with pytest.raises(ValueError, match="classes with images"):
        ImageSet(two.pixels[:1], np.array([0]), ("a", "b"), top=16).of_classes("b")


def test_train_takes_a_set_and_knows_it_again(tmp_path):
    settings = {"seed": 0, "batch": 4, "checkpoint": tmp_path / "a.npz"}
    small = {"size": 8, "channels": 1, "seed": 0, "filters": 4}
    pair = lambda: (wg.images.DCGANGenerator(**small), wg.images.DCGANCritic(**small))  # noqa: E731
    images = load_images().subset(50, seed=0)
    wg.train(*pair(), images, steps=2, **settings)
    history = wg.train(*pair(), images, steps=4, **settings)
    assert history.steps == 4
    assert history.config["data"] == repr(images)
    with pytest.raises(ValueError, match=r"^data: expected 'ImageSet"):
        wg.train(*pair(), load_images().subset(50, seed=1), steps=5, **settings)


def test_importing_loads_neither_pillow_nor_torch():
    code = (
        "import sys, wganlib as wg; wg.load_images; "
        "print(*[m for m in ('PIL', 'torch', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# --- idx files ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_idx_files_are_read(tmp_path, name):
    mnist(tmp_path, name)
    found = load_images(name, root=tmp_path, verify=False)
    np.testing.assert_array_equal(found.pixels[:, 0], SHADES)
    np.testing.assert_array_equal(found.labels, TURNS)
    assert found.images[0, 0, 0, 0] == pytest.approx(SHADES[0, 0, 0] / 127.5 - 1, abs=1e-6)
    assert len(load_images(name, root=tmp_path, verify=False, split="all")) == 40


def test_where_data_sets_are_kept(tmp_path, monkeypatch):
    mnist(tmp_path)
    monkeypatch.setenv("WGANLIB_DATA", str(tmp_path))
    assert len(load_images("mnist", verify=False)) == 20
    monkeypatch.delenv("WGANLIB_DATA")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(FileNotFoundError, match=r"home/\.cache/wganlib/mnist/train-images"):
        load_images("mnist", verify=False)


def test_an_absent_file_is_named_with_all_one_needs(tmp_path):
    for name, item in (
        ("mnist", FILES["mnist"]["train images"]),
        ("fashion-mnist", FILES["fashion-mnist"]["train images"]),
        ("cifar10", FILES["cifar10"]["binary"]),
    ):
        with pytest.raises(FileNotFoundError) as caught:
            load_images(name, root=tmp_path)
        message = str(caught.value)
        digest = item.digest.partition(":")[2]
        target = str(tmp_path / name / item.file)
        for part in (target, item.address, f"{item.size:,} bytes", digest, "download=True"):
            assert part in message, message
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_the_published_one_is_refused(tmp_path):
    mnist(tmp_path)
    expected = FILES["mnist"]["train images"].content.partition(":")[2]
    with pytest.raises(ValueError, match=rf"train-images.* sha256 {expected}.*verify=False"):
        load_images("mnist", root=tmp_path)
    mnist(tmp_path, "fashion-mnist")
    with pytest.raises(ValueError, match=r"train-images.* md5 8d4fb7e6.*verify=False"):
        load_images("fashion-mnist", root=tmp_path)


@pytest.mark.usefixtures("unpacker")
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda whole: whole[: len(whole) // 2], "damaged or cut short"),
        (lambda whole: whole[:-4], "damaged or cut short"),
        (lambda whole: whole[:20] + bytes([whole[20] ^ 255]) + whole[21:], "damaged or cut short"),
        (lambda whole: b"<html>not found</html>", "damaged or cut short"),
        (lambda whole: b"", "no idx file of 3 axes"),
        (lambda whole: gzip.compress(idx(TURNS)), "no idx file of 3 axes"),
        (lambda whole: gzip.compress(idx(SHADES)[:-1]), "says 240 bytes and has 239"),
        (lambda whole: gzip.compress(idx(SHADES) + b"0"), "says 240 bytes and has more"),
        (lambda whole: gzip.compress(idx(SHADES[:0])), "which is empty"),
    ],
)
def test_damaged_idx_files_are_named(tmp_path, damage, words):
    path = mnist(tmp_path) / "train-images-idx3-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=words) as caught:
        load_images("mnist", root=tmp_path, verify=False)
    assert str(path) in str(caught.value)


def test_labels_must_fit_the_images(tmp_path):
    mnist(tmp_path, labels=TURNS[:-1])
    with pytest.raises(ValueError, match=r"as many labels as images .* 19 and 20"):
        load_images("mnist", root=tmp_path, verify=False)
    mnist(tmp_path, labels=TURNS + 1)
    with pytest.raises(ValueError, match=r"train-labels.* has the label 10"):
        load_images("mnist", root=tmp_path, verify=False)
    path = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    path.unlink()
    path.mkdir()
    with pytest.raises(ValueError, match=r"expected a file at .*train-images"):
        load_images("mnist", root=tmp_path, verify=False)


# --- downloads ---------------------------------------------------------------------------


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Serve a folder on this machine, and publish tiny files there."""
    served = mnist(tmp_path / "served")
    lie = {"cut": 0, "status": 200}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            content = (served / Path(self.path).name).read_bytes()
            self.send_response(lie["status"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) - lie["cut"]])

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    here = {}
    for role, item in FILES["mnist"].items():
        content = (served / item.file).read_bytes()
        here[role] = replace(
            item,
            address=f"http://127.0.0.1:{server.server_port}/{item.file}",
            size=len(content),
            digest="sha256:" + hashlib.sha256(content).hexdigest(),
            content="sha256:" + hashlib.sha256(gzip.decompress(content)).hexdigest(),
        )
    monkeypatch.setitem(files_of.FILES, "mnist", here)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield served, lie
    server.shutdown()
    thread.join()
    server.server_close()


def test_downloads_are_checked_and_kept(tmp_path, published):
    served, _ = published
    root = tmp_path / "kept"
    found = load_images("mnist", root=root, download=True)
    np.testing.assert_array_equal(found.pixels[:, 0], SHADES)
    names = sorted(path.name for path in (root / "mnist").iterdir())
    assert names == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    for path in served.iterdir():
        path.unlink()
    assert len(load_images("mnist", root=root)) == 20


def test_a_wrong_download_is_not_kept(tmp_path, published):
    served, _ = published
    path = served / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    root = tmp_path / "kept"
    with pytest.raises(OSError, match=r"train-images.*expected .* sha256 .*nothing was kept"):
        load_images("mnist", root=root, download=True)
    assert list((root / "mnist").iterdir()) == []


def test_a_download_that_breaks_off_is_not_kept(tmp_path, published):
    root = tmp_path / "kept"
    published[1]["cut"] = 10
    with pytest.raises(OSError, match=r"train-images.*nothing was kept"):
        load_images("mnist", root=root, download=True)
    published[1].update(cut=0, status=404)
    with pytest.raises(OSError, match=r"could not be downloaded \(HTTP Error 404.*by hand"):
        load_images("mnist", root=root, download=True)
    assert list((root / "mnist").iterdir()) == []


def test_no_server_is_one_clear_sentence(tmp_path, monkeypatch):
    item = replace(FILES["mnist"]["train images"], address="http://127.0.0.1:9/nothing.gz")
    monkeypatch.setitem(files_of.FILES, "mnist", {**FILES["mnist"], "train images": item})
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(OSError, match=r"nothing\.gz could not be downloaded .*by hand"):
        load_images("mnist", root=tmp_path, download=True)


# --- CIFAR-10 ----------------------------------------------------------------------------

CIFAR = np.random.default_rng(1).integers(0, 256, (12, 3, 32, 32)).astype(np.uint8)
KINDS = (np.arange(12) % 10).astype(np.uint8)
BATCHES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def archive(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            item = tarfile.TarInfo(name)
            item.size = len(content)
            tar.addfile(item, io.BytesIO(content))
    return path


def records(i):
    part = slice(2 * i, 2 * i + 2)
    return np.hstack([KINDS[part, None], CIFAR[part].reshape(2, -1)]).tobytes()


def pickled(i):
    part = slice(2 * i, 2 * i + 2)
    table = {b"data": CIFAR[part].reshape(2, -1), b"labels": KINDS[part].tolist()}
    return pickle.dumps(table, protocol=2)


def binary(root):
    members = {f"cifar-10-batches-bin/{n}.bin": records(i) for i, n in enumerate(BATCHES)}
    return archive(root / "cifar10" / "cifar-10-binary.tar.gz", members)


def python(root):
    members = {f"cifar-10-batches-py/{n}": pickled(i) for i, n in enumerate(BATCHES)}
    return archive(root / "cifar10" / "cifar-10-python.tar.gz", members)


@pytest.mark.usefixtures("unpacker")
@pytest.mark.parametrize("kind", [binary, python])
def test_both_archives_of_cifar_are_read(tmp_path, kind):
    kind(tmp_path)
    train = load_images("cifar10", root=tmp_path, verify=False)
    np.testing.assert_array_equal(train.pixels, CIFAR[:10])
    np.testing.assert_array_equal(train.labels, KINDS[:10])
    assert train.classes == OBJECTS
    test = load_images("cifar10", root=tmp_path, verify=False, split="test")
    np.testing.assert_array_equal(test.pixels, CIFAR[10:])
    cat = load_images("cifar10", root=tmp_path, verify=False, classes=["cat"])
    np.testing.assert_array_equal(cat.pixels, CIFAR[3:4])
    with pytest.raises(ValueError, match=r"tar\.gz as published, .*verify=False"):
        load_images("cifar10", root=tmp_path)


def test_a_pickle_may_not_run_anything(tmp_path):
    class Bad:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    members = {f"cifar-10-batches-py/{n}": pickle.dumps(Bad(), protocol=2) for n in BATCHES}
    archive(tmp_path / "cifar10" / "cifar-10-python.tar.gz", members)
    with pytest.raises(ValueError, match=r"system is not allowed"):
        load_images("cifar10", root=tmp_path, verify=False)
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("unpacker")
@pytest.mark.parametrize("kind", [binary, python])
def test_damaged_archives_of_cifar_are_named(tmp_path, kind):
    path = kind(tmp_path)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:10], b"", b"no archive"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=f"whole {path.name}.*damaged or something else"):
            load_images("cifar10", root=tmp_path, verify=False)
    archive(path, {"other": b"1"})
    with pytest.raises(ValueError, match="damaged or something else"):
        load_images("cifar10", root=tmp_path, verify=False)
    short = {f"cifar-10-batches-bin/{n}.bin": records(0)[:-1] for n in BATCHES}
    short |= {f"cifar-10-batches-py/{n}": pickle.dumps([1]) for n in BATCHES}
    archive(path, short)
    with pytest.raises(ValueError, match="damaged or something else"):
        load_images("cifar10", root=tmp_path, verify=False)


def test_zips_of_classes_are_read(tmp_path):
    (tmp_path / "cifar10").mkdir()
    shades = {name: colour(3, 4, seed) for seed, name in enumerate(OBJECTS)}
    for name, images in shades.items():
        files = {f"train/{name}/{i}.png": png(images[i]) for i in range(2)}
        files[f"test/{name}/0.png"] = png(images[2])
        packed(tmp_path / "cifar10" / f"{name}.zip", files)
    found = load_images("cifar10", root=tmp_path)
    assert found.pixels.shape == (20, 3, 4, 4)
    np.testing.assert_array_equal(found.labels, np.repeat(np.arange(10), 2))
    np.testing.assert_array_equal(found.pixels[7], shades["cat"][1].transpose(2, 0, 1))
    test = load_images("cifar10", root=tmp_path, split="test", classes=["dog", "cat"])
    assert test.classes == ("dog", "cat")
    np.testing.assert_array_equal(
        test.pixels[test.labels == 0][0], shades["dog"][2].transpose(2, 0, 1)
    )
    (tmp_path / "cifar10" / "dog.zip").unlink()
    with pytest.raises(FileNotFoundError, match=r"dog\.zip beside the other classes"):
        load_images("cifar10", root=tmp_path)
    assert len(load_images("cifar10", root=tmp_path, classes=["cat"])) == 2


# --- folders and zips of images ----------------------------------------------------------

GREY = SHADES[0]


def images(n, size=4):
    return {f"{i:03}.png": png(one) for i, one in enumerate(colour(n, size))}


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_images_without_classes(tmp_path, kind):
    files = images(10) | {".hidden": b"no image", "__MACOSX/x.png": b"no image"}
    root = (
        folder(tmp_path / "set", files) if kind == "folder" else packed(tmp_path / "s.zip", files)
    )
    train = load_images("folder", root=root)
    test = load_images("lsun", root=root, split="test")
    assert train.labels is None
    assert train.classes == ()
    every = colour(10).transpose(0, 3, 1, 2)
    held_out = np.arange(10) % 5 == 4
    np.testing.assert_array_equal(train.pixels, every[~held_out])
    np.testing.assert_array_equal(test.pixels, every[held_out])
    assert len(load_images("folder", root=root, split="all")) == 10


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_folders_are_classes_and_splits(tmp_path, kind):
    one, two, three = (png(shade) for shade in colour(3))
    files = {"train/cats/1.png": one, "train/dogs/1.jpg": png(colour(1)[0], kind="JPEG"),
             "train/cats/2.png": two, "test/dogs/9.png": three}  # fmt: skip
    root = (
        folder(tmp_path / "set", files) if kind == "folder" else packed(tmp_path / "s.zip", files)
    )
    train = load_images("folder", root=root)
    assert train.classes == ("cats", "dogs")
    np.testing.assert_array_equal(train.labels, [0, 0, 1])
    assert load_images("folder", root=root, split="test").labels.tolist() == [1]
    dogs = load_images("folder", root=root, classes=["dogs"])
    assert dogs.classes == ("dogs",)
    assert len(dogs) == 1
    with pytest.raises(ValueError, match=r"^classes\[0\]: expected one of .* did you mean"):
        load_images("folder", root=root, classes=["dog"])


def test_size_cuts_the_middle_and_resizes(tmp_path):
    wide = np.zeros((4, 8, 3), np.uint8)
    wide[:, 2:6] = 200  # what the middle square shows
    root = folder(tmp_path, {"w.png": png(wide), "h.png": png(wide.transpose(1, 0, 2).copy())})
    found = load_images("folder", root=root, split="all", size=2)
    assert found.pixels.shape == (2, 3, 2, 2)
    assert (found.pixels == 200).all()
    mean = np.arange(16, dtype=np.uint8).reshape(4, 4) * 10
    other = folder(tmp_path / "other", {"a.png": png(mean)})
    shrunk = load_images("folder", root=other, split="all", size=2).pixels[0, 0]
    reference = np.asarray(Image.fromarray(mean).resize((2, 2), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(shrunk, reference)
    # Antialiased: a fine checkerboard becomes grey, and not black or white.
    board = (np.indices((8, 8)).sum(0) % 2 * 255).astype(np.uint8)
    fine = folder(tmp_path / "fine", {"a.png": png(board)})
    grey = load_images("folder", root=fine, split="all", size=2).pixels
    assert np.abs(grey.astype(int) - 127).max() < 20


def test_sizes_of_sets_in_memory():
    digits = load_images(split="test", size=16)
    assert digits.pixels.shape == (355, 1, 16, 16)
    assert digits.top == 255
    plain = load_images(split="test")
    assert np.abs(digits.images.mean((1, 2, 3)) - plain.images.mean((1, 2, 3))).max() < 0.06
    three = load_images(split="test", channels=3)
    np.testing.assert_array_equal(three.pixels[:, 0], three.pixels[:, 2])
    np.testing.assert_allclose(three.images[:, :1], plain.images, atol=1 / 255 + 1e-6)


def test_kinds_of_pixels(tmp_path):
    rgba = np.dstack([colour(1)[0], np.full((4, 4), 9, np.uint8)])
    square = SHADES[0, :, :3].repeat(2, 0)[:4].repeat(2, 1)[:, :4].copy()
    kinds = {
        "grey": (png(square), 1),
        "one-bit": (png(square, "1"), 1),
        "colour": (png(colour(1)[0]), 3),
        "palette": (png(colour(1)[0], "P"), 3),
        "cmyk": (png(colour(1)[0], "CMYK", "JPEG"), 3),
    }
    for name, (content, channels) in kinds.items():
        root = folder(tmp_path / name, {"a.png": content})
        assert load_images("folder", root=root, split="all").shape[0] == channels
        for wanted in (1, 3):
            found = load_images("folder", root=root, split="all", channels=wanted)
            assert found.shape[0] == wanted
    root = folder(tmp_path / "clear", {"a.png": png(rgba)})
    with pytest.raises(ValueError, match=r"a\.png of mode RGBA; channels=3 drops"):
        load_images("folder", root=root, split="all")
    found = load_images("folder", root=root, split="all", channels=3)
    np.testing.assert_array_equal(found.pixels[0], rgba[:, :, :3].transpose(2, 0, 1))
    deep = folder(tmp_path / "deep", {"a.png": png(np.full((4, 4), 40000, np.uint16))})
    with pytest.raises(ValueError, match=r"8-bit images.*a\.png of mode I;16"):
        load_images("folder", root=deep, split="all", channels=1)


MIXED = {"a.png": png(colour(1, 4)[0]), "b.png": png(colour(1, 5)[0])}
FAULTS = {
    "mixed sizes": (MIXED, r"got 5×5 in colour in .*b\.png after 4×4 in colour in .*a\.png"),
    "grey and colour": (
        {"a.png": png(colour(1)[0]), "b.png": png(np.zeros((4, 4), np.uint8))},
        r"got 4×4 in grey in .*b\.png after 4×4 in colour",
    ),
    "not an image": (
        {"a.png": png(GREY), "readme.txt": b"hello"},
        r"only images, got .*readme\.txt",
    ),
    "cut short": ({"a.png": png(colour(1, 64)[0])[:-900]}, r"whole image, got .*a\.png, .*damaged"),
    "a jpeg cut short": (
        {"a.jpg": png(colour(1, 64)[0], kind="JPEG")[:-900]},
        r"whole image, got .*a\.jpg, .*damaged",
    ),
    "an empty file": ({"a.png": b""}, r"only images, got .*a\.png"),
    "only hidden files": ({".a.png": png(GREY)}, r"expected images in .*, got none"),
    "a stray image": (
        {"train/a/1.png": png(GREY), "2.png": png(GREY)},
        r"in train or test, got .*2\.png",
    ),
    "one without a class": (
        {"a/1.png": png(GREY), "2.png": png(GREY)},
        r"in a folder of its class, or none, got .*2\.png",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named_by_file(tmp_path, fault, kind):
    files, words = FAULTS[fault]
    root = (
        folder(tmp_path / "set", files) if kind == "folder" else packed(tmp_path / "s.zip", files)
    )
    with pytest.raises(ValueError, match=words) as caught:
        load_images("folder", root=root, split="all")
    assert str(root) in str(caught.value)
    assert str(caught.value).startswith("root: ")


def test_other_places_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"expected images in .*empty, got none"):
        load_images("folder", root=tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match=r"folder or zip of images at .*nowhere"):
        load_images("folder", root=tmp_path / "nowhere")
    folder(tmp_path / "bedrooms", {"data.mdb": b"", "lock.mdb": b""})
    with pytest.raises(ValueError, match="an LMDB database: export its images"):
        load_images("lsun", root=tmp_path / "bedrooms")
    only = folder(tmp_path / "only", {"train/1.png": png(GREY)})
    with pytest.raises(ValueError, match="images of the split test"):
        load_images("folder", root=only, split="test")
    with pytest.raises(ValueError, match=r"^classes: expected folders of images"):
        load_images("folder", root=only, classes=["cats"])
    whole = packed(tmp_path / "whole.zip", images(40, 16)).read_bytes()
    for n in (0, 10, len(whole) // 2, len(whole) - 30):
        (tmp_path / "cut.zip").write_bytes(whole[:n])
        with pytest.raises(ValueError, match=r"whole cut\.zip.* no whole zip file"):
            load_images("folder", root=tmp_path / "cut.zip")


def test_a_zip_with_a_wrong_byte_names_the_image(tmp_path):
    path = packed(tmp_path / "s.zip", images(3, 16))
    whole = bytearray(path.read_bytes())
    whole[60] ^= 255
    path.write_bytes(whole)
    with pytest.raises(ValueError, match=r"s\.zip, 000\.png, which is damaged"):
        load_images("folder", root=path, split="all")


# --- the published files themselves ------------------------------------------------------


@there("mnist")
def test_mnist_is_the_published_one():
    train = load_images("mnist", root=DATA)
    assert train.pixels.shape == (60000, 1, 28, 28)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(train.labels).tolist() == counts
    assert len(load_images("mnist", root=DATA, split="test")) == 10000


@there("cifar10")
def test_cifar_is_read_by_class():
    train = load_images("cifar10", root=DATA, classes=["ship"])
    assert train.pixels.shape == (5000, 3, 32, 32)
    test = load_images("cifar10", root=DATA, classes=["ship"], split="test", size=64)
    assert test.pixels.shape == (1000, 3, 64, 64)
    # Ships are bluer than they are red.
    assert train.images[:, 2].mean() > train.images[:, 0].mean()

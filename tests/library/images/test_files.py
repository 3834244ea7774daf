"""Pictures and archives as people really have them: read as they look, or refused in words."""

from __future__ import annotations

import gzip
import os
import pickle
import tracemalloc
import zipfile
from functools import partial

import numpy as np
import pytest
from PIL import Image

from wganlib.images import files as image_files
from wganlib.images import published
from wganlib.images.sets import load_images

from .test_sets import (
    BATCHES,
    CIFAR,
    KINDS,
    SHADES,
    TURNS,
    archive,
    colour,
    folder,
    images,
    mnist,
    packed,
    pickled,
    png,
    records,
)


@pytest.fixture(autouse=True)
def _no_home(monkeypatch, tmp_path):
    monkeypatch.setenv("WGANLIB_DATA", str(tmp_path / "nowhere"))


# --- pixels as a viewer shows them -------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photographs_are_turned_as_their_note_says(tmp_path, orientation, kind):
    """The quarter that is bright on the screen is bright here."""
    # Where EXIF says that the stored rows and columns begin, by orientation.
    stored = np.zeros((32, 48, 3), np.uint8)
    stored[:16, :24] = 255
    note = Image.Exif()
    note[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / f"a.{kind.lower()}", kind, exif=note)
    found = load_images("folder", root=tmp_path, split="all").pixels[0].mean(0) > 128
    row, column = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}[
        orientation
    ]
    assert found.shape == ((48, 32) if orientation > 4 else (32, 48))
    height, width = found.shape
    bright = found[
        slice(0, height // 2) if row == "t" else slice(height // 2, height),
        slice(0, width // 2) if column == "l" else slice(width // 2, width),
    ]
    assert bright.mean() > 0.95
    assert found.mean() < 0.3


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("more", [{}, {"progressive": True}, {"quality": 20}, {"subsampling": 2}])
def test_plain_jpegs_are_read_as_pillow_reads_them(tmp_path, mode, more):
    for i, (height, width) in enumerate([(32, 32), (7, 50), (1, 1), (33, 17)]):
        array = np.random.default_rng(i).integers(0, 256, (height, width, 3)).astype(np.uint8)
        file = tmp_path / f"{i}.jpg"
        Image.fromarray(array).convert(mode).save(file, **more)
        assert image_files._plain_jpeg(file.read_bytes()) == (mode, (width, height))
        root = tmp_path / f"root{i}"
        root.mkdir()
        (root / "a.jpg").write_bytes(file.read_bytes())
        for channels in (None, 1, 3):
            found = load_images("folder", root=root, split="all", channels=channels).pixels[0]
            with Image.open(file) as image:
                wanted = {None: mode, 1: "L", 3: "RGB"}[channels]
                expected = np.atleast_3d(np.asarray(image.convert(wanted))).transpose(2, 0, 1)
            np.testing.assert_array_equal(found, expected)


def test_every_cut_of_a_jpeg_is_noticed_or_read_as_pillow_does(tmp_path):
    content = png(colour(1, 16)[0], kind="JPEG")
    for end in range(0, len(content) - 2, 5):
        root = folder(tmp_path / str(end), {"a.jpg": content[:end]})
        with pytest.raises(ValueError, match=r"^root: expected (only images|a whole image)"):
            load_images("folder", root=root, split="all")


def transparent(mode):
    image = Image.fromarray(colour(1)[0]).convert(mode)
    return image, {"transparency": (1, 2, 3) if mode == "RGB" else 0}


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_transparent_parts_are_asked_for(tmp_path, mode):
    image, more = transparent(mode)
    image.save(tmp_path / "a.png", **more)
    with pytest.raises(ValueError, match=rf"a\.png of mode {mode} with transparency; channels=3"):
        load_images("folder", root=tmp_path, split="all")
    found = load_images("folder", root=tmp_path, split="all", channels=3)
    np.testing.assert_array_equal(
        found.pixels[0], np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    )


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_are_refused(tmp_path, kind):
    one, two = (Image.fromarray(shade) for shade in colour(2, 16))
    one.save(tmp_path / f"a.{kind.lower()}", kind, save_all=True, append_images=[two])
    with pytest.raises(ValueError, match=r"stand still, got .*a\.\w+ of 2 frames"):
        load_images("folder", root=tmp_path, split="all", channels=3)


# --- folders -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("above", ["pics/", "a/b/"])
def test_splits_below_a_folder_that_all_share(tmp_path, kind, above):
    one, two, three = (png(shade) for shade in colour(3))
    files = {f"{above}train/a/1.png": one, f"{above}train/b/2.png": two,
             f"{above}test/a/3.png": three, "__MACOSX/x.png": b""}  # fmt: skip
    root = folder(tmp_path / "s", files) if kind == "folder" else packed(tmp_path / "s.zip", files)
    train = load_images("folder", root=root, split="train")
    assert train.classes == ("a", "b")
    assert len(train) == 2
    np.testing.assert_array_equal(
        load_images("folder", root=root, split="test").pixels[0], colour(3)[2].transpose(2, 0, 1)
    )


def test_splits_elsewhere_are_refused(tmp_path):
    shade = png(colour(1)[0])
    root = folder(tmp_path, {"cats/train/1.png": shade, "dogs/test/2.png": shade})
    with pytest.raises(ValueError, match=r"train and test at the top of .*cats/train/1\.png"):
        load_images("folder", root=root)
    named = folder(tmp_path / "upper", {"Train/a/1.png": shade, "Test/a/2.png": shade})
    assert len(load_images("folder", root=named, split="test")) == 1
    assert load_images("folder", root=named).classes == ("a",)


def test_linked_folders_are_read(tmp_path):
    far = folder(tmp_path / "far", {"1.png": png(colour(1)[0])})
    root = folder(tmp_path / "set", {"cats/0.png": png(colour(1)[0])})
    (root / "dogs").symlink_to(far)
    (root / "cats" / "2.png").symlink_to(far / "1.png")
    found = load_images("folder", root=root, split="all")
    assert found.classes == ("cats", "dogs")
    assert found.labels.tolist() == [0, 0, 1]
    (root / "cats" / "3.png").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"3\.png, which leads to no file"):
        load_images("folder", root=root, split="all")
    (root / "cats" / "3.png").unlink()
    (root / "cats" / "again").symlink_to(root)
    with pytest.raises(ValueError, match="a link to one above it"):
        load_images("folder", root=root, split="all")


def test_a_progress_bar_counts_images(tmp_path, capsys):
    root = folder(tmp_path, images(6))
    load_images("folder", root=root, split="all", progress=True)
    assert "6/6" in capsys.readouterr().err
    load_images(size=16, progress=True)
    assert "1442/1442" in capsys.readouterr().err
    with pytest.raises(TypeError, match=r"^progress: expected True or False"):
        load_images(progress=1)


# --- zips that say other than they hold ---------------------------------------------------


def test_members_larger_than_they_say_are_stopped(tmp_path):
    path = packed(tmp_path / "s.zip", images(2, 16))
    whole = bytearray(path.read_bytes())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("a.png", b"\0" * (1 << 20))
    bomb = bytearray(path.read_bytes())
    start = bomb.index(b"PK\x01\x02")
    bomb[start + 24 : start + 28] = (100).to_bytes(4, "little")  # the size that it states
    path.write_bytes(bomb)
    with pytest.raises(ValueError, match=r"a\.png, which is damaged \(its checksum"):
        load_images("folder", root=path, split="all")
    bomb[start + 24 : start + 28] = (1 << 29).to_bytes(4, "little")
    path.write_bytes(bomb)
    with pytest.raises(ValueError, match="it says that it has 536,870,912 bytes"):
        load_images("folder", root=path, split="all")
    path.write_bytes(whole)
    assert len(load_images("folder", root=path, split="all")) == 2


def test_zips_deflated_and_stored_are_read_as_the_library_reads_them(tmp_path):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        path = tmp_path / f"{method}.zip"
        with zipfile.ZipFile(path, "w", method) as zipped:
            for name, content in images(5).items():
                zipped.writestr(name, content)
        found = load_images("folder", root=path, split="all")
        np.testing.assert_array_equal(found.pixels, colour(5).transpose(0, 3, 1, 2))


@pytest.mark.usefixtures("unpacker")
def test_an_idx_file_that_unpacks_to_more_is_stopped(tmp_path):
    """No more is unpacked than the file says, however much there is."""
    path = mnist(tmp_path) / "train-images-idx3-ubyte.gz"
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content + bytes(50_000_000)))
    with pytest.raises(ValueError, match="says 240 bytes and has more"):
        load_images("mnist", root=tmp_path, verify=False)
    head = content[:4] + (1 << 31).to_bytes(4, "big") * 3
    path.write_bytes(gzip.compress(head + content[16:]))
    with pytest.raises(ValueError, match=r"says .* bytes and has fewer"):
        load_images("mnist", root=tmp_path, verify=False)
    path.write_bytes(gzip.compress(content) + gzip.compress(b"more"))
    with pytest.raises(ValueError, match="there is more after its end"):
        load_images("mnist", root=tmp_path, verify=False)


@pytest.mark.usefixtures("unpacker")
def test_a_batch_far_too_large_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "_LARGEST", 1000)
    members = {f"cifar-10-batches-bin/{n}.bin": records(i) for i, n in enumerate(BATCHES)}
    archive(tmp_path / "cifar10" / "cifar-10-binary.tar.gz", members)
    with pytest.raises(ValueError, match="too large"):
        load_images("cifar10", root=tmp_path, verify=False)


# --- published files as they lie on people's disks ---------------------------------------


@pytest.mark.usefixtures("unpacker")
@pytest.mark.parametrize("place", ["mnist", "MNIST/raw", "."])
@pytest.mark.parametrize("unpacked", ["", "-idx", ".idx"])
def test_unpacked_idx_files_are_read(tmp_path, place, unpacked):
    source = mnist(tmp_path / "source")
    target = tmp_path / "there" / place
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if unpacked:
            name = path.name.removesuffix(".gz").replace("-idx", unpacked)
            (target / name).write_bytes(gzip.decompress(path.read_bytes()))
        else:
            (target / path.name).write_bytes(path.read_bytes())
    found = load_images("mnist", root=tmp_path / "there", verify=False)
    np.testing.assert_array_equal(found.pixels[:, 0], SHADES)
    np.testing.assert_array_equal(found.labels, TURNS)
    with pytest.raises(ValueError, match=r"as published, with sha256 .*uncompressed"):
        load_images("mnist", root=tmp_path / "there")


def test_an_unpacked_file_without_a_published_checksum(tmp_path):
    source = mnist(tmp_path / "source", "fashion-mnist")
    target = tmp_path / "FashionMNIST" / "raw"
    target.mkdir(parents=True)
    for path in source.iterdir():
        (target / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    with pytest.raises(ValueError, match=r"unpacked, .*verify=False reads it"):
        load_images("fashion-mnist", root=tmp_path)
    assert len(load_images("fashion-mnist", root=tmp_path, verify=False)) == 20


@pytest.mark.parametrize("place", ["cifar10", "."])
@pytest.mark.parametrize("kind", ["py", "bin"])
def test_unpacked_batches_are_read(tmp_path, place, kind):
    target = tmp_path / place / f"cifar-10-batches-{kind}"
    target.mkdir(parents=True)
    for i, name in enumerate(BATCHES):
        file = target / (name if kind == "py" else f"{name}.bin")
        file.write_bytes(pickled(i) if kind == "py" else records(i))
    train = load_images("cifar10", root=tmp_path, verify=False)
    np.testing.assert_array_equal(train.pixels, CIFAR[:10])
    np.testing.assert_array_equal(train.labels, KINDS[:10])
    with pytest.raises(ValueError, match="verify=False reads it"):
        load_images("cifar10", root=tmp_path)
    (target / ("test_batch" if kind == "py" else "test_batch.bin")).unlink()
    with pytest.raises(ValueError, match=r"damaged or something else \(FileNotFound.*test_batch"):
        load_images("cifar10", root=tmp_path, verify=False, split="test")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_batches_pickled_anew_are_read(tmp_path, protocol):
    target = tmp_path / "cifar-10-batches-py"
    target.mkdir()
    for i, name in enumerate(BATCHES):
        part = slice(2 * i, 2 * i + 2)
        table = {"data": CIFAR[part].reshape(2, -1), "labels": KINDS[part].tolist()}
        (target / name).write_bytes(pickle.dumps(table, protocol=protocol))
    found = load_images("cifar10", root=tmp_path, verify=False)
    np.testing.assert_array_equal(found.pixels, CIFAR[:10])


@pytest.mark.parametrize("call", [os.system, eval, __import__, getattr, np.load, np.fromfile])
def test_an_unpacked_batch_runs_nothing(tmp_path, call):
    class Bad:
        def __reduce__(self):
            return call, (f"touch {tmp_path / 'ran'}",)

    target = tmp_path / "cifar-10-batches-py"
    target.mkdir()
    for name in BATCHES:
        (target / name).write_bytes(pickle.dumps(Bad(), protocol=2))
    with pytest.raises(ValueError, match="is not allowed"):
        load_images("cifar10", root=tmp_path, verify=False)
    assert not (tmp_path / "ran").exists()


# --- memory ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["idx", "zip of jpegs", "folder of pngs"])
def test_loading_takes_little_more_memory_than_the_pixels(tmp_path, kind):
    rng = np.random.default_rng(0)
    if kind == "idx":
        many = rng.integers(0, 256, (20_000, 20, 20)).astype(np.uint8)
        mnist(tmp_path, images=many, labels=np.zeros(20_000, np.uint8))
        call = partial(load_images, "mnist", root=tmp_path, verify=False)
    else:
        name, suffix = ("JPEG", "jpg") if "jpeg" in kind else ("PNG", "png")
        content = png(rng.integers(0, 256, (96, 96, 3)).astype(np.uint8), kind=name)
        files = {f"a/{i}.{suffix}": content for i in range(300)}
        root = packed(tmp_path / "s.zip", files) if "zip" in kind else folder(tmp_path, files)
        call = partial(load_images, "folder", root=root, split="all", classes=["a"])
    call()  # what is loaded once
    tracemalloc.start()
    try:
        found = call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * found.pixels.nbytes

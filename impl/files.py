"""Results written whole or not at all.

A draft is renamed over a regular file. Symbolic links are followed. What cannot be replaced, such
as a device, a FIFO or the standard output, is written through once the draft is complete.
"""

import errno
import json
import os
import shutil
import stat
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

__all__ = ["staged_file", "staged_folder", "write_arrays", "write_json"]

_NOT_OFFERED = {
    errno.EACCES, errno.EBADF, errno.EINVAL, errno.EISDIR, errno.ENOSYS, errno.ENOTSUP,
    errno.EOPNOTSUPP, errno.EPERM,
}  # fmt: skip
"""Errors of a file system that cannot put this kind of entry on the disk at once."""


def _first_missing(target: Path) -> Path:
    """Topmost part of a path that does not exist yet, or the path itself."""
    missing = target
    while not missing.parent.exists():
        missing = missing.parent
    return missing


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")


def _settle(path: Path) -> None:
    """Have the system put a file, or a folder's entries, on the disk, where it offers that.

    Network and shared file systems refuse it for folders, and Windows opens none.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise


def _followed(target: Path) -> Path:
    """Resolve the links of a path, also of one that does not exist yet."""
    resolved = Path(os.path.realpath(target))
    if resolved.is_symlink():
        raise OSError(errno.ELOOP, "is a link that leads back to itself", str(target))
    return resolved


def _is_written_through(target: Path) -> bool:
    """Tell whether bytes go into what is there: no regular file, or our own standard output."""
    try:
        found = target.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)) or (
        _standard_stream(found) is not None
    )


def _standard_stream(found: os.stat_result) -> int | None:
    """Return the descriptor of the standard output or error that is this very file, if one is."""
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None and os.path.samestat(found, os.fstat(stream.fileno())):
                return stream.fileno()
        except (OSError, ValueError):  # closed
            continue
    return None


def _open_through(target: Path) -> BinaryIO:
    """Open a device or FIFO to write to it; a standard stream as it is, at its present end."""
    handle = _standard_stream(target.stat())
    if handle is None:
        return target.open("wb")
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError):  # the one that is not written to may be closed
            if stream is not None:
                stream.flush()
    return os.fdopen(os.dup(handle), "wb")


def _deliver(draft: Path, target: Path) -> None:
    """Put a draft in its place: through what is no regular file, else by a rename."""
    if _is_written_through(target):
        with draft.open("rb") as source, _open_through(target) as sink:
            shutil.copyfileobj(source, sink)
        return
    real = _followed(target)
    try:
        draft.replace(real)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = _beside(real)  # a link led to another file system, where a rename begins anew
        try:
            shutil.copyfile(draft, beside)
            _settle(beside)
            beside.replace(real)
        finally:
            beside.unlink(missing_ok=True)


def _deliver_all(written: list[Path], target: Path) -> None:
    """Put files into a folder, over those of their names."""
    target.mkdir(parents=True, exist_ok=True)
    for path in written:
        if (target / path.name).is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder", str(target / path.name))
    for path in written:
        _deliver(path, target / path.name)


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """Yield a path to write to; at the end it becomes the target, and on failure it is removed.

    Raises
    ------
    OSError
        If the target is a folder, or its place cannot be written.
    """
    target = target.absolute()
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(target))
    if _is_written_through(target):
        if not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
        with TemporaryDirectory(prefix="varproof-") as scratch:
            draft = Path(scratch) / target.name
            yield draft
            _deliver(draft, target)
        return
    real = _followed(target)
    with staged_folder(real.parent) as folder:
        yield folder / target.name
        if real.name != target.name:
            (folder / target.name).replace(folder / real.name)


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """Yield a folder to write to; its files appear in the target together, at the end.

    A target that does not exist appears by one rename, missing parents included. In a folder
    that exists each file replaces the one of its name, or is written through it if it is a device
    or a FIFO, and no other file is touched. On any failure nothing is left behind.

    Raises
    ------
    OSError
        If the target is a file, or its place cannot be written, before anything is yielded; or
        if a folder stands where a file is to go, before any file is replaced.
    """
    if target.exists() and not target.is_dir():
        named = str(target.absolute())
        raise NotADirectoryError(errno.ENOTDIR, "is a file, not a folder", named)
    target = _followed(target.absolute())
    exists = target.exists()
    root = target if exists else _first_missing(target)
    if not root.parent.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is a file, not a folder", str(root.parent))
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
            _deliver_all(written, target)
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

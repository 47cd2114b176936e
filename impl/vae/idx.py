"""The IDX format of the MNIST files: unsigned bytes behind a header of their shape.

A file is two bytes 0, the type (8, unsigned bytes), the number of dimensions, each size as a
big-endian integer of 32 bits, and the bytes, the last dimension fastest. A file compressed with
gzip is told by its first bytes, whatever its name.
"""

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from impl.errors import InputError, cause

__all__ = ["Bytes", "checksum", "decode", "encode", "read_bytes"]

Bytes = npt.NDArray[np.uint8]

_UNSIGNED_BYTE = 8
_GZIP = b"\x1f\x8b"
_AT_ONCE = 1 << 22


def encode(array: Bytes) -> bytes:
    """Spell an array of unsigned bytes as an IDX file, uncompressed."""
    header = struct.pack(f">HBB{array.ndim}I", 0, _UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + array.tobytes()


def checksum(content: bytes | bytearray) -> str:
    """MD5 of the bytes of an uncompressed file: tells which data it is, not who wrote it."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def read_bytes(path: Path) -> bytearray:
    """Read a file, plain or compressed with gzip; return its bytes uncompressed.

    Raises
    ------
    InputError
        If it cannot be read, or its compressed bytes are damaged or end too early.
    """
    content = bytearray()
    try:
        with path.open("rb") as stream:
            compressed = stream.read(len(_GZIP)) == _GZIP
            stream.seek(0)
            # GzipFile reads as a binary stream does; its base class does not say so.
            source = cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if compressed else stream
            while part := source.read(_AT_ONCE):
                content += part
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        got = str(error).lower()
        raise InputError(source=path, wanted="a complete gzip file", got=got) from None
    except OSError as error:
        raise InputError(source=path, wanted="a readable file", got=cause(error)) from None
    return content


def decode(content: bytearray, dimensions: int, source: object) -> Bytes:
    """Return the array in the bytes of an IDX file, sharing their memory.

    Parameters
    ----------
    content
        The file, uncompressed.
    dimensions
        Wanted number of dimensions: 3 for images (number, rows, columns), 1 for labels.
    source
        What to call the file in an error.

    Raises
    ------
    InputError
        If the magic number is another, a size is 0, or the bytes are fewer or more than the
        header announces.
    """
    header = 4 * (1 + dimensions)
    magic = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    if content[:4] != magic:
        wanted = f"an IDX file of unsigned bytes in {dimensions} dimensions (magic {_hex(magic)})"
        got = f"magic {_hex(content[:4])}" if content else "an empty file"
        raise InputError(source=source, wanted=wanted, got=got)
    if len(content) < header:
        wanted = f"a header of {header} bytes"
        raise InputError(source=source, wanted=wanted, got=f"{len(content)} bytes in all")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    if 0 in shape:
        raise InputError(source=source, wanted="sizes of at least 1", got=f"shape {shape}")
    expected = math.prod(shape)
    if len(content) - header != expected:
        wanted = f"{expected:,} bytes after the header, by its shape {shape}"
        raise InputError(source=source, wanted=wanted, got=f"{len(content) - header:,}")
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)


def _hex(magic: bytes | bytearray) -> str:
    return f"0x{magic.hex()}"

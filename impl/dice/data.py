"""Rolls reduced to their sufficient statistics: distinct rows of face counts, and weights."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impl.dice.model import Floats, Integers
from impl.errors import InputError

__all__ = ["MISSING", "Counts", "InputError", "Tally", "count"]

MISSING = -1
"""Face number that stands for a missing roll in an array of rolls."""

_ROLLS_AT_ONCE = 1 << 20
_TABLE = 2  # dimensions


@dataclass(frozen=True)
class Counts:
    """Face counts of N points: the distinct rows, how often each occurs, and where.

    Rows are in lexicographic order. So the same points in any order give the same rows and weights,
    bit for bit.

    Attributes
    ----------
    rows
        Distinct count vectors, shape (R, D3): c_rd rolls of face d.
    weights
        Number of points that have each row, shape (R,).
    index
        Row of each point, shape (N,).
    missing
        Number of rolls marked as missing, over all points.
    """

    rows: Integers
    weights: Integers
    index: Integers
    missing: int = 0

    @property
    def points(self) -> int:
        """Number of points N."""
        return self.index.size

    @property
    def faces(self) -> int:
        """Number of faces D3 of the rolled dice."""
        return int(self.rows.shape[1])

    @property
    def rolls(self) -> int:
        """Number of rolls seen, over all points."""
        return int(self.weights @ self.rows.sum(axis=1))

    @property
    def by_point(self) -> Integers:
        """Counts of every point, repeated rows and all, shape (N, D3)."""
        return self.rows[self.index]

    def weighted(self) -> tuple[Floats, Floats]:
        """Rows and weights in float64, the rows stored face by face for fast sums over faces."""
        return np.asfortranarray(self.rows, dtype=np.float64), self.weights.astype(np.float64)


class Tally:
    """Counts gathered chunk by chunk.

    Memory grows with the number of distinct rows, and by 4 bytes for each point.
    """

    def __init__(self, faces: int) -> None:
        self._faces = faces
        self._place: dict[bytes, int] = {}
        self._index: list[npt.NDArray[np.int32]] = []
        self._missing = 0

    def add(self, point: Integers, face: Integers, points: int) -> None:
        """Add `points` new points. Point point[m] rolled face[m]; MISSING adds no roll."""
        seen = face != MISSING
        self._missing += int(seen.size - np.count_nonzero(seen))
        cells = point[seen].astype(np.int64) * self._faces + face[seen]
        table = np.bincount(cells, minlength=points * self._faces).reshape(points, self._faces)
        distinct, inverse = _distinct_rows(table)
        place = self._place
        known = [place.setdefault(row.tobytes(), len(place)) for row in distinct]
        self._index.append(np.array(known, dtype=np.int32)[inverse])

    def finish(self) -> Counts:
        """Return the counts of all points added, rows in lexicographic order."""
        flat = np.frombuffer(b"".join(self._place), dtype=np.int64)
        rows = flat.reshape(-1, self._faces)
        order = np.lexsort(rows.T[::-1])
        rank = np.empty(order.size, dtype=np.int32)
        rank[order] = np.arange(order.size, dtype=np.int32)
        index = rank[np.concatenate(self._index)]
        return Counts(rows[order], np.bincount(index, minlength=order.size), index, self._missing)


def _distinct_rows(table: Integers) -> tuple[npt.NDArray[np.int64], Integers]:
    """Return the distinct rows of a table of counts, and the place of each row among them."""
    base = int(table.max()) + 1
    if base ** table.shape[1] >= 2**63:
        rows, inverse = np.unique(table, axis=0, return_inverse=True)
        return rows.astype(np.int64), inverse.ravel()
    # Each row becomes one integer with the counts as digits: sorting integers is far faster.
    digits = base ** np.arange(table.shape[1], dtype=np.int64)
    _, first, inverse = np.unique(table @ digits, return_index=True, return_inverse=True)
    return table[first].astype(np.int64), inverse.ravel()


def chunks(points: int, width: int) -> Iterator[slice]:
    """Cut `points` rows of `width` numbers into slices of bounded size.

    The width is the number of rolls of a point or of its faces, whichever is larger.
    """
    step = max(1, _ROLLS_AT_ONCE // max(1, width))
    for start in range(0, points, step):
        yield slice(start, min(start + step, points))


def count(rolls: npt.ArrayLike, faces: int) -> Counts:
    """Count the faces of every point.

    Parameters
    ----------
    rolls
        Faces numbered from 0, shape (points, rolls); MISSING where a point has no such roll.
    faces
        Number of faces D3.

    Raises
    ------
    InputError
        If there is no point, or an entry is neither a face nor MISSING. Row and column count from
        1.
    """
    array = np.asarray(rolls)
    if array.ndim != _TABLE or array.shape[0] == 0 or not np.issubdtype(array.dtype, np.integer):
        got = f"{array.dtype} of shape {array.shape}"
        raise InputError(
            source="rolls", wanted="integers of shape (points, rolls), points > 0", got=got
        )
    tally = Tally(faces)
    for part in chunks(array.shape[0], max(array.shape[1], faces)):
        block = array[part]
        bad = (block < MISSING) | (block >= faces)
        if bad.any():
            row, column = (int(place) for place in np.argwhere(bad)[0])
            raise InputError(
                source="rolls",
                wanted=f"a face from 0 to {faces - 1}, or {MISSING} for a missing roll",
                got=str(block[row, column]),
                row=part.start + row + 1,
                column=column + 1,
            )
        point = np.repeat(np.arange(block.shape[0]), block.shape[1])
        tally.add(point, block.ravel(), block.shape[0])
    return tally.finish()

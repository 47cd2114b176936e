"""The dice model's parameters: the prior concentrations and the factors of the posterior."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from impl.errors import InputError

__all__ = ["Floats", "Integers", "Posterior", "Priors", "check_concentration"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]


_MOST_CONCENTRATIONS = 10**7
# Within these neither a sum of concentrations nor a digamma overflows.
_LEAST, _MOST = 1e-300, 1e300


def _validated(name: str, value: npt.ArrayLike, dimensions: int) -> Floats:
    """Return a read-only float64 copy of a concentration, or name its first bad entry."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(source=name, wanted="numbers", got=repr(value)) from None
    shape = "(faces,)" if dimensions == 1 else "(dice, faces)"
    if array.ndim != dimensions or array.size == 0:
        raise InputError(
            source=name, wanted=f"an array of shape {shape}", got=f"shape {array.shape}"
        )
    check_concentration(name, array)
    array.setflags(write=False)
    return array


def check_concentration(name: str, array: Floats) -> None:
    """Refuse a concentration that is not a number from 1e-300 to 1e300.

    Raises
    ------
    InputError
        Names the first bad entry.
    """
    bad = ~((array >= _LEAST) & (array <= _MOST))  # NaN compares false, and so is bad
    if bad.any():
        index = tuple(int(position) for position in np.argwhere(bad)[0])
        place = ", ".join(str(position) for position in index)
        wanted = f"finite numbers above 0, from {_LEAST:g} to {_MOST:g}"
        raise InputError(source=name, wanted=wanted, got=f"{array[index]!s} at index [{place}]")


@dataclass(frozen=True)
class Priors:
    """Concentrations of the Dirichlet priors.

    Attributes
    ----------
    first_concentration
        alpha1, shape (D1,): of the first hidden die pi1.
    second_concentration
        alpha2, shape (D2,): of the second hidden die pi2.
    roll_concentration
        beta, shape (K, D3) with K = D1 + D2 - 1: row k is of the rolled die rho_k.

    Raises
    ------
    InputError
        If an entry is not a number from 1e-300 to 1e300, or the shapes disagree.
    """

    first_concentration: Floats
    second_concentration: Floats
    roll_concentration: Floats

    def __post_init__(self) -> None:
        """Check every entry and keep read-only copies."""
        for name, dimensions in (
            ("first_concentration", 1),
            ("second_concentration", 1),
            ("roll_concentration", 2),
        ):
            checked = _validated(name, getattr(self, name), dimensions)
            object.__setattr__(self, name, checked)
        first, second = self.first_concentration.size, self.second_concentration.size
        dice = first + second - 1
        if self.roll_concentration.shape[0] != dice:
            raise InputError(
                source="roll_concentration",
                wanted=f"{dice} rows, one for each sum of {first} and {second} faces",
                got=f"{self.roll_concentration.shape[0]} rows",
            )

    @classmethod
    def symmetric(
        cls,
        faces: tuple[int, int, int],
        *,
        first: npt.ArrayLike = 1.0,
        second: npt.ArrayLike = 1.0,
        roll: npt.ArrayLike = 1.0,
    ) -> Self:
        """Return priors for dice of (D1, D2, D3) faces.

        A single number stands for every face. `first` and `second` may also be one number for each
        face. `roll` may be one number for each face, or one row of numbers for each rolled die.

        Raises
        ------
        InputError
            If a die has no face, or the rolled dice have more than 10^7 faces in all. If a
            concentration is not a number from 1e-300 to 1e300, or its shape does not fit the faces.
        """
        for position, size in enumerate(faces, start=1):
            if size < 1:
                raise InputError(
                    source=f"faces, entry {position}", wanted="at least 1", got=str(size)
                )
        dice = faces[0] + faces[1] - 1
        if dice * faces[2] > _MOST_CONCENTRATIONS:
            wanted = f"at most {_MOST_CONCENTRATIONS:,} concentrations of rolled dice"
            got = f"{dice:,} dice of {faces[2]:,} faces"
            raise InputError(source="faces", wanted=wanted, got=got)
        return cls(
            _spread("first_concentration", first, (faces[0],)),
            _spread("second_concentration", second, (faces[1],)),
            _spread("roll_concentration", roll, (dice, faces[2])),
        )

    @property
    def faces(self) -> tuple[int, int, int]:
        """Numbers of faces (D1, D2, D3)."""
        return (
            self.first_concentration.size,
            self.second_concentration.size,
            self.roll_concentration.shape[1],
        )


def _spread(name: str, value: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Broadcast a concentration to the shape that the faces require."""
    array = np.asarray(value, dtype=np.float64)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        wanted = f"1 number or an array of shape {shape}"
        raise InputError(source=name, wanted=wanted, got=f"shape {array.shape}") from None


@dataclass(frozen=True)
class Posterior:
    """Parameters of every factor of the mean-field posterior q.

    Responsibilities are kept once for each distinct row of counts, since points with equal counts
    have equal responsibilities.

    Attributes
    ----------
    first_concentration
        Of q(pi1), Dirichlet, shape (D1,).
    second_concentration
        Of q(pi2), Dirichlet, shape (D2,).
    roll_concentration
        Of q(rho_k), Dirichlet, shape (K, D3).
    first_responsibilities
        Of q(Z1_n), categorical, shape (rows, D1).
    second_responsibilities
        Of q(Z2_n), categorical, shape (rows, D2).
    """

    first_concentration: Floats
    second_concentration: Floats
    roll_concentration: Floats
    first_responsibilities: Floats
    second_responsibilities: Floats

"""Random numbers, and functions of a few of them that are not spread further."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

INNER_MEAN = "inner mean"
"""The name of the mark on an inner mean that depends on a variable of an outer mean."""

Nodes = dict["Scalar", Any]
"""The values of each variable on a grid."""


class MeanError(ValueError):
    """A mean that cannot be computed."""


class Block(Protocol):
    """Variables that depend on each other and on no others."""

    @property
    def key(self) -> Hashable:
        """The key that distinguishes it from other blocks."""
        ...


@dataclass(frozen=True)
class Scalar:
    """One random number: an entry of a block."""

    block: Any
    position: int

    def __hash__(self) -> int:
        return hash((self.block.key, self.position))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Scalar)
            and self.position == other.position
            and bool(self.block.key == other.block.key)
        )


class NeedsState(Exception):  # noqa: N818 - a request to the integrator, not an error
    """A discrete variable is used as an integer, so that the mean must be a sum over its states."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__()
        self.scalar = scalar


@dataclass(frozen=True)
class Atom:
    """A function of some random numbers that is not spread further."""

    key: tuple[Any, ...]
    scalars: frozenset[Scalar]
    at: Callable[[Nodes], Any] = field(repr=False)
    inner: Any = field(default=None, repr=False)
    name: str = ""
    exponent: Any = field(default=None, repr=False)

    @cached_property
    def _hash(self) -> int:
        return hash(self.key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Atom) and bool(self.key == other.key))


Product = tuple[Atom, ...]

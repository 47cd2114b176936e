"""The base of all families: name, parameters, support and log density.

A family is registered by `register` (``registry.py``) and looked up by its name. An exponential
family also states statistics and natural parameters (``exponential.py``); any other family needs
only a log density.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sympy import Expr

from derivations.calculus.binding import free_indices, fresh, substitute, sum_over
from derivations.calculus.exact import exact
from derivations.calculus.expressions import BITS, COUNTS, POSITIVE, REAL, SIMPLEX, UNIT
from derivations.calculus.indices import Index
from derivations.families import numerics

STATES, UP_TO_TRIALS = "states", "up to trials"
SUPPORTS = (REAL, POSITIVE, UNIT, SIMPLEX, STATES, COUNTS, BITS, UP_TO_TRIALS)
"""The sets of values: four continuous ones, ``1..K``, ``0, 1, 2, ...``, ``{0, 1}``, ``0..n``."""
DISCRETE = (STATES, COUNTS, BITS, UP_TO_TRIALS)


@dataclass(frozen=True)
class Vector:
    """The entries of a vector: an expression, and the index over them (None for a scalar)."""

    entry: Expr
    index: Index | None = None

    def __post_init__(self) -> None:
        """Take a number as SymPy's; a float is refused."""
        object.__setattr__(self, "entry", exact(self.entry))

    def at(self, place: Expr | None) -> Expr:
        """Return one entry, capture-safe."""
        if self.index is None or place is None:
            return self.entry
        return substitute(self.entry, {self.index: place})

    def over(self, index: Index | None) -> Vector:
        """Return the same vector with another index."""
        return Vector(self.at(index), index)

    @property
    def axis(self) -> Index:
        """The index its entries run over. A scalar has none, and is refused."""
        if self.index is None:
            message = f"wanted a vector, got the scalar {self.entry}"
            raise TypeError(message)
        return self.index

    def total(self) -> Expr:
        """Return the sum of the entries."""
        return self.entry if self.index is None else sum_over(self.entry, self.index)


@dataclass(frozen=True)
class Matrix:
    """The entries of a square matrix: an expression, and the indices over rows and columns."""

    entry: Expr
    row: Index
    column: Index


def inner_product(left: Vector, right: Vector) -> Expr:
    """Return ``sum_i left_i right_i``."""
    if left.index is None:
        return left.entry * right.entry
    others = free_indices(left.entry) - {left.index} | free_indices(right.entry) - {right.index}
    index = fresh(left.index, others)
    return sum_over(left.at(index) * right.at(index), index)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family: its name, the domain of its entries; number, vector or matrix."""

    name: str
    domain: str
    is_vector: bool = False
    is_matrix: bool = False


Parameters = tuple[Vector, ...]


class Family(ABC):
    """A family of distributions; two objects of one class are equal.

    ``name`` is the key in the registry and the printed name. ``letter`` is a printed letter where
    there is one, as the calligraphic N of the normals. ``parameters`` gives name, domain and shape
    of each parameter in the order in which they are printed, and ``support`` the set of values,
    one of ``SUPPORTS``.
    """

    name: ClassVar[str]
    letter: ClassVar[str | None] = None
    parameters: ClassVar[tuple[Parameter, ...]]
    support: ClassVar[str]
    needs_one_entry: ClassVar[bool] = False
    """Whether the density at a state depends only on that entry of the single parameter."""

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(p.name for p in self.parameters)

    @property
    def is_discrete(self) -> bool:
        """Whether its values are integers."""
        return self.support in DISCRETE

    @abstractmethod
    def log_density(self, value: Vector, parameters: Parameters) -> Expr:
        """Return the complete log density of a value in nats, base measure included."""

    @abstractmethod
    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        """Return the log density of numbers in nats, computed independently of the formula."""

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        """Draw one value, a number or an array."""
        raise NotImplementedError(self._lacks("draw", "a way to draw from it"))

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        """Return a centre and a scale of the distribution, for quadrature."""
        raise NotImplementedError(self._lacks("typical", "a centre and a scale"))

    def states(self, parameters: tuple[Any, ...]) -> list[int]:
        """Return the values of a discrete family, except some of total probability below 1e-18."""
        raise NotImplementedError(self._lacks("states", "a list of its values"))

    def literal_entropy(self, parameters: tuple[Any, ...]) -> float:
        """Return the entropy in nats by summing or integrating the literal log density."""
        return -numerics.expectation(
            self, parameters, lambda x: self.literal_log_density(x, *parameters)
        )

    def _lacks(self, method: str, what: str) -> str:
        return f"{self.name}: wanted {what}; define {type(self).__name__}.{method}"

    def __eq__(self, other: object) -> bool:
        """Compare classes: a family has no state."""
        return type(self) is type(other)

    def __hash__(self) -> int:
        """Hash the class."""
        return hash(type(self))

    def __repr__(self) -> str:
        """Return the name."""
        return f"{type(self).__name__}()"

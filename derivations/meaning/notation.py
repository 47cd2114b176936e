"""The notation of probability as expressions with a complete meaning.

An expectation holds its distribution, a density its variables and its conditioning. The meaning of
each node is defined once, in ``expansion``; printing and every check use the same node.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from sympy import Basic, Expr, Symbol, Tuple

from derivations.calculus.exact import exact
from derivations.calculus.expressions import Element, Inert, Slice
from derivations.meaning.distributions import (
    AnyPart,
    At,
    Density,
    FamilyDensity,
    Joint,
    Part,
    SinglePart,
    part,
    variable_of,
)
from derivations.meaning.named import (
    Distributed,
    Entries,
    FamilyAt,
    Independent,
    NotationError,
)

__all__ = [
    "AnyPart",
    "Applied",
    "At",
    "Density",
    "Distributed",
    "Distribution",
    "Divergence",
    "Entries",
    "Entropy",
    "Expectation",
    "FamilyAt",
    "FamilyDensity",
    "Independent",
    "Joint",
    "MeanOver",
    "NotationError",
    "Part",
    "PartialDerivative",
    "SinglePart",
    "Variance",
    "Where",
    "part",
    "variable_of",
]

Distribution = Density | FamilyAt | Independent
"""A distribution of an expectation, a divergence or an entropy."""


class Expectation(Inert):
    """``E_q[body]`` under a distribution.

    The distribution is a joint (of all its variables), a density (its values are random, the given
    variables are fixed), several of these (independent), or a named family's. ``held`` are
    variables of a joint that keep their values, as in the update of their factor.
    """

    is_real = True

    def __new__(cls, distribution: Any, body: Any, held: Any = ()) -> Self:
        if isinstance(distribution, (tuple, Tuple)):
            distribution = Tuple(*distribution)
        return Expr.__new__(cls, distribution, exact(body), Tuple(*held))

    @property
    def distribution(self) -> Basic:
        """The distribution it is under."""
        return self.args[0]

    @property
    def body(self) -> Expr:
        """What is averaged."""
        return self.args[1]

    @property
    def held(self) -> tuple[Expr, ...]:
        """The variables that keep their values."""
        return tuple(self.args[2])


class Variance(Expectation):
    """``Var_q[body]``."""

    is_nonnegative = True


class Divergence(Inert):
    """``KL(left || right)`` of two distributions of the same variables, in nats."""

    is_real = True

    def __new__(cls, left: Expr, right: Expr) -> Self:
        return Expr.__new__(cls, left, right)

    @property
    def left(self) -> Expr:
        """The distribution that the log ratio is averaged under."""
        return self.args[0]

    @property
    def right(self) -> Expr:
        """The distribution it is compared with."""
        return self.args[1]


class Entropy(Inert):
    """``H[q]`` of a distribution, in nats."""

    is_real = True

    def __new__(cls, distribution: Expr) -> Self:
        return Expr.__new__(cls, distribution)

    @property
    def distribution(self) -> Expr:
        """The distribution."""
        return self.args[0]


class PartialDerivative(Inert):
    """``d body / d by``: by an element, by its logarithm, or by an indicator of the model."""

    is_real = True

    def __new__(cls, body: Any, by: Any) -> Self:
        return Expr.__new__(cls, exact(body), exact(by))

    @property
    def body(self) -> Expr:
        """What is differentiated."""
        return self.args[0]

    @property
    def by(self) -> Expr:
        """The variable."""
        return self.args[1]


class Where(Inert):
    """``[body]_{array = place}``: a formula in which a variable is replaced.

    The place is a number, or the ``Entries`` of an array over all its indices. The variable may be
    a size, if no array or index depends on it.
    """

    is_real = True

    def __new__(cls, body: Any, variable: Slice | Element | Symbol, place: Any) -> Self:
        return Expr.__new__(cls, exact(body), variable, exact(place))

    @property
    def body(self) -> Expr:
        """The formula."""
        return self.args[0]

    @property
    def variable(self) -> Slice | Element | Symbol:
        """The variable that is replaced."""
        return self.args[1]

    @property
    def place(self) -> Expr:
        """The replacement."""
        return self.args[2]


class Applied(Inert):
    """An arbitrary smooth function, given by its letter, at arguments: ``f(z)``."""

    is_real = True

    def __new__(cls, head: Expr, *arguments: Any) -> Self:
        return Expr.__new__(cls, head, *(exact(a) for a in arguments))

    @property
    def head(self) -> Element:
        """The function's letter, with its subscripts."""
        return self.args[0]

    @property
    def arguments(self) -> tuple[Expr, ...]:
        """The arguments: whole rows, or numbers."""
        return self.args[1:]


class MeanOver(Inert):
    """The mean of a body over random variables, to which all integrals reduce; never printed.

    ``random`` names the entries that are random (none: all variables of the factors), ``held``
    those among them that keep their values.
    """

    is_real = True

    def __new__(
        cls,
        body: Any,
        parts: Iterable[AnyPart],
        random: Iterable[Expr] = (),
        held: Iterable[Expr] = (),
    ) -> Self:
        return Expr.__new__(cls, exact(body), Tuple(*parts), Tuple(*random), Tuple(*held))

    @property
    def body(self) -> Expr:
        """What is averaged."""
        return self.args[0]

    @property
    def parts(self) -> tuple[AnyPart, ...]:
        """The factors, parents before children."""
        return tuple(self.args[1])

    @property
    def random(self) -> tuple[Expr, ...]:
        """The entries that are random; none stands for all."""
        return tuple(self.args[2])

    @property
    def held(self) -> tuple[Expr, ...]:
        """The entries that keep their values."""
        return tuple(self.args[3])

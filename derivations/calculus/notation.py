"""Nodes for what a line of a derivation says before it is worked out; they are only printed."""

from __future__ import annotations

from typing import Any, Self

from sympy import Expr, Tuple, sympify
from sympy.core.symbol import Str

from derivations.calculus.expressions import Density, Inert


class Expectation(Inert):
    """``E_q[body]``; ``excluding`` is the factor left out, as in the update of that factor."""

    is_real = True

    def __new__(cls, body: Any, excluding: Any = ()) -> Self:
        return Expr.__new__(cls, sympify(body), Tuple(*excluding))

    @property
    def body(self) -> Expr:
        """What is averaged."""
        return self.args[0]

    @property
    def excluding(self) -> tuple[Expr, ...]:
        """The variables whose factor is left out."""
        return tuple(self.args[1])


class Mean(Inert):
    """``E[body]`` over the random variables named, or over all there are where none is."""

    is_real = True

    def __new__(cls, body: Any, *over: Any) -> Self:
        return Expr.__new__(cls, sympify(body), *(sympify(v) for v in over))

    @property
    def body(self) -> Expr:
        """What is averaged."""
        return self.args[0]

    @property
    def over(self) -> tuple[Expr, ...]:
        """The variables averaged over."""
        return self.args[1:]


class Applied(Inert):
    """A function that has only a letter, at arguments, as in ``k(x, y)``."""

    is_real = True

    def __new__(cls, head: Expr, *arguments: Any) -> Self:
        return Expr.__new__(cls, head, *(sympify(a) for a in arguments))

    @property
    def head(self) -> Expr:
        """The function's letter, with its subscripts."""
        return self.args[0]

    @property
    def arguments(self) -> tuple[Expr, ...]:
        """What it is applied to."""
        return self.args[1:]


class Variance(Inert):
    """``Var_q[body]``."""

    is_real = True

    def __new__(cls, body: Any) -> Self:
        return Expr.__new__(cls, sympify(body))

    @property
    def body(self) -> Expr:
        """What varies."""
        return self.args[0]


class PartialDerivative(Inert):
    """``d body / d by``."""

    is_real = True

    def __new__(cls, body: Any, by: Any) -> Self:
        return Expr.__new__(cls, sympify(body), sympify(by))

    @property
    def body(self) -> Expr:
        """What is differentiated."""
        return self.args[0]

    @property
    def by(self) -> Expr:
        """The variable."""
        return self.args[1]


class Divergence(Inert):
    """``KL(left || right)`` of two densities, or of two distributions, in nats."""

    is_real = True

    def __new__(cls, left: Expr, right: Expr) -> Self:
        return Expr.__new__(cls, left, right)

    @property
    def left(self) -> Expr:
        """The density the expectation is under."""
        return self.args[0]

    @property
    def right(self) -> Expr:
        """The density compared with."""
        return self.args[1]


class Entropy(Inert):
    """``H[q(.)]`` of a density, in nats."""

    is_real = True

    def __new__(cls, density: Density) -> Self:
        return Expr.__new__(cls, density)

    @property
    def density(self) -> Expr:
        """The density."""
        return self.args[0]


class Distribution(Inert):
    """A named family at parameters, as in ``Dirichlet(alpha)``."""

    def __new__(cls, name: str | Str, *parameters: Any) -> Self:
        return Expr.__new__(cls, Str(str(name)), *(sympify(p) for p in parameters))

    @property
    def name(self) -> str:
        """The family's name."""
        return str(self.args[0])

    @property
    def parameters(self) -> tuple[Expr, ...]:
        """The parameters, whole vectors as slices."""
        return self.args[1:]

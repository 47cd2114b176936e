"""The nodes that SymPy lacks: array elements, indicators, sums and products over indices.

All are inert: nothing is evaluated automatically. ``diff`` is refused, because SymPy's own would
capture indices; use ``calculus.derivative``.
"""

from __future__ import annotations

from typing import Any, NoReturn, Self

from sympy import Add, Basic, Expr, Integer, Tuple, default_sort_key
from sympy.core.symbol import Str

from derivations.calculus.exact import exact
from derivations.calculus.indices import ONE, Index, interned, prove_in_range

REAL, POSITIVE, SIMPLEX = "real", "positive", "simplex"
UNIT, ABOVE_ONE = "unit", "above one"
COUNTS, BITS = "counts", "bits"
DOMAINS = (REAL, POSITIVE, SIMPLEX, UNIT, ABOVE_ONE, COUNTS, BITS)


class Array(Basic):
    """A named array of numbers with symbolic sizes, subscripted from one.

    ``domain`` is ``real``, ``positive``, ``simplex`` (positive, the last axis sums to one),
    ``unit`` (strictly inside (0, 1)), ``above one``, ``counts`` (0, 1, 2, ...) or ``bits`` (0, 1);
    an integer array instead states ``states``: its values are ``1..states``. ``notation`` is the
    printed letter with an optional accent and superscript, as in ``hat(alpha)^1``. A domain in its
    place is refused, unless the fourth argument states one as well.
    """

    def __new__(
        cls,
        name: str | Str,
        sizes: Any,
        notation: str | Str | None = None,
        domain: str | Str | None = None,
        states: Any = 0,
    ) -> Self:
        letter = notation or name
        if not isinstance(letter, (str, Str)):
            message = f"{name}: wanted the printed letter as text, got {letter!r}"
            raise TypeError(message)
        if domain is None and notation is not None and str(notation) in DOMAINS:
            message = (
                f"{name}: wanted the printed letter third, got the domain {str(notation)!r}: "
                f"write Array({str(name)!r}, ..., domain={str(notation)!r})"
            )
            raise ValueError(message)
        domain = domain or REAL
        if str(domain) not in DOMAINS:
            message = f"{name}: wanted a domain of {', '.join(DOMAINS)}; got {str(domain)!r}"
            raise ValueError(message)
        shape = Tuple(*(exact(s).expand() for s in sizes))
        words = (Str(str(letter)), Str(str(domain)))
        return interned(Basic.__new__(cls, Str(str(name)), shape, *words, exact(states)))

    @property
    def name(self) -> str:
        """The name used in code."""
        name: str = self.args[0].name
        return name

    @property
    def sizes(self) -> tuple[Expr, ...]:
        """The number of values along each axis."""
        return tuple(self.args[1])

    @property
    def notation(self) -> str:
        """The printed letter."""
        notation: str = self.args[2].name
        return notation

    @property
    def domain(self) -> str:
        """Which values its entries may take."""
        domain: str = self.args[3].name
        return domain

    @property
    def states(self) -> Expr:
        """The largest value of an integer array; zero for arrays of reals."""
        return self.args[4]

    def __getitem__(self, subscripts: Any) -> Element:
        """Return the element at the subscripts, proved to be in range."""
        return Element(self, *(subscripts if isinstance(subscripts, tuple) else (subscripts,)))

    def __str__(self) -> str:
        """Return the name, without a printer: arrays are sorted by it often."""
        return self.name

    def _sympystr(self, printer: Any) -> str:  # noqa: ARG002 - SymPy's printing protocol
        return self.name


class Inert(Expr):
    """An expression that SymPy may sort and multiply, but not rewrite."""

    is_commutative = True

    def _eval_derivative(self, symbol: Any) -> NoReturn:  # noqa: ARG002 - called by SymPy
        message = f"differentiate {type(self).__name__} with calculus.derivative, not SymPy's diff"
        raise TypeError(message)


class Element(Inert):
    """One entry of an array, ``array[i, j]``, every subscript proved in range when it is made."""

    def __new__(cls, array: Array, *subscripts: Any) -> Self:
        subscripts = tuple(exact(s) for s in subscripts)
        if len(subscripts) != len(array.sizes):
            message = f"{array.name}: wanted {len(array.sizes)} subscripts, got {len(subscripts)}"
            raise ValueError(message)
        for axis, (subscript, upper) in enumerate(zip(subscripts, array.sizes, strict=True), 1):
            if isinstance(subscript, Index) and subscript.lower == 1 and subscript.upper == upper:
                continue
            prove_in_range(subscript, ONE, upper, f"{array.name}, axis {axis}")
        return Expr.__new__(cls, array, *subscripts)

    @property
    def array(self) -> Array:
        """The array it belongs to."""
        return self.args[0]

    @property
    def subscripts(self) -> tuple[Expr, ...]:
        """Its position in the array, counted from one."""
        return self.args[1:]

    @property
    def value_range(self) -> tuple[Expr, Expr] | None:
        """Its range when it is integer-valued, else None."""
        return (ONE, self.array.states) if self.array.states != 0 else None

    def _eval_is_real(self) -> bool:
        return True

    def _eval_is_integer(self) -> bool | None:
        return True if self.array.states != 0 or self.array.domain in (COUNTS, BITS) else None

    def _eval_is_positive(self) -> bool | None:
        may_be_zero = self.array.domain in (REAL, COUNTS, BITS)
        return True if not may_be_zero or self.array.states != 0 else None

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.array.domain != REAL or self.array.states != 0 else None

    def _sympystr(self, printer: Any) -> str:
        inner = ",".join(printer.doprint(s) for s in self.subscripts)
        return f"{self.array.name}[{inner}]" if inner else self.array.name


class Slice(Inert):
    """A slice of an array at its leading subscripts, such as the row ``rho[k]``."""

    def __new__(cls, array: Array, *leading: Any) -> Self:
        return Expr.__new__(cls, array, *(exact(s) for s in leading))

    @property
    def array(self) -> Array:
        """The array it belongs to."""
        return self.args[0]

    @property
    def subscripts(self) -> tuple[Expr, ...]:
        """The leading subscripts."""
        return self.args[1:]

    def _sympystr(self, printer: Any) -> str:
        inner = ",".join(printer.doprint(s) for s in self.subscripts)
        return f"{self.array.name}[{inner}]" if inner else self.array.name


def _standing(side: Expr) -> tuple[bool, int, Any]:
    """Order the sides of an indicator: variables first, then the longer, then by SymPy's order."""
    return side.has(Element), len(Add.make_args(side)), default_sort_key(side)


class Iverson(Inert):
    """The indicator ``[left = right]``: one where the two integers agree, else zero."""

    is_integer = True
    is_nonnegative = True

    def __new__(cls, left: Any, right: Any) -> Expr:
        left, right = exact(left), exact(right)
        difference = (left - right).expand()
        if difference.is_Number:
            return Integer(1) if difference == 0 else Integer(0)
        if _standing(right) > _standing(left):
            left, right = right, left
        return Expr.__new__(cls, left, right)

    @property
    def is_random(self) -> bool:
        """Whether it contains a variable of the model, and is not only a condition on indices."""
        return bool(self.has(Element))

    def _sympystr(self, printer: Any) -> str:
        return f"[{printer.doprint(self.args[0])} = {printer.doprint(self.args[1])}]"


class OverIndices(Inert):
    """A body under bound indices; the bodies of nested ones never reuse an index."""

    def __new__(cls, body: Any, *indices: Index) -> Expr:
        body = exact(body)
        if not all(isinstance(i, Index) for i in indices) or len(set(indices)) != len(indices):
            message = f"{cls.__name__}: wanted distinct indices, got {indices}"
            raise TypeError(message)
        return Expr.__new__(cls, body, *indices) if indices else body

    @property
    def body(self) -> Expr:
        """What is added or multiplied."""
        return self.args[0]

    @property
    def indices(self) -> tuple[Index, ...]:
        """The bound indices, outermost first."""
        return self.args[1:]

    def _sympystr(self, printer: Any) -> str:
        word = type(self).__name__
        word = {"IndexSum": "sum", "IndexProduct": "prod"}.get(word, word)
        names = ",".join(i.name for i in self.indices)
        return f"{word}_{{{names}}} ({printer.doprint(self.body)})"


class IndexSum(OverIndices):
    """The sum of a body over indices; an ``Iverson`` factor of the body restricts the pairs."""

    is_real = True


class IndexProduct(OverIndices):
    """The product of a body over indices."""

    is_real = True


class StateSum(Inert):
    """The sum of a body over every joint assignment of whole integer arrays."""

    is_real = True

    def __new__(cls, body: Any, *arrays: Array) -> Self:
        if not arrays or any(a.states == 0 for a in arrays):
            message = f"StateSum: wanted integer arrays, got {arrays}"
            raise TypeError(message)
        return Expr.__new__(cls, exact(body), *arrays)

    @property
    def body(self) -> Expr:
        """What is added."""
        return self.args[0]

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The arrays whose assignments are summed over."""
        return self.args[1:]

    def _sympystr(self, printer: Any) -> str:
        names = ",".join(a.name for a in self.arrays)
        return f"sum_{{states of {names}}} ({printer.doprint(self.body)})"

"""Numbers that depend on random variables: sums of products of functions of few variables each.

Evaluating a formula in this kind of number expands sums, products, logs of products and
exponentials of sums. The mean of each term is then a product of means over few variables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb

from derivations.calculus.number_fields import BALLS
from derivations.meaning.atoms import (
    INNER_MEAN,
    Atom,
    MeanError,
    NeedsState,
    Nodes,
    Product,
    Scalar,
)
from derivations.meaning.on_grids import EXP, LOG, on_grid

SMALL = 8
"""Whole powers up to this one are products."""

MOST_TERMS = 3000
"""A product of sums with more terms than this is left as one function of all its variables."""


@dataclass(frozen=True)
class RandomValue:
    """A sum of products of atoms, each with a coefficient."""

    terms: dict[Product, Any]

    @cached_property
    def key(self) -> Hashable:
        """The key that distinguishes it from other values."""
        return frozenset((tuple(a.key for a in p), written(c)) for p, c in self.terms.items())

    @property
    def scalars(self) -> frozenset[Scalar]:
        """The random numbers it depends on."""
        return frozenset(s for p in self.terms for a in p for s in a.scalars)

    def at(self, nodes: Nodes) -> Any:
        """Return its values on a grid."""
        total: Any = 0
        for atoms, coefficient in self.terms.items():
            value: Any = coefficient if _exact(nodes) else float(coefficient)
            for atom in atoms:
                value = atom.at(nodes) * value
            total = total + value
        return total

    def __int__(self) -> int:
        (atoms,) = self.terms
        raise NeedsState(next(iter(atoms[0].scalars)))

    def __add__(self, other: Any) -> RandomValue:
        mine = dict(self.terms)
        for atoms, coefficient in as_random(other).terms.items():
            mine[atoms] = mine[atoms] + coefficient if atoms in mine else coefficient
        return RandomValue(mine)

    __radd__ = __add__

    def __neg__(self) -> RandomValue:
        return RandomValue({p: -c for p, c in self.terms.items()})

    def __sub__(self, other: Any) -> RandomValue:
        return self + (-as_random(other))

    def __rsub__(self, other: Any) -> RandomValue:
        return (-self) + other

    def __mul__(self, other: Any) -> RandomValue:
        given = as_random(other)
        for whole, rest in ((self, given), (given, self)):
            if len(whole.terms) > 1 and (joined := _raised(whole, rest)) is not None:
                return joined
        theirs = given.terms
        if len(self.terms) * len(theirs) > MOST_TERMS:
            return _product_of_wholes(self, RandomValue(theirs))
        found: dict[Product, Any] = {}
        for mine, a in self.terms.items():
            for them, b in theirs.items():
                atoms = _merged(mine, them)
                found[atoms] = found[atoms] + a * b if atoms in found else a * b
        return RandomValue(found)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> RandomValue:
        if isinstance(other, RandomValue):
            return self * power(other, -1)
        return RandomValue({p: c / other for p, c in self.terms.items()})

    def __rtruediv__(self, other: Any) -> RandomValue:
        return power(self, -1) * other

    def __pow__(self, exponent: Any) -> Any:
        return power(self, exponent)


def _raised(whole: RandomValue, rest: RandomValue) -> RandomValue | None:
    """Return a sum times a power of the same sum as one power, in which no digits cancel."""
    if len(rest.terms) != 1:
        return None
    ((atoms, coefficient),) = rest.terms.items()
    for place, atom in enumerate(atoms):
        if atom.name == "power" and atom.inner is not None and atom.inner.key == whole.key:
            others = RandomValue({(*atoms[:place], *atoms[place + 1 :]): coefficient})
            exponent = atom.exponent + 1
            return others * power(atom.inner, exponent) if exponent != 0 else others
    return None


def written(number: Any) -> Hashable:
    """Return a key for a ball: its midpoint and its radius, exactly."""
    if not isinstance(number, arb) or not number.is_finite():
        return str(number) if isinstance(number, arb) else number
    return tuple(map(int, (*number.mid().man_exp(), *number.rad().man_exp())))


def _exact(nodes: Nodes) -> bool:
    """Whether a grid holds balls, not floats."""
    return any(v.dtype == object for v in nodes.values())


def _merged(left: Product, right: Product) -> Product:
    if not left or not right:
        return left or right
    return tuple(sorted((*left, *right), key=hash))


def as_random(value: Any) -> RandomValue:
    """Return a number as a constant value."""
    if isinstance(value, RandomValue):
        return value
    return RandomValue({(): arb(value)})


def constant_of(value: Any) -> Any:
    """Return the number that a value is, or None where it depends on a random variable."""
    if not isinstance(value, RandomValue):
        return value
    if any(value.terms.keys() - {()}):
        return None
    return value.terms.get((), arb(0))


def identity(scalar: Scalar) -> RandomValue:
    """Return a random number as a value."""
    atom = Atom(("scalar", scalar), frozenset({scalar}), lambda nodes: nodes[scalar])
    return RandomValue({(atom,): arb(1)})


def as_one_atom(
    name: str,
    value: RandomValue,
    at: Callable[[Any], Any],
    extra: Hashable = None,
    exponent: Any = None,
) -> RandomValue:
    """Return a function of a value as one atom, which is not expanded."""
    if any(a.name == INNER_MEAN for atoms in value.terms for a in atoms):
        message = f"no {name} of a mean that depends on variables averaged outside it"
        raise MeanError(message)
    atom = Atom(
        (name, extra, value.key),
        value.scalars,
        lambda nodes: at(value.at(nodes)),
        value,
        name,
        exponent,
    )
    return RandomValue({(atom,): arb(1)})


def _product_of_wholes(left: RandomValue, right: RandomValue) -> RandomValue:
    def same(value: Any) -> Any:
        return value

    return as_one_atom("whole", left, same) * as_one_atom("whole", right, same)


def log(value: Any) -> Any:
    """Return the log; of a product, the sum of the logs."""
    if not isinstance(value, RandomValue):
        return BALLS.log(value)
    if len(value.terms) == 1:
        ((atoms, coefficient),) = value.terms.items()
        if coefficient > 0:
            return sum((_log_of_atom(a) for a in atoms), as_random(arb(coefficient).log()))
    return as_one_atom("log", value, LOG)


def _log_of_atom(atom: Atom) -> RandomValue:
    if atom.name == "exp" and atom.inner is not None:
        return atom.inner
    return as_one_atom("log", RandomValue({(atom,): arb(1)}), LOG)


def exp(value: Any) -> Any:
    """Return the exponential; of a sum, the product over parts that share no variable."""
    if not isinstance(value, RandomValue):
        return BALLS.exp(value)
    result = as_random(arb(value.terms.get((), 0)).exp())
    for group in _groups(value):
        result = result * _exp_of_group(group)
    return result


def _exp_of_group(group: RandomValue) -> RandomValue:
    if len(group.terms) == 1:
        ((atoms, coefficient),) = group.terms.items()
        if len(atoms) == 1 and atoms[0].name == "log" and atoms[0].inner is not None:
            return as_random(power(atoms[0].inner, coefficient))
    logs = {p: c for p, c in group.terms.items() if len(p) == 1 and p[0].name == "log"}
    if logs and len(logs) == len(group.terms):
        result = as_random(1)
        for (atom,), coefficient in logs.items():
            result = result * power(atom.inner, coefficient)
        return result
    return as_one_atom("exp", group, EXP)


def _groups(value: RandomValue) -> list[RandomValue]:
    """Split a sum into parts that share no block."""
    parts: list[tuple[set[Hashable], dict[Product, Any]]] = []
    for atoms, coefficient in value.terms.items():
        if not atoms:
            continue
        blocks = {s.block.key for a in atoms for s in a.scalars}
        joined: dict[Product, Any] = {atoms: coefficient}
        rest = []
        for others, terms in parts:
            if others & blocks:
                blocks |= others
                joined |= terms
            else:
                rest.append((others, terms))
        parts = [*rest, (blocks, joined)]
    return [RandomValue(terms) for _, terms in parts]


def power(base: Any, exponent: Any) -> Any:
    """Return a power; an integer power of a sum is multiplied out, one of a product distributed."""
    if isinstance(exponent, RandomValue):
        return exp(exponent * log(base))
    if not isinstance(base, RandomValue):
        return BALLS.power(base, exponent)
    whole = _whole_number(exponent)
    if whole == 1:
        return base
    if whole is not None and whole >= 0 and len(base.terms) ** max(whole, 1) <= MOST_TERMS:
        return math.prod([base] * whole, start=as_random(1))
    if len(base.terms) == 1:
        ((atoms, coefficient),) = base.terms.items()
        if coefficient > 0 or whole is not None:
            result = as_random(BALLS.power(coefficient, exponent if whole is None else whole))
            for atom in atoms:
                result = result * power_of_whole(RandomValue({(atom,): arb(1)}), exponent)
            return result
    return power_of_whole(base, exponent)


def power_of_whole(base: RandomValue, exponent: Any) -> RandomValue:
    """Return a power that is not multiplied out: one function of all its variables."""
    integer = _whole_number(exponent)
    ball: Any = integer if integer is not None else arb(exponent)
    plain = float(integer if integer is not None else arb(exponent))
    raised = on_grid(lambda x: BALLS.power(x, ball), lambda x: np.asarray(x) ** plain)

    def at(values: Any) -> Any:
        if isinstance(values, np.ndarray) and values.dtype == object:
            if integer is not None and 0 < integer <= SMALL:
                return math.prod([values] * integer)
            if integer is None:
                return values**ball
        return raised(values)

    return as_one_atom("power", base, at, written(arb(exponent)), ball)


def _whole_number(exponent: Any) -> int | None:
    if isinstance(exponent, int):
        return exponent
    ball = arb(exponent)
    found = ball.unique_fmpz() if ball.rad() == 0 else None
    return None if found is None else int(found)

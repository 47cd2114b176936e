"""SymPy's algebra as the trees that the grammar reads, written without the printer."""

from __future__ import annotations

from fractions import Fraction
from functools import singledispatch

from sympy import (
    Add,
    Basic,
    Function,
    Integer,
    Mul,
    Pow,
    Rational,
    Symbol,
    exp,
    gamma,
    loggamma,
    polygamma,
)
from sympy.core.numbers import EulerGamma, Exp1, Pi

from oracles.reader.cursor import Tree
from oracles.reader.names import named

HALF = Rational(1, 2)


@singledispatch
def tree(expression: object) -> Tree:
    """Return the tree of an expression."""
    message = f"no tree for {type(expression).__name__}: {expression}"
    raise TypeError(message)


def trees(items: tuple[Basic, ...]) -> tuple[Tree, ...]:
    """Return the trees of several expressions."""
    return tuple(tree(i) for i in items)


def called(head: Tree, *arguments: Tree, fence: str = "(") -> Tree:
    """Return a function at arguments."""
    return ("apply", head, fence, ((None, arguments),))


def subscripted(head: Tree, *below: Tree) -> Tree:
    """Return a name with subscripts, if there are any."""
    return ("script", head, below, ()) if below else head


@tree.register
def _(x: Symbol) -> Tree:
    return named(x.name)


@tree.register
def _(x: Rational) -> Tree:
    return ("num", Fraction(int(x.p), int(x.q)))


@tree.register
def _(_x: Pi) -> Tree:
    return ("name", "π", ())


@tree.register
def _(_x: EulerGamma) -> Tree:
    return ("name", "γ", ())


@tree.register
def _(_x: Exp1) -> Tree:
    return ("name", "e", ())


@tree.register
def _(x: Add) -> Tree:
    return ("add", *trees(x.args))


@tree.register
def _(x: Mul) -> Tree:
    return ("mul", *trees(x.args))


@tree.register
def _(x: Pow) -> Tree:
    base, exponent = x.args
    if exponent == HALF:
        return ("root", tree(base))
    if exponent == -HALF:
        return ("div", ("num", Fraction(1)), ("root", tree(base)))
    return ("pow", tree(base), tree(exponent))


@tree.register
def _(x: Function) -> Tree:
    return called(("name", type(x).__name__, ()), *trees(x.args))


@tree.register
def _(x: exp) -> Tree:
    return called(("name", "exp", ()), tree(x.args[0]))


@tree.register
def _(x: gamma) -> Tree:
    return called(("name", "Γ", ()), tree(x.args[0]))


@tree.register
def _(x: loggamma) -> Tree:
    return called(("name", "log", ()), called(("name", "Γ", ()), tree(x.args[0])))


@tree.register
def _(x: polygamma) -> Tree:
    order, argument = x.args
    head: Tree = ("name", "ψ", ())
    if order != 0:
        primed = order in {Integer(1), Integer(2)}
        mark = ("primes" if primed else "order", int(order))
        head = ("script", head, (), (mark,))
    return called(head, tree(argument))

"""Expressions of the calculus as the trees that the grammar reads, written without the printer."""

from __future__ import annotations

import re
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
    Tuple,
    exp,
    gamma,
    loggamma,
    polygamma,
)
from sympy.core.numbers import EulerGamma, Exp1, Pi

from derivations.calculus.binding import free_indices
from derivations.calculus.expressions import (
    Array,
    Density,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    Slice,
    StateSum,
)
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry, OfMatrix
from derivations.calculus.notation import (
    Applied,
    Distribution,
    Divergence,
    Entropy,
    Expectation,
    Mean,
    PartialDerivative,
    Variance,
)
from derivations.calculus.steps import AT_MOST, CONSTANT, DISTRIBUTED, EQUAL, PROPORTIONAL, Relation
from derivations.claims.statements import LESS, Claim, Definition
from oracles.reader.grammar import Tree
from oracles.reader.greek import GREEK

SIGNS = {
    EQUAL: "=", CONSTANT: "=", PROPORTIONAL: "∝", DISTRIBUTED: "~", AT_MOST: "<=", LESS: "<",
}  # fmt: skip
CONST: Tree = ("name", "const", ())
HALF = Rational(1, 2)
_NOTATION = re.compile(r"([^_^']+)('*)((?:[_^][^_^]+)*)")
_ACCENTED = re.compile(r"(hat|tilde|bar|bold|cal|bb)\((.+)\)")


Statement = Relation | Claim | Definition | Basic


def tree_of(statement: Statement) -> Tree:
    """Return the tree of a statement, or of an expression that stands alone."""
    match statement:
        case Relation(left, right, sign) | Claim(left, right, sign):
            beyond = ("add", CONST, tree(right)) if sign == CONSTANT else tree(right)
            return ("relation", SIGNS[sign], tree(left), beyond)
        case Definition(letter, value, up_to) if up_to:
            density = called(("name", "log", ()), tree(letter))
            return ("relation", "=", density, ("add", CONST, tree(value)))
        case Definition(letter, value):
            return ("relation", ":=", tree(letter), tree(value))
    return tree(statement)


@singledispatch
def tree(expression: object) -> Tree:
    """Return the tree of an expression."""
    message = f"no tree for {type(expression).__name__}: {expression}"
    raise TypeError(message)


def word(text: str, *accents: str) -> Tree:
    """Return a name that has no scripts."""
    found = _ACCENTED.fullmatch(text)
    return word(found[2], found[1], *accents) if found else ("name", GREEK.get(text, text), accents)


def named(notation: str, subscripts: tuple[Tree, ...] = (), *, digits: str = "_") -> Tree:
    """Return the tree of a notation as in ``hat(alpha)^1``, taken at subscripts of its own or not.

    ``digits`` says where digits at its end belong.
    """
    found = _NOTATION.fullmatch(notation)
    if found is None:
        message = f"no tree for the notation {notation!r}"
        raise ValueError(message)
    base, primes, written = found.groups()
    parts: dict[str, list[Tree]] = {"_": [], "^": [("primes", len(primes))] if primes else []}
    counted = re.fullmatch(r"([A-Za-z]+)([0-9]+)", base)
    if counted:
        base = counted[1]
        parts[digits].append(("num", Fraction(counted[2])))
    for sign, text in re.findall(r"([_^])([^_^]+)", written):
        parts[sign].append(_of_script(text))
    below, above = (*parts["_"], *subscripts), tuple(parts["^"])
    return ("script", word(base), below, above) if below or above else word(base)


def _of_script(text: str) -> Tree:
    if text == "*":
        return ("star",)
    return ("num", Fraction(text)) if text.isdigit() else word(text)


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
def _(x: Index) -> Tree:
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


@tree.register(Array)
def _(x: Array) -> Tree:
    return named(x.notation, digits="^")


@tree.register(Element)
@tree.register(Slice)
def _(x: Element | Slice) -> Tree:
    return named(x.array.notation, trees(x.subscripts), digits="^")


@tree.register
def _(x: Iverson) -> Tree:
    return called(("name", "I", ("bb",)), ("relation", "=", *trees(x.args)), fence="{")


@tree.register
def _(x: IndexSum) -> Tree:
    """Return a sum; its indices in a condition on indices alone are restricted by that only."""
    indices, body, sign = x.indices, x.body, 1
    while True:
        number, rest = body.as_coeff_Mul()
        if abs(number) != 1 or not isinstance(rest, IndexSum) or set(rest.indices) & set(indices):
            break
        indices, body, sign = (*indices, *rest.indices), rest.body, sign * int(number)
    factors = Mul.make_args(body)
    conditions = [
        f for f in factors if isinstance(f, Iverson) and not f.is_random and _uses(f, indices)
    ]
    others = tuple(f for f in factors if f not in conditions)
    linked = tuple(i for i in indices if any(_uses(c, (i,)) for c in conditions))
    entries = tuple(over(i) if i not in linked else ("over", tree(i)) for i in indices)
    said = tuple(("relation", "=", *trees(c.args)) for c in conditions)
    inside = tree(others[0]) if len(others) == 1 else ("mul", ("num", Fraction(1)), *trees(others))
    whole = ("big", "sum", entries, said, inside)
    return whole if sign > 0 else ("neg", whole)


def _uses(condition: Iverson, indices: tuple[Index, ...]) -> bool:
    return bool(free_indices(condition) & set(indices))


def over(index: Index) -> Tree:
    return ("over", tree(index), tree(index.lower), tree(index.upper))


@tree.register
def _(x: IndexProduct) -> Tree:
    return ("big", "product", tuple(over(i) for i in x.indices), (), tree(x.body))


@tree.register
def _(x: StateSum) -> Tree:
    return ("big", "sum", tuple(("over", tree(a)) for a in x.arrays), (), tree(x.body))


@tree.register
def _(x: Density) -> Tree:
    head: Tree = ("name", x.letter.removesuffix("*"), ())
    if x.letter.endswith("*"):
        head = ("script", head, (), (("star",),))
    value = trees(tuple(x.value)) if isinstance(x.value, Tuple) else (tree(x.value),)
    given = (("|", trees(x.given)),) if x.given else ()
    return ("apply", head, "(", ((None, value), *given))


@tree.register
def _(x: Expectation) -> Tree:
    law = tuple(("neg", tree(v)) for v in x.excluding) or (("name", "q", ()),)
    return called(subscripted(("name", "E", ("bb",)), *law), tree(x.body), fence="[")


@tree.register
def _(x: Mean) -> Tree:
    return called(subscripted(("name", "E", ("bb",)), *trees(x.over)), tree(x.body), fence="[")


@tree.register
def _(x: Variance) -> Tree:
    head = subscripted(("name", "Var", ()), ("name", "q", ()))
    return called(head, tree(x.body), fence="[")


@tree.register
def _(x: Applied) -> Tree:
    return called(tree(x.head), *trees(x.arguments))


@tree.register
def _(x: PartialDerivative) -> Tree:
    return ("partial", tree(x.by), tree(x.body))


@tree.register
def _(x: Divergence) -> Tree:
    sides = ((None, (tree(x.left),)), ("‖", (tree(x.right),)))
    return ("apply", ("name", "KL", ()), "(", sides)


@tree.register
def _(x: Entropy) -> Tree:
    return called(("name", "H", ()), tree(x.density), fence="[")


@tree.register
def _(x: Distribution) -> Tree:
    accents = ("cal",) if len(x.name) == 1 else ()
    return called(("name", x.name, accents), *trees(x.parameters))


def _matrix(x: OfMatrix) -> Tree:
    if x.is_named:
        return tree(x.body.array)
    return ("script", ("bracket", tree(x.body)), trees(x.indices), ())


def _raised(base: Tree) -> Tree:
    minus_one = (("neg", ("num", Fraction(1))),)
    if base[0] == "script":
        return ("script", base[1], base[2], minus_one)
    return ("script", base, (), minus_one)


@tree.register
def _(x: Determinant) -> Tree:
    return called(("name", "det", ()), _matrix(x))


@tree.register
def _(x: Inverse) -> Tree:
    return _raised(_matrix(x))


@tree.register
def _(x: InverseEntry) -> Tree:
    inverse = _raised(_matrix(x.inverse))
    places = trees(x.subscripts)
    if inverse[1][0] == "bracket":
        return ("script", inverse, places, ())
    return (*inverse[:2], places, inverse[3])

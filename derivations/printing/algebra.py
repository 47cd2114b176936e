"""From SymPy's algebra to marks: sums, products, powers, numbers, functions.

Parentheses are printed only where leaving them out would change the meaning. A sum of terms needs
them beside any operator that binds more tightly. A big sum or a logarithm without parentheses
extends over everything to its right, and so is printed last in its product.
"""

from __future__ import annotations

from enum import IntEnum
from functools import singledispatch

from sympy import (
    Add,
    Basic,
    Expr,
    Function,
    Integer,
    Mul,
    Pow,
    Rational,
    Symbol,
    exp,
    gamma,
    log,
    loggamma,
    polygamma,
)
from sympy.core.numbers import EulerGamma, Exp1, Pi

from derivations.calculus.expressions import (
    Element,
    IndexProduct,
    IndexSum,
    Slice,
    StateSum,
)
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant
from derivations.meaning import notation as meaning
from derivations.printing.layout import (
    Fraction,
    Letter,
    Mark,
    Number,
    Phrase,
    Root,
    Row,
    Script,
    Sign,
    Word,
    fenced,
    opens_with_fence,
    row,
)
from derivations.printing.letters import symbol_mark
from derivations.printing.ordering import is_negative, ordered_factors, ordered_terms, signed

_HALF = Rational(1, 2)
_GREEDY = (IndexProduct, IndexSum, StateSum, meaning.PartialDerivative)
_DENSITIES = (meaning.Density, meaning.FamilyDensity)
_BARE_IN_LOG = (Symbol, Index, Element, Slice, Determinant, *_DENSITIES)
_NAMED_DERIVATIVES = 2


class Grip(IntEnum):
    """Operator precedence of an expression, lowest first."""

    TERMS = 0
    GREEDY = 1
    PRODUCT = 2
    ATOM = 3


def grip(expression: Basic) -> Grip:
    """Return the operator precedence of an expression as it is printed."""
    if isinstance(expression, Expr) and (isinstance(expression, Add) or is_negative(expression)):
        return Grip.TERMS
    if isinstance(expression, _GREEDY):
        return Grip.GREEDY
    if isinstance(expression, log):
        return Grip.GREEDY if isinstance(expression.args[0], _BARE_IN_LOG) else Grip.ATOM
    if isinstance(expression, Mul):
        return Grip.PRODUCT
    return Grip.ATOM


@singledispatch
def marks(expression: object) -> Mark:
    """Return the printed marks of an expression."""
    message = f"no notation for {type(expression).__name__}: {expression}"
    raise TypeError(message)


def marks_or_fenced(expression: Expr, least: Grip) -> Mark:
    """Return the marks, in parentheses if the precedence of the expression is below ``least``."""
    inner = marks(expression)
    return inner if grip(expression) >= least else fenced(inner)


@marks.register
def _(expression: Symbol) -> Mark:
    return symbol_mark(expression.name)


@marks.register
def _(expression: Rational) -> Mark:
    if expression < 0:
        return row(Sign("negative"), marks(-expression))
    if expression.q == 1:
        return Number(str(expression.p))
    return Fraction(Number(str(expression.p)), Number(str(expression.q)))


@marks.register
def _(_expression: Pi) -> Mark:
    return Letter("pi")


@marks.register
def _(_expression: EulerGamma) -> Mark:
    return Letter("gamma")


@marks.register
def _(_expression: Exp1) -> Mark:
    return Letter("e", ("roman",))


@marks.register
def _(expression: Add) -> Mark:
    return terms_row(expression)


def terms_row(expression: Expr, before: str = "") -> Row:
    """Return the terms with their signs, breakable at each; ``before`` is a word in front."""
    items: list[Mark] = [Phrase(before)] if before else []
    breaks = set()
    for term in () if before and expression == 0 else ordered_terms(expression):
        negative, magnitude = signed(term)
        if items:
            breaks.add(len(items))
            items.append(Sign("minus" if negative else "plus"))
        elif negative:
            items.append(Sign("negative"))
        items.append(marks_or_fenced(magnitude, Grip.GREEDY))
    return Row(tuple(items), frozenset(breaks))


@marks.register
def _(expression: Mul) -> Mark:
    negative, magnitude = signed(expression)
    if negative:
        return row(Sign("negative"), marks_or_fenced(magnitude, Grip.GREEDY))
    if not isinstance(magnitude, Mul):
        return marks(magnitude)
    above, below = _split(magnitude)
    numbers = [f for f in below if f.is_Integer]
    if len(numbers) == len(below):
        return _with_fraction(Mul(*(f for f in above if f.is_Integer)), Mul(*below), above)
    greedy = [f for f in above if isinstance(f, _GREEDY)]
    rest = [f for f in above if f not in greedy]
    fraction = Fraction(_product(rest), _product(below), crowded=bool(greedy))
    return row(fraction, *_factor_marks(greedy)) if greedy else fraction


def _with_fraction(above: Expr, below: Expr, factors: list[Expr]) -> Mark:
    """Return a product whose denominator is a number: the number's fraction, then the factors."""
    rest = [f for f in factors if not f.is_Integer]
    if below == 1:
        return _product(factors)
    number = marks(above / below)
    if not rest:
        return number
    return (
        row(Fraction(number.above, number.below, crowded=True), *_factor_marks(rest, first=False))
        if isinstance(number, Fraction)
        else _product(rest)
    )


def _split(product: Expr) -> tuple[list[Expr], list[Expr]]:
    """Split a product into numerator and denominator."""
    above, below = [], []
    for factor in Mul.make_args(product):
        base, exponent = factor.as_base_exp() if isinstance(factor, Pow) else (factor, Integer(1))
        if isinstance(factor, Rational):
            above += [Integer(factor.p)] if factor.p != 1 else []
            below += [Integer(factor.q)] if factor.q != 1 else []
        elif is_negative(exponent):
            below.append(_power(base, -exponent))
        else:
            above.append(factor)
    return above, below


def _power(base: Expr, exponent: Expr) -> Expr:
    """Return a power; that of a number is not evaluated, as in ``10**31``."""
    return Pow(base, exponent, evaluate=not base.is_Rational or exponent == 1)


def _product(factors: list[Expr]) -> Mark:
    found = _factor_marks(factors)
    if not found:
        return Number("1")
    if len(found) == 1:
        return found[0]
    may_break = all(isinstance(f, (*_DENSITIES, IndexProduct)) for f in factors)
    starts = (n for n, m in enumerate(found) if n and m != Sign("thin"))
    return Row(tuple(found), frozenset(starts if may_break else ()), reluctant=True)


def _factor_marks(factors: list[Expr], *, first: bool = True) -> list[Mark]:
    """Return the factors in order; ``first`` says that nothing is printed before them."""
    found: list[Mark] = []
    ordered = ordered_factors(factors)
    for position, factor in enumerate(ordered, 1):
        if starts_with_digit(factor) and (found or not first):
            found.append(Sign("times"))
        last = position == len(ordered)
        if isinstance(factor, log) and not last:
            found.append(row(Word("log"), fenced(marks(factor.args[0]))))
        else:
            alone = last and first and len(ordered) == 1
            least = Grip.TERMS if alone else Grip.GREEDY if last else Grip.PRODUCT
            mark = marks_or_fenced(factor, least)
            if opens_with_fence(mark) and (found or not first):
                found.append(Sign("thin"))
            found.append(mark)
    return found


def starts_with_digit(factor: Expr) -> bool:
    """Whether a factor is a number or the power of one, which needs a sign in front of it."""
    base = factor.as_base_exp()[0]
    return bool(base.is_Rational)


@marks.register
def _(expression: Pow) -> Mark:
    base, exponent = expression.args
    if is_negative(exponent):
        return Fraction(Number("1"), marks(_power(base, -exponent)))
    if exponent == _HALF:
        return Root(marks(base))
    return raised(marks(base), marks(exponent))


def raised(base: Mark, exponent: Mark) -> Mark:
    """Return a power, with its base in parentheses unless that is a letter without superscript."""
    if isinstance(base, (Letter, Number)):
        return Script(base, above=exponent)
    if isinstance(base, Script) and base.above is None:
        return Script(base.base, base.below, exponent)
    return Script(fenced(base), above=exponent)


@marks.register
def _(expression: Function) -> Mark:
    inner: list[Mark] = []
    for argument in expression.args:
        inner += [Sign("comma space")] if inner else []
        inner.append(marks(argument))
    body = inner[0] if len(inner) == 1 else Row(tuple(inner))
    return row(Word(type(expression).__name__), fenced(body))


@marks.register(exp)
def _(expression: Expr) -> Mark:
    return row(Word("exp"), fenced(marks(expression.args[0])))


@marks.register
def _(expression: log) -> Mark:
    inner = marks(expression.args[0])
    bare = isinstance(expression.args[0], _BARE_IN_LOG)
    return row(Word("log"), inner if bare else fenced(inner))


@marks.register
def _(expression: gamma) -> Mark:
    return row(Letter("Gamma"), fenced(marks(expression.args[0])))


@marks.register
def _(expression: loggamma) -> Mark:
    return row(Word("log"), Letter("Gamma"), fenced(marks(expression.args[0])))


@marks.register
def _(expression: polygamma) -> Mark:
    order, argument = expression.args
    letter: Mark = Letter("psi")
    if order.is_Integer and 0 < order <= _NAMED_DERIVATIVES:
        letter = Script(letter, above=Row((Sign("prime"),) * int(order)))
    elif order != 0:
        letter = Script(letter, above=fenced(marks(order)))
    return row(letter, fenced(marks(argument)))

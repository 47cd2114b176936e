"""One form for all trees that say the same.

Sums and products are flattened and sorted, a quotient is a product with a denominator, a sign is
the coefficient of its product, and a bound index is called by how deep it is bound. Nothing is
multiplied out or cancelled, so that two formulas of one form are the same formula.

The form of a product is ``mul``, coefficient, factors above, factors below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from oracles.reader.cursor import Tree
from oracles.reader.letters import binders, places

Scope = Mapping[Tree, Tree]
ONE: Tree = ("num", Fraction(1))
MINUS_ONE: Tree = ("num", Fraction(-1))


def canonical(tree: Tree, scope: Scope | None = None) -> Tree:
    """Return the form of a tree; ``scope`` says what the bound indices around it are called."""
    scope = scope or {}
    kind = tree[0]
    if tree in scope:
        return scope[tree]
    if kind in {"num", "primes", "order", "star"}:
        return tree
    if kind == "name":
        return (*tree[:2], tuple(a for a in tree[2] if a != "roman"))
    return _FORMS[kind](tree, scope)


def _script(tree: Tree, scope: Scope) -> Tree:
    """Return the form of a letter with scripts; one with -1 above it is an inverse matrix."""
    base, below, above = tree[1:]
    if base[0] == "bracket":
        return _bracket(base, below, above, scope)
    if base[0] not in {"name", "script"}:
        return _bracket(base, below, above, scope)
    letter = canonical(base, scope)
    below, above = (tuple(canonical(t, scope) for t in s) for s in (below, above))
    if len(above) == 1 and coefficient(above[0]) < 0 and above[0] != MINUS_ONE:
        return power(("script", letter, below, ()) if below else letter, above[0])
    return ("script", letter, below, above)


def _bracket(base: Tree, below: tuple[Tree, ...], above: tuple[Tree, ...], scope: Scope) -> Tree:
    """Return the form of a vector or a matrix by its entries, or of a body with a value put in."""
    inner = dict(scope)
    for place in binders(("script", base, below, above)):
        inner[place] = ("bound", _depth(inner))
    lowered = tuple(canonical(t, _with_places(t, inner)) for t in below)
    scripts = (lowered, tuple(canonical(t, scope) for t in above))
    if base[0] == "bracket":
        return ("script", ("bracket", canonical(base[1], inner)), *scripts)
    return ("script", canonical(base, inner), *scripts)


def _with_places(below: Tree, scope: Scope) -> Scope:
    """Return what letters are called in ``x_i = value``, where ``i`` is any place."""
    inner = dict(scope)
    for place in places(below) if below[0] == "relation" else ():
        inner.setdefault(place, ("bound", _depth(inner)))
    return inner


def _depth(scope: Scope) -> int:
    return len(set(scope.values()))


def _add(tree: Tree, scope: Scope) -> Tree:
    terms: list[Tree] = []
    constant = Fraction(0)
    for term in tree[1:]:
        found = canonical(term, scope)
        for part in _terms(found):
            if part[0] == "num":
                constant += part[1]
            else:
                terms.append(part)
    if constant:
        terms.append(("num", constant))
    return summed(terms)


def _terms(form: Tree) -> tuple[Tree, ...]:
    """Return the terms of a form, which is a sum, the negative of one or a single term."""
    if form[0] == "add":
        return form[1:]
    if form[0] == "mul" and form[1] == -1 and len(form[2]) == 1 and not form[3]:
        return tuple(negated(t) for t in _terms(form[2][0])) if form[2][0][0] == "add" else (form,)
    return (form,)


def summed(terms: list[Tree]) -> Tree:
    """Return the form of a sum of forms: of the sum and its negative, the one that sorts first."""
    if len(terms) < 2:
        return terms[0] if terms else ("num", Fraction(0))
    found: Tree = ("add", *sorted(terms, key=repr))
    turned: Tree = ("add", *sorted((negated(t) for t in terms), key=repr))
    return found if repr(found) <= repr(turned) else ("mul", Fraction(-1), (turned,), ())


def coefficient(form: Tree) -> Fraction:
    """Return the number in front of a form."""
    return form[1] if form[0] in {"mul", "num"} else Fraction(1)


def negated(form: Tree) -> Tree:
    """Return the form of what is added to this one to give zero."""
    return multiplied(Fraction(-1), [form], [])


def multiplied(number: Fraction, above: list[Tree], below: list[Tree]) -> Tree:
    """Return the form of a product over a product of forms."""
    tops: list[Tree] = []
    bottoms: list[Tree] = []
    for forms, up, down in ((above, tops, bottoms), (below, bottoms, tops)):
        for form in forms:
            if form[0] in {"num", "mul"}:
                number = number * form[1] if forms is above else number / form[1]
            if form[0] == "mul":
                up.extend(form[2])
                down.extend(form[3])
            elif form[0] != "num":
                up.append(form)
    if not tops and not bottoms:
        return ("num", number)
    if number == 1 and len(tops) == 1 and not bottoms:
        return tops[0]
    return ("mul", number, tuple(sorted(tops, key=repr)), tuple(sorted(bottoms, key=repr)))


def _mul(tree: Tree, scope: Scope) -> Tree:
    return multiplied(Fraction(1), [canonical(t, scope) for t in tree[1:]], [])


def _neg(tree: Tree, scope: Scope) -> Tree:
    return negated(canonical(tree[1], scope))


def _div(tree: Tree, scope: Scope) -> Tree:
    return multiplied(Fraction(1), [canonical(tree[1], scope)], [canonical(tree[2], scope)])


def _pow(tree: Tree, scope: Scope) -> Tree:
    base, exponent = (canonical(t, scope) for t in tree[1:])
    return power(base, exponent)


def power(base: Tree, exponent: Tree) -> Tree:
    """Return the form of a power of forms; that of a letter is the letter with a superscript."""
    if coefficient(exponent) < 0:
        return multiplied(Fraction(1), [], [power(base, negated(exponent))])
    if exponent == ONE:
        return base
    if base[0] in {"name", "bound"}:
        return ("script", base, (), (exponent,))
    if base[0] == "script" and not base[3] and base[1][0] == "name":
        return (*base[:3], (exponent,))
    return ("pow", base, exponent)


def _root(tree: Tree, scope: Scope) -> Tree:
    return ("root", canonical(tree[1], scope))


def _big(tree: Tree, scope: Scope) -> Tree:
    """Return the form of a sum or product over indices, those with a range first."""
    kind, entries, conditions, body, sign = _block(tree)
    entries = tuple(sorted(entries, key=lambda entry: len(entry) == 2))
    inner = dict(scope)
    for entry in entries:
        inner[entry[1]] = ("bound", _depth(inner))
    ranges = tuple(("over", inner[e[1]], *(canonical(b, scope) for b in e[2:])) for e in entries)
    said = sorted((_equation(c, inner) for c in conditions), key=repr)
    form = canonical(body, inner)
    if kind == "sum" and coefficient(form) < 0:
        sign, form = -sign, negated(form)
    return multiplied(sign, [("big", kind, ranges, tuple(said), form)], [])


def _block(tree: Tree) -> tuple[str, tuple[Tree, ...], tuple[Tree, ...], Tree, Fraction]:
    """Join sums, or products, directly under one another; a sum's sign is that of what it adds."""
    kind, entries, conditions, body = tree[1:]
    sign = Fraction(1)
    while True:
        turned, inside = _unsigned(body) if kind == "sum" else (Fraction(1), body)
        if inside[:2] != ("big", kind):
            return kind, entries, conditions, body, sign
        sign *= turned
        entries, conditions, body = entries + inside[2], conditions + inside[3], inside[4]


def _unsigned(tree: Tree) -> tuple[Fraction, Tree]:
    """Return the sign in front of a tree, and the tree without it."""
    if tree[0] == "neg":
        sign, inside = _unsigned(tree[1])
        return -sign, inside
    if tree[0] == "mul":
        units = [t[1] for t in tree[1:] if t[0] == "num" and abs(t[1]) == 1]
        others = [t for t in tree[1:] if not (t[0] == "num" and abs(t[1]) == 1)]
        if len(others) == 1:
            sign, inside = _unsigned(others[0])
            return math.prod(units, start=sign), inside
    return Fraction(1), tree


def _equation(tree: Tree, scope: Scope) -> Tree:
    """Return the form of a relation; the sides of an equation that is a condition are a set."""
    left, right = (canonical(t, scope) for t in tree[2:])
    return ("relation", tree[1], *sorted((left, right), key=repr))


def _apply(tree: Tree, scope: Scope) -> Tree:
    head, fence, groups = tree[1:]
    said = _equation if fence == "{" else canonical
    inside = tuple((mark, tuple(said(t, scope) for t in items)) for mark, items in groups)
    return ("apply", canonical(head, scope), fence, inside)


def _partial(tree: Tree, scope: Scope) -> Tree:
    return ("partial", canonical(tree[1], scope), canonical(tree[2], scope))


def _relation(tree: Tree, scope: Scope) -> Tree:
    return ("relation", tree[1], canonical(tree[2], scope), canonical(tree[3], scope))


_FORMS = {
    "script": _script,
    "add": _add,
    "mul": _mul,
    "neg": _neg,
    "div": _div,
    "pow": _pow,
    "root": _root,
    "big": _big,
    "apply": _apply,
    "partial": _partial,
    "relation": _relation,
}

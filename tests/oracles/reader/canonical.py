"""One form for all trees that say the same.

Sums and products are flattened and sorted, a quotient is a product with a denominator, a sign is
the coefficient of its product, and a bound index is called by how deep it is bound. Nothing is
multiplied out or cancelled, so that two formulas of one form are the same formula.

The form of a product is ``mul``, coefficient, factors above, factors below.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from oracles.reader.cursor import Tree
from oracles.reader.letters import binders

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
    scripts = (tuple(canonical(t, s) for t in p) for p, s in ((below, inner), (above, scope)))
    if base[0] == "bracket":
        return ("script", ("bracket", canonical(base[1], inner)), *scripts)
    return ("script", canonical(base, inner), *scripts)


def _depth(scope: Scope) -> int:
    return len(set(scope.values()))


def _add(tree: Tree, scope: Scope) -> Tree:
    terms: list[Tree] = []
    constant = Fraction(0)
    for term in tree[1:]:
        found = canonical(term, scope)
        for part in found[1:] if found[0] == "add" else [found]:
            if part[0] == "num":
                constant += part[1]
            else:
                terms.append(part)
    if constant:
        terms.append(("num", constant))
    return summed(terms)


def summed(terms: list[Tree]) -> Tree:
    """Return the form of a sum of forms; where all terms are negative, so is the sum."""
    if len(terms) < 2:
        return terms[0] if terms else ("num", Fraction(0))
    if all(coefficient(t) < 0 for t in terms):
        return multiplied(Fraction(-1), [summed([negated(t) for t in terms])], [])
    return ("add", *sorted(terms, key=repr))


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
    """Return the form of a sum or product over indices; sums under one another are one."""
    kind, entries, conditions, body = tree[1:]
    inner = dict(scope)
    for entry in entries:
        inner[entry[1]] = ("bound", _depth(inner))
    ranges = tuple(("over", inner[e[1]], *(canonical(b, scope) for b in e[2:])) for e in entries)
    said = tuple(_equation(c, inner) for c in conditions)
    form = canonical(body, inner)
    number = Fraction(1)
    if kind == "sum" and coefficient(form) < 0:
        number, form = Fraction(-1), negated(form)
    if form[:2] == ("big", kind):
        ranges, said, form = ranges + form[2], said + form[3], form[4]
    return multiplied(number, [in_order(kind, ranges, said, form)], [])


def in_order(kind: str, ranges: tuple[Tree, ...], said: tuple[Tree, ...], body: Tree) -> Tree:
    """Put the indices that have a range before those that have only conditions."""
    ordered = sorted(ranges, key=lambda entry: len(entry) == 2)
    moved = {o[1]: r[1] for o, r in zip(ordered, ranges, strict=True) if o[1] != r[1]}
    if moved:
        ordered = [("over", r[1], *o[2:]) for o, r in zip(ordered, ranges, strict=True)]
        said, body = tuple(renamed(c, moved) for c in said), renamed(body, moved)
    return ("big", kind, tuple(ordered), tuple(sorted(said, key=repr)), body)


def renamed(form: Tree, names: Mapping[Tree, Tree]) -> Tree:
    """Return a form with bound indices called otherwise, sorted anew."""
    if form in names:
        return names[form]
    parts = tuple(renamed(p, names) if isinstance(p, tuple) and p else p for p in form)
    if parts[0] == "add":
        return ("add", *sorted(parts[1:], key=repr))
    if parts[0] == "mul":
        return (*parts[:2], *(tuple(sorted(p, key=repr)) for p in parts[2:]))
    return parts


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

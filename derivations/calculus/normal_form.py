"""One normal form for expressions in sums, so that equal ones become the same tree.

An expression is spread into terms. Indicators between indices are eliminated where the solved
index is proved in range (in any order: the loop runs until nothing more can be solved), sums
over a whole simplex or over all states of an indicator become one, sums over an absent index
become its count. Bound indices are then named canonically. Two expressions whose normal forms
agree are equal for all sizes; the converse is not promised, so that a difference left over
means "unknown", never "refuted".
"""

from __future__ import annotations

from functools import cache
from itertools import count, groupby, islice, permutations, product
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, default_sort_key, nan, oo, sympify, zoo

from derivations.calculus.binding import free_indices, legible, substitute
from derivations.calculus.division import divided
from derivations.calculus.exact import refuse_floats
from derivations.calculus.expressions import SIMPLEX, Element, IndexSum, Iverson
from derivations.calculus.indices import Index, IndexOutOfRangeError, is_never_negative
from derivations.calculus.positivity import may_be_empty
from derivations.calculus.terms import (
    Normalizer,
    Powers,
    Term,
    gathered,
    multiplied,
    spread,
)


def terms(expression: Expr) -> list[Term]:
    """Spread an expression into terms with eliminated indicators, the indices' letters kept."""
    return _terms(expression, collect)


def _terms(expression: Expr, normalize: Normalizer) -> list[Term]:
    found: list[Term] = []
    for raw in spread(sympify(expression), normalize):
        term = _eliminated(raw)
        if term is None:
            continue
        found += _terms(term.expression(), normalize) if _is_unspread(term) else [term]
    return found


def _is_unspread(term: Term) -> bool:
    """Whether elimination left a factor that is a sum (a count, as ``D1 + D2 - 1``)."""
    sums = (p for a, p in term.powers if isinstance(a, (Add, IndexSum)))
    return any(p.is_Integer and p > 0 for p in sums)


def collect(expression: Expr) -> Expr:
    """Return the sum of the expression's terms for printing: letters kept, equal terms joined."""
    return legible(Add(*(t.expression() for t in terms(expression))))


def simplest(expression: Expr) -> Expr:
    """Return an expression or its collected terms, whichever is shorter."""
    return min(legible(expression), collect(expression), key=lambda e: len(str(e)))


@cache
def normal_form(expression: Expr) -> Expr:
    """Return the normal form: equal trees mean equal expressions, for all sizes."""
    found = divided(_spread_out(expression), _spread_out)
    return Add(*(_canonical(t).expression() for t in found))


def _spread_out(expression: Expr) -> list[Term]:
    return _terms(expression, normal_form)


def is_proved_equal(left: Expr, right: Expr) -> bool:
    """Prove two expressions equal for all sizes; False means unknown, not refuted.

    An expression without a value is equal to no expression, not even to itself. One with a float is
    refused (RoundedNumberError).
    """
    refuse_floats(left, right)
    return bool(normal_form(sympify(left) - right) == 0) and is_a_number(normal_form(sympify(left)))


def is_a_number(expression: Expr) -> bool:
    """Whether no part of an expression is infinite or not a number, whatever the values."""
    return not expression.has(nan, oo, -oo, zoo)


def _eliminated(term: Term) -> Term | None:
    """Solve indicators, drop sums that are one, count absent indices; None if it is zero."""
    while True:
        if 0 in term.conditions:
            return None
        open_conditions = tuple(dict.fromkeys(c for c in term.conditions if c != 1))
        powers = tuple((a, p) for a, p in term.powers if a not in open_conditions)
        term = Term(term.coefficient, term.indices, open_conditions, powers)
        simpler = (
            _merge_indicators(term)
            or _solve_one(term)
            or _use_condition(term)
            or _sum_to_one(term)
            or _cancel_sum(term)
            or _count_absent(term)
        )
        if simpler is None:
            return term
        term = simpler


def _merge_indicators(term: Term) -> Term | None:
    """Write ``[z = k] [z = l]`` as ``[k = l] [z = k]``: a variable has one value.

    A free index is kept before a bound one, whatever their letters.
    """
    bound = set(term.indices)
    held: dict[Expr, Expr] = {}
    for atom, power in term.powers:
        if not isinstance(atom, Iverson) or not power.is_positive:
            continue
        variable, value = atom.args
        if not isinstance(variable, Element) or value.has(Element):
            continue
        if variable not in held:
            held[variable] = value
            continue
        kept, gone = sorted((held[variable], value), key=lambda v: _giving_way(v, bound))
        powers = tuple(ap for ap in term.powers if ap[0] != Iverson(variable, gone))
        conditions = (*term.conditions, Iverson(kept, gone))
        return Term(term.coefficient, term.indices, conditions, powers)
    return None


def _giving_way(value: Expr, bound: set[Index]) -> tuple[bool, Any]:
    return bool(free_indices(value) & bound), default_sort_key(value)


def _solve_one(term: Term) -> Term | None:
    """Use one condition to replace one bound index by a value proved to be in its range."""
    for condition in term.conditions:
        difference = (condition.args[0] - condition.args[1]).expand()
        for index in reversed(term.indices):
            slope = difference.coeff(index, 1)
            if slope not in (1, -1):
                continue
            value = (index - slope * difference).expand()
            if not value.is_integer:
                continue
            if is_never_negative(value - index.lower) and is_never_negative(index.upper - value):
                return _solved(term, condition, index, value)
    return None


def _solved(term: Term, condition: Expr, index: Index, value: Expr) -> Term:
    """Substitute the value of a solved index, and remove its sum and its condition."""
    mapping = {index: value}
    return Term(
        term.coefficient,
        tuple(i for i in term.indices if i != index),
        tuple(substitute(c, mapping) for c in term.conditions if c != condition),
        gathered((substitute(a, mapping), p) for a, p in term.powers),
    )


def _use_condition(term: Term) -> Term | None:
    """Under ``[i + l - 1 = k]`` write k for i + l - 1 in the atoms."""
    for condition in term.conditions:
        compound, index = condition.args
        if not isinstance(index, Index) or not isinstance(compound, Add):
            continue
        mapping = {compound: index}
        try:
            powers = gathered((substitute(a, mapping), p) for a, p in term.powers)
        except IndexOutOfRangeError:  # k may have a larger range than i + l - 1
            continue
        if powers != term.powers:
            return Term(term.coefficient, term.indices, term.conditions, powers)
    return None


def _sum_to_one(term: Term) -> Term | None:
    """Drop ``sum_i p_i`` over a simplex and ``sum_i [Z = i]`` over all of Z's states."""
    for index in term.indices:
        touching = [(a, p) for a, p in term.powers if index in free_indices(a)]
        if len(touching) != 1 or any(index in free_indices(c) for c in term.conditions):
            continue
        atom, power = touching[0]
        if power == 1 and _sums_to_one(atom, index):
            return _without(term, index, tuple(ap for ap in term.powers if ap[0] != atom))
    return None


def _sums_to_one(atom: Expr, index: Index) -> bool:
    if isinstance(atom, Element) and atom.array.domain == SIMPLEX:
        *leading, last = atom.subscripts
        whole = (index.lower, index.upper) == (1, atom.array.sizes[-1])
        return bool(last == index and whole and not any(s.has(index) for s in leading))
    if isinstance(atom, Iverson) and isinstance(atom.args[0], Element):
        element, value = atom.args
        whole = (index.lower, index.upper) == element.value_range
        return bool(value == index and whole and not element.has(index))
    return False


def _cancel_sum(term: Term) -> Term | None:
    """Cancel ``sum_i w_i`` against a divisor that is the same sum, unless it may be empty."""
    divisors = [a for a, p in term.powers if isinstance(a, IndexSum) and p.is_negative]
    for index in term.indices if divisors else ():
        touching = tuple((a, p) for a, p in term.powers if index in free_indices(a))
        summed = Term(Integer(1), (index,), (), touching)
        conditioned = any(index in free_indices(c) for c in term.conditions)
        hidden = conditioned or summed.may_be_of_nothing
        if not touching or hidden or any(a in divisors for a, _ in touching):
            continue
        total = normal_form(summed.expression())
        for divisor in divisors:
            if normal_form(divisor) == total:
                kept = [ap for ap in term.powers if ap not in touching]
                return _without(term, index, gathered([*kept, (divisor, Integer(1))]))
    return None


def _count_absent(term: Term) -> Term | None:
    """Replace the sum over an index that its body does not contain by the number of its values.

    If the range may be empty, the body must be proved to have a value, lest ``0 / 0`` is cancelled.
    """
    for index in term.indices:
        if may_be_empty(index) and not term.has_value:
            continue
        parts = (*term.conditions, *(a for a, _ in term.powers))
        if not any(index in free_indices(part) for part in parts):
            counted = Term(Integer(1), powers=((index.count.expand(), Integer(1)),))
            return multiplied((_without(term, index, term.powers), counted))
    return None


def _without(term: Term, index: Index, powers: Powers) -> Term:
    rest = tuple(i for i in term.indices if i != index)
    return Term(term.coefficient, rest, term.conditions, powers)


def _canonical(term: Term) -> Term:
    """Rename bound indices by position; among equal ranges the naming that sorts first."""
    ranges = {i: (default_sort_key(i.lower), default_sort_key(i.upper)) for i in term.indices}
    ordered = sorted(term.indices, key=lambda i: ranges[i])
    groups = [list(g) for _, g in groupby(ordered, key=lambda i: ranges[i])]
    letters = _letters(term)
    arrangements = product(*(permutations(g) for g in groups))
    named = [_named(term, [i for g in a for i in g], letters) for a in arrangements]
    return min(named, key=_sort_key)


def _letters(term: Term) -> list[str]:
    """Return the first canonical letters that no free index of the term bears."""
    taken = {i.name for i in term.used() - set(term.indices)}
    free = (name for name in (f"_{position}" for position in count()) if name not in taken)
    return list(islice(free, len(term.indices)))


def _named(term: Term, order: list[Index], letters: list[str]) -> Term:
    mapping = {i: i.renamed(letter) for i, letter in zip(order, letters, strict=True)}
    apart = term.renamed_apart(mapping.values())
    renamed = dict(zip(term.indices, apart.indices, strict=True))
    named = apart.mapped({renamed[i]: new for i, new in mapping.items()})
    powers = ((_inner(a), p) for a, p in named.powers)
    return Term(
        named.coefficient,
        tuple(mapping[i] for i in order),
        tuple(sorted(named.conditions, key=default_sort_key)),
        tuple(sorted(powers, key=lambda pair: default_sort_key(pair[0]))),
    )


def _inner(atom: Expr) -> Expr:
    """Normalize the sums inside an atom again, now that the outer letters are settled."""
    if isinstance(atom, (Element, Index, Iverson)) or not atom.args:
        return atom
    if isinstance(atom, (Add, Mul, IndexSum)):
        return normal_form(atom)
    return atom.func(*(normal_form(a) if isinstance(a, Expr) else a for a in atom.args))


def _sort_key(term: Term) -> list[object]:
    return [default_sort_key(p) for p in (*term.conditions, *(Pow(*ap) for ap in term.powers))]

"""Spreading an expression into terms ``coefficient * sum over indices [conditions] atoms``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product

from sympy import Add, Expr, Float, Integer, Mul, Pow, Rational, exp, log, loggamma

from derivations.calculus.binding import free_indices, fresh, substitute
from derivations.calculus.exact import RoundedNumberError, rounded
from derivations.calculus.expressions import Element, IndexProduct, IndexSum, Iverson
from derivations.calculus.indices import Index
from derivations.calculus.positivity import is_positive, may_be_empty

Powers = tuple[tuple[Expr, Expr], ...]
Normalizer = Callable[[Expr], Expr]


@dataclass(frozen=True)
class Term:
    """``coefficient * sum_{indices} [conditions] * product(atom ** power)``, powers rational."""

    coefficient: Rational
    indices: tuple[Index, ...] = ()
    conditions: tuple[Expr, ...] = ()
    powers: Powers = ()

    def expression(self) -> Expr:
        """Write the term as an expression again, with factors the sum does not affect in front.

        An empty sum is zero whatever its body is, so a factor that may have no value stays inside.
        """
        bound = set(self.indices)
        sheltering = self.may_be_of_nothing
        inner: list[Expr] = list(self.conditions)
        outer: list[Expr] = [self.coefficient]
        for atom, power in self.powers:
            factor = Pow(atom, power)
            stays = free_indices(atom) & bound or (sheltering and not has_value(factor))
            (inner if stays else outer).append(factor)
        if not bound:
            return Mul(*outer, *inner)
        return Mul(*outer, IndexSum(Mul(*inner), *self.indices))

    @property
    def may_be_of_nothing(self) -> bool:
        """Whether its sums may be empty, or an indicator may make it zero."""
        switched = any(isinstance(atom, Iverson) for atom, _ in self.powers)
        return bool(self.conditions) or switched or any(map(may_be_empty, self.indices))

    @property
    def has_value(self) -> bool:
        """Whether every factor is proved to be a number, whatever the sizes and values."""
        return all(has_value(Pow(atom, power)) for atom, power in self.powers)

    def used(self) -> set[Index]:
        """Return the indices it mentions: its bound ones and the free ones of its parts."""
        found = set(self.indices)
        for part in (*self.conditions, *(a for a, _ in self.powers)):
            found |= free_indices(part)
        return found

    def mapped(self, mapping: dict[Index, Expr]) -> Term:
        """Replace indices in every part; a bound index may only become another index."""
        indices = tuple(mapping.get(i, i) for i in self.indices)
        conditions = tuple(substitute(c, mapping) for c in self.conditions)
        powers = gathered((substitute(a, mapping), p) for a, p in self.powers)
        return Term(self.coefficient, indices, conditions, powers)

    def renamed_apart(self, taken: Iterable[Index]) -> Term:
        """Rename bound indices whose letter is taken."""
        everything = set(taken)
        names = {i.name for i in everything}
        everything |= self.used()
        mapping: dict[Index, Expr] = {}
        for index in self.indices:
            if index.name in names:
                mapping[index] = fresh(index, everything)
                everything.add(mapping[index])
        return self.mapped(mapping) if mapping else self


def gathered(powers: Iterable[tuple[Expr, Expr]]) -> Powers:
    """Join powers of equal atoms; exponentials multiply into one, indicators are idempotent.

    An indicator divided by itself is the indicator: where it is zero, the term counts as zero.
    """
    totals: Counter[Expr] = Counter()
    exponent: Expr = Integer(0)
    for atom, power in powers:
        if isinstance(atom, exp):
            exponent += power * atom.args[0]
        elif isinstance(atom, Iverson) and power.is_positive:
            totals[atom] = Integer(1)
        elif isinstance(atom, Iverson):
            totals[atom] = totals[atom] or Integer(-1)
        else:
            totals[atom] += power
    if exponent != 0:
        totals[exp(exponent)] += Integer(1)
    return tuple((a, p) for a, p in totals.items() if p != 0)


def spread(expression: Expr, normalize: Normalizer) -> list[Term]:  # noqa: PLR0911 - one line for each kind
    """Spread products over sums until only atoms, their arguments normalized, are multiplied."""
    if isinstance(expression, Add):
        return [t for argument in expression.args for t in spread(argument, normalize)]
    if isinstance(expression, Mul):
        return _multiply([spread(a, normalize) for a in expression.args])
    if isinstance(expression, IndexSum):
        return [_summed(t, expression.indices) for t in spread(expression.body, normalize)]
    if isinstance(expression, Pow):
        return _spread_power(expression, normalize)
    if expression.is_Rational:
        return [Term(expression)] if expression != 0 else []
    if isinstance(expression, Float):
        raise RoundedNumberError(rounded(expression))
    if isinstance(expression, Iverson) and not expression.is_random:
        return [Term(Integer(1), conditions=(expression,))]
    if isinstance(expression, Element) or not expression.args or isinstance(expression, Index):
        return [Term(Integer(1), powers=((expression, Integer(1)),))]
    return _spread_function(expression, normalize)


def _spread_power(expression: Pow, normalize: Normalizer) -> list[Term]:
    """Multiply out positive integer powers of sums; spread ``(a b)**-1`` into factors.

    An exponent that is not a rational number may depend on indices: it stays inside the atom.
    """
    base, power = expression.args
    if not power.is_Rational:
        raised = Pow(normalize(base), normalize(power))
        if isinstance(raised, Pow) and not raised.exp.is_Rational:
            return [Term(Integer(1), powers=((raised, Integer(1)),))]
        return spread(raised, normalize)
    if isinstance(base, Iverson) and power.is_positive:
        return spread(base, normalize)
    if power.is_Integer and power > 1 and base.has(Add, IndexSum):
        return _multiply([spread(base, normalize)] * int(power))
    normalized = normalize(base)
    if power.is_Integer and isinstance(normalized, Mul):
        return _multiply([spread(Pow(f, power), normalize) for f in normalized.args])
    return [_power_of_atom(normalized, power)]


def _power_of_atom(base: Expr, power: Rational) -> Term:
    """Return a power; of a sum's integer power the content, sign included, is the coefficient."""
    if not (isinstance(base, Add) and power.is_Integer):
        return Term(Integer(1), powers=((base, power),))
    content, primitive = base.primitive()
    if primitive.could_extract_minus_sign():
        content, primitive = -content, -primitive
    return Term(content**power, powers=((primitive, power),))


def _spread_function(expression: Expr, normalize: Normalizer) -> list[Term]:
    """Normalize the arguments; the log of a product of positive factors becomes a sum."""
    if isinstance(expression, log):
        divisors, rest = _positive_divisors(expression.args[0])
        if divisors:
            logs = (power * log(base) for base, power in divisors)
            return spread(Add(log(rest), *logs), normalize)
    arguments = [normalize(a) if isinstance(a, Expr) else a for a in expression.args]
    function = expression.func(*arguments)
    if isinstance(function, log):
        function = _log_apart(function.args[0])
    if isinstance(function, (Add, Mul)):
        return spread(function, normalize)
    return [Term(Integer(1), powers=((function, Integer(1)),))]


def _positive_divisors(argument: Expr) -> tuple[list[tuple[Expr, Expr]], Expr]:
    """Return the divisors of a product that are positive sums, and the rest of the product.

    They leave a log before its argument is normalized, which would divide by them term by term.
    """
    divisors: list[tuple[Expr, Expr]] = []
    rest: list[Expr] = []
    for factor in Mul.make_args(argument):
        base, power = factor.as_base_exp()
        if isinstance(base, Add) and power.is_negative and is_positive(base):
            divisors.append((base, power))
        else:
            rest.append(factor)
    return divisors, Mul(*rest)


def _log_apart(argument: Expr) -> Expr:
    """Take exponentials, positive factors and even powers out of a log; everything here is real.

    Both sides of ``log a^(2m) = m log a^2`` have a value exactly where a is not zero. The sign of a
    negative sum stays in the log.
    """
    total: Expr = Integer(0)
    rest: list[Expr] = []
    for factor in Mul.make_args(argument):
        base, power = factor.as_base_exp()
        if isinstance(factor, exp):
            total += factor.args[0]
        elif is_positive(base):
            total += power * log(base)
        elif power.is_Integer and power.is_even and base.is_real:
            total += power / 2 * log(base**2)
        elif power.is_Integer and isinstance(base, Add) and is_positive((-base).expand()):
            total += power * log((-base).expand())
            rest.append(Integer(-1))
        else:
            rest.append(factor)
    return total + log(Mul(*rest))


@cache
def has_value(expression: Expr) -> bool:
    """Prove that an expression is a number, whatever the sizes and values; False means unknown."""
    if isinstance(expression, (Element, Index, Iverson)) or expression.is_Rational:
        return True
    if isinstance(expression, Pow):
        whole = expression.exp.is_Integer and expression.exp.is_positive
        parts = (expression.base,) if whole else expression.args
        return all(map(has_value, parts)) and (whole or is_positive(expression.base))
    if isinstance(expression, (log, loggamma)):
        return is_positive(expression.args[0]) and has_value(expression.args[0])
    if isinstance(expression, (IndexSum, IndexProduct)):
        return has_value(expression.body)
    if isinstance(expression, (Add, Mul, exp)):
        return all(map(has_value, expression.args))
    return bool(expression.is_Symbol)


def _summed(term: Term, indices: tuple[Index, ...]) -> Term:
    """Put a term under more sums, outermost first."""
    term = term.renamed_apart(indices)
    return Term(term.coefficient, (*indices, *term.indices), term.conditions, term.powers)


def _multiply(factors: list[list[Term]]) -> list[Term]:
    """Multiply sums of terms out."""
    return [multiplied(choice) for choice in product(*factors)]


def multiplied(factors: tuple[Term, ...]) -> Term:
    """Multiply terms, bound indices renamed apart."""
    coefficient: Rational = Integer(1)
    indices: tuple[Index, ...] = ()
    conditions: tuple[Expr, ...] = ()
    powers: list[tuple[Expr, Expr]] = []
    taken = {i for t in factors for i in t.used() - set(t.indices)}
    for factor in factors:
        term = factor.renamed_apart(taken)
        taken |= set(term.indices)
        coefficient *= term.coefficient
        indices += term.indices
        conditions += term.conditions
        powers += term.powers
    return Term(coefficient, indices, conditions, gathered(powers))

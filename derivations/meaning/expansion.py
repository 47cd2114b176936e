"""Write notation out: each node in terms of densities, means over factors and derivatives.

``expand`` alone defines this. Its result contains only nodes that ``evaluate`` knows, and means
over the variables of factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from sympy import Add, Basic, Expr, Mul, Symbol, exp, log

from derivations.calculus.binding import (
    free_indices,
    fresh,
    substitute,
    sum_over,
)
from derivations.calculus.expressions import Array, Element, Slice
from derivations.calculus.indices import Index
from derivations.meaning.dependence import ancestors, is_direct, refuse_wrong_bar
from derivations.meaning.family_forms import family_log_density, nameless, shape_of
from derivations.meaning.mean_derivatives import derived
from derivations.meaning.notation import (
    AnyPart,
    Applied,
    At,
    Density,
    Distributed,
    Divergence,
    Entries,
    Entropy,
    Expectation,
    FamilyAt,
    FamilyDensity,
    Independent,
    Joint,
    MeanOver,
    NotationError,
    PartialDerivative,
    Variance,
    Where,
    variable_of,
)
from derivations.meaning.substitution import put, refuse_capture


@cache
def expand(expression: Expr) -> Expr:
    """Return an expression with all notation written out."""
    if not isinstance(expression, Expr) or not expression.has(*NOTATION):
        return expression
    for kind, meaning in MEANINGS.items():
        if type(expression) is kind:
            return meaning(expression)
    if isinstance(expression, (Element, Index)):
        return expression
    if isinstance(expression, log) and isinstance(expression.args[0], (Density, FamilyDensity)):
        return log_density(expression.args[0])
    if isinstance(expression, log) and isinstance(expression.args[0], Mul):
        factors = expression.args[0].args
        if any(isinstance(_base(f), (Density, FamilyDensity)) for f in factors):
            return Add(*(_log_of_factor(f) for f in factors))
    return expression.func(*(expand(a) for a in expression.args))


def _base(factor: Expr) -> Expr:
    return factor.base if factor.is_Pow else factor


def _log_of_factor(factor: Expr) -> Expr:
    if factor.is_Pow and isinstance(factor.base, (Density, FamilyDensity)):
        return expand(factor.exp) * log_density(factor.base)
    return (
        expand(log(factor)) if isinstance(factor, (Density, FamilyDensity)) else log(expand(factor))
    )


def log_density(density: Density | FamilyDensity) -> Expr:
    """Return the log density, written out."""
    if isinstance(density, FamilyDensity):
        return expand(family_log_density(density.value, density.family))
    joint, values, given = density.joint, density.values, density.given
    refuse_wrong_bar(density)
    held = tuple(g for g in given if variable_of(g).array in joint.variables)
    if is_direct(joint, values, held):
        written = Add(*(_item_log_density(joint, v) for v in values))
    else:
        written = _log_evidence(joint, (*values, *held))
        if held:
            written -= _log_evidence(joint, held)
    for item in (*values, *given):
        if isinstance(item, At):
            written = put(written, item.variable, expand(item.place))
    return written


def _item_log_density(joint: Joint, item: Expr) -> Expr:
    """Return the log density of a variable, or of some of its copies, given its parents."""
    item = variable_of(item)
    one = joint.part(item.array)
    whole = expand(family_log_density(one.stated.value, one.stated.family))
    number = min(len(item.subscripts), len(one.plates))
    taken = free_indices(item)
    rest = list(one.plates[number:])
    renamed: dict[Basic, Expr] = {}
    for index in rest:
        renamed[index] = fresh(index, taken | free_indices(whole) - {index})
        taken = taken | {renamed[index]}
    mapping = {**dict(zip(one.plates, item.subscripts[:number], strict=False)), **renamed}
    return sum_over(substitute(whole, mapping), *(renamed[i] for i in rest))


def _log_evidence(joint: Joint, items: Sequence[Expr]) -> Expr:
    """Return the log density of some variables; no integral is needed if all are named."""
    items = tuple(variable_of(i) for i in items)
    if set(items) == {Slice(a) for a in ancestors(joint, [i.array for i in items])}:
        return Add(*(_item_log_density(joint, i) for i in items))
    return log(_evidence(joint, items))


def _evidence(joint: Joint, items: Sequence[Expr]) -> Expr:
    """Return the density of some variables, all others integrated out."""
    items = tuple(variable_of(i) for i in items)
    needed = ancestors(joint, [i.array for i in items])
    body = exp(Add(*(_item_log_density(joint, i) for i in items)))
    return MeanOver(body, _expanded(p for p in joint.parts if p.array in needed), (), items)


def _expanded(parts: Iterable[AnyPart]) -> tuple[AnyPart, ...]:
    """Return factors whose parameters are written out."""
    found = []
    for one in parts:
        at = one.stated.family
        written = FamilyAt(at.name, *(expand(p) for p in at.parameters))
        found.append(one.func(Distributed(one.stated.value, written), *one.plates))
    return tuple(found)


def _mean(distribution: Basic, body: Expr, held: tuple[Expr, ...] = ()) -> Expr:
    """Return the mean of an expression that is already written out."""
    if isinstance(distribution, Joint):
        return MeanOver(body, _expanded(distribution.parts), (), held)
    if isinstance(distribution, Density):
        joint, values, given = distribution.joint, distribution.values, distribution.given
        refuse_wrong_bar(distribution)
        known = tuple(g for g in given if variable_of(g).array in joint.variables)
        places = [i for i in (*values, *known) if isinstance(i, At)]
        if places:
            message = f"wanted the distribution of variables, got it at {places[0].place}"
            raise NotationError(message)
        arrays = {v.array for v in values}
        if is_direct(joint, values, known):
            parts = _expanded(p for p in joint.parts if p.array in arrays)
            return MeanOver(body, parts, values, held)
        _refuse_what_is_integrated_out(distribution, body, (*values, *known))
        parts = _expanded(joint.parts)
        if not known:
            return MeanOver(body, parts, (), held)
        weight = exp(Add(*(_item_log_density(joint, g) for g in known)))
        return MeanOver(body * weight, parts, (), (*known, *held)) / _evidence(joint, known)
    if hasattr(distribution, "__iter__"):
        for one in reversed(tuple(distribution)):
            body = _taken_together(_mean(one, body, held))
        return body
    message = f"wanted the distribution of an expectation, got {distribution}"
    raise NotationError(message)


def _refuse_what_is_integrated_out(density: Density, body: Expr, named: Iterable[Expr]) -> None:
    """Refuse a body that holds a variable which the density has integrated out."""
    lost = set(density.joint.variables) - {variable_of(n).array for n in named}
    loose = sorted((a for a in lost if _is_free(a, body)), key=str)
    if loose:
        message = (
            f"{density}: wanted a mean of its variables, got {loose[0]}, which it integrates out"
        )
        raise NotationError(message)


def _is_free(array: Array, body: Expr) -> bool:
    """Whether a variable occurs in a body outside the means over it."""
    if isinstance(body, MeanOver) and array in {p.array for p in body.parts}:
        return array in {variable_of(h).array for h in body.held}
    if isinstance(body, Array) or not body.args:
        return body == array
    return any(_is_free(array, a) for a in body.args)


def _taken_together(mean: Expr) -> Expr:
    """Return nested means over independent variables as one mean over all of them."""
    inner = mean.body if isinstance(mean, MeanOver) else None
    if not isinstance(inner, MeanOver) or mean.held or inner.held:
        return mean
    both = ((mean, inner), (inner, mean))
    if any(a.args[1].has(*(p.array for p in b.parts)) for a, b in both):
        return mean
    random = (i for m in (mean, inner) for i in m.random or (Slice(p.array) for p in m.parts))
    return MeanOver(inner.body, (*mean.parts, *inner.parts), random)


def _expectation(node: Expectation) -> Expr:
    return _mean(node.distribution, expand(node.body), node.held)


def _variance(node: Variance) -> Expr:
    body = expand(node.body)
    return _mean(
        node.distribution, (body - _mean(node.distribution, body, node.held)) ** 2, node.held
    )


@dataclass(frozen=True)
class _Alone:
    """A distribution as a joint, and the log density that belongs to it."""

    distribution: Basic
    log_density: Expr


def _alone(distribution: Expr, other: Expr | None = None) -> _Alone:
    """Return a distribution that can be averaged under, with its log density."""
    if isinstance(distribution, Density):
        return _Alone(distribution, log_density(distribution))
    if isinstance(distribution, (FamilyAt, Independent)):
        del other
        joint, value = nameless(distribution)
        return _Alone(joint, log_density(Density(joint, (value,))))
    message = f"wanted a distribution, got {distribution}"
    raise NotationError(message)


def _divergence(node: Divergence) -> Expr:
    left, right = _alone(node.left), _alone(node.right)
    if isinstance(node.left, Density) != isinstance(node.right, Density):
        message = f"{node}: wanted two densities or two named families in a divergence"
        raise NotationError(message)
    if isinstance(node.left, Density):
        if set(node.left.values) != set(node.right.values):
            message = (
                f"wanted two distributions of the same variables, got {node.left} and {node.right}"
            )
            raise NotationError(message)
    elif shape_of(node.left) != shape_of(node.right):
        message = f"wanted two distributions of the same shape, got {node.left} and {node.right}"
        raise NotationError(message)
    return _mean(left.distribution, left.log_density - right.log_density)


def _entropy(node: Entropy) -> Expr:
    alone = _alone(node.distribution)
    return -_mean(alone.distribution, alone.log_density)


def _derivative(node: PartialDerivative) -> Expr:
    body, by = expand(node.body), node.by
    if isinstance(by, log) and isinstance(by.args[0], Element):
        return by.args[0] * derived(body, by.args[0], _item_log_density)
    if isinstance(by, Element):
        return derived(body, by, _item_log_density)
    message = f"wanted a derivative by an entry of an array or its log, got one by {by}"
    raise NotationError(message)


def _where(node: Where) -> Expr:
    if isinstance(node.variable, Symbol):
        body = expand(node.body)
        if any(a.has(node.variable) for a in body.atoms(Array, Index)):
            message = f"wanted a size that no array or index depends on, got {node.variable}"
            raise NotationError(message)
        return body.xreplace({node.variable: node.place})
    body, place = expand(node.body), expand(node.place)
    refuse_capture(body, node.variable.array, place)
    return put(body, node.variable, place)


def _density(node: Density | FamilyDensity) -> Expr:
    return exp(log_density(node))


def _kept(node: Expr) -> Expr:
    return node


MEANINGS: dict[type[Expr], Callable[..., Expr]] = {
    Density: _density,
    FamilyDensity: _density,
    Expectation: _expectation,
    Variance: _variance,
    Divergence: _divergence,
    Entropy: _entropy,
    PartialDerivative: _derivative,
    Where: _where,
    MeanOver: _kept,
    Applied: _kept,
    Entries: lambda node: Entries(expand(node.body), *node.indices),
}
NOTATION = tuple(k for k in MEANINGS if k not in (MeanOver, Entries))

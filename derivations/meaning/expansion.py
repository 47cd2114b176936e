"""The meaning of notation: each node in terms of densities, means over factors and derivatives.

``expand`` is the one place that says it. What is left are the nodes that ``evaluate`` knows and
means over the variables of factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from sympy import Add, Basic, Expr, Integer, Mul, Symbol, exp, log

from derivations.calculus.binding import (
    component,
    free_indices,
    fresh,
    substitute,
    sum_over,
)
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import REAL, Array, Element, IndexSum, OverIndices, Slice
from derivations.calculus.indices import Index
from derivations.families import SIMPLEX, STATES, Matrix, Vector, family
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
    Part,
    PartialDerivative,
    SinglePart,
    Variance,
    Where,
    variable_of,
)

Place = Callable[..., Expr]


def vector(expression: Expr) -> Vector | Matrix:
    """Return a parameter or value as a vector or matrix: its entry and the indices over it."""
    if isinstance(expression, Entries):
        if len(expression.indices) > 1:
            return Matrix(expression.body, *expression.indices)
        return Vector(expression.body, expression.index)
    return Vector(expression)


def family_log_density(value: Expr, at: FamilyAt) -> Expr:
    """Return the log density of a named family at a value, written out, in nats."""
    found, parameters = family(at.name), tuple(vector(p) for p in at.parameters)
    written = vector(value)
    if found.support == STATES:  # the index of the parameter names the states
        written = Vector(written.entry, parameters[0].index)
    return found.log_density(written, parameters)


@cache
def expand(expression: Expr) -> Expr:
    """Return an expression with all notation written out in what it means."""
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
    return expand(log(factor)) if isinstance(factor, (Density, FamilyDensity)) else log(expand(factor))


def log_density(density: Density | FamilyDensity) -> Expr:
    """Return the log density, written out."""
    if isinstance(density, FamilyDensity):
        return expand(family_log_density(density.value, density.family))
    joint, values, given = density.joint, density.values, density.given
    _refuse_wrong_bar(density)
    held = tuple(g for g in given if variable_of(g).array in joint.variables)
    if _is_direct(joint, values, held):
        written = Add(*(_item_log_density(joint, v) for v in values))
    else:
        written = _log_evidence(joint, (*values, *held))
        if held:
            written -= _log_evidence(joint, held)
    for item in (*values, *given):
        if isinstance(item, At):
            written = put(written, item.variable, expand(item.place))
    return written


def fixed_arrays(density: Density) -> set[Array]:
    """Return the arrays that a density depends on and that are not random.

    Where all parents are named these are the variables' own. Else the variables that are integrated
    out count too, and those held that depend on variables which are not.
    """
    joint = density.joint
    values = {variable_of(v).array for v in density.values}
    known = tuple(g for g in density.given if variable_of(g).array in joint.variables)
    held = {variable_of(g).array for g in known}
    counted = values
    if not _is_direct(joint, density.values, known):
        counted = _ancestors(joint, values) - held
        for one in joint.parts:
            parents = {a for a in one.stated.family.atoms(Array) if a in joint.variables}
            if one.array in held and not parents <= held:
                counted |= _ancestors(joint, [one.array]) - held | {one.array}
    found: set[Array] = set()
    for one in joint.parts:
        if one.array in counted:
            found |= {a for a in one.stated.family.atoms(Array) if a not in joint.variables}
    return found


def _refuse_wrong_bar(density: Density) -> None:
    """Refuse a bar that names fixed arrays, and not all of those the density depends on."""
    joint = density.joint
    own = {g.array for g in joint.given}
    named = {variable_of(g).array for g in density.given} - set(joint.variables) - own
    needed = fixed_arrays(density) - own
    if named and named != needed:
        names = [str(a) for a in sorted(needed, key=str)]
        message = (
            f"{density}: wanted after the bar all the fixed arrays it depends on, {names}, or "
            f"none, got {[str(a) for a in sorted(named, key=str)]}"
        )
        raise NotationError(message)


def _ancestors(joint: Joint, arrays: Iterable[Array]) -> set[Array]:
    """Return arrays of a joint with all they depend on."""
    needed = set(arrays)
    for one in reversed(joint.parts):
        if one.array in needed:
            needed |= {a for a in one.stated.family.atoms(Array) if a in joint.variables}
    return needed


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


def _covers(item: Expr, element: Element) -> bool:
    item = variable_of(item)
    return item.array == element.array and (
        item.subscripts == element.subscripts[: len(item.subscripts)]
    )


def _is_direct(joint: Joint, values: Sequence[Expr], held: Sequence[Expr]) -> bool:
    """Whether a density is the product of the variables' own, all parents being named."""
    arrays = {variable_of(v).array for v in values}
    for item in held:
        if _ancestors(joint, [variable_of(item).array]) & arrays:
            return False
    for value in values:
        item = variable_of(value)
        one = joint.part(item.array)
        if len(item.subscripts) > len(one.plates):
            return False
        mapping = dict(zip(one.plates, item.subscripts, strict=False))
        parameters = [substitute(p, mapping) for p in one.stated.family.parameters]
        for element in {e for p in parameters for e in p.atoms(Element)}:
            if element.array in joint.variables and not any(
                _covers(i, element) for i in (*values, *held)
            ):
                return False
    return True


def _log_evidence(joint: Joint, items: Sequence[Expr]) -> Expr:
    """Return the log density of some variables; nothing is integrated where all are named."""
    items = tuple(variable_of(i) for i in items)
    if set(items) == {Slice(a) for a in _ancestors(joint, [i.array for i in items])}:
        return Add(*(_item_log_density(joint, i) for i in items))
    return log(_evidence(joint, items))


def _evidence(joint: Joint, items: Sequence[Expr]) -> Expr:
    """Return the density of some variables, all others integrated out."""
    items = tuple(variable_of(i) for i in items)
    needed = _ancestors(joint, [i.array for i in items])
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
    """Return the mean of what is written out already."""
    if isinstance(distribution, Joint):
        return MeanOver(body, _expanded(distribution.parts), (), held)
    if isinstance(distribution, Density):
        joint, values, given = distribution.joint, distribution.values, distribution.given
        _refuse_wrong_bar(distribution)
        known = tuple(g for g in given if variable_of(g).array in joint.variables)
        places = [i for i in (*values, *known) if isinstance(i, At)]
        if places:
            message = f"wanted the distribution of variables, got it at {places[0].place}"
            raise NotationError(message)
        arrays = {v.array for v in values}
        if _is_direct(joint, values, known):
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


def _refuse_what_is_integrated_out(
    density: Density, body: Expr, named: Iterable[Expr]
) -> None:
    """Refuse a body that holds a variable which the density has integrated out."""
    lost = set(density.joint.variables) - {variable_of(n).array for n in named}
    loose = sorted((a for a in lost if _is_free(a, body)), key=str)
    if loose:
        message = f"{density}: wanted a mean of its variables, got {loose[0]}, which it integrates out"
        raise NotationError(message)


def _is_free(array: Array, body: Expr) -> bool:
    """Whether a variable occurs in a body outside the means over it."""
    if isinstance(body, MeanOver) and array in {p.array for p in body.parts}:
        return array in {variable_of(h).array for h in body.held}
    if isinstance(body, Array) or not body.args:
        return body == array
    return any(_is_free(array, a) for a in body.args)


def _taken_together(mean: Expr) -> Expr:
    """Return a mean of a mean over independent variables as one mean over all of them."""
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
    return _mean(node.distribution, (body - _mean(node.distribution, body, node.held)) ** 2, node.held)


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


def nameless(distribution: FamilyAt | Independent, named: str = "dummy") -> tuple[Joint, Slice]:
    """Return a named family's distribution as a joint of a variable without a letter."""
    plates = distribution.indices if isinstance(distribution, Independent) else ()
    at = distribution.body if isinstance(distribution, Independent) else distribution
    if odd := [p for p in plates if p.lower != 1]:
        message = f"wanted copies counted from 1, got {odd[0].name} from {odd[0].lower}"
        raise NotationError(message)
    found = family(at.name)
    sizes = [p.upper for p in plates]
    rows = [p for p in at.parameters if isinstance(p, Entries)]
    if found.support == STATES:
        array = Array(named, sizes, named, states=rows[0].index.upper)
        value: Expr = array[tuple(plates)]
    elif found.support == SIMPLEX:
        array = Array(named, [*sizes, rows[0].index.upper], named, REAL)
        value = Entries(array[(*plates, rows[0].index)], rows[0].index)
    else:
        array = Array(named, sizes, named, REAL)
        value = array[tuple(plates)]
    stated = Distributed(value, at)
    return Joint("p", (Part(stated, *plates) if plates else SinglePart(stated),)), Slice(array)


def _divergence(node: Divergence) -> Expr:
    left, right = _alone(node.left), _alone(node.right)
    if isinstance(node.left, Density) != isinstance(node.right, Density):
        message = f"{node}: wanted two densities or two named families in a divergence"
        raise NotationError(message)
    if isinstance(node.left, Density):
        if set(node.left.values) != set(node.right.values):
            message = f"wanted two distributions of the same variables, got {node.left} and {node.right}"
            raise NotationError(message)
    elif _shape(node.left) != _shape(node.right):
        message = f"wanted two distributions of the same shape, got {node.left} and {node.right}"
        raise NotationError(message)
    return _mean(left.distribution, left.log_density - right.log_density)


def _shape(distribution: FamilyAt | Independent) -> tuple[object, ...]:
    joint, value = nameless(distribution)
    return (value.array.sizes, value.array.states, family(joint.parts[0].stated.family.name).support)


def _entropy(node: Entropy) -> Expr:
    alone = _alone(node.distribution)
    return -_mean(alone.distribution, alone.log_density)


def _derivative(node: PartialDerivative) -> Expr:
    body, by = expand(node.body), node.by
    if isinstance(by, log) and isinstance(by.args[0], Element):
        return by.args[0] * derived(body, by.args[0])
    if isinstance(by, Element):
        return derived(body, by)
    message = f"wanted a derivative by an entry of an array or its log, got one by {by}"
    raise NotationError(message)


def derived(body: Expr, by: Element) -> Expr:
    """Return the derivative of what is written out, means included.

    The derivative of a mean is the mean of the derivative of the body, and of the body times the
    derivative of the log density.
    """
    means = sorted(body.atoms(MeanOver), key=str)
    outer = [m for m in means if not any(m is not o and o.has(m) for o in means)]
    if not outer:
        return differentiate(body, by)
    if isinstance(body, MeanOver):
        return _derived_mean(body, by)
    if isinstance(body, Add):
        return Add(*(derived(a, by) for a in body.args))
    if isinstance(body, IndexSum):
        point = free_indices(by)
        clash = {i: fresh(i, point | free_indices(body) | set(body.indices)) for i in body.indices}
        inner = derived(substitute(body.body, clash), by)
        return sum_over(inner, *(clash[i] for i in body.indices))
    letters = {m: _stand_in(m, n) for n, m in enumerate(outer)}
    plain = body.xreplace(letters)
    back = {letter: mean for mean, letter in letters.items()}
    total = differentiate(plain, by)
    for mean, letter in letters.items():
        slope = derived(mean, by)
        total += differentiate(plain, letter) * slope
    return total.xreplace(back)


def _stand_in(mean: MeanOver, number: int) -> Element:
    places = sorted(free_indices(mean), key=str)
    if places:
        message = f"no derivative of a mean beneath other functions at indices: {mean}"
        raise NotImplementedError(message)
    return Array(f"mean {number}", ())[()]


def _derived_mean(mean: MeanOver, by: Element) -> Expr:
    if by.array in {p.array for p in mean.parts}:
        if not any(_covers(h, by) for h in mean.held):
            return Integer(0)
        message = f"no derivative of a mean by the variable {by} that is held in it"
        raise NotImplementedError(message)
    if mean.held and any(p.stated.family.has(by.array) for p in mean.parts):
        message = f"no derivative of a mean by {by}, of which held variables depend"
        raise NotImplementedError(message)
    items = mean.random or tuple(Slice(p.array) for p in mean.parts)
    joint = Joint("p", mean.parts)
    slopes = Add(*(derived(_item_log_density(joint, i), by) for i in items))
    return MeanOver(derived(mean.body, by) + mean.body * slopes, mean.parts, mean.random, mean.held)


def put(expression: Expr, variable: Slice | Element, place: Expr) -> Expr:
    """Put something in the place of a variable, wherever it is not bound by a mean.

    The variable is a whole array, or a row of it at given leading subscripts.
    """
    array, lead = variable.array, variable.subscripts
    if isinstance(place, Slice):

        def at(*subscripts: Expr) -> Expr:
            return place.array[(*place.subscripts, *subscripts)]
    elif isinstance(place, Entries):
        indices, body = place.indices, place.body
        at = component(body, indices)
    else:

        def at(*subscripts: Expr) -> Expr:
            del subscripts
            return place

    return _put(expression, array, lead, at)


def _put(node: Expr, array: Array, lead: tuple[Expr, ...], at: Place) -> Expr:
    if not node.has(array):
        return node
    if isinstance(node, Element) and node.array == array:
        subscripts = tuple(_put(s, array, lead, at) for s in node.subscripts)
        if subscripts[: len(lead)] == lead:
            return at(*subscripts[len(lead) :])
        return array[subscripts] if subscripts else node
    if isinstance(node, MeanOver) and array in {p.array for p in node.parts}:
        if Slice(array) not in node.held and Slice(array, *lead) not in node.held:
            return node
        body = _put(node.body, array, lead, at)
        parts = (p if p.array == array else _put(p, array, lead, at) for p in node.parts)
        return MeanOver(body, parts, node.random, node.held)
    if isinstance(node, (Array, Index)) or not node.args:
        return node
    if isinstance(node, OverIndices):
        return _put_beneath(node, array, lead, at)
    if isinstance(node, Slice):
        return node
    if isinstance(node, Distributed):
        return Distributed(node.value, _put(node.family, array, lead, at))
    return node.func(*(_put(a, array, lead, at) for a in node.args))


def _put_beneath(node: OverIndices, array: Array, lead: tuple[Expr, ...], at: Place) -> Expr:
    """Put something beneath a sum, whose indices give way to those that it brings."""
    probe = [Index(f"probe{n}", 1, s) for n, s in enumerate(array.sizes[len(lead) :])]
    incoming = {i.name for i in free_indices(at(*probe)) - set(probe)} | {
        i.name for s in lead for i in free_indices(s)
    }
    taken = free_indices(node) | set(node.indices) | {i for i in free_indices(at(*probe))}
    renamed: dict[Basic, Expr] = {}
    for index in node.indices:
        if index.name in incoming and not any(s == index for s in lead):
            renamed[index] = fresh(index, taken)
            taken = taken | {renamed[index]}
    body = substitute(node.body, renamed) if renamed else node.body
    return node.func(
        _put(body, array, lead, at), *(renamed.get(i, i) for i in node.indices)
    )


def _where(node: Where) -> Expr:
    if isinstance(node.variable, Symbol):
        body = expand(node.body)
        if any(a.has(node.variable) for a in body.atoms(Array, Index)):
            message = f"wanted a size in formulas alone, got {node.variable} in what is counted"
            raise NotationError(message)
        return body.xreplace({node.variable: node.place})
    body, place = expand(node.body), expand(node.place)
    _refuse_capture(body, node.variable.array, place)
    return put(body, node.variable, place)


def _refuse_capture(body: Expr, array: Array, place: Expr) -> None:
    """Refuse a random variable in a place beneath the mean over it."""
    brought = place.atoms(Array)
    for mean in body.atoms(MeanOver):
        random = {i.array for i in mean.random} or {p.array for p in mean.parts}
        averaged = random - {h.array for h in mean.held}
        if averaged & brought and array not in averaged and mean.has(array):
            names = sorted(map(str, averaged & brought))
            message = f"wanted a place free of what is averaged, got {names[0]}"
            raise NotationError(message)


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

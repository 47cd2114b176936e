"""Differentiation by an array element, without capturing indices."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, exp, log, loggamma, polygamma

from derivations.calculus.binding import all_indices, free_indices, fresh, substitute
from derivations.calculus.expressions import (
    Array,
    Element,
    IndexProduct,
    IndexSum,
    Inert,
    Iverson,
    StateSum,
)


def differentiate(expression: Expr, atom: Element) -> Expr:
    """Return the partial derivative by an element, its free indices being the point it is taken at.

    Every element of the array is an independent variable: the derivative of ``a[i]`` by ``a[m]``
    is ``[i = m]``. Bound indices are renamed before the rule passes under a sum, so that the
    point's indices cannot be captured.

    Raises NotImplementedError where no rule is known: a node whose dependence on the array
    cannot be seen (a density, an expectation) is never taken for a constant.
    """
    if atom.array.states != 0:
        message = f"wanted an element of an array of reals to differentiate by, got {atom}"
        raise NotImplementedError(message)
    return _differentiate(expression, atom)


def _differentiate(expression: Expr, atom: Element) -> Expr:  # noqa: PLR0911 - one line for each kind
    if isinstance(expression, Element) and expression.array == atom.array:
        pairs = zip(expression.subscripts, atom.subscripts, strict=True)
        return Mul(*(Iverson(a, b) for a, b in pairs))
    if isinstance(expression, (Element, Iverson)) or _is_constant(expression, atom.array):
        return Integer(0)
    if isinstance(expression, Add):
        return Add(*(_differentiate(a, atom) for a in expression.args))
    if isinstance(expression, Mul):
        return _differentiate_product(expression, atom)
    if isinstance(expression, IndexSum):
        return _differentiate_sum(expression, atom)
    if isinstance(expression, Pow):
        return _differentiate_power(expression, atom)
    return _outer_derivative(expression) * _differentiate(_argument(expression), atom)


_OPEN = (Element, Iverson, IndexSum, IndexProduct, StateSum)
"""The inert nodes whose arguments show all arrays they depend on."""


def _is_constant(expression: Expr, array: Array) -> bool:
    """Whether an expression does not contain an array, and has no node that may hide it."""
    hides = any(not isinstance(node, _OPEN) for node in expression.atoms(Inert))
    return not hides and not expression.has(array)


def _differentiate_product(expression: Mul, atom: Element) -> Expr:
    parts = []
    for position, factor in enumerate(expression.args):
        rest = expression.args[:position] + expression.args[position + 1 :]
        parts.append(Mul(_differentiate(factor, atom), *rest))
    return Add(*parts)


def _differentiate_power(expression: Pow, atom: Element) -> Expr:
    """Differentiate ``g^h``: by the base, and where the exponent moves too by ``g^h log g``."""
    base, exponent = expression.args
    by_base = exponent * Pow(base, exponent - 1) * _differentiate(base, atom)
    if _is_constant(exponent, atom.array):
        return by_base
    return by_base + expression * log(base) * _differentiate(exponent, atom)


def _differentiate_sum(expression: IndexSum, atom: Element) -> Expr:
    point = free_indices(atom)
    taken = set(point | all_indices(expression))
    names = {i.name for i in point}
    mapping = {}
    for index in expression.indices:
        if index.name in names:
            mapping[index] = fresh(index, taken)
            taken.add(mapping[index])
    derivative = _differentiate(substitute(expression.body, mapping), atom)
    if derivative == 0:
        return Integer(0)
    return IndexSum(derivative, *(mapping.get(i, i) for i in expression.indices))


def _argument(expression: Expr) -> Expr:
    """Return the argument of a function; that of polygamma comes after its order."""
    return expression.args[1 if isinstance(expression, polygamma) else 0]


def _outer_derivative(expression: Expr) -> Expr:
    """Return f' at the argument of a function of one argument."""
    argument = _argument(expression) if expression.args else expression
    if isinstance(expression, log):
        return 1 / argument
    if isinstance(expression, exp):
        return expression
    if isinstance(expression, loggamma):
        return polygamma(0, argument)
    if isinstance(expression, polygamma):
        return polygamma(expression.args[0] + 1, argument)
    message = f"no derivative rule for {type(expression).__name__} in {expression}"
    raise NotImplementedError(message)

"""Validation of declared variables; each error names what was wanted, what was given, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Integer

from derivations.calculus.binding import free_indices
from derivations.calculus.expressions import Array, Element, IndexSum
from derivations.calculus.indices import ONE, Index
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.positivity import is_in_unit_interval, is_never_below_zero, is_positive
from derivations.families import (
    COUNTS,
    POSITIVE,
    REAL,
    SIMPLEX,
    STATES,
    UNIT,
    UP_TO_TRIALS,
    ExponentialFamily,
    Family,
    Parameter,
    Vector,
    names,
)

if TYPE_CHECKING:
    from derivations.calculus.model import Variable


class ModelError(ValueError):
    """A declaration that does not describe a directed model."""


def refuse_unless_declared(variable: Variable) -> None:
    """Check family, parameters, plates, shape and domains of one variable."""
    for complaint in (_family, _parameters, _plates, _free_indices, _shape, _domains):
        message = complaint(variable)
        if message:
            raise ModelError(f"{variable.name}: {message}")  # noqa: TRY003, EM102 - one sentence


def refuse_unless_factor(variable: Variable, parameters: tuple[Array, ...]) -> None:
    """Check that arrays can be the parameters of a variational factor of a variable."""
    family, name = variable.family, variable.name
    if not isinstance(family, ExponentialFamily):
        message = (
            f"{name}: wanted an exponential family for a latent variable with a factor, got "
            f"{family.name}, of which only a log density is known"
        )
        raise ModelError(message)
    if len(parameters) != len(family.parameters):
        stated = " and ".join(family.parameter_names)
        given = ", ".join(p.name for p in parameters) or "none"
        message = f"{name}: wanted its factor's {stated}, got {len(parameters)} arrays: {given}"
        raise ModelError(message)
    plates = tuple(p.upper for p in variable.plates)
    for parameter, array in zip(family.parameters, parameters, strict=True):
        index = variable.index if parameter.is_vector else None
        shape = plates if index is None else (*plates, index.upper)
        if array.sizes != shape:
            message = (
                f"{name}: wanted the {parameter.name} of its factor in the shape "
                f"{_written(shape)}, got {array.name} of the shape {_written(array.sizes)}"
            )
            raise ModelError(message)
        point = variable.plates if index is None else (*variable.plates, index)
        complaint = _domain_of_parameter(parameter, Vector(array[point], index))
        if complaint:
            message = f"the factor of {name}: {complaint}"
            raise ModelError(message)


def _family(variable: Variable) -> str:
    if isinstance(variable.family, Family):
        matrices = [p.name for p in variable.family.parameters if p.is_matrix]
        if matrices:
            return (
                f"wanted a family of numbers, states or points of the simplex in a model, got "
                f"{variable.family.name}, whose {matrices[0]} is a matrix"
            )
        return ""
    return f"wanted one of the families {', '.join(names())}; got {variable.family!r}"


def _parameters(variable: Variable) -> str:
    family = variable.family
    wanted, got = family.parameters, variable.parameters
    if len(wanted) != len(got):
        stated = " and ".join(p.name for p in wanted) or "no parameter"
        given = ", ".join(str(p.entry) for p in got) or "none"
        return f"wanted the {stated} of {family.name}, got {len(got)} parameters: {given}"
    for parameter, vector in zip(wanted, got, strict=True):
        if parameter.is_vector != (vector.index is not None):
            kinds = ("a number", "a vector over an index")
            stated, given = kinds[parameter.is_vector], kinds[not parameter.is_vector]
            return (
                f"wanted {stated} as the {parameter.name} of {family.name}, got {given}: "
                f"{vector.entry}"
            )
    return ""


def _plates(variable: Variable) -> str:
    for plate, extent in zip(variable.plates, variable.array.sizes, strict=False):
        if (plate.lower, plate.upper) != (ONE, extent):
            return f"wanted plate {plate} to run 1..{extent}, got {plate.lower}..{plate.upper}"
    return ""


def _free_indices(variable: Variable) -> str:
    for parameter, vector in _named(variable):
        free = free_indices(vector.entry) - {*variable.plates, vector.index}
        if free:
            letters = ", ".join(sorted(str(i) for i in free))
            plates = ", ".join(map(str, variable.plates)) or "none"
            return (
                f"wanted no index but the plates ({plates}) in the {parameter.name}, got "
                f"{letters} in {vector.entry}"
            )
    return ""


def _shape(variable: Variable) -> str:
    wanted = tuple(p.upper for p in variable.plates)
    index = variable.index
    if variable.family.support == SIMPLEX and index is not None:
        wanted = (*wanted, index.upper)
    if variable.array.sizes != wanted:
        return (
            f"wanted an array of the shape {_written(wanted)}, its plates"
            f"{' and entries' if variable.family.support == SIMPLEX else ''}, got "
            f"{_written(variable.array.sizes)}"
        )
    return ""


def _written(sizes: tuple[Expr, ...]) -> str:
    return f"({', '.join(map(str, sizes))})"


def _domains(variable: Variable) -> str:
    return _domain_of_value(variable) or next(
        (m for p, v in _named(variable) if (m := _domain_of_parameter(p, v))), ""
    )


def _domain_of_value(variable: Variable) -> str:
    support, array, index = variable.family.support, variable.array, variable.index
    if support == STATES:
        extent = Integer(0) if index is None else index.upper
        if array.states != extent:
            got = f"states={array.states}" if array.states != 0 else "an array of reals"
            return f"wanted states={extent}, as many as it has probabilities, got {got}"
        return ""
    wanted = COUNTS if support == UP_TO_TRIALS else support
    if array.states != 0 or array.domain != wanted:
        got = f"states={array.states}" if array.states != 0 else f"the domain {array.domain}"
        whose = f"the support of {variable.family.name}"
        return f"wanted an array with the domain {wanted}, {whose}, got {got}"
    return ""


def _domain_of_parameter(parameter: Parameter, vector: Vector) -> str:
    entry, index = vector.entry, vector.index
    if _fits(entry, index, parameter.domain):
        return ""
    if isinstance(entry, Element):
        return (
            f"wanted a {parameter.name} with the domain {parameter.domain}, got {entry} of the "
            f"domain {entry.array.domain}"
        )
    return f"wanted a {parameter.name} proved to be in the domain {parameter.domain}, got {entry}"


def _fits(entry: Expr, index: Index | None, domain: str) -> bool:
    if domain == REAL:
        return True
    if domain == POSITIVE:
        return is_positive(entry)
    if domain == UNIT:
        return is_in_unit_interval(entry)
    if domain == COUNTS:
        return bool(entry.is_integer) and is_never_below_zero(entry)
    if isinstance(entry, Element):
        return entry.array.domain == SIMPLEX and entry.subscripts[-1] == index
    elements = {e for e in entry.atoms(Element) if index in free_indices(e)}
    whole = bool(elements) and all(e.array.domain == SIMPLEX for e in elements)
    return whole or (
        index is not None
        and is_positive(entry)
        and is_proved_equal(IndexSum(entry, index), Integer(1))
    )


def _named(variable: Variable) -> list[tuple[Parameter, Vector]]:
    return list(zip(variable.family.parameters, variable.parameters, strict=True))

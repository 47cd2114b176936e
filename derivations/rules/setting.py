"""The distributions of a declaration, and how its densities are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Expr

from derivations.calculus.binding import product_over
from derivations.calculus.expressions import Array, Slice
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
from derivations.claims.registry import Line
from derivations.claims.statements import Domain, Random, Transcription
from derivations.families import Vector
from derivations.meaning.notation import AnyPart, Density, Entries, FamilyAt, Joint, part


def written(vector: Vector) -> Expr:
    """Return a number, or the entries of a vector, as the notation has them."""
    return vector.entry if vector.index is None else Entries(vector.entry, vector.index)


def value_of(variable: Variable) -> Expr:
    """Return a variable at its plates: a number, a state, or the entries of a vector."""
    value = variable.value
    has_entries = len(variable.array.sizes) > len(variable.plates)
    return Entries(value.entry, value.axis) if has_entries else value.entry


def family_of(variable: Variable) -> FamilyAt:
    """Return the family of a variable at its parents."""
    return FamilyAt(variable.family.name, *(written(p) for p in variable.parameters))


def family_of_factor(factor: Factor, parameters: tuple[Vector, ...] | None = None) -> FamilyAt:
    """Return the family of a factor, at its own parameters unless others are given."""
    vectors = factor.vectors if parameters is None else parameters
    return FamilyAt(factor.family.name, *(written(p) for p in vectors))


def joint_of(declared: Model | MeanField) -> Joint:
    """Return the joint distribution of a model, ``p``, or of a mean field, ``q``."""
    if isinstance(declared, Model):
        return Joint("p", [_part(v, family_of(v)) for v in declared.variables])
    return Joint("q", [_part(f.variable, family_of_factor(f)) for f in declared.factors])


def _part(variable: Variable, at: FamilyAt) -> AnyPart:
    return part(value_of(variable), at, *variable.plates)


def at_parameters(factor: Factor, parameters: tuple[Vector, ...], letter: str = "q*") -> Joint:
    """Return one factor by itself, with other parameters and its own letter."""
    return Joint(letter, [_part(factor.variable, family_of_factor(factor, parameters))])


def observed(model: Model) -> tuple[Variable, ...]:
    """Return the observed variables."""
    return tuple(v for v in model.variables if v.observed)


def fixed(model: Model) -> tuple[Array, ...]:
    """Return the fixed arrays of a model, in the order of their first use."""
    found: dict[Array, None] = {}
    for variable in model.variables:
        found |= dict.fromkeys(model.hyperparameters(variable))
    return tuple(found)


def whole(variables: Iterable[Variable]) -> tuple[Slice, ...]:
    """Return whole variables, as a density names them."""
    return tuple(Slice(v.array) for v in variables)


def joint_density(model: Model) -> Density:
    """Return ``p(all variables | all fixed arrays)``, the observed ones first."""
    return marginal(model, model.latent)


def marginal(model: Model, latent: Iterable[Variable]) -> Density:
    """Return the density of the observed variables and of some latent ones."""
    values = (*whole(observed(model)), *whole(latent))
    return Density(joint_of(model), values, tuple(Slice(a) for a in fixed(model)))


def posterior(model: Model) -> Density:
    """Return ``p(all latent variables | observed)``."""
    given = (*whole(observed(model)), *(Slice(a) for a in fixed(model)))
    return Density(joint_of(model), whole(model.latent), given)


def factors_density(mean_field: MeanField) -> Density:
    """Return ``q(all latent variables)``."""
    return Density(joint_of(mean_field), whole(f.variable for f in mean_field.factors))


def factor_density(mean_field: MeanField, factor: Factor) -> Density:
    """Return ``q`` of one copy of a factor's variable."""
    return Density(joint_of(mean_field), (factor.variable.slice,))


def conditional(model: Model, variable: Variable) -> Density:
    """Return ``p(variable | parents)`` of one copy, all parents named."""
    return Density(joint_of(model), (variable.slice,), model.given(variable))


def factorization(model: Model) -> tuple[Expr, ...]:
    """Return the conditionals of all copies of each variable."""
    return tuple(product_over(conditional(model, v), *v.plates) for v in model.variables)


def setting(
    declared: Model | MeanField, transcription: Transcription | None = None
) -> Iterator[Line]:
    """Yield the assumptions: the fixed numbers, the model, the mean field.

    ``transcription`` is the log density of all variables, written independently from the source.
    """
    model = declared if isinstance(declared, Model) else declared.model
    arrays = fixed(model)
    if isinstance(declared, MeanField):
        arrays += tuple(p for f in declared.factors for p in f.parameters)
    if arrays:
        yield Domain(*arrays)
    yield Random(joint_of(model), transcription)
    if isinstance(declared, MeanField):
        yield Random(joint_of(declared))


def starred(array: Array) -> Array:
    """Return the letter of the parameter at which a factor is optimal."""
    mark = "*" if "^" in array.notation else "^*"
    return Array(f"{array.name}_star", array.sizes, array.notation + mark, array.domain)


def at_star(factor: Factor) -> tuple[Vector, ...]:
    """Return a factor's parameters in the letters of its optimum."""
    return tuple(
        Vector(starred(v.entry.array)[v.entry.subscripts], v.index) for v in factor.vectors
    )

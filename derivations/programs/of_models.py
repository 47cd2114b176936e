"""The program of a mean field: every update and the bound, missing copies left out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache

from sympy import Expr

from derivations.calculus.expressions import BITS, Array
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
from derivations.families import BITS as SUPPORT_BITS
from derivations.families import STATES, Vector
from derivations.programs.compiling import Program, compile_expressions

ELBO = "elbo"


@dataclass(frozen=True)
class CompiledFactor:
    """A factor of a program: its arrays by the names of the parameters."""

    variable: str
    family: str
    parameters: tuple[tuple[str, Array], ...]


@dataclass(frozen=True)
class CompiledModel:
    """The program whose results are the bound and the new value of every array of a factor.

    Of states, and of zeros and ones, the result is the natural parameter. ``masks`` are the arrays
    that say which copies of a variable are there, by the variable's name.
    """

    program: Program
    factors: tuple[CompiledFactor, ...]
    masks: dict[str, Array]


@cache
def compiled(mean_field: MeanField, missing: frozenset[str]) -> CompiledModel:
    """Return the program of a mean field in which some observed variables miss copies.

    A latent variable of states, or of zeros and ones, all of whose children are missing is left out
    there too, if it has the same plates, or fewer. Other factors keep their prior there.
    """
    masked, masks = _masked(mean_field, missing)
    wanted: dict[str, tuple[Expr, tuple[Index, ...]]] = {}
    for factor in masked.factors:
        array = factor.variable.array
        discrete = factor.family.support in {STATES, SUPPORT_BITS}
        vectors = masked.expected_naturals(array) if discrete else masked.update(array)
        for parameter, vector in zip(factor.parameters, vectors, strict=True):
            wanted[parameter.name] = (vector.entry, _axes(factor.variable, vector))
    wanted[ELBO] = (masked.evidence_lower_bound, ())
    factors = tuple(
        CompiledFactor(
            f.variable.name,
            f.family.name,
            tuple((p.name, a) for p, a in zip(f.family.parameters, f.parameters, strict=True)),
        )
        for f in masked.factors
    )
    return CompiledModel(compile_expressions(wanted), factors, masks)


def _axes(variable: Variable, vector: Vector) -> tuple[Index, ...]:
    return variable.plates if vector.index is None else (*variable.plates, vector.index)


def _masked(mean_field: MeanField, missing: Collection[str]) -> tuple[MeanField, dict[str, Array]]:
    if not missing:
        return mean_field, {}
    model = mean_field.model
    absent = set(missing)
    for variable in reversed(model.latent):  # children stand after their parents
        children = [v for v in model.variables if variable.array in model.parents(v)]
        within = all(set(variable.plates) <= set(c.plates) for c in children)
        discrete = variable.family.support in {STATES, SUPPORT_BITS}
        if (
            discrete
            and children
            and variable.plates
            and within
            and all(c.name in absent for c in children)
        ):
            absent.add(variable.name)
    masks = {
        v.name: Array(f"{v.name}.mask", [p.upper for p in v.plates], "r", BITS)
        for v in model.variables
        if v.name in absent
    }
    variables = {
        v.array: replace(v, mask=masks[v.name]) if v.name in masks else v for v in model.variables
    }
    factors = tuple(Factor(variables[f.variable.array], f.parameters) for f in mean_field.factors)
    return MeanField(Model(model.name, tuple(variables.values())), factors), masks

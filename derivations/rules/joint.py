"""The graph of a model and its log joint, first in named densities and then written out."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Add, Expr, Mul, log

from derivations.calculus.binding import sum_over
from derivations.calculus.model import Model, Variable, named_selections, states_spelled_out
from derivations.calculus.normal_form import collect
from derivations.claims.statements import Rule, Step, equal, result, step
from derivations.meaning.notation import FamilyAt, FamilyDensity
from derivations.rules.setting import (
    conditional,
    factorization,
    joint_density,
    value_of,
    written,
)

FACTORIZE = Rule(
    "directed factorization",
    "The joint density is the product of each variable's density given its parents.",
    "bishop2006, sec. 8.1",
)
LOG_OF_PRODUCT = Rule("log of a product", "The log of a product is the sum of the logs.")
NAME_SELECTION = Rule(
    "name the selected parent",
    "A parent chosen by other variables is named by an index; the indicator says which it is.",
)
INSERT = Rule("insert the densities", "Each log density is written out in its family's form.")
SPELL_OUT = Rule(
    "spell out the states",
    "An indicator of several variables is the sum, over their states, of the product of one "
    "indicator each.",
)
ELIMINATE = Rule(
    "eliminate indicators",
    "A sum over an index that an indicator fixes is its body at that value, which is proved to "
    "lie in the index's range; sums over products come apart into terms.",
)


def graph(model: Model) -> Iterator[Step]:
    """Yield the factorization that the graph of the declared model expresses."""
    yield result(FACTORIZE, equal(joint_density(model), Mul(*factorization(model))))


def log_joint(model: Model) -> Iterator[Step]:
    """Yield the log joint: in indicators and named log densities, then written out."""
    left = log(joint_density(model))
    in_logs = Add(*(sum_over(log(conditional(model, v)), *v.plates) for v in model.variables))
    yield step(LOG_OF_PRODUCT, equal(left, in_logs))
    named = Add(*(_selected(model, v) for v in model.variables))
    if named != in_logs:
        yield result(NAME_SELECTION, equal(left, named))
    inserted = model.inserted_log_joint()
    yield step(INSERT, equal(left, inserted))
    spelled_out = states_spelled_out(inserted, model)
    if spelled_out != inserted:
        yield step(SPELL_OUT, equal(left, spelled_out))
    yield result(ELIMINATE, equal(left, collect(spelled_out)))


def _selected(model: Model, variable: Variable) -> Expr:
    """Return the log density of all copies, a selected parent named by an index.

    It is the density of the family. In the density of the variable given the selected parent, the
    selecting variable would be integrated out.
    """
    named = named_selections(model, variable)
    if not named.elements:
        return sum_over(log(conditional(model, variable)), *variable.plates)
    at = FamilyAt(variable.family.name, *(written(p) for p in named.parameters))
    body = log(FamilyDensity(value_of(variable), at))
    return sum_over(Mul(*named.conditions, body), *variable.plates, *named.indices)

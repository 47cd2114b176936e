"""The mutants of a formula: every operator at every node where it can bite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from sympy import Expr, default_sort_key, polygamma

from derivations.calculus.binding import all_indices, free_indices
from derivations.calculus.expressions import (
    Density,
    Element,
    Iverson,
    OverIndices,
    Slice,
    StateSum,
)
from derivations.calculus.indices import Index
from derivations.calculus.matrices import InverseEntry
from derivations.calculus.notation import (
    Applied,
    Distribution,
    Divergence,
    Entropy,
    Expectation,
    Mean,
    PartialDerivative,
)
from derivations.evidence.mutation import operators
from derivations.evidence.mutation.letters import without_letters
from derivations.evidence.mutation.operators import Operator, Surroundings, built

OPERATORS: dict[str, Operator] = {
    "Jacobian missing": operators.no_jacobian,
    "entropy missing": operators.no_entropy,
    "divergence reversed": operators.reversed_divergence,
    "variance confused": operators.wrong_scale,
    "exponent negated": operators.negated_exponent,
    "log for digamma": operators.log_for_digamma,
    "log forgotten": operators.no_log,
    "Gamma one off": operators.shifted_argument,
    "mean for sum": operators.mean_for_sum,
    "one index fewer": operators.one_index_fewer,
    "index shifted": operators.shifted_index,
    "parameters swapped": operators.swapped_parameters,
    "symbol swapped": operators.swapped_symbol,
    "wrong sign": operators.wrong_sign,
    "constant one off": operators.shifted_constant,
    "constant twice or half": operators.scaled_constant,
    "dropped term": operators.dropped_term,
    "dropped factor": operators.dropped_factor,
    "doubled factor": operators.doubled_factor,
}
"""By name; what several make alike is the first one's."""
CLOSED = (
    Applied,
    Density,
    Divergence,
    Element,
    Entropy,
    Index,
    Iverson,
    PartialDerivative,
    Slice,
)
"""Nodes that may be replaced, and are not looked into."""
FIRST_ONLY = (OverIndices, StateSum, InverseEntry, Expectation, Mean)
"""Nodes of which only the first argument is a formula."""
MOST = 5
"""Mutants of one formula by one operator; where there are more, so many are drawn."""

Path = tuple[int, ...]


@dataclass(frozen=True)
class Mutant:
    """A broken formula, the operator that broke it, and what was written for what."""

    operator: str
    change: str
    formula: Expr


@dataclass(frozen=True)
class Mutants:
    """The mutants drawn, and by operator how many the calculus refused to build."""

    drawn: tuple[Mutant, ...]
    refused: Counter[str]


def mutants(formula: Expr, rng: np.random.Generator, most: int = MOST) -> Mutants:
    """Return the mutants of a formula: no two alike, none the formula in other letters."""
    seen = {without_letters(formula)}
    drawn: list[Mutant] = []
    refused: Counter[str] = Counter()
    for name, operator in OPERATORS.items():
        every = list(_broken(formula, operator))
        refused[name] += sum(mutant is None for _, mutant in every)
        kept: list[Mutant] = []
        for number in rng.permutation(len(every)):
            change, mutant = every[number]
            if mutant is None or len(kept) == most or without_letters(mutant) in seen:
                continue
            seen.add(without_letters(mutant))
            kept.append(Mutant(name, change, mutant))
        drawn += kept
    return Mutants(tuple(drawn), refused)


def _broken(formula: Expr, operator: Operator) -> Iterator[tuple[str, Expr | None]]:
    """Yield what an operator makes of a formula, node by node: what was changed, and the whole."""
    for path, node, scope in _nodes(formula, (), free_indices(formula)):
        for changed in operator(node, Surroundings(formula, scope)):
            if changed is None:
                yield "", None
            else:
                yield _said(node, changed), built(partial(_put, formula, path, changed))


def _said(node: Expr, changed: Expr) -> str:
    """Say what was written for what, with the ranges where these are all that differs."""
    before, after = str(node), str(changed)
    if before == after:
        before, after = (f"{e} over {_ranges(e)}" for e in (node, changed))
    return f"{before} -> {after}"


def _ranges(expression: Expr) -> str:
    """Return the range of every index, in the order of their letters."""
    found = sorted(all_indices(expression), key=default_sort_key)
    return ", ".join(f"{i.name} = {i.lower}..{i.upper}" for i in found)


def _nodes(
    node: Expr, path: Path, scope: frozenset[Index]
) -> Iterator[tuple[Path, Expr, frozenset[Index]]]:
    yield path, node, scope
    if isinstance(node, CLOSED):
        return
    inner = scope | set(node.indices) if isinstance(node, OverIndices) else scope
    for position in _positions(node):
        yield from _nodes(node.args[position], (*path, position), inner)


def _positions(node: Expr) -> range:
    """Return which arguments of a node are formulas."""
    if isinstance(node, FIRST_ONLY):
        return range(1)
    return range(isinstance(node, (polygamma, Distribution)), len(node.args))


def _put(node: Expr, path: Path, new: Expr) -> Expr:
    """Put a node in the place of another."""
    if not path:
        return new
    position, *rest = path
    args = list(node.args)
    args[position] = _put(args[position], tuple(rest), new)
    return node.func(*args)

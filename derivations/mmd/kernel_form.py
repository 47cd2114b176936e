"""From the distance of two mean features to three means of the kernel."""

from __future__ import annotations

from sympy import Expr, Integer

from derivations.calculus.expressions import IndexSum
from derivations.calculus.indices import Index
from derivations.calculus.notation import Mean
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.mmd.symbols import (
    A,
    f,
    feature,
    kernel,
    mixed,
    on_atoms,
    p,
    pair_x,
    pair_y,
    q,
    squared_mmd,
    with_equal_laws,
    x,
    x_copy,
    y,
    y_copy,
)

DEFINITION = Rule(
    "definition",
    "The discrepancy is the distance between the mean features of the two laws; it is zero where "
    "the laws are one.",
    "gretton2012",
)
EXPAND = Rule("square", "The square of each difference is multiplied out.")
COPY = Rule(
    "independent copies",
    "A product of two means is the mean of the product over independent points; for the square of "
    "one mean the second point is a copy of the first.",
)
INSIDE = Rule("linearity", "Sum and mean change places.")
KERNEL = Rule("insert the kernel", "The inner product of the features is the kernel.")

definition: Expr = IndexSum((Mean(feature(x), x) - Mean(feature(y), y)) ** 2, f)
expanded: Expr = (
    IndexSum(Mean(feature(x), x) ** 2, f)
    - 2 * IndexSum(Mean(feature(x), x) * Mean(feature(y), y), f)
    + IndexSum(Mean(feature(y), y) ** 2, f)
)


def _features(first: Expr, second: Expr) -> Expr:
    return feature(first) * feature(second)


copied: Expr = (
    IndexSum(Mean(_features(x, x_copy), x, x_copy), f)
    - 2 * IndexSum(Mean(_features(x, y), x, y), f)
    + IndexSum(Mean(_features(y, y_copy), y, y_copy), f)
)
inside: Expr = (
    Mean(IndexSum(_features(x, x_copy), f), x, x_copy)
    - 2 * Mean(IndexSum(_features(x, y), f), x, y)
    + Mean(IndexSum(_features(y, y_copy), f), y, y_copy)
)
kernel_form: Expr = pair_x - 2 * mixed + pair_y

a, b = (Index(letter, 1, A) for letter in "ab")
at_all_pairs: Expr = on_atoms(IndexSum((p[a] - q[a]) * kernel(a, b) * (p[b] - q[b]), a, b))
"""The squared distance, by no mean: each law is its weights, and only their difference counts."""


def kernel_form_derivation(brief: Brief) -> Derivation:
    """Derive the squared discrepancy in means of the kernel."""
    lines = ((EXPAND, expanded), (COPY, copied), (INSIDE, inside), (KERNEL, kernel_form))
    whole = on_atoms(definition)
    steps = [
        Step(
            DEFINITION,
            Relation(squared_mmd, definition),
            (
                proof("zero where the laws are one", with_equal_laws(whole), Integer(0)),
                at_most("positive where they are not", Integer(0), whole),
                enclosure("the laws' difference at all pairs of atoms", at_all_pairs, whole),
            ),
        )
    ]
    for rule, line in lines:
        claim = "the distance of the mean features, for laws on any number of atoms"
        both = (proof(claim, whole, on_atoms(line)), enclosure(claim, whole, on_atoms(line)))
        steps.append(Step(rule, Relation(squared_mmd, line), both))
    return brief.derivation(
        steps=tuple(steps),
        results=(Relation(squared_mmd, kernel_form),),
        checks=steps[-1].checks,
        sources=("gretton2012",),
        meaning=on_atoms,
        names=(Relation(squared_mmd, definition),),
    )

"""Relations, claims and definitions as the trees that the grammar reads."""

from __future__ import annotations

from sympy import Basic

from derivations.calculus.steps import AT_MOST, CONSTANT, DISTRIBUTED, EQUAL, PROPORTIONAL, Relation
from derivations.claims.statements import LESS, Claim, Definition
from oracles.reader import (
    tree_of_calculus,  # noqa: F401 - registers the trees of its nodes
    tree_of_meaning,  # noqa: F401 - the same
)
from oracles.reader.cursor import Tree
from oracles.reader.tree import called, tree

SIGNS = {
    EQUAL: "=", CONSTANT: "=", PROPORTIONAL: "∝", DISTRIBUTED: "~", AT_MOST: "<=", LESS: "<",
}  # fmt: skip
CONST: Tree = ("name", "const", ())
Statement = Relation | Claim | Definition | Basic


def tree_of(statement: Statement) -> Tree:
    """Return the tree of a statement, or of an expression that stands alone."""
    match statement:
        case Relation(left, right, sign) | Claim(left, right, sign):
            beyond = ("add", CONST, tree(right)) if sign == CONSTANT else tree(right)
            return ("relation", SIGNS[sign], tree(left), beyond)
        case Definition(letter, value, up_to) if up_to:
            density = called(("name", "log", ()), tree(letter))
            return ("relation", "=", density, ("add", CONST, tree(value)))
        case Definition(letter, value):
            return ("relation", ":=", tree(letter), tree(value))
    return tree(statement)

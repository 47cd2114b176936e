"""Maximum mean discrepancy: symbols, and what a line means where the laws have finitely many atoms.

A line is printed with means of a kernel at random points. It is checked for any two laws on any
number A of common atoms, where a mean is a weighted sum.
"""

from __future__ import annotations

from sympy import Expr, Integer, Mul

from derivations.calculus.binding import replace_elements, rewrite, substitute
from derivations.calculus.expressions import SIMPLEX, Array, Element, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Applied, Mean
from derivations.calculus.steps import AT_MOST, Prose, Relation

F, A, n, m = size("F"), size("A"), size("n"), size("m")
f = Index("f", 1, F)
i, j = (Index(letter, 1, n) for letter in "ij")
r, t = (Index(letter, 1, m) for letter in "rt")

x, x_copy, y, y_copy = (Array(name, (), name, states=A)[()] for name in ("x", "x'", "y", "y'"))
feature_letter = Array("phi", (F,), "phi")
kernel_letter: Element = Array("k", (), "k")[()]
squared_mmd: Element = Array("MMD2", (), "MMD^2")[()]
v_letter: Element = Array("V", (), "V")[()]
u_letter: Element = Array("U", (), "U")[()]

features = Array("phi_at_atoms", (F, A), "phi")
table = Array("k_at_atoms", (A, A), "k")
p, q = Array("p", (A,), "p", SIMPLEX), Array("q", (A,), "q", SIMPLEX)
x_sample = Array("x_sample", (n,), "x", states=A)
y_sample = Array("y_sample", (m,), "y", states=A)

LAWS = {x: p, x_copy: p, y: q, y_copy: q}


def feature(point: Expr) -> Expr:
    """Return the feature with the index f at a point."""
    return Applied(feature_letter[f], point)


def kernel(first: Expr, second: Expr) -> Expr:
    """Return the kernel at two points."""
    return Applied(kernel_letter, first, second)


kernel_of_features: Expr = IndexSum(feature(x) * feature(y), f)

same_x: Expr = Mean(kernel(x, x), x)
same_y: Expr = Mean(kernel(y, y), y)
pair_x: Expr = Mean(kernel(x, x_copy), x, x_copy)
pair_y: Expr = Mean(kernel(y, y_copy), y, y_copy)
mixed: Expr = Mean(kernel(x, y), x, y)


def on_atoms(expression: Expr) -> Expr:
    """Write features and kernel as numbers at the atoms, and means as sums over these."""
    return rewrite(rewrite(expression, _number), _sum)


def with_any_kernel(expression: Expr) -> Expr:
    """Write means as sums over the atoms, for a kernel that is any table of numbers."""
    return rewrite(rewrite(expression, _tabled), _sum)


def _tabled(node: Expr) -> Expr | None:
    return table[node.arguments] if isinstance(node, Applied) else None


def _number(node: Expr) -> Expr | None:
    """Return the number that a function is at its points, which are atoms."""
    if not isinstance(node, Applied):
        return None
    if node.head == kernel_letter:
        first, second = node.arguments
        return IndexSum(features[f, first] * features[f, second], f)
    return features[node.head.subscripts[0], node.arguments[0]]


def _sum(node: Expr) -> Expr | None:
    if not isinstance(node, Mean):
        return None
    atoms = {v: Index(f"u{number}", 1, A) for number, v in enumerate(node.over, 1)}
    weights = (LAWS[v][atom] for v, atom in atoms.items())
    return IndexSum(Mul(*weights, substitute(node.body, atoms)), *atoms.values())


def with_equal_laws(expression: Expr) -> Expr:
    """Give y the law of x."""
    return replace_elements(expression, {q: lambda atom: p[atom]})


FEATURES: Prose = (
    "The kernel is an inner product of features, ",
    Relation(kernel(x, y), kernel_of_features),
    ", and under both laws the square root of ",
    kernel(x, x),
    ", the length of the features, has a finite mean. Then a sum over infinitely many features, or "
    "an integral, does as well: it and the means exchange.",
)
DIAGONAL: Prose = ("The means ", same_x, " and ", same_y, " are finite.")
COPIES: Prose = (
    x,
    " and ",
    x_copy,
    " follow one law, ",
    y,
    " and ",
    y_copy,
    " another; all four are independent.",
)
SAMPLES: Prose = (
    "The ",
    n,
    " points ",
    x_sample[i],
    " and the ",
    m,
    " points ",
    y_sample[r],
    " are independent draws of the two laws.",
)
AT_LEAST_TWO: Prose = (
    "Each sample has two points or more, ",
    Relation(Integer(2), n, AT_MOST),
    " and ",
    Relation(Integer(2), m, AT_MOST),
    ": with one there is no pair of different points.",
)

"""Every node prints as it is written on paper, in three markups, and means what it meant."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
import typst
from oracles.reader.canonical import canonical
from oracles.reader.read import read_formula
from oracles.reader.statements import tree_of
from sympy import (
    Expr,
    Mul,
    Rational,
    Symbol,
    exp,
    gamma,
    log,
    loggamma,
    pi,
    polygamma,
    sqrt,
)

from derivations.calculus.expressions import (
    POSITIVE,
    Array,
    IndexProduct,
    IndexSum,
    Iverson,
    Slice,
    StateSum,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry
from derivations.claims.statements import (
    Claim,
    Definition,
    at_most,
    define,
    equal,
    follows,
    less,
    up_to_constant,
)
from derivations.meaning.notation import (
    Applied,
    At,
    Divergence,
    Entries,
    Entropy,
    Expectation,
    FamilyAt,
    FamilyDensity,
    Independent,
    Joint,
    PartialDerivative,
    Variance,
    Where,
    part,
)
from derivations.printing.notation import to_latex, to_text, to_typst

if TYPE_CHECKING:
    from collections.abc import Callable

N, J, D1, D2 = size("N"), size("J"), size("D1"), size("D2")
i, k, n = Index("i", 1, D1), Index("k", 1, D1 + D2 - 1), Index("n", 1, N)
l = Index("l", 1, D2)  # noqa: E741 - the letter of the second die
a, b, c = Symbol("a", positive=True), Symbol("b", positive=True), Symbol("c", positive=True)
prior = Array("alpha1", (D1,), "alpha^1", "positive")
hatted = Array("a1h", (D1,), "hat(alpha)^1", "positive")
die = Array("pi1", (D1,), "pi^1", "simplex")
rolls = Array("rho", (D1 + D2 - 1, J), domain="simplex")
weight = Array("w", (D2,))
face = Array("z1", (N,), "Z^1", states=D1)
other = Array("z2", (N,), "Z^2", states=D2)
d = Index("d", 1, J)
j, square, kernel = i.renamed("j"), Array("M", (D1, D1)), Array("k", ())
point, other_point = Array("x", ())[()], Array("x'", ())[()]
p = Joint(
    "p",
    [
        part(Entries(die[i], i), FamilyAt("Dirichlet", Entries(prior[i], i))),
        part(face[n], FamilyAt("Categorical", Entries(die[i], i)), n),
    ],
)
seen = Array("y", ())
q = Joint(
    "q", [part(face[n], FamilyAt("Categorical", Entries(hatted[i], i)), n)], given=(Slice(seen),)
)
star = Joint("q*", [part(Entries(die[i], i), FamilyAt("Dirichlet", Entries(hatted[i], i)))])
p_die = p(Slice(die), given=Slice(prior))
p_face = p(Slice(face, n), given=Slice(die))
q_face = q(Slice(face, n), given=Slice(seen))
of_die = FamilyAt("Dirichlet", Entries(hatted[i], i))
mu, var = Array("mu", (D1,)), Array("v", (D1,), domain=POSITIVE)

NOTATION: list[tuple[str, Expr | Claim | Definition, str, str]] = [
    ("symbol with digits", D1, "D_1", "D₁"),
    ("greek symbol", Symbol("sigma"), r"\sigma", "σ"),
    ("calligraphic", Symbol("cal(L)"), r"\mathcal{L}", "ℒ"),
    ("bold", Symbol("bold(x)"), r"\boldsymbol{x}", "𝐱"),
    ("primed index", Index("i''", 1, D1), "i''", "i′′"),
    ("element", hatted[i], r"\hat{\alpha}^1_i", "α̂¹_i"),
    ("two subscripts", rolls[k, d], r"\rho_{k,d}", "ρ_{k,d}"),
    ("long subscript", rolls[i + l - 1, d], r"\rho_{i+l-1,\, d}", "ρ_{i+l-1,d}"),
    ("bare array", hatted, r"\hat{\alpha}^1", "α̂¹"),
    ("slice", Slice(rolls, k), r"\rho_k", "ρ_k"),
    ("square of a superscripted", prior[i] ** 2, r"(\alpha^1_i)^2", "(α¹_i)²"),
    ("square of a plain one", rolls[k, d] ** 2, r"\rho^2_{k,d}", "ρ²_{k,d}"),
    ("indicator", Iverson(face[n], i), r"\mathbb{I}\{Z^1_n = i\}", "𝕀{Z¹_n = i}"),
    ("sum", IndexSum(prior[i], i), r"\sum_{i=1}^{D_1} \alpha^1_i", "∑_{i=1..D₁} α¹_i"),
    (
        "sum of a difference",
        IndexSum(prior[i] - 1, i),
        r"\sum_{i=1}^{D_1} (\alpha^1_i - 1)",
        "∑_{i=1..D₁} (α¹_i - 1)",
    ),
    (
        "sum over pairs",
        IndexSum(prior[i] * weight[l] * Iverson(i + l - 1, k), i, l),
        r"\sum_{(i,l) \,:\, i+l-1=k} \alpha^1_i w_l",
        "∑_{(i,l):i+l-1=k} α¹_i w_l",
    ),
    (
        "sum over pairs among sums",
        IndexSum(rolls[k, d] * Iverson(i + l - 1, k) * Iverson(face[n], i), n, i, l),
        r"\sum_{n=1}^N \sum_{(i,l) \,:\, i+l-1=k} \mathbb{I}\{Z^1_n = i\} \rho_{k,d}",
        "∑_{n=1..N} ∑_{(i,l):i+l-1=k} 𝕀{Z¹_n = i} ρ_{k,d}",
    ),
    ("sign of a sum", IndexSum(-prior[i], i), r"-\sum_{i=1}^{D_1} \alpha^1_i", "-∑_{i=1..D₁} α¹_i"),
    (
        "sums come last",
        IndexSum(prior[i], i) * N,
        r"N \sum_{i=1}^{D_1} \alpha^1_i",
        "N ∑_{i=1..D₁} α¹_i",
    ),
    (
        "product of sums",
        IndexSum(prior[i], i) * IndexSum(weight[l], l),
        r"\bigl(\sum_{i=1}^{D_1} \alpha^1_i\bigr) \sum_{l=1}^{D_2} w_l",
        "(∑_{i=1..D₁} α¹_i) ∑_{l=1..D₂} w_l",
    ),
    ("product", IndexProduct(prior[i], i), r"\prod_{i=1}^{D_1} \alpha^1_i", "∏_{i=1..D₁} α¹_i"),
    ("states", StateSum(a, face, other), r"\sum_{Z^1,Z^2} a", "∑_{Z¹,Z²} a"),
    ("density", p_die, r"p(\pi^1 \mid \alpha^1)", "p(π¹ | α¹)"),
    ("log density", log(p_die), r"\log p(\pi^1 \mid \alpha^1)", "log p(π¹ | α¹)"),
    ("log of an element", log(die[i]), r"\log \pi^1_i", "log π¹_i"),
    ("log of a sum", log(a + b), r"\log(a + b)", "log(a + b)"),
    ("log of a quotient", log(a / b, evaluate=False), r"\log\bigl(\frac{a}{b}\bigr)", "log(a/b)"),
    ("log in front", log(a) * log(b), r"\log(a) \log b", "log(a) log b"),
    ("log gamma", loggamma(a), r"\log \Gamma(a)", "log Γ(a)"),
    ("gamma", gamma(a), r"\Gamma(a)", "Γ(a)"),
    ("digamma", polygamma(0, a), r"\psi(a)", "ψ(a)"),
    ("trigamma", polygamma(1, a), r"\psi'(a)", "ψ′(a)"),
    ("tetragamma", polygamma(2, a), r"\psi''(a)", "ψ′′(a)"),
    ("higher", polygamma(3, a), r"\psi^{(3)}(a)", "ψ^{(3)}(a)"),
    ("exponential", exp(a - b), r"\exp(a - b)", "exp(a - b)"),
    ("root", sqrt(a + b), r"\sqrt{a + b}", "√(a + b)"),
    ("density of a copy", p_face, r"p(Z^1_n \mid \pi^1)", "p(Z¹_n | π¹)"),
    (
        "density at a place",
        p(At(Slice(die), Slice(hatted))),
        r"p(\hat{\alpha}^1)",
        "p(α̂¹)",
    ),
    (
        "density of a family",
        FamilyDensity(point, FamilyAt("Gaussian", a, b)),
        r"\mathcal{N}(x \mid a,\, b)",
        "𝒩(x | a, b)",
    ),
    ("density of an optimal factor", star(Slice(die)), r"q^*(\pi^1)", "q^*(π¹)"),
    (
        "expectation",
        Expectation(p, log(p_die)),
        r"\mathbb{E}_p[\log p(\pi^1 \mid \alpha^1)]",
        "𝔼_p[log p(π¹ | α¹)]",
    ),
    (
        "expectation under a density",
        Expectation(q_face, a),
        r"\mathbb{E}_{q(Z^1_n \mid y)}[a]",
        "𝔼_{q(Z¹_n | y)}[a]",
    ),
    (
        "expectation with one held",
        Expectation(p, a, held=(Slice(face, n),)),
        r"\mathbb{E}_{p,-Z^1_n}[a]",
        "𝔼_{p,-Z¹_n}[a]",
    ),
    ("variance", Variance(p, a), r"\operatorname{Var}_p[a]", "Var_p[a]"),
    (
        "partial derivative",
        PartialDerivative(log(p_die), hatted[i]),
        r"\frac{\partial}{\partial \hat{\alpha}^1_i} \log p(\pi^1 \mid \alpha^1)",
        "(∂/∂α̂¹_i) log p(π¹ | α¹)",
    ),
    (
        "divergence",
        Divergence(q_face, p_face),
        r"\operatorname{KL}(q(Z^1_n \mid y) \,\Vert\, p(Z^1_n \mid \pi^1))",
        "KL(q(Z¹_n | y) ‖ p(Z¹_n | π¹))",
    ),
    (
        "divergence the other way round",
        Divergence(p_face, q_face),
        r"\operatorname{KL}(p(Z^1_n \mid \pi^1) \,\Vert\, q(Z^1_n \mid y))",
        "KL(p(Z¹_n | π¹) ‖ q(Z¹_n | y))",
    ),
    ("entropy", Entropy(q_face), r"\operatorname{H}[q(Z^1_n \mid y)]", "H[q(Z¹_n | y)]"),
    (
        "distribution",
        of_die,
        r"\operatorname{Dirichlet}(\hat{\alpha}^1)",
        "Dirichlet(α̂¹)",
    ),
    (
        "distribution of one letter",
        FamilyAt("Gaussian", a, b),
        r"\mathcal{N}(a,\, b)",
        "𝒩(a, b)",
    ),
    (
        "independent normals",
        Independent(FamilyAt("Gaussian", mu[i], var[i]), i),
        r"\mathcal{N}(\mu,\, \operatorname{diag}(v))",
        "𝒩(μ, diag(v))",
    ),
    ("a function", Applied(kernel[()], point, other_point), r"k(x,\, x')", "k(x, x′)"),
    ("where", Where(point**2, point, a), r"[x^2]_{x=a}", "[x²]_{x=a}"),
    ("function with a subscript", Applied(prior[i], point), r"\alpha^1_i(x)", "α¹_i(x)"),
    ("determinant", Determinant(square[i, j], i, j), r"\det M", "det M"),
    ("log determinant", log(Determinant(square[i, j], i, j)), r"\log \det M", "log det M"),
    (
        "determinant by entries",
        Determinant(square[i, j] + 1, i, j),
        r"\det [M_{i,j} + 1]_{i,j}",
        "det [M_{i,j} + 1]_{i,j}",
    ),
    (
        "entry of an inverse",
        InverseEntry(Inverse(square[i, j], i, j), i, i) * prior[i],
        r"\alpha^1_i M^{-1}_{i,i}",
        "α¹_i M^{-1}_{i,i}",
    ),
    ("inverse", Inverse(square[i, j], i, j), "M^{-1}", "M^{-1}"),
    ("equality", equal(a, b + c), "a = b + c", "a = b + c"),
    ("definition", define(point, b + c), r"x \mathrel{:=} b + c", "x := b + c"),
    ("up to a constant", up_to_constant(a, b, point), r"a = \text{const} + b", "a = const + b"),
    ("constant less", up_to_constant(a, -b, point), r"a = \text{const} - b", "a = const - b"),
    (
        "law",
        follows(point, FamilyAt("Gaussian", a, b)),
        r"x \sim \mathcal{N}(a,\, b)",
        "x ~ 𝒩(a, b)",
    ),
    ("bound", at_most(a, b), r"a \le b", "a ≤ b"),
    ("strict bound", less(a, b), "a < b", "a < b"),
    ("difference", a - b, "a - b", "a - b"),
    ("positive first", b - a, "b - a", "b - a"),
    ("constant last", 1 + a, "a + 1", "a + 1"),
    ("one minus", 1 - a, "1 - a", "1 - a"),
    ("subtracting a sum", Mul(-1, b + c, evaluate=False) + a, "a - (b + c)", "a - (b + c)"),
    ("negated sum kept", Mul(-1, b + c, evaluate=False), "-(b + c)", "-(b + c)"),
    ("factor out", (a + b) * c, r"c \, (a + b)", "c · (a + b)"),
    ("two sums", (a + b) * (b + c), r"(a + b) \, (b + c)", "(a + b) · (b + c)"),
    ("negative product", -a * b, "-a b", "-a b"),
    ("quotient", a / (b * c), r"\frac{a}{b c}", "a/(b c)"),
    ("reciprocal of a sum", 1 / (a + b), r"\frac{1}{a + b}", "1/(a + b)"),
    (
        "mean",
        IndexSum(prior[i], i) / b,
        r"\frac{1}{b} \sum_{i=1}^{D_1} \alpha^1_i",
        "(1/b) ∑_{i=1..D₁} α¹_i",
    ),
    ("half", a / 2, r"\frac{1}{2} a", "(1/2) a"),
    (
        "minus three halves",
        -Rational(3, 2) * log(2 * pi),
        r"-\frac{3}{2} \log(2 \pi)",
        "-(3/2) log(2 π)",
    ),
    ("power of a sum", (a + b) ** 2, "(a + b)^2", "(a + b)²"),
    ("power of a log", log(a) ** 2, r"(\log a)^2", "(log a)²"),
    ("symbolic power", a ** (b + 1), "a^{b+1}", "a^{b+1}"),
    ("number raised", 3 * 2**a, r"3 \cdot 2^a", "3 · 2^a"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("x", "latex", "text"), [c[1:] for c in NOTATION], ids=[c[0] for c in NOTATION]
)
def test_notation_is_what_one_writes(x: Expr | Claim | Definition, latex: str, text: str) -> None:
    """The LaTeX and the text of each node, to the letter."""
    assert to_latex(x) == latex
    assert to_text(x) == text


@pytest.mark.parametrize("x", [c[1] for c in NOTATION], ids=[c[0] for c in NOTATION])
def test_every_notation_is_read_back(x: Expr | Claim | Definition) -> None:
    """A grammar that shares no code with the printer finds the same expression in each format."""
    form = canonical(tree_of(x))
    for name, printer in (("text", to_text), ("latex", to_latex), ("typst", to_typst)):
        assert canonical(read_formula(printer(x), name)) == form, printer(x)


def test_typst_takes_every_notation() -> None:
    """All of it compiles as Typst, without a warning."""
    source = "\n\n".join(f"$ {to_typst(x)} $" for _, x, _, _ in NOTATION)
    _, warnings = typst.compile_with_warnings(source.encode())
    assert not warnings


@pytest.mark.parametrize("printer", [to_latex, to_typst, to_text])
def test_different_expressions_print_differently(
    printer: Callable[[Expr | Claim | Definition], str],
) -> None:
    """No two notations of the list coincide, so that none hides a sign, an index or a bracket."""
    printed = {name: printer(x) for name, x, _, _ in NOTATION}
    same = [(m, o) for m, o in combinations(printed, 2) if printed[m] == printed[o]]
    assert not same


def test_a_letter_never_means_two_things() -> None:
    """A bound index that bears the letter of a free one is primed, on either side of a relation."""
    quotient = hatted[i] / IndexSum(hatted[i], i)
    assert to_text(quotient) == "α̂¹_i/(∑_{i′=1..D₁} α̂¹_{i′})"


def test_unknown_nodes_are_refused() -> None:
    """What has no notation is an error, never SymPy's own string."""
    with pytest.raises(TypeError, match="no notation for"):
        to_latex(a > b)

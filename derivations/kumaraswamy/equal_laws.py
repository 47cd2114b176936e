"""Where Kumaraswamy and Beta are one law."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Integer, Pow, exp, log

from derivations.calculus.binding import replace_elements
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Element
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import PartialDerivative
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.kumaraswamy.divergence import log_beta
from derivations.kumaraswamy.symbols import a, b, density, log_density, x
from derivations.kumaraswamy.symbols import other_a as c
from derivations.kumaraswamy.symbols import other_b as d

SET_TO_ONE = Rule("a parameter is one", "One factor of the density becomes one.")
ONLY_THEN = Rule(
    "only then",
    "The ends of the interval leave one Beta to compare with, of the same parameters. The log "
    "ratio of the densities would have to be constant; its derivative vanishes for all x only "
    "where a or b is one.",
)


def equals_beta_derivation(brief: Brief) -> Derivation:
    """Show that the two laws are one exactly where a parameter is one."""
    beta_density = exp((c - 1) * log(x) + (d - 1) * log(1 - x) - log_beta)
    one = Integer(1)
    f = Array("f", (), "f")[()]

    def where_one(form: Expr, fixed: Element) -> Expr:
        return replace_elements(form, {fixed.array: lambda: one})

    cases = []
    for fixed, free, partner in ((b, a, d), (a, b, c)):
        ours = where_one(density(x), fixed)
        other = c if partner is d else d
        theirs = replace_elements(
            beta_density,
            {partner.array: lambda: one, other.array: lambda free=free: free},
        )
        cases.append((ours, theirs))
    ratio = log_density(x) - (a - 1) * log(x) - (b - 1) * log(1 - x)
    slope = collect(differentiate(ratio, x))
    bracket = (b - 1) * (1 / (1 - x) - a * Pow(x, a - 1) / (1 - Pow(x, a)))
    same = tuple(enclosure("the Beta density", ours, theirs) for ours, theirs in cases)
    return brief.derivation(
        steps=(
            *(
                Step(SET_TO_ONE, Relation(f, ours), (check,))
                for (ours, _), check in zip(cases, same, strict=True)
            ),
            Step(
                ONLY_THEN,
                Relation(PartialDerivative(ratio, x), bracket),
                (
                    finite_difference("the derivative of the log ratio", ratio, x, slope),
                    enclosure("equal to the derivative", slope, bracket),
                ),
            ),
        ),
        results=tuple(Relation(f, ours) for ours, _ in cases),
        checks=same,
        sources=(),
        readings=(partial(where_one, fixed=a), partial(where_one, fixed=b)),
        names=(Relation(f, density(x)),),
    )

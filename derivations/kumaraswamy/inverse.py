"""From the distribution function to a sampler: density, inverse transform, gradients."""

from __future__ import annotations

from sympy import Expr, Pow, log

from derivations.calculus.binding import replace_elements
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array
from derivations.calculus.notation import PartialDerivative
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.kumaraswamy.symbols import a, b, cdf, density, quantile, u, x

DIFFERENTIATE = Rule(
    "differentiate the distribution function", "The density is the derivative of the law."
)
SIMPLIFY = Rule("simplify", "The chain rule's factors are gathered.")
SET_EQUAL = Rule(
    "set the distribution function to the level",
    "The quantile is the point at which the distribution function takes the value of the uniform "
    "variable; it is unique, since the distribution function increases strictly.",
)
SOLVE = Rule(
    "solve for the power", "Both sides are moved, or raised to a power; all are in (0, 1)."
)
EXPLICIT = Rule("differentiate the quantile", "The sample is differentiated at a fixed uniform.")
IMPLICIT = Rule(
    "implicit differentiation",
    "The level of the sample does not move: F(x(a, b), a, b) = u. Differentiating gives "
    "dx = -(dF by the parameter) / f, at the sample.",
    "figurnov2018",
)

_distribution = Array("F", (), "F")[()]
_density = Array("f", (), "f")[()]


def at_sample(expression: Expr) -> Expr:
    """Put the quantile of u in the place of x."""
    return replace_elements(expression, {x.array: lambda: quantile(u)})


def at_level(expression: Expr) -> Expr:
    """Put the distribution function of x in the place of u."""
    return replace_elements(expression, {u.array: lambda: cdf(x)})


def density_derivation(brief: Brief) -> Derivation:
    """Derive the density from the distribution function."""
    raw = differentiate(cdf(x), x)
    left = PartialDerivative(_distribution, x)
    claim = "the derivative of the distribution function"
    return brief.derivation(
        steps=(
            Step(DIFFERENTIATE, Relation(left, raw), (finite_difference(claim, cdf(x), x, raw),)),
            Step(
                SIMPLIFY,
                Relation(left, density(x)),
                (enclosure("equal to the line before", raw, density(x)),),
            ),
        ),
        results=(Relation(_density, density(x)),),
        checks=(finite_difference(claim, cdf(x), x, density(x)),),
        sources=(),
        names=(Relation(_distribution, cdf(x)), Relation(_density, raw)),
    )


def inverse_cdf_derivation(brief: Brief) -> Derivation:
    """Solve ``F(x) = u`` for x, one move a line."""
    moves: tuple[tuple[Rule, Expr, Expr], ...] = (
        (SET_EQUAL, cdf(x), u),
        (SOLVE, Pow(1 - Pow(x, a), b), 1 - u),
        (SOLVE, 1 - Pow(x, a), Pow(1 - u, 1 / b)),
        (SOLVE, Pow(x, a), 1 - Pow(1 - u, 1 / b)),
        (SOLVE, x, quantile(u)),
    )
    holds = "holds at the quantile"
    back = enclosure("the level of the quantile is u", cdf(quantile(u)), u)
    forth = enclosure("the quantile of the level of x is x", at_level(quantile(u)), x)
    return brief.derivation(
        steps=(
            *(
                Step(rule, Relation(left, right), (enclosure(holds, at_sample(left), right),))
                for rule, left, right in moves[:-1]
            ),
            Step(SOLVE, Relation(x, quantile(u)), (back, forth)),
        ),
        results=(Relation(x, quantile(u)),),
        checks=(back, forth),
        sources=(),
        readings=(cdf, at_level),
    )


def pathwise_gradient_derivation(brief: Brief) -> Derivation:
    """Derive dx/da and dx/db at a fixed uniform, explicitly and implicitly, and show them equal."""
    steps: list[Step] = []
    results = []
    for parameter in (a, b):
        left = PartialDerivative(x, parameter)
        explicit = differentiate(quantile(u), parameter)
        implicit = -differentiate(cdf(x), parameter) / density(x)
        short = SHORT[parameter]
        claim = "the derivative of the quantile at a fixed uniform"
        steps += [
            Step(
                EXPLICIT,
                Relation(left, explicit),
                (finite_difference(claim, quantile(u), parameter, explicit),),
            ),
            Step(
                IMPLICIT,
                Relation(left, implicit),
                (enclosure("equal to the explicit form", explicit, at_sample(implicit)),),
            ),
            Step(
                SIMPLIFY,
                Relation(left, short),
                (enclosure("equal to the line before", implicit, short),),
            ),
        ]
        results.append(Relation(left, short))
    return brief.derivation(
        steps=tuple(steps),
        results=tuple(results),
        checks=tuple(
            finite_difference(
                f"the derivative of the quantile by {parameter.array.name}",
                quantile(u),
                parameter,
                at_sample(SHORT[parameter]),
            )
            for parameter in (a, b)
        ),
        sources=("figurnov2018",),
        readings=(at_sample,),
        names=(Relation(x, quantile(u)),),
    )


SHORT: dict[Expr, Expr] = {
    a: -x * log(x) / a,
    b: (1 - Pow(x, a)) * log(1 - Pow(x, a)) / (a * b * Pow(x, a - 1)),
}

"""From the distribution function to a sampler: density, inverse transform, pathwise gradients."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Pow, log

from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    define,
    equal,
    follows,
    less,
    result,
    step,
)
from derivations.meaning.notation import FamilyDensity, PartialDerivative, Where
from derivations.problems.kumaraswamy.symbols import (
    ONE,
    UNIFORM,
    F,
    Q,
    a,
    b,
    density,
    distribution_function,
    f,
    kumaraswamy,
    quantile,
    u,
    x,
    y,
)

ENDS = Rule("values at the ends", "A distribution function rises from zero to one.")
DIFFERENTIATE = Rule(
    "differentiate the distribution function",
    "The density is the derivative of the distribution function, by the chain rule.",
)
NAMED = Rule("named family", "This is the density of the Kumaraswamy distribution.")
INCREASING = Rule(
    "strictly increasing",
    "The distribution function increases strictly, so it takes each level at one point alone.",
)
LEVEL = Rule("level", "The level of a point is the value of the distribution function there.")
SOLVE = Rule(
    "solve for the point", "Both sides are moved, or raised to a power; all are in (0, 1)."
)
QUANTILE = Rule("quantile function", "The point of a level, as a function of the level.")
EVERY_LEVEL = Rule("every level is taken", "The point that was found has the given level.")
RISES = Rule("an increasing transform", "The quantile function increases with the level.")
INVERSE_SLOPE = Rule(
    "derivative of an inverse", "It is one over the derivative of the distribution function."
)
TRANSFORM = Rule(
    "inverse transform",
    "A draw is at most a point exactly when its uniform level is at most the level of the point, "
    "which has that very probability.",
)
DRAW = Rule("draw", "The draw at a fixed level of the uniform variable.")
FIXED_LEVEL = Rule("fixed level", "Whatever the parameters are, the draw has its level.")
EXPLICIT = Rule("differentiate the quantile", "The draw is differentiated at a fixed level.")
IMPLICIT = Rule(
    "implicit differentiation",
    "The level of the draw does not move with a parameter: what the parameter changes in the "
    "distribution function at a fixed point is made up for by the motion of the draw.",
    "figurnov2018",
)
SIMPLIFY = Rule("simplify", "The factors of the chain rule are gathered.")


@derivation(
    "kumaraswamy.density",
    question="1.3.4",
    title="The density from the distribution function",
    code=("impl.samplers.kumaraswamy.Kumaraswamy",),
)
def density_from_distribution_function() -> Iterator[Line]:
    """Derive the density from the distribution function."""
    yield Domain(a, b, x)
    yield distribution_function()
    yield step(ENDS, equal(F(ONE - 1), 0))
    yield step(ENDS, equal(F(ONE), 1))
    yield result(DIFFERENTIATE, equal(PartialDerivative(F(x), x), density(x)))
    yield result(NAMED, equal(FamilyDensity(x, kumaraswamy(a, b)), density(x)))


@derivation(
    "kumaraswamy.inverse_cdf",
    question="1.3.4",
    title="The inverse transform",
    code=(
        "impl.samplers.kumaraswamy.Kumaraswamy.icdf",
        "impl.samplers.kumaraswamy.Kumaraswamy.rsample",
    ),
)
def inverse_transform() -> Iterator[Line]:
    """Solve ``u = F(x)`` for x, one move a line."""
    yield Domain(a, b, x, y)
    yield distribution_function()
    yield step(INCREASING, less(0, PartialDerivative(F(x), x)))
    yield step(LEVEL, define(u, F(x)))
    yield step(SOLVE, equal(Pow(1 - Pow(x, a), b), 1 - u))
    yield step(SOLVE, equal(1 - Pow(x, a), Pow(1 - u, 1 / b)))
    yield step(SOLVE, equal(Pow(x, a), 1 - Pow(1 - u, 1 / b)))
    yield result(SOLVE, equal(x, quantile(u)))
    yield step(QUANTILE, define(Q(y), quantile(y)))
    yield step(EVERY_LEVEL, equal(F(Q(y)), y))


@derivation(
    "kumaraswamy.law",
    question="1.3.4",
    title="The transformed uniform has the claimed distribution",
    code=("impl.samplers.kumaraswamy.Kumaraswamy.cdf",),
)
def distribution_of_draws() -> Iterator[Line]:
    """Show that the transformed uniform has the Kumaraswamy distribution."""
    yield Domain(a, b)
    yield Random(UNIFORM)
    yield distribution_function(y)
    yield define(Q(y), quantile(y))
    yield step(EVERY_LEVEL, equal(F(Q(u)), u))
    yield step(RISES, less(0, PartialDerivative(Q(u), u)))
    yield step(
        INVERSE_SLOPE,
        equal(PartialDerivative(Q(u), u), 1 / FamilyDensity(Q(u), kumaraswamy(a, b))),
    )
    yield result(TRANSFORM, follows(quantile(u), kumaraswamy(a, b)))


@derivation(
    "kumaraswamy.pathwise_gradient",
    question="1.3.4",
    title="The pathwise gradients",
    code=(
        "impl.samplers.kumaraswamy.Kumaraswamy.rsample",
        "impl.samplers.kumaraswamy.Kumaraswamy.rsample_log",
    ),
    sources=("figurnov2018",),
)
def pathwise_gradients() -> Iterator[Line]:
    """Derive dx/da and dx/db at a fixed level, explicitly and implicitly."""
    outside, inside = 1 - Pow(1 - u, 1 / b), Pow(1 - u, 1 / b)
    explicit = {
        a: -quantile(u) * log(outside) / a**2,
        b: Pow(outside, 1 / a - 1) * inside * log(1 - u) / (a * b**2),
    }
    short = {
        a: -x * log(x) / a,
        b: Pow(x, 1 - a) * (1 - Pow(x, a)) * log(1 - Pow(x, a)) / (a * b),
    }
    yield Domain(a, b, u, y)
    yield distribution_function(y)
    yield define(f(y), FamilyDensity(y, kumaraswamy(a, b)))
    yield step(DRAW, define(x, quantile(u)))
    yield step(FIXED_LEVEL, equal(F(x), u))
    for parameter in (a, b):
        gradient = PartialDerivative(x, parameter)
        at_fixed_point = Where(PartialDerivative(F(y), parameter), y, x)
        yield step(EXPLICIT, equal(gradient, explicit[parameter]))
        yield step(IMPLICIT, equal(gradient, -at_fixed_point / f(x)))
        yield result(SIMPLIFY, equal(gradient, short[parameter]))

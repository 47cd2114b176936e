"""Kumaraswamy against Beta: the law of a draw, the divergence, equality."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Pow, exp, log, loggamma

from derivations.calculus.binding import replace_elements
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import POSITIVE, Array, Density, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Distribution, Divergence, Expectation, PartialDerivative
from derivations.calculus.steps import (
    AT_MOST,
    DISTRIBUTED,
    Check,
    Derivation,
    Relation,
    Rule,
    Step,
)
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.integration import equals_mean, mean_lies_between
from derivations.evidence.monte_carlo.laws import law_equals_cdf
from derivations.evidence.monte_carlo.sampling import Sampler
from derivations.kumaraswamy.inverse import at_sample
from derivations.kumaraswamy.moments import entropy, mean_log_x, moment, moment_of
from derivations.kumaraswamy.symbols import a, b, cdf, density, log_density, n, quantile, u, x

terms = size("M")
m = Index("m", 1, terms)
rest = Array("R", (), "R")[()]
y = Array("y", (), "y", POSITIVE)[()]

INCREASING = Rule(
    "an increasing transform",
    "The quantile increases, so a draw is at most x exactly when its uniform is at most F(x), "
    "which has that very probability.",
)
DEFINITION = Rule(
    "definition",
    "The divergence is the mean of the log ratio of the densities: minus the entropy, less the "
    "mean log density of the second.",
)
LOG_SERIES = Rule(
    "series of the logarithm",
    (
        log(1 - x),
        " is minus the sum of ",
        x**m / m,
        " over all positive integers; all terms have one sign, so mean and sum exchange. The "
        "series is cut after ",
        terms,
        " terms, and ",
        rest,
        " is what is left.",
    ),
    "nalisnick2017",
)
CONVEXITY = Rule(
    "log Γ is convex",
    (
        "The derivative of ",
        loggamma(y + 1),
        " is at least ",
        log(y),
        ", so ",
        loggamma(y + 1 + b) - loggamma(y + 1),
        " is at least ",
        b * log(y),
        "; with ",
        Relation(y, n / a),
        " the moments fall at least as fast as ",
        Pow(n, -b),
        ".",
    ),
)
INTEGRAL_TEST = Rule(
    "integral test",
    (
        "The sum of ",
        Pow(m, -b - 1),
        " over all m above ",
        terms,
        " is at most its integral from there, ",
        Pow(terms, -b) / b,
        ".",
    ),
)
SET_TO_ONE = Rule("a parameter is one", "One factor of the density becomes one.")
ONLY_THEN = Rule(
    "only then",
    "The ends of the interval leave one Beta to compare with, of the same parameters. The log "
    "ratio of the densities would have to be constant; its derivative vanishes for all x only "
    "where a or b is one.",
)

SHAPES = ((0.3, 0.6), (2.5, 0.7), (1.4, 5.0))
DETECTS = 0.01
later = Index("m", terms + 1, 2 * terms)
c = Array("c", (), "alpha", POSITIVE)[()]
d = Array("d", (), "beta", POSITIVE)[()]

log_beta: Expr = loggamma(c) + loggamma(d) - loggamma(c + d)
series: Expr = IndexSum(moment_of(m) / m, m)
tail_bound: Expr = exp(loggamma(b)) * Pow(a / terms, b)
known: Expr = log_beta - entropy - (c - 1) * mean_log_x


def _sampler(first: float, second: float) -> Sampler:
    """Return a sampler by the printed transform, in NumPy."""

    def sampler(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        inside = -np.expm1(np.log1p(-rng.random(count)) / second)
        return np.asarray(inside ** (1 / first))

    return sampler


def _law(first: float, second: float) -> Check:
    def distribution(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1 - (1 - values**first) ** second)

    claim = f"draws at a = {first}, b = {second} follow the distribution function"
    return law_equals_cdf(claim, _sampler(first, second), distribution, detects=DETECTS)


def law_derivation(brief: Brief) -> Derivation:
    """Show that the transformed uniform has the claimed law."""
    slope = differentiate(quantile(u), u)
    density_there = at_sample(density(x))
    kumaraswamy = Distribution("Kumaraswamy", a, b)
    inverse = enclosure("one over the density at the draw", slope, 1 / density_there)
    return brief.derivation(
        steps=(
            Step(
                INCREASING,
                Relation(PartialDerivative(x, u), 1 / density(x)),
                (
                    finite_difference("the derivative of the quantile", quantile(u), u, slope),
                    inverse,
                    at_most("the quantile increases", Integer(0), slope),
                ),
            ),
            Step(
                INCREASING,
                Relation(quantile(u), kumaraswamy, DISTRIBUTED),
                (enclosure("the level of a draw is its uniform", cdf(quantile(u)), u),),
            ),
        ),
        results=(Relation(quantile(u), kumaraswamy, DISTRIBUTED),),
        checks=tuple(_law(first, second) for first, second in SHAPES),
        sources=(),
    )


def kl_beta_derivation(brief: Brief) -> Derivation:
    """Derive KL(Kumaraswamy || Beta): a finite series, and a bound on what is left out."""
    left = Divergence(Density("p", x, (a, b)), Density("q", x, (c, d)))
    minus_mean = -Expectation(log(1 - x))
    integrand = -at_sample(log(1 - x))
    without = at_sample(log_density(x) - (c - 1) * log(x)) + log_beta
    between = mean_lies_between(
        "the mean lies between the cut series and the series with the bound, by quadrature",
        u,
        integrand,
        series,
        series + tail_bound,
    )
    term_bound = exp(loggamma(b + 1)) * Pow(a / n, b)
    stretch = IndexSum(moment_of(later) / later, later)
    return brief.derivation(
        steps=(
            Step(
                DEFINITION,
                Relation(left, known + (d - 1) * minus_mean),
                (equals_mean("all but the last term, by quadrature", u, without, known),),
            ),
            Step(LOG_SERIES, Relation(minus_mean, series + rest), (between,)),
            Step(
                CONVEXITY,
                Relation(Expectation(Pow(x, n)), term_bound, AT_MOST),
                (at_most("the moment is below its bound", moment, term_bound),),
            ),
            Step(
                INTEGRAL_TEST,
                Relation(rest, tail_bound, AT_MOST),
                (at_most("a stretch of the tail is below the bound", stretch, tail_bound), between),
            ),
        ),
        results=(
            Relation(left, known + (d - 1) * (series + rest)),
            Relation(rest, tail_bound, AT_MOST),
        ),
        checks=(
            between,
            equals_mean("all but the series, by quadrature", u, without, known),
        ),
        sources=("nalisnick2017",),
    )


def equals_beta_derivation(brief: Brief) -> Derivation:
    """Show that the two laws are one exactly where a parameter is one."""
    beta_density = exp((c - 1) * log(x) + (d - 1) * log(1 - x) - log_beta)
    one = Integer(1)
    f = Array("f", (), "f")[()]
    cases = []
    for fixed, free, partner in ((b, a, d), (a, b, c)):
        ours = replace_elements(density(x), {fixed.array: lambda: one})
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
    )

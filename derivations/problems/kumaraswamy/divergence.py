"""The divergence of Kumaraswamy from Beta: a finite series, and bounds on what is left out."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import EulerGamma, Expr, Pow, exp, log, loggamma, polygamma

from derivations.calculus.expressions import POSITIVE, Array, IndexSum
from derivations.calculus.indices import Index, size
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    at_most,
    define,
    equal,
    result,
    step,
)
from derivations.meaning.notation import Divergence, Expectation, Joint, PartialDerivative, part
from derivations.problems.kumaraswamy.symbols import (
    DRAW,
    a,
    alpha,
    b,
    beta,
    beta_of,
    moment,
    mu,
    n,
    x,
)

M = size("M")
m = Index("m", 1, M)
later = Index("m", M + 1, 2 * M)
rest = Array("R", (), "R")[()]
y = Array("y", (), "y", POSITIVE)[()]
OTHER = Joint("p", (part(x, beta_of(alpha, beta)),))
SIZES = {M: (2, 5, 50)}
"""The bounds on the rest are tight where many terms are summed."""

cut_series: Expr = IndexSum(Pow(x, m) / m, m)
rise: Expr = loggamma(y + 1 + b) - loggamma(y + 1)

DEFINITION = Rule(
    "definition", "The divergence is the mean, under its first distribution, of the log ratio."
)
PUT_IN = Rule(
    "entropy and mean of the log", "Minus the entropy, less the mean log density of Beta."
)
LOG_SERIES = Rule(
    "series of the logarithm",
    (
        "The series is cut after some terms. At each point it is below its limit, ",
        at_most(cut_series, -log(1 - x)),
        ", and what is left is below a geometric series, ",
        at_most(-log(1 - x) - cut_series, Pow(x, M + 1) / ((M + 1) * (1 - x))),
        ". All terms have one sign, so mean and sum exchange; R is what is left of the mean.",
    ),
    "nalisnick2017",
    given=(Domain(x),),
)
MOMENTS = Rule("moments", "The moments of a draw are known for all orders.")
LINEARITY = Rule("linearity", "The series and what is left of it are put in.")
CONVEXITY = Rule(
    "lower bound on log Γ",
    (
        "Its derivative is bounded from below, ",
        at_most(log(y), PartialDerivative(loggamma(y + 1), y)),
        ", and log Γ is convex, so ",
        at_most(b * log(y), rise),
        ". Hence the moments fall at least as fast as a power of their order.",
    ),
    given=(Domain(b, y),),
)
SLOW = Rule(
    "upper bound on log Γ",
    (
        "In the same way ",
        at_most(rise, b * log(y + 1 + b)),
        ". Hence the moments fall no faster than that power, moved.",
    ),
    given=(Domain(b, y),),
)
INTEGRAL_TEST = Rule(
    "integral test",
    (
        "The sum of a falling power lies between two integrals, as over any stretch of it: ",
        at_most(
            IndexSum(Pow(later, -b - 1), later),
            (Pow(M, -b) - Pow(2 * M, -b)) / b,
        ),
        " and ",
        at_most(
            (Pow(M + 1, -b) - Pow(2 * M + 1, -b)) / b,
            IndexSum(Pow(later, -b - 1), later),
        ),
        ".",
    ),
    given=(Domain(b),),
)


@derivation(
    "kumaraswamy.kl_beta",
    question="beyond the sheet",
    title="KL from Kumaraswamy to Beta, with a bound on the remainder of the series",
    code=("impl.samplers.kl.kl_kumaraswamy_beta",),
    sources=("nalisnick2017",),
    sizes=SIZES,
)
def divergence_from_beta() -> Iterator[Line]:
    """Derive KL(Kumaraswamy || Beta): a finite series, and bounds on what is left out."""
    q, p = DRAW(x), OTHER(x)
    harmonic = EulerGamma + polygamma(0, b + 1)
    known = (
        (loggamma(alpha) + loggamma(beta) - loggamma(alpha + beta))
        - (1 - 1 / b + (1 - 1 / a) * harmonic - log(a) - log(b))
        + (alpha - 1) * harmonic / a
    )
    minus_mean = -Expectation(q, log(1 - x))
    series = IndexSum(mu(m) / m, m)
    bound = exp(loggamma(b)) * Pow(a / M, b)
    sharp = exp(loggamma(b)) * Pow(a / (M + 1 + a * (1 + b)), b)
    yield Domain(a, b, alpha, beta, n)
    yield Random(DRAW)
    yield Random(OTHER)
    yield step(DEFINITION, equal(Divergence(q, p), Expectation(q, log(q / p))))
    yield step(PUT_IN, equal(Divergence(q, p), known + (beta - 1) * minus_mean))
    yield step(MOMENTS, define(mu(n), moment(n)))
    yield step(MOMENTS, equal(Expectation(q, Pow(x, n)), mu(n)))
    yield step(LOG_SERIES, define(rest, minus_mean - series))
    yield result(LINEARITY, equal(Divergence(q, p), known + (beta - 1) * (series + rest)))
    yield step(
        CONVEXITY,
        at_most(mu(n), exp(loggamma(b + 1)) * Pow(a / n, b)),
    )
    yield step(
        SLOW,
        at_most(exp(loggamma(b + 1)) * Pow(a / (n + a * (1 + b)), b), mu(n)),
    )
    yield step(INTEGRAL_TEST, at_most(sharp, rest))
    yield result(INTEGRAL_TEST, at_most(rest, bound))

"""The divergence of Kumaraswamy from Beta: a finite series, and a bound on what is left out."""

from __future__ import annotations

from sympy import Expr, Pow, exp, log, loggamma, polygamma

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import POSITIVE, Array, Density, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Divergence, Expectation
from derivations.calculus.steps import (
    AT_MOST,
    Check,
    Derivation,
    Relation,
    Rule,
    Step,
)
from derivations.derive.brief import Brief
from derivations.evidence.drawing import Sizes
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.integration import equal_with_means, mean_lies_between
from derivations.kumaraswamy.inverse import at_sample
from derivations.kumaraswamy.moments import entropy, mean_log_x, moment, moment_of
from derivations.kumaraswamy.symbols import a, b, log_density, n, u, x
from derivations.kumaraswamy.symbols import other_a as c
from derivations.kumaraswamy.symbols import other_b as d

terms = size("M")
m = Index("m", 1, terms)
later = Index("m", terms + 1, 2 * terms)
rest = Array("R", (), "R")[()]
y = Array("y", (), "y", POSITIVE)[()]
rise: Expr = loggamma(y + 1 + b) - loggamma(y + 1)

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
        rise,
        " is at least ",
        b * log(y),
        "; with ",
        Relation(y, n / a),
        " the moments fall at least as fast as ",
        Pow(a / n, b),
        ".",
    ),
)
INTEGRAL_TEST = Rule(
    "integral test",
    (
        "The sum of ",
        Pow(later, -b - 1),
        " over all ",
        later,
        " above ",
        terms,
        " is at most its integral from there, ",
        Pow(terms, -b) / b,
        ".",
    ),
)
MANY = 24
"""Points at which an inequality is tried: it is tight only where its parameters are far apart."""
LONG: Sizes = {terms: (40, 60)}
log_beta: Expr = loggamma(c) + loggamma(d) - loggamma(c + d)
series: Expr = IndexSum(moment_of(m) / m, m)
tail_bound: Expr = exp(loggamma(b)) * Pow(a / terms, b)
known: Expr = log_beta - entropy - (c - 1) * mean_log_x


def with_rest(expression: Expr) -> Expr:
    """Put the mean of what the cut series of each point leaves out in the place of the rest."""
    left_out = -Expectation(log(1 - x) + IndexSum(Pow(x, m) / m, m))
    return replace_elements(expression, {rest.array: lambda: at_sample(left_out)})


def nearly(bound: Expr) -> Expr:
    """Lower a bound on a moment to what the moment exceeds."""
    return bound * Pow(1 + a * (1 + b) / n, -b)


def at_ratio(rise: Expr) -> Expr:
    """Put n over a in."""
    return replace_elements(rise, {y.array: lambda: n / a})


def beside_series(bound: Expr) -> Expr:
    """Add a bound on the rest to the cut series."""
    return series + bound


def as_mean(left_out: Expr) -> Expr:
    """Return the cut series and what it leaves out, linear in means, as one mean at the sample."""
    whole = series + left_out
    return Expectation(at_sample(whole.xreplace({e: e.body for e in whole.atoms(Expectation)})))


def along_stretch(bound: Expr) -> Expr:
    """Return a bound on the terms from M + 1 to 2 M, by one on all after M."""
    return bound - bound.xreplace({terms: 2 * terms})


def where_gamma_dips(form: Expr) -> Expr:
    """Put a below one and b between one and two: there Γ(b) is, and there the bound is tight."""
    return replace_elements(form, {a.array: lambda: a / (1 + a), b.array: lambda: 1 + b / (1 + b)})


def along_stretch_in_dip(bound: Expr) -> Expr:
    """Return the same where Γ(b) dips below one."""
    return where_gamma_dips(along_stretch(bound))


def cut_series() -> tuple[Check, ...]:
    """Claim that minus the log lies between a cut series and that with a bound on the rest."""
    cut, minus_log = IndexSum(Pow(x, m) / m, m), -log(1 - x)
    above = cut + Pow(x, terms + 1) / ((terms + 1) * (1 - x))
    return (
        at_most("the series of a point, cut, is below minus its log", cut, minus_log),
        at_most("and above it with a geometric bound on the rest", minus_log, above),
    )


def convex() -> tuple[Check, ...]:
    """Claim how fast log Γ rises."""
    slope = polygamma(0, y + 1)
    return (
        finite_difference("the derivative of log Γ", loggamma(y + 1), y, slope),
        at_most("it is at least the log", log(y), slope),
        at_most("the rise over b", b * log(y), rise),
    )


def kl_beta_derivation(brief: Brief) -> Derivation:
    """Derive KL(Kumaraswamy || Beta): a finite series, and a bound on what is left out."""
    left = Divergence(Density("q", x, (a, b)), Density("p", x, (c, d)))
    minus_mean = -Expectation(log(1 - x))
    integrand = -at_sample(log(1 - x))
    log_ratio = log_density(x) - (c - 1) * log(x) - (d - 1) * log(1 - x) + log_beta
    mean_ratio = at_sample(Expectation(log_ratio))
    in_minus_mean = known + (d - 1) * minus_mean
    whole = known + (d - 1) * (series + rest)
    between = mean_lies_between(
        "the mean lies between the cut series and the series with the bound, by quadrature",
        u,
        integrand,
        series,
        beside_series(tail_bound),
    )
    term_bound = exp(loggamma(b + 1)) * Pow(a / n, b)
    stretch = IndexSum(moment_of(later) / later, later)
    return brief.derivation(
        steps=(
            Step(
                DEFINITION,
                Relation(left, in_minus_mean),
                (
                    equal_with_means(
                        "the mean log ratio, by quadrature", u, mean_ratio, at_sample(in_minus_mean)
                    ),
                ),
            ),
            Step(
                LOG_SERIES,
                Relation(minus_mean, series + rest),
                (
                    equal_with_means(
                        "with the mean of what the series of each point leaves out, by quadrature",
                        u,
                        at_sample(minus_mean),
                        with_rest(series + rest),
                    ),
                    between,
                    *cut_series(),
                ),
            ),
            Step(
                CONVEXITY,
                Relation(Expectation(Pow(x, n)), term_bound, AT_MOST),
                (
                    at_most("the moment is below its bound", moment, term_bound, points=MANY),
                    at_most(
                        "and nowhere far below: log Γ rises no faster than its argument's log",
                        nearly(term_bound),
                        moment,
                        points=MANY,
                    ),
                    enclosure(
                        "the log of the moment falls as log Γ rises",
                        log(moment),
                        loggamma(b + 1) - at_ratio(rise),
                    ),
                    *convex(),
                ),
            ),
            Step(
                INTEGRAL_TEST,
                Relation(rest, tail_bound, AT_MOST),
                (
                    at_most(
                        "a stretch of the tail is below the bound, less the bound from its end on",
                        stretch,
                        along_stretch(tail_bound),
                        sizes=LONG,
                        points=MANY,
                    ),
                    at_most(
                        "also where Γ(b) is below one",
                        where_gamma_dips(stretch),
                        along_stretch_in_dip(tail_bound),
                        sizes=LONG,
                        points=MANY,
                    ),
                    at_most(
                        "a stretch of the powers is below the integral over it",
                        IndexSum(Pow(later, -b - 1), later),
                        along_stretch(Pow(terms, -b) / b),
                    ),
                    between,
                ),
            ),
        ),
        results=(
            Relation(left, whole),
            Relation(rest, tail_bound, AT_MOST),
        ),
        checks=(
            between,
            equal_with_means(
                "the mean log ratio, with what each point's series leaves out, by quadrature",
                u,
                mean_ratio,
                with_rest(whole),
            ),
        ),
        sources=("nalisnick2017",),
        readings=(
            at_sample,
            with_rest,
            at_ratio,
            nearly,
            along_stretch,
            along_stretch_in_dip,
            beside_series,
            as_mean,
        ),
        names=(
            Relation(left, Expectation(log_ratio)),
            Relation(rest, Expectation(-log(1 - x)) - series),
            Relation(Expectation(Pow(x, n)), moment),
        ),
    )

"""The variance of the pathwise estimator beside the score-function estimator's, both closed."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, exp, log

from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Element, IndexSum, Slice
from derivations.calculus.notation import Expectation, PartialDerivative, Variance
from derivations.calculus.steps import Check, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.gaussian_vae.estimators import Estimator, mean_is, names, readings
from derivations.gaussian_vae.pathwise import OF_Z
from derivations.gaussian_vae.symbols import (
    ENCODER,
    GAUSSIAN,
    HALF,
    K,
    at_draw_by_log,
    by_log,
    in_front,
    j,
    k,
    likewise,
    log_encoder,
    log_variance,
    mean,
    variance,
    z,
)

ZERO = Integer(0)
c = Array("c", (K,))

ASSUMPTIONS: tuple[Prose, ...] = (
    *GAUSSIAN,
    (
        "The function is a squared distance, ",
        Relation(OF_Z, IndexSum(Pow(z[k] - c[k], 2), k)),
        ", from any point ",
        Array("c", ())[()],
        ". The estimators take one draw.",
    ),
    (
        "An estimator of the derivative of its expectation by ",
        mean[j],
        " is called ",
        Array("g", ())[()],
        ", one by ",
        log_variance[j],
        " is called ",
        Array("h", ())[()],
        ".",
    ),
)
REMARKS: tuple[Prose, ...] = (
    (
        "Among coordinates all alike the score-function estimator's variance grows with the square "
        "of their number, and still linearly with the mean of the function as its baseline; the "
        "pathwise estimator's does not depend on the other coordinates at all.",
    ),
    (
        "This is one function. For another, as a cosine of high frequency, the pathwise estimator "
        "varies more.",
    ),
)

MOMENTS = Rule("moments of the function", "The coordinates are independent; each moment is closed.")
SCORE = Rule(
    "score",
    (
        "The log density ",
        log(ENCODER),
        " is differentiated by a parameter at a fixed ",
        Slice(z),
        ".",
    ),
)
PATH = Rule(
    "pathwise estimators",
    (
        "The derivative of the function by ",
        z[j],
        " times the rate at which the draw moves: one with its mean, half its distance from the "
        "mean with its log variance.",
    ),
)
BY_SCORE = Rule("score-function estimators", "The function times the score.", "mohamed2020")
SPREAD = Rule(
    "variance",
    "The mean square less the squared mean; moments of a normal variable up to the eighth.",
)
BASELINE = Rule(
    "baseline",
    (
        "The mean of the function is subtracted from it: the score has mean zero, so that the "
        "estimators stay unbiased.",
    ),
    "mohamed2020",
)
COMPARE = Rule(
    "difference", "Even with that baseline the score-function estimators vary more here."
)

PARAMETERS = (mean[j], log_variance[j])
offset: Expr = mean[j] - c[j]
function: Expr = IndexSum(Pow(z[k] - c[k], 2), k)
expectation: Expr = IndexSum(Pow(mean[k] - c[k], 2) + variance[k], k)
spread: Expr = IndexSum(4 * variance[k] * Pow(mean[k] - c[k], 2) + 2 * Pow(variance[k], 2), k)
by_mean: Expr = in_front(Integer(2), z[j] - c[j])
by_log_variance: Expr = (z[j] - mean[j]) * (z[j] - c[j])
score_of_mean: Expr = (z[j] - mean[j]) / variance[j]
score_of_log: Expr = in_front(HALF, Pow(z[j] - mean[j], 2) / variance[j] - 1)

variance_by_mean: Expr = 4 * variance[j]
variance_by_log: Expr = variance[j] * Pow(offset, 2) + 2 * Pow(variance[j], 2)


def score_variance_by_mean(expected: Expr, varying: Expr) -> Expr:
    """Return the variance of the function times the score of the mean.

    ``expected`` is the mean of the function, less any baseline; ``varying`` its variance.
    """
    plain = (Pow(expected, 2) + varying) / variance[j]
    return plain + 4 * expected + 4 * Pow(offset, 2) + 8 * variance[j]


def score_variance_by_log(expected: Expr, varying: Expr) -> Expr:
    """Return the variance of the function times the score of the log variance."""
    plain = HALF * (Pow(expected, 2) + varying)
    bends = 8 * variance[j] * Pow(offset, 2) + 13 * Pow(variance[j], 2)
    return plain + 4 * variance[j] * expected + bends


def letter(base: str, kind: str) -> Element:
    """Return the letter of an estimator: g by means, h by log variances."""
    return Array(f"{base}_{kind}", (K,), f"{base}^{kind}")[j]


def pathwise() -> tuple[Estimator, Estimator]:
    """Return the pathwise estimators by mean and by log variance."""
    return (
        Estimator(letter("g", "path"), by_mean, 2 * offset, variance_by_mean, 1, in_closed_form),
        Estimator(
            letter("h", "path"), by_log_variance, variance[j], variance_by_log, 2, in_closed_form
        ),
    )


def by_score(kind: str, value: Expr, expected: Expr, varying: Expr) -> tuple[Estimator, Estimator]:
    """Return the function, less any baseline, times the scores; and so its mean and variance."""
    return (
        Estimator(
            letter("g", kind),
            value * score_of_mean,
            2 * offset,
            score_variance_by_mean(expected, varying),
            3,
            in_closed_form,
        ),
        Estimator(
            letter("h", kind),
            value * score_of_log,
            variance[j],
            score_variance_by_log(expected, varying),
            4,
            in_closed_form,
        ),
    )


E, V = Expectation(OF_Z), Variance(OF_Z)


def in_closed_form(form: Expr) -> Expr:
    """Put the function, its mean and its variance in the place of their notation."""
    return form.xreplace({OF_Z: function, E: expectation, V: spread})


PATHWISE = pathwise()
PLAIN = by_score("score", OF_Z, E, V)
CENTRED = by_score("baseline", OF_Z - E, ZERO, V)
GAPS: tuple[Expr, Expr] = (
    V / variance[j] + 4 * Pow(offset, 2) + 4 * variance[j],
    HALF * V + 7 * variance[j] * Pow(offset, 2) + 11 * Pow(variance[j], 2),
)


def defined(rule: Rule, estimators: tuple[Estimator, Estimator]) -> list[Step]:
    """Return the steps that state a pair of estimators, each unbiased."""
    rows = zip((rule, likewise(rule, "by the log variance")), PARAMETERS, estimators, strict=True)
    return [e.definition(r, pinned(by, e)) for r, by, e in rows]


def pinned(by: Element, estimator: Estimator) -> Check:
    """Claim what no other estimator of the same mean has.

    One by the path is the derivative at fixed noise, one by the score has its variance.
    """
    if estimator not in PATHWISE:
        return estimator.variance_check()
    moved = at_draw_by_log(estimator.form)
    return finite_difference("the derivative at fixed noise", at_draw_by_log(function), by, moved)


def compared(rule: Rule, centred: Estimator, path: Estimator, gap: Expr) -> Step:
    """Return the step that states by how much the better score-function estimator varies more."""
    left = Variance(centred.letter) - Variance(path.letter)
    in_full = in_closed_form(gap)
    squares = Pow(centred.form - centred.mean, 2) - Pow(path.form - path.mean, 2)
    return Step(
        rule,
        Relation(left, gap),
        (
            proof("the difference of the two", centred.variance - path.variance, in_full),
            mean_is("the difference of the two squares", squares, in_full, 2 * centred.degree),
            at_most("positive at random points", ZERO, in_full),
        ),
    )


def gradient_variance_derivation(brief: Brief) -> Derivation:
    """Derive both estimators' variances, by means and by log variances."""
    every = (*PATHWISE, *PLAIN, *CENTRED)
    again = likewise(SPREAD, "for the next estimator")
    spreads = [e.spread(again if number else SPREAD) for number, e in enumerate(every)]
    rules = (COMPARE, likewise(COMPARE, "by the log variance"))
    gaps = [compared(*row) for row in zip(rules, CENTRED, PATHWISE, GAPS, strict=True)]
    left = log(ENCODER)
    return brief.derivation(
        steps=(
            Step(
                MOMENTS, Relation(E, expectation), (mean_is("the mean", function, expectation, 2),)
            ),
            Step(
                likewise(MOMENTS, "for the variance"),
                Relation(V, spread),
                (mean_is("the variance", Pow(function - expectation, 2), spread, 4),),
            ),
            Step(
                SCORE,
                Relation(PartialDerivative(left, mean[j]), score_of_mean),
                (finite_difference("the derivative", log_encoder, mean[j], score_of_mean),),
            ),
            Step(
                likewise(SCORE, "by the log variance"),
                Relation(PartialDerivative(left, log_variance[j]), score_of_log),
                (
                    finite_difference(
                        "the derivative", by_log(log_encoder), log_variance[j], by_log(score_of_log)
                    ),
                ),
            ),
            *defined(PATH, PATHWISE),
            *defined(BY_SCORE, PLAIN),
            *spreads[:4],
            *defined(BASELINE, CENTRED),
            *spreads[4:],
            *gaps,
        ),
        results=(*(s.relation for s in spreads[:4]), *(s.relation for s in gaps)),
        checks=(
            *(e.mean_check() for e in every),
            *(e.variance_check() for e in every),
            *(c for s in gaps for c in s.checks),
            *(slope_check(e) for e in PATHWISE),
        ),
        sources=("mohamed2020",),
        remarks=REMARKS,
        readings=(by_log, at_draw_by_log, *readings(every)),
        names=(
            Relation(ENCODER, exp(log_encoder)),
            Relation(
                PartialDerivative(left, log_variance[j]),
                differentiate(by_log(log_encoder), log_variance[j]),
            ),
            *names(every),
        ),
    )


def slope_check(estimator: Estimator) -> Check:
    """Claim that what is estimated is the derivative of the function's expectation."""
    by = mean[j] if estimator is PATHWISE[0] else log_variance[j]
    return finite_difference(
        "the derivative of the expectation", by_log(expectation), by, by_log(estimator.mean)
    )

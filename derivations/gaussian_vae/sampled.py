"""The bound's gradient with the divergence in closed form, sampled, and sampled without score."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, log

from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Element
from derivations.calculus.notation import Divergence, Expectation, PartialDerivative
from derivations.calculus.steps import Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.gaussian_vae import linear_decoder
from derivations.gaussian_vae.divergence import standard, standard_by_log
from derivations.gaussian_vae.estimators import Estimator, mean_is, names, readings
from derivations.gaussian_vae.symbols import (
    ENCODER,
    GAUSSIAN,
    HALF,
    PRIOR,
    STANDARD_NORMAL,
    K,
    at_draw,
    at_draw_by_log,
    by_log,
    in_front,
    k,
    likewise,
    log_encoder,
    log_standard,
    log_variance,
    mean,
    variance,
    z,
)

LOG_RATIO: Expr = log(ENCODER / PRIOR)
ZERO = Integer(0)

ASSUMPTIONS: tuple[Prose, ...] = (
    *GAUSSIAN,
    (
        "The prior is ",
        STANDARD_NORMAL,
        ". Each estimator takes one draw; those of the divergence's derivative by ",
        mean[k],
        " are called ",
        Array("g", ())[()],
        ", those by ",
        log_variance[k],
        " are called ",
        Array("h", ())[()],
        ", and those of the whole bound's derivative by ",
        mean[k],
        " are called ",
        Array("u", ())[()],
        ".",
    ),
    linear_decoder.LINEAR,
)

CLOSED = Rule("closed divergence", "The closed form is differentiated: nothing varies.")
SAMPLED = Rule(
    "sampled divergence",
    (
        "The log ratio ",
        LOG_RATIO,
        " at the draw is differentiated, its parameters moving the draw and the density alike.",
    ),
)
SCORE = Rule(
    "score",
    "Of that, the part by the density's own parameters at a fixed draw is the score.",
)
PATH = Rule("path alone", "The score is left out: the parameters move the draw alone.")
UNBIASED = Rule("equal means", "Sampled or not, the mean is the derivative of the closed form.")
ZERO_MEAN = Rule(
    "mean of the score",
    "Zero, the density integrating to one at all parameters; leaving it out changes no mean.",
)
SPREAD = Rule("variance", "The mean square less the squared mean, by moments of a normal variable.")


def letter(base: str, kind: str) -> Element:
    """Return an estimator's letter: g by means, h by log variances."""
    return Array(f"{base}_{kind}", (K,), f"{base}^{kind}")[k]


log_ratio: Expr = log_encoder - log_standard
distance: Expr = z[k] - mean[k]
PARAMETERS = (mean[k], log_variance[k])
slopes: tuple[Expr, Expr] = (mean[k], in_front(HALF, variance[k] - 1))
squared: Expr = Pow(mean[k], 2) * variance[k]

SAMPLES = (
    Estimator(letter("g", "sampled"), z[k], slopes[0], variance[k], 1),
    Estimator(
        letter("h", "sampled"),
        in_front(HALF, z[k] * distance - 1),
        slopes[1],
        (squared + 2 * Pow(variance[k], 2)) / 4,
        2,
    ),
)
SCORES = (
    Estimator(letter("g", "score"), distance / variance[k], ZERO, 1 / variance[k], 1),
    Estimator(
        letter("h", "score"),
        in_front(HALF, Pow(distance, 2) / variance[k] - 1),
        ZERO,
        HALF,
        2,
    ),
)
PATHS = (
    Estimator(
        letter("g", "path"),
        z[k] - distance / variance[k],
        slopes[0],
        Pow(1 - variance[k], 2) / variance[k],
        1,
    ),
    Estimator(
        letter("h", "path"),
        Mul(HALF, distance, z[k] - distance / variance[k]),
        slopes[1],
        (squared + 2 * Pow(1 - variance[k], 2)) / 4,
        2,
    ),
)


def in_densities(form: Expr) -> Expr:
    """Return the log of a ratio of the two densities, at the draw."""
    if not isinstance(form, log):
        message = f"wanted the log of a ratio of densities, got {form}"
        raise TypeError(message)
    logs = {ENCODER: log_encoder, PRIOR: log_standard}
    powers = form.args[0].as_powers_dict()
    return at_draw(Add(*(power * logs[density] for density, power in powers.items())))


def by_both(rule: Rule) -> tuple[Rule, Rule]:
    """Return a rule for the mean, and the same for the log variance."""
    return rule, likewise(rule, "by the log variance")


def divergence_steps() -> list[Step]:
    """State the estimators of the divergence's derivatives, and how much they vary."""
    closed, steps = Divergence(ENCODER, PRIOR), []
    for rule, by, slope in zip(by_both(CLOSED), PARAMETERS, slopes, strict=True):
        right = finite_difference("the derivative", standard_by_log, by, by_log(slope))
        steps.append(Step(rule, Relation(PartialDerivative(closed, by), slope), (right,)))
    moved = at_draw_by_log(log_ratio)
    for rule, by, one in zip(by_both(SAMPLED), PARAMETERS, SAMPLES, strict=True):
        form = at_draw_by_log(one.form)
        right = finite_difference("the derivative at fixed noise", moved, by, form)
        steps.append(one.definition(rule, right))
    for rule, by, one in zip(by_both(SCORE), PARAMETERS, SCORES, strict=True):
        right = finite_difference("the derivative", by_log(log_encoder), by, by_log(one.form))
        steps.append(one.definition(rule, right))
    slope, rates = differentiate(log_ratio, z[k]), (Integer(1), HALF * distance)
    rows = zip(by_both(PATH), rates, PATHS, SAMPLES, SCORES, strict=True)
    for rule, rate, one, whole, score in rows:
        checks = (
            proof("the sampled one less the score", whole.form - score.form, one.form),
            enclosure("the derivative by z, times the draw's rate", rate * slope, one.form),
        )
        steps.append(one.definition(rule, *checks))
    return steps


def mean_steps() -> list[Step]:
    """State the means: those of the sampled estimators, and zero for the scores."""
    rows = zip((*by_both(UNBIASED), *by_both(ZERO_MEAN)), (*SAMPLES, *SCORES), strict=True)
    return [
        Step(rule, Relation(Expectation(one.letter), one.mean), (one.mean_check(),))
        for rule, one in rows
    ]


def sampled_kl_gradient_derivation(brief: Brief) -> Derivation:
    """Derive the estimators with the divergence closed and sampled: equal means, variances."""
    pairs = [*SAMPLES, *PATHS]
    every = (*pairs, *SCORES, *linear_decoder.ESTIMATORS)
    again = likewise(SPREAD, "for the next estimator")
    means = mean_steps()
    spreads = [one.spread(again if number else SPREAD) for number, one in enumerate(pairs)]
    whole = [
        one.spread(again if number else SPREAD)
        for number, one in enumerate(linear_decoder.ESTIMATORS)
    ]
    gaps = linear_decoder.comparisons()
    shown = (*means, *spreads, *whole, *gaps)
    return brief.derivation(
        steps=(
            *divergence_steps(),
            *means,
            *spreads,
            *linear_decoder.definitions(),
            *whole,
            *gaps,
        ),
        results=tuple(step.relation for step in shown),
        checks=(
            *(one.mean_check() for one in every),
            *(one.variance_check() for one in (*pairs, *linear_decoder.ESTIMATORS)),
            *(check for step in gaps for check in step.checks),
            *linear_decoder.bound_checks(),
            mean_is("the mean of the log ratio", log_ratio, standard, 2),
        ),
        sources=(),
        remarks=linear_decoder.REMARKS,
        readings=(
            by_log,
            at_draw_by_log,
            in_densities,
            *readings(every),
        ),
        names=(Relation(Divergence(ENCODER, PRIOR), standard_by_log), *names(every)),
    )

"""The Bernoulli likelihood of an image in logits, and the loss."""

from __future__ import annotations

from sympy import Expr, Integer, exp, log

from derivations.calculus.binding import component, replace_elements, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import UNIT, Array, IndexProduct, IndexSum, Iverson
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import PartialDerivative
from derivations.calculus.steps import Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.gaussian_vae.divergence import standard_by_log
from derivations.gaussian_vae.symbols import LIKELIHOOD, D, d, x

eta = Array("eta", (D,), "eta")
theta = Array("theta", (D,), "theta", UNIT)
estimate = Array("estimate", (), "hat(cal(L))")[()]

image = Array("image", (D,), "x", states=2)
"""An image's pixels, one more than their values."""
IMAGES = 12
"""Of those tried, one or another is not the same from both ends."""

ASSUMPTIONS: tuple[Prose, ...] = (
    (
        "Given the latent variables the ",
        D,
        " pixels are independent, and ",
        x[d],
        " is one with probability ",
        theta[d],
        ", else zero. The decoder gives the logit ",
        eta[d],
        ", any real number, of that probability.",
    ),
)
GREY: tuple[Prose, ...] = (
    (
        "For grey levels between zero and one the same expression is minus a cross entropy, and "
        "no longer the log of a probability: it is still largest where ",
        theta[d],
        " is ",
        x[d],
        ".",
    ),
)

INDEPENDENT = Rule(
    "independent pixels", "The log probability of an image is the sum over its pixels."
)
SIGMOID = Rule(
    "sigmoid", "The logit is the log of the odds; solved for the probability it is the sigmoid."
)
SOFTPLUS = Rule(
    "logs of both probabilities",
    "Both logs are written in the logit, so that no probability is rounded to zero or one.",
)
GATHER = Rule("gather", "The logs are put in; what the pixel multiplies is the logit alone.")
STABLE = Rule(
    "no large exponential",
    "Of the two forms the one whose exponential is at most one is evaluated.",
)
GRADIENT = Rule("gradient", "The log likelihood is differentiated by one logit.")
LOSS = Rule(
    "minus the bound",
    (
        "The estimate of the bound at one draw of the latent variables is the log likelihood there "
        "less the divergence from the prior; the loss is minus ",
        estimate,
        ", summed over the images of a batch.",
    ),
)


def sigmoid(logit: Expr) -> Expr:
    """Return the probability that belongs to a logit."""
    return 1 / (1 + exp(-logit))


log_likelihood: Expr = IndexSum(x[d] * eta[d] - log(1 + exp(eta[d])), d)
by_probability: Expr = IndexSum(x[d] * log(theta[d]) + (1 - x[d]) * log(1 - theta[d]), d)
loss: Expr = IndexSum(log(1 + exp(eta[d])) - x[d] * eta[d], d) + standard_by_log


def at_logits(expression: Expr) -> Expr:
    """Put the sigmoid of the logit in the place of the probability."""
    return replace_elements(expression, {theta: component(sigmoid(eta[d]), (d,))})


def log_odds(probability: Expr) -> Expr:
    """Return the log of a probability over that of the other value."""
    return log(probability) - log(1 - probability)


def at_odds(form: Expr) -> Expr:
    """Put the log of the odds in the place of the logit."""
    return replace_elements(form, {eta: component(log_odds(theta[d]), (d,))})


def probability(form: Expr) -> Expr:
    """Return the probability of an image of which every pixel is zero or one."""
    return exp(replace_elements(form, {x: lambda at: image[at] - 1}))


def by_pixel(form: Expr) -> Expr:
    """Return the derivative by a pixel, grey levels allowed, at the logits."""
    return at_logits(collect(differentiate(form, x[d])))


def at_pixel(value: int) -> Expr:
    """Return the log probability of one pixel's value."""
    body = x[d] * eta[d] - log(1 + exp(eta[d]))
    return substitute(body, {x[d]: Integer(value)})


def bernoulli_logits_derivation(brief: Brief) -> Derivation:
    """Derive the log likelihood in logits, its gradient, and the loss."""
    left = log(LIKELIHOOD)
    whole = enclosure(
        "the logs of the probabilities put in", at_logits(by_probability), log_likelihood
    )
    log_one, log_zero = at_logits(log(theta[d])), at_logits(log(1 - theta[d]))
    pixels = IndexProduct(
        Iverson(image[d], 2) * theta[d] + Iverson(image[d], 1) * (1 - theta[d]), d
    )
    softplus = log(1 + exp(eta[d]))
    gradient = collect(differentiate(log_likelihood, eta[d]))
    short = x[d] - theta[d]
    by_logit = PartialDerivative(left, eta[d])
    right_gradient = finite_difference(
        "the derivative of the logs of the probabilities",
        at_logits(by_probability),
        eta[d],
        at_logits(short),
    )
    normalised = enclosure(
        "the probabilities of a pixel's two values sum to one",
        exp(at_pixel(0)) + exp(at_pixel(1)),
        Integer(1),
    )
    parts = -(log_likelihood - standard_by_log)
    return brief.derivation(
        steps=(
            Step(
                INDEPENDENT,
                Relation(left, by_probability),
                (
                    enclosure(
                        "a pixel that is one has the log of its probability",
                        _one_pixel(1),
                        log(theta[d]),
                    ),
                    enclosure(
                        "a pixel that is zero has the log of the other's",
                        _one_pixel(0),
                        log(1 - theta[d]),
                    ),
                    enclosure(
                        "the probability of an image is the product of those of its pixels",
                        probability(by_probability),
                        pixels,
                        points=IMAGES,
                    ),
                    enclosure(
                        "affine in a pixel of any grey level: its slope is the logit",
                        by_pixel(by_probability),
                        eta[d],
                    ),
                ),
            ),
            Step(
                SIGMOID,
                Relation(theta[d], sigmoid(eta[d])),
                (
                    enclosure("its log odds are the logit", log_odds(sigmoid(eta[d])), eta[d]),
                    enclosure("and back", at_odds(sigmoid(eta[d])), theta[d]),
                ),
            ),
            Step(
                SOFTPLUS,
                Relation(log(theta[d]), eta[d] - softplus),
                (enclosure("the log of the sigmoid", log_one, eta[d] - softplus),),
            ),
            Step(
                SOFTPLUS,
                Relation(log(1 - theta[d]), -softplus),
                (enclosure("the log of one less the sigmoid", log_zero, -softplus),),
            ),
            Step(GATHER, Relation(left, log_likelihood), (whole, normalised)),
            Step(
                STABLE,
                Relation(softplus, eta[d] + log(1 + exp(-eta[d]))),
                (enclosure("the same number", softplus, eta[d] + log(1 + exp(-eta[d]))),),
            ),
            Step(
                GRADIENT,
                Relation(by_logit, short),
                (
                    finite_difference("the derivative", log_likelihood, eta[d], gradient),
                    enclosure("pixel less probability", gradient, at_logits(short)),
                ),
            ),
            Step(
                LOSS,
                Relation(-estimate, loss),
                (
                    proof("the divergence less the log likelihood", parts, loss),
                    enclosure(
                        "from the probabilities", standard_by_log - at_logits(by_probability), loss
                    ),
                ),
            ),
        ),
        results=(
            Relation(left, log_likelihood),
            Relation(by_logit, short),
            Relation(-estimate, loss),
        ),
        checks=(
            whole,
            right_gradient,
            enclosure("from the probabilities", standard_by_log - at_logits(by_probability), loss),
        ),
        sources=(),
        remarks=GREY,
        readings=(probability, by_pixel, log_odds, at_odds, at_logits),
        names=(
            Relation(by_logit, differentiate(at_logits(by_probability), eta[d])),
            Relation(LIKELIHOOD, exp(by_probability)),
            Relation(estimate, at_logits(by_probability) - standard_by_log),
        ),
    )


def _one_pixel(value: int) -> Expr:
    """Return the summand of one pixel, in the probability, at one of its values."""
    body = x[d] * log(theta[d]) + (1 - x[d]) * log(1 - theta[d])
    return substitute(body, {x[d]: Integer(value)})

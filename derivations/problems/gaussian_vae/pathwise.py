"""The gradient of an expectation through the draw: the pathwise estimator is unbiased."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Mul, exp

from derivations.calculus.expressions import Array
from derivations.claims.registry import Line, Remark, derivation
from derivations.claims.statements import (
    AnyFunction,
    Domain,
    Random,
    Rule,
    Text,
    equal,
    result,
    step,
)
from derivations.meaning.notation import Applied, Expectation, PartialDerivative
from derivations.problems.gaussian_vae.symbols import (
    BY_LOG,
    DRAW,
    DRAWN,
    ENCODER,
    HALF,
    NOISE,
    OF_NOISE,
    X,
    Z,
    drawn,
    half,
    k,
    log_variance,
    mean,
    noise,
    x,
    z,
)

f = Array("f", ())[()]

GROWTH = Text(
    (
        "The difference quotients of the function grow at most exponentially. Limit and mean may "
        "then be exchanged by dominated convergence. Kinks, as leaky rectifiers have, do no harm: "
        "a draw avoids them with probability one.",
    )
)
JUMPS = Remark(
    (
        "A jump is not covered: for a step function the pathwise estimate is zero, while the "
        "expectation moves with the mean.",
    )
)

REPARAMETERIZE = Rule(
    "reparameterize",
    "The mean over the latent variables is a mean over the noise, whose distribution holds no "
    "parameter.",
    "kingma2014",
)
EXCHANGE = Rule(
    "exchange gradient and mean",
    "The parameters are in the integrand alone: the derivative of the mean is the mean of the "
    "derivative.",
    "mohamed2020",
)
RATE = Rule("rate of the draw", "The draw moves with its mean at rate one.")
RATE_BY_LOG = Rule(
    "rate of the draw", "With its log variance it moves at half its distance from the mean."
)
CHAIN = Rule(
    "chain rule",
    "The derivative of the function is multiplied by the rate at which the draw moves.",
)


@derivation(
    "gaussian_vae.pathwise_gradient",
    question="beyond the sheet",
    title="The gradient through the draw",
    code=("impl.vae.estimators.pathwise_gradients", "impl.vae.objectives.draw_latents"),
    sources=("kingma2014", "mohamed2020"),
)
def pathwise_gradient() -> Iterator[Line]:
    """Derive the gradient of an expectation by means and log variances, through the draw."""
    q, p = ENCODER(Z, given=X), OF_NOISE(NOISE)
    expectation, at_draw = Expectation(q, Applied(f, Z)), Applied(f, DRAWN)
    slope = PartialDerivative(Applied(f, Z), z[k])
    rate = HALF * exp(log_variance[k] / 2) * noise[k]
    yield Domain(x, mean, log_variance)
    yield AnyFunction(f, (Z,))
    yield GROWTH
    yield BY_LOG
    yield Random(ENCODER)
    yield Random(OF_NOISE)
    yield DRAW
    yield step(REPARAMETERIZE, equal(expectation, Expectation(p, at_draw)))
    for by, moved, rule, speeds in (
        (mean[k], slope, RATE, (1,)),
        (
            log_variance[k],
            Mul(HALF, z[k] - mean[k], slope),
            RATE_BY_LOG,
            (rate, half(drawn[k] - mean[k])),
        ),
    ):
        gradient = PartialDerivative(expectation, by)
        yield step(EXCHANGE, equal(gradient, Expectation(p, PartialDerivative(at_draw, by))))
        for speed in speeds:
            yield step(rule, equal(PartialDerivative(drawn[k], by), speed))
        yield result(CHAIN, equal(gradient, Expectation(q, moved)))
    yield JUMPS

"""The reparameterized draw and its distribution, by a change of variables."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import exp, log, pi, sqrt

from derivations.calculus.expressions import IndexProduct, IndexSum, Iverson
from derivations.calculus.matrices import Determinant
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import Domain, Random, Rule, equal, follows, result, step
from derivations.meaning.notation import At, Entries, PartialDerivative
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
    j,
    k,
    log_variance,
    mean,
    noise,
    normals,
    variance,
    x,
)

TRANSFORM = Rule(
    "the transform",
    "The noise is scaled by the standard deviation, the root of the variance. The mean is added.",
    "kingma2014",
)
NOISE_DENSITY = Rule("density of the noise", "The coordinates are independent standard normal.")
SOLVE = Rule("solve for the noise", "The variances are positive, so the transform is invertible.")
JACOBIAN = Rule("Jacobian", "Each coordinate of the draw depends on its own noise alone.")
DETERMINANT = Rule(
    "determinant", "The determinant of a diagonal matrix is the product of its diagonal."
)
CHANGE = Rule(
    "change of variables",
    "The density of the draw is that of its noise, over the absolute value of the determinant. It "
    "is the encoder's density at the draw.",
)
WRITTEN_OUT = Rule(
    "in the draw", "The noise is replaced by its solution: this is a normal density."
)
RECOGNISE = Rule(
    "recognise the distribution", "The draw has the encoder's distribution: the stated normals."
)
LOG_VARIANCE = Rule(
    "log variance", "The root of the variance is the exponential of half its logarithm."
)


@derivation(
    "gaussian_vae.reparameterization",
    question="3.1",
    title="The reparameterized draw and its distribution",
    code=(
        "impl.vae.objectives.reparameterize",
        "impl.vae.objectives.draw_latents",
        "impl.vae.notebook.reparameterization",
    ),
    sources=("kingma2014",),
)
def reparameterization() -> Iterator[Line]:
    """Derive the distribution of mean + sqrt(variance) noise, by change of variables."""
    jacobian = PartialDerivative(drawn[k], noise[j])
    at_draw = log(ENCODER(At(Z, DRAWN), given=X))
    log_noise = log(OF_NOISE(NOISE))
    squares = (drawn[k] - mean[k]) ** 2 / variance[k]
    yield Domain(x, mean, log_variance)
    yield BY_LOG
    yield Random(ENCODER)
    yield Random(OF_NOISE)
    yield step(TRANSFORM, DRAW)
    yield step(NOISE_DENSITY, equal(log_noise, -HALF * IndexSum(noise[k] ** 2 + log(2 * pi), k)))
    yield step(SOLVE, equal(noise[k], (drawn[k] - mean[k]) / sqrt(variance[k])))
    yield step(JACOBIAN, equal(jacobian, Iverson(k, j) * sqrt(variance[k])))
    yield step(DETERMINANT, equal(Determinant(jacobian, k, j), IndexProduct(sqrt(variance[k]), k)))
    yield step(CHANGE, equal(at_draw, log_noise - log(Determinant(jacobian, k, j))))
    yield step(
        WRITTEN_OUT,
        equal(at_draw, -HALF * IndexSum(log(2 * pi) + log(variance[k]) + squares, k)),
    )
    yield result(RECOGNISE, follows(Entries(drawn[k], k), normals(mean[k], variance[k])))
    yield result(LOG_VARIANCE, equal(drawn[k], mean[k] + exp(log_variance[k] / 2) * noise[k]))

"""The pathwise gradient of a draw of the softmax-Gaussian by the concentrations."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, log, sqrt

from derivations.calculus.expressions import REAL, Array, IndexSum, Iverson, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    AtLeast,
    Domain,
    Random,
    Rule,
    define,
    equal,
    follows,
    result,
    step,
)
from derivations.meaning.notation import Applied, FamilyAt, Joint, PartialDerivative, Where, part
from derivations.problems.softmax_gaussian.symbols import (
    MODE,
    OF_LAPLACE,
    TOTAL,
    VARIANCE,
    H,
    K,
    alpha,
    h,
    i,
    k,
    l,
    mu,
    softmax,
    variance,
)

REPARAMETERIZE = Rule(
    "reparameterize",
    "A coordinate is drawn as its mean plus its standard deviation times standard normal noise, "
    "which does not depend on the concentrations.",
    "srivastava2017, sec. 3.2",
)
NORMAL = Rule("normal coordinates", "It has the mean and the variance of the Laplace choice.")
SOFTMAX = Rule("softmax", "A draw is the softmax of the coordinates.")
SUM = Rule("on the simplex", "The entries of a draw sum to one.")
ODDS = Rule("log odds", "The logs of two entries differ as the coordinates do.")
CENTRE = Rule("without noise", "The draw is the Dirichlet's mean where the noise is zero.")
DIFFERENTIATE = Rule("differentiate", "The draw is differentiated at fixed noise.")
CHAIN = Rule(
    "chain rule", "Every coordinate depends on every concentration: all of them are summed over."
)

noise = Array("epsilon", (K,), "epsilon", REAL)
drawn = Array("eta", (K,), "eta")
x = Array("x", (K,), "x")
NOISE = Joint("p", (part(noise[k], FamilyAt("Gaussian", 0, 1), k),))
ETA = Slice(drawn)


@derivation(
    "softmax_gaussian.pathwise_gradient",
    question="1.3.5",
    title="The pathwise gradients",
    code=("impl.samplers.softmax_gaussian.SoftmaxGaussian.rsample",),
    sources=("srivastava2017",),
)
def pathwise_gradient() -> Iterator[Line]:
    """Derive the derivative of a draw by a concentration, under the Laplace choice."""

    def entry(index: object, at: Expr = ETA) -> Expr:
        return Applied(x[index], at)

    slope = Iverson(k, l) * (1 - 2 / K) / alpha[k] ** 2 + 1 / (K**2 * alpha[l] ** 2)
    by_alpha = (
        Iverson(k, l) / alpha[k] - 1 / (K * alpha[l]) - noise[k] * slope / (2 * sqrt(variance[k]))
    )
    by_coordinate = softmax(k) * (Iverson(k, l) - softmax(l))
    chained = Where(PartialDerivative(entry(k, H), h[i]), H, ETA)
    yield Domain(alpha, h)
    yield Random(NOISE)
    yield AtLeast(K, 2)
    yield step(OF_LAPLACE, define(mu[k], MODE))
    yield step(OF_LAPLACE, define(variance[k], VARIANCE))
    yield step(REPARAMETERIZE, define(drawn[k], mu[k] + sqrt(variance[k]) * noise[k]))
    yield step(NORMAL, follows(drawn[k], FamilyAt("Gaussian", mu[k], variance[k])))
    yield step(SOFTMAX, define(entry(k, H), softmax(k)))
    yield step(SUM, equal(IndexSum(entry(k), k), 1))
    yield step(ODDS, equal(log(entry(k) / entry(l)), drawn[k] - drawn[l]))
    yield step(CENTRE, equal(Where(entry(k), Slice(noise), 0), alpha[k] / TOTAL))
    yield step(DIFFERENTIATE, equal(PartialDerivative(drawn[k], alpha[l]), by_alpha))
    yield step(DIFFERENTIATE, equal(PartialDerivative(entry(k, H), h[l]), by_coordinate))
    yield result(
        CHAIN,
        equal(
            PartialDerivative(entry(k), alpha[l]),
            IndexSum(chained * PartialDerivative(drawn[i], alpha[l]), i),
        ),
    )

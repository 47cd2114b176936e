"""The gradient of an expectation through the draw: unbiased, tried where the mean is closed."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, Mul, Pow, exp

from derivations.calculus.binding import rewrite
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import POSITIVE, Array, Element, IndexSum, Slice
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Applied, Expectation, Mean, PartialDerivative
from derivations.calculus.steps import Check, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.drawing import Sizes
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.gaussian_vae import draws
from derivations.gaussian_vae.symbols import (
    HALF,
    K,
    at_draw_by_log,
    averaged,
    by_log,
    drawn_by_log,
    epsilon,
    k,
    log_variance,
    mean,
    variance,
    z,
)

f = Array("f", ())[()]
constant = Array("C", (), "C", POSITIVE)[()]
rate = Array("r", (), "r", POSITIVE)[()]
a, b, c, t = (Array(letter, (K,)) for letter in "abct")

RATE = HALF * exp(log_variance[k] / 2) * epsilon[k]
OF_Z = Applied(f, Slice(z))
DISTANCE = z[k] - mean[k]
SLOPE = PartialDerivative(OF_Z, z[k])
AT_NOISE = Applied(f, Applied(Slice(z), Slice(epsilon)))

ASSUMPTIONS: tuple[Prose, ...] = (
    *draws.ASSUMPTIONS,
    (
        "The function ",
        f,
        " has difference quotients of at most exponential growth: between any two points they are "
        "no larger than ",
        constant,
        " times the exponential of ",
        rate,
        " times the sum of the two lengths, for some numbers ",
        constant,
        " and ",
        rate,
        ". The difference quotients by ",
        mean[k],
        " and ",
        log_variance[k],
        " then have, near any parameters, one integrable bound over the noise, so that limit and "
        "mean may be exchanged by dominated convergence.",
    ),
    (
        "Such a function is differentiable almost everywhere, and a draw, having a density, avoids "
        "the exceptions with probability one: kinks, as leaky rectifiers have, do no harm.",
    ),
)
REMARKS: tuple[Prose, ...] = (
    (
        "A jump is not covered: for a step function the pathwise estimate is zero, while the "
        "expectation moves with the mean.",
    ),
    (
        "No general ",
        f,
        " can be tried by numbers: the checks take a cubic with random coefficients that couples "
        "all coordinates, and an exponential, each with its expectation in closed form.",
    ),
)

REPARAMETERIZE = Rule(
    "reparameterize",
    ("The mean over ", Slice(z), " is a mean over the noise, whose law holds no parameter."),
    "kingma2014",
)
EXCHANGE = Rule(
    "exchange gradient and mean",
    "The parameters stand in the integrand alone; under the stated conditions the derivative of "
    "the mean is the mean of the derivative.",
    "mohamed2020",
)
CHAIN_MEAN = Rule("chain rule", "The draw moves with its mean at rate one.")
CHAIN_SPREAD = Rule(
    "chain rule",
    (
        "The draw moves with its log variance at the rate ",
        RATE,
        ", half its distance from the mean.",
    ),
)


@dataclass(frozen=True)
class Instance:
    """A function of z with its expectation under the encoder's law in closed form."""

    name: str
    function: Expr
    expectation: Expr
    degree: int | None
    sizes: Sizes | None

    def integrand(self, form: Expr) -> Expr:
        """Return what a formula on any function averages, for this one, at the draw."""

        def rule(node: Expr) -> Expr | None:
            if isinstance(node, PartialDerivative):
                return collect(differentiate(meaning[node.body], node.by))
            return meaning.get(node)

        meaning = {OF_Z: self.function, AT_NOISE: at_draw_by_log(self.function)}
        return at_draw_by_log(rewrite(averaged(form), rule))

    def slope(self, form: Expr) -> Expr:
        """Return a formula with the derivatives of the expectation worked out for this one."""

        def rule(node: Expr) -> Expr | None:
            if isinstance(node, PartialDerivative) and node.body == Expectation(OF_Z):
                return collect(differentiate(by_log(self.expectation), node.by))
            return None

        return rewrite(form, rule)


def _cubic() -> Instance:
    squares = Pow(mean[k], 2) + variance[k]
    cubes = Pow(mean[k], 3) + 3 * mean[k] * variance[k]
    function = IndexSum(a[k] * z[k] + b[k] * Pow(z[k], 3), k) + Pow(IndexSum(c[k] * z[k], k), 2)
    closed = IndexSum(
        a[k] * mean[k] + b[k] * cubes + Pow(c[k], 2) * (squares - Pow(mean[k], 2)), k
    ) + Pow(IndexSum(c[k] * mean[k], k), 2)
    return Instance("a coupled cubic", function, closed, 3, None)


def _exponential() -> Instance:
    """Return a case whose mean weighs the tails of the noise no more than the rule reaches."""
    function = exp(HALF * IndexSum(t[k] * z[k], k))
    closed = exp(HALF * IndexSum(t[k] * mean[k] + Pow(t[k], 2) * variance[k] / 4, k))
    return Instance("an exponential", function, closed, None, draws.PLANE)


INSTANCES = (_cubic(), _exponential())


def noise_mean(claim: str, case: Instance, integrand: Expr, closed: Expr) -> Check:
    """Claim a mean over the noise at one of the instances."""
    claim = f"{claim}, for {case.name}, by quadrature"
    return equals_normal_mean(
        claim, (epsilon,), integrand, closed, degree=case.degree, sizes=case.sizes
    )


ESTIMATORS: dict[Element, Expr] = {mean[k]: SLOPE, log_variance[k]: Mul(HALF, DISTANCE, SLOPE)}
"""Of the derivative by each parameter."""


def pathwise_slope(case: Instance, by: Element) -> Expr:
    """Return the pathwise estimator of a derivative, at the draw."""
    return case.integrand(ESTIMATORS[by])


def exchange_checks(by: Element) -> tuple[Check, ...]:
    """Claim, for each instance, that the mean of the derivative is the derivative of the mean."""
    checks: list[Check] = []
    for case in INSTANCES:
        closed = by_log(case.expectation)
        slope = case.slope(PartialDerivative(Expectation(OF_Z), by))
        inside = case.integrand(PartialDerivative(AT_NOISE, by))
        claim = f"the derivative of the mean, for {case.name}"
        checks += [
            finite_difference(claim, closed, by, slope),
            noise_mean("the mean of the derivative", case, inside, slope),
        ]
    return tuple(checks)


def chain_checks(by: Element) -> tuple[Check, ...]:
    """Claim the rate of the draw and, for each instance, the derivative at fixed noise."""
    rate = RATE if by == log_variance[k] else Integer(1)
    return (
        finite_difference("the rate at which the draw moves", drawn_by_log(k), by, rate),
        *(
            finite_difference(
                f"the derivative at fixed noise, for {case.name}",
                at_draw_by_log(case.function),
                by,
                pathwise_slope(case, by),
            )
            for case in INSTANCES
        ),
    )


def unbiased_checks(by: Element) -> tuple[Check, ...]:
    """Claim, for each instance, that the estimator's mean is the derivative of the mean."""
    return tuple(
        noise_mean(
            f"the estimator's mean by {by.array.notation}",
            case,
            pathwise_slope(case, by),
            case.slope(PartialDerivative(Expectation(OF_Z), by)),
        )
        for case in INSTANCES
    )


def pathwise_gradient_derivation(brief: Brief) -> Derivation:
    """Derive the gradient of an expectation by means and log variances, through the draw."""
    over_noise = Mean(AT_NOISE, Slice(epsilon))
    steps = [
        Step(
            REPARAMETERIZE,
            Relation(Expectation(OF_Z), over_noise),
            tuple(
                noise_mean(
                    "the mean over the noise", c, c.integrand(over_noise), by_log(c.expectation)
                )
                for c in INSTANCES
            ),
        )
    ]
    results = []
    for (by, estimator), rule in zip(ESTIMATORS.items(), (CHAIN_MEAN, CHAIN_SPREAD), strict=True):
        left = PartialDerivative(Expectation(OF_Z), by)
        inside = Mean(PartialDerivative(AT_NOISE, by), Slice(epsilon))
        result = Relation(left, Expectation(estimator))
        steps += [
            Step(EXCHANGE, Relation(left, inside), exchange_checks(by)),
            Step(rule, result, chain_checks(by)),
        ]
        results.append(result)
    return brief.derivation(
        steps=tuple(steps),
        results=tuple(results),
        checks=(*unbiased_checks(mean[k]), *unbiased_checks(log_variance[k])),
        sources=("kingma2014", "mohamed2020"),
        remarks=REMARKS,
        readings=(*(c.integrand for c in INSTANCES), *(c.slope for c in INSTANCES)),
    )

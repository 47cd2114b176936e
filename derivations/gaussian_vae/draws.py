"""The reparameterized draw and its law, by a change of variables."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, exp, log

from derivations.calculus.binding import component, replace_elements, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Density, IndexProduct, IndexSum, Slice
from derivations.calculus.matrices import Determinant
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Distribution, PartialDerivative
from derivations.calculus.steps import DISTRIBUTED, Check, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.families import Gaussian, Vector
from derivations.families import log_density as family_log_density
from derivations.gaussian_vae.symbols import (
    ENCODER,
    GAUSSIAN,
    HALF,
    STANDARD_NORMAL,
    K,
    at_draw,
    at_draw_by_log,
    by_log,
    drawn,
    drawn_by_log,
    epsilon,
    j,
    k,
    log_encoder,
    log_normal,
    log_variance,
    mean,
    normal,
    same,
    standard_deviation,
    variance,
    z,
)

ZERO, ONE = Integer(0), Integer(1)
NOISE = Density("p", Slice(epsilon))
tilt = Array("tilt", (K,), "t")
PLANE = {K: (1, 2)}
"""Two dimensions, where a rule that is not exact can be fine enough."""

ASSUMPTIONS: tuple[Prose, ...] = (
    *GAUSSIAN,
    (
        "The noise has ",
        K,
        " independent coordinates: ",
        Relation(Slice(epsilon), STANDARD_NORMAL, DISTRIBUTED),
        ". It depends on no parameter.",
    ),
)

DRAW = Rule(
    "the transform",
    (
        "The noise is scaled by the standard deviation, the root of the variance ",
        variance[k],
        ", and the mean is added.",
    ),
)
NOISE_DENSITY = Rule("density of the noise", "Independent standard normal coordinates.")
SOLVE = Rule("solve for the noise", "The transform is invertible, the variances being positive.")
JACOBIAN = Rule(
    "Jacobian",
    ("Each coordinate of the noise depends on its own coordinate of ", Slice(z), " alone."),
)
DETERMINANT = Rule("determinant", "That of a diagonal matrix is the product of its diagonal.")
CHANGE = Rule(
    "change of variables",
    "The density of the draw is the density of the noise that gives it, times the absolute value "
    "of the determinant.",
)
RECOGNISE = Rule(
    "recognise the law", "This is the normal density of the stated means and variances."
)
LOG_VARIANCE = Rule(
    "log variance", "The root of the variance is the exponential of half the log variance."
)

log_noise: Expr = log_normal(epsilon[k], ZERO, ONE, k)
noise: Expr = (z[k] - mean[k]) / standard_deviation(k)
jacobian: Expr = same(k, j) / standard_deviation(k)
determinant: Expr = IndexProduct(1 / standard_deviation(k), k)


def noise_density(law: Expr) -> Expr:
    """Return the log density of the noise under a normal law whose covariance is the identity."""
    centre, covariance = law.parameters
    if covariance != STANDARD_NORMAL.parameters[1]:
        message = f"wanted the identity, got {covariance}"
        raise ValueError(message)
    return log_normal(epsilon[k], centre, ONE, k)


def at_noise(form: Expr) -> Expr:
    """Put the noise that gives z in the place of the noise."""
    return replace_elements(form, {epsilon: component(noise, (k,))})


def log_changed(factor: Expr) -> Expr:
    """Return the log density of the noise that gives z, and of a Jacobian's factor for each k."""
    return at_noise(log_noise) + IndexSum(log(factor), k)


def family_density() -> Expr:
    """Return the sum of the exponential family's own log densities."""
    parameters = (Vector(mean[k]), Vector(variance[k]))
    return IndexSum(family_log_density(Gaussian(), Vector(z[k]), parameters), k)


LAW: Expr = normal(Slice(mean), Slice(variance))


def tilted(draw: Expr, law: Expr = LAW) -> Expr:
    """Return the exponential of half the tilted draw over its mean under a normal law."""
    centre, spread = law.parameters
    ratio = IndexSum(tilt[k] * draw / 2, k)
    known = tilt[k] * vector(centre)[k] / 2 + Pow(tilt[k], 2) * vector(spread)[k] / 8
    return exp(ratio - IndexSum(known, k))


def vector(parameter: Expr) -> Array:
    """Return the array that a parameter of a law is, or the diagonal of."""
    inner = parameter.parameters[0] if isinstance(parameter, Distribution) else parameter
    array: Array = inner.array
    return array


def tilted_under(law: Expr) -> Expr:
    """Return the same for the draw, under any normal law."""
    return tilted(drawn(k), law)


def tilted_vector(form: Expr) -> Expr:
    """Return the same for what is drawn of a vector, under the law."""
    return tilted(at_draw(form.xreplace({Slice(z): z[k]})))


def generating_function(claim: str, draw: Expr) -> Check:
    """Claim the moment generating function of N(mean, diag(variance)) at half the tilt.

    It is finite everywhere, and so belongs to one law only; the mean is divided by its value.
    """
    return equals_normal_mean(claim, (epsilon,), tilted(draw), ONE, sizes=PLANE)


def times_another(form: Expr) -> Expr:
    """Return two coordinates of a vector multiplied, at the draw."""
    form = at_draw(form)
    return form * substitute(form, {k: j})


def times_noise(form: Expr) -> Expr:
    """Return a coordinate of a vector times a combination of the noise, at the draw."""
    return at_draw(form) * IndexSum(tilt[j] * epsilon[j], j)


def with_density(form: Expr) -> Expr:
    """Put the density of the noise that gives z in the place of its letter."""
    return form.xreplace({NOISE: exp(at_noise(log_noise))})


def moments(form: Expr, centre: Expr, deviation: Expr) -> tuple[Check, ...]:
    """Claim that a vector is a centre plus a deviation times the noise, by its moments.

    Nothing else has them: the mean square of the difference is a combination of these, and zero.
    """
    squares = centre * substitute(centre, {k: j}) + same(k, j) * Pow(deviation, 2)
    rows = (
        ("its mean", at_draw(form), centre, 1),
        ("its second moments", times_another(form), squares, 2),
        ("its mean times a combination of the noise", times_noise(form), tilt[k] * deviation, 2),
    )
    return tuple(
        equals_normal_mean(f"{claim}, by quadrature", (epsilon,), integrand, closed, degree=degree)
        for claim, integrand, closed, degree in rows
    )


def reparameterization_derivation(brief: Brief) -> Derivation:
    """Derive the law of mean + sqrt(variance) noise, by change of variables."""
    back = enclosure("the noise of the draw is the noise", at_draw(noise), epsilon[k])
    forth = enclosure("the draw of the noise is z", mean[k] + standard_deviation(k) * noise, z[k])
    derivative = collect(differentiate(noise, z[j]))
    standard = replace_elements(
        family_density(),
        {z: lambda at: epsilon[at], mean: lambda _: ZERO, variance: lambda _: ONE},
    )
    stated = log(NOISE) - HALF * IndexSum(log(variance[k]), k)
    changed = log_changed(1 / standard_deviation(k))
    law = generating_function("its moment generating function, by quadrature", drawn(k))
    in_log = Relation(z[k], drawn_by_log(k))
    right_log: tuple[Check, ...] = (
        proof("the root of the exponential", by_log(drawn(k)), drawn_by_log(k)),
        *moments(drawn_by_log(k), mean[k], exp(log_variance[k] / 2)),
    )
    left = log(ENCODER)
    return brief.derivation(
        steps=(
            Step(DRAW, Relation(z[k], drawn(k)), moments(drawn(k), mean[k], standard_deviation(k))),
            Step(
                NOISE_DENSITY,
                Relation(log(NOISE), log_noise),
                (
                    proof("the family's own log density", standard, log_noise),
                    enclosure("the family's own log density", standard, log_noise),
                ),
            ),
            Step(SOLVE, Relation(epsilon[k], noise), (back, forth, *moments(noise, ZERO, ONE))),
            Step(
                JACOBIAN,
                Relation(PartialDerivative(epsilon[k], z[j]), jacobian),
                (
                    finite_difference("the derivative", noise, z[j], jacobian),
                    proof("equal to the derivative", derivative, jacobian),
                ),
            ),
            Step(
                DETERMINANT,
                Relation(Determinant(PartialDerivative(epsilon[k], z[j]), k, j), determinant),
                (enclosure("the determinant", Determinant(jacobian, k, j), determinant),),
            ),
            Step(
                CHANGE,
                Relation(left, stated),
                (
                    enclosure(
                        "the log of the determinant",
                        log(determinant),
                        -HALF * IndexSum(log(variance[k]), k),
                    ),
                    enclosure("the normal density", with_density(stated), log_encoder),
                ),
            ),
            Step(
                RECOGNISE,
                Relation(left, log_encoder),
                (
                    proof("equal to the line before", changed, log_encoder),
                    proof("the family's own log density", family_density(), log_encoder),
                    enclosure("the family's own log density", family_density(), log_encoder),
                ),
            ),
            Step(LOG_VARIANCE, in_log, right_log),
        ),
        results=(
            Relation(z[k], drawn(k)),
            Relation(Slice(z), LAW, DISTRIBUTED),
            in_log,
        ),
        checks=(
            law,
            enclosure("the density by change of variables", changed, family_density()),
            *right_log,
        ),
        sources=("kingma2014",),
        readings=(
            at_draw,
            times_another,
            times_noise,
            tilted,
            tilted_under,
            with_density,
            at_draw_by_log,
            tilted_vector,
            noise_density,
        ),
        names=(
            Relation(NOISE, exp(standard)),
            Relation(epsilon[k], noise),
            Relation(ENCODER, exp(family_density())),
        ),
    )

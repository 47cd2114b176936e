"""All gradients of the bound of one image, and where those of the approximation vanish."""

from __future__ import annotations

from sympy import Expr, Integer, exp, log

from derivations.calculus.binding import component, replace_elements, rewrite, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Element, IndexSum
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Divergence, PartialDerivative
from derivations.calculus.steps import Check, Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.linear_vae.elbo import (
    at_best,
    best_variance,
    closed,
    closed_encoded,
    divergence_from_posterior,
    elbo,
    encoded,
    reconstruction_error,
    with_encoder,
)
from derivations.linear_vae.posterior import mean_value, opened_at_posterior_mean
from derivations.linear_vae.symbols import (
    D,
    K,
    d,
    encoder,
    encoder_offset,
    k,
    l,
    mean,
    noise_variance,
    offset,
    opened,
    posterior_density,
    posterior_mean,
    product_less_identity,
    projected,
    q_density,
    residual,
    small,
    small_determinant,
    small_inverse,
    variances,
    weights,
    with_inverse_as_letter,
    x,
)

DIFFERENTIATE = Rule("differentiate", "The bound is differentiated by one parameter.")
CHAIN = Rule(
    "through the encoder", "The derivative by the mean times that of the mean by the parameter."
)
STATIONARY = Rule(
    "the best approximation",
    "The derivatives by mean and log variance vanish; the bound has no larger value.",
)
GAP = Rule(
    "what the best leaves",
    "The mean is exact, and each variance is one over the posterior's precision of that latent: "
    "what is lost is the posterior's correlation.",
)
BEST_ENCODER = Rule(
    "the best encoder", "The posterior mean is a linear function of the pixels.", "lucas2019"
)

log_variances = Array("log_variances", (K,))
log_noise: Element = Array("log_noise", ())[()]

misfit: Expr = residual(d) - IndexSum(weights[d, k] * mean[k], k)
by_mean: Expr = IndexSum(weights[d, k] * substitute(misfit, {k: l}), d) / noise_variance - mean[k]
by_log_variance: Expr = (
    1 - variances[k] * (1 + IndexSum(weights[d, k] ** 2, d) / noise_variance)
) / 2
by_weight: Expr = (misfit * mean[k] - weights[d, k] * variances[k]) / noise_variance
by_offset: Expr = misfit / noise_variance
by_log_noise: Expr = reconstruction_error(mean[k]) / (2 * noise_variance) - D * Integer(1) / 2

gap: Expr = (IndexSum(log(small[k, k]), k) - log(small_determinant)) / 2
best_encoder: Expr = IndexSum(small_inverse(k, l) * weights[d, l], l)
best_offset: Expr = -IndexSum(encoder[k, d] * offset[d], d)


def in_logs(expression: Expr) -> Expr:
    """Write variances as exponentials of their logs."""
    return replace_elements(
        expression,
        {
            variances: component(exp(log_variances[k]), (k,)),
            noise_variance.array: lambda: exp(log_noise),
        },
    )


def by_mean_at(means: Expr) -> Expr:
    """Return the derivative by the mean at means."""
    return replace_elements(by_mean, {mean: component(means, (k,))})


def opened_by_mean_at(means: Expr) -> Expr:
    """Return the derivative by the mean at means, the posterior's put in for its letter."""
    return opened_at_posterior_mean(by_mean_at(means))


def by_log_variance_at(widths: Expr) -> Expr:
    """Return the derivative by the log variance at variances."""
    return opened(replace_elements(by_log_variance, {variances: component(widths, (k,))}))


def through_encoder(expression: Expr) -> Expr:
    """Put the derivative by the mean in the place of its symbol, at what the encoder gives."""

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, PartialDerivative) and node.by.array == mean:
            return component(with_encoder(by_mean), (k,))(*node.by.subscripts)
        return None

    return rewrite(expression, rule)


def _encoded_with(matrix: Expr, constant: Expr) -> Expr:
    return replace_elements(
        replace_elements(encoded, {encoder_offset: component(constant, (k,))}),
        {encoder: component(matrix, (k, d))},
    )


def encoded_with(matrix: Expr) -> Expr:
    """Return what an encoder gives that has the best offset."""
    return opened(_encoded_with(matrix, best_offset))


def encoded_from(constant: Expr) -> Expr:
    """Return what the best encoder gives with an offset."""
    return opened(_encoded_with(best_encoder, constant))


def opened_at_best(expression: Expr) -> Expr:
    """Put the best approximation in, and the posterior mean for its letter."""
    return at_best(opened_at_posterior_mean(expression))


def is_derivative(name: str, function: Expr, by: Element, gradient: Expr) -> tuple[Check, ...]:
    """Return what shows a gradient to be one: differences, and the calculus's own derivative."""
    return (
        finite_difference(f"the derivative by the {name}", function, by, gradient),
        proof("equal to the derivative", collect(differentiate(function, by)), gradient),
    )


def _gradients() -> tuple[tuple[Relation, tuple[Check, ...]], ...]:
    """Return each gradient of the bound with what shows it."""
    plain = (
        ("mean", mean[k], by_mean),
        ("weight", weights[d, k], by_weight),
        ("offset", offset[d], by_offset),
    )
    logs = (
        ("log variance", variances[k], log_variances[k], by_log_variance),
        ("log noise variance", noise_variance, log_noise, by_log_noise),
    )
    return (
        *(
            (Relation(PartialDerivative(elbo, by), g), is_derivative(name, closed, by, g))
            for name, by, g in plain
        ),
        *(
            (
                Relation(PartialDerivative(elbo, log(of)), g),
                is_derivative(name, in_logs(closed), by, in_logs(g)),
            )
            for name, of, by, g in logs
        ),
    )


def _through_encoder() -> tuple[tuple[Relation, tuple[Check, ...]], ...]:
    """Return the gradients by the encoder's parameters, where it gives the mean."""
    by_m = PartialDerivative(elbo, mean[k])
    parameters = (
        ("encoder's weight", encoder[k, d], x[d]),
        ("encoder's offset", encoder_offset[k], Integer(1)),
    )
    return tuple(
        (
            Relation(PartialDerivative(elbo, by), by_m * inner),
            is_derivative(name, closed_encoded, by, through_encoder(by_m * inner)),
        )
        for name, by, inner in parameters
    )


def gradients_derivation(brief: Brief) -> Derivation:
    """Derive every gradient, the best approximation, and what it leaves."""
    direct, through = _gradients(), _through_encoder()
    found = (*direct, *through)
    vanishes = (
        proof(
            "the derivative by the mean vanishes there",
            with_inverse_as_letter(by_mean_at(mean_value)),
            with_inverse_as_letter(
                -IndexSum(product_less_identity(k, l) * projected(l), l) / noise_variance
            ),
        ),
        enclosure(
            "the derivative by the mean vanishes there", opened_by_mean_at(mean_value), Integer(0)
        ),
    )
    no_width = enclosure(
        "the derivative by the log variance vanishes there",
        by_log_variance_at(best_variance),
        Integer(0),
    )
    best = at_most("the bound elsewhere is below that there", closed, at_best(closed))
    lost = enclosure(
        "the divergence there",
        opened_at_best(divergence_from_posterior),
        opened(gap),
    )
    encodes = (
        proof(
            "it gives the posterior mean",
            with_inverse_as_letter(_encoded_with(best_encoder, best_offset)),
            with_inverse_as_letter(mean_value),
        ),
        enclosure("it gives the posterior mean", encoded_with(best_encoder), opened(mean_value)),
    )
    return brief.derivation(
        steps=(
            *(Step(DIFFERENTIATE, relation, checks) for relation, checks in direct),
            *(Step(CHAIN, relation, checks) for relation, checks in through),
            Step(STATIONARY, Relation(mean[k], posterior_mean[k]), (*vanishes, best)),
            Step(STATIONARY, Relation(variances[k], best_variance), (no_width, best)),
            Step(GAP, Relation(Divergence(q_density, posterior_density), gap), (lost,)),
            Step(BEST_ENCODER, Relation(encoder[k, d], best_encoder), encodes),
            Step(BEST_ENCODER, Relation(encoder_offset[k], best_offset), encodes),
        ),
        results=(
            *(relation for relation, _ in found),
            Relation(mean[k], posterior_mean[k]),
            Relation(variances[k], best_variance),
        ),
        checks=(
            *(check for _, checks in found for check in checks),
            *vanishes,
            no_width,
            best,
            lost,
        ),
        sources=("lucas2019",),
        readings=(
            in_logs,
            through_encoder,
            opened_by_mean_at,
            by_log_variance_at,
            opened,
            encoded_with,
            encoded_from,
            opened_at_best,
        ),
        names=(
            Relation(elbo, closed),
            *(
                Relation(PartialDerivative(elbo, by), differentiate(closed_encoded, by))
                for by in (encoder[k, d], encoder_offset[k])
            ),
            Relation(mean[k], posterior_mean[k]),
            Relation(variances[k], best_variance),
            Relation(Divergence(q_density, posterior_density), divergence_from_posterior),
            Relation(encoder[k, d], best_encoder),
            Relation(encoder_offset[k], best_offset),
        ),
    )

"""Log density, moments, entropy and mode of the Kumaraswamy distribution."""

from __future__ import annotations

from sympy import EulerGamma, Expr, Integer, Pow, exp, log, loggamma, polygamma

from derivations.calculus.binding import replace_elements
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import POSITIVE, Array
from derivations.calculus.notation import Expectation, PartialDerivative
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.integration import equal_with_means, equals_mean
from derivations.kumaraswamy.inverse import at_sample
from derivations.kumaraswamy.symbols import (
    a,
    above_a,
    above_b,
    b,
    density,
    log_density,
    n,
    quantile,
    u,
    x,
)

s = Array("s", (), "s", POSITIVE)[()]

TAKE_LOG = Rule("take the log", "The log of a product of positive powers comes apart.")
DIFFERENTIATE = Rule("differentiate", "The log density is differentiated by one variable.")
BETA_INTEGRAL = Rule(
    "Beta integral",
    (
        Pow(x, a),
        " follows Beta(1, b), and the mean of its power s is b B(1 + s, b), written here with log "
        "Gamma at ",
        Relation(s, n / a),
        ".",
    ),
)
DIFFERENTIATE_MOMENT = Rule(
    "differentiate the moment",
    (
        "The derivative of ",
        Expectation(Pow(x, n)),
        " by n at zero is ",
        Expectation(log(x)),
        "; with the roles of ",
        Pow(x, a),
        " and ",
        1 - Pow(x, a),
        " exchanged, the same gives ",
        Expectation(log(1 - Pow(x, a))),
        ".",
    ),
)
LINEAR = Rule("linearity", "The entropy is minus the mean of the log density, term by term.")
STATIONARY = Rule(
    "stationary point", "The derivative of the log density is set to zero and solved."
)

CURVATURE = Rule(
    "second derivative",
    "At the stationary point the second derivative is negative: each factor is positive where both "
    "parameters exceed one, so the point is the maximum.",
)

slope_symbol = PartialDerivative(log(Array("f", (), "f")[()]), x)
log_f = log(Array("f", (), "f")[()])
entropy_symbol = Array("H", (), "H")[()]
mode_symbol = Array("x_mode", (), "x^*")[()]

harmonic: Expr = EulerGamma + polygamma(0, b + 1)


def of_beta(power: Expr) -> Expr:
    """Return ``b B(1 + power, b)``, the mean of a power under Beta(1, b)."""
    return exp(log(b) + loggamma(1 + power) + loggamma(b) - loggamma(1 + power + b))


def moment_of(order: Expr) -> Expr:
    """Return ``E[x^order] = b B(1 + order / a, b)``."""
    return of_beta(order / a)


def at_power(form: Expr) -> Expr:
    """Put the power of x to the a that is x to the n."""
    return replace_elements(form, {s.array: lambda: n / a})


moment: Expr = moment_of(n)
mean_log_x: Expr = -harmonic / a
mean_log_rest: Expr = -1 / b
entropy: Expr = 1 - 1 / b + (1 - 1 / a) * harmonic - log(a) - log(b)


def log_density_derivation(brief: Brief) -> Derivation:
    """Derive the log density and its gradients by x, a and b."""
    gradients = [(by, differentiate(log_density(x), by)) for by in (x, a, b)]
    return brief.derivation(
        steps=(
            Step(
                TAKE_LOG,
                Relation(log_f, log_density(x)),
                (enclosure("the log of the density", log(density(x)), log_density(x)),),
            ),
            *(
                Step(
                    DIFFERENTIATE,
                    Relation(PartialDerivative(log_f, by), gradient),
                    (finite_difference("its derivative", log_density(x), by, gradient),),
                )
                for by, gradient in gradients
            ),
        ),
        results=(
            Relation(log_f, log_density(x)),
            *(Relation(PartialDerivative(log_f, by), g) for by, g in gradients),
        ),
        checks=(
            enclosure("the log of the density", log(density(x)), log_density(x)),
            *(
                finite_difference(f"its derivative by {by.array.name}", log(density(x)), by, g)
                for by, g in gradients
            ),
        ),
        sources=(),
        names=(Relation(log_f, log(density(x))),),
    )


def moments_derivation(brief: Brief) -> Derivation:
    """Derive the raw moments and the two log moments."""
    by_n = differentiate(moment, n)
    at_zero = replace_elements(by_n, {n.array: lambda: Integer(0)})
    lines = (
        (Expectation(Pow(x, n)), moment, Pow(quantile(u), n)),
        (Expectation(log(x)), mean_log_x, log(quantile(u))),
        (Expectation(log(1 - Pow(x, a))), mean_log_rest, log(1 - u) / b),
    )
    return brief.derivation(
        steps=(
            Step(
                BETA_INTEGRAL,
                Relation(lines[0][0], moment),
                (
                    equals_mean(
                        "a power of a Beta(1, b) variable, by quadrature",
                        u,
                        Pow(Pow(quantile(u), a), s),
                        of_beta(s),
                    ),
                    equals_mean("the mean over the uniform, by quadrature", u, lines[0][2], moment),
                    proof("the first at that power", at_power(of_beta(s)), moment),
                ),
            ),
            Step(
                DIFFERENTIATE_MOMENT,
                Relation(lines[1][0], mean_log_x),
                (
                    finite_difference("the derivative of the moment", moment, n, by_n),
                    enclosure("its value at zero", at_zero, mean_log_x),
                ),
            ),
            Step(
                DIFFERENTIATE_MOMENT,
                Relation(lines[2][0], mean_log_rest),
                (equals_mean("by quadrature", u, lines[2][2], mean_log_rest),),
            ),
        ),
        results=tuple(Relation(left, right) for left, right, _ in lines),
        checks=tuple(
            equals_mean(f"mean {number} over the uniform, by quadrature", u, integrand, right)
            for number, (_, right, integrand) in enumerate(lines, 1)
        ),
        sources=(),
        readings=(at_sample, at_power),
    )


def entropy_derivation(brief: Brief) -> Derivation:
    """Derive the differential entropy, in nats."""
    in_means = -log(a) - log(b) - (a - 1) * mean_log_x - (b - 1) * mean_log_rest
    definition = -Expectation(log_density(x))
    by_quadrature = equal_with_means(
        "minus the mean of the log density", u, at_sample(definition), entropy
    )
    return brief.derivation(
        steps=(
            Step(
                LINEAR,
                Relation(entropy_symbol, definition),
                (by_quadrature,),
            ),
            Step(
                LINEAR,
                Relation(entropy_symbol, entropy),
                (
                    proof("the means of the logs put in", in_means, entropy),
                    enclosure("the means of the logs put in", in_means, entropy),
                ),
            ),
        ),
        results=(Relation(entropy_symbol, entropy),),
        checks=(by_quadrature,),
        sources=(),
        readings=(at_sample,),
        names=(Relation(entropy_symbol, definition),),
    )


def mode_derivation(brief: Brief) -> Derivation:
    """Derive the mode where the density has an interior maximum: a > 1 and b > 1."""
    inside = {a.array: lambda: above_a, b.array: lambda: above_b}
    slope = replace_elements(differentiate(log_density(x), x), inside)
    mode = Pow((above_a - 1) / (above_a * above_b - 1), 1 / above_a)
    curvature = differentiate(slope, x)

    def slope_at(place: Expr) -> Expr:
        return replace_elements(slope, {x.array: lambda: place})

    def at_mode(form: Expr) -> Expr:
        return replace_elements(replace_elements(form, inside), {x.array: lambda: mode})

    zero = enclosure("the slope vanishes there", slope_at(mode), Integer(0))
    bend = -(above_a - 1) * (above_a * above_b - 1) / (above_b - 1) * Pow(mode, -2)
    falls = enclosure("the curvature there is negative by its factors", at_mode(curvature), bend)
    return brief.derivation(
        steps=(
            Step(STATIONARY, Relation(mode_symbol, mode), (zero,)),
            Step(CURVATURE, Relation(PartialDerivative(slope_symbol, x), bend), (falls,)),
        ),
        results=(Relation(mode_symbol, mode),),
        checks=(zero, falls),
        sources=(),
        readings=(slope_at, at_mode),
        names=(Relation(mode_symbol, mode), Relation(log_f, log_density(x))),
    )

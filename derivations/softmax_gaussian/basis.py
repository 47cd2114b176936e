"""The Dirichlet's density in the softmax basis and its Laplace approximation, for any K."""

from __future__ import annotations

from sympy import Expr, Integer, exp, log

from derivations.calculus.binding import component, legible, replace_elements, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Density, IndexProduct, IndexSum, Slice
from derivations.calculus.indices import Index
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import PartialDerivative
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.jacobian import determinant_is, integrates_to_one
from derivations.families import Dirichlet, Vector
from derivations.families import log_density as family_log_density
from derivations.softmax_gaussian.symbols import (
    K,
    alpha,
    h,
    i,
    k,
    l,
    log_beta,
    log_density,
    m,
    mu,
    pi,
    same,
    softmax,
    total,
)

ON_SIMPLEX = Rule("Dirichlet density", "The density over the first K - 1 entries of the simplex.")
JACOBIAN = Rule(
    "change of variables",
    "The density is multiplied by the determinant of the derivative of the first K - 1 entries of "
    "softmax(h) by the first K - 1 coordinates, the last being minus the sum of the others.",
)
INSERT = Rule("insert the softmax", "log π is h less the log of the sum of exponentials.")
GRADIENT = Rule(
    "gradient",
    "The formula of the log density has a value also where the sum of h is not zero: it is "
    "differentiated by one entry of h, all others held. Along the hyperplane, where entries rise "
    "as others fall, the derivative is a difference of these.",
)
STATIONARY = Rule("stationary point", "The gradient vanishes where softmax(h) is α over its sum.")
HESSIAN = Rule("second derivative", "The gradient is differentiated once more, the same way.")
AT_MODE = Rule("at the mode", "The mode is put in.")
INVERT = Rule(
    "inverse on the hyperplane",
    "Minus the inverse of the Hessian on the directions that keep the sum of h: the Hessian maps "
    "it to minus the projection onto them, and its rows and columns sum to zero.",
)
DIAGONAL = Rule(
    "diagonal",
    "The covariance at equal indices, as used by Srivastava and Sutton.",
    "srivastava2017",
)

density = Density("p", Slice(h), (Slice(alpha),))
density_on_simplex = Density("p", Slice(pi), (Slice(alpha),))
log_p = log(density)
jacobian: Expr = K * IndexProduct(softmax(k), k)
mode: Expr = log(alpha[k]) - IndexSum(log(alpha[i]), i) / K
sigma = Array("Sigma", (K, K), "Sigma")


def covariance(first: Index, second: Index) -> Expr:
    """Return one entry of the Laplace covariance."""
    inverse_sum = IndexSum(1 / alpha[i], i)
    return (
        same(first, second) / alpha[first]
        - (1 / alpha[first] + 1 / alpha[second]) / K
        + inverse_sum / K**2
    )


variance: Expr = (1 - 2 / K) / alpha[k] + IndexSum(1 / alpha[i], i) / K**2


def at_mode(form: Expr, place: Expr = mode) -> Expr:
    """Put the mode in the place of h."""
    return replace_elements(form, {h: component(place, (k,))})


def added_up(form: Expr) -> Expr:
    """Return the sum over the entries."""
    return IndexSum(form, k)


def row_sum(form: Expr) -> Expr:
    """Return the sum over the entries of a row of a matrix."""
    return IndexSum(substitute(form, {l: m}), m)


def basis_derivation(brief: Brief) -> Derivation:
    """Derive the log density in the softmax basis, its Jacobian included."""
    simplex = IndexSum((alpha[k] - 1) * log(pi[k]), k) - log_beta
    family = family_log_density(Dirichlet(), Vector(pi[k], k), (Vector(alpha[k], k),))
    at_softmax = replace_elements(simplex, {pi: component(softmax(k), (k,))})
    moved = at_softmax + log(jacobian)

    def factor(form: Expr) -> Expr:
        return exp(form - at_softmax)

    opened = (
        IndexSum((alpha[k] - 1) * log(softmax(k)), k)
        - log_beta
        + log(K)
        + IndexSum(log(softmax(k)), k)
    )
    one = integrates_to_one("its integral over the first K - 1 coordinates", log_density, h, K)
    return brief.derivation(
        steps=(
            Step(
                ON_SIMPLEX,
                Relation(log(density_on_simplex), simplex),
                (proof("the family's own log density", simplex, family),),
            ),
            Step(
                JACOBIAN,
                Relation(log_p, moved),
                (determinant_is("the determinant", softmax(k), h, jacobian, K),),
            ),
            Step(
                INSERT,
                Relation(log_p, log_density),
                (
                    proof("the products of logs put in", opened, log_density),
                    enclosure("equal to the line before", moved, log_density),
                ),
            ),
        ),
        results=(Relation(log_p, log_density),),
        checks=(one,),
        sources=("srivastava2017",),
        readings=(factor,),
        names=(Relation(density_on_simplex, exp(family)), Relation(density, exp(log_density))),
    )


def laplace_derivation(brief: Brief) -> Derivation:
    """Derive the mode, the Hessian there, the covariance and its diagonal, for any K."""
    gradient = collect(differentiate(log_density, h[k]))
    at = collect(at_mode(gradient))
    hessian = collect(differentiate(gradient, h[l]))
    there: Expr = alpha[k] * alpha[l] / total - same(k, l) * alpha[k]

    def gradient_at(place: Expr) -> Expr:
        return at_mode(gradient, place)

    def hessian_times(form: Expr) -> Expr:
        return IndexSum(substitute(there, {l: m}) * substitute(form, {k: m}), m)

    def at_equal_indices(form: Expr) -> Expr:
        return substitute(form, {l: k})

    product = hessian_times(covariance(k, l))
    projection = -(same(k, l) - 1 / K)
    first, second = (
        PartialDerivative(log_p, h[k]),
        PartialDerivative(PartialDerivative(log_p, h[k]), h[l]),
    )
    inverse = (
        proof("the Hessian times it is minus the projection", product, projection),
        enclosure("the Hessian times it is minus the projection", product, projection),
        proof("its rows sum to zero", row_sum(covariance(k, l)), Integer(0)),
        enclosure("its rows sum to zero", row_sum(covariance(k, l)), Integer(0)),
        proof("its columns sum to zero", added_up(covariance(k, l)), Integer(0)),
        enclosure("its columns sum to zero", added_up(covariance(k, l)), Integer(0)),
    )
    zero = (
        proof("the gradient vanishes there", at, Integer(0)),
        enclosure("the gradient vanishes there", gradient_at(mode), Integer(0)),
        proof("its entries sum to zero", added_up(mode), Integer(0)),
        enclosure("its entries sum to zero", added_up(mode), Integer(0)),
    )
    return brief.derivation(
        steps=(
            Step(
                GRADIENT,
                Relation(first, gradient),
                (finite_difference("the derivative", log_density, h[k], gradient),),
            ),
            Step(
                STATIONARY,
                Relation(mu[k], mode),
                zero,
            ),
            Step(
                HESSIAN,
                Relation(second, hessian),
                (finite_difference("the derivative of the gradient", gradient, h[l], hessian),),
            ),
            Step(
                AT_MODE,
                Relation(second, there),
                (enclosure("equal to the line before at the mode", at_mode(hessian), there),),
            ),
            Step(INVERT, Relation(sigma[k, l], covariance(k, l)), inverse),
            Step(
                DIAGONAL,
                Relation(sigma[k, k], variance),
                (
                    proof(
                        "the entry at equal indices", at_equal_indices(covariance(k, l)), variance
                    ),
                    enclosure(
                        "the entry at equal indices", at_equal_indices(covariance(k, l)), variance
                    ),
                ),
            ),
        ),
        results=(
            Relation(mu[k], mode),
            Relation(sigma[k, l], legible(covariance(k, l))),
            Relation(sigma[k, k], variance),
        ),
        checks=(*zero, *inverse),
        sources=("srivastava2017",),
        readings=(gradient_at, added_up, hessian_times, row_sum, at_mode),
        names=(
            Relation(density, exp(log_density)),
            Relation(mu[k], mode),
            Relation(sigma[k, l], covariance(k, l)),
        ),
    )

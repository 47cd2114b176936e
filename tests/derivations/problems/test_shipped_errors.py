"""Errors that public code shipped, stated as claims: each is refuted, the right formula stands."""

from __future__ import annotations

import pytest
from harness.claimed import verdict
from harness.historical import case
from sympy import Expr, Integer, Rational, exp, log

from derivations.calculus.expressions import POSITIVE, SIMPLEX, Array, IndexSum, Iverson, Slice
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import Verdict
from derivations.claims.statements import (
    Assumption,
    Claim,
    Definition,
    Domain,
    Random,
    at_most,
    equal,
)
from derivations.index import derive
from derivations.meaning.notation import (
    Divergence,
    Entries,
    Expectation,
    FamilyAt,
    Independent,
    Joint,
    part,
)
from derivations.problems.dice.symbols import (
    MEAN_FIELD,
    SIZES,
    beta,
    d,
    i,
    j,
    k,
    l,
    n,
    rho,
    x,
    z1,
    z2,
)

HALF = Rational(1, 2)
K = size("K")
c = Index("c", 1, K)
mean, log_variance = Array("mu", (K,)), Array("lambda", (K,))
encoder = Independent(FamilyAt("Gaussian", mean[c], exp(log_variance[c])), c)
prior = Independent(FamilyAt("Gaussian", Integer(0), Integer(1)), c)
KL = Divergence(encoder, prior)


def closed(variance: Expr, log_of_it: Expr) -> Expr:
    """The divergence of an encoder with some variance from the standard normal."""
    return HALF * IndexSum(variance + mean[c] ** 2 - 1 - log_of_it, c)


RIGHT = closed(exp(log_variance[c]), log_variance[c])
GIVEN: tuple[Assumption, ...] = (Domain(mean, log_variance),)

table, weights = Array("q", (K,), domain=SIMPLEX), Array("w", (K,), domain=SIMPLEX)
fit = Array("l", (K,), domain=POSITIVE)
z = Array("z", (), states=K)
q = Joint("q", [part(z[()], FamilyAt("Categorical", Entries(table[c], c)))])
p = Joint("p", [part(z[()], FamilyAt("Categorical", Entries(weights[c], c)))])
Z = Slice(z)
joint = log(fit[z[()]]) + log(p(Z))
BOUND = Expectation(q, joint - log(q(Z)))
EVIDENCE = log(IndexSum(weights[c] * fit[c], c))
TABLES: tuple[Assumption, ...] = (Domain(table, weights, fit), Random(q), Random(p))

ROWS: dict[str, tuple[Claim, Claim, tuple[Assumption, ...]]] = {
    "kl-sign-flipped": (equal(KL, RIGHT), equal(KL, -RIGHT), GIVEN),
    "kl-averaged-over-latents": (equal(KL, RIGHT), equal(KL, RIGHT / K), GIVEN),
    "kl-constant-lacks-latent-size": (equal(KL, RIGHT), equal(KL, RIGHT + (K - 1) / 2), GIVEN),
    "log-variance-as-deviation": (
        equal(KL, RIGHT),
        equal(KL, closed(exp(2 * log_variance[c]), 2 * log_variance[c])),
        GIVEN,
    ),
    "entropy-omitted": (
        equal(BOUND, Expectation(q, joint) - IndexSum(table[c] * log(table[c]), c)),
        equal(BOUND, Expectation(q, joint)),
        TABLES,
    ),
    "log-p-term-omitted": (
        equal(BOUND, Expectation(q, log(fit[z[()]])) - Divergence(q(Z), p(Z))),
        equal(BOUND, Expectation(q, log(fit[z[()]]))),
        TABLES,
    ),
    "bound-above-evidence": (
        at_most(BOUND, EVIDENCE),
        at_most(BOUND + 2 * Divergence(q(Z), p(Z)), EVIDENCE),
        TABLES,
    ),
    "the divergence the other way round": (
        equal(BOUND, Expectation(q, log(fit[z[()]])) - Divergence(q(Z), p(Z))),
        equal(BOUND, Expectation(q, log(fit[z[()]])) - Divergence(p(Z), q(Z))),
        TABLES,
    ),
}


@pytest.mark.parametrize("row", [case(name, name, kind="quadrature") for name in ROWS])
def test_a_statement_as_public_code_had_it_is_refuted(row: str, seed: int) -> None:
    """The right one is established by the same methods."""
    right, wrong, given = ROWS[row]
    assert verdict(right, *given, seed=seed) is Verdict.ESTABLISHED
    assert verdict(wrong, *given, seed=seed) is Verdict.REFUTED


def counts(shift: int) -> Expr:
    """The update of a rolled die, whose number is the sum of two class variables and a shift."""
    phi1, phi2 = (MEAN_FIELD.factor(z_).parameters[0] for z_ in (z1, z2))
    own = Iverson(i + l - 1 + shift, k)
    return beta[k, d] + IndexSum(own * Iverson(x[n, j], d) * phi1[n, i] * phi2[n, l], n, j, i, l)


@pytest.mark.parametrize(
    "shift", [case(f"sum-index-off-by-one, {way}", by, kind="enumeration")
              for way, by in (("up", 1), ("down", -1))]
)  # fmt: skip
def test_a_sum_of_two_latents_off_by_one_is_refuted(shift: int, seed: int) -> None:
    """In the update of the rolled dice, where the derived one is equal to the right one."""
    (derived,) = MEAN_FIELD.update(rho)
    made = derive("dice.q_rho")
    given = tuple(a for a in made.assumptions if not isinstance(a, Definition))
    for by, wanted in ((0, Verdict.ESTABLISHED), (shift, Verdict.REFUTED)):
        claim = equal(derived.entry, counts(by))
        assert verdict(claim, *given, seed=seed, sizes=SIZES) is wanted

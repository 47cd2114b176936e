"""Broken bounds, joints, evidences and predictions: none is established, the right one is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from harness.historical import cases
from oracles.dice_symbols import SIZES, TINY, alpha1_hat, alpha2_hat, beta_hat, in_logs
from sympy import Add, Expr, Integer, exp, log, loggamma

from derivations import catalogue
from derivations.calculus.binding import replace_elements, rewrite, sum_over
from derivations.calculus.expressions import Array, IndexSum, Iverson
from derivations.calculus.normal_form import collect
from derivations.calculus.steps import Verdict
from derivations.derive.marginal import log_joint_of_discrete
from derivations.derive.predictive import new_point
from derivations.dice import (
    FOR_QUADRATURE,
    MEAN_FIELD,
    MODEL,
    alpha1,
    alpha2,
    beta,
    d,
    i,
    j,
    k,
    n,
    pi1,
    rho,
    x,
    z1,
    z2,
)
from derivations.evidence.enumeration import (
    equals_evidence_lower_bound,
    equals_literal_log_joint,
)
from derivations.evidence.marginal import equals_integrated_joint
from derivations.evidence.predictive import equals_predictive


def broken_sums(expression: Expr) -> dict[str, Expr]:
    """Every term of a sum dropped, and every term with the wrong sign."""
    broken = {}
    for number, term in enumerate(Add.make_args(expression)):
        broken[f"term {number} dropped"] = expression - term
        broken[f"term {number} with the wrong sign"] = expression - 2 * term
    return broken


def backwards(expression: Expr, *arrays: Array) -> dict[str, Expr]:
    """Arrays read from their other end, one at a time."""

    def flipped(array: Array) -> Callable[..., Expr]:
        return lambda *s: array[(array.sizes[0] + 1 - s[0], *s[1:])]

    return {
        f"{array.name} read backwards": replace_elements(expression, {array: flipped(array)})
        for array in arrays
    }


BOUND = collect(MEAN_FIELD.evidence_lower_bound)
LOG_JOINT = MEAN_FIELD.log_joint
EVIDENCE = log_joint_of_discrete(MEAN_FIELD)
ENTROPIES = {f.variable.name: f.entropy for f in MEAN_FIELD.factors}


def bound_mutants() -> dict[str, Expr]:
    """The bound with a term broken, an entropy dropped, a swapped parameter, a shifted index."""
    return {
        **broken_sums(BOUND),
        **{f"entropy-omitted, of {name}": BOUND - h for name, h in ENTROPIES.items()},
        **{
            f"entropy of {name} with the wrong sign": BOUND - 2 * h for name, h in ENTROPIES.items()
        },
        **backwards(BOUND, beta, alpha1),
        "log for digamma": in_logs(BOUND),
        "factor's parameter for the prior's": replace_elements(
            BOUND, {alpha1: lambda s: alpha1_hat[s]}
        ),
        "a constant": BOUND + 1,
        "one entropy too many": BOUND + ENTROPIES["z1"],
        "entropy-omitted, of every factor": MEAN_FIELD.expected_log_joint,
    }


@pytest.mark.parametrize(
    "mutant", ["none", *cases({name: name for name in bound_mutants()}, kind="enumeration")]
)
def test_only_the_bound_itself_is_established(mutant: str, rng: np.random.Generator) -> None:
    """The closed form agrees with enumeration; with anything broken it does not."""
    expression = {"none": BOUND, **bound_mutants()}[mutant]
    verdict = equals_evidence_lower_bound("mutant", MEAN_FIELD, expression, TINY)(rng).verdict
    assert (verdict is Verdict.ESTABLISHED) == (mutant == "none")


def joint_mutants() -> dict[str, Expr]:
    """The log joint with a term broken, dice swapped or shifted."""
    condition = Iverson(z1[n] + z2[n] - 1, k)
    rolls = IndexSum(condition * Iverson(x[n, j], d) * log(rho[k, d]), n, j, k, d)
    shifted = IndexSum(Iverson(z1[n] + z2[n], k) * Iverson(x[n, j], d) * log(rho[k, d]), n, j, k, d)
    return {
        **broken_sums(LOG_JOINT),
        **backwards(LOG_JOINT, rho, pi1, alpha2, beta),
        "index shifted": LOG_JOINT - rolls + shifted,
        "rolls twice": LOG_JOINT + rolls,
        "logs dropped": rewrite(LOG_JOINT, lambda e: e.args[0] if isinstance(e, log) else None),
    }


@pytest.mark.parametrize("mutant", ["none", *joint_mutants()])
def test_only_the_log_joint_itself_is_established(mutant: str, rng: np.random.Generator) -> None:
    """The expanded log joint agrees with the literal one; with anything broken it does not."""
    expression = {"none": LOG_JOINT, **joint_mutants()}[mutant]
    verdict = equals_literal_log_joint("mutant", MODEL, expression, SIZES)(rng).verdict
    assert (verdict is Verdict.ESTABLISHED) == (mutant == "none")


def evidence_mutants() -> dict[str, Expr]:
    """The log evidence's summand with a term broken, a normalizer dropped, a prior backwards."""
    normalizer = sum_over(loggamma(IndexSum(beta[k, d], d)), k)
    return {
        **broken_sums(EVIDENCE),
        **backwards(EVIDENCE, beta),
        "normalizer dropped": EVIDENCE - normalizer,
        "uniform priors": replace_elements(EVIDENCE, {beta: lambda *_: Integer(1)}),
    }


@pytest.mark.parametrize("mutant", ["none", *evidence_mutants()])
def test_only_the_integrated_joint_itself_is_established(
    mutant: str, rng: np.random.Generator
) -> None:
    """The log evidence's summand agrees with quadrature; with anything broken it does not."""
    expression = {"none": EVIDENCE, **evidence_mutants()}[mutant]
    finding = equals_integrated_joint("mutant", MEAN_FIELD, expression, FOR_QUADRATURE)(rng)
    assert (finding.verdict is Verdict.ESTABLISHED) == (mutant == "none")


def predictive_mutants() -> dict[str, Expr]:
    """The predictive with a factor, normalizer or index broken."""
    closed = catalogue.derive("dice.predictive").results[0].right

    def without(index: int) -> Expr:
        def rule(node: Expr) -> Expr | None:
            if not isinstance(node, exp):
                return None
            return exp(Add(*(t for p, t in enumerate(node.args[0].args) if p != index)))

        return rewrite(closed, rule)

    return {
        "none": closed,
        **{f"part {number} of the moment dropped": without(number) for number in range(4)},
        **backwards(closed, alpha1_hat, beta_hat),
        "normalizer of the first die dropped": closed * IndexSum(alpha1_hat[i], i),
        "prior's parameters for the factor's": replace_elements(
            closed, {alpha2_hat: lambda s: alpha2[s]}
        ),
        "twice": 2 * closed,
    }


@pytest.mark.parametrize("mutant", predictive_mutants())
def test_only_the_predictive_itself_is_established(mutant: str, rng: np.random.Generator) -> None:
    """The predictive agrees with the mixture averaged by quadrature; nothing broken does."""
    expression = predictive_mutants()[mutant]
    point = new_point(MEAN_FIELD, x)
    finding = equals_predictive("mutant", MEAN_FIELD, point, expression, FOR_QUADRATURE)(rng)
    assert (finding.verdict is Verdict.ESTABLISHED) == (mutant == "none")

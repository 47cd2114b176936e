"""The dice derivations: every check established, and every formula broken by hand is caught."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from harness.historical import case
from oracles.dice_symbols import SIZES, TINY, alpha1_hat, alpha2_hat, beta_hat, in_logs, phi1, phi2
from sympy import Add, Expr, exp, log, polygamma

import derivations
from derivations import catalogue
from derivations.calculus.binding import free_indices, replace_elements
from derivations.calculus.expressions import Array, IndexSum, Iverson
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.steps import Derivation, Verdict
from derivations.dice import (
    D1,
    D2,
    D3,
    MEAN_FIELD,
    J,
    K,
    N,
    alpha1,
    alpha2,
    beta,
    d,
    i,
    j,
    k,
    l,
    n,
    pi1,
    pi2,
    rho,
    x,
    z1,
    z2,
)
from derivations.evidence.enumeration import (
    update_is_optimal,
)
from derivations.families import Vector

KEYS = [entry.key for entry in catalogue.ENTRIES]
DICE = [key for key in KEYS if key.startswith("dice.")]
BIBLIOGRAPHY = Path(next(iter(derivations.__path__))) / "references.bib"


@pytest.mark.parametrize("key", DICE)
def test_a_derivation_is_the_one_the_catalogue_lists(key: str) -> None:
    """Key, title and question agree; every step, and the result, has a check; twins are named."""
    derivation, listed = catalogue.derive(key), catalogue.entry(key)
    assert (derivation.key, derivation.title, derivation.question) == (
        listed.key,
        listed.title,
        listed.question,
    )
    assert derivation.checks
    assert derivation.results
    assert all(step.checks for step in derivation.steps)
    assert all(twin.startswith("impl.dice.") for twin in derivation.twins)


@pytest.mark.parametrize("key", DICE)
def test_every_source_is_in_the_bibliography(key: str) -> None:
    """A derivation's sources and its rules' sources are keys of derivations/references.bib."""
    known = set(re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY.read_text("utf-8"), re.MULTILINE))
    derivation = catalogue.derive(key)
    named = set(derivation.sources)
    named |= {step.rule.source.split(",")[0] for step in derivation.steps if step.rule.source}
    assert named
    assert named <= known


def test_an_unknown_key_names_the_keys_there_are() -> None:
    """Asking for a key that is not listed says what was wanted."""
    with pytest.raises(catalogue.UnknownKeyError, match=r"dice\.q_rho"):
        catalogue.entry("dice.q_beta")


def digamma(argument: Expr) -> Expr:
    """The digamma function."""
    return polygamma(0, argument)


def expected_log(array: Array, *place: Expr) -> Expr:
    """E[log] of a Dirichlet entry: digamma of it less digamma of the total."""
    last = {1: (i if array is alpha1_hat else l), 2: d}[len(place)]
    return digamma(array[place]) - digamma(IndexSum(array[(*place[:-1], last)], last))


def scores(
    own: Expr, prior: Array, others: Array, weight: Expr = beta_hat[i + l - 1, d]
) -> dict[str, Expr]:
    """The parts of the log responsibilities of one class variable."""
    face, other = (i, l) if own is i else (l, i)
    die = weight.subscripts[0]
    seen = Iverson(x[n, j], d) * others[n, other]
    return {
        "prior": expected_log(prior, face),
        "rolls": IndexSum(seen * digamma(weight), j, d, other),
        "totals": -IndexSum(seen * digamma(IndexSum(beta_hat[die, d], d)), j, d, other),
    }


def softmax(exponent: Expr, index: Expr) -> Expr:
    """Exp of an exponent over its sum."""
    return exp(exponent) / IndexSum(exp(exponent), index)


def responsibilities(own: Expr) -> tuple[Expr, dict[str, Expr]]:
    """The update of a class variable, written by hand, and what breaking it gives."""
    face, other = (i, l) if own is i else (l, i)
    prior = alpha1_hat if own is i else alpha2_hat
    others = phi2 if own is i else phi1
    parts = scores(own, prior, others)
    true = Add(*parts.values())
    count = other.upper
    mirrored = scores(own, prior, others, beta_hat[face + count - other, d])
    alone = scores(own, prior, others, beta_hat[face, d])
    hyper = alpha1 if own is i else alpha2
    broken = {
        "rolls with the wrong sign": true - 2 * parts["rolls"],
        "prior with the wrong sign": true - 2 * parts["prior"],
        "prior dropped": true - parts["prior"],
        "rolls dropped": true - parts["rolls"],
        "totals dropped": true - parts["totals"],
        "the other die read backwards": parts["prior"] + mirrored["rolls"] + mirrored["totals"],
        "the die of the face alone": parts["prior"] + alone["rolls"] + alone["totals"],
        "log for digamma": in_logs(true),
        "prior's parameter for the factor's": replace_elements(true, {prior: lambda s: hyper[s]}),
        "beta for its factor": replace_elements(true, {beta_hat: lambda s, t: beta[s, t]}),
        "other responsibilities squared": replace_elements(
            true, {others: lambda s, t: others[s, t] ** 2}
        ),
        "one roll only": parts["prior"]
        + Add(
            *(replace_elements(parts[p], {x: lambda s, _: x[s, 1]}) for p in ("rolls", "totals"))
        ),
    }
    mutants = {name: softmax(exponent, face) for name, exponent in broken.items()}
    mutants["not normalized"] = exp(true)
    return softmax(true, face), mutants


UPDATES: dict[str, tuple[Array, Expr, Expr, dict[str, Expr]]] = {}
for own_, array_, key_ in ((i, z1, "dice.q_z1"), (l, z2, "dice.q_z2")):
    UPDATES[key_] = (array_, own_, *responsibilities(own_))


def concentrations(own: Expr) -> tuple[Expr, dict[str, Expr]]:
    """The update of a class die, written by hand, and what breaking it gives."""
    prior, hat, phi = (alpha1, alpha1_hat, phi1) if own is i else (alpha2, alpha2_hat, phi2)
    counts = IndexSum(phi[n, own], n)
    return prior[own] + counts, {
        "counts with the wrong sign": prior[own] + 2 * N - counts,
        "prior dropped": counts,
        "counts dropped": prior[own],
        "natural for standard parameter": prior[own] + counts - 1,
        "one too many": prior[own] + counts + 1,
        "factor's parameter for the prior's": hat[own] + counts,
        "squared responsibilities": prior[own] + IndexSum(phi[n, own] ** 2, n),
        "every roll counted": prior[own] + J * counts,
        "faces read backwards": prior[own] + IndexSum(phi[n, own.upper + 1 - own], n),
        "total of the prior": IndexSum(prior[own], own) + counts,
        "log of the counts": prior[own] + log(counts),
    }


for own_, array_, key_ in ((i, pi1, "dice.q_pi1"), (l, pi2, "dice.q_pi2")):
    UPDATES[key_] = (array_, own_, *concentrations(own_))


def rolled() -> tuple[Expr, dict[str, Expr]]:
    """The update of the rolled dice, written by hand, and what breaking it gives."""
    seen = Iverson(x[n, j], d)
    pairs = (n, j, i, l)
    both = phi1[n, i] * phi2[n, l]
    own = Iverson(i + l - 1, k)
    counts = IndexSum(own * seen * both, *pairs)
    return beta[k, d] + counts, {
        "sum-index-off-by-one, up": beta[k, d] + IndexSum(Iverson(i + l, k) * seen * both, *pairs),
        "sum-index-off-by-one, down": beta[k, d]
        + IndexSum(Iverson(i + l - 2, k) * seen * both, *pairs),
        "first die read backwards": beta[k, d]
        + IndexSum(Iverson(D1 - i + l, k) * seen * both, *pairs),
        "difference for sum": beta[k, d] + IndexSum(Iverson(i - l + D2, k) * seen * both, *pairs),
        "condition dropped": beta[k, d] + IndexSum(seen * both, *pairs),
        "rolls dropped": beta[k, d] + IndexSum(own * both, *pairs),
        "second die dropped": beta[k, d] + IndexSum(own * seen * phi1[n, i], *pairs),
        "first die dropped": beta[k, d] + IndexSum(own * seen * phi2[n, l], *pairs),
        "counts dropped": beta[k, d],
        "prior dropped": counts,
        "factor's parameter for the prior's": beta_hat[k, d] + counts,
        "natural for standard parameter": beta[k, d] + counts - 1,
        "dice read backwards": replace_elements(
            beta[k, d] + counts, {beta: lambda s, t: beta[K + 1 - s, t]}
        ),
        "faces read backwards": beta[k, d]
        + IndexSum(own * Iverson(x[n, j], D3 + 1 - d) * both, *pairs),
        "first roll only": beta[k, d] + IndexSum(own * Iverson(x[n, 1], d) * both, n, i, l),
    }


UPDATES["dice.q_rho"] = (rho, d, *rolled())


def run_update(key: str, entry: Expr, rng: np.random.Generator) -> Verdict:
    """Run the very check of a derivation on a formula for its update."""
    array, index, _, _ = UPDATES[key]
    # Five rolls of one point read alike backwards in 7 of 100 draws; of two points, in 5 of 1000.
    sizes = TINY if array in {pi1, pi2} else {**SIZES, J: (5, 6)}
    return update_is_optimal("mutant", MEAN_FIELD, array, (Vector(entry, index),), sizes)(
        rng
    ).verdict


@pytest.mark.parametrize("key", UPDATES)
def test_an_update_written_by_hand_is_the_derived_one(key: str, rng: np.random.Generator) -> None:
    """The textbook form is proved equal to what was derived, and the check establishes it."""
    array, index, entry, _ = UPDATES[key]
    (derived,) = MEAN_FIELD.update(array)
    assert derived.index == index
    assert is_proved_equal(entry, derived.entry)
    assert run_update(key, entry, rng) is Verdict.ESTABLISHED


@pytest.mark.parametrize(
    ("key", "mutant"),
    [
        case(f"{name}, {key}", key, name, kind="enumeration")
        for key in UPDATES
        for name in UPDATES[key][3]
    ],
)
def test_a_broken_update_is_refuted(key: str, mutant: str, rng: np.random.Generator) -> None:
    """Neither the normal form nor the enumeration accepts a formula broken by hand."""
    _, _, entry, mutants = UPDATES[key]
    assert not is_proved_equal(entry, mutants[mutant])
    assert run_update(key, mutants[mutant], rng) is not Verdict.ESTABLISHED


def test_an_update_that_is_wrong_at_one_end_of_its_plate_is_refuted(
    rng: np.random.Generator,
) -> None:
    """At the first of the rolled dice alone or at the last, each time: either is always tried."""
    _, index, entry, _ = UPDATES["dice.q_rho"]
    for end in (1, K):
        wrong = (Vector(entry + Iverson(k, end), index),)
        check = update_is_optimal("mutant", MEAN_FIELD, rho, wrong, TINY)
        assert {check(rng).verdict for _ in range(8)} == {Verdict.REFUTED}


def stated(derivation: Derivation) -> list[Expr]:
    """Both sides of every relation that a derivation states."""
    relations = [*(s.relation for s in derivation.steps), *derivation.results]
    return [side for r in relations for side in (r.left, r.right)]


@pytest.mark.parametrize("key", DICE)
def test_a_derivation_states_no_index_that_it_does_not_place(key: str) -> None:
    """Each side of a relation is free only in the indices of its left side or of a plate."""
    places = {n, j, k, i, l, d}
    for side in stated(catalogue.derive(key)):
        assert free_indices(side) <= places

"""What is assumed is said, in words that bound the points; said less, a derivation fails."""

from dataclasses import replace

import pytest
from sympy import Basic, Expr, Integer

from derivations.calculus.expressions import ABOVE_ONE, POSITIVE, REAL, Array
from derivations.calculus.indices import size
from derivations.calculus.steps import (
    AT_MOST,
    Check,
    Derivation,
    Prose,
    Relation,
    Rule,
    Step,
)
from derivations.catalogue import ENTRIES, derive
from derivations.evidence.attack.assumed import least_sizes
from derivations.evidence.attack.running import attack
from derivations.evidence.attack.trials import attacked
from derivations.evidence.equality import enclosure
from derivations.evidence.trial import Trial

N, K = size("N"), size("K")
y = Array("y", ())[()]


def claiming(*checks: Check) -> Derivation:
    """A derivation with given checks on its result."""
    relation = Relation(y, y)
    step = Step(Rule("a rule", ""), relation, checks[:1])
    return Derivation("a.key", "", "", (), (step,), (relation,), checks)


def test_an_assumption_of_a_size_is_read_from_its_words() -> None:
    """The printed relation bounds the sizes that are drawn; other relations do not."""
    check = enclosure("", (N**2 - 1) / (N - 1), N + 1)
    words: Prose = ("There are two or more, ", Relation(Integer(2), N, AT_MOST), ".")
    others: Prose = (Relation(Integer(3), K), Relation(y, N, AT_MOST))
    protected = replace(claiming(check), assumptions=(words, others))
    assert least_sizes(protected) == {N: 2}
    assert attack(protected, 0).failed == ()
    assert len(attack(replace(protected, assumptions=(others,)), 0).failed) == 1


WEAKENED = {
    "mmd.u_statistic": "one sample",
    "softmax_gaussian.back_to_concentration": "one entry",
    "softmax_gaussian.pathwise_gradient": "one entry",
}


@pytest.mark.parametrize("key", WEAKENED)
def test_without_its_assumption_a_derivation_fails_at_size_one(key: str) -> None:
    """Each of these was found by the attack: the statement has no value there."""
    derivation = derive(key)
    assert attack(derivation, 0).failed == ()
    bare = tuple(
        prose
        for prose in derivation.assumptions
        if not least_sizes(replace(derivation, assumptions=(prose,)))
    )
    assert len(bare) == len(derivation.assumptions) - 1
    failed = attack(replace(derivation, assumptions=bare), 0).failed
    assert failed
    assert all("no value" in case.reason for case in failed)


def test_with_a_weaker_domain_a_derivation_fails() -> None:
    """The mode is interior only where both parameters exceed one."""
    derivation = derive("kumaraswamy.mode")
    assert attack(derivation, 0).failed == ()
    weaker = [_weaker(one.trial) for one in attacked(derivation)[0]]
    assert attack(claiming(*weaker), 0).failed


def _weaker(trial: Trial) -> Trial:
    """The same claim, of positive numbers."""
    sides = {}
    for side in ("left", "right"):
        form = trial.arguments[side]
        arrays = {
            array: Array(array.name, array.sizes, domain=POSITIVE)
            for array in form.atoms(Array)
            if array.domain == ABOVE_ONE
        }
        sides[side] = form.xreplace(arrays)
    return enclosure("", sides["left"], sides["right"])


BY_THE_MODEL = "dice."
"""Whose arrays the model declares, with a family for each variable."""


@pytest.mark.parametrize("key", [e.key for e in ENTRIES if not e.key.startswith(BY_THE_MODEL)])
def test_what_bounds_the_points_is_said(key: str) -> None:
    """Points are drawn positive, or above one, where an assumption or a rule names the number."""
    derivation = derive(key)
    stated = [*(s.relation for s in derivation.steps), *derivation.results]
    bounded = {found for r in stated for found in _bounded(r)}
    words = [*derivation.assumptions, *(s.rule.prose for s in derivation.steps)]
    assert bounded <= {found for prose in words for part in prose for found in _bounded(part)}


def _bounded(part: str | Expr | Relation) -> set[tuple[str, str]]:
    """The letters of the arrays whose domain is not all reals, with the domain."""
    if isinstance(part, Relation):
        return _bounded(part.left) | _bounded(part.right)
    if not isinstance(part, Basic):
        return set()
    arrays = (a for a in part.atoms(Array) if a.states == 0 and a.domain != REAL)
    return {(a.notation, a.domain) for a in arrays}


@pytest.mark.slow
def test_every_size_is_tried_at_one_but_what_a_claim_is_about() -> None:
    """A check that can afford two latents alone is tried at one; of a pair there is no one."""
    alone = {
        (entry.key, str(symbol), *values)
        for entry in ENTRIES
        for claim in attacked(derive(entry.key))[0]
        for symbol, values in (claim.trial.arguments.get("sizes") or {}).items()
        if len(values) == 1
    }
    assert alone == {
        ("gaussian_vae.importance_weighted_bound", "k", 2),
        ("linear_vae.elbo", "K", 1),
        ("mmd.inert_in_high_dimension", "n", 100),
        ("mmd.inert_in_high_dimension", "m", 100),
        ("mmd.inert_in_high_dimension", "D", 200),
    }

"""Kumaraswamy: results beside mpmath and the formulas of the literature, shipped errors refuted."""

from __future__ import annotations

import flint
import mpmath as mp
import numpy as np
import pytest
from harness.historical import cases
from sympy import Expr, Pow, log

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Element
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.judgements import verdict_of
from derivations.claims.judging import judge_claim
from derivations.claims.registry import built
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    Claim,
    Condition,
    Domain,
    Random,
    StatementError,
    at_most,
    define,
    equal,
    follows,
    less,
)
from derivations.meaning.notation import (
    Entropy,
    Expectation,
    FamilyAt,
    FamilyDensity,
    NotationError,
    PartialDerivative,
    Where,
)
from derivations.problems.kumaraswamy import divergence, inverse, moments
from derivations.problems.kumaraswamy import symbols as letters
from derivations.problems.kumaraswamy.divergence import M
from derivations.problems.kumaraswamy.symbols import (
    DRAW,
    F,
    a,
    alpha,
    b,
    beta,
    mu,
    n,
    quantile,
    u,
    x,
    y,
)

MODULES = (inverse, moments, divergence)
AT = {a: 1.5, b: 4.25, alpha: 0.75, beta: 2.5, n: 3.0, x: 0.3, y: 0.6, u: 0.35}
CLOSE = {"rel": 1e-12}


def scope_of(key: str) -> Scope:
    """All that a derivation assumes and defines."""
    derivation = built(f"kumaraswamy.{key}")
    scope = Scope.of(derivation.assumptions)
    for line in derivation.steps:
        if not isinstance(line.claim, Claim):
            scope.define(line.claim)
    return scope


def number(key: str, form: Expr, at: dict[Element, float] = AT, terms: int = 5) -> float:
    """The value of a formula of a derivation."""
    arrays = {e.array: np.array(flint.arb(v), dtype=object) for e, v in at.items()}
    with flint.ctx.workdps(60):
        value = evaluate(scope_of(key).meaning(form), Point({M: terms}, arrays), BALLS)
    return float(flint.arb(value).mid())


def result(key: str, number: int = 0) -> Claim:
    """A result of a derivation."""
    return built(f"kumaraswamy.{key}").results[number]


def mean(body: object) -> float:
    """A mean under the density, by mpmath."""
    first, second = AT[a], AT[b]

    def weighted(at: mp.mpf) -> mp.mpf:
        inside = (1 - at**first) ** (second - 1)
        return body(at) * first * second * at ** (first - 1) * inside

    return float(mp.quad(weighted, [0, 0.25, 0.75, 1]))


@pytest.mark.parametrize(
    ("key", "which", "body"),
    [
        ("moments", 0, lambda at: at ** AT[n]),
        ("moments", 1, mp.log),
        ("moments", 2, lambda at: mp.log(1 - at ** AT[a])),
    ],
    ids=["power", "log", "log of the rest"],
)
def test_means_are_those_of_mpmath(key: str, which: int, body: object) -> None:
    """Closed forms, beside the density as it is usually written and another quadrature."""
    assert number(key, result(key, which).right) == pytest.approx(mean(body), abs=1e-12, **CLOSE)


def test_entropy_is_the_one_of_the_literature() -> None:
    """With the harmonic number of b; at a = 2, b = 3 it is -0.208, as in PR 358 of TFP."""
    first, second = AT[a], AT[b]
    known = 1 - 1 / second + (1 - 1 / first) * mp.harmonic(second) - mp.log(first * second)
    assert number("entropy", result("entropy").right) == pytest.approx(
        float(known), abs=1e-12, **CLOSE
    )
    shown = number("entropy", result("entropy").right, {**AT, a: 2.0, b: 3.0})
    assert shown == pytest.approx(-0.208, abs=5e-4)


def test_divergence_is_the_series_of_nalisnick() -> None:
    """Their infinite series, in Beta functions, equals the cut series and its rest."""
    one, two, c, d = (mp.mpf(AT[e]) for e in (a, b, alpha, beta))
    known = (one - c) / one * (-mp.euler - mp.digamma(two) - 1 / two)
    known += mp.log(one * two) + mp.log(mp.beta(c, d)) - (two - 1) / two
    series = mp.nsum(lambda m: mp.beta(m / one, two) / (m + one * two), [1, mp.inf])
    whole = float(known + (d - 1) * two * series)
    assert number("kl_beta", result("kl_beta").right) == pytest.approx(whole, rel=1e-9, abs=1e-12)
    assert number("kl_beta", result("kl_beta").left) == pytest.approx(whole, rel=1e-9, abs=1e-12)


def test_gradients_are_differences_of_the_quantile() -> None:
    """Central differences of mpmath at a fixed level."""

    def draw(first: mp.mpf, second: mp.mpf) -> mp.mpf:
        return (1 - (1 - mp.mpf(AT[u])) ** (1 / second)) ** (1 / first)

    for which, order in enumerate([(1, 0), (0, 1)]):
        slope = float(mp.diff(draw, (AT[a], AT[b]), order))
        found = number("pathwise_gradient", result("pathwise_gradient", which).right)
        assert found == pytest.approx(slope, rel=1e-9, abs=1e-12)


def test_bounds_on_the_rest_close_in_on_it() -> None:
    """Upper and lower bound differ by little where many terms are summed."""
    lower, upper = built("kumaraswamy.kl_beta").steps[-2:]
    low, rest = (number("kl_beta", s, terms=200) for s in lower.claim.sides)
    high = number("kl_beta", upper.claim.right, terms=200)
    assert 0 < low < rest < high < 1.25 * low


ENTROPY = Entropy(DRAW(x))
SWAPPED = moments.entropy.xreplace({a: b, b: a})
BY_B = result("pathwise_gradient", 1).right.xreplace({x: quantile(u)})
BOUND = result("kl_beta", 1)

FAULTY: dict[str, tuple[str, Claim]] = {
    "kumaraswamy-entropy-swapped": (
        "entropy",
        equal(ENTROPY, SWAPPED + 2 * log(a) + 2 * log(b)),
    ),
    "entropy with a and b swapped": ("entropy", equal(ENTROPY, SWAPPED)),
    "entropy without its constant": ("entropy", equal(ENTROPY, moments.entropy - 1)),
    "quantile without the outer power": (
        "law",
        follows(1 - Pow(1 - u, 1 / b), letters.kumaraswamy(a, b)),
    ),
    "a draw whose uniform is squared": (
        "law",
        follows(quantile(u**2), letters.kumaraswamy(a, b)),
    ),
    "gradient with its sign flipped": (
        "pathwise_gradient",
        equal(PartialDerivative(quantile(u), b), -BY_B),
    ),
    "gradient without the factor b": (
        "pathwise_gradient",
        equal(PartialDerivative(quantile(u), b), BY_B * b),
    ),
    "mean of the log with b one less": (
        "moments",
        equal(result("moments", 1).left, result("moments", 1).right + 1 / (a * b)),
    ),
    "the gradient of a mean beneath the mean": (
        "moments",
        equal(
            PartialDerivative(Expectation(DRAW(x), log(x)), a),
            Expectation(DRAW(x), PartialDerivative(log(x), a)),
        ),
    ),
    "tail bound a thousand times too small": (
        "kl_beta",
        at_most(BOUND.left, BOUND.right / 1000),
    ),
    "tail bound a twentieth too small": ("kl_beta", at_most(BOUND.left, BOUND.right * 19 / 20)),
    "moments bounded by themselves, upside down": ("kl_beta", at_most(1, mu(n))),
    "Beta density where no parameter is one": (
        "equals_beta",
        equal(FamilyDensity(x, letters.kumaraswamy(a, b)), FamilyDensity(x, letters.beta_of(a, b))),
    ),
}


@pytest.mark.parametrize(("key", "claim"), cases(FAULTY, kind="quadrature"))
def test_a_false_claim_is_refuted(key: str, claim: Claim, seed: int) -> None:
    """By the default methods, in the scope of its derivation; never merely unknown."""
    derivation = built(f"kumaraswamy.{key}")
    rng = np.random.default_rng(seed)
    found = judge_claim(claim, scope_of(key), rng, derivation.sizes)
    assert verdict_of(found) is Verdict.REFUTED, found


def slope_by_a(at: Element) -> Scope:
    """A scope in which a function is defined as a derivative by a parameter, or as a mean."""
    slope = define(letters.f(at), PartialDerivative(F(at), a))
    product = define(letters.Q(at), Expectation(DRAW(x), at * x))
    return Scope.of(
        [Domain(a, b, u, y), Random(DRAW), letters.distribution_function(y), slope, product]
    )


def test_a_derivative_in_a_definition_is_taken_before_the_argument_is_put_in() -> None:
    """The level of a quantile does not move with a; the slope at a fixed point is not zero."""
    rng, scope = np.random.default_rng(0), slope_by_a(y)
    at_draw = letters.f(quantile(u))
    fixed = Where(PartialDerivative(F(y), a), y, quantile(u))
    assert verdict_of(judge_claim(equal(at_draw, fixed), scope, rng)) is Verdict.ESTABLISHED
    assert verdict_of(judge_claim(equal(at_draw, 0), scope, rng)) is Verdict.REFUTED


def test_a_random_variable_is_not_captured_by_a_mean_over_it() -> None:
    """E[y x] at y = x would be E[x^2]: an argument that holds what is averaged is refused."""
    with pytest.raises(NotationError, match="without averaged variables"):
        judge_claim(equal(letters.Q(x), 0), slope_by_a(y), np.random.default_rng(0))


def test_a_condition_on_the_parameters_is_used() -> None:
    """The density falls at every x where a is below one and b above; not where a is above."""
    falls = less(PartialDerivative(letters.density(x), x), 0)
    for first, verdict in ((less(a, 1), Verdict.ESTABLISHED), (less(1, a), Verdict.REFUTED)):
        scope = Scope.of([Domain(a, b, x), Condition(first), Condition(less(1, b))])
        assert verdict_of(judge_claim(falls, scope, np.random.default_rng(0))) is verdict


def test_a_distribution_needs_random_variables() -> None:
    """A draw from a level that is merely given has no distribution."""
    scope = Scope.of([Domain(a, b, u)])
    claim = follows(quantile(u), FamilyAt("Kumaraswamy", a, b))
    with pytest.raises(StatementError, match="distribution"):
        judge_claim(claim, scope, np.random.default_rng(0))

"""What notation means, each node against a number found by another route."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from harness.claimed import number, verdict
from scipy import integrate, stats
from sympy import Expr, Integer, Rational, log

from derivations.calculus.expressions import (
    POSITIVE,
    SIMPLEX,
    Array,
    IndexSum,
    Iverson,
    Slice,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import Verdict
from derivations.claims.statements import (
    Domain,
    Random,
    define,
    equal,
    follows,
    less,
    up_to_constant,
)
from derivations.meaning.notation import (
    Applied,
    At,
    Divergence,
    Entries,
    Entropy,
    Expectation,
    FamilyAt,
    FamilyDensity,
    Independent,
    Joint,
    NotationError,
    PartialDerivative,
    Variance,
    Where,
    part,
)

ESTABLISHED, REFUTED = Verdict.ESTABLISHED, Verdict.REFUTED
K, N = size("K"), size("N")
k, l, n = Index("k", 1, K), Index("l", 1, K), Index("n", 1, N)  # noqa: E741 - as printed

w, m = Array("w", (K,), domain=SIMPLEX), Array("m", (K,))
v = Array("v", (), domain=POSITIVE)
z, x = Array("z", (), states=K), Array("x", ())
Z, X = Slice(z), Slice(x)
mixture = Joint(
    "p",
    [
        part(z[()], FamilyAt("Categorical", Entries(w[k], k))),
        part(x[()], FamilyAt("Gaussian", m[z[()]], v[()])),
    ],
)
WEIGHTS, CENTRES, SPREAD, PLACE, STATE = np.array([0.25, 0.75]), np.array([-0.5, 1.25]), 0.7, 0.4, 2
AT = {w: WEIGHTS, m: CENTRES, v: SPREAD, x: PLACE, z: STATE}
BELLS = stats.norm(CENTRES, math.sqrt(SPREAD)).pdf(PLACE)
EVIDENCE = float(WEIGHTS @ BELLS)
POSTERIOR = WEIGHTS * BELLS / EVIDENCE


def mixture_density(at: float) -> float:
    """The density of x with the state summed out."""
    return float(WEIGHTS @ stats.norm(CENTRES, math.sqrt(SPREAD)).pdf(at))


def mean_in_numbers(function: Callable[[float], float]) -> float:
    """The mean of a function of x, by QUADPACK."""
    return integrate.quad(lambda t: function(t) * mixture_density(t), -12, 12, epsabs=1e-12)[0]


SECOND = mean_in_numbers(lambda t: t**2)
OF_A_MIXTURE: dict[str, tuple[Expr, float]] = {
    "a joint density": (mixture(X, Z), WEIGHTS[1] * BELLS[1]),
    "the order of its variables": (mixture(Z, X), WEIGHTS[1] * BELLS[1]),
    "a conditional density": (mixture(X, given=Z), BELLS[1]),
    "a prior": (mixture(Z), WEIGHTS[1]),
    "a prior by its parameters": (mixture(Z, given=Slice(w)), WEIGHTS[1]),
    "an evidence": (mixture(X), EVIDENCE),
    "a posterior": (mixture(Z, given=X), POSTERIOR[1]),
    "a density at another place": (mixture(At(X, Integer(1)), given=Z), None),
    "a log density": (log(mixture(X, Z)), math.log(WEIGHTS[1] * BELLS[1])),
    "the log of a ratio": (log(mixture(Z, given=X) / mixture(Z)), math.log(BELLS[1] / EVIDENCE)),
    "a mean under the joint": (Expectation(mixture, x[()] ** 2), SECOND),
    "a mean under the evidence": (Expectation(mixture(X), x[()] ** 2), SECOND),
    "a mean under a conditional": (
        Expectation(mixture(X, given=Z), x[()] ** 2),
        CENTRES[1] ** 2 + SPREAD,
    ),
    "a mean under a posterior": (Expectation(mixture(Z, given=X), m[z[()]]), POSTERIOR @ CENTRES),
    "a mean under a prior": (Expectation(mixture(Z), m[z[()]]), WEIGHTS @ CENTRES),
    "a mean with a variable held": (
        Expectation(mixture, x[()] * m[z[()]], held=(Z,)),
        CENTRES[1] ** 2,
    ),
    "the other one held": (
        Expectation(mixture, x[()] * m[z[()]], held=(X,)),
        PLACE * (WEIGHTS @ CENTRES),
    ),
    "a variance": (
        Variance(mixture, x[()]),
        SPREAD + WEIGHTS @ CENTRES**2 - (WEIGHTS @ CENTRES) ** 2,
    ),
    "a variance of a conditional": (Variance(mixture(X, given=Z), x[()]), SPREAD),
    "an entropy of states": (Entropy(mixture(Z)), stats.entropy(WEIGHTS)),
    "an entropy of a posterior": (Entropy(mixture(Z, given=X)), stats.entropy(POSTERIOR)),
    "a divergence of posterior and prior": (
        Divergence(mixture(Z, given=X), mixture(Z)),
        stats.entropy(POSTERIOR, WEIGHTS),
    ),
    "a divergence of prior and posterior": (
        Divergence(mixture(Z), mixture(Z, given=X)),
        stats.entropy(WEIGHTS, POSTERIOR),
    ),
    "an indicator of a state": (Expectation(mixture(Z, given=X), Iverson(z[()], 1)), POSTERIOR[0]),
}


@pytest.mark.parametrize("name", OF_A_MIXTURE)
def test_densities_and_means_of_a_mixture(name: str) -> None:
    """Discrete and continuous variables, summed out, integrated out, held and conditioned on."""
    form, wanted = OF_A_MIXTURE[name]
    if wanted is None:
        wanted = float(stats.norm(CENTRES[1], math.sqrt(SPREAD)).pdf(1.0))
    assert number(form, AT, sizes={K: 2}) == pytest.approx(float(wanted), rel=1e-9, abs=1e-12)


def test_a_mean_of_what_its_density_integrates_out_is_refused() -> None:
    """``E_p(x)[m_z]``: the state is no variable of the density, and has no value there either."""
    for density in (mixture(X), mixture(X, given=Slice(w))):
        with pytest.raises(NotationError, match=r"integrates out|after the bar"):
            number(Expectation(density, m[z[()]]), AT, sizes={K: 2})
    both = Expectation((mixture(Z), mixture(X)), x[()] * m[z[()]])
    with pytest.raises(NotationError, match="z, which it integrates out"):
        number(both, AT, sizes={K: 2})


def test_a_mixtures_own_entropy_is_known_or_unknown_but_never_wrong() -> None:
    """The log of a sum of densities, averaged: what is claimed of it beside the truth falls."""
    entropy = Entropy(mixture(X))
    assert verdict(less(entropy, Entropy(mixture(X))), *small) is not ESTABLISHED
    assert verdict(equal(entropy, Entropy(mixture(X, given=Z))), *small) is not ESTABLISHED


def quadrature_of(left: object, right: object, low: float = -np.inf, high: float = np.inf) -> float:
    """The divergence of two SciPy distributions, by QUADPACK."""
    return integrate.quad(
        lambda t: left.pdf(t) * (left.logpdf(t) - right.logpdf(t)), low, high, epsabs=1e-11
    )[0]


def kumaraswamy(a: float, b: float) -> stats.rv_continuous:
    """The distribution of ``(1 - (1 - u)^(1/b))^(1/a)``."""

    class Kumaraswamy(stats.rv_continuous):
        def _logpdf(self, t: float) -> float:
            return math.log(a * b) + (a - 1) * np.log(t) + (b - 1) * np.log1p(-(t**a))

        def _pdf(self, t: float) -> float:
            return np.exp(self._logpdf(t))

    return Kumaraswamy(a=0, b=1)()


R = Rational
PAIRS = {
    "Gaussian": (
        ("Gaussian", (R(1, 3), R(3, 2)), (R(-1, 2), R(2, 3))),
        (stats.norm(1 / 3, math.sqrt(1.5)), stats.norm(-0.5, math.sqrt(2 / 3)), -20, 20),
    ),
    "Gamma": (
        ("Gamma", (R(5, 2), R(3, 2)), (R(7, 4), R(1, 2))),
        (stats.gamma(2.5, scale=1 / 1.5), stats.gamma(1.75, scale=2), 0, np.inf),
    ),
    "Beta": (
        ("Beta", (R(5, 2), R(3, 2)), (R(7, 4), R(9, 4))),
        (stats.beta(2.5, 1.5), stats.beta(1.75, 2.25), 0, 1),
    ),
    "Kumaraswamy": (
        ("Kumaraswamy", (R(5, 2), R(3, 2)), (R(7, 4), R(9, 4))),
        (kumaraswamy(2.5, 1.5), kumaraswamy(1.75, 2.25), 0, 1),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_divergences_of_named_families_are_integrals_of_scipys_densities(name: str) -> None:
    """Both orders, in the parametrization that is printed; the first argument is averaged under."""
    (family, first, second), (left, right, low, high) = PAIRS[name]
    one, two = FamilyAt(family, *first), FamilyAt(family, *second)
    for a, b, c, d in ((one, two, left, right), (two, one, right, left)):
        wanted = quadrature_of(c, d, low, high)
        assert number(Divergence(a, b), {}) == pytest.approx(wanted, rel=1e-8, abs=1e-10)
        assert wanted > 0.01
    entropy = integrate.quad(lambda t: -left.pdf(t) * left.logpdf(t), low, high)[0]
    assert number(Entropy(one), {}) == pytest.approx(entropy, rel=1e-7, abs=1e-9)


def test_a_divergence_of_independent_copies_is_summed_over_them() -> None:
    """``N(mu, diag(v))`` from the standard normal: not averaged, and of variances."""
    spread = Array("s", (K,), domain=POSITIVE)
    q = Independent(FamilyAt("Gaussian", m[k], spread[k]), k)
    p = Independent(FamilyAt("Gaussian", Integer(0), Integer(1)), k)
    spreads = np.array([0.5, 3.0])
    wanted = 0.5 * (CENTRES**2 + spreads - 1 - np.log(spreads)).sum()
    got = number(Divergence(q, p), {m: CENTRES, spread: spreads}, sizes={K: 2})
    assert got == pytest.approx(float(wanted), rel=1e-12, abs=0)


def test_a_density_of_a_dirichlet_is_scipys() -> None:
    """Of a whole vector, by its entries."""
    a = Array("a", (K,), domain=POSITIVE)
    form = log(FamilyDensity(Entries(w[k], k), FamilyAt("Dirichlet", Entries(a[k], k))))
    got = number(form, {w: [0.25, 0.125, 0.625], a: [0.5, 2.0, 3.5]}, sizes={K: 3})
    wanted = stats.dirichlet([0.5, 2.0, 3.5]).logpdf([0.25, 0.125, 0.625])
    assert got == pytest.approx(float(wanted), rel=1e-12, abs=0)


plates = Joint(
    "p",
    [
        part(
            Entries(w[k], k),
            FamilyAt("Dirichlet", Entries(Array("a", (K,), domain=POSITIVE)[k], k)),
        ),
        part(Array("z", (N,), states=K)[n], FamilyAt("Categorical", Entries(w[k], k)), n),
    ],
)
many, a = Array("z", (N,), states=K), Array("a", (K,), domain=POSITIVE)


def test_an_evidence_over_plates_is_the_urns() -> None:
    """A Dirichlet vector integrated out of three throws: the Polya urn, counted by hand."""
    throws, concentration = [1, 2, 1], np.array([0.5, 1.5])
    wanted = (0.5 / 2) * (1.5 / 3) * (1.5 / 4)
    values = {a: concentration, many: throws}
    got = number(plates(Slice(many)), values, sizes={K: 2, N: 3})
    assert got == pytest.approx(wanted, rel=1e-10, abs=0)
    posterior = Expectation(plates(Slice(w), given=Slice(many)), w[1])
    got = number(posterior, values, sizes={K: 2, N: 3})
    assert got == pytest.approx(2.5 / 5, rel=1e-9, abs=0)


def test_a_sum_under_a_mean_runs_over_its_plate() -> None:
    """A count is the number of throws times a mean probability; one entry is once that."""
    values, sizes = {a: [0.5, 1.5]}, {K: 2, N: 3}
    count = Expectation(plates, IndexSum(Iverson(many[n], 2), n))
    assert number(count, values, sizes=sizes) == pytest.approx(3 * 0.75, rel=1e-10, abs=0)
    one = Expectation(plates, Iverson(many[1], 2))
    assert number(one, values, sizes=sizes) == pytest.approx(0.75, rel=1e-10, abs=0)
    pair = Expectation(plates, Iverson(many[1], 2) * Iverson(many[N], 2))
    wanted = 0.75 * (1.5 + 1) / (2 + 1)
    assert number(pair, values, sizes=sizes) == pytest.approx(wanted, rel=1e-10, abs=0)


y, mu, var = Array("y", ()), Array("mu", ()), Array("var", (), domain=POSITIVE)
normal = Joint("q", [part(y[()], FamilyAt("Gaussian", mu[()], var[()]))])


def test_a_derivative_of_a_mean_is_by_what_it_says() -> None:
    """Of ``E[y^4] = mu^4 + 6 mu^2 v + 3 v^2`` by the mean, the variance and its log."""
    at = {mu: 0.75, var: 1.5}
    moment = Expectation(normal, y[()] ** 4)
    for by, wanted in (
        (mu[()], 4 * 0.75**3 + 12 * 0.75 * 1.5),
        (var[()], 6 * 0.75**2 + 6 * 1.5),
        (log(var[()]), 1.5 * (6 * 0.75**2 + 6 * 1.5)),
    ):
        got = number(PartialDerivative(moment, by), at)
        assert got == pytest.approx(wanted, rel=1e-10, abs=0)
    held = Expectation(normal, PartialDerivative(y[()] ** 4, y[()]))
    assert number(held, at) == pytest.approx(4 * (0.75**3 + 3 * 0.75 * 1.5), rel=1e-10, abs=0)
    with pytest.raises(NotationError, match="wanted a derivative by an entry"):
        number(PartialDerivative(moment, mu[()] ** 2), at)


def test_where_puts_something_in_the_place_of_a_variable() -> None:
    """After all else: a derivative is taken first, and a random variable is left alone."""
    at = {mu: 0.75, var: 1.5}
    slope = Where(PartialDerivative(mu[()] ** 3, mu[()]), mu[()], Integer(2))
    assert number(slope, at) == pytest.approx(12, rel=1e-12, abs=0)
    moment = Where(Expectation(normal, y[()] ** 2), mu[()], Integer(0))
    assert number(moment, at) == pytest.approx(1.5, rel=1e-12, abs=0)
    same = Where(Expectation(normal, y[()] ** 2), y[()], Integer(0))
    assert number(same, at) == pytest.approx(0.75**2 + 1.5, rel=1e-12, abs=0)
    with pytest.raises(NotationError, match="without averaged variables"):
        number(Where(Expectation(normal, mu[()] * y[()]), mu[()], y[()]), {**at, y: 1.0})
    rows = Where(IndexSum(m[k] ** 2, k), Slice(m), Entries(2 * m[k], k))
    got = number(rows, {m: CENTRES}, sizes={K: 2})
    assert got == pytest.approx(float((2 * CENTRES) @ (2 * CENTRES)), rel=1e-12, abs=0)


def test_a_function_is_its_definition_at_its_arguments() -> None:
    """Arguments are put in all at once, beneath sums as well; a swapped pair is seen."""
    f, s, t = Array("f", ()), Array("s", ()), Array("t", ())
    made = define(Applied(f[()], s[()], t[()]), s[()] ** 2 - t[()])
    assumed = (Domain(mu, y), made)
    got = number(Applied(f[()], y[()], mu[()]), {mu: 3.0, y: 2.0}, assumptions=assumed)
    assert got == pytest.approx(1.0, rel=1e-12, abs=0)
    got = number(Applied(f[()], mu[()], y[()]), {mu: 3.0, y: 2.0}, assumptions=assumed)
    assert got == pytest.approx(7.0, rel=1e-12, abs=0)
    got = number(Applied(f[()], mu[()], mu[()]), {mu: 3.0}, assumptions=assumed)
    assert got == pytest.approx(6.0, rel=1e-12, abs=0)


data, latent = Array("x", (N,)), Array("mu", (K,))
prior_mean, prior_spread = Array("m0", (K,)), Array("v0", (K,), domain=POSITIVE)
r = Array("r", (N, K), domain=SIMPLEX)
states = Array("z", (N,), states=K)
model = Joint(
    "p",
    [
        part(latent[k], FamilyAt("Gaussian", prior_mean[k], prior_spread[k]), k),
        part(states[n], FamilyAt("Categorical", Entries(w[k], k)), n),
        part(data[n], FamilyAt("Gaussian", latent[states[n]], v[()]), n),
    ],
)
factors = Joint("q", [part(states[n], FamilyAt("Categorical", Entries(r[n, k], k)), n)])
a_state, row_n = Slice(states, n), (Domain(w, v, r, prior_mean, prior_spread, data), Random(model))
u = Array("u", (), domain=POSITIVE)
noise, other = Array("epsilon", (K,)), Array("eta", (K,))
draws = Joint(
    "r",
    [
        part(noise[k], FamilyAt("Gaussian", m[k], prior_spread[k]), k),
        part(other[k], FamilyAt("Gaussian", Integer(0), Integer(1)), k),
    ],
)
both = (Domain(m, prior_spread), Random(draws))
small = (Domain(w, m, v), Random(mixture))
by_bayes = Expectation(mixture(Z), m[z[()]] * mixture(X, given=Z)) / mixture(X)

TRAPS: dict[str, tuple[object, object, tuple[object, ...]]] = {
    "a divergence with its arguments swapped": (
        equal(
            Divergence(mixture(Z, given=X), mixture(Z)),
            Expectation(mixture(Z, given=X), log(mixture(Z, given=X) / mixture(Z))),
        ),
        equal(
            Divergence(mixture(Z), mixture(Z, given=X)),
            Expectation(mixture(Z, given=X), log(mixture(Z, given=X) / mixture(Z))),
        ),
        small,
    ),
    "a density conditioned on too little": (
        equal(
            mixture(X, given=(Slice(m), Slice(v), Z)),
            FamilyDensity(x[()], FamilyAt("Gaussian", m[z[()]], v[()])),
        ),
        equal(
            mixture(X, given=(Slice(w), Slice(m), Slice(v))),
            FamilyDensity(x[()], FamilyAt("Gaussian", m[z[()]], v[()])),
        ),
        small,
    ),
    "a difference whose variance forgets one": (
        follows(
            Entries(other[k] - noise[k], k),
            Independent(FamilyAt("Gaussian", -m[k], prior_spread[k] + 1), k),
        ),
        follows(
            Entries(other[k] - noise[k], k),
            Independent(FamilyAt("Gaussian", -m[k], prior_spread[k] ** 2 + 1), k),
        ),
        both,
    ),
    "an exponential of a gamma called a beta": (
        follows(u[()], FamilyAt("Gamma", Integer(1), Integer(2))),
        follows(u[()], FamilyAt("Beta", Integer(1), Integer(2))),
        (Random(Joint("p", [part(u[()], FamilyAt("Gamma", Integer(1), Integer(2)))])),),
    ),
    "a factor's update with the factor averaged as well": (
        up_to_constant(
            log(model(a_state, given=Slice(latent))),
            Expectation(factors, log(model(Slice(states), given=Slice(latent))), held=(a_state,)),
            a_state,
        ),
        up_to_constant(
            log(model(a_state, given=Slice(latent))),
            Expectation(factors, log(model(Slice(states), given=Slice(latent)))),
            a_state,
        ),
        (*row_n, Random(factors)),
    ),
    "two letters of one shape swapped": (
        equal(Expectation(draws, noise[k]), m[k]),
        equal(Expectation(draws, other[k]), m[k]),
        both,
    ),
    "a mean for a variance": (
        equal(Variance(draws, noise[k]), prior_spread[k]),
        equal(Expectation(draws, noise[k] ** 2), prior_spread[k]),
        both,
    ),
    "a mean under the wrong distribution": (
        equal(Expectation(mixture(Z, given=X), m[z[()]]), by_bayes),
        equal(Expectation(mixture(Z), m[z[()]]), by_bayes),
        small,
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_what_was_once_established_though_false_is_not(name: str) -> None:
    """Each row: the true statement stands, the one that an author might print for it does not."""
    right, wrong, assumed = TRAPS[name]
    assert verdict(right, *assumed) is ESTABLISHED
    assert verdict(wrong, *assumed) is REFUTED


def test_rolls_that_share_a_state_are_not_independent() -> None:
    """The density of two rolls of one die drawn at random is no product of theirs."""
    rolls = Array("rolls", (N,), states=2)
    table = Array("table", (K, 2), domain=SIMPLEX)
    s = Index("s", 1, 2)
    shared = Joint(
        "p",
        [
            part(z[()], FamilyAt("Categorical", Entries(w[k], k))),
            part(rolls[n], FamilyAt("Categorical", Entries(table[z[()], s], s)), n),
        ],
    )
    values = {w: [0.5, 0.5], table: [[0.25, 0.75], [0.75, 0.25]], rolls: [1, 1]}
    got = number(shared(Slice(rolls)), values, sizes={K: 2, N: 2})
    assert got == pytest.approx(0.5 * 0.25**2 + 0.5 * 0.75**2, rel=1e-12, abs=0)

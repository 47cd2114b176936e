"""Models of other families than the dice, each by an independent route.

Updates and bound are held against means by brute force (`oracles.literal_models`) and against the
textbook's formulas in NumPy, evidence and predictive against quadrature and SciPy's laws.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from harness.claimed import verdict
from oracles import literal_models
from oracles.other_models import (
    MODELS,
    SIZES,
    D,
    K,
    N,
    a0,
    a_hat,
    alpha_hat,
    b0,
    b_hat,
    bits,
    bits_nd,
    counts,
    d,
    data,
    k,
    m,
    m_k,
    mean_field,
    mu_k,
    n,
    numbers,
    pi,
    positive,
    r,
    rate,
    s,
    s_k,
    theta,
    v,
    waits,
    x,
    z,
)
from oracles.second_models import Topics
from scipy import integrate, stats
from scipy.special import betaln, digamma, softmax
from sympy import Expr, log

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import BITS, COUNTS, SIMPLEX, UNIT, Array, IndexSum
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import Factor, MeanField, NotConjugateError
from derivations.calculus.model import Model, ModelError, Variable
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.statements import Claim, Rule, Step, equal
from derivations.families import (
    STATES,
    Bernoulli,
    Beta,
    Binomial,
    Categorical,
    Dirichlet,
    Gaussian,
    Kumaraswamy,
    Poisson,
    Vector,
)
from derivations.meaning.notation import Density, NotationError
from derivations.problems.dice.symbols import MEAN_FIELD as DICE
from derivations.problems.dice.symbols import x as rolls
from derivations.rules import evidence, joint
from derivations.rules import predictive as predictives
from derivations.rules.new_point import NewPoint
from derivations.rules.setting import conditional, joint_density, joint_of, setting

ALL: dict[str, MeanField] = {**MODELS, "topics": Topics.mean_field}
OF_TOPICS = {size: few for size, (few,) in Topics.sizes.items()}
EACH = pytest.mark.parametrize("name", ALL)


def draw(name: str, rng: np.random.Generator, **sizes: int) -> Point:
    """A point of a model and its factors."""
    every = OF_TOPICS if name == "topics" else SIZES
    changed = {symbol: sizes.get(str(symbol), few) for symbol, few in every.items()}
    return literal_models.draw_point(ALL[name], rng, changed)


def by_name(point: Point) -> dict[str, Any]:
    """The values at a point under the names of their arrays."""
    return {a.name: values for a, values in point.arrays.items()}


def tabulated(vector: Vector, own: Vector, point: Point) -> np.ndarray:
    """A parameter's entries at a point, in the order of the array it belongs to."""
    indices = own.entry.subscripts
    values = [
        evaluate(vector.at(own.index), point.at(dict(zip(indices, place, strict=True))))
        for place in itertools.product(*(point.index_values(i) for i in indices))
    ]
    return np.array(values, dtype=float).reshape(point.shape(own.entry.array))


def updated(one: MeanField, factor: Factor, point: Point) -> dict[Array, np.ndarray]:
    """The parameters of the optimal factor at a point."""
    new = one.update(factor.variable.array)
    return {
        own.entry.array: tabulated(vector, own, point)
        for vector, own in zip(new, factor.vectors, strict=True)
    }


@EACH
def test_the_bound_is_the_mean_of_the_literal_log_densities(
    name: str, rng: np.random.Generator
) -> None:
    """Every constant is there: base measures as -sum log x!, normalizers, entropies."""
    one, point = ALL[name], draw(name, rng)
    got, wanted = evaluate(one.evidence_lower_bound, point), literal_models.bound(one, point)
    assert math.isclose(got, wanted, rel_tol=1e-8, abs_tol=1e-8)


def values_to_try(factor: Factor, point: Point, rng: np.random.Generator) -> list[Any]:
    """Every state, or more values than the family has statistics."""
    array, support = factor.variable.array, factor.family.support
    if support == STATES:
        return list(range(1, point.count(array.states) + 1))
    if support == SIMPLEX:
        width = point.shape(array)[-1]
        return list(rng.dirichlet(np.full(width, 2.0), size=width + 1))
    return [0.2, 0.5, 0.7, 0.9] if support == UNIT else [0.3, 0.8, 1.4, 2.1]


@EACH
def test_every_update_is_optimal_by_the_literal_log_densities(
    name: str, rng: np.random.Generator
) -> None:
    """Log q* and E[log p] move alike from value to value, and the bound rises."""
    one, point = ALL[name], draw(name, rng)
    before = evaluate(one.evidence_lower_bound, point)
    for factor in one.factors:
        variable = factor.variable
        best = point.having(updated(one, factor, point))
        assert evaluate(one.evidence_lower_bound, best) > before
        cell = list(literal_models.cells(variable.plates, point))[-1]
        place = literal_models.place_of(variable, point.at(cell))
        parameters = [best.arrays[p][place] for p in factor.parameters]
        tried = values_to_try(factor, point, rng)
        log_q = [factor.family.literal_log_density(t, *parameters) for t in tried]
        log_p = [literal_models.log_optimum(one, point, variable.array, place, t) for t in tried]
        np.testing.assert_allclose(np.subtract(log_q, log_q[0]), np.subtract(log_p, log_p[0]), 1e-7)


Arrays = dict[str, np.ndarray]
Updates = dict[str, list[np.ndarray]]


def weights_by_hand(p: Arrays) -> Updates:
    """The update of a mixture's weights."""
    return {"pi": [p["alpha"] + p["r"].sum(0)]}


def normal_gamma_by_hand(p: Arrays) -> Updates:
    """One mean and one precision."""
    y, tau = p["x"], p["a_hat"] / p["b_hat"]
    spread = ((y - p["m"]) ** 2).sum() + len(y) * p["s"]
    precision = 1 / p["v0"] + len(y) * tau
    mean = (p["m0"] / p["v0"] + tau * y.sum()) / precision
    return {"mu": [mean, 1 / precision], "tau": [p["a0"] + len(y) / 2, p["b0"] + spread / 2]}


def unknown_precision_by_hand(p: Arrays) -> Updates:
    """A mixture of normals with a mean and a precision for each component."""
    r, y, tau = p["r"], p["x"], p["a_k"] / p["b_k"]
    precision = 1 / p["v0"] + r.sum(0) * tau
    misfit = (y[:, None] - p["m_k"]) ** 2 + p["s_k"]
    log_tau = digamma(p["a_k"]) - np.log(p["b_k"])
    logits = digamma(p["alpha_hat"]) + log_tau / 2 - tau * misfit / 2
    return weights_by_hand(p) | {
        "mu_k": [(p["m0"] / p["v0"] + tau * (r.T @ y)) / precision, 1 / precision],
        "tau_k": [p["a0"] + r.sum(0) / 2, p["b0"] + (r * misfit).sum(0) / 2],
        "z": [softmax(logits, axis=1)],
    }


def variance_per_component_by_hand(p: Arrays) -> Updates:
    """A mixture of normals with a known variance for each component."""
    r, y = p["r"], p["x"]
    precision = 1 / p["v0"] + r.sum(0) / p["v_k"]
    misfit = (y[:, None] - p["m_k"]) ** 2 + p["s_k"]
    logits = digamma(p["alpha_hat"]) - (np.log(p["v_k"]) + misfit / p["v_k"]) / 2
    mean = (p["m0"] / p["v0"] + r.T @ y / p["v_k"]) / precision
    return weights_by_hand(p) | {"mu_k": [mean, 1 / precision], "z": [softmax(logits, axis=1)]}


def poisson_mixture_by_hand(p: Arrays) -> Updates:
    """A mixture of Poissons."""
    log_rate = digamma(p["a_k"]) - np.log(p["b_k"])
    logits = digamma(p["alpha_hat"]) + p["c"][:, None] * log_rate - p["a_k"] / p["b_k"]
    return weights_by_hand(p) | {
        "rate_k": [p["a0"] + p["r"].T @ p["c"], p["b0"] + p["r"].sum(0)],
        "z": [softmax(logits, axis=1)],
    }


def bernoulli_mixture_by_hand(p: Arrays) -> Updates:
    """A mixture of products of Bernoullis."""
    r, b, both = p["r"], p["b_nd"], digamma(p["a_kd"] + p["b_kd"])
    ones, zeros = digamma(p["a_kd"]) - both, digamma(p["b_kd"]) - both
    logits = digamma(p["alpha_hat"]) + b @ ones.T + (1 - b) @ zeros.T
    return weights_by_hand(p) | {
        "theta_kd": [p["a0"] + r.T @ b, p["b0"] + r.T @ (1 - b)],
        "z": [softmax(logits, axis=1)],
    }


def normal_by_hand(p: Arrays) -> Updates:
    """One mean, known variance."""
    precision = 1 / p["v0"] + len(p["x"]) / p["v"]
    return {"mu": [(p["m0"] / p["v0"] + p["x"].sum() / p["v"]) / precision, 1 / precision]}


BY_HAND: dict[str, Callable[[Arrays], Updates]] = {
    "normal_gamma": normal_gamma_by_hand,
    "unknown_precision": unknown_precision_by_hand,
    "variance_per_component": variance_per_component_by_hand,
    "poisson_mixture": poisson_mixture_by_hand,
    "bernoulli_mixture": bernoulli_mixture_by_hand,
    "normal": normal_by_hand,
    "gamma_poisson": lambda p: {"rate": [p["a0"] + p["c"].sum(), p["b0"] + len(p["c"])]},
    "beta_bernoulli": lambda p: {"theta": [p["a0"] + p["b"].sum(), p["b0"] + (1 - p["b"]).sum()]},
    "dirichlet_categorical": lambda p: {
        "pi": [p["alpha"] + np.bincount(p["z"], minlength=len(p["alpha"]) + 1)[1:]]
    },
    "gamma_exponential": lambda p: {
        "waiting_rate": [p["a0"] + len(p["w"]), p["b0"] + p["w"].sum()]
    },
    "beta_geometric": lambda p: {"theta": [p["a0"] + len(p["c"]), p["b0"] + p["c"].sum()]},
}


@pytest.mark.parametrize("name", BY_HAND)
def test_every_update_equals_numpy_written_by_hand(name: str, rng: np.random.Generator) -> None:
    """The textbook's update of every factor, at random numbers."""
    one, point = ALL[name], draw(name, rng)
    wanted = BY_HAND[name](by_name(point))
    assert set(wanted) == {f.variable.name for f in one.factors}
    for factor in one.factors:
        got = updated(one, factor, point).values()
        for values, hand in zip(got, wanted[factor.variable.name], strict=True):
            np.testing.assert_allclose(values, hand, rtol=1e-11)


def test_results_are_in_their_simplest_form() -> None:
    """Fractions of sums, no double negative, no quotient of quotients."""
    mean, variance = ALL["normal"].update(ALL["normal"].factors[0].variable.array)
    assert str(mean.entry) == "(m0/v0 + sum_{n} (x[n])/v)/(N/v + 1/v0)"
    assert str(variance.entry) == "1/(N/v + 1/v0)"
    shape, rate_ = ALL["gamma_poisson"].update(rate)
    assert (str(shape.entry), str(rate_.entry)) == ("a0 + sum_{n} (c[n])", "N + b0")


@EACH
def test_the_log_joint_written_out_is_the_literal_one(name: str, rng: np.random.Generator) -> None:
    """With indicators and their states, before and after they are worked out."""
    one, point = ALL[name], draw(name, rng)
    wanted = literal_models.log_joint(one.model, point)
    inserted, last = one.model.inserted_log_joint(), claims(joint.log_joint(one.model))[-1]
    assert math.isclose(evaluate(inserted, point), wanted, rel_tol=1e-12)
    assert math.isclose(evaluate(last.right, point), wanted, rel_tol=1e-12)


def claims(steps: Iterable[Step]) -> list[Claim]:
    """What steps claim, definitions left out."""
    return [step.claim for step in steps if isinstance(step.claim, Claim)]


PARENTS = {
    "variance_per_component": "FamilyDensity(x[n], FamilyAt(Gaussian, mu_k[k], v_k[k]))",
    "unknown_precision": "FamilyDensity(x[n], FamilyAt(GaussianByPrecision, mu_k[k], tau_k[k]))",
    "normal": "p(x[n] | mu, v)",
    "bernoulli_mixture": "FamilyDensity(b_nd[n,d], FamilyAt(Bernoulli, theta_kd[k,d]))",
    "topics": "FamilyDensity(w[d,n], FamilyAt(Categorical, Entries_{v} (phi[k,v])))",
}


@pytest.mark.parametrize("name", PARENTS)
def test_the_log_joint_in_densities_keeps_all_parents(name: str) -> None:
    """Selected or not, a parent and a fixed number stand in the density of their child."""
    assert PARENTS[name] in str(claims(joint.log_joint(ALL[name].model)))


def test_a_density_without_one_of_its_parents_is_another_one() -> None:
    """p(x | v) for p(x | mu, v) is refused; p(x), with the mean integrated out, is refuted."""
    model = ALL["normal"].model
    prior, likelihood = (conditional(model, variable) for variable in model.variables)

    def found(density: Density) -> Verdict:
        product = log(prior) + IndexSum(log(density), n)
        claim = equal(log(joint_density(model)), product)
        return verdict(claim, *setting(model), sizes={N: (2, 3)})

    alone, with_variance = (
        Density(joint_of(model), likelihood.values, given) for given in ((), likelihood.given[1:])
    )
    assert str(with_variance) == "p(x[n] | v)"
    assert found(likelihood) is Verdict.ESTABLISHED
    assert found(alone) is Verdict.REFUTED
    with pytest.raises(NotationError, match=r"p\(x\[n\] \| v\): wanted .* all the fixed arrays"):
        found(with_variance)


HAVE_EVIDENCE = sorted(set(ALL) - {"normal_gamma", "unknown_precision"})


def log_evidence(one: MeanField) -> Expr:
    """The right side of the last claim about the evidence alone."""
    lines = [s for s in evidence.log_evidence(one) if s.is_result]
    (claim,) = claims(lines[-1:])
    return claim.right


@pytest.mark.parametrize("name", HAVE_EVIDENCE)
def test_the_log_evidence_is_the_literal_joint_integrated_and_summed(
    name: str, rng: np.random.Generator
) -> None:
    """By quadrature and over every joint state, continuous or counted data included."""
    one = ALL[name]
    point = draw(name, rng, N=2, D=1, V=3) if name == "topics" else draw(name, rng)
    got, wanted = evaluate(log_evidence(one), point), literal_models.log_evidence(one.model, point)
    assert math.isclose(got, wanted, rel_tol=1e-8, abs_tol=1e-8)
    assert evaluate(one.evidence_lower_bound, point) < got


def scipy_evidence(name: str, p: dict[str, Any]) -> float:
    """The log evidence by SciPy's laws of several values, or QUADPACK in one dimension."""
    if name == "normal":
        cover = p["v"] * np.eye(len(p["x"])) + p["v0"]
        return stats.multivariate_normal(np.full(len(p["x"]), p["m0"]), cover).logpdf(p["x"])
    if name == "beta_bernoulli":
        ones = p["b"].sum()
        return betaln(p["a0"] + ones, p["b0"] + len(p["b"]) - ones) - betaln(p["a0"], p["b0"])
    if name == "dirichlet_categorical":
        shown = np.bincount(p["z"], minlength=len(p["alpha"]) + 1)[1:]
        orders = math.lgamma(len(p["z"]) + 1) - sum(math.lgamma(c + 1) for c in shown)
        return stats.dirichlet_multinomial(p["alpha"], len(p["z"])).logpmf(shown) - orders
    prior = stats.gamma(p["a0"], scale=1 / p["b0"])
    found, _ = integrate.quad(
        lambda t: prior.pdf(t) * np.prod(stats.poisson(t).pmf(p["c"])),
        0,
        60,
        points=[0.1, 1, 5],
        limit=200,
    )
    return math.log(found)


@pytest.mark.parametrize(
    "name", ["normal", "gamma_poisson", "beta_bernoulli", "dirichlet_categorical"]
)
def test_the_log_evidence_is_scipys(name: str, rng: np.random.Generator) -> None:
    """A multivariate normal, an integral, a ratio of Beta functions, a Polya urn."""
    point = draw(name, rng)
    got = evaluate(log_evidence(ALL[name]), point)
    assert math.isclose(got, scipy_evidence(name, by_name(point)), rel_tol=1e-8)


def scipy_predictive(name: str, p: dict[str, Any], value: Any) -> float:  # noqa: ANN401
    """The predictive density of a new point under the factors."""
    a, b = (p[e] for e in ("a_hat", "b_hat")) if "a_hat" in p else (None, None)
    if name == "gamma_poisson":
        return stats.nbinom(a, b / (b + 1)).pmf(value)
    if name == "normal":
        return stats.norm(p["m"], math.sqrt(p["s"] + p["v"])).pdf(value)
    if name == "beta_bernoulli":
        return stats.betabinom(1, a, b).pmf(value)
    if name == "gamma_exponential":
        return stats.lomax(a, scale=b).pdf(value)
    if name == "beta_geometric":
        return math.exp(betaln(a + 1, b + value) - betaln(a, b))
    w = p["alpha_hat"] / p["alpha_hat"].sum()
    if name == "variance_per_component":
        return w @ stats.norm(p["m_k"], np.sqrt(p["s_k"] + p["v_k"])).pdf(value)
    if name == "bernoulli_mixture":
        return w @ stats.betabinom(1, p["a_kd"], p["b_kd"]).pmf(value).prod(1)
    return w @ stats.nbinom(p["a_k"], p["b_k"] / (p["b_k"] + 1)).pmf(value)


def by_rule(one: MeanField, observed: Array, rule: Rule) -> list[Step]:
    """The lines of the predictive that a rule gives."""
    lines = predictives.predictive(one, observed)
    return [line for line in lines if isinstance(line, Step) and line.rule == rule]


def new_point(one: MeanField, observed: Array) -> tuple[Array, Expr]:
    """The array of a new point, and its density in closed form."""
    declared = NewPoint(one, one.model.variable(observed))
    (claim,) = claims(by_rule(one, observed, predictives.INSERT_MOMENTS))
    return declared.values.array, claim.right


@pytest.mark.parametrize(
    ("name", "observed", "values"),
    [
        ("gamma_poisson", counts, (0, 1, 5)),
        ("normal", x, (-1.3, 0.4)),
        ("beta_bernoulli", bits, (0, 1)),
        ("variance_per_component", x, (-1.3, 0.4)),
        ("poisson_mixture", counts, (0, 1, 5)),
        ("gamma_exponential", waits, (0.3, 2.2)),
        ("beta_geometric", counts, (0, 1, 5)),
        ("bernoulli_mixture", bits_nd, ((0, 0), (0, 1), (1, 1))),
    ],
)
def test_the_predictive_of_a_new_point_is_scipys(
    name: str, observed: Array, values: tuple[Any, ...], rng: np.random.Generator
) -> None:
    """A negative binomial, a normal with both variances, a mixture of these, a Lomax."""
    one, point = ALL[name], draw(name, rng)
    array, form = new_point(one, observed)
    for value in values:
        got = evaluate(form, point.having({array: np.asarray(value)}))
        assert math.isclose(got, scipy_predictive(name, by_name(point), value), rel_tol=1e-11)


def test_the_predictive_of_states_is_a_mean_of_probabilities(rng: np.random.Generator) -> None:
    """Without a latent state, and for a word of a document with a topic of its own."""
    (one_value,) = claims(by_rule(ALL["dirichlet_categorical"], z, predictives.ONE))
    assert is_proved_equal(one_value.right, alpha_hat[k] / Vector(alpha_hat[k], k).total())
    point, t = draw("topics", rng), Topics
    gamma_, lam = point.arrays[t.gamma], point.arrays[t.lam]
    mixed = (gamma_ / gamma_.sum(1, keepdims=True)) @ (lam / lam.sum(1, keepdims=True))
    array, form = new_point(ALL["topics"], t.w)
    document = Index("d", 1, t.theta.sizes[0])
    for (row, word), wanted in np.ndenumerate(mixed):
        words = np.full(point.shape(array), word + 1)
        there = point.having({array: words}).at({document: row + 1})
        assert math.isclose(evaluate(form, there), wanted, rel_tol=1e-12)


def test_only_rolls_that_share_a_state_are_predicted_by_their_counts() -> None:
    """The rolls of a throw share its die; a word has a topic of its own, and no counts."""
    for one, observed, shared in ((DICE, rolls, True), (ALL["topics"], Topics.w, False)):
        assert bool(by_rule(one, observed, predictives.COUNT)) is shared


def refused(match: str, make: Callable[[], object]) -> None:
    """The refusal is a ModelError of one sentence."""
    with pytest.raises(ModelError, match=match) as refusal:
        make()
    assert "\n" not in str(refusal.value)


j = Index("j", 1, K)
prior = Array("prior", (K,))


REFUSALS: dict[str, tuple[str, Callable[[], object]]] = {
    "an index that is no plate": (
        r"x: wanted no index but the plates \(n\) in the mean, got k in mu_k\[k\]",
        lambda: data(x, Gaussian(), mu_k[k], v[()]),
    ),
    "a probability without SIMPLEX": (
        r"z: wanted a probabilities with the domain simplex, got prior\[k\] of the domain real",
        lambda: Variable(z, Categorical(), (Vector(prior[k], k),), plates=(n,)),
    ),
    "a variance that may be negative": (
        "x: wanted a variance with the domain positive",
        lambda: data(x, Gaussian(), m[()], m[()]),
    ),
    "a variance not proved positive": (
        "x: wanted a variance proved to be in the domain positive, got 1 - s",
        lambda: data(x, Gaussian(), m[()], 1 - s[()]),
    ),
    "a missing parameter": (
        "x: wanted the mean and variance of Gaussian, got 1 parameters: m",
        lambda: data(x, Gaussian(), m[()]),
    ),
    "an extra parameter": (
        "c: wanted the rate of Poisson, got 2 parameters",
        lambda: data(counts, Poisson(), s[()], v[()]),
    ),
    "a vector for a number": (
        "x: wanted a number as the mean of Gaussian, got a vector over an index",
        lambda: Variable(x, Gaussian(), (Vector(mu_k[k], k), Vector(v[()])), plates=(n,)),
    ),
    "a shape that does not fit": (
        r"x: wanted an array of the shape \(\), its plates, got \(N\)",
        lambda: data(x, Gaussian(), m[()], v[()], plates=()),
    ),
    "a vector without its axis": (
        r"pi: wanted an array of the shape \(K, K\), its plates and entries, got \(K\)",
        lambda: Variable(pi, Dirichlet(), (Vector(positive("al", K, K)[j, k], k),), plates=(j,)),
    ),
    "an unknown family": (
        "x: wanted one of the families .*Gaussian.*; got 'Gausian'",
        lambda: data(x, "Gausian", m[()], v[()]),
    ),
    "a family of matrices": (
        "x: wanted a family of numbers, .* got MultivariateGaussian, whose covariance is a matrix",
        lambda: data(x, "MultivariateGaussian", m[()], v[()]),
    ),
    "data outside the support": (
        "x: wanted an array with the domain counts, the support of Poisson, got the domain real",
        lambda: data(x, Poisson(), s[()]),
    ),
    "states that are not as many as probabilities": (
        "z: wanted states=D, as many as it has probabilities, got states=K",
        lambda: Variable(
            z, Categorical(), (Vector(Array("q", (D,), domain="simplex")[d], d),), plates=(n,)
        ),
    ),
    "a latent variable of no exponential family": (
        "u: wanted an exponential family for a latent variable with a factor, got Kumaraswamy",
        lambda: Factor(
            Variable(Array("u", (), domain=UNIT), Kumaraswamy(), numbers(s[()], v[()])),
            (a_hat, b_hat),
        ),
    ),
    "a factor with a parameter too few": (
        "theta: wanted its factor's first and second, got 1 arrays: a_hat",
        lambda: Factor(Variable(theta, Beta(), numbers(s[()], v[()])), (a_hat,)),
    ),
    "a factor parameter of another domain": (
        "the factor of theta: wanted a second with the domain positive, got m",
        lambda: Factor(Variable(theta, Beta(), numbers(s[()], v[()])), (a_hat, m)),
    ),
    "a variable declared twice": (
        "c: wanted each variable declared once",
        lambda: Model("twice", (data(counts, Poisson(), s[()]),) * 2),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_wrong_declaration_is_refused_in_one_sentence(name: str) -> None:
    """Wanted, got, where."""
    refused(*REFUSALS[name])


def test_products_of_entries_of_one_factor_are_refused_by_their_term() -> None:
    """A regression joins the weights of one factor, which would be dependent."""
    w, features = Array("w", (D,)), Array("f", (N, D))
    fitted = Vector(w[d] * features[n, d], d).total()
    one = mean_field(
        Model(
            "regression",
            (
                Variable(w, Gaussian(), numbers(m[()], s[()]), plates=(d,)),
                data(x, Gaussian(), fitted, v[()]),
            ),
        ),
        (Array("w_mean", (D,)), positive("w_variance", D)),
    )
    with pytest.raises(NotConjugateError, match=r"entries of w would not be independent.*w\[d\]"):
        one.update(w)


def beta_binomial() -> MeanField:
    """Counts of given numbers of trials."""
    trials = Array("trials", (N,), domain=COUNTS)
    return mean_field(
        Model(
            "beta_binomial",
            (
                Variable(theta, Beta(), numbers(a0[()], b0[()])),
                data(counts, Binomial(), trials[n], theta[()]),
            ),
        ),
        (a_hat, b_hat),
    )


def test_a_binomial_is_data_but_no_factor(rng: np.random.Generator) -> None:
    """Its log density alone is enough for a Beta's update and for the evidence."""
    one = beta_binomial()
    p = by_name(point := literal_models.draw_point(one, rng, SIZES))
    trials = next(a for a in point.arrays if a.name == "trials")
    point = point.having({trials: p["trials"] + p["c"]})
    failures = p["trials"]
    got = updated(one, one.factors[0], point).values()
    hand = (p["a0"] + p["c"].sum(), p["b0"] + failures.sum())
    np.testing.assert_allclose(list(got), hand, rtol=1e-12)
    orders = sum(math.log(math.comb(c + f, c)) for c, f in zip(p["c"], failures, strict=True))
    wanted = orders + betaln(*hand) - betaln(p["a0"], p["b0"])
    assert math.isclose(evaluate(log_evidence(one), point), wanted, rel_tol=1e-11)


rows = Array("phi", (K, K), domain=SIMPLEX)
states, regime = Array("y", (N,), states=K), Array("regime", (), states=K)
concentrations = positive("lam", K, K)
ROWS = Variable(rows, Dirichlet(), (Vector(alpha_hat[k], k),), plates=(j,))


def selected(*variables: Variable) -> MeanField:
    """A model in which states select a row or a mean, with factors."""
    model = Model("selected", variables)
    given = {
        rows: (concentrations,),
        mu_k: (m_k, s_k),
        z: (r,),
        regime: (Array("r_regime", (K,), domain=SIMPLEX),),
    }
    return mean_field(model, *(given[latent.array] for latent in model.latent))


def categorical(array: Array, row: object, *, plates: tuple[Index, ...] = (n,)) -> Variable:
    """States drawn from one of the rows; only those of the last array are observed."""
    parameters = (Vector(rows[(row, k)], k),)
    return Variable(array, Categorical(), parameters, plates, observed=array == states)


UNPREDICTED: dict[str, tuple[str, Callable[[], MeanField]]] = {
    "a mean and a precision of one component": (
        "x: wanted a log density affine in the statistics of one factor, got .*mu_k.*tau_k",
        lambda: ALL["unknown_precision"],
    ),
    "a number of trials that a new point has not": (
        r"c: wanted parameters that are known for a new point, got trials\[n\]",
        beta_binomial,
    ),
    "one value alone": (
        "x_0: wanted a plate of points, got a variable without one",
        lambda: mean_field(
            Model(
                "alone",
                (
                    Variable(theta, Beta(), numbers(a0[()], b0[()])),
                    data(Array("x_0", (), domain=BITS), Bernoulli(), theta[()], plates=()),
                ),
            ),
            (a_hat, b_hat),
        ),
    ),
    "states and values of the same rows": (
        "y: wanted other parents than its states have, got phi twice",
        lambda: selected(ROWS, categorical(z, 1), categorical(states, z[n])),
    ),
    "states that states select": (
        "x: wanted it selected by states that nothing selects, got z_new",
        lambda: selected(
            ROWS,
            Variable(mu_k, Gaussian(), numbers(m[()], v[()]), plates=(k,)),
            categorical(regime, 1, plates=()),
            categorical(z, regime[()]),
            data(x, Gaussian(), mu_k[z[n]], v[()]),
        ),
    ),
}


@pytest.mark.parametrize("name", UNPREDICTED)
def test_a_new_point_without_a_closed_form_is_refused_in_one_sentence(name: str) -> None:
    """Wanted, got, where."""
    match, declare = UNPREDICTED[name]
    one = declare()
    (observed,) = (variable.array for variable in one.model.variables if variable.observed)
    refused(match, lambda: list(predictives.predictive(one, observed)))


def test_the_evidence_of_variables_that_do_not_come_apart_is_refused() -> None:
    """A mean and a precision of each component are joined by the data."""
    refused("joins mu_k and tau_k", lambda: log_evidence(ALL["unknown_precision"]))


def test_logs_of_quotients_and_even_powers_come_apart() -> None:
    """log(1/y) = -log y for positive y, by domain or as a sum with squares; not for any real."""
    p, y, real = Array("p", (), domain=UNIT)[()], s[()], m[()]
    square = real**2 + y
    for left, right in (
        (log(1 / y), -log(y)),
        (log(1 / square), -log(square)),
        (log(1 / real**2), -log(real**2)),
        (log(real**4), 2 * log(real**2)),
        (log(p / (1 - p)), log(p) - log(1 - p)),
        (log(y / (y + 1)), log(y) - log(y + 1)),
    ):
        assert is_proved_equal(left, right)
    assert not is_proved_equal(log(1 / real), -log(real))
    assert not is_proved_equal(log(real**2), 2 * log(real))

"""Models of other families: updates, bound, evidence and predictive by independent numerics.

Expectations are products of quadrature rules and sums over the latent cells that a literal log
conditional looks at (`Lazy`), textbook updates are NumPy by hand, evidence and predictive SciPy's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pytest
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
    counts,
    d,
    data,
    k,
    m,
    mean_field,
    mu_k,
    n,
    numbers,
    pi,
    positive,
    rate,
    s,
    theta,
    v,
    x,
    z,
)
from oracles.second_models import Topics
from scipy import integrate, stats
from scipy.special import digamma, softmax
from sympy import Expr, exp, log

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import COUNTS, POSITIVE, UNIT, Array
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import Factor, MeanField, NotConjugateError
from derivations.calculus.model import Model, ModelError, Variable
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.derive.bound import evidence_lower_bound
from derivations.derive.brief import Brief
from derivations.derive.marginal import log_evidence_of
from derivations.derive.new_value import new_value, predictive, refuse_unless_state_is_shared
from derivations.evidence.checking import check
from derivations.evidence.enumeration import update_is_optimal
from derivations.evidence.literal import cells, densities_of, log_conditional, log_joint
from derivations.evidence.marginal import integrated_and_summed
from derivations.evidence.points import draw_model_point
from derivations.families import (
    Beta,
    Binomial,
    Categorical,
    Dirichlet,
    ExponentialFamily,
    Gamma,
    Gaussian,
    Kumaraswamy,
    Parameter,
    Poisson,
    Vector,
    numerics,
    register,
)


@register
class Exponential(ExponentialFamily):
    """``Exponential(rate)``: a family of a user's own file."""

    name: ClassVar[str] = "Exponential"
    parameters: ClassVar = (Parameter("rate", POSITIVE),)
    support: ClassVar[str] = POSITIVE

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        """T = x."""
        return (Vector(value.entry),)

    def natural_parameters(self, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Eta = -rate."""
        return (Vector(-parameters[0].entry),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Rate = -eta."""
        return (Vector(-naturals[0].entry),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """A = -log(-eta)."""
        return -log(-naturals[0].entry)

    def literal_log_density(self, value: float, *parameters: float) -> float:
        """SciPy's."""
        return float(stats.expon(scale=1 / parameters[0]).logpdf(value))


@register
class Geometric(ExponentialFamily):
    """``Geometric(probability)`` of failures before the first success."""

    name: ClassVar[str] = "Geometric"
    parameters: ClassVar = (Parameter("probability", UNIT),)
    support: ClassVar[str] = COUNTS

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        """T = x."""
        return (Vector(value.entry),)

    def natural_parameters(self, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Eta = log(1 - p)."""
        return (Vector(log(1 - parameters[0].entry)),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """P = 1 - exp(eta)."""
        return (Vector(1 - exp(naturals[0].entry)),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """A = -log(1 - exp(eta))."""
        return -log(1 - exp(naturals[0].entry))

    def literal_log_density(self, value: int, *parameters: float) -> float:
        """SciPy's, which counts from one."""
        return float(stats.geom(parameters[0]).logpmf(value + 1))


waits, waiting_rate = positive("w", N), positive("waiting_rate")
ALL: dict[str, MeanField] = {
    **MODELS,
    "gamma_exponential": mean_field(
        Model(
            "gamma_exponential",
            (
                Variable(waiting_rate, Gamma(), numbers(a0[()], b0[()])),
                data(waits, Exponential(), waiting_rate[()]),
            ),
        ),
        (a_hat, b_hat),
    ),
    "beta_geometric": mean_field(
        Model(
            "beta_geometric",
            (
                Variable(theta, Beta(), numbers(a0[()], b0[()])),
                Variable(counts, "Geometric", numbers(theta[()]), plates=(n,), observed=True),
            ),
        ),
        (a_hat, b_hat),
    ),
    "topics": Topics.mean_field,
}
EACH = pytest.mark.parametrize("name", ALL)


def sizes_of(name: str) -> dict[Any, tuple[int, ...]]:
    """Small sizes."""
    return dict(Topics.sizes) if name == "topics" else SIZES


def draw(name: str, rng: np.random.Generator) -> Point:
    """A point of a model and its factors."""
    one = ALL[name]
    return draw_model_point(one.model, rng, sizes_of(name), one.factors)


class Missing(Exception):  # noqa: N818 - it asks for a value
    """A latent cell was looked at before it has a value."""


class Lazy:
    """The values of a latent array, given as they are asked for."""

    def __init__(self, held: dict[Any, Any], array: Array, plates: int) -> None:
        self.held, self.array, self.plates = held, array, plates

    def __getitem__(self, place: tuple[int, ...]) -> Any:  # noqa: ANN401 - a number or a vector
        """Return a value, or ask for its cell."""
        cell = (self.array, place[: self.plates])
        if cell not in self.held:
            raise Missing(*cell)
        rest = place[self.plates :]
        return self.held[cell][rest] if rest else self.held[cell]


@cache
def coarse(family: ExponentialFamily, *parameters: Any) -> list[tuple[float, Any]]:  # noqa: ANN401
    """A product rule's nodes: all states, or the trapezoidal rule at three nodes in a scale."""
    unpacked = tuple(np.array(p) if isinstance(p, tuple) else p for p in parameters)
    if isinstance(family, (Dirichlet, Beta)):
        return family.choices(unpacked)
    return list(numerics.weighted_values(family, unpacked))


def mean_of(one: MeanField, point: Point, function: Callable[[Point], float]) -> float:
    """The mean of a function of the latent cells it looks at, by a product of rules."""
    plates = {f.variable.array: len(f.variable.plates) for f in one.factors}

    def averaged(held: dict[Any, Any]) -> float:
        lazy = {a: Lazy(held, a, number) for a, number in plates.items()}
        try:
            return function(point.having(lazy))
        except Missing as missing:
            array, place = missing.args
        factor = one.factor(array)
        rows = (point.arrays[p][place] for p in factor.parameters)
        key = tuple(tuple(r.tolist()) if np.ndim(r) else float(r) for r in rows)
        return math.fsum(
            w * averaged({**held, (array, place): value})
            for w, value in coarse(factor.family, *key)
        )

    return averaged({})


def literal_bound(one: MeanField, point: Point) -> float:
    """E_q[log p] conditional by conditional, and SciPy's or quadrature's entropies."""
    total = 0.0
    for variable in one.model.variables:
        for cell in cells(variable.plates, point):

            def conditional(at: Point, variable: Variable = variable) -> float:
                return log_conditional(variable, variable.parameters, at)

            total += mean_of(one, point.at(cell), conditional)
    for factor in one.factors:
        for cell in cells(factor.variable.plates, point):
            place = tuple(cell[p] - 1 for p in factor.variable.plates)
            total += factor.family.literal_entropy(
                tuple(point.arrays[p][place] for p in factor.parameters)
            )
    return total


@EACH
def test_the_bound_is_the_mean_of_the_literal_log_joint_plus_the_entropies(
    name: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every constant is there: base measures as -sum log x!, normalizers, entropies."""
    monkeypatch.setattr(numerics, "STEPS", 3)
    monkeypatch.setattr(numerics, "NEGLIGIBLE", 30.0)
    one, point = ALL[name], draw(name, rng)
    got = evaluate(one.evidence_lower_bound, point)
    assert math.isclose(got, literal_bound(one, point), rel_tol=1e-8, abs_tol=1e-8)


@EACH
def test_every_update_is_optimal_by_the_literal_log_joint(
    name: str, rng: np.random.Generator
) -> None:
    """Log q* and E[log p] move alike from value to value; the bound falls when it is moved."""
    one, point = ALL[name], draw(name, rng)
    for factor in one.factors:
        array = factor.variable.array
        found = update_is_optimal("the update", one, array, one.update(array), sizes_of(name))(rng)
        assert found.verdict is Verdict.ESTABLISHED, found
        best = evaluate(one.with_update(one.evidence_lower_bound, array), point)
        assert best >= evaluate(one.evidence_lower_bound, point)


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
    wanted = BY_HAND[name]({a.name: values for a, values in point.arrays.items()})
    assert set(wanted) == {f.variable.name for f in one.factors}
    for factor in one.factors:
        pairs = zip(one.update(factor.variable.array), wanted[factor.variable.name], strict=True)
        for (got, values), own in zip(pairs, factor.vectors, strict=True):
            indices = own.entry.subscripts
            for place in itertools.product(*(point.index_values(i) for i in indices)):
                there = point.at(dict(zip(indices, place, strict=True)))
                number = np.asarray(values)[tuple(p - 1 for p in place)]
                assert math.isclose(evaluate(got.entry, there), number, rel_tol=1e-11)


def test_results_are_in_their_simplest_form() -> None:
    """Fractions of sums, no double negative, no quotient of quotients."""
    mean, variance = ALL["normal"].update(ALL["normal"].factors[0].variable.array)
    assert str(mean.entry) == "(m0/v0 + sum_{n} (x[n])/v)/(N/v + 1/v0)"
    assert str(variance.entry) == "1/(N/v + 1/v0)"
    shape, rate_ = ALL["gamma_poisson"].update(rate)
    assert (str(shape.entry), str(rate_.entry)) == ("a0 + sum_{n} (c[n])", "N + b0")


PARENTS = {
    "variance_per_component": "log(p(x[n]|mu_k[k],v_k[k]))*[z[n] = k]",
    "unknown_precision": "log(p(x[n]|mu_k[k],tau_k[k]))*[z[n] = k]",
    "normal": "log(p(x[n]|mu,v))",
    "bernoulli_mixture": "log(p(b_nd[n,d]|theta_kd[k,d]))*[z[n] = k]",
    "topics": "log(p(w[d,n]|phi[k]))*[z[d,n] = k]",
}


@pytest.mark.parametrize("name", PARENTS)
def test_the_abstract_log_joint_keeps_all_parents(name: str, rng: np.random.Generator) -> None:
    """Selected or not, and evaluated it is the literal log joint."""
    one, point = ALL[name], draw(name, rng)
    abstract = one.model.abstract_log_joint()
    assert PARENTS[name] in str(abstract)
    known = Point(point.sizes, point.arrays, {}, densities_of(one.model))
    assert math.isclose(evaluate(abstract, known), log_joint(one.model, point), rel_tol=1e-12)


def test_a_density_without_one_of_its_parents_has_no_number(rng: np.random.Generator) -> None:
    """p(x | mu) for p(x | mu, v) is refused, not evaluated as if v were there."""
    one = ALL["normal"]
    point = draw("normal", rng)
    stated = one.model.density(one.model.variable(x))
    known = densities_of(one.model)
    assert known(stated, point.at({n: 1})) > 0
    without = stated.func("p", stated.value, stated.given[:1])
    with pytest.raises(ValueError, match=r"wanted p\(x\[n\]\|mu,v\), all its parents named; got"):
        known(without, point.at({n: 1}))


HAVE_EVIDENCE = sorted(set(ALL) - {"normal_gamma", "unknown_precision"})


@pytest.mark.parametrize("name", HAVE_EVIDENCE)
def test_the_log_evidence_is_the_literal_joint_integrated_and_summed(
    name: str, rng: np.random.Generator
) -> None:
    """By quadrature and over every joint state, continuous or counted data included."""
    one = ALL[name]
    sizes = sizes_of(name) if name != "topics" else {**Topics.sizes, N: (2,), D: (1,)}
    point = draw_model_point(one.model, rng, sizes, one.factors)
    got = evaluate(log_evidence_of(one), point)
    wanted = integrated_and_summed(one.model, point)
    assert math.isclose(got, wanted, rel_tol=1e-8, abs_tol=1e-8)
    assert evaluate(one.evidence_lower_bound, point) < got


def test_the_evidence_of_gamma_poisson_and_of_normals_is_scipys(rng: np.random.Generator) -> None:
    """One dimension by QUADPACK, and a multivariate normal."""
    point = draw("gamma_poisson", rng)
    c, shape, rate_ = (point.arrays[a] for a in (counts, a0, b0))
    prior = stats.gamma(shape, scale=1 / rate_)
    found, _ = integrate.quad(
        lambda t: prior.pdf(t) * np.prod(stats.poisson(t).pmf(c)),
        0,
        60,
        points=[0.1, 1, 5],
        limit=200,
    )
    got = evaluate(log_evidence_of(ALL["gamma_poisson"]), point)
    assert math.isclose(got, math.log(found), rel_tol=1e-7)
    point = draw("normal", rng)
    p = {a.name: values for a, values in point.arrays.items()}
    cover = p["v"] * np.eye(len(p["x"])) + p["v0"]
    wanted = stats.multivariate_normal(np.full(len(p["x"]), p["m0"]), cover).logpdf(p["x"])
    assert math.isclose(evaluate(log_evidence_of(ALL["normal"]), point), wanted, rel_tol=1e-10)


def test_evidence_of_variables_that_do_not_come_apart_is_refused() -> None:
    """A mean and a precision are joined by the data."""
    with pytest.raises(ModelError, match="joins mu and tau"):
        log_evidence_of(ALL["normal_gamma"])
    with pytest.raises(ModelError, match="affine in the statistics of one factor"):
        predictive(ALL["normal_gamma"], x)


def scipy_predictive(name: str, p: dict[str, np.ndarray], value: float) -> float:
    """The predictive density of one value under the factors."""
    if name == "gamma_poisson":
        a, b = p["a_hat"], p["b_hat"]
        return stats.nbinom(a, b / (b + 1)).pmf(value)
    if name == "normal":
        return stats.norm(p["m"], math.sqrt(p["s"] + p["v"])).pdf(value)
    if name == "beta_bernoulli":
        return stats.betabinom(1, p["a_hat"], p["b_hat"]).pmf(value)
    if name == "gamma_exponential":
        return stats.lomax(p["a_hat"], scale=p["b_hat"]).pdf(value)
    w = p["alpha_hat"] / p["alpha_hat"].sum()
    if name == "variance_per_component":
        return w @ stats.norm(p["m_k"], np.sqrt(p["s_k"] + p["v_k"])).pdf(value)
    return w @ stats.nbinom(p["a_k"], p["b_k"] / (p["b_k"] + 1)).pmf(value)


@pytest.mark.parametrize(
    ("name", "observed", "values"),
    [
        ("gamma_poisson", counts, (0, 1, 5)),
        ("normal", x, (-1.3, 0.4)),
        ("beta_bernoulli", bits, (0, 1)),
        ("variance_per_component", x, (-1.3, 0.4)),
        ("poisson_mixture", counts, (0, 1, 5)),
        ("gamma_exponential", waits, (0.3, 2.2)),
    ],
)
def test_the_predictive_of_one_value_is_scipys(
    name: str, observed: Array, values: tuple[float, ...], rng: np.random.Generator
) -> None:
    """A negative binomial, a normal with both variances, a mixture of these, a Lomax."""
    one, point = ALL[name], draw(name, rng)
    symbol, form = new_value(one, observed), predictive(one, observed)
    p = {a.name: values_ for a, values_ in point.arrays.items()}
    for value in values:
        got = evaluate(form, point.having({symbol.array: np.asarray(value)}))
        assert math.isclose(got, scipy_predictive(name, p, value), rel_tol=1e-11)


def test_the_predictive_of_states_is_a_mean_of_probabilities(rng: np.random.Generator) -> None:
    """Without a latent state, and for a word of a document with a topic of its own."""
    assert is_proved_equal(
        predictive(ALL["dirichlet_categorical"], z),
        alpha_hat[k] / sum_of(alpha_hat),
    )
    point, t = draw("topics", rng), Topics
    form = predictive(ALL["topics"], t.w)
    gamma_, lam = point.arrays[t.gamma], point.arrays[t.lam]
    mixed = (gamma_ / gamma_.sum(1, keepdims=True)) @ (lam / lam.sum(1, keepdims=True))
    doc, word = Index("d", 1, t.theta.sizes[0]), Index("v", 1, t.eta.sizes[0])
    for place, wanted in np.ndenumerate(mixed):
        there = point.at({doc: place[0] + 1, word: place[1] + 1})
        assert math.isclose(evaluate(form, there), wanted, rel_tol=1e-12)


def sum_of(array: Array) -> Expr:
    """The sum of a vector's entries."""
    return Vector(array[k], k).total()


def test_rolls_with_a_state_each_are_not_predicted_as_if_they_shared_one() -> None:
    """The formula by counts holds for the dice, whose rolls share their states."""
    from derivations.dice import MEAN_FIELD  # noqa: PLC0415
    from derivations.dice import x as rolls  # noqa: PLC0415

    refuse_unless_state_is_shared(MEAN_FIELD, rolls)
    with pytest.raises(ModelError, match=r"w: wanted rolls that share the states.*a state each"):
        refuse_unless_state_is_shared(ALL["topics"], Topics.w)


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
    "no sizes": (
        r"poisson_mixture: wanted small values for the sizes K, N .* got sizes=\{\}",
        lambda: evidence_lower_bound(Brief("a.key", "", "", (), {}, ()), MODELS["poisson_mixture"]),
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
    assert "p(x[n]|f[n],v,w)" in str(one.model.abstract_log_joint())


def test_a_binomial_is_data_but_no_factor(rng: np.random.Generator) -> None:
    """Its log density alone is enough for a Beta's update."""
    trials = Array("trials", (N,), domain=COUNTS)
    one = mean_field(
        Model(
            "beta_binomial",
            (
                Variable(theta, Beta(), numbers(a0[()], b0[()])),
                data(counts, Binomial(), trials[n], theta[()]),
            ),
        ),
        (a_hat, b_hat),
    )
    point = draw_model_point(one.model, rng, SIZES, one.factors)
    c, t = point.arrays[counts], point.arrays[trials]
    assert (c <= t).all()
    first, second = (evaluate(p.entry, point) for p in one.update(theta))
    assert math.isclose(first, point.arrays[a0] + c.sum())
    assert math.isclose(second, point.arrays[b0] + (t - c).sum())
    assert math.isclose(
        evaluate(log_evidence_of(one), point), integrated_and_summed(one.model, point), rel_tol=1e-9
    )


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


def test_a_poisson_mixture_passes_all_checks_of_its_bound(seed: int) -> None:
    """The builder's own evidence, at small sizes."""
    brief = Brief("a.key", "", "", (), SIZES, ())
    report = check(evidence_lower_bound(brief, MODELS["poisson_mixture"]), seed)
    assert [f for f in report.findings if f.verdict is not Verdict.ESTABLISHED] == []

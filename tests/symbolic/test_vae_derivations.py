"""The autoencoder's derivations: every check stands, and other routes give the same numbers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats
from sympy import Expr

from derivations import catalogue
from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array
from derivations.calculus.point import Point
from derivations.gaussian_vae import (
    divergence,
    importance,
    likelihood,
    linear_decoder,
    sampled,
    variances,
)
from derivations.gaussian_vae.estimators import Estimator
from derivations.gaussian_vae.symbols import D, K, at_draw

MIDDLING = {"mean": 0.7, "variance": 1.4, "c": -0.5}
KEYS = [e.key for e in catalogue.ENTRIES if e.key.startswith("gaussian_vae.")]


@pytest.mark.parametrize("key", KEYS)
def test_an_autoencoder_derivation_is_the_one_the_catalogue_lists(key: str) -> None:
    """Key, title and question agree; every step, and the result, has a check; twins are named."""
    derivation, listed = catalogue.derive(key), catalogue.entry(key)
    assert (derivation.key, derivation.title, derivation.question) == (
        listed.key,
        listed.title,
        listed.question,
    )
    assert derivation.checks
    assert all(step.checks for step in derivation.steps)
    assert derivation.twins


def at(values: dict[str, object], *expressions: Expr, sizes: dict[str, int]) -> Point:
    """A point with the arrays of some expressions given by name, any free index at its first."""
    arrays = {a for e in expressions for a in e.atoms(Array)}
    symbols = {"K": K, "D": D}
    indices = {i: 1 for e in expressions for i in free_indices(e)}
    numbers = {a: np.asarray(values[a.name], dtype=float) for a in arrays}
    return Point({symbols[n]: count for n, count in sizes.items()}, numbers, indices)


def test_divergence_is_the_integral_over_scipys_densities(rng: np.random.Generator) -> None:
    """QUADPACK over SciPy's own densities, coordinate by coordinate, gives the printed number."""
    centres, others = rng.normal(size=(2, 3))
    spreads, other_spreads = rng.uniform(0.3, 3.0, size=(2, 3))
    total = 0.0
    for m, v, p, s in zip(centres, spreads, others, other_spreads, strict=True):
        left, right = stats.norm(m, math.sqrt(v)), stats.norm(p, math.sqrt(s))
        part, _ = integrate.quad(
            lambda t, q=left, r=right: q.pdf(t) * (q.logpdf(t) - r.logpdf(t)),
            m - 12 * math.sqrt(v),
            m + 12 * math.sqrt(v),
            epsabs=1e-13,
            epsrel=1e-12,
            limit=200,
        )
        total += part
    values = {"mean": centres, "variance": spreads}
    values |= {"prior_mean": others, "prior_variance": other_spreads}
    here = at(values, divergence.general, sizes={"K": 3})
    assert float(evaluate(divergence.general, here)) == pytest.approx(total, rel=1e-10, abs=0)


def test_log_likelihood_is_scipys_over_whole_images(rng: np.random.Generator) -> None:
    """The sum of SciPy's Bernoulli log probabilities, which over all images sum to one."""
    logits = rng.normal(scale=2.0, size=4)
    form, total = likelihood.log_likelihood, 0.0
    for image in np.ndindex(2, 2, 2, 2):
        here = at({"x": image, "eta": logits}, form, sizes={"D": 4})
        got = float(evaluate(form, here))
        wanted = stats.bernoulli.logpmf(image, 1 / (1 + np.exp(-logits))).sum()
        assert got == pytest.approx(float(wanted), rel=1e-12, abs=0)
        total += math.exp(got)
    assert total == pytest.approx(1.0, rel=1e-12, abs=0)


def moments(form: Expr, values: dict[str, object], extra: dict[str, int]) -> tuple[float, float]:
    """Mean and variance of a polynomial in z, K = 2, by a tensor rule with twelve nodes an axis."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    weights /= weights.sum()
    drawn = at_draw(form)
    got, of = [], []
    for a, b in np.ndindex(12, 12):
        noise = {"epsilon": nodes[[a, b]]}
        here = at(values | noise, drawn, sizes={"K": 2, **extra})
        got.append(float(evaluate(drawn, here)))
        of.append(weights[a] * weights[b])
    centre = float(np.dot(of, got))
    return centre, float(np.dot(of, np.square(np.array(got) - centre)))


ESTIMATORS = [
    *variances.PATHWISE,
    *variances.PLAIN,
    *variances.CENTRED,
    *sampled.SAMPLES,
    *sampled.SCORES,
    *sampled.PATHS,
    *linear_decoder.ESTIMATORS,
]
NAMES = [f"{e.name}-{number}" for number, e in enumerate(ESTIMATORS)]


@pytest.mark.parametrize("one", ESTIMATORS, ids=NAMES)
def test_estimator_has_its_stated_mean_and_variance(
    one: Estimator, rng: np.random.Generator
) -> None:
    """A rule of many more nodes than the polynomial needs, mean and variance taken in NumPy."""
    values = {name: rng.normal(size=2) for name in ("mean", "c")}
    values |= {"variance": rng.uniform(0.4, 2.5, size=2), "tau": rng.uniform(0.4, 2.5)}
    values |= {"W": rng.normal(size=(3, 2)), "x": rng.normal(size=3)}
    values["c"] = rng.normal(size=3) if one.form.has(D) else values["c"]
    here = at(values, one.variance, one.mean, sizes={"K": 2, "D": 3})
    centre, spread = moments(one.form, values, {"D": 3})
    assert centre == pytest.approx(float(evaluate(one.mean, here)), rel=1e-10, abs=1e-10)
    assert spread == pytest.approx(float(evaluate(one.variance, here)), rel=1e-10, abs=0)


def test_path_alone_does_not_vary_at_the_posteriors_covariance(rng: np.random.Generator) -> None:
    """With orthogonal columns the posterior is diagonal; there the third variance is zero."""
    columns = np.linalg.qr(rng.normal(size=(3, 2)))[0] * rng.uniform(0.5, 2.0, size=2)
    tau = 0.7
    spreads = 1 / (1 + (columns**2).sum(0) / tau)
    closed, _, path = linear_decoder.ESTIMATORS
    values = {"variance": spreads, "W": columns, "tau": tau}
    for one, wanted in ((path, 0.0), (closed, float(spreads[0] * (1 / spreads[0] - 1) ** 2))):
        here = at(values, one.variance, sizes={"K": 2, "D": 3})
        assert float(evaluate(one.variance, here)) == pytest.approx(wanted, rel=1e-12, abs=1e-14)


def normal_mean(function: object, centre: float, spread: float, kink: float) -> float:
    """The mean of a function with one kink or jump under a normal law, by QUADPACK."""
    law = stats.norm(centre, spread)
    ends = (centre - 12 * spread, kink, centre + 12 * spread)
    parts = (
        integrate.quad(lambda t: function(t) * law.pdf(t), a, b)[0]
        for a, b in itertools.pairwise(ends)
    )
    return math.fsum(parts)


def test_a_kink_does_no_harm_to_the_pathwise_gradient_and_a_jump_does() -> None:
    """A leaky rectifier's mean slope is its mean's derivative; a step's slope is zero, its not."""
    centre, spread, kink = 0.4, 1.3, 0.9

    def leaky(t: float) -> float:
        return t - kink if t > kink else 0.2 * (t - kink)

    def slope(t: float) -> float:
        return 1.0 if t > kink else 0.2

    def step(t: float) -> float:
        return float(t > kink)

    def derivative(function: object) -> float:
        mean = lambda m: normal_mean(function, m[0], spread, kink)  # noqa: E731
        return float(optimize.approx_fprime([centre], mean, 1e-6)[0])

    assert normal_mean(slope, centre, spread, kink) == pytest.approx(derivative(leaky), abs=1e-5)
    assert derivative(step) == pytest.approx(stats.norm.pdf(kink, centre, spread), abs=1e-5)


def test_bound_of_two_samples_is_the_double_sum(rng: np.random.Generator) -> None:
    """Written out for a latent variable of three values, in NumPy."""
    joint, law = rng.uniform(0.1, 2.0, size=3), rng.dirichlet(np.ones(3))
    weights = joint / law
    pairs = np.log((weights[:, None] + weights[None, :]) / 2)
    arrays = {importance.joint: joint, importance.law: law}
    here = Point({importance.k: 2, importance.S: 3}, arrays)
    got = float(evaluate(importance.enumerated_bound(importance.k), here))
    assert got == pytest.approx(float(law @ pairs @ law), rel=1e-12, abs=0)


def test_the_pathwise_estimator_varies_more_where_the_function_oscillates() -> None:
    """For cos(6 z) by the trapezoidal rule; for cos(z / 2) it is the score that varies more."""
    noise = np.linspace(-9, 9, 4001)
    weights = stats.norm.pdf(noise) / stats.norm.pdf(noise).sum()
    centre, deviation = 0.3, 0.8
    places = centre + deviation * noise
    for frequency, path_is_worse in ((6.0, True), (0.5, False)):
        path = -frequency * np.sin(frequency * places)
        score = np.cos(frequency * places) * noise / deviation
        means = [float(weights @ one) for one in (path, score)]
        assert means[0] == pytest.approx(means[1], abs=1e-12)
        spreads = [
            float(weights @ (one - m) ** 2) for one, m in zip((path, score), means, strict=True)
        ]
        assert (spreads[0] > spreads[1]) is path_is_worse


def test_score_function_variance_grows_with_the_square_of_the_coordinates() -> None:
    """Among coordinates alike: doubling their number four times over, and with the baseline two."""
    growth = {}
    for one in (variances.PLAIN[0], variances.CENTRED[0], variances.PATHWISE[0]):
        found = []
        for count in (64, 128):
            values = {name: np.full(count, v) for name, v in MIDDLING.items()}
            here = at(values, one.variance, sizes={"K": count})
            found.append(float(evaluate(one.variance, here)))
        growth[one.name] = found[1] / found[0]
    assert growth["g, score"] == pytest.approx(4, rel=0.05, abs=0)
    assert growth["g, baseline"] == pytest.approx(2, rel=0.05, abs=0)
    assert growth["g, path"] == 1

"""The autoencoder's results against other routes: SciPy, NumPy sums, rules of many more nodes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from flint import arb
from numpy.typing import NDArray
from scipy import integrate, optimize, stats
from sympy import Expr, log

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, Array, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.claims import judging  # noqa: F401 - registers how means are evaluated
from derivations.claims.registry import built
from derivations.claims.scope import Scope
from derivations.claims.statements import Claim, Definition, Domain, StatementError, define, equal
from derivations.meaning.differences import as_differences
from derivations.meaning.notation import Expectation, PartialDerivative, Variance
from derivations.problems.gaussian_vae import (
    any_model,
    bound,  # noqa: F401 - registers its key
    divergence,
    draws,  # noqa: F401 - as above
    importance,
    likelihood,
    pathwise,  # noqa: F401 - as above
    sampled,
    symbols,
    variances,
)

Floats = NDArray[np.float64]
NODES = 12


def scope_of(key: str) -> Scope:
    """Return the letters of a key as they are after its last line."""
    made = built(f"gaussian_vae.{key}")
    scope = Scope.of(made.assumptions)
    for line in made.steps:
        if isinstance(line.claim, Definition):
            scope.define(line.claim)
    return scope


def results(key: str) -> tuple[Claim, ...]:
    """Return the results of a key."""
    return built(f"gaussian_vae.{key}").results


def value(key: str, form: Expr, arrays: dict[Array, object], sizes: dict[object, int]) -> float:
    """Return what a formula of a key means at some numbers, free indices at their first value."""
    meaning = scope_of(key).meaning(form)
    point = Point(
        sizes,
        {
            a: np.asarray(v) if a.states != 0 else np.vectorize(arb, otypes=[object])(np.asarray(v))
            for a, v in arrays.items()
        },
        dict.fromkeys(free_indices(meaning), 1),
    )
    return float(evaluate(meaning, point, BALLS))


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
    arrays = {
        symbols.mean: centres,
        symbols.log_variance: np.log(spreads),
        symbols.prior_mean: others,
        symbols.prior_variance: other_spreads,
    }
    general = results("gaussian_kl")[0]
    for side in general.sides:
        got = value("gaussian_kl", side, arrays, {symbols.K: 3})
        assert got == pytest.approx(total, rel=1e-10, abs=0)


def test_log_likelihood_is_scipys_over_whole_images(rng: np.random.Generator) -> None:
    """The sum of SciPy's Bernoulli log probabilities, which over all images sum to one."""
    logits = rng.normal(scale=2.0, size=4)
    form, total = results("bernoulli_logits")[0].right, 0.0
    for image in np.ndindex(2, 2, 2, 2):
        arrays = {likelihood.x: image, likelihood.eta: logits}
        got = value("bernoulli_logits", form, arrays, {symbols.D: 4})
        wanted = stats.bernoulli.logpmf(image, 1 / (1 + np.exp(-logits))).sum()
        assert got == pytest.approx(float(wanted), rel=1e-12, abs=0)
        total += math.exp(got)
    assert total == pytest.approx(1.0, rel=1e-12, abs=0)


def draws_of(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return a tensor rule for two normal coordinates: draws, and their weights."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    pairs = np.array(list(itertools.product(nodes, nodes)))
    both = np.array([a * b for a, b in itertools.product(weights, weights)])
    return mean + np.sqrt(variance) * pairs, both / both.sum()


def spread(weights: Floats, values: Floats) -> float:
    """Return a variance."""
    return float(weights @ (values - weights @ values) ** 2)


def test_variances_of_gradients_are_those_of_a_rule_in_numpy(rng: np.random.Generator) -> None:
    """The estimators are typed again; the first coordinate of two."""
    mean, c, variance = rng.normal(size=2), rng.normal(size=2), rng.uniform(0.4, 2.5, size=2)
    z, weights = draws_of(mean, variance)
    f = ((z - c) ** 2).sum(1)
    by_mean = (z - mean)[:, 0] / variance[0]
    by_log = ((z - mean)[:, 0] ** 2 / variance[0] - 1) / 2
    paths = 2 * (z - c)[:, 0], (z - mean)[:, 0] * (z - c)[:, 0]
    centred = f - weights @ f
    wanted = [
        *(spread(weights, one) for one in (*paths, f * by_mean, f * by_log)),
        spread(weights, centred * by_mean) - spread(weights, paths[0]),
        spread(weights, centred * by_log) - spread(weights, paths[1]),
    ]
    arrays = {symbols.mean: mean, symbols.log_variance: np.log(variance), variances.c: c}
    claims = results("gradient_variance")
    assert len(claims) == len(wanted)
    for claim, number in zip(claims, wanted, strict=True):
        got = value("gradient_variance", claim.right, arrays, {symbols.K: 2})
        assert got == pytest.approx(number, rel=1e-10, abs=0)


def linear_decoder(rng: np.random.Generator) -> dict[Array, object]:
    """Return a decoder of three pixels and a random encoder of two latents."""
    return {
        symbols.mean: rng.normal(size=2),
        symbols.log_variance: rng.uniform(-1, 1, size=2),
        symbols.x: rng.normal(size=3),
        sampled.W: rng.normal(size=(3, 2)),
        sampled.c: rng.normal(size=3),
        sampled.tau.array: rng.uniform(0.4, 2.5),
    }


def test_variances_with_the_divergence_sampled_are_those_of_a_rule_in_numpy(
    rng: np.random.Generator,
) -> None:
    """All thirteen results, from estimators typed again."""
    arrays = linear_decoder(rng)
    mean, variance = arrays[symbols.mean], np.exp(arrays[symbols.log_variance])
    z, weights = draws_of(mean, variance)
    first, away = z[:, 0], (z - mean)[:, 0]
    score = away / variance[0], (away**2 / variance[0] - 1) / 2
    whole = first, (first * away - 1) / 2
    path = tuple(a - b for a, b in zip(whole, score, strict=True))
    columns, tau = arrays[sampled.W], arrays[sampled.tau.array]
    fit = (arrays[symbols.x] - arrays[sampled.c] - z @ columns.T) @ columns[:, 0] / tau
    u = [spread(weights, fit - one) for one in (mean[0], whole[0], path[0])]
    wanted = [
        *(float(weights @ one) for one in (*whole, *score)),
        *(spread(weights, one) for one in (*whole, *path)),
        *u,
        u[1] - u[0],
        u[2] - u[0],
    ]
    claims = results("sampled_kl_gradient")
    assert len(claims) == len(wanted)
    for claim, number in zip(claims, wanted, strict=True):
        got = value("sampled_kl_gradient", claim.right, arrays, {symbols.K: 2, symbols.D: 3})
        assert got == pytest.approx(number, rel=1e-10, abs=1e-10)


def test_path_alone_does_not_vary_at_the_posteriors_covariance(rng: np.random.Generator) -> None:
    """With orthogonal columns the posterior is diagonal; there the third variance is zero."""
    columns = np.linalg.qr(rng.normal(size=(3, 2)))[0] * rng.uniform(0.5, 2.0, size=2)
    tau = 0.7
    spreads = 1 / (1 + (columns**2).sum(0) / tau)
    arrays = linear_decoder(rng) | {
        symbols.log_variance: np.log(spreads),
        sampled.W: columns,
        sampled.tau.array: tau,
    }
    closed, _, path = (results("sampled_kl_gradient")[n] for n in (8, 9, 10))
    for claim, wanted in ((path, 0.0), (closed, float(spreads[0] * (1 / spreads[0] - 1) ** 2))):
        got = value("sampled_kl_gradient", claim.right, arrays, {symbols.K: 2, symbols.D: 3})
        assert got == pytest.approx(wanted, rel=1e-12, abs=1e-14)


def table(rng: np.random.Generator) -> dict[Array, object]:
    """Return an arbitrary model of three latent values and two images."""
    return {
        any_model.prior: rng.dirichlet(np.ones(3)),
        any_model.decoder: rng.dirichlet(np.ones(2), size=3),
        any_model.encoder: rng.dirichlet(np.ones(3), size=2),
        any_model.x: 2,
    }


def test_bounds_of_one_to_three_samples_are_sums_in_numpy(rng: np.random.Generator) -> None:
    """Written out for a latent variable of three values, at every number of samples."""
    arrays = table(rng)
    q = arrays[any_model.encoder][1]
    weights = arrays[any_model.prior] * arrays[any_model.decoder][:, 1] / q
    sizes = {importance.k: 2, any_model.S: 3, any_model.T: 2}
    for number, letter in ((1, 1), (2, importance.k), (3, importance.one_more)):
        outcomes = np.array(list(itertools.product(range(3), repeat=number)))
        wanted = q[outcomes].prod(1) @ np.log(weights[outcomes].mean(1))
        got = value("importance_weighted_bound", importance.bound[letter], arrays, sizes)
        assert got == pytest.approx(float(wanted), rel=1e-12, abs=0)


def test_the_bound_is_the_sum_over_all_latent_values(rng: np.random.Generator) -> None:
    """Of an arbitrary model, in NumPy; both rewritten forms agree with it."""
    arrays = table(rng)
    q = arrays[any_model.encoder][1]
    joint = arrays[any_model.prior] * arrays[any_model.decoder][:, 1]
    wanted = float(q @ np.log(joint / q))
    for claim in results("elbo")[:2]:
        for side in claim.sides:
            got = value("elbo", side, arrays, {any_model.S: 3, any_model.T: 2})
            assert got == pytest.approx(wanted, rel=1e-12, abs=0)


def normal_mean(
    function: Callable[[float], float], centre: float, deviation: float, kink: float
) -> float:
    """Return the mean of a function with one kink or jump under a normal, by QUADPACK."""
    density = stats.norm(centre, deviation)
    ends = (centre - 12 * deviation, kink, centre + 12 * deviation)
    parts = (
        integrate.quad(lambda t: function(t) * density.pdf(t), a, b)[0]
        for a, b in itertools.pairwise(ends)
    )
    return math.fsum(parts)


def test_a_kink_does_no_harm_to_the_pathwise_gradient_and_a_jump_does() -> None:
    """A leaky rectifier's mean slope is its mean's derivative; a step's slope is zero, its not."""
    centre, deviation, kink = 0.4, 1.3, 0.9

    def leaky(t: float) -> float:
        return t - kink if t > kink else 0.2 * (t - kink)

    def slope(t: float) -> float:
        return 1.0 if t > kink else 0.2

    def jump(t: float) -> float:
        return float(t > kink)

    def derivative(function: Callable[[float], float]) -> float:
        mean = lambda m: normal_mean(function, m[0], deviation, kink)  # noqa: E731
        return float(optimize.approx_fprime([centre], mean, 1e-6)[0])

    got = normal_mean(slope, centre, deviation, kink)
    assert got == pytest.approx(derivative(leaky), rel=0, abs=1e-5)
    wanted = stats.norm.pdf(kink, centre, deviation)
    assert derivative(jump) == pytest.approx(wanted, rel=0, abs=1e-5)


def test_the_pathwise_estimator_varies_more_where_the_function_oscillates() -> None:
    """For cos(6 z) by the trapezoidal rule; for cos(z / 2) it is the score that varies more."""
    noise = np.linspace(-9, 9, 4001)
    weights = stats.norm.pdf(noise) / stats.norm.pdf(noise).sum()
    centre, deviation = 0.3, 0.8
    places = centre + deviation * noise
    for frequency, path_is_worse in ((6.0, True), (0.5, False)):
        path = -frequency * np.sin(frequency * places)
        score = np.cos(frequency * places) * noise / deviation
        assert weights @ path == pytest.approx(weights @ score, rel=0, abs=1e-12)
        assert (spread(weights, path) > spread(weights, score)) is path_is_worse


def test_score_function_variance_grows_with_the_square_of_the_coordinates() -> None:
    """Among coordinates alike: doubling their number, four times over; with the baseline, twice."""
    lines = [s.claim for s in built("gaussian_vae.gradient_variance").steps]
    growth = []
    for letter in (variances.g_score, variances.g_baseline, variances.g_path):
        left = Variance(variances.Q, letter)
        (claim,) = (
            c for c in lines if isinstance(c, Claim) and (c.left, c.relation) == (left, "=")
        )
        found = []
        for count in (64, 128):
            arrays = {
                symbols.mean: np.full(count, 0.7),
                symbols.log_variance: np.full(count, math.log(1.4)),
                variances.c: np.full(count, -0.5),
            }
            form = closed(claim.right)
            found.append(value("gradient_variance", form, arrays, {symbols.K: count}))
        growth.append(found[1] / found[0])
    assert growth == pytest.approx([4, 2, 1], rel=0.05, abs=0)


def closed(form: Expr) -> Expr:
    """Put the closed mean and variance of the function in the place of their notation."""
    moments = [s.claim for s in built("gaussian_vae.gradient_variance").steps[:2]]
    return form.xreplace({claim.left: claim.right for claim in moments})


def test_a_definition_at_a_size_holds_at_every_size() -> None:
    """The average of so many squares, at one, at the size, and at one more."""
    n = size("n")
    i = Index("i", 1, n)
    average = Array("average", (n + 1,))
    scope = Scope.of([define(average[n], IndexSum(i**2, i) / n)])
    got = [evaluate(scope.meaning(average[m]), Point({n: 3}, {}), BALLS) for m in (1, n, n + 1)]
    assert [float(g) for g in got] == pytest.approx([1, 14 / 3, 30 / 4], rel=1e-12, abs=0)


def test_a_definition_at_a_size_of_as_many_given_numbers_is_refused() -> None:
    """At another size there are no such numbers."""
    n = size("n")
    i = Index("i", 1, n)
    given, total = Array("given", (n,), domain=POSITIVE), Array("total", (n + 1,))
    scope = Scope.of([Domain(given)])
    with pytest.raises(StatementError, match="whose length is its subscript"):
        scope.define(define(total[n], IndexSum(given[i], i)))


def test_a_derivative_under_a_mean_is_no_difference() -> None:
    """Differences are of numbers; what is averaged is differentiated by rule."""
    q = symbols.ENCODER(symbols.Z, given=symbols.X)
    inside = PartialDerivative(log(q), symbols.mean[symbols.k])
    assert as_differences(Expectation(q, inside)) == Expectation(q, inside)
    assert as_differences(inside) != inside
    claim = equal(Expectation(q, inside), 0)
    assert as_differences(claim.left) == claim.left


def test_the_terms_of_the_divergence_vanish_only_at_equal_variances() -> None:
    """What the rule of signs says besides its inequality."""
    form = next(p for p in divergence.SIGN.prose if isinstance(p, Expr))
    for place in (0.5, 0.99, 1.0, 1.01, 2.0):
        point = Point({}, {divergence.t.array: np.array(arb(place), dtype=object)})
        assert (float(evaluate(form, point, BALLS)) == 0) == (place == 1.0)

"""The linear VAE's printed results beside NumPy and SciPy, which share nothing with them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal, norm

from derivations import catalogue
from derivations.calculus.evaluate import evaluate
from derivations.calculus.point import Point
from derivations.linear_vae import posterior
from derivations.linear_vae.symbols import (
    D,
    K,
    d,
    k,
    l,
    mean,
    noise_variance,
    offset,
    opened,
    variances,
    weights,
    x,
    z,
)

Floats = np.ndarray


class Numbers(NamedTuple):
    """A model of five pixels and three latents, an image, an approximation."""

    w: Floats
    c: Floats
    v: float
    x: Floats
    mu: Floats
    s2: Floats

    @property
    def point(self) -> Point:
        """The same for the printed formulas."""
        arrays = {weights: self.w, offset: self.c, x: self.x, mean: self.mu, variances: self.s2}
        return Point({D: 5, K: 3}, {**arrays, noise_variance.array: np.array(self.v)})

    @property
    def joint(self) -> Floats:
        """The covariance of latents and pixels together."""
        cross = self.w.T
        pixels = self.w @ self.w.T + self.v * np.eye(5)
        return np.block([[np.eye(3), cross], [cross.T, pixels]])

    def conditioned(self) -> tuple[Floats, Floats]:
        """Mean and covariance of the latents, from the precision of latents and pixels."""
        precision = np.linalg.inv(self.joint)
        covariance = np.linalg.inv(precision[:3, :3])
        return -covariance @ precision[:3, 3:] @ (self.x - self.c), covariance


@pytest.fixture
def numbers(rng: np.random.Generator) -> Numbers:
    """Draw the model."""
    return Numbers(
        rng.normal(size=(5, 3)),
        rng.normal(size=5),
        0.6,
        rng.normal(scale=2, size=5),
        rng.normal(size=3),
        rng.uniform(0.2, 1.5, size=3),
    )


def printed(key: str, number: int, here: Point, **at: int) -> float:
    """The value of a printed result at a point, its indices placed."""
    right = catalogue.derive(key).results[number].right
    places = {index: at[index.name] for index in (d, k, l) if index.name in at}
    return float(evaluate(opened(posterior.at_posterior_mean(right)), here.at(places)))


def test_the_evidence_is_scipys(numbers: Numbers) -> None:
    """The density of the pixels' own normal law, from the D by D covariance."""
    covariance = numbers.joint[3:, 3:]
    wanted = multivariate_normal(numbers.c, covariance).logpdf(numbers.x)
    assert printed("linear_vae.evidence", 0, numbers.point) == pytest.approx(
        wanted, rel=1e-10, abs=0
    )


def test_the_posterior_is_a_conditioned_joint(numbers: Numbers, rng: np.random.Generator) -> None:
    """Latents and pixels are one normal vector; conditioning it inverts D + K rows."""
    centre, covariance = numbers.conditioned()
    means = [printed("linear_vae.posterior", 0, numbers.point, k=place) for place in (1, 2, 3)]
    assert means == pytest.approx(centre, rel=1e-9, abs=0)
    at = rng.normal(size=3)
    density = printed("linear_vae.posterior", 2, numbers.point.having({z: at}))
    assert density == pytest.approx(
        multivariate_normal(centre, covariance).logpdf(at), rel=1e-9, abs=0
    )


def test_the_bound_is_the_evidence_less_a_divergence(numbers: Numbers) -> None:
    """The divergence by NumPy's traces and determinants of full matrices."""
    centre, covariance = numbers.conditioned()
    precision, apart = np.linalg.inv(covariance), numbers.mu - centre
    trace = np.trace(precision @ np.diag(numbers.s2)) + apart @ precision @ apart
    logs = np.linalg.slogdet(covariance)[1] - np.log(numbers.s2).sum()
    wanted = (trace - 3 + logs) / 2
    assert printed("linear_vae.elbo", 2, numbers.point) == pytest.approx(wanted, rel=1e-9, abs=0)
    whole = multivariate_normal(numbers.c, numbers.joint[3:, 3:]).logpdf(numbers.x)
    assert printed("linear_vae.elbo", 0, numbers.point) == pytest.approx(
        whole - wanted, rel=1e-9, abs=0
    )


def literal_bound(numbers: Numbers) -> float:
    """The bound by SciPy's densities at the nodes -1 and 1 of each noise, exact for squares."""
    nodes = np.array(np.meshgrid(*[[-1.0, 1.0]] * 3)).reshape(3, -1).T
    total = 0.0
    for node in nodes:
        latents = numbers.mu + np.sqrt(numbers.s2) * node
        total += norm.logpdf(numbers.x, numbers.w @ latents + numbers.c, numbers.v**0.5).sum()
        total += norm.logpdf(latents).sum()
        total -= norm.logpdf(latents, numbers.mu, np.sqrt(numbers.s2)).sum()
    return total / len(nodes)


def test_gradients_are_differences_of_scipys_bound(numbers: Numbers) -> None:
    """Central differences of the literal bound; their own error is of order 1e-9."""
    step = 1e-5

    def moved(field: str, place: tuple[int, ...], by: float) -> float:
        values = np.array(getattr(numbers, field), dtype=float)
        logs = field in {"s2", "v"}
        values[place] = values[place] * np.exp(by) if logs else values[place] + by
        held = float(values) if field == "v" else values
        return literal_bound(numbers._replace(**{field: held}))

    rows: list[tuple[int, str, tuple[int, ...], dict[str, int]]] = [
        (0, "mu", (1,), {"k": 2}),
        (1, "w", (3, 1), {"d": 4, "k": 2}),
        (2, "c", (4,), {"d": 5}),
        (3, "s2", (2,), {"k": 3}),
        (4, "v", (), {}),
    ]
    for number, field, place, at in rows:
        wanted = (moved(field, place, step) - moved(field, place, -step)) / (2 * step)
        got = printed("linear_vae.gradients", number, numbers.point, **at)
        assert got == pytest.approx(wanted, rel=1e-6, abs=0), field


def test_the_best_approximation_is_what_an_optimizer_finds(numbers: Numbers) -> None:
    """BFGS on the literal bound, from elsewhere; its gradient is by differences, hence 1e-4."""

    def loss(parameters: Floats) -> float:
        moved = numbers._replace(mu=parameters[:3], s2=np.exp(parameters[3:]))
        return -literal_bound(moved)

    found = minimize(loss, np.concatenate([numbers.mu, np.log(numbers.s2)]), tol=1e-7).x
    centre, covariance = numbers.conditioned()
    best = [printed("linear_vae.gradients", 8, numbers.point, k=place) for place in (1, 2, 3)]
    assert found[:3] == pytest.approx(centre, rel=1e-4, abs=1e-4)
    assert np.exp(found[3:]) == pytest.approx(best, rel=1e-4, abs=0)
    assert np.all(best < np.diag(covariance))
